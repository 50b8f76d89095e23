//! Sums of many terms: one n-ary node for a whole sum or dot product.

use super::record;
use super::sparing::{chain, chain_plainly};
use super::store::Slot;
use super::var::Var;
use crate::rules::Partial;
use crate::rules::nary::{Dot, LinearCombination, Sum};
use crate::scalar::Scalar;

/// [`Scalar::dot`] of slices of one length.
#[inline]
#[track_caller]
pub(super) fn dot<T: Scalar>(a: &[Var<T>], b: &[Var<T>]) -> Var<T> {
    let n = a.len();
    let b = &b[..n];
    let zero = T::zero();
    if let ([a], [b]) = (a, b) {
        let partial = |x: &Var<T>, y: &Var<T>| Dot::partial(x.value(), y.value());
        return Var::combine(zero + a.value() * b.value(), partial(a, b), *a, partial(b, a), *b);
    }
    let is_variable = |x: &Var<T>| x.slot != 0;
    let both = |i: usize| if is_variable(&a[i]) { b[i].slot } else { 0 };
    // Terms that may all depend on one slot are looked at one by one: they need no node.
    let differ = || [b[0].slot, a[1].slot, b[1].slot].iter().any(|&slot| slot != a[0].slot);
    if n > 1 && both(0) != 0 && differ() && may_be_variable::<T>(n, both) {
        let mut value = zero;
        let slot = record::try_nary(n, |i| {
            let (a, b) = (a[i], b[i]);
            value += a.value() * b.value();
            let plainly = |a: Var<T>, b: Var<T>| chain_plainly(Dot::partial(a.value(), b.value()), a.partial);
            ([plainly(a, b), plainly(b, a)], [a.slot, b.slot])
        });
        if let Some(slot) = slot {
            return Var::input(value, slot);
        }
    }
    let partial = |x: Var<T>, y: Var<T>| Dot::partial(x.value(), y.value());
    let product = |i: usize| a[i].value() * b[i].value();
    if !b.iter().any(is_variable) {
        return linear(n, zero, |i| a[i].slot, |i| (product(i), partial(a[i], b[i]), a[i]));
    }
    if !a.iter().any(is_variable) {
        return linear(n, zero, |i| b[i].slot, |i| (product(i), partial(b[i], a[i]), b[i]));
    }
    let value = (0..n).fold(zero, |sum, i| sum + product(i));
    let terms = a.iter().zip(b).flat_map(|(&a, &b)| [(partial(a, b), a), (partial(b, a), b)]);
    linear_in_variables(value, terms.filter(|(_, x)| is_variable(x)).collect())
}

/// [`Scalar::linear_combination`] of slices of one length.
#[inline]
#[track_caller]
pub(super) fn linear_combination<T: Scalar>(c: &[f64], x: &[Var<T>]) -> Var<T> {
    let c = &c[..x.len()];
    linear(
        x.len(),
        T::zero(),
        |i| x[i].slot,
        |i| {
            let factor = T::constant(c[i]);
            (factor * x[i].value(), LinearCombination::partial(x[i].value(), factor), x[i])
        },
    )
}

/// [`Scalar::sum`].
#[inline]
#[track_caller]
pub(super) fn sum<T: Scalar>(x: &[Var<T>]) -> Var<T> {
    let start = std::iter::empty::<T>().sum();
    linear(x.len(), start, |i| x[i].slot, |i| (x[i].value(), Sum::partial(x[i].value(), T::one()), x[i]))
}

/// `start + Σ value` with the derivative `Σ local·x`, where `term` gives value, local partial and x, and `slot` the slot of x:
/// one n-ary node, two terms in each of its nodes. Constants take no part, and terms that all depend on one slot need no node.
#[inline(always)]
#[track_caller]
fn linear<T: Scalar>(
    n: usize,
    start: T,
    slot: impl Fn(usize) -> Slot,
    term: impl Fn(usize) -> (T, Partial<T>, Var<T>),
) -> Var<T> {
    if n == 1 {
        let (value, local, x) = term(0);
        return Var { value: start + value, ..x.scaled(local) };
    }
    if n > 1 && slot(0) != slot(1) && may_be_variable::<T>(n, &slot) {
        let mut value = start;
        let mut take = |i: usize| {
            let (v, local, x) = term(i);
            value += v;
            (chain_plainly(local, x.partial), x.slot)
        };
        let slot = record::try_nary(n.div_ceil(2), |i| {
            let (p, a) = take(2 * i);
            let (q, b) = if 2 * i + 1 < n { take(2 * i + 1) } else { (T::zero(), a) };
            ([p, q], [a, b])
        });
        if let Some(slot) = slot {
            return Var::input(value, slot);
        }
    }
    let mut value = start;
    let mut variables = Vec::new();
    for (v, local, x) in (0..n).map(term) {
        value += v;
        if x.slot != 0 {
            variables.push((local, x));
        }
    }
    linear_in_variables(value, variables)
}

/// Whether it is worth a try to take all of them for variables. For plain floats the try costs less than a look at
/// each; for other scalars what a vain one computes would be counted or recorded.
#[inline(always)]
fn may_be_variable<T: Scalar>(n: usize, slot: impl Fn(usize) -> Slot) -> bool {
    // Plain products would have to be looked at again wherever a recording of them is run.
    !T::RECORDS && (T::DEPTH == 0 || (0..n).all(|i| slot(i) != 0))
}

/// The part of `linear` that looks at every term.
#[cold]
#[inline(never)]
#[track_caller]
fn linear_in_variables<T: Scalar>(value: T, terms: Vec<(Partial<T>, Var<T>)>) -> Var<T> {
    let Some(&(_, first)) = terms.first() else {
        return Var::constant(value);
    };
    let partial = |i: usize| terms.get(i).map_or(T::zero(), |&(local, x)| chain(local, x.partial));
    if terms.iter().all(|(_, x)| x.slot == first.slot) {
        let sum = (1..terms.len()).fold(partial(0), |sum, i| sum + partial(i));
        return Var::through(value, sum, first.slot);
    }
    let slot = |i: usize| terms.get(i).map_or(0, |(_, x)| x.slot);
    let slot = record::append_nary(
        terms.len().div_ceil(2),
        |i| [slot(2 * i), slot(2 * i + 1)],
        |i| [partial(2 * i), partial(2 * i + 1)],
    );
    Var::input(value, slot)
}
