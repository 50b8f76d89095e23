//! The operators: same names, same results in each mode; errors that name what was expected and what was found.

use dualtape::higher::{hessian, hessian_forward, hvp, hvp_block};
use dualtape::{
    Dual, DualVec, Error, Many, Mode, Model, One, Scalar, Tape, choose_mode, denominator_layout, derivative, forward,
    gradient, gradient_in_chunks, jacobian, jet, jvp, model, reverse, vjp,
};
use dualtape::{Var, dot};
use nalgebra::{DMatrix, dmatrix};
use num_traits::Float;
use std::cell::Cell;

fn polynomial<T: Scalar>(x: &[T]) -> T {
    // Σ (i + 1)·xᵢ² + x₀·xₙ₋₁
    let squares = x.iter().enumerate().fold(T::zero(), |sum, (i, &x)| sum + T::constant((i + 1) as f64) * x * x);
    squares + x[0] * x[x.len() - 1]
}

fn by_hand(x: &[f64]) -> (f64, Vec<f64>, DMatrix<f64>) {
    let n = x.len();
    let mut slope: Vec<f64> = (0..n).map(|i| 2.0 * (i + 1) as f64 * x[i]).collect();
    slope[0] += x[n - 1];
    slope[n - 1] += x[0];
    let mut h = DMatrix::from_diagonal(&nalgebra::DVector::from_fn(n, |i, _| 2.0 * (i + 1) as f64));
    h[(0, n - 1)] += 1.0;
    h[(n - 1, 0)] += 1.0;
    (polynomial(x), slope, h)
}

#[test]
fn every_operator_at_every_number_of_inputs_around_the_chunk() {
    for n in [1, 2, 7, 8, 9, 16, 17, 40] {
        let x: Vec<f64> = (0..n).map(|i| i as f64 - 3.0).collect();
        let (value, slope, h) = by_hand(&x);
        let f = (value, slope.clone());
        assert_eq!(forward::gradient(polynomial, &x), f);
        assert_eq!(forward::gradient_in_chunks::<_, 1>(polynomial, &x), f);
        assert_eq!(forward::gradient_in_chunks::<_, 3>(polynomial, &x), f);
        assert_eq!(reverse::gradient(polynomial, &x), f);
        assert_eq!(gradient(&model!(polynomial), &x), f);
        let mut into = vec![f64::NAN; n];
        assert_eq!(forward::gradient_into(polynomial, &x, &mut into), Ok(value));
        assert_eq!(into, slope);
        into.fill(f64::NAN);
        assert_eq!(reverse::gradient_into(polynomial, &x, &mut into), Ok(value));
        assert_eq!(into, slope);
        into.fill(f64::NAN);
        assert_eq!(reverse::gradient_sum_into(|x, ()| polynomial(x), &x, [(), ()], &mut into), Ok(2.0 * value));
        assert_eq!(into, slope.iter().map(|s| 2.0 * s).collect::<Vec<_>>());

        assert_eq!(hessian(polynomial, &x), (value, slope.clone(), h.clone()));
        assert_eq!(hessian_forward(polynomial, &x), (value, slope.clone(), h.clone()));
        let v: Vec<f64> = (0..n).map(|i| (i % 3) as f64).collect();
        let product = &h * nalgebra::DVector::from_column_slice(&v);
        assert_eq!(hvp(polynomial, &x, &v), Ok((value, slope.clone(), product.as_slice().to_vec())));

        let outputs =
            (vec![value, x[0]], DMatrix::from_fn(2, n, |i, j| if i == 0 { slope[j] } else { f64::from(j == 0) }));
        assert_eq!(forward::jacobian(|x| vec![polynomial(x), x[0]], &x), Ok(outputs.clone()));
        assert_eq!(forward::jacobian_in_chunks::<_, 5>(|x| vec![polynomial(x), x[0]], &x), Ok(outputs.clone()));
        assert_eq!(reverse::jacobian(|x| vec![polynomial(x), x[0]], &x), Ok(outputs.clone()));
        let along = slope.iter().zip(&v).map(|(s, v)| s * v).sum::<f64>();
        assert_eq!(forward::jvp(|x| vec![polynomial(x), x[0]], &x, &v), Ok((outputs.0.clone(), vec![along, v[0]])));
        let mut weighted = slope.clone();
        weighted.iter_mut().for_each(|s| *s *= 2.0);
        weighted[0] -= 1.0;
        assert_eq!(reverse::vjp(|x| vec![polynomial(x), x[0]], &x, &[2.0, -1.0]), Ok((outputs.0, weighted)));
    }
}

#[test]
fn a_block_of_products_with_the_hessian() {
    let x = [1.5, -2.0, 0.5];
    let (value, slope, h) = by_hand(&x);
    for k in [0, 1, 7, 8, 9, 17] {
        let v = DMatrix::from_fn(3, k, |i, j| (i as f64 - 1.0) * (j + 1) as f64);
        let product = (value, slope.clone(), &h * &v);
        assert_eq!(hvp_block(polynomial, &x, &v), Ok(product.clone()));
        assert_eq!(dualtape::hvp_block(&model!(polynomial), &x, &v), Ok(product));
    }
    let wrong = Error::Length { argument: "the rows of the matrix V", expected: 3, found: 2 };
    assert_eq!(hvp_block(polynomial, &x, &DMatrix::zeros(2, 3)), Err(wrong));
    let mut v = DMatrix::zeros(3, 9);
    v[(1, 8)] = f64::INFINITY;
    let wrong = Error::NonFinite { argument: "the matrix V", index: 25, found: f64::INFINITY };
    assert_eq!(hvp_block(polynomial, &x, &v), Err(wrong));
}

#[test]
fn rows_of_a_jacobian_found_together_are_those_found_alone() {
    // Output i takes part in every sum so far; every third one has a pole behind a factor 0, or a derivative NaN.
    let f = |x: &[Var<f64>]| -> Vec<Var<f64>> {
        let mut sum = x[0] * x[1];
        let outputs = (0..21).map(|i| {
            sum = sum * x[i % 3] + dot(&[x[1], sum], &[x[2], x[i % 2]]);
            match i % 7 {
                2 => (x[3] * x[0]).sqrt() * x[3] + sum,
                4 => (x[3] - x[0]).ln() * sum,
                5 => Var::constant(1.0),
                6 => x[1].sin(),
                _ => sum.tanh() * x[3].exp(),
            }
        });
        outputs.collect()
    };
    let x = [0.5, -1.25, 0.75, 0.0];
    for m in 1..=21 {
        let (y, j) = reverse::jacobian(|x| f(x)[..m].to_vec(), &x).expect("a closure cannot fail");
        assert_eq!((y.len(), j.shape()), (m, (m, 4)));
        for (i, y) in y.iter().enumerate() {
            let (alone, row) = reverse::gradient(|x| f(x)[i], &x);
            assert_eq!(y.to_bits(), alone.to_bits());
            let same = j.row(i).iter().zip(&row).all(|(a, b)| a == b || a.is_nan() && b.is_nan());
            assert!(same, "row {i} of {m}: {} together, {row:?} alone", j.row(i));
        }
    }
    assert!(reverse::gradient(|x| f(x)[2], &x).1.iter().all(|entry| entry.is_finite()));
    assert!(reverse::gradient(|x| f(x)[4], &x).1.iter().any(|entry| entry.is_nan()));
}

#[test]
fn a_sweep_leaves_nothing_behind_for_the_next() {
    let poles = |x: &[Var<f64>]| (x[0] * x[1]).sqrt() * x[0] + (x[0] - x[1]).ln() * x[1];
    let expected = (15.0, vec![5.0, 3.0]);
    let product = || reverse::gradient(|x| x[0] * x[1], &[3.0, 5.0]);
    // Of many joins; of NaN, which is swept three times; of several rows; of inputs that come after joins.
    reverse::gradient(|x| (0..100).fold(x[0], |y, i| y * x[i % 2]), &[0.5, 1.5]);
    assert_eq!(product(), expected);
    reverse::gradient(poles, &[0.0, 1.0]);
    assert_eq!(product(), expected);
    reverse::jacobian(|x| (0..9).map(|_| poles(x) + x[0] * x[1]).collect(), &[0.0, 1.0]).expect("no error");
    assert_eq!(product(), expected);
    let tape = Tape::new();
    let a = tape.var(2.0);
    let square = a * (a + 1.0) * tape.var(3.0);
    let late = tape.var(4.0);
    let y = square * late + late;
    let found = y.backward().wrt_all(&[a, late]);
    assert_eq!(found, [60.0, 19.0]);
    assert_eq!(y.backward().wrt_all(&[a, late]), found);
    assert_eq!(product(), expected);
    // A strong zero among inputs that come after joins: ∂(x·w + v²)/∂w = 0 below a root at 0.
    let [x, w, v] = [0.0, 2.0, 0.0].map(|value| tape.var(value));
    let y = dot(&[x, v], &[w, v]).sqrt() + square;
    assert_eq!(y.backward().wrt_all(&[x, w]), [f64::INFINITY, 0.0]);
    assert_eq!(product(), expected);
    // Rows that have no node in common.
    let pairs = reverse::jacobian(|x| (0..8).map(|i| x[i] * x[8]).collect(), &[2.0; 9]).expect("no error").1;
    assert_eq!(pairs, DMatrix::from_fn(8, 9, |i, j| if j == i || j == 8 { 2.0 } else { 0.0 }));

    // An adjoint that cancels to 0 is a number of the outer tape all the same, which ends before the next inner sweep.
    let cancels = |z: &[Var<Var<f64>>], c: Var<f64>| {
        let product = z[0] * z[1];
        let (u, w) = (product * z[0], product * z[0]);
        u * Var::constant(c) - w * Var::constant(c)
    };
    let inner = |x: &[Var<f64>]| reverse::gradient(|z| cancels(z, x[0]), &[x[0], x[1]]).1;
    assert_eq!(reverse::jacobian(inner, &[2.0, 3.0]).expect("no error").0, [0.0, 0.0]);
    let inner = |x: &[Var<f64>]| reverse::gradient(|z| z[0] * z[0], &[x[0]; 9]).1;
    assert_eq!(reverse::jacobian(inner, &[2.0]).expect("no error").0, [4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn functions_of_one_variable() {
    assert_eq!(forward::derivative(|x| x.exp() * 2.0, 0.0), (2.0, 2.0));
    assert_eq!(reverse::derivative(|x| x.exp() * 2.0, 0.0), (2.0, 2.0));
    assert_eq!(derivative(&model!(polynomial), 3.0), (18.0, 12.0));
    assert_eq!(forward::derivative(|x| x * x, 3.0_f32), (9.0, 6.0));
    assert_eq!(reverse::derivative(|x| x * x, 3.0_f32), (9.0, 6.0));
}

#[test]
fn models_with_data_and_models_of_several_outputs() {
    struct Affine {
        matrix: DMatrix<f64>,
    }
    impl Model for Affine {
        type Outputs = Many;
        fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T> {
            let row = |i: usize| self.matrix.row(i).iter().copied().collect::<Vec<f64>>();
            (0..self.matrix.nrows()).map(|i| T::linear_combination(&row(i), x) + T::one()).collect()
        }
    }
    // One output: reverse; twenty: forward.
    for m in [1, 20] {
        let affine = Affine { matrix: DMatrix::from_fn(m, 12, |i, j| (i * 12 + j) as f64) };
        let (y, j) = jacobian(&affine, &[1.0; 12]);
        assert_eq!(j, affine.matrix);
        assert_eq!(y[0], 67.0);
        assert_eq!(denominator_layout(&j), affine.matrix.transpose());
        let by_reference = &affine;
        assert_eq!(jacobian(&by_reference, &[1.0; 12]).1, j);
    }
    fn halves<T: num_traits::Float>(x: &[T]) -> Vec<T> {
        x.iter().map(|&x| x / T::from(2.0).expect("two is a float")).collect()
    }
    assert_eq!(jacobian(&model!(halves), &[1.0, 2.0]).1, dmatrix![0.5, 0.0; 0.0, 0.5]);
    fn total<T: num_traits::Float + std::iter::Sum>(x: &[T]) -> T {
        x.iter().copied().sum()
    }
    let wrapped = model!(total);
    assert_eq!(wrapped.eval(&[1.0, 2.0]), 3.0);
    assert_eq!(gradient(&&wrapped, &[1.0_f32; 30]).1, [1.0_f32; 30]);
}

#[test]
fn lengths_are_checked() {
    let f = |x: &[Dual<f64>]| x.to_vec();
    let wrong = |argument, expected, found| Error::Length { argument, expected, found };
    assert_eq!(forward::jvp(f, &[1.0, 2.0], &[1.0]), Err(wrong("the direction v", 2, 1)));
    assert_eq!(hvp(|x| x[0], &[1.0, 2.0], &[1.0; 3]).err(), Some(wrong("the vector v", 2, 3)));
    assert_eq!(reverse::vjp(|x| x.to_vec(), &[1.0, 2.0], &[1.0; 3]).err(), Some(wrong("the weights w", 2, 3)));
    let slice = "the slice for the gradient";
    assert_eq!(forward::gradient_into(|x| x[0], &[1.0], &mut []), Err(wrong(slice, 1, 0)));
    assert_eq!(reverse::gradient_into(|x| x[0], &[1.0], &mut []), Err(wrong(slice, 1, 0)));
    assert_eq!(reverse::gradient_sum_into(|x, ()| x[0], &[1.0], [()], &mut []), Err(wrong(slice, 1, 0)));
    assert_eq!(wrong(slice, 1, 0).to_string(), "the slice for the gradient: expected 1 entry, found 0");
}

#[test]
fn seeds_must_be_finite() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let errors = [
            forward::jvp(|x| x.to_vec(), &[1.0, 2.0, 3.0], &[1.0, bad, 1.0]).err(),
            hvp(|x| x[0], &[1.0, 2.0, 3.0], &[1.0, bad, 1.0]).err(),
            jvp(&model!(|x| x[0]), &[1.0, 2.0, 3.0], &[1.0, bad, 1.0]).err(),
            dualtape::hvp(&model!(|x| x[0]), &[1.0, 2.0, 3.0], &[1.0, bad, 1.0]).err(),
            reverse::vjp(|x| x.to_vec(), &[1.0, 2.0], &[1.0, bad]).err(),
        ];
        for error in errors {
            let Some(Error::NonFinite { index: 1, found, .. }) = error else { panic!("found {error:?}") };
            assert_eq!(found.to_bits(), bad.to_bits());
        }
    }
    let error = forward::jvp(|x| x.to_vec(), &[1.0], &[f64::NAN]).expect_err("NaN is no direction");
    assert_eq!(error.to_string(), "the direction v: expected finite entries, found NaN at index 0");
}

#[test]
fn a_changing_number_of_outputs() {
    let passes = Cell::new(0);
    let f = |x: &[dualtape::DualVec<f64, 8>]| {
        passes.set(passes.get() + 1);
        x[..passes.get()].to_vec()
    };
    assert_eq!(forward::jacobian(f, &[1.0; 20]), Err(Error::Outputs { expected: 1, found: 2 }));
}

#[test]
fn no_inputs_or_no_outputs() {
    let none: [f64; 0] = [];
    assert_eq!(forward::gradient(|_| 3.0.into(), &none), (3.0, vec![]));
    assert_eq!(forward::jacobian(|_| vec![], &[1.0]).map(|(y, j)| (y, j.shape())), Ok((vec![], (0, 1))));
    assert_eq!(forward::jacobian(|_| vec![2.0.into()], &none).map(|(y, j)| (y, j.shape())), Ok((vec![2.0], (1, 0))));
    assert_eq!(reverse::jacobian(|_| vec![2.0.into()], &none).map(|(y, j)| (y, j.shape())), Ok((vec![2.0], (1, 0))));
    assert_eq!(hessian(|_| 3.0.into(), &none), (3.0, vec![], DMatrix::zeros(0, 0)));
    assert_eq!(hessian_forward(|_| 3.0.into(), &none), (3.0, vec![], DMatrix::zeros(0, 0)));
}

#[test]
fn the_mode_is_chosen_by_shape_and_says_why() {
    for (n, m, mode) in [
        (0, 1, Mode::Chunked),
        (12, 1, Mode::Chunked),
        (13, 1, Mode::Reverse),
        (1000, 1, Mode::Reverse),
        (12, 0, Mode::Chunked),
        (13, 13, Mode::Reverse),
        (13, 14, Mode::Chunked),
        (1000, 1000, Mode::Reverse),
        (1000, 1001, Mode::Chunked),
        (3, 0, Mode::Chunked),
    ] {
        assert_eq!(choose_mode(n, m).mode, mode, "n = {n}, m = {m}");
    }
    assert_eq!(
        choose_mode(8, 1).to_string(),
        "forward: 1 evaluation of 10 directions gives all derivatives of 1 output in 8 inputs, where reverse mode takes \
         one recorded evaluation and 1 sweep"
    );
    assert_eq!(
        choose_mode(1, 20).to_string(),
        "forward: 1 evaluation of 4 directions gives all derivatives of 20 outputs in 1 input, where reverse mode takes \
         one recorded evaluation and 20 sweeps, eight at a time"
    );
    assert_eq!(
        choose_mode(100, 20).to_string(),
        "reverse: one recorded evaluation and 20 sweeps, eight at a time, give all derivatives of 20 outputs in 100 inputs, where \
         forward mode takes 9 evaluations of 12 directions each"
    );
    assert_eq!(
        choose_mode(100, 5).to_string(),
        "reverse: one recorded evaluation and 5 sweeps at once give all derivatives of 5 outputs in 100 inputs, where forward mode \
         takes 9 evaluations of 12 directions each"
    );
    assert!(choose_mode(100, 8).to_string().contains("8 sweeps at once give all"));
    assert!(choose_mode(100, 9).to_string().contains("9 sweeps, eight at a time, give all"));
    // As few directions as take all inputs in one evaluation.
    for (n, directions, passes) in [(0, 4, 1), (1, 4, 1), (4, 4, 1), (5, 10, 1), (10, 10, 1), (11, 12, 1), (13, 12, 2)]
    {
        let choice = choose_mode(n, 1);
        assert_eq!((choice.directions, choice.forward_passes), (directions, passes), "n = {n}");
        let x: Vec<f64> = (0..n).map(|i| 0.5 + i as f64).collect();
        if n > 0 {
            let (value, slope, _) = by_hand(&x);
            assert_eq!(gradient(&model!(polynomial), &x), (value, slope));
        }
    }
}

/// 0, with 0·∞ in the derivative by x = 0 alone: the partial of a root would be infinite in every direction.
fn strong_zero<T: Scalar>(x: T) -> T {
    let same = x;
    (x - same) * (x * T::max_value() * T::max_value())
}

/// Beside it terms whose derivatives forward and reverse mode round in another order.
fn beside_a_strong_zero<T: Scalar>(x: &[T]) -> T {
    let product = x[1..].iter().fold(T::one(), |product, &x| product * (x.sin() * x));
    strong_zero(x[0]) + x[0] + product
}

#[test]
fn a_model_takes_from_the_second_run_what_a_strong_zero_decides() {
    let f = model!(beside_a_strong_zero);
    let many = model!(|x| -> Vec<_> { vec![x[1] * x[2], beside_a_strong_zero(x)] });
    for n in [4, 6, 11] {
        let x: Vec<f64> = (0..n).map(|i| f64::from(i) * 0.37).collect();
        let expected = forward::gradient(beside_a_strong_zero, &x);
        assert_eq!(expected.1[0], 1.0);
        assert_eq!(gradient(&f, &x), expected);
        assert!(n == 4 || reverse::gradient(beside_a_strong_zero, &x) != expected);
        assert_eq!(jacobian(&many, &x).1.row(1).transpose().as_slice(), expected.1);
        let weighted = reverse::vjp(|x| vec![beside_a_strong_zero(x)], &x, &[0.3]);
        assert_eq!(vjp(&f, &x, &[0.3]), weighted);
        let v: Vec<f64> = x.iter().map(|x| 1.0 - x).collect();
        assert_eq!(jvp(&f, &x, &v), forward::jvp(|x| vec![beside_a_strong_zero(x)], &x, &v));
    }
    assert_eq!(derivative(&model!(|x| (x[0] - x[0]) * x[0].sqrt() + x[0]), 0.0), (0.0, 1.0));
    let x = vec![0.0; 20];
    let rows = model!(|x| -> Vec<_> { vec![(x[0] - x[0]) * x[0].sqrt() + x[0]; 3] });
    assert_eq!(jacobian(&rows, &x).1.column(0).as_slice(), [1.0; 3]);
}

#[test]
fn a_model_is_run_again_for_a_second_derivative() {
    // y·x^(3/2) at the origin: the first derivatives are 0 in any case, ∂²f/∂x² is 0·∞.
    fn f<T: Scalar>(x: &[T]) -> T {
        x[1] * x[0].powf(T::constant(1.5)) + x[0] * x[1]
    }
    let (model, x, v) = (model!(f), [0.0, 0.0], [1.0, 0.0]);
    assert_eq!(hessian(f, &x).2, dmatrix![0.0, 1.0; 1.0, 0.0]);
    assert_eq!(dualtape::hessian(&model, &x).2, dmatrix![0.0, 1.0; 1.0, 0.0]);
    assert_eq!(dualtape::hvp(&model, &x, &v), Ok((0.0, vec![0.0; 2], vec![0.0, 1.0])));
    let block = dmatrix![1.0, 0.0; 0.0, 1.0];
    assert_eq!(dualtape::hvp_block(&model, &x, &block), Ok((0.0, vec![0.0; 2], dmatrix![0.0, 1.0; 1.0, 0.0])));
    assert_eq!(jet::<_, _, 3>(&model, &x, &v).expect("a finite direction")[0].coefficients[..2], [0.0; 2]);
    // More columns than one pass seeds, each with such an entry.
    let sum = model!(|x| {
        let zeros = x.iter().fold(x[0] * 0.0, |sum, &x| sum + (x - x) * x.sqrt());
        x.iter().fold(zeros, |sum, &x| sum + x).powi(2)
    });
    for n in [3, 10, 20] {
        assert_eq!(dualtape::hessian(&sum, &vec![0.0; n]).2, DMatrix::from_element(n, n, 2.0), "n = {n}");
    }
}

#[test]
fn strong_zeros_in_every_direction_of_a_pass() {
    fn in_each<T: Scalar>() {
        for n in 1..=9 {
            for j in 0..n {
                let x: Vec<T> = (0..n).map(|i| if i == j { T::zero() } else { T::one() }).collect();
                let (_, gradient) = forward::gradient(|x| strong_zero(x[j]) + x[j], &x);
                assert!(gradient.iter().enumerate().all(|(i, &g)| g == if i == j { T::one() } else { T::zero() }));
                let infinite = |x: DualVec<T, 8>| x * DualVec::max_value() * DualVec::max_value();
                let (_, gradient) = forward::gradient(|x| dot(&[x[j] - x[j], x[j]], &[infinite(x[j]), x[j]]), &x);
                assert!(gradient.iter().all(|&g| g == T::zero()), "n = {n}, j = {j}: {gradient:?}");
            }
        }
        let x = [T::constant(7.5), T::constant(2.0)];
        assert_eq!(forward::gradient(|x| x[0] % x[1], &x).1, [T::one(), T::constant(-3.0)]);
    }
    in_each::<f64>();
    in_each::<f32>();
    in_each::<Dual<f64>>();
}

/// As many products of its inputs as it was run before, and one more; a strong zero decides their derivatives.
struct Growing(Cell<usize>);

impl Model for Growing {
    type Outputs = Many;

    fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T> {
        self.0.set(self.0.get() + 1);
        vec![strong_zero(x[0]); self.0.get()]
    }
}

#[test]
#[should_panic(expected = "the function returned 2 outputs on the first pass and 3 on a later one")]
fn a_second_run_with_other_outputs_is_refused() {
    let _ = jacobian(&Growing(Cell::new(0)), &[0.0, 1.0]);
}

#[test]
fn a_model_has_its_gradient_by_any_number_of_directions() {
    let (f, x) = (model!(beside_a_strong_zero), [0.0, 0.3, -0.7, 1.1, 0.2]);
    let expected = forward::gradient(beside_a_strong_zero, &x);
    assert_eq!(gradient_in_chunks::<_, _, 1>(&f, &x), expected);
    assert_eq!(gradient_in_chunks::<_, _, 2>(&f, &x), expected);
    assert_eq!(gradient_in_chunks::<_, _, 7>(&f, &x), expected);
    // A thousand numbers of a thousand directions do not fit on the stack.
    let x = vec![1.0; 1000];
    let (_, gradient) = forward::gradient_in_chunks::<f64, 1000>(|x| x[0] * x[999], &x);
    assert_eq!((gradient[0], gradient[1], gradient[999]), (1.0, 0.0, 1.0));
}

/// A product that counts how often it is evaluated.
struct Product(Cell<usize>);

impl Model for Product {
    type Outputs = One;

    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        self.0.set(self.0.get() + 1);
        x.iter().fold(T::one(), |product, &x| product * x)
    }
}

#[test]
fn directions_say_how_many_evaluations_a_gradient_takes() {
    let f = Product(Cell::new(0));
    let x = [2.0, 3.0, 5.0, 7.0, 11.0];
    for evaluations in [gradient_in_chunks::<_, _, 1>(&f, &x), gradient_in_chunks::<_, _, 2>(&f, &x)] {
        assert_eq!(evaluations, (2310.0, vec![1155.0, 770.0, 462.0, 330.0, 210.0]));
    }
    assert_eq!(f.0.get(), 5 + 3);
}
