//! What a program does, counted by kind as [`Counted`](crate::Counted) numbers count.

use super::batch::Program;
use super::ir::{Id, Ir, NONE, Op};
use super::lanes::Element;
use super::plan::Plan;
use super::stages::{Stage, Staged};
use crate::counted::{Counts, Operation};
use crate::rules::{Binary, Ternary, Unary};

impl<T: Element> Program<T> {
    /// The operations of a run over so many samples, as the function and the rules have them: those on numbers that all
    /// samples share once, the others for each sample; a choice is a comparison. Samples that run one by one, because they
    /// are few, are counted alike, although they compute anew what they share.
    ///
    /// # Complexity
    ///
    /// Time and memory in proportion to the operations of the program.
    #[must_use]
    pub fn counts(&self, samples: usize) -> Counts {
        self.counts_beside(samples, None)
    }

    /// [`Program::counts`] without the operations before the samples that other programs did before, which are all in
    /// `done`.
    pub(super) fn counts_beside(&self, samples: usize, mut done: Option<&mut Ir>) -> Counts {
        // Nothing is made of several operations when zeros absorb and results are exact.
        let plan = Plan { exact: true, ..self.plan.clone() };
        let staged = Staged::new(&self.source, &plan, true);
        let samples = samples as u64;
        let mut counts = Counts::default();
        let mut places: Vec<Id> = vec![NONE; staged.ops.len()];
        for (id, &op) in staged.ops.iter().enumerate() {
            if !staged.live[id] {
                continue;
            }
            if let (Stage::Before, Some(done)) = (staged.stage[id], &mut done) {
                let before = done.len();
                places[id] = done.emit(op.moved(|id| places[id as usize]));
                if done.len() == before {
                    continue;
                }
            }
            let times = if staged.stage[id] == Stage::Sample { samples } else { 1 };
            match op {
                Op::Input(_) | Op::Constant(_) | Op::Unary(Unary::Detach, _) => {}
                Op::Unary(op, _) => counts.add(Operation::Unary(op), times),
                Op::Product(_) | Op::Binary(Binary::MulAbsorbing, _) => counts.add(Operation::MUL, times),
                Op::Binary(Binary::Excess, _) => counts.add(Operation::SUB, times),
                Op::Binary(op, _) => counts.add(Operation::Binary(op), times),
                Op::MulAdd(_) => counts.add(Operation::Ternary(Ternary::MulAdd), times),
                Op::Select(..) => counts.add(Operation::Comparison, times),
                Op::Reduce([start, end]) => {
                    let terms = &staged.lists[start as usize..end as usize];
                    let varying = terms.iter().filter(|&&term| staged.is_sample(term)).count() as u64;
                    let shared = terms.len() as u64 - varying;
                    counts.add(Operation::MUL, shared);
                    counts.add(Operation::ADD, (varying * samples + shared).saturating_sub(1));
                }
            }
        }
        let times = |guard: &[Id; 2]| if guard.iter().any(|&id| staged.is_sample(id)) { samples } else { 1 };
        counts.add(Operation::Comparison, staged.guards.iter().map(times).sum());
        counts
    }
}
