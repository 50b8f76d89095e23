//! The lifting: how a number type applies the rules, and everything that follows from it.
//!
//! A number type implements [`Number`] (seven short methods) and invokes `implement_number!` at the foot of its file.
//! That gives it the operators, the inherent methods, the `num_traits`, `approx`, `simba`, `ndarray` and `serde` traits and
//! [`Scalar`], so that it nests inside every other number type.

pub(crate) mod approximate;
pub(crate) mod arithmetic;
#[cfg(feature = "ndarray")]
pub(crate) mod arrays;
pub(crate) mod conversions;
pub(crate) mod functions;
pub(crate) mod linear_algebra;
mod macros;
pub(crate) mod mixing;
pub(crate) mod num_traits_impls;
mod plain;
mod real;
#[cfg(feature = "serde")]
pub(crate) mod serialised;
#[cfg(any(feature = "train", all(test, feature = "program")))]
pub(crate) mod ulps;

pub(crate) use crate::scalar::{Scalar, check_seeds};
pub use real::Real;

pub(crate) use macros::{implement_number, widths};
pub(crate) use num_traits_impls::implement_constants;

use crate::rules::operations::{Add, Div, Mul, Powf, Rem, Sub};
use crate::rules::{BinaryOperation, TernaryOperation, UnaryOperation};
use crate::scalar::{Operator, Terms};
use std::cmp::Ordering;
use std::fmt;

/// A comparison of two numbers, by value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Comparison {
    /// a == b
    Equal,
    /// a < b
    Less,
    /// a <= b
    LessOrEqual,
    /// a > b
    Greater,
    /// a >= b
    GreaterOrEqual,
}

impl Comparison {
    /// The outcome for two scalars.
    #[inline(always)]
    pub(crate) fn holds<T: PartialOrd>(self, a: &T, b: &T) -> bool {
        match self {
            Self::Equal => a == b,
            Self::Less => a < b,
            Self::LessOrEqual => a <= b,
            Self::Greater => a > b,
            Self::GreaterOrEqual => a >= b,
        }
    }
}

/// A question about one number that its value answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Predicate {
    /// Is it NaN?
    Nan,
    /// Is it +inf or -inf?
    Infinite,
    /// Is it neither infinite nor NaN?
    Finite,
    /// Is it neither zero, subnormal, infinite nor NaN?
    Normal,
    /// Is it subnormal?
    Subnormal,
    /// Is its sign bit clear?
    SignPositive,
    /// Is its sign bit set?
    SignNegative,
}

impl Predicate {
    /// The answer for a scalar.
    #[inline(always)]
    pub(crate) fn holds<T: num_traits::Float>(self, x: T) -> bool {
        match self {
            Self::Nan => x.is_nan(),
            Self::Infinite => x.is_infinite(),
            Self::Finite => x.is_finite(),
            Self::Normal => x.is_normal(),
            Self::Subnormal => x.is_subnormal(),
            Self::SignPositive => x.is_sign_positive(),
            Self::SignNegative => x.is_sign_negative(),
        }
    }
}

/// Something plain that is made of a number's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Reading {
    /// Its integer part, as an integer of so many bits.
    Integer {
        /// How many.
        bits: u32,
        /// Whether it may be negative.
        signed: bool,
    },
    /// The value itself.
    Value,
}

/// How a number type applies a rule to numbers over the scalar `Inner`.
///
/// Implement it in the file of a new number type and invoke `implement_number!` there; nothing else changes.
pub(crate) trait Number: Copy + Send + Sync + std::fmt::Debug + 'static {
    /// The scalar that the values and partials are made of.
    type Inner: Scalar;

    /// A number that depends on no input.
    fn lift(value: Self::Inner) -> Self;

    /// The value, without derivatives.
    fn inner(&self) -> Self::Inner;

    /// The same derivatives beside a value that differs at most in the sign of zero.
    fn map_inner(self, f: impl FnOnce(Self::Inner) -> Self::Inner) -> Self;

    /// A function of this number.
    fn unary(self, op: impl UnaryOperation) -> Self;

    /// A function of two numbers.
    fn binary(self, other: Self, op: impl BinaryOperation) -> Self;

    /// A function of three numbers.
    fn ternary(self, b: Self, c: Self, op: impl TernaryOperation) -> Self;

    /// Are all derivatives zero, here and at every level below?
    fn is_constant_throughout(&self) -> bool;

    /// Whether value and derivatives are the same, here and at every level below.
    fn is_same(&self, other: &Self) -> bool {
        self.inner().is_same(&other.inner())
    }

    /// How many number types lie above the float: as [`Scalar::DEPTH`].
    const DEPTH: u32 = <Self::Inner as Scalar>::DEPTH + 1;

    /// Whether products of derivatives are plain: as [`Scalar::PLAIN`]. Products of numbers that have derivatives themselves are not:
    /// they may be those of a derivative within a model, where a NaN is a value, and a comparison or a maximum loses it.
    const PLAIN: bool = false;

    /// Whether [`Number::select`] decides when the number is computed, not when a rule is run.
    const SYMBOLIC: bool = false;

    /// Whether strong zeros that hide a derivative are told: see [`Scalar::STRICT`].
    const STRICT: bool = <Self::Inner as Scalar>::STRICT;

    /// Whether operations are compiled into the code that uses them: as [`Scalar::IN_LINE`].
    const IN_LINE: bool = calls::are_in_line::<Self>();

    /// Whether sums, differences and products are.
    const POLYNOMIALS_IN_LINE: bool = calls::are_polynomials_in_line::<Self>();

    /// Whether operations are recorded, to be run again on other values.
    const RECORDS: bool = <Self::Inner as Scalar>::RECORDS;

    /// Says that something plain is made of the value. It does not depend on the inputs any more, and a recording has to
    /// know: nothing plain may leave it in another way.
    #[inline(always)]
    fn read(&self, _: Reading) {}

    /// Whether the value is less than another's, for a decision within the crate: as [`Scalar::value_less`].
    #[inline(always)]
    fn value_less(&self, other: &Self) -> bool {
        self.inner().value_less(&other.inner())
    }

    /// Whether the value is equal to another's, for a decision within the crate: as [`Scalar::value_equal`].
    #[inline(always)]
    fn value_equal(&self, other: &Self) -> bool {
        self.inner().value_equal(&other.inner())
    }

    /// `then()` where the value of a is less than that of b, or without `less` equal to it, else `otherwise()`.
    #[inline(always)]
    fn select(a: Self, b: Self, less: bool, then: impl FnOnce() -> Self, otherwise: impl FnOnce() -> Self) -> Self
    where
        Self: Scalar,
    {
        let holds = if less { Number::value_less(&a, &b) } else { Number::value_equal(&a, &b) };
        if holds { then() } else { otherwise() }
    }

    /// A function of this number and a plain scalar.
    #[inline(always)]
    fn binary_with(self, other: Self::Inner, op: impl BinaryOperation) -> Self {
        self.binary(Self::lift(other), op)
    }

    /// A function of a plain scalar and this number.
    #[inline(always)]
    fn binary_of(first: Self::Inner, self_: Self, op: impl BinaryOperation) -> Self {
        Self::lift(first).binary(self_, op)
    }

    /// An operator between this number and a plain one, as [`Scalar::with_plain`].
    #[inline(always)]
    fn with_plain(self, other: f64, op: Operator) -> Self {
        let other = Self::Inner::constant(other);
        match op {
            Operator::Add => calls::binary_with(self, other, Add),
            Operator::Sub => calls::binary_with(self, other, Sub),
            Operator::Mul => calls::binary_with(self, other, Mul),
            Operator::Div => calls::binary_with(self, other, Div),
            Operator::Rem => calls::binary_with(self, other, Rem),
            Operator::Powf => calls::binary_with(self, other, Powf),
        }
    }

    /// An operator between a plain number and this one, as [`Scalar::of_plain`].
    #[inline(always)]
    fn of_plain(first: f64, self_: Self, op: Operator) -> Self {
        let first = Self::Inner::constant(first);
        match op {
            Operator::Add => calls::binary_of(first, self_, Add),
            Operator::Sub => calls::binary_of(first, self_, Sub),
            Operator::Mul => calls::binary_of(first, self_, Mul),
            Operator::Div => calls::binary_of(first, self_, Div),
            Operator::Rem => calls::binary_of(first, self_, Rem),
            Operator::Powf => calls::binary_of(first, self_, Powf),
        }
    }

    /// Compares by value.
    #[inline(always)]
    fn compare(&self, other: &Self, comparison: Comparison) -> bool {
        comparison.holds(&self.inner(), &other.inner())
    }

    /// Orders by value.
    #[inline(always)]
    fn order(&self, other: &Self) -> Option<Ordering> {
        self.inner().partial_cmp(&other.inner())
    }

    /// Answers by value.
    #[inline(always)]
    fn test(self, predicate: Predicate) -> bool {
        predicate.holds(self.inner())
    }

    /// A function of any number of arguments: by operations, unless the type has something better.
    #[inline(always)]
    #[track_caller]
    fn nary(terms: Terms<'_, Self>) -> Self
    where
        Self: Scalar,
    {
        terms.value()
    }
}

/// A part of a number in the format asked for, in parentheses if it consists of parts itself.
pub(crate) fn format_part<T: Scalar>(part: &T, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if T::DEPTH == 0 {
        return fmt::Display::fmt(part, f);
    }
    f.write_str("(")?;
    fmt::Display::fmt(part, f)?;
    f.write_str(")")
}

pub(crate) mod calls {
    //! Which operations are compiled into the code that uses them, and which are calls.
    //!
    //! An operation on nested numbers is several of the numbers below it, each of which is several again. Compiled in line
    //! at every level, a program of `Dual<Dual<Dual<f64>>>` grows by an order of magnitude a level, and the time to compile
    //! it with it. A call costs little beside what an operation on a large number does.

    use super::{BinaryOperation, Number, Scalar, TernaryOperation, UnaryOperation};

    /// The most bytes of a nested number whose operations are compiled in line: `Var<Dual<f64>>` has 40. With 100, which
    /// lets `Dual<Dual<Dual<f64>>>` in, five operations on five levels took 25 s to compile instead of 2.
    const LARGEST: usize = 60;

    /// The most bytes of a number over floats whose operations are: `DualVec<f64, 8>` has 72. With more the gradient of a 4×4 matrix's
    /// eigenvalue took 27 s to compile, in directions that are as many as its inputs.
    const LARGEST_OF_FLOATS: usize = 80;

    /// The most bytes of a number nested at most once whose sums, differences and products are: `Var<DualVec<f64, 8>>` has 152,
    /// `Dual2Vec<f64, 4>` 168. As calls they make Hessians 1.2 to 2 times as slow.
    const LARGEST_IN_POLYNOMIALS: usize = 168;

    /// What [`Number::IN_LINE`] is unless a number type says otherwise. A debug build has every operation as a call.
    pub(crate) const fn are_in_line<N: Number>() -> bool {
        let is_small = size_of::<N>() <= if N::Inner::DEPTH == 0 { LARGEST_OF_FLOATS } else { LARGEST };
        N::Inner::IN_LINE && is_small && cfg!(not(debug_assertions))
    }

    /// The same for [`Number::POLYNOMIALS_IN_LINE`].
    pub(super) const fn are_polynomials_in_line<N: Number>() -> bool {
        let is_small = N::Inner::DEPTH <= 1 && size_of::<N>() <= LARGEST_IN_POLYNOMIALS;
        N::IN_LINE || is_small && N::Inner::IN_LINE && cfg!(not(debug_assertions))
    }

    /// Whether the operation is compiled in line.
    const fn is_in_line<N: Number>(is_polynomial: bool) -> bool {
        N::IN_LINE || is_polynomial && N::POLYNOMIALS_IN_LINE
    }

    /// A function with a body in line and the same as a call.
    macro_rules! in_line_or_called {
        ($($(#[$doc:meta])* $name:ident($($x:ident: $type:ty),+; $op:ident: $operation:ident, $polynomial:expr) $body:expr;)*) => {
            $(
                $(#[$doc])*
                #[inline(always)]
                #[track_caller]
                pub(crate) fn $name<N: Number, O: $operation>($($x: $type,)+ $op: O) -> N {
                    #[inline(never)]
                    #[track_caller]
                    fn called<N: Number, O: $operation>($($x: $type,)+ $op: O) -> N {
                        $body
                    }
                    if const { is_in_line::<N>($polynomial) } { $body } else { called($($x,)+ $op) }
                }
            )*
        };
    }

    in_line_or_called! {
        /// A function of a number.
        unary(x: N; op: UnaryOperation, false) x.unary(op);
        /// A function of two numbers.
        binary(x: N, y: N; op: BinaryOperation, O::IS_POLYNOMIAL) x.binary(y, op);
        /// A function of a number and one of those it is made of.
        binary_with(x: N, y: N::Inner; op: BinaryOperation, O::IS_POLYNOMIAL) x.binary_with(y, op);
        /// A function of one of the numbers that a number is made of, and that number.
        binary_of(x: N::Inner, y: N; op: BinaryOperation, O::IS_POLYNOMIAL) N::binary_of(x, y, op);
        /// A function of three numbers.
        ternary(x: N, y: N, z: N; op: TernaryOperation, false) x.ternary(y, z, op);
    }
}
