//! `Symbol`: a symbolic number, which records the operations of the function and of the rules.

use super::ir::{Id, Ir, NONE, Test};
use crate::number::{Comparison, Number, Predicate, Scalar, implement_number};
use crate::rules::{BinaryOperation, Ternary, TernaryOperation, UnaryOperation, operations};
use std::cell::RefCell;
use std::cmp::Ordering;
use std::fmt;

thread_local! {
    /// The operations that symbols of this thread are recorded to.
    static PROGRAM: RefCell<Ir> = RefCell::default();
}

/// Runs `f` while symbols are recorded to `ir`.
pub(super) fn writing<R>(ir: &mut Ir, f: impl FnOnce() -> R) -> R {
    let outer = PROGRAM.replace(std::mem::take(ir));
    let result = f();
    *ir = PROGRAM.replace(outer);
    result
}

/// Runs `f` on the operations that are being recorded.
#[inline]
pub(super) fn with<R>(f: impl FnOnce(&mut Ir) -> R) -> R {
    PROGRAM.with_borrow_mut(f)
}

/// An operation that has been recorded, or a constant that has not been yet.
///
/// It answers no question about its value: a rule has to make its choices by [`Scalar::select_less`] and its like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Symbol<T> {
    /// The value of a constant, else NaN.
    value: T,
    id: Id,
}

impl<T: Scalar> Symbol<T> {
    #[inline]
    pub(super) fn of(id: Id) -> Self {
        Self { value: T::nan(), id }
    }

    /// The id of its operation.
    #[inline]
    pub(super) fn id(self) -> Id {
        if self.id == NONE { with(|ir| ir.constant(self.value.primal())) } else { self.id }
    }
}

#[cold]
fn unknown() -> ! {
    panic!("a rule asked for the value of a number that has none yet: it must choose by `Scalar::select_less`")
}

impl<T: Scalar> Number for Symbol<T> {
    type Inner = T;

    #[inline]
    fn lift(value: T) -> Self {
        Self { value, id: NONE }
    }

    fn inner(&self) -> T {
        self.value
    }

    fn map_inner(self, f: impl FnOnce(T) -> T) -> Self {
        // Normalises the sign of zero, for the derivative of a square root.
        if self.id == NONE {
            return Self::lift(f(self.value));
        }
        self.binary(Self::lift(T::zero()), operations::Add)
    }

    #[inline]
    fn unary(self, op: impl UnaryOperation) -> Self {
        let a = self.id();
        Self::of(with(|ir| ir.unary::<T>(op.kind(), a)))
    }

    #[inline]
    fn binary(self, other: Self, op: impl BinaryOperation) -> Self {
        let (a, b) = (self.id(), other.id());
        Self::of(with(|ir| ir.binary::<T>(op.kind(), a, b)))
    }

    fn ternary(self, b: Self, c: Self, op: impl TernaryOperation) -> Self {
        let operands = [self, b, c].map(Self::id);
        match op.kind() {
            Ternary::MulAdd => Self::of(with(|ir| ir.mul_add::<T>(operands))),
        }
    }

    fn compare(&self, _: &Self, _: Comparison) -> bool {
        unknown()
    }

    fn order(&self, _: &Self) -> Option<Ordering> {
        unknown()
    }

    fn test(self, _: Predicate) -> bool {
        unknown()
    }

    fn is_constant_throughout(&self) -> bool {
        self.id == NONE
    }

    const IN_LINE: bool = false;

    const SYMBOLIC: bool = true;

    fn select(a: Self, b: Self, less: bool, then: impl FnOnce() -> Self, otherwise: impl FnOnce() -> Self) -> Self {
        let test = if less { Test::Less } else { Test::Equal };
        let (a, b, then, otherwise) = (a.id(), b.id(), then().id(), otherwise().id());
        Self::of(with(|ir| ir.select(test, [a, b, then, otherwise])))
    }
}

impl<T: fmt::Display> fmt::Display for Symbol<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.id == NONE { fmt::Display::fmt(&self.value, f) } else { write!(f, "v{}", self.id) }
    }
}

implement_number!([T: Scalar] Symbol<T>, inner T);
