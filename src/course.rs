//! The course: backpropagation from the chain rule to training, with code that runs and exercises with solutions.
//!
//! Each chapter is a page of `docs/course/`, and every statement of it is computed by code that runs as a test.

/// The chain rule on numbers.
#[doc = include_str!("../docs/course/1-chain-rule.md")]
pub mod chain_rule {}

/// The computation graph, and the derivative as a sum over paths.
#[doc = include_str!("../docs/course/2-graph.md")]
pub mod graph {}

/// Where the graph branches, contributions add up.
#[doc = include_str!("../docs/course/3-branches.md")]
pub mod branches {}

/// A neuron.
#[doc = include_str!("../docs/course/4-neuron.md")]
pub mod neuron {}

/// Vectors, matrices and their shapes.
#[doc = include_str!("../docs/course/5-vectors.md")]
pub mod vectors {}

/// A loss, and the general algorithm.
#[doc = include_str!("../docs/course/6-algorithm.md")]
pub mod algorithm {}

/// Gradient descent and mini-batches.
#[doc = include_str!("../docs/course/7-descent.md")]
pub mod descent {}

/// Why n passes cost n times, and what reverse mode pays instead.
#[doc = include_str!("../docs/course/8-cost.md")]
pub mod cost {}

/// Record once, replay many samples.
#[doc = include_str!("../docs/programs.md")]
pub mod programs {}
