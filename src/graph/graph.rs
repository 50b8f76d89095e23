//! `Graph`: what a function did, as a list.

use super::guard::{Guard, Stale};
use crate::error::Error;
use crate::number::Scalar;
use crate::rules::{Binary, Nary, Ternary, Unary};
use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

/// One operation; operands are the positions of earlier nodes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// The input of that number.
    Input(u32),
    /// A constant.
    Constant,
    /// A function of one operand.
    Unary(Unary, u32),
    /// A function of two operands.
    Binary(Binary, [u32; 2]),
    /// A function of three operands.
    Ternary(Ternary, [u32; 3]),
    /// A function of any number of operands, a range of [`Graph::lists`]: of `dot` the left ones before the right ones. Its
    /// constants are the [`Graph::coefficients`] from the last number on.
    Nary(Nary, Range<u32>, u32),
}

/// An operation with the value it had.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Node<T> {
    /// What was done.
    pub step: Step,
    /// What came of it.
    pub value: T,
}

/// A function as the list of the operations that it did at a point.
#[derive(Clone, Debug)]
pub struct Graph<T = f64> {
    pub(super) nodes: Vec<Node<T>>,
    pub(super) lists: Vec<u32>,
    pub(super) coefficients: Vec<f64>,
    pub(super) guards: Vec<Guard>,
    pub(super) inputs: usize,
    pub(super) outputs: Vec<u32>,
    pub(super) names: Vec<Option<String>>,
    /// What stands between the letter and the number of a name that nobody gave, so that it is none of those given.
    pub(super) marks: [String; 2],
}

/// Why a graph gives no result at a point.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum GraphError {
    /// A guard fails: a comparison has another answer there.
    Stale(Stale),
    /// An argument has the wrong shape.
    Argument(Error),
}

impl fmt::Display for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stale(stale) => fmt::Display::fmt(stale, f),
            Self::Argument(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl std::error::Error for GraphError {}

impl From<Stale> for GraphError {
    fn from(stale: Stale) -> Self {
        Self::Stale(stale)
    }
}

impl From<Error> for GraphError {
    fn from(error: Error) -> Self {
        Self::Argument(error)
    }
}

impl<T: Scalar> Graph<T> {
    /// The graph of the inputs alone.
    pub(super) fn of_inputs(x: &[T]) -> Self {
        let position = |at: usize| u32::try_from(at).expect("a graph has fewer than 2³² nodes");
        let input = |(at, &value): (usize, &T)| Node { step: Step::Input(position(at)), value };
        Self {
            nodes: x.iter().enumerate().map(input).collect(),
            lists: Vec::new(),
            coefficients: Vec::new(),
            guards: Vec::new(),
            inputs: x.len(),
            outputs: Vec::new(),
            names: Vec::new(),
            marks: Default::default(),
        }
    }

    /// The same graph with names for its inputs and outputs, for as many of them as there are names. Each name is given
    /// once: an output that is an input keeps its name, and a node whose name is taken already has a generated one.
    #[must_use]
    pub fn named(mut self, inputs: &[&str], outputs: &[&str]) -> Self {
        self.names = vec![None; self.nodes.len()];
        let mut given: HashSet<&str> = HashSet::new();
        let inputs = (0..self.inputs).zip(inputs);
        for (at, name) in inputs.chain(self.outputs.iter().map(|&at| at as usize).zip(outputs)) {
            if self.names[at].is_none() && given.insert(name) {
                self.names[at] = Some((*name).to_owned());
            }
        }
        self.marks = ['x', 'v'].map(|letter| {
            let mut mark = String::new();
            while given.iter().any(|name| is_generated(name, letter, &mark)) {
                mark.push('_');
            }
            mark
        });
        self
    }

    /// The operations in the order of the program; the inputs come first.
    #[must_use]
    pub fn nodes(&self) -> &[Node<T>] {
        &self.nodes
    }

    /// The operands of operations that have many.
    #[must_use]
    pub fn lists(&self) -> &[u32] {
        &self.lists
    }

    /// The coefficients of linear combinations.
    #[must_use]
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// The comparisons in the order of the program.
    #[must_use]
    pub fn guards(&self) -> &[Guard] {
        &self.guards
    }

    /// How many inputs: n.
    #[must_use]
    pub fn input_count(&self) -> usize {
        self.inputs
    }

    /// The nodes of the outputs: m.
    #[must_use]
    pub fn output_nodes(&self) -> &[u32] {
        &self.outputs
    }

    /// The inputs that it was recorded at.
    #[must_use]
    pub fn inputs(&self) -> Vec<T> {
        self.nodes[..self.inputs].iter().map(|node| node.value).collect()
    }

    /// The outputs as they were recorded.
    #[must_use]
    pub fn outputs(&self) -> Vec<T> {
        self.outputs.iter().map(|&at| self.nodes[at as usize].value).collect()
    }

    /// The name of a node: its own, or else `x` and the number of an input, or `v` and its position. Where a given name looks
    /// like one of these, the others of that letter have underscores: `v_4`. No two nodes have the same name.
    #[must_use]
    pub fn name(&self, node: u32) -> String {
        let [of_inputs, of_others] = &self.marks;
        match (self.names.get(node as usize), (node as usize) < self.inputs) {
            (Some(Some(name)), _) => name.clone(),
            (_, true) => format!("x{of_inputs}{node}"),
            (_, false) => format!("v{of_others}{node}"),
        }
    }

    /// The operands of a node, in order.
    #[must_use]
    pub fn operands(&self, node: u32) -> &[u32] {
        match &self.nodes[node as usize].step {
            Step::Input(_) | Step::Constant => &[],
            Step::Unary(_, a) => std::slice::from_ref(a),
            Step::Binary(_, operands) => operands,
            Step::Ternary(_, operands) => operands,
            Step::Nary(_, list, _) => &self.lists[list.start as usize..list.end as usize],
        }
    }

    /// The constants of a node that is a function of many operands: a coefficient for each of a linear combination.
    #[must_use]
    pub fn constants(&self, node: u32) -> &[f64] {
        match &self.nodes[node as usize].step {
            Step::Nary(op, list, start) if op.has_constants() => &self.coefficients[*start as usize..][..list.len()],
            _ => &[],
        }
    }

    /// What a node does, in a word.
    #[must_use]
    pub fn kind(&self, node: u32) -> &'static str {
        match &self.nodes[node as usize].step {
            Step::Input(_) => "input",
            Step::Constant => "constant",
            Step::Unary(op, _) => op.name(),
            Step::Binary(op, _) => op.name(),
            Step::Ternary(op, _) => op.name(),
            Step::Nary(op, ..) => op.name(),
        }
    }
}

/// Whether a name is a letter, a mark and a number.
fn is_generated(name: &str, letter: char, mark: &str) -> bool {
    let number = name.strip_prefix(letter).and_then(|rest| rest.strip_prefix(mark));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit()))
}

/// A line for each node with its value, and for each comparison with its outcome.
impl<T: Scalar> fmt::Display for Graph<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut guards = self.guards.iter().peekable();
        for (at, node) in self.nodes.iter().enumerate() {
            let at = at as u32;
            while let Some(guard) = guards.next_if(|guard| guard.at <= at) {
                self.write_guard(f, guard)?;
            }
            let value = node.value;
            match &node.step {
                Step::Input(_) | Step::Constant => writeln!(f, "{} = {value}", self.name(at))?,
                step => {
                    let mut operands: Vec<String> = self.operands(at).iter().map(|&a| self.name(a)).collect();
                    if let Step::Unary(Unary::Powi(n), _) = step {
                        operands.push(n.to_string());
                    }
                    writeln!(f, "{} = {}({}) = {value}", self.name(at), self.kind(at), operands.join(", "))?;
                }
            }
        }
        for guard in guards {
            self.write_guard(f, guard)?;
        }
        Ok(())
    }
}

impl<T: Scalar> Graph<T> {
    fn write_guard(&self, f: &mut fmt::Formatter<'_>, guard: &Guard) -> fmt::Result {
        writeln!(f, "{}", guard.describe(guard.operands.map(|operand| self.name(operand))))
    }
}
