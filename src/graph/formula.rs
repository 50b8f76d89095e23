//! Operations as formulas, in names: what a node computes, and its local derivatives out of the rule table.

use super::recording::{Graph, Step};
use super::traced::Traced;
use crate::number::Scalar;
use crate::rules::{Binary, Partial, Ternary, Unary};

/// How tightly the outermost operator of a text binds: a sum, a product, a sign, a power, a name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Sum,
    Product,
    Sign,
    Power,
    Name,
}

/// A formula, with what it takes to put it inside another.
#[derive(Clone)]
struct Text {
    text: String,
    binding: Binding,
}

impl Text {
    fn name(text: impl Into<String>) -> Self {
        Self { text: text.into(), binding: Binding::Name }
    }

    fn number(x: f64) -> Self {
        let binding = if x < 0.0 { Binding::Sign } else { Binding::Name };
        Self { text: x.to_string(), binding }
    }

    /// Inside an operator that binds at least so tightly.
    fn inside(&self, at_least: Binding) -> String {
        if self.binding >= at_least { self.text.clone() } else { format!("({})", self.text) }
    }
}

fn call(name: &str, operands: &[Text]) -> Text {
    let operands: Vec<&str> = operands.iter().map(|operand| operand.text.as_str()).collect();
    Text::name(format!("{name}({})", operands.join(", ")))
}

fn unary(op: Unary, a: &Text) -> Text {
    match op {
        Unary::Neg => Text { text: format!("-{}", a.inside(Binding::Power)), binding: Binding::Sign },
        Unary::Recip => Text { text: format!("1/{}", a.inside(Binding::Sign)), binding: Binding::Product },
        Unary::Powi(n) => Text { text: format!("{}^{n}", a.inside(Binding::Name)), binding: Binding::Power },
        Unary::Abs => Text::name(format!("|{}|", a.text)),
        op => call(op.name(), std::slice::from_ref(a)),
    }
}

fn binary(op: Binary, a: &Text, b: &Text) -> Text {
    // The right operand of - and / must bind more tightly than the operator itself.
    let (sign, binding, right) = match op {
        Binary::Add => (" + ", Binding::Sum, Binding::Sum),
        Binary::Sub => (" - ", Binding::Sum, Binding::Product),
        Binary::Mul | Binary::MulAbsorbing => ("·", Binding::Product, Binding::Product),
        Binary::Div => ("/", Binding::Product, Binding::Power),
        Binary::Powf => ("^", Binding::Power, Binding::Name),
        op => return call(op.name(), &[a.clone(), b.clone()]),
    };
    let left = if op == Binary::Powf { Binding::Name } else { binding };
    // A sign after an operator stands in parentheses.
    let right = if b.binding == Binding::Sign { Binding::Name } else { right };
    Text { text: format!("{}{sign}{}", a.inside(left), b.inside(right)), binding }
}

fn ternary(op: Ternary, operands: &[Text; 3]) -> Text {
    match op {
        Ternary::MulAdd => {
            let [a, b, c] = operands;
            binary(Binary::Add, &binary(Binary::Mul, a, b), c)
        }
    }
}

/// The last node of a graph of a few operations as one formula in the names of its inputs.
fn written_out<T: Scalar>(graph: &Graph<T>, names: &[Text]) -> Text {
    let mut texts: Vec<Text> = Vec::with_capacity(graph.nodes().len());
    for (at, node) in graph.nodes().iter().enumerate() {
        let of = |operand: &u32| texts[*operand as usize].clone();
        let text = match &node.step {
            Step::Input(number) => names[*number as usize].clone(),
            Step::Constant => Text::number(node.value.peek()),
            Step::Unary(op, a) => unary(*op, &of(a)),
            Step::Binary(op, [a, b]) => binary(*op, &of(a), &of(b)),
            Step::Ternary(op, operands) => ternary(*op, &operands.each_ref().map(of)),
            _ => call(graph.kind(at as u32), &graph.operands(at as u32).iter().map(of).collect::<Vec<_>>()),
        };
        texts.push(text);
    }
    texts[graph.output_nodes()[0] as usize].clone()
}

/// A rule's slope in one of the operands.
type Slope<'a> = &'a dyn Fn(&[Traced<f64>]) -> Partial<Traced<f64>>;

/// A slope as the rule says it, in the names of the operands.
fn slope_text(names: &[Text], values: &[f64], rule: Slope<'_>) -> String {
    let mut fixed = None;
    let graph = Graph::record(
        |x| match rule(x) {
            Partial::By(slope) => vec![slope],
            Partial::Zero => {
                fixed = Some("0");
                vec![]
            }
            Partial::One => {
                fixed = Some("1");
                vec![]
            }
            Partial::MinusOne => {
                fixed = Some("-1");
                vec![]
            }
        },
        values,
    );
    fixed.map_or_else(|| written_out(&graph, names).text, str::to_owned)
}

impl<T: Scalar> Graph<T> {
    /// What a node computes, in the names of its operands: `a + v4`, `sin(x)`; of an input its name, of a constant its
    /// value.
    #[must_use]
    pub fn formula(&self, node: u32) -> String {
        let operand = |at: &u32| self.operand_text(*at);
        match &self.nodes[node as usize].step {
            Step::Input(_) => self.name(node),
            Step::Constant => self.nodes[node as usize].value.to_string(),
            Step::Unary(op, a) => unary(*op, &operand(a)).text,
            Step::Binary(op, [a, b]) => binary(*op, &operand(a), &operand(b)).text,
            Step::Ternary(op, operands) => ternary(*op, &operands.each_ref().map(operand)).text,
            Step::Dot(_) => {
                let (a, b) = self.operands(node).split_at(self.operands(node).len() / 2);
                let terms: Vec<Text> =
                    a.iter().zip(b).map(|(a, b)| binary(Binary::Mul, &operand(a), &operand(b))).collect();
                sum(&terms)
            }
            Step::Sum(_) => sum(&self.operands(node).iter().map(operand).collect::<Vec<_>>()),
            Step::LinearCombination(_, start) => {
                let coefficients = &self.coefficients[*start as usize..];
                let terms = self.operands(node).iter().zip(coefficients);
                let terms: Vec<Text> =
                    terms.map(|(x, &c)| binary(Binary::Mul, &Text::number(c), &operand(x))).collect();
                sum(&terms)
            }
            Step::LogSumExp(_) => {
                call("log_sum_exp", &self.operands(node).iter().map(operand).collect::<Vec<_>>()).text
            }
        }
    }

    /// The name of an operand, or the value of a constant.
    fn operand_text(&self, node: u32) -> Text {
        match self.nodes[node as usize].step {
            Step::Constant => Text::number(self.nodes[node as usize].value.peek()),
            _ => Text::name(self.name(node)),
        }
    }

    /// The local derivatives of a node as formulas, one for each operand, out of the rule table: for `v·c` they are `c` and
    /// `v`. Where a rule has several formulas it is the one for these values.
    #[must_use]
    pub fn partial_formulas(&self, node: u32) -> Vec<String> {
        let operands = self.operands(node);
        let names: Vec<Text> = operands.iter().map(|&operand| self.operand_text(operand)).collect();
        let values: Vec<f64> = operands.iter().map(|&operand| self.nodes[operand as usize].value.peek()).collect();
        let text = |rule: Slope<'_>| slope_text(&names, &values, rule);
        match &self.nodes[node as usize].step {
            Step::Input(_) | Step::Constant => Vec::new(),
            Step::Unary(op, _) => vec![text(&|x| op.rule(x[0]).1)],
            Step::Binary(op, _) => {
                vec![text(&|x| op.rule(x[0], x[1], [true, false]).1), text(&|x| op.rule(x[0], x[1], [false, true]).2)]
            }
            Step::Ternary(op, _) => (0..3).map(|at| text(&|x| op.rule(x[0], x[1], x[2]).1[at])).collect(),
            Step::Sum(_) => vec!["1".to_owned(); operands.len()],
            Step::Dot(_) => {
                let half = operands.len() / 2;
                names[half..].iter().chain(&names[..half]).map(|name| name.text.clone()).collect()
            }
            Step::LinearCombination(_, start) => {
                self.coefficients[*start as usize..][..operands.len()].iter().map(f64::to_string).collect()
            }
            Step::LogSumExp(_) => {
                let value = self.name(node);
                names.iter().map(|name| format!("exp({} - {value})", name.text)).collect()
            }
        }
    }
}

fn sum(terms: &[Text]) -> String {
    match terms {
        [] => "0".to_owned(),
        [first, rest @ ..] => rest.iter().fold(first.clone(), |sum, term| binary(Binary::Add, &sum, term)).text,
    }
}
