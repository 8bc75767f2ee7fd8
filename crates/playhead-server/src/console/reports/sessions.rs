//! Reports over the sessions of this server.

use std::sync::Arc;
use std::time::Duration;

use playhead_engine::columnar::Sessions;
use playhead_model::catalog::Segment;
use playhead_model::report::{Answer, Backend, ReportError, Request, Stop};
use playhead_query::{Limits, OwnFormula, Surroundings};
use tokio::sync::watch;

use crate::cell::Handle;
use crate::console::Names;

/// What the settings say about reports; it may change while they are asked for.
#[derive(Clone, Debug, Default)]
pub struct OwnReports {
    pub segments: Vec<Segment>,
    pub formulas: Vec<OwnFormula>,
    /// How long a report may run.
    pub time_max: Duration,
    pub threads: usize,
    /// Open sessions of a suite that a report takes along.
    pub open_max: usize,
}

/// Answers over the sessions of this server.
#[derive(Debug)]
pub struct SessionReports {
    pub cell: Handle,
    pub sessions: Arc<Sessions>,
    pub own: watch::Receiver<OwnReports>,
    pub names: watch::Receiver<Names>,
}

impl Backend for SessionReports {
    fn report(&self, request: &Request, stop: Stop<'_>) -> Result<Answer, ReportError> {
        let ended = |error: crate::cell::Ended| ReportError::Unavailable(error.to_string());
        let now = self.cell.ask_waiting(|cell| cell.now()).map_err(ended)?;
        let own = self.own.borrow().clone();
        let names = self.names.borrow().clone();
        let mut request = request.clone();
        let zone = || names.time_zone(&request.suite).to_owned();
        request.zone = Some(request.zone.clone().unwrap_or_else(zone));
        let surroundings = Surroundings {
            limits: Limits {
                threads: own.threads,
                ..Limits::default()
            },
            segments: own.segments,
            formulas: own.formulas,
            now: i64::try_from(now.0).unwrap_or(i64::MAX),
            ..Surroundings::default()
        };
        playhead_query::run(&*self.sessions, &request, &surroundings, stop)
    }
}
