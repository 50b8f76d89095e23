//! Vector functions: branch-free, so that a loop over lanes is vectorised by the compiler.
//!
//! Selects are between numbers that are computed anyway, exponents are read and written by their bits, and integers
//! are got by adding 1.5·2⁵², since older vector instructions convert no 64-bit integers. Coefficients of logarithms, powers,
//! sine, cosine, arc sine, error functions and ln Γ are those of fdlibm (Sun Microsystems, 1993: `e_log.c`, `s_log1p.c`,
//! `e_log10.c`, `e_pow.c`, `k_sin.c`, `k_cos.c`, `e_asin.c`, `s_erf.c`, `e_lgamma_r.c`) and of FreeBSD's `e_log2.c`, those
//! of the arc tangent are Cephes' (Moshier 1995: `atan.c`). The reduction of angles is Cody and Waite's in three parts.

mod exponential;
mod logarithm;
mod power;
mod special;
#[cfg(test)]
mod tests;
mod trigonometric;

pub(super) use exponential::{
    cosh, exp, exp_m1, exp2, logistic, logistic_derivative, sech_squared, sinh, softplus, tanh,
};
pub(super) use logarithm::{acosh, asinh, atanh, ln, ln_1p, log, log2, log10};
pub(super) use power::{REMAINDER_LIMIT, cbrt, hypot, powf, powi, rem};
pub(super) use special::{digamma, erf, erfc, ln_gamma, norm_cdf};
pub(super) use trigonometric::{acos, asin, atan, atan2, cos, sin, tan};

/// Beyond it sine and cosine need a longer π than this reduction has.
pub(super) const TRIGONOMETRIC_LIMIT: f64 = 1e5;

/// 1.5·2⁵²: a number below 2⁵¹ that is added to it is rounded to an integer, which then stands in the lowest bits.
const MAGIC: f64 = 6_755_399_441_055_744.0;

/// a·b + c.
#[inline(always)]
fn multiply_add<const FUSED: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// The polynomial with these coefficients, the constant first.
#[inline(always)]
fn polynomial<const FUSED: bool, const N: usize>(x: f64, coefficients: [f64; N]) -> f64 {
    coefficients.into_iter().rev().fold(0.0, |sum, c| multiply_add::<FUSED>(sum, x, c))
}

/// 2ᵏ for an integer k from -1022 to 1023.
#[inline(always)]
fn power_of_two(k: f64) -> f64 {
    f64::from_bits((k + (MAGIC + 1023.0)).to_bits() << 52)
}

const LN_2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
const LN_2_LOW: f64 = f64::from_bits(0x3dea_39ef_3579_3c76);

/// x without the lower half of its bits, so that the product of two of them is exact.
#[inline(always)]
fn upper(x: f64) -> f64 {
    f64::from_bits(x.to_bits() & 0xffff_ffff_0000_0000)
}

#[inline(always)]
fn clamp(x: f64, low: f64, high: f64) -> f64 {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}
