//! The models of the zoo that can be trained, by name.

use super::data::{Data, DataError};
use super::{LinearRegression, LogisticRegression, MODELS, Mlp, Network, Visitor, visit};
use crate::compare::family::Family;
use crate::model::{Many, Model, One};
use crate::number::Scalar;
use crate::train::Trainable;
use std::fmt;

/// What is done with a loss of the zoo, of whatever type.
pub trait TrainVisitor {
    /// What comes of it.
    type Output;

    /// A loss to train.
    fn visit<P: Trainable>(self, problem: &P) -> Self::Output;
}

/// Why there is nothing to train.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum NotTrainable {
    /// There is no such model.
    Unknown {
        /// The name that was given.
        name: String,
    },
    /// The model has several outputs, and no least one.
    ManyOutputs {
        /// The model.
        name: &'static str,
    },
    /// The data do not suit the model.
    Data(DataError),
}

impl fmt::Display for NotTrainable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name } => write!(f, "there is no model {name:?}"),
            Self::ManyOutputs { name } => {
                write!(f, "{name} has several outputs: expected a model with one, which can become least")
            }
            Self::Data(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl std::error::Error for NotTrainable {}

impl From<DataError> for NotTrainable {
    fn from(error: DataError) -> Self {
        Self::Data(error)
    }
}

/// A model as a loss of one sample, which starts where its family puts it.
struct Whole<'a, M> {
    model: &'a M,
    start: Vec<f64>,
}

impl<M: Model<Outputs = One>> Trainable for Whole<'_, M> {
    fn parameters(&self) -> usize {
        self.start.len()
    }

    fn samples(&self) -> usize {
        1
    }

    fn sample_loss<T: Scalar>(&self, weights: &[T], _sample: usize) -> T {
        self.model.eval(weights)
    }

    fn start(&self) -> Vec<f64> {
        self.start.clone()
    }

    fn names(&self) -> Vec<String> {
        (0..self.start.len()).map(|i| format!("x[{i}]")).collect()
    }
}

/// A visitor of families with one output that trains their members as a whole.
struct WholeVisitor<V: TrainVisitor> {
    n: usize,
    visitor: Option<V>,
    result: Option<Result<V::Output, NotTrainable>>,
}

impl<V: TrainVisitor> Visitor for WholeVisitor<V> {
    fn one<F: Family<Model: Model<Outputs = One>>>(&mut self, family: &F) {
        let (model, start) = family.member(self.n);
        let whole = Whole { model: &model, start };
        self.result = self.visitor.take().map(|visitor| Ok(visitor.visit(&whole)));
    }

    fn many<F: Family<Model: Model<Outputs = Many>>>(&mut self, _: &F) {
        self.result = Some(Err(NotTrainable::ManyOutputs { name: F::ABOUT.name }));
    }
}

/// Shows the visitor the loss of that name, of the smallest member with at least `n` inputs, over the data where given.
///
/// `network`, `mlp`, `linear-regression` and `logistic-regression` are means over samples; every other model with one
/// output is a loss of one sample.
///
/// # Errors
///
/// [`NotTrainable`] if there is no such model, it has several outputs, or the data do not suit it.
pub fn with_trainable<V: TrainVisitor>(
    name: &str,
    n: Option<usize>,
    data: Option<Data>,
    visitor: V,
) -> Result<V::Output, NotTrainable> {
    fn member<F: Family<Model: Trainable>>(family: &F, n: usize) -> F::Model {
        family.member(n).0
    }
    // Wide enough to fit something, small enough to look at.
    const DEFAULT: usize = 40;
    let takes_no_data = || -> Result<(), NotTrainable> {
        let others = super::TAKE_DATA.to_vec();
        if data.is_some() { Err(DataError::TakesNoData { model: name.to_owned(), others }.into()) } else { Ok(()) }
    };
    match (name, data.clone()) {
        ("linear-regression", Some(data)) => Ok(visitor.visit(&member(&LinearRegression::with(data)?, 1))),
        ("linear-regression", None) => Ok(visitor.visit(&member(&LinearRegression::default(), n.unwrap_or(4)))),
        ("logistic-regression", Some(data)) => {
            Ok(visitor.visit(&member(&LogisticRegression::with(data)?, n.unwrap_or(1))))
        }
        ("logistic-regression", None) => Ok(visitor.visit(&member(&LogisticRegression::iris(), n.unwrap_or(1)))),
        ("mlp", Some(data)) => Ok(visitor.visit(&member(&Mlp::with(data)?, n.unwrap_or(DEFAULT)))),
        ("mlp", None) => Ok(visitor.visit(&member(&Mlp::default(), n.unwrap_or(DEFAULT)))),
        (name, _) if MODELS.iter().all(|about| about.name != name) => {
            Err(NotTrainable::Unknown { name: name.to_owned() })
        }
        ("network", _) => {
            takes_no_data()?;
            Ok(visitor.visit(&member(&Network, n.unwrap_or(DEFAULT))))
        }
        (name, _) => {
            takes_no_data()?;
            let mut whole = WholeVisitor { n: n.unwrap_or(2), visitor: Some(visitor), result: None };
            visit(name, &mut whole);
            whole.result.expect("the name is one of the catalogue")
        }
    }
}
