//! Functions of any number of arguments: their values in operations of the scalar, and each as a free function.

use super::{Operator, Scalar, Terms};
use crate::functions::nary_functions;

macro_rules! define_values {
    (
        [] $x:ident $y:ident $xs:ident;
        $($(#[$doc:meta])* $name:ident($($list:ident: $of:ident),+) = $variant:ident, textbook $textbook:literal,
            written $written:literal, value $value:expr, $form:ident $partial:expr;)*
    ) => {
        impl<T: Scalar> Terms<'_, T> {
            /// The function by operations of the number type.
            #[inline(always)]
            #[track_caller]
            pub(crate) fn value(self) -> T {
                match self { $(Self::$variant($($list),+) => $value,)* }
            }
        }

        $(
            $(#[$doc])*
            #[inline]
            #[track_caller]
            #[must_use]
            pub fn $name<T: Scalar>($($list: &[$of]),+) -> T {
                <T as Scalar>::$name($($list),+)
            }
        )*
    };
}
nary_functions!([define_values] []);

/// ln Σ exp(xᵢ), in operations of the scalar.
#[inline]
#[track_caller]
fn shifted_log_sum_exp<T: Scalar>(x: &[T]) -> T {
    let (terms, shift) = exponentials(x);
    <T as Scalar>::sum(&terms).ln() + shift
}

/// exp(xᵢ - shift) for each xᵢ, and the shift: the largest of them.
#[inline]
#[track_caller]
pub(crate) fn exponentials<T: Scalar>(x: &[T]) -> (Vec<T>, T) {
    // Values that are not known yet or will be others have their largest found by operations.
    let shift = if T::RECORDS || T::SYMBOLIC {
        x.iter().fold(T::neg_infinity(), |largest, x| largest.max(x.detach()))
    } else {
        T::constant(x.iter().fold(f64::NEG_INFINITY, |largest, x| largest.max(x.peek())))
    };
    (x.iter().map(|&x| x.excess(shift).exp()).collect(), shift)
}
