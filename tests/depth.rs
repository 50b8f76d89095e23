//! Depth is free: long chains and wide sums need memory, not stack, and no more time a node.

use dualtape::graph::Graph;
use dualtape::{Tape, Var, reverse, sum};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

const N: usize = 10_000_000;

/// The memory of each thread, counted.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

impl Counting {
    fn count(change: isize) {
        let held = HELD.get() + change;
        HELD.set(held);
        MOST.set(MOST.get().max(held));
    }
}

#[expect(unsafe_code, reason = "the trait is unsafe; every call goes to the system's allocator as it came")]
// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::count(layout.size() as isize);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        Self::count(-(layout.size() as isize));
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        Self::count(size as isize - layout.size() as isize);
        // SAFETY: the caller's promise.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most memory that this thread held besides what it holds now, in bytes.
fn most_memory<T>(f: impl FnOnce() -> T) -> (T, isize) {
    let before = HELD.get();
    MOST.set(before);
    let result = f();
    (result, MOST.get() - before)
}

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

#[test]
fn the_memory_of_some_paths_is_theirs() {
    // 2ⁿ paths of up to 3n steps.
    let steps = 5_000;
    let graph = Graph::record(|x| vec![(0..steps).fold(x[0], |x, _| x + 0.1 * x.sin())], &[1.0]);
    let nodes = graph.nodes().len() as isize;
    for limit in [0, 1, 10] {
        let (paths, most) = most_memory(|| graph.paths(0, 0, limit));
        assert_eq!(paths.len(), limit);
        assert!(paths.iter().all(|path| path.nodes.len() > steps && path.partials.len() + 1 == path.nodes.len()));
        // A path takes 12 bytes a node, and the one that is followed its open steps as well.
        assert!(most < nodes * (200 + 24 * limit as isize), "{most} bytes for {limit} paths over {nodes} nodes");
    }
}
