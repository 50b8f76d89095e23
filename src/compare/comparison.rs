//! What a comparison of the modes found: derivatives, agreement and costs.

use super::check::Check;
use super::measure::LONGEST_BUILDING;
use super::timing::Timing;
use super::verdict::Doubts;
use crate::choose::Choice;
use crate::compare::units::{bytes, seconds, significant};
use crate::counted::Counts;
use crate::mode::Mode;
use crate::program::ProgramStatistics;
use crate::text::counted;
use nalgebra::DMatrix;
use std::fmt;

/// A function at a point, differentiated in several ways: what each found, and what it cost.
///
/// From [`compare`](super::compare()). Prints as a table with a verdict,
/// turns into [rows](Comparison::rows), and with feature `serde` serialises.
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
    /// What reverse mode records.
    pub tape: TapeSize,
    /// What [`Mode::Program`] compiled, if it ran.
    pub program: Option<Compiled>,
    /// The mode that the shape of the function suggests.
    pub choice: Choice,
    /// The derivatives held against extrapolated differences; none if no exact mode ran, or it would have taken too long.
    pub check: Option<Check>,
    /// Where a derivative may have been lost; none if the function is too large to look, which its JSON says in words.
    #[cfg_attr(feature = "serde", serde(serialize_with = "super::verdict::serialize_doubts"))]
    pub doubtful: Option<Doubts>,
}

/// A program, and what it takes where it is used for many points.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Compiled {
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
    /// How far it is from reverse mode, or if that did not run, from the last mode that did.
    pub difference: Difference,
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

/// How far two matrices of derivatives are apart.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Difference {
    /// The largest difference in units in the last place; [`u64::MAX`] where one is NaN and the other not.
    pub ulps: u64,
    /// Where: output and input; `None` if there are no derivatives.
    pub at: Option<(usize, usize)>,
    /// The largest difference as a fraction of the largest derivative of the same output; NaN where one is NaN and the
    /// other not. An entry of which cancellation left nothing but rounding counts for little here and for much in ulp.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub relative: f64,
}

impl Difference {
    pub(super) const NONE: Self = Self { ulps: 0, at: None, relative: 0.0 };
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

/// What a recording takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct TapeSize {
    /// Nodes: joins of two numbers, and half the terms of recorded sums.
    pub nodes: usize,
    /// Bytes, 24 a node and 8 a sum.
    pub bytes: usize,
}

/// One mode of one comparison as a flat record, for a table or a file.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Row {
    /// The name of the function.
    pub model: String,
    /// n.
    pub inputs: usize,
    /// m.
    pub outputs: usize,
    /// `primal`, or the name of a mode.
    pub mode: &'static str,
    /// How often the function was evaluated.
    pub evaluations: usize,
    /// How often a recording was swept.
    pub sweeps: usize,
    /// Operations counted.
    pub operations: u64,
    /// Operations over those of the primal; NaN if that has none.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub operations_over_primal: f64,
    /// Median of the times, in seconds.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub seconds: f64,
    /// Their first quartile.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub seconds_lower: f64,
    /// Their third quartile.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub seconds_upper: f64,
    /// Median over that of the primal.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub time_over_primal: f64,
    /// Nodes that reverse mode recorded; 0 for the others.
    pub tape_nodes: usize,
    /// Bytes of them.
    pub tape_bytes: usize,
    /// Largest difference to reverse mode in ulp; nothing for the primal.
    pub ulps: Option<u64>,
    /// Largest difference as a fraction of the largest derivative; nothing for the primal.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub relative: Option<f64>,
    /// How many derivatives extrapolated differences contradict, by the exact modes; nothing where that was not looked at.
    pub contradicted: Option<usize>,
    /// In how many places a derivative may have been lost; nothing where that was not looked at.
    pub doubtful: Option<usize>,
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
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let row = |mode, cost: &Cost, difference: Option<Difference>| Row {
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
            tape_nodes: if cost.sweeps > 0 { self.tape.nodes } else { 0 },
            tape_bytes: if cost.sweeps > 0 { self.tape.bytes } else { 0 },
            ulps: difference.map(|it| it.ulps),
            relative: difference.map(|it| it.relative),
            contradicted: self.check.as_ref().map(|check| check.differing),
            doubtful: self.doubtful.as_ref().map(|doubts| doubts.count),
        };
        let modes = self.modes.iter().map(|it| row(it.mode.name(), &it.cost, Some(it.difference)));
        std::iter::once(row("primal", &self.primal, None)).chain(modes).collect()
    }
}

/// A table, one line a mode, and the verdict.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.model.is_empty() { "f" } else { &self.model };
        writeln!(f, "{name}: {}, {}", counted(self.inputs(), "input"), counted(self.outputs(), "output"))?;
        writeln!(
            f,
            "{:<22} {:>11} {:>6} {:>14} {:>8} {:>10} {:>8} {:>10}",
            "", "evaluations", "sweeps", "operations", "× f", "time", "× f", "ulp"
        )?;
        let title = |mode: &'static str| match Mode::ALL.into_iter().find(|it| it.name() == mode) {
            Some(mode) => mode.to_string(),
            None => "f itself".to_owned(),
        };
        for row in self.rows() {
            let ulps = match (row.ulps, row.mode) {
                (Some(_), "differences") | (None, _) => String::new(),
                (Some(u64::MAX), _) => "NaN".to_owned(),
                (Some(ulps), _) => ulps.to_string(),
            };
            writeln!(
                f,
                "{:<22} {:>11} {:>6} {:>14} {:>8} {:>10} {:>8} {ulps:>10}",
                title(row.mode),
                row.evaluations,
                row.sweeps,
                row.operations,
                significant(row.operations_over_primal),
                seconds(row.seconds),
                significant(row.time_over_primal),
            )?;
        }
        for left_out in &self.left_out {
            writeln!(f, "{left_out}.")?;
        }
        if self.of(Mode::Reverse).is_some() {
            writeln!(f, "tape: {}, {}", counted(self.tape.nodes, "node"), bytes(self.tape.bytes as f64))?;
        }
        for remark in self.remarks() {
            writeln!(f, "{remark}")?;
        }
        f.write_str(&self.verdict())
    }
}
