//! ADBench's network of long short-term memory, with a gate of one weight and one bias a neuron.
//!
//! Šrajer, Kukelova, Fitzgibbon: A benchmark of selected algorithmic differentiation tools on some problems in computer vision
//! and machine learning, arXiv:1807.10129, section 4.4; the loops are those of ADBench's `lstm.h`, which GradBench runs too.

use super::spread;
use num_traits::Float;

/// The text, and the shape of the network.
pub(crate) struct Lstm {
    layers: usize,
    /// How many bits a character has, and neurons a layer.
    bits: usize,
    /// The first state: of each layer `bits` hidden numbers and as many of its memory.
    state: Vec<f64>,
    /// The characters, one after the other.
    text: Vec<f64>,
}

impl Lstm {
    /// `layers` layers that read `characters` characters of `bits` bits.
    pub(crate) fn new(layers: usize, characters: usize, bits: usize) -> Self {
        let text = spread(26, characters * bits, 1.0).iter().map(|x| f64::from(*x > 0.0)).collect();
        Self { layers, bits, state: spread(25, layers * 2 * bits, 1.0), text }
    }

    /// The parameters: of each layer four weights and four biases for each neuron; then weights in, weights out and biases out.
    pub(crate) fn parameters(&self) -> Vec<f64> {
        spread(27, (8 * self.layers + 3) * self.bits, 1.0)
    }

    /// The mean negative logarithm of the probability of the next character's bits.
    #[inline]
    pub(crate) fn loss<T: Float>(&self, parameters: &[T]) -> T {
        let b = self.bits;
        let lift = |values: &[f64]| -> Vec<T> { values.iter().map(|&x| constant(x)).collect() };
        let (layers, ends) = parameters.split_at(8 * b * self.layers);
        let (weights_in, weights_out, biases_out) = (&ends[..b], &ends[b..2 * b], &ends[2 * b..]);
        let mut state = lift(&self.state);
        let text = lift(&self.text);
        let mut signal = vec![T::zero(); b];
        let mut total = T::zero();
        let mut count = 0_usize;
        for (now, next) in text.chunks_exact(b).zip(text.chunks_exact(b).skip(1)) {
            for ((s, &x), &w) in signal.iter_mut().zip(now).zip(weights_in) {
                *s = x * w;
            }
            for (layer, state) in layers.chunks_exact(8 * b).zip(state.chunks_exact_mut(2 * b)) {
                let (hidden, memory) = state.split_at_mut(b);
                for i in 0..b {
                    let gate = |x: T, k: usize| x * layer[k * b + i] + layer[(4 + k) * b + i];
                    let forget = logistic(gate(signal[i], 0));
                    let admit = logistic(gate(hidden[i], 1));
                    let emit = logistic(gate(signal[i], 2));
                    let change = gate(hidden[i], 3).tanh();
                    memory[i] = memory[i] * forget + admit * change;
                    hidden[i] = emit * memory[i].tanh();
                }
                signal.copy_from_slice(hidden);
            }
            for ((s, &w), &bias) in signal.iter_mut().zip(weights_out).zip(biases_out) {
                *s = *s * w + bias;
            }
            let sum = signal.iter().fold(T::zero(), |sum, &x| sum + x.exp());
            let normaliser = (sum + constant(2.0)).ln();
            for (&x, &bit) in signal.iter().zip(next) {
                total = total + bit * (x - normaliser);
            }
            count += b;
        }
        -total / constant(count as f64)
    }
}

fn constant<T: Float>(value: f64) -> T {
    T::from(value).expect("a float holds it")
}

#[inline(always)]
fn logistic<T: Float>(x: T) -> T {
    (T::one() + (-x).exp()).recip()
}
