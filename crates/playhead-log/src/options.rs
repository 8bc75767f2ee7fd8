//! How a log is written.

use crate::error::OpenError;
use crate::frame::PAYLOAD_BYTES_MAX;
use crate::segment::{SEGMENT_ALIGN, SEGMENT_HEADER};

/// The largest segment: lengths of groups are stored in 32 bits.
pub(crate) const SEGMENT_BYTES_MAX: u64 = 1 << 31;
/// When frames count as committed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SyncPolicy {
    /// After a sync: they survive a power loss.
    #[default]
    Always,
    /// After the write: they survive the end of the process, not of the machine. Segments are
    /// synced when the log rolls.
    Never,
}

/// Who creates the next segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preparation {
    /// A thread, once the current one is half full.
    #[default]
    Ahead,
    /// The commit that needs it. Deterministic, for simulations.
    AtRoll,
}

/// How a log is written. Any of it may change from one opening to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Length of a segment once the log has grown; a segment is longer if one frame needs it.
    pub segment_bytes: u64,
    /// Longest payload.
    pub frame_bytes_max: usize,
    /// When frames count as committed.
    pub sync: SyncPolicy,
    /// Who creates the next segment.
    pub preparation: Preparation,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes: 256 << 20,
            frame_bytes_max: 16 << 20,
            sync: SyncPolicy::Always,
            preparation: Preparation::Ahead,
        }
    }
}

impl Options {
    /// Rounds what can be rounded and refuses what the format cannot hold.
    pub(crate) fn checked(mut self) -> Result<Self, OpenError> {
        if self.frame_bytes_max > PAYLOAD_BYTES_MAX {
            return Err(OpenError::Options("frame_bytes_max must be below 256 MiB"));
        }
        if self.segment_bytes > SEGMENT_BYTES_MAX {
            return Err(OpenError::Options("segment_bytes must not be above 2 GiB"));
        }
        let least = 2 * SEGMENT_HEADER;
        self.segment_bytes = self
            .segment_bytes
            .max(least)
            .next_multiple_of(SEGMENT_ALIGN);
        Ok(self)
    }
}
