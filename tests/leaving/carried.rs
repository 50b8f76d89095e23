//! Numbers that carry something plain beside the value, whether a strong zero decided it or how many paths there are: what a model
//! makes of it holds where it is the same.

use super::support::seed;
use super::{Right, hold};
use dualtape::compare::{Bound, Case, Expression, Ordinary, Singular};
use dualtape::graph::{Graph, Traced};
use dualtape::program::{Derivative, Plan, Replay};
use dualtape::strict::{self, Strict};
use dualtape::{Counted, Dual, Model, One, Scalar, Tape, Var, forward, model, reverse};
use quickcheck::{Gen, QuickCheck};

fn square_of_root<T: Scalar>(x: &[T]) -> T {
    x[0].sqrt() * x[0].sqrt()
}

/// The strict derivative of √x·√x, which is NaN at 0, times x.
struct StrictGradient;

impl Model for StrictGradient {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        strict::gradient(&model!(square_of_root), x).1[0] * x[0]
    }
}

/// 5 where a strong zero decided the derivative of √x·√x, else x.
struct AskedWhetherAbsorbed;

impl Model for AskedWhetherAbsorbed {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let (_, derivative) = forward::derivative(|x| x.sqrt() * x.sqrt(), Strict::new(x[0]));
        if derivative.is_decided() { T::constant(5.0) } else { x[0] }
    }
}

#[test]
fn strict_marks_hold_where_they_are_the_same() {
    let nan = f64::NAN;
    let points: [Right<'_>; 3] =
        [(&[4.0], 4.0, &[1.0], true), (&[16.0], 16.0, &[1.0], true), (&[0.0], nan, &[nan], false)];
    hold(&StrictGradient, &points);
    hold(&StrictGradient, &[(&[0.0], nan, &[nan], true), (&[4.0], 4.0, &[1.0], false)]);
    let points: [Right<'_>; 3] =
        [(&[2.0], 2.0, &[1.0], true), (&[3.0], 3.0, &[1.0], true), (&[0.0], 5.0, &[0.0], false)];
    hold(&AskedWhetherAbsorbed, &points);
    hold(&AskedWhetherAbsorbed, &[points[2], points[0]].map(|(x, y, slope, holds)| (x, y, slope, !holds)));
    let mut replay = Replay::of(AskedWhetherAbsorbed, Plan::new(Derivative::Gradient));
    replay.run(1, &[], &[2.0, 0.0, 3.0]).unwrap();
    assert_eq!(replay.paths(), 2);
}

/// The derivative of c·√y at y = 0, strict in y, for the constant c = x[0]; 7 where a strong zero decided it.
struct Captured;

impl Model for Captured {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let c = Dual::constant(Strict::default() + x[0]);
        let (_, derivative) = forward::derivative(|y| y.sqrt() * c, Strict::new(T::zero()));
        if derivative.is_decided() {
            return T::constant(7.0);
        }
        if derivative.unchecked() > T::one() { x[0] * T::constant(3.0) } else { x[0] }
    }
}

#[test]
fn a_constant_zero_of_an_outer_level_is_asked_for() {
    let points: [Right<'_>; 3] =
        [(&[0.0], 0.0, &[1.0], true), (&[2.0], 6.0, &[3.0], false), (&[-2.0], -2.0, &[1.0], false)];
    for first in 0..3 {
        let mut points = points;
        points.swap(0, first);
        hold(&Captured, &points.map(|point| (point.0, point.1, point.2, point.0 == points[0].0)));
    }
}

/// 5 where the strict second derivative of a function with a kink at the origin is NaN, else x0.
struct Kinked(usize);

impl Model for Kinked {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        struct Inner(usize);
        impl Model for Inner {
            type Outputs = One;
            fn eval<T: Scalar>(&self, x: &[T]) -> T {
                match self.0 {
                    0 => x[0].hypot(x[1]).powi(2),
                    1 => (x[0] * x[0] + x[1]).copysign(T::one()),
                    2 => x[0].abs() * x[0].abs() + x[1],
                    3 => (x[0] * x[0]).max(x[1]),
                    4 => (x[0] * x[0]).abs_sub(x[1]),
                    _ => x[0].cbrt().powi(3) + x[1],
                }
            }
        }
        let hessian = strict::hessian(&Inner(self.0), x).2;
        if hessian[(0, 0)].is_nan() { T::constant(5.0) } else { x[0] }
    }
}

#[test]
fn kinks_are_told_in_a_recording_too() {
    let there: Right<'_> = (&[0.0, 0.0], 5.0, &[0.0, 0.0], true);
    for function in 0..6 {
        assert!(Kinked(function).eval(&[0.0, 0.0]) == 5.0, "function {function}");
        hold(&Kinked(function), &[there, (&[3.0, 4.0], 3.0, &[1.0, 0.0], false)]);
        hold(&Kinked(function), &[(&[3.0, 4.0], 3.0, &[1.0, 0.0], true), (&[0.0, 0.0], 5.0, &[0.0, 0.0], false)]);
    }
}

/// How large the paths of b² are, times x.
struct Magnitude;

impl Model for Magnitude {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let b = Bound::seeded(x[0]);
        x[0] * T::constant((b * b).paths.magnitude)
    }
}

/// How long the longest path of x0·b is: a partial of 0 ends one.
struct Length;

impl Model for Length {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let product = Bound::seeded(x[1]) * x[0];
        x[1] * T::constant(f64::from(product.paths.length) + 2.0)
    }
}

/// How far rounding can have driven x0 + x0.
struct Rounding;

impl Model for Rounding {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let b = Bound::seeded(x[0]);
        x[0] * T::constant((b + b).rounding / f64::EPSILON)
    }
}

#[test]
fn what_a_bound_tells_holds_for_these_numbers() {
    let points: [Right<'_>; 2] = [(&[1.0], 2.0, &[2.0], true), (&[3.0], 18.0, &[6.0], false)];
    hold(&Magnitude, &points);
    hold(&Rounding, &[(&[1.0], 1.0, &[1.0], true), (&[3.0], 9.0, &[3.0], false)]);
    let points: [Right<'_>; 2] = [(&[0.0, 5.0], 10.0, &[0.0, 2.0], true), (&[2.0, 5.0], 15.0, &[0.0, 3.0], false)];
    hold(&Length, &points);
    hold(&Length, &[points[1], points[0]].map(|(x, y, slope, holds)| (x, y, slope, !holds)));
}

/// ∂/∂a of a·b + sin a at (x0, x1), by a tape of its own, times x1.
struct OwnTape;

impl Model for OwnTape {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let tape = Tape::<T>::new();
        let [a, b] = [tape.var(x[0]), tape.var(x[1])];
        let late = a * b;
        let c = tape.var(x[0]);
        let adjoints = (late + a.sin() + c * T::constant(2.0)).backward();
        // b + cos a + 2, and the constant has none.
        (adjoints.wrt(a) + adjoints.wrt_all(&[c, Var::constant(x[1])])[0]) * x[1] + adjoints.wrt(b) - x[0]
    }
}

#[test]
fn a_tape_of_its_own_is_recorded() {
    let at = |x: f64, y: f64| ((y + x.cos() + 2.0) * y, [-x.sin() * y, 2.0 * y + x.cos() + 2.0]);
    let [first, second, nan] = [at(2.0, 3.0), at(-1.0, 0.5), at(f64::NAN, 0.5)];
    let points: [Right<'_>; 2] = [(&[2.0, 3.0], first.0, &first.1, true), (&[-1.0, 0.5], second.0, &second.1, true)];
    hold(&OwnTape, &points);
    hold(&OwnTape, &[(&[f64::NAN, 0.5], nan.0, &nan.1, true), (points[0].0, points[0].1, points[0].2, false)]);
    dualtape::assert_modes_agree!(OwnTape, [2.0, 3.0]);
    let comparison = dualtape::compare::compare(&OwnTape, &[2.0, 3.0], &dualtape::compare::Options::default());
    assert!(comparison.program.is_some() && comparison.doubtful.is_some_and(|it| it.count == 0));
    let counted = OwnTape.eval(&[2.0, 3.0].map(Counted::new));
    assert_eq!(counted.value(), first.0);
    // An inner tape of an inner derivative.
    let (_, of_inner) = reverse::gradient(|x| reverse::gradient(|x| OwnTape.eval(x), x).1[1], &[2.0, 3.0]);
    assert_eq!(of_inner.len(), 2);
    let recorded =
        Graph::record(|x| reverse::gradient(|x| OwnTape.eval(x), x).1, &[2.0, 3.0]).eval(&[-1.0, 0.5]).unwrap();
    assert!(recorded.iter().zip(second.1).all(|(a, b)| (a - b).abs() < 1e-14), "{recorded:?}");
}

/// The derivative in a + (x1 - 1), which is an input where x1 = 1, and no input anywhere else.
struct ByAComputedNumber;

impl Model for ByAComputedNumber {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let tape = Tape::<T>::new();
        let a = tape.var(x[0]);
        (a * a).backward().wrt(a + (x[1] - T::one()))
    }
}

#[test]
fn an_input_is_one_wherever_the_graph_holds() {
    let graph = Graph::of(&ByAComputedNumber, &[3.0, 1.0]);
    assert_eq!(graph.eval(&[5.0, 1.0]), Ok(vec![10.0]));
    assert!(graph.eval(&[5.0, 2.0]).is_err(), "the function panics there");
    for x in [[3.0, 2.0], [3.0, f64::NAN]] {
        let panic = std::panic::catch_unwind(|| Graph::of(&ByAComputedNumber, &x).eval(&[1.0, 1.0]).is_ok());
        let message = panic.expect_err("not an input");
        assert!(message.downcast_ref::<&str>().is_some_and(|it| it.contains("a Var that was computed")));
    }
    // An input itself is one everywhere: nothing is asked of it.
    let of_itself = |x: &[Traced<f64>]| {
        let tape = Tape::new();
        let a = tape.var(x[0]);
        vec![a.sin().backward().wrt(a)]
    };
    let graph = Graph::record(of_itself, &[3.0]);
    assert!(graph.guards().iter().all(|guard| graph.guard_formula(guard) != "x0 == x0: true"), "{graph}");
}

/// How an inner derivative is taken.
#[derive(Clone, Copy, Debug)]
enum By {
    Forward,
    Reverse,
    Strict,
    Hessian,
}

/// An entry of an inner derivative of a random function.
struct Derived<'a>(&'a Expression, By, usize);

impl Model for Derived<'_> {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let entries = match self.1 {
            By::Forward => forward::gradient(|x| self.0.eval(x), x).1,
            By::Reverse => reverse::gradient(|x| self.0.eval(x), x).1,
            By::Strict => strict::gradient(self.0, x).1,
            By::Hessian => strict::hessian(self.0, x).2.as_slice().to_vec(),
        };
        entries.get(self.2).copied().unwrap_or_else(T::one)
    }
}

/// What a recording computes is what the function does.
#[test]
fn inner_derivatives_of_random_functions_are_recorded() {
    fn check(case: &Case) -> Result<(), String> {
        for by in [By::Forward, By::Reverse, By::Strict, By::Hessian] {
            for entry in 0..case.x.len() {
                let model = Derived(&case.expression, by, entry);
                let graph = Graph::of(&model, &case.x);
                // Elsewhere it may refuse.
                let turned: Vec<f64> = case.x.iter().rev().copied().collect();
                let moved: Vec<f64> = case.x.iter().map(|x| if *x == 0.0 { 1.5 } else { -0.5 * x }).collect();
                for x in [&case.x, &turned, &moved, &vec![0.0; case.x.len()]] {
                    // Over floats reverse mode leaves out partials of 0, and rounds elsewhere; over other numbers it does as here.
                    let counted: Vec<_> = x.iter().copied().map(Counted::new).collect();
                    match (model.eval(&counted).value(), graph.eval(x)) {
                        (right, Ok(found)) if right == found[0] || right.is_nan() && found[0].is_nan() => {}
                        (right, Ok(found)) => {
                            return Err(format!("{by:?} {entry} at {x:?}: {found:?} instead of {right}"));
                        }
                        (_, Err(stale)) if std::ptr::eq(x, &case.x) => return Err(stale.to_string()),
                        _ => {}
                    }
                }
            }
        }
        Ok(())
    }
    fn singular(Singular(case): Singular) -> Result<(), String> {
        check(&case)
    }
    fn ordinary(Ordinary(case): Ordinary) -> Result<(), String> {
        check(&case)
    }
    let seeded = || QuickCheck::new().rng(Gen::from_size_and_seed(20, seed())).tests(500);
    seeded().quickcheck(singular as fn(Singular) -> Result<(), String>);
    seeded().quickcheck(ordinary as fn(Ordinary) -> Result<(), String>);
}

/// A counted number that is recorded is no constant, though it may be 0 where it is recorded: as a factor it must not absorb.
#[test]
fn a_counted_zero_that_is_recorded_varies() {
    let cube = |x: &[Traced<f64>]| {
        let one = Counted::new(Traced::constant(1.0));
        let v = Dual { value: Counted::new(x[0]), tangent: one };
        vec![(v * v * v).tangent.value(), (v * v * v * v).exp().tangent.value()]
    };
    let graph = Graph::record(cube, &[0.0]);
    for x in [0.0_f64, 2.0, -1.5] {
        let found = graph.eval(&[x]).unwrap();
        let right = [3.0 * x * x, 4.0 * x.powi(3) * x.powi(4).exp()];
        assert!(
            found.iter().zip(right).all(|(a, b)| (a - b).abs() <= 1e-13 * b.abs()),
            "{x}: {found:?}, not {right:?}"
        );
    }
}
