//! Every derivative, for any number of samples and lanes and every instruction set.

use super::{COUNTS, Net, Pair, assert_close, instruction_sets, rosenbrock, spread};
use dualtape::program::{Derivative, Plan, Program, Replay};
use dualtape::{Model, One, Scalar, forward, model, reverse};

#[test]
fn gradients_of_samples_are_those_of_reverse_mode() {
    let n = 7;
    let model = dualtape::model!(rosenbrock);
    for instruction_set in instruction_sets() {
        for lanes in [8, 16, 32] {
            let plan = Plan::new(Derivative::Gradient).lanes(lanes).instruction_set(instruction_set);
            let program = Program::of(&model, &vec![0.0; n], &plan).unwrap();
            for count in COUNTS {
                let data = spread(count * n, 3);
                let batch = program.run(&[], &data).unwrap();
                assert_eq!(batch.rows(), count);
                for (row, x) in data.chunks(n).enumerate() {
                    let (value, gradient) = reverse::gradient(rosenbrock, x);
                    assert_close(batch.values(row), &[value], 1e-14, "value");
                    assert_close(batch.derivatives(row), &gradient, 1e-13, "gradient");
                }
            }
        }
    }
}

#[test]
fn sums_over_samples_are_those_of_reverse_mode() {
    for by_dot in [false, true] {
        // 13 units: neither a multiple of any tile's rows nor of its columns.
        let net = Net { inputs: 5, units: 13, by_dot };
        let (p, width) = (net.parameters(), net.inputs + 1);
        let weights = spread(p, 1);
        for instruction_set in instruction_sets() {
            for lanes in [8, 16, 32] {
                let plan = Plan::new(Derivative::Gradient)
                    .parameters(0..p)
                    .summed()
                    .lanes(lanes)
                    .instruction_set(instruction_set);
                let start = [weights.clone(), vec![0.5; width]].concat();
                let program = Program::of(&net, &start, &plan).unwrap();
                for count in COUNTS {
                    let data = spread(count * width, 2);
                    let batch = program.run(&weights, &data).unwrap();
                    let sample = |w: &[reverse::Var<f64>], x: &[f64]| {
                        let x = x.iter().map(|&x| reverse::Var::constant(x));
                        net.eval(&w.iter().copied().chain(x).collect::<Vec<_>>())
                    };
                    let (value, gradient) = reverse::gradient_sum(sample, &weights, data.chunks(width));
                    assert_eq!(batch.rows(), 1);
                    assert_close(batch.values(0), &[value], 1e-12, "value");
                    assert_close(batch.derivatives(0), &gradient, 1e-12, "gradient");
                }
            }
        }
    }
}

#[test]
fn a_single_sample_is_that_of_reverse_mode() {
    for by_dot in [false, true] {
        let net = Net { inputs: 21, units: 37, by_dot };
        let (p, width) = (net.parameters(), net.inputs + 1);
        let (weights, data) = (spread(p, 1), spread(width, 2));
        for instruction_set in instruction_sets() {
            let plan = Plan::new(Derivative::Gradient).parameters(0..p).instruction_set(instruction_set);
            for plan in [plan.clone(), plan.clone().summed(), plan.clone().exact(), plan.exact().summed()] {
                let program = Program::of(&net, &[&weights[..], &data].concat(), &plan).unwrap();
                let batch = program.run(&weights, &data).unwrap();
                let f = |w: &[reverse::Var<f64>]| {
                    let x = data.iter().map(|&x| reverse::Var::constant(x));
                    net.eval(&w.iter().copied().chain(x).collect::<Vec<_>>())
                };
                let (value, gradient) = reverse::gradient(f, &weights);
                assert_close(batch.values(0), &[value], 1e-14, "value");
                assert_close(batch.derivatives(0), &gradient, 1e-13, "gradient");
            }
        }
    }
}

#[test]
fn a_network_becomes_few_instructions() {
    let net = Net { inputs: 20, units: 30, by_dot: false };
    let p = net.parameters();
    let plan = Plan::new(Derivative::Gradient).parameters(0..p).summed();
    let program = Program::of(&net, &spread(p + net.inputs + 1, 4), &plan).unwrap();
    let statistics = program.statistics();
    assert!(statistics.recorded > 1200, "{statistics:?}");
    // The layer and its gradient are one instruction each; tanh, its derivative and the adjoint are one a unit.
    assert!(statistics.instructions < 6 * net.units + 20, "{statistics:?}\n{program}");
    let text = program.to_string();
    assert!(text.contains("matvec 30×20") && text.contains("outer 30×20"), "{text}");
}

#[test]
fn exact_programs_give_the_bits_of_the_function() {
    let net = Net { inputs: 5, units: 6, by_dot: false };
    let n = net.parameters() + net.inputs + 1;
    let mut bits: Option<Vec<u64>> = None;
    for instruction_set in instruction_sets() {
        let plan = Plan::new(Derivative::Gradient).exact().instruction_set(instruction_set);
        let program = Program::of(&net, &vec![0.1; n], &plan).unwrap();
        let data = spread(20 * n, 5);
        let batch = program.run(&[], &data).unwrap();
        for (row, x) in data.chunks(n).enumerate() {
            assert_eq!(batch.values(row)[0].to_bits(), net.eval(x).to_bits());
        }
        let found: Vec<u64> = (0..20).flat_map(|row| batch.derivatives(row).iter().map(|d| d.to_bits())).collect();
        assert_eq!(*bits.get_or_insert(found.clone()), found, "{instruction_set}");
    }
}

#[test]
fn every_derivative_is_that_of_the_operators() {
    let (n, count) = (3, 37);
    let data: Vec<f64> = spread(n * count, 6).into_iter().map(|x| x + 2.0).collect();
    let v = [0.5, -1.0, 2.0];
    let run = |plan: Plan, v: &[f64]| Program::of(&Pair, &data[..n], &plan).unwrap().run_along(&[], &data, v).unwrap();
    let values = run(Plan::new(Derivative::Value), &[]);
    let jacobian = run(Plan::new(Derivative::Jacobian), &[]);
    let jvp = run(Plan::new(Derivative::Jvp), &v);
    let hvp = run(Plan::new(Derivative::Hvp).outputs([1]), &v);
    let some = run(Plan::new(Derivative::Jacobian).outputs([2, 0]).with_respect_to([1]), &[]);
    for (row, x) in data.chunks(n).enumerate() {
        let (y, matrix) = reverse::jacobian(|x| Pair.eval(x), x).unwrap();
        assert_close(values.values(row), &y, 1e-14, "values");
        assert!(values.derivatives(row).is_empty());
        let rows: Vec<f64> = matrix.transpose().iter().copied().collect();
        assert_close(jacobian.derivatives(row), &rows, 1e-14, "Jacobian");
        assert_close(jvp.derivatives(row), &forward::jvp(|x| Pair.eval(x), x, &v).unwrap().1, 1e-14, "J·v");
        let (value, gradient, along) = dualtape::higher::hvp(|x| Pair.eval(x)[1], x, &v).unwrap();
        assert_close(hvp.values(row), &[value], 1e-14, "value");
        assert_close(hvp.derivatives(row), &[gradient, along].concat(), 1e-13, "H·v");
        assert_close(some.values(row), &[y[2], y[0]], 1e-14, "chosen values");
        assert_close(some.derivatives(row), &[matrix[(2, 1)], matrix[(0, 1)]], 1e-14, "chosen derivatives");
    }
}

#[test]
fn a_summed_hessian_vector_product_is_that_of_the_sum() {
    let net = Net { inputs: 3, units: 4, by_dot: true };
    let (p, width, count) = (net.parameters(), net.inputs + 1, 50);
    let (weights, data, v) = (spread(p, 7), spread(count * width, 8), spread(p, 9));
    let plan = Plan::new(Derivative::Hvp).parameters(0..p).summed();
    let program = Program::of(&net, &[&weights[..], &data[..width]].concat(), &plan).unwrap();
    let batch = program.run_along(&weights, &data, &v).unwrap();
    let whole = |w: &[reverse::Var<forward::Dual<f64>>]| {
        let constant = |&x: &f64| reverse::Var::constant(forward::Dual::constant(x));
        let samples = data.chunks(width);
        let losses = samples.map(|x| net.eval(&w.iter().copied().chain(x.iter().map(constant)).collect::<Vec<_>>()));
        losses.fold(Scalar::constant(0.0), |sum, loss| sum + loss)
    };
    let (value, gradient, along) = dualtape::higher::hvp(whole, &weights, &v).unwrap();
    assert_close(batch.values(0), &[value], 1e-13, "value");
    assert_close(batch.derivatives(0), &[gradient, along].concat(), 1e-12, "gradient and H·v");
}

#[test]
fn uniform_operations_are_computed_once() {
    // exp(w) does not depend on the sample, and is differentiated after the sum.
    let f = |v: &[f64]| v[0].exp() * v[1];
    struct Scaled;
    impl Model for Scaled {
        type Outputs = One;
        fn eval<T: Scalar>(&self, v: &[T]) -> T {
            v[0].exp() * v[1] + v[0] * v[0]
        }
    }
    let plan = Plan::new(Derivative::Gradient).parameters(0..1).summed();
    let program = Program::of(&Scaled, &[0.0, 0.0], &plan).unwrap();
    let data = spread(100, 10);
    let batch = program.run(&[0.7], &data).unwrap();
    let square = 100.0 * 0.7 * 0.7;
    let sum: f64 = data.iter().map(|&x| f(&[0.7, x])).sum();
    assert_close(batch.values(0), &[sum + square], 1e-13, "value");
    assert_close(batch.derivatives(0), &[sum + 140.0], 1e-13, "gradient");
    assert!(program.statistics().prologue >= 2, "{program}");
}

#[test]
fn one_bad_sample_leaves_its_neighbours_as_they_are() {
    let n = 4;
    for instruction_set in instruction_sets() {
        let plan = Plan::new(Derivative::Gradient).instruction_set(instruction_set);
        let program = Program::of(&dualtape::model!(rosenbrock), &vec![0.0; n], &plan).unwrap();
        let clean = spread(40 * n, 11);
        for (bad, at) in [(f64::NAN, 5), (f64::INFINITY, 17), (f64::NEG_INFINITY, 39)] {
            let mut data = clean.clone();
            data[at * n + 1] = bad;
            let (batch, reference) = (program.run(&[], &data).unwrap(), program.run(&[], &clean).unwrap());
            for row in (0..40).filter(|&row| row != at) {
                assert_eq!(batch.values(row), reference.values(row));
                assert_eq!(batch.derivatives(row), reference.derivatives(row));
            }
            let expected = reverse::gradient(rosenbrock, &data[at * n..][..n]).1;
            assert_close(batch.derivatives(at), &expected, 1e-12, "the sample itself");
        }
    }
}

#[test]
fn zeros_are_strong_in_programs_too() {
    struct Root;
    impl Model for Root {
        type Outputs = One;
        fn eval<T: Scalar>(&self, x: &[T]) -> T {
            // The derivative of the root is infinite at 0, and its factor is a strong zero.
            x[0].sqrt() * x[0] + (x[0] * x[0] + x[1] * x[1]).sqrt() + (T::one() + (-x[1]).exp()).recip()
        }
    }
    let program = Program::of(&Root, &[1.0, 1.0], &Plan::new(Derivative::Gradient)).unwrap();
    let points = [[0.0, 0.0], [0.0, -800.0], [4.0, 800.0], [1.0, 1.0]];
    let batch = program.run(&[], &points.concat()).unwrap();
    for (row, x) in points.iter().enumerate() {
        let (value, gradient) = reverse::gradient(|x| Root.eval(x), x);
        assert_close(batch.values(row), &[value], 1e-14, "value");
        assert_close(batch.derivatives(row), &gradient, 1e-14, "gradient");
    }
}

/// A strong zero in one of several chunks of samples is found, whichever it is.
#[test]
fn nan_is_looked_for_in_every_chunk() {
    fn root<T: num_traits::Float>(v: &[T]) -> T {
        (v[0] * v[1]).sqrt() * v[1]
    }
    let parameter = 2.0;
    for zeros in [&[3][..], &[1400], &[3, 1400], &[3, 1400, 2090]] {
        let mut samples: Vec<f64> = (0..2100).map(|at| f64::from(at % 13 + 1)).collect();
        zeros.iter().for_each(|&at| samples[at] = 0.0);
        let derivative = |x: f64| 0.5 * x * (x / parameter).sqrt();
        let plan = Plan::new(Derivative::Gradient).parameters(0..1);
        let model = dualtape::model!(root);
        let batch = Program::of(&model, &[1.0, 1.0], &plan).unwrap().run(&[parameter], &samples).unwrap();
        for (row, &x) in samples.iter().enumerate() {
            assert_close(batch.derivatives(row), &[derivative(x)], 1e-14, "a sample");
        }
        let batch = Program::of(&model, &[1.0, 1.0], &plan.summed()).unwrap().run(&[parameter], &samples).unwrap();
        let sum: f64 = samples.iter().map(|&x| derivative(x)).sum();
        assert_close(batch.derivatives(0), &[sum], 1e-13, "the sum");
    }
}

#[test]
fn few_samples_are_what_each_is_by_itself() {
    // Of so many inputs that a few samples run one by one, and more of them in lanes; 0 takes another branch.
    fn f<T: Scalar>(x: &[T]) -> T {
        let last = x[x.len() - 1];
        rosenbrock(x) + if last > T::zero() { last } else { last * last }
    }
    let n = 40;
    let model = dualtape::model!(f);
    for derivative in [Derivative::Value, Derivative::Gradient, Derivative::Hvp] {
        for exact in [false, true] {
            let plan = Plan::new(derivative);
            let plan = if exact { plan.exact() } else { plan };
            let start: Vec<f64> = spread(n, 1).iter().map(|x| x.abs()).collect();
            let (alone, program) =
                (Program::of(&model, &start, &plan).unwrap(), Program::of(&model, &start, &plan).unwrap());
            let direction = if derivative == Derivative::Hvp { spread(n, 4) } else { Vec::new() };
            for count in 1..=40 {
                let data: Vec<f64> = spread(count * n, 5).iter().map(|x| x.abs()).collect();
                let batch = program.run_along(&[], &data, &direction).unwrap();
                assert_eq!(batch.rows(), count);
                for (row, x) in data.chunks(n).enumerate() {
                    let one = alone.run_along(&[], x, &direction).unwrap();
                    assert_close(batch.values(row), one.values(0), if exact { 0.0 } else { 1e-14 }, "value");
                    assert_close(
                        batch.derivatives(row),
                        one.derivatives(0),
                        if exact { 0.0 } else { 1e-13 },
                        "derivatives",
                    );
                }
                // The last sample takes another branch: it is named, and a replay follows it.
                let mut other = data.clone();
                other[count * n - 1] = -0.5;
                let error = program.run_along(&[], &other, &direction).unwrap_err();
                assert!(error.to_string().contains(&format!("sample {}", count - 1)), "{error}");
            }
        }
    }
}

#[test]
fn a_bad_sample_among_few_is_recomputed_alone() {
    // √(x·w) at x = 0 has the partial ∞, which meets x = 0 on its way to w.
    fn f<T: Scalar>(v: &[T]) -> T {
        (v[0] * v[v.len() - 1]).sqrt() + rosenbrock(&v[1..])
    }
    let model = dualtape::model!(f);
    let n = 40;
    let start: Vec<f64> = spread(n, 1).iter().map(|x| x.abs()).collect();
    let (w, sample) = (&start[n - 1..], n - 1);
    for summed in [false, true] {
        let plan = Plan::new(Derivative::Gradient).parameters(n - 1..n);
        let plan = if summed { plan.summed() } else { plan.with_respect_to(0..n) };
        let program = Program::of(&model, &start, &plan).unwrap();
        for count in [1, 2, 3, 5, 8] {
            for bad in 0..count {
                let mut data: Vec<f64> = spread(count * sample, 6).iter().map(|x| x.abs()).collect();
                data[bad * sample] = 0.0;
                let batch = program.run(w, &data).unwrap();
                let gradients: Vec<Vec<f64>> =
                    data.chunks(sample).map(|x| reverse::gradient(f, &[x, w].concat()).1).collect();
                if summed {
                    let sum: f64 = gradients.iter().map(|gradient| gradient[n - 1]).sum();
                    assert_close(batch.derivatives(0), &[sum], 1e-12, "sum");
                } else {
                    for (row, gradient) in gradients.iter().enumerate() {
                        assert_close(batch.derivatives(row), gradient, 1e-13, "gradient");
                    }
                }
            }
        }
    }
}

/// Where the parameters are the last inputs, their direction comes right after them.
#[test]
fn parameters_and_their_direction_are_contiguous() {
    fn product<T: Scalar>(v: &[T]) -> T {
        v[0] * v[1].sin() + v[0] * v[2] * v[3]
    }
    let (parameters, along, samples) = ([0.5, 2.0, 3.0], [1.0, -2.0, 0.25], spread(20, 4));
    let plan = Plan::new(Derivative::Jvp).parameters(1..4);
    let program = Program::of(&model!(product), &[1.0, 0.5, 2.0, 3.0], &plan).unwrap();
    let batch = program.run_along(&parameters, &samples, &along).unwrap();
    for (row, &x) in samples.iter().enumerate() {
        let at = [x, 0.5, 2.0, 3.0];
        let (value, tangent) = forward::jvp(|v| vec![product(v)], &at, &[0.0, 1.0, -2.0, 0.25]).unwrap();
        assert_close(batch.values(row), &value, 1e-15, "value");
        assert_close(batch.derivatives(row), &tangent, 1e-15, "tangent");
    }
}

/// Chains of products over the same numbers: an exact one without a start, and one that starts from a parameter.
#[test]
fn chains_of_different_kinds_stay_apart() {
    fn chains<T: Scalar>(v: &[T]) -> T {
        let (w, x) = v.split_at(8);
        let asked = w[0] * x[0] + w[1] * x[1] + w[2] * x[2] + w[3] * x[3];
        let sum = (4..8).fold(w[0], |sum, i| sum + w[i] * x[i - 4]);
        if asked < T::zero() { -sum } else { sum }
    }
    let (w, x) = (spread(8, 1), spread(9 * 4, 2));
    let mut replay = Replay::of(model!(chains), Plan::new(Derivative::Value).parameters(0..8));
    let batch = replay.run(12, &w, &x).unwrap();
    for (row, x) in x.chunks(4).enumerate() {
        assert_close(batch.values(row), &[chains(&[&w[..], x].concat())], 1e-15, "value");
    }
}

/// A uniform select between two formulas, one of which is far off.
#[test]
fn uniform_selects() {
    fn scaled<T: Scalar>(v: &[T]) -> T {
        v[0].tanh() * v[2] + (v[0].hypot(v[1]) - v[1].logistic()) * T::constant(1e-30)
    }
    for (w, u) in [(0.3, 1.0), (-0.3, 0.1), (20.0, 0.5), (-20.0, -30.0)] {
        let plan = Plan::new(Derivative::Gradient).parameters(0..2);
        let program = Program::of(&model!(scaled), &[w, u, 1.0], &plan).unwrap();
        let samples = spread(9, 4);
        let batch = program.run(&[w, u], &samples).unwrap();
        for (row, &sample) in samples.iter().enumerate() {
            let (_, gradient) = reverse::gradient(scaled, &[w, u, sample]);
            for (&found, &expected) in batch.derivatives(row).iter().zip(&gradient) {
                assert!((found - expected).abs() <= 1e-13 * expected.abs(), "{w}, {u}: {found:e}, {expected:e}");
            }
        }
    }
}

/// More columns than are loaded at once.
#[test]
fn long_samples_are_loaded_in_chunks() {
    fn weighted<T: Scalar>(v: &[T]) -> T {
        v.iter().enumerate().fold(T::zero(), |sum, (i, &x)| sum + x * x * T::constant(i as f64))
    }
    let samples = spread(9 * 37, 4);
    for lanes in [8, 32] {
        let plan = Plan::new(Derivative::Gradient).lanes(lanes);
        let batch = Program::of(&model!(weighted), &samples[..37], &plan).unwrap().run(&[], &samples).unwrap();
        for (row, sample) in samples.chunks(37).enumerate() {
            let (value, gradient) = reverse::gradient(weighted, sample);
            assert_close(batch.values(row), &[value], 1e-14, "value");
            assert_close(batch.derivatives(row), &gradient, 1e-14, "gradient");
        }
    }
}
