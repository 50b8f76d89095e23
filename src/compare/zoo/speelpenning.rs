//! Speelpenning's product: a gradient whose n entries, each written out, cost n times the function.

use super::points::spread;
use crate::compare::family::{About, Family, Size};
use crate::model::{Model, One};
use crate::number::Scalar;
use nalgebra::DMatrix;

/// f(x) = x₁·x₂·…·xₙ on ℝⁿ, n ≥ 1, in a plain loop.
///
/// Each ∂f/∂xᵢ is a product of n - 1 factors; all of them written out cost n·(n - 2) multiplications, where the function
/// costs n - 1, and reverse mode finds them in 2 more for each. Source: Speelpenning, Compiling fast partial derivatives
/// of functions given by algorithms, dissertation, University of Illinois 1980.
#[derive(Clone, Copy, Debug)]
pub(super) struct Speelpenning;

impl Model for Speelpenning {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        x.iter().copied().reduce(|product, x| product * x).unwrap_or(T::one())
    }
}

impl Family for Speelpenning {
    type Model = Self;

    fn about(&self) -> About {
        About {
            name: "speelpenning",
            title: "Speelpenning's product, the classic of the cheap gradient",
            formula: "f(x) = x[1] x[2] ... x[n]",
            inputs: "x, n factors, n >= 2",
            domain: "all of R^n",
            source: "Speelpenning, dissertation, University of Illinois 1980",
        }
    }

    fn size(&self, n: usize) -> Size {
        let inputs = n.max(2) as f64;
        Size { inputs, outputs: 1.0, operations: inputs - 1.0 }
    }

    /// The factors are 1 up to 1/n, so that the product of any number of them stays near 1.
    fn member(&self, n: usize) -> (Self, Vec<f64>) {
        let n = n.max(2);
        let width = 1.0 / n as f64;
        (Self, spread(0, n, 1.0 - width, 1.0 + width))
    }

    /// The product of all factors before xᵢ times that of all factors behind it.
    fn known(_: &Self, x: &[f64]) -> Option<DMatrix<f64>> {
        let mut gradient = DMatrix::from_element(1, x.len(), 1.0);
        let mut before = 1.0;
        for (i, x) in x.iter().enumerate() {
            gradient[i] = before;
            before *= x;
        }
        let mut behind = 1.0;
        for (i, x) in x.iter().enumerate().rev() {
            gradient[i] *= behind;
            behind *= x;
        }
        Some(gradient)
    }
}
