//! The names that a formula may use: constants, functions, and what functions are called elsewhere.

use crate::rules::{Binary, Ternary, Unary};
use std::f64::consts;

/// A number by its name.
pub(crate) fn constant(name: &str) -> Option<f64> {
    match name {
        "pi" | "π" => Some(consts::PI),
        "tau" | "τ" => Some(consts::TAU),
        "e" => Some(consts::E),
        "inf" | "∞" => Some(f64::INFINITY),
        "NaN" => Some(f64::NAN),
        _ => None,
    }
}

/// What a name means before parentheses.
#[derive(Clone, Copy)]
pub(crate) enum Function {
    Unary(Unary),
    Binary(Binary),
    Ternary(Ternary),
    /// A whole power.
    Power,
    Sum,
    LogSumExp,
}

/// The function of that name.
pub(crate) fn function(name: &str) -> Option<Function> {
    match name {
        "powi" => return Some(Function::Power),
        "pow" => return Some(Function::Binary(Binary::Powf)),
        "sum" => return Some(Function::Sum),
        "log_sum_exp" => return Some(Function::LogSumExp),
        "σ" => return Some(Function::Unary(Unary::Logistic)),
        "ψ" => return Some(Function::Unary(Unary::Digamma)),
        "Φ" => return Some(Function::Unary(Unary::NormCdf)),
        _ => {}
    }
    let unary = Unary::ALL.iter().find(|op| op.name() == name).map(|&op| Function::Unary(op));
    let binary = || Binary::ALL.iter().find(|op| op.name() == name).map(|&op| Function::Binary(op));
    let ternary = || Ternary::ALL.iter().find(|op| op.name() == name).map(|&op| Function::Ternary(op));
    unary.or_else(binary).or_else(ternary)
}

/// How a function is written here that goes by this name in other programs, books and countries.
pub(crate) fn elsewhere(name: &str) -> Option<&'static str> {
    Some(match name {
        "sigmoid" | "expit" | "sigm" => "logistic(x) or σ(x)",
        "relu" => "max(x, 0)",
        "silu" | "swish" => "x·σ(x)",
        "gelu" => "x·Φ(x)",
        "logit" => "ln(x/(1 - x))",
        "tg" => "tan(x)",
        "cot" | "ctg" | "cotan" => "1/tan(x)",
        "sec" => "1/cos(x)",
        "csc" | "cosec" => "1/sin(x)",
        "sh" => "sinh(x)",
        "ch" => "cosh(x)",
        "th" => "tanh(x)",
        "arcsin" => "asin(x)",
        "arccos" => "acos(x)",
        "arctan" | "arctg" => "atan(x)",
        "arctan2" => "atan2(y, x)",
        "arsinh" | "arcsinh" => "asinh(x)",
        "arcosh" | "arccosh" => "acosh(x)",
        "artanh" | "arctanh" => "atanh(x)",
        "lg" => "log10(x) or log2(x)",
        "ld" | "lb" => "log2(x)",
        "log1p" => "ln_1p(x)",
        "expm1" => "exp_m1(x)",
        "lgamma" | "gammaln" | "lngamma" => "ln_gamma(x)",
        "gamma" | "Γ" => "exp(ln_gamma(x))",
        "psi" => "digamma(x) or ψ(x)",
        "normcdf" | "pnorm" | "phi" => "norm_cdf(x) or Φ(x)",
        "logsumexp" | "lse" | "logaddexp" => "log_sum_exp(x, y)",
        "sgn" | "sign" => "signum(x)",
        "fabs" => "abs(x)",
        "ceiling" => "ceil(x)",
        "mod" | "fmod" => "x % y",
        "fma" => "mul_add(x, y, z)",
        "sqr" | "square" => "x²",
        "root" => "√x",
        "deg" | "degrees" => "to_degrees(x)",
        "rad" | "radians" => "to_radians(x)",
        _ => return None,
    })
}

/// The function whose name differs from this one by at most a slip in three letters, or begins with it.
pub(crate) fn misspelt(name: &str) -> Option<&'static str> {
    let letters = name.chars().count();
    let slips = |known: &str| strsim::damerau_levenshtein(name, known);
    let known = names().into_iter();
    let like = known.filter(|known| slips(known) <= (letters / 3).max(1) || letters > 2 && known.starts_with(name));
    like.min_by_key(|known| slips(known))
}

/// The names of all functions that a formula may use.
pub(crate) fn names() -> Vec<&'static str> {
    let unary = Unary::ALL.iter().map(|op| op.name());
    let binary = Binary::ALL.iter().map(|op| op.name());
    let ternary = Ternary::ALL.iter().map(|op| op.name());
    unary.chain(binary).chain(ternary).chain(["pow", "sum", "log_sum_exp"]).collect()
}
