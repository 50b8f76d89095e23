//! Every function of the table to order 5, against dual numbers nested five deep.

use crate::curves::{Curve, MOTIONS, Nested5, through};
use dualtape::rules::{Binary, Ternary, Unary};
use dualtape::{Dual, Scalar, Taylor};

type Series = Taylor<f64, 5>;

const ORDINARY: [f64; 8] = [0.3, -0.5, 1.0, -1.0, 2.0, 3.0, 7.3, 30.0];
const EDGES: [f64; 13] =
    [0.0, -0.0, 1e-300, -1e-300, 1e300, -1e300, 800.0, -800.0, -2.0, -3.7, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];

fn points(sample: f64) -> impl Iterator<Item = f64> + Clone {
    ORDINARY.into_iter().chain(EDGES).chain([sample])
}

/// Every function, and integer powers with every kind of exponent.
fn unary() -> impl Iterator<Item = Unary> {
    Unary::ALL.iter().copied().chain([-3, -1, 0, 1, 2, 7].map(Unary::Powi))
}

fn is_extreme(x: f64) -> bool {
    x.is_infinite() || x.abs() > 1e100 || x != 0.0 && x.abs() < 1e-100
}

fn class(x: f64) -> f64 {
    if x.is_finite() { 0.0 } else { x }
}

/// Compares derivatives; tells whether nesting lost one that the series has.
///
/// The classes are the same, but for two cases. Where nesting adds infinities of both signs, a series may add other terms, and find
/// an infinity or a number; never the other way round. At the end of the range a number may be infinite in one of them.
///
/// Numbers agree to the rounding of what they are the sum of: themselves, or the derivatives in one argument alone.
#[track_caller]
fn agree(what: &str, at: &[f64], [found, nested]: [Vec<f64>; 2], terms: impl Fn() -> Vec<Vec<f64>>) -> bool {
    let mut is_lost = false;
    for k in 0..nested.len() {
        let (f, n) = (found[k], nested[k]);
        let all = || format!("{what}: derivative {k} is {f:e}, nested {n:e}\n{found:?}\n{nested:?}");
        let of_same_class = class(f).total_cmp(&class(n)).is_eq() || f.is_nan() && n.is_nan();
        if !of_same_class {
            let is_extreme = at.iter().chain(&nested[..k]).copied().any(is_extreme);
            let at_the_end = f.abs().min(n.abs()) > 1e299 && f.signum() == n.signum();
            assert!(is_extreme && (n.is_nan() || at_the_end), "{}", all());
            is_lost |= n.is_nan();
        } else if n.is_finite() && !at.iter().copied().any(is_extreme) && (f - n).abs() > 1e-12 * n.abs() {
            let scale = terms().iter().map(|term| term[k].abs()).fold(n.abs(), f64::max);
            let of_others = nested.iter().filter(|d| d.is_finite()).fold(0.0_f64, |scale, d| scale.max(d.abs()));
            assert!((f - n).abs() <= 1e-12 * scale.max(1e-3 * of_others), "{}", all());
        }
    }
    is_lost
}

#[test]
fn functions_of_one_number_are_those_of_nesting() {
    let (mut cases, mut lost) = (0, 0);
    for op in unary() {
        for (x, motion) in points(op.sample()).flat_map(|x| (0..MOTIONS.len()).map(move |motion| (x, motion))) {
            let curve = through(x, motion);
            let found = op.value(Series::on_curve(&curve)).derivatives();
            let nested = op.value(Nested5::on_curve(&curve)).derivatives();
            lost += usize::from(agree(&format!("{op:?} along {curve:?}"), &[x], [found, nested], Vec::new));
            cases += 1;
        }
    }
    assert!(cases > 5000 && lost < 20, "{lost} of {cases}");
}

#[test]
fn functions_of_two_numbers_are_those_of_nesting() {
    let (mut cases, mut lost) = (0, 0);
    for &op in Binary::ALL {
        let (first, second) = op.sample();
        for (x, y) in points(first).flat_map(|x| points(second).map(move |y| (x, y))) {
            for (of_x, of_y) in [(0, 0), (2, 2), (0, 4), (4, 0), (3, 1), (2, 3)] {
                let (a, b) = (through(x, of_x), through(y, of_y));
                let found = op.value(Series::on_curve(&a), Series::on_curve(&b)).derivatives();
                let nested = |a: &[f64], b: &[f64]| op.value(Nested5::on_curve(a), Nested5::on_curve(b)).derivatives();
                let terms = || vec![nested(&a, &through(y, 4)), nested(&through(x, 4), &b)];
                let what = format!("{op:?} along {a:?}, {b:?}");
                lost += usize::from(agree(&what, &[x, y], [found, nested(&a, &b)], terms));
                cases += 1;
            }
        }
    }
    assert!(cases > 40_000 && lost < 200, "{lost} of {cases}");
}

#[test]
fn functions_of_three_numbers_are_those_of_nesting() {
    for &op in Ternary::ALL {
        for (x, y) in points(0.7).flat_map(|x| points(1.3).map(move |y| (x, y))) {
            for z in [-0.4, 0.0, f64::INFINITY, f64::NAN] {
                let (a, b, c) = (through(x, 2), through(y, 0), through(z, 3));
                let found = op.value(Series::on_curve(&a), Series::on_curve(&b), Series::on_curve(&c)).derivatives();
                let nested =
                    op.value(Nested5::on_curve(&a), Nested5::on_curve(&b), Nested5::on_curve(&c)).derivatives();
                agree(&format!("{op:?} along {a:?}, {b:?}, {c:?}"), &[x, y, z], [found, nested], Vec::new);
            }
        }
    }
}

/// An operation with a plain number is that with a constant, whichever way it goes.
#[test]
fn plain_numbers_are_constants() {
    use dualtape::Operator;
    for op in Operator::ALL {
        for (x, c) in points(0.7).flat_map(|x| points(1.3).map(move |c| (x, c))) {
            for motion in 0..MOTIONS.len() {
                let curve = through(x, motion);
                let (series, nested) = (Series::on_curve(&curve), Nested5::on_curve(&curve));
                let check = |side: &str, found: Series, nested: Nested5| {
                    let what = format!("{op:?} of {curve:?} with {c} on the {side}");
                    agree(&what, &[x, c], [found.derivatives(), nested.derivatives()], Vec::new);
                };
                check("right", series.with_plain(c, op), nested.with_plain(c, op));
                check("left", Series::of_plain(c, series, op), Nested5::of_plain(c, nested, op));
            }
        }
    }
}

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
}

/// The value is that of the float, at every order; one coefficient is the tangent of a dual number; and no coefficient depends
/// on how many come after it.
#[test]
fn the_order_cuts_off_and_changes_nothing() {
    fn check<const K: usize>(
        f: impl Fn(Taylor<f64, K>) -> Taylor<f64, K>,
        x: f64,
        truth: &Taylor<f64, 12>,
        what: &str,
    ) {
        let found = f(Taylor::along(x, 0.75));
        assert!(same(found.value, truth.value), "{what}, order {K}");
        for k in 0..K {
            let (a, b) = (found.coefficients[k], truth.coefficients[k]);
            let is_near = (a - b).abs() <= 1e-13 * b.abs().max(1e-10) || same(a, b);
            assert!(is_near, "{what}, coefficient {} of {K}: {a:e}, of 12: {b:e}", k + 1);
        }
    }
    for op in unary() {
        for x in [op.sample(), 0.3, 2.5, -0.5, 30.0] {
            let what = format!("{op:?}({x})");
            let truth = op.value(Taylor::<f64, 12>::along(x, 0.75));
            assert!(same(truth.value, op.value(x)), "{what}");
            let dual = op.value(Dual::new(x, 0.75));
            let [tangent] = op.value(Taylor::<f64, 1>::along(x, 0.75)).coefficients;
            assert!(tangent == dual.tangent || same(tangent, dual.tangent), "{what}: {tangent} {}", dual.tangent);
            check::<0>(|x| op.value(x), x, &truth, &what);
            check::<1>(|x| op.value(x), x, &truth, &what);
            check::<2>(|x| op.value(x), x, &truth, &what);
            check::<3>(|x| op.value(x), x, &truth, &what);
            check::<6>(|x| op.value(x), x, &truth, &what);
            check::<7>(|x| op.value(x), x, &truth, &what);
        }
    }
}
