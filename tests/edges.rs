//! Points where derivatives are commonly wrong, with the right answer for each.

#![cfg(feature = "compare")]

mod support;

use dualtape::graph::Graph;
use dualtape::higher::{hessian, hessian_forward};
use dualtape::rules::{Binary, Nary, Partial, Ternary, Unary};
use dualtape::{Dual, Scalar, Taylor, Var, forward, reverse};
use support::{equal, same};

/// Value and slope of a function of one variable, which must be the same in both modes.
fn slope(forward_f: impl Fn(Dual<f64>) -> Dual<f64>, reverse_f: impl Fn(Var<f64>) -> Var<f64>, x: f64) -> (f64, f64) {
    let f = forward::derivative(forward_f, x);
    let r = reverse::derivative(reverse_f, x);
    assert!(same(f.0, r.0) && same(f.1, r.1), "forward {f:?}, reverse {r:?}");
    f
}

/// Value and gradient of a function of two variables, which must be the same in both modes up to the sign of zero.
fn gradient2(op: Binary, x: f64, y: f64) -> (f64, [f64; 2]) {
    let f = forward::gradient(|x| op.value(x[0], x[1]), &[x, y]);
    let r = reverse::gradient(|x| op.value(x[0], x[1]), &[x, y]);
    assert!(f.0.to_bits() == r.0.to_bits() || f.0.is_nan() && r.0.is_nan());
    for (f, r) in f.1.iter().zip(&r.1) {
        assert!(equal(*f, *r), "forward {f}, reverse {r}");
    }
    (f.0, [f.1[0], f.1[1]])
}

macro_rules! slope {
    ($x:expr, |$v:ident| $body:expr) => {
        slope(|$v| $body, |$v| $body, $x)
    };
}

/// Second derivative in all four orders, which must be the same.
macro_rules! second {
    ($x:expr, |$v:ident| $body:expr) => {{
        let x: f64 = $x;
        let ff = forward::derivative(|$v| forward::derivative(|$v| $body, $v).1, x).1;
        let fr = forward::derivative(|$v| reverse::derivative(|$v| $body, $v).1, x).1;
        let rf = reverse::derivative(|$v| forward::derivative(|$v| $body, $v).1, x).1;
        let rr = reverse::derivative(|$v| reverse::derivative(|$v| $body, $v).1, x).1;
        assert!(ff == fr && fr == rf && rf == rr, "ff {ff}, fr {fr}, rf {rf}, rr {rr}");
        ff
    }};
}

#[test]
fn powers() {
    assert_eq!(gradient2(Binary::Powf, 0.0, 2.5), (0.0, [0.0, 0.0]));
    let (value, [in_base, in_exponent]) = gradient2(Binary::Powf, -2.0, 2.0);
    assert_eq!((value, in_base), (4.0, -4.0));
    assert!(in_exponent.is_nan());
    for (x, exponent, in_base) in
        [(2.0, f64::INFINITY, f64::INFINITY), (0.5, f64::INFINITY, 0.0), (2.0, -f64::INFINITY, 0.0)]
    {
        assert_eq!(gradient2(Binary::Powf, x, exponent).1[0], in_base, "{x}^{exponent}");
    }
    // A constant exponent takes part in no derivative, whatever its slope is.
    assert_eq!(slope!(-2.0, |x| x.powf(2.0)), (4.0, -4.0));
    assert_eq!(slope!(3.0, |x| x.powi(0)), (1.0, 0.0));
    assert_eq!(slope!(0.0, |x| x.powi(0)), (1.0, 0.0));
    assert_eq!(slope!(0.0, |x| x.powi(1)), (0.0, 1.0));
    let (value, d) = slope!(1e-100, |x| x.powi(-2));
    assert_eq!(value, 1e-100_f64.powi(-2));
    assert!((d / -2e300 - 1.0).abs() < 4e-15, "{d:e}");
    assert_eq!(slope!(1.0, |x| x.powi(i32::MIN)), (1.0, f64::from(i32::MIN)));
    // Where x and the value are no 1: n·y/x. What the compiler knows it computes itself, more exactly than the program does.
    let (x, n) = (std::hint::black_box(1.0 + 1e-7), f64::from(i32::MIN));
    let (value, d) = slope!(x, |x| x.powi(i32::MIN));
    assert!((d * x / (n * value) - 1.0).abs() < 4e-15, "{d:e}");
}

#[test]
fn hessian_of_a_power_with_exponent_zero() {
    let truth: [[f64; 2]; 2] = [[0.0, 0.5], [0.5, 0.480_453_013_918_201_44]];
    let mixed = hessian(|x| x[0].powf(x[1]), &[2.0, 0.0]).2;
    let forward_only = hessian_forward(|x| x[0].powf(x[1]), &[2.0, 0.0]).2;
    for (i, row) in truth.iter().enumerate() {
        for (j, &truth) in row.iter().enumerate() {
            for h in [&mixed, &forward_only] {
                assert!((h[(i, j)] - truth).abs() <= 1e-15, "entry ({i}, {j}): {}", h[(i, j)]);
            }
        }
    }
}

#[test]
fn saturated_functions() {
    assert_eq!(slope!(1000.0, |x| x.tanh()), (1.0, 0.0));
    assert_eq!(slope!(-1000.0, |x| x.tanh()), (-1.0, 0.0));
    assert_eq!(second!(400.0, |x| x.tanh()), 0.0);
    assert_eq!(second!(-400.0, |x| x.tanh()), 0.0);
    let (_, d) = slope!(300.0, |x| x.tanh());
    assert!((d / (4.0 * (-600.0_f64).exp()) - 1.0).abs() < 1e-13);
    assert_eq!(slope!(-800.0, |x| ((-x).exp() + 1.0).recip()).1, 0.0);
    assert_eq!(slope!(-800.0, |x| x.logistic()).1, 0.0);
    assert_eq!(slope!(1e20, |x| x.softplus()), (1e20, 1.0));
    let (value, d) = slope!(1e-20, |x| x.exp_m1());
    assert_eq!((value, d), (1e-20, 1.0));
    let (_, d) = slope!(1e200, |x| x.acosh());
    assert!((d / 1e-200 - 1.0).abs() < 4e-15);
}

#[test]
fn poles_and_kinks() {
    assert_eq!(slope!(0.0, |x| x.sqrt()), (0.0, f64::INFINITY));
    assert_eq!(slope!(-0.0, |x| x.sqrt()), (-0.0, f64::INFINITY));
    assert_eq!(slope!(0.0, |x| x.cbrt()), (0.0, f64::INFINITY));
    assert_eq!(slope!(-0.0, |x| x.cbrt()), (-0.0, f64::INFINITY));
    assert_eq!(slope!(0.0, |x| x.ln()), (f64::NEG_INFINITY, f64::INFINITY));
    assert_eq!(second!(0.0, |x| x.sqrt()), f64::NEG_INFINITY);
    // The slope of a nested level at -0 too.
    for op in [Unary::Sqrt, Unary::Ln] {
        let f = forward::derivative(|x| forward::derivative(|x| op.value(x), x).1, -0.0).0;
        let v = forward::gradient_in_chunks::<_, 2>(|x| forward::derivative(|x| op.value(x), x[0]).1, &[-0.0]).0;
        let r = reverse::derivative(|x| forward::derivative(|x| op.value(x), x).1, -0.0).0;
        assert_eq!([f, v, r], [f64::INFINITY; 3], "{}", op.name());
    }
    let (value, d) = slope!(-8.0, |x| x.cbrt());
    assert_eq!(value, (-8.0_f64).cbrt());
    assert!((d * 12.0 - 1.0).abs() < 4e-15);
    assert_eq!(slope!(0.0, |x| x.abs()), (0.0, 0.0));
    for op in [Unary::Signum, Unary::Floor, Unary::Ceil, Unary::Round, Unary::Trunc] {
        assert_eq!(slope(|x| op.value(x), |x| op.value(x), 2.0).1, 0.0);
        assert_eq!(slope(|x| op.value(x), |x| op.value(x), -2.5).1, 0.0);
    }
    assert_eq!(slope!(2.0, |x| x.fract()), (0.0, 1.0));
}

#[test]
fn outside_the_domain() {
    for op in [
        Unary::Ln,
        Unary::Log2,
        Unary::Log10,
        Unary::Sqrt,
        Unary::Acosh,
        Unary::Asin,
        Unary::Acos,
        Unary::Atanh,
        Unary::Ln1p,
    ] {
        let (value, d) = slope(|x| op.value(x), |x| op.value(x), -1.5);
        assert!(value.is_nan() && d.is_nan(), "{}: ({value}, {d})", op.name());
        let nested = |x| forward::derivative(|x| op.value(x), x).1;
        assert!(forward::derivative(nested, -1.5_f64).1.is_nan(), "second derivative of {}", op.name());
        let nested = |x| reverse::derivative(|x| op.value(x), x).1;
        assert!(forward::derivative(nested, -1.5_f64).1.is_nan(), "second derivative of {}", op.name());
    }
    // The poles of digamma, where the slope of a slope is no number either.
    for x in [0.0, -0.0, -1.0, -7.0, f64::NEG_INFINITY, f64::NAN] {
        let (value, d) = slope!(x, |x| x.digamma());
        assert!(value.is_nan() && d.is_nan(), "digamma({x}): ({value}, {d})");
        let second = forward::derivative(|x| forward::derivative(|x| x.digamma(), x).1, x).1;
        assert!(second.is_nan(), "digamma({x}): {second}");
    }
    // A power of a negative number has no derivative in the exponent, nor has that one any.
    let second = hessian(|x| x[0].powf(x[1]), &[-2.0_f64, 3.0]).2;
    assert!(second[(0, 0)] == -12.0 && second.iter().skip(1).all(|entry| entry.is_nan()), "{second}");
    let (value, [in_x, in_base]) = gradient2(Binary::Log, -1.0, 2.0);
    assert!(value.is_nan() && in_x.is_nan() && in_base.is_nan());
    let (value, [in_x, in_y]) = gradient2(Binary::Rem, 1.0, 0.0);
    assert!(value.is_nan() && in_x.is_nan() && in_y.is_nan());
}

#[test]
fn angles_and_lengths() {
    assert_eq!(gradient2(Binary::Atan2, 1.0, 0.0), (std::f64::consts::FRAC_PI_2, [0.0, -1.0]));
    let (_, [in_y, in_x]) = gradient2(Binary::Atan2, 0.0, 0.0);
    assert!(in_y.is_nan() && in_x.is_nan());
    assert_eq!(gradient2(Binary::Atan2, f64::INFINITY, 1.0).1, [0.0, 0.0]);
    assert_eq!(gradient2(Binary::Hypot, 0.0, 0.0), (0.0, [0.0, 0.0]));
    assert_eq!(gradient2(Binary::Hypot, 1e200, 0.0), (1e200, [1.0, 0.0]));
    assert_eq!(gradient2(Binary::Hypot, f64::NEG_INFINITY, 1.0), (f64::INFINITY, [-1.0, 0.0]));
}

#[test]
fn remainders_and_choices() {
    let (value, slopes) = gradient2(Binary::Rem, -5.5, 2.0);
    assert_eq!((value, slopes), (-1.5, [1.0, 2.0]));
    assert_eq!(gradient2(Binary::Max, 2.0, 2.0), (2.0, [0.5, 0.5]));
    assert_eq!(gradient2(Binary::Min, 2.0, 2.0), (2.0, [0.5, 0.5]));
    assert_eq!(gradient2(Binary::Max, 2.0, 3.0), (3.0, [0.0, 1.0]));
    assert_eq!(gradient2(Binary::Min, 2.0, 3.0), (2.0, [1.0, 0.0]));
    for op in [Binary::Max, Binary::Min] {
        assert_eq!(gradient2(op, f64::NAN, 3.0), (3.0, [0.0, 1.0]));
        assert_eq!(gradient2(op, 3.0, f64::NAN), (3.0, [1.0, 0.0]));
    }
    assert_eq!(gradient2(Binary::AbsSub, 3.0, 1.0), (2.0, [1.0, -1.0]));
    assert_eq!(gradient2(Binary::AbsSub, 1.0, 3.0), (0.0, [0.0, 0.0]));
    assert_eq!(gradient2(Binary::AbsSub, 2.0, 2.0), (0.0, [0.5, -0.5]));
    assert_eq!(gradient2(Binary::Copysign, -3.0, 2.0), (3.0, [-1.0, 0.0]));
}

#[test]
fn zero_absorbs_infinity_and_nan() {
    assert_eq!(slope!(0.0, |x| x.sqrt() * x), (0.0, 0.0));
    let (value, d) = slope!(0.0, |x| x * x.ln());
    assert!(value.is_nan());
    assert_eq!(d, f64::NEG_INFINITY);
    // The limit is 1; what each factor says is inf·0 + 0·inf.
    assert_eq!(slope!(0.0, |x| x.sqrt() * x.sqrt()), (0.0, 0.0));
    let f = forward::gradient(|x| (x[0] * x[0] + x[1] * x[1]).sqrt(), &[0.0, 0.0]);
    let r = reverse::gradient(|x| (x[0] * x[0] + x[1] * x[1]).sqrt(), &[0.0, 0.0]);
    assert_eq!(f, (0.0, vec![0.0, 0.0]));
    assert_eq!(r, f);
    // Beside a slope of one.
    let f = forward::gradient(|x| x[0] % (x[1].sqrt() + 3.0), &[1.0, 0.0]).1;
    let r = reverse::gradient(|x| x[0] % (x[1].sqrt() + 3.0), &[1.0, 0.0]).1;
    assert_eq!((f, r), (vec![1.0, 0.0], vec![1.0, 0.0]));
    // The second input has no part in the pole of the first.
    let f = forward::gradient(|x| x[0].ln() + x[1] * 0.0, &[0.0, 1.0]).1;
    let r = reverse::gradient(|x| x[0].ln() + x[1] * 0.0, &[0.0, 1.0]).1;
    assert_eq!(f, [f64::INFINITY, 0.0]);
    assert_eq!(r, f);
    // Contributions that cancel before they meet the pole.
    let cancelling = |x: f64, y: f64| {
        let f = forward::gradient(|x| (x[0] * x[1] * 2.0 - x[1] * x[0]).sqrt(), &[x, y]).1;
        let r = reverse::gradient(|x| (x[0] * x[1] * 2.0 - x[1] * x[0]).sqrt(), &[x, y]).1;
        assert_eq!(f, r);
        f
    };
    assert_eq!(cancelling(0.0, 1.0), [f64::INFINITY, 0.0]);
}

#[test]
fn every_pair_of_slopes_is_weighted() {
    fn check<T: Scalar>() {
        let c = T::constant;
        let slopes = [Partial::Zero, Partial::One, Partial::MinusOne, Partial::By(c(3.0))];
        for (a, b) in slopes.iter().flat_map(|&a| slopes.map(|b| (a, b))) {
            let expected = a.value().peek() * 2.0 + b.value().peek() * 5.0;
            assert_eq!(Partial::weighted_sum(a, c(2.0), b, c(5.0)).peek(), expected, "{a:?}, {b:?}");
            assert_eq!(a.times(c(2.0)).peek(), a.value().peek() * 2.0, "{a:?}");
        }
    }
    check::<f64>();
    check::<Dual<f64>>();
    check::<Var<f64>>();
}

#[test]
fn constants_have_slope_zero_through_every_function() {
    let edges = [0.0, -0.0, 1.0, -1.0, 0.5, -3.0, 800.0, -800.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1e300];
    for &x in &edges {
        for op in Unary::ALL {
            assert_eq!(op.value(Dual::constant(x)).tangent, 0.0, "{}({x})", op.name());
            assert!(op.value(Var::constant(x)).is_constant(), "{}({x})", op.name());
        }
        for &y in &edges {
            for op in Binary::ALL {
                let z = op.value(Dual::constant(x), Dual::constant(y));
                assert_eq!(z.tangent, 0.0, "{}({x}, {y})", op.name());
                assert!(op.value(Var::constant(x), Var::constant(y)).is_constant(), "{}({x}, {y})", op.name());
            }
            for op in Ternary::ALL {
                assert_eq!(op.value(Dual::constant(x), Dual::constant(y), Dual::constant(x)).tangent, 0.0);
            }
            for op in Nary::ALL {
                let constants = if op.has_constants() { &[2.0, -1.0][..] } else { &[] };
                assert_eq!(op.value(constants, &[Dual::constant(x), Dual::constant(y)]).tangent, 0.0, "{}", op.name());
                assert!(op.value(constants, &[Var::constant(x), Var::constant(y)]).is_constant(), "{}", op.name());
            }
        }
    }
}

#[test]
fn perturbations_of_nested_derivatives_stay_apart() {
    fn inner<T: Scalar>(x: T) -> T {
        // d/dy (x + y) at y = 1, which is 1 and not 2.
        forward::derivative(|y: Dual<T>| Dual::constant(x) + y, T::one()).1
    }
    fn inner_reverse<T: Scalar>(x: T) -> T {
        reverse::derivative(|y: Var<T>| Var::constant(x) + y, T::one()).1
    }
    assert_eq!(slope!(1.0, |x| x * inner(x)), (1.0, 1.0));
    assert_eq!(slope!(1.0, |x| x * inner_reverse(x)), (1.0, 1.0));
}

#[test]
fn special_functions_at_known_points() {
    let close = |(value, d): (f64, f64), truth: (f64, f64)| {
        assert!((value - truth.0).abs() <= 4e-15 * truth.0.abs(), "value {value:e}, truth {:e}", truth.0);
        assert!((d - truth.1).abs() <= 4e-15 * truth.1.abs(), "slope {d:e}, truth {:e}", truth.1);
    };
    // Computed with 50 digits by mpmath.
    close(slope!(0.5, |x| x.erf()), (0.520_499_877_813_046_5, 0.878_782_578_935_444_8));
    close(slope!(20.0, |x| x.erfc()), (5.395_865_611_607_901e-176, -2.161_037_474_386_798_4e-174));
    close(slope!(-30.0, |x| x.norm_cdf()), (4.906_713_927_148_187e-198, 1.473_646_134_878_547_6e-196));
    close(slope!(4.5, |x| x.ln_gamma()), (2.453_736_570_842_442_3, 1.388_870_926_359_529));
    close(slope!(0.25, |x| x.digamma()), (-4.227_453_533_376_265_5, 17.197_329_154_507_11));
    close(slope!(-1.3, |x| x.digamma()), (2.882_540_548_866_167_3, 14.536_876_244_137_08));
    // Where the asymptotic series begins: π²/6 - Σ 1/k² for k from 1 to 15.
    let at_start = slope!(16.0, |x| x.digamma()).1;
    assert!((at_start / 0.064_493_783_403_239_36 - 1.0).abs() < 5e-16, "{at_start:e}");
    close(slope!(-30.0, |x| x.logistic()), (9.357_622_968_839_299e-14, 9.357_622_968_838_423e-14));
    close(slope!(40.5, |x| x.softplus()), (40.5, 1.0));
    assert_eq!(slope!(f64::NEG_INFINITY, |x| x.norm_cdf()), (0.0, 0.0));
    assert_eq!(slope!(f64::INFINITY, |x| x.norm_cdf()), (1.0, 0.0));
    // ψ'' and ψ''' by differentiating the rule of ψ'.
    let third: f64 =
        forward::derivative(|x| forward::derivative(|x| forward::derivative(|x| x.digamma(), x).1, x).1, 7.5).1;
    assert!((third / 5.772_436_656_578_694e-3 - 1.0).abs() < 1e-12, "{third}");
    assert!((second!(7.5, |x| x.digamma()) / -2.030_525_253_664_466_6e-2 - 1.0).abs() < 1e-12);
}

#[test]
fn remainders_near_a_whole_quotient() {
    // 1 / 0.1 rounds to 10, but 0.1 fits into 1 nine times: 0.1 is a little more than a tenth.
    assert_eq!(gradient2(Binary::Rem, 1.0, 0.1), (1.0 % 0.1, [1.0, -9.0]));
    assert_eq!(gradient2(Binary::Rem, 0.5, 0.1), (0.5 % 0.1, [1.0, -4.0]));
    assert_eq!(gradient2(Binary::Rem, -7.0, 2.0), (-1.0, [1.0, 3.0]));
    assert_eq!(gradient2(Binary::Rem, 3.0, f64::INFINITY), (3.0, [1.0, 0.0]));
}

#[test]
fn lengths_that_overflow_or_cancel() {
    let half = 0.5_f64.sqrt();
    let [in_x, in_y] = gradient2(Binary::Hypot, -1.7e308, 1.7e308).1;
    assert!((in_x + half).abs() < 1e-15 && (in_y - half).abs() < 1e-15, "({in_x}, {in_y})");
    assert_eq!(gradient2(Binary::Hypot, 0.0, -4e-320), (4e-320, [-0.0, -1.0]));
    // The second derivative y²/h³ without the cancellation of 1/h - x²/h³.
    let h = hessian(|x| x[0].hypot(x[1]), &[1.0, 1e-4]).2;
    for (found, truth) in
        [(h[(0, 0)], 9.999_999_85e-9), (h[(0, 1)], -9.999_999_850_000_002e-5), (h[(1, 1)], 0.999_999_985)]
    {
        assert!((found / truth - 1.0_f64).abs() < 1e-12, "{found:e}, {truth:e}");
    }
}

#[test]
fn slopes_whose_obvious_formula_fails() {
    let close = |found: f64, truth: f64, tolerance: f64| {
        assert!((found / truth - 1.0).abs() < tolerance, "found {found:e}, truth {truth:e}");
    };
    close(second!(1e-10, |x| x.logistic()), -1.25e-11, 1e-12);
    close(slope!(1e-300, |x| x.powf(0.1)).1, 9.999999999999962e+268, 4e-15);
    assert_eq!(second!(1e-200, |x| x.powf(0.1)), f64::NEG_INFINITY);
    let h = hessian(|x| x[0].powf(x[1]), &[1e-300, 1.8]).2;
    close(h[(0, 1)], -1.2423959502167465e-237, 1e-12);
    close(h[(1, 0)], -1.2423959502167465e-237, 1e-12);
    // A power that has lost its digits, or all of it, where its derivatives in the exponent have not.
    for (x, w, in_exponent, twice) in [
        (1e16, -19.3, 5.838962302317772e-308, 2.151153208939375e-306),
        (1e200, -1.54, 4.605170185988016e-306, 2.1207592441913246e-303),
        (1e308, -1.0, 7.091962086421661e-306, 5.029592623524227e-303),
        (1e308, -1.05, 2.82e-321, 2.002315e-318),
        (1e5, -62.0, 1.15129254649702e-309, 1.3254745276195997e-308),
        (1e-80, 3.95, -1.8420680744e-314, 3.39321479071e-312),
    ] {
        // Half a unit in the last place of a subnormal number besides.
        let near = |found: f64, truth: f64| {
            assert!((found - truth).abs() <= truth.abs() * 1e-13 + 5e-324, "{x}^{w}: found {found:e}, truth {truth:e}");
        };
        near(gradient2(Binary::Powf, x, w).1[1], in_exponent);
        near(second!(w, |w| (w * 0.0 + x).powf(w)), twice);
        near(hessian(|x| x[0].powf(x[1]), &[x, w]).2[(1, 1)], twice);
        let along = Taylor::<f64, 2>::constant(x).powf(Taylor::variable(w));
        near(along.coefficients[0], in_exponent);
        near(along.coefficients[1], twice / 2.0);
    }
    let single = forward::gradient(|x| x[0].powf(x[1]), &[1e8_f32, -4.8]).1[1];
    assert!((single / 7.333_379e-38 - 1.0).abs() < 1e-6, "{single:e}");
    assert_eq!(gradient2(Binary::Powf, f64::INFINITY, -1.0).1, [0.0, 0.0]);
    close(slope!(4e-309, |x| x.log10()).1, 1.0857362047581302e+308, 4e-15);
    close(hessian(|x| x[0] / x[1], &[1e-300, 1e-200]).2[(1, 1)], 2e300, 1e-12);
    close(gradient2(Binary::Div, 1e-320, 1e-310).1[1], -1e300, 1e-3);
    let (value, d) = slope!(-1.0, |x| x.digamma());
    assert!(value.is_nan() && d.is_nan());
    // Outside the domain the higher derivatives are NaN too.
    assert!(forward::derivative(|x: Dual<f64>| forward::derivative(|x| x.ln(), x).1, -1.0).1.is_nan());
}

#[test]
fn cardinal_functions_of_simba_at_and_near_zero() {
    use nalgebra::{ComplexField, SimdComplexField};
    macro_rules! same_value {
        ($($float:ident)*) => {$(
            for x in [0.0, -0.0, 1e-30, 1e-8, 1e-4, -0.1, 1.0, -3.25, 80.5, -800.0, $float::INFINITY, $float::NAN] {
                for (op, value) in [
                    (Unary::Sinc, ComplexField::sinc(x)),
                    (Unary::Sinhc, ComplexField::sinhc(x)),
                    (Unary::Cosc, ComplexField::cosc(x)),
                    (Unary::Coshc, ComplexField::coshc(x)),
                ] {
                    let found: $float = op.value(Dual::new(x, 1.0)).value;
                    assert!(found.to_bits() == value.to_bits() || found.is_nan() && value.is_nan(), "{op:?} at {x}");
                }
            }
        )*};
    }
    same_value!(f32 f64);
    // As nalgebra calls them.
    for (x, truth) in
        [(0.0, 1.0 / 3.0), (1e-8, 1.0 / 3.0), (-1e-4, 0.333_333_334_333_333_34), (0.1, 0.334_333_928_725_772_1)]
    {
        let found = second!(x, |x| ComplexField::sinhc(x));
        assert!((found / truth - 1.0).abs() < 1e-14, "sinhc'' at {x}: {found}");
        assert_eq!(second!(x, |x| SimdComplexField::simd_sinhc(x)), found);
    }
    for (x, truth) in
        [(0.0, -1.0 / 3.0), (1e-8, -1.0 / 3.0), (-1e-4, -0.333_333_332_333_333_34), (0.1, -0.332_333_928_417_130_1)]
    {
        let found = second!(x, |x| ComplexField::sinc(x));
        assert!((found / truth - 1.0).abs() < 1e-14, "sinc'' at {x}: {found}");
        assert_eq!(second!(x, |x| SimdComplexField::simd_sinc(x)), found);
    }
    // sinc is Σ (-1)ᵏ·x²ᵏ/(2k + 1)!, so that its fourth derivative at 0 is 4!/5!.
    macro_rules! fourth {
        ($name:ident, $x:expr) => {{
            type Twice = Dual<Dual<f64>>;
            let twice = |f: fn(Dual<Dual<Twice>>) -> Dual<Dual<Twice>>, x: Twice| {
                forward::derivative(|x| forward::derivative(f, x).1, x).1
            };
            let f = |x: Dual<f64>| forward::derivative(|x| twice(|x| x.$name(), x), x).1;
            forward::derivative(f, $x).1
        }};
    }
    let close = |found: f64, truth: f64| assert!((found / truth - 1.0).abs() < 1e-13, "{found}, {truth}");
    close(fourth!(sinc, 0.0), 0.2);
    close(fourth!(sinhc, 0.0), 0.2);
    close(fourth!(sinc, 0.5), 0.182_430_243_575_662_65);
    close(fourth!(sinhc, -0.5), 0.218_148_475_032_901_07);
    // simba's cosc and coshc are 1 at 0, beside which they have a pole: the derivative is -inf from both sides.
    for op in [Unary::Cosc, Unary::Coshc] {
        assert_eq!(slope!(0.0, |x| op.value(x)), (1.0, f64::NEG_INFINITY));
        assert_eq!(slope!(-0.0, |x| op.value(x)), (1.0, f64::NEG_INFINITY));
    }
    // Where sinh and cosh overflow, the derivatives do, without NaN.
    let inf = f64::INFINITY;
    for (x, truth) in [(711.0, 4.264_477_082_246_133e305), (800.0, inf), (1500.0, inf), (1e300, inf)] {
        let found = slope!(x, |x| x.sinhc()).1;
        assert!(found == truth || (found / truth - 1.0).abs() < 4e-15, "sinhc' at {x}: {found:e}");
        assert_eq!(slope!(-x, |x| x.sinhc()).1, -found);
        assert_eq!(slope!(x, |x| x.coshc()).1, inf);
        assert!(second!(x, |x| x.sinhc()) > 4e305 && second!(x, |x| x.coshc()) == inf, "second at {x}");
    }
    // Nothing is compared: the graph holds at every point.
    let graph = Graph::record(|x| vec![ComplexField::sinc(x[0]) * ComplexField::sinhc(x[0])], &[0.0]);
    assert_eq!(graph.guards(), []);
    assert_eq!(graph.eval(&[2.0]), Ok(vec![2.0_f64.sin() / 2.0 * (2.0_f64.sinh() / 2.0)]));
}
