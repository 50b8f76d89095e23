//! What is seen in a sweep or a training, in sentences with the figures of the run.

use super::cost::Measure;
use crate::compare::comparison::Comparison;
use crate::compare::sweep::Sweep;
use crate::compare::units::{bytes, capitalised, seconds, significant};
use crate::mode::Mode;
use crate::text::{counted, grouped};
use crate::train::{Training, Trajectory};

fn number(n: usize) -> String {
    grouped(n as u64)
}

/// What a sweep shows.
#[must_use]
pub fn sweep_sentences(sweep: &Sweep) -> Vec<String> {
    let Some(last) = sweep.comparisons.iter().max_by_key(|it| it.inputs()) else {
        return vec!["There is nothing to compare.".to_owned()];
    };
    let mut sentences = Vec::new();
    if last.inputs() > 0 && last.outputs() > 0 {
        sentences.extend(cost(last));
        sentences.extend(growth(sweep));
        sentences.extend(crossover(sweep));
        sentences.extend(agreement(sweep));
        sentences.extend(doubts(sweep));
        sentences.extend(tape(sweep));
        sentences.extend(compiled(last));
    }
    sentences.extend(left_out(sweep));
    let question = if last.advice().is_some() { "Which mode for this shape? " } else { "" };
    sentences.push(format!("{question}{}", last.verdict()));
    sentences
}

/// Costs at the largest n.
fn cost(last: &Comparison) -> Vec<String> {
    /// What prints as 5.00 is about 5.
    const CHEAP: f64 = 5.005;
    let (n, m) = (last.inputs(), last.outputs());
    if last.primal.counts.total() == 0 {
        return vec!["The function does no operation: there is no cost to compare.".to_owned()];
    }
    let over = |mode| {
        last.operations_over_primal(mode).map(|cost| {
            let timed = last.time_over_primal(mode).map_or(f64::NAN, |timed| timed);
            format!("{} times the operations of f ({} times its time)", significant(cost), significant(timed))
        })
    };
    let mut sentences = Vec::new();
    if let (Some(over), Some(cost)) = (over(Mode::Reverse), last.operations_over_primal(Mode::Reverse)) {
        let sweeps = if m == 1 { "one sweep".to_owned() } else { counted(m, "sweep") };
        let what = match (n, m) {
            (1, 1) => "the derivative".to_owned(),
            (_, 1) => format!("all {}", counted(n, "derivative")),
            _ => format!("all {}·{} derivatives", number(n), number(m)),
        };
        sentences.push(format!("At n = {} one recorded evaluation and {sweeps} gave {what} for {over}.", number(n)));
        let a_sweep = cost / m as f64;
        let holds = if a_sweep < CHEAP { "holds" } else { "does not hold" };
        let what = if m == 1 { "a gradient" } else { "each row of the Jacobian" };
        sentences.push(format!(
            "The cheap gradient principle (Griewank: {what} costs at most about 5 evaluations of f, however many \
             inputs there are) {holds} here: {} counted.",
            significant(a_sweep)
        ));
    }
    let ways = [(Mode::Forward, "one direction at a time"), (Mode::Chunked, "eight directions at a time")];
    for (mode, way) in ways {
        if let (Some(over), Some(found)) = (over(mode), last.of(mode)) {
            let passes = counted(found.cost.evaluations, "evaluation");
            sentences.push(format!("Forward mode, {way}, took {passes}: {over}."));
        }
    }
    sentences
}

/// How the cost over f grew from the least n to the largest.
fn growth(sweep: &Sweep) -> Option<String> {
    let over = |mode: Mode| {
        let with = sweep.comparisons.iter().filter(|it| it.of(mode).is_some() && it.primal.counts.total() > 0);
        let (first, last) = (with.clone().min_by_key(|it| it.inputs())?, with.max_by_key(|it| it.inputs())?);
        let [from, to] = [first, last].map(|it| it.operations_over_primal(mode).map(significant));
        (first.inputs() < last.inputs()).then_some((first.inputs(), last.inputs(), from?, to?))
    };
    let described: Vec<String> = [Mode::Forward, Mode::Reverse]
        .into_iter()
        .filter_map(|mode| over(mode).map(|(a, b, from, to)| (mode, a, b, from, to)))
        .map(|(mode, a, b, from, to)| {
            format!("{mode} mode from {from} × f at n = {} to {to} × f at n = {}", number(a), number(b))
        })
        .collect();
    (!described.is_empty()).then(|| format!("As n grew, the operations went: {}.", described.join(", ")))
}

fn crossover(sweep: &Sweep) -> Vec<String> {
    let (mode, other) = (Mode::Reverse, Mode::Chunked);
    let both = sweep.comparisons.iter().filter(|it| it.of(mode).is_some() && it.of(other).is_some());
    let both = both.filter(|it| it.primal.counts.total() > 0).count();
    if both == 0 {
        return Vec::new();
    }
    let (at_all, at_last) = match (both, sweep.comparisons.len()) {
        (_, 1) => ("here", "here"),
        (1, _) => ("at the one n where both ran", "at the one n where both ran"),
        _ => ("at every n where both ran", "at the largest n where both ran"),
    };
    let of = |measure: Measure, by: &str| match sweep.crossover_or_start(mode, other, |cost| measure.of(cost)) {
        Some((_, true)) => {
            format!("By {by} reverse mode is cheaper than chunked forward mode {at_all}.")
        }
        Some((n, false)) => {
            format!("By {by} reverse mode becomes cheaper than chunked forward mode at n ≈ {}.", significant(n))
        }
        None => format!("By {by} reverse mode is not cheaper than chunked forward mode {at_last}."),
    };
    vec![of(Measure::Counted, "operations"), of(Measure::Time, "time")]
}

fn agreement(sweep: &Sweep) -> Vec<String> {
    let mut sentences = Vec::new();
    let compared = sweep.comparisons.iter().filter(|it| it.of(Mode::Reverse).is_some());
    let exact = compared.clone().flat_map(|it| {
        it.modes
            .iter()
            .filter(|d| matches!(d.mode, Mode::Forward | Mode::Chunked | Mode::Program))
            .map(move |d| (it, d))
    });
    if let Some((comparison, worst)) = exact.max_by_key(|(_, derivatives)| derivatives.ulps)
        && let Some((i, j)) = worst.at
    {
        let relative = if worst.relative.is_finite() {
            format!("; no derivative there differs by more than {:.1e} of the largest one", worst.relative)
        } else {
            ", beyond measure of the derivatives: one of them is 0, infinite or NaN where the other is not".to_owned()
        };
        sentences.push(match worst.ulps {
            0 => "The modes gave the same derivatives to the last bit.".to_owned(),
            u64::MAX => format!(
                "The modes differ: at n = {} the derivative of output {i} in input {j} is NaN in one of them only.",
                number(comparison.inputs())
            ),
            ulps => format!(
                "The modes differ by {} ulp at the worst (n = {}, input {j}){relative}.",
                grouped(ulps),
                number(comparison.inputs()),
            ),
        });
    }
    let differences = compared.filter_map(|it| Some(it.of(Mode::Differences)?.relative));
    if let Some(worst) = differences.max_by(f64::total_cmp) {
        sentences.push(if worst.is_finite() {
            format!("Central differences differ from reverse mode by up to {worst:.1e} of the largest derivative.")
        } else {
            "Central differences differ from reverse mode beyond measure: one of them is 0, infinite or NaN where the other \
             is not."
                .to_owned()
        });
    }
    sentences
}

/// What speaks against the derivatives, whatever the modes agree on.
fn doubts(sweep: &Sweep) -> Vec<String> {
    let remarks = |it: &Comparison| {
        let n = number(it.inputs());
        it.remarks().into_iter().map(move |remark| format!("At n = {n}, {remark}.")).collect::<Vec<_>>()
    };
    let mut sentences: Vec<String> = sweep.comparisons.iter().flat_map(remarks).collect();
    let unsearched: Vec<String> =
        sweep.comparisons.iter().filter(|it| it.doubtful.is_none()).map(|it| number(it.inputs())).collect();
    if !unsearched.is_empty() {
        let sizes = unsearched.join(", ");
        sentences.push(format!("Places where a derivative may have been lost were not looked for at n = {sizes}."));
    }
    sentences
}

fn tape(sweep: &Sweep) -> Option<String> {
    let recorded = || sweep.comparisons.iter().filter(|it| it.of(Mode::Reverse).is_some());
    let (first, last) = (recorded().min_by_key(|it| it.inputs())?, recorded().max_by_key(|it| it.inputs())?);
    let size = |it: &Comparison| format!("{} at n = {}", bytes(it.tape_bytes as f64), number(it.inputs()));
    let from = if first.inputs() < last.inputs() { format!("{}, ", size(first)) } else { String::new() };
    let forward = last.of(Mode::Forward).or(last.of(Mode::Chunked));
    let forward = forward.map_or("", |_| "; forward mode records nothing");
    Some(format!("What reverse mode pays with is memory: its tape took {from}{}{forward}.", size(last)))
}

/// What a program takes for many points.
fn compiled(last: &Comparison) -> Option<String> {
    let (program, times, alone) = (last.program?, last.batch_over_primal()?, last.time_over_primal(Mode::Program)?);
    let what = if last.outputs() == 1 { "gradient" } else { "Jacobian" };
    let instructions = counted(program.statistics.instructions, "instruction");
    let cheaper = if times < 1.0 { ": less than the function itself" } else { "" };
    Some(format!(
        "Compiled once, in {}, a program of {instructions} records nothing: at n = {} a {what} took {} times the time of f, \
         and {} times where the program ran over {} at once{cheaper}.",
        seconds(program.building),
        number(last.inputs()),
        significant(alone),
        significant(times),
        counted(program.points, "point"),
    ))
}

fn left_out(sweep: &Sweep) -> Vec<String> {
    let all = sweep.comparisons.iter().flat_map(|it| it.left_out.iter().map(move |left| (it.inputs(), left)));
    all.map(|(n, left)| format!("At n = {} {left}.", number(n))).collect()
}

/// Names in a row: a, b and c.
pub(super) fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [name] => name.clone(),
        [names @ .., last] => format!("{} and {last}", names.join(", ")),
    }
}

/// How large a training is: its parameters, its samples, and how many of them a step takes.
#[must_use]
pub fn training_shape(training: &Training) -> String {
    let Training { parameters, samples, batch, .. } = *training;
    let left = if batch > 0 { samples % batch } else { 0 };
    let batches = match (batch == samples, left) {
        (true, _) => String::new(),
        (false, 0) => format!(", {} a step", number(batch)),
        (false, 1) => format!(", {} a step and the one that is left", number(batch)),
        (false, left) => format!(", {} a step and the {} that are left", number(batch), number(left)),
    };
    format!("{}, {}{batches}", counted(parameters, "parameter"), counted(samples, "sample"))
}

/// What a training shows.
#[must_use]
pub fn training_sentences(training: &Training) -> Vec<String> {
    let mut sentences = descents(training);
    sentences.extend(ends(training));
    sentences.extend(together(training));
    sentences.extend(training_cost(training));
    sentences.extend(over_loss(training));
    if training.trajectories.iter().any(|it| it.unstandardised.is_some()) {
        sentences.push(
            "The input columns of the data were standardised, to mean 0 and deviation 1; the target stayed as it is."
                .to_owned(),
        );
    }
    let products = training.names.iter().any(|name| name.contains("z("));
    if products {
        sentences.push("A feature z(a)*z(b) is the product of the standardised columns a and b.".to_owned());
    }
    let equal = &training.equal_units;
    if !equal.is_empty() {
        let layers = equal.iter().map(|&(layer, units)| format!("all {} units of hidden layer {layer}", number(units)));
        sentences.push(format!(
            "{} stayed equal. They started with equal weights, and such units get equal derivatives, at every step and whatever \
             the data are. Such a layer can do no more than a single unit; start from random weights instead.",
            capitalised(&listed(&layers.collect::<Vec<_>>()))
        ));
    }
    sentences
}

/// From which loss to which, in one sentence if it is the same for all.
fn descents(training: &Training) -> Vec<String> {
    let loss = if training.samples == 1 { "loss" } else { "mean loss" };
    let descent = |it: &Trajectory| {
        let (first, last) = (significant(it.initial_loss()), significant(it.final_loss()));
        match it.steps() {
            0 if it.initial_loss().is_finite() => format!("no step was made: the {loss} is {first}"),
            0 => format!("no step was made: the {loss} is not finite at the start"),
            steps => format!("the {loss} went from {first} to {last} in {}", counted(steps, "step")),
        }
    };
    let descents: Vec<String> = training.trajectories.iter().map(descent).collect();
    if descents.iter().all(|it| *it == descents[0]) {
        return descents.first().map(|it| format!("{}.", capitalised(it))).into_iter().collect();
    }
    let with_mode = training.trajectories.iter().zip(&descents);
    with_mode.map(|(it, descent)| format!("By {} mode {descent}.", it.mode)).collect()
}

/// Which trajectories end before the last step, and why.
fn ends(training: &Training) -> Vec<String> {
    let mut ends: Vec<(String, Vec<String>)> = Vec::new();
    let remedy = training.optimizer.remedy();
    for Trajectory { mode, diverged, finished, .. } in &training.trajectories {
        let diverged = diverged.map(|step| match step {
            0 => "could not begin: the loss or a parameter is infinite or NaN at the start".to_owned(),
            step => format!(
                "diverged: step {} led to a loss or a parameter that is infinite or NaN. The last finite parameters are kept; \
                 {remedy} may help",
                number(step)
            ),
        });
        let finished = finished.as_ref().map(|reason| {
            let reason = reason.trim_end_matches('.');
            // A line search that fails is no end of the descent.
            let failed = reason.starts_with("the line search");
            let help = if failed { format!("; {remedy} may help") } else { String::new() };
            format!("ended early: {reason}{help}")
        });
        for end in diverged.into_iter().chain(finished) {
            match ends.iter_mut().find(|(other, _)| *other == end) {
                Some((_, modes)) => modes.push(mode.to_string()),
                None => ends.push((end, vec![mode.to_string()])),
            }
        }
    }
    let sentence = |(end, modes): (String, Vec<String>)| format!("The training by {} mode {end}.", listed(&modes));
    ends.into_iter().map(sentence).collect()
}

/// How far the trajectories diverge.
fn together(training: &Training) -> Option<String> {
    /// Rounding that steps do not magnify stays far below.
    const TOGETHER: f64 = 1e-6;
    let (last, first) = (*training.divergence_ulps.last()?, training.trajectories.first()?.mode);
    let (steps, largest) = (training.divergence.len() - 1, training.largest_divergence());
    let modes = if training.trajectories.len() == 2 { "Both" } else { "All" };
    if steps == 0 {
        return None;
    }
    let until = format!("up to step {}", number(steps));
    Some(if training.divergence_ulps.iter().all(|&ulps| ulps == 0) {
        format!("{modes} modes took the same trajectory to the last bit, {until}.")
    } else if largest <= TOGETHER {
        format!(
            "{modes} modes took the same trajectory but for {largest:.1e} of the largest parameter, {until}; there a \
             parameter is {} ulp at most from that of {first} mode.",
            grouped(last)
        )
    } else {
        format!(
            "The trajectories diverge by {largest:.1e} of the largest parameter, {until}: the steps magnify what each mode rounds \
             differently."
        )
    })
}

/// What a gradient by a program takes.
fn over_loss(training: &Training) -> Option<String> {
    let by_program = training.by(Mode::Program)?;
    let times = by_program.gradient_over_loss()?;
    let judged = if times < 1.0 { ": a gradient cost less than the loss" } else { "" };
    let reverse = training.by(Mode::Reverse).and_then(Trajectory::gradient_over_loss);
    let recorded = reverse.map_or(String::new(), |it| format!(", where recording it anew took {}", significant(it)));
    Some(format!(
        "Recorded and compiled in {}, and replayed at each step, the program took {} times the time of the loss alone for a \
         gradient{recorded}{judged}.",
        seconds(by_program.cost.building),
        significant(times),
    ))
}

/// What the gradients of each mode took.
fn training_cost(training: &Training) -> Option<String> {
    let account = |it: &Trajectory| {
        let (mode, cost) = (it.mode, it.cost);
        let passes =
            counted(mode.evaluations(training.parameters), if mode == Mode::Program { "replay" } else { "evaluation" });
        let gradients = if cost.gradients == 1 { "gradient" } else { "gradients" };
        format!(
            "{mode} mode {} for {} {gradients}, {passes} for each of {} samples",
            grouped(cost.evaluations),
            grouped(cost.gradients),
            grouped(cost.samples)
        )
    };
    let accounts: Vec<String> = training.trajectories.iter().filter(|it| it.cost.samples > 1).map(account).collect();
    if accounts.is_empty() {
        return None;
    }
    let operations = |mode| training.by(mode).map(|it| it.cost.operations.total()).filter(|&it| it > 0);
    let ratio = match (operations(Mode::Chunked), operations(Mode::Reverse)) {
        (Some(forward), Some(reverse)) => format!(
            " At the start, a gradient over {} took {} times as many operations by chunked forward mode as by reverse mode.",
            counted(training.batch, "sample"),
            significant(forward as f64 / reverse as f64)
        ),
        _ => String::new(),
    };
    Some(format!("How often the loss of a sample was evaluated: {}.{ratio}", accounts.join("; ")))
}
