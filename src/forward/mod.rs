//! Forward mode: numbers that carry derivatives along with their values.
//!
//! A dual number `v + t·ε` with ε² = 0 computes a value and, beside it, the derivative of that value in one
//! direction of the inputs. Every operation applies its local partial to the tangents of its operands at once, so
//! one evaluation of f gives one directional derivative ([`Dual`]) or N of them ([`DualVec`]), and a gradient of n
//! parameters takes ⌈n/N⌉ evaluations.

mod dual;
mod dual2_vec;
mod dual_vec;
mod operators;
mod pair;
mod sums;
mod taylor;

pub use dual::Dual;
pub use dual_vec::DualVec;
pub use dual2_vec::Dual2Vec;
pub use operators::{
    CHUNK, derivative, gradient, gradient_in_chunks, gradient_into, jacobian, jacobian_in_chunks, jvp,
};
pub(crate) use operators::{directed, in_chunks, try_gradient, try_jacobian, try_jvp};
pub(crate) use taylor::try_jet;
pub use taylor::{Taylor, jet};
