//! Functions of three arguments: the fused product and sum.

use super::{Partial, operations};
use crate::number::Scalar;
use Partial::{By, One};

operations! {
    /// A function of three arguments.
    Ternary, sample: (f64, f64, f64), textbook: [&'static str; 3];

    /// x·y + z, rounded once
    MulAdd = "mul_add" at (0.7, 1.3, -0.4), textbook ["y", "x", "1"];
}

impl Ternary {
    /// The scalar's own function.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn value<T: Scalar>(self, x: T, y: T, z: T) -> T {
        match self {
            Self::MulAdd => x.mul_add(y, z),
        }
    }

    /// The value and the slopes in `x`, `y` and `z`.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn rule<T: Scalar>(self, x: T, y: T, z: T) -> (T, [Partial<T>; 3]) {
        match self {
            Self::MulAdd => (self.value(x, y, z), [By(y), By(x), One]),
        }
    }
}
