//! Functions of a symmetric matrix through its spectrum, at matrices whose structure lets algorithms skip work.
//!
//! Σ f(λᵢ) = tr f(A) is smooth in the entries of A whatever the eigenvalues are, also where they are equal. Its derivative in the
//! direction E is tr f'(A)·E, its second derivative Σ f'[λᵢ, λⱼ]·(vᵢᵀEvⱼ)², with divided differences of f'.

use crate::shown::{Function, Lost, Output, first, second};
use dualtape::Scalar;
use dualtape::compare::hessian_holds;
use dualtape::graph::Doubt;
use nalgebra::{ComplexField, DMatrix, RealField};

/// How the eigenvalues are found; all matrices here are positive definite.
#[derive(Clone, Copy, Debug)]
enum Way {
    Symmetric,
    Singular,
    SymmetricOfStaticSize,
}

/// Σ f(λᵢ) of the 3×3 matrix with these entries on and above its diagonal, row by row.
struct Spectral(Way, usize);

type Derivatives = [fn(f64) -> f64; 2];

/// f' and f'' of the exponential function, the logarithm and the cube.
const DERIVATIVES: [Derivatives; 3] =
    [[f64::exp, f64::exp], [f64::recip, |x| -(x * x).recip()], [|x| 3.0 * x * x, |x| 6.0 * x]];

/// Row and column of each input.
const ENTRIES: [(usize, usize); 6] = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)];

fn matrix<T: nalgebra::Scalar + Copy>(x: &[T]) -> DMatrix<T> {
    DMatrix::from_fn(3, 3, |i, j| {
        x[ENTRIES.iter().position(|&it| it == (i.min(j), i.max(j))).expect("it has an input")]
    })
}

impl Function for Spectral {
    fn eval<T: Scalar + RealField>(&self, x: &[T]) -> Vec<T> {
        let matrix = matrix(x);
        let values: Vec<T> = match self.0 {
            Way::Symmetric => matrix.symmetric_eigenvalues().iter().copied().collect(),
            Way::Singular => matrix.singular_values().iter().copied().collect(),
            Way::SymmetricOfStaticSize => {
                matrix.fixed_view::<3, 3>(0, 0).into_owned().symmetric_eigenvalues().iter().copied().collect()
            }
        };
        let of = |value: T| match self.1 {
            0 => ComplexField::exp(value),
            1 => ComplexField::ln(value),
            _ => value * value * value,
        };
        vec![values.into_iter().map(of).fold(<T as Scalar>::constant(0.0), |sum, x| sum + x)]
    }
}

/// The gradient and the Hessian, in plain numbers.
fn right(x: &[f64], function: usize) -> (Vec<f64>, DMatrix<f64>) {
    let [f1, f2] = DERIVATIVES[function];
    let eigen = matrix(x).symmetric_eigen();
    let (values, vectors) = (&eigen.eigenvalues, &eigen.eigenvectors);
    let turned: Vec<DMatrix<f64>> = ENTRIES
        .iter()
        .map(|&(i, j)| {
            let mut e = DMatrix::zeros(3, 3);
            (e[(i, j)], e[(j, i)]) = (1.0, 1.0);
            vectors.transpose() * e * vectors
        })
        .collect();
    let divided = |a: f64, b: f64| if (a - b).abs() < 1e-9 { f2((a + b) / 2.0) } else { (f1(a) - f1(b)) / (a - b) };
    let places = || (0..3).flat_map(|i| (0..3).map(move |j| (i, j)));
    let gradient = turned.iter().map(|e| (0..3).map(|i| f1(values[i]) * e[(i, i)]).sum()).collect();
    let hessian = DMatrix::from_fn(6, 6, |k, l| {
        places().map(|at| divided(values[at.0], values[at.1]) * turned[k][at] * turned[l][at]).sum()
    });
    (gradient, hessian)
}

const MATRICES: [(&str, [f64; 6]); 7] = [
    ("dense", [2.0, 0.3, -0.4, 1.5, 0.2, 0.75]),
    ("diagonal", [2.0, 0.0, 0.0, 1.5, 0.0, 0.75]),
    ("identity", [1.0, 0.0, 0.0, 1.0, 0.0, 1.0]),
    ("multiple of the identity", [2.5, 0.0, 0.0, 2.5, 0.0, 2.5]),
    ("block", [2.0, 0.5, 0.0, 1.5, 0.0, 0.75]),
    ("lower block", [2.0, 0.0, 0.0, 1.5, 0.25, 0.75]),
    ("diagonal with two equal", [2.0, 0.0, 0.0, 2.0, 0.0, 0.75]),
];

#[test]
fn what_the_structure_of_a_matrix_loses_is_shown() {
    // Any of them: a zero is tied with what is too small to rotate, an absolute value of one is at its kink, and the derivative of a
    // root or an angle there is infinite.
    let kinds = [Doubt::Tie, Doubt::Kink, Doubt::BranchOnly, Doubt::StrongZero, Doubt::SecondStrongZero];
    for (name, x) in MATRICES {
        for (way, f) in
            [Way::Symmetric, Way::Singular, Way::SymmetricOfStaticSize].into_iter().flat_map(|way| [(way, 0), (way, 2)])
        {
            println!("{name}, {way:?}, function {f}");
            let (gradient, hessian) = right(&x, f);
            let Lost(of_first) = first(&Spectral(way, f), &x, &[&gradient], &[Doubt::Tie]);
            let Lost(of_second) = second(&Spectral(way, f), (&x, 0), &hessian, &kinds);
            assert!(name != "dense" || (of_first, of_second) == (0, 0), "a dense matrix loses nothing");
        }
    }
}

/// The eigenvalues 4, 1, 1 come out as equal but for rounding: their second derivatives are what rounding makes of 1/(λᵢ - λⱼ), and
/// nothing but differences can tell.
#[test]
fn a_dense_matrix_with_equal_eigenvalues() {
    let x = [2.0, 1.0, 1.0, 2.0, 1.0, 2.0];
    for way in [Way::Symmetric, Way::Singular] {
        let spectral = Spectral(way, 0);
        let (gradient, right) = right(&x, 0);
        let Lost(lost) = first(&spectral, &x, &[&gradient], &[Doubt::Tie]);
        assert_eq!(lost, 0);
        let model = Output(&spectral, 0);
        hessian_holds(&model, &x, &right).unwrap_or_else(|wrong| panic!("the right one: {wrong}"));
        let mut planted = right.clone();
        planted[(5, 0)] += 1e-3;
        hessian_holds(&model, &x, &planted).expect_err("that is not right");
    }
}
