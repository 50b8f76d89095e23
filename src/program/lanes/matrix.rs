//! Products of matrices and columns of lanes, in tiles that stay in the registers of the processor.

use super::super::code::{Block, Outer, Pairs, Rows, Start, padded};
use super::super::plan::Dispatch;
use super::element::Element;
use super::interpreter::{Lanes, Worker};

/// A set of instructions that the code is compiled for.
pub(in super::super) trait Level: Copy {
    /// Whether a multiplication and an addition are one instruction.
    const FUSED: bool;
    const DISPATCH: Dispatch;
}

/// What every machine of the target has.
#[derive(Clone, Copy)]
pub(super) struct Baseline;

impl Level for Baseline {
    const FUSED: bool = cfg!(any(target_feature = "fma", target_arch = "aarch64"));
    const DISPATCH: Dispatch = Dispatch::Baseline;
}

/// a·b + c, rounded once where that is one instruction and the program need not be exact.
#[inline(always)]
pub(in super::super) fn multiply_add<T: Element, V: Level>(exact: bool, a: T, b: T, c: T) -> T {
    if V::FUSED && !exact { a.mul_add(b, c) } else { a * b + c }
}

/// Rows of registers times a column of slots.
#[inline(always)]
pub(super) fn rows<T: Element, V: Level, const L: usize>(
    block: &Block,
    rows: &Rows,
    worker: &mut Worker<T, L>,
    registers: &[T],
) {
    // As many accumulators as hide the latency of an addition and leave registers for the operands.
    match V::DISPATCH {
        Dispatch::Baseline => in_tiles::<T, V, L, 4>(block, rows, worker, registers),
        Dispatch::Avx2 => in_tiles::<T, V, L, 8>(block, rows, worker, registers),
        Dispatch::Avx512 if L >= 16 => in_tiles::<T, V, L, 16>(block, rows, worker, registers),
        Dispatch::Avx512 => in_tiles::<T, V, L, 8>(block, rows, worker, registers),
    }
}

#[inline(always)]
fn in_tiles<T: Element, V: Level, const L: usize, const W: usize>(
    block: &Block,
    rows: &Rows,
    worker: &mut Worker<T, L>,
    registers: &[T],
) {
    let count = rows.rows as usize;
    let mut row = 0;
    while row + 4 <= count {
        row_tile::<T, V, L, 4, W>(block, rows, worker, registers, row);
        row += 4;
    }
    while row < count {
        row_tile::<T, V, L, 1, W>(block, rows, worker, registers, row);
        row += 1;
    }
}

#[inline(always)]
fn row_tile<T: Element, V: Level, const L: usize, const R: usize, const W: usize>(
    block: &Block,
    rows: &Rows,
    worker: &mut Worker<T, L>,
    registers: &[T],
    first: usize,
) {
    let column = &block.lists[rows.column as usize..][..rows.columns as usize];
    let results = &block.lists[rows.results as usize + first..][..R];
    let (row_step, column_step) = (rows.row_step as isize, rows.column_step as isize);
    let origin = (rows.matrix as isize + first as isize * row_step) as usize;
    for lane in (0..L).step_by(W) {
        let mut sums = [[T::zero(); W]; R];
        let mut from = 0;
        match rows.start {
            Start::Product => {
                let x = tile::<T, L, W>(&worker.slots[column[0] as usize], lane);
                for (r, sums) in sums.iter_mut().enumerate() {
                    let w = registers[(origin as isize + r as isize * row_step) as usize];
                    for l in 0..W {
                        sums[l] = w * x[l];
                    }
                }
                from = 1;
            }
            Start::Registers(list) => {
                for (r, sums) in sums.iter_mut().enumerate() {
                    *sums = [registers[block.lists[list as usize + first + r] as usize]; W];
                }
            }
            Start::Slot(slot) => sums = [tile::<T, L, W>(&worker.slots[slot as usize], lane); R],
        }
        // The registers of a tile lie side by side in one direction or the other, which leaves one check of bounds for many.
        let columns = column.len();
        if column_step == 1 {
            let starts: [usize; R] = std::array::from_fn(|r| (origin as isize + r as isize * row_step) as usize);
            let w: [&[T]; R] = starts.map(|start| &registers[start..start + columns]);
            for k in from..columns {
                add_column::<T, V, L, R, W>(
                    worker,
                    rows.exact,
                    column[k],
                    lane,
                    &mut sums,
                    std::array::from_fn(|r| w[r][k]),
                );
            }
        } else if row_step == 1 {
            for (k, &slot) in column.iter().enumerate().skip(from) {
                let at = (origin as isize + k as isize * column_step) as usize;
                add_column::<T, V, L, R, W>(
                    worker,
                    rows.exact,
                    slot,
                    lane,
                    &mut sums,
                    registers[at..at + R].try_into().expect("a tile has R rows"),
                );
            }
        } else {
            for (k, &slot) in column.iter().enumerate().skip(from) {
                let at = origin as isize + k as isize * column_step;
                add_column::<T, V, L, R, W>(
                    worker,
                    rows.exact,
                    slot,
                    lane,
                    &mut sums,
                    std::array::from_fn(|r| registers[(at + r as isize * row_step) as usize]),
                );
            }
        }
        for (sums, &slot) in sums.iter().zip(results) {
            worker.slots[slot as usize].0[lane..lane + W].copy_from_slice(sums);
        }
    }
}

/// Adds a number of each row times the lanes of a slot. (No closure: one that is not inlined would be compiled without the
/// instructions of the level.)
#[inline(always)]
fn add_column<T: Element, V: Level, const L: usize, const R: usize, const W: usize>(
    worker: &Worker<T, L>,
    exact: bool,
    slot: u32,
    lane: usize,
    sums: &mut [[T; W]; R],
    w: [T; R],
) {
    let x = tile::<T, L, W>(&worker.slots[slot as usize], lane);
    for r in 0..R {
        for l in 0..W {
            sums[r][l] = multiply_add::<T, V>(exact, w[r], x[l], sums[r][l]);
        }
    }
}

#[inline(always)]
fn tile<T: Element, const L: usize, const W: usize>(slot: &Lanes<T, L>, lane: usize) -> [T; W] {
    slot.0[lane..lane + W].try_into().expect("a tile has W lanes")
}

/// A sum of products of slots.
#[inline(always)]
pub(super) fn pairs<T: Element, V: Level, const L: usize>(
    block: &Block,
    pairs: &Pairs,
    worker: &mut Worker<T, L>,
    registers: &[T],
) {
    const W: usize = 8;
    let list = &block.lists[pairs.list as usize..][..2 * pairs.terms as usize];
    let exact = pairs.exact;
    for lane in (0..L).step_by(W) {
        let mut list = list.chunks_exact(2);
        let mut sums = match pairs.start {
            Start::Product => {
                let first = list.next().expect("a sum of products has a product");
                let [a, b] = [first[0], first[1]].map(|slot| tile::<T, L, W>(&worker.slots[slot as usize], lane));
                std::array::from_fn(|l| a[l] * b[l])
            }
            Start::Registers(at) => [registers[block.lists[at as usize] as usize]; W],
            Start::Slot(slot) => tile::<T, L, W>(&worker.slots[slot as usize], lane),
        };
        for pair in list {
            let [a, b] = [pair[0], pair[1]].map(|slot| tile::<T, L, W>(&worker.slots[slot as usize], lane));
            for l in 0..W {
                sums[l] = multiply_add::<T, V>(exact, a[l], b[l], sums[l]);
            }
        }
        worker.slots[pairs.result as usize].0[lane..lane + W].copy_from_slice(&sums);
    }
}

/// Each of some slots times each of others, summed over the first `count` lanes.
#[inline(always)]
pub(super) fn outer<T: Element, V: Level, const L: usize>(
    block: &Block,
    outer: &Outer,
    worker: &mut Worker<T, L>,
    count: usize,
) {
    let columns = &block.lists[outer.column_list as usize..][..outer.columns as usize];
    let width = padded(columns.len());
    // The columns of each sample side by side, so that they are multiplied by a row's number of that sample at once.
    for (column, &slot) in columns.iter().enumerate() {
        let x = &worker.slots[slot as usize].0;
        for lane in 0..L {
            worker.scratch[lane * width + column] = x[lane];
        }
    }
    let rows = outer.rows as usize;
    let mut row = 0;
    match V::DISPATCH {
        Dispatch::Baseline => {}
        Dispatch::Avx2 => {
            while row + 4 <= rows {
                outer_tile::<T, V, L, 4>(block, outer, worker, count, row, width);
                row += 4;
            }
        }
        Dispatch::Avx512 => {
            while row + 8 <= rows {
                outer_tile::<T, V, L, 8>(block, outer, worker, count, row, width);
                row += 8;
            }
        }
    }
    while row + 2 <= rows {
        outer_tile::<T, V, L, 2>(block, outer, worker, count, row, width);
        row += 2;
    }
    while row < rows {
        outer_tile::<T, V, L, 1>(block, outer, worker, count, row, width);
        row += 1;
    }
}

#[inline(always)]
fn outer_tile<T: Element, V: Level, const L: usize, const R: usize>(
    block: &Block,
    outer: &Outer,
    worker: &mut Worker<T, L>,
    count: usize,
    first: usize,
    width: usize,
) {
    const C: usize = 8;
    let exact = worker.exact;
    let list = &block.lists[outer.row_list as usize + first..][..R];
    let rows: [[T; L]; R] = std::array::from_fn(|r| worker.slots[list[r] as usize].0);
    let start = outer.sums as usize + first * width;
    let sums_of_rows = &mut worker.outer_sums[start..start + R * width];
    for column in (0..width).step_by(C) {
        let mut sums = [[T::zero(); C]; R];
        for (r, sums) in sums.iter_mut().enumerate() {
            sums.copy_from_slice(&sums_of_rows[r * width + column..][..C]);
        }
        for lane in 0..count.min(L) {
            let x: [T; C] = worker.scratch[lane * width + column..][..C].try_into().expect("a tile has C columns");
            for r in 0..R {
                for c in 0..C {
                    sums[r][c] = multiply_add::<T, V>(exact, rows[r][lane], x[c], sums[r][c]);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            sums_of_rows[r * width + column..][..C].copy_from_slice(sums);
        }
    }
}
