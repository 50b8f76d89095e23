//! The Iris example, run as a user runs it: what it prints, and its one line about each kind of bad input.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

const HEADER: &str = "sepal_length,sepal_width,petal_length,petal_width,species";

/// Loss and gradient at the start, in the order of the parameters, computed with 40 digits from the closed form
/// (1/n) Σᵢ (softmax(sᵢ) - eᵧᵢ) ⊗ (xᵢ, 1) by a program that shares nothing with the crate.
const LOSS: f64 = 1.5233760753577538;
const GRADIENT: [f64; 15] = [
    0.323379616025237,
    -0.41757497649180825,
    0.4840742649277505,
    0.4707327901228255,
    -0.10863320143124568,
    -0.022113242703228207,
    0.16483137946141677,
    -0.06225750733765415,
    -0.034627124277187685,
    -0.05133031077016744,
    -0.3012663733220088,
    0.25274359703039145,
    -0.4218167575900964,
    -0.4361056658456378,
    0.1599635122014131,
];

fn command() -> Command {
    let test = std::env::current_exe().expect("a running test has a path");
    let target = test.parent().and_then(Path::parent).expect("tests lie in target/PROFILE/deps");
    let binary = target.join("examples").join(format!("iris{}", std::env::consts::EXE_SUFFIX));
    assert!(
        binary.exists(),
        "expected the example at {binary:?}: `cargo test` builds it, `cargo test --test` does not, so run \
         `cargo build --example iris` before"
    );
    Command::new(binary)
}

fn run(arguments: &[&str]) -> Output {
    command().args(arguments).output().expect("the example starts")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the example writes UTF-8")
}

fn shipped() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/examples/iris/iris.csv");
    fs::read_to_string(path).expect("the crate ships the data")
}

fn file(name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("iris_{name}.csv"));
    fs::write(&path, content).expect("the directory for temporary files takes one");
    path
}

/// What it prints about the shipped data.
fn report() -> &'static str {
    static OUTPUT: LazyLock<Output> = LazyLock::new(|| run(&[]));
    assert_eq!((OUTPUT.status.code(), text(&OUTPUT.stderr)), (Some(0), ""));
    text(&OUTPUT.stdout)
}

/// The words of the first line that starts with `start`, without it.
fn words_after<'a>(output: &'a str, start: &str) -> Vec<&'a str> {
    let line = output.lines().find_map(|line| line.strip_prefix(start));
    line.unwrap_or_else(|| panic!("no line starts with {start:?} in\n{output}")).split_whitespace().collect()
}

fn number(word: &str) -> f64 {
    word.parse().unwrap_or_else(|_| panic!("{word:?} is no number"))
}

#[test]
fn both_gradients_are_right_and_agree() {
    let stdout = report();

    assert!(stdout.contains("iris.csv\n"));
    assert!(stdout.contains("150 (50 setosa, 50 versicolor, 50 virginica)"));
    assert!((number(words_after(stdout, "value  ")[0]) - LOSS).abs() < 4e-15);
    assert!(stdout.contains("(the same bits in plain f64, forward and reverse)"));
    assert!(stdout.contains("the same numbers with 1 direction in a pass and with 8"));

    let table = stdout.lines().skip_while(|line| !line.starts_with("gradient ")).skip(1);
    let rows: Vec<&str> = table.take_while(|line| !line.is_empty()).collect();
    assert_eq!(rows.len(), GRADIENT.len());
    let mut largest = 0;
    for (row, right) in rows.into_iter().zip(GRADIENT) {
        let [.., forward, reverse, ulp] = row.split_whitespace().collect::<Vec<_>>()[..] else {
            panic!("too few columns: {row}")
        };
        for found in [forward, reverse] {
            assert!((number(found) - right).abs() < 1e-15, "expected {right} in: {row}");
        }
        largest = largest.max(ulp.parse().expect("a whole number of ulp"));
    }
    assert_eq!(words_after(stdout, "Largest difference: ")[..2], [largest.to_string().as_str(), "ulp"]);
    assert!(largest <= 64, "{largest} ulp");
}

#[test]
fn the_costs_are_those_of_the_modes() {
    let stdout = report();
    let modes = ["value alone", "forward, 1 direction ", "forward, 8 directions", "reverse"];
    let passes = [["1", "0"], ["15", "0"], ["2", "0"], ["1", "1"]];
    let (costs, kinds) = stdout.split_once("\noperations by kind").expect("a table of the kinds");
    let plain = number(words_after(costs, "value alone")[2]);
    // A flower takes 12 products, 12 + 2 + 3 sums, 4 differences, 3 exponentials and a logarithm; then one division.
    assert_eq!(plain, 150.0 * 37.0 + 1.0);
    for (mode, passes) in modes.into_iter().zip(passes) {
        let [found_passes @ .., operations, multiple, tape, time, _] = &words_after(costs, mode)[..] else {
            panic!("too few columns for {mode}")
        };
        assert_eq!(found_passes, passes, "{mode}");
        assert!((number(operations) / plain - number(multiple)).abs() < 0.006, "{mode}");
        let sum: f64 = words_after(kinds, mode).into_iter().map(number).sum();
        assert_eq!(sum, number(operations), "{mode}");
        assert_eq!(number(tape) > 0.0, mode == "reverse");
        assert!(number(time) > 0.0, "{mode}");
    }
    let multiple = |mode| number(words_after(costs, mode)[3]);
    assert!(multiple("reverse") < 5.0);
    assert!(multiple("forward, 1 direction ") > 15.0);
}

#[test]
fn the_descent_fits_the_flowers() {
    let stdout = report();
    let table = stdout.lines().skip_while(|line| !line.trim_start().starts_with("step ")).skip(1);
    let rows: Vec<Vec<f64>> = table
        .take_while(|line| !line.is_empty())
        .map(|line| line.trim_end_matches('%').split_whitespace().map(number).collect())
        .collect();
    assert_eq!((rows[0][0], rows[rows.len() - 1][0]), (0.0, 500.0));
    assert!(rows.windows(2).all(|pair| pair[1][1] < pair[0][1]), "the loss descends: {rows:?}");
    let [_, loss, accuracy] = rows[rows.len() - 1][..] else { panic!("three columns expected: {rows:?}") };
    assert!(loss < 0.07 && accuracy >= 95.0, "loss {loss}, accuracy {accuracy} %");
    assert!(stdout.contains("After 500 steps, "), "{stdout}");
}

#[test]
fn bad_files_get_one_line() {
    let good = shipped();
    // Row 12 is on line 13.
    let row_12 = good.lines().nth(12).expect("there are 150 rows");
    let with_row_12 = |row: &str| good.replacen(&format!("\n{row_12}\n"), &format!("\n{row}\n"), 1);
    let with_header = |header: &str| good.replacen(HEADER, header, 1);
    let place = "row 12 (line 13)";
    let not_a_number = with_row_12("4.8,abc,1.6,0.2,setosa");

    let cases: Vec<(&str, Vec<u8>, Vec<&str>)> = vec![
        ("empty", b"".into(), vec!["the file is empty", HEADER]),
        ("no_rows", format!("{HEADER}\n").into(), vec!["no rows"]),
        ("no_header", good.split_once('\n').expect("lines").1.into(), vec!["header, column 1", "\"5.1\"", HEADER]),
        (
            "wrong_header",
            with_header(&HEADER.replace("species", "class")).into(),
            vec!["header, column 5", "expected \"species\"", "found \"class\"", HEADER],
        ),
        (
            "short_header",
            with_header("sepal_length,sepal_width").into(),
            vec!["header, column 3", "expected \"petal_length\"", "found the end of the row"],
        ),
        (
            "long_header",
            with_header(&format!("{HEADER},colour")).into(),
            vec!["header, column 6", "expected no such column", "found \"colour\""],
        ),
        ("header_not_utf8", b"sepal_length,\xff\n".into(), vec!["header (line 1), column 2", "not UTF-8"]),
        (
            "not_utf8",
            [HEADER.as_bytes(), b"\n5.1,3.5,\xff,0.2,setosa\n"].concat(),
            vec!["row 1 (line 2), column 3 (petal_length)", "not UTF-8"],
        ),
        ("short_row", with_row_12("4.8,3.4,1.6,setosa").into(), vec![place, "expected 5 columns", "found 4"]),
        ("long_row", with_row_12("4.8,3.4,1.6,0.2,0.2,setosa").into(), vec![place, "expected 5 columns", "found 6"]),
        (
            "not_a_number",
            not_a_number.clone().into(),
            vec![place, "column 2 (sepal_width)", "expected a number", "found \"abc\""],
        ),
        (
            "crlf",
            not_a_number.replace('\n', "\r\n").into(),
            vec![place, "column 2 (sepal_width)", "expected a number", "found \"abc\""],
        ),
        (
            "empty_lines",
            with_row_12("\n\n4.8,abc,1.6,0.2,setosa").into(),
            vec!["row 12 (line 15)", "column 2 (sepal_width)"],
        ),
        ("missing", with_row_12(",3.4,1.6,0.2,setosa").into(), vec![place, "column 1 (sepal_length)", "found \"\""]),
        (
            "nan",
            with_row_12("4.8,3.4,NaN,0.2,setosa").into(),
            vec![place, "column 3 (petal_length)", "finite", "\"NaN\""],
        ),
        (
            "too_large",
            with_row_12("4.8,3.4,1.6,1e999,setosa").into(),
            vec![place, "column 4 (petal_width)", "\"1e999\""],
        ),
        (
            "species",
            with_row_12("4.8,3.4,1.6,0.2,tulip").into(),
            vec![place, "column 5 (species)", "expected setosa, versicolor or virginica", "found \"tulip\""],
        ),
        ("lines_in_a_cell", with_row_12("4.8,\"a\n\nb\",1.6,0.2,setosa").into(), vec![place, "found \"a\\n\\nb\""]),
        ("open_quote", with_row_12("4.8,3.4,1.6,0.2,\"setosa").into(), vec![place, "column 5 (species)", "\"..."]),
        ("one_row", format!("{HEADER}\n5,3,1,0.2,setosa\n").into(), vec!["column 1 (sepal_length)", "deviation"]),
        (
            "overflow",
            format!("{HEADER}\n1e308,3,1,0.2,setosa\n-1e308,4,2,0.3,setosa\n").into(),
            vec!["column 1 (sepal_length)", "deviation", "inf"],
        ),
    ];
    for (name, content, expected) in cases {
        let path = file(name, content);
        let output = run(&[path.to_str().expect("the temporary directory has a plain name")]);
        assert_one_line(&output, &[&[&*format!("iris_{name}.csv\": ")], &expected[..]].concat());
    }
}

#[test]
fn unreadable_files_and_bad_arguments_get_one_line() {
    let directory = env!("CARGO_TARGET_TMPDIR");
    assert_one_line(&run(&["no_such_file.csv"]), &["\"no_such_file.csv\": cannot be read"]);
    assert_one_line(&run(&["no\nsuch\nfile"]), &["\"no\\nsuch\\nfile\": cannot be read"]);
    assert_one_line(&run(&[directory]), &["cannot be read"]);
    assert_one_line(&run(&[""]), &["cannot be read"]);
    assert_one_line(&run(&["--fast"]), &["\"--fast\" is no option", "--help"]);
    assert_one_line(&run(&["a.csv", "b.csv"]), &["2 arguments", "--help"]);
}

#[track_caller]
fn assert_one_line(output: &Output, fragments: &[&str]) {
    let stderr = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""), "{stderr}");
    assert!(stderr.starts_with("error: ") && stderr.ends_with('\n') && stderr.lines().count() == 1, "{stderr}");
    for fragment in fragments {
        assert!(stderr.contains(fragment), "expected {fragment:?} in: {stderr}");
    }
}

#[test]
fn harmless_variations_are_read() {
    let good = shipped();
    let variations = [
        ("bom", format!("\u{feff}{good}")),
        ("windows", good.replace('\n', "\r\n")),
        ("spaces", good.replace(',', " , ")),
        ("no_last_newline", good.trim_end().to_owned()),
        ("last_lines_empty", format!("{good}\n\n")),
    ];
    let expected = words_after(report(), "value  ");
    for (name, content) in variations {
        let path = file(name, content);
        let output = run(&[path.to_str().expect("the temporary directory has a plain name")]);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""), "{name}");
        assert_eq!(words_after(text(&output.stdout), "value  "), expected, "{name}");
    }
}

#[test]
fn help_is_short() {
    for option in ["-h", "--help"] {
        let output = run(&[option]);
        assert_eq!(output.status.code(), Some(0));
        let stdout = text(&output.stdout);
        assert!(stdout.starts_with("Usage: iris [CSV]") && stdout.lines().count() < 20, "{stdout}");
    }
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let mut child = command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the example starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the example ends");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
}
