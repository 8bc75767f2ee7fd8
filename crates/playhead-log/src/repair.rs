//! Makes certain what recovery found.

use std::io;

use crate::error::OpenError;
use crate::recover::{Found, io_error};
use crate::segment::SEGMENT_HEADER;
use crate::storage::{SegmentFile, Storage};

/// How much is rewritten or zeroed at once.
const CHUNK_BYTES: u64 = 1 << 20;

impl Found {
    /// Makes the end of the log certain: what is valid is on disk, what follows is zero.
    ///
    /// After a failed sync the system may hold pages in memory that it will never write although
    /// they read well, so the groups that were not known to be durable are written again.
    pub(crate) fn repair(&self, storage: &dyn Storage) -> Result<(), OpenError> {
        for &base in &self.useless {
            storage
                .remove(base)
                .map_err(io_error(storage, "remove", base))?;
        }
        let base = self
            .segments
            .back()
            .map_or(self.fresh_base, |segment| segment.header.base);
        storage
            .sync_directory()
            .map_err(io_error(storage, "sync the folder of", base))?;
        if self.run.is_none() && self.used_end == self.run_end {
            return Ok(());
        }
        let file = storage
            .open_write(base)
            .map_err(io_error(storage, "open", base))?;
        let synced_to = self.run.map_or(0, |(_, last)| last.synced_to);
        let unsure = synced_to.saturating_sub(base).max(SEGMENT_HEADER);
        write_again(&*file, unsure, self.run_end)
            .and_then(|()| write_zeros(&*file, self.run_end, self.used_end))
            .map_err(io_error(storage, "write", base))?;
        file.sync_data().map_err(io_error(storage, "sync", base))
    }
}

fn write_again(file: &dyn SegmentFile, from: u64, to: u64) -> io::Result<()> {
    let mut chunk = Vec::new();
    let mut at = from;
    while at < to {
        let len = CHUNK_BYTES.min(to - at);
        chunk.resize(len as usize, 0);
        file.read_at(&mut chunk, at)?;
        file.write_at(&chunk, at)?;
        at += len;
    }
    Ok(())
}

fn write_zeros(file: &dyn SegmentFile, from: u64, to: u64) -> io::Result<()> {
    let mut at = from;
    while at < to {
        let len = CHUNK_BYTES.min(to - at);
        file.write_at(&vec![0; len as usize], at)?;
        at += len;
    }
    Ok(())
}
