//! Sums of products over forward numbers: multiplied plainly, and looked at once, at the end.

use crate::scalar::{Operator, Scalar, Terms};

/// A function of lists over numbers N with strong zeros, by the same numbers P with plain products. A NaN in a derivative stays
/// one until the end; then everything is done again.
#[inline(always)]
#[track_caller]
pub(super) fn plain_first<N: Scalar, P: Scalar>(
    terms: Terms<'_, N>,
    to_plain: impl Fn(&N) -> P,
    from_plain: impl Fn(P) -> N,
    has_nan: impl Fn(&N) -> bool,
) -> N {
    let found = match terms {
        Terms::Dot(a, b) => a.iter().zip(b).fold(P::zero(), |sum, (a, b)| sum + to_plain(a) * to_plain(b)),
        Terms::LinearCombination(c, x) => {
            let term = |(&c, x)| P::of_plain(c, to_plain(x), Operator::Mul);
            c.iter().zip(x).map(term).fold(P::zero(), |sum, term| sum + term)
        }
        // Nothing is multiplied.
        Terms::Sum(_) => return terms.value(),
        Terms::LogSumExp(x) => Terms::LogSumExp(&x.iter().map(to_plain).collect::<Vec<P>>()).value(),
    };
    let found = from_plain(found);
    if has_nan(&found) { again(terms) } else { found }
}

#[cold]
#[inline(never)]
#[track_caller]
fn again<N: Scalar>(terms: Terms<'_, N>) -> N {
    terms.value()
}
