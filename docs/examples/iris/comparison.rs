//! Value and gradient of a model in each mode, and what they cost: passes, operations, tape, time.

use dualtape::{Counted, Counts, Model, Tape, forward, reverse};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// How many runs a time is the median of. The times of a debug build are not worth waiting for.
pub(crate) const TIMED_RUNS: usize = if cfg!(debug_assertions) { 11 } else { 101 };

/// One way to get the gradient, or with an empty gradient the value alone.
pub(crate) struct Measured {
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) gradient: Vec<f64>,
    /// How often the model was evaluated.
    pub(crate) passes: usize,
    /// How often the tape was swept.
    pub(crate) sweeps: usize,
    pub(crate) tape_bytes: usize,
    pub(crate) counts: Counts,
    pub(crate) time: Duration,
}

/// The value alone, in plain `f64`.
pub(crate) fn value(model: &impl Model, x: &[f64]) -> Measured {
    let counted = counted(x);
    Measured {
        name: "value alone".into(),
        value: model.eval(x),
        gradient: Vec::new(),
        passes: 1,
        sweeps: 0,
        tape_bytes: 0,
        counts: Counts::of(|| model.eval(&counted)).1,
        time: median_time(|| model.eval(black_box(x))),
    }
}

/// Forward mode, N directions in a pass.
pub(crate) fn by_forward<const N: usize>(model: &impl Model, x: &[f64]) -> Measured {
    let mut passes = 0;
    let count_passes = |w: &[_]| {
        passes += 1;
        model.eval(w)
    };
    let (value, gradient) = forward::gradient_in_chunks::<f64, N>(count_passes, x);
    let counted = counted(x);
    Measured {
        name: format!("forward, {N} direction{}", if N == 1 { "" } else { "s" }),
        value,
        gradient,
        passes,
        sweeps: 0,
        tape_bytes: 0,
        counts: Counts::of(|| forward::gradient_in_chunks::<_, N>(|w| model.eval(w), &counted)).1,
        time: median_time(|| forward::gradient_in_chunks::<f64, N>(|w| model.eval(w), black_box(x))),
    }
}

/// Reverse mode.
pub(crate) fn by_reverse(model: &impl Model, x: &[f64]) -> Measured {
    let (value, gradient) = reverse::gradient(|w| model.eval(w), x);
    let counted = counted(x);
    Measured {
        name: "reverse".into(),
        value,
        gradient,
        passes: 1,
        sweeps: 1,
        tape_bytes: tape_bytes(model, x),
        counts: Counts::of(|| reverse::gradient(|w| model.eval(w), &counted)).1,
        time: median_time(|| reverse::gradient(|w| model.eval(w), black_box(x))),
    }
}

fn tape_bytes(model: &impl Model, x: &[f64]) -> usize {
    let tape = Tape::new();
    let inputs = tape.vars(x);
    model.eval(&inputs);
    tape.bytes()
}

fn counted(x: &[f64]) -> Vec<Counted<f64>> {
    x.iter().copied().map(Counted::new).collect()
}

fn median_time<R>(mut run: impl FnMut() -> R) -> Duration {
    // The first runs allocate buffers and fill caches.
    let warm_up = TIMED_RUNS.div_ceil(10);
    let mut times: Vec<Duration> = (0..warm_up + TIMED_RUNS)
        .map(|_| {
            let start = Instant::now();
            black_box(run());
            start.elapsed()
        })
        .skip(warm_up)
        .collect();
    times.sort_unstable();
    times[TIMED_RUNS / 2]
}

/// How many steps from one representable number to the next lie between two.
pub(crate) fn ulp_distance(a: f64, b: f64) -> u64 {
    // Negative numbers descend as their bits ascend.
    let rank = |x: f64| {
        let bits = x.to_bits() as i64;
        if bits < 0 { i64::MIN - bits } else { bits }
    };
    rank(a).abs_diff(rank(b))
}
