//! Samples that take different branches.

use super::{assert_close, instruction_sets, rosenbrock, spread};
use dualtape::program::{Derivative, Plan, Program, ProgramError, Replay};
use dualtape::rules::Unary;
use dualtape::{Model, One, Operation, Scalar, reverse};
use num_traits::Float;

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

/// 2^k paths: the sign of each input decides between two formulas.
struct Signs(usize);

impl Model for Signs {
    type Outputs = One;
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
                type Outputs = One;
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
                    assert_eq!((replay.paths(), replay.uncompiled()), (all, 0), "{k} signs, round {round}");
                } else {
                    assert!(replay.uncompiled() > 0);
                }
            }
        }
    }
}

#[test]
fn a_replay_meets_nan_in_comparisons() {
    struct Clipped;
    impl Model for Clipped {
        type Outputs = One;
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
fn comparisons_of_parameters_decide_the_path_of_all_samples() {
    struct Sided;
    impl Model for Sided {
        type Outputs = One;
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
    let error = replay.run(3, &[2.0], &[1.0, 2.0]).unwrap_err().to_string();
    assert_eq!(error, "the inputs of the function: expected 2 entries, found 3");
}

/// The logarithms of some parameters, added up, times a number of the sample or its square.
struct Weighted;

impl Model for Weighted {
    type Outputs = One;
    fn eval<T: Scalar>(&self, v: &[T]) -> T {
        let (x, w) = v.split_first().expect("a number and parameters");
        let sum = w.iter().fold(T::zero(), |sum, &w| sum + w.exp().ln_1p());
        if *x < T::zero() {
            sum * *x
        } else if *x < T::one() {
            sum * *x * *x
        } else {
            sum + *x
        }
    }
}

#[test]
fn uniform_operations_of_all_paths_are_computed_once() {
    const PARAMETERS: usize = 50;
    let plan = Plan::new(Derivative::Gradient).parameters(1..PARAMETERS + 1);
    for (plan, summed) in [(plan.clone(), false), (plan.clone().summed(), true), (plan.exact(), false)] {
        let mut replay = Replay::of(Weighted, plan);
        for shift in [0.0, 0.25] {
            // Also where a zero meets an infinity, which takes the strong-zero fallback.
            for last in [0.5, 800.0] {
                let mut w: Vec<f64> = (0..PARAMETERS).map(|at| at as f64 / 10.0 - 2.0 + shift).collect();
                w[0] = last;
                let data = [-1.5, 0.5, 2.5, 0.0, -0.5, 3.0];
                let batch = replay.run(PARAMETERS + 1, &w, &data).unwrap();
                assert_eq!(replay.paths(), 3);
                let expected = data.map(|x| {
                    let f = |w: &[reverse::Var<f64>]| Weighted.eval(&[&[reverse::Var::constant(x)], w].concat());
                    reverse::gradient(f, &w)
                });
                if summed {
                    let sum = |at: usize| expected.iter().map(|(_, gradient)| gradient[at]).sum::<f64>();
                    let gradient: Vec<f64> = (0..PARAMETERS).map(sum).collect();
                    assert_close(batch.derivatives(0), &gradient, 1e-12, "gradient");
                } else {
                    for (row, (value, gradient)) in expected.iter().enumerate() {
                        assert_close(batch.values(row), &[*value], 1e-13, "value");
                        assert_close(batch.derivatives(row), gradient, 1e-13, "gradient");
                    }
                }
            }
        }
        let logarithms = Operation::Unary(Unary::Ln1p);
        assert_eq!(replay.counts().get(logarithms), PARAMETERS as u64);
        assert_eq!(replay.programs()[1].counts(2).get(logarithms), PARAMETERS as u64);
    }
}

/// How often a number has to be halved until it is 1 or less, 14 times at most: a path for each.
struct Halvings;

impl Model for Halvings {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let (mut rest, mut sum) = (x[0], x[1]);
        for _ in 0..14 {
            if rest <= T::one() {
                break;
            }
            rest *= T::constant(0.5);
            sum = sum * rest.sqrt() + rest.sin();
        }
        sum * rest
    }
}

#[test]
fn a_loop_that_ends_after_any_number_of_turns_has_a_path_for_each() {
    let data: Vec<f64> = spread(400, 31).chunks(2).flat_map(|x| [(9.0 * (x[0] + 0.5)).exp2(), x[1]]).collect();
    for plan in [Plan::new(Derivative::Gradient), Plan::new(Derivative::Gradient).exact().lanes(8)] {
        let mut replay = Replay::of(Halvings, plan).at_most(15);
        for _ in 0..2 {
            let batch = replay.run(2, &[], &data).unwrap();
            for (row, x) in data.chunks(2).enumerate() {
                let (value, gradient) = reverse::gradient(|x| Halvings.eval(x), x);
                assert_close(batch.values(row), &[value], 1e-13, "value");
                assert_close(batch.derivatives(row), &gradient, 1e-13, "gradient");
            }
            assert_eq!((replay.paths(), replay.uncompiled()), (15, 0));
        }
    }
}

#[test]
fn a_guard_that_flips_in_one_lane_leaves_the_others_as_they_are() {
    for instruction_set in instruction_sets() {
        for lanes in [8, 16, 32] {
            let plan = Plan::new(Derivative::Gradient).instruction_set(instruction_set).lanes(lanes);
            let mut data: Vec<f64> = (0..lanes + 3).map(|at| 0.5 + at as f64).collect();
            let mut replay = Replay::of(Signs(1), plan);
            let before = replay.run(1, &[], &data).unwrap();
            assert_eq!(replay.paths(), 1);
            for flipped in 0..data.len() {
                data[flipped] = -data[flipped];
                let batch = replay.run(1, &[], &data).unwrap();
                for (row, &x) in data.iter().enumerate() {
                    if row == flipped {
                        assert_close(batch.values(row), &[x.exp()], 1e-15, "value");
                        assert_close(batch.derivatives(row), &[x.exp()], 1e-15, "derivative");
                    } else {
                        assert_eq!(batch.values(row), before.values(row), "{flipped} flipped, {instruction_set}");
                        assert_eq!(
                            batch.derivatives(row),
                            before.derivatives(row),
                            "{flipped} flipped, {instruction_set}"
                        );
                    }
                }
                data[flipped] = -data[flipped];
            }
            assert_eq!(replay.paths(), 2);
        }
    }
}

#[test]
fn every_comparison_is_checked_in_every_lane() {
    #[derive(Clone, Copy)]
    enum Comparison {
        Equal,
        Less,
        LessOrEqual,
        Greater,
        GreaterOrEqual,
    }
    impl Model for Comparison {
        type Outputs = One;
        fn eval<T: Scalar>(&self, x: &[T]) -> T {
            let holds = match self {
                Self::Equal => x[0] == x[1],
                Self::Less => x[0] < x[1],
                Self::LessOrEqual => x[0] <= x[1],
                Self::Greater => x[0] > x[1],
                Self::GreaterOrEqual => x[0] >= x[1],
            };
            if holds { x[0] * x[1] } else { x[0] - x[1] }
        }
    }
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
    let samples: [[f64; 2]; 4] = [[1.0, 2.0], [2.0, 2.0], [3.0, 2.0], [f64::NAN, 2.0]];
    for comparison in [Equal, Less, LessOrEqual, Greater, GreaterOrEqual] {
        for first in 0..4 {
            // Each sample among others of the path that the first one takes, at every place of a block.
            let mut replay = Replay::of(comparison, Plan::new(Derivative::Gradient).lanes(8));
            for other in 0..4 {
                for place in [1, 4, 7] {
                    let mut rows = vec![samples[first]; 8];
                    rows[place] = samples[other];
                    let batch = replay.run(2, &[], &rows.concat()).unwrap();
                    for (row, x) in rows.iter().enumerate() {
                        let (value, gradient) = reverse::gradient(|x| comparison.eval(x), x);
                        assert!(super::support::equal(batch.values(row)[0], value), "{x:?} among {rows:?}");
                        assert_close(batch.derivatives(row), &gradient, 0.0, "gradient");
                    }
                }
            }
        }
    }
}

/// A uniform term counts once for each sample that takes its branch, and not for the others.
#[test]
fn a_sum_over_branches_counts_each_sample_once() {
    fn branched<T: Float>(v: &[T]) -> T {
        let square = v[0] * v[0];
        if v[1] > T::zero() { square + v[1] } else { square * v[0] - v[1] }
    }
    let samples = [1.0, -1.0, 2.0, -2.0, 3.0];
    let plan = Plan::new(Derivative::Gradient).parameters(0..1).summed();
    for plan in [plan.clone(), plan.exact()] {
        let mut replay = Replay::of(dualtape::model!(branched), plan);
        let batch = replay.run(2, &[3.0], &samples).unwrap();
        // 3·3² + 6 and 2·3³ + 3; 3·2·3 and 2·3·3².
        assert_eq!(batch.values(0), [27.0 + 6.0 + 54.0 + 3.0]);
        assert_eq!(batch.derivatives(0), [18.0 + 54.0]);
        assert_eq!(replay.paths(), 2);
    }
}

/// x·y below 0, x + sin y up to 1, x·eʸ·w from there on.
fn in_three_parts<T: Scalar>(v: &[T]) -> T {
    let (w, x, y) = (v[0], v[1], v[2]);
    if x < T::zero() {
        x * y
    } else if x < T::one() {
        x + y.sin()
    } else {
        x * y.exp() * w.cos()
    }
}

#[test]
fn no_more_paths_are_compiled_than_asked_for() {
    let samples: Vec<f64> = spread(40, 3).iter().map(|x| x * 2.0).collect();
    for most in 1..4 {
        let plan = Plan::new(Derivative::Gradient).parameters(0..1).with_respect_to([0, 1, 2]);
        let mut replay = Replay::of(dualtape::model!(in_three_parts), plan).at_most(most);
        for _ in 0..3 {
            let batch = replay.run(3, &[0.5], &samples).unwrap();
            for (row, sample) in samples.chunks(2).enumerate() {
                let (value, gradient) = reverse::gradient(in_three_parts, &[0.5, sample[0], sample[1]]);
                assert_close(batch.values(row), &[value], 1e-14, "value");
                assert_close(batch.derivatives(row), &gradient, 1e-14, "gradient");
            }
        }
        assert_eq!((replay.paths(), replay.uncompiled() > 0), (most, most < 3));
    }
}

#[test]
fn a_replay_counts_what_each_program_did() {
    let plan = Plan::new(Derivative::Value).parameters(0..1);
    let mut replay = Replay::of(dualtape::model!(in_three_parts), plan);
    // Two below 0, one between, three above 1.
    replay.run(3, &[0.5], &[-1.0, 1.0, -2.0, 1.0, 0.5, 1.0, 2.0, 1.0, 3.0, 1.0, 4.0, 1.0]).unwrap();
    let alone = |samples: [usize; 3]| {
        let programs = replay.programs().iter().zip(samples).filter(|&(_, samples)| samples > 0);
        programs.fold(dualtape::Counts::default(), |sum, (program, samples)| sum + program.counts(samples))
    };
    assert_eq!(replay.counts(), alone([2, 1, 3]));
    replay.run(3, &[0.5], &[-1.0, 1.0, -2.0, 1.0]).unwrap();
    let negative = replay.programs()[0].counts(2);
    assert_eq!(replay.counts(), negative);
}

#[test]
fn parameters_that_are_no_inputs_are_refused() {
    for range in [2..9, 4..5] {
        let plan = Plan::new(Derivative::Value).parameters(range.clone());
        let found = Replay::of(dualtape::model!(in_three_parts), plan).run(3, &[0.5], &[1.0, 2.0]);
        assert!(matches!(found, Err(ProgramError::Parameters { inputs: 3, found }) if found == range));
    }
}

#[test]
fn a_replay_of_no_paths_compiles_none() {
    let f = |x: &[f64]| reverse::gradient(rosenbrock, x);
    for count in [1, 2, 5] {
        let mut replay = Replay::of(dualtape::model!(rosenbrock), Plan::new(Derivative::Gradient)).at_most(0);
        let data = spread(count * 3, 8);
        for _ in 0..3 {
            let batch = replay.run(3, &[], &data).unwrap();
            assert!((0..count).all(|row| batch.derivatives(row) == f(&data[3 * row..][..3]).1));
        }
        assert_eq!((replay.paths(), replay.uncompiled()), (0, 3 * count));
    }
}

/// A long way for positive numbers, and another one for the others.
fn long<T: Float>(x: &[T]) -> T {
    let step = T::from(0.01).unwrap();
    (0..200).fold(x[0], |y, _| if x[0] > T::zero() { y + step * y.sin() } else { y - step * y * y })
}

#[test]
fn a_long_path_is_counted_once_in_a_run() {
    let mut replay = Replay::of(dualtape::model!(long), Plan::new(Derivative::Gradient));
    for run in 1..=10 {
        // The second path is compiled in the second run, in which the first sample has been recorded already. That one is
        // tried again in the fourth and the tenth.
        replay.run(1, &[], &[0.5, -0.5, -0.6, -0.7]).unwrap();
        let paths = match run {
            1 => 0,
            2..10 => 1,
            _ => 2,
        };
        assert_eq!(replay.paths(), paths, "run {run}");
    }
}

/// The same, times a parameter.
fn long_and_scaled<T: Float>(x: &[T]) -> T {
    long(x) * x[1]
}

#[test]
fn samples_are_recorded_with_their_parameters() {
    let plan = Plan::new(Derivative::Gradient).parameters(1..2).with_respect_to([0, 1]);
    let mut replay = Replay::of(dualtape::model!(long_and_scaled), plan);
    let samples = [0.5, -0.5, -0.6, -0.7];
    // No path is hot at first: all samples are recorded.
    let batch = replay.run(2, &[3.0], &samples).unwrap();
    for (row, x) in samples.into_iter().enumerate() {
        assert_eq!(batch.derivatives(row), reverse::gradient(long_and_scaled, &[x, 3.0]).1);
    }
    let other = replay.run(2, &[2.0], &samples).unwrap();
    assert!(batch != other && batch == batch.clone(), "{batch:?}, {other:?}");
}
