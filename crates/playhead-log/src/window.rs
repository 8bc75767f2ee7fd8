//! Reads a file ahead in big pieces.

use std::io;

use crate::storage::SegmentFile;

/// How much is read at once: it stays in the second cache until it has been gone through.
const AHEAD: u64 = 128 << 10;

/// A part of a file that is in memory.
#[derive(Debug, Default)]
pub(crate) struct Window {
    bytes: Vec<u8>,
    /// Offset in the file of `bytes[0]`.
    start: u64,
    /// How many of `bytes` are from the file; the rest is spare room.
    filled: usize,
}

impl Window {
    /// Forgets what was read, for instance since another file comes next.
    pub(crate) fn clear(&mut self) {
        self.filled = 0;
    }

    /// Makes `len` bytes at `offset` available to [`Window::slice`], and reads no byte at or above
    /// `limit`. Answers `false` if that does not leave enough of them.
    #[inline]
    pub(crate) fn load(
        &mut self,
        file: &dyn SegmentFile,
        offset: u64,
        len: usize,
        limit: u64,
    ) -> io::Result<bool> {
        let is_loaded = offset >= self.start
            && (offset - self.start).saturating_add(len as u64) <= self.filled as u64;
        if is_loaded {
            Ok(true)
        } else {
            self.read(file, offset, len, limit)
        }
    }

    #[cold]
    fn read(
        &mut self,
        file: &dyn SegmentFile,
        offset: u64,
        len: usize,
        limit: u64,
    ) -> io::Result<bool> {
        let left = limit.saturating_sub(offset);
        if left < len as u64 {
            return Ok(false);
        }
        let wanted = left.min(AHEAD).max(len as u64) as usize;
        self.filled = 0;
        if self.bytes.len() < wanted {
            self.bytes.resize(wanted, 0);
        }
        file.read_at(&mut self.bytes[..wanted], offset)?;
        self.start = offset;
        self.filled = wanted;
        Ok(true)
    }

    /// Returns bytes that are loaded.
    #[inline]
    pub(crate) fn slice(&self, offset: u64, len: usize) -> &[u8] {
        let at = (offset - self.start) as usize;
        &self.bytes[..self.filled][at..at + len]
    }
}
