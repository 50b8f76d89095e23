//! Numbers beside the arrays of `ndarray`, for every number type at once.

/// Implements the operators of a number with an array for one number type, the number on either side.
macro_rules! implement_arrays {
    ([$($g:tt)*] $type:ty) => {
        // The number on the right: `ndarray` implements the operators.
        impl<$($g)*> ::ndarray::ScalarOperand for $type {}

        $crate::number::arrays::implement_arrays!(@left [$($g)*] $type, Add add);
        $crate::number::arrays::implement_arrays!(@left [$($g)*] $type, Sub sub);
        $crate::number::arrays::implement_arrays!(@left [$($g)*] $type, Mul mul);
        $crate::number::arrays::implement_arrays!(@left [$($g)*] $type, Div div);
        $crate::number::arrays::implement_arrays!(@left [$($g)*] $type, Rem rem);
    };
    (@left [$($g:tt)*] $type:ty, $Trait:ident $method:ident) => {
        impl<$($g)*, S, D> ::std::ops::$Trait<::ndarray::ArrayBase<S, D>> for $type
        where
            S: ::ndarray::DataOwned<Elem = $type> + ::ndarray::DataMut,
            D: ::ndarray::Dimension,
        {
            type Output = ::ndarray::ArrayBase<S, D>;

            fn $method(self, mut array: ::ndarray::ArrayBase<S, D>) -> Self::Output {
                array.map_inplace(|entry| *entry = ::std::ops::$Trait::$method(self, *entry));
                array
            }
        }

        impl<$($g)*, S, D> ::std::ops::$Trait<&::ndarray::ArrayBase<S, D>> for $type
        where
            S: ::ndarray::Data<Elem = $type>,
            D: ::ndarray::Dimension,
        {
            type Output = ::ndarray::Array<$type, D>;

            fn $method(self, array: &::ndarray::ArrayBase<S, D>) -> Self::Output {
                array.map(|&entry| ::std::ops::$Trait::$method(self, entry))
            }
        }

        impl<$($g)*, D> ::std::ops::$Trait<&::ndarray::ArrayRef<$type, D>> for $type
        where
            D: ::ndarray::Dimension,
        {
            type Output = ::ndarray::Array<$type, D>;

            fn $method(self, array: &::ndarray::ArrayRef<$type, D>) -> Self::Output {
                array.map(|&entry| ::std::ops::$Trait::$method(self, entry))
            }
        }
    };
}
pub(crate) use implement_arrays;
