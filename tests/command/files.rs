//! Files that are written: whole, in their place, and never in that of another file of the same command.

use super::Run;
use std::fs;

const HOUSES: &str = "rooms,area,price\n3,70,200\n4,90,250\n2,50,150\n5,120,330\n";
const COMPARE: [&str; 5] = ["compare", "linear-regression", "--data", "good.csv", "--quick"];
const TRAIN: [&str; 5] = ["train", "linear-regression", "--data", "good.csv", "--steps=2"];

#[test]
fn no_output_replaces_an_input() {
    let run = Run::new();
    run.with("good.csv", HOUSES);
    fs::create_dir(run.path().join("folder")).expect("a folder");
    let absolute = run.path().join("good.csv");
    let mut names = vec!["good.csv".to_owned(), "./folder/../good.csv".to_owned(), absolute.display().to_string()];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("good.csv", run.path().join("link")).expect("a link");
        fs::hard_link(&absolute, run.path().join("hard")).expect("a link");
        names.extend(["link".to_owned(), "hard".to_owned()]);
    }
    for name in &names {
        for options in [&[&COMPARE[..], &["--report", name]].concat(), &[&COMPARE[..], &["--plot", name]].concat()] {
            run.complains(options, &["--data is the same file, expected another"]);
        }
        run.complains(&[&TRAIN[..], &["--report", name]].concat(), &["--report", "--data is the same file"]);
    }
    // The page that is written when nothing is asked for.
    run.with("dualtape-report.html", HOUSES);
    run.complains(&["compare", "--data", "dualtape-report.html", "--quick"], &["--report", "--data is the same file"]);
    for name in ["good.csv", "dualtape-report.html"] {
        assert_eq!(fs::read_to_string(run.path().join(name)).expect("it is there"), HOUSES);
    }
}

#[test]
fn no_output_replaces_another() {
    let run = Run::new();
    let same = |first: &str, second: &str| {
        let arguments = ["compare", "x*x", "--at", "x=1", "--quick", "--report", first, "--plot", second];
        run.complains(&arguments, &["--plot", "--report is the same file, expected another"]);
    };
    // Neither is there yet.
    same("out", "./out");
    run.with("out", "old");
    same("out", "./out");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("new", run.path().join("to-new")).expect("a link");
        std::os::unix::fs::symlink("to-new", run.path().join("to-link")).expect("a link");
        same("new", "to-link");
        fs::hard_link(run.path().join("out"), run.path().join("hard")).expect("a link");
        same("hard", "out");
    }
    let arguments = ["explain", "x*x", "--at", "x=1", "--svg", "one", "--html", "one"];
    run.complains(&arguments, &["--html \"one\": --svg is the same file"]);
}

#[cfg(unix)]
#[test]
fn no_output_replaces_the_file_that_standard_output_goes_into() {
    let run = Run::new();
    let out = fs::File::create(run.path().join("page.html")).expect("a file");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_dualtape"));
    command.current_dir(run.path()).args(["compare", "x*x", "--at", "x=1", "--quick", "--report", "page.html"]);
    let output = command.stdout(out).output().expect("the command runs");
    assert_eq!(output.status.code(), Some(2));
    let complaint = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(complaint, "error: --report \"page.html\": standard output is the same file, expected another\n");
    // A pipe may be both.
    assert!(run.succeeds(&["compare", "x*x", "--at", "x=1", "--quick", "--plot", "/dev/stdout"]).contains("<svg"));
}

#[cfg(unix)]
#[test]
fn a_file_that_is_replaced_keeps_its_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let run = Run::new();
    let path = run.with("plot.svg", "old").path().join("plot.svg");
    for mode in [0o600, 0o666, 0o751] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("they are set");
        run.succeeds(&["compare", "x*x", "--at", "x=1", "--quick", "--plot", "plot.svg"]);
        assert_eq!(fs::metadata(&path).expect("it is there").permissions().mode() & 0o7777, mode);
    }
    assert!(fs::read_to_string(&path).expect("the plot").contains("<svg"));
}

#[test]
fn what_cannot_be_written_is_refused_before_the_work() {
    let run = Run::new();
    run.with("file", "").with("locked.html", "old");
    let locked = run.path().join("locked.html");
    let mut permissions = fs::metadata(&locked).expect("it is there").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&locked, permissions).expect("they are set");
    let cases = [
        ("nowhere/page.html", "there is no such folder"),
        (".", "it is a folder"),
        ("new/", "it is a folder"),
        ("locked.html", "permission denied"),
        ("file/page.html", "not a directory"),
        #[cfg(target_os = "linux")]
        ("/proc/page.html", "/proc/page.html"),
    ];
    for (place, reason) in cases {
        // Work that would take hours, or whose own input is wrong, is not begun.
        let slow = ["compare", "determinant", "--n", "20000", "--time-limit", "1e9"];
        for command in [&slow[..], &["train", "mlp", "--steps", "1000000"], &["compare", "x*"]] {
            let start = std::time::Instant::now();
            let complaint = run.fails(&[command, &["--report", place]].concat());
            assert!(complaint.contains("cannot be written: ") && complaint.contains(reason), "{complaint}");
            assert!(!complaint.contains(".dualtape-") && !complaint.contains('\n'), "{complaint}");
            assert!(start.elapsed().as_secs() < 20);
        }
        run.complains(&["explain", "x", "--at", "x=1", "--svg", place], &["cannot be written", reason]);
    }
}
