//! What every page says of itself.

use crate::text::counted;

/// Where a page comes from: the command that made it, and the machine.
pub(super) struct Context<'a> {
    pub(super) command: &'a str,
    pub(super) machine: String,
    pub(super) version: &'static str,
}

impl<'a> Context<'a> {
    pub(super) fn new(command: &'a str) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let (arch, os) = (std::env::consts::ARCH, std::env::consts::OS);
        let machine = format!("{arch}, {os}, {}", counted(cores, "core"));
        Self { command, machine, version: env!("CARGO_PKG_VERSION") }
    }
}
