//! Random functions by random plans: every derivative, any outputs, inputs and parameters, summed or not.

use super::rules::{allowed, paths};
use dualtape::compare::{Case, Expression, Ordinary, Singular, Step};
use dualtape::program::{Derivative, Dispatch, Plan, Program, Replay};
use dualtape::rules::{Binary, Unary};
use dualtape::{Dual, Model, Scalar, Var, VectorModel, forward, hvp, model, reverse};
use num_traits::Float;
use quickcheck::{QuickCheck, TestResult};

/// Values of a random function: how many of its steps belong to each.
struct Several {
    expression: Expression,
    steps: Vec<usize>,
}

impl VectorModel for Several {
    fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T> {
        let n = self.expression.inputs();
        let until = |&steps: &usize| Expression::new(n, self.expression.steps()[..steps].to_vec()).eval(x);
        self.steps.iter().map(until).collect()
    }
}

/// Choices that a number makes.
struct Choices(u64);

impl Choices {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn either(&mut self) -> bool {
        self.below(2) == 0
    }
}

/// The inputs, those that are differentiated in as they are given.
fn with<N: Copy>(x: &[N], wrt: &[usize], active: &[N]) -> Vec<N> {
    let mut x = x.to_vec();
    wrt.iter().zip(active).for_each(|(&at, &active)| x[at] = active);
    x
}

/// The row of one sample, by the operators.
fn directly(f: &Several, plan: Derivative, x: &[f64], wrt: &[usize], outputs: &[usize], direction: &[f64]) -> Vec<f64> {
    fn pick<N: Copy>(y: &[N], outputs: &[usize]) -> Vec<N> {
        outputs.iter().map(|&at| y[at]).collect()
    }
    let at = pick(x, wrt);
    match plan {
        Derivative::Jvp => {
            let constants: Vec<Dual<f64>> = x.iter().map(|&x| Dual::constant(x)).collect();
            let f = |active: &[Dual<f64>]| pick(&f.eval(&with(&constants, wrt, active)), outputs);
            let (values, along) = forward::jvp(f, &at, direction).unwrap();
            [values, along].concat()
        }
        Derivative::Hvp => {
            type Nested = Var<Dual<f64>>;
            let constants: Vec<Nested> = x.iter().map(|&x| Nested::constant(Dual::constant(x))).collect();
            let f = |active: &[Nested]| f.eval(&with(&constants, wrt, active))[outputs[0]];
            let (value, gradient, along) = hvp(f, &at, direction).unwrap();
            [vec![value], gradient, along].concat()
        }
        Derivative::Gradient | Derivative::Jacobian => {
            let constants: Vec<Var<f64>> = x.iter().map(|&x| Var::constant(x)).collect();
            let f = |active: &[Var<f64>]| pick(&f.eval(&with(&constants, wrt, active)), outputs);
            let (mut row, matrix) = reverse::jacobian(f, &at).unwrap();
            row.extend(matrix.transpose().iter());
            row
        }
        _ => pick(&f.eval(x), outputs),
    }
}

/// Whether the class of a derivative does not depend on rounding: no infinite contributions of both signs meet.
fn is_decided(f: &Several, x: &[f64], output: usize, input: usize) -> bool {
    let paths = paths(f, x, output, input);
    let in_range = paths.range.0 > -900.0 && paths.range.1 < 900.0;
    in_range && paths.kinds.infinite != [true; 2] && paths.kinds.nan == [false; 2]
}

/// Whether the function or its slopes jump, so that the last place of a number may decide about the first of another.
fn jumps(expression: &Expression) -> bool {
    expression.steps().iter().any(|step| match step {
        Step::Choose(_) | Step::LogSumExp(_) => true,
        Step::Unary(op, _) => matches!(
            op,
            Unary::Abs
                | Unary::Signum
                | Unary::Floor
                | Unary::Ceil
                | Unary::Round
                | Unary::Trunc
                | Unary::Fract
                | Unary::Recip
                | Unary::Tan
                | Unary::LnGamma
                | Unary::Digamma
        ),
        Step::Binary(op, _) => !matches!(op, Binary::Add | Binary::Sub | Binary::Mul | Binary::MulAbsorbing),
        _ => false,
    })
}

/// One function by one plan: numbers agree, or at singular points (where rounding may decide what meets what) a derivative
/// is NaN only where it is for the operators.
fn agree(case: &Case, seed: u64, singular: bool) -> Result<(), String> {
    let mut choices = Choices(seed);
    let n = case.expression.inputs();
    let most = case.expression.steps().len();
    let several = 1 + choices.below(3);
    let steps = (0..several).map(|_| choices.below(most + 1)).collect();
    let f = Several { expression: case.expression.clone(), steps };

    use Derivative::{Gradient, Hvp, Jacobian, Jvp, Value};
    let derivative = [Value, Gradient, Jacobian, Jvp, Hvp][choices.below(5)];
    let wanted = if matches!(derivative, Gradient | Hvp) { 1 } else { 1 + choices.below(3) };
    let outputs: Vec<usize> = (0..wanted).map(|_| choices.below(several)).collect();
    let ends = [choices.below(n + 1), choices.below(n + 1)];
    let parameters = ends[0].min(ends[1])..ends[0].max(ends[1]);
    let (summed, exact) = (choices.either(), choices.either());
    let candidates: Vec<usize> = if summed { parameters.clone().collect() } else { (0..n).collect() };
    let wrt: Vec<usize> = candidates.into_iter().filter(|_| choices.either()).collect();
    let mut plan = Plan::new(derivative)
        .parameters(parameters.clone())
        .outputs(outputs.iter().copied())
        .with_respect_to(wrt.iter().copied());
    if summed {
        plan = plan.summed();
    }
    if exact {
        plan = plan.exact();
    }
    if choices.either() {
        plan = plan.lanes([8, 16, 32][choices.below(3)]);
    }
    let dispatches: Vec<Dispatch> = super::dispatches().collect();
    let plan = plan.dispatch(dispatches[choices.below(dispatches.len())]);

    let takes = matches!(derivative, Jvp | Hvp);
    let direction: Vec<f64> = wrt.iter().filter(|_| takes).map(|_| choices.below(9) as f64 / 4.0 - 1.0).collect();
    let is_data = |input: usize| !parameters.contains(&input);
    let count = if n == parameters.len() { 1 } else { [1, 1, 2, 7, 9, 40][choices.below(6)] };
    let mut points = vec![case.x.clone(); count];
    for (input, x) in points.iter_mut().skip(1).flat_map(|point| point.iter_mut().enumerate()) {
        if is_data(input) {
            *x += (choices.below(100) as f64 - 50.0) / if singular { 4.0 } else { 1000.0 };
        }
    }
    let data = |point: &Vec<f64>| (0..n).filter(|&input| is_data(input)).map(|input| point[input]).collect::<Vec<_>>();
    let samples: Vec<f64> = points.iter().flat_map(data).collect();

    let jumps = jumps(&case.expression);
    let mut replay = Replay::of_vector(&f, plan.clone());
    let batch = replay.run_along(n, &case.x[parameters], &samples, &direction).map_err(|error| error.to_string())?;
    let expected: Vec<Vec<f64>> =
        points.iter().map(|x| directly(&f, derivative, x, &wrt, &outputs, &direction)).collect();
    let rows: Vec<Vec<f64>> = if summed {
        vec![(0..expected[0].len()).map(|column| expected.iter().map(|row| row[column]).sum()).collect()]
    } else {
        expected.clone()
    };
    for (at, row) in rows.iter().enumerate() {
        let found = [batch.values(at), batch.derivatives(at)].concat();
        let of_row = if summed { 0..count } else { at..at + 1 };
        for (column, (a, b)) in found.iter().zip(row).enumerate() {
            let same = a == b || a.is_nan() && b.is_nan();
            let terms = || expected[of_row.clone()].iter().map(|row| row[column].abs());
            // What adding so many numbers may cost.
            let adding = if summed { f64::EPSILON * count as f64 * terms().sum::<f64>() } else { 0.0 };
            let is_value = column < outputs.len();
            let entry = column.saturating_sub(outputs.len());
            // Of each point, for all inputs that have a part in the entry.
            let allowed = || -> Option<f64> {
                let of_point = |x: &Vec<f64>| match derivative {
                    Jvp => wrt
                        .iter()
                        .zip(&direction)
                        .map(|(&j, v)| Some(v.abs() * allowed(&f, x, outputs[entry], j)?))
                        .sum(),
                    _ => allowed(&f, x, outputs[entry / wrt.len()], wrt[entry % wrt.len()]),
                };
                points[of_row.clone()].iter().map(of_point).sum::<Option<f64>>().map(|sum| sum + adding)
            };
            let difference = (a - b).abs();
            let of_second_order = derivative == Hvp && entry >= wrt.len();
            // Without `exact`, and for second derivatives, judged by the largest of the numbers, as sums may cancel.
            let largest =
                || expected.iter().flatten().filter(|x| x.is_finite()).fold(1.0, |most: f64, x| most.max(x.abs()));
            let is_near = |by: f64| same || difference <= by * largest() * count as f64;
            let fine = match (exact, is_value) {
                // Only `exact` promises the sign of a zero, which may choose between numbers.
                (false, _) if singular || jumps || !b.is_finite() => true,
                (false, _) => is_near(1e-7),
                (true, true) => same || difference <= adding || summed && !adding.is_finite(),
                (true, false) if of_second_order => singular || !b.is_finite() || is_near(1e-7),
                (true, false) => match allowed() {
                    Some(allowed) => same || difference <= allowed,
                    None if derivative == Jvp => true,
                    None => {
                        let (output, input) = (outputs[entry / wrt.len()], wrt[entry % wrt.len()]);
                        let decided = |x: &Vec<f64>| is_decided(&f, x, output, input);
                        !a.is_nan() || b.is_nan() || !points[of_row.clone()].iter().all(decided)
                    }
                },
            };
            if !fine || found.len() != row.len() {
                let steps = &f.steps;
                return Err(format!(
                    "row {at}, column {column}: {a:e}, expected {b:e}\n{plan:?}\nsteps {steps:?}, direction {direction:?}, \
                     points {points:?}\n{case}"
                ));
            }
        }
    }
    Ok(())
}

fn verdict(result: Result<(), String>) -> TestResult {
    result.map_or_else(TestResult::error, |()| TestResult::passed())
}

#[test]
fn random_functions_agree_by_every_plan() {
    fn property(case: Ordinary, seed: u64) -> TestResult {
        verdict(agree(&case.0, seed, false))
    }
    QuickCheck::new().tests(3000).quickcheck(property as fn(Ordinary, u64) -> TestResult);
}

#[test]
fn random_functions_at_singular_points_lose_no_slope() {
    fn property(case: Singular, seed: u64) -> TestResult {
        verdict(agree(&case.0, seed, true))
    }
    QuickCheck::new().tests(3000).quickcheck(property as fn(Singular, u64) -> TestResult);
}

/// The slopes of tanh and of the logistic function have a form of their own for lanes; here they have none.
#[test]
fn slopes_in_parameters_alone_are_computed() {
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
            sum.iter_mut().zip(gradient).for_each(|(sum, slope)| *sum += slope);
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
        // The value is √0 and √2, and the slope at 0 is 0.
        super::assert_close(batch.values(0), &[2.0_f64.sqrt()], 1e-14, "value");
        assert!(program.run(&[f64::NAN], &[2.0, 2.0, 3.0, 1.0]).unwrap().derivatives(0)[0].is_nan());
    }
}
