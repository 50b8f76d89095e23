//! The schedule: the stage of each operation, and which operations become one instruction.

use super::differentiate::Source;
use super::ir::{Id, Op, Test};
use super::opcode::VectorFunction;
use super::plan::Plan;
use crate::rules::{Binary, Unary};
use std::borrow::Cow;

/// When an operation is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// In the uniform prologue: it depends on no sample.
    Prologue,
    /// In the body: it varies from sample to sample.
    Body,
    /// In the reduction epilogue: it depends on a sum over the samples.
    Epilogue,
}

/// How a product and a sum become one instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fusion {
    /// a·b + c
    MulAdd,
    /// a·b - c
    MulSub,
    /// c - a·b
    NegMulAdd,
}

/// A chain of multiplications and additions that becomes one instruction: a dot product, or the row of a matrix.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Chain {
    /// The factors of the products, in the order in which they are added; a uniform factor comes first.
    pub(super) terms: Vec<[Id; 2]>,
    /// Whether the first factors are uniform.
    pub(super) uniform_factors: bool,
    /// What the products are added to; nothing if it is the first of them.
    pub(super) start: Option<Id>,
}

/// An n-ary sum.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sum {
    /// In the order in which they are added.
    pub(super) terms: Vec<Id>,
}

/// How an operation is computed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Role {
    /// By an instruction of its own.
    Plain,
    /// Folded into the instruction of its user.
    Folded,
    /// By a vector function that replaces several operations, of this operand.
    VectorFunction(VectorFunction, Id),
    Fused(Fusion, [Id; 3]),
    Chain(Box<Chain>),
    Sum(Box<Sum>),
}

/// The operations of a program, with the stage, the liveness and the role of each.
pub(super) struct Schedule<'a> {
    pub(super) ops: Cow<'a, [Op]>,
    pub(super) lists: Cow<'a, [Id]>,
    pub(super) stage: Vec<Stage>,
    pub(super) live: Vec<bool>,
    pub(super) uses: Vec<u32>,
    pub(super) role: Vec<Role>,
    pub(super) outputs: Vec<Id>,
    /// The operands of guards.
    pub(super) guards: Vec<[Id; 2]>,
    /// What is computed as the function computes it, bit for bit: everything, or the operands of guards and what they depend
    /// on, so that rounding alone never makes a guard fail.
    pub(super) exact: Vec<bool>,
}

impl<'a> Schedule<'a> {
    /// The schedule of samples side by side. With `strong_zeros`, no operations are combined.
    pub(super) fn new(source: &'a Source, plan: &Plan, strong_zeros: bool) -> Self {
        let mut schedule = Self::without_detached(source);
        schedule.mark_exact(plan.exact);
        schedule.assign_stages(|input| input >= source.inputs || plan.is_parameter(input));
        schedule.match_vector_functions();
        schedule.find_live();
        if !strong_zeros {
            schedule.fold_reduced_products();
            schedule.find_chains();
            schedule.fuse();
        }
        schedule
    }

    /// The schedule of a single sample: all operations vary, and a reduction is a sum like any other.
    pub(super) fn of_one_sample(source: &'a Source, plan: &Plan) -> Self {
        let mut schedule = Self::without_detached(source);
        schedule.mark_exact(plan.exact);
        for (id, op) in schedule.ops.iter().enumerate() {
            let is_constant = matches!(op, Op::Constant(_));
            schedule.stage[id] = if is_constant { Stage::Prologue } else { Stage::Body };
        }
        schedule.match_vector_functions();
        schedule.find_live();
        schedule
    }

    /// The operations, with the operand of each `detach` in place of it.
    fn without_detached(source: &'a Source) -> Self {
        let (ops, lists) = (source.ir.ops(), source.ir.lists.as_slice());
        if !ops.iter().any(|op| matches!(op, Op::Unary(Unary::Detach, _))) {
            let guards = source.guards.iter().map(|guard| guard.operands).collect();
            return Self::unscheduled(Cow::Borrowed(ops), Cow::Borrowed(lists), source.outputs.clone(), guards);
        }
        let mut alias: Vec<Id> = Vec::with_capacity(source.ir.len());
        let mut ops = source.ir.ops().to_vec();
        for (id, op) in ops.iter_mut().enumerate() {
            *op = op.moved(|operand| alias[operand as usize]);
            alias.push(if let Op::Unary(Unary::Detach, a) = op { *a } else { id as Id });
        }
        let lists = source.ir.lists.iter().map(|&id| alias[id as usize]).collect();
        let outputs = source.outputs.iter().map(|&id| alias[id as usize]).collect();
        let guards = source.guards.iter().map(|guard| guard.operands.map(|id| alias[id as usize])).collect();
        Self::unscheduled(Cow::Owned(ops), Cow::Owned(lists), outputs, guards)
    }

    fn unscheduled(ops: Cow<'a, [Op]>, lists: Cow<'a, [Id]>, outputs: Vec<Id>, guards: Vec<[Id; 2]>) -> Self {
        let count = ops.len();
        Self {
            ops,
            lists,
            stage: vec![Stage::Prologue; count],
            live: vec![false; count],
            uses: vec![0; count],
            role: vec![Role::Plain; count],
            outputs,
            guards,
            exact: vec![false; count],
        }
    }

    fn mark_exact(&mut self, all: bool) {
        let Self { ops, lists, guards, exact, .. } = self;
        exact.fill(all);
        guards.iter().flatten().for_each(|&operand| exact[operand as usize] = true);
        for id in (0..ops.len()).rev().filter(|_| !all) {
            if exact[id] {
                ops[id].for_each_operand(lists, |operand| exact[operand as usize] = true);
            }
        }
    }

    fn assign_stages(&mut self, is_uniform: impl Fn(usize) -> bool) {
        for id in 0..self.ops.len() {
            self.stage[id] = match self.ops[id] {
                Op::Input(input) if is_uniform(input as usize) => Stage::Prologue,
                Op::Input(_) => Stage::Body,
                Op::Constant(_) => Stage::Prologue,
                Op::Reduce(_) => Stage::Epilogue,
                op => {
                    let mut latest = Stage::Prologue;
                    op.for_each_operand(&self.lists, |operand| latest = latest.max(self.stage[operand as usize]));
                    latest
                }
            };
        }
    }

    /// Whether it is the constant 0, which as a result is not written: rows are zeroed at first.
    pub(super) fn is_zero(&self, id: Id) -> bool {
        self.ops[id as usize].as_constant().is_some_and(|x| x.to_bits() == 0)
    }

    /// Liveness: marks what outputs and guards depend on, and counts the uses of each operation.
    fn find_live(&mut self) {
        let Self { ops, lists, live, uses, role, outputs, guards, .. } = self;
        let mut mark = |live: &mut Vec<bool>, id: Id| {
            live[id as usize] = true;
            uses[id as usize] += 1;
        };
        outputs.iter().chain(guards.iter().flatten()).for_each(|&id| mark(live, id));
        for id in (0..ops.len()).rev() {
            if live[id] {
                match role[id] {
                    Role::VectorFunction(_, a) => mark(live, a),
                    _ => ops[id].for_each_operand(lists, |operand| mark(live, operand)),
                }
            }
        }
    }

    fn unary(&self, id: Id) -> Option<(Unary, Id)> {
        if let Op::Unary(op, a) = self.ops[id as usize] { Some((op, a)) } else { None }
    }

    pub(super) fn binary(&self, id: Id, op: Binary) -> Option<[Id; 2]> {
        match self.ops[id as usize] {
            Op::Binary(found, operands) if found == op => Some(operands),
            _ => None,
        }
    }

    fn is_constant(&self, id: Id, value: f64) -> bool {
        self.ops[id as usize].as_constant() == Some(value)
    }

    /// Recognises the derivatives of tanh and of the logistic function, which the rules write as a select between two formulas:
    /// a vector function computes each without a select.
    fn match_vector_functions(&mut self) {
        for id in 0..self.ops.len() {
            let Op::Select(Test::Less, [test, bound, then, otherwise]) = self.ops[id] else { continue };
            // Uniform operations have no lanes, and exact ones are computed as the function computes them.
            if !self.is_varying(id as Id) || self.exact[id] {
                continue;
            }
            let Some((Unary::Abs, inner)) = self.unary(test) else { continue };
            let found = if self.is_constant(bound, 0.5) {
                self.sech_squared(inner, then, otherwise).map(|x| (VectorFunction::SechSquared, x))
            } else if self.is_constant(bound, 1.0) {
                self.logistic_derivative(inner, then, otherwise).map(|x| (VectorFunction::LogisticDerivative, x))
            } else {
                None
            };
            if let Some((function, x)) = found {
                self.role[id] = Role::VectorFunction(function, x);
            }
        }
    }

    /// x where `then` is 1 - t² and `otherwise` (2/(eˣ + e⁻ˣ))² for t = tanh x.
    fn sech_squared(&self, t: Id, then: Id, otherwise: Id) -> Option<Id> {
        let Some((Unary::Tanh, x)) = self.unary(t) else { return None };
        let [one, square] = self.binary(then, Binary::Sub)?;
        let [s, same] = self.binary(otherwise, Binary::Mul)?;
        let [two, sum] = self.binary(s, Binary::Div)?;
        let grows = |id: Id| self.unary(id) == Some((Unary::Exp, x));
        let falls = |id: Id| matches!(self.unary(id), Some((Unary::Exp, y)) if self.unary(y) == Some((Unary::Neg, x)));
        let [a, b] = self.binary(sum, Binary::Add)?;
        let holds = self.is_constant(one, 1.0)
            && self.binary(square, Binary::Mul) == Some([t, t])
            && s == same
            && self.is_constant(two, 2.0)
            && (grows(a) && falls(b) || falls(a) && grows(b));
        holds.then_some(x)
    }

    /// x where `then` is (1 - tanh²(x/2))/4 and `otherwise` logistic(x)·logistic(-x).
    fn logistic_derivative(&self, x: Id, then: Id, otherwise: Id) -> Option<Id> {
        let factors = self.binary(otherwise, Binary::Mul)?;
        let of_x = |id: Id| self.unary(id) == Some((Unary::Logistic, x));
        let of_negative =
            |id: Id| matches!(self.unary(id), Some((Unary::Logistic, y)) if self.unary(y) == Some((Unary::Neg, x)));
        let [a, b] = factors;
        let [c, d] = self.binary(then, Binary::Mul)?;
        let (quarter, bracket) = if self.is_constant(c, 0.25) { (c, d) } else { (d, c) };
        let [one, square] = self.binary(bracket, Binary::Sub)?;
        let [t, same] = self.binary(square, Binary::Mul)?;
        let Some((Unary::Tanh, half)) = self.unary(t) else { return None };
        let [e, f] = self.binary(half, Binary::Mul)?;
        let halved = e == x && self.is_constant(f, 0.5) || f == x && self.is_constant(e, 0.5);
        let holds = (of_x(a) && of_negative(b) || of_negative(a) && of_x(b))
            && self.is_constant(quarter, 0.25)
            && self.is_constant(one, 1.0)
            && t == same
            && halved;
        holds.then_some(x)
    }

    /// Whether it varies from sample to sample.
    pub(super) fn is_varying(&self, id: Id) -> bool {
        self.stage[id as usize] == Stage::Body
    }

    /// The factors of a varying product with a single use, which may be folded into that.
    fn single_product(&self, id: Id) -> Option<[Id; 2]> {
        let at = id as usize;
        match self.ops[at] {
            Op::Binary(Binary::Mul, operands) | Op::StrongZeroMul(operands)
                if self.uses[at] == 1 && self.is_varying(id) && self.role[at] == Role::Plain =>
            {
                Some(operands)
            }
            _ => None,
        }
    }

    /// Folds varying products into the reductions that they are terms of.
    fn fold_reduced_products(&mut self) {
        for id in 0..self.ops.len() {
            if !self.live[id] {
                continue;
            }
            if let Op::Reduce([start, end]) = self.ops[id] {
                for at in start..end {
                    let term = self.lists[at as usize];
                    if let Some(factors) = self.single_product(term)
                        && factors.iter().all(|&factor| self.is_varying(factor))
                    {
                        self.role[term as usize] = Role::Folded;
                    }
                }
            }
        }
    }

    fn find_chains(&mut self) {
        const SHORTEST: usize = 3;
        let (mut terms, mut inner) = (Vec::new(), Vec::new());
        for top in (0..self.ops.len() as Id).rev() {
            let at = top as usize;
            if !self.live[at] || !self.is_varying(top) || self.role[at] != Role::Plain {
                continue;
            }
            terms.clear();
            inner.clear();
            let mut uniform_factors = None;
            let mut here = top;
            while let Some(operands) = self.chain_sum(here, top) {
                let [a, b] = operands;
                let found = [(b, a), (a, b)].into_iter().find_map(|(term, rest)| {
                    let term = (term, self.term(term)?);
                    (uniform_factors.is_none_or(|uniform_factors| uniform_factors == term.1.1) && term.0 != rest)
                        .then_some((term, rest))
                });
                let Some(((term, (factors, kind)), rest)) = found else { break };
                uniform_factors = Some(kind);
                terms.push(factors);
                inner.extend([term, here]);
                here = rest;
            }
            let Some(uniform_factors) = uniform_factors else { continue };
            let start = match self.term(here) {
                Some((factors, kind)) if kind == uniform_factors => {
                    terms.push(factors);
                    inner.push(here);
                    None
                }
                _ => Some(here),
            };
            if terms.len() < SHORTEST {
                continue;
            }
            for &id in &inner {
                self.role[id as usize] = Role::Folded;
            }
            terms.reverse();
            self.role[at] = Role::Chain(Box::new(Chain { terms: terms.clone(), uniform_factors, start }));
        }
    }

    /// The operands of an addition that can be the top of a chain or a link of it.
    fn chain_sum(&self, id: Id, top: Id) -> Option<[Id; 2]> {
        let at = id as usize;
        let link = id == top || self.uses[at] == 1 && self.role[at] == Role::Plain;
        if link && self.is_varying(id) { self.binary(id, Binary::Add) } else { None }
    }

    /// The factors of a product that can be a term of a chain, a uniform one first, and whether there is a uniform one.
    fn term(&self, id: Id) -> Option<([Id; 2], bool)> {
        let [a, b] = self.single_product(id)?;
        Some(match (self.is_varying(a), self.is_varying(b)) {
            (false, true) => ([a, b], true),
            (true, false) => ([b, a], true),
            _ => ([a, b], false),
        })
    }

    /// Fuses products and sums that are in no chain.
    pub(super) fn fuse(&mut self) {
        for id in 0..self.ops.len() {
            if !self.live[id] || self.role[id] != Role::Plain || self.stage[id] != Stage::Body || self.exact[id] {
                continue;
            }
            let fused = match self.ops[id] {
                Op::Binary(Binary::Add, [a, b]) => [(b, a), (a, b)].into_iter().find_map(|(product, c)| {
                    let [x, y] = self.single_product(product)?;
                    Some((product, Fusion::MulAdd, [x, y, c]))
                }),
                Op::Binary(Binary::Sub, [a, b]) => {
                    let minuend = self.single_product(a).map(|[x, y]| (a, Fusion::MulSub, [x, y, b]));
                    minuend.or_else(|| self.single_product(b).map(|[x, y]| (b, Fusion::NegMulAdd, [x, y, a])))
                }
                _ => None,
            };
            if let Some((product, fusion, [x, y, c])) = fused {
                self.role[product as usize] = Role::Folded;
                // A uniform factor comes first.
                let [x, y] = if self.is_varying(x) && !self.is_varying(y) { [y, x] } else { [x, y] };
                self.role[id] = Role::Fused(fusion, [x, y, c]);
            }
        }
    }
}
