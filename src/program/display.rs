//! Programs in writing: readable assembly.

use super::batch::Program;
use super::code::{Block, Code, Compiled, Fast, Instruction, Outer, Pairs, Result1, Rows, Start, Term, slots_read};
use super::ir::{NONE, Op, Test};
use super::lanes::Element;
use crate::rules::{Binary, Unary};
use crate::text::counted;
use std::fmt;

/// What runs before the samples, for each block of them, and after them. `u` are numbers that all samples share, `s` slots
/// with a number for each lane, `sum` what is added up over the samples; `s4..7` are s4, s5 and s6.
impl<T: Element> fmt::Display for Program<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (code, block, statistics) = (&self.code, &self.code.block, self.statistics());
        let exact = if block.exact { "exact, " } else { "" };
        writeln!(
            f,
            "; {exact}{} lanes, {}, {}",
            statistics.lanes,
            counted(statistics.slots, "slot"),
            statistics.dispatch
        )?;
        writeln!(f, "before:")?;
        for run in &code.inputs {
            let inputs = range(run.from, run.count);
            writeln!(f, "    u{} = input {inputs}", range(run.to, run.count))?;
        }
        for (register, value) in constants(code) {
            writeln!(f, "    u{register} = {value:?}")?;
        }
        for (register, what) in &code.before {
            writeln!(f, "    u{register} = {}", shared(what, code))?;
        }
        for asked in &code.uniform_guards {
            let guard = &asked.guard;
            writeln!(f, "    guard {}", guard.describe(guard.operands.map(|register| format!("u{register}"))))?;
        }
        writeln!(f, "block:")?;
        for [slot, register] in &block.splats {
            writeln!(f, "    s{slot} = u{register}")?;
        }
        for load in &block.loads {
            writeln!(f, "    s{} = data {}", range(load.slot, load.count), range(load.column, load.count))?;
        }
        for instruction in &block.instructions {
            writeln!(f, "    {}", line(block, instruction))?;
        }
        writeln!(f, "after:")?;
        for (register, what) in &code.after {
            writeln!(f, "    u{register} = {}", shared(what, code))?;
        }
        for (column, result) in code.results.iter().enumerate() {
            match result {
                // The block has it.
                Result1::Stored => {}
                Result1::Register(register) => writeln!(f, "    result {column} = u{register}")?,
                Result1::Sum(sum) => writeln!(f, "    result {column} = sum {sum}")?,
            }
        }
        Ok(())
    }
}

/// So many numbers from this one on.
fn range(first: u32, count: u32) -> String {
    if count == 1 { first.to_string() } else { format!("{first}..{}", first + count) }
}

/// The registers that hold the same number in every run.
fn constants(code: &Compiled) -> impl Iterator<Item = (usize, f64)> {
    let mut written = vec![false; code.registers.len()];
    for run in &code.inputs {
        written[run.to as usize..][..run.count as usize].fill(true);
    }
    code.before.iter().chain(&code.after).for_each(|(register, _)| written[*register as usize] = true);
    // The sums that are read where they were added up have registers that nobody writes.
    let read = registers_read(code);
    code.registers.iter().copied().enumerate().filter(move |&(register, _)| !written[register] && read[register])
}

/// Which registers something reads.
fn registers_read(code: &Compiled) -> Vec<bool> {
    let mut read = vec![false; code.registers.len()];
    let mut mark = |register: u32| read[register as usize] = true;
    for (_, what) in code.before.iter().chain(&code.after) {
        match what {
            Op::Reduce([start, end]) => code.terms[*start as usize..*end as usize].iter().for_each(|term| {
                if let Term::Register(register) = term {
                    mark(*register);
                }
            }),
            what => what.for_each_operand(&[], &mut mark),
        }
    }
    code.uniform_guards.iter().for_each(|asked| asked.guard.operands.into_iter().for_each(&mut mark));
    code.block.splats.iter().for_each(|&[_, register]| mark(register));
    for i in &code.block.instructions {
        if !matches!(i.code, Code::Rows | Code::Pairs | Code::Outer) {
            let slots = slots_read(i.code);
            let letters = [i.a, i.b, i.c, i.e].into_iter().enumerate();
            letters.filter(|(at, letter)| *letter != NONE && !slots.contains(at)).for_each(|(_, letter)| mark(letter));
        }
    }
    for rows in &code.block.rows {
        for row in 0..rows.rows as i32 {
            for column in 0..rows.columns as i32 {
                mark((rows.matrix as i32 + row * rows.row_step + column * rows.column_step) as u32);
            }
        }
    }
    let starts = code.block.rows.iter().map(|rows| (rows.start, rows.rows));
    for (start, count) in starts.chain(code.block.pairs.iter().map(|pairs| (pairs.start, 1))) {
        if let Start::Registers(list) = start {
            code.block.lists[list as usize..][..count as usize].iter().copied().for_each(&mut mark);
        }
    }
    code.results.iter().for_each(|result| {
        if let Result1::Register(register) = result {
            mark(*register);
        }
    });
    read
}

fn shared(what: &Op, code: &Compiled) -> String {
    let list = |operands: &[u32]| operands.iter().map(|a| format!("u{a}")).collect::<Vec<_>>().join(", ");
    match *what {
        Op::Unary(Unary::Detach, a) => format!("u{a}"),
        Op::Unary(op, a) => format!("{} u{a}", unary(op)),
        Op::Binary(op, operands) => format!("{} {}", op.name(), list(&operands)),
        Op::Product(operands) => format!("product {}", list(&operands)),
        Op::MulAdd(operands) => format!("fused_mul_add {}", list(&operands)),
        Op::Select(test, [a, b, c, e]) => format!("select u{a} {} u{b}, u{c}, u{e}", sign(test)),
        Op::Reduce([start, end]) => {
            let terms = code.terms[start as usize..end as usize].iter().map(|term| match term {
                Term::Sum(sum) => format!("sum {sum}"),
                Term::Register(register) => format!("samples · u{register}"),
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

fn fast(function: Fast) -> String {
    let is_unary = |op: &&Unary| Fast::of(**op) == Some(function);
    let is_binary = |op: &&Binary| Fast::of_two(**op) == Some(function);
    match function {
        Fast::Powi(n) => unary(Unary::Powi(n)),
        Fast::SechSquared => "sech_squared".to_owned(),
        Fast::LogisticSlope => "logistic_slope".to_owned(),
        _ => {
            let name = Unary::ALL.iter().find(is_unary).map(|op| op.name());
            name.or_else(|| Binary::ALL.iter().find(is_binary).map(|op| op.name())).unwrap_or_default().to_owned()
        }
    }
}

/// What is done with the operands that follow, which say themselves where they are.
fn mnemonic(code: Code) -> String {
    let name = match code {
        Code::AddVV | Code::AddVU => "add",
        Code::SubVV | Code::SubVU | Code::SubUV => "sub",
        Code::MulVV | Code::MulVU => "mul",
        Code::DivVV | Code::DivVU | Code::DivUV => "div",
        Code::MulAddVVV | Code::MulAddUVV | Code::MulAddVVU | Code::MulAddUVU => "mul_add",
        Code::MulSubVVV | Code::MulSubUVV | Code::MulSubVVU | Code::MulSubUVU => "mul_sub",
        Code::NegMulAddVVV | Code::NegMulAddUVV | Code::NegMulAddVVU | Code::NegMulAddUVU => "neg_mul_add",
        Code::Fused => "fused_mul_add",
        Code::Neg => "neg",
        Code::Abs => "abs",
        Code::Sqrt => "sqrt",
        Code::Excess => "excess",
        Code::Max => "max",
        Code::Min => "min",
        Code::Product => "product",
        Code::Unary(function) | Code::Binary(function) => return fast(function),
        Code::ExactUnary(op) => return unary(op),
        Code::ExactBinary(op) => op.name(),
        Code::Select(_) | Code::Rows | Code::Pairs | Code::Outer => unreachable!("written in a form of its own"),
        Code::ReduceAdd | Code::ReduceMul | Code::Store | Code::Guard => unreachable!("written in a form of its own"),
    };
    name.to_owned()
}

fn line(block: &Block, i: &Instruction) -> String {
    let start = |start: Start| match start {
        Start::Product => String::new(),
        Start::Registers(list) => format!(" + u{}..", block.lists[list as usize]),
        Start::Slot(slot) => format!(" + s{slot}"),
    };
    let Instruction { code, d, a, b, c, e } = *i;
    let sum = || block.outer_sums as u32 + d;
    match code {
        Code::Rows => {
            let Rows { rows, columns, results, column, matrix, .. } = block.rows[a as usize];
            let (first, x) = (block.lists[results as usize], block.lists[column as usize]);
            let start = start(block.rows[a as usize].start);
            format!("s{first}.. = rows {rows}×{columns} u{matrix}.. · s{x}..{start}")
        }
        Code::Pairs => {
            let Pairs { result, terms, list, .. } = block.pairs[a as usize];
            let of_list = block.lists[list as usize..][..2 * terms as usize].chunks_exact(2);
            let products: Vec<String> = of_list.map(|pair| format!("s{} · s{}", pair[0], pair[1])).collect();
            format!("s{result} = {}{}", products.join(" + "), start(block.pairs[a as usize].start))
        }
        Code::Outer => {
            let Outer { rows, columns, row_list, column_list, sums } = block.outers[a as usize];
            let (row, column) = (block.lists[row_list as usize], block.lists[column_list as usize]);
            format!("sum {sums}.. += outer {rows}×{columns} s{row}.. · s{column}..")
        }
        Code::ReduceAdd => format!("sum {} += s{a}", sum()),
        Code::ReduceMul => format!("sum {} += s{a} · s{b}", sum()),
        Code::Store => format!("result {d} = s{a}"),
        Code::Guard => {
            let guard = &block.guards[d as usize].guard;
            format!("guard {}", guard.describe([a, b].map(|slot| format!("s{slot}"))))
        }
        Code::Select(test) => format!("s{d} = select s{a} {} s{b}, s{c}, s{e}", sign(test)),
        code => {
            let slots = slots_read(code);
            let letters = [a, b, c, e].into_iter().enumerate().filter(|(_, letter)| *letter != NONE);
            let operands =
                letters.map(|(at, letter)| format!("{}{letter}", if slots.contains(&at) { "s" } else { "u" }));
            format!("s{d} = {} {}", mnemonic(code), operands.collect::<Vec<_>>().join(", "))
        }
    }
}
