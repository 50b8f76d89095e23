//! Derivatives of a model by each mode: with plain products first, and once more with strong zeros where a NaN came out.
//!
//! A strong zero is a question at every product: forward mode takes up to half as long again for it. A NaN in a derivative is never lost
//! on the way, so that what comes out without one is what strong zeros give. A model can be run again, a closure of one number
//! type cannot.

use crate::error::{Error, Failure};
use crate::forward::{self, CHUNK, Dual, Taylor};
use crate::higher;
use crate::model::{ErrorOf, Evaluate, ListOf, Model, SingleOutput};
use crate::number::Scalar;
use crate::reverse;
use nalgebra::DMatrix;

/// The inputs for the first run.
fn plain<T: Scalar>(x: &[T]) -> impl ExactSizeIterator<Item = T::Plain> + Clone {
    x.iter().map(|&x| x.to_plain())
}

/// What came out of the first run.
fn found<T: Scalar>(of_plain: Vec<T::Plain>) -> Vec<T> {
    of_plain.into_iter().map(T::from_plain).collect()
}

fn found_matrix<T: Scalar>(of_plain: DMatrix<T::Plain>) -> DMatrix<T> {
    let (rows, columns) = of_plain.shape();
    DMatrix::from_vec(rows, columns, found::<T>(of_plain.data.into()))
}

/// Whether a NaN is among derivatives that came out of plain products.
fn any_lost<T: Scalar>(derivatives: &[T]) -> bool {
    T::Plain::PLAIN && derivatives.iter().fold(false, |any, x| any | !x.value_equal(x))
}

/// The columns with such a NaN.
fn lost_columns<T: Scalar>(matrix: &DMatrix<T>) -> Vec<usize> {
    let columns = matrix.as_slice().chunks(matrix.nrows().max(1)).enumerate();
    columns.filter(|(_, column)| any_lost(column)).map(|(j, _)| j).collect()
}

/// `f(x)`, not compiled into what seeds the inputs: the function would see which tangents are 0 and 1, and what the compiler makes of
/// that is slower than the same vector operations for all.
#[inline(never)]
fn as_a_call<X: ?Sized, Y>(f: impl FnOnce(&X) -> Y, x: &X) -> Y {
    f(x)
}

/// Value and derivative of a model of one variable, forward.
pub(crate) fn derivative<T: Scalar, M: Model<Outputs: SingleOutput> + ?Sized>(
    model: &M,
    x: T,
) -> Result<(T, T), ErrorOf<M>> {
    let y = model.one(&[Dual::variable(x.to_plain())])?;
    let (value, derivative) = (T::from_plain(y.value), T::from_plain(y.tangent));
    if any_lost(&[derivative]) {
        return model.one(&[Dual::variable(x)]).map(|y| (y.value, y.tangent));
    }
    Ok((value, derivative))
}

/// Value and gradient, N directions a pass.
pub(crate) fn forward_gradient<T: Scalar, M: Model<Outputs: SingleOutput> + ?Sized, const N: usize>(
    model: &M,
    x: &[T],
) -> Result<(T, Vec<T>), ErrorOf<M>> {
    let run = |x: &[forward::DualVec<T::Plain, N>]| as_a_call(|x| model.one(x), x);
    let (y, gradient) = forward::try_gradient::<T::Plain, _, N>(run, plain(x))?;
    let mut gradient = found::<T>(gradient);
    if any_lost(&gradient) {
        fill_lost(&mut gradient, &again_gradient(model, x)?.1);
    }
    Ok((T::from_plain(y), gradient))
}

/// What strong zeros give, by reverse mode, whatever the mode of the first run was: it takes all inputs at once, and a model is compiled for
/// it anyway.
#[cold]
#[inline(never)]
fn again_gradient<T: Scalar, M: Model<Outputs: SingleOutput> + ?Sized>(
    model: &M,
    x: &[T],
) -> Result<(T, Vec<T>), ErrorOf<M>> {
    reverse::try_gradient(|x| model.one(x), x.iter().copied())
}

/// Replaces the entries that are NaN.
fn fill_lost<T: Scalar>(derivatives: &mut [T], again: &[T]) {
    for (lost, &again) in derivatives.iter_mut().zip(again).filter(|(x, _)| !x.value_equal(x)) {
        *lost = again;
    }
}

/// Value and gradient by reverse mode.
pub(crate) fn reverse_gradient<T: Scalar, M: Model<Outputs: SingleOutput> + ?Sized>(
    model: &M,
    x: &[T],
) -> Result<(T, Vec<T>), ErrorOf<M>> {
    let (y, gradient) = reverse::try_gradient(|x| model.one(x), plain(x))?;
    let gradient = found::<T>(gradient);
    if any_lost(&gradient) {
        return again_gradient(model, x);
    }
    Ok((T::from_plain(y), gradient))
}

/// The gradient of a sum over samples by reverse mode, with the memory of one sample: of a function over plain products, and of the same
/// over strong zeros.
#[cfg(feature = "train")]
pub(crate) fn gradient_sum<T: Scalar, S>(
    f: impl FnMut(&[reverse::Var<T::Plain>], &S) -> reverse::Var<T::Plain>,
    again: impl FnMut(&[reverse::Var<T>], &S) -> reverse::Var<T>,
    x: &[T],
    samples: &[S],
) -> Vec<T> {
    let gradient = found::<T>(reverse::gradient_sum(f, &plain(x).collect::<Vec<_>>(), samples).1);
    if any_lost(&gradient) { reverse::gradient_sum(again, x, samples).1 } else { gradient }
}

/// Values and Jacobian.
pub(crate) type Jacobian<M, T> = Result<(Vec<T>, DMatrix<T>), ErrorOf<M>>;

/// Values and Jacobian, N directions a pass; `again` has strong zeros.
///
/// # Panics
///
/// If a later pass, or the second run, finds another number of outputs.
pub(crate) fn forward_jacobian<T: Scalar, M: Model + ?Sized, const N: usize>(
    model: &M,
    x: &[T],
    again: impl FnOnce(&M, &[T]) -> Jacobian<M, T>,
) -> Jacobian<M, T> {
    let run = |x: &[forward::DualVec<T::Plain, N>]| as_a_call(|x| model.try_list(x), x);
    let (y, matrix) = same_outputs(forward::try_jacobian::<_, _, Failure<Error, _>, N>(run, plain(x)))?;
    let mut matrix = found_matrix::<T>(matrix);
    if any_lost(matrix.as_slice()) {
        let (y_again, again) = again(model, x)?;
        if y_again.len() != y.len() {
            panic!("{}", Error::Outputs { expected: y.len(), found: y_again.len() });
        }
        fill_lost(matrix.as_mut_slice(), again.as_slice());
    }
    Ok((found::<T>(y), matrix))
}

/// The same with strong zeros in every product, by forward mode.
#[cfg(feature = "compare")]
pub(crate) fn strong_forward_jacobian<T: Scalar, M: Model + ?Sized, const N: usize>(
    model: &M,
    x: &[T],
) -> Jacobian<M, T> {
    let run = |x: &[forward::DualVec<T, N>]| model.try_list(x);
    same_outputs(forward::try_jacobian::<_, _, Failure<Error, _>, N>(run, x.iter().copied()))
}

/// A changing number of outputs is misuse of a model.
fn same_outputs<R, E>(found: Result<R, Failure<Error, E>>) -> Result<R, E> {
    Ok(Failure::split(found)?.unwrap_or_else(|error| panic!("{error}")))
}

/// As [`again_gradient`].
#[cold]
#[inline(never)]
pub(crate) fn again_jacobian<T: Scalar, M: Model + ?Sized>(model: &M, x: &[T]) -> Jacobian<M, T> {
    reverse::try_jacobian::<_, ListOf<M, _>, _>(|x| model.list(x), x.iter().copied())
}

/// Values and Jacobian by reverse mode.
pub(crate) fn reverse_jacobian<T: Scalar, M: Model + ?Sized>(
    model: &M,
    x: &[T],
) -> Result<(Vec<T>, DMatrix<T>), ErrorOf<M>> {
    let run = |x: &[reverse::Var<T::Plain>]| model.list(x);
    let (y, matrix) = reverse::try_jacobian::<_, ListOf<M, _>, _>(run, plain(x))?;
    let matrix = found_matrix::<T>(matrix);
    if any_lost(matrix.as_slice()) {
        return again_jacobian(model, x);
    }
    Ok((found::<T>(y), matrix))
}

/// What an operator gives whose arguments may be wrong.
type Checked<M, R> = Result<R, Failure<Error, ErrorOf<M>>>;

/// An input with a direction for the first run.
fn plain_dual<T: Scalar>(x: T, v: T) -> Dual<T::Plain> {
    Dual::new(x.to_plain(), v.to_plain())
}

/// Values, and their derivatives in a direction, forward.
pub(crate) fn jvp<T: Scalar, M: Model + ?Sized>(model: &M, x: &[T], v: &[T]) -> Checked<M, (Vec<T>, Vec<T>)> {
    let argument = "the direction v";
    let run = |x: &[Dual<T::Plain>]| model.try_list(x);
    let (y, along) = forward::try_jvp::<_, ListOf<M, _>, _>(run, &forward::directed(x, v, argument, plain_dual)?)?;
    let along = found::<T>(along);
    if any_lost(&along) {
        return forward::try_jvp::<_, ListOf<M, _>, _>(
            |x| model.try_list(x),
            &forward::directed(x, v, argument, Dual::new)?,
        );
    }
    Ok((found::<T>(y), along))
}

/// Values, and the derivatives of their weighted sum, by reverse mode.
pub(crate) fn vjp<T: Scalar, M: Model + ?Sized>(model: &M, x: &[T], w: &[T]) -> Checked<M, (Vec<T>, Vec<T>)> {
    let weights: Vec<T::Plain> = plain(w).collect();
    let run = |x: &[reverse::Var<T::Plain>]| model.try_list(x);
    let (y, gradient) = reverse::try_vjp::<_, ListOf<M, _>, _>(run, plain(x), &weights)?;
    let gradient = found::<T>(gradient);
    if any_lost(&gradient) {
        return reverse::try_vjp::<_, ListOf<M, _>, _>(|x| model.try_list(x), x.iter().copied(), w);
    }
    Ok((found::<T>(y), gradient))
}

/// Value, gradient, and the Hessian times a vector.
type Second<T, H> = (T, Vec<T>, H);

/// Value, gradient, and the Hessian times a vector, forward over reverse.
pub(crate) fn hvp<T: Scalar, M: Model<Outputs: SingleOutput> + ?Sized>(
    model: &M,
    x: &[T],
    v: &[T],
) -> Checked<M, Second<T, Vec<T>>> {
    let argument = "the vector v";
    let run = |x: &[reverse::Var<Dual<T::Plain>>]| model.one(x).map_err(Failure::Model);
    let (y, gradient, product) = higher::try_hvp(run, forward::directed(x, v, argument, plain_dual)?)?;
    let (gradient, product) = (found::<T>(gradient), found::<T>(product));
    if any_lost(&gradient) || any_lost(&product) {
        return higher::try_hvp(
            |x| model.one(x).map_err(Failure::Model),
            forward::directed(x, v, argument, Dual::new)?,
        );
    }
    Ok((T::from_plain(y), gradient, product))
}

/// Value, gradient, and the Hessian times a matrix, forward over reverse.
pub(crate) fn hvp_block<T: Scalar, M: Model<Outputs: SingleOutput> + ?Sized>(
    model: &M,
    x: &[T],
    v: &DMatrix<T>,
) -> Checked<M, Second<T, DMatrix<T>>> {
    let (rows, columns) = v.shape();
    let plain_v = DMatrix::from_vec(rows, columns, plain(v.as_slice()).collect());
    let run = |x: &[reverse::Var<forward::DualVec<T::Plain, CHUNK>>]| model.one(x).map_err(Failure::Model);
    let (y, gradient, product) = higher::try_hvp_block(run, plain(x), &plain_v)?;
    let (gradient, product) = (found::<T>(gradient), found_matrix::<T>(product));
    if any_lost(&gradient) || any_lost(product.as_slice()) {
        return higher::try_hvp_block(|x| model.one(x).map_err(Failure::Model), x.iter().copied(), v);
    }
    Ok((T::from_plain(y), gradient, product))
}

/// Series of the outputs along a direction.
pub(crate) fn jet<T: Scalar, M: Model + ?Sized, const K: usize>(
    model: &M,
    x: &[T],
    v: &[T],
) -> Checked<M, Vec<Taylor<T, K>>> {
    let (plain_x, plain_v) = (plain(x).collect::<Vec<_>>(), plain(v).collect::<Vec<_>>());
    let of_plain = forward::try_jet(|x| model.try_list(x), &plain_x, &plain_v)?;
    let found = of_plain
        .into_iter()
        .map(|y: Taylor<T::Plain, K>| Taylor::new(T::from_plain(y.value), y.coefficients.map(T::from_plain)));
    let found: Vec<_> = found.collect();
    if found.iter().any(|y| any_lost(&y.coefficients)) {
        return forward::try_jet(|x| model.try_list(x), x, v);
    }
    Ok(found)
}

/// Value, gradient and Hessian, forward on numbers of second order.
pub(crate) fn forward_hessian<T: Scalar, M: Model<Outputs: SingleOutput> + ?Sized>(
    model: &M,
    x: &[T],
) -> Result<Second<T, DMatrix<T>>, ErrorOf<M>> {
    let found_first = higher::try_hessian_forward(|x| as_a_call(|x| model.one(x), x), plain(x))?;
    with_lost_columns(model, x, found_first)
}

/// Value, gradient and Hessian, forward over reverse.
pub(crate) fn reverse_hessian<T: Scalar, M: Model<Outputs: SingleOutput> + ?Sized>(
    model: &M,
    x: &[T],
) -> Result<Second<T, DMatrix<T>>, ErrorOf<M>> {
    let found_first = higher::try_hessian(|x| model.one(x), plain(x))?;
    with_lost_columns(model, x, found_first)
}

/// What the first run found, and in the place of what is NaN what strong zeros give, forward over reverse, column by column.
fn with_lost_columns<T: Scalar, M: Model<Outputs: SingleOutput> + ?Sized>(
    model: &M,
    x: &[T],
    (y, gradient, matrix): Second<T::Plain, DMatrix<T::Plain>>,
) -> Result<Second<T, DMatrix<T>>, ErrorOf<M>> {
    let (gradient, matrix) = (found::<T>(gradient), found_matrix::<T>(matrix));
    // A NaN in the gradient is one in its derivatives.
    let lost = if any_lost(&gradient) { (0..x.len()).collect() } else { lost_columns(&matrix) };
    if !lost.is_empty() {
        return again_hessian(model, x, &lost, (T::from_plain(y), gradient, matrix));
    }
    Ok((T::from_plain(y), gradient, matrix))
}

#[cold]
#[inline(never)]
fn again_hessian<T: Scalar, M: Model<Outputs: SingleOutput> + ?Sized>(
    model: &M,
    x: &[T],
    lost: &[usize],
    (y, mut gradient, mut matrix): Second<T, DMatrix<T>>,
) -> Result<Second<T, DMatrix<T>>, ErrorOf<M>> {
    let (mut again, mut columns) = (gradient.clone(), matrix.clone());
    higher::fill_hessian(|x| model.one(x), x.iter().copied(), Some(lost), &mut again, &mut columns)?;
    fill_lost(&mut gradient, &again);
    fill_lost(matrix.as_mut_slice(), columns.as_slice());
    Ok((y, gradient, matrix))
}
