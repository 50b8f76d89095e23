//! The traits of `num_traits`, for every number type at once.

/// Implements the `num_traits` traits for one number type.
macro_rules! implement_num_traits {
    ([$($g:tt)*] $type:ty, inner $t:ident) => {
        impl<$($g)*> ::num_traits::Float for $type {
            $crate::number::num_traits_impls::implement_num_traits!(@constants $t Float:
                nan infinity neg_infinity neg_zero min_value min_positive_value epsilon max_value);
            $crate::number::num_traits_impls::implement_num_traits!(@methods $type:
                recip() abs() signum() floor() ceil() round() trunc() fract() sqrt() cbrt() exp() exp2() exp_m1()
                ln() log2() log10() ln_1p() sin() cos() tan() asin() acos() atan() sinh() cosh() tanh() asinh()
                acosh() atanh() to_degrees() to_radians()
                powf(y) log(y) atan2(y) hypot(y) max(y) min(y) abs_sub(y) copysign(y)
                mul_add(a, b) clamp(min, max));
            $crate::number::num_traits_impls::implement_num_traits!(@predicates
                is_nan = Nan, is_infinite = Infinite, is_finite = Finite, is_normal = Normal,
                is_subnormal = Subnormal, is_sign_positive = SignPositive, is_sign_negative = SignNegative);

            /// By questions of which each has a plain answer.
            #[inline]
            fn classify(self) -> ::std::num::FpCategory {
                if ::num_traits::Float::is_nan(self) {
                    ::std::num::FpCategory::Nan
                } else if ::num_traits::Float::is_infinite(self) {
                    ::std::num::FpCategory::Infinite
                } else if ::num_traits::Zero::is_zero(&self) {
                    ::std::num::FpCategory::Zero
                } else if ::num_traits::Float::is_subnormal(self) {
                    ::std::num::FpCategory::Subnormal
                } else {
                    ::std::num::FpCategory::Normal
                }
            }

            #[inline(always)]
            fn powi(self, n: i32) -> Self {
                <$type>::powi(self, n)
            }

            #[inline(always)]
            fn sin_cos(self) -> (Self, Self) {
                <$type>::sin_cos(self)
            }

            #[inline]
            fn integer_decode(self) -> (u64, i16, i8) {
                $crate::number::Number::read(&self, $crate::number::Reading::Value);
                ::num_traits::Float::integer_decode($crate::number::Number::inner(&self))
            }
        }

        impl<$($g)*> ::num_traits::FloatConst for $type {
            $crate::number::num_traits_impls::implement_num_traits!(@constants $t FloatConst:
                E FRAC_1_PI FRAC_1_SQRT_2 FRAC_2_PI FRAC_2_SQRT_PI FRAC_PI_2 FRAC_PI_3 FRAC_PI_4 FRAC_PI_6 FRAC_PI_8
                LN_10 LN_2 LOG10_E LOG2_E PI SQRT_2 TAU LOG10_2 LOG2_10);
        }

        impl<$($g)*> ::num_traits::Zero for $type {
            #[inline(always)]
            fn zero() -> Self {
                <Self as $crate::number::Number>::lift(::num_traits::Zero::zero())
            }

            /// By value, whatever the derivatives are.
            #[inline(always)]
            fn is_zero(&self) -> bool {
                *self == <Self as ::num_traits::Zero>::zero()
            }
        }

        impl<$($g)*> ::num_traits::One for $type {
            #[inline(always)]
            fn one() -> Self {
                <Self as $crate::number::Number>::lift(::num_traits::One::one())
            }

            /// By value, whatever the derivatives are.
            #[inline(always)]
            fn is_one(&self) -> bool {
                *self == <Self as ::num_traits::One>::one()
            }
        }

        impl<$($g)*> ::num_traits::Num for $type {
            type FromStrRadixErr = <$t as ::num_traits::Num>::FromStrRadixErr;

            fn from_str_radix(text: &str, radix: u32) -> Result<Self, Self::FromStrRadixErr> {
                <$t as ::num_traits::Num>::from_str_radix(text, radix).map(<Self as $crate::number::Number>::lift)
            }
        }

        impl<$($g)*> ::num_traits::ToPrimitive for $type {
            $crate::number::num_traits_impls::implement_num_traits!(@to_primitive
                to_i8 i8, to_i16 i16, to_i32 i32, to_i64 i64, to_i128 i128, to_isize isize,
                to_u8 u8, to_u16 u16, to_u32 u32, to_u64 u64, to_u128 u128, to_usize usize);
            $crate::number::num_traits_impls::implement_num_traits!(@to_float to_f32 f32, to_f64 f64);
        }

        impl<$($g)*> ::num_traits::NumCast for $type {
            #[inline(always)]
            fn from<Source: ::num_traits::ToPrimitive>(n: Source) -> Option<Self> {
                <$t as ::num_traits::NumCast>::from(n).map(<Self as $crate::number::Number>::lift)
            }
        }

        impl<$($g)*> ::num_traits::FromPrimitive for $type {
            $crate::number::num_traits_impls::implement_num_traits!(@from_primitive $t:
                from_i8 i8, from_i16 i16, from_i32 i32, from_i64 i64, from_i128 i128, from_isize isize,
                from_u8 u8, from_u16 u16, from_u32 u32, from_u64 u64, from_u128 u128, from_usize usize,
                from_f32 f32, from_f64 f64);
        }

        impl<$($g)*> ::num_traits::Signed for $type {
            #[inline(always)]
            fn abs(&self) -> Self {
                <$type>::abs(*self)
            }

            #[inline(always)]
            fn abs_sub(&self, other: &Self) -> Self {
                <$type>::abs_sub(*self, *other)
            }

            #[inline(always)]
            fn signum(&self) -> Self {
                <$type>::signum(*self)
            }

            #[inline(always)]
            fn is_positive(&self) -> bool {
                <$type>::is_sign_positive(*self)
            }

            #[inline(always)]
            fn is_negative(&self) -> bool {
                <$type>::is_sign_negative(*self)
            }
        }

        impl<$($g)*> ::num_traits::Bounded for $type {
            fn min_value() -> Self {
                <Self as ::num_traits::Float>::min_value()
            }

            fn max_value() -> Self {
                <Self as ::num_traits::Float>::max_value()
            }
        }

        impl<$($g)*> ::num_traits::Inv for $type {
            type Output = Self;
            #[inline(always)]
            fn inv(self) -> Self {
                <$type>::recip(self)
            }
        }

        // Of integers `i32` alone, that `x.pow(2)` know its type.
        $crate::number::num_traits_impls::implement_num_traits!(@pow i32, powi, [$($g)*] $type);
        $crate::number::num_traits_impls::implement_num_traits!(@pow $type, powf, [$($g)*] $type);

        impl<$($g)*> ::num_traits::Euclid for $type {
            #[inline]
            #[track_caller]
            fn div_euclid(&self, y: &Self) -> Self {
                <$type>::div_euclid(*self, *y)
            }

            #[inline]
            #[track_caller]
            fn rem_euclid(&self, y: &Self) -> Self {
                <$type>::rem_euclid(*self, *y)
            }
        }

        impl<$($g)*> ::num_traits::float::TotalOrder for $type {
            #[inline]
            #[track_caller]
            fn total_cmp(&self, other: &Self) -> ::std::cmp::Ordering {
                <$type>::total_cmp(self, other)
            }
        }

        impl<$($g)*> ::num_traits::float::FloatCore for $type {
            $crate::number::num_traits_impls::implement_num_traits!(@constants $t Float:
                nan infinity neg_infinity neg_zero min_value min_positive_value epsilon max_value);
            $crate::number::num_traits_impls::implement_num_traits!(@methods $type:
                recip() abs() signum() floor() ceil() round() trunc() fract() to_degrees() to_radians() max(y) min(y)
                clamp(min, max));
            $crate::number::num_traits_impls::implement_num_traits!(@predicates
                is_nan = Nan, is_infinite = Infinite, is_finite = Finite, is_normal = Normal,
                is_subnormal = Subnormal, is_sign_positive = SignPositive, is_sign_negative = SignNegative);

            #[inline]
            fn classify(self) -> ::std::num::FpCategory {
                ::num_traits::Float::classify(self)
            }

            #[inline(always)]
            fn powi(self, n: i32) -> Self {
                <$type>::powi(self, n)
            }

            #[inline]
            fn integer_decode(self) -> (u64, i16, i8) {
                ::num_traits::Float::integer_decode(self)
            }
        }

        impl<$($g)*> ::num_traits::MulAdd for $type {
            type Output = Self;
            #[inline(always)]
            #[track_caller]
            fn mul_add(self, a: Self, b: Self) -> Self {
                <$type>::mul_add(self, a, b)
            }
        }

        impl<$($g)*> ::num_traits::MulAddAssign for $type {
            #[inline(always)]
            #[track_caller]
            fn mul_add_assign(&mut self, a: Self, b: Self) {
                *self = <$type>::mul_add(*self, a, b);
            }
        }
    };
    (@pow $power:ty, $method:ident, [$($g:tt)*] $type:ty) => {
        impl<$($g)*> ::num_traits::Pow<$power> for $type {
            type Output = Self;
            #[inline(always)]
            #[track_caller]
            fn pow(self, power: $power) -> Self {
                <$type>::$method(self, power)
            }
        }

        $crate::number::num_traits_impls::implement_num_traits!(@pow_by_reference $power, [$($g)*] $type, []);
    };
    (@pow_by_reference $power:ty, [$($g:tt)*] $type:ty, [$($bound:tt)*]) => {
        impl<$($g)*> ::num_traits::Pow<&$power> for $type
        where
            $($bound)*
        {
            type Output = Self;
            #[inline(always)]
            #[track_caller]
            fn pow(self, power: &$power) -> Self {
                ::num_traits::Pow::pow(self, *power)
            }
        }

        impl<$($g)*> ::num_traits::Pow<$power> for &$type
        where
            $($bound)*
        {
            type Output = $type;
            #[inline(always)]
            #[track_caller]
            fn pow(self, power: $power) -> $type {
                ::num_traits::Pow::pow(*self, power)
            }
        }

        impl<$($g)*> ::num_traits::Pow<&$power> for &$type
        where
            $($bound)*
        {
            type Output = $type;
            #[inline(always)]
            #[track_caller]
            fn pow(self, power: &$power) -> $type {
                ::num_traits::Pow::pow(*self, *power)
            }
        }
    };
    (@constants $t:ident $trait:ident: $($name:ident)*) => {
        $(
            #[inline(always)]
            fn $name() -> Self {
                <Self as $crate::number::Number>::lift(<$t as ::num_traits::$trait>::$name())
            }
        )*
    };
    (@methods $type:ty: $($name:ident($($y:ident),*))*) => {
        $(
            #[inline(always)]
            #[track_caller]
            fn $name(self $(, $y: Self)*) -> Self {
                <$type>::$name(self $(, $y)*)
            }
        )*
    };
    (@predicates $($name:ident = $predicate:ident),*) => {
        $(
            #[inline(always)]
            fn $name(self) -> bool {
                $crate::number::Number::test(self, $crate::number::Predicate::$predicate)
            }
        )*
    };
    (@to_float $($name:ident $float:ident),*) => {
        $(
            #[inline]
            #[track_caller]
            fn $name(&self) -> Option<$float> {
                $crate::number::Number::read(self, $crate::number::Reading::Value);
                ::num_traits::ToPrimitive::$name(&$crate::number::Number::inner(self))
            }
        )*
    };
    (@to_primitive $($name:ident $int:ident),*) => {
        $(
            #[inline]
            #[track_caller]
            fn $name(&self) -> Option<$int> {
                $crate::number::Number::read(
                    self,
                    $crate::number::Reading::Integer { bits: $int::BITS, signed: $int::MIN != 0 },
                );
                ::num_traits::ToPrimitive::$name(&$crate::number::Number::inner(self))
            }
        )*
    };
    (@from_primitive $t:ident: $($name:ident $int:ident),*) => {
        $(
            #[inline]
            fn $name(n: $int) -> Option<Self> {
                <$t as ::num_traits::FromPrimitive>::$name(n).map(<Self as $crate::number::Number>::lift)
            }
        )*
    };
}
pub(crate) use implement_num_traits;

/// Implements the constants for one number type, which says how it is made of one: `|value| Dual { value, tangent: T::ZERO }`.
macro_rules! implement_constants {
    ([$($g:tt)*] $type:ty, inner $t:ident, |$value:ident| $number:expr) => {
        impl<$($g)*> ::num_traits::ConstZero for $type
        where
            $t: ::num_traits::ConstZero,
        {
            const ZERO: Self = {
                let $value = <$t as ::num_traits::ConstZero>::ZERO;
                $number
            };
        }

        impl<$($g)*> ::num_traits::ConstOne for $type
        where
            $t: ::num_traits::ConstZero + ::num_traits::ConstOne,
        {
            const ONE: Self = {
                let $value = <$t as ::num_traits::ConstOne>::ONE;
                $number
            };
        }
    };
}
pub(crate) use implement_constants;
