//! Programs against values computed with 120 to 700 digits.

use super::support::{agrees, instruction_sets};
use dualtape::compare::ulps_between;
use dualtape::program::{Derivative, Plan, Program};
use dualtape::rules::{Binary, Unary};
use dualtape::{Model, One, Scalar};

#[derive(Clone, Copy)]
enum Function {
    Unary(Unary),
    Binary(Binary),
}

impl Function {
    fn find(name: &str) -> Self {
        let unary = Unary::ALL.iter().find(|op| op.name() == name).map(|&op| Self::Unary(op));
        let binary = || Binary::ALL.iter().find(|op| op.name() == name).map(|&op| Self::Binary(op));
        unary.or_else(binary).expect("the function is in the table")
    }

    fn arguments(self) -> usize {
        if let Self::Unary(_) = self { 1 } else { 2 }
    }
}

impl Model for Function {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        match self {
            Self::Unary(op) => op.value(x[0]),
            Self::Binary(op) => op.value(x[0], x[1]),
        }
    }
}

/// The rows of a table by their function: arguments, value, then derivatives.
fn functions(table: &str) -> Vec<(Function, Vec<Vec<f64>>)> {
    let mut found: Vec<(&str, Vec<Vec<f64>>)> = Vec::new();
    for line in table.lines().skip(1) {
        let (name, numbers) = line.split_once(',').expect("a row has a name");
        let numbers = numbers.split(',').map(|n| n.parse().expect("a row holds numbers")).collect();
        match found.last_mut() {
            Some((known, rows)) if *known == name => rows.push(numbers),
            _ => found.push((name, vec![numbers])),
        }
    }
    found.into_iter().map(|(name, rows)| (Function::find(name), rows)).collect()
}

#[test]
fn every_function_is_within_two_units_in_the_last_place() {
    let (mut checked, mut faults) = (0, Vec::new());
    let tables =
        [include_str!("../data/unary.csv"), include_str!("../data/special.csv"), include_str!("../data/binary.csv")];
    for table in tables {
        for (function, rows) in functions(table) {
            let n = function.arguments();
            let points: Vec<f64> = rows.iter().flat_map(|row| &row[..n]).copied().collect();
            for instruction_set in instruction_sets() {
                let plan = Plan::new(Derivative::Gradient).instruction_set(instruction_set);
                let program = Program::of(&function, &points[..n], &plan).unwrap();
                let batch = program.run(&[], &points).unwrap();
                for (at, row) in rows.iter().enumerate() {
                    let (x, value, derivatives) = (&row[..n], row[n], &row[n + 1..2 * n + 1]);
                    let found = batch.values(at)[0];
                    if ulps_between(found, value) > 2 {
                        faults.push(format!("{program}\nat {x:?}, {instruction_set}: {found:e}, truth {value:e}"));
                    }
                    for (&derivative, &truth) in batch.derivatives(at).iter().zip(derivatives) {
                        if !agrees(derivative, truth, 4e-15) {
                            faults.push(format!(
                                "{program}\nat {x:?}, {instruction_set}: derivative {derivative:e}, truth {truth:e}"
                            ));
                        }
                    }
                    let alone = program.run(&[], x).unwrap();
                    if alone.values(0)[0].to_bits() != found.to_bits() || alone.derivatives(0) != batch.derivatives(at)
                    {
                        faults.push(format!("{program}\nat {x:?}, {instruction_set}: {alone:?} by itself"));
                    }
                    checked += 1;
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} of {checked}:\n{}", faults.len(), faults.join("\n"));
    assert!(checked >= 1000);
}
