//! Depth is free: long chains and wide sums need memory, not stack, and no more time a node.

use dualtape::{Tape, Var, reverse, sum};

const N: usize = 10_000_000;

#[test]
fn a_chain_of_ten_million_joins() {
    // Every step joins the running value with the second input: one node each.
    let (value, slope) = reverse::gradient(|x| (0..N).fold(x[0], |y, _| y + x[1]), &[1.0, 0.5]);
    assert_eq!((value, slope), (1.0 + 0.5 * N as f64, vec![1.0, N as f64]));
}

#[test]
fn a_chain_of_ten_million_functions_of_one_variable() {
    let tape = Tape::new();
    let x = tape.var(0.25);
    let y = (0..N).fold(x, |y, _| -y);
    assert_eq!(tape.len(), 0);
    assert_eq!(y.backward().wrt(x), 1.0);
}

#[test]
fn a_sum_of_ten_million_terms() {
    let tape = Tape::new();
    let x = tape.vars(&[2.0, 3.0]);
    let terms: Vec<Var<f64>> = (0..N).map(|i| x[i % 2]).collect();
    let y = sum(&terms);
    assert_eq!(tape.len(), N / 2);
    assert_eq!(y.backward().wrt_all(&x), [N as f64 / 2.0, N as f64 / 2.0]);
}

#[test]
fn the_memory_of_a_sum_over_samples_is_that_of_one() {
    // A million samples of four joins each would take 96 MB; indices alone would run out after a few hundred million.
    let samples = 1_000_000;
    let (value, slope) = reverse::gradient_sum(
        |x, s| {
            let tape_of_one = x[0] * x[1];
            tape_of_one * x[0] * s
        },
        &[2.0, 3.0],
        std::iter::repeat_n(0.5, samples),
    );
    assert_eq!((value, slope), (6.0 * samples as f64, vec![6.0 * samples as f64, 2.0 * samples as f64]));

    let tape = Tape::new();
    let x = tape.vars(&[2.0, 3.0]);
    let mark = tape.mark();
    let mut largest = 0;
    for _ in 0..1000 {
        let y = x[0] * x[1] + x[0];
        assert_eq!(y.backward().wrt_all(&x), [4.0, 2.0]);
        largest = largest.max(tape.bytes());
        tape.rewind(mark);
    }
    assert_eq!((largest, tape.bytes()), (48, 0));
}
