//! A matrix times a column, of one sample.

use super::super::lanes::{Element, Level, multiply_add};
use super::super::plan::Dispatch;
use super::kernels::{joined, side_by_side};
use super::{Matrix, Wide};

/// A matrix whose rows or columns lie side by side, times a column.
#[inline(always)]
pub(super) fn product<T: Element, V: Level>(
    wide: &Wide,
    matrix: &Matrix,
    parameters: &[T],
    cells: &mut [T],
    scratch: &mut [T],
) {
    let (rows, columns) = (matrix.rows as usize, matrix.columns as usize);
    let (before, after) = cells.split_at_mut(matrix.d as usize);
    let (before, results) = (&*before, &mut after[..rows]);
    let (left, right) = scratch.split_at_mut(wide.longest);
    let x = side_by_side(wide, matrix.column, before, 0, &mut left[..columns]);
    let starts = matrix.starts.map(|starts| side_by_side(wide, starts, before, 0, &mut right[..rows]));
    let all = if matrix.of_parameters { parameters } else { before };
    let tiled = Tiled { all, matrix, x, starts, exact: matrix.exact };
    if matrix.column_step == 1 && !matrix.exact {
        match V::DISPATCH {
            Dispatch::Avx512 => tiled.along_rows::<V, 8>(results),
            _ => tiled.along_rows::<V, 4>(results),
        }
    } else if matrix.row_step == 1 {
        match V::DISPATCH {
            Dispatch::Avx512 => tiled.along_columns::<V, 64>(results),
            Dispatch::Avx2 => tiled.along_columns::<V, 32>(results),
            Dispatch::Baseline => tiled.along_columns::<V, 16>(results),
        }
    } else {
        for (row, result) in results.iter_mut().enumerate() {
            *result = tiled.row::<V>(row);
        }
    }
}

/// A matrix times a column, with everything at hand.
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
        let Matrix { origin, row_step, column_step, .. } = *self.matrix;
        (origin as isize + row as isize * row_step as isize + column as isize * column_step as isize) as usize
    }

    /// One row, in the order of its terms.
    #[inline(always)]
    fn row<V: Level>(&self, row: usize) -> T {
        let (mut sum, from) = match self.starts {
            Some(starts) => (starts[row], 0),
            None => (self.all[self.cell(row, 0)] * self.x[0], 1),
        };
        for (column, &x) in self.x.iter().enumerate().skip(from) {
            sum = multiply_add::<T, V>(self.exact, self.all[self.cell(row, column)], x, sum);
        }
        sum
    }

    /// Rows that lie side by side number for number, `R` at a time, each in sums side by side.
    #[inline(always)]
    fn along_rows<V: Level, const R: usize>(&self, results: &mut [T]) {
        const W: usize = 8;
        let columns = self.x.len();
        let whole = columns - columns % W;
        for (tile, results) in results.chunks_mut(R).enumerate() {
            let first = tile * R;
            if results.len() < R {
                for (row, result) in (first..).zip(results) {
                    *result = self.row::<V>(row);
                }
                return;
            }
            let rows: [&[T]; R] = std::array::from_fn(|r| &self.all[self.cell(first + r, 0)..][..columns]);
            let mut sums = [[T::zero(); W]; R];
            for at in (0..whole).step_by(W) {
                let x: [T; W] = self.x[at..at + W].try_into().expect("a piece has W numbers");
                for r in 0..R {
                    let w: [T; W] = rows[r][at..at + W].try_into().expect("a piece has W numbers");
                    for l in 0..W {
                        sums[r][l] = multiply_add::<T, V>(false, w[l], x[l], sums[r][l]);
                    }
                }
            }
            for r in 0..R {
                let mut sum = joined(sums[r]);
                for (&w, &x) in rows[r][whole..].iter().zip(&self.x[whole..]) {
                    sum = multiply_add::<T, V>(false, w, x, sum);
                }
                sum = self.starts.map_or(sum, |starts| starts[first + r] + sum);
                results[r] = if sum.is_finite() { sum } else { self.row::<V>(first + r) };
            }
        }
    }

    /// Columns that lie side by side number for number, `B` rows at a time, each in the order of its terms.
    #[inline(always)]
    fn along_columns<V: Level, const B: usize>(&self, results: &mut [T]) {
        let mut first = 0;
        while first + B <= results.len() {
            self.rows_at::<V, B>(first, results);
            first += B;
        }
        while first + 8 <= results.len() {
            self.rows_at::<V, 8>(first, results);
            first += 8;
        }
        for (row, result) in results.iter_mut().enumerate().skip(first) {
            *result = self.row::<V>(row);
        }
    }

    #[inline(always)]
    fn rows_at<V: Level, const B: usize>(&self, first: usize, results: &mut [T]) {
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
                sums[l] = multiply_add::<T, V>(self.exact, w[l], x, sums[l]);
            }
        }
        results[first..first + B].copy_from_slice(&sums);
    }
}
