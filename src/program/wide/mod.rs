//! One sample: operations of one kind and one level of the graph side by side.
//!
//! A level is how many operations lead to a number at least from the inputs. What is on one level does not depend on each
//! other, so that all additions on it, say, run as one loop over numbers that lie side by side, as far as their operands
//! do. Every number has a cell of its own: first the inputs, then the constants, then the results, level by level.

mod estimate;
mod group;
mod kernels;
mod matrix;
mod place;
mod run;
mod sums;

pub(super) use group::widen;
pub(super) use kernels::run_steps;
pub(super) use run::{Scratch, Spare};

use super::code::{Code, Instruction, LaneGuard, Run};

/// Code for one sample.
#[derive(Clone, Debug)]
pub(super) struct Wide {
    /// How many cells there are.
    cells: usize,
    constants: Vec<(u32, f64)>,
    /// Inputs that go into cells of the same number.
    loads: Vec<Run>,
    steps: Vec<Step>,
    /// Operations by themselves; their letters name cells.
    instructions: Vec<Instruction>,
    /// The cells that operations read, in the order of the letters of an instruction.
    letters: Vec<[u32; 4]>,
    lists: Vec<u32>,
    guards: Vec<LaneGuard>,
    /// The row of results, from the first column to the last: those of the values, then those of the derivatives.
    results: [Vec<Piece>; 2],
    /// The longest column of a matrix.
    longest: usize,
    /// How long a run is expected to take.
    pub(super) time: f64,
}

/// Some cells.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cells {
    /// Side by side from this one on.
    From(u32),
    /// This one, again and again.
    Same(u32),
    /// Those that `Wide::lists` names from this position on.
    List(u32),
}

/// What is done at once. Of what is exact, multiplications and additions stay apart, and sums in their order.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Some of the operations by themselves, one after the other.
    Each {
        first: u32,
        count: u32,
    },
    /// Operations of one kind, into cells side by side; `Wide::letters` names the operands of each from `first` on.
    Few {
        code: Code,
        count: u32,
        d: u32,
        first: u32,
    },
    /// Operations of one kind, into cells side by side, by a loop over each operand.
    Many {
        code: Code,
        count: u32,
        d: u32,
        operands: [Cells; 4],
    },
    /// A sum. The list consists of pairs: a cell, and how many lie side by side from it on.
    Sum {
        d: u32,
        list: u32,
        runs: u32,
        exact: bool,
    },
    /// So many sums of products, 1, 2, 4 or 8, added to other cells if there are some. The factors of all sums lie term by
    /// term.
    Dots {
        d: u32,
        beside: u32,
        count: u32,
        starts: Option<Cells>,
        a: Cells,
        b: Cells,
        exact: bool,
    },
    Matrix(Matrix),
    /// Brings cells side by side.
    Copy {
        d: u32,
        count: u32,
        cells: Cells,
    },
}

/// Some of the results.
#[derive(Clone, Copy, Debug)]
enum Piece {
    /// Zeros, which are not written: a row begins with them.
    Zeros { count: u32 },
    /// What is in these cells.
    Cells { first: u32, count: u32 },
    /// What is in the cells that `Wide::lists` names from `first` on.
    List { first: u32, count: u32 },
    /// That times what is in another cell, which no operation but the result needs.
    Products { factor: u32, first: u32, count: u32 },
}

/// A matrix of cells times a column.
#[derive(Clone, Copy, Debug)]
struct Matrix {
    d: u32,
    rows: u32,
    columns: u32,
    /// Whether it is read from the parameters, where it is, instead of from cells.
    of_parameters: bool,
    /// The cell of row 0, column 0, or the number of the parameter, and the steps from row to row and from column to column.
    origin: u32,
    row_step: i32,
    column_step: i32,
    column: Cells,
    /// What each sum starts from.
    starts: Option<Cells>,
    exact: bool,
}
