//! Functions of angles, and angles.

use super::{MAGIC, multiply_add, polynomial, upper};
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

/// What the nearest number to π/2 lacks.
const FRAC_PI_2_LOW: f64 = 6.12323399573676603587e-17;

/// The nearest multiple of π/2 to an angle: how many (in the lowest bits), and what is left with what that lost.
#[inline(always)]
fn reduced_angle<const FUSED: bool>(x: f64) -> (u64, f64, f64) {
    // π/2 in parts of 33 bits, whose products with the number of multiples are exact, and a tail.
    const PARTS: [f64; 3] = [1.570_796_326_734_125_6, 6.077_100_506_303_966e-11, 2.022_266_248_711_166_5e-21];
    const TAIL: f64 = 8.478_427_660_368_9e-32;
    let shifted = multiply_add::<FUSED>(x, std::f64::consts::FRAC_2_PI, MAGIC);
    let n = shifted - MAGIC;
    let first = x - n * PARTS[0];
    let second = first - n * PARTS[1];
    let lost = (first - second) - n * PARTS[1];
    let third = second - n * PARTS[2];
    let lost_too = (second - third) - n * PARTS[2];
    let tail = lost + (lost_too - n * TAIL);
    let r = third + tail;
    (shifted.to_bits(), r, (third - r) + tail)
}

/// The sine of the sum of an angle up to π/4 and of what it lacks, in two parts.
#[inline(always)]
fn near_sine<const FUSED: bool>(x: f64, y: f64) -> (f64, f64) {
    let z = x * x;
    let v = z * x;
    let r = polynomial::<FUSED, 5>(
        z,
        [
            8.33333333332248946124e-03,
            -1.98412698298579493134e-04,
            2.75573137070700676789e-06,
            -2.50507602534068634195e-08,
            1.58969099521155010221e-10,
        ],
    );
    (x, -((z * (0.5 * y - v * r) - y) - v * -1.66666666666666324348e-01))
}

/// The cosine of the sum of an angle up to π/4 and of what it lacks, in two parts.
#[inline(always)]
fn near_cosine<const FUSED: bool>(x: f64, y: f64) -> (f64, f64) {
    let z = x * x;
    let r = z * polynomial::<FUSED, 6>(
        z,
        [
            4.16666666666666019037e-02,
            -1.38888888888741095749e-03,
            2.48015872894767294178e-05,
            -2.75573143513906633035e-07,
            2.08757232129817482790e-09,
            -1.13596475577881948265e-11,
        ],
    );
    let half = 0.5 * z;
    let w = 1.0 - half;
    (w, ((1.0 - w) - half) + (z * r - x * y))
}

/// The sine of an angle that is so many quarters of a turn ahead, for angles up to [`TRIGONOMETRIC_LIMIT`].
#[inline(always)]
fn sine_ahead<const FUSED: bool>(x: f64, quarters: u64) -> f64 {
    let (n, r, lost) = reduced_angle::<FUSED>(x);
    let n = n.wrapping_add(quarters);
    let (sine, cosine) = (near_sine::<FUSED>(r, lost), near_cosine::<FUSED>(r, lost));
    let y = if n & 1 == 0 { sine.0 + sine.1 } else { cosine.0 + cosine.1 };
    // The second bit is the sign.
    f64::from_bits(y.to_bits() ^ (n & 2) << 62)
}

/// sin x, for angles up to [`TRIGONOMETRIC_LIMIT`].
#[inline(always)]
pub(in super::super) fn sin<const FUSED: bool>(x: f64) -> f64 {
    let y = sine_ahead::<FUSED>(x, 0);
    // The sign of a zero.
    if x == 0.0 { x } else { y }
}

/// cos x, for angles up to [`TRIGONOMETRIC_LIMIT`].
#[inline(always)]
pub(in super::super) fn cos<const FUSED: bool>(x: f64) -> f64 {
    sine_ahead::<FUSED>(x, 1)
}

/// tan x, for angles up to [`TRIGONOMETRIC_LIMIT`](super::TRIGONOMETRIC_LIMIT).
#[inline(always)]
pub(in super::super) fn tan<const FUSED: bool>(x: f64) -> f64 {
    let (n, r, lost) = reduced_angle::<FUSED>(x);
    let (sine, cosine) = (near_sine::<FUSED>(r, lost), near_cosine::<FUSED>(r, lost));
    let odd = n & 1 == 1;
    let (a, b) = if odd { (cosine, sine) } else { (sine, cosine) };
    // The quotient of the sums, with what the first quotient lacks.
    let (a_high, b_high) = (a.0 + a.1, b.0 + b.1);
    let (a_low, b_low) = ((a.0 - a_high) + a.1, (b.0 - b_high) + b.1);
    let y = a_high / b_high;
    let (of_y, of_b) = (upper(y), upper(b_high));
    let product = ((y - of_y) * b_high + of_y * (b_high - of_b), of_y * of_b);
    let rest = ((a_high - product.1) - product.0) + (a_low - y * b_low);
    let y = y + rest / b_high;
    let y = if odd { -y } else { y };
    // The sign of a zero, and numbers whose parts vanish.
    if x.abs() < 1e-150 { x } else { y }
}

/// The arc tangent of a number from 0 to 1, and what it lacks.
#[inline(always)]
fn near_arc_tangent<const FUSED: bool>(t: f64) -> (f64, f64) {
    // (t - 1)/(t + 1) is the tangent of an angle smaller by π/4.
    let far = t > 0.66;
    let x = (if far { t - 1.0 } else { t }) / (if far { t + 1.0 } else { 1.0 });
    let z = x * x;
    let p = polynomial::<FUSED, 5>(
        z,
        [
            -6.485021904942025371773e1,
            -1.228866684490136173410e2,
            -7.500855792314704667340e1,
            -1.615753718733365076637e1,
            -8.750608600031904122785e-1,
        ],
    );
    let q = polynomial::<FUSED, 6>(
        z,
        [
            1.945506571482613964425e2,
            4.853903996359136964868e2,
            4.328810604912902668951e2,
            1.650270098316988542046e2,
            2.485846490142306297962e1,
            1.0,
        ],
    );
    let rest = x * (z * p / q);
    if far { (FRAC_PI_4, x + (rest + 0.5 * FRAC_PI_2_LOW)) } else { (x, rest) }
}

/// The angle of a point with these coordinates, of which none is NaN and not both are 0, in the first quarter.
#[inline(always)]
fn first_quarter<const FUSED: bool>(y: f64, x: f64) -> (f64, f64) {
    let steep = y > x;
    let (least, most) = if steep { (x, y) } else { (y, x) };
    let ratio = least / most;
    let (high, low) = near_arc_tangent::<FUSED>(if least == most { 1.0 } else { ratio });
    if steep { (FRAC_PI_2, (FRAC_PI_2_LOW - low) - high) } else { (high, low) }
}

/// The angle whose tangent is x.
#[inline(always)]
pub(in super::super) fn atan<const FUSED: bool>(x: f64) -> f64 {
    let (high, low) = first_quarter::<FUSED>(x.abs(), 1.0);
    (high + low).copysign(x)
}

/// The angle of the point (x, y).
#[inline(always)]
pub(in super::super) fn atan2<const FUSED: bool>(y: f64, x: f64) -> f64 {
    let (high, low) = first_quarter::<FUSED>(y.abs(), x.abs());
    let none = y == 0.0 && x == 0.0;
    let (high, low) = if none { (0.0, 0.0) } else { (high, low) };
    let behind = x.is_sign_negative();
    let angle = if behind { PI - (high - (2.0 * FRAC_PI_2_LOW - low)) } else { high + low };
    (if x.is_nan() { x } else { angle }).copysign(y)
}

/// The quotient of polynomials of which x times it is what asin x is beyond x, for z = x² up to ¼.
#[inline(always)]
fn beyond_arc_sine<const FUSED: bool>(z: f64) -> f64 {
    let p = z * polynomial::<FUSED, 6>(
        z,
        [
            1.66666666666666657415e-01,
            -3.25565818622400915405e-01,
            2.01212532134862925881e-01,
            -4.00555345006794114027e-02,
            7.91534994289814532176e-04,
            3.47933107596021167570e-05,
        ],
    );
    let q = polynomial::<FUSED, 5>(
        z,
        [
            1.0,
            -2.40339491173441421878e+00,
            2.02094576023350569471e+00,
            -6.88283971605453293030e-01,
            7.70381505559019352791e-02,
        ],
    );
    p / q
}

/// asin x in two parts for |x| up to ½, and else half the angle that |x| lacks to be π/2, in two parts.
#[inline(always)]
fn arc_sine_or_rest<const FUSED: bool>(x: f64) -> (bool, f64, f64) {
    let small = x.abs() < 0.5;
    let z = if small { x * x } else { 0.5 * (1.0 - x.abs()) };
    let root = z.sqrt();
    // What the root lacks; of a root that is 0, nothing.
    let high = upper(root);
    let sum = root + high;
    let lost = (z - high * high) / (if sum == 0.0 { 1.0 } else { sum });
    let beyond = beyond_arc_sine::<FUSED>(z);
    if small { (true, x, x * beyond) } else { (false, high, lost + root * beyond) }
}

/// The angle whose sine is x.
#[inline(always)]
pub(in super::super) fn asin<const FUSED: bool>(x: f64) -> f64 {
    let (small, high, low) = arc_sine_or_rest::<FUSED>(x);
    let rest = (FRAC_PI_4 - 2.0 * high) + (FRAC_PI_4 + (FRAC_PI_2_LOW - 2.0 * low));
    if small { high + low } else { rest.copysign(x) }
}

/// The angle whose cosine is x.
#[inline(always)]
pub(in super::super) fn acos<const FUSED: bool>(x: f64) -> f64 {
    let (small, high, low) = arc_sine_or_rest::<FUSED>(x);
    let from_right = FRAC_PI_2 - (high - (FRAC_PI_2_LOW - low));
    let near = 2.0 * (high + low);
    let far = PI - 2.0 * (high + (low - FRAC_PI_2_LOW));
    let beside = if x > 0.0 { near } else { far };
    if small { from_right } else { beside }
}
