//! Helmholtz energy of a mixed fluid: Griewank's classic example of a gradient.

use super::points::spread;
use crate::compare::family::{About, Family, Size};
use crate::model::{Model, One};
use crate::number::Scalar;
use nalgebra::{DMatrix, DVector};
use std::f64::consts::SQRT_2;

/// f(x) = R·T Σᵢ xᵢ ln(xᵢ/(1 - bᵀx)) - xᵀAx/(√8 bᵀx)·ln((1 + (1+√2)·bᵀx)/(1 + (1-√2)·bᵀx)), R·T = 1.
///
/// x > 0 are the amounts of n substances in a unit of volume, b > 0 their volumes with bᵀx < 1, A their attraction.
/// Source: Griewank, On automatic differentiation, in: Iri and Tanabe, Mathematical Programming: Recent Developments
/// and Applications, 1989.
#[derive(Clone, Debug)]
pub(super) struct HelmholtzEnergy {
    /// A, symmetric, row by row.
    attraction: Vec<Vec<f64>>,
    /// b.
    volumes: Vec<f64>,
}

impl Model for HelmholtzEnergy {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let one = T::one();
        let filled = T::linear_combination(&self.volumes, x);
        let free = (one - filled).ln();
        let entropy: Vec<T> = x.iter().map(|&x| x * (x.ln() - free)).collect();
        let attraction: Vec<T> = self.attraction.iter().map(|row| T::linear_combination(row, x)).collect();
        let attraction = T::dot(x, &attraction);
        let above = (one + filled * T::constant(1.0 + SQRT_2)).ln();
        let below = (one + filled * T::constant(1.0 - SQRT_2)).ln();
        <T as Scalar>::sum(&entropy) - attraction * (above - below) / (filled * T::constant(8.0_f64.sqrt()))
    }
}

/// The Helmholtz energy of any number of substances.
#[derive(Clone, Copy, Debug)]
pub(super) struct Helmholtz;

impl Family for Helmholtz {
    type Model = HelmholtzEnergy;

    fn about(&self) -> About {
        About {
            name: "helmholtz",
            title: "Helmholtz energy of a mixed fluid, Griewank's classic",
            formula: "f(x) = sum x[i] ln(x[i]/(1 - b.x)) - x.Ax/(sqrt(8) b.x) ln((1 + (1 + sqrt 2) b.x)/(1 + (1 - sqrt 2) b.x))",
            inputs: "x, the amounts of n substances",
            domain: "x > 0, b.x < 1",
            source: "Griewank, On automatic differentiation, in: Iri, Tanabe, Mathematical Programming (1989) 83-108",
        }
    }

    fn size(&self, n: usize) -> Size {
        let n = n.max(1) as f64;
        Size { inputs: n, outputs: 1.0, operations: 2.0 * n * n + 8.0 * n + 14.0 }
    }

    fn member(&self, n: usize) -> (HelmholtzEnergy, Vec<f64>) {
        let n = n.max(1);
        let scale = 1.0 / n as f64;
        let volumes = spread(0, n, 0.2 * scale, 0.8 * scale);
        let entry = |i: usize, j: usize| 1.0 / (1.0 + i.abs_diff(j) as f64);
        let attraction = (0..n).map(|i| (0..n).map(|j| entry(i, j)).collect()).collect();
        (HelmholtzEnergy { attraction, volumes }, spread(n, n, 0.5, 1.5))
    }

    /// With β = bᵀx, a = xᵀAx, g(β) = ln((1 + (1+√2)β)/(1 + (1-√2)β))/(√8 β):
    /// ∂f/∂xᵢ = ln xᵢ - ln(1-β) + 1 + bᵢ·Σx/(1-β) - 2·(Ax)ᵢ·g - a·g'·bᵢ.
    fn known(model: &HelmholtzEnergy, x: &[f64]) -> Option<DMatrix<f64>> {
        let n = x.len();
        let x = DVector::from_row_slice(x);
        let b = DVector::from_row_slice(&model.volumes);
        let a = DMatrix::from_fn(n, n, |i, j| model.attraction[i][j]);
        let (beta, ax) = (b.dot(&x), &a * &x);
        let (above, below) = (1.0 + (1.0 + SQRT_2) * beta, 1.0 + (1.0 - SQRT_2) * beta);
        let g = (above / below).ln() / (8.0_f64.sqrt() * beta);
        // d ln(above/below)/dβ = √8/(above·below).
        let derivative = 1.0 / (above * below * beta) - g / beta;
        let entry = |i: usize| {
            let entropy = (x[i] / (1.0 - beta)).ln() + 1.0 + b[i] * x.sum() / (1.0 - beta);
            entropy - 2.0 * ax[i] * g - x.dot(&ax) * derivative * b[i]
        };
        Some(DMatrix::from_fn(1, n, |_, i| entry(i)))
    }
}
