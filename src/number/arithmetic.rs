//! Arithmetic operators, comparisons and sums, for every number type at once.

/// Implements the operators for one number type.
macro_rules! implement_operators {
    ([$($g:tt)*] $type:ty, inner $t:ident) => {
        impl<$($g)*> ::std::ops::Neg for $type {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                $crate::number::calls::unary(self, $crate::rules::operations::Neg)
            }
        }

        impl<$($g)*> ::std::ops::Neg for &$type {
            type Output = $type;
            #[inline(always)]
            fn neg(self) -> $type {
                $crate::number::calls::unary(*self, $crate::rules::operations::Neg)
            }
        }

        $crate::number::arithmetic::implement_operator!([$($g)*] $type, Add add, AddAssign add_assign, Add);
        $crate::number::arithmetic::implement_operator!([$($g)*] $type, Sub sub, SubAssign sub_assign, Sub);
        $crate::number::arithmetic::implement_operator!([$($g)*] $type, Mul mul, MulAssign mul_assign, Mul);
        $crate::number::arithmetic::implement_operator!([$($g)*] $type, Div div, DivAssign div_assign, Div);
        $crate::number::arithmetic::implement_operator!([$($g)*] $type, Rem rem, RemAssign rem_assign, Rem);

        /// By value: derivatives never decide a branch.
        impl<$($g)*> PartialEq for $type {
            #[inline(always)]
            fn eq(&self, other: &Self) -> bool {
                $crate::number::Number::compare(self, other, $crate::number::Comparison::Equal)
            }
        }

        /// By value: derivatives never decide a branch.
        impl<$($g)*> PartialOrd for $type {
            #[inline(always)]
            fn partial_cmp(&self, other: &Self) -> Option<::std::cmp::Ordering> {
                $crate::number::Number::order(self, other)
            }
            #[inline(always)]
            fn lt(&self, other: &Self) -> bool {
                $crate::number::Number::compare(self, other, $crate::number::Comparison::Less)
            }
            #[inline(always)]
            fn le(&self, other: &Self) -> bool {
                $crate::number::Number::compare(self, other, $crate::number::Comparison::LessOrEqual)
            }
            #[inline(always)]
            fn gt(&self, other: &Self) -> bool {
                $crate::number::Number::compare(self, other, $crate::number::Comparison::Greater)
            }
            #[inline(always)]
            fn ge(&self, other: &Self) -> bool {
                $crate::number::Number::compare(self, other, $crate::number::Comparison::GreaterOrEqual)
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

        impl<$($g)*> Default for $type {
            /// The constant 0.
            #[inline(always)]
            fn default() -> Self {
                <Self as $crate::number::Number>::lift(num_traits::Zero::zero())
            }
        }
    };
}
pub(crate) use implement_operators;

/// Implements one operator with every pairing of operands of the type itself.
macro_rules! implement_operator {
    ([$($g:tt)*] $type:ty, $trait:ident $method:ident, $assign:ident $assign_method:ident, $op:ident) => {
        impl<$($g)*> ::std::ops::$trait for $type {
            type Output = Self;
            #[inline(always)]
            #[track_caller]
            fn $method(self, other: Self) -> Self {
                $crate::number::calls::binary(self, other, $crate::rules::operations::$op)
            }
        }

        impl<$($g)*> ::std::ops::$trait<&$type> for $type {
            type Output = Self;
            #[inline(always)]
            #[track_caller]
            fn $method(self, other: &Self) -> Self {
                $crate::number::calls::binary(self, *other, $crate::rules::operations::$op)
            }
        }

        impl<$($g)*> ::std::ops::$trait<$type> for &$type {
            type Output = $type;
            #[inline(always)]
            #[track_caller]
            fn $method(self, other: $type) -> $type {
                $crate::number::calls::binary(*self, other, $crate::rules::operations::$op)
            }
        }

        impl<$($g)*> ::std::ops::$trait<&$type> for &$type {
            type Output = $type;
            #[inline(always)]
            #[track_caller]
            fn $method(self, other: &$type) -> $type {
                $crate::number::calls::binary(*self, *other, $crate::rules::operations::$op)
            }
        }

        impl<$($g)*> ::std::ops::$assign for $type {
            #[inline(always)]
            #[track_caller]
            fn $assign_method(&mut self, other: Self) {
                *self = $crate::number::calls::binary(*self, other, $crate::rules::operations::$op);
            }
        }

        impl<$($g)*> ::std::ops::$assign<&$type> for $type {
            #[inline(always)]
            #[track_caller]
            fn $assign_method(&mut self, other: &Self) {
                *self = $crate::number::calls::binary(*self, *other, $crate::rules::operations::$op);
            }
        }
    };
}
pub(crate) use implement_operator;
