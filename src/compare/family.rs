//! `Family`: a model that can grow, and `sweep`, which compares the modes while it does.

use super::comparison::Comparison;
use super::measure::{LONGEST_BUILDING, NODE, Options, try_compare};
use crate::mode::Mode;
use crate::model::{Model, Outcome, Outputs};
use nalgebra::DMatrix;
use std::fmt;

/// A model in every size.
pub trait Family {
    /// Its members.
    type Model: Model;

    /// What the model is.
    const ABOUT: About;

    /// How large the smallest member with at least `n` inputs is; the largest there is, if none has as many.
    ///
    /// Nothing is allocated: this is where a size beyond all memory is seen.
    fn size(&self, n: usize) -> Size;

    /// That member, with a point to differentiate it at: `size(n).inputs` numbers.
    fn member(&self, n: usize) -> (Self::Model, Vec<f64>);

    /// The m×n matrix of derivatives by a formula that owes nothing to automatic differentiation, where one is known.
    fn known(_model: &Self::Model, _x: &[f64]) -> Option<DMatrix<f64>> {
        None
    }
}

/// What a model is: a card of the catalogue. Formulas are plain text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct About {
    /// One word, as a command line has it.
    pub name: &'static str,
    /// A few words.
    pub title: &'static str,
    /// The function.
    pub formula: &'static str,
    /// What the inputs are, and how a member with n of them is made.
    pub inputs: &'static str,
    /// Where it is defined and smooth.
    pub domain: &'static str,
    /// Book or paper.
    pub source: &'static str,
}

/// How large a member of a family is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// n, exactly.
    pub inputs: f64,
    /// m, exactly.
    pub outputs: f64,
    /// Operations of one evaluation, within a factor of two.
    pub operations: f64,
}

impl Size {
    /// About how many bytes a comparison by these modes takes at most: the inputs in every number type, a node of the
    /// tape for each operation and its adjoint, a program, and the derivatives.
    #[must_use]
    pub fn bytes(&self, modes: &[Mode]) -> f64 {
        let recording = if modes.contains(&Mode::Reverse) { 32.0 * self.operations } else { 0.0 };
        // No program is built that would take too long.
        let compiled = (self.operations * self.outputs).min(LONGEST_BUILDING / NODE);
        let program = if modes.contains(&Mode::Program) { 400.0 * compiled } else { 0.0 };
        let derivatives = 8.0 * (modes.len() + 1) as f64 * self.inputs * self.outputs;
        200.0 * self.inputs + recording + program + derivatives
    }
}

/// Comparisons of one model over growing n.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Sweep {
    /// What the model is.
    pub about: About,
    /// One for each n, in the order they were asked for.
    pub comparisons: Vec<Comparison>,
}

/// [`compare`](super::compare()) for members of a family with at least these numbers of inputs.
///
/// # Errors
///
/// That of a model which fails at its point: see [`Outcome`].
///
/// # Panics
///
/// As [`compare`](super::compare()).
///
/// ```
/// use dualtape::Mode;
/// use dualtape::compare::{Options, sweep, zoo};
///
/// let sweep = sweep(&zoo::Rosenbrock, &[2, 20, 200], &Options::default());
/// let over_primal = |mode| sweep.comparisons.iter().map(move |c| c.operations_over_primal(mode).unwrap());
/// // Forward mode grows with n, reverse mode does not.
/// assert!(over_primal(Mode::Forward).last().unwrap() > 300.0);
/// assert!(over_primal(Mode::Reverse).all(|ratio| ratio <= 5.0));
/// ```
#[must_use]
pub fn sweep<F: Family>(family: &F, ns: &[usize], options: &Options) -> Outcome<F::Model, Sweep> {
    observed_sweep(family, ns, options, |_| {})
}

/// [`sweep`]; `done` sees each comparison as soon as it is made.
pub(crate) fn observed_sweep<F: Family>(
    family: &F,
    ns: &[usize],
    options: &Options,
    mut done: impl FnMut(&Comparison),
) -> Outcome<F::Model, Sweep> {
    let comparisons = ns.iter().map(|&n| {
        let (model, x) = family.member(n);
        let mut comparison = try_compare(&model, &x, options)?;
        comparison.model = F::ABOUT.name.to_owned();
        done(&comparison);
        Ok(comparison)
    });
    let comparisons: Result<Vec<Comparison>, _> = comparisons.collect();
    <F::Model as Model>::Outputs::outcome(comparisons.map(|comparisons| Sweep::new(F::ABOUT, comparisons)))
}

/// Where one mode becomes cheaper than another and stays so.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Crossover {
    /// Between the two nearest n of the sweep, on logarithmic axes; the first n if it is cheaper from the start.
    pub inputs: f64,
    /// Whether it is cheaper from the first n on.
    pub from_the_start: bool,
}

impl Sweep {
    /// Comparisons that were made one by one.
    #[must_use]
    pub fn new(about: About, comparisons: Vec<Comparison>) -> Self {
        Self { about, comparisons }
    }

    /// From which n on `mode` costs less than `other`, by `cost`, in all comparisons that have both; `None` if it
    /// never does.
    pub fn crossover(
        &self,
        mode: Mode,
        other: Mode,
        cost: impl Fn(&super::comparison::Cost) -> f64,
    ) -> Option<Crossover> {
        let mut points: Vec<(f64, f64)> = self
            .comparisons
            .iter()
            .filter_map(|it| {
                let (a, b) = (cost(&it.of(mode)?.cost), cost(&it.of(other)?.cost));
                Some((it.inputs() as f64, (a / b).ln()))
            })
            .collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let first = points.iter().rposition(|&(_, ratio)| ratio.is_nan() || ratio >= 0.0).map_or(0, |last| last + 1);
        let &(n, ratio) = points.get(first)?;
        let Some(&(before, above)) = first.checked_sub(1).and_then(|at| points.get(at)) else {
            return Some(Crossover { inputs: n, from_the_start: true });
        };
        let share = above / (above - ratio);
        Some(Crossover { inputs: (before.ln() + share * (n / before).ln()).exp(), from_the_start: false })
    }
}

/// The comparisons one after the other.
impl fmt::Display for Sweep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, comparison) in self.comparisons.iter().enumerate() {
            write!(f, "{}{comparison}", if i > 0 { "\n\n" } else { "" })?;
        }
        Ok(())
    }
}
