//! Functions of two arguments: their values and their slopes in each.

use super::{Partial, operations, unary::no_number, unary::over_positive};
use crate::number::Scalar;
use Partial::{By, MinusOne, One, Zero};

operations! {
    /// A function of two arguments.
    Binary, sample: (f64, f64), textbook: [&'static str; 2];

    /// x + y
    Add = "add" at (0.7, 1.3), textbook ["1", "1"];
    /// x - y
    Sub = "sub" at (0.7, 1.3), textbook ["1", "-1"];
    /// x - y, and 0 between infinities of one sign
    Excess = "excess" at (0.7, 1.3), textbook ["1", "-1"];
    /// x·y
    Mul = "mul" at (0.7, 1.3), textbook ["y", "x"];
    /// x·y where a zero factor absorbs infinities and NaN: the product of derivatives
    MulAbsorbing = "mul_absorbing" at (0.7, 1.3), textbook ["y", "x"];
    /// x/y
    Div = "div" at (0.7, 1.3), textbook ["1/y", "-x/y²"];
    /// Remainder of x/y, with the sign of x
    Rem = "rem" at (3.1, 1.3), textbook ["", "-(x - x % y)/y"];
    /// xʸ
    Powf = "powf" at (0.7, 1.3), textbook ["y·x^(y - 1)", "x^y·ln(x)"];
    /// Logarithm of x to base y
    Log = "log" at (0.7, 1.3), textbook ["1/(x·ln(y))", "-ln(x)/(y·ln²(y))"];
    /// Angle of the point with ordinate x and abscissa y, radians
    Atan2 = "atan2" at (0.7, 1.3), textbook ["y/(x² + y²)", "-x/(x² + y²)"];
    /// √(x² + y²)
    Hypot = "hypot" at (0.7, 1.3), textbook ["x/√(x² + y²)", "y/√(x² + y²)"];
    /// The larger one
    Max = "max" at (0.7, 1.3), textbook ["", ""];
    /// The smaller one
    Min = "min" at (0.7, 1.3), textbook ["", ""];
    /// max(x - y, 0)
    AbsSub = "abs_sub" at (1.3, 0.7), textbook ["", ""];
    /// |x| with the sign of y
    Copysign = "copysign" at (0.7, -1.3), textbook ["", ""];
}

impl Binary {
    /// The scalar's own function.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn value<T: Scalar>(self, x: T, y: T) -> T {
        match self {
            Self::Add => x + y,
            Self::Sub => x - y,
            Self::Excess => x.excess(y),
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
            Self::Sub | Self::Excess => (One, MinusOne),
            Self::Mul | Self::MulAbsorbing => (By(y), By(x)),
            Self::Div => {
                let r = y.recip();
                (By(r), when(wanted[1], || -(z / y)))
            }
            Self::Rem => {
                // The quotient that belongs to the value: x/y itself may round up to the next integer. NaN where z is.
                let quotient = || T::choose_equal(z, z, || -((x - z) / y).round(), || z);
                (Partial::where_equal(z, z, One, || By(z)), when(wanted[1], quotient))
            }
            Self::Powf => (when(wanted[0], || powf_in_base(x, y)), when(wanted[1], || powf_in_exponent(x, y, z))),
            Self::Log => {
                let base = y.ln();
                (when(wanted[0], || over_positive(x, base.recip(), x)), when(wanted[1], || -(z / base) / y))
            }
            Self::Atan2 => atan2(x, y, z),
            Self::Hypot => hypot(x, y, z),
            Self::Max => (chosen([y, x], x, y), chosen([x, y], y, x)),
            Self::Min => (chosen([x, y], x, y), chosen([y, x], y, x)),
            Self::AbsSub => abs_sub(x, y),
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
    let zero = T::zero();
    let plain = || y.mul_absorbing(power);
    let mended = || y.mul_absorbing(power * (lost * x.detach().ln() + T::one()));
    let of_finite = || T::choose_less(x, T::infinity(), mended, plain);
    // Of an infinite exponent it is NaN, and nothing is lost.
    T::choose_less(zero, lost.abs(), || T::choose_less(zero, x, of_finite, plain), plain)
}

/// xʸ·ln x, 0 where xʸ vanishes at x = 0, and NaN for a negative base.
fn powf_in_exponent<T: Scalar>(x: T, y: T, z: T) -> T {
    let usual = || x.choose_below(0.0, || no_number(x + z), || z.mul_absorbing(x.ln()));
    // Where xʸ underflows, its slope in x need not.
    let vanishing = || x.powf(y - T::one()) * (x * x.ln());
    let of_positive = || T::choose_less(z, T::min_positive_value(), vanishing, usual);
    T::choose_less(T::zero(), x, of_positive, usual)
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
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn slopes<T: Scalar>(longer: T, shorter: T) -> (T, T) {
        let ratio = shorter / longer;
        let cosine = (ratio * ratio + T::one()).sqrt().recip();
        let cosine = longer.choose_below(0.0, || -cosine, || cosine);
        (cosine, ratio * cosine)
    }
    // The origin is a kink. How the slope in one changes with the other depends on the direction: by ∞ - ∞.
    let kink = |own: T, other: T| Zero.at_kink(|| own).at_kink(|| other).at_kink(|| -other);
    if T::CHOOSES_LATER || T::RECORDS {
        let (u, v) = (x.abs(), y.abs());
        let (longer, shorter) = (T::choose_less(u, v, || y, || x), T::choose_less(u, v, || x, || y));
        let (in_longer, in_shorter) = slopes(longer, shorter);
        let in_x = T::choose_less(u, v, || in_shorter, || in_longer);
        let in_y = T::choose_less(u, v, || in_longer, || in_shorter);
        let zero = T::zero();
        let or_kink = |own, other, slope| Partial::where_equal(h, zero, kink(own, other), || By(slope));
        return (or_kink(x, y, in_x), or_kink(y, x, in_y));
    }
    if h.peek() == 0.0 {
        (kink(x, y), kink(y, x))
    } else if x.peek().abs() >= y.peek().abs() {
        let (in_x, in_y) = slopes(x, y);
        (By(in_x), By(in_y))
    } else {
        let (in_y, in_x) = slopes(y, x);
        (By(in_x), By(in_y))
    }
}

/// The slope of a choice between `own` and `other` in `own`, which is preferred where the first of `order` is less than
/// the second: 1 where it is chosen, which a NaN beside a number never is, and a half at a tie.
#[cfg_attr(not(debug_assertions), inline(always))]
fn chosen<T: Scalar>(order: [T; 2], own: T, other: T) -> Partial<T> {
    let [less, more] = order;
    let half = By(T::constant(0.5));
    let beside_nan = || Partial::where_equal(own, own, One, || half);
    let unordered = || Partial::where_equal(other, other, Zero, beside_nan);
    let untied = || Partial::where_less(less, more, One, unordered);
    Partial::where_equal(own, other, half.at_kink(|| more.excess(less)), untied)
}

/// The slopes of max(x - y, 0): 1 and -1 where it is x - y, 0 where it is 0; the kink shares the slope as `max` does.
#[cfg_attr(not(debug_assertions), inline(always))]
fn abs_sub<T: Scalar>(x: T, y: T) -> (Partial<T>, Partial<T>) {
    let slope = |above: Partial<T>, kink: Partial<T>| {
        let unordered = || Partial::where_equal(x, y, kink, || By(T::nan()));
        Partial::where_less(y, x, above, || Partial::where_less(x, y, Zero, unordered))
    };
    let half = |sign: f64| By(T::constant(0.5 * sign));
    (slope(One, half(1.0).at_kink(|| x.excess(y))), slope(MinusOne, half(-1.0).at_kink(|| y.excess(x))))
}

/// The slope of |x|·sgn(y) in x, with the kink of |x|.
fn copysign<T: Scalar>(x: T, y: T) -> Partial<T> {
    let kink = || Zero.at_kink(|| x * T::one().copysign(y));
    if T::CHOOSES_LATER || T::RECORDS {
        let signs = || T::one().copysign(x) * T::one().copysign(y);
        let unless_nan = || By(T::choose_equal(x, x, signs, T::nan));
        return Partial::where_equal(x, T::zero(), kink(), unless_nan);
    }
    let value = x.peek();
    if value == 0.0 {
        kink()
    } else if value.is_nan() {
        By(T::nan())
    } else if value.is_sign_positive() == y.peek().is_sign_positive() {
        One
    } else {
        MinusOne
    }
}
