//! What the cell and the pump have beside the store.

use playhead_engine::bodies::rows_so_far;
use playhead_engine::columnar::{Live, OpenSet, Waiting};
use playhead_engine::core::Open;
use playhead_engine::pump::View;
use playhead_log::Reader;
use playhead_model::ids::{LogPosition, SLOTS};
use playhead_model::row::{Rows, Stamp};
use playhead_model::rules::Rules;
use playhead_query::SourceError;
use tokio::sync::watch;

use super::OwnReports;
use crate::cell::{Ended, Handle};
use crate::console::Names;

/// Open sessions looked at in one question, about: the door waits for no longer than that takes.
const LOOKED_AT: usize = 1_000;

/// The engine of this server.
#[derive(Debug)]
pub struct Engine {
    pub cell: Handle,
    pub closing: View,
    pub log: Reader,
    pub own: watch::Receiver<OwnReports>,
    pub names: watch::Receiver<Names>,
}

impl From<Ended> for SourceError {
    fn from(ended: Ended) -> Self {
        Self::Unavailable(ended.to_string())
    }
}

impl Live for Engine {
    fn suites(&self) -> Result<Vec<String>, SourceError> {
        let mut suites: Vec<String> = self
            .cell
            .ask_waiting(|cell| cell.core().suites().map(str::to_owned).collect())?;
        suites.extend(self.names.borrow().suites.keys().cloned());
        Ok(suites)
    }

    fn waiting(&self, suite: Option<&str>) -> Result<Waiting, SourceError> {
        let (position, closing) = self.closing.closed();
        let of_suite = closing
            .iter()
            .filter(|closing| suite.is_none_or(|suite| *closing.tag.suite == *suite));
        Ok(Waiting {
            position,
            rows: of_suite.map(|closing| closing.rows(&self.log)).collect(),
        })
    }

    fn open(&self, suite: Option<&str>, take: OpenSet<'_>) -> Result<LogPosition, SourceError> {
        let (position, count) = self.cell.ask_waiting(|cell| {
            let core = cell.core();
            (core.settled(), core.open_sessions())
        })?;
        let position = position.unwrap_or_default();
        let max = self.own.borrow().open_max;
        let slots = usize::from(SLOTS) * LOOKED_AT / count.max(1);
        let at_once = slots.clamp(1, usize::from(SLOTS));
        let mut taken = 0;
        for first in (0..SLOTS).step_by(at_once) {
            let slots = first..(usize::from(first) + at_once).min(usize::from(SLOTS)) as u16;
            let wanted = suite.map(str::to_owned);
            let open: Vec<(Open, Rules)> = self.cell.ask_waiting(move |cell| {
                let core = cell.core();
                let of_suite = core.sessions_of(slots).filter(|open| {
                    let suite = &core.ledger().tag(open.tag).suite;
                    open.start <= position && wanted.as_ref().is_none_or(|it| **it == **suite)
                });
                let with_rules =
                    of_suite.filter_map(|open| Some((open.clone(), *core.rules(open.rules)?)));
                with_rules.collect()
            })?;
            taken += open.len();
            if taken > max {
                return Err(too_many(suite, max));
            }
            let rows = open.iter().map(|(open, rules)| self.rows(open, rules));
            take(rows.collect())?;
        }
        Ok(position)
    }
}

fn too_many(suite: Option<&str>, max: usize) -> SourceError {
    SourceError::TooLarge {
        limit: "open sessions of a report, reports.open_max",
        message: match suite {
            Some(suite) => format!(
                "includeOpen: {suite:?} has more than {max} open sessions; ask for closed ones only"
            ),
            None => format!(
                "there are more than {max} open sessions; ask for closed ones only, or for a \
                 report of one suite"
            ),
        },
    }
}

impl Engine {
    /// The rows of an open session, which closes nowhere yet.
    fn rows(&self, open: &Open, rules: &Rules) -> Rows {
        let mut rows = rows_so_far(&self.log, open, rules);
        rows.stamp(&Stamp {
            start: open.start,
            tail: open.tail,
            close: LogPosition(u64::MAX),
            closed_at: open.session.last_at(),
            rules: open.rules,
            is_batch: false,
        });
        rows
    }
}
