//! Whether forward and reverse mode agree on a model, to what rounding allows.

use super::bound::{Bound, Kinds, Paths};
use super::check::{Budget, Check, Mismatch, Second, check};
use super::total::Total;
use crate::forward::{self, CHUNK, Dual, DualVec};
use crate::model::{Model, One, Outcome, Outputs, SingleOutput};
use crate::number::{Scalar, ulps::ulps_between};
use crate::reverse;
use nalgebra::DMatrix;
use std::fmt;

/// What both modes agreed on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Agreement {
    /// f(x).
    pub value: f64,
    /// ∇f(x), as reverse mode found it.
    pub gradient: Vec<f64>,
    /// The largest difference between the modes in units in the last place.
    pub largest_ulps: u64,
    /// The input it occurred at; `None` if there are no inputs.
    pub at: Option<usize>,
    /// The largest difference as a fraction of the bound that it must not exceed, 1.
    pub largest_share: f64,
    /// Inputs whose derivative could not be held against a bound: products of partials over- or underflow, so that
    /// the order of multiplication decides. Empty for all but badly scaled functions; assert it where completeness matters.
    pub out_of_range: Vec<usize>,
    /// Inputs whose derivative could not be held against a bound because infinite contributions of both signs, or products with NaN
    /// and 0 in them, meet on the way: the modes may have found whatever they did. Empty where all operations are smooth.
    pub undecided: Vec<usize>,
    /// What differences say of what every mode found; `None` where they were not asked, as by [`modes_agree`].
    pub check: Option<Check>,
}

/// Where the modes differ by more than rounding can explain.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Disagreement {
    /// A number type computed another value than `f64`.
    Value {
        /// Which number type.
        mode: &'static str,
        /// The value in `f64`.
        expected: f64,
        /// The value that was found.
        found: f64,
    },
    /// The derivatives in one input differ.
    Derivative {
        /// Which input.
        input: usize,
        /// By `Dual`, one direction at a time.
        forward: f64,
        /// By `DualVec`, eight directions at a time.
        chunked: f64,
        /// By `Var`.
        reverse: f64,
        /// The largest difference that rounding allows; infinite where only the class (zero, finite, ±inf, NaN) counts.
        allowed: f64,
    },
    /// The second derivatives in two inputs differ between the orders of nesting, or between the two orders of inputs.
    SecondDerivative {
        /// Which inputs.
        inputs: [usize; 2],
        /// Entries (i, j) and (j, i) by forward over forward, forward over reverse, reverse over forward and reverse
        /// over reverse.
        found: [[f64; 2]; 4],
        /// The largest difference that rounding allows; infinite where only the class (zero, finite, ±inf, NaN) counts.
        allowed: f64,
    },
    /// All modes agree, and differences contradict them.
    Differences(Mismatch),
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value { mode, expected, found } => {
                write!(f, "the value by {mode} is {found:e}, by f64 it is {expected:e}")
            }
            Self::Derivative { input, forward, chunked, reverse, allowed } => write!(
                f,
                "the derivative in input {input} is {forward:e} by Dual, {chunked:e} by DualVec and {reverse:e} by \
                 Var, where rounding allows a difference of {allowed:e}"
            ),
            Self::SecondDerivative { inputs: [i, j], found: [ff, fr, rf, rr], allowed } => write!(
                f,
                "the second derivatives in inputs ({i}, {j}) and ({j}, {i}) are {ff:?} forward over forward, {fr:?} \
                 forward over reverse, {rf:?} reverse over forward and {rr:?} reverse over reverse, where rounding \
                 allows a difference of {allowed:e}"
            ),
            Self::Differences(mismatch) => fmt::Display::fmt(mismatch, f),
        }
    }
}

impl std::error::Error for Disagreement {}

/// Differentiates `model` at `x` by `Dual`, by `DualVec` and by `Var`, and compares.
///
/// The values must be those of `f64`, bit for bit but for the sign of a zero. The derivatives must lie within k·ε·s of each other, where s is the
/// sum over all paths of the absolute products of partials, and k is the length of the longest path plus 4, plus the
/// additions by which reverse mode collects the contributions of numbers that are used more than once. Where a path
/// passes an infinite or NaN partial all must be that infinity or NaN. Where such contributions of both signs meet,
/// ∞ - ∞ has no class that rounding could not change, and anything goes: these inputs are [`Agreement::undecided`].
///
/// Costs 3n + ⌈n/8⌉ + 3 evaluations.
///
/// # Errors
///
/// The first [`Disagreement`]. Around it, that of a model which can fail: see [`Outcome`].
pub fn modes_agree<M: Model<Outputs: SingleOutput> + ?Sized>(
    model: &M,
    x: &[f64],
) -> Outcome<M, Result<Agreement, Disagreement>> {
    M::Outputs::outcome(Total::at(model, x).map(|model| all_modes(&model, x).map(|(agreement, _)| agreement)))
}

/// A gradient as a row, by the mode of that name.
pub(super) type OfMode = (&'static str, DMatrix<f64>);

/// [`modes_agree`], with the gradient that each mode found.
pub(super) fn all_modes(
    model: &impl Model<Outputs = One>,
    x: &[f64],
) -> Result<(Agreement, [OfMode; 4]), Disagreement> {
    let value = model.eval(x);
    let same_value = |mode, found: f64| {
        // Which of two zeros `f64::max` gives is left to the compiler.
        if found == value || found.is_nan() && value.is_nan() {
            Ok(())
        } else {
            Err(Disagreement::Value { mode, expected: value, found })
        }
    };
    let (v, one_by_one) = forward::gradient_in_chunks::<f64, 1>(|x| model.eval(x), x);
    same_value("DualVec<f64, 1>", v)?;
    let (v, chunked) = forward::gradient(|x: &[DualVec<f64, CHUNK>]| model.eval(x), x);
    same_value("DualVec<f64, 8>", v)?;
    let (v, reversed, additions) = reverse::gradient_with_additions(|x| model.eval(x), x);
    same_value("Var<f64>", v)?;

    let mut agreement = Agreement {
        value,
        gradient: reversed,
        largest_ulps: 0,
        at: None,
        largest_share: 0.0,
        out_of_range: Vec::new(),
        undecided: Vec::new(),
        check: None,
    };
    let mut tangents = Vec::with_capacity(x.len());
    let mut duals: Vec<Dual<f64>> = x.iter().map(|&x| Dual::constant(x)).collect();
    for input in 0..x.len() {
        duals[input] = Dual::variable(x[input]);
        let dual = model.eval(&duals);
        duals[input] = Dual::constant(x[input]);
        same_value("Dual<f64>", dual.value)?;
        tangents.push(dual.tangent);
        let paths = first_paths(model, x, input);

        let found = [dual.tangent, one_by_one[input], chunked[input], agreement.gradient[input]];
        match compare(&found, &paths, roundings(&paths, additions[input])) {
            Verdict::Agree(share) => agreement.largest_share = agreement.largest_share.max(share),
            Verdict::OutOfRange => agreement.out_of_range.push(input),
            Verdict::Undecided => agreement.undecided.push(input),
            Verdict::Differ(allowed) => {
                let [forward, _, chunked, reverse] = found;
                return Err(Disagreement::Derivative { input, forward, chunked, reverse, allowed });
            }
        }
        let ulps = ulps_between(found[0], found[3]);
        if agreement.at.is_none() || ulps > agreement.largest_ulps {
            (agreement.largest_ulps, agreement.at) = (ulps, Some(input));
        }
    }
    let row = |gradient: &[f64]| DMatrix::from_row_slice(1, x.len(), gradient);
    let modes = [
        ("Var", row(&agreement.gradient)),
        ("Dual", row(&tangents)),
        ("DualVec of one direction", row(&one_by_one)),
        ("DualVec", row(&chunked)),
    ];
    Ok((agreement, modes))
}

/// The paths from one input to the value.
fn first_paths(model: &impl Model<Outputs = One>, x: &[f64], input: usize) -> Paths {
    let mut inputs: Vec<Bound<f64>> = x.iter().map(|&x| x.into()).collect();
    inputs[input] = Bound::seeded(x[input]);
    model.eval(&inputs).paths
}

/// Computes the Hessian of `model` at `x` in the four orders of nesting forward and reverse mode, and compares: all must
/// be symmetric and equal where the function is smooth and its scale ordinary, to twice the bound of [`modes_agree`] on the
/// paths to the first derivative: an operation of the first derivative rounds a product and a sum, and each order rounds in
/// its own way.
///
/// Then they are held against extrapolated central differences of the gradient, in up to 200 inputs; of more in 197, spread
/// evenly, and in 3 directions that mix all.
///
/// Where some operation on the way from an input has an infinite or NaN partial, the orders are not compared, as it has no second
/// one there; differences tell all the same.
/// Returns the Hessian by forward over reverse. Costs n² + 3n + (n + 1)·⌈n/8⌉ + 3 evaluations and 27 gradients for each of
/// these inputs and directions, more for those nearer to 0 than 1/4 and where differences seem to contradict.
///
/// # Errors
///
/// The first [`Disagreement`]. Around it, that of a model which can fail: see [`Outcome`].
pub fn hessians_agree<M: Model<Outputs: SingleOutput> + ?Sized>(
    model: &M,
    x: &[f64],
) -> Outcome<M, Result<DMatrix<f64>, Disagreement>> {
    M::Outputs::outcome(Total::at(model, x).map(|model| all_orders(&model, x)))
}

/// [`hessians_agree`] of a model that cannot fail.
fn all_orders(model: &impl Model<Outputs = One>, x: &[f64]) -> Result<DMatrix<f64>, Disagreement> {
    fn forward_gradient<T: Scalar>(model: &impl Model<Outputs = One>, x: &[T]) -> Vec<T> {
        forward::gradient_in_chunks::<T, 1>(|x| model.eval(x), x).1
    }
    fn reverse_gradient<T: Scalar>(model: &impl Model<Outputs = One>, x: &[T]) -> Vec<T> {
        reverse::gradient(|x| model.eval(x), x).1
    }
    let matrix = |jacobian: Result<(Vec<f64>, DMatrix<f64>), _>| jacobian.expect("a gradient has n entries").1;
    let orders = [
        matrix(forward::jacobian(|x| forward_gradient(model, x), x)),
        matrix(forward::jacobian(|x| reverse_gradient(model, x), x)),
        matrix(reverse::jacobian(|x| forward_gradient(model, x), x)),
        matrix(reverse::jacobian(|x| reverse_gradient(model, x), x)),
    ];
    let additions = reverse::gradient_with_additions(|x| model.eval(x), x).2;
    let mut entries = Second { model, x };
    // At a pole ∞ - ∞ or 0·∞ may have been decided before the second derivative is taken.
    let smooth: Vec<bool> = (0..x.len()).map(|i| !first_paths(model, x, i).pole).collect();
    for i in 0..x.len() {
        for j in (0..=i).filter(|&j| smooth[i] && smooth[j]) {
            let found = orders.each_ref().map(|h| [h[(i, j)], h[(j, i)]]);
            let differ = |allowed| Err(Disagreement::SecondDerivative { inputs: [i, j], found, allowed });
            let (lower, upper) = (entries.derivative(i, j).paths, entries.derivative(j, i).paths);
            let added = additions[i] + additions[j];
            // Outside the domain of some function one order of the inputs may be NaN and the other not.
            if lower.kinds.is_ordinary() && upper.kinds.is_ordinary() {
                let paths = if lower.magnitude > upper.magnitude { lower } else { upper };
                if let Verdict::Differ(allowed) = compare(found.as_flattened(), &paths, 2.0 * roundings(&paths, added))
                {
                    return differ(allowed);
                }
                continue;
            }
            for (side, paths) in [lower, upper].iter().enumerate() {
                if let Verdict::Differ(allowed) =
                    compare(&found.map(|entries| entries[side]), paths, 2.0 * roundings(paths, added))
                {
                    return differ(allowed);
                }
            }
        }
    }
    let [forward_over_forward, forward_over_reverse, reverse_over_forward, reverse_over_reverse] = &orders;
    let modes = [
        ("forward over reverse", forward_over_reverse),
        ("forward over forward", forward_over_forward),
        ("reverse over forward", reverse_over_forward),
        ("reverse over reverse", reverse_over_reverse),
    ];
    let found = check(&mut |x| reverse_gradient(model, x), x, &modes, Budget::OF_ASSERTIONS, &mut entries);
    match found.mismatches.into_iter().next() {
        Some(mismatch) => Err(Disagreement::Differences(mismatch)),
        None => Ok(forward_over_reverse.clone()),
    }
}

/// How many roundings of half an ulp each mode may be off by, and the two together by as many whole ones.
fn roundings(paths: &Paths, additions: u64) -> f64 {
    f64::from(paths.length) + additions as f64 + 4.0
}

enum Verdict {
    /// With the largest difference as a share of what is allowed.
    Agree(f64),
    OutOfRange,
    Undecided,
    /// With the difference that is allowed.
    Differ(f64),
}

fn compare(found: &[f64], paths: &Paths, roundings: f64) -> Verdict {
    // Within 2^±1000 no product of successive partials over- or underflows, whichever end it starts from.
    const RANGE: f64 = 1000.0;
    let kinds = paths.kinds;
    if kinds.is_empty() {
        return if found.iter().all(|&d| d == 0.0) { Verdict::Agree(0.0) } else { Verdict::Differ(0.0) };
    }
    if paths.range.1 > RANGE || (paths.range.0 < -RANGE && !kinds.is_ordinary()) {
        return Verdict::OutOfRange;
    }
    if kinds.is_ordinary() {
        // A product that underflows loses less than the least positive number. What follows multiplies the loss, and in reverse mode
        // what goes before, where functions of one variable were multiplied on the way forwards.
        let magnified = f64::MIN_POSITIVE * (2.0 * paths.range.1.max(0.0)).exp2();
        let underflow = if paths.range.0 < -RANGE { magnified } else { 0.0 };
        let allowed = roundings * (f64::EPSILON * paths.magnitude + underflow);
        if allowed.is_infinite() {
            return Verdict::OutOfRange;
        }
        let spread =
            found.iter().map(|d| (d - found[0]).abs()).fold(0.0, |a: f64, b| if b <= a || a.is_nan() { a } else { b });
        return if spread <= allowed { Verdict::Agree(spread / allowed) } else { Verdict::Differ(allowed) };
    }
    // ∞ - ∞: which class comes out hangs on whether terms cancel exactly, and so on the order of rounding.
    if kinds.nan == [true; 2] || kinds.infinite == [true; 2] {
        return Verdict::Undecided;
    }
    let is_truth = |d: f64| match kinds {
        Kinds { nan: [false, false], infinite: [positive, _], .. } => {
            d == if positive { f64::INFINITY } else { -f64::INFINITY }
        }
        _ => d.is_nan(),
    };
    if found.iter().all(|&d| is_truth(d)) { Verdict::Agree(0.0) } else { Verdict::Differ(f64::INFINITY) }
}

#[cfg(test)]
mod tests {
    use super::{Bound, Verdict, compare};

    #[test]
    fn nan_is_a_difference_wherever_it_stands() {
        let paths = Bound::seeded(1.0).paths;
        let judged = |found: &[f64]| matches!(compare(found, &paths, 1.0), Verdict::Agree(_));
        assert!(judged(&[1.0; 5]));
        for at in 0..5 {
            for other in [f64::NAN, f64::INFINITY, 1.5] {
                let mut found = [1.0; 5];
                found[at] = other;
                assert!(!judged(&found), "{found:?}");
            }
        }
    }
}
