//! What the table says of functions of any number of arguments: an enum, and for each sum a type whose derivative the compiler
//! knows.

use super::Partial;
use super::formulas::softmax;
use crate::functions::nary_functions;
use crate::scalar::{Scalar, Terms};
use Partial::{By, One};

macro_rules! define_nary {
    (
        [] $x:ident $y:ident $xs:ident;
        sums { $($(#[$doc0:meta])* $name0:ident($($list0:ident: $of0:ident),+) = $variant0:ident, textbook $textbook0:literal,
            written $written0:literal, value $value0:expr, partial $partial0:expr;)* }
        others { $($(#[$doc1:meta])* $name1:ident($($list1:ident: $of1:ident),+) = $variant1:ident, textbook $textbook1:literal,
            value $value1:expr, partials $partials1:expr;)* }
    ) => {
        define_nary! { @kinds
            $($(#[$doc0])* $name0($($list0: $of0),+) = $variant0, $textbook0, $written0;)*
            $($(#[$doc1])* $name1($($list1: $of1),+) = $variant1, $textbook1, "";)*
        }
        /// Each sum as a type.
        pub(crate) mod sums {
            $(pub(crate) struct $variant0;)*
        }
        $(
            impl sums::$variant0 {
                /// The derivative of the sum in x, beside which y stands.
                #[allow(unused_variables, reason = "a bare term has nothing beside it")]
                #[inline(always)]
                pub(crate) fn partial<T: Scalar>($x: T, $y: T) -> Partial<T> {
                    $partial0
                }
            }
        )*

        impl Nary {
            /// The derivatives in the numbers, in their order.
            #[must_use]
            pub fn partials<T: Scalar>(self, constants: &[f64], numbers: &[T]) -> Vec<Partial<T>> {
                let of_terms = |partial: fn(T, T) -> Partial<T>| {
                    numbers.iter().enumerate().map(|(i, &x)| partial(x, Self::beside(constants, numbers, i, T::constant))).collect()
                };
                let $xs = numbers;
                match self {
                    $(Self::$variant0 => of_terms(sums::$variant0::partial),)*
                    $(Self::$variant1 => $partials1,)*
                }
            }
        }
    };
    (@kinds $($(#[$doc:meta])* $name:ident($($list:ident: $of:ident),+) = $variant:ident, $textbook:literal, $written:literal;)*) => {
        /// A function of any number of arguments: lists of numbers, which are handed over one after the other, and perhaps one of
        /// constants.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Nary { $($(#[$doc])* $variant,)* }

        impl Nary {
            /// Every operation of this arity.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name of the operation, as the method that applies it is called.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($name),)* }
            }

            /// The derivative in a number x as a textbook writes it, where y is what stands beside it, in the other list, and z
            /// the value.
            #[must_use]
            pub const fn textbook(self) -> &'static str {
                match self { $(Self::$variant => $textbook,)* }
            }

            /// How a term of a sum is written, in x and what stands beside it, y; empty for what is no sum.
            #[must_use]
            pub const fn written(self) -> &'static str {
                match self { $(Self::$variant => $written,)* }
            }

            /// Which operation these are the arguments of.
            pub(crate) const fn of<T>(terms: &Terms<'_, T>) -> Self {
                match terms { $(Terms::$variant(..) => Self::$variant,)* }
            }

            /// Whether constants stand beside the numbers.
            #[must_use]
            pub const fn has_constants(self) -> bool {
                match self { $(Self::$variant => 0 $(+ define_nary!(@is_of_constants $of))+ > 0,)* }
            }

            /// How many lists of numbers.
            pub(crate) const fn lists(self) -> usize {
                match self { $(Self::$variant => 0 $(+ 1 - define_nary!(@is_of_constants $of))+,)* }
            }

            /// The arguments in their lists.
            fn terms<'a, T>(self, constants: &'a [f64], numbers: &'a [T]) -> Terms<'a, T> {
                let mut numbers = numbers.chunks((numbers.len() / self.lists()).max(1));
                match self { $(Self::$variant => Terms::$variant($(define_nary!(@list $of numbers constants)),+),)* }
            }
        }
    };
    (@is_of_constants T) => { 0 };
    (@is_of_constants f64) => { 1 };
    (@list T $numbers:ident $constants:ident) => { $numbers.next().unwrap_or_default() };
    (@list f64 $numbers:ident $constants:ident) => { $constants };
}
nary_functions!([define_nary] []);

impl Nary {
    /// The value, as the scalar's own function has it.
    #[track_caller]
    pub fn value<T: Scalar>(self, constants: &[f64], numbers: &[T]) -> T {
        T::nary(self.terms(constants, numbers))
    }

    /// What stands beside a number: its constant, or the number in the other list.
    pub(crate) fn beside<N: Clone>(constants: &[f64], numbers: &[N], i: usize, constant: impl Fn(f64) -> N) -> N {
        let n = numbers.len();
        constants.get(i).map_or_else(|| numbers[(i + n / 2) % n].clone(), |&c| constant(c))
    }
}
