//! Black-Scholes: the value of a portfolio of options, and its Greeks.

use super::points::spread;
use crate::compare::family::{About, Family, Size};
use crate::model::{Model, One};
use crate::number::Scalar;
use crate::rules::Unary;
use nalgebra::DMatrix;
use std::f64::consts::TAU;

/// The sum of the values of European calls, C = S·Φ(d₁) - K·exp(-rT)·Φ(d₂), d₁ = (ln(S/K) + (r + σ²/2)·T)/(σ√T),
/// d₂ = d₁ - σ√T.
///
/// Five inputs an option: spot price S, strike K, rate r, volatility σ and time T to expiry in years; S, K, σ, T > 0.
/// Source: Black and Scholes, The pricing of options and corporate liabilities, Journal of Political Economy 81 (1973).
#[derive(Clone, Copy, Debug)]
pub(super) struct BlackScholes;

impl Model for BlackScholes {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let half = T::constant(0.5);
        let value = |option: &[T]| {
            let &[spot, strike, rate, volatility, time] = option else { panic!("expected five inputs an option") };
            let deviation = volatility * time.sqrt();
            let growth = rate * time;
            let d1 = (spot.ln() - strike.ln() + growth) / deviation + half * deviation;
            spot * d1.norm_cdf() - strike * (-growth).exp() * (d1 - deviation).norm_cdf()
        };
        let values: Vec<T> = x.chunks(5).map(value).collect();
        <T as Scalar>::sum(&values)
    }
}

impl Family for BlackScholes {
    type Model = Self;

    fn about(&self) -> About {
        About {
            name: "black-scholes",
            title: "Black-Scholes value of options; the gradient is its Greeks",
            formula: "C = S Phi(d1) - K exp(-r T) Phi(d2), d1 = (ln(S/K) + (r + v^2/2) T)/(v sqrt T), d2 = d1 - v sqrt T",
            inputs: "spot S, strike K, rate r, volatility v and time T of each option: n = 5 a call",
            domain: "S, K, v, T > 0",
            source: "Black, Scholes, Journal of Political Economy 81 (1973) 637-654",
        }
    }

    fn size(&self, n: usize) -> Size {
        let options = (n.max(1) as f64 / 5.0).ceil();
        Size { inputs: 5.0 * options, outputs: 1.0, operations: 20.0 * options }
    }

    fn member(&self, n: usize) -> (Self, Vec<f64>) {
        let options = n.max(1).div_ceil(5);
        let ranges = [(80.0, 120.0), (80.0, 120.0), (0.01, 0.06), (0.1, 0.5), (0.25, 2.0)];
        let columns: Vec<Vec<f64>> =
            ranges.iter().enumerate().map(|(i, &(from, to))| spread(i * options, options, from, to)).collect();
        (Self, (0..options).flat_map(|option| columns.iter().map(move |column| column[option])).collect())
    }

    /// The Greeks: delta Φ(d₁), ∂C/∂K = -exp(-rT)·Φ(d₂), rho K·T·exp(-rT)·Φ(d₂), vega S·φ(d₁)·√T, and with the sign
    /// of growing T theta S·φ(d₁)·σ/(2√T) + r·K·exp(-rT)·Φ(d₂).
    fn known(_: &Self, x: &[f64]) -> Option<DMatrix<f64>> {
        let normal = |d: f64| Unary::NormCdf.value(d);
        let mut gradient = Vec::with_capacity(x.len());
        for option in x.chunks(5) {
            let &[spot, strike, rate, volatility, time] = option else { return None };
            let deviation = volatility * time.sqrt();
            let d1 = ((spot / strike).ln() + (rate + 0.5 * volatility * volatility) * time) / deviation;
            let density = (-0.5 * d1 * d1).exp() / TAU.sqrt();
            let discounted = (-rate * time).exp() * normal(d1 - deviation);
            gradient.extend([
                normal(d1),
                -discounted,
                strike * time * discounted,
                spot * density * time.sqrt(),
                spot * density * volatility / (2.0 * time.sqrt()) + rate * strike * discounted,
            ]);
        }
        Some(DMatrix::from_row_slice(1, x.len(), &gradient))
    }
}
