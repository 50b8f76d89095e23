//! How long a run takes, as far as the code tells: which of a program's codes suits so many samples.
//!
//! Samples in lanes share the fetching of instructions, and a block costs nearly the same when half of its lanes are idle;
//! the code for one sample shares it among operations of one kind, and has no lanes to fill. The figures are nanoseconds,
//! fitted to the models of the zoo at 3 to 1000 inputs, exact and not, on a processor with AVX-512; only their ratios
//! matter. They do not depend on the machine, so that results do not either.

use super::code::{Code, Compiled, Result1};

/// More bytes than this are not in the second cache of a core.
const CACHE: usize = 1 << 21;

/// What takes time in a block, counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Work {
    instructions: f64,
    /// Numbers that an instruction reads, combines or stores, other than those below.
    plain: f64,
    /// Functions that have a fast form, and those that have none.
    fast: f64,
    slow: f64,
    /// Products that are added up.
    products: f64,
    slots: usize,
    /// Results of a row that are written.
    width: f64,
}

impl Work {
    /// The work of a block of this code.
    pub(super) fn of(code: &Compiled) -> Self {
        let block = &code.block;
        let copied = code.from_registers.iter().chain(&code.from_sums).map(|run| f64::from(run.count));
        let stored = code.results.iter().filter(|&&result| result == Result1::Stored).count();
        let width = stored as f64 + copied.sum::<f64>();
        let loads = block.loads.iter().map(|load| f64::from(load.count)).sum();
        let instructions = block.instructions.len() as f64;
        let mut work = Self { instructions, plain: loads, slots: block.slots, width, ..Self::default() };
        for instruction in &block.instructions {
            let of = instruction.a as usize;
            match instruction.code {
                Code::Unary(_) | Code::Binary(_) => work.fast += 1.0,
                Code::ExactUnary(_) | Code::ExactBinary(_) => work.slow += 1.0,
                Code::Rows => work.products += f64::from(block.rows[of].rows) * f64::from(block.rows[of].columns),
                Code::Outer => work.products += f64::from(block.outers[of].rows) * f64::from(block.outers[of].columns),
                Code::Pairs => work.products += f64::from(block.pairs[of].terms),
                _ => work.plain += 1.0,
            }
        }
        work
    }

    /// Samples in blocks of so many lanes.
    pub(super) fn in_lanes<T>(&self, samples: usize, lanes: usize) -> f64 {
        let far = if self.slots.saturating_mul(lanes * size_of::<T>()) > CACHE { 1.2 } else { 0.0 };
        let numbers = (0.08 + far) * self.plain + 1.5 * self.fast + 3.6 * self.slow;
        let lane = numbers + 0.085 * self.products + 0.36 * self.width;
        let block = 1.7 * self.instructions + 1.6 * self.products;
        250.0 + samples.div_ceil(lanes) as f64 * (block + lanes as f64 * lane)
    }

    /// What a sample by itself takes if all its operations go together, and half as much again, which few programs miss: where
    /// this is more than lanes take, the code for one sample is not worth making.
    pub(super) fn least_alone(&self) -> f64 {
        let numbers = 0.16 * self.plain + 3.9 * self.fast + 4.5 * self.slow;
        numbers + 0.4 * self.products + 0.18 * self.width
    }
}
