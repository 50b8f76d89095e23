//! Central differences: the way without automatic differentiation, to hold the others against. Plain ones as a method, and
//! extrapolated ones that know how far off they may be.

use crate::number::Scalar;

/// The step for an input: ∛ε·max(|x|, 1), which balances truncation, of order h², and rounding, of order ε/h
/// (Press et al., Numerical Recipes, section 5.7).
fn step(x: f64) -> f64 {
    f64::EPSILON.cbrt() * x.abs().max(1.0)
}

/// The columns of the Jacobian by central differences, each handed to `column`.
///
/// The step is what remains of h after rounding x + h and x - h.
pub(super) fn central<T: Scalar>(mut f: impl FnMut(&[T]) -> Vec<T>, x: &[T], mut column: impl FnMut(usize, &[T])) {
    let mut moved = x.to_vec();
    for (j, &x) in x.iter().enumerate() {
        let h = T::constant(step(x.peek()));
        let (above, below) = (x + h, x - h);
        moved[j] = above;
        let mut slopes = f(&moved);
        moved[j] = below;
        let width = above - below;
        for (slope, below) in slopes.iter_mut().zip(f(&moved)) {
            *slope = (*slope - below) / width;
        }
        moved[j] = x;
        column(j, &slopes);
    }
}

/// A derivative by differences, and how far off it may be: infinitely, where they tell nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    pub(super) value: f64,
    pub(super) error: f64,
    /// How large the function is there, over how far it may vary: the size of a derivative that counts for something.
    pub(super) scale: f64,
    /// The shortest step that it is of: rounding of values is divided by it.
    pub(super) step: f64,
}

impl Estimate {
    const NOTHING: Self = Self { value: f64::NAN, error: f64::INFINITY, scale: 0.0, step: 0.0 };

    fn least_error(self, other: Self) -> Self {
        if other.error < self.error { other } else { self }
    }
}

/// A derivative by differences of short steps and of whatever steps have the least error.
///
/// Both are the same but for functions that look otherwise from afar: with long steps a narrow feature is not seen, with
/// short ones a staircase of rounding is flat.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimates {
    pub(super) near: Estimate,
    pub(super) far: Estimate,
}

/// Steps, each a quarter of the one before; for a small input so many more.
const STEPS: usize = 13;
const MORE_STEPS: f64 = 27.0;

/// How often an extrapolated difference evaluates the function.
pub(super) const EVALUATIONS: usize = 2 * STEPS;

/// The derivatives of every output at 0 of a function of one number, by central differences that are extrapolated twice to
/// the step 0 (Richardson; Ridders 1982). `length` is how far the function may vary, `smallest` what its argument is of.
///
/// The error of a step is what the two extrapolations and two steps differ by, with what rounding of the values does, ten
/// times over.
pub(super) fn extrapolated(mut f: impl FnMut(f64) -> Vec<f64>, length: f64, smallest: f64) -> Vec<Estimates> {
    let more = if smallest == 0.0 { 0.0 } else { (length / smallest).log(4.0).clamp(0.0, MORE_STEPS) };
    // Of each output the estimates so far, with the last difference and its first extrapolation.
    let mut outputs: Vec<(Vec<Estimate>, [f64; 2])> = Vec::new();
    let mut h = length / 16.0;
    for _ in 0..STEPS + more as usize {
        let (above, below) = (f(h), f(-h));
        outputs.resize(above.len(), (Vec::new(), [f64::NAN; 2]));
        for (((estimates, last), &above), &below) in outputs.iter_mut().zip(&above).zip(&below) {
            let plain = (above - below) / (2.0 * h);
            let once = (16.0 * plain - last[0]) / 15.0;
            let value = (256.0 * once - last[1]) / 255.0;
            let before = estimates.last().map_or(f64::NAN, |it| it.value);
            let size = above.abs().max(below.abs());
            let rounding = 4.0 * f64::EPSILON * (size + length * plain.abs()) / h;
            let error = 10.0 * ((value - once).abs() + (value - before).abs() + rounding);
            let error = if error.is_nan() { f64::INFINITY } else { error };
            estimates.push(Estimate { value, error, scale: size / length, step: h });
            *last = [plain, once];
        }
        h /= 4.0;
    }
    let found = outputs.iter().map(|(estimates, _)| Estimates {
        near: near(estimates),
        far: estimates.iter().copied().fold(Estimate::NOTHING, Estimate::least_error),
    });
    found.collect()
}

/// From the shortest step on, the estimate with the least error among those that do not contradict a shorter one.
fn near(estimates: &[Estimate]) -> Estimate {
    let mut known = Estimate::NOTHING;
    for &longer in estimates.iter().rev().filter(|it| it.error.is_finite()) {
        if (longer.value - known.value).abs() > longer.error + known.error {
            break;
        }
        known = known.least_error(longer);
    }
    known
}
