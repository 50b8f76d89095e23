//! `Replay`: a function with the programs of the branches that it has taken.

use super::batch::Program;
use super::ir::Ir;
use super::lanes::Element;
use super::paths::{Paths, varying};
use super::plan::{Plan, ProgramError, Shape};
use super::results::Batch;
use super::rounds::{Position, TRIES};
use super::shared::{Common, Given};
use crate::counted::Counts;
use crate::error::{Error, Failure, check_length};
use crate::graph::{Graph, Guard};
use crate::model::{ErrorOf, Model, Outcome, Outputs};

/// How many paths are compiled, unless told otherwise; more of them while all programs together have so many operations at
/// most.
const PATHS: usize = 64;
const OPERATIONS: usize = 1 << 17;

/// A program with more instructions for each sample than this, and than the function has operations, is one operation after
/// the other. For a single sample that is slower than differentiating it by itself, as is fetching so much code.
pub(super) const LONG: usize = 128;

/// How many samples are worth a block of such a program, and how often its path has to be met to be compiled.
pub(super) const FEW: usize = 4;

/// A function that is compiled once for each path that its comparisons lead along, and never gives the result of another
/// path than its own.
///
/// Samples start with the program that suited the sample at their position the last time. One whose comparisons turn out
/// otherwise goes to the program of its path, which is recorded if there is none yet. So does one of which the function makes
/// another integer, or reads another value: there is a path for each row of a table that is in use. A path that takes more
/// than 128 operations for each sample is compiled when it has been met four times, or at once if it is the first and there is
/// only one sample; until then, and when there are too many paths, samples are differentiated one by one, as `Var` does.
/// What several paths compute of numbers that all samples share, such as parameters, is computed once in a run by
/// those whose samples run in lanes.
///
/// What a comparison or a table asks of a number is computed exactly as the function computes it, so that every sample takes
/// the path that the function takes.
///
/// ```
/// use dualtape::program::{Derivative, Plan, Replay};
///
/// fn huber<T: num_traits::Float>(x: &[T]) -> T {
///     let (half, one) = (T::from(0.5).unwrap(), T::one());
///     if x[0].abs() < one { half * x[0] * x[0] } else { x[0].abs() - half }
/// }
///
/// let mut replay = Replay::of(dualtape::model!(huber), Plan::new(Derivative::Gradient));
/// let batch = replay.run(1, &[], &[0.5, 3.0, -2.0])?;
/// assert_eq!([0, 1, 2].map(|row| batch.derivatives(row)[0]), [0.5, 1.0, -1.0]);
/// assert_eq!(replay.paths(), 2);
/// # Ok::<(), dualtape::program::ProgramError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Replay<M, T = f64> {
    pub(super) model: M,
    pub(super) plan: Plan,
    most: Option<usize>,
    /// Once the function is known.
    pub(super) shape: Option<Shape>,
    pub(super) programs: Vec<Program<T>>,
    pub(super) paths: Paths,
    /// What the programs compute before the samples.
    pub(super) common: Common<T>,
    pub(super) positions: Vec<Position>,
    pub(super) one_by_one: usize,
}

/// What stops a run: the programs, or the model.
pub(super) type Stop<M> = Failure<ProgramError, ErrorOf<M>>;

impl<E> From<Error> for Failure<ProgramError, E> {
    fn from(error: Error) -> Self {
        Self::Operator(error.into())
    }
}

impl<M: Model, T: Element> Replay<M, T> {
    /// A model, of which nothing is recorded yet.
    #[must_use]
    pub fn of(model: M, plan: Plan) -> Self {
        Self {
            model,
            plan,
            most: None,
            shape: None,
            programs: Vec::new(),
            paths: Paths::default(),
            common: Common::default(),
            positions: Vec::new(),
            one_by_one: 0,
        }
    }

    /// At most so many paths are compiled; left out, 64, or more if their programs are small.
    #[must_use]
    pub fn at_most(mut self, paths: usize) -> Self {
        self.most = Some(paths);
        self
    }

    /// How many paths are compiled.
    #[must_use]
    pub fn paths(&self) -> usize {
        self.programs.len()
    }

    /// The programs, in the order in which their paths were met.
    #[must_use]
    pub fn programs(&self) -> &[Program<T>] {
        &self.programs
    }

    /// How many samples have been differentiated one by one, as `Var` does, since their path had no program.
    #[must_use]
    pub fn one_by_one(&self) -> usize {
        self.one_by_one
    }

    /// The operations of the last run as [`Program::counts`] counts them: what programs have in common before the samples
    /// once, and nothing of samples that were differentiated one by one.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let of = |number: usize| self.positions.iter().filter(|at| at.program as usize == number && !at.alone).count();
        let programs = self.programs.iter().enumerate().map(|(number, program)| (program, of(number)));
        let mut done = Ir::default();
        programs
            .filter(|&(_, samples)| samples > 0)
            .fold(Counts::default(), |sum, (program, samples)| sum + program.counts_beside(samples, Some(&mut done)))
    }

    /// Runs a function of `inputs` inputs over samples: as [`Program::run`].
    ///
    /// # Errors
    ///
    /// [`ProgramError`] if the plan does not suit the function, or a length is wrong. Around it, that of a model which can
    /// fail, at whichever sample it is met: see [`Outcome`].
    ///
    /// # Panics
    ///
    /// As the model does.
    pub fn run(
        &mut self,
        inputs: usize,
        parameters: &[T],
        samples: &[T],
    ) -> Outcome<M, Result<Batch<T>, ProgramError>> {
        self.run_along(inputs, parameters, samples, &[])
    }

    /// [`Replay::run`] with a direction: as [`Program::run_along`].
    ///
    /// # Errors
    ///
    /// As [`Replay::run`]; also if an entry of the direction is not finite.
    ///
    /// # Panics
    ///
    /// As the model does.
    pub fn run_along(
        &mut self,
        inputs: usize,
        parameters: &[T],
        samples: &[T],
        direction: &[T],
    ) -> Outcome<M, Result<Batch<T>, ProgramError>> {
        let mut batch = Batch::default();
        let found = M::Outputs::result(self.run_into(inputs, parameters, samples, direction, &mut batch));
        M::Outputs::outcome(found.map(|found| found.map(|()| batch)))
    }

    /// [`Replay::run_along`] in the memory of a batch: as [`Program::run_into`].
    ///
    /// # Errors
    ///
    /// As [`Replay::run_along`].
    ///
    /// # Panics
    ///
    /// As the model does.
    pub fn run_into(
        &mut self,
        inputs: usize,
        parameters: &[T],
        samples: &[T],
        direction: &[T],
        batch: &mut Batch<T>,
    ) -> Outcome<M, Result<(), ProgramError>> {
        let given = Given { parameters, samples, direction };
        M::Outputs::outcome(Failure::split(self.replay(inputs, given, batch).inspect_err(|_| batch.clear())))
    }

    /// All inputs of a sample.
    pub(super) fn inputs(&self, inputs: usize, parameters: &[T], sample: &[T]) -> Result<Vec<T>, ProgramError> {
        let range = &self.plan.parameters;
        if range.start > range.end || range.end > inputs {
            return Err(ProgramError::Parameters { inputs, found: range.clone() });
        }
        check_length("the parameters", range.len(), parameters.len())?;
        let (before, after) = sample.split_at(range.start);
        Ok([before, parameters, after].concat())
    }

    /// Compiles the first path that is worth it, if there is one among the first samples. The graph of the first may be known.
    pub(super) fn compile_first(
        &mut self,
        inputs: usize,
        given: Given<'_, T>,
        mut known: Option<Graph<T>>,
        tries: &mut [u32],
    ) -> Result<(), Stop<M>> {
        let count = self.positions.len();
        let sample = inputs - self.plan.parameters.len();
        if !self.has_room() {
            return Ok(());
        }
        // Spread over all samples: neighbours may have paths of their own where others share one.
        let due: Vec<usize> = (0..count).filter(|&at| self.positions[at].pause == 0).collect();
        let most = FEW + count / 64;
        let due: Vec<usize> = due.iter().step_by(due.len().div_ceil(most).max(1)).copied().collect();
        for at in due {
            let graph = match known.take().filter(|_| at == 0) {
                Some(graph) => graph,
                None => {
                    let x = self.inputs(inputs, given.parameters, &given.samples[at * sample..][..sample])?;
                    Graph::try_of(&self.model, &x).map_err(Failure::Model)?
                }
            };
            // A sample that has no others beside it comes back, as in an optimiser.
            if count == 1 || self.is_worth(&graph) {
                self.compile(&graph)?;
                return Ok(());
            }
            // Its path has been met in this run, and is not met again.
            tries[at] = TRIES + 1;
        }
        Ok(())
    }

    /// Whether the path of a graph, which has no program, is worth one.
    pub(super) fn is_worth(&mut self, graph: &Graph<T>) -> bool {
        let is_long = varying(graph, |input| self.plan.is_parameter(input)) > LONG;
        self.has_room() && (!is_long || self.paths.meet(graph.guards()) as usize >= FEW)
    }

    /// Whether another path may be compiled.
    fn has_room(&self) -> bool {
        let operations = || self.programs.iter().map(|program| program.source.ir.len()).sum::<usize>();
        match self.most {
            Some(most) => self.programs.len() < most,
            None => self.programs.len() < PATHS || operations() < OPERATIONS,
        }
    }

    /// The program of exactly this path.
    pub(super) fn find(&self, guards: &[Guard]) -> Option<usize> {
        let (last, before) = guards.split_last()?;
        self.paths
            .along(before, last.answer())
            .filter(|&found| self.programs[found].source.guards.len() == guards.len())
    }

    /// Compiles the path of a graph.
    pub(super) fn compile(&mut self, graph: &Graph<T>) -> Result<usize, ProgramError> {
        let number = self.programs.len();
        self.programs.push(Program::compile(graph, &self.plan)?);
        self.paths.add(graph.guards(), number);
        Ok(number)
    }
}
