//! Derivatives held against differences: whatever all modes agree on may still be wrong.

use super::bound::{Bound, Paths};
use super::differences::{EVALUATIONS, Estimate, Estimates, extrapolated};
use crate::forward::Dual;
use crate::model::{Model, One};
use crate::reverse;
use crate::text::{counted, grouped, readable};
use nalgebra::DMatrix;
use std::fmt;

/// What extrapolated central differences say of the derivatives of a function at a point.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Check {
    /// How many inputs the function has.
    pub inputs: usize,
    /// How many of them were held against differences, one by one.
    pub held: usize,
    /// How many directions, each a mixture of all inputs.
    pub directions: usize,
    /// How many derivatives differences could not decide, of one mode or all: beside a pole, at the end of the domain, or lost in
    /// rounding.
    pub undecided: usize,
    /// How many derivatives, of one mode or all, differ from them by more than their own error.
    pub differing: usize,
    /// The first of those.
    pub mismatches: Vec<Mismatch>,
}

/// A derivative that differences contradict.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Mismatch {
    /// Which derivative: ∂f/∂x2.
    pub name: String,
    /// Of which output.
    pub output: usize,
    /// In which input; in a direction that mixes all of them where there is none.
    pub input: Option<usize>,
    /// The first mode that computed it, where not all that were held against differences are contradicted.
    pub mode: Option<&'static str>,
    /// As it was computed.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub derivative: f64,
    /// By extrapolated central differences.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub differences: f64,
    /// How far off those may be, for a function without features narrower than some dozens of their shortest step, about 4e-9 of the input or
    /// of 1: of such they see nothing.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub error: f64,
}

/// How many mismatches are kept.
const MOST: usize = 10;

/// What differences say of one derivative.
pub(super) enum Decision {
    Holds,
    Undecided,
    /// It is another one, and rounding may have driven either there: which, what another mode found tells.
    Rounded,
    Differs,
}

/// Whether `derivative` is what differences say, but for rounding and 1e-10 of what was added up to it, the `terms`. An
/// infinite one is never what they say.
///
/// It is contradicted only where the differences of short steps and those of long ones have settled and neither is it, nor
/// lies it between the derivatives to either side: there is a kink or a jump that is nearer than the shortest step.
pub(super) fn decide(derivative: f64, terms: f64, found: &Estimates, rounding: impl FnOnce() -> Rounding) -> Decision {
    let allowed = |it: &Estimate| it.error + if derivative.is_infinite() { 0.0 } else { 1e-10 * terms };
    let apart = |it: &Estimate| (derivative - it.value).abs();
    let both = [&found.near, &found.far];
    if both.iter().any(|it| it.is_settled() && apart(it) <= allowed(it)) {
        return Decision::Holds;
    }
    let [above, below] = found.sides;
    let ends = |sign: f64| [above, below].map(|it| it.value + sign * allowed(&it));
    let is_between =
        ends(-1.0).into_iter().any(|least| least <= derivative) && ends(1.0).into_iter().any(|most| derivative <= most);
    if !both.iter().all(|it| it.is_settled()) || is_between || [above, below].iter().any(|it| it.error.is_infinite()) {
        return Decision::Undecided;
    }
    let Rounding { derivative: driven, value, .. } = rounding();
    // A ripple that short steps lose in rounding, and what is less than the least normal number, contradict nothing.
    let unseen = |it: &Estimate| 1e-6 * it.value.abs() + f64::MIN_POSITIVE;
    let of_rounding = |it: &Estimate| unseen(it) + driven + 10.0 * value / it.step;
    if both.iter().any(|it| apart(it) <= allowed(it) + of_rounding(it).min(it.precision())) {
        Decision::Holds
    } else if both.iter().any(|it| apart(it) <= allowed(it) + of_rounding(it)) {
        Decision::Rounded
    } else {
        Decision::Differs
    }
}

/// Which part of a large problem is held against differences.
#[derive(Clone, Copy)]
pub(super) struct Budget {
    /// At most so many evaluations, but at least those of one input.
    pub(super) evaluations: usize,
}

impl Budget {
    /// That of an assertion: 200 inputs.
    pub(super) const OF_ASSERTIONS: Self = Self { evaluations: 200 * EVALUATIONS };

    /// How many inputs and directions of a function of n inputs can be held against differences.
    fn affordable(self) -> usize {
        (self.evaluations / EVALUATIONS).max(1)
    }

    /// About how long that takes, in seconds, if an evaluation takes so many.
    pub(super) fn time(self, n: usize, evaluation: f64) -> f64 {
        (self.affordable().min(n) * EVALUATIONS) as f64 * evaluation
    }
}

/// How far rounding can drive a derivative in any mode, and the values that differences are taken of.
#[derive(Clone, Copy, Default)]
pub(super) struct Rounding {
    pub(super) derivative: f64,
    value: f64,
    /// How large a derivative is that counts for something, where differences cannot see it.
    pub(super) scale: f64,
}

impl Rounding {
    pub(super) fn of(value: &Bound<f64>) -> Self {
        let Paths { magnitude, length, .. } = value.paths;
        Self { derivative: 8.0 * f64::from(length + 4) * f64::EPSILON * magnitude, value: value.rounding, scale: 0.0 }
    }
}

/// What the derivatives of a function are called, and how far rounding can drive them.
pub(super) trait Entries {
    /// In words; in a direction that mixes all inputs, if none is given.
    fn name(&self, output: usize, input: Option<usize>) -> String;
    /// How far rounding can drive it.
    fn rounding(&mut self, output: usize, input: usize) -> Rounding;
}

/// How many directions stand for the inputs that are left out.
const DIRECTIONS: usize = 3;

/// Holds the m×n matrices of derivatives of `f` at `x`, each by the mode of that name, against differences: in every input if the
/// budget allows, else in some, spread evenly, and in directions that mix all.
///
/// All of them, as modes that agree to what rounding may do can be far apart where it is magnified, or infinities meet.
pub(super) fn check(
    f: &mut dyn FnMut(&[f64]) -> Vec<f64>,
    x: &[f64],
    modes: &[(&'static str, &DMatrix<f64>)],
    budget: Budget,
    entries: &mut dyn Entries,
) -> Check {
    let affordable = budget.affordable();
    let n = x.len();
    let (held, directions) = if n <= affordable {
        (n, 0)
    } else {
        let directions = DIRECTIONS.min(affordable / 2);
        (affordable - directions, directions)
    };
    let mut check = Check { inputs: n, held, directions, ..Check::default() };
    for at in 0..held {
        let j = at * n / held;
        let estimates = in_input(f, x, j);
        for (i, estimate) in estimates.iter().enumerate() {
            let of_mode = |matrix: &DMatrix<f64>| (matrix[(i, j)], matrix[(i, j)].abs());
            check.take((i, Some(j)), modes, of_mode, estimate, entries);
        }
    }
    for direction in 0..directions {
        let v = mixture(x, direction);
        let estimates = along(f, x, &v);
        for (i, estimate) in estimates.iter().enumerate() {
            let of_mode = |matrix: &DMatrix<f64>| {
                let terms = || matrix.row(i).into_iter().zip(&v).map(|(d, v)| if *d == 0.0 { 0.0 } else { d * v });
                (terms().sum(), terms().map(f64::abs).sum())
            };
            check.take((i, None), modes, of_mode, estimate, entries);
        }
    }
    check
}

/// The derivatives in input j.
pub(super) fn in_input(f: &mut dyn FnMut(&[f64]) -> Vec<f64>, x: &[f64], j: usize) -> Vec<Estimates> {
    let mut moved = x.to_vec();
    let at = x[j];
    let mut step = |t: f64| {
        moved[j] = at + t;
        f(&moved)
    };
    extrapolated(&mut step, at.abs().max(1.0), at.abs())
}

/// The derivatives in the direction v.
pub(super) fn along(f: &mut dyn FnMut(&[f64]) -> Vec<f64>, x: &[f64], v: &[f64]) -> Vec<Estimates> {
    let mut step = |t: f64| f(&x.iter().zip(v).map(|(x, v)| x + t * v).collect::<Vec<_>>());
    extrapolated(&mut step, 1.0, 1.0)
}

/// A direction in which each input varies by about its size.
fn mixture(x: &[f64], number: usize) -> Vec<f64> {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    let share = |j: usize| 2.0 * (GOLDEN * ((j + 1) * (number + 1)) as f64).fract() - 1.0;
    x.iter().enumerate().map(|(j, x)| share(j) * x.abs().max(1.0)).collect()
}

impl Check {
    /// Takes what each mode found, and what was added up to it in size.
    fn take(
        &mut self,
        (output, input): (usize, Option<usize>),
        modes: &[(&'static str, &DMatrix<f64>)],
        of_mode: impl Fn(&DMatrix<f64>) -> (f64, f64),
        found: &Estimates,
        entries: &mut dyn Entries,
    ) {
        let mut known = None;
        let mut of_entry = || input.map_or(Rounding::default(), |input| entries.rounding(output, input));
        let mut rounding = || *known.get_or_insert_with(&mut of_entry);
        let decided: Vec<(&'static str, f64, Decision)> = modes
            .iter()
            .map(|&(mode, matrix)| {
                let (derivative, terms) = of_mode(matrix);
                (mode, derivative, decide(derivative, terms, found, &mut rounding))
            })
            .collect();
        let scale = known.map_or(0.0, |it: Rounding| it.scale);
        let held: Vec<f64> = decided.iter().filter(|it| matches!(it.2, Decision::Holds)).map(|it| it.1).collect();
        let is_contradicted = |derivative: f64, decision: &Decision| match decision {
            Decision::Differs => true,
            Decision::Rounded => held.iter().any(|&other| found.tell_apart(derivative, other, scale)),
            Decision::Holds | Decision::Undecided => false,
        };
        let contradicted = || decided.iter().filter(|(_, derivative, decision)| is_contradicted(*derivative, decision));
        let Some(&(mode, derivative, _)) = contradicted().next() else {
            self.undecided += usize::from(decided.iter().any(|it| !matches!(it.2, Decision::Holds)));
            return;
        };
        self.differing += 1;
        if self.mismatches.len() < MOST {
            let Estimate { value: differences, error, .. } = found.near;
            let mode = (contradicted().count() < modes.len()).then_some(mode);
            let name = entries.name(output, input);
            self.mismatches.push(Mismatch { name, output, input, mode, derivative, differences, error });
        }
    }

    /// Whether no derivative was contradicted.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.differing == 0
    }
}

/// The derivative and what differences say instead.
impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, mode, derivative, differences, error, .. } = self;
        let (derivative, differences) = (readable(*derivative), readable(*differences));
        let mode = mode.map_or(String::new(), |mode| format!(" ({mode})"));
        write!(f, "{name} is {derivative}{mode}, and {differences} by differences, which settle to {error:.0e}")
    }
}

/// The first derivatives of a function, by what it does to numbers that know their paths.
pub(super) struct First<'a, F> {
    pub(super) f: F,
    pub(super) x: &'a [f64],
    pub(super) outputs: usize,
    /// The names that inputs have, if any.
    pub(super) names: &'a [String],
}

impl<F: Fn(&[Bound<f64>]) -> Vec<Bound<f64>>> Entries for First<'_, F> {
    fn name(&self, output: usize, input: Option<usize>) -> String {
        let called = |output: usize| if self.outputs == 1 { "f".to_owned() } else { format!("f{output}") };
        // Beside an input that is called as some output would be, outputs have no names.
        let is_taken = (0..self.outputs).any(|output| self.names.contains(&called(output)));
        let f = match (is_taken, self.outputs) {
            (false, _) => called(output),
            (true, 1) => "the function".to_owned(),
            (true, _) => format!("output {output}"),
        };
        match input.map(|input| self.names.get(input).map_or_else(|| format!("x{input}"), String::clone)) {
            Some(x) if is_taken && self.outputs == 1 => format!("the derivative in {x}"),
            Some(x) if is_taken => format!("the derivative of {f} in {x}"),
            Some(x) => format!("∂{f}/∂{x}"),
            None => format!("the derivative of {f} in a direction that mixes all inputs"),
        }
    }

    fn rounding(&mut self, output: usize, input: usize) -> Rounding {
        let mut inputs: Vec<Bound<f64>> = self.x.iter().map(|&x| x.into()).collect();
        inputs[input] = Bound::seeded(self.x[input]);
        Rounding::of(&(self.f)(&inputs)[output])
    }
}

/// The second derivatives of a model.
pub(super) struct Second<'a, M> {
    pub(super) model: &'a M,
    pub(super) x: &'a [f64],
}

impl<M: Model<Outputs = One>> Second<'_, M> {
    /// The derivative in input i, with the paths to it from input j.
    pub(super) fn derivative(&self, i: usize, j: usize) -> Bound<f64> {
        let mut inputs: Vec<Dual<Bound<f64>>> = self.x.iter().map(|&x| x.into()).collect();
        inputs[j].value = Bound::seeded(self.x[j]);
        inputs[i].tangent = Bound::from(1.0);
        self.model.eval(&inputs).tangent
    }
}

impl<M: Model<Outputs = One>> Entries for Second<'_, M> {
    fn name(&self, i: usize, j: Option<usize>) -> String {
        let j = j.unwrap_or(i);
        if i == j { format!("∂²f/∂x{i}²") } else { format!("∂²f/∂x{i}∂x{j}") }
    }

    fn rounding(&mut self, i: usize, j: usize) -> Rounding {
        let [a, b] = [(i, j), (j, i)].map(|(i, j)| Rounding::of(&self.derivative(i, j)));
        // A gradient that is nothing but rounding has a scale of its own; it is that of the function which counts.
        let length = |x: f64| x.abs().max(1.0);
        let (value, gradient) = reverse::gradient(|x| self.model.eval(x), self.x);
        let terms = gradient.iter().zip(self.x).map(|(derivative, &x)| derivative.abs() * length(x));
        let scale = terms.fold(value.abs(), f64::max) / (length(self.x[i]) * length(self.x[j]));
        Rounding { derivative: a.derivative.max(b.derivative), value: a.value.max(b.value), scale }
    }
}

/// In a sentence: what was held against differences, and what came of it.
impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let &Self { inputs, held, directions, undecided, differing, .. } = self;
        let (all, some) = (counted(inputs, "input"), grouped(held as u64));
        if inputs == 0 {
            return f.write_str("there is no input to hold against differences");
        }
        let what = match (held == inputs, directions) {
            (true, _) if inputs == 1 => "the input".to_owned(),
            (true, _) => format!("all {all}"),
            (false, 0) => format!("{some} of {all}"),
            (false, _) => format!("{some} of {all} and {} that mix all", counted(directions, "direction")),
        };
        let are = |n: usize| if n == 1 { "is" } else { "are" };
        if differing == 0 {
            write!(f, "held against extrapolated differences in {what}, no derivative is contradicted")?;
        } else {
            let many = counted(differing, "derivative");
            write!(f, "held against extrapolated differences in {what}, {many} {} contradicted", are(differing))?;
        }
        if undecided > 0 {
            write!(f, "; {} {} beyond what differences can tell", grouped(undecided as u64), are(undecided))?;
        }
        Ok(())
    }
}
