//! Every function of the rule table as an inherent method, so that importing several traits is never ambiguous.

/// Implements the inherent methods and [`Scalar`](crate::Scalar) for one number type.
macro_rules! implement_functions {
    ([$($g:tt)*] $type:ty, inner $t:ident) => {
        $crate::functions::unary_functions!([$crate::number::functions::unary_methods] [[$($g)*] $type]);
        $crate::functions::binary_functions!([$crate::number::functions::binary_methods] [[$($g)*] $type]);

        impl<$($g)*> $type {
            /// x·a + b with one rounding. Derivatives a, x and 1.
            #[inline(always)]
            #[must_use]
            #[track_caller]
            pub fn mul_add(self, a: impl Into<Self>, b: impl Into<Self>) -> Self {
                $crate::number::calls::ternary(self, a.into(), b.into(), $crate::rules::operations::MulAdd)
            }

            /// Sine and cosine of x radians.
            #[inline(always)]
            #[must_use]
            pub fn sin_cos(self) -> (Self, Self) {
                (self.sin(), self.cos())
            }

            /// `self` between two bounds: the bound, with its derivatives, where it lies outside. On a bound the derivative is
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

            /// Is the value NaN?
            #[inline(always)]
            #[must_use]
            pub fn is_nan(self) -> bool {
                $crate::number::Number::test(self, $crate::number::Predicate::Nan)
            }

            /// Is the value neither infinite nor NaN?
            #[inline(always)]
            #[must_use]
            pub fn is_finite(self) -> bool {
                $crate::number::Number::test(self, $crate::number::Predicate::Finite)
            }

            /// Is the value +inf or -inf?
            #[inline(always)]
            #[must_use]
            pub fn is_infinite(self) -> bool {
                $crate::number::Number::test(self, $crate::number::Predicate::Infinite)
            }

            /// Is the sign bit of the value clear?
            #[inline(always)]
            #[must_use]
            pub fn is_sign_positive(self) -> bool {
                $crate::number::Number::test(self, $crate::number::Predicate::SignPositive)
            }

            /// Is the sign bit of the value set?
            #[inline(always)]
            #[must_use]
            pub fn is_sign_negative(self) -> bool {
                $crate::number::Number::test(self, $crate::number::Predicate::SignNegative)
            }
        }

        impl<$($g)*> $crate::number::Scalar for $type {
            type Base = <$t as $crate::number::Scalar>::Base;

            type Plain = Self;

            #[inline(always)]
            fn to_plain(self) -> Self {
                self
            }

            #[inline(always)]
            fn from_plain(found: Self) -> Self {
                found
            }

            const DEPTH: u32 = <Self as $crate::number::Number>::DEPTH;
            const PLAIN: bool = <Self as $crate::number::Number>::PLAIN;
            const IN_LINE: bool = <Self as $crate::number::Number>::IN_LINE;
            const POLYNOMIALS_IN_LINE: bool = <Self as $crate::number::Number>::POLYNOMIALS_IN_LINE;

            #[inline(always)]
            fn constant(value: f64) -> Self {
                <Self as $crate::number::Number>::lift(<$t as $crate::number::Scalar>::constant(value))
            }

            #[inline(always)]
            #[track_caller]
            fn primal(&self) -> f64 {
                $crate::number::Number::read(self, $crate::number::Reading::Value);
                $crate::number::Scalar::primal(&$crate::number::Number::inner(self))
            }

            #[inline(always)]
            fn peek(&self) -> f64 {
                $crate::number::Scalar::peek(&$crate::number::Number::inner(self))
            }

            #[inline(always)]
            fn value_less(&self, other: &Self) -> bool {
                $crate::number::Number::value_less(self, other)
            }

            #[inline(always)]
            fn value_equal(&self, other: &Self) -> bool {
                $crate::number::Number::value_equal(self, other)
            }

            const RECORDS: bool = <Self as $crate::number::Number>::RECORDS;

            #[inline(always)]
            fn with_plain(self, other: f64, op: $crate::scalar::Operator) -> Self {
                $crate::number::Number::with_plain(self, other, op)
            }

            #[inline(always)]
            fn of_plain(first: f64, other: Self, op: $crate::scalar::Operator) -> Self {
                $crate::number::Number::of_plain(first, other, op)
            }

            const SYMBOLIC: bool = <Self as $crate::number::Number>::SYMBOLIC;
            const STRICT: bool = <Self as $crate::number::Number>::STRICT;

            #[inline(always)]
            fn select_less(
                a: Self,
                b: Self,
                then: impl FnOnce() -> Self,
                otherwise: impl FnOnce() -> Self,
            ) -> Self {
                $crate::number::Number::select(a, b, true, then, otherwise)
            }

            #[inline(always)]
            fn select_equal(
                a: Self,
                b: Self,
                then: impl FnOnce() -> Self,
                otherwise: impl FnOnce() -> Self,
            ) -> Self {
                $crate::number::Number::select(a, b, false, then, otherwise)
            }

            #[inline(always)]
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

            $crate::functions::unary_functions!([$crate::number::functions::special_unary_methods] [$type]);
            $crate::functions::binary_functions!([$crate::number::functions::special_binary_methods] [$type]);

            #[inline(always)]
            #[track_caller]
            fn nary(terms: $crate::scalar::Terms<'_, Self>) -> Self {
                $crate::number::Number::nary(terms)
            }
        }
    };
}
pub(crate) use implement_functions;

/// The functions of one number as inherent methods.
macro_rules! unary_methods {
    (
        [[$($g:tt)*] $type:ty] $x:ident $y:ident; operators $operators:tt
        float { $($(#[$doc:meta])* $name:ident = $variant:ident $(($n:ident: $payload:ty = $typical:expr))? at $point:expr,
            textbook $textbook:literal, $(written $written:literal,)? value $value:expr, partial $partial:expr;)* }
        special { $($(#[$doc1:meta])* $name1:ident = $variant1:ident at $point1:expr, textbook $textbook1:literal,
            value $value1:tt, partial $partial1:expr;)* }
    ) => {
        impl<$($g)*> $type {
            $(
                $(#[$doc])*
                #[inline(always)]
                #[must_use]
                pub fn $name(self $(, $n: $payload)?) -> Self {
                    $crate::number::calls::unary(self, $crate::rules::operations::$variant $(($n))?)
                }
            )*
            $(
                $(#[$doc1])*
                #[inline(always)]
                #[must_use]
                pub fn $name1(self) -> Self {
                    $crate::number::calls::unary(self, $crate::rules::operations::$variant1)
                }
            )*
        }
    };
}
pub(crate) use unary_methods;

/// The functions of two numbers as inherent methods.
macro_rules! binary_methods {
    (
        [[$($g:tt)*] $type:ty] $x:ident $y:ident $z:ident $wanted:ident; operators $operators:tt
        float { $($(#[$doc:meta])* $name:ident = $variant:ident at $point:expr, textbook $textbook:expr,
            $(written $written:literal,)? value $value:expr, partials $partials:expr;)* }
        special { $($(#[$doc1:meta])* $name1:ident = $variant1:ident at $point1:expr, textbook $textbook1:expr,
            value $value1:tt, partials $partials1:expr;)* }
    ) => {
        impl<$($g)*> $type {
            $(
                $(#[$doc])*
                #[inline(always)]
                #[must_use]
                #[track_caller]
                pub fn $name(self, y: impl Into<Self>) -> Self {
                    $crate::number::calls::binary(self, y.into(), $crate::rules::operations::$variant)
                }
            )*
            $(
                $(#[$doc1])*
                #[inline(always)]
                #[must_use]
                #[track_caller]
                pub fn $name1(self, y: impl Into<Self>) -> Self {
                    $crate::number::calls::binary(self, y.into(), $crate::rules::operations::$variant1)
                }
            )*
        }
    };
}
pub(crate) use binary_methods;

/// The special functions of one number as methods of [`Scalar`](crate::Scalar).
macro_rules! special_unary_methods {
    ([$type:ty] $x:ident $y:ident; operators $operators:tt float $float:tt special {
        $($(#[$doc:meta])* $name:ident = $variant:ident at $point:expr, textbook $textbook:expr,
            value $value:tt, partial $partial:expr;)*
    }) => {
        $(
            #[inline(always)]
            fn $name(self) -> Self {
                <$type>::$name(self)
            }
        )*
    };
}
pub(crate) use special_unary_methods;

/// The special functions of two numbers as methods of [`Scalar`](crate::Scalar).
macro_rules! special_binary_methods {
    ([$type:ty] $x:ident $y:ident $z:ident $wanted:ident; operators $operators:tt float $float:tt special {
        $($(#[$doc:meta])* $name:ident = $variant:ident at $point:expr, textbook $textbook:expr,
            value $value:tt, partials $partials:expr;)*
    }) => {
        $(
            #[inline(always)]
            #[track_caller]
            fn $name(self, y: Self) -> Self {
                <$type>::$name(self, y)
            }
        )*
    };
}
pub(crate) use special_binary_methods;
