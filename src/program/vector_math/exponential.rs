//! Exponentials and what is made of them.

use super::logarithm::ln_1p;
use super::{LN_2_HIGH, LN_2_LOW, MAGIC, clamp, multiply_add, polynomial, power_of_two, upper};

/// k and r with x = k·ln 2 + r and |r| ≤ ln 2/2, and eʳ - 1.
#[inline(always)]
fn reduced_exponential<const FUSED: bool>(x: f64) -> (f64, f64) {
    reduced_sum::<FUSED>(x, 0.0)
}

/// [`reduced_exponential`] for the sum of x and of a rest that is small beside it.
#[inline(always)]
pub(super) fn reduced_sum<const FUSED: bool>(x: f64, rest: f64) -> (f64, f64) {
    let k = multiply_add::<FUSED>(x, std::f64::consts::LOG2_E, MAGIC) - MAGIC;
    let high = multiply_add::<FUSED>(-k, LN_2_HIGH, x);
    let low = k * LN_2_LOW - rest;
    let r = high - low;
    // What the subtraction lost is a part of eʳ, to first order.
    let lost = (high - r) - low;
    (k, exponential_less_one::<FUSED>(r, lost))
}

/// eʳ - 1 for the sum of a number up to ln 2/2 and of what it lacks.
#[inline(always)]
pub(super) fn exponential_less_one<const FUSED: bool>(r: f64, lost: f64) -> f64 {
    // Taylor's series: the terms left out are below 2⁻⁵⁸.
    let tail = polynomial::<FUSED, 12>(
        r,
        [
            1.0 / 2.0,
            1.0 / 6.0,
            1.0 / 24.0,
            1.0 / 120.0,
            1.0 / 720.0,
            1.0 / 5040.0,
            1.0 / 40_320.0,
            1.0 / 362_880.0,
            1.0 / 3_628_800.0,
            1.0 / 39_916_800.0,
            1.0 / 479_001_600.0,
            1.0 / 6_227_020_800.0,
        ],
    );
    r + multiply_add::<FUSED>(r * r, tail, lost)
}

/// y·2ᵏ in two steps, of which only the second can round.
#[inline(always)]
pub(super) fn scaled(y: f64, k: f64) -> f64 {
    let half = (k * 0.5 + MAGIC) - MAGIC;
    y * power_of_two(half) * power_of_two(k - half)
}

/// eˣ.
#[inline(always)]
pub(in super::super) fn exp<const FUSED: bool>(x: f64) -> f64 {
    let (k, m) = reduced_exponential::<FUSED>(clamp(x, -746.0, 710.0));
    scaled(1.0 + m, k)
}

/// 2ˣ.
#[inline(always)]
pub(in super::super) fn exp2<const FUSED: bool>(x: f64) -> f64 {
    let x = clamp(x, -1080.0, 1030.0);
    let k = (x + MAGIC) - MAGIC;
    let rest = x - k;
    // The product with ln 2 in two parts.
    let high = upper(rest);
    let (a, b) = (high * LN_2_HIGH, multiply_add::<FUSED>(rest - high, std::f64::consts::LN_2, high * LN_2_LOW));
    let r = a + b;
    scaled(1.0 + exponential_less_one::<FUSED>(r, (a - r) + b), k)
}

/// eˣ - 1.
#[inline(always)]
pub(in super::super) fn exp_m1<const FUSED: bool>(x: f64) -> f64 {
    let (k, m) = reduced_exponential::<FUSED>(clamp(x, -50.0, 710.0));
    // (m + 1)·2ᵏ - 1 with the 1 on the scale of m, where the difference to 2⁻ᵏ is exact for what still counts.
    let y = scaled(m + (1.0 - power_of_two(-clamp(k, -100.0, 1000.0))), k);
    // The sign of a zero.
    if x == 0.0 { x } else { y }
}

/// e to the power of -|x|, above 0 by no more than 1.
#[inline(always)]
fn falling<const FUSED: bool>(x: f64) -> f64 {
    exp::<FUSED>(-x.abs())
}

/// (eˣ - 1)/2 for x from 0 on, and what it lacks.
#[inline(always)]
fn half_exp_m1<const FUSED: bool>(x: f64) -> (f64, f64) {
    let (k, m) = reduced_exponential::<FUSED>(x);
    let offset = 1.0 - power_of_two(-clamp(k, 0.0, 1000.0));
    let sum = m + offset;
    (scaled(sum, k - 1.0), scaled((offset - sum) + m, k - 1.0))
}

/// sinh x.
#[inline(always)]
pub(in super::super) fn sinh<const FUSED: bool>(x: f64) -> f64 {
    // With t = eˣ - 1: t/2 + t/2/(1 + t). Beyond 40 the second term does not count.
    let (high, low) = half_exp_m1::<FUSED>(clamp(x.abs(), 0.0, 711.0));
    let second = high / multiply_add::<FUSED>(2.0, high, 1.0);
    let second = if high < 1e17 { second } else { 0.0 };
    let y = high + (second + low);
    (if x.is_nan() { x } else { y }).copysign(x)
}

/// cosh x.
#[inline(always)]
pub(in super::super) fn cosh<const FUSED: bool>(x: f64) -> f64 {
    // With e = eˣ/2: e + 1/(4·e).
    let (k, m) = reduced_exponential::<FUSED>(clamp(x.abs(), 0.0, 711.0));
    let half = scaled(1.0 + m, k - 1.0);
    let y = half + 0.25 / half;
    if x.is_nan() { x } else { y }
}

/// tanh x.
#[inline(always)]
pub(in super::super) fn tanh<const FUSED: bool>(x: f64) -> f64 {
    // t/(t + 2) for t = e²ˣ - 1, of which the rounding of the last sum is put right to first order.
    let (k, m) = reduced_exponential::<FUSED>(2.0 * clamp(x.abs(), 0.0, 22.0));
    let (offset, scale) = (1.0 - power_of_two(-k), power_of_two(k));
    let sum = m + offset;
    let lost = (offset - sum) + m;
    let t = sum * scale;
    let d = t + 2.0;
    let y = t / d + 2.0 * (lost * scale) / (d * d);
    y.copysign(x)
}

/// 1/cosh² x.
#[inline(always)]
pub(in super::super) fn sech_squared<const FUSED: bool>(x: f64) -> f64 {
    // The square of 2e/(1 + e²), so that it does not underflow before the result does.
    let e = falling::<FUSED>(x);
    let sech = 2.0 * e / multiply_add::<FUSED>(e, e, 1.0);
    sech * sech
}

/// 1/(1 + e⁻ˣ).
#[inline(always)]
pub(in super::super) fn logistic<const FUSED: bool>(x: f64) -> f64 {
    let e = falling::<FUSED>(x);
    (if x < 0.0 { e } else { 1.0 }) / (1.0 + e)
}

/// The derivative of the logistic function.
#[inline(always)]
pub(in super::super) fn logistic_derivative<const FUSED: bool>(x: f64) -> f64 {
    let e = falling::<FUSED>(x);
    let sum = 1.0 + e;
    e / sum / sum
}

/// ln(1 + eˣ).
#[inline(always)]
pub(in super::super) fn softplus<const FUSED: bool>(x: f64) -> f64 {
    let y = ln_1p::<FUSED>(falling::<FUSED>(x));
    if x > 0.0 { x + y } else { y }
}
