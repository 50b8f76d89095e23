//! The charts and tables of a training: loss and divergence of the trajectories against the step, and what they cost.

use super::chart::{Axis, Chart, Point, Scale, Series, Unit, View};
use crate::compare::units::{in_width, seconds, significant, ulps};
use crate::table::Table;
use crate::text::grouped;
use crate::train::{Training, Trajectory};

/// How many characters a number takes at most.
const NUMBER: usize = 12;

/// The most points of a line: more would not be seen.
const POINTS: usize = 400;

/// About so many of the numbers 0 to `last`, the first and the last among them.
fn thinned(last: usize, count: usize) -> Vec<usize> {
    let mut steps: Vec<usize> = (0..=count.min(last)).map(|i| last * i / count.min(last).max(1)).collect();
    steps.dedup();
    steps
}

fn step_axis() -> Axis {
    Axis { label: "step".to_owned(), scale: Scale::Linear, unit: Unit::Count }
}

fn loss_view(training: &Training, name: &str, scale: Scale) -> View {
    let series = |it: &Trajectory| {
        let point = |step: usize| {
            let loss = it.losses[step];
            Point { x: step as f64, y: loss, text: in_width(loss, NUMBER) }
        };
        Series {
            name: it.mode.to_string(),
            style: it.mode.style(),
            points: thinned(it.steps(), POINTS).into_iter().map(point).collect(),
        }
    };
    let y = Axis { label: "mean loss".to_owned(), scale, unit: Unit::Plain };
    let series = training.trajectories.iter().map(series).collect();
    View { name: name.to_owned(), x: step_axis(), y, series, band: None, marks: Vec::new() }.shown()
}

/// Between which trajectories the differences are.
fn farthest(training: &Training) -> String {
    match &training.trajectories[..] {
        [first, other] => format!("{} to {}", first.mode, other.mode),
        [first, ..] => format!("{} to others", first.mode),
        [] => String::new(),
    }
}

fn divergence_view(training: &Training, name: &str, relative: bool) -> View {
    let point = |step: usize| {
        let (y, text) = if relative {
            (training.divergence[step], format!("{:.2e} of the largest parameter", training.divergence[step]))
        } else {
            let ulps = training.divergence_ulps[step];
            (ulps as f64, format!("{} ulp", grouped(ulps)))
        };
        Point { x: step as f64, y, text }
    };
    let points = match training.divergence.len().checked_sub(1) {
        Some(last) => thinned(last, POINTS).into_iter().map(point).collect(),
        None => Vec::new(),
    };
    let (label, scale) = if relative {
        ("difference over largest parameter", Scale::Log)
    } else {
        ("largest difference, ulp", Scale::Log1p)
    };
    let y = Axis { label: label.to_owned(), scale, unit: Unit::Plain };
    let series = vec![Series { name: farthest(training), style: 1, points }];
    View { name: name.to_owned(), x: step_axis(), y, series, band: None, marks: Vec::new() }.shown()
}

pub(super) fn charts(training: &Training) -> Vec<Chart> {
    let charts = [
        Chart {
            id: "loss",
            title: "The descent".to_owned(),
            description: "The mean loss over all samples against the step, for each mode.".to_owned(),
            views: vec![loss_view(training, "Logarithmic", Scale::Log), loss_view(training, "Linear", Scale::Linear)],
        },
        Chart {
            id: "divergence",
            title: "How far the trajectories diverge".to_owned(),
            description:
                "The largest difference of a parameter between the first trajectory and another against the step."
                    .to_owned(),
            views: vec![divergence_view(training, "Relative", true), divergence_view(training, "In ulp", false)],
        },
    ];
    let shown = charts.into_iter().map(|mut chart| {
        chart.views.retain(|view| !view.series.is_empty());
        chart
    });
    shown.filter(|chart| !chart.views.is_empty()).collect()
}

/// Parameters × samples × steps, multiplied out for each mode.
pub(crate) fn costs(training: &Training) -> Table {
    let mut table = Table::new(
        [
            "mode",
            "gradients",
            "samples\nof all",
            "× passes",
            "= loss\nevaluations",
            "operations\nat start",
            "time",
            "× loss",
        ],
        1,
    );
    let row = |it: &Trajectory| {
        vec![
            it.mode.to_string(),
            grouped(it.cost.gradients),
            grouped(it.cost.samples),
            grouped(it.mode.evaluations(training.parameters) as u64),
            grouped(it.cost.evaluations),
            grouped(it.cost.operations.total()),
            seconds(it.cost.seconds),
            it.gradient_over_loss().map_or(String::new(), significant),
        ]
    };
    table.rows.extend(training.trajectories.iter().map(row));
    table
}

/// About so many steps, the first and the last among them: the losses, the norm of the first gradient, and how far the trajectories
/// diverge.
pub(crate) fn steps(training: &Training, shown: usize) -> Table {
    let mut titles = vec!["step".to_owned()];
    titles.extend(training.trajectories.iter().map(|it| format!("loss by\n{}", it.mode)));
    titles.push("norm of\ngradient".to_owned());
    let diverges = !training.divergence.is_empty();
    if diverges {
        titles.extend(["divergence,\nulp".to_owned(), "divergence,\nrelative".to_owned()]);
    }
    let mut table = Table::new(titles, 0);
    let row = |step: usize| {
        let mut row = vec![grouped(step as u64)];
        let loss = |it: &Trajectory| it.losses.get(step).map_or(String::new(), |&loss| in_width(loss, NUMBER));
        row.extend(training.trajectories.iter().map(loss));
        let norm = training.trajectories[0].gradient_norms.get(step).filter(|norm| norm.is_finite());
        row.push(norm.map_or(String::new(), |norm| format!("{norm:.3e}")));
        if diverges {
            row.push(training.divergence_ulps.get(step).map_or(String::new(), |&it| ulps(it)));
            row.push(training.divergence.get(step).map_or(String::new(), |it| format!("{it:.1e}")));
        }
        row
    };
    let last = training.trajectories.iter().map(Trajectory::steps).max().unwrap_or(0);
    table.rows.extend(thinned(last, shown).into_iter().map(row));
    table
}
