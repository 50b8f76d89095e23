//! Reverse mode: value and gradient of every case, beside echidna, ad_trait and the function itself on `f64`.

mod cases;

use cases::rows::{bench, reverse_rows};
use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    bench(&mut criterion, &reverse_rows());
    criterion.final_summary();
}
