//! Tangents two by two, each pair in one register.
//!
//! An array of tangents falls apart into single floats as soon as it is compiled into the code that uses it. The compiler puts some
//! of them together again, in an order that it finds on the way, with a shuffle wherever two such orders meet. A pair says from the start
//! which two belong together.

#![cfg_attr(target_arch = "x86_64", expect(unsafe_code, reason = "vector instructions that every x86-64 has"))]

use crate::rules::Partial;
use crate::scalar::Scalar;
use std::ops::{Add, Mul, Neg, Sub};

#[cfg(target_arch = "x86_64")]
mod register {
    use std::arch::x86_64::{
        __m128d, _mm_add_pd, _mm_cmpunord_pd, _mm_cvtsd_f64, _mm_movemask_pd, _mm_mul_pd, _mm_or_pd, _mm_set_pd,
        _mm_sub_pd, _mm_unpackhi_pd, _mm_xor_pd,
    };

    pub(super) type Register = __m128d;

    /// An instruction of SSE2.
    macro_rules! instructions {
        ($($name:ident($($x:ident: $type:ty),*) -> $result:ty = $body:expr;)*) => {
            $(#[inline(always)]
            pub(super) fn $name($($x: $type),*) -> $result {
                // SAFETY: every x86-64 has SSE2.
                unsafe { $body }
            })*
        };
    }
    instructions! {
        of(low: f64, high: f64) -> Register = _mm_set_pd(high, low);
        low(x: Register) -> f64 = _mm_cvtsd_f64(x);
        high(x: Register) -> f64 = _mm_cvtsd_f64(_mm_unpackhi_pd(x, x));
        add(x: Register, y: Register) -> Register = _mm_add_pd(x, y);
        sub(x: Register, y: Register) -> Register = _mm_sub_pd(x, y);
        mul(x: Register, y: Register) -> Register = _mm_mul_pd(x, y);
        neg(x: Register) -> Register = _mm_xor_pd(x, _mm_set_pd(-0.0, -0.0));
        none() -> Register = _mm_set_pd(0.0, 0.0);
        or_nan(found: Register, x: Register, y: Register) -> Register = _mm_or_pd(found, _mm_cmpunord_pd(x, y));
        any(found: Register) -> bool = _mm_movemask_pd(found) != 0;
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod register {
    pub(super) type Register = [f64; 2];

    /// What the compiler makes of it.
    macro_rules! operations {
        ($($name:ident($($x:ident: $type:ty),*) -> $result:ty = $body:expr;)*) => {
            $(#[inline(always)]
            pub(super) fn $name($($x: $type),*) -> $result {
                $body
            })*
        };
    }
    operations! {
        of(low: f64, high: f64) -> Register = [low, high];
        low(x: Register) -> f64 = x[0];
        high(x: Register) -> f64 = x[1];
        add(x: Register, y: Register) -> Register = [x[0] + y[0], x[1] + y[1]];
        sub(x: Register, y: Register) -> Register = [x[0] - y[0], x[1] - y[1]];
        mul(x: Register, y: Register) -> Register = [x[0] * y[0], x[1] * y[1]];
        neg(x: Register) -> Register = [-x[0], -x[1]];
        none() -> Register = [0.0; 2];
        or_nan(found: Register, x: Register, y: Register) -> Register = [found[0] + (x[0] + y[0]), found[1] + (x[1] + y[1])];
        any(found: Register) -> bool = found[0].is_nan() | found[1].is_nan();
    }
}

/// Whether a pair holds two numbers of type T: `f64`, perhaps with plain products. Of the floats it alone has this size.
pub(super) const fn holds<T: Scalar>() -> bool {
    T::DEPTH == 0 && size_of::<T>() == size_of::<f64>()
}

/// `a·x + b·y` for each tangent, with products of the float, and whether NaN is among them.
#[inline(always)]
pub(super) fn weighted_sum<T: Scalar, const N: usize>(
    a: Partial<T>,
    x: &[T; N],
    b: Partial<T>,
    y: &[T; N],
) -> ([T; N], bool) {
    let mut tangents = [T::zero(); N];
    let of_pair = (both(a), both(b));
    let mut i = 0;
    while i + 1 < N {
        let (x, y) = (Pair::new(x[i], x[i + 1]), Pair::new(y[i], y[i + 1]));
        if let Some(sum) = plain_sum(of_pair.0, x, of_pair.1, y) {
            (tangents[i], tangents[i + 1]) = sum.numbers();
        }
        i += 2;
    }
    if const { N % 2 == 1 } {
        tangents[N - 1] = plain_sum(a, x[N - 1], b, y[N - 1]).unwrap_or_else(T::zero);
    }
    (tangents, !T::PLAIN && any_nan(&tangents))
}

/// Whether a NaN is among the tangents; two pairs are looked at in one comparison.
#[inline(always)]
fn any_nan<T: Scalar, const N: usize>(tangents: &[T; N]) -> bool {
    let mut found = register::none();
    let mut i = 0;
    while i + 3 < N {
        let [low, high] = [Pair::new(tangents[i], tangents[i + 1]), Pair::new(tangents[i + 2], tangents[i + 3])];
        found = register::or_nan(found, low.0, high.0);
        i += 4;
    }
    let mut any = register::any(found);
    while i < N {
        any |= !tangents[i].value_equal(&tangents[i]);
        i += 1;
    }
    any
}

/// `a·x + b·y`; nothing where both partials are 0.
#[inline(always)]
fn plain_sum<L>(a: Partial<L>, x: L, b: Partial<L>, y: L) -> Option<L>
where
    L: Add<Output = L> + Sub<Output = L> + Mul<Output = L> + Neg<Output = L>,
{
    let product = |partial, x: L| match partial {
        Partial::Zero => None,
        Partial::One => Some(x),
        Partial::MinusOne => Some(-x),
        Partial::By(partial) => Some(partial * x),
    };
    let Some(sum) = product(a, x) else { return product(b, y) };
    Some(match b {
        Partial::Zero => sum,
        Partial::One => sum + y,
        Partial::MinusOne => sum - y,
        Partial::By(b) => sum + b * y,
    })
}

/// A partial for both numbers of a pair.
#[inline(always)]
fn both<T: Scalar>(partial: Partial<T>) -> Partial<Pair> {
    match partial {
        Partial::Zero => Partial::Zero,
        Partial::One => Partial::One,
        Partial::MinusOne => Partial::MinusOne,
        Partial::By(partial) => Partial::By(Pair::new(partial, partial)),
    }
}

/// Two floats.
#[derive(Clone, Copy)]
struct Pair(register::Register);

impl Pair {
    #[inline(always)]
    fn new<T: Scalar>(low: T, high: T) -> Self {
        Self(register::of(low.primal(), high.primal()))
    }

    #[inline(always)]
    fn numbers<T: Scalar>(self) -> (T, T) {
        (T::constant(register::low(self.0)), T::constant(register::high(self.0)))
    }
}

macro_rules! operators {
    ($($trait:ident $method:ident($($other:ident)?);)*) => {
        $(impl $trait for Pair {
            type Output = Self;
            #[inline(always)]
            fn $method(self $(, $other: Self)?) -> Self {
                Self(register::$method(self.0 $(, $other.0)?))
            }
        })*
    };
}
operators! { Add add(other); Sub sub(other); Mul mul(other); Neg neg(); }
