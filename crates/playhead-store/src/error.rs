//! What can go wrong with the store.

use std::path::PathBuf;

/// The store cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("cannot open the store of closed sessions at {}", file.display())]
    Open {
        file: PathBuf,
        source: Box<redb::Error>,
    },
    #[error("cannot read or write the store of closed sessions")]
    Access(#[source] Box<redb::Error>),
    #[error("the row of session {0} in the store is damaged")]
    Damaged(String),
    #[error("the store has format {found}; this version reads {known}")]
    Format { found: u64, known: u64 },
}

impl<E: Into<redb::Error>> From<E> for StoreError {
    fn from(error: E) -> Self {
        Self::Access(Box::new(error.into()))
    }
}
