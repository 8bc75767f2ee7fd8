//! Segment files: their names, their header and what is known of them.

use std::io;

use crate::error::Reason;
use crate::options::SEGMENT_BYTES_MAX;
use crate::position::Position;
use crate::storage::SegmentFile;

/// Groups begin after this many bytes, so that no commit ever writes to the block of the header.
pub(crate) const SEGMENT_HEADER: u64 = 4096;
/// Segment lengths are multiples of this.
pub(crate) const SEGMENT_ALIGN: u64 = 4096;

const MAGIC: [u8; 7] = *b"playlog";
const VERSION: u8 = 1;
/// The part of the header block that is not zero.
const HEADER_USED: usize = 36;

/// The name of the file whose positions begin at `base`.
pub(crate) fn file_name(base: u64) -> String {
    format!("{base:016x}.seg")
}

/// The `base` of a file name, if it is that of a segment.
pub(crate) fn parse_file_name(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".seg")?;
    let base = u64::from_str_radix(digits, 16).ok()?;
    (file_name(base) == name).then_some(base)
}

/// What a segment's header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Position of the first byte of the file.
    pub(crate) base: u64,
    /// Length of the file; the next segment's base follows from it.
    pub(crate) len: u64,
    /// Secret of the log, the same in all its segments.
    pub(crate) salt: u64,
}

impl Header {
    pub(crate) fn encode(&self) -> [u8; HEADER_USED] {
        let mut bytes = [0; HEADER_USED];
        bytes[..7].copy_from_slice(&MAGIC);
        bytes[7] = VERSION;
        bytes[8..16].copy_from_slice(&self.base.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.len.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.salt.to_le_bytes());
        let checksum = crc32c::crc32c(&bytes[..32]);
        bytes[32..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// Reads and checks the header of the segment that is named after `base`.
    pub(crate) fn read(file: &dyn SegmentFile, base: u64) -> io::Result<Result<Self, Reason>> {
        let found = file.size()?;
        if found < SEGMENT_HEADER {
            return Ok(Err(Reason::SegmentHeader));
        }
        let mut block = vec![0; SEGMENT_HEADER as usize];
        file.read_at(&mut block, 0)?;
        Ok(Self::decode(&block, base, found))
    }

    fn decode(block: &[u8], base: u64, found: u64) -> Result<Self, Reason> {
        let word = |at: usize| {
            u64::from_le_bytes(
                block[at..at + 8]
                    .try_into()
                    .expect("eight bytes were sliced"),
            )
        };
        if block[..7] != MAGIC {
            return Err(Reason::SegmentHeader);
        }
        if crc32c::crc32c(&block[..32]).to_le_bytes() != block[32..HEADER_USED] {
            return Err(Reason::SegmentHeader);
        }
        if block[7] != VERSION {
            return Err(Reason::Version(block[7]));
        }
        if block[HEADER_USED..].iter().any(|&byte| byte != 0) {
            return Err(Reason::NotZero);
        }
        let header = Self {
            base: word(8),
            len: word(16),
            salt: word(24),
        };
        if header.len != found {
            return Err(Reason::Length {
                expected: header.len,
                found,
            });
        }
        let is_plausible = header.base == base
            && header.len <= SEGMENT_BYTES_MAX
            && header.len.is_multiple_of(SEGMENT_ALIGN)
            && header
                .base
                .checked_add(header.len)
                .is_some_and(|end| end < 1 << 63);
        if is_plausible {
            Ok(header)
        } else {
            Err(Reason::SegmentHeader)
        }
    }

    /// Position of the first group.
    pub(crate) fn first(&self) -> u64 {
        self.base + SEGMENT_HEADER
    }

    /// Base of the segment that follows.
    pub(crate) fn next_base(&self) -> u64 {
        self.base + self.len
    }

    /// Says whether `next` belongs to the same log and leaves no gap.
    pub(crate) fn precedes(&self, next: &Self) -> bool {
        self.next_base() == next.base && self.salt == next.salt
    }
}

/// A segment that holds groups, or the active one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub(crate) header: Header,
    /// End of its last group; of the active segment only at the time it was opened.
    pub(crate) end: u64,
    pub(crate) first_stamp: u64,
    /// As `end`.
    pub(crate) last_stamp: u64,
}

/// Describes one segment to those who decide on retention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentInfo {
    /// Where its first frame can be.
    pub begin: Position,
    /// Where its last frame ends.
    pub end: Position,
    /// Length of the file.
    pub bytes: u64,
    /// Stamp of its first commit.
    pub first_stamp: u64,
    /// Stamp of its last commit.
    pub last_stamp: u64,
    /// New frames go here; it is never retired.
    pub is_active: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_exact() {
        assert_eq!(file_name(0x10_0000), "0000000000100000.seg");
        assert_eq!(parse_file_name("0000000000100000.seg"), Some(0x10_0000));
        for other in [
            "100000.seg",
            "0000000000100000.seg.new",
            "lock",
            "00000000001000AB.seg",
        ] {
            assert_eq!(parse_file_name(other), None, "{other}");
        }
    }

    #[test]
    fn a_header_round_trips_and_fails_when_any_bit_flips() {
        let header = Header {
            base: 8192,
            len: 8192,
            salt: 5,
        };
        let mut block = vec![0; SEGMENT_HEADER as usize];
        block[..HEADER_USED].copy_from_slice(&header.encode());
        assert_eq!(Header::decode(&block, 8192, 8192), Ok(header));
        for bit in 0..block.len() * 8 {
            block[bit / 8] ^= 1 << (bit % 8);
            assert!(Header::decode(&block, 8192, 8192).is_err(), "bit {bit}");
            block[bit / 8] ^= 1 << (bit % 8);
        }
    }
}
