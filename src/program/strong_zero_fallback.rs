//! The strong-zero fallback: derivatives that came out NaN are recomputed with strong-zero products, and those that are still
//! NaN by forward or reverse mode.

use super::code::{GuardFailure, LaneCode};
use super::lanes::Element;
use super::program::Program;
use super::run::RunInputs;
use super::uncompiled::{Recorded, differentiate_uncompiled};
use std::collections::HashSet;

impl<T: Element> Program<T> {
    /// Recomputes the rows in which a derivative is NaN, by the code with strong zeros, and keeps the others.
    pub(super) fn recompute_nan_rows(
        &self,
        code: &LaneCode,
        uniforms: Vec<T>,
        samples: &[T],
        selected: Option<&[u32]>,
        rows: &mut [T],
    ) {
        let width = self.width();
        let nan_rows: Vec<usize> = rows
            .chunks_exact(width.max(1))
            .enumerate()
            .filter(|(_, row)| row[self.outputs..].iter().any(|x| x.is_nan()))
            .map(|(position, _)| position)
            .collect();
        let of_samples: Vec<u32> =
            nan_rows.iter().map(|&at| selected.map_or(at as u32, |selected| selected[at])).collect();
        let mut recomputed = vec![T::zero(); nan_rows.len() * width];
        self.run_in_lanes(code, uniforms, samples, Some(&of_samples), nan_rows.len(), &mut recomputed);
        for (row, at) in recomputed.chunks_exact(width).zip(nan_rows) {
            // Only the derivatives: the values were computed as those of the other rows.
            rows[at * width + self.outputs..][..width - self.outputs].copy_from_slice(&row[self.outputs..]);
        }
    }

    /// Recomputes derivatives that are still NaN, by forward or reverse mode on the recorded operations: infinite contributions of
    /// both signs may have met, which may cancel in another order of addition.
    pub(super) fn recompute_nan_entries(
        &self,
        run_inputs: RunInputs<'_, T>,
        selected: Option<&[u32]>,
        failures: &[(usize, GuardFailure)],
        count: usize,
        rows: &mut [T],
    ) {
        let width = self.width();
        let nan_entries = |row: &[T]| -> Vec<usize> { (self.outputs..width).filter(|&at| row[at].is_nan()).collect() };
        let by_modes = |position: usize| {
            let number = selected.map_or(position, |selected| selected[position] as usize);
            let sample = &run_inputs.samples[number * self.sample_len()..][..self.sample_len()];
            let (before, after) = sample.split_at(self.plan.parameters.start);
            let x = [before, run_inputs.parameters, after].concat();
            differentiate_uncompiled(&Recorded(&self.source), &self.plan, &x, run_inputs.direction, None)
        };
        if !self.plan.summed {
            for (position, row) in rows.chunks_exact_mut(width.max(1)).enumerate() {
                let nan = nan_entries(row);
                if !nan.is_empty()
                    && let Ok(found) = by_modes(position)
                {
                    nan.into_iter().for_each(|at| row[at] = found[at]);
                }
            }
            return;
        }
        // A sum is NaN if one of its terms is; it then needs no more terms.
        let mut nan = nan_entries(rows);
        let mut sums = vec![T::zero(); width];
        let failed: HashSet<usize> = failures.iter().map(|&(position, _)| position).collect();
        for position in (0..count).filter(|position| !failed.contains(position)) {
            if nan.is_empty() {
                return;
            }
            let Ok(found) = by_modes(position) else { return };
            nan.retain(|&at| !found[at].is_nan());
            sums.iter_mut().zip(&found).for_each(|(sum, &term)| *sum += term);
        }
        nan.into_iter().for_each(|at| rows[at] = sums[at]);
    }
}
