//! Series of roots and powers, by what they are: y² = x, y³ = x, xⁿ = x·x·…, and x·y' = c·y·x'.

use super::Taylor;
use super::series::{any_nan, convolution, integrated, product, velocities, with_strong_zeros_if_needed};
use crate::number::Scalar;
use crate::rules::Partial::By;
use crate::scalar::Operator;

/// y with y² = x, whose value is y₀: 2·y₀·yₖ = xₖ - Σ yⱼ·yₖ₋ⱼ.
pub(super) fn sqrt<T: Scalar, const K: usize>(x: &Taylor<T, K>, y0: T) -> [T; K] {
    let (x, half) = (x.coefficients, T::constant(0.5) / y0.with_positive_zero());
    with_strong_zeros_if_needed(move |strong| {
        let (mut y, mut halves) = ([T::zero(); K], [T::zero(); K]);
        for k in 1..=K {
            // Divided before, as the rule does, where a sum of infinities would meet 1/∞.
            let start = if strong { product(true, x[k - 1], half) } else { x[k - 1] };
            let squares = convolution(strong, T::zero(), k, &y, if strong { &halves } else { &y });
            y[k - 1] = if strong { start - squares } else { (start - squares) * half };
            halves[k - 1] = product(strong, y[k - 1], half);
        }
        y
    })
}

/// y with y³ = x, whose value is y₀: 3·y²·y' = x'.
pub(super) fn cbrt<T: Scalar, const K: usize>(x: &Taylor<T, K>, y0: T) -> [T; K] {
    let third = (T::constant(3.0) * (y0 * y0)).recip();
    let (x, velocities) = (x.coefficients, velocities(&x.coefficients));
    with_strong_zeros_if_needed(move |strong| {
        // p = 1/(3·y²) by s = 3·y²: Σ sⱼ·pₖ₋ⱼ = 0.
        let (mut y, mut p, mut ratios) = ([T::zero(); K], [T::zero(); K], [T::zero(); K]);
        for k in 1..=K {
            y[k - 1] = integrated(strong, k, (&x, &velocities), (third, &p));
            let ends = product(strong, y0, y[k - 1]).with_plain(2.0, Operator::Mul);
            let square = convolution(strong, ends, k, &y, &y).with_plain(3.0, Operator::Mul);
            ratios[k - 1] = product(strong, square, third);
            p[k - 1] = -convolution(strong, product(strong, ratios[k - 1], third), k, &ratios, &p);
        }
        y
    })
}

/// xⁿ for n other than 0, by squares and products. x·y' = n·y·x' would divide by x.
pub(super) fn powi<T: Scalar, const K: usize>(x: &Taylor<T, K>, n: i32) -> Taylor<T, K> {
    let base = if n < 0 { x.recip() } else { *x };
    let exponent = n.unsigned_abs();
    (0..exponent.ilog2()).rev().fold(base, |power, bit| {
        let square = power * power;
        if exponent >> bit & 1 == 1 { square * base } else { square }
    })
}

/// x to a constant power c, whose value is y₀.
pub(super) fn powf_constant<T: Scalar, const K: usize>(y0: T, x: &Taylor<T, K>, c: T) -> [T; K] {
    // A polynomial, whose higher coefficients cancel below.
    if !T::RECORDS && c.is_constant_throughout() {
        let n = c.peek() as u32;
        if f64::from(n) == c.peek() && n as usize <= K {
            return if n == 0 { [T::zero(); K] } else { powi(x, n as i32).coefficients };
        }
    }
    above_zero_or(y0, x, || by_constant(y0, x, c), || order_by_order(x, &Taylor::constant(c), true))
}

/// x to a power w, whose value is y₀.
pub(super) fn powf<T: Scalar, const K: usize>(y0: T, x: &Taylor<T, K>, w: &Taylor<T, K>) -> [T; K] {
    if w.coefficients.iter().all(Scalar::is_zero_throughout) {
        return powf_constant(y0, x, w.value);
    }
    above_zero_or(y0, x, || by_logarithm(y0, x, w), || order_by_order(x, w, false))
}

/// y' = y·(w·ln x)', for x₀ > 0.
fn by_logarithm<T: Scalar, const K: usize>(y0: T, x: &Taylor<T, K>, w: &Taylor<T, K>) -> [T; K] {
    let exponent = Taylor::product(*w, x.ln());
    let velocities = velocities(&exponent);
    with_strong_zeros_if_needed(move |strong| {
        let mut y = [T::zero(); K];
        for k in 1..=K {
            y[k - 1] = integrated(strong, k, (&exponent, &velocities), (y0, &y));
        }
        y
    })
}

/// The power by a formula that divides by x and multiplies by y, and where that is singular or underflows by the rule.
fn above_zero_or<T: Scalar, const K: usize>(
    y0: T,
    x: &Taylor<T, K>,
    usual: impl FnOnce() -> [T; K],
    by_rule: impl FnOnce() -> [T; K],
) -> [T; K] {
    let is_ordinary = |x: &T| T::zero().value_less(x) && x.value_less(&T::infinity());
    if is_ordinary(&x.value) && is_ordinary(&(y0 - T::min_positive_value())) {
        let y = usual();
        if T::RECORDS || !any_nan(&y) {
            return y;
        }
    }
    by_rule()
}

/// k·x₀·yₖ = Σ (c·j - (k - j))·xⱼ·yₖ₋ⱼ over 0 < j ≤ k, for x₀ > 0 (Knuth, *The Art of Computer Programming* 2, section 4.7).
fn by_constant<T: Scalar, const K: usize>(y0: T, x: &Taylor<T, K>, c: T) -> [T; K] {
    let (x, reciprocal) = (x.coefficients, x.value.recip());
    with_strong_zeros_if_needed(move |strong| {
        let mut y = [T::zero(); K];
        for k in 1..=K {
            let last = product(strong, product(strong, c, x[k - 1]), y0);
            let sum = (1..k).fold(T::zero(), |sum, j| {
                let weight = c.with_plain(j as f64, Operator::Mul).with_plain((k - j) as f64, Operator::Sub);
                sum + product(strong, product(strong, weight, x[j - 1]), y[k - j - 1])
            });
            y[k - 1] = product(strong, last + sum.with_plain(1.0 / k as f64, Operator::Mul), reciprocal);
        }
        y
    })
}

/// The power at singular points as the rule has it: (xʷ)' = w·xʷ⁻¹·x' + xʷ·ln x·w', from the power w - K, of which the value is
/// needed, to the power w, of which K coefficients are.
#[cold]
fn order_by_order<T: Scalar, const K: usize>(x: &Taylor<T, K>, w: &Taylor<T, K>, is_constant: bool) -> [T; K] {
    let zero = T::zero();
    let mut below = Taylor::constant(x.value.powf(w.value - T::constant(K as f64)));
    for d in (0..K).rev() {
        let exponent = w.with_plain(d as f64, Operator::Sub);
        let in_base = Taylor::integral_along(&By(exponent.strong_zero_mul(below)), x);
        let mut y = Taylor::constant(x.value.powf(exponent.value));
        if is_constant {
            y.coefficients = in_base;
        } else {
            let (is_negative, is_positive) = (x.value.value_less(&zero), zero.value_less(&x.value));
            // Where the power has lost its digits, the power below it has them for x < 1, and else its square root may.
            let least = T::min_positive_value();
            let half = exponent.with_plain(0.5, Operator::Mul);
            let vanishes = is_positive && y.value.value_less(&least);
            let is_below_one = vanishes && x.value.value_less(&T::one());
            let root = (vanishes && !is_below_one).then(|| x.value.powf(half.value)).filter(|y| least.value_less(y));
            let root = root.map(|y| Taylor { value: y, coefficients: by_logarithm(y, x, &half) });
            for (i, in_base) in in_base.into_iter().enumerate().take(K - d) {
                let in_exponent = if is_negative {
                    (*x + y) * Taylor::constant(T::nan())
                } else if is_below_one {
                    below * (*x * x.ln())
                } else if let Some(root) = root {
                    root * (root * x.ln())
                } else {
                    y.strong_zero_mul(x.ln())
                };
                y.coefficients[i] = in_base + Taylor::integral_along(&By(in_exponent), w)[i];
            }
        }
        below = y;
    }
    below.coefficients
}
