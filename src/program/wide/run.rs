//! Running the code for one sample.

use super::super::code::Miss;
use super::super::lanes::{Element, wide_function};
use super::super::plan::Dispatch;
use super::Wide;
use super::kernels::{PIECE, Room};
use std::sync::{Mutex, TryLockError};

/// The memory of a run.
#[derive(Debug)]
pub(in super::super) struct Scratch<T> {
    pub(super) cells: Vec<T>,
    /// For operands that do not lie side by side.
    pub(super) room: Box<Room<T>>,
    /// For the column of a matrix and what its sums start from.
    pub(super) matrix: Vec<T>,
}

/// Memory that waits for the next run.
#[derive(Debug)]
pub(in super::super) struct Spare<T>(Mutex<Option<Scratch<T>>>);

impl<T> Default for Spare<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

/// Memory is nobody else's.
impl<T> Clone for Spare<T> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Wide {
    /// Runs samples in memory of their own: that which waits, or if another thread has it, new memory.
    pub(in super::super) fn in_scratch<T: Element, R>(
        &self,
        spare: &Spare<T>,
        run: impl FnOnce(&mut Scratch<T>) -> R,
    ) -> R {
        match spare.0.try_lock() {
            Ok(mut kept) => run(kept.get_or_insert_with(|| self.scratch())),
            // Whatever a run left there, the next one writes anew; constants are never written.
            Err(TryLockError::Poisoned(kept)) => run(kept.into_inner().get_or_insert_with(|| self.scratch())),
            Err(TryLockError::WouldBlock) => run(&mut self.scratch()),
        }
    }

    /// Runs over the inputs in these parts, one after the other, of which the second are the parameters. Writes the results
    /// into a row whose zeros are there, and says whether a derivative is NaN, or gives the first guard that gives another answer.
    pub(in super::super) fn run<T: Element>(
        &self,
        dispatch: Dispatch,
        inputs: [&[T]; 4],
        scratch: &mut Scratch<T>,
        row: &mut [T],
    ) -> Result<bool, Miss> {
        self.load(inputs, &mut scratch.cells);
        let poisoned = wide_function::<T>(dispatch)(self, inputs[1], scratch, row);
        for asked in &self.guards {
            let [a, b] = asked.guard.operands.map(|cell| scratch.cells[cell as usize]);
            if let Some(answer) = asked.guard.other_answer(a, b) {
                return Err(Miss { number: asked.number, answer, found: [a.primal(), b.primal()] });
            }
        }
        Ok(poisoned)
    }

    /// Brings those inputs into cells that are read from there.
    fn load<T: Copy>(&self, inputs: [&[T]; 4], cells: &mut [T]) {
        let mut start = 0;
        let mut runs = self.loads.iter().peekable();
        for part in inputs {
            let end = start + part.len();
            while let Some(run) = runs.peek() {
                let (from, to) = ((run.from as usize).max(start), ((run.from + run.count) as usize).min(end));
                if from < to {
                    cells[from..to].copy_from_slice(&part[from - start..to - start]);
                }
                if (run.from + run.count) as usize > end {
                    break;
                }
                runs.next();
            }
            start = end;
        }
    }

    /// Memory with the constants in their cells.
    fn scratch<T: Element>(&self) -> Scratch<T> {
        let mut cells = vec![T::zero(); self.cells];
        for &(cell, value) in &self.constants {
            cells[cell as usize] = T::constant(value);
        }
        Scratch { cells, room: Box::new([[T::zero(); PIECE]; 4]), matrix: vec![T::zero(); 2 * self.longest] }
    }
}
