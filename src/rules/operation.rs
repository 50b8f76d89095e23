//! What the table of functions means: an enum for each arity, and for each function a type of its own, whose rule the compiler
//! knows where an operator or a method applies it.

use super::Partial;
use super::formulas::*;
use crate::functions::{binary_functions, ternary_functions, unary_functions};
use crate::scalar::Scalar;
use Partial::{By, MinusOne, One, Zero};

/// An operation on one number.
pub(crate) trait UnaryOperation: Copy {
    /// Which one.
    fn kind(self) -> Unary;
    /// The scalar's own function.
    fn value<T: Scalar>(self, x: T) -> T;
    /// The derivative at `x`, where the value is `y`.
    fn partial<T: Scalar>(self, x: T, y: T) -> Partial<T>;

    /// The value and the derivative at `x`.
    #[inline(always)]
    fn rule<T: Scalar>(self, x: T) -> (T, Partial<T>) {
        let y = self.value(x);
        (y, self.partial(x, y))
    }
}

/// An operation on two numbers.
pub(crate) trait BinaryOperation: Copy {
    /// Whether it is a sum, a difference or a product, which are most of what a program does.
    const IS_POLYNOMIAL: bool;
    /// Which one.
    fn kind(self) -> Binary;
    /// The scalar's own function.
    fn value<T: Scalar>(self, x: T, y: T) -> T;
    /// The partial derivatives in `x` and in `y`, where the value is `z`, as far as they are `wanted`: one that nobody asks for
    /// need not be computed, and may be anything.
    fn partials<T: Scalar>(self, x: T, y: T, z: T, wanted: [bool; 2]) -> (Partial<T>, Partial<T>);

    /// The value and the [partial derivatives](Self::partials).
    #[inline(always)]
    fn rule<T: Scalar>(self, x: T, y: T, wanted: [bool; 2]) -> (T, Partial<T>, Partial<T>) {
        let z = self.value(x, y);
        let (in_x, in_y) = self.partials(x, y, z, wanted);
        (z, in_x, in_y)
    }
}

/// An operation on three numbers.
pub(crate) trait TernaryOperation: Copy {
    /// Which one.
    fn kind(self) -> Ternary;
    /// The scalar's own function.
    fn value<T: Scalar>(self, x: T, y: T, z: T) -> T;
    /// The value and the partial derivatives in `x`, `y` and `z`.
    fn rule<T: Scalar>(self, x: T, y: T, z: T) -> (T, [Partial<T>; 3]);
}

/// The enum of one arity, with what the table says beside the mathematics.
macro_rules! define_kinds {
    (
        $(#[$meta:meta])*
        $enum:ident, sample: $sample:ty, textbook: $textbook:ty;
        $($(#[$doc:meta])*
        $variant:ident $(($n:ident: $payload:ty = $typical:expr))? = $name:ident at $point:expr,
            textbook $partials:expr, written $($written:literal)?, special $special:literal;)*
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[non_exhaustive]
        pub enum $enum { $($(#[$doc])* $variant $(($payload))?,)* }

        impl $enum {
            /// Every operation of this arity, one with a parameter at a typical value of it.
            pub const ALL: &'static [Self] = &[$(Self::$variant $(({ const TYPICAL: $payload = $typical; TYPICAL }))?,)*];

            /// The name of the operation, as the method that applies it is called.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant { .. } => stringify!($name),)* }
            }

            /// The position in [`Self::ALL`], whatever the parameter is.
            #[must_use]
            pub const fn index(self) -> usize {
                #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "a list of the variants' names")]
                enum Position { $($variant,)* }
                match self { $(Self::$variant { .. } => Position::$variant as usize,)* }
            }

            /// A point at which the operation is smooth and all its partials are neither zero nor infinite,
            /// unless they are so everywhere.
            #[must_use]
            pub const fn sample(self) -> $sample {
                match self { $(Self::$variant { .. } => $point,)* }
            }

            /// The partial derivatives as a textbook writes them, in x, y and z; the rules compute the same numbers by
            /// formulas that neither cancel nor overflow. Empty where a partial is a plain number on each branch.
            #[must_use]
            pub const fn textbook(self) -> $textbook {
                match self { $(Self::$variant { .. } => $partials,)* }
            }

            /// How it is written in x, y and z; empty where that is its name before its arguments.
            #[must_use]
            pub const fn written(self) -> &'static str {
                match self { $(Self::$variant { .. } => concat!("" $(, $written)?),)* }
            }

            /// Whether it is a method of [`Scalar`] that floats by themselves do not have.
            #[must_use]
            pub const fn is_special(self) -> bool {
                match self { $(Self::$variant { .. } => $special,)* }
            }
        }
    };
}

macro_rules! define_unary {
    (
        [] $x:ident $y:ident;
        operators { $($(#[$doc0:meta])* $name0:ident = $variant0:ident at $point0:expr, textbook $textbook0:literal,
            written $written0:literal, value $value0:expr, partial $partial0:expr;)* }
        float { $($(#[$doc:meta])* $name:ident = $variant:ident $(($n:ident: $payload:ty = $typical:expr))? at $point:expr,
            textbook $textbook:literal, $(written $written:literal,)? value $value:expr, partial $partial:expr;)* }
        special { $($(#[$doc1:meta])* $name1:ident = $variant1:ident at $point1:expr, textbook $textbook1:literal,
            value $value1:tt, partial $partial1:expr;)* }
    ) => {
        define_kinds! {
            /// A function of one argument.
            Unary, sample: f64, textbook: &'static str;
            $($(#[$doc0])* $variant0 = $name0 at $point0, textbook $textbook0, written $written0, special false;)*
            $($(#[$doc])* $variant $(($n: $payload = $typical))? = $name at $point,
                textbook $textbook, written $($written)?, special false;)*
            $($(#[$doc1])* $variant1 = $name1 at $point1, textbook $textbook1, written, special true;)*
        }
        define_unary! { @types $x $y;
            $($variant0, $value0, $partial0;)*
            $($variant $(($n: $payload))?, $value, $partial;)*
            $($variant1, $x.$name1(), $partial1;)*
        }
    };
    (@types $x:ident $y:ident; $($variant:ident $(($n:ident: $payload:ty))?, $value:expr, $partial:expr;)*) => {
        /// Every function as a type.
        pub(crate) mod operations {
            $(
                #[derive(Clone, Copy)]
                pub(crate) struct $variant $((pub(crate) $payload))?;
            )*
            pub(crate) use super::binary::*;
            pub(crate) use super::ternary::*;
        }
        $(
            impl UnaryOperation for operations::$variant {
                #[inline(always)]
                fn kind(self) -> Unary {
                    let Self $(($n))? = self;
                    Unary::$variant $(($n))?
                }

                #[inline(always)]
                fn value<T: Scalar>(self, $x: T) -> T {
                    let Self $(($n))? = self;
                    $value
                }

                #[allow(unused_variables, reason = "what a derivative needs is its own affair")]
                #[inline(always)]
                fn partial<T: Scalar>(self, $x: T, $y: T) -> Partial<T> {
                    let Self $(($n))? = self;
                    $partial
                }
            }
        )*

        impl UnaryOperation for Unary {
            #[inline(always)]
            fn kind(self) -> Unary {
                self
            }

            #[inline]
            fn value<T: Scalar>(self, x: T) -> T {
                match self { $(Self::$variant $(($n))? => operations::$variant $(($n))?.value(x),)* }
            }

            #[inline]
            fn partial<T: Scalar>(self, x: T, y: T) -> Partial<T> {
                match self { $(Self::$variant $(($n))? => operations::$variant $(($n))?.partial(x, y),)* }
            }

            #[inline]
            fn rule<T: Scalar>(self, x: T) -> (T, Partial<T>) {
                match self { $(Self::$variant $(($n))? => operations::$variant $(($n))?.rule(x),)* }
            }
        }
    };
}
unary_functions!([define_unary] []);

macro_rules! define_binary {
    (
        [] $x:ident $y:ident $z:ident $wanted:ident;
        operators { $($(#[$doc0:meta])* $name0:ident = $variant0:ident at $point0:expr, textbook $textbook0:expr,
            written $written0:literal, value $value0:expr, partials $partials0:expr;)* }
        float { $($(#[$doc:meta])* $name:ident = $variant:ident at $point:expr, textbook $textbook:expr,
            $(written $written:literal,)? value $value:expr, partials $partials:expr;)* }
        special { $($(#[$doc1:meta])* $name1:ident = $variant1:ident at $point1:expr, textbook $textbook1:expr,
            value $value1:tt, partials $partials1:expr;)* }
    ) => {
        define_kinds! {
            /// A function of two arguments.
            Binary, sample: (f64, f64), textbook: [&'static str; 2];
            $($(#[$doc0])* $variant0 = $name0 at $point0, textbook $textbook0, written $written0, special false;)*
            $($(#[$doc])* $variant = $name at $point, textbook $textbook, written $($written)?, special false;)*
            $($(#[$doc1])* $variant1 = $name1 at $point1, textbook $textbook1, written, special true;)*
        }
        define_binary! { @types $x $y $z $wanted;
            $($variant0, $value0, $partials0;)*
            $($variant, $value, $partials;)*
            $($variant1, $x.$name1($y), $partials1;)*
        }
    };
    (@types $x:ident $y:ident $z:ident $wanted:ident; $($variant:ident, $value:expr, $partials:expr;)*) => {
        mod binary {
            $(
                #[derive(Clone, Copy)]
                pub(crate) struct $variant;
            )*
        }
        $(
            impl BinaryOperation for binary::$variant {
                const IS_POLYNOMIAL: bool = matches!(Binary::$variant, Binary::Add | Binary::Sub | Binary::Mul);

                #[inline(always)]
                fn kind(self) -> Binary {
                    Binary::$variant
                }

                #[inline(always)]
                fn value<T: Scalar>(self, $x: T, $y: T) -> T {
                    $value
                }

                #[allow(unused_variables, reason = "what a derivative needs is its own affair")]
                #[inline(always)]
                fn partials<T: Scalar>(self, $x: T, $y: T, $z: T, $wanted: [bool; 2]) -> (Partial<T>, Partial<T>) {
                    $partials
                }
            }
        )*

        impl BinaryOperation for Binary {
            const IS_POLYNOMIAL: bool = false;

            #[inline(always)]
            fn kind(self) -> Binary {
                self
            }

            #[inline]
            fn value<T: Scalar>(self, x: T, y: T) -> T {
                match self { $(Self::$variant => binary::$variant.value(x, y),)* }
            }

            #[inline]
            fn partials<T: Scalar>(self, x: T, y: T, z: T, wanted: [bool; 2]) -> (Partial<T>, Partial<T>) {
                match self { $(Self::$variant => binary::$variant.partials(x, y, z, wanted),)* }
            }

            #[inline]
            fn rule<T: Scalar>(self, x: T, y: T, wanted: [bool; 2]) -> (T, Partial<T>, Partial<T>) {
                match self { $(Self::$variant => binary::$variant.rule(x, y, wanted),)* }
            }
        }
    };
}
binary_functions!([define_binary] []);

macro_rules! define_ternary {
    (
        [] $x:ident $y:ident $z:ident;
        float { $($(#[$doc:meta])* $name:ident = $variant:ident at $point:expr, textbook $textbook:expr,
            written $written:literal, value $value:expr, partials $partials:expr;)* }
    ) => {
        define_kinds! {
            /// A function of three arguments.
            Ternary, sample: (f64, f64, f64), textbook: [&'static str; 3];
            $($(#[$doc])* $variant = $name at $point, textbook $textbook, written $written, special false;)*
        }
        mod ternary {
            $(
                #[derive(Clone, Copy)]
                pub(crate) struct $variant;
            )*
        }
        $(
            impl TernaryOperation for ternary::$variant {
                #[inline(always)]
                fn kind(self) -> Ternary {
                    Ternary::$variant
                }

                #[inline(always)]
                fn value<T: Scalar>(self, $x: T, $y: T, $z: T) -> T {
                    $value
                }

                #[inline(always)]
                fn rule<T: Scalar>(self, $x: T, $y: T, $z: T) -> (T, [Partial<T>; 3]) {
                    (self.value($x, $y, $z), $partials)
                }
            }
        )*

        impl TernaryOperation for Ternary {
            #[inline(always)]
            fn kind(self) -> Ternary {
                self
            }

            #[inline]
            fn value<T: Scalar>(self, x: T, y: T, z: T) -> T {
                match self { $(Self::$variant => ternary::$variant.value(x, y, z),)* }
            }

            #[inline]
            fn rule<T: Scalar>(self, x: T, y: T, z: T) -> (T, [Partial<T>; 3]) {
                match self { $(Self::$variant => ternary::$variant.rule(x, y, z),)* }
            }
        }
    };
}
ternary_functions!([define_ternary] []);

impl Unary {
    /// The scalar's own function.
    pub fn value<T: Scalar>(self, x: T) -> T {
        UnaryOperation::value(self, x)
    }

    /// The value and the derivative at `x`.
    pub fn rule<T: Scalar>(self, x: T) -> (T, Partial<T>) {
        UnaryOperation::rule(self, x)
    }
}

impl Binary {
    /// The scalar's own function.
    pub fn value<T: Scalar>(self, x: T, y: T) -> T {
        BinaryOperation::value(self, x, y)
    }

    /// The value and the partial derivatives in `x` and in `y`, as far as they are `wanted`: one that nobody asks for need not
    /// be computed, and may be anything.
    pub fn rule<T: Scalar>(self, x: T, y: T, wanted: [bool; 2]) -> (T, Partial<T>, Partial<T>) {
        BinaryOperation::rule(self, x, y, wanted)
    }
}

impl Ternary {
    /// The scalar's own function.
    pub fn value<T: Scalar>(self, x: T, y: T, z: T) -> T {
        TernaryOperation::value(self, x, y, z)
    }

    /// The value and the partial derivatives in `x`, `y` and `z`.
    pub fn rule<T: Scalar>(self, x: T, y: T, z: T) -> (T, [Partial<T>; 3]) {
        TernaryOperation::rule(self, x, y, z)
    }
}
