//! A curve fit by the crate `levenberg-marquardt`: the residuals are written once, `jacobian` differentiates them. The
//! result is held against the values that NIST certifies for these data (StRD, Misra1a), standard errors included.

use dualtape::{Many, Model, jacobian, model};
use levenberg_marquardt::{LeastSquaresProblem, LevenbergMarquardt};
// What levenberg-marquardt 0.15 takes; the matrices of dualtape are those of 0.35.
use nalgebra_0_34::{DMatrix, DVector, Dyn, Owned};

/// Pressure in mmHg, and the volume of the gas that a solid took up at it.
const POINTS: [(f64, f64); 14] = [
    (77.6, 10.07),
    (114.9, 14.73),
    (141.1, 17.94),
    (190.8, 23.93),
    (239.9, 29.61),
    (289.0, 35.18),
    (332.8, 40.02),
    (378.4, 44.82),
    (434.8, 50.76),
    (477.3, 55.05),
    (536.8, 61.01),
    (593.1, 66.40),
    (689.1, 75.47),
    (760.0, 81.78),
];

/// Name, certified value, certified standard error.
const CERTIFIED: [(&str, f64, f64); 2] =
    [("b0", 2.3894212918e+02, 2.7070075241e+00), ("b1", 5.5015643181e-04, 7.2668688436e-06)];

/// The residuals of any model as a problem of the crate: numbers go from one nalgebra to the other as slices.
struct Fit<M> {
    residuals: M,
    parameters: Vec<f64>,
}

impl<M: Model<Outputs = Many>> LeastSquaresProblem<f64, Dyn, Dyn> for Fit<M> {
    type ResidualStorage = Owned<f64, Dyn>;
    type JacobianStorage = Owned<f64, Dyn, Dyn>;
    type ParameterStorage = Owned<f64, Dyn>;

    fn set_params(&mut self, x: &DVector<f64>) {
        self.parameters = x.as_slice().to_vec();
    }

    fn params(&self) -> DVector<f64> {
        DVector::from_column_slice(&self.parameters)
    }

    fn residuals(&self) -> Option<DVector<f64>> {
        Some(DVector::from_vec(self.residuals.eval(&self.parameters)))
    }

    fn jacobian(&self) -> Option<DMatrix<f64>> {
        let (_, j) = jacobian(&self.residuals, &self.parameters);
        Some(DMatrix::from_column_slice(j.nrows(), j.ncols(), j.as_slice()))
    }
}

fn main() {
    // y = b₀·(1 - exp(-b₁·x))
    let points = &POINTS;
    let residuals = model!(|b, points: &[(f64, f64)]| -> Vec<_> {
        points.iter().map(|&(x, y)| b[0] * (1.0 - (-b[1] * x).exp()) - y).collect()
    });

    let start = Fit { residuals, parameters: vec![500.0, 1e-4] };
    let (fit, report) = LevenbergMarquardt::new().minimize(start);
    assert!(report.termination.was_successful(), "{report:?}");
    println!("{} evaluations from 500, 1e-4\n", report.number_of_evaluations);

    // The covariance of the parameters is s²·(JᵀJ)⁻¹, where s² is the variance of the residuals.
    let (r, j) = jacobian(&residuals, &fit.parameters);
    let variance = r.iter().map(|r| r * r).sum::<f64>() / (r.len() - fit.parameters.len()) as f64;
    let inverse = (j.transpose() * &j).try_inverse().expect("the parameters are told apart");
    println!("{:10} {:>16} {:>16}   {:>16}", "parameter", "found", "standard error", "certified");
    for (i, (name, value, error)) in CERTIFIED.into_iter().enumerate() {
        let (found, deviation) = (fit.parameters[i], (variance * inverse[(i, i)]).sqrt());
        println!("{name:10} {found:16.9e} {deviation:16.9e}   {value:16.9e}");
        assert!((found / value - 1.0).abs() < 1e-8, "{name} is {found}, {value} is certified");
        assert!((deviation / error - 1.0).abs() < 1e-6, "its standard error is {deviation}, {error} is certified");
    }
}

#[test]
fn it_finds_the_certified_values() {
    main();
}
