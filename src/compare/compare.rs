//! `compare`: a model differentiated in every way, counted and timed.

use super::bound::Bound;
use super::check::{Budget, First, check};
use super::comparison::{Comparison, Cost, Derivatives, LONGEST_BUILDING, LeftOut, ProgramCost};
use super::differences;
use super::doubts::Doubts;
use super::timing::timed;
use super::total::TotalList;
use crate::choose::choose_mode;
use crate::counted::{Counted, Counts};
use crate::dynamic::DynModel;
use crate::forward::CHUNK;
use crate::mode::Mode;
use crate::model::{ErrorOf, Evaluate, Many, Model, Outcome, Outputs};
use crate::number::{Scalar, ulps::ulps_between};
use crate::program::{Batch, Derivative, Plan, Replay};
use crate::rerun;
use crate::reverse::Tape;
use nalgebra::DMatrix;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// How to compare.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which modes, in any order.
    pub modes: Vec<Mode>,
    /// How long the runs of a mode may be repeated to time them: there is at least one, and one more to warm up unless
    /// that one took longer.
    pub timing: Duration,
    /// A mode is left out if its evaluations would take longer than this.
    pub time_limit: Duration,
    /// What the inputs are called in sentences; the others by their number, x0.
    pub names: Vec<String>,
}

impl Default for Options {
    /// Every mode, timed for a tenth of a second each, without a time limit.
    fn default() -> Self {
        Self {
            modes: Mode::ALL.to_vec(),
            timing: Duration::from_millis(100),
            time_limit: Duration::MAX,
            names: Vec::new(),
        }
    }
}

/// Differentiates a model at `x` by every mode, holds the derivatives against each other, counts the operations and
/// takes the time: the gradient of one output, the Jacobian of several.
///
/// Costs 3n evaluations and more, each several times.
///
/// # Errors
///
/// That of a model which fails at `x`: see [`Outcome`].
///
/// # Panics
///
/// As the model does; a model that is no function of its inputs may make it panic.
///
/// ```
/// use dualtape::compare::{Options, compare};
/// use dualtape::{Mode, model};
/// use num_traits::Float;
///
/// fn product<T: Float>(x: &[T]) -> T {
///     x[1..].iter().fold(x[0], |product, &x| product * x)
/// }
///
/// let comparison = compare(&model!(product), &[2.0, 3.0, 4.0, 5.0], &Options::default());
/// assert_eq!(comparison.value, [120.0]);
/// assert_eq!(comparison.primal.counts.total(), 3);
/// let reverse = comparison.of(Mode::Reverse).unwrap();
/// assert_eq!(reverse.matrix.as_slice(), [60.0, 40.0, 30.0, 24.0]);
/// assert!(comparison.operations_over_primal(Mode::Reverse) <= Some(5.0));
/// println!("{comparison}");
/// ```
#[must_use]
pub fn compare<M: Model + ?Sized>(model: &M, x: &[f64], options: &Options) -> Outcome<M, Comparison> {
    M::Outputs::outcome(try_compare(model, x, options))
}

/// [`compare`], as a result.
pub(super) fn try_compare<M: Model + ?Sized>(
    model: &M,
    x: &[f64],
    options: &Options,
) -> Result<Comparison, ErrorOf<M>> {
    Ok(measure(&TotalList::at(model, x)?, x, options))
}

const NO_ERROR: &str = "the model has not failed at this point";

/// The derivatives by one of the modes.
fn derivatives<T: Scalar, M: Model>(total: &TotalList<M>, mode: Mode, x: &[T]) -> DMatrix<T> {
    let (model, outputs) = (&total.model, total.outputs);
    let found = match mode {
        Mode::Forward => rerun::forward_jacobian::<_, _, 1>(model, x, rerun::strong_forward_jacobian::<_, _, 1>),
        Mode::Chunked => {
            rerun::forward_jacobian::<_, _, CHUNK>(model, x, rerun::strong_forward_jacobian::<_, _, CHUNK>)
        }
        Mode::Reverse => rerun::reverse_jacobian(model, x),
        Mode::Differences => {
            let mut matrix = DMatrix::from_element(outputs, x.len(), T::zero());
            differences::central(
                |x| total.eval(x),
                x,
                |j, derivatives| matrix.column_mut(j).copy_from_slice(derivatives),
            );
            return matrix;
        }
        Mode::Program => unreachable!("a program is recorded and compiled by itself"),
    };
    found.ok().expect(NO_ERROR).1
}

/// The derivatives by a program, what they cost, and what the program takes for many points. The model is only recorded.
fn by_program(model: &dyn DynModel<Many>, outputs: usize, x: &[f64], limit: Duration) -> (Derivatives, ProgramCost) {
    // A gradient each of this many points fits in the third cache.
    const NUMBERS: usize = 1 << 18;
    const POINTS: usize = 256;
    const SUITS: &str = "the plan is for all inputs and outputs of the model";
    let derivative = if outputs == 1 { Derivative::Gradient } else { Derivative::Jacobian };
    let mut replay = Replay::of(model, Plan::new(derivative));
    let start = Instant::now();
    let mut rows = Batch::default();
    replay.run_into(x.len(), &[], x, &[], &mut rows).expect(SUITS);
    let building = start.elapsed().as_secs_f64();
    let matrix = DMatrix::from_row_slice(outputs, x.len(), rows.derivatives(0));
    let counts = replay.counts();
    let time = timed(limit, || replay.run_into(x.len(), &[], black_box(x), &[], black_box(&mut rows))).1;
    // A function without inputs has no points to choose from.
    let points = if x.is_empty() { 1 } else { (NUMBERS / (x.len() * outputs.max(1))).clamp(16, POINTS) };
    let batch = x.repeat(points);
    let mut run = || replay.run_into(x.len(), &[], black_box(&batch), &[], black_box(&mut rows));
    // The memory of the rows is new in the first run.
    run().expect(SUITS);
    let of_batch = timed(limit, run).1;
    let statistics = replay.programs()[0].statistics();
    let compiled = ProgramCost { building, statistics, points, time: of_batch.over(points) };
    let cost = Cost { evaluations: 1, sweeps: 0, counts, time };
    (Derivatives { mode: Mode::Program, matrix, cost, ulps: 0, at: None, relative: 0.0 }, compiled)
}

/// Measures the model itself; what looks at it from elsewhere takes it as `total`.
fn measure<M: Model>(total: &TotalList<M>, x: &[f64], options: &Options) -> Comparison {
    let (model, n, m) = (&total.model, x.len(), total.outputs);
    let counted: Vec<Counted<f64>> = x.iter().copied().map(Counted::new).collect();
    let (value, time) = timed(options.timing, || model.list(black_box(x)).ok().expect(NO_ERROR));
    let value: Vec<f64> = value.into();
    let counts = Counts::of(|| model.list(&counted).is_ok()).1;
    let primal = Cost { evaluations: 1, sweeps: 0, counts, time };

    let (tape_nodes, tape_bytes) = tape_size(model, x);
    let mut left_out = Vec::new();
    let mut modes = Vec::new();
    let mut program = None;
    for mode in Mode::ALL.into_iter().filter(|mode| options.modes.contains(mode)) {
        let estimate = match mode {
            Mode::Program => building_time(m, tape_nodes),
            // At least what the bare evaluations take.
            _ => mode.evaluations(n) as f64 * primal.time.median,
        };
        if estimate > options.time_limit.as_secs_f64() || mode == Mode::Program && estimate > LONGEST_BUILDING {
            left_out.push(LeftOut { mode, estimate });
            continue;
        }
        if mode == Mode::Program {
            let (derivatives, compiled) = by_program(total, m, x, options.timing);
            modes.push(derivatives);
            program = Some(compiled);
            continue;
        }
        let (matrix, time) = timed(options.timing, || derivatives(total, mode, black_box(x)));
        let counts = Counts::of(|| derivatives(total, mode, &counted)).1;
        let cost = Cost { evaluations: mode.evaluations(n), sweeps: mode.sweeps(m), counts, time };
        modes.push(Derivatives { mode, matrix, cost, ulps: 0, at: None, relative: 0.0 });
    }
    let reverse = modes.iter().find(|it: &&Derivatives| it.mode == Mode::Reverse);
    if let Some(reference) = reverse.or(modes.last()).map(|it| it.matrix.clone()) {
        for found in &mut modes {
            found.compare_with(&reference);
        }
    }
    let exact = modes.iter().rev().filter(|it| it.mode != Mode::Differences);
    let exact: Vec<_> = exact.map(|it| (it.mode.name(), &it.matrix)).collect();
    let budget = Budget { evaluations: (OPERATIONS_OF_CHECK / primal.counts.total().max(1)) as usize };
    let is_affordable = budget.time(n, primal.time.median) <= options.time_limit.as_secs_f64();
    let mut entries = First { f: |x: &[Bound<f64>]| total.eval(x), x, outputs: m, names: &options.names };
    let is_held = is_affordable && !exact.is_empty();
    let check = is_held.then(|| check(&mut |x| total.eval(x), x, &exact, budget, &mut entries));
    let operations = primal.counts.total().saturating_mul(m as u64);
    let doubtful = Doubts::of(total, x, operations, &options.names);
    Comparison {
        model: String::new(),
        x: x.to_vec(),
        doubtful,
        check,
        value,
        primal,
        modes,
        left_out,
        tape_nodes,
        tape_bytes,
        program,
        choice: choose_mode(n, m),
    }
}

/// About how many operations of the function may go into differences that the derivatives are held against.
const OPERATIONS_OF_CHECK: u64 = 20_000_000;

/// About how long an operation takes to be recorded and compiled with its derivative, in seconds.
pub(super) const NODE: f64 = 4e-7;

/// About how long recording and compiling takes, in seconds: the function and, for each output, its sweep.
fn building_time(outputs: usize, nodes: usize) -> f64 {
    NODE * nodes as f64 * (outputs.max(1) as f64)
}

/// The nodes and bytes of a recording.
fn tape_size(model: &(impl Model + ?Sized), x: &[f64]) -> (usize, usize) {
    let tape = Tape::new();
    assert!(model.list(&tape.vars(x)).is_ok(), "{NO_ERROR}");
    (tape.len(), tape.bytes())
}

impl Derivatives {
    /// Holds the derivatives against the `reference`.
    fn compare_with(&mut self, reference: &DMatrix<f64>) {
        for i in 0..reference.nrows() {
            let largest = reference.row(i).iter().filter(|d| d.is_finite()).fold(0.0_f64, |max, d| max.max(d.abs()));
            for j in 0..reference.ncols() {
                let (a, b) = (self.matrix[(i, j)], reference[(i, j)]);
                let ulps = ulps_between(a, b);
                if self.at.is_none() || ulps > self.ulps {
                    (self.ulps, self.at) = (ulps, Some((i, j)));
                }
                if ulps > 0 {
                    let relative = (a - b).abs() / largest;
                    // NaN, once found, stays.
                    if relative.is_nan() || relative > self.relative {
                        self.relative = relative;
                    }
                }
            }
        }
    }
}
