//! Formulas on the command line: text into an [`Expression`] over the whole rule table.

use super::functions::{Function, constant, elsewhere, function, misspelt};
use crate::Model as _;
use crate::compare::{Expression, Statement};
use crate::rules::{Binary, Unary};
use pest::Parser as _;
use pest::error::{ErrorVariant, InputLocation};
use pest::iterators::Pair;
use pest::pratt_parser::{Assoc, Op, PrattParser};
use pest_derive::Parser;
use std::f64::consts;
use std::fmt;

#[derive(Parser)]
#[grammar = "cli/formula.pest"]
struct Grammar;

/// How deep a formula may nest: parentheses, signs, roots and powers that wait for what is in them. The parser recurses.
const DEEPEST: usize = 200;

/// A formula as a function of its variables, in the order in which they first occur.
pub(crate) struct Formula {
    pub(crate) expression: Expression,
    pub(crate) variables: Vec<String>,
}

/// What is wrong with a formula, and where.
#[derive(Debug, PartialEq)]
pub(crate) struct FormulaError {
    problem: String,
    formula: String,
    /// In bytes.
    position: usize,
}

impl FormulaError {
    fn new(problem: impl Into<String>, formula: &str, position: usize) -> Self {
        Self { problem: problem.into(), formula: formula.to_owned(), position }
    }
}

/// The problem on one line, then the place with a caret under it.
impl fmt::Display for FormulaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// How many characters are shown on either side of the place.
        const AROUND: usize = 36;
        let (before, after) = self.formula.split_at(self.position);
        // A formula out of a file may have several lines: the one is shown.
        let line = match before.matches('\n').count() {
            0 if !after.contains('\n') => String::new(),
            above => format!("line {}, ", above + 1),
        };
        let before = before.rsplit('\n').next().unwrap_or(before);
        let after = after.split('\n').next().unwrap_or(after);
        let visible = |c: char| if c.is_control() { ' ' } else { c };
        let start = before.char_indices().rev().nth(AROUND - 1).map_or(0, |(at, _)| at);
        let end = after.char_indices().nth(AROUND).map_or(after.len(), |(at, _)| at);
        let shown: String = before[start..].chars().chain(after[..end].chars()).map(visible).collect();
        let column = before.chars().count() + 1;
        writeln!(f, "formula, {line}column {column}: {}", self.problem)?;
        writeln!(f, "  {}", shown.trim_end())?;
        write!(f, "  {}^", " ".repeat(before[start..].chars().count()))
    }
}

/// Reads a formula.
pub(crate) fn parse(text: &str) -> Result<Formula, FormulaError> {
    check_depth(text)?;
    let mut pairs = Grammar::parse(Rule::formula, text).map_err(|error| syntax_error(&error, text))?;
    let formula = pairs.next().expect("the grammar gives one formula");
    let mut builder = Builder { text, variables: Vec::new(), statements: Vec::new() };
    builder.collect_variables(formula.clone().into_inner().flatten());
    let root = builder.expression(formula.into_inner().next().expect("a formula is an expression"))?;
    let inputs = builder.variables.len();
    // The value is that of the last statement, so a formula that is a constant or one of several variables becomes one.
    match root {
        Value::Constant(c) => builder.statements.push(Statement::Constant(c)),
        Value::At(at) if at + 1 < inputs + builder.statements.len() => {
            builder.statements.push(Statement::Sum(vec![at]))
        }
        Value::At(_) => {}
    }
    Ok(Formula { expression: Expression::new(inputs, builder.statements), variables: builder.variables })
}

/// The value of a formula without variables.
pub(crate) fn value(text: &str) -> Result<f64, String> {
    let Formula { expression, variables } = parse(text).map_err(|error| error.problem)?;
    match variables.first() {
        None => Ok(expression.eval::<f64>(&[])),
        Some(variable) => Err(format!("expected a constant, found the variable {variable}")),
    }
}

/// Whether the text looks like a formula rather than the name of a model.
pub(crate) fn is_formula(text: &str) -> bool {
    let is_name = |c: char| c.is_alphabetic() || c.is_ascii_digit() || c == '-' || c == '_';
    !text.starts_with(char::is_alphabetic) || !text.chars().all(is_name) || constant(text).is_some()
}

fn check_depth(text: &str) -> Result<(), FormulaError> {
    // For each open parenthesis, the signs, roots and powers that wait for their operand.
    let mut waiting = vec![0_usize];
    let mut depth = 0;
    let mut after_operand = false;
    let mut rest = text.char_indices().filter(|(_, c)| !c.is_whitespace()).peekable();
    while let Some((at, c)) = rest.next() {
        let waits = match c {
            '^' => true,
            '*' => rest.next_if(|&(_, next)| next == '*').is_some(),
            '+' | '-' | '−' | '√' | '∛' => !after_operand,
            _ => false,
        };
        let opens = c == '(' || c == '|' && !after_operand;
        let is_operator = "+-−*·⋅×/÷%,".contains(c);
        after_operand = !waits && !opens && !is_operator;
        if waits {
            *waiting.last_mut().expect("the outermost level stays") += 1;
            depth += 1;
        } else if opens {
            waiting.push(0);
            depth += 1;
        } else if matches!(c, ')' | '|') && waiting.len() > 1 {
            depth -= waiting.pop().unwrap_or(0) + 1;
        } else if is_operator {
            depth -= std::mem::take(waiting.last_mut().expect("the outermost level stays"));
        }
        if depth > DEEPEST {
            let problem =
                format!("nested too deep: expected at most {DEEPEST} levels of parentheses, signs and powers");
            return Err(FormulaError::new(problem, text, at));
        }
    }
    Ok(())
}

fn syntax_error(error: &pest::error::Error<Rule>, text: &str) -> FormulaError {
    let position = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let expected = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => {
            let mut names: Vec<&str> = positives.iter().filter_map(|&rule| described(rule)).collect();
            names.sort_unstable();
            names.dedup();
            names.join(" or ")
        }
        ErrorVariant::CustomError { message } => message.clone(),
    };
    let found = text[position..].chars().next().map_or("the end".to_owned(), |c| format!("`{c}`"));
    FormulaError::new(format!("expected {expected}, found {found}"), text, position)
}

fn described(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::add
        | Rule::subtract
        | Rule::multiply
        | Rule::divide
        | Rule::remainder
        | Rule::power
        | Rule::superscript => "an operator",
        Rule::number | Rule::call | Rule::name | Rule::expression | Rule::formula => {
            "a number, a variable, a function or `(`"
        }
        Rule::close => "`)`",
        Rule::bar => "`|`",
        Rule::EOI => "the end",
        _ => return None,
    })
}

/// A constant, or a position among the inputs and the statements so far.
#[derive(Clone, Copy)]
enum Value {
    Constant(f64),
    At(usize),
}

struct Builder<'a> {
    text: &'a str,
    variables: Vec<String>,
    statements: Vec<Statement>,
}

impl Builder<'_> {
    /// Inputs come before all statements, so their number must be known first.
    fn collect_variables<'i>(&mut self, pairs: impl Iterator<Item = Pair<'i, Rule>>) {
        let mut function = false;
        for pair in pairs {
            // The name that follows a call is that of the function.
            let is_variable = pair.as_rule() == Rule::name && !std::mem::take(&mut function);
            function = pair.as_rule() == Rule::call;
            if is_variable && constant(pair.as_str()).is_none() && !self.variables.iter().any(|v| v == pair.as_str()) {
                self.variables.push(pair.as_str().to_owned());
            }
        }
    }

    fn push(&mut self, statement: Statement) -> Value {
        self.statements.push(statement);
        Value::At(self.variables.len() + self.statements.len() - 1)
    }

    /// The position of a value, which becomes a statement if it is a constant.
    fn at(&mut self, value: Value) -> usize {
        match value {
            Value::At(at) => at,
            Value::Constant(c) => {
                self.push(Statement::Constant(c));
                self.variables.len() + self.statements.len() - 1
            }
        }
    }

    fn unary(&mut self, op: Unary, a: Value) -> Value {
        match a {
            Value::Constant(c) => Value::Constant(op.value(c)),
            Value::At(a) => self.push(Statement::Unary(op, a)),
        }
    }

    fn derivative(&mut self, op: Unary, a: Value) -> Value {
        match a {
            Value::Constant(c) => Value::Constant(op.rule(c).1.value()),
            Value::At(a) => self.push(Statement::Derivative(op, a)),
        }
    }

    fn binary(&mut self, op: Binary, a: Value, b: Value) -> Value {
        if let (Value::Constant(a), Value::Constant(b)) = (a, b) {
            return Value::Constant(op.value(a, b));
        }
        let operands = [self.at(a), self.at(b)];
        self.push(Statement::Binary(op, operands))
    }

    /// `a^b`; a whole constant exponent makes it a product, and e to a power is the exponential function.
    fn power(&mut self, a: Value, b: Value) -> Value {
        match (a, b) {
            (_, Value::Constant(b)) if b == f64::from(b as i32) => self.unary(Unary::Powi(b as i32), a),
            (Value::Constant(consts::E), Value::At(_)) => self.unary(Unary::Exp, b),
            _ => self.binary(Binary::Powf, a, b),
        }
    }

    fn expression(&mut self, pair: Pair<'_, Rule>) -> Result<Value, FormulaError> {
        let pratt = PrattParser::new()
            .op(Op::infix(Rule::add, Assoc::Left) | Op::infix(Rule::subtract, Assoc::Left))
            .op(Op::infix(Rule::multiply, Assoc::Left)
                | Op::infix(Rule::divide, Assoc::Left)
                | Op::infix(Rule::remainder, Assoc::Left))
            .op(Op::prefix(Rule::negative)
                | Op::prefix(Rule::positive)
                | Op::prefix(Rule::square_root)
                | Op::prefix(Rule::cube_root))
            .op(Op::infix(Rule::power, Assoc::Right))
            .op(Op::postfix(Rule::superscript));
        // The closures share the builder, one after the other.
        let builder = std::cell::RefCell::new(self);
        pratt
            .map_primary(|pair| builder.borrow_mut().primary(pair))
            .map_prefix(|operator, value| {
                let op = match operator.as_rule() {
                    Rule::negative => Unary::Neg,
                    Rule::square_root => Unary::Sqrt,
                    Rule::cube_root => Unary::Cbrt,
                    _ => return value,
                };
                Ok(builder.borrow_mut().unary(op, value?))
            })
            .map_postfix(|value, exponent| Ok(builder.borrow_mut().power(value?, Value::Constant(raised(&exponent)))))
            .map_infix(|a, operator, b| {
                let (a, b) = (a?, b?);
                let mut builder = builder.borrow_mut();
                Ok(match operator.as_rule() {
                    Rule::add => builder.binary(Binary::Add, a, b),
                    Rule::subtract => builder.binary(Binary::Sub, a, b),
                    Rule::multiply => builder.binary(Binary::Mul, a, b),
                    Rule::divide => builder.binary(Binary::Div, a, b),
                    Rule::remainder => builder.binary(Binary::Rem, a, b),
                    _ => builder.power(a, b),
                })
            })
            .parse(pair.into_inner())
    }

    fn primary(&mut self, pair: Pair<'_, Rule>) -> Result<Value, FormulaError> {
        match pair.as_rule() {
            Rule::number => {
                let value: f64 = pair.as_str().parse().map_err(|_| self.error("expected a number", &pair))?;
                if value.is_finite() { Ok(Value::Constant(value)) } else { Err(self.error("too large for f64", &pair)) }
            }
            Rule::name => Ok(constant(pair.as_str()).map_or_else(
                || Value::At(self.variables.iter().position(|v| v == pair.as_str()).expect("variables are collected")),
                Value::Constant,
            )),
            Rule::call => self.call(pair),
            Rule::absolute => {
                let inner = self.expression(pair.into_inner().next().expect("bars hold an expression"))?;
                Ok(self.unary(Unary::Abs, inner))
            }
            _ => self.expression(pair.into_inner().next().expect("a group holds an expression")),
        }
    }

    fn call(&mut self, pair: Pair<'_, Rule>) -> Result<Value, FormulaError> {
        let mut inner = pair.into_inner().peekable();
        let name = inner.next().expect("a call has a name");
        let prime = inner.next_if(|pair| pair.as_rule() == Rule::prime).is_some();
        if let Some(exponent) = inner.next_if(|pair| pair.as_rule() == Rule::superscript) {
            if exponent.as_str() == "⁻¹" {
                let problem = format!(
                    "{name}⁻¹ may be the inverse function or 1/{name}: write what is meant",
                    name = name.as_str()
                );
                return Err(self.error(&problem, &name));
            }
            // tanh²(x) is (tanh(x))².
            let value = self.apply(&name, prime, inner)?;
            return Ok(self.power(value, Value::Constant(raised(&exponent))));
        }
        self.apply(&name, prime, inner)
    }

    /// A function of its arguments, or the derivative of one of a single argument.
    fn apply<'i>(
        &mut self,
        name: &Pair<'i, Rule>,
        prime: bool,
        inner: impl Iterator<Item = Pair<'i, Rule>>,
    ) -> Result<Value, FormulaError> {
        let arguments: Result<Vec<(Value, Pair<'_, Rule>)>, FormulaError> = inner
            .filter(|pair| pair.as_rule() == Rule::expression)
            .map(|pair| Ok((self.expression(pair.clone())?, pair)))
            .collect();
        let arguments = arguments?;
        let values: Vec<Value> = arguments.iter().map(|&(value, _)| value).collect();
        let takes = |expected: &str| {
            let found = values.len();
            self.error(&format!("{} takes {expected}, found {found}", name.as_str()), name)
        };
        match (function(name.as_str()), values.as_slice()) {
            (Some(Function::Unary(op)), &[a]) if prime => Ok(self.derivative(op, a)),
            (Some(Function::Unary(op)), &[a]) => Ok(self.unary(op, a)),
            (Some(Function::Unary(_)), _) => Err(takes("one argument")),
            (Some(_), _) if prime => Err(self.error("f′ is for functions f of one argument", name)),
            (Some(Function::Power), &[a, b]) => match b {
                Value::Constant(n) if n == f64::from(n as i32) => Ok(self.unary(Unary::Powi(n as i32), a)),
                _ => Err(self.error("powi takes a whole number as its exponent", &arguments[1].1)),
            },
            (Some(Function::Binary(op)), &[a, b]) => Ok(self.binary(op, a, b)),
            (Some(Function::Binary(Binary::Log)), [_]) => {
                Err(self.error("log takes a number and a base: ln is the natural logarithm", name))
            }
            (Some(Function::Binary(_) | Function::Power), _) => Err(takes("two arguments")),
            (Some(Function::Ternary(op)), &[a, b, c]) => {
                let operands = [self.at(a), self.at(b), self.at(c)];
                Ok(self.push(Statement::Ternary(op, operands)))
            }
            (Some(Function::Ternary(_)), _) => Err(takes("three arguments")),
            (Some(Function::Sum | Function::LogSumExp), []) => Err(takes("at least one argument")),
            (Some(Function::Sum), values) => {
                let operands = values.iter().map(|&value| self.at(value)).collect();
                Ok(self.push(Statement::Sum(operands)))
            }
            (Some(Function::LogSumExp), values) => {
                let operands = values.iter().map(|&value| self.at(value)).collect();
                Ok(self.push(Statement::LogSumExp(operands)))
            }
            (None, _) => {
                let meant = elsewhere(name.as_str()).map(|known| format!(": write {known}"));
                let meant = meant.or_else(|| Some(format!(", did you mean {}?", misspelt(name.as_str())?)));
                Err(self.error(&format!("there is no function {}{}", name.as_str(), meant.unwrap_or_default()), name))
            }
        }
    }

    fn error(&self, problem: &str, pair: &Pair<'_, Rule>) -> FormulaError {
        FormulaError::new(problem, self.text, pair.as_span().start())
    }
}

/// The number that a superscript says.
fn raised(superscript: &Pair<'_, Rule>) -> f64 {
    const DIGITS: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    let (sign, digits) =
        superscript.as_str().strip_prefix('⁻').map_or((1.0, superscript.as_str()), |digits| (-1.0, digits));
    let digit = |c| DIGITS.chars().position(|known| known == c).unwrap_or(0) as f64;
    sign * digits.chars().fold(0.0, |number, c| 10.0 * number + digit(c))
}
