//! The interpreter: instruction after instruction, each over all lanes.

use super::super::code::{Block, Code, Fast, Instruction, LaneGuard, Miss, padded};
use super::super::ir::Test;
use super::super::maths::powi;
use super::super::plan::Dispatch;
use super::dispatch::LaneFunction;
use super::element::Element;
use super::matrix::{Level, multiply_add, outer, pairs, rows};
use crate::graph::Question;

/// A number for each sample of a block.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(in super::super) struct Lanes<T, const L: usize>(pub(in super::super) [T; L]);

/// The memory that blocks run in, one after the other.
pub(in super::super) struct Worker<T, const L: usize> {
    pub(super) slots: Vec<Lanes<T, L>>,
    lane_sums: Vec<Lanes<T, L>>,
    pub(super) outer_sums: Vec<T>,
    /// Columns of an outer product, sample by sample.
    pub(super) scratch: Vec<T>,
    /// For each lane the first guard that gave another answer.
    misses: [Option<Miss>; L],
    missed: bool,
    /// Whether a stored derivative was NaN.
    pub(super) poisoned: bool,
    /// Whether multiplications and additions stay apart in sums over the samples.
    pub(super) exact: bool,
}

/// What differs from block to block.
pub(super) struct Call<'a, T, const L: usize> {
    pub(super) registers: &'a [T],
    pub(super) rows: &'a mut [T],
    /// Where the row of each lane starts.
    pub(super) row: [usize; L],
    /// How many lanes have a sample.
    pub(super) count: usize,
    /// How many results of a row are values.
    pub(super) values: usize,
    pub(super) function: LaneFunction<T>,
}

impl<T: Element, const L: usize> Worker<T, L> {
    pub(super) fn new(block: &Block, registers: &[T]) -> Self {
        let zero = Lanes([T::zero(); L]);
        let mut slots = vec![zero; block.slots];
        for &[slot, register] in &block.splats {
            slots[slot as usize] = Lanes([registers[register as usize]; L]);
        }
        let widest = block.outers.iter().map(|outer| padded(outer.columns as usize)).max().unwrap_or(0);
        Self {
            slots,
            lane_sums: vec![zero; block.lane_sums],
            outer_sums: vec![T::zero(); block.outer_sums],
            scratch: vec![T::zero(); L * widest],
            misses: [None; L],
            missed: false,
            poisoned: false,
            exact: block.exact,
        }
    }

    /// Reads the samples that start at the offsets, and turns rows into columns.
    pub(super) fn load(&mut self, block: &Block, data: &[T], offsets: &[usize; L]) {
        for load in &block.loads {
            let (slot, column, count) = (load.slot as usize, load.column as usize, load.count as usize);
            let slots = &mut self.slots[slot..slot + count];
            // In pieces that stay in the cache until every lane of them is written.
            const PIECE: usize = 8;
            for (piece, slots) in slots.chunks_mut(PIECE).enumerate() {
                for (lane, &offset) in offsets.iter().enumerate() {
                    let numbers = &data[offset + column + piece * PIECE..][..slots.len()];
                    for (slot, &number) in slots.iter_mut().zip(numbers) {
                        slot.0[lane] = number;
                    }
                }
            }
        }
    }

    pub(super) fn any_miss(&self) -> bool {
        self.missed
    }

    pub(super) fn take_misses(&mut self) -> [Option<Miss>; L] {
        self.missed = false;
        std::mem::replace(&mut self.misses, [None; L])
    }

    /// The accumulators, those of lanes added up from the first lane to the last.
    pub(super) fn into_sums(self) -> Vec<T> {
        let mut sums = self.outer_sums;
        sums.extend(self.lane_sums.iter().map(|sum| sum.0.iter().fold(T::zero(), |sum, &x| sum + x)));
        sums
    }

    #[inline(always)]
    fn get(&self, slot: u32) -> [T; L] {
        self.slots[slot as usize].0
    }

    #[inline(always)]
    fn map(&mut self, instruction: &Instruction, f: impl Fn(T) -> T) {
        let a = self.get(instruction.a);
        self.put(instruction.d, |l| f(a[l]));
    }

    #[inline(always)]
    fn zip(&mut self, instruction: &Instruction, f: impl Fn(T, T) -> T) {
        let (a, b) = (self.get(instruction.a), self.get(instruction.b));
        self.put(instruction.d, |l| f(a[l], b[l]));
    }

    #[inline(always)]
    fn put(&mut self, slot: u32, f: impl Fn(usize) -> T) {
        let result = &mut self.slots[slot as usize].0;
        for (l, result) in result.iter_mut().enumerate() {
            *result = f(l);
        }
    }
}

/// Runs some instructions of a block.
#[inline(always)]
pub(super) fn run_block<T: Element, V: Level, const L: usize>(
    block: &Block,
    instructions: &[Instruction],
    worker: &mut Worker<T, L>,
    call: &mut Call<'_, T, L>,
) {
    let registers = call.registers;
    for i in instructions {
        let u = |letter: u32| registers[letter as usize];
        match i.code {
            Code::AddVV => worker.zip(i, |a, b| a + b),
            Code::SubVV => worker.zip(i, |a, b| a - b),
            Code::MulVV => worker.zip(i, |a, b| a * b),
            Code::DivVV => worker.zip(i, |a, b| a / b),
            Code::AddVU => {
                let b = u(i.b);
                worker.map(i, |a| a + b);
            }
            Code::SubVU => {
                let b = u(i.b);
                worker.map(i, |a| a - b);
            }
            Code::SubUV => {
                let (a, b) = (u(i.a), worker.get(i.b));
                worker.put(i.d, |l| a - b[l]);
            }
            Code::MulVU => {
                let b = u(i.b);
                worker.map(i, |a| a * b);
            }
            Code::DivVU => {
                let b = u(i.b);
                worker.map(i, |a| a / b);
            }
            Code::DivUV => {
                let (a, b) = (u(i.a), worker.get(i.b));
                worker.put(i.d, |l| a / b[l]);
            }
            Code::MulAddVVV => {
                let (a, b, c) = (worker.get(i.a), worker.get(i.b), worker.get(i.c));
                worker.put(i.d, |l| multiply_add::<T, V>(false, a[l], b[l], c[l]));
            }
            Code::MulAddUVV => {
                let (a, b, c) = (u(i.a), worker.get(i.b), worker.get(i.c));
                worker.put(i.d, |l| multiply_add::<T, V>(false, a, b[l], c[l]));
            }
            Code::MulAddVVU => {
                let c = u(i.c);
                worker.zip(i, |a, b| multiply_add::<T, V>(false, a, b, c));
            }
            Code::MulAddUVU => {
                let (a, b, c) = (u(i.a), worker.get(i.b), u(i.c));
                worker.put(i.d, |l| multiply_add::<T, V>(false, a, b[l], c));
            }
            Code::MulSubVVV => {
                let (a, b, c) = (worker.get(i.a), worker.get(i.b), worker.get(i.c));
                worker.put(i.d, |l| multiply_add::<T, V>(false, a[l], b[l], -c[l]));
            }
            Code::MulSubUVV => {
                let (a, b, c) = (u(i.a), worker.get(i.b), worker.get(i.c));
                worker.put(i.d, |l| multiply_add::<T, V>(false, a, b[l], -c[l]));
            }
            Code::MulSubVVU => {
                let c = u(i.c);
                worker.zip(i, |a, b| multiply_add::<T, V>(false, a, b, -c));
            }
            Code::MulSubUVU => {
                let (a, b, c) = (u(i.a), worker.get(i.b), u(i.c));
                worker.put(i.d, |l| multiply_add::<T, V>(false, a, b[l], -c));
            }
            Code::NegMulAddVVV => {
                let (a, b, c) = (worker.get(i.a), worker.get(i.b), worker.get(i.c));
                worker.put(i.d, |l| multiply_add::<T, V>(false, -a[l], b[l], c[l]));
            }
            Code::NegMulAddUVV => {
                let (a, b, c) = (u(i.a), worker.get(i.b), worker.get(i.c));
                worker.put(i.d, |l| multiply_add::<T, V>(false, -a, b[l], c[l]));
            }
            Code::NegMulAddVVU => {
                let c = u(i.c);
                worker.zip(i, |a, b| multiply_add::<T, V>(false, -a, b, c));
            }
            Code::NegMulAddUVU => {
                let (a, b, c) = (u(i.a), worker.get(i.b), u(i.c));
                worker.put(i.d, |l| multiply_add::<T, V>(false, -a, b[l], c));
            }
            Code::Fused => {
                let (a, b, c) = (worker.get(i.a), worker.get(i.b), worker.get(i.c));
                worker.put(i.d, |l| a[l].mul_add(b[l], c[l]));
            }
            Code::Neg => worker.map(i, |a| -a),
            Code::Abs => worker.map(i, |a| a.abs()),
            Code::Sqrt => worker.map(i, |a| a.sqrt()),
            Code::Unary(function) => {
                let a = worker.get(i.a);
                (call.function)(function, &mut worker.slots[i.d as usize].0, [&a, &a]);
            }
            Code::Binary(function) => {
                let (a, b) = (worker.get(i.a), worker.get(i.b));
                (call.function)(function, &mut worker.slots[i.d as usize].0, [&a, &b]);
            }
            Code::ExactUnary(op) => worker.map(i, |a| op.value(a)),
            Code::ExactBinary(op) => worker.zip(i, |a, b| op.value(a, b)),
            // As the standard library has it: never a NaN beside a number.
            Code::Max => worker.zip(i, |a, b| if (a > b) | b.is_nan() { a } else { b }),
            Code::Min => worker.zip(i, |a, b| if (a < b) | b.is_nan() { a } else { b }),
            Code::Excess => worker.zip(i, |a, b| if a == b { T::zero() } else { a - b }),
            Code::Product => worker.zip(i, |a, b| a.mul_absorbing(b)),
            Code::Select(test) => {
                let (a, b, c, e) = (worker.get(i.a), worker.get(i.b), worker.get(i.c), worker.get(i.e));
                match test {
                    Test::Less => worker.put(i.d, |l| if a[l] < b[l] { c[l] } else { e[l] }),
                    Test::Equal => worker.put(i.d, |l| if a[l] == b[l] { c[l] } else { e[l] }),
                }
            }
            Code::Rows => rows::<T, V, L>(block, &block.rows[i.a as usize], worker, registers),
            Code::Pairs => pairs::<T, V, L>(block, &block.pairs[i.a as usize], worker, registers),
            Code::Outer => outer::<T, V, L>(block, &block.outers[i.a as usize], worker, call.count),
            Code::ReduceAdd => {
                let a = worker.get(i.a);
                let sums = &mut worker.lane_sums[i.d as usize].0;
                if call.count == L {
                    for l in 0..L {
                        sums[l] += a[l];
                    }
                } else {
                    for l in 0..call.count {
                        sums[l] += a[l];
                    }
                }
            }
            Code::ReduceMul => {
                let (a, b, exact) = (worker.get(i.a), worker.get(i.b), worker.exact);
                let sums = &mut worker.lane_sums[i.d as usize].0;
                if call.count == L {
                    for l in 0..L {
                        sums[l] = multiply_add::<T, V>(exact, a[l], b[l], sums[l]);
                    }
                } else {
                    for l in 0..call.count {
                        sums[l] = multiply_add::<T, V>(exact, a[l], b[l], sums[l]);
                    }
                }
            }
            Code::Store => {
                let a = worker.get(i.a);
                let column = i.d as usize;
                for l in 0..call.count {
                    call.rows[call.row[l] + column] = a[l];
                }
                if column >= call.values {
                    worker.poisoned |= a.iter().fold(false, |any, a| any | a.is_nan());
                }
            }
            Code::Guard => ask(&block.guards[i.d as usize], i, worker, call.count),
        }
    }
}

/// Asks a question of every lane, and remembers the first that gave another answer.
#[inline(always)]
fn ask<T: Element, const L: usize>(asked: &LaneGuard, i: &Instruction, worker: &mut Worker<T, L>, count: usize) {
    let (a, b) = (worker.get(i.a), worker.get(i.b));
    let was = asked.guard.outcome();
    let differs = |f: fn(T, T) -> bool| (0..L).fold(false, |any, l| any | (f(a[l], b[l]) != was));
    let differs = match asked.guard.question {
        Question::Equal => differs(|a, b| a == b),
        Question::Less => differs(|a, b| a < b),
        Question::LessOrEqual => differs(|a, b| a <= b),
        Question::Greater => differs(|a, b| a > b),
        Question::GreaterOrEqual => differs(|a, b| a >= b),
        question => match (question, asked.guard.answer().as_number().map(T::constant)) {
            (Question::Integer { .. }, Some(integer)) => (0..L).fold(false, |any, l| any | (a[l].trunc() != integer)),
            _ => (0..count).any(|l| asked.guard.other_answer(a[l], b[l]).is_some()),
        },
    };
    if differs {
        remember(asked, [&a, &b], worker, count);
    }
}

#[cold]
#[inline(never)]
fn remember<T: Element, const L: usize>(
    asked: &LaneGuard,
    [a, b]: [&[T; L]; 2],
    worker: &mut Worker<T, L>,
    count: usize,
) {
    for l in 0..count {
        if worker.misses[l].is_none()
            && let Some(answer) = asked.guard.other_answer(a[l], b[l])
        {
            worker.misses[l] = Some(Miss { number: asked.number, answer, found: [a[l].primal(), b[l].primal()] });
            worker.missed = true;
        }
    }
}

/// A fast function of each argument, or of two; of one, both are the same.
#[inline(always)]
pub(super) fn run_function<T: Element, V: Level>(function: Fast, results: &mut [T], [a, b]: [&[T]; 2]) {
    macro_rules! each {
        ($number:literal) => {
            for (result, &a) in results.iter_mut().zip(a) {
                *result = if V::FUSED { a.fast::<true>($number) } else { a.fast::<false>($number) };
            }
        };
    }
    macro_rules! each_two {
        ($number:literal) => {
            for ((result, &a), &b) in results.iter_mut().zip(a).zip(b) {
                *result = if V::FUSED { a.fast_of_two::<true>(b, $number) } else { a.fast_of_two::<false>(b, $number) };
            }
        };
    }
    macro_rules! within {
        ($each:ident, $number:literal, $function:expr) => {{
            $each!($number);
            mend($function, results, [a, b]);
        }};
    }
    if V::DISPATCH == Dispatch::Baseline && function.is_scalar_on_baseline() {
        for ((result, &a), &b) in results.iter_mut().zip(a).zip(b) {
            *result = function.exactly(a, b);
        }
        return;
    }
    match function {
        Fast::Exp => each!(0),
        Fast::Ln => each!(1),
        Fast::Tanh => each!(2),
        Fast::Sin => within!(each, 3, Fast::Sin),
        Fast::Cos => within!(each, 4, Fast::Cos),
        Fast::Logistic => each!(5),
        Fast::Softplus => each!(6),
        Fast::ExpM1 => each!(7),
        Fast::Ln1p => each!(8),
        Fast::SechSquared => each!(9),
        Fast::LogisticSlope => each!(10),
        Fast::Exp2 => each!(11),
        Fast::Log2 => each!(12),
        Fast::Log10 => each!(13),
        Fast::Tan => within!(each, 14, Fast::Tan),
        Fast::Asin => each!(15),
        Fast::Acos => each!(16),
        Fast::Atan => each!(17),
        Fast::Sinh => each!(18),
        Fast::Cosh => each!(19),
        Fast::Cbrt => each!(20),
        Fast::Asinh => each!(21),
        Fast::Acosh => each!(22),
        Fast::Atanh => each!(23),
        Fast::Erf => each!(24),
        Fast::Erfc => each!(25),
        Fast::LnGamma => within!(each, 26, Fast::LnGamma),
        Fast::Digamma => within!(each, 27, Fast::Digamma),
        Fast::NormCdf => each!(28),
        Fast::Powi(n) => powi(n, results, a),
        Fast::Powf => each_two!(0),
        Fast::Hypot => each_two!(1),
        Fast::Atan2 => each_two!(2),
        Fast::Log => each_two!(3),
        Fast::Rem => within!(each_two, 4, Fast::Rem),
    }
}

/// Puts right what is out of the range of a fast function, which is a constant here.
#[inline(always)]
fn mend<T: Element>(function: Fast, results: &mut [T], [a, b]: [&[T]; 2]) {
    if a.iter().zip(b).fold(false, |any, (&a, &b)| any | function.is_out(a, b)) {
        for ((result, &a), &b) in results.iter_mut().zip(a).zip(b) {
            if function.is_out(a, b) {
                *result = function.exactly(a, b);
            }
        }
    }
}
