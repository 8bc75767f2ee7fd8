//! `playhead compute`: computes sessions from a file of requests, without a server.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use crate::cli::ComputeArgs;
use crate::output;

pub(crate) fn run(args: ComputeArgs) -> anyhow::Result<ExitCode> {
    let text = read(&args.file)?;
    let answer = playhead_engine::offline::compute(&text)
        .with_context(|| format!("{} is not in the test-vector format", args.file.display()))?;
    output::print_json(&answer)?;
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path) -> anyhow::Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .context("standard input cannot be read")?;
        return Ok(text);
    }
    std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}
