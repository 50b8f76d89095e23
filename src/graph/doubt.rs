//! Doubtful places: where a recorded function may have lost a derivative without a NaN to show it.

use super::graph::{Graph, Step};
use super::guard::{Guard, Question};
use crate::forward::Dual;
use crate::number::Scalar;
use crate::reverse;
use crate::rules::{Binary, Unary, strong_zero_product};
use crate::strict::Strict;
use crate::text::readable;
use std::fmt;

/// Why a place is doubtful.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Doubt {
    /// A comparison of equal numbers, a question about the sign of a zero, an integer made of a number that is one: the branch
    /// that was taken holds at this point and perhaps nowhere around it.
    Tie,
    /// A number that was read as a plain one: what was computed from that is a constant.
    Read,
    /// An operation at its kink or jump, where the derivative is a convention.
    Kink,
    /// 0·∞ = 0 or 0·NaN = 0 decided a first derivative.
    StrongZero,
    /// 0·∞ = 0 or 0·NaN = 0 decided a second derivative.
    SecondStrongZero,
    /// Inputs that comparisons depend on and outputs do not: their derivatives are 0.
    BranchOnly,
}

/// A place where a derivative may have been lost.
///
/// It need not be wrong: most kinks and ties do no harm. Hold the derivatives against differences there, as
/// [`compare`](mod@crate::compare) does.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Doubtful {
    /// Why.
    pub kind: Doubt,
    /// The node of the operation; of a comparison, what is compared.
    pub node: u32,
    /// The operation or the comparison, in names.
    pub formula: String,
    /// The names of its operands.
    pub operands: Vec<String>,
    /// Their values.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub values: Vec<f64>,
    /// The inputs whose derivatives flow in: number and name.
    pub inputs: Vec<(usize, String)>,
}

/// A place by its position, before it is put in words.
enum Place {
    Guard(Doubt, usize),
    Node(Doubt, u32),
    /// Inputs, and a comparison that they decide.
    BranchOnly(Vec<usize>, usize),
}

/// A value with its derivative in one direction, and whether strong zeros decided them.
type Watched = Dual<Strict<f64>>;

fn forgiven(x: Watched) -> Watched {
    Dual::new(x.value.forgiven(), x.tangent.forgiven())
}

/// How many inputs are looked at one by one.
const FEW: usize = 16;

/// The order of the derivative that a strong zero decided in a product of first derivatives.
fn strong_zero(product: &Watched) -> Option<Doubt> {
    if product.value.is_decided() {
        Some(Doubt::StrongZero)
    } else {
        product.tangent.is_decided().then_some(Doubt::SecondStrongZero)
    }
}

// In line, so that the operations over `Watched` are compiled for those who ask.
impl Graph<f64> {
    /// The places where a derivative may have been lost at the point of the recording: ties, numbers that were read, kinks, strong
    /// zeros and inputs that only decide branches, each kind in the order of the program.
    ///
    /// Numbers whose derivatives are 0 by construction count as constants: nothing can be lost through them. Costs about
    /// m·(n + 1) sweeps over the operations, m for more than 16 inputs, and for each place that is asked for a look at the nodes before it.
    ///
    /// ```
    /// use dualtape::graph::{Doubt, Graph};
    ///
    /// // The product of a list that stops at the first 0: the derivative in x1 is lost.
    /// let graph = Graph::record(|x| vec![if x[0] == 0.0 { x[0] } else { x[0] * x[1] }], &[0.0, 5.0]);
    /// let found: Vec<_> = graph.doubtful().collect();
    /// assert_eq!((found[0].kind, found[0].formula.as_str()), (Doubt::Tie, "x0 == 0"));
    /// assert_eq!(found[0].inputs, [(0, "x0".to_owned())]);
    /// println!("{}", found[0]);
    /// ```
    #[inline]
    pub fn doubtful(&self) -> impl ExactSizeIterator<Item = Doubtful> {
        self.places(|_| true)
    }

    /// The comparisons of equal numbers that derivatives flow into, questions about the sign of a zero, and integers made of
    /// numbers that are integers: [`Doubt::Tie`].
    #[inline]
    pub fn ties(&self) -> impl ExactSizeIterator<Item = Doubtful> {
        self.places(|kind| kind == Doubt::Tie)
    }

    /// The operations at their kink or jump that derivatives flow into: `abs`, `signum`, `max`, `min`, `abs_sub`, `copysign`,
    /// `hypot` at the origin, `floor`, `ceil`, `trunc` and `fract` at integers, `round` between them, `%` at multiples, and `atan2` on
    /// its cut.
    #[inline]
    pub fn kinks(&self) -> impl ExactSizeIterator<Item = Doubtful> {
        self.places(|kind| kind == Doubt::Kink)
    }

    /// The operations where 0·∞ = 0 or 0·NaN = 0 decided a first or a second derivative, unless the zero is one by construction.
    /// The second derivatives are looked at in the direction of each input, of more than 16 inputs in one that mixes all.
    #[inline]
    pub fn strong_zeros(&self) -> impl ExactSizeIterator<Item = Doubtful> {
        self.places(|kind| matches!(kind, Doubt::StrongZero | Doubt::SecondStrongZero))
    }

    fn places(&self, wanted: impl Fn(Doubt) -> bool) -> impl ExactSizeIterator<Item = Doubtful> {
        const GOLDEN: f64 = 0.618_033_988_749_894_9;
        // In this direction no inputs are likely to cancel.
        let values = self.watched(|input| 1.0 + (GOLDEN * f64::from(input + 1)).fract());
        // A derivative flows through a number unless it is 0 by construction.
        let active: Vec<bool> = values.iter().map(|value| !value.tangent.is_zero_throughout()).collect();
        let mut places = Vec::new();
        if wanted(Doubt::Tie) {
            let is_tie = |&at: &usize| self.is_tie(&self.guards[at], &active);
            places.extend((0..self.guards.len()).filter(is_tie).map(|at| Place::Guard(Doubt::Tie, at)));
        }
        if wanted(Doubt::Read) {
            let is_read = |&at: &usize| self.is_read(&self.guards[at], &active);
            places.extend((0..self.guards.len()).filter(is_read).map(|at| Place::Guard(Doubt::Read, at)));
        }
        if wanted(Doubt::Kink) {
            let compared = self.guards.iter().flat_map(|guard| &guard.operands);
            let used = self.leading_to(self.outputs.iter().chain(compared));
            let is_kink = |&at: &u32| used[at as usize] && self.is_at_kink(at, &active);
            places.extend((0..self.nodes.len() as u32).filter(is_kink).map(|at| Place::Node(Doubt::Kink, at)));
        }
        if wanted(Doubt::StrongZero) || wanted(Doubt::BranchOnly) {
            // One by one, as long as they are few, so that none hides what another loses.
            let one_by_one = (0..if self.inputs <= FEW { self.inputs as u32 } else { 0 })
                .map(|only| self.watched(|input| f64::from(u8::from(input == only))));
            let directions: Vec<Vec<Watched>> = std::iter::once(values).chain(one_by_one).collect();
            let (strong, reached) = self.find_strong_zeros(&directions, &active);
            places.extend(strong.into_iter().filter(|&(kind, _)| wanted(kind)).map(|(kind, at)| Place::Node(kind, at)));
            if wanted(Doubt::BranchOnly) {
                places.extend(self.branch_only(&active, &reached));
            }
        }
        places.into_iter().map(move |place| self.described(place, &active))
    }

    /// Every node as the function computes it, with its derivative in a direction.
    fn watched(&self, direction: impl Fn(u32) -> f64) -> Vec<Watched> {
        let mut values: Vec<Watched> = Vec::with_capacity(self.nodes.len());
        let mut operands = Vec::new();
        for (at, node) in self.nodes.iter().enumerate() {
            values.push(match node.step {
                Step::Input(input) => Dual::new(Strict::new(node.value), Strict::constant(direction(input))),
                Step::Constant => Dual::constant(Strict::constant(node.value)),
                _ => {
                    operands.clear();
                    operands.extend(self.operands(at as u32).iter().map(|&operand| values[operand as usize]));
                    forgiven(self.apply(at as u32, &operands))
                }
            });
        }
        values
    }

    /// The nodes that some nodes depend on, with them.
    fn leading_to<'a>(&self, ends: impl Iterator<Item = &'a u32>) -> Vec<bool> {
        let mut used = vec![false; self.nodes.len()];
        ends.for_each(|&end| used[end as usize] = true);
        for at in (0..self.nodes.len()).rev() {
            if used[at] {
                self.operands(at as u32).iter().for_each(|&operand| used[operand as usize] = true);
            }
        }
        used
    }

    fn is_tie(&self, guard: &Guard, active: &[bool]) -> bool {
        let [a, b] = guard.operands;
        let [x, y] = guard.operands.map(|operand| self.nodes[operand as usize].value);
        let equal = match guard.question {
            Question::IsNormal | Question::IsSubnormal | Question::IsSignPositive | Question::IsSignNegative => {
                x == 0.0
            }
            Question::Integer { .. } => x != 0.0 && x.fract() == 0.0,
            question => question.is_about_two() && a != b && x == y,
        };
        equal && (active[a as usize] || active[b as usize])
    }

    fn is_read(&self, guard: &Guard, active: &[bool]) -> bool {
        guard.question == Question::Value && active[guard.operands[0] as usize]
    }

    fn is_at_kink(&self, node: u32, active: &[bool]) -> bool {
        let operands = self.operands(node);
        if !operands.iter().any(|&operand| active[operand as usize]) {
            return false;
        }
        let value = |at: usize| self.nodes[operands[at] as usize].value;
        match self.nodes[node as usize].step {
            Step::Unary(op, _) => match op {
                Unary::Abs | Unary::Signum => value(0) == 0.0,
                Unary::Floor | Unary::Ceil | Unary::Fract => value(0).fract() == 0.0,
                Unary::Trunc => value(0).fract() == 0.0 && value(0) != 0.0,
                Unary::Round => value(0).fract().abs() == 0.5,
                _ => false,
            },
            // Of a number and itself these are smooth, and their two derivatives add up to the right one.
            Step::Binary(Binary::Max | Binary::Min | Binary::AbsSub | Binary::Rem, [a, b]) if a == b => false,
            Step::Binary(op, [a, b]) => match op {
                Binary::Max | Binary::Min | Binary::AbsSub => value(0) == value(1),
                Binary::Hypot => value(0) == 0.0 && value(1) == 0.0,
                Binary::Copysign => [a, b].iter().zip(0..).any(|(&it, at)| value(at) == 0.0 && active[it as usize]),
                Binary::Rem => value(0) != 0.0 && self.nodes[node as usize].value == 0.0,
                Binary::Atan2 => value(0) == 0.0 && value(1) <= 0.0,
                _ => false,
            },
            _ => false,
        }
    }

    /// Where a strong zero decided a contribution to a derivative of an output, and which nodes the outputs depend on.
    #[inline]
    fn find_strong_zeros(&self, directions: &[Vec<Watched>], active: &[bool]) -> (Vec<(Doubt, u32)>, Vec<bool>) {
        let mut found: Vec<Option<Doubt>> = vec![None; self.nodes.len()];
        let mut reached = vec![false; self.nodes.len()];
        let mut adjoints = vec![Watched::default(); self.nodes.len()];
        for (&output, values) in self.outputs.iter().flat_map(|output| directions.iter().map(move |it| (output, it))) {
            adjoints.fill(Watched::default());
            adjoints[output as usize] = Dual::constant(Strict::constant(1.0));
            for at in (0..=output).rev() {
                let adjoint = adjoints[at as usize];
                if adjoint.is_zero_throughout() {
                    continue;
                }
                reached[at as usize] = true;
                let operands = self.operands(at);
                if !operands.iter().any(|&operand| active[operand as usize]) {
                    continue;
                }
                let operand_values: Vec<Watched> = operands.iter().map(|&operand| values[operand as usize]).collect();
                let partials = reverse::gradient(|x| self.apply(at, x), &operand_values).1;
                for (&operand, partial) in operands.iter().zip(partials).filter(|&(&it, _)| active[it as usize]) {
                    let product = strong_zero_product(partial, adjoint);
                    let doubt = strong_zero(&product);
                    // A first derivative that is decided so outweighs a second one.
                    let known = &mut found[at as usize];
                    *known = if *known == Some(Doubt::StrongZero) { *known } else { doubt.or(*known) };
                    adjoints[operand as usize] += forgiven(product);
                }
            }
        }
        self.forward_strong_zeros(directions, &mut found);
        let places = found.into_iter().enumerate().filter_map(|(at, doubt)| Some((doubt?, at as u32)));
        (places.collect(), reached)
    }

    /// Adds what is met on the way forwards alone, because adjoints cancel or products overflow: where none was found before it.
    #[inline]
    fn forward_strong_zeros(&self, directions: &[Vec<Watched>], found: &mut [Option<Doubt>]) {
        let used = self.leading_to(self.outputs.iter());
        let mut is_told = vec![false; self.nodes.len()];
        for at in 0..self.nodes.len() {
            let operands = self.operands(at as u32);
            is_told[at] = found[at].is_some() || operands.iter().any(|&operand| is_told[operand as usize]);
            if is_told[at] || !used[at] || operands.is_empty() {
                continue;
            }
            let doubts = directions.iter().filter_map(|values| {
                let operands: Vec<Watched> = operands.iter().map(|&operand| values[operand as usize]).collect();
                let result = self.apply(at as u32, &operands);
                if result.value.is_decided() || result.tangent.is_decided() {
                    return Some(Doubt::StrongZero);
                }
                let partials = reverse::gradient(|x| self.apply(at as u32, x), &operands).1;
                let mut second = partials.iter().zip(&operands);
                second
                    .any(|(partial, operand)| strong_zero_product(partial.tangent, operand.tangent).is_decided())
                    .then_some(Doubt::SecondStrongZero)
            });
            found[at] = doubts.reduce(|a, b| if a == Doubt::StrongZero { a } else { b });
            is_told[at] = found[at].is_some();
        }
    }

    fn branch_only(&self, active: &[bool], reached: &[bool]) -> Vec<Place> {
        let mut lost: Vec<usize> = (0..self.inputs).filter(|&input| !reached[input]).collect();
        let mut places = Vec::new();
        for (at, guard) in self.guards.iter().enumerate() {
            if lost.is_empty() {
                break;
            }
            let feeding = self.feeding(&guard.operands, active);
            let decides: Vec<usize> = lost.extract_if(.., |input| feeding.binary_search(input).is_ok()).collect();
            if !decides.is_empty() {
                places.push(Place::BranchOnly(decides, at));
            }
        }
        places
    }

    /// The inputs whose derivatives flow into some nodes.
    fn feeding(&self, nodes: &[u32], active: &[bool]) -> Vec<usize> {
        let mut seen = vec![false; self.nodes.len()];
        let mut open: Vec<u32> = nodes.iter().copied().filter(|&node| active[node as usize]).collect();
        while let Some(node) = open.pop() {
            if !std::mem::replace(&mut seen[node as usize], true) {
                open.extend(self.operands(node).iter().filter(|&&operand| active[operand as usize]));
            }
        }
        (0..self.inputs).filter(|&input| seen[input]).collect()
    }

    fn described(&self, place: Place, active: &[bool]) -> Doubtful {
        let comparison = |at: usize| {
            let guard = &self.guards[at];
            let about = if guard.question.is_about_two() { &guard.operands[..] } else { &guard.operands[..1] };
            let [a, b] = guard.operands.map(|operand| self.operand_name(operand));
            (guard.question.about(&a, &b), about)
        };
        let (kind, node, formula, operands, inputs) = match place {
            Place::Guard(kind, at) => {
                let (formula, operands) = comparison(at);
                (kind, operands[0], formula, operands, self.feeding(operands, active))
            }
            Place::Node(kind, node) => {
                let operands = self.operands(node);
                let mut inputs = self.feeding(operands, active);
                if inputs.is_empty() {
                    // Their derivatives cancelled before.
                    inputs = self.feeding(operands, &vec![true; self.nodes.len()]);
                }
                (kind, node, self.formula(node), operands, inputs)
            }
            Place::BranchOnly(inputs, at) => {
                let (formula, operands) = comparison(at);
                (Doubt::BranchOnly, operands[0], formula, operands, inputs)
            }
        };
        Doubtful {
            kind,
            node,
            formula,
            operands: operands.iter().map(|&operand| self.operand_name(operand)).collect(),
            values: operands.iter().map(|&operand| self.nodes[operand as usize].value).collect(),
            inputs: inputs.into_iter().map(|input| (input, self.name(input as u32))).collect(),
        }
    }
}

/// In a sentence, with a few of the inputs.
impl fmt::Display for Doubtful {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 6;
        let list = |names: Vec<String>| {
            let more = names.len().saturating_sub(MOST);
            let shown = names[..names.len() - more].join(", ");
            if more > 0 { format!("{shown} and {more} more") } else { shown }
        };
        let is_constant = |name: &str, value: f64| name == value.to_string();
        let named = self.operands.iter().zip(&self.values).filter(|&(name, &value)| !is_constant(name, value));
        let mut values: Vec<String> = named.map(|(name, &value)| format!("{name} = {}", readable(value))).collect();
        values.dedup();
        let at = if values.is_empty() { String::new() } else { format!(" at {}", list(values)) };
        let formula = &self.formula;
        let inputs = list(self.inputs.iter().map(|(_, name)| name.clone()).collect());
        match self.kind {
            Doubt::Tie => write!(
                f,
                "tie: {formula}{at} is decided by numbers that are just equal; the branch taken may lack a derivative \
                 in {inputs}"
            ),
            Doubt::Read => write!(
                f,
                "read: {} left as a plain number{at}; what follows from it has no derivative in {inputs}",
                self.operands[0]
            ),
            Doubt::Kink => {
                write!(
                    f,
                    "kink: {formula}{at}; its derivative there is a convention, and so is what follows in {inputs}"
                )
            }
            Doubt::StrongZero => {
                write!(
                    f,
                    "strong zero: 0 times infinity or NaN counts as 0 in the derivative of {formula}{at}; the limit in {inputs} may differ"
                )
            }
            Doubt::SecondStrongZero => write!(
                f,
                "strong zero: 0 times infinity or NaN counts as 0 in the second derivative of {formula}{at}; the limit in {inputs} may differ"
            ),
            Doubt::BranchOnly => write!(
                f,
                "branch only: no output depends on {inputs} but by the branches taken ({formula}{at}); the derivatives are 0"
            ),
        }
    }
}
