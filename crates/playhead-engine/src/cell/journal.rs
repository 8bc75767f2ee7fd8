//! The end of the log, where the intake appends.

use playhead_log::Writer;
use playhead_model::ids::LogPosition;
use playhead_model::record::Record;

use crate::intake::Journal;

/// Appends to the log, and keeps what is appended until it is durable and applied.
#[derive(Debug)]
pub(super) struct LogJournal {
    pub(super) writer: Writer,
    pub(super) bytes: Vec<u8>,
    /// Where each waiting record lies in the log, and where it ends in `bytes`.
    pub(super) waiting: Vec<(LogPosition, usize)>,
}

impl LogJournal {
    /// The last record of a session that readers of the log can have: `tail`, or one before it
    /// where that waits for the commit.
    pub(super) fn committed(&self, mut tail: LogPosition) -> LogPosition {
        while let Ok(place) = self.waiting.binary_search_by_key(&tail, |(it, _)| *it) {
            let begin = place
                .checked_sub(1)
                .map_or(0, |before| self.waiting[before].1);
            let bytes = &self.bytes[begin..self.waiting[place].1];
            match Record::decode(bytes) {
                Some(Record::Event { previous, .. } | Record::Repeat { previous, .. }) => {
                    tail = previous;
                }
                _ => break,
            }
        }
        tail
    }
}

impl Journal for LogJournal {
    fn append(&mut self, record: &Record<'_>) -> Result<LogPosition, String> {
        let start = self.bytes.len();
        record.encode(&mut self.bytes);
        match self.writer.append(&self.bytes[start..]) {
            Ok(position) => {
                let position = LogPosition(position.get());
                self.waiting.push((position, self.bytes.len()));
                Ok(position)
            }
            Err(error) => {
                self.bytes.truncate(start);
                Err(error.to_string())
            }
        }
    }
}
