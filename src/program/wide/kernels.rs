//! The loops over cells.

use super::super::code::{Code, Instruction};
use super::super::ir::Test;
use super::super::lanes::{Element, LaneFunction, Level, multiply_add};
use super::matrix::product;
use super::place::MANY;
use super::run::Scratch;
use super::{Cells, Piece, Step, Wide};

/// How many operands are brought side by side at a time.
pub(super) const PIECE: usize = 128;

/// How many sums run side by side where their order is free.
pub(super) const SIDE: usize = 16;

/// Room for operands that do not lie side by side.
pub(super) type Room<T> = [[T; PIECE]; 4];

/// Carries out the steps, writes the results into a row whose zeros are there, and says whether a derivative is NaN.
#[inline(always)]
pub(in super::super) fn run_steps<T: Element, V: Level>(
    wide: &Wide,
    parameters: &[T],
    scratch: &mut Scratch<T>,
    mut row: &mut [T],
    function: LaneFunction<T>,
) -> bool {
    let Scratch { cells, room, matrix: scratch } = scratch;
    for step in &wide.steps {
        match *step {
            Step::Each { first, count } => {
                for i in &wide.instructions[first as usize..][..count as usize] {
                    cells[i.d as usize] = one::<T, V>(i, cells, function);
                }
            }
            Step::Few { code, count, d, first } => {
                let letters = &wide.letters[first as usize..][..count as usize];
                let (before, after) = cells.split_at_mut(d as usize);
                few::<T, V>(code, letters, before, &mut after[..count as usize], function);
            }
            Step::Many { code, count, d, operands } => {
                let (before, after) = cells.split_at_mut(d as usize);
                many::<T, V>(wide, code, operands, before, &mut after[..count as usize], room, function);
            }
            Step::Sum { d, list, runs, exact } => cells[d as usize] = sum(wide, exact, list, runs, cells),
            Step::Dots { d, beside, count, starts, a, b, exact } => {
                let (before, after) = cells.split_at_mut(d as usize);
                let (results, count) = (&mut after[..beside as usize], count as usize);
                match beside {
                    8 => dots::<T, V, 8>(wide, exact, count, starts, [a, b], before, results),
                    4 => dots::<T, V, 4>(wide, exact, count, starts, [a, b], before, results),
                    2 => dots::<T, V, 2>(wide, exact, count, starts, [a, b], before, results),
                    _ => results[0] = dot::<T, V>(wide, exact, count, starts, [a, b], before, room),
                }
            }
            Step::Matrix(matrix) => product::<T, V>(wide, &matrix, parameters, cells, scratch),
            Step::Copy { d, count, cells: from } => {
                let (before, after) = cells.split_at_mut(d as usize);
                let copied = &mut after[..count as usize];
                for (at, copy) in copied.iter_mut().enumerate() {
                    *copy = number(wide, from, before, at);
                }
            }
        }
    }
    let [values, derivatives] = &wide.results;
    for &piece in values {
        write(wide, piece, cells, &mut row);
    }
    let mut poisoned = false;
    for &piece in derivatives {
        for x in write(wide, piece, cells, &mut row) {
            poisoned |= x.is_nan();
        }
    }
    poisoned
}

/// Writes results to the front of the rest of a row, and gives what it wrote.
#[inline(always)]
fn write<'a, T: Element>(wide: &Wide, piece: Piece, cells: &[T], rest: &mut &'a mut [T]) -> &'a [T] {
    let (Piece::Zeros { count }
    | Piece::Cells { count, .. }
    | Piece::List { count, .. }
    | Piece::Products { count, .. }) = piece;
    let count = count as usize;
    let results = rest.split_off_mut(..count).expect("a row has room for all results");
    match piece {
        Piece::Zeros { .. } => return &[],
        Piece::Cells { first, .. } => results.copy_from_slice(&cells[first as usize..][..count]),
        Piece::List { first, .. } => {
            for (result, &cell) in results.iter_mut().zip(&wide.lists[first as usize..][..count]) {
                *result = cells[cell as usize];
            }
        }
        Piece::Products { factor, first, .. } => {
            let factor = cells[factor as usize];
            for (result, &x) in results.iter_mut().zip(&cells[first as usize..][..count]) {
                *result = factor * x;
            }
        }
    }
    results
}

/// Some of the cells, from the one at `at` on, where they are or in the room, which says how many.
#[inline(always)]
pub(super) fn side_by_side<'a, T: Element>(
    wide: &Wide,
    cells: Cells,
    all: &'a [T],
    at: usize,
    room: &'a mut [T],
) -> &'a [T] {
    match cells {
        Cells::From(first) => &all[first as usize + at..][..room.len()],
        Cells::Same(cell) => {
            room.fill(all[cell as usize]);
            room
        }
        Cells::List(start) => {
            let list = &wide.lists[start as usize + at..][..room.len()];
            for (number, &cell) in room.iter_mut().zip(list) {
                *number = all[cell as usize];
            }
            room
        }
    }
}

/// The number at one place of some cells.
#[inline(always)]
fn number<T: Element>(wide: &Wide, cells: Cells, all: &[T], at: usize) -> T {
    all[match cells {
        Cells::From(first) => first as usize + at,
        Cells::Same(cell) => cell as usize,
        Cells::List(start) => wide.lists[start as usize + at] as usize,
    }]
}

/// What every code computes of its operands; functions apart, which have loops of their own.
macro_rules! match_code {
    ($code:expr, $V:ident, $each:ident, $function:ident) => {
        match $code {
            Code::AddVV => $each!(a b => a + b),
            Code::SubVV => $each!(a b => a - b),
            Code::MulVV => $each!(a b => a * b),
            Code::DivVV => $each!(a b => a / b),
            Code::MulAddVVV => $each!(a b c => multiply_add::<T, $V>(false, a, b, c)),
            Code::MulSubVVV => $each!(a b c => multiply_add::<T, $V>(false, a, b, -c)),
            Code::NegMulAddVVV => $each!(a b c => multiply_add::<T, $V>(false, -a, b, c)),
            Code::Fused => $each!(a b c => a.mul_add(b, c)),
            Code::Neg => $each!(a => -a),
            Code::Abs => $each!(a => a.abs()),
            Code::Sqrt => $each!(a => a.sqrt()),
            Code::ExactUnary(op) => $each!(a => op.value(a)),
            Code::ExactBinary(op) => $each!(a b => op.value(a, b)),
            Code::Max => $each!(a b => if (a > b) | b.is_nan() { a } else { b }),
            Code::Min => $each!(a b => if (a < b) | b.is_nan() { a } else { b }),
            Code::Excess => $each!(a b => if a == b { T::zero() } else { a - b }),
            Code::Product => $each!(a b => a.mul_absorbing(b)),
            Code::Select(Test::Less) => $each!(a b c e => if a < b { c } else { e }),
            Code::Select(Test::Equal) => $each!(a b c e => if a == b { c } else { e }),
            Code::Unary(function) => $function!(function, 1),
            Code::Binary(function) => $function!(function, 2),
            _ => unreachable!("one sample has no instructions for many"),
        }
    };
}

#[inline(always)]
fn one<T: Element, V: Level>(i: &Instruction, cells: &[T], function: LaneFunction<T>) -> T {
    macro_rules! once {
        ($($letter:ident)+ => $value:expr) => {{
            $(let $letter = cells[i.$letter as usize];)+
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
    match_code!(i.code, V, once, call)
}

#[inline(always)]
fn few<T: Element, V: Level>(
    code: Code,
    letters: &[[u32; 4]],
    all: &[T],
    results: &mut [T],
    function: LaneFunction<T>,
) {
    macro_rules! each {
        ($a:ident => $value:expr) => {
            for (result, &[$a, ..]) in results.iter_mut().zip(letters) {
                let $a = all[$a as usize];
                *result = $value;
            }
        };
        ($a:ident $b:ident => $value:expr) => {
            for (result, &[$a, $b, ..]) in results.iter_mut().zip(letters) {
                let [$a, $b] = [$a, $b].map(|cell| all[cell as usize]);
                *result = $value;
            }
        };
        ($a:ident $b:ident $c:ident => $value:expr) => {
            for (result, &[$a, $b, $c, _]) in results.iter_mut().zip(letters) {
                let [$a, $b, $c] = [$a, $b, $c].map(|cell| all[cell as usize]);
                *result = $value;
            }
        };
        ($a:ident $b:ident $c:ident $e:ident => $value:expr) => {
            for (result, &letters) in results.iter_mut().zip(letters) {
                let [$a, $b, $c, $e] = letters.map(|cell| all[cell as usize]);
                *result = $value;
            }
        };
    }
    macro_rules! call {
        ($function:ident, $arguments:literal) => {{
            let mut arguments = [[T::zero(); MANY]; 2];
            for (at, &[a, b, ..]) in letters.iter().enumerate() {
                arguments[0][at] = all[a as usize];
                arguments[1][at] = all[if $arguments == 1 { a } else { b } as usize];
            }
            let count = results.len();
            function($function, results, [&arguments[0][..count], &arguments[1][..count]]);
        }};
    }
    match_code!(code, V, each, call);
}

#[inline(always)]
fn many<T: Element, V: Level>(
    wide: &Wide,
    code: Code,
    operands: [Cells; 4],
    all: &[T],
    results: &mut [T],
    room: &mut Room<T>,
    function: LaneFunction<T>,
) {
    for (piece, results) in results.chunks_mut(PIECE).enumerate() {
        let (at, count) = (piece * PIECE, results.len());
        let [a, b, c, e] = &mut *room;
        macro_rules! bring {
            ($letter:ident, $number:literal) => {
                side_by_side(wide, operands[$number], all, at, &mut $letter[..count])
            };
        }
        macro_rules! loop_over {
            ($a:ident => $value:expr) => {{
                let a = bring!(a, 0);
                for (result, &$a) in results.iter_mut().zip(a) {
                    *result = $value;
                }
            }};
            ($a:ident $b:ident => $value:expr) => {{
                let (a, b) = (bring!(a, 0), bring!(b, 1));
                for ((result, &$a), &$b) in results.iter_mut().zip(a).zip(b) {
                    *result = $value;
                }
            }};
            ($a:ident $b:ident $c:ident => $value:expr) => {{
                let (a, b, c) = (bring!(a, 0), bring!(b, 1), bring!(c, 2));
                for (((result, &$a), &$b), &$c) in results.iter_mut().zip(a).zip(b).zip(c) {
                    *result = $value;
                }
            }};
            ($a:ident $b:ident $c:ident $e:ident => $value:expr) => {{
                let (a, b, c, e) = (bring!(a, 0), bring!(b, 1), bring!(c, 2), bring!(e, 3));
                for ((((result, &$a), &$b), &$c), &$e) in results.iter_mut().zip(a).zip(b).zip(c).zip(e) {
                    *result = $value;
                }
            }};
        }
        macro_rules! call {
            ($function:ident, 1) => {{
                let a = bring!(a, 0);
                function($function, results, [a, a]);
            }};
            ($function:ident, 2) => {{
                let (a, b) = (bring!(a, 0), bring!(b, 1));
                function($function, results, [a, b]);
            }};
        }
        match_code!(code, V, loop_over, call);
    }
}

/// The sum of sums that ran side by side.
#[inline(always)]
pub(super) fn joined<T: Element, const W: usize>(mut sums: [T; W]) -> T {
    let mut half = W / 2;
    while half > 0 {
        for i in 0..half {
            sums[i] += sums[i + half];
        }
        half /= 2;
    }
    sums[0]
}

/// A sum; in its order where that has to be, and where it is not finite otherwise.
#[inline(always)]
fn sum<T: Element>(wide: &Wide, exact: bool, list: u32, runs: u32, all: &[T]) -> T {
    let (runs, _) = wide.lists[list as usize..][..2 * runs as usize].as_chunks::<2>();
    let run = |&[first, count]: &[u32; 2]| &all[first as usize..][..count as usize];
    if !exact {
        let mut sums = [T::zero(); SIDE];
        let mut rest = T::zero();
        for part in runs {
            let chunks = run(part).chunks_exact(SIDE);
            for &term in chunks.remainder() {
                rest += term;
            }
            for chunk in chunks {
                for (sum, &term) in sums.iter_mut().zip(chunk) {
                    *sum += term;
                }
            }
        }
        let sum = joined(sums) + rest;
        if sum.is_finite() {
            return sum;
        }
    }
    let (first, rest) = runs.split_first().expect("a sum has terms");
    let (start, terms) = run(first).split_first().expect("a run has cells");
    let mut sum = *start;
    for &term in terms {
        sum += term;
    }
    for part in rest {
        for &term in run(part) {
            sum += term;
        }
    }
    sum
}

/// A sum of products, as [`sum`].
#[inline(always)]
fn dot<T: Element, V: Level>(
    wide: &Wide,
    exact: bool,
    count: usize,
    start: Option<Cells>,
    [a, b]: [Cells; 2],
    all: &[T],
    room: &mut Room<T>,
) -> T {
    let start = start.map(|start| number(wide, start, all, 0));
    if !exact && count > SIDE {
        let [of_a, of_b, ..] = room;
        let mut sums = [T::zero(); SIDE];
        sums[0] = start.unwrap_or(T::zero());
        for at in (0..count).step_by(PIECE) {
            let length = PIECE.min(count - at);
            let a = side_by_side(wide, a, all, at, &mut of_a[..length]).chunks_exact(SIDE);
            let b = side_by_side(wide, b, all, at, &mut of_b[..length]).chunks_exact(SIDE);
            for ((sum, &a), &b) in sums.iter_mut().zip(a.remainder()).zip(b.remainder()) {
                *sum = multiply_add::<T, V>(false, a, b, *sum);
            }
            for (a, b) in a.zip(b) {
                for ((sum, &a), &b) in sums.iter_mut().zip(a).zip(b) {
                    *sum = multiply_add::<T, V>(false, a, b, *sum);
                }
            }
        }
        let sum = joined(sums);
        if sum.is_finite() {
            return sum;
        }
    }
    let factors = |at: usize| (number(wide, a, all, at), number(wide, b, all, at));
    let (first, from) = match start {
        Some(start) => (start, 0),
        None => {
            let (a, b) = factors(0);
            (a * b, 1)
        }
    };
    let mut sum = first;
    for at in from..count {
        let (a, b) = factors(at);
        sum = multiply_add::<T, V>(exact, a, b, sum);
    }
    sum
}

/// Sums of products side by side, each in its order.
#[inline(always)]
fn dots<T: Element, V: Level, const R: usize>(
    wide: &Wide,
    exact: bool,
    count: usize,
    starts: Option<Cells>,
    [a, b]: [Cells; 2],
    all: &[T],
    results: &mut [T],
) {
    let factors = |at: usize| (number(wide, a, all, at), number(wide, b, all, at));
    let (mut sums, from) = match starts {
        Some(starts) => (std::array::from_fn(|r| number(wide, starts, all, r)), 0),
        None => ([T::zero(); R], 1),
    };
    if from == 1 {
        for (r, sum) in sums.iter_mut().enumerate() {
            let (a, b) = factors(r);
            *sum = a * b;
        }
    }
    for term in from..count {
        for (r, sum) in sums.iter_mut().enumerate() {
            let (a, b) = factors(term * R + r);
            *sum = multiply_add::<T, V>(exact, a, b, *sum);
        }
    }
    results.copy_from_slice(&sums);
}
