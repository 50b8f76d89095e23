//! `dualtape train`: all modes train side by side, wrong input is one line, and what diverges keeps what it had.

use super::{Outcome, Run};
use serde_json::Value;

fn json(run: &Run, arguments: &[&str]) -> Value {
    serde_json::from_str(&run.succeeds(&[arguments, &["--json"]].concat())).expect("JSON")
}

#[test]
fn all_modes_are_shown_side_by_side() {
    let out = Run::new().succeeds(&["train", "logistic-regression", "--steps", "50"]);
    assert!(out.contains("15 parameters, 150 samples; sgd, rate 0.1"), "{out}");
    let titles: Vec<&str> = out.lines().filter(|line| line.contains("forward  ")).collect();
    for mode in ["forward", "reverse", "program"] {
        assert!(titles[0].contains(mode), "{out}");
    }
    assert!(out.contains("All modes took the same trajectory"), "{out}");
    assert!(out.contains("and replayed at each step, the program took"), "{out}");
    // Parameters × samples × steps: forward mode needs two passes of eight directions for fifteen parameters.
    for account in [
        "chunked forward mode 15,000 for 50 gradients, 2 evaluations for each of 7,500 samples",
        "reverse mode 7,500 for 50 gradients, 1 evaluation for each of 7,500 samples",
    ] {
        assert!(out.contains(account), "{out}");
    }
    assert!(out.contains("setosa petal_width"), "{out}");
    let one = Run::new().succeeds(&["train", "rosenbrock", "--steps", "1"]);
    assert!(one.contains("2 parameters, 1 sample; sgd") && one.contains("in 1 step."), "{one}");
}

/// Gradients, samples, passes and evaluations of the table of costs multiply out, also where the batch does not divide the
/// samples.
#[test]
fn accounts_multiply_out() {
    let run = Run::new();
    for (batch, samples) in [("100", 30 * 75), ("150", 30 * 150), ("1", 30), ("149", 15 * 150)] {
        let out = run.succeeds(&["train", "logistic-regression", "--batch", batch, "--steps", "30"]);
        for (mode, passes) in [("chunked forward", 2), ("reverse", 1), ("program", 1)] {
            let line = out.lines().find(|line| line.starts_with(&format!("{mode}  "))).expect("the costs");
            let cells = line[mode.len()..].split_whitespace().take(4);
            let numbers: Vec<u64> = cells.map(|it| it.replace(',', "").parse().expect("a number")).collect();
            assert_eq!(numbers, [30, samples, passes, samples * passes], "{line}");
        }
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("numbers").iter().map(|it| it.as_f64().expect("a number")).collect()
}

/// The parameters that are printed are those of the data as they are in the file: they give the loss that is printed.
#[test]
fn own_data_are_told_as_own_data_and_in_their_own_units() {
    let run = Run::new();
    let rows = [[3.0, 70.0, 200.0], [4.0, 90.0, 250.0], [2.0, 50.0, 150.0], [5.0, 120.0, 330.0], [1.0, 45.0, 140.0]];
    let csv: String = rows.iter().map(|[a, b, c]| format!("{a},{b},{c}\n")).collect();
    run.with("houses.csv", format!("rooms,area,price\n{csv}"));
    let arguments = ["train", "linear-regression", "--data", "houses.csv", "--steps", "25"];
    let by_reverse = |training: &Value| {
        (training["trajectories"][1]["unstandardised"].clone(), training["trajectories"][1]["losses"][25].clone())
    };
    let (weights, told) = by_reverse(&json(&run, &arguments));
    let w = numbers(&weights);
    let loss: f64 = rows.iter().map(|[a, b, y]| (w[0] * a + w[1] * b + w[2] - y).powi(2)).sum::<f64>() / 5.0;
    let told = told.as_f64().expect("a loss");
    assert!((loss - told).abs() <= 1e-12 * told, "{loss} {told}");
    let out = run.succeeds(&[&arguments[..], &["--report", "page.html"]].concat());
    assert!(
        out.starts_with("Linear regression by least squares, on houses.csv, its input columns standardised\n"),
        "{out}"
    );
    let area = out.lines().find(|line| line.starts_with("area ")).expect("a parameter");
    let printed: f64 = area.split_whitespace().nth(2).and_then(|it| it.parse().ok()).expect("a number");
    assert!((printed - w[1]).abs() < 1e-9 * w[1].abs(), "{area}");

    // Classes; a first layer that sees the data, and layers that do not.
    run.with("house.csv", "rooms,area,kind\n3,70,flat\n4,90,house\n2,50,flat\n5,120,house\n1,45,flat\n");
    let data = ["--data", "house.csv", "--steps", "25", "--report", "page.html"];
    let out = run.succeeds(&[&["train", "logistic-regression"], &data[..]].concat());
    let page = std::fs::read_to_string(run.path().join("page.html")).expect("the page");
    for text in [&out, &page] {
        assert!(text.contains("on house.csv") && !text.contains("Iris") && !text.contains("Fisher"), "{text}");
        assert!(text.contains("standardised"));
    }
    let compared =
        run.succeeds(&["compare", "logistic-regression", "--data", "house.csv", "--quick", "--report", "page.html"]);
    let page = std::fs::read_to_string(run.path().join("page.html")).expect("the page");
    for text in [&compared, &page] {
        assert!(text.contains("on house.csv") && !text.contains("Iris") && !text.contains("Fisher"), "{text}");
    }
    let (weights, told) =
        by_reverse(&json(&run, &["train", "logistic-regression", "--data", "house.csv", "--steps", "25"]));
    let w = numbers(&weights);
    let loss = |[a, b, _]: &[f64; 3], own: usize| {
        let score = |class: usize| w[3 * class] * a + w[3 * class + 1] * b + w[3 * class + 2];
        (score(0).exp() + score(1).exp()).ln() - score(own)
    };
    let loss = rows.iter().zip([0, 1, 0, 1, 0]).map(|(row, own)| loss(row, own)).sum::<f64>() / 5.0;
    assert!((loss - told.as_f64().expect("a loss")).abs() <= 1e-12, "{loss} {told}");
    // What takes its data as they are has nothing to undo.
    assert!(json(&run, &["train", "network", "--steps", "2"])["trajectories"][0]["unstandardised"].is_null());
    assert!(!run.succeeds(&["train", "mlp", "--steps", "2"]).contains("standardised"));
    assert!(
        run.succeeds(&["train", "logistic-regression", "--n", "20", "--steps", "2"]).contains("A feature z(a)*z(b)")
    );
}

#[test]
fn the_same_seed_gives_the_same_training() {
    let run = Run::new();
    let arguments = ["train", "mlp", "--batch", "2", "--steps", "30", "--mode", "reverse", "--csv"];
    let with = |seed: &str| run.succeeds(&[&arguments[..], &["--seed", seed]].concat());
    assert_eq!(with("7"), with("7"));
    assert_ne!(with("7"), with("8"));
    assert_eq!(with("7").lines().count(), 1 + 31, "a header and steps 0 to 30");
    // Several modes, one direction at a time among them.
    let modes = ["train", "mlp", "--steps", "3", "--mode", "forward,Reverse", "--csv"];
    let lines = run.succeeds(&modes);
    assert_eq!(lines.lines().filter(|line| line.contains(",forward,")).count(), 4, "{lines}");
    assert_eq!(lines.lines().filter(|line| line.contains(",reverse,")).count(), 4, "{lines}");
    run.complains(
        &["train", "mlp", "--mode", "differences"],
        &["--mode", "expected forward, chunked, reverse, program"],
    );
}

#[test]
fn every_optimizer_descends_the_same_way_in_every_mode() {
    let run = Run::new();
    for optimizer in ["sgd", "momentum", "adam", "lbfgs"] {
        for model in ["linear-regression", "logistic-regression", "mlp"] {
            let training = json(&run, &["train", model, "--optimizer", optimizer, "--steps", "40"]);
            let losses = |mode: usize| -> Vec<f64> {
                let losses = training["trajectories"][mode]["losses"].as_array().expect("losses");
                losses.iter().map(|loss| loss.as_f64().expect("a loss")).collect()
            };
            let (forward, reverse, program) = (losses(0), losses(1), losses(2));
            assert!(reverse.last() < reverse.first(), "{optimizer} {model}");
            let by_program = reverse.iter().zip(&program);
            for (step, (f, r)) in forward.iter().zip(&reverse).chain(by_program).enumerate() {
                // Of the loss at the start: near 0 a loss keeps few digits. L-BFGS divides by differences of gradients, which
                // become small, and so magnifies their rounding; the other rules do not.
                let bound = if optimizer == "lbfgs" { 1e-9 } else { 1e-12 };
                assert!((f - r).abs() <= bound * forward[0], "{optimizer} {model} step {step}: {f} {r}");
            }
        }
    }
}

#[test]
fn any_model_with_one_output_can_become_least() {
    let run = Run::new();
    let out = run.succeeds(&["train", "rosenbrock", "--n", "5", "--optimizer", "lbfgs", "--steps", "200"]);
    assert!(out.contains("ended early"), "{out}");
    let training = json(&run, &["train", "rosenbrock", "--n", "5", "--optimizer", "lbfgs", "--steps", "200"]);
    let weights = training["trajectories"][0]["weights"].as_array().expect("weights");
    assert!(weights.iter().all(|w| (w.as_f64().expect("a number") - 1.0).abs() < 1e-5), "{weights:?}");
    run.complains(&["train", "heat"], &["heat has several outputs"]);
}

#[test]
fn zeros_leave_all_units_equal() {
    let run = Run::new();
    let out = run.succeeds(&["train", "mlp", "--init", "zeros", "--steps", "20"]);
    assert!(out.contains("All 4 units of hidden layer 1 and all 4 units of hidden layer 2"), "{out}");
    for init in ["normal", "xavier", "he"] {
        let out = run.succeeds(&["train", "mlp", "--init", init, "--steps", "20"]);
        assert!(!out.contains("hidden layer"), "{out}");
    }
}

#[test]
fn real_data() {
    let run = Run::new();
    run.with("houses.csv", "rooms,area,price\n3,70,200\n4,90,250\n2,50,150\n5,120,330\n");
    let data = ["--data", "houses.csv", "--target", "price", "--steps", "20"];
    let out = run.succeeds(&[&["train", "linear-regression"], &data[..]].concat());
    assert!(out.contains("rooms") && out.contains("intercept"), "{out}");
    run.succeeds(&[&["train", "mlp", "--rate", "1e-6"], &data[..]].concat());
    run.complains(&[&["train", "network"], &data[..]].concat(), &["network takes no data", "linear-regression"]);
    let iris = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/examples/iris/iris.csv");
    let out = run.succeeds(&["train", "logistic-regression", "--data", iris, "--target", "species", "--steps", "20"]);
    assert!(out.contains("virginica petal_length"), "{out}");
    run.with("one.csv", "x,class\n1,a\n2,a\n");
    let arguments = ["train", "logistic-regression", "--data", "one.csv", "--target", "class"];
    run.complains(&arguments, &["\"one.csv\"", "at least two classes"]);
    run.with("constant.csv", "x,y\n1,2\n1,3\n");
    let arguments = ["train", "linear-regression", "--data", "constant.csv", "--target", "y"];
    run.complains(&arguments, &["column x", "standardised"]);
}

#[test]
fn a_report_of_a_training() {
    let run = Run::new();
    let out = run.succeeds(&["train", "linear-regression", "--steps", "20", "--report", "page.html"]);
    assert!(out.trim_end().ends_with("page.html"), "{out}");
    let page = std::fs::read_to_string(run.path().join("page.html")).expect("the page");
    assert!(page.contains("Parameters × samples × steps") && page.contains("The descent"));
}

#[test]
fn divergence_stops_says_where_and_keeps_the_last_finite_parameters() {
    let run = Run::new();
    let arguments = ["train", "rosenbrock", "--rate", "1", "--steps", "1000", "--report", "page.html"];
    let Outcome { code, out, err } = run.run(&arguments);
    assert_eq!(code, 2);
    assert!(err.starts_with("error: training diverged at step ") && err.lines().count() == 1, "{err}");
    let step: usize =
        err["error: training diverged at step ".len()..].split(' ').next().unwrap_or("").parse().expect("a step");
    assert!((1..1000).contains(&step));
    assert!(err.contains(&format!("the parameters of step {}", step - 1)), "{err}");
    let parameters = &out[out.find("parameter  ").expect("the table of parameters")..];
    assert!(parameters.contains("x[0]") && !parameters.contains("NaN") && !parameters.contains("inf"), "{out}");
    let page = std::fs::read_to_string(run.path().join("page.html")).expect("the page, up to there");
    assert!(page.contains(&format!("diverged: step {step} ")) && page.contains("The descent"));
    // No number takes more than twelve characters.
    for rate in ["1e300", "1e10", "3"] {
        let Outcome { code, out, err } = run.run(&["train", "rosenbrock", "--rate", rate]);
        assert_eq!(code, 2);
        for word in [out, err].join(" ").split_whitespace() {
            let number = word.trim_matches([',', ';', '.', ':']);
            assert!(number.parse::<f64>().is_err() || number.len() <= 12, "{number}");
        }
    }
}

#[test]
fn wrong_settings() {
    let run = Run::new();
    run.complains(&["train"], &["<MODEL>"]);
    run.complains(&["train", "mpl"], &["there is no model \"mpl\"", "mlp"]);
    for (rate, shown) in [("NaN", "NaN"), ("inf", "inf"), ("0", "0"), ("-1", "-1")] {
        run.complains(&["train", "mlp", "--rate", rate], &["--rate: expected a finite number above 0, found", shown]);
    }
    run.complains(&["train", "mlp", "--rate", "fast"], &["fast"]);
    run.complains(&["train", "mlp", "--rate", "0.1", "--optimizer", "lbfgs"], &["--rate", "line search"]);
    run.complains(&["train", "mlp", "--batch", "0"], &["--batch: expected 1 to 4 samples", "found 0"]);
    run.complains(&["train", "mlp", "--batch", "5"], &["--batch: expected 1 to 4 samples", "found 5"]);
    run.complains(&["train", "rosenbrock", "--batch", "5"], &["--batch: expected 1, for there is one sample, found 5"]);
    run.complains(&["train", "mlp", "--batch", "2", "--optimizer", "lbfgs"], &["--batch: expected all 4 samples"]);
    for steps in ["0", "-1", "1000001", "99999999999999", "99999999999999999999999", "many"] {
        run.complains(&["train", "mlp", "--steps", steps], &["--steps", "expected a whole number from 1 to 1,000,000"]);
    }
    for batch in ["-1", "x", "99999999999999999999999"] {
        run.complains(&["train", "mlp", "--batch", batch], &["--batch", "expected a whole number of samples"]);
    }
    run.complains(&["train", "mlp", "--n", "0"], &["--n: expected whole numbers of at least 1, found 0"]);
    run.complains(&["train", "mlp", "--n", "1,2"], &["--n: expected one size"]);
    run.complains(&["train", "mlp", "--n", "1000000000000"], &["--n: mlp of", "would take about", "are free"]);
    run.complains(&["train", "mlp", "--optimizer", "magic"], &["magic", "adam"]);
    run.complains(&["train", "mlp", "--init", "ones"], &["ones", "xavier"]);
    run.complains(&["train", "mlp", "--report", "nowhere/page.html"], &["cannot be written"]);
}
