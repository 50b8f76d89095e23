//! The loss as programs: one for all samples where their numbers can be its data, else one for each.

use super::problem::Trainable;
use crate::counted::Counts;
use crate::dynamic::DynModel;
use crate::model::{Model, One};
use crate::number::Scalar;
use crate::program::{Derivative, Plan, Replay};

/// The loss of whichever sample the numbers after the weights are of.
struct OfData<'a, P>(&'a P);

impl<P: Trainable> Model for OfData<'_, P> {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let (weights, data) = x.split_at(self.0.parameters());
        self.0.loss(weights, data).expect("a loss that takes data once takes them always")
    }
}

/// The loss of one sample.
struct OfSample<'a, P>(&'a P, usize);

impl<P: Trainable> Model for OfSample<'_, P> {
    type Outputs = One;
    fn eval<T: Scalar>(&self, weights: &[T]) -> T {
        self.0.sample_loss(weights, self.1)
    }
}

/// Whether one program is that of all samples, which are its data.
pub(super) fn takes_data<P: Trainable>(problem: &P, weights: &[f64]) -> bool {
    let data = problem.data(0);
    !data.is_empty() && problem.loss(weights, &data).is_some()
}

/// Whichever the loss is: it is recorded, and its programs are the same code for all.
type LossReplay<'a> = Replay<Box<dyn DynModel + 'a>>;

/// A loss that is compiled once and replayed.
pub(super) enum Replayed<'a> {
    /// Over the samples of a batch side by side.
    Batch {
        replay: Box<LossReplay<'a>>,
        /// The data of the samples, one after the other, and how many each has.
        data: Vec<f64>,
        width: usize,
        /// Those of a batch.
        chosen: Vec<f64>,
    },
    /// Each sample by itself, compiled when it is met.
    Each(Vec<LossReplay<'a>>),
}

impl<'a> Replayed<'a> {
    /// # Panics
    ///
    /// If the samples have not equally many data.
    pub(super) fn new<P: Trainable>(problem: &'a P, weights: &[f64]) -> Self {
        let plan = Plan::new(Derivative::Gradient);
        let (width, samples) = (problem.data(0).len(), problem.samples());
        if !takes_data(problem, weights) {
            let of_sample = |sample| Replay::of(Box::new(OfSample(problem, sample)) as Box<dyn DynModel>, plan.clone());
            return Self::Each((0..samples).map(of_sample).collect());
        }
        let mut data = Vec::with_capacity(samples * width);
        for sample in 0..samples {
            let numbers = problem.data(sample);
            assert_eq!(numbers.len(), width, "sample {sample}: expected as many data as sample 0 has");
            data.extend(numbers);
        }
        let replay =
            Replay::of(Box::new(OfData(problem)) as Box<dyn DynModel>, plan.parameters(0..weights.len()).summed());
        Self::Batch { replay: Box::new(replay), data, width, chosen: Vec::new() }
    }

    /// The sum of the losses over a batch, and of their gradients.
    pub(super) fn gradient_sum(&mut self, weights: &[f64], batch: &[usize]) -> (f64, Vec<f64>) {
        const SUITS: &str = "the loss has one output, and the samples are equally long";
        let n = weights.len();
        match self {
            Self::Batch { replay, data, width, chosen } => {
                chosen.clear();
                batch.iter().for_each(|&sample| chosen.extend_from_slice(&data[sample * *width..][..*width]));
                let sum = replay.run(n + *width, weights, chosen).expect(SUITS);
                (sum.values(0)[0], sum.derivatives(0).to_vec())
            }
            Self::Each(replays) => {
                let mut sum = (0.0, vec![0.0; n]);
                for &sample in batch {
                    let row = replays[sample].run(n, &[], weights).expect(SUITS);
                    sum.0 += row.values(0)[0];
                    sum.1.iter_mut().zip(row.derivatives(0)).for_each(|(sum, &partial)| *sum += partial);
                }
                sum
            }
        }
    }

    /// The operations of the last gradient over this batch.
    pub(super) fn counts(&self, batch: &[usize]) -> Counts {
        match self {
            Self::Batch { replay, .. } => replay.counts(),
            Self::Each(replays) => batch.iter().fold(Counts::default(), |sum, &sample| sum + replays[sample].counts()),
        }
    }
}
