//! `DynTrainable`: a loss of whatever type behind a pointer.

use super::gradients::{ByMode, Gradients};
use super::problem::{Layer, Trainable};
use super::replayed::takes_data;
use crate::counted::{Counted, Counts};
use crate::mode::Mode;

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

    /// The parameters as they belong to the data before these were standardised; `None` if the loss takes its data as they are.
    fn unstandardised(&self, weights: &[f64]) -> Option<Vec<f64>>;

    /// The mean loss over all samples at `weights`, n numbers.
    fn mean_loss(&self, weights: &[f64]) -> f64;

    /// Its gradients over batches by a mode, whose programs begin with `weights`.
    #[doc(hidden)]
    fn gradients(&self, mode: Mode, weights: &[f64]) -> Box<dyn Gradients + '_>;
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
        let start = Trainable::start(self);
        let weights: Vec<Counted<f64>> = start.iter().copied().map(Counted::new).collect();
        let of_sample = Counts::of(|| self.sample_loss(&weights, 0)).1.total();
        of_sample * if takes_data(self, &start) { 1 } else { Trainable::samples(self) as u64 }
    }

    fn unstandardised(&self, weights: &[f64]) -> Option<Vec<f64>> {
        Trainable::unstandardised(self, weights)
    }

    fn mean_loss(&self, weights: &[f64]) -> f64 {
        let samples = Trainable::samples(self);
        (0..samples).map(|sample| self.sample_loss(weights, sample)).sum::<f64>() / samples as f64
    }

    fn gradients(&self, mode: Mode, weights: &[f64]) -> Box<dyn Gradients + '_> {
        Box::new(ByMode::new(self, mode, weights))
    }
}
