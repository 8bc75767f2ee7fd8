//! Errors at start-up; later there are none.

use std::path::PathBuf;

/// A file that was named in the settings can't be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("door.geo_file: can't read {}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("door.geo_file: {} is no MMDB file", path.display())]
    Format {
        path: PathBuf,
        source: maxminddb::MaxMindDbError,
    },
}
