//! Derivative, gradient, vector-Jacobian product and Jacobian by reverse mode.

use super::recording::Recording;
use super::sparing::product;
use super::store::Slot;
#[cfg(feature = "compare")]
use super::store::index_of;
#[cfg(feature = "compare")]
use super::sweep::additions;
use super::sweep::{any_nan, sweep, sweep_together};
use super::var::Var;
use crate::error::{Error, certain, check_length};
use crate::number::{Scalar, check_seeds};
use nalgebra::DMatrix;

/// How many rows of a Jacobian over plain floats a pass over the tape finds, where there are so many.
const ROWS: usize = 8;

/// A recording with its inputs, as every operator starts it.
struct Pass<T: Scalar> {
    inputs: Vec<Var<T>>,
    recording: Recording<T>,
}

impl<T: Scalar> Pass<T> {
    #[track_caller]
    fn start(x: impl ExactSizeIterator<Item = T>) -> Self {
        let recording = Recording::start(x.len(), false);
        let first = recording.first_slot();
        let inputs = x.enumerate().map(|(i, x)| Var::input(x, first + i as u64)).collect();
        Self { inputs, recording }
    }

    /// Runs `f` on the derivatives of Σ wᵢ·yᵢ in the inputs.
    #[track_caller]
    fn sweep(&self, outputs: &[(Var<T>, T)], f: impl FnOnce(&[T])) {
        let seeds: Vec<(Slot, T)> = outputs.iter().map(|&(y, weight)| self.seed(y, weight)).collect();
        self.recording.sweep(|tape, adjoints| f(&sweep(&tape, &seeds, adjoints, &[])[1..=self.inputs.len()]));
    }

    /// The slot of an output, and what a sweep from it starts with.
    #[track_caller]
    fn seed(&self, y: Var<T>, weight: T) -> (Slot, T) {
        self.recording.check_slot(y.slot);
        (y.slot, product(weight, y.partial, T::strong_zero_mul))
    }

    /// Writes the derivatives of the outputs from number `first` on, at most W of them, to their rows of the Jacobian.
    #[track_caller]
    fn sweep_rows<const W: usize>(&self, outputs: &[Var<T>], first: usize, jacobian: &mut DMatrix<T>) {
        let (n, count) = (self.inputs.len(), outputs.len());
        let seeds: Vec<(Slot, T)> = outputs.iter().map(|&y| self.seed(y, T::one())).collect();
        let any_nan = self.recording.sweep(|tape, adjoints| {
            let found = sweep_together::<T, W>(&tape, &seeds, adjoints);
            let of_inputs = &found[W..(n + 1) * W];
            // A matrix lies column by column.
            for (lanes, mut column) in of_inputs.chunks_exact(W).zip(jacobian.column_iter_mut()) {
                let entries = &mut column.as_mut_slice()[first..first + count];
                // Of a length that the compiler knows, where it may be.
                match <&mut [T; W]>::try_from(&mut *entries) {
                    Ok(entries) => entries.copy_from_slice(lanes),
                    Err(_) => entries.copy_from_slice(&lanes[..count]),
                }
            }
            !T::PLAIN && any_nan(of_inputs)
        });
        if any_nan {
            self.sweep_each_row(outputs, first, jacobian);
        }
    }

    /// [`Pass::sweep_rows`], one by one.
    #[track_caller]
    fn sweep_each_row(&self, outputs: &[Var<T>], first: usize, jacobian: &mut DMatrix<T>) {
        for (i, &y) in outputs.iter().enumerate() {
            self.sweep(&[(y, T::one())], |row| {
                jacobian.row_mut(first + i).iter_mut().zip(row).for_each(|(entry, &found)| *entry = found);
            });
        }
    }

    /// Forgets the recording; the inputs stay, under new slots.
    #[track_caller]
    fn restart(&mut self) {
        self.recording.restart();
        let first = self.recording.first_slot();
        for (i, input) in self.inputs.iter_mut().enumerate() {
            *input = Var::input(input.value(), first + i as u64);
        }
    }
}

/// `(f(x), f'(x))` of a function of one variable, in one evaluation and one sweep.
///
/// ```
/// use dualtape::reverse;
/// let (y, derivative) = reverse::derivative(|x| x * x, 3.0);
/// assert_eq!((y, derivative), (9.0, 6.0));
/// ```
///
/// # Panics
///
/// If `f` returns or joins a [`Var`] of another tape; see [`Var`].
#[track_caller]
pub fn derivative<T: Scalar>(f: impl FnOnce(Var<T>) -> Var<T>, x: T) -> (T, T) {
    let mut gradient = [T::zero()];
    let value = certain(fill_gradient(|x| Ok(f(x[0])), [x].into_iter(), &mut gradient));
    (value, gradient[0])
}

/// `(f(x), ∇f(x))`: the value and the n partial derivatives, in one evaluation and one sweep whatever n is.
///
/// ```
/// use dualtape::reverse;
/// let (y, gradient) = reverse::gradient(|x| x[0] * x[1], &[3.0, 5.0]);
/// assert_eq!((y, gradient), (15.0, vec![5.0, 3.0]));
/// ```
///
/// # Panics
///
/// If `f` returns or joins a [`Var`] of another tape; see [`Var`].
#[track_caller]
pub fn gradient<T: Scalar>(f: impl FnOnce(&[Var<T>]) -> Var<T>, x: &[T]) -> (T, Vec<T>) {
    certain(try_gradient(|x| Ok(f(x)), x.iter().copied()))
}

/// [`gradient`] of a function that can fail.
#[track_caller]
#[inline]
pub(crate) fn try_gradient<T: Scalar, E>(
    f: impl FnOnce(&[Var<T>]) -> Result<Var<T>, E>,
    x: impl ExactSizeIterator<Item = T>,
) -> Result<(T, Vec<T>), E> {
    let mut gradient = vec![T::zero(); x.len()];
    let value = fill_gradient(f, x, &mut gradient)?;
    Ok((value, gradient))
}

/// [`gradient`] into a slice that the caller keeps; returns the value.
///
/// ```
/// use dualtape::reverse;
/// let (mut x, mut gradient) = ([3.0_f64, -4.0], [0.0; 2]);
/// // Gradient descent without an allocation for each gradient.
/// for _ in 0..100 {
///     reverse::gradient_into(|x| x[0] * x[0] + (x[1] - 1.0).powi(2), &x, &mut gradient)?;
///     x.iter_mut().zip(gradient).for_each(|(x, derivative)| *x -= 0.25 * derivative);
/// }
/// assert!(x[0].abs() < 1e-15 && (x[1] - 1.0).abs() < 1e-15);
/// # Ok::<(), dualtape::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::Length`] if `gradient` is not as long as `x`.
///
/// # Panics
///
/// As [`gradient`].
#[track_caller]
pub fn gradient_into<T: Scalar>(f: impl FnOnce(&[Var<T>]) -> Var<T>, x: &[T], gradient: &mut [T]) -> Result<T, Error> {
    check_length("the slice for the gradient", x.len(), gradient.len())?;
    Ok(certain(fill_gradient(|x| Ok(f(x)), x.iter().copied(), gradient)))
}

#[track_caller]
#[inline]
fn fill_gradient<T: Scalar, E>(
    f: impl FnOnce(&[Var<T>]) -> Result<Var<T>, E>,
    x: impl ExactSizeIterator<Item = T>,
    gradient: &mut [T],
) -> Result<T, E> {
    let pass = Pass::start(x);
    let y = f(&pass.inputs)?;
    pass.sweep(&[(y, T::one())], |found| gradient.copy_from_slice(found));
    Ok(y.value())
}

/// [`gradient`], and for each input how many additions its derivative went through, at most.
#[cfg(feature = "compare")]
#[track_caller]
pub(crate) fn gradient_with_additions<T: Scalar>(
    f: impl FnOnce(&[Var<T>]) -> Var<T>,
    x: &[T],
) -> (T, Vec<T>, Vec<u64>) {
    let mut gradient = vec![T::zero(); x.len()];
    let pass = Pass::start(x.iter().copied());
    let y = f(&pass.inputs);
    pass.sweep(&[(y, T::one())], |found| gradient.copy_from_slice(found));
    let of_all = pass.recording.sweep(|tape, _| additions(&tape, index_of(y.slot) as usize));
    let of_inputs = (1..=x.len()).map(|index| of_all.get(index).copied().unwrap_or(0)).collect();
    (y.value(), gradient, of_inputs)
}

/// `(Σ f(x, s), Σ ∇f(x, s))` over samples s, with the memory of one sample: after each the tape is swept and rewound.
///
/// The value is summed in the order of the samples, starting from 0. Every sample costs n operations besides its own.
///
/// ```
/// use dualtape::reverse;
/// // Least squares over three points of a line.
/// let points = [(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)];
/// let (loss, gradient) = reverse::gradient_sum(|w, (x, y)| (w[0] + w[1] * x - y).powi(2), &[0.0, 0.0], points);
/// assert_eq!((loss, gradient), (35.0, vec![-18.0, -26.0]));
/// ```
///
/// # Panics
///
/// As [`gradient`]; also if `f` keeps a [`Var`] from one sample and uses it with the next.
#[track_caller]
pub fn gradient_sum<T: Scalar, S>(
    f: impl FnMut(&[Var<T>], S) -> Var<T>,
    x: &[T],
    samples: impl IntoIterator<Item = S>,
) -> (T, Vec<T>) {
    let mut gradient = vec![T::zero(); x.len()];
    let value = fill_gradient_sum(f, x, samples, &mut gradient);
    (value, gradient)
}

/// [`gradient_sum`] into a slice that the caller keeps; returns the value.
///
/// ```
/// use dualtape::reverse;
/// let mut gradient = [0.0];
/// let loss = reverse::gradient_sum_into(|w, x| (w[0] - x).powi(2), &[1.0], [2.0, 4.0], &mut gradient)?;
/// assert_eq!((loss, gradient), (10.0, [-8.0]));
/// # Ok::<(), dualtape::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::Length`] if `gradient` is not as long as `x`.
///
/// # Panics
///
/// As [`gradient_sum`].
#[track_caller]
pub fn gradient_sum_into<T: Scalar, S>(
    f: impl FnMut(&[Var<T>], S) -> Var<T>,
    x: &[T],
    samples: impl IntoIterator<Item = S>,
    gradient: &mut [T],
) -> Result<T, Error> {
    check_length("the slice for the gradient", x.len(), gradient.len())?;
    Ok(fill_gradient_sum(f, x, samples, gradient))
}

#[track_caller]
fn fill_gradient_sum<T: Scalar, S>(
    mut f: impl FnMut(&[Var<T>], S) -> Var<T>,
    x: &[T],
    samples: impl IntoIterator<Item = S>,
    gradient: &mut [T],
) -> T {
    gradient.fill(T::zero());
    let mut value = T::zero();
    let mut pass = Pass::start(x.iter().copied());
    for (i, sample) in samples.into_iter().enumerate() {
        if i > 0 {
            pass.restart();
        }
        let y = f(&pass.inputs, sample);
        value += y.value();
        pass.sweep(&[(y, T::one())], |found| {
            for (sum, &term) in gradient.iter_mut().zip(found) {
                *sum += term;
            }
        });
    }
    value
}

/// `(f(x), wᵀ·J)`: the m outputs and the n derivatives of their weighted sum, in one evaluation and one sweep.
///
/// # Errors
///
/// [`Error::Length`] if `f` does not return as many outputs as `w` has entries; [`Error::NonFinite`] if an entry of
/// `w` is infinite or NaN.
///
/// # Panics
///
/// If `f` returns or joins a [`Var`] of another tape; see [`Var`].
///
/// ```
/// use dualtape::reverse;
/// let (y, gradient) = reverse::vjp(|x| vec![x[0] * x[1], x[0] + x[1]], &[3.0, 5.0], &[1.0, 2.0])?;
/// assert_eq!((y, gradient), (vec![15.0, 8.0], vec![7.0, 5.0]));
/// # Ok::<(), dualtape::Error>(())
/// ```
#[track_caller]
pub fn vjp<T: Scalar>(f: impl FnOnce(&[Var<T>]) -> Vec<Var<T>>, x: &[T], w: &[T]) -> Result<(Vec<T>, Vec<T>), Error> {
    try_vjp(|x| Ok(f(x)), x.iter().copied(), w)
}

/// [`vjp`] of a function that can fail.
#[track_caller]
#[inline]
pub(crate) fn try_vjp<T: Scalar, Y: AsRef<[Var<T>]>, E: From<Error>>(
    f: impl FnOnce(&[Var<T>]) -> Result<Y, E>,
    x: impl ExactSizeIterator<Item = T>,
    w: &[T],
) -> Result<(Vec<T>, Vec<T>), E> {
    check_seeds("the weights w", w.len(), w)?;
    let mut gradient = vec![T::zero(); x.len()];
    let pass = Pass::start(x);
    let y = f(&pass.inputs)?;
    let y = y.as_ref();
    check_length("the weights w", y.len(), w.len())?;
    let outputs: Vec<(Var<T>, T)> = y.iter().copied().zip(w.iter().copied()).collect();
    pass.sweep(&outputs, |found| gradient.copy_from_slice(found));
    Ok((y.iter().map(|y| y.value()).collect(), gradient))
}

/// `(f(x), J)`: the m outputs and the m×n matrix with entry (i, j) = ∂fᵢ/∂xⱼ, in one evaluation and m sweeps.
///
/// Over `f32` and `f64` one pass over the tape is up to eight sweeps, and what does not reach any of their outputs is passed over.
/// Other numbers, [`Counted`](crate::Counted) among them, are swept output by output.
///
/// # Errors
///
/// None: the function runs once. (Forward mode may find that it returns a changing number of outputs.)
///
/// # Panics
///
/// If `f` returns or joins a [`Var`] of another tape; see [`Var`].
///
/// ```
/// use dualtape::reverse;
/// use nalgebra::dmatrix;
/// let (y, j) = reverse::jacobian(|x| vec![x[0] * x[1], x[0] + x[1]], &[3.0, 5.0])?;
/// assert_eq!((y, j), (vec![15.0, 8.0], dmatrix![5.0, 3.0; 1.0, 1.0]));
/// # Ok::<(), dualtape::Error>(())
/// ```
#[track_caller]
pub fn jacobian<T: Scalar>(f: impl FnOnce(&[Var<T>]) -> Vec<Var<T>>, x: &[T]) -> Result<(Vec<T>, DMatrix<T>), Error> {
    try_jacobian(|x| Ok(f(x)), x.iter().copied())
}

/// [`jacobian`] of a function that can fail.
#[track_caller]
#[inline]
pub(crate) fn try_jacobian<T: Scalar, Y: AsRef<[Var<T>]>, E>(
    f: impl FnOnce(&[Var<T>]) -> Result<Y, E>,
    x: impl ExactSizeIterator<Item = T>,
) -> Result<(Vec<T>, DMatrix<T>), E> {
    let n = x.len();
    let pass = Pass::start(x);
    let y = f(&pass.inputs)?;
    let y = y.as_ref();
    let mut matrix = DMatrix::from_element(y.len(), n, T::zero());
    if const { T::DEPTH == 0 } {
        for (chunk, outputs) in y.chunks(ROWS).enumerate() {
            let first = chunk * ROWS;
            match outputs.len() {
                1 => pass.sweep_each_row(outputs, first, &mut matrix),
                2 => pass.sweep_rows::<2>(outputs, first, &mut matrix),
                3 | 4 => pass.sweep_rows::<4>(outputs, first, &mut matrix),
                _ => pass.sweep_rows::<ROWS>(outputs, first, &mut matrix),
            }
        }
    } else {
        pass.sweep_each_row(y, 0, &mut matrix);
    }
    Ok((y.iter().map(|y| y.value()).collect(), matrix))
}
