//! The command on a terminal: what it prints fits.

#![cfg(unix)]

use super::Run;
use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::File;
use std::io::Read;
use std::process::{Command, Stdio};

/// What the command prints on a terminal of so many columns.
fn on_terminal(run: &Run, columns: u16, arguments: &[&str]) -> String {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&master).expect("it is ours");
    unlockpt(&master).expect("it opens");
    let name = ptsname(&master, Vec::new()).expect("it has a name");
    let slave = open(name.as_c_str(), OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).expect("its other end");
    let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&slave, size).expect("it has a size");
    let mut command = Command::new(env!("CARGO_BIN_EXE_dualtape"));
    command.current_dir(run.path()).args(arguments).stdin(Stdio::null()).stdout(slave).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command runs");
    // The command's end is its only one from here on.
    drop(command);
    let mut printed = Vec::new();
    // Linux ends with an error where the last writer is gone.
    let _ = File::from(master).read_to_end(&mut printed);
    let status = child.wait().expect("it ends");
    let mut complaint = String::new();
    child.stderr.take().expect("it is piped").read_to_string(&mut complaint).expect("UTF-8");
    assert!(status.success(), "{arguments:?}: {complaint}");
    String::from_utf8(printed).expect("UTF-8").replace('\r', "")
}

/// The lines that are wider than they may be; a name that stands alone has no place to break.
fn too_wide(text: &str, columns: usize) -> Vec<&str> {
    text.lines().filter(|line| line.chars().count() > columns && !line.starts_with("written: ")).collect()
}

fn models() -> impl Iterator<Item = &'static str> {
    dualtape::compare::zoo::MODELS.iter().map(|family| family.about().name)
}

#[track_caller]
fn fits(run: &Run, arguments: &[&str]) {
    assert_eq!(too_wide(&on_terminal(run, 80, arguments), 80), [""; 0], "{arguments:?}");
    // Where there is no terminal only tables have a width.
    let text = run.succeeds(arguments);
    let is_table = |line: &&str| line.starts_with('─');
    let lines: String = text.lines().filter(is_table).map(|line| format!("{line}\n")).collect();
    assert_eq!(too_wide(&lines, 100), [""; 0], "{arguments:?}");
}

#[test]
fn lists_fit() {
    let run = Run::new();
    fits(&run, &["models"]);
    assert_eq!(too_wide(&run.succeeds(&["models"]), 100), [""; 0]);
    models().for_each(|model| fits(&run, &["models", model]));
}

#[test]
fn comparisons_fit() {
    let run = Run::new();
    for model in models() {
        fits(&run, &["compare", model, "--quick", "--time-limit", "0.001"]);
        fits(&run, &["compare", model, "--quick", "--n", "1"]);
    }
    fits(&run, &["compare", "x*x + sqrt(y)", "--at", "x=1e300,y=1e-300", "--quick"]);
}

#[test]
fn explanations_fit() {
    let run = Run::new();
    for formula in [
        "tanh(x)*y + x*x",
        "logistic(x*y + y/3)*exp(-x^2/7)",
        "x*1e300/y",
        "atan2(x, y)/hypot(x, y) + erf(x)^3",
        "sum(x, y, x*y, x/y, x - y, x + y, x^2, y^2, 3*x, 1/y)",
        "sqrt(x - y)*ln(y - 1)",
        "x",
        "2",
    ] {
        for at in ["x=0.1,y=1/3", "x=-1e-300,y=1e300"] {
            let point = at.split(',').filter(|one| formula.contains(&one[..1])).collect::<Vec<_>>().join(",");
            fits(&run, &["explain", formula, "--at", &point, "--paths"]);
        }
    }
    for model in ["rosenbrock", "mlp", "heat", "log-sum-exp", "black-scholes", "lstm", "gmm"] {
        fits(&run, &["explain", model]);
    }
}

#[test]
fn trainings_fit() {
    let run = Run::new();
    for model in models().filter(|model| !["heat", "bundle-adjustment"].contains(model)) {
        fits(&run, &["train", model, "--steps", "12", "--rate", "1e-9"]);
    }
    let names = "a column with a name that is longer than any table should be wide,y\n1,2\n3,4\n";
    run.with("wide.csv", names);
    fits(&run, &["train", "linear-regression", "--data", "wide.csv", "--steps", "3"]);
}

/// One column more or less: where a table is split follows its width exactly.
#[test]
fn every_width_is_kept_and_used() {
    let run = Run::new();
    let (mut widest, mut tables) = (0, usize::MAX);
    let wide = on_terminal(&run, 200, &["train", "rosenbrock", "--steps", "3", "--rate", "1e-6"]);
    let parameters = wide.lines().filter(|line| line.starts_with("x["));
    let figures: Vec<String> = parameters.flat_map(str::split_whitespace).map(str::to_owned).collect();
    assert_eq!(figures.len(), 8, "{wide}");
    for columns in 40..110 {
        let text = on_terminal(&run, columns, &["train", "rosenbrock", "--steps", "3", "--rate", "1e-6"]);
        assert_eq!(too_wide(&text, columns.into()), [""; 0], "{columns}");
        for figure in &figures {
            assert!(text.split_whitespace().any(|word| word == figure), "{figure} is whole at {columns}: {text}");
        }
        let lines = || text.lines().filter(|line| line.starts_with('─'));
        let count = lines().count();
        assert!(count <= tables, "{columns}");
        (widest, tables) = (lines().map(|line| line.chars().count()).max().unwrap_or(0).max(widest), count);
    }
    // The last table, whose figures are the same in every run, is whole to its last column and in two parts below.
    let table = |columns: u16| {
        let text = on_terminal(&run, columns, &["train", "rosenbrock", "--steps", "3", "--rate", "1e-6"]);
        text[text.find("parameter ").expect("the table")..].to_owned()
    };
    let width = u16::try_from(table(200).lines().last().map_or(0, |line| line.chars().count())).expect("it is narrow");
    assert_eq!(table(width), table(200));
    let parts = table(width - 1);
    assert_eq!((parts.matches("x[0]").count(), parts.matches("by ").count()), (2, 3), "{parts}");
    // Three tables, each whole.
    assert_eq!(tables, 9);
    assert!(widest > 70, "{widest}");
}

#[test]
fn a_wide_terminal_has_one_table() {
    let run = Run::new();
    let arguments = ["compare", "rosenbrock", "--n", "2,20", "--quick"];
    let borders = |text: &str| text.lines().filter(|line| line.starts_with('─')).count();
    assert_eq!(borders(&on_terminal(&run, 200, &arguments)), 3);
    // Two tables share the line between them.
    assert_eq!(borders(&on_terminal(&run, 80, &arguments)), 5);
}
