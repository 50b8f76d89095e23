//! The charts and tables of a training: loss and difference of the walks against the step, and what they cost.

use super::chart::{Axis, Chart, Point, Scale, Series, Unit, View};
use crate::compare::units::{in_width, seconds, significant};
use crate::text::grouped;
use crate::train::{Training, Walk};

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
    let series = |walk: &Walk| {
        let point = |step: usize| {
            let loss = walk.steps[step].loss;
            Point { x: step as f64, y: loss, text: in_width(loss, NUMBER) }
        };
        Series {
            name: walk.mode.to_string(),
            style: walk.mode.style(),
            points: thinned(walk.steps.len() - 1, POINTS).into_iter().map(point).collect(),
        }
    };
    let y = Axis { label: "mean loss".to_owned(), scale, unit: Unit::Plain };
    let series = training.walks.iter().map(series).collect();
    View { name: name.to_owned(), x: step_axis(), y, series, band: None, marks: Vec::new() }.shown()
}

/// Between which walks the differences are.
fn farthest(training: &Training) -> String {
    match &training.walks[..] {
        [first, other] => format!("{} to {}", first.mode, other.mode),
        [first, ..] => format!("{} to others", first.mode),
        [] => String::new(),
    }
}

fn apart_view(training: &Training, name: &str, relative: bool) -> View {
    let point = |step: usize| {
        let apart = training.apart[step];
        let (y, text) = if relative {
            (apart.relative, format!("{:.2e} of the largest parameter", apart.relative))
        } else {
            (apart.ulps as f64, format!("{} ulp", grouped(apart.ulps)))
        };
        Point { x: step as f64, y, text }
    };
    let points = match training.apart.len().checked_sub(1) {
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
            title: "The walk down".to_owned(),
            description: "The mean loss over all samples against the step, for each mode.".to_owned(),
            views: vec![loss_view(training, "Logarithmic", Scale::Log), loss_view(training, "Linear", Scale::Linear)],
        },
        Chart {
            id: "apart",
            title: "How far the walks are apart".to_owned(),
            description: "The largest difference of a parameter between the first walk and another against the step."
                .to_owned(),
            views: vec![apart_view(training, "Relative", true), apart_view(training, "In ulp", false)],
        },
    ];
    let shown = charts.into_iter().map(|mut chart| {
        chart.views.retain(|view| !view.series.is_empty());
        chart
    });
    shown.filter(|chart| !chart.views.is_empty()).collect()
}

/// Mode, gradients, samples of all of them, passes, evaluations, operations of a gradient, time, time over that of the
/// loss.
pub(super) fn costs(training: &Training) -> Vec<[String; 8]> {
    let line = |walk: &Walk| {
        [
            walk.mode.to_string(),
            grouped(walk.cost.gradients),
            grouped(walk.cost.samples),
            grouped(training.passes(walk.mode) as u64),
            grouped(walk.cost.evaluations),
            grouped(walk.cost.operations.total()),
            seconds(walk.cost.seconds),
            walk.gradient_over_loss().map_or(String::new(), significant),
        ]
    };
    training.walks.iter().map(line).collect()
}

/// Some steps: the step, the loss of each walk, how far they are apart.
pub(super) fn steps(training: &Training) -> Vec<Vec<String>> {
    const SHOWN: usize = 25;
    let last = training.walks.iter().map(|walk| walk.steps.len() - 1).max().unwrap_or(0);
    let line = |step: usize| {
        let losses = training
            .walks
            .iter()
            .map(|walk| walk.steps.get(step).map_or(String::new(), |it| in_width(it.loss, NUMBER)));
        let apart = training.apart.get(step).map(|it| format!("{:.1e}", it.relative));
        std::iter::once(grouped(step as u64)).chain(losses).chain(apart).collect()
    };
    thinned(last, SHOWN).into_iter().map(line).collect()
}
