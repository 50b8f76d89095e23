//! Derivatives that came out NaN: computed once more, and if need be by themselves.

use super::batch::Program;
use super::code::{Compiled, Miss};
use super::lanes::Element;
use super::one_shot::{Recorded, one_shot};
use super::shared::Given;
use std::collections::HashSet;

impl<T: Element> Program<T> {
    /// Computes the rows in which a derivative is NaN once more, and leaves the others as they are.
    pub(super) fn mend(
        &self,
        code: &Compiled,
        registers: Vec<T>,
        samples: &[T],
        chosen: Option<&[u32]>,
        rows: &mut [T],
    ) {
        let width = self.width();
        let bad: Vec<usize> = rows
            .chunks_exact(width.max(1))
            .enumerate()
            .filter(|(_, row)| row[self.outputs..].iter().any(|x| x.is_nan()))
            .map(|(position, _)| position)
            .collect();
        let of_bad: Vec<u32> = bad.iter().map(|&at| chosen.map_or(at as u32, |chosen| chosen[at])).collect();
        let mut mended = vec![T::zero(); bad.len() * width];
        self.run_in_lanes(code, registers, samples, Some(&of_bad), bad.len(), &mut mended);
        for (row, at) in mended.chunks_exact(width).zip(bad) {
            // The values are those of the other rows' form.
            rows[at * width + self.outputs..][..width - self.outputs].copy_from_slice(&row[self.outputs..]);
        }
    }

    /// Looks for derivatives that are still NaN once more, by running the recorded function on the numbers of forward or
    /// reverse mode: infinite contributions of both signs may have met, which cancel where they are added in another order.
    pub(super) fn look_again(
        &self,
        given: Given<'_, T>,
        chosen: Option<&[u32]>,
        misses: &[(usize, Miss)],
        count: usize,
        rows: &mut [T],
    ) {
        let width = self.width();
        let lost = |row: &[T]| -> Vec<usize> { (self.outputs..width).filter(|&at| row[at].is_nan()).collect() };
        let alone = |position: usize| {
            let number = chosen.map_or(position, |chosen| chosen[position] as usize);
            let sample = &given.samples[number * self.sample_len()..][..self.sample_len()];
            let (before, after) = sample.split_at(self.plan.parameters.start);
            let x = [before, given.parameters, after].concat();
            one_shot(&Recorded(&self.source), &self.plan, &x, given.direction, None)
        };
        if !self.plan.summed {
            for (position, row) in rows.chunks_exact_mut(width.max(1)).enumerate() {
                let lost = lost(row);
                if !lost.is_empty()
                    && let Ok(found) = alone(position)
                {
                    lost.into_iter().for_each(|at| row[at] = found[at]);
                }
            }
            return;
        }
        // A sum is NaN if it is for one sample, and then need not be looked for any more.
        let mut lost = lost(rows);
        let mut sums = vec![T::zero(); width];
        let missed: HashSet<usize> = misses.iter().map(|&(position, _)| position).collect();
        for position in (0..count).filter(|position| !missed.contains(position)) {
            if lost.is_empty() {
                return;
            }
            let Ok(found) = alone(position) else { return };
            lost.retain(|&at| !found[at].is_nan());
            sums.iter_mut().zip(&found).for_each(|(sum, &term)| *sum += term);
        }
        lost.into_iter().for_each(|at| rows[at] = sums[at]);
    }
}
