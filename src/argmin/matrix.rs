//! The matrix that argmin's solvers take beside vectors that are `Vec<f64>`.

use argmin::core::Error;
use argmin_math::{ArgminAdd, ArgminDot, ArgminEye, ArgminInv, ArgminMul, ArgminSub, ArgminTranspose};
use nalgebra::{DMatrix, DVectorView};
use std::fmt;
use std::ops::{Deref, DerefMut};

/// A matrix that does what argmin's solvers ask of Hessians, of their inverses and of Jacobians, with `Vec<f64>` as the
/// vectors.
///
/// argmin's own matrices do not go with `Vec<f64>`, cannot be inverted or are of another version of `nalgebra`.
///
/// Quasi-Newton methods start from an approximation of the inverse Hessian: [`Matrix::identity`], or the inverse itself.
///
/// ```
/// use argmin::core::{Executor, State};
/// use argmin::solver::linesearch::MoreThuenteLineSearch;
/// use argmin::solver::quasinewton::BFGS;
/// use dualtape::argmin::{Matrix, Objective};
/// use dualtape::model;
///
/// let rosenbrock = model!(|x| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2));
/// let found = Executor::new(Objective::new(rosenbrock), BFGS::new(MoreThuenteLineSearch::new()))
///     .configure(|state| state.param(vec![-1.2, 1.0]).inv_hessian(Matrix::identity(2)).max_iters(60))
///     .run()?;
/// let best = found.state().get_best_param().unwrap();
/// assert!((best[0] - 1.0).abs() < 1e-6 && (best[1] - 1.0).abs() < 1e-6);
/// # Ok::<(), argmin::core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Matrix(
    /// The entries.
    #[cfg_attr(feature = "serde", serde(with = "crate::number::serialised"))]
    pub DMatrix<f64>,
);

impl Matrix {
    /// The n×n identity.
    #[must_use]
    pub fn identity(n: usize) -> Self {
        Self(DMatrix::identity(n, n))
    }
}

impl From<DMatrix<f64>> for Matrix {
    fn from(entries: DMatrix<f64>) -> Self {
        Self(entries)
    }
}

impl Deref for Matrix {
    type Target = DMatrix<f64>;

    fn deref(&self) -> &DMatrix<f64> {
        &self.0
    }
}

impl DerefMut for Matrix {
    fn deref_mut(&mut self) -> &mut DMatrix<f64> {
        &mut self.0
    }
}

/// A square matrix that has no inverse, as far as rounding allows to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Singular {
    /// The first column that is a linear combination of those before it, the first of all if it is zero.
    pub column: usize,
}

impl fmt::Display for Singular {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = if self.column == 0 { "is zero" } else { "is a combination of those before it, up to rounding" };
        write!(f, "the matrix has no inverse: its column {} {why}", self.column)
    }
}

impl std::error::Error for Singular {}

impl ArgminInv<Matrix> for Matrix {
    /// # Errors
    ///
    /// [`Singular`], also where a pivot is no larger than the rounding errors of the sum that it is what is left of.
    ///
    /// # Panics
    ///
    /// If the matrix is not square.
    fn inv(&self) -> Result<Self, Error> {
        let factors = self.0.clone().lu();
        let (l, u) = (factors.l(), factors.u());
        let rounding = f64::EPSILON * self.0.nrows() as f64;
        for k in 0..self.0.ncols() {
            // What was added up to the pivot; it scales with the pivot where the units of inputs or outputs change.
            let summands: f64 = (0..=k).map(|j| (l[(k, j)] * u[(j, k)]).abs()).sum();
            let is_more = u[(k, k)].abs() > rounding * summands;
            if !is_more {
                return Err(Singular { column: k }.into());
            }
        }
        Ok(Self(factors.try_inverse().expect("no pivot is zero")))
    }
}

impl ArgminEye for Matrix {
    fn eye(n: usize) -> Self {
        Self::identity(n)
    }

    fn eye_like(&self) -> Self {
        Self(DMatrix::identity(self.0.nrows(), self.0.ncols()))
    }
}

impl ArgminTranspose<Matrix> for Matrix {
    fn t(self) -> Self {
        Self(self.0.transpose())
    }
}

impl ArgminAdd<Matrix, Matrix> for Matrix {
    fn add(&self, other: &Matrix) -> Matrix {
        Self(&self.0 + &other.0)
    }
}

impl ArgminSub<Matrix, Matrix> for Matrix {
    fn sub(&self, other: &Matrix) -> Matrix {
        Self(&self.0 - &other.0)
    }
}

impl ArgminMul<f64, Matrix> for Matrix {
    fn mul(&self, factor: &f64) -> Matrix {
        Self(&self.0 * *factor)
    }
}

impl ArgminDot<Matrix, Matrix> for Matrix {
    /// The product of the matrices.
    fn dot(&self, other: &Matrix) -> Matrix {
        Self(&self.0 * &other.0)
    }
}

impl ArgminDot<Vec<f64>, Vec<f64>> for Matrix {
    /// The product with a column.
    fn dot(&self, vector: &Vec<f64>) -> Vec<f64> {
        (&self.0 * DVectorView::from_slice(vector, vector.len())).data.into()
    }
}

impl ArgminDot<Vec<f64>, Matrix> for Vec<f64> {
    /// The product of a column and a row, such as in an update of a quasi-Newton method.
    fn dot(&self, row: &Vec<f64>) -> Matrix {
        Matrix(DMatrix::from_fn(self.len(), row.len(), |i, j| self[i] * row[j]))
    }
}
