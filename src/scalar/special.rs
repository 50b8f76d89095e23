//! Values of functions that neither std nor a library computes well.

/// 1/(1 + e⁻ˣ), without overflow and with full precision for large negative x.
#[inline]
pub(super) fn logistic<T: num_traits::Float>(x: T) -> T {
    if x >= T::zero() {
        ((-x).exp() + T::one()).recip()
    } else {
        let e = x.exp();
        e / (e + T::one())
    }
}

/// ln(1 + eˣ), without overflow and with full precision for large negative x.
#[inline]
pub(super) fn softplus<T: num_traits::Float>(x: T) -> T {
    if x > T::zero() { x + (-x).exp().ln_1p() } else { x.exp().ln_1p() }
}

/// The cumulative distribution function of the standard normal distribution, by erfc(-x/√2)/2.
///
/// The rounding of the quotient would cost x²/2 ulp in the lower tail; its error is known exactly, and one Newton
/// step along the density takes it out.
pub(super) fn norm_cdf(x: f64) -> f64 {
    let z = -x * std::f64::consts::FRAC_1_SQRT_2;
    let value = 0.5 * libm::erfc(z);
    if !(z > 0.25 && value > 0.0) {
        return value;
    }
    // 1/√2 = FRAC_1_SQRT_2 + REST to twice the precision; -x/√2 = z + error.
    const REST: f64 = -4.833_646_656_726_457e-17;
    let error = (-x).mul_add(std::f64::consts::FRAC_1_SQRT_2, -z) - x * REST;
    value - error * (-z * z).exp() * (0.5 * std::f64::consts::FRAC_2_SQRT_PI)
}
