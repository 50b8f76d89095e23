//! A function whose samples take different branches, replayed.

use super::replayed::{Case, Side};
use super::spread;
use dualtape::program::{Derivative, Plan, Replay};
use dualtape::{Model, One, Scalar, reverse};
use std::cell::RefCell;
use std::hint::black_box;

const SAMPLES: usize = 256;
const PARAMETERS: usize = 300;

/// A sum over the parameters, which each of the sample's numbers multiplies or is added to, as its sign has it.
struct Signs(usize);

impl Model for Signs {
    type Outputs = One;
    fn eval<T: Scalar>(&self, v: &[T]) -> T {
        let (parameters, sample) = v.split_at(PARAMETERS);
        let sum = parameters.iter().fold(T::zero(), |sum, &w| sum + w.exp().ln_1p());
        sample.iter().fold(sum, |sum, &x| if x < T::zero() { sum * x } else { sum + x * x })
    }
}

/// Samples of k numbers, along 2ᵏ paths.
pub(crate) fn branches(k: usize) -> Case {
    let parameters = spread(26, PARAMETERS, 1.0);
    let samples = spread(27, SAMPLES * k, 1.0);
    let side = |name: &str, run: Box<dyn Fn()>| Side { name: name.to_owned(), samples: SAMPLES, run, target: None };
    let plain = {
        let (samples, v) = (samples.clone(), RefCell::new([&parameters[..], &vec![0.0; k]].concat()));
        move || {
            let mut v = v.borrow_mut();
            for sample in samples.chunks_exact(k) {
                v[PARAMETERS..].copy_from_slice(sample);
                black_box(Signs(k).eval::<f64>(black_box(&v)));
            }
        }
    };
    let one_shot = {
        let (parameters, samples) = (parameters.clone(), samples.clone());
        move || {
            for sample in samples.chunks_exact(k) {
                let constants: Vec<reverse::Var<f64>> = sample.iter().map(|&x| reverse::Var::constant(x)).collect();
                let f = |w: &[reverse::Var<f64>]| Signs(k).eval(&[w, &constants].concat());
                black_box(reverse::gradient(f, &parameters));
            }
        }
    };
    let mut replay = Replay::of(Signs(k), Plan::new(Derivative::Gradient).parameters(0..PARAMETERS).summed());
    replay.run(PARAMETERS + k, &parameters, &samples).expect("the plan suits");
    let by_path = {
        // Each program on the samples of its own path, with nothing in common.
        let paths: Vec<(_, Vec<f64>)> = replay
            .programs()
            .iter()
            .map(|program| {
                let own = samples.chunks_exact(k).filter(|sample| program.run(&parameters, sample).is_ok());
                (program.clone(), own.flatten().copied().collect())
            })
            .collect();
        let parameters = parameters.clone();
        move || {
            for (program, samples) in &paths {
                black_box(program.run(black_box(&parameters), black_box(samples)).expect("the samples suit"));
            }
        }
    };
    let replay = RefCell::new(replay);
    let replayed = move || {
        let mut replay = replay.borrow_mut();
        black_box(replay.run(PARAMETERS + k, black_box(&parameters), black_box(&samples)).expect("the samples suit"));
    };
    Case {
        name: format!("Branches, {} paths", 1 << k),
        plain: side("plain", Box::new(plain)),
        sides: vec![
            side("one-shot Var", Box::new(one_shot)),
            side("a program for each path", Box::new(by_path)),
            side("a replay", Box::new(replayed)),
        ],
    }
}
