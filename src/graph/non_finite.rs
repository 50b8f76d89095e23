//! Where NaN and infinity come from: the first operation that makes one, and the way it takes into the gradient.

use super::graph::{Graph, Step};
use crate::model::{Model, Outcome, Outputs};
use crate::text::number;
use std::fmt;

/// The first operation whose value or local derivative is not finite though all it works on is, and what it reaches.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct NonFinite {
    /// The node of the operation.
    pub node: u32,
    /// What it computes, in names.
    pub formula: String,
    /// Its operands but for constants: name and value.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub operands: Vec<(String, f64)>,
    /// Its value.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub value: f64,
    /// Its local derivatives, one for each of these operands.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub partials: Vec<f64>,
    /// The entries of the gradient that are not finite, and for each a way from the input to the output through the
    /// operation; empty where none leads through it.
    pub reaches: Vec<Reached>,
    /// The output.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub output: f64,
}

/// An entry of the gradient that is not finite.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Reached {
    /// The input.
    pub input: usize,
    /// Its name.
    pub name: String,
    /// The derivative in it.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub derivative: f64,
    /// The names of the nodes on the way.
    pub way: Vec<String>,
}

/// Looks for the origin of NaN and infinity in the value and the gradient of a model at `x`: `None` if all operations and
/// their local derivatives are finite.
///
/// An infinite local derivative is reported also where it does no harm, because a zero meets it: `reaches` is empty then.
///
/// # Panics
///
/// As the model does.
///
/// ```
/// use dualtape::graph::non_finite;
/// use dualtape::model;
/// use num_traits::Float;
///
/// fn area<T: Float>(x: &[T]) -> T {
///     x[0].sqrt() * x[1]
/// }
///
/// let found = non_finite(&model!(area), &[0.0, 2.0]).unwrap();
/// assert_eq!((found.formula.as_str(), found.value, found.partials[0]), ("sqrt(x0)", 0.0, f64::INFINITY));
/// assert_eq!(found.reaches[0].way, ["x0", "v2", "v3"]);
/// println!("{found}");
/// ```
#[must_use]
pub fn non_finite<M: Model + ?Sized>(model: &M, x: &[f64]) -> Outcome<M, Option<NonFinite>> {
    M::Outputs::outcome(Graph::try_of(model, x).map(|graph| graph.non_finite()))
}

impl Graph<f64> {
    /// The first operation whose value or local derivative is not finite though its operands are; an input that is not
    /// finite counts as one. For the first output.
    #[must_use]
    pub fn non_finite(&self) -> Option<NonFinite> {
        let partials = self.partials();
        // The derivative in a constant is nobody's: `powf(x, 2)` has none in its exponent where x is negative.
        let active = |at: usize| {
            let operands = self.operands(at as u32).iter().copied().zip(partials[at].iter().copied());
            operands.filter(|&(operand, _)| self.nodes[operand as usize].step != Step::Constant)
        };
        let is_origin = |at: usize| {
            let operands = self.operands(at as u32);
            let fed = operands.iter().all(|&operand| self.nodes[operand as usize].value.is_finite());
            fed && !(self.nodes[at].value.is_finite() && active(at).all(|(_, partial)| partial.is_finite()))
        };
        let at = (0..self.nodes.len()).find(|&at| is_origin(at))?;
        let node = at as u32;
        let operand = |(at, _)| (self.name(at), self.nodes[at as usize].value);
        let operands = active(at).map(operand).collect();
        let &output = self.outputs.first()?;
        Some(NonFinite {
            node,
            formula: self.formula(node),
            operands,
            value: self.nodes[at].value,
            partials: active(at).map(|(_, partial)| partial).collect(),
            reaches: self.reached(node, output, &partials),
            output: self.nodes[output as usize].value,
        })
    }

    fn reached(&self, origin: u32, output: u32, partials: &[Vec<f64>]) -> Vec<Reached> {
        let adjoints = self.adjoints(output, partials);
        // From each node the next one on a way to the output, and on a way to the origin.
        let mut toward_output: Vec<Option<u32>> = vec![None; self.nodes.len()];
        let mut toward_origin: Vec<Option<u32>> = vec![None; self.nodes.len()];
        for at in (0..=output).rev() {
            for &operand in self.operands(at) {
                if at == output || toward_output[at as usize].is_some() {
                    toward_output[operand as usize] = Some(at);
                }
                if at == origin || toward_origin[at as usize].is_some() {
                    toward_origin[operand as usize] = Some(at);
                }
            }
        }
        let way = |input: usize| -> Option<Vec<String>> {
            let mut at = input as u32;
            let mut names = vec![self.name(at)];
            for (goal, next) in [(origin, &toward_origin), (output, &toward_output)] {
                while at != goal {
                    at = next[at as usize]?;
                    names.push(self.name(at));
                }
            }
            Some(names)
        };
        let broken = (0..self.inputs).filter(|&input| !adjoints[input].is_finite());
        broken
            .filter_map(|input| {
                let (name, derivative) = (self.name(input as u32), adjoints[input]);
                way(input).map(|way| Reached { input, name, derivative, way })
            })
            .collect()
    }
}

/// What, from what, and where it goes.
impl fmt::Display for NonFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.formula, number(self.value))?;
        // An operand that stands in several places is named once.
        let mut operands: Vec<String> = Vec::new();
        let mut locals: Vec<String> = Vec::new();
        for (at, (name, value)) in self.operands.iter().enumerate() {
            let operand = format!("{name} = {}", number(*value));
            let is_new = |list: &[String], text: &String| !list.contains(text);
            let local = self.partials.get(at).filter(|partial| !partial.is_finite());
            let local = local.map(|partial| format!(", its local derivative in {name} is {}", number(*partial)));
            locals.extend(local.filter(|text| is_new(&locals, text)));
            operands.extend(Some(operand).filter(|text| is_new(&operands, text)));
        }
        if !operands.is_empty() {
            write!(f, " at {}", operands.join(", "))?;
        }
        writeln!(f, "{}; the value of the function is {}", locals.concat(), number(self.output))?;
        for Reached { name, derivative, way, .. } in &self.reaches {
            writeln!(f, "the derivative in {name} is {}, by the way {}", number(*derivative), way.join(" -> "))?;
        }
        if self.reaches.is_empty() {
            writeln!(f, "no entry of the gradient that leads through it is NaN or infinite")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::graph::{Graph, Step};

    #[test]
    fn nobody_asks_for_the_derivative_in_a_constant() {
        let graph = Graph::record(|x| vec![x[0].powf(2.0)], &[-3.0]);
        assert_eq!(graph.non_finite(), None);
        let graph = Graph::record(|x| vec![x[0].powf(0.5)], &[0.0]);
        let found = graph.non_finite().expect("a root has no derivative at 0");
        assert_eq!((found.operands.len(), found.partials.as_slice()), (1, &[f64::INFINITY][..]));
    }

    #[test]
    fn an_input_that_is_not_finite_is_the_origin() {
        let graph = Graph::record(|x| vec![x[0] * x[1]], &[1.0, f64::NAN]);
        let found = graph.non_finite().expect("an input is NaN");
        assert!(matches!(graph.nodes()[found.node as usize].step, Step::Input(1)));
        assert!(found.operands.is_empty() && found.output.is_nan());
    }
}
