//! Logarithms.

use super::{LN_2_HIGH, LN_2_LOW, multiply_add, polynomial, upper};

/// f²/2, and what ln(1 + f) is beyond f - f²/2, for 1 + f between √½ and √2.
#[inline(always)]
fn beyond_square<const FUSED: bool>(f: f64) -> (f64, f64) {
    let s = f / (2.0 + f);
    let z = s * s;
    let r = z * polynomial::<FUSED, 7>(
        z,
        [
            6.666666666666735130e-01,
            3.999999999940941908e-01,
            2.857142874366239149e-01,
            2.222219843214978396e-01,
            1.818357216161805012e-01,
            1.531383769920937332e-01,
            1.479819860511658591e-01,
        ],
    );
    let half = 0.5 * f * f;
    (half, s * (half + r))
}

/// k·ln 2 + ln(1 + f) + c for 1 + f between √½ and √2.
#[inline(always)]
fn logarithm<const FUSED: bool>(k: f64, f: f64, c: f64) -> f64 {
    let (half, beyond) = beyond_square::<FUSED>(f);
    multiply_add::<FUSED>(k, LN_2_HIGH, f - (half - (beyond + multiply_add::<FUSED>(k, LN_2_LOW, c))))
}

/// k and m with x = 2ᵏ·m and m between √½ and √2, for a normal x above 0.
#[inline(always)]
fn parts(x: f64) -> (f64, f64) {
    const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    let bits = x.to_bits().wrapping_add(0x3ff0_0000_0000_0000 - SQRT_HALF);
    // The exponent as the lowest bits of a number between 2⁵² and 2⁵³.
    let k = f64::from_bits(0x4330_0000_0000_0000 | bits >> 52) - (4_503_599_627_370_496.0 + 1023.0);
    (k, f64::from_bits((bits & 0x000f_ffff_ffff_ffff) + SQRT_HALF))
}

/// `y`, the logarithm of u, or what it is at the ends of the domain.
#[inline(always)]
fn at_ends(u: f64, y: f64) -> f64 {
    let y = if u == 0.0 { f64::NEG_INFINITY } else { y };
    let y = if u == f64::INFINITY { u } else { y };
    // Also where u is NaN.
    if u >= 0.0 { y } else { f64::NAN }
}

/// [`parts`] of any finite number above 0.
#[inline(always)]
fn any_parts(x: f64) -> (f64, f64) {
    let subnormal = x < f64::MIN_POSITIVE;
    let (k, m) = parts(if subnormal { x * 18_014_398_509_481_984.0 } else { x });
    (if subnormal { k - 54.0 } else { k }, m)
}

/// ln x.
#[inline(always)]
pub(in super::super) fn ln<const FUSED: bool>(x: f64) -> f64 {
    let (k, m) = any_parts(x);
    at_ends(x, logarithm::<FUSED>(k, m - 1.0, 0.0))
}

/// The logarithm of x to a base b, given 1/ln b and ln 2/ln b in two parts each, of which the first are short.
#[inline(always)]
fn to_base<const FUSED: bool>(x: f64, of_e: [f64; 2], of_2: [f64; 2]) -> f64 {
    let (k, m) = any_parts(x);
    let f = m - 1.0;
    let (half, beyond) = beyond_square::<FUSED>(f);
    let high = upper(f - half);
    let low = (f - high) - half + beyond;
    let (whole, part) = (k * of_2[0], high * of_e[0]);
    let rest = k * of_2[1] + ((low + high) * of_e[1] + low * of_e[0]);
    let sum = whole + part;
    at_ends(x, sum + (rest + ((whole - sum) + part)))
}

/// log₂ x.
#[inline(always)]
pub(in super::super) fn log2<const FUSED: bool>(x: f64) -> f64 {
    to_base::<FUSED>(x, [1.44269504072144627571e+00, 1.67517131648865118353e-10], [1.0, 0.0])
}

/// log₁₀ x.
#[inline(always)]
pub(in super::super) fn log10<const FUSED: bool>(x: f64) -> f64 {
    let of_e = [4.34294481878168880939e-01, 2.50829467116452752298e-11];
    to_base::<FUSED>(x, of_e, [3.01029995663611771306e-01, 3.69423907715893078616e-13])
}

/// ln(1 + x).
#[inline(always)]
pub(in super::super) fn ln_1p<const FUSED: bool>(x: f64) -> f64 {
    let u = 1.0 + x;
    let (k, m) = parts(u);
    // What the sum lost, as a part of it.
    let lost = if u >= 2.0 { 1.0 - (u - x) } else { x - (u - 1.0) };
    let near = k == 0.0;
    let (f, c) = (if near { x } else { m - 1.0 }, if near { 0.0 } else { lost / u });
    let y = at_ends(u, logarithm::<FUSED>(k, f, c));
    // The sign of a zero, and numbers whose square vanishes.
    if x.abs() < 1e-290 { x } else { y }
}

/// ln x in two parts, the first of which is short, for a finite x above 0.
#[inline(always)]
pub(super) fn ln_in_parts<const FUSED: bool>(x: f64) -> (f64, f64) {
    let (k, m) = any_parts(x);
    let f = m - 1.0;
    let (half, beyond) = beyond_square::<FUSED>(f);
    let high = upper(f - half);
    let low = (f - high) - half + beyond;
    // The product of k and the short part of ln 2 is exact; of two numbers of which the first is the larger, or 0, so is
    // what their sum loses.
    let whole = k * LN_2_HIGH;
    let sum = whole + high;
    let lost = if k == 0.0 { 0.0 } else { (whole - sum) + high };
    let low = lost + (multiply_add::<FUSED>(k, LN_2_LOW, low));
    let high = upper(sum + low);
    (high, (sum - high) + low)
}

/// The logarithm of x to a base.
#[inline(always)]
pub(in super::super) fn log<const FUSED: bool>(x: f64, base: f64) -> f64 {
    let (a, b) = (ln_in_parts::<FUSED>(x), ln_in_parts::<FUSED>(base));
    let (of_x, of_base) = (at_ends(x, a.0 + a.1), at_ends(base, b.0 + b.1));
    let y = of_x / of_base;
    // What the quotient lacks, where it has an end and a beginning.
    let high = upper(y);
    let rest = ((a.0 - high * b.0) - (y - high) * b.0) + (a.1 - y * b.1);
    let corrected = y + rest / of_base;
    let plain = (of_x.abs() < f64::INFINITY) & (of_base.abs() < f64::INFINITY) & (of_base != 0.0);
    if plain { corrected } else { y }
}

/// Beyond it a number's square overflows, and 1 does not count beside it.
const LARGE: f64 = 1e150;

/// The number whose hyperbolic sine is x.
#[inline(always)]
pub(in super::super) fn asinh<const FUSED: bool>(x: f64) -> f64 {
    let size = x.abs();
    let square = size * size;
    let beyond = size + square / (1.0 + (1.0 + square).sqrt());
    // Twice the largest numbers is infinite, as it is in the standard library's.
    ln_1p::<FUSED>(if size > LARGE { 2.0 * size } else { beyond }).copysign(x)
}

/// The number whose hyperbolic cosine is x.
#[inline(always)]
pub(in super::super) fn acosh<const FUSED: bool>(x: f64) -> f64 {
    let t = x - 1.0;
    let beyond = t + multiply_add::<FUSED>(t, t, 2.0 * t).sqrt();
    let y = ln_1p::<FUSED>(if x > LARGE { 2.0 * x } else { beyond });
    // Also where x is NaN.
    if x >= 1.0 { y } else { f64::NAN }
}

/// The number whose hyperbolic tangent is x.
#[inline(always)]
pub(in super::super) fn atanh<const FUSED: bool>(x: f64) -> f64 {
    let size = x.abs();
    let (twice, small) = (2.0 * size, size < 0.5);
    let part = (if small { twice * size } else { twice }) / (1.0 - size);
    let y = 0.5 * ln_1p::<FUSED>(if small { twice + part } else { part });
    // Half of the least number is none.
    (if size < 1e-290 { size } else { y }).copysign(x)
}
