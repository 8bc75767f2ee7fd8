//! A session between its close and the store.

use playhead_log::Reader;
use playhead_model::ids::LogPosition;
use playhead_model::row::{Rows, Stamp, of};
use playhead_model::rules::Rules;
use playhead_model::time::ReceivedMs;
use playhead_session::row;

use crate::bodies::{self, LogBodies};
use crate::core::{Core, Open, Origin, Tag};
use crate::events;

/// A session that is closed but not stored yet.
#[derive(Debug)]
pub struct Closing {
    pub open: Box<Open>,
    pub rules: Rules,
    pub tag: Tag,
    /// No record behind this is part of it.
    until: LogPosition,
    /// Where in the log it was found closed, and when.
    pub(super) closed: (LogPosition, ReceivedMs),
}

impl Closing {
    /// What `core` gave, found closed at its last record.
    pub(crate) fn new(core: &Core, (open, until): (Box<Open>, LogPosition)) -> Self {
        Self {
            rules: *core.rules(open.rules).expect("a session's rules are known"),
            tag: core.ledger().tag(open.tag).clone(),
            closed: (core.position().unwrap_or_default(), core.now()),
            open,
            until,
        }
    }

    /// The session's rows, without its events.
    pub fn rows(&self, log: &Reader) -> Rows {
        let mut rows = self.unstamped(log);
        rows.stamp(&self.stamp());
        rows
    }

    /// The session's rows, as they are stored. Events that the log no longer has are left out.
    pub(crate) fn all_rows(&self, log: &Reader) -> Rows {
        let mut rows = self.unstamped(log);
        match events::of_session(log, self, &rows.session.report_suite) {
            Ok(mut events) => {
                events.retain(|event| event.position <= of(self.until));
                rows.events = events;
            }
            Err(error) => tracing::warn!(error, "the events of a session are not stored"),
        }
        rows.stamp(&self.stamp());
        if let Some(last) = rows.events.last() {
            rows.session.tail_position = last.position;
        }
        rows
    }

    fn unstamped(&self, log: &Reader) -> Rows {
        let bodies = LogBodies::of(log, &self.open);
        let mut rows = row::rows(
            self.open.identity(),
            &self.open.session,
            &self.rules,
            &bodies,
        );
        if let Some(sender) = bodies::sender(log, self.open.start) {
            rows.add_sender(&sender);
        }
        rows
    }

    fn stamp(&self) -> Stamp {
        Stamp {
            start: self.open.start,
            tail: self.open.tail,
            close: self.closed.0,
            closed_at: self.closed.1,
            rules: self.open.rules,
            is_batch: self.open.origin == Origin::Batch,
        }
    }
}
