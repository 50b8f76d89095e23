//! Every model of the zoo.

use super::{assert_close, spread};
use dualtape::compare::zoo;
use dualtape::jacobian;
use dualtape::program::{Derivative, Plan, Replay};

#[test]
fn every_model_of_the_zoo_is_replayed() {
    for family in zoo::MODELS {
        let (name, (model, x)) = (family.about().name, family.member(12));
        let n = x.len();
        let shifts = spread(20 * n, 31);
        let data: Vec<f64> = (0..20 * n).map(|i| x[i % n] * (1.0 + 0.01 * shifts[i])).collect();
        for exact in [false, true] {
            let plan = Plan::new(Derivative::Jacobian);
            let mut replay = Replay::of(&model, if exact { plan.exact() } else { plan });
            let batch = replay.run(n, &[], &data).expect("the plan suits");
            for (row, x) in data.chunks(n).enumerate() {
                let (value, matrix) = jacobian(&model, x);
                let rows: Vec<f64> = matrix.transpose().iter().copied().collect();
                assert_close(batch.values(row), &value, if exact { 0.0 } else { 1e-10 }, name);
                assert_close(batch.derivatives(row), &rows, 1e-9, name);
            }
        }
    }
}
