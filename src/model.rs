//! Functions that are generic over the number type, as values.

use crate::number::Scalar;

/// A function ℝⁿ → ℝ written once for every number type.
///
/// A Rust closure cannot be generic; whatever evaluates one function on several number types takes a `Model`.
/// Implement it on a struct that holds the data, or wrap a generic function with [`model!`](crate::model).
///
/// ```
/// use dualtape::{Model, Scalar, forward, reverse};
///
/// struct Polynomial { coefficients: Vec<f64> }
///
/// impl Model for Polynomial {
///     fn eval<T: Scalar>(&self, x: &[T]) -> T {
///         self.coefficients.iter().rev().fold(T::zero(), |y, &c| y * x[0] + T::constant(c))
///     }
/// }
///
/// let p = Polynomial { coefficients: vec![1.0, 0.0, 3.0] };
/// assert_eq!(forward::gradient(|x| p.eval(x), &[2.0]), (13.0, vec![12.0]));
/// assert_eq!(reverse::gradient(|x| p.eval(x), &[2.0]), (13.0, vec![12.0]));
/// ```
pub trait Model {
    /// The value at `x`, a slice of n inputs.
    fn eval<T: Scalar>(&self, x: &[T]) -> T;
}

/// A function ℝⁿ → ℝᵐ written once for every number type.
pub trait VectorModel {
    /// The m outputs at `x`, a slice of n inputs.
    fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T>;
}

impl<M: Model + ?Sized> Model for &M {
    #[inline]
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        M::eval(self, x)
    }
}

impl<M: VectorModel + ?Sized> VectorModel for &M {
    #[inline]
    fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T> {
        M::eval(self, x)
    }
}

/// Wraps a generic function `fn f<T: Float>(x: &[T]) -> T` as a [`Model`].
///
/// The bound may be anything that [`Scalar`] implies: `Float`, `Float + Sum`, `Scalar` itself.
///
/// ```
/// use dualtape::{gradient, model};
/// use num_traits::Float;
///
/// fn rosenbrock<T: Float>(x: &[T]) -> T {
///     let (one, hundred) = (T::one(), T::from(100.0).unwrap());
///     x.windows(2)
///         .map(|w| (one - w[0]).powi(2) + hundred * (w[1] - w[0] * w[0]).powi(2))
///         .fold(T::zero(), |sum, term| sum + term)
/// }
///
/// let (value, slope) = gradient(&model!(rosenbrock), &[1.5, 2.0]);
/// assert_eq!((value, slope), (6.5, vec![151.0, -50.0]));
/// ```
#[macro_export]
macro_rules! model {
    ($function:path) => {{
        #[derive(Clone, Copy, Debug)]
        struct Wrapped;
        impl $crate::Model for Wrapped {
            #[inline]
            fn eval<T: $crate::Scalar>(&self, x: &[T]) -> T {
                $function(x)
            }
        }
        Wrapped
    }};
}

/// Wraps a generic function `fn f<T: Float>(x: &[T]) -> Vec<T>` as a [`VectorModel`].
#[macro_export]
macro_rules! vector_model {
    ($function:path) => {{
        #[derive(Clone, Copy, Debug)]
        struct Wrapped;
        impl $crate::VectorModel for Wrapped {
            #[inline]
            fn eval<T: $crate::Scalar>(&self, x: &[T]) -> ::std::vec::Vec<T> {
                $function(x)
            }
        }
        Wrapped
    }};
}
