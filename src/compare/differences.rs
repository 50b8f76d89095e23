//! Central differences: the way without automatic differentiation, to hold the others against.

use crate::number::Scalar;

/// The step for an input: ∛ε·max(|x|, 1), which balances truncation, of order h², and rounding, of order ε/h
/// (Press et al., Numerical Recipes, section 5.7).
fn step(x: f64) -> f64 {
    f64::EPSILON.cbrt() * x.abs().max(1.0)
}

/// The columns of the Jacobian by central differences, each handed to `column`.
///
/// The step is what remains of h after rounding x + h and x - h.
pub(super) fn central<T: Scalar>(mut f: impl FnMut(&[T]) -> Vec<T>, x: &[T], mut column: impl FnMut(usize, &[T])) {
    let mut moved = x.to_vec();
    for (j, &x) in x.iter().enumerate() {
        let h = T::constant(step(x.peek()));
        let (above, below) = (x + h, x - h);
        moved[j] = above;
        let mut slopes = f(&moved);
        moved[j] = below;
        let width = above - below;
        for (slope, below) in slopes.iter_mut().zip(f(&moved)) {
            *slope = (*slope - below) / width;
        }
        moved[j] = x;
        column(j, &slopes);
    }
}
