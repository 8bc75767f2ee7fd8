//! Frames that wait for their commit.

use crate::frame::GROUP_HEADER;
use crate::segment::Header;

/// A group that is not written yet.
#[derive(Debug)]
pub(crate) struct Buffer {
    /// Room for the group header, then frames.
    pub(crate) bytes: Vec<u8>,
    /// How much of `bytes` is complete; more is left when an encoder panics.
    pub(crate) filled: usize,
    pub(crate) frames: u32,
    /// Position of the group.
    pub(crate) position: u64,
    /// The segment it goes to, which may not exist yet.
    pub(crate) segment: Header,
    /// How long `bytes` may get.
    pub(crate) bytes_max: usize,
}

impl Buffer {
    pub(crate) fn new(bytes: Vec<u8>, position: u64, segment: Header) -> Self {
        let room = segment.next_base() - position;
        let mut buffer = Self {
            bytes,
            filled: GROUP_HEADER,
            frames: 0,
            position,
            segment,
            bytes_max: room as usize,
        };
        buffer.bytes.clear();
        buffer.bytes.resize(GROUP_HEADER, 0);
        buffer
    }

    pub(crate) fn is_first_of_segment(&self) -> bool {
        self.position == self.segment.first()
    }
}
