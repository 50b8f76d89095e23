//! `Plan`: what a graph is compiled for.

use super::error::ProgramError;
use super::instruction_set::InstructionSet;
use super::run::RunInputs;
use crate::error::check_length;
use crate::graph::Graph;
use crate::number::{Scalar, check_seeds};
use std::ops::Range;

/// The derivative that a program computes, beside the values of the function.
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

/// The inputs that the derivative is taken with respect to.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) enum WithRespectTo {
    /// All parameters, or if there are none, all inputs.
    #[default]
    Default,
    /// These, by number and in ascending order.
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
    pub(super) with_respect_to: WithRespectTo,
    pub(super) outputs: Option<Vec<usize>>,
    pub(super) summed: bool,
    pub(super) exact: bool,
    pub(super) lanes: Option<usize>,
    pub(super) instruction_set: Option<InstructionSet>,
}

/// How many numbers a function takes and a row has.
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
            with_respect_to: WithRespectTo::Default,
            outputs: None,
            summed: false,
            exact: false,
            lanes: None,
            instruction_set: None,
        }
    }

    /// The uniform inputs, which are the same for all samples; the others are the data of a sample.
    #[must_use]
    pub fn parameters(mut self, inputs: Range<usize>) -> Self {
        self.parameters = inputs;
        self
    }

    /// The p inputs that the derivative is taken with respect to, by number and in ascending order. Left out: the parameters, or
    /// if there are none, all inputs.
    #[must_use]
    pub fn with_respect_to(mut self, inputs: impl IntoIterator<Item = usize>) -> Self {
        self.with_respect_to = WithRespectTo::These(inputs.into_iter().collect());
        self
    }

    /// The m outputs that count, by number. Left out: all of them.
    #[must_use]
    pub fn outputs(mut self, outputs: impl IntoIterator<Item = usize>) -> Self {
        self.outputs = Some(outputs.into_iter().collect());
        self
    }

    /// The results summed over all samples, as one row; derivatives are then taken with respect to parameters.
    #[must_use]
    pub fn summed(mut self) -> Self {
        self.summed = true;
        self
    }

    /// Results that are those of the function over plain floats, bit for bit and with every instruction set: no fused multiplication
    /// and addition but those of the function, and the functions of the standard library in place of vector functions, which may
    /// be off by 2 units in the last place. `sin` and the like are those of the platform, and may differ between platforms.
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

    /// The instruction set to run on. Left out: the best that this machine has.
    #[must_use]
    pub fn instruction_set(mut self, instruction_set: InstructionSet) -> Self {
        self.instruction_set = Some(instruction_set);
        self
    }

    /// Whether an input is a parameter.
    pub(super) fn is_parameter(&self, input: usize) -> bool {
        self.parameters.contains(&input)
    }

    /// The inputs that the derivative is taken with respect to.
    pub(super) fn wrt(&self, inputs: usize) -> Vec<usize> {
        match &self.with_respect_to {
            WithRespectTo::These(these) => these.clone(),
            WithRespectTo::Default if self.parameters.is_empty() => (0..inputs).collect(),
            WithRespectTo::Default => self.parameters.clone().collect(),
        }
    }

    /// The nodes of the outputs that count.
    pub(super) fn outputs_of<T: Scalar>(&self, graph: &Graph<T>) -> Vec<u32> {
        let all = graph.output_nodes();
        self.outputs.as_ref().map_or_else(|| all.to_vec(), |selected| selected.iter().map(|&at| all[at]).collect())
    }

    /// The shape of a run for a function of so many inputs and outputs, if the plan suits it.
    pub(super) fn shape(&self, inputs: usize, outputs: usize) -> Result<Shape, ProgramError> {
        self.check(inputs, outputs)?;
        self.available_instruction_set()?;
        let values = self.outputs.as_ref().map_or(outputs, Vec::len);
        Ok(Shape { inputs, values, width: values + self.derivative.len(values, self.wrt(inputs).len()) })
    }

    /// The instruction set to run on, if this machine has it.
    pub(super) fn available_instruction_set(&self) -> Result<InstructionSet, ProgramError> {
        let instruction_set = self.instruction_set.unwrap_or_else(InstructionSet::best);
        if instruction_set.is_available() {
            Ok(instruction_set)
        } else {
            Err(ProgramError::InstructionSet { found: instruction_set })
        }
    }

    /// How many samples the inputs of a run are for a function of so many inputs.
    pub(super) fn samples<T: Scalar>(
        &self,
        inputs: usize,
        run_inputs: RunInputs<'_, T>,
    ) -> Result<usize, ProgramError> {
        let RunInputs { parameters, samples, direction } = run_inputs;
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
        let selected = self.outputs.clone().unwrap_or_else(|| (0..outputs).collect());
        if let Some(&found) = selected.iter().find(|&&output| output >= outputs) {
            return Err(ProgramError::Output { outputs, found });
        }
        if matches!(self.derivative, Derivative::Gradient | Derivative::Hvp) && selected.len() != 1 {
            return Err(ProgramError::OneOutput { derivative: self.derivative, found: selected.len() });
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
