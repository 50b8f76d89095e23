//! `Taylor` as a number: what has a series of its own, and the rule table for all other operations.

use super::{Taylor, powers, recurrences};
use crate::forward::DualVec;
use crate::number::{Number, Scalar, calls, implement_constants, implement_number};
use crate::rules::{Binary, BinaryOperation, Partial, Ternary, TernaryOperation, UnaryOperation};

/// Calls a function for series of order K - 1: to that order a partial is needed. Orders are types, each of which has all functions
/// of the order below compiled with it, so this ends at a few (at 32 the compiler refuses the depth). Beyond, the order stays K,
/// and a last coefficient is computed that nobody needs.
macro_rules! one_order_less {
    ($function:ident $arguments:tt) => {
        match K {
            2 => Self::$function::<1> $arguments,
            3 => Self::$function::<2> $arguments,
            4 => Self::$function::<3> $arguments,
            5 => Self::$function::<4> $arguments,
            6 => Self::$function::<5> $arguments,
            _ => Self::$function::<K> $arguments,
        }
    };
}

impl<T: Scalar, const K: usize> Taylor<T, K> {
    /// The same series to another order, with zeros for coefficients that it does not have.
    #[inline(always)]
    fn to_order<const N: usize>(self) -> Taylor<T, N> {
        let coefficient = |i: usize| self.coefficients.get(i).copied().unwrap_or_else(T::zero);
        Taylor { value: self.value, coefficients: std::array::from_fn(coefficient) }
    }

    /// Whether it does not depend on t, so that it scales what it is multiplied with. A few coefficients are multiplied as soon.
    #[inline(always)]
    fn scales(&self) -> bool {
        K > 3 && self.coefficients.iter().all(Scalar::is_zero_throughout)
    }

    /// The same numbers with the coefficients as tangents, which the only one is.
    #[inline(always)]
    fn to_dual(self) -> DualVec<T, K> {
        DualVec { value: self.value, tangents: self.coefficients }
    }

    #[inline(always)]
    fn of_dual(dual: DualVec<T, K>) -> Self {
        Self { value: dual.value, coefficients: dual.tangents }
    }

    /// A value whose coefficients no rule may use: one that refers to its own function needs a recurrence.
    #[inline(always)]
    fn value_alone(value: T) -> Self {
        Self { value, coefficients: [T::nan(); K] }
    }

    /// The partial of an operation along x, to order N.
    #[inline(always)]
    fn partial<const N: usize>(op: impl UnaryOperation, x: &Self, y: T) -> Partial<Self> {
        op.partial(x.to_order::<N>(), Taylor::value_alone(y)).map(|p| p.to_order())
    }

    /// The partials of an operation along x and y, to order N.
    #[inline(always)]
    fn partials<const N: usize>(
        op: impl BinaryOperation,
        x: &Self,
        y: &Self,
        z: T,
        wanted: [bool; 2],
    ) -> (Partial<Self>, Partial<Self>) {
        let (a, b) = op.partials(x.to_order::<N>(), y.to_order(), Taylor::value_alone(z), wanted);
        (a.map(|p| p.to_order()), b.map(|p| p.to_order()))
    }
}

/// Whether it multiplies its first argument by a function of the second.
#[inline(always)]
fn multiplies(op: Binary) -> bool {
    matches!(op, Binary::Mul | Binary::StrongZeroMul | Binary::Div)
}

/// Whether the value is NaN, for a decision that a recording need not hold: the same series comes out.
#[inline(always)]
fn is_nan<T: Scalar>(x: &T) -> bool {
    !T::RECORDS && !x.value_equal(x)
}

impl<T: Scalar, const K: usize> Number for Taylor<T, K> {
    type Inner = T;

    /// As calls, but for sums and products of few coefficients: a recurrence is long, and its loops are worth a call.
    const IN_LINE: bool = K <= 3 && calls::are_in_line::<Self>();

    #[inline(always)]
    fn lift(value: T) -> Self {
        Self::constant(value)
    }

    #[inline(always)]
    fn map_inner(self, f: impl FnOnce(T) -> T) -> Self {
        Self { value: f(self.value), ..self }
    }

    #[inline(always)]
    fn inner(&self) -> T {
        self.value
    }

    #[inline(always)]
    fn unary(self, op: impl UnaryOperation) -> Self {
        if K <= 1 {
            return Self::of_dual(self.to_dual().unary(op));
        }
        let value = op.value(self.value);
        let coefficients = recurrences::unary(op.kind(), value, &self).unwrap_or_else(|| {
            let partial = one_order_less!(partial(op, &self, value));
            Self::integral_along(&partial, &self)
        });
        Self { value, coefficients }
    }

    #[inline(always)]
    fn binary(self, other: Self, op: impl BinaryOperation) -> Self {
        if K <= 1 {
            return Self::of_dual(self.to_dual().binary(other.to_dual(), op));
        }
        if multiplies(op.kind()) && other.scales() {
            return self.binary_with(other.value, op);
        }
        if multiplies(op.kind()) && op.kind() != Binary::Div && self.scales() {
            return Self::binary_of(self.value, other, op);
        }
        let value = op.value(self.value, other.value);
        let coefficients = match op.kind() {
            Binary::Mul | Binary::StrongZeroMul => Self::product(self, other),
            Binary::Div => Self::quotient(value, Some(self.coefficients), other),
            Binary::Powf => powers::powf(value, &self, &other),
            Binary::Log => recurrences::logarithm(value, &self, &other),
            // Here the rule may refer to the value.
            _ if is_nan(&value) => recurrences::order_by_order(op, value, &self, &other),
            _ => {
                let (a, b) = one_order_less!(partials(op, &self, &other, value, [true, true]));
                match (&a, &b) {
                    (Partial::Zero, _) => Self::integral_along(&b, &other),
                    (_, Partial::Zero) => Self::integral_along(&a, &self),
                    (Partial::One, Partial::MinusOne) => {
                        std::array::from_fn(|i| self.coefficients[i] - other.coefficients[i])
                    }
                    _ => {
                        let (x, y) = (Self::integral_along(&a, &self), Self::integral_along(&b, &other));
                        std::array::from_fn(|i| x[i] + y[i])
                    }
                }
            }
        };
        Self { value, coefficients }
    }

    #[inline(always)]
    fn ternary(self, b: Self, c: Self, op: impl TernaryOperation) -> Self {
        let value = op.value(self.value, b.value, c.value);
        let coefficients = match op.kind() {
            Ternary::MulAdd => {
                let product = Self::product(self, b);
                std::array::from_fn(|i| product[i] + c.coefficients[i])
            }
        };
        Self { value, coefficients }
    }

    #[inline(always)]
    fn binary_with(self, other: T, op: impl BinaryOperation) -> Self {
        if K <= 1 {
            return Self::of_dual(self.to_dual().binary_with(other, op));
        }
        if multiplies(op.kind()) {
            let (value, partial, _) = op.rule(self.value, other, [true, false]);
            return Self { value, coefficients: self.scaled(partial) };
        }
        let value = op.value(self.value, other);
        if op.kind() == Binary::Powf {
            return Self { value, coefficients: powers::powf_constant(value, &self, other) };
        }
        if is_nan(&value) {
            return self.binary(Self::lift(other), op);
        }
        let (partial, _) = one_order_less!(partials(op, &self, &Self::lift(other), value, [true, false]));
        Self { value, coefficients: Self::integral_along(&partial, &self) }
    }

    #[inline(always)]
    fn binary_of(first: T, other: Self, op: impl BinaryOperation) -> Self {
        if K <= 1 {
            return Self::of_dual(DualVec::binary_of(first, other.to_dual(), op));
        }
        if multiplies(op.kind()) && op.kind() != Binary::Div {
            let (value, _, partial) = op.rule(first, other.value, [false, true]);
            return Self { value, coefficients: other.scaled(partial) };
        }
        let value = op.value(first, other.value);
        if op.kind() == Binary::Div {
            return Self { value, coefficients: Self::quotient(value, None, other) };
        }
        if matches!(op.kind(), Binary::Powf | Binary::Log) || is_nan(&value) {
            return Self::lift(first).binary(other, op);
        }
        let (_, partial) = one_order_less!(partials(op, &Self::lift(first), &other, value, [false, true]));
        Self { value, coefficients: Self::integral_along(&partial, &other) }
    }

    #[inline]
    fn is_constant_throughout(&self) -> bool {
        self.value.is_constant_throughout() && self.coefficients.iter().all(Scalar::is_zero_throughout)
    }

    fn is_same(&self, other: &Self) -> bool {
        self.value.is_same(&other.value) && self.coefficients.iter().zip(&other.coefficients).all(|(a, b)| a.is_same(b))
    }
}

implement_number!([T: Scalar, const K: usize] Taylor<T, K>, inner T);
implement_constants!([T: Scalar, const K: usize] Taylor<T, K>, inner T, |value| Self { value, coefficients: [T::ZERO; K] });
