//! The kernel that multiplies a matrix and a vector.

use super::super::instruction_set::{InstructionSet, Isa};
use super::super::lanes::{Element, multiply_add};
use super::kernels::{contiguous, horizontal_sum};
use super::{Matrix, SlpCode};

/// A matrix times a vector, in tiles where its rows or columns are contiguous.
#[inline(always)]
pub(super) fn product<T: Element, I: Isa>(
    code: &SlpCode,
    matrix: &Matrix,
    parameters: &[T],
    cells: &mut [T],
    scratch: &mut [T],
) {
    let (rows, columns) = (matrix.rows as usize, matrix.columns as usize);
    let (before, after) = cells.split_at_mut(matrix.d as usize);
    let (before, results) = (&*before, &mut after[..rows]);
    let (left, right) = scratch.split_at_mut(code.longest);
    let x = contiguous(code, matrix.column, before, 0, &mut left[..columns]);
    let starts = matrix.starts.map(|starts| contiguous(code, starts, before, 0, &mut right[..rows]));
    let all = if matrix.of_parameters { parameters } else { before };
    let tiled = Tiled { all, matrix, x, starts, exact: matrix.exact };
    if matrix.column_stride == 1 && !matrix.exact {
        match I::INSTRUCTION_SET {
            InstructionSet::Avx512 => tiled.along_rows::<I, 8>(results),
            _ => tiled.along_rows::<I, 4>(results),
        }
    } else if matrix.row_stride == 1 {
        match I::INSTRUCTION_SET {
            InstructionSet::Avx512 => tiled.along_columns::<I, 64>(results),
            InstructionSet::Avx2 => tiled.along_columns::<I, 32>(results),
            InstructionSet::Baseline => tiled.along_columns::<I, 16>(results),
        }
    } else {
        for (row, result) in results.iter_mut().enumerate() {
            *result = tiled.row::<I>(row);
        }
    }
}

/// The operands of the product.
struct Tiled<'a, T> {
    all: &'a [T],
    matrix: &'a Matrix,
    x: &'a [T],
    starts: Option<&'a [T]>,
    exact: bool,
}

impl<T: Element> Tiled<'_, T> {
    #[inline(always)]
    fn cell(&self, row: usize, column: usize) -> usize {
        let Matrix { origin, row_stride, column_stride, .. } = *self.matrix;
        (origin as isize + row as isize * row_stride as isize + column as isize * column_stride as isize) as usize
    }

    /// One row, in the order of the function.
    #[inline(always)]
    fn row<I: Isa>(&self, row: usize) -> T {
        let (mut sum, from) = match self.starts {
            Some(starts) => (starts[row], 0),
            None => (self.all[self.cell(row, 0)] * self.x[0], 1),
        };
        for (column, &x) in self.x.iter().enumerate().skip(from) {
            sum = multiply_add::<T, I>(self.exact, self.all[self.cell(row, column)], x, sum);
        }
        sum
    }

    /// Row-major: `R` contiguous rows at a time, each in `W` partial sums.
    #[inline(always)]
    fn along_rows<I: Isa, const R: usize>(&self, results: &mut [T]) {
        const W: usize = 8;
        let columns = self.x.len();
        let whole = columns - columns % W;
        for (tile, results) in results.chunks_mut(R).enumerate() {
            let first = tile * R;
            if results.len() < R {
                for (row, result) in (first..).zip(results) {
                    *result = self.row::<I>(row);
                }
                return;
            }
            let rows: [&[T]; R] = std::array::from_fn(|r| &self.all[self.cell(first + r, 0)..][..columns]);
            let mut sums = [[T::zero(); W]; R];
            for at in (0..whole).step_by(W) {
                let x: [T; W] = self.x[at..at + W].try_into().expect("a chunk has W numbers");
                for r in 0..R {
                    let w: [T; W] = rows[r][at..at + W].try_into().expect("a chunk has W numbers");
                    for l in 0..W {
                        sums[r][l] = multiply_add::<T, I>(false, w[l], x[l], sums[r][l]);
                    }
                }
            }
            for r in 0..R {
                let mut sum = horizontal_sum(sums[r]);
                for (&w, &x) in rows[r][whole..].iter().zip(&self.x[whole..]) {
                    sum = multiply_add::<T, I>(false, w, x, sum);
                }
                sum = self.starts.map_or(sum, |starts| starts[first + r] + sum);
                results[r] = if sum.is_finite() { sum } else { self.row::<I>(first + r) };
            }
        }
    }

    /// Column-major: `B` rows at a time, each in the order of the function.
    #[inline(always)]
    fn along_columns<I: Isa, const B: usize>(&self, results: &mut [T]) {
        let mut first = 0;
        while first + B <= results.len() {
            self.rows_at::<I, B>(first, results);
            first += B;
        }
        while first + 8 <= results.len() {
            self.rows_at::<I, 8>(first, results);
            first += 8;
        }
        for (row, result) in results.iter_mut().enumerate().skip(first) {
            *result = self.row::<I>(row);
        }
    }

    #[inline(always)]
    fn rows_at<I: Isa, const B: usize>(&self, first: usize, results: &mut [T]) {
        let (mut sums, from) = match self.starts {
            Some(starts) => (starts[first..first + B].try_into().expect("B rows"), 0),
            None => ([T::zero(); B], 1),
        };
        let column = |column: usize| -> &[T; B] {
            self.all[self.cell(first, column)..][..B].try_into().expect("a part of a column has B numbers")
        };
        if from == 1 {
            let (w, x) = (column(0), self.x[0]);
            for l in 0..B {
                sums[l] = w[l] * x;
            }
        }
        for at in from..self.x.len() {
            let (w, x) = (column(at), self.x[at]);
            for l in 0..B {
                sums[l] = multiply_add::<T, I>(self.exact, w[l], x, sums[l]);
            }
        }
        results[first..first + B].copy_from_slice(&sums);
    }
}
