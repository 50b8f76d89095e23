//! `Dual2Vec<T, N>`: a value and its first and second derivatives in N directions, in one evaluation.

use super::{Dual, DualVec};
use crate::number::{Number, Scalar, format_part, implement_constants, implement_number};
use crate::rules::{BinaryOperation, Partial, TernaryOperation, UnaryOperation};
use std::fmt;

/// A value, its gradient and its Hessian in N directions: a second-order dual number, carried by one evaluation.
///
/// A rule that is run on the value and the gradient, as [`DualVec`], gives each partial derivative of the operation
/// together with the gradient of that partial; the Hessian of z(x, y) is then
/// ∂z/∂x·Hx + ∂z/∂y·Hy + ∇(∂z/∂x)·∇xᵀ + ∇(∂z/∂y)·∇yᵀ. It is symmetric, and only its N(N+1)/2 entries on and above the
/// diagonal are computed. A product takes 4 multiplications for each of them, so that the number is for few directions: up to
/// four, sums and products stay in registers.
///
/// ```
/// use dualtape::Dual2Vec;
///
/// let x: Dual2Vec<f64, 2> = Dual2Vec::variable(3.0, 0);
/// let y = Dual2Vec::variable(5.0, 1);
/// let z = x * x * y;
/// assert_eq!((z.value, z.gradient), (45.0, [30.0, 9.0]));
/// assert_eq!(z.hessian(), [[10.0, 6.0], [6.0, 0.0]]);
/// ```
///
/// At kinks and singular points it has what [`Dual`] nested in itself has. As with [`Dual`], a derivative inside a derivative works on
/// the next nesting: `Dual2Vec<Dual<T>, N>` and `Dual<Dual2Vec<T, N>>` carry third derivatives, `Dual2Vec<Var<T>, N>` has a gradient
/// of every second derivative.
#[derive(Clone, Copy, Debug)]
pub struct Dual2Vec<T, const N: usize> {
    /// The value: bit for bit what `T` computes.
    pub value: T,
    /// The first derivatives in the N seeded directions.
    pub gradient: [T; N],
    /// The second derivatives on and above the diagonal; zeros below.
    upper: [[T; N]; N],
}

impl<T: Scalar, const N: usize> Dual2Vec<T, N> {
    /// A value with derivatives of its own. Of the Hessian, which is symmetric, the entries on and above the diagonal are read.
    #[inline(always)]
    pub fn new(value: T, gradient: [T; N], hessian: [[T; N]; N]) -> Self {
        Self { value, gradient, upper: triangle(|i, j| hessian[i][j]) }
    }

    /// An input to differentiate by: first derivative 1 in `direction`, 0 in the others.
    ///
    /// # Panics
    ///
    /// If `direction >= N`.
    #[inline(always)]
    #[track_caller]
    pub fn variable(value: T, direction: usize) -> Self {
        Self::linear(DualVec::variable(value, direction))
    }

    /// A number that does not depend on the inputs: all derivatives 0.
    #[inline(always)]
    pub fn constant(value: T) -> Self {
        Self::linear(DualVec::constant(value))
    }

    /// The N×N matrix of second derivatives.
    #[inline]
    #[must_use]
    pub fn hessian(&self) -> [[T; N]; N] {
        std::array::from_fn(|i| std::array::from_fn(|j| self.second(i, j)))
    }

    /// The second derivative in directions `i` and `j`, in either order.
    #[inline(always)]
    pub(crate) fn second(&self, i: usize, j: usize) -> T {
        self.upper[i.min(j)][i.max(j)]
    }

    /// No second derivatives.
    #[inline(always)]
    fn linear(first: DualVec<T, N>) -> Self {
        Self { value: first.value, gradient: first.tangents, upper: [[T::zero(); N]; N] }
    }

    #[inline(always)]
    fn first(&self) -> DualVec<T, N> {
        DualVec { value: self.value, tangents: self.gradient }
    }

    /// `y` of one number.
    #[inline(always)]
    fn scaled(y: DualVec<T, N>, a: Partial<DualVec<T, N>>, x: &Self) -> Self {
        Self::combined(y, a, x, Partial::Zero, x)
    }

    /// A sum, difference or product with a constant.
    #[inline(always)]
    fn linear_function(value: T, a: Partial<T>, x: &Self) -> Self {
        let y = DualVec { value, tangents: DualVec::scaled(a, &x.first()) };
        Self::scaled_by_constant(y, a.map(DualVec::constant), x)
    }

    /// `y` of one number and a constant, which may be linear.
    #[inline(always)]
    fn scaled_by_constant(y: DualVec<T, N>, a: Partial<DualVec<T, N>>, x: &Self) -> Self {
        match a {
            Partial::By(p) if p.tangents.iter().all(Scalar::is_zero_throughout) => {
                Self::checked(y, triangle(|i, j| p.value * x.upper[i][j]), a, x, Partial::Zero, x)
            }
            _ => Self::scaled(y, a, x),
        }
    }

    /// `z` of two numbers.
    #[inline(always)]
    fn combined(z: DualVec<T, N>, a: Partial<DualVec<T, N>>, x: &Self, b: Partial<DualVec<T, N>>, y: &Self) -> Self {
        use Partial::{By, MinusOne, One, Zero};
        let term = |partial: &Partial<DualVec<T, N>>, x: &Self, i: usize, j: usize| match partial {
            Zero => None,
            One => Some(x.upper[i][j]),
            MinusOne => Some(-x.upper[i][j]),
            By(p) => Some(times(p, x, i, j)),
        };
        let upper = triangle(|i, j| match (term(&a, x, i, j), &b) {
            (None, _) => term(&b, y, i, j).unwrap_or_else(T::zero),
            (Some(sum), Zero) => sum,
            (Some(sum), MinusOne) => sum - y.upper[i][j],
            (Some(sum), One) => sum + y.upper[i][j],
            (Some(sum), By(p)) => sum + times(p, y, i, j),
        });
        Self::checked(z, upper, a, x, b, y)
    }

    /// A number with these second derivatives, sums of plain products; where a NaN came out, or they are recorded, to be run
    /// on other numbers, with strong zeros.
    #[inline(always)]
    fn checked(
        z: DualVec<T, N>,
        upper: [[T; N]; N],
        a: Partial<DualVec<T, N>>,
        x: &Self,
        b: Partial<DualVec<T, N>>,
        y: &Self,
    ) -> Self {
        let is_product = matches!(a, Partial::By(_)) || matches!(b, Partial::By(_));
        // The operands by value: their copies are then made on this path alone, and the numbers can stay in registers.
        let upper = if !T::PLAIN && is_product && (T::RECORDS || any_nan(&upper)) {
            with_strong_zeros(a, *x, b, *y)
        } else {
            upper
        };
        Self { upper, ..Self::linear(z) }
    }
}

/// The entries on and above the diagonal.
#[inline(always)]
fn triangle<T: Scalar, const N: usize>(entry: impl Fn(usize, usize) -> T) -> [[T; N]; N] {
    let mut upper = [[T::zero(); N]; N];
    each_pair::<N>(|i, j| upper[i][j] = entry(i, j));
    upper
}

/// Calls `f` for each i and each j from i on.
#[inline(always)]
fn each_pair<const N: usize>(mut f: impl FnMut(usize, usize)) {
    let mut i = 0;
    while i < N {
        let mut j = i;
        while j < N {
            f(i, j);
            j += 1;
        }
        i += 1;
    }
}

/// A product's share of a second derivative: p·x, differentiated in directions i and j.
#[inline(always)]
fn times<T: Scalar, const N: usize>(p: &DualVec<T, N>, x: &Dual2Vec<T, N>, i: usize, j: usize) -> T {
    p.value * x.upper[i][j] + p.tangents[i] * x.gradient[j]
}

fn is_polynomial<O: BinaryOperation>(_: O) -> bool {
    O::IS_POLYNOMIAL
}

#[inline(always)]
fn any_nan<T: Scalar, const N: usize>(upper: &[[T; N]; N]) -> bool {
    let mut any = false;
    each_pair::<N>(|i, j| any |= !upper[i][j].value_equal(&upper[i][j]));
    any
}

/// The second derivatives as dual numbers over dual numbers compute them.
#[cold]
#[inline(never)]
fn with_strong_zeros<T: Scalar, const N: usize>(
    a: Partial<DualVec<T, N>>,
    x: Dual2Vec<T, N>,
    b: Partial<DualVec<T, N>>,
    y: Dual2Vec<T, N>,
) -> [[T; N]; N] {
    let along = |partial: Partial<DualVec<T, N>>, i: usize| partial.map(|p| Dual::new(p.value, p.tangents[i]));
    triangle(|i, j| {
        let tangent = |x: &Dual2Vec<T, N>| Dual::new(x.gradient[j], x.upper[i][j]);
        Partial::weighted_sum(along(a, i), tangent(&x), along(b, i), tangent(&y)).tangent
    })
}

impl<T: Scalar, const N: usize> Number for Dual2Vec<T, N> {
    type Inner = T;

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
        let (y, a) = op.rule(self.first());
        Self::scaled(y, a, &self)
    }

    #[inline(always)]
    fn binary(self, other: Self, op: impl BinaryOperation) -> Self {
        let (z, a, b) = op.rule(self.first(), other.first(), [true, true]);
        Self::combined(z, a, &self, b, &other)
    }

    #[inline(always)]
    fn ternary(self, b: Self, c: Self, op: impl TernaryOperation) -> Self {
        let (z, [pa, pb, pc]) = op.rule(self.first(), b.first(), c.first());
        let product = Self::combined(z, pa, &self, pb, &b);
        Self::combined(z, Partial::One, &product, pc, &c)
    }

    #[inline(always)]
    fn binary_with(self, other: T, op: impl BinaryOperation) -> Self {
        if is_polynomial(op) {
            let (value, a, _) = op.rule(self.value, other, [true, false]);
            return Self::linear_function(value, a, &self);
        }
        let (z, a, _) = op.rule(self.first(), DualVec::constant(other), [true, false]);
        Self::scaled_by_constant(z, a, &self)
    }

    #[inline(always)]
    fn binary_of(first: T, other: Self, op: impl BinaryOperation) -> Self {
        if is_polynomial(op) {
            let (value, _, b) = op.rule(first, other.value, [false, true]);
            return Self::linear_function(value, b, &other);
        }
        let (z, _, b) = op.rule(DualVec::constant(first), other.first(), [false, true]);
        Self::scaled_by_constant(z, b, &other)
    }

    #[inline]
    fn is_constant_throughout(&self) -> bool {
        Number::is_constant_throughout(&self.first()) && self.upper.iter().flatten().all(Scalar::is_zero_throughout)
    }

    fn is_same(&self, other: &Self) -> bool {
        let mut seconds = self.upper.iter().flatten().zip(other.upper.iter().flatten());
        Number::is_same(&self.first(), &other.first()) && seconds.all(|(a, b)| a.is_same(b))
    }
}

/// `value + [gradient]·ε + [[Hessian]]·ε²/2`, all in the format asked for.
impl<T: Scalar, const N: usize> fmt::Display for Dual2Vec<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn list<A>(
            f: &mut fmt::Formatter<'_>,
            items: &[A],
            write: impl Fn(&mut fmt::Formatter<'_>, &A) -> fmt::Result,
        ) -> fmt::Result {
            f.write_str("[")?;
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    f.write_str(", ")?;
                }
                write(f, item)?;
            }
            f.write_str("]")
        }
        format_part(&self.value, f)?;
        f.write_str(" + ")?;
        list(f, &self.gradient, |f, first| fmt::Display::fmt(first, f))?;
        f.write_str("ε + ")?;
        list(f, &self.hessian(), |f, row| list(f, row, |f, second| fmt::Display::fmt(second, f)))?;
        f.write_str("ε²/2")
    }
}

implement_number!([T: Scalar, const N: usize] Dual2Vec<T, N>, inner T);
implement_constants!(
    [T: Scalar, const N: usize] Dual2Vec<T, N>, inner T,
    |value| Self { value, gradient: [T::ZERO; N], upper: [[T::ZERO; N]; N] }
);

#[cfg(feature = "serde")]
mod serialised {
    //! As `{ value, gradient: [...], hessian: [...] }`, the Hessian as its rows from the diagonal on, one after the other.

    use super::{Dual2Vec, triangle};
    use crate::number::Scalar;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    #[derive(Serialize, Deserialize)]
    #[serde(
        rename = "Dual2Vec",
        bound(serialize = "T: Scalar + Serialize", deserialize = "T: Scalar + Deserialize<'de>")
    )]
    struct Parts<T> {
        #[serde(with = "crate::number::serialised")]
        value: T,
        #[serde(with = "crate::number::serialised")]
        gradient: Vec<T>,
        #[serde(with = "crate::number::serialised")]
        hessian: Vec<T>,
    }

    impl<T: Scalar + Serialize, const N: usize> Serialize for Dual2Vec<T, N> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let hessian = (0..N).flat_map(|i| self.upper[i][i..].iter().copied()).collect();
            Parts { value: self.value, gradient: self.gradient.to_vec(), hessian }.serialize(serializer)
        }
    }

    impl<'de, T: Scalar + Deserialize<'de>, const N: usize> Deserialize<'de> for Dual2Vec<T, N> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let Parts { value, gradient, hessian } = Parts::<T>::deserialize(deserializer)?;
            let wrong = |found: usize, what: &str| D::Error::invalid_length(found, &what);
            let seconds = N * (N + 1) / 2;
            if hessian.len() != seconds {
                return Err(wrong(hessian.len(), &format!("{seconds} second derivatives")));
            }
            let gradient =
                gradient.try_into().map_err(|found: Vec<T>| wrong(found.len(), &format!("{N} first derivatives")))?;
            // Before row i lie those of N, N - 1, … entries.
            let upper = triangle(|i, j| hessian[i * N - i * (i + 1) / 2 + j]);
            Ok(Self { value, gradient, upper })
        }
    }
}
