//! Smooth functions of a square matrix by decompositions that skip what is zero, with the gradients of the books.

use crate::shown::{Function, Lost, Output, first};
use dualtape::compare::{gradient_holds, modes_agree};
use dualtape::graph::Doubt;
use dualtape::{Scalar, assert_modes_agree};
use nalgebra::{ComplexField, DMatrix, RealField};

/// What is computed of a 3×3 matrix, given by rows.
#[derive(Clone, Copy, Debug)]
enum Smooth {
    Determinant,
    DeterminantByLu,
    DeterminantByFullLu,
    /// |det A|, as the product of the diagonal of R.
    DeterminantByQr,
    /// ln det of a symmetric matrix; only the lower triangle is read.
    LnDeterminantByCholesky,
    TraceOfInverse,
    /// The sum of the singular values.
    NuclearNorm,
    /// tr exp A
    TraceOfExponential,
}

const ALL: [Smooth; 8] = [
    Smooth::Determinant,
    Smooth::DeterminantByLu,
    Smooth::DeterminantByFullLu,
    Smooth::DeterminantByQr,
    Smooth::LnDeterminantByCholesky,
    Smooth::TraceOfInverse,
    Smooth::NuclearNorm,
    Smooth::TraceOfExponential,
];

impl Function for Smooth {
    fn eval<T: Scalar + RealField>(&self, x: &[T]) -> Vec<T> {
        let a = DMatrix::from_row_slice(3, 3, x);
        vec![match self {
            Self::Determinant => a.determinant(),
            Self::DeterminantByLu => a.lu().determinant(),
            Self::DeterminantByFullLu => a.full_piv_lu().determinant(),
            Self::DeterminantByQr => ComplexField::abs(a.qr().r().diagonal().product()),
            Self::LnDeterminantByCholesky => a.cholesky().expect("it is positive definite").ln_determinant(),
            Self::TraceOfInverse => a.try_inverse().expect("it is regular").trace(),
            Self::NuclearNorm => a.singular_values().sum(),
            Self::TraceOfExponential => a.exp().trace(),
        }]
    }
}

/// The matrix of cofactors, which is det A·A⁻ᵀ where A has an inverse.
fn cofactors(a: &DMatrix<f64>) -> DMatrix<f64> {
    DMatrix::from_fn(3, 3, |i, j| {
        let at = |di: usize, dj: usize| a[((i + di) % 3, (j + dj) % 3)];
        at(1, 1) * at(2, 2) - at(1, 2) * at(2, 1)
    })
}

/// The gradient, if the function is smooth at the matrix.
fn gradient(function: Smooth, a: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    let determinant = a.determinant();
    let inverse = a.clone().try_inverse();
    match function {
        Smooth::Determinant | Smooth::DeterminantByLu | Smooth::DeterminantByFullLu => Some(cofactors(a)),
        Smooth::DeterminantByQr => (determinant != 0.0).then(|| cofactors(a) * determinant.signum()),
        Smooth::LnDeterminantByCholesky => {
            let inverse = (*a == a.transpose() && a.clone().cholesky().is_some()).then_some(inverse).flatten()?;
            // An entry below the diagonal stands for two.
            let lower = |i: usize, j: usize| [0.0, 1.0, 2.0][1 + usize::from(i > j) - usize::from(i < j)];
            Some(DMatrix::from_fn(3, 3, |i, j| lower(i, j) * inverse[(i, j)]))
        }
        Smooth::TraceOfInverse => inverse.map(|inverse| -(&inverse * &inverse).transpose()),
        // At equal singular values that differ by rounding, derivatives are what rounding makes of 1/(σᵢ - σⱼ): nothing can tell.
        Smooth::NuclearNorm => (determinant != 0.0 && a[(0, 0)] != 0.0).then(|| {
            let svd = a.clone().svd(true, true);
            svd.u.expect("it was asked for") * svd.v_t.expect("it was asked for")
        }),
        Smooth::TraceOfExponential => Some(a.exp().transpose()),
    }
}

const MATRICES: [(&str, [f64; 9]); 10] = [
    ("dense", [2.0, 0.3, -0.4, 0.1, 1.5, 0.2, 0.7, -0.6, 0.75]),
    ("symmetric", [2.0, 0.3, -0.4, 0.3, 1.5, 0.2, -0.4, 0.2, 0.75]),
    ("diagonal", [2.0, 0.0, 0.0, 0.0, 1.5, 0.0, 0.0, 0.0, 0.75]),
    ("identity", [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]),
    ("block", [2.0, 0.5, 0.0, 0.5, 1.5, 0.0, 0.0, 0.0, 0.75]),
    ("upper triangular", [2.0, 0.5, -1.0, 0.0, 1.5, 0.25, 0.0, 0.0, 0.75]),
    ("a permutation", [0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0]),
    ("rank two", [1.0, 2.0, 0.5, 0.0, 1.0, 3.0, 0.0, 0.0, 0.0]),
    ("a column of zeros", [0.0, 1.0, 2.0, 0.0, 3.0, 1.0, 0.0, 0.5, 1.0]),
    ("the last row of a companion", [0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, -2.0, -3.0]),
];

#[test]
fn what_is_skipped_is_shown() {
    let kinds = [Doubt::Tie, Doubt::Kink, Doubt::BranchOnly, Doubt::StrongZero];
    for (name, x) in MATRICES {
        let a = DMatrix::from_row_slice(3, 3, &x);
        for function in ALL {
            let Some(right) = gradient(function, &a) else { continue };
            println!("{function:?} of {name}");
            let Lost(of_it) = first(&function, &x, &[right.transpose().as_slice()], &kinds);
            assert!(name != "dense" || of_it == 0, "a dense matrix loses nothing");
        }
    }
}

/// All singular values are 1, so that what rounding may do is without bound: reverse mode alone loses an entry, and one is lost by
/// all.
#[test]
fn an_entry_that_one_mode_alone_loses_is_contradicted() {
    let x = MATRICES.iter().find(|it| it.0 == "a permutation").expect("it is there").1;
    let model = Output(&Smooth::NuclearNorm, 0);
    let agreement = modes_agree(&model, &x).expect("rounding may do that");
    let panic = std::panic::catch_unwind(|| assert_modes_agree!(model, x)).expect_err("0 is right");
    let found = panic.downcast::<String>().expect("a message");
    let start = "the modes agree to what rounding may do, and differences contradict one at ";
    assert!(found.starts_with(start) && found.contains("∂f/∂x3 is 1.0000000000000002 (Var), and "), "{found}");
    let mut claimed = x.to_vec();
    gradient_holds(&model, &x, &claimed).expect("the nearest orthogonal matrix, which it is");
    claimed[3] = agreement.gradient[3];
    gradient_holds(&model, &x, &claimed).expect_err("what reverse mode made of it");
}
