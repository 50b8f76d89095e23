//! The network with two hidden layers of Understanding Deep Learning.

use super::data::{Data, DataError, Prediction};
use super::perceptron::{Activation, Perceptron};
use super::points::spread;
use crate::compare::family::{self, About, Family, Size};
use crate::model::{Model, One};
use crate::number::Scalar;
use crate::train::{self, Layer, Trainable};
use nalgebra::DMatrix;

/// The squared loss of y' = φ₀ + Σ φᵢ·a(ψᵢ₀ + Σ ψᵢⱼ·a(θⱼ₀ + θⱼ₁·x)), a = relu, two hidden layers of D units.
///
/// The inputs are θ, ψ and φ, unit by unit with the bias last: n = D² + 4D + 1. Smooth but where a unit's sum is 0, where
/// relu has derivative one half. Source: Prince, Understanding Deep Learning (2023), sections 4.2 and 7.
#[derive(Clone, Debug)]
pub(super) struct TwoLayerNetwork(Perceptron);

impl Model for TwoLayerNetwork {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        self.0.eval(x)
    }
}

impl Trainable for TwoLayerNetwork {
    fn parameters(&self) -> usize {
        self.0.parameters()
    }

    fn samples(&self) -> usize {
        self.0.samples()
    }

    fn sample_loss<T: Scalar>(&self, weights: &[T], sample: usize) -> T {
        self.0.sample_loss(weights, sample)
    }

    fn data(&self, sample: usize) -> Vec<f64> {
        self.0.data(sample)
    }

    fn loss<T: Scalar>(&self, weights: &[T], data: &[T]) -> Option<T> {
        self.0.loss(weights, data)
    }

    fn layers(&self) -> Vec<Layer> {
        self.0.layers()
    }

    /// `theta[1,1]`, `psi[2,1]`, `phi[1]`; the biases have 0 as their last index.
    fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for (layer, letter) in self.layers().iter().zip(["theta", "psi", "phi"]) {
            for unit in 1..=layer.units {
                let unit = if layer.hidden { format!("{unit},") } else { String::new() };
                names.extend((1..=layer.inputs).chain([0]).map(|input| format!("{letter}[{unit}{input}]")));
            }
        }
        names
    }
}

/// Networks with two hidden layers of any width, on six samples of a sine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Network;

const SAMPLES: usize = 6;

/// The least width with at least n parameters.
fn width(n: usize) -> f64 {
    ((n as f64 + 3.0).sqrt() - 2.0).ceil().max(1.0)
}

impl Family for Network {
    type Model = TwoLayerNetwork;

    fn about(&self) -> About {
        About {
            name: "network",
            title: "Network with two hidden layers of relu units",
            formula: "L = mean (y' - y)^2, y' = phi[0] + sum phi[i] a(psi[i,0] + sum psi[i,j] a(theta[j,0] + theta[j,1] x)), a = relu",
            inputs: "theta, psi, phi of two hidden layers of D units: n = D^2 + 4 D + 1",
            domain: "all of R^n; kinks where a unit's sum is 0",
            source: "Prince, Understanding Deep Learning (2023), chapters 4 and 7",
        }
    }

    fn size(&self, n: usize) -> Size {
        let widths = [1.0, width(n), width(n), 1.0];
        let operations = Perceptron::operations(&widths, SAMPLES as f64);
        Size { inputs: Perceptron::count(&widths), outputs: 1.0, operations }
    }

    fn member(&self, n: usize) -> (TwoLayerNetwork, Vec<f64>) {
        let width = width(n) as usize;
        let x = spread(0, SAMPLES, -1.0, 1.0);
        let targets = x.iter().map(|x| vec![(3.0 * x).sin()]).collect();
        let inputs = x.into_iter().map(|x| vec![x]).collect();
        let network = TwoLayerNetwork(Perceptron::new(vec![1, width, width, 1], Activation::Relu, inputs, targets));
        let weights = start(&network);
        (network, weights)
    }

    #[inline]
    fn trainable(&self, n: usize) -> Option<Box<dyn train::DynTrainable>> {
        Some(Box::new(self.member(n).0))
    }

    fn known(model: &TwoLayerNetwork, x: &[f64]) -> Option<DMatrix<f64>> {
        Some(DMatrix::from_row_slice(1, x.len(), &model.0.backpropagated(x)))
    }
}

/// Weights to differentiate at: spread over ±√(3/fan-in), which keeps the scale of what goes through.
fn start(problem: &impl Trainable) -> Vec<f64> {
    let of_layer = |(at, layer): (usize, &Layer)| {
        let scale = (3.0 / layer.inputs as f64).sqrt();
        spread(11 * at, layer.parameters.len(), -scale, scale)
    };
    problem.layers().iter().enumerate().flat_map(of_layer).collect()
}

/// Multilayer perceptrons with tanh units, of any size: d inputs, two hidden layers, one output.
#[derive(Clone, Debug)]
pub(super) struct Mlp {
    data: Option<Data>,
}

const MLP: &str = "mlp";

/// Inputs and samples of the data that come with it.
const FEATURES: usize = 4;
const ROWS: usize = 4;

impl Mlp {
    pub(super) const DEFAULT: Self = Self { data: None };

    /// The widths of the smallest network with at least n parameters: two hidden layers of the same width.
    fn widths(&self, n: usize) -> [f64; 4] {
        let inputs = self.data.as_ref().map_or(FEATURES, |data| data.columns().len()) as f64;
        // (inputs + 1)·h + (h + 1)·h + h + 1 ≥ n
        let half = (inputs + 3.0) / 2.0;
        let hidden = ((half * half + (n as f64 - 1.0).max(0.0)).sqrt() - half).ceil().max(1.0);
        [inputs, hidden, hidden, 1.0]
    }
}

impl Family for Mlp {
    type Model = Perceptron;

    fn about(&self) -> About {
        About {
            name: MLP,
            title: "Multilayer perceptron with tanh units: a network that grows",
            formula: "L = mean (y' - y)^2, y' = b3 + W3 tanh(b2 + W2 tanh(b1 + W1 x))",
            inputs: "weights and biases of two hidden layers of h units and an output, on d = 4 features or those of the data: n = h^2 + (d + 3) h + 1",
            domain: "all of R^n",
            source: "Goodfellow, Bengio, Courville, Deep Learning (2016), chapter 6",
        }
    }

    fn size(&self, n: usize) -> Size {
        let widths = self.widths(n);
        let samples = self.data.as_ref().map_or(ROWS, |data| data.rows().len());
        let operations = Perceptron::operations(&widths, samples as f64);
        Size { inputs: Perceptron::count(&widths), outputs: 1.0, operations }
    }

    fn member(&self, n: usize) -> (Perceptron, Vec<f64>) {
        let widths = self.widths(n).map(|width| width as usize).to_vec();
        let (inputs, targets): (Vec<Vec<f64>>, Vec<f64>) = match &self.data {
            Some(data) => (data.rows().to_vec(), data.numbers(MLP).expect("a table with numbers").to_vec()),
            None => {
                let rows: Vec<Vec<f64>> =
                    spread(0, ROWS * FEATURES, -1.0, 1.0).chunks(FEATURES).map(<[f64]>::to_vec).collect();
                let targets = rows.iter().map(|row| (row[0] - row[1]).sin() + row[2] * row[3]).collect();
                (rows, targets)
            }
        };
        let targets = targets.into_iter().map(|target| vec![target]).collect();
        let scales = self.data.as_ref().and_then(Data::scales);
        let network = Perceptron::new(widths, Activation::Tanh, inputs, targets).scaled(scales);
        let weights = start(&network);
        (network, weights)
    }

    #[inline]
    fn trainable(&self, n: usize) -> Option<Box<dyn train::DynTrainable>> {
        Some(Box::new(self.member(n).0))
    }

    fn predicts(&self) -> Option<Prediction> {
        Some(Prediction::Numbers)
    }

    #[inline]
    fn with_data(&self, data: Data) -> Result<Box<dyn family::DynFamily>, DataError> {
        data.numbers(MLP)?;
        Ok(Box::new(Self { data: Some(data.standardised()?) }))
    }

    fn known(model: &Perceptron, x: &[f64]) -> Option<DMatrix<f64>> {
        Some(DMatrix::from_row_slice(1, x.len(), &model.backpropagated(x)))
    }
}
