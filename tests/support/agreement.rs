//! A random function by a random plan: every derivative, any outputs, inputs and parameters, summed or not, exact or not,
//! held entry by entry against what is right.

use super::rounding::Rounding;
use super::truth::Truth;
use super::{equal, instruction_sets};
use dualtape::compare::{Bound, Case, Expression, Paths};
use dualtape::graph::Graph;
use dualtape::program::{Batch, Derivative, Element, InstructionSet, Plan, Replay};
use dualtape::{Many, Model, Scalar};
use std::ops::Range;

/// What became of entries.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    /// Held against a bound that leaves half of the digits or more.
    pub(crate) compared: usize,
    /// Held against a wider one: a jump lies within rounding, or rounding is magnified.
    pub(crate) loose: usize,
    /// A derivative that is infinite, and must be whatever rounding does.
    pub(crate) infinite: usize,
    /// Not held against any: a path passes an infinity or NaN, and at most the class is known.
    pub(crate) left_out: usize,
}

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        self.compared += other.compared;
        self.loose += other.loose;
        self.infinite += other.infinite;
        self.left_out += other.left_out;
    }
}

/// Values of a random function: how many of its steps belong to each.
struct Several {
    expression: Expression,
    steps: Vec<usize>,
}

impl Model for Several {
    type Outputs = Many;
    fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T> {
        let n = self.expression.inputs();
        let until = |&steps: &usize| Expression::new(n, self.expression.statements()[..steps].to_vec()).eval(x);
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

/// What is computed, and at which points.
struct Random<T> {
    f: Several,
    derivative: Derivative,
    outputs: Vec<usize>,
    parameters: Range<usize>,
    wrt: Vec<usize>,
    direction: Vec<T>,
    summed: bool,
    exact: bool,
    plan: Plan,
    points: Vec<Vec<T>>,
}

impl<T: Element> Random<T> {
    fn new(case: &Case, choices: &mut Choices) -> Self {
        let n = case.expression.inputs();
        let most = case.expression.statements().len();
        let several = 1 + choices.below(3);
        let steps = (0..several).map(|_| choices.below(most + 1)).collect();
        use Derivative::{Gradient, Hvp, Jacobian, Jvp, Value};
        let derivative = [Value, Gradient, Jacobian, Jvp, Hvp][choices.below(5)];
        let wanted = if matches!(derivative, Gradient | Hvp) { 1 } else { 1 + choices.below(3) };
        let outputs: Vec<usize> = (0..wanted).map(|_| choices.below(several)).collect();
        let ends = [choices.below(n + 1), choices.below(n + 1)];
        let parameters = ends[0].min(ends[1])..ends[0].max(ends[1]);
        let (summed, exact) = (choices.either(), choices.either());
        let candidates: Vec<usize> = if summed { parameters.clone().collect() } else { (0..n).collect() };
        let wrt: Vec<usize> = candidates.into_iter().filter(|_| choices.below(4) > 0).collect();
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
        let instruction_sets: Vec<InstructionSet> = instruction_sets().collect();
        let plan = plan.instruction_set(instruction_sets[choices.below(instruction_sets.len())]);
        let directions = if derivative.takes_direction() { wrt.len() } else { 0 };
        let direction = (0..directions).map(|_| T::constant(choices.below(9) as f64 / 4.0 - 1.0)).collect();
        let count = if n == parameters.len() { 1 } else { [1, 1, 2, 7, 9, 40][choices.below(6)] };
        let far = if choices.either() { 4.0 } else { 1000.0 };
        let mut points: Vec<Vec<T>> = vec![case.x.iter().map(|&x| T::constant(x)).collect(); count];
        for (input, x) in points.iter_mut().skip(1).flat_map(|point| point.iter_mut().enumerate()) {
            if !parameters.contains(&input) {
                *x += T::constant((choices.below(100) as f64 - 50.0) / far);
            }
        }
        let f = Several { expression: case.expression.clone(), steps };
        Self { f, derivative, outputs, parameters, wrt, direction, summed, exact, plan, points }
    }

    fn run(&self, points: &[Vec<T>]) -> Result<Batch<T>, String> {
        let n = self.f.expression.inputs();
        let data = |point: &Vec<T>| {
            let of_sample = |input: &usize| !self.parameters.contains(input);
            (0..n).filter(of_sample).map(|input| point[input]).collect::<Vec<T>>()
        };
        let samples: Vec<T> = points.iter().flat_map(data).collect();
        let mut replay = Replay::of(&self.f, self.plan.clone());
        replay
            .run_along(n, &self.points[0][self.parameters.clone()], &samples, &self.direction)
            .map_err(|error| error.to_string())
    }

    /// The row that is right at a point, how far off each entry may be, and the infinity that it must be; 0 if it need not be one.
    fn expected(&self, x: &[T]) -> Vec<[f64; 3]> {
        let second = self.derivative == Derivative::Hvp;
        let truth = Truth::of(&self.f, x, if second { &self.outputs } else { &[] });
        let rounding = Rounding::of(&Graph::of(&self.f, x), self.exact);
        let row = truth.row(self.derivative, &self.outputs, &self.wrt, &self.direction);
        let mut along = vec![0.0; x.len()];
        self.wrt.iter().zip(&self.direction).for_each(|(&input, v)| along[input] = v.primal());
        let mut allowed: Vec<f64> = self.outputs.iter().map(|&output| rounding.of_value(output)).collect();
        let mut infinite = vec![0.0; allowed.len()];
        for &output in &self.outputs {
            if matches!(self.derivative, Derivative::Gradient | Derivative::Jacobian | Derivative::Hvp) {
                let found = rounding.infinities(output);
                infinite.extend(self.wrt.iter().map(|&input| found[input].unwrap_or(0.0)));
            }
            let mut extend = |of_inputs: Vec<f64>| allowed.extend(self.wrt.iter().map(|&input| of_inputs[input]));
            match self.derivative {
                Derivative::Gradient | Derivative::Jacobian => extend(rounding.of_derivatives(output)),
                Derivative::Jvp => allowed.push(rounding.along(output, &along)),
                Derivative::Hvp => {
                    extend(rounding.of_derivatives(output));
                    extend(rounding.of_second_derivatives(output, &along));
                }
                _ => {}
            }
        }
        assert_eq!(row.len(), allowed.len());
        infinite.resize(row.len(), 0.0);
        row.into_iter().zip(allowed).zip(infinite).map(|((expected, allowed), it)| [expected, allowed, it]).collect()
    }

    /// Whether an entry is infinite in whatever order it is computed: where results are exact, of a first derivative, no
    /// infinite contributions of both signs meet.
    fn is_decided(&self, column: usize, points: &[Vec<T>]) -> bool {
        let Some(entry) = column.checked_sub(self.outputs.len()).filter(|_| self.exact) else { return false };
        if !matches!(self.derivative, Derivative::Gradient | Derivative::Jacobian) {
            return false;
        }
        let (output, input) = (self.outputs[entry / self.wrt.len()], self.wrt[entry % self.wrt.len()]);
        points.iter().all(|x| {
            let seeded = |(at, &x): (usize, &T)| {
                if at == input { Bound::seeded(x) } else { Bound { paths: Paths::default(), ..Bound::seeded(x) } }
            };
            let paths = self.f.eval(&x.iter().enumerate().map(seeded).collect::<Vec<_>>())[output].paths;
            let range = 0.9 * T::max_value().primal().log2();
            let in_range = paths.range.0 > -range && paths.range.1 < range;
            in_range && paths.infinite() != [true; 2] && paths.nan() == [false; 2]
        })
    }

    /// Holds every row of a run over some of the points.
    fn hold(&self, points: &[Vec<T>]) -> Result<Tally, String> {
        let batch = self.run(points)?;
        let expected: Vec<Vec<[f64; 3]>> = points.iter().map(|x| self.expected(x)).collect();
        let mut tally = Tally::default();
        for at in 0..batch.rows() {
            let of_row = if self.summed { 0..points.len() } else { at..at + 1 };
            let found = batch.values(at).iter().chain(batch.derivatives(at)).map(Scalar::primal);
            for (column, found) in found.enumerate() {
                let terms = || expected[of_row.clone()].iter().map(|row| row[column]);
                let truth: f64 = terms().map(|[expected, ..]| expected).sum();
                // Adding up the samples rounds too.
                let size: f64 = terms().map(|[expected, ..]| expected.abs()).sum();
                let adding = (of_row.len() - 1) as f64 * T::epsilon().primal() * size;
                let allowed = adding + terms().map(|[_, allowed, _]| allowed).sum::<f64>();
                let wrong = || format!("row {at}, column {column}: {found:e}, expected {truth:e} within {allowed:e}");
                // Sums that overflow do so in some order.
                if !allowed.is_finite() || size > T::max_value().primal() {
                    // Where the terms are infinities of one sign, and finite numbers that cannot add up to another.
                    let is_infinity = |[_, allowed, infinity]: [f64; 3]| allowed.is_finite() || infinity == truth;
                    let is_decided = truth.is_infinite()
                        && (terms().all(is_infinity)
                            && terms().all(|[expected, ..]| expected.abs() < 1e30 || expected == truth)
                            || self.is_decided(column, &points[of_row.clone()]));
                    if is_decided && !equal(found, truth) {
                        return Err(wrong());
                    }
                    let is_infinite = is_decided && column >= self.outputs.len();
                    *(if is_infinite { &mut tally.infinite } else { &mut tally.left_out }) += 1;
                    continue;
                }
                let is_tight = allowed <= T::epsilon().primal().sqrt() * (1.0 + size);
                *(if is_tight { &mut tally.compared } else { &mut tally.loose }) += 1;
                if !(equal(found, truth) || (found - truth).abs() <= allowed) {
                    return Err(wrong());
                }
            }
        }
        Ok(tally)
    }
}

/// Holds one function by one plan, which `seed` chooses, against what is right; says whether the plan was exact.
pub(crate) fn agree(case: &Case, seed: u64) -> Result<(bool, Tally), String> {
    fn of_precision<T: Element>(case: &Case, choices: &mut Choices) -> Result<(bool, Tally), String> {
        let random = Random::<T>::new(case, choices);
        // All at once, and the last by itself.
        let held = random.hold(&random.points).and_then(|mut tally| {
            tally.add(random.hold(&random.points[random.points.len() - 1..])?);
            Ok((random.exact, tally))
        });
        held.map_err(|error| {
            let Random { f, plan, direction, points, .. } = &random;
            format!("{error}\n{plan:?}\nsteps {:?}, direction {direction:?}, points {points:?}\n{case}", f.steps)
        })
    }
    let mut choices = Choices(seed);
    if choices.below(4) == 0 {
        of_precision::<f32>(case, &mut choices)
    } else {
        of_precision::<f64>(case, &mut choices)
    }
}
