//! Every rule at every edge, and random functions.

use super::{Net, assert_close, dispatches, spread};
use dualtape::compare::{Bound, Case, Ordinary, Paths, Singular, ulps_between};
use dualtape::program::{Derivative, Plan, Program, Replay, Single};
use dualtape::rules::{Binary, Ternary, Unary};
use dualtape::{Model, Scalar, VectorModel, reverse};
use quickcheck::{QuickCheck, TestResult};

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

/// How far rounding can drive two sums over the paths from an input to an output apart; nothing where a path is infinite,
/// or leaves the range in which products are exact to rounding.
pub(super) fn allowed(model: &impl VectorModel, x: &[f64], output: usize, input: usize) -> Option<f64> {
    let paths = paths(model, x, output, input);
    let in_range = paths.range.0 > -900.0 && paths.range.1 < 900.0;
    let roundings = 4.0 * f64::from(paths.length) + 200.0;
    (paths.kinds.is_ordinary() && in_range).then_some(roundings * f64::EPSILON * paths.magnitude)
}

/// The paths from an input to an output.
pub(super) fn paths(model: &impl VectorModel, x: &[f64], output: usize, input: usize) -> Paths {
    let seeded = |(at, &x): (usize, &f64)| if at == input { Bound::seeded(x) } else { Bound::constant(x) };
    model.eval(&x.iter().enumerate().map(seeded).collect::<Vec<Bound<f64>>>())[output].paths
}

/// A program against the function and reverse mode, for one random function at several points: bit for bit where it is
/// exact, and with `slopes` also the derivatives.
fn agree(case: &Case, slopes: bool) -> Result<(), String> {
    let x = &case.x;
    for exact in [true, false] {
        let plan = Plan::new(Derivative::Gradient);
        let plan = if exact { plan.exact() } else { plan };
        let mut replay = Replay::of(&case.expression, plan);
        // The point itself among shifted ones, which may take other branches.
        let shifted = |by: f64| x.iter().map(|&x| x + by).collect::<Vec<f64>>();
        let points = [shifted(0.25), x.clone(), shifted(-0.25), x.clone()];
        let batch = replay.run(x.len(), &[], &points.concat()).map_err(|error| error.to_string())?;
        for (row, x) in points.iter().enumerate() {
            let (value, gradient) = reverse::gradient(|x| case.expression.eval(x), x);
            let found = batch.values(row)[0];
            // Either sign of a zero may be the larger of two, and a program need not be exact where it cancels.
            if exact && !(found == value || found.is_nan() && value.is_nan()) {
                return Err(format!("value {found:e}, expected {value:e}, at {x:?}\n{case}"));
            }
            if exact && slopes {
                for (input, (a, b)) in batch.derivatives(row).iter().zip(&gradient).enumerate() {
                    if let Some(allowed) = allowed(&Single(&case.expression), x, 0, input)
                        && (a - b).abs() > allowed
                    {
                        return Err(format!("slope {a:e}, expected {b:e} within {allowed:e}, at {x:?}\n{case}"));
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
        verdict(agree(&case.0, true))
    }
    QuickCheck::new().tests(2000).quickcheck(property as fn(Ordinary) -> TestResult);
}

#[test]
fn random_functions_at_singular_points_have_the_same_values() {
    fn property(case: Singular) -> TestResult {
        verdict(agree(&case.0, false))
    }
    QuickCheck::new().tests(2000).quickcheck(property as fn(Singular) -> TestResult);
}
