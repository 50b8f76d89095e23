//! Every operation with every kind of operand, by every way of running a program: a table against the function itself and
//! against derivatives by forward mode, entry by entry within what rounding allows.
//!
//! A further way of running programs is a line of [`ways`], a further function one of `functions.rs`.

mod coverage;
mod functions;

use crate::support::rounding::Rounding;
use crate::support::truth::Truth;
use crate::support::{equal, instruction_sets};
use dualtape::graph::Graph;
use dualtape::higher::hvp;
use dualtape::program::{Derivative, Element, Plan, Program};
use dualtape::{Dual, Model, Scalar, Var};
use functions::{Case, Function, cases};

/// How many different samples there are; batches repeat them.
const SAMPLES: usize = 5;

/// How many of the ways each plan takes; of a function of many inputs, one.
const AT_ONCE: usize = 4;

/// A way of running a program.
struct Way {
    name: String,
    plan: Box<dyn Fn(Plan) -> Plan>,
    /// How many samples are run at once.
    counts: [usize; 3],
}

/// All of them.
fn ways() -> Vec<Way> {
    fn way(name: String, counts: [usize; 3], plan: impl Fn(Plan) -> Plan + 'static) -> Way {
        Way { name, plan: Box::new(plan), counts }
    }
    let of_instruction_set = |instruction_set| {
        let of_lanes = move |lanes: usize| {
            let counts = [lanes - 1, lanes, 2 * lanes + 1];
            way(format!("{lanes} lanes, {instruction_set}"), counts, move |plan| {
                plan.lanes(lanes).instruction_set(instruction_set)
            })
        };
        let few = way(format!("any lanes, {instruction_set}"), [2, 13, 40], move |plan| {
            plan.instruction_set(instruction_set)
        });
        let one =
            way(format!("one sample, {instruction_set}"), [1; 3], move |plan| plan.instruction_set(instruction_set));
        [8, 16, 32].into_iter().map(of_lanes).chain([few, one])
    };
    instruction_sets().flat_map(of_instruction_set).collect()
}

/// What a program is made for, lanes and instructions apart.
struct Options {
    derivative: Derivative,
    summed: bool,
    exact: bool,
    wrt: Vec<usize>,
    direction: Vec<f64>,
}

impl Options {
    fn new(case: &Case, derivative: Derivative, summed: bool, exact: bool) -> Self {
        let wrt: Vec<usize> = (0..if summed { case.parameters } else { case.inputs() }).collect();
        let directions = if derivative.takes_direction() { wrt.len() } else { 0 };
        let direction = (0..directions).map(|at| [0.5, -1.0, 0.0, 1.25][at % 4]).collect();
        Self { derivative, summed, exact, wrt, direction }
    }

    fn plan(&self, case: &Case) -> Plan {
        let wrt = self.wrt.iter().copied();
        let plan = Plan::new(self.derivative).parameters(0..case.parameters).with_respect_to(wrt);
        let plan = if self.summed { plan.summed() } else { plan };
        if self.exact { plan.exact() } else { plan }
    }

    fn direction<T: Scalar>(&self) -> Vec<T> {
        self.direction.iter().map(|&v| T::constant(v)).collect()
    }
}

/// A sample, what is known of it, and how far programs may be off.
struct Sample<'a, T> {
    case: &'a Case,
    x: Vec<T>,
    truth: Truth<T>,
    has_hessian: bool,
    /// For programs that are not exact, and for those that are.
    rounding: [Rounding<T>; 2],
}

impl<'a, T: Element> Sample<'a, T> {
    fn new(case: &'a Case, number: usize) -> Self {
        let x: Vec<T> = case.point(number).into_iter().map(T::constant).collect();
        // A Hessian of many inputs takes long.
        let has_hessian = x.len() <= 6;
        let truth = Truth::of(case, &x, if has_hessian { &[0] } else { &[] });
        let graph = Graph::of(case, &x);
        Self { case, x, truth, has_hessian, rounding: [false, true].map(|exact| Rounding::of(&graph, exact)) }
    }

    /// The row that is expected, and how far off each entry may be.
    fn expected(&self, options: &Options) -> Vec<[f64; 2]> {
        let Options { derivative, wrt, direction, exact, .. } = options;
        let rounding = &self.rounding[usize::from(*exact)];
        let mut along = vec![0.0; self.x.len()];
        wrt.iter().zip(direction).for_each(|(&input, &v)| along[input] = v);
        let mut allowed = vec![rounding.of_value(0)];
        let mut extend = |of_inputs: Vec<f64>| allowed.extend(wrt.iter().map(|&input| of_inputs[input]));
        match derivative {
            Derivative::Gradient | Derivative::Jacobian => extend(rounding.of_derivatives(0)),
            Derivative::Jvp => allowed.push(rounding.along(0, &along)),
            Derivative::Hvp => {
                extend(rounding.of_derivatives(0));
                extend(rounding.of_second_derivatives(0, &along));
            }
            _ => {}
        }
        let is_large = *derivative == Derivative::Hvp && !self.has_hessian;
        let v = options.direction::<T>();
        let row = if is_large { self.by_hvp(wrt, &v) } else { self.truth.row(*derivative, &[0], wrt, &v) };
        assert_eq!(row.len(), allowed.len());
        row.into_iter().zip(allowed).map(|(expected, allowed)| [expected, allowed]).collect()
    }

    fn by_hvp(&self, wrt: &[usize], v: &[T]) -> Vec<f64> {
        let at: Vec<T> = wrt.iter().map(|&input| self.x[input]).collect();
        let f = |active: &[Var<Dual<T>>]| {
            let mut x: Vec<Var<Dual<T>>> = self.x.iter().map(|&x| Var::constant(Dual::constant(x))).collect();
            wrt.iter().zip(active).for_each(|(&input, &active)| x[input] = active);
            self.case.eval(&x)[0]
        };
        let (value, gradient, along) = hvp(f, &at, v).expect("the direction has its length");
        [vec![value], gradient, along].concat().iter().map(Scalar::primal).collect()
    }
}

/// What has been tried.
struct Suite {
    ways: Vec<Way>,
    /// How often a way has been taken.
    turn: usize,
    compared: usize,
    /// Entries of which rounding leaves nothing.
    left_out: usize,
}

/// Tries functions with every kind of operands, every derivative, summed and not, exact and not, in both precisions. Of the
/// ways to run, each plan takes some in turn.
fn check(functions: &[Function]) {
    let mut suite = Suite { ways: ways(), turn: 0, compared: 0, left_out: 0 };
    for case in functions.iter().flat_map(cases) {
        suite.check::<f64>(&case);
        suite.check::<f32>(&case);
    }
    assert!(suite.compared > 100 * suite.left_out, "{} compared, {} left out", suite.compared, suite.left_out);
}

impl Suite {
    fn check<T: Element>(&mut self, case: &Case) {
        use Derivative::{Gradient, Hvp, Jacobian, Jvp, Value};
        let samples: Vec<Sample<'_, T>> = (0..SAMPLES).map(|number| Sample::new(case, number)).collect();
        let graph = Graph::of(case, &samples[0].x);
        for (exact, summed) in [(false, false), (false, true), (true, false), (true, true)] {
            for derivative in [Value, Gradient, Jacobian, Jvp, Hvp] {
                let options = Options::new(case, derivative, summed, exact);
                let expected: Vec<Vec<[f64; 2]>> = samples.iter().map(|sample| sample.expected(&options)).collect();
                for _ in 0..if case.is_large() { 1 } else { AT_ONCE } {
                    self.run(case, &graph, &options, &samples, &expected);
                }
            }
        }
    }

    /// Runs a program the next way, and holds its rows against what is expected.
    fn run<T: Element>(
        &mut self,
        case: &Case,
        graph: &Graph<T>,
        options: &Options,
        samples: &[Sample<'_, T>],
        expected: &[Vec<[f64; 2]>],
    ) {
        let way = &self.ways[self.turn % self.ways.len()];
        let count = way.counts[self.turn / self.ways.len() % way.counts.len()];
        // A function of parameters alone has one sample.
        let count = if case.parameters == case.inputs() { 1 } else { count };
        self.turn += 1;
        let program = Program::compile(graph, &(way.plan)(options.plan(case))).expect("the plan suits");
        let data: Vec<T> = (0..count).flat_map(|at| samples[at % SAMPLES].x[case.parameters..].to_vec()).collect();
        let (parameters, v) = (&samples[0].x[..case.parameters], options.direction::<T>());
        let batch = program.run_along(parameters, &data, &v).expect("the samples suit");
        assert_eq!(batch.rows(), if options.summed { 1 } else { count });
        for row in 0..batch.rows() {
            let found = batch.values(row).iter().chain(batch.derivatives(row)).map(Scalar::primal);
            let of_row = if options.summed { 0..count } else { row..row + 1 };
            for (column, found) in found.enumerate() {
                let terms = || of_row.clone().map(|at| expected[at % SAMPLES][column]);
                let truth: f64 = terms().map(|[expected, _]| expected).sum();
                // Adding up the samples rounds too.
                let size: f64 = terms().map(|[expected, _]| expected.abs()).sum();
                let adding = (of_row.len() - 1) as f64 * T::epsilon().primal() * size;
                let allowed = adding + terms().map(|[_, allowed]| allowed).sum::<f64>();
                if !allowed.is_finite() {
                    self.left_out += 1;
                    continue;
                }
                self.compared += 1;
                assert!(
                    equal(found, truth) || (found - truth).abs() <= allowed,
                    "{:?} of {:?}, {}, {count} samples, {:?}, summed {}, exact {}, {} bits: row {row}, column {column} is \
                     {found:e}, expected {truth:e} within {allowed:e}\n{program}",
                    case.function,
                    case.kinds,
                    way.name,
                    options.derivative,
                    options.summed,
                    options.exact,
                    8 * size_of::<T>(),
                );
            }
        }
    }
}

#[test]
fn every_function_of_the_rule_table() {
    check(&functions::of_the_table());
}

#[test]
fn products_and_sums_that_become_one_instruction() {
    check(&functions::fused());
}

#[test]
fn sums_and_products_of_many_terms() {
    check(&functions::chains());
}

#[test]
fn matrices() {
    check(&functions::layers());
}

#[test]
fn the_same_operation_many_times() {
    check(&functions::repeated());
}
