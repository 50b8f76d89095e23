//! Running a program over samples: in lanes, or one by one where that is estimated to be faster.

use super::batch::Batch;
use super::code::{CopyRange, GuardFailure, LaneCode};
use super::lanes::{Chunk, Element, Job};
use super::lower::lower;
use super::program::Program;
use super::slp::{Scratch, SlpCode, pack};
use super::uniform::{self, UniformCache};
use std::ops::Range;

/// The inputs of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct RunInputs<'a, T> {
    pub(super) parameters: &'a [T],
    pub(super) samples: &'a [T],
    pub(super) direction: &'a [T],
}

/// How many samples are added up before their sum is added to the others; the same on every machine, so that sums are too.
const CHUNK: usize = 1024;

impl<T: Element> Program<T> {
    /// Runs over `count` samples, the selected ones or the first: a row of the batch for each of them, or one for their sum.
    /// Returns the positions of those in which a guard fails: no sum has them as terms, and their rows are meaningless. A cache
    /// holds the uniform operations of several programs, of which this one has a number; those that run in lanes share it.
    pub(super) fn run_at(
        &self,
        run_inputs: RunInputs<'_, T>,
        selected: Option<&[u32]>,
        count: usize,
        mut cache: Option<(&mut UniformCache<T>, usize)>,
        batch: &mut Batch<T>,
    ) -> Vec<(usize, GuardFailure)> {
        let rows = self.prepare(batch, count);
        let parameters = (self.plan.parameters.start, run_inputs.parameters);
        let along = (self.source.inputs, run_inputs.direction);
        let mut uniforms_of = |code, strong_zeros: bool| {
            let cache = cache.as_mut().map(|(cache, number)| (&mut **cache, 2 * *number + usize::from(strong_zeros)));
            uniform::run_prologue(code, parameters, along, cache)
        };
        let (mut failures, produced_nan) = if self.is_slp_faster(count) {
            self.run_slp(run_inputs, selected, count, rows)
        } else {
            self.run_in_lanes(&self.code, uniforms_of(&self.code, false), run_inputs.samples, selected, count, rows)
        };
        if produced_nan && self.plan.derivative != super::Derivative::Value {
            // A product of zero and infinity may be among its causes.
            let code = self.strong_zero_code.get_or_init(|| lower(&self.source, &self.plan, true));
            let uniforms = uniforms_of(code, true);
            let rows = batch.rows_mut();
            if self.plan.summed {
                (failures, _) = self.run_in_lanes(code, uniforms, run_inputs.samples, selected, count, rows);
            } else {
                self.recompute_nan_rows(code, uniforms, run_inputs.samples, selected, rows);
            }
            self.recompute_nan_entries(run_inputs, selected, &failures, count, rows);
        }
        failures
    }

    /// The rows of a run over so many samples; sums are zeroed.
    fn prepare<'a>(&self, batch: &'a mut Batch<T>, count: usize) -> &'a mut [T] {
        let number = Some(self.number).filter(|_| !self.plan.summed);
        batch.prepare(number, [self.outputs, self.width()], self.plan.rows(count))
    }

    /// [`Program::run_at`] in lanes, by this code, whose prologue has filled the uniform registers, into zeroed rows. Also returns
    /// whether a derivative or a sum of derivatives is NaN.
    pub(super) fn run_in_lanes(
        &self,
        code: &LaneCode,
        mut uniforms: Vec<T>,
        samples: &[T],
        selected: Option<&[u32]>,
        count: usize,
        rows: &mut [T],
    ) -> (Vec<(usize, GuardFailure)>, bool) {
        if let Some(failure) = uniform::check_guards(code, &uniforms) {
            return ((0..count).map(|position| (position, failure)).collect(), false);
        }
        let job = Job { lanes: self.lanes_for(count), ..self.job(code, &uniforms, samples, selected) };
        let done = self.run_chunks(count, rows, |positions, rows| T::run_chunk(&job, positions, rows));
        self.write_uniform_results(code, &mut uniforms, &done.sums, count - done.failures.len(), rows);
        (done.failures, done.produced_nan || self.any_nan(code, rows))
    }

    /// Runs a single sample by the code for one. Returns whether its guards hold, or nothing if a derivative comes out NaN, or the
    /// plan prescribes lanes.
    pub(super) fn run_single(
        &self,
        run_inputs: RunInputs<'_, T>,
        batch: &mut Batch<T>,
    ) -> Option<Result<(), GuardFailure>> {
        if self.plan.lanes.is_some() {
            return None;
        }
        let row = self.prepare(batch, 1);
        match self
            .slp_code()
            .with_scratch(&self.scratch_pool, |scratch| self.run_sample(run_inputs, run_inputs.samples, scratch, row))
        {
            // The strong-zero fallback is for lanes.
            Ok(true) => None,
            done => Some(done.map(|_| ())),
        }
    }

    fn slp_code(&self) -> &SlpCode {
        self.slp_code.get_or_init(|| pack(&self.source, &self.plan))
    }

    /// Writes the results of one sample into a zeroed row, by the code for one. Returns whether a derivative is NaN.
    fn run_sample(
        &self,
        run_inputs: RunInputs<'_, T>,
        sample: &[T],
        scratch: &mut Scratch<T>,
        row: &mut [T],
    ) -> Result<bool, GuardFailure> {
        let (before, after) = sample.split_at(self.plan.parameters.start);
        let inputs = [before, run_inputs.parameters, after, run_inputs.direction];
        self.slp_code().run(self.instruction_set, inputs, scratch, row)
    }

    /// Whether so many samples are faster one by one than in lanes, or nearly so. The code for one sample takes as long to compile
    /// as the program, so that it is only compiled where that is possible.
    fn is_slp_faster(&self, count: usize) -> bool {
        // The order of addition differs, and with it the bits of an exact sum.
        if count == 0 || self.plan.lanes.is_some() || count > 1 && self.plan.summed && self.plan.exact {
            return false;
        }
        // The relative error of the estimates. On some processors few samples take longer in lanes than on the one that the cost
        // model is fitted to.
        const MARGIN: f64 = 1.25;
        let longer = if count < 32 { 1.4 } else { 1.0 };
        let in_lanes = longer * self.cost.in_lanes::<T>(count, self.lanes_for(count));
        let samples = count as f64;
        samples * self.cost.slp_lower_bound() < in_lanes && samples * self.slp_code().time < MARGIN * in_lanes
    }

    /// [`Program::run_in_lanes`] by the code for one sample.
    fn run_slp(
        &self,
        run_inputs: RunInputs<'_, T>,
        selected: Option<&[u32]>,
        count: usize,
        rows: &mut [T],
    ) -> (Vec<(usize, GuardFailure)>, bool) {
        let (width, length, summed) = (self.width(), self.sample_len(), self.plan.summed);
        let run_chunk = |positions: Range<usize>, rows: &mut [T], scratch: &mut Scratch<T>| {
            let mut term = vec![T::zero(); if summed { width } else { 0 }];
            let mut chunk = Chunk { sums: term.clone(), failures: Vec::new(), produced_nan: false };
            for (at, position) in positions.enumerate() {
                let number = selected.map_or(position, |selected| selected[position] as usize);
                let sample = &run_inputs.samples[number * length..][..length];
                let row = if summed { &mut term[..] } else { &mut rows[at * width..][..width] };
                match self.run_sample(run_inputs, sample, scratch, row) {
                    Ok(nan) => {
                        chunk.produced_nan |= nan;
                        chunk.sums.iter_mut().zip(&term).for_each(|(sum, &term)| *sum += term);
                    }
                    Err(failure) => chunk.failures.push((position, failure)),
                }
            }
            chunk
        };
        let done = self.run_chunks(count, rows, |positions, rows| {
            self.slp_code().with_scratch(&self.scratch_pool, |scratch| run_chunk(positions, rows, scratch))
        });
        if summed {
            rows.copy_from_slice(&done.sums);
        }
        // Infinities of both signs may have met in a sum.
        let produced_nan = done.produced_nan || summed && rows[self.outputs..].iter().any(|x| x.is_nan());
        (done.failures, produced_nan)
    }

    fn job<'a>(&self, code: &'a LaneCode, uniforms: &'a [T], data: &'a [T], selected: Option<&'a [u32]>) -> Job<'a, T> {
        Job {
            code,
            uniforms,
            data,
            width: self.sample_len(),
            selected,
            values: self.outputs,
            lanes: self.lanes,
            instruction_set: self.instruction_set,
        }
    }

    /// Whether a derivative that no instruction of the body stores is NaN. These are the same in all rows.
    fn any_nan(&self, code: &LaneCode, rows: &[T]) -> bool {
        let mut copied = code.from_uniforms.iter().chain(&code.from_sums);
        let row = &rows[..rows.len().min(self.width())];
        copied.any(|range| {
            row.iter()
                .take((range.to + range.count) as usize)
                .skip(self.outputs.max(range.to as usize))
                .any(|x| x.is_nan())
        })
    }

    /// Runs over so many samples chunk by chunk, each with its part of the rows, or with none if they are summed, and merges the
    /// outcomes.
    fn run_chunks(
        &self,
        count: usize,
        rows: &mut [T],
        run: impl Fn(Range<usize>, &mut [T]) -> Chunk<T> + Send + Sync,
    ) -> Chunk<T> {
        let stored = if self.plan.summed { 0 } else { self.width() };
        let mut rest = rows;
        let with_rows = |start: usize| {
            let positions = start..count.min(start + CHUNK);
            let rows = rest.split_off_mut(..positions.len() * stored).expect("a row for each sample");
            (positions, rows)
        };
        let chunks = (0..count).step_by(CHUNK).map(with_rows).collect();
        let mut chunks = run_all(chunks, |(positions, rows)| run(positions, rows)).into_iter();
        let mut done = chunks.next().unwrap_or(Chunk { sums: Vec::new(), failures: Vec::new(), produced_nan: false });
        for chunk in chunks {
            done.sums.iter_mut().zip(&chunk.sums).for_each(|(sum, &term)| *sum += term);
            done.failures.extend(chunk.failures);
            done.produced_nan |= chunk.produced_nan;
        }
        done
    }

    /// How many lanes suit so many samples: idle lanes cost nearly what others do.
    fn lanes_for(&self, count: usize) -> usize {
        if self.plan.lanes.is_some() {
            return self.lanes;
        }
        let time = |lanes: usize| self.cost.in_lanes::<T>(count, lanes);
        let fits = [8, 16, 32].into_iter().filter(|&lanes| lanes <= self.lanes);
        fits.min_by(|&a, &b| time(a).total_cmp(&time(b))).unwrap_or(self.lanes)
    }

    /// Runs the epilogue, and writes the results that are uniform.
    fn write_uniform_results(&self, code: &LaneCode, uniforms: &mut [T], sums: &[T], samples: usize, rows: &mut [T]) {
        let none: Vec<T>;
        let sums = if sums.is_empty() {
            none = vec![T::zero(); code.body.lane_sums + code.body.outer_sums];
            &none
        } else {
            sums
        };
        uniform::run_epilogue(code, uniforms, sums, samples);
        if code.from_uniforms.is_empty() && code.from_sums.is_empty() {
            return;
        }
        for row in rows.chunks_exact_mut(self.width().max(1)) {
            CopyRange::copy(&code.from_uniforms, uniforms, row);
            CopyRange::copy(&code.from_sums, sums, row);
        }
    }
}

/// Runs every part, on all cores.
#[cfg(feature = "rayon")]
fn run_all<P: Send, R: Send>(parts: Vec<P>, run: impl Fn(P) -> R + Send + Sync) -> Vec<R> {
    use rayon::iter::{IntoParallelIterator, ParallelIterator};
    parts.into_par_iter().map(run).collect()
}

/// Runs every part, one after the other.
#[cfg(not(feature = "rayon"))]
fn run_all<P, R>(parts: Vec<P>, run: impl Fn(P) -> R) -> Vec<R> {
    parts.into_iter().map(run).collect()
}

/// How many lanes suit a program with so many bytes a lane: as many as leave it in the second-level cache of a core. They are
/// the same on every machine, so that sums are too.
pub(super) fn most_lanes(bytes: usize) -> usize {
    const CACHE: usize = 1 << 20;
    match bytes {
        small if small * 32 <= CACHE / 2 => 32,
        large if large * 16 > CACHE => 8,
        _ => 16,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Derivative, Plan};
    use super::Program;
    use crate::model::{Model, One};
    use crate::number::Scalar;

    fn program(model: &impl Model<Outputs = One>, x: &[f64]) -> Program {
        Program::of(model, x, &Plan::new(Derivative::Gradient)).expect("a plan that suits")
    }

    /// Independent terms: the code of a single sample is fast.
    fn independent<T: Scalar>(x: &[T]) -> T {
        let (one, hundred) = (T::one(), T::constant(100.0));
        x.windows(2).fold(T::zero(), |sum, x| sum + hundred * (x[1] - x[0] * x[0]).powi(2) + (one - x[0]).powi(2))
    }

    /// A dependency chain.
    fn dependent<T: Scalar>(x: &[T]) -> T {
        (0..200).fold(x[0], |y, step| y + (x[1 + step % 2] * y - y * y) * T::constant(0.01))
    }

    #[test]
    fn few_samples_run_one_by_one_where_lanes_would_be_idle() {
        let packed = program(&crate::model!(independent), &[1.5; 100]);
        assert!((1..=8).all(|count| packed.is_slp_faster(count)));
        assert!(!packed.is_slp_faster(256));
        let serial = program(&crate::model!(dependent), &[0.5; 3]);
        assert!(!serial.is_slp_faster(256));
        assert!(serial.slp_code.get().is_none(), "so many samples need no code of a single one");
        assert!((6..=256).all(|count| !serial.is_slp_faster(count)));
    }

    #[test]
    fn so_many_lanes_as_leave_few_of_them_idle() {
        let program = program(&crate::model!(dependent), &[0.5; 3]);
        assert_eq!(program.lanes, 32);
        for (count, lanes) in [(1, 8), (2, 8), (8, 8), (9, 16), (16, 16), (32, 32), (256, 32)] {
            assert_eq!(program.lanes_for(count), lanes, "{count}");
        }
    }

    #[test]
    fn lanes_stay_in_the_second_level_cache() {
        let bytes = [0, 1 << 14, (1 << 14) + 1, 1 << 16, (1 << 16) + 1];
        assert_eq!(bytes.map(super::most_lanes), [32, 32, 16, 16, 8]);
    }
}
