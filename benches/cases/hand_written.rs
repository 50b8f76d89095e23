//! A dual number as one writes it by hand for one program: what `Dual` is measured against.

use super::Library;
use num_traits::{Num, One, Zero};
use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

/// A value and its tangent.
#[derive(Clone, Copy)]
pub(crate) struct HandWritten {
    pub(crate) value: f64,
    pub(crate) tangent: f64,
}

impl Add for HandWritten {
    type Output = Self;
    #[inline]
    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, tangent: self.tangent + other.tangent }
    }
}

impl Sub for HandWritten {
    type Output = Self;
    #[inline]
    fn sub(self, other: Self) -> Self {
        Self { value: self.value - other.value, tangent: self.tangent - other.tangent }
    }
}

impl Mul for HandWritten {
    type Output = Self;
    #[inline]
    fn mul(self, other: Self) -> Self {
        Self { value: self.value * other.value, tangent: self.tangent * other.value + self.value * other.tangent }
    }
}

impl Div for HandWritten {
    type Output = Self;
    #[inline]
    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        Self { value, tangent: (self.tangent - value * other.tangent) / other.value }
    }
}

impl Rem for HandWritten {
    type Output = Self;
    #[inline]
    fn rem(self, other: Self) -> Self {
        let whole = (self.value / other.value).trunc();
        Self { value: self.value % other.value, tangent: self.tangent - whole * other.tangent }
    }
}

impl Neg for HandWritten {
    type Output = Self;
    #[inline]
    fn neg(self) -> Self {
        Self { value: -self.value, tangent: -self.tangent }
    }
}

impl PartialEq for HandWritten {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl PartialOrd for HandWritten {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

impl Zero for HandWritten {
    #[inline]
    fn zero() -> Self {
        Self { value: 0.0, tangent: 0.0 }
    }

    #[inline]
    fn is_zero(&self) -> bool {
        self.value == 0.0
    }
}

impl One for HandWritten {
    #[inline]
    fn one() -> Self {
        Self { value: 1.0, tangent: 0.0 }
    }
}

impl Num for HandWritten {
    type FromStrRadixErr = <f64 as Num>::FromStrRadixErr;

    fn from_str_radix(digits: &str, radix: u32) -> Result<Self, Self::FromStrRadixErr> {
        f64::from_str_radix(digits, radix).map(ByHand::constant)
    }
}

/// The functions of [`HandWritten`].
pub(crate) struct ByHand;

impl Library<HandWritten> for ByHand {
    #[inline]
    fn constant(value: f64) -> HandWritten {
        HandWritten { value, tangent: 0.0 }
    }

    #[inline]
    fn exp(x: HandWritten) -> HandWritten {
        let value = x.value.exp();
        HandWritten { value, tangent: x.tangent * value }
    }

    #[inline]
    fn ln(x: HandWritten) -> HandWritten {
        HandWritten { value: x.value.ln(), tangent: x.tangent / x.value }
    }

    #[inline]
    fn tanh(x: HandWritten) -> HandWritten {
        let value = x.value.tanh();
        HandWritten { value, tangent: x.tangent * (1.0 - value * value) }
    }
}
