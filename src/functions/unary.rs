//! Functions of one argument x with the value y.

/// Hands the table to a macro: `unary_functions!([path::to::macro] [arguments])`.
macro_rules! unary_functions {
    ([$($callback:tt)*] $arguments:tt) => {
        $($callback)*! { $arguments x y;
        operators {
            /// -x. Derivative -1.
            neg = Neg at 0.7, textbook "-1", written "-x",
                value -x, partial MinusOne;
        }
        float {
            /// 1/x. Derivative -1/x².
            recip = Recip at 0.7, textbook "-1/x²", written "1/x",
                value x.recip(), partial By(-(y * y));
            /// |x|. Derivative ±1, 0 at the kink.
            abs = Abs at -0.7, textbook "", written "|x|",
                value x.abs(), partial sign(x);
            /// ±1 by the sign. Derivative 0.
            signum = Signum at -0.7, textbook "0",
                value x.signum(), partial Zero;
            /// Largest integer not above x. Derivative 0.
            floor = Floor at 1.7, textbook "0",
                value x.floor(), partial Zero;
            /// Smallest integer not below x. Derivative 0.
            ceil = Ceil at 1.7, textbook "0",
                value x.ceil(), partial Zero;
            /// Nearest integer, ties away from zero. Derivative 0.
            round = Round at 1.7, textbook "0",
                value x.round(), partial Zero;
            /// Integer part. Derivative 0.
            trunc = Trunc at 1.7, textbook "0",
                value x.trunc(), partial Zero;
            /// Fractional part. Derivative 1.
            fract = Fract at 1.7, textbook "1",
                value x.fract(), partial One;
            /// √x. Derivative 1/(2√x), +inf at 0.
            sqrt = Sqrt at 0.7, textbook "1/(2·√x)",
                value x.sqrt(),
                // √-0 is -0, and the derivative there +inf all the same.
                partial By(T::constant(0.5) / y.with_positive_zero());
            /// ∛x. Derivative 1/(3·∛x²), +inf at 0.
            cbrt = Cbrt at -0.7, textbook "1/(3·(∛x)²)",
                value x.cbrt(), partial By((T::constant(3.0) * (y * y)).recip());
            /// eˣ. Derivative eˣ.
            exp = Exp at 0.7, textbook "exp(x)",
                value x.exp(), partial By(y);
            /// 2ˣ. Derivative 2ˣ·ln 2.
            exp2 = Exp2 at 0.7, textbook "2^x·ln(2)",
                value x.exp2(), partial By(y * T::LN_2());
            /// eˣ - 1. Derivative eˣ.
            exp_m1 = ExpM1 at 0.7, textbook "exp(x)",
                value x.exp_m1(),
                // Not y + 1: that cancels for x < 0.
                partial By(x.exp());
            /// Natural logarithm. Derivative 1/x, +inf at 0, NaN below.
            ln = Ln at 0.7, textbook "1/x",
                value x.ln(), partial By(over_positive(x, T::one(), x));
            /// Logarithm to base 2. Derivative 1/(x·ln 2).
            log2 = Log2 at 0.7, textbook "1/(x·ln(2))",
                value x.log2(), partial By(over_positive(x, T::LOG2_E(), x));
            /// Logarithm to base 10. Derivative 1/(x·ln 10).
            log10 = Log10 at 0.7, textbook "1/(x·ln(10))",
                value x.log10(), partial By(over_positive(x, T::LOG10_E(), x));
            /// ln(1 + x). Derivative 1/(1 + x).
            ln_1p = Ln1p at 0.7, textbook "1/(1 + x)",
                value x.ln_1p(), partial By(over_positive(x + T::one(), T::one(), x + T::one()));
            /// Sine of x radians. Derivative cos x.
            sin = Sin at 0.7, textbook "cos(x)",
                value x.sin(), partial By(x.cos());
            /// Cosine of x radians. Derivative -sin x.
            cos = Cos at 0.7, textbook "-sin(x)",
                value x.cos(), partial By(-x.sin());
            /// Tangent of x radians. Derivative 1 + tan² x.
            tan = Tan at 0.7, textbook "1 + tan²(x)",
                value x.tan(), partial By(y * y + T::one());
            /// Arc sine in radians. Derivative 1/√(1 - x²), +inf at ±1.
            asin = Asin at 0.7, textbook "1/√(1 - x²)",
                value x.asin(),
                // The fused 1 - x² is exact to half an ulp near ±1, and its own derivative -2x is exact near 0.
                partial By(one_minus_square(x).sqrt().recip());
            /// Arc cosine in radians. Derivative -1/√(1 - x²), -inf at ±1.
            acos = Acos at 0.7, textbook "-1/√(1 - x²)",
                value x.acos(), partial By(-one_minus_square(x).sqrt().recip());
            /// Arc tangent in radians. Derivative 1/(1 + x²).
            atan = Atan at 0.7, textbook "1/(1 + x²)",
                value x.atan(),
                // Divided twice by √(1 + x²): the square would overflow, the derivative of its reciprocal underflow.
                partial By({
                    let h = x.hypot(T::one());
                    h.recip() / h
                });
            /// Hyperbolic sine. Derivative cosh x.
            sinh = Sinh at 0.7, textbook "cosh(x)",
                value x.sinh(), partial By(x.cosh());
            /// Hyperbolic cosine. Derivative sinh x.
            cosh = Cosh at 0.7, textbook "sinh(x)",
                value x.cosh(), partial By(x.sinh());
            /// Hyperbolic tangent. Derivative 1/cosh² x, with full precision for every x.
            tanh = Tanh at 0.7, textbook "1 - tanh²(x)",
                value x.tanh(), partial By(sech_squared(x, y));
            /// Inverse hyperbolic sine. Derivative 1/√(x² + 1).
            asinh = Asinh at 0.7, textbook "1/√(x² + 1)",
                value x.asinh(), partial By(x.hypot(T::one()).recip());
            /// Inverse hyperbolic cosine. Derivative 1/√(x² - 1), +inf at 1.
            acosh = Acosh at 1.7, textbook "1/√(x² - 1)",
                value x.acosh(),
                // √(x² - 1) would overflow.
                partial By(((x - T::one()).sqrt() * (x + T::one()).sqrt()).recip());
            /// Inverse hyperbolic tangent. Derivative 1/(1 - x²), +inf at ±1.
            atanh = Atanh at 0.7, textbook "1/(1 - x²)",
                value x.atanh(), partial By(over_positive(one_minus_square(x), T::one(), one_minus_square(x)));
            /// Radians to degrees. Derivative 180/π.
            to_degrees = ToDegrees at 0.7, textbook "180/π",
                value x.to_degrees(), partial By(T::constant(180.0) / T::PI());
            /// Degrees to radians. Derivative π/180.
            to_radians = ToRadians at 0.7, textbook "π/180",
                value x.to_radians(), partial By(T::PI() / T::constant(180.0));
            /// xⁿ for an integer n. Derivative n·xⁿ⁻¹.
            powi = Powi(n: i32 = 3) at 0.7, textbook "n·x^(n - 1)",
                value x.powi(n), partial powi(x, y, n);
        }
        special {
            /// Error function, 2/√π · ∫₀ˣ exp(-t²) dt. Derivative 2/√π·exp(-x²).
            erf = Erf at 0.7, textbook "2/√π·e^(-x²)",
                value [libm::erff, libm::erf], partial By(gaussian(x) * T::FRAC_2_SQRT_PI());
            /// Complementary error function, 1 - erf(x) without cancellation. Derivative -2/√π·exp(-x²).
            erfc = Erfc at 0.7, textbook "-2/√π·e^(-x²)",
                value [libm::erfcf, libm::erfc], partial By(-(gaussian(x) * T::FRAC_2_SQRT_PI()));
            /// ln |Γ(x)|. Derivative ψ(x).
            ln_gamma = LnGamma at 2.7, textbook "ψ(x)",
                value [libm::lgammaf, libm::lgamma], partial By(x.digamma());
            /// ψ(x) = d/dx ln Γ(x). Derivative ψ′(x); NaN at the poles 0, -1, -2, …
            digamma = Digamma at 2.7, textbook "ψ′(x)",
                value [|x| digamma(f64::from(x)) as f32, digamma], partial By(trigamma(x));
            /// Cumulative distribution function of the standard normal distribution. Derivative: its density.
            norm_cdf = NormCdf at 0.7, textbook "1/√(2·π)·e^(-x²/2)",
                value [|x| norm_cdf(f64::from(x)) as f32, norm_cdf], partial By(norm_pdf(x));
            /// 1/(1 + e⁻ˣ) without overflow or cancellation for any x. Derivative: its value at x times its value at -x.
            logistic = Logistic at 0.7, textbook "σ(x)·(1 - σ(x))",
                value [logistic], partial By(logistic_derivative(x, y));
            /// ln(1 + eˣ) without overflow or cancellation for any x. Derivative: the logistic function.
            softplus = Softplus at 0.7, textbook "σ(x)",
                value [softplus], partial By(x.logistic());
            /// Logarithm of the logistic function, without overflow or cancellation for any x. Derivative: the logistic function at -x.
            ln_logistic = LnLogistic at 0.7, textbook "σ(-x)",
                value [|x| -softplus(-x)], partial By((-x).logistic());
            /// sin(x)/x, 1 at 0. Derivative (cos x - sinc x)/x, -x/3 near 0.
            sinc = Sinc at 0.7, textbook "(cos(x) - sinc(x))/x",
                value [ComplexField::sinc], partial By(sinc_derivative(x, y));
            /// sinh(x)/x, 1 at 0. Derivative (cosh x - sinhc x)/x, x/3 near 0.
            sinhc = Sinhc at 0.7, textbook "(cosh(x) - sinhc(x))/x",
                value [ComplexField::sinhc], partial By(sinhc_derivative(x));
            /// cos(x)/x, and 1 at 0, as `simba` has it. Derivative -(sin x + cos(x)/x)/x, -inf at 0.
            cosc = Cosc at 0.7, textbook "-(sin(x) + cosc(x))/x",
                value [ComplexField::cosc],
                // A pole at 0, whatever the value there.
                partial By(-(x.cos() / x / x + x.sinc()));
            /// cosh(x)/x, and 1 at 0, as `simba` has it. Derivative (sinh x - cosh(x)/x)/x, -inf at 0.
            coshc = Coshc at 0.7, textbook "(sinh(x) - coshc(x))/x",
                value [ComplexField::coshc],
                // A pole at 0, whatever the value there.
                partial By(x.sinhc() * (T::one() - x.tanh().recip() / x));
            /// The same value as a constant: no derivative passes (`stop_gradient` elsewhere).
            detach = Detach at 0.7, textbook "0",
                value [|x| x], partial Zero;
        } }
    };
}
pub(crate) use unary_functions;
