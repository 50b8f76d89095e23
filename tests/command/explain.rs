//! `dualtape explain`: backpropagation in numbers, and what is said where it cannot be shown.

use super::Run;
use serde_json::Value;

#[test]
fn the_lecture_by_forward_and_backward_phase_and_by_all_paths() {
    let run = Run::new();
    let out = run.succeeds(&["explain", "(a + 2*b)*c", "--at", "a=3,b=1,c=-2", "--wrt", "b", "--paths"]);
    let row = |name: &str| -> Vec<String> {
        let line =
            out.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap_or_else(|| panic!("{name}: {out}"));
        line.split_whitespace().skip(1).map(str::to_owned).collect()
    };
    assert_eq!(row("b")[..4], ["input", "1", "1", "-4"]);
    assert_eq!(row("f")[..4], ["v5·c", "-10", "-4", "1"]);
    for line in [
        "3 operations, 6 edges, 3 deep",
        "∂f/∂v5 = c = -2",
        "5. v4 hands b its δ times ∂v4/∂b: -2·2 = -4; δ(b) = -4",
        "Paths from b to f: 1, over 6 edges.",
        "  b → v4 → v5 → f: 2·1·(-2) = -4",
        "  their sum: ∂f/∂b = -4",
        "Gradient: ∂f/∂a = -2, ∂f/∂b = -4, ∂f/∂c = 5",
    ] {
        assert!(out.contains(line), "{line:?} in\n{out}");
    }
    let out = run.succeeds(&["explain", "(a + b)*(b + 1)", "--at", "a=2,b=3", "--wrt", "b", "--paths"]);
    assert!(
        out.contains("a branch, so it is added: δ(b) = 5 + 4 = 9") && out.contains("their sum: ∂f/∂b = 9"),
        "{out}"
    );
}

#[test]
fn names_of_operations_are_no_names_of_inputs() {
    let run = Run::new();
    let out = run.succeeds(&["explain", "v3*a + b*v5", "--at", "v3=2,a=3,b=5,v5=7"]);
    assert!(
        out.contains("∂f/∂v_4 = 1") && out.contains("Gradient: ∂f/∂v3 = 3, ∂f/∂a = 2, ∂f/∂b = 7, ∂f/∂v5 = 5"),
        "{out}"
    );
    assert!(!out.contains(" v5 = b·v5"), "{out}");
    let out = run.succeeds(&["explain", "(f+1)*f", "--at", "f=2"]);
    assert!(out.contains("∂v3/∂f = v2 = 3") && out.contains("Gradient: ∂v3/∂f = 5") && !out.contains("∂f/∂"), "{out}");
}

#[test]
fn formulas_and_values_come_in_many_forms() {
    let run = Run::new();
    let same = |arguments: &[&str], others: &[&str]| {
        let [one, other] = [arguments, others].map(|them| run.succeeds(&[&["explain"], them].concat()));
        assert_eq!(one, other, "{arguments:?} and {others:?}");
    };
    let at = |x: &str, y: &str| format!("x={x},y={y}");
    same(&["2·x² − |y|·√x", "--at", "x=4,y=-3"], &["2*x^2 - abs(y)*sqrt(x)", "--at", "x=4,y=-3"]);
    same(
        &["x·y", "--at", "x = pi/2, y = max(1, −√4)"],
        &["x*y", "--at", &at(&std::f64::consts::FRAC_PI_2.to_string(), "1")],
    );
    same(&["x·y", "--at", "x=∞,y=2^-3"], &["x*y", "--at", "x=inf,y=0.125"]);
    same(&["pi"], &["π + 0"]);
    // From a file and from standard input, in one line or several.
    run.with("f.txt", "\u{feff}x·y\n  + sin(x)\n");
    same(&["@f.txt", "--at", "x=1,y=2"], &["x·y + sin(x)", "--at", "x=1,y=2"]);
    for command in ["explain", "compare"] {
        for (input, ok) in [("x·y\n", true), ("x", true), ("x·\n·y", false), ("", false)] {
            let at = if input == "x" { "x=1" } else { "x=1,y=2" };
            let outcome = run.run_with_input(&[command, "-", "--at", at], input);
            assert_eq!(outcome.code, if ok { 0 } else { 2 }, "{command} {input:?}: {}", outcome.err);
        }
        let broken = run.run_with_input(&[command, "-", "--at", "x=1"], "x +\n* 2").err;
        assert_eq!(
            broken,
            "error: formula, line 2, column 1: expected a number, a variable, a function or `(`, found `*`\n  * 2\n  ^\n"
        );
        run.complains(&[command, "@nowhere.txt"], &["\"nowhere.txt\" cannot be read"]);
        run.with("latin.txt", [b'x', 0xf6]);
        run.complains(&[command, "@latin.txt"], &["\"latin.txt\" cannot be read", "UTF-8"]);
    }
    for (command, option) in [("explain", "--svg"), ("compare", "--report")] {
        run.complains(
            &[command, "@f.txt", "--at", "x=1,y=2", option, "f.txt"],
            &["the formula's file is the same file"],
        );
    }
    let empty = run.run_with_input(&["explain", "-"], " \n").err;
    assert_eq!(empty, "error: expected a formula in standard input, found nothing\n");
}

#[test]
fn nan_and_too_many_paths_are_told() {
    let run = Run::new();
    let out = run.succeeds(&["explain", "sqrt(x - y)*ln(x)", "--at", "x=1,y=2"]);
    assert!(out.contains("Not finite: sqrt(v2) = NaN at v2 = -1"), "{out}");
    assert!(out.contains("the derivative in x is NaN, by the way x -> v2 -> v3 -> f"), "{out}");
    let squares = (0..8).fold("x".to_owned(), |text, _| format!("({text} + y)*({text} - y)"));
    let complaint = run.fails(&["explain", &squares, "--at", "x=1,y=2", "--paths"]);
    assert!(complaint.contains("expected at most 400"), "{complaint}");
    let terms = vec!["(x + y)*(x - y)"; 30].join(" + ");
    let out = run.succeeds(&["explain", &terms, "--at", "x=1,y=2", "--paths"]);
    assert!(out.contains("Paths from x to f: 60,") && out.contains("the first 50 of them are shown"), "{out}");
}

#[test]
fn json_and_dot() {
    let run = Run::new();
    let arguments = ["explain", "sin(x)*y", "--at", "x=1,y=2", "--paths"];
    let json: Value = serde_json::from_str(&run.succeeds(&[&arguments[..], &["--json"]].concat())).expect("JSON");
    assert_eq!(json["gradient"], serde_json::json!([2.0 * 1.0_f64.cos(), 1.0_f64.sin()]));
    assert_eq!(json["trace"].as_array().map(Vec::len), Some(4));
    assert_eq!(json["paths"][0]["nodes"], serde_json::json!([0, 2, 3]));
    // NaN and infinity keep their names, which JSON has no word for.
    let arguments = ["explain", "sqrt(x)*ln(y)", "--at", "x=-1,y=0", "--json"];
    let json: Value = serde_json::from_str(&run.succeeds(&arguments)).expect("JSON");
    assert_eq!((&json["gradient"][0], &json["non_finite"]["value"]), (&Value::from("NaN"), &Value::from("NaN")));
    assert_eq!(json["trace"][3]["value"], "-inf");
    let arguments = ["explain", "sin(x)*y", "--at", "x=1,y=2", "--paths"];
    let dot = run.succeeds(&[&arguments[..4], &["--dot"]].concat());
    assert!(dot.starts_with("digraph {") && dot.contains("n0 -> n2") && dot.contains("δ = 1.0806"), "{dot}");
}

#[test]
fn pictures_and_pages() {
    let run = Run::new();
    let arguments = ["explain", "(a + 2*b)*c", "--at", "a=3,b=1,c=-2", "--svg", "g.svg", "--html", "g.html"];
    let out = run.succeeds(&arguments);
    assert_eq!(run.files(), ["g.html", "g.svg"]);
    assert!(out.lines().filter(|line| line.starts_with("written: /")).count() == 2, "{out}");
    let svg = std::fs::read_to_string(run.path().join("g.svg")).expect("the picture");
    // Seven nodes with their values, six edges with their local derivatives, δ in a class of its own.
    assert_eq!(svg.matches("class=\"node\"").count(), 7);
    assert_eq!(svg.matches("class=\"edge\"").count(), 6);
    assert!(svg.contains("<text class=\"delta\"") && svg.contains(">δ = -4<") && svg.contains(">f = v5·c<"), "{svg}");
    let page = std::fs::read_to_string(run.path().join("g.html")).expect("the page");
    assert!(page.contains("Backpropagation step by step") && !page.contains("src="));
    // Two operands that are one node are one edge with both derivatives.
    run.succeeds(&["explain", "x*x", "--at", "x=3", "--svg", "g.svg"]);
    let svg = std::fs::read_to_string(run.path().join("g.svg")).expect("the picture");
    assert!(svg.contains(">3 + 3<"), "{svg}");
    let large = vec!["x"; 160].join(" + ");
    let complaint = run.run(&["explain", &large, "--at", "x=1", "--html", "large.html"]);
    assert_eq!((complaint.code, complaint.out.as_str()), (2, ""));
    assert!(complaint.err.contains("the graph has 160 nodes, a picture shows at most 150"), "{}", complaint.err);
    assert_eq!(run.files(), ["g.html", "g.svg"]);
    run.complains(&["explain", "x", "--at", "x=1", "--svg", "nowhere/g.svg"], &["cannot be written"]);
}

#[test]
fn models_are_explained_while_they_are_small() {
    let run = Run::new();
    assert!(run.succeeds(&["explain", "rosenbrock"]).contains("∂f/∂x0 ="));
    for about in dualtape::compare::zoo::MODELS.iter().map(|family| family.about()) {
        let outcome = run.run(&["explain", about.name]);
        assert!(outcome.code == 0 || outcome.err.contains("expected at most 400"), "{}: {}", about.name, outcome.err);
    }
}

#[test]
fn wrong_input() {
    let run = Run::new();
    run.complains(&["explain", "x*y", "--at", "x=1"], &["the variable y has no value"]);
    run.complains(&["explain", "x*y", "--at", "x=1,y=2", "--wrt", "z"], &["there is no input \"z\"", "x, y"]);
    run.complains(&["explain", "rosenbrok"], &["there is no model", "rosenbrock"]);
    run.complains(&["explain", "rosenbrock", "--at", "x=1"], &["--at is for formulas"]);
    run.complains(&["explain", " "], &["expected the name of a model or a formula"]);
    run.complains(&["explain"], &["<FORMULA | MODEL>"]);
    assert!(run.fails(&["explain", "x*", "--at", "x=1"]).ends_with("  x*\n    ^"));
}
