//! From a recorded graph to a program: the operations, then those of the derivative.

use super::ir::{Id, Ir, NONE, Op, Test};
use super::plan::{Derivative, Plan};
use super::symbol::{Symbol, with, writing};
use crate::graph::{Graph, Guard, Step};
use crate::number::{Number, Scalar};
use crate::rules::{Binary, Partial, Ternary, Unary};

/// A program before it is turned into code.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Source {
    pub(super) ir: Ir,
    /// How many inputs the function has.
    pub(super) inputs: usize,
    /// How many operations belong to the function itself.
    pub(super) primal: usize,
    /// m values, then the derivatives.
    pub(super) outputs: Vec<Id>,
    /// How many of the outputs are values.
    pub(super) values: usize,
    pub(super) guards: Vec<Guard>,
}

/// Writes down the function and its derivative.
pub(super) fn build<T: Scalar>(graph: &Graph<T>, plan: &Plan) -> Source {
    let mut ir = Ir::with_capacity(4 * graph.nodes().len() + 64);
    let (inputs, outputs) = (graph.input_count(), plan.outputs_of(graph));
    let source = writing(&mut ir, || {
        let directions = if plan.derivative.takes_direction() { plan.wrt(inputs).len() } else { 0 };
        for input in 0..inputs + directions {
            with(|ir| ir.emit(Op::Input(input as u32)));
        }
        let places = import(graph);
        let primal = with(|ir| ir.len());
        with(|ir| ir.deriving = true);
        let guards = graph.guards().iter().map(|guard| guard.moved(|node| places[node as usize])).collect();
        let values: Vec<Id> = outputs.iter().map(|&node| places[node as usize]).collect();
        let mut deriver = Deriver::new(inputs, primal, plan);
        let mut found = match plan.derivative {
            Derivative::Value => Vec::new(),
            Derivative::Gradient | Derivative::Jacobian => {
                values.iter().flat_map(|&y| deriver.reverse::<T>(y)).collect()
            }
            Derivative::Jvp => deriver.forward::<T>(&values),
            Derivative::Hvp => {
                let gradient = deriver.reverse::<T>(values[0]);
                let along = deriver.forward::<T>(&gradient);
                gradient.into_iter().chain(along).collect()
            }
        };
        let zero = with(|ir| ir.constant(0.0));
        found.iter_mut().filter(|id| **id == NONE).for_each(|id| *id = zero);
        let summed =
            |ids: Vec<Id>| if plan.summed { ids.iter().map(|&y| with(|ir| ir.reduce(&[y]))).collect() } else { ids };
        let reduced = summed(values);
        // What was found in reverse is a sum already.
        let found = if plan.derivative == Derivative::Jvp { summed(found) } else { found };
        let (values, outputs) = (reduced.len(), reduced.into_iter().chain(found).collect());
        Source { ir: Ir::default(), inputs, primal, outputs, values, guards }
    });
    Source { ir, ..source }
}

/// Writes the operations of the graph, sums of many terms as chains, and tells where each node is.
fn import<T: Scalar>(graph: &Graph<T>) -> Vec<Id> {
    let mut places: Vec<Id> = Vec::with_capacity(graph.nodes().len());
    let zero = Symbol::<T>::constant(0.0);
    for (at, node) in graph.nodes().iter().enumerate() {
        let symbol = |node: u32| Symbol::<T>::of(places[node as usize]);
        let operands = || graph.operands(at as u32).iter().map(|&node| symbol(node));
        let place = match &node.step {
            // The inputs come first.
            Step::Input(number) => *number,
            Step::Constant => with(|ir| ir.constant(node.value.primal())),
            Step::Unary(op, a) => op.value(symbol(*a)).id(),
            Step::Binary(op, [a, b]) => op.value(symbol(*a), symbol(*b)).id(),
            Step::Ternary(Ternary::MulAdd, [a, b, c]) => symbol(*a).mul_add(symbol(*b), symbol(*c)).id(),
            Step::Sum(_) => {
                let start = Symbol::<T>::lift(std::iter::empty::<T>().sum());
                operands().fold(start, |sum, x| sum + x).id()
            }
            Step::Dot(_) => {
                let (a, b) = graph.operands(at as u32).split_at(graph.operands(at as u32).len() / 2);
                let products = a.iter().zip(b).map(|(&a, &b)| symbol(a) * symbol(b));
                products.fold(zero, |sum, product| sum + product).id()
            }
            Step::LinearCombination(_, start) => {
                let coefficients = &graph.coefficients()[*start as usize..];
                let products = coefficients.iter().zip(operands()).map(|(&c, x)| Symbol::<T>::constant(c) * x);
                products.fold(zero, |sum, product| sum + product).id()
            }
            Step::LogSumExp(_) => Symbol::<T>::log_sum_exp(&operands().collect::<Vec<_>>()).id(),
        };
        places.push(place);
    }
    places
}

/// Writes derivatives beside what is there.
struct Deriver<'a> {
    plan: &'a Plan,
    wrt: Vec<usize>,
    inputs: usize,
    primal: usize,
    /// Which operations of the function depend on an input that is differentiated in.
    active: Vec<bool>,
    /// Which operations depend on the data of a sample.
    varying: Vec<bool>,
}

impl<'a> Deriver<'a> {
    fn new(inputs: usize, primal: usize, plan: &'a Plan) -> Self {
        let wrt = plan.wrt(inputs);
        let active = dependent(primal, |input| wrt.binary_search(&input).is_ok());
        let varying = dependent(primal, |input| input < inputs && !plan.is_parameter(input));
        Self { plan, wrt, inputs, primal, active, varying }
    }

    /// Whether it depends on the data of a sample, and on no sum over them.
    fn varies(&self, id: Id) -> bool {
        self.varying[id as usize]
    }

    /// The derivatives of one output in the inputs of the plan, by reverse mode: [`NONE`] where there is none.
    ///
    /// Where a sum over the samples is wanted, what flows from numbers that differ from sample to sample into numbers that
    /// do not is added up there, so that the rest of the sweep is done once.
    fn reverse<T: Scalar>(&mut self, output: Id) -> Vec<Id> {
        let mut adjoints = vec![NONE; self.primal];
        let mut pending = Pending::new(if self.plan.summed { self.primal } else { 0 });
        let one = with(|ir| ir.constant(1.0));
        if self.plan.summed && !self.varies(output) {
            pending.add(output, one);
        } else {
            adjoints[output as usize] = one;
        }
        self.sweep::<T>(output, &mut adjoints, &mut pending, true);
        if self.plan.summed {
            self.sweep::<T>(output, &mut adjoints, &mut pending, false);
        }
        self.wrt.iter().map(|&input| adjoints[input]).collect()
    }

    /// Walks back from the output: over the operations that vary and, without sums, all others; or over the rest.
    fn sweep<T: Scalar>(&self, output: Id, adjoints: &mut [Id], pending: &mut Pending, first: bool) {
        let summed = self.plan.summed;
        let mut terms: Vec<Id> = Vec::new();
        for id in (0..=output).rev().filter(|&id| self.active[id as usize]) {
            let varies = self.varies(id);
            if summed && varies != first {
                continue;
            }
            if summed && !varies {
                pending.take(id, &mut terms);
                if !terms.is_empty() {
                    let sum = with(|ir| ir.reduce(&terms));
                    add::<T>(&mut adjoints[id as usize], sum);
                }
            }
            let adjoint = adjoints[id as usize];
            if adjoint == NONE {
                continue;
            }
            let mut give = |operand: Id, slope: Partial<Symbol<T>>| {
                if !self.active[operand as usize] {
                    return;
                }
                let Some(contribution) = times(slope, adjoint) else { return };
                if summed && varies && !self.varies(operand) {
                    pending.add(operand, contribution);
                } else {
                    add::<T>(&mut adjoints[operand as usize], contribution);
                }
            };
            let symbol = Symbol::<T>::of;
            match with(|ir| ir.op(id)) {
                Op::Input(_) | Op::Constant(_) => {}
                Op::Unary(op, a) => give(a, op.rule(symbol(a)).1),
                Op::Binary(op, [a, b]) => {
                    let wanted = [a, b].map(|operand| self.active[operand as usize]);
                    let (_, in_a, in_b) = op.rule(symbol(a), symbol(b), wanted);
                    give(a, in_a);
                    give(b, in_b);
                }
                Op::MulAdd([a, b, c]) => {
                    let (_, slopes) = Ternary::MulAdd.rule(symbol(a), symbol(b), symbol(c));
                    for (operand, slope) in [a, b, c].into_iter().zip(slopes) {
                        give(operand, slope);
                    }
                }
                // A choice of the function itself, between numbers that are computed anyway.
                Op::Select(test, [a, b, then, otherwise]) => {
                    let (one, zero) = (Symbol::constant(1.0), Symbol::constant(0.0));
                    let chosen = |x, y| Partial::By(choose(test, symbol(a), symbol(b), x, y));
                    give(then, chosen(one, zero));
                    give(otherwise, chosen(zero, one));
                }
                Op::Product(_) | Op::Reduce(_) => unreachable!("the function itself has no derivatives"),
            }
        }
    }

    /// The derivatives of `outputs` along the direction, by forward mode: [`NONE`] where there is none.
    fn forward<T: Scalar>(&mut self, outputs: &[Id]) -> Vec<Id> {
        let end = outputs.iter().filter(|&&id| id != NONE).max().map_or(0, |&id| id as usize + 1);
        let mut tangents = vec![NONE; end.max(self.inputs)];
        for (at, &input) in self.wrt.iter().enumerate() {
            tangents[input] = (self.inputs + at) as Id;
        }
        for id in self.inputs..end {
            tangents[id] = tangent::<T>(id as Id, &tangents);
        }
        outputs.iter().map(|&id| if id == NONE { NONE } else { tangents[id as usize] }).collect()
    }
}

/// The tangent of an operation, from those of its operands.
fn tangent<T: Scalar>(id: Id, tangents: &[Id]) -> Id {
    let known = |operand: Id| tangents[operand as usize];
    let symbol = Symbol::<T>::of;
    let mut sum = NONE;
    let give = |sum: &mut Id, operand: Id, slope: Partial<Symbol<T>>| {
        if known(operand) != NONE
            && let Some(term) = times(slope, known(operand))
        {
            add::<T>(sum, term);
        }
    };
    match with(|ir| ir.op(id)) {
        Op::Input(_) | Op::Constant(_) => {}
        Op::Unary(op, a) if known(a) != NONE => give(&mut sum, a, op.rule(symbol(a)).1),
        Op::Unary(..) => {}
        Op::Binary(op, [a, b]) => {
            let wanted = [known(a) != NONE, known(b) != NONE];
            if wanted != [false; 2] {
                let (_, in_a, in_b) = op.rule(symbol(a), symbol(b), wanted);
                give(&mut sum, a, in_a);
                give(&mut sum, b, in_b);
            }
        }
        Op::Product([a, b]) => {
            give(&mut sum, a, Partial::By(symbol(b)));
            give(&mut sum, b, Partial::By(symbol(a)));
        }
        Op::MulAdd([a, b, c]) => {
            give(&mut sum, a, Partial::By(symbol(b)));
            give(&mut sum, b, Partial::By(symbol(a)));
            give(&mut sum, c, Partial::One);
        }
        Op::Select(test, [a, b, then, otherwise]) if [then, otherwise].map(known) != [NONE; 2] => {
            let or_zero = |id: Id| if known(id) == NONE { Symbol::constant(0.0) } else { symbol(known(id)) };
            return choose(test, symbol(a), symbol(b), or_zero(then), or_zero(otherwise)).id();
        }
        Op::Select(..) => {}
        Op::Reduce([start, end]) => {
            let terms: Vec<Id> = with(|ir| ir.lists[start as usize..end as usize].to_vec());
            let terms: Vec<Id> = terms.into_iter().map(known).filter(|&term| term != NONE).collect();
            if !terms.is_empty() {
                return with(|ir| ir.reduce(&terms));
            }
        }
    }
    sum
}

fn choose<T: Scalar>(test: Test, a: Symbol<T>, b: Symbol<T>, then: Symbol<T>, otherwise: Symbol<T>) -> Symbol<T> {
    match test {
        Test::Less => Symbol::choose_less(a, b, || then, || otherwise),
        Test::Equal => Symbol::choose_equal(a, b, || then, || otherwise),
    }
}

/// A slope times a derivative; nothing where it is zero whatever the derivative is.
fn times<T: Scalar>(slope: Partial<Symbol<T>>, derivative: Id) -> Option<Id> {
    match slope {
        Partial::Zero => None,
        Partial::One => Some(derivative),
        Partial::MinusOne => Some(with(|ir| ir.unary::<T>(Unary::Neg, derivative))),
        Partial::By(slope) => {
            let slope = slope.id();
            let product = with(|ir| ir.product::<T>(slope, derivative));
            (with(|ir| ir.as_constant(product)) != Some(0.0)).then_some(product)
        }
    }
}

fn add<T: Scalar>(sum: &mut Id, term: Id) {
    *sum = if *sum == NONE { term } else { with(|ir| ir.binary::<T>(Binary::Add, *sum, term)) };
}

/// Which of the first operations depend on an input that `is_source` names.
fn dependent(primal: usize, is_source: impl Fn(usize) -> bool) -> Vec<bool> {
    with(|ir| {
        let mut found = vec![false; primal];
        for (id, &op) in ir.ops()[..primal].iter().enumerate() {
            found[id] = match op {
                Op::Input(input) => is_source(input as usize),
                // Nothing flows through a constant.
                _ => {
                    let mut any = false;
                    op.for_each_operand(&ir.lists, |operand| any |= found[operand as usize]);
                    any
                }
            };
        }
        found
    })
}

/// What is to be added up over the samples, for each operation.
struct Pending {
    /// The first of an operation's entries, or [`NONE`].
    heads: Vec<u32>,
    /// A contribution, and the entry before it.
    entries: Vec<(Id, u32)>,
}

impl Pending {
    fn new(operations: usize) -> Self {
        Self { heads: vec![NONE; operations], entries: Vec::new() }
    }

    fn add(&mut self, operation: Id, contribution: Id) {
        let head = &mut self.heads[operation as usize];
        self.entries.push((contribution, *head));
        *head = (self.entries.len() - 1) as u32;
    }

    /// The contributions in the order in which they came.
    fn take(&self, operation: Id, terms: &mut Vec<Id>) {
        terms.clear();
        let mut at = self.heads[operation as usize];
        while at != NONE {
            let (term, before) = self.entries[at as usize];
            terms.push(term);
            at = before;
        }
        terms.reverse();
    }
}
