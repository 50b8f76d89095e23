//! The descent: derivative and update, again and again, by each mode.

use super::dynamic::DynTrainable;
use super::gradients::{Gradients, evaluations};
#[cfg(feature = "argmin")]
use super::lbfgs::Lbfgs;
use super::optimizer::{Memory, Optimizer};
use super::problem::Layer;
use super::settings::{Settings, TrainError};
use super::training::{Training, TrainingCost, Trajectory};
use crate::mode::Mode;
use crate::number::ulps::ulps_between;
use std::time::Instant;

/// Trains any [`Trainable`](super::Trainable) from `start`, n weights, and tells `observe` each step that is done.
///
/// Batches go through the samples in the order that `shuffle` gives them, anew for every epoch, so that each is visited
/// once; the last of an epoch may be smaller. All modes start at the same point and take the same batches. A trajectory whose loss
/// or parameters become infinite or NaN stops all of them, and keeps what it had before.
///
/// Costs for each step a gradient over a batch in each mode, ⌈n/8⌉ evaluations of each sample in chunked forward mode, one
/// evaluation and a sweep in reverse, and a replay of a program, which is compiled before the first step; and the loss
/// over all samples. Keeps 16 bytes a step and mode, and 16 a step of their divergence.
///
/// # Errors
///
/// [`TrainError`] if the settings do not suit the problem.
///
/// # Panics
///
/// As the problem does; with [`Mode::Program`](crate::Mode::Program) also if its samples have not equally many data.
pub fn train(
    problem: &dyn DynTrainable,
    start: &[f64],
    settings: &Settings,
    mut shuffle: impl FnMut(&mut [usize]),
    mut observe: impl FnMut(usize),
) -> Result<Training, TrainError> {
    descend(problem, start, settings, &mut shuffle, &mut observe)
}

fn descend(
    problem: &dyn DynTrainable,
    start: &[f64],
    settings: &Settings,
    shuffle: &mut dyn FnMut(&mut [usize]),
    observe: &mut dyn FnMut(usize),
) -> Result<Training, TrainError> {
    let samples = problem.samples();
    settings.check(problem.parameters(), samples, start.len())?;
    let batch = settings.batch.unwrap_or(samples);
    let mut order: Vec<usize> = (0..samples).collect();
    let mut position = samples;
    let mut descents: Vec<Descent<'_>> =
        settings.modes.iter().map(|&mode| Descent::new(problem, mode, settings, start, &order[..batch])).collect();
    let (mut divergence, mut divergence_ulps): (Vec<f64>, Vec<u64>) = difference(&descents).into_iter().unzip();
    for step in 1..=settings.steps {
        if position == samples {
            position = 0;
            if batch < samples {
                shuffle(&mut order);
            }
        }
        let end = samples.min(position + batch);
        for descent in &mut descents {
            descent.step(step, &order[position..end]);
        }
        position = end;
        // Only what all of them have done can be compared.
        if descents.iter().any(|descent| descent.trajectory.diverged.is_some() || descent.trajectory.finished.is_some())
        {
            break;
        }
        if let Some((relative, ulps)) = difference(&descents) {
            divergence.push(relative);
            divergence_ulps.push(ulps);
        }
        observe(step);
    }
    let mut trajectories: Vec<Trajectory> = descents.into_iter().map(|descent| descent.trajectory).collect();
    for trajectory in &mut trajectories {
        trajectory.unstandardised = problem.unstandardised(&trajectory.weights);
    }
    let layers = problem.layers();
    let mut equal_units = Layer::equal_units(&layers, start);
    let at_the_end = Layer::equal_units(&layers, &trajectories[0].weights);
    equal_units.retain(|it| at_the_end.contains(it));
    Ok(Training {
        optimizer: settings.optimizer,
        rate: settings.rate,
        parameters: problem.parameters(),
        samples,
        batch,
        names: problem.names(),
        equal_units,
        trajectories,
        divergence,
        divergence_ulps,
    })
}

/// How far a trajectory is from the first at most: as a fraction of the largest parameter, and in ulp.
fn difference(descents: &[Descent<'_>]) -> Option<(f64, u64)> {
    let (first, others) = descents.split_first()?;
    let a = &first.trajectory.weights;
    others
        .iter()
        .map(|other| {
            let b = &other.trajectory.weights;
            let largest = a.iter().chain(b).fold(0.0_f64, |max, w| max.max(w.abs()));
            let difference = a.iter().zip(b).fold(0.0_f64, |max, (a, b)| max.max((a - b).abs()));
            let ulps = a.iter().zip(b).map(|(&a, &b)| ulps_between(a, b)).max().unwrap_or(0);
            (if difference == 0.0 { 0.0 } else { difference / largest }, ulps)
        })
        .reduce(|a, b| (a.0.max(b.0), a.1.max(b.1)))
}

/// The descent by one mode.
struct Descent<'a> {
    problem: &'a dyn DynTrainable,
    gradients: Box<dyn Gradients + 'a>,
    trajectory: Trajectory,
    optimizer: Optimizer,
    rate: f64,
    memory: Memory,
    #[cfg(feature = "argmin")]
    lbfgs: Option<Lbfgs<'a>>,
}

impl<'a> Descent<'a> {
    fn new(problem: &'a dyn DynTrainable, mode: Mode, settings: &Settings, start: &[f64], batch: &[usize]) -> Self {
        let loss = problem.mean_loss(start);
        let finite = loss.is_finite() && start.iter().all(|w| w.is_finite());
        let begin = Instant::now();
        let mut gradients = problem.gradients(mode, start);
        let operations = gradients.counts(start, batch);
        let building = if mode == Mode::Program { begin.elapsed().as_secs_f64() } else { 0.0 };
        let trajectory = Trajectory {
            mode,
            losses: vec![loss],
            gradient_norms: vec![f64::NAN],
            weights: start.to_vec(),
            unstandardised: None,
            diverged: if finite { None } else { Some(0) },
            finished: None,
            cost: TrainingCost { operations, building, ..TrainingCost::default() },
        };
        Self {
            problem,
            gradients,
            trajectory,
            optimizer: settings.optimizer,
            rate: settings.rate,
            memory: Memory::new(start.len()),
            #[cfg(feature = "argmin")]
            lbfgs: (settings.optimizer == Optimizer::Lbfgs).then(|| Lbfgs::new(problem, mode, start)),
        }
    }

    fn step(&mut self, step: usize, batch: &[usize]) {
        if self.trajectory.diverged.is_some() {
            return;
        }
        let mut weights = self.trajectory.weights.clone();
        let norm = |gradient: &[f64]| gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        #[cfg(feature = "argmin")]
        if let Some(lbfgs) = &mut self.lbfgs {
            let before = lbfgs.cost();
            let moved = lbfgs.step();
            let after = lbfgs.cost();
            self.trajectory.cost.gradients += after.gradients - before.gradients;
            self.trajectory.cost.samples += after.samples - before.samples;
            self.trajectory.cost.evaluations += after.evaluations - before.evaluations;
            self.trajectory.cost.seconds += after.seconds - before.seconds;
            self.trajectory.cost.losses += after.losses - before.losses;
            self.trajectory.cost.loss_seconds += after.loss_seconds - before.loss_seconds;
            match moved {
                Ok((weights, gradient)) => self.accept(step, weights, norm(&gradient)),
                Err(reason) => self.trajectory.finished = Some(reason),
            }
            return;
        }
        let start = Instant::now();
        let gradient = self.gradients.of(&weights, batch);
        self.trajectory.cost.seconds += start.elapsed().as_secs_f64();
        self.trajectory.cost.gradients += 1;
        self.trajectory.cost.samples += batch.len() as u64;
        self.trajectory.cost.evaluations += evaluations(self.trajectory.mode, weights.len(), batch.len());
        self.memory.update(self.optimizer, self.rate, &mut weights, &gradient);
        self.accept(step, weights, norm(&gradient));
    }

    /// Takes the weights for those of the step, if they and their loss are finite.
    fn accept(&mut self, step: usize, weights: Vec<f64>, gradient_norm: f64) {
        let start = Instant::now();
        let loss = self.problem.mean_loss(&weights);
        self.trajectory.cost.loss_seconds += start.elapsed().as_secs_f64();
        self.trajectory.cost.losses += self.problem.samples() as u64;
        if loss.is_finite() && weights.iter().all(|w| w.is_finite()) {
            self.trajectory.weights = weights;
            self.trajectory.losses.push(loss);
            self.trajectory.gradient_norms.push(gradient_norm);
        } else {
            self.trajectory.diverged = Some(step);
        }
    }
}
