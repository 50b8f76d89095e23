//! The gradient of the mean loss over a batch, by each mode.

use super::problem::Trainable;
use super::replayed::Replayed;
use crate::counted::{Counted, Counts, Operation};
use crate::error::certain;
use crate::forward::CHUNK;
use crate::mode::Mode;
use crate::model::{Model, One};
use crate::number::Scalar;
use crate::rerun;

/// How often a gradient over a batch evaluates the loss of a sample.
pub(super) fn evaluations(mode: Mode, parameters: usize, batch: usize) -> u64 {
    mode.evaluations(parameters) as u64 * batch as u64
}

/// The gradients of the mean loss over batches, in a mode.
pub trait Gradients {
    /// That of a batch.
    fn of(&mut self, weights: &[f64], batch: &[usize]) -> Vec<f64>;

    /// The operations of one over a batch.
    fn counts(&mut self, weights: &[f64], batch: &[usize]) -> Counts;
}

/// Those of a loss whose type is known.
pub(super) enum ByMode<'a, P> {
    Forward(&'a P),
    Chunked(&'a P),
    Reverse(&'a P),
    Program(Replayed<'a>),
}

impl<'a, P: Trainable> ByMode<'a, P> {
    pub(super) fn new(problem: &'a P, mode: Mode, weights: &[f64]) -> Self {
        match mode {
            Mode::Differences => unreachable!("the settings were checked"),
            Mode::Forward => Self::Forward(problem),
            Mode::Chunked => Self::Chunked(problem),
            Mode::Reverse => Self::Reverse(problem),
            Mode::Program => Self::Program(Replayed::new(problem, weights)),
        }
    }
}

impl<P: Trainable> Gradients for ByMode<'_, P> {
    fn of(&mut self, weights: &[f64], batch: &[usize]) -> Vec<f64> {
        match self {
            Self::Forward(problem) => forward_mean::<_, _, 1>(*problem, weights, batch),
            Self::Chunked(problem) => forward_mean::<_, _, CHUNK>(*problem, weights, batch),
            Self::Reverse(problem) => reverse_mean(*problem, weights, batch),
            Self::Program(compiled) => mean(compiled.gradient_sum(weights, batch).1, batch),
        }
    }

    fn counts(&mut self, weights: &[f64], batch: &[usize]) -> Counts {
        let counted: Vec<Counted<f64>> = weights.iter().copied().map(Counted::new).collect();
        match self {
            Self::Forward(problem) => Counts::of(|| forward_mean::<_, _, 1>(*problem, &counted, batch)).1,
            Self::Chunked(problem) => Counts::of(|| forward_mean::<_, _, CHUNK>(*problem, &counted, batch)).1,
            Self::Reverse(problem) => Counts::of(|| reverse_mean(*problem, &counted, batch)).1,
            Self::Program(compiled) => {
                compiled.gradient_sum(weights, batch);
                let mut counts = compiled.counts(batch);
                counts.add(Operation::MUL, weights.len() as u64);
                counts
            }
        }
    }
}

/// The sum of the losses over a batch.
struct BatchLoss<'a, P>(&'a P, &'a [usize]);

impl<P: Trainable> Model for BatchLoss<'_, P> {
    type Outputs = One;

    fn eval<T: Scalar>(&self, w: &[T]) -> T {
        let Self(problem, batch) = self;
        batch.iter().fold(T::zero(), |sum, &sample| sum + problem.sample_loss(w, sample))
    }
}

fn forward_mean<P: Trainable, T: Scalar, const N: usize>(problem: &P, weights: &[T], batch: &[usize]) -> Vec<T> {
    mean(certain(rerun::forward_gradient::<T, _, N>(&BatchLoss(problem, batch), weights)).1, batch)
}

/// With the memory of one sample.
fn reverse_mean<P: Trainable, T: Scalar>(problem: &P, weights: &[T], batch: &[usize]) -> Vec<T> {
    let plain = |w: &[_], &sample: &usize| problem.sample_loss(w, sample);
    mean(rerun::gradient_sum(plain, |w, &sample| problem.sample_loss(w, sample), weights, batch), batch)
}

/// A sum over a batch, divided by how many they are.
fn mean<T: Scalar>(mut gradient: Vec<T>, batch: &[usize]) -> Vec<T> {
    let share = T::constant((batch.len() as f64).recip());
    for partial in &mut gradient {
        *partial *= share;
    }
    gradient
}
