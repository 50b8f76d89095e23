//! The other libraries: how each gives a value and a gradient, and how it spells what the functions ask for.

use super::Library;
use ad_trait::AD;
use ad_trait::forward_ad::adfn::adfn;
use ad_trait::reverse_ad::adr::adr;
use nalgebra::{Const, DMatrix, SVector, U1};
use num_dual::{Dual2SVec64, DualNum, DualSVec64};

/// `echidna::grad`, with the value: it returns the gradient alone.
#[inline]
pub(crate) fn echidna_reverse(
    f: impl FnOnce(&[echidna::Reverse<f64>]) -> echidna::Reverse<f64>,
    x: &[f64],
) -> (f64, Vec<f64>) {
    let mut value = f64::NAN;
    let gradient = echidna::grad(
        |x| {
            let y = f(x);
            value = echidna::Scalar::value(&y);
            y
        },
        x,
    );
    (value, gradient)
}

/// `echidna::DualVec` with N directions a pass; echidna has no driver for it.
#[inline]
pub(crate) fn echidna_in_chunks<const N: usize>(
    f: impl Fn(&[echidna::DualVec<f64, N>]) -> echidna::DualVec<f64, N>,
    x: &[f64],
) -> (f64, Vec<f64>) {
    in_chunks(f, x, echidna::DualVec::constant, echidna::DualVec::with_tangent, |y| (y.re, y.eps))
}

/// `num_dual::gradient` over static vectors: all N parameters in one pass.
#[inline]
pub(crate) fn num_dual_gradient<const N: usize>(
    f: impl Fn(&[DualSVec64<N>]) -> DualSVec64<N>,
    x: &[f64],
) -> (f64, Vec<f64>) {
    let x = SVector::<f64, N>::from_column_slice(x);
    let (value, gradient) = num_dual::gradient(|x: SVector<DualSVec64<N>, N>| f(x.as_slice()), &x);
    (value, gradient.as_slice().to_vec())
}

/// `num_dual::hessian` over static vectors: all N parameters in one pass.
#[inline]
pub(crate) fn num_dual_hessian<const N: usize>(
    f: impl Fn(&[Dual2SVec64<N>]) -> Dual2SVec64<N>,
    x: &[f64],
) -> (f64, Vec<f64>, DMatrix<f64>) {
    let x = SVector::<f64, N>::from_column_slice(x);
    let (value, gradient, h) = num_dual::hessian(|x: SVector<Dual2SVec64<N>, N>| f(x.as_slice()), &x);
    (value, gradient.as_slice().to_vec(), DMatrix::from_column_slice(N, N, h.as_slice()))
}

/// `echidna::hessian_vec`: its bytecode tape, swept with N directions at once.
#[inline]
pub(crate) fn echidna_hessian<const N: usize>(
    f: impl FnOnce(&[echidna::BReverse<f64>]) -> echidna::BReverse<f64>,
    x: &[f64],
) -> (f64, Vec<f64>, DMatrix<f64>) {
    let (value, gradient, rows) = echidna::hessian_vec::<f64, N>(f, x);
    (value, gradient, DMatrix::from_row_slice(x.len(), x.len(), &rows.concat()))
}

/// `num_dual::DualSVec64` with N directions a pass; num-dual has no driver for it.
#[inline]
pub(crate) fn num_dual_in_chunks<const N: usize>(
    f: impl Fn(&[DualSVec64<N>]) -> DualSVec64<N>,
    x: &[f64],
) -> (f64, Vec<f64>) {
    let variable = |x: f64, direction: usize| DualSVec64::from_re(x).derivative(direction);
    in_chunks(f, x, DualSVec64::from_re, variable, |y| (y.re, y.eps.unwrap_generic(Const::<N>, U1).into()))
}

/// `ad_trait`'s `adfn` with N directions a pass, as its `ForwardADMulti` does.
#[inline]
pub(crate) fn ad_trait_in_chunks<const N: usize>(f: impl Fn(&[adfn<N>]) -> adfn<N>, x: &[f64]) -> (f64, Vec<f64>) {
    let variable = |x: f64, direction: usize| {
        let mut tangent = [0.0; N];
        tangent[direction] = 1.0;
        adfn::new(x, tangent)
    };
    in_chunks(f, x, adfn::new_constant, variable, |y| (y.value(), y.tangent()))
}

/// `ad_trait`'s reverse mode, as its `ReverseAD` drives it.
#[inline]
pub(crate) fn ad_trait_reverse(f: impl FnOnce(&[adr]) -> adr, x: &[f64]) -> (f64, Vec<f64>) {
    let inputs: Vec<adr> = x.iter().enumerate().map(|(i, &x)| adr::new_variable(x, i == 0)).collect();
    let y = f(&inputs);
    let adjoints = y.get_backwards_mode_grad();
    (y.value(), inputs.iter().map(|x| adjoints.wrt(x)).collect())
}

/// The gradient with N directions a pass.
#[inline(always)]
fn in_chunks<T: Copy, const N: usize>(
    f: impl Fn(&[T]) -> T,
    x: &[f64],
    constant: impl Fn(f64) -> T,
    variable: impl Fn(f64, usize) -> T,
    parts: impl Fn(T) -> (f64, [f64; N]),
) -> (f64, Vec<f64>) {
    let mut inputs: Vec<T> = x.iter().map(|&x| constant(x)).collect();
    let mut gradient = Vec::with_capacity(x.len());
    let mut value = f64::NAN;
    for (chunk, x) in x.chunks(N).enumerate() {
        let seeded = chunk * N..chunk * N + x.len();
        for (direction, (input, &x)) in inputs[seeded.clone()].iter_mut().zip(x).enumerate() {
            *input = variable(x, direction);
        }
        let partials;
        (value, partials) = parts(f(&inputs));
        gradient.extend_from_slice(&partials[..x.len()]);
        for (input, &x) in inputs[seeded].iter_mut().zip(x) {
            *input = constant(x);
        }
    }
    (value, gradient)
}

/// As num-dual's `DualNum`.
pub(crate) struct ByDualNum;

impl<T: DualNum<Primitive = f64>> Library<T> for ByDualNum {
    #[inline(always)]
    fn constant(value: f64) -> T {
        T::from(value)
    }

    #[inline(always)]
    fn exp(x: T) -> T {
        x.exp()
    }

    #[inline(always)]
    fn ln(x: T) -> T {
        x.ln()
    }

    #[inline(always)]
    fn tanh(x: T) -> T {
        x.tanh()
    }
}

/// As ad_trait's `AD`.
pub(crate) struct ByAd;

impl<T: AD> Library<T> for ByAd {
    #[inline(always)]
    fn constant(value: f64) -> T {
        T::constant(value)
    }

    #[inline(always)]
    fn exp(x: T) -> T {
        x.exp()
    }

    #[inline(always)]
    fn ln(x: T) -> T {
        x.ln()
    }

    #[inline(always)]
    fn tanh(x: T) -> T {
        x.tanh()
    }
}
