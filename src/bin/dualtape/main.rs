//! The command `dualtape`.
fn main() {}
