//! Linear regression by least squares.

use super::data::{Data, DataError, Prediction, Scale, mean_loss, unscale};
use super::points::spread;
use crate::compare::family::{self, About, Family, Size};
use crate::model::{Model, One};
use crate::number::Scalar;
use crate::train::{self, Layer, Trainable};
use nalgebra::DMatrix;

/// L(φ) = mean of (φᵀx − y)² over the samples, x with a 1 at its end for the intercept.
///
/// Convex on all of ℝⁿ, n = features + 1. Source: Prince, Understanding Deep Learning (2023), section 2.2.
#[derive(Clone, Debug)]
pub(super) struct LeastSquares {
    names: Vec<String>,
    /// Each with a 1 at its end.
    rows: Vec<Vec<f64>>,
    targets: Vec<f64>,
    scales: Vec<Scale>,
}

impl LeastSquares {
    /// The standardised columns of a table with numbers to predict.
    fn new(data: Data) -> Result<Self, DataError> {
        let data = data.standardised()?;
        let targets = data.numbers(NAME)?.to_vec();
        let names = data.columns().iter().cloned().chain(["intercept".to_owned()]).collect();
        let rows = data.rows().iter().map(|row| row.iter().copied().chain([1.0]).collect()).collect();
        let scales = data.scales().expect("it is standardised").to_vec();
        Ok(Self { names, rows, targets, scales })
    }
}

impl Model for LeastSquares {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        mean_loss(self, x)
    }
}

impl Trainable for LeastSquares {
    fn parameters(&self) -> usize {
        self.names.len()
    }

    fn samples(&self) -> usize {
        self.rows.len()
    }

    fn sample_loss<T: Scalar>(&self, weights: &[T], sample: usize) -> T {
        let residual = T::linear_combination(&self.rows[sample], weights) - T::constant(self.targets[sample]);
        residual * residual
    }

    /// The features, then the target.
    fn data(&self, sample: usize) -> Vec<f64> {
        let features = &self.rows[sample][..self.parameters() - 1];
        [features, &[self.targets[sample]]].concat()
    }

    fn loss<T: Scalar>(&self, weights: &[T], data: &[T]) -> Option<T> {
        let features = self.parameters() - 1;
        let residual = T::dot(&weights[..features], &data[..features]) + weights[features] - data[features];
        Some(residual * residual)
    }

    fn layers(&self) -> Vec<Layer> {
        let n = self.parameters();
        vec![Layer { parameters: 0..n, inputs: n - 1, units: 1, hidden: false }]
    }

    fn unstandardised(&self, weights: &[f64]) -> Option<Vec<f64>> {
        let mut weights = weights.to_vec();
        unscale(&mut weights, &self.scales);
        Some(weights)
    }

    fn names(&self) -> Vec<String> {
        self.names.clone()
    }
}

/// Linear regressions on any number of features, twenty samples; or on the columns of a table, one member whatever n is asked for.
#[derive(Clone, Debug)]
pub(super) struct LinearRegression {
    data: Option<LeastSquares>,
}

const NAME: &str = "linear-regression";

const ROWS: usize = 20;

impl LinearRegression {
    pub(super) const DEFAULT: Self = Self { data: None };
}

impl Family for LinearRegression {
    type Model = LeastSquares;

    fn about(&self) -> About {
        About {
            name: NAME,
            title: "Linear regression by least squares",
            formula: "L(w) = mean (w . x - y)^2",
            inputs: "w, a weight for each feature and the intercept: n = features + 1; with data, its columns",
            domain: "all of R^n; convex",
            source: "Prince, Understanding Deep Learning (2023), section 2.2",
        }
    }

    fn size(&self, n: usize) -> Size {
        let (inputs, rows) = match &self.data {
            Some(data) => (data.parameters() as f64, data.samples() as f64),
            None => (n.max(2) as f64, ROWS as f64),
        };
        Size { inputs, outputs: 1.0, operations: rows * (2.0 * inputs + 3.0) }
    }

    fn member(&self, n: usize) -> (LeastSquares, Vec<f64>) {
        let model = self.data.clone().unwrap_or_else(|| {
            let features = n.max(2) - 1;
            let columns = (1..=features).map(|feature| format!("x{feature}")).collect();
            let rows: Vec<Vec<f64>> =
                spread(0, ROWS * features, -1.0, 1.0).chunks(features).map(<[f64]>::to_vec).collect();
            let truth = spread(5, features, -1.0, 1.0);
            let noise = spread(17, ROWS, -0.1, 0.1);
            let value =
                |(row, noise): (&Vec<f64>, f64)| 3.0 + noise + row.iter().zip(&truth).map(|(x, w)| x * w).sum::<f64>();
            let targets = rows.iter().zip(noise).map(value).collect();
            let data = Data::with_numbers(columns, rows, targets).expect("the table is well formed");
            LeastSquares::new(data).expect("the columns vary")
        });
        let x = spread(1, model.parameters(), -1.0, 1.0);
        (model, x)
    }

    #[inline]
    fn trainable(&self, n: usize) -> Option<Box<dyn train::DynTrainable>> {
        Some(Box::new(self.member(n).0))
    }

    fn predicts(&self) -> Option<Prediction> {
        Some(Prediction::Numbers)
    }

    #[inline]
    fn with_data(&self, data: Data) -> Result<Box<dyn family::DynFamily>, DataError> {
        Ok(Box::new(Self { data: Some(LeastSquares::new(data)?) }))
    }

    /// 2/N·Σ (φᵀx − y)·x.
    fn known(model: &LeastSquares, x: &[f64]) -> Option<DMatrix<f64>> {
        let mut gradient = DMatrix::zeros(1, x.len());
        for (row, target) in model.rows.iter().zip(&model.targets) {
            let residual = row.iter().zip(x).map(|(x, w)| x * w).sum::<f64>() - target;
            for (partial, x) in gradient.iter_mut().zip(row) {
                *partial += 2.0 * residual * x / model.rows.len() as f64;
            }
        }
        Some(gradient)
    }
}
