//! Where segments are kept: a folder, or memory that can be told to fail.

mod memory;
mod os;
mod sectors;

use std::any::Any;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

pub use memory::{MemoryStorage, SyncFault, WriteFault};
pub use os::OsStorage;

/// A set of segment files, named by the position of their first byte.
pub trait Storage: fmt::Debug + Send + Sync {
    /// Takes the right to write, until the answer is dropped, and clears away what an interrupted
    /// [`Storage::create`] left behind.
    ///
    /// # Errors
    /// `WouldBlock` if somebody else has it.
    fn lock(&self) -> io::Result<Lock>;

    /// Lists the bases of all segments, in any order.
    fn list(&self) -> io::Result<Vec<u64>>;

    /// Creates a segment of `bytes` bytes, `head` followed by zeros, in place of one of the same
    /// base if there is one.
    ///
    /// The content is durable on return. After a crash the segment is there whole or not at all;
    /// that it is there is certain after [`Storage::sync_directory`].
    fn create(&self, base: u64, bytes: u64, head: &[u8]) -> io::Result<Arc<dyn SegmentFile>>;

    /// Opens a segment for reading.
    fn open_read(&self, base: u64) -> io::Result<Arc<dyn SegmentFile>>;

    /// Opens a segment for reading and writing.
    fn open_write(&self, base: u64) -> io::Result<Arc<dyn SegmentFile>>;

    /// Removes a segment; those who have it open can go on reading it.
    fn remove(&self, base: u64) -> io::Result<()>;

    /// Makes all creations and removals durable.
    fn sync_directory(&self) -> io::Result<()>;

    /// Returns how many bytes can still be written.
    fn free_bytes(&self) -> io::Result<u64>;

    /// Draws the secret of a new log.
    fn random(&self) -> u64;

    /// Returns what to call a segment in messages.
    fn path(&self, base: u64) -> PathBuf;
}

/// An open segment file. It never grows or shrinks.
pub trait SegmentFile: fmt::Debug + Send + Sync {
    /// Fills `into` from `offset`; fewer bytes are an error.
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<()>;

    /// Writes all of `bytes` at `offset`.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Returns when everything written through any handle of the file is durable.
    fn sync_data(&self) -> io::Result<()>;

    /// Returns the length of the file.
    fn size(&self) -> io::Result<u64>;
}

/// The right to write to a [`Storage`], given back when dropped.
pub struct Lock(#[expect(dead_code, reason = "held for its drop")] Box<dyn Any + Send + Sync>);

impl Lock {
    /// Wraps whatever gives the right back when dropped.
    pub fn new(guard: impl Any + Send + Sync) -> Self {
        Self(Box::new(guard))
    }
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lock")
    }
}
