//! What a graph is compiled for, and what can be wrong with the wish.

use super::shared::Given;
use crate::error::{Error, check_length};
use crate::graph::{Graph, Stale};
use crate::number::{Scalar, check_seeds};
use crate::text::counted;
use std::fmt;
use std::ops::Range;

/// What a program computes beside the values of the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Derivative {
    /// Nothing: m numbers a row.
    Value,
    /// The gradient of a function with one output: p numbers.
    Gradient,
    /// J·v for a direction v of p numbers: m numbers.
    Jvp,
    /// The m×p matrix J, row by row.
    Jacobian,
    /// The gradient, then H·v for a direction v of p numbers: p numbers twice.
    Hvp,
}

impl Derivative {
    /// Whether it is taken along a direction.
    #[must_use]
    pub fn takes_direction(self) -> bool {
        matches!(self, Self::Jvp | Self::Hvp)
    }

    /// How many numbers for m outputs and p inputs.
    pub(super) fn len(self, m: usize, p: usize) -> usize {
        match self {
            Self::Value => 0,
            Self::Gradient => p,
            Self::Jvp => m,
            Self::Jacobian => m * p,
            Self::Hvp => 2 * p,
        }
    }
}

/// The instructions that a program runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Dispatch {
    /// What every machine of the target has: SSE2 on x86-64, NEON on 64-bit ARM.
    Baseline,
    /// AVX2 with fused multiplication and addition.
    Avx2,
    /// AVX-512 (F, VL, DQ).
    Avx512,
}

impl Dispatch {
    /// Every one, the narrowest first.
    pub const ALL: [Self; 3] = [Self::Baseline, Self::Avx2, Self::Avx512];
}

impl fmt::Display for Dispatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Baseline => "baseline",
            Self::Avx2 => "AVX2",
            Self::Avx512 => "AVX-512",
        })
    }
}

/// Inputs by number, in ascending order.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) enum Inputs {
    /// All parameters, or if there are none, all inputs.
    #[default]
    Default,
    /// These.
    These(Vec<usize>),
}

/// What to compile a graph for: which inputs are the same for all samples, which outputs count, which derivative.
///
/// ```
/// use dualtape::program::{Derivative, Plan, Program};
///
/// // (w0 + w1·x - y)², whose first two inputs are parameters and whose last two are a sample.
/// fn square<T: num_traits::Float>(v: &[T]) -> T {
///     (v[0] + v[1] * v[2] - v[3]).powi(2)
/// }
///
/// let plan = Plan::new(Derivative::Gradient).parameters(0..2).summed();
/// let program = Program::of(&dualtape::model!(square), &[0.0, 0.0, 1.0, 1.0], &plan)?;
/// let batch = program.run(&[0.0, 0.0], &[0.0, 1.0, 1.0, 3.0, 2.0, 5.0])?;
/// assert_eq!((batch.values(0), batch.derivatives(0)), (&[35.0][..], &[-18.0, -26.0][..]));
/// # Ok::<(), dualtape::program::ProgramError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Plan {
    pub(super) derivative: Derivative,
    pub(super) parameters: Range<usize>,
    pub(super) with_respect_to: Inputs,
    pub(super) outputs: Option<Vec<usize>>,
    pub(super) summed: bool,
    pub(super) exact: bool,
    pub(super) lanes: Option<usize>,
    pub(super) dispatch: Option<Dispatch>,
}

/// What goes in and comes out, in numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) inputs: usize,
    /// How many results of a row are values.
    pub(super) values: usize,
    pub(super) width: usize,
}

impl Plan {
    /// A plan in which every input belongs to the sample and every sample has a row of results.
    #[must_use]
    pub fn new(derivative: Derivative) -> Self {
        Self {
            derivative,
            parameters: 0..0,
            with_respect_to: Inputs::Default,
            outputs: None,
            summed: false,
            exact: false,
            lanes: None,
            dispatch: None,
        }
    }

    /// The inputs that are the same for all samples; the others are the data of a sample.
    #[must_use]
    pub fn parameters(mut self, inputs: Range<usize>) -> Self {
        self.parameters = inputs;
        self
    }

    /// The p inputs to differentiate in, by number and in ascending order. Left out: the parameters, or if there are none,
    /// all inputs.
    #[must_use]
    pub fn with_respect_to(mut self, inputs: impl IntoIterator<Item = usize>) -> Self {
        self.with_respect_to = Inputs::These(inputs.into_iter().collect());
        self
    }

    /// The m outputs that count, by number. Left out: all of them.
    #[must_use]
    pub fn outputs(mut self, outputs: impl IntoIterator<Item = usize>) -> Self {
        self.outputs = Some(outputs.into_iter().collect());
        self
    }

    /// The results added up over all samples, as one row; derivatives then are taken in parameters.
    #[must_use]
    pub fn summed(mut self) -> Self {
        self.summed = true;
        self
    }

    /// Results that are the same bits on every machine: no fused multiplication and addition but those of the function,
    /// and the functions of the standard library in place of faster ones, which may be off by 2 units in the last place.
    #[must_use]
    pub fn exact(mut self) -> Self {
        self.exact = true;
        self
    }

    /// How many samples are computed side by side: 8, 16 or 32. Left out: by the size of the program and the number of samples,
    /// of which few may run one by one.
    #[must_use]
    pub fn lanes(mut self, lanes: usize) -> Self {
        self.lanes = Some(lanes);
        self
    }

    /// The instructions to run on. Left out: the best that this machine has.
    #[must_use]
    pub fn dispatch(mut self, dispatch: Dispatch) -> Self {
        self.dispatch = Some(dispatch);
        self
    }

    /// Whether an input is a parameter.
    pub(super) fn is_parameter(&self, input: usize) -> bool {
        self.parameters.contains(&input)
    }

    /// The inputs to differentiate in.
    pub(super) fn wrt(&self, inputs: usize) -> Vec<usize> {
        match &self.with_respect_to {
            Inputs::These(these) => these.clone(),
            Inputs::Default if self.parameters.is_empty() => (0..inputs).collect(),
            Inputs::Default => self.parameters.clone().collect(),
        }
    }

    /// The nodes of the outputs that count.
    pub(super) fn outputs_of<T: Scalar>(&self, graph: &Graph<T>) -> Vec<u32> {
        let all = graph.output_nodes();
        self.outputs.as_ref().map_or_else(|| all.to_vec(), |chosen| chosen.iter().map(|&at| all[at]).collect())
    }

    /// How long rows are for a function of so many inputs and outputs, if it suits that.
    pub(super) fn shape(&self, inputs: usize, outputs: usize) -> Result<Shape, ProgramError> {
        self.check(inputs, outputs)?;
        self.available_dispatch()?;
        let values = self.outputs.as_ref().map_or(outputs, Vec::len);
        Ok(Shape { inputs, values, width: values + self.derivative.len(values, self.wrt(inputs).len()) })
    }

    /// The instructions to run on, if this machine has them.
    pub(super) fn available_dispatch(&self) -> Result<Dispatch, ProgramError> {
        let dispatch = self.dispatch.unwrap_or_else(Dispatch::best);
        if dispatch.is_available() { Ok(dispatch) } else { Err(ProgramError::Dispatch { found: dispatch }) }
    }

    /// How many samples are given to a function of so many inputs.
    pub(super) fn samples<T: Scalar>(&self, inputs: usize, given: Given<'_, T>) -> Result<usize, ProgramError> {
        let Given { parameters, samples, direction } = given;
        check_length("the parameters", self.parameters.len(), parameters.len())?;
        let p = if self.derivative.takes_direction() { self.wrt(inputs).len() } else { 0 };
        check_seeds("the direction v", p, direction)?;
        let sample = inputs - self.parameters.len();
        match samples.len() {
            0 if sample == 0 => Ok(1),
            found if sample == 0 || found % sample != 0 => Err(ProgramError::Samples { sample, found }),
            found => Ok(found / sample),
        }
    }

    /// How many rows of results there are for so many samples.
    pub(super) fn rows(&self, samples: usize) -> usize {
        if self.summed { 1 } else { samples }
    }

    /// Checks it for a function of so many inputs and outputs.
    pub(super) fn check(&self, inputs: usize, outputs: usize) -> Result<(), ProgramError> {
        let range = &self.parameters;
        if range.start > range.end || range.end > inputs {
            return Err(ProgramError::Parameters { inputs, found: range.clone() });
        }
        let wrt = self.wrt(inputs);
        if let Some(&found) = wrt.iter().find(|&&input| input >= inputs) {
            return Err(ProgramError::Input { inputs, found });
        }
        if let Some(pair) = wrt.windows(2).find(|pair| pair[0] >= pair[1]) {
            return Err(ProgramError::Order { found: [pair[0], pair[1]] });
        }
        let chosen = self.outputs.clone().unwrap_or_else(|| (0..outputs).collect());
        if let Some(&found) = chosen.iter().find(|&&output| output >= outputs) {
            return Err(ProgramError::Output { outputs, found });
        }
        if matches!(self.derivative, Derivative::Gradient | Derivative::Hvp) && chosen.len() != 1 {
            return Err(ProgramError::OneOutput { derivative: self.derivative, found: chosen.len() });
        }
        if self.summed
            && self.derivative != Derivative::Value
            && let Some(&found) = wrt.iter().find(|&&input| !self.is_parameter(input))
        {
            return Err(ProgramError::SumInData { found });
        }
        match self.lanes {
            Some(found) if ![8, 16, 32].contains(&found) => Err(ProgramError::Lanes { found }),
            _ => Ok(()),
        }
    }
}

/// What was expected of a plan or of the arguments of a program, and what was found.
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
    /// There is no such input to differentiate in.
    Input {
        /// How many inputs there are.
        inputs: usize,
        /// The number of the input.
        found: usize,
    },
    /// The inputs to differentiate in are not in ascending order.
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
    /// A sum over samples has no derivative in the data of one sample.
    SumInData {
        /// The first input that is no parameter.
        found: usize,
    },
    /// Not 8, 16 or 32 lanes.
    Lanes {
        /// How many.
        found: usize,
    },
    /// This machine lacks the instructions.
    Dispatch {
        /// Which.
        found: Dispatch,
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
    /// A sample takes another branch than the one that was recorded.
    Stale {
        /// The number of the sample.
        sample: usize,
        /// The comparison.
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
            Self::Dispatch { found } => {
                write!(f, "dispatch: expected instructions that this machine has, found {found}")
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
