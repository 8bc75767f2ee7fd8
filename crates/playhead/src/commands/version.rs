//! `playhead version`: which build this is.

use std::process::ExitCode;

use serde_json::json;

use crate::cli::VersionArgs;
use crate::output;

const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(crate) fn run(args: VersionArgs) -> anyhow::Result<ExitCode> {
    if args.json {
        output::print_json(&json!({"name": "playhead", "version": VERSION}))?;
    } else {
        output::print(&format!("playhead {VERSION}\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}
