//! What the command explains is true: a formula that is printed can be typed back and is the same function, the textbook's
//! derivatives are those of the rule table, and the numbers are the graph's.

use super::explain;
use super::formula::{self, Formula};
use crate::compare::{Case, Ordinary, Singular};
use crate::graph::{Graph, Step, Traced};
use crate::rules::{Binary, Ternary, Unary};
use crate::text::number;
use crate::{Model as _, reverse};
use quickcheck::{Gen, QuickCheck};

/// Points on both sides of every branch of a rule: of either sign, near 0 and beyond 1; no quotient of two is whole.
const POINTS: [f64; 10] = [-3.21, -2.07, -1.31, -0.73, -0.19, 0.37, 0.61, 1.43, 2.02, 3.74];

fn near(a: f64, b: f64, tolerance: f64) -> bool {
    a == b || (a - b).abs() <= tolerance * b.abs().max(1e-3) || a.is_nan() && b.is_nan()
}

/// A formula's value and gradient, for values of names.
fn typed(text: &str, names: &[&str], values: &[f64]) -> (f64, Vec<f64>) {
    let Formula { expression, variables } = formula::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let place = |name: &String| names.iter().position(|known| known == name).expect("a name of the node");
    let places: Vec<usize> = variables.iter().map(place).collect();
    let x: Vec<f64> = places.iter().map(|&at| values[at]).collect();
    let (value, of_variables) = reverse::gradient(|x| expression.eval(x), &x);
    let mut gradient = vec![0.0; names.len()];
    places.iter().zip(of_variables).for_each(|(&at, partial)| gradient[at] += partial);
    (value, gradient)
}

/// The local derivatives of the output, as text and from the rule table.
fn local_derivatives(graph: &Graph) -> Vec<(String, f64)> {
    let output = graph.output_nodes()[0];
    graph.partial_formulas(output).into_iter().zip(graph.partials().swap_remove(output as usize)).collect()
}

/// The textbook's formula of an operation at all points where it has derivatives; tells whether there were any whose
/// rule is not 0, 1 or -1 throughout.
fn holds(name: &str, graph: &Graph) -> usize {
    let names: Vec<String> = (0..graph.input_count() as u32).map(|node| graph.name(node)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut tried = 0;
    for (text, rule) in local_derivatives(graph) {
        for word in ["detach", "trunc", "round", "min", "max", "strong_zero_mul"] {
            assert!(!text.contains(word), "{name}: {text}");
        }
        if !rule.is_finite() {
            continue;
        }
        let x = graph.inputs();
        let value = typed(&text, &names, &x).0;
        assert!(near(value, rule, 1e-12), "{name} at {x:?}: {text} = {value}, the rule says {rule}");
        tried += 1;
    }
    tried
}

#[test]
fn the_textbook_says_what_the_rules_say() {
    let powers = (-4..=5).map(Unary::Powi);
    for op in Unary::ALL.iter().copied().chain(powers) {
        let graphs = POINTS.map(|x| Graph::record(|x| vec![op.value(x[0])], &[x]).named(&["a"], &["y"]));
        let tried: usize = graphs.iter().map(|graph| holds(op.name(), graph)).sum();
        assert!(tried >= 3, "{}: {tried} points", op.name());
        let is_by_cases = op == Unary::Abs;
        assert_eq!(op.textbook().is_empty(), is_by_cases, "{}", op.name());
    }
    for &op in Binary::ALL {
        let mut tried = 0;
        for x in POINTS {
            for y in POINTS {
                let graph = Graph::record(|x| vec![op.value(x[0], x[1])], &[x, y]).named(&["a", "b"], &["z"]);
                tried += holds(op.name(), &graph);
                // With a constant on either side: a power rule, a negative number in parentheses.
                let fixed = [
                    Graph::record(|a| vec![op.value(a[0], Traced::constant(y))], &[x]),
                    Graph::record(|a| vec![op.value(Traced::constant(x), a[0])], &[y]),
                ];
                for graph in fixed {
                    let graph = graph.named(&["a"], &["z"]);
                    let output = graph.output_nodes()[0];
                    let active = graph.operands(output).iter().position(|&operand| operand == 0).expect("an operand");
                    let (text, rule) = local_derivatives(&graph).swap_remove(active);
                    if rule.is_finite() {
                        let (value, _) = typed(&text, &["a"], &graph.inputs());
                        assert!(
                            near(value, rule, 1e-12),
                            "{} at {x:?}: {text} = {value}, {rule}",
                            graph.formula(output)
                        );
                    }
                }
            }
        }
        assert!(tried >= 40, "{}: {tried} points", op.name());
        let by_cases = matches!(op, Binary::Max | Binary::Min | Binary::AbsSub | Binary::Copysign);
        assert_eq!(op.textbook().map(str::is_empty), [by_cases || op == Binary::Rem, by_cases], "{}", op.name());
    }
    for &op in Ternary::ALL {
        let (a, b, c) = op.sample();
        let graph = Graph::record(|x| vec![op.value(x[0], x[1], x[2])], &[a, b, c]).named(&["a", "b", "c"], &["y"]);
        assert_eq!(holds(op.name(), &graph), 3);
    }
}

/// Where functions end or have a hole: there a formula must not be 0/0 of a derivative that there is.
const EDGES: [f64; 10] = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 3.0, -7.0, f64::INFINITY, f64::NEG_INFINITY];

#[test]
fn the_textbook_is_defined_where_the_rules_are() {
    let mut numbers = 0;
    let mut check = |name: &str, graph: &Graph| {
        let names: Vec<String> = (0..graph.input_count() as u32).map(|node| graph.name(node)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for (text, rule) in local_derivatives(graph) {
            let x = graph.inputs();
            let value = typed(&text, &names, &x).0;
            assert_eq!(value.is_nan(), rule.is_nan(), "{name} at {x:?}: {text} = {value}, the rule says {rule}");
            numbers += usize::from(text == number(rule + 0.0));
        }
    };
    for &op in Unary::ALL {
        for x in EDGES {
            check(op.name(), &Graph::record(|x| vec![op.value(x[0])], &[x]).named(&["a"], &["y"]));
        }
    }
    for &op in Binary::ALL {
        for x in EDGES {
            for y in EDGES {
                check(op.name(), &Graph::record(|x| vec![op.value(x[0], x[1])], &[x, y]).named(&["a", "b"], &["y"]));
                let half = |x: &[Traced<f64>]| vec![op.value(x[0], Traced::constant(y))];
                check(op.name(), &Graph::record(half, &[x]).named(&["a"], &["y"]));
            }
        }
    }
    for x in [[f64::INFINITY, 1.0, f64::INFINITY], [f64::NEG_INFINITY; 3]] {
        let graph = Graph::record(|x| vec![crate::scalar::lists::log_sum_exp(x)], &x).named(&["a", "b", "c"], &["y"]);
        let shares = local_derivatives(&graph).into_iter();
        assert!(shares.filter(|(text, _)| !text.contains('y')).all(|(text, rule)| text == number(rule)));
    }
    assert!(numbers > 100, "{numbers}");
    let sinc = Graph::record(|x| vec![x[0].sinc()], &[0.0]).named(&["a"], &["y"]);
    assert_eq!(local_derivatives(&sinc), [("0".to_owned(), 0.0)]);
}

#[test]
fn the_textbook_reads_as_a_textbook() {
    let derivative = |formula: &str, x: f64| {
        let Formula { expression, .. } = formula::parse(formula).expect("a formula");
        let graph = Graph::of(&expression, &[x]).named(&["x"], &["f"]);
        let place = graph.operands(graph.output_nodes()[0]).iter().position(|&operand| operand == 0);
        local_derivatives(&graph).swap_remove(place.expect("x is an operand")).0
    };
    for (formula, expected) in [
        ("logistic(x)", "σ(x)·(1 - σ(x))"),
        ("tanh(x)", "1 - tanh²(x)"),
        ("erf(x)", "2/√π·e^(-x²)"),
        ("x^2", "2·x"),
        ("x^3", "3·x²"),
        ("x^2.5", "2.5·x^1.5"),
        ("x^0.5", "0.5·x^(-0.5)"),
        ("pow(x, -1)", "-x⁻²"),
        ("sqrt(x)", "1/(2·√x)"),
        ("atan2(x, -2)", "-2/(x² + (-2)²)"),
        ("2^x", "2^x·ln(2)"),
    ] {
        for x in [0.4, 3.0] {
            let text = derivative(formula, x);
            assert!(text == expected, "{formula}: {text}, expected {expected}");
        }
    }
}

/// Each node of a random expression, printed and typed back.
fn is_typed_back(case: Ordinary) -> bool {
    let Case { expression, x } = case.0;
    let graph = Graph::of(&expression, &x);
    let partials = graph.partials();
    for (at, node) in graph.nodes().iter().enumerate().skip(x.len()) {
        let operands = graph.operands(at as u32);
        let names: Vec<String> = operands.iter().map(|&operand| graph.name(operand)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let values: Vec<f64> = operands.iter().map(|&operand| graph.nodes()[operand as usize].value).collect();
        let text = graph.formula(at as u32);
        let (value, gradient) = typed(&text, &names, &values);
        // Sums in another order round differently.
        let scale = values.iter().fold(1.0, |most: f64, value| most.max(value.abs()));
        let is_same = value == node.value || (value - node.value).abs() <= 1e-12 * scale * scale;
        assert!(is_same, "{text} = {value}, the node is {}", node.value);
        for (first, &operand) in operands.iter().enumerate() {
            let is_constant = graph.nodes()[operand as usize].step == Step::Constant;
            if is_constant || operands[..first].contains(&operand) {
                continue;
            }
            let places = operands.iter().zip(&partials[at]).filter(|&(&other, _)| other == operand);
            let expected: f64 = places.map(|(_, partial)| *partial).sum();
            let found = gradient[first];
            assert!(near(found, expected, 1e-9), "{text} in {}: {found}, expected {expected}", names[first]);
        }
        // The local derivatives, which may name the node itself.
        let (own, known) = (graph.name(at as u32), [values.as_slice(), &[node.value]].concat());
        let names = [names.as_slice(), &[&own]].concat();
        for (text, &rule) in graph.partial_formulas(at as u32).iter().zip(&partials[at]) {
            if rule.is_finite() {
                let found = typed(text, &names, &known).0;
                // In the rules 0·∞ is 0, as in `x^y·ln(x)` at x = 0.
                let is_strong_zero = found.is_nan() && rule == 0.0;
                // A textbook's 1 - tanh²(x) cancels, 1/√(1 - x²) loses as many digits more as its square has, and
                // (cos(x) - sinc(x))/x as many as 1/x has.
                let least = values.iter().map(|x| x.abs()).filter(|&x| x > 0.0).fold(1.0, f64::min);
                let lost = 1e-9 + 1e-6 * rule.abs() + 1e-14 * (rule.abs().powi(3) + least.recip());
                let is_same = is_strong_zero || (found - rule).abs() <= lost;
                assert!(is_same, "{text} = {found}, the rule says {rule}, at {known:?}");
            }
        }
    }
    true
}

#[test]
fn what_is_printed_is_typed_back() {
    QuickCheck::new().rng(Gen::from_size_and_seed(14, 1)).tests(1000).quickcheck(is_typed_back as fn(Ordinary) -> bool);
}

#[test]
fn the_notation_of_the_tool_is_understood() {
    let at = |text: &str| typed(text, &["x", "b", "x₁", "σ"], &[3.0, -2.0, 0.5, 0.25]);
    let same = |a: &str, b: &str| assert_eq!(at(a), at(b), "{a} and {b}");
    same("2·b", "2*b");
    same("2×b ⋅ x", "2*b*x");
    same("x ÷ b", "x/b");
    same("x − b", "x - b");
    same("−x²", "-(x^2)");
    same("2−−x", "2 - (-x)");
    same("√x", "sqrt(x)");
    same("√x²", "sqrt(x^2)");
    same("(√x)²", "sqrt(x)^2");
    same("√x·b", "sqrt(x)*b");
    same("2^√x", "2^sqrt(x)");
    same("-√√x", "-sqrt(sqrt(x))");
    same("∛b", "cbrt(b)");
    same("x²", "x^2");
    same("x⁻¹²", "x^-12");
    same("2^x²", "2^(x^2)");
    same("x²^b", "(x^2)^b");
    same("x⁰ + x¹ + x³ + x⁴", "x^0 + x^1 + x^3 + x^4");
    same("tanh²(x)", "tanh(x)^2");
    same("cos⁻²(x)", "cos(x)^-2");
    same("|b|", "abs(b)");
    same("||b| - |x||·|b|²", "abs(abs(b) - abs(x))*abs(b)^2");
    same("σ(x) + σ", "logistic(x) + σ");
    same("ψ(x)·Φ(b)", "digamma(x)*norm_cdf(b)");
    same("e^(-x²)", "exp(-(x^2))");
    same("2·π·x", "2*pi*x");
    same("τ·x", "2*pi*x");
    same("x/tau", "x/(2*pi)");
    same("ψ′(x)", "digamma'(x)");
    same("sin′(x)", "cos(x)");
    same("sin′²(b)", "cos²(b)");
    same("exp′(2)·x", "exp(2)·x");
    same("x₁²", "x₁*x₁");
    same("min(x, ∞)", "min(x, inf)");
    assert_eq!(formula::value("NaN").map(f64::is_nan), Ok(true));
    assert_eq!(formula::value("−√2/2"), Ok(-(2.0_f64.sqrt() / 2.0)));
    assert_eq!(formula::value("max(1, 2)·e"), Ok(2.0 * std::f64::consts::E));
    assert!(formula::value("1 + x").is_err_and(|problem| problem.contains("variable x")));
    // Many factors are no depth; many roots and bars are.
    assert!(formula::parse(&vec!["x^2"; 500].join("*")).is_ok());
    for (open, close) in [("√", ""), ("|", "|"), ("−", "")] {
        assert!(formula::parse(&format!("{}x{}", open.repeat(150), close.repeat(150))).is_ok(), "{open}");
        let deep = format!("{}x{}", open.repeat(5000), close.repeat(5000));
        assert!(formula::parse(&deep).is_err_and(|error| error.to_string().contains("nested too deep")), "{open}");
    }
    let problem = |text: &str| formula::parse(text).err().expect("no formula").to_string();
    assert!(problem("tan⁻¹(x)").starts_with("formula, column 1: tan⁻¹ may be the inverse function"));
    assert!(problem("max′(x, b)").contains("column 1: f′ is for functions f of one argument"));
    assert!(
        problem("x′ + 1").contains("column 2: expected an operator or the end, found `′`"),
        "{}",
        problem("x′ + 1")
    );
    assert!(problem("|x").contains("column 3: expected `|`"), "{}", problem("|x"));
    assert!(problem("x +\n y + * 2").starts_with("formula, line 2, column 6: expected a number"));
    assert!(problem("x +\n y + * 2").ends_with("\n   y + * 2\n       ^"), "{}", problem("x +\n y + * 2"));
}

#[test]
fn what_is_meant_by_other_names_can_be_typed() {
    let mut known = 0;
    for name in "sigmoid expit sigm relu silu swish gelu logit tg cot ctg cotan sec csc cosec sh ch th arcsin arccos arctan \
        arctg arctan2 arsinh arcsinh arcosh arccosh artanh arctanh lg ld lb log1p expm1 lgamma gammaln lngamma gamma Γ psi normcdf \
        pnorm phi logsumexp lse logaddexp sgn sign fabs ceiling mod fmod fma sqr square root deg degrees rad radians"
        .split_whitespace()
    {
        let problem = formula::parse(&format!("{name}(x)")).err().expect("no function").to_string();
        let (_, meant) = problem.lines().next().and_then(|line| line.split_once(": write ")).expect("what is meant");
        for formula in meant.split(" or ") {
            assert!(formula::parse(formula).is_ok(), "{name}: {formula}");
            known += 1;
        }
    }
    assert!(known > 60);
}

/// Whatever is typed is a formula or a complaint that shows where; nothing else happens.
#[test]
fn anything_may_be_typed() {
    const PIECES: [&str; 39] = [
        "x", "y₁", "2", ".5", "1e3", "1e999", "π", "e", "∞", "NaN", "σ", "sin", "max", "powi", "sum", "log", "+", "−",
        "-", "*", "**", "·", "÷", "%", "^", "(", ")", "(", ")", "|", "|", ",", "√", "∛", "²", "⁻¹", "\n", "$", "′",
    ];
    fn is_answered(pieces: Vec<u8>) -> bool {
        let text: String = pieces.iter().map(|&piece| PIECES[piece as usize % PIECES.len()]).collect();
        match formula::parse(&text) {
            Ok(Formula { expression, variables }) => {
                expression.eval::<f64>(&vec![0.5; variables.len()]);
                true
            }
            Err(error) => error.to_string().lines().count() == 3,
        }
    }
    QuickCheck::new().rng(Gen::from_size_and_seed(12, 1)).tests(20_000).quickcheck(is_answered as fn(Vec<u8>) -> bool);
}

/// What follows a piece of text.
fn after<'a>(text: &'a str, piece: &str) -> &'a str {
    text.split_once(piece).unwrap_or_else(|| panic!("{piece:?} in {text:?}")).1
}

fn read(text: &str) -> f64 {
    let bare = text.trim().trim_start_matches('(').trim_end_matches(')');
    bare.parse().unwrap_or_else(|_| panic!("expected a number, found {text:?}"))
}

fn is_same(a: f64, b: f64) -> bool {
    a == b || a.is_nan() && b.is_nan()
}

/// Every equation of the backward phase holds, digit by digit, and its sums are the table's δ and the gradient.
fn numbers_are_true(case: &Case) {
    let graph = Graph::of(&case.expression, &case.x).named(&["f", "v3", "f", "x1"], &["f"]);
    let mut printed = Vec::new();
    explain::print(&graph, Some(0), true, &mut printed).unwrap_or_else(|_| panic!("it is printed"));
    let printed = String::from_utf8(printed).expect("UTF-8");
    let trace = graph.trace(0, Some(0));
    let output = graph.name(trace.output);
    let of_name = |name: &str| trace.rows.iter().find(|row| row.name == name).expect("a node");
    let mut reached = vec![None; trace.rows.len()];
    reached[trace.output as usize] = Some(1.0);
    let mut steps = 0;
    for sentence in printed.lines().filter(|line| line.contains(" hands ")) {
        steps += 1;
        let (from, rest) = after(sentence, ". ").split_once(" hands ").expect("a sentence");
        let to = of_name(rest.split(' ').next().expect("a name"));
        let equation = after(rest, ": ").split("; ").next().expect("an equation");
        let (factors, product) = equation.split_once(" = ").expect("an equation");
        let (adjoint, partial) = factors.split_once('·').expect("a product");
        let (product, by_strong_zero) =
            product.split_once(" (").map_or((product, false), |(product, _)| (product, true));
        let (adjoint, partial, product) = (read(adjoint), read(partial), read(product));
        assert!(is_same(adjoint, of_name(from).adjoint), "{sentence}");
        assert!(if by_strong_zero { product == 0.0 } else { is_same(adjoint * partial, product) }, "{sentence}");
        let sums: Vec<&str> = after(rest, "δ(").split(" = ").skip(1).collect();
        let sum = read(sums[sums.len() - 1]);
        let expected = match (reached[to.node as usize], sums.as_slice()) {
            (None, [_]) => product,
            (Some(before), [terms, _]) => {
                let (left, right) = terms.split_once(" + ").expect("two terms");
                assert!(is_same(read(left), before) && is_same(read(right), product), "{sentence}");
                before + product
            }
            _ => panic!("{sentence}"),
        };
        assert!(is_same(sum, expected), "{sentence}");
        reached[to.node as usize] = Some(sum);
    }
    assert_eq!(steps, graph.backward_phase(0).len());
    for row in &trace.rows {
        if graph.nodes()[row.node as usize].step != Step::Constant {
            assert!(is_same(row.adjoint, reached[row.node as usize].unwrap_or(0.0)), "δ({}) in\n{printed}", row.name);
        }
    }
    let tables = printed.rsplit_once("─\n").expect("a table").0;
    for row in &trace.rows {
        let cells = tables.lines().filter_map(|line| line.strip_prefix(&format!("{} ", row.name)));
        let cells: Vec<&str> = cells.flat_map(str::split_whitespace).collect();
        for cell in [row.value, row.tangent, row.adjoint].map(number) {
            assert!(cells.contains(&cell.as_str()), "{cell} of {} in\n{printed}", row.name);
        }
    }
    let (_, gradient) = graph.gradient(&case.x).expect("nothing has changed");
    let line = printed.lines().find_map(|line| line.strip_prefix("Gradient: ")).expect("a gradient");
    for (entry, (row, expected)) in line.split(", ").zip(trace.rows.iter().zip(gradient)) {
        let (name, value) = entry.split_once(" = ").expect("an equation");
        assert_eq!(name, format!("∂{output}/∂{}", row.name));
        let expected = if row.adjoint.is_nan() { expected } else { row.adjoint };
        assert_eq!(value, number(expected));
    }
}

#[test]
fn the_numbers_of_an_explanation_are_true() {
    fn ordinary(case: Ordinary) {
        numbers_are_true(&case.0);
    }
    fn singular(case: Singular) {
        numbers_are_true(&case.0);
    }
    QuickCheck::new().rng(Gen::from_size_and_seed(14, 1)).tests(400).quickcheck(ordinary as fn(Ordinary));
    QuickCheck::new().rng(Gen::from_size_and_seed(14, 1)).tests(400).quickcheck(singular as fn(Singular));
}
