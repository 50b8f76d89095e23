//! Every model of the zoo, in every mode: derivatives against formulas and differences, sizes, and exact costs.

#![cfg(feature = "compare")]

use dualtape::compare::{Comparison, DynFamily, Options, modes_agree, zoo};
use dualtape::{Counted, Counts, DynModel, Many, Mode, Model, One, Scalar, assert_modes_agree, reverse};
use nalgebra::DMatrix;
use std::collections::HashSet;
use std::time::Duration;

/// The only output of a member.
struct First<'a>(&'a dyn DynModel<Many>);

impl Model for First<'_> {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let outputs = self.0.eval(x);
        assert_eq!(outputs.len(), 1);
        outputs[0]
    }
}

/// Members of all families with at least so many inputs, compared by these modes: what was asked for, and what was found.
fn all(ns: &[usize], modes: &[Mode]) -> Vec<(&'static dyn DynFamily, usize, Comparison)> {
    let options = Options { modes: modes.to_vec(), timing: Duration::ZERO, ..Options::default() };
    let sizes = |&family| ns.iter().map(move |&n| (family, n));
    zoo::MODELS
        .iter()
        .flat_map(sizes)
        .map(|(family, n): (&dyn DynFamily, _)| (family, n, family.compare(n, &options)))
        .collect()
}

fn find(name: &str) -> &'static dyn DynFamily {
    zoo::find(name).expect("it is in the zoo")
}

/// The value of the member of n inputs at a point.
fn value(name: &str, x: &[f64]) -> f64 {
    find(name).member(x.len()).0.eval(x)[0]
}

/// The largest difference of two matrices, as a fraction of the largest entry of its row.
fn relative(found: &DMatrix<f64>, expected: &DMatrix<f64>) -> f64 {
    assert_eq!(found.shape(), expected.shape());
    let of_row = |i: usize| (found.row(i) - expected.row(i)).amax() / expected.row(i).amax().max(f64::MIN_POSITIVE);
    (0..found.nrows()).map(of_row).fold(0.0, f64::max)
}

#[test]
fn the_catalogue_is_complete() {
    let names: HashSet<&str> = zoo::MODELS.iter().map(|family| family.about().name).collect();
    assert_eq!(names.len(), zoo::MODELS.len(), "names are unique");
    for family in zoo::MODELS {
        let about = family.about();
        assert_eq!(find(about.name).about(), about);
        assert!(about.name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", about.name);
        let texts = [about.title, about.formula, about.inputs, about.domain, about.source];
        assert!(texts.iter().all(|text| !text.is_empty()), "{}", about.name);
        assert!(texts.iter().all(|text| text.is_ascii()), "{}: plain text", about.name);
    }
    assert!(zoo::find("nothing").is_none());
}

#[test]
fn every_mode_gives_the_known_gradient() {
    let mut known = 0;
    for (family, asked, comparison) in all(&[2, 20, 100], &Mode::ALL) {
        let name = family.about().name;
        for derivatives in comparison.modes.iter().filter(|it| it.mode != Mode::Differences) {
            if let Some(expected) = &family.known(asked) {
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
    let mut bounded = 0;
    for family in zoo::MODELS.iter().filter(|family| family.size(2).outputs == 1.0) {
        for n in [2, 30] {
            let (model, x) = family.member(n);
            let agreement = modes_agree(&First(&*model), &x).map(drop).map_err(|error| error.to_string());
            assert_eq!(agreement, Ok(()), "{} {n}", family.about().name);
            bounded += 1;
        }
    }
    assert!(bounded >= 2 * 13);
}

#[test]
fn sizes_are_what_they_say() {
    for (family, asked, comparison) in all(&[1, 2, 7, 50, 300, 1000], &[]) {
        let (name, size) = (family.about().name, family.size(asked));
        assert_eq!(size.inputs, comparison.inputs() as f64, "{name} {asked}");
        assert_eq!(size.outputs, comparison.outputs() as f64, "{name} {asked}");
        assert!(comparison.inputs() >= asked, "{name} {asked}: {} inputs", comparison.inputs());
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

/// Griewank's bound: all derivatives of one output for five times the function, whatever n is; from counts, exactly.
#[test]
fn a_gradient_costs_at_most_five_functions() {
    let options = Options { modes: vec![Mode::Reverse], timing: Duration::ZERO, ..Options::default() };
    for (family, n, comparison) in all(&[2, 10, 100, 1000, 3000], &[]) {
        let name = family.about().name;
        let primal = comparison.primal.counts.total();
        let reverse = if comparison.outputs() == 1 {
            family.compare(n, &options).of(Mode::Reverse).expect("it ran").cost.counts.total()
        } else {
            // The sum of several outputs.
            let (model, x) = family.member(n);
            let x: Vec<Counted<f64>> = x.into_iter().map(Counted::new).collect();
            let weights = vec![Counted::new(1.0); comparison.outputs()];
            let row = || reverse::vjp(|x| model.eval(x), &x, &weights).expect("a weight for each output");
            Counts::of(row).1.total()
        };
        assert!(
            primal > 0 && reverse <= 5 * primal,
            "{name} {n}: {reverse} operations, five times {primal} are allowed"
        );
    }
}

/// Forward mode pays for every parameter: n passes, each of which costs at least the function and at most a few of it.
#[test]
fn forward_mode_pays_for_every_parameter() {
    for (family, asked, comparison) in all(&[2, 10, 60], &[Mode::Forward, Mode::Chunked]) {
        let name = family.about().name;
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
            let options = Options { modes: vec![Mode::Forward], timing: Duration::ZERO, ..Options::default() };
            let comparison = find("rosenbrock").compare(n, &options);
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
    assert_eq!(value("determinant", &[1.0, 2.0, 3.0, 4.0]), -2.0);
    assert_eq!(value("determinant", &[0.0, 1.0, 1.0, 0.0]), -1.0);
    assert_eq!(value("determinant", &[1.0, 2.0, 2.0, 4.0]), 0.0);
    // Hull, Options, Futures and Other Derivatives, example in the chapter on the model: S = 42, K = 40, r = 10 %, σ = 20 %, half a year: 4.76.
    let call = value("black-scholes", &[42.0, 40.0, 0.1, 0.2, 0.5]);
    assert!((call - 4.76).abs() < 0.005, "{call}");
    assert_eq!(value("rosenbrock", &[1.0; 5]), 0.0);
    assert_eq!(value("speelpenning", &[2.0, 3.0, 4.0]), 24.0);
}

#[test]
fn assertions_on_models_of_the_zoo() {
    let (model, x) = find("helmholtz").member(5);
    let agreement = assert_modes_agree!(First(&*model), &x);
    assert_eq!(agreement.value, model.eval(&x)[0]);
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
    let data = zoo::Data::with_classes(columns, rows, &labels).expect("the table is well formed");
    let own = find("logistic-regression");
    let file = own.with_data(data).expect("the data suit");
    let ((by_file, x), (by_own, _)) = (file.member(1), own.member(1));
    assert_eq!(dualtape::jacobian(&by_file, &x), dualtape::jacobian(&by_own, &x));
    let names = |family: &dyn DynFamily| family.trainable(1).expect("it has one output").names();
    assert_eq!(names(&*file), names(own));
}

#[test]
fn tables_that_are_wrong() {
    use zoo::{Data, DataError};
    let with_numbers = |columns, rows, numbers: &[f64]| Data::with_numbers(columns, rows, numbers.to_vec());
    let columns = || vec!["a".to_owned(), "b".to_owned()];
    let rows = || vec![vec![1.0, 2.0], vec![3.0, 5.0]];
    assert_eq!(with_numbers(columns(), vec![], &[]), Err(DataError::NoRows));
    assert_eq!(with_numbers(vec![], rows(), &[1.0, 2.0]), Err(DataError::NoColumns));
    let message = |data: Result<Data, DataError>| data.expect_err("the table is wrong").to_string();
    assert_eq!(message(with_numbers(columns(), rows(), &[1.0])), "the target: expected 2 entries, found 1");
    assert_eq!(
        message(with_numbers(columns(), vec![vec![1.0, 2.0], vec![3.0]], &[1.0, 2.0])),
        "row 2: expected 2 entries, found 1"
    );
    assert_eq!(
        message(with_numbers(columns(), vec![vec![1.0, f64::NAN]], &[1.0])),
        "row 1, column b: expected a finite number, found NaN"
    );
    assert_eq!(
        message(with_numbers(columns(), rows(), &[1.0, f64::INFINITY])),
        "row 2, column target: expected a finite number, found inf"
    );
    let refused = |name: &str, data: Data| find(name).with_data(data).map(drop).expect_err("the data do not suit");
    let constant = with_numbers(columns(), vec![vec![1.0, 2.0], vec![1.0, 5.0]], &[1.0, 2.0]);
    let constant = constant.expect("the table is well formed");
    assert_eq!(refused("linear-regression", constant), DataError::Constant { column: "a".to_owned() });
    let data = with_numbers(columns(), rows(), &[1.0, 2.0]).expect("the table is well formed");
    assert_eq!(
        refused("logistic-regression", data.clone()).to_string(),
        "logistic-regression predicts classes, which the target is not"
    );
    let classes = Data::with_classes(columns(), rows(), &["x".to_owned(), "y".to_owned()]);
    let classes = classes.expect("the table is well formed");
    for name in ["linear-regression", "mlp"] {
        assert_eq!(
            refused(name, classes.clone()).to_string(),
            format!("{name} predicts numbers, which the target is not")
        );
    }
    assert_eq!(
        refused("gmm", data).to_string(),
        "gmm takes no data; these models do: mlp, linear-regression, logistic-regression"
    );
}
