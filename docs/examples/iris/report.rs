//! What the example prints: the model, both gradients side by side, their cost, and the descent.

use crate::comparison::{Measured, TIMED_RUNS, by_forward, by_reverse, ulp_distance, value};
use crate::data::{FEATURES, SPECIES};
use crate::model::{PARAMETERS, Regression, count_right, parameter_name};
use dualtape::{Model, Operation, reverse};
use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

const STEPS: usize = 500;
const SHOWN_STEPS: [usize; 9] = [0, 1, 10, 50, 100, 200, 300, 400, STEPS];

/// No curvature of the loss exceeds half the largest eigenvalue of the correlation matrix of the features, which is at
/// most 4 (D. Böhning, "Multinomial logistic regression algorithm", 1992): a step of this length never climbs.
const STEP_LENGTH: f64 = 1.0;

/// What is fitted to what.
pub(crate) fn model(regression: &Regression, path: &Path, out: &mut impl Write) -> io::Result<()> {
    let flowers = &regression.flowers;
    let of_each = SPECIES.iter().enumerate().map(|(species, name)| {
        let count = flowers.iter().filter(|flower| flower.species == species).count();
        format!("{count} {name}")
    });
    writeln!(out, "Multinomial logistic regression on Fisher's Iris data")?;
    writeln!(out)?;
    writeln!(out, "data        {}", path.display())?;
    writeln!(out, "flowers     {} ({})", flowers.len(), of_each.collect::<Vec<_>>().join(", "))?;
    writeln!(out, "features    {}, each standardised to mean 0 and deviation 1", FEATURES.join(", "))?;
    writeln!(out, "parameters  {PARAMETERS} = {} species x ({} weights + bias)", SPECIES.len(), FEATURES.len())?;
    writeln!(out, "loss        mean negative log likelihood, one function generic over T: Float")
}

/// Value and gradient in each mode at `start`, and what they cost.
pub(crate) fn comparison(regression: &Regression, start: &[f64], out: &mut impl Write) -> io::Result<()> {
    let plain = value(regression, start);
    let [single, chunked] = [by_forward::<1>(regression, start), by_forward::<8>(regression, start)];
    let backward = by_reverse(regression, start);

    writeln!(out, "\nAt a fixed start, weights scattered between -0.7 and 0.7")?;
    writeln!(out)?;
    let same = [&single, &chunked, &backward].iter().all(|mode| mode.value.to_bits() == plain.value.to_bits());
    let same = if same { "the same bits" } else { "NOT the same bits" };
    writeln!(out, "value  {}  ({same} in plain f64, forward and reverse)", plain.value)?;
    writeln!(out)?;
    gradients(&single, &backward, out)?;
    let same = if single.gradient == chunked.gradient { "the same numbers" } else { "OTHER numbers" };
    writeln!(out, "Forward mode gives {same} with 1 direction in a pass and with 8.")?;

    let runs = [plain, single, chunked, backward];
    costs(&runs, out)?;
    operations(&runs, out)
}

fn gradients(forward: &Measured, reverse: &Measured, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{:<24} {:>24} {:>24} {:>5}", "gradient", "forward", "reverse", "ulp")?;
    let mut largest = (0, 0);
    for (i, (&f, &r)) in forward.gradient.iter().zip(&reverse.gradient).enumerate() {
        let distance = ulp_distance(f, r);
        writeln!(out, "{:<24} {f:>24.16e} {r:>24.16e} {distance:>5}", parameter_name(i))?;
        largest = largest.max((distance, i));
    }
    let (distance, i) = largest;
    let absolute = (forward.gradient[i] - reverse.gradient[i]).abs();
    writeln!(out)?;
    writeln!(out, "Largest difference: {distance} ulp ({absolute:.1e}), in {}.", parameter_name(i))?;
    writeln!(out, "The modes add up the contributions of the flowers in opposite orders, and so round differently.")
}

fn costs(runs: &[Measured], out: &mut impl Write) -> io::Result<()> {
    let (operations, time) = (runs[0].counts.total() as f64, runs[0].time.as_secs_f64());
    writeln!(
        out,
        "\n{:<24} {:>6} {:>6} {:>10} {:>8} {:>10} {:>10} {:>8}",
        "cost", "passes", "sweeps", "operations", "× value", "tape bytes", "time [µs]", "× value"
    )?;
    for run in runs {
        let total = run.counts.total();
        let seconds = run.time.as_secs_f64();
        writeln!(
            out,
            "{:<24} {:>6} {:>6} {total:>10} {:>8.2} {:>10} {:>10.1} {:>8.2}",
            run.name,
            run.passes,
            run.sweeps,
            total as f64 / operations,
            run.tape_bytes,
            seconds * 1e6,
            seconds / time
        )?;
    }
    writeln!(out)?;
    writeln!(out, "Operations are exact and the same on every machine. Times are the median of {TIMED_RUNS} runs.")?;
    if cfg!(debug_assertions) {
        writeln!(out, "This is a debug build, whose times say little: use `cargo run --release --example iris`.")?;
    }
    Ok(())
}

/// The operations by kind.
fn operations(runs: &[Measured], out: &mut impl Write) -> io::Result<()> {
    let kinds: Vec<Operation> =
        Operation::all().filter(|&kind| runs.iter().any(|run| run.counts.get(kind) > 0)).collect();
    write!(out, "\n{:<24}", "operations by kind")?;
    for kind in &kinds {
        write!(out, " {:>8}", kind.name())?;
    }
    writeln!(out)?;
    for run in runs {
        write!(out, "{:<24}", run.name)?;
        for &kind in &kinds {
            write!(out, " {:>8}", run.counts.get(kind))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Gradient descent by reverse mode.
pub(crate) fn descent(regression: &Regression, start: &[f64], out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "\nGradient descent from there by reverse mode: {STEPS} steps, weights -= {STEP_LENGTH:.1} * gradient"
    )?;
    writeln!(out, "\n{:>5} {:>8} {:>9}", "step", "loss", "accuracy")?;
    let flowers = &regression.flowers;
    let mut weights = start.to_vec();
    let begun = Instant::now();
    for step in 0..=STEPS {
        let (loss, gradient) = reverse::gradient(|w| regression.eval(w), &weights);
        if SHOWN_STEPS.contains(&step) {
            let right = count_right(flowers, &weights);
            writeln!(out, "{step:>5} {loss:>8.4} {:>7.1} %", percent(right, flowers.len()))?;
        }
        if step < STEPS {
            weights.iter_mut().zip(gradient).for_each(|(weight, slope)| *weight -= STEP_LENGTH * slope);
        }
    }
    let milliseconds = begun.elapsed().as_secs_f64() * 1e3;
    let (right, all) = (count_right(flowers, &weights), flowers.len());
    writeln!(out)?;
    writeln!(
        out,
        "After {STEPS} steps, {milliseconds:.1} ms: loss {:.4}, {right} of {all} flowers right ({:.1} %).",
        regression.eval(&weights),
        percent(right, all)
    )
}

fn percent(part: usize, all: usize) -> f64 {
    100.0 * part as f64 / all as f64
}
