//! Assertions that derivatives are right, not only that the modes agree: what they pass, and what they must not pass.

#![cfg(feature = "compare")]

use dualtape::compare::{
    Bound, Options, Ordinary, Paths, WrongClaim, compare, gradient_holds, hessian_holds, hessians_agree, jvp_holds,
    modes_agree, vjp_holds,
};
use dualtape::higher::hessian;
use dualtape::{Many, Mode, Model, One, Scalar, assert_derivatives, assert_modes_agree, model, reverse};
use nalgebra::dmatrix;
use num_traits::Float;
use quickcheck::{Gen, QuickCheck, TestResult};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;
use support::special::is_special;
use support::{seed, spread};

mod support;

/// A model as one with an output.
struct InList<'a, M>(&'a M);

impl<M: Model<Outputs = One>> Model for InList<'_, M> {
    type Outputs = Many;
    fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T> {
        vec![self.0.eval(x)]
    }
}

/// What a panic says.
fn message(f: impl FnOnce()) -> String {
    *catch_unwind(AssertUnwindSafe(f)).expect_err("the assertion fails").downcast().expect("a message")
}

/// A product that stops at the first 0, and so loses its derivative there.
fn product<T: Float>(x: &[T]) -> T {
    let mut product = T::one();
    for &x in x {
        product = product * x;
        if product == T::zero() {
            break;
        }
    }
    product
}

const WITH_A_ZERO: [f64; 5] = [1.0, 2.0, 0.0, 3.0, 4.0];

fn cube_of_cbrt<T: Float>(x: &[T]) -> T {
    x[0].cbrt().powi(3)
}

fn half_of_it<T: Scalar>(x: &[T]) -> T {
    x[0] * x[0].detach()
}

fn absolute<T: Float>(x: &[T]) -> T {
    x[0].abs() + x[0].max(x[1])
}

#[test]
fn modes_that_agree_on_a_wrong_derivative_fail() {
    let found = message(|| drop(assert_modes_agree!(model!(product), WITH_A_ZERO, "a product of {}", 5)));
    assert!(
        found.starts_with("the modes agree, and differences contradict them at [1.0, 2.0, 0.0, 3.0, 4.0]: "),
        "{found}"
    );
    assert!(found.contains("∂f/∂x2 is 2, and 24"), "{found}");
    assert!(found.contains("; tie: ") && found.ends_with(": a product of 5"), "{found}");
    let found = message(|| drop(assert_modes_agree!(model!(half_of_it), [3.0])));
    assert!(found.contains("∂f/∂x0 is 3, and 6"), "{found}");
    let found = message(|| drop(assert_modes_agree!(model!(cube_of_cbrt), [0.0])));
    assert!(found.contains("; strong zero: "), "{found}");
}

/// Large terms that cancel, so that rounding may have driven a derivative anywhere, and one number type that is off by as much.
struct OffIn(&'static str, f64);

impl Model for OffIn {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let large = x[0] * x[0] * T::constant(1e20);
        // Models run over a float with plain products first.
        let number = std::any::type_name::<T>().replace("dualtape::scalar::plain::Plain<f64>", "f64");
        let off = if number.ends_with(self.0) { self.1 } else { 0.0 };
        // It is 0 whatever x is.
        let nothing = x[0] - x[0].detach();
        x[0].sin() + (large + -large) + nothing * (nothing + T::one()) * T::constant(off)
    }
}

#[test]
fn every_mode_is_held_against_differences() {
    let (x, off) = ([0.5], 1.0);
    let [right, wrong] = [0.0, off].map(|off| off + 0.5_f64.cos());
    for (number, mode) in [("::Var<f64>", "Var"), ("::Dual<f64>", "Dual"), ("<f64, 8>", "DualVec")] {
        let model = OffIn(number, off);
        modes_agree(&model, &x).expect("rounding may do that");
        let found = message(|| drop(assert_modes_agree!(model, x)));
        let start = "the modes agree to what rounding may do, and differences contradict one at [0.5]: ∂f/∂x0 is 1.8";
        assert!(found.starts_with(start) && found.contains(&format!(" ({mode}), and 0.8")), "{found}");
        gradient_holds(&model, &x, &[right]).expect("right");
        gradient_holds(&model, &x, &[wrong]).expect_err("wrong");
        let vector = InList(&model);
        jvp_holds(&vector, &x, &[2.0], &[2.0 * right]).expect("right");
        jvp_holds(&vector, &x, &[2.0], &[2.0 * wrong]).expect_err("wrong");
        vjp_holds(&vector, &x, &[2.0], &[2.0 * right]).expect("right");
        vjp_holds(&vector, &x, &[2.0], &[2.0 * wrong]).expect_err("wrong");
        let options = Options { modes: Mode::ALL.to_vec(), timing: Duration::ZERO, ..Options::default() };
        let check = compare(&model, &x, &options).check.expect("it was held");
        let found: Vec<_> = check.mismatches.iter().filter_map(|it| it.mode).collect();
        // It goes one direction at a time by `DualVec` too.
        let expected: &[_] = match mode {
            "Var" => &["reverse"],
            "DualVec" => &["chunked"],
            _ => &[],
        };
        assert_eq!(found, expected);
    }
    let orders = [
        ("Var<dualtape::forward::dual_vec::DualVec<f64, 8>>", "forward over reverse"),
        ("DualVec<dualtape::forward::dual_vec::DualVec<f64, 8>, 1>", "forward over forward"),
        ("DualVec<dualtape::reverse::var::Var<f64>, 1>", "reverse over forward"),
        ("Var<dualtape::reverse::var::Var<f64>>", "reverse over reverse"),
    ];
    let [right, wrong] = [0.0, off].map(|off| dmatrix![off - 0.5_f64.sin()]);
    for (number, order) in orders {
        let model = OffIn(number, 0.5 * off);
        let error = hessians_agree(&model, &x).expect_err("one order is off").to_string();
        let is_it = error.starts_with("∂²f/∂x0² is 0.5205") && error.contains(&format!(" ({order}), and -0.4794"));
        assert!(is_it, "{error}");
        hessian_holds(&model, &x, &right).expect("right");
        hessian_holds(&model, &x, &wrong).expect_err("wrong");
    }
    // What all of them lose so is not contradicted, and it is said that nothing could tell.
    let agreement = assert_modes_agree!(OffIn("", off), x);
    assert_eq!(agreement.check.expect("it was held").undecided, 1);
    gradient_holds(&OffIn("", off), &x, &[off + 0.5_f64.cos()]).expect("nothing can tell");
}

#[test]
fn what_was_not_decided_is_told() {
    fn meeting<T: Float>(x: &[T]) -> T {
        x[0].sqrt() - x[0].sqrt() + x[1]
    }
    let agreement = modes_agree(&model!(meeting), &[0.0, 1.0]).expect("nothing can be said");
    assert_eq!((agreement.undecided, agreement.check.is_none()), (vec![0], true));
    let agreement = assert_modes_agree!(model!(meeting), [1.0, 1.0]);
    assert_eq!((agreement.undecided, agreement.check.expect("it was held").undecided), (vec![], 0));
    assert_eq!(assert_modes_agree!(model!(meeting), [0.0, 1.0]).check.expect("it was held").undecided, 1);
}

#[test]
fn what_is_meant_so_is_left_out() {
    assert_modes_agree!(model!(product), WITH_A_ZERO, differences = false);
    assert_modes_agree!(model!(half_of_it), [3.0], differences = false, "it is {}", "meant so");
    // The conventions at kinks are what central differences say.
    assert_modes_agree!(model!(absolute), [0.0, 0.0]);
    let found = message(|| drop(assert_modes_agree!(model!(cube_of_cbrt), [0.0], differences = false, strict = true)));
    assert!(found.starts_with("a strong zero decided a derivative at [0.0]: ∂f/∂x0; strong zero: "), "{found}");
    assert_modes_agree!(model!(cube_of_cbrt), [0.5], strict = true);
    assert_modes_agree!(model!(cube_of_cbrt), [0.5], strict = true, "beside the {}", "pole");
}

#[test]
fn claims_are_held_against_the_truth() {
    fn f<T: Float>(x: &[T]) -> T {
        x[0] * x[0] * x[1]
    }
    let x = [3.0, 5.0];
    assert_derivatives!(model!(f), x, gradient = [30.0, 9.0]);
    assert_derivatives!(model!(f), &x, gradient = vec![30.0, 9.0], "of {}", "f");
    assert_derivatives!(model!(f), x, hessian = dmatrix![10.0, 6.0; 6.0, 0.0]);
    let found = message(|| assert_derivatives!(model!(f), x, gradient = [30.0, 9.0 + 1e-7], "of {}", "f"));
    assert!(
        found.starts_with("a claimed derivative is wrong at [3.0, 5.0]: ∂f/∂x1 is claimed to be 9.0000001, and is 9"),
        "{found}"
    );
    assert!(found.contains("by differences ") && found.ends_with(" is allowed: of f"), "{found}");
    let found = message(|| assert_derivatives!(model!(f), x, hessian = dmatrix![10.0, 6.0; 5.0, 0.0]));
    assert!(found.contains("∂²f/∂x1∂x0 is claimed to be 5, and is 6"), "{found}");
    let found = message(|| assert_derivatives!(model!(f), x, gradient = [30.0]));
    assert!(found.contains("the claimed gradient"), "{found}");
    assert!(gradient_holds(&model!(f), &x, &[f64::NAN, 9.0]).is_err());

    fn g<T: Float>(x: &[T]) -> Vec<T> {
        vec![x[0] * x[1], x[0] + x[1]]
    }
    let g = model!(g);
    assert_derivatives!(g, x, jvp = ([1.0, 2.0], [11.0, 3.0]));
    assert_derivatives!(g, x, vjp = ([1.0, 2.0], [7.0, 5.0]));
    let found = message(|| assert_derivatives!(g, x, jvp = ([1.0, 2.0], [11.0, 2.0]), "row"));
    assert!(found.contains("entry 1 of J·v is claimed to be 2, and is 3"), "{found}");
    let found = message(|| assert_derivatives!(g, x, vjp = ([1.0, 2.0], [5.0, 7.0])));
    assert!(found.contains("entry 0 of wᵀ·J is claimed to be 5, and is 7"), "{found}");
    assert!(matches!(jvp_holds(&g, &x, &[1.0], &[1.0]), Err(WrongClaim::Shape(_))));
    assert!(matches!(vjp_holds(&g, &x, &[1.0], &[1.0, 2.0]), Err(WrongClaim::Shape(_))));
}

#[test]
fn a_claim_may_know_better_than_the_model() {
    // The model loses a derivative; who claims the right one is believed, who claims the lost one is not.
    gradient_holds(&model!(product), &WITH_A_ZERO, &[0.0, 0.0, 24.0, 0.0, 0.0]).expect("24 is right");
    let wrong = gradient_holds(&model!(product), &WITH_A_ZERO, &[0.0, 0.0, 2.0, 0.0, 0.0]).expect_err("2 is wrong");
    assert!(wrong.to_string().contains("∂f/∂x2 is claimed to be 2, and is 2, by differences 24"), "{wrong}");
    fn square<T: Float>(x: &[T]) -> T {
        x[0].hypot(x[1]).powi(2)
    }
    hessian_holds(&model!(square), &[0.0, 0.0], &dmatrix![2.0, 0.0; 0.0, 2.0]).expect("2I is right");
    hessian_holds(&model!(square), &[0.0, 0.0], &dmatrix![0.0, 0.0; 0.0, 0.0]).expect_err("0 is wrong");
}

#[test]
fn hessians_that_a_strong_zero_decided_are_contradicted() {
    fn check(model: &impl Model<Outputs = One>, found: &str) {
        let error = hessians_agree(model, &[0.0]).expect_err("the second derivative is wrong").to_string();
        assert!(error.contains(found), "{error}");
    }
    fn cosine<T: Float>(x: &[T]) -> T {
        x[0].abs().cos()
    }
    fn square<T: Float>(x: &[T]) -> T {
        x[0].abs() * x[0].abs()
    }
    fn clipped<T: Float>(x: &[T]) -> T {
        (x[0] * x[0]).max(T::zero())
    }
    check(&model!(cosine), "∂²f/∂x0² is 0, and -");
    check(&model!(square), "∂²f/∂x0² is 0, and 2 by differences");
    check(&model!(clipped), "∂²f/∂x0² is 1, and 2 by differences");

    /// A square on the way to which a slope is infinite.
    fn behind_a_pole<T: Float>(x: &[T]) -> T {
        x[0].cbrt().powi(6)
    }
    check(&model!(behind_a_pole), "∂²f/∂x0² is 0, and 2 by differences");
}

/// Right derivatives are never contradicted, and wrong ones are noticed wherever differences can tell.
#[test]
fn differences_neither_cry_wolf_nor_sleep() {
    fn right(Ordinary(case): Ordinary) -> TestResult {
        let (f, x) = (&case.expression, case.x.as_slice());
        if is_special(f, x) {
            return TestResult::discard();
        }
        let found = reverse::gradient(|x| f.eval(x), x).1;
        match gradient_holds(f, x, &found) {
            // Nobody vouches for NaN; differences may see a number.
            Err(WrongClaim::Entry { found, .. }) if found.is_nan() => return TestResult::discard(),
            Err(wrong) => return TestResult::error(wrong.to_string()),
            Ok(()) => {}
        }
        let size = f.eval(x).abs();
        let largest = (0..found.len()).max_by(|&a, &b| found[a].abs().total_cmp(&found[b].abs()));
        // Where terms cancel, rounding alone may do as much.
        let rounding = |at: usize| {
            let mut inputs: Vec<Bound<f64>> = x.iter().map(|&x| x.into()).collect();
            inputs[at] = Bound::seeded(x[at]);
            let Paths { magnitude, length, .. } = f.eval(&inputs).paths;
            8.0 * f64::from(length + 4) * f64::EPSILON * magnitude
        };
        let is_planted = |at: usize| {
            let it = found[at].abs();
            it.is_normal() && it > 0.01 * size && 0.5e-8 * it > rounding(at)
        };
        let planted = largest.filter(|&at| is_planted(at)).map(|at| {
            let mut planted = found.clone();
            planted[at] *= 1.0 + 1e-8;
            gradient_holds(f, x, &planted).is_err()
        });
        TestResult::from_bool(planted != Some(false))
    }
    fn right_second(Ordinary(case): Ordinary) -> TestResult {
        let (f, x) = (&case.expression, case.x.as_slice());
        if is_special(f, x) {
            return TestResult::discard();
        }
        let found = hessian(|x| f.eval(x), x).2;
        match hessian_holds(f, x, &found) {
            Ok(()) => TestResult::passed(),
            Err(WrongClaim::Entry { found, .. }) if found.is_nan() => TestResult::discard(),
            Err(wrong) => TestResult::error(wrong.to_string()),
        }
    }
    // The same cases every time: now and then a random one has a jump or a tie as near as rounding, where nothing can tell.
    let check = |tests| QuickCheck::new().rng(Gen::from_size_and_seed(40, seed())).tests(tests).max_tests(4 * tests);
    check(4000).quickcheck(right as fn(Ordinary) -> TestResult);
    check(1000).quickcheck(right_second as fn(Ordinary) -> TestResult);
}

#[test]
fn a_derivative_that_only_differences_contradict_is_noticed() {
    // Without the places a branch leaves no trace in the modes: 1/4 is right, and 0 comes out.
    fn newton<T: Float>(x: &[T]) -> T {
        let [two, tolerance] = [2.0, 1e-12].map(|x| T::from(x).expect("a number"));
        let mut root = two;
        while (root * root - x[0]).abs() > tolerance {
            root = (root + x[0] / root) / two;
        }
        root
    }
    let found = message(|| drop(assert_modes_agree!(model!(newton), [4.0])));
    assert!(
        found.contains("∂f/∂x0 is 0, and 0.2") && found.contains("; kink: ") && found.contains("; branch only: "),
        "{found}"
    );
    assert_modes_agree!(model!(newton), [3.0]);
}

/// A smooth function, and beside the point `at` a jump, a kink or one of the derivative; the modes find a derivative that is off
/// by `wrong`.
#[derive(Clone, Copy, Debug)]
struct Broken {
    base: usize,
    at: f64,
    distance: f64,
    size: f64,
    order: i32,
    wrong: f64,
}

impl Model for Broken {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let x = x[0];
        let smooth = match self.base {
            0 => x.sin(),
            1 => (x * T::constant(0.5)).exp(),
            2 => x * x * x - x,
            _ => (x * x + T::one()).recip(),
        };
        let beyond = (x - T::constant(self.at + self.distance)) * T::constant(self.distance.signum());
        let broken = if beyond > T::zero() { beyond.powi(self.order) * T::constant(self.size) } else { T::zero() };
        // It is 0 whatever x is.
        smooth + broken + (x - x.detach()) * T::constant(self.wrong)
    }
}

/// Where nothing can tell on which side of a jump or a kink the point is, no right derivative is contradicted; what is wrong on both
/// sides is.
#[test]
fn a_jump_or_a_kink_beside_the_point_decides_nothing() {
    let mut numbers = spread(20_000, seed()).into_iter();
    let mut number = || numbers.next().expect("there are enough");
    for (k, order, base) in
        (1..=16).flat_map(|k| (0..3).flat_map(move |order| (0..4).map(move |base| (k, order, base))))
    {
        for _ in 0..12 {
            let distance = 10.0_f64.powf(-f64::from(k) + 0.5 * number()).copysign(number());
            let size = 10.0_f64.powf(-5.0 + 5.0 * number()).copysign(number());
            let broken = Broken { base, at: (2.0 + number()).copysign(number()), distance, size, order, wrong: 0.0 };
            let x = [broken.at];
            let derivative = reverse::gradient(|x| broken.eval(x), &x).1;
            gradient_holds(&broken, &x, &derivative).unwrap_or_else(|wrong| panic!("{broken:?}: {wrong}"));
            assert_modes_agree!(broken, x, "{broken:?}");
            let second = hessian(|x| broken.eval(x), &x).2;
            hessian_holds(&broken, &x, &second).unwrap_or_else(|wrong| panic!("{broken:?}: {wrong}"));
            // Beyond a kink the derivative is another one, on the side where that differs by `size`.
            let beyond = size * distance.signum();
            let is_between = order == 1 && beyond.abs() > 1e-4;
            let wrong = if is_between { -1e-3_f64.copysign(beyond) } else { 1e-3 };
            // Where the shortest steps just reach beyond, differences have not settled; of a jump, where all do.
            if k <= 5 || order > 0 && k >= 10 {
                let broken = Broken { wrong, ..broken };
                let found = reverse::gradient(|x| broken.eval(x), &x).1;
                gradient_holds(&broken, &x, &found).expect_err(&format!("{broken:?}"));
            }
        }
    }
}

#[test]
fn nan_is_no_number_that_may_be_claimed() {
    fn f<T: Float>(x: &[T]) -> T {
        x[0] * x[1].sin()
    }
    let (x, right) = ([2.0, 0.5], [0.5_f64.sin(), 2.0 * 0.5_f64.cos()]);
    let nan = f64::NAN;
    for at in 0..2 {
        let mut claimed = right;
        claimed[at] = nan;
        let wrong = gradient_holds(&model!(f), &x, &claimed).expect_err("the truth is a number");
        assert!(wrong.to_string().contains("is claimed to be NaN"), "{wrong}");
    }
    hessian_holds(&model!(f), &x, &dmatrix![0.0, nan; right[1] / 2.0, -2.0 * right[0]]).expect_err("it is a number");
    // Nor may a number be claimed where there is none, in the domain or outside.
    fn root<T: Float>(x: &[T]) -> T {
        (x[0] - T::one()).sqrt()
    }
    gradient_holds(&model!(root), &[0.5], &[nan]).expect("outside the domain there is none");
    for it in [0.0, 1.0, f64::INFINITY] {
        gradient_holds(&model!(root), &[0.5], &[it]).expect_err("there is none");
    }
    gradient_holds(&model!(root), &[1.0], &[f64::INFINITY]).expect("it is infinite");
    for it in [0.0, 1.0, nan, f64::NEG_INFINITY] {
        gradient_holds(&model!(root), &[1.0], &[it]).expect_err("it is infinite");
    }
    // NaN by convention where differences see a number: x⁰ of x < 0.
    fn power<T: Float>(x: &[T]) -> T {
        x[0].powf((x[1] * x[1]) * T::zero())
    }
    gradient_holds(&model!(power), &[-2.0, 3.0], &[0.0, 0.0]).expect("it is 1 everywhere");
}

/// The partial of log is 1e-304, that of the power behind it 1e-32 and the one before 1e300: in reverse mode the first two are
/// multiplied before the third, and the product is less than any number.
#[test]
fn products_that_underflow_in_one_order_are_out_of_range() {
    fn f<T: Float>(x: &[T]) -> T {
        let [large, half] = [1e300, 0.5].map(|x| T::from(x).expect("a number"));
        let scaled = x[0] * x[1] + large * T::from(690.0).expect("a number");
        half.powf(scaled.ln() / x[2].ln()).ln()
    }
    let agreement = modes_agree(&model!(f), &[0.5, 1e300, 1e3]).expect("the modes agree, or nothing can be said");
    assert_eq!(agreement.out_of_range, [0]);
}

/// At a minimum with the value 0 the function is as small as the square of a step: a derivative that is lost there is
/// noticed all the same.
#[test]
fn derivatives_that_are_wrong_at_a_minimum_of_zero_are_contradicted() {
    fn steep<T: Float>(x: &[T]) -> T {
        let slope = T::from(1e6).expect("a number");
        if x[0] == T::zero() { slope * x[0] } else { x[0] * x[0] }
    }
    fn parabola<T: Float>(x: &[T]) -> T {
        let off = x[0] - T::one();
        if off == T::zero() { off } else { off * off }
    }
    fn valley<T: Float>(w: &[T]) -> T {
        let hundred = T::from(100.0).expect("a number");
        w.windows(2).fold(T::zero(), |sum, w| {
            let r = w[1] - w[0] * w[0];
            sum + if r == T::zero() { w[0] - T::one() } else { hundred * r * r + (T::one() - w[0]).powi(2) }
        })
    }
    let found = message(|| drop(assert_modes_agree!(model!(steep), [0.0])));
    assert!(found.contains("∂f/∂x0 is 1000000, and ") && found.contains("; tie: "), "{found}");
    let found = message(|| drop(assert_modes_agree!(model!(parabola), [1.0])));
    assert!(found.contains("∂f/∂x0 is 1, and "), "{found}");
    gradient_holds(&model!(parabola), &[1.0], &[0.0]).expect("the truth");
    gradient_holds(&model!(parabola), &[1.0], &[1.0]).expect_err("what a branch made of it");
    gradient_holds(&model!(parabola), &[1.0], &[1e-6]).expect_err("neither");
    // However strongly it bends, at 0 a step is added without rounding.
    fn bent<T: Float>(x: &[T]) -> T {
        let [slope, curvature] = [50.0, 1e16].map(|it| T::from(it).expect("a number"));
        if x[0] == T::zero() { slope * x[0] } else { curvature * x[0] * x[0] }
    }
    let found = message(|| drop(assert_modes_agree!(model!(bent), [0.0])));
    assert!(found.contains("∂f/∂x0 is 50, and "), "{found}");
    gradient_holds(&model!(bent), &[0.0], &[0.0]).expect("the truth");
    gradient_holds(&model!(bent), &[0.0], &[50.0]).expect_err("what a branch made of it");
    let found = message(|| drop(assert_modes_agree!(model!(valley), [1.0; 5])));
    assert!(found.contains("∂f/∂x0 is 1, and "), "{found}");
}

/// Nobody may claim a number where the derivative is infinite, nor infinity where it is a number.
#[test]
fn infinities_are_held_as_numbers_are() {
    fn root<T: Float>(x: &[T]) -> T {
        x[0].sqrt()
    }
    fn cube_root<T: Float>(x: &[T]) -> T {
        x[0].cbrt()
    }
    fn logarithm<T: Float>(x: &[T]) -> T {
        x[0].ln()
    }
    fn power<T: Float>(x: &[T]) -> T {
        x[0].powf(T::from(1.5).expect("a number"))
    }
    fn overflowing<T: Float>(x: &[T]) -> T {
        x[0] * x[0] * T::from(1e200).expect("a number")
    }
    fn pole_of_a_branch<T: Float>(x: &[T]) -> T {
        if x[0] == T::zero() { x[0].sqrt() } else { x[0] }
    }
    fn flat<T: Float>(x: &[T]) -> T {
        if x[0] == T::zero() { x[0] * x[0] } else { x[0] }
    }
    let inf = f64::INFINITY;
    fn only(model: impl Model<Outputs = One>, x: f64, right: f64) {
        gradient_holds(&model, &[x], &[right]).unwrap_or_else(|wrong| panic!("{wrong}"));
        for claimed in
            [5.0, 0.0, 3e200, f64::NAN, f64::INFINITY, f64::NEG_INFINITY].into_iter().filter(|&it| it != right)
        {
            gradient_holds(&model, &[x], &[claimed]).expect_err(&format!("{right}, and not {claimed}"));
        }
    }
    only(model!(root), 0.0, inf);
    only(model!(cube_root), 0.0, inf);
    only(model!(logarithm), 0.0, inf);
    only(model!(overflowing), 1e200, inf);
    only(model!(flat), 0.0, 1.0);
    only(model!(root), 4.0, 0.25);
    for (claimed, is_right) in [(inf, true), (3.0, false), (-inf, false), (0.0, false)] {
        assert_eq!(hessian_holds(&model!(power), &[0.0], &dmatrix![claimed]).is_ok(), is_right, "{claimed}");
        assert_eq!(hessian_holds(&model!(root), &[0.0], &dmatrix![-claimed]).is_ok(), is_right, "-{claimed}");
    }
    let found = message(|| drop(assert_modes_agree!(model!(pole_of_a_branch), [0.0])));
    assert!(found.contains("∂f/∂x0 is inf, and "), "{found}");
}

/// A claim is held to 1e-9 of the derivative however large the value is, or what else the gradient holds.
#[test]
fn small_derivatives_of_large_values_are_held_too() {
    fn far<T: Float>(x: &[T]) -> T {
        let [origin, small] = [1e5, 0.001].map(|x| T::from(x).expect("a number"));
        (x[0] - origin).powi(2) + small * x[1]
    }
    fn lifted<T: Float>(x: &[T]) -> T {
        T::from(1e15).expect("a number") + x[0]
    }
    let (x, slope) = ([0.0, 1.0], -2e5);
    gradient_holds(&model!(far), &x, &[slope, 0.001]).expect("right");
    for claimed in [-0.005, 0.0, 0.00100001] {
        gradient_holds(&model!(far), &x, &[slope, claimed]).expect_err("wrong");
    }
    gradient_holds(&model!(lifted), &[1.0], &[1.0]).expect("right");
    for claimed in [500.0, 0.0, 1.0 + 1e-8] {
        gradient_holds(&model!(lifted), &[1.0], &[claimed]).expect_err("wrong");
    }
    // Where terms cancel, by hand they may be added in another way.
    fn cancelling<T: Float>(x: &[T]) -> Vec<T> {
        let large = T::from(1e8).expect("a number");
        vec![x[0].exp() * large, x[0].sin() * large]
    }
    let at = 0.3_f64;
    let (v, w) = (1e8 * at.exp(), 1e8 * at.cos());
    let weights = [1.0, -v / w];
    vjp_holds(&model!(cancelling), &[at], &weights, &[v * (1.0 + f64::EPSILON) - v]).expect("rounding");
    vjp_holds(&model!(cancelling), &[at], &weights, &[1e-3]).expect_err("more than that");
}

/// Smooth, but so sharp that the shortest step does not see it, or NaN itself: nothing is contradicted.
#[test]
fn what_differences_cannot_see_contradicts_nothing() {
    fn sharp(k: f64) -> impl Model<Outputs = One> {
        struct Sharp(f64);
        impl Model for Sharp {
            type Outputs = One;
            fn eval<T: Scalar>(&self, x: &[T]) -> T {
                ((x[0] - T::one()) * T::constant(self.0)).softplus() * T::constant(1.0 / self.0)
            }
        }
        Sharp(k)
    }
    for exponent in [4, 6, 8, 9, 10, 11, 12] {
        let k = 10.0_f64.powi(exponent);
        for off in [0.0, 0.3, -0.5, 1.0, 2.0, 5.0, 20.0, 100.0] {
            assert_modes_agree!(sharp(k), [1.0 + off / k], "{k} {off}");
        }
    }
    fn quotient<T: Float>(x: &[T]) -> T {
        x[0] / x[1]
    }
    fn cancelled<T: Float>(x: &[T]) -> T {
        (x[0] * x[0] - T::one()) / (x[0] - T::one())
    }
    assert_modes_agree!(model!(quotient), [0.0, 0.0]);
    assert_modes_agree!(model!(cancelled), [1.0]);
}

#[test]
fn differences_notice_five_millionths() {
    struct Off(f64);
    impl Model for Off {
        type Outputs = One;
        fn eval<T: Scalar>(&self, x: &[T]) -> T {
            (x[0] * x[1]).sin() + (x[0] - x[0].detach()) * T::constant(self.0)
        }
    }
    let x = [0.4, 1.5];
    let slope = 1.5 * 0.6_f64.cos();
    assert_modes_agree!(Off(0.0), x);
    for off in [5e-6, -5e-6, 1e-4, 0.1, -3.0] {
        let found = message(|| drop(assert_modes_agree!(Off(off * slope), x)));
        assert!(found.contains("∂f/∂x0 is "), "{found}");
    }
}

#[test]
fn a_function_may_have_another_number_of_outputs_elsewhere() {
    fn f<T: Float>(x: &[T]) -> Vec<T> {
        if x[0] > T::one() { vec![x[0]] } else { vec![x[0] * x[0], x[0]] }
    }
    let f = model!(f);
    jvp_holds(&f, &[1.0], &[1.0], &[2.0, 1.0]).expect("right");
    jvp_holds(&f, &[1.0], &[1.0], &[2.0, 2.0]).expect_err("wrong");
    let wrong = gradient_holds(&model!(cube_of_cbrt), &[0.0], &[f64::INFINITY]).expect_err("1 is right").to_string();
    assert!(wrong.contains("is claimed to be inf, and is 0"), "{wrong}");
    fn root<T: Float>(x: &[T]) -> T {
        x[0].sqrt()
    }
    let wrong = gradient_holds(&model!(root), &[0.0], &[3.0]).expect_err("it is infinite").to_string();
    assert!(wrong.contains("a difference of 0e0 is allowed"), "{wrong}");
}

/// What longer steps pass over, and steps that are much longer than the input, contradict nothing and confirm nothing.
#[test]
fn narrow_features_and_small_inputs_are_seen_or_left_undecided() {
    fn check(model: &impl Model<Outputs = One>, x: &[f64], wrong: f64) {
        let right = reverse::gradient(|x| model.eval(x), x).1;
        assert_modes_agree!(model, x);
        gradient_holds(model, x, &right).expect("the right one");
        let mut claimed = right.clone();
        *claimed.last_mut().unwrap() = wrong;
        assert!(gradient_holds(model, x, &claimed).is_err(), "{wrong} at {x:?}, where {right:?} is right");
    }
    fn c<T: Float>(x: f64) -> T {
        T::from(x).unwrap()
    }
    fn reciprocal<T: Float>(x: &[T]) -> T {
        x[0].recip()
    }
    for exponent in [-10, -16, -22, -24, -30, -100, -150, -153] {
        let x = 10_f64.powi(exponent);
        check(&model!(reciprocal), &[x], 0.0);
        check(&model!(reciprocal), &[x], 1.1 * -x.powi(-2));
        let found = assert_modes_agree!(model!(reciprocal), &[x]).check.unwrap();
        assert_eq!(found.undecided, usize::from(exponent < -150), "{x:e}");
    }
    /// Twice the derivative of 1/x.
    fn detached<T: Scalar>(x: &[T]) -> T {
        x[0].detach() / (x[0] * x[0])
    }
    for exponent in [-10, -24, -100] {
        let error = catch_unwind(|| assert_modes_agree!(model!(detached), &[10_f64.powi(exponent)]));
        assert!(error.is_err(), "1e{exponent}");
    }
    fn pole<T: Float>(x: &[T]) -> T {
        (x[0] - T::one()).powi(-2)
    }
    check(&model!(pole), &[1.0 + 1e-7], -235_421.0);
    fn bell<T: Float>(x: &[T]) -> T {
        (-(c::<T>(1e7) * (x[0] - c(0.3))).powi(2)).exp()
    }
    check(&model!(bell), &[0.300_000_55], 0.0);
    fn distant<T: Float>(x: &[T]) -> T {
        (-(c::<T>(10.0) * (x[0] - c(1e6))).powi(2)).exp()
    }
    check(&model!(distant), &[1_000_000.55], 0.0);
    fn quotient<T: Float>(x: &[T]) -> T {
        x[0] / x[1]
    }
    check(&model!(quotient), &[1e-100, 1e-100], 0.0);
    // Values that are a staircase at short steps.
    fn below_one<T: Float>(x: &[T]) -> T {
        x[0].exp() - T::one()
    }
    for exponent in [-16, -20, -100] {
        check(&model!(below_one), &[10_f64.powi(exponent)], 0.0);
    }
}

#[test]
fn what_was_held_is_said_of_no_inputs_too() {
    fn one<T: Float>(_: &[T]) -> T {
        T::one()
    }
    let agreement = assert_modes_agree!(model!(one), &[]);
    assert_eq!(agreement.check.unwrap().to_string(), "there is no input to hold against differences");
}

/// Which of two zeros `f64::max` gives is left to the compiler, for each number type anew.
#[test]
fn zeros_of_either_sign_are_the_same_value() {
    fn rectified<T: Float>(x: &[T]) -> T {
        x[0].max(T::zero())
    }
    for x in [0.0, -0.0] {
        let agreement = modes_agree(&model!(rectified), &[x]).expect("the modes agree at a kink");
        assert_eq!(agreement.gradient, [0.5]);
    }
    fn signed<T: Scalar>(_: &[T]) -> T {
        T::constant(if size_of::<T>() == size_of::<f64>() { 0.0 } else { -0.0 })
    }
    modes_agree(&model!(signed), &[1.0]).expect("the sign is left open");
}
