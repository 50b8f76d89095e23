//! Derivatives of determinant, inverse, solution, factor and spectrum as the books have them, and what has no result.

use crate::harness::{Random, assert_close, order, positive_definite, symmetric_part};
use dualtape::higher::{hessian, hessian_forward};
use dualtape::{Counted, Dual, DualVec, Scalar, Var, forward, reverse};
use nalgebra::{DMatrix, DVector, RealField, dmatrix};

/// A dense matrix, a direction, and both as one number, for each size.
fn samples() -> impl Iterator<Item = (DMatrix<f64>, DMatrix<f64>, DMatrix<Dual<f64>>)> {
    let mut random = Random(2);
    (1..=6).map(move |n| {
        let a = random.matrix(n, n);
        let direction = DMatrix::from_fn(n, n, |_, _| random.number());
        let both = a.zip_map(&direction, Dual::new);
        (a, direction, both)
    })
}

fn tangents(a: &DMatrix<Dual<f64>>) -> DMatrix<f64> {
    a.map(|x| x.tangent)
}

fn determinant<T: RealField + Copy>(x: &[T]) -> T {
    let n = x.len().isqrt();
    DMatrix::from_column_slice(n, n, x).determinant()
}

/// d det A = det A · tr(A⁻¹·dA), so that the gradient is det A · A⁻ᵀ.
#[test]
fn gradient_of_the_determinant() {
    for (a, direction, both) in samples() {
        let inverse = a.clone().try_inverse().unwrap();
        let expected = inverse.transpose() * a.determinant();
        let (value, by_forward) = forward::gradient(determinant, a.as_slice());
        assert_eq!(value.to_bits(), a.determinant().to_bits());
        let (value, by_reverse) = reverse::gradient(determinant, a.as_slice());
        assert_eq!(value.to_bits(), a.determinant().to_bits());
        let matrix = |slope| DMatrix::from_vec(a.nrows(), a.ncols(), slope);
        assert_close("forward", &matrix(by_forward), &expected, 1e-12);
        assert_close("reverse", &matrix(by_reverse), &expected, 1e-12);
        let along = a.determinant() * (inverse * direction).trace();
        assert_close("along", &dmatrix![both.determinant().tangent], &dmatrix![along], 1e-12);
    }
}

/// ∂² det A / ∂aᵢⱼ∂aₖₗ = det A · (bⱼᵢ·bₗₖ - bₗᵢ·bⱼₖ) with B = A⁻¹; also where det A itself vanishes in no term.
#[test]
fn hessian_of_the_determinant() {
    for (a, _, _) in samples() {
        let n = a.nrows();
        let b = a.clone().try_inverse().unwrap();
        let expected = DMatrix::from_fn(n * n, n * n, |p, q| {
            let ((i, j), (k, l)) = ((p % n, p / n), (q % n, q / n));
            a.determinant() * (b[(j, i)] * b[(l, k)] - b[(l, i)] * b[(j, k)])
        });
        let (value, slope, by_reverse) = hessian(determinant, a.as_slice());
        assert_eq!(value.to_bits(), a.determinant().to_bits());
        assert_close("gradient", &DMatrix::from_vec(n, n, slope), &(b.transpose() * a.determinant()), 1e-12);
        assert_close("forward over reverse", &by_reverse, &expected, 1e-11);
        assert_close("symmetry", &by_reverse, &by_reverse.transpose(), 1e-11);
        let (_, _, by_forward) = hessian_forward(determinant, a.as_slice());
        assert_close("forward over forward", &by_forward, &expected, 1e-11);
    }
    let (_, _, constant) = hessian(determinant, &[3.0, 1.0, 2.0, 5.0]);
    assert_eq!(constant, dmatrix![0.0, 0.0, 0.0, 1.0; 0.0, 0.0, -1.0, 0.0; 0.0, -1.0, 0.0, 0.0; 1.0, 0.0, 0.0, 0.0]);
}

/// d(A⁻¹) = -A⁻¹·dA·A⁻¹, and again: 2·A⁻¹·dA·A⁻¹·dA·A⁻¹.
#[test]
fn derivatives_of_the_inverse() {
    for (a, direction, both) in samples() {
        let inverse = a.clone().try_inverse().unwrap();
        let first = -&inverse * &direction * &inverse;
        assert_close("first", &tangents(&both.try_inverse().unwrap()), &first, 1e-12);
        let twice = a.zip_map(&direction, |x, v| Dual::new(Dual::new(x, v), Dual::constant(v)));
        let second = twice.try_inverse().unwrap().map(|x| x.tangent.tangent);
        assert_close("second", &second, &(-&first * &direction * &inverse * 2.0), 1e-11);
    }
}

/// A·dx = db - dA·x, by each decomposition that solves.
#[test]
fn derivatives_of_a_solution() {
    for (a, direction, both) in samples() {
        let b = direction.column(0).map(|x| Dual::new(x, 1.0 - x));
        let x = a.clone().lu().solve(&b.map(|x| x.value)).unwrap();
        let expected = a.clone().lu().solve(&(b.map(|x| x.tangent) - &direction * x)).unwrap();
        let solutions = [
            both.clone().lu().solve(&b),
            both.clone().full_piv_lu().solve(&b),
            both.clone().qr().solve(&b),
            both.clone().col_piv_qr().solve(&b),
            both.svd(true, true).solve(&b, Dual::constant(0.0)).ok(),
        ];
        for x in solutions {
            let slopes = DMatrix::from_columns(&[x.unwrap().map(|x| x.tangent)]);
            assert_close("dx", &slopes, &DMatrix::from_columns(&[expected.clone_owned()]), 1e-11);
        }
    }
}

/// dL = L·Φ(L⁻¹·dS·L⁻ᵀ) where Φ takes the lower triangle and half the diagonal; d ln det S = tr(S⁻¹·dS).
#[test]
fn derivatives_of_the_cholesky_factor() {
    for (a, direction, both) in samples() {
        let s = positive_definite(a.clone());
        let ds = &direction * a.transpose() + &a * direction.transpose();
        let l = s.clone().cholesky().unwrap().l();
        let inverse = l.clone().try_inverse().unwrap();
        let mut inner = (&inverse * &ds * inverse.transpose()).lower_triangle();
        inner.set_diagonal(&(inner.diagonal() * 0.5));
        let cholesky = positive_definite(both).cholesky().unwrap();
        assert_close("dL", &tangents(&cholesky.l()), &(l * inner), 1e-12);
        let expected = (s.try_inverse().unwrap() * ds).trace();
        assert_close("ln det", &dmatrix![cholesky.ln_determinant().tangent], &dmatrix![expected], 1e-12);
    }
}

/// dσ = uᵀ·dA·v.
#[test]
fn derivatives_of_singular_values() {
    for (a, direction, both) in samples() {
        let svd = a.svd(true, true);
        let expected = (svd.u.unwrap().transpose() * direction * svd.v_t.unwrap().transpose()).diagonal();
        let slopes = both.svd(true, true).singular_values.map(|x| x.tangent);
        assert_close("dσ", &DMatrix::from_columns(&[slopes]), &DMatrix::from_columns(&[expected]), 1e-11);
    }
}

/// dλᵢ = vᵢᵀ·dS·vᵢ and d²λᵢ = 2·Σⱼ (vᵢᵀ·dS·vⱼ)²/(λᵢ - λⱼ).
#[test]
fn derivatives_of_eigenvalues() {
    for (a, direction, _) in samples() {
        let (s, ds) = (symmetric_part(a), symmetric_part(direction));
        let eigen = s.clone().symmetric_eigen();
        let (v, values) = (&eigen.eigenvectors, &eigen.eigenvalues);
        let inner = v.transpose() * &ds * v;
        let second = |i: usize| {
            let others = (0..s.nrows()).filter(|&j| j != i);
            others.map(|j| 2.0 * inner[(i, j)].powi(2) / (values[i] - values[j])).sum::<f64>()
        };
        let twice = s.zip_map(&ds, |x, t| Dual::new(Dual::new(x, t), Dual::constant(t)));
        let found = twice.symmetric_eigen().eigenvalues;
        let (ours, theirs) = (order(&found), order(values));
        let column = |x: Vec<f64>| DMatrix::from_vec(x.len(), 1, x);
        let slopes = ours.iter().map(|&i| found[i].tangent.value).collect();
        assert_close("dλ", &column(slopes), &column(theirs.iter().map(|&i| inner[(i, i)]).collect()), 1e-11);
        let curvatures = ours.iter().map(|&i| found[i].tangent.tangent).collect();
        assert_close("d²λ", &column(curvatures), &column(theirs.iter().map(|&i| second(i)).collect()), 1e-9);
    }
}

/// Runs a check in every number type; an entry of the matrix is what `variable` makes of a value.
macro_rules! in_every_number_type {
    ($check:ident) => {
        $check(|x| Dual::new(x as f32, 7.0));
        $check(|x| Dual::new(x, 7.0));
        $check(|x| DualVec::new(x, [7.0; 8]));
        $check(|x| Dual::new(Dual::new(x, 7.0), Dual::new(-7.0, 7.0)));
        $check(|x| Dual::new(Counted::new(x), Counted::new(7.0)));
        $check(Counted::new);
        reverse::vjp(|t: &[Var<f32>]| vec![$check(|x| x as f32 + t[0])], &[0.0], &[1.0]).unwrap();
        reverse::vjp(|t: &[Var<f64>]| vec![$check(|x| x + t[0])], &[0.0], &[1.0]).unwrap();
        reverse::vjp(|t: &[Var<f64>]| vec![$check(|x| Dual::new(x + t[0], t[0])).value], &[0.0], &[1.0]).unwrap();
        reverse::vjp(|t: &[Var<f64>]| vec![$check(|x| DualVec::new(x + t[0], [t[0]; 4])).value], &[0.0], &[1.0])
            .unwrap();
        let zero = Dual::new(0.0, 7.0);
        reverse::vjp(|t: &[Var<Dual<f64>>]| vec![$check(|x| x + t[0])], &[zero], &[Dual::constant(1.0)]).unwrap();
        let (zero, one) = (Counted::new(0.0), Counted::new(1.0));
        reverse::vjp(|t: &[Var<Counted<f64>>]| vec![$check(|x| x + t[0])], &[zero], &[one]).unwrap();
    };
}

/// By value, whatever the derivatives are.
#[test]
fn cholesky_of_what_is_not_positive_definite_is_none() {
    fn check<T: RealField + Copy>(variable: impl Fn(f64) -> T) -> T {
        let factor = |a: DMatrix<f64>| a.map(&variable).cholesky().is_some();
        assert!(factor(dmatrix![4.0, 2.0; 2.0, 3.0]));
        for a in [dmatrix![1.0, 2.0; 2.0, 1.0], dmatrix![1.0, 1.0; 1.0, 1.0], dmatrix![-1.0, 0.0; 0.0, 1.0]] {
            assert!(!factor(a.clone()), "{a}");
            let a = nalgebra::Matrix2::from_iterator(a.iter().map(|&x| variable(x)));
            assert!(a.cholesky().is_none());
        }
        assert!(!factor(dmatrix![0.0]) && !factor(dmatrix![-1.0]) && !factor(dmatrix![f64::NAN]));
        assert!(!factor(dmatrix![2.0, 1.0, 0.0; 1.0, 2.0, 3.0; 0.0, 3.0, 2.0]));
        variable(0.0)
    }
    in_every_number_type!(check);
}

/// By value too: a singular matrix has no inverse even where its derivatives would make it regular.
#[test]
fn a_singular_matrix_has_no_inverse() {
    fn check<T: RealField + Copy>(variable: impl Fn(f64) -> T) -> T {
        for n in 1..=6 {
            let a = DMatrix::from_fn(n, n, |i, j| variable(if i == j && i > 0 { 2.0 } else { 0.0 }));
            let b = DVector::from_element(n, variable(1.0));
            assert!(a.clone().try_inverse().is_none(), "{n}");
            assert!(a.clone().lu().solve(&b).is_none() && a.clone().full_piv_lu().solve(&b).is_none(), "{n}");
            assert!(a.clone().qr().solve(&b).is_none() && !a.clone().lu().is_invertible(), "{n}");
            assert!(a.determinant() == nalgebra::zero());
        }
        variable(0.0)
    }
    in_every_number_type!(check);
}

/// The crate's own operators take such functions as they are.
#[test]
fn a_model_may_use_matrices() {
    fn energy<T: Scalar + RealField>(x: &[T]) -> T {
        let a = DMatrix::from_fn(2, 2, |i, j| x[i] * x[j] + if i == j { T::constant(1.0) } else { T::constant(0.0) });
        let b = DVector::from_column_slice(x);
        a.cholesky().unwrap().solve(&b).dot(&b)
    }
    // xᵀ·(1 + x·xᵀ)⁻¹·x = s/(1 + s) with s = xᵀ·x.
    let expected: [f64; 2] = [0.6, 0.8].map(|x| 2.0 * x / 4.0);
    for slope in [forward::gradient(energy, &[0.6, 0.8]).1, reverse::gradient(energy, &[0.6, 0.8]).1] {
        assert!(slope.iter().zip(expected).all(|(slope, expected)| (slope - expected).abs() < 1e-15), "{slope:?}");
    }
}
