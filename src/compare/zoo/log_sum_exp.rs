//! ln Σ exp: a smooth maximum, and what a softmax is the gradient of.

use super::points::spread;
use crate::compare::family::{About, Family, Size};
use crate::model::{Model, One};
use crate::number::Scalar;
use nalgebra::DMatrix;

/// f(x) = ln Σᵢ exp(xᵢ) on ℝⁿ, n ≥ 1, shifted by the largest xᵢ so that nothing overflows.
///
/// Source: Boyd and Vandenberghe, Convex Optimization, section 3.1.5.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogSumExp;

impl Model for LogSumExp {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        T::log_sum_exp(x)
    }
}

impl Family for LogSumExp {
    type Model = Self;

    fn about(&self) -> About {
        About {
            name: "log-sum-exp",
            title: "Logarithm of a sum of exponentials, a smooth maximum",
            formula: "f(x) = ln sum exp(x[i])",
            inputs: "x, n numbers",
            domain: "all of R^n",
            source: "Boyd, Vandenberghe, Convex Optimization, section 3.1.5",
        }
    }

    fn size(&self, n: usize) -> Size {
        let inputs = n.max(1) as f64;
        Size { inputs, outputs: 1.0, operations: 3.0 * inputs + 2.0 }
    }

    fn member(&self, n: usize) -> (Self, Vec<f64>) {
        (Self, spread(0, n.max(1), -3.0, 3.0))
    }

    /// The softmax: ∂f/∂xᵢ = exp(xᵢ)/Σ exp.
    fn known(_: &Self, x: &[f64]) -> Option<DMatrix<f64>> {
        Some(DMatrix::from_row_slice(1, x.len(), &softmax(x)))
    }
}

/// exp(xᵢ)/Σ exp, shifted by the largest.
pub(super) fn softmax(x: &[f64]) -> Vec<f64> {
    let largest = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let terms: Vec<f64> = x.iter().map(|x| (x - largest).exp()).collect();
    let total: f64 = terms.iter().sum();
    terms.into_iter().map(|term| term / total).collect()
}
