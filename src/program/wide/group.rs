//! From operations to groups: the level of each, its cell, and what becomes one step.

use super::super::build::Source;
use super::super::code::{Code, LaneGuard, Run};
use super::super::ir::{Id, NONE, Op};
use super::super::plan::Plan;
use super::super::stages::{Fusion, Role, Staged};
use super::sums::find_sums;
use super::{Cells, Piece, Wide};
use crate::rules::Binary;
use std::collections::HashMap;

/// The least number of results side by side that are copied as such, and of zeros that are not copied.
const LONG: usize = 8;

/// What operations of one group have in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Code(Code),
    Sum { terms: usize, exact: bool },
    Dot { terms: usize, started: bool, exact: bool },
}

/// Code for one sample.
pub(in super::super) fn widen(source: &Source, plan: &Plan) -> Wide {
    let mut staged = Staged::of_one(source, plan);
    find_sums(&mut staged);
    staged.fuse();
    let count = staged.ops.len();
    let mut grouping = Grouping {
        cell: vec![NONE; count],
        column: vec![NONE; count],
        products: HashMap::new(),
        constants: 0,
        loaded: Vec::new(),
        wide: Wide {
            cells: 0,
            constants: Vec::new(),
            loads: Vec::new(),
            steps: Vec::new(),
            instructions: Vec::new(),
            letters: Vec::new(),
            lists: Vec::new(),
            guards: Vec::new(),
            results: Default::default(),
            longest: 0,
            time: 0.0,
        },
        plan,
        staged: &staged,
    };
    grouping.sources();
    for groups in grouping.levels() {
        for (kind, members) in groups {
            grouping.place(kind, members);
        }
    }
    grouping.finish(source)
}

pub(super) struct Grouping<'a> {
    pub(super) staged: &'a Staged<'a>,
    pub(super) plan: &'a Plan,
    pub(super) cell: Vec<u32>,
    /// The column of the results that an operation goes to, if it is one.
    pub(super) column: Vec<u32>,
    /// Results that are products of a number and some others, by the column of the first, and how many they are.
    pub(super) products: HashMap<u32, (Piece, usize)>,
    /// How many constants the function and its derivative have, which lie side by side.
    pub(super) constants: usize,
    /// Which inputs are read from cells.
    loaded: Vec<bool>,
    pub(super) wide: Wide,
}

impl Grouping<'_> {
    /// Cells for inputs, in their order, and constants.
    fn sources(&mut self) {
        let staged = self.staged;
        let inputs = staged.ops.iter().filter_map(|op| if let Op::Input(input) = op { Some(input + 1) } else { None });
        let mut next = inputs.max().unwrap_or(0);
        self.loaded = vec![false; next as usize];
        for (id, op) in staged.ops.iter().enumerate() {
            if let Op::Input(input) = op {
                self.cell[id] = *input;
            } else if let Some(value) = op.as_constant()
                && staged.live[id]
            {
                self.cell[id] = next;
                self.wide.constants.push((next, value));
                next += 1;
            }
        }
        self.wide.cells = next as usize;
        self.constants = self.wide.constants.len();
        for (column, &id) in staged.outputs.iter().enumerate() {
            self.column[id as usize] = column as u32;
        }
    }

    /// The operations of each level by their kind.
    fn levels(&mut self) -> Vec<Vec<(Kind, Vec<Id>)>> {
        let staged = self.staged;
        let mut level = vec![0_u32; staged.ops.len()];
        let mut levels: Vec<Vec<(Kind, Vec<Id>)>> = Vec::new();
        let mut operands = Vec::new();
        for id in 0..staged.ops.len() as Id {
            let at = id as usize;
            let Some(kind) = self.kind(id) else { continue };
            operands.clear();
            self.operands(id, &mut operands);
            let own = operands.iter().map(|&operand| level[operand as usize]).max().unwrap_or(0);
            if matches!(kind, Kind::Sum { terms: 1, .. }) {
                // The sum of one term is that term, which has its cell by the time that it is asked for.
                level[at] = own;
                if self.column[at] != NONE && staged.uses[at] == 1 {
                    self.column[operands[0] as usize] = self.column[at];
                }
                continue;
            }
            level[at] = own + 1;
            if levels.len() <= own as usize {
                levels.resize_with(own as usize + 1, Vec::new);
            }
            let groups = &mut levels[own as usize];
            match groups.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, members)) => members.push(id),
                None => groups.push((kind, vec![id])),
            }
        }
        levels
    }

    /// What an operation is carried out as, if it is.
    fn kind(&self, id: Id) -> Option<Kind> {
        let (staged, at) = (self.staged, id as usize);
        if !staged.live[at] {
            return None;
        }
        let exact = staged.exact[at];
        Some(match &staged.role[at] {
            Role::Absorbed => return None,
            Role::Fast(function, _) => Kind::Code(Code::Unary(*function)),
            Role::Fused(Fusion::MulAdd, _) => Kind::Code(Code::MulAddVVV),
            Role::Fused(Fusion::MulSub, _) => Kind::Code(Code::MulSubVVV),
            Role::Fused(Fusion::NegMulAdd, _) => Kind::Code(Code::NegMulAddVVV),
            Role::Chain(chain) => Kind::Dot { terms: chain.terms.len(), started: chain.start.is_some(), exact },
            Role::Sum(sum) => Kind::Sum { terms: sum.terms.len(), exact },
            Role::Plain => match staged.ops[at] {
                Op::Input(_) | Op::Constant(_) => return None,
                Op::Unary(op, _) => Kind::Code(Code::function(op, exact)),
                Op::Product(_) => Kind::Code(Code::MulVV),
                Op::Binary(op, _) => Kind::Code(join(op, exact)),
                Op::MulAdd(_) => Kind::Code(Code::Fused),
                Op::Select(test, _) => Kind::Code(Code::Select(test)),
                Op::Reduce([start, end]) => Kind::Sum { terms: (end - start) as usize, exact },
            },
        })
    }

    /// What an operation reads, in the order of the letters of an instruction; of a sum of products first what it starts
    /// from.
    pub(super) fn operands(&self, id: Id, found: &mut Vec<Id>) {
        let staged = self.staged;
        match &staged.role[id as usize] {
            Role::Fast(_, a) => found.push(*a),
            Role::Fused(_, operands) => found.extend(operands),
            Role::Sum(sum) => found.extend(&sum.terms),
            Role::Chain(chain) => found.extend(chain.start.iter().chain(chain.terms.iter().flatten())),
            Role::Plain | Role::Absorbed => staged.ops[id as usize].for_each_operand(&staged.lists, |a| found.push(a)),
        }
    }

    /// The cell of an operation that has one by now.
    pub(super) fn at(&self, id: Id) -> u32 {
        let own = self.cell[id as usize];
        match self.staged.ops[id as usize] {
            // A sum of one term.
            Op::Reduce([start, _]) if own == NONE => self.at(self.staged.lists[start as usize]),
            _ => own,
        }
    }

    /// The next cells for these.
    pub(super) fn take(&mut self, members: &[Id]) -> u32 {
        let first = self.wide.cells as u32;
        for (&id, cell) in members.iter().zip(first..) {
            self.cell[id as usize] = cell;
        }
        self.wide.cells += members.len();
        first
    }

    /// The next cells for what is no operation.
    pub(super) fn take_unnamed(&mut self, count: usize) -> u32 {
        self.wide.cells += count;
        (self.wide.cells - count) as u32
    }

    /// Says that a cell is read.
    pub(super) fn read(&mut self, cell: u32) {
        if let Some(loaded) = self.loaded.get_mut(cell as usize) {
            *loaded = true;
        }
    }

    /// The shortest way to name some cells that are read.
    pub(super) fn cells(&mut self, cells: &[u32]) -> Cells {
        cells.iter().for_each(|&cell| self.read(cell));
        let first = cells[0];
        if cells.iter().zip(first..).all(|(&cell, expected)| cell == expected) {
            return Cells::From(first);
        }
        if cells.iter().all(|&cell| cell == first) {
            return Cells::Same(first);
        }
        let start = self.wide.lists.len() as u32;
        self.wide.lists.extend(cells);
        Cells::List(start)
    }

    /// Adds the results from this column on that are written together, and says how many.
    fn result(&mut self, column: usize, values: usize) -> usize {
        if let Some(&(products, count)) = self.products.get(&(column as u32)) {
            self.wide.results[1].push(products);
            return count;
        }
        let outputs = &self.staged.outputs;
        let first = self.at(outputs[column]);
        let end = if column < values { values } else { outputs.len() };
        let zeros = outputs[column..end].iter().take_while(|&&id| self.staged.is_zero(id)).count();
        if zeros >= LONG {
            self.wide.results[usize::from(column >= values)].push(Piece::Zeros { count: zeros as u32 });
            return zeros;
        }
        let beside =
            |(at, cell): &(usize, u32)| self.at(outputs[*at]) == *cell && !self.products.contains_key(&(*at as u32));
        let count = (column..end).zip(first..).take_while(beside).count();
        (first..).take(count).for_each(|cell| self.read(cell));
        let results = &mut self.wide.results[usize::from(column >= values)];
        if count >= LONG {
            results.push(Piece::Cells { first, count: count as u32 });
            return count;
        }
        let list = self.wide.lists.len() as u32;
        self.wide.lists.extend((first..).take(count));
        match results.last_mut() {
            Some(Piece::List { first, count: known }) if *first + *known == list => *known += count as u32,
            _ => results.push(Piece::List { first: list, count: count as u32 }),
        }
        count
    }

    fn finish(mut self, source: &Source) -> Wide {
        for (number, (guard, operands)) in source.guards.iter().zip(&self.staged.guards).enumerate() {
            let mut guard = *guard;
            guard.operands = operands.map(|operand| self.at(operand));
            guard.operands.into_iter().for_each(|cell| self.read(cell));
            self.wide.guards.push(LaneGuard { number: number as u32, guard });
        }
        let mut column = 0;
        while column < self.staged.outputs.len() {
            column += self.result(column, source.values);
        }
        for (cell, _) in self.loaded.iter().enumerate().filter(|(_, loaded)| **loaded) {
            Run::add(&mut self.wide.loads, cell as u32, cell as u32);
        }
        self.wide.time = self.wide.estimate();
        self.wide
    }
}

fn join(op: Binary, exact: bool) -> Code {
    match op {
        Binary::Add => Code::AddVV,
        Binary::Sub => Code::SubVV,
        Binary::Mul => Code::MulVV,
        Binary::Div => Code::DivVV,
        Binary::MulAbsorbing => Code::Product,
        _ => Code::function_of_two(op, exact),
    }
}
