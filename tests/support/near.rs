//! Numbers with how far off they may be, the paths along which they flow, and how a function changes within that reach.

use dualtape::Scalar;

/// A number, and how far off another way of computing it may be.
#[derive(Clone, Copy, Default)]
pub(super) struct Near {
    pub(super) value: f64,
    pub(super) error: f64,
}

impl Near {
    /// The strong-zero product of the absolute values. One that underflows is no 0, for the next factor may be huge: it is off by as
    /// much as it may be.
    pub(super) fn times(self, other: Self) -> Self {
        const LEAST: f64 = f64::from_bits(1);
        let product = |a: f64, b: f64| if a == 0.0 || b == 0.0 { 0.0 } else { (a * b).abs().max(LEAST) };
        let ([a, e], [b, f]) = ([self.value, self.error], [other.value, other.error]);
        let value = product(a, b);
        let lost = if value > 0.0 && value < f64::MIN_POSITIVE { LEAST } else { 0.0 };
        Self { value, error: product(a, f) + product(e, b) + product(e, f) + lost }
    }

    pub(super) fn add(&mut self, term: Self) {
        self.value += term.value;
        self.error += term.error;
    }
}

/// The paths from a number to an output.
#[derive(Clone, Copy, Default)]
pub(super) struct Paths {
    /// The sum of the absolute products, and how far off the sum of the products may be.
    pub(super) sum: Near,
    /// The operations of the longest.
    pub(super) length: f64,
    /// log₂ of the smallest and the largest product of successive partials, and of those that start at the number.
    pub(super) range: (f64, f64),
    starting: (f64, f64),
}

impl Paths {
    pub(super) fn through(self, partial: Near) -> Self {
        let sum = partial.times(self.sum);
        if sum.value == 0.0 {
            return Self { sum, ..Self::default() };
        }
        let log = partial.value.abs().log2();
        let starting = ((self.starting.0 + log).min(log), (self.starting.1 + log).max(log));
        let range = (self.range.0.min(starting.0), self.range.1.max(starting.1));
        Self { sum, length: self.length + 1.0, range, starting }
    }

    pub(super) fn add(&mut self, other: Self) {
        let hull = |a: (f64, f64), b: (f64, f64)| (a.0.min(b.0), a.1.max(b.1));
        self.sum.add(other.sum);
        self.length = self.length.max(other.length);
        self.range = hull(self.range, other.range);
        self.starting = hull(self.starting, other.starting);
    }
}

/// Some partials, with what a rule may round them by and their change while the operands move.
pub(super) fn near<T: Scalar>(found: &[T], changes: &[f64], of_a_rule: f64) -> Vec<Near> {
    let near = |(value, change): (&T, &f64)| {
        let value = value.primal();
        let rounded = if value.is_finite() { of_a_rule * value.abs() } else { 0.0 };
        Near { value, error: change + rounded }
    };
    found.iter().zip(changes).map(near).collect()
}

/// The largest change of some numbers while the operands move as far as they may.
pub(super) fn change<T: Scalar>(reach: &[[T; 2]], centre: &[T], f: impl Fn(&[T]) -> Vec<T>) -> Vec<f64> {
    let mut most = vec![0.0; centre.len()];
    let same = |[low, high]: &[T; 2]| low == high && low.is_sign_negative() == high.is_sign_negative();
    if reach.iter().all(same) {
        return most;
    }
    for corner in 0..1_usize << reach.len() {
        let x: Vec<T> = reach.iter().enumerate().map(|(at, ends)| ends[corner >> at & 1]).collect();
        for ((most, &at), centre) in most.iter_mut().zip(&f(&x)).zip(centre) {
            let (at, centre) = (at.primal(), centre.primal());
            let change = if at == centre || at.is_nan() && centre.is_nan() { 0.0 } else { (at - centre).abs() };
            // What is NaN at a corner may be anything.
            *most = if change.is_nan() { f64::INFINITY } else { most.max(change) };
        }
    }
    most
}
