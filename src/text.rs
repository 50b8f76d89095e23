//! Numbers and counts as people read them, for messages, tables and sentences.

/// A whole number with a comma after every three digits.
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let head = (digits.len() - 1) % 3 + 1;
    let tail = digits.as_bytes()[head..].chunks(3).map(String::from_utf8_lossy);
    tail.fold(digits[..head].to_owned(), |text, group| text + "," + &group)
}

/// So many of something, for a sentence: "1 input", "2,000 inputs".
pub(crate) fn counted(n: usize, noun: &str) -> String {
    format!("{} {noun}{}", grouped(n as u64), if n == 1 { "" } else { "s" })
}

/// So many entries.
pub(crate) fn entries(n: usize) -> String {
    if n == 1 { "1 entry".to_owned() } else { format!("{} entries", grouped(n as u64)) }
}

/// A number for a sentence: with an exponent where it would be long without.
pub(crate) fn readable(x: f64) -> String {
    match x.abs() {
        0.0 | 1e-4..1e9 => x.to_string(),
        _ => format!("{x:e}"),
    }
}

/// A number in few characters that read back as the same number: `1`, `0.1`, `1e300`, `inf`.
pub(crate) fn number(x: f64) -> String {
    // Rust's `Debug` has an exponent where the digits would be many, and marks whole numbers by `.0`.
    let text = format!("{x:?}");
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}
