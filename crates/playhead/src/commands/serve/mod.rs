//! `playhead serve`: runs the collector, the session engine and the console in one process.
//!
//! Staged: all settings are read, then the listeners are bound, then the data folder is opened and
//! replayed, then requests are taken. It ends in the opposite order.

pub(super) mod admin;
mod listen;
mod memory;
mod options;
mod reload;
mod reports;

use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use anyhow::Context;
use playhead_engine::aside;
use playhead_engine::cell::Cell;
use playhead_engine::clock::Clock;
use playhead_sender::Lookup;
use playhead_server::console::{self, Console};
use playhead_server::door::{self, Phase};
use playhead_sql::Postgres;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use tokio::sync::{oneshot, watch};

use crate::cli::{self, ServeArgs};
use crate::{output, page, settings, telemetry};

use listen::Listeners;
use reload::Reloader;

pub(crate) fn run(args: ServeArgs) -> anyhow::Result<ExitCode> {
    let sources = args.settings.sources();
    let settings = settings::load(&sources)?;
    let config = settings.config.clone();
    // While the data folder is opened nothing can be read anew: it is done afterwards.
    let signals = Signals::new([SIGHUP]).context("signals cannot be handled")?;
    let level = telemetry::start(&config.telemetry)?;
    let lookup = Lookup::new(&options::sender(&config))?;

    let clock = Clock::system();
    let listeners = Listeners::open(&config, clock.now().0 / 1000)?;
    let clock = match args.clock {
        cli::Clock::System => clock,
        cli::Clock::Manual => Clock::Manual(Default::default()),
    };
    let waiting = listeners.console.try_clone()?;
    let (started, has_started) = oneshot::channel();
    let starting = thread::Builder::new()
        .name("starting".into())
        .spawn(move || console::run_while_starting(waiting, page::FILES, has_started))?;
    let opened = Cell::open(options::cell(&config), options::policy(&config), clock);
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
    let (names, known_names) = watch::channel(options::names(&config));
    let (own, known_own) = watch::channel(options::own_reports(&config)?);
    let (sql, known_sql) = watch::channel(options::sql_limits(&config));
    let (changer, changes) = door::changes();
    let reloader = Arc::new(Reloader {
        sources,
        door: changer,
        names,
        own,
        sql,
        certificate: listeners.certificate.clone(),
        level,
        settings: settings.into(),
    });
    let sessions = reports::sessions(&config, &cell, &handle, &known_own, &known_names);
    let reports = reports::open(&config, &sessions, &handle, &known_own, &known_names);
    let queries = Arc::new(reports::queries(&config, &sessions, known_sql));
    let console = Console {
        cell: handle,
        log: cell.log().clone(),
        store: cell.store().clone(),
        closing: cell.closing(),
        commits: cell.commits().clone(),
        sessions: sessions.clone(),
        live: cell.live(),
        phase: watched.clone(),
        names: known_names.clone(),
        handshakes: listeners.handshakes.clone(),
        reports: Arc::new(reports),
        sql: queries.clone(),
        own: known_own,
        about: Arc::new(options::about(&config, &listeners.door_url, args.clock)),
        page: page::FILES,
        version: env!("CARGO_PKG_VERSION"),
    };
    follow_signals(signals, phase, reloader.clone())?;
    admin::listen(&config.data, reloader);
    listeners.announce()?;

    let guard = options::guard(&config, known_names);
    let postgres = Postgres {
        queries,
        token: guard.token.clone(),
        tls: listeners.postgres_tls,
        connections_max: config.postgres.connections_max,
    };
    let (end_postgres, postgres_ends) = watch::channel(false);
    let postgres = listeners.postgres.map(|listener| {
        aside::spawn_console("postgres", move || postgres.run(listener, postgres_ends))
    });
    let postgres = postgres.transpose()?;
    let console = aside::spawn_console("console", move || {
        console::run(listeners.console, console, guard)
    })?;
    let options = options::door(&config, args.clock);
    let ended = door::run(
        cell,
        listeners.door,
        options,
        lookup,
        questions,
        changes,
        watched,
    );
    let console_ended = console.join();
    end_postgres.send_replace(true);
    let postgres_ended = postgres.map(thread::JoinHandle::join).transpose();
    ended.map_err(anyhow::Error::from_boxed)?;
    console_ended.map_err(|_| anyhow::anyhow!("the console panicked"))??;
    let postgres_ended =
        postgres_ended.map_err(|_| anyhow::anyhow!("a Postgres listener panicked"));
    postgres_ended?.transpose()?;
    Ok(ExitCode::SUCCESS)
}

/// SIGHUP reads the settings anew. Of the others the first drains, the second ends the process at
/// once.
fn follow_signals(
    mut signals: Signals,
    phase: watch::Sender<Phase>,
    reloader: Arc<Reloader>,
) -> anyhow::Result<()> {
    for signal in [SIGINT, SIGTERM] {
        let added = signals.add_signal(signal);
        added.context("signals cannot be handled")?;
    }
    thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            for signal in signals.forever() {
                let is_draining = *phase.borrow() == Phase::Draining;
                match signal {
                    SIGHUP if is_draining => {}
                    SIGHUP => drop(reloader.reload()),
                    _ if is_draining => {
                        output::complain(
                            "second signal: ending at once; nothing acknowledged is lost",
                        );
                        std::process::exit(1);
                    }
                    _ => drop(phase.send_replace(Phase::Draining)),
                }
            }
        })?;
    Ok(())
}
