//! Recordings over numbers that have derivatives: what leaves is held with them.

use super::{INTEGERS, NUMBERS, Way, leave};
use dualtape::graph::{Graph, GraphError, Traced};
use dualtape::{Dual, DualVec, Var, reverse};

#[test]
fn a_number_that_leaves_is_held_with_its_tangent() {
    let product = |x: &[Traced<Dual<f64>>]| vec![x[1] * Traced::constant(x[0].value())];
    let at = |value: f64, tangent: f64| [Dual::new(value, tangent), Dual::new(3.0, 0.5)];
    let graph = Graph::record(product, &at(2.5, 1.0));
    let parts = |found: Vec<Dual<f64>>| (found[0].value, found[0].tangent);
    assert_eq!(graph.eval(&at(2.5, 1.0)).map(parts), Ok((7.5, 2.5 * 0.5 + 3.0)));
    assert_eq!(graph.gradient(&at(2.5, 1.0)).map(|(_, found)| (found[0].value, found[1].value)), Ok((0.0, 2.5)));
    for other in [at(2.5, 7.0), at(2.5, -0.0), at(2.5, f64::NAN)] {
        let stale = graph.eval(&other).expect_err("another tangent left").to_string();
        assert!(stale.contains("the value of x0 had other derivatives: record"), "{stale}");
        assert!(graph.gradient(&other).is_err() && graph.jacobian(&other).is_err());
        assert!(graph.jvp(&other, &[Dual::constant(1.0); 2]).is_err());
    }
    let stale = graph.eval(&at(2.75, 1.0)).expect_err("another value left").to_string();
    assert!(stale.contains("the value of x0 was 2.5 (for 2.5) and is 2.75"), "{stale}");
    let nan = Graph::record(product, &at(2.5, f64::NAN));
    assert!(nan.eval(&at(2.5, -f64::NAN)).is_ok(), "NaN is one number");
}

#[test]
fn each_part_of_many_is_held() {
    let product = |x: &[Traced<DualVec<f64, 3>>]| vec![x[0] * Traced::constant(x[0].value())];
    let graph = Graph::record(product, &[DualVec::new(2.0, [1.0, 2.0, 3.0])]);
    assert!(graph.eval(&[DualVec::new(2.0, [1.0, 2.0, 3.0])]).is_ok());
    for at in 0..3 {
        let mut tangents = [1.0, 2.0, 3.0];
        tangents[at] = 4.0;
        assert!(graph.eval(&[DualVec::new(2.0, tangents)]).is_err(), "tangent {at}");
    }
    let nested = |parts: [f64; 4]| [Dual::new(Dual::new(parts[0], parts[1]), Dual::new(parts[2], parts[3]))];
    let graph = Graph::record(|x| vec![x[0] * Traced::constant(x[0].value())], &nested([1.0, 2.0, 3.0, 4.0]));
    assert!(graph.eval(&nested([1.0, 2.0, 3.0, 4.0])).is_ok());
    for at in 0..4 {
        let mut parts = [1.0, 2.0, 3.0, 4.0];
        parts[at] = 5.0;
        assert!(graph.eval(&nested(parts)).is_err(), "part {at}");
    }
}

#[test]
fn a_variable_that_leaves_is_held_with_what_it_depends_on() {
    let (value, gradient) = reverse::gradient(
        |v: &[Var<f64>]| {
            let graph = Graph::record(|x| vec![x[1] * Traced::constant(x[0].value())], v);
            // The same number, and another variable.
            assert!(matches!(graph.eval(&[v[1], v[1]]), Err(GraphError::Stale(_))));
            assert!(matches!(graph.eval(&[v[0] * 2.0 - v[0].value(), v[1]]), Err(GraphError::Stale(_))));
            assert!(matches!(graph.eval(&[Var::constant(2.0), v[1]]), Err(GraphError::Stale(_))));
            graph.eval(v).expect("nothing has changed")[0]
        },
        &[2.0, 2.0],
    );
    assert_eq!((value, gradient), (4.0, vec![2.0, 2.0]));
}

/// Whatever plain thing is made of a number over dual ones, a graph gives what the function does there, or refuses.
#[test]
fn every_way_over_dual_numbers() {
    for way in INTEGERS.into_iter().chain(NUMBERS).chain([Way::Class, Way::Ulps, Way::Sign]) {
        let f = |x: &[Dual<f64>]| x[1] * leave(x[0], way);
        let traced = |x: &[Traced<Dual<f64>>]| vec![x[1] * leave(x[0], way)];
        let graph = Graph::record(traced, &[Dual::new(2.5, 1.0), Dual::new(3.0, 0.5)]);
        for (value, tangent) in [(2.5, 1.0), (2.5, -4.0), (2.75, 1.0), (-3.5, 1.0), (0.0, 0.0)] {
            let x = [Dual::new(value, tangent), Dual::new(5.0, 0.25)];
            match graph.eval(&x) {
                Ok(found) => assert_eq!((found[0].value, found[0].tangent), (f(&x).value, f(&x).tangent), "{way:?}"),
                Err(error) => assert!((value, tangent) != (2.5, 1.0), "{way:?}: {error}"),
            }
        }
    }
}
