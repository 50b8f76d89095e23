//! `dualtape compare`: a model, a formula or data, differentiated in every way.

use super::failure::Failure;
use super::formula::{self, Formula};
use super::progress::Progress;
use super::{data, models, output, point, subject, table, terminal};
use crate::Mode;
use crate::compare::units::{bytes, in_width, significant};
use crate::compare::{About, Comparison, DynFamily, LeftOut, Options, Size, Sweep, compare, report};
use crate::text::{counted, grouped};
use clap::Args;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The model that is compared if none is named.
const DEFAULT_MODEL: &str = "mlp";

/// How many operations, inputs times those of f, a size that nobody asked for may take: some seconds.
const MOST_OPERATIONS: f64 = 1e9;

/// Where the report goes if nothing at all is asked for.
const DEFAULT_REPORT: &str = "dualtape-report.html";

/// Differentiate a model or a formula in every way: do they agree, and what does each cost?
///
/// Five ways to the same gradient of n parameters:
///
///   differences   central differences: f is evaluated 2n times, and half of the digits are lost
///
///   forward       dual numbers, one direction at a time: n evaluations that carry one derivative each
///
///   chunked       dual numbers, eight directions at a time: n/8 evaluations that carry eight
///
///   reverse       one evaluation that records, one sweep backwards: all derivatives, whatever n is
///
///   program       reverse mode recorded and compiled once, then replayed; also for many points at a time
///
/// Shown for each: how far it is from reverse mode in units in the last place (ulp), how many evaluations it takes, the
/// operations it does (counted, exact, the same on every machine), its time (median of several runs), and what reverse
/// mode keeps in memory. "× f" is the cost in evaluations of the function itself.
///
/// Without arguments: a neural network that grows from 10 to 10,000 weights, with a report page.
#[derive(Args)]
#[command(after_help = "\
Examples:
  dualtape compare                                         the network, and a report page
  dualtape compare rosenbrock --n 2,20,200,2000            a model of the zoo in four sizes
  dualtape compare 'sin(x)*y + exp(x*y)' --at x=1,y=0.5    your own formula
  dualtape compare linear-regression --data houses.csv --target price
  dualtape compare gmm --n 100 --csv > gmm.csv             figures for another program

A formula has + - * / % ^, parentheses, numbers, pi, e, variables, and the functions of the library: sin, exp, ln, sqrt,
tanh, erf, logistic, max, hypot, atan2, ...; `dualtape models` lists the models and the functions. What the tool prints can
be typed back: 2·x, −x, x÷y, √x, ∛x, |x|, x², tanh²(x), σ(x), ψ′(x), π, τ. @FILE reads the formula from a file, - from standard
input. The values of --at may be formulas too: --at x=pi/2.")]
pub(crate) struct CompareArguments {
    /// The name of a model (see `dualtape models`), or a formula such as 'sin(x)*y', @FILE or - that holds one
    #[arg(value_name = "MODEL | FORMULA", allow_hyphen_values = true)]
    subject: Option<String>,

    /// How many inputs: a list of sizes; each gives the smallest member of the family with at least that many
    #[arg(long, value_name = "N,N,...", allow_hyphen_values = true)]
    n: Option<String>,

    /// Where to differentiate a formula: a value for each of its variables
    #[arg(long, value_name = "X=1,Y=2,...", allow_hyphen_values = true)]
    at: Option<String>,

    /// Real data for a regression model: a CSV file with a header
    #[arg(long, value_name = "FILE.csv", value_parser = output::file())]
    data: Option<PathBuf>,

    /// The column of the data to predict [default: the last]
    #[arg(long, value_name = "COLUMN", requires = "data")]
    target: Option<String>,

    /// Which ways to compare
    #[arg(long, value_delimiter = ',', value_name = "MODE,...", ignore_case = true)]
    modes: Vec<Mode>,

    /// Print everything as JSON, the derivatives included
    #[arg(long, conflicts_with = "csv")]
    json: bool,

    /// Print the figures as CSV, a line for each way
    #[arg(long)]
    csv: bool,

    /// Write a page with charts, tables and explanations: one file, nothing is loaded from elsewhere
    #[arg(long, value_name = "FILE.html", value_parser = output::file())]
    report: Option<PathBuf>,

    /// Write the chart of counted operations
    #[arg(long, value_name = "FILE.svg", value_parser = output::file())]
    plot: Option<PathBuf>,

    /// Fewer sizes and fewer timed runs
    #[arg(long)]
    quick: bool,

    /// Leave a way out if its bare evaluations of f would take longer than this, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "3")]
    time_limit: f64,
}

pub(crate) fn run(arguments: &CompareArguments, out: &mut impl Write) -> Result<(), Failure> {
    let options = options(arguments)?;
    let report = report_path(arguments);
    output::check(
        &[("--data", arguments.data.as_deref()), subject::file(arguments.subject.as_deref().unwrap_or_default())],
        &[("--report", report.as_deref()), ("--plot", arguments.plot.as_deref())],
    )?;
    let compared = match &arguments.subject {
        // A formula may start with a sign, so that the parser of the arguments takes this for one.
        Some(text) if text.starts_with("--") => {
            return Err(Failure::input(format!("there is no option {text}: see `dualtape compare --help`")));
        }
        Some(subject) => match subject::formula(subject, arguments.at.as_deref())? {
            Some(formula) => of_formula(&formula, arguments, &options)?,
            None => of_model(subject, arguments, &options)?,
        },
        None => of_model(DEFAULT_MODEL, arguments, &options)?,
    };
    let files = files(&compared, arguments, report.as_deref());
    for (path, contents) in &files {
        output::write(path, contents.as_bytes())?;
    }
    print(&compared, arguments, out)?;
    let text = !arguments.json && !arguments.csv;
    for (path, _) in &files {
        output::say_written(path, text, out)?;
    }
    Ok(())
}

/// What was compared, with the names of the inputs where they have some.
struct Compared {
    sweep: Sweep,
    variables: Vec<String>,
}

fn options(arguments: &CompareArguments) -> Result<Options, Failure> {
    let mut options = Options::default();
    if !arguments.modes.is_empty() {
        options.modes.clone_from(&arguments.modes);
    }
    if arguments.quick {
        options.timing = Duration::from_millis(10);
    }
    if arguments.time_limit.is_nan() || arguments.time_limit < 0.0 {
        return Err(Failure::input(format!(
            "--time-limit: expected seconds, 0 or more, found {}",
            arguments.time_limit
        )));
    }
    // More seconds than can be counted are for ever.
    options.time_limit = Duration::try_from_secs_f64(arguments.time_limit).unwrap_or(Duration::MAX);
    Ok(options)
}

fn report_path(arguments: &CompareArguments) -> Option<PathBuf> {
    let formats = arguments.json || arguments.csv;
    let is_main_job = arguments.subject.is_none() && !formats && arguments.plot.is_none();
    arguments.report.clone().or_else(|| is_main_job.then(|| PathBuf::from(DEFAULT_REPORT)))
}

fn of_formula(text: &str, arguments: &CompareArguments, options: &Options) -> Result<Compared, Failure> {
    let Formula { expression, variables } = formula::parse(text)?;
    for (option, given) in [("--n", arguments.n.is_some()), ("--data", arguments.data.is_some())] {
        if given {
            let problem = format!("{option} is for models of the zoo: {text:?} is a formula, give its point by --at");
            return Err(Failure::input(problem));
        }
    }
    let x = point::point(arguments.at.as_deref(), &variables)?;
    let mut options = options.clone();
    options.names = variables.clone();
    let comparison = compare(&expression, &x, &options);
    let about = About {
        name: "formula",
        title: "A formula",
        // A process reads one formula.
        formula: String::leak(text.split_whitespace().collect::<Vec<_>>().join(" ")),
        inputs: String::leak(variables.join(", ")),
        domain: "",
        source: "",
    };
    Ok(Compared { sweep: Sweep::new(about, vec![comparison]), variables })
}

fn of_model(name: &str, arguments: &CompareArguments, options: &Options) -> Result<Compared, Failure> {
    let family = models::find(name, "; a formula of this form needs --at")?;
    if arguments.at.is_some() {
        return Err(Failure::input(format!(
            "--at is for formulas: {name} is a model of the zoo, give its size by --n"
        )));
    }
    let ns = match &arguments.n {
        Some(list) => point::sizes(list)?,
        // A regression has the size of its data; a network on them grows.
        None if arguments.data.is_some() && name != DEFAULT_MODEL => vec![1],
        None => default_sizes(name, arguments).to_vec(),
    };
    let most = if arguments.n.is_some() { f64::INFINITY } else { MOST_OPERATIONS };
    let on_data =
        arguments.data.as_ref().map(|path| data::family(family, path, arguments.target.as_deref())).transpose()?;
    let (family, about) = match &on_data {
        Some((family, about)) => (&**family, *about),
        None => (family, family.about()),
    };
    let members = members(family, &ns, most, options)?;
    let progress = Progress::new(members.len() as u64, name);
    let compared = |n| {
        let comparison = family.compare(n, options);
        progress.step();
        comparison
    };
    let sweep = Sweep::new(about, members.into_iter().map(compared).collect());
    Ok(Compared { sweep, variables: Vec::new() })
}

/// Sizes for a model that none are given for.
fn default_sizes(name: &str, arguments: &CompareArguments) -> &'static [usize] {
    match (name == DEFAULT_MODEL, arguments.quick) {
        (true, false) => &[10, 30, 100, 300, 1000, 3000, 10_000],
        (true, true) | (false, false) => &[10, 100, 1000],
        (false, true) => &[10, 100],
    }
}

/// The sizes to run, each member once, if memory holds them all; but for the first, not those for which forward mode would do more
/// than `most` operations.
fn members(family: &dyn DynFamily, ns: &[usize], most: f64, options: &Options) -> Result<Vec<usize>, Failure> {
    let available = available_memory();
    let mut members: Vec<(usize, Size)> = Vec::new();
    for &n in ns {
        let size = family.size(n);
        check_memory(family.about().name, &size, &options.modes, available)?;
        let is_affordable = members.is_empty() || size.inputs * size.operations <= most;
        if is_affordable && members.iter().all(|(_, known)| known.inputs != size.inputs) {
            members.push((n, size));
        }
    }
    Ok(members.into_iter().map(|(n, _)| n).collect())
}

fn check_memory(name: &str, size: &Size, modes: &[Mode], available: f64) -> Result<(), Failure> {
    fits(name, size.inputs, size.bytes(modes), available)
}

fn fits(name: &str, inputs: f64, needed: f64, available: f64) -> Result<(), Failure> {
    if needed <= available {
        return Ok(());
    }
    let (inputs, needed, available) = (significant(inputs), bytes(needed), bytes(available));
    Err(Failure::input(format!("--n: {name} of {inputs} inputs would take about {needed}, and {available} are free")))
}

/// Whether memory holds a program of so many operations, which differentiates them.
pub(crate) fn program_fits(name: &str, inputs: usize, operations: u64) -> Result<(), Failure> {
    const OPERATION: f64 = 400.0;
    fits(name, inputs as f64, OPERATION * operations as f64, available_memory())
}

/// One size for a model, if memory holds it.
pub(crate) fn one_size(family: &dyn DynFamily, n: &str) -> Result<usize, Failure> {
    let [n] = point::sizes(n)?[..] else { return Err(Failure::input("--n: expected one size, found several")) };
    let modes = [Mode::Chunked, Mode::Reverse];
    check_memory(family.about().name, &family.size(n), &modes, available_memory())?;
    Ok(n)
}

/// Bytes that are free, within what the process may have.
fn available_memory() -> f64 {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    // Where the system does not tell, nothing is known to be too much; and the limits of a group cannot be asked for.
    if system.total_memory() == 0 {
        return f64::INFINITY;
    }
    let group = system.cgroup_limits().map_or(u64::MAX, |limits| limits.free_memory);
    match system.available_memory().min(group) {
        0 => f64::INFINITY,
        bytes => bytes as f64,
    }
}

/// The files to write, with their contents.
fn files(compared: &Compared, arguments: &CompareArguments, report: Option<&Path>) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    if let Some(path) = report {
        files.push((path.to_owned(), report::page(&compared.sweep, &output::command_line())));
    }
    if let Some(path) = &arguments.plot {
        files.push((path.clone(), report::plot(&compared.sweep)));
    }
    files
}

fn print(compared: &Compared, arguments: &CompareArguments, out: &mut impl Write) -> Result<(), Failure> {
    let sweep = &compared.sweep;
    if arguments.json {
        serde_json::to_writer_pretty(&mut *out, sweep).map_err(std::io::Error::from)?;
        return Ok(writeln!(out)?);
    }
    if arguments.csv {
        let mut writer = csv::Writer::from_writer(out);
        for row in sweep.comparisons.iter().flat_map(|comparison| comparison.rows()) {
            writer.serialize(row).map_err(std::io::Error::other)?;
        }
        return Ok(writer.flush()?);
    }
    writeln!(out, "{}\n{}\n", sweep.about.title, terminal::prose(sweep.about.formula, 2))?;
    let ran = |mode| sweep.comparisons.iter().any(|it| it.of(mode).is_some());
    if let [comparison] = sweep.comparisons.as_slice() {
        let (n, m) = (comparison.inputs(), comparison.outputs());
        let value = if m == 1 { format!(", value {}", in_width(comparison.value[0], 24)) } else { String::new() };
        writeln!(out, "{}, {}{value}", counted(n, "input"), counted(m, "output"))?;
        writeln!(out, "{}\n", table::fitted(&comparison.table().columns(&[0, 1, 2, 3, 4, 5, 7, 9, 11])))?;
        if !compared.variables.is_empty() {
            writeln!(out, "{}\n", table::fitted(&table::derivatives(comparison, &compared.variables)))?;
        }
        for left_out in &comparison.left_out {
            let mend = if left_out.depends_on_time_limit() { "; --time-limit lets it run" } else { "" };
            writeln!(out, "{}", terminal::prose(&format!("{left_out}{mend}."), 0))?;
        }
        if ran(Mode::Reverse) {
            let (nodes, size) = (comparison.tape_nodes, comparison.tape_bytes);
            writeln!(out, "The tape holds {}, {}.", counted(nodes, "node"), bytes(size as f64))?;
        }
    } else {
        writeln!(out, "{}\n", table::fitted(&table::growth(sweep)))?;
        let mut notes =
            vec!["× f: operations, counted, over those of f itself; in brackets the same for time.".to_owned()];
        if ran(Mode::Chunked) {
            notes.push("chunked: eight directions at a time.".to_owned());
        }
        if sweep.comparisons.iter().any(|it| it.modes.len() > 1) {
            notes.push("relative: to the largest derivative.".to_owned());
        }
        let left_out = || sweep.comparisons.iter().flat_map(|it| &it.left_out);
        if left_out().any(|it| it.mode != Mode::Program) {
            let note = ">: left out, its bare evaluations of f would take that long; --time-limit lets it run.";
            notes.push(note.to_owned());
        }
        if left_out().any(|it| it.mode == Mode::Program) {
            let mend = if left_out().all(LeftOut::depends_on_time_limit) { "; --time-limit lets it run" } else { "" };
            notes.push(format!("> of a program: left out, recording and compiling would take that long{mend}."));
        }
        for note in notes {
            writeln!(out, "{}", terminal::prose(&note, 0))?;
        }
    }
    for remark in remarks(sweep) {
        writeln!(out, "{}", terminal::prose(&remark, 2))?;
    }
    if let Some(last) = sweep.comparisons.last() {
        writeln!(out, "\n{}", terminal::prose(&last.verdict(), 0))?;
    }
    Ok(())
}

/// What speaks against the derivatives; of several sizes the first of each.
fn remarks(sweep: &Sweep) -> Vec<String> {
    if let [comparison] = sweep.comparisons.as_slice() {
        return comparison.remarks();
    }
    let of_size = |comparison: &Comparison| {
        let remarks = comparison.remarks();
        let more = if remarks.len() > 1 { "; and more, which this size by itself shows" } else { "" };
        Some(format!("n = {}: {}{more}", grouped(comparison.inputs() as u64), remarks.first()?))
    };
    sweep.comparisons.iter().filter_map(of_size).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Model, One, Scalar};

    /// Σ |xᵢ|, which has a kink at each 0.
    struct Absolute;

    impl Model for Absolute {
        type Outputs = One;
        fn eval<T: Scalar>(&self, x: &[T]) -> T {
            x.iter().map(|x| x.abs()).sum()
        }
    }

    #[test]
    fn each_size_has_its_remark() {
        let mut options = Options::default();
        (options.modes, options.timing) = (vec![Mode::Reverse], Duration::ZERO);
        let about = About { name: "absolute", title: "", formula: "", inputs: "", domain: "", source: "" };
        let sweep =
            |points: &[&[f64]]| Sweep::new(about, points.iter().map(|x| compare(&Absolute, x, &options)).collect());
        let found = remarks(&sweep(&[&[0.0], &[1.0, 2.0], &[0.0, 1.0, 0.0]]));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("n = 1: kink: |x0|") && !found[0].contains("; and more"), "{found:?}");
        assert!(found[1].starts_with("n = 3: kink: |x0|") && found[1].ends_with("by itself shows"), "{found:?}");
        let found = remarks(&sweep(&[&[0.0, 1.0, 0.0]]));
        assert!(found.len() == 2 && found[1].starts_with("kink: |x2|"), "{found:?}");
    }
}
