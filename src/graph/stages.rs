//! Compositions of vector-valued functions: the Jacobian of each stage, and what their product costs in either order.

use crate::error::Error;
use crate::number::Scalar;
use crate::reverse::{self, Var};
use nalgebra::DMatrix;
use std::fmt;

/// A function ℝᵖ → ℝᵠ that is one stage of a composition.
pub type Stage<'a, T> = &'a dyn Fn(&[Var<T>]) -> Vec<Var<T>>;

/// The stages of a composition at a point, with their Jacobians in the numerator layout: entry (i, j) = ∂fᵢ/∂xⱼ.
///
/// By the chain rule the Jacobian of the composition is the product of those of the stages, the last stage leftmost. Forward
/// mode multiplies from the inputs on, Jₖ·(…·(J₂·J₁)), reverse mode from the outputs back, ((Jₖ·Jₖ₋₁)·…)·J₁. The result is
/// the same, the number of multiplications is not. In the denominator layout every matrix is transposed and the product is
/// written the other way round.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stages<T: Scalar = f64> {
    /// What goes into the first stage, and what comes out of each.
    pub values: Vec<Vec<T>>,
    /// The Jacobian of each stage.
    pub jacobians: Vec<DMatrix<T>>,
}

impl<T: Scalar> Stages<T> {
    /// Runs the stages one after the other from `x` on, and differentiates each by itself.
    ///
    /// # Errors
    ///
    /// None: each stage runs once.
    ///
    /// # Panics
    ///
    /// As the stages do.
    pub fn of(x: &[T], stages: &[Stage<'_, T>]) -> Result<Self, Error> {
        let (mut values, mut jacobians) = (vec![x.to_vec()], Vec::with_capacity(stages.len()));
        for stage in stages {
            let (value, jacobian) = reverse::jacobian(stage, &values[values.len() - 1])?;
            values.push(value);
            jacobians.push(jacobian);
        }
        Ok(Self { values, jacobians })
    }

    /// The Jacobian of the whole composition: m×n; the identity if there are no stages.
    #[must_use]
    pub fn product(&self) -> DMatrix<T> {
        let n = self.values[0].len();
        let identity = DMatrix::from_fn(n, n, |i, j| if i == j { T::one() } else { T::zero() });
        self.jacobians.iter().fold(identity, |product, jacobian| times(jacobian, &product))
    }

    /// How many multiplications the product takes from the inputs on, as forward mode does it.
    #[must_use]
    pub fn forward_multiplications(&self) -> usize {
        let n = self.values[0].len();
        self.jacobians.iter().skip(1).map(|jacobian| jacobian.nrows() * jacobian.ncols() * n).sum()
    }

    /// How many multiplications the product takes from the outputs back, as reverse mode does it.
    #[must_use]
    pub fn reverse_multiplications(&self) -> usize {
        let m = self.values[self.values.len() - 1].len();
        self.jacobians.iter().rev().skip(1).map(|jacobian| m * jacobian.nrows() * jacobian.ncols()).sum()
    }
}

fn times<T: Scalar>(a: &DMatrix<T>, b: &DMatrix<T>) -> DMatrix<T> {
    let entry = |i: usize, j: usize| (0..a.ncols()).fold(T::zero(), |sum, k| sum + a[(i, k)] * b[(k, j)]);
    DMatrix::from_fn(a.nrows(), b.ncols(), entry)
}

/// The shape of each stage, and the cost of both orders.
impl<T: Scalar> fmt::Display for Stages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, jacobian) in self.jacobians.iter().enumerate() {
            let (rows, columns) = jacobian.shape();
            writeln!(
                f,
                "stage {}: R^{columns} -> R^{rows}, Jacobian {rows}×{columns} (numerator layout), {columns}×{rows} \
                 (denominator layout)",
                at + 1
            )?;
        }
        writeln!(
            f,
            "product from the inputs on (forward): {} multiplications; from the outputs back (reverse): {}",
            self.forward_multiplications(),
            self.reverse_multiplications()
        )
    }
}
