//! Compiled programs against the function itself and reverse mode: for any lanes, instruction set and samples.

#![cfg(feature = "quickcheck")]

mod compile;
mod golden;
mod listing;
mod plans;
mod replay;
mod reuse;
mod rules;
mod samples;
mod single;
mod suite;
#[path = "../support/mod.rs"]
mod support;
mod zoo;

use dualtape::{Many, Model, One, Scalar};
use num_traits::Float;
use support::{assert_close, instruction_sets, spread};

fn rosenbrock<T: Float>(x: &[T]) -> T {
    let (one, hundred) = (T::one(), T::from(100.0).unwrap());
    let term = |w: &[T]| (one - w[0]).powi(2) + hundred * (w[1] - w[0] * w[0]).powi(2);
    x.windows(2).map(term).fold(T::zero(), |sum, term| sum + term)
}

/// A layer of `units` tanh neurons over `inputs` numbers and one linear neuron; then the square of what is off target.
struct Net {
    inputs: usize,
    units: usize,
    /// Whether sums are written as `dot`, or as plain loops.
    by_dot: bool,
}

impl Net {
    fn parameters(&self) -> usize {
        (self.inputs + 1) * self.units + self.units + 1
    }
}

impl Model for Net {
    type Outputs = One;
    fn eval<T: Scalar>(&self, v: &[T]) -> T {
        let (weights, sample) = v.split_at(self.parameters());
        let (hidden, output) = weights.split_at((self.inputs + 1) * self.units);
        let neuron = |w: &[T], x: &[T]| {
            let (w, bias) = w.split_at(x.len());
            if self.by_dot {
                return T::dot(w, x) + bias[0];
            }
            w.iter().zip(x).fold(bias[0], |sum, (&w, &x)| sum + w * x)
        };
        let x = &sample[..self.inputs];
        let layer: Vec<T> = hidden.chunks(self.inputs + 1).map(|w| neuron(w, x).tanh()).collect();
        (neuron(output, &layer) - sample[self.inputs]).powi(2)
    }
}

/// Batches around the number of lanes, and one of several chunks.
const COUNTS: [usize; 10] = [0, 1, 7, 8, 9, 15, 16, 17, 33, 2100];

struct Pair;

impl Model for Pair {
    type Outputs = Many;
    fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T> {
        vec![x[0] * x[1].sin() + x[2].exp(), x[0] / x[2] + T::log_sum_exp(x), x[1] * x[1]]
    }
}
