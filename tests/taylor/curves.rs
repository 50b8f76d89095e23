//! Curves by their derivatives, as Taylor series and as nested dual numbers.

use dualtape::{Dual, Scalar, Taylor};

/// Dual numbers, nested three deep over a float.
pub(crate) type Nested3 = Dual<Dual<Dual<f64>>>;

/// And five deep.
pub(crate) type Nested5 = Dual<Dual<Nested3>>;

/// A number that knows the derivatives along a curve.
pub(crate) trait Curve: Scalar {
    /// The point of a curve with these derivatives, the value first.
    fn on_curve(derivatives: &[f64]) -> Self;

    /// The derivatives, the value first.
    fn derivatives(self) -> Vec<f64>;
}

impl Curve for f64 {
    fn on_curve(derivatives: &[f64]) -> Self {
        derivatives[0]
    }

    fn derivatives(self) -> Vec<f64> {
        vec![self]
    }
}

/// Each level stands for one derivative: a part with k tangents on its way is the k-th.
impl<T: Curve> Curve for Dual<T> {
    fn on_curve(derivatives: &[f64]) -> Self {
        Self::new(T::on_curve(derivatives), T::on_curve(&derivatives[1..]))
    }

    fn derivatives(self) -> Vec<f64> {
        let value = self.value.derivatives()[0];
        std::iter::once(value).chain(self.tangent.derivatives()).collect()
    }
}

impl<const K: usize> Curve for Taylor<f64, K> {
    fn on_curve(derivatives: &[f64]) -> Self {
        let factorial = |k: usize| (1..=k).map(|i| i as f64).product::<f64>();
        Self::new(derivatives[0], std::array::from_fn(|i| derivatives[i + 1] / factorial(i + 1)))
    }

    fn derivatives(self) -> Vec<f64> {
        (0..=K).map(|k| self.derivative(k)).collect()
    }
}

/// First to fifth derivatives of curves: lines in both directions, one that bends, one that only bends, and a point.
pub(crate) const MOTIONS: [[f64; 5]; 5] = [
    [1.0, 0.0, 0.0, 0.0, 0.0],
    [-1.0, 0.0, 0.0, 0.0, 0.0],
    [0.5, -1.25, 0.75, 2.0, -0.625],
    [0.0, 1.0, 0.0, 0.0, 0.0],
    [0.0; 5],
];

/// The derivatives of a curve through x.
pub(crate) fn through(x: f64, motion: usize) -> Vec<f64> {
    std::iter::once(x).chain(MOTIONS[motion]).collect()
}
