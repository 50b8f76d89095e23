//! `f32` and `f64` as the scalars at the bottom of every nesting.

use super::digamma::digamma;
use super::special::{logistic, norm_cdf, softplus};
use super::{Plain, Scalar};
use crate::functions::{binary_functions, unary_functions};
use simba::scalar::ComplexField;

/// The functions that the type by itself does not have: the first value of two is that of `f32`.
macro_rules! special_unary {
    ([$float:ident] $x:ident $y:ident; operators $operators:tt float $of_float:tt special {
        $($(#[$doc:meta])* $name:ident = $variant:ident at $point:expr, textbook $textbook:expr,
            value $value:tt, partial $partial:expr;)*
    }) => {
        $(
            #[inline]
            fn $name(self) -> Self {
                let function: fn($float) -> $float = value_of!($float $value);
                function(self)
            }
        )*
    };
}

macro_rules! special_binary {
    ([$float:ident] $x:ident $y:ident $z:ident $wanted:ident; operators $operators:tt float $of_float:tt special {
        $($(#[$doc:meta])* $name:ident = $variant:ident at $point:expr, textbook $textbook:expr,
            value $value:tt, partials $partials:expr;)*
    }) => {
        $(
            #[inline(always)]
            fn $name(self, y: Self) -> Self {
                let function: fn($float, $float) -> $float = value_of!($float $value);
                function(self, y)
            }
        )*
    };
}

macro_rules! value_of {
    ($float:ident [$both:expr]) => {
        $both
    };
    (f32 [$single:expr, $double:expr]) => {
        $single
    };
    (f64 [$single:expr, $double:expr]) => {
        $double
    };
}

macro_rules! implement_base {
    ($float:ident) => {
        impl Scalar for $float {
            type Base = $float;
            type Plain = Plain<$float>;

            #[inline(always)]
            fn to_plain(self) -> Plain<$float> {
                Plain(self)
            }

            #[inline(always)]
            fn from_plain(found: Plain<$float>) -> Self {
                found.0
            }

            #[inline(always)]
            fn constant(value: f64) -> Self {
                value as $float
            }

            #[inline(always)]
            fn primal(&self) -> f64 {
                f64::from(*self)
            }

            #[inline(always)]
            fn peek(&self) -> f64 {
                f64::from(*self)
            }

            #[inline(always)]
            fn value_less(&self, other: &Self) -> bool {
                self < other
            }

            #[inline(always)]
            fn value_equal(&self, other: &Self) -> bool {
                self == other
            }

            #[inline(always)]
            fn with_positive_zero(self) -> Self {
                self + 0.0
            }

            #[inline(always)]
            fn is_constant_throughout(&self) -> bool {
                true
            }

            fn is_same(&self, other: &Self) -> bool {
                self.to_bits() == other.to_bits() || self.is_nan() && other.is_nan()
            }

            unary_functions!([special_unary][$float]);
            binary_functions!([special_binary][$float]);
        }
    };
}

implement_base!(f32);
implement_base!(f64);
