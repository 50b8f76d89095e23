//! `Taylor<T, K>`: a value and its Taylor coefficients along a curve, up to order K.

mod jet;
mod number;
mod powers;
mod recurrences;
mod series;

pub use jet::jet;
pub(crate) use jet::try_jet;

use crate::number::{Scalar, format_part};
use crate::scalar::Operator;
use std::fmt;

/// The Taylor coefficients of a number that moves along a curve: x(t) = c₀ + c₁·t + c₂·t² + … + c_K·t^K.
///
/// K is the order: `Taylor<f64, 5>` has the value c₀ and five coefficients, of which the k-th is the k-th derivative by t over k!.
/// An operation costs about K² operations of `T`, where `Dual` nested K times costs 3^K: 25 instead of 243 products for
/// a product of order 5, 400 instead of 3.5·10⁹ of order 20. To order 1 it computes what [`Dual`](super::Dual) does.
///
/// ```
/// use dualtape::Taylor;
///
/// let t = Taylor::<f64, 4>::variable(0.0);
/// let y = (t * t).exp(); // 1 + t² + t⁴/2
/// assert_eq!((y.value, y.coefficients), (1.0, [0.0, 1.0, 0.0, 0.5]));
/// assert_eq!(y.derivative(4), 12.0);
/// ```
///
/// Directional derivatives of any order, of a function of several variables: [`jet`](super::jet).
///
/// At kinks and poles the conventions of the [rule table](crate::rules) hold in every order, and a zero coefficient is a strong
/// zero. Where a pole makes coefficients infinite, those of higher order are infinite or NaN as by nesting `Dual`, unless
/// infinities of both signs meet, whose sum depends on the order of the operations.
///
/// The coefficients of f(x(t)) follow from y' = f'(x)·x': the [rule](crate::rules) of f runs once on series of one order less, and the
/// product is integrated (Griewank and Walther, *Evaluating Derivatives*, 2nd ed. 2008, section 13.2). Where the rule of f refers
/// to f itself, such as that of exp, a recurrence does the same for all orders at once.
///
/// As with [`Dual`](super::Dual), a derivative inside a derivative works on the next nesting: `Taylor<Var<f64>, 3>` gives
/// gradients of coefficients, `Var<Taylor<f64, 3>>` the coefficients of a gradient.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(bound(serialize = "T: Scalar + serde::Serialize", deserialize = "T: Scalar + serde::Deserialize<'de>"))
)]
pub struct Taylor<T, const K: usize> {
    /// The value c₀: bit for bit what `T` computes.
    #[cfg_attr(feature = "serde", serde(with = "crate::number::serialised"))]
    pub value: T,
    /// c₁ to c_K.
    #[cfg_attr(feature = "serde", serde(with = "crate::number::serialised"))]
    pub coefficients: [T; K],
}

impl<T: Scalar, const K: usize> Taylor<T, K> {
    /// A value with coefficients of its own.
    #[inline(always)]
    pub fn new(value: T, coefficients: [T; K]) -> Self {
        Self { value, coefficients }
    }

    /// The input to differentiate by: value + t.
    #[inline(always)]
    pub fn variable(value: T) -> Self {
        Self::along(value, T::one())
    }

    /// A number that does not depend on t: all coefficients 0.
    #[inline(always)]
    pub fn constant(value: T) -> Self {
        Self { value, coefficients: [T::zero(); K] }
    }

    /// A point on a line: value + velocity·t.
    #[inline]
    pub fn along(value: T, velocity: T) -> Self {
        Self { value, coefficients: std::array::from_fn(|i| if i == 0 { velocity } else { T::zero() }) }
    }

    /// c_k.
    ///
    /// # Panics
    ///
    /// If `k > K`.
    #[inline(always)]
    #[must_use]
    #[track_caller]
    pub fn coefficient(&self, k: usize) -> T {
        assert!(k <= K, "expected an order of at most K = {K}, found {k}");
        if k == 0 { self.value } else { self.coefficients[k - 1] }
    }

    /// The k-th derivative by t at t = 0: k!·c_k.
    ///
    /// # Panics
    ///
    /// If `k > K`.
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn derivative(&self, k: usize) -> T {
        let factorial = (2..=k).fold(1.0, |product, i| product * i as f64);
        self.coefficient(k).with_plain(factorial, Operator::Mul)
    }

    /// The polynomial c₀ + c₁·t + … + c_K·t^K at t.
    ///
    /// ```
    /// use dualtape::Taylor;
    ///
    /// let y = Taylor::<f64, 12>::variable(0.0).exp();
    /// assert!((y.at(0.5) - 0.5_f64.exp()).abs() < 1e-13);
    /// ```
    #[inline]
    #[must_use]
    pub fn at(&self, t: T) -> T {
        let Some((&last, others)) = self.coefficients.split_last() else { return self.value };
        others.iter().rfold(last, |sum, &c| sum * t + c) * t + self.value
    }

    /// The integral by t, which has `value` at t = 0; the coefficient of t^K has no place in it.
    ///
    /// The solution of y' = f(y) is y = y₀ + ∫f(y): if y is right to order k, `f(y).integral(y0)` is to order k + 1.
    ///
    /// ```
    /// use dualtape::Taylor;
    ///
    /// // y' = y², y(0) = 1: the solution is 1/(1 - t).
    /// let mut y = Taylor::<f64, 3>::constant(1.0);
    /// for _ in 0..3 {
    ///     y = (y * y).integral(1.0);
    /// }
    /// assert_eq!(y.coefficients, [1.0; 3]);
    /// ```
    #[inline]
    #[must_use]
    pub fn integral(&self, value: T) -> Self {
        let coefficients = std::array::from_fn(|i| self.coefficient(i).with_plain((i + 1) as f64, Operator::Div));
        Self { value, coefficients }
    }
}

/// `c₀ + c₁·t + c₂·t^2 + …`, all in the format asked for; a coefficient that itself has parts stands in parentheses.
impl<T: Scalar, const K: usize> fmt::Display for Taylor<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        format_part(&self.value, f)?;
        for (i, coefficient) in self.coefficients.iter().enumerate() {
            f.write_str(" + ")?;
            format_part(coefficient, f)?;
            f.write_str("·t")?;
            if i > 0 {
                write!(f, "^{}", i + 1)?;
            }
        }
        Ok(())
    }
}
