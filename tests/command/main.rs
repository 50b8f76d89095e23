//! The command `dualtape` as a user runs it.

#![cfg(feature = "cli")]

mod compare;
mod explain;
mod files;
mod terminal;
mod train;

use assert_cmd::Command;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Runs the command in an empty folder.
pub(crate) struct Run {
    folder: TempDir,
}

/// What came of it.
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder for temporary files") }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn with(&self, name: &str, contents: impl AsRef<[u8]>) -> &Self {
        fs::write(self.path().join(name), contents).expect("the file is written");
        self
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_with_input(arguments, "")
    }

    /// Runs with this on standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Outcome {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dualtape"));
        let command = command.current_dir(self.path()).args(arguments).write_stdin(input);
        let output = command.output().expect("the command runs");
        Outcome {
            code: output.status.code().expect("no signal ended it"),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// The files in the folder.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).expect("the folder is there");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("Unicode")).collect();
        names.sort();
        names
    }

    /// Runs with wrong input: exit 2, nothing on standard output, nothing written, and a complaint, which is returned.
    #[track_caller]
    pub(crate) fn fails(&self, arguments: &[&str]) -> String {
        let before = self.files();
        let Outcome { code, out, err } = self.run(arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{err}");
        assert_eq!(self.files(), before, "nothing is written");
        err.strip_prefix("error: ").expect("a complaint").trim_end_matches('\n').to_owned()
    }

    /// As `fails`, on one line that holds all of `parts`.
    #[track_caller]
    pub(crate) fn complains(&self, arguments: &[&str], parts: &[&str]) {
        let line = self.fails(arguments);
        assert!(!line.contains('\n'), "one line: {line}");
        for part in parts {
            assert!(line.contains(part), "{part:?} in {line:?}");
        }
    }

    /// Runs with right input, without a word on standard error, and returns standard output.
    #[track_caller]
    pub(crate) fn succeeds(&self, arguments: &[&str]) -> String {
        let Outcome { code, out, err } = self.run(arguments);
        assert_eq!((code, err.as_str()), (0, ""));
        out
    }
}
