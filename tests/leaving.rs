//! Values that leave a recording: whatever plain thing a function makes of a recorded number, the graph and its programs
//! are right elsewhere, refuse, or are made anew.

use dualtape::graph::{Graph, GraphError, Traced};
use dualtape::program::{Derivative, Plan, Program, ProgramError, Replay};
use dualtape::{Counted, Dual, Model, Scalar, Var, reverse};
use std::num::FpCategory;

/// A point, the value and the gradient there, and whether a graph that was recorded at the first point holds there.
type Right<'a> = (&'a [f64], f64, &'a [f64], bool);

fn same(a: f64, b: f64) -> bool {
    a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= 1e-12 * b.abs()
}

#[track_caller]
fn assert_right((value, gradient): (f64, &[f64]), (x, expected, slopes, _): &Right<'_>, what: &str) {
    let right = same(value, *expected) && gradient.iter().zip(*slopes).all(|(&a, &b)| same(a, b));
    assert!(right, "{what} at {x:?}: {value} with {gradient:?} instead of {expected} with {slopes:?}");
}

/// Holds every way to run a model again against what is right.
#[track_caller]
fn hold(model: &impl Model, points: &[Right<'_>]) {
    let n = points[0].0.len();
    let graph = Graph::of(model, points[0].0);
    for point in points {
        let &(x, _, slopes, holds) = point;
        match graph.gradient(x) {
            Ok((value, gradient)) => assert_right((value, &gradient), point, "graph"),
            Err(GraphError::Stale(stale)) => assert!(!holds, "at {x:?}: {stale}"),
            Err(error) => panic!("{error}"),
        }
        let along = graph.jvp(x, &vec![1.0; n]).map(|(values, along)| (values[0], along[0]));
        let jacobian = graph.jacobian(x).map(|(values, matrix)| (values[0], matrix.row(0).iter().copied().collect()));
        let sum: f64 = slopes.iter().sum();
        assert_eq!([graph.eval(x).is_ok(), along.is_ok(), jacobian.is_ok()], [holds; 3], "at {x:?}");
        if let (Ok((value, along)), Ok((_, row))) = (along, jacobian) {
            assert_right((value, &row as &Vec<f64>), point, "jacobian");
            assert!(same(along, sum), "jvp at {x:?}: {along}");
        }
    }
    for plan in [Plan::new(Derivative::Gradient), Plan::new(Derivative::Gradient).exact()] {
        let program = Program::of(model, points[0].0, &plan).unwrap();
        // By itself, and among others.
        for (point, copies) in points.iter().flat_map(|point| [(point, 1), (point, 9)]) {
            match program.run(&[], &point.0.repeat(copies)) {
                Ok(batch) => assert_right((batch.values(0)[0], batch.derivatives(copies - 1)), point, "program"),
                Err(ProgramError::Stale { stale, .. }) => assert!(!point.3, "at {:?}: {stale}", point.0),
                Err(error) => panic!("{error}"),
            }
        }
        let mut replay = Replay::of(model, plan);
        let samples: Vec<f64> = points.iter().flat_map(|point| point.0).copied().collect();
        for _ in 0..3 {
            let batch = replay.run(n, &[], &samples).unwrap();
            for (row, point) in points.iter().enumerate() {
                assert_right((batch.values(row)[0], batch.derivatives(row)), point, "replay");
            }
            for point in points {
                let batch = replay.run(n, &[], point.0).unwrap();
                assert_right((batch.values(0)[0], batch.derivatives(0)), point, "replay of one");
            }
        }
        assert_eq!(replay.one_by_one(), 0);
    }
    #[cfg(feature = "argmin")]
    {
        use argmin::core::{CostFunction, Gradient};
        use dualtape::argmin::Objective;
        let objective = Objective::by(model, dualtape::Mode::Program);
        for point in points {
            let x = point.0.to_vec();
            if !point.1.is_finite() {
                // No optimiser can go on from there.
                assert!(objective.cost(&x).is_err() && objective.gradient(&x).is_err());
                continue;
            }
            let (value, gradient) = (objective.cost(&x).unwrap(), objective.gradient(&x).unwrap());
            assert_right((value, &gradient), point, "objective");
        }
    }
}

/// What plain thing is made of a number.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Usize,
    U8,
    I32,
    I128,
    F64,
    F32,
    Cast,
    Primal,
    Display,
    Decode,
    Class,
    Ulps,
    Superset,
    Sign,
}

const INTEGERS: [Way; 4] = [Way::Usize, Way::U8, Way::I32, Way::I128];
const NUMBERS: [Way; 7] = [Way::F64, Way::F32, Way::Cast, Way::Primal, Way::Display, Way::Decode, Way::Superset];

/// The plain number, -1 where there is none.
fn leave<T: Scalar + simba::scalar::SupersetOf<f64> + approx::UlpsEq<Epsilon = T>>(x: T, way: Way) -> f64 {
    match way {
        Way::Usize => x.to_usize().map_or(-1.0, |k| k as f64),
        Way::U8 => x.to_u8().map_or(-1.0, f64::from),
        Way::I32 => x.to_i32().map_or(-1.0, f64::from),
        Way::I128 => x.to_i128().map_or(-1.0, |k| k as f64),
        Way::F64 => x.to_f64().unwrap(),
        Way::F32 => f64::from(x.to_f32().unwrap()),
        Way::Cast => num_traits::cast::<T, f64>(x).unwrap(),
        Way::Primal => x.primal(),
        Way::Display => {
            let text = x.to_string();
            let end = text.find(" + ").unwrap_or(text.len());
            text[..end].trim_matches(['(', ')']).parse().unwrap()
        }
        Way::Decode => {
            let (mantissa, exponent, sign) = x.integer_decode();
            f64::from(sign) * mantissa as f64 * f64::from(exponent).exp2()
        }
        Way::Superset => x.to_subset_unchecked(),
        Way::Ulps => f64::from(u8::from(approx::ulps_eq!(x, T::constant(2.5), epsilon = T::zero(), max_ulps = 4))),
        Way::Class => match x.classify() {
            FpCategory::Zero => 2.0,
            FpCategory::Subnormal => 3.0,
            FpCategory::Normal => 4.0,
            FpCategory::Infinite => 5.0,
            FpCategory::Nan => 6.0,
        },
        Way::Sign => f64::from(u8::from(x.signum().is_sign_positive() && x.is_sign_positive())),
    }
}

/// k·y for the plain number k that is made of x.
struct Leaves(Way);

impl Model for Leaves {
    fn eval<T: Scalar>(&self, v: &[T]) -> T {
        let k = way_of(v[0], self.0);
        v[1] * T::constant(k)
    }
}

/// [`leave`] for a number of whatever type, by way of a dual one, which has all traits.
fn way_of<T: Scalar>(x: T, way: Way) -> f64 {
    leave(Dual::constant(x), way)
}

/// The same by the other types over T.
struct LeavesBy(Way, fn(f64) -> f64, usize);

impl Model for LeavesBy {
    fn eval<T: Scalar>(&self, v: &[T]) -> T {
        let k = match self.2 {
            0 => leave(Dual::new(v[0], v[1]), self.0),
            1 => leave(Counted::new(v[0]), self.0),
            2 => leave(Var::constant(v[0]), self.0),
            3 => leave(dualtape::DualVec::<T, 2>::constant(v[0]), self.0),
            _ => leave(Dual::constant(Counted::new(v[0])), self.0),
        };
        assert_eq!(k, (self.1)(v[0].peek()), "{:?}", self.0);
        v[1] * T::constant(k)
    }
}

#[test]
fn integers_hold_where_the_integer_is_the_same() {
    for way in INTEGERS {
        let points: [Right<'_>; 5] = [
            (&[2.25, 3.0], 6.0, &[0.0, 2.0], true),
            (&[2.75, 5.0], 10.0, &[0.0, 2.0], true),
            (&[3.0, 3.0], 9.0, &[0.0, 3.0], false),
            (&[0.5, 3.0], 0.0, &[0.0, 0.0], false),
            (&[-0.5, 3.0], 0.0, &[0.0, 0.0], false),
        ];
        hold(&Leaves(way), &points);
        // From -1 to 1 they are one integer.
        hold(&Leaves(way), &[(&[-0.5, 3.0], 0.0, &[0.0, 0.0], true), (&[0.5, 2.0], 0.0, &[0.0, 0.0], true)]);
    }
    // What is no such integer is none of any kind, whichever it is.
    for (way, none) in [(Way::U8, [256.0, -1.0]), (Way::Usize, [-1.0, 1.9e19]), (Way::I32, [2_147_483_648.0, -1e300])] {
        let [a, b] = none;
        let points: [Right<'_>; 4] = [
            (&[a, 3.0], -3.0, &[0.0, -1.0], true),
            (&[b, 3.0], -3.0, &[0.0, -1.0], true),
            (&[f64::NAN, 3.0], -3.0, &[0.0, -1.0], true),
            (&[2.5, 3.0], 6.0, &[0.0, 2.0], false),
        ];
        hold(&Leaves(way), &points);
    }
    // The ends of the ranges.
    for (way, k) in [(Way::U8, 255.0), (Way::I32, -2_147_483_648.0), (Way::Usize, 18_446_744_073_709_549_568.0)] {
        hold(&Leaves(way), &[(&[k, 1.0], k, &[0.0, k], true)]);
    }
}

#[test]
fn what_gives_the_number_itself_holds_for_that_number_alone() {
    for way in NUMBERS {
        let points: [Right<'_>; 4] = [
            (&[2.25, 3.0], 6.75, &[0.0, 2.25], true),
            (&[2.25, 4.0], 9.0, &[0.0, 2.25], true),
            (
                &[2.25 + 2.0 * f64::from(f32::EPSILON), 1.0],
                2.25 + 2.0 * f64::from(f32::EPSILON),
                &[0.0, 2.25 + 2.0 * f64::from(f32::EPSILON)],
                false,
            ),
            (&[-2.25, 3.0], -6.75, &[0.0, -2.25], false),
        ];
        hold(&Leaves(way), &points);
    }
    let ulps: [Right<'_>; 2] = [(&[2.5, 3.0], 3.0, &[0.0, 1.0], true), (&[2.5 + 1e-14, 3.0], 0.0, &[0.0, 0.0], false)];
    hold(&Leaves(Way::Ulps), &ulps);
    // Zeros are two numbers, NaN is one.
    let zeros: [Right<'_>; 2] = [(&[0.0, 3.0], 0.0, &[0.0, 0.0], true), (&[-0.0, 3.0], 0.0, &[0.0, 0.0], false)];
    hold(&Leaves(Way::Primal), &zeros);
    let nan: [Right<'_>; 2] =
        [(&[f64::NAN, 3.0], f64::NAN, &[0.0, f64::NAN], true), (&[1.0, 3.0], 3.0, &[0.0, 1.0], false)];
    hold(&Leaves(Way::Primal), &nan);
    let negative_nan: [Right<'_>; 2] = [nan[0], (&[-f64::NAN, 3.0], f64::NAN, &[0.0, f64::NAN], true)];
    hold(&Leaves(Way::Primal), &negative_nan);
}

#[test]
fn classes_hold_within_the_class() {
    let points: [Right<'_>; 6] = [
        (&[2.5, 3.0], 12.0, &[0.0, 4.0], true),
        (&[-1e300, 3.0], 12.0, &[0.0, 4.0], true),
        (&[0.0, 3.0], 6.0, &[0.0, 2.0], false),
        (&[1e-310, 3.0], 9.0, &[0.0, 3.0], false),
        (&[f64::NEG_INFINITY, 3.0], 15.0, &[0.0, 5.0], false),
        (&[f64::NAN, 3.0], 18.0, &[0.0, 6.0], false),
    ];
    hold(&Leaves(Way::Class), &points);
    for at in 1..points.len() {
        let (x, value, slopes, _) = points[at];
        hold(&Leaves(Way::Class), &[(x, value, slopes, true), (points[0].0, 12.0, &[0.0, 4.0], at == 1)]);
    }
    hold(&Leaves(Way::Sign), &[(&[2.5, 3.0], 3.0, &[0.0, 1.0], true), (&[-2.5, 3.0], 0.0, &[0.0, 0.0], false)]);
}

#[test]
fn no_type_over_a_recorded_number_lets_it_out() {
    type Number = fn(f64) -> f64;
    let right: [(Way, Number); 14] = [
        (Way::Usize, |x| if x > -1.0 { x.trunc() } else { -1.0 }),
        (Way::U8, |x| if x > -1.0 && x < 256.0 { x.trunc() } else { -1.0 }),
        (Way::I32, f64::trunc),
        (Way::I128, f64::trunc),
        (Way::F64, |x| x),
        (Way::F32, |x| f64::from(x as f32)),
        (Way::Cast, |x| x),
        (Way::Primal, |x| x),
        (Way::Display, |x| x),
        (Way::Decode, |x| x),
        (Way::Class, |_| 4.0),
        (Way::Ulps, |x| f64::from(u8::from(x == 2.5))),
        (Way::Superset, |x| x),
        (Way::Sign, |x| f64::from(u8::from(x > 0.0))),
    ];
    for (way, of) in right {
        for by in 0..5 {
            for at in [2.5, -3.25, 300.5] {
                let model = LeavesBy(way, of, by);
                let graph = Graph::of(&model, &[at, 2.0]);
                assert!(!graph.guards().is_empty(), "{way:?}");
                for x in [2.5, 2.75, -3.25, -3.5, 300.5, 7.0] {
                    let right = of(x);
                    match graph.gradient(&[x, 2.0]) {
                        Ok(found) => assert_eq!(found, (2.0 * right, vec![0.0, right]), "{way:?} by {by} at {x}"),
                        Err(error) => assert_ne!(x, at, "{error}"),
                    }
                }
            }
        }
    }
}

/// A table of squares, read by the integer part and interpolated.
struct Table;

impl Model for Table {
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        const SQUARES: [f64; 4] = [0.0, 1.0, 4.0, 9.0];
        let below = x[0].floor();
        let k = below.to_usize().unwrap();
        T::constant(SQUARES[k]) + T::constant(SQUARES[k + 1] - SQUARES[k]) * (x[0] - below)
    }
}

#[test]
fn a_table_is_read_where_the_number_is() {
    let points: [Right<'_>; 4] = [
        (&[0.5], 0.5, &[1.0], true),
        (&[0.75], 0.75, &[1.0], true),
        (&[2.5], 6.5, &[5.0], false),
        (&[1.5], 2.5, &[3.0], false),
    ];
    hold(&Table, &points);
    let mut replay = Replay::of(Table, Plan::new(Derivative::Gradient));
    replay.run(1, &[], &[0.5, 2.5, 0.25, 2.75, 1.0]).unwrap();
    assert_eq!(replay.paths(), 3);
}

/// The square of the weight that a number of the sample names.
struct Embedding;

impl Model for Embedding {
    fn eval<T: Scalar>(&self, v: &[T]) -> T {
        let (x, w) = v.split_last().unwrap();
        let w = w[x.to_usize().unwrap()];
        w * w
    }
}

#[test]
fn an_embedding_takes_as_many_paths_as_rows_are_in_use() {
    for plan in [Plan::new(Derivative::Gradient), Plan::new(Derivative::Gradient).exact()] {
        let plan = plan.parameters(0..3).summed();
        let mut replay = Replay::of(Embedding, plan.clone());
        for _ in 0..2 {
            let batch = replay.run(4, &[1.0, 2.0, 3.0], &[0.0, 1.0, 2.0]).unwrap();
            assert_eq!((batch.values(0), batch.derivatives(0)), (&[14.0][..], &[2.0, 4.0, 6.0][..]));
        }
        assert_eq!((replay.paths(), replay.one_by_one()), (3, 0));
        let program = Program::of(&Embedding, &[1.0, 2.0, 3.0, 0.0], &plan).unwrap();
        let error = program.run(&[1.0, 2.0, 3.0], &[0.0, 1.0, 2.0]).unwrap_err().to_string();
        assert!(error.contains("x3 as u64 was 0 (for 0) and is 1 (for 1)"), "{error}");
    }
    // Thirty of a hundred rows, in any order.
    let (w, x): (Vec<f64>, Vec<f64>) =
        ((0..100).map(|at| f64::from(at) - 40.5).collect(), (0..200).map(|at| f64::from(at * 37 % 30 * 3)).collect());
    let mut replay = Replay::of(Embedding, Plan::new(Derivative::Gradient).parameters(0..100).summed());
    let batch = replay.run(101, &w, &x).unwrap();
    let right = |row: usize| x.iter().filter(|&&x| x == row as f64).count() as f64 * 2.0 * w[row];
    assert!((0..100).all(|row| batch.derivatives(0)[row] == right(row)), "{:?}", batch.derivatives(0));
    assert_eq!((replay.paths(), replay.one_by_one()), (30, 0));
}

/// √p by Newton's method, until a step is so short; what is read of it is a plain number.
struct Newton;

impl Model for Newton {
    fn eval<T: Scalar>(&self, p: &[T]) -> T {
        let mut x = T::constant(1.5);
        for _ in 0..50 {
            let d = (x * x - p[0]) / (x + x);
            x -= d;
            if d.primal().abs() < 1e-13 {
                break;
            }
        }
        x
    }
}

#[test]
fn an_iteration_stops_where_it_converged() {
    let root = |p: f64| (p.sqrt(), [0.5 / p.sqrt()]);
    let points: Vec<(f64, (f64, [f64; 1]))> = [2.0, 40.0, 1e-4, 900.0].map(|p| (p, root(p))).to_vec();
    let right: Vec<([f64; 1], f64, [f64; 1])> = points.iter().map(|&(p, (value, slope))| ([p], value, slope)).collect();
    let right: Vec<Right<'_>> =
        right.iter().map(|(p, value, slope)| (&p[..], *value, &slope[..], p[0] == 2.0)).collect();
    hold(&Newton, &right);
}

/// An inner derivative by forward or reverse mode, whose rules choose formulas by the value.
struct Inner {
    function: usize,
    by_reverse: bool,
}

fn choosing<T: Scalar>(x: &[T], function: usize) -> T {
    let (x, y) = (x[0], x[1]);
    match function {
        0 => x.abs() + y,
        1 => x.max(y),
        2 => x.hypot(y),
        3 => x.copysign(y) * y,
        4 => T::log_sum_exp(&[x, y]),
        5 => x.tanh() + y.logistic(),
        6 => x.abs_sub(y),
        7 => x.powf(y),
        8 => x.atan2(y),
        9 => x.ln_gamma() * y,
        10 => x.digamma() * y,
        _ => x.sqrt() * x * y,
    }
}

impl Model for Inner {
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        if self.by_reverse {
            let (_, gradient) = reverse::gradient(|x| choosing(x, self.function), x);
            return gradient[0] + gradient[1] * T::constant(3.0);
        }
        let f = |seed: [f64; 2]| {
            let x = [Dual::new(x[0], T::constant(seed[0])), Dual::new(x[1], T::constant(seed[1]))];
            choosing(&x, self.function).tangent
        };
        f([1.0, 0.0]) + f([0.0, 1.0]) * T::constant(3.0)
    }
}

#[test]
fn rules_of_an_inner_derivative_choose_anew() {
    let points = [
        [0.5, 0.25],
        [-0.5, 0.25],
        [0.25, 0.5],
        [3.0, -2.0],
        [-20.0, 3.0],
        [17.5, 2.0],
        [0.0, 0.0],
        [0.0, 1.0],
        [1e308, 2.0],
    ];
    for function in 0..12 {
        for by_reverse in [false, true] {
            let model = Inner { function, by_reverse };
            for at in points {
                let graph = Graph::of(&model, &at);
                for x in points {
                    let right = reverse::gradient(|x| model.eval(x), &x);
                    let bits = |(value, gradient): &(f64, Vec<f64>)| {
                        // A zero of either sign, and any NaN.
                        let bits = |x: f64| if x.is_nan() { 1 } else { (x + 0.0).to_bits() };
                        (bits(*value), gradient.iter().map(|&x| bits(x)).collect::<Vec<_>>())
                    };
                    match graph.gradient(&x) {
                        Ok(found) => assert_eq!(
                            bits(&found),
                            bits(&right),
                            "function {function} by reverse {by_reverse}, recorded at {at:?}, at {x:?}: {found:?}, {right:?}"
                        ),
                        Err(error) => assert_ne!(x, at, "{error}"),
                    }
                }
            }
        }
    }
}

#[test]
fn a_value_taken_by_hand_is_held() {
    let graph = Graph::record(|x| vec![x[0] * x[1].value()], &[2.0, 3.0]);
    assert_eq!(graph.eval(&[5.0, 3.0]), Ok(vec![15.0]));
    let error = graph.eval(&[5.0, 4.0]).unwrap_err().to_string();
    assert!(error.contains("the value of x1 was 3 (for 3) and is 4 (for 4)"), "{error}");
    assert!(graph.to_string().contains("the value of x1: 3"), "{graph}");
    // An outer number is read into an inner recording.
    let graph = Graph::record(
        |x| {
            let inner = Graph::record(|y| vec![y[0] * x[0].value()], &[7.0]);
            vec![x[0] * inner.outputs()[0]]
        },
        &[2.0],
    );
    assert_eq!(graph.eval(&[2.0]), Ok(vec![28.0]));
    assert!(graph.eval(&[3.0]).is_err());
    // Looking is not reading.
    let graph = Graph::record(
        |x| {
            let _ = format!("{:?}", x[0]);
            vec![x[0]]
        },
        &[2.0],
    );
    assert!(graph.guards().is_empty());
}

#[cfg(feature = "serde")]
#[test]
fn a_number_that_is_written_down_is_held() {
    let graph = Graph::record(
        |x| {
            let text = serde_json::to_string(&[Dual::constant(x[0])]).unwrap();
            let back: Vec<Dual<f64>> = serde_json::from_str(&text).unwrap();
            vec![x[1] * back[0].value]
        },
        &[2.0, 3.0],
    );
    assert_eq!(graph.eval(&[2.0, 4.0]), Ok(vec![8.0]));
    assert!(graph.eval(&[3.0, 4.0]).is_err());
}

/// Adds up on several threads.
struct Threaded;

impl Model for Threaded {
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let squares = std::thread::scope(|scope| {
            let handles: Vec<_> = x.iter().map(|&x| scope.spawn(move || x * x)).collect();
            handles.into_iter().map(|handle| handle.join()).collect::<Vec<_>>()
        });
        match squares.into_iter().collect::<Result<Vec<T>, _>>() {
            Ok(squares) => <T as Scalar>::sum(&squares),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

#[track_caller]
fn assert_stray(panic: &(dyn std::any::Any + Send)) {
    let message = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    let message = message.unwrap_or_default();
    assert!(message.contains("on another thread") && message.contains("take its `value()`"), "{message}");
}

#[test]
fn a_number_outside_its_recording_is_refused() {
    let panic =
        std::panic::catch_unwind(|| Program::of(&Threaded, &[1.0, 2.0], &Plan::new(Derivative::Gradient)).is_ok());
    assert_stray(&*panic.expect_err("nothing is recorded there"));
    let kept = std::cell::Cell::new(None);
    let _ = Graph::record(
        |x| {
            kept.set(Some(x[0]));
            vec![x[0]]
        },
        &[1.0],
    );
    let kept: Traced<f64> = kept.get().expect("it was kept");
    type Use = fn(Traced<f64>) -> bool;
    let uses: [Use; 14] = [
        |x| (x * x).is_nan(),
        |x| (-x).is_nan(),
        |x| x.mul_add(x, x).is_nan(),
        |x| x > Traced::constant(2.0),
        |x| x.partial_cmp(&x).is_none(),
        |x| x.is_nan(),
        |x| dualtape::dot(&[x], &[x]).is_nan(),
        |x| dualtape::sum(&[x]).is_nan(),
        |x| dualtape::linear_combination(&[2.0], &[x]).is_nan(),
        |x| dualtape::log_sum_exp(&[x]).is_nan(),
        |x| num_traits::ToPrimitive::to_usize(&x).is_none(),
        |x| x.primal() > 2.0,
        |x| x.value() > 2.0,
        |x| x.to_string().is_empty(),
    ];
    for with in uses {
        assert_stray(&*std::panic::catch_unwind(|| with(kept)).expect_err("its recording has ended"));
        assert!(!with(Traced::constant(1.0)), "a constant is a number everywhere");
    }
}

/// Steps of Heun's method whose length follows an estimate of their error.
struct Adaptive;

impl Model for Adaptive {
    fn eval<T: Scalar>(&self, v: &[T]) -> T {
        let c = T::constant;
        let (mut y, rate) = (v[0], v[1]);
        let f = |t: T, y: T| rate * y * (c(1.0) - y) + (t * c(3.0)).sin() * y;
        let (mut t, mut h, end, allowed) = (c(0.0), c(0.3), c(2.0), c(1e-3));
        while t < end {
            if t + h > end {
                h = end - t;
            }
            let k = f(t, y);
            let l = f(t + h, y + h * k);
            let error = ((l - k) * h * c(0.5)).abs();
            if error <= allowed {
                y += (k + l) * h * c(0.5);
                t += h;
            }
            let scale = c(0.9) * (allowed / error).sqrt();
            h *= if scale > c(3.0) { c(3.0) } else { scale };
        }
        y
    }
}

#[test]
fn each_of_many_paths_is_compiled() {
    let samples: Vec<f64> =
        (0..100).flat_map(|i| [0.05 + 0.009 * f64::from(i), 0.5 + f64::from(i * 37 % 100) * 0.06]).collect();
    for plan in [Plan::new(Derivative::Gradient), Plan::new(Derivative::Gradient).exact()] {
        let mut replay = Replay::of(Adaptive, plan);
        for _ in 0..2 {
            let batch = replay.run(2, &[], &samples).unwrap();
            for (row, x) in samples.chunks(2).enumerate() {
                let (value, gradient) = reverse::gradient(|x| Adaptive.eval(x), x);
                let close = |a: f64, b: f64| (a - b).abs() <= 1e-10 * b.abs().max(1.0);
                assert!(close(batch.values(row)[0], value), "{x:?}");
                assert!(batch.derivatives(row).iter().zip(gradient).all(|(&a, b)| close(a, b)), "{x:?}");
            }
            assert!(replay.paths() > 64, "{}", replay.paths());
            assert_eq!(replay.one_by_one(), 0);
        }
    }
    // With room for a few, the others are differentiated one by one, in every run.
    let mut replay = Replay::of(Adaptive, Plan::new(Derivative::Value)).at_most(5);
    for run in 1..40 {
        let batch = replay.run(2, &[], &samples).unwrap();
        assert!(samples.chunks(2).enumerate().all(|(row, x)| same(batch.values(row)[0], Adaptive.eval(x))));
        assert!(replay.paths() == 5 && replay.one_by_one() >= 50 * run);
    }
}

/// Takes another branch every time that it is run.
struct Restless(std::sync::atomic::AtomicU32);

impl Model for Restless {
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let run = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if x[0] > T::constant(f64::from(run % 7)) { x[0] } else { x[0] * T::one() }
    }
}

#[test]
fn a_replay_comes_to_an_end_whatever_the_function_does() {
    let model = Restless(std::sync::atomic::AtomicU32::new(0));
    let mut replay = Replay::of(&model, Plan::new(Derivative::Gradient));
    let samples: Vec<f64> = (0..50).map(f64::from).collect();
    for _ in 0..20 {
        let batch = replay.run(1, &[], &samples).unwrap();
        assert!((0..50).all(|row| (batch.values(row)[0], batch.derivatives(row)[0]) == (row as f64, 1.0)));
    }
}

#[test]
fn a_program_holds_at_the_point_that_it_was_recorded_at() {
    use nalgebra::DMatrix;
    type Function = fn(DMatrix<Traced<f64>>) -> Traced<f64>;
    let functions: [(&str, Function); 5] = [
        ("determinant", |a| a.determinant()),
        ("lu", |a| a.lu().determinant()),
        ("full lu", |a| a.full_piv_lu().determinant()),
        ("qr", |a| a.qr().r().trace()),
        ("svd", |a| a.singular_values().sum()),
    ];
    let mut refused = Vec::new();
    for (seed, k) in (1..30).flat_map(|seed| [(seed, 2), (seed, 3), (seed, 4), (seed, 6)]) {
        // Of rank one, all but the last row or all of them.
        let number = |at: usize| ((at * 7919 + seed * 104_729) % 1000) as f64 / 1000.0 - 0.45;
        let mut x: Vec<f64> = (0..k * k).map(|at| number(at / k) * number(k + at % k)).collect();
        if seed % 2 == 0 {
            (0..k).for_each(|at| x[at * k] = number(2 * k + at));
        }
        for (name, f) in functions {
            let graph = Graph::record(|x| vec![f(DMatrix::from_column_slice(k, k, x))], &x);
            let program = Program::compile(&graph, &Plan::new(Derivative::Gradient)).unwrap();
            for copies in [1, 9] {
                match program.run(&[], &x.repeat(copies)) {
                    Ok(batch) => assert!((batch.values(0)[0] - graph.outputs()[0]).abs() < 1e-12),
                    Err(error) => refused.push(format!("{name} of {k}×{k}, seed {seed}, {copies}: {error}")),
                }
            }
        }
    }
    assert!(refused.is_empty(), "{} refused, the first {}", refused.len(), refused[0]);
}

#[cfg(feature = "serde")]
#[test]
fn guards_of_every_kind_are_stored() {
    let ways = [Way::Usize, Way::U8, Way::Primal, Way::Class];
    for (way, at) in ways.into_iter().flat_map(|way| [(way, 2.5), (way, -300.0), (way, f64::NAN)]) {
        let program = Program::of(&Leaves(way), &[at, 3.0], &Plan::new(Derivative::Gradient)).unwrap();
        let text = serde_json::to_string(&program).unwrap();
        let back: Program = serde_json::from_str(&text).unwrap();
        for x in [2.5, 2.75, -300.0, f64::NAN] {
            let numbers = |program: &Program| program.run(&[], &[x, 3.0]).map(|batch| batch.values(0)[0].to_bits());
            // NaN is not equal to itself, in an error either.
            assert_eq!(format!("{:?}", numbers(&program)), format!("{:?}", numbers(&back)), "{way:?}");
        }
        // An answer to another question is refused.
        let tampered = text.replace(r#""answer":{"Number":"#, r#""answer":{"Order":1,"was":"#);
        let tampered = tampered.replace(r#""answer":"Yes""#, r#""answer":{"Order":1}"#);
        let tampered = tampered.replace(r#""answer":"No""#, r#""answer":{"Order":1}"#);
        assert_ne!(tampered, text);
        assert!(serde_json::from_str::<Program>(&tampered).is_err(), "{tampered}");
    }
    let source = |way, at: f64| {
        Program::of(&Leaves(way), &[at, 3.0], &Plan::new(Derivative::Value)).unwrap().to_rust("f").unwrap()
    };
    assert!(source(Way::U8, 2.5).contains("if x[0].trunc() != 2.0_f64 {"), "{}", source(Way::U8, 2.5));
    assert!(source(Way::U8, 300.0).contains("if x[0].trunc() >= 0.0_f64 && x[0].trunc() < 256.0_f64 {"));
    assert!(source(Way::Primal, 2.5).contains("if x[0].to_bits() != 0x4004000000000000_u64 {"));
    assert!(source(Way::Primal, f64::NAN).contains("if !x[0].is_nan() {"));
}
