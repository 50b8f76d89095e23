//! The table of ratios: both sides of every row timed in turns in one process, so that noise meets both alike.
//!
//! `cargo bench --features compare --bench ratios [-- FILTER]` prints the rows whose case contains FILTER. A side's time is its best round.

mod cases;

use cases::few_inputs::{chunk_rows, hessian_rows};
use cases::rosenbrock::{point, rosenbrock};
use cases::rows::{Row, Side, block_rows, dual_rows, reverse_rows};
use cases::timing::{Timed, in_turns};
use dualtape::Tape;

fn measure(row: &Row) {
    let sides: Vec<&Side> = std::iter::once(&row.ours).chain(&row.rivals).collect();
    let mut timed: Vec<Timed> = sides.iter().map(|side| Timed::new(&*side.run)).collect();
    in_turns(&mut timed);
    let (ours, rivals) = timed.split_first().expect("a row has a side of ours");
    let named = rivals.iter().zip(&row.rivals);
    let (rival, side) = named.min_by(|a, b| a.0.best.total_cmp(&b.0.best)).expect("a row has a rival");
    let ratio = ours.best / rival.best;
    println!(
        "| {} | {:.2} | {} {:.2} | {ratio:.3} | {:.2} | {} |",
        row.case,
        ours.best * 1e6,
        side.name,
        rival.best * 1e6,
        row.target,
        verdict(ratio <= row.target),
    );
}

fn verdict(met: bool) -> &'static str {
    if met { "ok" } else { "MISSED" }
}

/// CoDiPack's tape for the same function takes 143,874 bytes.
fn tape_bytes() {
    let (target, codipack) = (96_000, 143_874);
    let tape = Tape::<f64>::new();
    let y = rosenbrock(&tape.vars(&point(1000)));
    assert!(!y.is_constant());
    let bytes = tape.bytes();
    let ratio = bytes as f64 / f64::from(codipack);
    println!(
        "| Tape bytes, Rosenbrock n = 1000 | {bytes} B | CoDiPack {codipack} B | {ratio:.3} | {target} B | {} |",
        verdict(bytes <= target),
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // Cargo passes `--bench` when it benchmarks; without, as under `cargo test`, nothing is timed.
    let timing = arguments.iter().any(|a| a == "--bench");
    let filter = arguments.iter().find(|a| !a.starts_with("--")).map_or("", String::as_str).to_lowercase();

    println!("| case | ours µs | rival µs | ratio | target | |");
    println!("|---|---|---|---|---|---|");
    for row in [reverse_rows(), block_rows(), dual_rows(), chunk_rows(), hessian_rows()].iter().flatten() {
        if row.case.to_lowercase().contains(&filter) {
            row.assert_agreement();
            if timing {
                measure(row);
            }
        }
    }
    if "tape bytes, rosenbrock n = 1000".contains(&filter) {
        tape_bytes();
    }
}
