//! What a function costs grows with the square of the order, exactly counted.

use dualtape::rules::{Binary, Ternary, Unary};
use dualtape::{Counted, Counts, Scalar, Taylor};

/// A curve of which no coefficient is zero.
fn curve<const K: usize>(x: f64) -> Taylor<Counted<f64>, K> {
    Taylor::new(Counted::new(x), std::array::from_fn(|i| Counted::new(0.5 / (2.0 + i as f64))))
}

/// How many operations each function of the table does at its sample point.
fn costs<const K: usize>() -> Vec<(&'static str, u64)> {
    let of = |f: &dyn Fn() -> Taylor<Counted<f64>, K>| Counts::of(f).1.total();
    let unary = Unary::ALL.iter().map(|op| (op.name(), of(&|| op.value(curve(op.sample())))));
    let binary = Binary::ALL.iter().map(|op| {
        let (x, y) = op.sample();
        (op.name(), of(&|| op.value(curve(x), curve(y))))
    });
    let with_constant = Binary::ALL.iter().map(|op| {
        let (x, y) = op.sample();
        (op.name(), of(&|| op.value(curve(x), Taylor::constant(Counted::new(y)))))
    });
    let ternary = Ternary::ALL.iter().map(|op| {
        let (x, y, z) = op.sample();
        (op.name(), of(&|| op.value(curve(x), curve(y), curve(z))))
    });
    let sum = [("log_sum_exp", of(&|| Scalar::log_sum_exp(&[curve(0.7), curve(1.3)])))];
    unary.chain(binary).chain(with_constant).chain(ternary).chain(sum).collect()
}

#[test]
fn costs_grow_with_the_square_of_the_order() {
    let all = [costs::<2>(), costs::<4>(), costs::<8>(), costs::<16>(), costs::<32>()];
    for (i, &(name, _)) in all[0].iter().enumerate() {
        let of: [u64; 5] = std::array::from_fn(|order| all[order][i].1);
        // From 8 on every partial has one coefficient more than is needed; K²·log K would give 4.6 and 5.
        assert!(of[3] <= 4 * of[2] && of[4] <= 4 * of[3], "{name}: {of:?} for orders 2, 4, 8, 16, 32");
        for (order, cost) in [2, 4, 8, 16, 32].into_iter().zip(of) {
            assert!(cost <= 50 * (order + 1) * (order + 1), "{name}: {cost} operations for order {order}");
        }
    }
}
