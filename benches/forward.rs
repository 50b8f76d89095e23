//! Forward mode: one direction beside a hand-written dual, and gradients beside echidna, num-dual and ad_trait.

mod cases;

use cases::few_inputs::chunk_rows;
use cases::rows::{bench, dual_rows};
use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    bench(&mut criterion, &dual_rows());
    bench(&mut criterion, &chunk_rows());
    criterion.final_summary();
}
