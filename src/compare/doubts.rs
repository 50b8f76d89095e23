//! `Doubts`: where a derivative may have been lost, or that nobody looked.

use crate::graph::{Doubtful, Graph};
use crate::model::{Many, Model};
use crate::text::grouped;

/// Places in a recording where a derivative may have been lost.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Doubts {
    /// How many.
    pub count: usize,
    /// The first of them.
    pub places: Vec<Doubtful>,
}

impl Doubts {
    /// Operations times outputs of a function that is small enough to look.
    const MOST: u64 = 100_000;

    /// Those of a model at `x`, unless it is too large to look: `operations` times outputs.
    pub(super) fn of(model: &impl Model<Outputs = Many>, x: &[f64], operations: u64, names: &[String]) -> Option<Self> {
        const KEPT: usize = 20;
        if operations > Self::MOST {
            return None;
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let graph = Graph::of(model, x).named(&names, &[]);
        let found = graph.doubtful();
        Some(Self { count: found.len(), places: found.take(KEPT).collect() })
    }
}

/// That they were not looked for, where they were not.
#[cfg(feature = "serde")]
pub(super) fn serialize_doubts<S: serde::Serializer>(
    doubts: &Option<Doubts>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match doubts {
        Some(doubts) => serde::Serialize::serialize(doubts, serializer),
        None => serializer.serialize_str(&not_looked_for()),
    }
}

pub(super) fn not_looked_for() -> String {
    format!("not looked for beyond {} operations times outputs", grouped(Doubts::MOST))
}
