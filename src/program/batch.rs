//! `Batch`: the results of a run.

use crate::number::Scalar;

/// The results of a run: a row for each sample, or a single one where they were summed.
///
/// An empty one has no rows, but memory that [`Program::run_into`](super::Program::run_into) takes.
#[derive(Clone, Debug)]
pub struct Batch<T> {
    values: usize,
    width: usize,
    numbers: Vec<T>,
    /// The program whose structural zeros have been written.
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

    /// Removes the rows, and keeps their memory.
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
    /// Rows for the results of the program with this number, which has so many values and results. They are zeroed, except that
    /// results of the same program may be left, which it overwrites in every run: so the structural zeros of a large Jacobian are
    /// neither written nor read again. For no program, all rows are zeroed.
    pub(super) fn prepare(&mut self, program: Option<u64>, [values, width]: [usize; 2], rows: usize) -> &mut [T] {
        let (length, zero) = (rows * width, T::zero());
        if program.is_none() || self.zeros != program {
            self.numbers.clear();
        }
        if self.numbers.capacity() < length {
            // The allocator gives zeroed pages, which cost nothing until they are written.
            self.numbers = vec![zero; length];
        } else {
            self.numbers.resize(length, zero);
        }
        (self.values, self.width, self.zeros) = (values, width, program);
        &mut self.numbers
    }
}

#[cfg(test)]
mod tests {
    use super::Batch;

    #[test]
    fn only_the_same_program_finds_the_rows_of_the_last_run() {
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
        // Rows that were written from outside are zeroed.
        batch.prepare(Some(7), [1, 3], 2);
        batch.rows_mut().fill(5.0);
        assert_eq!(batch.prepare(Some(7), [1, 3], 2), [0.0; 6]);
        batch.clear();
        assert_eq!(batch.rows(), 0);
        assert!(batch.numbers.capacity() >= 27);
    }
}
