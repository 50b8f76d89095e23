//! The rows of the table: what is compared with what, and the ratio that is asked for.

use super::gmm::Gmm;
use super::hand_written::{ByHand, HandWritten};
use super::heat::heat;
use super::lotka_volterra::{PARAMETERS, lotka_volterra, lotka_volterra_by};
use super::mlp::Mlp;
use super::rivals::{ByAd, ad_trait_reverse, echidna_reverse};
use super::rosenbrock::{self, rosenbrock, rosenbrock_by};
use super::spread;
use criterion::Criterion;
use dualtape::{Dual, Error, Tape, higher, jvp, model, reverse};
use nalgebra::{DMatrix, DVectorView};
use std::hint::black_box;
use std::rc::Rc;

/// One computation, ready to be timed.
pub(crate) struct Side {
    /// The library, and how it is used.
    pub(crate) name: &'static str,
    /// Computes once; the optimiser cannot see that the result is dropped.
    pub(crate) run: Box<dyn Fn()>,
    /// Computes once: the value, then the derivatives.
    pub(crate) outcome: Box<dyn Fn() -> Vec<f64>>,
}

impl Side {
    pub(super) fn new<R: Outcome>(name: &'static str, compute: impl Fn() -> R + 'static) -> Self {
        let compute = Rc::new(compute);
        let again = Rc::clone(&compute);
        let run = Box::new(move || {
            black_box(compute());
        });
        Self { name, run, outcome: Box::new(move || again().flat()) }
    }
}

/// A result of a computation, as numbers to compare.
pub(super) trait Outcome {
    fn flat(self) -> Vec<f64>;
}

impl Outcome for f64 {
    fn flat(self) -> Vec<f64> {
        vec![self]
    }
}

impl Outcome for Vec<f64> {
    fn flat(self) -> Vec<f64> {
        self
    }
}

impl Outcome for DMatrix<f64> {
    fn flat(self) -> Vec<f64> {
        self.as_slice().to_vec()
    }
}

impl Outcome for (f64, Vec<f64>) {
    fn flat(self) -> Vec<f64> {
        [vec![self.0], self.1].concat()
    }
}

impl Outcome for (f64, Vec<f64>, DMatrix<f64>) {
    fn flat(self) -> Vec<f64> {
        [vec![self.0], self.1, self.2.as_slice().to_vec()].concat()
    }
}

impl Outcome for Dual<f64> {
    fn flat(self) -> Vec<f64> {
        vec![self.value, self.tangent]
    }
}

impl Outcome for HandWritten {
    fn flat(self) -> Vec<f64> {
        vec![self.value, self.tangent]
    }
}

/// One row of the table.
pub(crate) struct Row {
    /// The function, and how it is differentiated.
    pub(crate) case: &'static str,
    /// This crate.
    pub(crate) ours: Side,
    /// What it is measured against: the fastest of them.
    pub(crate) rivals: Vec<Side>,
    /// Measured by the criterion benchmarks for the reader's information.
    pub(crate) others: Vec<Side>,
    /// The largest ratio of times that is asked for, ours over the rival's.
    pub(crate) target: f64,
}

impl Row {
    pub(super) fn new(case: &'static str, target: f64, ours: Side, rivals: Vec<Side>) -> Self {
        Self { case, ours, rivals, others: Vec::new(), target }
    }

    pub(super) fn beside(mut self, others: Vec<Side>) -> Self {
        self.others = others;
        self
    }

    /// All sides, ours first.
    pub(crate) fn sides(&self) -> impl Iterator<Item = &Side> {
        std::iter::once(&self.ours).chain(&self.rivals).chain(&self.others)
    }

    /// Asserts that all sides agree on the value and, as far as they compute them, on the derivatives.
    pub(crate) fn assert_agreement(&self) {
        let ours = (self.ours.outcome)();
        for side in self.sides().skip(1) {
            let theirs = (side.outcome)();
            // A primal has no derivatives to compare.
            assert!(theirs.len() == ours.len() || theirs.len() == 1, "{}: {} has another shape", self.case, side.name);
            let largest = theirs.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
            for (i, (a, b)) in ours.iter().zip(&theirs).enumerate() {
                // Entries that are small beside the others are sums that cancelled.
                let scale = a.abs().max(b.abs()).max(1e-3 * largest);
                assert!((a - b).abs() <= 1e-9 * scale, "{}: entry {i} is {a} here and {b} in {}", self.case, side.name);
            }
        }
    }
}

/// Measures every side of every row with criterion, one group a row.
pub(crate) fn bench(criterion: &mut Criterion, rows: &[Row]) {
    for row in rows {
        row.assert_agreement();
        let mut group = criterion.benchmark_group(row.case);
        for side in row.sides() {
            group.bench_function(side.name, |b| b.iter(&side.run));
        }
        group.finish();
    }
}

/// Keeps a value for the rest of the process, which is one measurement.
pub(super) fn keep<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// The functions with their inputs.
struct Cases {
    rosenbrock: &'static [f64],
    mlp: &'static Mlp,
    weights: &'static [f64],
    wide: &'static Mlp,
    wide_weights: &'static [f64],
    gmm: &'static Gmm,
    mixture: &'static [f64],
}

impl Cases {
    fn new() -> Self {
        let mlp = keep(Mlp::new(&[16, 32, 16, 1], 8));
        let wide = keep(Mlp::new(&[64, 64, 64, 1], 1));
        let gmm = keep(Gmm::new(1000, 10, 5));
        Self {
            rosenbrock: keep(rosenbrock::point(1000)),
            mlp,
            weights: keep(mlp.weights()),
            wide,
            wide_weights: keep(wide.weights()),
            gmm,
            mixture: keep(gmm.parameters()),
        }
    }
}

/// Reverse mode: gradients against `echidna::grad`, and against the function itself on `f64`.
pub(crate) fn reverse_rows() -> Vec<Row> {
    let Cases { rosenbrock: x, mlp, weights: w, wide, wide_weights: v, gmm, mixture: p } = Cases::new();
    assert_eq!((w.len(), v.len(), p.len()), (1089, 8385, 330));
    let q: &[f64] = &PARAMETERS;
    let echidna_mlp = || Side::new("echidna::grad", || echidna_reverse(|w| mlp.plain(w), black_box(w)));
    let echidna_gmm = || Side::new("echidna::grad", || echidna_reverse(|p| gmm.plain(p), black_box(p)));
    vec![
        Row::new(
            "Rosenbrock n = 1000, reverse",
            0.20,
            Side::new("dualtape", || reverse::gradient(rosenbrock, black_box(x))),
            vec![Side::new("echidna::grad", || echidna_reverse(rosenbrock, black_box(x)))],
        )
        .beside(vec![Side::new("ad_trait", || ad_trait_reverse(rosenbrock_by::<ByAd, _>, black_box(x)))]),
        Row::new(
            "MLP 16-32-16-1, batch 8, reverse",
            0.40,
            Side::new("dualtape", || reverse::gradient(|w| mlp.plain(w), black_box(w))),
            vec![echidna_mlp()],
        )
        .beside(vec![Side::new("ad_trait", || ad_trait_reverse(|w| mlp.plain_by::<ByAd, _>(w), black_box(w)))]),
        Row::new(
            "MLP 16-32-16-1, batch 8, reverse, dot/sum",
            0.18,
            Side::new("dualtape, dot/sum", || reverse::gradient(|w| mlp.with_dot(w), black_box(w))),
            vec![echidna_mlp()],
        ),
        Row::new(
            "GMM 1000 points, d = 10, k = 5, reverse",
            0.38,
            Side::new("dualtape", || reverse::gradient(|p| gmm.plain(p), black_box(p))),
            vec![echidna_gmm()],
        )
        .beside(vec![Side::new("ad_trait", || ad_trait_reverse(|p| gmm.plain_by::<ByAd, _>(p), black_box(p)))]),
        Row::new(
            "GMM 1000 points, d = 10, k = 5, reverse, dot/sum",
            0.25,
            Side::new("dualtape, dot/sum", || reverse::gradient(|p| gmm.with_dot(p), black_box(p))),
            vec![echidna_gmm()],
        ),
        Row::new(
            "Lotka-Volterra RK4 x100, n = 4, reverse",
            0.30,
            Side::new("dualtape", || reverse::gradient(lotka_volterra, black_box(q))),
            vec![Side::new("echidna::grad", || echidna_reverse(lotka_volterra, black_box(q)))],
        )
        .beside(vec![Side::new("ad_trait", || ad_trait_reverse(lotka_volterra_by::<ByAd, _>, black_box(q)))]),
        Row::new(
            "MLP 64-64-64-1, batch 1, reverse over primal",
            3.5,
            Side::new("dualtape", || reverse::gradient(|v| wide.plain(v), black_box(v))),
            vec![Side::new("f64 primal", || wide.plain(black_box(v)))],
        ),
        Row::new(
            "MLP 64-64-64-1, batch 1, reverse over primal, dot/sum",
            2.0,
            Side::new("dualtape, dot/sum", || reverse::gradient(|v| wide.with_dot(v), black_box(v))),
            vec![Side::new("f64 primal, dot/sum", || wide.with_dot(black_box(v)))],
        ),
    ]
}

/// Several derivatives of one recording at once, against one after the other.
pub(crate) fn block_rows() -> Vec<Row> {
    let Cases { mlp, weights: w, .. } = Cases::new();
    let x: &'static [f64] = keep(spread(12, 400, 1.0));
    let directions: &'static DMatrix<f64> = keep(DMatrix::from_column_slice(w.len(), 8, &spread(13, 8 * w.len(), 1.0)));
    let rows = || {
        let tape = Tape::new();
        let x = tape.vars(black_box(x));
        let y = heat(&x);
        let rows: Vec<Vec<f64>> = y.iter().map(|y| y.backward().wrt_all(&x)).collect();
        DMatrix::from_fn(y.len(), x.len(), |i, j| rows[i][j])
    };
    let columns = || {
        let columns = directions.column_iter();
        let product = |v: DVectorView<'_, f64>| higher::hvp(|w| mlp.plain(w), black_box(w), v.as_slice());
        columns.flat_map(|v| product(v).expect("directions are finite").2).collect::<Vec<f64>>()
    };
    vec![
        Row::new(
            "Jacobian of the heat equation, n = 400, reverse",
            0.5,
            Side::new("dualtape", || reverse::jacobian(heat, black_box(x)).expect("a closure cannot fail").1),
            vec![Side::new("a sweep a row", rows)],
        ),
        Row::new(
            "MLP 16-32-16-1, batch 8, Hessian times 8 directions",
            0.6,
            Side::new("dualtape", || {
                higher::hvp_block(|w| mlp.plain(w), black_box(w), directions).expect("directions are finite").2
            }),
            vec![Side::new("hvp for each", columns)],
        ),
    ]
}

/// One direction of a model, and of a closure, against [`HandWritten`]. Closures must stay what they were before models did without
/// strong zeros.
pub(crate) fn dual_rows() -> Vec<Row> {
    let Cases { rosenbrock: x, mlp, weights: w, gmm, mixture: p, .. } = Cases::new();
    macro_rules! rows {
        ($case:literal, $of_closure:literal, $x:expr, $model:expr, $closure:expr, $theirs:expr) => {{
            let x: &'static [f64] = $x;
            let v: &'static [f64] = keep(spread(11, x.len(), 1.0));
            let by_hand = || {
                Side::new("hand-written", move || {
                    let seeds = black_box(x).iter().zip(black_box(v));
                    let inputs: Vec<HandWritten> =
                        seeds.map(|(&value, &tangent)| HandWritten { value, tangent }).collect();
                    $theirs(&inputs[..])
                })
            };
            let of_closure = move || {
                let seeds = black_box(x).iter().zip(black_box(v));
                let inputs: Vec<Dual<f64>> = seeds.map(|(&x, &v)| Dual::new(x, v)).collect();
                $closure(&inputs[..])
            };
            [
                Row::new(
                    concat!($case, ", one direction of a model"),
                    1.05,
                    Side::new("dualtape::jvp", move || along(jvp(&$model, black_box(x), black_box(v)))),
                    vec![by_hand()],
                ),
                Row::new(
                    concat!($case, ", one direction of a closure"),
                    $of_closure,
                    Side::new("dualtape::Dual", of_closure),
                    vec![by_hand()],
                ),
            ]
        }};
    }
    /// Value and derivative of the one output.
    fn along(found: Result<(Vec<f64>, Vec<f64>), Error>) -> HandWritten {
        let (y, along) = found.expect("a direction of as many finite entries");
        HandWritten { value: y[0], tangent: along[0] }
    }
    [
        rows!("Rosenbrock n = 1000", 1.55, x, model!(rosenbrock), rosenbrock::<Dual<f64>>, rosenbrock_by::<ByHand, _>),
        rows!("MLP 16-32-16-1, batch 8", 1.25, w, mlp, |w: &[Dual<f64>]| mlp.plain(w), |w: &[HandWritten]| mlp
            .plain_by::<ByHand, _>(w)),
        rows!("GMM 1000 points, d = 10, k = 5", 1.3, p, gmm, |p: &[Dual<f64>]| gmm.plain(p), |p: &[HandWritten]| {
            gmm.plain_by::<ByHand, _>(p)
        }),
        rows!(
            "Lotka-Volterra RK4 x100",
            1.25,
            &PARAMETERS,
            model!(lotka_volterra),
            lotka_volterra::<Dual<f64>>,
            lotka_volterra_by::<ByHand, _>
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}
