//! From staged operations to code: registers, instructions, slots.

use super::build::Source;
use super::code::{
    Block, Code, Compiled, Instruction, LaneGuard, Outer, Pairs, Result1, Rows, Run, Start, Term, padded,
};
use super::grids::{Products, steps};
use super::ir::{Id, NONE, Op};
use super::plan::Plan;
use super::slots::assign_slots;
use super::stages::{Chain, Fusion, Role, Stage, Staged};
use crate::rules::{Binary, Unary};
use std::collections::HashMap;

/// The code of a program.
pub(super) fn lower(source: &Source, plan: &Plan, careful: bool) -> Compiled {
    let staged = Staged::new(source, plan, careful);
    let outside =
        staged.live.iter().zip(&staged.stage).filter(|&(&live, &stage)| live && stage != Stage::Sample).count();
    let mut lowering = Lowering {
        register: vec![NONE; staged.ops.len()],
        code: Compiled {
            registers: Vec::with_capacity(outside),
            inputs: Vec::new(),
            before: Vec::new(),
            uniform_guards: Vec::new(),
            block: Block { exact: plan.exact, ..Block::default() },
            after: Vec::new(),
            terms: Vec::with_capacity(staged.lists.len()),
            results: Vec::with_capacity(staged.outputs.len()),
            from_registers: Vec::new(),
            from_sums: Vec::new(),
        },
        staged: &staged,
        plan,
        careful,
        events: Vec::new(),
    };
    lowering.registers(source);
    lowering.guards(source);
    lowering.reductions(source.primal);
    lowering.results();
    lowering.instructions();
    let mut code = lowering.code;
    let data: Vec<bool> = (0..source.inputs).map(|input| !plan.is_parameter(input)).collect();
    assign_slots(&mut code.block, &staged, &lowering.register, &data);
    read_sums_directly(&mut code);
    for (column, result) in code.results.iter().enumerate() {
        match *result {
            Result1::Stored => {}
            // Rows begin as zeros, and a Jacobian may consist of little else.
            Result1::Register(_) if staged.is_zero(staged.outputs[column]) => {}
            Result1::Register(register) => Run::add(&mut code.from_registers, register, column as u32),
            Result1::Sum(sum) => Run::add(&mut code.from_sums, sum, column as u32),
        }
    }
    code
}

/// Results that are one accumulated sum are taken from where it was accumulated.
fn read_sums_directly(code: &mut Compiled) {
    let mut sum_of: Vec<u32> = vec![NONE; code.registers.len()];
    let mut needed = vec![false; code.registers.len()];
    for (register, what) in &code.after {
        match what {
            Op::Reduce([start, end]) => {
                if let [Term::Sum(sum)] = code.terms[*start as usize..*end as usize] {
                    sum_of[*register as usize] = sum;
                }
            }
            _ => what.for_each_operand(&[], |operand| needed[operand as usize] = true),
        }
    }
    for result in &mut code.results {
        if let Result1::Register(register) = *result
            && sum_of[register as usize] != NONE
        {
            *result = Result1::Sum(sum_of[register as usize]);
        }
    }
    let is_read = |register: u32| sum_of[register as usize] == NONE || needed[register as usize];
    code.after.retain(|&(register, _)| is_read(register));
}

/// What is done beside the operations, once what it needs is there.
enum Event {
    Guard(usize),
    Store(u32, Id),
    ReduceAdd(u32, Id),
    ReduceMul(u32, [Id; 2]),
    Outer(Outer),
}

struct Lowering<'a> {
    staged: &'a Staged<'a>,
    plan: &'a Plan,
    careful: bool,
    /// Where the operations outside the samples are.
    register: Vec<u32>,
    code: Compiled,
    /// By the operation that they come after.
    events: Vec<(Id, Event)>,
}

impl Lowering<'_> {
    fn new_register(&mut self, value: f64) -> u32 {
        self.code.registers.push(value);
        (self.code.registers.len() - 1) as u32
    }

    /// Places for what is not computed for each sample, in the order of the program, so that parameters lie side by side.
    fn registers(&mut self, source: &Source) {
        let staged = self.staged;
        for (id, &op) in staged.ops.iter().enumerate() {
            if let Op::Input(input) = op
                && (input as usize >= source.inputs || self.plan.is_parameter(input as usize))
            {
                let register = self.new_register(0.0);
                Run::add(&mut self.code.inputs, input, register);
                self.register[id] = register;
            }
        }
        for (id, &op) in staged.ops.iter().enumerate() {
            let detached = matches!(op, Op::Unary(Unary::Detach, _));
            if !staged.live[id] || staged.stage[id] == Stage::Sample || self.register[id] != NONE || detached {
                continue;
            }
            let register = self.new_register(op.as_constant().unwrap_or(0.0));
            self.register[id] = register;
            if matches!(op, Op::Input(_) | Op::Constant(_) | Op::Reduce(_)) {
                continue;
            }
            let what = op.moved(|id| self.register[id as usize]);
            match staged.stage[id] {
                Stage::Before => self.code.before.push((register, what)),
                _ => self.code.after.push((register, what)),
            }
        }
    }

    fn guards(&mut self, source: &Source) {
        let staged = self.staged;
        let mut latest = 0;
        for (number, (guard, operands)) in source.guards.iter().zip(&staged.guards).enumerate() {
            let number = number as u32;
            if operands.iter().any(|&operand| staged.is_sample(operand)) {
                latest = operands.iter().copied().fold(latest, Id::max);
                let at = self.code.block.guards.len();
                self.code.block.guards.push(LaneGuard { number, guard: guard.moved(|_| 0) });
                self.code.block.guards[at].guard.operands = *operands;
                self.events.push((latest, Event::Guard(at)));
            } else {
                let mut guard = *guard;
                guard.operands = operands.map(|operand| self.register[operand as usize]);
                self.code.uniform_guards.push(LaneGuard { number, guard });
            }
        }
    }

    /// Accumulators for the sums over the samples. Nothing is added before every guard has been asked.
    fn reductions(&mut self, primal: usize) {
        let staged = self.staged;
        let mut products = Products::default();
        let mut singles: Vec<(usize, Id)> = Vec::new();
        let mut sums: Vec<(u32, [u32; 2])> = Vec::new();
        for (id, &op) in staged.ops.iter().enumerate() {
            let Op::Reduce([start, end]) = op else { continue };
            if !staged.live[id] {
                continue;
            }
            let first = self.code.terms.len() as u32;
            for &term in &staged.lists[start as usize..end as usize] {
                let place = self.code.terms.len();
                if !staged.is_sample(term) {
                    self.code.terms.push(Term::Register(self.register[term as usize]));
                    continue;
                }
                self.code.terms.push(Term::Sum(NONE));
                match (&staged.role[term as usize], staged.ops[term as usize]) {
                    (Role::Absorbed, Op::Product([a, b]) | Op::Binary(Binary::Mul, [a, b])) => {
                        products.add(place, a.max(b), a.min(b));
                    }
                    _ => singles.push((place, term)),
                }
            }
            sums.push((self.register[id], [first, self.code.terms.len() as u32]));
        }
        // Sums of accumulators come before what else is done after the samples, whose operands they are.
        let rest = std::mem::take(&mut self.code.after);
        self.code.after = sums.into_iter().map(|(register, terms)| (register, Op::Reduce(terms))).collect();
        self.code.after.extend(rest);

        let earliest = primal.saturating_sub(1) as Id;
        let (grids, loose) = products.grids();
        for grid in grids {
            let latest = grid.rows.iter().chain(&grid.columns).copied().fold(earliest, Id::max);
            let block = &mut self.code.block;
            let outer = Outer {
                rows: grid.rows.len() as u32,
                columns: grid.columns.len() as u32,
                row_list: block.lists.len() as u32,
                column_list: (block.lists.len() + grid.rows.len()) as u32,
                sums: block.outer_sums as u32,
            };
            block.lists.extend(grid.rows.iter().chain(&grid.columns));
            let (columns, width) = (grid.columns.len(), padded(grid.columns.len()));
            for (at, place) in grid.places.into_iter().enumerate() {
                let sum = block.outer_sums + at / columns * width + at % columns;
                self.code.terms[place] = Term::Sum(sum as u32);
            }
            block.outer_sums += grid.rows.len() * width;
            self.events.push((latest, Event::Outer(outer)));
        }
        let outer_sums = self.code.block.outer_sums as u32;
        let mut next = 0;
        let mut lane_sum = |terms: &mut [Term], place: usize| {
            terms[place] = Term::Sum(outer_sums + next);
            next += 1;
            next - 1
        };
        for (place, [a, b]) in loose {
            let sum = lane_sum(&mut self.code.terms, place);
            self.events.push((earliest.max(a).max(b), Event::ReduceMul(sum, [a, b])));
        }
        for (place, term) in singles {
            let sum = lane_sum(&mut self.code.terms, place);
            self.events.push((earliest.max(term), Event::ReduceAdd(sum, term)));
        }
        self.code.block.lane_sums = next as usize;
    }

    fn results(&mut self) {
        for (column, &id) in self.staged.outputs.iter().enumerate() {
            let result = if self.staged.is_sample(id) {
                self.events.push((id, Event::Store(column as u32, id)));
                Result1::Stored
            } else {
                Result1::Register(self.register[id as usize])
            };
            self.code.results.push(result);
        }
    }

    fn push(&mut self, code: Code, d: u32, [a, b, c, e]: [u32; 4]) {
        self.code.block.instructions.push(Instruction { code, d, a, b, c, e });
    }

    /// The instructions in the order of the program, with operations as operands in place of slots.
    fn instructions(&mut self) {
        let staged = self.staged;
        let mut events = std::mem::take(&mut self.events);
        // Guards first: they were pushed first, and the sort is stable.
        events.sort_by_key(|&(after, _)| after);
        let mut events = events.into_iter().peekable();
        let mut chains = self.chains();
        for id in 0..staged.ops.len() as Id {
            let at = id as usize;
            if staged.live[at] && staged.is_sample(id) {
                match &staged.role[at] {
                    Role::Absorbed => {}
                    Role::Plain => self.plain(id),
                    Role::Fast(function, a) => self.push(Code::Unary(*function), id, [*a, NONE, NONE, NONE]),
                    Role::Fused(fusion, operands) => self.fused(id, *fusion, *operands),
                    Role::Sum(_) => unreachable!("sums are for one sample"),
                    Role::Chain(_) => {
                        if let Some(group) = chains.remove(&id) {
                            self.chain(&group);
                        }
                    }
                }
            }
            while let Some((_, event)) = events.next_if(|&(after, _)| after <= id) {
                self.event(event);
            }
        }
        for (_, event) in events {
            self.event(event);
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Guard(at) => {
                let [a, b] = self.code.block.guards[at].guard.operands;
                self.push(Code::Guard, at as u32, [a, b, NONE, NONE]);
                self.code.block.guarded = self.code.block.instructions.len();
            }
            Event::Store(column, id) => self.push(Code::Store, column, [id, NONE, NONE, NONE]),
            Event::ReduceAdd(sum, a) => self.push(Code::ReduceAdd, sum, [a, NONE, NONE, NONE]),
            Event::ReduceMul(sum, [a, b]) => self.push(Code::ReduceMul, sum, [a, b, NONE, NONE]),
            Event::Outer(outer) => {
                let at = self.code.block.outers.len() as u32;
                self.code.block.outers.push(outer);
                self.push(Code::Outer, NONE, [at, NONE, NONE, NONE]);
            }
        }
    }

    fn plain(&mut self, id: Id) {
        let (sample, at) = (|id: Id| self.staged.is_sample(id), |id: Id| self.register[id as usize]);
        let (code, [a, b, c, e]) = match self.staged.ops[id as usize] {
            Op::Input(_) | Op::Unary(Unary::Detach, _) => return,
            Op::Constant(_) | Op::Reduce(_) => unreachable!("they are not computed for each sample"),
            Op::Unary(op, a) => (Code::function(op, self.staged.exact[id as usize]), [a, NONE, NONE, NONE]),
            Op::Binary(Binary::Mul, operands) | Op::Product(operands) => {
                let careful = self.careful && matches!(self.staged.ops[id as usize], Op::Product(_));
                match operands {
                    [a, b] if careful => (Code::Product, [a, b, NONE, NONE]),
                    [a, b] if !sample(a) => (Code::MulVU, [b, at(a), NONE, NONE]),
                    [a, b] if !sample(b) => (Code::MulVU, [a, at(b), NONE, NONE]),
                    [a, b] => (Code::MulVV, [a, b, NONE, NONE]),
                }
            }
            Op::Binary(op, [a, b]) => match (op, sample(a), sample(b)) {
                (Binary::Add, true, true) => (Code::AddVV, [a, b, NONE, NONE]),
                (Binary::Add, true, false) => (Code::AddVU, [a, at(b), NONE, NONE]),
                (Binary::Add, ..) => (Code::AddVU, [b, at(a), NONE, NONE]),
                (Binary::Sub, true, true) => (Code::SubVV, [a, b, NONE, NONE]),
                (Binary::Sub, true, false) => (Code::SubVU, [a, at(b), NONE, NONE]),
                (Binary::Sub, ..) => (Code::SubUV, [at(a), b, NONE, NONE]),
                (Binary::Div, true, true) => (Code::DivVV, [a, b, NONE, NONE]),
                (Binary::Div, true, false) => (Code::DivVU, [a, at(b), NONE, NONE]),
                (Binary::Div, ..) => (Code::DivUV, [at(a), b, NONE, NONE]),
                (Binary::MulAbsorbing, ..) => (Code::Product, [a, b, NONE, NONE]),
                _ => (Code::function_of_two(op, self.staged.exact[id as usize]), [a, b, NONE, NONE]),
            },
            Op::MulAdd([a, b, c]) => (Code::Fused, [a, b, c, NONE]),
            Op::Select(test, operands) => (Code::Select(test), operands),
        };
        self.push(code, id, [a, b, c, e]);
    }

    fn fused(&mut self, id: Id, fusion: Fusion, [x, y, c]: [Id; 3]) {
        use Code::{
            MulAddUVU, MulAddUVV, MulAddVVU, MulAddVVV, MulSubUVU, MulSubUVV, MulSubVVU, MulSubVVV, NegMulAddUVU,
            NegMulAddUVV, NegMulAddVVU, NegMulAddVVV,
        };
        let codes = match fusion {
            Fusion::MulAdd => [MulAddVVV, MulAddUVV, MulAddVVU, MulAddUVU],
            Fusion::MulSub => [MulSubVVV, MulSubUVV, MulSubVVU, MulSubUVU],
            Fusion::NegMulAdd => [NegMulAddVVV, NegMulAddUVV, NegMulAddVVU, NegMulAddUVU],
        };
        let (shared_x, shared_c) = (!self.staged.is_sample(x), !self.staged.is_sample(c));
        let at = |id: Id, shared: bool| if shared { self.register[id as usize] } else { id };
        let operands = [at(x, shared_x), y, at(c, shared_c), NONE];
        self.push(codes[usize::from(shared_x) + 2 * usize::from(shared_c)], id, operands);
    }

    /// The chains that become one instruction, by the first of them: rows over the same column go together.
    fn chains(&self) -> HashMap<Id, Vec<Id>> {
        let staged = self.staged;
        let mut first_of: HashMap<Vec<Id>, Id> = HashMap::new();
        let mut groups: HashMap<Id, Vec<Id>> = HashMap::new();
        for id in 0..staged.ops.len() as Id {
            let Role::Chain(chain) = &staged.role[id as usize] else { continue };
            let alone = !chain.uniform || chain.start.is_some_and(|start| staged.is_sample(start));
            if alone {
                groups.insert(id, vec![id]);
                continue;
            }
            // What they start from is part of the key, as is whether they start from anything.
            let mut key: Vec<Id> = chain.terms.iter().map(|term| term[1]).collect();
            key.push(u32::from(chain.start.is_some()) + 2 * u32::from(staged.exact[id as usize]));
            let first = *first_of.entry(key).or_insert(id);
            groups.entry(first).or_default().push(id);
        }
        groups
    }

    fn chain(&mut self, group: &[Id]) {
        let staged = self.staged;
        let of = |id: Id| match &staged.role[id as usize] {
            Role::Chain(chain) => &**chain,
            _ => unreachable!("a group consists of chains"),
        };
        let (first, exact) = (of(group[0]), staged.exact[group[0] as usize]);
        let start = self.start(group, of);
        if !first.uniform {
            let pairs = Pairs {
                result: group[0],
                terms: first.terms.len() as u32,
                list: self.code.block.lists.len() as u32,
                start,
                exact,
            };
            self.code.block.lists.extend(first.terms.iter().flatten());
            let at = self.code.block.pairs.len() as u32;
            self.code.block.pairs.push(pairs);
            return self.push(Code::Pairs, NONE, [at, NONE, NONE, NONE]);
        }
        let matrix: Vec<u32> =
            group.iter().flat_map(|&id| of(id).terms.iter().map(|term| self.register[term[0] as usize])).collect();
        let columns = first.terms.len();
        let (matrix, row_step, column_step) = self.regular(&matrix, columns);
        let block = &mut self.code.block;
        let results = block.lists.len() as u32;
        block.lists.extend(group);
        let column = block.lists.len() as u32;
        block.lists.extend(first.terms.iter().map(|term| term[1]));
        let (rows, columns) = (group.len() as u32, columns as u32);
        let at = block.rows.len() as u32;
        block.rows.push(Rows { rows, columns, results, column, matrix, row_step, column_step, start, exact });
        self.push(Code::Rows, NONE, [at, NONE, NONE, NONE]);
    }

    fn start<'c>(&mut self, group: &[Id], of: impl Fn(Id) -> &'c Chain) -> Start {
        match of(group[0]).start {
            None => Start::Product,
            Some(start) if self.staged.is_sample(start) => Start::Slot(start),
            Some(_) => {
                let at = self.code.block.lists.len() as u32;
                let registers = group.iter().filter_map(|&id| of(id).start).map(|id| self.register[id as usize]);
                self.code.block.lists.extend(registers);
                Start::Registers(at)
            }
        }
    }

    /// The first register of a matrix and its steps; if the registers lie in no such order, they are copied.
    fn regular(&mut self, matrix: &[u32], columns: usize) -> (u32, i32, i32) {
        if let Some((row_step, column_step)) = steps(matrix, columns) {
            return (matrix[0], row_step, column_step);
        }
        let first = self.code.registers.len() as u32;
        for &register in matrix {
            let copy = self.new_register(self.code.registers[register as usize]);
            self.code.before.push((copy, Op::Unary(Unary::Detach, register)));
        }
        (first, columns as i32, 1)
    }
}
