//! Register allocation: by the liveness of operations, in one pass over the instructions.

use super::code::{Body, Load, Start};
use super::ir::{Id, NONE, Op};
use super::opcode::{Instruction, Opcode, varying_operands};
use super::schedule::Schedule;

/// Replaces the operations that a body names as operands by varying registers.
///
/// The data of the samples come first, column by column. A uniform operand of an opcode that takes only varying ones gets a
/// register of its own for the whole body, a splat.
pub(super) fn allocate_registers(body: &mut Body, schedule: &Schedule<'_>, uniform: &[u32], is_data: &[bool]) {
    let mut allocator = Allocator {
        register: vec![NONE; schedule.ops.len()],
        last_use: vec![0; schedule.ops.len()],
        free: Vec::new(),
        next: 0,
    };
    let mut operands: Vec<Id> = Vec::new();
    for (at, &instruction) in body.instructions.iter().enumerate() {
        operands.clear();
        reads(body, instruction, &mut operands);
        for &operand in &operands {
            allocator.last_use[operand as usize] = at as u32;
        }
    }
    allocator.load(body, schedule, is_data);
    let mut read: Vec<u32> = Vec::new();
    for at in 0..body.instructions.len() {
        operands.clear();
        reads(body, body.instructions[at], &mut operands);
        for &operand in &operands {
            if allocator.register[operand as usize] == NONE {
                // A uniform operand: its register is never freed.
                let register = allocator.new_register();
                allocator.register[operand as usize] = register;
                allocator.last_use[operand as usize] = u32::MAX;
                body.splats.push([register, uniform[operand as usize]]);
            }
        }
        allocator.assign(body, at, &operands, &mut read);
    }
    body.registers = allocator.next as usize;
}

struct Allocator {
    /// The register of each operation, or [`NONE`].
    register: Vec<u32>,
    /// The last instruction that reads each operation.
    last_use: Vec<u32>,
    free: Vec<u32>,
    next: u32,
}

impl Allocator {
    fn new_register(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    fn allocate(&mut self, id: Id) -> u32 {
        let register = self.free.pop().unwrap_or_else(|| self.new_register());
        self.register[id as usize] = register;
        register
    }

    fn load(&mut self, body: &mut Body, schedule: &Schedule<'_>, is_data: &[bool]) {
        let inputs = is_data.iter().enumerate().filter(|(_, is_data)| **is_data);
        for (column, (input, _)) in inputs.enumerate().filter(|(_, (input, _))| schedule.live[*input]) {
            debug_assert!(matches!(schedule.ops[input], Op::Input(_)));
            let (register, column) = (self.new_register(), column as u32);
            self.register[input] = register;
            match body.loads.last_mut() {
                Some(last) if last.column + last.count == column => last.count += 1,
                _ => body.loads.push(Load { register, column, count: 1 }),
            }
        }
    }

    /// Frees the registers whose last use this is, and allocates those that are written. An instruction that writes one register
    /// reads a lane before it writes that, so that its result may overwrite an operand; one that writes several may not.
    fn assign(&mut self, body: &mut Body, at: usize, operands: &[Id], read: &mut Vec<u32>) {
        let old = body.instructions[at];
        let several = old.opcode == Opcode::MatrixVector;
        read.clear();
        read.extend(operands.iter().map(|&operand| self.register[operand as usize]));
        if !several {
            self.free_last_uses(operands, at);
        }
        let instruction = match old.opcode {
            Opcode::MatrixVector => {
                let rows = body.matrix_vectors[old.a as usize];
                let results = rows.results as usize..(rows.results + rows.rows) as usize;
                for result in &mut body.lists[results] {
                    *result = self.allocate(*result);
                }
                let column = rows.column as usize;
                body.lists[column..column + rows.columns as usize].copy_from_slice(&read[..rows.columns as usize]);
                if let Start::Varying(_) = rows.start {
                    body.matrix_vectors[old.a as usize].start = Start::Varying(read[rows.columns as usize]);
                }
                old
            }
            Opcode::DotProduct => {
                let pairs = body.dot_products[old.a as usize];
                let terms = 2 * pairs.terms as usize;
                body.lists[pairs.list as usize..pairs.list as usize + terms].copy_from_slice(&read[..terms]);
                let own = &mut body.dot_products[old.a as usize];
                if let Start::Varying(_) = pairs.start {
                    own.start = Start::Varying(read[terms]);
                }
                own.result = self.allocate(pairs.result);
                old
            }
            Opcode::OuterProduct => {
                let outer = body.outer_products[old.a as usize];
                let start = outer.row_list as usize;
                body.lists[start..start + read.len()].copy_from_slice(read);
                old
            }
            opcode => {
                let mut operands = [old.a, old.b, old.c, old.e];
                for (&at, &register) in varying_operands(opcode).iter().zip(&*read) {
                    operands[at] = register;
                }
                let writes = !matches!(opcode, Opcode::Store | Opcode::ReduceAdd | Opcode::ReduceMul | Opcode::Guard);
                let d = if writes { self.allocate(old.d) } else { old.d };
                let [a, b, c, e] = operands;
                Instruction { opcode, d, a, b, c, e }
            }
        };
        body.instructions[at] = instruction;
        if several {
            self.free_last_uses(operands, at);
        }
    }

    fn free_last_uses(&mut self, operands: &[Id], at: usize) {
        for &operand in operands {
            if self.last_use[operand as usize] == at as u32 {
                // Freed once, however many operands it is.
                self.last_use[operand as usize] = u32::MAX;
                self.free.push(self.register[operand as usize]);
            }
        }
    }
}

/// The varying operands of an instruction, in their order.
fn reads(body: &Body, instruction: Instruction, found: &mut Vec<Id>) {
    let list = |start: u32, count: u32| &body.lists[start as usize..(start + count) as usize];
    let start = |start: Start, found: &mut Vec<Id>| {
        if let Start::Varying(register) = start {
            found.push(register);
        }
    };
    match instruction.opcode {
        Opcode::MatrixVector => {
            let rows = &body.matrix_vectors[instruction.a as usize];
            found.extend(list(rows.column, rows.columns));
            start(rows.start, found);
        }
        Opcode::DotProduct => {
            let pairs = &body.dot_products[instruction.a as usize];
            found.extend(list(pairs.list, 2 * pairs.terms));
            start(pairs.start, found);
        }
        Opcode::OuterProduct => {
            let outer = &body.outer_products[instruction.a as usize];
            found.extend(list(outer.row_list, outer.rows + outer.columns));
        }
        opcode => {
            let operands = [instruction.a, instruction.b, instruction.c, instruction.e];
            found.extend(varying_operands(opcode).iter().map(|&at| operands[at]));
        }
    }
}
