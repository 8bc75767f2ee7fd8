//! `playhead serve`: runs the collector, the session engine and the console in one process.

use std::process::ExitCode;

use crate::cli::ServeArgs;

pub(crate) fn run(_args: ServeArgs) -> anyhow::Result<ExitCode> {
    anyhow::bail!("`playhead serve` is not built yet")
}
