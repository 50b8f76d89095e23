//! `Traced<T>`: a number that records what is done with it.

use super::graph::Step;
use super::guard::{Answer, Question};
use super::recorder::{Place, Record, read, stray, with};
use crate::number::{Comparison, Number, Predicate, Reading, Scalar, implement_constants, implement_number};
use crate::rules::{BinaryOperation, Nary, TernaryOperation, UnaryOperation, operations};
use crate::scalar::Terms;
use std::cmp::Ordering;
use std::fmt;

/// A number that computes as `T` does and writes every operation and comparison to the recording of its thread.
///
/// Get one from [`Graph::record`](super::Graph::record). What is made of constants alone is a constant, also where nothing
/// is being recorded.
///
/// Nothing plain is made of a recorded number unseen. A comparison leaves a [`Guard`](super::Guard) that says what the answer
/// was, and so does a conversion to an integer; whatever gives the number itself (`to_f64`, [`Scalar::primal`],
/// [`Traced::value`], `Display`, `ulps_eq!`, serialisation) leaves one that says what it was. Where a guard does not hold, the
/// graph and its programs refuse to run, and [`Replay`](crate::program::Replay) records the function anew. `Debug` leaves
/// none: it is for looking at a number, not for computing with it.
///
/// # Panics
///
/// An operation on a number of a recording that has ended, is an outer one, or belongs to another thread; so does reading
/// it, except for one of an outer recording of the same thread.
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

    /// The plain number. The recording holds that it was read, and what it was, with its derivatives if T has some.
    #[track_caller]
    pub fn value(self) -> T {
        self.read(Reading::Value);
        self.value
    }

    pub(super) fn at(value: T, (recording, node): Place) -> Self {
        Self { value, recording, node }
    }

    /// Where it was recorded, unless it is a constant.
    fn place(&self) -> Option<Place> {
        (self.recording != 0).then_some((self.recording, self.node))
    }

    /// Its node in a recording.
    #[track_caller]
    pub(super) fn node(&self, record: &mut Record<T>) -> u32 {
        record.node(self.value, self.place())
    }

    #[track_caller]
    fn ask(&self, other: &Self, question: Question, answer: Answer) {
        if self.recording == 0 && other.recording == 0 {
            // Of constants the answer is always the same.
            return;
        }
        let asked = with(|record| {
            let operands = [self.node(record), other.node(record)];
            record.guard(question, operands, answer);
        });
        if asked.is_none() {
            Self::unrecorded([self, other]);
        }
    }

    /// The result of an operation on these, as the next node of the recording.
    #[track_caller]
    fn recorded<'a>(
        value: T,
        operands: impl IntoIterator<Item = &'a Self>,
        step: impl FnOnce(&mut Record<T>) -> Step,
    ) -> Self {
        let recorded = with(|record| {
            let step = step(record);
            Self::at(value, record.push(step, value))
        });
        recorded.unwrap_or_else(|| {
            Self::unrecorded(operands);
            Self::constant(value)
        })
    }

    /// Where nothing is recorded, only constants may be used.
    #[track_caller]
    fn unrecorded<'a>(operands: impl IntoIterator<Item = &'a Self>) {
        if operands.into_iter().any(|operand| operand.recording != 0) {
            stray();
        }
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

    #[track_caller]
    fn map_inner(self, f: impl FnOnce(T) -> T) -> Self {
        if self.recording == 0 {
            return Self::constant(f(self.value));
        }
        // The sign of zero alone, which the recording has to change too.
        self.binary(Self::constant(T::zero()), operations::Add)
    }

    const RECORDS: bool = true;

    const IN_LINE: bool = false;

    #[track_caller]
    fn read(&self, reading: Reading) {
        if let Some((recording, node)) = self.place() {
            let question = Question::from(reading);
            read::<T>(recording, node, question, question.answer(self.value, self.value));
        }
    }

    #[track_caller]
    fn value_less(&self, other: &Self) -> bool {
        self.compare(other, Comparison::Less)
    }

    #[track_caller]
    fn value_equal(&self, other: &Self) -> bool {
        self.compare(other, Comparison::Equal)
    }

    #[track_caller]
    fn unary(self, op: impl UnaryOperation) -> Self {
        Self::recorded(op.value(self.value), [&self], |record| Step::Unary(op.kind(), self.node(record)))
    }

    #[track_caller]
    fn binary(self, other: Self, op: impl BinaryOperation) -> Self {
        let value = op.value(self.value, other.value);
        Self::recorded(value, [&self, &other], |record| {
            Step::Binary(op.kind(), [self.node(record), other.node(record)])
        })
    }

    #[track_caller]
    fn ternary(self, b: Self, c: Self, op: impl TernaryOperation) -> Self {
        let value = op.value(self.value, b.value, c.value);
        Self::recorded(value, [&self, &b, &c], |record| {
            Step::Ternary(op.kind(), [self.node(record), b.node(record), c.node(record)])
        })
    }

    #[track_caller]
    fn compare(&self, other: &Self, comparison: Comparison) -> bool {
        let holds = comparison.holds(&self.value, &other.value);
        self.ask(other, comparison.into(), Answer::yes(holds));
        holds
    }

    #[track_caller]
    fn order(&self, other: &Self) -> Option<Ordering> {
        let order = self.value.partial_cmp(&other.value);
        self.ask(other, Question::Order, Answer::order(order));
        order
    }

    #[track_caller]
    fn test(self, predicate: Predicate) -> bool {
        let holds = predicate.holds(self.value);
        self.ask(&self, predicate.into(), Answer::yes(holds));
        holds
    }

    fn is_constant_throughout(&self) -> bool {
        self.recording == 0 && self.value.is_constant_throughout()
    }

    fn is_same(&self, other: &Self) -> bool {
        self.value.is_same(&other.value) && self.place() == other.place()
    }

    #[track_caller]
    fn nary(terms: Terms<'_, Self>) -> Self {
        let (op, numbers, constants) = (Nary::of(&terms), terms.numbers(), terms.constants());
        let values: Vec<T> = numbers.iter().map(|number| number.value).collect();
        Self::recorded(op.value(constants, &values), &numbers, |record| {
            let nodes: Vec<u32> = numbers.iter().map(|number| number.node(record)).collect();
            Step::Nary(op, record.list(&nodes), record.coefficients(constants))
        })
    }
}

/// The value.
impl<T: Scalar> fmt::Display for Traced<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value(), f)
    }
}

implement_number!([T: Scalar] Traced<T>, inner T);
implement_constants!([T: Scalar] Traced<T>, inner T, |value| Self { value, recording: 0, node: 0 });

#[cfg(feature = "serde")]
mod serialised {
    //! As the value alone, which comes back as a constant: a node means nothing in another process.

    use super::Traced;
    use crate::number::{Scalar, serialised};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    impl<T: Scalar + Serialize> Serialize for Traced<T> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serialised::serialize(&self.value(), serializer)
        }
    }

    impl<'de, T: Scalar + Deserialize<'de>> Deserialize<'de> for Traced<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            serialised::deserialize(deserializer).map(Self::constant)
        }
    }
}
