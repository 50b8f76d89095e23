//! Values that leave a recording: whatever plain thing a function makes of a recorded number, the graph and its programs
//! are right elsewhere, refuse, or are made anew.

#![cfg(feature = "compare")]

mod carried;
mod models;
mod nested;
mod programs;
#[path = "../support/mod.rs"]
mod support;

use dualtape::graph::{Graph, GraphError};
use dualtape::program::{Derivative, Plan, Program, ProgramError, Replay};
use dualtape::{Counted, Dual, Model, One, Scalar, Var};
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
fn hold(model: &impl Model<Outputs = One>, points: &[Right<'_>]) {
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
    type Outputs = One;
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
    type Outputs = One;
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
