//! Lotka and Volterra's predators and prey, x' = αx - βxy and y' = δxy - γy, by 100 steps of Runge-Kutta's method.

use super::{ByFloat, Library, Number};
use num_traits::Float;

/// The parameters α, β, δ, γ.
pub(crate) const PARAMETERS: [f64; 4] = [1.5, 1.0, 0.75, 3.0];

const START: [f64; 2] = [1.0, 0.8];
const STEPS: usize = 100;
const STEP: f64 = 0.05;

/// Predators and prey at the end, added, as a function of the parameters; in plain loops.
#[inline]
pub(crate) fn lotka_volterra<T: Float>(parameters: &[T]) -> T {
    lotka_volterra_by::<ByFloat, T>(parameters)
}

/// The function, in the spelling of any library.
#[inline(always)]
pub(crate) fn lotka_volterra_by<L: Library<T>, T: Number>(parameters: &[T]) -> T {
    let &[alpha, beta, delta, gamma] = parameters else { panic!("four parameters") };
    let rates = |[x, y]: [T; 2]| [alpha * x - beta * x * y, delta * x * y - gamma * y];
    let along = |[x, y]: [T; 2], [dx, dy]: [T; 2], h: T| [x + h * dx, y + h * dy];

    let (half, whole) = (L::constant(0.5 * STEP), L::constant(STEP));
    let (two, sixth) = (L::constant(2.0), L::constant(STEP / 6.0));
    let mut state = START.map(L::constant);
    for _ in 0..STEPS {
        let k1 = rates(state);
        let k2 = rates(along(state, k1, half));
        let k3 = rates(along(state, k2, half));
        let k4 = rates(along(state, k3, whole));
        for i in 0..2 {
            state[i] = state[i] + sixth * (k1[i] + two * k2[i] + two * k3[i] + k4[i]);
        }
    }
    state[0] + state[1]
}
