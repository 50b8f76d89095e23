//! A run of a `Replay`: rounds in which every program runs the samples of its worklist.

use super::batch::Batch;
use super::code::GuardFailure;
use super::lanes::Element;
use super::plan::Shape;
use super::program::Program;
use super::replay::{HOT, LONG, Replay, Stop};
use super::run::RunInputs;
use super::uncompiled::differentiate_uncompiled;
use crate::error::{Failure, check_length};
use crate::graph::Graph;
use crate::model::Model;

/// How many programs whose paths share a prefix with that of a sample are tried in a run.
pub(super) const MAX_TRIES: u32 = 4;

/// The most runs in which no program is tried for a sample whose path has none.
const MAX_PAUSE: u32 = 1 << 10;

/// What is known of a sample from the runs before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SampleState {
    /// The program that accepted it the last time, or that is tried next.
    pub(super) program: u32,
    /// For how many runs no program is tried.
    pub(super) pause: u32,
    /// The pause after that, if no program accepts the sample.
    next_pause: u32,
    /// Whether it was differentiated without a program.
    pub(super) uncompiled: bool,
}

impl SampleState {
    /// No program accepts the sample: exponential back-off.
    pub(super) fn back_off(&mut self) {
        (self.pause, self.next_pause) = (self.next_pause, (4 * self.next_pause + 1).min(MAX_PAUSE));
    }
}

impl<M: Model, T: Element> Replay<M, T> {
    /// Runs the samples, each along its own path.
    pub(super) fn replay(
        &mut self,
        inputs: usize,
        run_inputs: RunInputs<'_, T>,
        batch: &mut Batch<T>,
    ) -> Result<(), Stop<M>> {
        let RunInputs { parameters, samples, direction } = run_inputs;
        let sample = inputs.saturating_sub(self.plan.parameters.len());
        let mut known = None;
        let shape = if let Some(shape) = self.shape {
            shape
        } else {
            // The length of a row has to be known without samples too.
            let zeros = vec![T::zero(); sample];
            let first = samples.get(..sample).unwrap_or(&zeros);
            let x = self.inputs(inputs, parameters, first)?;
            let graph = known.insert(Graph::try_of(&self.model, &x).map_err(Failure::Model)?);
            *self.shape.insert(self.plan.shape(graph.input_count(), graph.output_nodes().len())?)
        };
        check_length("the inputs of the function", shape.inputs, inputs)?;
        let count = self.plan.samples(inputs, run_inputs)?;
        let (Shape { values, width, .. }, summed) = (shape, self.plan.summed);
        if self.states.len() != count {
            self.states.clear();
            self.states.resize(count, SampleState::default());
        }
        let mut tries = Vec::new();
        if self.programs.is_empty() {
            tries.resize(count, 0);
            self.compile_first(inputs, run_inputs, known, &mut tries)?;
        }
        if let [SampleState { program, pause: 0, .. }] = self.states[..]
            && let Some(Ok(())) =
                self.programs.get(program as usize).and_then(|program| program.run_single(run_inputs, batch))
        {
            self.states[0].uncompiled = false;
            return Ok(());
        }
        self.cache.invalidate();
        tries.resize(count, 0);
        let mut worklists: Vec<Vec<u32>> = vec![Vec::new(); self.programs.len()];
        let mut uncompiled: Vec<u32> = Vec::new();
        // Recording takes several times as long as differentiating: so many recordings may lead to no program.
        let mut budget = 2 + count / 64;
        for (at, state) in (0..).zip(&mut self.states) {
            if state.pause > 0 {
                state.pause -= 1;
                uncompiled.push(at);
            } else if let Some(worklist) = worklists.get_mut(state.program as usize) {
                worklist.push(at);
            } else {
                state.back_off();
                uncompiled.push(at);
            }
        }
        let is_few = |some: usize, program: &Program<T>| count > 1 && some < HOT && program.is_long();
        // If one program has all samples in its worklist, it computes their rows in place.
        let mut in_place = !summed
            && count > 0
            && worklists.iter().zip(&self.programs).any(|(some, of)| some.len() == count && !is_few(count, of));
        if !in_place {
            batch.prepare(None, [values, width], self.plan.rows(count));
        }
        // Each round empties the worklists into the next ones, so that results do not depend on the order of programs.
        while worklists.iter().any(|worklist| !worklist.is_empty()) {
            let mut next: Vec<Vec<u32>> = vec![Vec::new(); self.programs.len()];
            for (number, selected) in worklists.into_iter().enumerate().filter(|(_, selected)| !selected.is_empty()) {
                selected.iter().for_each(|&at| self.states[at as usize].program = number as u32);
                let program = &self.programs[number];
                if is_few(selected.len(), program) {
                    uncompiled.extend(selected);
                    continue;
                }
                let cache = Some((&mut self.cache, number));
                let mut some = Batch::default();
                let mut failures = if in_place {
                    program.run_at(run_inputs, None, count, cache, batch)
                } else {
                    program.run_at(run_inputs, Some(&selected), selected.len(), cache, &mut some)
                };
                let mut failed = vec![false; selected.len()];
                failures.iter().for_each(|&(at, _)| failed[at] = true);
                for (&at, _) in selected.iter().zip(&failed).filter(|(_, failed)| !**failed) {
                    self.states[at as usize] = SampleState { program: number as u32, ..SampleState::default() };
                }
                if summed {
                    batch.rows_mut().iter_mut().zip(some.rows_mut()).for_each(|(sum, term)| *sum += *term);
                } else if !in_place {
                    let rows = batch.rows_mut();
                    for (at, &position) in selected.iter().enumerate().filter(|&(at, _)| !failed[at]) {
                        rows[position as usize * width..][..width].copy_from_slice(some.row(at));
                    }
                }
                failures.sort_unstable_by_key(|&(at, _)| at);
                for (at, failure) in failures {
                    let position = selected[at] as usize;
                    let x = self.inputs(inputs, parameters, &samples[position * sample..][..sample])?;
                    match self.on_guard_failure(number, failure, &mut tries[position], &mut budget, &x)? {
                        Some(program) => {
                            next.resize(self.programs.len(), Vec::new());
                            next[program].push(position as u32);
                        }
                        None => {
                            self.states[position].back_off();
                            uncompiled.push(position as u32);
                        }
                    }
                }
            }
            next.iter_mut().for_each(|worklist| worklist.sort_unstable());
            worklists = next;
            in_place = false;
        }
        self.uncompiled += uncompiled.len();
        for position in uncompiled.into_iter().map(|position| position as usize) {
            self.states[position].uncompiled = true;
            let x = self.inputs(inputs, parameters, &samples[position * sample..][..sample])?;
            let row = differentiate_uncompiled(&self.model, &self.plan, &x, direction, self.plan.outputs.as_deref())?;
            let rows = batch.rows_mut();
            if summed {
                rows.iter_mut().zip(row).for_each(|(sum, term)| *sum += term);
            } else {
                rows[position * width..][..width].copy_from_slice(&row);
            }
        }
        Ok(())
    }

    /// The next program for a sample in which a guard failed: a compiled one, or a new one, or none if its path is not hot.
    ///
    /// Programs whose paths share a prefix with that of the sample are tried `MAX_TRIES` times: uniform guards are checked before
    /// varying ones, out of the order of the path, so that they may lead back to a program that has been tried. Then the path is
    /// found by recording the function, once, so that every sample is accepted. `budget` is how many recordings may still lead to
    /// no program.
    fn on_guard_failure(
        &mut self,
        number: usize,
        failure: GuardFailure,
        tries: &mut u32,
        budget: &mut usize,
        x: &[T],
    ) -> Result<Option<usize>, Stop<M>> {
        *tries += 1;
        if *tries <= MAX_TRIES {
            let before = &self.programs[number].source.guards[..failure.number as usize];
            if let Some(known) = self.paths.program_along(before, failure.answer) {
                return Ok(Some(known));
            }
        }
        if *tries > MAX_TRIES + 1 || *budget == 0 {
            return Ok(None);
        }
        *tries = MAX_TRIES + 1;
        let graph = Graph::try_of(&self.model, x).map_err(Failure::Model)?;
        if let Some(known) = self.program_of(graph.guards()) {
            return Ok(Some(known).filter(|&known| known != number));
        }
        if self.is_hot(&graph) {
            return Ok(Some(self.compile(&graph)?));
        }
        *budget -= 1;
        Ok(None)
    }
}

impl<T: Element> Program<T> {
    /// Whether a few samples are faster without a program.
    fn is_long(&self) -> bool {
        self.code.body.instructions.len() > self.source.primal.max(LONG)
    }
}
