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
        let mut derivatives = f(&moved);
        moved[j] = below;
        let width = above - below;
        for (derivative, below) in derivatives.iter_mut().zip(f(&moved)) {
            *derivative = (*derivative - below) / width;
        }
        moved[j] = x;
        column(j, &derivatives);
    }
}

/// A derivative by differences, and how far off it may be: infinitely, where they tell nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    pub(super) value: f64,
    pub(super) error: f64,
    /// How large the function becomes over how far it may vary: the size of a derivative that counts for something. It is not
    /// that of this step, at which a function may be as small as the step is.
    pub(super) scale: f64,
    /// The shortest step that it is of: rounding of values is divided by it.
    pub(super) step: f64,
}

impl Estimate {
    const NOTHING: Self = Self { value: f64::NAN, error: f64::INFINITY, scale: 0.0, step: 0.0 };

    /// What they must be right to in order to decide anything.
    pub(super) fn precision(&self) -> f64 {
        (0.01 * self.value.abs()).max(1e-6 * self.scale)
    }

    /// Whether they decide something.
    pub(super) fn is_settled(&self) -> bool {
        self.error <= self.precision()
    }

    /// Whether at most one of the two can be right.
    fn contradicts(&self, other: &Self) -> bool {
        (self.value - other.value).abs() > self.error + other.error
    }

    fn least_error(self, other: Self) -> Self {
        if other.error < self.error { other } else { self }
    }
}

/// A derivative by differences of short steps, and of those steps that have the least error: of those that are settled and say
/// something else than the short ones, if there are some, else of those that are settled.
///
/// Both are the same but for functions that look otherwise from afar: with long steps a narrow feature is not seen, with
/// short ones a staircase of rounding is flat.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimates {
    pub(super) near: Estimate,
    pub(super) far: Estimate,
    /// Above and below, each by itself: beside a kink or a jump that is nearer than the steps they differ, and central
    /// differences are between the two.
    pub(super) sides: [Estimate; 2],
}

impl Estimates {
    /// Whether two derivatives are so far apart that at most one of them can be what differences say, and by as much as counts for
    /// something beside others of this size. Of a function that is 0 all around differences know no size.
    pub(super) fn tell_apart(&self, a: f64, b: f64, scale: f64) -> bool {
        let counts = |it: &Estimate| it.precision().max(1e-6 * scale);
        [self.near, self.far].iter().all(|it| it.precision() > 0.0 && (a - b).abs() > counts(it))
    }
}

/// Steps, each a quarter of the one before; as many again from a small input on.
const STEPS: usize = 13;

/// How often an extrapolated difference evaluates the function.
pub(super) const EVALUATIONS: usize = 2 * STEPS + 1;

/// The derivatives of every output at 0 of a function of one number, by central differences that are extrapolated twice to
/// the step 0 (Richardson; Ridders 1982), and by differences to either side, extrapolated three times. `length` is how far the
/// function may vary, `argument` how large the number is that a step is added to: so much of it is rounded off.
pub(super) fn extrapolated(f: &mut dyn FnMut(f64) -> Vec<f64>, length: f64, argument: f64) -> Vec<Estimates> {
    let here = f(0.0);
    let mut outputs: Vec<(Series<3>, [Series<4>; 2])> = vec![Default::default(); here.len()];
    let quarters = |from: f64, count: usize| (0..count).scan(from / 16.0, |h, _| Some(std::mem::replace(h, *h / 4.0)));
    // Those of a small input go on where the others end, or begin anew if they are shorter by more: the first of them differ by much
    // from what they are extrapolated with, and say so.
    let more = if argument == 0.0 { 0.0 } else { (length / argument).log(4.0).max(0.0) };
    let (first, second) = if more <= STEPS as f64 { (STEPS + more as usize, 0) } else { (STEPS, STEPS) };
    for h in quarters(length, first).chain(quarters(argument, second)) {
        let (above, below) = (f(h), f(-h));
        for (at, (central, [right, left])) in outputs.iter_mut().enumerate() {
            // A function may have another number of outputs elsewhere.
            let [above, below] = [&above, &below].map(|moved| moved.get(at).copied().unwrap_or(f64::NAN));
            let here = here[at];
            let size = above.abs().max(below.abs());
            let scales = |size: f64| Scales { size, length, argument, step: h };
            central.push((above - below) / (2.0 * h), [16.0, 256.0], scales(size));
            right.push((above - here) / h, [4.0, 16.0, 64.0], scales(above.abs().max(here.abs())));
            left.push((here - below) / h, [4.0, 16.0, 64.0], scales(below.abs().max(here.abs())));
        }
    }
    let least = |estimates: &[Estimate]| estimates.iter().copied().fold(Estimate::NOTHING, Estimate::least_error);
    let found = outputs.iter().map(|(central, sides)| {
        let scale = central.estimates.iter().map(|it| it.scale).filter(|it| it.is_finite()).fold(0.0, f64::max);
        let of_all = |it: Estimate| Estimate { scale, ..it };
        let near = of_all(near(&central.estimates));
        let settled: Vec<Estimate> =
            central.estimates.iter().copied().map(of_all).filter(Estimate::is_settled).collect();
        let others: Vec<Estimate> = settled.iter().copied().filter(|it| it.contradicts(&near)).collect();
        let far = [&others, &settled, &central.estimates].into_iter().find(|estimates| !estimates.is_empty());
        Estimates {
            near,
            far: far.map_or(Estimate::NOTHING, |estimates| of_all(least(estimates))),
            sides: sides.each_ref().map(|side| of_all(least(&side.estimates))),
        }
    });
    found.collect()
}

/// How large the function is, how far it may vary, how large its argument is and how long the step.
#[derive(Clone, Copy)]
struct Scales {
    size: f64,
    length: f64,
    argument: f64,
    step: f64,
}

/// Differences of ever shorter steps, with the last one and its extrapolations.
#[derive(Clone)]
struct Series<const N: usize> {
    estimates: Vec<Estimate>,
    last: [f64; N],
}

impl<const N: usize> Default for Series<N> {
    fn default() -> Self {
        Self { estimates: Vec::new(), last: [f64::NAN; N] }
    }
}

impl<const N: usize> Series<N> {
    /// Takes the difference of a step of a quarter of the last: each extrapolation has a term less of the error, of which a step is
    /// so many times that of the next. The error is what the last two extrapolations and two steps differ by, with what rounding
    /// of the values and of the argument does, ten times over.
    fn push<const M: usize>(&mut self, plain: f64, ratios: [f64; M], scales: Scales) {
        let Scales { size, length, argument, step } = scales;
        let last = std::mem::replace(&mut self.last, [plain; N]);
        for (order, ratio) in ratios.into_iter().enumerate() {
            self.last[order + 1] = (ratio * self.last[order] - last[order]) / (ratio - 1.0);
        }
        let (value, once, before) = (self.last[N - 1], self.last[N - 2], last[N - 1]);
        let rounding = 40.0 * f64::EPSILON * (size + (argument + step) * plain.abs()) / step;
        let error = 10.0 * ((value - once).abs() + (value - before).abs()) + rounding;
        let error = if error.is_nan() { f64::INFINITY } else { error };
        self.estimates.push(Estimate { value, error, scale: size / length, step });
    }
}

/// From the shortest step on, the estimate with the least error among those that do not contradict a shorter one, and before an error
/// grows: rounding makes that of a shorter step larger, while it grows with the step where the function does something that longer
/// steps pass over.
fn near(estimates: &[Estimate]) -> Estimate {
    const GROWN: f64 = 4.0;
    let mut known = Estimate::NOTHING;
    // Where the shortest overflow, nothing is known.
    if estimates.last().is_none_or(|it| it.error.is_infinite()) {
        return known;
    }
    for &longer in estimates.iter().rev().filter(|it| it.error.is_finite()) {
        let has_grown = longer.error > GROWN * known.error && !longer.is_settled();
        if longer.contradicts(&known) || has_grown {
            break;
        }
        known = known.least_error(longer);
    }
    known
}
