//! Compiled graphs: recorded once, replayed over many samples at a time.
//!
//! Optimisers evaluate one function again and again. A [`Program`] is a recorded [`Graph`](crate::graph::Graph) together
//! with the operations of its derivative, which the rule table records symbolically. What is uniform, the same for all samples,
//! is computed once, in a prologue before the samples or in an epilogue after the sum over them; the body is computed for
//! 8, 16 or 32 samples side by side, by the widest vector instructions that the machine has.
//!
//! ```
//! use dualtape::program::{Derivative, Plan, Program};
//!
//! fn rosenbrock<T: num_traits::Float>(x: &[T]) -> T {
//!     let (one, hundred) = (T::one(), T::from(100.0).unwrap());
//!     (one - x[0]).powi(2) + hundred * (x[1] - x[0] * x[0]).powi(2)
//! }
//!
//! let program = Program::of(&dualtape::model!(rosenbrock), &[0.0, 0.0], &Plan::new(Derivative::Gradient))?;
//! // Three points of two numbers.
//! let batch = program.run(&[], &[1.5, 2.0, 1.0, 1.0, 0.0, 0.0])?;
//! assert_eq!(batch.values(0), [6.5]);
//! assert_eq!(batch.derivatives(0), [151.0, -50.0]);
//! assert_eq!(batch.derivatives(2), [-2.0, 0.0]);
//! # Ok::<(), dualtape::program::ProgramError>(())
//! ```
//!
//! A program is valid where its guards hold: the comparisons that the function made have the recorded outcome, and the integers
//! and plain numbers that it made of its numbers are the same. Where a guard fails, [`Program::run`] returns an error that
//! names the sample; [`Replay`] records the other branch and goes on.
//!
//! `docs/programs.md` (the module [`course::programs`](crate::course::programs)) explains what happens to a function.
//!
//! # Exactness
//!
//! Without [`Plan::exact`], products and sums are fused where the machine can, functions such as `exp` come from this
//! crate's vector functions, at most 2 units in the last place off (`digamma` and `norm_cdf` 3), and a zero that results may
//! have either sign. The operands of a guard are computed as the function computes them, with everything that they depend on.
//! Infinities and NaN appear exactly where the function produces them, and zeros in products of derivatives are strong.

mod batch;
mod code;
mod cost_model;
mod counts;
mod differentiate;
mod display;
mod error;
mod instruction_set;
mod ir;
mod lanes;
mod lower;
mod opcode;
mod outer_products;
mod path_tree;
mod plan;
#[expect(clippy::module_inception, reason = "a file is named after the type that it holds")]
mod program;
mod registers;
mod replay;
mod replay_run;
mod run;
mod schedule;
#[cfg(feature = "serde")]
mod serialize;
mod slp;
mod statistics;
mod strong_zero_fallback;
#[expect(unreachable_pub, reason = "the macro writes all methods of public number types")]
mod symbol;
mod to_rust;
mod uncompiled;
mod uniform;
#[expect(clippy::excessive_precision, reason = "the coefficients as they were published")]
mod vector_math;

pub use batch::Batch;
pub use error::ProgramError;
pub use instruction_set::InstructionSet;
pub use lanes::Element;
pub use plan::{Derivative, Plan};
pub use program::Program;
pub use replay::Replay;
pub use statistics::ProgramStatistics;
