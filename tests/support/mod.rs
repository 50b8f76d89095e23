//! What several test programs and the fuzzer need: numbers at the edges, numbers that look random, and what agrees.

#![allow(dead_code, reason = "each test program needs a part of it")]

pub(crate) mod agreement;
mod near;
pub(crate) mod rounding;
pub(crate) mod special;
pub(crate) mod truth;

use dualtape::program::InstructionSet;

/// Every set of instructions that this machine has.
pub(crate) fn instruction_sets() -> impl Iterator<Item = InstructionSet> {
    InstructionSet::ALL.into_iter().filter(|instruction_set| instruction_set.is_available())
}

/// Where random cases start: they are the same every time, unless the environment names another seed.
#[must_use]
pub(crate) fn seed() -> u64 {
    std::env::var("DUALTAPE_SEED").map_or(1, |seed| seed.parse().expect("DUALTAPE_SEED is a whole number"))
}

/// The same bits, or NaN both.
#[must_use]
pub(crate) fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
}

/// The same number, whatever the sign of a zero, or NaN both.
#[must_use]
pub(crate) fn equal(a: f64, b: f64) -> bool {
    a == b || a.is_nan() && b.is_nan()
}

/// Whether a derivative is right: within the relative tolerance; where the truth under- or overflows, the same.
#[must_use]
pub(crate) fn agrees(found: f64, truth: f64, tolerance: f64) -> bool {
    if truth.is_infinite() {
        found == truth
    } else if truth.abs() < f64::MIN_POSITIVE {
        found.abs() < f64::MIN_POSITIVE
    } else {
        (found - truth).abs() <= tolerance * truth.abs()
    }
}

/// Numbers between -1 and 1 that look random and are the same every time.
#[must_use]
pub(crate) fn spread(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64 * 2.0 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// Asserts that numbers differ by no more than a fraction of the largest that is expected, or of 1.
#[track_caller]
pub(crate) fn assert_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().filter(|x| x.is_finite()).fold(1.0_f64, |max, x| max.max(x.abs()));
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        let same = equal(*a, *b) || (a - b).abs() <= tolerance * scale;
        assert!(same, "{what}: entry {i} is {a:e}, expected {b:e}");
    }
}
