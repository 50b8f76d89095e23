//! The traits that `nalgebra` asks of the entries of a matrix, for every number type at once.

/// Implements `simba`'s field traits for one number type.
macro_rules! implement_linear_algebra {
    ([$($g:tt)*] $type:ty, inner $t:ident) => {
        impl<$($g)*> ::simba::simd::PrimitiveSimdValue for $type {}

        impl<$($g)*> ::simba::simd::SimdValue for $type {
            const LANES: usize = 1;
            type Element = Self;
            type SimdBool = bool;

            #[inline(always)]
            fn splat(value: Self) -> Self {
                value
            }

            #[inline(always)]
            fn extract(&self, _: usize) -> Self {
                *self
            }

            #[expect(unsafe_code, reason = "the trait declares the method unsafe; one lane needs nothing unsafe")]
            #[inline(always)]
            unsafe fn extract_unchecked(&self, _: usize) -> Self {
                *self
            }

            #[inline(always)]
            fn replace(&mut self, _: usize, value: Self) {
                *self = value;
            }

            #[expect(unsafe_code, reason = "the trait declares the method unsafe; one lane needs nothing unsafe")]
            #[inline(always)]
            unsafe fn replace_unchecked(&mut self, _: usize, value: Self) {
                *self = value;
            }

            #[inline(always)]
            fn select(self, condition: bool, other: Self) -> Self {
                if condition { self } else { other }
            }
        }

        impl<$($g)*> ::simba::scalar::Field for $type {}

        impl<$($g)*> ::simba::scalar::SubsetOf<Self> for $type {
            #[inline(always)]
            fn to_superset(&self) -> Self {
                *self
            }

            #[inline(always)]
            fn from_superset_unchecked(element: &Self) -> Self {
                *element
            }

            #[inline(always)]
            fn is_in_subset(_: &Self) -> bool {
                true
            }
        }

        $crate::number::linear_algebra::implement_linear_algebra!(@subset f64, [$($g)*] $type);
        $crate::number::linear_algebra::implement_linear_algebra!(@subset f32, [$($g)*] $type);

        impl<$($g)*> ::simba::scalar::ComplexField for $type {
            type RealField = Self;

            #[inline(always)]
            fn from_real(re: Self) -> Self {
                re
            }

            #[inline(always)]
            fn real(self) -> Self {
                self
            }

            #[inline(always)]
            fn imaginary(self) -> Self {
                <Self as ::num_traits::Zero>::zero()
            }

            #[inline(always)]
            fn modulus(self) -> Self {
                <$type>::abs(self)
            }

            #[inline(always)]
            fn modulus_squared(self) -> Self {
                self * self
            }

            #[inline]
            fn argument(self) -> Self {
                if self >= <Self as ::num_traits::Zero>::zero() {
                    <Self as ::num_traits::Zero>::zero()
                } else {
                    <Self as ::num_traits::FloatConst>::PI()
                }
            }

            #[inline(always)]
            fn norm1(self) -> Self {
                <$type>::abs(self)
            }

            #[inline(always)]
            fn scale(self, factor: Self) -> Self {
                self * factor
            }

            #[inline(always)]
            fn unscale(self, factor: Self) -> Self {
                self / factor
            }

            #[inline]
            fn to_exp(self) -> (Self, Self) {
                let one = <Self as ::num_traits::One>::one();
                if self >= <Self as ::num_traits::Zero>::zero() { (self, one) } else { (-self, -one) }
            }

            #[inline(always)]
            fn conjugate(self) -> Self {
                self
            }

            #[inline(always)]
            fn is_finite(&self) -> bool {
                <$type>::is_finite(*self)
            }

            #[inline]
            fn try_sqrt(self) -> Option<Self> {
                (self >= <Self as ::num_traits::Zero>::zero()).then(|| <$type>::sqrt(self))
            }

            #[inline(always)]
            fn powi(self, n: i32) -> Self {
                <$type>::powi(self, n)
            }

            #[inline(always)]
            fn powc(self, n: Self) -> Self {
                <$type>::powf(self, n)
            }

            #[inline(always)]
            fn sin_cos(self) -> (Self, Self) {
                <$type>::sin_cos(self)
            }

            $crate::number::num_traits_impls::implement_num_traits!(@methods $type:
                signum() floor() ceil() round() trunc() fract() abs() recip() sin() cos() tan() asin() acos() atan()
                sinh() cosh() tanh() asinh() acosh() atanh() log2() log10() ln() ln_1p() sqrt() exp() exp2()
                exp_m1() cbrt() sinc() sinhc() cosc() coshc() mul_add(a, b) hypot(y) log(y) powf(y));
        }

        impl<$($g)*> ::simba::scalar::RealField for $type {
            #[inline(always)]
            fn is_sign_positive(&self) -> bool {
                <$type>::is_sign_positive(*self)
            }

            #[inline(always)]
            fn is_sign_negative(&self) -> bool {
                <$type>::is_sign_negative(*self)
            }

            /// As `f64` has it in `simba`: NaN bounds pass.
            #[inline]
            fn clamp(self, min: Self, max: Self) -> Self {
                if self < min {
                    min
                } else if self > max {
                    max
                } else {
                    self
                }
            }

            fn min_value() -> Option<Self> {
                Some(<Self as ::num_traits::Float>::min_value())
            }

            fn max_value() -> Option<Self> {
                Some(<Self as ::num_traits::Float>::max_value())
            }

            $crate::number::num_traits_impls::implement_num_traits!(@methods $type:
                copysign(y) max(y) min(y) atan2(y));
            $crate::number::linear_algebra::implement_linear_algebra!(@constants
                pi PI, two_pi TAU, frac_pi_2 FRAC_PI_2, frac_pi_3 FRAC_PI_3, frac_pi_4 FRAC_PI_4,
                frac_pi_6 FRAC_PI_6, frac_pi_8 FRAC_PI_8, frac_1_pi FRAC_1_PI, frac_2_pi FRAC_2_PI,
                frac_2_sqrt_pi FRAC_2_SQRT_PI, e E, log2_e LOG2_E, log10_e LOG10_E, ln_2 LN_2, ln_10 LN_10);
        }
    };
    (@subset $float:ident, [$($g:tt)*] $type:ty) => {
        impl<$($g)*> ::simba::scalar::SubsetOf<$type> for $float {
            #[inline]
            fn to_superset(&self) -> $type {
                <$type as $crate::number::Scalar>::constant(f64::from(*self))
            }

            #[inline]
            fn from_superset_unchecked(element: &$type) -> Self {
                $crate::number::Scalar::primal(element) as $float
            }

            /// Always, as between plain floats: `nalgebra` converts where it decides a branch, and there only the value
            /// counts.
            #[inline]
            fn is_in_subset(_: &$type) -> bool {
                true
            }
        }
    };
    (@constants $($name:ident $constant:ident),*) => {
        $(
            #[inline(always)]
            fn $name() -> Self {
                <Self as ::num_traits::FloatConst>::$constant()
            }
        )*
    };
}
pub(crate) use implement_linear_algebra;
