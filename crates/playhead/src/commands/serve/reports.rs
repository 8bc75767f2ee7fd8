//! Reports and SQL over the sessions of the server that starts.

use std::sync::Arc;

use playhead_config::Config;
use playhead_engine::cell::Cell;
use playhead_engine::columnar::{Cache, Sessions};
use playhead_server::cell::Handle;
use playhead_server::console::{Engine, Names, OwnReports, Reports, SessionReports, TurnLimits};
use playhead_sql::{Limits, Queries};
use tokio::sync::watch;

use super::memory;
use super::options::bytes;

/// The sessions of this server, to be asked.
pub(super) fn sessions(
    config: &Config,
    cell: &Cell,
    handle: &Handle,
    own: &watch::Receiver<OwnReports>,
    names: &watch::Receiver<Names>,
) -> Arc<Sessions> {
    let engine = Engine {
        cell: handle.clone(),
        closing: cell.closing(),
        log: cell.log().clone(),
        own: own.clone(),
        names: names.clone(),
    };
    let cache_max = config.reports.cache_max.unwrap_or_else(cache_max);
    let cache = Cache::new(bytes(cache_max));
    let words_max = bytes(config.reports.memory_max);
    let sessions = Sessions::new(cell.store().clone(), Arc::new(engine), cache, words_max);
    Arc::new(sessions)
}

/// A quarter of the memory that there is: columns of ten million sessions take about 1 GiB.
fn cache_max() -> u64 {
    const LEAST: u64 = 512 << 20;
    memory::bytes().map_or(LEAST, |memory| (memory / 4).max(LEAST))
}

pub(super) fn open(
    config: &Config,
    sessions: &Arc<Sessions>,
    handle: &Handle,
    own: &watch::Receiver<OwnReports>,
    names: &watch::Receiver<Names>,
) -> Reports {
    let backend = SessionReports {
        cell: handle.clone(),
        sessions: sessions.clone(),
        own: own.clone(),
        names: names.clone(),
    };
    let limits = TurnLimits {
        running_max: config.reports.running_max,
        waiting_max: config.reports.waiting_max,
    };
    let own = own.clone();
    Reports::new(Arc::new(backend), limits, move || own.borrow().time_max)
}

/// SQL, whose limits may change.
pub(super) fn queries(
    config: &Config,
    sessions: &Arc<Sessions>,
    limits: watch::Receiver<Limits>,
) -> Queries {
    let sql = &config.sql;
    let turns = TurnLimits {
        running_max: sql.running_max,
        waiting_max: sql.waiting_max,
    };
    Queries::new(sessions.clone(), turns, move || *limits.borrow())
}
