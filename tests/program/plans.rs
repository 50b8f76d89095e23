//! Random functions by random plans: every derivative, any outputs, inputs and parameters, summed or not.

use super::support::agreement::{Tally, agree};
use super::support::seed;
use dualtape::compare::{Case, Ordinary, Singular};
use dualtape::program::{Derivative, Plan, Program};
use dualtape::rules::Unary;
use dualtape::{Model, One, Scalar, Var, model, reverse};
use num_traits::Float;
use quickcheck::{Gen, QuickCheck, TestResult};
use std::sync::Mutex;

/// What was compared, in programs that are not exact and in those that are.
type Tallies = Mutex<[Tally; 2]>;

fn verdict(case: &Case, seed: u64, tallies: &Tallies) -> TestResult {
    match agree(case, seed) {
        Err(error) => TestResult::error(error),
        Ok((exact, found)) => {
            tallies.lock().expect("nobody panics while counting")[usize::from(exact)].add(found);
            TestResult::passed()
        }
    }
}

/// More than so many entries are held against a narrow bound for each that is not.
fn assert_most_are_compared(tallies: &Tallies, share: usize) {
    for (exact, tally) in [false, true].into_iter().zip(*tallies.lock().expect("nobody panics while counting")) {
        println!("exact {exact}: {tally:?}");
        assert!(tally.compared > share * (tally.loose + tally.left_out), "exact {exact}: {tally:?}");
    }
}

#[test]
fn random_functions_agree_by_every_plan() {
    static TALLIES: Tallies = Mutex::new([Tally { compared: 0, loose: 0, infinite: 0, left_out: 0 }; 2]);
    fn property(case: Ordinary, seed: u64) -> TestResult {
        verdict(&case.0, seed, &TALLIES)
    }
    QuickCheck::new()
        .rng(Gen::from_size_and_seed(100, seed()))
        .tests(2000)
        .quickcheck(property as fn(Ordinary, u64) -> TestResult);
    assert_most_are_compared(&TALLIES, 10);
}

#[test]
fn random_functions_agree_at_singular_points() {
    static TALLIES: Tallies = Mutex::new([Tally { compared: 0, loose: 0, infinite: 0, left_out: 0 }; 2]);
    fn property(case: Singular, seed: u64) -> TestResult {
        verdict(&case.0, seed, &TALLIES)
    }
    QuickCheck::new()
        .rng(Gen::from_size_and_seed(100, seed()))
        .tests(2000)
        .quickcheck(property as fn(Singular, u64) -> TestResult);
    assert_most_are_compared(&TALLIES, 1);
    let infinite: usize =
        TALLIES.lock().expect("nobody panics while counting").iter().map(|tally| tally.infinite).sum();
    assert!(infinite > 20, "{infinite} derivatives were infinite, and must be");
}

/// The derivatives of tanh and of the logistic function have vector forms for lanes; uniform ones have none.
#[test]
fn uniform_derivatives_are_computed() {
    fn squashed<T: Scalar>(v: &[T]) -> T {
        (v[0].tanh() + v[1].logistic()) * v[2] + (v[0] * T::constant(2.0)).tanh()
    }
    let (weights, data) = ([0.3, -2.5], [0.5, 2.0, -1.0]);
    for plan in [Plan::new(Derivative::Gradient), Plan::new(Derivative::Gradient).lanes(8)] {
        let plan = plan.parameters(0..2);
        let by_row = Program::of(&model!(squashed), &[0.0; 3], &plan).unwrap().run(&weights, &data).unwrap();
        let summed = Program::of(&model!(squashed), &[0.0; 3], &plan.summed()).unwrap().run(&weights, &data).unwrap();
        let mut sum = [0.0; 2];
        for (row, &x) in data.iter().enumerate() {
            let f = |w: &[Var<f64>]| squashed(&[w[0], w[1], Var::constant(x)]);
            let (value, gradient) = reverse::gradient(f, &weights);
            super::assert_close(by_row.values(row), &[value], 1e-14, "value");
            super::assert_close(by_row.derivatives(row), &gradient, 1e-14, "gradient");
            sum.iter_mut().zip(gradient).for_each(|(sum, partial)| *sum += partial);
        }
        super::assert_close(summed.derivatives(0), &sum, 1e-14, "sum");
    }
}

#[test]
fn infinities_of_both_signs_that_meet_are_added_in_another_order() {
    fn meeting<T: Float>(x: &[T]) -> T {
        (x[0] * x[1] - x[0] * x[2]).sqrt()
    }
    let gradient = [0.0, f64::INFINITY, f64::NEG_INFINITY];
    let samples = [1.0, 2.0, 2.0, 3.0, 1.0, 0.5];
    let of_second = reverse::gradient(meeting, &samples[3..]).1;
    for plan in [Plan::new(Derivative::Gradient), Plan::new(Derivative::Gradient).exact()] {
        let program = Program::of(&model!(meeting), &[3.0, 2.0, 1.0], &plan).unwrap();
        assert_eq!(program.run(&[], &samples[..3]).unwrap().derivatives(0), gradient);
        let batch = program.run(&[], &samples).unwrap();
        assert_eq!(batch.derivatives(0), gradient);
        super::assert_close(batch.derivatives(1), &of_second, 1e-14, "gradient");
        // All inputs are parameters: no instruction computes the derivatives.
        let uniform = plan.clone().parameters(0..3);
        let program = Program::of(&model!(meeting), &[3.0, 2.0, 1.0], &uniform).unwrap();
        assert_eq!(program.run(&samples[..3], &[]).unwrap().derivatives(0), gradient);
        // A parameter and two samples, one of which would make the sum NaN.
        let summed = plan.parameters(0..1).summed();
        let program = Program::of(&model!(meeting), &[3.0, 2.0, 1.0], &summed).unwrap();
        let batch = program.run(&[1.0], &[2.0, 2.0, 3.0, 1.0]).unwrap();
        super::assert_close(batch.derivatives(0), &[1.0 / 2.0_f64.sqrt()], 1e-14, "sum");
        // The value is √0 and √2, and the derivative at 0 is 0.
        super::assert_close(batch.values(0), &[2.0_f64.sqrt()], 1e-14, "value");
        assert!(program.run(&[f64::NAN], &[2.0, 2.0, 3.0, 1.0]).unwrap().derivatives(0)[0].is_nan());
    }
}

/// An operation at a point where its derivative is infinite, and operations behind it: a single path leads from the input, so that no
/// rounding changes the infinity or its sign.
struct Steep {
    op: Unary,
    then: usize,
}

impl Model for Steep {
    type Outputs = One;
    fn eval<T: Scalar>(&self, v: &[T]) -> T {
        let steep = self.op.value(v[0]);
        let beside = v[1] * v[2] + v[1].sin();
        match self.then {
            0 => steep * T::constant(-3.0) + beside,
            1 => beside - steep.sin() * T::constant(0.1),
            2 => (steep + T::constant(0.5)).exp() * v[2] - beside,
            _ => -(steep * v[1]) + beside * beside,
        }
    }
}

#[test]
fn infinite_derivatives_have_their_sign_in_every_mode() {
    // Bounded operations, whose values stay finite behind.
    let operations = [
        (Unary::Sqrt, 0.0),
        (Unary::Cbrt, 0.0),
        (Unary::Cbrt, -0.0),
        (Unary::Asin, 1.0),
        (Unary::Asin, -1.0),
        (Unary::Acos, 1.0),
        (Unary::Acos, -1.0),
        (Unary::Acosh, 1.0),
    ];
    let mut infinite = 0;
    for ((op, at), then) in operations.into_iter().flat_map(|it| (0..4).map(move |then| (it, then))) {
        let model = Steep { op, then };
        let rest = [[1.25, -2.0], [-0.75, 0.5], [3.0, 1.5]];
        let points: Vec<[f64; 3]> = (0..40)
            .map(|row| {
                let [a, b] = rest[row % 3];
                [if row % 2 == 0 { at } else { at * 0.5 + 0.25 }, a, b]
            })
            .collect();
        for instruction_set in super::support::instruction_sets() {
            for (count, lanes) in [(1, None), (2, None), (9, Some(8)), (40, Some(16)), (40, Some(32))] {
                for exact in [false, true] {
                    let mut plan = Plan::new(Derivative::Gradient).instruction_set(instruction_set);
                    plan = if exact { plan.exact() } else { plan };
                    plan = lanes.map_or(plan.clone(), |lanes| plan.lanes(lanes));
                    let program = Program::of(&model, &points[0], &plan).unwrap();
                    let batch = program.run(&[], points[..count].as_flattened()).unwrap();
                    for (row, x) in points[..count].iter().enumerate() {
                        let truth = reverse::gradient(|v| model.eval(v), x).1;
                        let found = batch.derivatives(row);
                        if truth[0].is_infinite() {
                            infinite += 1;
                            assert_eq!(
                                found[0], truth[0],
                                "{op:?} at {at}, {then}, {instruction_set:?}, {count} rows, exact {exact}"
                            );
                        } else {
                            super::assert_close(&found[..1], &truth[..1], 1e-12, "beside it");
                        }
                        super::assert_close(&found[1..], &truth[1..], 1e-12, "the other inputs");
                    }
                }
            }
        }
    }
    assert!(infinite > 1000, "{infinite}");
}
