//! Multinomial logistic regression on Fisher's Iris data: both gradients, what each costs, and a descent.

mod comparison;
mod data;
mod model;
mod report;

use data::DataError;
use model::{PARAMETERS, Regression};
use std::ffi::OsString;
use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/examples/iris/iris.csv");

const USAGE: &str = "\
Usage: iris [CSV]

Multinomial logistic regression on Fisher's Iris data: the gradient by forward and by reverse mode, what each costs, and
500 steps of gradient descent.

Arguments:
  [CSV]  a file with the columns sepal_length,sepal_width,petal_length,petal_width,species
         [default: docs/examples/iris/iris.csv of the crate]

Options:
  -h, --help  print this";

/// Why there is no result.
enum Failure {
    Arguments(String),
    Data { path: PathBuf, error: DataError },
    Output(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arguments(problem) => write!(f, "{problem}: see `iris --help`"),
            Self::Data { path, error } => write!(f, "{path:?}: {error}"),
            Self::Output(error) => write!(f, "cannot write the output: {error}"),
        }
    }
}

fn main() -> ExitCode {
    let result = run(std::env::args_os().skip(1).collect(), &mut io::stdout().lock());
    let code = match &result {
        Ok(()) => return ExitCode::SUCCESS,
        // Whoever reads has read enough, as `head` does.
        Err(Failure::Output(error)) if error.kind() == ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
        Err(Failure::Output(_)) => 1,
        Err(Failure::Arguments(_) | Failure::Data { .. }) => 2,
    };
    if let Err(failure) = result {
        // If even this cannot be written, the exit code says it.
        let _ = writeln!(io::stderr(), "error: {failure}");
    }
    ExitCode::from(code)
}

fn run(arguments: Vec<OsString>, out: &mut impl Write) -> Result<(), Failure> {
    let path = match arguments.as_slice() {
        [] => PathBuf::from(DATA),
        [help] if help == "-h" || help == "--help" => return Ok(writeln!(out, "{USAGE}")?),
        [option] if option.to_string_lossy().starts_with('-') => {
            return Err(Failure::Arguments(format!("{option:?} is no option")));
        }
        [path] => PathBuf::from(path),
        more => return Err(Failure::Arguments(format!("{} arguments are too many", more.len()))),
    };
    let regression = load(&path).map_err(|error| Failure::Data { path: path.clone(), error })?;
    // Not zero: there the slopes in the biases are 0 but for rounding, and the modes would be compared in noise.
    let start: [f64; PARAMETERS] = std::array::from_fn(|i| ((4 * i % PARAMETERS) as f64 - 7.0) / 10.0);
    report::model(&regression, &path, out)?;
    report::comparison(&regression, &start, out)?;
    report::descent(&regression, &start, out)?;
    Ok(out.flush()?)
}

fn load(path: &Path) -> Result<Regression, DataError> {
    let mut flowers = data::read(path)?;
    data::standardise(&mut flowers)?;
    Ok(Regression { flowers })
}
