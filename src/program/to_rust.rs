//! `Program::to_rust`: programs as Rust source.

use super::error::ProgramError;
use super::ir::{Id, Op, Test};
use super::lanes::Element;
use super::program::Program;
use super::schedule::Schedule;
use crate::graph::{Answer, Guard, Question, range_of_integers};
use crate::rules::{Binary, Unary};
use std::fmt::Write;

/// The strong-zero product of exported source.
const STRONG_ZERO_MUL: &str = "\
/// The strong-zero product: 0 where a factor is 0, whatever the other one is.
fn strong_zero_mul(a: f64, b: f64) -> f64 {
    if a == 0.0 || b == 0.0 { 0.0 } else { a * b }
}
";

impl<T: Element> Program<T> {
    /// The program for one sample as Rust source: `fn NAME(x: &[f64], g: &mut [f64]) -> f64`, straight-line.
    ///
    /// `x` are all inputs of the function in their order, then the direction if there is one; `g` receives the derivatives
    /// of the plan, and the value is returned. A function with guards becomes `-> Option<f64>`, which is `None` where a guard
    /// fails. The code is that of [`Plan::exact`](super::Plan::exact) over `f64`; where
    /// the function takes erf, ln Γ and the like, it calls this crate.
    ///
    /// # Errors
    ///
    /// [`ProgramError::Values`] unless the plan has one output.
    ///
    /// ```
    /// use dualtape::program::{Derivative, Plan, Program};
    ///
    /// fn square<T: num_traits::Float>(x: &[T]) -> T {
    ///     x[0] * x[0]
    /// }
    ///
    /// let program = Program::of(&dualtape::model!(square), &[1.0], &Plan::new(Derivative::Gradient))?;
    /// let source = program.to_rust("square")?;
    /// assert!(source.contains("pub fn square(x: &[f64], g: &mut [f64]) -> f64 {"));
    /// assert!(source.contains("let v1 = x[0] * x[0];"));
    /// # Ok::<(), dualtape::program::ProgramError>(())
    /// ```
    pub fn to_rust(&self, name: &str) -> Result<String, ProgramError> {
        if self.source.values != 1 {
            return Err(ProgramError::Values { found: self.source.values });
        }
        // No operations are combined.
        let schedule = Schedule::new(&self.source, &self.plan.clone().exact(), true);
        let mut body = String::new();
        let mut guards = self.source.guards.iter().zip(&schedule.guards).peekable();
        for (id, &op) in schedule.ops.iter().enumerate() {
            while let Some((guard, operands)) =
                guards.next_if(|(_, operands)| operands.iter().all(|&operand| (operand as usize) < id))
            {
                let [a, b] = operands.map(|operand| named(&schedule, operand));
                let _ = writeln!(body, "    if {} {{\n        return None;\n    }}", failure(guard, &a, &b));
            }
            if schedule.live[id] && !is_inline(op) {
                let _ = writeln!(body, "    let v{id} = {};", expression(&schedule, op));
            }
        }
        for (guard, operands) in guards {
            let [a, b] = operands.map(|operand| named(&schedule, operand));
            let _ = writeln!(body, "    if {} {{\n        return None;\n    }}", failure(guard, &a, &b));
        }
        let outputs: Vec<String> = schedule.outputs.iter().map(|&output| named(&schedule, output)).collect();
        for (at, derivative) in outputs[1..].iter().enumerate() {
            let _ = writeln!(body, "    g[{at}] = {derivative};");
        }
        let value = &outputs[0];
        let (result, last) = if self.source.guards.is_empty() {
            ("f64", value.clone())
        } else {
            ("Option<f64>", format!("Some({value})"))
        };
        let helper = if body.contains("strong_zero_mul(") { format!("\n{STRONG_ZERO_MUL}") } else { String::new() };
        Ok(format!(
            "/// The value, with the derivatives in `g`.\n\
             #[allow(clippy::all, unused_variables)]\n\
             pub fn {name}(x: &[f64], g: &mut [f64]) -> {result} {{\n{body}    {last}\n}}\n{helper}"
        ))
    }
}

/// Whether an operation is written in place of its uses.
fn is_inline(op: Op) -> bool {
    matches!(op, Op::Input(_) | Op::Constant(_) | Op::Unary(Unary::Detach, _))
}

fn named(schedule: &Schedule, id: Id) -> String {
    match schedule.ops[id as usize] {
        Op::Input(input) => format!("x[{input}]"),
        op => op.as_constant().map_or_else(|| format!("v{id}"), literal),
    }
}

fn literal(value: f64) -> String {
    match value {
        _ if value.is_nan() => "f64::NAN".to_owned(),
        f64::INFINITY => "f64::INFINITY".to_owned(),
        f64::NEG_INFINITY => "f64::NEG_INFINITY".to_owned(),
        _ if value.is_sign_negative() => format!("({value:?}_f64)"),
        _ => format!("{value:?}_f64"),
    }
}

fn expression(schedule: &Schedule, op: Op) -> String {
    let at = |id: Id| named(schedule, id);
    match op {
        Op::Input(_) | Op::Constant(_) => unreachable!("written in place of their uses"),
        Op::Unary(Unary::Neg, a) => format!("-{}", at(a)),
        Op::Unary(Unary::Powi(n), a) => format!("{}.powi({n})", at(a)),
        Op::Unary(op, a) if op.is_special() => format!("dualtape::Scalar::{}({})", op.name(), at(a)),
        Op::Unary(op, a) => format!("{}.{}()", at(a), op.name()),
        Op::Binary(Binary::Add, [a, b]) => format!("{} + {}", at(a), at(b)),
        Op::Binary(Binary::Sub, [a, b]) => format!("{} - {}", at(a), at(b)),
        Op::Binary(Binary::Mul, [a, b]) => format!("{} * {}", at(a), at(b)),
        Op::Binary(Binary::Div, [a, b]) => format!("{} / {}", at(a), at(b)),
        Op::Binary(Binary::Rem, [a, b]) => format!("{} % {}", at(a), at(b)),
        Op::Binary(Binary::StrongZeroMul, [a, b]) | Op::StrongZeroMul([a, b]) => {
            format!("strong_zero_mul({}, {})", at(a), at(b))
        }
        Op::Binary(op, [a, b]) if op.is_special() => format!("dualtape::Scalar::{}({}, {})", op.name(), at(a), at(b)),
        Op::Binary(Binary::AbsSub, [a, b]) => {
            let (a, b) = (at(a), at(b));
            format!("if {a} <= {b} {{ 0.0 }} else {{ {a} - {b} }}")
        }
        Op::Binary(op, [a, b]) => format!("{}.{}({})", at(a), op.name(), at(b)),
        Op::MulAdd([a, b, c]) => format!("{}.mul_add({}, {})", at(a), at(b), at(c)),
        Op::Select(test, [a, b, then, otherwise]) => {
            let sign = if test == Test::Less { "<" } else { "==" };
            format!("if {} {sign} {} {{ {} }} else {{ {} }}", at(a), at(b), at(then), at(otherwise))
        }
        // The reduction of a single sample is the sum of its terms.
        Op::Reduce([start, end]) => {
            let terms: Vec<String> = schedule.lists[start as usize..end as usize].iter().map(|&id| at(id)).collect();
            terms.join(" + ")
        }
    }
}

/// The condition that a guard fails.
fn failure(guard: &Guard, a: &str, b: &str) -> String {
    let not = |holds: String| if guard.outcome() { format!("!({holds})") } else { holds };
    match guard.question {
        Question::Order => {
            let order = match guard.answer() {
                Answer::Order(order) => format!("Some(std::cmp::Ordering::{order:?})"),
                _ => "None".to_owned(),
            };
            format!("{a}.partial_cmp(&{b}) != {order}")
        }
        Question::Equal => not(format!("{a} == {b}")),
        Question::Less => not(format!("{a} < {b}")),
        Question::LessOrEqual => not(format!("{a} <= {b}")),
        Question::Greater => not(format!("{a} > {b}")),
        Question::GreaterOrEqual => not(format!("{a} >= {b}")),
        Question::IsNan => not(format!("{a}.is_nan()")),
        Question::IsInfinite => not(format!("{a}.is_infinite()")),
        Question::IsFinite => not(format!("{a}.is_finite()")),
        Question::IsNormal => not(format!("{a}.is_normal()")),
        Question::IsSubnormal => not(format!("{a}.is_subnormal()")),
        Question::IsSignPositive => not(format!("{a}.is_sign_positive()")),
        Question::IsSignNegative => not(format!("{a}.is_sign_negative()")),
        Question::Integer { bits, signed } => match guard.answer().as_number() {
            Some(integer) => format!("{a}.trunc() != {}", literal(integer)),
            None => {
                let [least, end] = range_of_integers(bits, signed).map(literal);
                format!("{a}.trunc() >= {least} && {a}.trunc() < {end}")
            }
        },
        Question::Value => match guard.answer().as_number() {
            Some(value) if !value.is_nan() => format!("{a}.to_bits() != {:#x}_u64", value.to_bits()),
            _ => format!("!{a}.is_nan()"),
        },
    }
}
