//! Reports over the sessions of this server.

use std::sync::Arc;
use std::time::Duration;

use playhead_engine::columnar::Sessions;
use playhead_model::catalog::Segment;
use playhead_model::report::{
    Answer, Backend, ReportError, Request, SearchAnswer, SearchRequest, Stop,
};
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

impl SessionReports {
    /// What a question to a suite does not say itself.
    fn surroundings(&self, suite: &str) -> Result<Surroundings, ReportError> {
        let ended = |error: crate::cell::Ended| ReportError::Unavailable(error.to_string());
        let now = self.cell.ask_waiting(|cell| cell.now()).map_err(ended)?;
        let own = self.own.borrow().clone();
        let zone = self.names.borrow().time_zone(suite).to_owned();
        Ok(Surroundings {
            limits: Limits {
                threads: own.threads,
                ..Limits::default()
            },
            zones: vec![(suite.to_owned(), zone)],
            segments: own.segments,
            formulas: own.formulas,
            now: i64::try_from(now.0).unwrap_or(i64::MAX),
        })
    }
}

impl Backend for SessionReports {
    fn report(&self, request: &Request, stop: Stop<'_>) -> Result<Answer, ReportError> {
        let surroundings = self.surroundings(&request.suite)?;
        playhead_query::run(&*self.sessions, request, &surroundings, stop)
    }

    fn search(&self, request: &SearchRequest, stop: Stop<'_>) -> Result<SearchAnswer, ReportError> {
        let surroundings = self.surroundings(&request.suite)?;
        playhead_query::search(&*self.sessions, request, &surroundings, stop)
    }
}
