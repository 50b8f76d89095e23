//! The cost model: an estimate of the time of a run, which decides between the code of lanes and that of a single sample.
//!
//! The code of lanes fetches an instruction once for a block of samples, and a block costs nearly the same when half of its
//! lanes are idle; the code of a single sample fetches it once for a pack of operations. The figures are nanoseconds,
//! fitted to the models of the zoo at 3 to 1000 inputs, exact and not, on a processor with AVX-512; only their ratios
//! matter. They do not depend on the machine, so that results do not either.

use super::code::{LaneCode, ResultSource};
use super::opcode::Opcode;

/// The bytes of the second-level cache of a core.
const CACHE: usize = 1 << 21;

/// What takes time in a block of samples, counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LaneCost {
    instructions: f64,
    /// Numbers that an instruction reads, combines or stores, other than those below.
    plain: f64,
    /// Vector functions, and functions that are computed lane by lane.
    vector_functions: f64,
    exact_functions: f64,
    /// Products that are added up: in matrices, dot products and outer products.
    products: f64,
    registers: usize,
    /// Results of a row that are written.
    width: f64,
}

impl LaneCost {
    /// The cost of a block of this code.
    pub(super) fn of(code: &LaneCode) -> Self {
        let body = &code.body;
        let copied = code.from_uniforms.iter().chain(&code.from_sums).map(|range| f64::from(range.count));
        let stored = code.results.iter().filter(|&&result| result == ResultSource::Stored).count();
        let width = stored as f64 + copied.sum::<f64>();
        let loads = body.loads.iter().map(|load| f64::from(load.count)).sum();
        let instructions = body.instructions.len() as f64;
        let mut cost = Self { instructions, plain: loads, registers: body.registers, width, ..Self::default() };
        for instruction in &body.instructions {
            let of = instruction.a as usize;
            match instruction.opcode {
                Opcode::Unary(_) | Opcode::Binary(_) => cost.vector_functions += 1.0,
                Opcode::ExactUnary(_) | Opcode::ExactBinary(_) => cost.exact_functions += 1.0,
                Opcode::MatrixVector => {
                    cost.products +=
                        f64::from(body.matrix_vectors[of].rows) * f64::from(body.matrix_vectors[of].columns)
                }
                Opcode::OuterProduct => {
                    cost.products +=
                        f64::from(body.outer_products[of].rows) * f64::from(body.outer_products[of].columns)
                }
                Opcode::DotProduct => cost.products += f64::from(body.dot_products[of].terms),
                _ => cost.plain += 1.0,
            }
        }
        cost
    }

    /// The time of samples in blocks of so many lanes.
    pub(super) fn in_lanes<T>(&self, samples: usize, lanes: usize) -> f64 {
        let cache_misses = if self.registers.saturating_mul(lanes * size_of::<T>()) > CACHE { 1.2 } else { 0.0 };
        let numbers = (0.08 + cache_misses) * self.plain + 1.5 * self.vector_functions + 3.6 * self.exact_functions;
        let lane = numbers + 0.085 * self.products + 0.36 * self.width;
        let block = 1.7 * self.instructions + 1.6 * self.products;
        250.0 + samples.div_ceil(lanes) as f64 * (block + lanes as f64 * lane)
    }

    /// A lower bound of the time of a single sample: all its operations in perfect packs, and half as much again, which few
    /// programs fall below. Where it exceeds the time in lanes, the code of a single sample is not worth making.
    pub(super) fn slp_lower_bound(&self) -> f64 {
        let numbers = 0.16 * self.plain + 3.9 * self.vector_functions + 4.5 * self.exact_functions;
        numbers + 0.4 * self.products + 0.18 * self.width
    }
}
