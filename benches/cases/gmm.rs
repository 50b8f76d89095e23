//! ADBench's Gaussian mixture model: log-likelihood of the data with full covariances, and a Wishart prior.
//!
//! Šrajer, Kukelova, Fitzgibbon: A benchmark of selected algorithmic differentiation tools on some problems in
//! computer vision and machine learning, arXiv:1807.10129, equation (6); the loops are those of ADBench's `gmm.h`.

use super::{ByFloat, Library, Number, spread};
use dualtape::{Model, One, Scalar};
use num_traits::Float;
use std::f64::consts::{LN_2, PI};

/// γ of the Wishart prior, and its excess degrees of freedom m: ADBench's own.
const WISHART: (f64, f64) = (1.0, 0.0);

/// The data, and the shape of the model.
pub(crate) struct Gmm {
    d: usize,
    k: usize,
    /// The points, one after the other.
    points: Vec<f64>,
    /// The sum of all terms that do not depend on the parameters.
    constant: f64,
}

impl Gmm {
    /// `n` points in `d` dimensions for `k` components.
    pub(crate) fn new(n: usize, d: usize, k: usize) -> Self {
        let (gamma, m) = WISHART;
        let dimensions = d as f64;
        let freedom = dimensions + m + 1.0;
        let ln_gamma_d: f64 = (0..d).map(|j| Scalar::ln_gamma(0.5 * (freedom - j as f64))).sum::<f64>()
            + 0.25 * dimensions * (dimensions - 1.0) * PI.ln();
        let prior = freedom * dimensions * (gamma.ln() - 0.5 * LN_2) - ln_gamma_d;
        let constant = -0.5 * (n * d) as f64 * (2.0 * PI).ln() - k as f64 * prior;
        Self { d, k, points: spread(7, n * d, 2.0), constant }
    }

    /// The parameters: k weights α, k·d means, and for each component d logarithms of the inverse covariance factor's
    /// diagonal followed by what is below it, column by column.
    pub(crate) fn parameters(&self) -> Vec<f64> {
        let (d, k) = (self.d, self.k);
        [spread(8, k, 1.0), spread(9, k * d, 1.0), spread(10, k * d * (d + 1) / 2, 0.5)].concat()
    }

    /// The parameters apart: weights, means, inverse covariance factors.
    fn split<'x, T>(&self, x: &'x [T]) -> (&'x [T], &'x [T], &'x [T]) {
        let (weights, rest) = x.split_at(self.k);
        let (means, factors) = rest.split_at(self.k * self.d);
        (weights, means, factors)
    }

    /// How many numbers a factor has.
    fn factor_len(&self) -> usize {
        self.d * (self.d + 1) / 2
    }

    fn n(&self) -> f64 {
        (self.points.len() / self.d) as f64
    }

    /// The objective, in plain loops.
    #[inline]
    pub(crate) fn plain<T: Float>(&self, x: &[T]) -> T {
        self.plain_by::<ByFloat, T>(x)
    }

    /// The objective in plain loops, in the spelling of any library.
    #[inline(always)]
    pub(crate) fn plain_by<L: Library<T>, T: Number>(&self, x: &[T]) -> T {
        let d = self.d;
        let half = L::constant(0.5);
        let (weights, means, factors) = self.split(x);
        let factors = || factors.chunks_exact(self.factor_len());
        let traces: Vec<T> = factors().map(|q| q[..d].iter().fold(T::zero(), |sum, &x| sum + x)).collect();
        let diagonals: Vec<T> = factors().flat_map(|q| &q[..d]).map(|&x| L::exp(x)).collect();

        let mut likelihood = T::zero();
        let mut point = vec![T::zero(); d];
        let mut centred = vec![T::zero(); d];
        let mut whitened = vec![T::zero(); d];
        let mut terms = vec![T::zero(); self.k];
        for data in self.points.chunks_exact(d) {
            for (x, &data) in point.iter_mut().zip(data) {
                *x = L::constant(data);
            }
            let components = means.chunks_exact(d).zip(diagonals.chunks_exact(d)).zip(factors());
            for (j, ((mean, diagonal), factor)) in components.enumerate() {
                for ((c, &x), &m) in centred.iter_mut().zip(&point).zip(mean) {
                    *c = x - m;
                }
                for ((w, &q), &c) in whitened.iter_mut().zip(diagonal).zip(&centred) {
                    *w = q * c;
                }
                let mut below = factor[d..].iter();
                for (column, &c) in centred.iter().enumerate() {
                    for (w, &q) in whitened[column + 1..].iter_mut().zip(&mut below) {
                        *w = *w + q * c;
                    }
                }
                terms[j] = weights[j] + traces[j] - half * square_norm(&whitened);
            }
            likelihood = likelihood + log_sum_exp::<L, T>(&terms);
        }

        let (gamma, m) = WISHART;
        let (scale, m) = (L::constant(0.5 * gamma * gamma), L::constant(m));
        let mut prior = T::zero();
        for ((diagonal, factor), &trace) in diagonals.chunks_exact(d).zip(factors()).zip(&traces) {
            prior = prior + scale * (square_norm(diagonal) + square_norm(&factor[d..])) - m * trace;
        }
        L::constant(self.constant) + likelihood - L::constant(self.n()) * log_sum_exp::<L, T>(weights) + prior
    }

    /// The objective, with `dot`, `sum` and `log_sum_exp`.
    #[inline]
    pub(crate) fn with_dot<T: Scalar>(&self, x: &[T]) -> T {
        let d = self.d;
        let (weights, means, factors) = self.split(x);
        let traces: Vec<T> = factors.chunks_exact(self.factor_len()).map(|q| <T as Scalar>::sum(&q[..d])).collect();
        let offsets: Vec<T> = weights.iter().zip(&traces).map(|(&w, &t)| w + t).collect();
        // The lower triangles row by row, so that a row times a vector is one `dot`.
        let rows: Vec<T> = factors.chunks_exact(self.factor_len()).flat_map(|q| self.rows(q)).collect();

        let mut centred = vec![T::zero(); d];
        let mut squares = vec![T::zero(); d];
        let mut terms = vec![T::zero(); self.k];
        let mut points = Vec::with_capacity(self.points.len() / d);
        for data in self.points.chunks_exact(d) {
            let components = means.chunks_exact(d).zip(rows.chunks_exact(self.factor_len())).zip(&offsets);
            for (term, ((mean, rows), &offset)) in terms.iter_mut().zip(components) {
                for ((c, &x), &m) in centred.iter_mut().zip(data).zip(mean) {
                    *c = T::constant(x) - m;
                }
                let mut rest = rows;
                for (i, square) in squares.iter_mut().enumerate() {
                    let (row, later) = rest.split_at(i + 1);
                    rest = later;
                    let whitened = T::dot(row, &centred[..=i]);
                    *square = whitened * whitened;
                }
                *term = offset - T::constant(0.5) * <T as Scalar>::sum(&squares);
            }
            points.push(T::log_sum_exp(&terms));
        }

        let (gamma, m) = WISHART;
        let squares: Vec<T> = rows.iter().map(|&q| q * q).collect();
        let prior = T::constant(0.5 * gamma * gamma) * <T as Scalar>::sum(&squares)
            - T::constant(m) * <T as Scalar>::sum(&traces);
        let likelihood = <T as Scalar>::sum(&points) - T::constant(self.n()) * T::log_sum_exp(weights);
        T::constant(self.constant) + likelihood + prior
    }

    /// A factor's lower triangle with its diagonal, row by row.
    fn rows<T: Scalar>(&self, factor: &[T]) -> Vec<T> {
        let d = self.d;
        // Column j below the diagonal starts after the columns before it, of d - 1, d - 2, … entries.
        let below = |i: usize, j: usize| factor[d + j * (2 * d - j - 1) / 2 + i - j - 1];
        (0..d).flat_map(|i| (0..i).map(move |j| below(i, j)).chain([factor[i].exp()])).collect()
    }
}

#[inline(always)]
fn square_norm<T: Number>(x: &[T]) -> T {
    x.iter().fold(T::zero(), |sum, &x| sum + x * x)
}

#[inline(always)]
fn log_sum_exp<L: Library<T>, T: Number>(x: &[T]) -> T {
    let largest = x.iter().fold(x[0], |largest, &x| if x > largest { x } else { largest });
    let sum = x.iter().fold(T::zero(), |sum, &x| sum + L::exp(x - largest));
    L::ln(sum) + largest
}

/// The plain loops.
impl Model for Gmm {
    type Outputs = One;

    fn eval<T: Scalar>(&self, parameters: &[T]) -> T {
        self.plain(parameters)
    }
}
