//! What the benchmarks measure: the functions, the libraries that differentiate them, and the rows of the table.
#![allow(dead_code, reason = "every benchmark compiles this module and uses its own part of it")]

pub(crate) mod batches;
pub(crate) mod branches;
pub(crate) mod few_inputs;
pub(crate) mod gmm;
pub(crate) mod hand_written;
pub(crate) mod heat;
pub(crate) mod kmeans;
pub(crate) mod lotka_volterra;
pub(crate) mod lstm;
pub(crate) mod minors;
pub(crate) mod mlp;
pub(crate) mod ode;
pub(crate) mod replayed;
pub(crate) mod rivals;
pub(crate) mod rosenbrock;
pub(crate) mod rows;
pub(crate) mod sums;
pub(crate) mod timing;

use num_traits::{Float, Num};
use std::ops::Neg;

/// What the functions ask of a number, besides what [`Library`] spells.
pub(crate) trait Number: Num + Copy + Neg<Output = Self> + PartialOrd {}

impl<T: Num + Copy + Neg<Output = T> + PartialOrd> Number for T {}

/// How a library spells the functions of its numbers `T`.
///
/// num-dual and ad_trait do not implement `num_traits::Float`, so that a function for everybody is generic over the
/// spelling too; with [`ByFloat`] it is the plain `fn f<T: Float>(x: &[T]) -> T`.
pub(crate) trait Library<T> {
    /// A number that depends on no input.
    fn constant(value: f64) -> T;
    /// eˣ
    fn exp(x: T) -> T;
    /// Natural logarithm
    fn ln(x: T) -> T;
    /// Hyperbolic tangent
    fn tanh(x: T) -> T;
}

/// As `num_traits::Float`: the standard floats, dualtape, echidna.
pub(crate) struct ByFloat;

impl<T: Float> Library<T> for ByFloat {
    #[inline(always)]
    fn constant(value: f64) -> T {
        T::from(value).expect("every float holds the constants of the cases")
    }

    #[inline(always)]
    fn exp(x: T) -> T {
        x.exp()
    }

    #[inline(always)]
    fn ln(x: T) -> T {
        x.ln()
    }

    #[inline(always)]
    fn tanh(x: T) -> T {
        x.tanh()
    }
}

/// `n` numbers, evenly spread over (-scale, scale): the same on every machine.
pub(crate) fn spread(seed: u64, n: usize, scale: f64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        // Knuth's MMIX generator; the high bits are the good ones.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0) * scale
    };
    std::iter::repeat_with(next).take(n).collect()
}
