//! What a run gives, and what a program consists of.

use super::plan::Dispatch;

/// The results of a run: a row for each sample, or a single one where they were summed.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch<T> {
    pub(super) values: usize,
    pub(super) width: usize,
    pub(super) numbers: Vec<T>,
}

impl<T> Batch<T> {
    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.numbers.len().checked_div(self.width).unwrap_or(0)
    }

    /// The m values of a row.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    #[must_use]
    pub fn values(&self, row: usize) -> &[T] {
        &self.row(row)[..self.values]
    }

    /// The derivatives of a row, as many as [`Derivative`](super::Derivative) says.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    #[must_use]
    pub fn derivatives(&self, row: usize) -> &[T] {
        &self.row(row)[self.values..]
    }

    fn row(&self, row: usize) -> &[T] {
        &self.numbers[row * self.width..][..self.width]
    }
}

/// What a program consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Statistics {
    /// Operations of the function as they were recorded, without inputs and constants.
    pub recorded: usize,
    /// Operations of the function and its derivative, none twice.
    pub operations: usize,
    /// Operations before the samples.
    pub before: usize,
    /// Instructions for a block of samples.
    pub instructions: usize,
    /// Operations after the samples.
    pub after: usize,
    /// Numbers that are kept for each lane.
    pub slots: usize,
    /// Numbers that are accumulated over the samples.
    pub sums: usize,
    /// Numbers that all samples share.
    pub registers: usize,
    /// Bytes that a run takes for a block, without the data and the results.
    pub bytes: usize,
    /// Samples side by side, at most.
    pub lanes: usize,
    /// The instructions it runs on.
    pub dispatch: Dispatch,
}
