//! The rules that turn a gradient into an update.

use std::fmt;

/// A rule that turns a gradient g into an update of the weights w, with rate α.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Optimizer {
    /// w ← w − α·g. On batches, stochastic gradient descent (Robbins and Monro 1951).
    Sgd,
    /// v ← 0.9·v + g, w ← w − α·v (Polyak 1964).
    Momentum,
    /// Kingma and Ba (2015), algorithm 1, with β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
    Adam,
    /// Liu and Nocedal (1989) with seven corrections and the line search of Moré and Thuente (1994), by argmin.
    #[cfg(feature = "argmin")]
    Lbfgs,
}

impl Optimizer {
    /// What to change where a descent does not converge.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Sgd | Self::Momentum | Self::Adam => "a lower rate",
            // Its line search finds the rate.
            #[cfg(feature = "argmin")]
            Self::Lbfgs => "another start or another optimizer",
        }
    }

    /// Whether every gradient must be that of the same function.
    pub(super) fn needs_all_samples(self) -> bool {
        match self {
            Self::Sgd | Self::Momentum | Self::Adam => false,
            #[cfg(feature = "argmin")]
            Self::Lbfgs => true,
        }
    }
}

impl fmt::Display for Optimizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sgd => "sgd",
            Self::Momentum => "momentum",
            Self::Adam => "adam",
            #[cfg(feature = "argmin")]
            Self::Lbfgs => "lbfgs",
        })
    }
}

/// What a rule remembers from one step to the next.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    /// Momentum's velocity, Adam's mean of gradients.
    first: Vec<f64>,
    /// Adam's mean of squares.
    second: Vec<f64>,
    steps: i32,
}

impl Memory {
    pub(super) fn new(parameters: usize) -> Self {
        Self { first: vec![0.0; parameters], second: vec![0.0; parameters], steps: 0 }
    }

    /// Updates the weights by a gradient.
    pub(super) fn update(&mut self, optimizer: Optimizer, rate: f64, weights: &mut [f64], gradient: &[f64]) {
        const FRICTION: f64 = 0.9;
        const MEAN: f64 = 0.9;
        const SQUARE: f64 = 0.999;
        const TINY: f64 = 1e-8;
        self.steps = self.steps.saturating_add(1);
        let memory = self.first.iter_mut().zip(&mut self.second);
        for ((w, &g), (first, second)) in weights.iter_mut().zip(gradient).zip(memory) {
            match optimizer {
                Optimizer::Sgd => *w -= rate * g,
                Optimizer::Momentum => {
                    *first = FRICTION * *first + g;
                    *w -= rate * *first;
                }
                Optimizer::Adam => {
                    *first = MEAN * *first + (1.0 - MEAN) * g;
                    *second = SQUARE * *second + (1.0 - SQUARE) * g * g;
                    let mean = *first / (1.0 - MEAN.powi(self.steps));
                    let square = *second / (1.0 - SQUARE.powi(self.steps));
                    *w -= rate * mean / (square.sqrt() + TINY);
                }
                #[cfg(feature = "argmin")]
                Optimizer::Lbfgs => unreachable!("L-BFGS steps by itself"),
            }
        }
    }
}
