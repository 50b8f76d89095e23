//! From packs to kernels: the operations of a pack get contiguous cells, and become one kernel or several.

use super::super::code::CopyRange;
use super::super::ir::{Id, NONE};
use super::super::opcode::{Instruction, Opcode, varying_operands};
use super::super::outer_products::strides;
use super::super::schedule::Role;
use super::kernels::PARTIAL_SUMS;
use super::pack::{Kind, Packer};
use super::{Access, Kernel, Matrix, ResultSpan};
use std::collections::HashMap;

/// How many dot products run side by side, each in the order of the function.
const WIDTHS: [usize; 4] = [8, 4, 2, 1];

/// The least number of dot products that are worth a matrix, of rows and columns that are worth an outer product, and of
/// operations that are worth an indexed kernel.
const MIN_PACK: usize = 4;

/// The least number of operations that are worth a vector loop if their operands are contiguous.
const MIN_CONTIGUOUS: usize = 8;

/// The same if their operands have to be gathered.
pub(super) const MIN_GATHERED: usize = 32;

impl Packer<'_> {
    pub(super) fn emit(&mut self, kind: Kind, members: Vec<Id>) {
        match kind {
            Kind::Opcode(Opcode::MulVV) => {
                let rest = self.emit_outer_products(members);
                self.emit_elementwise(Opcode::MulVV, rest);
            }
            Kind::Opcode(opcode) => self.emit_elementwise(opcode, members),
            Kind::Sum { exact, .. } => {
                for id in members {
                    let mut terms = Vec::new();
                    self.operands(id, &mut terms);
                    let terms: Vec<u32> = terms.into_iter().map(|id| self.cell_of(id)).collect();
                    self.emit_sum(id, terms, exact);
                }
            }
            Kind::Dot { exact, .. } => self.emit_dots(members, exact),
        }
    }

    /// An n-ary sum.
    fn emit_sum(&mut self, id: Id, mut terms: Vec<u32>, exact: bool) {
        if !exact {
            terms.sort_unstable();
        }
        let mut segments: Vec<CopyRange> = Vec::new();
        for term in terms {
            self.mark_read(term);
            CopyRange::add(&mut segments, term, term);
        }
        let list = self.code.lists.len() as u32;
        self.code.lists.extend(segments.iter().flat_map(|segment| [segment.from, segment.count]));
        let d = self.allocate(&[id]);
        self.code.kernels.push(Kernel::Sum { d, list, segments: segments.len() as u32, exact });
    }

    /// Vector loops over operations whose operands are contiguous, and one kernel for the others.
    fn emit_elementwise(&mut self, opcode: Opcode, mut members: Vec<Id>) {
        let arity = varying_operands(opcode).len();
        let mut operands = Vec::new();
        let mut operand_cells = |packer: &Self, id: Id| {
            operands.clear();
            packer.operands(id, &mut operands);
            let mut cells = [0; 4];
            operands.iter().zip(&mut cells).for_each(|(&operand, cell)| *cell = packer.cell_of(operand));
            cells
        };
        // Sorted by their operands, so that these are contiguous where possible.
        members.sort_by_cached_key(|&id| operand_cells(self, id));
        let all: Vec<[u32; 4]> = members.iter().map(|&id| operand_cells(self, id)).collect();
        let (mut rest, mut of_rest) = (Vec::new(), Vec::new());
        let mut at = 0;
        while at < members.len() {
            let count = regular_prefix(&all[at..]);
            if count >= MIN_CONTIGUOUS {
                self.emit_vector(opcode, &members[at..at + count], &all[at..at + count], arity);
            } else {
                rest.extend_from_slice(&members[at..at + count]);
                of_rest.extend_from_slice(&all[at..at + count]);
            }
            at += count;
        }
        if rest.len() >= MIN_GATHERED {
            self.emit_vector(opcode, &rest, &of_rest, arity);
        } else if !rest.is_empty() {
            of_rest.iter().flat_map(|cells| &cells[..arity]).for_each(|&cell| self.mark_read(cell));
            if rest.len() < MIN_PACK {
                return self.emit_scalars(opcode, &rest, &of_rest);
            }
            let (count, first, d) = (rest.len() as u32, self.code.operand_cells.len() as u32, self.allocate(&rest));
            self.code.operand_cells.extend(of_rest);
            self.code.kernels.push(Kernel::Indexed { opcode, count, d, first });
        }
    }

    fn emit_scalars(&mut self, opcode: Opcode, members: &[Id], operand_cells: &[[u32; 4]]) {
        let first = self.code.instructions.len() as u32;
        for (&id, &[a, b, c, e]) in members.iter().zip(operand_cells) {
            let d = self.allocate(&[id]);
            self.code.instructions.push(Instruction { opcode, d, a, b, c, e });
        }
        match self.code.kernels.last_mut() {
            Some(Kernel::Scalar { count, .. }) => *count += members.len() as u32,
            _ => self.code.kernels.push(Kernel::Scalar { first, count: members.len() as u32 }),
        }
    }

    fn emit_vector(&mut self, opcode: Opcode, members: &[Id], operand_cells: &[[u32; 4]], arity: usize) {
        let mut operands = [Access::Broadcast(0); 4];
        for (at, operand) in operands.iter_mut().enumerate().take(arity) {
            *operand = self.access(&operand_cells.iter().map(|cells| cells[at]).collect::<Vec<u32>>());
        }
        let (count, d) = (members.len() as u32, self.allocate(members));
        self.code.kernels.push(Kernel::Vector { opcode, count, d, operands });
    }

    /// Takes outer products, whose entries nothing but the results reads, out of the products of a pack. Returns the other
    /// products.
    fn emit_outer_products(&mut self, members: Vec<Id>) -> Vec<Id> {
        let is_result = |id: Id| self.column[id as usize] != NONE && self.schedule.uses[id as usize] == 1;
        let (mut results, mut rest): (Vec<Id>, Vec<Id>) = members.into_iter().partition(|&id| is_result(id));
        results.sort_unstable_by_key(|&id| self.column[id as usize]);
        let factors = |packer: &Self, id: Id| {
            let mut operands = Vec::new();
            packer.operands(id, &mut operands);
            [packer.cell_of(operands[0]), packer.cell_of(operands[1])]
        };
        let columns: Vec<u32> = results.iter().map(|&id| self.column[id as usize]).collect();
        let pairs: Vec<[u32; 2]> = results.iter().map(|&id| factors(self, id)).collect();
        let mut at = 0;
        while at < results.len() {
            let found =
                [[0, 1], [1, 0]].into_iter().find_map(|order| outer_product(&pairs[at..], &columns[at..], order));
            let Some((rows, columns, order)) = found else {
                rest.push(results[at]);
                at += 1;
                continue;
            };
            let of_rows: Vec<u32> = (0..rows).map(|row| pairs[at + row * columns][order[0]]).collect();
            let of_columns: Vec<u32> = pairs[at..at + columns].iter().map(|pair| pair[order[1]]).collect();
            let first = match self.access(&of_columns) {
                Access::Contiguous(first) => first,
                from => {
                    let (d, count) = (self.allocate_unnamed(columns), columns as u32);
                    self.code.kernels.push(Kernel::Gather { d, count, from });
                    d
                }
            };
            for (row, factor) in of_rows.into_iter().enumerate() {
                self.mark_read(factor);
                let column = self.column[results[at + row * columns] as usize];
                let scaled = ResultSpan::Scaled { factor, first, count: columns as u32 };
                self.products.insert(column, (scaled, columns));
            }
            at += rows * columns;
        }
        rest
    }

    /// Copies a matrix of constants, such as the data of a regression, to cells in the order that the kernel needs. Returns the
    /// first cell, and the strides from row to row and from column to column.
    fn lay_out_constants(&mut self, matrix: &[u32], columns: usize, column_major: bool) -> Option<(u32, (i32, i32))> {
        let first = self.code.constants.first()?.0;
        let value = |cell: u32| Some(self.code.constants[..self.constants].get(cell.checked_sub(first)? as usize)?.1);
        let values: Vec<f64> = matrix.iter().map(|&cell| value(cell)).collect::<Option<_>>()?;
        let rows = values.len() / columns;
        let origin = self.allocate_unnamed(values.len());
        let position = |at: usize| if column_major { at % columns * rows + at / columns } else { at } as u32;
        self.code.constants.extend(values.iter().enumerate().map(|(at, &value)| (origin + position(at), value)));
        Some((origin, if column_major { (1, rows as i32) } else { (columns as i32, 1) }))
    }

    /// Dot products: those that share one list of factors become a matrix times a vector.
    fn emit_dots(&mut self, members: Vec<Id>, exact: bool) {
        let schedule = self.schedule;
        let terms = |id: Id| match &schedule.role[id as usize] {
            Role::Chain(chain) => &**chain,
            _ => unreachable!("dot products are chains"),
        };
        let mut rest = members;
        for common in [1, 0] {
            let mut by_column: HashMap<Vec<Id>, Vec<Id>> = HashMap::new();
            for &id in &rest {
                by_column.entry(terms(id).terms.iter().map(|term| term[common]).collect()).or_default().push(id);
            }
            let mut placed = Vec::new();
            let mut columns: Vec<(Vec<Id>, Vec<Id>)> =
                by_column.into_iter().filter(|(_, members)| members.len() >= MIN_PACK).collect();
            // A hash map has no order to rely on.
            columns.sort_unstable_by_key(|(_, members)| members[0]);
            for (column, mut rows) in columns {
                rows.sort_by_key(|&id| self.cell_of(terms(id).terms[0][1 - common]));
                let matrix: Vec<u32> = rows
                    .iter()
                    .flat_map(|&id| terms(id).terms.iter().map(|term| self.cell_of(term[1 - common])))
                    .collect();
                let is_contiguous = |strides: &(i32, i32)| strides.0 == 1 || strides.1 == 1;
                let in_place = strides(&matrix, column.len()).filter(is_contiguous).map(|strides| (matrix[0], strides));
                let laid_out = in_place.or_else(|| self.lay_out_constants(&matrix, column.len(), exact));
                let Some((origin, (row_stride, column_stride))) = laid_out else { continue };
                let column: Vec<u32> = column.iter().map(|&id| self.cell_of(id)).collect();
                let starts: Option<Vec<u32>> = rows.iter().map(|&id| Some(self.cell_of(terms(id).start?))).collect();
                let parameters = &self.plan.parameters;
                let of_parameters = matrix.iter().all(|&cell| parameters.contains(&(cell as usize)));
                if !of_parameters {
                    matrix.iter().for_each(|&cell| self.mark_read(cell));
                }
                let origin = origin - if of_parameters { self.plan.parameters.start as u32 } else { 0 };
                let matrix = Matrix {
                    d: self.allocate(&rows),
                    of_parameters,
                    rows: rows.len() as u32,
                    columns: column.len() as u32,
                    origin,
                    row_stride,
                    column_stride,
                    column: self.access(&column),
                    starts: starts.map(|starts| self.access(&starts)),
                    exact,
                };
                self.code.longest = self.code.longest.max(column.len()).max(rows.len());
                self.code.kernels.push(Kernel::Matrix(matrix));
                placed.extend(rows);
            }
            rest.retain(|&id| self.cell[id as usize] == NONE);
        }
        let count = rest.first().map_or(0, |&id| terms(id).terms.len());
        if count > PARTIAL_SUMS && !exact {
            for id in rest {
                let chain = terms(id);
                let products = chain.terms.iter().map(|term| term.map(|id| self.cell_of(id))).collect();
                self.emit_long_dot(id, chain.start, products);
            }
            return;
        }
        let mut rest = &rest[..];
        while !rest.is_empty() {
            let width = WIDTHS.into_iter().find(|&width| width <= rest.len()).unwrap_or(1);
            let (members, others) = rest.split_at(width);
            rest = others;
            let starts: Option<Vec<u32>> = members.iter().map(|&id| Some(self.cell_of(terms(id).start?))).collect();
            let starts = starts.map(|starts| self.access(&starts));
            // The first factors of all members, term by term, and the second ones.
            let [a, b] = [0, 1].map(|at| {
                let of_term = |term: usize| members.iter().map(move |&id| terms(id).terms[term][at]);
                (0..count).flat_map(of_term).map(|id| self.cell_of(id)).collect::<Vec<u32>>()
            });
            let (a, b) = (self.access(&a), self.access(&b));
            let (d, terms, width) = (self.allocate(members), count as u32, width as u32);
            self.code.kernels.push(Kernel::Dots { d, width, terms, starts, a, b, exact });
        }
    }

    /// A dot product whose terms have no order: first those whose factors are contiguous.
    fn emit_long_dot(&mut self, id: Id, start: Option<Id>, mut products: Vec<[u32; 2]>) {
        products.sort_unstable();
        let operand_cells: Vec<[u32; 4]> = products.iter().map(|&[a, b]| [a, b, 0, 0]).collect();
        let (mut parts, mut rest) = (Vec::new(), Vec::new());
        let mut at = 0;
        while at < products.len() {
            let count = regular_prefix(&operand_cells[at..]);
            let part = &products[at..at + count];
            if count > PARTIAL_SUMS {
                parts.push(part.to_vec());
            } else {
                rest.extend_from_slice(part);
            }
            at += count;
        }
        parts.extend(Some(rest).filter(|rest| !rest.is_empty()));
        let mut starts = start.map(|start| self.access(&[self.cell_of(start)]));
        let last = parts.len() - 1;
        for (number, part) in parts.into_iter().enumerate() {
            let [a, b] = [0, 1].map(|at| self.access(&part.iter().map(|pair| pair[at]).collect::<Vec<u32>>()));
            // A partial sum is no operation of the function.
            let d = if number == last { self.allocate(&[id]) } else { self.allocate_unnamed(1) };
            self.code.kernels.push(Kernel::Dots { d, width: 1, terms: part.len() as u32, starts, a, b, exact: false });
            starts = Some(Access::Contiguous(d));
        }
    }
}

/// The rows and columns of the outer product that these pairs begin with, if it is worth a kernel; `order` says which factor
/// is that of the row. A row is written to contiguous columns of the results.
fn outer_product(pairs: &[[u32; 2]], columns: &[u32], order: [usize; 2]) -> Option<(usize, usize, [usize; 2])> {
    let [row, column] = order;
    let row_length = |pairs: &[[u32; 2]], columns: &[u32]| {
        let expected = pairs.iter().zip(columns).zip(columns[0]..);
        expected.take_while(|((pair, column), expected)| pair[row] == pairs[0][row] && *column == expected).count()
    };
    let length = row_length(pairs, columns);
    if length < MIN_PACK {
        return None;
    }
    let first = &pairs[..length];
    let same_columns = |(pairs, columns): &(&[[u32; 2]], &[u32])| {
        let is_row = pairs.len() == length && row_length(pairs, columns) == length;
        is_row && pairs.iter().zip(first).all(|(pair, first)| pair[column] == first[column])
    };
    let rows = pairs.chunks(length).zip(columns.chunks(length)).take_while(same_columns).count();
    (rows >= MIN_PACK).then_some((rows, length, order))
}

/// The length of the longest prefix in which each operand is contiguous or a broadcast.
fn regular_prefix(operand_cells: &[[u32; 4]]) -> usize {
    let [first, second, ..] = operand_cells else { return operand_cells.len() };
    let strides: [u32; 4] = std::array::from_fn(|at| second[at].wrapping_sub(first[at]));
    if strides.iter().any(|&stride| stride > 1) {
        return 1;
    }
    let expected = |at: usize, operand: usize| first[operand] + at as u32 * strides[operand];
    operand_cells.iter().enumerate().take_while(|(at, cells)| (0..4).all(|i| cells[i] == expected(*at, i))).count()
}
