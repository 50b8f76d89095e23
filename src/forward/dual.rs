//! `Dual<T>`: a value and its derivative in one direction.

use super::sums;
use crate::number::{Number, Scalar, format_part, implement_constants, implement_number};
use crate::rules::{BinaryOperation, Partial, TernaryOperation, UnaryOperation};
use crate::scalar::Terms;
use std::fmt;

/// A value and its tangent: the derivative in one direction of the inputs.
///
/// Seed the input of interest with tangent 1 ([`Dual::variable`]), everything else with 0 ([`Dual::constant`]), and
/// every result carries its derivative.
///
/// ```
/// use dualtape::Dual;
///
/// let x = Dual::variable(3.0);
/// let y = x * x + x.sin();
/// assert_eq!(y.value, 9.0 + 3.0_f64.sin());
/// assert_eq!(y.tangent, 6.0 + 3.0_f64.cos());
/// ```
///
/// A dual number must not enter a derivative inside a derivative as it is: if the function of an inner
/// `forward::derivative` captures an outer `Dual<f64>` and works on `Dual<f64>` itself, the two tangents are added up
/// (perturbation confusion), which no check can see. Let the inner level work on `Dual<Dual<f64>>`, and lift the outer
/// number by `Dual::constant`: then the types keep the levels apart.
///
/// ```
/// use dualtape::{Dual, forward};
///
/// // d/dx [x · d/dy (x + y)] is 1.
/// let inner = |x: Dual<f64>| forward::derivative(|y| Dual::constant(x) + y, Dual::from(1.0)).1;
/// assert_eq!(forward::derivative(|x| x * inner(x), 1.0), (1.0, 1.0));
/// ```
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(bound(serialize = "T: Scalar + serde::Serialize", deserialize = "T: Scalar + serde::Deserialize<'de>"))
)]
pub struct Dual<T> {
    /// The value: bit for bit what `T` computes.
    #[cfg_attr(feature = "serde", serde(with = "crate::number::serialised"))]
    pub value: T,
    /// The derivative of the value in the seeded direction.
    #[cfg_attr(feature = "serde", serde(with = "crate::number::serialised"))]
    pub tangent: T,
}

impl<T: Scalar> Dual<T> {
    /// A value with a tangent of its own.
    #[inline(always)]
    pub fn new(value: T, tangent: T) -> Self {
        Self { value, tangent }
    }

    /// The input to differentiate by: tangent 1.
    #[inline(always)]
    pub fn variable(value: T) -> Self {
        Self { value, tangent: T::one() }
    }

    /// A number that does not depend on the input: tangent 0.
    #[inline(always)]
    pub fn constant(value: T) -> Self {
        Self { value, tangent: T::zero() }
    }
}

impl<T: Scalar> Number for Dual<T> {
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
        Self { value, tangent: partial.times(self.tangent) }
    }

    #[inline(always)]
    fn binary(self, other: Self, op: impl BinaryOperation) -> Self {
        let (value, a, b) = op.rule(self.value, other.value, [true, true]);
        Self { value, tangent: Partial::weighted_sum(a, self.tangent, b, other.tangent) }
    }

    #[inline(always)]
    fn ternary(self, b: Self, c: Self, op: impl TernaryOperation) -> Self {
        let (value, [pa, pb, pc]) = op.rule(self.value, b.value, c.value);
        let tangent = Partial::weighted_sum(pa, self.tangent, pb, b.tangent);
        Self { value, tangent: Partial::weighted_sum(Partial::One, tangent, pc, c.tangent) }
    }

    #[inline(always)]
    fn binary_with(self, other: T, op: impl BinaryOperation) -> Self {
        let (value, partial, _) = op.rule(self.value, other, [true, false]);
        Self { value, tangent: partial.times(self.tangent) }
    }

    #[inline(always)]
    fn binary_of(first: T, other: Self, op: impl BinaryOperation) -> Self {
        let (value, _, partial) = op.rule(first, other.value, [false, true]);
        Self { value, tangent: partial.times(other.tangent) }
    }

    #[inline(always)]
    #[track_caller]
    fn nary(terms: Terms<'_, Self>) -> Self {
        if const { T::PLAIN || !T::Plain::PLAIN } {
            return terms.value();
        }
        sums::plain_first(
            terms,
            |x| Dual::new(x.value.to_plain(), x.tangent.to_plain()),
            |sum: Dual<T::Plain>| Self::new(T::from_plain(sum.value), T::from_plain(sum.tangent)),
            |sum| !sum.tangent.value_equal(&sum.tangent),
        )
    }

    #[inline]
    fn is_constant_throughout(&self) -> bool {
        self.value.is_constant_throughout() && self.tangent.is_zero_throughout()
    }

    fn is_same(&self, other: &Self) -> bool {
        self.value.is_same(&other.value) && self.tangent.is_same(&other.tangent)
    }
}

/// `value + tangent·ε`, both in the format asked for; a part that is itself a dual number stands in parentheses.
impl<T: Scalar> fmt::Display for Dual<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        format_part(&self.value, f)?;
        f.write_str(" + ")?;
        format_part(&self.tangent, f)?;
        f.write_str("ε")
    }
}

implement_number!([T: Scalar] Dual<T>, inner T);
implement_constants!([T: Scalar] Dual<T>, inner T, |value| Self { value, tangent: T::ZERO });
