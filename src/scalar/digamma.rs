//! ψ(x), the derivative of ln Γ, in double precision: for single numbers, and what a form for many takes from it.
//!
//! Near its root at 1.46 a sum of terms would lose every digit, so from 1 to 2 it is the distance to the root times a
//! quotient of polynomials (those of Boost's `digamma`, by J. Maddock, 2006), to which steps of 1 lead from up to 7. Beyond
//! the asymptotic series does (Abramowitz & Stegun 6.3.18), below 0 the reflection (6.3.7).

use std::f64::consts::PI;

/// The root in three parts, of which the first two have few digits.
pub(crate) const ROOT: [f64; 3] =
    [1_569_415_565.0 / 1_073_741_824.0, 381_566_830.0 / (1_073_741_824.0 * 1_073_741_824.0), 9.016312093258695918e-20];

/// ψ(x) over the distance to the root is 1 less this and P(x - 1)/Q(x - 1), for x from 1 to 2.
pub(crate) const SHIFT: f64 = 1.0 - 0.995_581_626_892_089_84;
pub(crate) const P: [f64; 6] = [
    0.25479851061131551,
    -0.32555031186804491,
    -0.65031853770896507,
    -0.28919126444774784,
    -0.045251321448739056,
    -0.0020713321167745952,
];
pub(crate) const Q: [f64; 7] = [
    1.0,
    2.0767117023730469,
    1.4606242909763515,
    0.43593529692665969,
    0.054151797245674225,
    0.0021284987017821144,
    -0.55789841321675513e-6,
];

/// From here on the asymptotic series is as exact as a number.
pub(crate) const ENOUGH: f64 = 7.0;

/// B₂ₖ/(2k) for k from 1 to 11.
pub(crate) const BERNOULLI: [f64; 11] = [
    1.0 / 12.0,
    -1.0 / 120.0,
    1.0 / 252.0,
    -1.0 / 240.0,
    1.0 / 132.0,
    -691.0 / 32_760.0,
    1.0 / 12.0,
    -3617.0 / 8160.0,
    43_867.0 / 14_364.0,
    -174_611.0 / 6600.0,
    854_513.0 / 3036.0,
];

fn polynomial(x: f64, coefficients: &[f64]) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, &c| sum * x + c)
}

/// ψ(x); NaN at the poles 0, -1, -2, … and at -∞.
pub(crate) fn digamma(x: f64) -> f64 {
    if x > 0.0 {
        return of_positive(x);
    }
    // The distance to the next integer is exact, and its tangent that of x.
    let distance = x - x.round();
    if distance == 0.0 {
        return f64::NAN;
    }
    of_positive(1.0 - x) - PI / (PI * distance).tan()
}

fn of_positive(x: f64) -> f64 {
    if x >= ENOUGH {
        let r = x.recip();
        let square = r * r;
        return x.ln() - (0.5 * r + square * polynomial(square, &BERNOULLI));
    }
    // x is 1 + y, or y itself with a step up.
    if x < 1.0 {
        let r = x.recip();
        return of_one_and(x) - r;
    }
    let (mut y, mut steps) = (x - 1.0, 0.0);
    while y > 1.0 {
        steps += y.recip();
        y -= 1.0;
    }
    steps + of_one_and(y)
}

/// ψ(1 + y) for y from 0 to 1.
fn of_one_and(y: f64) -> f64 {
    let off = ((y - (ROOT[0] - 1.0)) - ROOT[1]) - ROOT[2];
    off + off * (polynomial(y, &P) / polynomial(y, &Q) - SHIFT)
}
