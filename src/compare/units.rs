//! Figures with their units: times, bytes, so many digits.

use crate::text::grouped;

/// Three significant digits, a dash for NaN; or all digits before the point, with a comma after every three; without an exponent where that is
/// readable.
pub(crate) fn significant(x: f64) -> String {
    if x.is_nan() {
        return "–".to_owned();
    }
    if x.is_infinite() || x == 0.0 {
        return x.to_string();
    }
    let exponent = x.abs().log10().floor();
    if !(-3.0..9.0).contains(&exponent) {
        return format!("{x:.2e}");
    }
    let decimals = (2.0 - exponent).max(0.0) as usize;
    let text = format!("{:.decimals$}", x.abs());
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), grouped);
    format!("{}{whole}{rest}", if x < 0.0 { "-" } else { "" })
}

/// A number in at most `width` characters, at least 8: with all its digits if they fit, else rounded to those that do.
#[cfg(feature = "cli")]
pub(crate) fn in_width(x: f64, width: usize) -> String {
    let fits = |text: &String| text.chars().count() <= width;
    let exact = [x.to_string(), format!("{x:e}")].into_iter().find(fits);
    exact.unwrap_or_else(|| {
        let is_plain = (1e-4..10_f64.powi(width as i32 - 4)).contains(&x.abs());
        let rounded = |digits: usize| if is_plain { format!("{x:.digits$}") } else { format!("{x:.digits$e}") };
        (0..=17).rev().map(rounded).find(fits).unwrap_or_else(|| rounded(0))
    })
}

/// A time in the unit that suits it.
pub(crate) fn seconds(t: f64) -> String {
    let (scale, unit) = match t {
        t if t >= 1.0 => (1.0, "s"),
        t if t >= 1e-3 => (1e3, "ms"),
        t if t >= 1e-6 => (1e6, "µs"),
        _ => (1e9, "ns"),
    };
    format!("{} {unit}", significant(t * scale))
}

/// Bytes in the decimal unit that suits them.
pub(crate) fn bytes(count: f64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    let at = (0..units.len() - 1).find(|&at| count < 1000_f64.powi(at as i32 + 1)).unwrap_or(units.len() - 1);
    if at == 0 {
        format!("{count:.0} B")
    } else {
        format!("{} {}", significant(count / 1000_f64.powi(at as i32)), units[at])
    }
}

/// A difference in units in the last place.
pub(crate) fn ulps(ulps: u64) -> String {
    if ulps == u64::MAX { "NaN".to_owned() } else { grouped(ulps) }
}

pub(crate) fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
