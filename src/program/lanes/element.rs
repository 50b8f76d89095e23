//! The numbers that programs run on, and the work that is done for each of the two.

use super::super::code::{Compiled, Fast, Miss};
use super::super::maths;
use super::super::plan::Dispatch;
use super::dispatch::{block_function, lane_function};
use super::interpreter::{Call, Worker};
use crate::number::Scalar;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// `f32` or `f64`: what programs run on.
pub trait Element: Scalar<Base = Self> + sealed::Sealed {
    /// A function of the fast kind; `FUSED` says whether the machine multiplies and adds at once.
    #[doc(hidden)]
    fn fast<const FUSED: bool>(self, function: u8) -> Self;

    /// A fast function of two.
    #[doc(hidden)]
    fn fast_of_two<const FUSED: bool>(self, other: Self, function: u8) -> Self;

    /// Runs a program over samples.
    #[doc(hidden)]
    fn run_chunk(job: &Job<'_, Self>, positions: std::ops::Range<usize>, rows: &mut [Self]) -> Chunk<Self>;
}

/// What is run, on what.
#[derive(Clone, Copy)]
pub struct Job<'a, T> {
    pub(in super::super) code: &'a Compiled,
    pub(in super::super) registers: &'a [T],
    pub(in super::super) data: &'a [T],
    /// How many numbers a sample has.
    pub(in super::super) width: usize,
    /// Which samples, at which positions; nothing for each sample at its own.
    pub(in super::super) samples: Option<&'a [u32]>,
    /// How many results are values and no derivatives.
    pub(in super::super) values: usize,
    pub(in super::super) lanes: usize,
    pub(in super::super) dispatch: Dispatch,
}

/// What came of samples besides rows of results.
pub struct Chunk<T> {
    pub(in super::super) sums: Vec<T>,
    /// Positions whose sample takes another branch.
    pub(in super::super) misses: Vec<(usize, Miss)>,
    /// Whether a derivative of one of the samples is NaN.
    pub(in super::super) poisoned: bool,
}

macro_rules! implement_element {
    ($float:ident) => {
        impl Element for $float {
            #[inline(always)]
            fn fast<const FUSED: bool>(self, function: u8) -> Self {
                // In double precision for both: rounding once more costs `f32` nothing that can be seen.
                let x = f64::from(self);
                let y = match function {
                    0 => maths::exp::<FUSED>(x),
                    1 => maths::ln::<FUSED>(x),
                    2 => maths::tanh::<FUSED>(x),
                    3 => maths::sin::<FUSED>(x),
                    4 => maths::cos::<FUSED>(x),
                    5 => maths::logistic::<FUSED>(x),
                    6 => maths::softplus::<FUSED>(x),
                    7 => maths::exp_m1::<FUSED>(x),
                    8 => maths::ln_1p::<FUSED>(x),
                    9 => maths::sech_squared::<FUSED>(x),
                    10 => maths::logistic_slope::<FUSED>(x),
                    11 => maths::exp2::<FUSED>(x),
                    12 => maths::log2::<FUSED>(x),
                    13 => maths::log10::<FUSED>(x),
                    14 => maths::tan::<FUSED>(x),
                    15 => maths::asin::<FUSED>(x),
                    16 => maths::acos::<FUSED>(x),
                    17 => maths::atan::<FUSED>(x),
                    18 => maths::sinh::<FUSED>(x),
                    19 => maths::cosh::<FUSED>(x),
                    20 => maths::cbrt::<FUSED>(x),
                    21 => maths::asinh::<FUSED>(x),
                    22 => maths::acosh::<FUSED>(x),
                    23 => maths::atanh::<FUSED>(x),
                    24 => maths::erf::<FUSED>(x),
                    25 => maths::erfc::<FUSED>(x),
                    26 => maths::ln_gamma::<FUSED>(x),
                    27 => maths::digamma::<FUSED>(x),
                    _ => maths::norm_cdf::<FUSED>(x),
                };
                y as $float
            }

            #[inline(always)]
            fn fast_of_two<const FUSED: bool>(self, other: Self, function: u8) -> Self {
                let (x, y) = (f64::from(self), f64::from(other));
                let z = match function {
                    0 => maths::powf::<FUSED>(x, y),
                    1 => maths::hypot::<FUSED>(x, y),
                    2 => maths::atan2::<FUSED>(x, y),
                    3 => maths::log::<FUSED>(x, y),
                    _ => maths::rem::<FUSED>(x, y),
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

/// Runs the samples at some positions, a block after the other.
fn run<T: Element, const L: usize>(job: &Job<'_, T>, positions: std::ops::Range<usize>, rows: &mut [T]) -> Chunk<T> {
    let block = &job.code.block;
    let mut worker = Worker::<T, L>::new(block, job.registers);
    let width = job.code.results.len();
    let (run_block, function) = (block_function::<T, L>(job.dispatch), lane_function::<T>(job.dispatch));
    let first = positions.start;
    let mut misses: Vec<(usize, Miss)> = Vec::new();
    let mut again: Vec<usize> = Vec::new();
    let mut rest = positions;
    loop {
        // Samples whose block had to be given up for the sake of a neighbour go first.
        let mut chosen = [0; L];
        let mut count = 0;
        while count < L
            && let Some(position) = again.pop().or_else(|| rest.next())
        {
            chosen[count] = position;
            count += 1;
        }
        if count == 0 {
            break;
        }
        let mut call =
            Call { registers: job.registers, rows: &mut *rows, row: [0; L], count, values: job.values, function };
        let mut offsets = [0; L];
        for lane in 0..L {
            // Lanes without a sample repeat the last one; nothing of theirs is kept.
            let position = chosen[lane.min(count - 1)];
            call.row[lane] = (position - first) * width;
            offsets[lane] = job.samples.map_or(position, |samples| samples[position] as usize) * job.width;
        }
        worker.load(block, job.data, &offsets);
        run_block(block, &block.instructions[..block.guarded], &mut worker, &mut call);
        if worker.any_miss() {
            for (lane, miss) in worker.take_misses().into_iter().enumerate().take(count) {
                match miss {
                    Some(miss) => misses.push((chosen[lane], miss)),
                    None => again.push(chosen[lane]),
                }
            }
            // The next block starts with the first of them.
            again.sort_unstable_by(|a, b| b.cmp(a));
            continue;
        }
        run_block(block, &block.instructions[block.guarded..], &mut worker, &mut call);
    }
    // Whether one of a sum is NaN is seen in the results.
    let poisoned = worker.poisoned;
    Chunk { sums: worker.into_sums(), misses, poisoned }
}

impl Fast {
    /// Whether the arguments are out of the range of the fast form; of one argument, both are the same.
    #[inline(always)]
    pub(super) fn is_out<T: Scalar>(self, x: T, y: T) -> bool {
        match self {
            Self::Sin | Self::Cos | Self::Tan => x.abs() > T::constant(maths::TRIGONOMETRIC_LIMIT),
            Self::LnGamma | Self::Digamma => x <= T::zero(),
            Self::Rem => (x / y).abs() >= T::constant(maths::REMAINDER_LIMIT),
            _ => false,
        }
    }

    /// Whether the baseline does it as the scalar does: two numbers at a time are slower than one after the other, and the
    /// form for remainders needs a machine that multiplies and adds at once.
    pub(super) fn is_scalar_on_baseline(self) -> bool {
        let slower = matches!(self, Self::Erf | Self::Erfc | Self::NormCdf | Self::LnGamma | Self::Digamma);
        slower || matches!(self, Self::Powf | Self::Log | Self::Rem)
    }

    /// As the scalar has it: for arguments out of the range of the fast form, and on the baseline.
    pub(super) fn exactly<T: Scalar>(self, x: T, y: T) -> T {
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
            _ => unreachable!("the fast form does"),
        }
    }
}
