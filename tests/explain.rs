//! Backpropagation explained: traces, local derivatives, paths and the backward phase against the modes themselves.

#![cfg(feature = "quickcheck")]

use dualtape::compare::{Case, Ordinary};
use dualtape::graph::explain::non_finite;
use dualtape::graph::{Graph, Stages, Traced};
use dualtape::rules::{Nary, Unary};
use dualtape::{Dual, Model, Scalar, Var, forward, model, reverse};
use quickcheck::{Gen, QuickCheck, TestResult};
use support::seed;

mod support;

/// J(a, b, c) = (a + 2b)·c at a = 3, b = 1, c = -2.
fn lecture() -> Graph {
    fn f<T: Scalar>(x: &[T]) -> Vec<T> {
        vec![(x[0] + x[1] * T::constant(2.0)) * x[2]]
    }
    Graph::record(f, &[3.0, 1.0, -2.0]).named(&["a", "b", "c"], &["J"])
}

#[test]
fn the_trace_of_the_lecture() {
    let trace = lecture().trace(0, Some(1));
    let expected = "\
node  formula  value  tangent  adjoint
a     input        3        0       -2
b     input        1        1       -4
c     input       -2        0        5
v3    2            2        0       -2
v4    b·2          2        2       -2
v5    a + v4       5        2       -2
J     v5·c       -10       -4        1
";
    assert_eq!(trace.to_string(), expected);
    let last = &trace.rows[6];
    let locals: Vec<(&str, &str, f64)> =
        last.partials.iter().map(|it| (it.name.as_str(), it.formula.as_str(), it.value)).collect();
    assert_eq!(locals, [("v5", "c", -2.0), ("c", "v5", 5.0)]);
}

#[test]
fn the_tree_of_the_lecture() {
    let expected = "\
f = v5·c = -10   δ = 1
├─[-2]─ v5 = a + v4 = 5   δ = -2
│  ├─[1]─ a = 3   δ = -2
│  └─[1]─ v4 = b·2 = 2   δ = -2
│     ├─[2]─ b = 1   δ = -4
│     └─[1]─ 2
└─[5]─ c = -2   δ = 5
";
    assert_eq!(lecture().tree(0).replacen('J', "f", 1), expected);
    let graph = Graph::record(|x| vec![(x[0] + x[1]) * (x[1] + 1.0)], &[2.0, 3.0]).named(&["a", "b"], &["J"]);
    assert!(graph.tree(0).contains("└─[1]─ b = 3   δ = 9\n") && graph.tree(0).contains("├─[1]─ b (above)\n"));
    // Depth is free here too.
    let deep = Graph::record(|x| vec![(0..3000).fold(x[0], |y, _| y.sin())], &[1.0]);
    assert_eq!(deep.tree(0).lines().count(), 3001);
}

#[test]
fn stages_multiply_to_the_jacobian_of_the_whole() {
    let first = |x: &[Var<f64>]| vec![x[0] * x[1], x[1] + x[2], x[0].sin()];
    let second = |x: &[Var<f64>]| vec![x[0] + x[1] * x[2], x[0].exp()];
    let x = [0.5, 2.0, -1.0];
    let stages = Stages::of(&x, &[&first, &second]).expect("each runs once");
    let (value, whole) = reverse::jacobian(|x| second(&first(x)), &x).expect("it runs once");
    assert_eq!(stages.values[2], value);
    assert!((stages.product() - whole).amax() < 1e-15);
    // 2×3 times 3×3, in either order.
    assert_eq!((stages.forward_multiplications(), stages.reverse_multiplications()), (18, 18));
    let text = stages.to_string();
    assert!(text.contains("stage 2: R^3 -> R^2, Jacobian 2×3 (numerator layout), 3×2 (denominator layout)"), "{text}");
    let (_, of_first) = reverse::jacobian(first, &x).expect("it runs once");
    assert_eq!(Stages::of(&x, &[&first]).expect("it runs once").product(), of_first);
    assert_eq!(Stages::of(&x, &[]).expect("nothing runs").product(), nalgebra::DMatrix::identity(3, 3));
}

#[test]
fn the_backward_phase_of_the_lecture() {
    let steps = lecture().backward_phase(0);
    let handed: Vec<(u32, u32, f64)> = steps.iter().map(|it| (it.from, it.to, it.product)).collect();
    assert_eq!(handed, [(6, 5, -2.0), (6, 2, 5.0), (5, 0, -2.0), (5, 4, -2.0), (4, 1, -4.0)]);
    assert_eq!(steps[0].sentence, "J hands v5 its δ times ∂J/∂v5: 1·(-2) = -2; δ(v5) = -2");
    // J(a, b) = (a + b)·(b + 1): the gradient of b adds over two branches, a + 2b + 1.
    let graph = Graph::record(|x| vec![(x[0] + x[1]) * (x[1] + 1.0)], &[2.0, 3.0]).named(&["a", "b"], &["J"]);
    let steps = graph.backward_phase(0);
    let last = steps.iter().rfind(|step| step.to == 1).expect("b receives");
    assert_eq!((last.sum, last.product), (9.0, 4.0));
    assert!(last.sentence.ends_with("a branch, so it is added: δ(b) = 5 + 4 = 9"), "{}", last.sentence);
    let graph = Graph::record(|x| vec![Scalar::sum(x)], &[2.0, 3.0, 4.0]).named(&["a", "b", "c"], &["J"]);
    let sentences: Vec<_> = graph.backward_phase(0).into_iter().map(|step| step.sentence).collect();
    assert_eq!(sentences[1], "J hands b its δ times ∂J/∂b: 1·1 = 1; δ(b) = 1");
    // A pole that a zero meets.
    let graph = Graph::record(|x| vec![x[0].sqrt() * x[1]], &[0.0, 0.0]).named(&["a", "b"], &["J"]);
    let sentences: Vec<_> = graph.backward_phase(0).into_iter().map(|step| step.sentence).collect();
    assert!(sentences[2].contains(" = 0 (a factor 0 hands on nothing); δ(a) = 0"), "{sentences:?}");
    assert!(!sentences[0].contains("hands on nothing"), "{sentences:?}");
}

#[test]
fn the_paths_of_the_lecture() {
    let graph = lecture();
    let paths = graph.paths(0, 1, 10);
    assert_eq!(paths.len(), 1);
    assert_eq!((paths[0].nodes.as_slice(), paths[0].partials.as_slice()), (&[1, 4, 5, 6][..], &[2.0, 1.0, -2.0][..]));
    assert_eq!((paths[0].product, paths[0].equation().as_str()), (-4.0, "2·1·(-2) = -4"));
    let branches = Graph::record(|x| vec![(x[0] + x[1]) * (x[1] + 1.0)], &[2.0, 3.0]);
    assert_eq!(branches.paths(0, 1, 10).iter().map(|path| path.product).collect::<Vec<_>>(), [4.0, 5.0]);
    assert_eq!(branches.paths(0, 1, 1).len(), 1, "no more than asked for");
    // Where an input leads nowhere there is no path; 2⁶⁰ paths are no reason to hang.
    assert_eq!(Graph::record(|x| vec![x[0]], &[1.0, 2.0]).paths(0, 1, 10), []);
    assert_eq!(Graph::record(|x| vec![(0..60).fold(x[0], |y, _| y * y)], &[1.0]).paths(0, 0, 5).len(), 5);
}

/// The derivative is the sum over all paths, and the trace's tangents and adjoints are those of the modes.
fn explains(case: Ordinary) -> TestResult {
    let Case { expression, x } = case.0;
    let graph = Graph::of(&expression, &x);
    let (value, gradient) = reverse::gradient(|x| expression.eval(x), &x);
    // Where a partial is infinite or NaN, sums in another order are other sums.
    if graph.non_finite().is_some() {
        return TestResult::discard();
    }
    let near = |a: f64, b: f64, scale: f64| a == b || (a - b).abs() <= 1e-9 * scale || a.is_nan() && b.is_nan();
    let counts = graph.paths_to(graph.output_nodes()[0]);
    let phase = graph.backward_phase(0);
    let holds = (0..x.len()).all(|input| {
        let trace = graph.trace(0, Some(input));
        let output = &trace.rows[trace.output as usize];
        let paths = counts[input].value();
        let all = if paths <= 200.0 { graph.paths(0, input, 200) } else { Vec::new() };
        let scale = all.iter().map(|path| path.product.abs()).fold(gradient[input].abs(), f64::max);
        // Sums of paths whose products are huge cancel: they are right to the digits that such sums keep.
        let sum: f64 = all.iter().map(|path| path.product).sum();
        let handed = phase.iter().rfind(|step| step.to as usize == input).map_or(0.0, |step| step.sum);
        let own = if trace.output as usize == input { 1.0 } else { 0.0 };
        output.value.to_bits() == value.to_bits()
            && (paths > 200.0 || all.len() as f64 == paths && near(sum, gradient[input], scale))
            && near(trace.rows[input].adjoint, gradient[input], scale.max(1e-300))
            && near(output.tangent, gradient[input], scale.max(1e-300))
            && near(handed + own, gradient[input], scale.max(1e-300))
    });
    TestResult::from_bool(holds)
}

#[test]
fn the_gradient_is_the_sum_over_all_paths() {
    QuickCheck::new()
        .rng(Gen::from_size_and_seed(12, seed()))
        .tests(3000)
        .max_tests(12_000)
        .quickcheck(explains as fn(Ordinary) -> TestResult);
}

/// That each says what its rule computes is tested beside the parser of formulas, in the command.
#[test]
fn local_derivatives_are_written_as_formulas() {
    let texts = |graph: &Graph| graph.partial_formulas(graph.output_nodes()[0]);
    let of = |f: fn(&[Traced<f64>]) -> Traced<f64>| {
        let graph = Graph::record(|x| vec![f(x)], &[0.7, 1.3]).named(&["a", "b"], &["y"]);
        (graph.formula(graph.output_nodes()[0]), texts(&graph))
    };
    let text = |formula: &str, slopes: &[&str]| {
        (formula.to_owned(), slopes.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(of(|x| x[0] * x[1]), text("a·b", &["b", "a"]));
    assert_eq!(of(|x| x[0] - x[1]), text("a - b", &["1", "-1"]));
    assert_eq!(of(|x| x[0].sin()), text("sin(a)", &["cos(a)"]));
    assert_eq!(of(|x| x[0].exp()), text("exp(a)", &["exp(a)"]));
    assert_eq!(of(|x| -x[0]), text("-a", &["-1"]));
    assert_eq!(of(|x| x[0].max(x[1])), text("max(a, b)", &["0", "1"]));
    assert_eq!(of(|x| dualtape::dot(&[x[0], x[1]], &[x[1], x[0]])), text("a·b + b·a", &["b", "a", "a", "b"]));
    assert_eq!(of(|x| dualtape::linear_combination(&[2.0, -3.0], x)), text("2·a - 3·b", &["2", "-3"]));
    assert_eq!(of(|x| dualtape::linear_combination(&[1.0, -1.0], x)), text("a - b", &["1", "-1"]));
    assert_eq!(of(Scalar::sum), text("a + b", &["1", "1"]));
    assert_eq!(of(|x| x[0].powi(-12)), text("a⁻¹²", &["-12·a⁻¹³"]));
    assert_eq!(of(|x| x[0].powf(x[1])), text("a^b", &["b·a^(b - 1)", "a^b·ln(a)"]));
    assert_eq!(of(|x| x[0].hypot(x[1])), text("hypot(a, b)", &["a/√(a² + b²)", "b/√(a² + b²)"]));
    let of_e = Graph::record(|x| vec![x[0].erf()], &[0.7]).named(&["e"], &["y"]);
    assert_eq!(texts(&of_e), ["2/√π·exp(-e²)"]);
    assert_eq!(of(|x| x[0] * 1e300), text("a·1e300", &["1e300", "a"]));
    assert_eq!(of(|x| (x[0] - 1.0).ln()), text("ln(v3)", &["NaN"]));
    assert_eq!(of(|x| x[0].mul_add(x[1], x[0])), text("a·b + a", &["b", "a", "1"]));
    // Powers: every digit, and the exponents that need no writing.
    assert_eq!(of(|x| x[0].powi(4_056_789)), text("a⁴⁰⁵⁶⁷⁸⁹", &["4056789·a⁴⁰⁵⁶⁷⁸⁸"]));
    assert_eq!(of(|x| x[0].powi(123)), text("a¹²³", &["123·a¹²²"]));
    assert_eq!(of(|x| x[0].powi(2)), text("a²", &["2·a"]));
    assert_eq!(of(|x| x[0].powi(1)), text("a¹", &["1"]));
    assert_eq!(of(|x| x[0].powi(0)), text("a⁰", &["0"]));
    assert_eq!(of(|x| x[0].powi(-1)), text("a⁻¹", &["-a⁻²"]));
    let first = |f: fn(&[Traced<f64>]) -> Traced<f64>| {
        let (formula, mut slopes) = of(f);
        (formula, slopes.swap_remove(0))
    };
    let both = |formula: &str, slope: &str| (formula.to_owned(), slope.to_owned());
    assert_eq!(first(|x| x[0].powf(3.0)), both("powf(a, 3)", "3·a²"));
    assert_eq!(first(|x| x[0].powf(2.5)), both("a^2.5", "2.5·a^1.5"));
    assert_eq!(first(|x| x[0].powf(0.25)), both("a^0.25", "0.25·a^(-0.75)"));
    assert_eq!(first(|x| (x[0] - x[1]).powf(2.5)), both("v2^2.5", "NaN"));
    // Negative constants: in parentheses behind an operator and below a power.
    assert_eq!(of(|x| Traced::constant(-3.1) % x[1]).1, ["1", "-(-3.1 - (-3.1) % b)/b"]);
    assert_eq!(of(|x| x[0].atan2(Traced::constant(-2.0))).1, ["-2/(a² + (-2)²)", "-a/(a² + (-2)²)"]);
    assert_eq!(of(|x| x[0] * Traced::constant(-2.0)).1, ["-2", "a"]);
    // Shares of a sum of exponentials.
    let shares = |x: &[f64]| texts(&Graph::record(|x| vec![Scalar::log_sum_exp(x)], x).named(&["a", "b"], &["y"]));
    assert_eq!(shares(&[0.7, 1.3]), ["exp(a - y)", "exp(b - y)"]);
    assert_eq!(shares(&[0.0]), ["exp(a - y)"]);
    // An infinite one has the share of the rule, which exp(∞ - ∞) does not tell.
    assert_eq!(shares(&[f64::INFINITY, 1.0]), ["1", "exp(b - y)"]);
    assert_eq!(shares(&[f64::INFINITY; 2]), ["0.5", "0.5"]);
    assert_eq!(shares(&[f64::NAN, 1.0]), ["NaN", "NaN"]);
    // What was asked, and lists of operands.
    let graph = Graph::record(|x| vec![if x[0] < x[1] { Scalar::sum(x) } else { x[0] }], &[0.7, 1.3]);
    let graph = graph.named(&["a", "b"], &["y"]);
    assert_eq!(graph.guard_formula(&graph.guards()[0]), "a < b: true");
    assert_eq!((graph.lists(), graph.coefficients()), (&[0, 1][..], &[][..]));
    assert_eq!(graph.to_string(), "a = 0.7\nb = 1.3\na < b: true\ny = sum(a, b) = 2\n");
}

/// Where the textbook's formula is 0/0, 0·∞ or ∞/∞, the derivative is written as the number that the rule has.
#[test]
fn limits_are_written_as_numbers() {
    const INF: f64 = f64::INFINITY;
    let at = |f: fn(&[Traced<f64>]) -> Traced<f64>, x: [f64; 2]| {
        let graph = Graph::record(|x| vec![f(x)], &x).named(&["a", "b"], &["y"]);
        graph.partial_formulas(graph.output_nodes()[0])
    };
    assert_eq!(at(|x| x[0].sinc(), [0.0, 1.0]), ["0"]);
    assert_eq!(at(|x| x[0].sinhc(), [INF, 1.0]), ["inf"]);
    assert_eq!(at(|x| x[0].sinc(), [0.7, 1.0]), ["(cos(a) - sinc(a))/a"]);
    assert_eq!(at(|x| x[0].sin(), [0.0, 1.0]), ["cos(a)"]);
    // Of a power each derivative has its own places.
    let power = |x| at(|x| x[0].powf(x[1]), x);
    let (in_a, in_b) = ("b·a^(b - 1)", "a^b·ln(a)");
    assert_eq!(power([0.7, 0.0]), [in_a, in_b]);
    assert_eq!(power([0.0, 0.0]), ["0", "-inf"]);
    assert_eq!(power([0.0, 2.5]), [in_a, "0"]);
    assert_eq!(power([2.0, INF]), ["inf", in_b]);
    assert_eq!(power([INF, 2.0]), [in_a, "inf"]);
    assert_eq!(at(|x| x[0] / x[1], [1.0, INF]), ["0", "0"]);
    assert_eq!(at(|x| x[0].hypot(x[1]), [2.0, INF]), ["0", "1"]);
    assert_eq!(at(|x| x[0].hypot(x[1]), [INF, 2.0]), ["1", "0"]);
}

/// An operand that stands in several places has one derivative, the sum; what it is handed is said for each place.
#[test]
fn repeated_operands_have_one_derivative() {
    let of = |f: fn(&[Traced<f64>]) -> Traced<f64>| {
        let graph = Graph::record(|x| vec![f(x)], &[3.0]).named(&["x"], &["f"]);
        let row = graph.trace(0, None).rows.swap_remove(graph.output_nodes()[0] as usize);
        let sentences = graph.backward_phase(0).into_iter().map(|step| step.sentence).collect::<Vec<_>>();
        (graph.local_equations(&row).join("; "), sentences)
    };
    let (equations, sentences) = of(|x| x[0] * x[0]);
    assert_eq!(equations, "∂f/∂x = x + x = 6");
    assert_eq!(sentences[0], "f hands x its δ times its local derivative in operand 1: 1·3 = 3; δ(x) = 3");
    assert_eq!(
        sentences[1],
        "f hands x its δ times its local derivative in operand 2: 1·3 = 3; used again, so it is added: δ(x) = 3 + 3 = 6"
    );
    assert_eq!(of(|x| x[0] - x[0]).0, "∂f/∂x = 1 - 1 = 0");
    assert_eq!(of(|x| x[0] / x[0]).0, "∂f/∂x = 1/x - x/x² = 0");
    assert_eq!(of(|x| x[0].mul_add(x[0], x[0])).0, "∂f/∂x = x + x + 1 = 7");
}

/// No two nodes of a graph have the same name, whatever names are given.
#[test]
fn names_are_unique() {
    let named = |inputs: &[&str], outputs: &[&str]| {
        let graph = Graph::record(|x| vec![(x[0] + 1.0) * x[0], x[1], x[1].sin()], &[2.0, 3.0]).named(inputs, outputs);
        let names: Vec<String> = (0..graph.nodes().len() as u32).map(|node| graph.name(node)).collect();
        let mut unique = names.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), names.len(), "{names:?}");
        names.join(" ")
    };
    assert_eq!(named(&[], &[]), "x0 x1 v2 v3 v4 v5");
    assert_eq!(named(&["a", "b"], &["f", "g", "h"]), "a b v2 v3 f h");
    assert_eq!(named(&["f", "b"], &["f", "g", "h"]), "f b v2 v3 v4 h");
    assert_eq!(named(&["v3", "b"], &["f"]), "v3 b v_2 v_3 f v_5");
    assert_eq!(named(&["v3", "v_3"], &["f"]), "v3 v_3 v__2 v__3 f v__5");
    assert_eq!(named(&["v", "v_"], &["vx"]), "v v_ v2 v3 vx v5");
    assert_eq!(named(&["x1"], &["x0"]), "x1 x_1 v2 v3 x0 v5");
    assert_eq!(named(&["a", "a"], &["a", "a"]), "a x1 v2 v3 v4 v5");
    let graph = Graph::record(|x| vec![(x[0] + 1.0) * x[0]], &[2.0]).named(&["f"], &["f"]);
    assert_eq!(graph.local_equations(&graph.trace(0, None).rows[3]), ["∂v3/∂v2 = f = 2", "∂v3/∂f = v2 = 3"]);
}

/// The local derivatives as numbers, against the table by dual numbers.
#[test]
fn local_derivatives_are_those_of_dual_numbers() {
    for &op in Unary::ALL {
        let x = op.sample();
        let graph = Graph::record(|x| vec![op.value(x[0])], &[x]);
        let slope = op.value(Dual::variable(x)).tangent;
        assert_eq!(graph.partials()[1], [slope], "{}", op.name());
    }
    let infinity = f64::INFINITY;
    for (&op, x) in Nary::ALL.iter().flat_map(|op| [[0.7, -1.3, 2.5, 1e8], [1e8 + 1.0, 1e8, 1e8, 3.0]].map(|x| (op, x)))
    {
        let constants = if op.has_constants() { &[0.5, -2.0, 1.0, -1.0][..] } else { &[] };
        let graph = Graph::record(|x| vec![op.value(constants, x)], &x);
        assert_eq!((graph.kind(4), graph.outputs()[0]), (op.name(), op.value(constants, &x)));
        let by_forward = forward::gradient(|x| op.value(constants, x), &x).1;
        let by_reverse = reverse::gradient(|x| op.value(constants, x), &x).1;
        for (&partial, found) in graph.partials()[4].iter().zip(by_forward.into_iter().zip(by_reverse)) {
            let is_near = |found: f64| (partial - found).abs() <= 4.0 * f64::EPSILON * found.abs();
            assert!(is_near(found.0) && is_near(found.1), "{}: {partial}, {found:?}", op.name());
        }
        let partials = op.partials(constants, &x);
        assert_eq!(partials.iter().map(|partial| partial.value()).collect::<Vec<_>>(), graph.partials()[4]);
    }
    // Equal infinities share.
    for (x, share) in [([infinity, 1.0, infinity], [0.5, 0.0, 0.5]), ([-infinity; 3], [1.0 / 3.0; 3])] {
        let graph = Graph::record(|x| vec![Scalar::log_sum_exp(x)], &x);
        assert_eq!(graph.partials()[3], share);
        assert_eq!(reverse::gradient(Scalar::log_sum_exp, &x).1, share);
    }
}

#[test]
fn the_origin_of_nan_is_found() {
    fn regression<T: Scalar>(x: &[T]) -> T {
        let scale = (x[0] - x[1]).sqrt();
        (x[2] / scale).exp() + x[1]
    }
    assert_eq!(non_finite(&model!(regression), &[3.0, 2.0, 1.0]), None);
    // The root of a negative number.
    let found = non_finite(&model!(regression), &[1.0, 2.0, 1.0]).expect("a root is NaN");
    assert_eq!((found.formula.as_str(), found.operands.as_slice()), ("sqrt(v3)", &[("v3".to_owned(), -1.0)][..]));
    assert!(found.value.is_nan() && found.output.is_nan());
    let reached: Vec<(usize, Vec<String>)> = found.reaches.iter().map(|it| (it.input, it.way.clone())).collect();
    let way = |names: [&str; 7]| names.map(str::to_owned).to_vec();
    assert_eq!(
        reached,
        [
            (0, way(["x0", "v3", "v4", "v5", "v6", "v7", ""])[..6].to_vec()),
            (1, way(["x1", "v3", "v4", "v5", "v6", "v7", ""])[..6].to_vec()),
        ]
    );
    let text = found.to_string();
    assert!(
        text.starts_with(
            "sqrt(v3) = NaN at v3 = -1, its local derivative in v3 is NaN; the value of the function is NaN"
        ),
        "{text}"
    );
    assert!(text.contains("the derivative in x0 is NaN, by the way x0 -> v3 -> v4 -> v5 -> v6 -> v7"), "{text}");
    // An input that leads past the origin too.
    fn past<T: Scalar>(x: &[T]) -> T {
        let sine = x[0].sin();
        (x[0] - x[1]).sqrt() + sine
    }
    let found = non_finite(&model!(past), &[1.0, 2.0]).expect("a root is NaN");
    assert_eq!(found.reaches[0].way, ["x0", "v3", "v4", "v5"]);
    // A slope that is infinite where the value is not, and does no harm because a zero meets it.
    fn harmless<T: Scalar>(x: &[T]) -> T {
        (x[0] * x[0]).sqrt() + x[1]
    }
    let found = non_finite(&model!(harmless), &[0.0, 1.0]).expect("a slope is infinite");
    assert_eq!((found.value, found.partials.as_slice(), found.reaches.len()), (0.0, &[f64::INFINITY][..], 0));
    assert!(found.to_string().contains("no entry of the gradient"));
}

#[test]
fn a_local_derivative_has_no_negative_zero() {
    let graph = Graph::record(|x| vec![x[0].cos()], &[0.0]);
    assert_eq!(graph.partials()[1].iter().map(|partial| partial.to_bits()).collect::<Vec<_>>(), [0]);
}
