//! A function becomes a graph: it is run once on [`Traced`] numbers.

use super::graph::Graph;
use super::recorder::Recorder;
use super::traced::Traced;
use crate::error::certain;
use crate::model::{ErrorOf, Evaluate, Model, Outcome, Outputs};
use crate::number::Scalar;

impl<T: Scalar> Graph<T> {
    /// Runs a function of several outputs at `x` and records what it does.
    ///
    /// # Panics
    ///
    /// If the function mixes [`Traced`] numbers of several recordings, or does 2³² operations.
    #[track_caller]
    pub fn record(f: impl FnOnce(&[Traced<T>]) -> Vec<Traced<T>>, x: &[T]) -> Self {
        certain(Self::try_record(|x| Ok(f(x)), x))
    }

    /// [`Graph::record`] of a function that can fail.
    #[track_caller]
    pub(crate) fn try_record<Y: AsRef<[Traced<T>]>, E>(
        f: impl FnOnce(&[Traced<T>]) -> Result<Y, E>,
        x: &[T],
    ) -> Result<Self, E> {
        let recorder = Recorder::start(x);
        let inputs: Vec<Traced<T>> =
            x.iter().zip(0..).map(|(&value, at)| Traced::at(value, (recorder.number, at))).collect();
        let outputs = f(&inputs)?;
        let mut record = recorder.finish();
        let outputs = outputs.as_ref().iter().map(|y| y.node(&mut record)).collect();
        Ok(Self { outputs, ..record.graph })
    }

    /// [`Graph::record`] for a [`Model`].
    ///
    /// # Errors
    ///
    /// That of a model which can fail: see [`Outcome`].
    #[track_caller]
    pub fn of<M: Model + ?Sized>(model: &M, x: &[T]) -> Outcome<M, Self> {
        M::Outputs::outcome(Self::try_of(model, x))
    }

    /// [`Graph::of`], as a result.
    #[track_caller]
    pub(crate) fn try_of<M: Model + ?Sized>(model: &M, x: &[T]) -> Result<Self, ErrorOf<M>> {
        model.plainly(x, Self::try_record(|x| model.list(x), x))
    }
}
