//! Operators and comparisons of a number with a plain one, for every number type at once.

/// The number types. Each mixes with the number it is made of, and where that is a number type too, with the float beneath
/// all levels as well.
pub trait Nested {}

/// Implements the operators with plain numbers for one number type.
macro_rules! implement_mixing {
    ([$($g:tt)*] $type:ty, inner $t:ident) => {
        $crate::number::mixing::implement_mixing!(@right $t, [$($g)*] $type, [],
            $crate::number::calls::binary_with, [$crate::rules::operations], $crate::number::Number::lift, $t);
        // Of a literal one float type must be possible, or `(x * 2.0).sin()` would not know its type.
        $crate::number::mixing::implement_mixing!(@right f64, [$($g)*] $type,
            [$t: $crate::number::mixing::Nested + $crate::number::Scalar<Base = f64>],
            $crate::number::Scalar::with_plain, [$crate::scalar::Operator], $crate::number::Scalar::constant, f64);
        $crate::number::mixing::implement_mixing!(@right f32, [$($g)*] $type,
            [$t: $crate::number::mixing::Nested + $crate::number::Scalar<Base = f32>],
            $crate::number::Scalar::with_plain, [$crate::scalar::Operator], $crate::number::Scalar::constant, f64);
        $crate::number::mixing::implement_mixing!(@left f64, [$($g)*] $type,
            [$t: $crate::number::Scalar<Base = f64>]);
        $crate::number::mixing::implement_mixing!(@left f32, [$($g)*] $type,
            [$t: $crate::number::Scalar<Base = f32>]);
    };
    ([$($g:tt)*] $type:ty, every f64) => {
        $crate::number::mixing::implement_mixing!(@right f64, [$($g)*] $type, [],
            $crate::number::Scalar::with_plain, [$crate::scalar::Operator], $crate::number::Scalar::constant, f64);
        $crate::number::mixing::implement_mixing!(@left f64, [$($g)*] $type, []);
    };
    (@right $plain:ty, [$($g:tt)*] $type:ty, [$($bound:tt)*], $apply:path, [$($ops:tt)*], $lift:path, $to:ty) => {
        $crate::number::mixing::implement_mixing!(@operators $plain, [$($g)*] $type, [$($bound)*], $apply, [$($ops)*], $to,
            Add add AddAssign add_assign);
        $crate::number::mixing::implement_mixing!(@operators $plain, [$($g)*] $type, [$($bound)*], $apply, [$($ops)*], $to,
            Sub sub SubAssign sub_assign);
        $crate::number::mixing::implement_mixing!(@operators $plain, [$($g)*] $type, [$($bound)*], $apply, [$($ops)*], $to,
            Mul mul MulAssign mul_assign);
        $crate::number::mixing::implement_mixing!(@operators $plain, [$($g)*] $type, [$($bound)*], $apply, [$($ops)*], $to,
            Div div DivAssign div_assign);
        $crate::number::mixing::implement_mixing!(@operators $plain, [$($g)*] $type, [$($bound)*], $apply, [$($ops)*], $to,
            Rem rem RemAssign rem_assign);

        $crate::number::mixing::implement_mixing!(@comparisons $type, [$($g)*] $plain, $type, [$($bound)*],
            self, other, *self, $lift(<$to as From<$plain>>::from(*other)));

        impl<$($g)*> ::num_traits::Pow<$plain> for $type
        where
            $($bound)*
        {
            type Output = Self;
            #[inline(always)]
            fn pow(self, y: $plain) -> Self {
                $apply(self, <$to as From<$plain>>::from(y), $($ops)*::Powf)
            }
        }

        $crate::number::num_traits_impls::implement_num_traits!(@pow_by_reference $plain, [$($g)*] $type, [$($bound)*]);
    };
    (@comparisons $left:ty, [$($g:tt)*] $right:ty, $type:ty, [$($bound:tt)*],
        $self:ident, $other:ident, $a:expr, $b:expr
    ) => {
        impl<$($g)*> PartialEq<$right> for $left
        where
            $($bound)*
        {
            #[inline(always)]
            fn eq(&$self, $other: &$right) -> bool {
                <$type as PartialEq<$type>>::eq(&$a, &$b)
            }
        }

        impl<$($g)*> PartialOrd<$right> for $left
        where
            $($bound)*
        {
            #[inline(always)]
            fn partial_cmp(&$self, $other: &$right) -> Option<::std::cmp::Ordering> {
                <$type as PartialOrd<$type>>::partial_cmp(&$a, &$b)
            }
            #[inline(always)]
            fn lt(&$self, $other: &$right) -> bool {
                <$type as PartialOrd<$type>>::lt(&$a, &$b)
            }
            #[inline(always)]
            fn le(&$self, $other: &$right) -> bool {
                <$type as PartialOrd<$type>>::le(&$a, &$b)
            }
            #[inline(always)]
            fn gt(&$self, $other: &$right) -> bool {
                <$type as PartialOrd<$type>>::gt(&$a, &$b)
            }
            #[inline(always)]
            fn ge(&$self, $other: &$right) -> bool {
                <$type as PartialOrd<$type>>::ge(&$a, &$b)
            }
        }
    };
    (@operators $plain:ty, [$($g:tt)*] $type:ty, [$($bound:tt)*], $apply:path, [$($ops:tt)*], $to:ty,
        $trait:ident $method:ident $assign:ident $assign_method:ident
    ) => {
        impl<$($g)*> ::std::ops::$trait<$plain> for $type
        where
            $($bound)*
        {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: $plain) -> Self {
                $apply(self, <$to as From<$plain>>::from(other), $($ops)*::$trait)
            }
        }

        impl<$($g)*> ::std::ops::$trait<&$plain> for $type
        where
            $($bound)*
        {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: &$plain) -> Self {
                ::std::ops::$trait::$method(self, *other)
            }
        }

        impl<$($g)*> ::std::ops::$trait<$plain> for &$type
        where
            $($bound)*
        {
            type Output = $type;
            #[inline(always)]
            fn $method(self, other: $plain) -> $type {
                ::std::ops::$trait::$method(*self, other)
            }
        }

        impl<$($g)*> ::std::ops::$trait<&$plain> for &$type
        where
            $($bound)*
        {
            type Output = $type;
            #[inline(always)]
            fn $method(self, other: &$plain) -> $type {
                ::std::ops::$trait::$method(*self, *other)
            }
        }

        impl<$($g)*> ::std::ops::$assign<$plain> for $type
        where
            $($bound)*
        {
            #[inline(always)]
            fn $assign_method(&mut self, other: $plain) {
                *self = ::std::ops::$trait::$method(*self, other);
            }
        }

        impl<$($g)*> ::std::ops::$assign<&$plain> for $type
        where
            $($bound)*
        {
            #[inline(always)]
            fn $assign_method(&mut self, other: &$plain) {
                *self = ::std::ops::$trait::$method(*self, *other);
            }
        }
    };
    (@left $plain:ty, [$($g:tt)*] $type:ty, [$($bound:tt)*]) => {
        $crate::number::mixing::implement_mixing!(@comparisons $plain, [$($g)*] $type, $type, [$($bound)*],
            self, other, $crate::number::Scalar::constant(f64::from(*self)), *other);
        $crate::number::mixing::implement_mixing!(@left_operator $plain, [$($g)*] $type, [$($bound)*], Add add);
        $crate::number::mixing::implement_mixing!(@left_operator $plain, [$($g)*] $type, [$($bound)*], Sub sub);
        $crate::number::mixing::implement_mixing!(@left_operator $plain, [$($g)*] $type, [$($bound)*], Mul mul);
        $crate::number::mixing::implement_mixing!(@left_operator $plain, [$($g)*] $type, [$($bound)*], Div div);
        $crate::number::mixing::implement_mixing!(@left_operator $plain, [$($g)*] $type, [$($bound)*], Rem rem);
    };
    (@left_operator $plain:ty, [$($g:tt)*] $type:ty, [$($bound:tt)*], $trait:ident $method:ident) => {
        impl<$($g)*> ::std::ops::$trait<$type> for $plain
        where
            $($bound)*
        {
            type Output = $type;
            #[inline(always)]
            fn $method(self, other: $type) -> $type {
                $crate::number::Scalar::of_plain(f64::from(self), other, $crate::scalar::Operator::$trait)
            }
        }

        impl<$($g)*> ::std::ops::$trait<&$type> for $plain
        where
            $($bound)*
        {
            type Output = $type;
            #[inline(always)]
            fn $method(self, other: &$type) -> $type {
                ::std::ops::$trait::$method(self, *other)
            }
        }

        impl<$($g)*> ::std::ops::$trait<$type> for &$plain
        where
            $($bound)*
        {
            type Output = $type;
            #[inline(always)]
            fn $method(self, other: $type) -> $type {
                ::std::ops::$trait::$method(*self, other)
            }
        }

        impl<$($g)*> ::std::ops::$trait<&$type> for &$plain
        where
            $($bound)*
        {
            type Output = $type;
            #[inline(always)]
            fn $method(self, other: &$type) -> $type {
                ::std::ops::$trait::$method(*self, *other)
            }
        }
    };
}
pub(crate) use implement_mixing;
