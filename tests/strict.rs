//! Strong zeros that decide a derivative: NaN in strict mode, and nothing else changes.

#![cfg(feature = "compare")]

use dualtape::compare::{Ordinary, Singular};
use dualtape::graph::{Doubt, Doubtful, Graph, Step};
use dualtape::higher::{hessian, hessian_forward};
use dualtape::rules::{Binary, Unary};
use dualtape::strict::{self, Strict};
use dualtape::{DualVec, Many, Model, One, Scalar, Var, forward, gradient, higher, jacobian, model, reverse};
use num_traits::Float;
use quickcheck::{Gen, QuickCheck};
use support::seed;

mod support;

/// The derivative and the second derivative of a function of one number, as they come out and in strict mode.
fn at(model: &impl Model<Outputs = One>, x: f64) -> [f64; 4] {
    let second = hessian(|x| model.eval(x), &[x]).2[(0, 0)];
    let [strict_first, strict_second] = [strict::gradient(model, &[x]).1[0], strict::hessian(model, &[x]).2[(0, 0)]];
    [gradient(model, &[x]).1[0], second, strict_first, strict_second]
}

macro_rules! function {
    ($name:ident, $x:ident, $body:expr) => {
        fn $name<T: Scalar>(x: &[T]) -> T {
            let $x = x[0];
            $body
        }
    };
}

function!(cube_of_cbrt, x, x.cbrt().powi(3));
function!(cos_of_abs, x, x.abs().cos());
function!(square_of_abs, x, x.abs() * x.abs());
function!(abs_of_square, x, (-x * x).abs());
function!(max_of_square, x, (x * x).max(T::zero()));
function!(min_of_square, x, T::zero().min(-x * x));
function!(excess_of_square, x, (x * x).abs_sub(T::zero()));
function!(signed_square, x, (x * x).copysign(T::one()));
function!(abs, x, x.abs());
function!(root_of_abs, x, x.abs().sqrt());

#[test]
fn a_strong_zero_that_decided_is_nan() {
    // The right derivatives are 1, 0; 0, -1; then 0 and 2, 2, 2, -2, 2, 2.
    let [first, _, strict, _] = at(&model!(cube_of_cbrt), 0.0);
    assert!(first == 0.0 && strict.is_nan(), "{first}, {strict}");
    fn check(name: &str, model: &impl Model<Outputs = One>, comes_out: f64) {
        let [first, second, strict_first, strict_second] = at(model, 0.0);
        assert_eq!((first, second, strict_first), (0.0, comes_out, 0.0), "{name}");
        assert!(strict_second.is_nan(), "{name}: {strict_second}");
        let forward = hessian_forward(|x| model.eval(x), &[Strict::new(0.0)]).2[(0, 0)];
        assert!(forward.value().is_nan(), "{name}: {forward}");
    }
    check("cos|x|", &model!(cos_of_abs), 0.0);
    check("|x|²", &model!(square_of_abs), 0.0);
    check("|-x²|", &model!(abs_of_square), 0.0);
    check("max(x², 0)", &model!(max_of_square), 1.0);
    check("min(0, -x²)", &model!(min_of_square), -1.0);
    check("x² above 0", &model!(excess_of_square), 1.0);
    check("copysign(x², 1)", &model!(signed_square), 0.0);
    // √|x| has an infinite derivative times the 0 of the convention.
    assert!(strict::gradient(&model!(root_of_abs), &[0.0]).1[0].is_nan());
}

#[test]
fn the_hessian_of_a_squared_length() {
    fn square<T: Float>(x: &[T]) -> T {
        x[0].hypot(x[1]).powi(2)
    }
    let model = model!(square);
    assert!(hessian(square, &[0.0, 0.0]).2.iter().all(|&h| h == 0.0));
    assert!(strict::hessian(&model, &[0.0, 0.0]).2.iter().all(|h| h.is_nan()));
    assert_eq!(strict::gradient(&model, &[0.0, 0.0]).1, [0.0, 0.0]);
    let (usual, strict) = (dualtape::hessian(&model, &[3.0, 4.0]), strict::hessian(&model, &[3.0, 4.0]));
    assert_eq!(usual, strict);
}

#[test]
fn zeros_by_construction_absorb() {
    /// Only the first output depends on x[0] smoothly; x[1] has a pole, x[2] does not matter beside it.
    struct Beside;
    impl Model for Beside {
        type Outputs = Many;
        fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T> {
            let pole = x[1].sqrt();
            let unused = x[2] * T::zero() * pole;
            vec![x[0] * x[0], pole, x[0].max(pole), unused + x[0], (x[2] - x[2]).sqrt()]
        }
    }
    let x = [2.0, 0.0, 5.0];
    let (values, usual) = jacobian(&Beside, &x);
    let (same, strict) = strict::jacobian(&Beside, &x);
    assert_eq!((values, usual), (same, strict.clone()));
    let expected = [[4.0, 0.0, 0.0], [0.0, f64::INFINITY, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]];
    for (i, row) in expected.iter().enumerate() {
        assert_eq!(strict.row(i).iter().copied().collect::<Vec<_>>(), row, "output {i}");
    }
    for (row, expected) in expected.iter().enumerate() {
        let reversed = reverse::gradient(|x| Beside.eval(x)[row], &x.map(Strict::new)).1;
        assert_eq!(reversed.into_iter().map(Strict::value).collect::<Vec<_>>(), expected, "output {row}");
    }
}

#[test]
fn a_zero_by_underflow_is_not_one_by_construction() {
    // The derivative is e⁻⁸⁰⁰, less than any number: 0 is right, and strict mode cannot know.
    fn logistic<T: Float>(x: &[T]) -> T {
        (T::one() + (-x[0]).exp()).recip()
    }
    fn stable<T: Scalar>(x: &[T]) -> T {
        x[0].logistic()
    }
    assert_eq!(gradient(&model!(logistic), &[-800.0]).1, [0.0]);
    assert!(strict::gradient(&model!(logistic), &[-800.0]).1[0].is_nan());
    assert_eq!(strict::gradient(&model!(stable), &[-800.0]).1, [0.0]);
}

#[test]
fn the_second_derivative_of_a_kink_is_infinite() {
    assert_eq!(at(&model!(abs), 0.0), [0.0, 0.0, 0.0, f64::INFINITY]);
}

/// Whether rules give the derivative of the operation a derivative of its own at a kink.
fn may_have_a_kink(step: &Step) -> bool {
    use Binary::{AbsSub, Copysign, Hypot, Max, Min};
    matches!(step, Step::Unary(Unary::Abs, _) | Step::Binary(Max | Min | AbsSub | Copysign | Hypot, _))
}

/// What is NaN in strict mode and a number otherwise is named: by a doubtful place, an infinite one also by where infinity comes
/// from. What meets it on the way, a zero or another infinity, depends on the order in which a mode adds.
fn is_told(graph: &Graph, usual: f64, strict: f64) -> bool {
    !strict.is_nan()
        || usual.is_nan()
        || graph.doubtful().len() > 0
        || usual.is_infinite() && graph.non_finite().is_some()
}

#[test]
fn strict_mode_changes_nothing_else() {
    fn ordinary(Ordinary(case): Ordinary) -> Result<(), String> {
        let (f, x) = (&case.expression, case.x.as_slice());
        // A model takes what is singular from reverse mode, which rounds elsewhere.
        let (usual, strict) = (higher::hessian_forward(|x| f.eval(x), x), strict::hessian(f, x));
        assert!(x.len() <= higher::DIRECTIONS, "by reverse mode");
        let graph = Graph::of(f, x);
        let places: Vec<Doubtful> = graph.doubtful().collect();
        // At a kink the second derivative is infinite. Where an operation may have one, also of a number whose derivatives cancel, a
        // number takes part in sums that otherwise has no derivative: they are rounded in another order.
        let has_kink = places.iter().any(|it| it.kind == Doubt::Kink);
        let may_have_one = graph.nodes().iter().any(|node| may_have_a_kink(&node.step));
        let is_wrong = |&(usual, strict): &(f64, f64)| {
            let is_near = (strict - usual).abs() <= 1e-12 * usual.abs();
            let is_same = strict.is_nan() || strict == usual;
            let is_same = is_same || has_kink && strict.is_infinite() || may_have_one && is_near;
            !is_same || !is_told(&graph, usual, strict)
        };
        let first = forward::gradient(|x| f.eval(x), x).1.into_iter().zip(strict::gradient(f, x).1);
        let of_first: Vec<_> = first.chain(usual.1.into_iter().zip(strict.1)).filter(is_wrong).collect();
        let second = usual.2.iter().copied().zip(strict.2.iter().copied());
        let of_second: Vec<_> = second.filter(is_wrong).collect();
        if of_first.is_empty() && of_second.is_empty() {
            Ok(())
        } else {
            let places: Vec<String> = places.iter().map(ToString::to_string).collect();
            Err(format!("first {of_first:?}, second {of_second:?}, {places:?}"))
        }
    }
    fn singular(Singular(case): Singular) -> bool {
        let (f, x) = (&case.expression, case.x.as_slice());
        let graph = Graph::of(f, x);
        let usual = forward::gradient(|x| f.eval(x), x).1;
        let both = usual.into_iter().zip(strict::gradient(f, x).1);
        both.into_iter().all(|(usual, strict)| (strict == usual || strict.is_nan()) && is_told(&graph, usual, strict))
    }
    QuickCheck::new()
        .rng(Gen::from_size_and_seed(40, seed()))
        .tests(4000)
        .quickcheck(ordinary as fn(Ordinary) -> Result<(), String>);
    QuickCheck::new().rng(Gen::from_size_and_seed(40, seed())).tests(4000).quickcheck(singular as fn(Singular) -> bool);
}

type Strict2 = Var<DualVec<Strict<f64>, 8>>;
type OfTwo = fn(Strict2, Strict2) -> Strict2;

/// The second derivatives of a function of two numbers in strict mode, row by row.
fn second(f: OfTwo, x: [f64; 2]) -> [f64; 4] {
    let hessian = hessian(|x| f(x[0], x[1]), &x.map(Strict::new)).2;
    [(0, 0), (0, 1), (1, 0), (1, 1)].map(|at| hessian[at].value())
}

#[test]
fn infinite_second_derivatives_have_their_sign() {
    const INF: f64 = f64::INFINITY;
    let convex = [INF, -INF, -INF, INF];
    let concave = convex.map(|x| -x);
    for tie in [0.0, 1.5, -2.0] {
        assert_eq!(second(|x, y| x.max(y), [tie, tie]), convex, "max");
        assert_eq!(second(|x, y| y.max(x), [tie, tie]), convex, "max");
        assert_eq!(second(|x, y| x.min(y), [tie, tie]), concave, "min");
        assert_eq!(second(|x, y| x.abs_sub(y), [tie, tie]), convex, "abs_sub");
        // These have no kink, but the parts have: infinities that cancel are NaN, not one of them.
        assert!(second(|x, y| x.min(y) + x.max(y), [tie, tie]).iter().all(|h| h.is_nan()), "x + y");
        assert!(second(|x, y| x.min(y) * x.max(y), [tie, tie]).iter().all(|h| h.is_nan()), "x·y");
        assert!(second(|x, y| x.abs_sub(y) - y.abs_sub(x), [tie, tie]).iter().all(|h| h.is_nan()), "x - y");
    }
    let of_sign = |y| second(|x, y| x.copysign(y), [0.0, y]);
    assert_eq!([of_sign(1.0), of_sign(-1.0)], [[INF, 0.0, 0.0, 0.0], [-INF, 0.0, 0.0, 0.0]]);
    assert_eq!(second(|x, _| x.copysign(Strict2::from(-1.0)), [-0.0, 1.0]), [-INF, 0.0, 0.0, 0.0]);
    // -x·y/h³ may have any sign.
    let [xx, xy, yx, yy] = second(|x, y| x.hypot(y), [0.0, 0.0]);
    assert!([xx, yy] == [INF; 2] && xy.is_nan() && yx.is_nan(), "{:?}", [xx, xy, yx, yy]);
}

#[test]
fn first_derivatives_at_kinks_are_those_of_the_convention() {
    let kinks: [(OfTwo, [f64; 2]); 4] = [
        (|x, y| x.max(y), [0.5, 0.5]),
        (|x, y| x.min(y), [0.5, 0.5]),
        (|x, y| x.abs_sub(y), [0.5, -0.5]),
        (|x, y| x.hypot(y) + x.copysign(y), [0.0, 0.0]),
    ];
    for (k, (f, expected)) in kinks.into_iter().enumerate() {
        for tie in [0.0, -3.0, f64::INFINITY, f64::NEG_INFINITY] {
            if k < 3 || tie == 0.0 {
                let gradient = hessian(|x| f(x[0], x[1]), &[tie, tie].map(Strict::new)).1;
                assert_eq!(gradient.into_iter().map(Strict::value).collect::<Vec<_>>(), expected, "{k} at {tie}");
            }
        }
    }
}

#[test]
fn marks_pass_through_every_operation_but_a_zero_by_construction() {
    let decided = Strict::new(0.0).strong_zero_mul(Strict::new(f64::INFINITY));
    let (x, zero) = (Strict::new(2.0), Strict::constant(0.0));
    assert!(decided.is_decided() && !x.is_decided());
    let marked = [
        decided + x,
        x - decided,
        decided * x,
        x * decided,
        x / (decided + x),
        -decided,
        decided.sin(),
        decided.mul_add(x, x),
        x.mul_add(decided, x),
        x.mul_add(x, decided),
        Scalar::sum(&[x, decided]),
        dualtape::dot(&[x, decided], &[x, x]),
    ];
    assert_eq!(marked.map(Strict::is_decided), [true; 12]);
    let unmarked = [zero * decided, decided * zero, zero / (decided + x), zero.strong_zero_mul(decided)];
    assert_eq!(unmarked.map(Strict::is_decided), [false; 4]);
    // A zero that is none by construction, and one that was decided, keep the mark.
    let zero_by_chance = Strict::new(0.0);
    assert!((zero_by_chance / (decided + x)).is_decided() && (zero_by_chance * decided).is_decided());
}

/// A constant with the sign of another number is one all around, so that a zero made of it absorbs rightly; where that number is 0 it
/// jumps.
#[test]
fn a_constant_with_a_sign_is_none_where_that_turns() {
    fn f<T: Scalar>(x: &[T]) -> T {
        (T::one().copysign(x[0]) - T::one()) * (x[0] - x[0].floor()).sqrt()
    }
    assert_eq!(strict::gradient(&model!(f), &[2.0]).1, [0.0]);
    assert!(strict::gradient(&model!(f), &[0.0]).1[0].is_nan());
}
