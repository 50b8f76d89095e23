//! A run of a `Replay`: rounds in which every program takes the samples that wait for it.

use super::batch::Program;
use super::code::Miss;
use super::lanes::Element;
use super::one_shot::one_shot;
use super::plan::Shape;
use super::replay::{FEW, LONG, Replay, Stop};
use super::results::Batch;
use super::shared::Given;
use crate::error::{Failure, check_length};
use crate::graph::Graph;
use crate::model::Model;

/// How many programs whose path begins as that of a sample does are tried in a run.
pub(super) const TRIES: u32 = 4;

/// The longest time that a sample without a program waits until it is tried on the programs again, in runs.
const LONGEST: u32 = 1 << 10;

/// What is known of the sample at a position.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Position {
    /// The program that suited it the last time, or may suit it the next time.
    pub(super) program: u32,
    /// While this is not 0, no program is tried; then the next pause is the second, in runs.
    pub(super) pause: u32,
    next: u32,
    /// Whether it was differentiated by itself.
    pub(super) alone: bool,
}

impl Position {
    /// No program suits the sample: the next one is tried later, and then later still.
    pub(super) fn wait(&mut self) {
        (self.pause, self.next) = (self.next, (4 * self.next + 1).min(LONGEST));
    }
}

impl<M: Model, T: Element> Replay<M, T> {
    /// Differentiates the samples, each along its own path.
    pub(super) fn replay(&mut self, inputs: usize, given: Given<'_, T>, batch: &mut Batch<T>) -> Result<(), Stop<M>> {
        let Given { parameters, samples, direction } = given;
        let sample = inputs.saturating_sub(self.plan.parameters.len());
        let mut known = None;
        let shape = if let Some(shape) = self.shape {
            shape
        } else {
            // Without samples too it has to be known how long a row is.
            let zeros = vec![T::zero(); sample];
            let first = samples.get(..sample).unwrap_or(&zeros);
            let x = self.inputs(inputs, parameters, first)?;
            let graph = known.insert(Graph::try_of(&self.model, &x).map_err(Failure::Model)?);
            *self.shape.insert(self.plan.shape(graph.input_count(), graph.output_nodes().len())?)
        };
        check_length("the inputs of the function", shape.inputs, inputs)?;
        let count = self.plan.samples(inputs, given)?;
        let (Shape { values, width, .. }, summed) = (shape, self.plan.summed);
        if self.positions.len() != count {
            self.positions.clear();
            self.positions.resize(count, Position::default());
        }
        let mut tries = Vec::new();
        if self.programs.is_empty() {
            tries.resize(count, 0);
            self.compile_first(inputs, given, known, &mut tries)?;
        }
        if let [Position { program, pause: 0, .. }] = self.positions[..]
            && let Some(Ok(())) = self.programs.get(program as usize).and_then(|program| program.run_one(given, batch))
        {
            self.positions[0].alone = false;
            return Ok(());
        }
        self.common.forget();
        tries.resize(count, 0);
        let mut waiting: Vec<Vec<u32>> = vec![Vec::new(); self.programs.len()];
        let mut alone: Vec<u32> = Vec::new();
        // Recording takes several times as long as differentiating: only so many are recorded to no use.
        let mut vain = 2 + count / 64;
        for (at, position) in (0..).zip(&mut self.positions) {
            if position.pause > 0 {
                position.pause -= 1;
                alone.push(at);
            } else if let Some(waiting) = waiting.get_mut(position.program as usize) {
                waiting.push(at);
            } else {
                position.wait();
                alone.push(at);
            }
        }
        let is_few = |some: usize, program: &Program<T>| count > 1 && some < FEW && program.is_long();
        // If all samples wait for one program, it computes their rows where they belong.
        let mut in_place = !summed
            && count > 0
            && waiting.iter().zip(&self.programs).any(|(some, of)| some.len() == count && !is_few(count, of));
        if !in_place {
            batch.prepare(None, [values, width], self.plan.rows(count));
        }
        // Rounds in which every program takes the samples that wait for it, so that nothing depends on who was first.
        while waiting.iter().any(|samples| !samples.is_empty()) {
            let mut next: Vec<Vec<u32>> = vec![Vec::new(); self.programs.len()];
            for (number, chosen) in waiting.into_iter().enumerate().filter(|(_, chosen)| !chosen.is_empty()) {
                chosen.iter().for_each(|&at| self.positions[at as usize].program = number as u32);
                let program = &self.programs[number];
                if is_few(chosen.len(), program) {
                    alone.extend(chosen);
                    continue;
                }
                let common = Some((&mut self.common, number));
                let mut some = Batch::default();
                let mut misses = if in_place {
                    program.run_at(given, None, count, common, batch)
                } else {
                    program.run_at(given, Some(&chosen), chosen.len(), common, &mut some)
                };
                let mut missed = vec![false; chosen.len()];
                misses.iter().for_each(|&(at, _)| missed[at] = true);
                for (&at, _) in chosen.iter().zip(&missed).filter(|(_, missed)| !**missed) {
                    self.positions[at as usize] = Position { program: number as u32, ..Position::default() };
                }
                if summed {
                    batch.rows_mut().iter_mut().zip(some.rows_mut()).for_each(|(sum, term)| *sum += *term);
                } else if !in_place {
                    let rows = batch.rows_mut();
                    for (at, &position) in chosen.iter().enumerate().filter(|&(at, _)| !missed[at]) {
                        rows[position as usize * width..][..width].copy_from_slice(some.row(at));
                    }
                }
                misses.sort_unstable_by_key(|&(at, _)| at);
                for (at, miss) in misses {
                    let position = chosen[at] as usize;
                    let x = self.inputs(inputs, parameters, &samples[position * sample..][..sample])?;
                    match self.other(number, miss, &mut tries[position], &mut vain, &x)? {
                        Some(program) => {
                            next.resize(self.programs.len(), Vec::new());
                            next[program].push(position as u32);
                        }
                        None => {
                            self.positions[position].wait();
                            alone.push(position as u32);
                        }
                    }
                }
            }
            next.iter_mut().for_each(|samples| samples.sort_unstable());
            waiting = next;
            in_place = false;
        }
        self.one_by_one += alone.len();
        for position in alone.into_iter().map(|position| position as usize) {
            self.positions[position].alone = true;
            let x = self.inputs(inputs, parameters, &samples[position * sample..][..sample])?;
            let row = one_shot(&self.model, &self.plan, &x, direction, self.plan.outputs.as_deref())?;
            let rows = batch.rows_mut();
            if summed {
                rows.iter_mut().zip(row).for_each(|(sum, term)| *sum += term);
            } else {
                rows[position * width..][..width].copy_from_slice(&row);
            }
        }
        Ok(())
    }

    /// The program for a sample that turned out otherwise: one that is there, or a new one, or none where none pays.
    ///
    /// Programs whose path begins as that of the sample does are only tried so often: a comparison of what all samples share
    /// is asked before those of the samples, and may lead back to where the sample has been. Then the function itself says
    /// where to go, once, so that every sample arrives. `vain` is how many times it may still be asked in vain.
    fn other(
        &mut self,
        number: usize,
        miss: Miss,
        tries: &mut u32,
        vain: &mut usize,
        x: &[T],
    ) -> Result<Option<usize>, Stop<M>> {
        *tries += 1;
        if *tries <= TRIES {
            let before = &self.programs[number].source.guards[..miss.number as usize];
            if let Some(known) = self.paths.along(before, miss.answer) {
                return Ok(Some(known));
            }
        }
        if *tries > TRIES + 1 || *vain == 0 {
            return Ok(None);
        }
        *tries = TRIES + 1;
        let graph = Graph::try_of(&self.model, x).map_err(Failure::Model)?;
        if let Some(known) = self.find(graph.guards()) {
            return Ok(Some(known).filter(|&known| known != number));
        }
        if self.is_worth(&graph) {
            return Ok(Some(self.compile(&graph)?));
        }
        *vain -= 1;
        Ok(None)
    }
}

impl<T: Element> Program<T> {
    /// Whether a few samples are faster differentiated by themselves.
    fn is_long(&self) -> bool {
        self.code.block.instructions.len() > self.source.primal.max(LONG)
    }
}
