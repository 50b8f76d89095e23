//! `DualVec<T, N>`: a value and its derivatives in N directions at once.

use super::{pair, sums};
use crate::number::{Number, Scalar, format_part, implement_constants, implement_number};
use crate::rules::{BinaryOperation, Partial, TernaryOperation, UnaryOperation};
use crate::scalar::Terms;
use std::fmt;

/// A value and N tangents: the derivatives in N directions, carried by one evaluation.
///
/// The local partials are computed once and applied to all tangents, which the compiler turns into vector
/// instructions.
///
/// ```
/// use dualtape::DualVec;
///
/// let x: DualVec<f64, 2> = DualVec::variable(3.0, 0);
/// let y = DualVec::variable(5.0, 1);
/// let z = x * y;
/// assert_eq!((z.value, z.tangents), (15.0, [5.0, 3.0]));
/// ```
///
/// As with [`Dual`](super::Dual), a derivative inside a derivative works on the next nesting.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(bound(serialize = "T: Scalar + serde::Serialize", deserialize = "T: Scalar + serde::Deserialize<'de>"))
)]
pub struct DualVec<T, const N: usize> {
    /// The value: bit for bit what `T` computes.
    #[cfg_attr(feature = "serde", serde(with = "crate::number::serialised"))]
    pub value: T,
    /// The derivatives of the value in the N seeded directions.
    #[cfg_attr(feature = "serde", serde(with = "crate::number::serialised"))]
    pub tangents: [T; N],
}

impl<T: Scalar, const N: usize> DualVec<T, N> {
    /// A value with tangents of its own.
    #[inline(always)]
    pub fn new(value: T, tangents: [T; N]) -> Self {
        Self { value, tangents }
    }

    /// An input to differentiate by: tangent 1 in `direction`, 0 in the others.
    ///
    /// # Panics
    ///
    /// If `direction >= N`.
    #[inline(always)]
    #[track_caller]
    pub fn variable(value: T, direction: usize) -> Self {
        assert!(direction < N, "expected a direction below N = {N}, found {direction}");
        let mut tangents = [T::zero(); N];
        tangents[direction] = T::one();
        Self { value, tangents }
    }

    /// A number that does not depend on the inputs: all tangents 0.
    #[inline(always)]
    pub fn constant(value: T) -> Self {
        Self { value, tangents: [T::zero(); N] }
    }

    /// The tangents of an operation on one number.
    #[inline(always)]
    pub(super) fn scaled(partial: Partial<T>, x: &Self) -> [T; N] {
        Self::combined(partial, x, Partial::Zero, x)
    }

    /// The tangents of an operation on two numbers.
    #[inline(always)]
    fn combined(a: Partial<T>, x: &Self, b: Partial<T>, y: &Self) -> [T; N] {
        use Partial::{By, One, Zero};
        let (tangents, any_nan) = if const { N > 1 && pair::holds::<T>() } {
            pair::weighted_sum(a, &x.tangents, b, &y.tangents)
        } else {
            // One loop a shape of partials: the compiler keeps the one it needs, and the loops stay free of branches.
            let tangents = match (a, b) {
                (By(a), Zero) => x.tangents.map(|t| a * t),
                (By(a), By(b)) => std::array::from_fn(|i| a * x.tangents[i] + b * y.tangents[i]),
                (One, By(b)) => std::array::from_fn(|i| x.tangents[i] + b * y.tangents[i]),
                (a, b) => return std::array::from_fn(|i| Partial::weighted_sum(a, x.tangents[i], b, y.tangents[i])),
            };
            (tangents, !T::PLAIN && (T::RECORDS || tangents.iter().fold(false, |any, t| any | !t.value_equal(t))))
        };
        let is_product = matches!(a, By(_)) || matches!(b, By(_));
        if !T::PLAIN && is_product && any_nan {
            return with_strong_zeros(a, x.tangents, b, y.tangents);
        }
        tangents
    }
}

/// The products again, with strong zeros.
#[cold]
#[inline(never)]
fn with_strong_zeros<T: Scalar, const N: usize>(a: Partial<T>, x: [T; N], b: Partial<T>, y: [T; N]) -> [T; N] {
    std::array::from_fn(|i| Partial::weighted_sum(a, x[i], b, y[i]))
}

impl<T: Scalar, const N: usize> Number for DualVec<T, N> {
    type Inner = T;

    #[inline(always)]
    fn lift(value: T) -> Self {
        Self::constant(value)
    }

    #[inline(always)]
    fn map_inner(self, f: impl FnOnce(T) -> T) -> Self {
        Self { value: f(self.value), ..self }
    }

    #[inline(always)]
    fn inner(&self) -> T {
        self.value
    }

    #[inline(always)]
    fn unary(self, op: impl UnaryOperation) -> Self {
        let (value, partial) = op.rule(self.value);
        Self { value, tangents: Self::scaled(partial, &self) }
    }

    #[inline(always)]
    fn binary(self, other: Self, op: impl BinaryOperation) -> Self {
        let (value, a, b) = op.rule(self.value, other.value, [true, true]);
        Self { value, tangents: Self::combined(a, &self, b, &other) }
    }

    #[inline(always)]
    fn ternary(self, b: Self, c: Self, op: impl TernaryOperation) -> Self {
        let (value, [pa, pb, pc]) = op.rule(self.value, b.value, c.value);
        let product = Self { value, tangents: Self::combined(pa, &self, pb, &b) };
        Self { value, tangents: Self::combined(Partial::One, &product, pc, &c) }
    }

    #[inline(always)]
    fn binary_with(self, other: T, op: impl BinaryOperation) -> Self {
        let (value, partial, _) = op.rule(self.value, other, [true, false]);
        Self { value, tangents: Self::scaled(partial, &self) }
    }

    #[inline(always)]
    fn binary_of(first: T, other: Self, op: impl BinaryOperation) -> Self {
        let (value, _, partial) = op.rule(first, other.value, [false, true]);
        Self { value, tangents: Self::scaled(partial, &other) }
    }

    #[inline(always)]
    #[track_caller]
    fn nary(terms: Terms<'_, Self>) -> Self {
        if const { T::PLAIN || !T::Plain::PLAIN } {
            return terms.value();
        }
        sums::plain_first(
            terms,
            |x| DualVec::new(x.value.to_plain(), x.tangents.map(T::to_plain)),
            |sum: DualVec<T::Plain, N>| Self::new(T::from_plain(sum.value), sum.tangents.map(T::from_plain)),
            |sum| sum.tangents.iter().fold(false, |any, t| any | !t.value_equal(t)),
        )
    }

    #[inline]
    fn is_constant_throughout(&self) -> bool {
        self.value.is_constant_throughout() && self.tangents.iter().all(Scalar::is_zero_throughout)
    }

    fn is_same(&self, other: &Self) -> bool {
        self.value.is_same(&other.value) && self.tangents.iter().zip(&other.tangents).all(|(a, b)| a.is_same(b))
    }
}

/// `value + [tangents]·ε`, all in the format asked for.
impl<T: Scalar, const N: usize> fmt::Display for DualVec<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        format_part(&self.value, f)?;
        f.write_str(" + [")?;
        for (i, tangent) in self.tangents.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            fmt::Display::fmt(tangent, f)?;
        }
        f.write_str("]ε")
    }
}

implement_number!([T: Scalar, const N: usize] DualVec<T, N>, inner T);
implement_constants!([T: Scalar, const N: usize] DualVec<T, N>, inner T, |value| Self { value, tangents: [T::ZERO; N] });
