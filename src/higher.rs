//! Second derivatives of closures: Hessian-vector products and Hessians, by nesting the number types.
//!
//! Of a [`Model`](crate::Model): [`hvp`](crate::hvp()), [`hvp_block`](crate::hvp_block()) and [`hessian`](crate::hessian()) at the root
//! of the crate.

use crate::error::{Error, certain, check_length};
use crate::forward::{CHUNK, Dual, Dual2Vec, DualVec, directed, in_chunks};
use crate::number::{Scalar, check_seeds};
use crate::reverse::{self, Var};
use nalgebra::DMatrix;

/// `(f(x), ∇f(x), H·v)`: value, gradient, and the Hessian times a vector, in one evaluation and one sweep, forward
/// over reverse: a directional derivative of the gradient.
///
/// # Errors
///
/// [`Error::Length`] if `v` is not as long as `x`; [`Error::NonFinite`] if an entry of `v` is infinite or NaN.
///
/// # Panics
///
/// If `f` returns or joins a [`Var`] of another tape.
///
/// ```
/// use dualtape::higher;
/// let (y, gradient, along) = higher::hvp(|x| x[0] * x[0] * x[1], &[3.0, 5.0], &[1.0, 0.0])?;
/// assert_eq!((y, gradient, along), (45.0, vec![30.0, 9.0], vec![10.0, 6.0]));
/// # Ok::<(), dualtape::Error>(())
/// ```
#[track_caller]
pub fn hvp<T: Scalar>(
    f: impl FnOnce(&[Var<Dual<T>>]) -> Var<Dual<T>>,
    x: &[T],
    v: &[T],
) -> Result<(T, Vec<T>, Vec<T>), Error> {
    try_hvp(|x| Ok(f(x)), directed(x, v, "the vector v", Dual::new)?)
}

/// [`hvp`] of a function that can fail, at inputs with a direction.
#[track_caller]
#[inline]
pub(crate) fn try_hvp<T: Scalar, E>(
    f: impl FnOnce(&[Var<Dual<T>>]) -> Result<Var<Dual<T>>, E>,
    inputs: Vec<Dual<T>>,
) -> Result<(T, Vec<T>, Vec<T>), E> {
    let (y, gradient) = reverse::try_gradient(f, inputs.into_iter())?;
    let (gradient, product) = gradient.into_iter().map(|g| (g.value, g.tangent)).unzip();
    Ok((y.value, gradient, product))
}

/// `(f(x), ∇f(x), H·V)`: value, gradient, and the Hessian times an n×k matrix, a block of k Hessian-vector products, eight in an
/// evaluation and a sweep: ⌈k/8⌉ of each. One of them takes about as long as four [`hvp`], however many of its eight are wanted.
///
/// # Errors
///
/// [`Error::Length`] if `v` does not have as many rows as `x` has entries; [`Error::NonFinite`] if an entry of `v` is infinite or
/// NaN: its index is that in the columns, one after the other.
///
/// # Panics
///
/// If `f` returns or joins a [`Var`] of another tape.
///
/// ```
/// use dualtape::higher;
/// use nalgebra::dmatrix;
/// // H = [[2·x₁, 2·x₀], [2·x₀, 0]], and the columns of V are (1, 0) and (1, 1).
/// let (y, gradient, along) = higher::hvp_block(|x| x[0] * x[0] * x[1], &[3.0, 5.0], &dmatrix![1.0, 1.0; 0.0, 1.0])?;
/// assert_eq!((y, gradient, along), (45.0, vec![30.0, 9.0], dmatrix![10.0, 16.0; 6.0, 6.0]));
/// # Ok::<(), dualtape::Error>(())
/// ```
#[track_caller]
pub fn hvp_block<T: Scalar>(
    mut f: impl FnMut(&[Var<DualVec<T, CHUNK>>]) -> Var<DualVec<T, CHUNK>>,
    x: &[T],
    v: &DMatrix<T>,
) -> Result<Second<T>, Error> {
    try_hvp_block(|x| Ok(f(x)), x.iter().copied(), v)
}

/// [`hvp_block`] of a function that can fail.
#[track_caller]
#[inline]
pub(crate) fn try_hvp_block<T: Scalar, E: From<Error>>(
    mut f: impl FnMut(&[Var<DualVec<T, CHUNK>>]) -> Result<Var<DualVec<T, CHUNK>>, E>,
    x: impl ExactSizeIterator<Item = T> + Clone,
    v: &DMatrix<T>,
) -> Result<Second<T>, E> {
    check_length("the rows of the matrix V", x.len(), v.nrows())?;
    check_seeds("the matrix V", v.len(), v.as_slice())?;
    let mut product = DMatrix::from_element(x.len(), v.ncols(), T::zero());
    let mut first = None;
    // Without a direction, value and gradient are asked for all the same.
    for start in (0..v.ncols().max(1)).step_by(CHUNK) {
        let directions = start..v.ncols().min(start + CHUNK);
        let mut inputs: Vec<DualVec<T, CHUNK>> = x.clone().map(DualVec::constant).collect();
        for (lane, direction) in directions.clone().enumerate() {
            for (input, &entry) in inputs.iter_mut().zip(&v.column(direction)) {
                input.tangents[lane] = entry;
            }
        }
        let (y, entries) = reverse::try_gradient(&mut f, inputs.iter().copied())?;
        for (lane, direction) in directions.enumerate() {
            for (entry, g) in product.column_mut(direction).iter_mut().zip(&entries) {
                *entry = g.tangents[lane];
            }
        }
        first.get_or_insert_with(|| (y.value, entries.iter().map(|g| g.value).collect()));
    }
    let (value, gradient) = first.expect("there is at least one pass");
    Ok((value, gradient, product))
}

/// `(f(x), ∇f(x), H)`: value, gradient, and the n×n matrix of second derivatives, forward over reverse, in ⌈n/8⌉
/// evaluations and sweeps.
///
/// # Panics
///
/// If `f` returns or joins a [`Var`] of another tape.
///
/// ```
/// use nalgebra::dmatrix;
/// let (y, gradient, h) = dualtape::higher::hessian(|x| x[0] * x[0] * x[1], &[3.0, 5.0]);
/// assert_eq!((y, gradient, h), (45.0, vec![30.0, 9.0], dmatrix![10.0, 6.0; 6.0, 0.0]));
/// ```
#[track_caller]
pub fn hessian<T: Scalar>(
    mut f: impl FnMut(&[Var<DualVec<T, CHUNK>>]) -> Var<DualVec<T, CHUNK>>,
    x: &[T],
) -> (T, Vec<T>, DMatrix<T>) {
    certain(try_hessian(|x| Ok(f(x)), x.iter().copied()))
}

/// Value, gradient and Hessian, or what it is times a matrix.
pub(crate) type Second<T> = (T, Vec<T>, DMatrix<T>);

/// [`hessian`] of a function that can fail.
#[track_caller]
#[inline]
pub(crate) fn try_hessian<T: Scalar, E>(
    f: impl FnMut(&[Var<DualVec<T, CHUNK>>]) -> Result<Var<DualVec<T, CHUNK>>, E>,
    x: impl ExactSizeIterator<Item = T>,
) -> Result<Second<T>, E> {
    let n = x.len();
    let (mut gradient, mut matrix) = (vec![T::zero(); n], DMatrix::from_element(n, n, T::zero()));
    let value = fill_hessian(f, x, None, &mut gradient, &mut matrix)?;
    Ok((value, gradient, matrix))
}

/// Writes the gradient and `only` these columns of the Hessian, where that is said, and returns the value.
#[track_caller]
#[inline]
pub(crate) fn fill_hessian<T: Scalar, E>(
    mut f: impl FnMut(&[Var<DualVec<T, CHUNK>>]) -> Result<Var<DualVec<T, CHUNK>>, E>,
    x: impl ExactSizeIterator<Item = T>,
    only: Option<&[usize]>,
    gradient: &mut [T],
    matrix: &mut DMatrix<T>,
) -> Result<T, E> {
    let mut value = None;
    in_chunks(x, only, |inputs, seeded| {
        let (y, entries) = reverse::try_gradient(&mut f, inputs.iter().copied())?;
        value.get_or_insert(y.value);
        for (i, g) in entries.iter().enumerate() {
            gradient[i] = g.value;
            for (direction, j) in seeded.clone().enumerate() {
                matrix[(i, j)] = g.tangents[direction];
            }
        }
        Ok(())
    })?;
    Ok(value.expect("there is at least one pass"))
}

/// How many directions a number of second order carries: its products then stay in registers.
pub const DIRECTIONS: usize = 4;

/// [`hessian`] by forward mode alone, on numbers that carry second derivatives in four directions: the independent check of the
/// other, and the cheaper one for up to four variables, of which it takes one evaluation. More go by pairs of two and two, which takes
/// k(k - 1)/2 evaluations where k = ⌈n/2⌉.
///
/// ```
/// use nalgebra::dmatrix;
/// let (y, gradient, h) = dualtape::higher::hessian_forward(|x| x[0] * x[0] * x[1], &[3.0, 5.0]);
/// assert_eq!((y, gradient, h), (45.0, vec![30.0, 9.0], dmatrix![10.0, 6.0; 6.0, 0.0]));
/// ```
pub fn hessian_forward<T: Scalar>(
    mut f: impl FnMut(&[Dual2Vec<T, DIRECTIONS>]) -> Dual2Vec<T, DIRECTIONS>,
    x: &[T],
) -> (T, Vec<T>, DMatrix<T>) {
    certain(try_hessian_forward(|x| Ok(f(x)), x.iter().copied()))
}

/// [`hessian_forward`] of a function that can fail.
#[inline]
pub(crate) fn try_hessian_forward<T: Scalar, E>(
    mut f: impl FnMut(&[Dual2Vec<T, DIRECTIONS>]) -> Result<Dual2Vec<T, DIRECTIONS>, E>,
    x: impl ExactSizeIterator<Item = T>,
) -> Result<Second<T>, E> {
    let n = x.len();
    let mut value = None;
    let mut gradient = vec![T::zero(); n];
    let mut matrix = DMatrix::from_element(n, n, T::zero());
    let mut inputs: Vec<Dual2Vec<T, DIRECTIONS>> = x.map(Dual2Vec::constant).collect();
    let mut pass = |seeded: &[usize]| {
        for (direction, &i) in seeded.iter().enumerate() {
            inputs[i] = Dual2Vec::variable(inputs[i].value, direction);
        }
        let y = f(&inputs)?;
        value.get_or_insert(y.value);
        for (p, &i) in seeded.iter().enumerate() {
            inputs[i] = Dual2Vec::constant(inputs[i].value);
            gradient[i] = y.gradient[p];
            for (q, &j) in seeded.iter().enumerate() {
                matrix[(i, j)] = y.second(p, q);
            }
        }
        Ok(())
    };
    let all: Vec<usize> = (0..n).collect();
    if n <= DIRECTIONS {
        pass(&all)?;
    } else {
        // Every two inputs are in some pair of blocks.
        let blocks: Vec<&[usize]> = all.chunks(DIRECTIONS / 2).collect();
        for (k, first) in blocks.iter().enumerate() {
            for second in &blocks[k + 1..] {
                pass(&[*first, *second].concat())?;
            }
        }
    }
    Ok((value.expect("there is at least one pass"), gradient, matrix))
}
