//! Derivatives that a branch dropped cannot be mended by the library: they are named.
//!
//! Here the places of every operation and question; functions that lose a derivative are in the modules.

#![cfg(feature = "compare")]

mod matrices;
mod shortcuts;
mod shown;
mod spectra;

use dualtape::Scalar;
use dualtape::graph::{Doubt, Doubtful, Graph, Traced};
use shown::names;

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
    // Of a number and itself some are smooth.
    type Of = fn(Traced<f64>) -> Traced<f64>;
    let smooth: [Of; 4] = [|x| x.max(x), |x| x.min(x), |x| x.abs_sub(x), |x| x % x];
    for (f, derivative) in smooth.into_iter().zip([1.0, 1.0, 0.0, 0.0]) {
        let graph = Graph::record(|x| vec![f(x[0])], &[2.0]);
        assert_eq!((graph.doubtful().len(), graph.gradient(&[2.0]).unwrap().1[0]), (0, derivative));
        for x in [f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(kink(|x| f(x[0]), &[x]), None, "{x}");
        }
    }
    assert_eq!(kink(|x| x[0].copysign(x[0]), &[0.0]).as_deref(), Some("copysign(x0, x0)"));
    assert_eq!(kink(|x| x[0].hypot(x[0]), &[0.0]).as_deref(), Some("hypot(x0, x0)"));
    // A sign given to the constant 0, and one taken of 0.
    let [zero, two] = [0.0, 2.0].map(Traced::constant);
    let of_sign = |constant: Traced<f64>, x| kink(|x| x[0] + constant.copysign(x[0]), &[x]).is_some();
    assert_eq!(
        [(zero, 2.0), (zero, 0.0), (two, 2.0), (two, 0.0)].map(|(it, x)| of_sign(it, x)),
        [false, true, false, true]
    );
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
        Graph::record(|x| vec![f(x)], x).strong_zeros().map(|it| (it.kind, it.formula)).collect()
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
    // Contributions over ways of different lengths add up.
    let twice = |x: &[Traced<f64>]| {
        let root = x[0].sqrt() * x[1];
        root + (root + x[1]) * x[2]
    };
    assert_eq!(found(twice, &[0.0, 1.0, 1.0]), []);
    // The derivatives of log(x, x) cancel, as numbers that vary do, and acos has an infinite one there.
    let itself = |x: Traced<f64>| x - x;
    assert_eq!(found(|x| itself(x[0].log(x[0]).acos()), &[1.430_546_825_031_342_5]), first("acos(v1)"));
    let graph = Graph::record(|x| vec![(x[0] * x[0] / (x[0] * x[0])).acos()], &[1.5]);
    let inputs: Vec<_> = graph.strong_zeros().map(|it| (it.formula, it.inputs)).collect();
    assert_eq!(inputs, [("acos(v3)".to_owned(), vec![(0, "x0".to_owned())])]);
    assert_eq!(found(|x| (x[0] - x[0]).sqrt(), &[3.0]), []);
    // A direction in which the first derivative is decided outweighs those in which the second one is.
    let rooted = |x: &[Traced<f64>]| itself((x[1].sqrt() + x[0] * x[0]).powf(1.5));
    assert_eq!(found(rooted, &[0.0, 0.0]), first("v4^1.5"));
}

#[test]
fn a_place_says_what_where_and_from_which_inputs() {
    let graph = Graph::record(|x| vec![(x[0] - x[1]).abs() + x[2]], &[2.0, 2.0, 1.0]).named(&["a", "b", "c"], &[]);
    let found: Vec<String> = graph.doubtful().map(|it| it.to_string()).collect();
    assert_eq!(found, ["kink: |v3| at v3 = 0; its derivative there is a convention, and so is what follows in a, b"]);
    // A few of many inputs.
    let graph = Graph::record(|x| vec![Scalar::sum(x).abs()], &[-7.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
    let found: Vec<String> = graph.doubtful().map(|it| it.to_string()).collect();
    let end = "is a convention, and so is what follows in x0, x1, x2, x3, x4, x5 and 2 more";
    assert!(found.len() == 1 && found[0].ends_with(end), "{found:?}");
}
