//! Which operations are compiled into the code that uses them, and which are calls.
//!
//! An operation on nested numbers is several of the numbers below it, each of which is several again. Compiled in line at every
//! level, a program of `Dual<Dual<Dual<f64>>>` grows by an order of magnitude a level, and the time to compile it with it. A call costs
//! little beside what an operation on a large number does.

use super::{Number, Scalar};
use crate::rules::{BinaryOperation, TernaryOperation, UnaryOperation};

/// The most bytes of a nested number whose operations are compiled in line: `Var<Dual<f64>>` has 40. With 100, which
/// lets `Dual<Dual<Dual<f64>>>` in, five operations on five levels took 25 s to compile instead of 2.
const LARGEST: usize = 60;

/// The most bytes of a number nested once whose sums, differences and products are: `Var<DualVec<f64, 8>>` has 152. As calls
/// they make Hessians 1.2 to 1.4 times as slow.
const LARGEST_IN_POLYNOMIALS: usize = 160;

/// What [`Number::IN_LINE`] is unless a number type says otherwise. A debug build has every operation as a call.
pub(super) const fn are_in_line<N: Number>() -> bool {
    let is_small = N::Inner::DEPTH == 0 || size_of::<N>() <= LARGEST;
    N::Inner::IN_LINE && is_small && cfg!(not(debug_assertions))
}

/// Whether the operation is compiled in line.
const fn is_in_line<N: Number>(is_polynomial: bool) -> bool {
    let is_small = N::Inner::DEPTH <= 1 && size_of::<N>() <= LARGEST_IN_POLYNOMIALS;
    N::IN_LINE || is_polynomial && is_small && N::Inner::IN_LINE && cfg!(not(debug_assertions))
}

/// A function with a body in line and the same as a call.
macro_rules! in_line_or_called {
    ($($(#[$doc:meta])* $name:ident($($x:ident: $type:ty),+; $op:ident: $operation:ident, $polynomial:expr) $body:expr;)*) => {
        $(
            $(#[$doc])*
            #[inline(always)]
            #[track_caller]
            pub(crate) fn $name<N: Number, O: $operation>($($x: $type,)+ $op: O) -> N {
                #[inline(never)]
                #[track_caller]
                fn called<N: Number, O: $operation>($($x: $type,)+ $op: O) -> N {
                    $body
                }
                if const { is_in_line::<N>($polynomial) } { $body } else { called($($x,)+ $op) }
            }
        )*
    };
}

in_line_or_called! {
    /// A function of a number.
    unary(x: N; op: UnaryOperation, false) x.unary(op);
    /// A function of two numbers.
    binary(x: N, y: N; op: BinaryOperation, O::IS_POLYNOMIAL) x.binary(y, op);
    /// A function of a number and one of those it is made of.
    binary_with(x: N, y: N::Inner; op: BinaryOperation, O::IS_POLYNOMIAL) x.binary_with(y, op);
    /// A function of one of the numbers that a number is made of, and that number.
    binary_of(x: N::Inner, y: N; op: BinaryOperation, O::IS_POLYNOMIAL) N::binary_of(x, y, op);
    /// A function of three numbers.
    ternary(x: N, y: N, z: N; op: TernaryOperation, false) x.ternary(y, z, op);
}
