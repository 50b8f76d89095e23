//! `compare`: a model differentiated in every way, counted and timed.

use super::bound::Bound;
use super::check::{Budget, First, check};
use super::comparison::{Comparison, Compiled, Cost, Derivatives, Difference, LeftOut, TapeSize};
use super::differences;
use super::method::Method;
use super::timing::timed;
use super::verdict::Doubts;
use crate::choose::choose_mode;
use crate::counted::{Counted, Counts};
use crate::forward::{self, CHUNK};
use crate::model::{Model, VectorModel};
use crate::number::{Scalar, ulps_between};
use crate::program::{Batch, Derivative, Plan, Replay, Single};
use crate::reverse::{self, Tape};
use nalgebra::DMatrix;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// How to compare.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// Which methods, in any order.
    pub methods: Vec<Method>,
    /// How long a method may repeat its runs to time them: it makes at least one, and one more to warm up unless
    /// that one took longer.
    pub timing: Duration,
    /// A method is left out if its evaluations would take longer than this.
    pub patience: Duration,
    /// What the inputs are called in sentences; the others by their number, x0.
    pub names: Vec<String>,
}

impl Default for Settings {
    /// Every method, a tenth of a second each, however long the evaluations take.
    fn default() -> Self {
        Self {
            methods: Method::ALL.to_vec(),
            timing: Duration::from_millis(100),
            patience: Duration::MAX,
            names: Vec::new(),
        }
    }
}

/// Differentiates a model at `x` by every method, holds the gradients against each other, counts the operations and
/// takes the time.
///
/// Costs 3n evaluations and more, each several times. With [`Settings`]: [`compare_with`].
///
/// # Panics
///
/// As the model does.
///
/// ```
/// use dualtape::compare::{Method, compare};
/// use dualtape::model;
/// use num_traits::Float;
///
/// fn product<T: Float>(x: &[T]) -> T {
///     x[1..].iter().fold(x[0], |product, &x| product * x)
/// }
///
/// let comparison = compare(&model!(product), &[2.0, 3.0, 4.0, 5.0]);
/// assert_eq!(comparison.value, [120.0]);
/// assert_eq!(comparison.primal.counts.total(), 3);
/// let reverse = comparison.of(Method::Reverse).unwrap();
/// assert_eq!(reverse.matrix.as_slice(), [60.0, 40.0, 30.0, 24.0]);
/// assert!(comparison.operations_over_primal(Method::Reverse) <= Some(5.0));
/// println!("{comparison}");
/// ```
#[must_use]
pub fn compare(model: &impl Model, x: &[f64]) -> Comparison {
    compare_with(model, x, &Settings::default())
}

/// [`compare`] for a function with several outputs: every method gives the Jacobian.
///
/// # Panics
///
/// As the model does; also if it returns a changing number of outputs.
#[must_use]
pub fn compare_vector(model: &impl VectorModel, x: &[f64]) -> Comparison {
    compare_vector_with(model, x, &Settings::default())
}

/// [`compare`] with settings.
///
/// # Panics
///
/// As the model does.
#[must_use]
pub fn compare_with(model: &impl Model, x: &[f64], settings: &Settings) -> Comparison {
    measure(&OneOutput(model), x, settings)
}

/// [`compare_vector`] with settings.
///
/// # Panics
///
/// As the model does; also if it returns a changing number of outputs.
#[must_use]
pub fn compare_vector_with(model: &impl VectorModel, x: &[f64], settings: &Settings) -> Comparison {
    measure(&ManyOutputs(model), x, settings)
}

/// A model with the operators that suit it: gradients for one output, Jacobians for several.
trait Subject {
    fn values<T: Scalar>(&self, x: &[T]) -> Vec<T>;
    fn forward<T: Scalar, const N: usize>(&self, x: &[T]) -> DMatrix<T>;
    fn reverse<T: Scalar>(&self, x: &[T]) -> DMatrix<T>;
    /// The model itself, and the derivative that a program of it is to have.
    fn compiled(&self) -> (impl VectorModel, Derivative);
}

struct OneOutput<'a, M>(&'a M);

impl<M: Model> Subject for OneOutput<'_, M> {
    fn values<T: Scalar>(&self, x: &[T]) -> Vec<T> {
        vec![self.0.eval(x)]
    }

    fn forward<T: Scalar, const N: usize>(&self, x: &[T]) -> DMatrix<T> {
        row(forward::gradient_in_chunks::<T, N>(|x| self.0.eval(x), x).1)
    }

    fn reverse<T: Scalar>(&self, x: &[T]) -> DMatrix<T> {
        row(reverse::gradient(|x| self.0.eval(x), x).1)
    }

    fn compiled(&self) -> (impl VectorModel, Derivative) {
        (Single(self.0), Derivative::Gradient)
    }
}

fn row<T: Scalar>(gradient: Vec<T>) -> DMatrix<T> {
    DMatrix::from_vec(1, gradient.len(), gradient)
}

struct ManyOutputs<'a, M>(&'a M);

impl<M: VectorModel> Subject for ManyOutputs<'_, M> {
    fn values<T: Scalar>(&self, x: &[T]) -> Vec<T> {
        self.0.eval(x)
    }

    fn forward<T: Scalar, const N: usize>(&self, x: &[T]) -> DMatrix<T> {
        forward::jacobian_in_chunks::<T, N>(|x| self.0.eval(x), x).expect("a model has a fixed number of outputs").1
    }

    fn reverse<T: Scalar>(&self, x: &[T]) -> DMatrix<T> {
        reverse::jacobian(|x| self.0.eval(x), x).expect("reverse mode evaluates once").1
    }

    fn compiled(&self) -> (impl VectorModel, Derivative) {
        (self.0, Derivative::Jacobian)
    }
}

fn derivatives<T: Scalar>(subject: &impl Subject, method: Method, x: &[T], outputs: usize) -> DMatrix<T> {
    match method {
        Method::Differences => {
            let mut matrix = DMatrix::from_element(outputs, x.len(), T::zero());
            differences::central(|x| subject.values(x), x, |j, slopes| matrix.column_mut(j).copy_from_slice(slopes));
            matrix
        }
        Method::Forward => subject.forward::<T, 1>(x),
        Method::Chunked => subject.forward::<T, CHUNK>(x),
        Method::Reverse => subject.reverse(x),
        Method::Program => unreachable!("a program is recorded and compiled by itself"),
    }
}

/// The derivatives by a program, what they cost, and what the program takes for many points.
fn by_program(subject: &impl Subject, x: &[f64], outputs: usize, limit: Duration) -> (Derivatives, Compiled) {
    // A gradient each of this many points fits in the third cache.
    const NUMBERS: usize = 1 << 18;
    const POINTS: usize = 256;
    const SUITS: &str = "the plan is for all inputs and outputs of the model";
    let (model, derivative) = subject.compiled();
    let mut replay = Replay::of_vector(model, Plan::new(derivative));
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
    let compiled = Compiled { building, statistics, points, time: of_batch.over(points) };
    let cost = Cost { evaluations: 1, sweeps: 0, counts, time };
    (Derivatives { method: Method::Program, matrix, cost, difference: Difference::NONE }, compiled)
}

fn measure(subject: &impl Subject, x: &[f64], settings: &Settings) -> Comparison {
    let counted: Vec<Counted<f64>> = x.iter().copied().map(Counted::new).collect();
    let (value, time) = timed(settings.timing, || subject.values(black_box(x)));
    let (n, m) = (x.len(), value.len());
    let counts = Counts::of(|| subject.values(&counted)).1;
    let primal = Cost { evaluations: 1, sweeps: 0, counts, time };

    let tape = tape_size(subject, x);
    let mut left_out = Vec::new();
    let mut methods = Vec::new();
    let mut program = None;
    for method in Method::ALL.into_iter().filter(|method| settings.methods.contains(method)) {
        let estimate = match method {
            Method::Program => building_time(m, &tape),
            // At least what the bare evaluations take.
            _ => method.evaluations(n) as f64 * primal.time.median,
        };
        if estimate > settings.patience.as_secs_f64() || method == Method::Program && estimate > LONGEST_BUILDING {
            left_out.push(LeftOut { method, estimate });
            continue;
        }
        if method == Method::Program {
            let (derivatives, compiled) = by_program(subject, x, m, settings.timing);
            methods.push(derivatives);
            program = Some(compiled);
            continue;
        }
        let (matrix, time) = timed(settings.timing, || derivatives(subject, method, black_box(x), m));
        let counts = Counts::of(|| derivatives(subject, method, &counted, m)).1;
        let cost = Cost { evaluations: method.evaluations(n), sweeps: method.sweeps(m), counts, time };
        methods.push(Derivatives { method, matrix, cost, difference: Difference::NONE });
    }
    let reverse = methods.iter().find(|it: &&Derivatives| it.method == Method::Reverse);
    if let Some(reference) = reverse.or(methods.last()).map(|it| it.matrix.clone()) {
        for found in &mut methods {
            found.difference = difference(&found.matrix, &reference);
        }
    }
    let exact = methods.iter().rev().filter(|it| it.method != Method::Differences);
    let exact: Vec<_> = exact.map(|it| (it.method.name(), &it.matrix)).collect();
    let budget = Budget { evaluations: (OPERATIONS_OF_CHECK / primal.counts.total().max(1)) as usize };
    let is_affordable = budget.time(n, primal.time.median) <= settings.patience.as_secs_f64();
    let mut entries = First { f: |x: &[Bound<f64>]| subject.values(x), x, outputs: m, names: &settings.names };
    let is_held = is_affordable && !exact.is_empty();
    let check = is_held.then(|| check(|x| subject.values(x), x, &exact, budget, &mut entries));
    let operations = primal.counts.total().saturating_mul(m as u64);
    let doubtful = Doubts::of(&subject.compiled().0, x, operations, &settings.names);
    Comparison {
        model: String::new(),
        x: x.to_vec(),
        doubtful,
        check,
        value,
        primal,
        methods,
        left_out,
        tape,
        program,
        choice: choose_mode(n, m),
    }
}

/// About how many operations of the function may go into differences that the derivatives are held against.
const OPERATIONS_OF_CHECK: u64 = 20_000_000;

/// The longest that a program may take to be built, in seconds: the memory it takes grows with it.
pub(super) const LONGEST_BUILDING: f64 = 2.0;

/// About how long an operation takes to be recorded and compiled with its derivative, in seconds.
pub(super) const NODE: f64 = 4e-7;

/// About how long recording and compiling takes, in seconds: the function and, for each output, its sweep.
fn building_time(outputs: usize, tape: &TapeSize) -> f64 {
    NODE * tape.nodes as f64 * (outputs.max(1) as f64)
}

fn tape_size(subject: &impl Subject, x: &[f64]) -> TapeSize {
    let tape = Tape::new();
    subject.values(&tape.vars(x));
    TapeSize { nodes: tape.len(), bytes: tape.bytes() }
}

/// How far the derivatives `found` are from the `reference`.
fn difference(found: &DMatrix<f64>, reference: &DMatrix<f64>) -> Difference {
    let mut difference = Difference::NONE;
    for i in 0..reference.nrows() {
        let largest = reference.row(i).iter().filter(|d| d.is_finite()).fold(0.0_f64, |max, d| max.max(d.abs()));
        for j in 0..reference.ncols() {
            let (a, b) = (found[(i, j)], reference[(i, j)]);
            let ulps = ulps_between(a, b);
            if difference.at.is_none() || ulps > difference.ulps {
                (difference.ulps, difference.at) = (ulps, Some((i, j)));
            }
            if ulps > 0 {
                let relative = (a - b).abs() / largest;
                // NaN, once found, stays.
                if relative.is_nan() || relative > difference.relative {
                    difference.relative = relative;
                }
            }
        }
    }
    difference
}
