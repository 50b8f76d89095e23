//! What runs: instructions over slots of lanes, and over registers of numbers that all samples share.

use super::ir::{Op, Test};
use crate::graph::{Answer, Guard};
use crate::rules::{Binary, Unary};

/// What an instruction does; V is an operand in a slot, one number a lane, U one in a register.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Code {
    AddVV,
    AddVU,
    SubVV,
    SubVU,
    SubUV,
    MulVV,
    MulVU,
    DivVV,
    DivVU,
    DivUV,
    /// a·b + c
    MulAddVVV,
    MulAddUVV,
    MulAddVVU,
    MulAddUVU,
    /// a·b - c
    MulSubVVV,
    MulSubUVV,
    MulSubVVU,
    MulSubUVU,
    /// c - a·b
    NegMulAddVVV,
    NegMulAddUVV,
    NegMulAddVVU,
    NegMulAddUVU,
    /// a·b + c, rounded once on every machine.
    Fused,
    Neg,
    Abs,
    Sqrt,
    /// A function of a slot, fast.
    Unary(Fast),
    /// A function of two slots, fast.
    Binary(Fast),
    /// A function of a slot, as the standard library has it.
    ExactUnary(Unary),
    /// A function of two slots, as the standard library has it.
    ExactBinary(Binary),
    /// a - b, 0 where they are equal
    Excess,
    Max,
    Min,
    /// A product in which zeros absorb.
    Product,
    /// Where the test of a and b holds c, else the slot that `e` names.
    Select(Test),
    /// The matrix of registers times the column of slots that `Rows` number a describes.
    Rows,
    /// The sum of products of slots that `Pairs` number a describes.
    Pairs,
    /// Adds the slot a to the accumulator d.
    ReduceAdd,
    /// Adds the product of the slots a and b to the accumulator d.
    ReduceMul,
    /// Adds the products that `Outer` number a describes.
    Outer,
    /// Writes the slot a to the column d of the results.
    Store,
    /// Asks the question of guard number d about the slots a and b.
    Guard,
}

/// Functions that have a fast form, some of which stand for several operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Fast {
    Exp,
    Ln,
    Tanh,
    Sin,
    Cos,
    Logistic,
    Softplus,
    ExpM1,
    Ln1p,
    Exp2,
    Log2,
    Log10,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Cbrt,
    Asinh,
    Acosh,
    Atanh,
    Erf,
    Erfc,
    LnGamma,
    Digamma,
    NormCdf,
    Powi(i32),
    Powf,
    Hypot,
    Atan2,
    Log,
    Rem,
    /// 1/cosh²
    SechSquared,
    /// The slope of the logistic function.
    LogisticSlope,
}

/// One instruction; what the letters mean depends on the code.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Instruction {
    pub(super) code: Code,
    pub(super) d: u32,
    pub(super) a: u32,
    pub(super) b: u32,
    pub(super) c: u32,
    pub(super) e: u32,
}

/// What a sum starts from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Start {
    /// The first product.
    Product,
    /// Registers, a list from this position on.
    Registers(u32),
    /// A slot.
    Slot(u32),
}

/// Rows of registers times one column of slots; lists are positions in `Block::lists`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rows {
    pub(super) rows: u32,
    pub(super) columns: u32,
    /// The list of the slots that are written.
    pub(super) results: u32,
    /// The list of the slots of the column.
    pub(super) column: u32,
    /// The register of row 0, column 0, and the steps from row to row and from column to column.
    pub(super) matrix: u32,
    pub(super) row_step: i32,
    pub(super) column_step: i32,
    pub(super) start: Start,
    /// Whether multiplications and additions stay apart.
    pub(super) exact: bool,
}

/// A sum of products of slots; the list holds the slots in pairs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pairs {
    pub(super) result: u32,
    pub(super) terms: u32,
    pub(super) list: u32,
    pub(super) start: Start,
    /// Whether multiplications and additions stay apart.
    pub(super) exact: bool,
}

/// Products of each of `rows` slots with each of `columns` slots, summed over the lanes into accumulators.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Outer {
    pub(super) rows: u32,
    pub(super) columns: u32,
    pub(super) row_list: u32,
    pub(super) column_list: u32,
    /// The first accumulator; they lie row by row, and a row has [`padded`] columns.
    pub(super) sums: u32,
}

/// How many accumulators lie in the row of an outer product of so many columns.
pub(super) fn padded(columns: usize) -> usize {
    columns.next_multiple_of(8)
}

/// Data that go into slots: columns of the samples from `column` on into slots from `slot` on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Load {
    pub(super) slot: u32,
    pub(super) column: u32,
    pub(super) count: u32,
}

/// A question of the function about numbers that differ from sample to sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct LaneGuard {
    /// Its number among all guards.
    pub(super) number: u32,
    pub(super) guard: Guard,
}

/// What is done for a block of samples.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Block {
    pub(super) loads: Vec<Load>,
    /// Slots that hold a register in every lane, and which.
    pub(super) splats: Vec<[u32; 2]>,
    pub(super) instructions: Vec<Instruction>,
    /// How many instructions come before the last guard has been asked.
    pub(super) guarded: usize,
    pub(super) guards: Vec<LaneGuard>,
    pub(super) rows: Vec<Rows>,
    pub(super) pairs: Vec<Pairs>,
    pub(super) outers: Vec<Outer>,
    pub(super) lists: Vec<u32>,
    pub(super) slots: usize,
    /// Whether multiplications and additions stay apart in sums over the samples.
    pub(super) exact: bool,
    /// Accumulators with a number for each lane.
    pub(super) lane_sums: usize,
    /// Accumulators of outer products; in the array of sums they come first.
    pub(super) outer_sums: usize,
}

/// A term of a sum over the samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Term {
    /// What a sum accumulated.
    Sum(u32),
    /// A register, once for each sample.
    Register(u32),
}

/// Where a result comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Result1 {
    /// An instruction writes it.
    Stored,
    Register(u32),
    Sum(u32),
}

/// Numbers that lie side by side, and go where they lie side by side too.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Run {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) count: u32,
}

impl Run {
    /// Adds a number to the runs.
    pub(super) fn add(runs: &mut Vec<Self>, from: u32, to: u32) {
        match runs.last_mut() {
            Some(last) if [last.from + last.count, last.to + last.count] == [from, to] => last.count += 1,
            _ => runs.push(Self { from, to, count: 1 }),
        }
    }

    /// Copies the numbers of the runs.
    pub(super) fn copy<T: Copy>(runs: &[Self], from: &[T], to: &mut [T]) {
        for run in runs {
            let count = run.count as usize;
            to[run.to as usize..][..count].copy_from_slice(&from[run.from as usize..][..count]);
        }
    }
}

/// A program as it runs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Compiled {
    /// What is in the registers at first.
    pub(super) registers: Vec<f64>,
    /// Inputs that go into registers.
    pub(super) inputs: Vec<Run>,
    /// Before the samples: where results go, and operations whose operands are registers.
    pub(super) before: Vec<(u32, Op)>,
    /// Questions about numbers that all samples share: the number of the guard, and the registers.
    pub(super) uniform_guards: Vec<LaneGuard>,
    pub(super) block: Block,
    /// After the samples; a reduction is the sum of a range of `terms`.
    pub(super) after: Vec<(u32, Op)>,
    pub(super) terms: Vec<Term>,
    pub(super) results: Vec<Result1>,
    /// The results that are registers, but for zeros, and those that are sums.
    pub(super) from_registers: Vec<Run>,
    pub(super) from_sums: Vec<Run>,
}

/// A guard that gave another answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Miss {
    pub(super) number: u32,
    pub(super) answer: Answer,
    pub(super) found: [f64; 2],
}

impl Code {
    /// A function of two slots that is no operator; exact, as the standard library has it.
    pub(super) fn function_of_two(op: Binary, exact: bool) -> Self {
        match op {
            Binary::Excess => Self::Excess,
            Binary::Max if !exact => Self::Max,
            Binary::Min if !exact => Self::Min,
            _ => match Fast::of_two(op) {
                Some(function) if !exact => Self::Binary(function),
                _ => Self::ExactBinary(op),
            },
        }
    }

    /// A function of a slot; exact, as the standard library has it.
    pub(super) fn function(op: Unary, exact: bool) -> Self {
        match op {
            Unary::Neg => Self::Neg,
            Unary::Abs => Self::Abs,
            Unary::Sqrt => Self::Sqrt,
            _ => match Fast::of(op) {
                Some(function) if !exact => Self::Unary(function),
                _ => Self::ExactUnary(op),
            },
        }
    }
}

impl Fast {
    /// The fast form of a function.
    pub(super) fn of(op: Unary) -> Option<Self> {
        Some(match op {
            Unary::Exp => Self::Exp,
            Unary::Ln => Self::Ln,
            Unary::Tanh => Self::Tanh,
            Unary::Sin => Self::Sin,
            Unary::Cos => Self::Cos,
            Unary::Logistic => Self::Logistic,
            Unary::Softplus => Self::Softplus,
            Unary::ExpM1 => Self::ExpM1,
            Unary::Ln1p => Self::Ln1p,
            Unary::Exp2 => Self::Exp2,
            Unary::Log2 => Self::Log2,
            Unary::Log10 => Self::Log10,
            Unary::Tan => Self::Tan,
            Unary::Asin => Self::Asin,
            Unary::Acos => Self::Acos,
            Unary::Atan => Self::Atan,
            Unary::Sinh => Self::Sinh,
            Unary::Cosh => Self::Cosh,
            Unary::Cbrt => Self::Cbrt,
            Unary::Asinh => Self::Asinh,
            Unary::Acosh => Self::Acosh,
            Unary::Atanh => Self::Atanh,
            Unary::Erf => Self::Erf,
            Unary::Erfc => Self::Erfc,
            Unary::LnGamma => Self::LnGamma,
            Unary::Digamma => Self::Digamma,
            Unary::NormCdf => Self::NormCdf,
            Unary::Powi(n) => Self::Powi(n),
            _ => return None,
        })
    }

    /// The fast form of a function of two.
    pub(super) fn of_two(op: Binary) -> Option<Self> {
        Some(match op {
            Binary::Powf => Self::Powf,
            Binary::Hypot => Self::Hypot,
            Binary::Atan2 => Self::Atan2,
            Binary::Log => Self::Log,
            Binary::Rem => Self::Rem,
            _ => return None,
        })
    }
}

/// Which of the letters a, b, c and e of an instruction name slots.
pub(super) fn slots_read(code: Code) -> &'static [usize] {
    match code {
        Code::AddVU | Code::SubVU | Code::MulVU | Code::DivVU => &[0],
        Code::SubUV | Code::DivUV | Code::MulAddUVU | Code::MulSubUVU | Code::NegMulAddUVU => &[1],
        Code::MulAddUVV | Code::MulSubUVV | Code::NegMulAddUVV => &[1, 2],
        Code::MulAddVVU | Code::MulSubVVU | Code::NegMulAddVVU => &[0, 1],
        Code::MulAddVVV | Code::MulSubVVV | Code::NegMulAddVVV | Code::Fused => &[0, 1, 2],
        Code::Neg | Code::Abs | Code::Sqrt | Code::Unary(_) | Code::ExactUnary(_) => &[0],
        Code::ReduceAdd | Code::Store => &[0],
        Code::AddVV | Code::SubVV | Code::MulVV | Code::DivVV | Code::Binary(_) | Code::ExactBinary(_) => &[0, 1],
        Code::Max | Code::Min | Code::Excess | Code::Product | Code::ReduceMul | Code::Guard => &[0, 1],
        Code::Select(_) => &[0, 1, 2, 3],
        Code::Rows | Code::Pairs | Code::Outer => &[],
    }
}
