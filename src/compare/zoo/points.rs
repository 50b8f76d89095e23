//! Numbers to put into models: the same on every machine, spread evenly, without a random generator.

/// `n` numbers in (from, to): multiples of the golden section modulo 1 (Weyl 1916), from the given start on.
pub(super) fn spread(start: usize, n: usize, from: f64, to: f64) -> Vec<f64> {
    // 2⁶⁴ divided by the golden section: the multiples wrap round by themselves, without rounding.
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
    let unit = |i: usize| ((STEP.wrapping_mul(i as u64 + 1) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    (start..start + n).map(|i| from + (to - from) * unit(i)).collect()
}
