//! The ground floor: what a model may ask of a number beyond `num_traits::Float`, how `f32` and `f64` do it, and the free
//! functions over slices.

#[expect(clippy::excessive_precision, reason = "the coefficients as they were published")]
pub(crate) mod digamma;
mod floats;
pub(crate) mod lists;
mod plain;
mod special;
mod terms;

pub(crate) use lists::exponentials;
pub(crate) use plain::Plain;
pub use terms::Terms;

use crate::error::{Error, check_length};
use crate::functions::{binary_functions, nary_functions, unary_functions};
use num_traits::{Float, FloatConst, FromPrimitive, NumAssign};
use std::fmt::{Debug, Display};
use std::iter::{Product, Sum};

/// What stands beside an array in `&array * x`. Models are generic over [`Scalar`] alone, so that it has to imply this.
#[cfg(feature = "ndarray")]
use ndarray::ScalarOperand as ArrayOperand;

/// Without arrays, any type.
#[cfg(not(feature = "ndarray"))]
pub trait ArrayOperand {}

#[cfg(not(feature = "ndarray"))]
impl<T> ArrayOperand for T {}

/// An operator between a number and a plain one.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Operator {
    /// x + y
    Add,
    /// x - y
    Sub,
    /// x·y
    Mul,
    /// x/y
    Div,
    /// x % y
    Rem,
    /// xʸ
    Powf,
}

impl Operator {
    /// Every operator.
    pub const ALL: [Self; 6] = [Self::Add, Self::Sub, Self::Mul, Self::Div, Self::Rem, Self::Powf];

    #[inline(always)]
    fn apply<T: Scalar>(self, x: T, y: T) -> T {
        match self {
            Self::Add => x + y,
            Self::Sub => x - y,
            Self::Mul => x * y,
            Self::Div => x / y,
            Self::Rem => x % y,
            Self::Powf => x.powf(y),
        }
    }
}

/// The methods for the functions that floats by themselves do not have.
macro_rules! declare_special_unary {
    ([] $x:ident $y:ident; operators $operators:tt float $float:tt special {
        $($(#[$doc:meta])* $name:ident = $variant:ident at $point:expr, textbook $textbook:expr,
            value $value:tt, partial $partial:expr;)*
    }) => {
        $(
            $(#[$doc])*
            #[must_use]
            fn $name(self) -> Self;
        )*
    };
}

macro_rules! declare_special_binary {
    ([] $x:ident $y:ident $z:ident $wanted:ident; operators $operators:tt float $float:tt special {
        $($(#[$doc:meta])* $name:ident = $variant:ident at $point:expr, textbook $textbook:expr,
            value $value:tt, partials $partials:expr;)*
    }) => {
        $(
            $(#[$doc])*
            #[must_use]
            fn $name(self, y: Self) -> Self;
        )*
    };
}

/// The methods for sums and other functions of lists.
macro_rules! declare_nary {
    (
        [] $x:ident $y:ident $xs:ident;
        $($(#[$doc:meta])* $name:ident($($list:ident: $of:ident),+) = $variant:ident, textbook $textbook:literal,
            written $written:literal, value $value:expr, $form:ident $partial:expr;)*
    ) => {
        $(
            $(#[$doc])*
            #[must_use]
            #[inline]
            #[track_caller]
            fn $name($($list: &[declare_nary!(@$of)]),+) -> Self {
                check_lengths(stringify!($name), &[$($list.len()),+]);
                Self::nary(Terms::$variant($($list),+))
            }
        )*
    };
    (@T) => { Self };
    (@f64) => { f64 };
}

/// A real number that can be differentiated: `f32`, `f64` and every number type of this crate over them.
///
/// A model that is generic over `T: num_traits::Float` never needs it. It adds what `Float` lacks: constants from
/// `f64`, sums and dot products that reverse mode records as one n-ary node, and special functions. Sums are associated
/// functions, so that they work on slices: `T::dot(&w, &x)`, `Scalar::sum(&x)` (`T::sum` would also name
/// [`Sum::sum`]), or the free functions [`dot`](crate::dot()), [`sum`](crate::sum()),
/// [`linear_combination`](crate::linear_combination) and [`log_sum_exp`](crate::log_sum_exp).
///
/// With the feature `ndarray` it implies `ndarray::ScalarOperand`, so that models too may multiply an array with a number.
///
/// # Examples
///
/// ```
/// use dualtape::{Scalar, reverse};
///
/// fn neuron<T: Scalar>(w: &[T], x: &[f64]) -> T {
///     T::linear_combination(x, w).logistic()
/// }
///
/// let (value, gradient) = reverse::gradient(|w| neuron(w, &[1.0, 2.0]), &[0.5, -0.25]);
/// assert_eq!(value, 0.5);
/// assert_eq!(gradient, [0.25, 0.5]);
/// ```
pub trait Scalar:
    Float
    + FloatConst
    + FromPrimitive
    + NumAssign
    + Sum
    + Product
    + for<'a> Sum<&'a Self>
    + for<'a> Product<&'a Self>
    + Debug
    + Display
    + Default
    + Send
    + Sync
    + ArrayOperand
    + 'static
{
    /// The floating-point type beneath all levels of nesting, `f32` or `f64`.
    type Base: Scalar;

    /// How many number types lie above the float: 0 for the float itself.
    #[doc(hidden)]
    const DEPTH: u32 = 0;

    /// Whether operations are compiled into the code that uses them, not as calls.
    #[doc(hidden)]
    const IN_LINE: bool = true;

    /// Whether sums, differences and products are.
    #[doc(hidden)]
    const POLYNOMIALS_IN_LINE: bool = true;

    /// The same number as one whose products of derivatives are plain, for a first run of a model; where there is no such
    /// number, itself.
    #[doc(hidden)]
    type Plain: Scalar;

    /// Whether products of derivatives are those of the float, in which 0·∞ is NaN.
    #[doc(hidden)]
    const PLAIN: bool = false;

    /// This number for a first run.
    #[doc(hidden)]
    fn to_plain(self) -> Self::Plain;

    /// The number that came out of it.
    #[doc(hidden)]
    fn from_plain(found: Self::Plain) -> Self;

    /// A number that depends on no input.
    fn constant(value: f64) -> Self;

    /// The value beneath all levels of nesting, widened to `f64`.
    ///
    /// Reading it is not an operation: nothing is counted. A recording holds that the value was read, and what it was:
    /// its graph and programs are those of this value alone. Where a comparison does, compare.
    fn primal(&self) -> f64;

    /// The same as nobody's number: for messages, and where a recorded number is known to be a constant.
    #[doc(hidden)]
    fn peek(&self) -> f64;

    /// Whether the value is less than another's, for a decision within the crate: it is not counted, and a recording holds
    /// what the answer was.
    #[doc(hidden)]
    fn value_less(&self, other: &Self) -> bool;

    /// Whether the value is equal to another's, as [`Scalar::value_less`]. A NaN is not equal to itself.
    #[doc(hidden)]
    fn value_equal(&self, other: &Self) -> bool;

    /// Whether operations are recorded, to be run again on other values: what a value decides is then better an
    /// operation, which decides anew.
    #[doc(hidden)]
    const RECORDS: bool = false;

    /// A function of this number and a plain one, which has no derivative that would have to be computed.
    #[doc(hidden)]
    #[must_use]
    #[inline(always)]
    fn with_plain(self, other: f64, op: Operator) -> Self {
        op.apply(self, Self::constant(other))
    }

    /// A function of a plain number and this one, as [`Scalar::with_plain`].
    #[doc(hidden)]
    #[must_use]
    #[inline(always)]
    fn of_plain(first: f64, other: Self, op: Operator) -> Self {
        op.apply(Self::constant(first), other)
    }

    /// Are all derivatives zero, at every level?
    #[doc(hidden)]
    fn is_constant_throughout(&self) -> bool;

    /// Whether value and derivatives are the same, bit for bit at every level; NaN is one number.
    #[doc(hidden)]
    fn is_same(&self, other: &Self) -> bool;

    /// Is it zero, and are all its derivatives? Such a factor is a strong zero in a product of derivatives.
    #[doc(hidden)]
    #[inline(always)]
    fn is_zero_throughout(&self) -> bool {
        self.peek() == 0.0 && self.is_constant_throughout()
    }

    /// The same number, with +0 for -0, which is no operation.
    #[doc(hidden)]
    #[must_use]
    fn with_positive_zero(self) -> Self;

    /// `then()` where the value is below `bound`, else `otherwise()`, for rules that have a better formula on a part
    /// of the domain. The two must be the same function, or NaN outside the domain.
    #[doc(hidden)]
    #[inline(always)]
    fn select_below(self, bound: f64, then: impl FnOnce() -> Self, otherwise: impl FnOnce() -> Self) -> Self {
        Self::select_less(self, Self::constant(bound), then, otherwise)
    }

    /// Whether choices between formulas are made when a number is computed, not when a rule is run: the number has no
    /// value yet.
    #[doc(hidden)]
    const SYMBOLIC: bool = false;

    /// Whether strong zeros that hide a derivative are told, as [`Strict`](crate::strict::Strict) does. The derivative of a
    /// rule at a kink then has an infinite derivative of its own, where it otherwise is a constant.
    #[doc(hidden)]
    const STRICT: bool = false;

    /// `then()` where the value of a is less than that of b, else `otherwise()`: a choice within a rule.
    #[doc(hidden)]
    #[inline(always)]
    fn select_less(a: Self, b: Self, then: impl FnOnce() -> Self, otherwise: impl FnOnce() -> Self) -> Self {
        if a.value_less(&b) { then() } else { otherwise() }
    }

    /// `then()` where the values of a and b are equal, else `otherwise()`: a choice within a rule. A NaN is not equal to
    /// itself.
    #[doc(hidden)]
    #[inline(always)]
    fn select_equal(a: Self, b: Self, then: impl FnOnce() -> Self, otherwise: impl FnOnce() -> Self) -> Self {
        if a.value_equal(&b) { then() } else { otherwise() }
    }

    unary_functions!([declare_special_unary] []);
    binary_functions!([declare_special_binary] []);

    nary_functions!([declare_nary] []);

    /// A function of any number of arguments.
    #[doc(hidden)]
    #[must_use]
    #[inline(always)]
    #[track_caller]
    fn nary(terms: Terms<'_, Self>) -> Self {
        terms.value()
    }
}

/// The misuse that functions of several lists cannot return an error for.
#[track_caller]
#[inline(always)]
fn check_lengths(operation: &str, lengths: &[usize]) {
    #[cold]
    #[inline(never)]
    #[track_caller]
    fn unequal(operation: &str, left: usize, right: usize) -> ! {
        panic!("{operation}: expected two slices of one length, found {left} and {right}")
    }
    if let &[left, right] = lengths
        && left != right
    {
        unequal(operation, left, right);
    }
}

/// Whether the value is neither infinite nor NaN, for a decision within the crate.
#[inline(always)]
pub(crate) fn is_finite<T: Scalar>(x: &T) -> bool {
    T::neg_infinity().value_less(x) & x.value_less(&T::infinity())
}

/// Checks a direction or weights: as many as expected, all finite.
pub(crate) fn check_seeds<T: Scalar>(argument: &'static str, expected: usize, seeds: &[T]) -> Result<(), Error> {
    check_length(argument, expected, seeds.len())?;
    // Without an early exit, which would keep the compiler from comparing several at a time.
    if seeds.iter().fold(true, |all, seed| all & is_finite(seed)) {
        return Ok(());
    }
    match seeds.iter().position(|seed| !is_finite(seed)) {
        Some(index) => Err(Error::NonFinite { argument, index, found: seeds[index].peek() }),
        None => Ok(()),
    }
}
