//! What is checked of a function of a matrix: values, Jacobians by both modes, second derivatives, single precision,
//! every number type.

use dualtape::{Counted, Dual, Dual2Vec, DualVec, Scalar, Var, forward, reverse};
use nalgebra::{DMatrix, DVector, RealField};

/// A function of the entries of a matrix. Its outputs must be smooth and unique: no eigenvector with a free sign.
pub(super) trait Function {
    /// The sizes n to check.
    const SIZES: &'static [usize] = &[1, 2, 3, 4, 5, 6];

    /// How many rows and columns the matrix has beyond n.
    const EXTRA: (usize, usize) = (0, 0);

    /// How many roundings its derivatives may lose to those of a direct method: an iteration normalises vectors that
    /// have nearly converged to zero, and the rounding errors of their derivatives with them. Second derivatives lose
    /// the square.
    const LOSS: f64 = 1.0;

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
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn number(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }

    /// A dense matrix that is well conditioned: singular values, and eigenvalues of the symmetric part, that are
    /// apart from zero and from one another.
    pub(super) fn matrix(&mut self, rows: usize, columns: usize) -> DMatrix<f64> {
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
    pub(super) fn with_real_eigenvalues(&mut self, n: usize) -> DMatrix<f64> {
        let basis = DMatrix::identity(n, n) + self.matrix(n, n) * 0.3;
        let inverse = basis.clone().try_inverse().expect("the identity dominates");
        basis * DMatrix::from_diagonal(&DVector::from_fn(n, |i, _| 1.0 + i as f64)) * inverse
    }
}

pub(super) fn sorted<T: RealField + Copy>(x: &DVector<T>) -> Vec<T> {
    let mut x: Vec<T> = x.iter().copied().collect();
    x.sort_by(|a, b| a.partial_cmp(b).expect("no NaN"));
    x
}

pub(super) fn symmetric_part<T: RealField + Copy>(a: DMatrix<T>) -> DMatrix<T> {
    (&a + a.transpose()) * nalgebra::convert::<f64, T>(0.5)
}

/// A·Aᵀ + 1.
pub(super) fn positive_definite<T: RealField + Copy>(a: DMatrix<T>) -> DMatrix<T> {
    &a * a.transpose() + DMatrix::identity(a.nrows(), a.nrows())
}

/// A matrix with one column more than rows, as the matrix and the right-hand side of a linear system.
pub(super) fn system<T: RealField + Copy>(a: &DMatrix<T>) -> (DMatrix<T>, DVector<T>) {
    (a.columns(0, a.nrows()).into_owned(), a.column(a.nrows()).into_owned())
}

/// u·uᵀ for each column u, in the order given: the same for u and -u.
pub(super) fn projectors<T: RealField + Copy>(vectors: &DMatrix<T>, order: &[usize]) -> Vec<T> {
    order.iter().flat_map(|&i| entries(&[&(vectors.column(i) * vectors.column(i).transpose())])).collect()
}

pub(super) fn order<T: RealField + Copy>(x: &DVector<T>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|&i, &j| x[i].partial_cmp(&x[j]).expect("no NaN"));
    order
}

pub(super) fn entries<T: RealField + Copy>(matrices: &[&DMatrix<T>]) -> Vec<T> {
    matrices.iter().flat_map(|m| m.iter().copied()).collect()
}

fn eval<F: Function, T: RealField + Copy>((rows, columns): (usize, usize), x: &[T]) -> Vec<T> {
    F::eval(DMatrix::from_column_slice(rows, columns, x))
}

/// The slopes at 0 by central differences, extrapolated twice: the error is of sixth order in the step.
pub(super) fn difference(f: impl Fn(f64) -> Vec<f64>) -> Vec<f64> {
    const STEP: f64 = 4e-3;
    let central = |h: f64| -> Vec<f64> { f(h).iter().zip(f(-h)).map(|(up, down)| (up - down) / (2.0 * h)).collect() };
    let [d, d2, d4] = [STEP, STEP / 2.0, STEP / 4.0].map(central);
    let combine = |i: usize| {
        let (e, e2) = ((4.0 * d2[i] - d[i]) / 3.0, (4.0 * d4[i] - d2[i]) / 3.0);
        (16.0 * e2 - e) / 15.0
    };
    (0..d.len()).map(combine).collect()
}

/// Compares Jacobians row by row, each by its own size; the entries of the matrices are of the size of 1.
#[track_caller]
pub(super) fn assert_close(what: &str, found: &DMatrix<f64>, expected: &DMatrix<f64>, tolerance: f64) {
    assert_eq!(found.shape(), expected.shape(), "{what}");
    for i in 0..found.nrows() {
        let scale = expected.row(i).amax().max(0.1);
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
pub(super) fn check_derivatives<F: Function>() {
    let mut random = Random(1);
    for n in F::SIZES.iter().flat_map(|&n| [n; 3]) {
        let a = F::sample(n, &mut random);
        let (shape, x) = (a.shape(), a.as_slice());
        let expected = F::eval(a.clone());
        let jacobian = |x: &[f64]| forward::jacobian(|x| eval::<F, _>(shape, x), x).unwrap();
        let (values, by_forward) = jacobian(x);
        assert_values("value, forward", &values, &expected, F::is_exact(n), 1e-13);
        let (values, by_reverse) = reverse::jacobian(|x| eval::<F, _>(shape, x), x).unwrap();
        assert_values("value, reverse", &values, &expected, F::is_exact(n), 1e-13);
        assert_close("reverse and forward", &by_reverse, &by_forward, 1e-12 * F::LOSS);
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
        assert_close("forward and differences", &by_forward, &by_differences, 1e-10 * F::LOSS);

        let direction: Vec<f64> = x.iter().map(|_| random.number()).collect();
        let seeded: Vec<Dual<f64>> = x.iter().zip(&direction).map(|(&x, &v)| Dual::new(x, v)).collect();
        let (values, nested) = reverse::jacobian(|x| eval::<F, _>(shape, x), &seeded).unwrap();
        assert_values("value, nested", &values, &expected, F::is_exact(n), 1e-13);
        assert_close("nested and forward", &nested.map(|x| x.value), &by_forward, 1e-12 * F::LOSS);
        let along = DMatrix::from_iterator(values.len(), 1, values.iter().map(|y| y.tangent));
        let expected = &by_forward * DVector::from_column_slice(&direction);
        assert_close("nested and Jacobian times vector", &along, &DMatrix::from_columns(&[expected]), 1e-12 * F::LOSS);
        let expected = difference(|h| {
            let x: Vec<f64> = x.iter().zip(&direction).map(|(x, v)| x + h * v).collect();
            jacobian(&x).1.as_slice().to_vec()
        });
        let expected = DMatrix::from_vec(nested.nrows(), nested.ncols(), expected);
        assert_close(
            "second derivatives and differences",
            &nested.map(|x| x.tangent),
            &expected,
            1e-9 * F::LOSS * F::LOSS,
        );
    }
}

/// Single precision against double precision.
pub(super) fn check_single_precision<F: Function>() {
    let mut random = Random(1);
    for &n in F::SIZES {
        let a = F::sample(n, &mut random).map(|x| x as f32);
        let (shape, x) = (a.shape(), a.as_slice());
        let wide: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
        let (_, expected) = forward::jacobian(|x| eval::<F, _>(shape, x), &wide).unwrap();
        let (_, by_forward) = forward::jacobian(|x| eval::<F, _>(shape, x), x).unwrap();
        let (_, by_reverse) = reverse::jacobian(|x| eval::<F, _>(shape, x), x).unwrap();
        assert_close("single precision, forward", &by_forward.map(f64::from), &expected, 5e-5 * F::LOSS);
        assert_close("single precision, reverse", &by_reverse.map(f64::from), &expected, 5e-5 * F::LOSS);
    }
}

/// The values in every number type.
pub(super) fn check_number_types<F: Function>() {
    let mut random = Random(1);
    for &n in F::SIZES {
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
        check!(double, 1e-13; Var<Var<f64>>, DualVec<Var<f64>, 4>, Dual2Vec<f64, 2>, Counted<f64>);
        check!(double, 1e-13; Var<Counted<f64>>);
    }
}

/// Declares functions of a matrix, each as a module with its tests.
macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident($a:ident) { $eval:expr } $({ $($item:item)* })?)*) => { $(
        $(#[$doc])*
        mod $name {
            use super::*;
            use crate::harness::{check_derivatives, check_number_types, check_single_precision};

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
pub(super) use functions;
