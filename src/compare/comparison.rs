//! What a comparison of the modes found: derivatives, agreement and costs.

use super::check::Check;
use super::doubts::Doubts;
use super::timing::Timing;
use crate::choose::Choice;
use crate::compare::units::{bytes, seconds, significant, ulps};
use crate::counted::Counts;
use crate::mode::Mode;
use crate::program::ProgramStatistics;
use crate::table::Table;
use crate::text::{counted, grouped};
use nalgebra::DMatrix;
use std::fmt;

/// A function at a point, differentiated in several ways: what each found, and what it cost.
///
/// From [`compare`](super::compare()). Prints as a table with a verdict,
/// and with feature `serde` serialises.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Comparison {
    /// The name of the function; empty if it has none.
    pub model: String,
    /// The point, n numbers.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub x: Vec<f64>,
    /// f(x), m numbers.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub value: Vec<f64>,
    /// The function itself, evaluated once in `f64`.
    pub primal: Cost,
    /// What each mode found, in the order of [`Mode::ALL`].
    pub modes: Vec<Derivatives>,
    /// The modes that were asked for and would have taken too long.
    pub left_out: Vec<LeftOut>,
    /// What reverse mode records: nodes, which are joins of two numbers, the terms of dot products and half those of other sums …
    pub tape_nodes: usize,
    /// … and their bytes, 24 a node and 8 a sum.
    pub tape_bytes: usize,
    /// What [`Mode::Program`] compiled, if it ran.
    pub program: Option<ProgramCost>,
    /// The mode that the shape of the function suggests.
    pub choice: Choice,
    /// The derivatives held against extrapolated differences; none if no exact mode ran, or it would have taken too long.
    pub check: Option<Check>,
    /// Where a derivative may have been lost; none if the function is too large to look, which its JSON says in words.
    #[cfg_attr(feature = "serde", serde(serialize_with = "super::doubts::serialize_doubts"))]
    pub doubtful: Option<Doubts>,
}

/// What a program takes where it is used for many points.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ProgramCost {
    /// The time of recording and compiling, once, in seconds.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub building: f64,
    /// What it consists of.
    pub statistics: ProgramStatistics,
    /// Points side by side.
    pub points: usize,
    /// The time of the value and the derivatives at one of them, when all are computed in one run.
    pub time: Timing,
}

/// What one mode found.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Derivatives {
    /// Which mode.
    pub mode: Mode,
    /// The m×n matrix with entry (i, j) = ∂fᵢ/∂xⱼ; one row, the gradient, where m = 1.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub matrix: DMatrix<f64>,
    /// What it took.
    pub cost: Cost,
    /// The largest difference to reverse mode, or if that did not run, to the last mode that did, in units in the last place;
    /// [`u64::MAX`] where one is NaN and the other not.
    pub ulps: u64,
    /// Where: output and input; `None` if there are no derivatives.
    pub at: Option<(usize, usize)>,
    /// The largest difference as a fraction of the largest derivative of the same output; NaN where one is NaN and the
    /// other not. An entry of which cancellation left nothing but rounding counts for little here and for much in ulp.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub relative: f64,
}

/// What something took.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Cost {
    /// How often the function was evaluated.
    pub evaluations: usize,
    /// How often a recording was swept.
    pub sweeps: usize,
    /// Operations on `f64`, by kind, counted and exact: [`Counted`](crate::Counted).
    pub counts: Counts,
    /// How long it took.
    pub time: Timing,
}

/// A mode that did not run, because it would have taken too long.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct LeftOut {
    /// Which mode.
    pub mode: Mode,
    /// How long it would have taken, in seconds, roughly: its evaluations at the time of the primal.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub estimate: f64,
}

/// The longest that a program may take to be built, in seconds: the memory it takes grows with it.
pub(super) const LONGEST_BUILDING: f64 = 2.0;

impl LeftOut {
    /// Whether it runs with a longer time limit: a program beyond a bound of its own is never built.
    #[must_use]
    pub fn depends_on_time_limit(&self) -> bool {
        self.mode != Mode::Program || self.estimate <= LONGEST_BUILDING
    }
}

/// A sentence without its full stop.
impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.mode {
            Mode::Program => "recording and compiling",
            _ => "its bare evaluations of f",
        };
        write!(f, "{} was left out, for {what} would take about {}", self.mode, seconds(self.estimate))
    }
}

/// One mode of one comparison as a flat record, for a file.
#[cfg(feature = "cli")]
#[derive(serde::Serialize)]
pub(crate) struct Row {
    model: String,
    inputs: usize,
    outputs: usize,
    mode: &'static str,
    evaluations: usize,
    sweeps: usize,
    operations: u64,
    operations_over_primal: f64,
    seconds: f64,
    seconds_lower: f64,
    seconds_upper: f64,
    time_over_primal: f64,
    tape_nodes: usize,
    tape_bytes: usize,
    ulps: Option<u64>,
    relative: Option<f64>,
    contradicted: Option<usize>,
    doubtful: Option<usize>,
}

impl Comparison {
    /// How many inputs: n.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.x.len()
    }

    /// How many outputs: m.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.value.len()
    }

    /// What a mode found, if it ran.
    #[must_use]
    pub fn of(&self, mode: Mode) -> Option<&Derivatives> {
        self.modes.iter().find(|derivatives| derivatives.mode == mode)
    }

    /// A mode's operations over those of the primal, both counted; nothing for a function without operations.
    #[must_use]
    pub fn operations_over_primal(&self, mode: Mode) -> Option<f64> {
        let primal = self.primal.counts.total();
        let found = self.of(mode).filter(|_| primal > 0)?;
        Some(found.cost.counts.total() as f64 / primal as f64)
    }

    /// A mode's median time over that of the primal.
    #[must_use]
    pub fn time_over_primal(&self, mode: Mode) -> Option<f64> {
        self.of(mode).map(|it| it.cost.time.median / self.primal.time.median)
    }

    /// A program's median time for one of many points over that of the primal.
    #[must_use]
    pub fn batch_over_primal(&self) -> Option<f64> {
        self.program.map(|it| it.time.median / self.primal.time.median)
    }

    /// The primal and every mode that ran, as flat records.
    #[cfg(feature = "cli")]
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row> {
        let row = |mode, cost: &Cost, found: Option<&Derivatives>| Row {
            model: self.model.clone(),
            inputs: self.inputs(),
            outputs: self.outputs(),
            mode,
            evaluations: cost.evaluations,
            sweeps: cost.sweeps,
            operations: cost.counts.total(),
            operations_over_primal: cost.counts.total() as f64 / self.primal.counts.total() as f64,
            seconds: cost.time.median,
            seconds_lower: cost.time.lower,
            seconds_upper: cost.time.upper,
            time_over_primal: cost.time.median / self.primal.time.median,
            tape_nodes: if cost.sweeps > 0 { self.tape_nodes } else { 0 },
            tape_bytes: if cost.sweeps > 0 { self.tape_bytes } else { 0 },
            ulps: found.map(|it| it.ulps),
            relative: found.map(|it| it.relative),
            contradicted: self.check.as_ref().map(|check| check.differing),
            doubtful: self.doubtful.as_ref().map(|doubts| doubts.count),
        };
        let primal = std::iter::once(row("primal", &self.primal, None));
        primal.chain(self.modes.iter().map(move |it| row(it.mode.name(), &it.cost, Some(it))))
    }

    /// A row for the function itself and for each mode that ran, and one for a program over many points.
    pub(crate) fn table(&self) -> Table {
        let reference = self.of(Mode::Reverse).or(self.modes.last()).map(|it| it.mode.name());
        let ulp = reference.map_or("ulp".to_owned(), |name| format!("to {name}:\nulp"));
        let titles = [
            "",
            "evaluations",
            "sweeps",
            "operations",
            "× f",
            "time",
            "middle half",
            "× f",
            "tape",
            &ulp,
            "at",
            "relative",
        ];
        let mut table = Table::new(titles, 1);
        let row = |name: String, cost: &Cost, found: Option<&Derivatives>| {
            let operations = cost.counts.total();
            let tape = format!("{}, {} B", counted(self.tape_nodes, "node"), grouped(self.tape_bytes as u64));
            let place = found.filter(|it| it.ulps > 0).and_then(|it| it.at);
            vec![
                name,
                grouped(cost.evaluations as u64),
                grouped(cost.sweeps as u64),
                grouped(operations),
                significant(operations as f64 / self.primal.counts.total() as f64),
                seconds(cost.time.median),
                format!("{} – {}", seconds(cost.time.lower), seconds(cost.time.upper)),
                significant(cost.time.median / self.primal.time.median),
                if cost.sweeps > 0 { tape } else { String::new() },
                found.map_or(String::new(), |it| ulps(it.ulps)),
                place.map_or(String::new(), |(i, j)| {
                    if self.outputs() == 1 { format!("x[{j}]") } else { format!("f[{i}], x[{j}]") }
                }),
                found.map_or(String::new(), |it| format!("{:.1e}", it.relative)),
            ]
        };
        table.rows.push(row("f itself".to_owned(), &self.primal, None));
        table.rows.extend(self.modes.iter().map(|it| row(it.mode.to_string(), &it.cost, Some(it))));
        // As the verdict has it: what one of many points takes.
        if let (Some(program), Some(times)) = (self.program, self.batch_over_primal()) {
            let mut row = vec![String::new(); titles.len()];
            row[0] = format!("program, {}", counted(program.points, "point"));
            (row[5], row[7]) = (seconds(program.time.median), significant(times));
            row[6] = format!("{} – {}", seconds(program.time.lower), seconds(program.time.upper));
            table.rows.push(row);
        }
        table
    }
}

/// A table, one line a mode, and the verdict.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.model.is_empty() { "f" } else { &self.model };
        writeln!(f, "{name}: {}, {}", counted(self.inputs(), "input"), counted(self.outputs(), "output"))?;
        write!(f, "{}", self.table().columns(&[0, 1, 2, 3, 4, 5, 7, 9]))?;
        for left_out in &self.left_out {
            writeln!(f, "{left_out}.")?;
        }
        if self.of(Mode::Reverse).is_some() {
            writeln!(f, "tape: {}, {}", counted(self.tape_nodes, "node"), bytes(self.tape_bytes as f64))?;
        }
        for remark in self.remarks() {
            writeln!(f, "{remark}")?;
        }
        f.write_str(&self.verdict())
    }
}
