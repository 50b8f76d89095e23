//! The loops over cells that kernels consist of.

use super::super::instruction_set::Isa;
use super::super::ir::Test;
use super::super::lanes::{ApplyFunction, Element, multiply_add};
use super::super::opcode::{Instruction, Opcode};
use super::emit::MIN_GATHERED;
use super::matrix::product;
use super::run::Scratch;
use super::{Access, Kernel, ResultSpan, SlpCode};

/// How many operands are gathered at a time.
pub(super) const CHUNK: usize = 128;

/// How many partial sums a sum has where the order of its terms is free.
pub(super) const PARTIAL_SUMS: usize = 16;

/// Memory for operands that are not contiguous.
pub(super) type GatherBuffer<T> = [[T; CHUNK]; 4];

/// Runs the kernels and writes the results into a zeroed row. Returns whether a derivative is NaN.
#[inline(always)]
pub(in super::super) fn run_kernels<T: Element, I: Isa>(
    code: &SlpCode,
    parameters: &[T],
    scratch: &mut Scratch<T>,
    mut row: &mut [T],
    function: ApplyFunction<T>,
) -> bool {
    let Scratch { cells, buffer, matrix: scratch } = scratch;
    for kernel in &code.kernels {
        match *kernel {
            Kernel::Scalar { first, count } => {
                for i in &code.instructions[first as usize..][..count as usize] {
                    cells[i.d as usize] = scalar::<T, I>(i, cells, function);
                }
            }
            Kernel::Indexed { opcode, count, d, first } => {
                let operands = &code.operand_cells[first as usize..][..count as usize];
                let (before, after) = cells.split_at_mut(d as usize);
                indexed::<T, I>(opcode, operands, before, &mut after[..count as usize], function);
            }
            Kernel::Vector { opcode, count, d, operands } => {
                let (before, after) = cells.split_at_mut(d as usize);
                vector::<T, I>(code, opcode, operands, before, &mut after[..count as usize], buffer, function);
            }
            Kernel::Sum { d, list, segments, exact } => cells[d as usize] = sum(code, exact, list, segments, cells),
            Kernel::Dots { d, width, terms, starts, a, b, exact } => {
                let (before, after) = cells.split_at_mut(d as usize);
                let (results, terms) = (&mut after[..width as usize], terms as usize);
                match width {
                    8 => dots::<T, I, 8>(code, exact, terms, starts, [a, b], before, results),
                    4 => dots::<T, I, 4>(code, exact, terms, starts, [a, b], before, results),
                    2 => dots::<T, I, 2>(code, exact, terms, starts, [a, b], before, results),
                    _ => results[0] = dot::<T, I>(code, exact, terms, starts, [a, b], before, buffer),
                }
            }
            Kernel::Matrix(matrix) => product::<T, I>(code, &matrix, parameters, cells, scratch),
            Kernel::Gather { d, count, from } => {
                let (before, after) = cells.split_at_mut(d as usize);
                let copies = &mut after[..count as usize];
                for (at, copy) in copies.iter_mut().enumerate() {
                    *copy = element(code, from, before, at);
                }
            }
        }
    }
    let [values, derivatives] = &code.results;
    for &span in values {
        write(code, span, cells, &mut row);
    }
    let mut produced_nan = false;
    for &span in derivatives {
        for x in write(code, span, cells, &mut row) {
            produced_nan |= x.is_nan();
        }
    }
    produced_nan
}

/// Writes results to the front of the rest of a row. Returns what it wrote.
#[inline(always)]
fn write<'a, T: Element>(code: &SlpCode, span: ResultSpan, cells: &[T], rest: &mut &'a mut [T]) -> &'a [T] {
    let (ResultSpan::Zeros { count }
    | ResultSpan::Contiguous { count, .. }
    | ResultSpan::Gather { count, .. }
    | ResultSpan::Scaled { count, .. }) = span;
    let count = count as usize;
    let results = rest.split_off_mut(..count).expect("a row has room for all results");
    match span {
        ResultSpan::Zeros { .. } => return &[],
        ResultSpan::Contiguous { first, .. } => results.copy_from_slice(&cells[first as usize..][..count]),
        ResultSpan::Gather { first, .. } => {
            for (result, &cell) in results.iter_mut().zip(&code.lists[first as usize..][..count]) {
                *result = cells[cell as usize];
            }
        }
        ResultSpan::Scaled { factor, first, .. } => {
            let factor = cells[factor as usize];
            for (result, &x) in results.iter_mut().zip(&cells[first as usize..][..count]) {
                *result = factor * x;
            }
        }
    }
    results
}

/// As many elements as the buffer has, from number `at` on: in place if they are contiguous, else gathered into the buffer.
#[inline(always)]
pub(super) fn contiguous<'a, T: Element>(
    code: &SlpCode,
    access: Access,
    all: &'a [T],
    at: usize,
    buffer: &'a mut [T],
) -> &'a [T] {
    match access {
        Access::Contiguous(first) => &all[first as usize + at..][..buffer.len()],
        Access::Broadcast(cell) => {
            buffer.fill(all[cell as usize]);
            buffer
        }
        Access::Gather(start) => {
            let list = &code.lists[start as usize + at..][..buffer.len()];
            for (element, &cell) in buffer.iter_mut().zip(list) {
                *element = all[cell as usize];
            }
            buffer
        }
    }
}

/// One element.
#[inline(always)]
fn element<T: Element>(code: &SlpCode, access: Access, all: &[T], at: usize) -> T {
    all[match access {
        Access::Contiguous(first) => first as usize + at,
        Access::Broadcast(cell) => cell as usize,
        Access::Gather(start) => code.lists[start as usize + at] as usize,
    }]
}

/// What each opcode computes of its operands; vector functions have loops of their own.
macro_rules! match_opcode {
    ($opcode:expr, $I:ident, $each:ident, $function:ident) => {
        match $opcode {
            Opcode::AddVV => $each!(a b => a + b),
            Opcode::SubVV => $each!(a b => a - b),
            Opcode::MulVV => $each!(a b => a * b),
            Opcode::DivVV => $each!(a b => a / b),
            Opcode::MulAddVVV => $each!(a b c => multiply_add::<T, $I>(false, a, b, c)),
            Opcode::MulSubVVV => $each!(a b c => multiply_add::<T, $I>(false, a, b, -c)),
            Opcode::NegMulAddVVV => $each!(a b c => multiply_add::<T, $I>(false, -a, b, c)),
            Opcode::Fused => $each!(a b c => a.mul_add(b, c)),
            Opcode::Neg => $each!(a => -a),
            Opcode::Abs => $each!(a => a.abs()),
            Opcode::Sqrt => $each!(a => a.sqrt()),
            Opcode::ExactUnary(op) => $each!(a => op.value(a)),
            Opcode::ExactBinary(op) => $each!(a b => op.value(a, b)),
            Opcode::Max => $each!(a b => if (a > b) | b.is_nan() { a } else { b }),
            Opcode::Min => $each!(a b => if (a < b) | b.is_nan() { a } else { b }),
            Opcode::Excess => $each!(a b => if a == b { T::zero() } else { a - b }),
            Opcode::StrongZeroMul => $each!(a b => a.strong_zero_mul(b)),
            Opcode::Select(Test::Less) => $each!(a b c e => if a < b { c } else { e }),
            Opcode::Select(Test::Equal) => $each!(a b c e => if a == b { c } else { e }),
            Opcode::Unary(function) => $function!(function, 1),
            Opcode::Binary(function) => $function!(function, 2),
            _ => unreachable!("a single sample has no uniform operands and no reductions"),
        }
    };
}

#[inline(always)]
fn scalar<T: Element, I: Isa>(i: &Instruction, cells: &[T], function: ApplyFunction<T>) -> T {
    macro_rules! once {
        ($($operand:ident)+ => $value:expr) => {{
            $(let $operand = cells[i.$operand as usize];)+
            $value
        }};
    }
    macro_rules! call {
        ($function:ident, $arguments:literal) => {{
            // Of one argument, both are the same.
            let [a, b] = [i.a, if $arguments == 1 { i.a } else { i.b }].map(|cell| cells[cell as usize]);
            let mut result = [a];
            function($function, &mut result, [&[a], &[b]]);
            result[0]
        }};
    }
    match_opcode!(i.opcode, I, once, call)
}

#[inline(always)]
fn indexed<T: Element, I: Isa>(
    opcode: Opcode,
    operands: &[[u32; 4]],
    all: &[T],
    results: &mut [T],
    function: ApplyFunction<T>,
) {
    macro_rules! each {
        ($a:ident => $value:expr) => {
            for (result, &[$a, ..]) in results.iter_mut().zip(operands) {
                let $a = all[$a as usize];
                *result = $value;
            }
        };
        ($a:ident $b:ident => $value:expr) => {
            for (result, &[$a, $b, ..]) in results.iter_mut().zip(operands) {
                let [$a, $b] = [$a, $b].map(|cell| all[cell as usize]);
                *result = $value;
            }
        };
        ($a:ident $b:ident $c:ident => $value:expr) => {
            for (result, &[$a, $b, $c, _]) in results.iter_mut().zip(operands) {
                let [$a, $b, $c] = [$a, $b, $c].map(|cell| all[cell as usize]);
                *result = $value;
            }
        };
        ($a:ident $b:ident $c:ident $e:ident => $value:expr) => {
            for (result, &operands) in results.iter_mut().zip(operands) {
                let [$a, $b, $c, $e] = operands.map(|cell| all[cell as usize]);
                *result = $value;
            }
        };
    }
    macro_rules! call {
        ($function:ident, $arguments:literal) => {{
            let mut arguments = [[T::zero(); MIN_GATHERED]; 2];
            for (at, &[a, b, ..]) in operands.iter().enumerate() {
                arguments[0][at] = all[a as usize];
                arguments[1][at] = all[if $arguments == 1 { a } else { b } as usize];
            }
            let count = results.len();
            function($function, results, [&arguments[0][..count], &arguments[1][..count]]);
        }};
    }
    match_opcode!(opcode, I, each, call);
}

#[inline(always)]
fn vector<T: Element, I: Isa>(
    code: &SlpCode,
    opcode: Opcode,
    operands: [Access; 4],
    all: &[T],
    results: &mut [T],
    buffer: &mut GatherBuffer<T>,
    function: ApplyFunction<T>,
) {
    for (chunk, results) in results.chunks_mut(CHUNK).enumerate() {
        let (at, count) = (chunk * CHUNK, results.len());
        let [a, b, c, e] = &mut *buffer;
        macro_rules! contiguous {
            ($operand:ident, $number:literal) => {
                contiguous(code, operands[$number], all, at, &mut $operand[..count])
            };
        }
        macro_rules! loop_over {
            ($a:ident => $value:expr) => {{
                let a = contiguous!(a, 0);
                for (result, &$a) in results.iter_mut().zip(a) {
                    *result = $value;
                }
            }};
            ($a:ident $b:ident => $value:expr) => {{
                let (a, b) = (contiguous!(a, 0), contiguous!(b, 1));
                for ((result, &$a), &$b) in results.iter_mut().zip(a).zip(b) {
                    *result = $value;
                }
            }};
            ($a:ident $b:ident $c:ident => $value:expr) => {{
                let (a, b, c) = (contiguous!(a, 0), contiguous!(b, 1), contiguous!(c, 2));
                for (((result, &$a), &$b), &$c) in results.iter_mut().zip(a).zip(b).zip(c) {
                    *result = $value;
                }
            }};
            ($a:ident $b:ident $c:ident $e:ident => $value:expr) => {{
                let (a, b, c, e) = (contiguous!(a, 0), contiguous!(b, 1), contiguous!(c, 2), contiguous!(e, 3));
                for ((((result, &$a), &$b), &$c), &$e) in results.iter_mut().zip(a).zip(b).zip(c).zip(e) {
                    *result = $value;
                }
            }};
        }
        macro_rules! call {
            ($function:ident, 1) => {{
                let a = contiguous!(a, 0);
                function($function, results, [a, a]);
            }};
            ($function:ident, 2) => {{
                let (a, b) = (contiguous!(a, 0), contiguous!(b, 1));
                function($function, results, [a, b]);
            }};
        }
        match_opcode!(opcode, I, loop_over, call);
    }
}

/// The sum of partial sums, as a tree.
#[inline(always)]
pub(super) fn horizontal_sum<T: Element, const W: usize>(mut sums: [T; W]) -> T {
    let mut half = W / 2;
    while half > 0 {
        for i in 0..half {
            sums[i] += sums[i + half];
        }
        half /= 2;
    }
    sums[0]
}

/// An n-ary sum: in the order of the function if it is exact, or if partial sums give no finite number.
#[inline(always)]
fn sum<T: Element>(code: &SlpCode, exact: bool, list: u32, segments: u32, all: &[T]) -> T {
    let (segments, _) = code.lists[list as usize..][..2 * segments as usize].as_chunks::<2>();
    let segment = |&[first, count]: &[u32; 2]| &all[first as usize..][..count as usize];
    if !exact {
        let mut sums = [T::zero(); PARTIAL_SUMS];
        let mut rest = T::zero();
        for part in segments {
            let chunks = segment(part).chunks_exact(PARTIAL_SUMS);
            for &term in chunks.remainder() {
                rest += term;
            }
            for chunk in chunks {
                for (sum, &term) in sums.iter_mut().zip(chunk) {
                    *sum += term;
                }
            }
        }
        let sum = horizontal_sum(sums) + rest;
        if sum.is_finite() {
            return sum;
        }
    }
    let (first, rest) = segments.split_first().expect("a sum has terms");
    let (start, terms) = segment(first).split_first().expect("a segment has cells");
    let mut sum = *start;
    for &term in terms {
        sum += term;
    }
    for part in rest {
        for &term in segment(part) {
            sum += term;
        }
    }
    sum
}

/// A dot product, in the order that [`sum`] has.
#[inline(always)]
fn dot<T: Element, I: Isa>(
    code: &SlpCode,
    exact: bool,
    terms: usize,
    start: Option<Access>,
    [a, b]: [Access; 2],
    all: &[T],
    buffer: &mut GatherBuffer<T>,
) -> T {
    let start = start.map(|start| element(code, start, all, 0));
    if !exact && terms > PARTIAL_SUMS {
        let [of_a, of_b, ..] = buffer;
        let mut sums = [T::zero(); PARTIAL_SUMS];
        sums[0] = start.unwrap_or(T::zero());
        for at in (0..terms).step_by(CHUNK) {
            let length = CHUNK.min(terms - at);
            let a = contiguous(code, a, all, at, &mut of_a[..length]).chunks_exact(PARTIAL_SUMS);
            let b = contiguous(code, b, all, at, &mut of_b[..length]).chunks_exact(PARTIAL_SUMS);
            for ((sum, &a), &b) in sums.iter_mut().zip(a.remainder()).zip(b.remainder()) {
                *sum = multiply_add::<T, I>(false, a, b, *sum);
            }
            for (a, b) in a.zip(b) {
                for ((sum, &a), &b) in sums.iter_mut().zip(a).zip(b) {
                    *sum = multiply_add::<T, I>(false, a, b, *sum);
                }
            }
        }
        let sum = horizontal_sum(sums);
        if sum.is_finite() {
            return sum;
        }
    }
    let factors = |at: usize| (element(code, a, all, at), element(code, b, all, at));
    let (first, from) = match start {
        Some(start) => (start, 0),
        None => {
            let (a, b) = factors(0);
            (a * b, 1)
        }
    };
    let mut sum = first;
    for at in from..terms {
        let (a, b) = factors(at);
        sum = multiply_add::<T, I>(exact, a, b, sum);
    }
    sum
}

/// Dot products side by side, each in the order of the function.
#[inline(always)]
fn dots<T: Element, I: Isa, const R: usize>(
    code: &SlpCode,
    exact: bool,
    terms: usize,
    starts: Option<Access>,
    [a, b]: [Access; 2],
    all: &[T],
    results: &mut [T],
) {
    let factors = |at: usize| (element(code, a, all, at), element(code, b, all, at));
    let (mut sums, from) = match starts {
        Some(starts) => (std::array::from_fn(|r| element(code, starts, all, r)), 0),
        None => ([T::zero(); R], 1),
    };
    if from == 1 {
        for (r, sum) in sums.iter_mut().enumerate() {
            let (a, b) = factors(r);
            *sum = a * b;
        }
    }
    for term in from..terms {
        for (r, sum) in sums.iter_mut().enumerate() {
            let (a, b) = factors(term * R + r);
            *sum = multiply_add::<T, I>(exact, a, b, *sum);
        }
    }
    results.copy_from_slice(&sums);
}
