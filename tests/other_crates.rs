//! What other crates take: the re-exported versions, and the slices of a matrix where they have another version.

use dualtape::{Dual, Scalar, forward, reverse};
use levenberg_marquardt::{LeastSquaresProblem, LevenbergMarquardt};
use nalgebra_0_34::{Dyn, Matrix, Owned, Vector};

/// The exported crates alone are enough to name the types and bounds of this crate's signatures.
#[test]
fn the_exported_versions_are_those_of_the_signatures() {
    use dualtape::nalgebra::{DMatrix, dmatrix};
    use dualtape::num_traits::Float;

    fn product<T: Float>(x: &[T]) -> T {
        x[0] * x[1].sin()
    }
    let (_, jacobian): (Vec<f64>, DMatrix<f64>) = reverse::jacobian(|x| vec![x[0] * x[1], x[0]], &[3.0, 5.0]).unwrap();
    assert_eq!(jacobian, dmatrix![5.0, 3.0; 1.0, 0.0]);
    let (y, gradient) = forward::gradient(product, &[3.0, 5.0]);
    assert_eq!((y, gradient), (3.0 * 5_f64.sin(), vec![5_f64.sin(), 3.0 * 5_f64.cos()]));
    assert_eq!(dmatrix![Dual::variable(2.0)].determinant(), Dual::variable(2.0));
}

/// a·exp(b·t) + c through points of it: the residuals of a fit.
struct Decay {
    times: Vec<f64>,
    measured: Vec<f64>,
    parameters: Vec<f64>,
}

impl Decay {
    fn curve<T: Scalar>(x: &[T], t: f64) -> T {
        x[0] * (x[1] * T::constant(t)).exp() + x[2]
    }

    fn differences<T: Scalar>(&self, x: &[T]) -> Vec<T> {
        let points = self.times.iter().zip(&self.measured);
        points.map(|(&t, &y)| Self::curve(x, t) - T::constant(y)).collect()
    }
}

impl LeastSquaresProblem<f64, Dyn, Dyn> for Decay {
    type ResidualStorage = Owned<f64, Dyn>;
    type JacobianStorage = Owned<f64, Dyn, Dyn>;
    type ParameterStorage = Owned<f64, Dyn>;

    fn set_params(&mut self, x: &Vector<f64, Dyn, Self::ParameterStorage>) {
        self.parameters = x.as_slice().to_vec();
    }

    fn params(&self) -> Vector<f64, Dyn, Self::ParameterStorage> {
        Vector::<f64, Dyn, _>::from_column_slice(&self.parameters)
    }

    fn residuals(&self) -> Option<Vector<f64, Dyn, Self::ResidualStorage>> {
        Some(Vector::<f64, Dyn, _>::from_vec(self.differences(&self.parameters)))
    }

    fn jacobian(&self) -> Option<Matrix<f64, Dyn, Dyn, Self::JacobianStorage>> {
        let (_, jacobian) = forward::jacobian(|x| self.differences(x), &self.parameters).ok()?;
        Some(Matrix::<f64, Dyn, Dyn, _>::from_column_slice(jacobian.nrows(), jacobian.ncols(), jacobian.as_slice()))
    }
}

/// levenberg-marquardt has another nalgebra than this crate.
#[test]
fn a_jacobian_goes_to_another_nalgebra_by_its_columns() {
    let truth = [2.5, -1.3, 0.5];
    let times: Vec<f64> = (0..20).map(|i| 0.15 * f64::from(i)).collect();
    let measured = times.iter().map(|&t| Decay::curve(&truth, t)).collect();
    let start = Decay { times, measured, parameters: vec![1.0, -1.0, 0.0] };
    let (found, report) = LevenbergMarquardt::new().minimize(start);
    assert!(report.termination.was_successful() && report.number_of_evaluations < 20, "{report:?}");
    for (found, expected) in found.parameters.iter().zip(truth) {
        assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
    }
}
