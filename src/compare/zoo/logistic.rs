//! Multinomial logistic regression, on Fisher's Iris data or a table with classes.

use super::data::{Data, DataError, Prediction, Scale, mean_loss, standardised, unscale};
use super::iris;
use super::log_sum_exp::softmax;
use super::points::spread;
use crate::compare::family::{self, About, Family, Size};
use crate::model::{Model, One};
use crate::number::Scalar;
use crate::train::{self, Layer, Trainable};
use nalgebra::DMatrix;
use std::borrow::Cow;

/// Mean negative log-likelihood of classes: mean of ln Σₖ exp(sₖ) − s_y over the samples, scores s = W·x with a 1 at the
/// end of x for the bias.
///
/// The inputs are W row by row, a row for each class. Convex on all of ℝⁿ. Source: Bishop, Pattern Recognition and Machine
/// Learning (2006), section 4.3.4.
#[derive(Clone, Debug)]
pub(super) struct CrossEntropy {
    features: Vec<String>,
    classes: Vec<String>,
    /// Each with a 1 at its end.
    rows: Vec<Vec<f64>>,
    class: Vec<usize>,
    /// Of the features.
    scales: Vec<Scale>,
}

impl CrossEntropy {
    fn scores<T: Scalar>(&self, weights: &[T], sample: usize) -> Vec<T> {
        let row = &self.rows[sample];
        weights.chunks(row.len()).map(|weights| T::linear_combination(row, weights)).collect()
    }
}

impl Model for CrossEntropy {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        mean_loss(self, x)
    }
}

impl Trainable for CrossEntropy {
    fn parameters(&self) -> usize {
        self.classes.len() * (self.features.len() + 1)
    }

    fn samples(&self) -> usize {
        self.rows.len()
    }

    fn sample_loss<T: Scalar>(&self, weights: &[T], sample: usize) -> T {
        let scores = self.scores(weights, sample);
        T::log_sum_exp(&scores) - scores[self.class[sample]]
    }

    /// The features, then a 1 for the sample's own class and a 0 for each other.
    fn data(&self, sample: usize) -> Vec<f64> {
        let own = (0..self.classes.len()).map(|class| f64::from(class == self.class[sample]));
        self.rows[sample][..self.features.len()].iter().copied().chain(own).collect()
    }

    fn loss<T: Scalar>(&self, weights: &[T], data: &[T]) -> Option<T> {
        let (features, own) = data.split_at(self.features.len());
        let score = |weights: &[T]| T::dot(&weights[..features.len()], features) + weights[features.len()];
        let scores: Vec<T> = weights.chunks(features.len() + 1).map(score).collect();
        Some(T::log_sum_exp(&scores) - T::dot(own, &scores))
    }

    fn layers(&self) -> Vec<Layer> {
        let (inputs, units) = (self.features.len(), self.classes.len());
        vec![Layer { parameters: 0..self.parameters(), inputs, units, hidden: false }]
    }

    fn unstandardised(&self, weights: &[f64]) -> Option<Vec<f64>> {
        let mut weights = weights.to_vec();
        weights.chunks_mut(self.features.len() + 1).for_each(|class| unscale(class, &self.scales));
        Some(weights)
    }

    /// Class and feature; `z(a)*z(b)` is a product of columns that are standardised.
    fn names(&self) -> Vec<String> {
        let features = || self.features.iter().map(String::as_str).chain(["bias"]);
        self.classes.iter().flat_map(|class| features().map(move |feature| format!("{class} {feature}"))).collect()
    }
}

/// Logistic regressions on Fisher's Iris data, 150 flowers of three species by four measurements, or on a table with classes: n grows
/// by products of the columns as further features.
#[derive(Clone, Debug)]
pub(super) struct LogisticRegression {
    /// Standardised; `None` for the Iris data.
    data: Option<Data>,
}

const NAME: &str = "logistic-regression";

const CLASSES: &str = "a table with classes";

impl LogisticRegression {
    pub(super) const IRIS: Self = Self { data: None };

    /// The table, standardised.
    fn data(&self) -> Cow<'_, Data> {
        self.data.as_ref().map_or_else(
            || {
                let row = |row: &[u8; 4]| row.map(|tenths| f64::from(tenths) / 10.0).to_vec();
                let rows = iris::TENTHS.iter().map(row).collect();
                let labels: Vec<String> =
                    (0..iris::TENTHS.len()).map(|flower| iris::SPECIES[flower / 50].to_owned()).collect();
                let data = Data::with_classes(iris::FEATURES.map(str::to_owned).to_vec(), rows, &labels);
                Cow::Owned(data.and_then(Data::standardised).expect("the flowers are well formed"))
            },
            Cow::Borrowed,
        )
    }

    /// How many features the smallest member with at least n inputs has.
    fn features(n: usize, data: &Data, classes: usize) -> f64 {
        let columns = data.columns().len() as f64;
        ((n as f64 / classes as f64).ceil() - 1.0).max(columns)
    }
}

/// Products of the columns in the order of their degree, as lists of columns: the columns themselves, then their squares
/// and products of two, of three, …
fn monomials(columns: usize, count: usize) -> Vec<Vec<usize>> {
    let mut found: Vec<Vec<usize>> = (0..columns).map(|column| vec![column]).collect();
    let mut at = 0;
    while found.len() < count {
        let base = found[at].clone();
        let last = base[base.len() - 1];
        found.extend((last..columns).map(|column| [base.as_slice(), &[column]].concat()));
        at += 1;
    }
    found.truncate(count);
    found
}

impl Family for LogisticRegression {
    type Model = CrossEntropy;

    fn about(&self) -> About {
        let (title, source) = match self.data {
            None => (
                "Multinomial logistic regression on Fisher's Iris data",
                "Fisher, Annals of Eugenics 7 (1936); Bishop, Pattern Recognition and Machine Learning, section 4.3.4",
            ),
            Some(_) => {
                ("Multinomial logistic regression", "Bishop, Pattern Recognition and Machine Learning, section 4.3.4")
            }
        };
        About {
            name: NAME,
            title,
            formula: "L(W) = mean of ln sum over k of exp(s[k]) - s[y], s = W x",
            inputs: "W, for each class a weight for each feature and the bias: n = classes (features + 1); larger ones have products of the columns as features",
            domain: "all of R^n; convex",
            source,
        }
    }

    fn size(&self, n: usize) -> Size {
        let data = self.data();
        let classes = data.classes(NAME).expect(CLASSES).0.len();
        let inputs = classes as f64 * (Self::features(n, &data, classes) + 1.0);
        let (classes, rows) = (classes as f64, data.rows().len() as f64);
        Size { inputs, outputs: 1.0, operations: rows * (2.0 * inputs + 3.0 * classes + 4.0) }
    }

    fn member(&self, n: usize) -> (CrossEntropy, Vec<f64>) {
        let data = self.data();
        let (names, of) = data.classes(NAME).expect(CLASSES);
        let mut rows = vec![Vec::new(); data.rows().len()];
        let (mut features, mut scales) = (Vec::new(), Vec::new());
        let columns = data.columns();
        let of_column = data.scales().expect("the table is standardised");
        for monomial in monomials(columns.len(), Self::features(n, &data, names.len()) as usize) {
            let value = |row: &Vec<f64>| monomial.iter().map(|&column| row[column]).product::<f64>();
            let column: Vec<f64> = data.rows().iter().map(value).collect();
            // A product may be the same for all rows, as the square of a column of ±1 is: it stays as it is.
            let (column, scale) = standardised(&column).unwrap_or((column, Scale::NONE));
            rows.iter_mut().zip(column).for_each(|(row, value)| row.push(value));
            if let [column] = monomial[..] {
                features.push(columns[column].clone());
                scales.push(of_column[column].then(scale));
            } else {
                let names = monomial.iter().map(|&column| format!("z({})", columns[column]));
                features.push(names.collect::<Vec<_>>().join("*"));
                scales.push(scale);
            }
        }
        rows.iter_mut().for_each(|row| row.push(1.0));
        let model = CrossEntropy { features, classes: names.to_vec(), rows, class: of.to_vec(), scales };
        let x = spread(2, model.parameters(), -0.5, 0.5);
        (model, x)
    }

    #[inline]
    fn trainable(&self, n: usize) -> Option<Box<dyn train::DynTrainable>> {
        Some(Box::new(self.member(n).0))
    }

    fn predicts(&self) -> Option<Prediction> {
        Some(Prediction::Classes)
    }

    #[inline]
    fn with_data(&self, data: Data) -> Result<Box<dyn family::DynFamily>, DataError> {
        if data.classes(NAME)?.0.len() < 2 {
            return Err(DataError::OneClass);
        }
        Ok(Box::new(Self { data: Some(data.standardised()?) }))
    }

    /// Mean of (softmax(s)ₖ − [k = y])·x for class k.
    fn known(model: &CrossEntropy, x: &[f64]) -> Option<DMatrix<f64>> {
        let mut gradient = vec![0.0; x.len()];
        for (sample, row) in model.rows.iter().enumerate() {
            let shares = softmax(&model.scores(x, sample));
            for (class, partials) in gradient.chunks_mut(row.len()).enumerate() {
                let miss = shares[class] - f64::from(class == model.class[sample]);
                for (partial, x) in partials.iter_mut().zip(row) {
                    *partial += miss * x / model.rows.len() as f64;
                }
            }
        }
        Some(DMatrix::from_row_slice(1, x.len(), &gradient))
    }
}
