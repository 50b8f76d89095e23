//! Operations as formulas, in names: what a node computes, and its local derivatives as a textbook writes them.

use super::graph::{Graph, Step};
use super::guard::Guard;
use crate::number::Scalar;
use crate::rules::{Binary, Nary, Partial, Ternary, Unary};
use crate::text::number;

/// A number rounded to so many digits: a label is no place for seventeen.
pub(super) fn rounded(x: f64, digits: usize) -> String {
    number(format!("{x:.0$e}", digits - 1).parse().unwrap_or(x))
}

/// An operand in a formula: a name, or the value of a constant.
#[derive(Clone)]
struct Operand {
    text: String,
    value: Option<f64>,
}

impl Operand {
    fn number(x: f64) -> Self {
        Self { text: number(x), value: Some(x) }
    }

    /// Behind an operator or under a power: a negative number stands in parentheses.
    fn inside(&self) -> String {
        if self.text.starts_with('-') { format!("({})", self.text) } else { self.text.clone() }
    }
}

/// `x` as a superscript.
fn superscript(n: i64) -> String {
    let raised = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32('⁰' as u32 + (digit as u32 - '0' as u32)).unwrap_or(digit),
    };
    n.to_string().chars().map(raised).collect()
}

/// A number that is an `i32`, as the exponent of a whole power.
fn whole(x: f64) -> Option<i64> {
    let n = x as i32;
    (f64::from(n) == x).then_some(i64::from(n))
}

fn call(name: &str, operands: &[Operand]) -> String {
    let operands: Vec<&str> = operands.iter().map(|operand| operand.text.as_str()).collect();
    format!("{name}({})", operands.join(", "))
}

fn product(a: &Operand, b: &Operand) -> String {
    format!("{}·{}", a.text, b.inside())
}

/// The terms with their signs between them.
pub(super) fn sum(terms: impl IntoIterator<Item = String>) -> String {
    let joined = terms.into_iter().reduce(|sum, term| match term.strip_prefix('-') {
        Some(positive) => format!("{sum} - {positive}"),
        None => format!("{sum} + {term}"),
    });
    joined.unwrap_or_else(|| "0".to_owned())
}

/// A function as it is written, or by its name.
fn written(written: &str, name: &str, operands: &[Operand]) -> String {
    if written.is_empty() { call(name, operands) } else { filled(written, operands) }
}

fn unary(op: Unary, a: Operand) -> String {
    match op {
        Unary::Powi(n) => format!("{}{}", a.inside(), superscript(i64::from(n))),
        op => written(op.written(), op.name(), &[a]),
    }
}

fn binary(op: Binary, a: Operand, b: Operand) -> String {
    match (op, b.value) {
        // A whole exponent would be read as a whole power, which is another operation.
        (Binary::Powf, Some(exponent)) if whole(exponent).is_some() => call(op.name(), &[a, b]),
        _ => written(op.written(), op.name(), &[a, b]),
    }
}

/// n·xⁿ⁻¹.
fn power_rule(x: &Operand, n: f64) -> String {
    let coefficient = match n {
        0.0 => return "0".to_owned(),
        1.0 => return "1".to_owned(),
        -1.0 => "-".to_owned(),
        _ => format!("{}·", number(n)),
    };
    let power = match (whole(n), n - 1.0) {
        (_, 1.0) => String::new(),
        (Some(n), _) => superscript(n - 1),
        (None, exponent) => format!("^{}", Operand::number(exponent).inside()),
    };
    format!("{coefficient}{}{power}", x.inside())
}

/// A textbook's formula in x, y and z, in the names of the operands.
fn filled(textbook: &str, operands: &[Operand]) -> String {
    // Beside an operand of that name, e is no number.
    let is_taken = operands.iter().any(|operand| operand.text == "e");
    let textbook = if is_taken { textbook.replace("e^", "exp") } else { textbook.to_owned() };
    let mut text = String::new();
    let mut rest = textbook.as_str();
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len()).max(first.len_utf8());
        let (word, after) = rest.split_at(end);
        let operand = ["x", "y", "z"].iter().position(|name| *name == word).and_then(|at| operands.get(at));
        match operand {
            Some(operand) => {
                // At the start of what stands in parentheses a sign needs none of its own, unless a power follows.
                let opens = text.is_empty() || text.ends_with(['(', '|']) || text.ends_with(", ");
                let is_power = after.starts_with(['^', '²']);
                text += &if opens && !is_power { operand.text.clone() } else { operand.inside() };
            }
            None => text += word,
        }
        rest = after;
    }
    text
}

/// A local derivative: 0, 1 or -1 where the rule says so whatever the operands are, a number where the rule has one for
/// each branch or there is none, or the textbook's formula is 0/0, 0·∞ or ∞/∞ at
/// this point, so that it is a limit of it, and else that formula.
fn local(partial: Partial<f64>, textbook: &str, operands: &[Operand], is_limit: bool) -> String {
    match partial {
        Partial::By(value) if value.is_nan() || textbook.is_empty() || is_limit => number(value + 0.0),
        Partial::By(_) => filled(textbook, operands),
        fixed => number(fixed.value()),
    }
}

/// Whether the derivative of a function at x is a limit of what the textbook says.
fn is_limit(op: Unary, x: f64) -> bool {
    matches!(op, Unary::Sinc | Unary::Sinhc | Unary::Cosc | Unary::Coshc) && (x == 0.0 || x.is_infinite())
}

/// The same of a function of two numbers, in each of them.
fn are_limits(op: Binary, x: f64, y: f64) -> [bool; 2] {
    match op {
        Binary::Powf => [x == 0.0 && y == 0.0 || y.is_infinite(), x == 0.0 || x.is_infinite()],
        Binary::Atan2 | Binary::Hypot | Binary::Log | Binary::Rem | Binary::Div => {
            [x.is_infinite() || y.is_infinite(); 2]
        }
        _ => [false; 2],
    }
}

impl<T: Scalar> Graph<T> {
    /// What a node computes, in the names of its operands: `a + v4`, `sin(x)`; of an input its name, of a constant its
    /// value.
    #[must_use]
    pub fn formula(&self, node: u32) -> String {
        let operand = |at: &u32| self.operand(*at);
        let operands = || self.operands(node).iter().map(operand).collect::<Vec<_>>();
        match &self.nodes[node as usize].step {
            Step::Input(_) => self.name(node),
            Step::Constant => self.operand_name(node),
            Step::Unary(op, a) => unary(*op, operand(a)),
            Step::Binary(op, [a, b]) => binary(*op, operand(a), operand(b)),
            Step::Ternary(Ternary::MulAdd, [a, b, c]) => sum([product(&operand(a), &operand(b)), operand(c).text]),
            Step::Nary(op, ..) if op.written().is_empty() => call(op.name(), &operands()),
            Step::Nary(op, ..) => {
                let (constants, operands) = (self.constants(node), operands());
                // A coefficient of 1 need not be said.
                sum((0..operands.len() / op.lists()).map(|i| match (constants.get(i), &operands[i]) {
                    (Some(1.0), x) => x.text.clone(),
                    (Some(-1.0), x) => format!("-{}", x.inside()),
                    (_, x) => {
                        filled(op.written(), &[x.clone(), Nary::beside(constants, &operands, i, Operand::number)])
                    }
                }))
            }
        }
    }

    /// The name of an operand, or the value of a constant.
    pub(super) fn operand_name(&self, node: u32) -> String {
        self.operand(node).text
    }

    fn operand(&self, node: u32) -> Operand {
        match self.nodes[node as usize].step {
            Step::Constant => Operand::number(self.nodes[node as usize].value.peek()),
            _ => Operand { text: self.name(node), value: None },
        }
    }

    /// What was asked on the way and answered, in names: `a < 0: true`.
    #[must_use]
    pub fn guard_formula(&self, guard: &Guard) -> String {
        guard.describe(guard.operands.map(|operand| self.operand_name(operand)))
    }

    /// The local derivatives of a node as formulas, one for each operand, as a textbook writes them: for `v·c` they are `c`
    /// and `v`, for `tanh(v)` it is `1 - tanh²(v)`. Where a derivative has several formulas it is the one for these values;
    /// where it is NaN, it is `NaN`, and where the formula is 0/0 or the like, such as that of `sinc(v)` at 0, it is the number. The numbers in [`Graph::partials`] come from the rule table, which computes the same
    /// without cancellation or overflow.
    #[must_use]
    pub fn partial_formulas(&self, node: u32) -> Vec<String> {
        let places = self.operands(node);
        let operands: Vec<Operand> = places.iter().map(|&operand| self.operand(operand)).collect();
        let primal = |at: u32| self.nodes[at as usize].value.peek();
        match &self.nodes[node as usize].step {
            Step::Input(_) | Step::Constant => Vec::new(),
            Step::Unary(Unary::Powi(n), _) => vec![power_rule(&operands[0], f64::from(*n))],
            Step::Unary(op, x) => {
                vec![local(op.rule(primal(*x)).1, op.textbook(), &operands, is_limit(*op, primal(*x)))]
            }
            Step::Binary(op, [x, y]) => {
                let (_, in_x, in_y) = op.rule(primal(*x), primal(*y), [true, true]);
                let ([of_x, of_y], [is_x, is_y]) = (op.textbook(), are_limits(*op, primal(*x), primal(*y)));
                let in_x = match (op, operands[1].value) {
                    (Binary::Powf, Some(exponent)) if !is_x && !in_x.value().is_nan() => {
                        power_rule(&operands[0], exponent)
                    }
                    _ => local(in_x, of_x, &operands, is_x),
                };
                vec![in_x, local(in_y, of_y, &operands, is_y)]
            }
            Step::Ternary(op, [x, y, z]) => {
                let (_, partials) = op.rule(primal(*x), primal(*y), primal(*z));
                partials
                    .iter()
                    .zip(op.textbook())
                    .map(|(&partial, text)| local(partial, text, &operands, false))
                    .collect()
            }
            Step::Nary(op, ..) => {
                let (constants, z) = (self.constants(node), Operand { text: self.name(node), value: None });
                let numbers: Vec<f64> = places.iter().map(|&place| primal(place)).collect();
                let partials = op.partials(constants, &numbers).into_iter().enumerate();
                let formula = |(i, partial)| {
                    let y = Nary::beside(constants, &operands, i, Operand::number);
                    // Between equal infinities there is no difference.
                    let is_limit = op == &Nary::LogSumExp && (numbers[i] - primal(node)).is_nan();
                    local(partial, op.textbook(), &[operands[i].clone(), y, z.clone()], is_limit)
                };
                partials.map(formula).collect()
            }
        }
    }
}
