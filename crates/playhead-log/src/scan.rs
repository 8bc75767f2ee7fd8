//! Walks the groups of one segment and finds its way past damage.

use std::io;

use crate::error::Reason;
use crate::frame::{
    FRAME_HEADER, FrameHeader, GROUP_ALIGN, GROUP_HEADER, GROUP_MAGIC, GroupHeader, align,
};
use crate::segment::{Header, SEGMENT_HEADER};
use crate::storage::SegmentFile;
use crate::window::Window;

/// How much is searched at once for the next group.
const SEARCH_BYTES: u64 = 64 << 10;
/// How often a scan is repeated while damage moves, since a writer may be at work there.
const SETTLE_TRIES: usize = 8;
/// How many places of damage are remembered for a segment.
const DAMAGE_MAX: usize = 1_000;

/// What one segment holds.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// Groups, frames and payload bytes that are valid, before and after damage.
    pub(crate) groups: u64,
    pub(crate) frames: u64,
    pub(crate) payload_bytes: u64,
    /// First and last of the unbroken run of groups at the beginning.
    pub(crate) run: Option<(GroupHeader, GroupHeader)>,
    /// Offset where that run ends.
    pub(crate) run_end: u64,
    /// Offset after the last byte that is not zero, at least `run_end`.
    pub(crate) used_end: u64,
    /// The latest position that a group after the run says was durable before it.
    pub(crate) synced_to: u64,
    /// Offsets of invalid bytes, in order. The first, if any, lies in what follows the run.
    pub(crate) damage: Vec<(u64, Reason)>,
}

impl Scan {
    /// Scans until two scans agree on where the first damage is.
    pub(crate) fn settled(file: &dyn SegmentFile, header: &Header) -> io::Result<Self> {
        let mut scan = Self::once(file, header)?;
        for _ in 0..SETTLE_TRIES {
            if scan.damage.is_empty() {
                break;
            }
            let again = Self::once(file, header)?;
            let is_settled = again.run_end == scan.run_end;
            scan = again;
            if is_settled {
                break;
            }
        }
        Ok(scan)
    }

    fn once(file: &dyn SegmentFile, header: &Header) -> io::Result<Self> {
        let mut scan = Self {
            run_end: SEGMENT_HEADER,
            used_end: SEGMENT_HEADER,
            ..Self::default()
        };
        let mut walk = Walk {
            file,
            header,
            window: Window::default(),
        };
        let mut at = SEGMENT_HEADER;
        while at < header.len {
            match walk.group(at)? {
                Ok(group) => at = scan.count(at, &group),
                Err((offset, reason)) => {
                    let found = walk.search(at)?;
                    if !found.any_used {
                        break;
                    }
                    if scan.damage.len() < DAMAGE_MAX {
                        scan.damage.push((offset, reason));
                    }
                    scan.used_end = scan.used_end.max(found.used_end);
                    let Some((next, group)) = found.next else {
                        break;
                    };
                    scan.synced_to = scan.synced_to.max(group.synced_to);
                    at = next;
                }
            }
        }
        Ok(scan)
    }

    fn count(&mut self, at: u64, group: &GroupHeader) -> u64 {
        let end = at + GROUP_HEADER as u64 + align(u64::from(group.body));
        self.groups += 1;
        self.frames += u64::from(group.frames);
        self.payload_bytes += u64::from(group.body) - u64::from(group.frames) * FRAME_HEADER as u64;
        self.used_end = end;
        if self.damage.is_empty() {
            let first = self.run.map_or(*group, |(first, _)| first);
            self.run = Some((first, *group));
            self.run_end = end;
        } else {
            self.synced_to = self.synced_to.max(group.synced_to);
        }
        end
    }
}

/// What follows invalid bytes.
struct Found {
    /// Some byte before the next group, or before the end of the file, is not zero, or a group
    /// follows.
    any_used: bool,
    used_end: u64,
    next: Option<(u64, GroupHeader)>,
}

struct Walk<'a> {
    file: &'a dyn SegmentFile,
    header: &'a Header,
    window: Window,
}

impl Walk<'_> {
    /// Checks one group and all its frames.
    fn group(&mut self, at: u64) -> io::Result<Result<GroupHeader, (u64, Reason)>> {
        let group = match self.group_header(at)? {
            Ok(group) => group,
            Err(reason) => return Ok(Err((at, reason))),
        };
        let body_at = at + GROUP_HEADER as u64;
        let body_end = body_at + u64::from(group.body);
        if align(body_end) > self.header.len {
            return Ok(Err((at, Reason::GroupLength)));
        }
        let mut cursor = body_at;
        for _ in 0..group.frames {
            match self.frame(cursor, body_end)? {
                Ok(next) => cursor = next,
                Err(reason) => return Ok(Err((cursor, reason))),
            }
        }
        if cursor != body_end {
            return Ok(Err((cursor, Reason::GroupLength)));
        }
        let padding = (align(body_end) - body_end) as usize;
        let is_padded = self
            .window
            .load(self.file, body_end, padding, self.header.len)?
            && self
                .window
                .slice(body_end, padding)
                .iter()
                .all(|&byte| byte == 0);
        Ok(if is_padded {
            Ok(group)
        } else {
            Err((body_end, Reason::NotZero))
        })
    }

    fn group_header(&mut self, at: u64) -> io::Result<Result<GroupHeader, Reason>> {
        if !self
            .window
            .load(self.file, at, GROUP_HEADER, self.header.len)?
        {
            return Ok(Err(Reason::Group));
        }
        let position = self.header.base + at;
        let bytes = self.window.slice(at, GROUP_HEADER);
        let group = GroupHeader::decode(bytes, self.header.salt, position);
        Ok(group.and_then(|group| check_chain(&group, self.header, at)))
    }

    fn frame(&mut self, at: u64, limit: u64) -> io::Result<Result<u64, Reason>> {
        if limit - at < FRAME_HEADER as u64 {
            return Ok(Err(Reason::GroupLength));
        }
        self.window
            .load(self.file, at, FRAME_HEADER, self.header.len)?;
        let Some(frame) = FrameHeader::decode(self.window.slice(at, FRAME_HEADER)) else {
            return Ok(Err(Reason::Frame));
        };
        let payload_at = at + FRAME_HEADER as u64;
        let payload_len = frame.payload_len();
        if payload_len as u64 > limit - payload_at {
            return Ok(Err(Reason::Frame));
        }
        self.window
            .load(self.file, payload_at, payload_len, self.header.len)?;
        let payload = self.window.slice(payload_at, payload_len);
        if !frame.matches(payload, self.header.salt, self.header.base + at) {
            return Ok(Err(Reason::Checksum));
        }
        Ok(Ok(payload_at + payload_len as u64))
    }

    /// Looks for the next valid group header after the group that should begin at `from`.
    fn search(&mut self, from: u64) -> io::Result<Found> {
        let mut found = Found {
            any_used: false,
            used_end: from,
            next: None,
        };
        let mut at = from;
        while at < self.header.len {
            let len = SEARCH_BYTES.min(self.header.len - at) as usize;
            self.window.load(self.file, at, len, self.header.len)?;
            let piece = self.window.slice(at, len);
            if let Some(last) = piece.iter().rposition(|&byte| byte != 0) {
                found.any_used = true;
                if let Some(next) = self.first_header(at, at + last as u64, from)? {
                    found.next = Some(next);
                    return Ok(found);
                }
                found.used_end = at + last as u64 + 1;
            }
            at += len as u64;
        }
        Ok(found)
    }

    fn first_header(
        &mut self,
        begin: u64,
        end: u64,
        not_at: u64,
    ) -> io::Result<Option<(u64, GroupHeader)>> {
        for at in (begin..=end).step_by(GROUP_ALIGN as usize) {
            let is_candidate = at != not_at
                && self
                    .window
                    .load(self.file, at, GROUP_MAGIC.len(), self.header.len)?
                && self.window.slice(at, GROUP_MAGIC.len()) == GROUP_MAGIC;
            if is_candidate && let Ok(group) = self.group_header(at)? {
                return Ok(Some((at, group)));
            }
        }
        Ok(None)
    }
}

/// Only the first group of a segment may leave a gap to the one before.
pub(crate) fn check_chain(
    group: &GroupHeader,
    header: &Header,
    at: u64,
) -> Result<GroupHeader, Reason> {
    let position = header.base + at;
    let is_first = at == SEGMENT_HEADER;
    let continues = if is_first {
        group.end_before <= header.base
    } else {
        group.end_before == position
    };
    if continues {
        Ok(*group)
    } else {
        Err(Reason::Group)
    }
}
