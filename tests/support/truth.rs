//! Every derivative of a function by forward mode alone, and what a program's plan asks for by linear algebra on them.

use dualtape::higher::hessian_forward;
use dualtape::program::{Derivative, Element};
use dualtape::{Dual2Vec, DualVec, Many, Model, forward};

/// The values of a function at a point, its Jacobian and the Hessians of its outputs.
pub(crate) struct Truth<T> {
    values: Vec<T>,
    /// By rows.
    jacobian: Vec<Vec<T>>,
    /// By rows, of the outputs that were asked for.
    hessians: Vec<Vec<Vec<T>>>,
}

impl<T: Element> Truth<T> {
    /// By forward mode, and for the Hessians of the outputs that are asked for, on numbers of second order.
    pub(crate) fn of(model: &impl Model<Outputs = Many>, x: &[T], hessians_of: &[usize]) -> Self {
        let (_, jacobian) =
            forward::jacobian(|x: &[DualVec<T, 8>]| model.eval(x), x).expect("the point has its length");
        let rows = |i: usize| jacobian.row(i).iter().copied().collect();
        let hessian = |output: usize| {
            let (.., matrix) = hessian_forward(|x: &[Dual2Vec<T, 4>]| model.eval(x)[output], x);
            (0..x.len()).map(|i| matrix.row(i).iter().copied().collect()).collect()
        };
        let most = hessians_of.iter().max().map_or(0, |&most| most + 1);
        let asked = |output: usize| if hessians_of.contains(&output) { hessian(output) } else { Vec::new() };
        let (jacobian, hessians) = ((0..jacobian.nrows()).map(rows).collect(), (0..most).map(asked).collect());
        Self { values: model.eval(x), jacobian, hessians }
    }

    /// The row of a plan: for some outputs, in some inputs, along a direction in these.
    pub(crate) fn row(&self, derivative: Derivative, outputs: &[usize], wrt: &[usize], direction: &[T]) -> Vec<f64> {
        let values = outputs.iter().map(|&i| self.values[i].primal());
        let gradient = |i: usize| wrt.iter().map(move |&j| self.jacobian[i][j].primal());
        let along = |row: &dyn Fn(usize) -> f64| {
            let terms = wrt.iter().zip(direction).map(|(&j, v)| (row(j), v.primal()));
            // A direction that leaves an input alone does not see an infinite derivative in it.
            terms.filter(|(_, v)| *v != 0.0).map(|(entry, v)| entry * v).sum::<f64>()
        };
        match derivative {
            Derivative::Gradient | Derivative::Jacobian => {
                values.chain(outputs.iter().flat_map(|&i| gradient(i))).collect()
            }
            Derivative::Jvp => {
                let derivatives = outputs.iter().map(|&i| along(&|j| self.jacobian[i][j].primal()));
                values.chain(derivatives).collect()
            }
            Derivative::Hvp => {
                let hessian = &self.hessians[outputs[0]];
                let products = wrt.iter().map(|&i| along(&|j| hessian[i][j].primal()));
                values.chain(gradient(outputs[0])).chain(products).collect()
            }
            _ => values.collect(),
        }
    }
}
