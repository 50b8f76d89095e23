//! A logistic regression over 2000 samples by a compiled program: all samples share the weights as parameters, and the
//! program adds up loss and gradient. It is held against `reverse::gradient_sum`, finds the weights, and is timed.

use dualtape::program::{Derivative, Plan, ProgramError, Replay};
use dualtape::{Real, Scalar, Var, model, reverse};
use std::hint::black_box;
use std::time::{Duration, Instant};

const WEIGHTS: usize = 8;
const PRIMES: [f64; WEIGHTS] = [2.0, 3.0, 5.0, 7.0, 11.0, 13.0, 17.0, 19.0];
const SAMPLES: usize = 2000;
/// The numbers of a sample: features, and the probability that is to be found.
const PER_SAMPLE: usize = WEIGHTS + 1;

/// The cross entropy of a sample: softplus(z) - p·z, where z = w·x is its score.
fn loss<T: Scalar>(weights: &[Real<T>], sample: &[Real<T>]) -> Real<T> {
    let score = Real::dot(weights, &sample[..WEIGHTS]);
    score.softplus() - sample[WEIGHTS] * score
}

/// Features spread evenly over (-1, 1) by multiples of roots, and what the true weights make of them.
fn samples(truth: &[f64]) -> Vec<f64> {
    let sample = |number: usize| {
        let features: Vec<f64> =
            PRIMES.iter().map(|prime| 2.0 * (number as f64 * prime.sqrt()).fract() - 1.0).collect();
        let score: f64 = features.iter().zip(truth).map(|(x, w)| x * w).sum();
        features.into_iter().chain([score.logistic()])
    };
    (1..=SAMPLES).flat_map(sample).collect()
}

/// The value and the gradient of the sum, sample by sample.
fn one_by_one(weights: &[f64], samples: &[f64]) -> (f64, Vec<f64>) {
    let of_sample = |w: &[Var<f64>], sample: &[f64]| {
        let sample: Vec<Real<Var<f64>>> = sample.iter().map(|&x| x.into()).collect();
        loss(Real::slice(w), &sample).0
    };
    reverse::gradient_sum(of_sample, weights, samples.chunks(PER_SAMPLE))
}

/// The least of the times that something takes, of five.
fn least_time(mut it: impl FnMut()) -> Duration {
    let time = |_| {
        let start = Instant::now();
        it();
        start.elapsed()
    };
    (0..5).map(time).min().expect("five times")
}

fn main() -> Result<(), ProgramError> {
    let truth: Vec<f64> = (0..WEIGHTS).map(|j| 1.5 - 0.5 * j as f64).collect();
    let samples = samples(&truth);

    // The inputs of the model: the weights, which all samples share, then the numbers of a sample.
    let of_all = model!(|v| loss(&v[..WEIGHTS], &v[WEIGHTS..]));
    let plan = Plan::new(Derivative::Gradient).parameters(0..WEIGHTS).summed();
    let mut replay = Replay::of(of_all, plan);

    let mut weights = vec![0.0; WEIGHTS];
    println!("{:>5} {:>12} {:>22}", "step", "mean loss", "largest error in w");
    for step in 0..=60 {
        let sum = replay.run(WEIGHTS + PER_SAMPLE, &weights, &samples)?;
        let (value, gradient) = (sum.values(0)[0], sum.derivatives(0));
        if step % 15 == 0 {
            let error = weights.iter().zip(&truth).map(|(w, truth)| (w - truth).abs()).fold(0.0, f64::max);
            println!("{step:5} {:12.8} {error:22.2e}", value / SAMPLES as f64);
            // Both ways find the same, but for the rounding of 2000 terms.
            let (other_value, other_gradient) = one_by_one(&weights, &samples);
            assert!((value - other_value).abs() < 1e-12 * value, "{value}, one by one {other_value}");
            let apart = gradient.iter().zip(&other_gradient).map(|(a, b)| (a - b).abs());
            assert!(apart.fold(0.0, f64::max) < 1e-12 * SAMPLES as f64, "{gradient:?}, one by one {other_gradient:?}");
            assert!(step < 60 || error < 1e-6, "after {step} steps: {weights:?}, expected {truth:?}");
        }
        let rate = 16.0 / SAMPLES as f64;
        weights.iter_mut().zip(gradient).for_each(|(w, partial)| *w -= rate * partial);
    }
    assert_eq!((replay.paths(), replay.uncompiled()), (1, 0), "no sample takes another branch");

    let recorded = least_time(|| drop(black_box(one_by_one(black_box(&weights), &samples))));
    let replayed = least_time(|| drop(black_box(replay.run(WEIGHTS + PER_SAMPLE, black_box(&weights), &samples))));
    let ratio = recorded.as_secs_f64() / replayed.as_secs_f64();
    println!("\nthe gradient over {SAMPLES} samples, the least time of five:");
    println!("  gradient_sum {recorded:.2?}, the program {replayed:.2?}: {ratio:.1} times as fast");
    if cfg!(debug_assertions) {
        println!("  (this is a debug build, whose times say little: run it with --release)");
    }
    Ok(())
}

#[test]
fn it_finds_the_weights() {
    main().unwrap();
}
