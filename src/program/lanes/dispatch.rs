//! Which instructions a machine has, and the same code compiled for each set of them.
//!
//! The only `unsafe` of programs: calling a function that is compiled for instructions which not every machine has. The
//! functions given out here are those whose instructions the processor reports.

use super::super::code::{Block, Fast, Instruction};
use super::super::plan::Dispatch;
use super::super::wide::{Scratch, Wide, run_steps};
use super::element::Element;
use super::interpreter::{Call, Worker, run_block, run_function};
use super::matrix::{Baseline, Level};

pub(super) type BlockFunction<T, const L: usize> = fn(&Block, &[Instruction], &mut Worker<T, L>, &mut Call<'_, T, L>);

/// A fast function of the elements of the last slices, into the first.
pub(in super::super) type LaneFunction<T> = fn(Fast, &mut [T], [&[T]; 2]);

/// The steps of a program for one sample.
type WideFunction<T> = fn(&Wide, &[T], &mut Scratch<T>, &mut [T]) -> bool;

impl Dispatch {
    /// Whether this machine has the instructions.
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            Self::Baseline => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                Self::Avx2.is_available()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512dq")
            }
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 => false,
        }
    }

    /// The best that this machine has.
    #[must_use]
    pub fn best() -> Self {
        Self::ALL.into_iter().rev().find(|dispatch| dispatch.is_available()).unwrap_or(Self::Baseline)
    }
}

fn baseline_block<T: Element, const L: usize>(
    block: &Block,
    instructions: &[Instruction],
    worker: &mut Worker<T, L>,
    call: &mut Call<'_, T, L>,
) {
    run_block::<T, Baseline, L>(block, instructions, worker, call);
}

fn baseline_wide<T: Element>(wide: &Wide, parameters: &[T], scratch: &mut Scratch<T>, row: &mut [T]) -> bool {
    run_steps::<T, Baseline>(wide, parameters, scratch, row, baseline_function::<T>)
}

fn baseline_function<T: Element>(function: Fast, results: &mut [T], arguments: [&[T]; 2]) {
    run_function::<T, Baseline>(function, results, arguments);
}

#[cfg(target_arch = "x86_64")]
macro_rules! compile_for {
    ($level:ident, $features:literal, $block:ident, $wide:ident, $function:ident) => {
        #[derive(Clone, Copy)]
        struct $level;

        impl Level for $level {
            const FUSED: bool = true;
            const DISPATCH: Dispatch = Dispatch::$level;
        }

        fn $block<T: Element, const L: usize>(
            block: &Block,
            instructions: &[Instruction],
            worker: &mut Worker<T, L>,
            call: &mut Call<'_, T, L>,
        ) {
            #[target_feature(enable = $features)]
            fn inner<T: Element, const L: usize>(
                block: &Block,
                instructions: &[Instruction],
                worker: &mut Worker<T, L>,
                call: &mut Call<'_, T, L>,
            ) {
                run_block::<T, $level, L>(block, instructions, worker, call);
            }
            #[expect(unsafe_code, reason = "the features are not known to the compiler")]
            // SAFETY: `block_function` gives this function out only where the processor has the features.
            unsafe {
                inner(block, instructions, worker, call);
            }
        }

        fn $wide<T: Element>(wide: &Wide, parameters: &[T], scratch: &mut Scratch<T>, row: &mut [T]) -> bool {
            #[target_feature(enable = $features)]
            fn inner<T: Element>(wide: &Wide, parameters: &[T], scratch: &mut Scratch<T>, row: &mut [T]) -> bool {
                run_steps::<T, $level>(wide, parameters, scratch, row, $function::<T>)
            }
            #[expect(unsafe_code, reason = "the features are not known to the compiler")]
            // SAFETY: `wide_function` gives this function out only where the processor has the features.
            unsafe {
                inner(wide, parameters, scratch, row)
            }
        }

        fn $function<T: Element>(function: Fast, results: &mut [T], arguments: [&[T]; 2]) {
            #[target_feature(enable = $features)]
            fn inner<T: Element>(function: Fast, results: &mut [T], arguments: [&[T]; 2]) {
                run_function::<T, $level>(function, results, arguments);
            }
            #[expect(unsafe_code, reason = "the features are not known to the compiler")]
            // SAFETY: `lane_function` gives this function out only where the processor has the features.
            unsafe {
                inner(function, results, arguments);
            }
        }
    };
}
#[cfg(target_arch = "x86_64")]
compile_for!(Avx2, "avx2,fma", avx2_block, avx2_wide, avx2_function);
#[cfg(target_arch = "x86_64")]
compile_for!(Avx512, "avx512f,avx512vl,avx512dq,avx2,fma", avx512_block, avx512_wide, avx512_function);

/// The interpreter for some instructions, or where the machine lacks them, for those that it has in any case.
pub(super) fn block_function<T: Element, const L: usize>(dispatch: Dispatch) -> BlockFunction<T, L> {
    match dispatch {
        #[cfg(target_arch = "x86_64")]
        Dispatch::Avx2 if dispatch.is_available() => avx2_block::<T, L>,
        #[cfg(target_arch = "x86_64")]
        Dispatch::Avx512 if dispatch.is_available() => avx512_block::<T, L>,
        _ => baseline_block::<T, L>,
    }
}

/// The loops over cells for some instructions, as [`block_function`].
pub(in super::super) fn wide_function<T: Element>(dispatch: Dispatch) -> WideFunction<T> {
    match dispatch {
        #[cfg(target_arch = "x86_64")]
        Dispatch::Avx2 if dispatch.is_available() => avx2_wide::<T>,
        #[cfg(target_arch = "x86_64")]
        Dispatch::Avx512 if dispatch.is_available() => avx512_wide::<T>,
        _ => baseline_wide::<T>,
    }
}

/// The functions for some instructions, as [`block_function`].
pub(super) fn lane_function<T: Element>(dispatch: Dispatch) -> LaneFunction<T> {
    match dispatch {
        #[cfg(target_arch = "x86_64")]
        Dispatch::Avx2 if dispatch.is_available() => avx2_function::<T>,
        #[cfg(target_arch = "x86_64")]
        Dispatch::Avx512 if dispatch.is_available() => avx512_function::<T>,
        _ => baseline_function::<T>,
    }
}
