//! Automatic differentiation by operator overloading.
pub mod compare;
mod counted;
mod error;
pub mod forward;
mod higher;
mod model;
mod number;
pub mod reverse;
pub mod rules;

pub use counted::{Counted, Counts, Operation};
pub use error::Error;
pub use forward::{Dual, DualVec};
pub use higher::{hessian, hessian_forward, hvp};
pub use model::{Model, VectorModel};
pub use number::{Scalar, dot, linear_combination, log_sum_exp, sum};
pub use reverse::{Adjoints, Mark, Tape, Var};
