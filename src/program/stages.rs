//! What is computed once, what for every sample, and which operations become one instruction.

use super::build::Source;
use super::code::Fast;
use super::ir::{Id, Op, Test};
use super::plan::Plan;
use crate::rules::{Binary, Unary};
use std::borrow::Cow;

/// When an operation is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Before the samples: it depends on parameters at most.
    Before,
    /// For each sample.
    Sample,
    /// After the samples: it depends on a sum over them.
    After,
}

/// Which product and which sum become one instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fusion {
    /// a·b + c
    MulAdd,
    /// a·b - c
    MulSub,
    /// c - a·b
    NegMulAdd,
}

/// A sum of products that is one instruction: the products in the order in which they are added.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Chain {
    /// The factors; if one of them is the same for all samples, the first.
    pub(super) terms: Vec<[Id; 2]>,
    /// Whether the first factors are the same for all samples.
    pub(super) uniform: bool,
    /// What the products are added to; nothing if it is the first of them.
    pub(super) start: Option<Id>,
}

/// A sum that is one step.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sum {
    /// In the order in which they are added.
    pub(super) terms: Vec<Id>,
}

/// How an operation is carried out.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Role {
    /// By an instruction of its own.
    Plain,
    /// Within another.
    Absorbed,
    /// As a function of another operand than the graph has it.
    Fast(Fast, Id),
    Fused(Fusion, [Id; 3]),
    Chain(Box<Chain>),
    Sum(Box<Sum>),
}

/// The operations that count, and the role of each.
pub(super) struct Staged<'a> {
    pub(super) ops: Cow<'a, [Op]>,
    pub(super) lists: Cow<'a, [Id]>,
    pub(super) stage: Vec<Stage>,
    pub(super) live: Vec<bool>,
    pub(super) uses: Vec<u32>,
    pub(super) role: Vec<Role>,
    pub(super) outputs: Vec<Id>,
    /// The operands of guards.
    pub(super) guards: Vec<[Id; 2]>,
    /// What is computed as the function does it, bit for bit: everything, or what guards ask about, so that rounding alone
    /// never gives another answer than the function's.
    pub(super) exact: Vec<bool>,
}

impl<'a> Staged<'a> {
    /// With `careful`, derivatives are multiplied so that zeros absorb, and nothing is made of several operations.
    pub(super) fn new(source: &'a Source, plan: &Plan, careful: bool) -> Self {
        let mut staged = Self::without_detached(source);
        staged.find_exact(plan.exact);
        staged.assign_stages(|input| input >= source.inputs || plan.is_parameter(input));
        staged.find_functions();
        staged.find_live();
        if !careful {
            staged.absorb_reduced_products();
            staged.find_chains();
            staged.fuse();
        }
        staged
    }

    /// All operations as those of one sample: nothing is shared with others, and a sum over the samples is one of its own.
    pub(super) fn of_one(source: &'a Source, plan: &Plan) -> Self {
        let mut staged = Self::without_detached(source);
        staged.find_exact(plan.exact);
        for (id, op) in staged.ops.iter().enumerate() {
            let is_constant = matches!(op, Op::Constant(_));
            staged.stage[id] = if is_constant { Stage::Before } else { Stage::Sample };
        }
        staged.find_functions();
        staged.find_live();
        staged
    }

    /// The operations with what is behind each constant-for-derivatives in place of it.
    fn without_detached(source: &'a Source) -> Self {
        let (ops, lists) = (source.ir.ops(), source.ir.lists.as_slice());
        if !ops.iter().any(|op| matches!(op, Op::Unary(Unary::Detach, _))) {
            let guards = source.guards.iter().map(|guard| guard.operands).collect();
            return Self::plain(Cow::Borrowed(ops), Cow::Borrowed(lists), source.outputs.clone(), guards);
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
        Self::plain(Cow::Owned(ops), Cow::Owned(lists), outputs, guards)
    }

    /// Before anything is known of them.
    fn plain(ops: Cow<'a, [Op]>, lists: Cow<'a, [Id]>, outputs: Vec<Id>, guards: Vec<[Id; 2]>) -> Self {
        let count = ops.len();
        Self {
            ops,
            lists,
            stage: vec![Stage::Before; count],
            live: vec![false; count],
            uses: vec![0; count],
            role: vec![Role::Plain; count],
            outputs,
            guards,
            exact: vec![false; count],
        }
    }

    fn find_exact(&mut self, all: bool) {
        let Self { ops, lists, guards, exact, .. } = self;
        exact.fill(all);
        guards.iter().flatten().for_each(|&operand| exact[operand as usize] = true);
        for id in (0..ops.len()).rev().filter(|_| !all) {
            if exact[id] {
                ops[id].for_each_operand(lists, |operand| exact[operand as usize] = true);
            }
        }
    }

    fn assign_stages(&mut self, is_shared: impl Fn(usize) -> bool) {
        for id in 0..self.ops.len() {
            self.stage[id] = match self.ops[id] {
                Op::Input(input) if is_shared(input as usize) => Stage::Before,
                Op::Input(_) => Stage::Sample,
                Op::Constant(_) => Stage::Before,
                Op::Reduce(_) => Stage::After,
                op => {
                    let mut latest = Stage::Before;
                    op.for_each_operand(&self.lists, |operand| latest = latest.max(self.stage[operand as usize]));
                    latest
                }
            };
        }
    }

    /// Whether it is 0 in every run: a result that is one is not written, as rows begin as zeros.
    pub(super) fn is_zero(&self, id: Id) -> bool {
        self.ops[id as usize].as_constant().is_some_and(|x| x.to_bits() == 0)
    }

    /// Marks what outputs and guards need, and counts how often each operation is read.
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
                    Role::Fast(_, a) => mark(live, a),
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

    /// Finds the slopes of tanh and of the logistic function among what the rules wrote: choices between two formulas, for
    /// which one function without a choice does.
    fn find_functions(&mut self) {
        for id in 0..self.ops.len() {
            let Op::Select(Test::Less, [test, bound, then, otherwise]) = self.ops[id] else { continue };
            // What is computed once has no lanes.
            if !self.is_sample(id as Id) || self.exact[id] {
                continue;
            }
            let Some((Unary::Abs, inner)) = self.unary(test) else { continue };
            let found = if self.is_constant(bound, 0.5) {
                self.sech_squared(inner, then, otherwise).map(|x| (Fast::SechSquared, x))
            } else if self.is_constant(bound, 1.0) {
                self.logistic_slope(inner, then, otherwise).map(|x| (Fast::LogisticSlope, x))
            } else {
                None
            };
            if let Some((function, x)) = found {
                self.role[id] = Role::Fast(function, x);
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
    fn logistic_slope(&self, x: Id, then: Id, otherwise: Id) -> Option<Id> {
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

    pub(super) fn is_sample(&self, id: Id) -> bool {
        self.stage[id as usize] == Stage::Sample
    }

    /// The factors of a product that is computed for each sample, used once and by nothing but its user.
    fn single_product(&self, id: Id) -> Option<[Id; 2]> {
        let at = id as usize;
        match self.ops[at] {
            Op::Binary(Binary::Mul, operands) | Op::Product(operands)
                if self.uses[at] == 1 && self.is_sample(id) && self.role[at] == Role::Plain =>
            {
                Some(operands)
            }
            _ => None,
        }
    }

    /// Sums over the samples take the products that they sum.
    fn absorb_reduced_products(&mut self) {
        for id in 0..self.ops.len() {
            if !self.live[id] {
                continue;
            }
            if let Op::Reduce([start, end]) = self.ops[id] {
                for at in start..end {
                    let term = self.lists[at as usize];
                    if let Some(factors) = self.single_product(term)
                        && factors.iter().all(|&factor| self.is_sample(factor))
                    {
                        self.role[term as usize] = Role::Absorbed;
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
            if !self.live[at] || !self.is_sample(top) || self.role[at] != Role::Plain {
                continue;
            }
            terms.clear();
            inner.clear();
            let mut uniform = None;
            let mut here = top;
            while let Some(operands) = self.chain_sum(here, top) {
                let [a, b] = operands;
                let found = [(b, a), (a, b)].into_iter().find_map(|(term, rest)| {
                    let term = (term, self.term(term)?);
                    (uniform.is_none_or(|uniform| uniform == term.1.1) && term.0 != rest).then_some((term, rest))
                });
                let Some(((term, (factors, kind)), rest)) = found else { break };
                uniform = Some(kind);
                terms.push(factors);
                inner.extend([term, here]);
                here = rest;
            }
            let Some(uniform) = uniform else { continue };
            let start = match self.term(here) {
                Some((factors, kind)) if kind == uniform => {
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
                self.role[id as usize] = Role::Absorbed;
            }
            terms.reverse();
            self.role[at] = Role::Chain(Box::new(Chain { terms: terms.clone(), uniform, start }));
        }
    }

    /// The operands of a sum that can be the top of a chain or a link in one.
    fn chain_sum(&self, id: Id, top: Id) -> Option<[Id; 2]> {
        let at = id as usize;
        let link = id == top || self.uses[at] == 1 && self.role[at] == Role::Plain;
        if link && self.is_sample(id) { self.binary(id, Binary::Add) } else { None }
    }

    /// The factors of a product that can be a term of a chain, with one that all samples share first; and whether there
    /// is one.
    fn term(&self, id: Id) -> Option<([Id; 2], bool)> {
        let [a, b] = self.single_product(id)?;
        Some(match (self.is_sample(a), self.is_sample(b)) {
            (false, true) => ([a, b], true),
            (true, false) => ([b, a], true),
            _ => ([a, b], false),
        })
    }

    /// Products and sums of what is left over.
    pub(super) fn fuse(&mut self) {
        for id in 0..self.ops.len() {
            if !self.live[id] || self.role[id] != Role::Plain || self.stage[id] != Stage::Sample || self.exact[id] {
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
                self.role[product as usize] = Role::Absorbed;
                // A factor that all samples share goes first.
                let [x, y] = if self.is_sample(x) && !self.is_sample(y) { [y, x] } else { [x, y] };
                self.role[id] = Role::Fused(fusion, [x, y, c]);
            }
        }
    }
}
