//! `LaneCode`: code for samples side by side, one in each lane.
//!
//! A uniform register holds one number for all samples, a varying register one for each lane. The uniform prologue runs once and
//! fills uniform registers; the body runs for each block of samples, on varying registers, and adds to accumulators; the
//! reduction epilogue runs once, on what has been accumulated.

use super::ir::Op;
use super::opcode::Instruction;
use crate::graph::{Answer, Guard};

/// What a sum starts from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Start {
    /// The first product.
    FirstProduct,
    /// Uniform registers, a list from this position on.
    Uniforms(u32),
    /// A varying register.
    Varying(u32),
}

/// A matrix in uniform registers times a vector in varying registers; lists are positions in `Body::lists`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct MatrixVector {
    pub(super) rows: u32,
    pub(super) columns: u32,
    /// The list of the varying registers that are written.
    pub(super) results: u32,
    /// The list of the varying registers of the vector.
    pub(super) column: u32,
    /// The uniform register of row 0, column 0, and the strides from row to row and from column to column.
    pub(super) matrix: u32,
    pub(super) row_stride: i32,
    pub(super) column_stride: i32,
    pub(super) start: Start,
    /// Whether multiplications and additions are not fused.
    pub(super) exact: bool,
}

/// A dot product of varying registers; the list holds them in pairs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct DotProduct {
    pub(super) result: u32,
    pub(super) terms: u32,
    pub(super) list: u32,
    pub(super) start: Start,
    /// Whether multiplications and additions are not fused.
    pub(super) exact: bool,
}

/// An outer product of varying registers, summed over the lanes into accumulators.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct OuterProduct {
    pub(super) rows: u32,
    pub(super) columns: u32,
    pub(super) row_list: u32,
    pub(super) column_list: u32,
    /// The first accumulator; they are stored row by row, and a row has [`padded`] columns.
    pub(super) sums: u32,
}

/// How many accumulators a row of an outer product of so many columns has.
pub(super) fn padded(columns: usize) -> usize {
    columns.next_multiple_of(8)
}

/// Loads the columns of the samples from `column` on into the varying registers from `register` on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Load {
    pub(super) register: u32,
    pub(super) column: u32,
    pub(super) count: u32,
}

/// A guard of the function, whose operands are registers, or cells in the code of a single sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct GuardCheck {
    /// Its index among all guards.
    pub(super) number: u32,
    pub(super) guard: Guard,
}

/// The body: what runs for each block of samples.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Body {
    pub(super) loads: Vec<Load>,
    /// Varying registers that hold a uniform register in every lane, and that register.
    pub(super) splats: Vec<[u32; 2]>,
    pub(super) instructions: Vec<Instruction>,
    /// How many instructions there are up to the last guard.
    pub(super) guard_end: usize,
    pub(super) guards: Vec<GuardCheck>,
    pub(super) matrix_vectors: Vec<MatrixVector>,
    pub(super) dot_products: Vec<DotProduct>,
    pub(super) outer_products: Vec<OuterProduct>,
    /// Lists of registers.
    pub(super) lists: Vec<u32>,
    /// How many varying registers there are.
    pub(super) registers: usize,
    /// Whether multiplications and additions are not fused in sums over the samples.
    pub(super) exact: bool,
    /// Accumulators with a number for each lane.
    pub(super) lane_sums: usize,
    /// Accumulators of outer products, which come first in the array of sums.
    pub(super) outer_sums: usize,
}

/// A term of a sum over the samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Term {
    /// An accumulator.
    Sum(u32),
    /// A uniform register times the number of samples.
    Uniform(u32),
}

/// Where a result comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ResultSource {
    /// An instruction of the body writes it.
    Stored,
    Uniform(u32),
    Sum(u32),
}

/// Contiguous numbers that are copied to contiguous places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct CopyRange {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) count: u32,
}

impl CopyRange {
    /// Adds a number, to the last range if it continues that.
    pub(super) fn add(ranges: &mut Vec<Self>, from: u32, to: u32) {
        match ranges.last_mut() {
            Some(last) if [last.from + last.count, last.to + last.count] == [from, to] => last.count += 1,
            _ => ranges.push(Self { from, to, count: 1 }),
        }
    }

    /// Copies all ranges.
    pub(super) fn copy<T: Copy>(ranges: &[Self], from: &[T], to: &mut [T]) {
        for range in ranges {
            let count = range.count as usize;
            to[range.to as usize..][..count].copy_from_slice(&from[range.from as usize..][..count]);
        }
    }
}

/// Code for samples side by side.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LaneCode {
    /// The initial uniform registers.
    pub(super) uniforms: Vec<f64>,
    /// Inputs that are copied into uniform registers.
    pub(super) inputs: Vec<CopyRange>,
    /// The uniform prologue: destinations, and operations whose operands are uniform registers.
    pub(super) prologue: Vec<(u32, Op)>,
    /// Guards whose operands are uniform registers.
    pub(super) uniform_guards: Vec<GuardCheck>,
    pub(super) body: Body,
    /// The reduction epilogue; a reduction is the sum of a range of `terms`.
    pub(super) epilogue: Vec<(u32, Op)>,
    pub(super) terms: Vec<Term>,
    pub(super) results: Vec<ResultSource>,
    /// The results that are uniform registers, apart from zeros, and those that are accumulators.
    pub(super) from_uniforms: Vec<CopyRange>,
    pub(super) from_sums: Vec<CopyRange>,
}

/// A guard that failed: its index, the answer that it got, and the operands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct GuardFailure {
    pub(super) number: u32,
    pub(super) answer: Answer,
    pub(super) found: [f64; 2],
}
