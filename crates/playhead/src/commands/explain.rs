//! `playhead explain`: shows what each number of a session is made of.

use std::process::ExitCode;

use crate::cli::ExplainArgs;

pub(crate) fn run(_args: ExplainArgs) -> anyhow::Result<ExitCode> {
    anyhow::bail!("`playhead explain` is not built yet")
}
