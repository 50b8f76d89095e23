//! What a training found: the trajectories, how far they diverge, and what they cost.

use super::optimizer::Optimizer;
use crate::counted::Counts;
use crate::mode::Mode;

/// A training: one trajectory, or one for each mode.
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
    /// The trajectories, in the order of the modes asked for.
    pub trajectories: Vec<Trajectory>,
    /// For each step from 0 on, how far the first trajectory and another are apart at most: the difference of a parameter as a
    /// fraction of the largest; empty for one trajectory.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub divergence: Vec<f64>,
    /// The same in units in the last place of the parameter.
    pub divergence_ulps: Vec<u64>,
    /// The hidden layers that start and end with all their units equal, in the first trajectory: as [`equal_units`](super::equal_units).
    pub equal_units: Vec<(usize, usize)>,
}

/// The losses of a training by the gradients of one mode, and where it ended.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Trajectory {
    /// By which mode.
    pub mode: Mode,
    /// The mean loss over all samples after each step; step 0 is the start.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub losses: Vec<f64>,
    /// The Euclidean norm of the gradient that led to each step; NaN for the start.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub gradient_norms: Vec<f64>,
    /// The last parameters that are finite, with a finite loss.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub weights: Vec<f64>,
    /// The same parameters as they belong to the data before these were standardised; `None` if the loss takes its data as
    /// they are.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub unstandardised: Option<Vec<f64>>,
    /// The step that led to a loss or a parameter that is infinite or NaN; there the trajectory ends.
    pub diverged: Option<usize>,
    /// Why it ends before the last step, if the optimiser says so.
    pub finished: Option<String>,
    /// What the gradients took.
    pub cost: TrainingCost,
}

/// What the gradients of a trajectory took.
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct TrainingCost {
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

/// A step as a flat record, for a file.
#[cfg(feature = "cli")]
#[derive(serde::Serialize)]
pub(crate) struct StepRow {
    step: usize,
    mode: Mode,
    loss: f64,
    /// Nothing for the start.
    gradient_norm: Option<f64>,
    divergence_ulps: Option<u64>,
    divergence_relative: Option<f64>,
}

impl Trajectory {
    /// How many steps were made.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.losses.len() - 1
    }

    /// The mean loss at the start.
    #[must_use]
    pub fn initial_loss(&self) -> f64 {
        self.losses[0]
    }

    /// The mean loss at the end, the last that was finite.
    #[must_use]
    pub fn final_loss(&self) -> f64 {
        self.losses[self.steps()]
    }

    /// The time of a sample's gradient over that of its loss alone; `None` if there is neither.
    #[must_use]
    pub fn gradient_over_loss(&self) -> Option<f64> {
        let TrainingCost { seconds, samples, losses, loss_seconds, .. } = self.cost;
        let ratio = (seconds / samples as f64) / (loss_seconds / losses as f64);
        (samples > 0 && losses > 0 && ratio.is_finite()).then_some(ratio)
    }
}

impl Training {
    /// The trajectory by a mode, if it was asked for.
    #[must_use]
    pub fn by(&self, mode: Mode) -> Option<&Trajectory> {
        self.trajectories.iter().find(|trajectory| trajectory.mode == mode)
    }

    /// The largest difference of a parameter between the first trajectory and another at any step, as a fraction of the largest
    /// parameter; 0 for one trajectory.
    #[must_use]
    pub fn largest_divergence(&self) -> f64 {
        self.divergence.iter().copied().fold(0.0, f64::max)
    }

    /// Every step of every trajectory, as flat records.
    #[cfg(feature = "cli")]
    pub(crate) fn rows(&self) -> impl Iterator<Item = StepRow> {
        let row = |trajectory: &Trajectory, step: usize| StepRow {
            step,
            mode: trajectory.mode,
            loss: trajectory.losses[step],
            gradient_norm: Some(trajectory.gradient_norms[step]).filter(|norm| norm.is_finite()),
            divergence_ulps: self.divergence_ulps.get(step).copied(),
            divergence_relative: self.divergence.get(step).copied(),
        };
        self.trajectories.iter().flat_map(move |it| (0..it.losses.len()).map(move |step| row(it, step)))
    }
}
