//! `playhead fsck`: checks the stored data for damage.

use std::process::ExitCode;

use crate::cli::FsckArgs;

pub(crate) fn run(_args: FsckArgs) -> anyhow::Result<ExitCode> {
    anyhow::bail!("`playhead fsck` is not built yet")
}
