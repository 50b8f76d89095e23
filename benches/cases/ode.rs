//! A chain of n equations, y₁' = x₁ and yᵢ' = xᵢ·yᵢ₋₁, by s steps of Runge-Kutta's method from 0 to 2: GradBench's `ode`.
//!
//! Source: B. M. Bell's `runge_kutta` in cmpad, which GradBench (github.com/gradbench/gradbench) runs with every library.

use super::spread;
use num_traits::Float;

/// The last number of the state at the end, starting from 0, as a function of the n rates x.
#[inline]
pub(crate) fn ode<T: Float>(x: &[T], steps: usize) -> T {
    let constant = |value: f64| T::from(value).expect("a float holds it");
    let (two, six) = (constant(2.0), constant(6.0));
    let h = constant(2.0 / steps as f64);
    let n = x.len();
    let rates = |y: &[T], z: &mut [T]| {
        z[0] = x[0];
        for i in 1..n {
            z[i] = x[i] * y[i - 1];
        }
    };
    let zero = vec![T::zero(); n];
    let [mut y, mut along, mut k1, mut k2, mut k3, mut k4] = std::array::from_fn(|_| zero.clone());
    for _ in 0..steps {
        rates(&y, &mut k1);
        for i in 0..n {
            along[i] = y[i] + h * k1[i] / two;
        }
        rates(&along, &mut k2);
        for i in 0..n {
            along[i] = y[i] + h * k2[i] / two;
        }
        rates(&along, &mut k3);
        for i in 0..n {
            along[i] = y[i] + h * k3[i];
        }
        rates(&along, &mut k4);
        for i in 0..n {
            y[i] = y[i] + h * (k1[i] + two * k2[i] + two * k3[i] + k4[i]) / six;
        }
    }
    y[n - 1]
}

/// Rates in (0, 1).
pub(crate) fn rates(n: usize) -> Vec<f64> {
    spread(21, n, 1.0).iter().map(|x| 0.5 + 0.5 * x).collect()
}
