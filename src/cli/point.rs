//! Sizes and points from the command line.

use super::failure::Failure;
use super::formula;
use crate::compare::units::bytes;

/// The sizes of `--n`: whole numbers of at least 1, separated by commas; each once, in the order given.
pub(crate) fn sizes(list: &str) -> Result<Vec<usize>, Failure> {
    let mut sizes = Vec::new();
    for item in list.split(',').map(str::trim) {
        let size = match item.parse::<usize>() {
            Ok(0) => return Err(Failure::input("--n: expected whole numbers of at least 1, found 0")),
            Ok(size) => size,
            Err(_) if is_whole(item) => {
                let least = bytes(8.0 * item.parse::<f64>().unwrap_or(f64::INFINITY));
                return Err(Failure::input(format!("--n: {item} inputs would take {least} and more")));
            }
            Err(_) => {
                let problem = format!("--n: expected whole numbers of at least 1 separated by commas, found {item:?}");
                return Err(Failure::input(problem));
            }
        };
        if !sizes.contains(&size) {
            sizes.push(size);
        }
    }
    Ok(sizes)
}

fn is_whole(item: &str) -> bool {
    !item.is_empty() && item.chars().all(|c| c.is_ascii_digit())
}

/// The assignments of `--at`, which commas separate where they are not in parentheses.
fn assignments(list: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    let is_end = move |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    };
    list.split(is_end).map(str::trim).filter(|assignment| !assignment.is_empty())
}

/// The values of `--at` for these variables, in their order: numbers, or formulas of constants.
pub(crate) fn point(list: Option<&str>, variables: &[String]) -> Result<Vec<f64>, Failure> {
    let mut values: Vec<Option<f64>> = vec![None; variables.len()];
    for assignment in list.into_iter().flat_map(assignments) {
        let Some((name, value)) = assignment.split_once('=') else {
            return Err(Failure::input(format!("--at: expected variable=number, found {assignment:?}")));
        };
        let (name, value) = (name.trim(), value.trim());
        let Some(at) = variables.iter().position(|variable| variable == name) else {
            let known = if variables.is_empty() { "none".to_owned() } else { variables.join(", ") };
            return Err(Failure::input(format!("--at: the formula has no variable {name:?}; its variables: {known}")));
        };
        // As Rust writes them, 1, -2.5, 1e-3, inf, NaN, or as formulas do: pi/2, √2.
        let failure = |problem| Failure::input(format!("--at: {name} = {value}: {problem}"));
        let value = match value.parse::<f64>() {
            Ok(number) if number.is_infinite() && value.contains(|c: char| c.is_ascii_digit()) => {
                return Err(failure("too large for f64".to_owned()));
            }
            Ok(number) => number,
            Err(_) => formula::value(value).map_err(failure)?,
        };
        if values[at].replace(value).is_some() {
            return Err(Failure::input(format!("--at: {name} has two values")));
        }
    }
    let missing: Vec<&str> =
        variables.iter().zip(&values).filter(|(_, value)| value.is_none()).map(|(name, _)| name.as_str()).collect();
    if let Some(first) = missing.first() {
        let (plural, verb) = if missing.len() == 1 { ("", "has") } else { ("s", "have") };
        let names = missing.join(", ");
        return Err(Failure::input(format!(
            "the variable{plural} {names} {verb} no value: give one by --at {first}=…"
        )));
    }
    Ok(values.into_iter().flatten().collect())
}
