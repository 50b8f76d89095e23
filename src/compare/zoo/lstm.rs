//! ADBench's LSTM: a recurrent network that predicts the next vector of a sequence.

use super::points::spread;
use crate::compare::family::{About, Family, Size};
use crate::model::{Model, One};
use crate::number::Scalar;

/// The mean negative log-likelihood of the next character under two stacked layers of LSTM cells with diagonal weights.
///
/// With width b the inputs are, for each layer, the 4b weights and 4b biases of its forget, input, output and change gates,
/// then 3b numbers that scale what goes in and scale and shift what comes out: n = 19b. A cell with input x, hidden state h
/// and memory c: f = σ(x·w₀ + β₀), i = σ(h·w₁ + β₁), o = σ(x·w₂ + β₂), g = tanh(h·w₃ + β₃), c ← c·f + i·g,
/// h ← o·tanh(c). The prediction is normalised by ln(2 + Σ exp), as ADBench has it. Smooth on all of ℝⁿ.
///
/// Source: ADBench's `lstm.h`, <https://github.com/microsoft/ADBench>; the paper of ADBench, arXiv:1807.10129, does not
/// describe it. The cell is after Hochreiter and Schmidhuber 1997.
#[derive(Clone, Debug)]
pub(super) struct LstmObjective {
    width: usize,
    /// Hidden state and memory of each layer at the start: 2·b numbers a layer.
    state: Vec<f64>,
    /// The characters, b numbers each.
    sequence: Vec<Vec<f64>>,
}

const LAYERS: usize = 2;
const GATES: usize = 4;
const CHARACTERS: usize = 5;

impl LstmObjective {
    /// The prediction of the next character; `state` becomes that after this one.
    fn predict<T: Scalar>(&self, main: &[T], extra: &[T], state: &mut [T], character: &[f64]) -> Vec<T> {
        let b = self.width;
        let mut x: Vec<T> = extra[..b].iter().zip(character).map(|(&w, &x)| w * T::constant(x)).collect();
        for (layer, state) in main.chunks(2 * GATES * b).zip(state.chunks_mut(2 * b)) {
            let (weights, biases) = layer.split_at(GATES * b);
            let (hidden, memory) = state.split_at_mut(b);
            for i in 0..b {
                let gate = |gate: usize, x: T| x * weights[gate * b + i] + biases[gate * b + i];
                let forget = gate(0, x[i]).logistic();
                let ingate = gate(1, hidden[i]).logistic();
                let outgate = gate(2, x[i]).logistic();
                let change = gate(3, hidden[i]).tanh();
                memory[i] = memory[i] * forget + ingate * change;
                hidden[i] = outgate * memory[i].tanh();
            }
            x.copy_from_slice(hidden);
        }
        (0..b).map(|i| x[i] * extra[b + i] + extra[2 * b + i]).collect()
    }
}

impl Model for LstmObjective {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let b = self.width;
        let (main, extra) = x.split_at(LAYERS * 2 * GATES * b);
        let mut state: Vec<T> = self.state.iter().map(|&s| T::constant(s)).collect();
        let mut terms = Vec::with_capacity(self.sequence.len());
        for pair in self.sequence.windows(2) {
            let predicted = self.predict(main, extra, &mut state, &pair[0]);
            let likelihoods: Vec<T> = predicted.iter().map(|y| y.exp()).collect();
            let normaliser = (<T as Scalar>::sum(&likelihoods) + T::constant(2.0)).ln();
            let total: f64 = pair[1].iter().sum();
            // Σ tᵢ·(yᵢ - normaliser)
            terms.push(T::linear_combination(&pair[1], &predicted) - T::constant(total) * normaliser);
        }
        let count = (b * (self.sequence.len() - 1)) as f64;
        -<T as Scalar>::sum(&terms) / T::constant(count)
    }
}

/// LSTMs of any width, on a sequence of five characters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lstm;

/// Inputs for each unit of width.
const PER_UNIT: usize = LAYERS * 2 * GATES + 3;

impl Family for Lstm {
    type Model = LstmObjective;

    fn about(&self) -> About {
        About {
            name: "lstm",
            title: "Two layers of LSTM cells on five characters, as in ADBench",
            formula: "f(w) = -mean over characters of t . (y(w) - ln(2 + sum exp y(w)))",
            inputs: "weights and biases of four gates in two layers and three vectors more, of width b: n = 19 b",
            domain: "all of R^n",
            source: "ADBench, github.com/microsoft/ADBench, lstm.h; Hochreiter, Schmidhuber, Neural Computation 9 (1997)",
        }
    }

    fn size(&self, n: usize) -> Size {
        let width = (n.max(1) as f64 / PER_UNIT as f64).ceil();
        let inputs = width * PER_UNIT as f64;
        Size { inputs, outputs: 1.0, operations: (CHARACTERS - 1) as f64 * (width * (17 * LAYERS + 7) as f64 + 5.0) }
    }

    fn member(&self, n: usize) -> (LstmObjective, Vec<f64>) {
        let width = n.max(1).div_ceil(PER_UNIT);
        let state = spread(1, 2 * LAYERS * width, -0.5, 0.5);
        let bits = |character: usize| spread(character * width, width, 0.0, 1.0).into_iter().map(f64::round).collect();
        let sequence = (0..CHARACTERS).map(bits).collect();
        (LstmObjective { width, state, sequence }, spread(0, PER_UNIT * width, -1.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::LstmObjective;
    use crate::model::Model;

    /// One unit, two characters, written out: both layers, the prediction, and the loss.
    #[test]
    fn one_unit_by_hand() {
        let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
        let w = [[0.1, -0.2, 0.3, -0.4, 0.5, 0.6, -0.7, 0.8], [-0.15, 0.25, -0.35, 0.45, 0.55, -0.65, 0.75, -0.85]];
        let extra = [1.5, -0.5, 0.25];
        let model = LstmObjective { width: 1, state: vec![0.2, -0.3, 0.4, 0.1], sequence: vec![vec![1.0], vec![0.5]] };
        let layer = |w: &[f64; 8], x: f64, [hidden, memory]: [f64; 2]| {
            let forget = logistic(w[0] * x + w[4]);
            let ingate = logistic(w[1] * hidden + w[5]);
            let outgate = logistic(w[2] * x + w[6]);
            let change = (w[3] * hidden + w[7]).tanh();
            outgate * (forget * memory + ingate * change).tanh()
        };
        let first = layer(&w[0], 1.5, [0.2, -0.3]);
        let y = -0.5 * layer(&w[1], first, [0.4, 0.1]) + 0.25;
        let expected = -0.5 * (y - (2.0 + y.exp()).ln());
        let x = [w.concat(), extra.to_vec()].concat();
        assert!((model.eval(&x) - expected).abs() < 1e-15, "{} {expected}", model.eval(&x));
    }
}
