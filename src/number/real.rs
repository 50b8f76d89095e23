//! `Real<T>`: a number of type T with everything that a number can have at once.

use super::{Number, Scalar, implement_constants, implement_number};
use crate::rules::{BinaryOperation, TernaryOperation, UnaryOperation};
use crate::scalar::{Operator, Terms};
use std::fmt;

/// A number of type `T` with everything that a number can have at once: methods, operators with plain numbers, and every
/// trait, without a bound that says so.
///
/// It computes, compares, counts and records exactly as `T` does, and takes no time of its own. A function that is generic over
/// `T: Scalar` has of its numbers only what the bound names: `x * 2.0` needs a bound more, and a method that two traits have must
/// say which. `Real<T>` has the operators with `f64` whatever `T` is, and inherent methods, which are never ambiguous; it is
/// at once `num_traits::Float`, [`Scalar`] and `nalgebra::RealField`.
///
/// ```
/// use dualtape::{Real, Scalar, reverse};
///
/// fn f<T: Scalar>(x: &[Real<T>]) -> Real<T> {
///     0.5 * x[0].powi(2) + (x[1] - 1.0).exp().max(2.0)
/// }
///
/// assert_eq!(f(&[Real(3.0), Real(1.0)]), 6.5);
/// let (y, gradient) = reverse::gradient(|x| f(Real::slice(x)).0, &[3.0, 1.0]);
/// assert_eq!((y, gradient), (6.5, vec![3.0, 0.0]));
/// ```
///
/// A matrix of them is one of `nalgebra`'s:
///
/// ```
/// use dualtape::{Real, Scalar, reverse};
/// use nalgebra::Matrix2;
///
/// fn determinant_of_inverse<T: Scalar>(x: &[Real<T>]) -> Real<T> {
///     let matrix = Matrix2::new(x[0], x[1], x[1], 2.0 * x[0]);
///     matrix.try_inverse().expect("a regular matrix").determinant()
/// }
///
/// let (y, gradient) = reverse::gradient(|x| determinant_of_inverse(Real::slice(x)).0, &[1.0, 1.0]);
/// assert_eq!((y, gradient), (1.0, vec![-4.0, 2.0]));
/// ```
///
/// It mixes with `f64` and with nothing else, over `f32` too: a literal has one type. What is of type `T` becomes one by
/// `Real(t)`, and comes back as the field.
#[derive(Clone, Copy)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        transparent,
        bound(serialize = "T: Scalar + serde::Serialize", deserialize = "T: Scalar + serde::Deserialize<'de>")
    )
)]
#[repr(transparent)]
pub struct Real<T>(
    /// The number.
    #[cfg_attr(feature = "serde", serde(with = "crate::number::serialised"))]
    pub T,
);

impl<T> Real<T> {
    /// The same numbers: nothing is copied.
    #[inline(always)]
    #[must_use]
    pub fn slice(numbers: &[T]) -> &[Self] {
        // SAFETY: `Real<T>` is transparent: it lies in memory as `T` does, and every `T` makes one.
        #[expect(unsafe_code, reason = "a slice in place of a copy; there is no safe cast")]
        unsafe {
            &*(std::ptr::from_ref(numbers) as *const [Self])
        }
    }

    /// The same numbers without their wrapper: the reverse of [`Real::slice`].
    #[inline(always)]
    #[must_use]
    pub fn inner_slice(numbers: &[Self]) -> &[T] {
        // SAFETY: `Real<T>` is transparent: it lies in memory as `T` does, and each of them holds one.
        #[expect(unsafe_code, reason = "a slice in place of a copy; there is no safe cast")]
        unsafe {
            &*(std::ptr::from_ref(numbers) as *const [T])
        }
    }
}

/// Everything that `T` may do in a way of its own is left to it, so that nothing tells that it is wrapped.
impl<T: Scalar> Number for Real<T> {
    type Inner = T;

    #[inline(always)]
    fn lift(value: T) -> Self {
        Self(value)
    }

    #[inline(always)]
    fn inner(&self) -> T {
        self.0
    }

    #[inline(always)]
    #[track_caller]
    fn map_inner(self, f: impl FnOnce(T) -> T) -> Self {
        Self(f(self.0))
    }

    #[inline(always)]
    #[track_caller]
    fn unary(self, op: impl UnaryOperation) -> Self {
        Self(op.value(self.0))
    }

    #[inline(always)]
    #[track_caller]
    fn binary(self, other: Self, op: impl BinaryOperation) -> Self {
        Self(op.value(self.0, other.0))
    }

    #[inline(always)]
    #[track_caller]
    fn ternary(self, b: Self, c: Self, op: impl TernaryOperation) -> Self {
        Self(op.value(self.0, b.0, c.0))
    }

    #[inline(always)]
    fn with_plain(self, other: f64, op: Operator) -> Self {
        Self(self.0.with_plain(other, op))
    }

    #[inline(always)]
    fn of_plain(first: f64, other: Self, op: Operator) -> Self {
        Self(T::of_plain(first, other.0, op))
    }

    #[inline]
    fn is_constant_throughout(&self) -> bool {
        self.0.is_constant_throughout()
    }

    const SYMBOLIC: bool = T::SYMBOLIC;

    /// Its operations are those of T, and no calls of their own.
    const IN_LINE: bool = T::IN_LINE;

    /// Of nested numbers they are calls, as far as its other operations are: a model is any function, and compiling the Hessian of
    /// one of matrices took 24 times as long in line.
    const POLYNOMIALS_IN_LINE: bool = T::IN_LINE || T::DEPTH <= 1 && T::POLYNOMIALS_IN_LINE;

    #[inline(always)]
    fn select(a: Self, b: Self, less: bool, then: impl FnOnce() -> Self, otherwise: impl FnOnce() -> Self) -> Self {
        let (then, otherwise) = (|| then().0, || otherwise().0);
        Self(if less { T::select_less(a.0, b.0, then, otherwise) } else { T::select_equal(a.0, b.0, then, otherwise) })
    }

    #[inline(always)]
    #[track_caller]
    fn nary(terms: Terms<'_, Self>) -> Self {
        Self(T::nary(terms.map(Self::inner_slice)))
    }
}

/// As `T` has it.
impl<T: fmt::Debug> fmt::Debug for Real<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// As `T` has it.
impl<T: fmt::Display> fmt::Display for Real<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

implement_number!([T: Scalar] Real<T>, inner T, mixes with every f64);
implement_constants!([T: Scalar] Real<T>, inner T, |value| Self(value));
