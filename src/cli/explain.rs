//! `dualtape explain`: backpropagation step by step, on a formula or a small model.

use super::failure::Failure;
use super::formula::{self, Formula};
use super::{models, output, point, subject, table, terminal};
use crate::compare::report;
use crate::graph::{Contribution, Graph, Path, Statistics, Step, Trace, TraceRow};
use crate::table::Table;
use crate::text::{counted, grouped, number};
use clap::Args;
use serde::Serialize;
use std::io::Write;
use std::path::PathBuf;

/// See backpropagation step by step: the graph, its values, local derivatives, tangents and adjoints
///
/// The function is recorded as a list of operations, a computation graph. The forward phase fills in the values; the
/// backward phase gives the output δ = 1 and hands it down: each node adds its δ times its local derivative to the δ of each
/// operand, and where the graph branches the contributions add up. What reaches the inputs is the gradient.
#[derive(Args)]
#[command(after_help = "\
Examples:
  dualtape explain '(a + 2*b)*c' --at a=3,b=1,c=-2
  dualtape explain '(a + b)*(b + 1)' --at a=2,b=3 --wrt b --paths
  dualtape explain 'sqrt(x - y)' --at x=1,y=2              where does the NaN come from?
  dualtape explain '(a + 2*b)*c' --at a=3,b=1,c=-2 --html steps.html   to step through in a browser
  dualtape explain 'sin(x)*y' --at x=pi/2,y=2 --dot | dot -Tsvg > graph.svg

`dualtape compare --help` tells how a formula is written.")]
pub(crate) struct ExplainArguments {
    /// A formula such as '(a + 2*b)*c', @FILE or - that holds one, or the name of a model (its smallest member)
    #[arg(value_name = "FORMULA | MODEL", allow_hyphen_values = true)]
    subject: String,

    /// Where: a value for each variable of a formula
    #[arg(long, value_name = "A=1,B=2,...", allow_hyphen_values = true)]
    at: Option<String>,

    /// The input whose tangents are shown, and whose paths [default: the first]
    #[arg(long, value_name = "NAME")]
    wrt: Option<String>,

    /// Show every path from that input to the output, each with the product of its local derivatives
    #[arg(long)]
    paths: bool,

    /// Print the graph in Graphviz' DOT language
    #[arg(long, conflicts_with = "json")]
    dot: bool,

    /// Write a picture of the graph
    #[arg(long, value_name = "FILE.svg", value_parser = output::file())]
    svg: Option<PathBuf>,

    /// Write a page that steps through the forward and the backward phase: one file, nothing is loaded from elsewhere
    #[arg(long, value_name = "FILE.html", value_parser = output::file())]
    html: Option<PathBuf>,

    /// Print everything as JSON
    #[arg(long)]
    json: bool,
}

/// How many nodes are explained at most, and how many paths are shown.
const MOST_NODES: usize = 400;
const MOST_PATHS: usize = 50;

/// How many nodes are drawn as a tree of lines.
const MOST_IN_TREE: usize = 40;

pub(crate) fn run(arguments: &ExplainArguments, out: &mut impl Write) -> Result<(), Failure> {
    output::check(
        &[subject::file(&arguments.subject)],
        &[("--svg", arguments.svg.as_deref()), ("--html", arguments.html.as_deref())],
    )?;
    let Subject { title, graph } = recorded(arguments)?;
    if graph.nodes().len() > MOST_NODES {
        let nodes = grouped(graph.nodes().len() as u64);
        let problem = format!("the graph has {nodes} nodes, expected at most {MOST_NODES}: explain a smaller function");
        return Err(Failure::input(problem));
    }
    let input = input(arguments, &graph)?;
    let too_large = |error: crate::graph::TooLarge| Failure::input(error.to_string());
    if let Some(path) = &arguments.svg {
        output::write(path, graph.svg(0).map_err(too_large)?.as_bytes())?;
    }
    if let Some(path) = &arguments.html {
        let page = report::explain_page(&title, &graph, input, &output::command_line()).map_err(too_large)?;
        output::write(path, page.as_bytes())?;
    }
    explain(arguments, &graph, input, out)?;
    for path in [&arguments.svg, &arguments.html].into_iter().flatten() {
        output::say_written(path, !arguments.json && !arguments.dot, out)?;
    }
    Ok(())
}

fn explain(
    arguments: &ExplainArguments,
    graph: &Graph,
    input: Option<usize>,
    out: &mut impl Write,
) -> Result<(), Failure> {
    if arguments.dot {
        return Ok(out.write_all(graph.dot(0).as_bytes())?);
    }
    if arguments.json {
        let statistics = graph.statistics();
        let paths = input.filter(|_| arguments.paths).map_or(Vec::new(), |input| graph.paths(0, input, MOST_PATHS));
        let all = Everything {
            trace: graph.trace(0, input).rows,
            backward_phase: graph.backward_phase(0),
            paths,
            path_counts: statistics.paths[0].iter().map(|count| by_name(count.value())).collect(),
            gradient: gradient(graph).into_iter().map(by_name).collect(),
            doubtful: graph.doubtful().collect(),
            non_finite: graph.non_finite(),
        };
        serde_json::to_writer_pretty(&mut *out, &all).map_err(std::io::Error::from)?;
        return Ok(writeln!(out)?);
    }
    print(graph, input, arguments.paths, out)
}

/// What is printed as JSON.
#[derive(Serialize)]
struct Everything {
    trace: Vec<TraceRow>,
    backward_phase: Vec<Contribution>,
    paths: Vec<Path>,
    path_counts: Vec<serde_json::Value>,
    gradient: Vec<serde_json::Value>,
    doubtful: Vec<crate::graph::Doubtful>,
    non_finite: Option<crate::graph::NonFinite>,
}

/// A number, or NaN and the infinities by name.
fn by_name(x: f64) -> serde_json::Value {
    if x.is_finite() { x.into() } else { x.to_string().into() }
}

/// What reaches the inputs; where infinities of both signs met on the way, what forward mode finds.
fn gradient(graph: &Graph) -> Vec<f64> {
    let forwards = graph.gradient(&graph.inputs()).expect("nothing has changed since the recording").1;
    let reached = graph.trace(0, None).rows.into_iter().map(|row| row.adjoint);
    reached.zip(forwards).map(|(delta, forwards)| if delta.is_nan() { forwards } else { delta }).collect()
}

/// What is explained.
struct Subject {
    title: String,
    graph: Graph,
}

fn recorded(arguments: &ExplainArguments) -> Result<Subject, Failure> {
    let (subject, at) = (arguments.subject.as_str(), arguments.at.as_deref());
    if let Some(text) = subject::formula(subject, at)? {
        let Formula { expression, variables } = formula::parse(&text)?;
        let x = point::point(at, &variables)?;
        let names: Vec<&str> = variables.iter().map(String::as_str).collect();
        let title = text.split_whitespace().collect::<Vec<_>>().join(" ");
        return Ok(Subject { title, graph: Graph::of(&expression, &x).named(&names, &["f"]) });
    }
    let family = models::find(subject, "")?;
    if at.is_some() {
        return Err(Failure::input(format!("--at is for formulas: {subject} is a model of the zoo")));
    }
    // The smallest member; of several outputs the first is explained.
    let (model, x) = family.member(1);
    Ok(Subject { title: subject.to_owned(), graph: Graph::of(&model, &x).named(&[], &["f"]) })
}

/// The input of `--wrt`, or the first if there is one.
fn input(arguments: &ExplainArguments, graph: &Graph) -> Result<Option<usize>, Failure> {
    let names: Vec<String> = (0..graph.input_count() as u32).map(|node| graph.name(node)).collect();
    match &arguments.wrt {
        None => Ok((!names.is_empty()).then_some(0)),
        Some(name) => match names.iter().position(|known| known == name) {
            Some(at) => Ok(Some(at)),
            None => {
                let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                Err(Failure::input(format!("--wrt: there is no input {name:?}; the inputs: {known}")))
            }
        },
    }
}

/// In words and tables.
pub(crate) fn print(
    graph: &Graph,
    input: Option<usize>,
    with_paths: bool,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let Statistics { operations, edges, depth, paths, .. } = graph.statistics();
    let trace = graph.trace(0, input);
    let output = graph.name(trace.output);
    let outputs = match graph.output_nodes().len() {
        1 => String::new(),
        outputs => format!("Of {outputs} outputs the first is explained, {output}. "),
    };
    let tangents = if input.is_some() { "tangents beside them, " } else { "" };
    let about = format!(
        "{}, {}, {depth} deep. {outputs}Values from the top down, {tangents}adjoints from the bottom up.",
        counted(operations, "operation"),
        counted(edges, "edge"),
    );
    writeln!(out, "{}\n", terminal::prose(&about, 0))?;
    writeln!(out, "{}\n", tables(graph, &trace, terminal::width()))?;
    let tree = if graph.nodes().len() <= MOST_IN_TREE { graph.tree(0) } else { String::new() };
    // Lines that break are no tree.
    if !tree.is_empty() && tree.lines().all(|line| line.chars().count() <= terminal::width()) {
        writeln!(out, "{tree}")?;
    }
    writeln!(out, "Backward phase: δ({output}) = 1.")?;
    for (step, Contribution { sentence, .. }) in graph.backward_phase(0).iter().enumerate() {
        writeln!(out, "{}", terminal::prose(&format!("{:>3}. {sentence}", step + 1), 5))?;
    }
    if !graph.guards().is_empty() {
        writeln!(out, "\nThe course that the function takes depends on:")?;
    }
    for guard in graph.guards() {
        writeln!(out, "{}", terminal::prose(&format!("  {}", graph.guard_formula(guard)), 4))?;
    }
    if let (true, Some(input)) = (with_paths, input) {
        print_paths(graph, &trace, input, &paths[0][input].to_string(), out)?;
    }
    let entries: Vec<String> = gradient(graph)
        .into_iter()
        .zip(&trace.rows)
        .map(|(derivative, row)| format!("∂{output}/∂{} = {}", row.name, number(derivative)))
        .collect();
    let entries = if entries.is_empty() { "none, for there are no inputs".to_owned() } else { entries.join(", ") };
    writeln!(out, "\n{}", terminal::prose(&format!("Gradient: {entries}"), 2))?;
    if trace.rows.iter().zip(gradient(graph)).any(|(row, derivative)| row.adjoint.is_nan() && !derivative.is_nan()) {
        let why = "Where infinities of both signs meet, δ is NaN; the gradient there is taken forwards.";
        writeln!(out, "{}", terminal::prose(why, 0))?;
    }
    for place in graph.doubtful() {
        writeln!(out, "{}", terminal::prose(&place.to_string(), 2))?;
    }
    if let Some(found) = graph.non_finite() {
        for line in format!("\nNot finite: {found}").lines() {
            writeln!(out, "{}", terminal::prose(line, 2))?;
        }
    }
    Ok(())
}

/// The trace as one table, or as two where that would be wider than there is room: forward and backward phase.
fn tables(graph: &Graph, trace: &Trace, width: usize) -> String {
    let tangent = trace.input.map(|input| format!("tangent\n∂/∂{}", graph.name(input as u32)));
    let adjoint = format!("adjoint δ\n∂{}/∂", graph.name(trace.output));
    let values = ["node", "formula", "value"].into_iter().chain(tangent.as_deref());
    let forward = |row: &TraceRow| {
        let is_input = matches!(graph.nodes()[row.node as usize].step, Step::Input(_));
        let formula = if is_input { "input".to_owned() } else { row.formula.clone() };
        let tangent = trace.input.map(|_| number(row.tangent));
        [row.name.clone(), formula, number(row.value)].into_iter().chain(tangent)
    };
    let backward = |row: &TraceRow| [number(row.adjoint), graph.local_equations(row).join("\n")];
    let derivatives = [adjoint.as_str(), "local derivatives"];
    let mut both = Table::new(values.clone().chain(derivatives), 1);
    both.rows.extend(trace.rows.iter().map(|row| forward(row).chain(backward(row)).collect()));
    let whole = table::with_text(&both, &[1, both.titles.len() - 1], None);
    if whole.lines().all(|line| line.chars().count() <= width) {
        return whole;
    }
    let mut first = Table::new(values, 1);
    first.rows.extend(trace.rows.iter().map(|row| forward(row).collect()));
    let mut second = Table::new(["node"].into_iter().chain(derivatives), 1);
    second.rows.extend(trace.rows.iter().map(|row| [row.name.clone()].into_iter().chain(backward(row)).collect()));
    let [first, second] = [(first, 1), (second, 2)].map(|(table, text)| table::with_text(&table, &[text], Some(width)));
    format!("{first}\n\n{second}")
}

fn print_paths(graph: &Graph, trace: &Trace, input: usize, count: &str, out: &mut impl Write) -> Result<(), Failure> {
    let (name, output) = (graph.name(input as u32), graph.name(trace.output));
    let edges = graph.statistics().edges;
    let about = format!(
        "Paths from {name} to {output}: {count}, over {}. Backpropagation visits an edge once at most.",
        counted(edges, "edge")
    );
    writeln!(out, "\n{}", terminal::prose(&about, 0))?;
    let paths = graph.paths(0, input, MOST_PATHS);
    for path in &paths {
        let way: Vec<String> = path.nodes.iter().map(|&node| graph.name(node)).collect();
        let zero = if path.partials.contains(&0.0) { " (a factor 0: the path adds nothing)" } else { "" };
        let line = format!("  {}: {}{zero}", way.join(" → "), path.equation());
        writeln!(out, "{}", terminal::prose(&line, 4))?;
    }
    let sentence = if count != paths.len().to_string() {
        format!("  the first {} of them are shown", paths.len())
    } else {
        let (sum, delta) = (paths.iter().fold(0.0, |sum, path| sum + path.product), trace.rows[input].adjoint);
        let is_same = sum == delta || sum.is_nan() && delta.is_nan();
        match (paths.len(), is_same) {
            (0, _) => format!("  no path leads there: ∂{output}/∂{name} = {}", number(delta)),
            (_, true) => format!("  their sum: ∂{output}/∂{name} = {}", number(sum)),
            // The backward phase multiplies and adds in another order.
            (_, false) => {
                format!(
                    "  their sum: {}; in the order of the backward phase ∂{output}/∂{name} = {}",
                    number(sum),
                    number(delta)
                )
            }
        }
    };
    Ok(writeln!(out, "{}", terminal::prose(&sentence, 4))?)
}
