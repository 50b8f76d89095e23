//! The rule table against values computed with 120 to 700 digits, in every mode and order.

#![cfg(feature = "compare")]

mod support;

use dualtape::rules::{Binary, Unary};
use dualtape::{Dual, Dual2Vec, DualVec, Scalar, Var, forward, reverse};
use support::agrees;

const FIRST: f64 = 4e-15;
const SECOND: f64 = 1e-12;
const THIRD: f64 = 1e-12;

/// Collects what is wrong, so that one run shows all of it.
#[derive(Default)]
struct Report {
    checks: usize,
    faults: Vec<String>,
}

impl Report {
    fn check(&mut self, what: impl Fn() -> String, found: f64, truth: f64, tolerance: f64) {
        self.checks += 1;
        if !agrees(found, truth, tolerance) {
            let error = (found - truth) / truth;
            self.faults.push(format!("{}: found {found:e}, truth {truth:e}, error {error:e}", what()));
        }
    }

    fn finish(self, expected_checks: usize) {
        assert!(self.faults.is_empty(), "{} of {}:\n{}", self.faults.len(), self.checks, self.faults.join("\n"));
        assert_eq!(self.checks, expected_checks);
    }
}

fn rows(table: &str) -> impl Iterator<Item = (&str, Vec<f64>)> {
    table.lines().skip(1).map(|line| {
        let (name, numbers) = line.split_once(',').expect("a row has a name");
        (name, numbers.split(',').map(|n| n.parse().expect("a row holds numbers")).collect())
    })
}

#[test]
fn unary_first_and_second_derivatives() {
    // The value is the platform's own, so only its neighbourhood is checked here.
    check_unary(include_str!("data/unary.csv"), 1e-11);
}

/// `data/special.py` made the table.
#[test]
fn first_and_second_derivatives_of_special_functions() {
    check_unary(include_str!("data/special.csv"), FIRST);
}

fn check_unary(table: &str, of_value: f64) {
    let mut report = Report::default();
    for (name, numbers) in rows(table) {
        let [x, value, first, second] = numbers[..] else { panic!("{name}: four numbers") };
        let op = *Unary::ALL.iter().find(|op| op.name() == name).expect("the function is in the table");
        let what = |mode: &'static str| move || format!("{mode} {name}({x:e})");
        report.check(what("value"), op.value(x), value, of_value);
        let (v, d) = forward::derivative(|x: Dual<f64>| op.value(x), x);
        assert_eq!(v.to_bits(), op.value(x).to_bits(), "{name}({x:e})");
        report.check(what("forward"), d, first, FIRST);
        let (v, d) = forward::gradient(|x: &[DualVec<f64, 8>]| op.value(x[0]), &[x]);
        assert_eq!(v.to_bits(), op.value(x).to_bits(), "{name}({x:e})");
        report.check(what("vector forward"), d[0], first, FIRST);
        let (v, d) = reverse::derivative(|x: Var<f64>| op.value(x), x);
        assert_eq!(v.to_bits(), op.value(x).to_bits(), "{name}({x:e})");
        report.check(what("reverse"), d, first, FIRST);

        let y = op.value(Dual2Vec::<f64, 1>::variable(x, 0));
        assert_eq!(y.value.to_bits(), op.value(x).to_bits(), "{name}({x:e})");
        report.check(what("second-order forward"), y.gradient[0], first, FIRST);
        report.check(what("second-order"), y.hessian()[0][0], second, SECOND);

        let ff = forward::derivative(|x| forward::derivative(|x| op.value(x), x).1, x).1;
        let fr = forward::derivative(|x| reverse::derivative(|x| op.value(x), x).1, x).1;
        let rf = reverse::derivative(|x| forward::derivative(|x| op.value(x), x).1, x).1;
        let rr = reverse::derivative(|x| reverse::derivative(|x| op.value(x), x).1, x).1;
        for (mode, d) in [("ff", ff), ("fr", fr), ("rf", rf), ("rr", rr)] {
            report.check(what(mode), d, second, SECOND);
        }
    }
    report.finish(10 * rows(table).count());
}

fn second_order(op: Binary, x: f64, y: f64) -> Dual2Vec<f64, 2> {
    op.value(Dual2Vec::variable(x, 0), Dual2Vec::variable(y, 1))
}

fn hessian_orders(op: Binary, x: f64, y: f64) -> [(&'static str, [[f64; 2]; 2]); 5] {
    fn forward_gradient<T: Scalar>(op: Binary, x: &[T]) -> Vec<T> {
        forward::gradient_in_chunks::<T, 2>(|x| op.value(x[0], x[1]), x).1
    }
    fn reverse_gradient<T: Scalar>(op: Binary, x: &[T]) -> Vec<T> {
        reverse::gradient(|x| op.value(x[0], x[1]), x).1
    }
    let at = [x, y];
    let rows = |j: Result<(Vec<f64>, nalgebra::DMatrix<f64>), _>| {
        let j = j.expect("two outputs on every pass").1;
        [[j[(0, 0)], j[(0, 1)]], [j[(1, 0)], j[(1, 1)]]]
    };
    [
        ("ff", rows(forward::jacobian(|x| forward_gradient(op, x), &at))),
        ("fr", rows(forward::jacobian(|x| reverse_gradient(op, x), &at))),
        ("rf", rows(reverse::jacobian(|x| forward_gradient(op, x), &at))),
        ("rr", rows(reverse::jacobian(|x| reverse_gradient(op, x), &at))),
        ("second-order", second_order(op, x, y).hessian()),
    ]
}

#[test]
fn binary_first_and_second_derivatives() {
    let mut report = Report::default();
    for (name, numbers) in rows(include_str!("data/binary.csv")) {
        let [x, y, value, dx, dy, dxx, dxy, dyy] = numbers[..] else { panic!("{name}: eight numbers") };
        let op = *Binary::ALL.iter().find(|op| op.name() == name).expect("the function is in the table");
        let what = |mode: &'static str| move || format!("{mode} {name}({x:e}, {y:e})");
        report.check(what("value"), op.value(x, y), value, FIRST);
        let f = forward::gradient(|x| op.value(x[0], x[1]), &[x, y]).1;
        let r = reverse::gradient(|x| op.value(x[0], x[1]), &[x, y]).1;
        for (mode, g) in [("forward", f), ("reverse", r), ("second-order", second_order(op, x, y).gradient.to_vec())] {
            report.check(what(mode), g[0], dx, FIRST);
            report.check(what(mode), g[1], dy, FIRST);
        }
        for (mode, h) in hessian_orders(op, x, y) {
            report.check(what(mode), h[0][0], dxx, SECOND);
            report.check(what(mode), h[0][1], dxy, SECOND);
            report.check(what(mode), h[1][0], dxy, SECOND);
            report.check(what(mode), h[1][1], dyy, SECOND);
        }
    }
    report.finish(27 * 39);
}

/// Entry (k, i, j) is the derivative by inputs k, i and j.
type Third = [[[f64; 2]; 2]; 2];

fn third_orders(op: Binary, at: [f64; 2]) -> [(&'static str, Third); 4] {
    type Nested<T> = DualVec<DualVec<T, 2>, 2>;
    let one_at = |k: usize, i: usize| if i == k { 1.0 } else { 0.0 };
    let inputs = [0, 1].map(|i| Dual2Vec::<f64, 2>::variable(at[i], i));
    let outside = [0, 1].map(|k| {
        let [x, y] = [0, 1].map(|i| Dual::new(inputs[i], Dual2Vec::constant(one_at(k, i))));
        op.value(x, y).tangent.hessian()
    });
    let inside = [0, 1].map(|k| {
        let [x, y] = [0, 1].map(|i| Dual2Vec::<_, 2>::variable(Dual::new(at[i], one_at(k, i)), i));
        op.value(x, y).hessian().map(|row| row.map(|second: Dual<f64>| second.tangent))
    });
    let of_reverse = reverse::gradient(|x| op.value(x[0], x[1]), &inputs).1;
    let [x, y] = [0, 1].map(|i| {
        let first = DualVec::<f64, 2>::variable(at[i], i);
        let second = DualVec::new(first, [0, 1].map(|k| DualVec::constant(one_at(k, i))));
        DualVec::new(second, [0, 1].map(|k| DualVec::constant(DualVec::constant(one_at(k, i)))))
    });
    let nested: Nested<DualVec<f64, 2>> = op.value(x, y);
    [
        ("forward over second-order", outside),
        ("second-order over forward", inside),
        ("second-order in reverse", [of_reverse[0].hessian(), of_reverse[1].hessian()]),
        ("forward three times", nested.tangents.map(|second| second.tangents.map(|first| first.tangents))),
    ]
}

/// `data/third.py` made the table.
#[test]
fn third_derivatives_of_two_variables() {
    let mut report = Report::default();
    for (name, numbers) in rows(include_str!("data/third.csv")) {
        let (at, truth) = ([numbers[0], numbers[1]], &numbers[2..]);
        let op = *Binary::ALL.iter().find(|op| op.name() == name).expect("the function is in the table");
        for (mode, third) in third_orders(op, at) {
            for (place, &found) in third.as_flattened().as_flattened().iter().enumerate() {
                // As many derivatives by y as the place has bits.
                let truth = truth[place.count_ones() as usize];
                report.check(|| format!("{mode} {name}{at:?}, place {place:03b}"), found, truth, THIRD);
            }
        }
    }
    report.finish(26 * 4 * 8);
}
