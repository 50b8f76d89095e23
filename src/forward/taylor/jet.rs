//! `jet`: the derivatives of every order along a direction.

use super::Taylor;
use crate::error::Error;
use crate::number::{Scalar, check_seeds};

/// The outputs of a function on the line x + v·t as Taylor series to order K: value, directional derivatives of the first to the
/// K-th order along v ([`Taylor::derivative`]), and their Taylor coefficients, in one evaluation over [`Taylor`], which costs about
/// K² evaluations of f.
///
/// The k-th derivative is the k-th derivative tensor of f with v in each of its k places: v·∇f, vᵀHv, and so on.
///
/// # Errors
///
/// [`Error::Length`] if `v` is not as long as `x`; [`Error::NonFinite`] if an entry of `v` is infinite or NaN.
///
/// ```
/// use dualtape::forward;
///
/// // (1 + t)²·(2 + 3t) = 2 + 7t + 8t² + 3t³
/// let y = forward::jet::<f64, 3>(|x| vec![x[0] * x[0] * x[1]], &[1.0, 2.0], &[1.0, 3.0])?;
/// assert_eq!((y[0].value, y[0].coefficients), (2.0, [7.0, 8.0, 3.0]));
/// assert_eq!(y[0].derivative(3), 18.0);
/// # Ok::<(), dualtape::Error>(())
/// ```
pub fn jet<T: Scalar, const K: usize>(
    f: impl FnOnce(&[Taylor<T, K>]) -> Vec<Taylor<T, K>>,
    x: &[T],
    v: &[T],
) -> Result<Vec<Taylor<T, K>>, Error> {
    try_jet(|x| Ok(f(x)), x, v)
}

/// [`jet`] of a function that can fail.
#[inline]
pub(crate) fn try_jet<T: Scalar, Y: Into<Vec<Taylor<T, K>>>, E: From<Error>, const K: usize>(
    f: impl FnOnce(&[Taylor<T, K>]) -> Result<Y, E>,
    x: &[T],
    v: &[T],
) -> Result<Vec<Taylor<T, K>>, E> {
    check_seeds("the direction v", x.len(), v)?;
    let inputs: Vec<Taylor<T, K>> = x.iter().zip(v).map(|(&x, &v)| Taylor::along(x, v)).collect();
    f(&inputs).map(Into::into)
}
