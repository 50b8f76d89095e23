//! Automatic differentiation by operator overloading: write a function once, differentiate it forward and in reverse.
//!
//! ```
//! use dualtape::num_traits::Float;
//! use dualtape::{forward, reverse};
//!
//! fn rosenbrock<T: Float>(x: &[T]) -> T {
//!     let (one, hundred) = (T::one(), T::from(100.0).unwrap());
//!     (one - x[0]).powi(2) + hundred * (x[1] - x[0] * x[0]).powi(2)
//! }
//!
//! let f = forward::gradient(|x| rosenbrock(x), &[1.5, 2.0]);
//! let r = reverse::gradient(|x| rosenbrock(x), &[1.5, 2.0]);
//! assert_eq!(f, (6.5, vec![151.0, -50.0]));
//! assert_eq!(f, r);
//! ```
//!
//! # Numbers
//!
//! | type | is | parts |
//! |---|---|---|
//! | [`Dual<T>`] | forward, one direction | value, tangent |
//! | [`DualVec<T, N>`] | forward, N directions at once | value, N tangents |
//! | [`Taylor<T, K>`] | forward, to order K along a curve | value, K Taylor coefficients |
//! | [`Dual2Vec<T, N>`] | forward, first and second derivatives in N directions | value, gradient, Hessian |
//! | [`Var<T>`] | reverse, a handle on this thread's tape | value, partial, slot |
//! | [`Counted<T>`] | counts the operations of `T` by kind | value |
//! | [`graph::Traced<T>`] | records every operation as a [`graph::Graph`] | value, node |
//! | [`compare::Bound<T>`] | how far rounding can drive the modes apart | value, paths |
//! | [`strict::Strict<T>`] | tells where 0·∞ = 0 decided a derivative | value |
//! | [`Real<T>`] | is `T`, and mixes with literals in a generic function | the number |
//!
//! Each is a number like `f64`: it has the methods, the operators and the traits of `num_traits`, `approx` and
//! `nalgebra`, computes the same values bit for bit, compares by value, and nests in every other for higher derivatives.
//! Plain floats mix with it at every depth, as `0.5 * x`, `x.max(0.0)` and `x > 1.0`. In a closure over a point of bare literals,
//! `(1.0 - x[0]).sin()` asks for their type (E0282): the point is then `&[1.0_f64]`. Matrices mix by `m * Var::from(2.0)` or
//! `m.map(|x| 2.0 * x)`.
//!
//! # Operators
//!
//! Slices go in, the value always comes back too. n inputs, m outputs; cost in evaluations of f.
//!
//! | operator | in | result | cost |
//! |---|---|---|---|
//! | `derivative(f, x)` | [`forward`](forward::derivative), [`reverse`](reverse::derivative), [root](derivative) | (f, f') | 1 |
//! | `gradient(f, x)` | [`forward`](forward::gradient), [`reverse`](reverse::gradient), [root](gradient) | (f, \[n\]) | ⌈n/8⌉, of a model ⌈n/12⌉; reverse 1 and a sweep |
//! | `gradient_in_chunks::<.., N>(f, x)` | [`forward`](forward::gradient_in_chunks), [root](gradient_in_chunks) | (f, \[n\]) | ⌈n/N⌉ |
//! | `gradient_sum(f, x, samples)` | [`reverse`](reverse::gradient_sum) | (Σf, \[n\]) | 1 and a sweep a sample, the memory of one |
//! | `jvp(f, x, v)` | [`forward`](forward::jvp), [root](jvp) | (\[m\], \[m\]) | 1 |
//! | `vjp(f, x, w)` | [`reverse`](reverse::vjp), [root](vjp) | (\[m\], \[n\]) | 1 and a sweep |
//! | `jacobian(f, x)` | [`forward`](forward::jacobian), [`reverse`](reverse::jacobian), [root](jacobian) | (\[m\], m×n) | ⌈n/8⌉, of a model ⌈n/12⌉; reverse 1 and m sweeps |
//! | `hvp(f, x, v)` | [`higher`](higher::hvp), [root](hvp), forward over reverse | (f, \[n\], \[n\]) | 1 and a sweep |
//! | `jet(f, x, v)` | [`forward`](forward::jet), [root](jet) | \[m\] series in t of f(x + v·t) to order K | 1, of about K² |
//! | `hvp_block(f, x, V)` | [`higher`](higher::hvp_block), [root](hvp_block), forward over reverse | (f, \[n\], n×k) | ⌈k/8⌉ and as many sweeps |
//! | `hessian(f, x)` | [`higher`](higher::hessian), forward over reverse; [`higher::hessian_forward`]; [root](hessian), the better for n | (f, \[n\], n×n) | ⌈n/8⌉ and as many sweeps; forward 1 for n ≤ 4 |
//!
//! The closures of `forward`, `reverse` and `higher` work on one number type. The operators at the root, and whatever needs
//! several types, take a [`Model`] by reference: a generic function or what you would write as a closure, wrapped by
//! [`model!`], or a struct. They choose the mode by the shape of the model ([`choose_mode`] and [`choose_hessian()`] say which and why). Of a model
//! that can fail they give a `Result` with its error: [`Outcome`].
//!
//! A closure pays for strong zeros (0·∞ = 0 in a derivative) at every product, in forward mode with up to half as much time again. A model is
//! evaluated with plain products first; where a derivative comes out NaN, and only there, it is evaluated again with strong zeros. The
//! results are the same. A closure becomes a model by `model!(|x| ...)`, which takes what it captures as parameters.
//!
//! # Which bound to write
//!
//! | to use | write |
//! |---|---|
//! | the functions of `num_traits` | `fn f<T: Float>(x: &[T]) -> T` |
//! | sums and dot products as one operation, special functions | `fn f<T: Scalar>(x: &[T]) -> T` |
//! | literals (`0.5 * x`, `x > 1.0`, `x.powf(2.0)`), and all of the others too | `fn f<T: Scalar>(x: &[Real<T>]) -> Real<T>` |
//! | matrices, decompositions, rotations | `fn f<T: RealField + Copy>(x: &[T]) -> T` |
//!
//! [`model!`] takes each of them. Terms that are chosen at run time are `Box<dyn `[`DynModel`]`>`.
//!
//! What is evaluated again and again is recorded once and replayed over many samples: [`program`].
//!
//! # Where derivatives are special
//!
//! Kinks, poles and 0·∞ follow the conventions of the [rule table](rules): among them, a tangent, adjoint or
//! partial that is 0 is a strong zero, 0·∞ = 0, in both modes alike. One limit of that: `sqrt(x) * sqrt(x)` at 0 has derivative 0,
//! not 1, because each factor says 0·∞. The operators of [`strict`] give NaN there, and
//! [`Graph::doubtful`](graph::Graph::doubtful) names such places.
//!
//! # Matrices
//!
//! Jacobians and Hessians are matrices of [`nalgebra`], which this crate re-exports, as it does [`num_traits`]: these are the
//! versions whose types and traits its signatures have. A crate that needs another `nalgebra`, as `levenberg-marquardt` 0.15
//! needs 0.34, or another library's matrices, gets the numbers as a slice. It holds a matrix column by column:
//!
//! ```
//! let (_, jacobian) = dualtape::forward::jacobian(|x| vec![x[0] * x[1], x[0] + x[1]], &[3.0, 5.0])?;
//! assert_eq!(jacobian.as_slice(), [5.0, 1.0, 3.0, 1.0]);
//! // DMatrix::from_column_slice(jacobian.nrows(), jacobian.ncols(), jacobian.as_slice()) with the other DMatrix
//! # Ok::<(), dualtape::Error>(())
//! ```
//!
//! # Learning
//!
//! [`course`] explains backpropagation from the chain rule to training, with exercises.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `argmin` | any [`Model`] as a problem of argmin's optimisers, with gradients and Hessians; L-BFGS in [`train`](mod@train) |
//! | `cli` | the command `dualtape`, and `compare::report`: the page and the plots that it writes |
//! | `compare` | [`compare`](mod@compare): whether the modes agree and what each costs, assertions for tests, the zoo of models |
//! | `ndarray` | numbers as operands of `ndarray`'s arrays: `&a * x` and `a += x` in every model, `x * &a` where the type of x is named, such as [`Real`] |
//! | `program` | [`program`]: functions that are recorded once, compiled, and replayed over many samples |
//! | `proptest` | the same as `quickcheck` for proptest: `any::<Ordinary>()` |
//! | `quickcheck` | `Arbitrary` for the random functions of [`compare`](mod@compare) |
//! | `rayon` | batches of [`program`] on all cores |
//! | `serde` | `Serialize` and `Deserialize` for the number types (but for `compare::Bound`) and programs, `Serialize` for comparisons and trainings; NaN and infinities by name |
//! | `train` | [`train`](mod@train): gradient descent by every mode in lockstep |

#[cfg(feature = "argmin")]
pub mod argmin;
mod choose;
mod choose_hessian;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[cfg(feature = "compare")]
pub mod compare;
mod counted;
#[cfg(any(not(doctest), feature = "compare"))]
pub mod course;
mod dynamic;
mod error;
pub mod forward;
mod functions;
pub mod graph;
pub mod higher;
mod mode;
mod model;
mod number;
#[cfg(feature = "program")]
pub mod program;
mod rerun;
pub mod reverse;
pub mod rules;
mod scalar;
pub mod strict;
mod table;
mod text;
#[cfg(feature = "train")]
pub mod train;

pub use choose::{
    Choice, choose_mode, denominator_layout, derivative, gradient, gradient_in_chunks, hessian, hvp, hvp_block,
    jacobian, jet, jvp, vjp,
};
pub use choose_hessian::{HessianChoice, choose_hessian};
pub use counted::{Counted, Counts, Operation};
pub use dynamic::DynModel;
pub use error::Error;
pub use forward::{Dual, Dual2Vec, DualVec, Taylor};
pub use mode::Mode;
#[doc(hidden)]
pub use model::wrap;
pub use model::{Fallible, Many, Model, One, Outcome, Outputs, SingleOutput};
pub use number::Real;
pub use reverse::{Adjoints, Mark, Tape, Var};
#[doc(hidden)]
pub use scalar::{Operator, Terms};
pub use scalar::{Scalar, lists::*};

/// The version of `nalgebra` whose matrices the operators return, and whose traits the number types have; without its default
/// features, of which `dmatrix!` is one.
pub use nalgebra;
/// The version of `num-traits` whose traits the number types have.
pub use num_traits;

#[cfg(all(doctest, feature = "compare"))]
#[doc = include_str!("../README.md")]
#[doc = include_str!("../docs/how-it-works.md")]
#[doc = include_str!("../docs/cost.md")]
#[doc = include_str!("../docs/math.md")]
struct Pages;
