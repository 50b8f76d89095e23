//! Misuse of tapes panics with words that name the mend, in debug and release builds alike.

use dualtape::rules::Nary;
use dualtape::{Dual, Tape, Var, forward, reverse};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The message of the panic that `f` must end in.
fn panic_of<R>(f: impl FnOnce() -> R) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).err().expect("the misuse must panic");
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => payload.downcast::<&str>().expect("the message is a string").to_string(),
    }
}

/// After a misuse the thread's tapes must be as good as new.
fn assert_still_works() {
    assert_eq!(reverse::gradient(|x| x[0] * x[1], &[3.0, 5.0]), (15.0, vec![5.0, 3.0]));
    let tape = Tape::new();
    let (a, b) = (tape.var(2.0), tape.var(3.0));
    assert_eq!((a * b).backward().wrt(a), 3.0);
}

const NOT_ACTIVE: &str = "not on this thread's active tape";
const ENDED: &str = "Use a Var only inside the operator, or in the lifetime of the Tape, that made it";
const OUTER: &str = "a Var of an outer tape was used on an inner tape of the same type: nest the number types";
const REWOUND: &str = "a Var was used after its tape was rewound past it: compute it again after the rewind";
const ORDER: &str = "drop tapes in the reverse order of their creation";

fn leaked() -> [Var<f64>; 2] {
    let kept = Cell::new([Var::constant(0.0); 2]);
    reverse::gradient(
        |x| {
            kept.set([x[0], x[1]]);
            x[0] * x[1]
        },
        &[1.0, 2.0],
    );
    kept.get()
}

#[test]
fn a_leaked_var_joined_without_a_tape() {
    let [a, b] = leaked();
    let message = panic_of(|| a * b);
    assert!(message.contains(NOT_ACTIVE) && message.contains(ENDED), "{message}");
    assert_still_works();
}

#[test]
fn a_leaked_var_joined_on_a_later_tape() {
    let [a, _] = leaked();
    let message = panic_of(|| reverse::gradient(|x| x[0] * a, &[1.0, 2.0]));
    assert!(message.contains(NOT_ACTIVE) && message.contains(ENDED), "{message}");
    assert_still_works();
}

#[test]
fn a_leaked_var_that_takes_no_part() {
    let [a, _] = leaked();
    // By its own partial, by the factor beside it, and where both are 0.
    type Join = fn(Var<f64>, Var<f64>) -> Var<f64>;
    let joins: [Join; 4] = [|x, a| x + a * 0.0, |x, a| a * 0.0 + x, |x, a| (x - 1.0) * a, |x, a| (x * 0.0) * (a * 0.0)];
    for join in joins {
        let message = panic_of(|| reverse::gradient(|x| join(x[0], a), &[1.0, 2.0]));
        assert!(message.contains(NOT_ACTIVE) && message.contains(ENDED), "{message}");
    }
    assert_still_works();
}

#[test]
fn a_leaked_var_returned_from_a_later_tape() {
    let [a, _] = leaked();
    for message in [
        panic_of(|| reverse::gradient(|_| a, &[1.0, 2.0])),
        panic_of(|| reverse::gradient(|_| a.sin() * 2.0, &[1.0, 2.0])),
        panic_of(|| reverse::vjp(|x| vec![x[0], a], &[1.0, 2.0], &[1.0, 1.0])),
        panic_of(|| reverse::jacobian(|x| vec![x[0], a], &[1.0, 2.0])),
        panic_of(|| reverse::gradient_sum(|_, ()| a, &[1.0, 2.0], [()])),
    ] {
        assert!(message.contains(NOT_ACTIVE) && message.contains(ENDED), "{message}");
    }
    assert_still_works();
}

#[test]
fn a_leaked_var_in_sums_and_products_of_slices() {
    let [a, _] = leaked();
    for message in [
        panic_of(|| reverse::gradient(|x| dualtape::dot(&[x[0], a], &[x[1], x[0]]), &[1.0, 2.0])),
        panic_of(|| reverse::gradient(|x| dualtape::sum(&[x[0], a, x[1]]), &[1.0, 2.0])),
        panic_of(|| reverse::gradient(|x| dualtape::linear_combination(&[1.0, 2.0], &[x[0], a]), &[1.0, 2.0])),
        panic_of(|| reverse::gradient(|x| x[0].mul_add(x[1], a), &[1.0, 2.0])),
    ] {
        assert!(message.contains(NOT_ACTIVE), "{message}");
    }
    assert_still_works();
}

#[test]
fn a_var_of_an_earlier_explicit_tape() {
    let a = Tape::new().var(1.0);
    let tape = Tape::new();
    let b = tape.var(2.0);
    for message in [panic_of(|| a + b), panic_of(|| a.backward()), panic_of(|| tape.sweep(&[(a, 1.0)]))] {
        assert!(message.contains(NOT_ACTIVE) && message.contains(ENDED), "{message}");
    }
    drop(tape);
    assert_still_works();
}

#[test]
fn a_var_of_an_outer_tape() {
    let outer = Tape::new();
    let (a, b) = (outer.var(1.0), outer.var(2.0));
    let inner = Tape::new();
    let c = inner.var(3.0);
    for message in [
        panic_of(|| a * c),
        panic_of(|| a * b),
        panic_of(|| a.backward()),
        panic_of(|| inner.sweep(&[(a, 1.0)])),
        panic_of(|| dualtape::dot(&[c, a], &[a, c])),
    ] {
        assert!(message.contains(OUTER), "{message}");
    }
    drop(inner);
    assert_eq!((a * b).backward().wrt_all(&[a, b]), [2.0, 1.0]);
}

#[test]
fn an_inner_gradient_that_captures_an_outer_var_of_the_same_type() {
    let inner = |x: Var<f64>| reverse::derivative(|y| x * y, 1.0).1;
    let message = panic_of(|| reverse::derivative(|x| Var::constant(inner(x)) * x, 2.0));
    assert!(message.contains(OUTER), "{message}");
    let message = panic_of(|| reverse::derivative(|x| Var::constant(reverse::derivative(|_| x, 1.0).1), 2.0));
    assert!(message.contains(OUTER), "{message}");
    assert_still_works();
    // What the message proposes.
    let nested =
        reverse::derivative(|x: Var<f64>| reverse::derivative(|y| Var::constant(x) * y, Var::from(1.0)).1 * x, 2.0);
    assert_eq!(nested, (4.0, 4.0));
}

#[test]
fn a_var_on_another_thread() {
    let tape = Tape::new();
    let (a, b) = (tape.var(1.0), tape.var(2.0));
    let there = |f: fn(Var<f64>, Var<f64>)| {
        std::thread::spawn(move || panic_of(move || f(a, b))).join().expect("the thread caught the panic")
    };
    for message in [
        there(|a, b| {
            let _ = a * b;
        }),
        there(|a, _| drop(a.backward())),
        there(|a, _| drop(reverse::gradient(|x| x[0] * a, &[1.0]))),
        there(|a, b| {
            let tape = Tape::new();
            let (_c, _d) = (tape.var(0.0), tape.var(0.0));
            let _ = a + b;
        }),
    ] {
        assert!(message.contains(NOT_ACTIVE) && message.contains("another thread"), "{message}");
    }
    assert_eq!((a * b).backward().wrt(a), 2.0);
}

#[test]
fn a_var_after_rewind() {
    let tape = Tape::new();
    let (a, b) = (tape.var(2.0), tape.var(3.0));
    let mark = tape.mark();
    let lost = a * b;
    let lost_input = tape.var(7.0);
    tape.rewind(mark);
    for message in [
        panic_of(|| lost + a),
        panic_of(|| lost.backward()),
        panic_of(|| lost_input * a),
        panic_of(|| dualtape::sum(&[a, lost])),
    ] {
        assert!(message.contains(REWOUND), "{message}");
    }
    // The place on the tape is taken again: the old handle must not be mistaken for the new number.
    let fresh = a + b;
    let message = panic_of(|| lost + a);
    assert!(message.contains(REWOUND), "{message}");
    assert_eq!(fresh.backward().wrt_all(&[a, b]), [1.0, 1.0]);
    assert_eq!((fresh * a).backward().wrt_all(&[a, b]), [7.0, 2.0]);
    let message = panic_of(|| fresh.backward().wrt(lost_input));
    assert!(message.contains("expected an input of the swept tape"), "{message}");
    // An input whose place a join has taken.
    tape.rewind(mark);
    let lost_input = tape.var(7.0);
    tape.rewind(mark);
    let joined = a * b;
    let message = panic_of(|| joined.backward().wrt(lost_input));
    assert!(message.contains("expected an input of the swept tape"), "{message}");
    // A number that was recorded between two rewinds.
    let between = tape.mark();
    let lost = joined * a;
    tape.rewind(between);
    let message = panic_of(|| lost + a);
    assert!(message.contains(REWOUND), "{message}");
}

#[test]
fn a_var_kept_from_one_sample_to_the_next() {
    let kept = Cell::new(None);
    let message = panic_of(|| {
        reverse::gradient_sum(
            |x, s| {
                let y = x[0] * x[1] * s;
                kept.replace(Some(y)).map_or(y, |last| last + y)
            },
            &[1.0, 2.0],
            [1.0, 2.0],
        )
    });
    assert!(message.contains(NOT_ACTIVE) && message.contains("rewound"), "{message}");
    assert_still_works();
}

#[test]
fn marks_that_are_gone() {
    let tape = Tape::new();
    let (a, b) = (tape.var(2.0), tape.var(3.0));
    let early = tape.mark();
    let _ = a * b;
    let late = tape.mark();
    let _ = a + b;
    tape.rewind(late);
    tape.rewind(late);
    tape.rewind(early);
    tape.rewind(early);
    let again = tape.mark();
    for _ in 0..3 {
        let _ = a * b;
        tape.rewind(again);
        tape.rewind(early);
    }
    let message = panic_of(|| tape.rewind(late));
    assert!(message.contains("take a new mark after a rewind"), "{message}");
    let _ = (a * b, a + b);
    let message = panic_of(|| tape.rewind(late));
    assert!(message.contains("take a new mark after a rewind"), "{message}");
    assert_eq!((a * b).backward().wrt(a), 3.0);
}

#[test]
fn tapes_dropped_out_of_order() {
    let outer = Tape::new();
    let (a, b) = (outer.var(1.0), outer.var(2.0));
    let inner = Tape::new();
    let (c, d) = (inner.var(3.0), inner.var(4.0));
    let message = panic_of(|| drop(outer));
    assert!(message.contains(ORDER), "{message}");
    // Both are gone: nothing of either may be used, and dropping the inner one is harmless.
    assert!(panic_of(|| a * b).contains(NOT_ACTIVE));
    assert!(panic_of(|| c * d).contains(NOT_ACTIVE));
    assert!(panic_of(|| inner.var(1.0)).contains(ORDER.trim_start_matches("drop ")));
    drop(inner);
    assert_still_works();
}

#[test]
fn a_suspended_tape() {
    let outer = Tape::new();
    let a = outer.var(1.0);
    let inner = Tape::<f64>::new();
    for message in [
        panic_of(|| outer.var(2.0)),
        panic_of(|| outer.mark()),
        panic_of(|| outer.sweep(&[(a, 1.0)])),
        panic_of(|| outer.sweep(&[(Var::constant(1.0), 1.0)])),
    ] {
        assert!(message.contains("not the active one"), "{message}");
    }
    drop(inner);
    assert_eq!((a * 2.0).backward().wrt(a), 2.0);
}

#[test]
fn a_tape_kept_from_inside_an_operator() {
    let kept = Cell::new(None);
    let message = panic_of(|| {
        reverse::derivative(
            |x| {
                kept.set(Some(Tape::<f64>::new()));
                x
            },
            1.0,
        )
    });
    assert!(message.contains("Drop tapes in the reverse order of their creation"), "{message}");
    drop(kept);
    assert_still_works();
}

#[test]
fn sweeping_without_a_tape_or_inside_an_operator() {
    let message = panic_of(|| Var::constant(1.0).backward());
    assert!(message.contains("no Tape is active on this thread"), "{message}");
    let message = panic_of(|| reverse::derivative(|x| Var::constant((x * x).backward().wrt(x)), 1.0));
    assert!(message.contains("inside an operator return the output"), "{message}");
    assert_still_works();
}

#[test]
fn derivatives_by_what_is_no_input() {
    let tape = Tape::new();
    let (x, z, zero) = (tape.var(3.0), tape.var(4.0), tape.var(0.0));
    let y = x * z;
    let adjoints = y.backward();
    // Twice 0 has the value of that input.
    for no_input in [y, x + 1.0, x * 2.0, x.sin(), x + z, zero * 2.0] {
        let message = panic_of(|| adjoints.wrt(no_input));
        assert!(message.contains("make it an input with `Tape::var` before the sweep"), "{message}");
    }
    assert_eq!(adjoints.wrt(Var::constant(3.0)), 0.0);
    assert_eq!(adjoints.wrt_all(&[x, z]), [4.0, 3.0]);
}

#[test]
fn slices_of_different_lengths() {
    let message = panic_of(|| dualtape::dot(&[1.0, 2.0], &[1.0]));
    assert_eq!(message, "dot: expected two slices of one length, found 2 and 1");
    let message = panic_of(|| dualtape::linear_combination(&[1.0], &[Dual::variable(1.0), Dual::constant(2.0)]));
    assert_eq!(message, "linear_combination: expected two slices of one length, found 1 and 2");
    let message = panic_of(|| Nary::Dot.value(&[], &[1.0, 2.0, 3.0]));
    assert_eq!(message, "dot: expected 2 lists of one length, found 3 numbers together");
    let message = panic_of(|| Nary::LinearCombination.partials(&[1.0], &[Dual::variable(1.0), Dual::constant(2.0)]));
    assert_eq!(message, "linear_combination: expected 2 constants, found 1");
    let message = panic_of(|| Nary::Sum.value(&[1.0], &[1.0]));
    assert_eq!(message, "sum: expected 0 constants, found 1");
    assert_eq!(
        Nary::ALL.iter().map(|op| op.value::<f64>(&[], &[])).collect::<Vec<_>>(),
        [0.0, 0.0, 0.0, -f64::INFINITY]
    );
}

#[test]
fn a_panic_in_the_function_leaves_no_tape_behind() {
    let message =
        panic_of(|| reverse::gradient(|x: &[Var<f64>]| -> Var<f64> { panic!("mine: {}", x[0] * x[1]) }, &[1.0, 2.0]));
    assert_eq!(message, "mine: 2");
    assert_still_works();
}

#[test]
fn nested_levels_share_nothing() {
    // The same function at four levels: each has tapes of its own.
    let f = |x: Var<Var<f64>>| x * x * x;
    let second = reverse::derivative(|x: Var<f64>| reverse::derivative(f, x).1, 2.0);
    assert_eq!(second, (12.0, 12.0));
    let mixed = forward::derivative(|x: Dual<f64>| reverse::derivative(|x| x * x * x, x).1, 2.0);
    assert_eq!(mixed, (12.0, 12.0));
}

#[test]
fn a_panic_inside_a_sweep_leaves_the_tape_whole() {
    let outer: Tape<Var<f64>> = Tape::new();
    let inner: Tape<f64> = Tape::new();
    let x = outer.vars(&[inner.var(2.0), inner.var(3.0), inner.var(5.0)]);
    let total = dualtape::sum(&x);
    let product = x[0] * x[1] * x[2];
    drop(inner);
    // The sweep of the product joins numbers of the inner tape, which has ended; that of the sum does not.
    assert!(panic_of(|| product.backward()).contains(NOT_ACTIVE));
    let slope = total.backward().wrt_all(&x);
    assert!(slope.iter().all(|d| d.value() == 1.0), "{slope:?}");
    let nested: Tape<Var<f64>> = Tape::new();
    let y = nested.vars(&[Var::from(1.0), Var::from(2.0), Var::from(3.0)]);
    assert!(dualtape::sum(&y).backward().wrt_all(&y).iter().all(|d| d.value() == 1.0));
}
