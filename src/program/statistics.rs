//! `ProgramStatistics`: the size of a program in numbers.

use super::instruction_set::InstructionSet;
use super::lanes::Element;
use super::program::Program;

/// The size of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ProgramStatistics {
    /// Operations of the function as they were recorded, without inputs and constants.
    pub recorded: usize,
    /// Operations of the function and its derivative, after common subexpressions were merged.
    pub operations: usize,
    /// Operations of the uniform prologue.
    pub prologue: usize,
    /// Instructions of the body, which runs for each block of samples.
    pub instructions: usize,
    /// Operations of the reduction epilogue.
    pub epilogue: usize,
    /// Registers that hold a number for each lane.
    pub varying_registers: usize,
    /// Numbers that are accumulated over the samples.
    pub sums: usize,
    /// Registers that hold one number for all samples.
    pub uniform_registers: usize,
    /// Bytes that a run takes for a block, without the data and the results.
    pub bytes: usize,
    /// The most samples that run side by side.
    pub lanes: usize,
    /// The instruction set that it runs on.
    pub instruction_set: InstructionSet,
}

impl<T: Element> Program<T> {
    /// The size of the program.
    #[must_use]
    pub fn statistics(&self) -> ProgramStatistics {
        let (code, body) = (&self.code, &self.code.body);
        let counts = |ops: &[super::ir::Op]| {
            use super::ir::Op::{Constant, Input};
            ops.iter().filter(|op| !matches!(op, Input(_) | Constant(_))).count()
        };
        let lane_numbers = body.registers + body.lane_sums;
        ProgramStatistics {
            recorded: counts(&self.source.ir.ops()[..self.source.primal]),
            operations: counts(self.source.ir.ops()),
            prologue: code.prologue.len(),
            instructions: body.instructions.len(),
            epilogue: code.epilogue.len(),
            varying_registers: body.registers,
            sums: body.lane_sums + body.outer_sums,
            uniform_registers: code.uniforms.len(),
            bytes: (lane_numbers * self.lanes + body.outer_sums + code.uniforms.len()) * size_of::<T>(),
            lanes: self.lanes,
            instruction_set: self.instruction_set,
        }
    }
}
