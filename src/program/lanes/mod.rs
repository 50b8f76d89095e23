//! Running a block of samples side by side: a number of each sample in a lane.

mod dispatch;
mod element;
mod interpreter;
mod matrix;

pub use element::Element;
pub(super) use element::{Chunk, Job};
