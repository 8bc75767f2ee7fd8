//! What can go wrong, one enum per operation.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::position::Position;

/// Says which check found bytes of a log wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Reason {
    /// The first block of a segment is not one of ours or fails its checksum.
    #[error("the segment header is invalid")]
    SegmentHeader,
    /// A segment is of another format version.
    #[error("format version {0} is not known to this release")]
    Version(u8),
    /// A file is longer or shorter than its header says.
    #[error("the file is {found} bytes long instead of {expected}")]
    Length {
        /// What the header says.
        expected: u64,
        /// What the file system says.
        found: u64,
    },
    /// A segment between two others is not there, or belongs to another log.
    #[error("the segment does not continue the one before it")]
    Gap,
    /// Where a group must begin there is none.
    #[error("no valid commit group begins here")]
    Group,
    /// The frames of a group do not fill it.
    #[error("the frames do not fill their commit group")]
    GroupLength,
    /// A frame header has an unknown kind or an impossible length.
    #[error("no valid frame begins here")]
    Frame,
    /// A frame fails its checksum.
    #[error("a frame fails its checksum")]
    Checksum,
    /// Bytes that must be zero are not.
    #[error("bytes that must be zero are not")]
    NotZero,
    /// Groups end before the place up to which the log was known to be durable.
    #[error("the log ends before data that was durable")]
    Missing,
}

/// Names damaged bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The segment file.
    pub file: PathBuf,
    /// Where in it the damage was noticed.
    pub offset: u64,
    /// What is wrong there.
    pub reason: Reason,
    /// The bytes were never known to be durable: the mark of an interrupted write, which the next
    /// start cuts. Otherwise it is corruption.
    pub is_torn: bool,
}

/// Opening a log failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process, or another writer in this one, has the log open.
    #[error("the log is in use by another process")]
    Locked,
    /// The options contradict each other or the format.
    #[error("log options: {0}")]
    Options(&'static str),
    /// Data that was durable is damaged.
    #[error(
        "log file {} is damaged at offset {offset}: {reason}; `playhead fsck` lists all damage; \
         restore the log from a backup",
        file.display()
    )]
    Corrupt {
        /// The segment file.
        file: PathBuf,
        /// Where in it the damage was noticed.
        offset: u64,
        /// What is wrong there.
        reason: Reason,
    },
    /// The storage refused an operation.
    #[error("cannot {action} {}", file.display())]
    Io {
        /// What was attempted.
        action: &'static str,
        /// On which file or folder.
        file: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

/// A frame was not taken.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AppendError {
    /// The payload is above `Options::frame_bytes_max`; the writer goes on without it.
    #[error("a frame of {bytes} bytes is above the limit of {max}")]
    FrameTooLarge {
        /// Length of the refused payload.
        bytes: usize,
        /// The limit in force.
        max: usize,
    },
    /// A write or sync failed earlier; nothing is taken until the log is opened again.
    #[error("the log is poisoned by an earlier failed write or sync")]
    Poisoned,
}

/// Buffered frames did not become durable; none of them may be acknowledged.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CommitError {
    /// A write or sync failed earlier; nothing is committed until the log is opened again.
    #[error("the log is poisoned by an earlier failed write or sync")]
    Poisoned,
    /// The storage refused an operation; from now on the writer is poisoned.
    #[error("cannot {action} {}", file.display())]
    Io {
        /// What was attempted.
        action: &'static str,
        /// On which file.
        file: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

/// A frame could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The position is below what retention has kept.
    #[error("position {position} is gone: the log begins at {begin}")]
    Retired {
        /// What was asked for.
        position: Position,
        /// The oldest position there is.
        begin: Position,
    },
    /// The position is not committed yet.
    #[error("position {position} is not written: the log ends at {end}")]
    NotYet {
        /// What was asked for.
        position: Position,
        /// The committed end.
        end: Position,
    },
    /// Bytes below the committed end are damaged, or the position is not that of a frame.
    #[error(
        "log file {} is damaged at offset {offset}: {reason}; `playhead fsck` lists all damage",
        file.display()
    )]
    Corrupt {
        /// The segment file.
        file: PathBuf,
        /// Where in it the damage was noticed.
        offset: u64,
        /// What is wrong there.
        reason: Reason,
    },
    /// The storage refused to read.
    #[error("cannot read {}", file.display())]
    Io {
        /// Which file.
        file: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

/// A segment could not be removed durably; all younger ones are still there.
#[derive(Debug, Error)]
#[error("cannot remove {}", file.display())]
pub struct RetireError {
    /// Which file.
    pub file: PathBuf,
    /// Why it failed.
    pub source: io::Error,
}
