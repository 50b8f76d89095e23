//! Arrays of `ndarray` over every number type, in code that asks for `Scalar` and nothing else.

#![cfg(feature = "ndarray")]

use dualtape::compare::Bound;
use dualtape::graph::Traced;
use dualtape::strict::Strict;
use dualtape::{Counted, Dual, Dual2Vec, DualVec, Real, Scalar, Var, forward, reverse};
use nalgebra::{DMatrix, DVector};
use ndarray::{Array1, Array2, ArrayRef1, ArrayView1, LinalgScalar, ScalarOperand, array};
use std::ops::{Mul, Sub};

const MATRIX: [[f64; 3]; 4] = [[1.0, -0.5, 0.25], [0.5, 2.0, -1.5], [-1.25, 0.75, 1.0], [3.0, -2.0, 0.5]];
const MEASURED: [f64; 4] = [0.5, -1.0, 2.0, 0.25];
const POINT: [f64; 4] = [0.7, -0.4, 1.3, 0.6];

/// |s·A·w - b|² + Σ sin(wᵢ) + Σ (s·wᵢ + wᵢ)/2 at x = (w, s), by as many of the operators as find a place.
fn misfit<T: Scalar>(x: &[T]) -> T {
    let (w, s) = (ArrayView1::from(&x[..3]), x[3]);
    let a = Array2::from_shape_fn((4, 3), |(i, j)| T::constant(MATRIX[i][j]));
    let b: Array1<T> = MEASURED.iter().map(|&b| T::constant(b)).collect();
    let mut residuals = a.dot(&w);
    residuals *= s;
    residuals -= &b;
    let scaled = w.to_owned() * s;
    let halves = (&w * s + scaled + (&w + &w)) / T::constant(4.0);
    residuals.dot(&residuals) + w.mapv(|w| w.sin()).sum() + halves.sum()
}

/// Its value, gradient and Hessian, by the formulas of a textbook and without arrays.
fn known() -> (f64, DVector<f64>, DMatrix<f64>) {
    let a = DMatrix::from_fn(4, 3, |i, j| MATRIX[i][j]);
    let (w, s) = (DVector::from_column_slice(&POINT[..3]), POINT[3]);
    let product = &a * &w;
    let r = &product * s - DVector::from_column_slice(&MEASURED);
    let value = r.norm_squared() + w.map(f64::sin).sum() + (s + 1.0) / 2.0 * w.sum();
    let along_w = a.tr_mul(&r) * (2.0 * s) + w.map(|w| w.cos() + (s + 1.0) / 2.0);
    let gradient = along_w.push(2.0 * product.dot(&r) + w.sum() / 2.0);
    let mut hessian = DMatrix::zeros(4, 4);
    let within = a.tr_mul(&a) * (2.0 * s * s) - DMatrix::from_diagonal(&w.map(f64::sin));
    hessian.view_mut((0, 0), (3, 3)).copy_from(&within);
    let across = a.tr_mul(&(&r + &product * s)) * 2.0;
    for i in 0..3 {
        hessian[(i, 3)] = across[i] + 0.5;
        hessian[(3, i)] = across[i] + 0.5;
    }
    hessian[(3, 3)] = 2.0 * product.norm_squared();
    (value, gradient, hessian)
}

#[track_caller]
fn near(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= 1e-13 * (1.0 + expected.abs()), "{found}, expected {expected}");
    }
}

#[test]
fn values_and_gradients_are_those_of_the_textbook() {
    let (value, gradient, _) = known();
    near(&[misfit(&POINT)], &[value]);
    let (y, by_dual) = forward::gradient_in_chunks::<f64, 1>(misfit, &POINT);
    near(&[y], &[value]);
    near(&by_dual, gradient.as_slice());
    near(&forward::gradient(misfit, &POINT).1, gradient.as_slice());
    near(&reverse::gradient(misfit, &POINT).1, gradient.as_slice());
    let counted = POINT.map(Counted::new);
    let by_counted: Vec<f64> = reverse::gradient(misfit, &counted).1.iter().map(|x| x.value()).collect();
    near(&by_counted, gradient.as_slice());
    let direction = [0.3, -1.0, 0.5, 2.0];
    let moving: Vec<Dual<f64>> = POINT.iter().zip(direction).map(|(&x, v)| Dual::new(x, v)).collect();
    near(&[misfit(&moving).tangent], &[gradient.dot(&DVector::from_column_slice(&direction))]);
}

/// Two levels, in each order of the modes; and a third, which is symmetric.
#[test]
fn derivatives_of_derivatives_are_those_of_the_textbook() {
    let (_, _, hessian) = known();
    let ways = [
        forward::jacobian(|x| forward::gradient(misfit, x).1, &POINT),
        forward::jacobian(|x| reverse::gradient(misfit, x).1, &POINT),
        reverse::jacobian(|x| forward::gradient(misfit, x).1, &POINT),
        reverse::jacobian(|x| reverse::gradient(misfit, x).1, &POINT),
    ];
    for way in ways {
        near(way.unwrap().1.as_slice(), hessian.as_slice());
    }
    // ∂³/∂s³ of s²·|A·w|² is 0, and ∂/∂s of ∂²/∂s² too; ∂/∂w₀ of it is 4·(AᵀA·w)₀.
    let third = forward::gradient(
        |x| {
            let second = forward::jacobian(|x| reverse::gradient(misfit, x).1, x).unwrap().1;
            second[(3, 3)]
        },
        &POINT,
    );
    let a = DMatrix::from_fn(4, 3, |i, j| MATRIX[i][j]);
    let expected = a.tr_mul(&(&a * DVector::from_column_slice(&POINT[..3]))) * 4.0;
    near(&third.1, expected.push(0.0).as_slice());
}

/// Each operator with a number on the right, for arrays by value, by reference and in place, against plain floats.
#[test]
fn numbers_stand_on_the_right_of_every_operator() {
    fn results<T: Scalar>(x: T, y: T) -> Vec<T> {
        let a = array![[x, y], [y, x * y]];
        let mut placed = a.clone();
        placed += x;
        placed -= y;
        placed *= x;
        placed /= y;
        placed %= x;
        let all = [&a + y, &a - y, &a * y, &a / y, &a % y, a.clone() + y, a.clone() - y, a.clone() * y, a / y, placed];
        let products = all[0].dot(&all[2]);
        all.iter().chain([&products]).flatten().copied().collect()
    }
    let plain = results(2.5, -1.5);
    let (values, tangents): (Vec<f64>, Vec<f64>) =
        results(Dual::variable(2.5), Dual::constant(-1.5)).iter().map(|d| (d.value, d.tangent)).unzip();
    assert_eq!(values, plain);
    let (outputs, jacobian) = reverse::jacobian(|x| results(x[0], x[1]), &[2.5, -1.5]).unwrap();
    assert_eq!(outputs, plain);
    near(jacobian.column(0).as_slice(), &tangents);
    // ∂/∂x of x + y, y + y, y + y, x·y + y, and of the same in x·y.
    assert_eq!(tangents[..4], [1.0, 0.0, 0.0, -1.5]);
    assert_eq!(tangents[8..12], [-1.5, 0.0, 0.0, 2.25]);
}

/// A number of a type that is named stands on the left as well.
#[test]
fn numbers_stand_on_the_left_of_every_operator() {
    fn results<T: Scalar>(x: Real<T>, y: Real<T>) -> Vec<T> {
        let a = array![[x, y], [y, 2.0 * x]];
        let row = a.row(0).to_owned();
        let part: &ArrayRef1<Real<T>> = &row;
        let all =
            [x + &a, x - &a, x * &a, x / &a, x % &a, y + a.clone(), y - a.clone(), y * a.clone(), y / a.clone(), y % a];
        let parts = [x + part, x - part, x * part, x / part, x % part];
        all.iter().flatten().chain(parts.iter().flatten()).map(|entry| entry.0).collect()
    }
    fn one_by_one<T: Scalar>(x: Real<T>, y: Real<T>) -> Vec<T> {
        let entries = [x, y, y, 2.0 * x];
        let operators = [|a, b| a + b, |a, b| a - b, |a, b| a * b, |a, b| a / b, |a, b| a % b] as [fn(_, _) -> _; 5];
        let with = |x: Real<T>, entries: &[Real<T>]| {
            let entries = entries.to_vec();
            operators.iter().flat_map(move |f| entries.clone().into_iter().map(move |y| f(x, y).0)).collect::<Vec<T>>()
        };
        [with(x, &entries), with(y, &entries), with(x, &entries[..2])].concat()
    }
    assert_eq!(results(Real(2.5), Real(-1.5)), one_by_one(Real(2.5), Real(-1.5)));
    let point = [2.5, -1.5];
    let found = reverse::jacobian(|x| results(Real(x[0]), Real(x[1])), &point).unwrap();
    assert_eq!(found, reverse::jacobian(|x| one_by_one(Real(x[0]), Real(x[1])), &point).unwrap());
    let (y, gradient) = forward::gradient(|x| (x[0] - &Array1::from(x.to_vec())).sum(), &[3.0, 1.0]);
    assert_eq!((y, gradient), (2.0, vec![1.0, -1.0]));
}

/// What the compiler has to accept, for every number type.
const _: fn() = || {
    fn is_an_operand<T>()
    where
        T: Scalar + ScalarOperand + LinalgScalar,
        T: Mul<Array2<T>, Output = Array2<T>> + for<'a> Sub<&'a Array2<T>, Output = Array2<T>>,
    {
    }
    is_an_operand::<f32>();
    is_an_operand::<Dual<f32>>();
    is_an_operand::<DualVec<f64, 8>>();
    is_an_operand::<Dual2Vec<f64, 3>>();
    is_an_operand::<Var<f64>>();
    is_an_operand::<Counted<f64>>();
    is_an_operand::<Traced<f64>>();
    is_an_operand::<Strict<f64>>();
    is_an_operand::<Bound<f64>>();
    is_an_operand::<Real<f64>>();
    is_an_operand::<Var<Dual<f64>>>();
    is_an_operand::<Real<Var<Dual<f64>>>>();
    is_an_operand::<Var<Var<Var<f32>>>>();
    is_an_operand::<DualVec<Var<Counted<f64>>, 4>>();
};
