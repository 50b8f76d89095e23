//! The cost of k centroids, the sum of the squared distances of points to the nearest: GradBench's `kmeans`, which asks for
//! the gradient and the Hessian's diagonal, Newton's step.
//!
//! Source: github.com/gradbench/gradbench.

use super::spread;
use dualtape::Scalar;

/// The points, one after the other, in `d` dimensions.
pub(crate) struct KMeans {
    d: usize,
    points: Vec<f64>,
}

impl KMeans {
    /// `n` points in the unit cube.
    pub(crate) fn new(n: usize, d: usize) -> Self {
        Self { d, points: unit(23, n * d) }
    }

    /// `k` centroids in the unit cube, one after the other.
    pub(crate) fn centroids(&self, k: usize) -> Vec<f64> {
        unit(24, k * self.d)
    }

    /// The cost.
    #[inline]
    pub(crate) fn cost<T: Scalar>(&self, centroids: &[T]) -> T {
        let mut cost = T::zero();
        for point in self.points.chunks_exact(self.d) {
            let mut nearest = T::infinity();
            for centroid in centroids.chunks_exact(self.d) {
                let mut square = T::zero();
                for (&a, &b) in point.iter().zip(centroid) {
                    let a = T::constant(a);
                    square += (a - b) * (a - b);
                }
                nearest = nearest.min(square);
            }
            cost += nearest;
        }
        cost
    }
}

fn unit(seed: u64, n: usize) -> Vec<f64> {
    spread(seed, n, 1.0).iter().map(|x| 0.5 + 0.5 * x).collect()
}
