//! A chart as SVG, by plotters.

use super::chart::{Axis, Scale, Series, Unit, View};
use super::cost::Measure;
use super::sweep_charts::cost_view;
use crate::compare::sweep::Sweep;
use crate::compare::units::{bytes, seconds, significant};
use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::*;

const SIZE: (u32, u32) = (960, 600);

/// Colours that readers with any colour vision tell apart (Okabe and Ito 2008): f, differences, forward, chunked, reverse.
const COLOURS: [RGBColor; 7] = [
    RGBColor(90, 90, 90),
    RGBColor(204, 121, 0),
    RGBColor(213, 94, 0),
    RGBColor(0, 138, 100),
    RGBColor(0, 98, 168),
    RGBColor(122, 62, 168),
    RGBColor(168, 32, 95),
];

/// The operations of a sweep against n, counted, as SVG, on logarithmic axes: f itself, every mode, the crossover, and for functions with
/// one output the band of 3 to 5 times f that a gradient should stay in (Griewank).
#[must_use]
pub fn plot(sweep: &Sweep) -> String {
    draw(sweep.about.title, &cost_view(sweep, Measure::Counted, false))
}

/// A view as SVG.
pub(super) fn draw(title: &str, view: &View) -> String {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        // Writing into a string does not fail, and every coordinate is finite.
        render(&area, title, view).expect("a picture is drawn into a string");
    }
    svg
}

/// The range of the places on an axis, with some room; plotters' own axes are linear in the places.
fn range(axis: &Axis, values: impl Iterator<Item = f64>) -> std::ops::Range<f64> {
    let places = values.map(|value| axis.scale.place(value));
    let (low, high) = places.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), p| (l.min(p), h.max(p)));
    let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
    let room = if high > low { 0.04 * (high - low) } else { 0.5 };
    let bottom = if axis.scale == Scale::Log1p { 0.0_f64.min(low) } else { low - room };
    bottom..high + room
}

fn label(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Seconds => seconds(value),
        Unit::Bytes => bytes(value),
        Unit::Times => format!("{} ×", significant(value)),
        Unit::Count | Unit::Plain => significant(value),
    }
}

/// As many labels as an axis has room for, or as decades where it is logarithmic, so that they stand at powers of ten.
fn labels(axis: &Axis, range: &std::ops::Range<f64>) -> usize {
    let decades = (range.end - range.start).floor() as usize + 1;
    if axis.scale == Scale::Linear || decades < 3 { 8 } else { decades }
}

type Failed = DrawingAreaErrorKind<std::io::Error>;

fn render(area: &DrawingArea<SVGBackend<'_>, Shift>, title: &str, view: &View) -> Result<(), DrawingError> {
    area.fill(&WHITE)?;
    let points = || view.series.iter().flat_map(|series| &series.points);
    let band = || view.band.iter().flat_map(|band| &band.points);
    let x = range(&view.x, points().map(|point| point.x));
    let y = range(&view.y, points().map(|point| point.y).chain(band().flat_map(|&[_, from, to]| [from, to])));
    let (place_x, place_y) = (|value: f64| view.x.scale.place(value), |value: f64| view.y.scale.place(value));
    let mut chart = ChartBuilder::on(area)
        .caption(shortened(title), ("sans-serif", 22))
        .margin(16)
        .x_label_area_size(52)
        .y_label_area_size(92)
        .build_cartesian_2d(x.clone(), y.clone())?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc(&view.x.label)
        .y_desc(&view.y.label)
        .x_label_formatter(&|&place| label(view.x.unit, rounded(view.x.scale.value(place))))
        .y_label_formatter(&|&place| label(view.y.unit, rounded(view.y.scale.value(place))))
        .x_labels(labels(&view.x, &x))
        .y_labels(labels(&view.y, &y))
        .label_style(("sans-serif", 15))
        .draw()?;
    if let Some(band) = &view.band {
        let upper = band.points.iter().map(|&[x, _, to]| (place_x(x), place_y(to)));
        let lower = band.points.iter().rev().map(|&[x, from, _]| (place_x(x), place_y(from)));
        let area: Vec<(f64, f64)> = upper.chain(lower).collect();
        let colour = COLOURS[4].mix(0.15);
        chart
            .draw_series(std::iter::once(Polygon::new(area, colour)))?
            .label(&band.name)
            .legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 26, y + 5)], colour.filled()));
    }
    for mark in &view.marks {
        let at = place_x(mark.x);
        let line = DashedPathElement::new([(at, y.start), (at, y.end)], 3, 5, BLACK.mix(0.6));
        chart
            .draw_series(std::iter::once(line))?
            .label(&mark.name)
            .legend(|(x, y)| PathElement::new([(x + 13, y - 6), (x + 13, y + 6)], BLACK.mix(0.6)));
    }
    for Series { name, style, points } in &view.series {
        let colour = COLOURS[style % COLOURS.len()];
        let (dash, gap) = [(1, 0), (2, 6), (14, 0), (12, 6), (14, 0), (14, 0), (6, 3)][style % COLOURS.len()];
        let places = points.iter().map(|point| (place_x(point.x), place_y(point.y)));
        let line = if gap == 0 {
            chart.draw_series(LineSeries::new(places.clone(), colour.stroke_width(2)))?
        } else {
            chart.draw_series(DashedLineSeries::new(places.clone(), dash, gap, colour.stroke_width(2)))?
        };
        let style = *style;
        line.label(name).legend(move |(x, y)| {
            EmptyElement::at((x, y))
                + PathElement::new([(0, 0), (26, 0)], colour.stroke_width(2))
                + marker(style, colour)
        });
        if points.len() <= 60 {
            chart.draw_series(places.map(|place| EmptyElement::at(place) + centred(style, colour)))?;
        }
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.3))
        .label_font(("sans-serif", 15))
        .draw()?;
    area.present()?;
    Ok(())
}

type DrawingError = Failed;

/// A marker for each style, so that lines differ without colour.
fn shape(style: usize, centre: (i32, i32)) -> Vec<(i32, i32)> {
    let (x, y) = centre;
    match style % COLOURS.len() {
        0 => vec![(x - 3, y - 3), (x + 3, y - 3), (x + 3, y + 3), (x - 3, y + 3)],
        1 => vec![(x, y - 5), (x + 5, y + 4), (x - 5, y + 4)],
        2 => vec![(x - 5, y - 4), (x + 5, y - 4), (x, y + 5)],
        3 => vec![(x, y - 5), (x + 5, y), (x, y + 5), (x - 5, y)],
        5 => {
            [(-1, -5), (1, -5), (1, -1), (5, -1), (5, 1), (1, 1), (1, 5), (-1, 5), (-1, 1), (-5, 1), (-5, -1), (-1, -1)]
                .map(|(right, down)| (x + right, y + down))
                .to_vec()
        }
        6 => vec![(x - 5, y - 4), (x + 5, y + 4), (x + 5, y - 4), (x - 5, y + 4)],
        _ => (0..12)
            .map(|i| f64::from(i) * std::f64::consts::TAU / 12.0)
            .map(|a| (x + (4.5 * a.cos()).round() as i32, y + (4.5 * a.sin()).round() as i32))
            .collect(),
    }
}

fn marker(style: usize, colour: RGBColor) -> Polygon<(i32, i32)> {
    Polygon::new(shape(style, (13, 0)), colour)
}

fn centred(style: usize, colour: RGBColor) -> Polygon<(i32, i32)> {
    Polygon::new(shape(style, (0, 0)), colour)
}

/// Without the last digits, which are those of 10ˣ.
fn rounded(value: f64) -> f64 {
    format!("{value:.3e}").parse().expect("a number that was written is read")
}

/// What fits above a picture.
fn shortened(title: &str) -> String {
    if title.chars().count() <= 80 { title.to_owned() } else { title.chars().take(79).chain(['…']).collect() }
}
