//! `playhead serve`: runs the collector, the session engine and the console in one process.
//!
//! Staged: all settings are read, then the listeners are bound, then the data folder is opened and
//! replayed, then requests are taken. It ends in the opposite order.

use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use playhead_config::{Ack, BitrateUnit, Config, Profile, Suites};
use playhead_engine::cell::{Cell, CellOptions};
use playhead_engine::clock::Clock;
use playhead_engine::core::Limits;
use playhead_engine::intake::{Policy, SuitePolicy};
use playhead_model::rules::{self, Rules};
use playhead_sender::Lookup;
use playhead_server::console::{self, Console, Guard};
use playhead_server::door::{self, Phase};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use tokio::sync::{oneshot, watch};

use crate::cli::{self, ServeArgs};
use crate::{output, telemetry};

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 4_096;

pub(crate) fn run(args: ServeArgs) -> anyhow::Result<ExitCode> {
    let config = playhead_config::load(&args.settings.sources())?.config;
    telemetry::start(&config.telemetry)?;
    let lookup = Lookup::new(&sender_options(&config))?;

    let listener = bind(config.listen).context("the public door cannot be opened")?;
    let console_listener = bind(config.console.listen).context("the console cannot be opened")?;
    let clock = match args.clock {
        cli::Clock::System => Clock::system(),
        cli::Clock::Manual => Clock::Manual(Default::default()),
    };
    let waiting = console_listener.try_clone()?;
    let (started, has_started) = oneshot::channel();
    let starting = thread::Builder::new()
        .name("starting".into())
        .spawn(move || console::run_while_starting(waiting, has_started))?;
    let opened = Cell::open(cell_options(&config), policy(&config), clock);
    drop(started);
    starting
        .join()
        .map_err(|_| anyhow::anyhow!("the console panicked"))??;
    let (cell, recovered) = opened?;
    tracing::info!(
        torn_bytes = recovered.torn_bytes,
        checkpoint = recovered.checkpoint.map(|position| position.0),
        records = recovered.records,
        open_sessions = recovered.open_sessions,
        "recovered"
    );

    let (phase, watched) = watch::channel(Phase::Running);
    let (handle, questions) = playhead_server::cell::handle();
    let console = Console {
        cell: handle,
        log: cell.log().clone(),
        store: cell.store().clone(),
        closing: cell.closing(),
        phase: watched.clone(),
        suites: config.suites.keys().cloned().collect(),
        version: env!("CARGO_PKG_VERSION"),
    };
    let guard = Guard {
        token: config
            .console
            .token
            .as_ref()
            .map(|token| token.expose().to_owned()),
        hosts: config.console.hosts.clone(),
    };
    drain_on_signal(phase)?;
    announce(&listener, &console_listener)?;

    let console = thread::Builder::new()
        .name("console".into())
        .spawn(move || console::run(console_listener, console, guard))?;
    let options = door_options(&config, args.clock);
    let ended = door::run(cell, listener, options, lookup, questions, watched);
    let console_ended = console.join();
    ended.map_err(anyhow::Error::from_boxed)?;
    console_ended.map_err(|_| anyhow::anyhow!("the console panicked"))??;
    Ok(ExitCode::SUCCESS)
}

fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    use socket2::{Domain, Socket, Type};
    let bind = || {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        Ok::<_, std::io::Error>(socket.into())
    };
    bind().with_context(|| format!("cannot listen on {address}"))
}

/// The first line on standard output: the addresses in use, for whoever asked for free ports.
fn announce(door: &TcpListener, console: &TcpListener) -> anyhow::Result<()> {
    let (door, console) = (door.local_addr()?, console.local_addr()?);
    output::print(&format!(
        "listening on http://{door} console http://{console}\n"
    ))
}

/// The first signal drains, the second ends the process at once.
fn drain_on_signal(phase: watch::Sender<Phase>) -> anyhow::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM]).context("signals cannot be handled")?;
    thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            let mut received = signals.forever();
            if received.next().is_some() {
                phase.send_replace(Phase::Draining);
            }
            if received.next().is_some() {
                output::complain("second signal: ending at once; nothing acknowledged is lost");
                std::process::exit(1);
            }
        })?;
    Ok(())
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn bytes(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn cell_options(config: &Config) -> CellOptions {
    CellOptions {
        data: config.data.clone(),
        limits: Limits {
            open_max: config.sessions.open_max,
            suites_max: config.door.suites_max,
            ..Limits::default()
        },
        sync: config.log.ack == Ack::Synced,
        segment_bytes: config.log.segment_bytes,
        log_age_max_ms: config.log.max_age.map(milliseconds),
        log_bytes_max: config.log.max_bytes,
        free_min_bytes: config.log.free_min,
        refused_samples: config.door.refused_samples,
        checkpoint_ms: milliseconds(config.checkpoint.interval),
    }
}

fn door_options(config: &Config, clock: cli::Clock) -> door::Options {
    door::Options {
        connections_max: config.door.connections_max,
        body_event_max: bytes(config.door.body_event_max),
        body_array_max: bytes(config.door.body_array_max),
        header_timeout: config.door.header_timeout,
        body_timeout: config.door.body_timeout,
        in_flight_bytes_max: bytes(config.door.in_flight_bytes_max),
        shutdown_deadline: config.shutdown.deadline,
        ticks: clock == cli::Clock::System,
    }
}

fn policy(config: &Config) -> Policy {
    let of = |suite: &playhead_config::Suite| SuitePolicy {
        profile: match suite.profile {
            Profile::Lenient => playhead_wire::Profile::Lenient,
            Profile::Strict => playhead_wire::Profile::Strict,
        },
        rules: Rules {
            bitrate_unit: match suite.bitrate_unit {
                BitrateUnit::Kbps => rules::BitrateUnit::Kbps,
                BitrateUnit::Bps => rules::BitrateUnit::Bps,
            },
            ..Rules::default()
        },
    };
    Policy {
        default: of(&config.suite("")),
        suites: config
            .suites
            .iter()
            .map(|(id, suite)| (id.clone(), of(suite)))
            .collect(),
        allowed: match &config.door.suites {
            Suites::Any => None,
            Suites::Only(suites) => Some(suites.iter().cloned().collect()),
        },
        dedupe_starts: config.starts.dedupe,
    }
}

fn sender_options(config: &Config) -> playhead_sender::Options {
    let door = &config.door;
    playhead_sender::Options {
        trusted_proxies: door.trusted_proxies.clone(),
        address_bits_v4: door.address_bits_v4,
        address_bits_v6: door.address_bits_v6,
        geo_files: door.geo_file.iter().cloned().collect(),
    }
}
