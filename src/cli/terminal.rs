//! How wide the output may be: that of the terminal, if standard output is one.

use std::io;
use terminal_size::{Width, terminal_size_of};

/// How wide a table is where there is no terminal.
const ELSEWHERE: usize = 100;

fn columns() -> Option<usize> {
    // A terminal that does not know its width says 0.
    terminal_size_of(io::stdout()).map(|(Width(columns), _)| usize::from(columns)).filter(|&columns| columns > 0)
}

/// How wide a table may be.
pub(crate) fn width() -> usize {
    columns().unwrap_or(ELSEWHERE)
}

/// Text that breaks between words where the terminal ends, the lines after the first with `indent` spaces before them; as
/// it is where there is no terminal.
pub(crate) fn prose(text: &str, indent: usize) -> String {
    columns().map_or_else(|| text.to_owned(), |columns| wrapped(text, indent, columns))
}

/// Text in lines of at most `width` characters where its words allow it.
pub(crate) fn wrapped(text: &str, indent: usize, width: usize) -> String {
    let mut wrapped = String::new();
    let mut column = 0;
    for (at, word) in text.split(' ').enumerate() {
        let length = word.chars().count();
        if at > 0 && column + 1 + length > width {
            wrapped.push('\n');
            wrapped.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else if at > 0 {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(word);
        column += length;
    }
    wrapped
}
