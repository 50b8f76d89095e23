//! Every model of the zoo, in every mode: derivatives against formulas and differences, sizes, and exact costs.

#![cfg(feature = "compare")]

use dualtape::compare::zoo::{self, Visitor};
use dualtape::compare::{Comparison, Family, Options, compare, modes_agree};
use dualtape::{Counted, Counts, Many, Mode, Model, One, assert_modes_agree, reverse};
use nalgebra::DMatrix;
use std::collections::HashSet;
use std::time::Duration;

/// What the tests look at, without the type of the model.
struct Seen {
    name: &'static str,
    asked: usize,
    size: dualtape::compare::Size,
    comparison: Comparison,
    known: Option<DMatrix<f64>>,
    /// For functions with one output: whether the modes agree to what rounding allows.
    agreement: Option<Result<(), String>>,
}

/// Compares members of every family it is shown.
struct Comparer {
    ns: Vec<usize>,
    modes: Vec<Mode>,
    bounded: bool,
    seen: Vec<Seen>,
}

impl Comparer {
    /// Members of all families with at least so many inputs.
    fn all(ns: &[usize], modes: &[Mode]) -> Vec<Seen> {
        let mut comparer = Self { ns: ns.to_vec(), modes: modes.to_vec(), bounded: false, seen: Vec::new() };
        zoo::visit_all(&mut comparer);
        assert_eq!(comparer.seen.len(), zoo::MODELS.len() * ns.len());
        comparer.seen
    }

    fn options(&self) -> Options {
        Options { modes: self.modes.clone(), timing: Duration::ZERO, ..Options::default() }
    }
}

impl Visitor for Comparer {
    fn one<F: Family<Model: Model<Outputs = One>>>(&mut self, family: &F) {
        for &asked in &self.ns {
            let (model, x) = family.member(asked);
            let agreement = self
                .bounded
                .then(|| modes_agree(&model, &x).map(drop).map_err(|disagreement| disagreement.to_string()));
            self.seen.push(Seen {
                name: F::ABOUT.name,
                asked,
                size: family.size(asked),
                comparison: compare(&model, &x, &self.options()),
                known: F::known(&model, &x),
                agreement,
            });
        }
    }

    fn many<F: Family<Model: Model<Outputs = Many>>>(&mut self, family: &F) {
        for &asked in &self.ns {
            let (model, x) = family.member(asked);
            self.seen.push(Seen {
                name: F::ABOUT.name,
                asked,
                size: family.size(asked),
                comparison: compare(&model, &x, &self.options()),
                known: F::known(&model, &x),
                agreement: None,
            });
        }
    }
}

/// The largest difference of two matrices, as a fraction of the largest entry of its row.
fn relative(found: &DMatrix<f64>, expected: &DMatrix<f64>) -> f64 {
    assert_eq!(found.shape(), expected.shape());
    let of_row = |i: usize| (found.row(i) - expected.row(i)).amax() / expected.row(i).amax().max(f64::MIN_POSITIVE);
    (0..found.nrows()).map(of_row).fold(0.0, f64::max)
}

#[test]
fn the_catalogue_is_complete() {
    let names: HashSet<&str> = zoo::MODELS.iter().map(|about| about.name).collect();
    assert_eq!(names.len(), zoo::MODELS.len(), "names are unique");
    for about in zoo::MODELS {
        assert!(about.name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", about.name);
        let texts = [about.title, about.formula, about.inputs, about.domain, about.source];
        assert!(texts.iter().all(|text| !text.is_empty()), "{}", about.name);
        assert!(texts.iter().all(|text| text.is_ascii()), "{}: plain text", about.name);
    }
    for name in zoo::TAKE_DATA {
        assert!(names.contains(name), "{name}");
    }
}

#[test]
fn every_mode_gives_the_known_gradient() {
    let mut known = 0;
    for seen in Comparer::all(&[2, 20, 100], &Mode::ALL) {
        let Seen { name, asked, comparison, .. } = &seen;
        for derivatives in comparison.modes.iter().filter(|it| it.mode != Mode::Differences) {
            if let Some(expected) = &seen.known {
                let difference = relative(&derivatives.matrix, expected);
                assert!(
                    difference <= 2e-14 * comparison.inputs() as f64,
                    "{name} {asked} {}: {difference:e}",
                    derivatives.mode
                );
                known += 1;
            }
        }
        let of = |mode| &comparison.of(mode).expect("the mode ran").matrix;
        let reverse = of(Mode::Reverse);
        for mode in [Mode::Forward, Mode::Chunked, Mode::Program] {
            let difference = relative(of(mode), reverse);
            assert!(difference <= 1e-14 * comparison.inputs() as f64, "{name} {asked} {mode}: {difference:e}");
        }
        // Differences know half the digits, of derivatives beside the size of the value.
        let differences = of(Mode::Differences);
        for (i, value) in comparison.value.iter().enumerate() {
            let difference = (differences.row(i) - reverse.row(i)).amax();
            let scale = value.abs() + reverse.row(i).amax();
            assert!(
                difference <= 1e-7 * scale,
                "{name} {asked}, output {i}: {difference:e} by differences, of {scale:e}"
            );
        }
    }
    assert!(known >= 3 * 3 * 11, "only {known} gradients were held against a formula");
}

#[test]
fn the_modes_agree_to_rounding() {
    let mut comparer = Comparer { ns: vec![2, 30], modes: Vec::new(), bounded: true, seen: Vec::new() };
    zoo::visit_all(&mut comparer);
    let mut bounded = 0;
    for seen in comparer.seen {
        if let Some(agreement) = seen.agreement {
            assert_eq!(agreement, Ok(()), "{} {}", seen.name, seen.asked);
            bounded += 1;
        }
    }
    assert!(bounded >= 2 * 13);
}

#[test]
fn sizes_are_what_they_say() {
    for seen in Comparer::all(&[1, 2, 7, 50, 300, 1000], &[]) {
        let Seen { name, asked, size, comparison, .. } = &seen;
        assert_eq!(size.inputs, comparison.inputs() as f64, "{name} {asked}");
        assert_eq!(size.outputs, comparison.outputs() as f64, "{name} {asked}");
        assert!(comparison.inputs() >= *asked, "{name} {asked}: {} inputs", comparison.inputs());
        assert!(comparison.value.iter().all(|y| y.is_finite()), "{name} {asked}");
        let counted = comparison.primal.counts.total() as f64;
        let share = size.operations / counted;
        assert!(
            (0.5..=2.0).contains(&share),
            "{name} {asked}: {} operations were said, {counted} counted",
            size.operations
        );
        // No family jumps over what was asked for by more than its own step allows.
        assert!(comparison.inputs() <= 3 * asked + 30, "{name} {asked}: {} inputs", comparison.inputs());
    }
}

/// What reverse mode counts for all derivatives of one output, and of the sum of several, and what the function does.
struct Cheap {
    n: usize,
    /// Name, operations of reverse mode, operations of the function.
    found: Vec<(&'static str, u64, u64)>,
}

fn counted(x: &[f64]) -> Vec<Counted<f64>> {
    x.iter().copied().map(Counted::new).collect()
}

impl Visitor for Cheap {
    fn one<F: Family<Model: Model<Outputs = One>>>(&mut self, family: &F) {
        let (model, x) = family.member(self.n);
        let x = counted(&x);
        let (_, primal) = Counts::of(|| model.eval(&x));
        let (_, gradient) = Counts::of(|| reverse::gradient(|x| model.eval(x), &x));
        self.found.push((F::ABOUT.name, gradient.total(), primal.total()));
    }

    fn many<F: Family<Model: Model<Outputs = Many>>>(&mut self, family: &F) {
        let (model, x) = family.member(self.n);
        let x = counted(&x);
        let (y, primal) = Counts::of(|| model.eval(&x));
        let weights = vec![Counted::new(1.0); y.len()];
        let (_, row) = Counts::of(|| reverse::vjp(|x| model.eval(x), &x, &weights).expect("a weight for each output"));
        self.found.push((F::ABOUT.name, row.total(), primal.total()));
    }
}

/// Griewank's bound: all derivatives of one output for five times the function, whatever n is; from counts, exactly.
#[test]
fn a_gradient_costs_at_most_five_functions() {
    for n in [2, 10, 100, 1000, 3000] {
        let mut cheap = Cheap { n, found: Vec::new() };
        zoo::visit_all(&mut cheap);
        assert_eq!(cheap.found.len(), zoo::MODELS.len());
        for (name, reverse, primal) in cheap.found {
            assert!(
                primal > 0 && reverse <= 5 * primal,
                "{name} {n}: {reverse} operations, five times {primal} are allowed"
            );
        }
    }
}

/// Forward mode pays for every parameter: n passes, each of which costs at least the function and at most a few of it.
#[test]
fn forward_mode_pays_for_every_parameter() {
    for seen in Comparer::all(&[2, 10, 60], &[Mode::Forward, Mode::Chunked]) {
        let Seen { name, asked, comparison, .. } = &seen;
        let n = comparison.inputs() as u64;
        let primal = comparison.primal.counts.total();
        let forward = comparison.of(Mode::Forward).expect("forward mode ran").cost;
        assert_eq!(forward.evaluations as u64, n);
        let passes = forward.counts.total() as f64 / (n * primal) as f64;
        assert!((1.0..=6.0).contains(&passes), "{name} {asked}: a pass costs {passes} functions");
        let chunked = comparison.of(Mode::Chunked).expect("chunked forward mode ran").cost;
        assert_eq!(chunked.evaluations as u64, n.div_ceil(8));
        assert!(chunked.counts.total() >= chunked.evaluations as u64 * primal);
    }
}

/// Every pass costs the same, and what it costs grows with n as the function itself does: on a line, exactly.
#[test]
fn forward_mode_is_n_passes_that_are_alike() {
    let passes: Vec<(u64, u64)> = (2..12)
        .map(|n| {
            let (model, x) = zoo::Rosenbrock.member(n);
            let options = Options { modes: vec![Mode::Forward], timing: Duration::ZERO, ..Options::default() };
            let comparison = compare(&model, &x, &options);
            let total = comparison.of(Mode::Forward).expect("it ran").cost.counts.total();
            assert_eq!(total % n as u64, 0, "the passes are alike");
            (total / n as u64, comparison.primal.counts.total())
        })
        .collect();
    for w in passes.windows(3) {
        assert_eq!(w[2].0 - w[1].0, w[1].0 - w[0].0, "a pass grows by the same for each input");
        assert_eq!(w[2].1 - w[1].1, w[1].1 - w[0].1, "as the function does");
    }
}

#[test]
fn values_that_are_known_otherwise() {
    // A determinant by hand: |1 2; 3 4| = -2, and with rows exchanged.
    assert_eq!(zoo::DeterminantFunction.eval(&[1.0, 2.0, 3.0, 4.0]), -2.0);
    assert_eq!(zoo::DeterminantFunction.eval(&[0.0, 1.0, 1.0, 0.0]), -1.0);
    assert_eq!(zoo::DeterminantFunction.eval(&[1.0, 2.0, 2.0, 4.0]), 0.0);
    // Hull, Options, Futures and Other Derivatives, example in the chapter on the model: S = 42, K = 40, r = 10 %, σ = 20 %, half a year: 4.76.
    let call: f64 = zoo::Portfolio.eval(&[42.0, 40.0, 0.1, 0.2, 0.5]);
    assert!((call - 4.76).abs() < 0.005, "{call}");
    assert_eq!(zoo::RosenbrockFunction.eval(&[1.0; 5]), 0.0);
    assert_eq!(zoo::SpeelpenningProduct.eval(&[2.0, 3.0, 4.0]), 24.0);
    // Predator and prey keep V = δx - γ ln x + βy - α ln y.
    let (community, parameters) = zoo::LotkaVolterra.member(6);
    let kept = |x: f64, y: f64| 0.75 * x - 3.0 * x.ln() + y - 1.5 * y.ln();
    let end = community.simulate(&parameters);
    assert!((kept(end[0], end[1]) - kept(1.0, 0.8)).abs() < 1e-4, "{end:?}");
    assert!((end[0] - 1.0).abs() > 0.1, "something moves");
}

#[test]
fn a_mixture_of_one_normal_distribution_is_that_distribution() {
    // α = 0, μ = 0, Q = 1: every point has the standard normal density; the prior adds γ²/2·(d + 0) and its constant.
    let points = vec![vec![0.5, -1.0], vec![2.0, 0.25]];
    let squares: f64 = points.iter().flatten().map(|x| x * x).sum();
    let model = zoo::MixtureLikelihood::new(2, 1, points);
    let likelihood = -0.5 * squares - 2.0 * std::f64::consts::TAU.ln();
    // Wishart's constant for d = 2, m = 0: -(n d (ln γ - ln 2/2) - ln Γ₂(n/2)), n = 3.
    let ln_gamma_2 = 0.5 * std::f64::consts::PI.ln() + (0.5 * std::f64::consts::PI.sqrt()).ln() + 0.0;
    let constant = 3.0 * 2.0 * (-0.5 * std::f64::consts::LN_2) - ln_gamma_2;
    let expected = likelihood + 0.5 * 2.0 - constant;
    assert!((model.eval(&[0.0; 6]) - expected).abs() < 1e-12, "{} {expected}", model.eval(&[0.0; 6]));
}

#[test]
fn assertions_on_models_of_the_zoo() {
    let (model, x) = zoo::Helmholtz.member(5);
    let agreement = assert_modes_agree!(model, &x);
    assert_eq!(agreement.value, model.eval(&x));
    assert!(agreement.out_of_range.is_empty());
}

/// The copy of the Iris data in the crate is the file of the documentation, number for number.
#[test]
fn the_iris_data_are_those_of_the_file() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/examples/iris/iris.csv");
    let mut reader = csv::Reader::from_path(path).expect("the file is there");
    let columns: Vec<String> = reader.headers().expect("a header").iter().take(4).map(str::to_owned).collect();
    let (mut rows, mut labels) = (Vec::new(), Vec::new());
    for record in reader.records().map(|record| record.expect("a record")) {
        rows.push(record.iter().take(4).map(|cell| cell.parse().expect("a number")).collect::<Vec<f64>>());
        labels.push(record[4].to_owned());
    }
    let data = zoo::Data::new(columns, rows, zoo::Target::of_classes(&labels)).expect("the table is well formed");
    let (file, x) = zoo::LogisticRegression::with(data).expect("the data suit").member(1);
    let (own, _) = zoo::LogisticRegression::iris().member(1);
    assert_eq!(dualtape::gradient(&file, &x), dualtape::gradient(&own, &x));
    assert_eq!(dualtape::train::Trainable::names(&file), dualtape::train::Trainable::names(&own));
}

#[test]
fn tables_that_are_wrong() {
    use zoo::{Data, DataError, Target};
    let numbers = |targets: &[f64]| Target::Numbers(targets.to_vec());
    let columns = || vec!["a".to_owned(), "b".to_owned()];
    let rows = || vec![vec![1.0, 2.0], vec![3.0, 5.0]];
    assert_eq!(Data::new(columns(), vec![], numbers(&[])), Err(DataError::NoRows));
    assert_eq!(Data::new(vec![], rows(), numbers(&[1.0, 2.0])), Err(DataError::NoColumns));
    let message = |data: Result<Data, DataError>| data.expect_err("the table is wrong").to_string();
    assert_eq!(message(Data::new(columns(), rows(), numbers(&[1.0]))), "the target: expected 2 entries, found 1");
    assert_eq!(
        message(Data::new(columns(), vec![vec![1.0, 2.0], vec![3.0]], numbers(&[1.0, 2.0]))),
        "row 2: expected 2 entries, found 1"
    );
    assert_eq!(
        message(Data::new(columns(), vec![vec![1.0, f64::NAN]], numbers(&[1.0]))),
        "row 1, column b: expected a finite number, found NaN"
    );
    assert_eq!(
        message(Data::new(columns(), rows(), numbers(&[1.0, f64::INFINITY]))),
        "row 2, column target: expected a finite number, found inf"
    );
    let constant = Data::new(columns(), vec![vec![1.0, 2.0], vec![1.0, 5.0]], numbers(&[1.0, 2.0]));
    let constant = constant.expect("the table is well formed");
    assert_eq!(
        zoo::LinearRegression::with(constant).expect_err("a column is constant"),
        DataError::Constant { column: "a".to_owned() }
    );
    let data = Data::new(columns(), rows(), numbers(&[1.0, 2.0])).expect("the table is well formed");
    let refused = zoo::LogisticRegression::with(data.clone()).expect_err("numbers are no classes");
    assert_eq!(refused.to_string(), "logistic-regression predicts classes, which the target is not");
    let classes = Data::new(columns(), rows(), Target::of_classes(&["x".to_owned(), "y".to_owned()]));
    let classes = classes.expect("the table is well formed");
    assert!(zoo::LinearRegression::with(classes.clone()).is_err() && zoo::Mlp::with(classes).is_err());
    struct Nothing;
    impl Visitor for Nothing {
        fn one<F: Family<Model: Model<Outputs = One>>>(&mut self, _: &F) {}
        fn many<F: Family<Model: Model<Outputs = Many>>>(&mut self, _: &F) {}
    }
    let refused = zoo::visit_with_data("gmm", data, &mut Nothing).expect_err("a mixture takes no data");
    assert_eq!(refused.to_string(), "gmm takes no data; these models do: mlp, linear-regression, logistic-regression");
}
