//! Training: all modes have the same trajectory, by rules that are worked by hand, and stop where numbers end.

#![cfg(feature = "compare")]

use dualtape::compare::zoo;
use dualtape::train::{
    DynTrainable, Initialisation, Layer, Optimizer, Settings, TrainError, Trainable, Training, equal_units, initialise,
    train,
};
use dualtape::{Mode, Model, One, Operation, Scalar};
use std::cell::{Cell, RefCell};

/// Σ over samples s of (w₀·s − w₁)²/2, with what it is asked for.
struct Line {
    samples: Vec<f64>,
    evaluated: Cell<u64>,
    visited: RefCell<Vec<usize>>,
}

impl Line {
    fn new(samples: &[f64]) -> Self {
        Self { samples: samples.to_vec(), evaluated: Cell::new(0), visited: RefCell::default() }
    }
}

impl Trainable for Line {
    fn parameters(&self) -> usize {
        2
    }

    fn samples(&self) -> usize {
        self.samples.len()
    }

    fn sample_loss<T: Scalar>(&self, weights: &[T], sample: usize) -> T {
        // Plain evaluations take the loss and are no part of a gradient.
        if size_of::<T>() != size_of::<f64>() {
            self.evaluated.set(self.evaluated.get() + 1);
            self.visited.borrow_mut().push(sample);
        }
        let residual = weights[0] * T::constant(self.samples[sample]) - weights[1];
        residual * residual * T::constant(0.5)
    }
}

fn settings(optimizer: Optimizer, rate: f64, steps: usize) -> Settings {
    let mut settings = Settings::default();
    settings.optimizer = optimizer;
    settings.rate = rate;
    settings.steps = steps;
    settings
}

/// A model of the zoo as a loss, and its point.
fn of_zoo(name: &str, n: usize) -> (Box<dyn DynTrainable>, Vec<f64>) {
    let family = zoo::find(name).expect("it is in the zoo");
    (family.trainable(n).expect("it has one output"), family.member(n).1)
}

fn run(problem: &dyn DynTrainable, start: &[f64], settings: &Settings) -> Training {
    train(problem, start, settings, |order| order.reverse(), |_| {}).expect("the settings are right")
}

/// Standard normal enough for a test: the sum of twelve numbers from a mixer of bits (Steele, Lea, Flood 2014).
fn normal() -> impl FnMut() -> f64 {
    let mut state = 0_u64;
    let mut unit = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    };
    move || (0..12).map(|_| unit()).sum::<f64>() - 6.0
}

#[test]
fn both_modes_take_the_same_trajectory() {
    // A gradient rounds differently in each mode, by some ulp of its largest entry; where the loss is convex a step
    // shrinks what earlier ones left, so that the trajectories stay some hundred roundings apart.
    let (linear, _) = of_zoo("linear-regression", 6);
    let (iris, _) = of_zoo("logistic-regression", 1);
    for optimizer in [Optimizer::Sgd, Optimizer::Momentum] {
        for batch in [None, Some(7)] {
            let mut settings = settings(optimizer, 0.05, 100);
            settings.batch = batch;
            for training in [run(&*linear, &[0.0; 6], &settings), run(&*iris, &[0.0; 15], &settings)] {
                assert_eq!((training.divergence.len(), training.divergence_ulps.len()), (101, 101));
                assert_eq!(training.divergence_ulps[0], 0, "the start is the same");
                assert!(
                    training.largest_divergence() < 1e-13,
                    "{optimizer} {batch:?}: {}",
                    training.largest_divergence()
                );
                let [forward, reverse] = training.trajectories.as_slice() else { panic!("two modes") };
                assert!(forward.final_loss() < 0.9 * forward.initial_loss(), "{optimizer}: it descends");
                assert!((forward.final_loss() - reverse.final_loss()).abs() <= 1e-13 * forward.final_loss());
            }
        }
    }
    // Adam divides by the root of a mean of squares: where a gradient vanishes it magnifies its rounding. A network is
    // not convex besides.
    let (network, _) = of_zoo("mlp", 30);
    let start = initialise(&*network, Initialisation::Xavier, normal());
    for (optimizer, bound) in [(Optimizer::Sgd, 1e-12), (Optimizer::Momentum, 1e-12), (Optimizer::Adam, 1e-9)] {
        let training = run(&*network, &start, &settings(optimizer, 0.02, 100));
        assert!(training.largest_divergence() < bound, "{optimizer}: {}", training.largest_divergence());
        assert!(training.trajectories[0].final_loss() < training.trajectories[0].initial_loss(), "{optimizer}");
    }
}

const ALL: [Mode; 3] = [Mode::Chunked, Mode::Reverse, Mode::Program];

#[test]
fn programs_take_the_same_trajectory() {
    let (linear, _) = of_zoo("linear-regression", 6);
    let (iris, _) = of_zoo("logistic-regression", 1);
    let (mlp, at_mlp) = of_zoo("mlp", 60);
    let (network, at_network) = of_zoo("network", 60);
    // Batches whose last is smaller, and all samples.
    for batch in [None, Some(3)] {
        let mut settings = settings(Optimizer::Momentum, 0.02, 40);
        (settings.batch, settings.modes) = (batch, ALL.to_vec());
        let trainings = [
            run(&*linear, &[0.0; 6], &settings),
            run(&*iris, &[0.0; 15], &settings),
            run(&*mlp, &at_mlp, &settings),
            run(&*network, &at_network, &settings),
        ];
        for training in trainings {
            assert!(training.largest_divergence() < 1e-12, "{batch:?}: {}", training.largest_divergence());
            let [_, reverse, program] = training.trajectories.as_slice() else { panic!("three modes") };
            assert!(program.final_loss() < program.initial_loss());
            let (recorded, replayed) = (reverse.cost, program.cost);
            assert_eq!((recorded.samples, recorded.building), (replayed.samples, 0.0));
            assert!(replayed.building > 0.0 && program.gradient_over_loss().is_some());
            // The function is the same, and its derivative by the same rules; a sweep passes over adjoints of 0, a program computes them.
            let [of_reverse, of_program] = [recorded, replayed].map(|cost| cost.operations.total() as f64);
            assert!((0.7..1.5).contains(&(of_program / of_reverse)), "{of_program} and {of_reverse}");
        }
    }
}

#[test]
fn a_loss_that_keeps_its_data_is_compiled_for_each_sample() {
    let line = Line::new(&[1.0, 2.0, 3.0, 4.0, 5.0]);
    let mut settings = settings(Optimizer::Sgd, 0.02, 30);
    (settings.batch, settings.modes) = (Some(2), vec![Mode::Reverse, Mode::Program]);
    let training = run(&line, &[1.0, 1.0], &settings);
    assert!(training.largest_divergence() < 1e-14, "{}", training.largest_divergence());
    // Each sample is evaluated with a number that is recorded once: at the start, or when its batch comes first.
    let recorded = line.visited.borrow().len() as u64 - training.trajectories[0].cost.evaluations - 2;
    assert_eq!(recorded, 5);
}

/// A loss whose samples have 1, 2, 3, … data.
struct Ragged;

impl Trainable for Ragged {
    fn parameters(&self) -> usize {
        1
    }

    fn samples(&self) -> usize {
        3
    }

    fn sample_loss<T: Scalar>(&self, weights: &[T], _: usize) -> T {
        weights[0] * weights[0]
    }

    fn data(&self, sample: usize) -> Vec<f64> {
        vec![1.0; sample + 1]
    }

    fn loss<T: Scalar>(&self, weights: &[T], data: &[T]) -> Option<T> {
        Some(weights[0] * data[0])
    }
}

#[test]
#[should_panic(expected = "sample 1: expected as many data as sample 0 has")]
fn samples_of_different_lengths_are_no_batch() {
    let mut settings = settings(Optimizer::Sgd, 0.1, 1);
    settings.modes = vec![Mode::Program];
    run(&Ragged, &[1.0], &settings);
}

/// w₀ + w₁ for each of three samples, with so many data of which the loss may take none.
struct Sum {
    data: usize,
    takes_data: bool,
}

impl Trainable for Sum {
    fn parameters(&self) -> usize {
        2
    }

    fn samples(&self) -> usize {
        3
    }

    fn sample_loss<T: Scalar>(&self, weights: &[T], _: usize) -> T {
        weights[0] + weights[1]
    }

    fn data(&self, _: usize) -> Vec<f64> {
        vec![1.0; self.data]
    }

    fn loss<T: Scalar>(&self, weights: &[T], _: &[T]) -> Option<T> {
        self.takes_data.then(|| weights[0] + weights[1])
    }
}

/// A program of all samples has the operations of one, and the mean of the gradient a product for each parameter.
#[test]
fn samples_without_data_are_programs_of_their_own() {
    for (data, takes_data, programs) in [(0, false, 3), (0, true, 3), (1, false, 3), (1, true, 1)] {
        let problem = Sum { data, takes_data };
        assert_eq!(DynTrainable::program_operations(&problem), programs, "{data} data, {takes_data}");
        let mut settings = settings(Optimizer::Sgd, 0.1, 1);
        settings.modes = vec![Mode::Reverse, Mode::Program];
        for trajectory in run(&problem, &[1.0, 2.0], &settings).trajectories {
            // A derivative that is the same for all samples of a program is multiplied by how many they are.
            let of_batch = if programs == 1 && trajectory.mode == Mode::Program { 2 } else { 0 };
            let products = trajectory.cost.operations.get(Operation::MUL);
            assert_eq!(products, 2 + of_batch, "{data} data, {takes_data}, {}", trajectory.mode);
        }
    }
}

#[cfg(feature = "argmin")]
#[test]
fn an_objective_is_compiled_once_and_follows_the_branches() {
    use argmin::core::Gradient;
    use dualtape::argmin::Objective;

    struct Valley;
    impl Model for Valley {
        type Outputs = One;
        fn eval<T: Scalar>(&self, x: &[T]) -> T {
            if x[0] < x[1] { x[0] * x[1] } else { x[0].exp() - x[1] }
        }
    }
    let [by_program, by_reverse] = [Mode::Program, Mode::Reverse].map(|mode| Objective::by(Valley, mode));
    for x in [[1.0, 2.0], [0.5, 3.0], [2.0, 1.0], [-1.0, 4.0], [0.0, 0.0]] {
        let gradient = |objective: &Objective<Valley>| objective.gradient(&x.to_vec()).expect("a gradient");
        let (found, expected) = (gradient(&by_program), gradient(&by_reverse));
        assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() <= 1e-15 * b.abs()), "{found:?} {expected:?}");
    }
    let error = by_program.gradient(&vec![1.0; 3]).expect_err("another number of inputs").to_string();
    assert_eq!(error, "the inputs of the function: expected 2 entries, found 3");
    assert_eq!(by_program.clone().gradient(&vec![1.0; 3]).expect("compiled anew"), [1.0_f64.exp(), -1.0, 0.0]);
}

#[cfg(feature = "argmin")]
#[test]
fn lbfgs_takes_few_steps_the_same_in_both_modes() {
    let (linear, _) = of_zoo("linear-regression", 6);
    let training = run(&*linear, &[0.0; 6], &settings(Optimizer::Lbfgs, 1.0, 50));
    assert!(training.largest_divergence() < 1e-9, "{}", training.largest_divergence());
    for trajectory in &training.trajectories {
        assert!(trajectory.finished.is_some() && trajectory.losses.len() < 50, "{} steps", trajectory.losses.len());
        assert!(trajectory.cost.gradients >= trajectory.losses.len() as u64 - 1);
        // At the least squares the gradient vanishes.
        assert!(
            trajectory.gradient_norms[trajectory.steps()] < 1e-6,
            "{}",
            trajectory.gradient_norms[trajectory.steps()]
        );
    }
    let mut batched = settings(Optimizer::Lbfgs, 1.0, 5);
    batched.batch = Some(3);
    let error = train(&*linear, &[0.0; 6], &batched, |_| {}, |_| {}).map(drop);
    assert_eq!(error, Err(TrainError::BatchOfLbfgs { samples: 20, found: 3 }));
}

#[test]
fn rules_by_hand() {
    // One sample s = 2 at w = (1, 1): residual 1, gradient (2, -1).
    let line = Line::new(&[2.0]);
    let weights = |optimizer, rate, steps| {
        run(&line, &[1.0, 1.0], &settings(optimizer, rate, steps)).trajectories[1].weights.clone()
    };
    assert_eq!(weights(Optimizer::Sgd, 0.25, 1), [0.5, 1.25]);
    // Then residual 2·0.5 − 1.25 = −0.25, gradient (−0.5, 0.25).
    assert_eq!(weights(Optimizer::Sgd, 0.25, 2), [0.625, 1.1875]);
    // v = 0.9·(2, −1) + (−0.5, 0.25) = (1.3, −0.65).
    let momentum = weights(Optimizer::Momentum, 0.25, 2);
    assert!((momentum[0] - (0.5 - 0.25 * 1.3)).abs() < 1e-15 && (momentum[1] - (1.25 + 0.25 * 0.65)).abs() < 1e-15);
    // Adam's first step is α in the direction of each sign, but for ε; bias correction makes it so.
    let adam = weights(Optimizer::Adam, 0.125, 1);
    assert!((adam[0] - 0.875).abs() < 1e-8 && (adam[1] - 1.125).abs() < 1e-7, "{adam:?}");
    // At (0.875, 1.125) the residual is 0.625, the gradient (1.25, −0.625): means 0.1·(0.9·2 + 1.25)/(1 − 0.81) and
    // 0.001·(0.999·4 + 1.5625)/(1 − 0.998001).
    let second = weights(Optimizer::Adam, 0.125, 2);
    let (mean, square): (f64, f64) = (0.1 * (1.8 + 1.25) / 0.19, 0.001 * (3.996 + 1.5625) / 0.001_999);
    assert!((second[0] - (0.875 - 0.125 * mean / square.sqrt())).abs() < 1e-7, "{second:?}");
}

#[test]
fn a_full_batch_is_the_gradient_of_the_model() {
    let (iris, x) = of_zoo("logistic-regression", 1);
    let training = run(&*iris, &x, &settings(Optimizer::Sgd, 1.0, 1));
    let model = zoo::find("logistic-regression").expect("it is in the zoo").member(1).0;
    let (value, gradient) = dualtape::jacobian(&model, &x);
    assert_eq!([training.trajectories[0].initial_loss()], *value);
    for (trajectory, mode) in training.trajectories.iter().zip([Mode::Chunked, Mode::Reverse]) {
        assert_eq!(trajectory.mode, mode);
        for ((&before, &after), slope) in x.iter().zip(&trajectory.weights).zip(&gradient) {
            assert!((before - after - slope).abs() < 1e-15, "{before} {after} {slope}");
        }
    }
}

#[test]
fn an_epoch_visits_every_sample_once_and_costs_multiply_out() {
    let line = Line::new(&[1.0, 2.0, 3.0, 4.0, 5.0]);
    let mut reverse = settings(Optimizer::Sgd, 1e-3, 6);
    (reverse.batch, reverse.modes) = (Some(2), vec![Mode::Reverse]);
    let counted_at_the_start = 2;
    let training = run(&line, &[0.0, 0.0], &reverse);
    let visited = line.visited.borrow()[counted_at_the_start..].to_vec();
    // Two epochs of batches of 2, 2 and 1, each in the order that the shuffle gave.
    assert_eq!(visited, [4, 3, 2, 1, 0, 0, 1, 2, 3, 4]);
    let cost = training.trajectories[0].cost;
    assert_eq!((cost.gradients, cost.evaluations), (6, 10));
    assert_eq!(line.evaluated.get(), cost.evaluations + counted_at_the_start as u64);

    // Forward mode multiplies by ⌈n/8⌉ passes: 41 parameters make 6.
    let (network, _) = of_zoo("mlp", 41);
    let n = network.parameters() as u64;
    let start = initialise(&*network, Initialisation::Xavier, normal());
    let training = run(&*network, &start, &settings(Optimizer::Sgd, 0.01, 10));
    let [forward, reverse] = training.trajectories.as_slice() else { panic!("two modes") };
    assert_eq!(forward.cost.evaluations, n.div_ceil(8) * 4 * 10);
    assert_eq!(reverse.cost.evaluations, 4 * 10);
    assert!(forward.cost.operations.total() > reverse.cost.operations.total());
    assert_eq!([forward, reverse].map(|it| (it.losses.len(), it.gradient_norms.len())), [(11, 11); 2]);
}

#[test]
fn divergence_stops_and_keeps_the_last_finite_parameters() {
    let line = Line::new(&[100.0]);
    let training = run(&line, &[1.0, 1.0], &settings(Optimizer::Sgd, 1e3, 1000));
    for trajectory in &training.trajectories {
        let step = trajectory.diverged.expect("it diverges");
        assert!((2..1000).contains(&step), "{step}");
        assert_eq!(trajectory.losses.len(), step, "steps 0 to {}", step - 1);
        assert!(trajectory.weights.iter().all(|w| w.is_finite()) && trajectory.final_loss().is_finite());
    }
    let training = run(&line, &[f64::NAN, 1.0], &settings(Optimizer::Sgd, 0.1, 5));
    assert_eq!(training.trajectories[0].diverged, Some(0));
}

#[test]
fn wrong_settings() {
    let line = Line::new(&[1.0, 2.0]);
    let error = |settings: &Settings, start: &[f64]| {
        train(&line, start, settings, |_| {}, |_| {}).map(drop).expect_err("the settings are wrong")
    };
    for rate in [f64::NAN, f64::INFINITY, 0.0, -1.0] {
        let found = error(&settings(Optimizer::Sgd, rate, 5), &[0.0; 2]);
        assert!(found.to_string().starts_with("rate: expected a finite number above 0, found"), "{found}");
    }
    assert_eq!(error(&settings(Optimizer::Sgd, 0.1, 0), &[0.0; 2]), TrainError::Steps);
    assert_eq!(error(&Settings::default(), &[0.0; 3]), TrainError::Weights { expected: 2, found: 3 });
    for found in [0, 3] {
        let mut settings = Settings::default();
        settings.batch = Some(found);
        assert_eq!(error(&settings, &[0.0; 2]), TrainError::Batch { samples: 2, found });
    }
    let mut settings = Settings::default();
    settings.modes.clear();
    assert_eq!(error(&settings, &[0.0; 2]), TrainError::Modes);
    settings.modes = vec![Mode::Reverse, Mode::Differences];
    let found = error(&settings, &[0.0; 2]).to_string();
    assert_eq!(found, "modes: expected forward, chunked, reverse or program, found differences");
    assert_eq!(
        train(&Line::new(&[]), &[0.0; 2], &Settings::default(), |_| {}, |_| {}).map(drop),
        Err(TrainError::Samples)
    );
}

#[test]
fn zeros_keep_the_units_equal_and_random_numbers_do_not() {
    let (network, _) = of_zoo("mlp", 60);
    let zeros = initialise(&*network, Initialisation::Zeros, || panic!("zeros are not random"));
    assert!(zeros.iter().all(|&w| w == 0.0));
    let training = run(&*network, &zeros, &settings(Optimizer::Adam, 0.05, 100));
    let units = network.layers()[0].units;
    assert_eq!(training.equal_units, [(1, units), (2, units)]);
    assert!(
        training.trajectories[0].final_loss() < training.trajectories[0].initial_loss(),
        "the output's bias learns"
    );
    for initialisation in [Initialisation::Normal, Initialisation::Xavier, Initialisation::He] {
        let start = initialise(&*network, initialisation, normal());
        assert_eq!(equal_units(&*network, &start), []);
        assert_eq!(run(&*network, &start, &settings(Optimizer::Adam, 0.01, 20)).equal_units, []);
        let layers: Vec<Layer> = network.layers();
        let last = &start[layers[0].parameters.clone()][layers[0].inputs];
        assert_eq!(*last, 0.0, "a bias starts at 0");
    }
}

/// The spread of the weights is what Glorot and He say.
#[test]
fn initialisations_have_their_variance() {
    let (network, _) = of_zoo("mlp", 5000);
    for (initialisation, variance) in [
        (Initialisation::Normal, 1.0),
        (Initialisation::Xavier, 2.0 / (2.0 * network.layers()[0].units as f64)),
        (Initialisation::He, 2.0 / network.layers()[0].units as f64),
    ] {
        let weights = initialise(&*network, initialisation, normal());
        let layer = &network.layers()[1];
        let units = weights[layer.parameters.clone()].chunks(layer.inputs + 1);
        let squares: f64 = units.flat_map(|unit| &unit[..layer.inputs]).map(|w| w * w).sum();
        let found = squares / (layer.units * layer.inputs) as f64;
        assert!((found / variance - 1.0).abs() < 0.1, "{initialisation:?}: {found} {variance}");
    }
}

#[test]
fn models_are_trained_by_name() {
    let (iris, _) = of_zoo("logistic-regression", 1);
    assert_eq!((iris.parameters(), iris.samples()), (15, 150));
    let (rosenbrock, x) = of_zoo("rosenbrock", 5);
    assert_eq!((rosenbrock.parameters(), rosenbrock.samples(), rosenbrock.start()), (5, 1, x));
    for family in zoo::MODELS {
        let parameters = family.trainable(20).map(|problem| problem.parameters());
        assert_eq!(parameters.is_some(), family.size(20).outputs == 1.0, "{}", family.about().name);
        assert!(parameters.is_none_or(|parameters| parameters >= 15), "{}", family.about().name);
    }
}

/// A loss that panics where more samples are evaluated than it was promised.
struct Limited<'a, P> {
    problem: &'a P,
    left: Cell<u64>,
}

impl<P: Trainable> Trainable for Limited<'_, P> {
    fn parameters(&self) -> usize {
        self.problem.parameters()
    }

    fn samples(&self) -> usize {
        self.problem.samples()
    }

    fn sample_loss<T: Scalar>(&self, weights: &[T], sample: usize) -> T {
        self.left.set(self.left.get().checked_sub(1).expect("no more evaluations than promised"));
        self.problem.sample_loss(weights, sample)
    }
}

#[test]
fn every_optimizer_trains_every_model_of_one_output_and_ends() {
    const STEPS: usize = 12;
    let optimizers = [
        Optimizer::Sgd,
        Optimizer::Momentum,
        Optimizer::Adam,
        #[cfg(feature = "argmin")]
        Optimizer::Lbfgs,
    ];
    let mut ended = Vec::new();
    let mut models = 0;
    for family in zoo::MODELS {
        let name = family.about().name;
        let n = if ["mlp", "network"].contains(&name) { 40 } else { 4 };
        let Some(problem) = family.trainable(n) else { continue };
        for optimizer in optimizers {
            let mut settings = settings(optimizer, 1e-3, STEPS);
            settings.modes = vec![Mode::Reverse];
            let start = initialise(&*problem, Initialisation::Xavier, normal());
            let training = run(&*problem, &start, &settings);
            let trajectory = &training.trajectories[0];
            // One step takes a gradient and a loss, by L-BFGS up to 41 of each.
            let a_step = if optimizer.to_string() == "lbfgs" { 83 } else { 2 };
            let most = problem.samples() as u64 * (a_step * STEPS as u64 + 4);
            assert!(trajectory.cost.evaluations + trajectory.cost.losses <= most, "{name} by {optimizer}");
            assert!(trajectory.losses.iter().all(|loss| loss.is_finite()), "{name} by {optimizer}");
            assert!(trajectory.diverged.is_none(), "{name} by {optimizer}");
            models += 1;
            if trajectory.finished.as_ref().is_some_and(|reason| reason.starts_with("the line search")) {
                ended.push(name);
            } else {
                assert!(trajectory.final_loss() <= trajectory.initial_loss(), "{name} by {optimizer}");
            }
        }
    }
    assert_eq!(models, 13 * optimizers.len());
    // Products, prices and populations have no least value, or none where the search looks.
    for name in ["speelpenning", "determinant", "black-scholes", "lotka-volterra"] {
        assert_eq!(ended.contains(&name), cfg!(feature = "argmin"), "{name}: {ended:?}");
    }
}

#[cfg(feature = "argmin")]
#[test]
fn a_line_search_without_end_ends() {
    use argmin::core::{CostFunction, Executor, Gradient};
    use argmin::solver::linesearch::MoreThuenteLineSearch;
    use argmin::solver::quasinewton::LBFGS;
    use dualtape::argmin::{NotFinite, Objective, Place};

    /// w₀ - 2·w₁ falls without end.
    struct Slope;
    impl Model for Slope {
        type Outputs = One;
        fn eval<T: Scalar>(&self, x: &[T]) -> T {
            x[0] - x[1] * T::constant(2.0)
        }
    }
    impl Trainable for Slope {
        fn parameters(&self) -> usize {
            2
        }
        fn samples(&self) -> usize {
            1
        }
        fn sample_loss<T: Scalar>(&self, weights: &[T], _: usize) -> T {
            self.eval(weights)
        }
    }
    let training =
        run(&Limited { problem: &Slope, left: Cell::new(400) }, &[0.0; 2], &settings(Optimizer::Lbfgs, 1.0, 9));
    for trajectory in &training.trajectories {
        let reason = trajectory.finished.as_deref().expect("there is no least value");
        assert!(
            reason.starts_with("the line search found no least loss at 40 points, the last of them with -"),
            "{reason}"
        );
        assert_eq!(
            (trajectory.weights.as_slice(), trajectory.losses.len()),
            (&[0.0; 2][..], 1),
            "the best that was reached"
        );
    }
    let sentences = dualtape::compare::report::training_sentences(&training).join(" ");
    assert!(
        sentences.contains("another start or another optimizer may help") && !sentences.contains("rate"),
        "{sentences}"
    );

    // Without a bound on the points of a search, the cost ends it.
    let found = Executor::new(Objective::new(Slope), LBFGS::new(MoreThuenteLineSearch::new(), 7))
        .configure(|state| state.param(vec![0.0; 2]).max_iters(20))
        .run()
        .expect("argmin takes it for the solver's end");
    let told = format!("{:?}", found.state().termination_status);
    assert!(told.contains("the cost: expected a finite number, found -inf"), "{told}");

    let objective = Objective::new(dualtape::model!(logarithm));
    let error = objective.cost(&vec![-1.0]).expect_err("ln(-1)");
    assert!(
        matches!(error.downcast_ref(), Some(NotFinite { place: Place::Cost, found, .. }) if found.is_nan()),
        "{error}"
    );
    for mode in [Mode::Forward, Mode::Reverse, Mode::Program] {
        let error = Objective::by(dualtape::model!(logarithm), mode).gradient(&vec![0.0]).expect_err("1/0");
        assert_eq!(error.to_string(), "entry 0 of the gradient: expected a finite number, found inf");
    }
}

#[cfg(feature = "argmin")]
fn logarithm<T: num_traits::Float>(x: &[T]) -> T {
    x[0].ln()
}
