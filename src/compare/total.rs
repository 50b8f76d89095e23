//! A model that can fail as a function that cannot: NaN where the model has an error.
//!
//! What compares a model evaluates it once at the point in question, gives the error back if there is one, and goes on with this:
//! over the other number types the model takes the same branches, and at the points of differences nothing is known where it
//! fails.

use crate::model::{ErrorOf, Evaluate, Many, Model, One, SingleOutput};
use crate::number::Scalar;

/// A model with one output.
pub(super) struct Total<'a, M: ?Sized>(&'a M);

impl<'a, M: Model<Outputs: SingleOutput> + ?Sized> Total<'a, M> {
    /// The model, if it does not fail at `x`.
    pub(super) fn at(model: &'a M, x: &[f64]) -> Result<Self, ErrorOf<M>> {
        model.one(x).map(|_| Self(model))
    }
}

impl<M: Model<Outputs: SingleOutput> + ?Sized> Model for Total<'_, M> {
    type Outputs = One;

    #[inline]
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        self.0.one(x).unwrap_or_else(|_| T::nan())
    }
}

/// A model with any number of outputs.
pub(super) struct TotalList<M> {
    pub(super) model: M,
    pub(super) outputs: usize,
}

impl<M: Model> TotalList<M> {
    /// The model, if it does not fail at `x`.
    pub(super) fn at(model: M, x: &[f64]) -> Result<Self, ErrorOf<M>> {
        let outputs = model.list(x)?.as_ref().len();
        Ok(Self { model, outputs })
    }

    /// The first output.
    #[inline]
    pub(super) fn first<T: Scalar>(&self, x: &[T]) -> T {
        self.model.list(x).map_or_else(|_| T::nan(), |outputs| outputs.as_ref()[0])
    }
}

impl<M: Model> Model for TotalList<M> {
    type Outputs = Many;

    #[inline]
    fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T> {
        self.model.list(x).map_or_else(|_| vec![T::nan(); self.outputs], Into::into)
    }
}
