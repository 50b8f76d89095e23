//! `sweep`: the modes compared while a model grows.

use super::compare::Options;
use super::comparison::{Comparison, Cost};
use super::family::{About, DynFamily};
use crate::mode::Mode;
use std::fmt;

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

/// [`compare`](super::compare()) for members of a family with at least these numbers of inputs: of a [`Family`](super::Family) of
/// your own, or of one of the [zoo](super::zoo).
///
/// # Panics
///
/// As [`compare`](super::compare()), and if a member that can fail does at its own point.
///
/// ```
/// use dualtape::Mode;
/// use dualtape::compare::{Options, sweep, zoo};
///
/// let rosenbrock = zoo::find("rosenbrock").unwrap();
/// let sweep = sweep(rosenbrock, &[2, 20, 200], &Options::default());
/// let over_primal = |mode| sweep.comparisons.iter().map(move |c| c.operations_over_primal(mode).unwrap());
/// // Forward mode grows with n, reverse mode does not.
/// assert!(over_primal(Mode::Forward).last().unwrap() > 300.0);
/// assert!(over_primal(Mode::Reverse).all(|ratio| ratio <= 5.0));
/// ```
#[must_use]
pub fn sweep(family: &dyn DynFamily, ns: &[usize], options: &Options) -> Sweep {
    Sweep::new(family.about(), ns.iter().map(|&n| family.compare(n, options)).collect())
}

impl Sweep {
    /// Comparisons that were made one by one.
    #[must_use]
    pub fn new(about: About, comparisons: Vec<Comparison>) -> Self {
        Self { about, comparisons }
    }

    /// From which n on `mode` costs less than `other`, by `cost`, in all comparisons that have both: between the two nearest n, on
    /// logarithmic axes; the first n if it is cheaper from the start; `None` if it never is.
    #[must_use]
    pub fn crossover(&self, mode: Mode, other: Mode, cost: impl Fn(&Cost) -> f64) -> Option<f64> {
        self.crossover_or_start(mode, other, cost).map(|(n, _)| n)
    }

    /// The crossover, and whether the mode is cheaper from the first n on.
    pub(super) fn crossover_or_start(
        &self,
        mode: Mode,
        other: Mode,
        cost: impl Fn(&Cost) -> f64,
    ) -> Option<(f64, bool)> {
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
            return Some((n, true));
        };
        let share = above / (above - ratio);
        Some(((before.ln() + share * (n / before).ln()).exp(), false))
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
