//! What is computed once: before the samples and after them.

use super::code::{Compiled, Miss, Scalar1, Term};
use super::ir::Test;
use crate::number::Scalar;

/// The registers for these inputs, those of the function and then the direction, with everything that does not depend on
/// samples.
pub(super) fn registers<T: Scalar>(code: &Compiled, parameters: (usize, &[T]), along: (usize, &[T])) -> Vec<T> {
    let mut registers: Vec<T> = code.registers.iter().map(|&value| T::constant(value)).collect();
    for run in &code.inputs {
        // A run may hold the last parameters and the first of the direction.
        let mut at = 0;
        while at < run.count as usize {
            let input = run.from as usize + at;
            let (first, numbers) = if input >= along.0 { along } else { parameters };
            let rest = &numbers[input - first..];
            let count = rest.len().min(run.count as usize - at);
            registers[run.to as usize + at..][..count].copy_from_slice(&rest[..count]);
            at += count;
        }
    }
    for (register, what) in &code.before {
        registers[*register as usize] = value(what, &registers);
    }
    registers
}

/// The first guard about what all samples share that gives another answer.
pub(super) fn miss<T: Scalar>(code: &Compiled, registers: &[T]) -> Option<Miss> {
    code.uniform_guards.iter().find_map(|asked| {
        let [a, b] = asked.guard.operands.map(|register| registers[register as usize]);
        let answer = asked.guard.other_answer(a, b)?;
        Some(Miss { number: asked.number, answer, found: [a.primal(), b.primal()] })
    })
}

/// Goes on with the sums over so many samples.
pub(super) fn finish<T: Scalar>(code: &Compiled, registers: &mut [T], sums: &[T], samples: usize) {
    for (register, what) in &code.after {
        registers[*register as usize] = match what {
            Scalar1::Sum([start, end]) => {
                let terms = code.terms[*start as usize..*end as usize].iter().map(|term| match term {
                    Term::Sum(sum) => sums[*sum as usize],
                    Term::Register(register) => {
                        T::constant(samples as f64).mul_absorbing(registers[*register as usize])
                    }
                });
                terms.reduce(|sum, term| sum + term).unwrap_or(T::zero())
            }
            what => value(what, registers),
        };
    }
}

fn value<T: Scalar>(what: &Scalar1, registers: &[T]) -> T {
    let at = |register: u32| registers[register as usize];
    match *what {
        Scalar1::Unary(op, a) => op.value(at(a)),
        Scalar1::Binary(op, [a, b]) => op.value(at(a), at(b)),
        Scalar1::Product([a, b]) => at(a).mul_absorbing(at(b)),
        Scalar1::MulAdd([a, b, c]) => at(a).mul_add(at(b), at(c)),
        Scalar1::Select(test, [a, b, then, otherwise]) => {
            let holds = match test {
                Test::Less => at(a) < at(b),
                Test::Equal => at(a) == at(b),
            };
            at(if holds { then } else { otherwise })
        }
        Scalar1::Sum(_) => unreachable!("sums over samples are finished by themselves"),
    }
}
