//! Functions that read tables, stop iterations, differentiate inside, or leave their recording altogether.

use super::{Right, hold};
use dualtape::graph::{Graph, Traced};
use dualtape::program::{Derivative, Plan, Program, Replay};
use dualtape::{Dual, Model, One, Scalar, reverse};

/// A table of squares, read by the integer part and interpolated.
struct Table;

impl Model for Table {
    type Outputs = One;
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

/// √p by Newton's method, until a step is so short; what is read of it is a plain number.
struct Newton;

impl Model for Newton {
    type Outputs = One;
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
    type Outputs = One;
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
    type Outputs = One;
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

/// The same by the threads of a pool.
#[cfg(feature = "rayon")]
struct Pooled;

#[cfg(feature = "rayon")]
impl Model for Pooled {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
        <T as Scalar>::sum(&x.par_iter().map(|&y| x[0] * y).collect::<Vec<T>>())
    }
}

#[cfg(feature = "rayon")]
#[test]
fn a_pool_inside_a_model_is_refused_unless_it_is_the_thread_that_records() {
    let plan = Plan::new(Derivative::Gradient);
    let panic = std::panic::catch_unwind(|| Program::of(&Pooled, &[1.0, 2.0], &plan).is_ok());
    assert_stray(&*panic.expect_err("nothing is recorded in the pool"));
    let panic = std::panic::catch_unwind(|| Graph::of(&Pooled, &[1.0, 2.0]));
    assert_stray(&*panic.expect_err("nothing is recorded in the pool"));
    std::panic::catch_unwind(|| reverse::gradient(|x| Pooled.eval(x), &[1.0, 2.0]))
        .expect_err("there is no tape either");
    // Dual numbers need no thread of their own, and a pool of one thread is the one that records.
    assert_eq!(dualtape::forward::gradient(|x| Pooled.eval(x), &[1.0, 2.0]), (3.0, vec![4.0, 1.0]));
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread starts");
    one.install(|| hold(&Pooled, &[(&[1.0, 2.0], 3.0, &[4.0, 1.0], true), (&[3.0, -1.0], 6.0, &[5.0, 3.0], true)]));
    // Of several threads each has its own recording, and takes no part in another's, while it waits either.
    let several = rayon::ThreadPoolBuilder::new().num_threads(3).build().expect("threads start");
    use rayon::iter::{IntoParallelIterator, ParallelIterator};
    let found: Vec<bool> = several.install(|| {
        let record = |seed: u32| {
            let x = [f64::from(seed), 2.0];
            let recorded = std::panic::catch_unwind(|| Graph::of(&Pooled, &x));
            recorded.is_ok_and(|graph| graph.gradient(&[3.0, -1.0]) != Ok((6.0, vec![5.0, 3.0])))
        };
        (0..200).into_par_iter().map(record).collect()
    });
    assert!(!found.contains(&true), "a graph is right, or there is none");
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
