//! What `Var` does as a number: it takes the rules, joins, and hands whole sums on.

use super::sums;
use super::var::Var;
use crate::number::{Number, Scalar, implement_constants, implement_number};
use crate::rules::{BinaryOperation, Partial, TernaryOperation, UnaryOperation};
use crate::scalar::Terms;

impl<T: Scalar> Number for Var<T> {
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
        let (value, local) = op.rule(self.value);
        Self { value, ..self.scaled(local) }
    }

    #[inline(always)]
    #[track_caller]
    fn binary(self, other: Self, op: impl BinaryOperation) -> Self {
        let (value, a, b) = op.rule(self.value, other.value, [self.slot != 0, other.slot != 0]);
        Self::combine(value, a, self, b, other)
    }

    #[inline(always)]
    #[track_caller]
    fn ternary(self, b: Self, c: Self, op: impl TernaryOperation) -> Self {
        let (value, [pa, pb, pc]) = op.rule(self.value, b.value, c.value);
        let product = Self::combine(value, pa, self, pb, b);
        Self::combine(value, Partial::One, product, pc, c)
    }

    #[inline(always)]
    fn binary_with(self, other: T, op: impl BinaryOperation) -> Self {
        let (value, local, _) = op.rule(self.value, other, [true, false]);
        Self { value, ..self.scaled(local) }
    }

    #[inline(always)]
    fn binary_of(first: T, other: Self, op: impl BinaryOperation) -> Self {
        let (value, _, local) = op.rule(first, other.value, [false, true]);
        Self { value, ..other.scaled(local) }
    }

    #[inline]
    fn is_constant_throughout(&self) -> bool {
        self.value.is_constant_throughout() && (self.slot == 0 || self.partial.is_zero_throughout())
    }

    fn is_same(&self, other: &Self) -> bool {
        self.value.is_same(&other.value) && self.slot == other.slot && self.partial.is_same(&other.partial)
    }

    #[inline(always)]
    #[track_caller]
    fn nary(terms: Terms<'_, Self>) -> Self {
        match terms {
            Terms::Dot(a, b) => sums::dot(a, b),
            Terms::LinearCombination(c, x) => sums::linear_combination(c, x),
            Terms::Sum(x) => sums::sum(x),
            _ => terms.value(),
        }
    }
}

implement_number!([T: Scalar] Var<T>, inner T);
implement_constants!([T: Scalar] Var<T>, inner T, |value| Self { value, partial: T::ZERO, slot: 0 });
