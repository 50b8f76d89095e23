//! Running blocks of samples side by side: one sample in each lane.

mod dispatch;
mod element;
#[expect(
    clippy::needless_range_loop,
    reason = "loops over lanes of several registers become vector instructions as they stand"
)]
mod interpreter;
#[expect(
    clippy::needless_range_loop,
    reason = "loops over lanes of several registers become vector instructions as they stand"
)]
mod matrix;

pub(super) use dispatch::{ApplyFunction, run_kernels_for};
pub use element::Element;
pub(super) use element::{Chunk, Job};
pub(super) use matrix::multiply_add;
