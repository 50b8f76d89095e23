//! Runs the code of a single sample, and keeps its memory.

use super::super::code::GuardFailure;
use super::super::instruction_set::InstructionSet;
use super::super::lanes::{Element, run_kernels_for};
use super::SlpCode;
use super::kernels::{CHUNK, GatherBuffer};
use std::sync::{Mutex, TryLockError};

/// The memory of a run.
#[derive(Debug)]
pub(in super::super) struct Scratch<T> {
    pub(super) cells: Vec<T>,
    /// For operands that are not contiguous.
    pub(super) buffer: Box<GatherBuffer<T>>,
    /// For the vector that a matrix is multiplied by, and what is added to the products.
    pub(super) matrix: Vec<T>,
}

/// The memory of the last run, which the next one uses again.
#[derive(Debug)]
pub(in super::super) struct ScratchPool<T>(Mutex<Option<Scratch<T>>>);

impl<T> Default for ScratchPool<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

/// A clone has a pool of its own.
impl<T> Clone for ScratchPool<T> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl SlpCode {
    /// Calls `run` with the memory of the pool, or with new memory while another thread uses that.
    pub(in super::super) fn with_scratch<T: Element, R>(
        &self,
        pool: &ScratchPool<T>,
        run: impl FnOnce(&mut Scratch<T>) -> R,
    ) -> R {
        match pool.0.try_lock() {
            Ok(mut pooled) => run(pooled.get_or_insert_with(|| self.scratch())),
            // Every run overwrites what the one before it left, and no run writes to constants.
            Err(TryLockError::Poisoned(pooled)) => run(pooled.into_inner().get_or_insert_with(|| self.scratch())),
            Err(TryLockError::WouldBlock) => run(&mut self.scratch()),
        }
    }

    /// Runs a sample, whose inputs are these parts, one after the other, and writes the results into a zeroed row. The second
    /// part are the parameters. Returns whether a derivative is NaN, or the first guard failure.
    pub(in super::super) fn run<T: Element>(
        &self,
        instruction_set: InstructionSet,
        inputs: [&[T]; 4],
        scratch: &mut Scratch<T>,
        row: &mut [T],
    ) -> Result<bool, GuardFailure> {
        self.load(inputs, &mut scratch.cells);
        let produced_nan = run_kernels_for::<T>(instruction_set)(self, inputs[1], scratch, row);
        for check in &self.guards {
            let [a, b] = check.guard.operands.map(|cell| scratch.cells[cell as usize]);
            if let Some(answer) = check.guard.other_answer(a, b) {
                return Err(GuardFailure { number: check.number, answer, found: [a.primal(), b.primal()] });
            }
        }
        Ok(produced_nan)
    }

    /// Copies the inputs that are read into their cells.
    fn load<T: Copy>(&self, inputs: [&[T]; 4], cells: &mut [T]) {
        let mut start = 0;
        let mut ranges = self.loads.iter().peekable();
        for part in inputs {
            let end = start + part.len();
            while let Some(range) = ranges.peek() {
                let (from, to) = ((range.from as usize).max(start), ((range.from + range.count) as usize).min(end));
                if from < to {
                    cells[from..to].copy_from_slice(&part[from - start..to - start]);
                }
                if (range.from + range.count) as usize > end {
                    break;
                }
                ranges.next();
            }
            start = end;
        }
    }

    /// New memory, with the constants in their cells.
    fn scratch<T: Element>(&self) -> Scratch<T> {
        let mut cells = vec![T::zero(); self.cells];
        for &(cell, value) in &self.constants {
            cells[cell as usize] = T::constant(value);
        }
        Scratch { cells, buffer: Box::new([[T::zero(); CHUNK]; 4]), matrix: vec![T::zero(); 2 * self.longest] }
    }
}
