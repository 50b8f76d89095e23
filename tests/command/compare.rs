//! `dualtape models` and `dualtape compare`.

use super::Run;
use std::fs;

#[test]
fn models_are_listed_and_told_about() {
    let run = Run::new();
    let list = run.succeeds(&["models"]);
    for about in dualtape::compare::zoo::MODELS.iter().map(|family| family.about()) {
        assert!(list.contains(about.name) && list.contains(about.title), "{}", about.name);
    }
    assert!(list.contains("norm_cdf") && list.contains("log_sum_exp"));
    let one = run.succeeds(&["models", "rosenbrock"]);
    assert!(one.contains("100 (x[i+1] - x[i]^2)^2") && one.contains("Rosenbrock, The Computer Journal"), "{one}");
    let json: serde_json::Value = serde_json::from_str(&run.succeeds(&["models", "--json"])).expect("JSON");
    assert_eq!(json.as_array().map(Vec::len), Some(dualtape::compare::zoo::MODELS.len()));
    run.complains(&["models", "rosenbrok"], &["no model \"rosenbrok\"", "the nearest: rosenbrock"]);
}

#[test]
fn a_model_in_several_sizes() {
    let run = Run::new();
    let out = run.succeeds(&["compare", "rosenbrock", "--n", "2,20,200", "--quick"]);
    let lines: Vec<&str> = out.lines().collect();
    let rows: Vec<&str> = lines.iter().copied().filter(|line| line.contains(" kB") || line.contains(" B ")).collect();
    assert_eq!(rows.len(), 3, "{out}");
    let first: Vec<&str> = rows.iter().filter_map(|row| row.split_whitespace().next()).collect();
    assert_eq!(first, ["2", "20", "200"]);
    assert!(out.contains("central") && out.contains("chunked"), "{out}");
    assert!(lines.last().is_some_and(|line| line.starts_with("Reverse: ") || line.starts_with("Forward: ")), "{out}");
    assert!(run.files().is_empty(), "no file that was not asked for");
}

/// The shape of the table: its columns and rows, with every figure replaced.
#[test]
fn the_shape_of_the_table() {
    let out = Run::new().succeeds(&["compare", "x*y", "--at", "x=2,y=3", "--quick"]);
    let shape: Vec<String> = out
        .lines()
        .take_while(|line| !line.starts_with("The tape"))
        .map(|line| {
            let words = line
                .split_whitespace()
                .map(|word| if word.chars().next().is_some_and(|c| c.is_ascii_digit()) { "#" } else { word });
            let words: Vec<&str> = words.filter(|word| !["ns", "µs", "ms", "s"].contains(word)).collect();
            words.join(" ").replace('─', "")
        })
        .filter(|line| !line.is_empty())
        .collect();
    let expected = [
        "A formula",
        "x*y",
        "# inputs, # output, value #",
        "evaluations sweeps operations × f time × f to reverse: relative",
        "ulp",
        "f itself # # # # # #",
        "central differences # # # # # # # #",
        "forward # # # # # # # #",
        "chunked forward # # # # # # # #",
        "reverse # # # # # # # #",
        "program # # # # # # # #",
        "program, # points # #",
        "value derivative by derivative by derivative by derivative by derivative by",
        "central differences forward chunked forward reverse program",
        "x # # # # # #",
        "y # # # # # #",
    ];
    assert_eq!(shape, expected, "{out}");
}

#[test]
fn one_is_no_plural() {
    let out = Run::new().succeeds(&["compare", "3", "--quick"]);
    assert!(out.contains("program, 1 point ") && !out.contains("1 points"), "{out}");
}

#[test]
fn formulas() {
    let run = Run::new();
    let value = |formula: &str, at: &str| {
        let arguments = ["compare", formula, "--quick", "--json", "--at", at];
        let json: serde_json::Value = serde_json::from_str(&run.succeeds(&arguments)).expect("JSON");
        let comparison = &json["comparisons"][0];
        let Some([.., reverse, program]) = comparison["modes"].as_array().map(Vec::as_slice) else {
            panic!("{formula}: expected five modes")
        };
        assert_eq!([&reverse["mode"], &program["mode"]], ["reverse", "program"]);
        let number = |value: &serde_json::Value| match value {
            serde_json::Value::String(name) => name.parse().expect("inf or NaN"),
            value => value.as_f64().expect("a number"),
        };
        let slopes = |mode: &serde_json::Value| -> Vec<f64> {
            mode["matrix"][0].as_array().expect("a row").iter().map(number).collect()
        };
        let (recorded, replayed) = (slopes(reverse), slopes(program));
        for (a, b) in recorded.iter().zip(&replayed) {
            assert!(a == b || (a - b).abs() <= 1e-14 * a.abs(), "{formula}: {a} and {b}");
        }
        (number(&comparison["value"][0]), recorded)
    };
    assert_eq!(value("sin(x)*y + exp(x*y)", "x=0,y=2"), (1.0, vec![4.0, 0.0]));
    // Precedence: powers before signs, to the right.
    assert_eq!(value("-x^2", "x=3"), (-9.0, vec![-6.0]));
    assert_eq!(value("2^-x", "x=0"), (1.0, vec![-std::f64::consts::LN_2]));
    assert_eq!(value("x^3^1 - 8/x/2", "x=2"), (6.0, vec![13.0]));
    assert_eq!(value("x**2 % 4 - -1", "x=3"), (2.0, vec![6.0]));
    assert_eq!(value("max(x, y) + mul_add(x, y, 1) + pow(x, 2)", "x=2, y=1"), (9.0, vec![6.0, 2.0]));
    assert_eq!(value("sum(x, 2*x, 1) + powi(x, 2)", "x=3"), (19.0, vec![9.0]));
    assert_eq!(value("log_sum_exp(x, x)", "x=1").1, [1.0]);
    assert_eq!(value("θ", "θ=1.5e0"), (1.5, vec![1.0]));
    assert_eq!(value("x-y", "x=1,y=3"), (-2.0, vec![1.0, -1.0]));
    assert_eq!(value("2*pi*e^0*x", "x=1").1, [std::f64::consts::TAU]);
    assert_eq!(value("1/(1+exp(-x))", "x=-800"), (0.0, vec![0.0]));
    assert_eq!(value("ln(x)", "x=0"), (f64::NEG_INFINITY, vec![f64::INFINITY]));
    assert_eq!(value("(1 + 2)*4", ""), (12.0, vec![]));
    assert_eq!(value("3", ""), (3.0, vec![]));
    // Every function of the table can be called.
    for op in dualtape::rules::Unary::ALL {
        let formula = if op.name() == "powi" { "powi(x, 3)".to_owned() } else { format!("{}(x)", op.name()) };
        let at = op.sample();
        assert_eq!(value(&formula, &format!("x={at}")).0, op.value(at), "{formula}");
    }
    for op in dualtape::rules::Binary::ALL {
        let (a, b) = op.sample();
        assert_eq!(value(&format!("{}(x, y)", op.name()), &format!("x={a},y={b}")).0, op.value(a, b), "{}", op.name());
    }
}

#[test]
fn wrong_formulas_show_where() {
    let run = Run::new();
    let cases = [
        ("sin(x)*", "column 8: expected a number, a variable, a function or `(`, found the end", "sin(x)*", 7),
        ("x + * y", "column 5: expected a number, a variable, a function or `(`, found `*`", "x + * y", 4),
        ("(x + y", "column 7: expected `)` or an operator, found the end", "(x + y", 6),
        ("x y*2", "column 3: expected an operator or the end, found `y`", "x y*2", 2),
        ("2*sine(x)", "column 3: there is no function sine, did you mean sin?", "2*sine(x)", 2),
        ("tanhh(x)", "column 1: there is no function tanhh, did you mean tanh?", "tanhh(x)", 0),
        ("logist(x)", "column 1: there is no function logist, did you mean logistic?", "logist(x)", 0),
        ("sigmoid(x)", "column 1: there is no function sigmoid: write logistic(x) or σ(x)", "sigmoid(x)", 0),
        ("1 + relu(x)", "column 5: there is no function relu: write max(x, 0)", "1 + relu(x)", 4),
        ("tg(x)", "column 1: there is no function tg: write tan(x)", "tg(x)", 0),
        ("lg(x)", "column 1: there is no function lg: write log10(x) or log2(x)", "lg(x)", 0),
        ("bessel(x)", "column 1: there is no function bessel", "bessel(x)", 0),
        ("sin(x, y)", "column 1: sin takes one argument, found 2", "sin(x, y)", 0),
        ("1 + log(x)", "column 5: log takes a number and a base: ln is the natural logarithm", "1 + log(x)", 4),
        ("powi(x, y)", "column 9: powi takes a whole number as its exponent", "powi(x, y)", 8),
        ("x*1e999", "column 3: too large for f64", "x*1e999", 2),
        ("√θ*$", "column 4: expected a number, a variable, a function or `(`, found `$`", "√θ*$", 3),
    ];
    for (formula, problem, shown, column) in cases {
        let complaint = run.fails(&["compare", formula, "--at", "x=1"]);
        let expected = format!("formula, {problem}\n  {shown}\n  {}^", " ".repeat(column));
        assert_eq!(complaint, expected);
    }
    // However deep, and in whichever way, it is a complaint and no overflow of the stack; a long one is shown in part.
    for deep in [
        "(".repeat(100_000),
        "0".to_owned() + &"-".repeat(100_000) + "x",
        "x^".repeat(50_000) + "x",
        "sin(".repeat(25_000),
    ] {
        let complaint = run.fails(&["compare", &deep, "--at", "x=1"]);
        let lines: Vec<&str> = complaint.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].contains("nested too deep: expected at most 200 levels"), "{}", lines[0]);
        assert!(lines[1].len() < 90 && lines[2].len() < 90);
    }
    // A long sum is not deep.
    let long = "x + ".repeat(30_000) + "x";
    assert!(run.succeeds(&["compare", &long, "--at", "x=1", "--quick", "--csv"]).contains("reverse"));
}

#[test]
fn wrong_points_and_sizes() {
    let run = Run::new();
    run.complains(&["compare", "sin(x)*y"], &["the variables x, y have no value: give one by --at x=…"]);
    run.complains(&["compare", "sin(x)*y", "--at", "x=1"], &["the variable y has no value"]);
    run.complains(&["compare", "x*y", "--at", "x=1,z=2"], &["no variable \"z\"", "x, y"]);
    run.complains(&["compare", "x*y", "--at", "x=1,y=two"], &["y = two: expected a constant, found the variable two"]);
    run.complains(&["compare", "x*y", "--at", "x=1,y=2*"], &["y = 2*: expected a number", "found the end"]);
    run.complains(&["compare", "x*y", "--at", "x=1,x=2"], &["x has two values"]);
    run.complains(&["compare", "x*y", "--at", "x=1e400,y=1"], &["x = 1e400: too large for f64"]);
    run.complains(&["compare", "x*y", "--ta", "x=1"], &["--ta", "see `dualtape compare --help`"]);
    run.complains(&["--at"], &["--at", "see `dualtape --help`"]);
    run.complains(&["compare", "x*y", "--at", "x"], &["expected variable=number, found \"x\""]);
    run.complains(&["compare", "x*y", "--at", "x=1,y=1", "--n", "2"], &["--n is for models of the zoo"]);
    run.complains(&["compare", "rosenbrock", "--at", "x=1"], &["--at is for formulas"]);
    run.complains(&["compare", "rosenbrok"], &["there is no model \"rosenbrok\"", "the nearest: rosenbrock"]);
    run.complains(&["compare", " "], &["expected the name of a model or a formula, found nothing"]);
    run.complains(&["compare", "zzz"], &["there is no model \"zzz\"", "`dualtape models` lists them"]);
    run.complains(&["compare", "rosenbrock", "--n", "0"], &["--n: expected whole numbers of at least 1, found 0"]);
    run.complains(&["compare", "rosenbrock", "--n", "-3"], &["found \"-3\""]);
    run.complains(&["compare", "rosenbrock", "--n", "2,,3"], &["found \"\""]);
    run.complains(&["compare", "rosenbrock", "--n", "ten"], &["found \"ten\""]);
    run.complains(&["compare", "rosenbrock", "--n", "1.5"], &["found \"1.5\""]);
    run.complains(&["compare", "rosenbrock", "--time-limit", "NaN"], &["--time-limit: expected seconds"]);
    for about in dualtape::compare::zoo::MODELS.iter().map(|family| family.about()) {
        run.complains(&["compare", about.name, "--n", "1000000000000000"], &["--n", "would take about", "are free"]);
        run.complains(&["compare", about.name, "--n", &usize::MAX.to_string()], &["would take about", "are free"]);
    }
    run.complains(&["compare", "rosenbrock", "--n", &"9".repeat(40)], &["--n", "would take", "B"]);
    run.complains(&["compare", "rosenbrock", "--modes", "sideways"], &["sideways", "reverse"]);
    run.complains(&["compare", "rosenbrock", "--json", "--csv"], &["--json", "--csv"]);
    run.complains(&["compare", "rosenbrock", "--colour"], &["--colour"]);
    run.complains(&["compare", "--colour"], &["there is no option --colour"]);
    run.complains(&["improve"], &["improve"]);
    for [command, subject, option] in [
        ["compare", "rosenbrock", "--report"],
        ["compare", "rosenbrock", "--plot"],
        ["compare", "mlp", "--data"],
        ["explain", "rosenbrock", "--svg"],
        ["explain", "rosenbrock", "--html"],
        ["train", "mlp", "--report"],
        ["train", "mlp", "--data"],
    ] {
        run.complains(&[command, subject, option, ""], &["invalid value ''", option, "expected the name of a file"]);
    }
}

#[test]
fn methods_that_would_take_too_long_are_left_out() {
    let out = Run::new().succeeds(&["compare", "rosenbrock", "--n", "1000", "--time-limit", "0.0000001", "--quick"]);
    assert!(out.contains("central differences was left out") && out.contains("forward was left out"), "{out}");
}

#[test]
fn nothing_is_said_of_ways_that_did_not_run() {
    let run = Run::new();
    let words = [
        ("differences", "differences"),
        ("forward", "\nforward "),
        ("forward", "orward mode"),
        ("chunked", "chunked"),
        ("reverse", "reverse"),
        ("reverse", "tape"),
        ("program", "program"),
        ("program", "ompiled"),
    ];
    for modes in ["forward", "differences", "chunked", "reverse", "program", "forward,chunked", "differences,program"] {
        for n in ["2", "2,20"] {
            let out = run.succeeds(&["compare", "rosenbrock", "--n", n, "--quick", "--modes", modes]);
            // Extrapolated differences judge the derivatives whichever ways ran.
            let out = out.replace("extrapolated differences", "").replace("held against differences", "");
            for (mode, word) in words {
                assert!(modes.contains(mode) || !out.contains(word), "{word} in {out}");
            }
        }
    }
}

#[test]
fn a_model_on_real_data() {
    let run = Run::new();
    let csv = "rooms,area,price\n3,70,200\n4,90,250\n2,50,150\n5,120,330\n";
    let arguments = ["compare", "linear-regression", "--data", "houses.csv", "--target", "price", "--quick"];
    let out = run.with("houses.csv", csv).succeeds(&arguments);
    assert!(out.contains("3 inputs, 1 output"), "two columns and the intercept: {out}");
    // The last column is the default.
    let value = |out: &str| out.lines().find(|line| line.contains("value")).map(str::to_owned);
    assert_eq!(value(&run.succeeds(&arguments[..4])), value(&out));
    // The target stays as it is.
    assert!(
        out.starts_with("Linear regression by least squares, on houses.csv, its input columns standardised\n"),
        "{out}"
    );
    let iris = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/examples/iris/iris.csv");
    let arguments = ["compare", "logistic-regression", "--data", iris, "--target", "species", "--quick"];
    assert!(run.succeeds(&arguments).contains("15 inputs, 1 output"));
}

#[test]
fn wrong_data() {
    let run = Run::new();
    let complains = |contents: &[u8], parts: &[&str]| {
        run.with("data.csv", contents);
        let arguments = ["compare", "linear-regression", "--data", "data.csv", "--target", "y"];
        let parts: Vec<&str> = ["\"data.csv\""].iter().chain(parts).copied().collect();
        run.complains(&arguments, &parts);
    };
    complains(b"", &["the file is empty"]);
    complains(b"\n \n", &["the file is empty"]);
    complains(b"1,2\n3,4\n", &["header (line 1): expected the names of the columns, found only numbers"]);
    complains(b"x,y\n1,2\n3\n", &["row 2 (line 3): expected 2 columns, as in the header, found 1"]);
    complains(b"x,y\n1,2\n\n3,4,5\n", &["row 2 (line 4)", "found 3"]);
    complains(b"x,y\n1,2\n3,four\n", &["row 2 (line 3), column 2 (y): expected a number, found \"four\""]);
    complains(b"x,y\n,2\n", &["row 1 (line 2), column 1 (x): expected a number, found an empty cell"]);
    complains(b"x,y\ninf,2\n", &["row 1 (line 2), column 1 (x): expected a finite number, found inf"]);
    complains(b"x,z\n1,2\n", &["--target: there is no column \"y\"", "x, z"]);
    complains(b"x,y\n1,\xff\n", &["row 1 (line 2), column 2 (y): expected UTF-8"]);
    complains(b"\xff,y\n1,2\n", &["header (line 1), column 1: expected UTF-8"]);
    complains(b"x,y,x\n1,2,3\n", &["columns 1 and 3 are both called \"x\""]);
    complains(b"x,y\n", &["row"]);
    complains(b"# a comment\nx,y\n1,2\n", &["--target: there is no column"]);
    run.complains(
        &["compare", "linear-regression", "--data", "nowhere.csv", "--target", "y"],
        &["\"nowhere.csv\": cannot be read"],
    );
    run.complains(&["compare", "linear-regression", "--target", "y"], &["--data"]);
    run.with("data.csv", "# a comment\nx,y\n1,2\n");
    run.complains(
        &["compare", "linear-regression", "--data", "data.csv"],
        &["row 1 (line 2): expected 1 column, as in the header, found 2; a line that starts with # is the header here"],
    );
    run.with("data.csv", "x,y\n1,2\n3,4\n");
    run.complains(&["compare", "rosenbrock", "--data", "data.csv", "--target", "y"], &["linear-regression"]);
    // A mark of the byte order is no part of the first name.
    run.with("data.csv", "\u{feff}y,x\n1,2\n3,4\n");
    run.succeeds(&["compare", "linear-regression", "--data", "data.csv", "--target", "y", "--quick"]);
}

/// As spreadsheets of most countries write them: what separates columns and what marks decimals is seen from the file.
#[test]
fn dialects_of_csv() {
    let run = Run::new();
    let value = |name: &str| {
        let arguments = ["compare", "linear-regression", "--data", name, "--target", "y", "--quick", "--json"];
        let json: serde_json::Value = serde_json::from_str(&run.succeeds(&arguments)).expect("JSON");
        json["comparisons"][0]["value"][0].as_f64().expect("a number")
    };
    run.with("plain.csv", "x,y,z\n1.5,2,3\n-0.25,4.125,5\n1000,6,1e-3\n");
    let expected = value("plain.csv");
    for text in [
        "x;y;z\n1,5;2;3\n-0,25;4,125;5\n1000;6;1e-3\n",
        "x\ty\tz\n1,5\t2\t3\n-0,25\t4,125\t5\n1000\t6\t1e-3\n",
        "x;y;z\n1.5;2;3\n-0.25;4.125;5\n1000;6;1e-3\n",
        "x,y,z\n\"1,5\",2,3\n\"-0,25\",\"4,125\",5\n1000,6,\"1e-3\"\n",
        "\u{feff}x;y;z\r\n\r\n1,5;2;3\r\n;;\r\n-0,25;4,125;5\r\n   \r\n1000;6;\"1e-3\"\r\n;;\r\n",
        "\nx ; y ; z\n1,5 ; 2 ; 3\n-0,25 ; 4,125 ; 5\n1000 ; 6 ; 1e-3",
    ] {
        run.with("other.csv", text);
        assert_eq!(value("other.csv"), expected, "{text}");
    }
    // The header does not tell, the rows do.
    run.with("names.csv", "x;y;\"z, of old\"\n1;2;3\n2;3;5\n");
    run.succeeds(&["compare", "linear-regression", "--data", "names.csv", "--quick"]);
    run.with("names.csv", "x;y;z, of old\n1,5;2;3\n2,5;3;5\n");
    run.complains(&["compare", "linear-regression", "--data", "names.csv"], &["`,` or `;` may separate", "quotation"]);
    run.with("names.csv", "x;y;z, of old\n1;2;3\n2;3;5\n");
    run.succeeds(&["compare", "linear-regression", "--data", "names.csv", "--quick"]);
    run.with("names.csv", "x;y;z, of old\n1,5;2;3\n2;3;5\n");
    run.succeeds(&["compare", "linear-regression", "--data", "names.csv", "--quick"]);
    let complains = |contents: &[u8], parts: &[&str]| {
        run.with("data.csv", contents);
        run.complains(&["compare", "linear-regression", "--data", "data.csv"], parts);
    };
    complains(
        b"x;y\n1,5;2\n1.5;3\n",
        &["row 1 (line 2), column 1 (x): \"1,5\"", "row 2 (line 3), column 1 (x)", "same mark"],
    );
    complains(b"x;y\n1,234;2\n2,345;3\n", &["row 1 (line 2), column 1 (x): \"1,234\" may be", "thousand"]);
    complains(b"x;y\n1,234,567;2\n2;3\n", &["row 1 (line 2), column 1 (x): expected a number, found \"1,234,567\""]);
    complains(b"x;y\n1.234,5;2\n2;3\n", &["expected a number, found \"1.234,5\""]);
    complains(b"x,y\n1,5,2,5\n", &["row 1 (line 2): expected 2 columns", "decimal mark"]);
    complains(b"1,5;2,5\n3;4\n", &["found only numbers"]);
    complains(b"\xff\xfex\0,\0y\0", &["UTF-16"]);
}

#[test]
fn reports_and_plots() {
    let run = Run::new();
    let arguments = ["compare", "rosenbrock", "--n", "2,20", "--quick", "--report", "page.html", "--plot", "plot.svg"];
    let out = run.succeeds(&arguments);
    assert_eq!(run.files(), ["page.html", "plot.svg"]);
    assert!(out.lines().any(|line| line.starts_with("written: /") && line.ends_with("page.html")), "{out}");
    let page = fs::read_to_string(run.path().join("page.html")).expect("the page");
    assert!(page.starts_with("<!doctype html>") || page.starts_with("<!DOCTYPE html>"));
    assert!(fs::read_to_string(run.path().join("plot.svg")).expect("the plot").contains("<svg"));
    // A file that is there is replaced.
    run.with("plot.svg", "old");
    run.succeeds(&["compare", "x*x", "--at", "x=1", "--quick", "--plot", "plot.svg"]);
    assert!(fs::read_to_string(run.path().join("plot.svg")).expect("the plot").contains("<svg"));
    // A link stays one, also where it leads to nothing yet.
    #[cfg(unix)]
    for _ in 0..2 {
        let link = run.path().join("link.svg");
        if !link.is_symlink() {
            std::os::unix::fs::symlink("target.svg", &link).expect("a link is made");
        }
        run.succeeds(&["compare", "x*x", "--at", "x=1", "--quick", "--plot", "link.svg"]);
        assert!(link.is_symlink() && run.path().join("target.svg").is_file());
    }
}

#[test]
fn csv_has_a_line_for_each_method() {
    let out = Run::new().succeeds(&[
        "compare",
        "rosenbrock",
        "--n",
        "2,20",
        "--quick",
        "--csv",
        "--modes",
        "forward,reverse",
    ]);
    let mut reader = csv::Reader::from_reader(out.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let column = |name: &str| header.iter().position(|title| title == name).expect("the column");
    let (mode, inputs, over) = (column("mode"), column("inputs"), column("operations_over_primal"));
    let records: Vec<csv::StringRecord> = reader.records().map(|record| record.expect("a record")).collect();
    let found: Vec<(&str, &str)> = records.iter().map(|record| (&record[inputs], &record[mode])).collect();
    let modes = ["primal", "forward", "reverse"];
    assert_eq!(found, [modes.map(|mode| ("2", mode)), modes.map(|mode| ("20", mode))].concat());
    let reverse: f64 = records[5][over].parse().expect("a number");
    assert!((1.0..=5.0).contains(&reverse));
}

#[test]
fn help_teaches_and_version_answers() {
    let run = Run::new();
    // Asked for nothing, it shows what there is.
    assert!(run.succeeds(&[]).contains("Usage: dualtape <COMMAND>"));
    assert!(run.succeeds(&["--help"]).contains("Forward mode pays for every parameter"));
    let help = run.succeeds(&["compare", "--help"]);
    assert!(help.contains("one sweep backwards") && help.contains("dualtape compare rosenbrock --n"), "{help}");
    assert!(run.succeeds(&["train", "--help"]).contains("--init"));
    assert!(run.succeeds(&["--version"]).starts_with("dualtape "));
}
