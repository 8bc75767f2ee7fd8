//! What the writer, readers and retention know in common.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::error::ReadError;
use crate::position::Position;
use crate::segment::{Segment, SegmentInfo};
use crate::storage::{SegmentFile, Storage};

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) storage: Arc<dyn Storage>,
    /// Everything below is committed. Stored after the bytes are written and synced.
    end: AtomicU64,
    last_stamp: AtomicU64,
    table: RwLock<Table>,
    /// The segment before the active one that was read last, by its base: whoever reads the records of
    /// a session one by one opens no file for each.
    opened: Mutex<Option<(u64, Arc<dyn SegmentFile>)>>,
    /// Held while segments are removed, so that they go in order.
    pub(crate) retiring: Mutex<()>,
}

/// The segments there are, oldest first. Locked for look-ups, rolls and retention only.
#[derive(Debug)]
pub(crate) struct Table {
    /// Where reading can begin: the end of what retention took.
    pub(crate) begin: u64,
    /// Never empty; the last one is active.
    pub(crate) segments: VecDeque<Segment>,
    pub(crate) active_file: Arc<dyn SegmentFile>,
}

/// A segment to read from.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) segment: Segment,
    pub(crate) file: Arc<dyn SegmentFile>,
    /// Position up to which it can be read for now.
    pub(crate) limit: u64,
}

impl Shared {
    pub(crate) fn new(storage: Arc<dyn Storage>, table: Table) -> Self {
        let active = table.active();
        let end = AtomicU64::new(active.end);
        let last_stamp = AtomicU64::new(active.last_stamp);
        Self {
            storage,
            end,
            last_stamp,
            table: RwLock::new(table),
            opened: Mutex::default(),
            retiring: Mutex::new(()),
        }
    }

    pub(crate) fn end(&self) -> u64 {
        self.end.load(Ordering::Acquire)
    }

    pub(crate) fn publish(&self, end: u64, stamp: u64) {
        self.last_stamp.store(stamp, Ordering::Relaxed);
        self.end.store(end, Ordering::Release);
    }

    /// The table is changed by plain assignments only, so a panic elsewhere leaves it whole.
    pub(crate) fn table(&self) -> RwLockReadGuard<'_, Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn table_mut(&self) -> RwLockWriteGuard<'_, Table> {
        self.table.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds the segment to go on reading at `position`, which may lie in the gap before it.
    pub(crate) fn source(&self, position: u64) -> Result<Source, ReadError> {
        // The end is loaded first: what is below it is in the table that is looked at next.
        let end = self.end();
        let table = self.table();
        if position < table.begin {
            let (position, begin) = (Position::new(position), Position::new(table.begin));
            return Err(ReadError::Retired { position, begin });
        }
        if position > end {
            let (position, end) = (Position::new(position), Position::new(end));
            return Err(ReadError::NotYet { position, end });
        }
        let last = table.segments.len() - 1;
        let index = table
            .segments
            .partition_point(|segment| segment.end <= position)
            .min(last);
        let segment = table.segments[index];
        if index == last {
            let file = Arc::clone(&table.active_file);
            return Ok(Source {
                segment,
                file,
                limit: end,
            });
        }
        drop(table);
        match self.open(segment.header.base) {
            Ok(file) => Ok(Source {
                segment,
                file,
                limit: segment.end.min(end),
            }),
            Err(source) => Err(self.gone(&segment, position, source)),
        }
    }

    fn opened(&self) -> MutexGuard<'_, Option<(u64, Arc<dyn SegmentFile>)>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file of a segment, to read.
    fn open(&self, base: u64) -> io::Result<Arc<dyn SegmentFile>> {
        if let Some((_, file)) = self.opened().as_ref().filter(|(known, _)| *known == base) {
            return Ok(Arc::clone(file));
        }
        let file = self.storage.open_read(base)?;
        let mut opened = self.opened();
        // One that was retired meanwhile would keep its place on the disk.
        if base >= self.table().segments[0].header.base {
            *opened = Some((base, Arc::clone(&file)));
        }
        Ok(file)
    }

    /// Closes the file of a segment that was taken out of the table.
    pub(crate) fn close(&self, base: u64) {
        self.opened().take_if(|(known, _)| *known == base);
    }

    /// Retention may have taken a segment between the look-up and the opening.
    fn gone(&self, segment: &Segment, position: u64, source: io::Error) -> ReadError {
        let begin = self.table().begin;
        if position < begin {
            let (position, begin) = (Position::new(position), Position::new(begin));
            return ReadError::Retired { position, begin };
        }
        ReadError::Io {
            file: self.storage.path(segment.header.base),
            source,
        }
    }

    pub(crate) fn infos(&self) -> Vec<SegmentInfo> {
        let table = self.table();
        let last = table.segments.len() - 1;
        let infos = table.segments.iter().enumerate().map(|(index, segment)| {
            let is_active = index == last;
            let end = if is_active {
                self.end().max(segment.end)
            } else {
                segment.end
            };
            let last_stamp = if is_active {
                self.last_stamp.load(Ordering::Relaxed)
            } else {
                segment.last_stamp
            };
            SegmentInfo {
                begin: Position::new(segment.header.first()),
                end: Position::new(end),
                bytes: segment.header.len,
                first_stamp: segment.first_stamp,
                last_stamp,
                is_active,
            }
        });
        infos.collect()
    }
}

impl Table {
    pub(crate) fn active(&self) -> &Segment {
        self.segments
            .back()
            .expect("the table holds at least the active segment")
    }
}
