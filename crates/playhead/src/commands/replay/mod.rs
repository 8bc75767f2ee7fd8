//! `playhead replay`: sessions computed anew from the log, against those that are stored.

mod stored;
mod tally;

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use playhead_engine::core::Limits;
use playhead_engine::replay::Replay;
use playhead_model::rules::Change;

use crate::cli::ReplayArgs;
use crate::exit::UsageError;
use crate::{exit, output, settings};
use stored::{Files, Own, Stored};
use tally::Tally;

pub(crate) fn run(args: ReplayArgs) -> anyhow::Result<ExitCode> {
    let sources = settings::sources(None, args.data);
    let data = playhead_config::load(&sources)?.config.data;
    let changes = args.set.iter().map(|text| Change::parse(text));
    let changes: Result<Vec<Change>, _> = changes.collect();
    let changes = changes.map_err(|error| UsageError(error.to_string()))?;
    let has_other_rules = !changes.is_empty();

    let mut own = match args.write {
        true => Some(Own::open(&data)?),
        false => None,
    };
    let stored = match &own {
        Some(own) => Stored::Own(own.reader()),
        None => Stored::Beside(Files::open(&data)?),
    };
    // Opened before the log: what the store has, the log has too.
    let snapshot = stored.snapshot();
    let mut replay = Replay::open(&data, Limits::default(), changes)
        .with_context(|| format!("{} cannot be replayed", data.display()))?;
    let mut tally = Tally::new(&snapshot, has_other_rules, args.limit);
    let mut rewrite = own.as_mut().map(Own::rewrite);
    let mut progress = Progress::new();
    loop {
        let closed = replay.go_on()?;
        if closed.is_empty() {
            break;
        }
        let mut found = stored.of(&closed)?;
        let mut rows = Vec::with_capacity(closed.len());
        for mut session in closed {
            let known = found.remove(&session.rows.session.sid);
            let counts = tally.add(&session, known.as_deref());
            if let Some(known) = &known {
                stored::keep_moment(&mut session.rows, &known.session);
            }
            if counts {
                stored::leave_out_aged(&mut session.rows, &snapshot.cuts);
                rows.push(Arc::new(session.rows));
            }
        }
        if let Some(rewrite) = &mut rewrite {
            rewrite.put(&rows)?;
        }
        progress.show(replay.done());
    }
    progress.end();
    tally.end(&replay, &stored)?;
    let generation = match rewrite {
        Some(rewrite) => Some(rewrite.finish()?),
        None => None,
    };
    if args.json {
        output::print_json(&tally.json(generation))?;
    } else {
        output::print(&tally.text(generation))?;
    }
    let is_wrong = tally.has_differences() && !has_other_rules && generation.is_none();
    Ok(ExitCode::from(if is_wrong { exit::FOUND } else { 0 }))
}

/// How far it has come, for someone who watches.
struct Progress {
    percent: Option<u64>,
    is_watched: bool,
}

impl Progress {
    fn new() -> Self {
        Self {
            percent: None,
            is_watched: std::io::stderr().is_terminal(),
        }
    }

    fn show(&mut self, done: f64) {
        let percent = (done * 100.0) as u64;
        if self.is_watched && self.percent != Some(percent) {
            self.percent = Some(percent);
            const WIDTH: usize = 40;
            let bar = "#".repeat(WIDTH * percent as usize / 100);
            // Nobody is left to tell if this fails.
            drop(write!(std::io::stderr(), "\r[{bar:WIDTH$}] {percent} %"));
        }
    }

    fn end(&self) {
        if self.percent.is_some() {
            drop(write!(std::io::stderr(), "\r{:60}\r", ""));
        }
    }
}
