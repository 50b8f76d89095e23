//! Where a cell of a table is, and what it holds, for a complaint.

use std::fmt;

/// Where a cell is: the row below the header and the line of the file, and the column with its name.
pub(crate) struct Place<'a> {
    pub(crate) row: u64,
    pub(crate) line: u64,
    pub(crate) column: Option<(usize, &'a str)>,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row {
            0 => write!(f, "header (line {})", self.line)?,
            row => write!(f, "row {row} (line {})", self.line)?,
        }
        match self.column {
            Some((at, "")) => write!(f, ", column {}", at + 1),
            Some((at, name)) => write!(f, ", column {} ({})", at + 1, shortened(name)),
            None => Ok(()),
        }
    }
}

/// Text from the file, on one line and not too long.
pub(crate) fn shortened(text: &str) -> String {
    let shown: String = text.chars().take(40).flat_map(char::escape_debug).collect();
    if text.chars().nth(40).is_some() { format!("{shown}…") } else { shown }
}
