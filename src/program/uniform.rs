//! Uniform computations, which run once: the prologue before the samples and the epilogue after them.

use super::code::{GuardFailure, LaneCode, Term};
use super::ir::{Id, Ir, NONE, Op, Test};
use crate::number::Scalar;
use crate::rules::Unary;

/// The operations that the prologues of several programs have in common, each once, and their values in this run.
#[derive(Clone, Debug, Default)]
pub(super) struct UniformCache<T> {
    ir: Ir,
    /// For each code the id in `ir` of each operation of its prologue; [`NONE`] for a copy.
    ids: Vec<Vec<Id>>,
    values: Vec<Option<T>>,
}

impl<T: Scalar> UniformCache<T> {
    /// Drops the values of the last run, which had other inputs.
    pub(super) fn invalidate(&mut self) {
        self.values.fill(None);
    }

    /// Finds the ids of the prologue of the code with this number, unless they are known.
    fn intern(&mut self, code: &LaneCode, number: usize) {
        if self.ids.len() <= number {
            self.ids.resize(number + 1, Vec::new());
        }
        if self.ids[number].is_empty() && !code.prologue.is_empty() {
            let mut of_uniform: Vec<Id> = code.uniforms.iter().map(|&value| self.ir.constant(value)).collect();
            for range in &code.inputs {
                for at in 0..range.count {
                    of_uniform[(range.to + at) as usize] = self.ir.emit(Op::Input(range.from + at));
                }
            }
            let mut ids = Vec::with_capacity(code.prologue.len());
            for &(uniform, op) in &code.prologue {
                let id = match op.moved(|uniform| of_uniform[uniform as usize]) {
                    Op::Unary(Unary::Detach, from) => {
                        of_uniform[uniform as usize] = from;
                        NONE
                    }
                    op => {
                        let id = self.ir.emit(op);
                        of_uniform[uniform as usize] = id;
                        id
                    }
                };
                ids.push(id);
            }
            self.values.resize(self.ir.len(), None);
            self.ids[number] = ids;
        }
    }
}

/// Runs the prologue: the uniform registers for these inputs, those of the function and then the direction. Values that other
/// programs have computed in this run come from the cache, which knows a code by its number.
pub(super) fn run_prologue<T: Scalar>(
    code: &LaneCode,
    parameters: (usize, &[T]),
    along: (usize, &[T]),
    cache: Option<(&mut UniformCache<T>, usize)>,
) -> Vec<T> {
    let mut uniforms: Vec<T> = code.uniforms.iter().map(|&value| T::constant(value)).collect();
    for range in &code.inputs {
        // A range may hold the last parameters and the first of the direction.
        let mut at = 0;
        while at < range.count as usize {
            let input = range.from as usize + at;
            let (first, numbers) = if input >= along.0 { along } else { parameters };
            let rest = &numbers[input - first..];
            let count = rest.len().min(range.count as usize - at);
            uniforms[range.to as usize + at..][..count].copy_from_slice(&rest[..count]);
            at += count;
        }
    }
    let Some((cache, number)) = cache else {
        for (uniform, op) in &code.prologue {
            uniforms[*uniform as usize] = value(op, &uniforms);
        }
        return uniforms;
    };
    cache.intern(code, number);
    for ((uniform, op), &id) in code.prologue.iter().zip(&cache.ids[number]) {
        let compute = || value(op, &uniforms);
        let found = if id == NONE { compute() } else { *cache.values[id as usize].get_or_insert_with(compute) };
        uniforms[*uniform as usize] = found;
    }
    uniforms
}

/// The first uniform guard that fails.
pub(super) fn check_guards<T: Scalar>(code: &LaneCode, uniforms: &[T]) -> Option<GuardFailure> {
    code.uniform_guards.iter().find_map(|check| {
        let [a, b] = check.guard.operands.map(|uniform| uniforms[uniform as usize]);
        let answer = check.guard.other_answer(a, b)?;
        Some(GuardFailure { number: check.number, answer, found: [a.primal(), b.primal()] })
    })
}

/// Runs the epilogue, on what has been accumulated over so many samples.
pub(super) fn run_epilogue<T: Scalar>(code: &LaneCode, uniforms: &mut [T], sums: &[T], samples: usize) {
    for (uniform, op) in &code.epilogue {
        uniforms[*uniform as usize] = match op {
            Op::Reduce([start, end]) => {
                let terms = code.terms[*start as usize..*end as usize].iter().map(|term| match term {
                    Term::Sum(sum) => sums[*sum as usize],
                    Term::Uniform(uniform) => T::constant(samples as f64).strong_zero_mul(uniforms[*uniform as usize]),
                });
                terms.reduce(|sum, term| sum + term).unwrap_or(T::zero())
            }
            op => value(op, uniforms),
        };
    }
}

/// The value of an operation whose operands are in these registers.
pub(super) fn value<T: Scalar>(op: &Op, uniforms: &[T]) -> T {
    let at = |uniform: u32| uniforms[uniform as usize];
    match *op {
        Op::Unary(op, a) => op.value(at(a)),
        Op::Binary(op, [a, b]) => op.value(at(a), at(b)),
        Op::StrongZeroMul([a, b]) => at(a).strong_zero_mul(at(b)),
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
    use super::UniformCache;
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
    fn programs_share_the_values_of_their_prologues() {
        let plan = Plan::new(Derivative::Value).parameters(0..1);
        let programs = [-1.0, 1.0].map(|x| Program::of(&Sided, &[0.5, x], &plan).unwrap());
        let mut cache = UniformCache::default();
        let run = |number: usize, cache: &mut UniformCache<f64>| {
            super::run_prologue(&programs[number].code, (0, &[0.5]), (2, &[]), Some((cache, number)))
        };
        let uncached =
            programs.each_ref().map(|program| super::run_prologue(&program.code, (0, &[0.5]), (2, &[]), None));
        assert_eq!([run(0, &mut cache), run(1, &mut cache)], uncached);
        let functions = |op| cache.ir.ops().iter().filter(|found| **found == super::Op::Unary(op, 1)).count();
        assert_eq!([Unary::Exp, Unary::Sin].map(functions), [1, 1], "{:?}", cache.ir.ops());

        // A cached value is not computed again, until the cache is invalidated.
        let exp = cache.ir.emit(super::Op::Unary(Unary::Exp, 1));
        cache.values[exp as usize] = Some(42.0);
        assert!(run(1, &mut cache).contains(&42.0));
        cache.invalidate();
        assert_eq!(run(1, &mut cache), uncached[1]);
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
        let copied: u32 = program.code.from_uniforms.iter().map(|range| range.count).sum();
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
