//! What can be wrong with the arguments of an operator.

use crate::text::{counted, entries, grouped};
use std::convert::Infallible;
use std::fmt;

/// What was expected of an argument, and what was found.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// An argument has the wrong length.
    Length {
        /// Which argument.
        argument: &'static str,
        /// The length it must have.
        expected: usize,
        /// The length it has.
        found: usize,
    },
    /// A seed (a direction of `jvp` or `hvp`, a weight of `vjp`) is infinite or NaN.
    NonFinite {
        /// Which argument.
        argument: &'static str,
        /// The position of the first such entry.
        index: usize,
        /// The entry.
        found: f64,
    },
    /// The function returned another number of outputs on a later pass than on the first.
    Outputs {
        /// How many outputs the first pass had.
        expected: usize,
        /// How many a later pass had.
        found: usize,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { argument, expected, found } => {
                write!(f, "{argument}: expected {}, found {}", entries(*expected), grouped(*found as u64))
            }
            Self::NonFinite { argument, index, found } => {
                write!(f, "{argument}: expected finite entries, found {found} at index {index}")
            }
            Self::Outputs { expected, found } => write!(
                f,
                "the function returned {} on the first pass and {} on a later one: the number of outputs must not change \
                 between passes",
                counted(*expected, "output"),
                grouped(*found as u64)
            ),
        }
    }
}

impl std::error::Error for Error {}

/// What stops an operator: an error A of its own, or the error E of the model.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Failure<A, E> {
    /// Of the operator.
    Operator(A),
    /// Of the model.
    Model(E),
}

impl<A, E> From<A> for Failure<A, E> {
    fn from(error: A) -> Self {
        Self::Operator(error)
    }
}

impl<A, E> Failure<A, E> {
    /// What the operator says, if the model does not say anything.
    pub(crate) fn split<R>(result: Result<R, Self>) -> Result<Result<R, A>, E> {
        match result {
            Ok(result) => Ok(Ok(result)),
            Err(Self::Operator(error)) => Ok(Err(error)),
            Err(Self::Model(error)) => Err(error),
        }
    }
}

/// The result of what cannot fail.
pub(crate) fn certain<R>(result: Result<R, Infallible>) -> R {
    result.unwrap_or_else(|never| match never {})
}

/// Checks the length of an argument.
pub(crate) fn check_length(argument: &'static str, expected: usize, found: usize) -> Result<(), Error> {
    if expected == found { Ok(()) } else { Err(Error::Length { argument, expected, found }) }
}
