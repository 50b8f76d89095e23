//! Numbers and results as data: through JSON and a binary format, and back.

#![cfg(feature = "serde")]

use dualtape::compare::{Options, compare};
use dualtape::graph::{Graph, Traced};
use dualtape::{Counted, Dual, Dual2Vec, DualVec, Model, One, Scalar, Tape, Taylor, Var};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{from_str, json, to_string, to_value};

#[test]
fn duals_keep_their_tangents() {
    let text = to_string(&Dual::new(1.5, -2.0)).unwrap();
    assert_eq!(text, r#"{"value":1.5,"tangent":-2.0}"#);
    let x: Dual<f64> = from_str(&text).unwrap();
    assert_eq!((x.value, x.tangent), (1.5, -2.0));
    let nested = Dual::new(Dual::new(1.0_f32, 2.0), Dual::new(3.0, 4.0));
    let x: Dual<Dual<f32>> = from_str(&to_string(&nested).unwrap()).unwrap();
    assert_eq!((x.value.value, x.value.tangent, x.tangent.value, x.tangent.tangent), (1.0, 2.0, 3.0, 4.0));
}

#[test]
fn dual_vectors_check_the_number_of_tangents() {
    let text = to_string(&DualVec::new(1.5, [1.0, 2.0, 3.0])).unwrap();
    assert_eq!(text, r#"{"value":1.5,"tangents":[1.0,2.0,3.0]}"#);
    let x: DualVec<f64, 3> = from_str(&text).unwrap();
    assert_eq!((x.value, x.tangents), (1.5, [1.0, 2.0, 3.0]));
    let error = from_str::<DualVec<f64, 8>>(&text).unwrap_err().to_string();
    assert!(error.contains("invalid length 3") && error.contains("8 numbers"), "{error}");
    assert!(from_str::<DualVec<f64, 2>>(&text).unwrap_err().to_string().contains("2 numbers"));
}

#[test]
fn series_keep_their_coefficients() {
    let text = to_string(&Taylor::new(1.5, [1.0, 2.0])).unwrap();
    assert_eq!(text, r#"{"value":1.5,"coefficients":[1.0,2.0]}"#);
    let x: Taylor<f64, 2> = from_str(&text).unwrap();
    assert_eq!((x.value, x.coefficients), (1.5, [1.0, 2.0]));
    assert!(from_str::<Taylor<f64, 3>>(&text).unwrap_err().to_string().contains("3 numbers"));
}

#[test]
fn dual_numbers_of_second_order_are_packed() {
    let x = Dual2Vec::new(1.5, [1.0, 2.0, 3.0], [[4.0, 5.0, 6.0], [5.0, 7.0, 8.0], [6.0, 8.0, 9.0]]);
    let text = to_string(&x).unwrap();
    assert_eq!(text, r#"{"value":1.5,"gradient":[1.0,2.0,3.0],"hessian":[4.0,5.0,6.0,7.0,8.0,9.0]}"#);
    let y: Dual2Vec<f64, 3> = from_str(&text).unwrap();
    assert_eq!((y.value, y.gradient, y.hessian()), (x.value, x.gradient, x.hessian()));
    let error = from_str::<Dual2Vec<f64, 2>>(&text).unwrap_err().to_string();
    assert!(error.contains("invalid length 6") && error.contains("3 second derivatives"), "{error}");
    let error = from_str::<Dual2Vec<f64, 3>>(&text.replace("2.0,", "")).unwrap_err().to_string();
    assert!(error.contains("invalid length 2") && error.contains("3 first derivatives"), "{error}");
}

#[test]
fn counted_numbers_are_their_value() {
    assert_eq!(to_string(&Counted::new(1.5)).unwrap(), "1.5");
    assert_eq!(from_str::<Counted<f64>>("1.5").unwrap().value(), 1.5);
}

#[test]
fn variables_come_back_as_constants() {
    let tape = Tape::new();
    let text = to_string(&tape.var(1.5)).unwrap();
    assert_eq!(text, "1.5");
    let x: Var<f64> = from_str(&text).unwrap();
    assert!(x.is_constant());
    assert_eq!(x.value(), 1.5);
    let x: Var<Dual<f64>> = from_str(&to_string(&Var::constant(Dual::new(1.5, 2.0))).unwrap()).unwrap();
    assert_eq!((x.value().value, x.value().tangent), (1.5, 2.0));
    assert!(from_str::<Var<f64>>("\"one\"").is_err());
}

/// Through JSON, where NaN and the infinities have names, and through a format that knows them.
fn back<T: Serialize + DeserializeOwned>(x: &T) -> [T; 2] {
    let text = to_string(x).expect("JSON");
    assert!(!text.contains("null"), "{text}");
    let bytes = postcard::to_allocvec(x).expect("bytes");
    [from_str(&text).expect("JSON"), postcard::from_bytes(&bytes).expect("bytes")]
}

#[test]
fn infinities_and_nan_come_back() {
    fn same<T: Scalar>(a: T, b: T) -> bool {
        a.primal().to_bits() == b.primal().to_bits()
    }
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    let text = to_string(&Dual::new(Dual::new(inf, -inf), Dual::new(nan, -0.0))).unwrap();
    assert_eq!(text, r#"{"value":{"value":"inf","tangent":"-inf"},"tangent":{"value":"NaN","tangent":-0.0}}"#);
    for value in [inf, -inf, nan, -0.0, f64::MAX, f64::from_bits(1)] {
        for x in back(&Dual::new(1.0, value)) {
            assert!(x.value == 1.0 && same(x.tangent, value), "{x:?}");
        }
        for x in back(&Dual::new(Dual::new(value, 1.0), Dual::new(2.0, value))) {
            assert!(same(x.value.value, value) && same(x.tangent.tangent, value), "{x:?}");
        }
        for x in back(&Taylor::new(value, [3.0, value])) {
            assert!(same(x.value, value) && same(x.coefficients[1], value) && x.coefficients[0] == 3.0, "{x:?}");
        }
        for x in back(&DualVec::new(value, [3.0, value])) {
            assert!(same(x.value, value) && same(x.tangents[1], value) && x.tangents[0] == 3.0, "{x:?}");
        }
        for x in back(&Dual2Vec::new(value, [3.0, value], [[1.0, value], [value, 2.0]])) {
            let [[a, b], [c, d]] = x.hessian();
            assert!(same(x.value, value) && same(x.gradient[1], value) && same(b, value) && same(c, value), "{x:?}");
            assert_eq!((x.gradient[0], a, d), (3.0, 1.0, 2.0));
        }
        assert!(back(&Counted::new(value)).iter().all(|x| same(x.value(), value)), "{value}");
        assert!(back(&Var::constant(value)).iter().all(|x| x.is_constant() && same(x.value(), value)), "{value}");
        assert!(back(&Traced::constant(value)).iter().all(|x| same(x.value(), value)), "{value}");
        let narrow = Dual::new(value as f32, 0.1_f32);
        assert!(back(&narrow).iter().all(|x| same(x.value, value as f32) && x.tangent == 0.1), "{value}");
    }
    // A whole number is one; any other word is none.
    assert_eq!(from_str::<Dual<f64>>(r#"{"value":3,"tangent":-2}"#).unwrap().tangent, -2.0);
    for word in ["null", "\"infinity\"", "\"1.5\"", "\"\"", "true", "[1.0]"] {
        let error = from_str::<Dual<f64>>(&format!(r#"{{"value":{word},"tangent":1.0}}"#)).unwrap_err().to_string();
        assert!(error.contains("a number, \"NaN\", \"inf\" or \"-inf\""), "{error}");
    }
}

#[test]
fn results_name_infinities_and_nan() {
    /// An input, which takes no operation: the ratio to it is NaN.
    struct Input;
    impl Model for Input {
        type Outputs = One;
        fn eval<T: Scalar>(&self, x: &[T]) -> T {
            x[0]
        }
    }
    let mut comparison = compare(&Input, &[1.0], &Options::default());
    comparison.modes[0].relative = f64::NAN;
    comparison.value[0] = f64::INFINITY;
    let comparison = to_value(comparison).unwrap();
    assert_eq!((&comparison["modes"][0]["relative"], &comparison["value"]), (&json!("NaN"), &json!(["inf"])));
    let graph = Graph::record(|x| vec![(x[0] / x[1]).sqrt()], &[-1.0, 0.0]);
    let origin = to_value(graph.non_finite()).unwrap();
    assert_eq!((&origin["value"], &origin["operands"][1]), (&json!("-inf"), &json!(["x1", 0.0])));
    let mut origin = graph.non_finite().expect("-1/0");
    origin.operands[0].1 = f64::NAN;
    assert_eq!(to_value(origin).unwrap()["operands"][0], json!(["x0", "NaN"]));
}
