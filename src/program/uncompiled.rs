//! Differentiating a sample without a program, by forward and reverse mode: where its path has none, or derivatives come out NaN.

use super::differentiate::Source;
use super::ir::Op;
use super::lanes::Element;
use super::plan::{Derivative, Plan};
use super::replay::Stop;
use super::uniform::value;
use crate::error::Failure;
use crate::model::{Evaluate, Many, Model};
use crate::number::Scalar;
use crate::{forward, higher, reverse};

/// The row of a sample, given all inputs of the function, the direction of the plan, and the selected outputs.
pub(super) fn differentiate_uncompiled<T: Element, M: Model>(
    model: &M,
    plan: &Plan,
    x: &[T],
    direction: &[T],
    selected: Option<&[usize]>,
) -> Result<Vec<T>, Stop<M>> {
    /// The selected outputs.
    fn outputs<N: Scalar, M: Model>(model: &M, x: &[N], selected: Option<&[usize]>) -> Result<Vec<N>, Stop<M>> {
        let y = model.try_list(x)?;
        Ok(match selected {
            None => y.into(),
            Some(selected) => selected.iter().map(|&at| y.as_ref()[at]).collect(),
        })
    }
    /// All inputs, with `active` in place of those that the derivative is taken with respect to.
    fn with<N: Scalar>(x: &[N], wrt: &[usize], active: &[N]) -> Vec<N> {
        let mut x = x.to_vec();
        wrt.iter().zip(active).for_each(|(&at, &active)| x[at] = active);
        x
    }
    let wrt = plan.wrt(x.len());
    let at: Vec<T> = wrt.iter().map(|&input| x[input]).collect();
    let row = || -> Result<Vec<T>, Stop<M>> {
        Ok(match plan.derivative {
            Derivative::Value => outputs(model, x, selected)?,
            // All inputs are active: none is copied.
            Derivative::Gradient if wrt.len() == x.len() => {
                let f = |x: &[reverse::Var<T>]| outputs(model, x, selected).map(|y| y[0]);
                let (value, gradient) = reverse::try_gradient(f, x.iter().copied())?;
                [vec![value], gradient].concat()
            }
            Derivative::Gradient | Derivative::Jacobian => {
                let constants: Vec<reverse::Var<T>> = x.iter().map(|&x| reverse::Var::constant(x)).collect();
                let f = |active: &[reverse::Var<T>]| outputs(model, &with(&constants, &wrt, active), selected);
                let (mut row, matrix) = reverse::try_jacobian(f, at.iter().copied())?;
                row.extend(matrix.transpose().iter());
                row
            }
            Derivative::Jvp => {
                let constants: Vec<forward::Dual<T>> = x.iter().map(|&x| forward::Dual::constant(x)).collect();
                let f = |active: &[forward::Dual<T>]| outputs(model, &with(&constants, &wrt, active), selected);
                let (row, along) =
                    forward::try_jvp(f, &forward::directed(&at, direction, "the direction v", forward::Dual::new)?)?;
                [row, along].concat()
            }
            Derivative::Hvp => {
                type Nested<T> = reverse::Var<forward::Dual<T>>;
                let constants: Vec<Nested<T>> =
                    x.iter().map(|&x| Nested::constant(forward::Dual::constant(x))).collect();
                let f = |active: &[Nested<T>]| outputs(model, &with(&constants, &wrt, active), selected).map(|y| y[0]);
                let (value, gradient, along) =
                    higher::try_hvp(f, forward::directed(&at, direction, "the vector v", forward::Dual::new)?)?;
                [vec![value], gradient, along].concat()
            }
        })
    };
    Ok(model.plainly(x, Failure::split(row())).map_err(Failure::Model)??)
}

/// The recorded function of a program as a model, with the outputs of its plan.
pub(super) struct Recorded<'a>(pub(super) &'a Source);

impl Model for Recorded<'_> {
    type Outputs = Many;

    fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T> {
        let Self(Source { ir, primal, outputs, values, .. }) = self;
        let mut found: Vec<T> = Vec::with_capacity(*primal);
        for &op in &ir.ops()[..*primal] {
            let value = match op {
                // The direction is among the inputs, and no part of the function.
                Op::Input(input) => x.get(input as usize).copied().unwrap_or(T::zero()),
                Op::Constant(_) => T::constant(op.as_constant().unwrap_or(0.0)),
                op => value(&op, &found),
            };
            found.push(value);
        }
        let of_sample = |id: u32| match ir.op(id) {
            // A summed output has one term.
            Op::Reduce([start, _]) => ir.lists[start as usize],
            _ => id,
        };
        outputs[..*values].iter().map(|&id| found[of_sample(id) as usize]).collect()
    }
}
