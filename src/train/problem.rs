//! What can be trained: a loss over samples, with the shape of its parameters.

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

impl Layer {
    /// The hidden layers whose units are all equal and are used alike, with how many each has.
    pub(super) fn equal_units(layers: &[Self], weights: &[f64]) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for (at, pair) in layers.windows(2).enumerate() {
            let (layer, next) = (&pair[0], &pair[1]);
            if layer.units < 2 {
                continue;
            }
            let units: Vec<&[f64]> = weights[layer.parameters.clone()].chunks(layer.inputs + 1).collect();
            let equal = units.iter().all(|unit| unit == &units[0]);
            let used_alike = weights[next.parameters.clone()]
                .chunks(next.inputs + 1)
                .all(|unit| unit[..next.inputs].iter().all(|weight| *weight == unit[0]));
            if layer.hidden && equal && used_alike {
                found.push((at + 1, layer.units));
            }
        }
        found
    }
}
