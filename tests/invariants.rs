//! The invariants of the design over random expressions: same value, same branch, agreement, absorption, symmetry.

#![cfg(feature = "quickcheck")]

mod support;

use dualtape::compare::{Bound, Case, Disagreement, Expression, Ordinary, Singular, hessians_agree, modes_agree};
use dualtape::graph::{Graph, Traced};
use dualtape::higher::{hessian, hessian_forward};
use dualtape::{
    Counted, Dual, Dual2Vec, DualVec, Many, Model, One, Scalar, Taylor, Var, forward, gradient, higher, hvp, hvp_block,
    jacobian, jet, jvp, reverse, vjp,
};
use nalgebra::DMatrix;
use quickcheck::{Gen, QuickCheck, Testable};
use std::sync::atomic::{AtomicUsize, Ordering};
use support::special::is_special;
use support::{equal, same, seed};

/// Enough cases that every function meets every kind of operand.
fn check(cases: u64, property: impl Testable) {
    QuickCheck::new().rng(Gen::from_size_and_seed(40, seed())).tests(cases).max_tests(cases * 2).quickcheck(property);
}

/// Where a curve through a point goes: no two inputs alike.
fn direction(input: usize) -> f64 {
    [1.0, -0.5, 0.75, -1.25][input % 4]
}

/// The value and the derivatives along a line, by series.
fn jets<T: Scalar, const K: usize>(expression: &Expression, x: &[T]) -> Vec<T> {
    let along = |(i, &x): (usize, &T)| Taylor::<T, K>::along(x, T::constant(direction(i)));
    let y = expression.eval(&x.iter().enumerate().map(along).collect::<Vec<_>>());
    (0..=K).map(|k| y.derivative(k)).collect()
}

/// The same by nesting, to order 3.
fn nested_jets<T: Scalar>(expression: &Expression, x: &[T]) -> Vec<T> {
    let along = |(i, &x): (usize, &T)| {
        let v = T::constant(direction(i));
        let twice = Dual::new(Dual::new(x, v), Dual::constant(v));
        Dual::new(twice, Dual::constant(Dual::constant(v)))
    };
    let y = expression.eval(&x.iter().enumerate().map(along).collect::<Vec<_>>());
    vec![y.value.value.value, y.tangent.value.value, y.tangent.tangent.value, y.tangent.tangent.tangent]
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
        jets::<f64, 4>(expression, x)[0],
        lifted::<Dual<f64>>(expression, x),
        lifted::<Var<f64>>(expression, x),
        lifted::<Counted<f64>>(expression, x),
        lifted::<Traced<f64>>(expression, x),
        Graph::of(expression, x).outputs()[0],
        lifted::<Taylor<f64, 3>>(expression, x),
        lifted::<Taylor<Var<f64>, 2>>(expression, x),
        lifted::<Var<Var<f64>>>(expression, x),
        lifted::<DualVec<Var<f64>, 4>>(expression, x),
        lifted::<Dual2Vec<f64, 3>>(expression, x),
        lifted::<Dual2Vec<Var<f64>, 2>>(expression, x),
    ]
    .iter()
    .all(|&v| same(v, value))
        && [
            f64::from(forward::gradient(|x| expression.eval(x), &small).0),
            f64::from(jets::<f32, 3>(expression, &small)[0]),
            f64::from(reverse::gradient(|x| expression.eval(x), &small).0),
            f64::from(hessian_forward(|x| expression.eval(x), &small).0),
        ]
        .iter()
        .all(|&v| same(v, small_value))
}

#[test]
fn i1_and_i2_same_value_on_every_branch() {
    check(4000, (|case: Ordinary| same_value(&case.0)) as fn(Ordinary) -> bool);
    check(4000, (|case: Singular| same_value(&case.0)) as fn(Singular) -> bool);
}

/// A model runs with plain products first: what comes out is what strong zeros give in every product, as closures have them.
fn model_as_closures(Case { expression, x }: &Case) -> Result<(), String> {
    const FINE: &str = "as many finite entries as inputs";
    fn first((y, derivatives): (Vec<f64>, Vec<f64>)) -> Vec<f64> {
        [y, derivatives].concat()
    }
    fn second<H: AsRef<[f64]>>((y, gradient, second): (f64, Vec<f64>, H)) -> Vec<f64> {
        [&[y], &gradient[..], second.as_ref()].concat()
    }
    fn of_one((y, gradient): (f64, Vec<f64>)) -> Vec<f64> {
        first((vec![y], gradient))
    }
    fn of_many((y, jacobian): (Vec<f64>, DMatrix<f64>)) -> Vec<f64> {
        first((y, jacobian.as_slice().to_vec()))
    }
    fn of_hessian((y, gradient, hessian): (f64, Vec<f64>, DMatrix<f64>)) -> Vec<f64> {
        second((y, gradient, hessian.as_slice()))
    }
    fn of_series(y: Vec<Taylor<f64, 3>>) -> Vec<f64> {
        y.iter().flat_map(|y| first((vec![y.value], y.coefficients.to_vec()))).collect()
    }
    /// Two outputs, of the first so many inputs.
    struct Two<'a>(&'a Expression, usize);
    impl Model for Two<'_> {
        type Outputs = Many;
        fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T> {
            vec![x[0], self.0.eval(&x[..self.1])]
        }
    }
    /// The second of them alone.
    struct Second<'a>(&'a Expression, usize);
    impl Model for Second<'_> {
        type Outputs = One;
        fn eval<T: Scalar>(&self, x: &[T]) -> T {
            self.0.eval(&x[..self.1])
        }
    }
    let f = expression;
    let v: Vec<f64> = (0..x.len()).map(|i| [1.0, 0.0, -0.5][i % 3]).collect();
    let (two, alone) = (Two(f, x.len()), Second(f, x.len()));
    let block = DMatrix::from_fn(x.len(), 2, |i, j| v[(i + j) % x.len()]);
    let padded = [&x[..], &[0.5; 30]].concat();
    let found = [
        ("gradient", of_one(gradient(f, x)), of_one(forward::gradient(|x| f.eval(x), x))),
        ("jvp", first(jvp(f, x, &v).expect(FINE)), first(forward::jvp(|x| vec![f.eval(x)], x, &v).expect(FINE))),
        (
            "vjp",
            first(vjp(f, x, &[-2.0]).expect(FINE)),
            first(reverse::vjp(|x| vec![f.eval(x)], x, &[-2.0]).expect(FINE)),
        ),
        ("jacobian, forward", of_many(jacobian(&two, x)), of_many(forward::jacobian(|x| two.eval(x), x).expect(FINE))),
        (
            "jacobian, reverse",
            of_many(jacobian(&two, &padded)),
            of_many(reverse::jacobian(|x| two.eval(x), &padded).expect(FINE)),
        ),
        ("hvp", second(hvp(f, x, &v).expect(FINE)), second(higher::hvp(|x| f.eval(x), x, &v).expect(FINE))),
        (
            "hvp_block",
            of_hessian(hvp_block(f, x, &block).expect(FINE)),
            of_hessian(higher::hvp_block(|x| f.eval(x), x, &block).expect(FINE)),
        ),
        (
            "jet",
            of_series(jet(f, x, &v).expect(FINE)),
            of_series(forward::jet(|x| vec![f.eval(x)], x, &v).expect(FINE)),
        ),
        ("hessian, forward", of_hessian(dualtape::hessian(f, x)), of_hessian(hessian_forward(|x| f.eval(x), x))),
        (
            "hessian, reverse",
            of_hessian(dualtape::hessian(&alone, &padded[..5])),
            of_hessian(hessian(|x| alone.eval(x), &padded[..5])),
        ),
    ];
    assert!(x.len() <= higher::DIRECTIONS, "by reverse mode");
    // Where forward mode came out NaN, strong zeros are those of reverse mode.
    let again = |operator| match operator {
        "gradient" => Some(of_one(reverse::gradient(|x| f.eval(x), x))),
        "jacobian, forward" => Some(of_many(reverse::jacobian(|x| two.eval(x), x).expect(FINE))),
        "hessian, forward" => Some(of_hessian(hessian(|x| f.eval(x), x))),
        _ => None,
    };
    for (operator, of_model, of_closure) in found {
        let equal = |a: f64, b: f64| a == b || a.is_nan() && b.is_nan();
        let again = again(operator).unwrap_or_else(|| of_closure.clone());
        let by_either = of_model.iter().zip(&of_closure).zip(&again);
        if !by_either.into_iter().all(|((&a, &b), &c)| equal(a, b) || equal(a, c)) {
            return Err(format!(
                "{operator}: {of_model:?} of the model, {of_closure:?} of the closure, again {again:?}"
            ));
        }
    }
    Ok(())
}

#[test]
fn a_model_has_the_derivatives_of_its_closures() {
    check(4000, (|case: Ordinary| model_as_closures(&case.0)) as fn(Ordinary) -> Result<(), String>);
    check(8000, (|case: Singular| model_as_closures(&case.0)) as fn(Singular) -> Result<(), String>);
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
        let (f, x) = (&case.0.expression, &case.0.x);
        match hessians_agree(f, x) {
            Err(Disagreement::Differences(_)) if is_special(f, x) => Ok(()),
            other => other.map(drop).map_err(|e| e.to_string()),
        }
    }
    check(4000, agrees as fn(Ordinary) -> Result<(), String>);
}

/// Each of the two is off by what its operations round, which `Bound` follows.
#[test]
fn series_agree_with_nesting() {
    static SHARP: AtomicUsize = AtomicUsize::new(0);
    fn agrees(case: Ordinary) -> Result<(), String> {
        let Case { expression, x } = &case.0;
        let bounds: Vec<Bound<f64>> = x.iter().map(|&x| Bound::from(x)).collect();
        let (found, nested) = (jets::<_, 3>(expression, &bounds), nested_jets(expression, &bounds));
        for (k, (a, b)) in found.iter().zip(&nested).enumerate() {
            let tolerance = 4.0 * (a.rounding + b.rounding) + f64::MIN_POSITIVE;
            SHARP.fetch_add(usize::from(k > 1 && tolerance < 1e-11 * b.value.abs()), Ordering::Relaxed);
            let agree = (a.value - b.value).abs() <= tolerance || same(a.value, b.value);
            if !agree && b.value.is_finite() && tolerance.is_finite() {
                return Err(format!(
                    "derivative {k} is {:e}, nested {:e}, off by more than {tolerance:e}",
                    a.value, b.value
                ));
            }
        }
        Ok(())
    }
    check(4000, agrees as fn(Ordinary) -> Result<(), String>);
    let sharp = SHARP.load(Ordering::Relaxed);
    assert!(sharp > 3000, "{sharp} second and third derivatives were held to 11 digits");
}

/// Where nesting finds numbers at a singular point, series do.
#[test]
fn series_are_finite_where_nesting_is() {
    fn agrees(case: Singular) -> Result<(), String> {
        let Case { expression, x } = &case.0;
        let (found, nested) = (jets::<_, 3>(expression, x), nested_jets(expression, x));
        let first = nested.iter().position(|d| !d.is_finite()).unwrap_or(nested.len());
        match found[..first].iter().position(|d| !d.is_finite()) {
            Some(k) => Err(format!("derivative {k} is {:e}, nested {:e}: {found:?}, {nested:?}", found[k], nested[k])),
            None => Ok(()),
        }
    }
    check(20_000, agrees as fn(Singular) -> Result<(), String>);
}

/// The number of second order multiplies and adds what nested dual vectors do, in the same order; only zeros may differ in sign.
#[test]
fn second_derivatives_in_one_evaluation_are_the_nested_ones() {
    fn agrees(Case { expression, x }: &Case) -> Result<(), String> {
        let (_, slopes, packed) = hessian_forward(|x| expression.eval(x), x);
        let slope = |x: &[DualVec<f64, 8>]| forward::gradient_in_chunks::<_, 1>(|x| expression.eval(x), x).1;
        let (first, nested) = forward::jacobian(slope, x).map_err(|e| e.to_string())?;
        for i in 0..x.len() {
            if !equal(slopes[i], first[i]) {
                return Err(format!(
                    "derivative {i} is {:e} and nested {:e} of\n{expression}at {x:?}",
                    slopes[i], first[i]
                ));
            }
            for j in i..x.len() {
                // Direction i below, direction j above.
                let (packed, nested) = (packed[(i, j)], nested[(j, i)]);
                if !equal(packed, nested) {
                    return Err(format!("({i}, {j}) is {packed:e} and nested {nested:e} of\n{expression}at {x:?}"));
                }
            }
        }
        Ok(())
    }
    check(4000, (|case: Ordinary| agrees(&case.0)) as fn(Ordinary) -> Result<(), String>);
    check(4000, (|case: Singular| agrees(&case.0)) as fn(Singular) -> Result<(), String>);
}

#[test]
fn the_bound_knows_how_often_a_number_is_used() {
    /// Σ x₀·xᵢ as a balanced tree: forward mode adds in pairs, reverse mode adds n contributions to x₀ one by one.
    struct Tree;
    impl Model for Tree {
        type Outputs = One;
        fn eval<T: Scalar>(&self, x: &[T]) -> T {
            let mut terms: Vec<T> = x[1..].iter().map(|&y| x[0] * y).collect();
            while terms.len() > 1 {
                terms = terms.chunks(2).map(|pair| pair.iter().fold(T::zero(), |sum, &t| sum + t)).collect();
            }
            terms[0]
        }
    }
    for n in [64, 256, 1024] {
        let mut x = vec![0.1; n + 1];
        x[0] = 1.0;
        let agreement = modes_agree(&Tree, &x).expect("the modes agree to what the additions round");
        assert!(
            agreement.largest_share > 1e-3,
            "n = {n}: the bound is {} times too wide",
            agreement.largest_share.recip()
        );
    }
    hessians_agree(&Tree, &[1.0, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]).expect("the orders agree");
}

#[test]
fn disagreement_is_found() {
    /// Looks at the derivative to decide its slope, as no honest function does.
    struct Cheat(f64);
    impl Model for Cheat {
        type Outputs = One;
        fn eval<T: Scalar>(&self, x: &[T]) -> T {
            let reverse = std::any::type_name::<T>().contains("Var");
            if reverse { x[0] * x[1] + (x[0] - x[0].detach()) * T::constant(self.0) } else { x[0] * x[1] }
        }
    }
    let error = modes_agree(&Cheat(1e-14), &[3.0, 2.0]).expect_err("the slopes differ by 1e-14").to_string();
    assert!(error.contains("the derivative in input 0 is 2e0 by Dual"), "{error}");
    modes_agree(&Cheat(1e-17), &[3.0, 2.0]).expect("a difference below rounding is none");
    let message = *std::panic::catch_unwind(|| dualtape::assert_modes_agree!(Cheat(1.0), [3.0, 2.0], "case {}", 7))
        .expect_err("the modes differ")
        .downcast::<String>()
        .expect("a message");
    assert!(message.starts_with("the modes disagree at [3.0, 2.0]: ") && message.ends_with(": case 7"), "{message}");

    /// Another value in one number type.
    struct OtherValue;
    impl Model for OtherValue {
        type Outputs = One;
        fn eval<T: Scalar>(&self, x: &[T]) -> T {
            if std::any::type_name::<T>().contains("DualVec") { x[0] + T::epsilon() } else { x[0] }
        }
    }
    let error = modes_agree(&OtherValue, &[1.0]).expect_err("the values differ").to_string();
    assert_eq!(error, "the value by DualVec<f64, 1> is 1.0000000000000002e0, by f64 it is 1e0");
}

#[test]
fn random_expressions_use_the_whole_table() {
    use dualtape::compare::Statement;
    use dualtape::rules::{Binary, Ternary, Unary};
    use quickcheck::Arbitrary;
    use std::collections::HashSet;

    let mut g = Gen::from_size_and_seed(40, seed());
    let (mut unary, mut binary, mut ternary, mut others) =
        (HashSet::new(), HashSet::new(), HashSet::new(), HashSet::new());
    let (mut deepest, mut shared, mut slopes) = (0, 0, 0);
    for _ in 0..3000 {
        let Ordinary(case) = Ordinary::arbitrary(&mut g);
        let mut depth = vec![0; case.expression.inputs()];
        let mut uses = vec![0; case.expression.inputs() + case.expression.statements().len()];
        for statement in case.expression.statements() {
            match statement {
                Statement::Unary(op, _) => drop(unary.insert(op.name())),
                Statement::Binary(op, _) => drop(binary.insert(op.name())),
                Statement::Ternary(op, _) => drop(ternary.insert(op.name())),
                other => drop(others.insert(std::mem::discriminant(other))),
            }
            statement.operands().iter().for_each(|&a| uses[a] += 1);
            depth.push(1 + statement.operands().iter().map(|&a| depth[a]).max().unwrap_or(0));
        }
        deepest = deepest.max(*depth.iter().max().expect("there is an input"));
        shared += usize::from(uses.iter().any(|&n| n > 1));
        let gradient = reverse::gradient(|x| case.expression.eval(x), &case.x).1;
        slopes += gradient.iter().filter(|d| d.is_finite() && **d != 0.0).count();
    }
    assert_eq!((unary.len(), binary.len(), ternary.len()), (Unary::ALL.len(), Binary::ALL.len(), Ternary::ALL.len()));
    assert_eq!(others.len(), 5);
    assert_eq!(deepest, 10);
    assert!(shared > 1000 && slopes > 1000, "{shared} cases share a number, {slopes} slopes are ordinary");
}

#[cfg(feature = "proptest")]
#[test]
fn proptest_draws_the_same_expressions_and_shrinks_them() {
    use dualtape::compare::Statement;
    use dualtape::rules::Unary;
    use proptest::arbitrary::any;
    use proptest::prop_assert;
    use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

    let runner = || {
        let config = Config { failure_persistence: None, ..Config::default() };
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
    };
    let agree = |Ordinary(case)| {
        modes_agree(&case.expression, &case.x).map(drop).map_err(|e| TestCaseError::fail(e.to_string()))
    };
    runner().run(&any::<Ordinary>(), agree).expect("both modes agree");
    let is_sine = |statement: &Statement| matches!(statement, Statement::Unary(Unary::Sin, _));
    let without = |Singular(case): Singular| {
        prop_assert!(!case.expression.statements().iter().any(is_sine));
        Ok(())
    };
    let Err(TestError::Fail(_, Singular(case))) = runner().run(&any::<Singular>(), without) else {
        panic!("one of 256 expressions has a sine");
    };
    let [statement] = case.expression.statements() else { panic!("a sine is enough, found\n{case}") };
    assert!(is_sine(statement), "{case}");
}
