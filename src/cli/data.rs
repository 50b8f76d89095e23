//! Reading a CSV of real data, with a precise complaint about what is wrong in it.

use super::dialect;
use super::failure::{Failure, nearest_of};
use super::place::{Place, shortened};
use crate::compare::zoo::{Data, DataError, Prediction};
use crate::compare::{About, DynFamily};
use crate::text::{counted, grouped};
use std::fmt;
use std::fs;
use std::path::Path;

/// A model over the rows of a file, which it standardises, and what it then is.
pub(crate) fn family(
    family: &dyn DynFamily,
    path: &Path,
    target: Option<&str>,
) -> Result<(Box<dyn DynFamily>, About), Failure> {
    let Some(predicts) = family.predicts() else {
        return Err(complaint(path, DataError::TakesNoData { model: family.about().name }));
    };
    let data = read(path, target, predicts)?;
    let family = family.with_data(data).map_err(|error| complaint(path, error))?;
    let about = family.about();
    let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let title = format!("{}, on {}, its input columns standardised", about.title, shortened(&file));
    // A process reads one file.
    Ok((family, About { title: String::leak(title), ..about }))
}

/// A complaint about a file, which names it.
fn complaint(path: &Path, problem: impl fmt::Display) -> Failure {
    Failure::input(format!("{path:?}: {problem}"))
}

/// Reads a file with a header: the column `target`, or else the last, is to be predicted from the numbers in all others.
fn read(path: &Path, target: Option<&str>, predicts: Prediction) -> Result<Data, Failure> {
    let bytes = fs::read(path).map_err(|error| complaint(path, format_args!("cannot be read: {error}")))?;
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(complaint(path, "expected UTF-8, found UTF-16: save it as UTF-8"));
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(complaint(path, "the file is empty: expected a header with the names of the columns, and rows"));
    }
    let delimiter = dialect::delimiter(bytes).map_err(|problem| complaint(path, problem))?;
    let mut reader = dialect::reader(bytes, delimiter);
    let header = reader.headers().map_err(|error| complaint(path, unreadable(&error, bytes, &[])))?.clone();
    let names: Vec<String> = header.iter().map(str::to_owned).collect();
    let target_at = check_header(&names, target).map_err(|problem| complaint(path, problem))?;

    let (mut cells, mut classes) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record.map_err(|error| complaint(path, unreadable(&error, bytes, &names)))?;
        let (row, line) = place(record.position(), bytes);
        // A row without a single entry is a blank line.
        if record.iter().all(str::is_empty) {
            continue;
        }
        if record.len() != names.len() {
            let place = Place { row, line, column: None };
            let hint = if names[0].starts_with('#') {
                "; a line that starts with # is the header here, no comment"
            } else if delimiter == b',' && record.len() > names.len() {
                "; where `,` is the decimal mark, `;` or tabs must separate the columns"
            } else {
                ""
            };
            let (expected, found) = (names.len(), record.len());
            let expected = counted(expected, "column");
            let problem =
                format!("{place}: expected {expected}, as in the header, found {}{hint}", grouped(found as u64));
            return Err(complaint(path, problem));
        }
        let mut numbers = Vec::with_capacity(names.len());
        for (column, cell) in record.iter().enumerate() {
            if column == target_at && predicts == Prediction::Classes {
                classes.push(cell.to_owned());
            } else {
                numbers.push((column, cell.to_owned()));
            }
        }
        cells.push((row, line, numbers));
    }
    let at = |row, line, column: usize| Place { row, line, column: Some((column, &names[column])) };
    let all =
        || cells.iter().flat_map(|(row, line, cells)| cells.iter().map(move |(at, cell)| (*row, *line, *at, cell)));
    let mark = dialect::decimal_mark(all().map(|(row, line, column, cell)| (at(row, line, column), cell.as_str())));
    let mark = mark.map_err(|problem| complaint(path, problem))?;

    let (mut rows, mut numbers) = (Vec::new(), Vec::new());
    for (row, line, cells) in &cells {
        let mut features = Vec::with_capacity(names.len() - 1);
        for (column, cell) in cells {
            let value = number(cell, mark)
                .map_err(|problem| complaint(path, format!("{}: {problem}", at(*row, *line, *column))))?;
            if *column == target_at { numbers.push(value) } else { features.push(value) }
        }
        rows.push(features);
    }
    let mut columns = names.clone();
    columns.remove(target_at);
    let data = match predicts {
        Prediction::Numbers => Data::with_numbers(columns, rows, numbers),
        Prediction::Classes => Data::with_classes(columns, rows, &classes),
    };
    data.map_err(|error| complaint(path, error))
}

/// A finite number, as Rust and most programs write them, with this decimal mark.
fn number(cell: &str, mark: char) -> Result<f64, String> {
    let written = if mark == ',' { cell.replace(',', ".") } else { cell.to_owned() };
    match written.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(format!("expected a finite number, found {}", shortened(cell))),
        Err(_) if cell.is_empty() => Err("expected a number, found an empty cell".to_owned()),
        Err(_) => Err(format!("expected a number, found {:?}", shortened(cell))),
    }
}

/// The position of the target among the columns.
fn check_header(names: &[String], target: Option<&str>) -> Result<usize, String> {
    if names.iter().all(|name| name.replace(',', ".").parse::<f64>().is_ok()) {
        return Err("header (line 1): expected the names of the columns, found only numbers".to_owned());
    }
    for (at, name) in names.iter().enumerate() {
        if let Some(before) = names[..at].iter().position(|other| other == name) {
            let (before, at) = (before + 1, at + 1);
            return Err(format!("header (line 1): columns {before} and {at} are both called {:?}", shortened(name)));
        }
    }
    let Some(target) = target else { return Ok(names.len() - 1) };
    names.iter().position(|name| name == target).ok_or_else(|| {
        let nearest = nearest_of(target, names.iter().map(String::as_str));
        let all = || names.iter().map(|name| shortened(name)).collect::<Vec<_>>();
        let known = match nearest.as_slice() {
            [] if names.len() <= 12 => format!("the columns: {}", all().join(", ")),
            [] => format!("the columns: {}, …", all()[..12].join(", ")),
            nearest => format!("the nearest: {}", nearest.join(", ")),
        };
        format!("--target: there is no column {target:?} ({known})")
    })
}

/// The row and the line of a record. (The position's own line is that of an empty line before it.)
fn place(position: Option<&csv::Position>, bytes: &[u8]) -> (u64, u64) {
    let Some(position) = position else { return (0, 1) };
    let start = bytes.len().min(position.byte() as usize);
    let empty = bytes[start..].iter().take_while(|&&byte| byte == b'\r' || byte == b'\n').count();
    let before = bytes[..start + empty].iter().filter(|&&byte| byte == b'\n').count();
    (position.record(), before as u64 + 1)
}

fn unreadable(error: &csv::Error, bytes: &[u8], names: &[String]) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { pos, err } => {
            let (row, line) = place(pos.as_ref(), bytes);
            let name = names.get(err.field()).map_or("", String::as_str);
            format!("{}: expected UTF-8, found other bytes", Place { row, line, column: Some((err.field(), name)) })
        }
        _ => format!("cannot be read: {error}"),
    }
}
