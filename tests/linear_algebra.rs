//! Matrices of number types: every decomposition of `nalgebra`, in value and derivatives.
//!
//! Each function of a matrix is written once, for every number type. Its values must be those of `f64`, its Jacobians
//! by forward and by reverse mode must agree with each other and with central differences, and so must the
//! derivatives of the Jacobian, by forward over reverse.

use dualtape::{Counted, Dual, DualVec, Scalar, Var, forward, hessian, hessian_forward, reverse};
use nalgebra::{Complex, DMatrix, DVector, RealField, SMatrix, dmatrix};

/// A function of the entries of a matrix. Its outputs must be smooth and unique: no eigenvector with a free sign.
trait Function {
    /// How many rows and columns the matrix has beyond n.
    const EXTRA: (usize, usize) = (0, 0);

    /// Whether values are `f64`'s bit for bit, for n rows. `nalgebra` multiplies dynamic matrices of `f64` (and `f32`)
    /// with more than five rows and columns by another routine, which adds in another order.
    fn is_exact(_n: usize) -> bool {
        true
    }

    /// A matrix from a stream of numbers in (-1, 1).
    fn sample(n: usize, random: &mut Random) -> DMatrix<f64> {
        random.matrix(n + Self::EXTRA.0, n + Self::EXTRA.1)
    }

    /// The outputs.
    fn eval<T: RealField + Copy>(a: DMatrix<T>) -> Vec<T>;
}

/// Knuth's linear congruential generator.
struct Random(u64);

impl Random {
    fn number(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }

    /// A dense matrix that is well conditioned: singular values, and eigenvalues of the symmetric part, that are
    /// apart from zero and from one another.
    fn matrix(&mut self, rows: usize, columns: usize) -> DMatrix<f64> {
        loop {
            let a = DMatrix::from_fn(rows, columns, |_, _| self.number());
            let leading = a.view((0, 0), (rows.min(columns), rows.min(columns))).into_owned();
            let singular = [sorted(&a.singular_values()), sorted(&leading.singular_values())];
            let symmetric = sorted(&symmetric_part(leading).symmetric_eigenvalues());
            let apart = |x: &[f64]| x.windows(2).all(|w| w[1] - w[0] > 0.1);
            if singular.iter().all(|s| s[0] > 0.15 && apart(s)) && apart(&symmetric) {
                return a;
            }
        }
    }

    /// A matrix with the eigenvalues 1, 2, ..., n.
    fn with_real_eigenvalues(&mut self, n: usize) -> DMatrix<f64> {
        let basis = DMatrix::identity(n, n) + self.matrix(n, n) * 0.3;
        let inverse = basis.clone().try_inverse().expect("the identity dominates");
        basis * DMatrix::from_diagonal(&DVector::from_fn(n, |i, _| 1.0 + i as f64)) * inverse
    }
}

fn sorted<T: RealField + Copy>(x: &DVector<T>) -> Vec<T> {
    let mut x: Vec<T> = x.iter().copied().collect();
    x.sort_by(|a, b| a.partial_cmp(b).expect("no NaN"));
    x
}

fn symmetric_part<T: RealField + Copy>(a: DMatrix<T>) -> DMatrix<T> {
    (&a + a.transpose()) * nalgebra::convert::<f64, T>(0.5)
}

/// A·Aᵀ + 1.
fn positive_definite<T: RealField + Copy>(a: DMatrix<T>) -> DMatrix<T> {
    &a * a.transpose() + DMatrix::identity(a.nrows(), a.nrows())
}

/// A matrix with one column more than rows, as the matrix and the right-hand side of a linear system.
fn system<T: RealField + Copy>(a: &DMatrix<T>) -> (DMatrix<T>, DVector<T>) {
    (a.columns(0, a.nrows()).into_owned(), a.column(a.nrows()).into_owned())
}

/// u·uᵀ for each column u, in the order given: the same for u and -u.
fn projectors<T: RealField + Copy>(vectors: &DMatrix<T>, order: &[usize]) -> Vec<T> {
    order.iter().flat_map(|&i| entries(&[&(vectors.column(i) * vectors.column(i).transpose())])).collect()
}

fn order<T: RealField + Copy>(x: &DVector<T>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|&i, &j| x[i].partial_cmp(&x[j]).expect("no NaN"));
    order
}

fn entries<T: RealField + Copy>(matrices: &[&DMatrix<T>]) -> Vec<T> {
    matrices.iter().flat_map(|m| m.iter().copied()).collect()
}

fn eval<F: Function, T: RealField + Copy>((rows, columns): (usize, usize), x: &[T]) -> Vec<T> {
    F::eval(DMatrix::from_column_slice(rows, columns, x))
}

/// The slopes at 0 by central differences, extrapolated twice: the error is of sixth order in the step.
fn difference(f: impl Fn(f64) -> Vec<f64>) -> Vec<f64> {
    const STEP: f64 = 4e-3;
    let central = |h: f64| -> Vec<f64> { f(h).iter().zip(f(-h)).map(|(up, down)| (up - down) / (2.0 * h)).collect() };
    let [d, d2, d4] = [STEP, STEP / 2.0, STEP / 4.0].map(central);
    let combine = |i: usize| {
        let (e, e2) = ((4.0 * d2[i] - d[i]) / 3.0, (4.0 * d4[i] - d2[i]) / 3.0);
        (16.0 * e2 - e) / 15.0
    };
    (0..d.len()).map(combine).collect()
}

/// Compares Jacobians row by row, each by its own size.
#[track_caller]
fn assert_close(what: &str, found: &DMatrix<f64>, expected: &DMatrix<f64>, tolerance: f64) {
    assert_eq!(found.shape(), expected.shape(), "{what}");
    for i in 0..found.nrows() {
        let scale = expected.row(i).amax().max(0.01 * expected.amax());
        for (j, (found, expected)) in found.row(i).iter().zip(&expected.row(i)).enumerate() {
            let difference = (found - expected).abs();
            assert!(
                difference <= tolerance * scale,
                "{what} ({i}, {j}): {found} for {expected}, off by {difference:e}"
            );
        }
    }
}

#[track_caller]
fn assert_values<T: Scalar>(what: &str, found: &[T], expected: &[f64], exact: bool, tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
    for (found, expected) in found.iter().map(Scalar::primal).zip(expected) {
        let same = found.to_bits() == expected.to_bits();
        assert!(same || !exact && (found - expected).abs() <= tolerance * scale, "{what}: {found} for {expected}");
    }
}

/// Values, Jacobians by both modes, and the slope of the Jacobian in one direction by forward over reverse.
fn check_derivatives<F: Function>() {
    let mut random = Random(1);
    for n in (1..=6).flat_map(|n| [n; 3]) {
        let a = F::sample(n, &mut random);
        let (shape, x) = (a.shape(), a.as_slice());
        let expected = F::eval(a.clone());
        let jacobian = |x: &[f64]| forward::jacobian(|x| eval::<F, _>(shape, x), x).unwrap();
        let (values, by_forward) = jacobian(x);
        assert_values("value, forward", &values, &expected, F::is_exact(n), 1e-13);
        let (values, by_reverse) = reverse::jacobian(|x| eval::<F, _>(shape, x), x).unwrap();
        assert_values("value, reverse", &values, &expected, F::is_exact(n), 1e-13);
        assert_close("reverse and forward", &by_reverse, &by_forward, 1e-11);
        let columns: Vec<f64> = (0..x.len())
            .flat_map(|j| {
                difference(|h| {
                    let mut x = x.to_vec();
                    x[j] += h;
                    eval::<F, f64>(shape, &x)
                })
            })
            .collect();
        let by_differences = DMatrix::from_vec(expected.len(), x.len(), columns);
        assert_close("forward and differences", &by_forward, &by_differences, 1e-8);

        let direction: Vec<f64> = x.iter().map(|_| random.number()).collect();
        let seeded: Vec<Dual<f64>> = x.iter().zip(&direction).map(|(&x, &v)| Dual::new(x, v)).collect();
        let (values, nested) = reverse::jacobian(|x| eval::<F, _>(shape, x), &seeded).unwrap();
        assert_values("value, nested", &values, &expected, F::is_exact(n), 1e-13);
        assert_close("nested and forward", &nested.map(|x| x.value), &by_forward, 1e-11);
        let along = DMatrix::from_iterator(values.len(), 1, values.iter().map(|y| y.tangent));
        let expected = &by_forward * DVector::from_column_slice(&direction);
        assert_close("nested and Jacobian times vector", &along, &DMatrix::from_columns(&[expected]), 1e-11);
        let expected = difference(|h| {
            let x: Vec<f64> = x.iter().zip(&direction).map(|(x, v)| x + h * v).collect();
            jacobian(&x).1.as_slice().to_vec()
        });
        let expected = DMatrix::from_vec(nested.nrows(), nested.ncols(), expected);
        assert_close("second derivatives and differences", &nested.map(|x| x.tangent), &expected, 1e-7);
    }
}

/// Single precision against double precision.
fn check_single_precision<F: Function>() {
    let mut random = Random(1);
    for n in 1..=6 {
        let a = F::sample(n, &mut random).map(|x| x as f32);
        let (shape, x) = (a.shape(), a.as_slice());
        let wide: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
        let (_, expected) = forward::jacobian(|x| eval::<F, _>(shape, x), &wide).unwrap();
        let (_, by_forward) = forward::jacobian(|x| eval::<F, _>(shape, x), x).unwrap();
        let (_, by_reverse) = reverse::jacobian(|x| eval::<F, _>(shape, x), x).unwrap();
        assert_close("single precision, forward", &by_forward.map(f64::from), &expected, 2e-3);
        assert_close("single precision, reverse", &by_reverse.map(f64::from), &expected, 2e-3);
    }
}

/// The values in every number type.
fn check_number_types<F: Function>() {
    let mut random = Random(1);
    for n in 1..=6 {
        let a = F::sample(n, &mut random);
        let double = F::eval(a.clone());
        let single: Vec<f64> = F::eval(a.map(|x| x as f32)).into_iter().map(f64::from).collect();
        macro_rules! check {
            ($expected:ident, $tolerance:expr; $($number:ty),*) => { $(
                let found = F::eval(a.map(<$number as Scalar>::constant));
                assert_values(stringify!($number), &found, &$expected, F::is_exact(n), $tolerance);
            )* };
        }
        check!(single, 1e-5; Dual<f32>, Var<f32>);
        check!(double, 1e-13; Dual<f64>, DualVec<f64, 8>, Var<f64>, Dual<Dual<f64>>, Var<Dual<f64>>, Dual<Var<f64>>);
        check!(double, 1e-13; Var<Var<f64>>, DualVec<Var<f64>, 4>, Counted<f64>, Var<Counted<f64>>);
    }
}

/// Declares functions of a matrix, each as a module with its tests.
macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident($a:ident) { $eval:expr } $({ $($item:item)* })?)*) => { $(
        $(#[$doc])*
        mod $name {
            use super::*;

            struct Tested;

            impl Function for Tested {
                $($($item)*)?

                fn eval<T: RealField + Copy>($a: DMatrix<T>) -> Vec<T> {
                    $eval
                }
            }

            #[test]
            fn derivatives() {
                check_derivatives::<Tested>();
            }

            #[test]
            fn single_precision() {
                check_single_precision::<Tested>();
            }

            #[test]
            fn every_number_type() {
                check_number_types::<Tested>();
            }
        }
    )* };
}

functions! {
    vectors(a) {{
        let (v, w) = (a.column(0).into_owned(), a.column(a.ncols() - 1).into_owned());
        let product: DVector<T> = &a * &v;
        let scalars = [v.norm(), w.norm_squared(), v.dot(&w), a.trace(), a.norm(), a.sum()];
        scalars.into_iter().chain(product.iter().copied()).chain(v.normalize().iter().copied()).collect()
    }}

    products(a) { entries(&[&(&a * &a), &(&a * a.transpose()), &a.tr_mul(&a)]) } {
        fn is_exact(n: usize) -> bool { n <= 5 }
    }

    determinant(a) { vec![a.determinant(), a.lu().determinant()] }

    inverse(a) { entries(&[&a.try_inverse().unwrap()]) }

    lu(a) {{
        let lu = a.lu();
        entries(&[&lu.l(), &lu.u()])
    }}

    lu_solve(a) {{
        let (a, b) = system(&a);
        a.lu().solve(&b).unwrap().as_slice().to_vec()
    }} {
        const EXTRA: (usize, usize) = (0, 1);
    }

    full_pivoting(a) {{
        let lu = a.full_piv_lu();
        let mut outputs = entries(&[&lu.l(), &lu.u(), &lu.try_inverse().unwrap()]);
        outputs.push(lu.determinant());
        outputs
    }}

    full_pivoting_solve(a) {{
        let (a, b) = system(&a);
        a.full_piv_lu().solve(&b).unwrap().as_slice().to_vec()
    }} {
        const EXTRA: (usize, usize) = (0, 1);
    }

    /// R comes with a positive diagonal, so both factors are unique.
    qr(a) {{
        let (q, r) = a.qr().unpack();
        entries(&[&q, &r])
    }}

    qr_of_a_tall_matrix(a) {{
        let (q, r) = a.qr().unpack();
        entries(&[&q, &r])
    }} {
        const EXTRA: (usize, usize) = (2, 0);
    }

    qr_solve(a) {{
        let (a, b) = system(&a);
        let pivoted = a.clone().col_piv_qr().solve(&b).unwrap();
        a.qr().solve(&b).unwrap().iter().chain(&pivoted).copied().collect()
    }} {
        const EXTRA: (usize, usize) = (0, 1);
    }

    cholesky(a) {{
        let b = a.column(0).into_owned();
        let cholesky = positive_definite(a).cholesky().unwrap();
        let mut outputs = entries(&[&cholesky.l(), &cholesky.inverse()]);
        outputs.extend(cholesky.solve(&b).iter());
        outputs.extend([cholesky.determinant(), cholesky.ln_determinant()]);
        outputs
    }} {
        fn is_exact(n: usize) -> bool { n <= 5 }
    }

    svd(a) {{
        let svd = a.svd(true, true);
        let order: Vec<usize> = (0..svd.singular_values.len()).collect();
        let mut outputs = svd.singular_values.as_slice().to_vec();
        outputs.extend(projectors(&svd.u.unwrap(), &order));
        outputs.extend(projectors(&svd.v_t.unwrap().transpose(), &order));
        outputs
    }}

    svd_of_a_wide_matrix(a) {{
        let svd = a.svd(true, true);
        let inverse = svd.clone().pseudo_inverse(T::default_epsilon()).unwrap();
        svd.singular_values.iter().chain(inverse.iter()).copied().collect()
    }} {
        const EXTRA: (usize, usize) = (0, 1);
        fn is_exact(n: usize) -> bool { n <= 5 }
    }

    svd_solve(a) {{
        let (a, b) = system(&a);
        a.svd(true, true).solve(&b, T::default_epsilon()).unwrap().as_slice().to_vec()
    }} {
        const EXTRA: (usize, usize) = (0, 1);
    }

    symmetric_eigen(a) {{
        let eigen = symmetric_part(a).symmetric_eigen();
        let mut outputs = sorted(&eigen.eigenvalues);
        outputs.extend(projectors(&eigen.eigenvectors, &order(&eigen.eigenvalues)));
        outputs
    }}

    schur(a) {{
        let schur = a.schur();
        let mut outputs = sorted(&schur.eigenvalues().expect("real eigenvalues"));
        let (q, t) = schur.unpack();
        outputs.extend(entries(&[&(&q * t * q.transpose())]));
        outputs
    }} {
        fn is_exact(n: usize) -> bool { n <= 5 }
        fn sample(n: usize, random: &mut Random) -> DMatrix<f64> { random.with_real_eigenvalues(n) }
    }

    schur_with_complex_eigenvalues(a) {{
        let schur = a.schur();
        let mut values: Vec<Complex<T>> = schur.complex_eigenvalues().iter().copied().collect();
        values.sort_by(|a, b| (a.re, a.im).partial_cmp(&(b.re, b.im)).expect("no NaN"));
        let (q, t) = schur.unpack();
        let parts = values.into_iter().flat_map(|z| [z.re, z.im]);
        parts.chain((&q * t * q.transpose()).iter().copied()).collect()
    }} {
        fn is_exact(n: usize) -> bool { n <= 5 }
    }

    exponential(a) { entries(&[&a.exp()]) } {
        fn is_exact(n: usize) -> bool { n <= 5 }
    }
}
