//! Differentiation: from a recorded graph to its operations and those of its derivative.

use super::ir::{Id, Ir, NONE, Op, Test};
use super::plan::{Derivative, Plan};
use super::symbol::{Symbol, with, writing};
use crate::graph::{Graph, Guard, Step};
use crate::number::Scalar;
use crate::rules::{Binary, Partial, Ternary, Unary};

/// A program before scheduling and lowering: the function, its derivative, and the guards.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Source {
    pub(super) ir: Ir,
    /// How many inputs the function has.
    pub(super) inputs: usize,
    /// How many operations belong to the function itself.
    pub(super) primal: usize,
    /// The m values, then the derivatives.
    pub(super) outputs: Vec<Id>,
    /// How many of the outputs are values.
    pub(super) values: usize,
    pub(super) guards: Vec<Guard>,
}

/// Records the operations of the function and of its derivative.
pub(super) fn differentiate<T: Scalar>(graph: &Graph<T>, plan: &Plan) -> Source {
    let mut ir = Ir::with_capacity(4 * graph.nodes().len() + 64);
    let (inputs, outputs) = (graph.input_count(), plan.outputs_of(graph));
    let source = writing(&mut ir, || {
        let directions = if plan.derivative.takes_direction() { plan.wrt(inputs).len() } else { 0 };
        for input in 0..inputs + directions {
            with(|ir| ir.emit(Op::Input(input as u32)));
        }
        let ids = import(graph);
        let primal = with(|ir| ir.len());
        with(|ir| ir.deriving = true);
        let guards = graph.guards().iter().map(|guard| guard.moved(|node| ids[node as usize])).collect();
        let values: Vec<Id> = outputs.iter().map(|&node| ids[node as usize]).collect();
        let mut differentiator = Differentiator::new(inputs, primal, plan);
        let mut found = match plan.derivative {
            Derivative::Value => Vec::new(),
            Derivative::Gradient | Derivative::Jacobian => {
                values.iter().flat_map(|&y| differentiator.reverse::<T>(y)).collect()
            }
            Derivative::Jvp => differentiator.forward::<T>(&values),
            Derivative::Hvp => {
                let gradient = differentiator.reverse::<T>(values[0]);
                let along = differentiator.forward::<T>(&gradient);
                gradient.into_iter().chain(along).collect()
            }
        };
        let zero = with(|ir| ir.constant(0.0));
        found.iter_mut().filter(|id| **id == NONE).for_each(|id| *id = zero);
        let summed =
            |ids: Vec<Id>| if plan.summed { ids.iter().map(|&y| with(|ir| ir.reduce(&[y]))).collect() } else { ids };
        let reduced = summed(values);
        // Reverse mode has summed its derivatives already.
        let found = if plan.derivative == Derivative::Jvp { summed(found) } else { found };
        let (values, outputs) = (reduced.len(), reduced.into_iter().chain(found).collect());
        Source { ir: Ir::default(), inputs, primal, outputs, values, guards }
    });
    Source { ir, ..source }
}

/// Records the operations of the graph, n-ary sums as chains of additions. Returns the operation of each node.
fn import<T: Scalar>(graph: &Graph<T>) -> Vec<Id> {
    let mut ids: Vec<Id> = Vec::with_capacity(graph.nodes().len());
    for (at, node) in graph.nodes().iter().enumerate() {
        let symbol = |node: u32| Symbol::<T>::of(ids[node as usize]);
        let id = match &node.step {
            // The inputs come first.
            Step::Input(number) => *number,
            Step::Constant => with(|ir| ir.constant(node.value.primal())),
            Step::Unary(op, a) => op.value(symbol(*a)).id(),
            Step::Binary(op, [a, b]) => op.value(symbol(*a), symbol(*b)).id(),
            Step::Ternary(Ternary::MulAdd, [a, b, c]) => symbol(*a).mul_add(symbol(*b), symbol(*c)).id(),
            Step::Nary(op, ..) => {
                let operands: Vec<_> = graph.operands(at as u32).iter().map(|&node| symbol(node)).collect();
                op.value(graph.constants(at as u32), &operands).id()
            }
        };
        ids.push(id);
    }
    ids
}

/// Records the operations of derivatives.
struct Differentiator<'a> {
    plan: &'a Plan,
    wrt: Vec<usize>,
    inputs: usize,
    primal: usize,
    /// Which operations of the function depend on an input that the derivative is taken with respect to.
    active: Vec<bool>,
    /// Which operations of the function depend on the data of a sample.
    varying: Vec<bool>,
}

impl<'a> Differentiator<'a> {
    fn new(inputs: usize, primal: usize, plan: &'a Plan) -> Self {
        let wrt = plan.wrt(inputs);
        let active = dependent(primal, |input| wrt.binary_search(&input).is_ok());
        let varying = dependent(primal, |input| input < inputs && !plan.is_parameter(input));
        Self { plan, wrt, inputs, primal, active, varying }
    }

    fn is_varying(&self, id: Id) -> bool {
        self.varying[id as usize]
    }

    /// The derivatives of one output with respect to the inputs of the plan, by reverse mode: [`NONE`] where there is none.
    ///
    /// If the results are summed over the samples, adjoints that flow from varying operations into uniform ones are reduced
    /// there, so that the rest of the sweep belongs to the epilogue.
    fn reverse<T: Scalar>(&mut self, output: Id) -> Vec<Id> {
        let mut adjoints = vec![NONE; self.primal];
        let mut pending = Pending::new(if self.plan.summed { self.primal } else { 0 });
        let one = with(|ir| ir.constant(1.0));
        if self.plan.summed && !self.is_varying(output) {
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

    /// The backward sweep from the output. If results are summed, it takes two: over the varying operations (`varying`), then over
    /// the uniform ones; else one takes all.
    fn sweep<T: Scalar>(&self, output: Id, adjoints: &mut [Id], pending: &mut Pending, varying: bool) {
        let summed = self.plan.summed;
        let mut terms: Vec<Id> = Vec::new();
        for id in (0..=output).rev().filter(|&id| self.active[id as usize]) {
            let is_varying = self.is_varying(id);
            if summed && is_varying != varying {
                continue;
            }
            if summed && !is_varying {
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
            let mut add_to = |operand: Id, partial: Partial<Symbol<T>>| {
                if !self.active[operand as usize] {
                    return;
                }
                let Some(contribution) = times(partial, adjoint) else { return };
                if summed && is_varying && !self.is_varying(operand) {
                    pending.add(operand, contribution);
                } else {
                    add::<T>(&mut adjoints[operand as usize], contribution);
                }
            };
            let symbol = Symbol::<T>::of;
            match with(|ir| ir.op(id)) {
                Op::Input(_) | Op::Constant(_) => {}
                Op::Unary(op, a) => add_to(a, op.rule(symbol(a)).1),
                Op::Binary(op, [a, b]) => {
                    let wanted = [a, b].map(|operand| self.active[operand as usize]);
                    let (_, in_a, in_b) = op.rule(symbol(a), symbol(b), wanted);
                    add_to(a, in_a);
                    add_to(b, in_b);
                }
                Op::MulAdd([a, b, c]) => {
                    let (_, partials) = Ternary::MulAdd.rule(symbol(a), symbol(b), symbol(c));
                    for (operand, partial) in [a, b, c].into_iter().zip(partials) {
                        add_to(operand, partial);
                    }
                }
                // A select of the function itself, both of whose operands are computed anyway.
                Op::Select(test, [a, b, then, otherwise]) => {
                    let (one, zero) = (Symbol::constant(1.0), Symbol::constant(0.0));
                    let selected = |x, y| Partial::By(select(test, symbol(a), symbol(b), x, y));
                    add_to(then, selected(one, zero));
                    add_to(otherwise, selected(zero, one));
                }
                Op::StrongZeroMul(_) | Op::Reduce(_) => unreachable!("the function itself has none of these"),
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
    let add_to = |sum: &mut Id, operand: Id, partial: Partial<Symbol<T>>| {
        if known(operand) != NONE
            && let Some(term) = times(partial, known(operand))
        {
            add::<T>(sum, term);
        }
    };
    match with(|ir| ir.op(id)) {
        Op::Input(_) | Op::Constant(_) => {}
        Op::Unary(op, a) if known(a) != NONE => add_to(&mut sum, a, op.rule(symbol(a)).1),
        Op::Unary(..) => {}
        Op::Binary(op, [a, b]) => {
            let wanted = [known(a) != NONE, known(b) != NONE];
            if wanted != [false; 2] {
                let (_, in_a, in_b) = op.rule(symbol(a), symbol(b), wanted);
                add_to(&mut sum, a, in_a);
                add_to(&mut sum, b, in_b);
            }
        }
        Op::StrongZeroMul([a, b]) => {
            add_to(&mut sum, a, Partial::By(symbol(b)));
            add_to(&mut sum, b, Partial::By(symbol(a)));
        }
        Op::MulAdd([a, b, c]) => {
            add_to(&mut sum, a, Partial::By(symbol(b)));
            add_to(&mut sum, b, Partial::By(symbol(a)));
            add_to(&mut sum, c, Partial::One);
        }
        Op::Select(test, [a, b, then, otherwise]) if [then, otherwise].map(known) != [NONE; 2] => {
            let or_zero = |id: Id| if known(id) == NONE { Symbol::constant(0.0) } else { symbol(known(id)) };
            return select(test, symbol(a), symbol(b), or_zero(then), or_zero(otherwise)).id();
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

fn select<T: Scalar>(test: Test, a: Symbol<T>, b: Symbol<T>, then: Symbol<T>, otherwise: Symbol<T>) -> Symbol<T> {
    match test {
        Test::Less => Symbol::select_less(a, b, || then, || otherwise),
        Test::Equal => Symbol::select_equal(a, b, || then, || otherwise),
    }
}

/// A partial times an adjoint or a tangent, as a strong-zero product; nothing where it is zero by construction.
fn times<T: Scalar>(partial: Partial<Symbol<T>>, derivative: Id) -> Option<Id> {
    match partial {
        Partial::Zero => None,
        Partial::One => Some(derivative),
        Partial::MinusOne => Some(with(|ir| ir.unary::<T>(Unary::Neg, derivative))),
        Partial::By(partial) => {
            let partial = partial.id();
            let product = with(|ir| ir.strong_zero_mul::<T>(partial, derivative));
            (with(|ir| ir.as_constant(product)) != Some(0.0)).then_some(product)
        }
    }
}

fn add<T: Scalar>(sum: &mut Id, term: Id) {
    *sum = if *sum == NONE { term } else { with(|ir| ir.binary::<T>(Binary::Add, *sum, term)) };
}

/// Which operations of the function depend on an input that `is_source` accepts.
fn dependent(primal: usize, is_source: impl Fn(usize) -> bool) -> Vec<bool> {
    with(|ir| {
        let mut found = vec![false; primal];
        for (id, &op) in ir.ops()[..primal].iter().enumerate() {
            found[id] = match op {
                Op::Input(input) => is_source(input as usize),
                // A constant has no operands.
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

/// The adjoint contributions to each operation that are to be reduced over the samples.
struct Pending {
    /// The last entry of each operation, or [`NONE`].
    heads: Vec<u32>,
    /// A contribution, and the entry before it of the same operation.
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

    /// The contributions in the order in which they were added.
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
