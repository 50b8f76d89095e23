//! GradBench's functions at sizes at which tapes are long: reverse mode over the function itself, and what CoDiPack takes.
//!
//! `cargo bench --bench gradbench [-- FILTER]` prints the rows whose case contains FILTER, and the most memory the process took
//! so far: of one case, if it is the first.

mod cases;

use cases::gmm::Gmm;
use cases::kmeans::KMeans;
use cases::lstm::Lstm;
use cases::timing::{Timed, in_turns};
use cases::{minors, ode, sums};
use dualtape::{higher, model, reverse};
use std::hint::black_box;

/// A row of the table, and the ratio of CoDiPack's gradient to the function in C++ on the machine of performance.md.
struct Row {
    case: &'static str,
    codipack: f64,
    function: Box<dyn Fn()>,
    closure: Box<dyn Fn()>,
    model: Box<dyn Fn()>,
}

/// A row of a function of a slice, which captures a variable where one is named.
macro_rules! row {
    ($case:literal, $codipack:literal, $point:expr, |$x:ident $(, $data:ident: $type:ty)?| $f:expr) => {{
        let point: &'static [f64] = keep($point);
        Row {
            case: $case,
            codipack: $codipack,
            function: Box::new(move || {
                let $x = black_box(point);
                black_box($f);
            }),
            closure: Box::new(move || {
                black_box(reverse::gradient(|$x| $f, black_box(point)));
            }),
            model: Box::new(move || {
                black_box(dualtape::gradient(&model!(|$x $(, $data: $type)?| $f), black_box(point)));
            }),
        }
    }};
}

/// Keeps a value for the rest of the process, which is one measurement.
fn keep<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// The gradient and the Hessian's diagonal, which is the Hessian times ones: no two coordinates of the centroids meet.
fn newton_step() -> Row {
    let points = keep(KMeans::new(10_000, 8));
    let at: &[f64] = keep(points.centroids(100));
    let ones: &[f64] = keep(vec![1.0; at.len()]);
    Row {
        case: "kmeans k = 100, n = 10,000, d = 8",
        codipack: 32.3,
        function: Box::new(|| {
            black_box(points.cost(black_box(at)));
        }),
        closure: Box::new(|| {
            black_box(higher::hvp(|x| points.cost(x), black_box(at), ones).expect("ones are finite"));
        }),
        model: Box::new(|| {
            let cost = model!(|x, points: &KMeans| points.cost(x));
            black_box(dualtape::hvp(&cost, black_box(at), ones).expect("ones are finite"));
        }),
    }
}

fn rows() -> Vec<Row> {
    let (few, many) = (keep(Gmm::new(1000, 2, 10)), keep(Gmm::new(1000, 20, 50)));
    let (short, long) = (keep(Lstm::new(2, 1024, 14)), keep(Lstm::new(4, 4096, 14)));
    vec![
        row!("ode n = 1000, s = 10", 9.0, ode::rates(1000), |x| ode::ode(x, 10)),
        row!("ode n = 1000, s = 100", 11.7, ode::rates(1000), |x| ode::ode(x, 100)),
        row!("ode n = 10,000, s = 100", 7.9, ode::rates(10_000), |x| ode::ode(x, 100)),
        row!("det 8", 3.1, minors::matrix(8), |x| minors::determinant(x, 8)),
        row!("det 10", 3.7, minors::matrix(10), |x| minors::determinant(x, 10)),
        row!("gmm d = 2, k = 10", 4.0, few.parameters(), |x, few: &Gmm| few.plain(x)),
        row!("gmm d = 20, k = 50", 21.1, many.parameters(), |x, many: &Gmm| many.plain(x)),
        newton_step(),
        row!("lstm 2 x 1024", 2.8, short.parameters(), |x, short: &Lstm| short.loss(x)),
        row!("lstm 4 x 4096", 3.4, long.parameters(), |x, long: &Lstm| long.loss(x)),
        row!("lse 640,000", 4.3, sums::unit(640_000), |x| sums::log_sum_exp(x)),
        row!("llsq 16,392 x 128", 14.9, sums::unit(128), |x| sums::least_squares(x, 16_392)),
    ]
}

/// The most resident memory so far, in MB; NaN where the system does not say.
fn peak_memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
    peak.map_or(f64::NAN, |kilobytes: f64| kilobytes / 1024.0)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // As for `ratios`: nothing is timed under `cargo test`.
    if !arguments.iter().any(|a| a == "--bench") {
        return;
    }
    let filter = arguments.iter().find(|a| !a.starts_with("--")).map_or("", String::as_str).to_lowercase();
    println!("| case | function, ms | closure, ms | ratio | model, ms | ratio | CoDiPack's ratio | peak, MB |");
    println!("|---|---|---|---|---|---|---|---|");
    for row in rows().iter().filter(|row| row.case.to_lowercase().contains(&filter)) {
        let mut timed = [&row.function, &row.closure, &row.model].map(|side| Timed::new(&**side));
        in_turns(&mut timed);
        let [function, closure, model] = timed.map(|side| side.best * 1e3);
        println!(
            "| {} | {function:.3} | {closure:.3} | {:.1} | {model:.3} | {:.1} | {:.1} | {:.0} |",
            row.case,
            closure / function,
            model / function,
            row.codipack,
            peak_memory(),
        );
    }
}
