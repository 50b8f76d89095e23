//! `model!`: a generic function as a model, with the data that it works on.

use super::outputs::{Fallible, Many, One, Outputs};
use crate::number::{Real, Scalar};
use nalgebra::{Dim, Matrix, RawStorage, U1};
use std::any::Any;
use std::convert::Infallible;
use std::marker::PhantomData;

/// What a generic function may return over the numbers `Real<T>` for [`model!`](crate::model!) to wrap it.
#[diagnostic::on_unimplemented(
    message = "a model cannot return `{Self}`",
    note = "expected one number, several in a `Vec`, an array or a column of nalgebra, or a `Result` with one of these",
    note = "a function of `f64` becomes a model when it is generic over the number type: `fn f<T: Float>(x: &[T]) -> T`"
)]
pub trait Returned<T: Scalar> {
    /// The shape that this is.
    type Outputs: Outputs;

    /// As a model returns it.
    fn into_outputs(self) -> <Self::Outputs as Outputs>::Of<T>;
}

impl<T: Scalar> Returned<T> for Real<T> {
    type Outputs = One;

    #[inline(always)]
    fn into_outputs(self) -> T {
        self.0
    }
}

impl<T: Scalar> Returned<T> for Vec<Real<T>> {
    type Outputs = Many;

    #[inline]
    fn into_outputs(self) -> Vec<T> {
        self.into_iter().map(|output| output.0).collect()
    }
}

impl<T: Scalar, const M: usize> Returned<T> for [Real<T>; M] {
    type Outputs = Many;

    #[inline]
    fn into_outputs(self) -> Vec<T> {
        self.into_iter().map(|output| output.0).collect()
    }
}

impl<T: Scalar, M: Dim, S: RawStorage<Real<T>, M, U1>> Returned<T> for Matrix<Real<T>, M, U1, S> {
    type Outputs = Many;

    #[inline]
    fn into_outputs(self) -> Vec<T> {
        self.iter().map(|output| output.0).collect()
    }
}

impl<T: Scalar, R: Returned<T>, E: 'static> Returned<T> for Result<R, E>
where
    R::Outputs: Outputs<Error = Infallible>,
{
    type Outputs = Fallible<R::Outputs, E>;

    #[inline(always)]
    fn into_outputs(self) -> Result<<R::Outputs as Outputs>::Of<T>, E> {
        self.map(R::into_outputs)
    }
}

/// The shape of what a generic function returns, found by looking at it over one number type.
pub fn outputs_of<R: Returned<f64>>(_: fn(&[Real<f64>]) -> R) -> PhantomData<R::Outputs> {
    PhantomData
}

/// What may be captured.
#[diagnostic::on_unimplemented(
    message = "`model!` captures references and whatever else is `Copy`, which `{Self}` is not",
    label = "captured here",
    note = "capture a reference, `|x, data: &Data|`; a model that owns its data is a struct that implements `Model`"
)]
pub trait Captured: Sized {
    /// A copy for an evaluation.
    fn copy(&self) -> Self;
}

#[diagnostic::do_not_recommend]
impl<C: Copy> Captured for C {
    #[inline(always)]
    fn copy(&self) -> Self {
        *self
    }
}

/// What a function returned over `T`, as the shape O that it was found to have.
///
/// # Panics
///
/// If a function has another shape over another number type, by way of a trait of its own.
#[inline(always)]
pub fn returned<O: Outputs, T: Scalar>(found: impl Returned<T>) -> O::Of<T> {
    same(found.into_outputs()).expect("the function returns the same shape over every number type")
}

/// A value of type A as one of type B, if they are the same type, as the compiler knows wherever it knows both: nothing is
/// left of this in an optimised build.
#[inline(always)]
pub(crate) fn same<A: 'static, B: 'static>(a: A) -> Option<B> {
    let mut a = Some(a);
    let a: &mut dyn Any = &mut a;
    a.downcast_mut::<Option<B>>().and_then(Option::take)
}

/// Wraps a generic function as a [`Model`](crate::Model), or what you would write as a closure.
///
/// # A function
///
/// `model!(f)`: f takes `&[T]` and returns a `T`, several (a `Vec<T>`, an array, or a column of nalgebra), or a `Result` with
/// one of these. Its bound on T may be anything that [`Real`] fulfils: `num_traits::Float`, `Float + Sum`, [`Scalar`],
/// `nalgebra::RealField + Copy`; or it takes `&[Real<T>]` itself, to mix the numbers with literals.
///
/// ```
/// use dualtape::{gradient, jacobian, model};
/// use nalgebra::{RealField, Vector2};
/// use num_traits::Float;
///
/// fn product<T: Float>(x: &[T]) -> T {
///     x.iter().fold(T::one(), |product, &x| product * x)
/// }
/// assert_eq!(gradient(&model!(product), &[2.0, 3.0, 4.0]), (24.0, vec![12.0, 8.0, 6.0]));
///
/// fn rotated<T: RealField + Copy>(x: &[T]) -> Vector2<T> {
///     nalgebra::Rotation2::new(x[0]) * Vector2::new(x[1], x[2])
/// }
/// let (y, j) = jacobian(&model!(rotated), &[0.0, 3.0, 4.0]);
/// assert_eq!((y, j), (vec![3.0, 4.0], nalgebra::dmatrix![-4.0, 1.0, 0.0; 3.0, 0.0, 1.0]));
/// ```
///
/// # A closure, with data
///
/// `model!(|x, data: &Data, scale: f64| ...)`: x is a slice of [`Real`] numbers. The others are variables that are captured by
/// value, each with its type: references and whatever else is `Copy`. The result is one number, unless the closure says what else
/// it is, with T for the number type: `-> Vec<_> { ... }`, `-> Result<_, E> { ... }`, `-> Result<Vec<_>, E> { ... }`, and whatever a
/// function may return, `-> [Real<T>; 2] { ... }`.
///
/// ```
/// use dualtape::{Real, Scalar, gradient, jacobian, model};
///
/// let f = model!(|x| 0.5 * x[0] * x[0] + x[1].max(1.0));
/// assert_eq!(gradient(&f, &[3.0, 2.0]), (6.5, vec![3.0, 1.0]));
///
/// struct Line { points: Vec<(f64, f64)> }
///
/// fn squares<T: Scalar>(line: &Line, w: &[Real<T>]) -> Real<T> {
///     line.points.iter().map(|&(x, y)| (w[0] + w[1] * x - y).powi(2)).sum()
/// }
///
/// let (line, weight) = (&Line { points: vec![(0.0, 1.0), (1.0, 3.0)] }, 0.5);
/// let loss = model!(|w, line: &Line, weight: f64| weight * squares(line, w));
/// assert_eq!(gradient(&loss, &[0.0, 0.0]), (5.0, vec![-4.0, -3.0]));
///
/// let residuals = model!(|w, line: &Line| -> Vec<_> {
///     line.points.iter().map(|&(x, y)| w[0] + w[1] * x - y).collect()
/// });
/// assert_eq!(jacobian(&residuals, &[0.0, 0.0]).0, [-1.0, -3.0]);
///
/// let safe = model!(|x| -> Result<_, String> {
///     if x[0] > 0.0 { Ok(x[0].ln()) } else { Err(format!("no logarithm of {}", x[0])) }
/// });
/// assert_eq!(gradient(&safe, &[1.0]), Ok((0.0, vec![1.0])));
/// assert_eq!(gradient(&safe, &[-1.0]), Err("no logarithm of -1".to_owned()));
/// ```
///
/// A function that has type or lifetime parameters of its own beside the number, or data that it owns, is a struct that
/// implements [`Model`](crate::Model).
///
/// # What does not compile
///
/// A function of one number type: it cannot be evaluated over others.
///
/// ```compile_fail,E0308
/// fn square(x: &[f64]) -> f64 {
///     x[0] * x[0]
/// }
/// dualtape::model!(square);
/// ```
///
/// A variable that is not named: the compiler calls it a dynamic environment. `model!(|x, scale: f64| x[0] * scale)` captures it.
///
/// ```compile_fail,E0434
/// let scale = 2.0;
/// dualtape::model!(|x| x[0] * scale);
/// ```
///
/// Several outputs that are not said to be: `model!(|x| -> Vec<_> { vec![x[0], x[1]] })` returns them.
///
/// ```compile_fail,E0308
/// dualtape::model!(|x| vec![x[0], x[1]]);
/// ```
///
/// A captured variable without its type, or inputs with one: the message shows the form.
///
/// ```compile_fail
/// let scale = 2.0;
/// dualtape::model!(|x, scale| x[0] * scale);
/// ```
///
/// ```compile_fail
/// dualtape::model!(|x: &[f64]| x[0] * x[0]);
/// ```
#[macro_export]
macro_rules! model {
    (@closure [$outputs:ty, $returned:ty] $x:ident [$($name:ident: $type:ty,)*] $body:expr) => {{
        #[derive(Clone, Copy, Debug)]
        struct ModelOfClosure<Variables>(Variables);
        impl $crate::Model for ModelOfClosure<($($type,)*)> {
            type Outputs = $outputs;
            #[inline]
            fn eval<T: $crate::Scalar>(&self, $x: &[T]) -> <$outputs as $crate::Outputs>::Of<T> {
                let ($($name,)*) = &self.0;
                $(let $name: $type = $crate::wrap::Captured::copy($name);)*
                let $x = $crate::Real::slice($x);
                let function = || -> $returned { $body };
                $crate::wrap::returned::<$outputs, T>(function())
            }
        }
        ModelOfClosure::<($($type,)*)>(($($name,)*))
    }};
    (@returns $x:ident $captured:tt -> Result<Vec<_>, $error:ty> $body:block) => {
        $crate::model!(@closure
            [$crate::Fallible<$crate::Many, $error>, ::std::result::Result<::std::vec::Vec<$crate::Real<T>>, $error>]
            $x $captured $body)
    };
    (@returns $x:ident $captured:tt -> Result<_, $error:ty> $body:block) => {
        $crate::model!(@closure
            [$crate::Fallible<$crate::One, $error>, ::std::result::Result<$crate::Real<T>, $error>] $x $captured $body)
    };
    (@returns $x:ident $captured:tt -> Vec<_> $body:block) => {
        $crate::model!(@closure [$crate::Many, ::std::vec::Vec<$crate::Real<T>>] $x $captured $body)
    };
    (@returns $x:ident $captured:tt -> $returned:ty $body:block) => {{
        type ReturnedOf<T> = $returned;
        $crate::model!(@closure
            [<ReturnedOf<f64> as $crate::wrap::Returned<f64>>::Outputs, ReturnedOf<T>] $x $captured $body)
    }};
    (@returns $x:ident $captured:tt $body:expr) => {
        $crate::model!(@closure [$crate::One, $crate::Real<T>] $x $captured $body)
    };
    (|$x:ident $(, $name:ident: $type:ty)* $(,)?| $($body:tt)+) => {
        $crate::model!(@returns $x [$($name: $type,)*] $($body)+)
    };
    (move $($closure:tt)+) => {
        $crate::model!($($closure)+)
    };
    (|$($other:tt)*) => {
        ::std::compile_error!(
            "model!: expected a name for the inputs, without a type, and every captured variable with one, as in \
             model!(|x, data: &Data, scale: f64| scale * f(data, x))"
        )
    };
    ($function:path $(,)?) => {{
        #[derive(Clone, Copy, Debug)]
        struct ModelOfFunction<O>(::std::marker::PhantomData<O>);
        impl<O: $crate::Outputs> $crate::Model for ModelOfFunction<O> {
            type Outputs = O;
            #[inline]
            fn eval<T: $crate::Scalar>(&self, x: &[T]) -> O::Of<T> {
                $crate::wrap::returned::<O, T>($function($crate::Real::slice(x)))
            }
        }
        ModelOfFunction($crate::wrap::outputs_of($function))
    }};
    ($($other:tt)*) => {
        ::std::compile_error!(
            "model!: expected a generic function, model!(f), or what it does to its inputs, model!(|x| x[0] * x[1])"
        )
    };
}
