//! The bytes of frames and of the groups that one commit writes.

use crate::error::Reason;

/// Length and checksum before each payload.
pub(crate) const FRAME_HEADER: usize = 8;
/// Bytes before the frames of a group.
pub(crate) const GROUP_HEADER: usize = 56;
/// Groups begin at multiples of this, so that a lost one can be skipped by looking for the next.
pub(crate) const GROUP_ALIGN: u64 = 8;
/// The upper four bits of a frame's first word are its kind.
pub(crate) const PAYLOAD_BYTES_MAX: usize = (1 << KIND_SHIFT) - 1;

/// Every byte is 0x80 or above: wherever a reader expects the kind of a frame and hits a part of
/// this after some padding, it does not see the kind of a frame.
pub(crate) const GROUP_MAGIC: [u8; 4] = [0xF0, 0x9F, 0x8E, 0xAC];

const KIND_SHIFT: u32 = 28;
const KIND_DATA: u32 = 1;
const KIND_BLANKED: u32 = 2;

/// Says whether a frame still has its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// The payload is what was appended.
    Data,
    /// The payload was erased later: it is zeros of the same length.
    Blanked,
}

/// Spreads the secret of the log and a position over the start value of a checksum.
///
/// A frame or group that was written elsewhere, in another log or by a player who imitates the
/// format inside an event, fails its checksum.
fn seed(salt: u64, position: u64) -> u32 {
    ((salt ^ position).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32
}

fn read_u32(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(
        bytes[at..at + 4]
            .try_into()
            .expect("four bytes were sliced"),
    )
}

fn read_u64(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(
        bytes[at..at + 8]
            .try_into()
            .expect("eight bytes were sliced"),
    )
}

/// Fills in the header of a frame whose payload is in place after it.
pub(crate) fn seal_frame(frame: &mut [u8], salt: u64, position: u64) {
    let (header, payload) = frame.split_at_mut(FRAME_HEADER);
    let word = (KIND_DATA << KIND_SHIFT) | payload.len() as u32;
    let checksum = crc32c::crc32c_append(seed(salt, position) ^ word, payload);
    header[..4].copy_from_slice(&word.to_le_bytes());
    header[4..].copy_from_slice(&checksum.to_le_bytes());
}

/// The header of a frame, decoded but not yet checked against the payload.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameHeader {
    word: u32,
    checksum: u32,
    pub(crate) kind: FrameKind,
}

impl FrameHeader {
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let word = read_u32(bytes, 0);
        let kind = match word >> KIND_SHIFT {
            KIND_DATA => FrameKind::Data,
            KIND_BLANKED => FrameKind::Blanked,
            _ => return None,
        };
        Some(Self {
            word,
            checksum: read_u32(bytes, 4),
            kind,
        })
    }

    pub(crate) fn payload_len(self) -> usize {
        (self.word & PAYLOAD_BYTES_MAX as u32) as usize
    }

    pub(crate) fn matches(self, payload: &[u8], salt: u64, position: u64) -> bool {
        crc32c::crc32c_append(seed(salt, position) ^ self.word, payload) == self.checksum
    }
}

/// Says whether a frame, rather than padding or a group, begins with these bytes.
pub(crate) fn is_frame(word: [u8; 4]) -> bool {
    matches!(
        u32::from_le_bytes(word) >> KIND_SHIFT,
        KIND_DATA | KIND_BLANKED
    )
}

/// What one commit says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GroupHeader {
    /// Length of the frames, without padding.
    pub(crate) body: u32,
    pub(crate) frames: u32,
    pub(crate) stamp: u64,
    /// All groups below this were durable before this group was written.
    pub(crate) synced_to: u64,
    /// Stamp of the group before this one.
    pub(crate) stamp_before: u64,
    /// End of the group before this one: the group's own position, except in the first group of
    /// a segment, where it is the end of the segment before.
    pub(crate) end_before: u64,
}

impl GroupHeader {
    pub(crate) fn encode(&self, into: &mut [u8], salt: u64, position: u64) {
        into[8..16].copy_from_slice(&position.to_le_bytes());
        into[16..20].copy_from_slice(&self.body.to_le_bytes());
        into[20..24].copy_from_slice(&self.frames.to_le_bytes());
        into[24..32].copy_from_slice(&self.stamp.to_le_bytes());
        into[32..40].copy_from_slice(&self.synced_to.to_le_bytes());
        into[40..48].copy_from_slice(&self.stamp_before.to_le_bytes());
        into[48..56].copy_from_slice(&self.end_before.to_le_bytes());
        let checksum = crc32c::crc32c_append(seed(salt, position), &into[8..GROUP_HEADER]);
        into[..4].copy_from_slice(&GROUP_MAGIC);
        into[4..8].copy_from_slice(&checksum.to_le_bytes());
    }

    pub(crate) fn decode(bytes: &[u8], salt: u64, position: u64) -> Result<Self, Reason> {
        let checksum = crc32c::crc32c_append(seed(salt, position), &bytes[8..GROUP_HEADER]);
        let is_ours = bytes[..4] == GROUP_MAGIC
            && read_u32(bytes, 4) == checksum
            && read_u64(bytes, 8) == position;
        if !is_ours {
            return Err(Reason::Group);
        }
        let group = Self {
            body: read_u32(bytes, 16),
            frames: read_u32(bytes, 20),
            stamp: read_u64(bytes, 24),
            synced_to: read_u64(bytes, 32),
            stamp_before: read_u64(bytes, 40),
            end_before: read_u64(bytes, 48),
        };
        let is_plausible = group.synced_to <= position && group.end_before <= position;
        if is_plausible {
            Ok(group)
        } else {
            Err(Reason::Group)
        }
    }
}

/// Rounds up to where the next group may begin.
pub(crate) fn align(offset: u64) -> u64 {
    offset.next_multiple_of(GROUP_ALIGN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_round_trips_and_belongs_to_its_position_and_log() {
        let mut frame = vec![0; FRAME_HEADER];
        frame.extend_from_slice(b"payload");
        seal_frame(&mut frame, 7, 4096);
        let header = FrameHeader::decode(&frame).unwrap();
        assert_eq!((header.payload_len(), header.kind), (7, FrameKind::Data));
        assert!(header.matches(&frame[FRAME_HEADER..], 7, 4096));
        assert!(!header.matches(&frame[FRAME_HEADER..], 7, 4104));
        assert!(!header.matches(&frame[FRAME_HEADER..], 8, 4096));
    }

    #[test]
    fn zeros_and_pieces_of_a_group_header_are_no_frame() {
        assert!(FrameHeader::decode(&[0; FRAME_HEADER]).is_none());
        for padding in 0..8 {
            let mut bytes = vec![0; padding];
            bytes.extend_from_slice(&GROUP_MAGIC);
            assert!(
                !is_frame(bytes[..4].try_into().unwrap()),
                "{padding} bytes of padding"
            );
        }
    }

    #[test]
    fn a_group_header_fails_when_any_bit_of_it_flips() {
        let group = GroupHeader {
            body: 24,
            frames: 2,
            stamp: 3,
            synced_to: 4096,
            stamp_before: 1,
            end_before: 4096,
        };
        let mut bytes = [0; GROUP_HEADER];
        group.encode(&mut bytes, 9, 4096);
        assert_eq!(GroupHeader::decode(&bytes, 9, 4096), Ok(group));
        for bit in 0..GROUP_HEADER * 8 {
            let mut flipped = bytes;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                GroupHeader::decode(&flipped, 9, 4096),
                Err(Reason::Group),
                "bit {bit}"
            );
        }
    }
}
