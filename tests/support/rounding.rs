//! How far rounding can drive a program away from the function that it was recorded from: a bound for each entry.
//!
//! A running error analysis over the operations of the recorded graph, to first order. Every number has a distance by which
//! another way of computing it may be off: what an operation rounds itself, and the change of its result while the operands
//! move as far as they may. A jump within that reach counts with its whole height, so that nothing has to be left out by
//! name. Comparisons of the function are the function's own: their operands are computed exactly. Derivatives are sums over paths:
//! each partial may be off by what a rule rounds and by its change while the operands move, and k products and sums round by k·4ε of the sum of the absolute products along the paths, which is the magnitude
//! of `Bound`.

use super::near::{Near, Paths, change, near};
use dualtape::graph::{Graph, Step};
use dualtape::program::Element;
use dualtape::rules::{Binary, Nary, Ternary, Unary};
use dualtape::{Dual, Scalar};
use std::cell::OnceCell;

/// What is done, by the rule table; everything else is written as several of these.
#[derive(Clone, Copy)]
enum Op {
    /// An input or a constant.
    Given,
    Unary(Unary),
    Binary(Binary),
    Ternary(Ternary),
}

struct Number<T> {
    op: Op,
    operands: Vec<usize>,
    value: T,
    error: f64,
    /// Whether it is a zero that may come out with either sign.
    is_zero_of_either_sign: bool,
    /// Of a sum, the sum of the absolute terms, and how many they are: they may be added in any order.
    terms: (f64, f64),
    partials: Vec<Near>,
    /// The partials of the partials, once they are asked for.
    second: OnceCell<Vec<Vec<Near>>>,
}

/// The bounds for a function at a point.
pub(crate) struct Rounding<T> {
    exact: bool,
    inputs: usize,
    numbers: Vec<Number<T>>,
    outputs: Vec<usize>,
    /// How often numbers are used.
    uses: f64,
}

/// What a rule may round a partial by, in units in the last place: `tests/golden.rs` holds it to less.
const OF_A_RULE: f64 = 40.0;

/// The same for a partial of a partial.
const OF_A_SECOND_RULE: f64 = 400.0;

impl Op {
    fn value<T: Scalar>(self, x: &[T]) -> T {
        match self {
            Self::Given => unreachable!("it is not computed"),
            Self::Unary(op) => op.value(x[0]),
            Self::Binary(op) => op.value(x[0], x[1]),
            Self::Ternary(op) => op.value(x[0], x[1], x[2]),
        }
    }

    fn partials<T: Scalar>(self, x: &[T]) -> Vec<T> {
        match self {
            Self::Given => Vec::new(),
            Self::Unary(op) => vec![op.rule(x[0]).1.value()],
            Self::Binary(op) => {
                let (_, a, b) = op.rule(x[0], x[1], [true; 2]);
                vec![a.value(), b.value()]
            }
            Self::Ternary(op) => op.rule(x[0], x[1], x[2]).1.map(|partial| partial.value()).to_vec(),
        }
    }

    /// By how many units in the last place two ways of computing it may differ: the vector functions are at most 2 off, two
    /// of them 3, and the standard library's 1.
    fn roundings(self) -> f64 {
        match self {
            Self::Unary(op) => match op {
                Unary::Powi(n) => 3.0 + f64::from(n.unsigned_abs()),
                Unary::Digamma | Unary::NormCdf => 4.0,
                Unary::Neg | Unary::Abs | Unary::Signum | Unary::Detach => 0.0,
                Unary::Floor | Unary::Ceil | Unary::Round | Unary::Trunc | Unary::Fract => 0.0,
                Unary::Recip | Unary::Sqrt | Unary::ToDegrees | Unary::ToRadians => 0.0,
                _ => 3.0,
            },
            Self::Binary(op) => match op {
                Binary::Max | Binary::Min | Binary::AbsSub | Binary::Copysign | Binary::Div => 0.0,
                Binary::Add | Binary::Sub | Binary::Mul | Binary::StrongZeroMul => 1.0,
                _ => 3.0,
            },
            Self::Given | Self::Ternary(_) => 0.0,
        }
    }

    /// Whether it may turn between the ends of what its operands can be: beyond a pole, a period, a jump that comes again.
    fn turns<T: Scalar>(self, reach: &[[T; 2]]) -> bool {
        let changes_sign = |[low, high]: &[T; 2]| *low < T::zero() && *high > T::zero();
        let passes_integer = |[low, high]: &[T; 2]| low.floor() != high.floor();
        match self {
            Self::Unary(Unary::Sin | Unary::Cos | Unary::Tan) => reach[0][1] - reach[0][0] > T::one(),
            Self::Unary(Unary::LnGamma | Unary::Digamma) => reach[0][0] <= T::zero() && passes_integer(&reach[0]),
            Self::Unary(Unary::Fract) => passes_integer(&reach[0]),
            Self::Unary(Unary::Recip | Unary::Powi(_) | Unary::Cbrt) => changes_sign(&reach[0]),
            Self::Binary(Binary::Rem) => {
                let [x, y] = [reach[0], reach[1]];
                let moved = reach.iter().any(|[low, high]| low < high);
                changes_sign(&y)
                    || moved && passes_integer(&[x[0] / y[0], x[1] / y[1]])
                    || passes_integer(&[x[0] / y[1], x[1] / y[0]])
            }
            Self::Binary(Binary::Div | Binary::Log | Binary::Powf) => reach.iter().any(changes_sign),
            Self::Binary(Binary::Atan2 | Binary::Hypot) => reach.iter().all(changes_sign),
            _ => false,
        }
    }

    /// Whether a zero that it gives may have either sign even where results are the same bits: f64's own may.
    fn is_free_in_the_sign_of_zero(self) -> bool {
        matches!(self, Self::Binary(Binary::Max | Binary::Min))
    }
}

impl<T: Element> Rounding<T> {
    /// For programs of the function that was recorded, exact or not, at the point where it was recorded.
    pub(crate) fn of(graph: &Graph<T>, exact: bool) -> Self {
        let mut this = Self {
            exact,
            inputs: graph.input_count(),
            numbers: Vec::with_capacity(graph.nodes().len()),
            outputs: Vec::new(),
            uses: 0.0,
        };
        let mut places: Vec<usize> = Vec::with_capacity(graph.nodes().len());
        for (at, node) in graph.nodes().iter().enumerate() {
            let operands: Vec<usize> = graph.operands(at as u32).iter().map(|&node| places[node as usize]).collect();
            let place = this.import(graph, &node.step, node.value, operands);
            places.push(place);
        }
        this.outputs = graph.output_nodes().iter().map(|&node| places[node as usize]).collect();
        this
    }

    /// The operations that a step of a graph stands for.
    fn import(&mut self, graph: &Graph<T>, step: &Step, value: T, operands: Vec<usize>) -> usize {
        let sum = |this: &mut Self, start: usize, terms: &[usize]| {
            terms.iter().fold(start, |sum, &term| this.push(Op::Binary(Binary::Add), vec![sum, term]))
        };
        match step {
            Step::Unary(op, _) => self.push(Op::Unary(*op), operands),
            Step::Binary(op, _) => self.push(Op::Binary(*op), operands),
            Step::Ternary(op, _) => self.push(Op::Ternary(*op), operands),
            Step::Nary(Nary::Sum, ..) => {
                let start = self.given(std::iter::empty::<T>().sum());
                sum(self, start, &operands)
            }
            Step::Nary(Nary::Dot, ..) => {
                let (a, b) = operands.split_at(operands.len() / 2);
                let product = |(&a, &b)| self.push(Op::Binary(Binary::Mul), vec![a, b]);
                let products: Vec<usize> = a.iter().zip(b).map(product).collect();
                let start = self.given(T::zero());
                sum(self, start, &products)
            }
            Step::Nary(Nary::LinearCombination, _, first) => {
                let coefficients = &graph.coefficients()[*first as usize..];
                let product = |(&c, &x): (&f64, &usize)| {
                    let c = self.given(T::constant(c));
                    self.push(Op::Binary(Binary::Mul), vec![c, x])
                };
                let products: Vec<usize> = coefficients.iter().zip(&operands).map(product).collect();
                let start = self.given(T::zero());
                sum(self, start, &products)
            }
            Step::Nary(Nary::LogSumExp, ..) => {
                let mut shift = self.given(T::neg_infinity());
                for &x in operands.iter() {
                    let x = self.push(Op::Unary(Unary::Detach), vec![x]);
                    shift = self.push(Op::Binary(Binary::Max), vec![shift, x]);
                }
                let term = |&x: &usize| {
                    let shifted = self.push(Op::Binary(Binary::Excess), vec![x, shift]);
                    self.push(Op::Unary(Unary::Exp), vec![shifted])
                };
                let terms: Vec<usize> = operands.iter().map(term).collect();
                let start = self.given(std::iter::empty::<T>().sum());
                let sum = sum(self, start, &terms);
                let ln = self.push(Op::Unary(Unary::Ln), vec![sum]);
                self.push(Op::Binary(Binary::Add), vec![ln, shift])
            }
            _ => self.given(value),
        }
    }

    fn given(&mut self, value: T) -> usize {
        self.numbers.push(Number {
            op: Op::Given,
            operands: Vec::new(),
            value,
            error: 0.0,
            is_zero_of_either_sign: false,
            terms: (value.primal().abs(), 0.0),
            partials: Vec::new(),
            second: OnceCell::new(),
        });
        self.numbers.len() - 1
    }

    fn push(&mut self, op: Op, operands: Vec<usize>) -> usize {
        let of = |at: &usize| &self.numbers[*at];
        let values: Vec<T> = operands.iter().map(|at| of(at).value).collect();
        let value = op.value(&values);
        let size = value.primal().abs();
        let terms = match (op, &operands[..]) {
            (Op::Binary(Binary::Add | Binary::Sub), [a, b]) => {
                let ((x, m), (y, n)) = (of(a).terms, of(b).terms);
                (x + y, m + n + 1.0)
            }
            (Op::Unary(Unary::Neg), [a]) => of(a).terms,
            _ => (size, 0.0),
        };
        let reach: Vec<[T; 2]> = operands.iter().map(|at| of(at).reach()).collect();
        let [epsilon, least] = [T::epsilon(), T::min_positive_value()].map(|x| x.primal());
        let mut error = change(&reach, &[value], |x| vec![op.value(x)])[0];
        if !self.exact && op.roundings() > 0.0 {
            let rounded = if terms.1 > 0.0 { terms.1 * terms.0 } else { op.roundings() * size };
            // What is below the least normal number may as well be 0.
            let tiny = if size < least / epsilon { least } else { 0.0 };
            let rounded = if size.is_finite() { epsilon * rounded + tiny } else { 0.0 };
            error += if rounded.is_finite() { rounded } else { f64::INFINITY };
        }
        let found = op.partials(&values);
        let mut changes = change(&reach, &found, |x| op.partials(x));
        if op.turns(&reach) {
            error = f64::INFINITY;
            changes.fill(f64::INFINITY);
        }
        let of_a_rule = if self.exact { 0.0 } else { OF_A_RULE * epsilon };
        let partials = near(&found, &changes, of_a_rule);
        self.uses += operands.len() as f64;
        let is_zero_of_either_sign = size == 0.0 && (!self.exact || op.is_free_in_the_sign_of_zero());
        self.numbers.push(Number {
            op,
            operands,
            value,
            error,
            is_zero_of_either_sign,
            terms,
            partials,
            second: OnceCell::new(),
        });
        self.numbers.len() - 1
    }

    /// How each partial of a number changes with each of its operands.
    fn second(&self, number: &Number<T>) -> Vec<Vec<Near>> {
        let of = |at: &usize| &self.numbers[*at];
        let values: Vec<T> = number.operands.iter().map(|at| of(at).value).collect();
        let reach: Vec<[T; 2]> = number.operands.iter().map(|at| of(at).reach()).collect();
        let along = |along: usize| {
            let partials = |x: &[T]| -> Vec<T> {
                let dual = |(at, &x): (usize, &T)| if at == along { Dual::variable(x) } else { Dual::constant(x) };
                let x: Vec<Dual<T>> = x.iter().enumerate().map(dual).collect();
                number.op.partials(&x).iter().map(|partial| partial.tangent).collect()
            };
            let found = partials(&values);
            near(&found, &change(&reach, &found, partials), OF_A_SECOND_RULE * T::epsilon().primal())
        };
        (0..values.len()).map(along).collect()
    }

    /// For a value.
    pub(crate) fn of_value(&self, output: usize) -> f64 {
        2.0 * self.numbers[self.outputs[output]].error
    }

    /// For the derivatives of an output in each input. Infinite where nothing can be said: a path passes an infinity or NaN,
    /// or leaves the range in which products are exact to rounding.
    pub(crate) fn of_derivatives(&self, output: usize) -> Vec<f64> {
        let paths = self.paths(output);
        // A little less than the exponents of the type can do.
        let range = 0.9 * T::max_value().primal().log2();
        let allowed = |paths: &Paths| {
            let in_range = paths.range.0 > -range && paths.range.1 < range;
            let roundings = 4.0 * (paths.length + self.uses + 4.0);
            let bound = 2.0 * (roundings * T::epsilon().primal() * paths.sum.value + paths.sum.error);
            if in_range && bound.is_finite() { bound } else { f64::INFINITY }
        };
        paths[..self.inputs].iter().map(allowed).collect()
    }

    /// The infinity that the derivative of an output in each input is whatever rounding does: there is a single path, no partial on it can
    /// be 0 or of the other sign, and one is infinite.
    pub(crate) fn infinities(&self, output: usize) -> Vec<Option<f64>> {
        let last = self.outputs[output];
        // Products of the finite partials are taken in any order.
        let range = 0.9 * T::max_value().primal().log2();
        let mut found = vec![Ways::None; self.numbers.len()];
        found[last] = Ways::One { product: 1.0, range: 0.0 };
        for at in (0..=last).rev() {
            let number = &self.numbers[at];
            for (partial, &operand) in number.partials.iter().zip(&number.operands) {
                found[operand] = found[operand].and(found[at].through(*partial));
            }
        }
        let infinity = |ways: &Ways| match *ways {
            Ways::One { product, range: sum } if product.is_infinite() && sum < range => Some(product),
            _ => None,
        };
        found[..self.inputs].iter().map(infinity).collect()
    }

    /// Σ over the paths from each input to an output of the absolute products of partials: what `Bound` finds for one.
    pub(crate) fn magnitudes(&self, output: usize) -> Vec<f64> {
        self.paths(output)[..self.inputs].iter().map(|paths| paths.sum.value).collect()
    }

    /// For the derivative of an output along a direction, which has a number for each input.
    pub(crate) fn along(&self, output: usize, direction: &[f64]) -> f64 {
        let terms = self.of_derivatives(output).into_iter().zip(direction).filter(|(_, v)| **v != 0.0);
        terms.map(|(allowed, v)| allowed * v.abs()).sum()
    }

    /// For the product of the Hessian of an output with a direction, which has a number for each input.
    pub(crate) fn of_second_derivatives(&self, output: usize, direction: &[f64]) -> Vec<f64> {
        let last = self.outputs[output];
        let mut tangents: Vec<Near> = Vec::with_capacity(last + 1);
        for (at, number) in self.numbers[..=last].iter().enumerate() {
            let seed = if at < self.inputs { direction[at].abs() } else { 0.0 };
            let mut sum = Near { value: seed, error: 0.0 };
            for (partial, &operand) in number.partials.iter().zip(&number.operands) {
                sum.add(partial.times(tangents[operand]));
            }
            tangents.push(sum);
        }
        let mut adjoints = vec![Near::default(); self.numbers.len()];
        let mut along = adjoints.clone();
        adjoints[last].value = 1.0;
        for at in (0..=last).rev() {
            let number = &self.numbers[at];
            let partials = number.second.get_or_init(|| self.second(number));
            for (k, &to) in number.operands.iter().enumerate() {
                let (own, mut moved) = (number.partials[k].times(adjoints[at]), number.partials[k].times(along[at]));
                for (l, &by) in number.operands.iter().enumerate() {
                    moved.add(partials[l][k].times(tangents[by]).times(adjoints[at]));
                }
                adjoints[to].add(own);
                along[to].add(moved);
            }
        }
        let [epsilon, least] = [T::epsilon(), T::min_positive_value()].map(|x| x.primal());
        // Beyond, products of two partials over- or underflow in one order and not in another, in a rule too.
        let range = 0.45 * T::max_value().primal().log2();
        let paths = self.paths(output);
        let is_in_range = |paths: &Paths| paths.range.0 > -range && paths.range.1 < range;
        let are_in_range = (0..self.inputs).all(|at| direction[at] == 0.0 || is_in_range(&paths[at]));
        let allowed = |(sum, paths): (&Near, &Paths)| {
            let roundings = 8.0 * (self.numbers.len() as f64 + self.uses + 8.0);
            let bound = 2.0 * (roundings * epsilon * sum.value + sum.error) + least;
            let in_range = sum.value == 0.0 || (least.sqrt()..least.sqrt().recip()).contains(&sum.value);
            let in_range = in_range && are_in_range && is_in_range(paths);
            if in_range && bound.is_finite() { bound } else { f64::INFINITY }
        };
        along[..self.inputs].iter().zip(&paths).map(allowed).collect()
    }

    /// The paths from each number to an output.
    fn paths(&self, output: usize) -> Vec<Paths> {
        let last = self.outputs[output];
        let mut found = vec![Paths::default(); self.numbers.len()];
        found[last].sum.value = 1.0;
        for at in (0..=last).rev() {
            let number = &self.numbers[at];
            for (partial, &operand) in number.partials.iter().zip(&number.operands) {
                let paths = found[at].through(*partial);
                found[operand].add(paths);
            }
        }
        found
    }
}

/// The ways from a number to an output.
#[derive(Clone, Copy)]
enum Ways {
    None,
    /// The sign of the product of its partials, infinite if one is, and the sum of the absolute log₂ of the others.
    One {
        product: f64,
        range: f64,
    },
    /// Several, or one by a partial that may be anything.
    Open,
}

impl Ways {
    fn through(self, Near { value, error }: Near) -> Self {
        match self {
            Self::None => Self::None,
            _ if value == 0.0 && error == 0.0 => Self::None,
            Self::One { product, range } if error < value.abs() => {
                let (size, more) =
                    if value.is_infinite() { (value, 0.0) } else { (value.signum(), value.abs().log2().abs()) };
                Self::One { product: product * size, range: range + more }
            }
            _ => Self::Open,
        }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, only) | (only, Self::None) => only,
            _ => Self::Open,
        }
    }
}

impl<T: Scalar> Number<T> {
    /// The least and the largest that another way of computing it may find.
    fn reach(&self) -> [T; 2] {
        if self.value.is_nan() {
            // The sign of a NaN is nobody's promise.
            return [-T::nan().abs(), T::nan().abs()];
        }
        if self.is_zero_of_either_sign && self.error == 0.0 {
            return [-T::zero(), T::zero()];
        }
        if self.error == 0.0 || !self.value.is_finite() {
            return [self.value; 2];
        }
        let by = T::constant(self.error);
        [self.value - by, self.value + by]
    }
}
