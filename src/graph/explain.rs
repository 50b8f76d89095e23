//! Backpropagation step by step: the trace with its tangents and adjoints, what each node hands on, and every path.

pub use super::non_finite::{NonFinite, Reached, non_finite};

use super::formula;
use super::graph::{Graph, Step};
use crate::rules::{Partial, strong_zero_product};
use crate::table::Table;
use crate::text::{counted, number};
use std::fmt;

/// The three-part table of the textbooks for a graph at the point where it was recorded: values from the inputs to the
/// output, tangents beside them, adjoints from the output back.
///
/// Source of the form: Griewank and Walther, Evaluating Derivatives (2008), tables 1.2 to 1.4.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Trace {
    /// A row for each node, in the order of the program.
    pub rows: Vec<TraceRow>,
    /// The input that the tangents belong to.
    pub input: Option<usize>,
    /// The node whose derivatives the adjoints are.
    pub output: u32,
}

/// One node of a trace.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct TraceRow {
    /// The position of the node.
    pub node: u32,
    /// Its name.
    pub name: String,
    /// What it computes, in names.
    pub formula: String,
    /// Its value.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub value: f64,
    /// Its local derivatives, one for each operand.
    pub partials: Vec<LocalDerivative>,
    /// Its derivative in the chosen input; 0 if none was chosen.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub tangent: f64,
    /// The derivative of the output in it: δ.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub adjoint: f64,
}

/// The derivative of a node in one of its operands.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct LocalDerivative {
    /// The position of the operand.
    pub operand: u32,
    /// Its name.
    pub name: String,
    /// The derivative as a formula, as a textbook writes it.
    pub formula: String,
    /// Its value.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub value: f64,
}

/// What a node hands to one operand in the backward phase.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Contribution {
    /// The node that hands on.
    pub from: u32,
    /// The operand that receives.
    pub to: u32,
    /// δ of the node.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub adjoint: f64,
    /// The local derivative of the node in the operand.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub partial: f64,
    /// Their product.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub product: f64,
    /// δ of the operand so far, this contribution included: where the graph branches, contributions add up.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub sum: f64,
    /// In a sentence.
    pub sentence: String,
}

/// A path from an input to the output.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Path {
    /// The nodes from the input to the output.
    pub nodes: Vec<u32>,
    /// The local derivatives along it, from the input on.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub partials: Vec<f64>,
    /// Their product.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub product: f64,
}

impl Graph<f64> {
    /// The local derivatives of every node in each of its operands, as numbers, from the rule table.
    #[must_use]
    pub fn partials(&self) -> Vec<Vec<f64>> {
        (0..self.nodes.len() as u32).map(|node| self.partials_of(node)).collect()
    }

    fn partials_of(&self, node: u32) -> Vec<f64> {
        let operands: Vec<f64> = self.operands(node).iter().map(|&at| self.nodes[at as usize].value).collect();
        let partials = match (&self.nodes[node as usize].step, &operands[..]) {
            (Step::Unary(op, _), &[x]) => vec![op.rule(x).1.value()],
            (Step::Binary(op, _), &[x, y]) => {
                let (_, in_x, in_y) = op.rule(x, y, [true, true]);
                vec![in_x.value(), in_y.value()]
            }
            (Step::Ternary(op, _), &[x, y, z]) => op.rule(x, y, z).1.map(Partial::value).to_vec(),
            (Step::Nary(op, ..), _) => {
                op.partials(self.constants(node), &operands).into_iter().map(Partial::value).collect()
            }
            _ => Vec::new(),
        };
        // A derivative of -0 is shown as 0, as a sweep would give it.
        partials.into_iter().map(|partial| partial + 0.0).collect()
    }

    /// The trace for an output, with the tangents of one input.
    ///
    /// # Panics
    ///
    /// If there is no such output or input.
    #[must_use]
    pub fn trace(&self, output: usize, input: Option<usize>) -> Trace {
        let partials = self.partials();
        let output = self.outputs[output];
        assert!(input.is_none_or(|input| input < self.inputs), "expected one of {}", counted(self.inputs, "input"));
        let adjoints = self.adjoints(output, &partials);
        let mut tangents = vec![0.0; self.nodes.len()];
        let mut rows = Vec::with_capacity(self.nodes.len());
        for (at, node) in self.nodes.iter().enumerate() {
            let position = at as u32;
            tangents[at] = match node.step {
                Step::Input(number) => f64::from(u8::from(input == Some(number as usize))),
                _ => {
                    let terms = self.operands(position).iter().zip(&partials[at]);
                    terms.fold(0.0, |sum, (&operand, &partial)| {
                        sum + strong_zero_product(partial, tangents[operand as usize])
                    })
                }
            };
            let formulas = self.partial_formulas(position);
            let locals = self.operands(position).iter().zip(&partials[at]).zip(formulas);
            rows.push(TraceRow {
                node: position,
                name: self.name(position),
                formula: self.formula(position),
                value: node.value,
                partials: locals
                    .map(|((&operand, &value), formula)| LocalDerivative {
                        operand,
                        name: self.name(operand),
                        formula,
                        value,
                    })
                    .collect(),
                tangent: tangents[at],
                adjoint: adjoints[at],
            });
        }
        Trace { rows, input, output }
    }

    /// The local derivatives of a row as equations, one for each operand that is not a constant: `∂f/∂a = b = 3`. An
    /// operand that stands in several places has one, the sum over the places: `∂f/∂x = x + x = 6`.
    #[must_use]
    pub fn local_equations(&self, row: &TraceRow) -> Vec<String> {
        let mut operands: Vec<u32> = Vec::new();
        for local in &row.partials {
            let is_constant = self.nodes[local.operand as usize].step == Step::Constant;
            if !is_constant && !operands.contains(&local.operand) {
                operands.push(local.operand);
            }
        }
        let equation = |operand| {
            let places: Vec<&LocalDerivative> = row.partials.iter().filter(|it| it.operand == operand).collect();
            let text = formula::sum(places.iter().map(|it| it.formula.clone()));
            let value = number(places.iter().map(|it| it.value).fold(0.0, |sum, value| sum + value));
            let text = if text == value { value } else { format!("{text} = {value}") };
            format!("∂{}/∂{} = {text}", row.name, self.name(operand))
        };
        operands.into_iter().map(equation).collect()
    }

    /// δ of every node: the derivative of an output in it.
    pub(super) fn adjoints(&self, output: u32, partials: &[Vec<f64>]) -> Vec<f64> {
        let mut adjoints = vec![0.0; self.nodes.len()];
        adjoints[output as usize] = 1.0;
        for at in (0..=output).rev() {
            let adjoint = adjoints[at as usize];
            for (&operand, &partial) in self.operands(at).iter().zip(&partials[at as usize]) {
                adjoints[operand as usize] += strong_zero_product(partial, adjoint);
            }
        }
        adjoints
    }

    /// The backward phase of an output: what each node hands to each operand, in order. Constants receive nothing.
    ///
    /// # Panics
    ///
    /// If there is no such output.
    #[must_use]
    pub fn backward_phase(&self, output: usize) -> Vec<Contribution> {
        let output = self.outputs[output];
        let mut sums: Vec<Option<f64>> = vec![None; self.nodes.len()];
        sums[output as usize] = Some(1.0);
        let mut steps = Vec::new();
        for from in (0..=output).rev() {
            let Some(adjoint) = sums[from as usize] else { continue };
            let (operands, partials) = (self.operands(from), self.partials_of(from));
            for (at, (&to, &partial)) in operands.iter().zip(&partials).enumerate() {
                if self.nodes[to as usize].step == Step::Constant {
                    continue;
                }
                let product = strong_zero_product(partial, adjoint);
                let before = sums[to as usize];
                let sum = before.unwrap_or(0.0) + product;
                sums[to as usize] = Some(sum);
                let (node, operand) = (self.name(from), self.name(to));
                let places = operands.iter().enumerate().filter(|&(_, &other)| other == to);
                let derivative = match places.count() {
                    1 => format!("∂{node}/∂{operand}"),
                    _ => format!("its local derivative in operand {}", at + 1),
                };
                let added = match before {
                    None => format!("δ({operand}) = {}", number(sum)),
                    Some(before) => {
                        let why = if operands[..at].contains(&to) { "used again" } else { "a branch" };
                        let (before, product, sum) = (number(before), factor(product), number(sum));
                        format!("{why}, so it is added: δ({operand}) = {before} + {product} = {sum}")
                    }
                };
                let strong_zero = (partial * adjoint).is_nan() && !product.is_nan();
                let strong_zero = if strong_zero { " (a factor 0 hands on nothing)" } else { "" };
                let sentence = format!(
                    "{node} hands {operand} its δ times {derivative}: {}·{} = {}{strong_zero}; {added}",
                    number(adjoint),
                    factor(partial),
                    number(product)
                );
                steps.push(Contribution { from, to, adjoint, partial, product, sum, sentence });
            }
        }
        steps
    }

    /// Paths from an input to an output, each with the product of its local derivatives; at most `limit` of them. Their
    /// products add up to the derivative if none is left out: [`Graph::paths_to`] says how many there are.
    ///
    /// Memory: that of the paths that are returned, and of one more.
    ///
    /// # Panics
    ///
    /// If there is no such output or input.
    #[must_use]
    pub fn paths(&self, output: usize, input: usize, limit: usize) -> Vec<Path> {
        let output = self.outputs[output];
        assert!(input < self.inputs, "expected one of {}, found {input}", counted(self.inputs, "input"));
        // Backward, over nodes that the input leads to: no step is taken in vain.
        let mut leads = vec![false; self.nodes.len()];
        leads[input] = true;
        for at in 0..self.nodes.len() {
            leads[at] |= self.operands(at as u32).iter().any(|&operand| leads[operand as usize]);
        }
        let steps = |node: u32| {
            let steps = self.operands(node).iter().copied().zip(self.partials_of(node));
            let steps: Vec<(u32, f64)> = steps.filter(|&(operand, _)| leads[operand as usize]).collect();
            steps.into_iter()
        };
        let mut found = Vec::new();
        // One path is held at a time, from the output back, with the steps from each of its nodes that are not tried yet.
        let (mut nodes, mut partials, mut untried) = (vec![output], Vec::new(), vec![steps(output)]);
        while found.len() < limit
            && let (Some(&last), Some(rest)) = (nodes.last(), untried.last_mut())
        {
            if let Some((operand, partial)) = rest.next() {
                nodes.push(operand);
                partials.push(partial);
                untried.push(steps(operand));
                continue;
            }
            // No step leads on from the input, so that each path to it is told once.
            if last as usize == input {
                let nodes: Vec<u32> = nodes.iter().rev().copied().collect();
                let partials: Vec<f64> = partials.iter().rev().copied().collect();
                let product = partials.iter().fold(1.0, |product, &partial| strong_zero_product(product, partial));
                found.push(Path { nodes, partials, product });
            }
            nodes.pop();
            partials.pop();
            untried.pop();
        }
        found
    }
}

impl Path {
    /// The product of its local derivatives, written out: `2·1·(-2) = -4`.
    #[must_use]
    pub fn equation(&self) -> String {
        let product = number(self.product);
        match self.partials.as_slice() {
            [] | [_] => product,
            [first, rest @ ..] => {
                let rest: String = rest.iter().map(|&partial| format!("·{}", factor(partial))).collect();
                format!("{}{rest} = {product}", number(*first))
            }
        }
    }
}

/// A number behind an operator: a negative one in parentheses.
fn factor(x: f64) -> String {
    let text = number(x);
    if text.starts_with('-') { format!("({text})") } else { text }
}

/// Columns in the order of the forward phase, the adjoints to be read from the bottom up.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(["node", "formula", "value", "tangent", "adjoint"], 2);
        table.gap = 2;
        table.rows.extend(self.rows.iter().map(|row| {
            let formula = if row.formula == row.name { "input".to_owned() } else { row.formula.clone() };
            vec![row.name.clone(), formula, number(row.value), number(row.tangent), number(row.adjoint)]
        }));
        table.fmt(f)
    }
}
