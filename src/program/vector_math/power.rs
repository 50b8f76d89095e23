//! Powers and roots.

use super::exponential::{exponential_less_one, scaled};
use super::{MAGIC, clamp, multiply_add, polynomial, upper};

/// 2⁵²: numbers from it on are integers.
const INTEGERS: f64 = 4_503_599_627_370_496.0;

/// Whether a number from 0 on is an integer.
#[inline(always)]
fn is_integer(x: f64) -> bool {
    (x >= INTEGERS) | ((x + INTEGERS) - INTEGERS == x)
}

/// log₂ of a finite number above 0, in two parts of which the first is short.
#[inline(always)]
fn long_log2<const FUSED: bool>(x: f64) -> (f64, f64) {
    let subnormal = x < f64::MIN_POSITIVE;
    let bits = (if subnormal { x * 18_014_398_509_481_984.0 } else { x }).to_bits();
    let exponent = f64::from_bits(INTEGERS.to_bits() | bits >> 52) - (INTEGERS + 1023.0);
    let m = f64::from_bits(bits & 0x000f_ffff_ffff_ffff | 0x3ff0_0000_0000_0000);
    // m near 1 or near 1.5, where its logarithm is known.
    let (large, middle) = (m >= 1.732_050_807_568_877_2, m >= 1.224_744_871_391_589);
    let m = if large { 0.5 * m } else { m };
    let exponent = exponent + if large { 1.0 } else { 0.0 } - if subnormal { 54.0 } else { 0.0 };
    let known = middle & !large;
    let base = if known { 1.5 } else { 1.0 };
    let of_base = if known { (5.84962487220764160156e-01, 1.35003920212974897128e-08) } else { (0.0, 0.0) };
    // s = (m - base)/(m + base) in two parts; ln(m/base) is 2s + 2/3·s³ + …
    let (u, v) = (m - base, 1.0 / (m + base));
    let s = u * v;
    let s_high = upper(s);
    let sum_high = upper(m + base);
    let sum_low = m - (sum_high - base);
    let s_low = v * ((u - s_high * sum_high) - s_high * sum_low);
    let square = s * s;
    let tail = polynomial::<FUSED, 6>(
        square,
        [
            5.99999999999994648725e-01,
            4.28571428578550184252e-01,
            3.33333329818377432918e-01,
            2.72728123808534006489e-01,
            2.30660745775561754067e-01,
            2.06975017800338417784e-01,
        ],
    );
    let r = square * square * tail + s_low * (s_high + s);
    let square = s_high * s_high;
    let t_high = upper(3.0 + square + r);
    let t_low = r - ((t_high - 3.0) - square);
    let (u, v) = (s_high * t_high, s_low * t_high + t_low * s);
    let p_high = upper(u + v);
    let p_low = v - (p_high - u);
    // Times 2/(3·ln 2).
    let z_high = 9.61796700954437255859e-01 * p_high;
    let z_low = -7.02846165095275826516e-09 * p_high + p_low * 9.61796693925975554329e-01 + of_base.1;
    let high = upper(((z_high + z_low) + of_base.0) + exponent);
    (high, z_low - (((high - exponent) - of_base.0) - z_high))
}

/// 2 to the sum of these.
#[inline(always)]
fn power_of_sum<const FUSED: bool>(high: f64, low: f64) -> f64 {
    const MOST: f64 = 1100.0;
    let out = (high + low).abs() > MOST;
    let (high, low) = if out { (clamp(high, -MOST, MOST), 0.0) } else { (high, low) };
    let k = ((high + low) + MAGIC) - MAGIC;
    let high = high - k;
    let t = upper(high + low);
    let u = t * 6.93147182464599609375e-01;
    let v = (low - (t - high)) * std::f64::consts::LN_2 + t * -1.90465429995776804525e-09;
    let z = u + v;
    scaled(1.0 + exponential_less_one::<FUSED>(z, v - (z - u)), k)
}

/// xʸ.
#[inline(always)]
pub(in super::super) fn powf<const FUSED: bool>(x: f64, y: f64) -> f64 {
    let (size, exponent) = (x.abs(), y.abs());
    let (high, low) = long_log2::<FUSED>(size);
    let y_high = upper(y);
    let r = power_of_sum::<FUSED>(y_high * high, (y - y_high) * high + y * low);
    // Where the logarithm has no value, or the exponent has no end.
    let grows = (size > 1.0) == (y > 0.0);
    let end = if grows { f64::INFINITY } else { 0.0 };
    let r = if (size == 0.0) | (size == f64::INFINITY) | (exponent == f64::INFINITY) { end } else { r };
    let whole = is_integer(exponent);
    let odd = whole & !is_integer(0.5 * exponent);
    let negative = x.is_sign_negative();
    let r = if negative & odd { -r } else { r };
    let undefined = (x < 0.0) & (size < f64::INFINITY) & !whole;
    let r = if undefined | x.is_nan() | y.is_nan() { f64::NAN } else { r };
    let one = (x == 1.0) | (y == 0.0) | ((size == 1.0) & (exponent == f64::INFINITY));
    if one { 1.0 } else { r }
}

/// √(x² + y²).
#[inline(always)]
pub(in super::super) fn hypot<const FUSED: bool>(x: f64, y: f64) -> f64 {
    const LARGE: f64 = f64::from_bits((1023 + 500) << 52);
    const SMALL: f64 = f64::from_bits((1023 - 400) << 52);
    const DOWN: f64 = f64::from_bits((1023 - 600) << 52);
    const UP: f64 = f64::from_bits((1023 + 600) << 52);
    let (x, y) = (x.abs(), y.abs());
    let (most, least) = if x > y { (x, y) } else { (y, x) };
    // By a power of two, so that squares neither overflow nor vanish.
    let (by, back) = if most > LARGE { (DOWN, UP) } else { (1.0, 1.0) };
    let (by, back) = if most < SMALL { (UP, DOWN) } else { (by, back) };
    let (a, b) = (most * by, least * by);
    let r = multiply_add::<FUSED>(a, a, b * b).sqrt() * back;
    let r = if x.is_nan() | y.is_nan() { f64::NAN } else { r };
    if (x == f64::INFINITY) | (y == f64::INFINITY) { f64::INFINITY } else { r }
}

/// Quotients from it on have no exact whole part.
pub(in super::super) const REMAINDER_LIMIT: f64 = 2.0 * INTEGERS;

/// What remains of x when y is taken from it a whole number of times, for quotients below [`REMAINDER_LIMIT`], if the
/// machine multiplies and adds at once.
#[inline(always)]
pub(in super::super) fn rem<const FUSED: bool>(x: f64, y: f64) -> f64 {
    let (size, by) = (x.abs(), y.abs());
    let quotient = size / by;
    let rounded = (quotient + INTEGERS) - INTEGERS;
    let rounded = if quotient < INTEGERS { rounded } else { quotient };
    let whole = if rounded > quotient { rounded - 1.0 } else { rounded };
    // Exact, since what remains has no more digits than y. The quotient may have been rounded up to a whole number.
    let rest = multiply_add::<FUSED>(-whole, by, size);
    let rest = if rest < 0.0 { rest + by } else { rest };
    let rest = if by == f64::INFINITY { size } else { rest };
    let defined = (size < f64::INFINITY) & (by > 0.0);
    if defined { rest.copysign(x) } else { f64::NAN }
}

/// ∛x.
#[inline(always)]
pub(in super::super) fn cbrt<const FUSED: bool>(x: f64) -> f64 {
    let size = x.abs();
    let subnormal = size < f64::MIN_POSITIVE;
    let bits = (if subnormal { size * 18_014_398_509_481_984.0 } else { size }).to_bits();
    let exponent = f64::from_bits(INTEGERS.to_bits() | bits >> 52) - (INTEGERS + 1023.0);
    let exponent = if subnormal { exponent - 54.0 } else { exponent };
    let m = f64::from_bits(bits & 0x000f_ffff_ffff_ffff | 0x3ff0_0000_0000_0000);
    // exponent = 3·k + rest with a rest of -1, 0 or 1.
    let k = (exponent * (1.0 / 3.0) + MAGIC) - MAGIC;
    let rest = exponent - 3.0 * k;
    let a = m * if rest < 0.0 { 0.5 } else { 1.0 } * if rest > 0.0 { 2.0 } else { 1.0 };
    // For a between ½ and 4: a parabola, then twice Halley's step.
    let y = polynomial::<FUSED, 4>(a, [0.5, 0.6, -0.12, 0.0125]);
    let halley = |y: f64| {
        let cube = y * y * y;
        y * ((cube + 2.0 * a) / (2.0 * cube + a))
    };
    let y = halley(halley(y));
    // With a root so short that its square is exact, Newton's step.
    let y = f64::from_bits(y.to_bits().wrapping_add(0x8000_0000) & 0xffff_ffff_0000_0000);
    let r = a / (y * y);
    let y = y + y * ((r - y) / (2.0 * y + r));
    let root = scaled(y, k).copysign(x);
    if (size == 0.0) | (size == f64::INFINITY) | x.is_nan() { x } else { root }
}

/// xⁿ for each number, as the standard library multiplies.
#[inline(always)]
pub(in super::super) fn powi<T: crate::number::Scalar>(n: i32, results: &mut [T], bases: &[T]) {
    const PIECE: usize = 32;
    for (results, bases) in results.chunks_mut(PIECE).zip(bases.chunks(PIECE)) {
        let mut squares = [T::one(); PIECE];
        squares[..bases.len()].copy_from_slice(bases);
        let squares = &mut squares[..bases.len()];
        results.fill(T::one());
        let mut rest = n.unsigned_abs();
        loop {
            if rest & 1 == 1 {
                results.iter_mut().zip(&*squares).for_each(|(result, &square)| *result *= square);
            }
            rest /= 2;
            if rest == 0 {
                break;
            }
            squares.iter_mut().for_each(|square| *square *= *square);
        }
        if n < 0 {
            results.iter_mut().for_each(|result| *result = T::one() / *result);
        }
    }
}
