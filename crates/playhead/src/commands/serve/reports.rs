//! Reports over the sessions of the server that starts.

use std::sync::Arc;

use playhead_config::Config;
use playhead_engine::cell::Cell;
use playhead_engine::columnar::{Cache, Sessions};
use playhead_server::cell::Handle;
use playhead_server::console::{Engine, Names, OwnReports, ReportLimits, Reports, SessionReports};
use tokio::sync::watch;

use super::options::bytes;

pub(super) fn open(
    config: &Config,
    cell: &Cell,
    handle: &Handle,
    own: &watch::Receiver<OwnReports>,
    names: &watch::Receiver<Names>,
) -> Reports {
    let engine = Engine {
        cell: handle.clone(),
        closing: cell.closing(),
        log: cell.log().clone(),
        own: own.clone(),
        names: names.clone(),
    };
    let cache = Cache::new(bytes(config.reports.cache_max));
    let words_max = bytes(config.reports.memory_max);
    let sessions = Sessions::new(cell.store().clone(), Arc::new(engine), cache, words_max);
    let backend = SessionReports {
        cell: handle.clone(),
        sessions: Arc::new(sessions),
        own: own.clone(),
        names: names.clone(),
    };
    let limits = ReportLimits {
        running_max: config.reports.running_max,
        waiting_max: config.reports.waiting_max,
    };
    let own = own.clone();
    Reports::new(Arc::new(backend), limits, move || own.borrow().time_max)
}
