//! The interpreter: instruction after instruction, each over all lanes.

use super::super::code::{Body, GuardCheck, GuardFailure, padded};
use super::super::instruction_set::{InstructionSet, Isa};
use super::super::ir::Test;
use super::super::opcode::{Instruction, Opcode, VectorFunction};
use super::super::vector_math::powi;
use super::dispatch::ApplyFunction;
use super::element::Element;
use super::matrix::{dot_product, matrix_vector, multiply_add, outer_product};
use crate::graph::Question;

/// A varying register: a number for each sample of a block.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(in super::super) struct Lanes<T, const L: usize>(pub(in super::super) [T; L]);

/// The state of the interpreter: registers, accumulators, and what is to be reported.
pub(in super::super) struct LaneState<T, const L: usize> {
    pub(super) registers: Vec<Lanes<T, L>>,
    lane_sums: Vec<Lanes<T, L>>,
    pub(super) outer_sums: Vec<T>,
    /// The columns of an outer product, sample by sample.
    pub(super) scratch: Vec<T>,
    /// The first guard failure in each lane.
    failures: [Option<GuardFailure>; L],
    failed: bool,
    /// Whether a stored derivative was NaN.
    pub(super) produced_nan: bool,
    /// Whether multiplications and additions are not fused in sums over the samples.
    pub(super) exact: bool,
}

/// What differs from block to block.
pub(super) struct Call<'a, T, const L: usize> {
    pub(super) uniforms: &'a [T],
    pub(super) rows: &'a mut [T],
    /// Where the row of each lane starts.
    pub(super) row: [usize; L],
    /// How many lanes have a sample.
    pub(super) count: usize,
    /// How many results of a row are values.
    pub(super) values: usize,
    pub(super) function: ApplyFunction<T>,
}

impl<T: Element, const L: usize> LaneState<T, L> {
    pub(super) fn new(body: &Body, uniforms: &[T]) -> Self {
        let zero = Lanes([T::zero(); L]);
        let mut registers = vec![zero; body.registers];
        for &[register, uniform] in &body.splats {
            registers[register as usize] = Lanes([uniforms[uniform as usize]; L]);
        }
        let widest = body.outer_products.iter().map(|outer| padded(outer.columns as usize)).max().unwrap_or(0);
        Self {
            registers,
            lane_sums: vec![zero; body.lane_sums],
            outer_sums: vec![T::zero(); body.outer_sums],
            scratch: vec![T::zero(); L * widest],
            failures: [None; L],
            failed: false,
            produced_nan: false,
            exact: body.exact,
        }
    }

    /// Loads the samples that start at the offsets, and transposes rows into columns.
    pub(super) fn load(&mut self, body: &Body, data: &[T], offsets: &[usize; L]) {
        for load in &body.loads {
            let (register, column, count) = (load.register as usize, load.column as usize, load.count as usize);
            let registers = &mut self.registers[register..register + count];
            // In chunks that stay in the cache until every lane of them is written.
            const CHUNK: usize = 8;
            for (chunk, registers) in registers.chunks_mut(CHUNK).enumerate() {
                for (lane, &offset) in offsets.iter().enumerate() {
                    let numbers = &data[offset + column + chunk * CHUNK..][..registers.len()];
                    for (register, &number) in registers.iter_mut().zip(numbers) {
                        register.0[lane] = number;
                    }
                }
            }
        }
    }

    pub(super) fn any_failure(&self) -> bool {
        self.failed
    }

    pub(super) fn take_failures(&mut self) -> [Option<GuardFailure>; L] {
        self.failed = false;
        std::mem::replace(&mut self.failures, [None; L])
    }

    /// The accumulators, those of lanes added up from the first lane to the last.
    pub(super) fn into_sums(self) -> Vec<T> {
        let mut sums = self.outer_sums;
        sums.extend(self.lane_sums.iter().map(|sum| sum.0.iter().fold(T::zero(), |sum, &x| sum + x)));
        sums
    }

    #[inline(always)]
    fn get(&self, register: u32) -> [T; L] {
        self.registers[register as usize].0
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
    fn put(&mut self, register: u32, f: impl Fn(usize) -> T) {
        let result = &mut self.registers[register as usize].0;
        for (l, result) in result.iter_mut().enumerate() {
            *result = f(l);
        }
    }
}

/// Runs some instructions of a body on a block of samples.
#[inline(always)]
pub(super) fn run_body<T: Element, I: Isa, const L: usize>(
    body: &Body,
    instructions: &[Instruction],
    state: &mut LaneState<T, L>,
    call: &mut Call<'_, T, L>,
) {
    let uniforms = call.uniforms;
    for i in instructions {
        let u = |operand: u32| uniforms[operand as usize];
        match i.opcode {
            Opcode::AddVV => state.zip(i, |a, b| a + b),
            Opcode::SubVV => state.zip(i, |a, b| a - b),
            Opcode::MulVV => state.zip(i, |a, b| a * b),
            Opcode::DivVV => state.zip(i, |a, b| a / b),
            Opcode::AddVU => {
                let b = u(i.b);
                state.map(i, |a| a + b);
            }
            Opcode::SubVU => {
                let b = u(i.b);
                state.map(i, |a| a - b);
            }
            Opcode::SubUV => {
                let (a, b) = (u(i.a), state.get(i.b));
                state.put(i.d, |l| a - b[l]);
            }
            Opcode::MulVU => {
                let b = u(i.b);
                state.map(i, |a| a * b);
            }
            Opcode::DivVU => {
                let b = u(i.b);
                state.map(i, |a| a / b);
            }
            Opcode::DivUV => {
                let (a, b) = (u(i.a), state.get(i.b));
                state.put(i.d, |l| a / b[l]);
            }
            Opcode::MulAddVVV => {
                let (a, b, c) = (state.get(i.a), state.get(i.b), state.get(i.c));
                state.put(i.d, |l| multiply_add::<T, I>(false, a[l], b[l], c[l]));
            }
            Opcode::MulAddUVV => {
                let (a, b, c) = (u(i.a), state.get(i.b), state.get(i.c));
                state.put(i.d, |l| multiply_add::<T, I>(false, a, b[l], c[l]));
            }
            Opcode::MulAddVVU => {
                let c = u(i.c);
                state.zip(i, |a, b| multiply_add::<T, I>(false, a, b, c));
            }
            Opcode::MulAddUVU => {
                let (a, b, c) = (u(i.a), state.get(i.b), u(i.c));
                state.put(i.d, |l| multiply_add::<T, I>(false, a, b[l], c));
            }
            Opcode::MulSubVVV => {
                let (a, b, c) = (state.get(i.a), state.get(i.b), state.get(i.c));
                state.put(i.d, |l| multiply_add::<T, I>(false, a[l], b[l], -c[l]));
            }
            Opcode::MulSubUVV => {
                let (a, b, c) = (u(i.a), state.get(i.b), state.get(i.c));
                state.put(i.d, |l| multiply_add::<T, I>(false, a, b[l], -c[l]));
            }
            Opcode::MulSubVVU => {
                let c = u(i.c);
                state.zip(i, |a, b| multiply_add::<T, I>(false, a, b, -c));
            }
            Opcode::MulSubUVU => {
                let (a, b, c) = (u(i.a), state.get(i.b), u(i.c));
                state.put(i.d, |l| multiply_add::<T, I>(false, a, b[l], -c));
            }
            Opcode::NegMulAddVVV => {
                let (a, b, c) = (state.get(i.a), state.get(i.b), state.get(i.c));
                state.put(i.d, |l| multiply_add::<T, I>(false, -a[l], b[l], c[l]));
            }
            Opcode::NegMulAddUVV => {
                let (a, b, c) = (u(i.a), state.get(i.b), state.get(i.c));
                state.put(i.d, |l| multiply_add::<T, I>(false, -a, b[l], c[l]));
            }
            Opcode::NegMulAddVVU => {
                let c = u(i.c);
                state.zip(i, |a, b| multiply_add::<T, I>(false, -a, b, c));
            }
            Opcode::NegMulAddUVU => {
                let (a, b, c) = (u(i.a), state.get(i.b), u(i.c));
                state.put(i.d, |l| multiply_add::<T, I>(false, -a, b[l], c));
            }
            Opcode::Fused => {
                let (a, b, c) = (state.get(i.a), state.get(i.b), state.get(i.c));
                state.put(i.d, |l| a[l].mul_add(b[l], c[l]));
            }
            Opcode::Neg => state.map(i, |a| -a),
            Opcode::Abs => state.map(i, |a| a.abs()),
            Opcode::Sqrt => state.map(i, |a| a.sqrt()),
            Opcode::Unary(function) => {
                let a = state.get(i.a);
                (call.function)(function, &mut state.registers[i.d as usize].0, [&a, &a]);
            }
            Opcode::Binary(function) => {
                let (a, b) = (state.get(i.a), state.get(i.b));
                (call.function)(function, &mut state.registers[i.d as usize].0, [&a, &b]);
            }
            Opcode::ExactUnary(op) => state.map(i, |a| op.value(a)),
            Opcode::ExactBinary(op) => state.zip(i, |a, b| op.value(a, b)),
            // As the standard library defines it: NaN only if both are.
            Opcode::Max => state.zip(i, |a, b| if (a > b) | b.is_nan() { a } else { b }),
            Opcode::Min => state.zip(i, |a, b| if (a < b) | b.is_nan() { a } else { b }),
            Opcode::Excess => state.zip(i, |a, b| if a == b { T::zero() } else { a - b }),
            Opcode::StrongZeroMul => state.zip(i, |a, b| a.strong_zero_mul(b)),
            Opcode::Select(test) => {
                let (a, b, c, e) = (state.get(i.a), state.get(i.b), state.get(i.c), state.get(i.e));
                match test {
                    Test::Less => state.put(i.d, |l| if a[l] < b[l] { c[l] } else { e[l] }),
                    Test::Equal => state.put(i.d, |l| if a[l] == b[l] { c[l] } else { e[l] }),
                }
            }
            Opcode::MatrixVector => matrix_vector::<T, I, L>(body, &body.matrix_vectors[i.a as usize], state, uniforms),
            Opcode::DotProduct => dot_product::<T, I, L>(body, &body.dot_products[i.a as usize], state, uniforms),
            Opcode::OuterProduct => {
                outer_product::<T, I, L>(body, &body.outer_products[i.a as usize], state, call.count)
            }
            Opcode::ReduceAdd => {
                let a = state.get(i.a);
                let sums = &mut state.lane_sums[i.d as usize].0;
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
            Opcode::ReduceMul => {
                let (a, b, exact) = (state.get(i.a), state.get(i.b), state.exact);
                let sums = &mut state.lane_sums[i.d as usize].0;
                if call.count == L {
                    for l in 0..L {
                        sums[l] = multiply_add::<T, I>(exact, a[l], b[l], sums[l]);
                    }
                } else {
                    for l in 0..call.count {
                        sums[l] = multiply_add::<T, I>(exact, a[l], b[l], sums[l]);
                    }
                }
            }
            Opcode::Store => {
                let a = state.get(i.a);
                let column = i.d as usize;
                for l in 0..call.count {
                    call.rows[call.row[l] + column] = a[l];
                }
                if column >= call.values {
                    state.produced_nan |= a.iter().fold(false, |any, a| any | a.is_nan());
                }
            }
            Opcode::Guard => check_guard(&body.guards[i.d as usize], i, state, call.count),
        }
    }
}

/// Checks a guard in every lane, and records failures.
#[inline(always)]
fn check_guard<T: Element, const L: usize>(
    check: &GuardCheck,
    i: &Instruction,
    state: &mut LaneState<T, L>,
    count: usize,
) {
    let (a, b) = (state.get(i.a), state.get(i.b));
    let recorded = check.guard.outcome();
    let fails = |f: fn(T, T) -> bool| (0..L).fold(false, |any, l| any | (f(a[l], b[l]) != recorded));
    let fails = match check.guard.question {
        Question::Equal => fails(|a, b| a == b),
        Question::Less => fails(|a, b| a < b),
        Question::LessOrEqual => fails(|a, b| a <= b),
        Question::Greater => fails(|a, b| a > b),
        Question::GreaterOrEqual => fails(|a, b| a >= b),
        question => match (question, check.guard.answer().as_number().map(T::constant)) {
            (Question::Integer { .. }, Some(integer)) => (0..L).fold(false, |any, l| any | (a[l].trunc() != integer)),
            _ => (0..count).any(|l| check.guard.other_answer(a[l], b[l]).is_some()),
        },
    };
    if fails {
        record_failures(check, [&a, &b], state, count);
    }
}

#[cold]
#[inline(never)]
fn record_failures<T: Element, const L: usize>(
    check: &GuardCheck,
    [a, b]: [&[T; L]; 2],
    state: &mut LaneState<T, L>,
    count: usize,
) {
    for l in 0..count {
        if state.failures[l].is_none()
            && let Some(answer) = check.guard.other_answer(a[l], b[l])
        {
            state.failures[l] =
                Some(GuardFailure { number: check.number, answer, found: [a[l].primal(), b[l].primal()] });
            state.failed = true;
        }
    }
}

/// Applies a vector function to every element; of a unary function, both arguments are the same.
#[inline(always)]
pub(super) fn apply_function<T: Element, I: Isa>(function: VectorFunction, results: &mut [T], [a, b]: [&[T]; 2]) {
    macro_rules! each {
        ($number:literal) => {
            for (result, &a) in results.iter_mut().zip(a) {
                *result = if I::FUSED { a.unary_function::<true>($number) } else { a.unary_function::<false>($number) };
            }
        };
    }
    macro_rules! each_pair {
        ($number:literal) => {
            for ((result, &a), &b) in results.iter_mut().zip(a).zip(b) {
                *result = if I::FUSED {
                    a.binary_function::<true>(b, $number)
                } else {
                    a.binary_function::<false>(b, $number)
                };
            }
        };
    }
    macro_rules! patched {
        ($each:ident, $number:literal, $function:expr) => {{
            $each!($number);
            patch_out_of_range($function, results, [a, b]);
        }};
    }
    if I::INSTRUCTION_SET == InstructionSet::Baseline && function.is_scalar_on_baseline() {
        for ((result, &a), &b) in results.iter_mut().zip(a).zip(b) {
            *result = function.exact(a, b);
        }
        return;
    }
    match function {
        VectorFunction::Exp => each!(0),
        VectorFunction::Ln => each!(1),
        VectorFunction::Tanh => each!(2),
        VectorFunction::Sin => patched!(each, 3, VectorFunction::Sin),
        VectorFunction::Cos => patched!(each, 4, VectorFunction::Cos),
        VectorFunction::Logistic => each!(5),
        VectorFunction::Softplus => each!(6),
        VectorFunction::ExpM1 => each!(7),
        VectorFunction::Ln1p => each!(8),
        VectorFunction::SechSquared => each!(9),
        VectorFunction::LogisticDerivative => each!(10),
        VectorFunction::Exp2 => each!(11),
        VectorFunction::Log2 => each!(12),
        VectorFunction::Log10 => each!(13),
        VectorFunction::Tan => patched!(each, 14, VectorFunction::Tan),
        VectorFunction::Asin => each!(15),
        VectorFunction::Acos => each!(16),
        VectorFunction::Atan => each!(17),
        VectorFunction::Sinh => each!(18),
        VectorFunction::Cosh => each!(19),
        VectorFunction::Cbrt => each!(20),
        VectorFunction::Asinh => each!(21),
        VectorFunction::Acosh => each!(22),
        VectorFunction::Atanh => each!(23),
        VectorFunction::Erf => each!(24),
        VectorFunction::Erfc => each!(25),
        VectorFunction::LnGamma => patched!(each, 26, VectorFunction::LnGamma),
        VectorFunction::Digamma => patched!(each, 27, VectorFunction::Digamma),
        VectorFunction::NormCdf => each!(28),
        VectorFunction::Powi(n) => powi(n, results, a),
        VectorFunction::Powf => each_pair!(0),
        VectorFunction::Hypot => each_pair!(1),
        VectorFunction::Atan2 => each_pair!(2),
        VectorFunction::Log => each_pair!(3),
        VectorFunction::Rem => patched!(each_pair, 4, VectorFunction::Rem),
    }
}

/// Recomputes what is out of the range of a vector function, which is a constant here.
#[inline(always)]
fn patch_out_of_range<T: Element>(function: VectorFunction, results: &mut [T], [a, b]: [&[T]; 2]) {
    if a.iter().zip(b).fold(false, |any, (&a, &b)| any | function.is_out_of_range(a, b)) {
        for ((result, &a), &b) in results.iter_mut().zip(a).zip(b) {
            if function.is_out_of_range(a, b) {
                *result = function.exact(a, b);
            }
        }
    }
}
