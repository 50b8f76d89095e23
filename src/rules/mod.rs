//! The rules: the value of every elementary function together with its local partial derivatives.
//!
//! Every elementary function is a variant of [`Unary`], [`Binary`] or [`Ternary`]. Forward, vector-forward, reverse, counting:
//! every number type is fed from here, and because the rules are generic over [`Scalar`](crate::Scalar), nesting the number
//! types gives the higher derivatives.
//!
//! Functions of lists ([`Nary`]) are operations of these in most number types; reverse mode takes a whole sum at once, by the partials
//! of its entry, and a graph tells those of all.
//!
//! # Conventions
//!
//! * A rule's value is the scalar's own function, bit for bit.
//! * At a kink: `abs'(0) = 0`; `signum`, `floor`, `ceil`, `round`, `trunc` have derivative 0 and `fract` derivative 1
//!   everywhere; `max` and `min` share the derivative half and half at a tie and follow the value when an argument is
//!   NaN; `hypot` has (0, 0) at the origin.
//! * At a pole: `sqrt'(0) = cbrt'(0) = ln'(0) = +inf` and `cosc'(0) = coshc'(0) = -inf`, for -0 as well.
//! * Outside its domain a function is NaN, and so is its partial.
//! * A structural 0 or 1 is said as [`Partial::Zero`], [`Partial::One`] or [`Partial::MinusOne`], so that no number
//!   type multiplies by it. No rule may return one of them because a *value* happens to be 0 or 1: the derivative in a
//!   nested level would be lost.
//!
//! The table itself is `src/functions/`, where adding a function is described; derivatives that take more than a line are in
//! `formulas.rs`, and `operation.rs` makes operations of both.

mod formulas;
pub(crate) mod nary;
mod operation;
mod partial;

pub use nary::Nary;
pub use operation::{Binary, Ternary, Unary};
pub(crate) use operation::{BinaryOperation, TernaryOperation, UnaryOperation, operations};
pub use partial::Partial;
pub(crate) use partial::strong_zero_product;
