//! `Opcode`: what the instructions of a body do, and which functions have vector forms.

use super::ir::Test;
use crate::rules::{Binary, Unary};

/// What an instruction does. The suffix says of each operand whether it is varying (V), with a number for each lane, or
/// uniform (U), one number for all lanes; opcodes without a suffix have varying operands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Opcode {
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
    /// A vector function of one operand.
    Unary(VectorFunction),
    /// A vector function of two operands.
    Binary(VectorFunction),
    /// A function of one operand, as the standard library computes it.
    ExactUnary(Unary),
    /// A function of two operands, as the standard library computes it.
    ExactBinary(Binary),
    /// a - b, 0 where they are equal
    Excess,
    Max,
    Min,
    /// A strong-zero product: 0 where a factor is 0.
    StrongZeroMul,
    /// c where the test of a and b holds, else e.
    Select(Test),
    /// The product of a uniform matrix and a varying vector that `MatrixVector` number a describes.
    MatrixVector,
    /// The dot product that `DotProduct` number a describes.
    DotProduct,
    /// Adds a to the accumulator d.
    ReduceAdd,
    /// Adds a·b to the accumulator d.
    ReduceMul,
    /// Adds the outer product that `OuterProduct` number a describes to its accumulators.
    OuterProduct,
    /// Writes a to the column d of the results.
    Store,
    /// Checks guard number d of a and b.
    Guard,
}

/// Functions that have a vector form. Some of them replace several operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum VectorFunction {
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
    /// The derivative of the logistic function.
    LogisticDerivative,
}

/// An instruction: d is the destination, the others are operands; what they name depends on the opcode.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Instruction {
    pub(super) opcode: Opcode,
    pub(super) d: u32,
    pub(super) a: u32,
    pub(super) b: u32,
    pub(super) c: u32,
    pub(super) e: u32,
}

impl Opcode {
    /// The opcode of a binary function that is no operator; if exact, as the standard library computes it.
    pub(super) fn of_binary(op: Binary, exact: bool) -> Self {
        match op {
            Binary::Excess => Self::Excess,
            Binary::Max if !exact => Self::Max,
            Binary::Min if !exact => Self::Min,
            _ => match VectorFunction::of_binary(op) {
                Some(function) if !exact => Self::Binary(function),
                _ => Self::ExactBinary(op),
            },
        }
    }

    /// The opcode of a unary function; if exact, as the standard library computes it.
    pub(super) fn of_unary(op: Unary, exact: bool) -> Self {
        match op {
            Unary::Neg => Self::Neg,
            Unary::Abs => Self::Abs,
            Unary::Sqrt => Self::Sqrt,
            _ => match VectorFunction::of_unary(op) {
                Some(function) if !exact => Self::Unary(function),
                _ => Self::ExactUnary(op),
            },
        }
    }
}

impl VectorFunction {
    /// The vector form of a unary function.
    pub(super) fn of_unary(op: Unary) -> Option<Self> {
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

    /// The vector form of a binary function.
    pub(super) fn of_binary(op: Binary) -> Option<Self> {
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

/// Which of the operands a, b, c and e are varying, by their position.
pub(super) fn varying_operands(opcode: Opcode) -> &'static [usize] {
    match opcode {
        Opcode::AddVU | Opcode::SubVU | Opcode::MulVU | Opcode::DivVU => &[0],
        Opcode::SubUV | Opcode::DivUV | Opcode::MulAddUVU | Opcode::MulSubUVU | Opcode::NegMulAddUVU => &[1],
        Opcode::MulAddUVV | Opcode::MulSubUVV | Opcode::NegMulAddUVV => &[1, 2],
        Opcode::MulAddVVU | Opcode::MulSubVVU | Opcode::NegMulAddVVU => &[0, 1],
        Opcode::MulAddVVV | Opcode::MulSubVVV | Opcode::NegMulAddVVV | Opcode::Fused => &[0, 1, 2],
        Opcode::Neg | Opcode::Abs | Opcode::Sqrt | Opcode::Unary(_) | Opcode::ExactUnary(_) => &[0],
        Opcode::ReduceAdd | Opcode::Store => &[0],
        Opcode::AddVV | Opcode::SubVV | Opcode::MulVV | Opcode::DivVV | Opcode::Binary(_) | Opcode::ExactBinary(_) => {
            &[0, 1]
        }
        Opcode::Max | Opcode::Min | Opcode::Excess | Opcode::StrongZeroMul | Opcode::ReduceMul | Opcode::Guard => {
            &[0, 1]
        }
        Opcode::Select(_) => &[0, 1, 2, 3],
        Opcode::MatrixVector | Opcode::DotProduct | Opcode::OuterProduct => &[],
    }
}
