//! The traits of `approx`, which compare values and leave derivatives aside as `==` does.

/// Implements the `approx` traits for one number type.
macro_rules! implement_approx {
    ([$($g:tt)*] $type:ty, inner $t:ident) => {
        impl<$($g)*> ::approx::AbsDiffEq for $type {
            type Epsilon = Self;

            fn default_epsilon() -> Self {
                <Self as ::num_traits::Float>::epsilon()
            }

            fn abs_diff_eq(&self, other: &Self, epsilon: Self) -> bool {
                // As for plain floats: not for equal infinities, whose difference is NaN.
                (*self - *other).abs() <= epsilon
            }
        }

        impl<$($g)*> ::approx::RelativeEq for $type {
            fn default_max_relative() -> Self {
                <Self as ::num_traits::Float>::epsilon()
            }

            fn relative_eq(&self, other: &Self, epsilon: Self, max_relative: Self) -> bool {
                if self == other {
                    return true;
                }
                if self.is_infinite() || other.is_infinite() {
                    return false;
                }
                let difference = (*self - *other).abs();
                difference <= epsilon || difference <= self.abs().max(other.abs()) * max_relative
            }
        }

        impl<$($g)*> ::approx::UlpsEq for $type {
            fn default_max_ulps() -> u32 {
                <f64 as ::approx::UlpsEq>::default_max_ulps()
            }

            fn ulps_eq(&self, other: &Self, epsilon: Self, max_ulps: u32) -> bool {
                if ::approx::AbsDiffEq::abs_diff_eq(self, other, epsilon) {
                    return true;
                }
                let (a, b) = ($crate::number::Scalar::primal(self), $crate::number::Scalar::primal(other));
                $crate::number::approximate::within_ulps::<<Self as $crate::number::Scalar>::Base>(a, b, max_ulps)
            }
        }
    };
}
pub(crate) use implement_approx;

use super::Scalar;
use std::any::TypeId;

/// Whether two values lie at most `max_ulps` representable numbers of the type `Base` apart.
pub(crate) fn within_ulps<Base: Scalar>(a: f64, b: f64, max_ulps: u32) -> bool {
    if TypeId::of::<Base>() == TypeId::of::<f32>() {
        // Exact: the values were widened from f32.
        approx::UlpsEq::ulps_eq(&(a as f32), &(b as f32), 0.0, max_ulps)
    } else {
        approx::UlpsEq::ulps_eq(&a, &b, 0.0, max_ulps)
    }
}
