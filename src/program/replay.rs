//! `Replay`: a function with the programs of the branches that it has taken.

use super::batch::Program;
use super::code::Miss;
use super::ir::Ir;
use super::lanes::Element;
use super::one_shot::one_shot;
use super::paths::{Paths, varying};
use super::plan::{Plan, ProgramError, Shape};
use super::results::Batch;
use super::shared::{Common, Given};
use crate::counted::Counts;
use crate::error::check_length;
use crate::graph::{Graph, Guard};
use crate::model::{Model, VectorModel};
use crate::number::Scalar;

/// How many paths are compiled, unless told otherwise; more of them while all programs together have so many operations at
/// most.
const PATHS: usize = 64;
const OPERATIONS: usize = 1 << 17;

/// A program with more instructions for each sample than this, and than the function has operations, is one operation after
/// the other. For a single sample that is slower than differentiating it by itself, as is fetching so much code.
const LONG: usize = 128;

/// How many samples are worth a block of such a program, and how often its path has to be met to be compiled.
const FEW: usize = 4;

/// The longest time that a sample without a program waits until it is tried on the programs again, in runs.
const LONGEST: u32 = 1 << 10;

/// What is known of the sample at a position.
#[derive(Clone, Copy, Debug, Default)]
struct Position {
    /// The program that suited it the last time, or may suit it the next time.
    program: u32,
    /// While this is not 0, no program is tried; then the next pause is the second, in runs.
    pause: u32,
    next: u32,
    /// Whether it was differentiated by itself.
    alone: bool,
}

impl Position {
    /// No program suits the sample: the next one is tried later, and then later still.
    fn wait(&mut self) {
        (self.pause, self.next) = (self.next, (4 * self.next + 1).min(LONGEST));
    }
}

/// A [`Model`] as a function with one output in a list.
#[derive(Clone, Copy, Debug)]
pub struct Single<M>(
    /// The model.
    pub M,
);

impl<M: Model> VectorModel for Single<M> {
    #[inline]
    fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T> {
        vec![self.0.eval(x)]
    }
}

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
    model: M,
    plan: Plan,
    most: Option<usize>,
    /// Once the function is known.
    shape: Option<Shape>,
    programs: Vec<Program<T>>,
    paths: Paths,
    /// What the programs compute before the samples.
    common: Common<T>,
    positions: Vec<Position>,
    one_by_one: usize,
}

impl<M: Model, T: Element> Replay<Single<M>, T> {
    /// A function of one output.
    #[must_use]
    pub fn of(model: M, plan: Plan) -> Self {
        Self::of_vector(Single(model), plan)
    }
}

impl<M: VectorModel, T: Element> Replay<M, T> {
    /// A function of several outputs.
    #[must_use]
    pub fn of_vector(model: M, plan: Plan) -> Self {
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
    /// [`ProgramError`] if the plan does not suit the function, or a length is wrong.
    ///
    /// # Panics
    ///
    /// As the model does.
    pub fn run(&mut self, inputs: usize, parameters: &[T], samples: &[T]) -> Result<Batch<T>, ProgramError> {
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
    ) -> Result<Batch<T>, ProgramError> {
        let sample = inputs.saturating_sub(self.plan.parameters.len());
        let mut known = None;
        let shape = if let Some(shape) = self.shape {
            shape
        } else {
            // Without samples too it has to be known how long a row is.
            let zeros = vec![T::zero(); sample];
            let first = samples.get(..sample).unwrap_or(&zeros);
            let x = self.inputs(inputs, parameters, first)?;
            let graph = known.insert(Graph::of_vector(&self.model, &x));
            *self.shape.insert(self.plan.shape(graph.input_count(), graph.output_nodes().len())?)
        };
        check_length("the inputs of the function", shape.inputs, inputs)?;
        let given = Given { parameters, samples, direction };
        let count = self.plan.samples(inputs, given)?;
        let (Shape { values, width, .. }, summed) = (shape, self.plan.summed);
        if self.positions.len() != count {
            self.positions.clear();
            self.positions.resize(count, Position::default());
        }
        if self.programs.is_empty() {
            self.compile_first(inputs, given, known)?;
        }
        if let [Position { program, pause: 0, .. }] = self.positions[..]
            && let Some(Ok(numbers)) = self.programs.get(program as usize).and_then(|program| program.run_one(given))
        {
            self.positions[0].alone = false;
            return Ok(Batch { values, width, numbers });
        }
        let mut rows = vec![T::zero(); self.plan.rows(count) * width];
        self.common.forget();
        let mut tries = vec![0; count];
        let mut waiting: Vec<Vec<u32>> = vec![Vec::new(); self.programs.len()];
        let mut alone: Vec<u32> = Vec::new();
        // Recording takes several times as long as differentiating: only so many are recorded to no use.
        let mut vain = 2 + count / 64;
        for (at, position) in (0..).zip(&mut self.positions) {
            if position.pause > 0 {
                position.pause -= 1;
                alone.push(at);
            } else if let Some(waiting) = waiting.get_mut(position.program as usize) {
                waiting.push(at);
            } else {
                position.wait();
                alone.push(at);
            }
        }
        // Rounds in which every program takes the samples that wait for it, so that nothing depends on who was first.
        let mut first = true;
        while waiting.iter().any(|samples| !samples.is_empty()) {
            let mut next: Vec<Vec<u32>> = vec![Vec::new(); self.programs.len()];
            for (number, chosen) in waiting.into_iter().enumerate().filter(|(_, chosen)| !chosen.is_empty()) {
                chosen.iter().for_each(|&at| self.positions[at as usize].program = number as u32);
                if count > 1 && chosen.len() < FEW && self.programs[number].is_long() {
                    alone.extend(chosen);
                    continue;
                }
                let program = &self.programs[number];
                let common = Some((&mut self.common, number));
                // If all samples wait for one program, it computes their rows where they belong.
                let in_place = first && !summed && chosen.len() == count;
                let run =
                    program.run_at(given, Some(&chosen).filter(|_| !in_place).map(Vec::as_slice), chosen.len(), common);
                let mut missed = vec![false; chosen.len()];
                run.misses.iter().for_each(|&(at, _)| missed[at] = true);
                for (&at, _) in chosen.iter().zip(&missed).filter(|(_, missed)| !**missed) {
                    self.positions[at as usize] = Position { program: number as u32, ..Position::default() };
                }
                if in_place {
                    rows = run.rows;
                } else if summed {
                    rows.iter_mut().zip(run.rows).for_each(|(sum, term)| *sum += term);
                } else {
                    for (at, &position) in chosen.iter().enumerate().filter(|&(at, _)| !missed[at]) {
                        rows[position as usize * width..][..width].copy_from_slice(&run.rows[at * width..][..width]);
                    }
                }
                let mut misses = run.misses;
                misses.sort_unstable_by_key(|&(at, _)| at);
                for (at, miss) in misses {
                    let position = chosen[at] as usize;
                    let x = self.inputs(inputs, parameters, &samples[position * sample..][..sample])?;
                    match self.other(number, miss, &mut tries[position], &mut vain, &x)? {
                        Some(program) => {
                            next.resize(self.programs.len(), Vec::new());
                            next[program].push(position as u32);
                        }
                        None => {
                            self.positions[position].wait();
                            alone.push(position as u32);
                        }
                    }
                }
            }
            next.iter_mut().for_each(|samples| samples.sort_unstable());
            waiting = next;
            first = false;
        }
        self.one_by_one += alone.len();
        for position in alone.into_iter().map(|position| position as usize) {
            self.positions[position].alone = true;
            let x = self.inputs(inputs, parameters, &samples[position * sample..][..sample])?;
            let row = one_shot(&self.model, &self.plan, &x, direction, self.plan.outputs.as_deref())?;
            if summed {
                rows.iter_mut().zip(row).for_each(|(sum, term)| *sum += term);
            } else {
                rows[position * width..][..width].copy_from_slice(&row);
            }
        }
        Ok(Batch { values, width, numbers: rows })
    }

    /// All inputs of a sample.
    fn inputs(&self, inputs: usize, parameters: &[T], sample: &[T]) -> Result<Vec<T>, ProgramError> {
        let range = &self.plan.parameters;
        if range.start > range.end || range.end > inputs {
            return Err(ProgramError::Parameters { inputs, found: range.clone() });
        }
        check_length("the parameters", range.len(), parameters.len())?;
        let (before, after) = sample.split_at(range.start);
        Ok([before, parameters, after].concat())
    }

    /// The program for a sample that turned out otherwise: one that is there, or a new one, or none where none pays.
    ///
    /// Programs whose path begins as that of the sample does are only tried so often: a comparison of what all samples share
    /// is asked before those of the samples, and may lead back to where the sample has been. Then the function itself says
    /// where to go, once, so that every sample arrives. `vain` is how many times it may still be asked in vain.
    fn other(
        &mut self,
        number: usize,
        miss: Miss,
        tries: &mut u32,
        vain: &mut usize,
        x: &[T],
    ) -> Result<Option<usize>, ProgramError> {
        const TRIES: u32 = 4;
        *tries += 1;
        if *tries <= TRIES {
            let before = &self.programs[number].source.guards[..miss.number as usize];
            if let Some(known) = self.paths.along(before, miss.answer) {
                return Ok(Some(known));
            }
        }
        if *tries > TRIES + 1 || *vain == 0 {
            return Ok(None);
        }
        *tries = TRIES + 1;
        let graph = Graph::of_vector(&self.model, x);
        if let Some(known) = self.find(graph.guards()) {
            return Ok(Some(known).filter(|&known| known != number));
        }
        if self.is_worth(&graph) {
            return self.compile(&graph).map(Some);
        }
        *vain -= 1;
        Ok(None)
    }

    /// Compiles the first path that is worth it, if there is one among the first samples. The graph of the first may be known.
    fn compile_first(
        &mut self,
        inputs: usize,
        given: Given<'_, T>,
        mut known: Option<Graph<T>>,
    ) -> Result<(), ProgramError> {
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
                    Graph::of_vector(&self.model, &x)
                }
            };
            // A sample that has no others beside it comes back, as in an optimiser.
            if count == 1 || self.is_worth(&graph) {
                return self.compile(&graph).map(|_| ());
            }
        }
        Ok(())
    }

    /// Whether the path of a graph, which has no program, is worth one.
    fn is_worth(&mut self, graph: &Graph<T>) -> bool {
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
    fn find(&self, guards: &[Guard]) -> Option<usize> {
        let (last, before) = guards.split_last()?;
        self.paths
            .along(before, last.answer())
            .filter(|&found| self.programs[found].source.guards.len() == guards.len())
    }

    /// Compiles the path of a graph.
    fn compile(&mut self, graph: &Graph<T>) -> Result<usize, ProgramError> {
        let number = self.programs.len();
        self.programs.push(Program::compile(graph, &self.plan)?);
        self.paths.add(graph.guards(), number);
        Ok(number)
    }
}

impl<T: Element> Program<T> {
    /// Whether a few samples are faster differentiated by themselves.
    fn is_long(&self) -> bool {
        self.code.block.instructions.len() > self.source.primal.max(LONG)
    }
}
