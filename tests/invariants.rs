//! The invariants of the design over random expressions: same value, same branch, agreement, absorption, symmetry.

use dualtape::compare::{Case, Expression, Ordinary, Singular, hessians_agree, modes_agree};
use dualtape::{Counted, Dual, DualVec, Model, Scalar, Var, forward, hessian, hessian_forward, reverse};
use quickcheck::{Gen, QuickCheck, Testable};

/// Enough cases that every function meets every kind of operand.
fn check(cases: u64, property: impl Testable) {
    QuickCheck::new().rng(Gen::new(40)).tests(cases).max_tests(cases * 2).quickcheck(property);
}

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
}

/// Every number type computes the bits that f64 (f32) computes.
fn same_value(Case { expression, x }: &Case) -> bool {
    fn lifted<T: Scalar>(expression: &Expression, x: &[f64]) -> f64 {
        expression.eval(&x.iter().map(|&x| T::constant(x)).collect::<Vec<T>>()).primal()
    }
    let value = expression.eval(x);
    let small: Vec<f32> = x.iter().map(|&x| x as f32).collect();
    let small_value = f64::from(expression.eval(&small));
    [
        forward::gradient_in_chunks::<f64, 1>(|x| expression.eval(x), x).0,
        forward::gradient(|x| expression.eval(x), x).0,
        reverse::gradient(|x| expression.eval(x), x).0,
        hessian(|x| expression.eval(x), x).0,
        hessian_forward(|x| expression.eval(x), x).0,
        lifted::<Dual<f64>>(expression, x),
        lifted::<Var<f64>>(expression, x),
        lifted::<Counted<f64>>(expression, x),
        lifted::<Var<Var<f64>>>(expression, x),
        lifted::<DualVec<Var<f64>, 4>>(expression, x),
    ]
    .iter()
    .all(|&v| same(v, value))
        && [
            f64::from(forward::gradient(|x| expression.eval(x), &small).0),
            f64::from(reverse::gradient(|x| expression.eval(x), &small).0),
        ]
        .iter()
        .all(|&v| same(v, small_value))
}

#[test]
fn i1_and_i2_same_value_on_every_branch() {
    check(4000, (|case: Ordinary| same_value(&case.0)) as fn(Ordinary) -> bool);
    check(4000, (|case: Singular| same_value(&case.0)) as fn(Singular) -> bool);
}

#[test]
fn i3_both_modes_agree_at_ordinary_points() {
    fn agrees(case: Ordinary) -> Result<(), String> {
        modes_agree(&case.0.expression, &case.0.x).map(drop).map_err(|e| e.to_string())
    }
    check(20_000, agrees as fn(Ordinary) -> Result<(), String>);
}

#[test]
fn i3_both_modes_agree_on_the_class_at_singular_points() {
    fn agrees(case: Singular) -> Result<(), String> {
        modes_agree(&case.0.expression, &case.0.x).map(drop).map_err(|e| e.to_string())
    }
    check(20_000, agrees as fn(Singular) -> Result<(), String>);
}

#[test]
fn hessians_are_symmetric_and_equal_in_every_order() {
    fn agrees(case: Ordinary) -> Result<(), String> {
        hessians_agree(&case.0.expression, &case.0.x).map(drop).map_err(|e| e.to_string())
    }
    check(4000, agrees as fn(Ordinary) -> Result<(), String>);
}
