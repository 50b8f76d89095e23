//! Why the command ends without a result: one readable line, and the exit code.

use super::formula::FormulaError;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why there is no result.
pub(crate) enum Failure {
    /// An argument, or what an argument names, is wrong.
    Input(String),
    /// A formula is wrong; says where.
    Formula(FormulaError),
    /// A file cannot be written.
    File { path: PathBuf, error: io::Error },
    /// Standard output cannot be written.
    Output(io::Error),
}

impl Failure {
    /// 2: what the user gave is at fault.
    pub(crate) const CODE: u8 = 2;

    pub(crate) fn input(problem: impl Into<String>) -> Self {
        Self::Input(problem.into())
    }

    /// Whoever reads has read enough, as `head` does: no failure.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<FormulaError> for Failure {
    fn from(error: FormulaError) -> Self {
        Self::Formula(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(problem) => f.write_str(problem),
            Self::Formula(error) => write!(f, "{error}"),
            // By its kind only: the error itself may name a temporary file.
            Self::File { path, error } => match error.kind() {
                io::ErrorKind::NotFound => write!(f, "{path:?} cannot be written: there is no such folder"),
                io::ErrorKind::IsADirectory => write!(f, "{path:?} cannot be written: it is a folder"),
                kind => write!(f, "{path:?} cannot be written: {kind}"),
            },
            Self::Output(error) => write!(f, "the output cannot be written: {error}"),
        }
    }
}

/// The names like the one given, the most like first; at most three.
pub(crate) fn nearest_of<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    const ALIKE: f64 = 0.65;
    // One of them sees common beginnings, the other letters that changed places.
    let alike = |a: &str, b: &str| strsim::jaro_winkler(a, b).max(strsim::normalized_damerau_levenshtein(a, b));
    let mut scored: Vec<(f64, &str)> = known.map(|other| (alike(name, other), other)).collect();
    scored.retain(|&(score, _)| score >= ALIKE);
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}
