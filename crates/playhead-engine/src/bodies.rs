//! The bodies that a session refers to, read back from the log.

use std::borrow::Cow;

use playhead_log::{Position, ReadError, Reader};
use playhead_model::ids::{EventRef, LogPosition};
use playhead_model::record::{Record, Sender};
use playhead_model::row::Rows;
use playhead_model::rules::Rules;
use playhead_session::row::{self, Bodies};

use crate::core::{Open, Origin};

/// Bodies of one session.
#[derive(Debug)]
pub struct LogBodies<'a> {
    log: &'a Reader,
    /// The record of a session that came as one batch.
    batch: Option<Vec<u8>>,
}

impl<'a> LogBodies<'a> {
    /// The bodies of `open`.
    pub fn of(log: &'a Reader, open: &Open) -> Self {
        Self::new(log, open.start, open.origin == Origin::Batch)
    }

    /// The bodies of the session whose first record lies at `start`.
    pub fn new(log: &'a Reader, start: LogPosition, is_batch: bool) -> Self {
        Self {
            log,
            batch: is_batch.then(|| read(log, start).unwrap_or_default()),
        }
    }
}

impl Bodies for LogBodies<'_> {
    fn body(&self, event: EventRef) -> Option<Cow<'_, [u8]>> {
        if let Some(batch) = &self.batch {
            let Some(Record::Batch { bodies, .. }) = Record::decode(batch) else {
                return None;
            };
            return bodies
                .get(usize::try_from(event.0).ok()?)
                .map(|body| Cow::Borrowed(*body));
        }
        let record = read(self.log, LogPosition(event.0)).ok()?;
        let body = match Record::decode(&record)? {
            Record::Start { body, .. } => body.len(),
            Record::Event { body, .. } => body.bytes().len(),
            _ => return None,
        };
        // The body is the end of its record.
        Some(Cow::Owned(record[record.len() - body..].to_vec()))
    }
}

/// What the door found out about the sender of a session.
pub fn sender(log: &Reader, start: LogPosition) -> Option<Sender> {
    match Record::decode(&read(log, start).ok()?)? {
        Record::Start { sender, .. } | Record::Batch { sender, .. } => Some(sender),
        _ => None,
    }
}

/// The rows of an open session, as a close right now would give it.
pub fn rows_so_far(log: &Reader, open: &Open, rules: &Rules) -> Rows {
    let bodies = LogBodies::of(log, open);
    let session = open.session.so_far(rules);
    let mut rows = row::rows(open.identity(), &session, rules, &bodies);
    if let Some(sender) = sender(log, open.start) {
        rows.add_sender(&sender);
    }
    rows
}

/// The bytes of the record at `position`.
///
/// # Errors
/// If the log has it no longer, or it is damaged.
pub fn read(log: &Reader, position: LogPosition) -> Result<Vec<u8>, ReadError> {
    let mut payload = Vec::new();
    log.read_at(Position::new(position.0), &mut payload)?;
    Ok(payload)
}
