//! Operators with every pairing of operands, sums, bounds, conversions and text of the number types.

#![cfg(feature = "compare")]

use dualtape::graph::Graph;
use dualtape::higher::{hessian, hessian_forward};
use dualtape::program::{Derivative, Plan, Program};
use dualtape::{Counted, Dual, Dual2Vec, DualVec, Scalar, Tape, Taylor, Var, forward, reverse};

/// Checks value, slope and curvature of each expression at x = 3, in every number type that differentiates.
///
/// Within two ulp: `reverse` multiplies in another order than the closed form was written in.
macro_rules! check_slopes {
    ($($x:ident => $expression:expr, [$value:expr, $slope:expr, $curvature:expr];)*) => { $({
        let name = stringify!($expression);
        let check = |number: &str, found: &[f64], tolerance: f64| {
            let expected = [$value, $slope, $curvature];
            for (found, expected) in found.iter().zip(expected) {
                let close = (found - expected).abs() <= tolerance * f64::abs(expected);
                assert!(close, "{name} in {number}: expected {expected}, found {found}");
            }
        };
        let exact = 2.0 * f64::EPSILON;

        let (y, slope) = forward::derivative(|$x: Dual<f64>| $expression, 3.0);
        check("Dual<f64>", &[y, slope], exact);
        let (y, slope) = reverse::derivative(|$x: Var<f64>| $expression, 3.0);
        check("Var<f64>", &[y, slope], exact);
        let (y, slope) = forward::gradient(|x| { let $x: DualVec<f64, 8> = x[1]; $expression }, &[0.0, 3.0]);
        assert_eq!(slope[0], 0.0, "{name} in DualVec<f64, 8>");
        check("DualVec<f64, 8>", &[y, slope[1]], exact);

        let y: Taylor<f64, 4> = { let $x = Taylor::<f64, 4>::variable(3.0); $expression };
        check("Taylor<f64, 4>", &[y.value, y.derivative(1), y.derivative(2)], 4.0 * f64::EPSILON);
        let y: Dual2Vec<f64, 2> = { let $x: Dual2Vec<f64, 2> = Dual2Vec::variable(3.0, 1); $expression };
        let [[zero, mixed], [_, curvature]] = y.hessian();
        assert_eq!((y.gradient[0], zero, mixed), (0.0, 0.0, 0.0), "{name} in Dual2Vec<f64, 2>");
        check("Dual2Vec<f64, 2>", &[y.value, y.gradient[1], curvature], exact);

        let (y, slope) = forward::derivative(|$x: Dual<Dual<f64>>| $expression, Dual::variable(3.0));
        check("Dual<Dual<f64>>", &[y.value, slope.value, slope.tangent], exact);
        let (y, slope) = reverse::derivative(|$x: Var<Dual<f64>>| $expression, Dual::variable(3.0));
        check("Var<Dual<f64>>", &[y.value, slope.value, slope.tangent], exact);
        let ((y, slope), curvature) = outer(|x| forward::derivative(|$x: Dual<Var<f64>>| $expression, x));
        check("Dual<Var<f64>>", &[y, slope, curvature], exact);
        let ((y, slope), curvature) = outer(|x| reverse::derivative(|$x: Var<Var<f64>>| $expression, x));
        check("Var<Var<f64>>", &[y, slope, curvature], exact);
        let ((y, slope), curvature) = outer(|x| {
            let (y, slope) =
                forward::gradient_in_chunks(|x| { let $x: DualVec<Var<f64>, 4> = x[0]; $expression }, &[x]);
            (y, slope[0])
        });
        check("DualVec<Var<f64>, 4>", &[y, slope, curvature], exact);
        let (y, slope) = reverse::derivative(|$x: Var<Counted<f64>>| $expression, Counted::new(3.0));
        check("Var<Counted<f64>>", &[y.value(), slope.value()], exact);
        let $x = Counted::new(3.0_f64);
        let y: Counted<f64> = $expression;
        check("Counted<f64>", &[y.value()], exact);
    })* };
}

/// The same for the number types over `f32`.
macro_rules! check_slopes_f32 {
    ($($x:ident => $expression:expr, [$value:expr, $slope:expr];)*) => { $({
        let expected: (f32, f32) = ($value, $slope);
        for (y, slope) in [
            forward::derivative(|$x: Dual<f32>| $expression, 3.0),
            reverse::derivative(|$x: Var<f32>| $expression, 3.0),
        ] {
            let close = |a: f32, b: f32| (a - b).abs() <= 2.0 * f32::EPSILON * b.abs();
            assert!(close(y, expected.0) && close(slope, expected.1), "{}: {y} {slope}", stringify!($expression));
        }
    })* };
}

/// Value and slope of a function on the tape, and the slope of the slope.
fn outer(f: impl FnOnce(Var<f64>) -> (Var<f64>, Var<f64>)) -> ((f64, f64), f64) {
    let tape = Tape::new();
    let x = tape.var(3.0);
    let (y, slope) = f(x);
    ((y.value(), slope.value()), slope.backward().wrt(x))
}

#[test]
#[allow(clippy::op_ref, clippy::assign_op_pattern, reason = "every pairing of operands is the point")]
fn every_pairing_of_operands() {
    check_slopes! {
        x => x + 2.0, [5.0, 1.0, 0.0];
        x => 2.0 + x, [5.0, 1.0, 0.0];
        x => 2.0 + &x, [5.0, 1.0, 0.0];
        x => x - 2.0, [1.0, 1.0, 0.0];
        x => 2.0 - x, [-1.0, -1.0, 0.0];
        x => 2.0 - &x, [-1.0, -1.0, 0.0];
        x => x * 2.0, [6.0, 2.0, 0.0];
        x => 2.0 * x, [6.0, 2.0, 0.0];
        x => 2.0 * &x, [6.0, 2.0, 0.0];
        x => x / 2.0, [1.5, 0.5, 0.0];
        x => 2.0 / x, [2.0 / 3.0, -2.0 / 9.0, 4.0 / 27.0];
        x => 2.0 / &x, [2.0 / 3.0, -2.0 / 9.0, 4.0 / 27.0];
        x => x % 2.0, [1.0, 1.0, 0.0];
        x => -x % 2.0, [-1.0, -1.0, 0.0];
        x => 8.0 % x, [2.0, -2.0, 0.0];
        x => 8.0 % &x, [2.0, -2.0, 0.0];
        x => -x, [-3.0, -1.0, 0.0];
        x => -&x, [-3.0, -1.0, 0.0];
        x => x + x, [6.0, 2.0, 0.0];
        x => &x + &(x * x), [12.0, 7.0, 2.0];
        x => x - &(x * x), [-6.0, -5.0, -2.0];
        x => &x - x * x, [-6.0, -5.0, -2.0];
        x => x * &x, [9.0, 6.0, 2.0];
        x => &x * x, [9.0, 6.0, 2.0];
        x => &x * &x, [9.0, 6.0, 2.0];
        x => &x / &(x + 1.0), [0.75, 1.0 / 16.0, -1.0 / 32.0];
        x => x / &(x + 1.0), [0.75, 1.0 / 16.0, -1.0 / 32.0];
        x => &x / (x + 1.0), [0.75, 1.0 / 16.0, -1.0 / 32.0];
        x => (x * x) % &(x / 2.0), [0.0, 3.0, 2.0];
        x => &(x * x) % (x - 1.0), [1.0, 2.0, 2.0];
        x => &(x * x) % &(x - 1.0), [1.0, 2.0, 2.0];
        x => { let mut y = x; y += 2.0; y }, [5.0, 1.0, 0.0];
        x => { let mut y = x; y -= 2.0; y }, [1.0, 1.0, 0.0];
        x => { let mut y = x; y *= 2.0; y }, [6.0, 2.0, 0.0];
        x => { let mut y = x; y /= 2.0; y }, [1.5, 0.5, 0.0];
        x => { let mut y = x; y %= 2.0; y }, [1.0, 1.0, 0.0];
        x => { let mut y = x * x; y += x; y }, [12.0, 7.0, 2.0];
        x => { let mut y = x * x; y -= &x; y }, [6.0, 5.0, 2.0];
        x => { let mut y = x * x; y *= x; y *= &x; y }, [81.0, 108.0, 108.0];
        x => { let mut y = x; y /= x + 1.0; y }, [0.75, 1.0 / 16.0, -1.0 / 32.0];
        x => { let mut y = x; y /= &(x + 1.0); y }, [0.75, 1.0 / 16.0, -1.0 / 32.0];
        x => { let mut y = x * x; y %= &(x - 1.0); y }, [1.0, 2.0, 2.0];
        x => [x, x * x, 2.0 * x].iter().sum(), [18.0, 9.0, 2.0];
        x => [x, x * x, 2.0 * x].into_iter().sum(), [18.0, 9.0, 2.0];
        x => [x, x + 1.0, 2.0 * x].iter().product(), [72.0, 66.0, 40.0];
        x => [x, x + 1.0, 2.0 * x].into_iter().product(), [72.0, 66.0, 40.0];
    }
}

#[test]
#[allow(clippy::op_ref, reason = "every pairing of operands is the point")]
fn every_pairing_of_operands_in_single_precision() {
    check_slopes_f32! {
        x => x + 2.0, [5.0, 1.0];
        x => 2.0_f32 + x, [5.0, 1.0];
        x => x - 2.0, [1.0, 1.0];
        x => 2.0_f32 - &x, [-1.0, -1.0];
        x => x * 2.0, [6.0, 2.0];
        x => 2.0_f32 * x, [6.0, 2.0];
        x => x / 2.0, [1.5, 0.5];
        x => 2.0_f32 / x, [2.0 / 3.0, -2.0 / 9.0];
        x => x % 2.0, [1.0, 1.0];
        x => 8.0_f32 % x, [2.0, -2.0];
        x => 2.0 * x, [6.0, 2.0];
        x => &x * &x, [9.0, 6.0];
        x => { let mut y = x; y += 0.1; y *= x; y -= 0.5; y /= 2.0; y %= 5.0; y }, [4.4, 3.05];
        x => [x, x * x, 2.0_f32 * x].iter().sum(), [18.0, 9.0];
    }
}

/// The scalar of a nested type is itself a number: it mixes as a constant of the outer level.
#[test]
fn inner_numbers_are_constants_of_the_outer_level() {
    let inner = Dual::new(2.0, 5.0);
    let x = Dual::variable(Dual::constant(3.0));
    let y = x * inner;
    assert_eq!((y.value.value, y.value.tangent), (6.0, 15.0));
    assert_eq!((y.tangent.value, y.tangent.tangent), (2.0, 5.0));
    let mut z = x;
    z /= inner;
    assert_eq!((z.tangent.value, z.tangent.tangent), (0.5, -1.25));
    assert!(x > inner && x == Dual::new(3.0, -1.0) && x.partial_cmp(&inner) == Some(std::cmp::Ordering::Greater));
}

#[test]
fn comparisons_with_the_scalar_are_by_value() {
    let x = Dual::new(3.0, f64::NAN);
    assert!(x == 3.0 && x != 2.0 && x < 4.0 && x <= 3.0 && x > 2.0 && x >= 3.0);
    let nan = Dual::new(f64::NAN, 0.0);
    assert!(nan != nan.value && nan != 1.0 && nan.partial_cmp(&1.0).is_none());
    let tape = Tape::new();
    let (a, b) = (tape.var(3.0), tape.var(3.0));
    assert!(a == b && a >= b && a == 3.0 && Var::constant(3.0) == a);
    let mut all = [tape.var(2.0_f32.into()), tape.var(-1.0), tape.var(0.5)];
    all.sort_by(|a, b| a.partial_cmp(b).expect("no NaN"));
    assert_eq!(all, [-1.0, 0.5, 2.0].map(Var::constant));
}

#[test]
fn sums_start_as_the_scalars_do() {
    let zeros = [Dual::constant(-0.0), Dual::constant(-0.0)];
    assert!(zeros.iter().sum::<Dual<f64>>().value.is_sign_negative());
    assert!(std::iter::empty::<Var<f64>>().sum::<Var<f64>>().value().is_sign_negative());
    assert_eq!(std::iter::empty::<DualVec<f32, 8>>().product::<DualVec<f32, 8>>().value, 1.0);
    let tenths = [Dual::new(0.1, 1.0); 10];
    let sum: Dual<f64> = tenths.iter().sum();
    assert_eq!((sum.value, sum.tangent), ([0.1; 10].iter().sum(), 10.0));
}

#[test]
fn clamp_passes_the_slope_of_what_it_chooses() {
    let (low, high) = (Dual::new(1.0, 10.0), Dual::new(2.0, 20.0));
    for (value, expected) in [(0.5, (1.0, 10.0)), (1.5, (1.5, 1.0)), (2.5, (2.0, 20.0))] {
        let x = Dual::variable(value).clamp(low, high);
        assert_eq!((x.value, x.tangent), expected);
        let x = nalgebra::RealField::clamp(Dual::variable(value), low, high);
        assert_eq!((x.value, x.tangent), expected);
        let x = num_traits::clamp(Dual::variable(value), low, high);
        assert_eq!((x.value, x.tangent), expected);
    }
    assert!(Dual::variable(f64::NAN).clamp(low, high).is_nan());
}

#[test]
#[should_panic(expected = "expected min <= max")]
fn clamp_refuses_swapped_bounds() {
    let _ = Dual::variable(1.0).clamp(Dual::constant(2.0), Dual::constant(1.0));
}

#[test]
#[should_panic(expected = "expected min <= max")]
fn clamp_refuses_nan_bounds() {
    let _ = num_traits::Float::clamp(Var::constant(1.0), Var::constant(f64::NAN), Var::constant(1.0));
}

#[test]
fn constants_have_no_derivatives() {
    let x = Dual::<Dual<f64>>::default();
    assert!([x.value.value, x.value.tangent, x.tangent.value, x.tangent.tangent].iter().all(|x| x.to_bits() == 0));
    assert_eq!(DualVec::<f64, 3>::from(2.5).tangents, [0.0; 3]);
    assert_eq!(Dual::<f32>::from(0.1).value, 0.1_f32);
    assert!(Var::<f64>::default().is_constant() && Var::<f64>::from(2.5).is_constant());
    assert_eq!(nalgebra::convert::<f64, Var<Dual<f64>>>(2.5).value().value, 2.5);
    assert_eq!(nalgebra::convert::<f32, Dual<f64>>(2.5).tangent, 0.0);
}

/// `nalgebra` reads values in this way to steer its algorithms (`DMatrix::exp`), so it answers as for `f64`, whatever
/// the derivatives are. `f32` and `f64` are one set to `simba`: rounding is no reason to refuse.
#[test]
fn values_convert_to_floats() {
    let tape = Tape::new();
    for x in [2.5, 0.1, -0.0, 1e300, f64::INFINITY, f64::NAN] {
        let expected = (Some(x.to_bits()), Some((x as f32).to_bits()));
        let double = |x: Option<f64>| x.map(f64::to_bits);
        let single = |x: Option<f32>| x.map(f32::to_bits);
        macro_rules! check {
            ($($number:expr),*) => { $(
                let found = (double(nalgebra::try_convert($number)), single(nalgebra::try_convert($number)));
                assert_eq!(found, expected, "{}", stringify!($number));
            )* };
        }
        check!(x, Dual::constant(x), Dual::variable(x), Dual::constant(Dual::variable(x)), DualVec::<f64, 4>::from(x));
        check!(Counted::new(x), Var::constant(x), tape.var(x));
    }
}

#[test]
fn numbers_are_printed_with_their_derivatives() {
    let x = Dual::new(1.5, -2.0);
    assert_eq!(x.to_string(), "1.5 + -2ε");
    assert_eq!(format!("{x:.2}"), "1.50 + -2.00ε");
    assert_eq!(format!("{:+.1}", Dual::new(1.5_f32, 2.0)), "+1.5 + +2.0ε");
    assert_eq!(format!("{:?}", x), "Dual { value: 1.5, tangent: -2.0 }");
    let v = DualVec::new(1.5, [1.0, 0.25]);
    assert_eq!(v.to_string(), "1.5 + [1, 0.25]ε");
    assert_eq!(format!("{v:.1}"), "1.5 + [1.0, 0.2]ε");
    assert_eq!(DualVec::new(1.5, [1.0]).to_string(), "1.5 + [1]ε");
    let y = Taylor::new(1.5, [1.0, 0.25, -2.0]);
    assert_eq!(y.to_string(), "1.5 + 1·t + 0.25·t^2 + -2·t^3");
    assert_eq!(format!("{y:.1}"), "1.5 + 1.0·t + 0.2·t^2 + -2.0·t^3");
    assert_eq!(Taylor::new(Dual::new(1.0, 2.0), [Dual::new(3.0, 4.0)]).to_string(), "(1 + 2ε) + (3 + 4ε)·t");
    let v = Dual2Vec::new(1.5, [1.0, 0.25], [[2.0, 3.0], [3.0, 4.0]]);
    assert_eq!(v.to_string(), "1.5 + [1, 0.25]ε + [[2, 3], [3, 4]]ε²/2");
    assert_eq!(format!("{v:.1}"), "1.5 + [1.0, 0.2]ε + [[2.0, 3.0], [3.0, 4.0]]ε²/2");
    assert_eq!(format!("{:.3}", Counted::new(1.5)), "1.500");
    let tape = Tape::new();
    assert_eq!(format!("{:.3} {}", tape.var(1.5), tape.var(2.0_f32.into())), "1.500 2");
    assert_eq!(format!("{:.1}", Var::constant(Counted::new(1.25))), "1.2");
}

/// Nested numbers have the same four parts in text as in memory, in a form that tells them apart.
#[test]
fn nested_numbers_are_printed_unambiguously() {
    let texts = [
        Dual::new(Dual::new(1.0, 2.0), Dual::new(3.0, 4.0)).to_string(),
        Dual::new(Dual::new(1.0, 2.0), Dual::new(3.0, 0.0)).to_string(),
        DualVec::new(Dual::new(1.0, 2.0), [Dual::new(3.0, 4.0)]).to_string(),
    ];
    for (i, text) in texts.iter().enumerate() {
        for part in ["1", "2", "3", if i == 1 { "0" } else { "4" }] {
            assert!(text.contains(part), "{text}");
        }
        assert!(text.contains('('), "{text}: the outer level needs parentheses to be told from the inner one");
    }
}

/// With every trait imported that has methods of these names, the inherent ones are called: a plain compile test.
#[test]
fn methods_are_not_ambiguous() {
    #[allow(unused_imports, reason = "the imports are what could make a method ambiguous")]
    use {
        approx::{AbsDiffEq, RelativeEq, UlpsEq},
        dualtape::Scalar,
        nalgebra::{ComplexField, RealField},
        num_traits::{Bounded, Float, FloatConst, Inv, MulAdd, MulAddAssign, Num, One, Pow, Signed, ToPrimitive, Zero},
        simba::simd::{SimdComplexField, SimdPartialOrd, SimdRealField, SimdSigned},
        std::iter::Sum,
    };
    let x = Dual::new(0.75_f64, 1.0);
    let y = Dual::constant(0.5);
    macro_rules! agrees {
        ($($method:ident($($argument:expr),*))*) => { $(
            let ours = x.$method($($argument),*);
            let floats = f64::$method(0.75 $(, ($argument).value)*);
            assert_eq!(ours.value.to_bits(), floats.to_bits(), stringify!($method));
        )* };
    }
    agrees! {
        recip() abs() signum() floor() ceil() round() trunc() fract() sqrt() cbrt() exp() exp2() exp_m1() ln() log2()
        log10() ln_1p() sin() cos() tan() asin() acos() atan() sinh() cosh() tanh() asinh() atanh() to_degrees()
        to_radians() powf(y) log(y) atan2(y) hypot(y) max(y) min(y) copysign(y) mul_add(y, y) clamp(y, y)
    }
    assert_eq!(x.powi(2).value, 0.5625);
    assert_eq!((x + 1.0).acosh().value, 1.75_f64.acosh());
    assert_eq!(x.sin_cos().1.value, 0.75_f64.cos());
    assert_eq!(x.abs_sub(y).value, 0.25);
    assert!(x.is_finite() && !x.is_nan() && !x.is_infinite() && x.is_sign_positive() && !x.is_sign_negative());
    assert!(x.is_normal() && x.is_positive() && !x.is_zero() && !x.is_one());
    assert_eq!((x.detach().tangent, x.primal(), x.inv().value, x.pow(2).value), (0.0, 0.75, 4.0 / 3.0, 0.5625));
    for special in
        [x.erf(), x.erfc(), x.ln_gamma(), x.digamma(), x.norm_cdf(), x.logistic(), x.softplus(), x.sinc(), x.sinhc()]
    {
        assert!(special.is_finite());
    }
    assert_eq!((x.modulus().value, x.to_i32(), x.try_sqrt().map(|x| x.value)), (0.75, Some(0), Some(0.75_f64.sqrt())));
}

/// `log_sum_exp` of all inputs.
fn log_sum_exp<T: Scalar>(x: &[T]) -> T {
    T::log_sum_exp(x)
}

/// What `log_sum_exp` gives in every mode: value and gradient, then the Hessian row by row.
fn log_sum_exp_in_every_mode(x: &[f64]) -> Vec<(&'static str, f64, Vec<f64>)> {
    let model = dualtape::model!(log_sum_exp);
    let (dual, vector) =
        (forward::gradient_in_chunks::<f64, 1>(log_sum_exp, x), forward::gradient_in_chunks::<f64, 4>(log_sum_exp, x));
    let var = reverse::gradient(log_sum_exp, x);
    // Recorded where nothing is infinite.
    let ordinary: Vec<f64> = (0..x.len()).map(|at| at as f64).collect();
    let graph = Graph::record(|x| vec![log_sum_exp(x)], &ordinary).gradient(x).expect("nothing was compared");
    let mut found = vec![("dual", dual.0, dual.1), ("dual vector", vector.0, vector.1), ("var", var.0, var.1)];
    found.push(("graph", graph.0, graph.1));
    for plan in [Plan::new(Derivative::Gradient), Plan::new(Derivative::Gradient).exact()] {
        let program = Program::of(&model, &ordinary, &plan).expect("the plan has one output");
        for count in [1, 9] {
            let samples: Vec<f64> = x.iter().copied().cycle().take(count * x.len()).collect();
            let batch = program.run(&[], &samples).expect("nothing was compared");
            let last = count - 1;
            found.push(("program", batch.values(last)[0], batch.derivatives(last).to_vec()));
        }
    }
    found
}

#[test]
fn log_sum_exp_among_infinities() {
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    let cases: [(&[f64], f64, &[f64]); 10] = [
        (&[-inf], -inf, &[1.0]),
        (&[inf], inf, &[1.0]),
        (&[-inf, -inf], -inf, &[0.5, 0.5]),
        (&[-inf, -inf, -inf, -inf], -inf, &[0.25; 4]),
        (&[1.0, inf, -inf], inf, &[0.0, 1.0, 0.0]),
        (&[inf, 2.0, inf], inf, &[0.5, 0.0, 0.5]),
        (&[-inf, 3.0], 3.0, &[0.0, 1.0]),
        (&[f64::MAX, -f64::MAX], f64::MAX, &[1.0, 0.0]),
        (&[nan, 1.0, -inf], nan, &[nan, nan, 0.0]),
        (&[nan, inf], nan, &[nan, nan]),
    ];
    let same = |a: f64, b: f64| a == b || a.is_nan() && b.is_nan();
    for (x, value, gradient) in cases {
        assert!(same(log_sum_exp(x), value), "{x:?}: {}", log_sum_exp(x));
        for (mode, found, derivatives) in log_sum_exp_in_every_mode(x) {
            assert!(same(found, value), "{mode} at {x:?}: {found}");
            let agree = derivatives.iter().zip(gradient).all(|(&a, &b)| same(a, b));
            assert!(agree, "{mode} at {x:?}: {derivatives:?}");
        }
        if !value.is_nan() {
            // ∂²/∂xᵢ∂xⱼ = pᵢ·(δᵢⱼ - pⱼ).
            for (mode, h) in [("reverse", hessian(log_sum_exp, x)), ("forward", hessian_forward(log_sum_exp, x))] {
                let h = h.2;
                for (i, p) in gradient.iter().enumerate() {
                    for (j, q) in gradient.iter().enumerate() {
                        let truth = p * (f64::from(u8::from(i == j)) - q);
                        assert_eq!(h[(i, j)], truth, "{mode} at {x:?}: ({i}, {j})");
                    }
                }
            }
        }
    }
    assert_eq!(log_sum_exp::<f64>(&[]), -inf);
}
