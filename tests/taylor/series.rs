//! Taylor series of every function to order 20, against `tests/data/series.csv`, which `series.py` made.

use crate::curves::{Curve, Nested3};
use dualtape::Taylor;
use dualtape::rules::{Binary, Unary};
use std::collections::HashSet;

type Series = Taylor<f64, 20>;

/// How far off a coefficient of order k may be, where it is `truth` and its neighbours are those `beside` it: a part of a coefficient
/// that passes through 0 between them is rounded as they are.
fn tolerance(name: &str, x: f64, k: usize, truth: f64, beside: [f64; 2]) -> f64 {
    let usual = 3e-13 * truth.abs().max((beside[0] * beside[1]).abs().sqrt());
    match name {
        // From |x| = 1 on they are divided by x, which rounds as the series of 1/x does.
        "sinc" | "sinhc" | "cosc" if x.abs() >= 1.0 => usual + 1e-15 * x.abs().powi(-(k as i32)),
        _ => usual,
    }
}

/// The same to third order by nesting, which runs the rules alone.
#[test]
fn third_derivatives_of_nested_numbers_are_right() {
    let mut faults = Vec::new();
    for line in include_str!("../data/series.csv").lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |field: usize| fields[field].parse::<f64>().expect("a number");
        let (name, x) = (fields[0], Nested3::on_curve(&[number(1), 1.0, 0.0, 0.0]));
        let found = match Unary::ALL.iter().find(|op| op.name() == name) {
            Some(op) => op.value(x),
            None => {
                let op = Binary::ALL.iter().find(|op| op.name() == name).expect("the function is in the table");
                op.value(x, Nested3::on_curve(&[number(2), -0.5, 0.0, 0.0]))
            }
        };
        let truth = [number(3), number(4), 2.0 * number(5), 6.0 * number(6)];
        for (k, (found, truth)) in found.derivatives().into_iter().zip(truth).enumerate() {
            let beside = 6.0 * (number(5) * number(7)).abs().sqrt();
            let scale = if k == 3 { truth.abs().max(beside) } else { truth.abs() };
            if (found - truth).abs() > (1e-12 * scale).max(f64::MIN_POSITIVE) || found.is_nan() {
                faults.push(format!("{line:.30}: derivative {k} is {found:e}, truth {truth:e}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn coefficients_are_those_of_the_series() {
    let (mut functions, mut coefficients) = (HashSet::new(), 0);
    let mut faults = Vec::new();
    for line in include_str!("../data/series.csv").lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let [name, x, y, ref truth @ ..] = fields[..] else { panic!("{line}: a function and two arguments") };
        let x: f64 = x.parse().expect("an argument");
        let truth: Vec<f64> = truth.iter().map(|c| c.parse().expect("a coefficient")).collect();
        let found: Series = if y.is_empty() {
            let op = Unary::ALL.iter().find(|op| op.name() == name).expect("the function is in the table");
            op.value(Series::variable(x))
        } else {
            let op = Binary::ALL.iter().find(|op| op.name() == name).expect("the function is in the table");
            op.value(Series::variable(x), Series::along(y.parse().expect("an argument"), -0.5))
        };
        functions.insert(name);
        for (k, &c) in truth.iter().enumerate() {
            let beside = [truth[k.saturating_sub(1)], truth[(k + 1).min(20)]];
            let (error, tolerance) = ((found.coefficient(k) - c).abs(), tolerance(name, x, k, c, beside));
            if error.is_nan() || error > tolerance.max(f64::MIN_POSITIVE) {
                faults.push(format!("{name}({x}, {y}): c{k} is {:e}, truth {c:e}", found.coefficient(k)));
            }
            coefficients += 1;
        }
    }
    assert!(faults.is_empty(), "{} of {coefficients}:\n{}", faults.len(), faults.join("\n"));
    // Those that are left have no more than one coefficient: steps, and what is linear.
    assert_eq!((functions.len(), coefficients), (41, 281 * 21));
}

/// A whole number of factors is a polynomial, also near a root, where a recurrence that divides by x would cancel.
#[test]
fn whole_powers_are_products() {
    let x = Taylor::new(1e-8_f64, [1.0, 1.0, 0.0, 0.0]);
    for (power, product) in [(x.powf(2.0), x * x), (x.powf(3.0), x * x * x), (x.powi(2), x * x)] {
        for (found, truth) in power.coefficients.into_iter().zip(product.coefficients) {
            assert!((found - truth).abs() <= 1e-15 * truth.abs(), "{power} is not {product}");
        }
    }
}

/// A power may be too small for a float, or have few digits left, where its derivatives have all of theirs: those of
/// (x·(1 + s))^(w + r·s) = x^w·exp((w + r·s)·ln(1 + s) + r·s·ln x) in t = x·s.
#[test]
fn powers_that_underflow_have_their_derivatives() {
    let x = Taylor::<f64, 3>::variable(1e-80);
    let [few_digits, none] = [(3.95, [1e-236, 1e-156, 1e-76]), (4.25, [1e-260, 1e-180, 1e-100])];
    // With r = 1 the derivative in the exponent is one of the smallest floats itself.
    for ((w, powers), r, tolerance) in [(few_digits, 0.0, 1e-12), (few_digits, 1.0, 1e-10), (none, 0.0, 1e-12)] {
        let e = [w + r * x.value.ln(), r - w / 2.0, w / 3.0 - r / 2.0];
        let series = [e[0], e[0] * e[0] / 2.0 + e[1], e[0] * (e[0] * e[0] / 6.0 + e[1]) + e[2]];
        let mut found = vec![x.powf(Taylor::new(w, [r * 1e80, 0.0, 0.0]))];
        if r == 0.0 {
            found.push(x.powf(w));
        }
        for (y, k) in found.iter().flat_map(|y| [(y, 0), (y, 1), (y, 2)]) {
            let (c, truth) = (y.coefficients[k], series[k] * powers[k]);
            let is_near = (c - truth).abs() <= tolerance * truth.abs();
            assert!(is_near, "w = {w}, r = {r}: c{} is {c:e}, not {truth:e}", k + 1);
        }
    }
}

/// Series that everyone knows, to order 20.
#[test]
fn well_known_series_come_out() {
    let t = Series::variable(0.0);
    let factorial = |k: usize| (1..=k).map(|i| i as f64).product::<f64>();
    let check = |what: &str, found: Series, truth: &dyn Fn(usize) -> f64| {
        for k in 0..=20 {
            let (c, truth) = (found.coefficient(k), truth(k));
            assert!((c - truth).abs() <= 1e-14 * truth.abs(), "{what}: c{k} is {c:e}, expected {truth:e}");
        }
    };
    let sign = |is_negative: bool| if is_negative { -1.0 } else { 1.0 };
    check("exp", t.exp(), &|k| 1.0 / factorial(k));
    check("sin", t.sin(), &|k| if k % 2 == 0 { 0.0 } else { sign(k % 4 == 3) / factorial(k) });
    check("ln(1 + t)", (t + 1.0).ln(), &|k| if k == 0 { 0.0 } else { sign(k % 2 == 0) / k as f64 });
    check("1/(1 - t)", (1.0 - t).recip(), &|_| 1.0);
    check("1/(1 - t)^2", 1.0 / ((1.0 - t) * (1.0 - t)), &|k| k as f64 + 1.0);
    check("atan", t.atan(), &|k| if k % 2 == 0 { 0.0 } else { sign(k % 4 == 3) / k as f64 });
    let binomial = |p: f64| move |k: usize| (0..k).map(|i| (p - i as f64) / (i as f64 + 1.0)).product::<f64>();
    check("(1 + t)^0.3", (t + 1.0).powf(0.3), &binomial(0.3));
    check("(1 + t)^-2.5", (t + 1.0).powf(-2.5), &binomial(-2.5));
    check("(1 + t)^7 by powf", (t + 1.0).powf(7.0), &binomial(7.0));
    check("(1 + t)^-9", (t + 1.0).powi(-9), &binomial(-9.0));
    check("sqrt(1 + t)", (t + 1.0).sqrt(), &binomial(0.5));
    check("cbrt(1 + t)", (t + 1.0).cbrt(), &binomial(1.0 / 3.0));
    // tanh t = Σ 2ᵏ·(2ᵏ - 1)·Bₖ·tᵏ⁻¹/k! over even k.
    const BERNOULLI: [f64; 10] = [
        1.0 / 6.0,
        -1.0 / 30.0,
        1.0 / 42.0,
        -1.0 / 30.0,
        5.0 / 66.0,
        -691.0 / 2730.0,
        7.0 / 6.0,
        -3617.0 / 510.0,
        43_867.0 / 798.0,
        -174_611.0 / 330.0,
    ];
    check("tanh", t.tanh(), &|k| {
        let power = 2.0_f64.powi(k as i32 + 1);
        if k % 2 == 0 { 0.0 } else { power * (power - 1.0) * BERNOULLI[k / 2] / factorial(k + 1) }
    });
}
