//! Derivatives that take more than a line.

use super::Partial;
use crate::scalar::{Scalar, exponentials};
use Partial::{By, MinusOne, One, Zero};

/// The derivative of |x|: 0 at the kink, and NaN where x is.
#[inline]
pub(super) fn sign<T: Scalar>(x: T) -> Partial<T> {
    let zero = T::zero();
    let where_not_above = || {
        Partial::where_less(x, zero, MinusOne, || Partial::where_equal(x, zero, Zero.at_kink(|| x), || By(T::nan())))
    };
    Partial::where_less(zero, x, One, where_not_above)
}

/// exp(xᵢ)/Σ exp(xⱼ), the gradient of `log_sum_exp`.
pub(super) fn softmax<T: Scalar>(x: &[T]) -> Vec<Partial<T>> {
    let terms = exponentials(x).0;
    let sum = <T as Scalar>::sum(&terms);
    terms.into_iter().map(|term| By(term / sum)).collect()
}

/// NaN that depends on x as a derivative would, so that the higher derivatives are NaN as well.
#[inline(always)]
pub(super) fn no_number<T: Scalar>(x: T) -> T {
    x * T::nan()
}

/// c/x where `domain` is not negative (+inf·c at -0 too), and no number where it is.
#[inline(always)]
pub(super) fn over_positive<T: Scalar>(domain: T, c: T, x: T) -> T {
    domain.select_below(0.0, || no_number(x), || c / x.with_positive_zero())
}

#[inline(always)]
pub(super) fn one_minus_square<T: Scalar>(x: T) -> T {
    (-x).mul_add(x, T::one())
}

/// n·xⁿ⁻¹, where xⁿ is y.
pub(super) fn powi<T: Scalar>(x: T, y: T, n: i32) -> Partial<T> {
    match n {
        0 => Zero,
        1 => One,
        _ => By(match n.checked_sub(1) {
            Some(m) => T::constant(f64::from(n)) * x.powi(m),
            None => T::constant(f64::from(n)) * y / x,
        }),
    }
}

/// sech²(x), the derivative of `t = tanh(x)`.
///
/// 1 - t² cancels: it has no correct digit from |x| = 19 on. Where t is small it is as exact as t and costs nothing;
/// elsewhere the reciprocal of cosh, written with two exponentials because they are cheaper than `cosh` and are their
/// own derivatives.
#[inline(always)]
pub(super) fn sech_squared<T: Scalar>(x: T, t: T) -> T {
    let one = T::one();
    t.abs().select_below(
        0.5,
        || one - t * t,
        || {
            let sech = T::constant(2.0) / (x.exp() + (-x).exp());
            sech * sech
        },
    )
}

/// The derivative of `y = logistic(x)`.
///
/// y·(1 - y) cancels for large x, and the derivative of y·logistic(-x) near 0: there it is (1 - tanh²(x/2))/4.
#[inline(always)]
pub(super) fn logistic_derivative<T: Scalar>(x: T, y: T) -> T {
    x.abs().select_below(
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
    x.abs().select_below(1.0, || cardinal_series(x, -1.0), || (x.cos() - y) / x)
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
    let large = || x.abs().select_below(end, above, || x * T::infinity());
    x.abs().select_below(1.0, || cardinal_series(x, 1.0), large)
}

/// Σ sᵏ·2k·x²ᵏ⁻¹/(2k + 1)! over k ≥ 1 for s = ±1: the derivative of Σ sᵏ·x²ᵏ/(2k + 1)!. Enough terms for |x| ≤ 1 that its
/// derivatives up to the 20th keep double precision.
pub(super) fn cardinal_series<T: Scalar>(x: T, sign: f64) -> T {
    const TERMS: u32 = 18;
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
pub(super) fn exp_of_square<T: Scalar>(x: T, factor: f64) -> T {
    // Beyond 64 everything has long underflowed; the bound keeps the tail of an infinite x from being inf - inf.
    let (factor, bound, steps) = (T::constant(factor), T::constant(64.0), T::constant(16.0));
    let head = (x.detach().max(-bound).min(bound) * steps).trunc() / steps;
    (head * head * factor).exp() * ((x - head) * (x + head) * factor).exp()
}

/// ψ'(x), by recurrence up to 16 and the asymptotic series beyond (Abramowitz & Stegun 6.4.6 and 6.4.12), by
/// reflection (6.4.7) for x < 1/2. Written in plain operations, so that its own derivatives are the higher polygammas.
pub(super) fn trigamma<T: Scalar>(x: T) -> T {
    // At the poles 0, -1, -2, … NaN.
    let at_or_off_pole = || T::select_equal(x.detach().trunc(), x, || no_number(x), || reflected_trigamma(x));
    let upper = || trigamma_of_upper_half(x);
    x.select_below(0.5, || T::select_less(T::zero(), x, || reflected_trigamma(x), at_or_off_pole), upper)
}

/// ψ'(x) for x < 1/2.
pub(super) fn reflected_trigamma<T: Scalar>(x: T) -> T {
    let sine = (T::PI() * (x - x.detach().round())).sin();
    let ratio = T::PI() / sine;
    ratio * ratio - trigamma_of_upper_half(T::one() - x)
}

/// ψ'(x) for x ≥ 1/2.
pub(super) fn trigamma_of_upper_half<T: Scalar>(x: T) -> T {
    const ENOUGH: f64 = 16.0;
    let mut sum = T::zero();
    let mut x = x;
    for _ in 0..16 {
        if !T::SYMBOLIC && !x.value_less(&T::constant(ENOUGH)) {
            break;
        }
        let r = x.recip();
        sum = x.select_below(ENOUGH, || sum + r * r, || sum);
        x = x.select_below(ENOUGH, || x + T::one(), || x);
    }
    // The Bernoulli numbers B₂ to B₁₆.
    const BERNOULLI: [f64; 8] =
        [1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0, -691.0 / 2730.0, 7.0 / 6.0, -3617.0 / 510.0];
    let r = x.recip();
    let square = r * r;
    let series = BERNOULLI.iter().rev().fold(T::zero(), |sum, &b| (sum + T::constant(b)) * square);
    sum + r + square * T::constant(0.5) + r * series
}

/// The derivative, if it is wanted.
#[inline(always)]
pub(super) fn when<T>(wanted: bool, derivative: impl FnOnce() -> T) -> Partial<T> {
    if wanted { By(derivative()) } else { Zero }
}

/// The remainder z of x/y. The quotient belongs to the value: x/y itself may round up to the next integer. NaN where z is.
pub(super) fn remainder<T: Scalar>(x: T, y: T, z: T, wanted: [bool; 2]) -> (Partial<T>, Partial<T>) {
    let quotient = || T::select_equal(z, z, || -((x - z) / y).round(), || z);
    (Partial::where_equal(z, z, One, || By(z)), when(wanted[1], quotient))
}

/// The logarithm z of x to base y.
pub(super) fn logarithm<T: Scalar>(x: T, y: T, z: T, wanted: [bool; 2]) -> (Partial<T>, Partial<T>) {
    let base = y.ln();
    (when(wanted[0], || over_positive(x, base.recip(), x)), when(wanted[1], || -(z / base) / y))
}

/// y·x^(y-1).
pub(super) fn powf_in_base<T: Scalar>(x: T, y: T) -> T {
    let less = y - T::one();
    let power = x.powf(less);
    // For y < 1/2 the difference rounds, which ln x magnifies; what it lost is known exactly. The factor that mends it
    // differs from 1 by rounding only, so its own derivatives do not count.
    let lost = y.detach() - (less.detach() + T::one());
    let zero = T::zero();
    let plain = || y.strong_zero_mul(power);
    let mended = || y.strong_zero_mul(power * (lost * x.detach().ln() + T::one()));
    let of_finite = || T::select_less(x, T::infinity(), mended, plain);
    // Of an infinite exponent it is NaN, and nothing is lost.
    T::select_less(zero, lost.abs(), || T::select_less(zero, x, of_finite, plain), plain)
}

/// xʸ·ln x, 0 where xʸ vanishes at x = 0, and NaN for a negative base.
pub(super) fn powf_in_exponent<T: Scalar>(x: T, y: T, z: T) -> T {
    let usual = || x.select_below(0.0, || no_number(x + z), || z.strong_zero_mul(x.ln()));
    // Where xʸ underflows, its derivatives need not: for x < 1 the power below it has the digits, for larger x its square root.
    let by_power_below = || x.powf(y - T::one()) * (x * x.ln());
    let by_root = || {
        let root = x.powf(y * T::constant(0.5));
        root.strong_zero_mul(root.strong_zero_mul(x.ln()))
    };
    let vanishing = || T::select_less(x, T::one(), by_power_below, by_root);
    let of_positive = || T::select_less(z, T::min_positive_value(), vanishing, usual);
    T::select_less(T::zero(), x, of_positive, usual)
}

/// y/(x² + y²) and -x/(x² + y²), both scaled by the larger argument, so that no square over- or underflows in any
/// derivative. The scale cancels, so it counts as a constant. NaN at the origin, 0 at infinity.
pub(super) fn atan2<T: Scalar>(x: T, y: T, z: T) -> (Partial<T>, Partial<T>) {
    let scale = x.abs().max(y.abs()).detach();
    let (u, v) = (x / scale, y / scale);
    let square = u * u + v * v;
    let nothing = z * T::zero();
    let finite_or = |derivative: T| scale.select_below(f64::INFINITY, || derivative, || nothing);
    (By(finite_or(v / square / scale)), By(finite_or(-(u / square / scale))))
}

/// x/h and y/h by the ratio of the shorter to the longer cathetus, so that nothing overflows and the next derivative,
/// the square of the other derivative over h, cancels nothing. (0, 0) at the origin.
pub(super) fn hypot<T: Scalar>(x: T, y: T, h: T) -> (Partial<T>, Partial<T>) {
    /// The derivatives in the longer and in the shorter cathetus.
    #[inline(always)]
    fn derivatives<T: Scalar>(longer: T, shorter: T) -> (T, T) {
        let ratio = shorter / longer;
        let cosine = (ratio * ratio + T::one()).sqrt().recip();
        let cosine = longer.select_below(0.0, || -cosine, || cosine);
        (cosine, ratio * cosine)
    }
    // The origin is a kink. How the derivative in one changes with the other depends on the direction: by ∞ - ∞.
    let kink = |own: T, other: T| Zero.at_kink(|| own).at_kink(|| other).at_kink(|| -other);
    if T::SYMBOLIC || T::RECORDS {
        let (u, v) = (x.abs(), y.abs());
        let (longer, shorter) = (T::select_less(u, v, || y, || x), T::select_less(u, v, || x, || y));
        let (in_longer, in_shorter) = derivatives(longer, shorter);
        let in_x = T::select_less(u, v, || in_shorter, || in_longer);
        let in_y = T::select_less(u, v, || in_longer, || in_shorter);
        let zero = T::zero();
        let or_kink = |own, other, derivative| Partial::where_equal(h, zero, kink(own, other), || By(derivative));
        return (or_kink(x, y, in_x), or_kink(y, x, in_y));
    }
    if h.peek() == 0.0 {
        (kink(x, y), kink(y, x))
    } else if x.peek().abs() >= y.peek().abs() {
        let (in_x, in_y) = derivatives(x, y);
        (By(in_x), By(in_y))
    } else {
        let (in_y, in_x) = derivatives(y, x);
        (By(in_x), By(in_y))
    }
}

/// The derivative of a choice between `own` and `other` in `own`, which is preferred where the first of `order` is less than
/// the second: 1 where it is chosen, which a NaN beside a number never is, and a half at a tie.
#[inline(always)]
pub(super) fn chosen<T: Scalar>(order: [T; 2], own: T, other: T) -> Partial<T> {
    let [less, more] = order;
    let half = By(T::constant(0.5));
    let beside_nan = || Partial::where_equal(own, own, One, || half);
    let unordered = || Partial::where_equal(other, other, Zero, beside_nan);
    let untied = || Partial::where_less(less, more, One, unordered);
    Partial::where_equal(own, other, half.at_kink(|| more.excess(less)), untied)
}

/// The derivatives of max(x - y, 0): 1 and -1 where it is x - y, 0 where it is 0; the kink shares the derivative as `max` does.
#[inline(always)]
pub(super) fn abs_sub<T: Scalar>(x: T, y: T) -> (Partial<T>, Partial<T>) {
    let derivative = |above: Partial<T>, kink: Partial<T>| {
        let unordered = || Partial::where_equal(x, y, kink, || By(T::nan()));
        Partial::where_less(y, x, above, || Partial::where_less(x, y, Zero, unordered))
    };
    let half = |sign: f64| By(T::constant(0.5 * sign));
    (derivative(One, half(1.0).at_kink(|| x.excess(y))), derivative(MinusOne, half(-1.0).at_kink(|| y.excess(x))))
}

/// The derivative of |x|·sgn(y) in x, with the kink of |x|.
pub(super) fn copysign<T: Scalar>(x: T, y: T) -> Partial<T> {
    let kink = || Zero.at_kink(|| x * T::one().copysign(y));
    if T::SYMBOLIC || T::RECORDS {
        let signs = || T::one().copysign(x) * T::one().copysign(y);
        let unless_nan = || By(T::select_equal(x, x, signs, T::nan));
        return Partial::where_equal(x, T::zero(), kink(), unless_nan);
    }
    let value = x.peek();
    if value == 0.0 {
        kink()
    } else if value.is_nan() {
        By(T::nan())
    } else if value.is_sign_positive() == y.peek().is_sign_positive() {
        One
    } else {
        MinusOne
    }
}
