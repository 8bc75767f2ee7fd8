//! `playhead explain`: a session's time line and what each of its numbers is made of, from a
//! running server.

use std::process::ExitCode;

use playhead_model::ids::SessionId;

use crate::cli::ExplainArgs;
use crate::client::Console;
use crate::exit::UsageError;
use crate::output;

pub(crate) fn run(args: ExplainArgs) -> anyhow::Result<ExitCode> {
    let sid: SessionId = args
        .sid
        .parse()
        .map_err(|error| UsageError(format!("SID {:?}: {error}", args.sid)))?;
    let console = Console::find(args.console)?;
    let accept = if args.json {
        "application/json"
    } else {
        "text/plain"
    };
    let text = console.get(&format!("/v1/sessions/{sid}/explain"), accept)?;
    output::print(&text)?;
    if args.json {
        output::print("\n")?;
    }
    Ok(ExitCode::SUCCESS)
}
