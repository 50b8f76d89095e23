//! Both modes side by side: do they agree, what does each cost, and on what to try them.
//!
//! * [`compare()`] differentiates one [`Model`](crate::Model) in every way, counts the operations, takes the time and
//!   says which mode suits; [`sweep`] does it while a [`Family`] of models grows. [`zoo`] has families to try.
//! * `report` (feature `cli`) makes a page with charts of a sweep.
//! * [`modes_agree`] holds forward and reverse mode against a bound on what rounding can do;
//!   [`assert_modes_agree!`](crate::assert_modes_agree) does it in a test, and holds the derivatives against differences.
//!   [`assert_derivatives!`](crate::assert_derivatives) does the same for derivatives that somebody claims.
//! * [`Expression`] is a random function: with feature `quickcheck` it and the cases `Ordinary` and `Singular` are
//!   `Arbitrary`, with feature `proptest` also for that crate.

mod agree;
#[cfg(feature = "quickcheck")]
mod arbitrary;
mod assert;
mod bound;
mod check;
mod claim;
#[expect(clippy::module_inception, reason = "a file is named after the function that it holds")]
mod compare;
mod comparison;
mod differences;
mod doubts;
mod expression;
mod family;
#[cfg(feature = "cli")]
pub mod report;
#[cfg(feature = "proptest")]
mod strategy;
mod sweep;
mod timing;
mod total;
pub(crate) mod units;
mod verdict;
pub mod zoo;

pub use agree::{Agreement, Disagreement, hessians_agree, modes_agree};
#[cfg(feature = "quickcheck")]
pub use arbitrary::{Ordinary, Singular};
pub use bound::{Bound, Paths};
pub use check::{Check, Mismatch};
pub use claim::{WrongClaim, gradient_holds, hessian_holds, jvp_holds, vjp_holds};
pub use compare::{Options, compare};
pub use comparison::{Comparison, Cost, Derivatives, LeftOut, ProgramCost};
pub use doubts::Doubts;
pub use expression::{Case, EDGES, Expression, Statement};
pub use family::{About, DynFamily, Family, Size};
pub use sweep::{Sweep, sweep};
pub use timing::Timing;
#[doc(hidden)]
pub use {assert::assert_agreement, claim::assert_claim};

pub use crate::number::ulps::ulps_between;
