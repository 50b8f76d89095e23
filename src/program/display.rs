//! Programs in writing: readable assembly.

use super::batch::Program;
use super::code::{Block, Code, Instruction, Rows, Start, slots_read};
use super::ir::Op;
use super::lanes::Element;
use std::fmt;

/// What runs before the samples, for each block of them, and after them. `u` are numbers that all samples share, `s` slots
/// with a number for each lane, `sum` accumulators.
impl<T: Element> fmt::Display for Program<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (code, block, statistics) = (&self.code, &self.code.block, self.statistics());
        writeln!(f, "; {} lanes, {} slots, {}", statistics.lanes, statistics.slots, statistics.dispatch)?;
        writeln!(f, "before:")?;
        for run in &code.inputs {
            writeln!(f, "    u{}.. = inputs {}..{}", run.to, run.from, run.from + run.count)?;
        }
        for (register, what) in &code.before {
            writeln!(f, "    u{register} = {}", shared(what))?;
        }
        writeln!(f, "block:")?;
        for load in &block.loads {
            let (slot, column) = (load.slot, load.column);
            writeln!(f, "    s{slot}.. = data {column}..{}", column + load.count)?;
        }
        for instruction in &block.instructions {
            writeln!(f, "    {}", line(block, instruction))?;
        }
        writeln!(f, "after:")?;
        for (register, what) in &code.after {
            writeln!(f, "    u{register} = {}", shared(what))?;
        }
        for (column, result) in code.results.iter().enumerate() {
            writeln!(f, "    result {column} = {result:?}")?;
        }
        Ok(())
    }
}

fn shared(what: &Op) -> String {
    let list = |operands: &[u32]| operands.iter().map(|a| format!("u{a}")).collect::<Vec<_>>().join(", ");
    match what {
        Op::Unary(op, a) => format!("{} u{a}", op.name()),
        Op::Binary(op, operands) => format!("{} {}", op.name(), list(operands)),
        Op::Product(operands) => format!("product {}", list(operands)),
        Op::MulAdd(operands) => format!("mul_add {}", list(operands)),
        Op::Select(test, operands) => format!("select {test:?} {}", list(operands)),
        Op::Reduce([start, end]) => format!("sum of terms {start}..{end}"),
        Op::Input(_) | Op::Constant(_) => unreachable!("they are in registers from the start"),
    }
}

fn line(block: &Block, i: &Instruction) -> String {
    let start = |start: Start| match start {
        Start::Product => String::new(),
        Start::Registers(list) => format!(" + u{}..", block.lists[list as usize]),
        Start::Slot(slot) => format!(" + s{slot}"),
    };
    match i.code {
        Code::Rows => {
            let Rows { rows, columns, results, column, matrix, .. } = block.rows[i.a as usize];
            let (first, x) = (block.lists[results as usize], block.lists[column as usize]);
            let start = start(block.rows[i.a as usize].start);
            format!("s{first}.. = rows {rows}×{columns} u{matrix}.. · s{x}..{start}")
        }
        Code::Pairs => {
            let pairs = block.pairs[i.a as usize];
            format!("s{} = pairs {}{}", pairs.result, pairs.terms, start(pairs.start))
        }
        Code::Outer => {
            let outer = block.outers[i.a as usize];
            format!("sum{}.. += outer {}×{}", outer.sums, outer.rows, outer.columns)
        }
        code => {
            let letters = [i.a, i.b, i.c, i.e];
            let slots = slots_read(code);
            let operands: Vec<String> = letters
                .iter()
                .enumerate()
                .filter(|(_, letter)| **letter != super::ir::NONE)
                .map(|(at, letter)| format!("{}{letter}", if slots.contains(&at) { "s" } else { "u" }))
                .collect();
            let operands = operands.join(", ");
            match code {
                Code::ReduceAdd => format!("sum lane {} += {operands}", i.d),
                Code::ReduceMul => format!("sum lane {} += product {operands}", i.d),
                Code::Store => format!("result {} = {operands}", i.d),
                Code::Guard => {
                    let guard = &block.guards[i.d as usize].guard;
                    format!("guard {:?} {operands} is {}", guard.question, guard.outcome())
                }
                code => format!("s{} = {} {operands}", i.d, format!("{code:?}").to_lowercase()),
            }
        }
    }
}
