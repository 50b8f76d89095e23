//! Figures as the page and the sentences have them.

#![allow(dead_code, reason = "each test program needs a part of it")]

/// With a comma after every three digits.
pub(crate) fn grouped(n: u64) -> String {
    let digits: Vec<char> = n.to_string().chars().rev().collect();
    let groups: Vec<String> = digits.chunks(3).map(|group| group.iter().collect()).collect();
    groups.join(",").chars().rev().collect()
}

/// Three significant digits of a number above 0, or all before the point.
pub(crate) fn significant(x: f64) -> String {
    assert!(x > 0.0, "{x}");
    match x.log10().floor() {
        exponent @ -3.0..2.0 => format!("{x:.*}", (2.0 - exponent) as usize),
        2.0..9.0 => grouped(format!("{x:.0}").parse().expect("a whole number")),
        _ => format!("{x:.2e}"),
    }
}

/// In the first unit of which there is at least one, or the last: its least amount, what to multiply by, its name.
fn in_unit(x: f64, units: &[(f64, f64, &str)]) -> String {
    let (_, scale, unit) = units.iter().find(|(least, ..)| x >= *least).unwrap_or(&units[units.len() - 1]);
    format!("{} {unit}", significant(x * scale))
}

/// A time.
pub(crate) fn seconds(t: f64) -> String {
    in_unit(t, &[(1.0, 1.0, "s"), (1e-3, 1e3, "ms"), (1e-6, 1e6, "µs"), (0.0, 1e9, "ns")])
}

/// An amount of memory.
pub(crate) fn bytes(count: f64) -> String {
    match count {
        ..1e3 => format!("{count} B"),
        ..1e6 => format!("{} kB", significant(count / 1e3)),
        _ => format!("{} MB", significant(count / 1e6)),
    }
}
