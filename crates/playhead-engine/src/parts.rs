//! What a cell is made of: the log, the sink of rows, the folder of checkpoints and the keys.
//!
//! [`Cell::open`](crate::cell::Cell::open) finds all of it in the data folder; tests put in parts
//! that fail.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use playhead_log::storage::{OsStorage, Storage};
use playhead_log::{Options, Recovery, SyncPolicy, Writer};
use playhead_model::ids::LogPosition;
use playhead_store::RowSink;
use playhead_store::parts::{self, Store};

use crate::cell::{CellOptions, OpenError};
use crate::keys;
use crate::mint::Mint;

/// Largest record: a batch of downloaded content in its stored form.
const RECORD_BYTES_MAX: usize = 16 << 20;
const FORMAT: &str = "playhead data 3\n";

/// The parts of a cell.
pub struct Parts {
    /// The log, opened for writing, and what was found then.
    pub log: Writer,
    pub recovery: Recovery,
    /// Takes the rows of closed sessions.
    pub sink: Box<dyn RowSink>,
    /// Where what the sink took is read.
    pub store: parts::Reader,
    /// The folder of checkpoints; it is made when the first is written.
    pub checkpoints: PathBuf,
    pub mint: Mint,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts")
            .field("recovery", &self.recovery)
            .field("checkpoints", &self.checkpoints)
            .finish_non_exhaustive()
    }
}

impl Parts {
    /// The parts that lie in the data folder.
    pub(crate) fn in_folder(options: &CellOptions) -> Result<Self, OpenError> {
        let data = &options.data;
        let folder = |source| OpenError::Folder {
            folder: data.clone(),
            source,
        };
        std::fs::create_dir_all(data).map_err(folder)?;
        check_format(data)?;
        let mint = keys::open(data).map_err(folder)?;
        let storage: Arc<dyn Storage> =
            Arc::new(OsStorage::create(data.join("log")).map_err(folder)?);
        let (log, recovery) = Writer::open(storage, log_options(options))?;
        let storage = parts::storage::OsStorage::new(data.join("store"));
        let end = LogPosition(log.reader().end().get());
        let store = Store::open(Arc::new(storage), end)?;
        Ok(Self {
            log,
            recovery,
            store: store.reader(),
            sink: Box::new(store),
            checkpoints: data.join("checkpoint"),
            mint,
        })
    }
}

/// How a cell writes its log.
pub fn log_options(options: &CellOptions) -> Options {
    Options {
        segment_bytes: options.segment_bytes,
        frame_bytes_max: RECORD_BYTES_MAX,
        sync: if options.sync {
            SyncPolicy::Always
        } else {
            SyncPolicy::Never
        },
        ..Options::default()
    }
}

/// Fails unless the folder is there and of the format that this version reads.
pub(crate) fn check_known_format(folder: &Path) -> Result<(), OpenError> {
    match std::fs::read_to_string(folder.join("format")) {
        Ok(found) if found == FORMAT => Ok(()),
        Ok(found) => Err(OpenError::Format {
            folder: folder.to_owned(),
            found,
            known: FORMAT,
        }),
        Err(source) => Err(OpenError::Folder {
            folder: folder.to_owned(),
            source,
        }),
    }
}

fn check_format(folder: &Path) -> Result<(), OpenError> {
    match check_known_format(folder) {
        Err(OpenError::Folder { folder, source }) if source.kind() == io::ErrorKind::NotFound => {
            let written = std::fs::write(folder.join("format"), FORMAT);
            written.map_err(|source| OpenError::Folder { folder, source })
        }
        other => other,
    }
}
