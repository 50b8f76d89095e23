//! Comparisons as tables for the terminal.

use super::terminal;
use crate::Mode;
use crate::compare::units::{bytes, in_width, seconds, significant, ulps};
use crate::compare::{Comparison, LeftOut, Sweep};
use crate::table::Table;
use crate::text::grouped;
use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table as Drawn, TableStyle};

/// Lines above, below and under the titles.
const STYLE: TableStyle = TableStyle::new()
    .top_border(LineStyle::none().fill('─').junction('─'))
    .header_separator(LineStyle::none().fill('─').junction('─'))
    .bottom_border(LineStyle::none().fill('─').junction('─'));

/// The table as text that fits the terminal: where all columns do not stand side by side, in several tables one below the
/// other, each with the first column.
pub(crate) fn fitted(data: &Table) -> String {
    in_columns(&drawn(data, |at| at < data.left), terminal::width())
}

/// A table in which these columns are text, which may break between words where the table would be wider than this, and
/// the others are names and figures, which may not.
pub(crate) fn with_text(data: &Table, text: &[usize], width: Option<usize>) -> String {
    let mut table = drawn(data, |at| at < data.left || text.contains(&at));
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(u16::try_from(width).unwrap_or(u16::MAX));
    }
    for (at, column) in table.column_iter_mut().enumerate() {
        if !text.contains(&at) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    table.to_string()
}

/// The table with lines; a figure that is broken over lines is none.
fn drawn(data: &Table, is_left: impl Fn(usize) -> bool) -> Drawn {
    let side = |at: usize| if is_left(at) { CellAlignment::Left } else { CellAlignment::Right };
    let mut table = Drawn::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(data.titles.iter().enumerate().map(|(at, title)| Cell::new(title).set_alignment(side(at))));
    table.add_rows(&data.rows);
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 1)).set_cell_alignment(side(at));
    }
    table
}

fn in_columns(table: &Drawn, width: usize) -> String {
    const PADDING: usize = 2;
    let widths: Vec<usize> =
        table.column_max_content_widths().into_iter().map(|width| usize::from(width) + PADDING).collect();
    let Some((first, others)) = widths.split_first() else { return table.to_string() };
    // Where a table ends, as its last column.
    let (mut ends, mut used) = (Vec::new(), *first);
    for (at, column) in others.iter().enumerate() {
        // Nothing stands behind the last column.
        if used + column > width + 1 && used > *first {
            ends.push(at);
            used = *first;
        }
        used += column;
    }
    ends.push(others.len());
    let mut start = 1;
    let part = |end: usize| {
        let mut part = table.clone();
        let shown = |at: usize| at == 0 || (start..=end).contains(&at);
        for (_, column) in part.column_iter_mut().enumerate().filter(|&(at, _)| !shown(at)) {
            column.set_constraint(ColumnConstraint::Hidden);
        }
        if widths.iter().enumerate().filter(|&(at, _)| shown(at)).map(|(_, width)| width).sum::<usize>() > width + 1 {
            // Two columns that are wider than the terminal: their text has to break.
            let width = u16::try_from(width).unwrap_or(u16::MAX);
            part.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        start = end + 1;
        part.to_string()
    };
    let parts: Vec<String> = ends.into_iter().map(part).collect();
    // The line above the next part is the line below this one.
    let (last, before) = parts.split_last().expect("there is a column");
    let before = before.iter().filter_map(|part| Some(part.rsplit_once('\n')?.0.to_owned() + "\n"));
    before.chain([last.clone()]).collect()
}

/// Growth: a line for each n, and for each mode its cost in evaluations of f, counted and timed.
pub(crate) fn growth(sweep: &Sweep) -> Table {
    let of = |comparison: &Comparison, mode| comparison.of(mode).is_some() || left_out(comparison, mode).is_some();
    let modes: Vec<Mode> =
        Mode::ALL.into_iter().filter(|&mode| sweep.comparisons.iter().any(|it| of(it, mode))).collect();
    let broken = |mode: &Mode| mode.to_string().replacen(' ', "\n", 1);
    let mut titles = ["n", "f\noperations", "f\ntime"].map(str::to_owned).to_vec();
    titles.extend(modes.iter().map(|mode| format!("{}\n× f (time)", broken(mode))));
    let has_tape = modes.contains(&Mode::Reverse);
    if has_tape {
        titles.push("tape".to_owned());
    }
    // One mode alone differs from none.
    let exact = |it: &Comparison| it.modes.iter().filter(|it| it.mode != Mode::Differences).count();
    let has_difference = sweep.comparisons.iter().any(|it| exact(it) > 1);
    if has_difference {
        titles.push("modes differ by\nulp (relative)".to_owned());
    }
    let mut table = Table::new(titles, 0);
    for comparison in &sweep.comparisons {
        let mut line = vec![
            grouped(comparison.inputs() as u64),
            grouped(comparison.primal.counts.total()),
            seconds(comparison.primal.time.median),
        ];
        line.extend(modes.iter().map(|&mode| match comparison.of(mode) {
            Some(_) => {
                let counted = comparison.operations_over_primal(mode).map_or(String::new(), significant);
                let timed = comparison.time_over_primal(mode).map_or(String::new(), significant);
                format!("{counted} ({timed})")
            }
            None => left_out(comparison, mode).map_or(String::new(), |it| format!("> {}", seconds(it.estimate))),
        }));
        if has_tape {
            let tape = comparison.of(Mode::Reverse).map(|_| bytes(comparison.tape_bytes as f64));
            line.push(tape.unwrap_or_default());
        }
        if has_difference {
            let exact = comparison.modes.iter().filter(|it| it.mode != Mode::Differences);
            let worst = exact.max_by_key(|it| it.ulps);
            line.push(worst.map_or(String::new(), |it| format!("{} ({:.1e})", ulps(it.ulps), it.relative)));
        }
        table.rows.push(line);
    }
    table
}

fn left_out(comparison: &Comparison, mode: Mode) -> Option<&LeftOut> {
    comparison.left_out.iter().find(|it| it.mode == mode)
}

/// The derivatives themselves: a line for each input, a column for each mode. For few inputs and one output.
pub(crate) fn derivatives(comparison: &Comparison, names: &[String]) -> Table {
    /// No `f64` needs more.
    const EXACT: usize = 24;
    let by = comparison.modes.iter().map(|it| format!("derivative by\n{}", it.mode));
    let mut table = Table::new(["".to_owned(), "value".to_owned()].into_iter().chain(by), 1);
    for (j, (&x, name)) in comparison.x.iter().zip(names).enumerate() {
        // Where the modes differ, it is in the last digits.
        let derivatives = comparison.modes.iter().map(|it| in_width(it.matrix[(0, j)], EXACT));
        table.rows.push([name.clone(), in_width(x, EXACT)].into_iter().chain(derivatives).collect());
    }
    table
}
