//! `ProgramError`: what is wrong with a plan or with the arguments of a program.

use super::instruction_set::InstructionSet;
use super::plan::Derivative;
use crate::error::Error;
use crate::graph::Stale;
use crate::text::counted;
use std::fmt;
use std::ops::Range;

/// What is wrong with a plan or with the arguments of a program: what was expected, and what was found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ProgramError {
    /// The parameters are no range of inputs.
    Parameters {
        /// How many inputs there are.
        inputs: usize,
        /// The range.
        found: Range<usize>,
    },
    /// There is no such input for a derivative with respect to it.
    Input {
        /// How many inputs there are.
        inputs: usize,
        /// The number of the input.
        found: usize,
    },
    /// The inputs that the derivative is taken with respect to are not in ascending order.
    Order {
        /// Two neighbours.
        found: [usize; 2],
    },
    /// There is no such output.
    Output {
        /// How many outputs there are.
        outputs: usize,
        /// The number of the output.
        found: usize,
    },
    /// The derivative is one of a single output.
    OneOutput {
        /// Which derivative.
        derivative: Derivative,
        /// How many outputs the plan has.
        found: usize,
    },
    /// A sum over samples has no derivative with respect to the data of one sample.
    SumInData {
        /// The first input that is no parameter.
        found: usize,
    },
    /// Not 8, 16 or 32 lanes.
    Lanes {
        /// How many.
        found: usize,
    },
    /// This machine lacks the instruction set.
    InstructionSet {
        /// Which.
        found: InstructionSet,
    },
    /// The data are not whole samples.
    Samples {
        /// How many numbers a sample has.
        sample: usize,
        /// How many numbers there are.
        found: usize,
    },
    /// There is not one value to return.
    Values {
        /// How many there are.
        found: usize,
    },
    /// An argument has the wrong length, or a direction is not finite.
    Argument(Error),
    /// A guard fails: a sample takes another branch than the one that was recorded.
    Stale {
        /// The number of the sample.
        sample: usize,
        /// The guard.
        stale: Box<Stale>,
    },
}

impl fmt::Display for ProgramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameters { inputs, found } => {
                write!(
                    f,
                    "parameters: expected a range within the {}, found {}..{}",
                    counted(*inputs, "input"),
                    found.start,
                    found.end
                )
            }
            Self::Input { inputs, found } => {
                write!(f, "inputs to differentiate in: expected numbers below {inputs}, found {found}")
            }
            Self::Order { found: [a, b] } => {
                write!(f, "inputs to differentiate in: expected ascending numbers, found {a} before {b}")
            }
            Self::Output { outputs, found } => write!(f, "outputs: expected numbers below {outputs}, found {found}"),
            Self::OneOutput { derivative, found } => {
                let name = if *derivative == Derivative::Hvp { "a Hessian-vector product" } else { "a gradient" };
                write!(f, "outputs: expected the one output that {name} is of, found {found}")
            }
            Self::SumInData { found } => write!(
                f,
                "inputs to differentiate in: expected parameters, as the results are summed over samples, found input \
                 {found}, which belongs to a sample"
            ),
            Self::Lanes { found } => write!(f, "lanes: expected 8, 16 or 32, found {found}"),
            Self::InstructionSet { found } => {
                write!(f, "instruction set: expected one that this machine has, found {found}")
            }
            Self::Samples { sample, found } => {
                write!(f, "samples: expected a multiple of {}, found {found}", counted(*sample, "number"))
            }
            Self::Values { found } => write!(f, "outputs: expected one, whose value is returned, found {found}"),
            Self::Argument(error) => fmt::Display::fmt(error, f),
            Self::Stale { sample, stale } => write!(f, "sample {sample}: {stale}"),
        }
    }
}

impl std::error::Error for ProgramError {}

impl From<Error> for ProgramError {
    fn from(error: Error) -> Self {
        Self::Argument(error)
    }
}
