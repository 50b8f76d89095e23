//! The command `dualtape`: compares the modes on a model or a formula, trains, and shows what the zoo has.

mod arguments;
mod compare;
mod data;
mod dialect;
mod explain;
mod failure;
mod formula;
mod functions;
mod models;
#[cfg(test)]
mod notation;
mod output;
mod place;
mod point;
mod progress;
mod subject;
mod table;
mod terminal;
mod train;

use arguments::{Arguments, Command};
use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};
use failure::Failure;
use std::io::{self, Write};
use std::process::ExitCode;

/// Runs the command with the arguments of the process.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        // Who asks for nothing is shown what there is; that is no failure.
        Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let shown = Arguments::command().print_help();
            return if shown.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(Failure::CODE) };
        }
        Err(error) if error.use_stderr() => return fail(&Failure::input(one_line(&error))),
        // Help and version are results.
        Err(asked) => {
            return if asked.print().is_ok() { ExitCode::SUCCESS } else { ExitCode::from(Failure::CODE) };
        }
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let done = match arguments.command {
        Command::Models(arguments) => models::run(&arguments, &mut out),
        Command::Compare(arguments) => compare::run(&arguments, &mut out),
        Command::Explain(arguments) => explain::run(&arguments, &mut out),
        Command::Train(arguments) => train::run(&arguments, &mut out),
    };
    match done.and_then(|()| Ok(out.flush()?)) {
        Err(failure) if !failure.is_broken_pipe() => fail(&failure),
        _ => ExitCode::SUCCESS,
    }
}

fn fail(failure: &Failure) -> ExitCode {
    // If even this cannot be written, the exit code says it.
    let _ = writeln!(io::stderr(), "error: {failure}");
    ExitCode::from(Failure::CODE)
}

/// What clap has to say, without the usage that follows it.
fn one_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty() && !line.starts_with("For more information")).collect();
    let line = lines.join(" ");
    let asked = std::env::args_os().nth(1).and_then(|word| word.into_string().ok());
    let asked = asked.filter(|word| Arguments::command().find_subcommand(word).is_some());
    let command = asked.map_or_else(String::new, |word| format!(" {word}"));
    format!("{}: see `dualtape{command} --help`", line.strip_prefix("error: ").unwrap_or(&line))
}
