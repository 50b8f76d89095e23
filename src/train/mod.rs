//! Gradient descent: a loss that is a mean over samples, walked down by the gradient of either mode.

mod problem;

pub use problem::{Layer, Trainable};
