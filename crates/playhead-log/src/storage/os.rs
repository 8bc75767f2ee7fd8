//! A folder of the operating system.

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{FlockOperation, flock, statvfs};

use super::{Lock, SegmentFile, Storage};
use crate::segment::{file_name, parse_file_name};

const LOCK_FILE: &str = "lock";
/// A segment bears this suffix until it is complete.
const UNFINISHED: &str = ".new";
const FILL_BYTES: usize = 1 << 20;

/// Keeps each segment as a file of a folder.
#[derive(Clone, Debug)]
pub struct OsStorage {
    folder: PathBuf,
}

impl OsStorage {
    /// Uses `folder`, and creates it if it is missing.
    pub fn create(folder: impl Into<PathBuf>) -> io::Result<Self> {
        let folder = folder.into();
        if !folder.is_dir() {
            fs::create_dir_all(&folder)?;
            if let Some(parent) = folder
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty())
            {
                sync_folder(parent)?;
            }
        }
        Ok(Self { folder })
    }

    /// Uses a folder that exists, without touching it.
    pub fn existing(folder: impl Into<PathBuf>) -> io::Result<Self> {
        let folder = folder.into();
        fs::read_dir(&folder)?;
        Ok(Self { folder })
    }

    fn remove_unfinished(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            let is_ours = name.to_str().is_some_and(|name| {
                name.strip_suffix(UNFINISHED)
                    .and_then(parse_file_name)
                    .is_some()
            });
            if is_ours {
                fs::remove_file(self.folder.join(name))?;
            }
        }
        Ok(())
    }

    fn open(&self, base: u64, options: &OpenOptions) -> io::Result<Arc<dyn SegmentFile>> {
        Ok(Arc::new(options.open(self.path(base))?))
    }
}

impl Storage for OsStorage {
    fn lock(&self) -> io::Result<Lock> {
        let path = self.folder.join(LOCK_FILE);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)?;
        flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        self.remove_unfinished()?;
        Ok(Lock::new(file))
    }

    fn list(&self) -> io::Result<Vec<u64>> {
        let mut bases = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            bases.extend(entry?.file_name().to_str().and_then(parse_file_name));
        }
        Ok(bases)
    }

    fn create(&self, base: u64, bytes: u64, head: &[u8]) -> io::Result<Arc<dyn SegmentFile>> {
        let unfinished = self.folder.join(format!("{}{UNFINISHED}", file_name(base)));
        let filled = fill(&unfinished, bytes, head)
            .and_then(|file| fs::rename(&unfinished, self.path(base)).map(|()| file));
        match filled {
            Ok(file) => Ok(Arc::new(file)),
            Err(error) => {
                // The disk may be full: give the space back. The first error is the one to tell.
                drop(fs::remove_file(&unfinished));
                Err(error)
            }
        }
    }

    fn open_read(&self, base: u64) -> io::Result<Arc<dyn SegmentFile>> {
        self.open(base, OpenOptions::new().read(true))
    }

    fn open_write(&self, base: u64) -> io::Result<Arc<dyn SegmentFile>> {
        self.open(base, OpenOptions::new().read(true).write(true))
    }

    fn remove(&self, base: u64) -> io::Result<()> {
        fs::remove_file(self.path(base))
    }

    fn sync_directory(&self) -> io::Result<()> {
        sync_folder(&self.folder)
    }

    fn free_bytes(&self) -> io::Result<u64> {
        let stat = statvfs(&self.folder)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    fn random(&self) -> u64 {
        RandomState::new().hash_one(0_u8)
    }

    fn path(&self, base: u64) -> PathBuf {
        self.folder.join(file_name(base))
    }
}

impl SegmentFile for File {
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<()> {
        self.read_exact_at(into, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn sync_data(&self) -> io::Result<()> {
        File::sync_data(self)
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }
}

/// Writes zeros rather than reserving space: a sync into blocks that were never written has to
/// change the file system's own tables, which costs more than the data.
fn fill(path: &Path, bytes: u64, head: &[u8]) -> io::Result<File> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)?;
    file.write_all(head)?;
    let zeros = vec![0; FILL_BYTES];
    let mut left = bytes.saturating_sub(head.len() as u64);
    while left > 0 {
        let chunk = left.min(FILL_BYTES as u64);
        file.write_all(&zeros[..chunk as usize])?;
        // In small doses: commits of the segment in use wait for the same disk.
        file.sync_data()?;
        left -= chunk;
    }
    file.sync_all()?;
    Ok(file)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
