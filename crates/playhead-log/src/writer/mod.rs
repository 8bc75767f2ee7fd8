//! Collects frames and makes them durable together.

mod commit;

use std::io;
use std::mem;
use std::sync::Arc;

use crate::buffer::Buffer;
use crate::error::{AppendError, CommitError, OpenError};
use crate::frame::{self, FRAME_HEADER, GROUP_HEADER, align};
use crate::options::Options;
use crate::position::Position;
use crate::prepare::{self, Preparer};
use crate::reader::Reader;
use crate::recover::{self, Found, Recovery, io_error};
use crate::retention::Retention;
use crate::segment::{Header, SEGMENT_ALIGN, SEGMENT_HEADER, Segment};
use crate::shared::{Shared, Table};
use crate::storage::{Lock, SegmentFile, Storage};

/// A new log starts with a segment this small and doubles, so that starting one costs little.
const FIRST_SEGMENT_BYTES: u64 = 1 << 20;
/// What a commit did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Everything below may be acknowledged.
    pub end: Position,
    /// Everything below survives a power loss; less than `end` under [`SyncPolicy::Never`](crate::SyncPolicy::Never).
    pub synced_to: Position,
    /// Frames committed by this call.
    pub frames: u32,
    /// Bytes written by this call, headers included.
    pub bytes: u64,
}

/// Appends to a log. There is one at a time.
#[derive(Debug)]
pub struct Writer {
    // Declared before the lock: the thread ends, then the lock is given back.
    preparer: Option<Preparer>,
    next: Next,
    shared: Arc<Shared>,
    options: Options,
    /// Where commits go.
    file: Arc<dyn SegmentFile>,
    current: Header,
    end: u64,
    synced_to: u64,
    stamp: u64,
    stamp_committed: u64,
    /// Full groups that wait for the commit, each for a segment of its own.
    full: Vec<Buffer>,
    open: Buffer,
    is_poisoned: bool,
    _lock: Lock,
}

/// The segment after the current one.
#[derive(Debug)]
enum Next {
    Unknown,
    /// Asked for.
    Requested(Header),
    Ready(Header, Arc<dyn SegmentFile>),
}

impl Writer {
    /// Opens a log, or begins one if there is none, and cuts a torn tail.
    ///
    /// # Errors
    /// [`OpenError::Locked`] if it is open elsewhere, [`OpenError::Corrupt`] if data that was
    /// durable is damaged, [`OpenError::Io`] if the storage fails.
    pub fn open(
        storage: Arc<dyn Storage>,
        options: Options,
    ) -> Result<(Self, Recovery), OpenError> {
        let options = options.checked()?;
        let lock = storage.lock().map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => OpenError::Locked,
            _ => io_error(&*storage, "lock the folder of", 0)(error),
        })?;
        let mut found = recover::inspect(&*storage)?;
        found.repair(&*storage)?;
        if found.segments.is_empty() {
            begin(&*storage, &options, &mut found)?;
        }
        let recovery = found.recovery();
        let writer = Self::from_found(storage, options, found, lock)?;
        Ok((writer, recovery))
    }

    fn from_found(
        storage: Arc<dyn Storage>,
        options: Options,
        found: Found,
        lock: Lock,
    ) -> Result<Self, OpenError> {
        let open = |base| {
            storage
                .open_write(base)
                .map_err(io_error(&*storage, "open", base))
        };
        let active = *found.segments.back().expect("begun or found");
        let current = active.header;
        let file = open(current.base)?;
        let next = match found.prepared {
            Some(header) => Next::Ready(header, open(header.base)?),
            None => Next::Unknown,
        };
        let end = active.end;
        let table = Table {
            begin: found.begin,
            segments: found.segments,
            active_file: Arc::clone(&file),
        };
        let buffer = Buffer::new(Vec::new(), end.max(current.first()), current);
        Ok(Self {
            preparer: None,
            next,
            shared: Arc::new(Shared::new(storage, table)),
            options,
            file,
            current,
            end,
            synced_to: end,
            stamp: active.last_stamp,
            stamp_committed: active.last_stamp,
            full: Vec::new(),
            open: buffer,
            is_poisoned: false,
            _lock: lock,
        })
    }

    /// Returns a reader of what is committed, for any thread.
    pub fn reader(&self) -> Reader {
        Reader::new(Arc::clone(&self.shared))
    }

    /// Returns a handle that retires segments, for any thread.
    pub fn retention(&self) -> Retention {
        Retention::new(Arc::clone(&self.shared))
    }

    /// Returns the end of what is committed.
    pub fn end(&self) -> Position {
        Position::new(self.end)
    }

    /// Returns how many bytes the storage can still take.
    ///
    /// # Errors
    /// As the storage's.
    pub fn free_bytes(&self) -> io::Result<u64> {
        self.shared.storage.free_bytes()
    }

    /// Says whether a write or sync failed, after which nothing is committed any more.
    pub fn is_poisoned(&self) -> bool {
        self.is_poisoned
    }

    /// Returns how many bytes wait for a commit.
    pub fn buffered(&self) -> usize {
        let open = if self.open.frames == 0 {
            0
        } else {
            self.open.bytes.len()
        };
        open + self
            .full
            .iter()
            .map(|group| group.bytes.len())
            .sum::<usize>()
    }

    /// Sets what the next commits are stamped with. Stamps never fall: a smaller one is ignored.
    pub fn set_stamp(&mut self, stamp: u64) {
        self.stamp = self.stamp.max(stamp);
    }

    /// Takes a copy of `payload` and returns where it will stand once it is committed.
    ///
    /// # Errors
    /// Nothing was taken; see [`AppendError`].
    #[inline]
    pub fn append(&mut self, payload: &[u8]) -> Result<Position, AppendError> {
        self.append_with(|buffer| buffer.extend_from_slice(payload))
    }

    /// Lets `encode` push a payload onto the end of the buffer, which holds other frames already.
    ///
    /// # Errors
    /// Nothing was taken; see [`AppendError`].
    ///
    /// # Panics
    /// If `encode` takes bytes away that it did not push.
    #[inline]
    pub fn append_with(
        &mut self,
        encode: impl FnOnce(&mut Vec<u8>),
    ) -> Result<Position, AppendError> {
        if self.is_poisoned {
            return Err(AppendError::Poisoned);
        }
        let start = self.open.filled;
        self.open.bytes.truncate(start);
        self.open.bytes.extend_from_slice(&[0; FRAME_HEADER]);
        encode(&mut self.open.bytes);
        let len = self.open.bytes.len();
        assert!(len >= start + FRAME_HEADER, "encode only pushes");
        let (bytes, max) = (len - start - FRAME_HEADER, self.options.frame_bytes_max);
        if bytes > max {
            self.open.bytes.truncate(start);
            return Err(AppendError::FrameTooLarge { bytes, max });
        }
        let start = if len > self.open.bytes_max {
            self.turn_page(start)
        } else {
            start
        };
        let position = self.open.position + start as u64;
        frame::seal_frame(
            &mut self.open.bytes[start..],
            self.open.segment.salt,
            position,
        );
        self.open.filled = self.open.bytes.len();
        self.open.frames += 1;
        Ok(Position::new(position))
    }

    /// Moves the frame at `start`, for which the segment has no room, to a group in the next one,
    /// and returns its new start.
    #[cold]
    fn turn_page(&mut self, start: usize) -> usize {
        let frame = self.open.bytes.split_off(start);
        let needed = SEGMENT_HEADER + GROUP_HEADER as u64 + align(frame.len() as u64);
        let segment = self.segment_for(needed.next_multiple_of(SEGMENT_ALIGN));
        let next = Buffer::new(
            Vec::with_capacity(frame.len() * 2),
            segment.first(),
            segment,
        );
        let full = mem::replace(&mut self.open, next);
        if full.frames > 0 {
            self.full.push(full);
        }
        self.open.bytes.extend_from_slice(&frame);
        GROUP_HEADER
    }

    /// Chooses the segment for what does not fit into that of the open group.
    fn segment_for(&self, needed: u64) -> Header {
        let last = self.open.segment;
        if self.open.frames == 0 && self.open.is_first_of_segment() {
            // Nothing is in it: a longer one takes its place, so that no segment stays empty.
            return Header {
                len: needed.max(last.len),
                ..last
            };
        }
        let base = last.next_base();
        match self.next {
            Next::Requested(next) | Next::Ready(next, _)
                if next.base == base && next.len >= needed =>
            {
                next
            }
            _ => Header {
                base,
                len: self.following_len(&last).max(needed),
                salt: last.salt,
            },
        }
    }

    fn following_len(&self, segment: &Header) -> u64 {
        (segment.len * 2).min(self.options.segment_bytes)
    }

    /// Makes everything buffered readable, and durable under [`SyncPolicy::Always`](crate::SyncPolicy::Always): one write and
    /// one sync. With nothing buffered it does nothing.
    ///
    /// # Errors
    /// None of what was buffered may be acknowledged, and the writer is poisoned for good. After
    /// the log is opened again some of it may turn out to be there.
    pub fn commit(&mut self) -> Result<Committed, CommitError> {
        self.unless_poisoned(Self::write_groups)
    }

    /// Commits, and makes everything durable whatever the policy.
    ///
    /// # Errors
    /// As for [`Writer::commit`].
    pub fn sync(&mut self) -> Result<Committed, CommitError> {
        self.unless_poisoned(|writer| {
            let committed = writer.write_groups()?;
            writer.sync_current()?;
            Ok(Committed {
                synced_to: Position::new(writer.synced_to),
                ..committed
            })
        })
    }

    /// Syncs, and ends the log with an empty group that says so: damage in what was written before
    /// can then not be mistaken for an interrupted write.
    ///
    /// # Errors
    /// As for [`Writer::commit`].
    pub fn close(mut self) -> Result<Committed, CommitError> {
        let committed = self.sync()?;
        if self.open.is_first_of_segment() || self.open.bytes_max < GROUP_HEADER {
            return Ok(committed);
        }
        self.unless_poisoned(|writer| {
            writer.write_open()?;
            writer.sync_current()?;
            writer.shared.publish(writer.end, writer.stamp_committed);
            let end = Position::new(writer.end);
            Ok(Committed {
                end,
                synced_to: end,
                ..committed
            })
        })
    }

    fn unless_poisoned<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, CommitError>,
    ) -> Result<T, CommitError> {
        if self.is_poisoned {
            return Err(CommitError::Poisoned);
        }
        let outcome = work(self);
        self.is_poisoned = outcome.is_err();
        outcome
    }
}

/// Creates the first segment.
fn begin(storage: &dyn Storage, options: &Options, found: &mut Found) -> Result<(), OpenError> {
    let base = found.fresh_base;
    let len = FIRST_SEGMENT_BYTES.min(options.segment_bytes);
    let header = Header {
        base,
        len,
        salt: storage.random(),
    };
    prepare::create(storage, &header).map_err(io_error(storage, "create", base))?;
    found.begin = base;
    found.segments.push_back(Segment {
        header,
        end: base,
        first_stamp: 0,
        last_stamp: 0,
    });
    Ok(())
}
