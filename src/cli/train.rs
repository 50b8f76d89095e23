//! `dualtape train`: gradient descent with every mode, and what it costs.

use super::failure::Failure;
use super::place::shortened;
use super::progress::Progress;
use super::{compare, data, models, output, table, terminal};
use crate::Mode;
use crate::compare::report::{self, training_charts};
use crate::compare::units::{in_width, significant};
use crate::table::Table;
use crate::text::grouped;
use crate::train::{DynTrainable, Initialisation, Optimizer, Settings, Training, Trajectory, initialise, train};
use clap::{Args, ValueEnum};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_distr::{Distribution, StandardNormal};
use std::io::Write;
use std::path::PathBuf;
use std::str::FromStr;

/// Train a model by gradient descent, with all modes at once
///
/// Step 0 initialises the parameters. Then, again and again: take the derivative of the loss, and update the parameters
/// against it. With --batch the derivative is that of some samples only, others at each step.
///
/// All modes start at the same point and take the same samples. Their trajectories are the same but for rounding, which is
/// shown; their costs are not: parameters × samples × steps is what forward mode pays for, samples × steps what reverse
/// mode does, and a program of it, compiled once, takes less time for a gradient than the loss itself where the samples
/// are many.
#[derive(Args)]
#[command(after_help = "\
Examples:
  dualtape train logistic-regression                            Fisher's Iris data
  dualtape train mlp --optimizer adam --steps 500 --batch 2     mini-batches
  dualtape train mlp --init zeros                               why the start matters: all units stay equal
  dualtape train linear-regression --data houses.csv --target price
  dualtape train rosenbrock --n 10 --optimizer lbfgs            any model with one output has a least value to find")]
pub(crate) struct TrainArguments {
    /// The name of a model with one output (see `dualtape models`)
    model: String,

    /// Real data for a regression model: a CSV file with a header
    #[arg(long, value_name = "FILE.csv", value_parser = output::file())]
    data: Option<PathBuf>,

    /// The column of the data to predict [default: the last]
    #[arg(long, value_name = "COLUMN", requires = "data")]
    target: Option<String>,

    /// How many parameters, at least: networks become wider
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    n: Option<String>,

    /// By which modes: forward (one direction at a time), chunked (eight), reverse, program (reverse mode, compiled once and
    /// replayed over the samples of a batch), several of them with commas between, both (chunked and reverse) or all (these
    /// and program), side by side
    #[arg(long, value_name = "MODE,...", default_value = "all")]
    mode: Modes,

    /// How many samples a gradient is the mean over [default: all of them]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = samples)]
    batch: Option<usize>,

    /// The rate: how far to go against the gradient [default: 0.1, momentum 0.02, adam 0.01]
    #[arg(long, value_name = "α", allow_hyphen_values = true)]
    rate: Option<f64>,

    /// What turns a gradient into an update
    #[arg(long, value_enum, default_value = "sgd")]
    optimizer: Rule,

    /// Where a network starts; a model without layers starts at its point in the zoo
    #[arg(long, value_enum, default_value = "xavier")]
    init: Init,

    /// How many updates, at most a million
    #[arg(long, value_name = "N", default_value = "200", allow_negative_numbers = true, value_parser = updates)]
    steps: usize,

    /// The seed of the random numbers: the same seed, the same training
    #[arg(long, value_name = "S", default_value = "0")]
    seed: u64,

    /// Write a page with the trajectories and the costs: one file, nothing is loaded from elsewhere
    #[arg(long, value_name = "FILE.html", value_parser = output::file())]
    report: Option<PathBuf>,

    /// Print everything as JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,

    /// Print the steps as CSV
    #[arg(long)]
    csv: bool,
}

/// What `--mode` names.
#[derive(Clone)]
struct Modes(Vec<Mode>);

impl FromStr for Modes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let of_one = |name: &str| match name.to_lowercase().as_str() {
            "all" => Ok(vec![Mode::Chunked, Mode::Reverse, Mode::Program]),
            "both" => Ok(vec![Mode::Chunked, Mode::Reverse]),
            name => match <Mode as ValueEnum>::from_str(name, true) {
                Ok(mode) if mode != Mode::Differences => Ok(vec![mode]),
                _ => Err(
                    "expected forward, chunked, reverse, program, or several of them with commas between, both or all",
                ),
            },
        };
        let modes: Vec<Vec<Mode>> = text.split(',').map(of_one).collect::<Result<_, _>>()?;
        Ok(Self(modes.concat()))
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Rule {
    /// w ← w − α·g
    Sgd,
    /// v ← 0.9·v + g, w ← w − α·v
    Momentum,
    /// Means of g and g², each corrected for its start
    Adam,
    /// A quasi-Newton method with a line search, on all samples
    Lbfgs,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Init {
    /// All 0: the units of a hidden layer stay equal
    Zeros,
    /// Standard normal
    Normal,
    /// Variance 2/(fan-in + fan-out), for tanh
    Xavier,
    /// Variance 2/fan-in, for relu
    He,
}

impl From<Init> for Initialisation {
    fn from(init: Init) -> Self {
        match init {
            Init::Zeros => Self::Zeros,
            Init::Normal => Self::Normal,
            Init::Xavier => Self::Xavier,
            Init::He => Self::He,
        }
    }
}

fn updates(text: &str) -> Result<usize, String> {
    /// The trajectories of all modes are kept: 64 bytes a step.
    const MOST: usize = 1_000_000;
    let steps = text.parse().ok().filter(|steps| (1..=MOST).contains(steps));
    steps.ok_or_else(|| format!("expected a whole number from 1 to {}", grouped(MOST as u64)))
}

fn samples(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "expected a whole number of samples, from 1 to as many as there are".to_owned())
}

pub(crate) fn run(arguments: &TrainArguments, out: &mut impl Write) -> Result<(), Failure> {
    let settings = settings(arguments)?;
    output::check(&[("--data", arguments.data.as_deref())], &[("--report", arguments.report.as_deref())])?;
    let of_zoo = models::find(&arguments.model, "")?;
    let n = match &arguments.n {
        Some(n) => compare::one_size(of_zoo, n)?,
        None => default_size(&arguments.model),
    };
    let on_data =
        arguments.data.as_ref().map(|path| data::family(of_zoo, path, arguments.target.as_deref())).transpose()?;
    let (family, about) = match &on_data {
        Some((family, about)) => (&**family, *about),
        None => (of_zoo, of_zoo.about()),
    };
    let Some(problem) = family.trainable(n) else {
        let name = &arguments.model;
        let problem = format!("{name} has several outputs: expected a model with one, which can become least");
        return Err(Failure::input(problem));
    };
    let training = trained(&*problem, arguments, &settings)?;
    if let Some(path) = &arguments.report {
        let page = report::training_page(&about, &training, &output::command_line());
        output::write(path, page.as_bytes())?;
    }
    print(about.title, &training, arguments, out)?;
    if let Some(path) = &arguments.report {
        output::say_written(path, !arguments.json && !arguments.csv, out)?;
    }
    // What was reached up to there has been told.
    out.flush()?;
    divergence(&training, arguments).map_or(Ok(()), |problem| Err(Failure::input(problem)))
}

/// Where a training diverged, if it did.
fn divergence(training: &Training, arguments: &TrainArguments) -> Option<String> {
    let found = training.trajectories.iter().find(|it| it.diverged.is_some())?;
    let (step, mode) = (found.diverged?, found.mode);
    if step == 0 {
        return Some("training: the loss or a parameter is not finite at the start".to_owned());
    }
    let (last, loss) = (step - 1, significant(found.final_loss()));
    let is_lbfgs = arguments.optimizer == Rule::Lbfgs;
    let rate = if is_lbfgs { String::new() } else { format!(", at rate {}", in_width(training.rate, NUMBER)) };
    Some(format!(
        "training diverged at step {step} by {mode} mode{rate}: kept are the parameters of step {last}, of loss {loss}; {} \
         may help",
        training.optimizer.remedy()
    ))
}

fn settings(arguments: &TrainArguments) -> Result<Settings, Failure> {
    let mut settings = Settings::default();
    let (optimizer, rate) = match arguments.optimizer {
        Rule::Sgd => (Optimizer::Sgd, 0.1),
        Rule::Momentum => (Optimizer::Momentum, 0.02),
        Rule::Adam => (Optimizer::Adam, 0.01),
        Rule::Lbfgs => (Optimizer::Lbfgs, 1.0),
    };
    if arguments.optimizer == Rule::Lbfgs && arguments.rate.is_some() {
        return Err(Failure::input("--rate: lbfgs finds its own by a line search, expected none"));
    }
    settings.optimizer = optimizer;
    settings.rate = arguments.rate.unwrap_or(rate);
    settings.steps = arguments.steps;
    settings.batch = arguments.batch;
    settings.modes.clone_from(&arguments.mode.0);
    Ok(settings)
}

/// How many characters a number takes at most.
const NUMBER: usize = 12;

/// The size of a model that none is given for: wide enough to fit something, small enough to look at.
fn default_size(model: &str) -> usize {
    match model {
        "mlp" | "network" => 40,
        "linear-regression" => 4,
        _ => 2,
    }
}

fn trained(problem: &dyn DynTrainable, arguments: &TrainArguments, settings: &Settings) -> Result<Training, Failure> {
    if settings.modes.contains(&Mode::Program) {
        compare::program_fits(&arguments.model, problem.parameters(), problem.program_operations())?;
    }
    let mut random = ChaCha8Rng::seed_from_u64(arguments.seed);
    let start = initialise(problem, arguments.init.into(), || StandardNormal.sample(&mut random));
    let shuffle = |order: &mut [usize]| {
        // Fisher and Yates; the remainder's bias is below 2⁻³² for any number of samples that fits in memory.
        for last in (1..order.len()).rev() {
            order.swap(last, (random.next_u64() % (last as u64 + 1)) as usize);
        }
    };
    let progress = Progress::new(settings.steps as u64, &arguments.model);
    let training = train(problem, &start, settings, shuffle, |_| progress.step());
    training.map_err(|error| Failure::input(format!("--{error}")))
}

fn print(title: &str, training: &Training, arguments: &TrainArguments, out: &mut impl Write) -> Result<(), Failure> {
    if arguments.json {
        serde_json::to_writer_pretty(&mut *out, training).map_err(std::io::Error::from)?;
        return Ok(writeln!(out)?);
    }
    if arguments.csv {
        let mut writer = csv::Writer::from_writer(out);
        for row in training.rows() {
            writer.serialize(row).map_err(std::io::Error::other)?;
        }
        return Ok(writer.flush()?);
    }
    let Training { optimizer, rate, .. } = training;
    writeln!(out, "{}", terminal::prose(title, 2))?;
    let rate =
        if arguments.optimizer == Rule::Lbfgs { String::new() } else { format!(", rate {}", in_width(*rate, NUMBER)) };
    let shape = format!("{}; {optimizer}{rate}", report::training_shape(training));
    writeln!(out, "{}\n", terminal::prose(&shape, 0))?;
    writeln!(out, "{}\n", table::fitted(&training_charts::steps(training, 10)))?;
    for sentence in report::training_sentences(training) {
        writeln!(out, "{}", terminal::prose(&sentence, 0))?;
    }
    writeln!(out, "\n{}\n", table::fitted(&training_charts::costs(training)))?;
    if training.trajectories.iter().any(|it| it.unstandardised.is_some()) {
        writeln!(out, "For the columns as they were before they were standardised:")?;
    }
    writeln!(out, "{}", parameters_found(training))?;
    Ok(())
}

fn parameters_found(training: &Training) -> String {
    const SHOWN: usize = 20;
    let mut titles = vec!["parameter".to_owned()];
    titles.extend(training.trajectories.iter().map(|it| format!("by {}", it.mode)));
    let mut table = Table::new(titles, 1);
    for (at, name) in training.names.iter().enumerate().take(SHOWN) {
        let found = |it: &Trajectory| it.unstandardised.as_ref().unwrap_or(&it.weights)[at];
        let values = training.trajectories.iter().map(|it| in_width(found(it), NUMBER));
        table.rows.push(std::iter::once(shortened(name)).chain(values).collect());
    }
    match training.names.len().checked_sub(SHOWN) {
        None | Some(0) => table::fitted(&table),
        Some(more) => format!("{}\nand {more} more: --json prints them all", table::fitted(&table)),
    }
}
