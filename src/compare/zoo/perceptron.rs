//! Networks of fully connected layers with a squared loss, and backpropagation written out by hand to check them.

use super::data::{Scale, mean_loss, unscale};
use crate::model::{Model, One};
use crate::number::Scalar;
use crate::train::{Layer, Trainable};

/// What a hidden unit does to its sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Activation {
    /// max(0, z)
    Relu,
    /// tanh z
    Tanh,
}

impl Activation {
    fn of<T: Scalar>(self, z: T) -> T {
        match self {
            Self::Relu => z.max(T::zero()),
            Self::Tanh => z.tanh(),
        }
    }

    /// Its derivative, from z and the value at z; as in the rest of the crate, half at the kink of relu.
    fn derivative(self, z: f64, value: f64) -> f64 {
        match self {
            Self::Relu if z == 0.0 => 0.5,
            Self::Relu => f64::from(z > 0.0),
            Self::Tanh => 1.0 - value * value,
        }
    }
}

/// A network of fully connected layers with linear outputs, and the mean over samples of the squared error, summed over
/// the outputs.
///
/// The parameters are those of one layer after the other, in a layer unit by unit: a weight for each input, then the bias.
#[derive(Clone, Debug)]
pub(super) struct Perceptron {
    widths: Vec<usize>,
    activation: Activation,
    inputs: Vec<Vec<f64>>,
    targets: Vec<Vec<f64>>,
    /// How the inputs were standardised, if they were.
    scales: Option<Vec<Scale>>,
}

impl Perceptron {
    /// A network of these widths, from the inputs to the outputs, for samples of as many inputs and targets.
    ///
    /// # Panics
    ///
    /// If there are fewer than two widths, or one is 0, no samples, or one whose length is not that width.
    #[must_use]
    pub(super) fn new(
        widths: Vec<usize>,
        activation: Activation,
        inputs: Vec<Vec<f64>>,
        targets: Vec<Vec<f64>>,
    ) -> Self {
        assert!(widths.len() >= 2 && !widths.contains(&0), "expected at least two widths above 0, found {widths:?}");
        assert!(!inputs.is_empty(), "expected samples, found none");
        assert_eq!(inputs.len(), targets.len(), "expected a target for each sample");
        assert!(inputs.iter().all(|sample| sample.len() == widths[0]), "expected samples of {} inputs", widths[0]);
        let outputs = widths[widths.len() - 1];
        assert!(targets.iter().all(|target| target.len() == outputs), "expected targets of {outputs} numbers");
        Self { widths, activation, inputs, targets, scales: None }
    }

    /// The network for inputs that were standardised so.
    pub(super) fn scaled(self, scales: Option<&[Scale]>) -> Self {
        Self { scales: scales.map(<[Scale]>::to_vec), ..self }
    }

    /// The outputs for a sample of inputs.
    ///
    /// # Panics
    ///
    /// If `parameters` or `inputs` are too few.
    pub(super) fn predict<T: Scalar>(&self, parameters: &[T], inputs: &[f64]) -> Vec<T> {
        self.through(parameters, |weights| T::linear_combination(inputs, weights))
    }

    /// The outputs, where `first` gives the sum of the weighted inputs of a unit of the first layer.
    fn through<T: Scalar>(&self, parameters: &[T], first: impl Fn(&[T]) -> T) -> Vec<T> {
        let inputs = self.widths[0];
        let mut layers = self.layers().into_iter();
        let layer = layers.next().expect("there is a layer");
        let unit = |weights: &[T]| first(&weights[..inputs]) + weights[inputs];
        let mut z: Vec<T> = parameters[layer.parameters].chunks(inputs + 1).map(unit).collect();
        for layer in layers {
            let x: Vec<T> = z.iter().map(|&z| self.activation.of(z)).collect();
            let units = parameters[layer.parameters].chunks(layer.inputs + 1);
            z = units.map(|weights| T::dot(&weights[..x.len()], &x) + weights[x.len()]).collect();
        }
        z
    }

    /// The squared error, summed over the outputs.
    fn squared_error<T: Scalar>(predicted: Vec<T>, targets: impl Iterator<Item = T>) -> T {
        let errors = predicted.into_iter().zip(targets).map(|(y, target)| y - target);
        errors.map(|error| error * error).reduce(|sum, square| sum + square).expect("there is an output")
    }

    /// Operations of one evaluation: two a weight, two a unit, three an output.
    pub(super) fn operations(widths: &[f64], samples: f64) -> f64 {
        let layers: f64 = widths.windows(2).map(|w| 2.0 * w[0] * w[1] + 2.0 * w[1]).sum();
        samples * (layers + 3.0 * widths[widths.len() - 1]) + 1.0
    }

    /// How many parameters a network of these widths has.
    pub(super) fn count(widths: &[f64]) -> f64 {
        widths.windows(2).map(|w| (w[0] + 1.0) * w[1]).sum()
    }

    /// The gradient of the loss by backpropagation: Rumelhart, Hinton, Williams, Nature 323 (1986), in matrices that are
    /// written out.
    pub(super) fn backpropagated(&self, parameters: &[f64]) -> Vec<f64> {
        let layers = self.layers();
        let mut gradient = vec![0.0; parameters.len()];
        for (inputs, targets) in self.inputs.iter().zip(&self.targets) {
            // The forward phase keeps what goes into each layer, and the sums of its units.
            let mut entering = vec![inputs.clone()];
            let mut sums: Vec<Vec<f64>> = Vec::new();
            for layer in &layers {
                let x = entering.last().expect("the inputs enter");
                let units = parameters[layer.parameters.clone()].chunks(layer.inputs + 1);
                let z: Vec<f64> =
                    units.map(|w| w.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() + w[layer.inputs]).collect();
                entering.push(z.iter().map(|&z| if layer.hidden { self.activation.of(z) } else { z }).collect());
                sums.push(z);
            }
            let outputs = entering.last().expect("the last layer has outputs");
            // δ of the outputs, then backward: δ ← (Wᵀ·δ)∘a'.
            let scale = 2.0 / self.inputs.len() as f64;
            let mut delta: Vec<f64> = outputs.iter().zip(targets).map(|(y, t)| scale * (y - t)).collect();
            for (at, layer) in layers.iter().enumerate().rev() {
                let x = &entering[at];
                for (unit, &delta) in delta.iter().enumerate() {
                    let row = &mut gradient[layer.parameters.start + unit * (layer.inputs + 1)..][..layer.inputs + 1];
                    for (partial, &x) in row.iter_mut().zip(x.iter().chain([&1.0])) {
                        *partial += delta * x;
                    }
                }
                if at > 0 {
                    let weights = &parameters[layer.parameters.clone()];
                    let back = |j: usize| {
                        let sum: f64 =
                            delta.iter().enumerate().map(|(unit, d)| d * weights[unit * (layer.inputs + 1) + j]).sum();
                        sum * self.activation.derivative(sums[at - 1][j], x[j])
                    };
                    delta = (0..layer.inputs).map(back).collect();
                }
            }
        }
        gradient
    }
}

impl Model for Perceptron {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        mean_loss(self, x)
    }
}

impl Trainable for Perceptron {
    fn parameters(&self) -> usize {
        self.layers().last().map_or(0, |layer| layer.parameters.end)
    }

    fn samples(&self) -> usize {
        self.inputs.len()
    }

    fn sample_loss<T: Scalar>(&self, weights: &[T], sample: usize) -> T {
        let targets = self.targets[sample].iter().map(|&target| T::constant(target));
        Self::squared_error(self.predict(weights, &self.inputs[sample]), targets)
    }

    /// The inputs, then the targets.
    fn data(&self, sample: usize) -> Vec<f64> {
        [self.inputs[sample].as_slice(), &self.targets[sample]].concat()
    }

    fn loss<T: Scalar>(&self, weights: &[T], data: &[T]) -> Option<T> {
        let (inputs, targets) = data.split_at(self.widths[0]);
        let predicted = self.through(weights, |weights| T::dot(weights, inputs));
        Some(Self::squared_error(predicted, targets.iter().copied()))
    }

    fn layers(&self) -> Vec<Layer> {
        let mut start = 0;
        let last = self.widths.len() - 2;
        let layer = |(at, w): (usize, &[usize])| {
            let parameters = start..start + (w[0] + 1) * w[1];
            start = parameters.end;
            Layer { parameters, inputs: w[0], units: w[1], hidden: at < last }
        };
        self.widths.windows(2).enumerate().map(layer).collect()
    }

    /// Only the first layer sees the inputs.
    fn unstandardised(&self, weights: &[f64]) -> Option<Vec<f64>> {
        let scales = self.scales.as_ref()?;
        let mut weights = weights.to_vec();
        let first = (self.widths[0] + 1) * self.widths[1];
        weights[..first].chunks_mut(self.widths[0] + 1).for_each(|unit| unscale(unit, scales));
        Some(weights)
    }

    /// Layer, unit and input, from 1: `w2[3,1]`, and `b2[3]` for a bias.
    fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for (layer, at) in self.layers().iter().zip(1..) {
            for unit in 1..=layer.units {
                names.extend((1..=layer.inputs).map(|input| format!("w{at}[{unit},{input}]")));
                names.push(format!("b{at}[{unit}]"));
            }
        }
        names
    }
}
