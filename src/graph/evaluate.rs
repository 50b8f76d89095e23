//! Running a graph again: at another point, and over other number types.

use super::graph::{Graph, GraphError, Step};
use super::guard::{Question, Stale};
use crate::error::{Failure, check_length};
use crate::forward::{self, Dual, directed};
use crate::model::{ErrorOf, Model, Outcome, Outputs};
use crate::number::{Number, Scalar};
use crate::reverse;
use nalgebra::DMatrix;

impl<T: Scalar> Graph<T> {
    /// The outputs at `x`, m numbers, without running the function again.
    ///
    /// # Errors
    ///
    /// [`GraphError::Stale`] if a guard fails: a comparison has another answer at `x`; [`GraphError::Argument`] if `x` has the wrong
    /// length.
    pub fn eval(&self, x: &[T]) -> Result<Vec<T>, GraphError> {
        self.check(x)?;
        Ok(self.run(x, |constant| constant, |x| *x)?)
    }

    /// [`Graph::eval`], or where a guard fails, the outputs of `model`, recorded anew in place of this
    /// graph. Says whether it was.
    ///
    /// # Errors
    ///
    /// [`GraphError::Argument`] if `x` has the wrong length. Around it, that of a model which can fail: see [`Outcome`];
    /// the graph then stays as it was.
    pub fn eval_or_record<M: Model + ?Sized>(
        &mut self,
        model: &M,
        x: &[T],
    ) -> Outcome<M, Result<(Vec<T>, bool), GraphError>> {
        let mut found = || -> Result<_, Failure<GraphError, ErrorOf<M>>> {
            match self.eval(x) {
                Err(GraphError::Stale(_)) => {
                    *self = Self::try_of(model, x).map_err(Failure::Model)?;
                    Ok((self.outputs(), true))
                }
                other => Ok((other?, false)),
            }
        };
        M::Outputs::outcome(Failure::split(found()))
    }

    /// `(f(x), ∇f(x))` of the first output, by reverse mode: what the function itself would give, bit for bit.
    ///
    /// # Errors
    ///
    /// As [`Graph::eval`].
    ///
    /// # Panics
    ///
    /// If there is no output.
    pub fn gradient(&self, x: &[T]) -> Result<(T, Vec<T>), GraphError> {
        self.check(x)?;
        Ok(reverse::try_gradient(|x| self.over(x).map(|outputs| outputs[0]), x.iter().copied())?)
    }

    /// `(f(x), J)`: the m outputs and the m×n matrix of derivatives, by reverse mode.
    ///
    /// # Errors
    ///
    /// As [`Graph::eval`].
    pub fn jacobian(&self, x: &[T]) -> Result<(Vec<T>, DMatrix<T>), GraphError> {
        self.check(x)?;
        Ok(reverse::try_jacobian(|x| self.over(x), x.iter().copied())?)
    }

    /// `(f(x), J·v)`: the m outputs and their derivatives in the direction v, by forward mode.
    ///
    /// # Errors
    ///
    /// As [`Graph::eval`]; also if `v` has the wrong length or an entry that is not finite.
    pub fn jvp(&self, x: &[T], v: &[T]) -> Result<(Vec<T>, Vec<T>), GraphError> {
        self.check(x)?;
        forward::try_jvp(|x| self.over(x).map_err(GraphError::Stale), &directed(x, v, "the direction v", Dual::new)?)
    }

    fn check(&self, x: &[T]) -> Result<(), GraphError> {
        Ok(check_length("the point x", self.inputs, x.len())?)
    }

    /// The outputs over a number type.
    fn over<N: Number<Inner = T> + Scalar>(&self, x: &[N]) -> Result<Vec<N>, Stale> {
        self.run(x, N::lift, N::inner)
    }

    /// Runs the operations over `N`; each comparison as soon as what it compares is there.
    pub(crate) fn run<N: Scalar>(
        &self,
        x: &[N],
        constant: impl Fn(T) -> N,
        inner: impl Fn(&N) -> T,
    ) -> Result<Vec<N>, Stale> {
        let mut values: Vec<N> = Vec::with_capacity(self.nodes.len());
        let mut operands: Vec<N> = Vec::new();
        let mut guards = self.guards.iter().peekable();
        for (at, node) in self.nodes.iter().enumerate() {
            while let Some(guard) = guards.next_if(|guard| guard.at as usize <= at) {
                self.hold(guard, &values, &inner)?;
            }
            let value = match &node.step {
                Step::Input(number) => x[*number as usize],
                Step::Constant => constant(node.value),
                _ => {
                    operands.clear();
                    operands.extend(self.operands(at as u32).iter().map(|&operand| values[operand as usize]));
                    self.apply(at as u32, &operands)
                }
            };
            values.push(value);
        }
        guards.try_for_each(|guard| self.hold(guard, &values, &inner))?;
        Ok(self.outputs.iter().map(|&output| values[output as usize]).collect())
    }

    /// Asks a question again.
    fn hold<N: Scalar>(&self, guard: &super::Guard, values: &[N], inner: impl Fn(&N) -> T) -> Result<(), Stale> {
        let [a, b] = guard.operands.map(|operand| values[operand as usize]);
        let answer = guard.question.answer(a, b);
        // A number that was read left with its derivatives.
        let recorded = &self.nodes[guard.operands[0] as usize].value;
        if answer == guard.answer && (guard.question != Question::Value || recorded.is_same(&inner(&a))) {
            return Ok(());
        }
        Err(Stale {
            question: guard.question,
            operands: guard.operands.map(|operand| self.name(operand)),
            recorded: guard.operands.map(|operand| self.nodes[operand as usize].value.peek()),
            found: [a.peek(), b.peek()],
            answers: [guard.answer, answer],
        })
    }
}

impl<T: Scalar> Graph<T> {
    /// The operation of a node over other numbers, which stand for its operands.
    pub(super) fn apply<N: Scalar>(&self, node: u32, operands: &[N]) -> N {
        match &self.nodes[node as usize].step {
            Step::Input(_) | Step::Constant => N::constant(self.nodes[node as usize].value.peek()),
            Step::Unary(op, _) => op.value(operands[0]),
            Step::Binary(op, _) => op.value(operands[0], operands[1]),
            Step::Ternary(op, _) => op.value(operands[0], operands[1], operands[2]),
            Step::Nary(op, ..) => op.value(self.constants(node), operands),
        }
    }
}
