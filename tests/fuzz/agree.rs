//! Random expressions at random points, by forward mode, reverse mode, the recorded graph and a program by a random plan: all
//! four must agree as the crate promises, entry by entry.
//!
//! `cargo +nightly fuzz run --fuzz-dir tests/fuzz agree`

#![no_main]

#[path = "../support/mod.rs"]
mod support;

use arbitrary::{Arbitrary, Result, Unstructured};
use dualtape::compare::{Case, EDGES, Expression, Statement, modes_agree};
use dualtape::graph::Graph;
use dualtape::rules::{Binary, Ternary, Unary};
use dualtape::{Model, reverse};
use libfuzzer_sys::fuzz_target;
use support::agreement::agree;
use support::same;

fn number(u: &mut Unstructured<'_>) -> Result<f64> {
    Ok(match u.int_in_range(0..=3)? {
        0 => *u.choose(EDGES)?,
        1 => f64::arbitrary(u)?,
        _ => f64::from(i16::arbitrary(u)?) / 8192.0,
    })
}

fn statement(u: &mut Unstructured<'_>, known: usize) -> Result<Statement> {
    let operand = |u: &mut Unstructured<'_>| u.choose_index(known);
    let some = |u: &mut Unstructured<'_>| u.int_in_range(1..=20);
    Ok(match u.int_in_range(0..=15)? {
        0 => Statement::Constant(number(u)?),
        1 => Statement::Ternary(*u.choose(Ternary::ALL)?, [operand(u)?, operand(u)?, operand(u)?]),
        2 => Statement::Sum((0..some(u)?).map(|_| operand(u)).collect::<Result<_>>()?),
        3 => Statement::Dot((0..some(u)?).map(|_| Ok([operand(u)?, operand(u)?])).collect::<Result<_>>()?),
        4 => Statement::LogSumExp((0..some(u)?).map(|_| operand(u)).collect::<Result<_>>()?),
        5 => Statement::Select([operand(u)?, operand(u)?, operand(u)?, operand(u)?]),
        6..=9 => match *u.choose(Unary::ALL)? {
            Unary::Powi(_) => Statement::Unary(Unary::Powi(u.int_in_range(-6..=6)?), operand(u)?),
            op => Statement::Unary(op, operand(u)?),
        },
        _ => Statement::Binary(*u.choose(Binary::ALL)?, [operand(u)?, operand(u)?]),
    })
}

/// An expression and a point, and what chooses how it is compiled.
#[derive(Debug)]
struct Input(Case, u64);

impl<'a> Arbitrary<'a> for Input {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let x: Vec<f64> = (0..u.int_in_range(1..=4)?).map(|_| number(u)).collect::<Result<_>>()?;
        let count = u.int_in_range(1..=30)?;
        let (mut statements, mut values) = (Vec::new(), x.clone());
        for _ in 0..count {
            let statement = statement(u, values.len())?;
            // The sign of a NaN is nobody's promise, and `copysign` would turn it into a value.
            if matches!(statement, Statement::Binary(Binary::Copysign, [_, sign]) if values[sign].is_nan()) {
                continue;
            }
            statements.push(statement);
            let so_far = Expression::new(x.len(), statements.clone());
            values.push(so_far.eval(&x));
        }
        let seed = u64::arbitrary(u)?;
        Ok(Self(Case { expression: Expression::new(x.len(), statements), x }, seed))
    }
}

fuzz_target!(|input: Input| {
    let Input(case, seed) = input;
    let (f, x) = (&case.expression, &case.x);
    let (value, gradient) = reverse::gradient(|x| f.eval(x), x);
    if let Err(error) = modes_agree(f, x) {
        panic!("forward and reverse: {error}\n{case}");
    }
    let recorded = Graph::of(f, x).gradient(x).expect("the point is the one that was recorded");
    assert!(same(recorded.0, value), "graph: value {:e}, expected {value:e}\n{case}", recorded.0);
    for (a, b) in recorded.1.iter().zip(&gradient) {
        assert!(same(*a, *b), "graph: derivative {a:e}, expected {b:e}\n{case}");
    }
    if let Err(error) = agree(&case, seed) {
        panic!("program: {error}");
    }
});
