//! What becomes of the operations of a group: cells side by side, and one step or several.

use super::super::code::{Code, Instruction, Run, slots_read};
use super::super::grids::steps;
use super::super::ir::{Id, NONE};
use super::super::stages::Role;
use super::group::{Grouping, Kind};
use super::kernels::SIDE;
use super::{Cells, Matrix, Piece, Step};
use std::collections::HashMap;

/// How many sums of products run side by side in their order.
const BESIDE: [usize; 4] = [8, 4, 2, 1];

/// The least number of sums of products that are worth a matrix, and of rows and columns that are worth a grid.
const FEW: usize = 4;

/// The least number of operations whose operands are worth a loop over each, if they lie side by side.
const LONG: usize = 8;

/// The same if they have to be brought side by side first.
pub(super) const MANY: usize = 32;

impl Grouping<'_> {
    pub(super) fn place(&mut self, kind: Kind, members: Vec<Id>) {
        match kind {
            Kind::Code(Code::MulVV) => {
                let rest = self.outer(members);
                self.many(Code::MulVV, rest);
            }
            Kind::Code(code) => self.many(code, members),
            Kind::Sum { exact, .. } => {
                for id in members {
                    let mut terms = Vec::new();
                    self.operands(id, &mut terms);
                    let terms: Vec<u32> = terms.into_iter().map(|id| self.at(id)).collect();
                    self.sum(id, terms, exact);
                }
            }
            Kind::Dot { exact, .. } => self.dots(members, exact),
        }
    }

    /// A sum of cells.
    fn sum(&mut self, id: Id, mut terms: Vec<u32>, exact: bool) {
        if !exact {
            terms.sort_unstable();
        }
        let mut runs: Vec<Run> = Vec::new();
        for term in terms {
            self.read(term);
            Run::add(&mut runs, term, term);
        }
        let list = self.wide.lists.len() as u32;
        self.wide.lists.extend(runs.iter().flat_map(|run| [run.from, run.count]));
        let d = self.take(&[id]);
        self.wide.steps.push(Step::Sum { d, list, runs: runs.len() as u32, exact });
    }

    /// One loop over all of them, or a step for each of a few.
    fn many(&mut self, code: Code, mut members: Vec<Id>) {
        let arity = slots_read(code).len();
        let mut operands = Vec::new();
        let mut letters = |grouping: &Self, id: Id| {
            operands.clear();
            grouping.operands(id, &mut operands);
            let mut letters = [0; 4];
            operands.iter().zip(&mut letters).for_each(|(&operand, letter)| *letter = grouping.at(operand));
            letters
        };
        // By their operands, so that these lie side by side where they can.
        members.sort_by_cached_key(|&id| letters(self, id));
        let all: Vec<[u32; 4]> = members.iter().map(|&id| letters(self, id)).collect();
        let (mut rest, mut of_rest) = (Vec::new(), Vec::new());
        let mut at = 0;
        while at < members.len() {
            let count = regular(&all[at..]);
            if count >= LONG {
                self.one_loop(code, &members[at..at + count], &all[at..at + count], arity);
            } else {
                rest.extend_from_slice(&members[at..at + count]);
                of_rest.extend_from_slice(&all[at..at + count]);
            }
            at += count;
        }
        if rest.len() >= MANY {
            self.one_loop(code, &rest, &of_rest, arity);
        } else if !rest.is_empty() {
            of_rest.iter().flat_map(|letters| &letters[..arity]).for_each(|&cell| self.read(cell));
            if rest.len() < FEW {
                return self.by_themselves(code, &rest, &of_rest);
            }
            let (count, first, d) = (rest.len() as u32, self.wide.letters.len() as u32, self.take(&rest));
            self.wide.letters.extend(of_rest);
            self.wide.steps.push(Step::Few { code, count, d, first });
        }
    }

    fn by_themselves(&mut self, code: Code, members: &[Id], letters: &[[u32; 4]]) {
        let first = self.wide.instructions.len() as u32;
        for (&id, &[a, b, c, e]) in members.iter().zip(letters) {
            let d = self.take(&[id]);
            self.wide.instructions.push(Instruction { code, d, a, b, c, e });
        }
        match self.wide.steps.last_mut() {
            Some(Step::Each { count, .. }) => *count += members.len() as u32,
            _ => self.wide.steps.push(Step::Each { first, count: members.len() as u32 }),
        }
    }

    fn one_loop(&mut self, code: Code, members: &[Id], letters: &[[u32; 4]], arity: usize) {
        let mut operands = [Cells::Same(0); 4];
        for (at, cells) in operands.iter_mut().enumerate().take(arity) {
            *cells = self.cells(&letters.iter().map(|letters| letters[at]).collect::<Vec<u32>>());
        }
        let (count, d) = (members.len() as u32, self.take(members));
        self.wide.steps.push(Step::Many { code, count, d, operands });
    }

    /// Takes the products of two lists, each with each, out of those that are results and nothing else; gives back the
    /// others.
    fn outer(&mut self, members: Vec<Id>) -> Vec<Id> {
        let is_result = |id: Id| self.column[id as usize] != NONE && self.staged.uses[id as usize] == 1;
        let (mut results, mut rest): (Vec<Id>, Vec<Id>) = members.into_iter().partition(|&id| is_result(id));
        results.sort_unstable_by_key(|&id| self.column[id as usize]);
        let factors = |grouping: &Self, id: Id| {
            let mut operands = Vec::new();
            grouping.operands(id, &mut operands);
            [grouping.at(operands[0]), grouping.at(operands[1])]
        };
        let columns: Vec<u32> = results.iter().map(|&id| self.column[id as usize]).collect();
        let pairs: Vec<[u32; 2]> = results.iter().map(|&id| factors(self, id)).collect();
        let mut at = 0;
        while at < results.len() {
            let found = [[0, 1], [1, 0]].into_iter().find_map(|order| grid(&pairs[at..], &columns[at..], order));
            let Some((rows, columns, order)) = found else {
                rest.push(results[at]);
                at += 1;
                continue;
            };
            let of_rows: Vec<u32> = (0..rows).map(|row| pairs[at + row * columns][order[0]]).collect();
            let of_columns: Vec<u32> = pairs[at..at + columns].iter().map(|pair| pair[order[1]]).collect();
            let first = match self.cells(&of_columns) {
                Cells::From(first) => first,
                cells => {
                    let (d, count) = (self.take_unnamed(columns), columns as u32);
                    self.wide.steps.push(Step::Copy { d, count, cells });
                    d
                }
            };
            for (row, factor) in of_rows.into_iter().enumerate() {
                self.read(factor);
                let column = self.column[results[at + row * columns] as usize];
                let products = Piece::Products { factor, first, count: columns as u32 };
                self.products.insert(column, (products, columns));
            }
            at += rows * columns;
        }
        rest
    }

    /// A matrix of constants, such as the data of a regression, in cells of its own where the loops want it: the first, and
    /// the steps from row to row and from column to column.
    fn constants(&mut self, matrix: &[u32], columns: usize, by_columns: bool) -> Option<(u32, (i32, i32))> {
        let first = self.wide.constants.first()?.0;
        let value = |cell: u32| Some(self.wide.constants[..self.constants].get(cell.checked_sub(first)? as usize)?.1);
        let values: Vec<f64> = matrix.iter().map(|&cell| value(cell)).collect::<Option<_>>()?;
        let rows = values.len() / columns;
        let origin = self.take_unnamed(values.len());
        let place = |at: usize| if by_columns { at % columns * rows + at / columns } else { at } as u32;
        self.wide.constants.extend(values.iter().enumerate().map(|(at, &value)| (origin + place(at), value)));
        Some((origin, if by_columns { (1, rows as i32) } else { (columns as i32, 1) }))
    }

    /// Sums of products: those with one factor list in common become a matrix times a column.
    fn dots(&mut self, members: Vec<Id>, exact: bool) {
        let staged = self.staged;
        let terms = |id: Id| match &staged.role[id as usize] {
            Role::Chain(chain) => &**chain,
            _ => unreachable!("sums of products are chains"),
        };
        let mut rest = members;
        for shared in [1, 0] {
            let mut by_column: HashMap<Vec<Id>, Vec<Id>> = HashMap::new();
            for &id in &rest {
                by_column.entry(terms(id).terms.iter().map(|term| term[shared]).collect()).or_default().push(id);
            }
            let mut placed = Vec::new();
            let mut columns: Vec<(Vec<Id>, Vec<Id>)> =
                by_column.into_iter().filter(|(_, members)| members.len() >= FEW).collect();
            // The order of a map is nobody's.
            columns.sort_unstable_by_key(|(_, members)| members[0]);
            for (column, mut rows) in columns {
                rows.sort_by_key(|&id| self.at(terms(id).terms[0][1 - shared]));
                let matrix: Vec<u32> =
                    rows.iter().flat_map(|&id| terms(id).terms.iter().map(|term| self.at(term[1 - shared]))).collect();
                let lies_well = |steps: &(i32, i32)| steps.0 == 1 || steps.1 == 1;
                let in_place = steps(&matrix, column.len()).filter(lies_well).map(|steps| (matrix[0], steps));
                let laid_out = in_place.or_else(|| self.constants(&matrix, column.len(), exact));
                let Some((origin, (row_step, column_step))) = laid_out else { continue };
                let column: Vec<u32> = column.iter().map(|&id| self.at(id)).collect();
                let starts: Option<Vec<u32>> = rows.iter().map(|&id| Some(self.at(terms(id).start?))).collect();
                let parameters = &self.plan.parameters;
                let of_parameters = matrix.iter().all(|&cell| parameters.contains(&(cell as usize)));
                if !of_parameters {
                    matrix.iter().for_each(|&cell| self.read(cell));
                }
                let origin = origin - if of_parameters { self.plan.parameters.start as u32 } else { 0 };
                let step = Matrix {
                    d: self.take(&rows),
                    of_parameters,
                    rows: rows.len() as u32,
                    columns: column.len() as u32,
                    origin,
                    row_step,
                    column_step,
                    column: self.cells(&column),
                    starts: starts.map(|starts| self.cells(&starts)),
                    exact,
                };
                self.wide.longest = self.wide.longest.max(column.len()).max(rows.len());
                self.wide.steps.push(Step::Matrix(step));
                placed.extend(rows);
            }
            rest.retain(|&id| self.cell[id as usize] == NONE);
        }
        let count = rest.first().map_or(0, |&id| terms(id).terms.len());
        if count > SIDE && !exact {
            for id in rest {
                let chain = terms(id);
                let products = chain.terms.iter().map(|term| term.map(|id| self.at(id))).collect();
                self.long_dot(id, chain.start, products);
            }
            return;
        }
        let mut rest = &rest[..];
        while !rest.is_empty() {
            let beside = BESIDE.into_iter().find(|&beside| beside <= rest.len()).unwrap_or(1);
            let (members, others) = rest.split_at(beside);
            rest = others;
            let starts: Option<Vec<u32>> = members.iter().map(|&id| Some(self.at(terms(id).start?))).collect();
            let starts = starts.map(|starts| self.cells(&starts));
            // The first factors of all members, term by term, and the second ones.
            let [a, b] = [0, 1].map(|at| {
                let of_term = |term: usize| members.iter().map(move |&id| terms(id).terms[term][at]);
                (0..count).flat_map(of_term).map(|id| self.at(id)).collect::<Vec<u32>>()
            });
            let (a, b) = (self.cells(&a), self.cells(&b));
            let (d, count, beside) = (self.take(members), count as u32, beside as u32);
            self.wide.steps.push(Step::Dots { d, beside, count, starts, a, b, exact });
        }
    }

    /// A sum of products in any order: first those whose factors lie side by side.
    fn long_dot(&mut self, id: Id, start: Option<Id>, mut products: Vec<[u32; 2]>) {
        products.sort_unstable();
        let letters: Vec<[u32; 4]> = products.iter().map(|&[a, b]| [a, b, 0, 0]).collect();
        let (mut parts, mut rest) = (Vec::new(), Vec::new());
        let mut at = 0;
        while at < products.len() {
            let count = regular(&letters[at..]);
            let part = &products[at..at + count];
            if count > SIDE {
                parts.push(part.to_vec());
            } else {
                rest.extend_from_slice(part);
            }
            at += count;
        }
        parts.extend(Some(rest).filter(|rest| !rest.is_empty()));
        let mut starts = start.map(|start| self.cells(&[self.at(start)]));
        let last = parts.len() - 1;
        for (number, part) in parts.into_iter().enumerate() {
            let [a, b] = [0, 1].map(|at| self.cells(&part.iter().map(|pair| pair[at]).collect::<Vec<u32>>()));
            // What is not the whole sum is nobody's number.
            let d = if number == last { self.take(&[id]) } else { self.take_unnamed(1) };
            self.wide.steps.push(Step::Dots { d, beside: 1, count: part.len() as u32, starts, a, b, exact: false });
            starts = Some(Cells::From(d));
        }
    }
}

/// The rows and columns of the grid of products that these pairs begin with, if it is worth a step; `order` says which factor
/// is that of the row. A row goes to columns of the results that lie side by side.
fn grid(pairs: &[[u32; 2]], columns: &[u32], order: [usize; 2]) -> Option<(usize, usize, [usize; 2])> {
    let [row, column] = order;
    let row_length = |pairs: &[[u32; 2]], columns: &[u32]| {
        let expected = pairs.iter().zip(columns).zip(columns[0]..);
        expected.take_while(|((pair, column), expected)| pair[row] == pairs[0][row] && *column == expected).count()
    };
    let length = row_length(pairs, columns);
    if length < FEW {
        return None;
    }
    let first = &pairs[..length];
    let same_columns = |(pairs, columns): &(&[[u32; 2]], &[u32])| {
        let is_row = pairs.len() == length && row_length(pairs, columns) == length;
        is_row && pairs.iter().zip(first).all(|(pair, first)| pair[column] == first[column])
    };
    let rows = pairs.chunks(length).zip(columns.chunks(length)).take_while(same_columns).count();
    (rows >= FEW).then_some((rows, length, order))
}

/// How many of these begin with operands each of which lies beside its neighbour, or is the same.
fn regular(letters: &[[u32; 4]]) -> usize {
    let [first, second, ..] = letters else { return letters.len() };
    let steps: [u32; 4] = std::array::from_fn(|at| second[at].wrapping_sub(first[at]));
    if steps.iter().any(|&step| step > 1) {
        return 1;
    }
    let expected = |at: usize, operand: usize| first[operand] + at as u32 * steps[operand];
    letters.iter().enumerate().take_while(|(at, letters)| (0..4).all(|i| letters[i] == expected(*at, i))).count()
}
