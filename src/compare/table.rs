//! A table as data: titles and rows of cells, which the terminal, the page and plain text show.

use std::fmt;

/// Rows of cells below titles; a title may break over lines.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) titles: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    /// Some of its columns.
    pub(crate) fn columns(self, columns: &[usize]) -> Self {
        let of = |row: Vec<String>| columns.iter().map(|&at| row[at].clone()).collect();
        Self { titles: of(self.titles), rows: self.rows.into_iter().map(of).collect() }
    }

    pub(crate) fn new(titles: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { titles: titles.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }
}

/// Plain text: the first column to the left, the others to the right.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let titles: Vec<String> = self.titles.iter().map(|title| title.replace('\n', " ")).collect();
        let lines = || std::iter::once(&titles).chain(&self.rows);
        let length = |cell: &String| cell.chars().count();
        let width = |at: usize| lines().map(|line| length(&line[at])).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.titles.len()).map(width).collect();
        for line in lines() {
            let padded = line.iter().zip(&widths).enumerate().map(|(at, (cell, &width))| match at {
                0 => format!("{cell:<width$}"),
                _ => format!(" {cell:>width$}"),
            });
            writeln!(f, "{}", padded.collect::<String>().trim_end())?;
        }
        Ok(())
    }
}
