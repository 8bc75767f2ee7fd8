//! `playhead report`: a report of a running server as a table, as CSV or as JSON.

mod table;

use std::io::Read as _;
use std::process::ExitCode;

use anyhow::Context;
use playhead_model::report::Answer;

use crate::cli::ReportArgs;
use crate::client::Console;
use crate::output;

pub(crate) fn run(args: ReportArgs) -> anyhow::Result<ExitCode> {
    let name = args.file.display().to_string();
    let cannot = || format!("{name} cannot be read");
    let request = if name == "-" {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .with_context(cannot)?;
        text
    } else {
        std::fs::read_to_string(&args.file).with_context(cannot)?
    };
    let console = Console::find(args.console)?;
    let text = console.post("/v1/reports", &request)?;
    if args.json {
        output::print(&format!("{text}\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let answer: Answer = serde_json::from_str(&text).context("the answer cannot be read")?;
    output::print(&if args.csv {
        table::csv(&answer)
    } else {
        table::text(&answer)
    })?;
    Ok(ExitCode::SUCCESS)
}
