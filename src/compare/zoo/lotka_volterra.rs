//! Lotka and Volterra's populations, integrated in time: derivatives through a solver of differential equations.

use super::points::spread;
use crate::compare::family::{About, Family, Size};
use crate::model::{Model, One};
use crate::number::Scalar;

/// The populations at the end of k species with xᵢ' = xᵢ·(rᵢ + Σⱼ aᵢⱼ·xⱼ), added: 40 steps of h = 0.05 by the classical
/// Runge-Kutta method from fixed starts.
///
/// The inputs are the rates r, then A row by row: n = k + k². Two species with r = (α, -γ) and A = (0, -β; δ, 0) are
/// predator and prey. Sources: Lotka, Elements of Physical Biology (1925), chapter 8; Volterra, Nature 118 (1926).
#[derive(Clone, Debug)]
pub(super) struct Populations {
    start: Vec<f64>,
}

const STEPS: usize = 40;
const STEP: f64 = 0.05;

impl Populations {
    /// The populations at the end, k numbers, for rates and interactions: k + k² numbers.
    pub(super) fn simulate<T: Scalar>(&self, parameters: &[T]) -> Vec<T> {
        let k = self.start.len();
        let (rates, interactions) = parameters.split_at(k);
        let rates = |x: &[T]| -> Vec<T> {
            let grown = rates.iter().zip(interactions.chunks(k));
            x.iter().zip(grown).map(|(&x_i, (&rate, row))| x_i * (rate + T::dot(row, x))).collect()
        };
        let along = |x: &[T], rates: &[T], h: T| -> Vec<T> { x.iter().zip(rates).map(|(&x, &s)| x + h * s).collect() };
        let (half, whole) = (T::constant(0.5 * STEP), T::constant(STEP));
        let weights = [1.0, 2.0, 2.0, 1.0].map(|weight| weight * STEP / 6.0);
        let mut x: Vec<T> = self.start.iter().map(|&x| T::constant(x)).collect();
        for _ in 0..STEPS {
            let k1 = rates(&x);
            let k2 = rates(&along(&x, &k1, half));
            let k3 = rates(&along(&x, &k2, half));
            let k4 = rates(&along(&x, &k3, whole));
            x = (0..k).map(|i| x[i] + T::linear_combination(&weights, &[k1[i], k2[i], k3[i], k4[i]])).collect();
        }
        x
    }
}

impl Model for Populations {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        <T as Scalar>::sum(&self.simulate(x))
    }
}

/// Communities of any number of species.
#[derive(Clone, Copy, Debug)]
pub(super) struct LotkaVolterra;

/// The number of species whose rates and interactions are at least n, from 2 on.
fn species(n: usize) -> f64 {
    ((0.25 + n as f64).sqrt() - 0.5).ceil().max(2.0)
}

impl Family for LotkaVolterra {
    type Model = Populations;

    fn about(&self) -> About {
        About {
            name: "lotka-volterra",
            title: "Lotka-Volterra populations by 40 Runge-Kutta steps",
            formula: "f(r, A) = sum of x[i] at t = 2, where x[i]' = x[i] (r[i] + sum of a[i,j] x[j])",
            inputs: "the rates r and interactions A of k species: n = k + k^2",
            domain: "all of R^n while the populations stay finite",
            source: "Lotka, Elements of Physical Biology (1925); Volterra, Nature 118 (1926) 558-560",
        }
    }

    fn size(&self, n: usize) -> Size {
        let k = species(n);
        let steps = STEPS as f64;
        Size { inputs: k + k * k, outputs: 1.0, operations: steps * k * (4.0 * (2.0 * k + 2.0) + 15.0) }
    }

    /// Two species are predator and prey; more limit themselves and disturb each other a little, so that they stay.
    fn member(&self, n: usize) -> (Populations, Vec<f64>) {
        let k = species(n) as usize;
        if k == 2 {
            return (Populations { start: vec![1.0, 0.8] }, vec![1.5, -3.0, 0.0, -1.0, 0.75, 0.0]);
        }
        let width = 0.5 / k as f64;
        let mut interactions = spread(k, k * k, -width, width);
        interactions.iter_mut().step_by(k + 1).for_each(|own| *own -= 1.0);
        let rates = spread(0, k, 0.5, 1.5);
        (Populations { start: spread(2 * k, k, 0.5, 1.0) }, [rates, interactions].concat())
    }
}
