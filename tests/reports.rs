//! Derivatives that other libraries were publicly reported to get wrong, with the right answers, in every mode.
//!
//! Each case is restated from the report that it names; the answers are those of mathematics.

#![cfg(feature = "program")]

use dualtape::graph::Graph;
use dualtape::higher::{hessian, hessian_forward};
use dualtape::program::{Derivative, Plan, Program};
use dualtape::{Dual, Model, One, Scalar, Var, forward, model, reverse};
use nalgebra::{DMatrix, DVector, RealField};
use num_traits::Float;

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

#[track_caller]
fn assert_near(found: &[f64], truth: &[f64], what: &str) {
    assert_eq!(found.len(), truth.len(), "{what}");
    for (at, (&a, &b)) in found.iter().zip(truth).enumerate() {
        let near = a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= 1e-14 * b.abs();
        assert!(near, "{what}: entry {at} is {a:e}, expected {b:e}; all: {found:?}");
    }
}

/// Holds the gradient by each mode, by a recorded graph and by programs against the truth.
#[track_caller]
fn gradient_is(model: &impl Model<Outputs = One>, x: &[f64], truth: &[f64]) {
    let single: Vec<f64> = (0..x.len())
        .map(|input| {
            let seeded = x.iter().enumerate().map(|(at, &x)| Dual::new(x, f64::from(u8::from(at == input))));
            model.eval(&seeded.collect::<Vec<_>>()).tangent
        })
        .collect();
    assert_near(&single, truth, "forward");
    assert_near(&forward::gradient(|x| model.eval(x), x).1, truth, "chunked forward");
    assert_near(&reverse::gradient(|x| model.eval(x), x).1, truth, "reverse");
    let graph = Graph::of(model, x);
    assert_near(&graph.gradient(x).unwrap().1, truth, "graph");
    for plan in [Plan::new(Derivative::Gradient), Plan::new(Derivative::Gradient).exact()] {
        let program = Program::compile(&graph, &plan).unwrap();
        assert_near(program.run(&[], x).unwrap().derivatives(0), truth, "program, one sample");
        let batch = program.run(&[], &x.repeat(9)).unwrap();
        (0..9).for_each(|row| assert_near(batch.derivatives(row), truth, "program, a batch"));
    }
}

/// Holds the Hessian by both orders of nesting and by a program against the truth, row by row.
#[track_caller]
fn hessian_is(model: &impl Model<Outputs = One>, x: &[f64], truth: &[f64]) {
    let rows = |matrix: DMatrix<f64>| matrix.transpose().as_slice().to_vec();
    assert_near(&rows(hessian(|x| model.eval(x), x).2), truth, "forward over reverse");
    assert_near(&rows(hessian_forward(|x| model.eval(x), x).2), truth, "forward over forward");
    let program = Program::of(model, x, &Plan::new(Derivative::Hvp)).unwrap();
    for (column, truth) in truth.chunks(x.len()).enumerate() {
        let direction: Vec<f64> = (0..x.len()).map(|at| f64::from(u8::from(at == column))).collect();
        let batch = program.run_along(&[], x, &direction).unwrap();
        assert_near(&batch.derivatives(0)[x.len()..], truth, "program");
    }
}

fn number<T: Float>(x: f64) -> T {
    T::from(x).expect("every float type holds numbers")
}

/// stan-dev/math#1679: at large arguments the derivatives of log Σ exp did not add up to 1.
#[test]
fn log_sum_exp_of_large_arguments() {
    fn of_two<T: Scalar>(x: &[T]) -> T {
        T::log_sum_exp(x)
    }
    fn of_the_same<T: Scalar>(x: &[T]) -> T {
        T::log_sum_exp(&[x[0], x[0]])
    }
    for x in [1e10, 1e20, 1e50, 1e300] {
        gradient_is(&model!(of_the_same), &[x], &[1.0]);
        gradient_is(&model!(of_two), &[x, x], &[0.5, 0.5]);
    }
}

/// pytorch/pytorch#49724 and #31829, stan-dev/math#646: log Σ exp of infinities, nested.
#[test]
fn log_sum_exp_of_infinities() {
    fn nested<T: Scalar>(x: &[T]) -> T {
        T::log_sum_exp(&[T::log_sum_exp(&x[..2]), x[2]])
    }
    fn flat<T: Scalar>(x: &[T]) -> T {
        T::log_sum_exp(x)
    }
    gradient_is(&model!(nested), &[-INF, -INF, 2.0], &[0.0, 0.0, 1.0]);
    gradient_is(&model!(flat), &[-INF, -INF, 2.0], &[0.0, 0.0, 1.0]);
    gradient_is(&model!(flat), &[1.0, INF], &[0.0, 1.0]);
    assert_eq!(f64::log_sum_exp(&[-INF, -INF]), -INF);
}

/// EnzymeAD/Enzyme.jl#2680, jax-ml/jax#2107 and #2140, FluxML/NNlib.jl#679: ln(eˣ + eʸ) by its larger argument, at a tie.
#[test]
fn log_add_exp_at_a_tie() {
    fn by_hand<T: Float>(x: &[T]) -> T {
        x[0].max(x[1]) + (-(x[0] - x[1]).abs()).exp().ln_1p()
    }
    fn soft_plus_by_hand<T: Float>(x: &[T]) -> T {
        (-x[0].abs()).exp().ln_1p() + x[0].max(T::zero())
    }
    fn by_branches<T: Float>(x: &[T]) -> T {
        if x[0] < T::zero() { x[0].exp().ln_1p() } else { x[0] + (-x[0]).exp().ln_1p() }
    }
    fn soft_plus<T: Scalar>(x: &[T]) -> T {
        x[0].softplus()
    }
    gradient_is(&model!(by_hand), &[0.0, 0.0], &[0.5, 0.5]);
    gradient_is(&model!(soft_plus_by_hand), &[0.0], &[0.5]);
    gradient_is(&model!(by_branches), &[0.0], &[0.5]);
    gradient_is(&model!(soft_plus), &[0.0], &[0.5]);
    hessian_is(&model!(soft_plus), &[0.0], &[0.25]);
    hessian_is(&model!(by_branches), &[0.0], &[0.25]);
}

/// jax-ml/jax#40387 and #40383: the second derivative of softplus far from 0 is small, not 0.
#[test]
fn second_derivative_of_a_saturated_softplus() {
    fn soft_plus<T: Scalar>(x: &[T]) -> T {
        x[0].softplus()
    }
    fn log_logistic<T: Scalar>(x: &[T]) -> T {
        -(-x[0]).softplus()
    }
    hessian_is(&model!(soft_plus), &[37.429_947_750_237_05], &[5.551_115_123_125_775e-17]);
    hessian_is(&model!(log_logistic), &[-37.429_947_750_237_05], &[-5.551_115_123_125_775e-17]);
}

/// jax-ml/jax#34353: second derivatives of ln B(a, b) - ln B(a + 1, b), which is ln(1 + b/a).
#[test]
fn hessian_of_the_logarithm_of_beta() {
    fn difference<T: Scalar>(x: &[T]) -> T {
        let ln_beta = |a: T, b: T| a.ln_gamma() + b.ln_gamma() - (a + b).ln_gamma();
        let (a, b) = (x[0].exp(), x[1].exp());
        ln_beta(a, b) - ln_beta(a + T::one(), b)
    }
    let model = model!(difference);
    gradient_is(&model, &[0.0, 0.0], &[-0.5, 0.5]);
    hessian_is(&model, &[0.0, 0.0], &[0.25, -0.25, -0.25, 0.25]);
}

/// autodiff/autodiff#351 and #75, JuliaDiff/TaylorDiff.jl#41: powers with the exponent 2 at 0.
#[test]
fn second_derivative_of_a_square_at_zero() {
    fn by_powf<T: Float>(x: &[T]) -> T {
        x[0].powf(number(2.0)) * number(4.5)
    }
    fn by_powi<T: Float>(x: &[T]) -> T {
        x[0].powi(2) * number(4.5)
    }
    for x in [0.0, -0.0] {
        gradient_is(&model!(by_powf), &[x], &[0.0]);
        hessian_is(&model!(by_powf), &[x], &[9.0]);
        hessian_is(&model!(by_powi), &[x], &[9.0]);
    }
}

/// autodiff/autodiff#242, coin-or/CppAD#92: broken powers at 0.
#[test]
fn broken_powers_at_zero() {
    fn of_a_difference<T: Float>(x: &[T]) -> T {
        x[0] * (T::one() - x[0].powf(number(1.1)))
    }
    fn alone<T: Float>(x: &[T]) -> T {
        x[0].powf(number(1.875))
    }
    gradient_is(&model!(of_a_difference), &[0.0], &[1.0]);
    hessian_is(&model!(of_a_difference), &[0.0], &[0.0]);
    gradient_is(&model!(alone), &[0.0], &[0.0]);
}

/// JuliaDiff/ForwardDiff.jl#414, pytorch/pytorch#27134: xʸ in y at x = 0.
#[test]
fn powers_of_zero_in_the_exponent() {
    fn power<T: Float>(x: &[T]) -> T {
        x[0].powf(x[1])
    }
    gradient_is(&model!(power), &[0.0, 0.5], &[INF, 0.0]);
    gradient_is(&model!(power), &[0.0, 1.0], &[1.0, 0.0]);
    gradient_is(&model!(power), &[0.0, 2.0], &[0.0, 0.0]);
}

/// JuliaDiff/Diffractor.jl#26, FluxML/Zygote.jl#1036: x¹ at 0.
#[test]
fn sums_of_powers_at_zero() {
    fn by_powi<T: Float>(x: &[T]) -> T {
        (1..=10).map(|n| x[0].powi(n)).fold(T::zero(), |sum, power| sum + power)
    }
    fn by_powf<T: Float>(x: &[T]) -> T {
        (1..=10).map(|n| x[0].powf(number(f64::from(n)))).fold(T::zero(), |sum, power| sum + power)
    }
    gradient_is(&model!(by_powi), &[0.0], &[1.0]);
    hessian_is(&model!(by_powi), &[0.0], &[2.0]);
    gradient_is(&model!(by_powf), &[0.0], &[1.0]);
    hessian_is(&model!(by_powf), &[0.0], &[2.0]);
}

/// autodiff/autodiff#396: the derivative of atanh(2x) lacked the factor 2.
#[test]
fn the_chain_rule_through_atanh() {
    fn doubled<T: Float>(x: &[T]) -> T {
        (x[0] + x[0]).atanh()
    }
    gradient_is(&model!(doubled), &[0.1], &[2.0 / (1.0 - 0.04)]);
    hessian_is(&model!(doubled), &[0.1], &[16.0 * 0.1 / (0.96 * 0.96)]);
}

/// autodiff/autodiff#243: the Hessian of hypot.
#[test]
fn hessian_of_a_length() {
    fn length<T: Float>(x: &[T]) -> T {
        x[0].hypot(x[1])
    }
    let entry = 0.5_f64.sqrt() / 2.0;
    hessian_is(&model!(length), &[1.0, 1.0], &[entry, -entry, -entry, entry]);
}

/// coin-or/CppAD#120 and #253: atan2 on the axes.
#[test]
fn angles_on_the_axes() {
    fn angle<T: Float>(x: &[T]) -> T {
        x[0].atan2(x[1])
    }
    fn of_a_sum<T: Float>(x: &[T]) -> T {
        (x[1] + x[2]).atan2(x[0])
    }
    gradient_is(&model!(angle), &[0.0, 1.0], &[1.0, 0.0]);
    gradient_is(&model!(angle), &[1.0, 0.0], &[0.0, -1.0]);
    hessian_is(&model!(angle), &[0.0, 1.0], &[0.0, -1.0, -1.0, 0.0]);
    gradient_is(&model!(of_a_sum), &[0.0, 0.0, 0.0], &[NAN, NAN, NAN]);
}

/// coin-or/CppAD#8, joaoleal/CppADCodeGen#74, chaobrain/saiunit#114: a branch that is not taken divides by zero.
#[test]
fn the_branch_that_is_not_taken_takes_no_part() {
    fn quotient<T: Float>(x: &[T]) -> T {
        if x[0] > T::one() { x[0] / x[1] } else { x[0] }
    }
    fn cosine_of_length<T: Float>(x: &[T]) -> T {
        let length = (x[0] * x[0] + x[1] * x[1] + x[2] * x[2]).sqrt();
        if length > T::zero() { length.cos() } else { T::one() }
    }
    fn relative_exponential<T: Float>(x: &[T]) -> T {
        let x = x[0];
        if x.abs() < number(1e-3) {
            T::one() + x * (number::<T>(0.5) + x * (number::<T>(1.0 / 6.0) + x * number(1.0 / 24.0)))
        } else {
            x.exp_m1() / x
        }
    }
    gradient_is(&model!(quotient), &[0.0, 0.0], &[1.0, 0.0]);
    hessian_is(&model!(quotient), &[0.0, 0.0], &[0.0; 4]);
    gradient_is(&model!(cosine_of_length), &[0.0; 3], &[0.0; 3]);
    gradient_is(&model!(relative_exponential), &[0.0], &[0.5]);
    hessian_is(&model!(relative_exponential), &[0.0], &[1.0 / 3.0]);
}

/// coin-or/CppAD#67: the arc cosine of a cosine, squared, where both angles are 0.
#[test]
fn the_square_of_an_angle_between_equal_directions() {
    fn squared<T: Float>(x: &[T]) -> T {
        (x[0].cos() * x[1].cos() + x[0].sin() * x[1].sin()).acos().powi(2)
    }
    gradient_is(&model!(squared), &[0.0, 0.0], &[0.0, 0.0]);
}

/// ceres-solver/ceres-solver#655: acos of a constant 1 beside active inputs.
#[test]
fn poles_of_constants_take_no_part() {
    fn beside<T: Float>(x: &[T]) -> T {
        T::one().acos() + T::zero().sqrt() + x[0] * x[0]
    }
    gradient_is(&model!(beside), &[3.0], &[6.0]);
    hessian_is(&model!(beside), &[3.0], &[2.0]);
}

/// ceres-solver/ceres-solver#447, JuliaDiff/ForwardDiff.jl#171, pytorch/pytorch#2421, jax-ml/jax#3058: the norm at 0.
#[test]
fn norms_of_zero() {
    fn norm<T: Float>(x: &[T]) -> T {
        x.iter().fold(T::zero(), |sum, &x| sum + x * x).sqrt()
    }
    fn root<T: Float>(x: &[T]) -> T {
        x[0].sqrt()
    }
    gradient_is(&model!(norm), &[0.0, 0.0, 0.0], &[0.0; 3]);
    gradient_is(&model!(norm), &[3.0, 0.0, 4.0], &[0.6, 0.0, 0.8]);
    gradient_is(&model!(root), &[0.0], &[INF]);
}

/// ceres-solver/ceres-solver#816 and #831: maxima of numbers and constants, of NaN, and of single precision.
#[test]
fn maxima_at_ties_and_beside_nan() {
    fn at_least_two<T: Float>(x: &[T]) -> T {
        x[0].max(number(2.0))
    }
    gradient_is(&model!(at_least_two), &[2.0], &[0.5]);
    gradient_is(&model!(at_least_two), &[3.0], &[1.0]);
    gradient_is(&model!(at_least_two), &[NAN], &[0.0]);
    assert_eq!(forward::derivative(|x: Dual<f32>| x.max(Dual::constant(2.0)), 2.0_f32), (2.0, 0.5));
}

/// ceres-solver/ceres-solver#594: broken powers of negative numbers are NaN in value and derivative.
#[test]
fn broken_powers_of_negative_numbers() {
    fn power<T: Float>(x: &[T]) -> T {
        x[0].powf(number(1.0 / 2.2))
    }
    assert!(power(&[-0.5_f64]).is_nan());
    gradient_is(&model!(power), &[-0.5], &[NAN]);
}

/// pytorch/pytorch#106789: the Hessian of a product with two zeros.
#[test]
fn second_derivatives_of_a_product_with_two_zeros() {
    fn product<T: Scalar>(x: &[T]) -> T {
        x.iter().product()
    }
    let mut truth = [0.0; 16];
    (truth[2 * 4 + 3], truth[3 * 4 + 2]) = (6.0, 6.0);
    gradient_is(&model!(product), &[2.0, 3.0, 0.0, 0.0], &[0.0; 4]);
    hessian_is(&model!(product), &[2.0, 3.0, 0.0, 0.0], &truth);
    gradient_is(&model!(product), &[2.0, 3.0, 0.0, 5.0], &[0.0, 0.0, 30.0, 0.0]);
}

/// JuliaDiff/ForwardDiff.jl#287: ln(1/max(tiny, x)) at 0, where the derivative of 1/x overflows.
#[test]
fn a_maximum_ends_what_overflows() {
    fn bounded<T: Float>(x: &[T]) -> T {
        x[0].max(number(1e-200)).recip().ln()
    }
    gradient_is(&model!(bounded), &[0.0], &[0.0]);
    let single = |x: Dual<f32>| x.max(Dual::constant(1e-20)).recip().ln();
    assert_eq!(forward::derivative(single, 0.0_f32).1, 0.0);
    let single = |x: Var<f32>| x.max(Var::constant(1e-20)).recip().ln();
    assert_eq!(reverse::derivative(single, 0.0_f32).1, 0.0);
}

/// JuliaDiff/ForwardDiff.jl#55: von Mises' stress with components that are 0.
#[test]
fn equivalent_stress() {
    fn stress<T: Float>(s: &[T]) -> T {
        let square = |x: T| x.powi(2);
        let normal = square(s[0] - s[1]) + square(s[1] - s[2]) + square(s[2] - s[0]);
        let shear = square(s[3]) + square(s[4]) + square(s[5]);
        ((normal + number::<T>(6.0) * shear) / number(2.0)).sqrt()
    }
    gradient_is(&model!(stress), &[100.0, 0.0, 0.0, 0.0, 0.0, 0.0], &[1.0, -0.5, -0.5, 0.0, 0.0, 0.0]);
}

/// JuliaDiff/ForwardDiff.jl#480: a linear system at the identity, whose zeros are no structure.
#[test]
fn linear_systems_at_the_identity() {
    fn by_lu<T: RealField + Copy>(a: &[T], number: impl Fn(f64) -> T) -> T {
        let a = DMatrix::from_row_slice(2, 2, a);
        a.lu().solve(&DVector::from_vec(vec![number(1.0), number(3.0)])).expect("it is regular").sum()
    }
    fn by_cholesky<T: RealField + Copy>(a: &[T], number: impl Fn(f64) -> T) -> T {
        let a = DMatrix::from_row_slice(2, 2, a);
        a.cholesky().expect("it is positive definite").solve(&DVector::from_vec(vec![number(1.0), number(3.0)])).sum()
    }
    let identity = [1.0, 0.0, 0.0, 1.0];
    let truth = [-1.0, -3.0, -1.0, -3.0];
    assert_near(&forward::gradient(|a| by_lu(a, Into::into), &identity).1, &truth, "forward");
    assert_near(&reverse::gradient(|a| by_lu(a, Into::into), &identity).1, &truth, "reverse");
    // Only the lower triangle is read.
    let truth = [-1.0, 0.0, -4.0, -3.0];
    assert_near(&forward::gradient(|a| by_cholesky(a, Into::into), &identity).1, &truth, "forward");
    assert_near(&reverse::gradient(|a| by_cholesky(a, Into::into), &identity).1, &truth, "reverse");
}

/// JuliaDiff/ForwardDiff.jl#238, EnzymeAD/Enzyme.jl#3346: derivatives of derivatives in other inputs.
#[test]
fn derivatives_of_derivatives() {
    // L(q, v) = v²/2·q: ∂²L/∂q∂v = v.
    let momentum = |q: Dual<f64>, v: f64| {
        forward::derivative(|v: Dual<Dual<f64>>| v * v * 0.5 * Dual::constant(q), Dual::constant(v)).1
    };
    assert_eq!(forward::derivative(|q| momentum(q, 3.0), 2.0), (6.0, 3.0));
    let doubled = |x: &[Dual<f64>]| reverse::gradient(|x| x.iter().map(|&x| x * x).sum::<Var<Dual<f64>>>(), x).1;
    assert_eq!(forward::jvp(doubled, &[1.0, 2.0, 3.0], &[1.0, 0.0, 0.0]).unwrap().1, [2.0, 0.0, 0.0]);
}

/// shader-slang/slang#10080, Oneflow-Inc/oneflow#8769: remainders of negative numbers, and of one number by several.
#[test]
fn remainders() {
    fn remainder<T: Float>(x: &[T]) -> T {
        x[0] % x[1]
    }
    fn by_two<T: Float>(x: &[T]) -> T {
        x[0] % x[1] + x[0] % x[2]
    }
    gradient_is(&model!(remainder), &[-5.5, 3.0], &[1.0, 1.0]);
    gradient_is(&model!(remainder), &[5.5, -3.0], &[1.0, 1.0]);
    gradient_is(&model!(remainder), &[-5.5, -3.0], &[1.0, -1.0]);
    gradient_is(&model!(by_two), &[5.0, 2.0, 2.0], &[2.0, -2.0, -2.0]);
}

/// jax-ml/jax#15588: a smooth function that is constant far out has derivative 0 there.
#[test]
fn a_smooth_well_is_flat_outside() {
    fn bump<T: Float>(x: T) -> T {
        let positive = x.max(number(1e-2));
        if x < T::zero() { T::zero() } else { (-positive.recip()).exp() }
    }
    fn transition<T: Float>(x: T) -> T {
        bump(x) / (bump(x) + bump(T::one() - x))
    }
    fn well<T: Float>(x: &[T]) -> T {
        let of = |x: T| transition((x - number(2.0)) / number(3.0));
        of(x[0]) + of(-x[0])
    }
    for x in [-7.5, -1.0, 0.0, 1.5, 6.25, 40.0] {
        gradient_is(&model!(well), &[x], &[0.0]);
    }
}

/// stan-dev/math#3398: the logistic density far out, whose exponentials overflow.
#[test]
fn the_logistic_density_far_out() {
    fn density<T: Scalar>(x: &[T]) -> T {
        let z = (x[0] - x[1]) / x[2];
        -z - x[2].ln() - T::constant(2.0) * (-z).softplus()
    }
    let slope = 0.5_f64.tanh();
    gradient_is(&model!(density), &[711.0, 710.0, 1.0], &[-slope, slope, slope - 1.0]);
}
