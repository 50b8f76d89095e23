//! Dispatch by instruction set: the same code, compiled for each, and the version that the processor can run.
//!
//! The only `unsafe` of programs: calling a function that is compiled for instructions which not every machine has. Only
//! functions whose instructions the processor reports are returned from here.

use super::super::code::Body;
use super::super::instruction_set::{Baseline, InstructionSet, Isa};
use super::super::opcode::{Instruction, VectorFunction};
use super::super::slp::{Scratch, SlpCode, run_kernels};
use super::element::Element;
use super::interpreter::{Call, LaneState, apply_function, run_body};

pub(super) type RunBody<T, const L: usize> = fn(&Body, &[Instruction], &mut LaneState<T, L>, &mut Call<'_, T, L>);

/// Applies a vector function to the elements of the last slices, into the first.
pub(in super::super) type ApplyFunction<T> = fn(VectorFunction, &mut [T], [&[T]; 2]);

/// Runs the kernels of a single sample.
type RunKernels<T> = fn(&SlpCode, &[T], &mut Scratch<T>, &mut [T]) -> bool;

fn baseline_body<T: Element, const L: usize>(
    body: &Body,
    instructions: &[Instruction],
    state: &mut LaneState<T, L>,
    call: &mut Call<'_, T, L>,
) {
    run_body::<T, Baseline, L>(body, instructions, state, call);
}

fn baseline_kernels<T: Element>(code: &SlpCode, parameters: &[T], scratch: &mut Scratch<T>, row: &mut [T]) -> bool {
    run_kernels::<T, Baseline>(code, parameters, scratch, row, baseline_function::<T>)
}

fn baseline_function<T: Element>(function: VectorFunction, results: &mut [T], arguments: [&[T]; 2]) {
    apply_function::<T, Baseline>(function, results, arguments);
}

#[cfg(target_arch = "x86_64")]
macro_rules! compile_for {
    ($isa:ident, $features:literal, $body:ident, $kernels:ident, $function:ident) => {
        #[derive(Clone, Copy)]
        struct $isa;

        impl Isa for $isa {
            const FUSED: bool = true;
            const INSTRUCTION_SET: InstructionSet = InstructionSet::$isa;
        }

        fn $body<T: Element, const L: usize>(
            body: &Body,
            instructions: &[Instruction],
            state: &mut LaneState<T, L>,
            call: &mut Call<'_, T, L>,
        ) {
            #[target_feature(enable = $features)]
            fn inner<T: Element, const L: usize>(
                body: &Body,
                instructions: &[Instruction],
                state: &mut LaneState<T, L>,
                call: &mut Call<'_, T, L>,
            ) {
                run_body::<T, $isa, L>(body, instructions, state, call);
            }
            #[expect(unsafe_code, reason = "the features are not known to the compiler")]
            // SAFETY: `run_body_for` returns this function only where the processor has the features.
            unsafe {
                inner(body, instructions, state, call);
            }
        }

        fn $kernels<T: Element>(code: &SlpCode, parameters: &[T], scratch: &mut Scratch<T>, row: &mut [T]) -> bool {
            #[target_feature(enable = $features)]
            fn inner<T: Element>(code: &SlpCode, parameters: &[T], scratch: &mut Scratch<T>, row: &mut [T]) -> bool {
                run_kernels::<T, $isa>(code, parameters, scratch, row, $function::<T>)
            }
            #[expect(unsafe_code, reason = "the features are not known to the compiler")]
            // SAFETY: `run_kernels_for` returns this function only where the processor has the features.
            unsafe {
                inner(code, parameters, scratch, row)
            }
        }

        fn $function<T: Element>(function: VectorFunction, results: &mut [T], arguments: [&[T]; 2]) {
            #[target_feature(enable = $features)]
            fn inner<T: Element>(function: VectorFunction, results: &mut [T], arguments: [&[T]; 2]) {
                apply_function::<T, $isa>(function, results, arguments);
            }
            #[expect(unsafe_code, reason = "the features are not known to the compiler")]
            // SAFETY: `apply_function_for` returns this function only where the processor has the features.
            unsafe {
                inner(function, results, arguments);
            }
        }
    };
}
#[cfg(target_arch = "x86_64")]
compile_for!(Avx2, "avx2,fma", avx2_body, avx2_kernels, avx2_function);
#[cfg(target_arch = "x86_64")]
compile_for!(Avx512, "avx512f,avx512vl,avx512dq,avx2,fma", avx512_body, avx512_kernels, avx512_function);

/// The interpreter for an instruction set, or for the baseline where the machine lacks it.
pub(super) fn run_body_for<T: Element, const L: usize>(instruction_set: InstructionSet) -> RunBody<T, L> {
    match instruction_set {
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx2 if instruction_set.is_available() => avx2_body::<T, L>,
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx512 if instruction_set.is_available() => avx512_body::<T, L>,
        _ => baseline_body::<T, L>,
    }
}

/// The kernels for an instruction set, as [`run_body_for`].
pub(in super::super) fn run_kernels_for<T: Element>(instruction_set: InstructionSet) -> RunKernels<T> {
    match instruction_set {
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx2 if instruction_set.is_available() => avx2_kernels::<T>,
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx512 if instruction_set.is_available() => avx512_kernels::<T>,
        _ => baseline_kernels::<T>,
    }
}

/// The vector functions for an instruction set, as [`run_body_for`].
pub(super) fn apply_function_for<T: Element>(instruction_set: InstructionSet) -> ApplyFunction<T> {
    match instruction_set {
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx2 if instruction_set.is_available() => avx2_function::<T>,
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx512 if instruction_set.is_available() => avx512_function::<T>,
        _ => baseline_function::<T>,
    }
}
