//! Goes through the log frame by frame.

use std::io;
use std::sync::Arc;

use crate::error::{ReadError, Reason};
use crate::frame::{
    FRAME_HEADER, FrameHeader, FrameKind, GROUP_HEADER, GroupHeader, align, is_frame,
};
use crate::position::Position;
use crate::scan::check_chain;
use crate::segment::SEGMENT_HEADER;
use crate::shared::{Shared, Source};
use crate::window::Window;

/// A frame, borrowed from the iterator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Where it stands.
    pub position: Position,
    /// Whether the payload is still there.
    pub kind: FrameKind,
    /// What was appended, or as many zeros.
    pub payload: &'a [u8],
}

/// Lends one frame after the other.
///
/// After the committed end it answers `None`; asked again later, it goes on with what was
/// committed meanwhile. After an error it stays at its end.
#[derive(Debug)]
pub struct Iter {
    shared: Arc<Shared>,
    source: Source,
    window: Window,
    /// Offset in the file of the source of what comes next.
    cursor: u64,
    /// Offset up to which the file can be read.
    limit: u64,
    group: Group,
    has_failed: bool,
}

/// Where the cursor stands.
#[derive(Clone, Copy, Debug)]
enum Group {
    /// In a group whose header was not seen, at a frame or at its end.
    Unknown,
    /// So many frames before the end of the group, which is at this offset.
    Left { frames: u32, end: u64 },
}

/// A frame in the window.
struct Loaded {
    at: u64,
    kind: FrameKind,
    payload_len: usize,
}

impl Iter {
    pub(crate) fn new(shared: Arc<Shared>, from: Position) -> Result<Self, ReadError> {
        let source = shared.source(from.get())?;
        let mut iter = Self {
            shared,
            source,
            window: Window::default(),
            cursor: 0,
            limit: 0,
            group: Group::Unknown,
            has_failed: false,
        };
        iter.enter(from.get());
        Ok(iter)
    }

    /// Returns from where another iterator would go on after the last frame; after the last frame
    /// of a commit that is the end of the commit.
    pub fn position(&self) -> Position {
        let at = match self.group {
            Group::Left { frames: 0, end } => self.base() + align(end),
            _ => self.at(),
        };
        Position::new(at.min(self.shared.end()))
    }

    /// Lends the next frame.
    #[expect(clippy::should_implement_trait, reason = "an Iterator cannot lend")]
    pub fn next(&mut self) -> Option<Result<Frame<'_>, ReadError>> {
        if self.has_failed {
            return None;
        }
        match self.advance() {
            Ok(Some(loaded)) => Some(Ok(Frame {
                position: Position::new(self.source.segment.header.base + loaded.at),
                kind: loaded.kind,
                payload: self
                    .window
                    .slice(loaded.at + FRAME_HEADER as u64, loaded.payload_len),
            })),
            Ok(None) => None,
            Err(error) => {
                self.has_failed = true;
                Some(Err(error))
            }
        }
    }

    fn advance(&mut self) -> Result<Option<Loaded>, ReadError> {
        loop {
            match self.group {
                Group::Left { frames: 0, end } => self.finish_group(end)?,
                Group::Left { frames, end } => {
                    let loaded = self.frame(end)?;
                    self.group = Group::Left {
                        frames: frames - 1,
                        end,
                    };
                    return Ok(Some(loaded));
                }
                Group::Unknown if self.cursor < self.limit => {
                    if self.is_at_frame()? {
                        return self.frame(self.limit).map(Some);
                    }
                    self.cursor = align(self.cursor);
                    if self.cursor < self.limit {
                        self.begin_group()?;
                    }
                }
                Group::Unknown => {
                    if !self.go_on()? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Takes the frame at the cursor, which ends at or below `end`.
    #[inline]
    fn frame(&mut self, end: u64) -> Result<Loaded, ReadError> {
        let at = self.cursor;
        let payload_at = at + FRAME_HEADER as u64;
        if payload_at > end {
            return Err(self.corrupt(Reason::GroupLength));
        }
        self.load(at, FRAME_HEADER)?;
        let header = FrameHeader::decode(self.window.slice(at, FRAME_HEADER))
            .ok_or_else(|| self.corrupt(Reason::Frame))?;
        let payload_len = header.payload_len();
        if payload_len as u64 > end - payload_at {
            return Err(self.corrupt(Reason::Frame));
        }
        self.load(at, FRAME_HEADER + payload_len)?;
        let segment = self.source.segment.header;
        let payload = self.window.slice(payload_at, payload_len);
        if !header.matches(payload, segment.salt, segment.base + at) {
            return Err(self.corrupt(Reason::Checksum));
        }
        self.cursor = payload_at + payload_len as u64;
        Ok(Loaded {
            at,
            kind: header.kind,
            payload_len,
        })
    }

    fn finish_group(&mut self, end: u64) -> Result<(), ReadError> {
        if self.cursor != end {
            return Err(self.corrupt(Reason::GroupLength));
        }
        let padded = align(end);
        self.load(end, (padded - end) as usize)?;
        let padding = self.window.slice(end, (padded - end) as usize);
        if padding.iter().any(|&byte| byte != 0) {
            return Err(self.corrupt(Reason::NotZero));
        }
        self.cursor = padded;
        self.group = Group::Unknown;
        if self.cursor < self.limit {
            self.begin_group()
        } else {
            Ok(())
        }
    }

    fn begin_group(&mut self) -> Result<(), ReadError> {
        let at = self.cursor;
        let header = self.source.segment.header;
        self.load(at, GROUP_HEADER)?;
        let group = GroupHeader::decode(
            self.window.slice(at, GROUP_HEADER),
            header.salt,
            header.base + at,
        )
        .and_then(|group| check_chain(&group, &header, at))
        .map_err(|reason| self.corrupt(reason))?;
        let end = at + GROUP_HEADER as u64 + u64::from(group.body);
        if align(end) > self.limit {
            return Err(self.corrupt(Reason::GroupLength));
        }
        self.cursor = at + GROUP_HEADER as u64;
        self.group = Group::Left {
            frames: group.frames,
            end,
        };
        Ok(())
    }

    /// Frames and group headers can be told apart, so that reading can begin anywhere.
    fn is_at_frame(&mut self) -> Result<bool, ReadError> {
        if self.cursor + 4 > self.limit {
            return Ok(false);
        }
        self.load(self.cursor, 4)?;
        let word = self.window.slice(self.cursor, 4);
        Ok(is_frame(word.try_into().expect("four bytes were sliced")))
    }

    /// Looks for more: committed meanwhile in this segment, or in the next.
    fn go_on(&mut self) -> Result<bool, ReadError> {
        let position = self.at();
        // Loaded before the table is looked at: if the segment is still the active one then, the
        // end lies in it.
        let end = self.shared.end();
        if position >= end {
            return Ok(false);
        }
        let is_active = self.shared.table().active().header.base == self.base();
        if is_active {
            self.source.limit = end;
        } else {
            self.source = self.shared.source(position)?;
            self.window.clear();
        }
        self.enter(position);
        Ok(true)
    }

    fn enter(&mut self, position: u64) {
        self.cursor = position.saturating_sub(self.base()).max(SEGMENT_HEADER);
        self.limit = self.source.limit.saturating_sub(self.base());
    }

    fn at(&self) -> u64 {
        self.base() + self.cursor
    }

    fn base(&self) -> u64 {
        self.source.segment.header.base
    }

    #[inline]
    fn load(&mut self, at: u64, len: usize) -> Result<(), ReadError> {
        match self.window.load(&*self.source.file, at, len, self.limit) {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.corrupt(Reason::GroupLength)),
            Err(source) => Err(self.io(source)),
        }
    }

    #[cold]
    fn corrupt(&self, reason: Reason) -> ReadError {
        let file = self.shared.storage.path(self.base());
        ReadError::Corrupt {
            file,
            offset: self.cursor,
            reason,
        }
    }

    #[cold]
    fn io(&self, source: io::Error) -> ReadError {
        ReadError::Io {
            file: self.shared.storage.path(self.base()),
            source,
        }
    }
}
