//! The charts of a sweep: cost, tape and agreement against n.

use super::chart::{Axis, Band, Chart, Mark, Point, Scale, Series, Unit, View};
use super::cost::Measure;
use super::sentences::listed;
use crate::compare::comparison::{Comparison, Cost};
use crate::compare::sweep::Sweep;
use crate::compare::units::{bytes, seconds, significant};
use crate::mode::Mode;
use crate::text::{counted, grouped};

/// The style of f itself; the modes follow in their order.
const PRIMAL: usize = 0;

impl Mode {
    pub(super) fn style(self) -> usize {
        PRIMAL + 1 + Self::ALL.iter().position(|&it| it == self).expect("every mode is one of all")
    }
}

fn n_axis() -> Axis {
    Axis { label: "n, number of inputs".to_owned(), scale: Scale::Log, unit: Unit::Count }
}

/// The costs, of f and of every mode, in absolute terms or in evaluations of f.
pub(super) fn cost_view(sweep: &Sweep, measure: Measure, over_primal: bool) -> View {
    let scale = |comparison: &Comparison| if over_primal { measure.of(&comparison.primal) } else { 1.0 };
    let point = |comparison: &Comparison, cost: &Cost| {
        let y = measure.of(cost) / scale(comparison);
        let times = if over_primal { format!("{} × f: ", significant(y)) } else { String::new() };
        Point { x: comparison.inputs() as f64, y, text: times + &measure.text(cost) }
    };
    let of_mode = |mode: Mode| Series {
        name: mode.to_string(),
        style: mode.style(),
        points: sweep.comparisons.iter().filter_map(|it| Some(point(it, &it.of(mode)?.cost))).collect(),
    };
    let primal = Series {
        name: "f itself".to_owned(),
        style: PRIMAL,
        points: sweep.comparisons.iter().map(|it| point(it, &it.primal)).collect(),
    };
    let batch = |it: &Comparison| {
        let program = it.program.filter(|_| measure == Measure::Time)?;
        let y = program.time.median / scale(it);
        let times = if over_primal { format!("{} × f: ", significant(y)) } else { String::new() };
        let text = format!("{times}{} for each of {}", seconds(program.time.median), counted(program.points, "point"));
        Some(Point { x: it.inputs() as f64, y, text })
    };
    let in_batches = Series {
        name: "program, batches".to_owned(),
        style: PRIMAL + 1 + Mode::ALL.len(),
        points: sweep.comparisons.iter().filter_map(batch).collect(),
    };
    let one_output = sweep.comparisons.iter().all(|it| it.outputs() == 1);
    let band = one_output.then(|| Band {
        name: "3 to 5 times f: the cheap gradient".to_owned(),
        points: sweep
            .comparisons
            .iter()
            .map(|it| {
                let primal = measure.of(&it.primal) / scale(it);
                [it.inputs() as f64, 3.0 * primal, 5.0 * primal]
            })
            .collect(),
    });
    let crossover = sweep.crossover_or_start(Mode::Reverse, Mode::Chunked, |cost| measure.of(cost));
    let marks = crossover
        .filter(|&(_, from_the_start)| !from_the_start)
        .map(|(n, _)| Mark { x: n, name: format!("reverse cheaper from n ≈ {}", significant(n)) });
    let (name, label, unit) = match (measure, over_primal) {
        (Measure::Counted, false) => ("Counted", "operations", Unit::Count),
        (Measure::Time, false) => ("Measured", "time", Unit::Seconds),
        (Measure::Counted, true) => ("Counted, × f", "operations over those of f", Unit::Times),
        (Measure::Time, true) => ("Measured, × f", "time over that of f", Unit::Times),
    };
    View {
        name: name.to_owned(),
        x: n_axis(),
        y: Axis { label: label.to_owned(), scale: Scale::Log, unit },
        series: std::iter::once(primal).chain(Mode::ALL.map(of_mode)).chain([in_batches]).collect(),
        band,
        marks: marks.into_iter().collect(),
    }
    .shown()
}

fn tape_view(sweep: &Sweep) -> View {
    let recorded = sweep.comparisons.iter().filter(|it| it.of(Mode::Reverse).is_some());
    let point = |it: &Comparison| Point {
        x: it.inputs() as f64,
        y: it.tape_bytes as f64,
        text: format!("{} in {}", bytes(it.tape_bytes as f64), counted(it.tape_nodes, "node")),
    };
    View {
        name: "Tape".to_owned(),
        x: n_axis(),
        y: Axis { label: "bytes recorded".to_owned(), scale: Scale::Log, unit: Unit::Bytes },
        series: vec![Series {
            name: "tape of reverse mode".to_owned(),
            style: Mode::Reverse.style(),
            points: recorded.map(point).collect(),
        }],
        band: None,
        marks: Vec::new(),
    }
    .shown()
}

/// How far the exact modes are from reverse mode in ulp, and all of them relative to the largest derivative.
fn agreement_views(sweep: &Sweep) -> Vec<View> {
    let series = |mode: Mode, y: fn(&Comparison, Mode) -> Option<(f64, String)>| Series {
        name: mode.to_string(),
        style: mode.style(),
        points: sweep
            .comparisons
            .iter()
            .filter_map(|it| y(it, mode).map(|(y, text)| Point { x: it.inputs() as f64, y, text }))
            .collect(),
    };
    let ulps: fn(&Comparison, Mode) -> Option<(f64, String)> = |it, mode| {
        let found = it.of(mode)?;
        // Beyond all measure where one is NaN and the other not: that is said in words.
        (found.ulps < u64::MAX).then(|| (found.ulps as f64, format!("{} ulp", grouped(found.ulps))))
    };
    let relative: fn(&Comparison, Mode) -> Option<(f64, String)> = |it, mode| {
        let relative = it.of(mode)?.relative;
        Some((relative, format!("{relative:.2e} of the largest derivative")))
    };
    let view = |name: &str, y: Axis, series: Vec<Series>| {
        View { name: name.to_owned(), x: n_axis(), y, series, band: None, marks: Vec::new() }.shown()
    };
    vec![
        view(
            "In ulp",
            Axis { label: "largest difference to reverse, ulp".to_owned(), scale: Scale::Log1p, unit: Unit::Plain },
            [Mode::Forward, Mode::Chunked, Mode::Program].map(|mode| series(mode, ulps)).into(),
        ),
        view(
            "Relative",
            Axis { label: "difference over largest derivative".to_owned(), scale: Scale::Log, unit: Unit::Plain },
            [Mode::Differences, Mode::Forward, Mode::Chunked, Mode::Program].map(|mode| series(mode, relative)).into(),
        ),
    ]
}

/// The charts of the page; those without a point are left out.
pub(super) fn charts(sweep: &Sweep) -> Vec<Chart> {
    let what = if sweep.comparisons.iter().all(|it| it.outputs() == 1) { "gradient" } else { "Jacobian" };
    let views = |views: Vec<View>| views.into_iter().filter(|view| !view.series.is_empty()).collect::<Vec<_>>();
    let both = [Measure::Counted, Measure::Time];
    let ran = Mode::ALL.into_iter().filter(|&mode| sweep.comparisons.iter().any(|it| it.of(mode).is_some()));
    let ran: Vec<String> = ran.map(|mode| mode.to_string()).collect();
    let beside = if ran.is_empty() { String::new() } else { format!("by {}, beside that ", listed(&ran)) };
    let reference = if sweep.comparisons.iter().all(|it| it.of(Mode::Reverse).is_some()) {
        "reverse mode"
    } else {
        "reverse mode, or of the last mode that ran where that did not"
    };
    let costs = [false, true].into_iter().flat_map(|over| both.map(|measure| cost_view(sweep, measure, over)));
    let charts = [
        Chart {
            id: "cost",
            title: format!("What a {what} costs"),
            description: format!(
                "The cost of one {what} against the number of inputs, {beside}of the function itself; both axes are \
                 logarithmic. The table below has every figure."
            ),
            views: views(costs.collect()),
        },
        Chart {
            id: "tape",
            title: "What reverse mode remembers".to_owned(),
            description: "Bytes of the tape against the number of inputs; both axes are logarithmic.".to_owned(),
            views: views(vec![tape_view(sweep)]),
        },
        Chart {
            id: "agreement",
            title: "How far the modes agree".to_owned(),
            description: format!(
                "The largest difference of a derivative to that of {reference} against the number of inputs."
            ),
            views: views(agreement_views(sweep)),
        },
    ];
    charts.into_iter().filter(|chart| !chart.views.is_empty()).collect()
}
