//! Products of matrices and vectors of varying registers, in tiles that stay in the registers of the processor.

use super::super::code::{Body, DotProduct, MatrixVector, OuterProduct, Start, padded};
use super::super::instruction_set::{InstructionSet, Isa};
use super::element::Element;
use super::interpreter::{LaneState, Lanes};

/// a·b + c, rounded once where that is one instruction and the program need not be exact.
#[inline(always)]
pub(in super::super) fn multiply_add<T: Element, I: Isa>(exact: bool, a: T, b: T, c: T) -> T {
    if I::FUSED && !exact { a.mul_add(b, c) } else { a * b + c }
}

/// A matrix in uniform registers times a vector in varying registers.
#[inline(always)]
pub(super) fn matrix_vector<T: Element, I: Isa, const L: usize>(
    body: &Body,
    rows: &MatrixVector,
    state: &mut LaneState<T, L>,
    uniforms: &[T],
) {
    // As many accumulators as hide the latency of an addition and leave registers for the operands.
    match I::INSTRUCTION_SET {
        InstructionSet::Baseline => in_tiles::<T, I, L, 4>(body, rows, state, uniforms),
        InstructionSet::Avx2 => in_tiles::<T, I, L, 8>(body, rows, state, uniforms),
        InstructionSet::Avx512 if L >= 16 => in_tiles::<T, I, L, 16>(body, rows, state, uniforms),
        InstructionSet::Avx512 => in_tiles::<T, I, L, 8>(body, rows, state, uniforms),
    }
}

#[inline(always)]
fn in_tiles<T: Element, I: Isa, const L: usize, const W: usize>(
    body: &Body,
    rows: &MatrixVector,
    state: &mut LaneState<T, L>,
    uniforms: &[T],
) {
    let count = rows.rows as usize;
    let mut row = 0;
    while row + 4 <= count {
        row_tile::<T, I, L, 4, W>(body, rows, state, uniforms, row);
        row += 4;
    }
    while row < count {
        row_tile::<T, I, L, 1, W>(body, rows, state, uniforms, row);
        row += 1;
    }
}

#[inline(always)]
fn row_tile<T: Element, I: Isa, const L: usize, const R: usize, const W: usize>(
    body: &Body,
    rows: &MatrixVector,
    state: &mut LaneState<T, L>,
    uniforms: &[T],
    first: usize,
) {
    let column = &body.lists[rows.column as usize..][..rows.columns as usize];
    let results = &body.lists[rows.results as usize + first..][..R];
    let (row_stride, column_stride) = (rows.row_stride as isize, rows.column_stride as isize);
    let origin = (rows.matrix as isize + first as isize * row_stride) as usize;
    for lane in (0..L).step_by(W) {
        let mut sums = [[T::zero(); W]; R];
        let mut from = 0;
        match rows.start {
            Start::FirstProduct => {
                let x = tile::<T, L, W>(&state.registers[column[0] as usize], lane);
                for (r, sums) in sums.iter_mut().enumerate() {
                    let w = uniforms[(origin as isize + r as isize * row_stride) as usize];
                    for l in 0..W {
                        sums[l] = w * x[l];
                    }
                }
                from = 1;
            }
            Start::Uniforms(list) => {
                for (r, sums) in sums.iter_mut().enumerate() {
                    *sums = [uniforms[body.lists[list as usize + first + r] as usize]; W];
                }
            }
            Start::Varying(register) => sums = [tile::<T, L, W>(&state.registers[register as usize], lane); R],
        }
        // The matrix of a tile is contiguous in one direction or the other, which leaves one check of bounds for many.
        let columns = column.len();
        if column_stride == 1 {
            let starts: [usize; R] = std::array::from_fn(|r| (origin as isize + r as isize * row_stride) as usize);
            let w: [&[T]; R] = starts.map(|start| &uniforms[start..start + columns]);
            for k in from..columns {
                add_column::<T, I, L, R, W>(
                    state,
                    rows.exact,
                    column[k],
                    lane,
                    &mut sums,
                    std::array::from_fn(|r| w[r][k]),
                );
            }
        } else if row_stride == 1 {
            for (k, &register) in column.iter().enumerate().skip(from) {
                let at = (origin as isize + k as isize * column_stride) as usize;
                add_column::<T, I, L, R, W>(
                    state,
                    rows.exact,
                    register,
                    lane,
                    &mut sums,
                    uniforms[at..at + R].try_into().expect("a tile has R rows"),
                );
            }
        } else {
            for (k, &register) in column.iter().enumerate().skip(from) {
                let at = origin as isize + k as isize * column_stride;
                add_column::<T, I, L, R, W>(
                    state,
                    rows.exact,
                    register,
                    lane,
                    &mut sums,
                    std::array::from_fn(|r| uniforms[(at + r as isize * row_stride) as usize]),
                );
            }
        }
        for (sums, &register) in sums.iter().zip(results) {
            state.registers[register as usize].0[lane..lane + W].copy_from_slice(sums);
        }
    }
}

/// Adds a number of each row times a varying register. (No closure: one that is not inlined would be compiled without the
/// instruction set.)
#[inline(always)]
fn add_column<T: Element, I: Isa, const L: usize, const R: usize, const W: usize>(
    state: &LaneState<T, L>,
    exact: bool,
    register: u32,
    lane: usize,
    sums: &mut [[T; W]; R],
    w: [T; R],
) {
    let x = tile::<T, L, W>(&state.registers[register as usize], lane);
    for r in 0..R {
        for l in 0..W {
            sums[r][l] = multiply_add::<T, I>(exact, w[r], x[l], sums[r][l]);
        }
    }
}

#[inline(always)]
fn tile<T: Element, const L: usize, const W: usize>(register: &Lanes<T, L>, lane: usize) -> [T; W] {
    register.0[lane..lane + W].try_into().expect("a tile has W lanes")
}

/// A dot product of varying registers.
#[inline(always)]
pub(super) fn dot_product<T: Element, I: Isa, const L: usize>(
    body: &Body,
    pairs: &DotProduct,
    state: &mut LaneState<T, L>,
    uniforms: &[T],
) {
    const W: usize = 8;
    let list = &body.lists[pairs.list as usize..][..2 * pairs.terms as usize];
    let exact = pairs.exact;
    for lane in (0..L).step_by(W) {
        let mut list = list.chunks_exact(2);
        let mut sums = match pairs.start {
            Start::FirstProduct => {
                let first = list.next().expect("a sum of products has a product");
                let [a, b] =
                    [first[0], first[1]].map(|register| tile::<T, L, W>(&state.registers[register as usize], lane));
                std::array::from_fn(|l| a[l] * b[l])
            }
            Start::Uniforms(at) => [uniforms[body.lists[at as usize] as usize]; W],
            Start::Varying(register) => tile::<T, L, W>(&state.registers[register as usize], lane),
        };
        for pair in list {
            let [a, b] = [pair[0], pair[1]].map(|register| tile::<T, L, W>(&state.registers[register as usize], lane));
            for l in 0..W {
                sums[l] = multiply_add::<T, I>(exact, a[l], b[l], sums[l]);
            }
        }
        state.registers[pairs.result as usize].0[lane..lane + W].copy_from_slice(&sums);
    }
}

/// An outer product of varying registers, summed over the first `count` lanes.
#[inline(always)]
pub(super) fn outer_product<T: Element, I: Isa, const L: usize>(
    body: &Body,
    outer: &OuterProduct,
    state: &mut LaneState<T, L>,
    count: usize,
) {
    let columns = &body.lists[outer.column_list as usize..][..outer.columns as usize];
    let width = padded(columns.len());
    // The columns of a sample are contiguous, so that a vector instruction multiplies them by a row's number of that sample.
    for (column, &register) in columns.iter().enumerate() {
        let x = &state.registers[register as usize].0;
        for lane in 0..L {
            state.scratch[lane * width + column] = x[lane];
        }
    }
    let rows = outer.rows as usize;
    let mut row = 0;
    match I::INSTRUCTION_SET {
        InstructionSet::Baseline => {}
        InstructionSet::Avx2 => {
            while row + 4 <= rows {
                outer_tile::<T, I, L, 4>(body, outer, state, count, row, width);
                row += 4;
            }
        }
        InstructionSet::Avx512 => {
            while row + 8 <= rows {
                outer_tile::<T, I, L, 8>(body, outer, state, count, row, width);
                row += 8;
            }
        }
    }
    while row + 2 <= rows {
        outer_tile::<T, I, L, 2>(body, outer, state, count, row, width);
        row += 2;
    }
    while row < rows {
        outer_tile::<T, I, L, 1>(body, outer, state, count, row, width);
        row += 1;
    }
}

#[inline(always)]
fn outer_tile<T: Element, I: Isa, const L: usize, const R: usize>(
    body: &Body,
    outer: &OuterProduct,
    state: &mut LaneState<T, L>,
    count: usize,
    first: usize,
    width: usize,
) {
    const C: usize = 8;
    let exact = state.exact;
    let list = &body.lists[outer.row_list as usize + first..][..R];
    let rows: [[T; L]; R] = std::array::from_fn(|r| state.registers[list[r] as usize].0);
    let start = outer.sums as usize + first * width;
    let sums_of_rows = &mut state.outer_sums[start..start + R * width];
    for column in (0..width).step_by(C) {
        let mut sums = [[T::zero(); C]; R];
        for (r, sums) in sums.iter_mut().enumerate() {
            sums.copy_from_slice(&sums_of_rows[r * width + column..][..C]);
        }
        for lane in 0..count.min(L) {
            let x: [T; C] = state.scratch[lane * width + column..][..C].try_into().expect("a tile has C columns");
            for r in 0..R {
                for c in 0..C {
                    sums[r][c] = multiply_add::<T, I>(exact, rows[r][lane], x[c], sums[r][c]);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            sums_of_rows[r * width + column..][..C].copy_from_slice(sums);
        }
    }
}
