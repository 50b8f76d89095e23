//! Reverse mode: numbers that leave a record, and the sweep that runs over it backwards.
//!
//! The forward phase computes values and writes, for every operation that joins two dependencies, its two local
//! partials to the tape. The backward phase gives the output the adjoint 1 and hands it down: each node adds its
//! adjoint times its local partials to the adjoints of its operands. One sweep gives all n partial derivatives.
//!
//! The tape holds joins only. A [`Var`] is a dual number over one slot of the tape: it stands for `partial · (the
//! adjoint of slot)`. A function of one variable, or an operation with a constant, only multiplies `partial`; an
//! operation on two `Var`s of the same slot adds their partials. Forward mode runs locally, reverse mode globally.

mod adjoint;
mod arithmetic;
mod numbers;
mod operators;
mod record;
mod recording;
mod sparing;
mod store;
mod sums;
mod sweep;
mod tape;
mod var;

#[cfg(feature = "compare")]
pub(crate) use operators::gradient_with_additions;
pub use operators::{derivative, gradient, gradient_into, gradient_sum, gradient_sum_into, jacobian, vjp};
pub(crate) use operators::{try_gradient, try_jacobian, try_vjp};
pub use tape::{Adjoints, Mark, Tape};
pub use var::Var;
