//! `DynTrainable`: a loss of whatever type behind a pointer, and `train`, which takes one.

use super::descent::descend;
use super::problem::{Layer, Trainable};
use super::settings::{Settings, TrainError};
use super::training::Training;
use crate::counted::{Counted, Counts};

/// A [`Trainable`] of whatever type behind a pointer; every one is one. What is erased are the operations, not the numbers.
pub trait DynTrainable {
    /// How many parameters: n.
    fn parameters(&self) -> usize;

    /// How many samples.
    fn samples(&self) -> usize;

    /// The layers of a network, from the input on; empty if the parameters have no such shape.
    fn layers(&self) -> Vec<Layer>;

    /// Where to start if the parameters have no layers: n numbers.
    fn start(&self) -> Vec<f64>;

    /// What the parameters are called: n names.
    fn names(&self) -> Vec<String>;

    /// About how many operations are compiled for a program: those of one sample, or where the loss keeps its data to itself, of all.
    fn program_operations(&self) -> u64;

    /// [`train`](super::train()).
    #[doc(hidden)]
    fn descend(
        &self,
        start: &[f64],
        settings: &Settings,
        shuffle: &mut dyn FnMut(&mut [usize]),
        observe: &mut dyn FnMut(usize),
    ) -> Result<Training, TrainError>;
}

impl<P: Trainable> DynTrainable for P {
    fn parameters(&self) -> usize {
        Trainable::parameters(self)
    }

    fn samples(&self) -> usize {
        Trainable::samples(self)
    }

    fn layers(&self) -> Vec<Layer> {
        Trainable::layers(self)
    }

    fn start(&self) -> Vec<f64> {
        Trainable::start(self)
    }

    fn names(&self) -> Vec<String> {
        Trainable::names(self)
    }

    fn program_operations(&self) -> u64 {
        let weights: Vec<Counted<f64>> = Trainable::start(self).into_iter().map(Counted::new).collect();
        let of_sample = Counts::of(|| self.sample_loss(&weights, 0)).1.total();
        of_sample * if self.data(0).is_empty() { Trainable::samples(self) as u64 } else { 1 }
    }

    fn descend(
        &self,
        start: &[f64],
        settings: &Settings,
        shuffle: &mut dyn FnMut(&mut [usize]),
        observe: &mut dyn FnMut(usize),
    ) -> Result<Training, TrainError> {
        descend(self, start, settings, shuffle, observe)
    }
}

/// Trains any [`Trainable`] from `start`, n weights, and tells `observe` each step that is done.
///
/// Batches go through the samples in the order that `shuffle` gives them, anew for every epoch, so that each is visited
/// once; the last of an epoch may be smaller. All modes start at the same point and take the same batches. A trajectory whose loss
/// or parameters become infinite or NaN stops all of them, and keeps what it had before.
///
/// Costs for each step a gradient over a batch in each mode, ⌈n/8⌉ evaluations of each sample in chunked forward mode, one
/// evaluation and a sweep in reverse, and a replay of a program, which is compiled before the first step; and the loss
/// over all samples. Keeps 16 bytes a step and mode, and 16 a step of their divergence.
///
/// # Errors
///
/// [`TrainError`] if the settings do not suit the problem.
///
/// # Panics
///
/// As the problem does; with [`Mode::Program`](crate::Mode::Program) also if its samples have not equally many data.
pub fn train(
    problem: &dyn DynTrainable,
    start: &[f64],
    settings: &Settings,
    mut shuffle: impl FnMut(&mut [usize]),
    mut observe: impl FnMut(usize),
) -> Result<Training, TrainError> {
    problem.descend(start, settings, &mut shuffle, &mut observe)
}
