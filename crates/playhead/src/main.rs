//! `playhead`: a self-hosted analytics backend for streaming media, in one binary.
//!
//! This file reads the command line, runs the command and turns its result into an exit code. What
//! a command does stands in `commands`, what it takes in `cli`.

mod cli;
mod client;
mod commands;
mod exit;
mod output;
mod page;
mod settings;
mod telemetry;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};

/// A million sessions that start in one instant leave holes; this one fills them again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return exit::of_command_line(&error),
    };
    match run(cli.command) {
        Ok(code) => code,
        Err(error) => exit::of_failure(&error),
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(args) => commands::serve::run(args),
        Command::Compute(args) => commands::compute::run(args),
        Command::Explain(args) => commands::explain::run(args),
        Command::Replay(args) => commands::replay::run(args),
        Command::Report(args) => commands::report::run(args),
        Command::Query(args) => commands::query::run(args),
        Command::Export(args) => commands::export::run(args),
        Command::Simulate(args) => commands::simulate::run(args),
        Command::Fsck(args) => commands::fsck::run(args),
        Command::Retention(args) => commands::retention::run(args),
        Command::Config(args) => commands::config::run(args),
        Command::Completions(args) => commands::completions::run(args),
        Command::Version(args) => commands::version::run(args),
    }
}
