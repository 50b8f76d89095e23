//! Arithmetic of truncated series: products, quotients, and the integral that turns a partial into coefficients.

use super::Taylor;
use crate::number::Scalar;
use crate::rules::{Partial, strong_zero_product};
use crate::scalar::Operator;

/// The product of two coefficients, in which a zero is a strong one or not.
#[inline(always)]
pub(super) fn product<T: Scalar>(strong: bool, a: T, b: T) -> T {
    if strong { strong_zero_product(a, b) } else { a * b }
}

/// Whether one of them is NaN.
#[inline(always)]
pub(super) fn any_nan<T: Scalar, const K: usize>(coefficients: &[T; K]) -> bool {
    coefficients.iter().fold(false, |any, c| any | !c.value_equal(c))
}

/// Coefficients by plain products, and again by those with strong zeros where one comes out NaN.
///
/// The closure owns what it works on: operands that the rare call refers to would have to lie in memory for the other one too.
#[inline(always)]
pub(super) fn with_strong_zeros_if_needed<T: Scalar, const K: usize>(
    coefficients: impl Fn(bool) -> [T; K] + Copy,
) -> [T; K] {
    #[cold]
    #[inline(never)]
    fn rarely<T, const K: usize>(coefficients: impl Fn(bool) -> [T; K]) -> [T; K] {
        coefficients(true)
    }
    if T::RECORDS {
        return coefficients(true);
    }
    let plain = coefficients(false);
    if !T::PLAIN && any_nan(&plain) { rarely(coefficients) } else { plain }
}

/// `start` + Σ aⱼ·bₖ₋ⱼ over 0 < j < k.
#[inline(always)]
pub(super) fn convolution<T: Scalar, const K: usize>(strong: bool, start: T, k: usize, a: &[T; K], b: &[T; K]) -> T {
    (1..k).fold(start, |sum, j| sum + product(strong, a[j - 1], b[k - j - 1]))
}

/// j·xⱼ for every j: the coefficients of t·x'(t).
#[inline(always)]
pub(super) fn velocities<T: Scalar, const K: usize>(x: &[T; K]) -> [T; K] {
    std::array::from_fn(|i| if i == 0 { x[0] } else { x[i].with_plain((i + 1) as f64, Operator::Mul) })
}

/// The k-th coefficient of ∫p·x': xₖ·p₀ + Σ j·xⱼ·pₖ₋ⱼ/k over 0 < j < k, with the velocities j·xⱼ of x.
#[inline(always)]
pub(super) fn integrated<T: Scalar, const K: usize>(
    strong: bool,
    k: usize,
    (x, velocities): (&[T; K], &[T; K]),
    (p0, p): (T, &[T; K]),
) -> T {
    let first = product(strong, x[k - 1], p0);
    if k == 1 {
        return first;
    }
    let second = product(strong, velocities[0], p[k - 2]);
    let sum = (2..k).fold(second, |sum, j| sum + product(strong, velocities[j - 1], p[k - j - 1]));
    first + sum.with_plain(1.0 / k as f64, Operator::Mul)
}

impl<T: Scalar, const K: usize> Taylor<T, K> {
    /// The coefficients of ∫p·x'.
    #[inline(always)]
    pub(super) fn integral_along(p: &Partial<Self>, x: &Self) -> [T; K] {
        let Partial::By(p) = p else {
            return x.coefficients.map(|x| (*p).map(|p| p.value).times(x));
        };
        let (p, x, velocities) = (*p, x.coefficients, velocities(&x.coefficients));
        with_strong_zeros_if_needed(move |strong| {
            std::array::from_fn(|i| integrated(strong, i + 1, (&x, &velocities), (p.value, &p.coefficients)))
        })
    }

    /// The coefficients times a partial that does not depend on t.
    #[inline(always)]
    pub(super) fn scaled(self, partial: Partial<T>) -> [T; K] {
        let Partial::By(factor) = partial else {
            return self.coefficients.map(|c| partial.times(c));
        };
        with_strong_zeros_if_needed(move |strong| self.coefficients.map(|c| product(strong, factor, c)))
    }

    /// The coefficients of a·b. Each of a is multiplied with all of b that it meets: sums that do not wait for each other.
    #[inline(always)]
    pub(super) fn product(a: Self, b: Self) -> [T; K] {
        with_strong_zeros_if_needed(move |strong| {
            let ends =
                |i: usize| product(strong, a.value, b.coefficients[i]) + product(strong, a.coefficients[i], b.value);
            let mut sums: [T; K] = std::array::from_fn(ends);
            for i in 0..K {
                for j in 0..K - i - 1 {
                    sums[i + j + 1] += product(strong, a.coefficients[i], b.coefficients[j]);
                }
            }
            sums
        })
    }

    /// The coefficients of z = a/b, by a = z·b; those of a are 0 if there are none.
    ///
    /// With strong zeros each term is divided by itself, as the rule does: a sum that is NaN would vanish by 1/∞.
    #[inline(always)]
    pub(super) fn quotient(z: T, a: Option<[T; K]>, b: Self) -> [T; K] {
        let reciprocal = b.value.recip();
        with_strong_zeros_if_needed(move |strong| {
            let mut coefficients = [T::zero(); K];
            // What multiplies b: z, or z divided by the value of b.
            let (first, mut others) = (if strong { z / b.value } else { z }, [T::zero(); K]);
            for k in 1..=K {
                let start = product(strong, b.coefficients[k - 1], first);
                let sum = convolution(strong, start, k, &b.coefficients, &others);
                coefficients[k - 1] = match a {
                    Some(a) if strong => product(true, a[k - 1], reciprocal) - sum,
                    Some(a) => (a[k - 1] - sum) * reciprocal,
                    None if strong => -sum,
                    None => -sum * reciprocal,
                };
                let c = coefficients[k - 1];
                // What is NaN stays so over ∞.
                let is_divided = strong && (T::RECORDS || c.value_equal(&c));
                others[k - 1] = if is_divided { product(true, c, reciprocal) } else { c };
            }
            coefficients
        })
    }
}
