//! The paths that a function has been seen to take.

use crate::graph::{Answer, Graph, Guard, Step};
use crate::number::Scalar;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// How many paths without a program are remembered.
const REMEMBERED: usize = 1 << 16;

/// Paths as a tree of answers. A place in it has one question, as the function decides by the answers before what it asks.
#[derive(Clone, Debug)]
pub(super) struct Paths {
    /// Where each answer leads: from a place to the next.
    tree: HashMap<(u32, Answer), u32>,
    /// For each place, a program whose path goes through it.
    through: Vec<u32>,
    /// How often paths that have no program were met, by a hash of their answers.
    met: HashMap<u64, u32>,
}

impl Default for Paths {
    /// With the place where all paths start.
    fn default() -> Self {
        Self { tree: HashMap::new(), through: vec![0], met: HashMap::new() }
    }
}

impl Paths {
    /// A program whose path begins with these answers and then this one.
    pub(super) fn along(&self, guards: &[Guard], answer: Answer) -> Option<usize> {
        let mut place = 0;
        for answer in guards.iter().map(Guard::answer).chain([answer]) {
            place = *self.tree.get(&(place, answer))?;
        }
        Some(self.through[place as usize] as usize)
    }

    /// Adds the path of a program.
    pub(super) fn add(&mut self, guards: &[Guard], program: usize) {
        let mut place = 0;
        for guard in guards {
            let fresh = self.through.len() as u32;
            place = *self.tree.entry((place, guard.answer())).or_insert(fresh);
            if place == fresh {
                self.through.push(program as u32);
            }
        }
    }

    /// How often a path that has no program has been met, this time included.
    pub(super) fn meet(&mut self, guards: &[Guard]) -> u32 {
        if self.met.len() >= REMEMBERED {
            self.met.clear();
        }
        let mut hasher = DefaultHasher::new();
        guards.iter().for_each(|guard| guard.answer().hash(&mut hasher));
        let times = self.met.entry(hasher.finish()).or_insert(0);
        *times += 1;
        *times
    }
}

/// How many operations of a graph depend on inputs that differ from sample to sample.
pub(super) fn varying<T: Scalar>(graph: &Graph<T>, is_shared: impl Fn(usize) -> bool) -> usize {
    let mut varies: Vec<bool> = Vec::with_capacity(graph.nodes().len());
    for (at, node) in graph.nodes().iter().enumerate() {
        varies.push(match node.step {
            Step::Input(input) => !is_shared(input as usize),
            _ => graph.operands(at as u32).iter().any(|&operand| varies[operand as usize]),
        });
    }
    varies.iter().skip(graph.input_count()).filter(|&&varies| varies).count()
}
