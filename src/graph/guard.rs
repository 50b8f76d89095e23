//! Guards: what the control flow of a recorded function depended on, and what it read of its numbers.

use crate::number::{Comparison, Predicate, Reading, Scalar};
use std::cmp::Ordering;
use std::fmt;

/// A question that a function asked about its numbers while it was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Question {
    /// a == b
    Equal,
    /// a < b
    Less,
    /// a <= b
    LessOrEqual,
    /// a > b
    Greater,
    /// a >= b
    GreaterOrEqual,
    /// Which is less, as `partial_cmp` tells?
    Order,
    /// Is a NaN?
    IsNan,
    /// Is a infinite?
    IsInfinite,
    /// Is a neither infinite nor NaN?
    IsFinite,
    /// Is a neither zero, subnormal, infinite nor NaN?
    IsNormal,
    /// Is a subnormal?
    IsSubnormal,
    /// Is the sign bit of a clear?
    IsSignPositive,
    /// Is the sign bit of a set?
    IsSignNegative,
    /// Which integer is a without its fraction, if it is one of an integer type?
    Integer {
        /// How many bits the integer type has.
        bits: u32,
        /// Whether it has negative numbers.
        signed: bool,
    },
    /// Which number is a, bit for bit, with its derivatives where it has some? NaN is one number.
    Value,
}

/// The answer to a [`Question`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum Answer {
    /// No, or where an order or an integer was asked for, that there is none.
    No,
    Yes,
    Order(#[cfg_attr(feature = "serde", serde(with = "as_number"))] Ordering),
    /// The bits of a number.
    Number(u64),
}

impl Answer {
    pub(super) fn yes(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    pub(super) fn order(order: Option<Ordering>) -> Self {
        order.map_or(Self::No, Self::Order)
    }

    fn number(x: f64) -> Self {
        Self::Number(if x.is_nan() { f64::NAN } else { x }.to_bits())
    }

    /// The number, if it is one.
    #[cfg(feature = "program")]
    pub(crate) fn as_number(self) -> Option<f64> {
        if let Self::Number(bits) = self { Some(f64::from_bits(bits)) } else { None }
    }
}

/// The least number of an integer type, and the least above all of its numbers.
pub(crate) fn range_of_integers(bits: u32, signed: bool) -> [f64; 2] {
    let end = 2.0_f64.powi(bits.cast_signed() - i32::from(signed));
    [if signed { -end } else { 0.0 }, end]
}

impl Question {
    /// Whether it is about two numbers.
    #[must_use]
    pub fn is_about_two(self) -> bool {
        matches!(
            self,
            Self::Equal | Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual | Self::Order
        )
    }

    /// The answer for two numbers; a question about one ignores the second.
    pub(super) fn answer<T: Scalar>(self, a: T, b: T) -> Answer {
        Answer::yes(match self {
            Self::Order => return Answer::order(a.partial_cmp(&b)),
            Self::Integer { bits, signed } => {
                let [least, end] = range_of_integers(bits, signed);
                // Zero has one sign among integers.
                let whole = a.primal().trunc() + 0.0;
                return if whole >= least && whole < end { Answer::number(whole) } else { Answer::No };
            }
            Self::Value => return Answer::number(a.primal()),
            Self::Equal => a == b,
            Self::Less => a < b,
            Self::LessOrEqual => a <= b,
            Self::Greater => a > b,
            Self::GreaterOrEqual => a >= b,
            Self::IsNan => a.is_nan(),
            Self::IsInfinite => a.is_infinite(),
            Self::IsFinite => a.is_finite(),
            Self::IsNormal => a.is_normal(),
            Self::IsSubnormal => a.is_subnormal(),
            Self::IsSignPositive => a.is_sign_positive(),
            Self::IsSignNegative => a.is_sign_negative(),
        })
    }

    /// Whether an answer is one to this question.
    #[cfg(all(feature = "program", feature = "serde"))]
    pub(crate) fn admits(self, answer: Answer) -> bool {
        match (self, answer) {
            (Self::Integer { bits, .. }, Answer::Number(_) | Answer::No) => bits <= 128,
            (Self::Order, Answer::Order(_) | Answer::No) | (Self::Value, Answer::Number(_)) => true,
            (Self::Order | Self::Integer { .. } | Self::Value, _) => false,
            (_, answer) => matches!(answer, Answer::Yes | Answer::No),
        }
    }

    /// An answer in words.
    fn tell(self, answer: Answer) -> String {
        match (self, answer) {
            (_, Answer::Order(order)) => format!("{order:?}").to_lowercase(),
            (_, Answer::Number(bits)) => f64::from_bits(bits).to_string(),
            (Self::Order | Self::Integer { .. }, _) => "none".to_owned(),
            (_, answer) => (answer == Answer::Yes).to_string(),
        }
    }

    /// The question about operands of these names.
    pub(super) fn about(self, a: &str, b: &str) -> String {
        match self {
            Self::Equal => format!("{a} == {b}"),
            Self::Less => format!("{a} < {b}"),
            Self::LessOrEqual => format!("{a} <= {b}"),
            Self::Greater => format!("{a} > {b}"),
            Self::GreaterOrEqual => format!("{a} >= {b}"),
            Self::Order => format!("the order of {a} and {b}"),
            Self::IsNan => format!("is {a} NaN"),
            Self::IsInfinite => format!("is {a} infinite"),
            Self::IsFinite => format!("is {a} finite"),
            Self::IsNormal => format!("is {a} normal"),
            Self::IsSubnormal => format!("is {a} subnormal"),
            Self::IsSignPositive => format!("is the sign of {a} positive"),
            Self::IsSignNegative => format!("is the sign of {a} negative"),
            Self::Integer { bits, signed } => {
                format!("{a} as {}{bits}", if signed { "i" } else { "u" })
            }
            Self::Value => format!("the value of {a}"),
        }
    }
}

impl From<Comparison> for Question {
    fn from(comparison: Comparison) -> Self {
        match comparison {
            Comparison::Equal => Self::Equal,
            Comparison::Less => Self::Less,
            Comparison::LessOrEqual => Self::LessOrEqual,
            Comparison::Greater => Self::Greater,
            Comparison::GreaterOrEqual => Self::GreaterOrEqual,
        }
    }
}

impl From<Predicate> for Question {
    fn from(predicate: Predicate) -> Self {
        match predicate {
            Predicate::Nan => Self::IsNan,
            Predicate::Infinite => Self::IsInfinite,
            Predicate::Finite => Self::IsFinite,
            Predicate::Normal => Self::IsNormal,
            Predicate::Subnormal => Self::IsSubnormal,
            Predicate::SignPositive => Self::IsSignPositive,
            Predicate::SignNegative => Self::IsSignNegative,
        }
    }
}

impl From<Reading> for Question {
    fn from(reading: Reading) -> Self {
        match reading {
            Reading::Integer { bits, signed } => Self::Integer { bits, signed },
            Reading::Value => Self::Value,
        }
    }
}

/// A comparison, or a number that was read as something plain, with its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Guard {
    /// What was asked.
    pub question: Question,
    /// About which nodes; a question about one names it twice.
    pub operands: [u32; 2],
    /// How many nodes had been recorded before.
    pub at: u32,
    pub(super) answer: Answer,
}

impl Guard {
    /// The same question about what `place` gives for the nodes.
    #[cfg(feature = "program")]
    pub(crate) fn moved(&self, place: impl Fn(u32) -> u32) -> Self {
        Self { operands: self.operands.map(place), ..*self }
    }

    /// The answer for two numbers, if it is not the one that was recorded.
    #[cfg(feature = "program")]
    pub(crate) fn other_answer<T: Scalar>(&self, a: T, b: T) -> Option<Answer> {
        Some(self.question.answer(a, b)).filter(|&answer| answer != self.answer)
    }

    /// What to say where the answer is another one.
    #[cfg(feature = "program")]
    pub(crate) fn stale(&self, operands: [String; 2], recorded: [f64; 2], found: [f64; 2], answer: Answer) -> Stale {
        Stale { question: self.question, operands, recorded, found, answers: [self.answer, answer] }
    }

    /// The answer that was recorded.
    #[cfg(feature = "program")]
    pub(crate) fn answer(&self) -> Answer {
        self.answer
    }

    /// The question about operands of these names, and its answer.
    pub(crate) fn describe(&self, [a, b]: [String; 2]) -> String {
        format!("{}: {}", self.question.about(&a, &b), self.question.tell(self.answer))
    }

    /// Whether the answer was yes; for an order or an integer, whether there was one.
    #[must_use]
    pub fn outcome(&self) -> bool {
        self.answer != Answer::No
    }
}

/// A comparison that turned out otherwise than when the graph was recorded: the function might take another branch.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Stale {
    /// What was asked.
    pub question: Question,
    /// The nodes that it was asked about, by name.
    pub operands: [String; 2],
    /// Their values when the graph was recorded.
    pub recorded: [f64; 2],
    /// Their values at the new point.
    pub found: [f64; 2],
    pub(super) answers: [Answer; 2],
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b] = &self.operands;
        write!(f, "the recorded branch does not hold here: {}", self.question.about(a, b))?;
        if self.answers[0] == self.answers[1] {
            return f.write_str(" had other derivatives: record the function anew at this point");
        }
        let values = |values: [f64; 2]| {
            let second = if self.question.is_about_two() { format!(" and {}", values[1]) } else { String::new() };
            format!("{}{second}", values[0])
        };
        write!(
            f,
            " was {} (for {}) and is {} (for {}): record the function anew at this point",
            self.question.tell(self.answers[0]),
            values(self.recorded),
            self.question.tell(self.answers[1]),
            values(self.found)
        )
    }
}

impl std::error::Error for Stale {}

#[cfg(feature = "serde")]
mod as_number {
    //! An order as -1, 0 or 1.

    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::cmp::Ordering;

    pub(super) fn serialize<S: Serializer>(order: &Ordering, serializer: S) -> Result<S::Ok, S::Error> {
        (*order as i8).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Ordering, D::Error> {
        i8::deserialize(deserializer).map(|order| order.cmp(&0))
    }
}
