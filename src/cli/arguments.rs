//! What the command line takes, and the help that explains it.

use crate::Mode;
use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;

/// See what a gradient costs.
///
/// A derivative of a program can be taken forwards, beside every value, or backwards, from the result to the inputs. Both
/// give the same numbers. Forward mode pays for every parameter, reverse mode does not, and this command shows it: on
/// models of a zoo, on your own formula, on your own data.
#[derive(Parser)]
#[command(name = "dualtape", version, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    Models(ModelsArguments),
    Compare(CompareArguments),
    Explain(super::explain::ExplainArguments),
    Train(super::train::TrainArguments),
}

/// List the models of the zoo, or tell all about one of them
#[derive(Args)]
pub(crate) struct ModelsArguments {
    /// The model to tell about; without it, all are listed
    pub(crate) model: Option<String>,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Differentiate a model or a formula in every way: do they agree, and what does each cost?
///
/// Five ways to the same gradient of n parameters:
///
///   differences   central differences: f is evaluated 2n times, and half of the digits are lost
///
///   forward       dual numbers, one direction at a time: n evaluations that carry one derivative each
///
///   chunked       dual numbers, eight directions at a time: n/8 evaluations that carry eight
///
///   reverse       one evaluation that records, one sweep backwards: all derivatives, whatever n is
///
///   program       reverse mode recorded and compiled once, then replayed; also for many points at a time
///
/// Shown for each: how far it is from reverse mode in units in the last place (ulp), how many evaluations it takes, the
/// operations it does (counted, exact, the same on every machine), its time (median of several runs), and what reverse
/// mode keeps in memory. "× f" is the cost in evaluations of the function itself.
///
/// Without arguments: a neural network that grows from 10 to 10,000 weights, with a report page.
#[derive(Args)]
#[command(after_help = "\
Examples:
  dualtape compare                                         the network, and a report page
  dualtape compare rosenbrock --n 2,20,200,2000            a model of the zoo in four sizes
  dualtape compare 'sin(x)*y + exp(x*y)' --at x=1,y=0.5    your own formula
  dualtape compare linear-regression --data houses.csv --target price
  dualtape compare gmm --n 100 --csv > gmm.csv             figures for another program

A formula has + - * / % ^, parentheses, numbers, pi, e, variables, and the functions of the library: sin, exp, ln, sqrt,
tanh, erf, logistic, max, hypot, atan2, ...; `dualtape models` lists the models and the functions. What the tool prints can
be typed back: 2·x, −x, x÷y, √x, ∛x, |x|, x², tanh²(x), σ(x), ψ′(x), π, τ. @FILE reads the formula from a file, - from standard
input. The values of --at may be formulas too: --at x=pi/2.")]
pub(crate) struct CompareArguments {
    /// The name of a model (see `dualtape models`), or a formula such as 'sin(x)*y', @FILE or - that holds one
    #[arg(value_name = "MODEL | FORMULA", allow_hyphen_values = true)]
    pub(crate) subject: Option<String>,

    /// How many inputs: a list of sizes; each gives the smallest member of the family with at least that many
    #[arg(long, value_name = "N,N,...", allow_hyphen_values = true)]
    pub(crate) n: Option<String>,

    /// Where to differentiate a formula: a value for each of its variables
    #[arg(long, value_name = "X=1,Y=2,...", allow_hyphen_values = true)]
    pub(crate) at: Option<String>,

    /// Real data for a regression model: a CSV file with a header
    #[arg(long, value_name = "FILE.csv", value_parser = file())]
    pub(crate) data: Option<PathBuf>,

    /// The column of the data to predict [default: the last]
    #[arg(long, value_name = "COLUMN", requires = "data")]
    pub(crate) target: Option<String>,

    /// Which ways to compare
    #[arg(long, value_delimiter = ',', value_name = "MODE,...", ignore_case = true)]
    pub(crate) modes: Vec<Mode>,

    /// Print everything as JSON, the derivatives included
    #[arg(long, conflicts_with = "csv")]
    pub(crate) json: bool,

    /// Print the figures as CSV, a line for each way
    #[arg(long)]
    pub(crate) csv: bool,

    /// Write a page with charts, tables and explanations: one file, nothing is loaded from elsewhere
    #[arg(long, value_name = "FILE.html", value_parser = file())]
    pub(crate) report: Option<PathBuf>,

    /// Write the chart of counted operations
    #[arg(long, value_name = "FILE.svg", value_parser = file())]
    pub(crate) plot: Option<PathBuf>,

    /// Fewer sizes and fewer timed runs
    #[arg(long)]
    pub(crate) quick: bool,

    /// Leave a way out if its bare evaluations of f would take longer than this, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "3")]
    pub(crate) time_limit: f64,
}

/// The name of a file, whatever it is encoded in; an empty text is none.
pub(crate) fn file() -> impl TypedValueParser<Value = PathBuf> {
    let named =
        |name: OsString| if name.is_empty() { Err("expected the name of a file") } else { Ok(PathBuf::from(name)) };
    OsStringValueParser::new().try_map(named)
}
