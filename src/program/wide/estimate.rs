//! How long a sample by itself takes.

use super::super::code::Code;
use super::{Cells, Piece, Step, Wide};

/// A step in which operations of one kind are fetched one by one, and one in which they are not.
const EACH: [f64; 3] = [0.75, 11.0, 4.1];
const MANY: [f64; 3] = [0.14, 2.6, 4.1];

impl Wide {
    /// In the nanoseconds of [`Work`](super::super::estimate::Work).
    pub(super) fn estimate(&self) -> f64 {
        let of = |code: Code, [plain, fast, slow]: [f64; 3]| match code {
            Code::Unary(_) | Code::Binary(_) => fast,
            Code::ExactUnary(_) | Code::ExactBinary(_) => slow,
            _ => plain,
        };
        let listed = |cells: &Cells, count: u32| {
            if matches!(cells, Cells::List(_)) { 0.55 * f64::from(count) } else { 0.0 }
        };
        let mut time = 46.0 + 1.7 * self.steps.len() as f64;
        for step in &self.steps {
            time += match *step {
                Step::Each { first, count } => {
                    let instructions = &self.instructions[first as usize..][..count as usize];
                    instructions.iter().map(|instruction| of(instruction.code, EACH)).sum()
                }
                Step::Few { code, count, .. } => of(code, EACH) * f64::from(count),
                Step::Many { code, count, operands, .. } => {
                    let apart: f64 = operands.iter().map(|cells| listed(cells, count)).sum();
                    of(code, MANY) * f64::from(count) + apart
                }
                Step::Sum { list, runs, exact, .. } => {
                    let lengths = self.lists[list as usize..][..2 * runs as usize].iter().skip(1).step_by(2);
                    let terms: f64 = lengths.map(|&length| f64::from(length)).sum();
                    terms * if exact { 0.5 } else { 0.3 } + 1.7 * f64::from(runs)
                }
                Step::Dots { beside, count, a, b, exact, .. } => {
                    let products = beside * count;
                    let each = if exact && beside < 4 { 0.5 } else { 0.3 };
                    each * f64::from(products) + listed(&a, products) + listed(&b, products)
                }
                Step::Matrix(matrix) => 0.3 * f64::from(matrix.rows) * f64::from(matrix.columns),
                Step::Copy { count, .. } => 0.3 * f64::from(count),
            };
        }
        let loads = self.loads.iter().map(|run| run.count);
        let results = self.results.iter().flatten().map(|piece| match *piece {
            Piece::Zeros { .. } => 0,
            Piece::Cells { count, .. } | Piece::List { count, .. } | Piece::Products { count, .. } => count,
        });
        time + loads.chain(results).map(|count| 0.3 * f64::from(count)).sum::<f64>()
    }
}
