//! Functions that are generic over the number type, as values.

mod outputs;
pub mod wrap;

pub use outputs::{Fallible, Many, One, Outputs, SingleOutput};

use crate::error::Failure;
use crate::number::Scalar;
use std::rc::Rc;
use std::sync::Arc;

/// A function ℝⁿ → ℝᵐ written once for every number type, with the shape of its outputs: [`One`] number, [`Many`], or
/// either of them in a [`Result`], [`Fallible`].
///
/// A Rust closure cannot be generic; whatever evaluates one function on several number types takes a `Model`. Wrap a
/// generic function, with its data if it has any, by [`model!`](crate::model!), or implement the trait on a struct.
/// Functions chosen at run time are a `Box<dyn `[`DynModel`](crate::DynModel)`>`, which is a model too.
///
/// At the same point a model must return equally many outputs whatever the number type is, and take the same branches:
/// it must depend on its inputs and its data alone.
///
/// ```
/// use dualtape::{Model, One, Scalar, gradient};
///
/// struct Polynomial { coefficients: Vec<f64> }
///
/// impl Model for Polynomial {
///     type Outputs = One;
///     fn eval<T: Scalar>(&self, x: &[T]) -> T {
///         self.coefficients.iter().rev().fold(T::zero(), |y, &c| y * x[0] + T::constant(c))
///     }
/// }
///
/// let p = Polynomial { coefficients: vec![1.0, 0.0, 3.0] };
/// assert_eq!(gradient(&p, &[2.0]), (13.0, vec![12.0]));
/// ```
///
/// Several outputs are a `Vec`, and a function that can fail returns a `Result`:
///
/// ```
/// use dualtape::{Fallible, Many, Model, Scalar, jacobian};
///
/// struct Roots;
///
/// impl Model for Roots {
///     type Outputs = Fallible<Many, String>;
///     fn eval<T: Scalar>(&self, x: &[T]) -> Result<Vec<T>, String> {
///         if x.iter().any(|&x| x < T::zero()) { return Err(format!("no real root at {x:?}")) }
///         Ok(x.iter().map(|x| x.sqrt()).collect())
///     }
/// }
///
/// let (y, j) = jacobian(&Roots, &[4.0, 9.0])?;
/// assert_eq!((y, j[(0, 0)], j[(0, 1)]), (vec![2.0, 3.0], 0.25, 0.0));
/// assert!(jacobian(&Roots, &[4.0, -9.0]).is_err());
/// # Ok::<(), String>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `Model`",
    label = "expected a function that is generic over the number type",
    note = "wrap a generic function by `model!(f)`, and what you would write as a closure by `model!(|x| ...)`, or implement \
            `Model` on a struct",
    note = "a closure by itself works on one number type: it goes to `forward::gradient`, `reverse::gradient` and their like",
    note = "a model goes in by reference: `gradient(&model, &x)`"
)]
pub trait Model {
    /// The shape of the outputs: [`One`], [`Many`], [`Fallible<One, E>`](Fallible) or `Fallible<Many, E>`.
    type Outputs: Outputs;

    /// The outputs at `x`, a slice of n inputs: a `T`, a `Vec<T>`, or a `Result` with one of them.
    fn eval<T: Scalar>(&self, x: &[T]) -> <Self::Outputs as Outputs>::Of<T>;
}

/// What a function that takes a model M gives where it gives an R: the R itself, or of a model that can fail, a
/// `Result<R, E>` with the model's own error, as the model has it over plain numbers.
pub type Outcome<M, R> = <<M as Model>::Outputs as Outputs>::Outcome<R>;

/// The error of a model; none of a model that cannot fail.
pub(crate) type ErrorOf<M> = <<M as Model>::Outputs as Outputs>::Error;

/// The outputs of a model in a list.
pub(crate) type ListOf<M, T> = <<M as Model>::Outputs as Outputs>::List<T>;

/// How the crate evaluates models of any shape.
pub(crate) trait Evaluate: Model {
    /// The outputs in a list.
    #[inline]
    fn list<T: Scalar>(&self, x: &[T]) -> Result<ListOf<Self, T>, ErrorOf<Self>> {
        Self::Outputs::list(self.eval(x))
    }

    /// The outputs in a list, or what the model says, as what goes wrong in an operator.
    #[inline]
    fn try_list<T: Scalar, A>(&self, x: &[T]) -> Result<ListOf<Self, T>, Failure<A, ErrorOf<Self>>> {
        self.list(x).map_err(Failure::Model)
    }

    /// The only output.
    #[inline]
    fn one<T: Scalar>(&self, x: &[T]) -> Result<T, ErrorOf<Self>>
    where
        Self::Outputs: SingleOutput,
    {
        Self::Outputs::one(self.eval(x))
    }

    /// What was found at `x` over another number type, or the error as the model has it over plain numbers: a message then
    /// says 4, and not 4 with its derivatives.
    #[inline]
    fn plainly<T: Scalar, R>(&self, x: &[T], found: Result<R, ErrorOf<Self>>) -> Result<R, ErrorOf<Self>> {
        found.map_err(|error| self.list(x).err().unwrap_or(error))
    }
}

impl<M: Model + ?Sized> Evaluate for M {}

macro_rules! implement_pointers {
    ($($pointer:ty),*) => {
        $(impl<M: Model + ?Sized> Model for $pointer {
            type Outputs = M::Outputs;
            #[inline]
            fn eval<T: Scalar>(&self, x: &[T]) -> <Self::Outputs as Outputs>::Of<T> {
                M::eval(self, x)
            }
        })*
    };
}
implement_pointers!(&M, Box<M>, Rc<M>, Arc<M>);
