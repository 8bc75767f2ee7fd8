//! A session between its close and the store.

use std::sync::atomic::{AtomicU64, Ordering};

use playhead_log::Reader;
use playhead_model::ids::LogPosition;
use playhead_model::row::{Rows, Stamp};
use playhead_model::rules::Rules;
use playhead_model::time::ReceivedMs;
use playhead_session::row;
use playhead_store::ClosedSession;

use crate::bodies::{self, LogBodies};
use crate::core::{Open, Origin, Tag};

/// A session that is closed but not stored yet.
#[derive(Debug)]
pub struct Closing {
    pub open: Box<Open>,
    pub rules: Rules,
    pub tag: Tag,
    /// Where in the log it was found closed, and when.
    pub(super) closed: (LogPosition, ReceivedMs),
    /// Position of its last record: records come behind the close too.
    pub(super) tail: AtomicU64,
}

impl Closing {
    pub(crate) fn new(
        open: Box<Open>,
        rules: Rules,
        tag: Tag,
        closed: (LogPosition, ReceivedMs),
    ) -> Self {
        let tail = AtomicU64::new(open.tail.0);
        Self {
            open,
            rules,
            tag,
            closed,
            tail,
        }
    }

    /// Position of its last record.
    pub fn tail(&self) -> LogPosition {
        LogPosition(self.tail.load(Ordering::Relaxed))
    }

    /// The session's rows.
    pub fn rows(&self, log: &Reader) -> Rows {
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
        rows.stamp(&Stamp {
            start: self.open.start,
            tail: self.open.tail,
            close: self.closed.0,
            closed_at: self.closed.1,
            rules: self.open.rules,
            is_batch: self.open.origin == Origin::Batch,
        });
        rows
    }

    pub(super) fn stored(&self, rows: &Rows) -> ClosedSession {
        let session = &self.open.session;
        ClosedSession {
            sid: self.open.sid,
            suite: self.tag.suite.clone(),
            player: self.tag.player.clone(),
            started_at: session.started_at(),
            last_at: session.last_at(),
            close_reason: session.closed().and_then(|closed| closed.reason),
            start: self.open.start,
            tail: self.tail(),
            rules: self.rules,
            is_batch: self.open.origin == Origin::Batch,
            answer: rows.answer().to_string(),
        }
    }
}
