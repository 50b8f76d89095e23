//! `Family`: a model that can grow; `DynFamily`: one of whatever type behind a pointer.

use super::compare::{NODE, Options, try_compare};
use super::comparison::{Comparison, LONGEST_BUILDING};
use super::total::TotalList;
use super::zoo::{Data, DataError, Prediction};
use crate::counted::{Counted, Counts};
use crate::dynamic::DynModel;
use crate::mode::Mode;
use crate::model::{Evaluate, Many, Model};
use crate::number::Scalar;
use crate::train::{DynTrainable, Trainable};
use nalgebra::DMatrix;

/// A model in every size: implement it for a model of your own to [`sweep`](super::sweep) over it.
///
/// ```
/// use dualtape::compare::{About, Family, Options, sweep};
/// use dualtape::{Mode, Model, One, Scalar};
///
/// struct Squares;
///
/// impl Model for Squares {
///     type Outputs = One;
///     fn eval<T: Scalar>(&self, x: &[T]) -> T {
///         T::dot(x, x)
///     }
/// }
///
/// struct SumsOfSquares;
///
/// impl Family for SumsOfSquares {
///     type Model = Squares;
///     fn about(&self) -> About {
///         About { name: "squares", title: "A sum of squares", formula: "f(x) = x . x", ..About::default() }
///     }
///     fn member(&self, n: usize) -> (Squares, Vec<f64>) {
///         (Squares, vec![0.5; n])
///     }
/// }
///
/// let sweep = sweep(&SumsOfSquares, &[10, 1000], &Options::default());
/// assert!(sweep.comparisons[1].operations_over_primal(Mode::Reverse) <= Some(2.0));
/// ```
pub trait Family {
    /// Its members.
    type Model: Model + 'static;

    /// What the model is.
    fn about(&self) -> About;

    /// The smallest member with at least `n` inputs, or the largest if none has as many, with a point to differentiate it at.
    fn member(&self, n: usize) -> (Self::Model, Vec<f64>);

    /// How large that member is. Without an implementation it is built and its operations are counted; with one, a size beyond
    /// all memory is refused before anything is allocated.
    fn size(&self, n: usize) -> Size {
        let (model, x) = self.member(n);
        let x: Vec<Counted<f64>> = x.into_iter().map(Counted::new).collect();
        let (outputs, counts) = Counts::of(|| model.list(&x).map_or(0, |outputs| outputs.as_ref().len()));
        Size { inputs: x.len() as f64, outputs: outputs as f64, operations: counts.total() as f64 }
    }

    /// The m×n matrix of derivatives by a formula that owes nothing to automatic differentiation, where one is known.
    fn known(_model: &Self::Model, _x: &[f64]) -> Option<DMatrix<f64>> {
        None
    }

    /// That member as a loss to train: a mean over samples, if the family says so here, else with one sample; `None` if it has
    /// several outputs.
    fn trainable(&self, n: usize) -> Option<Box<dyn DynTrainable>> {
        let (model, start) = self.member(n);
        let total = total(self, n, model, &start);
        if total.outputs == 1 { Some(Box::new(Whole { model: total, start })) } else { None }
    }

    /// What the family predicts for each row of a table; `None` if it takes no data.
    fn predicts(&self) -> Option<Prediction> {
        None
    }

    /// The family over the rows of a table instead of those that come with it.
    ///
    /// # Errors
    ///
    /// [`DataError`] if it takes no data, or these do not suit it.
    fn with_data(&self, _data: Data) -> Result<Box<dyn DynFamily>, DataError> {
        Err(DataError::TakesNoData { model: self.about().name })
    }
}

/// A [`Family`] of whatever type behind a pointer; every family is one. What is erased are the operations, not the numbers.
///
/// [`zoo::MODELS`](super::zoo::MODELS) is a list of them.
///
/// ```
/// use dualtape::compare::{Options, zoo};
/// use dualtape::{Mode, jacobian};
///
/// let rosenbrock = zoo::find("rosenbrock").unwrap();
/// let comparison = rosenbrock.compare(100, &Options::default());
/// assert!(comparison.operations_over_primal(Mode::Reverse) <= Some(5.0));
///
/// let (model, x) = rosenbrock.member(100);
/// let gradient = jacobian(&model, &x).1;
/// assert!((gradient - rosenbrock.known(100).unwrap()).amax() < 1e-10);
/// ```
pub trait DynFamily {
    /// What the model is.
    fn about(&self) -> About;

    /// How large the smallest member with at least `n` inputs is.
    fn size(&self, n: usize) -> Size;

    /// The member and its point.
    fn member(&self, n: usize) -> (Box<dyn DynModel<Many>>, Vec<f64>);

    /// The derivatives of the member at its point by a formula, where one is known.
    fn known(&self, n: usize) -> Option<DMatrix<f64>>;

    /// [`compare`](super::compare()) for the member at its point.
    ///
    /// # Panics
    ///
    /// As that function does, and if a member that can fail does at its point.
    fn compare(&self, n: usize, options: &Options) -> Comparison;

    /// The member as a loss to train; `None` if it has several outputs.
    fn trainable(&self, n: usize) -> Option<Box<dyn DynTrainable>>;

    /// What the family predicts for each row of a table; `None` if it takes no data.
    fn predicts(&self) -> Option<Prediction>;

    /// The family over the rows of a table.
    ///
    /// # Errors
    ///
    /// [`DataError`] if it takes no data, or these do not suit it.
    fn with_data(&self, data: Data) -> Result<Box<dyn DynFamily>, DataError>;
}

impl<F: Family> DynFamily for F {
    fn about(&self) -> About {
        Family::about(self)
    }

    fn size(&self, n: usize) -> Size {
        Family::size(self, n)
    }

    fn member(&self, n: usize) -> (Box<dyn DynModel<Many>>, Vec<f64>) {
        let (model, x) = Family::member(self, n);
        (Box::new(total(self, n, model, &x)), x)
    }

    fn known(&self, n: usize) -> Option<DMatrix<f64>> {
        let (model, x) = Family::member(self, n);
        F::known(&model, &x)
    }

    fn compare(&self, n: usize, options: &Options) -> Comparison {
        let (model, x) = Family::member(self, n);
        let comparison = try_compare(&model, &x, options).unwrap_or_else(|_| fails(self, n));
        Comparison { model: Family::about(self).name.to_owned(), ..comparison }
    }

    fn trainable(&self, n: usize) -> Option<Box<dyn DynTrainable>> {
        Family::trainable(self, n)
    }

    fn predicts(&self) -> Option<Prediction> {
        Family::predicts(self)
    }

    fn with_data(&self, data: Data) -> Result<Box<dyn DynFamily>, DataError> {
        Family::with_data(self, data)
    }
}

/// The member as a function that cannot fail.
fn total<M: Model>(family: &(impl Family + ?Sized), n: usize, model: M, x: &[f64]) -> TotalList<M> {
    TotalList::at(model, x).unwrap_or_else(|_| fails(family, n))
}

fn fails(family: &(impl Family + ?Sized), n: usize) -> ! {
    panic!("{}: the member of {n} inputs fails at its own point, expected one where it does not", family.about().name)
}

/// A model of one output as a loss of one sample, which starts where its family puts it.
struct Whole<M> {
    model: TotalList<M>,
    start: Vec<f64>,
}

impl<M: Model> Trainable for Whole<M> {
    fn parameters(&self) -> usize {
        self.start.len()
    }

    fn samples(&self) -> usize {
        1
    }

    fn sample_loss<T: Scalar>(&self, weights: &[T], _sample: usize) -> T {
        self.model.first(weights)
    }

    fn start(&self) -> Vec<f64> {
        self.start.clone()
    }

    fn names(&self) -> Vec<String> {
        (0..self.start.len()).map(|i| format!("x[{i}]")).collect()
    }
}

/// What a model is: a card of the catalogue. Formulas are plain text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct About {
    /// One word, as a command line has it.
    pub name: &'static str,
    /// A few words.
    pub title: &'static str,
    /// The function.
    pub formula: &'static str,
    /// What the inputs are, and how a member with n of them is made.
    pub inputs: &'static str,
    /// Where it is defined and smooth.
    pub domain: &'static str,
    /// Book or paper.
    pub source: &'static str,
}

/// How large a member of a family is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// n, exactly.
    pub inputs: f64,
    /// m, exactly.
    pub outputs: f64,
    /// Operations of one evaluation, within a factor of two.
    pub operations: f64,
}

impl Size {
    /// About how many bytes a comparison by these modes takes at most: the inputs in every number type, a node of the
    /// tape for each operation and its adjoint, a program, and the derivatives.
    #[must_use]
    pub fn bytes(&self, modes: &[Mode]) -> f64 {
        let recording = if modes.contains(&Mode::Reverse) { 32.0 * self.operations } else { 0.0 };
        // No program is built that would take too long.
        let compiled = (self.operations * self.outputs).min(LONGEST_BUILDING / NODE);
        let program = if modes.contains(&Mode::Program) { 400.0 * compiled } else { 0.0 };
        let derivatives = 8.0 * (modes.len() + 1) as f64 * self.inputs * self.outputs;
        200.0 * self.inputs + recording + program + derivatives
    }
}
