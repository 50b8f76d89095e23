//! `Mode`: the ways to differentiate a function.

use crate::forward::CHUNK;
use std::fmt;

/// A way to get the derivatives of a function of n inputs and m outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "lowercase"))]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Mode {
    /// Central differences, (f(x + h) - f(x - h)) / 2h: 2n evaluations, and half the digits at best.
    Differences,
    /// Forward mode, one direction at a time: n evaluations.
    Forward,
    /// Forward mode, eight directions at a time: ⌈n/8⌉ evaluations.
    Chunked,
    /// Reverse mode: one recorded evaluation and m sweeps.
    Reverse,
    /// Reverse mode, compiled once and replayed.
    Program,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 5] = [Self::Differences, Self::Forward, Self::Chunked, Self::Reverse, Self::Program];

    /// One word, as a command line or a column of a table has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Differences => "differences",
            Self::Forward => "forward",
            Self::Chunked => "chunked",
            Self::Reverse => "reverse",
            Self::Program => "program",
        }
    }

    /// How often it evaluates a function of n inputs, or replays it; where n is 0, once.
    #[must_use]
    pub const fn evaluations(self, n: usize) -> usize {
        let passes = match self {
            Self::Differences => n.saturating_mul(2),
            Self::Forward => n,
            Self::Chunked => n.div_ceil(CHUNK),
            Self::Reverse | Self::Program => 1,
        };
        if passes == 0 { 1 } else { passes }
    }

    /// How often it sweeps a recording of a function of m outputs.
    #[must_use]
    pub const fn sweeps(self, m: usize) -> usize {
        match self {
            Self::Reverse => m,
            _ => 0,
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Differences => "central differences",
            Self::Forward => "forward",
            Self::Chunked => "chunked forward",
            Self::Reverse => "reverse",
            Self::Program => "program",
        })
    }
}
