//! The subcommands, and the help that introduces them.

use super::compare::CompareArguments;
use super::explain::ExplainArguments;
use super::models::ModelsArguments;
use super::train::TrainArguments;
use clap::{Parser, Subcommand};

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
    Explain(ExplainArguments),
    Train(TrainArguments),
}
