//! What is said of a comparison or a training is true of it: of every size, of every choice of modes, and in good grammar.

#![cfg(feature = "cli")]

#[path = "support/figures.rs"]
mod figures;

use dualtape::compare::report::{page, sweep_sentences, training_page, training_sentences, training_shape};
use dualtape::compare::{About, Comparison, Options, Sweep, compare, sweep, zoo};
use dualtape::train::{self, Optimizer, Trainable, Training, train};
use dualtape::{Many, Mode, Model, One, Scalar, model};
use figures::{grouped, significant};
use std::time::Duration;

/// "1 samples" and "2 sample".
#[track_caller]
fn is_grammatical(text: &str) {
    const NOUNS: [&str; 16] = [
        "column",
        "number",
        "sample",
        "step",
        "evaluation",
        "derivative",
        "input",
        "output",
        "sweep",
        "parameter",
        "gradient",
        "node",
        "point",
        "instruction",
        "replay",
        "operation",
    ];
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || ";:()<>".contains(c)).collect();
    for pair in words.windows(2) {
        // "n = 31, input 1" counts nothing.
        let count = pair[0].replace(',', "").parse::<u64>().ok().filter(|_| !pair[0].ends_with(','));
        let Some(count) = count else { continue };
        let noun = pair[1].trim_end_matches([',', '.']);
        if let Some(singular) = NOUNS.into_iter().find(|it| noun.strip_suffix('s').unwrap_or(noun) == *it) {
            assert_eq!(count == 1, noun == singular, "{pair:?} in {text}");
        }
    }
    for wrong in [" 1 that are", " 1 to 1 ", "NaN times", "inf times", "– times", "  ", "..", " ,", "infe0"] {
        assert!(!text.contains(wrong), "{wrong:?} in {text}");
    }
}

/// The words by which a mode is spoken of.
fn words(mode: Mode) -> &'static [&'static str] {
    match mode {
        Mode::Differences => &["differences"],
        Mode::Forward => &["one direction at a time", "forward mode from", "by forward "],
        Mode::Chunked => &["hunked", "eight directions"],
        Mode::Reverse => &["reverse", "tape", "recorded evaluation"],
        Mode::Program => &["ompiled", "program"],
    }
}

fn options(modes: &[Mode]) -> Options {
    Options { modes: modes.to_vec(), timing: Duration::from_micros(50), ..Options::default() }
}

/// All choices of modes, or a few of them.
fn choices(all: bool) -> Vec<Vec<Mode>> {
    let chosen = |bits: usize| (0..5).filter(|at| bits >> at & 1 == 1).map(|at| Mode::ALL[at]).collect();
    (0..32).filter(|bits| all || [1, 2, 6, 8, 12, 24, 31].contains(bits)).map(chosen).collect()
}

/// The figures of the verdict are those of the rows, and what it calls faster is.
#[track_caller]
fn verdict_agrees(comparison: &Comparison, verdict: &str) {
    let times = |name: &str| {
        let mode = Mode::ALL.into_iter().find(|it| it.to_string() == name).unwrap_or_else(|| panic!("{name}"));
        comparison.time_over_primal(mode).unwrap_or_else(|| panic!("{name} did not run: {verdict}"))
    };
    let chosen = verdict.split("Here ").nth(1).and_then(|rest| rest.split(" took ").next());
    if let Some((before, after)) = verdict.split_once(" was faster, at ") {
        let (name, figure) = (before.rsplit("; ").next().expect("a name"), after.split(' ').next().expect("a figure"));
        assert_eq!(significant(times(name)), figure, "{verdict}");
        assert!(times(name) < times(chosen.expect("one was chosen")), "{verdict}");
        let exact = comparison.modes.iter().filter(|it| it.mode != Mode::Differences);
        assert!(exact.map(|it| times(&it.mode.to_string())).all(|it| it >= times(name)), "{verdict}");
    } else if let Some(chosen) = chosen {
        for found in comparison.modes.iter().filter(|it| it.mode != Mode::Differences) {
            let (own, other) = (times(chosen), times(&found.mode.to_string()));
            assert!(own <= other || significant(own) == significant(other), "{chosen} and {}: {verdict}", found.mode);
        }
    }
}

#[track_caller]
fn is_true(sweep: &Sweep) {
    let sentences = sweep_sentences(sweep);
    assert!(!sentences.is_empty());
    let said = sentences.join("\n");
    for comparison in &sweep.comparisons {
        let verdict = comparison.verdict();
        is_grammatical(&verdict);
        is_grammatical(&comparison.choice.to_string());
        verdict_agrees(comparison, &verdict);
    }
    // Extrapolated differences judge the derivatives whichever modes ran.
    let mut said = said;
    for judgement in ["extrapolated differences", "held against differences", "by differences", "differences can tell"]
    {
        said = said.replace(judgement, "");
    }
    for sentence in &sentences {
        is_grammatical(sentence);
    }
    for mode in Mode::ALL {
        let known = |it: &Comparison| it.of(mode).is_some() || it.left_out.iter().any(|left| left.mode == mode);
        if !sweep.comparisons.iter().any(known) {
            for word in words(mode) {
                assert!(!said.contains(word), "{mode} did not run: {word:?} in {said}");
            }
        }
    }
    assert!(page(sweep, "test").contains("</html>"));
}

const ABOUT: About = About { name: "f", title: "f", formula: "f", inputs: "", domain: "", source: "" };

fn check(function: &impl Model<Outputs = One>, points: &[&[f64]], all: bool) {
    for modes in choices(all) {
        let comparisons = points.iter().map(|x| compare(function, x, &options(&modes))).collect();
        is_true(&Sweep::new(ABOUT, comparisons));
    }
}

fn product<T: Scalar>(x: &[T]) -> T {
    x.iter().fold(T::one(), |product, &x| product * x)
}

fn singular<T: Scalar>(x: &[T]) -> T {
    x.iter().map(|x| x.sqrt().ln() * x.recip()).fold(T::zero(), |sum, x| sum + x)
}

fn itself<T: Scalar>(x: &[T]) -> T {
    x.first().copied().unwrap_or(T::one())
}

struct Outputs(usize);

impl Model for Outputs {
    type Outputs = Many;
    fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T> {
        (0..self.0).map(|i| x.iter().fold(T::constant(i as f64), |sum, &x| sum * x + x.sin())).collect()
    }
}

#[test]
fn of_few_inputs_and_of_none() {
    let one_to_nine: Vec<f64> = (1..=9).map(f64::from).collect();
    check(&model!(product), &[&[]], true);
    check(&model!(product), &[&[2.0]], true);
    check(&model!(product), &[&[2.0], &one_to_nine], true);
    check(&model!(product), &[&one_to_nine, &[2.0, 3.0], &[]], true);
    check(&model!(itself), &[&[2.0]], true);
    check(&model!(itself), &[&[2.0, 3.0], &one_to_nine], true);
}

#[test]
fn of_derivatives_that_are_no_numbers() {
    for x in [0.0, -1.0, f64::INFINITY, f64::NAN, 1e-300, 1e300] {
        check(&model!(singular), &[&[x]], true);
        check(&model!(singular), &[&[1.0, x], &[x]], true);
    }
    // All derivatives are 0.
    check(&model!(product), &[&[0.0, 0.0, 0.0]], true);
}

#[test]
fn of_several_outputs() {
    for outputs in [0, 1, 2, 9] {
        for x in [&[][..], &[0.5], &[0.5, -1.0, 2.0]] {
            for modes in choices(true) {
                let comparison = compare(&Outputs(outputs), x, &options(&modes));
                is_true(&Sweep::new(ABOUT, vec![comparison]));
            }
        }
    }
}

#[test]
fn of_the_zoo() {
    for &family in zoo::MODELS {
        let one_output = family.size(1).outputs == 1.0;
        for modes in choices(false) {
            if one_output {
                for time_limit in [Duration::MAX, Duration::from_micros(20)] {
                    is_true(&sweep(family, &[1, 30], &Options { time_limit, ..options(&modes) }));
                }
            } else {
                is_true(&sweep(family, &[1, 10], &options(&modes)));
            }
        }
    }
}

/// Σ over samples s of (w₀·s − w₁)², which is 0 everywhere for no samples but 0 and weights 0.
struct Line<'a>(&'a [f64]);

impl Trainable for Line<'_> {
    fn parameters(&self) -> usize {
        2
    }

    fn samples(&self) -> usize {
        self.0.len()
    }

    fn sample_loss<T: Scalar>(&self, weights: &[T], sample: usize) -> T {
        let residual = weights[0] * T::constant(self.0[sample]) - weights[1];
        residual * residual
    }
}

#[track_caller]
fn training_is_true(training: &Training) {
    let sentences = training_sentences(training);
    let said = sentences.join("\n");
    sentences.iter().for_each(|sentence| is_grammatical(sentence));
    is_grammatical(&training_shape(training));
    let mentions = [(Mode::Chunked, "orward"), (Mode::Reverse, "everse"), (Mode::Program, "program")];
    for (mode, word) in mentions {
        assert!(training.by(mode).is_some() || !said.contains(word), "{mode:?} was not asked for: {said}");
    }
    for trajectory in &training.trajectories {
        let cost = trajectory.cost;
        let passes = trajectory.mode.evaluations(training.parameters) as u64;
        assert_eq!(cost.evaluations, passes * cost.samples, "the account multiplies out");
        if cost.samples > 1 {
            assert!(said.contains(&format!("{} mode {} for", trajectory.mode, grouped(cost.evaluations))));
        }
        assert_eq!(
            trajectory.diverged.is_some(),
            said.contains("diverged") || said.contains("could not begin"),
            "{said}"
        );
    }
    let is_same = training.divergence_ulps.iter().all(|&ulps| ulps == 0);
    // At the start nothing was done.
    assert_eq!(training.divergence.len() > 1 && is_same, said.contains("to the last bit"), "{said}");
    assert!(training_page(&ABOUT, training, "test").contains("</html>"));
}

#[test]
fn of_trainings() {
    let all = [Mode::Chunked, Mode::Reverse, Mode::Program];
    let mut modes: Vec<Vec<Mode>> = all.iter().map(|&mode| vec![mode]).collect();
    modes.extend([vec![Mode::Chunked, Mode::Reverse], vec![Mode::Reverse, Mode::Program], all.to_vec()]);
    let samples: [&[f64]; 4] = [&[2.0], &[1.0, 2.0], &[1.0, 2.0, -1.0, 0.5, 3.0], &[0.0, 1e200]];
    for modes in modes {
        for samples in samples {
            for batch in
                [None, Some(1), Some(2), Some(3)].into_iter().filter(|it| it.is_none_or(|it| it <= samples.len()))
            {
                // What becomes smaller, what diverges, and what is not finite from the start.
                for (rate, start) in [(0.01, 1.0), (1e3, 1.0), (1e300, 1.0), (0.1, f64::NAN), (0.1, 0.0)] {
                    for (optimizer, steps) in [(Optimizer::Sgd, 1), (Optimizer::Adam, 7), (Optimizer::Momentum, 200)] {
                        let mut settings = train::Settings::default();
                        (settings.optimizer, settings.rate, settings.steps) = (optimizer, rate, steps);
                        (settings.batch, settings.modes) = (batch, modes.clone());
                        let training = train(&Line(samples), &[start; 2], &settings, |order| order.reverse(), |_| {});
                        training_is_true(&training.expect("the settings are right"));
                    }
                }
            }
        }
    }
}

/// A sum of so many terms.
struct Long(usize);

impl Model for Long {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        (0..self.0).fold(x[0].abs(), |sum, _| sum + x[0])
    }
}

#[test]
fn what_was_not_looked_for_is_said() {
    let about = About { name: "long", title: "Long", formula: "", inputs: "", domain: "", source: "" };
    let compared = [99_999, 100_000].map(|terms| compare(&Long(terms), &[0.0], &options(&[Mode::Reverse])));
    let not =
        "Places where a derivative may have been lost are not looked for beyond 100,000 operations times outputs.";
    for (comparison, is_too_large) in compared.iter().zip([false, true]) {
        assert_eq!(comparison.verdict().contains(not), is_too_large, "{}", comparison.verdict());
        let json = serde_json::to_value(comparison).unwrap()["doubtful"].clone();
        let text = "not looked for beyond 100,000 operations times outputs";
        assert_eq!(json == serde_json::json!(text), is_too_large, "{json}");
        assert_eq!(json["count"] == serde_json::json!(1), !is_too_large, "{json}");
    }
    let written = page(&Sweep::new(about, compared.to_vec()), "dualtape");
    assert!(
        written.contains("Places where a derivative may have been lost were not looked for at n = 1."),
        "{written}"
    );
}

#[test]
fn a_function_beside_an_input_of_its_name() {
    fn wrong<T: Scalar>(x: &[T]) -> T {
        x[0].detach() * x[1]
    }
    let named = |names: [&str; 2]| {
        let options = Options { names: names.map(str::to_owned).to_vec(), ..options(&[Mode::Reverse]) };
        compare(&model!(wrong), &[3.0, 2.0], &options).remarks()
    };
    assert!(named(["x", "y"])[0].starts_with("contradicted: ∂f/∂x is 0, and 2 by"), "{:?}", named(["x", "y"]));
    assert!(
        named(["f", "y"])[0].starts_with("contradicted: the derivative in f is 0, and 2 by"),
        "{:?}",
        named(["f", "y"])
    );
    // With two outputs, f0 and f1, an input f1 would read as the other of them.
    fn both<T: Scalar>(x: &[T]) -> Vec<T> {
        vec![x[0] * x[1], wrong(x)]
    }
    let options = Options { names: ["f1", "y"].map(str::to_owned).to_vec(), ..options(&[Mode::Reverse]) };
    let remarks = compare(&model!(both), &[3.0, 2.0], &options).remarks();
    let start = "contradicted: the derivative of output 1 in f1 is 0, and 2 by";
    assert!(remarks[0].starts_with(start), "{remarks:?}");
}
