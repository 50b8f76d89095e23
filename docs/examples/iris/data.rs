//! The Iris data: reading the CSV with a precise complaint about what is wrong in it, and standardising.

use std::path::Path;
use std::{fmt, fs, io};

pub(crate) const FEATURES: [&str; 4] = ["sepal_length", "sepal_width", "petal_length", "petal_width"];
pub(crate) const SPECIES: [&str; 3] = ["setosa", "versicolor", "virginica"];
pub(crate) const HEADER: [&str; 5] = [FEATURES[0], FEATURES[1], FEATURES[2], FEATURES[3], "species"];

/// One row of the table.
pub(crate) struct Flower {
    /// In the order of [`FEATURES`].
    pub(crate) features: [f64; FEATURES.len()],
    /// A position in [`SPECIES`].
    pub(crate) species: usize,
}

/// Where a row is: its number, 0 for the header, and the line of the file that it starts on.
#[derive(Debug)]
pub(crate) struct Place {
    row: u64,
    line: usize,
}

impl Place {
    // The position's own line is not used: it is that of an empty line before the row, and one less with CRLF.
    fn of(position: Option<&csv::Position>, text: &[u8]) -> Self {
        let Some(position) = position else { return Self { row: 0, line: 1 } };
        let before = text.len().min(position.byte() as usize);
        let empty_lines = text[before..].iter().take_while(|&&byte| byte == b'\r' || byte == b'\n').count();
        let lines_before = text[..before + empty_lines].iter().filter(|&&byte| byte == b'\n').count();
        Self { row: position.record(), line: lines_before + 1 }
    }
}

/// What is wrong with a file. Columns count from 0.
#[derive(Debug)]
pub(crate) enum DataError {
    Unreadable(io::Error),
    NotUtf8 { place: Place, column: usize },
    Empty,
    Header { column: usize, found: Option<String> },
    Columns { place: Place, found: usize },
    NotANumber { place: Place, column: usize, found: String },
    NotFinite { place: Place, column: usize, found: String },
    UnknownSpecies { place: Place, found: String },
    NoRows,
    Spread { column: usize, deviation: f64 },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row {
            0 => write!(f, "header (line {})", self.line),
            row => write!(f, "row {row} (line {})", self.line),
        }
    }
}

/// One line each, whatever the file holds.
impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "cannot be read: {error}"),
            Self::NotUtf8 { place, column } => write!(f, "{place}, {}: not UTF-8", Column(*column)),
            Self::Empty => write!(f, "the file is empty: expected the header {}", HEADER.join(",")),
            Self::Header { column, found } => {
                write!(f, "header, column {}: ", column + 1)?;
                match HEADER.get(*column) {
                    Some(name) => write!(f, "expected {name:?}")?,
                    None => write!(f, "expected no such column")?,
                }
                match found {
                    Some(name) => write!(f, ", found {}", Quoted(name))?,
                    None => write!(f, ", found the end of the row")?,
                }
                write!(f, "; the header must be {}", HEADER.join(","))
            }
            Self::Columns { place, found } => {
                write!(f, "{place}: expected {} columns ({}), found {found}", HEADER.len(), HEADER.join(","))
            }
            Self::NotANumber { place, column, found } => {
                write!(f, "{place}, {}: expected a number, found {}", Column(*column), Quoted(found))
            }
            Self::NotFinite { place, column, found } => {
                write!(f, "{place}, {}: expected a finite number, found {}", Column(*column), Quoted(found))
            }
            Self::UnknownSpecies { place, found } => {
                let [others @ .., last] = SPECIES;
                let column = Column(FEATURES.len());
                write!(f, "{place}, {column}: expected {} or {last}, found {}", others.join(", "), Quoted(found))
            }
            Self::NoRows => write!(f, "no rows: expected flowers below the header, found the end of the file"),
            Self::Spread { column, deviation } => write!(
                f,
                "{}: cannot be standardised, its standard deviation over all rows is {deviation}",
                Column(*column)
            ),
        }
    }
}

/// A column by number and name.
struct Column(usize);

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {} ({})", self.0 + 1, HEADER.get(self.0).unwrap_or(&"unnamed"))
    }
}

/// Text from the file, on one line and not too long.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(40) {
            Some((end, _)) => write!(f, "{:?}...", &self.0[..end]),
            None => write!(f, "{:?}", self.0),
        }
    }
}

/// The flowers of a file in the order of its rows.
pub(crate) fn read(path: &Path) -> Result<Vec<Flower>, DataError> {
    let text = fs::read(path).map_err(DataError::Unreadable)?;
    let explain = |error: csv::Error| match error.kind() {
        csv::ErrorKind::Utf8 { pos, err } => {
            DataError::NotUtf8 { place: Place::of(pos.as_ref(), &text), column: err.field() }
        }
        _ => DataError::Unreadable(error.into()),
    };
    // Flexible: the check for ragged rows here can say which columns there should be.
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_slice());
    check_header(reader.headers().map_err(explain)?)?;
    let mut flowers = Vec::new();
    for row in reader.records() {
        flowers.push(flower(&row.map_err(explain)?, &text)?);
    }
    if flowers.is_empty() { Err(DataError::NoRows) } else { Ok(flowers) }
}

fn check_header(header: &csv::StringRecord) -> Result<(), DataError> {
    if header.is_empty() {
        return Err(DataError::Empty);
    }
    for column in 0..HEADER.len().max(header.len()) {
        if header.get(column) != HEADER.get(column).copied() {
            return Err(DataError::Header { column, found: header.get(column).map(str::to_owned) });
        }
    }
    Ok(())
}

fn flower(row: &csv::StringRecord, text: &[u8]) -> Result<Flower, DataError> {
    let place = || Place::of(row.position(), text);
    if row.len() != HEADER.len() {
        return Err(DataError::Columns { place: place(), found: row.len() });
    }
    let mut features = [0.0_f64; FEATURES.len()];
    for (column, (feature, cell)) in features.iter_mut().zip(row).enumerate() {
        let found = || cell.to_owned();
        *feature = cell.parse().map_err(|_| DataError::NotANumber { place: place(), column, found: found() })?;
        if !feature.is_finite() {
            return Err(DataError::NotFinite { place: place(), column, found: found() });
        }
    }
    let name = &row[FEATURES.len()];
    let species = SPECIES.iter().position(|&species| species == name);
    let species = species.ok_or_else(|| DataError::UnknownSpecies { place: place(), found: name.to_owned() })?;
    Ok(Flower { features, species })
}

/// Shifts and scales every feature to mean 0 and standard deviation 1 over the rows.
pub(crate) fn standardise(flowers: &mut [Flower]) -> Result<(), DataError> {
    let n = flowers.len() as f64;
    for column in 0..FEATURES.len() {
        let values = || flowers.iter().map(|flower| flower.features[column]);
        let mean = values().sum::<f64>() / n;
        let mut deviation = (values().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n).sqrt();
        // Rounding of the mean must not pass for a spread.
        if values().all(|x| x == flowers[0].features[column]) {
            deviation = 0.0;
        }
        if !deviation.is_finite() || deviation == 0.0 {
            return Err(DataError::Spread { column, deviation });
        }
        for flower in &mut *flowers {
            flower.features[column] = (flower.features[column] - mean) / deviation;
        }
    }
    Ok(())
}
