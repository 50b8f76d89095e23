//! Models of every shape: one output, several, fallible; with data, with matrices, behind pointers; in every mode.

#![cfg(feature = "compare")]

use dualtape::compare::{
    Options, compare, gradient_holds, hessian_holds, hessians_agree, jvp_holds, modes_agree, vjp_holds,
};
use dualtape::graph::{Graph, GraphError, non_finite};
use dualtape::program::{Derivative, Plan, Program, ProgramError, Replay};
use dualtape::{
    Counted, Counts, Dual, DynModel, Error, Fallible, Many, Mode, Model, One, Outcome, Outputs, Real, Scalar,
    SingleOutput, Tape, Var, assert_derivatives, assert_modes_agree, derivative, forward, gradient, hessian, higher,
    hvp, hvp_block, jacobian, jet, jvp, model, reverse, strict, vjp,
};
use nalgebra::{
    DMatrix, DVector, Matrix2, Matrix3, OMatrix, RealField, Rotation2, Rotation3, SMatrix, SVector, Vector2, Vector3,
    dmatrix,
};
use num_traits::Float;
use std::rc::Rc;
use std::sync::Arc;

/// xᵀ(1 + xxᵀ)⁻¹x = s/(1 + s) with s = xᵀx: gradient 2x/(1 + s)², Hessian 2/(1 + s)² - 8xxᵀ/(1 + s)³.
fn quotient<T: RealField + Copy>(x: &[T]) -> T {
    let x = DVector::from_column_slice(x);
    let matrix = DMatrix::identity(x.len(), x.len()) + &x * x.transpose();
    x.dot(&(matrix.try_inverse().expect("a positive definite matrix") * &x))
}

#[track_caller]
fn near(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-14), "{found:?}, expected {expected:?}");
}

#[test]
fn a_function_of_matrices_in_every_mode() {
    let (x, model) = ([0.6, 0.8], model!(quotient));
    let (first, second) = ([0.3, 0.4], [0.5 - 0.36, -0.48, -0.48, 0.5 - 0.64]);
    for (y, g) in [
        gradient(&model, &x),
        strict::gradient(&model, &x),
        forward::gradient(quotient, &x),
        forward::gradient_in_chunks::<_, 1>(quotient, &x),
        reverse::gradient(quotient, &x),
    ] {
        near(&[y], &[0.5]);
        near(&g, &first);
    }
    for (_, g, h) in [hessian(&model, &x), higher::hessian(quotient, &x), higher::hessian_forward(quotient, &x)] {
        near(&g, &first);
        near(h.as_slice(), &second);
    }
    near(hessians_agree(&model, &x).expect("they agree").as_slice(), &second);
    near(&assert_modes_agree!(model, x, strict = true).gradient, &first);
    assert_derivatives!(model, x, gradient = first);
    assert_derivatives!(model, x, hessian = DMatrix::from_row_slice(2, 2, &second));
    let comparison = compare(&model, &x, &Options::default());
    for mode in [Mode::Forward, Mode::Chunked, Mode::Reverse, Mode::Program] {
        near(comparison.of(mode).expect("all were asked for").matrix.as_slice(), &first);
    }
    assert!(comparison.check.expect("it is small").holds());

    let graph = Graph::of(&model, &x);
    near(&graph.gradient(&x).expect("nothing has changed").1, &first);
    let elsewhere = graph.gradient(&[0.3, -0.1]).expect("no branch");
    near(&elsewhere.1, &gradient(&model, &[0.3, -0.1]).1);
    for plan in [Plan::new(Derivative::Hvp), Plan::new(Derivative::Hvp).exact()] {
        let program = Program::of(&model, &x, &plan).expect("a plan that suits");
        for v in [[1.0, 0.0], [0.0, 1.0]] {
            let rows = program.run_along(&[], &x.repeat(9), &v).expect("the branch is the same");
            let product = [second[0] * v[0] + second[1] * v[1], second[2] * v[0] + second[3] * v[1]];
            (0..9).for_each(|row| near(rows.derivatives(row), &[first, product].concat()));
        }
    }
}

/// The largest eigenvalue of a symmetric matrix, [[a, b], [b, c]].
fn eigenvalue<T: RealField + Copy>(x: &[T]) -> T {
    Matrix2::new(x[0], x[1], x[1], x[2]).symmetric_eigenvalues().max()
}

/// ln det A by Cholesky, of A = xxᵀ + diag(y).
fn log_determinant<T: RealField + Copy>(v: &[T]) -> T {
    let (x, y) = (Vector3::new(v[0], v[1], v[2]), Vector3::new(v[3], v[4], v[5]));
    let factor =
        (x * x.transpose() + Matrix3::from_diagonal(&y)).cholesky().expect("a positive definite matrix").unpack();
    factor.diagonal().iter().fold(T::zero(), |sum, &entry| sum + nalgebra::convert::<f64, T>(2.0) * entry.ln())
}

/// The points (3, 4) and (1, 0), turned by an angle about the origin and moved.
fn turned<T: RealField + Copy>(x: &[T]) -> SVector<T, 4> {
    let turn = |a: f64, b: f64| Rotation2::new(x[0]) * Vector2::new(nalgebra::convert(a), nalgebra::convert(b));
    let [p, q] = [turn(3.0, 4.0), turn(1.0, 0.0)].map(|it| it + Vector2::new(x[1], x[2]));
    SVector::<T, 4>::new(p.x, p.y, q.x, q.y)
}

/// A vector turned about an axis (Rodrigues), through a rotation matrix.
fn about_axis<T: RealField + Copy>(w: &[T]) -> Vec<T> {
    let turned = Rotation3::new(Vector3::new(w[0], w[1], w[2])) * Vector3::new(w[3], w[4], w[5]);
    turned.as_slice().to_vec()
}

/// The solution of a linear system, whose matrix and right side are inputs.
fn solution<T: RealField + Copy>(v: &[T]) -> [T; 2] {
    let a = SMatrix::<T, 2, 2>::from_column_slice(&v[..4]);
    a.lu().solve(&Vector2::new(v[4], v[5])).expect("a regular matrix").into()
}

#[test]
fn decompositions_and_rotations_are_models() {
    // λ = m + √(d² + b²) with m = (a + c)/2, d = (a - c)/2.
    let (_, g) = gradient(&model!(eigenvalue), &[4.0, 1.5, 0.0]);
    near(&g, &[0.5 + 0.5 * 2.0 / 2.5, 1.5 / 2.5, 0.5 - 0.5 * 2.0 / 2.5]);
    assert_modes_agree!(model!(eigenvalue), [4.0, 1.5, 0.25]);
    assert_modes_agree!(model!(log_determinant), [0.5, -1.0, 2.0, 1.0, 2.0, 0.5]);
    hessians_agree(&model!(log_determinant), &[0.5, -1.0, 2.0, 1.0, 2.0, 0.5]).expect("they agree");

    let (y, j) = jacobian(&model!(turned), &[0.0, 1.0, 2.0]);
    assert_eq!(y, [4.0, 6.0, 2.0, 2.0]);
    assert_eq!(j, dmatrix![-4.0, 1.0, 0.0; 3.0, 0.0, 1.0; 0.0, 1.0, 0.0; 1.0, 0.0, 1.0]);
    let axis = [0.3, -0.2, 0.5, 1.0, 2.0, -1.0];
    let by_differences = compare(&model!(about_axis), &axis, &Options::default());
    assert!(by_differences.check.expect("it is small").holds());
    // d(A⁻¹b) = -A⁻¹ dA A⁻¹b + A⁻¹ db, here for A = [[2, 1], [0, 4]].
    let (y, j) = jacobian(&model!(solution), &[2.0, 0.0, 1.0, 4.0, 1.0, 4.0]);
    assert_eq!(y, [0.0, 1.0]);
    let inverse = Matrix2::new(0.5, -0.125, 0.0, 0.25);
    for (k, unit) in [Vector2::new(1.0, 0.0), Vector2::new(0.0, 1.0)].into_iter().enumerate() {
        near((inverse * unit).as_slice(), j.column(4 + k).as_slice());
        (0..2).for_each(|i| near((-inverse * unit * y[i]).as_slice(), j.column(2 * i + k).as_slice()));
    }
    // Compiled once, run at other points along the same path.
    let mut replay = Replay::of(model!(solution), Plan::new(Derivative::Jacobian));
    for b in [1.0, 2.0, 3.0] {
        let x = [2.0, 0.5, 1.0, 4.0, b, 4.0];
        let rows = replay.run(6, &[], &x).expect("a plan that suits");
        near(rows.derivatives(0), jacobian(&model!(solution), &x).1.transpose().as_slice());
    }
}

/// What was measured, and how much it counts.
#[derive(Clone, Debug)]
struct Data {
    points: Vec<(f64, f64)>,
}

fn squares<T: Scalar>(data: &Data, w: &[Real<T>]) -> Real<T> {
    data.points.iter().map(|&(x, y)| (w[0] + w[1] * x - y).powi(2)).sum()
}

fn residuals<T: Float>(data: &Data, w: &[T]) -> Vec<T> {
    let constant = |x: f64| T::from(x).expect("a float");
    data.points.iter().map(|&(x, y)| w[0] + w[1] * constant(x) - constant(y)).collect()
}

#[test]
fn closures_capture_data() {
    let data = &Data { points: vec![(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)] };
    let (weight, names) = (0.5, ["intercept", "ascent"]);
    let loss = model!(|w, data: &Data, weight: f64| weight * squares(data, w));
    assert_eq!(gradient(&loss, &[0.0, 0.0]), (17.5, vec![-9.0, -13.0]));
    assert_modes_agree!(loss, [0.25, 1.5]);
    let all = model!(|w, data: &Data| -> Vec<_> { residuals(data, w) });
    let (y, j) = jacobian(&all, &[0.0, 0.0]);
    assert_eq!((y, j), (vec![-1.0, -3.0, -5.0], dmatrix![1.0, 0.0; 1.0, 1.0; 1.0, 2.0]));
    let checked = model!(|w, names: [&'static str; 2]| -> Result<Vec<_>, String> {
        for (&w, name) in w.iter().zip(names) {
            if w < 0.0 {
                return Err(format!("{name} is {w}"));
            }
        }
        Ok(w.iter().map(|&w| w.sqrt()).collect())
    });
    assert_eq!(jacobian(&checked, &[4.0, 1.0]), Ok((vec![2.0, 1.0], dmatrix![0.25, 0.0; 0.0, 0.5])));
    assert_eq!(jacobian(&checked, &[4.0, -1.0]), Err("ascent is -1".to_owned()));
    let one =
        model!(|w| -> Result<Real<T>, String> { w.first().map(|&w| 2.0 * w).ok_or_else(|| "nothing".to_owned()) });
    assert_eq!(
        (gradient(&one, &[3.0]), gradient::<f64, _>(&one, &[])),
        (Ok((6.0, vec![2.0])), Err("nothing".to_owned()))
    );
    // Nothing is captured, a block, a type that is said, a generic function of another bound inside.
    assert_eq!(
        derivative(
            &model!(|x| {
                let y = x[0] * 3.0;
                y + 1.0
            }),
            2.0
        ),
        (7.0, 3.0)
    );
    assert_eq!(derivative(&model!(|x| -> Real<T> { 1.0 - x[0] }), 2.0), (-1.0, -1.0));
    assert_eq!(gradient(&model!(|x| quotient(x) / 0.5), &[0.0_f32, 0.0]).1, [0.0, 0.0]);
    // What a closure returns is said, in whatever form a function may return it.
    type Checked<T> = Result<[Real<T>; 2], std::num::ParseFloatError>;
    let parsed = model!(|x, names: [&'static str; 2]| -> Checked<T> {
        let k: f64 = names[0].trim_start_matches("intercept").parse()?;
        Ok([k * x[0], x[0]])
    });
    assert!(jacobian(&parsed, &[1.0]).is_err());
    let pair = model!(move |x, data: &Data| -> [Real<T>; 2] { [x[0] * data.points[1].1, 1.0 - x[0]] });
    assert_eq!(jacobian(&pair, &[2.0]), (vec![6.0, -1.0], dmatrix![3.0; -1.0]));
    let column = model!(|x| -> SVector<Real<T>, 2> { turned(&[x[0], x[1], x[2]]).xy() });
    assert_eq!(jacobian(&column, &[0.0, 1.0, 2.0]).0, [4.0, 6.0]);
    // A model is a value: it is copied with what it captured, and goes to other threads.
    let copies = [loss, loss];
    std::thread::scope(|scope| {
        for copy in copies {
            scope.spawn(move || assert_eq!(gradient(&copy, &[0.0, 0.0]).0, 17.5));
        }
    });
    assert!(format!("{loss:?}").contains("0.5"));
}

/// √x₀ + x₁ where x₀ is not negative.
struct Root;

impl Model for Root {
    type Outputs = Fallible<One, String>;
    fn eval<T: Scalar>(&self, x: &[T]) -> Result<T, String> {
        if x[0] < T::zero() { Err(format!("no root of {}", x[0])) } else { Ok(x[0].sqrt() + x[1]) }
    }
}

/// The same in a list, with its double.
fn roots<T: Float + std::fmt::Display>(x: &[T]) -> Result<[T; 2], String> {
    if x[0] < T::zero() { Err(format!("no root of {}", x[0])) } else { Ok([x[0].sqrt() + x[1], x[0] + x[0]]) }
}

#[test]
fn what_a_model_says_comes_out_of_everything_that_evaluates_it() {
    let (good, bad) = ([4.0, 1.0], [-4.0, 1.0]);
    let (one, many) = (Root, model!(roots));
    let error = || Err::<(), _>("no root of -4".to_owned());
    macro_rules! is_error {
        ($($found:expr),* $(,)?) => { $(assert_eq!($found.map(drop), error(), stringify!($found));)* };
    }
    is_error!(
        gradient(&one, &bad),
        strict::gradient(&one, &bad),
        hessian(&one, &bad),
        strict::hessian(&one, &bad),
        hvp(&one, &bad, &[1.0, 0.0]),
        jacobian(&many, &bad),
        jacobian(&one, &bad),
        strict::jacobian(&many, &bad),
        compare(&one, &bad, &Options::default()),
        compare(&many, &bad, &Options::default()),
        modes_agree(&one, &bad),
        hessians_agree(&one, &bad),
        gradient_holds(&one, &bad, &[0.0, 0.0]),
        hessian_holds(&one, &bad, &DMatrix::zeros(2, 2)),
        jvp_holds(&many, &bad, &[1.0, 0.0], &[0.0, 0.0]),
        vjp_holds(&many, &bad, &[1.0, 0.0], &[0.0, 0.0]),
        Graph::of(&many, &bad),
        non_finite(&one, &bad),
        Program::of(&one, &bad, &Plan::new(Derivative::Gradient)),
    );
    assert_eq!(gradient(&one, &good), Ok((3.0, vec![0.25, 1.0])));
    assert_eq!(hessian(&one, &good).expect("a root").2[(0, 0)], -0.03125);
    assert_eq!(hvp(&one, &good, &[1.0, 0.0]).expect("a root").expect("it suits").2, [-0.03125, 0.0]);
    let short = hvp(&one, &good, &[1.0]).expect("a root").expect_err("it is too short");
    assert!(matches!(short, Error::Length { expected: 2, found: 1, .. }));
    assert_eq!(jacobian(&many, &good).expect("a root").1, dmatrix![0.25, 1.0; 2.0, 0.0]);
    assert_modes_agree!(one, good);
    assert_derivatives!(one, good, gradient = [0.25, 1.0]);
    assert_derivatives!(many, good, jvp = (&[1.0, 0.0], [0.25, 2.0]));
    for derivatives in compare(&many, &good, &Options::default()).expect("a root").modes {
        let at = |i, j| derivatives.matrix[(i, j)];
        assert!((at(0, 0) - 0.25_f64).abs() < 1e-8 && (at(1, 0) - 2.0).abs() < 1e-8, "{:?}", derivatives.mode);
    }
    // Beside the point the model fails: differences know nothing there, and do not contradict.
    let beside = compare(&one, &[0.0, 1.0], &Options::default()).expect("a root");
    assert!(beside.check.expect("it is small").holds());
    assert_eq!(strict::gradient(&one, &[1.0, 1.0]).expect("a root").1, [0.5, 1.0]);

    let panic = std::panic::catch_unwind(|| assert_modes_agree!(Root, bad, "run {}", 7)).expect_err("it fails");
    let text = panic.downcast_ref::<String>().expect("a message");
    assert!(text.contains("no root of -4") && text.ends_with("run 7"), "{text}");
    let panic =
        std::panic::catch_unwind(|| assert_derivatives!(Root, bad, gradient = [0.0, 0.0])).expect_err("it fails");
    assert!(panic.downcast_ref::<String>().expect("a message").contains("no root of -4"));
}

#[test]
fn replays_give_the_error_of_the_sample() {
    let mut replay = Replay::of(Root, Plan::new(Derivative::Gradient));
    let rows = replay.run(2, &[], &[4.0, 1.0, 1.0, 2.0]).expect("roots").expect("it suits");
    assert_eq!([rows.derivatives(0), rows.derivatives(1)], [[0.25, 1.0], [0.5, 1.0]]);
    let failed = replay.run(2, &[], &[4.0, 1.0, -1.0, 2.0, 9.0, 0.0]);
    assert_eq!(failed.map(drop), Err("no root of -1".to_owned()));
    // It goes on, with the program that it has.
    let rows = replay.run(2, &[], &[9.0, 1.0]).expect("a root").expect("it suits");
    assert_eq!((rows.values(0), replay.paths()), (&[4.0][..], 1));
    let mut batch = rows;
    let failed = replay.run_into(2, &[], &[-9.0, 1.0], &[], &mut batch);
    assert_eq!((failed.map(drop), batch.rows()), (Err("no root of -9".to_owned()), 0));
    let unsuited = replay.run(3, &[], &[9.0, 1.0, 1.0]).expect("it was not evaluated");
    assert!(matches!(unsuited.map(drop), Err(ProgramError::Argument(Error::Length { .. }))));

    let mut graph = Graph::of(&Root, &[4.0, 1.0]).expect("a root");
    assert_eq!(graph.eval_or_record(&Root, &[9.0, 1.0]), Ok(Ok((vec![4.0], false))));
    assert_eq!(graph.eval_or_record(&Root, &[-9.0, 1.0]), Err("no root of -9".to_owned()));
    assert_eq!(graph.eval(&[1.0, 1.0]), Ok(vec![2.0]));
    assert!(matches!(graph.eval_or_record(&Root, &[1.0]), Ok(Err(GraphError::Argument(_)))));
}

/// The shape is found by looking at what a function returns.
#[test]
fn every_shape_that_a_function_may_return() {
    fn array<T: Float>(x: &[T]) -> [T; 2] {
        [x[0] * x[1], x[0]]
    }
    fn dynamic<T: RealField + Copy>(x: &[T]) -> DVector<T> {
        DVector::from_column_slice(x) * x[0]
    }
    fn fallible<T: Float>(x: &[T]) -> Result<T, u8> {
        if x[0] > T::zero() { Ok(x[0] * x[0]) } else { Err(7) }
    }
    fn column<T: Scalar>(x: &[Real<T>]) -> Result<OMatrix<Real<T>, nalgebra::Const<3>, nalgebra::U1>, ()> {
        Ok(Vector3::new(x[0], 2.0 * x[0], x[0] * x[0]))
    }
    fn bare<T: Scalar>(x: &[T]) -> T {
        T::dot(x, x).logistic()
    }
    assert_eq!(jacobian(&model!(array), &[2.0, 3.0]).1, dmatrix![3.0, 2.0; 1.0, 0.0]);
    assert_eq!(jacobian(&model!(dynamic), &[2.0, 3.0]).1, dmatrix![4.0, 0.0; 3.0, 2.0]);
    assert_eq!([3.0, -3.0].map(|x| gradient(&model!(fallible), &[x])), [Ok((9.0, vec![6.0])), Err(7)]);
    assert_eq!(jacobian(&model!(column), &[3.0]), Ok((vec![3.0, 6.0, 9.0], dmatrix![1.0; 2.0; 6.0])));
    assert_eq!(gradient(&model!(bare), &[0.0; 20]), (0.5, vec![0.0; 20]));
    assert_eq!(gradient(&model!(bare), &[0.0_f32; 3]).0, 0.5);
    // Structural operations stay what they are: a dot product is one node of the tape, and one step of a graph.
    let tape = Tape::new();
    let y: Var<f64> = model!(bare).eval(&tape.vars(&[1.0, 2.0, 3.0]));
    assert_eq!((y.value(), tape.len()), (14.0.logistic(), 3));
    assert_eq!(Graph::of(&model!(bare), &[1.0, 2.0]).nodes().len(), 4);
    let x = [Counted::new(1.0), Counted::new(2.0)];
    assert_eq!(Counts::of(|| model!(array).eval(&x)).1.total(), 1);
}

/// Functions that are generic over the shape.
#[test]
fn generic_functions_over_models() {
    fn norm<M: Model<Outputs: SingleOutput>>(model: &M, x: &[f64]) -> Outcome<M, f64> {
        let found = M::Outputs::result(gradient(model, x));
        M::Outputs::outcome(found.map(|(_, g)| g.iter().map(|g| g * g).sum::<f64>().sqrt()))
    }
    assert_eq!(norm(&model!(|x| 3.0 * x[0] + 4.0 * x[1]), &[1.0, 1.0]), 5.0);
    assert_eq!(norm(&Root, &[-1.0, 0.0]), Err("no root of -1".to_owned()));
    // References and pointers to models are models.
    let f = model!(|x| x[0] * x[0]);
    assert_eq!(gradient(&&f, &[3.0]).0, 9.0);
    assert_eq!(
        [gradient(&Box::new(f), &[3.0]), gradient(&Rc::new(f), &[3.0]), gradient(&Arc::new(f), &[3.0])],
        [(9.0, vec![6.0]), (9.0, vec![6.0]), (9.0, vec![6.0])]
    );
}

/// Terms that are chosen at run time, and a weight for each.
struct Sum<'a> {
    terms: Vec<(f64, Box<dyn DynModel + Send + Sync + 'a>)>,
}

impl Model for Sum<'_> {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        self.terms.iter().map(|(weight, term)| T::constant(*weight) * term.eval(x)).sum()
    }
}

#[test]
fn models_behind_pointers() {
    let offset = 3.0;
    let near_to = |i: usize| Box::new(model!(|x, i: usize, offset: f64| (x[i] - offset).powi(2)));
    let by_sign = model!(|x| if x[0] > 1.0 { x[0] * x[1] } else { x[0].exp() * x[1].max(0.5) });
    let sum =
        Sum { terms: vec![(1.0, near_to(0)), (0.5, near_to(1)), (2.0, Box::new(by_sign)), (1.0, Box::new(&by_sign))] };
    let plain = model!(|x| {
        let by_sign = if x[0] > 1.0 { x[0] * x[1] } else { x[0].exp() * x[1].max(0.5) };
        1.0 * (x[0] - 3.0).powi(2) + 0.5 * (x[1] - 3.0).powi(2) + 2.0 * by_sign + by_sign
    });
    for x in [[2.0, 0.25], [0.5, 0.25], [0.5, 2.0]] {
        assert_eq!(gradient(&sum, &x), gradient(&plain, &x));
        assert_eq!(hessian(&sum, &x), hessian(&plain, &x));
        assert_eq!(higher::hessian_forward(|x| sum.eval(x), &x), hessian(&plain, &x));
        assert_eq!(gradient(&sum, &x.map(|x| x as f32)), gradient(&plain, &x.map(|x| x as f32)));
        assert_eq!(hessian(&sum, &x.map(|x| x as f32)), hessian(&plain, &x.map(|x| x as f32)));
        assert_eq!(Graph::of(&sum, &x).gradient(&x), Ok(gradient(&plain, &x)));
        // Recordings within recordings, and counts: what a term asks of numbers is asked of those.
        let third = forward::gradient(|x| higher::hessian(|x| sum.eval(x), x).2[(0, 1)], &x);
        assert_eq!(third, forward::gradient(|x| higher::hessian(|x| plain.eval(x), x).2[(0, 1)], &x));
        let nested = Graph::record(|x| vec![sum.eval(&[Dual::variable(x[0]), Dual::constant(x[1])]).tangent], &x);
        let other = [x[0] + 5.0, x[1]];
        assert_eq!(nested.eval(&other).is_ok(), x[0] > 1.0, "the branch of a term is held");
        assert_modes_agree!(sum, x);
        hessians_agree(&sum, &x).expect("they agree");
    }
    let mut replay = Replay::of(&sum, Plan::new(Derivative::Gradient));
    let samples = [2.0, 0.25, 0.5, 0.25, 0.5, 2.0];
    let rows = replay.run(2, &[], &samples).expect("it suits");
    for (row, x) in samples.chunks(2).enumerate() {
        near(rows.derivatives(row), &gradient(&sum, x).1);
    }
    // Inside another model, whose numbers are wrapped; several outputs; errors.
    let sum = &sum;
    assert_eq!(gradient(&model!(|x, sum: &Sum<'_>| 2.0 * sum.eval(x)), &[2.0, 0.25]).0, 2.0 * sum.eval(&[2.0, 0.25]));
    let many: Box<dyn DynModel<Many>> = Box::new(model!(|x| -> Vec<_> { vec![x[0] * x[1], x[0]] }));
    assert_eq!(jacobian(&many, &[2.0, 3.0]).1, dmatrix![3.0, 2.0; 1.0, 0.0]);
    // Without a box around it; one that goes to threads and is not shared among them.
    let sent: Box<dyn DynModel + Send> = Box::new(by_sign);
    assert_eq!(gradient(&*sent, &[2.0, 0.25]), gradient(&by_sign, &[2.0, 0.25]));
    assert_eq!(compare(&*sent, &[2.0, 0.25], &Options::default()).value, [0.5]);
    assert_eq!(modes_agree(&*sent, &[2.0, 0.25]).expect("they agree").gradient, [0.25, 2.0]);
    // A question about numbers over f32 is asked in f32: in f64 the square is another number.
    let square = f64::from(0.1_f32 * 0.1_f32);
    let rounded: Box<dyn DynModel> =
        Box::new(model!(|x, square: f64| if x[0] * x[0] == square { x[0] * 2.0 } else { x[0] * 3.0 }));
    assert_eq!(hessian(&rounded, &[0.1_f32]).1, [2.0]);
    assert_eq!(hessian(&rounded, &[f64::from(0.1_f32)]).1, [3.0]);
    let fallible: Box<dyn DynModel<Fallible<One, String>>> = Box::new(Root);
    assert_eq!(strict::hessian(&fallible, &[-1.0, 0.0]), Err("no root of -1".to_owned()));
    assert_eq!(hessian(&fallible, &[-1.0, 0.0]), Err("no root of -1".to_owned()));
    assert_eq!(hessian(&fallible, &[4.0, 1.0]), hessian(&Root, &[4.0, 1.0]));
}

/// max(d, 0)·x₂, where d = w/(2√t) + 7 is the derivative of w·√t + 7t at t = x₀, for w = x₁.
fn of_a_derivative<T: Scalar>(x: &[T]) -> T {
    let (w, seven) = (x[1], T::constant(7.0));
    let forward = forward::derivative(|t| Dual::constant(w) * t.sqrt() + t * Dual::constant(seven), x[0]).1;
    let reverse = reverse::derivative(|t| Var::constant(w) * t.sqrt() + t * Var::constant(seven), x[0]).1;
    assert!(forward == reverse || forward.is_nan() && reverse.is_nan());
    forward.max(T::zero()) * x[2]
}

/// At x₀ = x₁ = 0 a strong zero makes d = 7, and a maximum would lose a NaN.
#[test]
fn a_derivative_within_a_model_has_strong_zeros() {
    let (f, x, inf) = (model!(of_a_derivative), [0.0, 0.0, 1.0], f64::INFINITY);
    let expected = (7.0, vec![0.0, inf, 7.0]);
    assert_eq!(forward::gradient(of_a_derivative, &x), expected);
    assert_eq!(gradient(&f, &x), expected);
    let many = model!(|x| -> Vec<_> { vec![of_a_derivative(x)] });
    assert_eq!(jacobian(&many, &x), (vec![7.0], dmatrix![0.0, inf, 7.0]));
    assert_eq!(vjp(&f, &x, &[1.0]), Ok((vec![7.0], expected.1.clone())));
    let v = [0.0, 0.0, 1.0];
    assert_eq!(jvp(&f, &x, &v), Ok((vec![7.0], vec![7.0])));
    assert_eq!(hvp(&f, &x, &v), higher::hvp(of_a_derivative, &x, &v));
    let block = dmatrix![0.0; 0.0; 1.0];
    assert_eq!(hvp_block(&f, &x, &block), higher::hvp_block(of_a_derivative, &x, &block));
    assert_eq!(hessian(&f, &x), higher::hessian(of_a_derivative, &x));
    let series = jet::<_, _, 2>(&f, &x, &v).expect("a finite direction")[0];
    assert_eq!((series.value, series.coefficients), (7.0, [7.0, 0.0]));
}
