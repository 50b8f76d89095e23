//! The adjoint of an index, for one output or for several, and how it is multiplied with partials.

use super::sparing::{added, product};
use crate::number::Scalar;
use crate::rules::strong_zero_product;

/// How partials and adjoints are multiplied, and what becomes of an adjoint that was handed down.
pub(super) trait Product {
    /// Whether it is kept, or 0 afterwards.
    const KEEPS: bool;

    fn product<T: Scalar>(a: T, b: T) -> T;
}

pub(super) struct Plain;

impl Product for Plain {
    const KEEPS: bool = false;

    #[inline(always)]
    fn product<T: Scalar>(a: T, b: T) -> T {
        product(a, b, |a, b| a * b)
    }
}

pub(super) struct PlainKept;

impl Product for PlainKept {
    const KEEPS: bool = true;

    #[inline(always)]
    fn product<T: Scalar>(a: T, b: T) -> T {
        Plain::product(a, b)
    }
}

pub(super) struct StrongZeros;

impl Product for StrongZeros {
    const KEEPS: bool = true;

    #[inline(always)]
    fn product<T: Scalar>(a: T, b: T) -> T {
        product(a, b, strong_zero_product)
    }
}

/// The adjoint of an index: a number, or one for each of several outputs.
///
/// An array of one would be a number too, but the compiler copies that in integer registers.
pub(super) trait Adjoint<T: Scalar>: Copy {
    /// How many numbers it is.
    const LANES: usize;

    /// Numbers as adjoints.
    fn of(numbers: &mut [T]) -> &mut [Self];

    /// No adjoint, 0.
    fn none() -> Self;

    /// Whether there is nothing to hand down: 0 times any partial is 0.
    fn is_zero(&self) -> bool;

    /// Whether it is as good as [`Adjoint::none`] for the next sweep: a zero may still be a number of a tape that will have ended.
    fn is_none(&self) -> bool;

    /// What it hands down by a partial.
    fn times<P: Product>(self, partial: T) -> Self;

    /// The sum with what is handed down.
    fn plus(self, contribution: Self) -> Self;
}

impl<T: Scalar> Adjoint<T> for T {
    const LANES: usize = 1;

    #[inline(always)]
    fn of(numbers: &mut [T]) -> &mut [Self] {
        numbers
    }

    #[inline(always)]
    fn none() -> Self {
        T::zero()
    }

    #[inline(always)]
    fn is_zero(&self) -> bool {
        self.is_zero_throughout()
    }

    #[inline(always)]
    fn is_none(&self) -> bool {
        if const { T::DEPTH == 0 } { self.is_zero_throughout() } else { self.is_same(&T::zero()) }
    }

    #[inline(always)]
    fn times<P: Product>(self, partial: T) -> Self {
        P::product(partial, self)
    }

    #[inline(always)]
    fn plus(self, contribution: Self) -> Self {
        added(self, contribution)
    }
}

impl<T: Scalar, const W: usize> Adjoint<T> for [T; W] {
    const LANES: usize = W;

    #[inline(always)]
    fn of(numbers: &mut [T]) -> &mut [Self] {
        numbers.as_chunks_mut().0
    }

    #[inline(always)]
    fn none() -> Self {
        [T::zero(); W]
    }

    #[inline(always)]
    fn is_zero(&self) -> bool {
        // Without an early exit, which would keep the compiler from comparing several at a time.
        self.iter().fold(true, |all, x| all & x.is_zero_throughout())
    }

    #[inline(always)]
    fn is_none(&self) -> bool {
        self.iter().all(Adjoint::is_none)
    }

    #[inline(always)]
    fn times<P: Product>(self, partial: T) -> Self {
        std::array::from_fn(|lane| P::product(partial, self[lane]))
    }

    #[inline(always)]
    fn plus(self, contribution: Self) -> Self {
        std::array::from_fn(|lane| added(self[lane], contribution[lane]))
    }
}
