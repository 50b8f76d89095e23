//! Every model of the zoo.

use super::{assert_close, spread};
use dualtape::compare::Family;
use dualtape::compare::zoo::{Visitor, visit_all};
use dualtape::program::{Derivative, Plan, Replay};
use dualtape::{Many, Model, One, Outputs, jacobian};
use std::convert::Infallible;

/// Replays every family at its point and beside it, and counts them.
struct Replays(usize);

impl Replays {
    fn check<M: Model<Outputs: Outputs<Error = Infallible>>>(&mut self, name: &str, model: &M, x: &[f64]) {
        self.0 += 1;
        let n = x.len();
        let shifts = spread(20 * n, 31);
        let data: Vec<f64> = (0..20 * n).map(|i| x[i % n] * (1.0 + 0.01 * shifts[i])).collect();
        for exact in [false, true] {
            let plan = Plan::new(Derivative::Jacobian);
            let mut replay = Replay::of(model, if exact { plan.exact() } else { plan });
            let Ok(batch) = M::Outputs::result(replay.run(n, &[], &data));
            let batch = batch.expect("the plan suits");
            for (row, x) in data.chunks(n).enumerate() {
                let Ok((value, matrix)) = M::Outputs::result(jacobian(model, x));
                let rows: Vec<f64> = matrix.transpose().iter().copied().collect();
                assert_close(batch.values(row), &value, if exact { 0.0 } else { 1e-10 }, name);
                assert_close(batch.derivatives(row), &rows, 1e-9, name);
            }
        }
    }
}

impl Visitor for Replays {
    fn one<F: Family<Model: Model<Outputs = One>>>(&mut self, family: &F) {
        let (model, x) = family.member(12);
        self.check(F::ABOUT.name, &model, &x);
    }

    fn many<F: Family<Model: Model<Outputs = Many>>>(&mut self, family: &F) {
        let (model, x) = family.member(12);
        self.check(F::ABOUT.name, &model, &x);
    }
}

#[test]
fn every_model_of_the_zoo_is_replayed() {
    let mut replays = Replays(0);
    visit_all(&mut replays);
    assert!(replays.0 >= 15);
}
