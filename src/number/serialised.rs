//! How numbers are serialised: NaN and the infinities by name where people may read it, since JSON has no word for them;
//! in binary formats as they are.

use super::Scalar;
use nalgebra::DMatrix;
use serde::de::{Error, Unexpected, Visitor};
use serde::ser::{SerializeSeq, SerializeTuple};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;

/// For `serde(serialize_with)` and `serde(with)`: of a number, and of what holds numbers.
pub(crate) fn serialize<T: ByName, S: Serializer>(x: &T, serializer: S) -> Result<S::Ok, S::Error> {
    x.serialize_by_name(serializer)
}

/// For `serde(deserialize_with)` and `serde(with)`.
pub(crate) fn deserialize<'de, T: FromName<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::deserialize_from_name(deserializer)
}

/// What is written with NaN and the infinities by name.
pub(crate) trait ByName {
    fn serialize_by_name<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

/// What is read with NaN and the infinities by name.
pub(crate) trait FromName<'de>: Sized {
    fn deserialize_from_name<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// Whether it is a plain float, which other scalars are made of.
fn is_plain<T: Scalar>() -> bool {
    T::DEPTH == 0
}

impl<T: Scalar + Serialize> ByName for T {
    fn serialize_by_name<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let x = self.peek();
        if is_plain::<T>() && !x.is_finite() && serializer.is_human_readable() {
            return serializer.collect_str(&x);
        }
        self.serialize(serializer)
    }
}

impl<'de, T: Scalar + Deserialize<'de>> FromName<'de> for T {
    fn deserialize_from_name<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if is_plain::<T>() && deserializer.is_human_readable() {
            return deserializer.deserialize_any(NumberOrName(PhantomData));
        }
        T::deserialize(deserializer)
    }
}

/// Reads a plain float.
struct NumberOrName<T>(PhantomData<T>);

impl<T: Scalar> Visitor<'_> for NumberOrName<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, \"NaN\", \"inf\" or \"-inf\"")
    }

    fn visit_f64<E: Error>(self, x: f64) -> Result<T, E> {
        Ok(T::constant(x))
    }

    fn visit_u64<E: Error>(self, x: u64) -> Result<T, E> {
        Ok(T::constant(x as f64))
    }

    fn visit_i64<E: Error>(self, x: i64) -> Result<T, E> {
        Ok(T::constant(x as f64))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<T, E> {
        let known = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        let found = known.into_iter().find(|x| x.to_string() == name);
        found.map(T::constant).ok_or_else(|| E::invalid_value(Unexpected::Str(name), &self))
    }
}

/// A part of what holds numbers.
struct Part<'a, T>(&'a T);

impl<T: ByName> Serialize for Part<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize_by_name(serializer)
    }
}

/// A number that was part of what holds them.
struct Read<T>(T);

impl<'de, T: FromName<'de>> Deserialize<'de> for Read<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize_from_name(deserializer).map(Self)
    }
}

impl<T: ByName> ByName for Vec<T> {
    fn serialize_by_name<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Part))
    }
}

impl<'de, T: FromName<'de>> FromName<'de> for Vec<T> {
    fn deserialize_from_name<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Read<T>>::deserialize(deserializer)?.into_iter().map(|read| read.0).collect())
    }
}

/// As a sequence: serde has no arrays of any length.
impl<T: ByName, const N: usize> ByName for [T; N] {
    fn serialize_by_name<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Part))
    }
}

impl<'de, T: FromName<'de>, const N: usize> FromName<'de> for [T; N] {
    fn deserialize_from_name<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let numbers = Vec::<T>::deserialize_from_name(deserializer)?;
        numbers.try_into().map_err(|found: Vec<T>| D::Error::invalid_length(found.len(), &&*format!("{N} numbers")))
    }
}

impl<T: ByName> ByName for Option<T> {
    fn serialize_by_name<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_ref().map(Part).serialize(serializer)
    }
}

/// A number with its name.
impl<T: ByName> ByName for (String, T) {
    fn serialize_by_name<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pair = serializer.serialize_tuple(2)?;
        pair.serialize_element(&self.0)?;
        pair.serialize_element(&Part(&self.1))?;
        pair.end()
    }
}

/// Row by row.
impl ByName for DMatrix<f64> {
    fn serialize_by_name<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_seq(Some(self.nrows()))?;
        for row in self.row_iter() {
            rows.serialize_element(&Part(&row.iter().copied().collect::<Vec<f64>>()))?;
        }
        rows.end()
    }
}

/// Row by row.
impl<'de> FromName<'de> for DMatrix<f64> {
    fn deserialize_from_name<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows = Vec::<Vec<f64>>::deserialize_from_name(deserializer)?;
        let columns = rows.first().map_or(0, Vec::len);
        match rows.iter().find(|row| row.len() != columns) {
            Some(row) => Err(D::Error::invalid_length(row.len(), &&*format!("{columns} entries, as in the first row"))),
            None => Ok(Self::from_row_iterator(rows.len(), columns, rows.into_iter().flatten())),
        }
    }
}
