//! Where differences see another function than the modes of differentiation do.

use dualtape::Model;
use dualtape::graph::{Graph, Step};
use dualtape::rules::{Binary, Unary};

/// Whether differences look past `detach`, across a kink or a jump, or at a staircase that is finer than their steps.
pub(crate) fn is_special(f: &impl Model, x: &[f64]) -> bool {
    const STEPS: f64 = 1e4;
    let graph = Graph::of(f, x);
    let value = |at: u32| graph.nodes()[at as usize].value;
    let is_special = |step: &Step| match *step {
        Step::Unary(Unary::Detach, _) => true,
        Step::Unary(Unary::Floor | Unary::Ceil | Unary::Round | Unary::Trunc | Unary::Fract, a) => {
            value(a).abs() > STEPS
        }
        Step::Binary(Binary::Rem, [a, b]) => (value(a) / value(b)).abs() > STEPS,
        _ => false,
    };
    graph.nodes().iter().any(|node| is_special(&node.step)) || graph.doubtful().len() > 0
}
