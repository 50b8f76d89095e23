//! Slopes that take more than a line, and the values of functions that neither std nor a library computes well.

use super::unary::no_number;
use crate::number::Scalar;

/// sech²(x), the slope of `t = tanh(x)`.
///
/// 1 - t² cancels: it has no correct digit from |x| = 19 on. Where t is small it is as exact as t and costs nothing;
/// elsewhere the reciprocal of cosh, written with two exponentials because they are cheaper than `cosh` and are their
/// own slopes.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(super) fn sech_squared<T: Scalar>(x: T, t: T) -> T {
    let one = T::one();
    t.abs().choose_below(
        0.5,
        || one - t * t,
        || {
            let sech = T::constant(2.0) / (x.exp() + (-x).exp());
            sech * sech
        },
    )
}

/// The slope of `y = logistic(x)`.
///
/// y·(1 - y) cancels for large x, and the derivative of y·logistic(-x) near 0: there it is (1 - tanh²(x/2))/4.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(super) fn logistic_slope<T: Scalar>(x: T, y: T) -> T {
    x.abs().choose_below(
        1.0,
        || {
            let t = (x * T::constant(0.5)).tanh();
            (T::one() - t * t) * T::constant(0.25)
        },
        || y * (-x).logistic(),
    )
}

/// The derivative of `y = sinc(x)`: (cos x - y)/x, and where that cancels the power series, which every nesting can
/// differentiate.
pub(super) fn sinc_derivative<T: Scalar>(x: T, y: T) -> T {
    x.abs().choose_below(1.0, || cardinal_series(x, -1.0), || (x.cos() - y) / x)
}

/// The derivative of sinhc, by a = |x|: exp(a)·((a - 1) + (a + 1)·exp(-2a))/(2a²) with the sign of x, in which nothing
/// cancels, and the power series below 1. The exponential is split, so that no factor overflows before the result does,
/// in no order of derivatives.
pub(super) fn sinhc_derivative<T: Scalar>(x: T) -> T {
    let above = || {
        let (a, one, two) = (x.abs(), T::one(), T::constant(2.0));
        let root = (a / two).exp();
        let rest = ((a - one) + (a + one) * (a * -two).exp()) / (a * a * two);
        x.signum() * (root * (root * rest))
    };
    // From here on the derivative overflows, and a² may.
    let largest: T::Base = num_traits::Float::max_value();
    let end = largest.primal().ln() + 11.0;
    let large = || x.abs().choose_below(end, above, || x * T::infinity());
    x.abs().choose_below(1.0, || cardinal_series(x, 1.0), large)
}

/// Σ sᵏ·2k·x²ᵏ⁻¹/(2k + 1)! over k ≥ 1 for s = ±1: the derivative of Σ sᵏ·x²ᵏ/(2k + 1)!. Enough terms for |x| ≤ 1 in
/// quadruple precision, so that derivatives of it keep double precision.
fn cardinal_series<T: Scalar>(x: T, sign: f64) -> T {
    const TERMS: u32 = 14;
    let square = x * x;
    let mut sum = T::zero();
    for k in (1..=TERMS).rev() {
        let factorial: f64 = (1..=2 * k + 1).map(f64::from).product();
        let coefficient = f64::from(2 * k) / factorial * if k % 2 == 0 { 1.0 } else { sign };
        sum = sum * square + T::constant(coefficient);
    }
    sum * x
}

/// exp(-x²).
pub(super) fn gaussian<T: Scalar>(x: T) -> T {
    exp_of_square(x, -1.0)
}

/// exp(-x²/2)/√(2π), the density of the standard normal distribution.
pub(super) fn norm_pdf<T: Scalar>(x: T) -> T {
    exp_of_square(x, -0.5) * (T::FRAC_2_SQRT_PI() * T::FRAC_1_SQRT_2() * T::constant(0.5))
}

/// exp(factor·x²), for a factor that is a power of two.
///
/// The rounding of x² alone would cost x²/2 ulp, so x is split into a short head, whose square is exact, and a tail.
fn exp_of_square<T: Scalar>(x: T, factor: f64) -> T {
    // Beyond 64 everything has long underflowed; the bound keeps the tail of an infinite x from being inf - inf.
    let (factor, bound, steps) = (T::constant(factor), T::constant(64.0), T::constant(16.0));
    let head = (x.detach().max(-bound).min(bound) * steps).trunc() / steps;
    (head * head * factor).exp() * ((x - head) * (x + head) * factor).exp()
}

/// ψ'(x), by recurrence up to 16 and the asymptotic series beyond (Abramowitz & Stegun 6.4.6 and 6.4.12), by
/// reflection (6.4.7) for x < 1/2. Written in plain operations, so that its own derivatives are the higher polygammas.
pub(super) fn trigamma<T: Scalar>(x: T) -> T {
    // At the poles 0, -1, -2, … NaN.
    let at_or_off_pole = || T::choose_equal(x.detach().trunc(), x, || no_number(x), || reflected_trigamma(x));
    let upper = || trigamma_of_upper_half(x);
    x.choose_below(0.5, || T::choose_less(T::zero(), x, || reflected_trigamma(x), at_or_off_pole), upper)
}

/// ψ'(x) for x < 1/2.
fn reflected_trigamma<T: Scalar>(x: T) -> T {
    let sine = (T::PI() * (x - x.detach().round())).sin();
    let ratio = T::PI() / sine;
    ratio * ratio - trigamma_of_upper_half(T::one() - x)
}

/// ψ'(x) for x ≥ 1/2.
fn trigamma_of_upper_half<T: Scalar>(x: T) -> T {
    const ENOUGH: f64 = 16.0;
    let mut sum = T::zero();
    let mut x = x;
    for _ in 0..16 {
        if !T::CHOOSES_LATER && !x.value_less(&T::constant(ENOUGH)) {
            break;
        }
        let r = x.recip();
        sum = x.choose_below(ENOUGH, || sum + r * r, || sum);
        x = x.choose_below(ENOUGH, || x + T::one(), || x);
    }
    // The Bernoulli numbers B₂ to B₁₆.
    const BERNOULLI: [f64; 8] =
        [1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0, -691.0 / 2730.0, 7.0 / 6.0, -3617.0 / 510.0];
    let r = x.recip();
    let square = r * r;
    let series = BERNOULLI.iter().rev().fold(T::zero(), |sum, &b| (sum + T::constant(b)) * square);
    sum + r + square * T::constant(0.5) + r * series
}

/// 1/(1 + e⁻ˣ), without overflow and with full precision for large negative x.
#[inline]
pub(crate) fn logistic<T: num_traits::Float>(x: T) -> T {
    if x >= T::zero() {
        ((-x).exp() + T::one()).recip()
    } else {
        let e = x.exp();
        e / (e + T::one())
    }
}

/// ln(1 + eˣ), without overflow and with full precision for large negative x.
#[inline]
pub(crate) fn softplus<T: num_traits::Float>(x: T) -> T {
    if x > T::zero() { x + (-x).exp().ln_1p() } else { x.exp().ln_1p() }
}

/// The cumulative distribution function of the standard normal distribution, by erfc(-x/√2)/2.
///
/// The rounding of the quotient would cost x²/2 ulp in the lower tail; its error is known exactly, and one Newton
/// step along the density takes it out.
pub(crate) fn norm_cdf(x: f64) -> f64 {
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
