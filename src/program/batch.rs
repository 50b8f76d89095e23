//! `Program`: compiled, and run over samples.

use super::build::{Source, build};
use super::code::{Compiled, Miss, Result1, Run as Copies};
use super::lanes::{Chunk, Element, Job};
use super::lower::lower;
use super::plan::{Dispatch, Plan, ProgramError};
use super::results::{Batch, Statistics};
use super::shared::{self, Common, Given};
use super::wide::{Spare, Wide, widen};
use crate::error::check_length;
use crate::graph::Graph;
use crate::model::{Model, VectorModel};
use crate::number::check_seeds;
use std::sync::OnceLock;

/// How many samples are added up before their sum is added to the others. It does not depend on the machine, so that
/// sums do not either.
const CHUNK: usize = 1024;

/// A recorded function with its derivative, compiled for many samples at a time.
///
/// # Complexity
///
/// Compiling takes time and memory in proportion to the operations of the graph; so does the memory of a run, for each
/// lane, but numbers whose time is over give their place to later ones. A row whose derivatives come out NaN is computed
/// again by forward or reverse mode, and takes as long as recording it; a sum that comes out NaN takes as long as recording
/// its samples, up to the first that is NaN itself.
#[derive(Clone, Debug)]
pub struct Program<T = f64> {
    pub(super) source: Source,
    pub(super) plan: Plan,
    pub(super) code: Compiled,
    /// The code in which zeros absorb, once it is needed.
    careful: OnceLock<Compiled>,
    /// The code for one sample, once it is needed, and its memory.
    wide: OnceLock<Wide>,
    spare: Spare<T>,
    pub(super) lanes: usize,
    pub(super) dispatch: Dispatch,
    pub(super) outputs: usize,
    pub(super) record: Record<T>,
}

/// What the function did when it was recorded.
#[derive(Clone, Debug)]
pub(super) struct Record<T> {
    pub(super) inputs: Vec<T>,
    /// The values that each guard compared, and their names.
    pub(super) compared: Vec<[f64; 2]>,
    pub(super) names: Vec<[String; 2]>,
}

/// What a run over samples at given positions left.
pub(super) struct Run<T> {
    pub(super) sums: Vec<T>,
    pub(super) misses: Vec<(usize, Miss)>,
    /// Whether a derivative or a sum is NaN.
    poisoned: bool,
}

impl<T: Element> Program<T> {
    /// Compiles a graph.
    ///
    /// # Errors
    ///
    /// [`ProgramError`] if the plan does not suit the graph or this machine.
    pub fn compile(graph: &Graph<T>, plan: &Plan) -> Result<Self, ProgramError> {
        plan.check(graph.input_count(), graph.output_nodes().len())?;
        let value = |node: u32| graph.nodes()[node as usize].value.primal();
        let record = Record {
            inputs: graph.inputs(),
            compared: graph.guards().iter().map(|guard| guard.operands.map(value)).collect(),
            names: graph.guards().iter().map(|guard| guard.operands.map(|node| graph.name(node))).collect(),
        };
        Self::assemble(build(graph, plan), plan.clone(), record)
    }

    /// A program from its operations.
    pub(super) fn assemble(source: Source, plan: Plan, record: Record<T>) -> Result<Self, ProgramError> {
        let dispatch = plan.dispatch.unwrap_or_else(Dispatch::best);
        if !dispatch.is_available() {
            return Err(ProgramError::Dispatch { found: dispatch });
        }
        let code = lower(&source, &plan, false);
        let lanes = plan.lanes.unwrap_or_else(|| lanes_for(code.block.slots * size_of::<T>()));
        let outputs = source.values;
        Ok(Self {
            source,
            plan,
            code,
            careful: OnceLock::new(),
            wide: OnceLock::new(),
            spare: Spare::default(),
            lanes,
            dispatch,
            outputs,
            record,
        })
    }

    /// Records a function of one output at `x` and compiles it.
    ///
    /// # Errors
    ///
    /// As [`Program::compile`].
    pub fn of(model: &impl Model, x: &[T], plan: &Plan) -> Result<Self, ProgramError> {
        Self::compile(&Graph::of(model, x), plan)
    }

    /// Records a function of several outputs at `x` and compiles it.
    ///
    /// # Errors
    ///
    /// As [`Program::compile`].
    pub fn of_vector(model: &impl VectorModel, x: &[T], plan: &Plan) -> Result<Self, ProgramError> {
        Self::compile(&Graph::of_vector(model, x), plan)
    }

    /// Runs over samples: `parameters` are those of the plan, `samples` the other inputs of one sample after the other.
    /// A function of parameters alone has one sample, which is empty.
    ///
    /// # Errors
    ///
    /// [`ProgramError`] if a length is wrong, a sample takes another branch, or a direction is missing:
    /// [`Program::run_along`].
    pub fn run(&self, parameters: &[T], samples: &[T]) -> Result<Batch<T>, ProgramError> {
        self.run_along(parameters, samples, &[])
    }

    /// [`Program::run`] with the direction v of [`Jvp`](super::Derivative::Jvp) and [`Hvp`](super::Derivative::Hvp), p
    /// numbers for all samples.
    ///
    /// # Errors
    ///
    /// As [`Program::run`]; also if an entry of the direction is not finite.
    pub fn run_along(&self, parameters: &[T], samples: &[T], direction: &[T]) -> Result<Batch<T>, ProgramError> {
        let given = Given { parameters, samples, direction };
        let count = self.check(given)?;
        let (values, width) = (self.outputs, self.width());
        if count == 1
            && let Some(row) = self.run_one(given)
        {
            let numbers = row.map_err(|miss| self.stale(0, miss))?;
            return Ok(Batch { values, width, numbers });
        }
        let mut numbers = vec![T::zero(); self.rows(count) * width];
        let run = self.run_at(given, None, count, &mut numbers, None);
        match run.misses.iter().min_by_key(|(sample, _)| *sample) {
            Some(&(sample, miss)) => Err(self.stale(sample, miss)),
            None => Ok(Batch { values, width, numbers }),
        }
    }

    /// What is said of a sample that takes another branch.
    fn stale(&self, sample: usize, miss: Miss) -> ProgramError {
        let at = miss.number as usize;
        let (guard, names) = (&self.source.guards[at], self.record.names[at].clone());
        let stale = guard.stale(names, self.record.compared[at], miss.found, miss.answer);
        ProgramError::Stale { sample, stale: Box::new(stale) }
    }

    /// How many numbers a sample has.
    #[must_use]
    pub fn sample_len(&self) -> usize {
        self.source.inputs - self.plan.parameters.len()
    }

    /// How many parameters there are.
    #[must_use]
    pub fn parameter_count(&self) -> usize {
        self.plan.parameters.len()
    }

    /// The plan that it was compiled for.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The inputs that it was recorded at.
    #[must_use]
    pub fn recorded_at(&self) -> &[T] {
        &self.record.inputs
    }

    /// What it consists of.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let (code, block) = (&self.code, &self.code.block);
        let counts = |ops: &[super::ir::Op]| {
            use super::ir::Op::{Constant, Input};
            ops.iter().filter(|op| !matches!(op, Input(_) | Constant(_))).count()
        };
        let lane_numbers = block.slots + block.lane_sums;
        Statistics {
            recorded: counts(&self.source.ir.ops()[..self.source.primal]),
            operations: counts(self.source.ir.ops()),
            before: code.before.len(),
            instructions: block.instructions.len(),
            after: code.after.len(),
            slots: block.slots,
            sums: block.lane_sums + block.outer_sums,
            registers: code.registers.len(),
            bytes: (lane_numbers * self.lanes + block.outer_sums + code.registers.len()) * size_of::<T>(),
            lanes: self.lanes,
            dispatch: self.dispatch,
        }
    }

    pub(super) fn width(&self) -> usize {
        self.code.results.len()
    }

    pub(super) fn width_of_values(&self) -> usize {
        self.outputs
    }

    /// How many rows of results there are for so many samples.
    pub(super) fn rows(&self, samples: usize) -> usize {
        if self.plan.summed { 1 } else { samples }
    }

    /// How many samples there are.
    pub(super) fn check(&self, given: Given<'_, T>) -> Result<usize, ProgramError> {
        let Given { parameters, samples, direction } = given;
        check_length("the parameters", self.parameter_count(), parameters.len())?;
        let p = if self.plan.derivative.takes_direction() { self.plan.wrt(self.source.inputs).len() } else { 0 };
        check_seeds("the direction v", p, direction)?;
        let sample = self.sample_len();
        match samples.len() {
            0 if sample == 0 => Ok(1),
            found if sample == 0 || found % sample != 0 => Err(ProgramError::Samples { sample, found }),
            found => Ok(found / sample),
        }
    }

    /// Runs over `count` samples, those named or the first ones, and writes rows of results. Rows of samples that take
    /// another branch are left as they are, and nothing of them is in a sum. What several programs have in common, of
    /// which this one has a number, is computed once.
    pub(super) fn run_at(
        &self,
        given: Given<'_, T>,
        chosen: Option<&[u32]>,
        count: usize,
        rows: &mut [T],
        mut common: Option<(&mut Common<T>, usize)>,
    ) -> Run<T> {
        let Given { parameters, samples, direction } = given;
        let (parameters, along) = ((self.plan.parameters.start, parameters), (self.source.inputs, direction));
        let mut registers_of = |code, careful: bool| {
            let common = common.as_mut().map(|(common, number)| (&mut **common, 2 * *number + usize::from(careful)));
            shared::registers(code, parameters, along, common)
        };
        let mut registers = registers_of(&self.code, false);
        if let Some(miss) = shared::miss(&self.code, &registers) {
            let misses = (0..count).map(|position| (position, miss)).collect();
            return Run { sums: Vec::new(), misses, poisoned: false };
        }
        let mut run = Self::joined(self.run_chunks(&self.job(&self.code, &registers, samples, chosen), count, rows));
        let done = count - run.misses.len();
        self.write_shared(&self.code, &mut registers, &run.sums, done, rows);
        let poisoned = run.poisoned || self.any_nan(&self.code, rows);
        if poisoned && self.plan.derivative != super::Derivative::Value {
            // A zero may have met an infinity.
            let code = self.careful.get_or_init(|| lower(&self.source, &self.plan, true));
            let mut registers = registers_of(code, true);
            if self.plan.summed {
                run = Self::joined(self.run_chunks(&self.job(code, &registers, samples, chosen), count, rows));
                self.write_shared(code, &mut registers, &run.sums, done, rows);
            } else {
                self.mend(code, &mut registers, samples, chosen, rows);
            }
            self.look_again(given, chosen, &run.misses, count, rows);
        }
        run
    }

    /// Runs over a sample by code of its own: its row, or the guard that gives another answer; nothing if a derivative comes
    /// out NaN, or the plan says how many lanes there are.
    pub(super) fn run_one(&self, given: Given<'_, T>) -> Option<Result<Vec<T>, Miss>> {
        if self.plan.lanes.is_some() {
            return None;
        }
        let wide = self.wide.get_or_init(|| widen(&self.source, &self.plan));
        let (before, after) = given.samples.split_at(self.plan.parameters.start);
        match wide.run(self.dispatch, [before, given.parameters, after, given.direction], &self.spare) {
            // A zero may have met an infinity.
            Ok((_, true)) => None,
            Ok((row, false)) => Some(Ok(row)),
            Err(miss) => Some(Err(miss)),
        }
    }

    pub(super) fn job<'a>(
        &self,
        code: &'a Compiled,
        registers: &'a [T],
        data: &'a [T],
        samples: Option<&'a [u32]>,
    ) -> Job<'a, T> {
        Job {
            code,
            registers,
            data,
            width: self.sample_len(),
            samples,
            values: self.outputs,
            lanes: self.lanes,
            dispatch: self.dispatch,
        }
    }

    /// Whether a derivative that no instruction stores is NaN: they are the same in all rows.
    fn any_nan(&self, code: &Compiled, rows: &[T]) -> bool {
        let derivatives = rows.iter().enumerate().take(self.width()).skip(self.outputs);
        derivatives.filter(|&(column, _)| code.results[column] != Result1::Stored).any(|(_, x)| x.is_nan())
    }

    pub(super) fn run_chunks(&self, job: &Job<'_, T>, count: usize, rows: &mut [T]) -> Vec<Chunk<T>> {
        let stored = if self.plan.summed { 0 } else { self.width() };
        let mut parts: Vec<(std::ops::Range<usize>, &mut [T])> = Vec::new();
        let mut rest = if self.plan.summed { Default::default() } else { rows };
        for start in (0..count).step_by(CHUNK) {
            let end = count.min(start + CHUNK);
            let (part, later) = rest.split_at_mut((end - start) * stored);
            parts.push((start..end, part));
            rest = later;
        }
        // A single sample has no neighbours to be computed beside, and few have room in few lanes.
        let lanes = match count {
            _ if self.plan.lanes.is_some() => self.lanes,
            1 => 1,
            _ => self.lanes.min(count.next_power_of_two().max(8)),
        };
        run_all(&Job { lanes, ..*job }, parts)
    }

    /// The sums of all chunks, in their order, and the misses.
    pub(super) fn joined(chunks: Vec<Chunk<T>>) -> Run<T> {
        let mut chunks = chunks.into_iter();
        let Some(Chunk { mut sums, mut misses, mut poisoned }) = chunks.next() else {
            return Run { sums: Vec::new(), misses: Vec::new(), poisoned: false };
        };
        for chunk in chunks {
            for (sum, &term) in sums.iter_mut().zip(&chunk.sums) {
                *sum += term;
            }
            misses.extend(chunk.misses);
            poisoned |= chunk.poisoned;
        }
        Run { sums, misses, poisoned }
    }

    /// Writes the results that are no row's own.
    pub(super) fn write_shared(
        &self,
        code: &Compiled,
        registers: &mut [T],
        sums: &[T],
        samples: usize,
        rows: &mut [T],
    ) {
        let none: Vec<T>;
        let sums = if sums.is_empty() {
            none = vec![T::zero(); code.block.lane_sums + code.block.outer_sums];
            &none
        } else {
            sums
        };
        shared::finish(code, registers, sums, samples);
        if code.from_registers.is_empty() && code.from_sums.is_empty() {
            return;
        }
        for row in rows.chunks_exact_mut(self.width().max(1)) {
            Copies::copy(&code.from_registers, registers, row);
            Copies::copy(&code.from_sums, sums, row);
        }
    }
}

/// Runs every part, on all cores.
#[cfg(feature = "rayon")]
fn run_all<T: Element>(job: &Job<'_, T>, parts: Vec<(std::ops::Range<usize>, &mut [T])>) -> Vec<Chunk<T>> {
    use rayon::iter::{IntoParallelIterator, ParallelIterator};
    parts.into_par_iter().map(|(positions, rows)| T::run_chunk(job, positions, rows)).collect()
}

/// Runs every part, one after the other.
#[cfg(not(feature = "rayon"))]
fn run_all<T: Element>(job: &Job<'_, T>, parts: Vec<(std::ops::Range<usize>, &mut [T])>) -> Vec<Chunk<T>> {
    parts.into_iter().map(|(positions, rows)| T::run_chunk(job, positions, rows)).collect()
}

/// How many lanes suit a program with so many bytes a lane: as many as leave it in the second cache of one core. It does
/// not depend on the machine, so that sums do not either.
fn lanes_for(bytes: usize) -> usize {
    const CACHE: usize = 1 << 20;
    match bytes {
        small if small * 32 <= CACHE / 2 => 32,
        large if large * 16 > CACHE => 8,
        _ => 16,
    }
}
