//! What a program does, counted by kind as [`Counted`](crate::Counted) numbers count.

use super::ir::{Id, Ir, NONE, Op};
use super::lanes::Element;
use super::plan::Plan;
use super::program::Program;
use super::schedule::{Schedule, Stage};
use crate::counted::{Counts, Operation};
use crate::rules::{Binary, Ternary, Unary};

impl<T: Element> Program<T> {
    /// The operations of a run over so many samples, as the function and the rules have them: uniform operations once, varying
    /// ones for each sample; a select is a comparison. Samples that run one by one, because they are few, are counted alike,
    /// although each repeats the uniform operations.
    ///
    /// # Complexity
    ///
    /// Time and memory in proportion to the operations of the program.
    #[must_use]
    pub fn counts(&self, samples: usize) -> Counts {
        self.counts_without(samples, None)
    }

    /// [`Program::counts`] without the operations of the prologue that are in `done`, as other programs computed them before. Adds
    /// the others to `done`.
    pub(super) fn counts_without(&self, samples: usize, mut done: Option<&mut Ir>) -> Counts {
        // With exact results and strong zeros, no operations are combined.
        let plan = Plan { exact: true, ..self.plan.clone() };
        let schedule = Schedule::new(&self.source, &plan, true);
        let samples = samples as u64;
        let mut counts = Counts::default();
        let mut ids: Vec<Id> = vec![NONE; schedule.ops.len()];
        for (id, &op) in schedule.ops.iter().enumerate() {
            if !schedule.live[id] {
                continue;
            }
            if let (Stage::Prologue, Some(done)) = (schedule.stage[id], &mut done) {
                let before = done.len();
                ids[id] = done.emit(op.moved(|id| ids[id as usize]));
                if done.len() == before {
                    continue;
                }
            }
            let times = if schedule.stage[id] == Stage::Body { samples } else { 1 };
            match op {
                Op::Input(_) | Op::Constant(_) | Op::Unary(Unary::Detach, _) => {}
                Op::Unary(op, _) => counts.add(Operation::Unary(op), times),
                Op::StrongZeroMul(_) | Op::Binary(Binary::StrongZeroMul, _) => counts.add(Operation::MUL, times),
                Op::Binary(Binary::Excess, _) => counts.add(Operation::SUB, times),
                Op::Binary(op, _) => counts.add(Operation::Binary(op), times),
                Op::MulAdd(_) => counts.add(Operation::Ternary(Ternary::MulAdd), times),
                Op::Select(..) => counts.add(Operation::Comparison, times),
                Op::Reduce([start, end]) => {
                    let terms = &schedule.lists[start as usize..end as usize];
                    let varying = terms.iter().filter(|&&term| schedule.is_varying(term)).count() as u64;
                    let uniform = terms.len() as u64 - varying;
                    counts.add(Operation::MUL, uniform);
                    counts.add(Operation::ADD, (varying * samples + uniform).saturating_sub(1));
                }
            }
        }
        let times = |guard: &[Id; 2]| if guard.iter().any(|&id| schedule.is_varying(id)) { samples } else { 1 };
        counts.add(Operation::Comparison, schedule.guards.iter().map(times).sum());
        counts
    }
}
