//! `PathTree`: the paths that a function has taken, by the answers of their guards.

use crate::graph::{Answer, Graph, Guard, Step};
use crate::number::Scalar;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// How many paths without a program are remembered.
const MAX_VISITED: usize = 1 << 16;

/// Paths as a tree, whose edges are answers. Every node has one guard, as the answers before it decide which that is.
#[derive(Clone, Debug)]
pub(super) struct PathTree {
    /// The node that each answer leads to from a node.
    edges: HashMap<(u32, Answer), u32>,
    /// For each node, a program whose path goes through it.
    programs: Vec<u32>,
    /// How often paths without a program have been taken, by a hash of their answers.
    visits: HashMap<u64, u32>,
}

impl Default for PathTree {
    /// The root, where all paths start.
    fn default() -> Self {
        Self { edges: HashMap::new(), programs: vec![0], visits: HashMap::new() }
    }
}

impl PathTree {
    /// A program whose path begins with these answers and then this one.
    pub(super) fn program_along(&self, guards: &[Guard], answer: Answer) -> Option<usize> {
        let mut node = 0;
        for answer in guards.iter().map(Guard::answer).chain([answer]) {
            node = *self.edges.get(&(node, answer))?;
        }
        Some(self.programs[node as usize] as usize)
    }

    /// Adds the path of a program.
    pub(super) fn add(&mut self, guards: &[Guard], program: usize) {
        let mut node = 0;
        for guard in guards {
            let fresh = self.programs.len() as u32;
            node = *self.edges.entry((node, guard.answer())).or_insert(fresh);
            if node == fresh {
                self.programs.push(program as u32);
            }
        }
    }

    /// Counts a visit of a path without a program. Returns how many there have been.
    pub(super) fn count_visit(&mut self, guards: &[Guard]) -> u32 {
        if self.visits.len() >= MAX_VISITED {
            self.visits.clear();
        }
        let mut hasher = DefaultHasher::new();
        guards.iter().for_each(|guard| guard.answer().hash(&mut hasher));
        let visits = self.visits.entry(hasher.finish()).or_insert(0);
        *visits += 1;
        *visits
    }
}

/// How many operations of a graph vary from sample to sample.
pub(super) fn count_varying<T: Scalar>(graph: &Graph<T>, is_uniform: impl Fn(usize) -> bool) -> usize {
    let mut varying: Vec<bool> = Vec::with_capacity(graph.nodes().len());
    for (at, node) in graph.nodes().iter().enumerate() {
        varying.push(match node.step {
            Step::Input(input) => !is_uniform(input as usize),
            _ => graph.operands(at as u32).iter().any(|&operand| varying[operand as usize]),
        });
    }
    varying.iter().skip(graph.input_count()).filter(|&&varying| varying).count()
}
