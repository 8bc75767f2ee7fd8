//! Writes groups, and rolls to the next segment.

use std::io;
use std::mem;
use std::sync::Arc;

use super::{Committed, Next, Writer};
use crate::buffer::Buffer;
use crate::error::CommitError;
use crate::frame::{GROUP_HEADER, GroupHeader, align};
use crate::options::{Preparation, SyncPolicy};
use crate::position::Position;
use crate::prepare::{self, Preparer};
use crate::segment::{Header, Segment};
use crate::storage::SegmentFile;

/// A buffer that grew beyond this is given back after its commit.
const BUFFER_KEPT_BYTES: usize = 8 << 20;

impl Writer {
    pub(super) fn write_groups(&mut self) -> Result<Committed, CommitError> {
        let mut frames = 0;
        let mut bytes = 0;
        if !self.full.is_empty() {
            let last = mem::replace(&mut self.open, Buffer::new(Vec::new(), 0, self.current));
            for group in mem::take(&mut self.full) {
                self.open = group;
                frames += self.open.frames;
                bytes += self.write_open()?;
            }
            self.open = last;
        }
        if self.open.frames > 0 {
            frames += self.open.frames;
            bytes += self.write_open()?;
        }
        if frames > 0 {
            self.shared.publish(self.end, self.stamp_committed);
            self.prepare_next();
        }
        let (end, synced_to) = (Position::new(self.end), Position::new(self.synced_to));
        Ok(Committed {
            end,
            synced_to,
            frames,
            bytes,
        })
    }

    /// Writes the open group, syncs it if that is the policy, and opens the one after it.
    pub(super) fn write_open(&mut self) -> Result<u64, CommitError> {
        if self.open.segment != self.current {
            self.roll()?;
        }
        self.open.bytes.truncate(self.open.filled);
        let is_first = self.open.is_first_of_segment();
        let group = GroupHeader {
            body: (self.open.bytes.len() - GROUP_HEADER) as u32,
            frames: self.open.frames,
            stamp: self.stamp,
            synced_to: self.synced_to,
            stamp_before: self.stamp_committed,
            end_before: if is_first {
                self.end
            } else {
                self.open.position
            },
        };
        let position = self.open.position;
        let len = align(self.open.bytes.len() as u64);
        self.open.bytes.resize(len as usize, 0);
        group.encode(&mut self.open.bytes, self.current.salt, position);
        self.file
            .write_at(&self.open.bytes, position - self.current.base)
            .map_err(|source| self.failed("write", source))?;
        self.end = position + len;
        self.stamp_committed = self.stamp;
        // The first group is what shows later where the segment before it ends.
        if is_first || self.options.sync == SyncPolicy::Always {
            self.sync_current()?;
        }
        if is_first {
            self.enter_in_table(&group);
        }
        let mut spare = mem::take(&mut self.open.bytes);
        spare.clear();
        spare.shrink_to(BUFFER_KEPT_BYTES);
        self.open = Buffer::new(spare, self.end, self.current);
        Ok(len)
    }

    pub(super) fn sync_current(&mut self) -> Result<(), CommitError> {
        if self.synced_to < self.end {
            self.file
                .sync_data()
                .map_err(|source| self.failed("sync", source))?;
            self.synced_to = self.end;
        }
        Ok(())
    }

    /// Turns to the segment of the open group. All that is in the one before becomes durable, so
    /// that only the last segment can ever be torn.
    fn roll(&mut self) -> Result<(), CommitError> {
        self.sync_current()?;
        let header = self.open.segment;
        self.file = match self.take_prepared() {
            Some((next, file)) if next == header => file,
            other => {
                let unfit = other
                    .map(|(next, _)| next)
                    .filter(|next| next.base != header.base);
                self.create(&header, unfit).map_err(|source| {
                    let file = self.shared.storage.path(header.base);
                    CommitError::Io {
                        action: "create",
                        file,
                        source,
                    }
                })?
            }
        };
        self.current = header;
        Ok(())
    }

    fn take_prepared(&mut self) -> Option<(Header, Arc<dyn SegmentFile>)> {
        match mem::replace(&mut self.next, Next::Unknown) {
            Next::Unknown => None,
            Next::Ready(next, file) => Some((next, file)),
            // If it is still being filled, waiting is the shortest way.
            Next::Requested(next) => Some((next, self.preparer.as_ref()?.wait()?)),
        }
    }

    /// Creates a segment, in place of a prepared one of the same base if there is one. One of
    /// another base would be in the way of a segment that became longer.
    fn create(&self, header: &Header, unfit: Option<Header>) -> io::Result<Arc<dyn SegmentFile>> {
        let storage = &*self.shared.storage;
        if let Some(unfit) = unfit {
            storage.remove(unfit.base)?;
        }
        prepare::create(storage, header)
    }

    /// Shows the segment to readers and retention, and where the one before it ended.
    fn enter_in_table(&self, group: &GroupHeader) {
        let header = self.current;
        let (first_stamp, last_stamp) = (group.stamp, group.stamp);
        let segment = Segment {
            header,
            end: header.first(),
            first_stamp,
            last_stamp,
        };
        let mut table = self.shared.table_mut();
        table.active_file = Arc::clone(&self.file);
        let before = table.segments.back_mut().expect("the table is never empty");
        if before.header.base == header.base {
            *before = segment;
        } else {
            before.end = group.end_before;
            before.last_stamp = group.stamp_before;
            table.segments.push_back(segment);
        }
    }

    fn prepare_next(&mut self) {
        let used = self.end - self.current.base;
        let is_due = matches!(self.next, Next::Unknown)
            && self.options.preparation == Preparation::Ahead
            && used > self.current.len / 2;
        if !is_due {
            return;
        }
        if self.preparer.is_none() {
            // Without a thread segments are created when they are needed.
            self.preparer = Preparer::spawn(Arc::clone(&self.shared.storage)).ok();
        }
        let len = self.following_len(&self.current);
        let next = Header {
            base: self.current.next_base(),
            len,
            salt: self.current.salt,
        };
        if self
            .preparer
            .as_ref()
            .is_some_and(|preparer| preparer.request(next))
        {
            self.next = Next::Requested(next);
        }
    }

    fn failed(&self, action: &'static str, source: io::Error) -> CommitError {
        CommitError::Io {
            action,
            file: self.shared.storage.path(self.current.base),
            source,
        }
    }
}
