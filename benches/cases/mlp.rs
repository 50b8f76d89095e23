//! A multilayer perceptron: tanh in the hidden layers, one linear output, mean squared error over a batch.

use super::{ByFloat, Library, Number, spread};
use dualtape::{Model, One, Scalar};
use num_traits::Float;

/// The layers' widths, and the data that the weights are fitted to.
pub(crate) struct Mlp {
    widths: Vec<usize>,
    /// The samples' inputs, one after the other, each followed by a 1 for the bias.
    inputs: Vec<f64>,
    targets: Vec<f64>,
}

impl Mlp {
    /// A network with `batch` samples to fit.
    pub(crate) fn new(widths: &[usize], batch: usize) -> Self {
        let mut inputs = spread(2, batch * (widths[0] + 1), 1.0);
        inputs.iter_mut().skip(widths[0]).step_by(widths[0] + 1).for_each(|bias| *bias = 1.0);
        Self { widths: widths.to_vec(), inputs, targets: spread(3, batch, 1.0) }
    }

    /// Weights to start from: for each neuron of each layer a weight for each input, then the bias.
    pub(crate) fn weights(&self) -> Vec<f64> {
        let layers = self.widths.windows(2).enumerate();
        let scaled = layers.map(|(i, w)| spread(4 + i as u64, (w[0] + 1) * w[1], (w[0] as f64).sqrt().recip()));
        scaled.flatten().collect()
    }

    /// The samples: inputs with the 1 for the bias, and target.
    fn samples(&self) -> impl Iterator<Item = (&[f64], f64)> {
        self.inputs.chunks_exact(self.widths[0] + 1).zip(self.targets.iter().copied())
    }

    /// The loss, in plain loops.
    #[inline]
    pub(crate) fn plain<T: Float>(&self, weights: &[T]) -> T {
        self.plain_by::<ByFloat, T>(weights)
    }

    /// The loss in plain loops, in the spelling of any library.
    #[inline(always)]
    pub(crate) fn plain_by<L: Library<T>, T: Number>(&self, weights: &[T]) -> T {
        let mut loss = T::zero();
        let (mut layer, mut next) = (Vec::new(), Vec::new());
        for (inputs, target) in self.samples() {
            layer.clear();
            layer.extend(inputs[..self.widths[0]].iter().copied().map(L::constant));
            let mut rest = weights;
            for (i, &width) in self.widths.iter().enumerate().skip(1) {
                let (weights, later) = rest.split_at((layer.len() + 1) * width);
                rest = later;
                next.clear();
                for neuron in weights.chunks_exact(layer.len() + 1) {
                    let mut z = neuron[layer.len()];
                    for (&w, &x) in neuron.iter().zip(&layer) {
                        z = z + w * x;
                    }
                    next.push(if i + 1 < self.widths.len() { L::tanh(z) } else { z });
                }
                std::mem::swap(&mut layer, &mut next);
            }
            let residual = layer[0] - L::constant(target);
            loss = loss + residual * residual;
        }
        loss / L::constant(self.targets.len() as f64)
    }

    /// The loss, with `dot`, `linear_combination` and `sum`.
    #[inline]
    pub(crate) fn with_dot<T: Scalar>(&self, weights: &[T]) -> T {
        let (&first, deeper) = self.widths[1..].split_first().expect("a network has an output");
        let (mut layer, mut next) = (Vec::new(), Vec::new());
        let mut squares = Vec::with_capacity(self.targets.len());
        for (inputs, target) in self.samples() {
            let (weights, mut rest) = weights.split_at(inputs.len() * first);
            layer.clear();
            layer.extend(weights.chunks_exact(inputs.len()).map(|neuron| T::linear_combination(inputs, neuron)));
            for &width in deeper {
                layer.iter_mut().for_each(|x: &mut T| *x = x.tanh());
                let (weights, later) = rest.split_at((layer.len() + 1) * width);
                rest = later;
                next.clear();
                next.extend(weights.chunks_exact(layer.len() + 1).map(|neuron| {
                    let (weights, bias) = neuron.split_at(layer.len());
                    T::dot(weights, &layer) + bias[0]
                }));
                std::mem::swap(&mut layer, &mut next);
            }
            let residual = layer[0] - T::constant(target);
            squares.push(residual * residual);
        }
        <T as Scalar>::sum(&squares) / T::constant(self.targets.len() as f64)
    }
}

/// The plain loops.
impl Model for Mlp {
    type Outputs = One;

    fn eval<T: Scalar>(&self, weights: &[T]) -> T {
        self.plain(weights)
    }
}
