//! Functions of any number of arguments: their values in operations of the scalar, and each as a free function.

use super::{Operator, Scalar, Terms};
use crate::functions::nary_functions;

macro_rules! define_values {
    (
        [] $x:ident $y:ident $xs:ident;
        sums { $($(#[$doc0:meta])* $name0:ident($($list0:ident: $of0:ident),+) = $variant0:ident, textbook $textbook0:literal,
            written $written0:literal, value $value0:expr, partial $partial0:expr;)* }
        others { $($(#[$doc1:meta])* $name1:ident($($list1:ident: $of1:ident),+) = $variant1:ident, textbook $textbook1:literal,
            value $value1:expr, partials $partials1:expr;)* }
    ) => {
        define_values! {
            $($(#[$doc0])* $name0($($list0: $of0),+) = $variant0, $value0;)*
            $($(#[$doc1])* $name1($($list1: $of1),+) = $variant1, $value1;)*
        }
    };
    ($($(#[$doc:meta])* $name:ident($($list:ident: $of:ident),+) = $variant:ident, $value:expr;)*) => {
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
