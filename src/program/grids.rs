//! Products that are summed over the samples: which of them form a grid of rows and columns.

use super::ir::{Id, NONE};
use std::collections::HashMap;

/// Products that are summed over the samples, in the order of the program.
#[derive(Default)]
pub(super) struct Products {
    /// For each row, its columns and the places of the sums.
    rows: Vec<(Id, Vec<Id>, Vec<usize>)>,
    /// Where each row is, or [`NONE`].
    by_row: Vec<u32>,
}

/// Each of some rows times each of some columns.
pub(super) struct Grid {
    pub(super) rows: Vec<Id>,
    pub(super) columns: Vec<Id>,
    /// Where the sum of each product is a term, row by row.
    pub(super) places: Vec<usize>,
}

impl Products {
    pub(super) fn add(&mut self, place: usize, row: Id, column: Id) {
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
        self.rows[at].2.push(place);
    }

    /// The products that form grids large enough, and the rest.
    pub(super) fn grids(self) -> (Vec<Grid>, Vec<(usize, [Id; 2])>) {
        const FEWEST_COLUMNS: usize = 4;
        let mut grids: Vec<Grid> = Vec::new();
        let mut by_columns: HashMap<Vec<Id>, usize> = HashMap::new();
        let mut loose = Vec::new();
        for (row, columns, places) in self.rows {
            if columns.len() < FEWEST_COLUMNS {
                loose.extend(places.into_iter().zip(columns).map(|(place, column)| (place, [row, column])));
                continue;
            }
            let at = *by_columns.entry(columns.clone()).or_insert_with(|| {
                grids.push(Grid { rows: Vec::new(), columns, places: Vec::new() });
                grids.len() - 1
            });
            grids[at].rows.push(row);
            grids[at].places.extend(places);
        }
        (grids, loose)
    }
}

/// The steps from row to row and from column to column of a matrix given row by row, if these are the same everywhere.
pub(super) fn steps(matrix: &[u32], columns: usize) -> Option<(i32, i32)> {
    let step = |to: usize| matrix.get(to).map_or(0, |&to| i64::from(to) - i64::from(matrix[0]));
    let (row_step, column_step) = (step(columns), step(1));
    let is_regular = matrix.iter().enumerate().all(|(at, &place)| {
        let (row, column) = ((at / columns) as i64, (at % columns) as i64);
        i64::from(place) == i64::from(matrix[0]) + row * row_step + column * column_step
    });
    is_regular.then_some((i32::try_from(row_step).ok()?, i32::try_from(column_step).ok()?))
}
