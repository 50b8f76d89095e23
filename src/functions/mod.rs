//! THE table: every elementary function of the crate in one entry, with its name, documentation, sample point, textbook
//! derivative, written form, value and partial derivatives; and every function of lists, such as sums, in one without a sample point.
//!
//! ```text
//! /// Hyperbolic tangent. Derivative 1/cosh² x, with full precision for every x.
//! tanh = Tanh at 0.7, textbook "1 - tanh²(x)",
//!     value x.tanh(), partial By(sech_squared(x, y));
//! ```
//!
//! * The documentation is that of the method `tanh`, which every number type has (that of `mul_add` stands at the method, whose
//!   arguments have other names).
//! * `Tanh` is the variant of [`Unary`](crate::rules::Unary) in recordings, counts and programs, and the type
//!   `rules::operations::Tanh` where an operator or a method applies it: its rule is then chosen by the compiler.
//! * `at` is a point at which the function is smooth and all its partials are neither zero nor infinite, unless they are so
//!   everywhere: the tests go there.
//! * `textbook` is what a graph prints, in x, y and z; empty where a partial is a plain number on each branch. What the rules
//!   compute is the same number, by a formula that neither cancels nor overflows.
//! * `written` is how the function is written where it is not `tanh(x)`.
//! * `value` is the scalar's own function. Of a `special` one, which `num_traits::Float` lacks, it is what `f32` and `f64`
//!   compute, and [`Scalar`](crate::Scalar) gets the method.
//! * `partial` is the derivative at x, where the value is y: a [`Partial`](crate::rules::Partial), by a formula of
//!   `rules/formulas.rs` where it takes more than a line.
//!
//! `scalar/` makes the trait's methods of it, `rules/` the operations, `number/functions.rs` the methods of the number types.

mod binary;
mod nary;
mod ternary;
mod unary;

pub(crate) use binary::binary_functions;
pub(crate) use nary::nary_functions;
pub(crate) use ternary::ternary_functions;
pub(crate) use unary::unary_functions;
