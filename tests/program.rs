//! Compiled programs against the function itself and reverse mode: whatever the lanes, the instructions, the samples.

use dualtape::compare::{Ordinary, Singular, ulps_between};
use dualtape::program::{Derivative, Dispatch, Element, Plan, Program, ProgramError, Replay};
use dualtape::rules::{Binary, Ternary, Unary};
use dualtape::{Model, Scalar, VectorModel, forward, reverse};
use num_traits::Float;
use quickcheck::{QuickCheck, TestResult};

/// Every set of instructions that this machine has.
fn dispatches() -> impl Iterator<Item = Dispatch> {
    Dispatch::ALL.into_iter().filter(|dispatch| dispatch.is_available())
}

/// Numbers that look random and are the same every time.
fn spread(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64 * 2.0 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

#[track_caller]
fn assert_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().filter(|x| x.is_finite()).fold(1.0_f64, |max, x| max.max(x.abs()));
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        let same = a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= tolerance * scale;
        assert!(same, "{what}: entry {i} is {a:e}, expected {b:e}");
    }
}

fn rosenbrock<T: Float>(x: &[T]) -> T {
    let (one, hundred) = (T::one(), T::from(100.0).unwrap());
    let term = |w: &[T]| (one - w[0]).powi(2) + hundred * (w[1] - w[0] * w[0]).powi(2);
    x.windows(2).map(term).fold(T::zero(), |sum, term| sum + term)
}

/// A layer of `units` tanh neurons over `inputs` numbers and one linear neuron; then the square of what is off target.
struct Net {
    inputs: usize,
    units: usize,
    /// Whether sums are written as `dot`, or as plain loops.
    by_dot: bool,
}

impl Net {
    fn parameters(&self) -> usize {
        (self.inputs + 1) * self.units + self.units + 1
    }
}

impl Model for Net {
    fn eval<T: Scalar>(&self, v: &[T]) -> T {
        let (weights, sample) = v.split_at(self.parameters());
        let (hidden, output) = weights.split_at((self.inputs + 1) * self.units);
        let neuron = |w: &[T], x: &[T]| {
            let (w, bias) = w.split_at(x.len());
            if self.by_dot {
                return T::dot(w, x) + bias[0];
            }
            w.iter().zip(x).fold(bias[0], |sum, (&w, &x)| sum + w * x)
        };
        let x = &sample[..self.inputs];
        let layer: Vec<T> = hidden.chunks(self.inputs + 1).map(|w| neuron(w, x).tanh()).collect();
        (neuron(output, &layer) - sample[self.inputs]).powi(2)
    }
}

/// Batches around the number of lanes, and one of several chunks.
const COUNTS: [usize; 10] = [0, 1, 7, 8, 9, 15, 16, 17, 33, 2100];

#[test]
fn gradients_of_samples_are_those_of_reverse_mode() {
    let n = 7;
    let model = dualtape::model!(rosenbrock);
    for dispatch in dispatches() {
        for lanes in [8, 16, 32] {
            let plan = Plan::new(Derivative::Gradient).lanes(lanes).dispatch(dispatch);
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
        for dispatch in dispatches() {
            for lanes in [8, 16, 32] {
                let plan = Plan::new(Derivative::Gradient).parameters(0..p).summed().lanes(lanes).dispatch(dispatch);
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
fn a_single_sample_is_computed_by_itself() {
    for by_dot in [false, true] {
        let net = Net { inputs: 21, units: 37, by_dot };
        let (p, width) = (net.parameters(), net.inputs + 1);
        let (weights, data) = (spread(p, 1), spread(width, 2));
        for dispatch in dispatches() {
            let plan = Plan::new(Derivative::Gradient).parameters(0..p).dispatch(dispatch);
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
    // The layer and its gradient are one instruction each; tanh, its slope and what flows through it are one a unit.
    assert!(statistics.instructions < 6 * net.units + 20, "{statistics:?}\n{program}");
    let text = program.to_string();
    assert!(text.contains("rows 30×20") && text.contains("outer 30×20"), "{text}");
}

#[test]
fn exact_programs_give_the_bits_of_the_function() {
    let net = Net { inputs: 5, units: 6, by_dot: false };
    let n = net.parameters() + net.inputs + 1;
    let mut bits: Option<Vec<u64>> = None;
    for dispatch in dispatches() {
        let plan = Plan::new(Derivative::Gradient).exact().dispatch(dispatch);
        let program = Program::of(&net, &vec![0.1; n], &plan).unwrap();
        let data = spread(20 * n, 5);
        let batch = program.run(&[], &data).unwrap();
        for (row, x) in data.chunks(n).enumerate() {
            assert_eq!(batch.values(row)[0].to_bits(), net.eval(x).to_bits());
        }
        let found: Vec<u64> = (0..20).flat_map(|row| batch.derivatives(row).iter().map(|d| d.to_bits())).collect();
        assert_eq!(*bits.get_or_insert(found.clone()), found, "{dispatch}");
    }
}

struct Pair;

impl VectorModel for Pair {
    fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T> {
        vec![x[0] * x[1].sin() + x[2].exp(), x[0] / x[2] + T::log_sum_exp(x), x[1] * x[1]]
    }
}

#[test]
fn every_derivative_is_that_of_the_operators() {
    let (n, count) = (3, 37);
    let data: Vec<f64> = spread(n * count, 6).into_iter().map(|x| x + 2.0).collect();
    let v = [0.5, -1.0, 2.0];
    let run =
        |plan: Plan, v: &[f64]| Program::of_vector(&Pair, &data[..n], &plan).unwrap().run_along(&[], &data, v).unwrap();
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
        let (value, gradient, along) = dualtape::hvp(|x| Pair.eval(x)[1], x, &v).unwrap();
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
    let (value, gradient, along) = dualtape::hvp(whole, &weights, &v).unwrap();
    assert_close(batch.values(0), &[value], 1e-13, "value");
    assert_close(batch.derivatives(0), &[gradient, along].concat(), 1e-12, "gradient and H·v");
}

#[test]
fn what_samples_do_not_change_is_computed_once() {
    // exp(w) does not depend on the sample, and is differentiated after the sum.
    let f = |v: &[f64]| v[0].exp() * v[1];
    struct Scaled;
    impl Model for Scaled {
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
    assert!(program.statistics().before >= 2, "{program}");
}

#[test]
fn one_bad_sample_leaves_its_neighbours_as_they_are() {
    let n = 4;
    for dispatch in dispatches() {
        let plan = Plan::new(Derivative::Gradient).dispatch(dispatch);
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
fn zeros_absorb_in_programs_too() {
    struct Root;
    impl Model for Root {
        fn eval<T: Scalar>(&self, x: &[T]) -> T {
            // The slope of the root is infinite at 0, and the factor 0 beside it absorbs that.
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

/// Every function of the rule table.
#[derive(Clone, Copy)]
enum Any {
    Unary(Unary),
    Binary(Binary),
    Ternary(Ternary),
}

impl Model for Any {
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        match self {
            Self::Unary(op) => op.value(x[0]),
            Self::Binary(op) => op.value(x[0], x[1]),
            Self::Ternary(op) => op.value(x[0], x[1], x[2]),
        }
    }
}

const EDGES: &[f64] = &[
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    0.7,
    2.0,
    -2.0,
    3.5,
    -7.25,
    16.0,
    20.0,
    300.0,
    800.0,
    -800.0,
    1e300,
    -1e300,
    1e-300,
    1e-320,
    1e6,
    f64::MAX,
    f64::MIN_POSITIVE,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];

fn table() -> Vec<(Any, usize)> {
    let unary = Unary::ALL.iter().map(|&op| (Any::Unary(op), 1));
    let powers = [-3, -1, 0, 1, 2, 5].map(|n| (Any::Unary(Unary::Powi(n)), 1));
    let binary = Binary::ALL.iter().map(|&op| (Any::Binary(op), 2));
    unary.chain(powers).chain(binary).chain(Ternary::ALL.iter().map(|&op| (Any::Ternary(op), 3))).collect()
}

fn name(model: Any) -> String {
    match model {
        Any::Unary(op) => format!("{op:?}"),
        Any::Binary(op) => format!("{op:?}"),
        Any::Ternary(op) => format!("{op:?}"),
    }
}

#[test]
fn every_rule_is_that_of_reverse_mode_at_every_edge() {
    for (model, n) in table() {
        let mut points: Vec<Vec<f64>> = vec![vec![]];
        for _ in 0..n {
            let edges = if n == 3 { &EDGES[..12] } else { EDGES };
            points = points.into_iter().flat_map(|x| edges.iter().map(move |&e| [&x[..], &[e]].concat())).collect();
        }
        for exact in [true, false] {
            let plan = Plan::new(Derivative::Gradient);
            let plan = if exact { plan.exact() } else { plan };
            let program = Program::of(&model, &vec![0.7; n], &plan).unwrap();
            let batch = program.run(&[], &points.concat()).unwrap();
            for (row, x) in points.iter().enumerate() {
                let (value, gradient) = reverse::gradient(|x| model.eval(x), x);
                let what = format!("{} at {x:?}, exact {exact}", name(model));
                let found = batch.values(row)[0];
                // Either sign of a zero is the larger one.
                let zeros = found == 0.0 && value == 0.0 && matches!(model, Any::Binary(Binary::Max | Binary::Min));
                if exact && !zeros {
                    assert!(found.to_bits() == value.to_bits() || found.is_nan() && value.is_nan(), "{what}: {found}");
                } else {
                    assert!(ulps_between(found, value) <= 2, "{what}: {found:e} and {value:e}");
                }
                for (&a, &b) in batch.derivatives(row).iter().zip(&gradient) {
                    let tiny = (a - b).abs() < 1e-300;
                    assert!(ulps_between(a, b) <= 40 || tiny, "{what}: slope {a:e} and {b:e}");
                }
            }
        }
    }
}

/// A program in single precision against reverse mode in single precision.
#[test]
fn single_precision_is_that_of_reverse_mode() {
    let net = Net { inputs: 5, units: 9, by_dot: false };
    let (p, width) = (net.parameters(), net.inputs + 1);
    let weights: Vec<f32> = spread(p, 1).into_iter().map(|x| x as f32).collect();
    let data: Vec<f32> = spread(35 * width, 2).into_iter().map(|x| x as f32).collect();
    for dispatch in dispatches() {
        let plan = Plan::new(Derivative::Gradient).parameters(0..p).dispatch(dispatch);
        let program = Program::of(&net, &[&weights[..], &data[..width]].concat(), &plan).unwrap();
        let batch = program.run(&weights, &data).unwrap();
        for (row, x) in data.chunks(width).enumerate() {
            let f = |w: &[reverse::Var<f32>]| {
                let x = x.iter().map(|&x| reverse::Var::constant(x));
                net.eval(&w.iter().copied().chain(x).collect::<Vec<_>>())
            };
            let (_, gradient) = reverse::gradient(f, &weights);
            let wide = |x: &[f32]| x.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
            assert_close(&wide(batch.derivatives(row)), &wide(&gradient), 1e-5, "gradient");
        }
    }
}

/// A program against reverse mode, for one random function at several points.
fn agree<T: Element>(case: &dualtape::compare::Case, tolerance: f64) -> Result<(), String> {
    let to = |x: f64| T::constant(x);
    let x: Vec<T> = case.x.iter().map(|&x| to(x)).collect();
    for exact in [true, false] {
        let plan = Plan::new(Derivative::Gradient);
        let plan = if exact { plan.exact() } else { plan };
        let mut replay = Replay::of(&case.expression, plan);
        // The point itself among shifted ones, which may take other branches.
        let shifted = |by: f64| x.iter().map(|&x| x + to(by)).collect::<Vec<T>>();
        let points = [shifted(0.25), x.clone(), shifted(-0.25), x.clone()];
        let batch = replay.run(x.len(), &[], &points.concat()).map_err(|error| error.to_string())?;
        for (row, x) in points.iter().enumerate() {
            let (value, gradient) = reverse::gradient(|x| case.expression.eval(x), x);
            let (a, b) = (batch.values(row)[0].primal(), value.primal());
            let same = if exact {
                a == b || a.is_nan() && b.is_nan()
            } else {
                // A function that cancels magnifies what its operands are off.
                a == b
                    || a.is_nan() && b.is_nan()
                    || !tolerance.is_finite()
                    || (a - b).abs() <= tolerance * b.abs().max(1.0)
            };
            if !same {
                return Err(format!("value {a:e}, expected {b:e}, exact {exact}, at {x:?}\n{case}"));
            }
            if tolerance.is_finite() && exact {
                let scale = gradient.iter().fold(1.0_f64, |max, g| max.max(g.primal().abs()));
                for (a, b) in batch.derivatives(row).iter().zip(&gradient) {
                    let (a, b) = (a.primal(), b.primal());
                    if !(a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= tolerance * scale) {
                        return Err(format!("slope {a:e}, expected {b:e}, at {x:?}\n{case}"));
                    }
                }
            }
        }
    }
    Ok(())
}

fn verdict(result: Result<(), String>) -> TestResult {
    result.map_or_else(TestResult::error, |()| TestResult::passed())
}

#[test]
fn random_functions_agree_with_reverse_mode() {
    fn property(case: Ordinary) -> TestResult {
        // At the shifted points values may be large and cancel.
        let gradient = reverse::gradient(|x| case.0.expression.eval(x), &case.0.x).1;
        let mild = gradient.iter().all(|g| g.abs() < 1e6);
        if mild { verdict(agree::<f64>(&case.0, f64::INFINITY)) } else { TestResult::discard() }
    }
    QuickCheck::new().tests(2000).quickcheck(property as fn(Ordinary) -> TestResult);
}

#[test]
fn random_functions_at_singular_points_have_the_same_values() {
    fn property(case: Singular) -> TestResult {
        verdict(agree::<f64>(&case.0, f64::INFINITY))
    }
    QuickCheck::new().tests(2000).quickcheck(property as fn(Singular) -> TestResult);
}

#[test]
fn stale_branches_are_errors_of_a_program() {
    fn branchy<T: Float>(x: &[T]) -> T {
        if x[0] > T::zero() { x[0] * x[0] } else { -x[0] }
    }
    let program = Program::of(&dualtape::model!(branchy), &[1.0], &Plan::new(Derivative::Gradient)).unwrap();
    assert_eq!(program.run(&[], &[2.0, 3.0]).unwrap().derivatives(1), [6.0]);
    let error = program.run(&[], &[2.0, -3.0, -4.0]).unwrap_err();
    assert!(matches!(error, ProgramError::Stale { sample: 1, .. }), "{error}");
    assert!(error.to_string().contains("sample 1: the recorded branch does not hold here: x0 > v"), "{error}");
}

/// 2^k paths: the sign of each input chooses a formula.
struct Signs(usize);

impl Model for Signs {
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let part = |&x: &T| if x < T::zero() { x.exp() } else { x * x };
        x[..self.0].iter().map(part).fold(T::zero(), |sum, y| sum * x[0] + y)
    }
}

#[test]
fn replays_follow_every_sample_along_its_own_path() {
    for (k, most) in [(1, 64), (4, 64), (10, 64), (4, 5), (3, 1)] {
        for summed in [false, true] {
            let model = Signs(k);
            let (p, count) = (k, 500);
            let data = spread(count * p, 12 + k as u64);
            // One input that is the same for all samples, when summed: the first.
            let (n, plan) = if summed {
                (k + 1, Plan::new(Derivative::Gradient).parameters(k..k + 1).summed())
            } else {
                (k, Plan::new(Derivative::Gradient))
            };
            struct Weighted(Signs);
            impl Model for Weighted {
                fn eval<T: Scalar>(&self, x: &[T]) -> T {
                    let y = self.0.eval(x);
                    if x.len() > self.0.0 { y * x[self.0.0] * x[self.0.0] } else { y }
                }
            }
            let model = Weighted(model);
            let mut replay = Replay::of(&model, plan).at_most(most);
            let parameters = if summed { vec![1.5] } else { vec![] };
            for round in 0..3 {
                let batch = replay.run(n, &parameters, &data).unwrap();
                if summed {
                    let sum = |w: f64| data.chunks(k).map(|x| model.eval(&[x, &[w]].concat())).sum::<f64>();
                    assert_close(batch.values(0), &[sum(1.5)], 1e-12, "value");
                    assert_close(batch.derivatives(0), &[sum(1.5) * 2.0 / 1.5], 1e-12, "gradient");
                } else {
                    for (row, x) in data.chunks(k).enumerate() {
                        let (value, gradient) = reverse::gradient(|x| model.eval(x), x);
                        assert_close(batch.values(row), &[value], 1e-13, "value");
                        assert_close(batch.derivatives(row), &gradient, 1e-13, "gradient");
                    }
                }
                assert!(replay.paths() <= most);
                let all = 1 << k;
                if all <= most {
                    assert_eq!((replay.paths(), replay.one_by_one()), (all, 0), "{k} signs, round {round}");
                } else {
                    assert!(replay.one_by_one() > 0);
                }
            }
        }
    }
}

#[test]
fn a_replay_meets_nan_in_comparisons() {
    struct Clipped;
    impl Model for Clipped {
        fn eval<T: Scalar>(&self, x: &[T]) -> T {
            if x[0].is_nan() {
                return x[1];
            }
            if x[0] < x[1] { x[0] * x[1] } else { x[0] + x[1] }
        }
    }
    let mut replay = Replay::of(Clipped, Plan::new(Derivative::Gradient));
    let data = [1.0, 2.0, f64::NAN, 3.0, 2.0, f64::NAN, 5.0, 4.0];
    let batch = replay.run(2, &[], &data).unwrap();
    assert_eq!([0, 1, 3].map(|row| batch.values(row)[0]), [2.0, 3.0, 9.0]);
    assert!(batch.values(2)[0].is_nan());
    assert_eq!(batch.derivatives(1), [0.0, 1.0]);
    assert_eq!(batch.derivatives(2), [1.0, 1.0]);
}

#[test]
fn comparisons_of_parameters_choose_a_path_for_all_samples() {
    struct Sided;
    impl Model for Sided {
        fn eval<T: Scalar>(&self, v: &[T]) -> T {
            if v[0] > T::zero() { v[0] * v[1] } else { v[1] - v[0] }
        }
    }
    let mut replay = Replay::of(Sided, Plan::new(Derivative::Gradient).parameters(0..1).summed());
    for _ in 0..2 {
        assert_eq!(replay.run(2, &[2.0], &[1.0, 2.0, 3.0]).unwrap().derivatives(0), [6.0]);
        assert_eq!(replay.run(2, &[-2.0], &[1.0, 2.0, 3.0]).unwrap().derivatives(0), [-3.0]);
    }
    assert_eq!(replay.paths(), 2);
}

#[test]
fn wishes_that_cannot_be_met_say_what_was_expected() {
    let model = dualtape::model!(rosenbrock);
    let of = |plan: Plan| Program::of(&model, &[0.0, 0.0], &plan).map(|_| ()).unwrap_err().to_string();
    let gradient = || Plan::new(Derivative::Gradient);
    assert_eq!(of(gradient().parameters(1..4)), "parameters: expected a range within the 2 inputs, found 1..4");
    assert_eq!(of(gradient().with_respect_to([2])), "inputs to differentiate in: expected numbers below 2, found 2");
    assert_eq!(
        of(gradient().with_respect_to([1, 0])),
        "inputs to differentiate in: expected ascending numbers, found 1 before 0"
    );
    assert_eq!(of(gradient().outputs([1])), "outputs: expected numbers below 1, found 1");
    assert_eq!(of(gradient().outputs([])), "outputs: expected the one output that a gradient is of, found 0");
    assert!(of(gradient().summed()).starts_with("inputs to differentiate in: expected parameters"));
    assert_eq!(of(gradient().lanes(12)), "lanes: expected 8, 16 or 32, found 12");
    let program = Program::of(&model, &[0.0, 0.0], &gradient()).unwrap();
    let run = |parameters: &[f64], samples: &[f64]| program.run(parameters, samples).unwrap_err().to_string();
    assert_eq!(run(&[], &[1.0; 3]), "samples: expected a multiple of 2 numbers, found 3");
    assert_eq!(run(&[1.0], &[1.0; 2]), "the parameters: expected 0 entries, found 1");
    let along = program.run_along(&[], &[1.0; 2], &[1.0]).unwrap_err().to_string();
    assert_eq!(along, "the direction v: expected 0 entries, found 1");
    let jvp = Program::of(&model, &[0.0, 0.0], &Plan::new(Derivative::Jvp)).unwrap();
    assert_eq!(jvp.run(&[], &[1.0; 2]).unwrap_err().to_string(), "the direction v: expected 2 entries, found 0");
}

#[test]
fn a_program_of_a_million_operations_compiles_and_runs() {
    struct Long;
    impl Model for Long {
        fn eval<T: Scalar>(&self, x: &[T]) -> T {
            (0..500_000).fold(x[0], |y, _| y * x[1] + x[2])
        }
    }
    let program = Program::of(&Long, &[1.0, 0.5, 0.25], &Plan::new(Derivative::Value)).unwrap();
    let statistics = program.statistics();
    assert!(statistics.recorded >= 1_000_000, "{statistics:?}");
    assert!(statistics.slots <= 8, "{statistics:?}");
    let batch = program.run(&[], &[1.0, 0.5, 0.25, 0.0, 0.25, 3.0]).unwrap();
    assert_eq!((batch.values(0), batch.values(1)), (&[0.5][..], &[4.0][..]));
}

/// Compiles exported source and compares its bits with the exact program's.
#[test]
#[cfg_attr(miri, ignore = "runs the compiler")]
fn exported_source_compiles_and_gives_the_same_bits() {
    struct Mixed;
    impl Model for Mixed {
        fn eval<T: Scalar>(&self, x: &[T]) -> T {
            let y = x[0].tanh() * x[1].powi(3) + x[2].abs().sqrt().max(x[1]) - (x[0] * x[2]).sin() / x[1];
            let z = y.mul_add(x[0], x[1].hypot(x[2])) + x[1].abs().powf(x[0]) + x[2].atan2(x[1]);
            if x[0] < x[1] + T::constant(2.0) { z } else { -z * z }
        }
    }
    let program = Program::of(&Mixed, &[0.3, 0.7, -0.4], &Plan::new(Derivative::Gradient).exact()).unwrap();
    let source = program.to_rust("gradient").unwrap();
    let points: [[f64; 3]; 4] = [[0.3, 0.7, -0.4], [0.0, 1.5, 0.0], [-2.0, -1.0, 3.0], [9.0, 1.0, 1.0]];
    let main = format!(
        "{source}\nfn main() {{\n    for x in {points:?} {{\n        let mut g = [0.0; 3];\n        \
         match gradient(&x, &mut g) {{\n            Some(y) => println!(\"{{:?}} {{:?}}\", y.to_bits(), \
         g.map(f64::to_bits)),\n            None => println!(\"stale\"),\n        }}\n    }}\n}}\n"
    );
    let folder = tempfile::tempdir().unwrap();
    let (path, program_path) = (folder.path().join("main.rs"), folder.path().join("main"));
    std::fs::write(&path, &main).unwrap();
    let compiler = std::env::var_os("RUSTC").unwrap_or("rustc".into());
    let compiled =
        std::process::Command::new(compiler).args(["--edition", "2024", "-o"]).arg(&program_path).arg(&path).output();
    let compiled = compiled.unwrap();
    assert!(compiled.status.success(), "{}\n{main}", String::from_utf8_lossy(&compiled.stderr));
    let output = std::process::Command::new(&program_path).output().unwrap().stdout;
    let mut expected = String::new();
    for x in &points[..3] {
        let batch = program.run(&[], x).unwrap();
        let bits: Vec<u64> = batch.derivatives(0).iter().map(|d| d.to_bits()).collect();
        expected += &format!("{:?} {bits:?}\n", batch.values(0)[0].to_bits());
    }
    assert_eq!(String::from_utf8(output).unwrap(), expected + "stale\n");
    let several = Program::of_vector(&Pair, &[1.0; 3], &Plan::new(Derivative::Jacobian)).unwrap();
    let error = several.to_rust("f").unwrap_err().to_string();
    assert_eq!(error, "outputs: expected one, whose value is returned, found 3");
}

/// What is stored comes back and does the same; what was tampered with does not come back.
#[cfg(feature = "serde")]
#[test]
fn programs_are_stored_and_come_back() {
    let net = Net { inputs: 4, units: 6, by_dot: true };
    let (p, width) = (net.parameters(), net.inputs + 1);
    let (weights, data) = (spread(p, 1), spread(20 * width, 2));
    let start = [&weights[..], &data[..width]].concat();
    for derivative in [Derivative::Value, Derivative::Gradient, Derivative::Hvp] {
        let plan = Plan::new(derivative).parameters(0..p).summed();
        let program = Program::of(&net, &start, &plan).unwrap();
        let text = serde_json::to_string(&program).unwrap();
        let back: Program = serde_json::from_str(&text).unwrap();
        let v = if derivative.takes_direction() { spread(p, 3) } else { Vec::new() };
        let run = |program: &Program| program.run_along(&weights, &data, &v).unwrap();
        assert_eq!(run(&program), run(&back));
        assert!(
            serde_json::from_str::<Program<f32>>(&text).unwrap_err().to_string().contains("precision: expected 32")
        );
    }
    fn branchy<T: Float>(x: &[T]) -> T {
        if x[0] > T::nan() { x[0] } else { x[0] * x[0] }
    }
    let program = Program::of(&dualtape::model!(branchy), &[f64::NAN], &Plan::new(Derivative::Gradient)).unwrap();
    let stored = serde_json::to_value(&program).unwrap();
    let back: Program = serde_json::from_value(stored.clone()).unwrap();
    assert_eq!(back.run(&[], &[3.0]).unwrap().derivatives(0), [6.0]);
    let tampered = |path: &str, value: serde_json::Value| {
        let mut stored = stored.clone();
        *stored.pointer_mut(path).expect("the path is there") = value;
        serde_json::from_value::<Program>(stored).unwrap_err().to_string()
    };
    assert!(tampered("/source/outputs/0", 99.into()).starts_with("outputs: expected operations below"));
    assert!(tampered("/source/guards/0/operands/0", 99.into()).starts_with("guards: expected operations below"));
    assert!(tampered("/source/ir/ops/0", serde_json::json!({ "Input": 1 })).contains("inputs first"));
    assert!(tampered("/plan/lanes", 3.into()).starts_with("lanes: expected 8, 16 or 32"));
    assert!(tampered("/names", serde_json::json!([])).starts_with("names: expected those of 1 guards, found 0"));
}
