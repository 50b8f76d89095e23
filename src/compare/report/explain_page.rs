//! The page that steps through the forward and the backward phase of a graph.

use super::context::Context;
use crate::graph::{Graph, Step, TooLarge, Trace};
use crate::text::number;
use askama::Template;
use serde::Serialize;

/// A step of the page: what is shown from here on, and a sentence.
#[derive(Serialize)]
struct PageStep {
    phase: &'static str,
    /// The node whose value or δ changes.
    node: u32,
    /// The node that hands on, in the backward phase.
    from: Option<u32>,
    /// The value, or δ so far.
    shown: String,
    sentence: String,
}

#[derive(Template)]
#[template(path = "explain.html", config = "src/compare/report/askama.toml")]
struct ExplainPage<'a> {
    title: &'a str,
    context: Context<'a>,
    picture: String,
    rows: Vec<PageRow>,
    tangent_of: Option<String>,
    output: String,
    gradient: Vec<(u32, String, String)>,
    data: String,
}

/// A node in the table.
struct PageRow {
    node: u32,
    name: String,
    formula: String,
    value: String,
    tangent: String,
    /// Empty for a constant, which nothing is handed to.
    adjoint: String,
    locals: Vec<String>,
}

/// A graph as a page, made by a command that it tells: its picture, the trace, and a stepper through forward and backward phase.
///
/// # Errors
///
/// [`TooLarge`] if the graph has more nodes than a picture shows.
///
/// # Panics
///
/// If the graph has no output, or not that input.
pub fn explain_page(title: &str, graph: &Graph<f64>, input: Option<usize>, command: &str) -> Result<String, TooLarge> {
    let picture = graph.svg(0)?;
    let trace = graph.trace(0, input);
    let output = graph.name(trace.output);
    let steps = steps(graph, &trace);
    let gradient = trace.rows[..graph.input_count()].iter();
    let rows = trace.rows.iter().map(|row| {
        let step = &graph.nodes()[row.node as usize].step;
        PageRow {
            node: row.node,
            name: row.name.clone(),
            formula: if matches!(step, Step::Input(_)) { "input".to_owned() } else { row.formula.clone() },
            value: number(row.value),
            tangent: number(row.tangent),
            adjoint: if *step == Step::Constant { String::new() } else { number(row.adjoint) },
            locals: graph.local_equations(row),
        }
    });
    let page = ExplainPage {
        title,
        context: Context::new(command),
        picture,
        rows: rows.collect(),
        tangent_of: input.map(|input| graph.name(input as u32)),
        output,
        gradient: gradient.map(|row| (row.node, row.name.clone(), number(row.adjoint))).collect(),
        data: serde_json::to_string(&steps).expect("steps are text").replace('<', "\\u003c"),
    };
    Ok(page.render().expect("text is written into text"))
}

fn steps(graph: &Graph<f64>, trace: &Trace) -> Vec<PageStep> {
    let mut steps = Vec::new();
    for row in &trace.rows {
        let (name, value) = (&row.name, number(row.value));
        let sentence = match graph.nodes()[row.node as usize].step {
            Step::Constant => continue,
            Step::Input(_) => format!("Forward phase: the input {name} is {value}."),
            _ => format!("Forward phase: {name} = {} = {value}.", row.formula),
        };
        steps.push(PageStep { phase: "forward", node: row.node, from: None, shown: value, sentence });
    }
    let output = graph.name(trace.output);
    let sentence = format!("Backward phase: δ of the output {output} is 1, the derivative of {output} in itself.");
    let seed = PageStep { phase: "backward", node: trace.output, from: None, shown: "1".to_owned(), sentence };
    steps.push(seed);
    for step in graph.backward_phase(0) {
        let (shown, sentence) = (number(step.sum), format!("Backward phase: {}.", step.sentence));
        steps.push(PageStep { phase: "backward", node: step.to, from: Some(step.from), shown, sentence });
    }
    steps
}
