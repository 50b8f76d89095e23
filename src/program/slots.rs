//! Slots: numbers whose time is over give their place to later ones.

use super::code::{Block, Code, Instruction, Load, Start, slots_read};
use super::ir::{Id, NONE, Op};
use super::stages::Staged;

/// Turns the operations that a block names as operands into slots.
///
/// The data come first, column beside column. What all samples share and an instruction needs in a slot keeps its slot.
pub(super) fn assign_slots(block: &mut Block, staged: &Staged<'_>, register: &[u32], is_data: &[bool]) {
    let mut slots =
        Slots { place: vec![NONE; staged.ops.len()], last: vec![0; staged.ops.len()], free: Vec::new(), next: 0 };
    let mut operands: Vec<Id> = Vec::new();
    for (at, &instruction) in block.instructions.iter().enumerate() {
        operands.clear();
        reads(block, instruction, &mut operands);
        for &operand in &operands {
            slots.last[operand as usize] = at as u32;
        }
    }
    slots.load(block, staged, is_data);
    let mut read: Vec<u32> = Vec::new();
    for at in 0..block.instructions.len() {
        operands.clear();
        reads(block, block.instructions[at], &mut operands);
        for &operand in &operands {
            if slots.place[operand as usize] == NONE {
                // Not computed for each sample: it stays.
                let slot = slots.fresh();
                slots.place[operand as usize] = slot;
                slots.last[operand as usize] = u32::MAX;
                block.splats.push([slot, register[operand as usize]]);
            }
        }
        slots.assign(block, at, &operands, &mut read);
    }
    block.slots = slots.next as usize;
}

struct Slots {
    place: Vec<u32>,
    /// The last instruction that reads an operation.
    last: Vec<u32>,
    free: Vec<u32>,
    next: u32,
}

impl Slots {
    fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    fn take(&mut self, id: Id) -> u32 {
        let slot = self.free.pop().unwrap_or_else(|| self.fresh());
        self.place[id as usize] = slot;
        slot
    }

    fn load(&mut self, block: &mut Block, staged: &Staged<'_>, is_data: &[bool]) {
        let inputs = is_data.iter().enumerate().filter(|(_, is_data)| **is_data);
        for (column, (input, _)) in inputs.enumerate().filter(|(_, (input, _))| staged.live[*input]) {
            debug_assert!(matches!(staged.ops[input], Op::Input(_)));
            let (slot, column) = (self.fresh(), column as u32);
            self.place[input] = slot;
            match block.loads.last_mut() {
                Some(last) if last.column + last.count == column => last.count += 1,
                _ => block.loads.push(Load { slot, column, count: 1 }),
            }
        }
    }

    /// Frees what is read for the last time and places what is written. An instruction that writes one slot reads a lane
    /// before it writes it, so that it may write where it reads; one that writes several may not.
    fn assign(&mut self, block: &mut Block, at: usize, operands: &[Id], read: &mut Vec<u32>) {
        let before = block.instructions[at];
        let several = before.code == Code::Rows;
        read.clear();
        read.extend(operands.iter().map(|&operand| self.place[operand as usize]));
        if !several {
            self.release(operands, at);
        }
        let instruction = match before.code {
            Code::Rows => {
                let rows = block.rows[before.a as usize];
                let results = rows.results as usize..(rows.results + rows.rows) as usize;
                for result in &mut block.lists[results] {
                    *result = self.take(*result);
                }
                let column = rows.column as usize;
                block.lists[column..column + rows.columns as usize].copy_from_slice(&read[..rows.columns as usize]);
                if let Start::Slot(_) = rows.start {
                    block.rows[before.a as usize].start = Start::Slot(read[rows.columns as usize]);
                }
                before
            }
            Code::Pairs => {
                let pairs = block.pairs[before.a as usize];
                let terms = 2 * pairs.terms as usize;
                block.lists[pairs.list as usize..pairs.list as usize + terms].copy_from_slice(&read[..terms]);
                let own = &mut block.pairs[before.a as usize];
                if let Start::Slot(_) = pairs.start {
                    own.start = Start::Slot(read[terms]);
                }
                own.result = self.take(pairs.result);
                before
            }
            Code::Outer => {
                let outer = block.outers[before.a as usize];
                let start = outer.row_list as usize;
                block.lists[start..start + read.len()].copy_from_slice(read);
                before
            }
            code => {
                let mut letters = [before.a, before.b, before.c, before.e];
                for (&letter, &slot) in slots_read(code).iter().zip(&*read) {
                    letters[letter] = slot;
                }
                let writes = !matches!(code, Code::Store | Code::ReduceAdd | Code::ReduceMul | Code::Guard);
                let d = if writes { self.take(before.d) } else { before.d };
                let [a, b, c, e] = letters;
                Instruction { code, d, a, b, c, e }
            }
        };
        block.instructions[at] = instruction;
        if several {
            self.release(operands, at);
        }
    }

    fn release(&mut self, operands: &[Id], at: usize) {
        for &operand in operands {
            if self.last[operand as usize] == at as u32 {
                // Only once, however often it is read.
                self.last[operand as usize] = u32::MAX;
                self.free.push(self.place[operand as usize]);
            }
        }
    }
}

/// The operations that an instruction reads from slots, in the order in which they are named.
fn reads(block: &Block, instruction: Instruction, found: &mut Vec<Id>) {
    let list = |start: u32, count: u32| &block.lists[start as usize..(start + count) as usize];
    let start = |start: Start, found: &mut Vec<Id>| {
        if let Start::Slot(slot) = start {
            found.push(slot);
        }
    };
    match instruction.code {
        Code::Rows => {
            let rows = &block.rows[instruction.a as usize];
            found.extend(list(rows.column, rows.columns));
            start(rows.start, found);
        }
        Code::Pairs => {
            let pairs = &block.pairs[instruction.a as usize];
            found.extend(list(pairs.list, 2 * pairs.terms));
            start(pairs.start, found);
        }
        Code::Outer => {
            let outer = &block.outers[instruction.a as usize];
            found.extend(list(outer.row_list, outer.rows + outer.columns));
        }
        code => {
            let letters = [instruction.a, instruction.b, instruction.c, instruction.e];
            found.extend(slots_read(code).iter().map(|&letter| letters[letter]));
        }
    }
}
