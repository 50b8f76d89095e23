//! Assertions: that derivatives which somebody claims are right.

use super::assert::{Places, failed, told};
use super::bound::Bound;
use super::check::{Decision, Entries, First, Rounding, Second, along, decide, in_input};
use super::differences::Estimates;
use super::total::{Total, TotalList};
use crate::error::{Error, check_length};
use crate::forward::Dual;
use crate::graph::{Doubtful, Graph};
use crate::model::{ErrorOf, Many, Model, One, Outcome, Outputs, SingleOutput};
use crate::number::Scalar;
use crate::text::readable;
use crate::{forward, higher, reverse};
use nalgebra::DMatrix;
use std::fmt;

/// A claimed derivative that is not right.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum WrongClaim {
    /// The claim, or what it is about, has the wrong shape.
    Shape(Error),
    /// An entry is not what it should be.
    Entry {
        /// Which derivative: ∂f/∂x2.
        name: String,
        /// As it was claimed.
        claimed: f64,
        /// As the model is differentiated.
        found: f64,
        /// By extrapolated central differences, and how far off those may be: infinitely, where they tell nothing.
        differences: [f64; 2],
        /// How far the claim may be from what was found.
        allowed: f64,
        /// Places where what was found may have lost a derivative.
        doubtful: Vec<Doubtful>,
    },
}

impl From<Error> for WrongClaim {
    fn from(error: Error) -> Self {
        Self::Shape(error)
    }
}

impl fmt::Display for WrongClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape(error) => fmt::Display::fmt(error, f),
            Self::Entry { name, claimed, found, differences: [differences, error], allowed, doubtful } => {
                let [claimed, found] = [*claimed, *found].map(readable);
                write!(f, "{name} is claimed to be {claimed}, and is {found}, by differences ")?;
                if error.is_finite() {
                    write!(f, "{} to {error:.0e}", readable(*differences))?;
                } else {
                    f.write_str("undecided")?;
                }
                write!(f, "; a difference of {allowed:.0e} is allowed{}", Places(doubtful.clone()))
            }
        }
    }
}

impl std::error::Error for WrongClaim {}

/// Holds claimed entries against what was found, and both against differences: those decide where they contradict what was
/// found, or where rounding may have driven it anywhere and another mode found what they say.
fn hold(
    claimed: &[f64],
    found: &[f64],
    other_mode: impl Fn(usize) -> f64,
    place: impl Fn(usize) -> (usize, usize),
    entries: &mut dyn Entries,
    mut estimate: impl FnMut(usize) -> Estimates,
    doubtful: impl FnOnce() -> Vec<Doubtful>,
) -> Result<(), WrongClaim> {
    const RELATIVE: f64 = 1e-9;
    /// Of the largest entry, and of the function over how far it may vary, but at most what rounding may do to the entry: what is
    /// left of one where terms cancel. Who computes it by hand may add them up in another way.
    const OF_SCALE: f64 = 1e-12;
    /// How many entries are held against differences even if they are as they were found.
    const MOST: usize = 200;
    let largest = found.iter().filter(|it| it.is_finite()).fold(0.0_f64, |max, it| max.max(it.abs()));
    for (at, (&claimed, &found)) in claimed.iter().zip(found).enumerate() {
        let is_within = |allowed: f64| {
            let is_near = found.is_finite() && (claimed - found).abs() <= allowed;
            claimed == found || is_near || claimed.is_nan() && found.is_nan()
        };
        let (i, j) = place(at);
        let relative = if found.is_finite() { RELATIVE * found.abs() } else { 0.0 };
        if at >= MOST && is_within(relative) {
            continue;
        }
        let estimate = estimate(at);
        let mut allowed = relative;
        if found.is_finite() && !is_within(relative) {
            let of_scale = OF_SCALE * (largest + estimate.far.scale);
            allowed += of_scale.min(entries.rounding(i, j).derivative);
        }
        let is_found = is_within(allowed);
        let mut decide = |it: f64| decide(it, it.abs(), &estimate, || entries.rounding(i, j));
        let is_wrong = match (is_found, decide(claimed)) {
            (true, Decision::Rounded) => {
                let other = other_mode(at);
                let is_held = matches!(decide(other), Decision::Holds);
                is_held && estimate.tell_apart(claimed, other, entries.rounding(i, j).scale)
            }
            (true, decision) => matches!(decision, Decision::Differs),
            // Differences decide that contradict what was found, or that what was found is lost in rounding.
            (false, Decision::Holds) => !matches!(decide(found), Decision::Differs | Decision::Rounded),
            (false, _) => true,
        };
        if is_wrong {
            let (name, differences) = (entries.name(i, Some(j)), [estimate.near.value, estimate.near.error]);
            return Err(WrongClaim::Entry { name, claimed, found, differences, allowed, doubtful: doubtful() });
        }
    }
    Ok(())
}

/// A derivative in the direction of input j, by forward mode.
fn in_direction(f: impl FnOnce(&[Dual<f64>]) -> Vec<Dual<f64>>, x: &[f64], j: usize) -> Vec<f64> {
    forward::jvp(f, x, &unit(x.len(), j)).expect("as long as x").1
}

fn unit(n: usize, j: usize) -> Vec<f64> {
    (0..n).map(|at| f64::from(u8::from(at == j))).collect()
}

/// What is not reached counts for nothing, however large the weight or derivative.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| a.strong_zero_mul(b)).sum()
}

/// The entries of a product with the Jacobian, by its name, and how far rounding can drive each.
struct Product<F>(&'static str, F);

impl<F: FnMut(usize) -> Rounding> Entries for Product<F> {
    fn name(&self, at: usize, _: Option<usize>) -> String {
        format!("entry {at} of {}", self.0)
    }

    fn rounding(&mut self, at: usize, _: usize) -> Rounding {
        self.1(at)
    }
}

/// Whether a claimed gradient, n numbers, is that of the model at `x`.
///
/// Each entry must be what the model's own derivative is, to 1e-9 of it (where terms cancel, also to 1e-12 of the largest entry and of the value, but no more than rounding may do to it), and the first 200 must not be
/// contradicted by extrapolated central differences; where those contradict the model's derivative, because [a branch
/// dropped it](Graph::doubtful) or rounding magnified it, they alone decide. NaN holds only where the model's derivative is NaN and
/// differences know none, an infinity only where the model's derivative is that infinity.
///
/// # Errors
///
/// The first [`WrongClaim`]. Around it, that of a model which can fail: see [`Outcome`].
pub fn gradient_holds<M: Model<Outputs: SingleOutput> + ?Sized>(
    model: &M,
    x: &[f64],
    claimed: &[f64],
) -> Outcome<M, Result<(), WrongClaim>> {
    M::Outputs::outcome(Total::at(model, x).map(|model| hold_gradient(&model, x, claimed)))
}

fn hold_gradient(model: &impl Model<Outputs = One>, x: &[f64], claimed: &[f64]) -> Result<(), WrongClaim> {
    check_length("the claimed gradient", x.len(), claimed.len())?;
    let found = reverse::gradient(|x| model.eval(x), x).1;
    let mut entries = First { f: |x: &[Bound<f64>]| vec![model.eval(x)], x, outputs: 1, names: &[] };
    let estimate = |j: usize| in_input(&mut |x| vec![model.eval(x)], x, j)[0];
    let other_mode = |j: usize| in_direction(|x| vec![model.eval(x)], x, j)[0];
    hold(claimed, &found, other_mode, |j| (0, j), &mut entries, estimate, || Graph::of(model, x).doubtful().collect())
}

/// Whether a claimed Hessian, n×n, is that of the model at `x`: as [`gradient_holds`], by forward over reverse mode and by differences of
/// the gradient.
///
/// # Errors
///
/// The first [`WrongClaim`]. Around it, that of a model which can fail: see [`Outcome`].
pub fn hessian_holds<M: Model<Outputs: SingleOutput> + ?Sized>(
    model: &M,
    x: &[f64],
    claimed: &DMatrix<f64>,
) -> Outcome<M, Result<(), WrongClaim>> {
    M::Outputs::outcome(Total::at(model, x).map(|model| hold_hessian(&model, x, claimed)))
}

fn hold_hessian(model: &impl Model<Outputs = One>, x: &[f64], claimed: &DMatrix<f64>) -> Result<(), WrongClaim> {
    let n = x.len();
    check_length("the rows of the claimed Hessian", n, claimed.nrows())?;
    check_length("the columns of the claimed Hessian", n, claimed.ncols())?;
    let found = higher::hessian(|x| model.eval(x), x).2;
    // By columns: differences in one input give a whole one.
    let mut column = (n, Vec::new());
    let estimate = |at: usize| {
        let (i, j) = (at % n, at / n);
        if column.0 != j {
            column = (j, in_input(&mut |x| reverse::gradient(|x| model.eval(x), x).1, x, j));
        }
        column.1[i]
    };
    let forward_over_forward = |at: usize| {
        let mut inputs: Vec<Dual<Dual<f64>>> = x.iter().map(|&x| x.into()).collect();
        inputs[at % n].value.tangent = 1.0;
        inputs[at / n].tangent.value = 1.0;
        model.eval(&inputs).tangent.tangent
    };
    let mut entries = Second { model, x };
    hold(
        claimed.as_slice(),
        found.as_slice(),
        forward_over_forward,
        |at| (at % n, at / n),
        &mut entries,
        estimate,
        || Graph::of(model, x).doubtful().collect(),
    )
}

/// Whether a claimed J·v, m numbers, is that of the model at `x`: as [`gradient_holds`].
///
/// # Errors
///
/// The first [`WrongClaim`]; also if `v` is not as long as `x`, or not finite. Around it, that of a model which can fail: see [`Outcome`].
pub fn jvp_holds<M: Model + ?Sized>(
    model: &M,
    x: &[f64],
    v: &[f64],
    claimed: &[f64],
) -> Outcome<M, Result<(), WrongClaim>> {
    M::Outputs::outcome(TotalList::at(model, x).map(|model| hold_jvp(&model, x, v, claimed)))
}

fn hold_jvp(model: &impl Model<Outputs = Many>, x: &[f64], v: &[f64], claimed: &[f64]) -> Result<(), WrongClaim> {
    let found = forward::jvp(|x| model.eval(x), x, v)?.1;
    check_length("the claimed J·v", found.len(), claimed.len())?;
    let estimates = along(&mut |x| model.eval(x), x, v);
    let rounding = |i: usize| {
        let mut inputs: Vec<Bound<f64>> = x.iter().map(|&x| Bound::seeded(x)).collect();
        inputs.iter_mut().zip(v).for_each(|(x, v)| x.paths.magnitude = v.abs());
        Rounding::of(&model.eval(&inputs)[i])
    };
    hold(
        claimed,
        &found,
        |i| reverse::vjp(|x| model.eval(x), x, &unit(found.len(), i)).map_or(f64::NAN, |it| dot(&it.1, v)),
        |i| (i, 0),
        &mut Product("J·v", rounding),
        |i| estimates[i],
        || Graph::of(model, x).doubtful().collect(),
    )
}

/// Whether a claimed wᵀ·J, n numbers, is that of the model at `x`: as [`gradient_holds`].
///
/// # Errors
///
/// The first [`WrongClaim`]; also if `w` has not an entry for each output, or is not finite. Around it, that of a model which can fail: see [`Outcome`].
pub fn vjp_holds<M: Model + ?Sized>(
    model: &M,
    x: &[f64],
    w: &[f64],
    claimed: &[f64],
) -> Outcome<M, Result<(), WrongClaim>> {
    M::Outputs::outcome(TotalList::at(model, x).map(|model| hold_vjp(&model, x, w, claimed)))
}

fn hold_vjp(model: &impl Model<Outputs = Many>, x: &[f64], w: &[f64], claimed: &[f64]) -> Result<(), WrongClaim> {
    check_length("the claimed wᵀ·J", x.len(), claimed.len())?;
    let found = reverse::vjp(|x| model.eval(x), x, w)?.1;
    let mut weighted = |x: &[f64]| vec![model.eval(x).iter().zip(w).map(|(y, w)| y * w).sum()];
    let estimate = |j: usize| in_input(&mut weighted, x, j)[0];
    let rounding = |j: usize| {
        let mut inputs: Vec<Bound<f64>> = x.iter().map(|&x| x.into()).collect();
        inputs[j] = Bound::seeded(x[j]);
        let weights: Vec<Bound<f64>> = w.iter().map(|&w| w.into()).collect();
        Rounding::of(&Bound::dot(&model.eval(&inputs), &weights))
    };
    hold(
        claimed,
        &found,
        |j| dot(&in_direction(|x| model.eval(x), x, j), w),
        |j| (j, 0),
        &mut Product("wᵀ·J", rounding),
        estimate,
        || Graph::of(model, x).doubtful().collect(),
    )
}

/// Asserts that derivatives which were written by hand, or come from elsewhere, are those of a model at a point:
/// `gradient = g` and `hessian = h` of a [`Model`](crate::Model) with one output, `jvp = (v, jv)` and `vjp = (w, wj)` of any.
///
/// The functions behind it return the error: [`gradient_holds`](crate::compare::gradient_holds),
/// [`hessian_holds`](crate::compare::hessian_holds), [`jvp_holds`](crate::compare::jvp_holds) and
/// [`vjp_holds`](crate::compare::vjp_holds).
///
/// # Panics
///
/// With the first entry that is wrong, what it should be by the model and by differences, the places where the model may have
/// lost a derivative, and the message given after the claim, if any.
///
/// ```
/// use dualtape::{assert_derivatives, model};
/// use nalgebra::dmatrix;
/// use num_traits::Float;
///
/// fn f<T: Float>(x: &[T]) -> T {
///     x[0] * x[1].sin()
/// }
/// let (sine, cosine) = 0.5_f64.sin_cos();
/// assert_derivatives!(model!(f), &[3.0, 0.5], gradient = [sine, 3.0 * cosine]);
/// assert_derivatives!(model!(f), &[3.0, 0.5], hessian = dmatrix![0.0, cosine; cosine, -3.0 * sine]);
///
/// fn g<T: Float>(x: &[T]) -> Vec<T> {
///     vec![x[0] * x[1], x[0].exp()]
/// }
/// assert_derivatives!(model!(g), &[0.0, 5.0], jvp = (&[1.0, 2.0], [5.0, 1.0]));
/// assert_derivatives!(model!(g), &[0.0, 5.0], vjp = (&[1.0, 2.0], [7.0, 0.0]), "row {}", 1);
/// ```
#[macro_export]
macro_rules! assert_derivatives {
    ($model:expr, $x:expr, $kind:ident = $claimed:tt $(,)?) => {
        $crate::assert_derivatives!($model, $x, $kind = $claimed, "")
    };
    ($model:expr, $x:expr, jvp = ($v:expr, $claimed:expr), $($message:tt)+) => {
        match &$model {
            model => $crate::compare::assert_claim(
                model,
                $crate::compare::jvp_holds(model, &$x[..], &$v[..], &$claimed[..]),
                &$x[..],
                ::std::format_args!($($message)+),
            ),
        }
    };
    ($model:expr, $x:expr, vjp = ($w:expr, $claimed:expr), $($message:tt)+) => {
        match &$model {
            model => $crate::compare::assert_claim(
                model,
                $crate::compare::vjp_holds(model, &$x[..], &$w[..], &$claimed[..]),
                &$x[..],
                ::std::format_args!($($message)+),
            ),
        }
    };
    ($model:expr, $x:expr, gradient = $claimed:expr $(,)?) => {
        $crate::assert_derivatives!($model, $x, gradient = $claimed, "")
    };
    ($model:expr, $x:expr, gradient = $claimed:expr, $($message:tt)+) => {
        match &$model {
            model => $crate::compare::assert_claim(
                model,
                $crate::compare::gradient_holds(model, &$x[..], &$claimed[..]),
                &$x[..],
                ::std::format_args!($($message)+),
            ),
        }
    };
    ($model:expr, $x:expr, hessian = $claimed:expr $(,)?) => {
        $crate::assert_derivatives!($model, $x, hessian = $claimed, "")
    };
    ($model:expr, $x:expr, hessian = $claimed:expr, $($message:tt)+) => {
        match &$model {
            model => $crate::compare::assert_claim(
                model,
                $crate::compare::hessian_holds(model, &$x[..], &$claimed),
                &$x[..],
                ::std::format_args!($($message)+),
            ),
        }
    };
}

/// What `assert_derivatives!` does.
#[doc(hidden)]
#[track_caller]
pub fn assert_claim<M: Model + ?Sized>(
    _: &M,
    claim: Outcome<M, Result<(), WrongClaim>>,
    x: &[f64],
    message: fmt::Arguments<'_>,
) where
    ErrorOf<M>: fmt::Debug,
{
    if let Err(wrong) = M::Outputs::result(claim).unwrap_or_else(|error| failed(&error, x, message)) {
        panic!("a claimed derivative is wrong at {x:?}: {wrong}{}", told(message));
    }
}
