//! The report page: what a comparison or a training found, as one HTML file that loads nothing from elsewhere.
//!
//! [`page`] shows a [`Sweep`]: sentences with the figures of the run, charts of the cost against n, counted
//! and measured, of the tape and of the agreement, and a table with every figure. [`training_page`] does the same for a
//! [`Training`]. [`plot`] is one chart as SVG. [`explain_page`] steps through the forward and the backward phase of a
//! [`Graph`](crate::graph::Graph).

mod chart;
mod explain_page;
mod plot;
mod sentences;
mod sweep_charts;
pub(crate) mod training_charts;

pub use explain_page::explain_page;
pub use plot::plot;
pub use sentences::{sweep_sentences, training_sentences, training_shape};

use super::comparison::{Comparison, Row};
use super::family::About;
use super::sweep::Sweep;
use crate::compare::table::Table;
use crate::compare::units::{seconds, significant, ulps};
use crate::mode::Mode;
use crate::text::{counted, grouped};
use crate::train::Training;
use askama::Template;
use chart::Chart;

/// Which cost a chart shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Operations, counted: exact, and the same on every machine.
    Counted,
    /// Seconds, measured.
    Time,
}

/// Where a page comes from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Context {
    /// The command that made it.
    pub command: String,
    /// The machine: architecture, system, cores.
    pub machine: String,
}

impl Context {
    /// A page that this machine makes by a command.
    #[must_use]
    pub fn new(command: impl Into<String>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let (arch, os) = (std::env::consts::ARCH, std::env::consts::OS);
        Self { command: command.into(), machine: format!("{arch}, {os}, {}", counted(cores, "core")) }
    }

    /// The version of the crate.
    #[must_use]
    pub fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}

/// A chart with the picture that stands for it where no script runs.
struct Figure {
    id: &'static str,
    title: String,
    description: String,
    views: Vec<String>,
    still: String,
}

impl Figure {
    fn of(chart: &Chart) -> Self {
        Self {
            id: chart.id,
            title: chart.title.clone(),
            description: chart.description.clone(),
            views: chart.views.iter().map(|view| view.name.clone()).collect(),
            still: plot::draw(&chart.title, &chart.views[0]),
        }
    }
}

/// The charts for the script of the page, in JSON that cannot end the element it stands in.
fn data(charts: &[Chart]) -> String {
    serde_json::to_string(charts).expect("charts have string keys and finite numbers").replace('<', "\\u003c")
}

/// A row of the table, as text.
struct Line {
    first: bool,
    span: usize,
    inputs: String,
    outputs: String,
    mode: String,
    evaluations: String,
    sweeps: String,
    operations: String,
    operations_over_primal: String,
    time: String,
    quartiles: String,
    time_over_primal: String,
    tape: String,
    ulps: String,
    place: String,
    relative: String,
}

fn lines(comparison: &Comparison) -> Vec<Line> {
    let rows = comparison.rows();
    let line = |(at, row): (usize, &Row)| {
        let mode = Mode::ALL.into_iter().find(|mode| mode.name() == row.mode);
        let difference = mode.and_then(|mode| comparison.of(mode)).map(|it| it.difference);
        let place = difference.filter(|it| it.ulps > 0).and_then(|it| it.at);
        Line {
            first: at == 0,
            span: rows.len(),
            inputs: grouped(row.inputs as u64),
            outputs: grouped(row.outputs as u64),
            mode: mode.map_or("f itself".to_owned(), |mode| mode.to_string()),
            evaluations: grouped(row.evaluations as u64),
            sweeps: grouped(row.sweeps as u64),
            operations: grouped(row.operations),
            operations_over_primal: significant(row.operations_over_primal),
            time: seconds(row.seconds),
            quartiles: format!("{} – {}", seconds(row.seconds_lower), seconds(row.seconds_upper)),
            time_over_primal: significant(row.time_over_primal),
            tape: if row.sweeps > 0 {
                format!("{}, {} B", counted(row.tape_nodes, "node"), grouped(row.tape_bytes as u64))
            } else {
                String::new()
            },
            ulps: row.ulps.map_or(String::new(), ulps),
            place: place.map_or(String::new(), |(i, j)| {
                if comparison.outputs() == 1 { format!("x[{j}]") } else { format!("f[{i}], x[{j}]") }
            }),
            relative: row.relative.map_or(String::new(), |relative| format!("{relative:.1e}")),
        }
    };
    rows.iter().enumerate().map(line).collect()
}

/// The operations of one comparison by kind: a row for each kind, a column for f and each mode.
struct Kinds {
    inputs: String,
    titles: Vec<String>,
    rows: Vec<(&'static str, Vec<String>)>,
}

fn kinds(comparison: &Comparison) -> Kinds {
    let modes = &comparison.modes;
    let columns = || std::iter::once(&comparison.primal).chain(modes.iter().map(|it| &it.cost));
    let titles = std::iter::once("f itself".to_owned()).chain(modes.iter().map(|it| it.mode.to_string()));
    let rows = crate::Operation::all().filter_map(|kind| {
        let counts: Vec<u64> = columns().map(|cost| cost.counts.get(kind)).collect();
        counts.iter().any(|&count| count > 0).then(|| (kind.name(), counts.into_iter().map(grouped).collect()))
    });
    Kinds { inputs: grouped(comparison.inputs() as u64), titles: titles.collect(), rows: rows.collect() }
}

#[derive(Template)]
#[template(path = "sweep.html", config = "src/compare/report/askama.toml")]
struct SweepPage<'a> {
    about: &'a About,
    context: &'a Context,
    sentences: Vec<String>,
    figures: Vec<Figure>,
    data: String,
    groups: Vec<Vec<Line>>,
    kinds: Option<Kinds>,
}

/// A sweep as a page.
#[must_use]
pub fn page(sweep: &Sweep, context: &Context) -> String {
    let charts = sweep_charts::charts(sweep);
    let page = SweepPage {
        about: &sweep.about,
        context,
        sentences: sweep_sentences(sweep),
        figures: charts.iter().map(Figure::of).collect(),
        data: data(&charts),
        groups: sweep.comparisons.iter().map(lines).collect(),
        kinds: sweep.comparisons.last().map(kinds),
    };
    page.render().expect("text is written into text")
}

#[derive(Template)]
#[template(path = "training.html", config = "src/compare/report/askama.toml")]
struct TrainingPage<'a> {
    about: &'a About,
    context: &'a Context,
    training: &'a Training,
    shape: String,
    sentences: Vec<String>,
    figures: Vec<Figure>,
    data: String,
    costs: Table,
    steps: Table,
}

/// A training as a page.
#[must_use]
pub fn training_page(about: &About, training: &Training, context: &Context) -> String {
    let charts = training_charts::charts(training);
    let page = TrainingPage {
        about,
        context,
        training,
        shape: training_shape(training),
        sentences: training_sentences(training),
        figures: charts.iter().map(Figure::of).collect(),
        data: data(&charts),
        costs: training_charts::costs(training),
        steps: training_charts::steps(training, 25),
    };
    page.render().expect("text is written into text")
}
