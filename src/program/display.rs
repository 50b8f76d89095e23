//! Programs as listings: readable assembly.

use super::code::{Body, DotProduct, LaneCode, MatrixVector, OuterProduct, ResultSource, Start, Term};
use super::ir::{NONE, Op, Test};
use super::lanes::Element;
use super::opcode::{Instruction, Opcode, VectorFunction, varying_operands};
use super::program::Program;
use crate::rules::{Binary, Unary};
use crate::text::counted;
use std::fmt;

/// The listing of a program: the uniform prologue, the body, which runs for each block of samples, and the reduction epilogue.
/// `u` are uniform registers, `v` varying registers, which have a number for each lane, and `sum` accumulators; `v4..7` are v4, v5
/// and v6.
impl<T: Element> fmt::Display for Program<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (code, body, statistics) = (&self.code, &self.code.body, self.statistics());
        let exact = if body.exact { "exact, " } else { "" };
        writeln!(
            f,
            "; {exact}{} lanes, {}, {}",
            statistics.lanes,
            counted(statistics.varying_registers, "varying register"),
            statistics.instruction_set
        )?;
        writeln!(f, "prologue:")?;
        for copy in &code.inputs {
            let inputs = range(copy.from, copy.count);
            writeln!(f, "    u{} = input {inputs}", range(copy.to, copy.count))?;
        }
        for (uniform, value) in constants(code) {
            writeln!(f, "    u{uniform} = {value:?}")?;
        }
        for (uniform, op) in &code.prologue {
            writeln!(f, "    u{uniform} = {}", uniform_operation(op, code))?;
        }
        for check in &code.uniform_guards {
            let guard = &check.guard;
            writeln!(f, "    guard {}", guard.describe(guard.operands.map(|uniform| format!("u{uniform}"))))?;
        }
        writeln!(f, "body:")?;
        for [register, uniform] in &body.splats {
            writeln!(f, "    v{register} = u{uniform}")?;
        }
        for load in &body.loads {
            writeln!(f, "    v{} = data {}", range(load.register, load.count), range(load.column, load.count))?;
        }
        for instruction in &body.instructions {
            writeln!(f, "    {}", line(body, instruction))?;
        }
        writeln!(f, "epilogue:")?;
        for (uniform, op) in &code.epilogue {
            writeln!(f, "    u{uniform} = {}", uniform_operation(op, code))?;
        }
        for (column, result) in code.results.iter().enumerate() {
            match result {
                // The body writes it.
                ResultSource::Stored => {}
                ResultSource::Uniform(uniform) => writeln!(f, "    result {column} = u{uniform}")?,
                ResultSource::Sum(sum) => writeln!(f, "    result {column} = sum {sum}")?,
            }
        }
        Ok(())
    }
}

/// A range of so many numbers from this one on.
fn range(first: u32, count: u32) -> String {
    if count == 1 { first.to_string() } else { format!("{first}..{}", first + count) }
}

/// The uniform registers that hold a constant.
fn constants(code: &LaneCode) -> impl Iterator<Item = (usize, f64)> {
    let mut written = vec![false; code.uniforms.len()];
    for copy in &code.inputs {
        written[copy.to as usize..][..copy.count as usize].fill(true);
    }
    code.prologue.iter().chain(&code.epilogue).for_each(|(uniform, _)| written[*uniform as usize] = true);
    // The registers of results that are read from accumulators are never written.
    let read = uniforms_read(code);
    code.uniforms.iter().copied().enumerate().filter(move |&(uniform, _)| !written[uniform] && read[uniform])
}

/// Which uniform registers are read.
fn uniforms_read(code: &LaneCode) -> Vec<bool> {
    let mut read = vec![false; code.uniforms.len()];
    let mut mark = |uniform: u32| read[uniform as usize] = true;
    for (_, op) in code.prologue.iter().chain(&code.epilogue) {
        match op {
            Op::Reduce([start, end]) => code.terms[*start as usize..*end as usize].iter().for_each(|term| {
                if let Term::Uniform(uniform) = term {
                    mark(*uniform);
                }
            }),
            op => op.for_each_operand(&[], &mut mark),
        }
    }
    code.uniform_guards.iter().for_each(|check| check.guard.operands.into_iter().for_each(&mut mark));
    code.body.splats.iter().for_each(|&[_, uniform]| mark(uniform));
    for i in &code.body.instructions {
        if !matches!(i.opcode, Opcode::MatrixVector | Opcode::DotProduct | Opcode::OuterProduct) {
            let varying = varying_operands(i.opcode);
            let operands = [i.a, i.b, i.c, i.e].into_iter().enumerate();
            operands
                .filter(|(at, operand)| *operand != NONE && !varying.contains(at))
                .for_each(|(_, operand)| mark(operand));
        }
    }
    for rows in &code.body.matrix_vectors {
        for row in 0..rows.rows as i32 {
            for column in 0..rows.columns as i32 {
                mark((rows.matrix as i32 + row * rows.row_stride + column * rows.column_stride) as u32);
            }
        }
    }
    let starts = code.body.matrix_vectors.iter().map(|rows| (rows.start, rows.rows));
    for (start, count) in starts.chain(code.body.dot_products.iter().map(|pairs| (pairs.start, 1))) {
        if let Start::Uniforms(list) = start {
            code.body.lists[list as usize..][..count as usize].iter().copied().for_each(&mut mark);
        }
    }
    code.results.iter().for_each(|result| {
        if let ResultSource::Uniform(uniform) = result {
            mark(*uniform);
        }
    });
    read
}

fn uniform_operation(op: &Op, code: &LaneCode) -> String {
    let list = |operands: &[u32]| operands.iter().map(|a| format!("u{a}")).collect::<Vec<_>>().join(", ");
    match *op {
        Op::Unary(Unary::Detach, a) => format!("u{a}"),
        Op::Unary(op, a) => format!("{} u{a}", unary(op)),
        Op::Binary(op, operands) => format!("{} {}", op.name(), list(&operands)),
        Op::StrongZeroMul(operands) => format!("strong_zero_mul {}", list(&operands)),
        Op::MulAdd(operands) => format!("fused_mul_add {}", list(&operands)),
        Op::Select(test, [a, b, c, e]) => format!("select u{a} {} u{b}, u{c}, u{e}", sign(test)),
        Op::Reduce([start, end]) => {
            let terms = code.terms[start as usize..end as usize].iter().map(|term| match term {
                Term::Sum(sum) => format!("sum {sum}"),
                Term::Uniform(uniform) => format!("samples · u{uniform}"),
            });
            terms.collect::<Vec<_>>().join(" + ")
        }
        Op::Input(_) | Op::Constant(_) => unreachable!("they are in registers from the start"),
    }
}

fn sign(test: Test) -> &'static str {
    match test {
        Test::Less => "<",
        Test::Equal => "==",
    }
}

fn unary(op: Unary) -> String {
    if let Unary::Powi(n) = op { format!("powi({n})") } else { op.name().to_owned() }
}

fn vector_function(function: VectorFunction) -> String {
    let is_unary = |op: &&Unary| VectorFunction::of_unary(**op) == Some(function);
    let is_binary = |op: &&Binary| VectorFunction::of_binary(**op) == Some(function);
    match function {
        VectorFunction::Powi(n) => unary(Unary::Powi(n)),
        VectorFunction::SechSquared => "sech_squared".to_owned(),
        VectorFunction::LogisticDerivative => "logistic_derivative".to_owned(),
        _ => {
            let name = Unary::ALL.iter().find(is_unary).map(|op| op.name());
            name.or_else(|| Binary::ALL.iter().find(is_binary).map(|op| op.name())).unwrap_or_default().to_owned()
        }
    }
}

/// The name of an opcode; the operands that follow it say whether they are uniform or varying.
fn mnemonic(opcode: Opcode) -> String {
    let name = match opcode {
        Opcode::AddVV | Opcode::AddVU => "add",
        Opcode::SubVV | Opcode::SubVU | Opcode::SubUV => "sub",
        Opcode::MulVV | Opcode::MulVU => "mul",
        Opcode::DivVV | Opcode::DivVU | Opcode::DivUV => "div",
        Opcode::MulAddVVV | Opcode::MulAddUVV | Opcode::MulAddVVU | Opcode::MulAddUVU => "mul_add",
        Opcode::MulSubVVV | Opcode::MulSubUVV | Opcode::MulSubVVU | Opcode::MulSubUVU => "mul_sub",
        Opcode::NegMulAddVVV | Opcode::NegMulAddUVV | Opcode::NegMulAddVVU | Opcode::NegMulAddUVU => "neg_mul_add",
        Opcode::Fused => "fused_mul_add",
        Opcode::Neg => "neg",
        Opcode::Abs => "abs",
        Opcode::Sqrt => "sqrt",
        Opcode::Excess => "excess",
        Opcode::Max => "max",
        Opcode::Min => "min",
        Opcode::StrongZeroMul => "strong_zero_mul",
        Opcode::Unary(function) | Opcode::Binary(function) => return vector_function(function),
        Opcode::ExactUnary(op) => return unary(op),
        Opcode::ExactBinary(op) => op.name(),
        Opcode::Select(_) | Opcode::MatrixVector | Opcode::DotProduct | Opcode::OuterProduct => {
            unreachable!("written in a form of its own")
        }
        Opcode::ReduceAdd | Opcode::ReduceMul | Opcode::Store | Opcode::Guard => {
            unreachable!("written in a form of its own")
        }
    };
    name.to_owned()
}

fn line(body: &Body, i: &Instruction) -> String {
    let start = |start: Start| match start {
        Start::FirstProduct => String::new(),
        Start::Uniforms(list) => format!(" + u{}..", body.lists[list as usize]),
        Start::Varying(register) => format!(" + v{register}"),
    };
    let Instruction { opcode, d, a, b, c, e } = *i;
    let sum = || body.outer_sums as u32 + d;
    match opcode {
        Opcode::MatrixVector => {
            let MatrixVector { rows, columns, results, column, matrix, .. } = body.matrix_vectors[a as usize];
            let (first, x) = (body.lists[results as usize], body.lists[column as usize]);
            let start = start(body.matrix_vectors[a as usize].start);
            format!("v{first}.. = matvec {rows}×{columns} u{matrix}.. · v{x}..{start}")
        }
        Opcode::DotProduct => {
            let DotProduct { result, terms, list, .. } = body.dot_products[a as usize];
            let of_list = body.lists[list as usize..][..2 * terms as usize].chunks_exact(2);
            let products: Vec<String> = of_list.map(|pair| format!("v{} · v{}", pair[0], pair[1])).collect();
            format!("v{result} = {}{}", products.join(" + "), start(body.dot_products[a as usize].start))
        }
        Opcode::OuterProduct => {
            let OuterProduct { rows, columns, row_list, column_list, sums } = body.outer_products[a as usize];
            let (row, column) = (body.lists[row_list as usize], body.lists[column_list as usize]);
            format!("sum {sums}.. += outer {rows}×{columns} v{row}.. · v{column}..")
        }
        Opcode::ReduceAdd => format!("sum {} += v{a}", sum()),
        Opcode::ReduceMul => format!("sum {} += v{a} · v{b}", sum()),
        Opcode::Store => format!("result {d} = v{a}"),
        Opcode::Guard => {
            let guard = &body.guards[d as usize].guard;
            format!("guard {}", guard.describe([a, b].map(|register| format!("v{register}"))))
        }
        Opcode::Select(test) => format!("v{d} = select v{a} {} v{b}, v{c}, v{e}", sign(test)),
        opcode => {
            let varying = varying_operands(opcode);
            let operands = [a, b, c, e].into_iter().enumerate().filter(|(_, operand)| *operand != NONE);
            let operands =
                operands.map(|(at, operand)| format!("{}{operand}", if varying.contains(&at) { "v" } else { "u" }));
            format!("v{d} = {} {}", mnemonic(opcode), operands.collect::<Vec<_>>().join(", "))
        }
    }
}
