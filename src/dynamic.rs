//! `DynModel`: models that are chosen at run time, behind a pointer.

use crate::forward::{CHUNK, Dual, DualVec};
use crate::graph::{Graph, Traced};
use crate::model::wrap::same;
use crate::model::{Model, One, Outputs};
use crate::number::{Real, Scalar, widths};
use crate::reverse::Var;
use crate::scalar::Plain;
use std::any::TypeId;

/// A [`Model`] of whatever type behind a pointer, such as `Box<dyn DynModel>`: terms of a sum that are chosen at run time.
/// Every model is one, and the pointer is a model again.
///
/// `dyn DynModel` has one output, `dyn DynModel<Many>` several; with `+ Send + Sync` it is shared among threads.
///
/// A trait object cannot be generic: it holds the function over `f64` and `f32` and over the numbers of one derivative on
/// them ([`Dual`], [`DualVec`] of 8 directions, [`Var`], [`Traced`]), at the cost of a call and of copies of x. Over any other
/// number type, as for second derivatives, the function is recorded at the point and its operations are run over that type,
/// comparisons included: the same numbers, several times slower, and with more operations where constants stand beside them.
/// [`compare`](crate::compare::compare()) counts and times what is done.
///
/// ```
/// use dualtape::{DynModel, Model, One, Scalar, gradient, hessian, model};
///
/// struct Sum { terms: Vec<Box<dyn DynModel>> }
///
/// impl Model for Sum {
///     type Outputs = One;
///     fn eval<T: Scalar>(&self, x: &[T]) -> T {
///         self.terms.iter().map(|term| term.eval(x)).sum()
///     }
/// }
///
/// let mut loss = Sum { terms: vec![Box::new(model!(|w| (w[0] - 3.0).powi(2)))] };
/// for weight in [0.5, 0.25] {
///     loss.terms.push(Box::new(model!(|w, weight: f64| weight * w[1].powi(2))));
/// }
/// assert_eq!(gradient(&loss, &[1.0, 2.0]), (7.0, vec![-4.0, 3.0]));
/// assert_eq!(hessian(&loss, &[1.0, 2.0]).2, nalgebra::dmatrix![2.0, 0.0; 0.0, 1.5]);
/// ```
pub trait DynModel<O: Outputs = One>:
    Over<f64, O>
    + Over<Dual<f64>, O>
    + Over<DualVec<f64, CHUNK>, O>
    + Over<Var<f64>, O>
    + Over<Var<Plain<f64>>, O>
    + Over<Traced<f64>, O>
    + Over<f32, O>
    + Over<Dual<f32>, O>
    + Over<DualVec<f32, CHUNK>, O>
    + Over<Var<f32>, O>
    + Over<Var<Plain<f32>>, O>
    + Over<Traced<f32>, O>
{
}

impl<M: Model> DynModel<M::Outputs> for M {}

/// A model over one number type.
#[doc(hidden)]
pub trait Over<T: Scalar, O: Outputs> {
    /// The outputs at `x`.
    fn over(&self, x: &[T]) -> O::Of<T>;
}

impl<M: Model, T: Scalar> Over<T, M::Outputs> for M {
    fn over(&self, x: &[T]) -> <M::Outputs as Outputs>::Of<T> {
        self.eval(x)
    }
}

/// The outputs over `T` if it is `N`, or `Real<N>`.
fn directly<N: Scalar, T: Scalar, O: Outputs>(model: &(impl Over<N, O> + ?Sized), x: &[T]) -> Option<O::Of<T>> {
    if TypeId::of::<T>() == TypeId::of::<N>() {
        return same(model.over(&same::<Vec<T>, Vec<N>>(x.to_vec())?));
    }
    if TypeId::of::<T>() != TypeId::of::<Real<N>>() {
        return None;
    }
    let x = same::<Vec<T>, Vec<Real<N>>>(x.to_vec())?;
    let outputs = O::list(model.over(Real::inner_slice(&x)));
    same(O::from_list::<Real<N>>(outputs.map(|outputs| outputs.as_ref().iter().map(|&output| Real(output)).collect())))
}

/// The outputs over `T` if it is a forward number with plain products: over those with strong zeros, eight directions at a time.
fn over_strong<B: Scalar, T: Scalar, O: Outputs>(
    model: &(impl Over<Dual<B>, O> + Over<DualVec<B, CHUNK>, O> + ?Sized),
    x: &[T],
) -> Option<O::Of<T>> {
    macro_rules! by_width {
        ([$($width:literal)*]) => {
            None$(.or_else(|| over_chunks::<B, T, O, $width>(model, x)))*
        };
    }
    let one_direction = || {
        let x = same::<Vec<T>, Vec<Dual<B::Plain>>>(x.to_vec())?;
        let x: Vec<_> = x.iter().map(|x| Dual::new(B::from_plain(x.value), B::from_plain(x.tangent))).collect();
        let plain = |y: &Dual<B>| Dual::new(y.value.to_plain(), y.tangent.to_plain());
        let outputs = O::list(model.over(&x)).map(|outputs| outputs.as_ref().iter().map(plain).collect());
        same(O::from_list::<Dual<B::Plain>>(outputs))
    };
    one_direction().or_else(|| widths!([by_width]))
}

fn over_chunks<B: Scalar, T: Scalar, O: Outputs, const N: usize>(
    model: &(impl Over<DualVec<B, CHUNK>, O> + ?Sized),
    x: &[T],
) -> Option<O::Of<T>> {
    let x = same::<Vec<T>, Vec<DualVec<B::Plain, N>>>(x.to_vec())?;
    let mut found: Vec<DualVec<B::Plain, N>> = Vec::new();
    for start in (0..N).step_by(CHUNK) {
        let tangent = |x: &DualVec<B::Plain, N>, i| x.tangents.get(start + i).map_or(B::zero(), |&t| B::from_plain(t));
        let chunk =
            |x: &DualVec<B::Plain, N>| DualVec::new(B::from_plain(x.value), std::array::from_fn(|i| tangent(x, i)));
        let inputs: Vec<DualVec<B, CHUNK>> = x.iter().map(chunk).collect();
        let outputs = match O::list(model.over(&inputs)) {
            Ok(outputs) => outputs,
            Err(error) => return same(O::from_list::<DualVec<B::Plain, N>>(Err(error))),
        };
        found.resize(outputs.as_ref().len(), DualVec::constant(B::zero().to_plain()));
        for (found, y) in found.iter_mut().zip(outputs.as_ref()) {
            found.value = y.value.to_plain();
            found.tangents[start..].iter_mut().zip(y.tangents).for_each(|(found, tangent)| *found = tangent.to_plain());
        }
    }
    same(O::from_list::<DualVec<B::Plain, N>>(Ok(found)))
}

/// The outputs over `T` by the operations that are done at the point.
fn by_recording<B: Scalar, T: Scalar, O: Outputs>(
    model: &(impl Over<Traced<B>, O> + Over<B, O> + ?Sized),
    x: &[T],
) -> O::Of<T> {
    let point: Vec<B> = x.iter().map(|x| B::constant(x.peek())).collect();
    let graph = Graph::try_record(|x| O::list(model.over(x)), &point);
    let outputs = |graph: Graph<B>| graph.run(x, |constant| T::constant(constant.peek()), |x| B::constant(x.peek()));
    let found = graph.map(|graph| outputs(graph).expect("the graph is of this point"));
    // As the model has it over plain numbers.
    O::from_list(found.map_err(|error| O::list(model.over(&point)).err().unwrap_or(error)))
}

macro_rules! implement_model {
    ($($object:ty),*) => {
        $(impl<O: Outputs> Model for $object {
            type Outputs = O;

            fn eval<T: Scalar>(&self, x: &[T]) -> O::Of<T> {
                None.or_else(|| directly::<f64, T, O>(self, x))
                    .or_else(|| directly::<Dual<f64>, T, O>(self, x))
                    .or_else(|| directly::<DualVec<f64, CHUNK>, T, O>(self, x))
                    .or_else(|| directly::<Var<f64>, T, O>(self, x))
                    .or_else(|| directly::<Var<Plain<f64>>, T, O>(self, x))
                    .or_else(|| over_strong::<f64, T, O>(self, x))
                    .or_else(|| directly::<Traced<f64>, T, O>(self, x))
                    .or_else(|| directly::<f32, T, O>(self, x))
                    .or_else(|| directly::<Dual<f32>, T, O>(self, x))
                    .or_else(|| directly::<DualVec<f32, CHUNK>, T, O>(self, x))
                    .or_else(|| directly::<Var<f32>, T, O>(self, x))
                    .or_else(|| directly::<Var<Plain<f32>>, T, O>(self, x))
                    .or_else(|| over_strong::<f32, T, O>(self, x))
                    .or_else(|| directly::<Traced<f32>, T, O>(self, x))
                    .unwrap_or_else(|| match same::<T::Base, f32>(T::Base::constant(0.0)) {
                        Some(_) => by_recording::<f32, T, O>(self, x),
                        None => by_recording::<f64, T, O>(self, x),
                    })
            }
        })*
    };
}
implement_model!(dyn DynModel<O> + '_, dyn DynModel<O> + Send + '_, dyn DynModel<O> + Send + Sync + '_);
