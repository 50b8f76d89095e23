//! Programs as data: the plan and the operations, from which the code is made anew.

use super::differentiate::Source;
use super::ir::{Id, Op};
use super::lanes::Element;
use super::plan::{Derivative, Plan};
use super::program::{Program, Record};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;

/// What is stored. Numbers are stored by their bits, since not every format knows NaN.
#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    /// How wide the numbers are that the program runs on, in bits.
    precision: u32,
    plan: Cow<'a, Plan>,
    source: Cow<'a, Source>,
    inputs: Vec<u64>,
    compared: Vec<[u64; 2]>,
    names: Vec<[String; 2]>,
}

fn precision<T>() -> u32 {
    8 * size_of::<T>() as u32
}

/// The plan and the operations; a program for another precision does not come back.
impl<T: Element> Serialize for Program<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let record = &self.record;
        let stored = Stored {
            precision: precision::<T>(),
            plan: Cow::Borrowed(&self.plan),
            source: Cow::Borrowed(&self.source),
            inputs: record.inputs.iter().map(|x| x.primal().to_bits()).collect(),
            compared: record.compared.iter().map(|pair| pair.map(f64::to_bits)).collect(),
            names: record.names.clone(),
        };
        stored.serialize(serializer)
    }
}

impl<'de, T: Element> Deserialize<'de> for Program<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = Stored::deserialize(deserializer)?;
        let (expected, found) = (precision::<T>(), stored.precision);
        if expected != found {
            return Err(de::Error::custom(format!("precision: expected {expected} bits, found {found}")));
        }
        let (plan, source) = (stored.plan.into_owned(), stored.source.into_owned());
        check(&plan, &source).map_err(de::Error::custom)?;
        let guards = source.guards.len();
        for (what, found) in [("compared values", stored.compared.len()), ("names", stored.names.len())] {
            if found != guards {
                return Err(de::Error::custom(format!("{what}: expected those of {guards} guards, found {found}")));
            }
        }
        let record = Record {
            inputs: stored.inputs.into_iter().map(|bits| T::constant(f64::from_bits(bits))).collect(),
            compared: stored.compared.into_iter().map(|pair| pair.map(f64::from_bits)).collect(),
            names: stored.names,
        };
        Self::assemble(source, plan, record).map_err(de::Error::custom)
    }
}

/// Whether the operations are those of a program: each refers to earlier ones, and nothing to what is not there.
fn check(plan: &Plan, source: &Source) -> Result<(), String> {
    let (ops, lists) = (source.ir.ops(), &source.ir.lists);
    plan.check(
        source.inputs,
        plan.outputs
            .as_ref()
            .map_or(source.values, |selected| selected.iter().map(|&output| output + 1).max().unwrap_or(0)),
    )
    .map_err(|error| error.to_string())?;
    let p = plan.wrt(source.inputs).len();
    let directions = if plan.derivative.takes_direction() { p } else { 0 };
    let inputs = source.inputs + directions;
    for (id, &op) in ops.iter().enumerate() {
        let is_input = matches!(op, Op::Input(input) if input as usize == id);
        if is_input != (id < inputs) {
            return Err(format!("operation {id}: expected the {inputs} inputs first and nowhere else, found {op:?}"));
        }
        if let Op::Reduce([start, end]) = op
            && (start > end || end as usize > lists.len() || !plan.summed)
        {
            return Err(format!("operation {id}: expected a range of {} terms, found {start}..{end}", lists.len()));
        }
        let mut later = None;
        op.for_each_operand(lists, |operand| later = later.or(Some(operand).filter(|&it| it as usize >= id)));
        if let Some(operand) = later {
            return Err(format!("operation {id}: expected earlier operands, found {operand}"));
        }
    }
    let known = |what: &str, id: Id, end: usize| {
        if (id as usize) < end { Ok(()) } else { Err(format!("{what}: expected operations below {end}, found {id}")) }
    };
    known("the function's operations", source.primal.saturating_sub(1) as Id, ops.len().max(1))?;
    if ops.len() < inputs {
        return Err(format!("operations: expected at least the {inputs} inputs, found {}", ops.len()));
    }
    for &output in &source.outputs {
        known("outputs", output, ops.len())?;
    }
    for guard in &source.guards {
        if !guard.question.admits(guard.answer()) {
            return Err(format!("guards: expected an answer to {:?}, found {:?}", guard.question, guard.answer()));
        }
        guard.operands.iter().try_for_each(|&operand| known("guards", operand, source.primal))?;
    }
    let expected = source.values + plan.derivative.len(source.values, p);
    if source.outputs.len() != expected {
        return Err(format!("outputs: expected {expected}, found {}", source.outputs.len()));
    }
    if matches!(plan.derivative, Derivative::Gradient | Derivative::Hvp) && source.values != 1 {
        return Err(format!("outputs: expected one value, found {}", source.values));
    }
    stages_are_in_order(plan, source)
}

/// No operation of a sample may depend on a sum over the samples, and a sum's result is one.
fn stages_are_in_order(plan: &Plan, source: &Source) -> Result<(), String> {
    let mut varies = Vec::with_capacity(source.ir.len());
    let mut summed: Vec<bool> = Vec::with_capacity(source.ir.len());
    for (id, &op) in source.ir.ops().iter().enumerate() {
        let (mut any_varies, mut any_summed) = (false, false);
        op.for_each_operand(&source.ir.lists, |operand| {
            any_varies |= varies[operand as usize];
            any_summed |= summed[operand as usize];
        });
        let is_sum = matches!(op, Op::Reduce(_));
        if any_summed && (any_varies || is_sum) {
            return Err(format!("operation {id}: expected no sum over samples among the operands of a sample"));
        }
        let is_data =
            matches!(op, Op::Input(input) if (input as usize) < source.inputs && !plan.is_parameter(input as usize));
        varies.push(is_data || any_varies && !is_sum);
        summed.push(any_summed || is_sum);
    }
    match source.outputs.iter().find(|&&output| plan.summed && varies[output as usize]) {
        Some(output) => Err(format!("outputs: expected sums over samples, found operation {output} of a sample")),
        None => Ok(()),
    }
}
