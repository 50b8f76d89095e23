//! Recorded graphs: they run again as the function itself would, bit for bit, or say that they cannot.

#![cfg(feature = "quickcheck")]

mod support;

use dualtape::compare::{Case, Ordinary, Singular, zoo};
use dualtape::graph::{Graph, GraphError, Question, Step, Traced};
use dualtape::{Dual, Error, Model, Scalar, forward, model, reverse};
use quickcheck::{Gen, QuickCheck, Testable};
use support::{same, seed};

fn check(cases: u64, property: impl Testable) {
    QuickCheck::new().rng(Gen::from_size_and_seed(40, seed())).tests(cases).max_tests(cases * 2).quickcheck(property);
}

fn all_same(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(&a, &b)| same(a, b))
}

/// Value, gradient and tangents from the graph are those of the function, bit for bit.
fn is_the_function(Case { expression, x }: &Case) -> bool {
    let graph = Graph::of(expression, x);
    let (value, gradient) = reverse::gradient(|x| expression.eval(x), x);
    let direction: Vec<f64> = (0..x.len()).map(|i| 0.5 + i as f64).collect();
    let (_, along) = forward::jvp(|x| vec![expression.eval(x)], x, &direction).expect("a direction for each input");
    let again = graph.gradient(x).expect("nothing has changed");
    let jacobian = graph.jacobian(x).expect("nothing has changed").1;
    let tangents = graph.jvp(x, &direction).expect("nothing has changed").1;
    same(graph.outputs()[0], value)
        && all_same(&graph.eval(x).expect("nothing has changed"), &[value])
        && same(again.0, value)
        && all_same(&again.1, &gradient)
        && all_same(jacobian.as_slice(), &gradient)
        && all_same(&tangents, &along)
}

#[test]
fn a_graph_is_its_function() {
    check(4000, (|case: Ordinary| is_the_function(&case.0)) as fn(Ordinary) -> bool);
    check(4000, (|case: Singular| is_the_function(&case.0)) as fn(Singular) -> bool);
}

/// Elsewhere the graph is the function too, or it says that a guard fails.
fn is_never_silently_stale(Case { expression, x }: &Case) -> bool {
    let graph = Graph::of(expression, x);
    let moved: Vec<f64> = x.iter().map(|x| 1.25 - 0.5 * x).collect();
    let anew = Graph::of(expression, &moved);
    match graph.gradient(&moved) {
        Ok((value, gradient)) => {
            let (expected, slope) = reverse::gradient(|x| expression.eval(x), &moved);
            same(value, expected) && all_same(&gradient, &slope)
        }
        // There was something to ask, and the new recording answers otherwise, or asks something else.
        Err(GraphError::Stale(_)) => !graph.guards().is_empty() && graph.guards() != anew.guards(),
        Err(_) => false,
    }
}

#[test]
fn a_stale_branch_is_never_silent() {
    check(4000, (|case: Ordinary| is_never_silently_stale(&case.0)) as fn(Ordinary) -> bool);
    check(4000, (|case: Singular| is_never_silently_stale(&case.0)) as fn(Singular) -> bool);
}

/// The whole zoo, graph against function.
#[test]
fn the_zoo_is_recorded() {
    for family in zoo::MODELS {
        let (name, (model, x)) = (family.about().name, family.member(30));
        let graph = Graph::of(&model, &x);
        let (values, jacobian) = reverse::jacobian(|x| model.eval(x), &x).expect("one evaluation");
        let (again, slopes) = graph.jacobian(&x).expect("nothing has changed");
        assert!(all_same(&values, &again) && all_same(jacobian.as_slice(), slopes.as_slice()), "{name}");
        if let [value] = values[..] {
            let (again, slopes) = graph.gradient(&x).expect("nothing has changed");
            assert!(same(value, again) && all_same(jacobian.as_slice(), &slopes), "{name}");
        }
    }
}

fn lecture<T: Scalar>(x: &[T]) -> Vec<T> {
    vec![(x[0] + x[1] * T::constant(2.0)) * x[2]]
}

#[test]
fn every_operation_is_in_the_list() {
    let graph = Graph::record(lecture, &[3.0, 1.0, -2.0]).named(&["a", "b", "c"], &["J"]);
    let text = "a = 3\nb = 1\nc = -2\nv3 = 2\nv4 = mul(b, v3) = 2\nv5 = add(a, v4) = 5\nJ = mul(v5, c) = -10\n";
    assert_eq!(graph.to_string(), text);
    assert_eq!(graph.inputs(), [3.0, 1.0, -2.0]);
    assert_eq!((graph.input_count(), graph.output_nodes()), (3, &[6][..]));
    assert_eq!((graph.kind(6), graph.operands(6), graph.name(6)), ("mul", &[5, 2][..], "J".to_owned()));
    assert_eq!(graph.nodes()[3].step, Step::Constant);
    let (value, gradient) = graph.gradient(&[3.0, 1.0, -2.0]).expect("nothing has changed");
    assert_eq!((value, gradient), (-10.0, vec![-2.0, -4.0, 5.0]));
    assert_eq!(graph.jvp(&[3.0, 1.0, -2.0], &[0.0, 1.0, 0.0]), Ok((vec![-10.0], vec![-4.0])));
    assert_eq!(
        graph.eval(&[1.0]),
        Err(GraphError::Argument(Error::Length { argument: "the point x", expected: 3, found: 1 }))
    );
    // The same constant is one node; sums and products of slices are one operation each.
    let graph = Graph::record(|x| vec![Scalar::sum(x) * 2.0 + 2.0 * dualtape::dot(x, x)], &[1.0, 2.0]);
    let kinds: Vec<&str> = (0..graph.nodes().len() as u32).map(|node| graph.kind(node)).collect();
    assert_eq!(kinds, ["input", "input", "sum", "constant", "mul", "dot", "mul", "add"]);
    assert_eq!(graph.operands(5), [0, 1, 0, 1]);
}

#[test]
fn log_sum_exp_is_shifted_anew_at_every_point() {
    let graph = Graph::record(|x| vec![Scalar::log_sum_exp(x)], &[1.0, 2.0]);
    // Shifted as at (1, 2) the terms would overflow here.
    assert_eq!(graph.eval(&[1000.0, 1000.0]), Ok(vec![1000.0 + std::f64::consts::LN_2]));
}

fn branching<T: Scalar>(x: &[T]) -> Vec<T> {
    vec![if x[0] < x[1] { x[0] * x[1] } else { x[0] - x[1] }]
}

#[test]
fn guards_name_the_comparison() {
    let mut graph = Graph::record(branching, &[1.0, 2.0]).named(&["a", "b"], &["f"]);
    let [guard] = graph.guards() else { panic!("one comparison") };
    assert_eq!((guard.question, guard.operands, guard.outcome()), (Question::Less, [0, 1], true));
    assert!(graph.to_string().contains("a < b: true\n"), "{graph}");
    assert_eq!(graph.eval(&[3.0, 4.0]), Ok(vec![12.0]));
    let stale = graph.eval(&[5.0, 4.0]).expect_err("the other branch");
    assert_eq!(
        stale.to_string(),
        "the recorded branch does not hold here: a < b was true (for 1 and 2) and is false (for 5 and 4): record the \
         function anew at this point"
    );
    for error in [
        graph.gradient(&[5.0, 4.0]).map(drop),
        graph.jacobian(&[5.0, 4.0]).map(drop),
        graph.jvp(&[5.0, 4.0], &[1.0, 0.0]).map(drop),
    ] {
        assert_eq!(error, Err(stale.clone()));
    }
    assert_eq!(graph.eval_or_record(&model!(branching), &[3.0, 4.0]), Ok((vec![12.0], false)));
    assert_eq!(graph.eval_or_record(&model!(branching), &[5.0, 4.0]), Ok((vec![1.0], true)));
    assert_eq!(graph.eval(&[6.0, 4.0]), Ok(vec![2.0]));
    // NaN answers no to both.
    assert!(graph.eval(&[f64::NAN, 4.0]).expect("not less").iter().all(|y| y.is_nan()));
    let graph = Graph::record(|x| vec![if x[0].is_nan() { x[1] } else { x[0] }], &[1.0, 2.0]);
    let stale = graph.eval(&[f64::NAN, 2.0]).expect_err("it is NaN").to_string();
    assert!(stale.contains("is x0 NaN was false (for 1) and is true (for NaN)"), "{stale}");
    let graph =
        Graph::record(|x| vec![x[x[0].partial_cmp(&x[1]).map_or(0, |order| usize::from(order.is_gt()))]], &[1.0, 2.0]);
    let stale = graph.eval(&[2.0, 1.0]).expect_err("the other order").to_string();
    assert!(stale.contains("the order of x0 and x1 was less (for 1 and 2) and is greater (for 2 and 1)"), "{stale}");
    // max, min and abs are operations, and no comparison.
    let graph = Graph::record(|x| vec![x[0].max(x[1]) + x[0].abs()], &[1.0, 2.0]);
    assert!(graph.guards().is_empty());
    assert_eq!(graph.eval(&[-3.0, -4.0]), Ok(vec![0.0]));
}

/// Where zero absorbs depends on the point, so a recorded derivative looks at its factors whenever it runs.
#[test]
fn recorded_derivatives_absorb_zeros_elsewhere() {
    fn product<T: Scalar>(x: &[T]) -> T {
        let roots = (x[0] * x[1]).sqrt() * x[2] + x[0].sqrt() * x[2] * x[1] + (x[0].sqrt() + x[1]) * x[2];
        roots + T::dot(&[x[0].sqrt(), x[1]], &[x[2], x[1]])
    }
    let by_reverse = |x: &[Traced<f64>]| reverse::gradient(product, x).1;
    let by_forward = |x: &[Traced<f64>]| forward::gradient(product, x).1;
    for graph in [Graph::record(by_reverse, &[1.0, 2.0, 3.0]), Graph::record(by_forward, &[1.0, 2.0, 3.0])] {
        for x in [[1.0_f64, 2.0, 3.0], [0.0, 2.0, 0.0], [0.0, 0.0, 0.0], [4.0, 0.0, 0.0]] {
            let expected: Vec<f64> = reverse::gradient(product, &x).1;
            assert!(expected.iter().all(|d| d.is_finite()), "{expected:?}");
            let found = graph.eval(&x).expect("nothing is compared");
            assert!(
                found.iter().zip(&expected).all(|(a, b)| (a - b).abs() <= 1e-14 * b.abs()),
                "{found:?}, {expected:?}"
            );
        }
    }
}

#[test]
fn the_shape_in_numbers() {
    let statistics = Graph::record(lecture, &[3.0, 1.0, -2.0]).statistics();
    assert_eq!((statistics.operations, statistics.constants, statistics.edges), (3, 1, 6));
    assert_eq!((statistics.depth, statistics.width, statistics.fan_out), (3, 1, 1));
    assert_eq!(statistics.live, 4, "three inputs and the constant");
    assert_eq!(statistics.by_kind.into_iter().collect::<Vec<_>>(), [("add", 1), ("mul", 2)]);
    let paths = |graph: &Graph| graph.statistics().paths[0].iter().map(ToString::to_string).collect::<Vec<_>>();
    // J(a, b) = (a + b)·(b + 1): b reaches the output over two branches.
    let graph = Graph::record(|x| vec![(x[0] + x[1]) * (x[1] + 1.0)], &[2.0, 3.0]);
    assert_eq!(paths(&graph), ["1", "2"]);
    // Squaring doubles the paths: 2⁶⁰ of them over 60 operations.
    let graph = Graph::record(|x| vec![(0..60).fold(x[0], |y, _| y * y)], &[1.0]);
    assert_eq!(paths(&graph), [format!("≈{:.3e}", 2.0_f64.powi(60))]);
    let graph = Graph::record(|x| vec![(0..52).fold(x[0], |y, _| y * y)], &[1.0]);
    assert_eq!(paths(&graph), [2_u64.pow(52).to_string()]);
    let graph = Graph::record(|x| vec![(0..53).fold(x[0], |y, _| y * y)], &[1.0]);
    assert_eq!(paths(&graph), ["≈9.007e15"]);
    assert_eq!(Graph::record(|x| vec![x[0] * x[0] + x[1].sin() * x[1].cos()], &[1.0, 2.0]).statistics().width, 3);
    // An input that nothing depends on, and an output that is an input.
    let graph = Graph::record(|x| vec![x[0]], &[1.0, 2.0]);
    assert_eq!((paths(&graph), graph.statistics().operations), (vec!["1".to_owned(), "0".to_owned()], 0));
}

#[test]
fn a_million_operations_need_no_stack() {
    let model = |x: &[Traced<f64>]| vec![(0..1_000_000).fold(x[0], |y, _| y * 0.999_999 + x[1])];
    let graph = std::thread::Builder::new()
        .stack_size(256 * 1024)
        .spawn(move || {
            let graph = Graph::record(model, &[1.0, 1e-6]);
            let (value, gradient) = graph.gradient(&[1.0, 1e-6]).expect("nothing has changed");
            assert!(same(value, graph.outputs()[0]) && gradient[1] > 1e5);
            let statistics = graph.statistics();
            assert_eq!((statistics.operations, statistics.depth, statistics.width), (2_000_000, 2_000_000, 1));
            assert_eq!(statistics.paths[0][1].value(), 1e6);
            graph
        })
        .expect("a thread starts")
        .join()
        .expect("a small stack is enough");
    assert_eq!(graph.nodes().len(), 2_000_003);
}

#[test]
fn nested_numbers_are_recorded_and_recordings_nest() {
    // Over dual numbers a graph carries tangents of its own.
    let x = [Dual::variable(3.0), Dual::constant(2.0)];
    let graph = Graph::record(|x| vec![x[0] * x[1].sin()], &x);
    assert_eq!(graph.outputs()[0], Dual { value: 3.0 * 2.0_f64.sin(), tangent: 2.0_f64.sin() });
    let (_, slope) = graph.gradient(&x).expect("nothing has changed");
    assert_eq!(slope[1].tangent, 2.0_f64.cos(), "the mixed second derivative");
    // One recording inside another: the inner one sees what it is given.
    let outer = Graph::record(
        |x| {
            let inner = Graph::record(|y| vec![y[0] * y[0]], &[x[0].value()]);
            vec![x[0] * inner.gradient(&[3.0]).expect("nothing has changed").1[0]]
        },
        &[2.0],
    );
    assert_eq!(outer.gradient(&[2.0]), Ok((12.0, vec![6.0])));
    // Where nothing is recorded, a traced number is a number.
    let x: Traced<f64> = Traced::constant(2.0);
    assert_eq!((x * x + 1.0).value(), 5.0);
}

#[test]
fn numbers_of_another_recording_are_refused() {
    let mut kept = None;
    let _ = Graph::record(
        |x| {
            kept = Some(x[0]);
            vec![x[0]]
        },
        &[1.0],
    );
    let kept = kept.expect("it was kept");
    let misuses: [fn(Traced<f64>) -> Graph; 3] = [
        |kept| Graph::record(|x| vec![x[0] * kept], &[2.0]),
        |kept| Graph::record(|_| vec![kept], &[2.0]),
        |kept| Graph::record(|x| vec![if x[0] < kept { x[0] } else { x[0] * x[0] }], &[2.0]),
    ];
    for misuse in misuses {
        let panic = std::panic::catch_unwind(|| misuse(kept)).expect_err("it is refused");
        let message = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        assert!(message.is_some_and(|message| message.contains("take its `value()`")), "{message:?}");
    }
    // Outside every recording, and after one that a panic has ended.
    for ends in [|_: &[Traced<f64>]| Vec::new(), |_: &[Traced<f64>]| panic!("the function gives up")] {
        let mut kept = None;
        let record = std::panic::AssertUnwindSafe(|| {
            Graph::record(
                |x| {
                    kept = Some(x[0]);
                    ends(x)
                },
                &[1.0],
            )
        });
        let _ = std::panic::catch_unwind(record);
        let kept = kept.expect("it was kept");
        let panic = std::panic::catch_unwind(|| kept * kept).expect_err("it is refused");
        assert!(panic.downcast_ref::<&str>().is_some_and(|message| message.contains("it has ended")));
    }
    // After a panic the next recording starts clean.
    assert_eq!(Graph::record(|x| vec![x[0] * x[0]], &[3.0]).outputs(), [9.0]);
}
