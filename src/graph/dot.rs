//! A graph in the language of Graphviz.

use super::formula::rounded;
use super::graph::{Graph, Step};
use std::fmt::Write as _;

/// What stands in the names and formulas of a graph, safe in an HTML-like label.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// About six digits.
fn short(x: f64) -> String {
    rounded(x, 6)
}

impl Graph<f64> {
    /// The graph in Graphviz' DOT language, drawn from left to right: a node for each operation with its formula and value
    /// and, in a second colour, the derivative of an output in it (δ); on each edge the local derivative.
    ///
    /// # Panics
    ///
    /// If there is no such output.
    #[must_use]
    pub fn dot(&self, output: usize) -> String {
        let trace = self.trace(output, None);
        let mut dot =
            String::from("digraph {\n  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n");
        dot += "  edge [fontname=\"sans-serif\", fontsize=11];\n";
        for row in &trace.rows {
            let is_plain = matches!(self.nodes[row.node as usize].step, Step::Input(_) | Step::Constant);
            let what = if is_plain && row.formula != row.name { short(row.value) } else { row.name.clone() };
            let formula = if is_plain { String::new() } else { format!(" = {}", escaped(&row.formula)) };
            let delta = match self.nodes[row.node as usize].step {
                Step::Constant => String::new(),
                _ => format!("<br/><font color=\"#b3003c\">δ = {}</font>", short(row.adjoint)),
            };
            let value =
                if is_plain && row.formula != row.name { String::new() } else { format!("<br/>{}", short(row.value)) };
            // Writing into a string does not fail.
            let _ = writeln!(dot, "  n{} [label=<<b>{}</b>{formula}{value}{delta}>];", row.node, escaped(&what));
            for local in &row.partials {
                let _ = writeln!(dot, "  n{} -> n{} [label=\"{}\"];", local.operand, row.node, short(local.value));
            }
        }
        dot + "}\n"
    }
}
