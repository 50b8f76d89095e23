//! Which dialect of CSV a file is in: what separates the columns, and which decimal mark its numbers have.

use super::place::{Place, shortened};

/// What may separate columns, with its name in a message.
const DELIMITERS: [(u8, &str); 3] = [(b',', "`,`"), (b';', "`;`"), (b'\t', "tab")];

/// A reader of all rows, also of those that are longer or shorter than the header.
pub(crate) fn reader(bytes: &[u8], delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).delimiter(delimiter).from_reader(bytes)
}

/// What separates the columns: what separates those of the header; of several the one by which all rows are equally long.
pub(crate) fn delimiter(bytes: &[u8]) -> Result<u8, String> {
    let columns = |delimiter| reader(bytes, delimiter).byte_headers().map_or(0, csv::ByteRecord::len);
    let in_header: Vec<(u8, &str)> = DELIMITERS.into_iter().filter(|&(delimiter, _)| columns(delimiter) > 1).collect();
    let is_table = |delimiter| {
        let columns = columns(delimiter);
        let mut reader = reader(bytes, delimiter);
        let mut rows =
            reader.byte_records().filter(|row| row.as_ref().is_ok_and(|row| row.iter().any(|it| !it.is_empty())));
        rows.all(|row| row.is_ok_and(|row| row.len() == columns))
    };
    let tables: Vec<(u8, &str)> = in_header.iter().copied().filter(|&(delimiter, _)| is_table(delimiter)).collect();
    match (in_header.as_slice(), tables.as_slice()) {
        ([], _) => Ok(b','),
        ([(only, _)], _) | (_, [(only, _)]) => Ok(*only),
        (several, []) | (_, several) => {
            let names: Vec<&str> = several.iter().map(|it| it.1).collect();
            Err(format!(
                "header (line 1): {} may separate the columns, and the rows do not tell which: put names that hold one of \
                 them in quotation marks",
                names.join(" or ")
            ))
        }
    }
}

/// The decimal mark of all numbers: a comma where one has one, unless that may be a separator of thousands.
pub(crate) fn decimal_mark<'a>(cells: impl Iterator<Item = (Place<'a>, &'a str)>) -> Result<char, String> {
    let (mut comma, mut point, mut thousands) = (None, None, None);
    for (place, cell) in cells {
        let is_number = |text: &str| text.parse::<f64>().is_ok();
        match cell.split_once(',') {
            Some((whole, rest)) if is_number(&format!("{whole}.{rest}")) => {
                // 1,234 may be a thousand and more; 0,234 and 1,23 are less than two.
                let digits = whole.trim_start_matches(['-', '+']);
                let is_ambiguous =
                    rest.len() == 3 && is_number(rest) && (1..=3).contains(&digits.len()) && digits != "0";
                let found = if is_ambiguous { &mut thousands } else { &mut comma };
                found.get_or_insert((place, cell));
            }
            None if cell.contains('.') && is_number(cell) => drop(point.get_or_insert((place, cell))),
            // Words and the like, which are complained about where numbers are read.
            _ => {}
        }
    }
    let told = |(place, cell): (Place<'_>, &str)| format!("{place}: {:?}", shortened(cell));
    match (comma, thousands, point) {
        (Some(comma), _, Some(point)) => Err(format!(
            "{} has a decimal comma, and {} a decimal point: expected the same mark in all numbers",
            told(comma),
            told(point)
        )),
        (Some(_), _, None) => Ok(','),
        (None, Some(thousands), _) => Err(format!(
            "{} may be a fraction, or a thousand and more: expected a decimal point, and no separator of thousands",
            told(thousands)
        )),
        (None, None, _) => Ok('.'),
    }
}
