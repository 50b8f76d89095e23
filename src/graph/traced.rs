//! `Traced<T>`: a number that records what is done with it.

use super::guard::{Answer, Question, yes};
use super::recorder::with;
use super::recording::Step;
use crate::number::{Comparison, Number, Predicate, Scalar, implement_number};
use crate::rules::{Binary, Ternary, Unary};
use std::cmp::Ordering;
use std::fmt;

/// A number that computes as `T` does and writes every operation and comparison to the recording of its thread.
///
/// Get one from [`Graph::record`](super::Graph::record). Where nothing is being recorded it is a plain number. Two ways
/// lead out of a recording unseen: [`Traced::value`] and [`Scalar::primal`]; what depends on them is taken for a constant.
///
/// # Panics
///
/// An operation on a number of a recording that has ended, is an outer one, or belongs to another thread, while another
/// one over the same `T` is going on.
#[derive(Clone, Copy, Debug)]
pub struct Traced<T> {
    value: T,
    /// 0 for a constant.
    recording: u64,
    node: u32,
}

impl<T: Scalar> Traced<T> {
    /// A number that does not depend on any input.
    pub fn constant(value: T) -> Self {
        Self { value, recording: 0, node: 0 }
    }

    /// The plain number.
    pub fn value(self) -> T {
        self.value
    }

    pub(super) fn at(value: T, recording: u64, node: u32) -> Self {
        Self { value, recording, node }
    }

    /// The recording and the node, unless it is a constant.
    pub(super) fn place(&self) -> Option<(u64, u32)> {
        (self.recording != 0).then_some((self.recording, self.node))
    }

    #[track_caller]
    fn ask(&self, other: &Self, question: Question, answer: Answer) {
        with::<T, _>(|record| record.guard(question, self, other, answer));
    }
}

impl<T: Scalar> Number for Traced<T> {
    type Inner = T;

    fn lift(value: T) -> Self {
        Self::constant(value)
    }

    fn inner(&self) -> T {
        self.value
    }

    fn map_inner(self, f: impl FnOnce(T) -> T) -> Self {
        Self { value: f(self.value), ..self }
    }

    #[track_caller]
    fn unary(self, op: Unary) -> Self {
        let value = op.value(self.value);
        let recorded = with(|record| {
            let a = record.place(&self);
            record.push(Step::Unary(op, a), value)
        });
        recorded.unwrap_or(Self::constant(value))
    }

    #[track_caller]
    fn binary(self, other: Self, op: Binary) -> Self {
        let value = op.value(self.value, other.value);
        let recorded = with(|record| {
            let operands = [record.place(&self), record.place(&other)];
            record.push(Step::Binary(op, operands), value)
        });
        recorded.unwrap_or(Self::constant(value))
    }

    #[track_caller]
    fn ternary(self, b: Self, c: Self, op: Ternary) -> Self {
        let value = op.value(self.value, b.value, c.value);
        let recorded = with(|record| {
            let operands = [record.place(&self), record.place(&b), record.place(&c)];
            record.push(Step::Ternary(op, operands), value)
        });
        recorded.unwrap_or(Self::constant(value))
    }

    #[track_caller]
    fn compare(&self, other: &Self, comparison: Comparison) -> bool {
        let holds = comparison.holds(&self.value, &other.value);
        self.ask(other, comparison.into(), yes(holds));
        holds
    }

    #[track_caller]
    fn order(&self, other: &Self) -> Option<Ordering> {
        let order = self.value.partial_cmp(&other.value);
        self.ask(other, Question::Order, order);
        order
    }

    #[track_caller]
    fn test(self, predicate: Predicate) -> bool {
        let holds = predicate.holds(self.value);
        self.ask(&self, predicate.into(), yes(holds));
        holds
    }

    fn is_constant_throughout(&self) -> bool {
        self.recording == 0 && self.value.is_constant_throughout()
    }

    #[track_caller]
    fn sum_of_products(a: &[Self], b: &[Self]) -> Self {
        let value = T::dot(&values(a), &values(b));
        let recorded = with(|record| {
            let list = record.list(a.iter().chain(b));
            record.push(Step::Dot(list), value)
        });
        recorded.unwrap_or(Self::constant(value))
    }

    #[track_caller]
    fn sum_of_multiples(c: &[f64], x: &[Self]) -> Self {
        let value = T::linear_combination(c, &values(x));
        let recorded = with(|record| {
            let list = record.list(x.iter());
            let coefficients = record.coefficients(c);
            record.push(Step::LinearCombination(list, coefficients), value)
        });
        recorded.unwrap_or(Self::constant(value))
    }

    #[track_caller]
    fn sum_of(x: &[Self]) -> Self {
        let value = <T as Scalar>::sum(&values(x));
        let recorded = with(|record| {
            let list = record.list(x.iter());
            record.push(Step::Sum(list), value)
        });
        recorded.unwrap_or(Self::constant(value))
    }

    #[track_caller]
    fn log_sum_exp_of(x: &[Self]) -> Self {
        let value = T::log_sum_exp(&values(x));
        let recorded = with(|record| {
            let list = record.list(x.iter());
            record.push(Step::LogSumExp(list), value)
        });
        recorded.unwrap_or(Self::constant(value))
    }
}

fn values<T: Scalar>(numbers: &[Traced<T>]) -> Vec<T> {
    numbers.iter().map(|number| number.value).collect()
}

/// The value.
impl<T: Scalar> fmt::Display for Traced<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value, f)
    }
}

implement_number!([T: Scalar] Traced<T>, inner T);

#[cfg(feature = "serde")]
mod serialised {
    //! As the value alone, which comes back as a constant: a node means nothing in another process.

    use super::Traced;
    use crate::number::Scalar;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    impl<T: Serialize> Serialize for Traced<T> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.value.serialize(serializer)
        }
    }

    impl<'de, T: Scalar + Deserialize<'de>> Deserialize<'de> for Traced<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            T::deserialize(deserializer).map(Self::constant)
        }
    }
}
