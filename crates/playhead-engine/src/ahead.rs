//! Records of the log, read some at a time: what they concern can be fetched from memory at once.

use playhead_log::{Iter, Position, ReadError};
use playhead_model::ids::LogPosition;

use crate::core::WARMED_AT_ONCE;

/// Goes through the log by batches of records.
#[derive(Debug)]
pub struct ReadAhead {
    frames: Iter,
    bytes: Vec<u8>,
    /// Where each record lies in the log, and where it ends in `bytes`.
    records: Vec<(LogPosition, usize)>,
}

impl ReadAhead {
    /// Begins with the next of `frames`.
    pub fn new(frames: Iter) -> Self {
        Self {
            frames,
            bytes: Vec::new(),
            records: Vec::with_capacity(WARMED_AT_ONCE),
        }
    }

    /// Reads the next records in place of the last; answers whether there are any.
    ///
    /// # Errors
    /// If the log is damaged behind what was read last.
    pub fn read(&mut self) -> Result<bool, ReadError> {
        self.bytes.clear();
        self.records.clear();
        while self.records.len() < WARMED_AT_ONCE
            && let Some(frame) = self.frames.next()
        {
            let frame = frame?;
            self.bytes.extend_from_slice(frame.payload);
            let position = LogPosition(frame.position.get());
            self.records.push((position, self.bytes.len()));
        }
        Ok(!self.records.is_empty())
    }

    /// What was read last.
    pub fn records(&self) -> impl Iterator<Item = (LogPosition, &[u8])> {
        let starts = std::iter::once(0).chain(self.records.iter().map(|(_, end)| *end));
        self.records
            .iter()
            .zip(starts)
            .map(|((position, end), start)| (*position, &self.bytes[start..*end]))
    }

    /// From where another iterator would go on.
    pub fn position(&self) -> Position {
        self.frames.position()
    }
}
