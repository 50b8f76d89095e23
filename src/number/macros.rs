//! The one macro that turns a `Number` into a full number type, and how many directions forward numbers carry.

/// Invoked at the foot of each number type's file:
/// `implement_number!([T: Scalar] Dual<T>, inner T)`.
///
/// What the type mixes with may be said after it; if it is not, that is the inner number and the float beneath all levels.
macro_rules! implement_number {
    ([$($generics:tt)*] $type:ty, inner $inner:ident) => {
        $crate::number::implement_number!([$($generics)*] $type, inner $inner, mixes with inner $inner);
    };
    ([$($generics:tt)*] $type:ty, inner $inner:ident, mixes with $($mixes:tt)*) => {
        $crate::number::arithmetic::implement_operators!([$($generics)*] $type, inner $inner);
        $crate::number::mixing::implement_mixing!([$($generics)*] $type, $($mixes)*);
        $crate::number::conversions::implement_conversions!([$($generics)*] $type, inner $inner);
        $crate::number::functions::implement_functions!([$($generics)*] $type, inner $inner);
        $crate::number::num_traits_impls::implement_num_traits!([$($generics)*] $type, inner $inner);
        $crate::number::approximate::implement_approx!([$($generics)*] $type, inner $inner);
        $crate::number::linear_algebra::implement_linear_algebra!([$($generics)*] $type, inner $inner);
        impl<$($generics)*> $crate::number::mixing::Nested for $type {}
        #[cfg(feature = "ndarray")]
        $crate::number::arrays::implement_arrays!([$($generics)*] $type);
    };
}
pub(crate) use implement_number;

/// Hands over how many directions an evaluation of a model may carry: `widths!([path::to::macro] arguments)`.
macro_rules! widths {
    ([$($callback:tt)*] $($arguments:tt)*) => { $($callback)*! { [4 10 12] $($arguments)* } };
}
pub(crate) use widths;
