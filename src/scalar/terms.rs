//! `Terms`: a function of any number of arguments, with the arguments.

use crate::functions::nary_functions;

/// What belongs to a list of numbers, and what to one of constants.
macro_rules! of_list {
    (T $number:expr, $constant:expr) => {
        $number
    };
    (f64 $number:expr, $constant:expr) => {
        $constant
    };
}

macro_rules! define_terms {
    (
        [] $x:ident $y:ident $xs:ident;
        $($(#[$doc:meta])* $name:ident($($list:ident: $of:ident),+) = $variant:ident, textbook $textbook:literal,
            written $written:literal, value $value:expr, $form:ident $partial:expr;)*
    ) => {
        /// A function of any number of arguments, with the arguments.
        #[doc(hidden)]
        #[derive(Clone, Copy, Debug)]
        pub enum Terms<'a, T> { $($(#[$doc])* $variant($(&'a [$of]),+),)* }

        impl<'a, T: Copy> Terms<'a, T> {
            /// The same function of other numbers.
            #[inline(always)]
            pub(crate) fn map<N>(self, f: impl Fn(&'a [T]) -> &'a [N]) -> Terms<'a, N> {
                match self { $(Self::$variant($($list),+) => Terms::$variant($(of_list!($of f($list), $list)),+),)* }
            }

            /// All its numbers, list by list.
            pub(crate) fn numbers(self) -> Vec<T> {
                match self { $(Self::$variant($($list),+) => [$(of_list!($of $list, { _ = $list; &[] })),+].concat(),)* }
            }

            /// Its constants.
            pub(crate) fn constants(self) -> &'a [f64] {
                let mut constants: &[f64] = &[];
                match self { $(Self::$variant($($list),+) => { $(of_list!($of _ = $list, constants = $list);)+ })* }
                constants
            }
        }
    };
}
nary_functions!([define_terms] []);
