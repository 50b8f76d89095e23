//! A table: titles and rows of cells, which plain text, the terminal and the page show.

use std::fmt;

/// Rows of cells below titles; a title may break over lines.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) titles: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
    /// How many of the first columns are aligned to the left; the others are to the right.
    pub(crate) left: usize,
    /// How many spaces stand between the columns of plain text.
    pub(crate) gap: usize,
}

impl Table {
    /// Without rows.
    pub(crate) fn new(titles: impl IntoIterator<Item = impl Into<String>>, left: usize) -> Self {
        Self { titles: titles.into_iter().map(Into::into).collect(), rows: Vec::new(), left, gap: 1 }
    }

    /// Some of its columns.
    #[cfg(feature = "compare")]
    pub(crate) fn columns(self, columns: &[usize]) -> Self {
        let of = |row: Vec<String>| columns.iter().map(|&at| row[at].clone()).collect();
        Self { titles: of(self.titles), rows: self.rows.into_iter().map(of).collect(), ..self }
    }
}

/// Plain text.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let titles: Vec<String> = self.titles.iter().map(|title| title.replace('\n', " ")).collect();
        let lines = || std::iter::once(&titles).chain(&self.rows);
        let width = |at: usize| lines().map(|line| line[at].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..titles.len()).map(width).collect();
        for line in lines() {
            let padded = line.iter().zip(&widths).enumerate().map(|(at, (cell, &width))| {
                if at < self.left { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
            });
            writeln!(f, "{}", padded.collect::<Vec<_>>().join(&" ".repeat(self.gap)).trim_end())?;
        }
        Ok(())
    }
}
