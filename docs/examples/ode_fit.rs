//! A damped pendulum is fitted to its measured angles: argmin's L-BFGS takes the gradient through the solver of the
//! differential equation, θ'' = -2δ·θ' - ω²·sin θ. Damping, frequency and the first angle are found again.

use argmin::core::{Error, Executor, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use dualtape::argmin::Objective;
use dualtape::{Real, Scalar, assert_modes_agree, choose_mode, model};
use std::iter::successors;

/// Seconds between two steps of the solver.
const STEP: f64 = 0.02;
/// Steps from one measurement to the next.
const STEPS: usize = 10;

/// The derivative of (angle, velocity) in time.
fn rate<T: Scalar>([damping, frequency]: [Real<T>; 2], [angle, velocity]: [Real<T>; 2]) -> [Real<T>; 2] {
    [velocity, -2.0 * damping * velocity - frequency.powi(2) * angle.sin()]
}

/// The angles at the times of the measurements, by the classical Runge-Kutta method: what is fitted is damping,
/// frequency and the first angle.
fn angles<T: Scalar>(x: &[Real<T>], measurements: usize) -> Vec<Real<T>> {
    let rate = |state| rate([x[0], x[1]], state);
    let along = |a: [Real<T>; 2], b: [Real<T>; 2], h: f64| [a[0] + h * b[0], a[1] + h * b[1]];
    let step = |state: [Real<T>; 2]| {
        let k1 = rate(state);
        let k2 = rate(along(state, k1, 0.5 * STEP));
        let k3 = rate(along(state, k2, 0.5 * STEP));
        let k4 = rate(along(state, k3, STEP));
        [0, 1].map(|i| state[i] + STEP / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]))
    };
    let later = |state: &[Real<T>; 2]| Some((0..STEPS).fold(*state, |state, _| step(state)));
    let states = successors(Some([x[2], 0.0.into()]), later);
    states.take(measurements).map(|[angle, _]| angle).collect()
}

fn main() -> Result<(), Error> {
    const NAMES: [&str; 3] = ["damping", "frequency", "first angle"];
    let (truth, start) = ([0.15, 2.0, 1.2], [0.4, 1.6, 0.8]);
    let measured: Vec<f64> = angles(Real::slice(&truth), 30).iter().map(|angle| angle.0).collect();

    let measured = &measured;
    let misfit = model!(|x, measured: &Vec<f64>| {
        let angles = angles(x, measured.len());
        angles.iter().zip(measured).map(|(&found, &measured)| (found - measured).powi(2)).sum()
    });
    // The gradient through 290 steps of the solver is right: both modes agree on it, and differences with them.
    let agreement = assert_modes_agree!(misfit, start);
    assert_eq!(agreement.check.as_ref().map(|check| (check.held, check.undecided)), Some((3, 0)));

    let problem = Objective::new(misfit);
    let solver = LBFGS::new(MoreThuenteLineSearch::new(), 5).with_tolerance_grad(1e-9)?;
    let found = Executor::new(problem, solver)
        .configure(|state| state.param(start.to_vec()).max_iters(100).counting(true))
        .run()?;
    let state = found.state();
    let best = state.get_best_param().expect("there is a point");

    println!("{:12} {:>8} {:>14} {:>8}", "", "start", "found", "truth");
    for (i, name) in NAMES.into_iter().enumerate() {
        println!("{name:12} {:8} {:14.10} {:8}", start[i], best[i], truth[i]);
        assert!((best[i] - truth[i]).abs() < 1e-8, "{name}");
    }
    let counts = state.get_func_counts();
    let (values, gradients) = (counts["cost_count"], counts["gradient_count"]);
    println!("\n{} iterations: {values} solves for the misfit, {gradients} for its gradient;", state.get_iter());
    println!("one of these gives all three derivatives ({} mode).", choose_mode(3, 1).mode);
    println!("The gradient at the start: both modes agree, and so do differences.");
    Ok(())
}

#[test]
fn it_finds_the_truth() {
    main().unwrap();
}
