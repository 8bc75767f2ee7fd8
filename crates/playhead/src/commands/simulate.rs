//! `playhead simulate`: seeded, realistic traffic to a server, with some players that do it wrong.

use std::fs;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use playhead_engine::clock::Clock;
use playhead_simulator::drive::{Drive, Pace, send_past};
use playhead_simulator::{Misfits, Options, Plan, Request, geo_file, merged};

use crate::cli::SimulateArgs;
use crate::exit::UsageError;
use crate::output;

/// Connections that the traffic goes over.
const CONNECTIONS: usize = 16;
/// One session in so many is of a player that breaks the protocol.
const GOOD_ONES: u64 = 8;
const HOUR_MS: u64 = 3_600_000;

pub(crate) fn run(args: SimulateArgs) -> anyhow::Result<ExitCode> {
    if !(args.speed > 0.0 && args.speed.is_finite()) {
        return Err(UsageError("--speed is a number above 0".into()).into());
    }
    if let Some(path) = &args.geo_file {
        return write_geo_file(path);
    }
    let door = address(args.target.as_deref().unwrap_or_default())?;
    match (args.past, &args.console) {
        (Some(hours), Some(console)) => past(&args, hours, door, address(console)?),
        _ => present(&args, door),
    }
}

fn write_geo_file(path: &Path) -> anyhow::Result<ExitCode> {
    fs::write(path, geo_file()).with_context(|| format!("can't write {}", path.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Sends what happened in the past hours, up to now.
fn past(
    args: &SimulateArgs,
    hours: u64,
    door: SocketAddr,
    console: SocketAddr,
) -> anyhow::Result<ExitCode> {
    let length_ms = hours.saturating_mul(HOUR_MS);
    let begin_ms = Clock::system().now().0.saturating_sub(length_ms);
    let requests =
        requests(args, usize::MAX, begin_ms).take_while(|request| request.at_ms < length_ms);
    let sent = send_past(requests, door, console, begin_ms)?;
    output::print(&format!("sent {sent} requests of {hours} h\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// Sends at the pace of the clock until all is sent, or the process is ended.
fn present(args: &SimulateArgs, door: SocketAddr) -> anyhow::Result<ExitCode> {
    let begin_ms = Clock::system().now().0;
    let sessions = args.sessions.unwrap_or(usize::MAX);
    let mut drive = Drive::of(requests(args, sessions, begin_ms), CONNECTIONS);
    // A connection that broke is made anew; one that cannot be made is the end.
    while !drive
        .run(door, Pace::Timed(args.speed))
        .with_context(|| format!("{door} does not answer"))?
    {}
    let acknowledged = drive.acknowledged();
    output::print(&format!("{acknowledged} requests were acknowledged\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// The traffic: viewers, and among them players that break the protocol.
fn requests(
    args: &SimulateArgs,
    sessions: usize,
    epoch_ms: u64,
) -> Box<dyn Iterator<Item = Request>> {
    let options = Options {
        sessions,
        starts_per_minute: args.starts,
        mean_duration_ms: 300_000,
        epoch_ms,
        titles: 60,
        viewers: 2_000,
        ..Options::default()
    };
    let good = Plan::new(args.seed, options).requests();
    if args.well_behaved {
        return Box::new(good);
    }
    let every_ms = (GOOD_ONES * 60_000 / args.starts).max(1_000);
    let last_ms = u64::try_from(sessions)
        .unwrap_or(u64::MAX)
        .saturating_mul(60_000)
        / args.starts;
    let bad = Misfits::new(args.seed, epoch_ms, every_ms)
        .take_while(move |request| request.at_ms <= last_ms);
    Box::new(merged(good, bad))
}

fn address(url: &str) -> anyhow::Result<SocketAddr> {
    let authority = url
        .strip_prefix("http://")
        .map(|rest| rest.trim_end_matches('/'))
        .filter(|rest| !rest.contains('/'))
        .ok_or_else(|| UsageError(format!("{url:?} is not http://HOST:PORT")))?;
    let mut found = authority
        .to_socket_addrs()
        .with_context(|| format!("{authority} is not known; is the port there?"))?;
    found
        .next()
        .ok_or_else(|| anyhow!("{authority} has no address"))
}
