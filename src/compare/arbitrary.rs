//! Random expressions and points for `quickcheck`.

use super::expression::{Case, EDGES, Expression, Statement};
use crate::rules::{Binary, Ternary, Unary};
use quickcheck::{Arbitrary, Gen};
use std::fmt;

/// How many operations lie on the longest path from an input, at most.
const DEPTH: usize = 10;

/// A case on which everything is finite and of moderate size, so that derivatives can be compared digit by digit.
#[derive(Clone, PartialEq)]
pub struct Ordinary(
    /// The function and the point.
    pub Case,
);

/// A case at any point, with zeros of both signs, infinities, NaN and the edges of domains among the inputs and
/// constants.
#[derive(Clone, PartialEq)]
pub struct Singular(
    /// The function and the point.
    pub Case,
);

/// As `quickcheck` shows a failing case: the program, ready to be read.
macro_rules! debug_as_program {
    ($($type:ident)*) => {$(
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}:\n{}", stringify!($type), self.0)
            }
        }
    )*};
}
debug_as_program!(Ordinary Singular);

fn below(g: &mut Gen, n: usize) -> usize {
    usize::arbitrary(g) % n
}

fn any<T: Copy>(g: &mut Gen, from: &[T]) -> T {
    from[below(g, from.len())]
}

/// A number of ordinary size, evenly spread over (-4, 4).
fn ordinary(g: &mut Gen) -> f64 {
    const STEPS: i64 = 1 << 40;
    (i64::arbitrary(g) % STEPS) as f64 / STEPS as f64 * 4.0
}

fn singular(g: &mut Gen) -> f64 {
    if bool::arbitrary(g) { any(g, EDGES) } else { ordinary(g) }
}

/// Builds an expression statement by statement, knowing the value of each.
struct Builder<'a> {
    g: &'a mut Gen,
    known: Vec<f64>,
    depth: Vec<usize>,
    statements: Vec<Statement>,
    number: fn(&mut Gen) -> f64,
    accept: fn(f64) -> bool,
}

impl Builder<'_> {
    fn operand(&mut self) -> usize {
        // Late numbers more often than early ones, so that expressions become deep; every one may be used again.
        let (a, b) = (below(self.g, self.known.len()), below(self.g, self.known.len()));
        let operand = a.max(b);
        if self.depth[operand] < DEPTH { operand } else { below(self.g, self.known.len()) }
    }

    fn statement(&mut self) -> Statement {
        let count = |g: &mut Gen| 1 + below(g, 5);
        match below(self.g, 20) {
            0 => Statement::Constant((self.number)(self.g)),
            1 => Statement::Ternary(any(self.g, Ternary::ALL), std::array::from_fn(|_| self.operand())),
            2 => Statement::Sum((0..count(self.g)).map(|_| self.operand()).collect()),
            3 => Statement::Dot((0..count(self.g)).map(|_| [self.operand(), self.operand()]).collect()),
            4 => Statement::LogSumExp((0..count(self.g)).map(|_| self.operand()).collect()),
            5 => Statement::Select(std::array::from_fn(|_| self.operand())),
            6..12 => match any(self.g, Unary::ALL) {
                Unary::Powi(_) => Statement::Unary(Unary::Powi(below(self.g, 11) as i32 - 5), self.operand()),
                op => Statement::Unary(op, self.operand()),
            },
            _ => Statement::Binary(any(self.g, Binary::ALL), std::array::from_fn(|_| self.operand())),
        }
    }

    fn build(mut self, inputs: usize, statements: usize) -> Expression {
        for _ in 0..statements {
            // Some of many tries is acceptable; if none is, the expression ends here.
            for _ in 0..30 {
                let statement = self.statement();
                let depth = 1 + statement.operands().iter().map(|&a| self.depth[a]).max().unwrap_or(0);
                let value = statement.eval(&self.known);
                // The sign of a NaN is nobody's promise, and `copysign` would turn it into a value.
                let by_nan =
                    matches!(statement, Statement::Binary(Binary::Copysign, [_, sign]) if self.known[sign].is_nan());
                if depth <= DEPTH && !by_nan && (self.accept)(value) {
                    self.known.push(value);
                    self.depth.push(depth);
                    self.statements.push(statement);
                    break;
                }
            }
        }
        Expression::new(inputs, self.statements)
    }
}

fn case(g: &mut Gen, number: fn(&mut Gen) -> f64, accept: fn(f64) -> bool) -> Case {
    let inputs = 1 + below(g, 4);
    let statements = 1 + below(g, g.size().clamp(1, 40));
    let x: Vec<f64> = (0..inputs).map(|_| number(g)).collect();
    let builder = Builder { known: x.clone(), depth: vec![0; inputs], statements: Vec::new(), g, number, accept };
    let expression = builder.build(inputs, statements);
    Case { expression, x }
}

/// Smaller cases: every proper prefix, and every statement taken out in favour of its first operand, a constant in favour of the
/// first input.
fn smaller(case: &Case) -> Vec<Case> {
    let (inputs, statements) = (case.expression.inputs(), case.expression.statements());
    let with = |statements| Case { expression: Expression::new(inputs, statements), x: case.x.clone() };
    let mut result: Vec<Case> = (0..statements.len()).map(|n| with(statements[..n].to_vec())).collect();
    for out in (0..statements.len()).rev() {
        let first = match statements[out].operands().first() {
            Some(&operand) => operand,
            None if inputs > 0 => 0,
            None => continue,
        };
        let renumber = |a: usize| match a.cmp(&(inputs + out)) {
            std::cmp::Ordering::Less => a,
            std::cmp::Ordering::Equal => first,
            std::cmp::Ordering::Greater => a - 1,
        };
        let kept = statements[..out].iter().cloned();
        result.push(with(kept.chain(statements[out + 1..].iter().map(|statement| statement.map(renumber))).collect()));
    }
    result
}

impl Ordinary {
    fn accepts(value: f64) -> bool {
        // The size keeps values, and with them partials, far from overflow over ten operations.
        value.is_finite() && (value == 0.0 || (1e-6..1e6).contains(&value.abs()))
    }
}

impl Arbitrary for Ordinary {
    fn arbitrary(g: &mut Gen) -> Self {
        Self(case(g, ordinary, Self::accepts))
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let ordinary = |case: &Case| {
            let mut known = case.x.clone();
            case.expression.statements().iter().all(|statement| {
                known.push(statement.eval(&known));
                Self::accepts(known[known.len() - 1])
            })
        };
        Box::new(smaller(&self.0).into_iter().filter(ordinary).map(Self))
    }
}

impl Arbitrary for Singular {
    fn arbitrary(g: &mut Gen) -> Self {
        Self(case(g, singular, |_| true))
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        Box::new(smaller(&self.0).into_iter().map(Self))
    }
}

impl Arbitrary for Expression {
    fn arbitrary(g: &mut Gen) -> Self {
        Singular::arbitrary(g).0.expression
    }
}
