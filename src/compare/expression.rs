//! Random functions as data: straight-line programs over the whole rule table.

use crate::model::{Model, One};
use crate::number::Scalar;
use crate::rules::{Binary, Ternary, Unary};
use std::fmt;

/// Numbers where functions have edges, and where numbers end: what a random function is best tried at.
pub const EDGES: &[f64] = &[
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    0.7,
    2.0,
    -2.0,
    3.5,
    -7.25,
    16.0,
    20.0,
    300.0,
    800.0,
    -800.0,
    1e300,
    -1e300,
    1e-300,
    1e-320,
    1e6,
    f64::MAX,
    f64::MIN_POSITIVE,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];

/// One operation of an [`Expression`]; operands are positions among the inputs and the earlier statements.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Statement {
    /// A constant.
    Constant(f64),
    /// A function of one operand.
    Unary(Unary, usize),
    /// The derivative of a function of one operand, by its rule.
    Derivative(Unary, usize),
    /// A function of two operands.
    Binary(Binary, [usize; 2]),
    /// A function of three operands.
    Ternary(Ternary, [usize; 3]),
    /// [`Scalar::sum`] of any number of operands.
    Sum(Vec<usize>),
    /// [`Scalar::dot`] of pairs of operands.
    Dot(Vec<[usize; 2]>),
    /// [`Scalar::log_sum_exp`] of any number of operands.
    LogSumExp(Vec<usize>),
    /// The third operand if the first is less than the second, else the fourth.
    Select([usize; 4]),
}

impl Statement {
    /// The operands.
    pub fn operands(&self) -> Vec<usize> {
        match self {
            Self::Constant(_) => Vec::new(),
            Self::Unary(_, a) | Self::Derivative(_, a) => vec![*a],
            Self::Binary(_, operands) => operands.to_vec(),
            Self::Ternary(_, operands) => operands.to_vec(),
            Self::Sum(operands) | Self::LogSumExp(operands) => operands.clone(),
            Self::Dot(pairs) => pairs.concat(),
            Self::Select(operands) => operands.to_vec(),
        }
    }

    /// The same statement with every operand replaced.
    #[cfg(feature = "quickcheck")]
    pub(super) fn map(&self, f: impl Fn(usize) -> usize) -> Self {
        match self {
            Self::Constant(c) => Self::Constant(*c),
            Self::Unary(op, a) => Self::Unary(*op, f(*a)),
            Self::Derivative(op, a) => Self::Derivative(*op, f(*a)),
            Self::Binary(op, operands) => Self::Binary(*op, operands.map(f)),
            Self::Ternary(op, operands) => Self::Ternary(*op, operands.map(f)),
            Self::Sum(operands) => Self::Sum(operands.iter().map(|&a| f(a)).collect()),
            Self::Dot(pairs) => Self::Dot(pairs.iter().map(|pair| pair.map(&f)).collect()),
            Self::LogSumExp(operands) => Self::LogSumExp(operands.iter().map(|&a| f(a)).collect()),
            Self::Select(operands) => Self::Select(operands.map(f)),
        }
    }

    /// The value, given those of the inputs and the earlier statements.
    pub(super) fn eval<T: Scalar>(&self, known: &[T]) -> T {
        match self {
            Self::Constant(c) => T::constant(*c),
            Self::Unary(op, a) => op.value(known[*a]),
            Self::Derivative(op, a) => op.rule(known[*a]).1.value(),
            Self::Binary(op, [a, b]) => op.value(known[*a], known[*b]),
            Self::Ternary(op, [a, b, c]) => op.value(known[*a], known[*b], known[*c]),
            Self::Sum(operands) => <T as Scalar>::sum(&operands.iter().map(|&a| known[a]).collect::<Vec<_>>()),
            Self::Dot(pairs) => {
                let (a, b): (Vec<T>, Vec<T>) = pairs.iter().map(|&[a, b]| (known[a], known[b])).unzip();
                T::dot(&a, &b)
            }
            Self::LogSumExp(operands) => T::log_sum_exp(&operands.iter().map(|&a| known[a]).collect::<Vec<_>>()),
            Self::Select([a, b, c, d]) => {
                if known[*a] < known[*b] {
                    known[*c]
                } else {
                    known[*d]
                }
            }
        }
    }
}

/// A function of several inputs as a list of operations; its value is that of the last statement.
///
/// It is a [`Model`], prints as a program, and with feature `quickcheck` or `proptest` is `Arbitrary`: a random one uses every
/// function of the rule table, shares subexpressions, and is up to ten operations deep.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    inputs: usize,
    statements: Vec<Statement>,
}

impl Expression {
    /// A function of `inputs` inputs.
    ///
    /// # Panics
    ///
    /// If there is neither an input nor a statement, or a statement uses an operand that is not before it.
    #[must_use]
    pub fn new(inputs: usize, statements: Vec<Statement>) -> Self {
        assert!(inputs + statements.len() > 0, "expected an input or a statement, found neither");
        for (position, statement) in statements.iter().enumerate() {
            for operand in statement.operands() {
                assert!(
                    operand < inputs + position,
                    "statement {position}: expected operands below {}, found {operand}",
                    inputs + position
                );
            }
        }
        Self { inputs, statements }
    }

    /// How many inputs it has.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Its operations.
    #[must_use]
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }
}

impl Model for Expression {
    type Outputs = One;
    /// # Panics
    ///
    /// If `x` has fewer entries than there are inputs.
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let mut known: Vec<T> = x[..self.inputs].to_vec();
        for statement in &self.statements {
            known.push(statement.eval(&known));
        }
        *known.last().expect("an expression has an input or a statement")
    }
}

/// One line a statement: `x0`, `x1`, … are the inputs, `v2`, … the statements.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |operand: usize| if operand < self.inputs { format!("x{operand}") } else { format!("v{operand}") };
        let list = |operands: &[usize]| operands.iter().map(|&a| name(a)).collect::<Vec<_>>().join(", ");
        for (position, statement) in self.statements.iter().enumerate() {
            write!(f, "v{} = ", self.inputs + position)?;
            match statement {
                Statement::Constant(c) => writeln!(f, "{c:?}")?,
                Statement::Unary(Unary::Powi(n), a) => writeln!(f, "powi({}, {n})", name(*a))?,
                Statement::Unary(op, a) => writeln!(f, "{}({})", op.name(), name(*a))?,
                Statement::Derivative(op, a) => writeln!(f, "{}′({})", op.name(), name(*a))?,
                Statement::Binary(op, operands) => writeln!(f, "{}({})", op.name(), list(operands))?,
                Statement::Ternary(op, operands) => writeln!(f, "{}({})", op.name(), list(operands))?,
                Statement::Sum(operands) => writeln!(f, "sum({})", list(operands))?,
                Statement::Dot(pairs) => {
                    let terms: Vec<_> = pairs.iter().map(|&[a, b]| format!("{}*{}", name(a), name(b))).collect();
                    writeln!(f, "dot({})", terms.join(", "))?;
                }
                Statement::LogSumExp(operands) => writeln!(f, "log_sum_exp({})", list(operands))?,
                Statement::Select([a, b, c, d]) => {
                    writeln!(f, "if {} < {} {{ {} }} else {{ {} }}", name(*a), name(*b), name(*c), name(*d))?;
                }
            }
        }
        Ok(())
    }
}

/// An expression and a point to try it at.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// The function.
    pub expression: Expression,
    /// The point, one entry for each input.
    pub x: Vec<f64>,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, x) in self.x.iter().enumerate() {
            writeln!(f, "x{i} = {x:?}")?;
        }
        fmt::Display::fmt(&self.expression, f)
    }
}
