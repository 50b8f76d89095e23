//! L-BFGS step by step, by argmin.

use super::dynamic::DynTrainable;
use super::gradients::{Gradients, evaluations};
use super::training::TrainingCost;
use crate::argmin::NotFinite;
use crate::mode::Mode;
use argmin::core::{CostFunction, Error, Gradient, IterState, Problem, Solver, State, TerminationStatus};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Instant;

/// How many points the line search of one step may try, twice as many as Moré and Thuente's own code tries at most: it goes
/// on for ever where the loss falls without end.
const TRIES: u32 = 40;

/// How many corrections are kept.
const CORRECTIONS: usize = 7;

type Vector = Vec<f64>;
type Search = MoreThuenteLineSearch<Vector, Vector, f64>;
type LineState = IterState<Vector, Vector, (), (), (), f64>;

/// The loss over all samples, as argmin wants it.
struct MeanLoss<'a> {
    problem: &'a dyn DynTrainable,
    mode: Mode,
    gradients: RefCell<Box<dyn Gradients + 'a>>,
    all: Vec<usize>,
    cost: Rc<Cell<TrainingCost>>,
    search: Rc<LineSearch>,
}

/// What the line search of the present step did.
#[derive(Default)]
struct LineSearch {
    tries: Cell<u32>,
    /// Why the loss refused to go on; argmin words its errors as texts.
    refusal: RefCell<Option<String>>,
}

impl LineSearch {
    fn refuse(&self, reason: String) -> Error {
        self.refusal.replace(Some(reason.clone()));
        Error::msg(reason)
    }
}

impl CostFunction for MeanLoss<'_> {
    type Param = Vector;
    type Output = f64;

    fn cost(&self, weights: &Vector) -> Result<f64, Error> {
        let start = Instant::now();
        let mean = self.problem.mean_loss(weights);
        let mut cost = self.cost.get();
        cost.loss_seconds += start.elapsed().as_secs_f64();
        cost.losses += self.all.len() as u64;
        self.cost.set(cost);
        let mean = NotFinite::check_cost(mean)
            .map_err(|error| self.search.refuse(format!("the line search met a loss of {}", error.found)))?;
        self.search.tries.set(self.search.tries.get() + 1);
        if self.search.tries.get() > TRIES {
            let reason =
                format!("the line search found no least loss at {TRIES} points, the last of them with {mean:e}");
            return Err(self.search.refuse(reason));
        }
        Ok(mean)
    }
}

impl Gradient for MeanLoss<'_> {
    type Param = Vector;
    type Gradient = Vector;

    fn gradient(&self, weights: &Vector) -> Result<Vector, Error> {
        let start = Instant::now();
        let gradient = self.gradients.borrow_mut().of(weights, &self.all);
        let mut cost = self.cost.get();
        cost.seconds += start.elapsed().as_secs_f64();
        cost.gradients += 1;
        cost.samples += self.all.len() as u64;
        cost.evaluations += evaluations(self.mode, weights.len(), self.all.len());
        self.cost.set(cost);
        let checked = NotFinite::check_gradient(gradient);
        checked.map_err(|error| self.search.refuse(format!("the line search met a gradient with {}", error.found)))
    }
}

/// A descent by L-BFGS. The step length comes from a line search, so that a step may take several gradients.
pub(super) struct Lbfgs<'a> {
    solver: LBFGS<Search, Vector, Vector, f64>,
    problem: Problem<MeanLoss<'a>>,
    /// Between the steps; `None` before the first, and after the last.
    state: Option<LineState>,
    start: Option<Vector>,
    cost: Rc<Cell<TrainingCost>>,
    search: Rc<LineSearch>,
}

impl<'a> Lbfgs<'a> {
    pub(super) fn new(problem: &'a dyn DynTrainable, mode: Mode, start: &[f64]) -> Self {
        let cost = Rc::new(Cell::new(TrainingCost::default()));
        let all = (0..problem.samples()).collect();
        let gradients = RefCell::new(problem.gradients(mode, start));
        let search = Rc::new(LineSearch::default());
        let loss = MeanLoss { problem, mode, gradients, all, cost: Rc::clone(&cost), search: Rc::clone(&search) };
        Self {
            solver: LBFGS::new(Search::new(), CORRECTIONS),
            problem: Problem::new(loss),
            state: None,
            start: Some(start.to_vec()),
            cost,
            search,
        }
    }

    /// What the gradients took so far.
    pub(super) fn cost(&self) -> TrainingCost {
        self.cost.get()
    }

    /// The weights after one more step and the gradient there, or why there is none.
    pub(super) fn step(&mut self) -> Result<(Vector, Vector), String> {
        self.search.tries.set(0);
        let moved = self.advance();
        self.search.refusal.take().map_or(moved, Err)
    }

    fn advance(&mut self) -> Result<(Vector, Vector), String> {
        let told = |error: Error| error.to_string();
        if let Some(start) = self.start.take() {
            let (state, _) = self.solver.init(&mut self.problem, LineState::new().param(start)).map_err(told)?;
            self.state = Some(state);
        }
        let state = self.state.take().ok_or("the line search found no better point")?;
        if let TerminationStatus::Terminated(reason) = Solver::<MeanLoss<'a>, _>::terminate(&mut self.solver, &state) {
            return Err(reason.to_string());
        }
        let (mut state, _) = self.solver.next_iter(&mut self.problem, state).map_err(told)?;
        state.update();
        state.increment_iter();
        let (Some(weights), Some(gradient)) = (state.get_param().cloned(), state.get_gradient().cloned()) else {
            return Err("the line search found no better point".to_owned());
        };
        self.state = Some(state);
        Ok((weights, gradient))
    }
}
