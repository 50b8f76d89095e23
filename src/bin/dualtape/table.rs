//! Comparisons as tables for the terminal.

use comfy_table::{Cell, CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use dualtape::compare::{Comparison, LeftOut, Method, Sweep, bytes, grouped, seconds, significant};

/// Lines above, below and under the titles.
const STYLE: TableStyle = TableStyle::new()
    .top_border(LineStyle::none().fill('─').junction('─'))
    .header_separator(LineStyle::none().fill('─').junction('─'))
    .bottom_border(LineStyle::none().fill('─').junction('─'));

/// An empty table with these titles; the first columns stand to the left, the others to the right.
pub(crate) fn table(titles: &[&str], left: usize) -> Table {
    let mut table = Table::new();
    // A figure that is broken over lines is none.
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Disabled);
    let aligned = |(column, title): (usize, &&str)| Cell::new(title).set_alignment(alignment(column, left));
    table.set_header(titles.iter().enumerate().map(aligned));
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_cell_alignment(alignment(at, left));
    }
    table
}

fn alignment(column: usize, left: usize) -> CellAlignment {
    if column < left { CellAlignment::Left } else { CellAlignment::Right }
}

pub(crate) fn ulps(ulps: u64) -> String {
    if ulps == u64::MAX { "NaN".to_owned() } else { grouped(ulps) }
}

/// Growth: a line for each n, and for each method its cost in evaluations of f, counted and timed.
pub(crate) fn growth(sweep: &Sweep) -> Table {
    let of =
        |comparison: &Comparison, method| comparison.of(method).is_some() || left_out(comparison, method).is_some();
    let methods: Vec<Method> =
        Method::ALL.into_iter().filter(|&method| sweep.comparisons.iter().any(|it| of(it, method))).collect();
    let broken = |method: &Method| method.to_string().replacen(' ', "\n", 1);
    let names: Vec<String> = methods.iter().map(|method| format!("{}\n× f (time)", broken(method))).collect();
    let mut titles = vec!["n", "f\noperations", "f\ntime"];
    titles.extend(names.iter().map(String::as_str));
    titles.extend(["tape", "modes differ by\nulp (relative)"]);
    let mut table = table(&titles, 0);
    for comparison in &sweep.comparisons {
        let mut line = vec![
            grouped(comparison.inputs() as u64),
            grouped(comparison.primal.counts.total()),
            seconds(comparison.primal.time.median),
        ];
        line.extend(methods.iter().map(|&method| match comparison.of(method) {
            Some(_) => {
                let counted = comparison.operations_over_primal(method).map_or(String::new(), significant);
                let timed = comparison.time_over_primal(method).map_or(String::new(), significant);
                format!("{counted} ({timed})")
            }
            None => left_out(comparison, method).map_or(String::new(), |it| format!("> {}", seconds(it.estimate))),
        }));
        line.push(if comparison.of(Method::Reverse).is_some() {
            bytes(comparison.tape.bytes as f64)
        } else {
            String::new()
        });
        let exact = comparison.methods.iter().filter(|it| it.method != Method::Differences);
        let worst = exact.map(|it| it.difference).max_by_key(|it| it.ulps);
        line.push(worst.map_or(String::new(), |it| format!("{} ({:.1e})", ulps(it.ulps), it.relative)));
        table.add_row(line);
    }
    table
}

fn left_out(comparison: &Comparison, method: Method) -> Option<&LeftOut> {
    comparison.left_out.iter().find(|it| it.method == method)
}

/// One comparison in full: a line for each method.
pub(crate) fn methods(comparison: &Comparison) -> Table {
    let titles = ["", "evaluations", "sweeps", "operations", "× f", "time", "× f", "to reverse:\nulp", "relative"];
    let mut table = table(&titles, 1);
    for row in comparison.rows() {
        let method = Method::ALL.into_iter().find(|method| method.name() == row.method);
        table.add_row([
            method.map_or("f itself".to_owned(), |method| method.to_string()),
            grouped(row.evaluations as u64),
            grouped(row.sweeps as u64),
            grouped(row.operations),
            significant(row.operations_over_primal),
            seconds(row.seconds),
            significant(row.time_over_primal),
            row.ulps.map_or(String::new(), ulps),
            row.relative.map_or(String::new(), |relative| format!("{relative:.1e}")),
        ]);
    }
    table
}

/// The derivatives themselves: a line for each input, a column for each method. For few inputs and one output.
pub(crate) fn derivatives(comparison: &Comparison, names: &[String]) -> Table {
    let titles: Vec<String> = comparison.methods.iter().map(|it| format!("∂f by {}", it.method)).collect();
    let titles: Vec<&str> = ["", "value"].into_iter().chain(titles.iter().map(String::as_str)).collect();
    let mut table = table(&titles, 1);
    for (j, (&x, name)) in comparison.x.iter().zip(names).enumerate() {
        let slopes = comparison.methods.iter().map(|it| it.matrix[(0, j)].to_string());
        table.add_row([name.clone(), x.to_string()].into_iter().chain(slopes));
    }
    table
}
