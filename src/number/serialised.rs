//! How numbers of results are serialised: finite ones as numbers, the others by name, so that nothing is lost in
//! JSON, which has no word for them.

use nalgebra::DMatrix;
use serde::{Serialize, Serializer};

/// `null` in JSON would not tell NaN from infinity.
struct Number(f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            x if x.is_finite() => serializer.serialize_f64(x),
            x => serializer.collect_str(&x),
        }
    }
}

pub(crate) fn number<S: Serializer>(x: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    Number(*x).serialize(serializer)
}

pub(crate) fn numbers<S: Serializer>(x: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(x.iter().copied().map(Number))
}

/// Row by row.
pub(crate) fn matrix<S: Serializer>(matrix: &DMatrix<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(matrix.row_iter().map(|row| row.iter().copied().map(Number).collect::<Vec<_>>()))
}
