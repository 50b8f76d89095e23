//! What `Plain<T>` does as a number: the same as T, and it says that products of derivatives are plain.

use super::{Number, Scalar, implement_constants, implement_number};
use crate::rules::{BinaryOperation, TernaryOperation, UnaryOperation};
use crate::scalar::Plain;
use std::fmt;

impl<T: Scalar> Number for Plain<T> {
    type Inner = T;

    const DEPTH: u32 = T::DEPTH;

    const PLAIN: bool = true;

    #[inline(always)]
    fn lift(value: T) -> Self {
        Self(value)
    }

    #[inline(always)]
    fn inner(&self) -> T {
        self.0
    }

    #[inline(always)]
    fn map_inner(self, f: impl FnOnce(T) -> T) -> Self {
        Self(f(self.0))
    }

    #[inline(always)]
    fn unary(self, op: impl UnaryOperation) -> Self {
        Self(op.value(self.0))
    }

    #[inline(always)]
    fn binary(self, other: Self, op: impl BinaryOperation) -> Self {
        Self(op.value(self.0, other.0))
    }

    #[inline(always)]
    fn ternary(self, b: Self, c: Self, op: impl TernaryOperation) -> Self {
        Self(op.value(self.0, b.0, c.0))
    }

    #[inline(always)]
    fn is_constant_throughout(&self) -> bool {
        self.0.is_constant_throughout()
    }
}

/// As T: nothing tells that it is wrapped.
impl<T: fmt::Debug> fmt::Debug for Plain<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: fmt::Display> fmt::Display for Plain<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

implement_number!([T: Scalar] Plain<T>, inner T);
implement_constants!([T: Scalar] Plain<T>, inner T, |value| Self(value));
