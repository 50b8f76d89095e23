//! `Dual2Vec`: second derivatives in one evaluation, what they cost, and nested for third ones.

use dualtape::graph::Graph;
use dualtape::higher::{hessian, hessian_forward};
use dualtape::rules::Unary;
use dualtape::{Counted, Counts, Dual, Dual2Vec, DualVec, Operation, Scalar, Taylor, Var, forward, reverse};

/// eˣ·sin(y·z) + z³·√x, with no symmetry between its inputs.
fn f<T: Scalar>(x: &[T]) -> T {
    let &[x, y, z] = x else { panic!("three inputs") };
    x.exp() * (y * z).sin() + z * z * z * x.sqrt()
}

const AT: [f64; 3] = [0.7, -1.3, 0.9];

/// ∇(∂²f/∂x² + ∂²f/∂y² + ∂²f/∂z²), by hand.
fn gradient_of_the_laplacian() -> [f64; 3] {
    let [x, y, z] = AT;
    let (e, s, c) = (x.exp(), (y * z).sin(), (y * z).cos());
    // Δf = eˣ·sin(yz)·(1 - z² - y²) + 6z√x - z³x^(-3/2)/4
    let rest = 1.0 - z * z - y * y;
    [
        e * s * rest + 3.0 * z / x.sqrt() + 0.375 * z.powi(3) * x.powf(-2.5),
        e * (c * z * rest - 2.0 * y * s),
        e * (c * y * rest - 2.0 * z * s) + 6.0 * x.sqrt() - 0.75 * z * z * x.powf(-1.5),
    ]
}

fn assert_close(what: &str, found: &[f64], truth: &[f64]) {
    assert_eq!(found.len(), truth.len());
    for (found, truth) in found.iter().zip(truth) {
        assert!((found - truth).abs() <= 4e-15 * truth.abs().max(1.0), "{what}: found {found}, truth {truth}");
    }
}

/// The inputs, seeded.
fn seeded<T: Scalar>(x: &[T]) -> [Dual2Vec<T, 3>; 3] {
    std::array::from_fn(|i| Dual2Vec::variable(x[i], i))
}

fn laplacian<T: Scalar>(y: &Dual2Vec<T, 3>) -> T {
    let hessian = y.hessian();
    hessian[0][0] + hessian[1][1] + hessian[2][2]
}

#[test]
fn the_gradient_of_a_laplacian_in_every_nesting() {
    let truth = gradient_of_the_laplacian();
    let (value, reverse_outside) = reverse::gradient(|x| laplacian(&f(&seeded(x))), &AT);
    assert_eq!(value, laplacian(&f(&seeded(&AT))));
    assert_close("Dual2Vec<Var>", &reverse_outside, &truth);
    let reverse_inside: Vec<f64> = reverse::gradient(f, &seeded(&AT)).1.iter().map(laplacian).collect();
    assert_close("Var<Dual2Vec>", &reverse_inside, &truth);
    let forward_outside = forward::gradient_in_chunks::<_, 3>(|x| laplacian(&f(&seeded(x))), &AT).1;
    assert_close("Dual2Vec<DualVec>", &forward_outside, &truth);
    let forward_inside: Vec<f64> =
        forward::gradient_in_chunks::<_, 3>(f, &seeded(&AT)).1.iter().map(laplacian).collect();
    assert_close("DualVec<Dual2Vec>", &forward_inside, &truth);
}

#[test]
fn third_derivatives_are_those_of_nested_dual_numbers() {
    for k in 0..3 {
        let direction = |i: usize| if i == k { 1.0 } else { 0.0 };
        let inside: [Dual<Dual2Vec<f64, 3>>; 3] =
            std::array::from_fn(|i| Dual::new(Dual2Vec::variable(AT[i], i), Dual2Vec::constant(direction(i))));
        let inside = f(&inside).tangent.hessian();
        let outside = f(&seeded(&std::array::from_fn::<_, 3, _>(|i| Dual::new(AT[i], direction(i))))).hessian();
        for (i, row) in inside.iter().enumerate() {
            for (j, &found) in row.iter().enumerate() {
                let third = |x: &[Dual<Dual<Dual<f64>>>]| f(x).tangent.tangent.tangent;
                let x: Vec<_> = (0..3)
                    .map(|l| {
                        let seed = |m: usize| if l == m { 1.0 } else { 0.0 };
                        let lowest = Dual::new(AT[l], seed(k));
                        Dual::new(Dual::new(lowest, seed(i).into()), Dual::constant(seed(j).into()))
                    })
                    .collect();
                assert_close("third derivative", &[found, outside[i][j].tangent], &[third(&x); 2]);
            }
        }
    }
}

#[test]
fn a_hessian_is_that_of_other_modes() {
    let y = f(&seeded(&AT));
    let (value, gradient, matrix) = hessian(f, &AT);
    assert_eq!(y.value, value);
    assert_close("gradient", &y.gradient, &gradient);
    let rows = y.hessian();
    for (i, row) in rows.iter().enumerate() {
        for (j, &second) in row.iter().enumerate() {
            assert_close("Hessian", &[second], &[matrix[(i, j)]]);
            assert_eq!(second.to_bits(), rows[j][i].to_bits());
        }
    }
}

/// Of what `new` is given below the diagonal nothing comes back.
#[test]
fn a_hessian_is_symmetric() {
    let x = Dual2Vec::new(1.0, [2.0, 3.0], [[4.0, 5.0], [6.0, 7.0]]);
    assert_eq!(x.hessian(), [[4.0, 5.0], [5.0, 7.0]]);
    assert_eq!((x + x).hessian(), [[8.0, 10.0], [10.0, 14.0]]);
    // (x²)'' = 2·x·x'' + 2·x'·x'
    assert_eq!((x * x).hessian(), [[16.0, 22.0], [22.0, 32.0]]);
    assert_eq!((-x).hessian(), [[-4.0, -5.0], [-5.0, -7.0]]);
    assert_eq!((1.0_f64 - x).hessian(), (-x).hessian());
    assert_eq!((x * 2.0).hessian(), (x + x).hessian());
    assert_eq!((x / 0.5).hessian(), (x + x).hessian());
    assert_eq!(x.fract().hessian(), x.hessian());
    assert_eq!(x.floor().hessian(), [[0.0; 2]; 2]);
    assert_eq!(x.max(2.0).hessian(), [[0.0; 2]; 2]);
    assert_eq!(x.mul_add(2.0, x).hessian(), [[12.0, 15.0], [15.0, 21.0]]);
}

#[test]
#[should_panic(expected = "expected a direction below N = 2, found 2")]
fn a_direction_beyond_the_last_is_refused() {
    let _ = Dual2Vec::<f64, 2>::variable(1.0, 2);
}

/// Infinite factors meet zeros in the value, the gradient and the Hessian.
#[test]
fn strong_zeros_as_in_nested_dual_numbers() {
    fn check(name: &str, packed: Dual2Vec<f64, 2>, nested: DualVec<DualVec<f64, 2>, 2>) {
        let rows = packed.hessian();
        for (i, j) in [(0, 0), (0, 1), (1, 1)] {
            let (found, truth) = (rows[i][j], nested.tangents[j].tangents[i]);
            assert!(found == truth || found.is_nan() && truth.is_nan(), "{name} ({i}, {j}): {found} and {truth}");
        }
    }
    macro_rules! check {
        ($($x:ident, $y:ident => $expression:expr;)*) => { $(
            for (a, b) in [(0.0, 2.0), (0.0, 0.0), (-0.0, -1.0), (f64::INFINITY, 0.0), (800.0, 1e300), (-800.0, 1e-300)] {
                let ($x, $y) = (Dual2Vec::variable(a, 0), Dual2Vec::variable(b, 1));
                let packed = $expression;
                let lift = |value, i| DualVec::new(DualVec::variable(value, i), std::array::from_fn(|j| f64::from(i == j).into()));
                let ($x, $y) = (lift(a, 0), lift(b, 1));
                check(stringify!($expression), packed, $expression);
            }
        )* };
    }
    check! {
        x, y => x.sqrt() * y;
        x, y => x.sqrt() * x + y;
        x, y => y * x.cbrt() * 0.0;
        x, y => (x * y).sqrt() - (x * y).sqrt();
        x, y => x * x.ln() / y;
        x, y => ((-x).exp() + 1.0).recip() * y;
        x, y => x.hypot(y).powi(3);
        x, y => x.powf(y);
        x, y => x.abs() * y.sqrt().max(x);
    }
}

/// x·y takes 4 products and 3 sums for an entry of the Hessian; what is linear takes no product of derivatives.
#[test]
fn what_operations_cost() {
    type Two = Dual2Vec<Counted<f64>, 2>;
    let (x, y): (Two, Two) = (Dual2Vec::variable(3.0.into(), 0), Dual2Vec::variable(5.0.into(), 1));
    let count = |f: &dyn Fn() -> Two| {
        let (_, counts) = Counts::of(f);
        [Operation::ADD, Operation::SUB, Operation::MUL].map(|operation| counts.get(operation))
    };
    assert_eq!(count(&|| x * y), [2 + 3 * 3, 0, 1 + 2 * 2 + 3 * 4]);
    assert_eq!(count(&|| x + y), [1 + 2 + 3, 0, 0]);
    assert_eq!(count(&|| x - y), [0, 1 + 2 + 3, 0]);
    assert_eq!(count(&|| x + 2.0), [1, 0, 0]);
    assert_eq!(count(&|| 2.0 * x), [0, 0, 1 + 2 + 3]);
    assert_eq!(count(&|| x.max(y)), [0, 0, 0]);
    assert_eq!(count(&|| x.floor()), [0, 0, 0]);
    // eˣ is its own derivative: its gradient scales the tangents.
    let (_, counts) = Counts::of(|| x.exp());
    assert_eq!(counts.get(Operation::Unary(Unary::Exp)), 1);
    assert_eq!((counts.get(Operation::MUL), counts.get(Operation::ADD)), (2 + 3 * 2, 3));
}

#[test]
fn every_two_of_many_inputs_share_a_pass() {
    for n in [0_usize, 1, 4, 5, 8, 13] {
        let x: Vec<f64> = (0..n).map(|i| i as f64 * 0.25 - 1.0).collect();
        let mut passes = 0;
        let (y, gradient, matrix) = hessian_forward(
            |x| {
                passes += 1;
                let sum =
                    x.iter().enumerate().fold(Dual2Vec::<f64, 4>::from(0.0), |sum, (i, &x)| sum + x * (i + 1) as f64);
                sum * sum
            },
            &x,
        );
        let k = n.div_ceil(2);
        assert_eq!(passes, if n <= 4 { 1 } else { k * (k - 1) / 2 });
        let sum: f64 = x.iter().enumerate().map(|(i, x)| x * (i + 1) as f64).sum();
        assert_eq!(y, sum * sum);
        for i in 0..n {
            assert_eq!(gradient[i], 2.0 * sum * (i + 1) as f64);
            for j in 0..n {
                assert_eq!(matrix[(i, j)], 2.0 * ((i + 1) * (j + 1)) as f64, "n = {n}, entry ({i}, {j})");
            }
        }
    }
}

#[test]
fn numbers_of_second_order_nest_on_tapes() {
    // ∂/∂x of the Hessian of x²y: every entry has a gradient of its own.
    let (_, partials) = reverse::gradient(
        |x: &[Var<f64>]| {
            let [x, y] = [0, 1].map(|i| Dual2Vec::<_, 2>::variable(x[i], i));
            let [[xx, xy], _] = (x * x * y).hessian();
            xx + xy * 10.0
        },
        &[3.0, 5.0],
    );
    assert_eq!(partials, [20.0, 2.0]);
}

/// What a plain number stands beside, as with that number as a constant of the type.
#[test]
fn plain_numbers_are_constants() {
    let x = Dual2Vec::new(0.7, [1.3, -0.4], [[0.2, 0.5], [0.5, -0.9]]);
    let constant = |c: f64| Dual2Vec::<f64, 2>::constant(c);
    for (found, expected) in [
        (x.powf(2.5), x.powf(constant(2.5))),
        (x / 3.0, x / constant(3.0)),
        (3.0 / x, constant(3.0) / x),
        (x % 0.3, x % constant(0.3)),
        (3.0 - x, constant(3.0) - x),
        (x - 3.0, x - constant(3.0)),
        (x * 3.0, x * constant(3.0)),
        (x.atan2(2.0), x.atan2(constant(2.0))),
        (x.hypot(2.0), x.hypot(constant(2.0))),
    ] {
        assert_close("value and gradient", &[found.value, found.gradient[0], found.gradient[1]], &{
            [expected.value, expected.gradient[0], expected.gradient[1]]
        });
        assert_close("the Hessian", found.hessian().as_flattened(), expected.hessian().as_flattened());
    }
}

/// 0·√x + x·y, where the 0 comes of x and y, and its derivatives by numbers of several kinds.
fn derivatives_of_a_strong_zero<T: Scalar>(x: &[T]) -> Vec<T> {
    fn f<N: Scalar>(x: N, y: N) -> N {
        (x * y - y * x) * x.sqrt() + x * y
    }
    let second = f(Dual2Vec::<T, 2>::variable(x[0], 0), Dual2Vec::variable(x[1], 1));
    let first = f(DualVec::<T, 2>::variable(x[0], 0), DualVec::variable(x[1], 1));
    let nested = f(Dual::variable(Dual::variable(x[0])), Dual::constant(Dual::constant(x[1])));
    let series = f(Taylor::<T, 3>::variable(x[0]), Taylor::constant(x[1]));
    let of_second = [vec![second.value], second.gradient.to_vec(), second.hessian().as_flattened().to_vec()].concat();
    let of_nested = [nested.value.tangent, nested.tangent.value, nested.tangent.tangent];
    [&of_second[..], &first.tangents, &of_nested, &series.coefficients].concat()
}

/// A zero that decides only where the recording is evaluated again is a strong one there.
#[test]
fn recordings_have_strong_zeros() {
    let graph = Graph::record(derivatives_of_a_strong_zero, &[1.0, 2.0]);
    for x in [[0.0_f64, 2.0], [0.0, -3.0], [4.0, 0.5]] {
        let (found, expected): (_, Vec<f64>) = (graph.eval(&x).expect("no guard"), derivatives_of_a_strong_zero(&x));
        assert!(found.iter().zip(&expected).all(|(a, b)| a == b || a.is_nan() && b.is_nan()), "{found:?} {expected:?}");
        assert!(expected.iter().take(3).all(|d| d.is_finite()));
    }
}
