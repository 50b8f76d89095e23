//! Running over samples: in lanes, or one by one where that is faster.

use super::batch::Program;
use super::code::{Compiled, Miss, Run};
use super::lanes::{Chunk, Element, Job};
use super::lower::lower;
use super::results::Batch;
use super::shared::{self, Common, Given};
use super::wide::{Scratch, Wide, widen};
use std::ops::Range;

/// How many samples are added up before their sum is added to the others. It does not depend on the machine, so that
/// sums do not either.
const CHUNK: usize = 1024;

impl<T: Element> Program<T> {
    /// Runs over `count` samples, those named or the first ones: a row of the batch for each of them, or one for their sum.
    /// Gives the positions of those that take another branch; nothing of them is in a sum, and their rows mean nothing.
    /// What several programs have in common, of which this one has a number, is computed once by those that run in lanes.
    pub(super) fn run_at(
        &self,
        given: Given<'_, T>,
        chosen: Option<&[u32]>,
        count: usize,
        mut common: Option<(&mut Common<T>, usize)>,
        batch: &mut Batch<T>,
    ) -> Vec<(usize, Miss)> {
        let rows = self.prepare(batch, count);
        let parameters = (self.plan.parameters.start, given.parameters);
        let along = (self.source.inputs, given.direction);
        let mut registers_of = |code, careful: bool| {
            let common = common.as_mut().map(|(common, number)| (&mut **common, 2 * *number + usize::from(careful)));
            shared::registers(code, parameters, along, common)
        };
        let (mut misses, poisoned) = if self.is_faster_alone(count) {
            self.run_alone(given, chosen, count, rows)
        } else {
            self.run_in_lanes(&self.code, registers_of(&self.code, false), given.samples, chosen, count, rows)
        };
        if poisoned && self.plan.derivative != super::Derivative::Value {
            // A zero may have met an infinity.
            let code = self.careful.get_or_init(|| lower(&self.source, &self.plan, true));
            let registers = registers_of(code, true);
            let rows = batch.rows_mut();
            if self.plan.summed {
                (misses, _) = self.run_in_lanes(code, registers, given.samples, chosen, count, rows);
            } else {
                self.mend(code, registers, given.samples, chosen, rows);
            }
            self.look_again(given, chosen, &misses, count, rows);
        }
        misses
    }

    /// Rows for a run over so many samples. Sums begin as zeros, and stay so where nothing is added up.
    fn prepare<'a>(&self, batch: &'a mut Batch<T>, count: usize) -> &'a mut [T] {
        let number = Some(self.number).filter(|_| !self.plan.summed);
        batch.prepare(number, [self.outputs, self.width()], self.plan.rows(count))
    }

    /// [`Program::run_at`] in lanes, by this code, whose registers hold what comes before the samples, into rows whose zeros
    /// are there. Also says whether a derivative or a sum of derivatives is NaN.
    pub(super) fn run_in_lanes(
        &self,
        code: &Compiled,
        mut registers: Vec<T>,
        samples: &[T],
        chosen: Option<&[u32]>,
        count: usize,
        rows: &mut [T],
    ) -> (Vec<(usize, Miss)>, bool) {
        if let Some(miss) = shared::miss(code, &registers) {
            return ((0..count).map(|position| (position, miss)).collect(), false);
        }
        let job = Job { lanes: self.lanes_for(count), ..self.job(code, &registers, samples, chosen) };
        let done = self.run_chunks(count, rows, |positions, rows| T::run_chunk(&job, positions, rows));
        self.write_shared(code, &mut registers, &done.sums, count - done.misses.len(), rows);
        (done.misses, done.poisoned || self.any_nan(code, rows))
    }

    /// Runs over a sample by code of its own: whether it did, or the guard that gives another answer; nothing if a derivative
    /// comes out NaN, or the plan says how many lanes there are.
    pub(super) fn run_one(&self, given: Given<'_, T>, batch: &mut Batch<T>) -> Option<Result<(), Miss>> {
        if self.plan.lanes.is_some() {
            return None;
        }
        let row = self.prepare(batch, 1);
        match self.wide().in_scratch(&self.spare, |scratch| self.run_sample(given, given.samples, scratch, row)) {
            // A zero may have met an infinity.
            Ok(true) => None,
            done => Some(done.map(|_| ())),
        }
    }

    fn wide(&self) -> &Wide {
        self.wide.get_or_init(|| widen(&self.source, &self.plan))
    }

    /// Writes the results of one sample into a row whose zeros are there, by the code for one, and says whether a derivative
    /// is NaN.
    fn run_sample(
        &self,
        given: Given<'_, T>,
        sample: &[T],
        scratch: &mut Scratch<T>,
        row: &mut [T],
    ) -> Result<bool, Miss> {
        let (before, after) = sample.split_at(self.plan.parameters.start);
        let inputs = [before, given.parameters, after, given.direction];
        self.wide().run(self.dispatch, inputs, scratch, row)
    }

    /// Whether so many samples are faster one by one than in lanes, or nearly so. The code for one sample, which takes as
    /// long to make as the program did, is only made where that is possible.
    fn is_faster_alone(&self, count: usize) -> bool {
        // The sum of exact rows is not that of exact terms.
        if count == 0 || self.plan.lanes.is_some() || count > 1 && self.plan.summed && self.plan.exact {
            return false;
        }
        // The estimates are about so far off. Few samples were found to take longer in lanes on some processors than on the one
        // that the figures are of.
        const MARGIN: f64 = 1.25;
        let longer = if count < 32 { 1.4 } else { 1.0 };
        let in_lanes = longer * self.work.in_lanes::<T>(count, self.lanes_for(count));
        let samples = count as f64;
        samples * self.work.least_alone() < in_lanes && samples * self.wide().time < MARGIN * in_lanes
    }

    /// [`Program::run_in_lanes`] by the code for one sample.
    fn run_alone(
        &self,
        given: Given<'_, T>,
        chosen: Option<&[u32]>,
        count: usize,
        rows: &mut [T],
    ) -> (Vec<(usize, Miss)>, bool) {
        let (width, length, summed) = (self.width(), self.sample_len(), self.plan.summed);
        let in_scratch = |positions: Range<usize>, rows: &mut [T], scratch: &mut Scratch<T>| {
            let mut term = vec![T::zero(); if summed { width } else { 0 }];
            let mut chunk = Chunk { sums: term.clone(), misses: Vec::new(), poisoned: false };
            for (at, position) in positions.enumerate() {
                let number = chosen.map_or(position, |chosen| chosen[position] as usize);
                let sample = &given.samples[number * length..][..length];
                let row = if summed { &mut term[..] } else { &mut rows[at * width..][..width] };
                match self.run_sample(given, sample, scratch, row) {
                    Ok(nan) => {
                        chunk.poisoned |= nan;
                        chunk.sums.iter_mut().zip(&term).for_each(|(sum, &term)| *sum += term);
                    }
                    Err(miss) => chunk.misses.push((position, miss)),
                }
            }
            chunk
        };
        let done = self.run_chunks(count, rows, |positions, rows| {
            self.wide().in_scratch(&self.spare, |scratch| in_scratch(positions, rows, scratch))
        });
        if summed {
            rows.copy_from_slice(&done.sums);
        }
        // Infinities of both signs may have met in a sum.
        let poisoned = done.poisoned || summed && rows[self.outputs..].iter().any(|x| x.is_nan());
        (done.misses, poisoned)
    }

    fn job<'a>(&self, code: &'a Compiled, registers: &'a [T], data: &'a [T], samples: Option<&'a [u32]>) -> Job<'a, T> {
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
        let mut copied = code.from_registers.iter().chain(&code.from_sums);
        let row = &rows[..rows.len().min(self.width())];
        copied.any(|run| {
            row.iter().take((run.to + run.count) as usize).skip(self.outputs.max(run.to as usize)).any(|x| x.is_nan())
        })
    }

    /// Runs over so many samples chunk by chunk, each with its part of the rows, or with none if they are summed, and puts
    /// together what comes of it.
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
        let mut done = chunks.next().unwrap_or(Chunk { sums: Vec::new(), misses: Vec::new(), poisoned: false });
        for chunk in chunks {
            done.sums.iter_mut().zip(&chunk.sums).for_each(|(sum, &term)| *sum += term);
            done.misses.extend(chunk.misses);
            done.poisoned |= chunk.poisoned;
        }
        done
    }

    /// How many lanes suit so many samples: idle lanes cost nearly what others do.
    fn lanes_for(&self, count: usize) -> usize {
        if self.plan.lanes.is_some() {
            return self.lanes;
        }
        let time = |lanes: usize| self.work.in_lanes::<T>(count, lanes);
        let fits = [8, 16, 32].into_iter().filter(|&lanes| lanes <= self.lanes);
        fits.min_by(|&a, &b| time(a).total_cmp(&time(b))).unwrap_or(self.lanes)
    }

    /// Writes the results that are no row's own.
    fn write_shared(&self, code: &Compiled, registers: &mut [T], sums: &[T], samples: usize, rows: &mut [T]) {
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
            Run::copy(&code.from_registers, registers, row);
            Run::copy(&code.from_sums, sums, row);
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

/// How many lanes suit a program with so many bytes a lane: as many as leave it in the second cache of one core. It does
/// not depend on the machine, so that sums do not either.
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

    /// Terms that do not need each other: a sample by itself is fast.
    fn beside<T: Scalar>(x: &[T]) -> T {
        let (one, hundred) = (T::one(), T::constant(100.0));
        x.windows(2).fold(T::zero(), |sum, x| sum + hundred * (x[1] - x[0] * x[0]).powi(2) + (one - x[0]).powi(2))
    }

    /// Steps of which each needs the one before.
    fn after<T: Scalar>(x: &[T]) -> T {
        (0..200).fold(x[0], |y, step| y + (x[1 + step % 2] * y - y * y) * T::constant(0.01))
    }

    #[test]
    fn few_samples_run_one_by_one_where_lanes_would_be_idle() {
        let wide = program(&crate::model!(beside), &[1.5; 100]);
        assert!((1..=8).all(|count| wide.is_faster_alone(count)));
        assert!(!wide.is_faster_alone(256));
        let narrow = program(&crate::model!(after), &[0.5; 3]);
        assert!(!narrow.is_faster_alone(256));
        assert!(narrow.wide.get().is_none(), "so many samples need no code for one");
        assert!((6..=256).all(|count| !narrow.is_faster_alone(count)));
    }

    #[test]
    fn so_many_lanes_as_leave_few_of_them_idle() {
        let program = program(&crate::model!(after), &[0.5; 3]);
        assert_eq!(program.lanes, 32);
        for (count, lanes) in [(1, 8), (2, 8), (8, 8), (9, 16), (16, 16), (32, 32), (256, 32)] {
            assert_eq!(program.lanes_for(count), lanes, "{count}");
        }
    }

    #[test]
    fn lanes_stay_in_the_second_cache() {
        let bytes = [0, 1 << 14, (1 << 14) + 1, 1 << 16, (1 << 16) + 1];
        assert_eq!(bytes.map(super::most_lanes), [32, 32, 16, 16, 8]);
    }
}
