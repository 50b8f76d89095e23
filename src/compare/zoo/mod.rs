//! The zoo: known models, each in every size, each with its formula, domain, source and, where there is one, a gradient
//! that owes nothing to automatic differentiation.
//!
//! [`MODELS`] lists them, and [`find`] gives one by its name, as a [`DynFamily`]. Three of them take [`Data`] of the user.

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
use crate::number::Scalar;
use crate::train::Trainable;

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
#[must_use]
pub fn find(name: &str) -> Option<&'static dyn DynFamily> {
    MODELS.iter().copied().find(|family| family.about().name == name)
}

/// A loss as a model: the mean over its samples.
fn mean_loss<P: Trainable, T: Scalar>(problem: &P, weights: &[T]) -> T {
    let losses: Vec<T> = (0..problem.samples()).map(|sample| problem.sample_loss(weights, sample)).collect();
    <T as Scalar>::sum(&losses) / T::constant(problem.samples() as f64)
}
