//! Measures playhead beside its baselines: side by side in the same run, interleaved, medians of
//! several rounds, CPU time before wall time.
//!
//! Without a command everything that fits into some minutes is measured. The method and the
//! figures of one machine stand in `docs/benchmarks.md`. Nothing is written but to standard output
//! and a temporary folder.

mod clock;
mod disk;
mod door;
mod engine;
mod instructions;
mod latency;
mod live;
mod load;
mod memory;
mod noop;
mod recover;
mod report;
mod server;
mod store;
mod table;
mod traffic;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::door::DoorArgs;
use crate::engine::EngineArgs;
use crate::live::LiveArgs;
use crate::load::LoadArgs;
use crate::memory::MemoryArgs;
use crate::recover::RecoverArgs;
use crate::report::ReportArgs;
use crate::store::StoreArgs;
use crate::table::Table;

/// That of `playhead`, for the baseline as well.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measure playhead beside its baselines
#[derive(Debug, Parser)]
#[command(name = "playhead-bench")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// A few seconds each: shows that it runs, not how fast
    #[arg(long, global = true)]
    quick: bool,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    /// Where temporary data goes
    #[arg(long, global = true, value_name = "DIR")]
    folder: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Over HTTP, beside a server that does nothing
    Door(DoorArgs),
    /// The engine alone: frames of a log to the state of sessions
    Engine(EngineArgs),
    /// Memory of open sessions after an hour of pings
    Memory(MemoryArgs),
    /// The live view of open sessions: memory, and what a second costs
    Live(LiveArgs),
    /// Instructions an event takes in the engine, counted by callgrind
    Instructions,
    /// Starting again after kill -9, and checkpoints under load, with a million sessions
    Recover(RecoverArgs),
    /// Reports over generated sessions in memory
    Report(ReportArgs),
    /// Make a data folder with many closed sessions of thirty days
    Store(StoreArgs),
    /// Apply a log without looking at a clock, to be looked at by other tools
    #[command(hide = true)]
    ApplyOnly(EngineArgs),
    /// Serve the baseline: read the body, answer, do nothing
    #[command(hide = true)]
    Noop,
    /// Send load to a server
    Load(LoadArgs),
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("playhead-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let folder = match &cli.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let folder = folder.path();
    let mut table = Table::default();
    let measured = match cli.command {
        Some(Command::Noop) => return noop::run(),
        Some(Command::Load(args)) => {
            println!("{}", load::run(&args)?);
            return Ok(());
        }
        Some(Command::ApplyOnly(args)) => return engine::apply_only(args, folder),
        Some(Command::Door(args)) => door::run(quick_door(args, cli.quick), folder, &mut table),
        Some(Command::Engine(args)) => {
            engine::run(quick_engine(args, cli.quick), folder, &mut table)
        }
        Some(Command::Memory(args)) => memory::run(quick_memory(args, cli.quick), &mut table),
        Some(Command::Live(args)) => live::run(args, folder, &mut table),
        Some(Command::Instructions) => instructions::run(folder, &mut table),
        Some(Command::Recover(args)) => {
            recover::run(quick_recover(args, cli.quick), folder, &mut table)
        }
        Some(Command::Report(args)) => report::run(quick_report(args, cli.quick), &mut table),
        Some(Command::Store(args)) => store::run(&args, &mut table),
        None => all(cli.quick, folder, &mut table),
    };
    // What was measured before a failure is shown all the same.
    if cli.json {
        println!("{:#}", table.json());
    } else {
        print!("{}", table.text());
    }
    measured
}

/// What fits into some minutes.
fn all(quick: bool, folder: &Path, table: &mut Table) -> anyhow::Result<()> {
    let engine = EngineArgs {
        sessions: 100_000,
        warm: 35,
        pings: 10,
        rounds: 5,
        plain: false,
        live: false,
    };
    if quick {
        // First, while no other part has left memory behind that would be used again.
        memory::run(QUICK_MEMORY, table)?;
    }
    door::run(
        quick_door(
            DoorArgs {
                rounds: 5,
                seconds: 3.0,
                what: None,
            },
            quick,
        ),
        folder,
        table,
    )?;
    engine::run(quick_engine(engine, quick), folder, table)?;
    if quick {
        return Ok(());
    }
    engine::run(
        EngineArgs {
            plain: true,
            ..engine
        },
        folder,
        table,
    )?;
    let million = EngineArgs {
        sessions: 1_000_000,
        warm: 12,
        pings: 4,
        rounds: 3,
        plain: false,
        live: false,
    };
    engine::run(million, folder, table)?;
    instructions::run(folder, table)
}

fn quick_door(args: DoorArgs, quick: bool) -> DoorArgs {
    if quick {
        DoorArgs {
            rounds: 1,
            seconds: 0.5,
            ..args
        }
    } else {
        args
    }
}

fn quick_engine(args: EngineArgs, quick: bool) -> EngineArgs {
    match quick {
        true => EngineArgs {
            sessions: 10_000,
            warm: 12,
            pings: 5,
            rounds: 3,
            ..args
        },
        false => args,
    }
}

const QUICK_MEMORY: MemoryArgs = MemoryArgs {
    sessions: 20_000,
    minutes: 60,
};

fn quick_memory(args: MemoryArgs, quick: bool) -> MemoryArgs {
    if quick { QUICK_MEMORY } else { args }
}

fn quick_recover(args: RecoverArgs, quick: bool) -> RecoverArgs {
    if quick {
        RecoverArgs {
            sessions: 20_000,
            rate: 2_000,
            seconds: 4.0,
            ..args
        }
    } else {
        args
    }
}

fn quick_report(args: ReportArgs, quick: bool) -> ReportArgs {
    if quick {
        ReportArgs {
            sessions: 50_000,
            rounds: 1,
        }
    } else {
        args
    }
}
