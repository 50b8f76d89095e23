//! `Counted<T>`: a scalar that counts the operations done on it, by kind.

use crate::number::{Comparison, Number, Predicate, Scalar, implement_constants, implement_number};
use crate::rules::{Binary, BinaryOperation, Ternary, TernaryOperation, Unary, UnaryOperation};
use std::cell::Cell;
use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Sub};

/// A scalar that computes as `T` does and counts every operation, by kind, on the thread it happens on.
///
/// `Dual<Counted<f64>>` and `Var<Counted<f64>>` count the scalar operations that forward and reverse mode really do,
/// the reverse sweep included: the same numbers on every machine and in every run. Reading a value for printing, or
/// by the crate's own bookkeeping, is no operation. Reverse mode over any number type, this one included, leaves out
/// products with a partial or an adjoint that is 1 and sums with an adjoint that is still 0; over plain floats it does
/// them, because the question would take longer.
///
/// ```
/// use dualtape::{Counted, Counts, Operation};
///
/// let (y, counts) = Counts::of(|| {
///     let x = Counted::new(3.0);
///     x * x + x.sin()
/// });
/// assert_eq!(y.value(), 9.0 + 3.0_f64.sin());
/// assert_eq!(counts.get(Operation::MUL), 1);
/// assert_eq!(counts.total(), 3);
/// ```
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        transparent,
        bound(serialize = "T: Scalar + serde::Serialize", deserialize = "T: Scalar + serde::Deserialize<'de>")
    )
)]
pub struct Counted<T> {
    #[cfg_attr(feature = "serde", serde(with = "crate::number::serialised"))]
    value: T,
}

impl<T: Scalar> Counted<T> {
    /// A number whose operations will be counted.
    #[inline(always)]
    pub fn new(value: T) -> Self {
        Self { value }
    }

    /// The plain scalar.
    #[inline(always)]
    pub fn value(self) -> T {
        self.value
    }
}

/// A kind of operation that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// A function of one argument; every integer power is one kind.
    Unary(Unary),
    /// A function of two arguments.
    Binary(Binary),
    /// A function of three arguments.
    Ternary(Ternary),
    /// A comparison of two numbers, or a question such as `is_nan`.
    Comparison,
}

const KINDS: usize = Unary::ALL.len() + Binary::ALL.len() + Ternary::ALL.len() + 1;

impl Operation {
    /// Addition.
    pub const ADD: Self = Self::Binary(Binary::Add);
    /// Subtraction.
    pub const SUB: Self = Self::Binary(Binary::Sub);
    /// Multiplication.
    pub const MUL: Self = Self::Binary(Binary::Mul);
    /// Division.
    pub const DIV: Self = Self::Binary(Binary::Div);

    /// Every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        let unary = Unary::ALL.iter().copied().map(Self::Unary);
        let binary = Binary::ALL.iter().copied().map(Self::Binary);
        let ternary = Ternary::ALL.iter().copied().map(Self::Ternary);
        unary.chain(binary).chain(ternary).chain([Self::Comparison])
    }

    /// The name of the kind.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unary(op) => op.name(),
            Self::Binary(op) => op.name(),
            Self::Ternary(op) => op.name(),
            Self::Comparison => "comparison",
        }
    }

    fn index(self) -> usize {
        match self {
            Self::Unary(op) => op.index(),
            Self::Binary(op) => Unary::ALL.len() + op.index(),
            Self::Ternary(op) => Unary::ALL.len() + Binary::ALL.len() + op.index(),
            Self::Comparison => KINDS - 1,
        }
    }
}

/// How many operations of each kind were done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    by_kind: [u64; KINDS],
}

thread_local! {
    static COUNTERS: [Cell<u64>; KINDS] = const { [const { Cell::new(0) }; KINDS] };
}

#[inline]
fn count(operation: Operation) {
    COUNTERS.with(|counters| {
        let counter = &counters[operation.index()];
        counter.set(counter.get() + 1);
    });
}

impl Counts {
    /// Runs `f` and counts what it does to [`Counted`] numbers on this thread. Calls nest: an outer count includes
    /// the inner one.
    pub fn of<R>(f: impl FnOnce() -> R) -> (R, Self) {
        let before = Self::so_far();
        let result = f();
        (result, Self::so_far() - before)
    }

    fn so_far() -> Self {
        COUNTERS.with(|counters| Self { by_kind: std::array::from_fn(|kind| counters[kind].get()) })
    }

    /// How many operations of one kind. Integer powers are one kind: any [`Unary::Powi`] asks for all of them.
    #[must_use]
    pub fn get(&self, operation: Operation) -> u64 {
        self.by_kind[operation.index()]
    }

    /// Adds operations of one kind.
    #[cfg(feature = "program")]
    pub(crate) fn add(&mut self, operation: Operation, count: u64) {
        self.by_kind[operation.index()] += count;
    }

    /// How many operations of all kinds.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.by_kind.iter().sum()
    }

    /// The kinds that occurred, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (Operation, u64)> + '_ {
        Operation::all().map(|op| (op, self.get(op))).filter(|&(_, count)| count > 0)
    }
}

impl Default for Counts {
    fn default() -> Self {
        Self { by_kind: [0; KINDS] }
    }
}

impl Add for Counts {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { by_kind: std::array::from_fn(|kind| self.by_kind[kind] + other.by_kind[kind]) }
    }
}

impl Sub for Counts {
    type Output = Self;
    /// # Panics
    ///
    /// If a count would become negative.
    fn sub(self, other: Self) -> Self {
        Self { by_kind: std::array::from_fn(|kind| self.by_kind[kind] - other.by_kind[kind]) }
    }
}

/// The kinds that occurred by name, with their counts.
#[cfg(feature = "serde")]
impl serde::Serialize for Counts {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(op, count)| (op.name(), count)))
    }
}

impl fmt::Debug for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(op, count)| (op.name(), count))).finish()
    }
}

/// The total, and in brackets what it consists of.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.total())?;
        let mut separator = " (";
        for (op, count) in self.iter() {
            write!(f, "{separator}{count} {}", op.name())?;
            separator = ", ";
        }
        if separator == ", " { f.write_str(")") } else { Ok(()) }
    }
}

impl<T: Scalar> Number for Counted<T> {
    type Inner = T;

    #[inline(always)]
    fn lift(value: T) -> Self {
        Self { value }
    }

    #[inline(always)]
    fn map_inner(self, f: impl FnOnce(T) -> T) -> Self {
        Self { value: f(self.value) }
    }

    #[inline(always)]
    fn inner(&self) -> T {
        self.value
    }

    #[inline]
    fn unary(self, op: impl UnaryOperation) -> Self {
        // Treating a number as a constant computes nothing.
        if op.kind() != Unary::Detach {
            count(Operation::Unary(op.kind()));
        }
        Self { value: op.value(self.value) }
    }

    #[inline]
    fn binary(self, other: Self, op: impl BinaryOperation) -> Self {
        // The product with strong zeros is the ordinary one, seen from outside.
        count(Operation::Binary(match op.kind() {
            Binary::StrongZeroMul => Binary::Mul,
            Binary::Excess => Binary::Sub,
            op => op,
        }));
        Self { value: op.value(self.value, other.value) }
    }

    #[inline]
    fn ternary(self, b: Self, c: Self, op: impl TernaryOperation) -> Self {
        count(Operation::Ternary(op.kind()));
        Self { value: op.value(self.value, b.value, c.value) }
    }

    #[inline]
    fn compare(&self, other: &Self, comparison: Comparison) -> bool {
        count(Operation::Comparison);
        comparison.holds(&self.value, &other.value)
    }

    #[inline]
    fn order(&self, other: &Self) -> Option<Ordering> {
        count(Operation::Comparison);
        self.value.partial_cmp(&other.value)
    }

    #[inline]
    fn test(self, predicate: Predicate) -> bool {
        count(Operation::Comparison);
        predicate.holds(self.value)
    }

    #[inline]
    fn is_constant_throughout(&self) -> bool {
        self.value.is_constant_throughout()
    }
}

/// The value.
impl<T: Scalar> fmt::Display for Counted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value, f)
    }
}

implement_number!([T: Scalar] Counted<T>, inner T);
implement_constants!([T: Scalar] Counted<T>, inner T, |value| Self { value });
