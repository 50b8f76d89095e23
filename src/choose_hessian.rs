//! Which way to a Hessian suits a function, by the number of its inputs.

use crate::forward::CHUNK;
use crate::higher::{DIRECTIONS, Second};
use crate::mode::Mode;
use crate::model::{ErrorOf, Model, SingleOutput};
use crate::number::Scalar;
use crate::rerun;
use crate::text::counted;
use std::fmt;

/// The way to the Hessian of a function of n inputs and one output, and why; prints as a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct HessianChoice {
    /// The mode: [`Chunked`](Mode::Chunked) forward mode, on a [`Dual2Vec`](crate::Dual2Vec), or
    /// [`Reverse`](Mode::Reverse), which is forward over reverse.
    pub mode: Mode,
    /// How many inputs.
    pub inputs: usize,
    /// How many directions an evaluation carries.
    pub directions: usize,
    /// How many evaluations it takes; forward over reverse records each, and sweeps after it.
    pub evaluations: usize,
}

/// Chooses the way to the Hessian of a function of `n` inputs and one output.
///
/// Up to four inputs one evaluation in forward mode carries all second derivatives, and records nothing. What an
/// operation costs there grows with n²; for more inputs forward over reverse is chosen, ⌈n/8⌉ recorded evaluations and sweeps in
/// which it grows with n.
///
/// ```
/// use dualtape::{Mode, choose_hessian};
///
/// assert_eq!(choose_hessian(4).mode, Mode::Chunked);
/// assert_eq!(
///     choose_hessian(4).to_string(),
///     "forward: one evaluation carries all 10 second derivatives in 4 inputs, where forward over reverse records an \
///      evaluation and sweeps over it",
/// );
/// assert_eq!(
///     choose_hessian(20).to_string(),
///     "forward over reverse: 3 recorded evaluations of 8 directions each and as many sweeps, where forward mode would carry \
///      210 second derivatives through every operation",
/// );
/// ```
#[must_use]
pub fn choose_hessian(n: usize) -> HessianChoice {
    if n <= DIRECTIONS {
        return HessianChoice { mode: Mode::Chunked, inputs: n, directions: DIRECTIONS, evaluations: 1 };
    }
    HessianChoice { mode: Mode::Reverse, inputs: n, directions: CHUNK, evaluations: n.div_ceil(CHUNK) }
}

impl fmt::Display for HessianChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.inputs;
        let seconds = counted(n.saturating_add(1).saturating_mul(n) / 2, "second derivative");
        let inputs = counted(n, "input");
        match self.mode {
            Mode::Reverse => {
                let evaluations = counted(self.evaluations, "recorded evaluation");
                write!(
                    f,
                    "forward over reverse: {evaluations} of {} directions each and as many sweeps, where forward mode would \
                     carry {seconds} through every operation",
                    self.directions,
                )
            }
            _ => {
                let what = match n {
                    0 => "has no second derivatives to carry".to_owned(),
                    1 => "carries the second derivative".to_owned(),
                    _ => format!("carries all {seconds}"),
                };
                write!(
                    f,
                    "forward: one evaluation {what} in {inputs}, where forward over reverse records an evaluation and sweeps \
                     over it",
                )
            }
        }
    }
}

/// Value, gradient and Hessian of a model.
pub(crate) fn try_hessian<T: Scalar, M: Model<Outputs: SingleOutput> + ?Sized>(
    model: &M,
    x: &[T],
) -> Result<Second<T>, ErrorOf<M>> {
    match choose_hessian(x.len()).mode {
        Mode::Reverse => rerun::reverse_hessian(model, x),
        _ => rerun::forward_hessian(model, x),
    }
}
