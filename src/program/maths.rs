//! Lane mathematics: functions without branches, so that a loop over lanes becomes vector instructions.
//!
//! The choices are between numbers that are computed anyway, exponents are read and written by their bits, and integers
//! are got by adding 1.5·2⁵², since older vector instructions convert no 64-bit integers. Coefficients of logarithm, sine
//! and cosine are those of fdlibm (Sun Microsystems, 1993: `e_log.c`, `s_log1p.c`, `k_sin.c`, `k_cos.c`), the reduction of
//! angles is Cody and Waite's in three parts.

/// Beyond it sine and cosine need a longer π than this reduction has.
pub(super) const TRIGONOMETRIC_LIMIT: f64 = 1e5;

/// 1.5·2⁵²: a number below 2⁵¹ that is added to it is rounded to an integer, which then stands in the lowest bits.
const MAGIC: f64 = 6_755_399_441_055_744.0;

/// a·b + c.
#[inline(always)]
fn multiply_add<const FUSED: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// The polynomial with these coefficients, the constant first.
#[inline(always)]
fn polynomial<const FUSED: bool, const N: usize>(x: f64, coefficients: [f64; N]) -> f64 {
    coefficients.into_iter().rev().fold(0.0, |sum, c| multiply_add::<FUSED>(sum, x, c))
}

/// 2ᵏ for an integer k from -1022 to 1023.
#[inline(always)]
fn power_of_two(k: f64) -> f64 {
    f64::from_bits((k + (MAGIC + 1023.0)).to_bits() << 52)
}

const LN_2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
const LN_2_LOW: f64 = f64::from_bits(0x3dea_39ef_3579_3c76);

/// k and r with x = k·ln 2 + r and |r| ≤ ln 2/2, and eʳ - 1.
#[inline(always)]
fn reduced_exponential<const FUSED: bool>(x: f64) -> (f64, f64) {
    let k = multiply_add::<FUSED>(x, std::f64::consts::LOG2_E, MAGIC) - MAGIC;
    let high = multiply_add::<FUSED>(-k, LN_2_HIGH, x);
    let low = k * LN_2_LOW;
    let r = high - low;
    // What the subtraction lost is a part of eʳ, to first order.
    let lost = (high - r) - low;
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
    (k, r + multiply_add::<FUSED>(r * r, tail, lost))
}

/// y·2ᵏ in two steps, of which only the second can round.
#[inline(always)]
fn scaled(y: f64, k: f64) -> f64 {
    let half = (k * 0.5 + MAGIC) - MAGIC;
    y * power_of_two(half) * power_of_two(k - half)
}

#[inline(always)]
fn clamp(x: f64, low: f64, high: f64) -> f64 {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

/// eˣ.
#[inline(always)]
pub(super) fn exp<const FUSED: bool>(x: f64) -> f64 {
    let (k, m) = reduced_exponential::<FUSED>(clamp(x, -746.0, 710.0));
    scaled(1.0 + m, k)
}

/// eˣ - 1.
#[inline(always)]
pub(super) fn exp_m1<const FUSED: bool>(x: f64) -> f64 {
    let (k, m) = reduced_exponential::<FUSED>(clamp(x, -50.0, 710.0));
    // (m + 1)·2ᵏ - 1 with the 1 on the scale of m, where the difference to 2⁻ᵏ is exact for what still counts.
    let y = scaled(m + (1.0 - power_of_two(-clamp(k, -100.0, 1000.0))), k);
    // The sign of a zero.
    if x == 0.0 { x } else { y }
}

/// k·ln 2 + ln(1 + f) + c for 1 + f between √½ and √2.
#[inline(always)]
fn logarithm<const FUSED: bool>(k: f64, f: f64, c: f64) -> f64 {
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
    multiply_add::<FUSED>(k, LN_2_HIGH, f - (half - (s * (half + r) + multiply_add::<FUSED>(k, LN_2_LOW, c))))
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

/// ln x.
#[inline(always)]
pub(super) fn ln<const FUSED: bool>(x: f64) -> f64 {
    let subnormal = x < f64::MIN_POSITIVE;
    let (k, m) = parts(if subnormal { x * 18_014_398_509_481_984.0 } else { x });
    let k = if subnormal { k - 54.0 } else { k };
    at_ends(x, logarithm::<FUSED>(k, m - 1.0, 0.0))
}

/// ln(1 + x).
#[inline(always)]
pub(super) fn ln_1p<const FUSED: bool>(x: f64) -> f64 {
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

/// e to the power of -|x|, above 0 by no more than 1.
#[inline(always)]
fn falling<const FUSED: bool>(x: f64) -> f64 {
    exp::<FUSED>(-x.abs())
}

/// tanh x.
#[inline(always)]
pub(super) fn tanh<const FUSED: bool>(x: f64) -> f64 {
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
pub(super) fn sech_squared<const FUSED: bool>(x: f64) -> f64 {
    // The square of 2e/(1 + e²), so that it does not underflow before the result does.
    let e = falling::<FUSED>(x);
    let sech = 2.0 * e / multiply_add::<FUSED>(e, e, 1.0);
    sech * sech
}

/// 1/(1 + e⁻ˣ).
#[inline(always)]
pub(super) fn logistic<const FUSED: bool>(x: f64) -> f64 {
    let e = falling::<FUSED>(x);
    (if x < 0.0 { e } else { 1.0 }) / (1.0 + e)
}

/// The slope of the logistic function.
#[inline(always)]
pub(super) fn logistic_slope<const FUSED: bool>(x: f64) -> f64 {
    let e = falling::<FUSED>(x);
    let sum = 1.0 + e;
    e / sum / sum
}

/// ln(1 + eˣ).
#[inline(always)]
pub(super) fn softplus<const FUSED: bool>(x: f64) -> f64 {
    let y = ln_1p::<FUSED>(falling::<FUSED>(x));
    if x > 0.0 { x + y } else { y }
}

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

/// The sine of the sum of an angle up to π/4 and of what it lacks.
#[inline(always)]
fn near_sine<const FUSED: bool>(x: f64, y: f64) -> f64 {
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
    x - ((z * (0.5 * y - v * r) - y) - v * -1.66666666666666324348e-01)
}

/// The cosine of the sum of an angle up to π/4 and of what it lacks.
#[inline(always)]
fn near_cosine<const FUSED: bool>(x: f64, y: f64) -> f64 {
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
    w + (((1.0 - w) - half) + (z * r - x * y))
}

/// The sine of an angle that is so many quarters of a turn ahead, for angles up to [`TRIGONOMETRIC_LIMIT`].
#[inline(always)]
fn sine_ahead<const FUSED: bool>(x: f64, quarters: u64) -> f64 {
    let (n, r, lost) = reduced_angle::<FUSED>(x);
    let n = n.wrapping_add(quarters);
    let y = if n & 1 == 0 { near_sine::<FUSED>(r, lost) } else { near_cosine::<FUSED>(r, lost) };
    // The second bit is the sign.
    f64::from_bits(y.to_bits() ^ (n & 2) << 62)
}

/// sin x, for angles up to [`TRIGONOMETRIC_LIMIT`].
#[inline(always)]
pub(super) fn sin<const FUSED: bool>(x: f64) -> f64 {
    let y = sine_ahead::<FUSED>(x, 0);
    // The sign of a zero.
    if x == 0.0 { x } else { y }
}

/// cos x, for angles up to [`TRIGONOMETRIC_LIMIT`].
#[inline(always)]
pub(super) fn cos<const FUSED: bool>(x: f64) -> f64 {
    sine_ahead::<FUSED>(x, 1)
}

#[cfg(test)]
mod tests {
    use crate::number::ulps_between;

    /// Numbers from all over the range, from ordinary ones, and from near the ends.
    fn points() -> Vec<f64> {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let mut found = vec![0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 5e-324, -5e-324, 1e-310, f64::MIN_POSITIVE, f64::MAX];
        found.extend([f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MIN, 709.78, 709.79, -745.13, -745.14, -708.5]);
        for _ in 0..40_000 {
            let unit = (next() >> 11) as f64 / (1_u64 << 53) as f64;
            found.push(f64::from_bits(next()));
            for size in [1.0, 10.0, 800.0, 1e-3, 1e5] {
                found.push((unit * 2.0 - 1.0) * size);
            }
            found.push(1.0 + (unit - 0.5) * 1e-3);
            // Near multiples of π/2.
            let multiple = (next() % 60_000) as f64 * std::f64::consts::FRAC_PI_2;
            found.push(f64::from_bits(multiple.to_bits() + next() % 3));
        }
        found
    }

    fn check(name: &str, most: u64, fast: [fn(f64) -> f64; 2], exact: fn(f64) -> f64, applies: fn(f64) -> bool) {
        for (fast, fused) in fast.into_iter().zip([false, true]) {
            let worst = points()
                .into_iter()
                .filter(|&x| applies(x))
                .map(|x| (ulps_between(fast(x), exact(x)), x))
                .max_by_key(|worst| worst.0)
                .expect("there are points");
            let (ulps, x) = worst;
            assert!(
                ulps <= most,
                "{name}({x:e}), fused {fused}: {:e} and {:e} are {ulps} ulp apart",
                fast(x),
                exact(x)
            );
            for x in [0.0, -0.0] {
                assert_eq!(fast(x).to_bits(), exact(x).to_bits(), "{name}({x:?}), fused {fused}");
            }
        }
    }

    /// tanh x by Taylor's series of e²ˣ - 1 in twice the precision up to 2, where the standard library's may itself be off
    /// by 2 units in the last place.
    fn reference_tanh(x: f64) -> f64 {
        if x.abs() > 2.0 || x.abs() < 1e-8 || x.is_nan() {
            return x.tanh();
        }
        let add = |[a, b]: [f64; 2], c: f64| {
            let sum = a + c;
            let part = sum - a;
            [sum, (a - (sum - part)) + (c - part) + b]
        };
        let multiply = |[a, b]: [f64; 2], c: f64| {
            let product = a * c;
            [product, a.mul_add(c, -product) + b * c]
        };
        let divide = |[a, b]: [f64; 2], [c, d]: [f64; 2]| {
            let first = a / c;
            let [p, q] = multiply([c, d], first);
            [first, ((a - p) - q + b) / c]
        };
        // z·(1 + z/2·(1 + z/3·(…))) for z = 2x.
        let z = 2.0 * x;
        let sum = (2..60).rev().fold([1.0, 0.0], |sum, k| {
            let [a, b] = divide(multiply(sum, z), [f64::from(k), 0.0]);
            add([a, b], 1.0)
        });
        let t = multiply(sum, z);
        let [a, b] = divide(t, add(t, 2.0));
        a + b
    }

    #[test]
    fn functions_are_within_two_units_in_the_last_place() {
        let any = |_: f64| true;
        let small = |x: f64| x.is_nan() || x.abs() <= super::TRIGONOMETRIC_LIMIT;
        check("exp", 2, [super::exp::<false>, super::exp::<true>], f64::exp, any);
        check("exp_m1", 2, [super::exp_m1::<false>, super::exp_m1::<true>], f64::exp_m1, any);
        check("ln", 2, [super::ln::<false>, super::ln::<true>], f64::ln, any);
        check("ln_1p", 2, [super::ln_1p::<false>, super::ln_1p::<true>], f64::ln_1p, any);
        check("tanh", 2, [super::tanh::<false>, super::tanh::<true>], reference_tanh, any);
        check("sin", 2, [super::sin::<false>, super::sin::<true>], f64::sin, small);
        check("cos", 2, [super::cos::<false>, super::cos::<true>], f64::cos, small);
        let logistic = crate::number::Scalar::logistic;
        check("logistic", 2, [super::logistic::<false>, super::logistic::<true>], logistic, any);
        let softplus = crate::number::Scalar::softplus;
        check("softplus", 2, [super::softplus::<false>, super::softplus::<true>], softplus, any);
    }

    #[test]
    fn slopes_are_those_of_the_rules() {
        use crate::rules::Unary;
        let slope = |op: Unary| move |x: f64| op.rule(x).1.value();
        for x in points() {
            for fused in [false, true] {
                let (sech, logistic) = if fused {
                    (super::sech_squared::<true>(x), super::logistic_slope::<true>(x))
                } else {
                    (super::sech_squared::<false>(x), super::logistic_slope::<false>(x))
                };
                // The rules are themselves within 4e-15 of the truth.
                for (op, found) in [(Unary::Tanh, sech), (Unary::Logistic, logistic)] {
                    let expected = slope(op)(x);
                    let close = ulps_between(found, expected) <= 24 || (found - expected).abs() < 1e-300;
                    assert!(close, "{op:?}({x:e}): {found:e} and {expected:e}");
                }
            }
        }
    }
}
