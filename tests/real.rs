//! `Real<T>` is `T` for everything that can be told of it: values, derivatives, counts, recordings, nodes of a tape.

#![cfg(feature = "compare")]

use dualtape::graph::{Graph, Traced};
use dualtape::program::{Derivative, Plan, Program};
use dualtape::rules::{Binary, Ternary, Unary};
use dualtape::strict::Strict;
use dualtape::{
    Counted, Counts, Dual, Dual2Vec, DualVec, Model, One, Operator, Real, Scalar, Tape, Taylor, forward, gradient,
    hessian, model, reverse,
};
use nalgebra::{DMatrix, RealField};
use num_traits::{Bounded, Float, Inv, MulAdd, MulAddAssign, Pow, Signed, ToPrimitive};
use std::fmt::{Debug, Display};

/// What `f64` and every number type are.
trait Number: Scalar + RealField + Bounded + Inv<Output = Self> + Pow<i32, Output = Self> + Signed {}
impl<X: Scalar + RealField + Bounded + Inv<Output = X> + Pow<i32, Output = X> + Signed> Number for X {}

/// Everything that can be done with two numbers: what is made of them, and what is answered.
fn everything<N: Number + MulAdd<Output = N> + MulAddAssign>(x: &[N]) -> (Vec<N>, Vec<String>) {
    let (a, b) = (x[0], x[1]);
    let mut made: Vec<N> = Vec::new();
    made.extend(Unary::ALL.iter().map(|op| op.value(a)));
    made.extend(Binary::ALL.iter().map(|op| op.value(a, b)));
    made.extend(Ternary::ALL.iter().map(|op| op.value(a, b, a)));
    made.extend(Operator::ALL.iter().flat_map(|&op| [a.with_plain(2.5, op), N::of_plain(0.5, a, op)]));
    made.extend([a + b, a - b, a * b, a / b, a % b, -a, dualtape::sum(x), N::dot(x, &[b, b]), N::log_sum_exp(x)]);
    made.extend([N::linear_combination(&[2.0, -0.5], x), x.iter().sum(), x.iter().product(), N::default()]);
    made.extend([RealField::max(a, b), RealField::clamp(a, -N::one(), N::one()), a.argument(), a.modulus_squared()]);
    made.extend([Float::clamp(a, -N::one(), N::one()), a.to_exp().0, Float::sin_cos(a).1, Inv::inv(a), Pow::pow(a, 3)]);
    made.extend([a.with_positive_zero(), if a.is_zero() { b } else { a }, N::epsilon(), N::TAU(), N::zero()]);
    made.extend([MulAdd::mul_add(a, b, b), Float::abs_sub(a, b), N::constant(0.1), N::from_f64(0.1).unwrap_or(a)]);
    made.extend([if a < b { a * a } else { Float::sinh(b) }, N::select_less(a, b, || a, || b * b)]);
    made.extend([N::select_equal(a, b, || a, || b * b), a.select_below(0.0, || a * b, || a)]);
    made.extend(a.try_sqrt());
    let mut added = a;
    added += b;
    added *= a;
    added.mul_add_assign(a, b);
    made.push(added);
    let mut answers = Vec::new();
    let mut say = |answer: &dyn Debug| answers.push(format!("{answer:?}"));
    say(&(a == b, a != b, a < b, a <= b, a > b, a >= b, a.partial_cmp(&b)));
    say(&(Float::is_nan(a), a.is_infinite(), Float::is_finite(a), a.is_normal(), a.is_subnormal()));
    say(&(Float::is_sign_positive(a), Float::is_sign_negative(a), Signed::is_positive(&a), a.is_one(), a.classify()));
    say(&(a.primal(), a.to_i64(), a.to_u8(), a.to_f32(), a.to_f64(), Float::integer_decode(b)));
    say(&(N::abs_diff_eq(&a, &b, N::epsilon()), N::relative_eq(&a, &b, N::epsilon(), N::epsilon())));
    say(&(N::ulps_eq(&a, &b, N::epsilon(), 4), N::from_str_radix("1f", 16).ok(), a.peek()));
    say(&(a.value_less(&b), a.value_equal(&b), a.is_same(&b), a.is_constant_throughout(), a.is_zero_throughout()));
    say(&(N::RECORDS, N::SYMBOLIC, N::STRICT, format!("{a} {a:?} {a:.3} {a:10}")));
    (made, answers)
}

/// Zeros of both signs, equal numbers, both sides of every branch, what is no number.
const POINTS: [[f64; 2]; 9] = [
    [0.7, 1.3],
    [-0.4, 0.25],
    [2.0, 2.0],
    [0.0, -0.0],
    [-0.0, 3.0],
    [1.0, 0.0],
    [300.0, -7.5],
    [f64::INFINITY, f64::INFINITY],
    [f64::NAN, 1.0],
];

#[track_caller]
fn assert_same<T: Scalar>(wrapped: &[Real<T>], bare: &[T]) {
    assert_eq!(wrapped.len(), bare.len());
    for (i, (wrapped, bare)) in wrapped.iter().zip(bare).enumerate() {
        assert!(wrapped.0.is_same(bare), "number {i}: {wrapped:?} instead of {bare:?}");
    }
}

/// The values of numbers that know no place of their own, with every derivative that they carry.
fn check<T: Number + MulAdd<Output = T> + MulAddAssign>(lift: impl Fn(f64, usize) -> T) {
    for point in POINTS {
        let x = [lift(point[0], 0), lift(point[1], 1)];
        let (bare, wrapped) = (everything(&x), everything(Real::slice(&x)));
        assert_same(&wrapped.0, &bare.0);
        assert_eq!(wrapped.1, bare.1, "{point:?}");
    }
}

#[test]
fn values_derivatives_and_answers_are_those_of_the_number() {
    check(|x, _| x);
    check(|x, _| x as f32);
    check(|x, i| Dual::new(x, [1.0, -0.5][i]));
    check(|x, i| Dual::new(x as f32, [1.0, -0.5][i]));
    check(DualVec::<f64, 2>::variable);
    check(|x, i| Taylor::<f64, 3>::along(x, [1.0, -0.5][i]));
    check(Dual2Vec::<f64, 2>::variable);
    check(|x, i| Dual::new(Dual::new(x, [1.0, 2.0][i]), Dual::constant([-0.5, 1.0][i])));
    check(|x, i| Real(Dual::new(x, [1.0, -0.5][i])));
    check(|x, i| Dual::new(Strict::new(x), Strict::new([1.0, 0.0][i])));
    check(|x, _| Counted::new(x));
}

#[test]
fn tapes_get_the_same_nodes_and_gradients() {
    let mut nodes = Vec::new();
    for point in POINTS {
        let run = |is_wrapped: bool| {
            let tape = Tape::new();
            let x = tape.vars(&point);
            let (made, answers) = if is_wrapped {
                let (made, answers) = everything(Real::slice(&x));
                (Real::inner_slice(&made).to_vec(), answers)
            } else {
                everything(&x)
            };
            let adjoints: Vec<String> =
                made.iter().map(|y| format!("{:?} {:?}", y.value(), y.backward().wrt_all(&x))).collect();
            // Which slot a number has is in its text, with the number of the tape.
            (tape.len(), adjoints, answers.len())
        };
        assert_eq!(run(true), run(false), "{point:?}");
        nodes.push(run(true).0);
    }
    // Partials of 0, of which some points have many, are not on the tape.
    assert!(nodes.iter().all(|&nodes| nodes > 0) && nodes.iter().any(|&nodes| nodes > 30), "{nodes:?}");
}

#[test]
fn a_sum_is_one_node() {
    fn sums<T: Scalar>(x: &[T]) -> [T; 3] {
        let (a, b) = x.split_at(3);
        [T::dot(a, b), <T as Scalar>::sum(a), T::linear_combination(&[1.0, 2.0, 3.0], b)]
    }
    let tape = Tape::new();
    let x = tape.vars(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let places = |run: &dyn Fn()| {
        let before = tape.len();
        run();
        tape.len() - before
    };
    let bare = places(&|| _ = sums(&x));
    assert_eq!(places(&|| _ = sums(Real::slice(&x))), bare);
}

#[test]
fn counts_are_the_same() {
    for point in POINTS {
        let x = point.map(Counted::new);
        let (_, bare) = Counts::of(|| everything(&x));
        let (_, wrapped) = Counts::of(|| everything(Real::slice(&x)));
        assert_eq!(wrapped, bare, "{point:?}");
        assert!(bare.total() > 100);
        // Within a number that differentiates.
        let x = x.map(Dual::variable);
        let (_, bare) = Counts::of(|| everything(&x));
        let (_, wrapped) = Counts::of(|| everything(Real::slice(&x)));
        assert_eq!(wrapped, bare, "{point:?}");
    }
}

#[test]
fn recordings_have_the_same_nodes_and_guards() {
    for point in POINTS {
        // NaN is not equal to itself, and the text of one is like that of another.
        let parts = |graph: &Graph| {
            let nodes = format!("{:?} {:?} {:?}", graph.nodes(), graph.lists(), graph.coefficients());
            (nodes, graph.guards().to_vec(), graph.output_nodes().to_vec())
        };
        let bare = Graph::record(|x| everything(x).0, &point);
        let wrapped = Graph::record(|x| Real::inner_slice(&everything(Real::slice(x)).0).to_vec(), &point);
        assert_eq!(parts(&wrapped), parts(&bare), "{point:?}");
        assert!(bare.nodes().len() > 100 && bare.guards().len() > 20);
        // Rules over numbers that record: they choose by operations.
        let slopes = |f: &dyn Fn(Dual<Traced<f64>>) -> Vec<Dual<Traced<f64>>>, x: Traced<f64>| -> Vec<Traced<f64>> {
            f(Dual::variable(x)).iter().map(|y| y.tangent).collect()
        };
        let bare = Graph::record(|x| slopes(&|a| everything(&[a, a]).0, x[0]), &point);
        let wrap = |a| Real::inner_slice(&everything(&[Real(a), Real(a)]).0).to_vec();
        let wrapped = Graph::record(|x| slopes(&wrap, x[0]), &point);
        assert_eq!(parts(&wrapped), parts(&bare), "{point:?}");
    }
}

/// 0.5·x₀² + max(x₁, 0)·x₀ where x₀ > 1, else an integer of it.
fn with_literals<T: Scalar>(x: &[Real<T>]) -> Real<T> {
    let y = 0.5 * x[0].powi(2) + x[1].max(0.0) * x[0];
    if x[0] > 1.0 { (y * 2.0).sin() / 3.0 - 1.0 } else { y.to_i32().map_or(y, |n| x[0] + f64::from(n)) }
}

fn model<T: Scalar>(x: &[T]) -> T {
    with_literals(Real::slice(x)).0
}

#[test]
fn a_generic_function_has_literals_matrices_and_every_trait() {
    let by_hand = |x: f64, y: f64| ((x * x + 2.0 * y * x).sin() / 3.0 - 1.0, (x * x + 2.0 * y * x).cos() / 3.0);
    for (x, y) in [(1.5, 0.25), (2.0, 3.0)] {
        let (value, outer) = by_hand(x, y);
        let expected = [outer * (2.0 * x + 2.0 * y), outer * 2.0 * x];
        for (found, slope) in
            [gradient(&model!(model), &[x, y]), forward::gradient(model, &[x, y]), reverse::gradient(model, &[x, y])]
        {
            assert!((found - value).abs() < 1e-15 && slope.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-14));
        }
        let (_, slope, curvature) = hessian(&model!(model), &[x, y]);
        assert!((slope[0] - expected[0]).abs() < 1e-14 && curvature.iter().all(|h| h.is_finite()));
    }
    // The branch and the integer are held by the recording.
    let graph = Graph::of(&model!(model), &[0.5, 2.0]);
    assert_eq!(graph.guards().len(), 2);
    let program = Program::compile(&graph, &Plan::new(Derivative::Gradient)).unwrap();
    assert_eq!(program.run(&[], &[0.5, 2.5]).unwrap().values(0), [1.5]);
    assert!(program.run(&[], &[1.5, 2.5]).is_err());

    fn solve<T: Scalar>(x: &[Real<T>]) -> Real<T> {
        let a = DMatrix::from_fn(2, 2, |i, j| if i == j { x[i] + 2.0 } else { 0.5 * x[0] });
        let doubled = &a * Real::from(2.0);
        doubled.lu().solve(&DMatrix::from_column_slice(2, 1, x)).expect("a regular matrix").norm()
    }
    let x = [0.3, 0.8];
    let (y, slope) = reverse::gradient(|x| solve(Real::slice(x)).0, &x);
    assert_eq!(y, solve(&x.map(Real)).0);
    assert_eq!(forward::gradient(|x| solve(Real::slice(x)).0, &x).0, y);
    for (i, slope) in slope.into_iter().enumerate() {
        let moved = |h: f64| solve(&std::array::from_fn::<_, 2, _>(|j| Real(x[j] + if i == j { h } else { 0.0 }))).0;
        assert!((slope - (moved(1e-6) - moved(-1e-6)) / 2e-6).abs() < 1e-9);
    }
}

/// Over `f32` literals are still `f64`, and computed with as `f32`.
#[test]
#[allow(clippy::op_ref, reason = "every pairing of operands is the point")]
fn literals_are_plain_numbers_over_every_scalar() {
    fn f<T: Scalar>(x: Real<T>) -> Real<T> {
        let mut y = &x * 0.1 + 0.5 * &x - &0.25 * &x + &x / &4.0;
        y += 1.0;
        y *= &2.0;
        let less = 1.0 - x % 3.0;
        if x >= 0.5 && x != 0.0 && (x * 2.0).sin() < 1.0 { y * less } else { 2.0 / y }
    }
    let by_hand = |x: f32| (x * 0.1 + 0.5 * x - 0.25 * x + x / 4.0 + 1.0) * 2.0 * (1.0 - x % 3.0);
    assert_eq!(f(Real(1.7_f32)).0, by_hand(1.7));
    let (y, slope) = forward::derivative(|x| f(Real(x)).0, 1.7_f32);
    assert_eq!(y, by_hand(1.7));
    assert!((slope - (1.2 * (1.0 - 1.7) - (1.2 * 1.7 + 2.0))).abs() < 1e-5);
    assert_eq!(f(Real(0.25_f32)).0, 2.0 / ((0.25 * 0.6 + 1.0) * 2.0));
    assert_eq!(reverse::derivative(|x| f(Real(x)).0, 1.7_f32).0, y);
    assert_eq!(f(Real(Dual::variable(Dual::variable(1.7_f64)))).0.value.value, f(Real(1.7)).0);
}

/// A number inside others: derivatives of a wrapped number are those of the number.
#[test]
fn it_nests_in_every_number_type() {
    for point in POINTS {
        let wrapped = forward::jacobian(|x| everything(x).0, &point.map(Real)).unwrap();
        let bare = forward::jacobian(|x| everything(x).0, &point).unwrap();
        assert_same(&wrapped.0, &bare.0);
        let wrapped = reverse::jacobian(|x| everything(x).0, &point.map(Real)).unwrap();
        let text = |x: f64| format!("{:?}", x + 0.0);
        let texts = |m: &DMatrix<f64>| m.iter().map(|&x| text(x)).collect::<Vec<_>>();
        assert_eq!(texts(&wrapped.1.map(|x| x.0)), texts(&reverse::jacobian(|x| everything(x).0, &point).unwrap().1));
    }
}

#[test]
fn slices_are_the_same_memory() {
    let numbers = [Dual::variable(1.0), Dual::constant(2.0)];
    let wrapped = Real::slice(&numbers);
    assert_eq!(wrapped.as_ptr().cast(), numbers.as_ptr());
    assert_eq!((wrapped.len(), wrapped[1].0.value, wrapped[0].0.tangent), (2, 2.0, 1.0));
    let back = Real::inner_slice(wrapped);
    assert_eq!(back.as_ptr(), numbers.as_ptr());
    assert_eq!(back.len(), 2);
    assert!(Real::<f64>::slice(&[]).is_empty() && Real::<f64>::inner_slice(&[]).is_empty());
}

#[test]
fn text_is_that_of_the_number() {
    fn both(x: impl Display + Debug) -> String {
        format!("{x} {x:?} {x:#?} {x:8.2}")
    }
    assert_eq!(both(Real(Dual::new(0.1, 2.0))), both(Dual::new(0.1, 2.0)));
    assert_eq!(format!("{:>8.2}|{:?}", Real(0.125), Real(0.5)), format!("{:>8.2}|{:?}", 0.125, 0.5));
}

/// A struct that holds data is a model as well.
struct Scaled(f64);

impl Model for Scaled {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let x = Real::slice(x);
        (self.0 * x[0] + 1.0).0
    }
}

#[test]
fn data_beside_numbers_mixes_too() {
    assert_eq!(gradient(&Scaled(3.0), &[2.0]), (7.0, vec![3.0]));
    assert_eq!(gradient(&Scaled(3.0), &[2.0_f32]), (7.0, vec![3.0]));
}
