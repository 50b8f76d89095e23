//! What a comparison says in sentences: the verdict, and what speaks against the derivatives.

use super::check::Mismatch;
use super::comparison::Comparison;
use super::doubts::not_looked_for;
use crate::compare::units::{capitalised, seconds, significant};
use crate::mode::Mode;
use crate::text::{counted, grouped};

impl Comparison {
    /// Which mode the shape suggests; nothing where the modes that it weighs were not both asked for.
    pub(in crate::compare) fn advice(&self) -> Option<String> {
        let is_asked_for = |mode| self.of(mode).is_some() || self.left_out.iter().any(|left_out| left_out.mode == mode);
        let weighed = [Mode::Forward, Mode::Chunked].into_iter().any(is_asked_for) && is_asked_for(Mode::Reverse);
        let is_choice = self.inputs() > 0 && self.outputs() > 0;
        let choice = self.choice.to_string();
        let said = if is_choice { choice.as_str() } else { choice.split_once(": ").map_or("", |(_, nothing)| nothing) };
        (weighed || !is_choice).then(|| format!("{}.", capitalised(said)))
    }

    /// Which mode to take for this function and why, if both were asked for, and what the derivatives were held against: in a few
    /// sentences with the figures of this comparison.
    #[must_use]
    pub fn verdict(&self) -> String {
        let mut verdict = self.advice().unwrap_or_default();
        let chosen = self.choice.mode;
        if self.inputs() == 0 || self.outputs() == 0 {
            return verdict;
        }
        let exact = self.modes.iter().filter(|it| it.mode != Mode::Differences);
        let fastest = exact.min_by(|a, b| a.cost.time.median.total_cmp(&b.cost.time.median));
        if let (Some(_), Some(fastest)) = (self.of(chosen), fastest) {
            let times = |mode| self.time_over_primal(mode).map_or(f64::NAN, |times| times);
            let counted = self
                .operations_over_primal(chosen)
                .map(|counted| format!("{} times the function's own operations and ", significant(counted)));
            let counted = counted.unwrap_or_default();
            verdict +=
                &format!(" Here {chosen} took {counted}{} times the function's time", significant(times(chosen)));
            // Told apart where the table tells them apart.
            let is_fastest = significant(times(fastest.mode)) == significant(times(chosen));
            verdict += &if is_fastest {
                let others = self.modes.iter().filter(|it| it.mode != chosen && it.mode != Mode::Differences);
                let others: Vec<String> =
                    others.map(|it| format!("{} took {} times", it.mode, significant(times(it.mode)))).collect();
                if others.is_empty() { ".".to_owned() } else { format!("; {}.", others.join(", ")) }
            } else {
                format!("; {} was faster, at {} times.", fastest.mode, significant(times(fastest.mode)))
            };
            if self.of(Mode::Differences).is_some() && times(Mode::Differences) < times(fastest.mode) {
                verdict += &format!(
                    " Central differences took {} times, but are not exact.",
                    significant(times(Mode::Differences))
                );
            }
        }
        if let (Some(program), Some(times)) = (self.program, self.batch_over_primal()) {
            verdict += &format!(
                " Compiled in {}, a program took {} times the function's time for each of {} at once.",
                seconds(program.building),
                significant(times),
                counted(program.points, "point"),
            );
        }
        verdict += &match &self.check {
            Some(check) => format!(" {}.", capitalised(&check.to_string())),
            None => " The derivatives were not held against differences.".to_owned(),
        };
        if self.doubtful.is_none() {
            verdict += &format!(" Places where a derivative may have been lost are {}.", not_looked_for());
        }
        verdict.trim_start().to_owned()
    }

    /// What speaks against the derivatives: those that differences contradict, and the places where one may have been lost;
    /// a line for each of the first.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        const MOST: usize = 5;
        let mut lines = Vec::new();
        let mut few = |count: usize, what: &str, found: &mut dyn Iterator<Item = String>| {
            lines.extend(found.take(MOST));
            if count > MOST {
                lines.push(format!("{} more {what}", grouped((count - MOST) as u64)));
            }
        };
        if let Some(check) = &self.check {
            let contradicted = |it: &Mismatch| format!("contradicted: {it}");
            few(check.differing, "derivatives are contradicted", &mut check.mismatches.iter().map(contradicted));
        }
        if let Some(doubts) = &self.doubtful {
            let more = "places where a derivative may have been lost";
            few(doubts.count, more, &mut doubts.places.iter().map(ToString::to_string));
        }
        lines
    }
}
