//! Which mode suits a function, by its shape; and the operators that choose for you.

use crate::choose_hessian;
use crate::error::{Error, Failure};
use crate::forward::Taylor;
use crate::mode::Mode;
use crate::model::{ErrorOf, Evaluate, Model, Outcome, Outputs, SingleOutput};
use crate::number::{Scalar, widths};
use crate::rerun;
use crate::text::counted;
use nalgebra::DMatrix;
use std::fmt;

/// The mode for a function of n inputs and m outputs, and why; prints as a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Choice {
    /// The mode: [`Chunked`](Mode::Chunked) forward mode, or [`Reverse`](Mode::Reverse).
    pub mode: Mode,
    /// How many inputs.
    pub inputs: usize,
    /// How many outputs.
    pub outputs: usize,
    /// How many directions an evaluation in forward mode would carry.
    pub directions: usize,
    /// How many evaluations forward mode would take.
    pub forward_passes: usize,
    /// How many sweeps reverse mode would take, besides its one evaluation.
    pub reverse_sweeps: usize,
}

/// Chooses the mode for a function of `n` inputs and `m` outputs.
///
/// Forward mode takes one evaluation for up to 12 inputs, carrying as many tangents, and ⌈n/12⌉ for more; reverse mode a recorded
/// evaluation and m sweeps, eight of which go over the tape together. Forward is chosen where it takes one evaluation, as it records
/// nothing, and where there are fewer inputs than outputs.
///
/// ```
/// use dualtape::{Mode, choose_mode};
///
/// assert_eq!(choose_mode(1000, 1).mode, Mode::Reverse);
/// assert_eq!(choose_mode(3, 50).mode, Mode::Chunked);
/// assert_eq!(
///     choose_mode(1000, 1).to_string(),
///     "reverse: one recorded evaluation and 1 sweep give all derivatives of 1 output in 1,000 inputs, where forward \
///      mode takes 84 evaluations of 12 directions each",
/// );
/// ```
#[must_use]
pub fn choose_mode(n: usize, m: usize) -> Choice {
    let directions = width(n);
    let forward_passes = n.div_ceil(directions).max(1);
    let mode = if forward_passes == 1 || n < m { Mode::Chunked } else { Mode::Reverse };
    Choice { mode, inputs: n, outputs: m, directions, forward_passes, reverse_sweeps: m }
}

macro_rules! list {
    ([$($width:literal)*]) => { [$($width),*] };
}
const WIDTHS: &[usize] = &widths!([list]);

/// How many directions an evaluation of a model of n inputs carries: as few as take all of them, or the most.
fn width(n: usize) -> usize {
    let widest = WIDTHS[WIDTHS.len() - 1];
    WIDTHS.iter().copied().find(|&width| n <= width).unwrap_or(widest)
}

/// A function of a model with as many directions an evaluation as `width` says.
macro_rules! by_width {
    ([$($width:literal)*] $chosen:expr, $function:ident $arguments:tt) => {
        match $chosen {
            $($width => rerun::$function::<_, _, $width> $arguments,)*
            width => unreachable!("{width} directions were not chosen from {WIDTHS:?}"),
        }
    };
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_reverse = self.mode == Mode::Reverse;
        let mode = if is_reverse { "reverse" } else { "forward" };
        let passes =
            format!("{} of {} each", counted(self.forward_passes, "evaluation"), counted(self.directions, "direction"));
        let passes = if self.forward_passes == 1 { passes.replace(" each", "") } else { passes };
        let together = match self.reverse_sweeps {
            0 | 1 => "",
            2..=8 => " at once",
            _ => ", eight at a time",
        };
        let sweeps = format!("one recorded evaluation and {}{together}", counted(self.reverse_sweeps, "sweep"));
        let (outputs, inputs) = (counted(self.outputs, "output"), counted(self.inputs, "input"));
        let what = match (self.outputs, self.inputs) {
            (0, _) | (_, 0) => return write!(f, "{mode}: there are no derivatives of {outputs} in {inputs}"),
            (1, 1) => format!("the derivative of {outputs} in {inputs}"),
            _ => format!("all derivatives of {outputs} in {inputs}"),
        };
        let plural = |n: usize| if n == 1 { "gives" } else { "give" };
        if is_reverse {
            let comma = if self.reverse_sweeps > 8 { "," } else { "" };
            write!(f, "reverse: {sweeps}{comma} give {what}, where forward mode takes {passes}")
        } else {
            write!(f, "forward: {passes} {} {what}, where reverse mode takes {sweeps}", plural(self.forward_passes))
        }
    }
}

/// `(f(x), f'(x))` of a model of one variable, in one evaluation forward.
///
/// # Errors
///
/// That of a model which can fail: see [`Outcome`].
///
/// # Panics
///
/// As the model does if it asks for more inputs.
///
/// ```
/// use dualtape::{derivative, model};
///
/// assert_eq!(derivative(&model!(|x| 0.5 * x[0] * x[0]), 3.0), (4.5, 3.0));
/// ```
pub fn derivative<T: Scalar, M: Model<Outputs: SingleOutput> + ?Sized>(model: &M, x: T) -> Outcome<M, (T, T)> {
    M::Outputs::outcome(model.plainly(&[x], rerun::derivative(model, x)))
}

/// `(f(x), ∇f(x))` of a model, in the mode that [`choose_mode`] finds for its n inputs and one output.
///
/// # Errors
///
/// That of a model which can fail: see [`Outcome`].
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
pub fn gradient<T: Scalar, M: Model<Outputs: SingleOutput> + ?Sized>(model: &M, x: &[T]) -> Outcome<M, (T, Vec<T>)> {
    M::Outputs::outcome(try_gradient(model, x))
}

/// [`gradient`] forward with N directions an evaluation, of which it takes ⌈n/N⌉. N = 1 is the textbook's forward mode, n passes for n
/// inputs.
///
/// # Errors
///
/// That of a model which can fail: see [`Outcome`].
///
/// # Panics
///
/// As the model does.
///
/// ```
/// use dualtape::{gradient_in_chunks, model};
///
/// assert_eq!(gradient_in_chunks::<_, _, 2>(&model!(|x| x[0] * x[1] * x[2]), &[2.0, 3.0, 4.0]), (24.0, vec![12.0, 8.0, 6.0]));
/// ```
pub fn gradient_in_chunks<T: Scalar, M: Model<Outputs: SingleOutput> + ?Sized, const N: usize>(
    model: &M,
    x: &[T],
) -> Outcome<M, (T, Vec<T>)> {
    M::Outputs::outcome(model.plainly(x, rerun::forward_gradient::<_, _, N>(model, x)))
}

/// [`gradient`], as a result.
pub(crate) fn try_gradient<T: Scalar, M: Model<Outputs: SingleOutput> + ?Sized>(
    model: &M,
    x: &[T],
) -> Result<(T, Vec<T>), ErrorOf<M>> {
    let choice = choose_mode(x.len(), 1);
    let found = match choice.mode {
        Mode::Reverse => rerun::reverse_gradient(model, x),
        _ => widths!([by_width] choice.directions, forward_gradient(model, x)),
    };
    model.plainly(x, found)
}

/// `(f(x), J)`: the m outputs of a model and the m×n matrix with entry (i, j) = ∂fᵢ/∂xⱼ, in the mode that [`choose_mode`]
/// finds; one more evaluation in plain `T` finds m.
///
/// # Errors
///
/// That of a model which can fail: see [`Outcome`].
///
/// # Panics
///
/// As the model does; also if a later pass of forward mode finds another number of outputs.
///
/// ```
/// use dualtape::{jacobian, model};
/// use nalgebra::dmatrix;
///
/// let polar = model!(|x| -> Vec<_> { vec![x[0].hypot(x[1]), x[1].atan2(x[0])] });
/// let (y, j) = jacobian(&polar, &[0.0, 2.0]);
/// assert_eq!(y, [2.0, std::f64::consts::FRAC_PI_2]);
/// assert_eq!(j, dmatrix![0.0, 1.0; -0.5, 0.0]);
/// ```
pub fn jacobian<T: Scalar, M: Model + ?Sized>(model: &M, x: &[T]) -> Outcome<M, (Vec<T>, DMatrix<T>)> {
    M::Outputs::outcome(try_jacobian(model, x))
}

/// [`jacobian`], as a result.
pub(crate) fn try_jacobian<T: Scalar, M: Model + ?Sized>(
    model: &M,
    x: &[T],
) -> Result<(Vec<T>, DMatrix<T>), ErrorOf<M>> {
    let choice = choose_mode(x.len(), model.list(x)?.as_ref().len());
    match choice.mode {
        Mode::Reverse => rerun::reverse_jacobian(model, x),
        _ => widths!([by_width] choice.directions, forward_jacobian(model, x, rerun::again_jacobian)),
    }
}

/// `(f(x), J·v)` of a model: the m outputs and their derivatives in the direction v, in one evaluation forward.
///
/// # Errors
///
/// [`Error::Length`] if `v` is not as long as `x`; [`Error::NonFinite`] if an entry of `v` is infinite or NaN. Around them,
/// that of a model which can fail: see [`Outcome`].
///
/// # Panics
///
/// As the model does.
///
/// ```
/// use dualtape::{jvp, model};
///
/// let f = model!(|x| -> Vec<_> { vec![x[0] * x[1], x[0] + x[1]] });
/// assert_eq!(jvp(&f, &[3.0, 5.0], &[1.0, 2.0])?, (vec![15.0, 8.0], vec![11.0, 3.0]));
/// # Ok::<(), dualtape::Error>(())
/// ```
#[expect(clippy::type_complexity, reason = "the two results, and what can go wrong")]
pub fn jvp<T: Scalar, M: Model + ?Sized>(model: &M, x: &[T], v: &[T]) -> Outcome<M, Result<(Vec<T>, Vec<T>), Error>> {
    M::Outputs::outcome(model.plainly(x, Failure::split(rerun::jvp(model, x, v))))
}

/// `(f(x), wᵀ·J)` of a model: the m outputs and the n derivatives of their weighted sum, in one evaluation and one sweep.
///
/// # Errors
///
/// [`Error::Length`] if the model does not return as many outputs as `w` has entries; [`Error::NonFinite`] if an entry of `w`
/// is infinite or NaN. Around them, that of a model which can fail: see [`Outcome`].
///
/// # Panics
///
/// As the model does.
///
/// ```
/// use dualtape::{model, vjp};
///
/// let f = model!(|x| -> Vec<_> { vec![x[0] * x[1], x[0] + x[1]] });
/// assert_eq!(vjp(&f, &[3.0, 5.0], &[1.0, 2.0])?, (vec![15.0, 8.0], vec![7.0, 5.0]));
/// # Ok::<(), dualtape::Error>(())
/// ```
#[expect(clippy::type_complexity, reason = "the two results, and what can go wrong")]
pub fn vjp<T: Scalar, M: Model + ?Sized>(model: &M, x: &[T], w: &[T]) -> Outcome<M, Result<(Vec<T>, Vec<T>), Error>> {
    M::Outputs::outcome(model.plainly(x, Failure::split(rerun::vjp(model, x, w))))
}

/// The outputs of a model on the line x + v·t as Taylor series to order K: value, directional derivatives of the first to the K-th
/// order along v ([`Taylor::derivative`]), and their Taylor coefficients, in one evaluation over [`Taylor`], which costs about K²
/// evaluations.
///
/// # Errors
///
/// [`Error::Length`] if `v` is not as long as `x`; [`Error::NonFinite`] if an entry of `v` is infinite or NaN. Around them,
/// that of a model which can fail: see [`Outcome`].
///
/// # Panics
///
/// As the model does.
///
/// ```
/// use dualtape::{jet, model};
///
/// let f = model!(|x| x[0].exp() * x[1]);
/// let y = &jet::<_, _, 3>(&f, &[0.0, 2.0], &[1.0, 0.0])?[0];
/// assert_eq!((y.value, y.derivative(3)), (2.0, 2.0));
/// # Ok::<(), dualtape::Error>(())
/// ```
pub fn jet<T: Scalar, M: Model + ?Sized, const K: usize>(
    model: &M,
    x: &[T],
    v: &[T],
) -> Outcome<M, Result<Vec<Taylor<T, K>>, Error>> {
    M::Outputs::outcome(model.plainly(x, Failure::split(rerun::jet(model, x, v))))
}

/// `(f(x), ∇f(x), H·v)` of a model: value, gradient, and the Hessian times a vector, in one evaluation and one sweep,
/// forward over reverse: a directional derivative of the gradient.
///
/// # Errors
///
/// [`Error::Length`] if `v` is not as long as `x`; [`Error::NonFinite`] if an entry of `v` is infinite or NaN. Around them,
/// that of a model which can fail: see [`Outcome`].
///
/// # Panics
///
/// As the model does.
///
/// ```
/// use dualtape::{hvp, model};
///
/// let f = model!(|x| x[0] * x[0] * x[1]);
/// let (y, gradient, product) = hvp(&f, &[3.0, 5.0], &[1.0, 0.0])?;
/// assert_eq!((y, gradient, product), (45.0, vec![30.0, 9.0], vec![10.0, 6.0]));
/// # Ok::<(), dualtape::Error>(())
/// ```
#[expect(clippy::type_complexity, reason = "the three results, and what can go wrong")]
pub fn hvp<T: Scalar, M: Model<Outputs: SingleOutput> + ?Sized>(
    model: &M,
    x: &[T],
    v: &[T],
) -> Outcome<M, Result<(T, Vec<T>, Vec<T>), Error>> {
    let found = Failure::split(rerun::hvp(model, x, v));
    M::Outputs::outcome(model.plainly(x, found))
}

/// `(f(x), ∇f(x), H·V)` of a model: value, gradient, and the Hessian times an n×k matrix, a block of k Hessian-vector products,
/// forward over reverse, eight in an evaluation and a sweep, which takes about as long as four [`hvp`].
///
/// # Errors
///
/// [`Error::Length`] if `v` does not have as many rows as `x` has entries; [`Error::NonFinite`] if an entry of `v` is infinite or
/// NaN. Around them, that of a model which can fail: see [`Outcome`].
///
/// # Panics
///
/// As the model does.
///
/// ```
/// use dualtape::{hvp_block, model};
/// use nalgebra::dmatrix;
///
/// let f = model!(|x| x[0] * x[0] * x[1]);
/// let (y, gradient, product) = hvp_block(&f, &[3.0, 5.0], &dmatrix![1.0, 1.0; 0.0, 1.0])?;
/// assert_eq!((y, gradient, product), (45.0, vec![30.0, 9.0], dmatrix![10.0, 16.0; 6.0, 6.0]));
/// # Ok::<(), dualtape::Error>(())
/// ```
#[expect(clippy::type_complexity, reason = "the three results, and what can go wrong")]
pub fn hvp_block<T: Scalar, M: Model<Outputs: SingleOutput> + ?Sized>(
    model: &M,
    x: &[T],
    v: &DMatrix<T>,
) -> Outcome<M, Result<(T, Vec<T>, DMatrix<T>), Error>> {
    M::Outputs::outcome(model.plainly(x, Failure::split(rerun::hvp_block(model, x, v))))
}

/// `(f(x), ∇f(x), H)` of a model: value, gradient, and the n×n matrix of second derivatives, in the way that
/// [`choose_hessian`](crate::choose_hessian()) finds for its n inputs: one evaluation forward up to n = 4, ⌈n/8⌉ evaluations and sweeps
/// forward over reverse beyond.
///
/// # Errors
///
/// That of a model which can fail: see [`Outcome`].
///
/// # Panics
///
/// As the model does.
///
/// ```
/// use dualtape::{hessian, model};
/// use nalgebra::dmatrix;
///
/// let (y, gradient, h) = hessian(&model!(|x| x[0] * x[0] * x[1]), &[3.0, 5.0]);
/// assert_eq!((y, gradient, h), (45.0, vec![30.0, 9.0], dmatrix![10.0, 6.0; 6.0, 0.0]));
/// ```
pub fn hessian<T: Scalar, M: Model<Outputs: SingleOutput> + ?Sized>(
    model: &M,
    x: &[T],
) -> Outcome<M, (T, Vec<T>, DMatrix<T>)> {
    M::Outputs::outcome(model.plainly(x, choose_hessian::try_hessian(model, x)))
}

/// The transpose of an m×n Jacobian: the n×m matrix of the denominator layout, entry (j, i) = ∂fᵢ/∂xⱼ, in which the
/// chain rule multiplies from right to left and the gradient of one output is a column.
///
/// ```
/// use dualtape::{denominator_layout, jacobian, model};
/// use nalgebra::dmatrix;
///
/// let (_, j) = jacobian(&model!(|x| -> Vec<_> { vec![x[0] * x[1], x[0] + x[1] + x[2]] }), &[3.0, 5.0, 7.0]);
/// assert_eq!(j, dmatrix![5.0, 3.0, 0.0; 1.0, 1.0, 1.0]);
/// assert_eq!(denominator_layout(&j), dmatrix![5.0, 1.0; 3.0, 1.0; 0.0, 1.0]);
/// ```
#[must_use]
pub fn denominator_layout<T: Scalar>(jacobian: &DMatrix<T>) -> DMatrix<T> {
    jacobian.transpose()
}
