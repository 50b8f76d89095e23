//! That the suite's functions reach every opcode, so that a new one without a test is noticed: the names are read from the
//! sources, and what programs consist of from their `Debug` form.

use super::functions::{self, Case, Function, cases};
use dualtape::graph::Graph;
use dualtape::program::{Derivative, Plan, Program};
use std::collections::BTreeSet;
use std::path::Path;

/// The names of the variants of an enum in a source of `src/program/`.
fn variants(file: &str, name: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/program").join(file);
    let source = std::fs::read_to_string(path).expect("the source is there");
    let (_, rest) = source.split_once(&format!("enum {name} {{\n")).expect("the enum is there");
    let (body, _) = rest.split_once("\n}").expect("an enum ends");
    let variant = |line: &str| {
        let line = line.strip_prefix("    ")?;
        let end = line.find(|c: char| !c.is_alphanumeric()).unwrap_or(line.len());
        line.starts_with(char::is_uppercase).then(|| line[..end].to_owned())
    };
    body.lines().filter_map(variant).collect()
}

/// The opcodes of programs, for lanes and for a single sample, and the kernels of the latter.
#[derive(Default)]
struct Seen {
    opcodes: BTreeSet<String>,
    vector_functions: BTreeSet<String>,
    /// With their accesses and spans of results.
    kernels: BTreeSet<String>,
}

impl Seen {
    fn program(&mut self, program: &Program) {
        let text = format!("{program:?}");
        let (lanes, slp) = text.split_once("slp_code: ").expect("a program has code for a single sample");
        for opcode in lanes.split("opcode: ").skip(1).chain(slp.split("opcode: ").skip(1)) {
            let mut names = opcode.split(|c: char| !c.is_alphanumeric());
            let (name, inner) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
            self.opcodes.insert(name.to_owned());
            if ["Unary", "Binary"].contains(&name) {
                self.vector_functions.insert(inner.to_owned());
            }
        }
        for kernel in slp.split(['[', ' ']).filter(|word| word.starts_with(char::is_uppercase)) {
            self.kernels.insert(kernel.split('(').next().unwrap_or_default().to_owned());
        }
    }

    fn case(&mut self, case: &Case, plan: &Plan) {
        let x = case.point(0);
        let plan = plan.clone().parameters(0..case.parameters);
        let program = Program::compile(&Graph::of(case, &x), &plan).expect("the plan suits");
        program.run(&x[..case.parameters], &x[case.parameters..]).expect("the point suits");
        self.program(&program);
    }
}

#[test]
fn the_suite_reaches_every_opcode() {
    let mut seen = Seen::default();
    let plain = [Plan::new(Derivative::Value), Plan::new(Derivative::Gradient)];
    let table = functions::of_the_table();
    for function in &table {
        for plan in plain.iter().flat_map(|plan| [plan.clone(), plan.clone().exact()]) {
            seen.case(&cases(function)[0], &plan);
        }
    }
    let joins: Vec<Function> = table.into_iter().filter(|function| function.groups().len() == 2).take(5).collect();
    for case in functions::fused().iter().chain(&joins).flat_map(cases) {
        plain.iter().for_each(|plan| seen.case(&case, plan));
    }
    let summed = Plan::new(Derivative::Gradient).summed();
    let large = functions::layers().into_iter().chain(functions::chains()).chain(functions::repeated());
    for case in large.flat_map(|function| cases(&function)).filter(|case| case.parameters > 0) {
        plain.iter().take(1).chain([&summed]).for_each(|plan| seen.case(&case, plan));
    }
    // What only programs with comparisons have.
    let branch = Graph::record(|x| vec![if x[0] < x[1] { x[0] } else { x[1] }], &[1.0, 2.0]);
    let guarded = Program::compile(&branch, &plain[0]).expect("the plan suits");
    guarded.run(&[], &[1.0, 2.0]).expect("the point suits");
    seen.program(&guarded);

    let missing = |all: BTreeSet<String>, seen: &BTreeSet<String>| all.difference(seen).cloned().collect::<Vec<_>>();
    assert_eq!(missing(variants("opcode.rs", "Opcode"), &seen.opcodes), Vec::<String>::new());
    assert_eq!(missing(variants("opcode.rs", "VectorFunction"), &seen.vector_functions), Vec::<String>::new());
    for name in ["Kernel", "ResultSpan", "Access"] {
        assert_eq!(missing(variants("slp/mod.rs", name), &seen.kernels), Vec::<String>::new(), "{name}");
    }
}
