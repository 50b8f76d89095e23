//! The intermediate representation: operations in single assignment, with common subexpressions merged.

use crate::number::Scalar;
use crate::rules::{Binary, Unary};

/// The index of an operation; operands come before their uses.
pub(super) type Id = u32;

/// No operation.
pub(super) const NONE: Id = u32::MAX;

/// The condition of a select; with a NaN neither holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) enum Test {
    Less,
    Equal,
}

/// One operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) enum Op {
    /// An input of the program: first those of the function, then the direction.
    Input(u32),
    /// The upper and lower half of the bits of an `f64`.
    Constant([u32; 2]),
    Unary(Unary, Id),
    Binary(Binary, [Id; 2]),
    /// The strong-zero product of a partial and a derivative: 0 where a factor is 0, whatever the other one is.
    StrongZeroMul([Id; 2]),
    /// x·y + z, rounded once.
    MulAdd([Id; 3]),
    /// The third operand where the test of the first two holds, else the fourth.
    Select(Test, [Id; 4]),
    /// The sum over all samples of the sum of a range of `Ir::lists`.
    Reduce([u32; 2]),
}

impl Op {
    pub(super) fn constant(value: f64) -> Self {
        let bits = value.to_bits();
        Self::Constant([(bits >> 32) as u32, bits as u32])
    }

    /// The number, if it is one.
    pub(super) fn as_constant(self) -> Option<f64> {
        match self {
            Self::Constant([upper, lower]) => Some(f64::from_bits(u64::from(upper) << 32 | u64::from(lower))),
            _ => None,
        }
    }

    /// The same operation with other operands; those of a reduction, which are in a list, are kept.
    #[inline]
    pub(super) fn moved(self, to: impl Fn(Id) -> Id) -> Self {
        match self {
            Self::Input(_) | Self::Constant(_) | Self::Reduce(_) => self,
            Self::Unary(op, a) => Self::Unary(op, to(a)),
            Self::Binary(op, operands) => Self::Binary(op, operands.map(to)),
            Self::StrongZeroMul(operands) => Self::StrongZeroMul(operands.map(to)),
            Self::MulAdd(operands) => Self::MulAdd(operands.map(to)),
            Self::Select(test, operands) => Self::Select(test, operands.map(to)),
        }
    }

    /// Calls `f` with each operand; those of a reduction are in `lists`.
    #[inline]
    pub(super) fn for_each_operand(self, lists: &[Id], mut f: impl FnMut(Id)) {
        match self {
            Self::Input(_) | Self::Constant(_) => {}
            Self::Unary(_, a) => f(a),
            Self::Binary(_, operands) | Self::StrongZeroMul(operands) => operands.into_iter().for_each(f),
            Self::MulAdd(operands) => operands.into_iter().for_each(f),
            Self::Select(_, operands) => operands.into_iter().for_each(f),
            Self::Reduce([start, end]) => lists[start as usize..end as usize].iter().copied().for_each(f),
        }
    }
}

/// A list of operations without duplicates.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Ir {
    ops: Vec<Op>,
    /// The operands of reductions.
    pub(super) lists: Vec<Id>,
    /// The hash table of operations, with open addressing; the number of its buckets is a power of two.
    #[cfg_attr(feature = "serde", serde(skip))]
    buckets: Vec<Id>,
    /// Whether derivatives are being recorded, so that strong-zero products are those of derivatives.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(super) deriving: bool,
}

impl Ir {
    pub(super) fn with_capacity(ops: usize) -> Self {
        Self {
            ops: Vec::with_capacity(ops),
            buckets: vec![NONE; (ops + ops / 2).next_power_of_two()],
            ..Self::default()
        }
    }

    pub(super) fn ops(&self) -> &[Op] {
        &self.ops
    }

    pub(super) fn op(&self, id: Id) -> Op {
        self.ops[id as usize]
    }

    pub(super) fn len(&self) -> usize {
        self.ops.len()
    }

    /// The id of an operation, which may have been recorded before.
    pub(super) fn emit(&mut self, op: Op) -> Id {
        if self.ops.len() * 3 >= self.buckets.len() * 2 {
            self.grow();
        }
        let mask = self.buckets.len() - 1;
        let mut at = hash(&op) & mask;
        loop {
            match self.buckets[at] {
                NONE => break,
                id if self.ops[id as usize] == op => return id,
                _ => at = (at + 1) & mask,
            }
        }
        let id = self.push(op);
        self.buckets[at] = id;
        id
    }

    /// Adds an operation without looking for a duplicate.
    fn push(&mut self, op: Op) -> Id {
        let id = Id::try_from(self.ops.len()).ok().filter(|&id| id != NONE);
        self.ops.push(op);
        id.expect("a program has fewer than 2³² - 1 operations")
    }

    fn grow(&mut self) {
        let size = (4 * self.ops.len()).next_power_of_two().max(64);
        self.buckets.clear();
        self.buckets.resize(size, NONE);
        for (id, op) in self.ops.iter().enumerate() {
            let mut at = hash(op) & (size - 1);
            while self.buckets[at] != NONE {
                at = (at + 1) & (size - 1);
            }
            self.buckets[at] = id as Id;
        }
    }

    /// A sum over the samples.
    pub(super) fn reduce(&mut self, terms: &[Id]) -> Id {
        let start = self.lists.len() as u32;
        self.lists.extend_from_slice(terms);
        let end = u32::try_from(self.lists.len()).expect("a program has fewer than 2³² terms");
        self.push(Op::Reduce([start, end]))
    }

    pub(super) fn constant(&mut self, value: f64) -> Id {
        self.emit(Op::constant(value))
    }

    pub(super) fn as_constant(&self, id: Id) -> Option<f64> {
        self.op(id).as_constant()
    }

    /// The operand of a negation.
    fn negated(&self, id: Id) -> Option<Id> {
        match self.op(id) {
            Op::Unary(Unary::Neg, a) => Some(a),
            _ => None,
        }
    }

    /// A function of one operand. Simplifications keep the bits of the result.
    pub(super) fn unary<T: Scalar>(&mut self, op: Unary, a: Id) -> Id {
        if let Some(value) = self.as_constant(a) {
            return self.constant(op.value(T::constant(value)).primal());
        }
        match op {
            Unary::Neg => match self.negated(a) {
                Some(inner) => inner,
                None => self.emit(Op::Unary(op, a)),
            },
            Unary::Powi(0) => self.constant(1.0),
            Unary::Powi(1) => a,
            Unary::Powi(2) => self.emit(Op::Binary(Binary::Mul, [a, a])),
            Unary::Recip => {
                let one = self.constant(1.0);
                self.emit(Op::Binary(Binary::Div, [one, a]))
            }
            _ => self.emit(Op::Unary(op, a)),
        }
    }

    /// A function of two operands. Simplifications keep the bits of the result, apart from the sign of NaN: none hides an infinity
    /// or NaN.
    pub(super) fn binary<T: Scalar>(&mut self, op: Binary, a: Id, b: Id) -> Id {
        let constants = [self.as_constant(a), self.as_constant(b)];
        if let [Some(x), Some(y)] = constants {
            return self.constant(op.value(T::constant(x), T::constant(y)).primal());
        }
        let is = |x: Option<f64>, value: f64| x.is_some_and(|x| x.to_bits() == value.to_bits());
        match op {
            Binary::Add if is(constants[0], -0.0) => b,
            Binary::Add if is(constants[1], -0.0) => a,
            Binary::Sub if is(constants[1], 0.0) => a,
            Binary::Sub if is(constants[0], -0.0) => self.unary::<T>(Unary::Neg, b),
            Binary::Add => match (self.negated(a), self.negated(b)) {
                (_, Some(b)) => self.binary::<T>(Binary::Sub, a, b),
                (Some(a), None) => self.binary::<T>(Binary::Sub, b, a),
                _ => self.emit(Op::Binary(op, [a.min(b), a.max(b)])),
            },
            Binary::Sub => match self.negated(b) {
                Some(b) => self.binary::<T>(Binary::Add, a, b),
                None => self.emit(Op::Binary(op, [a, b])),
            },
            Binary::Mul => self.multiply::<T>(constants, a, b, |[a, b]| Op::Binary(Binary::Mul, [a, b])),
            Binary::StrongZeroMul if self.deriving => self.strong_zero_mul::<T>(a, b),
            Binary::Div if is(constants[1], 1.0) => a,
            Binary::Div if is(constants[1], -1.0) => self.unary::<T>(Unary::Neg, a),
            _ => self.emit(Op::Binary(op, [a, b])),
        }
    }

    /// A product without factors ±1, whose negations are moved outside.
    fn multiply<T: Scalar>(&mut self, constants: [Option<f64>; 2], a: Id, b: Id, op: impl Fn([Id; 2]) -> Op) -> Id {
        match constants {
            [Some(1.0), _] => return b,
            [_, Some(1.0)] => return a,
            [Some(-1.0), _] => return self.unary::<T>(Unary::Neg, b),
            [_, Some(-1.0)] => return self.unary::<T>(Unary::Neg, a),
            _ => {}
        }
        let (inner_a, inner_b) = (self.negated(a), self.negated(b));
        let (x, y) = (inner_a.unwrap_or(a), inner_b.unwrap_or(b));
        let product = self.emit(op([x.min(y), x.max(y)]));
        if inner_a.is_some() == inner_b.is_some() { product } else { self.unary::<T>(Unary::Neg, product) }
    }

    /// The strong-zero product of a partial and a derivative.
    pub(super) fn strong_zero_mul<T: Scalar>(&mut self, a: Id, b: Id) -> Id {
        let constants = [self.as_constant(a), self.as_constant(b)];
        match constants {
            [Some(x), Some(y)] => self.constant(T::constant(x).strong_zero_mul(T::constant(y)).primal()),
            [Some(0.0), _] | [_, Some(0.0)] => self.constant(0.0),
            _ => self.multiply::<T>(constants, a, b, Op::StrongZeroMul),
        }
    }

    pub(super) fn mul_add<T: Scalar>(&mut self, operands: [Id; 3]) -> Id {
        match operands.map(|a| self.as_constant(a)) {
            [Some(a), Some(b), Some(c)] => {
                let value = T::constant(a).mul_add(T::constant(b), T::constant(c));
                self.constant(value.primal())
            }
            _ => self.emit(Op::MulAdd(operands)),
        }
    }

    pub(super) fn select(&mut self, test: Test, operands: [Id; 4]) -> Id {
        let [a, b, then, otherwise] = operands;
        if then == otherwise {
            return then;
        }
        match [self.as_constant(a), self.as_constant(b)] {
            [Some(a), Some(b)] => {
                let holds = match test {
                    Test::Less => a < b,
                    Test::Equal => a == b,
                };
                if holds { then } else { otherwise }
            }
            _ => self.emit(Op::Select(test, operands)),
        }
    }
}

/// A fast hash of an operation: programs have few and small keys, and nobody constructs them to collide.
#[inline]
fn hash(op: &Op) -> usize {
    let pair = |[a, b]: [u32; 2]| u64::from(a) << 32 | u64::from(b);
    let (kind, first, second) = match *op {
        Op::Input(input) => (0, u64::from(input), 0),
        Op::Constant(bits) => (1, pair(bits), 0),
        Op::Unary(Unary::Powi(n), a) => (2, pair([n.cast_unsigned(), a]), 0),
        Op::Unary(op, a) => (3, pair([op.index() as u32, a]), 0),
        Op::Binary(op, operands) => (4 + op.index() as u64, pair(operands), 0),
        Op::StrongZeroMul(operands) => (100, pair(operands), 0),
        Op::MulAdd([a, b, c]) => (101, pair([a, b]), u64::from(c)),
        Op::Select(test, [a, b, c, d]) => (102 + test as u64, pair([a, b]), pair([c, d])),
        Op::Reduce(range) => (104, pair(range), 0),
    };
    let mix = |sum: u64, word: u64| (sum.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = mix(mix(kind.wrapping_mul(0x9e37_79b9_7f4a_7c15), first), second);
    (mixed ^ mixed >> 32) as usize
}
