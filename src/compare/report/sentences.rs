//! What is seen in a sweep or a training, in sentences with the figures of the run.

use super::Measure;
use crate::choose::Mode;
use crate::compare::comparison::{Comparison, bytes, grouped, seconds, significant};
use crate::compare::family::Sweep;
use crate::compare::method::Method;
use crate::train::{Training, Walk};

fn plural(n: usize, noun: &str) -> String {
    format!("{} {noun}{}", number(n), if n == 1 { "" } else { "s" })
}

fn number(n: usize) -> String {
    grouped(n as u64)
}

/// What a sweep shows.
#[must_use]
pub fn sweep_sentences(sweep: &Sweep) -> Vec<String> {
    let Some(last) = sweep.comparisons.iter().max_by_key(|it| it.inputs()) else {
        return vec!["There is nothing to compare.".to_owned()];
    };
    let mut sentences = cost(last);
    sentences.extend(growth(sweep));
    sentences.extend(crossover(sweep));
    sentences.extend(agreement(sweep));
    sentences.extend(tape(sweep, last));
    sentences.extend(compiled(last));
    sentences.extend(left_out(sweep));
    sentences.push(format!("Which mode for this shape? {}", last.verdict()));
    sentences
}

/// Costs at the largest n.
fn cost(last: &Comparison) -> Vec<String> {
    let (n, m) = (last.inputs(), last.outputs());
    let operations = last.primal.counts.total();
    if operations == 0 {
        return vec!["The function does no operation: there is no cost to compare.".to_owned()];
    }
    let over = |method| {
        last.operations_over_primal(method).map(|counted| {
            let timed = last.time_over_primal(method).map_or(f64::NAN, |timed| timed);
            format!("{} times the operations of f ({} times its time)", significant(counted), significant(timed))
        })
    };
    let mut sentences = Vec::new();
    if let Some(over) = over(Method::Reverse) {
        let what = if m == 1 {
            format!("one recorded evaluation and one sweep gave all {}", plural(n, "derivative"))
        } else {
            format!(
                "one recorded evaluation and {} gave all {}·{} derivatives",
                plural(m, "sweep"),
                number(n),
                number(m)
            )
        };
        sentences.push(format!("At n = {} {what} for {over}.", number(n)));
        if let Some(counted) = last.operations_over_primal(Method::Reverse) {
            let a_sweep = counted / m.max(1) as f64;
            let holds = if a_sweep <= 5.0 { "holds" } else { "does not hold" };
            let what = if m == 1 { "a gradient" } else { "each row of the Jacobian" };
            sentences.push(format!(
                "The cheap gradient principle (Griewank: {what} costs at most about 5 evaluations of f, however many \
                 inputs there are) {holds} here: {} counted.",
                significant(a_sweep)
            ));
        }
    }
    if let Some(over) = over(Method::Forward) {
        sentences.push(format!("Forward mode, one direction at a time, needed {}: {over}.", plural(n, "evaluation")));
    }
    if let Some(over) = over(Method::Chunked) {
        let passes = plural(Method::Chunked.evaluations(n), "evaluation");
        sentences.push(format!("Carrying eight directions at once it needed {passes}: {over}."));
    }
    sentences
}

/// How the cost over f grew from the least n to the largest.
fn growth(sweep: &Sweep) -> Option<String> {
    let over = |method: Method| {
        let with = sweep.comparisons.iter().filter(|it| it.of(method).is_some() && it.primal.counts.total() > 0);
        let (first, last) = (with.clone().min_by_key(|it| it.inputs())?, with.max_by_key(|it| it.inputs())?);
        let [from, to] = [first, last].map(|it| it.operations_over_primal(method).map(significant));
        (first.inputs() < last.inputs()).then_some((first.inputs(), last.inputs(), from?, to?))
    };
    let described: Vec<String> = [Method::Forward, Method::Reverse]
        .into_iter()
        .filter_map(|method| over(method).map(|(a, b, from, to)| (method, a, b, from, to)))
        .map(|(method, a, b, from, to)| {
            format!("{method} mode from {from} × f at n = {} to {to} × f at n = {}", number(a), number(b))
        })
        .collect();
    (!described.is_empty()).then(|| format!("As the function grew, the operations went: {}.", described.join(", ")))
}

fn crossover(sweep: &Sweep) -> Vec<String> {
    let (method, other) = (Method::Reverse, Method::Chunked);
    let both = sweep.comparisons.iter().any(|it| it.of(method).is_some() && it.of(other).is_some());
    if !both {
        return Vec::new();
    }
    let at_all = if sweep.comparisons.len() > 1 { "at every n compared" } else { "here" };
    let at_last = if sweep.comparisons.len() > 1 { "at the largest n compared" } else { "here" };
    let of = |measure: Measure, by: &str| match sweep.crossover(method, other, |cost| measure.of(cost)) {
        Some(it) if it.from_the_start => {
            format!("By {by} reverse mode is cheaper than chunked forward mode {at_all}.")
        }
        Some(it) => {
            format!("By {by} reverse mode becomes cheaper than chunked forward mode at n ≈ {}.", significant(it.inputs))
        }
        None => format!("By {by} reverse mode is not cheaper than chunked forward mode {at_last}."),
    };
    vec![of(Measure::Counted, "operations"), of(Measure::Time, "time")]
}

fn agreement(sweep: &Sweep) -> Vec<String> {
    let mut sentences = Vec::new();
    let compared = sweep.comparisons.iter().filter(|it| it.of(Method::Reverse).is_some());
    let exact = compared.clone().flat_map(|it| {
        it.methods
            .iter()
            .filter(|d| matches!(d.method, Method::Forward | Method::Chunked | Method::Program))
            .map(move |d| (it, d))
    });
    if let Some((comparison, worst)) = exact.max_by_key(|(_, derivatives)| derivatives.difference.ulps) {
        let difference = worst.difference;
        sentences.push(match difference.at {
            Some((i, j)) if difference.ulps == u64::MAX => format!(
                "The modes differ: at n = {} the derivative of output {i} in input {j} is NaN in one of them only.",
                number(comparison.inputs())
            ),
            _ if difference.ulps == 0 => "The modes gave the same derivatives to the last bit.".to_owned(),
            at => format!(
                "The modes agree to {} ulp at the worst (n = {}{}); no derivative there differs by more \
                 than {:.1e} of the largest one.",
                grouped(difference.ulps),
                number(comparison.inputs()),
                at.map_or(String::new(), |(_, j)| format!(", input {j}")),
                difference.relative
            ),
        });
    }
    let differences = compared.filter_map(|it| Some(it.of(Method::Differences)?.difference.relative));
    if let Some(worst) = differences.max_by(f64::total_cmp) {
        sentences.push(format!("Central differences are off by up to {worst:.1e} of the largest derivative."));
    }
    sentences
}

fn tape(sweep: &Sweep, last: &Comparison) -> Option<String> {
    last.of(Method::Reverse)?;
    let first = sweep.comparisons.iter().min_by_key(|it| it.inputs())?;
    let size = |it: &Comparison| format!("{} at n = {}", bytes(it.tape.bytes as f64), number(it.inputs()));
    let from = if first.inputs() < last.inputs() { format!("{}, ", size(first)) } else { String::new() };
    Some(format!(
        "What reverse mode pays with is memory: its tape took {from}{}; forward mode records nothing.",
        size(last)
    ))
}

/// What a program takes for many points.
fn compiled(last: &Comparison) -> Option<String> {
    let (program, times, alone) = (last.program?, last.batch_over_primal()?, last.time_over_primal(Method::Program)?);
    let what = if last.outputs() == 1 { "gradient" } else { "Jacobian" };
    let instructions = plural(program.statistics.instructions, "instruction");
    let cheaper = if times < 1.0 { ": less than the function itself" } else { "" };
    Some(format!(
        "Compiled once, in {}, reverse mode is a program of {instructions} that records nothing: at n = {} a {what} took          {} times the time of f, and {} times where the program ran over {} at once{cheaper}.",
        seconds(program.building),
        number(last.inputs()),
        significant(alone),
        significant(times),
        plural(program.points, "point"),
    ))
}

fn left_out(sweep: &Sweep) -> Vec<String> {
    let all = sweep.comparisons.iter().flat_map(|it| it.left_out.iter().map(move |left| (it.inputs(), left)));
    let sentence = |(n, left): (usize, &crate::compare::comparison::LeftOut)| {
        format!("At n = {n} {} was left out: it would take about {} and more.", left.method, seconds(left.estimate))
    };
    all.map(sentence).collect()
}

/// What a training shows.
#[must_use]
pub fn training_sentences(training: &Training) -> Vec<String> {
    let mut sentences = Vec::new();
    let walk = &training.walks[0];
    let steps = walk.steps.len() - 1;
    sentences.push(format!(
        "In {} the mean loss went from {} to {}.",
        plural(steps, "step"),
        significant(walk.first().loss),
        significant(walk.last().loss)
    ));
    for Walk { mode, diverged, finished, .. } in &training.walks {
        if let Some(step) = diverged {
            sentences.push(format!(
                "The walk by {mode} mode diverged: step {step} led to a loss or a parameter that is infinite or NaN. It \
                 stopped there, and the last finite parameters are kept; a lower rate may help."
            ));
        }
        if let Some(reason) = finished {
            sentences.push(format!("The walk by {mode} mode ended by itself: {}.", reason.trim_end_matches('.')));
        }
    }
    if let Some(last) = training.apart.last() {
        let modes = if training.walks.len() == 2 { "Both" } else { "All" };
        sentences.push(if training.largest_difference() == 0.0 {
            format!("{modes} modes walked the same trajectory to the last bit.")
        } else {
            format!(
                "{modes} modes walked the same trajectory: after the last step a parameter differs by {} ulp at most, {:.1e} of \
                 the largest parameter; that is rounding.",
                grouped(last.ulps),
                last.relative
            )
        });
    }
    sentences.extend(training_cost(training));
    sentences.extend(over_loss(training));
    let equal = &training.equal_units;
    if !equal.is_empty() {
        let layers = equal.iter().map(|it| format!("all {} units of hidden layer {}", number(it.units), it.layer));
        let layers = layers.collect::<Vec<_>>().join(" and ");
        sentences.push(format!(
            "Equal stayed {layers}: they started so, and units with equal weights get equal derivatives, at every step and \
             whatever the data are. Such a layer can do no more than a single unit; start from random weights instead."
        ));
    }
    sentences
}

/// What a program makes of the cost of a gradient.
fn over_loss(training: &Training) -> Option<String> {
    let walk = training.by(Mode::Program)?;
    let times = walk.gradient_over_loss()?;
    let judged = if times < 1.0 {
        "the gradient of a batch cost less than evaluating the function"
    } else {
        "the gradient of a batch cost more than evaluating the function"
    };
    let reverse = training.by(Mode::Reverse).and_then(Walk::gradient_over_loss);
    let recorded = reverse.map_or(String::new(), |it| format!(", where recording it anew took {}", significant(it)));
    Some(format!(
        "Compiled once, in {}, and replayed over {}, a gradient took {} times the time of the loss alone{recorded}: {judged}.",
        seconds(walk.cost.building),
        plural(training.batch, "sample"),
        significant(times),
    ))
}

fn training_cost(training: &Training) -> Option<String> {
    let (forward, reverse) = (training.by(Mode::Forward)?, training.by(Mode::Reverse)?);
    let evaluations = |walk: &Walk| walk.cost.evaluations;
    let operations = |walk: &Walk| walk.cost.operations.total() as f64 * walk.cost.gradients as f64;
    Some(format!(
        "{} parameters, {} samples a step and {} gradients: forward mode evaluated the loss of a sample {} times, reverse \
         mode {} times, and did {} times the operations.",
        number(training.parameters),
        number(training.batch),
        grouped(forward.cost.gradients),
        grouped(evaluations(forward)),
        grouped(evaluations(reverse)),
        significant(operations(forward) / operations(reverse)),
    ))
}
