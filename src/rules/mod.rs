//! The rule table: the only place in the crate that knows a derivative.
//!
//! Every elementary function is a variant of [`Unary`], [`Binary`] or [`Ternary`]. Its `value` arm says how a
//! scalar computes it, its `rule` arm gives the value together with the local partial derivatives. Forward,
//! vector-forward, reverse, counting: every number type is fed from here, and because the rules are generic over
//! [`Scalar`](crate::Scalar), nesting the number types gives the higher derivatives.
//!
//! # Conventions
//!
//! * A rule's value is the scalar's own function, bit for bit.
//! * At a kink: `abs'(0) = 0`; `signum`, `floor`, `ceil`, `round`, `trunc` have slope 0 and `fract` slope 1
//!   everywhere; `max` and `min` share the slope half and half at a tie and follow the value when an argument is
//!   NaN; `hypot` has (0, 0) at the origin.
//! * At a pole: `sqrt'(0) = cbrt'(0) = ln'(0) = +inf` and `cosc'(0) = coshc'(0) = -inf`, for -0 as well.
//! * Outside its domain a function is NaN, and so is its partial.
//! * A structural 0 or 1 is said as [`Partial::Zero`], [`Partial::One`] or [`Partial::MinusOne`], so that no number
//!   type multiplies by it. No rule may return one of them because a *value* happens to be 0 or 1: the slope in a
//!   nested level would be lost.
//!
//! # Adding a function
//!
//! One variant with its name, a sample point and its textbook derivative in the `operations!` list, one arm in `value`,
//! one arm in `rule`. Then a line in `number/functions.rs` makes it a method. The tests loop over `ALL`.

mod binary;
#[expect(clippy::excessive_precision, reason = "the coefficients as they were published")]
pub(crate) mod digamma;
mod partial;
pub(crate) mod special;
mod ternary;
mod unary;

pub use binary::Binary;
pub use partial::Partial;
pub(crate) use partial::absorbing_product;
pub use ternary::Ternary;
pub use unary::Unary;

/// Declares the enum of one arity with its names, sample points and textbook derivatives, so that all stand beside the
/// variant.
macro_rules! operations {
    (
        $(#[$meta:meta])*
        $enum:ident, sample: $sample:ty, textbook: $textbook:ty;
        $($(#[$doc:meta])*
        $variant:ident $(($payload:ty = $default:expr))? = $name:literal at $point:expr, textbook $partials:expr;)*
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[non_exhaustive]
        pub enum $enum { $($(#[$doc])* $variant $(($payload))?,)* }

        impl $enum {
            /// Every operation of this arity, one with a parameter at a typical value of it.
            pub const ALL: &'static [Self] = &[$(Self::$variant $(({ const TYPICAL: $payload = $default; TYPICAL }))?,)*];

            /// The name of the operation, as the method that applies it is called.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant { .. } => $name,)* }
            }

            /// The position in [`Self::ALL`], whatever the parameter is.
            #[must_use]
            pub const fn index(self) -> usize {
                #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "a list of the variants' names")]
                enum Position { $($variant,)* }
                match self { $(Self::$variant { .. } => Position::$variant as usize,)* }
            }

            /// A point at which the operation is smooth and all its partials are neither zero nor infinite,
            /// unless they are so everywhere.
            #[must_use]
            pub const fn sample(self) -> $sample {
                match self { $(Self::$variant { .. } => $point,)* }
            }

            /// The partial derivatives as a textbook writes them, in x, y and z; the rules compute the same numbers by
            /// formulas that neither cancel nor overflow. Empty where a partial is a plain number on each branch.
            #[must_use]
            pub const fn textbook(self) -> $textbook {
                match self { $(Self::$variant { .. } => $partials,)* }
            }
        }
    };
}
use operations;
