//! The determinant of a matrix, by Gaussian elimination.

use super::points::spread;
use crate::compare::family::{About, Family, Size};
use crate::model::{Model, One};
use crate::number::Scalar;
use nalgebra::DMatrix;

/// f(A) = det A of a k×k matrix given row by row, n = k², by elimination with partial pivoting.
///
/// Smooth on all of ℝⁿ, and so is what elimination gives: value and derivative are right for singular matrices too,
/// because columns are exchanged where all that is left of one is 0. Source: Golub and Van Loan, Matrix Computations,
/// section 3.4.
#[derive(Clone, Copy, Debug)]
pub(super) struct Determinant;

impl Model for Determinant {
    type Outputs = One;
    /// # Panics
    ///
    /// If the number of inputs is no square.
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let k = x.len().isqrt();
        assert_eq!(k * k, x.len(), "expected the entries of a square matrix");
        let mut rows: Vec<Vec<T>> = x.chunks(k.max(1)).map(<[T]>::to_vec).collect();
        let mut determinant = T::one();
        for column in 0..k {
            let mut best = column;
            for row in column + 1..k {
                if rows[row][column].abs() > rows[best][column].abs() {
                    best = row;
                }
            }
            if rows[best][column] == T::zero() && column + 1 < k {
                // Rank k - 1 leaves one zero pivot, which may come last. With less, all minors of order k - 1 are 0.
                let rest = (column..k).flat_map(|row| (column + 1..k).map(move |at| (row, at)));
                let Some((row, at)) = rest.into_iter().find(|&(row, at)| rows[row][at] != T::zero()) else {
                    return T::zero();
                };
                best = row;
                rows.iter_mut().for_each(|row| row.swap(column, at));
                determinant = -determinant;
            }
            if best != column {
                rows.swap(best, column);
                determinant = -determinant;
            }
            let (above, below) = rows.split_at_mut(column + 1);
            let pivot = &above[column];
            determinant *= pivot[column];
            if column + 1 == k {
                break;
            }
            let inverse = pivot[column].recip();
            for row in below {
                let factor = row[column] * inverse;
                for (entry, &pivot) in row[column + 1..].iter_mut().zip(&pivot[column + 1..]) {
                    *entry -= factor * pivot;
                }
            }
        }
        determinant
    }
}

/// The order of the smallest square matrix with at least n entries, from 2 on.
fn order(n: usize) -> f64 {
    (n as f64).sqrt().ceil().max(2.0)
}

impl Family for Determinant {
    type Model = Self;

    fn about(&self) -> About {
        About {
            name: "determinant",
            title: "Determinant of a matrix by Gaussian elimination",
            formula: "f(A) = det A",
            inputs: "the n = k^2 entries of a k x k matrix, row by row",
            domain: "all of R^n",
            source: "Golub, Van Loan, Matrix Computations, section 3.4",
        }
    }

    fn size(&self, n: usize) -> Size {
        let k = order(n);
        let operations = 2.0 * k * (k * k - 1.0) / 3.0 + 2.0 * k * k;
        Size { inputs: k * k, outputs: 1.0, operations }
    }

    /// Diagonally dominant matrices of determinant near 1.
    fn member(&self, n: usize) -> (Self, Vec<f64>) {
        let k = order(n) as usize;
        let width = 0.5 / k as f64;
        let mut entries = spread(0, k * k, -width, width);
        entries.iter_mut().step_by(k + 1).for_each(|entry| *entry += 1.0);
        (Self, entries)
    }

    /// det A·A⁻ᵀ (Jacobi's formula).
    fn known(_: &Self, x: &[f64]) -> Option<DMatrix<f64>> {
        let k = x.len().isqrt();
        let matrix = DMatrix::from_row_slice(k, k, x);
        let inverse = matrix.clone().try_inverse()?;
        // Column-major storage of the inverse is the transpose, row by row.
        Some(DMatrix::from_row_slice(1, k * k, (inverse * matrix.determinant()).as_slice()))
    }
}
