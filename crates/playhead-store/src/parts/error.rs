//! What can go wrong with the store.

use std::io;
use std::path::PathBuf;

/// The store cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("cannot read or write {} in the store", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{} in the store cannot be read as Parquet", path.display())]
    Part {
        path: PathBuf,
        source: parquet::errors::ParquetError,
    },
    #[error("the manifest of the store is damaged ({reason}); restore a backup")]
    Manifest { reason: String },
    #[error("the store has format {found}; this version reads {known}")]
    Format { found: u64, known: u64 },
}
