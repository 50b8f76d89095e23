//! `Strict<T>`: a scalar that tells where a strong zero decided a derivative, and the operators that give NaN there.

use crate::choose;
use crate::model::{Evaluate, Model, Outcome, Outputs, SingleOutput};
use crate::number::{Number, Scalar, implement_constants, implement_number};
use crate::rules::{Binary, BinaryOperation, TernaryOperation, UnaryOperation};
use nalgebra::DMatrix;
use std::fmt;

/// A scalar that computes as `T` does and remembers whether 0·∞ = 0 or 0·NaN = 0 was decided on the way to it.
///
/// Products of derivatives in this crate have strong zeros: 0·∞ = 0 and 0·NaN = 0. That is right where the zero is one
/// by construction, as the tangent of a constant is. Where a factor only happens to be 0, the product may have any
/// limit, and the derivative may be finite and wrong: ∛x·∛x·∛x at 0 has the derivative 1, and 0 comes out. Over
/// `Strict` the same number comes out, and [`Strict::value`] says that nobody vouches for it.
///
/// At a kink (`abs`, `max` of equal numbers, `hypot` at the origin) the first derivative is that of the convention, and the second
/// one infinite, with the sign of the jump (NaN where that depends on the direction); a strong zero that meets it is told as well.
/// So is the second derivative of `max(y, y)`, which has no kink: numbers do not know that they are the same one, and those of equal
/// value and derivative may be x² and 2x - 1 at 1.
///
/// [`Graph::doubtful`](crate::graph::Graph::doubtful) names the places behind such a NaN, and others that strict mode does not see: a
/// branch that drops a derivative decides no product.
///
/// The operators of [this module](self) are the short way. By hand it is the innermost number, `Dual<Strict<f64>>`
/// or `Var<Dual<Strict<f64>>>`, with inputs from [`Strict::new`]; any other number that enters is a constant.
///
/// ```
/// use dualtape::forward;
/// use dualtape::strict::Strict;
///
/// let (_, derivative) = forward::derivative(|x| x.cbrt() * x.cbrt() * x.cbrt(), Strict::new(0.0_f64));
/// assert!(derivative.value().is_nan());
/// assert_eq!(derivative.unchecked(), 0.0);
/// ```
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(bound(serialize = "T: Scalar + serde::Serialize", deserialize = "T: Scalar + serde::Deserialize<'de>"))
)]
pub struct Strict<T> {
    #[cfg_attr(feature = "serde", serde(with = "crate::number::serialised"))]
    value: T,
    /// Whether it depends on no input: such a zero is rightly a strong one.
    is_constant: bool,
    decided: bool,
}

impl<T: Scalar> Strict<T> {
    /// A number that varies: an input.
    pub fn new(value: T) -> Self {
        Self { value, is_constant: false, decided: false }
    }

    /// The number, or NaN where a strong zero decided it.
    #[must_use]
    pub fn value(self) -> T {
        if self.decided { T::nan() } else { self.value }
    }

    /// The number as the crate computes it otherwise.
    #[must_use]
    pub fn unchecked(self) -> T {
        self.value
    }

    /// Whether a strong zero decided it.
    #[must_use]
    pub fn is_decided(self) -> bool {
        self.decided
    }

    /// The same number, and nothing told of what led to it.
    pub(crate) fn forgiven(self) -> Self {
        Self { decided: false, ..self }
    }

    /// Whether it is 0 whatever the inputs are.
    fn is_structural_zero(&self) -> bool {
        self.is_constant && !self.decided && is_zero(self.value)
    }
}

/// Whether the value is 0; a recording holds the answer, as the mark that follows from it is plain.
fn is_zero<T: Scalar>(x: T) -> bool {
    x.value_equal(&T::zero())
}

/// Whether the value is NaN, as [`is_zero`].
fn is_nan<T: Scalar>(x: T) -> bool {
    !x.value_equal(&x)
}

impl<T: Scalar> Number for Strict<T> {
    type Inner = T;

    const STRICT: bool = true;

    const IN_LINE: bool = false;

    fn lift(value: T) -> Self {
        Self { value, is_constant: true, decided: false }
    }

    fn inner(&self) -> T {
        self.value
    }

    fn map_inner(self, f: impl FnOnce(T) -> T) -> Self {
        Self { value: f(self.value), ..self }
    }

    fn unary(self, op: impl UnaryOperation) -> Self {
        self.map_inner(|value| op.value(value))
    }

    fn binary(self, other: Self, op: impl BinaryOperation) -> Self {
        let value = op.value(self.value, other.value);
        let is_zero_by = match op.kind() {
            Binary::Mul | Binary::StrongZeroMul => self.is_structural_zero() || other.is_structural_zero(),
            Binary::Div => self.is_structural_zero(),
            _ => false,
        };
        if is_zero_by && is_zero(value) {
            return Self::lift(value);
        }
        let decided = op.kind() == Binary::StrongZeroMul && is_nan(self.value * other.value) && !is_nan(value);
        Self {
            value,
            // A constant with the sign of another number is one all around, but where that number is 0.
            is_constant: self.is_constant
                && (other.is_constant || op.kind() == Binary::Copysign && !is_zero(other.value)),
            decided: self.decided || other.decided || decided,
        }
    }

    fn ternary(self, b: Self, c: Self, op: impl TernaryOperation) -> Self {
        Self {
            value: op.value(self.value, b.value, c.value),
            is_constant: self.is_constant && b.is_constant && c.is_constant,
            decided: self.decided || b.decided || c.decided,
        }
    }

    /// A zero that only happens to be one does not count: it is no strong one.
    fn is_constant_throughout(&self) -> bool {
        self.is_constant && !self.decided && self.value.is_constant_throughout()
    }
}

/// The number as the crate computes it otherwise.
impl<T: Scalar> fmt::Display for Strict<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value, f)
    }
}

implement_number!([T: Scalar] Strict<T>, inner T);
implement_constants!([T: Scalar] Strict<T>, inner T, |value| Self { value, is_constant: true, decided: false });

fn inputs<T: Scalar>(x: &[T]) -> Vec<Strict<T>> {
    x.iter().copied().map(Strict::new).collect()
}

fn values<T: Scalar>(found: Vec<Strict<T>>) -> Vec<T> {
    found.into_iter().map(Strict::value).collect()
}

/// [`derivative`](crate::derivative()), with NaN where a strong zero decided it.
///
/// ```
/// use dualtape::{derivative, model, strict};
/// use num_traits::Float;
///
/// fn f<T: Float>(x: &[T]) -> T {
///     x[0].cbrt().powi(3)
/// }
/// assert_eq!(derivative(&model!(f), 0.0), (0.0, 0.0));
/// assert!(strict::derivative(&model!(f), 0.0).1.is_nan());
/// ```
///
/// # Errors
///
/// That of a model which can fail: see [`Outcome`].
///
/// # Panics
///
/// As the model does if it asks for more inputs.
pub fn derivative<T: Scalar, M: Model<Outputs: SingleOutput> + ?Sized>(model: &M, x: T) -> Outcome<M, (T, T)> {
    let found = M::Outputs::result(choose::derivative(model, Strict::new(x)));
    M::Outputs::outcome(model.plainly(&[x], found.map(|(y, derivative)| (y.value(), derivative.value()))))
}

/// [`gradient`](crate::gradient()), with NaN in the entries that a strong zero decided.
///
/// ```
/// use dualtape::{gradient, model, strict};
/// use num_traits::Float;
///
/// fn f<T: Float>(x: &[T]) -> T {
///     x[0].sqrt() * x[0].sqrt() + x[1]
/// }
/// assert_eq!(gradient(&model!(f), &[0.0, 3.0]).1, [0.0, 1.0]); // The limit is (1, 1).
/// let found = strict::gradient(&model!(f), &[0.0, 3.0]).1;
/// assert!(found[0].is_nan() && found[1] == 1.0);
/// ```
///
/// # Errors
///
/// That of a model which can fail: see [`Outcome`].
///
/// # Panics
///
/// As the model does.
pub fn gradient<T: Scalar, M: Model<Outputs: SingleOutput> + ?Sized>(model: &M, x: &[T]) -> Outcome<M, (T, Vec<T>)> {
    let found = M::Outputs::result(choose::gradient(model, &inputs(x)));
    M::Outputs::outcome(model.plainly(x, found.map(|(y, gradient)| (y.value(), values(gradient)))))
}

/// [`jacobian`](crate::jacobian()), with NaN in the entries that a strong zero decided.
///
/// ```
/// use dualtape::{model, strict};
///
/// let f = model!(|x| -> Vec<_> { vec![x[0].cbrt().powi(3), 2.0 * x[0]] });
/// let (y, j) = strict::jacobian(&f, &[0.0_f64]);
/// assert_eq!((y, j[1]), (vec![0.0, 0.0], 2.0));
/// assert!(j[0].is_nan()); // 1 is right.
/// ```
///
/// # Errors
///
/// That of a model which can fail: see [`Outcome`].
///
/// # Panics
///
/// As the model does.
pub fn jacobian<T: Scalar, M: Model + ?Sized>(model: &M, x: &[T]) -> Outcome<M, (Vec<T>, DMatrix<T>)> {
    let found = M::Outputs::result(choose::jacobian(model, &inputs(x)));
    M::Outputs::outcome(model.plainly(x, found.map(|(y, jacobian)| (values(y), jacobian.map(Strict::value)))))
}

/// [`hessian`](crate::hessian()), with NaN in the entries that a strong zero decided.
///
/// ```
/// use dualtape::{hessian, model, strict};
/// use num_traits::Float;
///
/// fn square<T: Float>(x: &[T]) -> T {
///     x[0].hypot(x[1]).powi(2)
/// }
/// assert_eq!(hessian(&model!(square), &[0.0, 0.0]).2[(0, 0)], 0.0); // 2 is right.
/// assert!(strict::hessian(&model!(square), &[0.0, 0.0]).2[(0, 0)].is_nan());
/// ```
///
/// # Errors
///
/// That of a model which can fail: see [`Outcome`].
///
/// # Panics
///
/// As the model does.
pub fn hessian<T: Scalar, M: Model<Outputs: SingleOutput> + ?Sized>(
    model: &M,
    x: &[T],
) -> Outcome<M, (T, Vec<T>, DMatrix<T>)> {
    let found = M::Outputs::result(choose::hessian(model, &inputs(x)));
    let found = found.map(|(y, gradient, hessian)| (y.value(), values(gradient), hessian.map(Strict::value)));
    M::Outputs::outcome(model.plainly(x, found))
}
