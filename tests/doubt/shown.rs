//! Derivatives that may have been lost: each that is not right is named, and contradicted by everything that says what is right.

use dualtape::compare::{Options, compare, hessian_holds, hessians_agree, jvp_holds};
use dualtape::graph::{Doubt, Doubtful, Graph};
use dualtape::higher::hessian;
use dualtape::{Many, Mode, Model, One, Real, Scalar, forward, reverse, strict};
use nalgebra::{DMatrix, RealField};
use std::time::Duration;

/// A function of the inputs for every number that is a field.
pub(crate) trait Function {
    fn eval<T: Scalar + RealField>(&self, x: &[T]) -> Vec<T>;
}

/// It as a model.
struct Whole<'a, F>(&'a F);

impl<F: Function> Model for Whole<'_, F> {
    type Outputs = Many;
    fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T> {
        self.0.eval(Real::slice(x)).into_iter().map(|y| y.0).collect()
    }
}

/// One of its outputs.
pub(crate) struct Output<'a, F>(pub(crate) &'a F, pub(crate) usize);

impl<F: Function> Model for Output<'_, F> {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        Whole(self.0).eval(x)[self.1]
    }
}

macro_rules! function {
    ($name:ident, |$x:ident| $body:expr) => {
        struct $name;
        impl crate::shown::Function for $name {
            fn eval<T: Scalar + RealField>(&self, $x: &[T]) -> Vec<T> {
                $body
            }
        }
    };
}
pub(crate) use function;

/// Whether one of the places is of that kind and has the input.
#[track_caller]
pub(crate) fn names(found: &[Doubtful], kind: Doubt, input: usize) {
    let is_it = |it: &&Doubtful| it.kind == kind && it.inputs.iter().any(|&(at, _)| at == input);
    let place = found.iter().find(is_it);
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(place.is_some(), "no {kind:?} with input {input} in {lines:#?}");
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * b.abs().max(1.0)
}

/// What came of derivatives that may have been lost: how many were.
#[must_use]
pub(crate) struct Lost(pub(crate) usize);

/// The Jacobian, in rows. A derivative that does not come out as it should is named by a place of these kinds and contradicted by
/// `compare`; the assertions know the right one, and accept no other.
#[track_caller]
pub(crate) fn first(function: &impl Function, x: &[f64], right: &[&[f64]], kinds: &[Doubt]) -> Lost {
    let model = Whole(function);
    let n = x.len();
    let right = DMatrix::from_fn(right.len(), n, |i, j| right[i][j]);
    let found = forward::jacobian(|x| model.eval(x), x).expect("one number of outputs").1;
    let by_reverse = reverse::jacobian(|x| model.eval(x), x).expect("one number of outputs").1;
    let strict = strict::jacobian(&model, x).1;
    let places: Vec<Doubtful> = Graph::of(&model, x).doubtful().collect();
    let options = Options { modes: vec![Mode::Chunked, Mode::Reverse], timing: Duration::ZERO, ..Options::default() };
    let comparison = compare(&model, x, &options);
    let contradicted = comparison.check.expect("it was held against differences").mismatches;
    assert_eq!(comparison.doubtful.expect("it was looked for").count, places.len());
    let mut lost = 0;
    for j in 0..n {
        let direction: Vec<f64> = (0..n).map(|at| f64::from(u8::from(at == j))).collect();
        let column = |matrix: &DMatrix<f64>| matrix.column(j).as_slice().to_vec();
        let holds = |claimed: &[f64]| jvp_holds(&model, x, &direction, claimed);
        holds(&column(&right)).unwrap_or_else(|wrong| panic!("the right one in input {j}: {wrong}"));
        for i in 0..right.nrows() {
            let (found, right_one, claimed) = (found[(i, j)], right[(i, j)], |it: f64| {
                let mut claimed = column(&right);
                claimed[i] = it;
                holds(&claimed)
            });
            claimed(right_one + 1e-3).expect_err("that is not right");
            let told = contradicted.iter().find(|it| (it.output, it.input) == (i, Some(j)));
            // The modes may differ where infinities of both signs meet: `compare` holds them all.
            let is_right = [found, by_reverse[(i, j)]].map(|it| near(it, right_one));
            let modes = format!("({i}, {j}) is {found} and {}, {right_one} is right", by_reverse[(i, j)]);
            assert_eq!(told.is_some(), is_right != [true; 2], "{modes}: {contradicted:?}");
            if is_right != [true; 2] {
                lost += 1;
                let is_named =
                    places.iter().any(|it| kinds.contains(&it.kind) && it.inputs.iter().any(|&(at, _)| at == j));
                assert!(is_named, "{modes}: {places:#?}");
                for wrong in [found, by_reverse[(i, j)]].into_iter().filter(|&it| !near(it, right_one)) {
                    let error = claimed(wrong).expect_err("that is the lost one").to_string();
                    assert!(error.contains("; "), "the places are not named: {error}");
                }
                assert!(told.is_none_or(|it| (it.differences - right_one).abs() <= it.error), "{modes}: {told:?}");
                // What a strong zero decided is NaN in strict mode.
                assert!(kinds != [Doubt::StrongZero] || strict[(i, j)].is_nan(), "({i}, {j}): {}", strict[(i, j)]);
            }
        }
    }
    Lost(lost)
}

/// The Hessian of one output, in rows: as [`first`], and contradicted by `hessians_agree`.
#[track_caller]
pub(crate) fn second(
    function: &impl Function,
    (x, output): (&[f64], usize),
    right: &DMatrix<f64>,
    kinds: &[Doubt],
) -> Lost {
    let model = Output(function, output);
    let n = x.len();
    let found = hessian(|x| model.eval(x), x).2;
    let strict = strict::hessian(&model, x).2;
    let places: Vec<Doubtful> = Graph::of(&model, x).doubtful().collect();
    hessian_holds(&model, x, right).unwrap_or_else(|wrong| panic!("the right one: {wrong}"));
    let mut planted = right.clone();
    planted[(n - 1, 0)] += 1e-3;
    hessian_holds(&model, x, &planted).expect_err("that is not right");
    let lost: Vec<(usize, usize)> =
        (0..n).flat_map(|i| (0..n).map(move |j| (i, j))).filter(|&at| !near(found[at], right[at])).collect();
    for &(i, j) in &lost {
        let is_named =
            places.iter().any(|it| kinds.contains(&it.kind) && it.inputs.iter().any(|&(at, _)| at == i || at == j));
        assert!(is_named, "({i}, {j}) is {}, {} is right: {places:#?}", found[(i, j)], right[(i, j)]);
        // What a strong zero decided is NaN in strict mode.
        let is_decided = kinds == [Doubt::SecondStrongZero];
        assert!(!is_decided || strict[(i, j)].is_nan(), "({i}, {j}): {}", strict[(i, j)]);
    }
    let [claim, modes] = [hessian_holds(&model, x, &found).is_err(), hessians_agree(&model, x).is_err()];
    assert_eq!([claim, modes], [!lost.is_empty(); 2], "{found} for {right}");
    Lost(lost.len())
}
