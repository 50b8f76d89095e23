//! Derivative, gradient, directional derivative and Jacobian by forward mode.

use super::{Dual, DualVec};
use crate::error::{Error, certain, check_length};
use crate::number::{Scalar, check_seeds};
use crate::scalar::is_finite;
use nalgebra::DMatrix;

/// How many directions one pass of [`gradient`] and [`jacobian`] carries.
pub const CHUNK: usize = 8;

/// `(f(x), f'(x))` of a function of one variable, in one evaluation.
///
/// ```
/// use dualtape::forward;
/// let (y, derivative) = forward::derivative(|x| x * x, 3.0);
/// assert_eq!((y, derivative), (9.0, 6.0));
/// ```
#[inline]
pub fn derivative<T: Scalar>(f: impl FnOnce(Dual<T>) -> Dual<T>, x: T) -> (T, T) {
    let y = f(Dual::variable(x));
    (y.value, y.tangent)
}

/// `(f(x), ∇f(x))`: the value and the n partial derivatives, in ⌈n/8⌉ evaluations (one if n = 0).
///
/// ```
/// use dualtape::forward;
/// let (y, gradient) = forward::gradient(|x| x[0] * x[1], &[3.0, 5.0]);
/// assert_eq!((y, gradient), (15.0, vec![5.0, 3.0]));
/// ```
pub fn gradient<T: Scalar>(f: impl FnMut(&[DualVec<T, CHUNK>]) -> DualVec<T, CHUNK>, x: &[T]) -> (T, Vec<T>) {
    gradient_in_chunks::<T, CHUNK>(f, x)
}

/// [`gradient`] with N directions a pass: ⌈n/N⌉ evaluations.
///
/// N = 1 is the textbook's forward mode, n passes for n parameters.
///
/// ```
/// use dualtape::forward;
/// let mut passes = 0;
/// let (y, gradient) = forward::gradient_in_chunks::<f64, 1>(
///     |x| {
///         passes += 1;
///         x[0] * x[1] + x[2]
///     },
///     &[3.0, 5.0, 1.0],
/// );
/// assert_eq!((y, gradient, passes), (16.0, vec![5.0, 3.0, 1.0], 3));
/// ```
pub fn gradient_in_chunks<T: Scalar, const N: usize>(
    mut f: impl FnMut(&[DualVec<T, N>]) -> DualVec<T, N>,
    x: &[T],
) -> (T, Vec<T>) {
    certain(try_gradient(|x| Ok(f(x)), x.iter().copied()))
}

/// [`gradient_in_chunks`] of a function that can fail.
#[inline]
pub(crate) fn try_gradient<T: Scalar, E, const N: usize>(
    f: impl FnMut(&[DualVec<T, N>]) -> Result<DualVec<T, N>, E>,
    x: impl ExactSizeIterator<Item = T>,
) -> Result<(T, Vec<T>), E> {
    let mut gradient = vec![T::zero(); x.len()];
    let value = fill_gradient(f, x, &mut gradient)?;
    Ok((value, gradient))
}

/// [`gradient`] into a slice that the caller keeps; returns the value.
///
/// # Errors
///
/// [`Error::Length`] if `gradient` is not as long as `x`.
///
/// ```
/// use dualtape::forward;
/// let mut gradient = [0.0; 2];
/// for step in 0..3 {
///     let y = forward::gradient_into(|x| x[0] * x[1], &[3.0, f64::from(step)], &mut gradient)?;
///     assert_eq!((y, gradient), (3.0 * f64::from(step), [f64::from(step), 3.0]));
/// }
/// # Ok::<(), dualtape::Error>(())
/// ```
pub fn gradient_into<T: Scalar>(
    mut f: impl FnMut(&[DualVec<T, CHUNK>]) -> DualVec<T, CHUNK>,
    x: &[T],
    gradient: &mut [T],
) -> Result<T, Error> {
    check_length("the slice for the gradient", x.len(), gradient.len())?;
    Ok(certain(fill_gradient(|x| Ok(f(x)), x.iter().copied(), gradient)))
}

#[inline]
fn fill_gradient<T: Scalar, E, const N: usize>(
    mut f: impl FnMut(&[DualVec<T, N>]) -> Result<DualVec<T, N>, E>,
    x: impl ExactSizeIterator<Item = T>,
    gradient: &mut [T],
) -> Result<T, E> {
    let mut value = None;
    in_chunks(x, None, |inputs, seeded| {
        let y = f(inputs)?;
        for (direction, j) in seeded.enumerate() {
            gradient[j] = y.tangents[direction];
        }
        value.get_or_insert(y.value);
        Ok(())
    })?;
    Ok(value.expect("there is at least one pass"))
}

/// How many inputs lie on the stack: those of one pass of a model.
const FEW: usize = 12;

/// Runs `pass` with N inputs seeded at a time, of all or of `only` these; `pass` learns which. One pass with no seed if there
/// are no inputs.
#[inline]
pub(crate) fn in_chunks<T: Scalar, E, const N: usize>(
    x: impl ExactSizeIterator<Item = T>,
    only: Option<&[usize]>,
    mut pass: impl FnMut(&[DualVec<T, N>], Seeded<'_>) -> Result<(), E>,
) -> Result<(), E> {
    const { assert!(N > 0, "a pass must carry at least one direction") };
    // A few inputs are no allocation.
    let (mut few, mut many);
    let inputs: &mut [DualVec<T, N>] = if x.len() <= FEW {
        few = [DualVec::constant(T::zero()); FEW];
        let inputs = &mut few[..x.len()];
        inputs.iter_mut().zip(x).for_each(|(input, x)| input.value = x);
        inputs
    } else {
        many = x.map(DualVec::constant).collect::<Vec<_>>();
        &mut many
    };
    let count = only.map_or(inputs.len(), <[usize]>::len);
    let mut start = 0;
    loop {
        let seeded = Seeded { places: start..count.min(start + N), only };
        for (direction, j) in seeded.clone().enumerate() {
            inputs[j].tangents[direction] = T::one();
        }
        pass(inputs, seeded.clone())?;
        start += N;
        if start >= count {
            return Ok(());
        }
        for (direction, j) in seeded.enumerate() {
            inputs[j].tangents[direction] = T::zero();
        }
    }
}

/// The inputs that a pass has seeded, in the order of its directions.
#[derive(Clone)]
pub(crate) struct Seeded<'a> {
    places: std::ops::Range<usize>,
    /// Whose places these are; without, all inputs in their order.
    only: Option<&'a [usize]>,
}

impl Iterator for Seeded<'_> {
    type Item = usize;

    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        let place = self.places.next()?;
        Some(self.only.map_or(place, |only| only[place]))
    }
}

/// `(f(x), J·v)`: the m outputs and their derivatives in the direction v, in one evaluation.
///
/// # Errors
///
/// [`Error::Length`] if `v` is not as long as `x`; [`Error::NonFinite`] if an entry of `v` is infinite or NaN.
///
/// ```
/// use dualtape::forward;
/// let (y, along) = forward::jvp(|x| vec![x[0] * x[1], x[0] + x[1]], &[3.0, 5.0], &[1.0, 2.0])?;
/// assert_eq!((y, along), (vec![15.0, 8.0], vec![11.0, 3.0]));
/// # Ok::<(), dualtape::Error>(())
/// ```
pub fn jvp<T: Scalar>(f: impl FnOnce(&[Dual<T>]) -> Vec<Dual<T>>, x: &[T], v: &[T]) -> Result<(Vec<T>, Vec<T>), Error> {
    try_jvp(|x| Ok(f(x)), &directed(x, v, "the direction v", Dual::new)?)
}

/// `number` of each input and its entry in the direction v. The errors call that `argument`: it must have as many entries, all finite.
#[inline]
pub(crate) fn directed<T: Scalar, N>(
    x: &[T],
    v: &[T],
    argument: &'static str,
    number: impl Fn(T, T) -> N,
) -> Result<Vec<N>, Error> {
    check_length(argument, x.len(), v.len())?;
    // In the loop that lays them out; which one is not finite only the error wants to know.
    let mut all_finite = true;
    let with_direction = |(&x, &v)| {
        all_finite &= is_finite(&v);
        number(x, v)
    };
    let inputs = x.iter().zip(v).map(with_direction).collect();
    if !all_finite {
        check_seeds(argument, x.len(), v)?;
    }
    Ok(inputs)
}

/// [`jvp`] of a function that can fail, at inputs with a direction.
#[inline]
pub(crate) fn try_jvp<T: Scalar, Y: AsRef<[Dual<T>]>, E>(
    f: impl FnOnce(&[Dual<T>]) -> Result<Y, E>,
    inputs: &[Dual<T>],
) -> Result<(Vec<T>, Vec<T>), E> {
    Ok(f(inputs)?.as_ref().iter().map(|y| (y.value, y.tangent)).unzip())
}

/// `(f(x), J)`: the m outputs and the m×n matrix with entry (i, j) = ∂fᵢ/∂xⱼ, in ⌈n/8⌉ evaluations.
///
/// # Errors
///
/// [`Error::Outputs`] if the function returns another number of outputs on a later pass.
///
/// ```
/// use dualtape::forward;
/// use nalgebra::dmatrix;
/// let (y, j) = forward::jacobian(|x| vec![x[0] * x[1], x[0] + x[1]], &[3.0, 5.0])?;
/// assert_eq!((y, j), (vec![15.0, 8.0], dmatrix![5.0, 3.0; 1.0, 1.0]));
/// # Ok::<(), dualtape::Error>(())
/// ```
pub fn jacobian<T: Scalar>(
    f: impl FnMut(&[DualVec<T, CHUNK>]) -> Vec<DualVec<T, CHUNK>>,
    x: &[T],
) -> Result<(Vec<T>, DMatrix<T>), Error> {
    jacobian_in_chunks::<T, CHUNK>(f, x)
}

/// [`jacobian`] with N directions a pass: ⌈n/N⌉ evaluations.
///
/// # Errors
///
/// [`Error::Outputs`] if the function returns another number of outputs on a later pass.
///
/// ```
/// use dualtape::forward;
/// use dualtape::nalgebra::dmatrix;
/// let (y, j) = forward::jacobian_in_chunks::<f64, 2>(|x| vec![x[0] * x[1], x[2]], &[3.0, 5.0, 1.0])?;
/// assert_eq!((y, j), (vec![15.0, 1.0], dmatrix![5.0, 3.0, 0.0; 0.0, 0.0, 1.0]));
/// # Ok::<(), dualtape::Error>(())
/// ```
pub fn jacobian_in_chunks<T: Scalar, const N: usize>(
    mut f: impl FnMut(&[DualVec<T, N>]) -> Vec<DualVec<T, N>>,
    x: &[T],
) -> Result<(Vec<T>, DMatrix<T>), Error> {
    try_jacobian(|x| Ok(f(x)), x.iter().copied())
}

/// [`jacobian_in_chunks`] of a function that can fail.
#[inline]
pub(crate) fn try_jacobian<T: Scalar, Y: AsRef<[DualVec<T, N>]>, E: From<Error>, const N: usize>(
    mut f: impl FnMut(&[DualVec<T, N>]) -> Result<Y, E>,
    x: impl ExactSizeIterator<Item = T>,
) -> Result<(Vec<T>, DMatrix<T>), E> {
    let mut values: Option<Vec<T>> = None;
    let mut matrix = DMatrix::from_element(0, x.len(), T::zero());
    in_chunks::<T, E, N>(x, None, |inputs, seeded| {
        let y = f(inputs)?;
        let y = y.as_ref();
        if values.is_none() {
            matrix = DMatrix::from_element(y.len(), inputs.len(), T::zero());
        }
        let m = values.get_or_insert_with(|| y.iter().map(|y| y.value).collect()).len();
        if y.len() != m {
            return Err(Error::Outputs { expected: m, found: y.len() }.into());
        }
        for (i, y) in y.iter().enumerate() {
            for (direction, j) in seeded.clone().enumerate() {
                matrix[(i, j)] = y.tangents[direction];
            }
        }
        Ok(())
    })?;
    Ok((values.expect("there is at least one pass"), matrix))
}
