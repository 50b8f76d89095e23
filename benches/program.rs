//! Programs against the plain function: the time of a sample's gradient and value over that of its value, in one run.
//!
//! `cargo bench --features compare --bench program [-- FILTER]` prints the cases whose name contains FILTER. A side's time is its best round;
//! the sides take turns.

mod cases;

use cases::batches::batches;
use cases::replayed::{Case, Side, cases};
use cases::timing::{Timed, in_turns};

fn measure(case: &Case) {
    let sides: Vec<&Side> = std::iter::once(&case.plain).chain(&case.sides).collect();
    let mut timed: Vec<Timed> = sides.iter().map(|side| Timed::new(&*side.run)).collect();
    in_turns(&mut timed);
    let of_sample = |at: usize| timed[at].best / sides[at].samples as f64;
    println!("| {} | {} | {:.3} | | | |", case.name, case.plain.name, of_sample(0) * 1e6);
    for (at, side) in sides.iter().enumerate().skip(1) {
        let ratio = of_sample(at) / of_sample(0);
        let target = side.target.map_or(String::new(), |target| format!("{target}"));
        let verdict = side.target.map_or("", |target| if ratio <= target { "ok" } else { "MISSED" });
        println!("| | {} | {:.3} | {ratio:.3} | {target} | {verdict} |", side.name, of_sample(at) * 1e6);
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let timing = arguments.iter().any(|a| a == "--bench");
    let filter = arguments.iter().find(|a| !a.starts_with("--")).map_or("", String::as_str).to_lowercase();
    println!("| case | side | µs a sample | over plain | target | |");
    println!("|---|---|---|---|---|---|");
    for case in cases().into_iter().chain(batches(&filter)) {
        if case.name.to_lowercase().contains(&filter) {
            case.plain.check();
            case.sides.iter().for_each(Side::check);
            if timing {
                measure(&case);
            }
        }
    }
}
