//! `Replay`: a function with the programs of the paths that it has taken.

use super::batch::Batch;
use super::error::ProgramError;
use super::ir::Ir;
use super::lanes::Element;
use super::path_tree::{PathTree, count_varying};
use super::plan::{Plan, Shape};
use super::program::Program;
use super::replay_run::{MAX_TRIES, SampleState};
use super::run::RunInputs;
use super::uniform::UniformCache;
use crate::counted::Counts;
use crate::error::{Error, Failure, check_length};
use crate::graph::{Graph, Guard};
use crate::model::{ErrorOf, Model, Outcome, Outputs};

/// The default limit of compiled paths: so many, or more while all programs together have at most so many operations.
const MAX_PATHS: usize = 64;
const MAX_OPERATIONS: usize = 1 << 17;

/// A program with more instructions for each sample than this, and than the function has operations, is mostly serial. For a
/// single sample it is slower than reverse mode, because so much code is fetched.
pub(super) const LONG: usize = 128;

/// How often the path of such a program has to be taken to be compiled, and how many samples are worth a block of it.
pub(super) const HOT: usize = 4;

/// A function that is compiled once for each of its paths; every sample gets the results of the path that it takes.
///
/// A sample starts with the program that accepted the sample at its position in the last run. If a guard fails, it goes on to the
/// program of its path, which is recorded if there is none yet. Guards are the comparisons of the function, and the integers and
/// plain numbers that it makes of its numbers: there is a path for each row of a table that is in use. A path that takes more
/// than 128 operations for each sample is compiled when it has been taken four times, or at once if it is the first and there is
/// only one sample; until then, and when there are too many paths, samples are differentiated without a program, as `Var` does.
/// The uniform operations that several paths have in common, such as those of parameters, are computed once in a run by the
/// programs whose samples run in lanes.
///
/// The operands of a guard are computed exactly as the function computes them, so that every sample takes the path that the
/// function takes.
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
    max_paths: Option<usize>,
    /// Once the function is known.
    pub(super) shape: Option<Shape>,
    pub(super) programs: Vec<Program<T>>,
    pub(super) paths: PathTree,
    /// The uniform operations of all programs, with their values in the last run.
    pub(super) cache: UniformCache<T>,
    pub(super) states: Vec<SampleState>,
    pub(super) uncompiled: usize,
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
            max_paths: None,
            shape: None,
            programs: Vec::new(),
            paths: PathTree::default(),
            cache: UniformCache::default(),
            states: Vec::new(),
            uncompiled: 0,
        }
    }

    /// At most so many paths are compiled; left out, 64, or more if their programs are small.
    #[must_use]
    pub fn at_most(mut self, paths: usize) -> Self {
        self.max_paths = Some(paths);
        self
    }

    /// How many paths are compiled.
    #[must_use]
    pub fn paths(&self) -> usize {
        self.programs.len()
    }

    /// The programs, in the order in which they were compiled.
    #[must_use]
    pub fn programs(&self) -> &[Program<T>] {
        &self.programs
    }

    /// How many samples have been differentiated without a program, as `Var` does, since their path had none.
    #[must_use]
    pub fn uncompiled(&self) -> usize {
        self.uncompiled
    }

    /// The operations of the last run as [`Program::counts`] counts them: uniform operations that programs have in common once, and
    /// nothing of samples that were differentiated without a program.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let of = |number: usize| {
            self.states.iter().filter(|state| state.program as usize == number && !state.uncompiled).count()
        };
        let programs = self.programs.iter().enumerate().map(|(number, program)| (program, of(number)));
        let mut done = Ir::default();
        programs
            .filter(|&(_, samples)| samples > 0)
            .fold(Counts::default(), |sum, (program, samples)| sum + program.counts_without(samples, Some(&mut done)))
    }

    /// Runs a function of `inputs` inputs over samples: as [`Program::run`].
    ///
    /// # Errors
    ///
    /// [`ProgramError`] if the plan does not suit the function, or a length is wrong. Around it, that of a model which can
    /// fail, at whichever sample it occurs: see [`Outcome`].
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
        let run_inputs = RunInputs { parameters, samples, direction };
        M::Outputs::outcome(Failure::split(self.replay(inputs, run_inputs, batch).inspect_err(|_| batch.clear())))
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

    /// Compiles the first hot path, if a few samples have one. The graph of the first sample may be known.
    pub(super) fn compile_first(
        &mut self,
        inputs: usize,
        run_inputs: RunInputs<'_, T>,
        mut known: Option<Graph<T>>,
        tries: &mut [u32],
    ) -> Result<(), Stop<M>> {
        let count = self.states.len();
        let sample = inputs - self.plan.parameters.len();
        if !self.has_room() {
            return Ok(());
        }
        // Spread over all samples: neighbours may have paths of their own where others share one.
        let due: Vec<usize> = (0..count).filter(|&at| self.states[at].pause == 0).collect();
        let most = HOT + count / 64;
        let due: Vec<usize> = due.iter().step_by(due.len().div_ceil(most).max(1)).copied().collect();
        for at in due {
            let graph = match known.take().filter(|_| at == 0) {
                Some(graph) => graph,
                None => {
                    let x = self.inputs(inputs, run_inputs.parameters, &run_inputs.samples[at * sample..][..sample])?;
                    Graph::try_of(&self.model, &x).map_err(Failure::Model)?
                }
            };
            // A single sample is evaluated again and again, as in an optimiser.
            if count == 1 || self.is_hot(&graph) {
                self.compile(&graph)?;
                return Ok(());
            }
            // Its path has been counted in this run, and is not recorded again.
            tries[at] = MAX_TRIES + 1;
        }
        Ok(())
    }

    /// Whether the path of a graph, which has no program, is to be compiled.
    pub(super) fn is_hot(&mut self, graph: &Graph<T>) -> bool {
        let is_long = count_varying(graph, |input| self.plan.is_parameter(input)) > LONG;
        self.has_room() && (!is_long || self.paths.count_visit(graph.guards()) as usize >= HOT)
    }

    /// Whether another path may be compiled.
    fn has_room(&self) -> bool {
        let operations = || self.programs.iter().map(|program| program.source.ir.len()).sum::<usize>();
        match self.max_paths {
            Some(most) => self.programs.len() < most,
            None => self.programs.len() < MAX_PATHS || operations() < MAX_OPERATIONS,
        }
    }

    /// The program of exactly this path.
    pub(super) fn program_of(&self, guards: &[Guard]) -> Option<usize> {
        let (last, before) = guards.split_last()?;
        self.paths
            .program_along(before, last.answer())
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
