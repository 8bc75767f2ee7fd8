//! All records of one session, found without a search: each names the one before it.

use playhead_log::{ReadError, Reader};
use playhead_model::ids::{EventRef, LogPosition, SessionId};
use playhead_model::record::Record;
use playhead_session::explain::{Received, Way};

use crate::bodies;

/// One record of a session, as it lies in the log.
#[derive(Clone, Debug)]
pub struct Stored {
    pub position: LogPosition,
    pub bytes: Vec<u8>,
}

impl Stored {
    /// The record. Damage was ruled out by its checksum, so `None` means a newer version's record.
    pub fn record(&self) -> Option<Record<'_>> {
        Record::decode(&self.bytes)
    }
}

/// Why the records of a session cannot be given.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    #[error("the log no longer holds all events of this session")]
    Retired,
    #[error("the log cannot be read")]
    Read(#[source] ReadError),
    #[error("the log no longer holds the events of this session: at {0:?} lies something else")]
    Foreign(LogPosition),
}

/// The records of a session in the order of the log, from its last one backwards.
///
/// # Errors
/// If the log no longer holds all of them.
pub fn records(
    log: &Reader,
    sid: SessionId,
    tail: LogPosition,
) -> Result<Vec<Stored>, HistoryError> {
    let mut found = Vec::new();
    let mut position = tail;
    loop {
        let bytes = bodies::read(log, position).map_err(|error| match error {
            ReadError::Retired { .. } => HistoryError::Retired,
            other => HistoryError::Read(other),
        })?;
        let stored = Stored { position, bytes };
        // A log that lost its end uses positions again: a record there is another session's.
        let record = stored.record().filter(|record| record.sid() == Some(sid));
        let previous = match record {
            Some(Record::Event { previous, .. } | Record::Repeat { previous, .. }) => {
                Some(previous)
            }
            Some(Record::Start { .. } | Record::Batch { .. }) => None,
            _ => return Err(HistoryError::Foreign(position)),
        };
        found.push(stored);
        match previous {
            Some(previous) => position = previous,
            None => break,
        }
    }
    found.reverse();
    Ok(found)
}

/// The events of a session in the order of the log, and where each of them lies.
#[derive(Clone, Debug, Default)]
pub struct Events<'a> {
    pub received: Vec<Received<'a>>,
    /// The record of each, and its place in there.
    pub places: Vec<(LogPosition, u32)>,
}

impl<'a> Events<'a> {
    /// The events in some records of one session, from its first on.
    pub fn of(records: &'a [Stored]) -> Self {
        let mut events = Self::default();
        for record in records {
            events.add(record);
        }
        events
    }

    fn add(&mut self, stored: &'a Stored) {
        let position = stored.position;
        let event_ref = EventRef(position.0);
        let alone = |at, body| Received {
            event_ref,
            at,
            body,
            way: Way::Alone,
        };
        match stored.record() {
            Some(Record::Start { at, body, .. }) => self.push(position, 0, alone(at, body)),
            Some(Record::Event { at, body, .. }) => self.push(position, 0, alone(at, body.bytes())),
            Some(Record::Batch { at, bodies, .. }) => {
                for (number, body) in (0..).zip(bodies) {
                    let received = Received {
                        event_ref: EventRef(number.into()),
                        at,
                        body,
                        way: Way::InBatch,
                    };
                    self.push(position, number, received);
                }
            }
            // It has the bodies of what it repeats, which comes first.
            Some(Record::Repeat { at, events, .. }) => {
                for number in 0..events {
                    let Some(&first) = self.received.get(number as usize) else {
                        break;
                    };
                    let received = Received {
                        event_ref,
                        at,
                        way: Way::Repeated,
                        ..first
                    };
                    self.push(position, number, received);
                }
            }
            _ => {}
        }
    }

    fn push(&mut self, position: LogPosition, number: u32, received: Received<'a>) {
        self.received.push(received);
        self.places.push((position, number));
    }
}
