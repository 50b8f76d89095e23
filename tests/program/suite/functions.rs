//! The table: what is compiled, with operands in groups each of which may be uniform, varying or constant.

use crate::support::spread;
use dualtape::rules::{Binary, Ternary, Unary};
use dualtape::{Many, Model, Scalar};

/// From how many operands on not every kind of operands is tried with every other.
const LARGE: usize = 12;

/// A function of groups of operands.
#[derive(Clone, Debug)]
pub(super) enum Function {
    Unary(Unary),
    Binary(Binary),
    Ternary(Ternary),
    /// a·b + c
    MulAdd,
    /// c + a·b
    AddMul,
    /// a·b - c
    MulSub,
    /// c - a·b
    SubMul,
    /// -(a·b) + c
    NegMulAdd,
    /// -(a·b) - c
    NegMulSub,
    /// a·b + c·d
    MulAddMul,
    /// a·b - c·d
    MulSubMul,
    /// (a·b - c)²
    SquaredResidual,
    /// a·a + b
    SquareAdd,
    /// b - a·a
    SubSquare,
    /// b·c, beside an operand that nothing needs.
    Beside,
    /// Σ aᵢ as a loop.
    Sum(usize),
    /// Σ aᵢ by `Scalar::sum`.
    SumOf(usize),
    /// Π aᵢ
    Product(usize),
    /// Σ aᵢ·bᵢ as a loop.
    SumOfProducts(usize),
    /// c + Σ aᵢ·bᵢ as a loop.
    StartedSumOfProducts(usize),
    /// c - a₀·b₀ - a₁·b₁ …
    LessProducts(usize),
    /// Σ aᵢ·bᵢ by `Scalar::dot`.
    Dot(usize),
    /// Σ cᵢ·aᵢ by `Scalar::linear_combination`.
    LinearCombination(usize),
    LogSumExp(usize),
    /// Σ tanh(Σ wᵢⱼ·xⱼ + bᵢ): a matrix times a column.
    Layer {
        rows: usize,
        columns: usize,
        /// Whether there are bᵢ.
        biased: bool,
        order: Order,
    },
    /// Σ f(aᵢ, bᵢ, …)
    Each(Box<Function>, usize),
}

/// How the numbers of a matrix lie.
#[derive(Clone, Copy, Debug)]
pub(super) enum Order {
    ByRows,
    ByColumns,
    /// By rows, each of which belongs to the column from its last number to its first.
    Backwards,
}

impl Function {
    /// How many operands each group has.
    pub(super) fn groups(&self) -> Vec<usize> {
        match *self {
            Self::Unary(_) => vec![1],
            Self::Binary(_) | Self::SquareAdd | Self::SubSquare => vec![1; 2],
            Self::MulAddMul | Self::MulSubMul => vec![1; 4],
            Self::Sum(n) | Self::SumOf(n) | Self::Product(n) => vec![n / 2, n - n / 2],
            Self::LinearCombination(n) | Self::LogSumExp(n) => vec![n / 2, n - n / 2],
            Self::SumOfProducts(n) | Self::Dot(n) => vec![n; 2],
            Self::StartedSumOfProducts(n) | Self::LessProducts(n) => vec![n, n, 1],
            Self::Layer { rows, columns, biased, .. } => {
                [rows * columns, columns].into_iter().chain(biased.then_some(rows)).collect()
            }
            Self::Each(ref function, copies) => function.groups().iter().map(|count| count * copies).collect(),
            _ => vec![1; 3],
        }
    }

    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let sum = |terms: &mut dyn Iterator<Item = T>| {
            let first = terms.next().expect("a sum has terms");
            terms.fold(first, |sum, term| sum + term)
        };
        match *self {
            Self::Unary(op) => op.value(x[0]),
            Self::Binary(op) => op.value(x[0], x[1]),
            Self::Ternary(op) => op.value(x[0], x[1], x[2]),
            Self::MulAdd => x[0] * x[1] + x[2],
            Self::AddMul => x[2] + x[0] * x[1],
            Self::MulSub => x[0] * x[1] - x[2],
            Self::SubMul => x[2] - x[0] * x[1],
            Self::NegMulAdd => -(x[0] * x[1]) + x[2],
            Self::NegMulSub => -(x[0] * x[1]) - x[2],
            Self::MulAddMul => x[0] * x[1] + x[2] * x[3],
            Self::MulSubMul => x[0] * x[1] - x[2] * x[3],
            Self::SquaredResidual => (x[0] * x[1] - x[2]).powi(2),
            Self::SquareAdd => x[0] * x[0] + x[1],
            Self::SubSquare => x[1] - x[0] * x[0],
            Self::Beside => x[1] * x[2],
            Self::Sum(_) => sum(&mut x.iter().copied()),
            Self::SumOf(_) => Scalar::sum(x),
            Self::Product(_) => x.iter().fold(T::one(), |product, &x| product * x),
            Self::SumOfProducts(n) => sum(&mut (0..n).map(|i| x[i] * x[n + i])),
            Self::StartedSumOfProducts(n) => (0..n).fold(x[2 * n], |sum, i| sum + x[i] * x[n + i]),
            Self::LessProducts(n) => (0..n).fold(x[2 * n], |sum, i| sum - x[i] * x[n + i]),
            Self::Dot(n) => T::dot(&x[..n], &x[n..]),
            Self::LinearCombination(n) => T::linear_combination(&spread(n, 71), x),
            Self::LogSumExp(_) => T::log_sum_exp(x),
            Self::Layer { rows, columns, biased, order } => {
                let (matrix, rest) = x.split_at(rows * columns);
                let (column, biases) = rest.split_at(columns);
                let row = |i: usize| {
                    let entry = |j: usize| match order {
                        Order::ByRows => matrix[i * columns + j],
                        Order::ByColumns => matrix[j * rows + i],
                        Order::Backwards => matrix[(i + 1) * columns - 1 - j],
                    };
                    let products = &mut (0..columns).map(|j| entry(j) * column[j]);
                    if biased { products.fold(biases[i], |sum, term| sum + term) } else { sum(products) }.tanh()
                };
                sum(&mut (0..rows).map(row))
            }
            Self::Each(ref function, copies) => {
                let groups = function.groups();
                let own = |copy: usize| -> Vec<T> {
                    let mut start = 0;
                    let group = |&count: &usize| {
                        let first = start + copy * count;
                        start += copies * count;
                        first..first + count
                    };
                    groups.iter().flat_map(group).map(|at| x[at]).collect()
                };
                sum(&mut (0..copies).map(|copy| function.eval(&own(copy))))
            }
        }
    }

    /// A number for an operand, where the function is smooth, from one between -1 and 1.
    fn operand(&self, group: usize, s: f64) -> f64 {
        let of_sample = |sample: f64| sample * (1.0 + 0.15 * s);
        let wide: [f64; 6] = [-2.0, -1.3, -0.4, 0.3, 1.1, 1.9];
        match self {
            Self::Unary(op) => {
                let everywhere = wide.iter().all(|&x| op.rule(x).1.value().is_finite());
                if everywhere { 2.0 * s } else { of_sample(op.sample()) }
            }
            Self::Binary(op) => {
                let is_smooth = |x: f64, y: f64| {
                    let (_, a, b) = op.rule(x, y, [true; 2]);
                    a.value().is_finite() && b.value().is_finite()
                };
                let everywhere = wide.iter().all(|&x| wide.iter().all(|&y| is_smooth(x, y)));
                if everywhere { 2.0 * s } else { of_sample([op.sample().0, op.sample().1][group]) }
            }
            Self::Each(function, _) => function.operand(group, s),
            // Long products stay of the size of 1.
            Self::Product(_) => 1.0 + 0.5 * s,
            _ => 2.0 * s,
        }
    }
}

/// Where the operands of a group come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// Parameters: the same for all samples.
    Uniform,
    /// The data of a sample.
    Varying,
    Constant,
    /// The operands of an earlier group.
    Same(usize),
}

#[derive(Clone, Copy, Debug)]
enum Operand {
    Input(usize),
    Constant(f64),
}

/// A function whose operands are placed: parameters come before the data of a sample.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) function: Function,
    pub(super) kinds: Vec<Kind>,
    operands: Vec<Operand>,
    /// The group of each input, parameters first.
    groups: Vec<usize>,
    pub(super) parameters: usize,
}

impl Model for Case {
    type Outputs = Many;
    fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T> {
        let operand = |operand: &Operand| match *operand {
            Operand::Input(at) => x[at],
            Operand::Constant(value) => T::constant(value),
        };
        vec![self.function.eval(&self.operands.iter().map(operand).collect::<Vec<T>>())]
    }
}

impl Case {
    fn new(function: Function, kinds: Vec<Kind>) -> Self {
        let counts = function.groups();
        let of_kind = |wanted: Kind| {
            let groups = kinds.iter().zip(&counts).enumerate().filter(move |(_, (kind, _))| **kind == wanted);
            groups.flat_map(|(group, (_, &count))| std::iter::repeat_n(group, count)).collect::<Vec<usize>>()
        };
        let (uniform, varying) = (of_kind(Kind::Uniform), of_kind(Kind::Varying));
        let parameters = uniform.len();
        let mut next = [0, parameters];
        let mut starts = Vec::new();
        let mut operands = Vec::new();
        for (group, (&kind, &count)) in kinds.iter().zip(&counts).enumerate() {
            let own: Vec<Operand> = match kind {
                Kind::Constant => {
                    let numbers = spread(count, 17 + group as u64);
                    numbers.into_iter().map(|s| Operand::Constant(rounded(function.operand(group, s)))).collect()
                }
                Kind::Same(earlier) => operands[starts[earlier]..][..count].to_vec(),
                Kind::Uniform | Kind::Varying => {
                    let next = &mut next[usize::from(kind == Kind::Varying)];
                    *next += count;
                    (*next - count..*next).map(Operand::Input).collect()
                }
            };
            starts.push(operands.len());
            operands.extend(own);
        }
        let groups = [uniform, varying].concat();
        Self { function, kinds, operands, groups, parameters }
    }

    pub(super) fn is_large(&self) -> bool {
        self.operands.len() > LARGE
    }

    /// How many inputs there are.
    pub(super) fn inputs(&self) -> usize {
        self.groups.len()
    }

    /// The inputs of a sample; the parameters are the same for each.
    pub(super) fn point(&self, sample: usize) -> Vec<f64> {
        let shared = spread(self.inputs(), 5);
        let own = spread(self.inputs(), 100 + sample as u64);
        let numbers = shared[..self.parameters].iter().chain(&own[self.parameters..]);
        self.groups.iter().zip(numbers).map(|(&group, &s)| rounded(self.function.operand(group, s))).collect()
    }
}

/// As single precision has it, so that both precisions see the same numbers.
fn rounded(x: f64) -> f64 {
    f64::from(x as f32)
}

/// Every function of the rule table.
pub(super) fn of_the_table() -> Vec<Function> {
    let powers = [-3, -1, 0, 1, 2, 5].map(|n| Function::Unary(Unary::Powi(n)));
    let unary = Unary::ALL.iter().map(|&op| Function::Unary(op)).chain(powers);
    let binary = Binary::ALL.iter().map(|&op| Function::Binary(op));
    unary.chain(binary).chain(Ternary::ALL.iter().map(|&op| Function::Ternary(op))).collect()
}

/// Products and sums that become one instruction.
pub(super) fn fused() -> Vec<Function> {
    use Function::*;
    vec![
        Beside,
        MulAdd,
        AddMul,
        MulSub,
        SubMul,
        NegMulAdd,
        NegMulSub,
        MulAddMul,
        MulSubMul,
        SquaredResidual,
        SquareAdd,
        SubSquare,
    ]
}

/// Sums and products of many terms.
pub(super) fn chains() -> Vec<Function> {
    use Function::{
        Dot, LessProducts, LinearCombination, LogSumExp, Product, StartedSumOfProducts, Sum, SumOf, SumOfProducts,
    };
    let of_each = [Sum, SumOf, Product, SumOfProducts, StartedSumOfProducts, LessProducts, Dot];
    let short = [3, 4, 5, 8].into_iter().flat_map(|n| of_each.map(|function| function(n)));
    let long = [17, 40].into_iter().flat_map(|n| [Sum, SumOfProducts, StartedSumOfProducts, Dot].map(|f| f(n)));
    let others = [LinearCombination(3), LinearCombination(20), LogSumExp(1), LogSumExp(2), LogSumExp(7)];
    short.chain(long).chain(others).collect()
}

/// Matrices.
pub(super) fn layers() -> Vec<Function> {
    use Order::{Backwards, ByColumns, ByRows};
    let of = |(rows, columns), biased, order| Function::Layer { rows, columns, biased, order };
    let all = [(4, 4), (9, 8), (70, 2)].into_iter().flat_map(|shape| {
        [(false, ByRows), (true, ByRows), (false, ByColumns), (true, ByColumns)]
            .map(|(biased, order)| of(shape, biased, order))
    });
    let others =
        [of((5, 3), true, ByRows), of((2, 20), false, ByRows), of((8, 17), true, ByRows), of((5, 7), true, Backwards)];
    all.chain(others).collect()
}

/// The same operation many times, on operands of its own.
pub(super) fn repeated() -> Vec<Function> {
    let of = |function: &Function| [5, 40].map(|copies| Function::Each(Box::new(function.clone()), copies));
    let some = [Unary::Abs, Unary::Sqrt, Unary::Tanh, Unary::Logistic, Unary::Exp, Unary::Signum].map(Function::Unary);
    let two = [Binary::Max, Binary::Min, Binary::Hypot, Binary::Div, Binary::Sub, Binary::Copysign];
    let all = some.into_iter().chain(two.map(Function::Binary)).chain([Function::Ternary(Ternary::MulAdd)]);
    all.chain([Function::MulAdd, Function::MulSub, Function::SubMul]).flat_map(|function| of(&function)).collect()
}

/// A function with every kind of operand in every group, and with groups that are the same.
pub(super) fn cases(function: &Function) -> Vec<Case> {
    use Kind::{Constant, Same, Uniform, Varying};
    let groups = function.groups();
    if groups.iter().sum::<usize>() > LARGE {
        let kinds =
            [(Varying, Varying), (Uniform, Varying), (Varying, Uniform), (Constant, Varying), (Varying, Constant)];
        let of_first = |(first, others)| [vec![first], vec![others; groups.len() - 1]].concat();
        return kinds.into_iter().map(|kinds| Case::new(function.clone(), of_first(kinds))).collect();
    }
    let mut kinds: Vec<Vec<Kind>> = vec![Vec::new()];
    for _ in &groups {
        // Of four groups, those that are uniform and those that vary are enough.
        let own: &[Kind] = if groups.len() > 3 { &[Uniform, Varying] } else { &[Varying, Uniform, Constant] };
        kinds = kinds.into_iter().flat_map(|kinds| own.iter().map(move |&own| [&kinds[..], &[own]].concat())).collect();
    }
    kinds.retain(|kinds| kinds.iter().any(|&kind| kind != Constant));
    for second in 1..groups.len() {
        for first in (0..second).filter(|&first| groups[first] == groups[second]) {
            for (own, others) in [(Varying, Varying), (Varying, Uniform), (Uniform, Varying)] {
                let mut same = vec![others; groups.len()];
                (same[first], same[second]) = (own, Same(first));
                kinds.push(same);
            }
        }
    }
    kinds.into_iter().map(|kinds| Case::new(function.clone(), kinds)).collect()
}
