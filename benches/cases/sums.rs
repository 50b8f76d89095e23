//! GradBench's two plain sums: the logarithm of a sum of exponentials, `lse`, and a least-squares polynomial, `llsq`.
//!
//! Source: github.com/gradbench/gradbench; the second is B. M. Bell's of cmpad.

use super::spread;
use num_traits::Float;

/// ln Σ exp xᵢ, shifted by the largest.
#[inline]
pub(crate) fn log_sum_exp<T: Float>(x: &[T]) -> T {
    let largest = x.iter().fold(x[0], |largest, &x| largest.max(x));
    x.iter().fold(T::zero(), |sum, &x| sum + (x - largest).exp()).ln() + largest
}

/// ½·Σ (sign tᵢ - Σⱼ xⱼ·tᵢʲ)², with n places tᵢ from -1 to 1: how far the polynomial x is from the sign.
#[inline]
pub(crate) fn least_squares<T: Float>(x: &[T], n: usize) -> T {
    let constant = |value: f64| T::from(value).expect("a float holds it");
    let mut sum = T::zero();
    for i in 0..n {
        let t = -1.0 + i as f64 * 2.0 / (n - 1) as f64;
        let mut residual = constant(f64::from(i8::from(t > 0.0) - i8::from(t < 0.0)));
        let (t, mut power) = (constant(t), T::one());
        for &x in x {
            residual = residual - x * power;
            power = power * t;
        }
        sum = sum + residual * residual;
    }
    sum / constant(2.0)
}

/// Numbers in (0, 1).
pub(crate) fn unit(n: usize) -> Vec<f64> {
    spread(28, n, 1.0).iter().map(|x| 0.5 + 0.5 * x).collect()
}
