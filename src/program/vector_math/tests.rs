//! Against the standard library, or where that is off, in twice the precision.

use crate::number::ulps::ulps_between;

/// Numbers from all over the range, from ordinary ones, and from near the ends.
fn points() -> Vec<f64> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut found = vec![0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 5e-324, -5e-324, 1e-310, f64::MIN_POSITIVE, f64::MAX];
    found.extend([f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MIN, 709.78, 709.79, -745.13, -745.14, -708.5]);
    for _ in 0..40_000 {
        let unit = (next() >> 11) as f64 / (1_u64 << 53) as f64;
        found.push(f64::from_bits(next()));
        for size in [1.0, 10.0, 800.0, 1e-3, 1e5] {
            found.push((unit * 2.0 - 1.0) * size);
        }
        found.push(1.0 + (unit - 0.5) * 1e-3);
        // Near multiples of π/2.
        let multiple = (next() % 60_000) as f64 * std::f64::consts::FRAC_PI_2;
        found.push(f64::from_bits(multiple.to_bits() + next() % 3));
    }
    found
}

fn check(name: &str, most: u64, vector: [fn(f64) -> f64; 2], exact: fn(f64) -> f64, applies: fn(f64) -> bool) {
    for (vector, fused) in vector.into_iter().zip([false, true]) {
        let worst = points()
            .into_iter()
            .filter(|&x| applies(x))
            .map(|x| (ulps_between(vector(x), exact(x)), x))
            .max_by_key(|worst| worst.0)
            .expect("there are points");
        let (ulps, x) = worst;
        assert!(ulps <= most, "{name}({x:e}), fused {fused}: {:e} and {:e} are {ulps} ulp apart", vector(x), exact(x));
        for x in [0.0, -0.0].into_iter().filter(|&x| applies(x)) {
            // The sign of a zero counts, that of a NaN does not.
            let bits = |y: f64| if y.is_nan() { f64::NAN.to_bits() } else { y.to_bits() };
            assert_eq!(bits(vector(x)), bits(exact(x)), "{name}({x:?}), fused {fused}");
        }
    }
}

/// tanh x by Taylor's series of e²ˣ - 1 in twice the precision up to 2, where the standard library's may itself be off
/// by 2 units in the last place.
fn reference_tanh(x: f64) -> f64 {
    if x.abs() > 2.0 || x.abs() < 1e-8 || x.is_nan() {
        return x.tanh();
    }
    let add = |[a, b]: [f64; 2], c: f64| {
        let sum = a + c;
        let part = sum - a;
        [sum, (a - (sum - part)) + (c - part) + b]
    };
    let multiply = |[a, b]: [f64; 2], c: f64| {
        let product = a * c;
        [product, a.mul_add(c, -product) + b * c]
    };
    let divide = |[a, b]: [f64; 2], [c, d]: [f64; 2]| {
        let first = a / c;
        let [p, q] = multiply([c, d], first);
        [first, ((a - p) - q + b) / c]
    };
    // z·(1 + z/2·(1 + z/3·(…))) for z = 2x.
    let z = 2.0 * x;
    let sum = (2..60).rev().fold([1.0, 0.0], |sum, k| {
        let [a, b] = divide(multiply(sum, z), [f64::from(k), 0.0]);
        add([a, b], 1.0)
    });
    let t = multiply(sum, z);
    let [a, b] = divide(t, add(t, 2.0));
    a + b
}

#[test]
fn functions_are_within_two_units_in_the_last_place() {
    let any = |_: f64| true;
    let small = |x: f64| x.is_nan() || x.abs() <= super::TRIGONOMETRIC_LIMIT;
    check("exp", 2, [super::exp::<false>, super::exp::<true>], f64::exp, any);
    check("exp_m1", 2, [super::exp_m1::<false>, super::exp_m1::<true>], f64::exp_m1, any);
    check("ln", 2, [super::ln::<false>, super::ln::<true>], f64::ln, any);
    check("ln_1p", 2, [super::ln_1p::<false>, super::ln_1p::<true>], f64::ln_1p, any);
    check("tanh", 2, [super::tanh::<false>, super::tanh::<true>], reference_tanh, any);
    check("sin", 2, [super::sin::<false>, super::sin::<true>], f64::sin, small);
    check("cos", 2, [super::cos::<false>, super::cos::<true>], f64::cos, small);
    let logistic = crate::number::Scalar::logistic;
    check("logistic", 2, [super::logistic::<false>, super::logistic::<true>], logistic, any);
    let softplus = crate::number::Scalar::softplus;
    check("softplus", 2, [super::softplus::<false>, super::softplus::<true>], softplus, any);
}

#[test]
fn derivatives_are_those_of_the_rules() {
    use crate::rules::Unary;
    let derivative = |op: Unary| move |x: f64| op.rule(x).1.value();
    for x in points() {
        for fused in [false, true] {
            let (sech, logistic) = if fused {
                (super::sech_squared::<true>(x), super::logistic_derivative::<true>(x))
            } else {
                (super::sech_squared::<false>(x), super::logistic_derivative::<false>(x))
            };
            // The rules are themselves within 4e-15 of the truth.
            for (op, found) in [(Unary::Tanh, sech), (Unary::Logistic, logistic)] {
                let expected = derivative(op)(x);
                let close = ulps_between(found, expected) <= 24 || (found - expected).abs() < 1e-300;
                assert!(close, "{op:?}({x:e}): {found:e} and {expected:e}");
            }
        }
    }
}

/// Pairs of numbers: each beside many others, and with those near which functions of two have their ends.
fn pairs() -> Vec<[f64; 2]> {
    let all = points();
    let edges = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 3.0, -3.0, 1e-320, 1e300, -1e300, f64::MAX, f64::MIN_POSITIVE];
    let edges =
        [&edges[..], &[f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 4503599627370497.0, 9007199254740993.0]].concat();
    let mut pairs: Vec<[f64; 2]> = edges.iter().flat_map(|&a| edges.iter().map(move |&b| [a, b])).collect();
    let shifted = all.iter().skip(all.len() / 2).chain(&all);
    pairs.extend(all.iter().zip(shifted).map(|(&a, &b)| [a, b]));
    pairs.extend(all.iter().zip(all.iter().skip(3)).map(|(&a, &b)| [a, b]));
    // A base near 1 or of ordinary size, and an exponent that keeps the power within the range.
    pairs.extend(all.chunks_exact(2).map(|pair| {
        let base = 1.0 + pair[0].abs().fract() * if pair[1] > 0.0 { 1e-3 } else { 30.0 };
        [base, 700.0 * (pair[1].fract() - 0.1) / base.ln()]
    }));
    pairs
}

fn check_pairs(name: &str, most: u64, vector: [fn(f64, f64) -> f64; 2], exact: fn(f64, f64) -> f64) {
    for (vector, fused) in vector.into_iter().zip([false, true]) {
        let of = |[a, b]: [f64; 2]| (ulps_between(vector(a, b), exact(a, b)), [a, b]);
        let (ulps, [a, b]) = pairs().into_iter().map(of).max_by_key(|worst| worst.0).expect("there are pairs");
        let (found, expected) = (vector(a, b), exact(a, b));
        assert!(ulps <= most, "{name}({a:e}, {b:e}), fused {fused}: {found:e} and {expected:e} are {ulps} ulp apart");
    }
}

#[test]
fn further_functions_are_within_two_units_in_the_last_place() {
    let any = |_: f64| true;
    let small = |x: f64| x.is_nan() || x.abs() <= super::TRIGONOMETRIC_LIMIT;
    check("exp2", 2, [super::exp2::<false>, super::exp2::<true>], f64::exp2, any);
    check("log2", 2, [super::log2::<false>, super::log2::<true>], f64::log2, any);
    check("log10", 2, [super::log10::<false>, super::log10::<true>], f64::log10, any);
    check("tan", 2, [super::tan::<false>, super::tan::<true>], f64::tan, small);
    check("atan", 2, [super::atan::<false>, super::atan::<true>], f64::atan, any);
    check("asin", 2, [super::asin::<false>, super::asin::<true>], f64::asin, any);
    check("acos", 2, [super::acos::<false>, super::acos::<true>], f64::acos, any);
    check("sinh", 2, [super::sinh::<false>, super::sinh::<true>], f64::sinh, any);
    check("cosh", 2, [super::cosh::<false>, super::cosh::<true>], f64::cosh, any);
    check("cbrt", 2, [super::cbrt::<false>, super::cbrt::<true>], f64::cbrt, any);
    check_pairs("powf", 2, [super::powf::<false>, super::powf::<true>], f64::powf);
    check_pairs("hypot", 2, [super::hypot::<false>, super::hypot::<true>], f64::hypot);
    check_pairs("atan2", 2, [super::atan2::<false>, super::atan2::<true>], f64::atan2);
}

#[test]
fn integer_powers_are_those_of_the_standard_library() {
    let bases = points();
    let mut results = vec![0.0; bases.len()];
    for n in [0, 1, 2, 3, 5, 8, 31, -1, -2, -7, i32::MAX, i32::MIN] {
        super::powi(n, &mut results, &bases);
        for (&base, &found) in bases.iter().zip(&results) {
            let expected = base.powi(n);
            let same = found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan();
            assert!(same, "{base:e} to the power of {n}: {found:e} and {expected:e}");
        }
    }
}

#[test]
fn inverse_hyperbolic_and_special_functions_are_near_the_scalar_ones() {
    use crate::number::Scalar;
    let any = |_: f64| true;
    let positive = |x: f64| x.is_nan() || x > 0.0;
    check("asinh", 3, [super::asinh::<false>, super::asinh::<true>], f64::asinh, any);
    // The standard library's are 100 and 20,000 units in the last place off.
    let acosh = |x: f64| match x > 1e150 {
        true => (2.0 * x).ln(),
        false => ((x - 1.0) + ((x - 1.0).sqrt() * (x + 1.0).sqrt())).ln_1p(),
    };
    check("acosh", 5, [super::acosh::<false>, super::acosh::<true>], acosh, any);
    let atanh = |x: f64| {
        let size = x.abs();
        let of_small = || 2.0 * size + 2.0 * size * size / (1.0 - size);
        (0.5 * (if size < 0.5 { of_small() } else { 2.0 * size / (1.0 - size) }).ln_1p()).copysign(x)
    };
    check("atanh", 3, [super::atanh::<false>, super::atanh::<true>], atanh, |x| x.is_nan() || x.abs() > 1e-300);
    check("erf", 2, [super::erf::<false>, super::erf::<true>], Scalar::erf, any);
    check("erfc", 4, [super::erfc::<false>, super::erfc::<true>], Scalar::erfc, any);
    check("norm_cdf", 6, [super::norm_cdf::<false>, super::norm_cdf::<true>], Scalar::norm_cdf, any);
    check("ln_gamma", 5, [super::ln_gamma::<false>, super::ln_gamma::<true>], Scalar::ln_gamma, positive);
    check("digamma", 4, [super::digamma::<false>, super::digamma::<true>], Scalar::digamma, positive);
    for ln_gamma in [super::ln_gamma::<false>, super::ln_gamma::<true>] {
        assert_eq!([1.0, 2.0].map(|x| ln_gamma(x).to_bits()), [0, 0]);
    }
    check_pairs("log", 3, [super::log::<false>, super::log::<true>], f64::log);
}

#[test]
fn remainders_are_exact() {
    for [x, y] in pairs() {
        if (x / y).abs() >= super::REMAINDER_LIMIT {
            continue;
        }
        let (found, expected) = (super::rem::<true>(x, y), x % y);
        let same = found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan();
        assert!(same, "{x:e} % {y:e}: {found:e} and {expected:e}");
    }
    // Quotients that are rounded up to a whole number.
    for [x, y] in
        [[0.9999999999999999, 0.3333333333333333], [4.35, 0.01], [1.1, 0.1], [6.0, 0.1], [9007199254740991.0, 3.0]]
    {
        assert_eq!(super::rem::<true>(x, y).to_bits(), (x % y).to_bits(), "{x} % {y}");
    }
}
