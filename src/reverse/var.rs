//! `Var<T>`: a handle that stands for a slot of the tape, times a partial.

use super::record;
use super::sparing::{chain, chain_both, chain_plainly};
use super::store::Slot;
use super::tape::{Adjoints, backward};
use crate::number::{Number, Scalar, implement_constants, implement_number};
use crate::rules::{BinaryOperation, Partial, TernaryOperation, UnaryOperation};
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
            Self { value, partial: chain(a, x.partial), slot: x.slot }
        } else if x.slot == 0 {
            Self { value, partial: chain(b, y.partial), slot: y.slot }
        } else if x.slot == y.slot {
            Self { value, partial: chain_both(a, x.partial, b, y.partial), slot: x.slot }
        } else {
            let slot = record::join(chain(a, x.partial), chain(b, y.partial), x.slot, y.slot);
            Self { value, partial: T::one(), slot }
        }
    }

    /// `start + Σ value` with the derivative `Σ local·x`, where `term` gives value, local partial and x, and `slot` the slot of x:
    /// one run, two terms a node. Constants take no part, and terms that all depend on one slot need no node.
    #[inline(always)]
    #[track_caller]
    fn linear(n: usize, start: T, slot: impl Fn(usize) -> Slot, term: impl Fn(usize) -> (T, Partial<T>, Self)) -> Self {
        if n > 1 && slot(0) != slot(1) && Self::may_be_variable(n, &slot) {
            let mut value = start;
            let mut take = |i: usize| {
                let (v, local, x) = term(i);
                value += v;
                (chain_plainly(local, x.partial), x.slot)
            };
            let slot = record::try_run(n.div_ceil(2), |i| {
                let (p, a) = take(2 * i);
                let (q, b) = if 2 * i + 1 < n { take(2 * i + 1) } else { (T::zero(), a) };
                ([p, q], [a, b])
            });
            if let Some(slot) = slot {
                return Self::input(value, slot);
            }
        }
        let mut value = start;
        let mut variables = Vec::new();
        for (v, local, x) in (0..n).map(term) {
            value += v;
            if x.slot != 0 {
                variables.push((local, x));
            }
        }
        Self::linear_in_variables(value, variables)
    }

    /// Whether it is worth a try to take all of them for variables. For plain floats the try costs less than a look at
    /// each; for other scalars what a vain one computes would be counted or recorded.
    #[inline(always)]
    fn may_be_variable(n: usize, slot: impl Fn(usize) -> Slot) -> bool {
        // Plain products would have to be looked at again wherever a recording of them is run.
        !T::RECORDS && (T::DEPTH == 0 || (0..n).all(|i| slot(i) != 0))
    }

    /// The part of `linear` that looks at every term.
    #[cold]
    #[inline(never)]
    #[track_caller]
    fn linear_in_variables(value: T, terms: Vec<(Partial<T>, Self)>) -> Self {
        let Some(&(_, first)) = terms.first() else {
            return Self::constant(value);
        };
        let partial = |i: usize| terms.get(i).map_or(T::zero(), |&(local, x)| chain(local, x.partial));
        if terms.iter().all(|(_, x)| x.slot == first.slot) {
            return Self { value, partial: (1..terms.len()).fold(partial(0), |sum, i| sum + partial(i)), ..first };
        }
        let slot = |i: usize| terms.get(i).map_or(0, |(_, x)| x.slot);
        let slot = record::append_run(
            terms.len().div_ceil(2),
            |i| [slot(2 * i), slot(2 * i + 1)],
            |i| [partial(2 * i), partial(2 * i + 1)],
        );
        Self::input(value, slot)
    }

    /// The same dependency with another partial; a structural zero ends it.
    #[inline(always)]
    fn scaled(self, local: Partial<T>) -> Self {
        match local {
            Partial::Zero => Self::constant(self.value),
            local => Self { partial: chain(local, self.partial), ..self },
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

    #[inline]
    #[track_caller]
    fn sum_of_products(a: &[Self], b: &[Self]) -> Self {
        let n = a.len();
        let b = &b[..n];
        let zero = T::zero();
        let is_variable = |x: &Self| x.slot != 0;
        let both = |i: usize| if is_variable(&a[i]) { b[i].slot } else { 0 };
        // Terms that may all depend on one slot are looked at one by one: they need no node.
        let differ = || [b[0].slot, a[1].slot, b[1].slot].iter().any(|&slot| slot != a[0].slot);
        if n > 1 && both(0) != 0 && differ() && Self::may_be_variable(n, both) {
            let mut value = zero;
            let slot = record::try_run(n, |i| {
                let (a, b) = (a[i], b[i]);
                value += a.value * b.value;
                let plainly = |local, partial| chain_plainly(Partial::By(local), partial);
                ([plainly(b.value, a.partial), plainly(a.value, b.partial)], [a.slot, b.slot])
            });
            if let Some(slot) = slot {
                return Self::input(value, slot);
            }
        }
        if !b.iter().any(is_variable) {
            return Self::linear(n, zero, |i| a[i].slot, |i| (a[i].value * b[i].value, Partial::By(b[i].value), a[i]));
        }
        if !a.iter().any(is_variable) {
            return Self::linear(n, zero, |i| b[i].slot, |i| (a[i].value * b[i].value, Partial::By(a[i].value), b[i]));
        }
        let value = a.iter().zip(b).fold(zero, |sum, (a, b)| sum + a.value * b.value);
        let terms = a.iter().zip(b).flat_map(|(&a, &b)| [(Partial::By(b.value), a), (Partial::By(a.value), b)]);
        Self::linear_in_variables(value, terms.filter(|(_, x)| is_variable(x)).collect())
    }

    #[inline]
    #[track_caller]
    fn sum_of_multiples(c: &[f64], x: &[Self]) -> Self {
        let c = &c[..x.len()];
        Self::linear(
            x.len(),
            T::zero(),
            |i| x[i].slot,
            |i| {
                let factor = T::constant(c[i]);
                (factor * x[i].value, Partial::By(factor), x[i])
            },
        )
    }

    #[inline]
    #[track_caller]
    fn sum_of(x: &[Self]) -> Self {
        let start = std::iter::empty::<T>().sum();
        Self::linear(x.len(), start, |i| x[i].slot, |i| (x[i].value, Partial::One, x[i]))
    }
}

/// The value: the derivative is known only after the sweep.
impl<T: Scalar> fmt::Display for Var<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value, f)
    }
}

implement_number!([T: Scalar] Var<T>, inner T);
implement_constants!([T: Scalar] Var<T>, inner T, |value| Self { value, partial: T::ZERO, slot: 0 });

#[cfg(feature = "serde")]
mod serialised {
    //! As the value alone, which comes back as a constant: a slot means nothing in another process.

    use super::Var;
    use crate::number::{Scalar, serialised};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    impl<T: Scalar + Serialize> Serialize for Var<T> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serialised::serialize(&self.value, serializer)
        }
    }

    impl<'de, T: Scalar + Deserialize<'de>> Deserialize<'de> for Var<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            serialised::deserialize(deserializer).map(Self::constant)
        }
    }
}
