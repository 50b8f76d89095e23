//! The code of a single sample: superword-level parallelism (SLP).
//!
//! The level of an operation is the length of the longest path that leads to it from the inputs. Operations of one level are
//! independent, so that isomorphic ones, say all additions of a level, are packed: they run as one kernel, a loop over
//! operands that are contiguous where possible and gathered elsewhere. Every operation has a memory cell of its own: first the
//! inputs, then the constants, then the results, level by level.

mod cost_model;
mod emit;
mod kernels;
mod matrix;
mod pack;
mod run;
mod sums;

pub(super) use kernels::run_kernels;
pub(super) use pack::pack;
pub(super) use run::{Scratch, ScratchPool};

use super::code::{CopyRange, GuardCheck};
use super::opcode::{Instruction, Opcode};

/// The code of a single sample.
#[derive(Clone, Debug)]
pub(super) struct SlpCode {
    /// How many cells there are.
    cells: usize,
    constants: Vec<(u32, f64)>,
    /// Inputs that are copied into the cells of the same index.
    loads: Vec<CopyRange>,
    kernels: Vec<Kernel>,
    /// The instructions of scalar kernels; their operands are cells.
    instructions: Vec<Instruction>,
    /// The operand cells of indexed kernels, in the order of the operands of an instruction.
    operand_cells: Vec<[u32; 4]>,
    lists: Vec<u32>,
    guards: Vec<GuardCheck>,
    /// The row of results, from the first column to the last: those of the values, then those of the derivatives.
    results: [Vec<ResultSpan>; 2],
    /// The largest number of rows or columns of a matrix.
    longest: usize,
    /// The estimated time of a run.
    pub(super) time: f64,
}

/// How a kernel reads cells.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Access {
    /// Contiguous cells, from this one on.
    Contiguous(u32),
    /// The same cell for every element.
    Broadcast(u32),
    /// The cells that `SlpCode::lists` names from this position on.
    Gather(u32),
}

/// One step of the code. An exact kernel fuses no multiplication and addition, and adds in the order of the function.
#[derive(Clone, Copy, Debug)]
enum Kernel {
    /// Instructions one after the other.
    Scalar {
        first: u32,
        count: u32,
    },
    /// Isomorphic operations into contiguous cells; `SlpCode::operand_cells` names the operands of each from `first` on.
    Indexed {
        opcode: Opcode,
        count: u32,
        d: u32,
        first: u32,
    },
    /// Isomorphic operations into contiguous cells, as a vector loop.
    Vector {
        opcode: Opcode,
        count: u32,
        d: u32,
        operands: [Access; 4],
    },
    /// An n-ary sum. The list consists of pairs: the first cell of a contiguous segment, and its length.
    Sum {
        d: u32,
        list: u32,
        segments: u32,
        exact: bool,
    },
    /// 1, 2, 4 or 8 dot products (`width`) of so many terms, each added to its start if it has one. The factors are stored
    /// term by term: those of all dot products for the first term, then for the second.
    Dots {
        d: u32,
        width: u32,
        terms: u32,
        starts: Option<Access>,
        a: Access,
        b: Access,
        exact: bool,
    },
    Matrix(Matrix),
    /// Copies cells into contiguous ones.
    Gather {
        d: u32,
        count: u32,
        from: Access,
    },
}

/// Some columns of the row of results.
#[derive(Clone, Copy, Debug)]
enum ResultSpan {
    /// Zeros, which are not written: a row is zeroed at first.
    Zeros { count: u32 },
    /// Contiguous cells.
    Contiguous { first: u32, count: u32 },
    /// The cells that `SlpCode::lists` names from `first` on.
    Gather { first: u32, count: u32 },
    /// Contiguous cells times the cell `factor`: products that nothing but the results reads.
    Scaled { factor: u32, first: u32, count: u32 },
}

/// A matrix times a vector.
#[derive(Clone, Copy, Debug)]
struct Matrix {
    d: u32,
    rows: u32,
    columns: u32,
    /// Whether the matrix is read from the caller's parameters instead of from cells.
    of_parameters: bool,
    /// The cell or the parameter of row 0, column 0, and the strides from row to row and from column to column.
    origin: u32,
    row_stride: i32,
    column_stride: i32,
    /// The vector.
    column: Access,
    /// What is added to each row's dot product.
    starts: Option<Access>,
    exact: bool,
}
