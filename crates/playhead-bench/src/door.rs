//! Over HTTP: what an acknowledged request costs the server, beside a server that does nothing.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;

use crate::disk;
use crate::load::What;
use crate::server::{Generator, Server};
use crate::table::Table;

/// What to measure.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct DoorArgs {
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// Length of each measurement
    #[arg(long, default_value_t = 3.0)]
    pub(crate) seconds: f64,
    /// Only requests of this kind
    #[arg(long, value_enum)]
    pub(crate) what: Option<What>,
}

/// One comparison.
struct Case {
    name: &'static str,
    what: What,
    connections: usize,
    synced: bool,
    cpu_bar: Option<&'static str>,
    rate_bar: Option<&'static str>,
}

const CASES: [Case; 4] = [
    Case {
        name: "pings, 64 connections, fsync",
        what: What::Pings,
        connections: 64,
        synced: true,
        cpu_bar: Some("at most 1.5"),
        rate_bar: None,
    },
    Case {
        name: "pings, 1,024 connections, fsync",
        what: What::Pings,
        connections: 1024,
        synced: true,
        cpu_bar: Some("at most 1.5"),
        rate_bar: Some("at least 0.65"),
    },
    Case {
        name: "pings, 64 connections, ack = written",
        what: What::Pings,
        connections: 64,
        synced: false,
        cpu_bar: None,
        rate_bar: Some("at least 0.65"),
    },
    Case {
        name: "starts, 64 connections, fsync",
        what: What::Starts,
        connections: 64,
        synced: true,
        cpu_bar: Some("at most 2"),
        rate_bar: None,
    },
];

/// What one measurement of one subject gave.
#[derive(Clone, Copy, Debug)]
struct Sample {
    cpu_us: f64,
    rate: f64,
    p50_us: f64,
    p99_us: f64,
    own_us: f64,
}

impl Sample {
    fn read(seen: &Value) -> Option<Self> {
        let number = |name: &str| seen[name].as_f64();
        let acknowledged = number("acknowledged")?;
        Some(Self {
            cpu_us: number("server_cpu_us")? / acknowledged,
            rate: acknowledged / number("seconds")?,
            p50_us: number("p50_us")?,
            p99_us: number("p99_us")?,
            own_us: number("own_cpu_us")? / acknowledged,
        })
    }
}

/// Measures, and adds what came out to the table.
pub(crate) fn run(args: DoorArgs, folder: &Path, table: &mut Table) -> anyhow::Result<()> {
    let wanted = |case: &&Case| args.what.is_none_or(|what| what == case.what);
    for case in CASES.iter().filter(wanted) {
        let (mut idle, mut ours, mut syncs) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..args.rounds {
            idle.push(measure(&Server::noop()?, case, args, round)?);
            let data = tempfile::tempdir_in(folder)?;
            let ack = if case.synced { "synced" } else { "written" };
            let server = Server::playhead(data.path(), &[("PLAYHEAD_LOG__ACK", ack)])?;
            ours.push(measure(&server, case, args, round)?);
            drop(server);
            let disk = disk::measure(folder, Duration::from_secs_f64(args.seconds / 3.0))?;
            syncs.push((
                disk.count() as f64 * 3.0 / args.seconds,
                disk.quantile(0.5).as_nanos() as f64 / 1e3,
                disk.quantile(0.99).as_nanos() as f64 / 1e3,
            ));
        }
        report(case, &idle, &ours, &syncs, table);
    }
    Ok(())
}

fn measure(server: &Server, case: &Case, args: DoorArgs, round: usize) -> anyhow::Result<Sample> {
    let arguments = [
        format!("--what={}", case.what.name()),
        format!("--connections={}", case.connections),
        format!("--seconds={}", args.seconds),
        format!("--warm={}", (args.seconds / 3.0).min(1.0)),
        format!("--first-session={}", round * 100_000_000),
    ];
    let seen = Generator::start(server, &arguments)?.finish()?;
    Sample::read(&seen).with_context(|| format!("a figure is missing: {seen}"))
}

fn report(
    case: &Case,
    idle: &[Sample],
    ours: &[Sample],
    syncs: &[(f64, f64, f64)],
    table: &mut Table,
) {
    let name = case.name;
    let of = |samples: &[Sample], figure: fn(&Sample) -> f64| median(samples.iter().map(figure));
    let cpu = (
        of(ours, |sample| sample.cpu_us),
        of(idle, |sample| sample.cpu_us),
    );
    let rate = (
        of(ours, |sample| sample.rate),
        of(idle, |sample| sample.rate),
    );
    let figure = table.add(name, "server CPU, to the no-op", cpu.0 / cpu.1, "");
    if let Some(bar) = case.cpu_bar {
        figure.bar(bar);
    }
    table.add(name, "server CPU a request", cpu.0, "us");
    table.add(name, "server CPU a request, no-op", cpu.1, "us");
    let figure = table.add(name, "requests a second, to the no-op", rate.0 / rate.1, "");
    if let Some(bar) = case.rate_bar {
        figure.bar(bar);
    }
    table.add(name, "requests a second", rate.0, "/s");
    table.add(name, "requests a second, no-op", rate.1, "/s");
    table.add(
        name,
        "CPU of the generator a request",
        of(ours, |sample| sample.own_us),
        "us",
    );
    table.add(
        name,
        "acknowledgement, p50",
        of(ours, |sample| sample.p50_us),
        "us",
    );
    table.add(
        name,
        "acknowledgement, p99",
        of(ours, |sample| sample.p99_us),
        "us",
    );
    if case.synced {
        table.add(
            name,
            "bare fdatasync a second",
            median(syncs.iter().map(|sync| sync.0)),
            "/s",
        );
        table.add(
            name,
            "bare fdatasync, p50",
            median(syncs.iter().map(|sync| sync.1)),
            "us",
        );
        table.add(
            name,
            "bare fdatasync, p99",
            median(syncs.iter().map(|sync| sync.2)),
            "us",
        );
    }
}

pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
