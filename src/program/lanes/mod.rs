//! Running a block of samples side by side: a number of each sample in a lane.

mod dispatch;
mod element;
#[expect(
    clippy::needless_range_loop,
    reason = "loops over lanes of several slots become vector instructions as they stand"
)]
mod interpreter;
#[expect(
    clippy::needless_range_loop,
    reason = "loops over lanes of several slots become vector instructions as they stand"
)]
mod matrix;

pub(super) use dispatch::{LaneFunction, wide_function};
pub use element::Element;
pub(super) use element::{Chunk, Job};
pub(super) use matrix::{Level, multiply_add};
