//! The models of the zoo, sample by sample and in batches: a batch must not take longer.

use super::replayed::{Case, Side};
use dualtape::compare::zoo;
use dualtape::graph::Graph;
use dualtape::program::{Derivative, Plan, Program};
use std::cell::RefCell;
use std::hint::black_box;
use std::rc::Rc;

/// Each model at each of these sizes, or as near as it comes to it.
const SIZES: [usize; 3] = [10, 100, 1000];

/// No program of more operations is built.
const LARGEST: f64 = 3e6;

/// The results of a batch are about so many numbers.
const NUMBERS: usize = 1 << 18;

/// Those whose name contains the filter.
pub(crate) fn batches(filter: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for family in zoo::MODELS {
        let mut sizes: Vec<_> = SIZES.iter().map(|&n| (n, family.size(n))).collect();
        sizes.dedup_by_key(|(_, size)| *size);
        for (n, size) in sizes {
            let name = format!("batch of {} {}", family.about().name, size.inputs);
            if size.operations * size.outputs > LARGEST || !name.contains(filter) {
                continue;
            }
            let (member, x) = family.member(n);
            let derivative = if size.outputs == 1.0 { Derivative::Gradient } else { Derivative::Jacobian };
            let program = Program::compile(&Graph::of(&member, &x), &Plan::new(derivative)).expect("a plan that suits");
            let count = (NUMBERS / (size.inputs * size.outputs) as usize).clamp(16, 256);
            let samples: Rc<[f64]> = x.repeat(count).into();
            let program = Rc::new(program);
            let (all, alone) = ((program.clone(), samples.clone()), (program, samples));
            let (rows, row) = (RefCell::default(), RefCell::default());
            let in_batches = move || {
                all.0.run_into(&[], black_box(&all.1), &[], &mut rows.borrow_mut()).expect("the samples suit");
                black_box(&rows);
            };
            let one_by_one = move || {
                for sample in alone.1.chunks_exact(x.len()) {
                    alone.0.run_into(&[], black_box(sample), &[], &mut row.borrow_mut()).expect("the sample suits");
                    black_box(&row);
                }
            };
            let side =
                |name: &str, run: Box<dyn Fn()>, target| Side { name: name.to_owned(), samples: count, run, target };
            cases.push(Case {
                name,
                plain: side("one by one", Box::new(one_by_one), None),
                sides: vec![side(&format!("{count} samples"), Box::new(in_batches), Some(1.0))],
            });
        }
    }
    cases
}
