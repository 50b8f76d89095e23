//! What only the types of the models tell: data in losses, simulations, and members that no family makes.

use super::gmm::MixtureLikelihood;
use super::linear::LinearRegression;
use super::logistic::LogisticRegression;
use super::lotka_volterra::LotkaVolterra;
use super::network::{Mlp, Network};
use crate::compare::family::Family;
use crate::model::{Model, One};
use crate::train::Trainable;
use nalgebra::DMatrix;

#[test]
fn losses_of_samples_average_to_the_model_and_take_their_data() {
    fn check<P: Trainable + Model<Outputs = One>>(problem: &P, x: &[f64]) {
        for sample in 0..problem.samples() {
            let loss = problem.loss(x, &problem.data(sample)).expect("the loss takes data");
            let expected = problem.sample_loss(x, sample);
            assert!((loss - expected).abs() <= 8.0 * f64::EPSILON * expected.abs().max(1.0), "{loss} {expected}");
        }
        let mean = (0..problem.samples()).map(|s| problem.sample_loss(x, s)).sum::<f64>() / problem.samples() as f64;
        let value: f64 = problem.eval(x);
        assert!((mean - value).abs() <= 4.0 * f64::EPSILON * value.abs(), "{mean} {value}");
        assert_eq!((problem.parameters(), problem.names().len()), (x.len(), x.len()));
        let covered: usize = problem.layers().iter().map(|layer| layer.units * (layer.inputs + 1)).sum();
        assert_eq!(covered, x.len(), "the layers cover the parameters");
    }
    let (model, x) = Mlp::DEFAULT.member(50);
    check(&model, &x);
    let (model, x) = Network.member(50);
    check(&model, &x);
    let (model, x) = LinearRegression::DEFAULT.member(5);
    check(&model, &x);
    let (model, x) = LogisticRegression::IRIS.member(40);
    check(&model, &x);
}

#[test]
fn a_mixture_of_one_normal_distribution_is_that_distribution() {
    // α = 0, μ = 0, Q = 1: every point has the standard normal density; the prior adds γ²/2·(d + 0) and its constant.
    let points = vec![vec![0.5, -1.0], vec![2.0, 0.25]];
    let squares: f64 = points.iter().flatten().map(|x| x * x).sum();
    let model = MixtureLikelihood::new(2, 1, points);
    let likelihood = -0.5 * squares - 2.0 * std::f64::consts::TAU.ln();
    // Wishart's constant for d = 2, m = 0: -(n d (ln γ - ln 2/2) - ln Γ₂(n/2)), n = 3.
    let ln_gamma_2 = 0.5 * std::f64::consts::PI.ln() + (0.5 * std::f64::consts::PI.sqrt()).ln() + 0.0;
    let constant = 3.0 * 2.0 * (-0.5 * std::f64::consts::LN_2) - ln_gamma_2;
    let expected = likelihood + 0.5 * 2.0 - constant;
    assert!((model.eval(&[0.0; 6]) - expected).abs() < 1e-12, "{} {expected}", model.eval(&[0.0; 6]));
}

/// The likelihood by covariances and densities, two components with entries below the diagonal.
#[test]
fn a_mixture_of_two_is_the_sum_of_their_densities() {
    let points = vec![vec![0.5, -1.0], vec![2.0, 0.25], vec![-0.3, 0.7]];
    let model = MixtureLikelihood::new(2, 2, points.clone());
    let x: [f64; 12] = [0.3, -0.4, 0.1, 0.2, -0.5, 0.6, 0.2, -0.1, 0.7, -0.3, 0.25, -0.4];
    let factor = |k: usize| &x[6 + 3 * k..][..3];
    let density = |point: &[f64], k: usize| {
        let q = factor(k);
        let q = DMatrix::from_row_slice(2, 2, &[q[0].exp(), 0.0, q[2], q[1].exp()]);
        let covariance = (q.transpose() * q).try_inverse().expect("Q has full rank");
        let centred = DMatrix::from_fn(2, 1, |i, _| point[i] - x[2 + 2 * k + i]);
        let distance = (centred.transpose() * covariance.clone().try_inverse().expect("so has this") * &centred)[0];
        (-0.5 * distance).exp() / (std::f64::consts::TAU * covariance.determinant().sqrt())
    };
    let weights = [x[0].exp(), x[1].exp()].map(|w| w / (x[0].exp() + x[1].exp()));
    let likelihood: f64 =
        points.iter().map(|point| (weights[0] * density(point, 0) + weights[1] * density(point, 1)).ln()).sum();
    let square = |k| (2.0 * factor(k)[0]).exp() + (2.0 * factor(k)[1]).exp() + factor(k)[2].powi(2);
    // Wishart's constant, as for one component.
    let ln_gamma_2 = 0.5 * std::f64::consts::PI.ln() + (0.5 * std::f64::consts::PI.sqrt()).ln();
    let constant = -3.0 * std::f64::consts::LN_2 - ln_gamma_2;
    let expected = likelihood + 0.5 * (square(0) + square(1)) - 2.0 * constant;
    assert!((model.eval(&x) - expected).abs() < 1e-13, "{} {expected}", model.eval(&x));
}

/// More species than two stay near their fixed point, in every size.
#[test]
fn communities_stay_bounded() {
    for n in [12, 110, 1000, 10_000] {
        let (community, x) = LotkaVolterra.member(n);
        let end = community.simulate(&x);
        assert!(end.iter().all(|population| (0.2..3.0).contains(population)), "{n}: {end:?}");
    }
}

#[test]
fn predator_and_prey_keep_their_constant() {
    // Predator and prey keep V = δx - γ ln x + βy - α ln y.
    let (community, parameters) = LotkaVolterra.member(6);
    let kept = |x: f64, y: f64| 0.75 * x - 3.0 * x.ln() + y - 1.5 * y.ln();
    let end = community.simulate(&parameters);
    assert!((kept(end[0], end[1]) - kept(1.0, 0.8)).abs() < 1e-4, "{end:?}");
    assert!((end[0] - 1.0).abs() > 0.1, "something moves");
}
