//! Every rule at every edge.

use super::{Net, assert_close, instruction_sets, spread};
use dualtape::compare::EDGES;
use dualtape::compare::ulps_between;
use dualtape::program::{Derivative, Plan, Program};
use dualtape::rules::{Binary, Ternary, Unary};
use dualtape::{Model, One, Scalar, reverse};

/// Every function of the rule table.
#[derive(Clone, Copy)]
enum Any {
    Unary(Unary),
    Binary(Binary),
    Ternary(Ternary),
}

impl Model for Any {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        match self {
            Self::Unary(op) => op.value(x[0]),
            Self::Binary(op) => op.value(x[0], x[1]),
            Self::Ternary(op) => op.value(x[0], x[1], x[2]),
        }
    }
}

fn table() -> Vec<(Any, usize)> {
    let unary = Unary::ALL.iter().map(|&op| (Any::Unary(op), 1));
    let powers = [-3, -1, 0, 1, 2, 5].map(|n| (Any::Unary(Unary::Powi(n)), 1));
    let binary = Binary::ALL.iter().map(|&op| (Any::Binary(op), 2));
    unary.chain(powers).chain(binary).chain(Ternary::ALL.iter().map(|&op| (Any::Ternary(op), 3))).collect()
}

fn name(model: Any) -> String {
    match model {
        Any::Unary(op) => format!("{op:?}"),
        Any::Binary(op) => format!("{op:?}"),
        Any::Ternary(op) => format!("{op:?}"),
    }
}

#[test]
fn every_rule_is_that_of_reverse_mode_at_every_edge() {
    for (model, n) in table() {
        let mut points: Vec<Vec<f64>> = vec![vec![]];
        for _ in 0..n {
            let edges = if n == 3 { &EDGES[..12] } else { EDGES };
            points = points.into_iter().flat_map(|x| edges.iter().map(move |&e| [&x[..], &[e]].concat())).collect();
        }
        for exact in [true, false] {
            let plan = Plan::new(Derivative::Gradient);
            let plan = if exact { plan.exact() } else { plan };
            let program = Program::of(&model, &vec![0.7; n], &plan).unwrap();
            let batch = program.run(&[], &points.concat()).unwrap();
            for (row, x) in points.iter().enumerate() {
                let (value, gradient) = reverse::gradient(|x| model.eval(x), x);
                let what = format!("{} at {x:?}, exact {exact}", name(model));
                let found = batch.values(row)[0];
                // Either sign of a zero is the larger one.
                let zeros = found == 0.0 && value == 0.0 && matches!(model, Any::Binary(Binary::Max | Binary::Min));
                if exact && !zeros {
                    assert!(found.to_bits() == value.to_bits() || found.is_nan() && value.is_nan(), "{what}: {found}");
                } else {
                    assert!(ulps_between(found, value) <= 2, "{what}: {found:e} and {value:e}");
                }
                for (&a, &b) in batch.derivatives(row).iter().zip(&gradient) {
                    let tiny = (a - b).abs() < 1e-300;
                    assert!(ulps_between(a, b) <= 40 || tiny, "{what}: derivative {a:e} and {b:e}");
                }
            }
        }
    }
}

/// A program in single precision against reverse mode in single precision.
#[test]
fn single_precision_is_that_of_reverse_mode() {
    let net = Net { inputs: 5, units: 9, by_dot: false };
    let (p, width) = (net.parameters(), net.inputs + 1);
    let weights: Vec<f32> = spread(p, 1).into_iter().map(|x| x as f32).collect();
    let data: Vec<f32> = spread(35 * width, 2).into_iter().map(|x| x as f32).collect();
    for instruction_set in instruction_sets() {
        let plan = Plan::new(Derivative::Gradient).parameters(0..p).instruction_set(instruction_set);
        let program = Program::of(&net, &[&weights[..], &data[..width]].concat(), &plan).unwrap();
        let batch = program.run(&weights, &data).unwrap();
        for (row, x) in data.chunks(width).enumerate() {
            let f = |w: &[reverse::Var<f32>]| {
                let x = x.iter().map(|&x| reverse::Var::constant(x));
                net.eval(&w.iter().copied().chain(x).collect::<Vec<_>>())
            };
            let (_, gradient) = reverse::gradient(f, &weights);
            let wide = |x: &[f32]| x.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
            assert_close(&wide(batch.derivatives(row)), &wide(&gradient), 1e-5, "gradient");
        }
    }
}
