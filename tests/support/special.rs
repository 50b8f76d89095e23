//! Where differences see another function than the modes of differentiation do.

use dualtape::graph::{Graph, Step};
use dualtape::rules::{Binary, Unary};
use dualtape::{Model, One};

/// Whether differences look past `detach`, across a kink or a jump, at a jump that is as near as rounding, or at a staircase
/// that is finer than their steps.
pub(crate) fn is_special(f: &impl Model<Outputs = One>, x: &[f64]) -> bool {
    const STEPS: f64 = 100.0;
    let graph = Graph::of(f, x);
    let value = |at: u32| graph.nodes()[at as usize].value;
    let is_special = |step: &Step| match *step {
        Step::Unary(Unary::Detach, _) => true,
        Step::Unary(Unary::Floor | Unary::Ceil | Unary::Round | Unary::Trunc | Unary::Fract, a) => {
            value(a).abs() > STEPS
        }
        Step::Binary(Binary::Rem, [a, b]) => {
            let quotient = value(a) / value(b);
            quotient.abs() > STEPS || (quotient - quotient.round()).abs() < 1e-8
        }
        _ => false,
    };
    graph.nodes().iter().any(|node| is_special(&node.step)) || graph.doubtful().len() > 0
}
