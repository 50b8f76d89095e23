//! Programs against the plain function: the time of a sample's gradient and value over that of its value, in one run.
//!
//! `cargo bench --bench program [-- FILTER]` prints the cases whose name contains FILTER. A side's time is its best round;
//! the sides take turns.

mod cases;

use cases::replayed::{Case, Side, cases};
use std::time::{Duration, Instant};

const ROUNDS: usize = 30;
const ROUND: Duration = Duration::from_millis(8);

struct Timed<'a> {
    side: &'a Side,
    runs: u32,
    best: f64,
}

impl<'a> Timed<'a> {
    fn new(side: &'a Side) -> Self {
        let start = Instant::now();
        let mut runs = 0;
        while runs == 0 || start.elapsed() < ROUND {
            (side.run)();
            runs += 1;
        }
        Self { side, runs, best: f64::INFINITY }
    }

    fn round(&mut self) {
        let start = Instant::now();
        for _ in 0..self.runs {
            (self.side.run)();
        }
        self.best = self.best.min(start.elapsed().as_secs_f64() / f64::from(self.runs) / self.side.samples as f64);
    }
}

fn measure(case: &Case) {
    let mut timed: Vec<Timed> = std::iter::once(&case.plain).chain(&case.sides).map(Timed::new).collect();
    for round in 0..ROUNDS {
        if round % 2 == 0 {
            timed.iter_mut().for_each(Timed::round);
        } else {
            timed.iter_mut().rev().for_each(Timed::round);
        }
    }
    let (plain, sides) = timed.split_first().expect("a case has a plain function");
    println!("| {} | {} | {:.3} | | | |", case.name, plain.side.name, plain.best * 1e6);
    for side in sides {
        let ratio = side.best / plain.best;
        let target = side.side.target.map_or(String::new(), |target| format!("{target}"));
        let verdict = side.side.target.map_or("", |target| if ratio <= target { "ok" } else { "MISSED" });
        println!("| | {} | {:.3} | {ratio:.3} | {target} | {verdict} |", side.side.name, side.best * 1e6);
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let timing = arguments.iter().any(|a| a == "--bench");
    let filter = arguments.iter().find(|a| !a.starts_with("--")).map_or("", String::as_str).to_lowercase();
    println!("| case | side | µs a sample | over plain | target | |");
    println!("|---|---|---|---|---|---|");
    for case in cases() {
        if case.name.to_lowercase().contains(&filter) {
            case.plain.check();
            case.sides.iter().for_each(Side::check);
            if timing {
                measure(&case);
            }
        }
    }
}
