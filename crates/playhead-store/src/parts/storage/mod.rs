//! The few things that the store asks of a disk, so that tests can put in one that fails.

mod memory;
mod os;

use std::fmt::Debug;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use parquet::errors::Result as ParquetResult;
use parquet::file::reader::{ChunkReader, Length};

pub use memory::MemoryStorage;
pub use os::OsStorage;

/// A folder of files that are written once. Paths are relative to it.
pub trait Storage: Debug + Send + Sync {
    /// Begins a file, and the folders on the way to it. One of that name is replaced.
    ///
    /// # Errors
    /// If it cannot be begun.
    fn create(&self, path: &Path) -> io::Result<Box<dyn NewFile>>;

    /// Gives a file another name in the same folder, which survives a power loss only after
    /// [`Storage::sync_folder`].
    ///
    /// # Errors
    /// If it has the old name still.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Makes the names in a folder survive a power loss.
    ///
    /// # Errors
    /// If they may not.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;

    /// Removes a file. One that is not there is no error.
    ///
    /// # Errors
    /// If it is there still.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Opens a file for reading. It can be read to its end even if it is removed meanwhile.
    ///
    /// # Errors
    /// If it is not there, or cannot be read.
    fn open(&self, path: &Path) -> io::Result<Blob>;

    /// All files, in all folders.
    ///
    /// # Errors
    /// If a folder cannot be read.
    fn list(&self) -> io::Result<Vec<PathBuf>>;
}

/// A file that is being written.
pub trait NewFile: Write + Send {
    /// Makes its bytes and its name survive a power loss.
    ///
    /// # Errors
    /// If they may not.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// A file as Parquet reads it.
#[derive(Debug)]
pub enum Blob {
    File(File),
    Bytes(Bytes),
}

impl Blob {
    /// All of it.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read_all(&self) -> io::Result<Bytes> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.clone()),
            Self::File(file) => {
                let mut file = file.try_clone()?;
                let mut bytes = Vec::new();
                file.seek(SeekFrom::Start(0))?;
                file.read_to_end(&mut bytes)?;
                Ok(bytes.into())
            }
        }
    }
}

impl Length for Blob {
    fn len(&self) -> u64 {
        match self {
            Self::File(file) => Length::len(file),
            Self::Bytes(bytes) => bytes.len() as u64,
        }
    }
}

impl ChunkReader for Blob {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        Ok(match self {
            Self::File(file) => Box::new(file.get_read(start)?),
            Self::Bytes(bytes) => Box::new(ChunkReader::get_read(bytes, start)?),
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        match self {
            Self::File(file) => file.get_bytes(start, length),
            Self::Bytes(bytes) => ChunkReader::get_bytes(bytes, start, length),
        }
    }
}
