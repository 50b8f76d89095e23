//! Directional derivatives of every order, and series over and under other number types.

use dualtape::{
    Counted, Dual, Error, Fallible, Model, One, Real, Scalar, Taylor, Var, forward, higher, jet, model, reverse,
};

/// Smooth, with all kinds of operations, in three variables.
fn f<T: Scalar>(x: &[T]) -> T {
    (x[0] * x[1]).sin() + x[2].ln() * x[0].exp() / (x[1] + T::constant(2.0)) - (x[0] + x[2]).powf(x[1])
}

const AT: [f64; 3] = [0.3, 1.2, 0.8];
const ALONG: [f64; 3] = [0.7, -0.4, 0.9];

fn assert_near(found: f64, truth: f64, what: &str) {
    assert!((found - truth).abs() <= 1e-13 * truth.abs().max(1.0), "{what}: {found:e}, expected {truth:e}");
}

#[test]
fn a_jet_has_the_directional_derivatives() {
    let y = forward::jet::<f64, 4>(|x| vec![f(x), x[0]], &AT, &ALONG).expect("a direction");
    assert_eq!((y.len(), y[0].value), (2, f(&AT)));
    assert_eq!((y[1].value, y[1].coefficients), (0.3, [0.7, 0.0, 0.0, 0.0]));
    let (_, gradient, product) = higher::hvp(f, &AT, &ALONG).expect("a direction");
    let dot = |a: &[f64]| a.iter().zip(ALONG).map(|(a, v)| a * v).sum::<f64>();
    assert_near(y[0].derivative(1), dot(&gradient), "first");
    assert_near(y[0].derivative(2), dot(&product), "second");
    // The third and fourth by differences of the second along the line.
    let second = |t: f64| {
        let x: Vec<f64> = AT.iter().zip(ALONG).map(|(x, v)| x + t * v).collect();
        dot(&higher::hvp(f, &x, &ALONG).expect("a direction").2)
    };
    let h = 1e-3;
    let slope = (8.0 * (second(h) - second(-h)) - (second(2.0 * h) - second(-2.0 * h))) / (12.0 * h);
    assert!((y[0].derivative(3) - slope).abs() < 1e-8, "{} {slope}", y[0].derivative(3));
    let curvature = (second(h) - 2.0 * second(0.0) + second(-h)) / (h * h);
    assert!((y[0].derivative(4) - curvature).abs() < 1e-4, "{} {curvature}", y[0].derivative(4));
}

#[test]
fn models_and_closures_have_the_same_jets() {
    let of_model = jet::<_, _, 3>(&model!(f), &AT, &ALONG).expect("a direction");
    let of_closure = forward::jet::<_, 3>(|x| vec![f(x)], &AT, &ALONG).expect("a direction");
    assert_eq!(of_model.len(), 1);
    assert_eq!(of_model[0].coefficients, of_closure[0].coefficients);
    let several = model!(|x| -> Vec<_> { vec![x[0] * x[0] * x[0], 2.0 * x[1]] });
    let y = jet::<_, _, 3>(&several, &[2.0_f32, 1.0], &[1.0, 0.5]).expect("a direction");
    assert_eq!((y[0].value, y[0].coefficients), (8.0, [12.0, 6.0, 1.0]));
    assert_eq!((y[1].value, y[1].coefficients), (2.0, [1.0, 0.0, 0.0]));
    let behind_a_pointer: Box<dyn dualtape::DynModel<One>> = Box::new(model!(f));
    let y = jet::<_, _, 3>(&behind_a_pointer, &AT, &ALONG).expect("a direction");
    assert_eq!(y[0].coefficients, of_closure[0].coefficients);
}

#[test]
fn what_is_wrong_with_a_direction_is_said() {
    let square = |x: &[Taylor<f64, 2>]| vec![x[0] * x[0]];
    let length = Error::Length { argument: "the direction v", expected: 1, found: 2 };
    assert_eq!(forward::jet(square, &[1.0], &[1.0, 2.0]).unwrap_err(), length);
    let found = forward::jet(square, &[1.0], &[f64::INFINITY]).unwrap_err();
    assert_eq!(found, Error::NonFinite { argument: "the direction v", index: 0, found: f64::INFINITY });

    /// √x, of which there is none below 0.
    struct Root;
    impl Model for Root {
        type Outputs = Fallible<One, f64>;
        fn eval<T: Scalar>(&self, x: &[T]) -> Result<T, f64> {
            if x[0] < T::zero() { Err(x[0].primal()) } else { Ok(x[0].sqrt()) }
        }
    }
    assert_eq!(jet::<_, _, 2>(&Root, &[-1.0], &[1.0]).unwrap_err(), -1.0);
    assert_eq!(jet::<_, _, 2>(&Root, &[4.0], &[1.0]).unwrap().unwrap()[0].coefficients, [0.25, -1.0 / 64.0]);
    assert_eq!(
        jet::<_, _, 2>(&Root, &[4.0], &[]).unwrap().unwrap_err().to_string(),
        "the direction v: expected 1 entry, found 0"
    );
}

#[test]
fn a_gradient_of_coefficients_is_the_series_of_the_gradient() {
    let inputs: Vec<Taylor<f64, 3>> = AT.iter().zip(ALONG).map(|(&x, v)| Taylor::along(x, v)).collect();
    let (y, series) = reverse::gradient(|x: &[Var<Taylor<f64, 3>>]| f(x), &inputs);
    let jet = forward::jet::<_, 3>(|x| vec![f(x)], &AT, &ALONG).expect("a direction")[0];
    for k in 0..=3 {
        assert_near(y.coefficient(k), jet.coefficient(k), "the value");
        let coefficient = |x: &[Var<f64>]| {
            let x: Vec<_> = x.iter().zip(ALONG).map(|(&x, v)| Taylor::<_, 3>::along(x, v.into())).collect();
            f(&x).coefficient(k)
        };
        let (value, gradient) = reverse::gradient(coefficient, &AT);
        assert_near(value, jet.coefficient(k), "the coefficient");
        for i in 0..3 {
            assert_near(series[i].coefficient(k), gradient[i], &format!("∂c{k}/∂x{i}"));
        }
    }
}

/// The coefficient of s²·t of f at x + s·u + t·v, by series of series and by duals over series.
#[test]
fn series_nest() {
    let u = [0.2, 0.5, -0.3];
    let twice = |i: usize| Taylor::<Taylor<f64, 1>, 2>::along(Taylor::along(AT[i], ALONG[i]), Taylor::constant(u[i]));
    let mixed = f(&[twice(0), twice(1), twice(2)]).coefficient(2).coefficient(1);
    let over = |i: usize| Dual::new(Taylor::<f64, 2>::along(AT[i], u[i]), Taylor::constant(ALONG[i]));
    assert_near(f(&[over(0), over(1), over(2)]).tangent.coefficient(2), mixed, "Dual<Taylor>");
    let under = |i: usize| Taylor::<Dual<f64>, 2>::along(Dual::new(AT[i], ALONG[i]), Dual::constant(u[i]));
    assert_near(f(&[under(0), under(1), under(2)]).coefficient(2).tangent, mixed, "Taylor<Dual>");
}

/// Over every kind of number, sums and special functions included, to the same coefficients.
#[test]
fn numbers_of_every_kind_have_series() {
    fn g<T: Scalar>(x: T) -> T {
        Scalar::log_sum_exp(&[x, T::constant(0.5), x * x]) + x.erf() * x.sqrt().atan2(x) - x.ln_gamma() % x.tanh()
    }
    let truth = g(Taylor::<f64, 3>::variable(0.7)).coefficients;
    let counted = g(Taylor::<Counted<f64>, 3>::variable(Counted::new(0.7))).coefficients;
    assert_eq!(counted.map(Counted::value), truth);
    assert_eq!(g(Real(Taylor::<f64, 3>::variable(0.7))).0.coefficients, truth);
    let tape = dualtape::Tape::new();
    assert_eq!(g(Taylor::<Var<f64>, 3>::variable(tape.var(0.7))).coefficients.map(Var::value), truth);
    let single = g(Taylor::<f32, 3>::variable(0.7));
    assert_eq!(single.value.to_bits(), g(0.7_f32).to_bits());
    for (a, b) in single.coefficients.into_iter().zip(truth) {
        assert!((f64::from(a) - b).abs() < 1e-5 * b.abs().max(1.0), "{a} {b}");
    }
    let graph = dualtape::graph::Graph::record(|x| vec![g(x[0])], &[Taylor::<f64, 3>::variable(0.7)]);
    assert_eq!(graph.outputs()[0].coefficients, truth);
    // A recording of what series compute is run at another point.
    let graph = dualtape::graph::Graph::record(|x| g(Taylor::<_, 3>::variable(x[0])).coefficients.to_vec(), &[0.7_f64]);
    let elsewhere = g(Taylor::<f64, 3>::variable(0.72)).coefficients;
    for (a, b) in graph.eval(&[0.72]).expect("the same path").into_iter().zip(elsewhere) {
        assert_near(a, b, "recorded");
    }
}

#[test]
fn zero_coefficients_are_strong_zeros() {
    // An infinite derivative of what does not move.
    let y = forward::jet::<f64, 3>(|x| vec![x[0].sqrt() * x[1]], &[0.0, 2.0], &[0.0, 1.0]).expect("a direction");
    assert_eq!(y[0].coefficients, [0.0; 3]);
    let y = forward::jet::<f64, 3>(|x| vec![(x[0].ln() + x[1]).exp()], &[0.0, 2.0], &[0.0, 1.0]).expect("a direction");
    assert_eq!(y[0].coefficients, [0.0; 3]);
    // What is not used is not seen.
    let pole = Taylor::<f64, 3>::variable(0.0).recip();
    assert_eq!((pole.value, pole.coefficients), (f64::INFINITY, [f64::NEG_INFINITY, f64::INFINITY, f64::NEG_INFINITY]));
    assert_eq!((pole * 0.0).coefficients, [0.0; 3]);
    assert_eq!((Taylor::constant(0.0) * pole).coefficients, [0.0; 3]);
}

#[test]
fn a_series_is_a_polynomial() {
    let y = Taylor::new(1.0, [2.0, -3.0, 4.0]);
    assert_eq!(y.at(0.5), 1.0 + 1.0 - 0.75 + 0.5);
    assert_eq!([y.coefficient(0), y.coefficient(2), y.derivative(0), y.derivative(3)], [1.0, -3.0, 1.0, 24.0]);
    let integral = y.integral(7.0);
    assert_eq!((integral.value, integral.coefficients), (7.0, [1.0, 1.0, -1.0]));
    let alone = Taylor::<f64, 0>::variable(3.0);
    assert_eq!((alone.sqrt().value, alone.at(2.0), alone.integral(5.0).value), (3.0_f64.sqrt(), 3.0, 5.0));
    assert_eq!(Taylor::<f64, 3>::variable(2.0).powi(3).coefficients, [12.0, 6.0, 1.0]);
    let error = std::panic::catch_unwind(|| y.coefficient(4)).expect_err("there are three");
    assert_eq!(*error.downcast::<String>().expect("a message"), "expected an order of at most K = 3, found 4");
}
