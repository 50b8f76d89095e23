//! Which mode suits a function, by its shape; and the operators that choose for you.

use crate::error::{Error, counted};
use crate::forward::{self, CHUNK};
use crate::model::{Model, VectorModel};
use crate::number::Scalar;
use crate::reverse;
use nalgebra::DMatrix;
use std::fmt;

/// A way to differentiate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "lowercase"))]
pub enum Mode {
    /// Derivatives beside values: ⌈n/8⌉ evaluations.
    Forward,
    /// A recording and m sweeps over it.
    Reverse,
    /// Reverse mode, compiled once and replayed: a [`program`](crate::program).
    Program,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Forward => "forward",
            Self::Reverse => "reverse",
            Self::Program => "program",
        })
    }
}

/// The mode for a function of n inputs and m outputs, and why; prints as a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Choice {
    /// The mode, forward or reverse.
    pub mode: Mode,
    /// How many inputs.
    pub inputs: usize,
    /// How many outputs.
    pub outputs: usize,
    /// How many evaluations forward mode would take.
    pub forward_passes: usize,
    /// How many sweeps reverse mode would take, besides its one evaluation.
    pub reverse_sweeps: usize,
}

/// Chooses the mode for a function of `n` inputs and `m` outputs.
///
/// Forward mode takes ⌈n/8⌉ evaluations that carry eight tangents each, reverse mode a recorded evaluation and m
/// sweeps. Forward is chosen where it takes no more passes than reverse takes sweeps: it records nothing.
///
/// ```
/// use dualtape::{Mode, choose_mode};
///
/// assert_eq!(choose_mode(1000, 1).mode, Mode::Reverse);
/// assert_eq!(choose_mode(3, 50).mode, Mode::Forward);
/// assert_eq!(
///     choose_mode(1000, 1).to_string(),
///     "reverse: one recorded evaluation and 1 sweep give all derivatives of 1 output in 1,000 inputs, where forward \
///      mode takes 125 evaluations of 8 directions each",
/// );
/// ```
#[must_use]
pub fn choose_mode(n: usize, m: usize) -> Choice {
    let forward_passes = n.div_ceil(CHUNK).max(1);
    let mode = if forward_passes <= m.max(1) { Mode::Forward } else { Mode::Reverse };
    Choice { mode, inputs: n, outputs: m, forward_passes, reverse_sweeps: m }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let passes = format!("{} of {CHUNK} directions each", counted(self.forward_passes, "evaluation"));
        let passes = if self.forward_passes == 1 { passes.replace(" each", "") } else { passes };
        let sweeps = format!("one recorded evaluation and {}", counted(self.reverse_sweeps, "sweep"));
        let (outputs, inputs) = (counted(self.outputs, "output"), counted(self.inputs, "input"));
        let what = match (self.outputs, self.inputs) {
            (0, _) | (_, 0) => return write!(f, "{}: there are no derivatives of {outputs} in {inputs}", self.mode),
            (1, 1) => format!("the derivative of {outputs} in {inputs}"),
            _ => format!("all derivatives of {outputs} in {inputs}"),
        };
        let plural = |n: usize| if n == 1 { "gives" } else { "give" };
        match self.mode {
            Mode::Forward => {
                write!(f, "forward: {passes} {} {what}, where reverse mode takes {sweeps}", plural(self.forward_passes))
            }
            Mode::Reverse | Mode::Program => {
                write!(f, "reverse: {sweeps} give {what}, where forward mode takes {passes}")
            }
        }
    }
}

/// `(f(x), f'(x))` of a model of one variable, in one evaluation forward.
///
/// # Panics
///
/// As the model does if it asks for more inputs.
pub fn derivative<T: Scalar>(model: &impl Model, x: T) -> (T, T) {
    forward::derivative(|x| model.eval(&[x]), x)
}

/// `(f(x), ∇f(x))` of a model, in the mode that [`choose_mode`] finds for its n inputs and one output.
///
/// # Panics
///
/// As the model does.
///
/// ```
/// use dualtape::{gradient, model};
/// use num_traits::Float;
///
/// fn product<T: Float>(x: &[T]) -> T {
///     x.iter().fold(T::one(), |product, &x| product * x)
/// }
/// assert_eq!(gradient(&model!(product), &[2.0, 3.0, 4.0]), (24.0, vec![12.0, 8.0, 6.0]));
/// ```
pub fn gradient<T: Scalar>(model: &impl Model, x: &[T]) -> (T, Vec<T>) {
    match choose_mode(x.len(), 1).mode {
        Mode::Forward => forward::gradient(|x| model.eval(x), x),
        Mode::Reverse | Mode::Program => reverse::gradient(|x| model.eval(x), x),
    }
}

/// `(f(x), J)` of a model with m outputs, entry (i, j) = ∂fᵢ/∂xⱼ, in the mode that [`choose_mode`] finds; one more
/// evaluation in plain `T` finds m.
///
/// # Errors
///
/// [`Error::Outputs`] if the model returns another number of outputs on a later pass.
///
/// # Panics
///
/// As the model does.
pub fn jacobian<T: Scalar>(model: &impl VectorModel, x: &[T]) -> Result<(Vec<T>, DMatrix<T>), Error> {
    match choose_mode(x.len(), model.eval(x).len()).mode {
        Mode::Forward => forward::jacobian(|x| model.eval(x), x),
        Mode::Reverse | Mode::Program => reverse::jacobian(|x| model.eval(x), x),
    }
}

/// The transpose of an m×n Jacobian: the n×m matrix of the denominator layout, entry (j, i) = ∂fᵢ/∂xⱼ, in which the
/// chain rule multiplies from right to left and the gradient of one output is a column.
#[must_use]
pub fn denominator_layout<T: Scalar>(jacobian: &DMatrix<T>) -> DMatrix<T> {
    jacobian.transpose()
}
