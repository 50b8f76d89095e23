//! What a run gives, and what a program consists of.

use super::plan::Dispatch;
use crate::number::Scalar;

/// The results of a run: a row for each sample, or a single one where they were summed.
///
/// An empty one has no rows, but memory that [`Program::run_into`](super::Program::run_into) takes.
#[derive(Clone, Debug)]
pub struct Batch<T> {
    values: usize,
    width: usize,
    numbers: Vec<T>,
    /// The program whose zeros are in their places.
    zeros: Option<u64>,
}

impl<T> Default for Batch<T> {
    /// No rows.
    fn default() -> Self {
        Self { values: 0, width: 0, numbers: Vec::new(), zeros: None }
    }
}

/// Whether the rows are equal.
impl<T: PartialEq> PartialEq for Batch<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.values, self.width, &self.numbers) == (other.values, other.width, &other.numbers)
    }
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

    pub(super) fn row(&self, row: usize) -> &[T] {
        &self.numbers[row * self.width..][..self.width]
    }

    /// Takes the rows away, and keeps their memory.
    pub(super) fn clear(&mut self) {
        self.numbers.clear();
        self.zeros = None;
    }

    /// The numbers of all rows, of which any may be written.
    pub(super) fn rows_mut(&mut self) -> &mut [T] {
        self.zeros = None;
        &mut self.numbers
    }
}

impl<T: Scalar> Batch<T> {
    /// Rows for the results of the program of this number, which has so many values and results. They are zeros, except that
    /// what the program itself wrote there may be left where it writes in every run: most of a large Jacobian is neither
    /// written nor read again. For no program, they are zeros.
    pub(super) fn prepare(&mut self, program: Option<u64>, [values, width]: [usize; 2], rows: usize) -> &mut [T] {
        let (length, zero) = (rows * width, T::zero());
        if program.is_none() || self.zeros != program {
            self.numbers.clear();
        }
        if self.numbers.capacity() < length {
            // The system has zeros, and gives pages when they are written.
            self.numbers = vec![zero; length];
        } else {
            self.numbers.resize(length, zero);
        }
        (self.values, self.width, self.zeros) = (values, width, program);
        &mut self.numbers
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

#[cfg(test)]
mod tests {
    use super::Batch;

    #[test]
    fn a_program_finds_what_it_left_and_others_find_zeros() {
        let mut batch = Batch::default();
        assert_eq!(batch.prepare(Some(7), [1, 3], 2), [0.0; 6]);
        batch.numbers.fill(5.0);
        assert_eq!(batch.prepare(Some(7), [1, 3], 2), [5.0; 6]);
        assert_eq!(batch.prepare(Some(7), [1, 3], 1), [5.0; 3]);
        assert_eq!(batch.prepare(Some(7), [1, 3], 2), [5.0, 5.0, 5.0, 0.0, 0.0, 0.0]);
        assert_eq!(batch.prepare(Some(7), [1, 3], 9), [0.0; 27]);
        batch.prepare(Some(7), [1, 3], 1).fill(5.0);
        assert_eq!((batch.rows(), batch.values(0), batch.derivatives(0)), (1, &[5.0][..], &[5.0; 2][..]));
        for other in [Some(8), None] {
            batch.prepare(Some(7), [1, 3], 2).fill(5.0);
            assert_eq!(batch.prepare(other, [2, 3], 2), [0.0; 6]);
            assert_eq!(batch.values(0), [0.0; 2]);
        }
        batch.prepare(None, [1, 3], 2).fill(5.0);
        assert_eq!(batch.prepare(None, [1, 3], 2), [0.0; 6]);
        // What somebody else writes is not left.
        batch.prepare(Some(7), [1, 3], 2);
        batch.rows_mut().fill(5.0);
        assert_eq!(batch.prepare(Some(7), [1, 3], 2), [0.0; 6]);
        batch.clear();
        assert_eq!(batch.rows(), 0);
        assert!(batch.numbers.capacity() >= 27);
    }
}
