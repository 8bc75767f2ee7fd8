//! Where a frame stands in the log.

use std::fmt;

/// Names a place in the log; later places are greater, over the whole life of the log.
///
/// To everybody else it is opaque: there are gaps between the positions of neighbouring frames,
/// and positions are not indices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(u64);

impl Position {
    /// The place before the first frame of a log that has lost nothing to retention.
    pub const ZERO: Self = Self(0);

    /// Restores a position from a number that [`Position::get`] gave.
    pub const fn new(raw: u64) -> Self {
        Self(raw)
    }

    /// Returns the number to store in a checkpoint or a row.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
