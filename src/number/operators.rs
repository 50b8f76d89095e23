//! Arithmetic operators, comparisons, sums and conversions, for every number type at once.

/// Number types over another number type, which therefore mix with `f64` as well as with their scalar.
pub trait Nested {}

/// Implements the operators for one number type.
macro_rules! implement_operators {
    ([$($g:tt)*] $type:ty, inner $t:ident) => {
        impl<$($g)*> $crate::number::operators::Nested for $type {}

        impl<$($g)*> ::std::ops::Neg for $type {
            type Output = Self;
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn neg(self) -> Self {
                $crate::number::Number::unary(self, $crate::rules::Unary::Neg)
            }
        }

        impl<$($g)*> ::std::ops::Neg for &$type {
            type Output = $type;
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn neg(self) -> $type {
                $crate::number::Number::unary(*self, $crate::rules::Unary::Neg)
            }
        }

        $crate::number::operators::implement_operator!([$($g)*] $type, $t, Add add, AddAssign add_assign, Add);
        $crate::number::operators::implement_operator!([$($g)*] $type, $t, Sub sub, SubAssign sub_assign, Sub);
        $crate::number::operators::implement_operator!([$($g)*] $type, $t, Mul mul, MulAssign mul_assign, Mul);
        $crate::number::operators::implement_operator!([$($g)*] $type, $t, Div div, DivAssign div_assign, Div);
        $crate::number::operators::implement_operator!([$($g)*] $type, $t, Rem rem, RemAssign rem_assign, Rem);

        /// By value: derivatives never decide a branch.
        impl<$($g)*> PartialEq for $type {
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn eq(&self, other: &Self) -> bool {
                $crate::number::Number::compare(self, other, $crate::number::Comparison::Equal)
            }
        }

        /// By value: derivatives never decide a branch.
        impl<$($g)*> PartialOrd for $type {
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn partial_cmp(&self, other: &Self) -> Option<::std::cmp::Ordering> {
                $crate::number::Number::order(self, other)
            }
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn lt(&self, other: &Self) -> bool {
                $crate::number::Number::compare(self, other, $crate::number::Comparison::Less)
            }
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn le(&self, other: &Self) -> bool {
                $crate::number::Number::compare(self, other, $crate::number::Comparison::LessOrEqual)
            }
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn gt(&self, other: &Self) -> bool {
                $crate::number::Number::compare(self, other, $crate::number::Comparison::Greater)
            }
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn ge(&self, other: &Self) -> bool {
                $crate::number::Number::compare(self, other, $crate::number::Comparison::GreaterOrEqual)
            }
        }

        impl<$($g)*> PartialEq<$t> for $type {
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn eq(&self, other: &$t) -> bool {
                *self == <Self as $crate::number::Number>::lift(*other)
            }
        }

        impl<$($g)*> PartialOrd<$t> for $type {
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn partial_cmp(&self, other: &$t) -> Option<::std::cmp::Ordering> {
                self.partial_cmp(&<Self as $crate::number::Number>::lift(*other))
            }
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn lt(&self, other: &$t) -> bool {
                *self < <Self as $crate::number::Number>::lift(*other)
            }
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn le(&self, other: &$t) -> bool {
                *self <= <Self as $crate::number::Number>::lift(*other)
            }
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn gt(&self, other: &$t) -> bool {
                *self > <Self as $crate::number::Number>::lift(*other)
            }
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn ge(&self, other: &$t) -> bool {
                *self >= <Self as $crate::number::Number>::lift(*other)
            }
        }

        impl<$($g)*> ::std::iter::Sum for $type {
            #[inline]
            fn sum<I: Iterator<Item = Self>>(terms: I) -> Self {
                let start = <Self as $crate::number::Number>::lift(::std::iter::empty::<$t>().sum());
                terms.fold(start, |sum, term| sum + term)
            }
        }

        impl<'a, $($g)*> ::std::iter::Sum<&'a Self> for $type {
            #[inline]
            fn sum<I: Iterator<Item = &'a Self>>(terms: I) -> Self {
                terms.copied().sum()
            }
        }

        impl<$($g)*> ::std::iter::Product for $type {
            #[inline]
            fn product<I: Iterator<Item = Self>>(factors: I) -> Self {
                let start = <Self as $crate::number::Number>::lift(::std::iter::empty::<$t>().product());
                factors.fold(start, |product, factor| product * factor)
            }
        }

        impl<'a, $($g)*> ::std::iter::Product<&'a Self> for $type {
            #[inline]
            fn product<I: Iterator<Item = &'a Self>>(factors: I) -> Self {
                factors.copied().product()
            }
        }

        impl<$($g)*> From<f64> for $type {
            /// A constant.
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn from(value: f64) -> Self {
                <Self as $crate::number::Scalar>::constant(value)
            }
        }

        impl<$($g)*> Default for $type {
            /// The constant 0.
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn default() -> Self {
                <Self as $crate::number::Number>::lift(num_traits::Zero::zero())
            }
        }
    };
}
pub(crate) use implement_operators;

/// Implements one operator with every pairing of operands.
macro_rules! implement_operator {
    ([$($g:tt)*] $type:ty, $t:ident, $trait:ident $method:ident, $assign:ident $assign_method:ident, $op:ident) => {
        impl<$($g)*> ::std::ops::$trait for $type {
            type Output = Self;
            #[cfg_attr(not(debug_assertions), inline(always))]
            #[track_caller]
            fn $method(self, other: Self) -> Self {
                $crate::number::Number::binary(self, other, $crate::rules::Binary::$op)
            }
        }

        impl<$($g)*> ::std::ops::$trait<&$type> for $type {
            type Output = Self;
            #[cfg_attr(not(debug_assertions), inline(always))]
            #[track_caller]
            fn $method(self, other: &Self) -> Self {
                $crate::number::Number::binary(self, *other, $crate::rules::Binary::$op)
            }
        }

        impl<$($g)*> ::std::ops::$trait<$type> for &$type {
            type Output = $type;
            #[cfg_attr(not(debug_assertions), inline(always))]
            #[track_caller]
            fn $method(self, other: $type) -> $type {
                $crate::number::Number::binary(*self, other, $crate::rules::Binary::$op)
            }
        }

        impl<$($g)*> ::std::ops::$trait<&$type> for &$type {
            type Output = $type;
            #[cfg_attr(not(debug_assertions), inline(always))]
            #[track_caller]
            fn $method(self, other: &$type) -> $type {
                $crate::number::Number::binary(*self, *other, $crate::rules::Binary::$op)
            }
        }

        impl<$($g)*> ::std::ops::$trait<$t> for $type {
            type Output = Self;
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn $method(self, other: $t) -> Self {
                $crate::number::Number::binary_with(self, other, $crate::rules::Binary::$op)
            }
        }

        impl<$($g)*> ::std::ops::$trait<$t> for &$type {
            type Output = $type;
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn $method(self, other: $t) -> $type {
                $crate::number::Number::binary_with(*self, other, $crate::rules::Binary::$op)
            }
        }

        impl<$($g)*> ::std::ops::$trait<f64> for $type
        where
            $t: $crate::number::operators::Nested,
        {
            type Output = Self;
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn $method(self, other: f64) -> Self {
                $crate::number::Number::binary_with(
                    self,
                    <$t as $crate::number::Scalar>::constant(other),
                    $crate::rules::Binary::$op,
                )
            }
        }

        $crate::number::operators::implement_left_operator!(f64, [$($g)*] $type, $t, $trait $method, $op);
        $crate::number::operators::implement_left_operator!(f32, [$($g)*] $type, $t, $trait $method, $op);

        impl<$($g)*> ::std::ops::$assign for $type {
            #[cfg_attr(not(debug_assertions), inline(always))]
            #[track_caller]
            fn $assign_method(&mut self, other: Self) {
                *self = $crate::number::Number::binary(*self, other, $crate::rules::Binary::$op);
            }
        }

        impl<$($g)*> ::std::ops::$assign<&$type> for $type {
            #[cfg_attr(not(debug_assertions), inline(always))]
            #[track_caller]
            fn $assign_method(&mut self, other: &Self) {
                *self = $crate::number::Number::binary(*self, *other, $crate::rules::Binary::$op);
            }
        }

        impl<$($g)*> ::std::ops::$assign<$t> for $type {
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn $assign_method(&mut self, other: $t) {
                *self = $crate::number::Number::binary_with(*self, other, $crate::rules::Binary::$op);
            }
        }

        impl<$($g)*> ::std::ops::$assign<f64> for $type
        where
            $t: $crate::number::operators::Nested,
        {
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn $assign_method(&mut self, other: f64) {
                *self = $crate::number::Number::binary_with(
                    *self,
                    <$t as $crate::number::Scalar>::constant(other),
                    $crate::rules::Binary::$op,
                );
            }
        }
    };
}
pub(crate) use implement_operator;

/// Implements one operator with a plain float on the left.
macro_rules! implement_left_operator {
    ($float:ident, [$($g:tt)*] $type:ty, $t:ident, $trait:ident $method:ident, $op:ident) => {
        impl<$($g)*> ::std::ops::$trait<$type> for $float
        where
            $t: $crate::number::Scalar<Base = $float>,
        {
            type Output = $type;
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn $method(self, other: $type) -> $type {
                $crate::number::Number::binary_of(
                    <$t as $crate::number::Scalar>::constant(f64::from(self)),
                    other,
                    $crate::rules::Binary::$op,
                )
            }
        }

        impl<'a, $($g)*> ::std::ops::$trait<&'a $type> for $float
        where
            $t: $crate::number::Scalar<Base = $float>,
        {
            type Output = $type;
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn $method(self, other: &'a $type) -> $type {
                self.$method(*other)
            }
        }
    };
}
pub(crate) use implement_left_operator;
