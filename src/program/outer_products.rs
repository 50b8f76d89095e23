//! Products that are summed over the samples: which of them form outer products.

use super::ir::{Id, NONE};
use std::collections::HashMap;

/// Products that are summed over the samples, in the order of the program.
#[derive(Default)]
pub(super) struct Products {
    /// For each row, its columns, and the index of the term that each product is.
    rows: Vec<(Id, Vec<Id>, Vec<usize>)>,
    /// The index of each row, or [`NONE`].
    by_row: Vec<u32>,
}

/// An outer product: each row times each column.
pub(super) struct Grid {
    pub(super) rows: Vec<Id>,
    pub(super) columns: Vec<Id>,
    /// The index of the term that each product is, row by row.
    pub(super) terms: Vec<usize>,
}

impl Products {
    pub(super) fn add(&mut self, term: usize, row: Id, column: Id) {
        if self.by_row.len() <= row as usize {
            self.by_row.resize(row as usize + 1, NONE);
        }
        let at = &mut self.by_row[row as usize];
        if *at == NONE {
            *at = self.rows.len() as u32;
            self.rows.push((row, Vec::new(), Vec::new()));
        }
        let at = *at as usize;
        self.rows[at].1.push(column);
        self.rows[at].2.push(term);
    }

    /// The outer products that are large enough, and the other products.
    pub(super) fn outer_products(self) -> (Vec<Grid>, Vec<(usize, [Id; 2])>) {
        const FEWEST_COLUMNS: usize = 4;
        let mut grids: Vec<Grid> = Vec::new();
        let mut by_columns: HashMap<Vec<Id>, usize> = HashMap::new();
        let mut loose = Vec::new();
        for (row, columns, terms) in self.rows {
            if columns.len() < FEWEST_COLUMNS {
                loose.extend(terms.into_iter().zip(columns).map(|(term, column)| (term, [row, column])));
                continue;
            }
            let at = *by_columns.entry(columns.clone()).or_insert_with(|| {
                grids.push(Grid { rows: Vec::new(), columns, terms: Vec::new() });
                grids.len() - 1
            });
            grids[at].rows.push(row);
            grids[at].terms.extend(terms);
        }
        (grids, loose)
    }
}

/// The strides from row to row and from column to column of a matrix that is given row by row, if it has any.
pub(super) fn strides(matrix: &[u32], columns: usize) -> Option<(i32, i32)> {
    let stride = |to: usize| matrix.get(to).map_or(0, |&to| i64::from(to) - i64::from(matrix[0]));
    let (row_stride, column_stride) = (stride(columns), stride(1));
    let is_regular = matrix.iter().enumerate().all(|(at, &found)| {
        let (row, column) = ((at / columns) as i64, (at % columns) as i64);
        i64::from(found) == i64::from(matrix[0]) + row * row_stride + column * column_stride
    });
    is_regular.then_some((i32::try_from(row_stride).ok()?, i32::try_from(column_stride).ok()?))
}
