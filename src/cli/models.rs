//! `dualtape models`: what the zoo has.

use super::failure::{Failure, nearest_of};
use super::{functions, terminal};
use crate::compare::zoo::{self, MODELS};
use crate::compare::{About, DynFamily};
use clap::Args;
use std::io::Write;

/// List the models of the zoo, or tell all about one of them
#[derive(Args)]
pub(crate) struct ModelsArguments {
    /// The model to tell about; without it, all are listed
    model: Option<String>,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &ModelsArguments, out: &mut impl Write) -> Result<(), Failure> {
    let chosen: Vec<About> = match &arguments.model {
        Some(name) => vec![find(name, "")?.about()],
        None => MODELS.iter().map(|family| family.about()).collect(),
    };
    if arguments.json {
        serde_json::to_writer_pretty(&mut *out, &chosen).map_err(std::io::Error::from)?;
        return Ok(writeln!(out)?);
    }
    if arguments.model.is_none() {
        let width = chosen.iter().map(|about| about.name.len()).max().unwrap_or(0);
        for About { name, title, .. } in &chosen {
            writeln!(out, "{name:width$}  {title}")?;
        }
        writeln!(out, "\n`dualtape models NAME` tells all about one. A formula has the functions")?;
        let functions = format!("  {}", functions::names().join(" "));
        return Ok(writeln!(out, "{}", terminal::wrapped(&functions, 2, terminal::width()))?);
    }
    for About { name, title, formula, inputs, domain, source } in chosen {
        writeln!(out, "{name}: {title}\n")?;
        for (label, text) in [("f", formula), ("inputs", inputs), ("domain", domain), ("source", source)] {
            writeln!(out, "{}", terminal::prose(&format!("{label:8}{text}"), 8))?;
        }
    }
    Ok(())
}

/// The model of that name; an error names those that are spelled alike, and ends with `more`.
pub(crate) fn find(name: &str, more: &str) -> Result<&'static dyn DynFamily, Failure> {
    zoo::find(name).ok_or_else(|| unknown(name, more))
}

/// The complaint that there is no such model.
fn unknown(name: &str, more: &str) -> Failure {
    let nearest = nearest_of(name, MODELS.iter().map(|family| family.about().name));
    let nearest = match nearest.as_slice() {
        [] => "`dualtape models` lists them".to_owned(),
        names => format!("the nearest: {}", names.join(", ")),
    };
    Failure::input(format!("there is no model {name:?} ({nearest}){more}"))
}
