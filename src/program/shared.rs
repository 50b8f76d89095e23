//! What is computed once: before the samples and after them.

use super::code::{Compiled, Miss, Term};
use super::ir::{Id, Ir, NONE, Op, Test};
use crate::number::Scalar;
use crate::rules::Unary;

/// What a program runs on: the parameters, the samples, and the direction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given<'a, T> {
    pub(super) parameters: &'a [T],
    pub(super) samples: &'a [T],
    pub(super) direction: &'a [T],
}

/// The operations that several programs do before the samples, each once, and their results of this run.
#[derive(Clone, Debug, Default)]
pub(super) struct Common<T> {
    ir: Ir,
    /// For each code the place of each of its first operations in `ir`; [`NONE`] for a copy.
    places: Vec<Vec<Id>>,
    known: Vec<Option<T>>,
}

impl<T: Scalar> Common<T> {
    /// Forgets the results of the last run, which had other inputs.
    pub(super) fn forget(&mut self) {
        self.known.fill(None);
    }

    /// Finds the place of each of the first operations of a code, unless the code of this number has them.
    fn place(&mut self, code: &Compiled, number: usize) {
        if self.places.len() <= number {
            self.places.resize(number + 1, Vec::new());
        }
        if self.places[number].is_empty() && !code.before.is_empty() {
            let mut of_register: Vec<Id> = code.registers.iter().map(|&value| self.ir.constant(value)).collect();
            for run in &code.inputs {
                for at in 0..run.count {
                    of_register[(run.to + at) as usize] = self.ir.emit(Op::Input(run.from + at));
                }
            }
            let mut places = Vec::with_capacity(code.before.len());
            for &(register, what) in &code.before {
                let place = match what.moved(|register| of_register[register as usize]) {
                    Op::Unary(Unary::Detach, from) => {
                        of_register[register as usize] = from;
                        NONE
                    }
                    what => {
                        let place = self.ir.emit(what);
                        of_register[register as usize] = place;
                        place
                    }
                };
                places.push(place);
            }
            self.known.resize(self.ir.len(), None);
            self.places[number] = places;
        }
    }
}

/// The registers for these inputs, those of the function and then the direction, with everything that does not depend on
/// samples. What other programs have computed already is taken from there; a code is known by its number.
pub(super) fn registers<T: Scalar>(
    code: &Compiled,
    parameters: (usize, &[T]),
    along: (usize, &[T]),
    common: Option<(&mut Common<T>, usize)>,
) -> Vec<T> {
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
    let Some((common, number)) = common else {
        for (register, what) in &code.before {
            registers[*register as usize] = value(what, &registers);
        }
        return registers;
    };
    common.place(code, number);
    for ((register, what), &place) in code.before.iter().zip(&common.places[number]) {
        let found = || value(what, &registers);
        let found = if place == NONE { found() } else { *common.known[place as usize].get_or_insert_with(found) };
        registers[*register as usize] = found;
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
            Op::Reduce([start, end]) => {
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

/// An operation on the numbers before it.
pub(super) fn value<T: Scalar>(what: &Op, registers: &[T]) -> T {
    let at = |register: u32| registers[register as usize];
    match *what {
        Op::Unary(op, a) => op.value(at(a)),
        Op::Binary(op, [a, b]) => op.value(at(a), at(b)),
        Op::Product([a, b]) => at(a).mul_absorbing(at(b)),
        Op::MulAdd([a, b, c]) => at(a).mul_add(at(b), at(c)),
        Op::Select(test, [a, b, then, otherwise]) => {
            let holds = match test {
                Test::Less => at(a) < at(b),
                Test::Equal => at(a) == at(b),
            };
            at(if holds { then } else { otherwise })
        }
        Op::Input(_) | Op::Constant(_) | Op::Reduce(_) => unreachable!("not computed from registers alone"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Derivative, Plan, Program};
    use super::Common;
    use crate::model::{Many, Model, One};
    use crate::number::Scalar;
    use crate::rules::Unary;

    /// eʷ·x where x is negative, and eʷ + sin w elsewhere.
    struct Sided;

    impl Model for Sided {
        type Outputs = One;
        fn eval<T: Scalar>(&self, v: &[T]) -> T {
            let weight = v[0].exp();
            if v[1] < T::zero() { weight * v[1] } else { weight + v[0].sin() * v[1] }
        }
    }

    #[test]
    fn programs_take_what_others_have_computed() {
        let plan = Plan::new(Derivative::Value).parameters(0..1);
        let programs = [-1.0, 1.0].map(|x| Program::of(&Sided, &[0.5, x], &plan).unwrap());
        let mut common = Common::default();
        let run = |number: usize, common: &mut Common<f64>| {
            super::registers(&programs[number].code, (0, &[0.5]), (2, &[]), Some((common, number)))
        };
        let alone = programs.each_ref().map(|program| super::registers(&program.code, (0, &[0.5]), (2, &[]), None));
        assert_eq!([run(0, &mut common), run(1, &mut common)], alone);
        let functions = |op| common.ir.ops().iter().filter(|found| **found == super::Op::Unary(op, 1)).count();
        assert_eq!([Unary::Exp, Unary::Sin].map(functions), [1, 1], "{:?}", common.ir.ops());

        // What is known is not computed again, until it is forgotten.
        let exp = common.ir.emit(super::Op::Unary(Unary::Exp, 1));
        common.known[exp as usize] = Some(42.0);
        assert!(run(1, &mut common).contains(&42.0));
        common.forget();
        assert_eq!(run(1, &mut common), alone[1]);
    }

    /// The squares of its inputs, beside a constant: n rows of zeros but for one entry.
    struct Squares;

    impl Model for Squares {
        type Outputs = Many;
        fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T> {
            x.iter().map(|&x| x * x).chain([T::constant(-0.0), x[0]]).collect()
        }
    }

    #[test]
    fn zeros_of_a_jacobian_are_not_copied() {
        let n = 20;
        let x: Vec<f64> = (0..9 * n).map(|at| at as f64).collect();
        let program = Program::of(&Squares, &x[..n], &Plan::new(Derivative::Jacobian)).unwrap();
        // Row by row as they are copied, only -0 and the one derivative that is 1 everywhere.
        let copied: u32 = program.code.from_registers.iter().map(|run| run.count).sum();
        assert_eq!(copied, 2);
        let batch = program.run(&[], &x).unwrap();
        for row in 0..9 {
            let at = |i: usize, j: usize| batch.derivatives(row)[i * n + j];
            for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
                assert_eq!(at(i, j), if i == j { 2.0 * x[row * n + i] } else { 0.0 });
            }
            assert_eq!(
                (batch.values(row)[n].to_bits(), at(n, 0), at(n + 1, 0), at(n + 1, 1)),
                ((-0.0_f64).to_bits(), 0.0, 1.0, 0.0)
            );
        }
    }
}
