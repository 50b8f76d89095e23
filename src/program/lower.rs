//! Lowering: from scheduled operations to uniform registers, instructions and accumulators.

use super::code::{
    Body, CopyRange, DotProduct, GuardCheck, LaneCode, MatrixVector, OuterProduct, ResultSource, Start, Term, padded,
};
use super::differentiate::Source;
use super::ir::{Id, NONE, Op};
use super::opcode::{Instruction, Opcode};
use super::outer_products::{Products, strides};
use super::plan::Plan;
use super::registers::allocate_registers;
use super::schedule::{Chain, Fusion, Role, Schedule, Stage};
use crate::rules::{Binary, Unary};
use std::collections::HashMap;

/// The code of a program; with `strong_zeros`, the fallback whose derivatives are strong-zero products.
pub(super) fn lower(source: &Source, plan: &Plan, strong_zeros: bool) -> LaneCode {
    let schedule = Schedule::new(source, plan, strong_zeros);
    let uniform =
        schedule.live.iter().zip(&schedule.stage).filter(|&(&live, &stage)| live && stage != Stage::Body).count();
    let mut lowering = Lowering {
        uniform: vec![NONE; schedule.ops.len()],
        code: LaneCode {
            uniforms: Vec::with_capacity(uniform),
            inputs: Vec::new(),
            prologue: Vec::new(),
            uniform_guards: Vec::new(),
            body: Body { exact: plan.exact, ..Body::default() },
            epilogue: Vec::new(),
            terms: Vec::with_capacity(schedule.lists.len()),
            results: Vec::with_capacity(schedule.outputs.len()),
            from_uniforms: Vec::new(),
            from_sums: Vec::new(),
        },
        schedule: &schedule,
        plan,
        strong_zeros,
        events: Vec::new(),
    };
    lowering.allocate_uniforms(source);
    lowering.guards(source);
    lowering.reductions(source.primal);
    lowering.results();
    lowering.instructions();
    let mut code = lowering.code;
    let data: Vec<bool> = (0..source.inputs).map(|input| !plan.is_parameter(input)).collect();
    allocate_registers(&mut code.body, &schedule, &lowering.uniform, &data);
    read_sums_directly(&mut code);
    for (column, result) in code.results.iter().enumerate() {
        match *result {
            ResultSource::Stored => {}
            // Rows are zeroed at first, and a Jacobian may consist of little else.
            ResultSource::Uniform(_) if schedule.is_zero(schedule.outputs[column]) => {}
            ResultSource::Uniform(uniform) => CopyRange::add(&mut code.from_uniforms, uniform, column as u32),
            ResultSource::Sum(sum) => CopyRange::add(&mut code.from_sums, sum, column as u32),
        }
    }
    code
}

/// A result that is a single accumulator is read from there, without a uniform register.
fn read_sums_directly(code: &mut LaneCode) {
    let mut sum_of: Vec<u32> = vec![NONE; code.uniforms.len()];
    let mut needed = vec![false; code.uniforms.len()];
    for (uniform, op) in &code.epilogue {
        match op {
            Op::Reduce([start, end]) => {
                if let [Term::Sum(sum)] = code.terms[*start as usize..*end as usize] {
                    sum_of[*uniform as usize] = sum;
                }
            }
            _ => op.for_each_operand(&[], |operand| needed[operand as usize] = true),
        }
    }
    for result in &mut code.results {
        if let ResultSource::Uniform(uniform) = *result
            && sum_of[uniform as usize] != NONE
        {
            *result = ResultSource::Sum(sum_of[uniform as usize]);
        }
    }
    let is_read = |uniform: u32| sum_of[uniform as usize] == NONE || needed[uniform as usize];
    code.epilogue.retain(|&(uniform, _)| is_read(uniform));
}

/// Instructions that compute no operation; each follows the operations that it reads.
enum Event {
    Guard(usize),
    Store(u32, Id),
    ReduceAdd(u32, Id),
    ReduceMul(u32, [Id; 2]),
    OuterProduct(OuterProduct),
}

struct Lowering<'a> {
    schedule: &'a Schedule<'a>,
    plan: &'a Plan,
    strong_zeros: bool,
    /// The uniform register of each operation that has one.
    uniform: Vec<u32>,
    code: LaneCode,
    /// With the operation that each follows.
    events: Vec<(Id, Event)>,
}

impl Lowering<'_> {
    fn new_uniform(&mut self, value: f64) -> u32 {
        self.code.uniforms.push(value);
        (self.code.uniforms.len() - 1) as u32
    }

    /// Uniform registers for the prologue and the epilogue, in the order of the program, so that parameters are contiguous.
    fn allocate_uniforms(&mut self, source: &Source) {
        let schedule = self.schedule;
        for (id, &op) in schedule.ops.iter().enumerate() {
            if let Op::Input(input) = op
                && (input as usize >= source.inputs || self.plan.is_parameter(input as usize))
            {
                let uniform = self.new_uniform(0.0);
                CopyRange::add(&mut self.code.inputs, input, uniform);
                self.uniform[id] = uniform;
            }
        }
        for (id, &op) in schedule.ops.iter().enumerate() {
            let detached = matches!(op, Op::Unary(Unary::Detach, _));
            if !schedule.live[id] || schedule.stage[id] == Stage::Body || self.uniform[id] != NONE || detached {
                continue;
            }
            let uniform = self.new_uniform(op.as_constant().unwrap_or(0.0));
            self.uniform[id] = uniform;
            if matches!(op, Op::Input(_) | Op::Constant(_) | Op::Reduce(_)) {
                continue;
            }
            let op = op.moved(|id| self.uniform[id as usize]);
            match schedule.stage[id] {
                Stage::Prologue => self.code.prologue.push((uniform, op)),
                _ => self.code.epilogue.push((uniform, op)),
            }
        }
    }

    fn guards(&mut self, source: &Source) {
        let schedule = self.schedule;
        let mut latest = 0;
        for (number, (guard, operands)) in source.guards.iter().zip(&schedule.guards).enumerate() {
            let number = number as u32;
            if operands.iter().any(|&operand| schedule.is_varying(operand)) {
                latest = operands.iter().copied().fold(latest, Id::max);
                let at = self.code.body.guards.len();
                self.code.body.guards.push(GuardCheck { number, guard: guard.moved(|_| 0) });
                self.code.body.guards[at].guard.operands = *operands;
                self.events.push((latest, Event::Guard(at)));
            } else {
                let mut guard = *guard;
                guard.operands = operands.map(|operand| self.uniform[operand as usize]);
                self.code.uniform_guards.push(GuardCheck { number, guard });
            }
        }
    }

    /// Accumulators for the sums over the samples. Nothing is accumulated before the last guard: a block in which one fails is run
    /// again.
    fn reductions(&mut self, primal: usize) {
        let schedule = self.schedule;
        let mut products = Products::default();
        let mut singles: Vec<(usize, Id)> = Vec::new();
        let mut sums: Vec<(u32, [u32; 2])> = Vec::new();
        for (id, &op) in schedule.ops.iter().enumerate() {
            let Op::Reduce([start, end]) = op else { continue };
            if !schedule.live[id] {
                continue;
            }
            let first = self.code.terms.len() as u32;
            for &term in &schedule.lists[start as usize..end as usize] {
                let index = self.code.terms.len();
                if !schedule.is_varying(term) {
                    self.code.terms.push(Term::Uniform(self.uniform[term as usize]));
                    continue;
                }
                self.code.terms.push(Term::Sum(NONE));
                match (&schedule.role[term as usize], schedule.ops[term as usize]) {
                    (Role::Folded, Op::StrongZeroMul([a, b]) | Op::Binary(Binary::Mul, [a, b])) => {
                        products.add(index, a.max(b), a.min(b));
                    }
                    _ => singles.push((index, term)),
                }
            }
            sums.push((self.uniform[id], [first, self.code.terms.len() as u32]));
        }
        // Reductions come before the rest of the epilogue, whose operands they are.
        let rest = std::mem::take(&mut self.code.epilogue);
        self.code.epilogue = sums.into_iter().map(|(uniform, terms)| (uniform, Op::Reduce(terms))).collect();
        self.code.epilogue.extend(rest);

        let earliest = primal.saturating_sub(1) as Id;
        let (grids, loose) = products.outer_products();
        for grid in grids {
            let latest = grid.rows.iter().chain(&grid.columns).copied().fold(earliest, Id::max);
            let body = &mut self.code.body;
            let outer = OuterProduct {
                rows: grid.rows.len() as u32,
                columns: grid.columns.len() as u32,
                row_list: body.lists.len() as u32,
                column_list: (body.lists.len() + grid.rows.len()) as u32,
                sums: body.outer_sums as u32,
            };
            body.lists.extend(grid.rows.iter().chain(&grid.columns));
            let (columns, width) = (grid.columns.len(), padded(grid.columns.len()));
            for (at, index) in grid.terms.into_iter().enumerate() {
                let sum = body.outer_sums + at / columns * width + at % columns;
                self.code.terms[index] = Term::Sum(sum as u32);
            }
            body.outer_sums += grid.rows.len() * width;
            self.events.push((latest, Event::OuterProduct(outer)));
        }
        let outer_sums = self.code.body.outer_sums as u32;
        let mut next = 0;
        let mut lane_sum = |terms: &mut [Term], index: usize| {
            terms[index] = Term::Sum(outer_sums + next);
            next += 1;
            next - 1
        };
        for (index, [a, b]) in loose {
            let sum = lane_sum(&mut self.code.terms, index);
            self.events.push((earliest.max(a).max(b), Event::ReduceMul(sum, [a, b])));
        }
        for (index, term) in singles {
            let sum = lane_sum(&mut self.code.terms, index);
            self.events.push((earliest.max(term), Event::ReduceAdd(sum, term)));
        }
        self.code.body.lane_sums = next as usize;
    }

    fn results(&mut self) {
        for (column, &id) in self.schedule.outputs.iter().enumerate() {
            let result = if self.schedule.is_varying(id) {
                self.events.push((id, Event::Store(column as u32, id)));
                ResultSource::Stored
            } else {
                ResultSource::Uniform(self.uniform[id as usize])
            };
            self.code.results.push(result);
        }
    }

    fn push(&mut self, opcode: Opcode, d: u32, [a, b, c, e]: [u32; 4]) {
        self.code.body.instructions.push(Instruction { opcode, d, a, b, c, e });
    }

    /// The instructions in the order of the program; until registers are allocated, operands are operations.
    fn instructions(&mut self) {
        let schedule = self.schedule;
        let mut events = std::mem::take(&mut self.events);
        // Guards first: they were pushed first, and the sort is stable.
        events.sort_by_key(|&(after, _)| after);
        let mut events = events.into_iter().peekable();
        let mut chains = self.chains();
        for id in 0..schedule.ops.len() as Id {
            let at = id as usize;
            if schedule.live[at] && schedule.is_varying(id) {
                match &schedule.role[at] {
                    Role::Folded => {}
                    Role::Plain => self.plain(id),
                    Role::VectorFunction(function, a) => {
                        self.push(Opcode::Unary(*function), id, [*a, NONE, NONE, NONE])
                    }
                    Role::Fused(fusion, operands) => self.fused(id, *fusion, *operands),
                    Role::Sum(_) => unreachable!("n-ary sums are in the code of a single sample"),
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
                let [a, b] = self.code.body.guards[at].guard.operands;
                self.push(Opcode::Guard, at as u32, [a, b, NONE, NONE]);
                self.code.body.guard_end = self.code.body.instructions.len();
            }
            Event::Store(column, id) => self.push(Opcode::Store, column, [id, NONE, NONE, NONE]),
            Event::ReduceAdd(sum, a) => self.push(Opcode::ReduceAdd, sum, [a, NONE, NONE, NONE]),
            Event::ReduceMul(sum, [a, b]) => self.push(Opcode::ReduceMul, sum, [a, b, NONE, NONE]),
            Event::OuterProduct(outer) => {
                let at = self.code.body.outer_products.len() as u32;
                self.code.body.outer_products.push(outer);
                self.push(Opcode::OuterProduct, NONE, [at, NONE, NONE, NONE]);
            }
        }
    }

    fn plain(&mut self, id: Id) {
        let (varying, at) = (|id: Id| self.schedule.is_varying(id), |id: Id| self.uniform[id as usize]);
        let (opcode, [a, b, c, e]) = match self.schedule.ops[id as usize] {
            Op::Input(_) | Op::Unary(Unary::Detach, _) => return,
            Op::Constant(_) | Op::Reduce(_) => unreachable!("they are not varying"),
            Op::Unary(op, a) => (Opcode::of_unary(op, self.schedule.exact[id as usize]), [a, NONE, NONE, NONE]),
            Op::Binary(Binary::Mul, operands) | Op::StrongZeroMul(operands) => {
                let strong_zeros = self.strong_zeros && matches!(self.schedule.ops[id as usize], Op::StrongZeroMul(_));
                match operands {
                    [a, b] if strong_zeros => (Opcode::StrongZeroMul, [a, b, NONE, NONE]),
                    [a, b] if !varying(a) => (Opcode::MulVU, [b, at(a), NONE, NONE]),
                    [a, b] if !varying(b) => (Opcode::MulVU, [a, at(b), NONE, NONE]),
                    [a, b] => (Opcode::MulVV, [a, b, NONE, NONE]),
                }
            }
            Op::Binary(op, [a, b]) => match (op, varying(a), varying(b)) {
                (Binary::Add, true, true) => (Opcode::AddVV, [a, b, NONE, NONE]),
                (Binary::Add, true, false) => (Opcode::AddVU, [a, at(b), NONE, NONE]),
                (Binary::Add, ..) => (Opcode::AddVU, [b, at(a), NONE, NONE]),
                (Binary::Sub, true, true) => (Opcode::SubVV, [a, b, NONE, NONE]),
                (Binary::Sub, true, false) => (Opcode::SubVU, [a, at(b), NONE, NONE]),
                (Binary::Sub, ..) => (Opcode::SubUV, [at(a), b, NONE, NONE]),
                (Binary::Div, true, true) => (Opcode::DivVV, [a, b, NONE, NONE]),
                (Binary::Div, true, false) => (Opcode::DivVU, [a, at(b), NONE, NONE]),
                (Binary::Div, ..) => (Opcode::DivUV, [at(a), b, NONE, NONE]),
                (Binary::StrongZeroMul, ..) => (Opcode::StrongZeroMul, [a, b, NONE, NONE]),
                _ => (Opcode::of_binary(op, self.schedule.exact[id as usize]), [a, b, NONE, NONE]),
            },
            Op::MulAdd([a, b, c]) => (Opcode::Fused, [a, b, c, NONE]),
            Op::Select(test, operands) => (Opcode::Select(test), operands),
        };
        self.push(opcode, id, [a, b, c, e]);
    }

    fn fused(&mut self, id: Id, fusion: Fusion, [x, y, c]: [Id; 3]) {
        use Opcode::{
            MulAddUVU, MulAddUVV, MulAddVVU, MulAddVVV, MulSubUVU, MulSubUVV, MulSubVVU, MulSubVVV, NegMulAddUVU,
            NegMulAddUVV, NegMulAddVVU, NegMulAddVVV,
        };
        let opcodes = match fusion {
            Fusion::MulAdd => [MulAddVVV, MulAddUVV, MulAddVVU, MulAddUVU],
            Fusion::MulSub => [MulSubVVV, MulSubUVV, MulSubVVU, MulSubUVU],
            Fusion::NegMulAdd => [NegMulAddVVV, NegMulAddUVV, NegMulAddVVU, NegMulAddUVU],
        };
        let (uniform_x, uniform_c) = (!self.schedule.is_varying(x), !self.schedule.is_varying(c));
        let at = |id: Id, is_uniform: bool| if is_uniform { self.uniform[id as usize] } else { id };
        let operands = [at(x, uniform_x), y, at(c, uniform_c), NONE];
        self.push(opcodes[usize::from(uniform_x) + 2 * usize::from(uniform_c)], id, operands);
    }

    /// The chains that become one instruction, by the first of them: rows over the same vector form a matrix.
    fn chains(&self) -> HashMap<Id, Vec<Id>> {
        let schedule = self.schedule;
        let mut first_of: HashMap<Vec<Id>, Id> = HashMap::new();
        let mut groups: HashMap<Id, Vec<Id>> = HashMap::new();
        for id in 0..schedule.ops.len() as Id {
            let Role::Chain(chain) = &schedule.role[id as usize] else { continue };
            let is_dot_product = !chain.uniform_factors || chain.start.is_some_and(|start| schedule.is_varying(start));
            if is_dot_product {
                groups.insert(id, vec![id]);
                continue;
            }
            // Whether they start from anything, and whether they are exact, is part of the key.
            let mut key: Vec<Id> = chain.terms.iter().map(|term| term[1]).collect();
            key.push(u32::from(chain.start.is_some()) + 2 * u32::from(schedule.exact[id as usize]));
            let first = *first_of.entry(key).or_insert(id);
            groups.entry(first).or_default().push(id);
        }
        groups
    }

    fn chain(&mut self, group: &[Id]) {
        let schedule = self.schedule;
        let of = |id: Id| match &schedule.role[id as usize] {
            Role::Chain(chain) => &**chain,
            _ => unreachable!("a group consists of chains"),
        };
        let (first, exact) = (of(group[0]), schedule.exact[group[0] as usize]);
        let start = self.start(group, of);
        if !first.uniform_factors {
            let pairs = DotProduct {
                result: group[0],
                terms: first.terms.len() as u32,
                list: self.code.body.lists.len() as u32,
                start,
                exact,
            };
            self.code.body.lists.extend(first.terms.iter().flatten());
            let at = self.code.body.dot_products.len() as u32;
            self.code.body.dot_products.push(pairs);
            return self.push(Opcode::DotProduct, NONE, [at, NONE, NONE, NONE]);
        }
        let matrix: Vec<u32> =
            group.iter().flat_map(|&id| of(id).terms.iter().map(|term| self.uniform[term[0] as usize])).collect();
        let columns = first.terms.len();
        let (matrix, row_stride, column_stride) = self.strided(&matrix, columns);
        let body = &mut self.code.body;
        let results = body.lists.len() as u32;
        body.lists.extend(group);
        let column = body.lists.len() as u32;
        body.lists.extend(first.terms.iter().map(|term| term[1]));
        let (rows, columns) = (group.len() as u32, columns as u32);
        let at = body.matrix_vectors.len() as u32;
        body.matrix_vectors.push(MatrixVector {
            rows,
            columns,
            results,
            column,
            matrix,
            row_stride,
            column_stride,
            start,
            exact,
        });
        self.push(Opcode::MatrixVector, NONE, [at, NONE, NONE, NONE]);
    }

    fn start<'c>(&mut self, group: &[Id], of: impl Fn(Id) -> &'c Chain) -> Start {
        match of(group[0]).start {
            None => Start::FirstProduct,
            Some(start) if self.schedule.is_varying(start) => Start::Varying(start),
            Some(_) => {
                let at = self.code.body.lists.len() as u32;
                let uniforms = group.iter().filter_map(|&id| of(id).start).map(|id| self.uniform[id as usize]);
                self.code.body.lists.extend(uniforms);
                Start::Uniforms(at)
            }
        }
    }

    /// The first uniform register of a matrix and its strides; if it has no strides, it is copied.
    fn strided(&mut self, matrix: &[u32], columns: usize) -> (u32, i32, i32) {
        if let Some((row_stride, column_stride)) = strides(matrix, columns) {
            return (matrix[0], row_stride, column_stride);
        }
        let first = self.code.uniforms.len() as u32;
        for &uniform in matrix {
            let copy = self.new_uniform(self.code.uniforms[uniform as usize]);
            self.code.prologue.push((copy, Op::Unary(Unary::Detach, uniform)));
        }
        (first, columns as i32, 1)
    }
}
