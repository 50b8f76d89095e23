//! Derivatives that a branch dropped cannot be mended by the library: they are named.

use dualtape::graph::{Doubt, Doubtful, Graph, Traced};
use dualtape::{Scalar, forward};
use nalgebra::{
    ComplexField, DMatrix, DVector, Isometry3, Matrix4, Point3, RealField, Rotation3, UnitQuaternion, Vector3,
};

/// A function of the inputs for `f64`, `Dual` and `Traced`, as `RealField`.
trait Function {
    fn eval<T: Scalar + RealField>(x: &[T]) -> Vec<T>;
}

/// The places, after a look at the first derivatives: those that come out, and those that are right.
fn places<F: Function>(x: &[f64], comes_out: &[&[f64]], right: &[&[f64]]) -> Vec<Doubtful> {
    let graph = Graph::record(|x| F::eval::<Traced<f64>>(x), x);
    let found = forward::jacobian(|x| F::eval(x), x).expect("one number of outputs").1;
    for (i, row) in comes_out.iter().enumerate() {
        for (j, &entry) in row.iter().enumerate() {
            assert!((found[(i, j)] - entry).abs() < 1e-9, "({i}, {j}): {} for {entry}", found[(i, j)]);
        }
    }
    // What is right is what differences say.
    for j in 0..x.len() {
        let moved = |h: f64| {
            let mut x = x.to_vec();
            x[j] += h;
            F::eval::<f64>(&x)
        };
        let (above, below) = (moved(1e-5), moved(-1e-5));
        for (i, row) in right.iter().enumerate() {
            let difference = (above[i] - below[i]) / 2e-5;
            assert!((difference - row[j]).abs() < 1e-6, "({i}, {j}): {difference} by differences for {}", row[j]);
        }
    }
    graph.doubtful().collect()
}

#[track_caller]
fn names(found: &[Doubtful], kind: Doubt, input: usize) {
    let is_it = |it: &&Doubtful| it.kind == kind && it.inputs.iter().any(|&(at, _)| at == input);
    let place = found.iter().find(is_it);
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(place.is_some(), "no {kind:?} with input {input} in {lines:#?}");
}

macro_rules! function {
    ($name:ident, |$x:ident| $body:expr) => {
        struct $name;
        impl Function for $name {
            fn eval<T: Scalar + RealField>($x: &[T]) -> Vec<T> {
                $body
            }
        }
    };
}

function!(AboutAnAxis, |x| {
    let turned = Rotation3::from_axis_angle(&Vector3::z_axis(), x[0]) * Vector3::new(T::one(), T::zero(), T::zero());
    turned.iter().copied().collect()
});
function!(ByAQuaternion, |x| {
    let turned = UnitQuaternion::new(Vector3::new(x[0], x[1], x[2])) * Vector3::new(T::one(), T::zero(), T::zero());
    turned.iter().copied().collect()
});
function!(Posed, |x| {
    let (shift, turn) = (Vector3::zeros(), Vector3::new(x[0], x[1], x[2]));
    let moved = Isometry3::new(shift, turn) * Point3::new(T::one(), T::zero(), T::zero());
    moved.coords.iter().copied().collect()
});
function!(Determinant, |x| vec![DMatrix::from_row_slice(2, 2, x).lu().determinant()]);
function!(Companion, |x| {
    let (zero, one) = (T::zero(), T::one());
    let c = |at: usize| -x[at];
    #[rustfmt::skip]
    let matrix = Matrix4::new(
        zero, one, zero, zero,
        zero, zero, one, zero,
        zero, zero, zero, one,
        c(0), c(1), c(2), c(3),
    );
    vec![DMatrix::from_iterator(4, 4, matrix.iter().copied()).lu().determinant()]
});
function!(ScaledSum, |x| {
    let matrix = DMatrix::from_element(1, 1, T::one());
    let mut y = DVector::from_element(1, x[0]);
    y.gemv(T::one(), &matrix, &DVector::from_element(1, T::one()), x[1]);
    vec![y[0]]
});
function!(Product, |x| {
    let mut product = T::one();
    for &x in x {
        product *= x;
        if product == T::zero() {
            break;
        }
    }
    vec![product]
});
function!(Newton, |p| {
    let (p, mut x) = (p[0], <T as Scalar>::constant(2.0));
    while ComplexField::abs(x * x - p) > <T as Scalar>::constant(1e-12) {
        x = (x + p / x) / <T as Scalar>::constant(2.0);
    }
    vec![x]
});
function!(Bisection, |p| {
    let (mut low, mut high) = (T::zero(), <T as Scalar>::constant(4.0));
    for _ in 0..60 {
        let middle = (low + high) / <T as Scalar>::constant(2.0);
        if middle * middle < p[0] {
            low = middle;
        } else {
            high = middle;
        }
    }
    vec![low]
});
function!(SumOfExponentials, |x| {
    let matrix = DMatrix::from_row_slice(2, 2, &[x[0], x[1], x[1], x[2]]);
    vec![matrix.symmetric_eigenvalues().iter().map(|&value| ComplexField::exp(value)).fold(T::zero(), |sum, x| sum + x)]
});

#[test]
fn rotations_at_the_identity() {
    let found = places::<AboutAnAxis>(&[0.0], &[&[0.0], &[0.0], &[0.0]], &[&[0.0], &[1.0], &[0.0]]);
    names(&found, Doubt::Tie, 0);
    let right: [&[f64]; 3] = [&[0.0, 0.0, 0.0], &[0.0, 0.0, 1.0], &[0.0, -1.0, 0.0]];
    let lost: [&[f64]; 3] = [&[0.0; 3]; 3];
    let found = places::<ByAQuaternion>(&[0.0; 3], &lost, &right);
    (0..3).for_each(|input| names(&found, Doubt::BranchOnly, input));
    let found = places::<Posed>(&[0.0; 3], &lost, &right);
    (0..3).for_each(|input| names(&found, Doubt::BranchOnly, input));
}

#[test]
fn decompositions_of_singular_matrices() {
    let found = places::<Determinant>(&[0.0, 1.0, 0.0, 1.0], &[&[1.0, 0.0, 0.0, 0.0]], &[&[1.0, 0.0, -1.0, 0.0]]);
    names(&found, Doubt::Tie, 2);
    let found = places::<Companion>(&[0.0, 2.0, 3.0, 4.0], &[&[0.0; 4]], &[&[1.0, 0.0, 0.0, 0.0]]);
    names(&found, Doubt::Tie, 0);
}

#[test]
fn a_factor_that_is_zero_or_one() {
    let found = places::<ScaledSum>(&[3.0, 0.0], &[&[0.0, 0.0]], &[&[0.0, 3.0]]);
    names(&found, Doubt::Tie, 1);
    let x = [1.0, 2.0, 0.0, 3.0, 4.0];
    let found = places::<Product>(&x, &[&[0.0, 0.0, 2.0, 0.0, 0.0]], &[&[0.0, 0.0, 24.0, 0.0, 0.0]]);
    names(&found, Doubt::Tie, 2);
}

#[test]
fn iterations_that_stop_by_value() {
    let found = places::<Newton>(&[4.0], &[&[0.0]], &[&[0.25]]);
    names(&found, Doubt::Kink, 0);
    names(&found, Doubt::BranchOnly, 0);
    let found = places::<Bisection>(&[3.0], &[&[0.0]], &[&[0.5 / 3.0_f64.sqrt()]]);
    names(&found, Doubt::BranchOnly, 0);
}

#[test]
fn eigenvalues_of_a_diagonal_matrix() {
    let (e1, e2) = (2.0_f64.exp(), 0.5_f64.exp());
    let right: &[f64] = &[e1, 0.0, e2];
    let found = places::<SumOfExponentials>(&[2.0, 0.0, 0.5], &[right], &[right]);
    // The second derivative in x1 is 2(e² - √e)/1.5.
    names(&found, Doubt::Tie, 1);
}

#[test]
fn kinks_of_every_operation() {
    fn kink(f: impl Fn(&[Traced<f64>]) -> Traced<f64>, x: &[f64]) -> Option<String> {
        let graph = Graph::record(|x| vec![f(x)], x);
        let mut found = graph.kinks();
        assert!(found.len() <= 1);
        found.next().map(|it| it.formula)
    }
    type Case = (fn(&[Traced<f64>]) -> Traced<f64>, &'static str, [[f64; 2]; 2]);
    // At the kink, and beside it.
    let cases: [Case; 14] = [
        (|x| x[0].abs(), "|x0|", [[0.0, 0.0], [0.1, 0.0]]),
        (|x| x[0].signum(), "signum(x0)", [[0.0, 0.0], [-0.1, 0.0]]),
        (|x| x[0].floor(), "floor(x0)", [[2.0, 0.0], [2.5, 0.0]]),
        (|x| x[0].ceil(), "ceil(x0)", [[-2.0, 0.0], [2.5, 0.0]]),
        (|x| x[0].trunc(), "trunc(x0)", [[2.0, 0.0], [0.0, 0.0]]),
        (|x| x[0].fract(), "fract(x0)", [[2.0, 0.0], [2.5, 0.0]]),
        (|x| x[0].round(), "round(x0)", [[2.5, 0.0], [2.0, 0.0]]),
        (|x| x[0].max(x[1]), "max(x0, x1)", [[2.0, 2.0], [2.0, 1.0]]),
        (|x| x[0].min(x[1]), "min(x0, x1)", [[2.0, 2.0], [2.0, 1.0]]),
        (|x| x[0].abs_sub(x[1]), "abs_sub(x0, x1)", [[2.0, 2.0], [2.0, 1.0]]),
        (|x| x[0].copysign(x[1]), "copysign(x0, x1)", [[0.0, 2.0], [2.0, 1.0]]),
        (|x| x[0].hypot(x[1]), "hypot(x0, x1)", [[0.0, 0.0], [0.0, 1.0]]),
        (|x| x[0] % x[1], "x0 % x1", [[4.0, 2.0], [0.0, 2.0]]),
        (|x| x[0].atan2(x[1]), "atan2(x0, x1)", [[0.0, -1.0], [0.0, 1.0]]),
    ];
    for (f, formula, [at, beside]) in cases {
        assert_eq!(kink(f, &at).as_deref(), Some(formula), "{formula}");
        assert_eq!(kink(f, &beside), None, "{formula}");
    }
    // A constant has no derivative to lose, and what nothing depends on loses none.
    assert_eq!(kink(|x| x[0] + Traced::constant(0.0).abs(), &[1.0]), None);
    assert_eq!(kink(|x| x[0] + x[0].detach().abs(), &[0.0]), None);
    assert_eq!(kink(|x| x[0] + (x[0] - x[0]).abs(), &[0.0]), None);
    let unused = |x: &[Traced<f64>]| {
        let _ = x[0].abs();
        x[0]
    };
    assert_eq!(kink(unused, &[0.0]), None);
}

#[test]
fn ties_of_every_question() {
    fn ties(f: impl Fn(Traced<f64>) -> bool, x: f64) -> usize {
        Graph::record(|x| vec![if f(x[0]) { x[0] } else { -x[0] }], &[x]).ties().len()
    }
    let one = Traced::constant(1.0);
    let questions: [&dyn Fn(Traced<f64>) -> bool; 6] =
        [&|x| x == one, &|x| x < one, &|x| one <= x, &|x| x > one, &|x| x >= one, &|x| {
            x.partial_cmp(&one).is_some_and(std::cmp::Ordering::is_lt)
        }];
    for question in questions {
        assert_eq!((ties(question, 1.0), ties(question, 2.0)), (1, 0));
    }
    assert_eq!((ties(|x| x.is_sign_positive(), 0.0), ties(|x| x.is_sign_negative(), 1.0)), (1, 0));
    let is_normal = |x: Traced<f64>| num_traits::Float::is_normal(x);
    assert_eq!((ties(is_normal, 0.0), ties(is_normal, 1.0)), (1, 0));
    // Whether a number is NaN is no tie, nor what holds of a number and itself.
    assert_eq!((ties(|x| x.is_nan(), 0.0), ties(|x| x.is_finite(), 0.0), ties(|x| x == x, 0.0)), (0, 0, 0));
    assert_eq!(ties(|x| x.detach() == one, 1.0), 0);
    // A table is entered at a knot, or between two.
    let integer = |x: Traced<f64>| num_traits::ToPrimitive::to_usize(&x) == Some(2);
    assert_eq!((ties(integer, 2.0), ties(integer, 2.5), ties(integer, 0.0)), (1, 0, 0));
}

#[test]
fn numbers_that_are_read_are_named() {
    let read = |x: &[Traced<f64>]| vec![x[1] * Scalar::primal(&(x[0] + x[1]))];
    let graph = Graph::record(read, &[1.0, 2.0]);
    let found: Vec<Doubtful> = graph.doubtful().collect();
    names(&found, Doubt::Read, 0);
    names(&found, Doubt::BranchOnly, 0);
    let constant = Graph::record(|x| vec![x[0] * Scalar::primal(&x[0].detach())], &[1.0]);
    assert_eq!(constant.doubtful().len(), 0);
}

#[test]
fn strong_zeros_are_found_where_they_decide() {
    fn found(f: impl Fn(&[Traced<f64>]) -> Traced<f64>, x: &[f64]) -> Vec<(Doubt, String)> {
        Graph::record(|x| vec![f(x)], x).absorbed().map(|it| (it.kind, it.formula)).collect()
    }
    let first = |formula: &str| vec![(Doubt::StrongZero, formula.to_owned())];
    let second = |formula: &str| vec![(Doubt::SecondStrongZero, formula.to_owned())];
    let cubed = found(|x| x[0].cbrt().powi(3), &[0.0]);
    assert_eq!(cubed, [first("cbrt(x0)"), second("v1³")].concat());
    let root = found(|x| x[0].abs().sqrt(), &[0.0]);
    assert_eq!(root, [first("|x0|"), second("sqrt(v1)")].concat());
    assert_eq!(found(|x| x[0].hypot(x[1]).powi(2), &[0.0, 0.0]), second("hypot(x0, x1)"));
    assert_eq!(found(|x| x[0].abs().cos(), &[0.0]), second("|x0|"));
    assert_eq!(found(|x| (x[0] * x[0]).max(Traced::constant(0.0)), &[0.0]), second("max(v1, 0)"));
    // A zero by construction is none that decides, nor is a pole alone.
    assert_eq!(found(|x| x[0].sqrt(), &[0.0]), []);
    assert_eq!(found(|x| x[0] + x[1].sqrt() * Traced::constant(0.0), &[1.0, 0.0]), []);
    assert_eq!(found(|x| x[0].max(x[1].sqrt()), &[1.0, 0.0]), []);
    assert_eq!(found(|x| x[0].sin() * x[1].exp(), &[1.0, 0.0]), []);
}

#[test]
fn a_place_says_what_where_and_from_which_inputs() {
    let graph = Graph::record(|x| vec![(x[0] - x[1]).abs() + x[2]], &[2.0, 2.0, 1.0]).named(&["a", "b", "c"], &[]);
    let found: Vec<String> = graph.doubtful().map(|it| it.to_string()).collect();
    assert_eq!(found, ["kink: |v3| at v3 = 0; its derivative there is a convention, and so is what follows in a, b"]);
}
