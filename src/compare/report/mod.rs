//! The report page: what a comparison or a training found, as one HTML file that loads nothing from elsewhere.
//!
//! [`page`] shows a [`Sweep`]: sentences with the figures of the run, charts of the cost against n, counted
//! and measured, of the tape and of the agreement, and a table with every figure. [`training_page`] does the same for a
//! [`Training`]. [`plot`] is one chart as SVG. [`explain_page`] steps through the forward and the backward phase of a
//! [`Graph`](crate::graph::Graph).

mod chart;
mod context;
mod cost;
mod explain_page;
mod plot;
mod sentences;
mod sweep_charts;
pub(crate) mod training_charts;

pub use explain_page::explain_page;
pub use plot::plot;
pub use sentences::{sweep_sentences, training_sentences, training_shape};

use super::comparison::Comparison;
use super::family::About;
use super::sweep::Sweep;
use crate::table::Table;
use crate::text::grouped;
use crate::train::Training;
use askama::Template;
use chart::Chart;
use context::Context;

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

/// The rows of one comparison.
struct Group {
    inputs: String,
    outputs: String,
    rows: Vec<Vec<String>>,
}

impl Group {
    fn of(comparison: &Comparison) -> Self {
        let (inputs, outputs) = (grouped(comparison.inputs() as u64), grouped(comparison.outputs() as u64));
        Self { inputs, outputs, rows: comparison.table().rows }
    }
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
    context: Context<'a>,
    sentences: Vec<String>,
    figures: Vec<Figure>,
    data: String,
    titles: Vec<String>,
    groups: Vec<Group>,
    kinds: Option<Kinds>,
}

/// A sweep as a page, made by a command that it tells.
#[must_use]
pub fn page(sweep: &Sweep, command: &str) -> String {
    let charts = sweep_charts::charts(sweep);
    let page = SweepPage {
        about: &sweep.about,
        context: Context::new(command),
        sentences: sweep_sentences(sweep),
        figures: charts.iter().map(Figure::of).collect(),
        data: data(&charts),
        titles: sweep.comparisons.first().map_or(Vec::new(), |it| it.table().titles),
        groups: sweep.comparisons.iter().map(Group::of).collect(),
        kinds: sweep.comparisons.last().map(kinds),
    };
    page.render().expect("text is written into text")
}

#[derive(Template)]
#[template(path = "training.html", config = "src/compare/report/askama.toml")]
struct TrainingPage<'a> {
    about: &'a About,
    context: Context<'a>,
    training: &'a Training,
    shape: String,
    sentences: Vec<String>,
    figures: Vec<Figure>,
    data: String,
    costs: Table,
    steps: Table,
}

/// A training as a page, made by a command that it tells.
#[must_use]
pub fn training_page(about: &About, training: &Training, command: &str) -> String {
    let charts = training_charts::charts(training);
    let page = TrainingPage {
        about,
        context: Context::new(command),
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
