//! Conversions from plain numbers and to them, for every number type at once.

/// Implements the conversions for one number type.
macro_rules! implement_conversions {
    ([$($g:tt)*] $type:ty, inner $t:ident) => {
        // What `f64` is made of without loss. A literal is an `f64` or an `i32`, as nothing else is said of it.
        $crate::number::conversions::implement_conversions!(@from f64, [$($g)*] $type);
        $crate::number::conversions::implement_conversions!(@from f32, [$($g)*] $type);
        $crate::number::conversions::implement_conversions!(@from i8, [$($g)*] $type);
        $crate::number::conversions::implement_conversions!(@from i16, [$($g)*] $type);
        $crate::number::conversions::implement_conversions!(@from i32, [$($g)*] $type);
        $crate::number::conversions::implement_conversions!(@from u8, [$($g)*] $type);
        $crate::number::conversions::implement_conversions!(@from u16, [$($g)*] $type);
        $crate::number::conversions::implement_conversions!(@from u32, [$($g)*] $type);
        $crate::number::conversions::implement_conversions!(@from bool, [$($g)*] $type);

        /// The number it is made of, as a constant; of a plain float `From<f64>` makes one.
        impl<$($g)*> From<$t> for $type
        where
            $t: $crate::number::mixing::Nested,
        {
            #[inline(always)]
            fn from(value: $t) -> Self {
                <Self as $crate::number::Number>::lift(value)
            }
        }

        impl<$($g)*> ::num_traits::AsPrimitive<$type> for $type {
            #[inline(always)]
            fn as_(self) -> Self {
                self
            }
        }

        $crate::number::conversions::implement_conversions!(@float f32, from_f32, [$($g)*] $type);
        $crate::number::conversions::implement_conversions!(@float f64, from_f64, [$($g)*] $type);
        $crate::number::conversions::implement_conversions!(@integer i8, from_i8, to_i8, [$($g)*] $type);
        $crate::number::conversions::implement_conversions!(@integer i16, from_i16, to_i16, [$($g)*] $type);
        $crate::number::conversions::implement_conversions!(@integer i32, from_i32, to_i32, [$($g)*] $type);
        $crate::number::conversions::implement_conversions!(@integer i64, from_i64, to_i64, [$($g)*] $type);
        $crate::number::conversions::implement_conversions!(@integer i128, from_i128, to_i128, [$($g)*] $type);
        $crate::number::conversions::implement_conversions!(@integer isize, from_isize, to_isize, [$($g)*] $type);
        $crate::number::conversions::implement_conversions!(@integer u8, from_u8, to_u8, [$($g)*] $type);
        $crate::number::conversions::implement_conversions!(@integer u16, from_u16, to_u16, [$($g)*] $type);
        $crate::number::conversions::implement_conversions!(@integer u32, from_u32, to_u32, [$($g)*] $type);
        $crate::number::conversions::implement_conversions!(@integer u64, from_u64, to_u64, [$($g)*] $type);
        $crate::number::conversions::implement_conversions!(@integer u128, from_u128, to_u128, [$($g)*] $type);
        $crate::number::conversions::implement_conversions!(@integer usize, from_usize, to_usize, [$($g)*] $type);
    };
    (@from $plain:ident, [$($g:tt)*] $type:ty) => {
        impl<$($g)*> From<$plain> for $type {
            /// A constant.
            #[inline(always)]
            fn from(value: $plain) -> Self {
                <Self as $crate::number::Scalar>::constant(f64::from(value))
            }
        }
    };
    (@into $plain:ident, $from:ident, [$($g:tt)*] $type:ty) => {
        impl<$($g)*> ::num_traits::AsPrimitive<$type> for $plain {
            #[inline]
            fn as_(self) -> $type {
                <$type as ::num_traits::FromPrimitive>::$from(self).expect("a float of every number")
            }
        }
    };
    (@float $float:ident, $from:ident, [$($g:tt)*] $type:ty) => {
        $crate::number::conversions::implement_conversions!(@into $float, $from, [$($g)*] $type);

        impl<$($g)*> ::num_traits::AsPrimitive<$float> for $type {
            #[inline]
            fn as_(self) -> $float {
                $crate::number::Scalar::primal(&self) as $float
            }
        }
    };
    (@integer $int:ident, $from:ident, $to:ident, [$($g:tt)*] $type:ty) => {
        $crate::number::conversions::implement_conversions!(@into $int, $from, [$($g)*] $type);

        /// As `as` converts: to the nearest one that there is, and 0 for NaN.
        impl<$($g)*> ::num_traits::AsPrimitive<$int> for $type {
            #[inline]
            fn as_(self) -> $int {
                match ::num_traits::ToPrimitive::$to(&self) {
                    Some(whole) => whole,
                    None if self.is_nan() => 0,
                    None if self.is_sign_negative() => $int::MIN,
                    None => $int::MAX,
                }
            }
        }
    };
}
pub(crate) use implement_conversions;
