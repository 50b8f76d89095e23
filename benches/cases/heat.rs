//! The heat equation on a rod with n inner points, whose conductivity 1 + u² depends on the temperature u: n inputs, n outputs.
//!
//! Schiesser: The Numerical Method of Lines (1991).

use num_traits::Float;

/// The rates of the temperatures, between ends at 0.
#[inline]
pub(crate) fn heat<T: Float>(x: &[T]) -> Vec<T> {
    let constant = |value: f64| T::from(value).expect("a float holds it");
    let (scale, half, zero) = (constant((x.len() as f64 + 1.0).powi(2)), constant(0.5), T::zero());
    let padded: Vec<T> = [&[zero], x, &[zero]].concat();
    let flux = |pair: &[T]| {
        let mean = half * (pair[0] + pair[1]);
        (T::one() + mean * mean) * (pair[1] - pair[0])
    };
    let fluxes: Vec<T> = padded.windows(2).map(flux).collect();
    fluxes.windows(2).map(|pair| scale * (pair[1] - pair[0])).collect()
}
