//! Rosenbrock's function in n dimensions: Σ (1 - xᵢ)² + 100·(xᵢ₊₁ - xᵢ²)², minimum 0 at (1, …, 1).

use super::{ByFloat, Library, Number, spread};
use num_traits::Float;

/// The function, in plain loops.
#[inline]
pub(crate) fn rosenbrock<T: Float>(x: &[T]) -> T {
    rosenbrock_by::<ByFloat, T>(x)
}

/// The function, in the spelling of any library.
#[inline(always)]
pub(crate) fn rosenbrock_by<L: Library<T>, T: Number>(x: &[T]) -> T {
    let (one, hundred) = (L::constant(1.0), L::constant(100.0));
    let mut sum = T::zero();
    for pair in x.windows(2) {
        let to_one = one - pair[0];
        let to_parabola = pair[1] - pair[0] * pair[0];
        sum = sum + to_one * to_one + hundred * to_parabola * to_parabola;
    }
    sum
}

/// A point off the minimum.
pub(crate) fn point(n: usize) -> Vec<f64> {
    spread(1, n, 1.5)
}
