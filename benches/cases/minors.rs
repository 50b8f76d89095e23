//! The determinant of an l×l matrix by expansion along its first rows, l! products: GradBench's `det`.
//!
//! Source: B. M. Bell's `det_of_minor` in cmpad, which GradBench (github.com/gradbench/gradbench) runs with every library.

use super::spread;
use num_traits::Float;

/// The determinant of the matrix whose l rows follow one another in `a`.
#[inline]
pub(crate) fn determinant<T: Float>(a: &[T], l: usize) -> T {
    assert_eq!(a.len(), l * l);
    // The columns that are left, as a ring: the one after column j is next[j], and the first one is next[l].
    let mut next: Vec<usize> = (1..=l).chain([0]).collect();
    minor(a, l, 0, &mut next)
}

/// The determinant of the rows from `row` on, in the columns that are left.
fn minor<T: Float>(a: &[T], l: usize, row: usize, next: &mut [usize]) -> T {
    let first = next[l];
    if row + 1 == l {
        return a[row * l + first];
    }
    let mut sum = T::zero();
    let (mut before, mut column) = (l, first);
    for j in 0..l - row {
        let entry = a[row * l + column];
        next[before] = next[column];
        let cofactor = minor(a, l, row + 1, next);
        next[before] = column;
        sum = if j % 2 == 0 { sum + entry * cofactor } else { sum - entry * cofactor };
        (before, column) = (column, next[column]);
    }
    sum
}

/// Entries in (0, 1).
pub(crate) fn matrix(l: usize) -> Vec<f64> {
    spread(22, l * l, 1.0).iter().map(|x| 0.5 + 0.5 * x).collect()
}
