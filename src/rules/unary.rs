//! Functions of one argument: their values and their slopes.

use super::{Partial, operations, special};
use crate::number::Scalar;
use Partial::{By, MinusOne, One, Zero};

operations! {
    /// A function of one argument.
    Unary, sample: f64, textbook: &'static str;

    /// -x
    Neg = "neg" at 0.7, textbook "-1";
    /// 1/x
    Recip = "recip" at 0.7, textbook "-1/x²";
    /// |x|
    Abs = "abs" at -0.7, textbook "";
    /// ±1 by the sign of x
    Signum = "signum" at -0.7, textbook "0";
    /// Largest integer not above x
    Floor = "floor" at 1.7, textbook "0";
    /// Smallest integer not below x
    Ceil = "ceil" at 1.7, textbook "0";
    /// Nearest integer, ties away from zero
    Round = "round" at 1.7, textbook "0";
    /// Integer part
    Trunc = "trunc" at 1.7, textbook "0";
    /// Fractional part
    Fract = "fract" at 1.7, textbook "1";
    /// √x
    Sqrt = "sqrt" at 0.7, textbook "1/(2·√x)";
    /// ∛x
    Cbrt = "cbrt" at -0.7, textbook "1/(3·(∛x)²)";
    /// eˣ
    Exp = "exp" at 0.7, textbook "exp(x)";
    /// 2ˣ
    Exp2 = "exp2" at 0.7, textbook "2^x·ln(2)";
    /// eˣ - 1
    ExpM1 = "exp_m1" at 0.7, textbook "exp(x)";
    /// Natural logarithm
    Ln = "ln" at 0.7, textbook "1/x";
    /// Logarithm to base 2
    Log2 = "log2" at 0.7, textbook "1/(x·ln(2))";
    /// Logarithm to base 10
    Log10 = "log10" at 0.7, textbook "1/(x·ln(10))";
    /// ln(1 + x)
    Ln1p = "ln_1p" at 0.7, textbook "1/(1 + x)";
    /// Sine of x radians
    Sin = "sin" at 0.7, textbook "cos(x)";
    /// Cosine of x radians
    Cos = "cos" at 0.7, textbook "-sin(x)";
    /// Tangent of x radians
    Tan = "tan" at 0.7, textbook "1 + tan²(x)";
    /// Arc sine, radians
    Asin = "asin" at 0.7, textbook "1/√(1 - x²)";
    /// Arc cosine, radians
    Acos = "acos" at 0.7, textbook "-1/√(1 - x²)";
    /// Arc tangent, radians
    Atan = "atan" at 0.7, textbook "1/(1 + x²)";
    /// Hyperbolic sine
    Sinh = "sinh" at 0.7, textbook "cosh(x)";
    /// Hyperbolic cosine
    Cosh = "cosh" at 0.7, textbook "sinh(x)";
    /// Hyperbolic tangent
    Tanh = "tanh" at 0.7, textbook "1 - tanh²(x)";
    /// Inverse hyperbolic sine
    Asinh = "asinh" at 0.7, textbook "1/√(x² + 1)";
    /// Inverse hyperbolic cosine
    Acosh = "acosh" at 1.7, textbook "1/√(x² - 1)";
    /// Inverse hyperbolic tangent
    Atanh = "atanh" at 0.7, textbook "1/(1 - x²)";
    /// Radians to degrees
    ToDegrees = "to_degrees" at 0.7, textbook "180/π";
    /// Degrees to radians
    ToRadians = "to_radians" at 0.7, textbook "π/180";
    /// xⁿ for an integer n
    Powi(i32 = 3) = "powi" at 0.7, textbook "n·x^(n - 1)";
    /// Error function
    Erf = "erf" at 0.7, textbook "2/√π·e^(-x²)";
    /// Complementary error function
    Erfc = "erfc" at 0.7, textbook "-2/√π·e^(-x²)";
    /// Logarithm of |Γ(x)|
    LnGamma = "ln_gamma" at 2.7, textbook "ψ(x)";
    /// ψ(x), the slope of ln Γ
    Digamma = "digamma" at 2.7, textbook "ψ′(x)";
    /// Cumulative distribution function of the standard normal distribution
    NormCdf = "norm_cdf" at 0.7, textbook "1/√(2·π)·e^(-x²/2)";
    /// 1/(1 + e⁻ˣ)
    Logistic = "logistic" at 0.7, textbook "σ(x)·(1 - σ(x))";
    /// ln(1 + eˣ)
    Softplus = "softplus" at 0.7, textbook "σ(x)";
    /// sin(x)/x, 1 at 0
    Sinc = "sinc" at 0.7, textbook "(cos(x) - sinc(x))/x";
    /// sinh(x)/x, 1 at 0
    Sinhc = "sinhc" at 0.7, textbook "(cosh(x) - sinhc(x))/x";
    /// cos(x)/x, and 1 at 0
    Cosc = "cosc" at 0.7, textbook "-(sin(x) + cosc(x))/x";
    /// cosh(x)/x, and 1 at 0
    Coshc = "coshc" at 0.7, textbook "(sinh(x) - coshc(x))/x";
    /// x as a constant: the value passes, no derivative does
    Detach = "detach" at 0.7, textbook "0";
}

impl Unary {
    /// The scalar's own function.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn value<T: Scalar>(self, x: T) -> T {
        match self {
            Self::Neg => -x,
            Self::Recip => x.recip(),
            Self::Abs => x.abs(),
            Self::Signum => x.signum(),
            Self::Floor => x.floor(),
            Self::Ceil => x.ceil(),
            Self::Round => x.round(),
            Self::Trunc => x.trunc(),
            Self::Fract => x.fract(),
            Self::Sqrt => x.sqrt(),
            Self::Cbrt => x.cbrt(),
            Self::Exp => x.exp(),
            Self::Exp2 => x.exp2(),
            Self::ExpM1 => x.exp_m1(),
            Self::Ln => x.ln(),
            Self::Log2 => x.log2(),
            Self::Log10 => x.log10(),
            Self::Ln1p => x.ln_1p(),
            Self::Sin => x.sin(),
            Self::Cos => x.cos(),
            Self::Tan => x.tan(),
            Self::Asin => x.asin(),
            Self::Acos => x.acos(),
            Self::Atan => x.atan(),
            Self::Sinh => x.sinh(),
            Self::Cosh => x.cosh(),
            Self::Tanh => x.tanh(),
            Self::Asinh => x.asinh(),
            Self::Acosh => x.acosh(),
            Self::Atanh => x.atanh(),
            Self::ToDegrees => x.to_degrees(),
            Self::ToRadians => x.to_radians(),
            Self::Powi(n) => x.powi(n),
            Self::Erf => x.erf(),
            Self::Erfc => x.erfc(),
            Self::LnGamma => x.ln_gamma(),
            Self::Digamma => x.digamma(),
            Self::NormCdf => x.norm_cdf(),
            Self::Logistic => x.logistic(),
            Self::Softplus => x.softplus(),
            Self::Sinc => x.sinc(),
            Self::Sinhc => x.sinhc(),
            Self::Cosc => x.cosc(),
            Self::Coshc => x.coshc(),
            Self::Detach => x.detach(),
        }
    }

    /// The value `y` and the slope at `x`.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn rule<T: Scalar>(self, x: T) -> (T, Partial<T>) {
        let y = self.value(x);
        let c = T::constant;
        let one = T::one;
        let slope = match self {
            Self::Neg => MinusOne,
            Self::Recip => By(-(y * y)),
            Self::Abs => sign(x),
            Self::Signum | Self::Floor | Self::Ceil | Self::Round | Self::Trunc | Self::Detach => Zero,
            Self::Fract => One,
            // √-0 is -0, and the slope there +inf all the same.
            Self::Sqrt => By(c(0.5) / y.with_positive_zero()),
            Self::Cbrt => By((c(3.0) * (y * y)).recip()),
            Self::Exp => By(y),
            Self::Exp2 => By(y * T::LN_2()),
            // Not y + 1: that cancels for x < 0.
            Self::ExpM1 => By(x.exp()),
            Self::Ln => By(over_positive(x, one(), x)),
            Self::Log2 => By(over_positive(x, T::LOG2_E(), x)),
            Self::Log10 => By(over_positive(x, T::LOG10_E(), x)),
            Self::Ln1p => By(over_positive(x + one(), one(), x + one())),
            Self::Sin => By(x.cos()),
            Self::Cos => By(-x.sin()),
            Self::Tan => By(y * y + one()),
            // The fused 1 - x² is exact to half an ulp near ±1, and its own slope -2x is exact near 0.
            Self::Asin => By(one_minus_square(x).sqrt().recip()),
            Self::Acos => By(-one_minus_square(x).sqrt().recip()),
            // Divided twice by √(1 + x²): the square would overflow, the slope of its reciprocal underflow.
            Self::Atan => By({
                let h = x.hypot(one());
                h.recip() / h
            }),
            Self::Sinh => By(x.cosh()),
            Self::Cosh => By(x.sinh()),
            Self::Tanh => By(special::sech_squared(x, y)),
            Self::Asinh => By(x.hypot(one()).recip()),
            // √(x² - 1) would overflow.
            Self::Acosh => By(((x - one()).sqrt() * (x + one()).sqrt()).recip()),
            Self::Atanh => By(over_positive(one_minus_square(x), one(), one_minus_square(x))),
            Self::ToDegrees => By(c(180.0) / T::PI()),
            Self::ToRadians => By(T::PI() / c(180.0)),
            Self::Powi(0) => Zero,
            Self::Powi(1) => One,
            Self::Powi(n) => By(match n.checked_sub(1) {
                Some(m) => c(f64::from(n)) * x.powi(m),
                None => c(f64::from(n)) * y / x,
            }),
            Self::Erf => By(special::gaussian(x) * T::FRAC_2_SQRT_PI()),
            Self::Erfc => By(-(special::gaussian(x) * T::FRAC_2_SQRT_PI())),
            Self::LnGamma => By(x.digamma()),
            Self::Digamma => By(special::trigamma(x)),
            Self::NormCdf => By(special::norm_pdf(x)),
            Self::Logistic => By(special::logistic_slope(x, y)),
            Self::Softplus => By(x.logistic()),
            Self::Sinc => By(special::sinc_derivative(x, y)),
            Self::Sinhc => By(special::sinhc_derivative(x)),
            // Both have a pole at 0, whatever their value there.
            Self::Cosc => By(-(x.cos() / x / x + x.sinc())),
            Self::Coshc => By(x.sinhc() * (one() - x.tanh().recip() / x)),
        };
        (y, slope)
    }
}

/// The slope of |x|: 0 at the kink, and NaN where x is.
#[inline]
fn sign<T: Scalar>(x: T) -> Partial<T> {
    let zero = T::zero();
    let where_not_above = || {
        Partial::where_less(x, zero, MinusOne, || Partial::where_equal(x, zero, Zero.at_kink(|| x), || By(T::nan())))
    };
    Partial::where_less(zero, x, One, where_not_above)
}

/// NaN that depends on x as a slope would, so that the higher derivatives are NaN as well.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(super) fn no_number<T: Scalar>(x: T) -> T {
    x * T::nan()
}

/// c/x where `domain` is not negative (+inf·c at -0 too), and no number where it is.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(super) fn over_positive<T: Scalar>(domain: T, c: T, x: T) -> T {
    domain.choose_below(0.0, || no_number(x), || c / x.with_positive_zero())
}

#[cfg_attr(not(debug_assertions), inline(always))]
fn one_minus_square<T: Scalar>(x: T) -> T {
    (-x).mul_add(x, T::one())
}
