//! Series of functions whose rule refers to the function itself, such as that of exp, or to one whose rule does, such as that of sin.
//!
//! Such a rule cannot run on a series of which only the value is known. But y' = p·x' gives the k-th coefficient of y by those of
//! p up to order k - 1, and these follow from coefficients that are known by then: what p is at the start says the rule, how it goes
//! on a relation between p and y (Griewank and Walther, *Evaluating Derivatives*, 2nd ed. 2008, table 13.2).

use super::Taylor;
use super::powers::{cbrt, powi, sqrt};
use super::series::{convolution, integrated, product, velocities, with_strong_zeros_if_needed};
use crate::number::Scalar;
use crate::rules::{BinaryOperation, Unary, UnaryOperation, operations};
use crate::scalar::{Operator, is_finite};

/// The coefficients of a function with a recurrence, whose value at x is y₀; none of a function whose rule runs on series.
#[inline(always)]
pub(super) fn unary<T: Scalar, const K: usize>(op: impl UnaryOperation, y0: T, x: &Taylor<T, K>) -> Option<[T; K]> {
    let p0 = || op.partial(x.value, y0).value();
    Some(match op.kind() {
        Unary::Exp => multiple_of_itself(x, p0(), |y| y),
        Unary::Exp2 => multiple_of_itself(x, p0(), |y| y * T::LN_2()),
        Unary::Sin | Unary::Cos => oscillation(x, y0, p0(), true),
        Unary::Sinh | Unary::Cosh => oscillation(x, y0, p0(), false),
        Unary::Tan => square(x, y0, p0(), false),
        Unary::Tanh => square(x, y0, p0(), true),
        // σ(x) = (1 + tanh(x/2))/2: σ' = σ·(1 - σ) would cancel in its second coefficient.
        Unary::Logistic => {
            let half = |c: T| c.with_plain(0.5, Operator::Mul);
            let x = Taylor::new(half(x.value), x.coefficients.map(half));
            x.tanh().coefficients.map(half)
        }
        // Below, the rule has a power series.
        Unary::Sinc if !x.value.abs().value_less(&T::one()) => (x.sin() / *x).coefficients,
        Unary::Recip => Taylor::quotient(y0, None, *x),
        Unary::Sqrt => sqrt(x, y0),
        Unary::Cbrt => cbrt(x, y0),
        Unary::Powi(n) if !matches!(n, 0 | 1) => powi(x, n).coefficients,
        _ => return None,
    })
}

/// y and p with y' = p·x', where `next` finds the k-th coefficient of p by those of y up to the k-th and its own below.
#[inline(always)]
fn solved<T: Scalar, const K: usize>(
    x: &Taylor<T, K>,
    p0: T,
    next: impl Fn(bool, usize, &[T; K], &[T; K]) -> T + Copy,
) -> [T; K] {
    let (x, velocities) = (x.coefficients, velocities(&x.coefficients));
    with_strong_zeros_if_needed(move |strong| {
        let (mut y, mut p) = ([T::zero(); K], [T::zero(); K]);
        for k in 1..=K {
            y[k - 1] = integrated(strong, k, (&x, &velocities), (p0, &p));
            if k < K {
                p[k - 1] = next(strong, k, &y, &p);
            }
        }
        y
    })
}

/// p is a multiple of y.
fn multiple_of_itself<T: Scalar, const K: usize>(x: &Taylor<T, K>, p0: T, multiple: impl Fn(T) -> T + Copy) -> [T; K] {
    solved(x, p0, move |_, k, y, _| multiple(y[k - 1]))
}

/// p' = -y·x', or without the sign.
fn oscillation<T: Scalar, const K: usize>(x: &Taylor<T, K>, y0: T, p0: T, negative: bool) -> [T; K] {
    let (inner, velocities) = (x.coefficients, velocities(&x.coefficients));
    solved(x, p0, move |strong, k, y, _| {
        let p = integrated(strong, k, (&inner, &velocities), (y0, y));
        if negative { -p } else { p }
    })
}

/// p is y² and a constant, or -y² and a constant.
fn square<T: Scalar, const K: usize>(x: &Taylor<T, K>, y0: T, p0: T, negative: bool) -> [T; K] {
    solved(x, p0, move |strong, k, y, _| {
        let ends = product(strong, y0, y[k - 1]).with_plain(2.0, Operator::Mul);
        let p = convolution(strong, ends, k, y, y);
        if negative { -p } else { p }
    })
}

/// The logarithm of x to base y, whose value is z₀, as ln x/ln y; where one is infinite or NaN by the rule.
pub(super) fn logarithm<T: Scalar, const K: usize>(z0: T, x: &Taylor<T, K>, y: &Taylor<T, K>) -> [T; K] {
    let base = y.ln();
    if is_finite(&z0) && is_finite(&base.value) {
        return Taylor::quotient(z0, Some(x.ln().coefficients), base);
    }
    order_by_order(operations::Log, z0, x, y)
}

/// A function of x and y with the value z₀ by its rule, which takes its own series as far as that is known: for singular points,
/// at a cost of K³.
#[cold]
pub(super) fn order_by_order<T: Scalar, const K: usize>(
    op: impl BinaryOperation,
    z0: T,
    x: &Taylor<T, K>,
    y: &Taylor<T, K>,
) -> [T; K] {
    let mut z = Taylor::constant(z0);
    for i in 0..K {
        let (a, b) = op.partials(*x, *y, z, [true, true]);
        z.coefficients[i] = Taylor::integral_along(&a, x)[i] + Taylor::integral_along(&b, y)[i];
    }
    z.coefficients
}
