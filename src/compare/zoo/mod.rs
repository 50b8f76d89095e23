//! The zoo: known models, each in every size, each with its formula, domain, source and, where there is one, a gradient
//! that owes nothing to automatic differentiation.
//!
//! [`MODELS`] lists them, and [`find`] gives one by its name, as a [`DynFamily`]. Three of them take [`Data`] of the user.
//!
//! Over all number types they are most of the code of this crate. So whatever leads to all of them is in line: they are compiled
//! for those who ask.

mod black_scholes;
mod bundle;
mod data;
mod determinant;
mod gmm;
mod heat;
mod helmholtz;
mod iris;
mod linear;
mod log_sum_exp;
mod logistic;
mod lotka_volterra;
mod lstm;
mod network;
mod perceptron;
mod points;
mod rosenbrock;
mod speelpenning;
#[cfg(test)]
mod tests;

pub use data::{Data, DataError, Prediction};

use super::family::DynFamily;
use crate::text::entries;
use std::fmt;

/// The models, in the order in which to meet them.
pub const MODELS: &[&dyn DynFamily] = &[
    &network::Mlp::DEFAULT,
    &network::Network,
    &linear::LinearRegression::DEFAULT,
    &logistic::LogisticRegression::IRIS,
    &rosenbrock::Rosenbrock,
    &speelpenning::Speelpenning,
    &log_sum_exp::LogSumExp,
    &determinant::Determinant,
    &helmholtz::Helmholtz,
    &black_scholes::BlackScholes,
    &lotka_volterra::LotkaVolterra,
    &gmm::Gmm,
    &lstm::Lstm,
    &heat::Heat,
    &bundle::BundleAdjustment,
];

/// The model of that name.
#[inline]
#[must_use]
pub fn find(name: &str) -> Option<&'static dyn DynFamily> {
    MODELS.iter().copied().find(|family| family.about().name == name)
}

/// Here, where it is known which models take data.
impl fmt::Display for DataError {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRows => write!(f, "expected rows below the header, found none"),
            Self::NoColumns => write!(f, "expected a column besides the target, found none"),
            Self::Length { what, expected, found } => {
                write!(f, "{what}: expected {}, found {found}", entries(*expected))
            }
            Self::NonFinite { row, column, found } => {
                write!(f, "row {}, column {column}: expected a finite number, found {found}", row + 1)
            }
            Self::Constant { column } => write!(
                f,
                "column {column}: expected numbers that differ and whose spread is finite, so that they can be standardised"
            ),
            Self::Target { model, expected } => write!(f, "{model} predicts {expected}, which the target is not"),
            Self::OneClass => write!(f, "expected at least two classes in the target, found one"),
            Self::TakesNoData { model } => {
                let takes_data = MODELS.iter().filter(|family| family.predicts().is_some());
                let others: Vec<&str> = takes_data.map(|family| family.about().name).collect();
                write!(f, "{model} takes no data; these models do: {}", others.join(", "))
            }
        }
    }
}
