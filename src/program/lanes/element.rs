//! `Element`: the numbers that programs run on, and the loop over blocks of samples for each of the two.

use super::super::code::{GuardFailure, LaneCode};
use super::super::instruction_set::InstructionSet;
use super::super::opcode::VectorFunction;
use super::super::vector_math;
use super::dispatch::{apply_function_for, run_body_for};
use super::interpreter::{Call, LaneState};
use crate::number::Scalar;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// `f32` or `f64`: what programs run on.
pub trait Element: Scalar<Base = Self> + sealed::Sealed {
    /// A vector function of one argument; `FUSED` says whether the machine has fused multiplication and addition.
    #[doc(hidden)]
    fn unary_function<const FUSED: bool>(self, function: u8) -> Self;

    /// A vector function of two arguments.
    #[doc(hidden)]
    fn binary_function<const FUSED: bool>(self, other: Self, function: u8) -> Self;

    /// Runs a program over samples.
    #[doc(hidden)]
    fn run_chunk(job: &Job<'_, Self>, positions: std::ops::Range<usize>, rows: &mut [Self]) -> Chunk<Self>;
}

/// Which code runs over which samples.
#[derive(Clone, Copy)]
pub struct Job<'a, T> {
    pub(in super::super) code: &'a LaneCode,
    pub(in super::super) uniforms: &'a [T],
    pub(in super::super) data: &'a [T],
    /// How many numbers a sample has.
    pub(in super::super) width: usize,
    /// The samples at the positions; left out, each sample is at its own.
    pub(in super::super) selected: Option<&'a [u32]>,
    /// How many results are values and no derivatives.
    pub(in super::super) values: usize,
    pub(in super::super) lanes: usize,
    pub(in super::super) instruction_set: InstructionSet,
}

/// The outcome of a run over samples, besides rows of results.
pub struct Chunk<T> {
    pub(in super::super) sums: Vec<T>,
    /// Positions of samples in which a guard failed.
    pub(in super::super) failures: Vec<(usize, GuardFailure)>,
    /// Whether a derivative of a sample is NaN.
    pub(in super::super) produced_nan: bool,
}

macro_rules! implement_element {
    ($float:ident) => {
        impl Element for $float {
            #[inline(always)]
            fn unary_function<const FUSED: bool>(self, function: u8) -> Self {
                // In double precision for both: rounding once more costs `f32` nothing that can be seen.
                let x = f64::from(self);
                let y = match function {
                    0 => vector_math::exp::<FUSED>(x),
                    1 => vector_math::ln::<FUSED>(x),
                    2 => vector_math::tanh::<FUSED>(x),
                    3 => vector_math::sin::<FUSED>(x),
                    4 => vector_math::cos::<FUSED>(x),
                    5 => vector_math::logistic::<FUSED>(x),
                    6 => vector_math::softplus::<FUSED>(x),
                    7 => vector_math::exp_m1::<FUSED>(x),
                    8 => vector_math::ln_1p::<FUSED>(x),
                    9 => vector_math::sech_squared::<FUSED>(x),
                    10 => vector_math::logistic_derivative::<FUSED>(x),
                    11 => vector_math::exp2::<FUSED>(x),
                    12 => vector_math::log2::<FUSED>(x),
                    13 => vector_math::log10::<FUSED>(x),
                    14 => vector_math::tan::<FUSED>(x),
                    15 => vector_math::asin::<FUSED>(x),
                    16 => vector_math::acos::<FUSED>(x),
                    17 => vector_math::atan::<FUSED>(x),
                    18 => vector_math::sinh::<FUSED>(x),
                    19 => vector_math::cosh::<FUSED>(x),
                    20 => vector_math::cbrt::<FUSED>(x),
                    21 => vector_math::asinh::<FUSED>(x),
                    22 => vector_math::acosh::<FUSED>(x),
                    23 => vector_math::atanh::<FUSED>(x),
                    24 => vector_math::erf::<FUSED>(x),
                    25 => vector_math::erfc::<FUSED>(x),
                    26 => vector_math::ln_gamma::<FUSED>(x),
                    27 => vector_math::digamma::<FUSED>(x),
                    _ => vector_math::norm_cdf::<FUSED>(x),
                };
                y as $float
            }

            #[inline(always)]
            fn binary_function<const FUSED: bool>(self, other: Self, function: u8) -> Self {
                let (x, y) = (f64::from(self), f64::from(other));
                let z = match function {
                    0 => vector_math::powf::<FUSED>(x, y),
                    1 => vector_math::hypot::<FUSED>(x, y),
                    2 => vector_math::atan2::<FUSED>(x, y),
                    3 => vector_math::log::<FUSED>(x, y),
                    _ => vector_math::rem::<FUSED>(x, y),
                };
                z as $float
            }

            fn run_chunk(job: &Job<'_, Self>, positions: std::ops::Range<usize>, rows: &mut [Self]) -> Chunk<Self> {
                match job.lanes {
                    8 => run::<Self, 8>(job, positions, rows),
                    16 => run::<Self, 16>(job, positions, rows),
                    _ => run::<Self, 32>(job, positions, rows),
                }
            }
        }
    };
}
implement_element!(f32);
implement_element!(f64);

/// Runs the samples at some positions, block by block.
fn run<T: Element, const L: usize>(job: &Job<'_, T>, positions: std::ops::Range<usize>, rows: &mut [T]) -> Chunk<T> {
    let body = &job.code.body;
    let mut state = LaneState::<T, L>::new(body, job.uniforms);
    let width = job.code.results.len();
    let (run_body, function) =
        (run_body_for::<T, L>(job.instruction_set), apply_function_for::<T>(job.instruction_set));
    let first = positions.start;
    let mut failures: Vec<(usize, GuardFailure)> = Vec::new();
    let mut again: Vec<usize> = Vec::new();
    let mut rest = positions;
    loop {
        // Samples whose block was abandoned for the guard failure of a neighbour come first.
        let mut block = [0; L];
        let mut count = 0;
        while count < L
            && let Some(position) = again.pop().or_else(|| rest.next())
        {
            block[count] = position;
            count += 1;
        }
        if count == 0 {
            break;
        }
        let mut call =
            Call { uniforms: job.uniforms, rows: &mut *rows, row: [0; L], count, values: job.values, function };
        let mut offsets = [0; L];
        for lane in 0..L {
            // Idle lanes repeat the last sample; their results are discarded.
            let position = block[lane.min(count - 1)];
            call.row[lane] = (position - first) * width;
            offsets[lane] = job.selected.map_or(position, |selected| selected[position] as usize) * job.width;
        }
        state.load(body, job.data, &offsets);
        run_body(body, &body.instructions[..body.guard_end], &mut state, &mut call);
        if state.any_failure() {
            for (lane, failure) in state.take_failures().into_iter().enumerate().take(count) {
                match failure {
                    Some(failure) => failures.push((block[lane], failure)),
                    None => again.push(block[lane]),
                }
            }
            // The next block starts with the first of them.
            again.sort_unstable_by(|a, b| b.cmp(a));
            continue;
        }
        run_body(body, &body.instructions[body.guard_end..], &mut state, &mut call);
    }
    // Whether a sum is NaN is seen in the results.
    let produced_nan = state.produced_nan;
    Chunk { sums: state.into_sums(), failures, produced_nan }
}

impl VectorFunction {
    /// Whether the arguments are out of the range of the vector form; of a unary function, both are the same.
    #[inline(always)]
    pub(super) fn is_out_of_range<T: Scalar>(self, x: T, y: T) -> bool {
        match self {
            Self::Sin | Self::Cos | Self::Tan => x.abs() > T::constant(vector_math::TRIGONOMETRIC_LIMIT),
            Self::LnGamma | Self::Digamma => x <= T::zero(),
            Self::Rem => (x / y).abs() >= T::constant(vector_math::REMAINDER_LIMIT),
            _ => false,
        }
    }

    /// Whether the baseline computes it by the scalar function: two lanes at a time are slower than that, and the vector form of
    /// remainders needs fused multiplication and addition.
    pub(super) fn is_scalar_on_baseline(self) -> bool {
        let slower = matches!(self, Self::Erf | Self::Erfc | Self::NormCdf | Self::LnGamma | Self::Digamma);
        slower || matches!(self, Self::Powf | Self::Log | Self::Rem)
    }

    /// The scalar function: for arguments out of the range of the vector form, and on the baseline.
    pub(super) fn exact<T: Scalar>(self, x: T, y: T) -> T {
        match self {
            Self::Sin => x.sin(),
            Self::Cos => x.cos(),
            Self::Tan => x.tan(),
            Self::Erf => x.erf(),
            Self::Erfc => x.erfc(),
            Self::NormCdf => x.norm_cdf(),
            Self::LnGamma => x.ln_gamma(),
            Self::Digamma => x.digamma(),
            Self::Powf => x.powf(y),
            Self::Log => x.log(y),
            Self::Rem => x % y,
            _ => unreachable!("the vector form has no limits"),
        }
    }
}
