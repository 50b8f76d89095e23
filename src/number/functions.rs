//! Every function of the rule table as an inherent method, so that importing several traits is never ambiguous.

/// Implements the inherent methods and [`Scalar`](crate::Scalar) for one number type.
macro_rules! implement_functions {
    ([$($g:tt)*] $type:ty, inner $t:ident) => {
        $crate::number::functions::implement_functions!(@methods [$($g)*] $type;
            unary {
                /// 1/x. Slope -1/x².
                recip = Recip,
                /// |x|. Slope ±1, 0 at the kink.
                abs = Abs,
                /// ±1 by the sign. Slope 0.
                signum = Signum,
                /// Largest integer not above x. Slope 0.
                floor = Floor,
                /// Smallest integer not below x. Slope 0.
                ceil = Ceil,
                /// Nearest integer, ties away from zero. Slope 0.
                round = Round,
                /// Integer part. Slope 0.
                trunc = Trunc,
                /// Fractional part. Slope 1.
                fract = Fract,
                /// √x. Slope 1/(2√x), +inf at 0.
                sqrt = Sqrt,
                /// ∛x. Slope 1/(3·∛x²), +inf at 0.
                cbrt = Cbrt,
                /// eˣ. Slope eˣ.
                exp = Exp,
                /// 2ˣ. Slope 2ˣ·ln 2.
                exp2 = Exp2,
                /// eˣ - 1. Slope eˣ.
                exp_m1 = ExpM1,
                /// Natural logarithm. Slope 1/x, +inf at 0, NaN below.
                ln = Ln,
                /// Logarithm to base 2. Slope 1/(x·ln 2).
                log2 = Log2,
                /// Logarithm to base 10. Slope 1/(x·ln 10).
                log10 = Log10,
                /// ln(1 + x). Slope 1/(1 + x).
                ln_1p = Ln1p,
                /// Sine of x radians. Slope cos x.
                sin = Sin,
                /// Cosine of x radians. Slope -sin x.
                cos = Cos,
                /// Tangent of x radians. Slope 1 + tan² x.
                tan = Tan,
                /// Arc sine in radians. Slope 1/√(1 - x²), +inf at ±1.
                asin = Asin,
                /// Arc cosine in radians. Slope -1/√(1 - x²), -inf at ±1.
                acos = Acos,
                /// Arc tangent in radians. Slope 1/(1 + x²).
                atan = Atan,
                /// Hyperbolic sine. Slope cosh x.
                sinh = Sinh,
                /// Hyperbolic cosine. Slope sinh x.
                cosh = Cosh,
                /// Hyperbolic tangent. Slope 1/cosh² x, with full precision for every x.
                tanh = Tanh,
                /// Inverse hyperbolic sine. Slope 1/√(x² + 1).
                asinh = Asinh,
                /// Inverse hyperbolic cosine. Slope 1/√(x² - 1), +inf at 1.
                acosh = Acosh,
                /// Inverse hyperbolic tangent. Slope 1/(1 - x²), +inf at ±1.
                atanh = Atanh,
                /// Radians to degrees. Slope 180/π.
                to_degrees = ToDegrees,
                /// Degrees to radians. Slope π/180.
                to_radians = ToRadians,
                /// Error function. Slope 2/√π·exp(-x²).
                erf = Erf,
                /// Complementary error function. Slope -2/√π·exp(-x²).
                erfc = Erfc,
                /// ln |Γ(x)|. Slope ψ(x).
                ln_gamma = LnGamma,
                /// ψ(x). Slope ψ'(x).
                digamma = Digamma,
                /// Cumulative distribution function of the standard normal distribution. Slope: its density.
                norm_cdf = NormCdf,
                /// 1/(1 + e⁻ˣ). Slope: its value at x times its value at -x.
                logistic = Logistic,
                /// ln(1 + eˣ). Slope: the logistic function.
                softplus = Softplus,
                /// sin(x)/x, 1 at 0. Derivative (cos x - sinc x)/x, -x/3 near 0.
                sinc = Sinc,
                /// sinh(x)/x, 1 at 0. Derivative (cosh x - sinhc x)/x, x/3 near 0.
                sinhc = Sinhc,
                /// cos(x)/x, and 1 at 0, as `simba` has it. Derivative -(sin x + cos(x)/x)/x, -inf at 0.
                cosc = Cosc,
                /// cosh(x)/x, and 1 at 0, as `simba` has it. Derivative (sinh x - cosh(x)/x)/x, -inf at 0.
                coshc = Coshc,
            }
            binary {
                /// xʸ. Slopes y·x^(y-1) and xʸ·ln x; the second is NaN for x < 0.
                powf(y) = Powf,
                /// x - y, and 0 between infinities of one sign: how far x lies above y. Derivatives 1 and -1.
                excess(y) = Excess,
                /// Logarithm to base y. Slopes 1/(x·ln y) and -ln x/(y·ln² y).
                log(y) = Log,
                /// Angle of the point with ordinate `self` and abscissa y, in radians; NaN slopes at the origin.
                atan2(y) = Atan2,
                /// √(x² + y²). Slopes x/h and y/h, (0, 0) at the origin.
                hypot(y) = Hypot,
                /// The larger one. The slope follows it, half and half at a tie.
                max(y) = Max,
                /// The smaller one. The slope follows it, half and half at a tie.
                min(y) = Min,
                /// max(x - y, 0), with the kink of `max`.
                abs_sub(y) = AbsSub,
                /// |x| with the sign of y. Slope in x as `abs`, in y 0.
                copysign(y) = Copysign,
            }
        );

        impl<$($g)*> $type {
            /// xⁿ for an integer n. Slope n·xⁿ⁻¹.
            #[cfg_attr(not(debug_assertions), inline(always))]
            #[must_use]
            pub fn powi(self, n: i32) -> Self {
                $crate::number::Number::unary(self, $crate::rules::Unary::Powi(n))
            }

            /// x·a + b with one rounding. Slopes a, x and 1.
            #[cfg_attr(not(debug_assertions), inline(always))]
            #[must_use]
            #[track_caller]
            pub fn mul_add(self, a: impl Into<Self>, b: impl Into<Self>) -> Self {
                $crate::number::Number::ternary(self, a.into(), b.into(), $crate::rules::Ternary::MulAdd)
            }

            /// Sine and cosine of x radians.
            #[cfg_attr(not(debug_assertions), inline(always))]
            #[must_use]
            pub fn sin_cos(self) -> (Self, Self) {
                (self.sin(), self.cos())
            }

            /// `self` between two bounds: the bound, with its derivatives, where it lies outside. On a bound the slope is
            /// that of `self`, as the comparison of the plain number has it.
            ///
            /// # Panics
            ///
            /// As `f64::clamp` does, if `min > max` or one of them is NaN.
            #[inline]
            #[must_use]
            #[track_caller]
            pub fn clamp(self, min: impl Into<Self>, max: impl Into<Self>) -> Self {
                let (min, max): (Self, Self) = (min.into(), max.into());
                assert!(min <= max, "clamp: expected min <= max, found min = {min} and max = {max}");
                if self < min {
                    min
                } else if self > max {
                    max
                } else {
                    self
                }
            }

            /// How often y fits into x, rounded so that the remainder is not negative. Derivative 0.
            #[inline]
            #[must_use]
            #[track_caller]
            pub fn div_euclid(self, y: impl Into<Self>) -> Self {
                let (y, zero): (Self, Self) = (y.into(), ::num_traits::Zero::zero());
                let (quotient, one) = ((self / y).trunc(), <Self as ::num_traits::One>::one());
                if self % y < zero {
                    if y > zero { quotient - one } else { quotient + one }
                } else {
                    quotient
                }
            }

            /// The remainder of that division, 0 or more and less than |y|; rounding may make it |y|. Derivatives 1 and -`x.div_euclid(y)`.
            #[inline]
            #[must_use]
            #[track_caller]
            pub fn rem_euclid(self, y: impl Into<Self>) -> Self {
                let y: Self = y.into();
                let remainder = self % y;
                if remainder < <Self as ::num_traits::Zero>::zero() { remainder + y.abs() } else { remainder }
            }

            /// The order of the values in which -0 is less than 0, and NaN less or greater than all others by its sign, as
            /// `f64::total_cmp` has it.
            #[inline]
            #[must_use]
            #[track_caller]
            pub fn total_cmp(&self, other: &Self) -> ::std::cmp::Ordering {
                use ::std::cmp::Ordering::{Equal, Greater, Less};
                match self.partial_cmp(other) {
                    // Only zeros of two signs are equal and yet in an order.
                    Some(Equal) if ::num_traits::Zero::is_zero(self) => {
                        other.is_sign_negative().cmp(&self.is_sign_negative())
                    }
                    Some(order) => order,
                    None => match (self.is_nan(), other.is_nan()) {
                        (true, false) => if self.is_sign_negative() { Less } else { Greater },
                        (false, true) => if other.is_sign_negative() { Greater } else { Less },
                        _ => {
                            let (a, b) = ($crate::number::Scalar::primal(self), $crate::number::Scalar::primal(other));
                            a.total_cmp(&b)
                        }
                    },
                }
            }

            /// The same value as a constant: no derivative passes.
            #[cfg_attr(not(debug_assertions), inline(always))]
            #[must_use]
            pub fn detach(self) -> Self {
                $crate::number::Number::unary(self, $crate::rules::Unary::Detach)
            }

            /// Is the value NaN?
            #[cfg_attr(not(debug_assertions), inline(always))]
            #[must_use]
            pub fn is_nan(self) -> bool {
                $crate::number::Number::test(self, $crate::number::Predicate::Nan)
            }

            /// Is the value neither infinite nor NaN?
            #[cfg_attr(not(debug_assertions), inline(always))]
            #[must_use]
            pub fn is_finite(self) -> bool {
                $crate::number::Number::test(self, $crate::number::Predicate::Finite)
            }

            /// Is the value +inf or -inf?
            #[cfg_attr(not(debug_assertions), inline(always))]
            #[must_use]
            pub fn is_infinite(self) -> bool {
                $crate::number::Number::test(self, $crate::number::Predicate::Infinite)
            }

            /// Is the sign bit of the value clear?
            #[cfg_attr(not(debug_assertions), inline(always))]
            #[must_use]
            pub fn is_sign_positive(self) -> bool {
                $crate::number::Number::test(self, $crate::number::Predicate::SignPositive)
            }

            /// Is the sign bit of the value set?
            #[cfg_attr(not(debug_assertions), inline(always))]
            #[must_use]
            pub fn is_sign_negative(self) -> bool {
                $crate::number::Number::test(self, $crate::number::Predicate::SignNegative)
            }
        }

        impl<$($g)*> $crate::number::Scalar for $type {
            type Base = <$t as $crate::number::Scalar>::Base;

            #[cfg_attr(not(debug_assertions), inline(always))]
            fn constant(value: f64) -> Self {
                <Self as $crate::number::Number>::lift(<$t as $crate::number::Scalar>::constant(value))
            }

            #[cfg_attr(not(debug_assertions), inline(always))]
            #[track_caller]
            fn primal(&self) -> f64 {
                $crate::number::Number::read(self, $crate::number::Reading::Value);
                $crate::number::Scalar::primal(&$crate::number::Number::inner(self))
            }

            #[cfg_attr(not(debug_assertions), inline(always))]
            fn peek(&self) -> f64 {
                $crate::number::Scalar::peek(&$crate::number::Number::inner(self))
            }

            #[cfg_attr(not(debug_assertions), inline(always))]
            fn value_less(&self, other: &Self) -> bool {
                $crate::number::Number::value_less(self, other)
            }

            #[cfg_attr(not(debug_assertions), inline(always))]
            fn value_equal(&self, other: &Self) -> bool {
                $crate::number::Number::value_equal(self, other)
            }

            const RECORDS: bool = <Self as $crate::number::Number>::RECORDS;

            #[cfg_attr(not(debug_assertions), inline(always))]
            fn detach(self) -> Self {
                <$type>::detach(self)
            }

            #[cfg_attr(not(debug_assertions), inline(always))]
            #[track_caller]
            fn mul_absorbing(self, other: Self) -> Self {
                $crate::number::Number::binary(self, other, $crate::rules::Binary::MulAbsorbing)
            }

            #[cfg_attr(not(debug_assertions), inline(always))]
            #[track_caller]
            fn excess(self, other: Self) -> Self {
                <$type>::excess(self, other)
            }

            #[cfg_attr(not(debug_assertions), inline(always))]
            fn with_plain(self, other: f64, op: $crate::rules::Binary) -> Self {
                $crate::number::Number::with_plain(self, other, op)
            }

            #[cfg_attr(not(debug_assertions), inline(always))]
            fn of_plain(first: f64, other: Self, op: $crate::rules::Binary) -> Self {
                $crate::number::Number::of_plain(first, other, op)
            }

            const CHOOSES_LATER: bool = <Self as $crate::number::Number>::CHOOSES_LATER;
            const STRICT: bool = <Self as $crate::number::Number>::STRICT;

            #[cfg_attr(not(debug_assertions), inline(always))]
            fn choose_less(
                a: Self,
                b: Self,
                then: impl FnOnce() -> Self,
                otherwise: impl FnOnce() -> Self,
            ) -> Self {
                $crate::number::Number::choose(a, b, true, then, otherwise)
            }

            #[cfg_attr(not(debug_assertions), inline(always))]
            fn choose_equal(
                a: Self,
                b: Self,
                then: impl FnOnce() -> Self,
                otherwise: impl FnOnce() -> Self,
            ) -> Self {
                $crate::number::Number::choose(a, b, false, then, otherwise)
            }

            #[cfg_attr(not(debug_assertions), inline(always))]
            fn with_positive_zero(self) -> Self {
                $crate::number::Number::map_inner(self, $crate::number::Scalar::with_positive_zero)
            }

            #[inline]
            fn is_constant_throughout(&self) -> bool {
                $crate::number::Number::is_constant_throughout(self)
            }

            fn is_same(&self, other: &Self) -> bool {
                $crate::number::Number::is_same(self, other)
            }

            $crate::number::functions::implement_functions!(@forward $type;
                erf erfc ln_gamma digamma norm_cdf logistic softplus sinc sinhc cosc coshc);

            #[inline]
            #[track_caller]
            fn dot(a: &[Self], b: &[Self]) -> Self {
                $crate::number::scalar::check_lengths("dot", a.len(), b.len());
                $crate::number::Number::sum_of_products(a, b)
            }

            #[inline]
            #[track_caller]
            fn linear_combination(c: &[f64], x: &[Self]) -> Self {
                $crate::number::scalar::check_lengths("linear_combination", c.len(), x.len());
                $crate::number::Number::sum_of_multiples(c, x)
            }

            #[inline]
            #[track_caller]
            fn sum(x: &[Self]) -> Self {
                $crate::number::Number::sum_of(x)
            }

            #[inline]
            #[track_caller]
            fn log_sum_exp(x: &[Self]) -> Self {
                $crate::number::Number::log_sum_exp_of(x)
            }
        }
    };
    (@methods [$($g:tt)*] $type:ty;
        unary { $($(#[$doc:meta])* $name:ident = $op:ident,)* }
        binary { $($(#[$doc2:meta])* $name2:ident($y:ident) = $op2:ident,)* }
    ) => {
        impl<$($g)*> $type {
            $(
                $(#[$doc])*
                #[cfg_attr(not(debug_assertions), inline(always))]
                #[must_use]
                pub fn $name(self) -> Self {
                    $crate::number::Number::unary(self, $crate::rules::Unary::$op)
                }
            )*
            $(
                $(#[$doc2])*
                #[cfg_attr(not(debug_assertions), inline(always))]
                #[must_use]
                #[track_caller]
                pub fn $name2(self, $y: impl Into<Self>) -> Self {
                    $crate::number::Number::binary(self, $y.into(), $crate::rules::Binary::$op2)
                }
            )*
        }
    };
    (@forward $type:ty; $($name:ident)*) => {
        $(
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn $name(self) -> Self {
                <$type>::$name(self)
            }
        )*
    };
}
pub(crate) use implement_functions;
