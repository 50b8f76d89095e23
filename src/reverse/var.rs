//! `Var<T>`: a handle that stands for a slot of the tape, times a partial.

use super::record;
use super::sparing::{chain, is_plain};
use super::store::Slot;
use crate::number::Scalar;
use crate::rules::Partial;
use std::fmt;

/// A number on the tape of its thread.
///
/// It carries its value, the slot of the tape that it depends on, and the partial derivative in that slot. Operations
/// on one slot, or with constants, only update the partial; an operation that joins two slots records one node and
/// becomes a slot of its own. Over plain floats, where one of its partials is 0, it depends on the other slot alone.
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
    pub(super) value: T,
    pub(super) slot: Slot,
    pub(super) partial: T,
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

    /// A number with this value that depends on `slot` by `partial`.
    #[inline(always)]
    pub(super) fn through(value: T, partial: T, slot: Slot) -> Self {
        Self { value, partial, slot }
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

    /// `a·x + b·y` as a derivative, for a result with the given value.
    #[inline(always)]
    #[track_caller]
    pub(super) fn combine(value: T, a: Partial<T>, x: Self, b: Partial<T>, y: Self) -> Self {
        if const { !is_plain::<T>() } {
            return Self::combine_nested(value, a, x, b, y);
        }
        match [x.slot_by(a), y.slot_by(b)] {
            [i, 0] => Self::through(value, a.times(x.partial), i),
            [0, j] => Self::through(value, b.times(y.partial), j),
            [i, j] if i == j => Self::through(value, a.times(x.partial) + b.times(y.partial), i),
            [i, j] => {
                let [p, q] = [a.plain(x.partial), b.plain(y.partial)];
                let (partial, slot) = match record::try_join(p, q, i, j) {
                    Some(joined) => joined,
                    None => record::join_sparingly(a, x.partial, i, b, y.partial, j),
                };
                Self::through(value, partial, slot)
            }
        }
    }

    /// [`Var::combine`] over numbers whose operations are several of the floats' each: every product is compiled once.
    #[inline(always)]
    #[track_caller]
    fn combine_nested(value: T, a: Partial<T>, x: Self, b: Partial<T>, y: Self) -> Self {
        let [i, j] = [x.slot_by(a), y.slot_by(b)];
        let p = if i == 0 { T::zero() } else { chain(a, x.partial) };
        let q = if j == 0 { T::zero() } else { chain(b, y.partial) };
        match [i, j] {
            [i, 0] => Self::through(value, p, i),
            [0, j] => Self::through(value, q, j),
            [i, j] if i == j => Self::through(value, p + q, i),
            [i, j] => Self::input(value, record::join(p, q, i, j)),
        }
    }

    /// The slot on which something depends that depends on this number by `local`: none if that is a structural zero.
    #[inline(always)]
    fn slot_by(self, local: Partial<T>) -> Slot {
        if let Partial::Zero = local { 0 } else { self.slot }
    }

    /// The same dependency with another partial; a structural zero ends it.
    #[inline(always)]
    pub(super) fn scaled(self, local: Partial<T>) -> Self {
        match local {
            Partial::Zero => Self::constant(self.value),
            local => Self { partial: chain(local, self.partial), ..self },
        }
    }
}

/// The value: the derivative is known only after the sweep.
impl<T: Scalar> fmt::Display for Var<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value, f)
    }
}

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
