//! Sides timed in turns in one process, so that noise meets all alike. A side's time is its best round.

use std::time::{Duration, Instant};

const ROUNDS: usize = 40;
const ROUND: Duration = Duration::from_millis(6);

/// A side, how often a round runs it, and its best time for one run in seconds.
pub(crate) struct Timed<'a> {
    run: &'a dyn Fn(),
    runs: u32,
    pub(crate) best: f64,
}

impl<'a> Timed<'a> {
    /// Runs for a round's time, which also warms up, to learn how many runs fill a round.
    pub(crate) fn new(run: &'a dyn Fn()) -> Self {
        let start = Instant::now();
        let mut runs = 0;
        while runs == 0 || start.elapsed() < ROUND {
            run();
            runs += 1;
        }
        Self { run, runs, best: f64::INFINITY }
    }

    fn round(&mut self) {
        let start = Instant::now();
        for _ in 0..self.runs {
            (self.run)();
        }
        self.best = self.best.min(start.elapsed().as_secs_f64() / f64::from(self.runs));
    }
}

/// The best times of all sides.
pub(crate) fn in_turns(timed: &mut [Timed<'_>]) {
    for round in 0..ROUNDS {
        // In turns from either end: what runs before a side is not always the same.
        if round % 2 == 0 {
            timed.iter_mut().for_each(Timed::round);
        } else {
            timed.iter_mut().rev().for_each(Timed::round);
        }
    }
}
