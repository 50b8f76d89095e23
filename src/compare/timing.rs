//! How long something takes: runs, timed.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// The time of several runs, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Timing {
    /// The median.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub median: f64,
    /// The fastest run.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub fastest: f64,
    /// The first quartile.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub lower: f64,
    /// The third quartile.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::number::serialised::serialize"))]
    pub upper: f64,
    /// How many runs were timed, after warming up.
    pub runs: usize,
}

impl Timing {
    /// The time of a part of so many equal ones.
    pub(super) fn over(self, parts: usize) -> Self {
        let share = |time: f64| time / parts as f64;
        let Self { median, fastest, lower, upper, runs } = self;
        Self { median: share(median), fastest: share(fastest), lower: share(lower), upper: share(upper), runs }
    }
}

/// The result of `run`, and the time of as many runs as fit into `limit`, up to a thousand samples. A sample is as many
/// runs in a row as the clock needs to see them well.
pub(super) fn timed<R>(limit: Duration, mut run: impl FnMut() -> R) -> (R, Timing) {
    let mut result = None;
    let timing = of_samples(limit, &mut |batch| {
        let start = Instant::now();
        for _ in 1..batch {
            black_box(run());
        }
        let last = black_box(run());
        let time = start.elapsed() / batch;
        // The one before goes here, outside of what is timed.
        result = Some(last);
        time
    });
    (result.expect("there is at least one run"), timing)
}

/// The time of samples, each of so many runs in a row as it is asked for.
fn of_samples(limit: Duration, sample: &mut dyn FnMut(u32) -> Duration) -> Timing {
    const MOST: usize = 1000;
    const SAMPLE: Duration = Duration::from_micros(20);
    // The first run allocates buffers and fills caches.
    let mut time = sample(1);
    let mut times = vec![time.as_secs_f64()];
    if time < limit {
        times.clear();
        let start = Instant::now();
        while times.is_empty() || times.len() < MOST && start.elapsed() < limit {
            let batch = SAMPLE.as_nanos().div_ceil(time.as_nanos().max(1)).min(10_000);
            time = sample(u32::try_from(batch).expect("batches are small"));
            times.push(time.as_secs_f64());
        }
    }
    let runs = times.len();
    times.sort_unstable_by(f64::total_cmp);
    let quantile = |share: f64| times[((runs - 1) as f64 * share).round() as usize];
    Timing { median: quantile(0.5), fastest: times[0], lower: quantile(0.25), upper: quantile(0.75), runs }
}
