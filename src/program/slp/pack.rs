//! From operations to packs: the level of each operation, its cell, and the isomorphic operations of a level.

use super::super::code::{CopyRange, GuardCheck};
use super::super::differentiate::Source;
use super::super::ir::{Id, NONE, Op};
use super::super::opcode::Opcode;
use super::super::plan::Plan;
use super::super::schedule::{Fusion, Role, Schedule};
use super::sums::find_sums;
use super::{Access, ResultSpan, SlpCode};
use crate::rules::Binary;
use std::collections::HashMap;

/// The least number of contiguous results that are copied as such, and of zeros that are not copied.
const LONG: usize = 8;

/// What the operations of one pack have in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Opcode(Opcode),
    Sum { terms: usize, exact: bool },
    Dot { terms: usize, started: bool, exact: bool },
}

/// The code of a single sample.
pub(in super::super) fn pack(source: &Source, plan: &Plan) -> SlpCode {
    let mut schedule = Schedule::of_one_sample(source, plan);
    find_sums(&mut schedule);
    schedule.fuse();
    let count = schedule.ops.len();
    let mut packer = Packer {
        cell: vec![NONE; count],
        column: vec![NONE; count],
        products: HashMap::new(),
        constants: 0,
        loaded: Vec::new(),
        code: SlpCode {
            cells: 0,
            constants: Vec::new(),
            loads: Vec::new(),
            kernels: Vec::new(),
            instructions: Vec::new(),
            operand_cells: Vec::new(),
            lists: Vec::new(),
            guards: Vec::new(),
            results: Default::default(),
            longest: 0,
            time: 0.0,
        },
        plan,
        schedule: &schedule,
    };
    packer.allocate_inputs();
    for packs in packer.levels() {
        for (kind, members) in packs {
            packer.emit(kind, members);
        }
    }
    packer.finish(source)
}

pub(super) struct Packer<'a> {
    pub(super) schedule: &'a Schedule<'a>,
    pub(super) plan: &'a Plan,
    pub(super) cell: Vec<u32>,
    /// The column of the results that an operation is written to, or [`NONE`].
    pub(super) column: Vec<u32>,
    /// Scaled spans of results by their first column, with their length.
    pub(super) products: HashMap<u32, (ResultSpan, usize)>,
    /// How many constants the function and its derivative have, which are contiguous.
    pub(super) constants: usize,
    /// Which inputs are read from cells.
    loaded: Vec<bool>,
    pub(super) code: SlpCode,
}

impl Packer<'_> {
    /// Allocates cells for the inputs, in their order, and for constants.
    fn allocate_inputs(&mut self) {
        let schedule = self.schedule;
        let inputs =
            schedule.ops.iter().filter_map(|op| if let Op::Input(input) = op { Some(input + 1) } else { None });
        let mut next = inputs.max().unwrap_or(0);
        self.loaded = vec![false; next as usize];
        for (id, op) in schedule.ops.iter().enumerate() {
            if let Op::Input(input) = op {
                self.cell[id] = *input;
            } else if let Some(value) = op.as_constant()
                && schedule.live[id]
            {
                self.cell[id] = next;
                self.code.constants.push((next, value));
                next += 1;
            }
        }
        self.code.cells = next as usize;
        self.constants = self.code.constants.len();
        for (column, &id) in schedule.outputs.iter().enumerate() {
            self.column[id as usize] = column as u32;
        }
    }

    /// The packs of each level.
    fn levels(&mut self) -> Vec<Vec<(Kind, Vec<Id>)>> {
        let schedule = self.schedule;
        let mut level = vec![0_u32; schedule.ops.len()];
        let mut levels: Vec<Vec<(Kind, Vec<Id>)>> = Vec::new();
        let mut operands = Vec::new();
        for id in 0..schedule.ops.len() as Id {
            let at = id as usize;
            let Some(kind) = self.kind(id) else { continue };
            operands.clear();
            self.operands(id, &mut operands);
            let own = operands.iter().map(|&operand| level[operand as usize]).max().unwrap_or(0);
            if matches!(kind, Kind::Sum { terms: 1, .. }) {
                // The sum of one term is that term: it has no cell of its own.
                level[at] = own;
                if self.column[at] != NONE && schedule.uses[at] == 1 {
                    self.column[operands[0] as usize] = self.column[at];
                }
                continue;
            }
            level[at] = own + 1;
            if levels.len() <= own as usize {
                levels.resize_with(own as usize + 1, Vec::new);
            }
            let packs = &mut levels[own as usize];
            match packs.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, members)) => members.push(id),
                None => packs.push((kind, vec![id])),
            }
        }
        levels
    }

    /// What an operation is computed by; nothing if it is dead, folded, an input or a constant.
    fn kind(&self, id: Id) -> Option<Kind> {
        let (schedule, at) = (self.schedule, id as usize);
        if !schedule.live[at] {
            return None;
        }
        let exact = schedule.exact[at];
        Some(match &schedule.role[at] {
            Role::Folded => return None,
            Role::VectorFunction(function, _) => Kind::Opcode(Opcode::Unary(*function)),
            Role::Fused(Fusion::MulAdd, _) => Kind::Opcode(Opcode::MulAddVVV),
            Role::Fused(Fusion::MulSub, _) => Kind::Opcode(Opcode::MulSubVVV),
            Role::Fused(Fusion::NegMulAdd, _) => Kind::Opcode(Opcode::NegMulAddVVV),
            Role::Chain(chain) => Kind::Dot { terms: chain.terms.len(), started: chain.start.is_some(), exact },
            Role::Sum(sum) => Kind::Sum { terms: sum.terms.len(), exact },
            Role::Plain => match schedule.ops[at] {
                Op::Input(_) | Op::Constant(_) => return None,
                Op::Unary(op, _) => Kind::Opcode(Opcode::of_unary(op, exact)),
                Op::StrongZeroMul(_) => Kind::Opcode(Opcode::MulVV),
                Op::Binary(op, _) => Kind::Opcode(binary_opcode(op, exact)),
                Op::MulAdd(_) => Kind::Opcode(Opcode::Fused),
                Op::Select(test, _) => Kind::Opcode(Opcode::Select(test)),
                Op::Reduce([start, end]) => Kind::Sum { terms: (end - start) as usize, exact },
            },
        })
    }

    /// The operands of an operation, in the order of those of an instruction; a dot product's start comes first.
    pub(super) fn operands(&self, id: Id, found: &mut Vec<Id>) {
        let schedule = self.schedule;
        match &schedule.role[id as usize] {
            Role::VectorFunction(_, a) => found.push(*a),
            Role::Fused(_, operands) => found.extend(operands),
            Role::Sum(sum) => found.extend(&sum.terms),
            Role::Chain(chain) => found.extend(chain.start.iter().chain(chain.terms.iter().flatten())),
            Role::Plain | Role::Folded => {
                schedule.ops[id as usize].for_each_operand(&schedule.lists, |a| found.push(a))
            }
        }
    }

    /// The cell of an operation that has been emitted.
    pub(super) fn cell_of(&self, id: Id) -> u32 {
        let own = self.cell[id as usize];
        match self.schedule.ops[id as usize] {
            // A sum of one term.
            Op::Reduce([start, _]) if own == NONE => self.cell_of(self.schedule.lists[start as usize]),
            _ => own,
        }
    }

    /// Allocates contiguous cells for these operations.
    pub(super) fn allocate(&mut self, members: &[Id]) -> u32 {
        let first = self.code.cells as u32;
        for (&id, cell) in members.iter().zip(first..) {
            self.cell[id as usize] = cell;
        }
        self.code.cells += members.len();
        first
    }

    /// Allocates contiguous cells for intermediate numbers.
    pub(super) fn allocate_unnamed(&mut self, count: usize) -> u32 {
        self.code.cells += count;
        (self.code.cells - count) as u32
    }

    /// Notes that a cell is read, so that the input that belongs to it is loaded.
    pub(super) fn mark_read(&mut self, cell: u32) {
        if let Some(loaded) = self.loaded.get_mut(cell as usize) {
            *loaded = true;
        }
    }

    /// The cheapest access to these cells.
    pub(super) fn access(&mut self, cells: &[u32]) -> Access {
        cells.iter().for_each(|&cell| self.mark_read(cell));
        let first = cells[0];
        if cells.iter().zip(first..).all(|(&cell, expected)| cell == expected) {
            return Access::Contiguous(first);
        }
        if cells.iter().all(|&cell| cell == first) {
            return Access::Broadcast(first);
        }
        let start = self.code.lists.len() as u32;
        self.code.lists.extend(cells);
        Access::Gather(start)
    }

    /// Adds a span of results that begins at this column. Returns its length.
    fn emit_result(&mut self, column: usize, values: usize) -> usize {
        if let Some(&(scaled, count)) = self.products.get(&(column as u32)) {
            self.code.results[1].push(scaled);
            return count;
        }
        let outputs = &self.schedule.outputs;
        let first = self.cell_of(outputs[column]);
        let end = if column < values { values } else { outputs.len() };
        let zeros = outputs[column..end].iter().take_while(|&&id| self.schedule.is_zero(id)).count();
        if zeros >= LONG {
            self.code.results[usize::from(column >= values)].push(ResultSpan::Zeros { count: zeros as u32 });
            return zeros;
        }
        let is_contiguous = |(at, cell): &(usize, u32)| {
            self.cell_of(outputs[*at]) == *cell && !self.products.contains_key(&(*at as u32))
        };
        let count = (column..end).zip(first..).take_while(is_contiguous).count();
        (first..).take(count).for_each(|cell| self.mark_read(cell));
        let results = &mut self.code.results[usize::from(column >= values)];
        if count >= LONG {
            results.push(ResultSpan::Contiguous { first, count: count as u32 });
            return count;
        }
        let list = self.code.lists.len() as u32;
        self.code.lists.extend((first..).take(count));
        match results.last_mut() {
            Some(ResultSpan::Gather { first, count: known }) if *first + *known == list => *known += count as u32,
            _ => results.push(ResultSpan::Gather { first: list, count: count as u32 }),
        }
        count
    }

    fn finish(mut self, source: &Source) -> SlpCode {
        for (number, (guard, operands)) in source.guards.iter().zip(&self.schedule.guards).enumerate() {
            let mut guard = *guard;
            guard.operands = operands.map(|operand| self.cell_of(operand));
            guard.operands.into_iter().for_each(|cell| self.mark_read(cell));
            self.code.guards.push(GuardCheck { number: number as u32, guard });
        }
        let mut column = 0;
        while column < self.schedule.outputs.len() {
            column += self.emit_result(column, source.values);
        }
        for (cell, _) in self.loaded.iter().enumerate().filter(|(_, loaded)| **loaded) {
            CopyRange::add(&mut self.code.loads, cell as u32, cell as u32);
        }
        self.code.time = self.code.estimate();
        self.code
    }
}

fn binary_opcode(op: Binary, exact: bool) -> Opcode {
    match op {
        Binary::Add => Opcode::AddVV,
        Binary::Sub => Opcode::SubVV,
        Binary::Mul => Opcode::MulVV,
        Binary::Div => Opcode::DivVV,
        Binary::StrongZeroMul => Opcode::StrongZeroMul,
        _ => Opcode::of_binary(op, exact),
    }
}
