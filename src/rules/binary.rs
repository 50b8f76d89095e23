//! Functions of two arguments: their values and their slopes in each.

use super::{Partial, operations, unary::over_positive};
use crate::number::Scalar;
use Partial::{By, MinusOne, One, Zero};

operations! {
    /// A function of two arguments.
    Binary, sample: (f64, f64);

    /// x + y
    Add = "add" at (0.7, 1.3);
    /// x - y
    Sub = "sub" at (0.7, 1.3);
    /// x·y
    Mul = "mul" at (0.7, 1.3);
    /// x·y where a zero factor absorbs infinities and NaN: the product of derivatives
    MulAbsorbing = "mul_absorbing" at (0.7, 1.3);
    /// x/y
    Div = "div" at (0.7, 1.3);
    /// Remainder of x/y, with the sign of x
    Rem = "rem" at (3.1, 1.3);
    /// xʸ
    Powf = "powf" at (0.7, 1.3);
    /// Logarithm of x to base y
    Log = "log" at (0.7, 1.3);
    /// Angle of the point with ordinate x and abscissa y, radians
    Atan2 = "atan2" at (0.7, 1.3);
    /// √(x² + y²)
    Hypot = "hypot" at (0.7, 1.3);
    /// The larger one
    Max = "max" at (0.7, 1.3);
    /// The smaller one
    Min = "min" at (0.7, 1.3);
    /// max(x - y, 0)
    AbsSub = "abs_sub" at (1.3, 0.7);
    /// |x| with the sign of y
    Copysign = "copysign" at (0.7, -1.3);
}

impl Binary {
    /// The scalar's own function.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn value<T: Scalar>(self, x: T, y: T) -> T {
        match self {
            Self::Add => x + y,
            Self::Sub => x - y,
            Self::Mul => x * y,
            Self::MulAbsorbing => x.mul_absorbing(y),
            Self::Div => x / y,
            Self::Rem => x % y,
            Self::Powf => x.powf(y),
            Self::Log => x.log(y),
            Self::Atan2 => x.atan2(y),
            Self::Hypot => x.hypot(y),
            Self::Max => x.max(y),
            Self::Min => x.min(y),
            Self::AbsSub => x.abs_sub(y),
            Self::Copysign => x.copysign(y),
        }
    }

    /// The value `z` and the slopes in `x` and in `y`, as far as they are `wanted`: a slope that nobody asks for need not
    /// be computed, and may be anything.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn rule<T: Scalar>(self, x: T, y: T, wanted: [bool; 2]) -> (T, Partial<T>, Partial<T>) {
        let z = self.value(x, y);
        let (in_x, in_y) = match self {
            Self::Add => (One, One),
            Self::Sub => (One, MinusOne),
            Self::Mul | Self::MulAbsorbing => (By(y), By(x)),
            Self::Div => {
                let r = y.recip();
                (By(r), when(wanted[1], || -(z / y)))
            }
            Self::Rem if z.primal().is_nan() => (By(z), By(z)),
            Self::Rem => {
                // The quotient that belongs to the value: x/y itself may round up to the next integer.
                (One, when(wanted[1], || -((x - z) / y).round()))
            }
            Self::Powf => (when(wanted[0], || powf_in_base(x, y)), when(wanted[1], || powf_in_exponent(x, y, z))),
            Self::Log => {
                let base = y.ln();
                (when(wanted[0], || over_positive(x, base.recip(), x)), when(wanted[1], || -(z / base) / y))
            }
            Self::Atan2 => atan2(x, y, z),
            Self::Hypot => hypot(x, y, z),
            Self::Max => select(x.primal() > y.primal(), x, y),
            Self::Min => select(x.primal() < y.primal(), x, y),
            // The kink of max(x - y, 0) shares the slope as max does.
            Self::AbsSub => match x.primal().partial_cmp(&y.primal()) {
                Some(std::cmp::Ordering::Greater) => (One, MinusOne),
                Some(std::cmp::Ordering::Less) => (Zero, Zero),
                Some(std::cmp::Ordering::Equal) => (By(T::constant(0.5)), By(T::constant(-0.5))),
                None => (By(T::nan()), By(T::nan())),
            },
            Self::Copysign => (copysign(x, y), Zero),
        };
        (z, in_x, in_y)
    }
}

/// The slope, if it is wanted.
#[cfg_attr(not(debug_assertions), inline(always))]
fn when<T>(wanted: bool, slope: impl FnOnce() -> T) -> Partial<T> {
    if wanted { By(slope()) } else { Zero }
}

/// y·x^(y-1).
fn powf_in_base<T: Scalar>(x: T, y: T) -> T {
    let less = y - T::one();
    let power = x.powf(less);
    // For y < 1/2 the difference rounds, which ln x magnifies; what it lost is known exactly. The factor that mends it
    // differs from 1 by rounding only, so its own derivatives do not count.
    let lost = y.detach() - (less.detach() + T::one());
    if lost.primal() == 0.0 || !(x.primal() > 0.0 && x.primal() < f64::INFINITY) {
        return y.mul_absorbing(power);
    }
    y.mul_absorbing(power * (lost * x.detach().ln() + T::one()))
}

/// xʸ·ln x, 0 where xʸ vanishes at x = 0, and NaN for a negative base.
fn powf_in_exponent<T: Scalar>(x: T, y: T, z: T) -> T {
    if x.primal() > 0.0 && z.primal() < T::min_positive_value().primal() {
        // Where xʸ underflows, its slope in x need not.
        return x.powf(y - T::one()) * (x * x.ln());
    }
    x.choose_below(0.0, || (x + z) * T::nan(), || z.mul_absorbing(x.ln()))
}

/// y/(x² + y²) and -x/(x² + y²), both scaled by the larger argument, so that no square over- or underflows in any
/// derivative. The scale cancels, so it counts as a constant. NaN at the origin, 0 at infinity.
fn atan2<T: Scalar>(x: T, y: T, z: T) -> (Partial<T>, Partial<T>) {
    let scale = x.abs().max(y.abs()).detach();
    let (u, v) = (x / scale, y / scale);
    let square = u * u + v * v;
    let nothing = z * T::zero();
    let finite_or = |slope: T| scale.choose_below(f64::INFINITY, || slope, || nothing);
    (By(finite_or(v / square / scale)), By(finite_or(-(u / square / scale))))
}

/// x/h and y/h by the ratio of the shorter to the longer cathetus, so that nothing overflows and the next derivative,
/// the square of the other slope over h, cancels nothing. (0, 0) at the origin.
fn hypot<T: Scalar>(x: T, y: T, h: T) -> (Partial<T>, Partial<T>) {
    /// The slopes in the longer and in the shorter cathetus.
    fn slopes<T: Scalar>(longer: T, shorter: T) -> (Partial<T>, Partial<T>) {
        let ratio = shorter / longer;
        let cosine = (ratio * ratio + T::one()).sqrt().recip();
        let cosine = if longer.primal() < 0.0 { -cosine } else { cosine };
        (By(cosine), By(ratio * cosine))
    }
    if h.primal() == 0.0 {
        (Zero, Zero)
    } else if x.primal().abs() >= y.primal().abs() {
        slopes(x, y)
    } else {
        let (in_y, in_x) = slopes(y, x);
        (in_x, in_y)
    }
}

/// The slopes of a choice between x and y, by whether x was preferred: all to the one that was chosen, which is never
/// a NaN beside a number, and half to each at a tie.
fn select<T: Scalar>(prefers_x: bool, x: T, y: T) -> (Partial<T>, Partial<T>) {
    let (a, b) = (x.primal(), y.primal());
    if a == b || (a.is_nan() && b.is_nan()) {
        (By(T::constant(0.5)), By(T::constant(0.5)))
    } else if prefers_x || b.is_nan() {
        (One, Zero)
    } else {
        (Zero, One)
    }
}

/// The slope of |x|·sgn(y) in x, with the kink of |x|.
fn copysign<T: Scalar>(x: T, y: T) -> Partial<T> {
    let value = x.primal();
    if value == 0.0 {
        Zero
    } else if value.is_nan() {
        By(T::nan())
    } else if value.is_sign_positive() == y.primal().is_sign_positive() {
        One
    } else {
        MinusOne
    }
}
