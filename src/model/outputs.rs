//! The shapes of a model's outputs.

use crate::error::certain;
use crate::number::Scalar;
use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;

/// One number: the model returns a `T`.
#[derive(Clone, Copy, Debug)]
pub enum One {}

/// Several numbers: the model returns a `Vec<T>`.
#[derive(Clone, Copy, Debug)]
pub enum Many {}

/// Outputs O, or an error E: the model returns a `Result<T, E>` or a `Result<Vec<T>, E>`.
pub struct Fallible<O, E>(Infallible, PhantomData<(O, E)>);

impl<O, E> Clone for Fallible<O, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<O, E> Copy for Fallible<O, E> {}

impl<O, E> fmt::Debug for Fallible<O, E> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {}
    }
}

/// The shape of a [`Model`](crate::Model)'s outputs: [`One`], [`Many`], or a [`Fallible`] of them. There are no others.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no shape of a model's outputs",
    note = "expected `One` where `eval` returns a `T`, `Many` where it returns a `Vec<T>`, `Fallible<One, E>` or `Fallible<Many, E>` where \
            it returns a `Result` of these"
)]
pub trait Outputs: sealed::Sealed + 'static {
    /// What the model returns over the number type T.
    type Of<T: Scalar>: 'static;

    /// The model's error; [`Infallible`] where it has none.
    type Error: 'static;

    /// What a function that takes the model gives where it gives an R: see [`Outcome`](crate::Outcome).
    type Outcome<R>;

    #[doc(hidden)]
    type List<T: Scalar>: AsRef<[T]> + Into<Vec<T>>;

    /// The outputs in a list.
    #[doc(hidden)]
    fn list<T: Scalar>(outputs: Self::Of<T>) -> Result<Self::List<T>, Self::Error>;

    /// The outputs from a list of as many.
    #[doc(hidden)]
    fn from_list<T: Scalar>(outputs: Result<Vec<T>, Self::Error>) -> Self::Of<T>;

    /// What a function of a model gives, from a result; for functions of your own that are generic over models.
    fn outcome<R>(result: Result<R, Self::Error>) -> Self::Outcome<R>;

    /// The result behind what a function of a model gives.
    fn result<R>(outcome: Self::Outcome<R>) -> Result<R, Self::Error>;
}

/// Outputs that are one number, [`One`] or [`Fallible<One, E>`](Fallible): such a model has a gradient and a Hessian.
#[diagnostic::on_unimplemented(
    message = "expected a model with one output, found one with the outputs `{Self}`",
    note = "derivatives of several outputs are a Jacobian: `jacobian(&model, &x)`"
)]
pub trait SingleOutput: Outputs {
    #[doc(hidden)]
    fn one<T: Scalar>(outputs: Self::Of<T>) -> Result<T, Self::Error>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::One {}
    impl Sealed for super::Many {}
    impl<O, E> Sealed for super::Fallible<O, E> {}
}

/// What shapes without errors have in common.
macro_rules! implement_infallible {
    () => {
        type Error = Infallible;
        type Outcome<R> = R;

        #[inline]
        fn outcome<R>(result: Result<R, Infallible>) -> R {
            certain(result)
        }

        #[inline]
        fn result<R>(outcome: R) -> Result<R, Infallible> {
            Ok(outcome)
        }
    };
}

impl Outputs for One {
    type Of<T: Scalar> = T;
    type List<T: Scalar> = [T; 1];
    implement_infallible!();

    #[inline]
    fn list<T: Scalar>(output: T) -> Result<[T; 1], Infallible> {
        Ok([output])
    }

    fn from_list<T: Scalar>(outputs: Result<Vec<T>, Infallible>) -> T {
        certain(outputs)[0]
    }
}

impl SingleOutput for One {
    #[inline]
    fn one<T: Scalar>(output: T) -> Result<T, Infallible> {
        Ok(output)
    }
}

impl Outputs for Many {
    type Of<T: Scalar> = Vec<T>;
    type List<T: Scalar> = Vec<T>;
    implement_infallible!();

    #[inline]
    fn list<T: Scalar>(outputs: Vec<T>) -> Result<Vec<T>, Infallible> {
        Ok(outputs)
    }

    fn from_list<T: Scalar>(outputs: Result<Vec<T>, Infallible>) -> Vec<T> {
        certain(outputs)
    }
}

impl<O: Outputs<Error = Infallible>, E: 'static> Outputs for Fallible<O, E> {
    type Of<T: Scalar> = Result<O::Of<T>, E>;
    type Error = E;
    type Outcome<R> = Result<R, E>;
    type List<T: Scalar> = O::List<T>;

    #[inline]
    fn list<T: Scalar>(outputs: Result<O::Of<T>, E>) -> Result<O::List<T>, E> {
        outputs.map(|outputs| certain(O::list(outputs)))
    }

    fn from_list<T: Scalar>(outputs: Result<Vec<T>, E>) -> Result<O::Of<T>, E> {
        outputs.map(|outputs| O::from_list(Ok(outputs)))
    }

    #[inline]
    fn outcome<R>(result: Result<R, E>) -> Result<R, E> {
        result
    }

    #[inline]
    fn result<R>(outcome: Result<R, E>) -> Result<R, E> {
        outcome
    }
}

impl<E: 'static> SingleOutput for Fallible<One, E> {
    #[inline]
    fn one<T: Scalar>(output: Result<T, E>) -> Result<T, E> {
        output
    }
}
