//! Random expressions at random points, by forward mode, reverse mode, the recorded graph and compiled programs: all four
//! must agree as the crate promises.
//!
//! `cargo +nightly fuzz run --fuzz-dir tests/fuzz agree`

#![no_main]

use arbitrary::{Arbitrary, Result, Unstructured};
use dualtape::compare::{Bound, Case, Expression, Step, modes_agree};
use dualtape::graph::Graph;
use dualtape::program::{Batch, Derivative, Plan, Replay};
use dualtape::rules::{Binary, Ternary, Unary};
use dualtape::{Model, Scalar, reverse};
use libfuzzer_sys::fuzz_target;

/// Where functions have edges, and where numbers end.
const EDGES: &[f64] = &[
    0.0,
    -0.0,
    1.0,
    -1.0,
    2.0,
    0.5,
    -0.5,
    800.0,
    -800.0,
    1e300,
    -1e300,
    1e-300,
    1e-320,
    f64::MAX,
    f64::MIN_POSITIVE,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];

fn number(u: &mut Unstructured<'_>) -> Result<f64> {
    Ok(match u.int_in_range(0..=3)? {
        0 => *u.choose(EDGES)?,
        1 => f64::arbitrary(u)?,
        _ => f64::from(i16::arbitrary(u)?) / 8192.0,
    })
}

fn step(u: &mut Unstructured<'_>, known: usize) -> Result<Step> {
    let operand = |u: &mut Unstructured<'_>| u.choose_index(known);
    let some = |u: &mut Unstructured<'_>| u.int_in_range(1..=20);
    Ok(match u.int_in_range(0..=15)? {
        0 => Step::Constant(number(u)?),
        1 => Step::Ternary(*u.choose(Ternary::ALL)?, [operand(u)?, operand(u)?, operand(u)?]),
        2 => Step::Sum((0..some(u)?).map(|_| operand(u)).collect::<Result<_>>()?),
        3 => Step::Dot((0..some(u)?).map(|_| Ok([operand(u)?, operand(u)?])).collect::<Result<_>>()?),
        4 => Step::LogSumExp((0..some(u)?).map(|_| operand(u)).collect::<Result<_>>()?),
        5 => Step::Choose([operand(u)?, operand(u)?, operand(u)?, operand(u)?]),
        6..=9 => match *u.choose(Unary::ALL)? {
            Unary::Powi(_) => Step::Unary(Unary::Powi(u.int_in_range(-6..=6)?), operand(u)?),
            op => Step::Unary(op, operand(u)?),
        },
        _ => Step::Binary(*u.choose(Binary::ALL)?, [operand(u)?, operand(u)?]),
    })
}

/// An expression and a point, and how many of its inputs are parameters of all samples.
#[derive(Debug)]
struct Input(Case, usize);

impl<'a> Arbitrary<'a> for Input {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let x: Vec<f64> = (0..u.int_in_range(1..=4)?).map(|_| number(u)).collect::<Result<_>>()?;
        let count = u.int_in_range(1..=30)?;
        let (mut steps, mut values) = (Vec::new(), x.clone());
        for _ in 0..count {
            let step = step(u, values.len())?;
            // The sign of a NaN is nobody's promise, and `copysign` would turn it into a value.
            if matches!(step, Step::Binary(Binary::Copysign, [_, sign]) if values[sign].is_nan()) {
                continue;
            }
            steps.push(step);
            let so_far = Expression::new(x.len(), steps.clone());
            values.push(so_far.eval(&x));
        }
        let parameters = u.int_in_range(0..=x.len())?;
        Ok(Self(Case { expression: Expression::new(x.len(), steps), x }, parameters))
    }
}

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
}

/// How far rounding can drive two sums over the same paths apart; nothing where a path is infinite, or leaves the range in
/// which products are exact to rounding.
fn allowed(model: &impl Model, x: &[f64], input: usize) -> Option<f64> {
    let seeded = |(i, &x): (usize, &f64)| if i == input { Bound::seeded(x) } else { Bound::constant(x) };
    let paths = model.eval(&x.iter().enumerate().map(seeded).collect::<Vec<_>>()).paths;
    let in_range = paths.range.0 > -900.0 && paths.range.1 < 900.0;
    let roundings = 4.0 * f64::from(paths.length) + 200.0;
    (paths.kinds.is_ordinary() && in_range).then_some(roundings * f64::EPSILON * paths.magnitude)
}

fuzz_target!(|input: Input| {
    let Input(case, parameters) = input;
    let (f, x) = (&case.expression, &case.x);
    let (value, gradient) = reverse::gradient(|x| f.eval(x), x);
    if let Err(error) = modes_agree(f, x) {
        panic!("forward and reverse: {error}\n{case}");
    }

    let recorded = Graph::of(f, x).gradient(x).expect("the point is the one that was recorded");
    assert!(same(recorded.0, value), "graph: value {:e}, expected {value:e}\n{case}", recorded.0);
    for (a, b) in recorded.1.iter().zip(&gradient) {
        assert!(same(*a, *b), "graph: slope {a:e}, expected {b:e}\n{case}");
    }

    // The point among others, which may take other branches, and by itself.
    let shifted = |by: f64| x.iter().map(|x| x + by).collect::<Vec<f64>>();
    let points = [shifted(0.25), x.clone(), shifted(-0.5), x.clone()];
    for exact in [true, false] {
        let plan = Plan::new(Derivative::Gradient);
        let plan = if exact { plan.exact() } else { plan };
        let mut replay = Replay::of(f, plan);
        let batch = replay.run(x.len(), &[], &points.concat()).expect("the samples suit");
        let alone = replay.run(x.len(), &[], x).expect("the sample suits");
        // Without `exact` a program need not be exact where it cancels, and rounding alone may decide its comparisons.
        if !exact {
            continue;
        }
        for (row, x) in points.iter().enumerate() {
            // Either sign of a zero may result.
            let (found, expected) = (batch.values(row)[0], f.eval(x));
            let is_same = found == expected || found.is_nan() && expected.is_nan();
            assert!(is_same, "program: value {found:e}, expected {expected:e}, at {x:?}\n{case}");
            let gradient = reverse::gradient(|x| f.eval(x), x).1;
            for (input, (a, b)) in batch.derivatives(row).iter().zip(&gradient).enumerate() {
                if let Some(allowed) = allowed(f, x, input) {
                    let difference = (a - b).abs();
                    assert!(difference <= allowed, "program: slope {a:e}, expected {b:e} at {x:?}\n{case}");
                }
            }
        }
        let both = batch.values(1).iter().chain(batch.derivatives(1));
        for (a, b) in alone.values(0).iter().chain(alone.derivatives(0)).zip(both) {
            assert!(*a == *b || a.is_nan() && b.is_nan(), "one sample: {a:e}, among others {b:e}\n{case}");
        }
    }
    if (1..x.len()).contains(&parameters) {
        summed(&case, parameters);
    }
});

/// The sum over samples that share the first inputs, and one of them by itself.
fn summed(case: &Case, parameters: usize) {
    let (f, x) = (&case.expression, &case.x);
    let (shared, data) = x.split_at(parameters);
    let shifted = |by: f64| data.iter().map(|x| x + by).collect::<Vec<f64>>();
    let samples = [shifted(0.25), data.to_vec(), shifted(-0.5)];
    let loose = Plan::new(Derivative::Gradient).parameters(0..parameters).summed();
    let plan = loose.clone().exact();
    for plan in [loose.clone(), loose.lanes(8)] {
        // Need not be exact, but has to run.
        let mut replay = Replay::of(f, plan);
        replay.run(x.len(), shared, &samples.concat()).expect("the samples suit");
        replay.run(x.len(), shared, data).expect("the sample suits");
    }
    let mut replay = Replay::of(f, plan.clone());
    let batch = replay.run(x.len(), shared, &samples.concat()).expect("the samples suit");
    let points: Vec<Vec<f64>> = samples.iter().map(|data| [shared, data].concat()).collect();
    let gradients: Vec<Vec<f64>> = points.iter().map(|x| reverse::gradient(|x| f.eval(x), x).1).collect();
    for (input, found) in batch.derivatives(0).iter().enumerate() {
        let (mut sum, mut size, mut rounding) = (0.0, 0.0, Some(0.0));
        for (x, gradient) in points.iter().zip(&gradients) {
            sum += gradient[input];
            size += gradient[input].abs();
            rounding = rounding.and_then(|sum| Some(sum + allowed(f, x, input)?));
        }
        if let Some(rounding) = rounding {
            let within = (found - sum).abs() <= rounding + 8.0 * f64::EPSILON * size;
            assert!(within, "sum of slopes {found:e}, expected {sum:e}, {parameters} parameters\n{case}");
        }
    }
    let alone = replay.run(x.len(), shared, data).expect("the sample suits");
    let mut beside = Replay::of(f, plan.lanes(8));
    let beside = beside.run(x.len(), shared, data).expect("the sample suits");
    let numbers = |batch: &Batch<f64>| [batch.values(0), batch.derivatives(0)].concat();
    for (a, b) in numbers(&alone).iter().zip(&numbers(&beside)) {
        let same = a == b || a.is_nan() && b.is_nan();
        assert!(same, "one sample: {a:e}, in eight lanes {b:e}, {parameters} parameters\n{case}");
    }
}
