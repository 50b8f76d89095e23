//! Classic models of the zoo against facts that were worked out in another way.

#![cfg(feature = "compare")]

use dualtape::compare::{DynFamily, zoo};
use dualtape::{Model, One, Scalar, assert_modes_agree};
use nalgebra::DMatrix;

fn find(name: &str) -> &'static dyn DynFamily {
    zoo::find(name).expect("it is in the zoo")
}

/// The determinant of so many entries.
struct Determinant(usize);

impl Model for Determinant {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        find("determinant").member(self.0).0.eval(x)[0]
    }
}

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
        let call = find("black-scholes").member(5).0.eval(&[s, k, r, v, t])[0];
        assert!((call - put - (s - discounted)).abs() < 1e-13, "{call} {put}");
    }
}

#[test]
fn long_products_stay_in_range() {
    let (model, x) = find("speelpenning").member(100_000);
    let product = model.eval(&x)[0];
    assert!((0.3..3.0).contains(&product), "{product}");
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
        let agreement = assert_modes_agree!(Determinant(entries.len()), entries);
        let value = value.unwrap_or(matrix.determinant());
        assert!((agreement.value - value).abs() < 1e-15, "{matrix} {}", agreement.value);
        let found = DMatrix::from_row_slice(k, k, &agreement.gradient);
        assert!((&found - &expected).amax() <= 1e-14 * expected.amax(), "{matrix} {found} {expected}");
    }
}
