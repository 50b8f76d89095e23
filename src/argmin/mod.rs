//! Any [`Model`] as a problem of the optimisers of [argmin](https://argmin-rs.org).

mod matrix;

pub use matrix::{Matrix, Singular};

use crate::choose::{try_gradient, try_jacobian};
use crate::choose_hessian::try_hessian;
use crate::forward::CHUNK;
use crate::mode::Mode;
use crate::model::{ErrorOf, Evaluate, Model, Outputs, SingleOutput};
use crate::program::{Batch, Derivative, Plan, Replay};
use crate::rerun;
use argmin::core::{CostFunction, Error, Gradient, Hessian, Jacobian, Operator};
use nalgebra::DMatrix;
use std::fmt::{self, Debug, Display};
use std::sync::{Arc, Mutex};

/// A [`Model`] as argmin's `CostFunction`, `Gradient` and `Hessian` over `Vec<f64>`, if it has one output; of any number of outputs,
/// which are residuals, as its `Operator` and `Jacobian`, for the Gauss-Newton methods.
///
/// The gradient is exact and costs what the mode costs: in reverse, one evaluation and a sweep. By [`Mode::Program`] it is
/// compiled at the first point and replayed at the others, and compiled anew where the function takes another branch. The
/// Hessian takes ⌈n/8⌉ recorded evaluations whatever the mode is.
///
/// The Hessian is a [`Matrix`], which does all that argmin's solvers ask of one: it serves Newton's method and trust
/// regions, and for quasi-Newton methods the same type holds the approximation to start from. One without an inverse is
/// an error where a solver inverts it, [`Singular`].
///
/// A number that is infinite or NaN is an error, [`NotFinite`]: argmin's line searches would go on with it for ever, such as along a line on which the function falls without end.
///
/// ```
/// use argmin::core::{Executor, State};
/// use argmin::solver::linesearch::MoreThuenteLineSearch;
/// use argmin::solver::quasinewton::LBFGS;
/// use dualtape::argmin::Objective;
/// use dualtape::model;
///
/// let rosenbrock = model!(|x| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2));
/// let solver = LBFGS::new(MoreThuenteLineSearch::new(), 7);
/// let found = Executor::new(Objective::new(rosenbrock), solver)
///     .configure(|state| state.param(vec![-1.2, 1.0]).max_iters(100))
///     .run()?;
/// let best = found.state().get_best_param().unwrap();
/// assert!((best[0] - 1.0).abs() < 1e-6 && (best[1] - 1.0).abs() < 1e-6);
/// # Ok::<(), argmin::core::Error>(())
/// ```
///
/// With second derivatives, in far fewer steps where these are cheap:
///
/// ```
/// use argmin::core::{Executor, State};
/// use argmin::solver::trustregion::{Steihaug, TrustRegion};
/// use dualtape::argmin::Objective;
/// use dualtape::model;
///
/// let rosenbrock = model!(|x| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2));
/// let solver = TrustRegion::new(Steihaug::new().with_max_iters(20));
/// let found = Executor::new(Objective::new(rosenbrock), solver)
///     .configure(|state| state.param(vec![-1.2, 1.0]).max_iters(40))
///     .run()?;
/// let best = found.state().get_best_param().unwrap();
/// assert!((best[0] - 1.0).abs() < 1e-9 && (best[1] - 1.0).abs() < 1e-9);
/// # Ok::<(), argmin::core::Error>(())
/// ```
///
/// Least squares, of the residuals themselves:
///
/// ```
/// use argmin::core::{Executor, State};
/// use argmin::solver::gaussnewton::GaussNewton;
/// use dualtape::argmin::Objective;
/// use dualtape::model;
///
/// // A circle about the origin through points that lie near one of radius 5.
/// let points = &[(3.0, 4.0), (-4.0, 3.0), (0.0, 5.1), (4.9, 0.0)];
/// let residuals = model!(|r, points: &[(f64, f64); 4]| -> Vec<_> {
///     points.iter().map(|&(x, y)| x.hypot(y) - r[0]).collect()
/// });
/// let found = Executor::new(Objective::new(residuals), GaussNewton::new())
///     .configure(|state| state.param(vec![1.0]).max_iters(5))
///     .run()?;
/// assert!((found.state().get_best_param().unwrap()[0] - 5.0).abs() < 1e-12);
/// # Ok::<(), argmin::core::Error>(())
/// ```
#[derive(Debug)]
pub struct Objective<M> {
    model: Arc<M>,
    mode: Option<Mode>,
    /// What [`Mode::Program`] compiled, for gradients or for Jacobians.
    replay: Mutex<Option<(Derivative, Replay<Arc<M>>)>>,
}

/// Why there is no derivative by [`Mode::Differences`].
const NO_DIFFERENCES: &str =
    "the mode of the objective: expected forward, chunked, reverse or program, found differences, which are not exact";

/// A number that is infinite or NaN where an optimiser cannot go on from it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct NotFinite {
    /// Where it was found.
    pub place: Place,
    /// What was found.
    pub found: f64,
}

/// One of the numbers that an optimiser gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// The value of the function.
    Cost,
    /// A first derivative.
    Gradient {
        /// In which input.
        entry: usize,
    },
    /// A residual, one of several outputs.
    Residual {
        /// Which.
        entry: usize,
    },
    /// A first derivative of a residual.
    Jacobian {
        /// Of which output, in which input.
        entry: (usize, usize),
    },
    /// A second derivative.
    Hessian {
        /// In which inputs, the row's and the column's.
        entry: (usize, usize),
    },
}

impl NotFinite {
    /// The cost, if it is finite.
    pub(crate) fn check_cost(cost: f64) -> Result<f64, Self> {
        if cost.is_finite() { Ok(cost) } else { Err(Self { place: Place::Cost, found: cost }) }
    }

    /// The gradient, if it is finite.
    pub(crate) fn check_gradient(gradient: Vec<f64>) -> Result<Vec<f64>, Self> {
        Self::check_all(gradient, |entry| Place::Gradient { entry })
    }

    fn check_all(found: Vec<f64>, place: impl Fn(usize) -> Place) -> Result<Vec<f64>, Self> {
        match found.iter().position(|number| !number.is_finite()) {
            Some(entry) => Err(Self { place: place(entry), found: found[entry] }),
            None => Ok(found),
        }
    }

    fn check_matrix(found: DMatrix<f64>, place: impl Fn((usize, usize)) -> Place) -> Result<Matrix, Self> {
        match found.iter().position(|number| !number.is_finite()) {
            Some(at) => {
                let entry = found.vector_to_matrix_index(at);
                Err(Self { place: place(entry), found: found[entry] })
            }
            None => Ok(Matrix(found)),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cost => f.write_str("the cost"),
            Self::Gradient { entry } => write!(f, "entry {entry} of the gradient"),
            Self::Residual { entry } => write!(f, "residual {entry}"),
            Self::Jacobian { entry: (row, column) } => write!(f, "entry ({row}, {column}) of the Jacobian"),
            Self::Hessian { entry: (row, column) } => write!(f, "entry ({row}, {column}) of the Hessian"),
        }
    }
}

impl fmt::Display for NotFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected a finite number, found {}", self.place, self.found)
    }
}

impl std::error::Error for NotFinite {}

/// The model, in its mode; what was compiled stays behind.
impl<M> Clone for Objective<M> {
    fn clone(&self) -> Self {
        Self { model: Arc::clone(&self.model), mode: self.mode, replay: Mutex::default() }
    }
}

impl<M: Model> Objective<M> {
    /// The model, differentiated in the mode that [`choose_mode`](crate::choose_mode) finds.
    pub fn new(model: M) -> Self {
        Self { model: Arc::new(model), mode: None, replay: Mutex::default() }
    }

    /// The model, differentiated in this mode; by [`Mode::Differences`] its derivatives are an error.
    pub fn by(model: M, mode: Mode) -> Self {
        Self { mode: Some(mode), ..Self::new(model) }
    }

    /// The model.
    pub fn model(&self) -> &M {
        &self.model
    }
}

impl<M: Model> Objective<M>
where
    ErrorOf<M>: Display + Debug + Send + Sync,
{
    /// What was found at `x`, with the error of the model as argmin has them.
    fn found<R>(&self, x: &[f64], found: Result<R, ErrorOf<M>>) -> Result<R, Error> {
        self.model.plainly(x, found).map_err(Error::msg)
    }

    /// The values and the derivatives, as [`Batch`] has them.
    fn replayed(&self, derivative: Derivative, x: &[f64]) -> Result<Batch<f64>, Error> {
        // A model that panicked left a replay that cannot be relied on.
        let mut replay = self.replay.lock().unwrap_or_else(|poisoned| {
            self.replay.clear_poison();
            let mut replay = poisoned.into_inner();
            *replay = None;
            replay
        });
        let fresh = || (derivative, Replay::of(Arc::clone(&self.model), Plan::new(derivative)));
        let (_, replay) = match &mut *replay {
            Some(known) if known.0 == derivative => known,
            other => other.insert(fresh()),
        };
        let run = replay.run(x.len(), &[], x);
        Ok(self.found(x, M::Outputs::result(run))??)
    }
}

impl<M: Model<Outputs: SingleOutput>> CostFunction for Objective<M>
where
    ErrorOf<M>: Display + Debug + Send + Sync,
{
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, x: &Vec<f64>) -> Result<f64, Error> {
        Ok(NotFinite::check_cost(self.found(x, self.model.one(x))?)?)
    }
}

impl<M: Model<Outputs: SingleOutput>> Gradient for Objective<M>
where
    ErrorOf<M>: Display + Debug + Send + Sync,
{
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, x: &Vec<f64>) -> Result<Vec<f64>, Error> {
        let gradient = match self.mode {
            None => self.found(x, try_gradient(&*self.model, x))?.1,
            Some(Mode::Differences) => return Err(Error::msg(NO_DIFFERENCES)),
            Some(Mode::Forward) => self.found(x, rerun::forward_gradient::<_, _, 1>(&*self.model, x))?.1,
            Some(Mode::Chunked) => self.found(x, rerun::forward_gradient::<_, _, CHUNK>(&*self.model, x))?.1,
            Some(Mode::Reverse) => self.found(x, rerun::reverse_gradient(&*self.model, x))?.1,
            Some(Mode::Program) => self.replayed(Derivative::Gradient, x)?.derivatives(0).to_vec(),
        };
        Ok(NotFinite::check_gradient(gradient)?)
    }
}

impl<M: Model<Outputs: SingleOutput>> Hessian for Objective<M>
where
    ErrorOf<M>: Display + Debug + Send + Sync,
{
    type Param = Vec<f64>;
    type Hessian = Matrix;

    fn hessian(&self, x: &Vec<f64>) -> Result<Matrix, Error> {
        let (_, _, matrix) = self.found(x, try_hessian(&*self.model, x))?;
        Ok(NotFinite::check_matrix(matrix, |entry| Place::Hessian { entry })?)
    }
}

impl<M: Model> Operator for Objective<M>
where
    ErrorOf<M>: Display + Debug + Send + Sync,
{
    type Param = Vec<f64>;
    type Output = Vec<f64>;

    fn apply(&self, x: &Vec<f64>) -> Result<Vec<f64>, Error> {
        let residuals = self.found(x, self.model.list(x))?;
        Ok(NotFinite::check_all(residuals.into(), |entry| Place::Residual { entry })?)
    }
}

impl<M: Model> Jacobian for Objective<M>
where
    ErrorOf<M>: Display + Debug + Send + Sync,
{
    type Param = Vec<f64>;
    type Jacobian = Matrix;

    fn jacobian(&self, x: &Vec<f64>) -> Result<Matrix, Error> {
        let jacobian = match self.mode {
            None => self.found(x, try_jacobian(&*self.model, x))?.1,
            Some(Mode::Differences) => return Err(Error::msg(NO_DIFFERENCES)),
            Some(Mode::Forward) => {
                self.found(x, rerun::forward_jacobian::<_, _, 1>(&*self.model, x, rerun::again_jacobian))?.1
            }
            Some(Mode::Chunked) => {
                self.found(x, rerun::forward_jacobian::<_, _, CHUNK>(&*self.model, x, rerun::again_jacobian))?.1
            }
            Some(Mode::Reverse) => self.found(x, rerun::reverse_jacobian(&*self.model, x))?.1,
            Some(Mode::Program) => {
                let batch = self.replayed(Derivative::Jacobian, x)?;
                DMatrix::from_row_slice(batch.values(0).len(), x.len(), batch.derivatives(0))
            }
        };
        Ok(NotFinite::check_matrix(jacobian, |entry| Place::Jacobian { entry })?)
    }
}
