//! What a training found: the trajectories, how far apart they are, and what they cost.

use super::initial::EqualUnits;
use super::optimizer::Optimizer;
use crate::counted::Counts;
use crate::mode::Mode;

/// A training: one walk, or one for each mode.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Training {
    /// The rule of the updates.
    pub optimizer: Optimizer,
    /// The rate α.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub rate: f64,
    /// How many parameters: n.
    pub parameters: usize,
    /// How many samples there are.
    pub samples: usize,
    /// How many samples a gradient is the mean over.
    pub batch: usize,
    /// The names of the parameters.
    pub names: Vec<String>,
    /// The walks, in the order of the modes asked for.
    pub walks: Vec<Walk>,
    /// For each step from 0 on, how far apart the walks are; empty for one walk.
    pub apart: Vec<Apart>,
    /// The hidden layers that start and end with all their units equal, in the first walk.
    pub equal_units: Vec<EqualUnits>,
}

/// The trajectory of one mode.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Walk {
    /// Whose gradients it follows.
    pub mode: Mode,
    /// Step 0 is the start.
    pub steps: Vec<Step>,
    /// The last parameters that are finite, with a finite loss.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub weights: Vec<f64>,
    /// The same parameters as they belong to the data before these were standardised; `None` if the loss takes its data as
    /// they are.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub unstandardised: Option<Vec<f64>>,
    /// The step that led to a loss or a parameter that is infinite or NaN; there the walk stopped.
    pub diverged: Option<usize>,
    /// Why it stopped before the last step, if the optimiser says so.
    pub finished: Option<String>,
    /// What the gradients took.
    pub cost: WalkCost,
}

/// Where a walk is after a step.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Step {
    /// The mean loss over all samples.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub loss: f64,
    /// The Euclidean norm of the gradient that led here; NaN for the start.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub gradient_norm: f64,
}

/// What the gradients of a walk took.
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct WalkCost {
    /// How many gradients.
    pub gradients: u64,
    /// How often the loss of a sample was evaluated for them: passes times samples, added.
    pub evaluations: u64,
    /// The operations of one gradient over [`batch`](Training::batch) samples at the start, counted.
    pub operations: Counts,
    /// The time of all gradients, in seconds.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub seconds: f64,
    /// How many gradients of a sample they consist of.
    pub samples: u64,
    /// The time of recording and compiling before the first step, in seconds; 0 but for [`Mode::Program`].
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub building: f64,
    /// How often the loss of a sample was evaluated by itself, in `f64`: after each step, and by line searches.
    pub losses: u64,
    /// The time of that, in seconds.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub loss_seconds: f64,
}

/// How far apart walks are at a step: the first and the one that is farthest from it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Apart {
    /// The largest difference of a parameter in units in the last place.
    pub ulps: u64,
    /// The largest difference of a parameter as a fraction of the largest parameter.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub relative: f64,
}

/// A step as a flat record.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct StepRow {
    /// The step.
    pub step: usize,
    /// Whose.
    pub mode: Mode,
    /// The mean loss over all samples.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub loss: f64,
    /// The norm of the gradient that led here; nothing for the start.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub gradient_norm: Option<f64>,
    /// The largest difference of a parameter between the first walk and another, in ulp.
    pub apart_ulps: Option<u64>,
    /// The same as a fraction of the largest parameter.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub apart_relative: Option<f64>,
}

impl Walk {
    /// The start.
    #[must_use]
    pub fn first(&self) -> Step {
        self.steps[0]
    }

    /// The time of a sample's gradient over that of its loss alone; `None` if there is neither.
    #[must_use]
    pub fn gradient_over_loss(&self) -> Option<f64> {
        let WalkCost { seconds, samples, losses, loss_seconds, .. } = self.cost;
        let ratio = (seconds / samples as f64) / (loss_seconds / losses as f64);
        (samples > 0 && losses > 0 && ratio.is_finite()).then_some(ratio)
    }

    /// The last step that was finite.
    #[must_use]
    pub fn last(&self) -> Step {
        self.steps[self.steps.len() - 1]
    }
}

impl Training {
    /// How often a gradient by this mode evaluates the loss of each of its samples.
    #[must_use]
    pub fn passes(&self, mode: Mode) -> usize {
        mode.evaluations(self.parameters)
    }

    /// The walk of a mode, if it walked.
    #[must_use]
    pub fn by(&self, mode: Mode) -> Option<&Walk> {
        self.walks.iter().find(|walk| walk.mode == mode)
    }

    /// The largest difference of the walks at any step, as a fraction of the largest parameter; 0 for one walk.
    #[must_use]
    pub fn largest_difference(&self) -> f64 {
        self.apart.iter().map(|apart| apart.relative).fold(0.0, f64::max)
    }

    /// Every step of every walk, as flat records.
    #[must_use]
    pub fn rows(&self) -> Vec<StepRow> {
        let row = |walk: &Walk, step: usize| {
            let Step { loss, gradient_norm } = walk.steps[step];
            let apart = self.apart.get(step);
            StepRow {
                step,
                mode: walk.mode,
                loss,
                gradient_norm: Some(gradient_norm).filter(|norm| norm.is_finite()),
                apart_ulps: apart.map(|it| it.ulps),
                apart_relative: apart.map(|it| it.relative),
            }
        };
        self.walks.iter().flat_map(|walk| (0..walk.steps.len()).map(move |step| row(walk, step))).collect()
    }
}
