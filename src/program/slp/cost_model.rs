//! An estimate of the time that a single sample takes.

use super::super::opcode::Opcode;
use super::{Access, Kernel, ResultSpan, SlpCode};

/// The cost of an operation, of a vector function and of an exact function, where each is fetched by itself, and in vector loops.
const SCALAR: [f64; 3] = [0.75, 11.0, 4.1];
const VECTOR: [f64; 3] = [0.14, 2.6, 4.1];

impl SlpCode {
    /// In the nanoseconds of [`LaneCost`](super::super::cost_model::LaneCost).
    pub(super) fn estimate(&self) -> f64 {
        let of = |opcode: Opcode, [plain, vector_function, exact_function]: [f64; 3]| match opcode {
            Opcode::Unary(_) | Opcode::Binary(_) => vector_function,
            Opcode::ExactUnary(_) | Opcode::ExactBinary(_) => exact_function,
            _ => plain,
        };
        let gathering = |access: &Access, count: u32| {
            if matches!(access, Access::Gather(_)) { 0.55 * f64::from(count) } else { 0.0 }
        };
        let mut time = 46.0 + 1.7 * self.kernels.len() as f64;
        for kernel in &self.kernels {
            time += match *kernel {
                Kernel::Scalar { first, count } => {
                    let instructions = &self.instructions[first as usize..][..count as usize];
                    instructions.iter().map(|instruction| of(instruction.opcode, SCALAR)).sum()
                }
                Kernel::Indexed { opcode, count, .. } => of(opcode, SCALAR) * f64::from(count),
                Kernel::Vector { opcode, count, operands, .. } => {
                    let gathered: f64 = operands.iter().map(|access| gathering(access, count)).sum();
                    of(opcode, VECTOR) * f64::from(count) + gathered
                }
                Kernel::Sum { list, segments, exact, .. } => {
                    let lengths = self.lists[list as usize..][..2 * segments as usize].iter().skip(1).step_by(2);
                    let terms: f64 = lengths.map(|&length| f64::from(length)).sum();
                    terms * if exact { 0.5 } else { 0.3 } + 1.7 * f64::from(segments)
                }
                Kernel::Dots { width, terms, a, b, exact, .. } => {
                    let products = width * terms;
                    let each = if exact && width < 4 { 0.5 } else { 0.3 };
                    each * f64::from(products) + gathering(&a, products) + gathering(&b, products)
                }
                Kernel::Matrix(matrix) => 0.3 * f64::from(matrix.rows) * f64::from(matrix.columns),
                Kernel::Gather { count, .. } => 0.3 * f64::from(count),
            };
        }
        let loads = self.loads.iter().map(|range| range.count);
        let results = self.results.iter().flatten().map(|span| match *span {
            ResultSpan::Zeros { .. } => 0,
            ResultSpan::Contiguous { count, .. }
            | ResultSpan::Gather { count, .. }
            | ResultSpan::Scaled { count, .. } => count,
        });
        time + loads.chain(results).map(|count| 0.3 * f64::from(count)).sum::<f64>()
    }
}
