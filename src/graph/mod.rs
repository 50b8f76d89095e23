//! Recorded graphs: every operation of a function as a list, to look at and to run again.
//!
//! Running a generic function on [`Traced`] numbers records what it does: operations with their operands and values,
//! constants, and every comparison with its outcome. The [`Graph`] that comes of it is flat and in the order of the program
//! (static single assignment), so that nothing recurses over it however deep it is.
//!
//! Without running the function again the graph is evaluated at another point, and differentiated there: it runs over any
//! number type, as the function itself would, so that values and derivatives are the same bit for bit. Where a guard
//! fails, because a comparison has another answer at the new point, the function might take another branch: that is an error, [`Stale`], never a
//! silent answer. So it is where the function made an integer or a plain number of its numbers, and it is another one.
//!
//! ```
//! use dualtape::graph::Graph;
//!
//! // J(a, b, c) = (a + 2b)·c
//! let graph = Graph::record(|x| vec![(x[0] + x[1] * 2.0) * x[2]], &[3.0, 1.0, -2.0]).named(&["a", "b", "c"], &["J"]);
//! assert_eq!(graph.outputs(), [-10.0]);
//! assert_eq!(graph.gradient(&[3.0, 1.0, -2.0])?, (-10.0, vec![-2.0, -4.0, 5.0]));
//! assert_eq!(graph.eval(&[1.0, 1.0, 1.0])?, [3.0]);
//! println!("{graph}"); // v3 = 2, v4 = mul(b, v3), …
//! # Ok::<(), dualtape::graph::GraphError>(())
//! ```

mod dot;
mod doubt;
mod evaluate;
pub mod explain;
mod formula;
#[expect(clippy::module_inception, reason = "a file is named after the type that it holds")]
mod graph;
mod guard;
mod non_finite;
mod recorder;
mod recording;
mod stages;
mod statistics;
#[cfg(feature = "cli")]
mod svg;
mod traced;
mod tree;

pub use doubt::{Doubt, Doubtful};
pub use explain::{Contribution, LocalDerivative, Path, Trace, TraceRow};
pub use graph::{Graph, GraphError, Node, Step};
#[cfg(feature = "program")]
pub(crate) use guard::{Answer, range_of_integers};
pub use guard::{Guard, Question, Stale};
pub use non_finite::{NonFinite, Reached, non_finite};
pub use stages::{Stage, Stages};
pub use statistics::{PathCount, Statistics};
#[cfg(feature = "cli")]
pub use svg::TooLarge;
pub use traced::Traced;
