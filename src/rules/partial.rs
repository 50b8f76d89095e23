//! Local partial derivatives, and their product with strong zeros: 0·∞ = 0.

use crate::scalar::Scalar;

/// A local partial derivative: the derivative of one operation in one of its operands.
///
/// Partials that are 0, 1 or -1 whatever the operands are say so, and cost no multiplication.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Partial<T> {
    /// The operation does not depend on the operand, or has a kink with derivative 0 there.
    Zero,
    /// Derivative 1.
    One,
    /// Derivative -1.
    MinusOne,
    /// Any other number.
    By(T),
}

impl<T: Scalar> Partial<T> {
    /// The partial as a number.
    #[must_use]
    pub fn value(self) -> T {
        match self {
            Self::Zero => T::zero(),
            Self::One => T::one(),
            Self::MinusOne => -T::one(),
            Self::By(partial) => partial,
        }
    }

    /// The partial made of another number.
    #[inline(always)]
    pub(crate) fn map<N>(self, f: impl FnOnce(T) -> N) -> Partial<N> {
        match self {
            Self::Zero => Partial::Zero,
            Self::One => Partial::One,
            Self::MinusOne => Partial::MinusOne,
            Self::By(partial) => Partial::By(f(partial)),
        }
    }

    /// The partial at a kink, where `vanishing` is 0: it jumps, so that where [strong zeros are told](Scalar::STRICT) it has
    /// an infinite derivative of its own, as ∛ has at 0.
    #[inline(always)]
    pub(super) fn at_kink(self, vanishing: impl FnOnce() -> T) -> Self {
        if T::STRICT { Self::By(self.value() + vanishing().cbrt()) } else { self }
    }

    /// `then` where the value of a is less than that of b, else `otherwise()`.
    #[inline(always)]
    pub(super) fn where_less(a: T, b: T, then: Self, otherwise: impl FnOnce() -> Self) -> Self {
        if T::SYMBOLIC {
            return Self::By(T::select_less(a, b, || then.value(), || otherwise().value()));
        }
        if a.value_less(&b) { then } else { otherwise() }
    }

    /// `then` where the values of a and b are equal, else `otherwise()`; a NaN is not equal to itself.
    #[inline(always)]
    pub(super) fn where_equal(a: T, b: T, then: Self, otherwise: impl FnOnce() -> Self) -> Self {
        if T::SYMBOLIC {
            return Self::By(T::select_equal(a, b, || then.value(), || otherwise().value()));
        }
        if a.value_equal(&b) { then } else { otherwise() }
    }

    /// The partial times a tangent or an adjoint, where a zero factor is a strong zero.
    #[inline(always)]
    pub fn times(self, factor: T) -> T {
        match self {
            Self::Zero => T::zero(),
            Self::One => factor,
            Self::MinusOne => -factor,
            Self::By(partial) => strong_zero_product(partial, factor),
        }
    }

    /// `a·x + b·y` in which a zero factor is a strong zero.
    #[inline(always)]
    pub fn weighted_sum(a: Self, x: T, b: Self, y: T) -> T {
        let multiplied = matches!(a, Self::By(_)) || matches!(b, Self::By(_));
        let sum = match (a, b) {
            (Self::Zero, _) => return b.times(y),
            (_, Self::Zero) => return a.times(x),
            _ if const { T::RECORDS } && multiplied => return a.times(x) + b.times(y),
            (_, Self::One) => a.plain(x) + y,
            (_, Self::MinusOne) => a.plain(x) - y,
            (_, Self::By(partial)) => a.plain(x) + partial * y,
        };
        if const { T::PLAIN } {
            return sum;
        }
        if const { T::DEPTH == 0 }
            && let (Self::By(a), Self::By(b)) = (a, b)
        {
            // Plain floats take the zeros out without a branch: see `strong_zero_product`.
            return a.strong_zero_mul(x) + b.strong_zero_mul(y);
        }
        if multiplied && !sum.value_equal(&sum) {
            return rarely(|| a.times(x) + b.times(y));
        }
        sum
    }

    /// The partial times a tangent or an adjoint, where 0·inf is NaN.
    #[inline(always)]
    pub(crate) fn plain(self, factor: T) -> T {
        match self {
            Self::Zero => T::zero(),
            Self::One => factor,
            Self::MinusOne => -factor,
            Self::By(partial) => partial * factor,
        }
    }
}

/// `a·b` in which a zero factor is a strong zero; the factors are looked at only when the product is NaN.
#[inline(always)]
pub(crate) fn strong_zero_product<T: Scalar>(a: T, b: T) -> T {
    if const { T::PLAIN } {
        return a * b;
    }
    if const { T::DEPTH == 0 } {
        return a.strong_zero_mul(b);
    }
    // A recorded product has to look at its factors whenever it is computed again, unless one is a constant 0.
    if const { T::RECORDS } {
        let is_zero = a.is_zero_throughout() || b.is_zero_throughout();
        return if is_zero { T::zero() } else { a.strong_zero_mul(b) };
    }
    let product = a * b;
    if !product.value_equal(&product) {
        return rarely(|| a.strong_zero_mul(b));
    }
    product
}

/// The slow path of `strong_zero_product`.
#[cold]
#[inline(never)]
fn rarely<T: Scalar>(f: impl FnOnce() -> T) -> T {
    f()
}
