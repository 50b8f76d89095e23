//! Numbers beside plain ones: one text for `f32`, `f64` and every number type at every depth, in value and derivative.

#![cfg(feature = "compare")]

use dualtape::compare::Bound;
use dualtape::graph::{Graph, Traced};
use dualtape::program::{Derivative, Plan, Program};
use dualtape::strict::Strict;
use dualtape::{Counted, Dual, Dual2Vec, DualVec, Real, Scalar, Tape, Taylor, Var, forward, higher, reverse};
use nalgebra::DMatrix;
use num_traits::{AsPrimitive, Pow};
use std::cmp::Ordering;

/// An expression in x = 3 with its value and its derivative.
struct Row<N> {
    text: &'static str,
    found: N,
    value: f64,
    slope: f64,
}

/// What is seen of a row from outside: its text, what was found (a derivative where the type has one), what is right.
type Seen = (&'static str, [Option<f64>; 2], [f64; 2]);

/// A number type that is tried at x = 3.
trait Tried: Scalar {
    fn run(rows: &dyn Fn(Self) -> Vec<Row<Self>>) -> Vec<Seen>;
}

fn seen<N: Scalar>(row: Row<N>, slope: impl Fn(N) -> Option<f64>) -> Seen {
    (row.text, [Some(row.found.primal()), slope(row.found)], [row.value, row.slope])
}

macro_rules! tried {
    ($([$($g:tt)*] $type:ty: |$rows:ident| $seen:expr;)*) => {
        $(impl<$($g)*> Tried for $type {
            fn run($rows: &dyn Fn(Self) -> Vec<Row<Self>>) -> Vec<Seen> {
                $seen
            }
        })*
    };
}

tried! {
    [] f64: |rows| rows(3.0).into_iter().map(|row| seen(row, |_| None)).collect();
    [] f32: |rows| rows(3.0).into_iter().map(|row| seen(row, |_| None)).collect();
    [T: Scalar] Counted<T>: |rows| rows(Self::from(3.0)).into_iter().map(|row| seen(row, |_| None)).collect();
    [T: Scalar] Strict<T>: |rows| {
        rows(Self::new(T::constant(3.0))).into_iter().map(|row| seen(row, |_| None)).collect()
    };
    [T: Scalar] Bound<T>: |rows| {
        rows(Self::seeded(T::constant(3.0))).into_iter().map(|row| seen(row, |_| None)).collect()
    };
    [T: Scalar] Dual<T>: |rows| {
        let rows = rows(Self::variable(T::constant(3.0))).into_iter();
        rows.map(|row| seen(row, |y| Some(y.tangent.primal()))).collect()
    };
    [T: Scalar, const N: usize] DualVec<T, N>: |rows| {
        let rows = rows(Self::variable(T::constant(3.0), 1)).into_iter();
        rows.map(|row| seen(row, |y| Some(y.tangents[1].primal()))).collect()
    };
    [T: Scalar, const K: usize] Taylor<T, K>: |rows| {
        let rows = rows(Self::variable(T::constant(3.0))).into_iter();
        rows.map(|row| seen(row, |y| Some(y.derivative(1).primal()))).collect()
    };
    [T: Scalar, const N: usize] Dual2Vec<T, N>: |rows| {
        let rows = rows(Self::variable(T::constant(3.0), 1)).into_iter();
        rows.map(|row| seen(row, |y| Some(y.gradient[1].primal()))).collect()
    };
    [T: Scalar] Var<T>: |rows| {
        let tape = Tape::new();
        let x = tape.var(T::constant(3.0));
        rows(x).into_iter().map(|row| seen(row, |y| Some(y.backward().wrt(x).primal()))).collect()
    };
    [T: Scalar] Traced<T>: |rows| {
        let mut all = Vec::new();
        let graph = Graph::record(|x| {
            let rows = rows(x[0]);
            all.extend(rows.iter().map(|row| (row.text, [row.value, row.slope])));
            rows.into_iter().map(|row| row.found).collect()
        }, &[T::constant(3.0)]);
        let outputs = graph.outputs();
        all.into_iter().zip(outputs).map(|((text, right), y)| (text, [Some(y.primal()), None], right)).collect()
    };
    [T: Tried] Real<T>: |rows| T::run(&|x| {
        let bare = |row: Row<Self>| Row { found: row.found.0, text: row.text, value: row.value, slope: row.slope };
        rows(Real(x)).into_iter().map(bare).collect()
    });
}

/// What compiles for a plain float as well; c is 2.
macro_rules! rows {
    ($x:ident, $c:ident) => {{
        let mut rows = Vec::new();
        macro_rules! row {
            ($expression:expr, $value:expr, $slope:expr) => {
                rows.push(Row { text: stringify!($expression), found: $expression, value: $value, slope: $slope })
            };
        }
        // Every operator with a literal and with a plain number, on either side, of either reference, and assigned.
        macro_rules! forms {
            ($op:tt $assign:tt, $value:expr, $slope:expr, $left_value:expr, $left_slope:expr) => {
                forms!(@with 2.0, $op $assign, $value, $slope, $left_value, $left_slope);
                forms!(@with $c, $op $assign, $value, $slope, $left_value, $left_slope);
            };
            (@with $plain:expr, $op:tt $assign:tt, $value:expr, $slope:expr, $left_value:expr, $left_slope:expr) => {
                row!($x $op $plain, $value, $slope);
                row!($x $op &$plain, $value, $slope);
                row!(&$x $op $plain, $value, $slope);
                row!(&$x $op &$plain, $value, $slope);
                row!($plain $op $x, $left_value, $left_slope);
                row!($plain $op &$x, $left_value, $left_slope);
                row!(&$plain $op $x, $left_value, $left_slope);
                row!(&$plain $op &$x, $left_value, $left_slope);
                row!({ let mut y = $x; y $assign $plain; y }, $value, $slope);
                row!({ let mut y = $x; y $assign &$plain; y }, $value, $slope);
            };
        }
        forms!(+ +=, 5.0, 1.0, 5.0, 1.0);
        forms!(- -=, 1.0, 1.0, -1.0, -1.0);
        forms!(* *=, 6.0, 2.0, 6.0, 2.0);
        forms!(/ /=, 1.5, 0.5, 2.0 / 3.0, -2.0 / 9.0);
        forms!(% %=, 1.0, 1.0, 2.0, 0.0);
        // The type of the literal is known before the method is looked up.
        row!(($x * 2.0).sin(), 6_f64.sin(), 2.0 * 6_f64.cos());
        row!((2.0 * $x).sin(), 6_f64.sin(), 2.0 * 6_f64.cos());
        row!((&$x + 1.0).sqrt().max(0.5), 2.0, 0.25);
        row!((0.5 - &$x).abs().ln_1p(), 3.5_f64.ln(), 1.0 / 3.5);
        // Methods with a second argument.
        row!($x.powf(2.0), 9.0, 6.0);
        row!($x.powf($c), 9.0, 6.0);
        row!($x.powf($x), 27.0, 27.0 * (3_f64.ln() + 1.0));
        // A negative base has no derivative in the exponent, which a constant does not ask for.
        row!((-$x).powf(2.0), 9.0, 6.0);
        row!((-$x).powf($c), 9.0, 6.0);
        row!($x.max(0.0), 3.0, 1.0);
        row!($x.max(5.0), 5.0, 0.0);
        row!($x.max($c), 3.0, 1.0);
        row!($x.min(5.0), 3.0, 1.0);
        row!($x.min(0.0), 0.0, 0.0);
        row!($x.min(2.0 * $x), 3.0, 1.0);
        row!($x.clamp(0.0, 1.0), 1.0, 0.0);
        row!($x.clamp(0.0, 5.0), 3.0, 1.0);
        row!($x.clamp($c, 5.0), 3.0, 1.0);
        row!($x.clamp(4.0, 2.0 * $x + 1.0), 4.0, 0.0);
        row!($x.atan2(1.0), 3_f64.atan(), 0.1);
        row!($x.hypot(4.0), 5.0, 0.6);
        row!($x.log(10.0), 3_f64.log10(), 1.0 / (3.0 * 10_f64.ln()));
        row!($x.copysign(-1.0), -3.0, -1.0);
        row!($x.mul_add(2.0, 1.0), 7.0, 2.0);
        row!($x.mul_add($c, $x), 9.0, 3.0);
        row!($x.mul_add($x, 1.0), 10.0, 6.0);
        row!($x.div_euclid(2.0), 1.0, 0.0);
        row!((-$x).div_euclid(2.0), -2.0, 0.0);
        row!((-$x).div_euclid(-2.0), 2.0, 0.0);
        row!($x.rem_euclid(2.0), 1.0, 1.0);
        row!((-$x).rem_euclid(2.0), 1.0, -1.0);
        row!((0.0 * $x + 8.0).rem_euclid($x), 2.0, -2.0);
        row!((0.0 * $x - 8.0).rem_euclid($x), 1.0, 3.0);
        row!((0.0 * $x - 8.0).rem_euclid(-$x), 1.0, 3.0);
        row!(Pow::pow($x, 2.0), 9.0, 6.0);
        row!(Pow::pow(&$x, &$c), 9.0, 6.0);
        // Comparisons, from either side.
        let more = [$x > 1.0, $x >= 3.0, 1.0 < $x, 3.0 <= $x, $x == 3.0, 3.0 == $x, $x != 2.0, $c != $x, &$x > &$c];
        let less = [$x < 1.0, $x <= $c, 5.0 < $x, 3.5 <= $x, $x == 2.0, $c == $x, $x != 3.0, 3.0 != $x, &$x < &$c];
        assert_eq!((more, less), ([true; 9], [false; 9]));
        assert_eq!([$x < 4.0, 4.0 > $x, $x <= 3.0, 3.0 >= $x, $x > 3.0, 3.0 > $x], [true, true, true, true, false, false]);
        assert_eq!($x.partial_cmp(&$c), Some(Ordering::Greater));
        assert_eq!($c.partial_cmp(&$x), Some(Ordering::Less));
        let mut sorted = [$x, -$x, 0.0 * $x, -(0.0 * $x), $x * $x];
        sorted.sort_by(|a, b| a.total_cmp(b));
        assert_eq!(sorted.map(|x| x.primal()), [-3.0, 0.0, 0.0, 3.0, 9.0]);
        assert!(sorted[1].is_sign_negative() && sorted[2].is_sign_positive());
        rows
    }};
}

/// What a plain float does not have: whole numbers, and the number that it is made of.
macro_rules! rows_of_numbers {
    ($x:ident, $c:ident, $number:ty, $t:ident) => {{
        let mut rows: Vec<Row<$number>> = rows!($x, $c);
        macro_rules! row {
            ($expression:expr, $value:expr, $slope:expr) => {
                rows.push(Row { text: stringify!($expression), found: $expression, value: $value, slope: $slope })
            };
        }
        row!($x.abs_sub(1.0), 2.0, 1.0);
        row!($x.excess(1.0), 2.0, 1.0);
        row!($x.max(0), 3.0, 1.0);
        row!($x.powf(2_f32), 9.0, 6.0);
        row!(2.into(), 2.0, 0.0);
        row!(2.0.into(), 2.0, 0.0);
        row!(<$number>::from(2), 2.0, 0.0);
        row!(<$number>::from(2.5) * $x, 7.5, 2.5);
        row!(
            <$number>::from(2_f32) + <$number>::from(2_u8) - <$number>::from(-2_i16) + <$number>::from(true),
            7.0,
            0.0
        );
        row!(Pow::pow($x, 2).max(1.0), 9.0, 6.0);
        row!(Pow::pow(&$x, &$x), 27.0, 27.0 * (3_f64.ln() + 1.0));
        row!(7_u64.as_(), 7.0, 0.0);
        row!($c.as_(), 2.0, 0.0);
        let whole: (i32, u8, u8, i64) =
            ((0.9 * $x).as_(), (1000.0 * $x).as_(), (-$x).as_(), (f64::NAN * $x.primal()).as_());
        assert_eq!(whole, (2, 255, 0, 0));
        // The number that it is made of, 2 as well.
        row!($x + $t, 5.0, 1.0);
        row!(&$x - &$t, 1.0, 1.0);
        row!($x * &$t, 6.0, 2.0);
        row!(&$x / $t, 1.5, 0.5);
        row!($x % $t, 1.0, 1.0);
        row!(
            {
                let mut y = $x;
                y *= $t;
                y -= &$t;
                y
            },
            4.0,
            2.0
        );
        row!($x.powf($t), 9.0, 6.0);
        row!(Pow::pow($x, $t), 9.0, 6.0);
        row!($x.clamp($t, $x), 3.0, 1.0);
        assert!($x > $t && $x != $t && $x.partial_cmp(&$t) == Some(Ordering::Greater));
        rows
    }};
}

#[track_caller]
fn hold(name: &str, precision: f64, seen: Vec<Seen>) {
    assert!(seen.len() > 100, "{name}: {} rows", seen.len());
    for (text, found, right) in seen {
        for (found, right) in found.into_iter().zip(right).filter_map(|(found, right)| Some((found?, right))) {
            let is_near = (found - right).abs() <= 4.0 * precision * right.abs();
            assert!(is_near, "{text} in {name}: expected {right}, found {found}");
        }
    }
}

/// Tries number types `N`, made of `T`, which mix with the plain float `F`; literals are computed with in the precision `B`.
macro_rules! try_numbers {
    ($($number:ty, $t:ty, $float:ty, $base:ident;)*) => { $({
        #[allow(clippy::op_ref, clippy::neg_cmp_op_on_partial_ord, reason = "every form is the point")]
        fn rows(x: $number) -> Vec<Row<$number>> {
            let (c, t): ($float, $t) = (2.0, <$t as Scalar>::constant(2.0));
            rows_of_numbers!(x, c, $number, t)
        }
        hold(stringify!($number), $base::EPSILON.into(), <$number as Tried>::run(&rows));
    })* };
}

#[test]
#[allow(clippy::op_ref, clippy::neg_cmp_op_on_partial_ord, reason = "every form is the point")]
fn plain_floats_compile_from_the_same_text() {
    hold(
        "f64",
        f64::EPSILON,
        f64::run(&|x| {
            let c = 2_f64;
            rows!(x, c)
        }),
    );
    hold(
        "f32",
        f32::EPSILON.into(),
        f32::run(&|x| {
            let c = 2_f32;
            rows!(x, c)
        }),
    );
}

#[test]
fn numbers_over_floats_mix() {
    try_numbers! {
        Dual<f64>, f64, f64, f64;
        DualVec<f64, 8>, f64, f64, f64;
        Taylor<f64, 4>, f64, f64, f64;
        Dual2Vec<f64, 3>, f64, f64, f64;
        Var<f64>, f64, f64, f64;
        Counted<f64>, f64, f64, f64;
        Traced<f64>, f64, f64, f64;
        Bound<f64>, f64, f64, f64;
        Strict<f64>, f64, f64, f64;
        Real<f64>, f64, f64, f64;
        Dual<f32>, f32, f32, f32;
        DualVec<f32, 2>, f32, f32, f32;
        Taylor<f32, 2>, f32, f32, f32;
        Dual2Vec<f32, 2>, f32, f32, f32;
        Var<f32>, f32, f32, f32;
        Counted<f32>, f32, f32, f32;
        Traced<f32>, f32, f32, f32;
        Bound<f32>, f32, f32, f32;
        Strict<f32>, f32, f32, f32;
        Real<f32>, f64, f64, f32;
    }
}

#[test]
fn numbers_over_numbers_mix() {
    try_numbers! {
        Dual<Dual<f64>>, Dual<f64>, f64, f64;
        Var<Dual<f64>>, Dual<f64>, f64, f64;
        Dual<Var<f64>>, Var<f64>, f64, f64;
        Var<Var<f64>>, Var<f64>, f64, f64;
        DualVec<Var<f64>, 4>, Var<f64>, f64, f64;
        Taylor<Var<f64>, 3>, Var<f64>, f64, f64;
        Var<Taylor<f64, 3>>, Taylor<f64, 3>, f64, f64;
        Dual2Vec<Var<f64>, 2>, Var<f64>, f64, f64;
        Var<Counted<f64>>, Counted<f64>, f64, f64;
        Dual<Traced<f64>>, Traced<f64>, f64, f64;
        Traced<Dual<f64>>, Dual<f64>, f64, f64;
        Dual<Strict<f64>>, Strict<f64>, f64, f64;
        Var<Bound<f64>>, Bound<f64>, f64, f64;
        Var<Real<f64>>, Real<f64>, f64, f64;
        Real<Var<f64>>, f64, f64, f64;
        Real<Dual<f64>>, f64, f64, f64;
        Dual<Dual<f32>>, Dual<f32>, f32, f32;
        Var<Dual<f32>>, Dual<f32>, f32, f32;
        Dual<Counted<f32>>, Counted<f32>, f32, f32;
        Var<Real<f32>>, Real<f32>, f32, f32;
        Real<Var<f32>>, f64, f64, f32;
    }
}

#[test]
fn numbers_three_levels_deep_mix() {
    try_numbers! {
        Var<Dual<Dual<f64>>>, Dual<Dual<f64>>, f64, f64;
        Dual<Var<Counted<f64>>>, Var<Counted<f64>>, f64, f64;
        Var<DualVec<Strict<f64>, 2>>, DualVec<Strict<f64>, 2>, f64, f64;
        Real<Var<Dual<f64>>>, f64, f64, f64;
        Var<Dual<Var<f32>>>, Dual<Var<f32>>, f32, f32;
    }
}

/// The same text without a word on the number type.
#[allow(clippy::op_ref, clippy::neg_cmp_op_on_partial_ord, reason = "every form is the point")]
fn generic<T: Scalar>(x: Real<T>) -> Vec<Row<Real<T>>> {
    let (c, t) = (2.0, 2.0);
    rows_of_numbers!(x, c, Real<T>, t)
}

#[test]
fn a_generic_function_mixes_over_every_scalar() {
    hold("Real<f64>", f64::EPSILON, Real::<f64>::run(&generic));
    hold("Real<f32>", f32::EPSILON.into(), Real::<f32>::run(&generic));
    hold("Real<Var<f64>>", f64::EPSILON, Real::<Var<f64>>::run(&generic));
    hold("Real<Dual<f32>>", f32::EPSILON.into(), Real::<Dual<f32>>::run(&generic));
    hold("Real<Traced<f64>>", f64::EPSILON, Real::<Traced<f64>>::run(&generic));
    hold("Real<DualVec<Counted<f64>, 2>>", f64::EPSILON, Real::<DualVec<Counted<f64>, 2>>::run(&generic));
}

/// A literal is the constant that one would write out: nothing else is recorded, and no derivative differs.
#[test]
fn a_plain_argument_is_a_constant() {
    let parts = |graph: &Graph| (format!("{:?}", graph.nodes()), graph.guards().to_vec());
    let c = Traced::constant;
    let plain =
        Graph::record(|x| vec![x[0].powf(2.5), x[0].max(0.0), x[0].clamp(0.0, 1.0), x[0].mul_add(2.0, 1.0)], &[3.0]);
    let written = |x: &[Traced<f64>]| {
        vec![x[0].powf(c(2.5)), x[0].max(c(0.0)), x[0].clamp(c(0.0), c(1.0)), x[0].mul_add(c(2.0), c(1.0))]
    };
    assert_eq!(parts(&plain), parts(&Graph::record(written, &[3.0])));
    let plain = Graph::record(|x| vec![x[0] * 2.5, 2.5 / x[0], if 1.0 < x[0] { x[0] } else { -x[0] }], &[3.0]);
    let written = |x: &[Traced<f64>]| vec![x[0] * c(2.5), c(2.5) / x[0], if c(1.0) < x[0] { x[0] } else { -x[0] }];
    assert_eq!(parts(&plain), parts(&Graph::record(written, &[3.0])));
    for x in [-2.0, 0.0, 1e-300, 3.0, f64::INFINITY, f64::NAN] {
        for y in [-1.5, 0.0, 0.1, 1.0, 2.0, f64::INFINITY] {
            let plain = forward::derivative(|x| x.powf(y), x);
            let written = forward::derivative(|x| x.powf(Dual::constant(y)), x);
            assert_eq!(format!("{plain:?}"), format!("{written:?}"), "{x} to the {y}");
            let (_, _, plain) = higher::hessian(|x| x[0].powf(y), &[x]);
            let (_, _, written) = higher::hessian(|x| x[0].powf(Var::constant(DualVec::constant(y))), &[x]);
            assert_eq!(format!("{plain:?}"), format!("{written:?}"), "{x} to the {y}");
        }
    }
}

#[test]
fn what_euclid_and_the_total_order_decide_is_held() {
    let graph = Graph::record(|x| vec![x[0].rem_euclid(2.0)], &[-3.5]);
    let program = Program::compile(&graph, &Plan::new(Derivative::Gradient)).unwrap();
    let batch = program.run(&[], &[-4.5]).unwrap();
    assert_eq!(batch.values(0), [1.5]);
    assert!(program.run(&[], &[3.5]).is_err());

    let graph = Graph::record(
        |x| {
            let mut x = x.to_vec();
            x.sort_by(Traced::total_cmp);
            x
        },
        &[2.0, -0.0, 0.0],
    );
    let program = Program::compile(&graph, &Plan::new(Derivative::Value)).unwrap();
    assert_eq!(program.run(&[], &[7.0, -0.0, 0.0]).unwrap().values(0), [-0.0, 0.0, 7.0]);
    assert!(program.run(&[], &[-1.0, -0.0, 0.0]).is_err());
    assert!(program.run(&[], &[2.0, 0.0, -0.0]).is_err(), "the signs of zeros decided");

    let numbers =
        [f64::NAN, 1.0, f64::INFINITY, -0.0, -f64::NAN, 0.0, f64::NEG_INFINITY, f64::from_bits(u64::MAX >> 1)];
    let mut ours = numbers.map(Dual::variable);
    ours.sort_by(Dual::total_cmp);
    let mut floats = numbers;
    floats.sort_by(f64::total_cmp);
    assert_eq!(ours.map(|x| x.value.to_bits()), floats.map(f64::to_bits));
}

/// `matrix * 2.0` is not to be had for matrices of other types, since neither the operator nor the matrix is of this
/// crate; these are.
#[test]
fn matrices_are_scaled_by_plain_numbers() {
    fn scaled(x: &[Var<f64>]) -> [DMatrix<Var<f64>>; 5] {
        let m = DMatrix::from_row_slice(2, 2, x);
        let mut assigned = m.clone();
        assigned *= Var::from(2.0);
        [&m * Var::from(2.0), m.scale(2.0.into()), m.map(|x| 2.0 * x), m.unscale(0.5.into()), assigned]
    }
    let x = [1.0, 2.0, 3.0, 4.0];
    for i in 0..5 {
        let (norm, gradient) = reverse::gradient(|x| scaled(x)[i].norm_squared(), &x);
        assert_eq!((norm, gradient), (120.0, vec![8.0, 16.0, 24.0, 32.0]));
    }
    let (norm, _) =
        forward::gradient(|x| (DMatrix::from_row_slice(2, 2, Real::slice(x)) * Real::from(2.0)).norm_squared().0, &x);
    assert_eq!(norm, 120.0);
}
