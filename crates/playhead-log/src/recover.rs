//! Finds the end of a log, tells a torn tail from corruption, and cuts the tail.
//!
//! Segments below the active one were synced before the active one got its first group, so only
//! the active segment, and what was prepared after it, is read in full. Of each older one the
//! header and the first group are read. The rule: bytes that no group survives are torn, unless a
//! later group says that they were durable before it was written.

use std::collections::VecDeque;
use std::io;

use crate::error::{Damage, OpenError, Reason};
use crate::frame::{GROUP_HEADER, GroupHeader};
use crate::position::Position;
use crate::scan::{Scan, check_chain};
use crate::segment::{Header, SEGMENT_HEADER, Segment};
use crate::shared::Table;
use crate::storage::{SegmentFile, Storage};

/// How much is rewritten or zeroed at once.
const CHUNK_BYTES: u64 = 1 << 20;
/// How often a reader looks again when retention removes files under its eyes.
const LISTING_TRIES: usize = 8;

/// What opening a log found and did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// The oldest position that can be read from.
    pub begin: Position,
    /// Where the log ends; everything below is durable.
    pub end: Position,
    /// The stamp of the last commit, 0 in an empty log.
    pub last_stamp: u64,
    /// Number of segments that hold frames, or will.
    pub segments: usize,
    /// Bytes of interrupted writes that were cut.
    pub torn_bytes: u64,
    /// Where they were.
    pub torn: Vec<Damage>,
}

/// A log as it was found.
#[derive(Debug)]
pub(crate) struct Found {
    /// Oldest first; the last is active. Empty if there is no usable segment.
    pub(crate) segments: VecDeque<Segment>,
    pub(crate) begin: u64,
    /// Of the active segment, in offsets.
    pub(crate) run: Option<(GroupHeader, GroupHeader)>,
    pub(crate) run_end: u64,
    pub(crate) used_end: u64,
    /// Created ahead and still empty.
    pub(crate) prepared: Option<Header>,
    /// Segments without any group that are of no use.
    pub(crate) useless: Vec<u64>,
    /// Where a log with nothing in it begins.
    pub(crate) fresh_base: u64,
    pub(crate) torn_bytes: u64,
    pub(crate) torn: Vec<Damage>,
}

pub(crate) fn io_error(
    storage: &dyn Storage,
    action: &'static str,
    base: u64,
) -> impl FnOnce(io::Error) -> OpenError {
    let file = storage.path(base);
    move |source| OpenError::Io {
        action,
        file,
        source,
    }
}

/// Looks at a log that somebody else may be writing, without changing it.
pub(crate) fn inspect_beside_writer(storage: &dyn Storage) -> Result<Table, OpenError> {
    let mut tries = 1;
    let found = loop {
        match inspect(storage) {
            Err(OpenError::Io { source, .. })
                if source.kind() == io::ErrorKind::NotFound && tries < LISTING_TRIES =>
            {
                tries += 1;
            }
            other => break other?,
        }
    };
    let Some(active) = found.segments.back() else {
        let nothing = io::ErrorKind::NotFound.into();
        return Err(io_error(storage, "find a segment like", found.fresh_base)(
            nothing,
        ));
    };
    let base = active.header.base;
    let active_file = storage
        .open_read(base)
        .map_err(io_error(storage, "open", base))?;
    Ok(Table {
        begin: found.begin,
        segments: found.segments,
        active_file,
    })
}

/// Reads as much of the log as is needed to know its end.
pub(crate) fn inspect(storage: &dyn Storage) -> Result<Found, OpenError> {
    let mut bases = storage
        .list()
        .map_err(io_error(storage, "list the folder of", 0))?;
    bases.sort_unstable();
    let mut search = Search::new(storage);
    let Some((active, scan)) = search.active(&mut bases)? else {
        return Ok(search.found);
    };
    let mut found = search.found;
    found.prepare_from(&active.header);
    (found.run, found.run_end, found.used_end) = (scan.run, scan.run_end, scan.used_end);
    found.begin = scan
        .run
        .map_or(active.header.base, |(first, _)| first.end_before);
    found.segments.push_back(active);
    let mut after = scan.run.map(|(first, _)| (active.header, first));
    while let (Some(base), Some(younger)) = (bases.pop(), after) {
        let (segment, first) = sealed(storage, base, &younger)?;
        found.begin = first.end_before;
        found.segments.push_front(segment);
        after = Some((segment.header, first));
    }
    Ok(found)
}

/// Goes from the youngest segment to the one that is active.
struct Search<'a> {
    storage: &'a dyn Storage,
    found: Found,
    empty: Vec<Header>,
    /// The latest position that some group says was durable before it.
    synced_to: u64,
}

impl<'a> Search<'a> {
    fn new(storage: &'a dyn Storage) -> Self {
        let found = Found {
            segments: VecDeque::new(),
            begin: 0,
            run: None,
            run_end: SEGMENT_HEADER,
            used_end: SEGMENT_HEADER,
            prepared: None,
            useless: Vec::new(),
            fresh_base: 0,
            torn_bytes: 0,
            torn: Vec::new(),
        };
        Self {
            storage,
            found,
            empty: Vec::new(),
            synced_to: 0,
        }
    }

    /// Takes bases off the end until the active segment is found, or none is left.
    fn active(&mut self, bases: &mut Vec<u64>) -> Result<Option<(Segment, Scan)>, OpenError> {
        while let Some(base) = bases.pop() {
            let file =
                self.storage
                    .open_read(base)
                    .map_err(io_error(self.storage, "open", base))?;
            let read = io_error(self.storage, "read", base);
            let header = match Header::read(&*file, base).map_err(read)? {
                Ok(header) => header,
                Err(reason) => {
                    self.without_header(&*file, base, reason)?;
                    continue;
                }
            };
            let read = io_error(self.storage, "read", base);
            let scan = Scan::settled(&*file, &header).map_err(read)?;
            self.judge(&header, &scan)?;
            if scan.run.is_some() || bases.is_empty() {
                self.found
                    .useless
                    .extend(self.empty.iter().map(|header| header.base));
                self.found.prepared = self.empty.last().copied();
                return Ok(Some((active_segment(header, &scan), scan)));
            }
            if scan.damage.is_empty() {
                self.empty.push(header);
            } else {
                self.found.useless.push(base);
            }
        }
        self.found
            .useless
            .extend(self.empty.iter().map(|header| header.base));
        Ok(None)
    }

    /// Tells torn from corrupt, and counts what is torn.
    fn judge(&mut self, header: &Header, scan: &Scan) -> Result<(), OpenError> {
        self.synced_to = self.synced_to.max(scan.synced_to);
        let file = self.storage.path(header.base);
        let first = scan.damage.first();
        if self.synced_to > header.base + scan.run_end {
            let (offset, reason) = *first.unwrap_or(&(scan.run_end, Reason::Missing));
            return Err(OpenError::Corrupt {
                file,
                offset,
                reason,
            });
        }
        if let Some(&(offset, reason)) = first {
            self.found.torn_bytes += scan.used_end - scan.run_end;
            self.found.torn.push(Damage {
                file,
                offset,
                reason,
                is_torn: true,
            });
        }
        Ok(())
    }

    /// A file of zeros is what is left of a segment whose creation was interrupted somewhere
    /// where files do not appear whole.
    fn without_header(
        &mut self,
        file: &dyn SegmentFile,
        base: u64,
        reason: Reason,
    ) -> Result<(), OpenError> {
        let read = io_error(self.storage, "read", base);
        let is_unfinished = matches!(reason, Reason::SegmentHeader)
            && self.synced_to <= base
            && is_zero(file).map_err(read)?;
        let path = self.storage.path(base);
        if !is_unfinished {
            return Err(OpenError::Corrupt {
                file: path,
                offset: 0,
                reason,
            });
        }
        self.found.torn.push(Damage {
            file: path,
            offset: 0,
            reason,
            is_torn: true,
        });
        self.found.useless.push(base);
        self.found.fresh_base = base;
        Ok(())
    }
}

impl Found {
    /// Keeps the prepared segment only if it follows the active one.
    fn prepare_from(&mut self, active: &Header) {
        self.prepared = self
            .prepared
            .filter(|prepared| prepared.base == active.next_base() && prepared.salt == active.salt);
        let kept = self.prepared.map(|prepared| prepared.base);
        self.useless.retain(|&base| Some(base) != kept);
    }

    pub(crate) fn recovery(&self) -> Recovery {
        let active = self
            .segments
            .back()
            .expect("a log that was opened has an active segment");
        Recovery {
            begin: Position::new(self.begin),
            end: Position::new(active.end),
            last_stamp: active.last_stamp,
            segments: self.segments.len(),
            torn_bytes: self.torn_bytes,
            torn: self.torn.clone(),
        }
    }
}

fn active_segment(header: Header, scan: &Scan) -> Segment {
    let (first_stamp, last_stamp) = scan
        .run
        .map_or((0, 0), |(first, last)| (first.stamp, last.stamp));
    // Before its first group an empty log ends where it begins.
    let end = if scan.run.is_some() {
        header.base + scan.run_end
    } else {
        header.base
    };
    Segment {
        header,
        end,
        first_stamp,
        last_stamp,
    }
}

/// Reads what must be known of a segment that others follow.
fn sealed(
    storage: &dyn Storage,
    base: u64,
    (after, after_first): &(Header, GroupHeader),
) -> Result<(Segment, GroupHeader), OpenError> {
    let corrupt = |base: u64, offset: u64, reason: Reason| OpenError::Corrupt {
        file: storage.path(base),
        offset,
        reason,
    };
    let file = storage
        .open_read(base)
        .map_err(io_error(storage, "open", base))?;
    let header = Header::read(&*file, base)
        .map_err(io_error(storage, "read", base))?
        .map_err(|reason| corrupt(base, 0, reason))?;
    if !header.precedes(after) {
        return Err(corrupt(after.base, 0, Reason::Gap));
    }
    let end = after_first.end_before;
    if end <= header.first() || end > header.next_base() {
        return Err(corrupt(after.base, SEGMENT_HEADER, Reason::Group));
    }
    let first = first_group(&*file, &header)
        .map_err(io_error(storage, "read", base))?
        .map_err(|reason| corrupt(base, SEGMENT_HEADER, reason))?;
    let (first_stamp, last_stamp) = (first.stamp, after_first.stamp_before);
    Ok((
        Segment {
            header,
            end,
            first_stamp,
            last_stamp,
        },
        first,
    ))
}

pub(crate) fn first_group(
    file: &dyn SegmentFile,
    header: &Header,
) -> io::Result<Result<GroupHeader, Reason>> {
    if header.len < SEGMENT_HEADER + GROUP_HEADER as u64 {
        return Ok(Err(Reason::Group));
    }
    let mut bytes = [0; GROUP_HEADER];
    file.read_at(&mut bytes, SEGMENT_HEADER)?;
    let group = GroupHeader::decode(&bytes, header.salt, header.first());
    Ok(group.and_then(|group| check_chain(&group, header, SEGMENT_HEADER)))
}

fn is_zero(file: &dyn SegmentFile) -> io::Result<bool> {
    let size = file.size()?;
    let mut chunk = Vec::new();
    let mut at = 0;
    while at < size {
        let len = CHUNK_BYTES.min(size - at);
        chunk.resize(len as usize, 0);
        file.read_at(&mut chunk, at)?;
        if chunk.iter().any(|&byte| byte != 0) {
            return Ok(false);
        }
        at += len;
    }
    Ok(true)
}
