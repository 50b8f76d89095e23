//! What a program tells of itself: its size, what it counts, its listing and its source; and which stored programs are refused.

use dualtape::program::{Derivative, InstructionSet, Plan, Program};
use dualtape::{Model, One, Scalar, model};

/// w²·x + sin(w)·y + x·y, with w a parameter.
fn mixed<T: Scalar>(v: &[T]) -> T {
    v[0] * v[0] * v[1] + v[0].sin() * v[2] + v[1] * v[2]
}

/// eʷ·x + eʷ, whose derivative in eʷ is a sum of a varying and a uniform term.
fn shifted<T: Scalar>(v: &[T]) -> T {
    let e = v[0].exp();
    e * v[1] + e
}

/// Two neurons over four numbers, where the first is not negative.
fn layer<T: Scalar>(v: &[T]) -> T {
    let (weights, x) = v.split_at(9);
    if x[0] < T::zero() {
        return x[0];
    }
    let units: Vec<T> = weights[..8].chunks(4).map(|w| (T::dot(w, x) + weights[8]).tanh()).collect();
    let all = x[0] * x[1] + x[1] * x[2] + x[2] * x[3];
    units[0].powi(3) * units[1].logistic() + all.max(x[2]) + x[3].norm_cdf() + x[0].hypot(x[1])
}

const AT: [f64; 13] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 2.0, 3.0, 4.0];

fn program(model: &impl Model<Outputs = One>, x: &[f64], plan: &Plan, parameters: usize) -> Program {
    Program::of(model, x, &plan.clone().parameters(0..parameters)).unwrap()
}

#[test]
fn operations_are_counted_as_the_function_and_the_rules_have_them() {
    let (value, summed) = (Plan::new(Derivative::Value), Plan::new(Derivative::Gradient).summed());
    for plan in [value.clone(), value.exact()] {
        // Once w² and sin w; for each sample three products and two sums.
        let program = program(&model!(mixed), &[0.5, 2.0, 3.0], &plan, 1);
        assert_eq!(program.counts(1).to_string(), "7 (1 sin, 2 add, 4 mul)");
        assert_eq!(program.counts(7).to_string(), "37 (1 sin, 14 add, 22 mul)");
    }
    for plan in [summed.clone(), summed.clone().exact()] {
        // Σx, Σy and the sum of the values take n - 1 additions each; 2w·Σx + cos(w)·Σy two products and two sums.
        let program = program(&model!(mixed), &[0.5, 2.0, 3.0], &plan, 1);
        assert_eq!(program.counts(1).to_string(), "12 (1 sin, 1 cos, 4 add, 6 mul)");
        assert_eq!(program.counts(7).to_string(), "60 (1 sin, 1 cos, 34 add, 24 mul)");
    }
    // (Σx + n·1)·eʷ: of seven samples, 7 + 7 operations for the values and 6 for their sum; then 1, 6 + 1 and 1.
    let shifted = program(&model!(shifted), &[0.5, 2.0], &summed, 1);
    assert_eq!(shifted.counts(7).to_string(), "30 (1 exp, 20 add, 9 mul)");
}

#[test]
fn the_size_of_a_program() {
    let plan = Plan::new(Derivative::Gradient).summed().lanes(8);
    let statistics = program(&model!(layer), &AT, &plan, 9).statistics();
    assert_eq!((statistics.recorded, statistics.operations), (34, 86));
    assert_eq!((statistics.prologue, statistics.instructions, statistics.epilogue), (0, 28, 1));
    // Two rows of four accumulators, each padded to eight, and three accumulators of a lane each.
    assert_eq!((statistics.varying_registers, statistics.sums, statistics.uniform_registers), (13, 2 * 8 + 3, 21));
    assert_eq!((statistics.lanes, statistics.bytes), (8, ((13 + 3) * 8 + 2 * 8 + 21) * 8));
    let names = [InstructionSet::Baseline, InstructionSet::Avx2, InstructionSet::Avx512]
        .map(|instruction_set| instruction_set.to_string());
    assert_eq!(names, ["baseline", "AVX2", "AVX-512"]);
}

#[test]
fn a_listing_says_what_runs() {
    let plan = Plan::new(Derivative::Gradient).summed().lanes(8).instruction_set(InstructionSet::Baseline);
    let listing = "\
; 8 lanes, 13 varying registers, baseline
prologue:
    u0..9 = input 0..9
    u9 = 0.0
    u10 = 3.0
body:
    v4 = u9
    v0..4 = data 0..4
    guard v0 < v4: false
    v5.. = matvec 2×4 u0.. · v0.. + u9..
    v5 = add v5, u8
    v7 = tanh v5
    v6 = add v6, u8
    v8 = tanh v6
    v9 = v0 · v1 + v1 · v2 + v2 · v3
    v10 = powi(3) v7
    v11 = logistic v8
    v9 = max v9, v2
    v9 = mul_add v10, v11, v9
    v12 = norm_cdf v3
    v12 = add v9, v12
    v9 = hypot v0, v1
    v9 = add v12, v9
    sum 18 += v9
    v8 = logistic_derivative v8
    v8 = mul v10, v8
    v7 = mul v7, v7
    v7 = mul v7, u10
    v7 = mul v11, v7
    v6 = sech_squared v6
    v6 = mul v8, v6
    sum 16 += v6
    v5 = sech_squared v5
    v5 = mul v7, v5
    sum 0.. += outer 2×4 v6.. · v3..
    sum 17 += v5
epilogue:
    u11 = sum 16 + sum 17
    result 0 = sum 18
    result 1 = sum 11
    result 2 = sum 10
    result 3 = sum 9
    result 4 = sum 8
    result 5 = sum 3
    result 6 = sum 2
    result 7 = sum 1
    result 8 = sum 0
    result 9 = u11
";
    assert_eq!(program(&model!(layer), &AT, &plan, 9).to_string(), listing);
    let plan = Plan::new(Derivative::Gradient).summed().lanes(8).exact().instruction_set(InstructionSet::Baseline);
    let listing = "\
; exact, 8 lanes, 2 varying registers, baseline
prologue:
    u0 = input 0
    u2 = 1.0
    u1 = exp u0
body:
    v0 = data 0
    v1 = mul v0, u1
    v1 = add v1, u1
    sum 0 += v0
    sum 1 += v1
epilogue:
    u3 = samples · u2 + sum 0
    u4 = strong_zero_mul u1, u3
    result 0 = sum 1
    result 1 = u4
";
    assert_eq!(program(&model!(shifted), &[0.5, 2.0], &plan, 1).to_string(), listing);
}

#[test]
fn exported_source_checks_what_the_function_compared() {
    fn asking<T: Scalar>(x: &[T]) -> T {
        let product = x[0] * x[1];
        let order = if product.partial_cmp(&x[0]).is_none() { f64::NEG_INFINITY } else { -2.5 };
        let read = T::constant(x[1].primal());
        let whole = T::constant(num_traits::ToPrimitive::to_i32(&x[0]).map_or(-1.0, f64::from));
        (product.sin() * read).max(T::constant(order)) + whole
    }
    let source = |x: &[f64]| {
        let program = program(&model!(asking), x, &Plan::new(Derivative::Value), 0);
        let source = program.to_rust("f").unwrap();
        source.split_once("{\n").unwrap().1.replace("        return None;\n    }\n", "}\n")
    };
    let numbers = "    let v2 = x[0] * x[1];
    if v2.partial_cmp(&x[0]) != Some(std::cmp::Ordering::Greater) {
}
    if x[1].to_bits() != 0x4000000000000000_u64 {
}
    if x[0].trunc() != 1.0_f64 {
}
    let v3 = v2.sin();
    let v5 = v3 * 2.0_f64;
    let v7 = v5.max((-2.5_f64));
    let v9 = v7 + 1.0_f64;
    Some(v9)
}
";
    let none = "    let v2 = x[0] * x[1];
    if v2.partial_cmp(&x[0]) != None {
}
    if !x[1].is_nan() {
}
    if x[0].trunc() >= (-2147483648.0_f64) && x[0].trunc() < 2147483648.0_f64 {
}
    let v3 = v2.sin();
    let v5 = v3 * f64::NAN;
    let v7 = v5.max(f64::NEG_INFINITY);
    let v9 = v7 + (-1.0_f64);
    Some(v9)
}
";
    assert_eq!([source(&[1.5, 2.0]), source(&[f64::NAN, f64::NAN])], [numbers, none]);
}

/// What could not have been compiled does not come back from where it was stored.
#[cfg(feature = "serde")]
#[test]
fn stored_operations_that_make_no_sense_are_refused() {
    use serde_json::{Value, json};

    fn stored(program: &Program) -> Value {
        serde_json::to_value(program).unwrap()
    }
    let plan = Plan::new(Derivative::Gradient).summed();
    let shifted = stored(&program(&model!(shifted), &[0.5, 2.0], &plan, 1));
    // [w, x, eʷ, x·eʷ, the value, 1, Σ(1 + x), eʷ·Σ, 0, Σ value]
    assert_eq!(shifted["source"]["ir"]["ops"][6], json!({ "Reduce": [0, 2] }));
    assert_eq!(shifted["source"]["outputs"], json!([9, 7]));
    let with = |changes: &[(&str, Value)]| {
        let mut stored = shifted.clone();
        for (path, value) in changes {
            *stored.pointer_mut(path).expect("the path is there") = value.clone();
        }
        serde_json::from_value::<Program>(stored).map_err(|error| error.to_string())
    };
    let refused = |path: &str, value: Value, expected: &str| {
        let error = with(&[(path, value)]).unwrap_err();
        assert!(error.contains(expected), "{path}: {error}");
    };
    assert_eq!(with(&[]).unwrap().run(&[0.0], &[2.0, 4.0]).unwrap().derivatives(0), [8.0]);
    let ops = "/source/ir/ops";
    let range = "expected a range of 3 terms";
    refused(&format!("{ops}/6"), json!({ "Reduce": [2, 1] }), range);
    refused(&format!("{ops}/6"), json!({ "Reduce": [2, 4] }), range);
    refused("/plan/summed", json!(false), range);
    refused(&format!("{ops}/3"), json!({ "Binary": ["Mul", [1, 3]] }), "expected earlier operands, found 3");
    refused("/source/ir/lists/0", json!(6), "expected earlier operands, found 6");
    refused("/source/outputs/0", json!(10), "outputs: expected operations below 10, found 10");
    refused("/source/primal", json!(11), "expected operations below 10, found 10");
    refused("/source/outputs", json!([9]), "outputs: expected 2, found 1");
    // Sums among the operands of varying operations and of sums, and varying operations among the results.
    let sums = "expected no sum over samples among the operands of a sample";
    refused(&format!("{ops}/7"), json!({ "StrongZeroMul": [1, 6] }), sums);
    refused("/source/ir/lists/2", json!(6), sums);
    refused("/source/ir/lists/2", json!(7), sums);
    refused("/source/outputs/0", json!(4), "outputs: expected sums over samples, found operation 4 of a sample");
    refused("/source/outputs/1", json!(3), "outputs: expected sums over samples, found operation 3 of a sample");
    // A sum of no terms is one, as are a program of nothing but inputs and one of some outputs.
    let empty = with(&[(&format!("{ops}/6"), json!({ "Reduce": [2, 2] }))]).unwrap();
    assert_eq!(empty.run(&[0.0], &[2.0, 4.0]).unwrap().derivatives(0), [0.0]);
    let mut stored_identity = stored(&program(&model!(identity), &[1.0], &Plan::new(Derivative::Value), 0));
    stored_identity["source"]["ir"]["ops"] = json!([{ "Input": 0 }]);
    let back: Program = serde_json::from_value(stored_identity).unwrap();
    assert_eq!(back.run(&[], &[7.0]).unwrap().values(0), [7.0]);
    let second = Plan::new(Derivative::Gradient).outputs([1]);
    let second = Program::of(&dualtape::model!(pair), &[2.0, 3.0], &second).unwrap();
    let back: Program = serde_json::from_value(stored(&second)).unwrap();
    assert_eq!(back.run(&[], &[2.0, 3.0]).unwrap().derivatives(0), [3.0, 2.0]);
    let jacobian = Plan::new(Derivative::Jacobian);
    let jacobian = Program::of(&dualtape::model!(three), &[2.0, 3.0], &jacobian).unwrap();
    let back: Program = serde_json::from_value(stored(&jacobian)).unwrap();
    assert_eq!(back.run(&[], &[2.0, 3.0]).unwrap().derivatives(0), [1.0, 1.0, 3.0, 2.0, 0.0, 1.0]);
}

fn identity<T: Scalar>(x: &[T]) -> T {
    x[0]
}

fn pair<T: Scalar>(x: &[T]) -> Vec<T> {
    vec![x[0] + x[1], x[0] * x[1]]
}

fn three<T: Scalar>(x: &[T]) -> Vec<T> {
    vec![x[0] + x[1], x[0] * x[1], x[1]]
}

/// The operands of a guard are computed as the function computes them, so that no sample takes another path by rounding.
#[test]
fn guards_have_exact_operands() {
    fn at_the_bound<T: Scalar>(x: &[T]) -> T {
        let y = x[0].exp() * T::constant(3.0) + x[0].sin() + x[0].tanh() * x[0].ln();
        if y < x[1] { -x[0] } else { x[0] }
    }
    let bound = |x: f64| x.exp() * 3.0 + x.sin() + x.tanh() * x.ln();
    let samples: Vec<f64> = (1..2000).map(|i| f64::from(i) * 0.003).flat_map(|x| [x, bound(x)]).collect();
    let program = program(&model!(at_the_bound), &samples[..2], &Plan::new(Derivative::Gradient), 0);
    let batch = program.run(&[], &samples).expect("every sample is at its bound");
    assert!((0..1999).all(|row| batch.derivatives(row)[0] == 1.0));
}
