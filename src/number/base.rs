//! `f32` and `f64` as the scalars at the bottom of every nesting.

use super::Scalar;
use super::scalar::check_lengths;
use crate::rules::{digamma, special};

macro_rules! implement_base {
    ($float:ident, $erf:path, $erfc:path, $ln_gamma:path) => {
        impl Scalar for $float {
            type Base = $float;

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
            fn detach(self) -> Self {
                self
            }

            #[inline(always)]
            fn mul_absorbing(self, other: Self) -> Self {
                let product = self * other;
                if (self == 0.0) | (other == 0.0) { 0.0 } else { product }
            }

            #[inline(always)]
            fn excess(self, other: Self) -> Self {
                if self == other { 0.0 } else { self - other }
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

            #[inline]
            fn erf(self) -> Self {
                $erf(self)
            }

            #[inline]
            fn erfc(self) -> Self {
                $erfc(self)
            }

            #[inline]
            fn ln_gamma(self) -> Self {
                $ln_gamma(self)
            }

            #[inline]
            fn digamma(self) -> Self {
                digamma::digamma(f64::from(self)) as $float
            }

            #[inline]
            fn norm_cdf(self) -> Self {
                special::norm_cdf(f64::from(self)) as $float
            }

            #[inline]
            fn logistic(self) -> Self {
                special::logistic(self)
            }

            #[inline]
            fn softplus(self) -> Self {
                special::softplus(self)
            }

            #[inline]
            fn sinc(self) -> Self {
                simba::scalar::ComplexField::sinc(self)
            }

            #[inline]
            fn sinhc(self) -> Self {
                simba::scalar::ComplexField::sinhc(self)
            }

            #[inline]
            fn cosc(self) -> Self {
                simba::scalar::ComplexField::cosc(self)
            }

            #[inline]
            fn coshc(self) -> Self {
                simba::scalar::ComplexField::coshc(self)
            }

            #[inline]
            #[track_caller]
            fn dot(a: &[Self], b: &[Self]) -> Self {
                check_lengths("dot", a.len(), b.len());
                a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b)
            }

            #[inline]
            #[track_caller]
            fn linear_combination(c: &[f64], x: &[Self]) -> Self {
                check_lengths("linear_combination", c.len(), x.len());
                c.iter().zip(x).fold(0.0, |sum, (&c, x)| sum + (c as $float) * x)
            }

            #[inline]
            fn sum(x: &[Self]) -> Self {
                x.iter().sum()
            }
        }
    };
}

implement_base!(f32, libm::erff, libm::erfcf, libm::lgammaf);
implement_base!(f64, libm::erf, libm::erfc, libm::lgamma);
