//! What is stored of the sessions that are computed anew.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::io;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use playhead_engine::replay::Recomputed;
use playhead_log::{Options, Writer};
use playhead_model::catalog::{SessionRow, Table};
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::row::Rows;
use playhead_store::parts::storage::{OsStorage, Storage};
use playhead_store::parts::{Cut, Reader, Rewrite, Snapshot, Store, StoreError};

/// How often files are looked for again that a server has put together meanwhile.
const TRIES: usize = 8;

/// The store, of a server that may be running or of this process.
pub(super) enum Stored {
    Beside(Files),
    Own(Reader),
}

impl Stored {
    /// The stored rows of these sessions.
    pub(super) fn of(
        &self,
        sessions: &[Recomputed],
    ) -> Result<HashMap<SessionId, Arc<Rows>>, StoreError> {
        let sids = sessions.iter().map(|it| it.rows.session.sid);
        let sids: BTreeSet<SessionId> = sids.collect();
        let found = self.read(|reader| reader.get_all(&sids))?;
        Ok(found.into_iter().map(|it| (it.session.sid, it)).collect())
    }

    /// The sessions that are stored and closed behind a position.
    pub(super) fn closed_behind(
        &self,
        position: Option<LogPosition>,
    ) -> Result<Vec<SessionId>, StoreError> {
        self.read(|reader| reader.closed_behind(position))
    }

    /// What it is now.
    pub(super) fn snapshot(&self) -> Snapshot {
        match self {
            Self::Beside(files) => files.reader.borrow().snapshot(),
            Self::Own(reader) => reader.snapshot(),
        }
    }

    fn read<T>(&self, read: impl Fn(&Reader) -> Result<T, StoreError>) -> Result<T, StoreError> {
        match self {
            Self::Beside(files) => files.read(read),
            Self::Own(reader) => read(reader),
        }
    }
}

/// The files of a store that a server may be writing to.
pub(super) struct Files {
    storage: Arc<dyn Storage>,
    reader: RefCell<Reader>,
}

impl Files {
    pub(super) fn open(data: &Path) -> Result<Self, StoreError> {
        let storage = storage(data);
        let reader = RefCell::new(Reader::open(&storage)?);
        Ok(Self { storage, reader })
    }

    fn read<T>(&self, read: impl Fn(&Reader) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut tries = 1;
        loop {
            let result = read(&self.reader.borrow());
            match result {
                Err(StoreError::Io { source, .. })
                    if source.kind() == io::ErrorKind::NotFound && tries < TRIES =>
                {
                    tries += 1;
                    self.reader.replace(Reader::open(&self.storage)?);
                }
                other => return other,
            }
        }
    }
}

/// The store while no server runs.
pub(super) struct Own {
    store: Store,
    /// As long as it is held no server starts.
    _log: Writer,
}

impl Own {
    pub(super) fn open(data: &Path) -> anyhow::Result<Self> {
        let folder = data.join("log");
        let log = playhead_log::storage::OsStorage::existing(&folder)
            .with_context(|| format!("there is no log in {}", folder.display()))?;
        let (log, _) = Writer::open(Arc::new(log), Options::default())
            .context("--write needs the server to be stopped")?;
        let end = LogPosition(log.reader().end().get());
        let store = Store::open(storage(data), end)?;
        Ok(Self { store, _log: log })
    }

    pub(super) fn reader(&self) -> Reader {
        self.store.reader()
    }

    pub(super) fn rewrite(&mut self) -> Rewrite<'_> {
        self.store.rewrite()
    }
}

fn storage(data: &Path) -> Arc<dyn Storage> {
    Arc::new(OsStorage::new(data.join("store")))
}

/// Whether retention has taken the rows of a table out that belong to this session.
pub(super) fn is_aged(session: &SessionRow, table: Table, cuts: &[Cut]) -> bool {
    let is_of = |cut: &&Cut| cut.table == table && *cut.suite == *session.report_suite;
    let cut = cuts.iter().find(is_of);
    cut.is_some_and(|cut| session.day < cut.before)
}

/// Leaves out what retention has taken out of the store.
pub(super) fn leave_out_aged(rows: &mut Rows, cuts: &[Cut]) {
    let Rows {
        session,
        ads,
        chapters,
        states,
        events,
    } = rows;
    for table in Table::ALL {
        if !is_aged(session, table, cuts) {
            continue;
        }
        match table {
            Table::Sessions => {}
            Table::Ads => ads.clear(),
            Table::Chapters => chapters.clear(),
            Table::States => states.clear(),
            Table::Events => events.clear(),
        }
    }
}

/// Gives new rows the moment at which the server came to know of the close, which a replay cannot
/// know: they go where the old ones were, and tokens of reports go on to mean them.
pub(super) fn keep_moment(rows: &mut Rows, stored: &SessionRow) {
    macro_rules! keep {
        ($($rows:expr),*) => {
            $(for row in $rows {
                row.closed_at = stored.closed_at;
                row.close_position = stored.close_position;
                row.day = stored.day;
            })*
        };
    }
    keep!(
        [&mut rows.session],
        &mut rows.ads,
        &mut rows.chapters,
        &mut rows.states
    );
    for event in &mut rows.events {
        event.close_position = stored.close_position;
        event.day = stored.day;
    }
}
