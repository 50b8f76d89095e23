//! ADBench's Gaussian mixture model: a log-likelihood with full covariances and a Wishart prior.

use super::log_sum_exp::softmax;
use super::points::spread;
use crate::compare::family::{About, Family, Size};
use crate::model::{Model, One};
use crate::number::Scalar;
use nalgebra::DMatrix;
use std::f64::consts::{LN_2, PI};

/// log p of N points in d dimensions under k normal distributions with weights softmax(α), means μ and inverse covariance
/// factors Q (lower triangular, exp(q) on the diagonal), plus the Wishart prior with γ = 1 and m = 0.
///
/// As in ADBench, ½·γ²·‖Q‖² is added, where the logarithm of a Wishart density over QᵀQ would subtract it; and unlike in
/// the paper the terms that no parameter enters are kept, as in `gmm.h`.
///
/// The inputs: k weights α, k·d means, and for each component d numbers q followed by what is below the diagonal, column
/// by column; n = k·(1 + d + d(d+1)/2). Smooth on all of ℝⁿ. Source: Šrajer, Kukelova, Fitzgibbon, A benchmark of selected
/// algorithmic differentiation tools, arXiv:1807.10129, equation (6).
#[derive(Clone, Debug)]
pub(super) struct MixtureLikelihood {
    d: usize,
    k: usize,
    /// N rows of d numbers.
    points: Vec<Vec<f64>>,
    /// The sum of all terms that do not depend on the parameters.
    constant: f64,
}

/// γ of the Wishart prior; its excess degrees of freedom are 0.
const GAMMA: f64 = 1.0;

impl MixtureLikelihood {
    /// The model of `k` components for points in `d` dimensions.
    ///
    /// # Panics
    ///
    /// If a point has another number of coordinates than `d`, or `d` or `k` is 0.
    #[must_use]
    pub(super) fn new(d: usize, k: usize, points: Vec<Vec<f64>>) -> Self {
        assert!(d > 0 && k > 0, "expected dimensions and components, found {d} and {k}");
        assert!(points.iter().all(|point| point.len() == d), "expected points of {d} coordinates");
        let dimensions = d as f64;
        let freedom = dimensions + 1.0;
        let ln_gamma_d: f64 = (0..d).map(|j| Scalar::ln_gamma(0.5 * (freedom - j as f64))).sum::<f64>()
            + 0.25 * dimensions * (dimensions - 1.0) * PI.ln();
        let prior = freedom * dimensions * (GAMMA.ln() - 0.5 * LN_2) - ln_gamma_d;
        let constant = -0.5 * (points.len() * d) as f64 * (2.0 * PI).ln() - k as f64 * prior;
        Self { d, k, points, constant }
    }

    /// How many numbers a factor has.
    fn factor_len(&self) -> usize {
        self.d * (self.d + 1) / 2
    }

    /// The parameters apart: weights, means, inverse covariance factors.
    fn split<'x, T>(&self, x: &'x [T]) -> (&'x [T], &'x [T], &'x [T]) {
        let (weights, rest) = x.split_at(self.k);
        let (means, factors) = rest.split_at(self.k * self.d);
        (weights, means, factors)
    }

    /// Where in a factor the entry in row i and column j < i stands: columns before it have d - 1, d - 2, … entries.
    fn below(&self, i: usize, j: usize) -> usize {
        self.d + j * (2 * self.d - j - 1) / 2 + i - j - 1
    }

    /// A factor's lower triangle with its diagonal, row by row.
    fn rows<T: Scalar>(&self, factor: &[T]) -> Vec<T> {
        let row = |i: usize| (0..i).map(move |j| factor[self.below(i, j)]).chain([factor[i].exp()]);
        (0..self.d).flat_map(row).collect()
    }
}

impl Model for MixtureLikelihood {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let d = self.d;
        let (weights, means, factors) = self.split(x);
        let factors = || factors.chunks(self.factor_len());
        // The lower triangles row by row, so that a row times a vector is one `dot`.
        let rows: Vec<Vec<T>> = factors().map(|factor| self.rows(factor)).collect();
        let offsets: Vec<T> =
            weights.iter().zip(factors()).map(|(&w, factor)| w + <T as Scalar>::sum(&factor[..d])).collect();
        let log_likelihood = |point: &Vec<f64>| {
            let components = means.chunks(d).zip(&rows).zip(&offsets);
            let terms: Vec<T> = components
                .map(|((mean, rows), &offset)| {
                    let centred: Vec<T> = point.iter().zip(mean).map(|(&x, &m)| T::constant(x) - m).collect();
                    let whitened: Vec<T> =
                        (0..d).map(|i| T::dot(&rows[i * (i + 1) / 2..][..=i], &centred[..=i])).collect();
                    offset - T::constant(0.5) * T::dot(&whitened, &whitened)
                })
                .collect();
            T::log_sum_exp(&terms)
        };
        let points: Vec<T> = self.points.iter().map(log_likelihood).collect();
        let squares: Vec<T> = rows.iter().map(|rows| T::dot(rows, rows)).collect();
        let prior = T::constant(0.5 * GAMMA * GAMMA) * <T as Scalar>::sum(&squares);
        let mixed = T::constant(self.points.len() as f64) * T::log_sum_exp(weights);
        T::constant(self.constant) + <T as Scalar>::sum(&points) - mixed + prior
    }
}

/// Mixtures of any size, of ten points.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gmm;

const POINTS: usize = 10;

/// Dimensions and components: as many of one as of the other, roughly.
fn shape(n: usize) -> (f64, f64) {
    let n = n.max(1) as f64;
    let d = n.cbrt().floor().max(2.0);
    (d, (n / (1.0 + d + d * (d + 1.0) / 2.0)).ceil())
}

impl Family for Gmm {
    type Model = MixtureLikelihood;

    fn about(&self) -> About {
        About {
            name: "gmm",
            title: "Gaussian mixture model of ten points, as in ADBench",
            formula: "f(a, m, Q) = sum over points of ln sum over k of exp(a[k] + tr q[k] - |Q[k] (x - m[k])|^2/2) - N ln sum exp a + ln of the Wishart prior",
            inputs: "weights a, means m and inverse covariance factors Q of k components in d dimensions: n = k (1 + d + d (d + 1)/2)",
            domain: "all of R^n",
            source: "Srajer, Kukelova, Fitzgibbon, arXiv:1807.10129, equation (6)",
        }
    }

    fn size(&self, n: usize) -> Size {
        let (d, k) = shape(n);
        let inputs = k * (1.0 + d + d * (d + 1.0) / 2.0);
        Size { inputs, outputs: 1.0, operations: POINTS as f64 * k * (d * (d + 1.0) + 3.0 * d + 5.0) + 3.0 * inputs }
    }

    fn member(&self, n: usize) -> (MixtureLikelihood, Vec<f64>) {
        let (d, k) = shape(n);
        let (d, k) = (d as usize, k as usize);
        let points = spread(7, POINTS * d, -2.0, 2.0).chunks(d).map(<[f64]>::to_vec).collect();
        let x = [spread(0, k, -1.0, 1.0), spread(k, k * d, -1.0, 1.0), spread(3, k * d * (d + 1) / 2, -0.5, 0.5)];
        (MixtureLikelihood::new(d, k, points), x.concat())
    }

    /// With responsibilities r, c = x - μ and w = Q·c, summed over the points: α gets r - softmax(α), μ gets r·Qᵀw, q gets
    /// r·(1 - wᵢ·exp(qᵢ)·cᵢ) and an entry (i, j) below the diagonal -r·wᵢ·cⱼ; the prior adds γ² times each entry of Q.
    fn known(model: &MixtureLikelihood, x: &[f64]) -> Option<DMatrix<f64>> {
        let (d, k, len) = (model.d, model.k, model.factor_len());
        let (weights, means, factors) = model.split(x);
        let matrix = |component: usize| {
            let factor = &factors[component * len..][..len];
            DMatrix::from_fn(d, d, |i, j| match i.cmp(&j) {
                std::cmp::Ordering::Less => 0.0,
                std::cmp::Ordering::Equal => factor[i].exp(),
                std::cmp::Ordering::Greater => factor[model.below(i, j)],
            })
        };
        let mut gradient = vec![0.0; x.len()];
        let share = softmax(weights);
        for point in &model.points {
            let parts: Vec<_> = (0..k)
                .map(|component| {
                    let c = DMatrix::from_fn(d, 1, |i, _| point[i] - means[component * d + i]);
                    let q = matrix(component);
                    let w = &q * &c;
                    let trace: f64 = factors[component * len..][..d].iter().sum();
                    (weights[component] + trace - 0.5 * w.norm_squared(), c, q, w)
                })
                .collect();
            let responsible = softmax(&parts.iter().map(|part| part.0).collect::<Vec<_>>());
            for (component, (_, c, q, w)) in parts.iter().enumerate() {
                let r = responsible[component];
                gradient[component] += r - share[component];
                let toward_mean = q.transpose() * w;
                let factor = k + k * d + component * len;
                for i in 0..d {
                    gradient[k + component * d + i] += r * toward_mean[i];
                    gradient[factor + i] += r * (1.0 - w[i] * q[(i, i)] * c[i]);
                    for j in 0..i {
                        gradient[factor + model.below(i, j)] -= r * w[i] * c[j];
                    }
                }
            }
        }
        for component in 0..k {
            let factor = k + k * d + component * len;
            for (i, &entry) in factors[component * len..][..len].iter().enumerate() {
                let q = if i < d { (2.0 * entry).exp() } else { entry };
                gradient[factor + i] += GAMMA * GAMMA * q;
            }
        }
        Some(DMatrix::from_row_slice(1, x.len(), &gradient))
    }
}
