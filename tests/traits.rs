//! The traits of every number type: a table that the compiler checks, and that their methods answer as `f64` does.

use approx::{AbsDiffEq, RelativeEq, UlpsEq};
use dualtape::graph::Traced;
use dualtape::{Counted, Dual, Dual2Vec, DualVec, Scalar, Tape, Taylor, Var};
use nalgebra::{ComplexField, RealField};
use num_traits::float::{FloatCore, TotalOrder};
use num_traits::{
    AsPrimitive, Bounded, ConstOne, ConstZero, Euclid, Float, FloatConst, FromPrimitive, Inv, MulAdd, MulAddAssign,
    Num, NumAssign, NumAssignOps, NumAssignRef, NumCast, NumOps, NumRef, One, Pow, RefNum, Signed, ToPrimitive, Zero,
};
use std::fmt::{Debug, Display};
use std::iter::{Product, Sum};
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Rem, RemAssign, Sub, SubAssign};

/// Runs a function over every number type `N`, with a scalar `T` that it mixes with and the float `F` beneath all levels.
#[rustfmt::skip]
macro_rules! every_number_type {
    ($run:ident) => {
        //      N                    T               F
        $run::< Dual<f32>,           f32,            f32 >();
        $run::< Dual<f64>,           f64,            f64 >();
        $run::< DualVec<f64, 8>,     f64,            f64 >();
        $run::< Taylor<f64, 5>,      f64,            f64 >();
        $run::< Dual2Vec<f64, 3>,    f64,            f64 >();
        $run::< Var<f32>,            f32,            f32 >();
        $run::< Var<f64>,            f64,            f64 >();
        $run::< Dual<Dual<f64>>,     Dual<f64>,      f64 >();
        $run::< Var<Dual<f64>>,      Dual<f64>,      f64 >();
        $run::< Dual<Var<f64>>,      Var<f64>,       f64 >();
        $run::< Var<Var<f64>>,       Var<f64>,       f64 >();
        $run::< DualVec<Var<f64>, 4>, Var<f64>,      f64 >();
        $run::< Taylor<Var<f64>, 3>, Var<f64>,       f64 >();
        $run::< Var<Taylor<f64, 3>>, Taylor<f64, 3>, f64 >();
        $run::< Dual2Vec<Var<f64>, 2>, Var<f64>,     f64 >();
        $run::< Counted<f64>,        f64,            f64 >();
        $run::< dualtape::Real<f64>, f64,            f64 >();
        $run::< dualtape::Real<Var<f64>>, f64,       f64 >();
        $run::< Var<dualtape::Real<f64>>, dualtape::Real<f64>, f64 >();
        $run::< Traced<f64>,         f64,            f64 >();
        $run::< Var<Traced<f64>>,    Traced<f64>,    f64 >();
        $run::< Var<Counted<f64>>,   Counted<f64>,   f64 >();
    };
}

const _: fn() = || {
    every_number_type!(is_a_plain_value);
    every_number_type!(has_the_traits_of_num_traits);
    every_number_type!(has_operators);
    every_number_type!(mixes_with_scalars);
    every_number_type!(mixes_with_floats);
    every_number_type!(is_made_of_plain_numbers);
    every_number_type!(is_a_field);
    #[cfg(feature = "serde")]
    every_number_type!(is_serialised);
};

fn is_a_plain_value<N, T, F>()
where
    N: Copy + Send + Sync + 'static,
    N: Default + Debug + Display + From<f64>,
    N: PartialEq + PartialOrd,
{
}

fn has_the_traits_of_num_traits<N, T, F>()
where
    N: Float + FloatConst + Num + NumCast + FromPrimitive + ToPrimitive + Signed + Bounded + Zero + One,
    N: NumAssign + NumRef + NumAssignRef,
    for<'a> &'a N: RefNum<N>,
    N: Inv<Output = N> + Pow<i32, Output = N> + Pow<N, Output = N>,
    for<'a> &'a N: Pow<&'a i32, Output = N> + Pow<&'a N, Output = N> + Pow<i32, Output = N> + Pow<N, Output = N>,
    N: MulAdd<Output = N> + MulAddAssign + FloatCore + Euclid + TotalOrder,
    N: Sum + Product + for<'a> Sum<&'a N> + for<'a> Product<&'a N>,
{
}

#[rustfmt::skip]
fn has_operators<N, T, F>()
where
    N: Neg<Output = N>,
    for<'a> &'a N: Neg<Output = N>,
    N: Add<Output = N> + Sub<Output = N> + Mul<Output = N> + Div<Output = N> + Rem<Output = N>,
    N: for<'a> Add<&'a N, Output = N> + for<'a> Sub<&'a N, Output = N> + for<'a> Mul<&'a N, Output = N>,
    N: for<'a> Div<&'a N, Output = N> + for<'a> Rem<&'a N, Output = N>,
    for<'a> &'a N: Add<N, Output = N> + Sub<N, Output = N> + Mul<N, Output = N> + Div<N, Output = N>,
    for<'a> &'a N: Rem<N, Output = N>,
    for<'a> &'a N: Add<Output = N> + Sub<Output = N> + Mul<Output = N> + Div<Output = N> + Rem<Output = N>,
    N: AddAssign + SubAssign + MulAssign + DivAssign + RemAssign,
    N: for<'a> AddAssign<&'a N> + for<'a> SubAssign<&'a N> + for<'a> MulAssign<&'a N>,
    N: for<'a> DivAssign<&'a N> + for<'a> RemAssign<&'a N>,
{
}

fn mixes_with_scalars<N, T, F>()
where
    N: NumOps<T, N> + for<'a> NumOps<&'a T, N> + NumAssignOps<T> + for<'a> NumAssignOps<&'a T>,
    for<'a> &'a N: NumOps<T, N> + NumOps<&'a T, N>,
    N: PartialEq<T> + PartialOrd<T>,
    N: Pow<T, Output = N> + for<'a> Pow<&'a T, Output = N>,
    for<'a> &'a N: Pow<T, Output = N> + Pow<&'a T, Output = N>,
    N: From<T>,
{
}

fn mixes_with_floats<N, T, F>()
where
    F: NumOps<N, N> + for<'a> NumOps<&'a N, N>,
    for<'a> &'a F: NumOps<N, N> + NumOps<&'a N, N>,
    F: PartialEq<N> + PartialOrd<N>,
    N: NumOps<F, N> + for<'a> NumOps<&'a F, N> + NumAssignOps<F> + for<'a> NumAssignOps<&'a F>,
    for<'a> &'a N: NumOps<F, N> + NumOps<&'a F, N>,
    N: PartialEq<F> + PartialOrd<F> + Pow<F, Output = N>,
{
}

fn is_made_of_plain_numbers<N, T, F>()
where
    N: From<f64> + From<f32> + From<i8> + From<i16> + From<i32> + From<u8> + From<u16> + From<u32> + From<bool>,
    N: AsPrimitive<f32> + AsPrimitive<f64> + AsPrimitive<u8> + AsPrimitive<i64> + AsPrimitive<usize> + AsPrimitive<N>,
    f32: AsPrimitive<N>,
    f64: AsPrimitive<N>,
    usize: AsPrimitive<N>,
    i8: AsPrimitive<N>,
{
}

fn is_a_field<N, T, F>()
where
    N: Scalar<Base = F>,
    F: Scalar,
    N: nalgebra::Scalar + ComplexField<RealField = N> + RealField,
    N: AbsDiffEq<Epsilon = N> + RelativeEq + UlpsEq,
{
}

#[cfg(feature = "serde")]
fn is_serialised<N, T, F>()
where
    N: serde::Serialize + serde::de::DeserializeOwned,
{
}

/// What is asked of a number type and of the float beneath it alike.
trait Real: Scalar + RealField + Bounded + Inv<Output = Self> + Pow<i32, Output = Self> + MulAdd<Output = Self> {}
impl<X: Scalar + RealField + Bounded + Inv<Output = X> + Pow<i32, Output = X> + MulAdd<Output = X>> Real for X {}

/// Traits whose methods have the names of others.
trait Core: FloatCore + Euclid + TotalOrder + ConstZero + ConstOne + Debug + ToWhole {}
impl<X: FloatCore + Euclid + TotalOrder + ConstZero + ConstOne + Debug + ToWhole> Core for X {}

/// Conversions as `as` has them.
#[rustfmt::skip]
trait ToWhole: AsPrimitive<i8> + AsPrimitive<i16> + AsPrimitive<i32> + AsPrimitive<i64> + AsPrimitive<i128>
    + AsPrimitive<isize> + AsPrimitive<u8> + AsPrimitive<u16> + AsPrimitive<u32> + AsPrimitive<u64> + AsPrimitive<u128>
    + AsPrimitive<usize> + AsPrimitive<f32> + AsPrimitive<f64>
{
}
#[rustfmt::skip]
impl<X: AsPrimitive<i8> + AsPrimitive<i16> + AsPrimitive<i32> + AsPrimitive<i64> + AsPrimitive<i128>
    + AsPrimitive<isize> + AsPrimitive<u8> + AsPrimitive<u16> + AsPrimitive<u32> + AsPrimitive<u64> + AsPrimitive<u128>
    + AsPrimitive<usize> + AsPrimitive<f32> + AsPrimitive<f64>> ToWhole for X
{
}

/// Answers as text: `Debug` of a float tells every value and -0 from 0, and one NaN is as good as another.
struct Answers(Vec<String>);

impl Answers {
    fn say(&mut self, question: impl Display, answer: impl Debug) {
        self.0.push(format!("{question}: {answer:?}"));
    }

    fn number<X: Real>(&mut self, question: impl Display, answer: X) {
        self.say(question, answer.primal());
    }
}

/// Asks a number type and a float the same questions and compares the answers.
#[track_caller]
fn assert_alike(ours: Answers, floats: Answers) {
    assert_eq!(ours.0.len(), floats.0.len());
    assert!(!ours.0.is_empty());
    let different: Vec<_> = ours.0.iter().zip(&floats.0).filter(|(ours, floats)| ours != floats).collect();
    assert!(different.is_empty(), "(ours, the float's): {different:#?}");
}

/// Ordinary numbers, both zeros, subnormals of both floats, what no integer holds, infinities and NaN.
const NUMBERS: [f64; 20] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.1,
    2.5,
    -2.5,
    127.0,
    255.0,
    -129.0,
    65536.0,
    1e10,
    -1e30,
    1e-40,
    5e-324,
    1e300,
    f64::EPSILON,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];

fn constants<X: Real>() -> Answers {
    let mut all = Answers(Vec::new());
    macro_rules! ask {
        ($trait:ident: $($name:ident)*) => { $(all.number(stringify!($trait::$name), <X as $trait>::$name());)* };
    }
    ask!(FloatConst: E FRAC_1_PI FRAC_1_SQRT_2 FRAC_2_PI FRAC_2_SQRT_PI FRAC_PI_2 FRAC_PI_3 FRAC_PI_4 FRAC_PI_6
        FRAC_PI_8 LN_10 LN_2 LOG10_E LOG2_E PI SQRT_2 TAU LOG10_2 LOG2_10);
    ask!(RealField: pi two_pi frac_pi_2 frac_pi_3 frac_pi_4 frac_pi_6 frac_pi_8 frac_1_pi frac_2_pi frac_2_sqrt_pi
        e log2_e log10_e ln_2 ln_10);
    ask!(Float: nan infinity neg_infinity neg_zero min_value min_positive_value epsilon max_value);
    ask!(Bounded: min_value max_value);
    ask!(AbsDiffEq: default_epsilon);
    ask!(RelativeEq: default_max_relative);
    ask!(Zero: zero);
    ask!(One: one);
    ask!(Default: default);
    all.number("least", <X as RealField>::min_value().expect("a float has one"));
    all.number("largest", <X as RealField>::max_value().expect("a float has one"));
    all.say("default_max_ulps", X::default_max_ulps());
    // f64's sum starts from -0 and its product from 1.
    all.number("empty sum", std::iter::empty::<X>().sum::<X>());
    all.number("empty product", std::iter::empty::<X>().product::<X>());
    let nothing: [X; 0] = [];
    all.number("empty sum of references", nothing.iter().sum::<X>());
    all.number("empty product of references", nothing.iter().product::<X>());
    all.number("empty Scalar::sum", <X as Scalar>::sum(&[]));
    all.number("empty Scalar::dot", X::dot(&[], &[]));
    all
}

fn conversions<X: Real>() -> Answers {
    let mut all = Answers(Vec::new());
    macro_rules! ask {
        ($($from:ident $to:ident $type:ty: $($n:expr),*;)*) => { $(
            for n in [$($n),*] {
                all.say(format!("{n} {}", stringify!($from)), X::$from(n).map(|x| x.primal()));
                all.say(format!("{n} {} cast", stringify!($from)), <X as NumCast>::from(n).map(|x| x.primal()));
            }
            for x in NUMBERS {
                all.say(format!("{x} {}", stringify!($to)), X::constant(x).$to());
                all.say(format!("{x} {} cast", stringify!($to)), <$type as NumCast>::from(X::constant(x)));
            }
        )* };
    }
    ask! {
        from_i8 to_i8 i8: i8::MIN, -1, 0, i8::MAX;
        from_i16 to_i16 i16: i16::MIN, -1, 0, i16::MAX;
        from_i32 to_i32 i32: i32::MIN, -1, 0, i32::MAX;
        from_i64 to_i64 i64: i64::MIN, -1, 0, i64::MAX;
        from_i128 to_i128 i128: i128::MIN, -1, 0, i128::MAX;
        from_isize to_isize isize: isize::MIN, -1, 0, isize::MAX;
        from_u8 to_u8 u8: 0, 1, u8::MAX;
        from_u16 to_u16 u16: 0, 1, u16::MAX;
        from_u32 to_u32 u32: 0, 1, u32::MAX;
        from_u64 to_u64 u64: 0, 1, u64::MAX;
        from_u128 to_u128 u128: 0, 1, u128::MAX;
        from_usize to_usize usize: 0, 1, usize::MAX;
        from_f32 to_f32 f32: 0.1, -0.0, f32::MAX, f32::NAN, f32::NEG_INFINITY;
        from_f64 to_f64 f64: 0.1, -0.0, f64::MAX, f64::NAN, f64::NEG_INFINITY;
    }
    for (text, radix) in [("1.5", 10), ("-1e-3", 10), ("inf", 10), ("ff.8", 16), ("-101", 2), ("zz", 36)] {
        all.say(format!("{text} to base {radix}"), X::from_str_radix(text, radix).ok().map(|x| x.primal()));
    }
    for (text, radix) in [("", 10), ("one", 10), ("1.5.2", 10), ("12", 2)] {
        assert!(X::from_str_radix(text, radix).is_err(), "{text:?} to base {radix}");
    }
    all
}

/// Questions about one number; `lift` makes the number, with derivatives or without.
fn about_one<X: Real>(lift: impl Fn(f64) -> X) -> Answers {
    let mut all = Answers(Vec::new());
    for number in NUMBERS {
        let x = lift(number);
        let about = |name: &str| format!("{number:?} {name}");
        macro_rules! ask {
            ($trait:ident: $($name:ident)*) => {
                $(all.say(about(stringify!($trait::$name)), <X as $trait>::$name(x));)*
            };
            (&$trait:ident: $($name:ident)*) => {
                $(all.say(about(stringify!($trait::$name)), <X as $trait>::$name(&x));)*
            };
            (number $trait:ident: $($name:ident)*) => {
                $(all.number(about(stringify!($trait::$name)), <X as $trait>::$name(x));)*
            };
        }
        ask!(Float: is_nan is_infinite is_finite is_normal is_subnormal is_sign_positive is_sign_negative classify
            integer_decode);
        ask!(&Signed: is_positive is_negative);
        ask!(&RealField: is_sign_positive is_sign_negative);
        ask!(&ComplexField: is_finite);
        ask!(&Zero: is_zero);
        ask!(&One: is_one);
        ask!(number Float: abs signum floor ceil round trunc fract recip sqrt cbrt to_degrees to_radians);
        ask!(number ComplexField: abs signum modulus modulus_squared norm1 argument real imaginary conjugate sqrt
            recip);
        ask!(number Inv: inv);
        all.number(about("Signed::abs"), Signed::abs(&x));
        all.number(about("Signed::signum"), Signed::signum(&x));
        all.say(about("try_sqrt"), x.try_sqrt().map(|x| x.primal()));
        let (size, sign) = x.to_exp();
        all.say(about("to_exp"), (size.primal(), sign.primal()));
        for n in [-2, -1, 0, 1, 2, 3] {
            all.number(format!("{number} to the {n}"), Pow::pow(x, n));
            all.number(format!("{number} to the {n}, complex"), ComplexField::powi(x, n));
        }
    }
    all
}

/// Questions about two numbers: comparisons, exact and approximate, and what follows from them.
fn about_two<X: Real>(lift: impl Fn(f64) -> X) -> Answers {
    let mut all = Answers(Vec::new());
    let near = [1.0 + 3.0 * f64::EPSILON, 1.0 + 3.0 * f32::EPSILON as f64, 0.1 + 1e-9];
    let numbers: Vec<f64> = NUMBERS.into_iter().chain(near).collect();
    for &a in &numbers {
        for &b in &numbers {
            let (x, y, pair) = (lift(a), lift(b), format!("{a:?} and {b:?}"));
            all.say(format!("{pair}: comparisons"), (x == y, x != y, x < y, x <= y, x > y, x >= y, x.partial_cmp(&y)));
            all.say(format!("{pair}: abs_diff_eq"), X::abs_diff_eq(&x, &y, X::default_epsilon()));
            for (epsilon, relative, ulps) in [(0.0, 0.0, 0), (0.0, 0.0, 4), (1e-3, 0.0, 0), (0.0, 1e-8, 100)] {
                let close = (
                    X::relative_eq(&x, &y, X::constant(epsilon), X::constant(relative)),
                    X::ulps_eq(&x, &y, X::constant(epsilon), ulps),
                );
                all.say(format!("{pair}: relative and ulps eq, {epsilon} {relative} {ulps}"), close);
            }
            let choices = [Float::max(x, y), Float::min(x, y), RealField::max(x, y), RealField::min(x, y)];
            all.say(format!("{pair}: max and min"), choices.map(|x| x.primal()));
            let others = [Float::copysign(x, y), RealField::copysign(x, y), RealField::atan2(x, y), x % y];
            all.say(format!("{pair}: copysign, atan2, %"), others.map(|x| x.primal()));
            let differences = [Float::abs_sub(x, y), Signed::abs_sub(&x, &y)];
            all.say(format!("{pair}: abs_sub"), differences.map(|x| x.primal()));
            all.number(format!("{pair}: mul_add"), MulAdd::mul_add(x, y, y));
            all.number(format!("{pair}: clamp of 0.5"), RealField::clamp(lift(0.5), x, y));
            if a <= b {
                all.number(format!("{pair}: strict clamp of 0.5"), Float::clamp(lift(0.5), x, y));
            }
        }
    }
    all
}

/// Questions by traits whose methods have the names of others.
fn by_core<X: Core>(lift: impl Fn(f64) -> X) -> Answers {
    let mut all = Answers(Vec::new());
    let plain = |x: X| -> f64 { x.as_() };
    for constant in [X::nan(), X::infinity(), X::neg_infinity(), X::neg_zero(), X::min_value(), X::max_value()] {
        all.say("constant", plain(constant));
    }
    all.say("constants", [X::epsilon(), X::min_positive_value(), X::ZERO, X::ONE].map(plain));
    for number in NUMBERS {
        let x = lift(number);
        let is = [x.is_nan(), x.is_infinite(), x.is_finite(), x.is_normal(), x.is_subnormal()];
        all.say(number, (is, x.is_sign_positive(), x.is_sign_negative(), x.classify(), x.integer_decode()));
        let made = [x.recip(), x.abs(), x.signum(), x.floor(), x.ceil(), x.round(), x.trunc(), x.fract(), x.powi(3)];
        all.say(number, (made.map(plain), plain(x.to_degrees()), plain(x.to_radians())));
        macro_rules! ask {
            ($($type:ty)*) => { $(all.say(format!("{number} as {}", stringify!($type)), AsPrimitive::<$type>::as_(x));)* };
        }
        ask!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64);
        for other in NUMBERS {
            let y = lift(other);
            let pair = format!("{number:?} and {other:?}");
            all.say(&pair, [x.div_euclid(&y), x.rem_euclid(&y), x.max(y), x.min(y)].map(plain));
            all.say(&pair, (x.total_cmp(&y), (-x).total_cmp(&y), x.total_cmp(&-y)));
            if number <= other {
                all.say(&pair, plain(lift(0.5).clamp(x, y)));
            }
        }
    }
    all
}

/// What `as` makes of whole numbers.
#[test]
fn whole_numbers_become_the_nearest_float() {
    fn run<N, T: Scalar, F>()
    where
        N: Scalar,
        F: Scalar,
        u64: AsPrimitive<N> + AsPrimitive<T> + AsPrimitive<F>,
        i128: AsPrimitive<N> + AsPrimitive<F>,
        f64: AsPrimitive<N> + AsPrimitive<F>,
        f32: AsPrimitive<N> + AsPrimitive<F>,
    {
        for n in [0, 1, (1 << 24) + 1, u64::MAX, (1 << 54) + (1 << 30) + 1] {
            assert_eq!(AsPrimitive::<N>::as_(n).primal(), AsPrimitive::<F>::as_(n).primal());
            assert_eq!(AsPrimitive::<T>::as_(n).primal(), AsPrimitive::<F>::as_(n).primal());
            assert_eq!(AsPrimitive::<N>::as_(-(n as i128)).primal(), AsPrimitive::<F>::as_(-(n as i128)).primal());
        }
        assert_eq!(AsPrimitive::<N>::as_(0.1_f64).primal(), AsPrimitive::<F>::as_(0.1_f64).primal());
        assert_eq!(AsPrimitive::<N>::as_(0.1_f32).primal(), 0.1_f32 as f64);
    }
    every_number_type!(run);
}

#[test]
fn every_type_answers_as_its_float_does() {
    fn run<N: Real + Core + PartialOrd<T>, T: Real, F: Real + Core>() {
        for (a, b) in NUMBERS.iter().flat_map(|a| NUMBERS.map(|b| (F::constant(*a), F::constant(b)))) {
            let (x, y) = (N::constant(a.primal()), T::constant(b.primal()));
            let ours = (x == y, x != y, x < y, x <= y, x > y, x >= y, x.partial_cmp(&y));
            assert_eq!(ours, (a == b, a != b, a < b, a <= b, a > b, a >= b, a.partial_cmp(&b)), "{a:?} and {b:?}");
        }
        assert!(<N as ConstZero>::ZERO.is_same(&N::zero()) && <N as ConstOne>::ONE.is_same(&N::one()));
        assert_alike(constants::<N>(), constants::<F>());
        assert_alike(conversions::<N>(), conversions::<F>());
        assert_alike(about_one(N::constant), about_one(F::constant));
        assert_alike(about_two(N::constant), about_two(F::constant));
        assert_alike(by_core(N::constant), by_core(F::constant));
    }
    every_number_type!(run);
}

/// Derivatives, infinite or NaN ones too, never decide an answer.
#[test]
fn derivatives_do_not_change_an_answer() {
    fn run<N: Real + Core, F: Real + Core>(lift: impl Fn(f64) -> N + Copy) {
        assert_alike(by_core(lift), by_core(F::constant));
        assert_alike(about_one(lift), about_one(F::constant));
        assert_alike(about_two(lift), about_two(F::constant));
    }
    run::<_, f32>(|x| Dual::new(x as f32, 7.0));
    for slope in [7.0, f64::INFINITY, f64::NAN] {
        run::<_, f64>(|x| Dual::new(x, slope));
        run::<_, f64>(|x| DualVec::new(x, [0.0, slope, -1.0]));
        run::<_, f64>(|x| Taylor::new(x, [0.0, slope, -1.0]));
        run::<_, f64>(|x| Dual2Vec::new(x, [0.0, slope], [[slope, -1.0], [-1.0, slope]]));
        run::<_, f64>(|x| Dual::new(Dual::new(x, slope), Dual::new(slope, 1.0)));
    }
    let tape = Tape::new();
    run::<_, f64>(|x| tape.var(x));
    let outer = Tape::new();
    run::<_, f64>(|x| outer.var(Dual::new(x, 7.0)));
}
