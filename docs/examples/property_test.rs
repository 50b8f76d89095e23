//! Property tests of derivatives, as they stand in a crate that uses this one: both modes and differences agree wherever
//! the function is defined, and a gradient that was written by hand is right.
//!
//! `cargo test --example property_test --features proptest` runs them, by quickcheck and by proptest.

use dualtape::compare::{WrongClaim, gradient_holds, modes_agree};
use dualtape::{Model, One, Real, Scalar, assert_derivatives, model};
use quickcheck::QuickCheck;

/// -ln of the normal density at y, but for a constant, in its mean and the logarithm of its deviation.
fn surprise<T: Scalar>(x: &[Real<T>], y: f64) -> Real<T> {
    x[1] + 0.5 * ((y - x[0]) / x[1].exp()).powi(2)
}

/// Its gradient by hand.
fn by_hand(x: &[f64], y: f64) -> [f64; 2] {
    let deviations = (y - x[0]) / x[1].exp();
    [-deviations / x[1].exp(), 1.0 - deviations * deviations]
}

/// It as a model, with the number that was observed.
fn of(y: f64) -> impl Model<Outputs = One> {
    model!(|x, y: f64| surprise(x, y))
}

/// Where it is tried: means from -33 to 33, deviations from e⁻⁴ to e⁴. They are made of integers, for quickcheck's `f64`
/// may be NaN or 1e300.
fn point(mean: i16, deviation: i8) -> [f64; 2] {
    [f64::from(mean) / 1000.0, f64::from(deviation) / 32.0]
}

/// A property for quickcheck that says whether it holds.
fn the_modes_agree(y: i8, mean: i16, deviation: i8) -> bool {
    // They agree to a bound on what rounding can do, and that bound means something.
    let agreement = modes_agree(&of(f64::from(y)), &point(mean, deviation));
    agreement.is_ok_and(|it| it.undecided.is_empty() && it.out_of_range.is_empty())
}

/// One that panics where it does not hold, so that quickcheck shows which derivative is wrong.
fn the_gradient_by_hand_is_right(y: i8, mean: i16, deviation: i8) {
    let (y, x) = (f64::from(y), point(mean, deviation));
    assert_derivatives!(of(y), x, gradient = by_hand(&x, y));
}

fn main() {
    QuickCheck::new().tests(100).quickcheck(the_modes_agree as fn(i8, i16, i8) -> bool);
    println!("the modes agree at 100 random points");
    QuickCheck::new().tests(100).quickcheck(the_gradient_by_hand_is_right as fn(i8, i16, i8));
    println!("the gradient by hand is right at 100 random points");
    // A slip that a test must find: the sign of the first derivative.
    let (y, x) = (2.0, [1.5, 0.0]);
    let [first, second] = by_hand(&x, y);
    let claim = gradient_holds(&of(y), &x, &[-first, second]);
    let Err(WrongClaim::Entry { name, claimed, found, .. }) = claim else { panic!("it has the wrong sign") };
    println!("a wrong sign is found: {name} is claimed to be {claimed}, and is {found}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use dualtape::assert_modes_agree;
    use proptest::prelude::*;

    #[test]
    fn quickcheck_finds_no_disagreement() {
        quickcheck::quickcheck(the_modes_agree as fn(i8, i16, i8) -> bool);
    }

    #[test]
    fn quickcheck_finds_nothing_wrong_by_hand() {
        quickcheck::quickcheck(the_gradient_by_hand_is_right as fn(i8, i16, i8));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

        /// The assertions name the derivative that is wrong; they hold it against differences too.
        #[test]
        fn proptest_finds_nothing(y in -100.0..100.0, mean in -30.0..30.0, deviation in -4.0..4.0) {
            let x = [mean, deviation];
            assert_modes_agree!(of(y), x, "surprise at {y}");
            assert_derivatives!(of(y), x, gradient = by_hand(&x, y), "surprise at {y}");
        }
    }
}
