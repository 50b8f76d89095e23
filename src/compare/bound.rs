//! `Bound<T>`: a number that carries how far rounding can drive the two modes apart.
//!
//! A number type like the others, in one direction of the inputs: beside the value it follows every path from the
//! seeded input and keeps the sum of the absolute path products, the longest path, the range that products along a
//! path pass through, and which kinds of path products there are.

use crate::number::{Number, Scalar, implement_number};
use crate::rules::{BinaryOperation, Partial, TernaryOperation, UnaryOperation};
use std::fmt;

/// A number with what is known of the paths that lead to it from one seeded input.
///
/// ```
/// use dualtape::compare::Bound;
///
/// let x = Bound::seeded(3.0);
/// let y = x * x - x * 6.0;
/// // Two paths of derivative 3 over x², one of derivative -6: they cancel, but rounding is that of their sizes.
/// assert_eq!((y.value, y.paths.magnitude, y.paths.length), (-9.0, 12.0, 2));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Bound<T> {
    /// The value: bit for bit what `T` computes.
    pub value: T,
    /// How far rounding can have driven it: half an ulp in each operation, to first order.
    pub rounding: f64,
    /// The paths from the seeded input.
    pub paths: Paths,
}

/// What is known of the paths from the seeded input to a number; one ends where it meets a partial of zero.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Paths {
    /// Σ over the paths of |Π partials|, without the infinite ones.
    pub magnitude: f64,
    /// Whether the number was computed from the input at all, also by operations with partial zero.
    pub reached: bool,
    /// Whether an operation on the way had an infinite or NaN partial, also behind one with partial zero.
    pub pole: bool,
    /// Operations on the longest path.
    pub length: u32,
    /// Which kinds of path products occur.
    pub(super) kinds: Kinds,
    /// log2 of the smallest and largest |product| of successive finite partials on any path …
    pub range: (f64, f64),
    /// … and of those that end here.
    ending: (f64, f64),
}

/// A set of kinds of path products.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kinds {
    /// Positive and negative finite ones.
    pub(super) finite: [bool; 2],
    /// Positive and negative infinite ones.
    pub(super) infinite: [bool; 2],
    /// Ones with a NaN partial, by the sign of the product without it.
    pub(super) nan: [bool; 2],
}

impl Kinds {
    /// Whether no path leads here.
    pub(super) fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Whether all are finite.
    pub(super) fn is_ordinary(self) -> bool {
        self.infinite == [false; 2] && self.nan == [false; 2]
    }

    fn union(self, other: Self) -> Self {
        let or = |a: [bool; 2], b: [bool; 2]| [a[0] | b[0], a[1] | b[1]];
        Self {
            finite: or(self.finite, other.finite),
            infinite: or(self.infinite, other.infinite),
            nan: or(self.nan, other.nan),
        }
    }

    fn times(self, partial: f64) -> Self {
        let Self { finite, infinite, nan } = self;
        let or = |a: [bool; 2], b: [bool; 2]| [a[0] | b[0], a[1] | b[1]];
        let none = [false; 2];
        let flip = |signs: [bool; 2]| if partial < 0.0 { [signs[1], signs[0]] } else { signs };
        if partial.is_nan() {
            Self { finite: none, infinite: none, nan: or(nan, or(finite, infinite)) }
        } else if partial.is_infinite() {
            Self { finite: none, infinite: flip(or(finite, infinite)), nan: flip(nan) }
        } else {
            Self { finite: flip(finite), infinite: flip(infinite), nan: flip(nan) }
        }
    }
}

impl Paths {
    /// Whether there are path products that are infinite, positive and negative.
    #[must_use]
    pub fn infinite(&self) -> [bool; 2] {
        self.kinds.infinite
    }

    /// Whether there are path products with a NaN partial, by the sign of the product without it.
    #[must_use]
    pub fn nan(&self) -> [bool; 2] {
        self.kinds.nan
    }

    /// The path of length 0.
    fn seed() -> Self {
        let kinds = Kinds { finite: [true, false], ..Kinds::default() };
        Self { magnitude: 1.0, reached: true, kinds, ..Self::default() }
    }

    /// Every path one operation longer.
    fn through<T: Scalar>(self, local: Partial<T>) -> Self {
        // A recording holds what was read, for what follows from it is plain.
        let partial = local.value().primal();
        let reached = self.reached;
        let pole = reached && (self.pole || !partial.is_finite());
        if partial == 0.0 || self.kinds.is_empty() {
            return Self { reached, pole, ..Self::default() };
        }
        let kinds = self.kinds.times(partial);
        let length = self.length + 1;
        if !partial.is_finite() {
            return Self { magnitude: 0.0, reached, pole, length, kinds, range: self.range, ending: (0.0, 0.0) };
        }
        let log = partial.abs().log2();
        let ending = ((self.ending.0 + log).min(log), (self.ending.1 + log).max(log));
        let range = (self.range.0.min(ending.0), self.range.1.max(ending.1));
        Self { magnitude: self.magnitude * partial.abs(), reached, pole, length, kinds, range, ending }
    }

    /// The paths of both.
    fn and(self, other: Self) -> Self {
        let hull = |a: (f64, f64), b: (f64, f64)| (a.0.min(b.0), a.1.max(b.1));
        Self {
            magnitude: self.magnitude + other.magnitude,
            reached: self.reached | other.reached,
            pole: self.pole | other.pole,
            length: self.length.max(other.length),
            kinds: self.kinds.union(other.kinds),
            range: hull(self.range, other.range),
            ending: hull(self.ending, other.ending),
        }
    }
}

impl<T: Scalar> Bound<T> {
    /// The input whose paths are followed.
    pub fn seeded(value: T) -> Self {
        Self { value, rounding: 0.0, paths: Paths::seed() }
    }

    /// The result of an operation with these partials in these operands.
    fn through<const N: usize>(value: T, partials: [Partial<T>; N], operands: [Self; N]) -> Self {
        let mut found = Self { value, rounding: 0.5 * f64::EPSILON * value.primal().abs(), paths: Paths::default() };
        for (partial, operand) in partials.into_iter().zip(operands) {
            found.rounding += partial.value().primal().abs().strong_zero_mul(operand.rounding);
            found.paths = found.paths.and(operand.paths.through(partial));
        }
        found
    }
}

impl<T: Scalar> Number for Bound<T> {
    type Inner = T;

    const IN_LINE: bool = false;

    fn lift(value: T) -> Self {
        Self { value, rounding: 0.0, paths: Paths::default() }
    }

    fn map_inner(self, f: impl FnOnce(T) -> T) -> Self {
        Self { value: f(self.value), ..self }
    }

    fn inner(&self) -> T {
        self.value
    }

    fn unary(self, op: impl UnaryOperation) -> Self {
        let (value, partial) = op.rule(self.value);
        Self::through(value, [partial], [self])
    }

    fn binary(self, other: Self, op: impl BinaryOperation) -> Self {
        let (value, a, b) = op.rule(self.value, other.value, [true, true]);
        Self::through(value, [a, b], [self, other])
    }

    fn ternary(self, b: Self, c: Self, op: impl TernaryOperation) -> Self {
        let (value, partials) = op.rule(self.value, b.value, c.value);
        Self::through(value, partials, [self, b, c])
    }

    fn is_constant_throughout(&self) -> bool {
        self.value.is_constant_throughout() && self.paths.kinds.is_empty()
    }
}

impl<T: Scalar> fmt::Display for Bound<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value, f)
    }
}

implement_number!([T: Scalar] Bound<T>, inner T);
