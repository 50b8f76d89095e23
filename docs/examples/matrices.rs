//! Through which operations of nalgebra first derivatives come out right, and where they are lost: at zeros and equal
//! numbers an algorithm skips steps, and with them derivatives. Differences decide, and `Graph::doubtful` names the place.

use dualtape::compare::{Mismatch, Options, compare};
use dualtape::graph::Doubtful;
use dualtape::{DynModel, Fallible, Mode, Model, One, model};
use nalgebra::{Matrix3, RealField, Rotation3, Vector3};
use std::time::Duration;

const POINTS: [(&str, [f64; 9]); 7] = [
    ("dense", [2.0, 0.3, -0.4, 0.1, 1.5, 0.2, 0.7, -0.6, 0.75]),
    ("symm.", [2.0, 0.3, -0.4, 0.3, 1.5, 0.2, -0.4, 0.2, 0.75]),
    ("diag.", [2.0, 0.0, 0.0, 0.0, 1.5, 0.0, 0.0, 0.0, 0.75]),
    ("1", [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]),
    ("perm.", [0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0]),
    ("rank 2", [0.0, 1.0, 2.0, 0.0, 3.0, 1.0, 0.0, 0.5, 1.0]),
    ("0", [0.0; 9]),
];

fn matrix<T: RealField + Copy>(x: &[T]) -> Matrix3<T> {
    Matrix3::from_row_slice(x)
}

fn symmetric<T: RealField + Copy>(x: &[T]) -> Matrix3<T> {
    (matrix(x) + matrix(x).transpose()) * nalgebra::convert::<f64, T>(0.5)
}

fn right_side<T: RealField + Copy>() -> Vector3<T> {
    Vector3::new(1.0, 2.0, 3.0).map(nalgebra::convert)
}

/// Several numbers as one output: a sum with a weight for each.
fn mixed<T: RealField + Copy>(numbers: &[T]) -> Result<T, &'static str> {
    let weighted = numbers.iter().zip([1.0, -0.5, 0.75, 2.0, -1.25, 1.5, 0.25, -2.0, 1.75]);
    Ok(weighted.fold(T::zero(), |sum, (&x, weight)| sum + x * nalgebra::convert(weight)))
}

/// A name, a function of nine numbers that may have no result, and what comes of it at each of the points.
type Row = (&'static str, Box<dyn DynModel<Fallible<One, &'static str>>>, &'static str);

macro_rules! rows {
    ($($name:literal, |$x:ident| $body:expr, $expected:literal;)*) => {
        vec![$({
            fn operation<T: RealField + Copy>($x: &[T]) -> Result<T, &'static str> {
                $body
            }
            ($name, Box::new(model!(operation)), $expected)
        }),*]
    };
}

/// `determinant` and `try_inverse` are formulas for matrices as small as these; of large ones they go by `lu`.
fn rows() -> Vec<Row> {
    rows! {
        "A·A", |x| mixed((matrix(x) * matrix(x)).as_slice()), "right right right right right right right";
        "determinant", |x| Ok(matrix(x).determinant()), "right right right right right right right";
        "try_inverse", |x| mixed(matrix(x).try_inverse().ok_or("singular")?.as_slice()),
            "right right right right right - -";
        "lu, determinant", |x| Ok(matrix(x).lu().determinant()), "right right right right right LOST right";
        "lu, solve", |x| mixed(matrix(x).lu().solve(&right_side()).ok_or("singular")?.as_slice()),
            "right right right right right - -";
        "qr, R", |x| mixed(matrix(x).qr().r().as_slice()), "right right right right right kink kink";
        "qr, solve", |x| mixed(matrix(x).qr().solve(&right_side()).ok_or("singular")?.as_slice()),
            "right right right right right - -";
        "cholesky, L", |x| mixed(symmetric(x).cholesky().ok_or("indefinite")?.l().as_slice()),
            "right right right right - - -";
        "exp", |x| mixed(matrix(x).exp().as_slice()), "right right right right right right right";
        "symmetric Σ exp λ", |x| Ok(symmetric(x).symmetric_eigenvalues().map(|it| it.exp()).sum()),
            "right right right right right right LOST";
        "symmetric max λ", |x| Ok(symmetric(x).symmetric_eigenvalues().max()),
            "right right right kink right right kink";
        "singular Σ σ", |x| Ok(matrix(x).singular_values().sum()), "right right right right right kink kink";
        "norm", |x| Ok(matrix(x).norm()), "right right right right right right kink";
        "Rotation3::new", |x| mixed(Rotation3::new(Vector3::new(x[0], x[1], x[2])).matrix().as_slice()),
            "right right right right right right LOST";
    }
}

/// Whether the derivatives to both sides of the point differ in some input: there is no derivative.
fn is_kink(f: impl Fn(&[f64]) -> f64, x: &[f64]) -> bool {
    let beside = |j: usize, step: f64| {
        let mut x = x.to_vec();
        x[j] += step;
        f(&x)
    };
    (0..x.len()).any(|j| (beside(j, 1e-6) + beside(j, -1e-6) - 2.0 * f(x)).abs() > 1e-8)
}

fn main() {
    let options = Options { modes: vec![Mode::Chunked, Mode::Reverse], timing: Duration::ZERO, ..Options::default() };
    println!("{:17}{}", "", POINTS.map(|(name, _)| format!(" {name:>7}")).concat());
    let mut lost = Vec::new();
    for (name, operation, expected) in rows() {
        let verdicts = POINTS.map(|(point, x)| {
            let Ok(comparison) = compare(&operation, &x, &options) else { return "-" };
            if is_kink(|x| operation.eval(x).expect("it has a result there"), &x) {
                return "kink";
            }
            let check = comparison.check.expect("nine inputs are few");
            assert_eq!(check.undecided, 0, "{name} at {point}: {check}");
            let Some(wrong) = check.mismatches.first() else { return "right" };
            // Among the places that are named is one which this input leads to.
            let places = comparison.doubtful.expect("it is small").places;
            let has_it = |it: &&Doubtful| it.inputs.iter().any(|&(input, _)| Some(input) == wrong.input);
            let place = places.iter().find(has_it).expect("the place is named");
            let (kind, formula) = (place.kind, &place.formula);
            let Mismatch { name: derivative, derivative: found, differences, .. } = wrong;
            lost.push(format!(
                "{name} at {point}: {derivative} is {found}, by differences {differences:.6} ({kind:?}: {formula})"
            ));
            "LOST"
        });
        println!("{name:17}{}", verdicts.map(|verdict| format!(" {verdict:>7}")).concat());
        assert_eq!(verdicts.join(" "), expected, "{name}");
    }
    println!("\n-: no result; kink: no derivative, what comes out is a convention; lost are:");
    println!("{}", lost.join("\n"));
}

#[test]
fn the_table_holds() {
    main();
}
