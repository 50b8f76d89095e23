//! What a command is about: a model of the zoo, or a formula that is an argument or comes out of a file.

use super::failure::Failure;
use super::formula;
use super::output::Named;
use crate::compare::zoo;
use std::borrow::Cow;
use std::path::Path;
use std::{fs, io};

/// The file that an argument takes its formula from.
pub(crate) fn file(subject: &str) -> Named<'_> {
    ("the formula's file", subject.strip_prefix('@').map(Path::new))
}

/// The formula that an argument gives, `@FILE` holds or, for `-`, standard input; `None` for the name of a model, and for
/// what is no more a formula than a model.
pub(crate) fn formula<'a>(subject: &'a str, at: Option<&str>) -> Result<Option<Cow<'a, str>>, Failure> {
    let (name, read) = match subject.strip_prefix('@') {
        Some(path) => (format!("{path:?}"), fs::read_to_string(path)),
        None if subject == "-" => ("standard input".to_owned(), io::read_to_string(io::stdin())),
        None => {
            if subject.trim().is_empty() {
                return Err(Failure::input("expected the name of a model or a formula, found nothing"));
            }
            // A variable or a difference of two looks like a name.
            let is_formula = formula::is_formula(subject) || at.is_some() && zoo::find(subject).is_none();
            return Ok(is_formula.then_some(Cow::Borrowed(subject)));
        }
    };
    let text = read.map_err(|error| Failure::input(format!("{name} cannot be read: {error}")))?;
    // Some editors begin a file with a mark of its encoding.
    let text = text.trim_start_matches('\u{feff}').trim_end();
    if text.trim().is_empty() {
        return Err(Failure::input(format!("expected a formula in {name}, found nothing")));
    }
    Ok(Some(Cow::Owned(text.to_owned())))
}
