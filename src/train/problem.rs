//! What can be trained: a loss over samples, with the shape of its parameters.

use super::descent::descend;
use super::settings::{Settings, TrainError};
use super::training::Training;
use crate::counted::{Counted, Counts};
use crate::number::Scalar;
use std::ops::Range;

/// A loss that is the mean of the losses of samples, as a function of parameters.
///
/// A loss that is no mean has one sample.
pub trait Trainable {
    /// How many parameters: n.
    fn parameters(&self) -> usize;

    /// How many samples: at least 1.
    fn samples(&self) -> usize;

    /// The loss of one sample at `weights`, n numbers.
    fn sample_loss<T: Scalar>(&self, weights: &[T], sample: usize) -> T;

    /// The numbers of one sample as the data of [`loss`](Trainable::loss), as many for every sample; empty if the loss keeps
    /// them to itself.
    fn data(&self, _sample: usize) -> Vec<f64> {
        Vec::new()
    }

    /// The loss of one sample at `weights`, n numbers, from its [`data`](Trainable::data): equal to
    /// [`sample_loss`](Trainable::sample_loss) of that sample. `None` if the loss keeps its data to itself.
    ///
    /// A function of numbers, whichever sample they are of, is compiled once and replayed over all samples of a batch. Of
    /// a loss that keeps its data to itself, every sample is a function of its own, which is compiled and replayed by
    /// itself.
    fn loss<T: Scalar>(&self, _weights: &[T], _data: &[T]) -> Option<T> {
        None
    }

    /// The layers of a network, from the input on, for initialising and for seeing units that stay equal; empty if the
    /// parameters have no such shape.
    fn layers(&self) -> Vec<Layer> {
        Vec::new()
    }

    /// Where to start if the parameters have no layers: n numbers.
    fn start(&self) -> Vec<f64> {
        vec![0.0; self.parameters()]
    }

    /// The parameters as they belong to the data before these were standardised, from `weights`: the same function of the
    /// data as they were. `None` if the loss takes its data as they are.
    fn unstandardised(&self, _weights: &[f64]) -> Option<Vec<f64>> {
        None
    }

    /// What the parameters are called, for a table: n names.
    fn names(&self) -> Vec<String> {
        (0..self.parameters()).map(|i| format!("w[{i}]")).collect()
    }
}

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

/// The parameters of one layer: a unit after the other, each with a weight for every input, then its bias.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Where its parameters are: `units · (inputs + 1)` of them.
    pub parameters: Range<usize>,
    /// How many inputs a unit has (fan-in).
    pub inputs: usize,
    /// How many units there are (fan-out).
    pub units: usize,
    /// Whether its outputs go into another layer.
    pub hidden: bool,
}
