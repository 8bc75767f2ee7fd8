//! Reads committed frames from any thread.

use std::sync::Arc;

use crate::error::{OpenError, ReadError, Reason};
use crate::frame::{FRAME_HEADER, FrameHeader, FrameKind};
use crate::iter::Iter;
use crate::position::Position;
use crate::recover;
use crate::segment::{SEGMENT_HEADER, SegmentInfo};
use crate::shared::{Shared, Source};
use crate::storage::Storage;

/// What is read at first, in the hope that the frame is not longer.
const GUESS_BYTES: usize = 512;

/// Reads what is committed. Clones are cheap and see the same log.
#[derive(Clone, Debug)]
pub struct Reader {
    shared: Arc<Shared>,
}

impl Reader {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Opens a log for reading only, even while another process writes to it, and changes nothing.
    ///
    /// The reader ends at the last valid group that was found; to see more, open it again.
    ///
    /// # Errors
    /// As for [`Writer::open`](crate::Writer::open), but never [`OpenError::Locked`]. A folder
    /// without a segment is [`OpenError::Io`] of kind `NotFound`.
    pub fn open(storage: Arc<dyn Storage>) -> Result<Self, OpenError> {
        let table = recover::inspect_beside_writer(&*storage)?;
        Ok(Self::new(Arc::new(Shared::new(storage, table))))
    }

    /// Returns the oldest position from which [`Reader::iter_from`] can go.
    pub fn begin(&self) -> Position {
        Position::new(self.shared.table().begin)
    }

    /// Returns the end of what is committed.
    pub fn end(&self) -> Position {
        Position::new(self.shared.end())
    }

    /// Describes all segments, oldest first.
    pub fn segments(&self) -> Vec<SegmentInfo> {
        self.shared.infos()
    }

    /// Reads the payload of the frame at `position` into `payload`, replacing what it held.
    ///
    /// # Errors
    /// [`ReadError::Corrupt`] also if `position` is not where a frame begins.
    pub fn read_at(
        &self,
        position: Position,
        payload: &mut Vec<u8>,
    ) -> Result<FrameKind, ReadError> {
        let source = self.shared.source(position.get())?;
        if position.get() >= source.limit {
            return Err(ReadError::NotYet {
                position,
                end: self.end(),
            });
        }
        let frame = FrameAt {
            shared: &self.shared,
            source,
            position: position.get(),
        };
        frame.read(payload)
    }

    /// Goes through all frames from `from` on, which is the position of a frame, the end of one,
    /// the end of a commit, or [`Reader::begin`].
    ///
    /// # Errors
    /// [`ReadError::Retired`] and [`ReadError::NotYet`]; damage is reported while iterating.
    pub fn iter_from(&self, from: Position) -> Result<Iter, ReadError> {
        Iter::new(Arc::clone(&self.shared), from)
    }
}

/// One frame in one segment.
struct FrameAt<'a> {
    shared: &'a Shared,
    source: Source,
    position: u64,
}

impl FrameAt<'_> {
    fn read(&self, payload: &mut Vec<u8>) -> Result<FrameKind, ReadError> {
        let header = self.source.segment.header;
        if self.position < header.base + SEGMENT_HEADER {
            return Err(self.corrupt(Reason::Frame));
        }
        let left = self.source.limit - self.position;
        if left < FRAME_HEADER as u64 {
            return Err(self.corrupt(Reason::Frame));
        }
        self.fill(payload, 0, left.min(GUESS_BYTES as u64) as usize)?;
        let frame = FrameHeader::decode(payload).ok_or_else(|| self.corrupt(Reason::Frame))?;
        let frame_len = FRAME_HEADER + frame.payload_len();
        if frame_len as u64 > left {
            return Err(self.corrupt(Reason::Frame));
        }
        if frame_len > payload.len() {
            self.fill(payload, payload.len(), frame_len)?;
        }
        payload.truncate(frame_len);
        if !frame.matches(&payload[FRAME_HEADER..], header.salt, self.position) {
            return Err(self.corrupt(Reason::Checksum));
        }
        payload.drain(..FRAME_HEADER);
        Ok(frame.kind)
    }

    fn fill(&self, payload: &mut Vec<u8>, from: usize, to: usize) -> Result<(), ReadError> {
        payload.resize(to, 0);
        let offset = self.position - self.source.segment.header.base + from as u64;
        self.source
            .file
            .read_at(&mut payload[from..], offset)
            .map_err(|source| ReadError::Io {
                file: self.shared.storage.path(self.source.segment.header.base),
                source,
            })
    }

    fn corrupt(&self, reason: Reason) -> ReadError {
        let base = self.source.segment.header.base;
        let offset = self.position.saturating_sub(base);
        ReadError::Corrupt {
            file: self.shared.storage.path(base),
            offset,
            reason,
        }
    }
}
