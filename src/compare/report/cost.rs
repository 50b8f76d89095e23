//! Which cost a chart or a sentence tells of: the counted or the measured one.

use crate::compare::comparison::Cost;
use crate::compare::units::seconds;
use crate::text::counted;

/// Which cost a chart shows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// Operations, counted: exact, and the same on every machine.
    Counted,
    /// Seconds, measured.
    Time,
}

impl Measure {
    pub(super) fn of(self, cost: &Cost) -> f64 {
        match self {
            Self::Counted => cost.counts.total() as f64,
            Self::Time => cost.time.median,
        }
    }

    pub(super) fn text(self, cost: &Cost) -> String {
        match self {
            Self::Counted => counted(cost.counts.total() as usize, "operation"),
            Self::Time => format!(
                "{} ({} – {} in the middle half of {} runs)",
                seconds(cost.time.median),
                seconds(cost.time.lower),
                seconds(cost.time.upper),
                cost.time.runs
            ),
        }
    }
}
