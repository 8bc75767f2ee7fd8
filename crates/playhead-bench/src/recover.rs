//! With many open sessions: starting again after `kill -9`, and what a checkpoint costs those who
//! wait for an answer meanwhile.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;

use crate::clock;
use crate::server::{Generator, Server};
use crate::table::Table;

/// What to measure.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct RecoverArgs {
    /// Open sessions
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) sessions: usize,
    /// Pings a second
    #[arg(long, default_value_t = 10_000)]
    pub(crate) rate: usize,
    /// How long latency is measured
    #[arg(long, default_value_t = 40.0)]
    pub(crate) seconds: f64,
    /// Time between two checkpoints in the run that has them; a third of the above if not said
    #[arg(long)]
    pub(crate) interval: Option<u64>,
}

const CONNECTIONS: usize = 64;
/// Longer than any run.
const NEVER: &str = "1d";

/// Measures, and adds what came out to the table.
pub(crate) fn run(args: RecoverArgs, folder: &Path, table: &mut Table) -> anyhow::Result<()> {
    let name = format!("{} open sessions, {} pings/s", args.sessions, args.rate);
    let calm = latency(args, folder, NEVER, &name, table)?;
    let third = (args.seconds / 3.0).ceil() as u64;
    let often = format!("{}s", args.interval.unwrap_or(third));
    let busy = latency(args, folder, &often, &name, table)?;
    let ratio = busy / calm;
    table
        .add(&name, "p99 with checkpoints, to without", ratio, "")
        .bar("at most 2");
    restart(args, folder, &name, table)
}

fn start(args: RecoverArgs, server: &Server, seconds: f64) -> anyhow::Result<Generator> {
    let sessions = args.sessions.div_ceil(CONNECTIONS);
    let mut generator = Generator::start(
        server,
        &[
            format!("--connections={CONNECTIONS}"),
            format!("--sessions={sessions}"),
            format!("--rate={}", args.rate),
            format!("--seconds={seconds}"),
            "--warm=2".to_owned(),
        ],
    )?;
    generator.wait_until_open()?;
    Ok(generator)
}

/// The p99 acknowledgement under a fixed rate.
fn latency(
    args: RecoverArgs,
    folder: &Path,
    interval: &str,
    name: &str,
    table: &mut Table,
) -> anyhow::Result<f64> {
    let data = tempfile::tempdir_in(folder)?;
    let server = Server::playhead(data.path(), &[("PLAYHEAD_CHECKPOINT__INTERVAL", interval)])?;
    let seen = start(args, &server, args.seconds)?.finish()?;
    let resident = clock::resident_of(&server.pid().to_string())?;
    let figure = |name: &str| number(&seen, name);
    let (p50, p99) = (figure("p50_us")?, figure("p99_us")?);
    let label = match interval {
        NEVER => "no checkpoint".to_owned(),
        _ => format!("a checkpoint every {interval}"),
    };
    table.add(name, &format!("acknowledgement, p50, {label}"), p50, "us");
    table.add(name, &format!("acknowledgement, p99, {label}"), p99, "us");
    table.add(
        name,
        &format!("slowest, {label}"),
        figure("largest_us")?,
        "us",
    );
    let cpu = figure("server_cpu_us")? / figure("acknowledged")?;
    table.add(name, &format!("server CPU a ping, {label}"), cpu, "us");
    let sessions = args.sessions as f64;
    let label = format!("resident memory of the server a session, {label}");
    table.add(name, &label, resident as f64 / sessions, "bytes");
    Ok(p99)
}

fn number(seen: &Value, name: &str) -> anyhow::Result<f64> {
    seen[name]
        .as_f64()
        .with_context(|| format!("{name} is missing: {seen}"))
}

/// The time from the start of the process to readiness.
fn restart(args: RecoverArgs, folder: &Path, name: &str, table: &mut Table) -> anyhow::Result<()> {
    let data = tempfile::tempdir_in(folder)?;
    let server = Server::playhead(data.path(), &[])?;
    let generator = start(args, &server, 3_600.0)?;
    thread::park_timeout(Duration::from_secs_f64(args.seconds));
    server.kill()?;
    generator.stop()?;
    let begin = clock::now();
    let server = Server::playhead(data.path(), &[])?;
    let ready = begin.elapsed();
    let cpu = clock::process_cpu(server.pid())?;
    table
        .add(name, "ready after kill -9", ready.as_secs_f64(), "s")
        .bar("at most 10");
    table.add(name, "server CPU until ready", cpu.as_secs_f64(), "s");
    Ok(())
}
