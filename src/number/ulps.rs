//! The distance of two floats in units in the last place.

#![cfg_attr(not(feature = "compare"), expect(unreachable_pub, reason = "`compare` exports it"))]

/// How many representable numbers lie between two: 0 for equal ones, NaN beside NaN and 0 beside -0 included;
/// `u64::MAX` between NaN and a number.
#[must_use]
pub fn ulps_between(a: f64, b: f64) -> u64 {
    if a.is_nan() || b.is_nan() {
        return if a.is_nan() && b.is_nan() { 0 } else { u64::MAX };
    }
    // Maps the floats to integers in order, with both zeros at 0.
    let rank = |x: f64| {
        let bits = i128::from(x.abs().to_bits());
        if x.is_sign_negative() { -bits } else { bits }
    };
    u64::try_from((rank(a) - rank(b)).unsigned_abs()).expect("two floats are less than 2^64 apart")
}
