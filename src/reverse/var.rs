//! `Var<T>`: a handle that stands for a slot of the tape, times a partial.

use super::store::{self, Slot};
use super::tape::{Adjoints, backward};
use crate::number::{Number, Scalar, implement_number};
use crate::rules::{Binary, Partial, Ternary, Unary};
use std::fmt;

/// A number on the tape of its thread.
///
/// It carries its value, the slot of the tape that it depends on, and the partial derivative in that slot. Operations
/// on one slot, or with constants, only update the partial; an operation that joins two slots records one node and
/// becomes a slot of its own.
///
/// Make one with [`Tape::var`](super::Tape::var), or get it from an operator such as
/// [`reverse::gradient`](super::gradient). Any other number that enters, by [`Var::constant`], `From<f64>` or
/// [`Scalar::constant`], is a constant and is never recorded.
///
/// # Panics
///
/// Joining two `Var`s panics if one of them is not on this thread's active tape: its tape has ended, is an outer one,
/// was rewound past it, or lives on another thread. The message says how to mend it. A wrong gradient never comes out.
#[derive(Clone, Copy, Debug)]
pub struct Var<T> {
    value: T,
    partial: T,
    slot: Slot,
}

impl<T: Scalar> Var<T> {
    /// A number that does not depend on any input.
    #[inline(always)]
    pub fn constant(value: T) -> Self {
        Self { value, partial: T::zero(), slot: 0 }
    }

    /// The input in `slot`.
    #[inline(always)]
    pub(super) fn input(value: T, slot: Slot) -> Self {
        Self { value, partial: T::one(), slot }
    }

    /// The value, bit for bit what `T` computes.
    #[inline(always)]
    pub fn value(self) -> T {
        self.value
    }

    /// Whether it depends on no input.
    #[inline(always)]
    pub fn is_constant(self) -> bool {
        self.slot == 0
    }

    /// The derivatives of this number in every input of the active [`Tape`](super::Tape), in one sweep.
    ///
    /// The recording stays: several outputs of one recording are swept one by one.
    ///
    /// # Panics
    ///
    /// If no [`Tape`](super::Tape) is active on this thread, or this number is not on it.
    ///
    /// ```
    /// use dualtape::Tape;
    ///
    /// let tape = Tape::new();
    /// let x = tape.var(3.0);
    /// let y = tape.var(5.0);
    /// let z = x * y + x.sin();
    /// let adjoints = z.backward();
    /// assert_eq!(adjoints.wrt(x), 5.0 + 3.0_f64.cos());
    /// assert_eq!(adjoints.wrt(y), 3.0);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn backward(self) -> Adjoints<T> {
        backward(&[(self, T::one())])
    }

    #[inline(always)]
    pub(super) fn slot(self) -> Slot {
        self.slot
    }

    #[inline(always)]
    pub(super) fn partial(self) -> T {
        self.partial
    }

    /// `a·x + b·y` as a derivative, for a result with the given value.
    #[inline(always)]
    #[track_caller]
    fn combine(value: T, a: Partial<T>, x: Self, b: Partial<T>, y: Self) -> Self {
        if let Partial::Zero = b {
            return Self { value, ..x.scaled(a) };
        }
        if let Partial::Zero = a {
            return Self { value, ..y.scaled(b) };
        }
        if y.slot == 0 {
            Self { value, partial: a.times(x.partial), slot: x.slot }
        } else if x.slot == 0 {
            Self { value, partial: b.times(y.partial), slot: y.slot }
        } else if x.slot == y.slot {
            Self { value, partial: Partial::weighted_sum(a, x.partial, b, y.partial), slot: x.slot }
        } else {
            let slot = store::join([a.times(x.partial), b.times(y.partial)], x.slot, y.slot);
            Self { value, partial: T::one(), slot }
        }
    }

    /// `Σ slope·x` as a derivative, for a result with the given value: one run, two terms a node.
    #[inline]
    #[track_caller]
    fn linear(value: T, n: usize, term: impl Fn(usize) -> (Partial<T>, Self)) -> Self {
        if !all_variable(n, |i| term(i).1) {
            let terms: Vec<_> = (0..n).map(term).filter(|(_, x)| x.slot != 0).collect();
            return Self::linear_in_variables(value, terms.len(), |i| terms[i]);
        }
        Self::linear_in_variables(value, n, term)
    }

    #[inline]
    #[track_caller]
    fn linear_in_variables(value: T, n: usize, term: impl Fn(usize) -> (Partial<T>, Self)) -> Self {
        if n == 0 {
            return Self::constant(value);
        }
        let partial = |i: usize| {
            let (slope, x) = term(i);
            slope.times(x.partial)
        };
        let slot = term(0).1.slot;
        if (1..n).all(|i| term(i).1.slot == slot) {
            return Self { value, partial: (1..n).fold(partial(0), |sum, i| sum + partial(i)), slot };
        }
        let slot = store::append_run(
            n.div_ceil(2),
            |i| [term(2 * i).1.slot, if 2 * i + 1 < n { term(2 * i + 1).1.slot } else { 0 }],
            |i| [partial(2 * i), if 2 * i + 1 < n { partial(2 * i + 1) } else { T::zero() }],
        );
        Self::input(value, slot)
    }

    /// The same dependency with another slope; a structural zero ends it.
    #[inline(always)]
    fn scaled(self, slope: Partial<T>) -> Self {
        match slope {
            Partial::Zero => Self::constant(self.value),
            slope => Self { partial: slope.times(self.partial), ..self },
        }
    }
}

impl<T: Scalar> Number for Var<T> {
    type Inner = T;

    #[inline(always)]
    fn lift(value: T) -> Self {
        Self::constant(value)
    }

    #[inline(always)]
    fn inner(&self) -> T {
        self.value
    }

    #[inline(always)]
    fn unary(self, op: Unary) -> Self {
        let (value, slope) = op.rule(self.value);
        Self { value, ..self.scaled(slope) }
    }

    #[inline(always)]
    #[track_caller]
    fn binary(self, other: Self, op: Binary) -> Self {
        let (value, a, b) = op.rule(self.value, other.value);
        Self::combine(value, a, self, b, other)
    }

    #[inline(always)]
    #[track_caller]
    fn ternary(self, b: Self, c: Self, op: Ternary) -> Self {
        let (value, [pa, pb, pc]) = op.rule(self.value, b.value, c.value);
        let product = Self::combine(value, pa, self, pb, b);
        Self::combine(value, Partial::One, product, pc, c)
    }

    #[inline(always)]
    fn binary_with(self, other: T, op: Binary) -> Self {
        let (value, slope, _) = op.rule(self.value, other);
        Self { value, ..self.scaled(slope) }
    }

    #[inline(always)]
    fn binary_of(first: T, other: Self, op: Binary) -> Self {
        let (value, _, slope) = op.rule(first, other.value);
        Self { value, ..other.scaled(slope) }
    }

    #[inline]
    fn is_structural_zero(&self) -> bool {
        self.value.is_zero_throughout() && (self.slot == 0 || self.partial.is_zero_throughout())
    }

    #[inline]
    #[track_caller]
    fn sum_of_products(a: &[Self], b: &[Self]) -> Self {
        let n = a.len();
        let mut value = T::zero();
        if n > 1 && all_variable(n, |i| a[i]) && all_variable(n, |i| b[i]) {
            let slot = store::append_run(
                n,
                |i| [a[i].slot, b[i].slot],
                |i| {
                    value = value + a[i].value * b[i].value;
                    [Partial::By(b[i].value).times(a[i].partial), Partial::By(a[i].value).times(b[i].partial)]
                },
            );
            return Self::input(value, slot);
        }
        for (a, b) in a.iter().zip(b) {
            value = value + a.value * b.value;
        }
        let of_a = |i: usize| (Partial::By(b[i].value), a[i]);
        let of_b = |i: usize| (Partial::By(a[i].value), b[i]);
        if b.iter().all(|b| b.slot == 0) {
            Self::linear(value, n, of_a)
        } else if a.iter().all(|a| a.slot == 0) {
            Self::linear(value, n, of_b)
        } else {
            Self::linear(value, 2 * n, |i| if i % 2 == 0 { of_a(i / 2) } else { of_b(i / 2) })
        }
    }

    #[inline]
    #[track_caller]
    fn sum_of_multiples(c: &[f64], x: &[Self]) -> Self {
        let coefficient = |i: usize| T::constant(c[i]);
        let value = (0..x.len()).fold(T::zero(), |sum, i| sum + coefficient(i) * x[i].value);
        Self::linear(value, x.len(), |i| (Partial::By(coefficient(i)), x[i]))
    }

    #[inline]
    #[track_caller]
    fn sum_of(x: &[Self]) -> Self {
        let start: T = std::iter::empty::<T>().sum();
        let value = x.iter().fold(start, |sum, x| sum + x.value);
        Self::linear(value, x.len(), |i| (Partial::One, x[i]))
    }
}

/// Whether none of `n` numbers is a constant.
#[inline(always)]
fn all_variable<T: Scalar>(n: usize, x: impl Fn(usize) -> Var<T>) -> bool {
    (0..n).fold(true, |all, i| all & (x(i).slot != 0))
}

/// The value: the derivative is known only after the sweep.
impl<T: Scalar> fmt::Display for Var<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value, f)
    }
}

implement_number!([T: Scalar] Var<T>, inner T);

#[cfg(feature = "serde")]
mod serialised {
    //! As the value alone, which comes back as a constant: a slot means nothing in another process.

    use super::Var;
    use crate::number::Scalar;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    impl<T: Serialize> Serialize for Var<T> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.value.serialize(serializer)
        }
    }

    impl<'de, T: Scalar + Deserialize<'de>> Deserialize<'de> for Var<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            T::deserialize(deserializer).map(Self::constant)
        }
    }
}
