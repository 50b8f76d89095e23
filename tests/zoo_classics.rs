//! Classic models of the zoo against facts that were worked out in another way.

#![cfg(feature = "compare")]

use dualtape::compare::{Family, zoo};
use dualtape::{Model, Scalar, assert_modes_agree};
use nalgebra::DMatrix;

#[test]
fn calls_and_puts_keep_their_parity() {
    // A call less a put, by the formula of the put, is S - K·exp(-rT).
    for [s, k, r, v, t] in
        [[42.0, 40.0, 0.1, 0.2, 0.5], [100.0, 100.0, 0.05, 0.2_f64, 1.0_f64], [80.0, 120.0, 0.01, 0.5, 2.0]]
    {
        let normal = |d: f64| 0.5 * Scalar::erfc(-d * std::f64::consts::FRAC_1_SQRT_2);
        let d1 = (f64::ln(s / k) + (r + 0.5 * v * v) * t) / (v * t.sqrt());
        let discounted = k * (-r * t).exp();
        let put = discounted * normal(v * t.sqrt() - d1) - s * normal(-d1);
        let call = zoo::Portfolio.eval(&[s, k, r, v, t]);
        assert!((call - put - (s - discounted)).abs() < 1e-13, "{call} {put}");
    }
}

/// More species than two stay near their fixed point, in every size.
#[test]
fn communities_stay_bounded() {
    for n in [12, 110, 1000, 10_000] {
        let (community, x) = zoo::LotkaVolterra.member(n);
        let end = community.simulate(&x);
        assert!(end.iter().all(|population| (0.2..3.0).contains(population)), "{n}: {end:?}");
    }
}

#[test]
fn long_products_stay_in_range() {
    let (model, x) = zoo::Speelpenning.member(100_000);
    let product: f64 = model.eval(&x);
    assert!((0.3..3.0).contains(&product), "{product}");
}

/// The likelihood by covariances and densities, two components with entries below the diagonal.
#[test]
fn a_mixture_of_two_is_the_sum_of_their_densities() {
    let points = vec![vec![0.5, -1.0], vec![2.0, 0.25], vec![-0.3, 0.7]];
    let model = zoo::MixtureLikelihood::new(2, 2, points.clone());
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

/// Matrices that make elimination exchange rows and columns: the adjugate by minors, which no rank spoils.
#[test]
fn determinants_with_exchanges_and_without_rank() {
    let singular = [
        vec![0.0; 4],
        vec![0.0, 1.0, 0.0, 1.0],
        vec![0.0; 9],
        vec![1.0, 2.0, 3.0, 2.0, 4.0, 6.0, 3.0, 6.0, 9.0],
        vec![0.0, 1.0, 2.0, 0.0, 3.0, -4.0, 0.0, 5.0, 6.0],
        vec![1.0, 2.0, 3.0, 2.0, 4.0, 7.0, 3.0, 6.0, 5.0],
    ];
    let regular =
        [vec![0.0, 0.0, 2.0, 1.0, 0.0, 0.0, 0.0, -3.0, 0.0], vec![0.1, -0.9, 0.4, 0.8, 0.3, -0.2, -0.5, 0.7, 0.6]];
    for (entries, value) in singular.iter().map(|it| (it, Some(0.0))).chain(regular.iter().map(|it| (it, None))) {
        let k = entries.len().isqrt();
        let matrix = DMatrix::from_row_slice(k, k, entries);
        let minor = |i: usize, j: usize| matrix.clone().remove_row(i).remove_column(j).determinant();
        let expected = DMatrix::from_fn(k, k, |i, j| if (i + j) % 2 == 0 { minor(i, j) } else { -minor(i, j) });
        let agreement = assert_modes_agree!(zoo::DeterminantFunction, entries);
        let value = value.unwrap_or(matrix.determinant());
        assert!((agreement.value - value).abs() < 1e-15, "{matrix} {}", agreement.value);
        let found = DMatrix::from_row_slice(k, k, &agreement.gradient);
        assert!((&found - &expected).amax() <= 1e-14 * expected.amax(), "{matrix} {found} {expected}");
    }
}
