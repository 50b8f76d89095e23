//! A table of real data for the regression models.

use crate::number::Scalar;
use crate::train::Trainable;
use std::fmt;

/// Rows of numbers, and for each a number or a class to predict.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    columns: Vec<String>,
    rows: Vec<Vec<f64>>,
    target: Target,
    /// How each column was standardised, once it was.
    scales: Option<Vec<Scale>>,
}

/// How numbers were shifted and scaled: (x - mean)/deviation stands for x.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    mean: f64,
    deviation: f64,
}

impl Scale {
    pub(super) const NONE: Self = Self { mean: 0.0, deviation: 1.0 };

    /// This one, and `next` after it.
    pub(super) fn then(self, next: Self) -> Self {
        Self { mean: self.mean + self.deviation * next.mean, deviation: self.deviation * next.deviation }
    }
}

/// Turns the weights of a unit and, last of them, its bias into those for columns that were not scaled: the sum is the same.
pub(super) fn unscale(unit: &mut [f64], scales: &[Scale]) {
    let (bias, weights) = unit.split_last_mut().expect("a unit has a bias");
    for (weight, Scale { mean, deviation }) in weights.iter_mut().zip(scales) {
        *weight /= deviation;
        *bias -= *weight * mean;
    }
}

/// What a model predicts for each row of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prediction {
    /// Numbers: regression.
    Numbers,
    /// Classes: classification.
    Classes,
}

impl fmt::Display for Prediction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Numbers => "numbers",
            Self::Classes => "classes",
        })
    }
}

/// What is to be predicted for each row.
#[derive(Clone, Debug, PartialEq)]
enum Target {
    Numbers(Vec<f64>),
    Classes {
        /// The names of the classes, in the order in which they first occur.
        names: Vec<String>,
        /// For each row a position among the names.
        of: Vec<usize>,
    },
}

/// What is wrong with a table, or for the model that is to take it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum DataError {
    /// There are no rows.
    NoRows,
    /// There is no column but the target.
    NoColumns,
    /// A row has another number of entries than there are columns, or there are not as many targets as rows.
    Length {
        /// Which.
        what: String,
        /// How many there must be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// An entry is infinite or NaN.
    NonFinite {
        /// The row, from 0.
        row: usize,
        /// The name of its column.
        column: String,
        /// The entry.
        found: f64,
    },
    /// A column holds one value only, or its spread overflows: it cannot be standardised.
    Constant {
        /// Its name.
        column: String,
    },
    /// The model predicts numbers and the target is classes, or the other way round.
    Target {
        /// The model.
        model: &'static str,
        /// What it predicts.
        expected: Prediction,
    },
    /// There are fewer than two classes.
    OneClass,
    /// The model takes no data.
    TakesNoData {
        /// The model.
        model: &'static str,
    },
}

impl std::error::Error for DataError {}

impl Data {
    /// A table with a number to predict for each row: the names of p columns, and rows of p finite numbers.
    ///
    /// # Errors
    ///
    /// [`DataError`] if there are no rows or columns, lengths do not match, or a number is not finite.
    pub fn with_numbers(columns: Vec<String>, rows: Vec<Vec<f64>>, numbers: Vec<f64>) -> Result<Self, DataError> {
        if let Some((row, &found)) = numbers.iter().enumerate().find(|(_, x)| !x.is_finite()) {
            return Err(DataError::NonFinite { row, column: "target".to_owned(), found });
        }
        let count = numbers.len();
        Self::new(columns, rows, Target::Numbers(numbers), count)
    }

    /// A table with a class to predict for each row, by its name.
    ///
    /// # Errors
    ///
    /// As [`with_numbers`](Data::with_numbers).
    pub fn with_classes(columns: Vec<String>, rows: Vec<Vec<f64>>, labels: &[String]) -> Result<Self, DataError> {
        let mut names: Vec<String> = Vec::new();
        let of = labels.iter().map(|label| {
            names.iter().position(|name| name == label).unwrap_or_else(|| {
                names.push(label.clone());
                names.len() - 1
            })
        });
        let of = of.collect();
        Self::new(columns, rows, Target::Classes { names, of }, labels.len())
    }

    fn new(columns: Vec<String>, rows: Vec<Vec<f64>>, target: Target, targets: usize) -> Result<Self, DataError> {
        if rows.is_empty() {
            return Err(DataError::NoRows);
        }
        if columns.is_empty() {
            return Err(DataError::NoColumns);
        }
        if targets != rows.len() {
            let (expected, found) = (rows.len(), targets);
            return Err(DataError::Length { what: "the target".to_owned(), expected, found });
        }
        for (at, row) in rows.iter().enumerate() {
            if row.len() != columns.len() {
                let (expected, found) = (columns.len(), row.len());
                return Err(DataError::Length { what: format!("row {}", at + 1), expected, found });
            }
            if let Some((column, &found)) = row.iter().enumerate().find(|(_, x)| !x.is_finite()) {
                return Err(DataError::NonFinite { row: at, column: columns[column].clone(), found });
            }
        }
        Ok(Self { columns, rows, target, scales: None })
    }

    /// The names of the columns, without the target.
    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    pub(super) fn rows(&self) -> &[Vec<f64>] {
        &self.rows
    }

    /// The numbers to predict.
    pub(super) fn numbers(&self, model: &'static str) -> Result<&[f64], DataError> {
        match &self.target {
            Target::Numbers(numbers) => Ok(numbers),
            Target::Classes { .. } => Err(DataError::Target { model, expected: Prediction::Numbers }),
        }
    }

    /// The names of the classes, and for each row the position of its own among them.
    pub(super) fn classes(&self, model: &'static str) -> Result<(&[String], &[usize]), DataError> {
        match &self.target {
            Target::Classes { names, of } => Ok((names, of)),
            Target::Numbers(_) => Err(DataError::Target { model, expected: Prediction::Classes }),
        }
    }

    /// The table with every column shifted and scaled to mean 0 and deviation 1 over the rows: a parameter then belongs
    /// to a deviation of its column, not to its unit. The target stays as it is.
    pub(super) fn standardised(mut self) -> Result<Self, DataError> {
        let before = self.scales.take();
        let mut scales = Vec::with_capacity(self.columns.len());
        for (at, name) in self.columns.iter().enumerate() {
            let column: Vec<f64> = self.rows.iter().map(|row| row[at]).collect();
            let (column, scale) = standardised(&column).ok_or_else(|| DataError::Constant { column: name.clone() })?;
            for (row, value) in self.rows.iter_mut().zip(column) {
                row[at] = value;
            }
            scales.push(before.as_ref().map_or(Scale::NONE, |scales| scales[at]).then(scale));
        }
        self.scales = Some(scales);
        Ok(self)
    }

    /// How each column was standardised, if they were.
    pub(super) fn scales(&self) -> Option<&[Scale]> {
        self.scales.as_deref()
    }
}

/// The numbers with mean 0 and deviation 1, and how they became so, unless they are all the same or their spread is not
/// finite.
pub(super) fn standardised(numbers: &[f64]) -> Option<(Vec<f64>, Scale)> {
    // Rounding of the mean must not pass for a spread.
    if numbers.iter().all(|x| *x == numbers[0]) {
        return None;
    }
    let n = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / n;
    let deviation = (numbers.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n).sqrt();
    let usable = mean.is_finite() && deviation.is_finite() && deviation > 0.0;
    usable.then(|| (numbers.iter().map(|x| (x - mean) / deviation).collect(), Scale { mean, deviation }))
}

/// A loss as a model: the mean over its samples.
pub(super) fn mean_loss<P: Trainable, T: Scalar>(problem: &P, weights: &[T]) -> T {
    let losses: Vec<T> = (0..problem.samples()).map(|sample| problem.sample_loss(weights, sample)).collect();
    <T as Scalar>::sum(&losses) / T::constant(problem.samples() as f64)
}
