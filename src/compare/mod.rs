//! Both modes side by side: do they agree, and on what to try them.
//!
//! [`modes_agree`] differentiates one [`Model`](crate::Model) forward and in reverse and holds the two against a bound
//! on what rounding can do; [`assert_modes_agree!`](crate::assert_modes_agree) does it in a test. [`Expression`] is a
//! random function: with feature `quickcheck` it and the cases [`Ordinary`] and [`Singular`] are `Arbitrary`.

mod agree;
#[cfg(feature = "quickcheck")]
mod arbitrary;
mod bound;
mod expression;

#[doc(hidden)]
pub use agree::assert_agreement;
pub use agree::{Agreement, Disagreement, hessians_agree, modes_agree, ulps_between};
#[cfg(feature = "quickcheck")]
pub use arbitrary::{Ordinary, Singular};
pub use bound::{Bound, Kinds, Paths};
pub use expression::{Case, Expression, Step};
