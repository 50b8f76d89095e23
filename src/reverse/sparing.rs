//! Multiplications by 1 and additions to 0, left out where asking costs less than doing.
//!
//! The partial of a number that has just become a slot is 1, that of a sum's term is 1, and the first contribution to an
//! adjoint is added to 0. For a plain float the multiplication is cheaper than the question. For a number type, one of
//! whose operations is several of the floats' or is counted or recorded, the question is cheaper than the operation.

use crate::number::Scalar;
use crate::rules::Partial;

/// Whether an operation costs no more than a branch.
pub(super) const fn is_plain<T: Scalar>() -> bool {
    T::DEPTH == 0
}

/// Whether it is the number 1 in every respect: no derivative, of any level, is attached.
#[inline(always)]
pub(super) fn is_one<T: Scalar>(x: &T) -> bool {
    x.peek() == 1.0 && x.is_constant_throughout()
}

/// `a·b` by `product`, unless one of them is 1.
#[inline(always)]
pub(super) fn product<T: Scalar>(a: T, b: T, product: impl FnOnce(T, T) -> T) -> T {
    if const { !is_plain::<T>() } {
        if is_one(&a) {
            return b;
        }
        if is_one(&b) {
            return a;
        }
    }
    product(a, b)
}

/// The local partial times the partial that was collected so far; a zero factor is a strong zero.
#[inline(always)]
pub(super) fn chain<T: Scalar>(local: Partial<T>, partial: T) -> T {
    match local {
        Partial::By(local) if const { !is_plain::<T>() } && is_one(&partial) => local,
        local => local.times(partial),
    }
}

/// [`chain`] where 0·inf is NaN.
#[inline(always)]
pub(super) fn chain_plainly<T: Scalar>(local: Partial<T>, partial: T) -> T {
    match local {
        Partial::By(local) if const { !is_plain::<T>() } && is_one(&partial) => local,
        local => local.plain(partial),
    }
}

/// Whether the partials of a join, plain floats that plain products gave, are right, and neither of them is a 0 that has to be looked at.
///
/// One comparison says so: a product with 0 or NaN is neither positive nor negative. It costs less than the masks of two
/// strong zeros, which it spares.
#[inline(always)]
pub(super) fn are_ordinary<T: Scalar>(p: T, q: T) -> bool {
    let product = p * q;
    product.value_less(&T::zero()) | T::zero().value_less(&product)
}

/// `sum + term`, for an adjoint to which contributions are added.
#[inline(always)]
pub(super) fn added<T: Scalar>(sum: T, term: T) -> T {
    if const { !is_plain::<T>() } && sum.is_zero_throughout() {
        return term.with_positive_zero();
    }
    sum + term
}
