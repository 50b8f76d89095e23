//! `Program`: a compiled function, and the methods that run it.

use super::batch::Batch;
use super::code::{GuardFailure, LaneCode};
use super::cost_model::LaneCost;
use super::differentiate::{Source, differentiate};
use super::error::ProgramError;
use super::instruction_set::InstructionSet;
use super::lanes::Element;
use super::lower::lower;
use super::plan::Plan;
use super::run::RunInputs;
use super::run::most_lanes;
use super::slp::{ScratchPool, SlpCode};
use crate::graph::Graph;
use crate::model::{Model, Outcome, Outputs};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// A recorded function with its derivative, compiled for many samples at a time.
///
/// # Complexity
///
/// Compiling takes time and memory in proportion to the operations of the graph. A run takes memory for each lane, for as
/// many numbers as are live at once. A row whose derivatives come out NaN is recomputed by forward or reverse mode, and takes
/// as long as recording it; a sum that comes out NaN takes as long as recording its samples, up to the first that is NaN
/// itself.
#[derive(Clone, Debug)]
pub struct Program<T = f64> {
    /// The number of this compilation, which clones share.
    pub(super) number: u64,
    pub(super) source: Source,
    pub(super) plan: Plan,
    pub(super) code: LaneCode,
    /// The strong-zero fallback, once it is needed.
    pub(super) strong_zero_code: OnceLock<LaneCode>,
    /// The code of a single sample, once it is needed, and its memory.
    pub(super) slp_code: OnceLock<SlpCode>,
    pub(super) scratch_pool: ScratchPool<T>,
    /// What a block of samples costs.
    pub(super) cost: LaneCost,
    pub(super) lanes: usize,
    pub(super) instruction_set: InstructionSet,
    pub(super) outputs: usize,
    pub(super) record: Record<T>,
}

/// What the function did when it was recorded.
#[derive(Clone, Debug)]
pub(super) struct Record<T> {
    pub(super) inputs: Vec<T>,
    /// The operands of each guard, and their names.
    pub(super) compared: Vec<[f64; 2]>,
    pub(super) names: Vec<[String; 2]>,
}

impl<T: Element> Program<T> {
    /// Compiles a graph.
    ///
    /// # Errors
    ///
    /// [`ProgramError`] if the plan does not suit the graph or this machine.
    pub fn compile(graph: &Graph<T>, plan: &Plan) -> Result<Self, ProgramError> {
        plan.check(graph.input_count(), graph.output_nodes().len())?;
        let value = |node: u32| graph.nodes()[node as usize].value.primal();
        let record = Record {
            inputs: graph.inputs(),
            compared: graph.guards().iter().map(|guard| guard.operands.map(value)).collect(),
            names: graph.guards().iter().map(|guard| guard.operands.map(|node| graph.name(node))).collect(),
        };
        Self::assemble(differentiate(graph, plan), plan.clone(), record)
    }

    /// A program from its operations.
    pub(super) fn assemble(source: Source, plan: Plan, record: Record<T>) -> Result<Self, ProgramError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let instruction_set = plan.available_instruction_set()?;
        let code = lower(&source, &plan, false);
        let lanes = plan.lanes.unwrap_or_else(|| most_lanes(code.body.registers * size_of::<T>()));
        let cost = LaneCost::of(&code);
        let outputs = source.values;
        Ok(Self {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            source,
            plan,
            code,
            strong_zero_code: OnceLock::new(),
            slp_code: OnceLock::new(),
            scratch_pool: ScratchPool::default(),
            cost,
            lanes,
            instruction_set,
            outputs,
            record,
        })
    }

    /// Records a model at `x` and compiles it.
    ///
    /// # Errors
    ///
    /// As [`Program::compile`]. Around it, that of a model which can fail: see [`Outcome`].
    pub fn of<M: Model + ?Sized>(model: &M, x: &[T], plan: &Plan) -> Outcome<M, Result<Self, ProgramError>> {
        M::Outputs::outcome(Graph::try_of(model, x).map(|graph| Self::compile(&graph, plan)))
    }

    /// Runs over samples: `parameters` are those of the plan, `samples` the other inputs of one sample after the other.
    /// A function of parameters alone has one sample, which is empty.
    ///
    /// # Errors
    ///
    /// [`ProgramError`] if a length is wrong, a sample takes another branch, or a direction is missing:
    /// [`Program::run_along`].
    pub fn run(&self, parameters: &[T], samples: &[T]) -> Result<Batch<T>, ProgramError> {
        self.run_along(parameters, samples, &[])
    }

    /// [`Program::run`] with the direction v of [`Jvp`](super::Derivative::Jvp) and [`Hvp`](super::Derivative::Hvp), p
    /// numbers for all samples.
    ///
    /// # Errors
    ///
    /// As [`Program::run`]; also if an entry of the direction is not finite.
    pub fn run_along(&self, parameters: &[T], samples: &[T], direction: &[T]) -> Result<Batch<T>, ProgramError> {
        let mut batch = Batch::default();
        self.run_into(parameters, samples, direction, &mut batch)?;
        Ok(batch)
    }

    /// [`Program::run_along`] in the memory of a batch, whose rows are replaced; the direction is empty if the derivative takes
    /// none. After an error the batch has no rows.
    ///
    /// In a batch that this program has filled before, the structural zeros of a Jacobian are not written again.
    ///
    /// # Errors
    ///
    /// As [`Program::run_along`].
    ///
    /// ```
    /// use dualtape::program::{Batch, Derivative, Plan, Program};
    ///
    /// fn square<T: num_traits::Float>(x: &[T]) -> T {
    ///     x[0] * x[0]
    /// }
    ///
    /// let program = Program::of(&dualtape::model!(square), &[1.0], &Plan::new(Derivative::Gradient))?;
    /// let mut batch = Batch::default();
    /// for x in [1.0, 2.0, 3.0] {
    ///     program.run_into(&[], &[x, -x], &[], &mut batch)?;
    ///     assert_eq!([batch.derivatives(0), batch.derivatives(1)], [[2.0 * x], [-2.0 * x]]);
    /// }
    /// # Ok::<(), dualtape::program::ProgramError>(())
    /// ```
    pub fn run_into(
        &self,
        parameters: &[T],
        samples: &[T],
        direction: &[T],
        batch: &mut Batch<T>,
    ) -> Result<(), ProgramError> {
        let run_inputs = RunInputs { parameters, samples, direction };
        let done = self.plan.samples(self.source.inputs, run_inputs).and_then(|count| {
            if count == 1
                && let Some(done) = self.run_single(run_inputs, batch)
            {
                return done.map_err(|failure| self.stale(0, failure));
            }
            let failures = self.run_at(run_inputs, None, count, None, batch);
            match failures.into_iter().min_by_key(|(sample, _)| *sample) {
                Some((sample, failure)) => Err(self.stale(sample, failure)),
                None => Ok(()),
            }
        });
        done.inspect_err(|_| batch.clear())
    }

    /// The error of a sample in which a guard fails.
    fn stale(&self, sample: usize, failure: GuardFailure) -> ProgramError {
        let at = failure.number as usize;
        let (guard, names) = (&self.source.guards[at], self.record.names[at].clone());
        let stale = guard.stale(names, self.record.compared[at], failure.found, failure.answer);
        ProgramError::Stale { sample, stale: Box::new(stale) }
    }

    /// How many numbers a sample has.
    #[must_use]
    pub fn sample_len(&self) -> usize {
        self.source.inputs - self.plan.parameters.len()
    }

    /// How many parameters there are.
    #[must_use]
    pub fn parameter_count(&self) -> usize {
        self.plan.parameters.len()
    }

    /// The plan that it was compiled for.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The inputs that it was recorded at.
    #[must_use]
    pub fn recorded_at(&self) -> &[T] {
        &self.record.inputs
    }

    pub(super) fn width(&self) -> usize {
        self.code.results.len()
    }
}
