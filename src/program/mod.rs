//! Compiled graphs: recorded once, replayed over many samples at a time.
//!
//! Optimisers evaluate one function again and again. A [`Program`] is a recorded [`Graph`](crate::graph::Graph) together
//! with the operations of its derivative, which the rule table writes down, as it computes them elsewhere. What does not
//! depend on the samples is computed once, before them or after the sum over them; the rest is computed for 8, 16 or 32
//! samples side by side, by the widest vector instructions that the machine has.
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
//! A program holds where the comparisons that the function made turn out as they were recorded, and the integers and plain
//! numbers that it made of its numbers are the same. Where one does not,
//! [`Program::run`] gives an error that names the sample; [`Replay`] records the other branch and goes on.
//!
//! `docs/programs.md` (the module [`course::programs`](crate::course::programs)) explains what happens to a function.
//!
//! # Exactness
//!
//! Without [`Plan::exact`], products and sums are fused where the machine can, functions such as `exp` come from this
//! crate's vector forms, at most 2 units in the last place off (`digamma` and `norm_cdf` 3), and a zero that results may
//! have either sign. What a comparison asks about is computed as the function does it, with everything that leads to it.
//! Infinities and NaN are where the function has them, and derivatives keep the convention that a zero absorbs them.

mod batch;
mod build;
mod code;
mod counts;
mod display;
mod estimate;
mod export;
mod grids;
mod ir;
mod lanes;
mod lower;
#[expect(clippy::excessive_precision, reason = "the coefficients as they were published")]
mod maths;
mod mending;
mod one_shot;
mod paths;
mod plan;
mod replay;
mod results;
mod rounds;
mod samples;
mod shared;
mod slots;
mod stages;
#[cfg(feature = "serde")]
mod stored;
#[expect(unreachable_pub, reason = "the macro writes all methods of public number types")]
mod symbol;
mod wide;

pub use batch::Program;
pub use lanes::Element;
pub use plan::{Derivative, Dispatch, Plan, ProgramError};
pub use replay::Replay;
pub use results::{Batch, Statistics};
