//! What a cell is made of: the log, the sink of rows, the folder of checkpoints and the keys.
//!
//! [`Cell::open`](crate::cell::Cell::open) finds all of it in the data folder; tests put in parts
//! that fail.

use std::error::Error as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hashbrown::HashSet;
use playhead_log::storage::{OsStorage, Storage};
use playhead_log::{Options, Recovery, SyncPolicy, Writer};
use playhead_model::catalog::Day;
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::row::Rows;
use playhead_store::parts::{Compacted, Compaction, Effect};
use playhead_store::{ClosedSession, Reader, RowSink, Store, StoreError};

use crate::cell::{CellOptions, OpenError};
use crate::keys;
use crate::mint::Mint;

/// Largest record: a batch of downloaded content in its stored form.
const RECORD_BYTES_MAX: usize = 16 << 20;
const FORMAT: &str = "playhead data 2\n";

/// The parts of a cell.
pub struct Parts {
    /// The log, opened for writing, and what was found then.
    pub log: Writer,
    pub recovery: Recovery,
    /// Takes the rows of closed sessions.
    pub sink: Box<dyn RowSink>,
    /// Where what the sink took is read.
    pub store: Reader,
    /// Where its columns are read.
    pub columns: playhead_store::parts::Reader,
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
        let store_folder = data.join("store");
        std::fs::create_dir_all(&store_folder).map_err(folder)?;
        let rows = Store::open(&store_folder.join("closed.redb"))?;
        let storage = Arc::new(playhead_store::parts::storage::OsStorage::new(
            data.join("columns"),
        ));
        let end = LogPosition(log.reader().end().get());
        let columns = playhead_store::parts::Store::open(storage, end).map_err(in_columns)?;
        Ok(Self {
            log,
            recovery,
            store: rows.reader(),
            columns: columns.reader(),
            sink: Box::new(RowsAndColumns {
                rows,
                columns,
                known: HashSet::new(),
            }),
            checkpoints: data.join("checkpoint"),
            mint,
        })
    }
}

/// Closed sessions as rows, to be looked up, and as columns, to be reported on.
struct RowsAndColumns {
    rows: Store,
    columns: playhead_store::parts::Store,
    /// Sessions whose columns are there although the replay closes them again.
    known: HashSet<SessionId>,
}

fn in_columns(error: playhead_store::parts::StoreError) -> StoreError {
    StoreError::Damaged(match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    })
}

impl RowSink for RowsAndColumns {
    fn write(
        &mut self,
        rows: &[ClosedSession],
        complete_to: LogPosition,
    ) -> Result<(), StoreError> {
        self.rows.write(rows, complete_to)
    }

    fn move_tail(&mut self, sid: SessionId, tail: LogPosition) -> Result<(), StoreError> {
        self.rows.move_tail(sid, tail)
    }

    fn replay_behind(&mut self, position: Option<LogPosition>) -> Result<(), StoreError> {
        let known = self.columns.reader().closed_behind(position);
        self.known = known.map_err(in_columns)?.into_iter().collect();
        Ok(())
    }

    fn write_columns(&mut self, rows: Vec<Rows>) -> Result<(), StoreError> {
        let mut new = rows;
        new.retain(|rows| !self.known.contains(&rows.session.sid));
        let positions = new.iter().map(|rows| rows.session.close_position);
        if let Some(last) = positions.max().and_then(|last| u64::try_from(last).ok()) {
            self.columns.complete(LogPosition(last));
        }
        let effects = new.into_iter().map(|rows| Effect::Session(Box::new(rows)));
        self.columns.write(effects.collect());
        if self.columns.is_full() {
            self.columns.sync().map_err(in_columns)?;
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        self.columns.sync().map_err(in_columns)?;
        self.rows.sync()
    }

    fn next_compaction(&mut self, today: Day) -> Option<Compaction> {
        self.columns.next_compaction(today)
    }

    fn install(&mut self, compacted: Compacted) -> Result<(), StoreError> {
        self.columns.install(compacted).map_err(in_columns)
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

fn check_format(folder: &Path) -> Result<(), OpenError> {
    let fail = |source| OpenError::Folder {
        folder: folder.to_owned(),
        source,
    };
    let file = folder.join("format");
    match std::fs::read_to_string(&file) {
        Ok(found) if found == FORMAT => Ok(()),
        Ok(found) => Err(OpenError::Format {
            folder: folder.to_owned(),
            found,
            known: FORMAT,
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            std::fs::write(&file, FORMAT).map_err(fail)
        }
        Err(error) => Err(fail(error)),
    }
}
