//! Rosenbrock's function: a bent valley.

use super::points::spread;
use crate::compare::family::{About, Family, Size};
use crate::model::{Model, One};
use crate::number::Scalar;
use nalgebra::DMatrix;

/// f(x) = Σᵢ (1 - xᵢ)² + 100·(xᵢ₊₁ - xᵢ²)², i = 1 … n-1, on ℝⁿ, n ≥ 2; least, 0, at (1, …, 1).
///
/// Source: Rosenbrock, An automatic method for finding the greatest or least value of a function, The Computer Journal
/// 3 (1960), in the usual form for n variables.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rosenbrock;

impl Model for Rosenbrock {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let (one, hundred) = (T::one(), T::constant(100.0));
        let terms = x.windows(2).map(|w| (one - w[0]).powi(2) + hundred * (w[1] - w[0] * w[0]).powi(2));
        terms.reduce(|sum, term| sum + term).unwrap_or(T::zero())
    }
}

impl Family for Rosenbrock {
    type Model = Self;

    fn about(&self) -> About {
        About {
            name: "rosenbrock",
            title: "Rosenbrock's function, a bent valley",
            formula: "f(x) = sum over i < n of (1 - x[i])^2 + 100 (x[i+1] - x[i]^2)^2",
            inputs: "x, n coordinates, n >= 2",
            domain: "all of R^n; least, 0, at (1, ..., 1)",
            source: "Rosenbrock, The Computer Journal 3 (1960) 175-184",
        }
    }

    fn size(&self, n: usize) -> Size {
        let inputs = n.max(2) as f64;
        Size { inputs, outputs: 1.0, operations: 8.0 * (inputs - 1.0) }
    }

    fn member(&self, n: usize) -> (Self, Vec<f64>) {
        (Self, spread(0, n.max(2), -1.5, 1.5))
    }

    /// ∂f/∂xᵢ = -2·(1 - xᵢ) - 400·xᵢ·(xᵢ₊₁ - xᵢ²), and for i > 1 besides 200·(xᵢ - xᵢ₋₁²).
    fn known(_: &Self, x: &[f64]) -> Option<DMatrix<f64>> {
        let mut gradient = DMatrix::zeros(1, x.len());
        for i in 1..x.len() {
            let (here, next) = (x[i - 1], x[i]);
            let bend = next - here * here;
            gradient[i - 1] += -2.0 * (1.0 - here) - 400.0 * here * bend;
            gradient[i] += 200.0 * bend;
        }
        Some(gradient)
    }
}
