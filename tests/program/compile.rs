//! Compiling: plans that are refused, large programs, exported source, storage.

use super::{Net, Pair, rosenbrock, spread};
use dualtape::program::{Derivative, Plan, Program};
use dualtape::{Model, One, Scalar};
use num_traits::Float;

#[test]
fn plans_that_are_refused_say_what_was_expected() {
    let model = dualtape::model!(rosenbrock);
    let of = |plan: Plan| Program::of(&model, &[0.0, 0.0], &plan).map(|_| ()).unwrap_err().to_string();
    let gradient = || Plan::new(Derivative::Gradient);
    assert_eq!(of(gradient().parameters(1..4)), "parameters: expected a range within the 2 inputs, found 1..4");
    assert_eq!(of(gradient().with_respect_to([2])), "inputs to differentiate in: expected numbers below 2, found 2");
    assert_eq!(
        of(gradient().with_respect_to([1, 0])),
        "inputs to differentiate in: expected ascending numbers, found 1 before 0"
    );
    assert_eq!(of(gradient().outputs([1])), "outputs: expected numbers below 1, found 1");
    assert_eq!(of(gradient().outputs([])), "outputs: expected the one output that a gradient is of, found 0");
    assert!(of(gradient().summed()).starts_with("inputs to differentiate in: expected parameters"));
    assert_eq!(of(gradient().lanes(12)), "lanes: expected 8, 16 or 32, found 12");
    let program = Program::of(&model, &[0.0, 0.0], &gradient()).unwrap();
    let run = |parameters: &[f64], samples: &[f64]| program.run(parameters, samples).unwrap_err().to_string();
    assert_eq!(run(&[], &[1.0; 3]), "samples: expected a multiple of 2 numbers, found 3");
    assert_eq!(run(&[1.0], &[1.0; 2]), "the parameters: expected 0 entries, found 1");
    let along = program.run_along(&[], &[1.0; 2], &[1.0]).unwrap_err().to_string();
    assert_eq!(along, "the direction v: expected 0 entries, found 1");
    let jvp = Program::of(&model, &[0.0, 0.0], &Plan::new(Derivative::Jvp)).unwrap();
    assert_eq!(jvp.run(&[], &[1.0; 2]).unwrap_err().to_string(), "the direction v: expected 2 entries, found 0");
}

#[test]
fn a_program_of_a_million_operations_compiles_and_runs() {
    struct Long;
    impl Model for Long {
        type Outputs = One;
        fn eval<T: Scalar>(&self, x: &[T]) -> T {
            (0..500_000).fold(x[0], |y, _| y * x[1] + x[2])
        }
    }
    let program = Program::of(&Long, &[1.0, 0.5, 0.25], &Plan::new(Derivative::Value)).unwrap();
    let statistics = program.statistics();
    assert!(statistics.recorded >= 1_000_000, "{statistics:?}");
    assert!(statistics.varying_registers <= 8, "{statistics:?}");
    let batch = program.run(&[], &[1.0, 0.5, 0.25, 0.0, 0.25, 3.0]).unwrap();
    assert_eq!((batch.values(0), batch.values(1)), (&[0.5][..], &[4.0][..]));
}

/// Compiles exported source and compares its bits with the exact program's.
#[test]
#[cfg_attr(miri, ignore = "runs the compiler")]
fn exported_source_compiles_and_gives_the_same_bits() {
    struct Mixed;
    impl Model for Mixed {
        type Outputs = One;
        fn eval<T: Scalar>(&self, x: &[T]) -> T {
            let y = x[0].tanh() * x[1].powi(3) + x[2].abs().sqrt().max(x[1]) - (x[0] * x[2]).sin() / x[1];
            let z = y.mul_add(x[0], x[1].hypot(x[2])) + x[1].abs().powf(x[0]) + x[2].atan2(x[1]);
            if x[0] < x[1] + T::constant(2.0) { z } else { -z * z }
        }
    }
    let program = Program::of(&Mixed, &[0.3, 0.7, -0.4], &Plan::new(Derivative::Gradient).exact()).unwrap();
    let source = program.to_rust("gradient").unwrap();
    let points: [[f64; 3]; 4] = [[0.3, 0.7, -0.4], [0.0, 1.5, 0.0], [-2.0, -1.0, 3.0], [9.0, 1.0, 1.0]];
    let main = format!(
        "{source}\nfn main() {{\n    for x in {points:?} {{\n        let mut g = [0.0; 3];\n        \
         match gradient(&x, &mut g) {{\n            Some(y) => println!(\"{{:?}} {{:?}}\", y.to_bits(), \
         g.map(f64::to_bits)),\n            None => println!(\"stale\"),\n        }}\n    }}\n}}\n"
    );
    let folder = tempfile::tempdir().unwrap();
    let (path, program_path) = (folder.path().join("main.rs"), folder.path().join("main"));
    std::fs::write(&path, &main).unwrap();
    let compiler = std::env::var_os("RUSTC").unwrap_or("rustc".into());
    let compiled =
        std::process::Command::new(compiler).args(["--edition", "2024", "-o"]).arg(&program_path).arg(&path).output();
    let compiled = compiled.unwrap();
    assert!(compiled.status.success(), "{}\n{main}", String::from_utf8_lossy(&compiled.stderr));
    let output = std::process::Command::new(&program_path).output().unwrap().stdout;
    let mut expected = String::new();
    for x in &points[..3] {
        let batch = program.run(&[], x).unwrap();
        let bits: Vec<u64> = batch.derivatives(0).iter().map(|d| d.to_bits()).collect();
        expected += &format!("{:?} {bits:?}\n", batch.values(0)[0].to_bits());
    }
    assert_eq!(String::from_utf8(output).unwrap(), expected + "stale\n");
    let several = Program::of(&Pair, &[1.0; 3], &Plan::new(Derivative::Jacobian)).unwrap();
    let error = several.to_rust("f").unwrap_err().to_string();
    assert_eq!(error, "outputs: expected one, whose value is returned, found 3");
}

/// What is stored comes back and does the same; what was tampered with does not come back.
#[cfg(feature = "serde")]
#[test]
fn programs_are_stored_and_come_back() {
    let net = Net { inputs: 4, units: 6, by_dot: true };
    let (p, width) = (net.parameters(), net.inputs + 1);
    let (weights, data) = (spread(p, 1), spread(20 * width, 2));
    let start = [&weights[..], &data[..width]].concat();
    for derivative in [Derivative::Value, Derivative::Gradient, Derivative::Hvp] {
        let plan = Plan::new(derivative).parameters(0..p).summed();
        let program = Program::of(&net, &start, &plan).unwrap();
        let text = serde_json::to_string(&program).unwrap();
        let back: Program = serde_json::from_str(&text).unwrap();
        let v = if derivative.takes_direction() { spread(p, 3) } else { Vec::new() };
        let run = |program: &Program| program.run_along(&weights, &data, &v).unwrap();
        assert_eq!(run(&program), run(&back));
        assert!(
            serde_json::from_str::<Program<f32>>(&text).unwrap_err().to_string().contains("precision: expected 32")
        );
    }
    fn branchy<T: Float>(x: &[T]) -> T {
        if x[0] > T::nan() { x[0] } else { x[0] * x[0] }
    }
    let program = Program::of(&dualtape::model!(branchy), &[f64::NAN], &Plan::new(Derivative::Gradient)).unwrap();
    let stored = serde_json::to_value(&program).unwrap();
    let back: Program = serde_json::from_value(stored.clone()).unwrap();
    assert_eq!(back.run(&[], &[3.0]).unwrap().derivatives(0), [6.0]);
    let tampered = |path: &str, value: serde_json::Value| {
        let mut stored = stored.clone();
        *stored.pointer_mut(path).expect("the path is there") = value;
        serde_json::from_value::<Program>(stored).unwrap_err().to_string()
    };
    assert!(tampered("/source/outputs/0", 99.into()).starts_with("outputs: expected operations below"));
    assert!(tampered("/source/guards/0/operands/0", 99.into()).starts_with("guards: expected operations below"));
    assert!(tampered("/source/ir/ops/0", serde_json::json!({ "Input": 1 })).contains("inputs first"));
    assert!(tampered("/plan/lanes", 3.into()).starts_with("lanes: expected 8, 16 or 32"));
    assert!(tampered("/names", serde_json::json!([])).starts_with("names: expected those of 1 guards, found 0"));
}
