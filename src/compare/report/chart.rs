//! A chart as data: what the page's script and the plots draw from.

use serde::Serialize;

/// A chart, in one or several views to switch between.
#[derive(Serialize)]
pub(super) struct Chart {
    pub(super) id: &'static str,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) views: Vec<View>,
}

/// One picture of a chart.
#[derive(Serialize)]
pub(super) struct View {
    pub(super) name: String,
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) series: Vec<Series>,
    pub(super) band: Option<Band>,
    pub(super) marks: Vec<Mark>,
}

#[derive(Clone, Serialize)]
pub(super) struct Axis {
    pub(super) label: String,
    pub(super) scale: Scale,
    pub(super) unit: Unit,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Scale {
    Linear,
    /// Values above 0.
    Log,
    /// log(1 + v): values from 0 on.
    Log1p,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Unit {
    Count,
    Seconds,
    Bytes,
    Times,
    Plain,
}

/// Points joined by a line. The style says which colour, dash and marker: the same for the same thing in all charts.
#[derive(Serialize)]
pub(super) struct Series {
    pub(super) name: String,
    pub(super) style: usize,
    pub(super) points: Vec<Point>,
}

#[derive(Clone, Serialize)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
    /// The exact figure.
    pub(super) text: String,
}

/// An area between two lines.
#[derive(Serialize)]
pub(super) struct Band {
    pub(super) name: String,
    /// x, from, to.
    pub(super) points: Vec<[f64; 3]>,
}

/// A line from bottom to top.
#[derive(Serialize)]
pub(super) struct Mark {
    pub(super) x: f64,
    pub(super) name: String,
}

impl Scale {
    /// Where a value stands, up to shift and scale.
    pub(super) fn place(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log => value.log10(),
            Self::Log1p => (1.0 + value).log10(),
        }
    }

    /// The value that stands there.
    pub(super) fn value(self, place: f64) -> f64 {
        match self {
            Self::Linear => place,
            Self::Log => 10_f64.powf(place),
            Self::Log1p => 10_f64.powf(place) - 1.0,
        }
    }

    /// Whether a value has a place.
    pub(super) fn shows(self, value: f64) -> bool {
        value.is_finite()
            && match self {
                Self::Linear => true,
                Self::Log => value > 0.0,
                Self::Log1p => value >= 0.0,
            }
    }
}

impl View {
    /// Leaves out the points that the axes cannot show, and the series without any.
    pub(super) fn shown(mut self) -> Self {
        let (x, y) = (self.x.scale, self.y.scale);
        for series in &mut self.series {
            series.points.retain(|point| x.shows(point.x) && y.shows(point.y));
            series.points.sort_by(|a, b| a.x.total_cmp(&b.x));
        }
        self.series.retain(|series| !series.points.is_empty());
        if let Some(band) = &mut self.band {
            band.points.retain(|&[at, from, to]| x.shows(at) && y.shows(from) && y.shows(to));
            band.points.sort_by(|a, b| a[0].total_cmp(&b[0]));
        }
        self.band = self.band.filter(|band| band.points.len() > 1);
        self
    }
}
