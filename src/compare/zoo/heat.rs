//! The heat equation, one step in time: as many outputs as inputs, and a Jacobian of three diagonals.

use super::points::spread;
use crate::compare::family::{About, Family, Size};
use crate::model::{Many, Model};
use crate::number::Scalar;
use nalgebra::DMatrix;

/// The semi-discrete heat equation on a rod with ends at 0 and a conductivity that depends on the temperature:
/// dxᵢ/dt = (n+1)²·(κ(xᵢ₊½)·(xᵢ₊₁ - xᵢ) - κ(xᵢ₋½)·(xᵢ - xᵢ₋₁)), κ(u) = 1 + u², xᵢ₊½ the mean of the neighbours.
///
/// ℝⁿ → ℝⁿ, n ≥ 1, smooth everywhere; x₀ = xₙ₊₁ = 0. Source: Schiesser, The Numerical Method of Lines (1991).
#[derive(Clone, Copy, Debug)]
pub(super) struct Heat;

impl Model for Heat {
    type Outputs = Many;
    fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T> {
        let square = |n: f64| T::constant(n * n);
        let (scale, half, zero) = (square(x.len() as f64 + 1.0), T::constant(0.5), T::zero());
        let padded: Vec<T> = [&[zero], x, &[zero]].concat();
        let flux = |w: &[T]| {
            let mean = half * (w[0] + w[1]);
            (T::one() + mean * mean) * (w[1] - w[0])
        };
        let fluxes: Vec<T> = padded.windows(2).map(flux).collect();
        fluxes.windows(2).map(|f| scale * (f[1] - f[0])).collect()
    }
}

impl Family for Heat {
    type Model = Self;

    fn about(&self) -> About {
        About {
            name: "heat",
            title: "Heat equation with varying conductivity: many outputs",
            formula: "dx[i]/dt = (n+1)^2 (k(x[i+1/2]) (x[i+1] - x[i]) - k(x[i-1/2]) (x[i] - x[i-1])), k(u) = 1 + u^2",
            inputs: "x, the temperatures at n points of the rod",
            domain: "all of R^n",
            source: "Schiesser, The Numerical Method of Lines (1991)",
        }
    }

    fn size(&self, n: usize) -> Size {
        let n = n.max(1) as f64;
        Size { inputs: n, outputs: n, operations: 8.0 * n }
    }

    fn member(&self, n: usize) -> (Self, Vec<f64>) {
        (Self, spread(0, n.max(1), 0.0, 1.0))
    }

    /// ∂f/∂u of a flux (1 + μ²)·(v - u), μ = (u + v)/2, is μ·(v - u) - (1 + μ²), and ∂f/∂v is μ·(v - u) + (1 + μ²).
    fn known(_: &Self, x: &[f64]) -> Option<DMatrix<f64>> {
        let n = x.len();
        let scale = (n as f64 + 1.0).powi(2);
        let at = |i: usize| if i == 0 || i > n { 0.0 } else { x[i - 1] };
        // The derivatives of the flux between points i and i + 1 in its two temperatures.
        let derivatives = |i: usize| {
            let (u, v) = (at(i), at(i + 1));
            let mean = 0.5 * (u + v);
            (mean * (v - u) - (1.0 + mean * mean), mean * (v - u) + (1.0 + mean * mean))
        };
        let mut matrix = DMatrix::zeros(n, n);
        for i in 1..=n {
            let ((left, here_of_left), (here_of_right, right)) = (derivatives(i - 1), derivatives(i));
            matrix[(i - 1, i - 1)] = scale * (here_of_right - here_of_left);
            if i > 1 {
                matrix[(i - 1, i - 2)] = -scale * left;
            }
            if i < n {
                matrix[(i - 1, i)] = scale * right;
            }
        }
        Some(matrix)
    }
}
