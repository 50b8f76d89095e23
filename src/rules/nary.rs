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
        $($(#[$doc:meta])* $name:ident($($list:ident: $of:ident),+) = $variant:ident, textbook $textbook:literal,
            written $written:literal, value $value:expr, $form:ident $partial:expr;)*
    ) => {
        /// A function of any number of arguments: lists of numbers, which are handed over one after the other, and perhaps one of
        /// constants.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Nary { $($(#[$doc])* $variant,)* }

        impl Nary {
            /// Every operation of this arity.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The derivatives in the numbers, in their order.
            ///
            /// # Panics
            ///
            /// As [`Nary::value`].
            #[must_use]
            #[track_caller]
            pub fn partials<T: Scalar>(self, constants: &[f64], numbers: &[T]) -> Vec<Partial<T>> {
                self.check(constants.len(), numbers.len());
                let of_terms = |partial: fn(T, T) -> Partial<T>| {
                    let beside = |i: usize| Self::beside(constants, numbers, i, T::constant);
                    numbers.iter().enumerate().map(|(i, &x)| partial(x, beside(i))).collect()
                };
                let $xs = numbers;
                match self { $(Self::$variant => define_nary!(@partials $form $variant of_terms $partial),)* }
            }

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

        $(define_nary! { @sum $form $(#[$doc])* $variant $x $y $partial })*
    };
    (@sum partial $(#[$doc:meta])* $variant:ident $x:ident $y:ident $partial:expr) => {
        $(#[$doc])*
        pub(crate) struct $variant;

        impl $variant {
            /// The derivative in x, beside which y stands.
            #[allow(unused_variables, reason = "a bare term has nothing beside it")]
            #[inline(always)]
            pub(crate) fn partial<T: Scalar>($x: T, $y: T) -> Partial<T> {
                $partial
            }
        }
    };
    (@sum partials $($ignored:tt)*) => {};
    (@partials partial $variant:ident $of_terms:ident $partial:expr) => { $of_terms($variant::partial) };
    (@partials partials $variant:ident $of_terms:ident $partials:expr) => { $partials };
    (@is_of_constants T) => { 0 };
    (@is_of_constants f64) => { 1 };
    (@list T $numbers:ident $constants:ident) => { $numbers.next().unwrap_or_default() };
    (@list f64 $numbers:ident $constants:ident) => { $constants };
}
nary_functions!([define_nary] []);

impl Nary {
    /// The value, as the scalar's own function has it.
    ///
    /// # Panics
    ///
    /// If the numbers are not those of lists of one length, or there is not a constant for each where [there are
    /// constants](Nary::has_constants) and none where there are not.
    #[track_caller]
    pub fn value<T: Scalar>(self, constants: &[f64], numbers: &[T]) -> T {
        self.check(constants.len(), numbers.len());
        T::nary(self.terms(constants, numbers))
    }

    #[track_caller]
    fn check(self, constants: usize, numbers: usize) {
        let (name, lists) = (self.name(), self.lists());
        assert!(
            numbers.is_multiple_of(lists),
            "{name}: expected {lists} lists of one length, found {numbers} numbers together"
        );
        let expected = if self.has_constants() { numbers } else { 0 };
        assert!(constants == expected, "{name}: expected {expected} constants, found {constants}");
    }

    /// What stands beside a number: its constant, or the number in the other list.
    pub(crate) fn beside<N: Clone>(constants: &[f64], numbers: &[N], i: usize, constant: impl Fn(f64) -> N) -> N {
        let n = numbers.len();
        constants.get(i).map_or_else(|| numbers[(i + n / 2) % n].clone(), |&c| constant(c))
    }
}
