//! How to train, and what is wrong with the settings.

use super::optimizer::Optimizer;
use crate::mode::Mode;
use std::fmt;

/// How to train.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// The rule that turns a gradient into an update.
    pub optimizer: Optimizer,
    /// The rate α, above 0; L-BFGS finds its own.
    pub rate: f64,
    /// How many updates, at least 1.
    pub steps: usize,
    /// How many samples a gradient is the mean over; `None` for all of them.
    pub batch: Option<usize>,
    /// By which modes: any but [`Mode::Differences`].
    pub modes: Vec<Mode>,
}

impl Default for Settings {
    /// Plain descent on all samples, rate 0.1, 100 steps, by chunked forward and by reverse mode.
    fn default() -> Self {
        Self {
            optimizer: Optimizer::Sgd,
            rate: 0.1,
            steps: 100,
            batch: None,
            modes: vec![Mode::Chunked, Mode::Reverse],
        }
    }
}

/// What was expected of the settings, and what was found.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum TrainError {
    /// The rate is not a finite number above 0.
    Rate {
        /// What it is.
        found: f64,
    },
    /// There are no steps to make.
    Steps,
    /// There are no modes.
    Modes,
    /// A mode whose gradients are not exact.
    Mode {
        /// Which.
        found: Mode,
    },
    /// There are no samples.
    Samples,
    /// A batch is empty, or larger than there are samples.
    Batch {
        /// How many samples there are.
        samples: usize,
        /// How many the batch was to have.
        found: usize,
    },
    /// L-BFGS compares gradients of one function: it takes all samples.
    BatchOfLbfgs {
        /// How many samples there are.
        samples: usize,
        /// How many the batch was to have.
        found: usize,
    },
    /// There are not as many weights as parameters.
    Weights {
        /// How many parameters there are.
        expected: usize,
        /// How many weights were given.
        found: usize,
    },
}

impl fmt::Display for TrainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rate { found } => write!(f, "rate: expected a finite number above 0, found {found}"),
            Self::Steps => write!(f, "steps: expected at least 1, found 0"),
            Self::Modes => write!(f, "modes: expected forward, chunked, reverse or program, found none"),
            Self::Mode { found } => {
                write!(f, "modes: expected forward, chunked, reverse or program, found {}", found.name())
            }
            Self::Samples => write!(f, "samples: expected at least 1, found 0"),
            Self::Batch { samples: 1, found } | Self::BatchOfLbfgs { samples: 1, found } => {
                write!(f, "batch: expected 1, for there is one sample, found {found}")
            }
            Self::Batch { samples, found } => {
                write!(f, "batch: expected 1 to {samples} samples, as many as there are, found {found}")
            }
            Self::BatchOfLbfgs { samples, found } => {
                write!(f, "batch: expected all {samples} samples, which L-BFGS needs, found {found}")
            }
            Self::Weights { expected, found } => write!(f, "weights: expected {expected}, found {found}"),
        }
    }
}

impl std::error::Error for TrainError {}

impl Settings {
    /// Checks them for a problem of so many parameters and samples that is to start at so many weights.
    pub(super) fn check(&self, parameters: usize, samples: usize, weights: usize) -> Result<(), TrainError> {
        if !(self.rate.is_finite() && self.rate > 0.0) {
            return Err(TrainError::Rate { found: self.rate });
        }
        if self.steps == 0 {
            return Err(TrainError::Steps);
        }
        if self.modes.is_empty() {
            return Err(TrainError::Modes);
        }
        if self.modes.contains(&Mode::Differences) {
            return Err(TrainError::Mode { found: Mode::Differences });
        }
        if samples == 0 {
            return Err(TrainError::Samples);
        }
        if weights != parameters {
            return Err(TrainError::Weights { expected: parameters, found: weights });
        }
        match self.batch {
            Some(found) if found == 0 || found > samples => Err(TrainError::Batch { samples, found }),
            Some(found) if found < samples && self.optimizer.needs_all_samples() => {
                Err(TrainError::BatchOfLbfgs { samples, found })
            }
            _ => Ok(()),
        }
    }
}
