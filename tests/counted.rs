//! `Counted` against counting by hand.

#![cfg(feature = "compare")]

use dualtape::compare::{hessians_agree, modes_agree};
use dualtape::rules::{Binary, Ternary, Unary};
use dualtape::{Counted, Counts, Dual, DualVec, One, Operation, Scalar, Var, dot, forward, reverse};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

const SIN: Operation = Operation::Unary(Unary::Sin);
const COS: Operation = Operation::Unary(Unary::Cos);
const NEG: Operation = Operation::Unary(Unary::Neg);

/// The counts as they are written down by hand: all kinds that are not named are zero.
#[track_caller]
fn assert_counts(counts: Counts, by_hand: &[(Operation, u64)]) {
    let found: Vec<_> = counts.iter().collect();
    let mut expected = by_hand.to_vec();
    expected.sort_by_key(|&(op, _)| Operation::all().position(|kind| kind == op));
    assert_eq!(found, expected);
    assert_eq!(counts.total(), by_hand.iter().map(|&(_, n)| n).sum::<u64>());
}

fn f<T: Scalar>(x: &[T]) -> T {
    x[0] * x[1] + x[0].sin()
}

fn point() -> [Counted<f64>; 2] {
    [Counted::new(0.5), Counted::new(2.0)]
}

#[test]
fn the_function_itself() {
    let (y, counts) = Counts::of(|| f(&point()));
    assert_eq!(y.value(), f(&[0.5, 2.0]));
    assert_counts(counts, &[(Operation::MUL, 1), (Operation::ADD, 1), (SIN, 1)]);
}

#[test]
fn forward_one_direction() {
    let seeded = [Dual::variable(point()[0]), Dual::constant(point()[1])];
    let (y, counts) = Counts::of(|| f(&seeded));
    assert_eq!(y.tangent.value(), 2.0 + 0.5_f64.cos());
    // x·y: its value; y·ẋ, x·ẏ and their sum. sin x: its value, cos x, and cos x·ẋ. The sum: of values and of tangents.
    assert_counts(counts, &[(Operation::MUL, 1 + 2 + 1), (Operation::ADD, 1 + 1 + 1), (SIN, 1), (COS, 1)]);
}

#[test]
fn forward_in_chunks_shares_the_values() {
    let ((_, slope), counts) = Counts::of(|| forward::gradient_in_chunks::<_, 2>(f, &point()));
    assert_eq!(slope.map_values(), [2.0 + 0.5_f64.cos(), 0.5]);
    // As one direction, with two tangents beside each value.
    assert_counts(counts, &[(Operation::MUL, 1 + 2 * (2 + 1)), (Operation::ADD, 1 + 2 * (1 + 1)), (SIN, 1), (COS, 1)]);
    let (_, passes) = Counts::of(|| forward::gradient_in_chunks::<_, 1>(f, &point()));
    let (_, one) = Counts::of(|| f(&[Dual::variable(point()[0]), Dual::constant(point()[1])]));
    assert_eq!(passes, one + one);
}

#[test]
fn reverse_with_its_sweep() {
    let ((_, slope), counts) = Counts::of(|| reverse::gradient(f, &point()));
    assert_eq!(slope.map_values(), [2.0 + 0.5_f64.cos(), 0.5]);
    // x·y: its value. sin x: its value and cos x. The sum: its value. The partials that are multiplied into the nodes,
    // and the adjoints 1 of the output and of x·y that multiply them in the sweep, cost nothing. x gets contributions
    // from both nodes: one addition.
    assert_counts(counts, &[(Operation::MUL, 1), (Operation::ADD, 1 + 1), (SIN, 1), (COS, 1)]);
}

#[test]
fn a_factor_one_and_a_term_zero_cost_reverse_mode_nothing() {
    let ((_, slope), counts) = Counts::of(|| reverse::gradient(|x| x[0] * x[1] * x[0], &point()));
    assert_eq!(slope.map_values(), [2.0, 0.25]);
    // Two values. The sweep hands x₀ to x₀·x₁ and x₀·x₁ to x₀, each times 1; then x₁ and x₀ times the adjoint x₀, of
    // which the first is added to what x₀ has already.
    assert_counts(counts, &[(Operation::MUL, 2 + 2), (Operation::ADD, 1)]);
    // Subtraction: -1 is no factor that could be left out, but it only negates.
    let (_, counts) = Counts::of(|| reverse::gradient(|x| (x[0] - x[1]) * x[1], &point()));
    assert_counts(counts, &[(Operation::SUB, 1), (Operation::MUL, 1 + 1), (NEG, 1), (Operation::ADD, 1)]);
}

#[test]
fn only_what_is_needed() {
    // A constant divisor: value, reciprocal, partial. The slope in the divisor is nobody's.
    let c = Counted::new(4.0);
    let ((), counts) = Counts::of(|| {
        let x = Dual::variable(Counted::new(3.0));
        let _ = x / c;
    });
    let recip = Operation::Unary(Unary::Recip);
    assert_counts(counts, &[(Operation::DIV, 1), (recip, 1), (Operation::MUL, 1)]);
    // A power with a constant exponent needs no logarithm, whichever way the constant comes.
    let ln = Operation::Unary(Unary::Ln);
    for exponent in [Var::constant(Counted::new(2.5)), Var::from(2.5)] {
        let (_, counts) = Counts::of(|| reverse::derivative(|x| x.powf(exponent), Counted::new(3.0)));
        assert_eq!((counts.get(Operation::Binary(Binary::Powf)), counts.get(ln)), (2, 0));
    }
}

#[test]
fn sums_and_products_of_slices() {
    let numbers = [0.5, 2.0, -1.0, 4.0].map(Counted::new);
    let constants = numbers.map(Var::constant);
    type Function<'a> = &'a dyn Fn(&[Var<Counted<f64>>]) -> Var<Counted<f64>>;
    let cost = |f: Function| {
        let tape = dualtape::Tape::new();
        let x = tape.vars(&numbers);
        let (_, counts) = Counts::of(|| f(&x));
        (counts.get(Operation::MUL), counts.get(Operation::ADD), counts.total())
    };
    // Four products and four sums for the value; the partials are the factors themselves, times 1.
    assert_eq!(cost(&|_| dot(&constants, &constants)), (4, 4, 8));
    assert_eq!(cost(&|x| dot(x, &constants)), (4, 4, 8));
    assert_eq!(cost(&|x| dot(&constants, x)), (4, 4, 8));
    assert_eq!(cost(&|x| dot(x, x)), (4, 4, 8));
    assert_eq!(cost(&|x| dot(&[x[0], constants[1], x[2], constants[3]], x)), (4, 4, 8));
    assert_eq!(cost(&|x| dualtape::linear_combination(&[1.0, 2.0, 3.0, 4.0], x)), (4, 4, 8));
    // Terms that carry a partial of their own multiply it in.
    assert_eq!(cost(&|x| dot(&[x[0] * 3.0, x[1] * 3.0], &[x[2], x[3]])), (2 + 2 + 2, 2, 8));
    assert_eq!(cost(&|x| dualtape::sum(x)), (0, 4, 4));
}

#[test]
fn kinds_and_nesting() {
    let x = Counted::new(0.5);
    let (inner, outer) = Counts::of(|| Counts::of(|| x.powi(2) + x.powi(7)).1);
    assert_eq!(inner, outer);
    assert_eq!(inner.get(Operation::Unary(Unary::Powi(0))), 2);
    let (_, counts) = Counts::of(|| (x < x * x, x.is_nan(), x.mul_add(x, x), x.detach(), x.max(x), dot(&[x], &[x])));
    assert_counts(
        counts,
        &[
            (Operation::MUL, 1 + 1),
            (Operation::ADD, 1),
            (Operation::Comparison, 2),
            (Operation::Ternary(Ternary::MulAdd), 1),
            (Operation::Binary(Binary::Max), 1),
        ],
    );
    assert_eq!(counts.to_string(), "7 (1 add, 2 mul, 1 max, 1 mul_add, 2 comparison)");
    assert_eq!(format!("{counts:?}"), r#"{"add": 1, "mul": 2, "max": 1, "mul_add": 1, "comparison": 2}"#);
    assert_eq!((counts - counts, Counts::default().to_string()), (Counts::default(), "0".to_owned()));
    let there = std::thread::spawn(move || Counts::of(|| x * x).1.total()).join().expect("the thread counts");
    assert_eq!(there, 1);
}

#[test]
fn printing_and_bookkeeping_count_nothing() {
    let (_, counts) = Counts::of(|| {
        let x = Counted::new(0.5);
        let constant = DualVec::<Counted<f64>, 4>::constant(x);
        (format!("{x} {x:?} {constant}"), x.primal(), x.value(), Counted::<f64>::from(2.0))
    });
    assert_eq!(counts.total(), 0);
}

trait MapValues {
    fn map_values(&self) -> Vec<f64>;
}

impl MapValues for Vec<Counted<f64>> {
    fn map_values(&self) -> Vec<f64> {
        self.iter().map(|x| x.value()).collect()
    }
}

/// Counts how often it is evaluated, and notes which inputs were moved away from 0.5.
#[derive(Default)]
struct Evaluated {
    count: Cell<usize>,
    one_moved: RefCell<BTreeSet<usize>>,
    many_moved: Cell<usize>,
}

impl dualtape::Model for Evaluated {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        self.count.set(self.count.get() + 1);
        let moved: Vec<usize> = (0..x.len()).filter(|&i| x[i].primal() != 0.5).collect();
        match moved[..] {
            [] => {}
            [one] => drop(self.one_moved.borrow_mut().insert(one)),
            _ => self.many_moved.set(self.many_moved.get() + 1),
        }
        x.iter().enumerate().fold(T::one(), |sum, (i, &x)| sum * T::constant(0.5) + x * x + x * T::constant(i as f64))
    }
}

/// What the documentation of the assertions says that they cost, and what they hold against differences.
#[test]
fn assertions_cost_what_is_said() {
    /// Evaluations for each input that is held against differences: 13 steps to either side, and none.
    const DIFFERENCES: usize = 27;
    for n in [1_usize, 4, 9, 16] {
        let x = vec![0.5; n];
        let model = Evaluated::default();
        modes_agree(&model, &x).expect("they agree");
        assert_eq!(model.count.get(), 3 * n + n.div_ceil(8) + 3, "{n} inputs");
        let model = Evaluated::default();
        hessians_agree(&model, &x).expect("they agree");
        let of_orders = n * n + 3 * n + (n + 1) * n.div_ceil(8) + 3;
        assert_eq!(model.count.get(), of_orders + DIFFERENCES * n, "{n} inputs");
    }
    for (n, held, directions) in [(200_usize, 200, 0), (201, 197, 3), (400, 197, 3)] {
        let model = Evaluated::default();
        dualtape::assert_modes_agree!(model, vec![0.5; n]);
        let moved = model.one_moved.borrow();
        assert_eq!(moved.len(), held, "{n} inputs");
        // Spread evenly, from the first on.
        let gap = moved.iter().zip(moved.iter().skip(1)).map(|(a, b)| b - a).max();
        assert!(moved.contains(&0) && gap == Some(n.div_ceil(held)), "{n}: {moved:?}");
        assert_eq!(model.many_moved.get(), directions * (DIFFERENCES - 1), "{n} inputs");
    }
}

#[test]
fn an_order_is_a_comparison() {
    let (order, counts) = Counts::of(|| Counted::new(1.0).partial_cmp(&Counted::new(2.0)));
    assert_eq!(order, Some(std::cmp::Ordering::Less));
    assert_counts(counts, &[(Operation::Comparison, 1)]);
}

#[test]
fn ones_with_a_tangent_are_no_constants() {
    fn product<T: Scalar>(x: &[T]) -> T {
        x[0] * x[1] * x[2]
    }
    let x = [0.5, 0.25, 2.0].map(|tangent| Dual::new(1.0, tangent));
    let (value, slope) = reverse::gradient(product, &x.map(Counted::new));
    let (expected, by_dual) = reverse::gradient(product, &x);
    assert_eq!((value.value(), slope.into_iter().map(Counted::value).collect()), (expected, by_dual.clone()));
    assert_eq!(by_dual.iter().map(|d| d.tangent).collect::<Vec<_>>(), [2.25, 2.5, 0.75]);
}
