//! The shape of a graph in numbers.

use super::graph::{Graph, Step};
use crate::number::Scalar;
use std::collections::BTreeMap;
use std::fmt;

/// How many paths lead from one node to another.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct PathCount(f64);

impl PathCount {
    /// The number; exact below 2⁵³, infinite where it overflows.
    #[must_use]
    pub fn value(self) -> f64 {
        self.0
    }

    /// Whether it is exact.
    #[must_use]
    pub fn is_exact(self) -> bool {
        self.0 < (1_u64 << 53) as f64
    }
}

/// The number, marked with ≈ where it is not exact.
impl fmt::Display for PathCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_exact() { write!(f, "{:.0}", self.0) } else { write!(f, "≈{:.3e}", self.0) }
    }
}

/// The shape of a graph.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Statistics {
    /// How many operations, without inputs and constants.
    pub operations: usize,
    /// How many operations of each kind.
    pub by_kind: BTreeMap<&'static str, usize>,
    /// How many constants.
    pub constants: usize,
    /// How many operands, counted each time one is used.
    pub edges: usize,
    /// How many comparisons.
    pub guards: usize,
    /// The length of the longest path, in operations.
    pub depth: usize,
    /// The most operations with equally long longest paths to them: what could be done at once.
    pub width: usize,
    /// The most values that are needed at once when the operations are done in order, inputs and constants included.
    pub live: usize,
    /// The largest fan-out: how often one node is an operand.
    pub fan_out: usize,
    /// For each output, how many paths lead to it from each input.
    pub paths: Vec<Vec<PathCount>>,
}

impl<T: Scalar> Graph<T> {
    /// The shape of the graph. Takes a pass over it for each output.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let count = self.nodes.len();
        let (mut depths, mut by_kind) = (vec![0_usize; count], BTreeMap::new());
        let (mut edges, mut constants) = (0, 0);
        let mut uses = vec![0_usize; count];
        let mut last_use: Vec<usize> = (0..count).collect();
        for at in 0..count {
            let operands = self.operands(at as u32);
            edges += operands.len();
            for &operand in operands {
                uses[operand as usize] += 1;
                last_use[operand as usize] = at;
            }
            match self.nodes[at].step {
                Step::Input(_) => {}
                Step::Constant => constants += 1,
                _ => {
                    depths[at] = 1 + operands.iter().map(|&operand| depths[operand as usize]).max().unwrap_or(0);
                    *by_kind.entry(self.kind(at as u32)).or_insert(0) += 1;
                }
            }
        }
        for &output in &self.outputs {
            last_use[output as usize] = count;
        }
        Statistics {
            operations: count - constants - self.inputs,
            by_kind,
            constants,
            edges,
            guards: self.guards.len(),
            depth: depths.iter().copied().max().unwrap_or(0),
            width: self.width(&depths),
            live: live(&last_use),
            fan_out: uses.into_iter().max().unwrap_or(0),
            paths: self.outputs.iter().map(|&output| self.paths_to(output)).collect(),
        }
    }

    fn width(&self, depths: &[usize]) -> usize {
        let mut at_depth = vec![0_usize; depths.iter().copied().max().unwrap_or(0) + 1];
        for (depth, node) in depths.iter().zip(&self.nodes) {
            at_depth[*depth] += usize::from(!matches!(node.step, Step::Input(_) | Step::Constant));
        }
        at_depth.into_iter().max().unwrap_or(0)
    }

    /// How many paths lead from each input to a node: backward, each node hands its count to its operands.
    #[must_use]
    pub fn paths_to(&self, node: u32) -> Vec<PathCount> {
        let mut counts = vec![0.0_f64; node as usize + 1];
        counts[node as usize] = 1.0;
        for at in (0..=node).rev() {
            let paths = counts[at as usize];
            if paths > 0.0 {
                for &operand in self.operands(at) {
                    counts[operand as usize] += paths;
                }
            }
        }
        (0..self.inputs).map(|input| PathCount(counts.get(input).copied().unwrap_or(0.0))).collect()
    }
}

/// The most values that are alive at once: from where they are computed to where they are used last.
fn live(last_use: &[usize]) -> usize {
    let mut ends = vec![0_usize; last_use.len() + 1];
    for &last in last_use {
        ends[last] += 1;
    }
    let (mut alive, mut most) = (0, 0);
    for end in &ends[..last_use.len()] {
        // What is used here for the last time makes room for what comes of it.
        alive += 1;
        alive -= end;
        most = most.max(alive);
    }
    most
}
