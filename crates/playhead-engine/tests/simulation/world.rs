//! What outlives a process: the disk of the log, the stored rows, the folder of checkpoints.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard};

use playhead_engine::cell::{Cell, CellOptions, OpenError, Recovered};
use playhead_engine::clock::Clock;
use playhead_engine::core::Limits;
use playhead_engine::intake::Policy;
use playhead_engine::mint::Mint;
use playhead_engine::parts::{Parts, log_options};
use playhead_log::storage::{MemoryStorage, Storage};
use playhead_log::{Options, Preparation, Writer};
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::time::ReceivedMs;
use playhead_store::{ClosedSession, Reader, RowSink, Store, StoreError, parts};
use tempfile::TempDir;

/// A store for cells whose rows go elsewhere.
static EMPTY: LazyLock<(TempDir, Reader, parts::Reader)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("closed.redb")).unwrap();
    let storage = Arc::new(parts::storage::MemoryStorage::default());
    let columns = parts::Store::open(storage, LogPosition(u64::MAX)).unwrap();
    (folder, store.reader(), columns.reader())
});

/// A cell of small segments, whose checkpoints are nearly always in the making.
pub(crate) fn options() -> CellOptions {
    CellOptions {
        data: PathBuf::new(),
        limits: Limits::default(),
        sync: true,
        segment_bytes: 32 << 10,
        log_age_max_ms: None,
        log_bytes_max: None,
        free_min_bytes: 0,
        refused_samples: 4,
        checkpoint_ms: 1,
        live: Default::default(),
    }
}

/// Rows in memory. Those written since the last sync are lost with the power.
#[derive(Clone, Default)]
pub(crate) struct MemorySink(Arc<Shared>);

#[derive(Default)]
struct Shared {
    rows: Mutex<Rows>,
    changed: Condvar,
}

#[derive(Clone, Default)]
struct Rows {
    synced: BTreeMap<SessionId, ClosedSession>,
    unsynced: Vec<Vec<ClosedSession>>,
    fails: bool,
    /// Sessions whose row was written again and differently.
    changed: Vec<SessionId>,
}

impl Rows {
    fn all(&self) -> BTreeMap<SessionId, ClosedSession> {
        let mut all = self.synced.clone();
        let rows = self.unsynced.iter().flatten();
        all.extend(rows.map(|row| (row.sid, row.clone())));
        all
    }
}

impl MemorySink {
    /// What is stored.
    pub(crate) fn rows(&self) -> BTreeMap<SessionId, ClosedSession> {
        self.lock().all()
    }

    /// Lets writes fail, or no longer.
    pub(crate) fn set_failing(&self, fails: bool) {
        self.lock().fails = fails;
    }

    /// Waits until `count` rows are stored.
    pub(crate) fn wait_for(&self, count: usize) {
        self.wait_until(|rows| rows.len() >= count);
    }

    /// Waits until the rows are as they should be.
    pub(crate) fn wait_until(&self, done: impl Fn(&BTreeMap<SessionId, ClosedSession>) -> bool) {
        let mut rows = self.lock();
        while !done(&rows.all()) {
            rows = self.0.changed.wait(rows).unwrap();
        }
    }

    /// A closed session never changes.
    pub(crate) fn check(&self) {
        assert_eq!(self.lock().changed, [], "rows that changed");
    }

    fn lock(&self) -> MutexGuard<'_, Rows> {
        self.0.rows.lock().unwrap()
    }

    fn with(rows: Rows) -> Self {
        let rows = Mutex::new(rows);
        Self(Arc::new(Shared {
            rows,
            ..Shared::default()
        }))
    }

    fn after_kill(&self) -> Self {
        Self::with(self.lock().clone())
    }

    fn after_power_loss(&self, seed: u64) -> Self {
        let mut rows = self.lock().clone();
        let left = seed as usize % (rows.unsynced.len() + 1);
        rows.unsynced.truncate(left);
        Self::with(rows)
    }
}

impl RowSink for MemorySink {
    fn write(&mut self, rows: &[ClosedSession], _: LogPosition) -> Result<(), StoreError> {
        let mut stored = self.lock();
        if stored.fails {
            return Err(StoreError::Damaged("injected".into()));
        }
        let before = stored.all();
        let is_other = |row: &&ClosedSession| {
            before
                .get(&row.sid)
                .is_some_and(|old| (&old.answer, old.start) != (&row.answer, row.start))
        };
        stored
            .changed
            .extend(rows.iter().filter(is_other).map(|row| row.sid));
        stored.unsynced.push(rows.to_vec());
        self.0.changed.notify_all();
        Ok(())
    }

    fn move_tail(&mut self, sid: SessionId, tail: LogPosition) -> Result<(), StoreError> {
        let mut stored = self.lock();
        if stored.fails {
            return Err(StoreError::Damaged("injected".into()));
        }
        if let Some(mut row) = stored.all().remove(&sid) {
            row.tail = row.tail.max(tail);
            stored.unsynced.push(vec![row]);
            self.0.changed.notify_all();
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        let mut stored = self.lock();
        stored.synced = stored.all();
        stored.unsynced.clear();
        Ok(())
    }
}

pub(crate) struct World {
    pub(crate) storage: MemoryStorage,
    pub(crate) sink: MemorySink,
    folder: TempDir,
    /// How many cells there were: each makes ids of its own.
    cells: u64,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            storage: MemoryStorage::new(7),
            sink: MemorySink::default(),
            folder: tempfile::tempdir().unwrap(),
            cells: 0,
        }
    }

    /// Opens a cell when the clock stands at `now`.
    pub(crate) fn open(
        &mut self,
        options: &CellOptions,
        now: ReceivedMs,
    ) -> Result<(Cell, Recovered), OpenError> {
        self.cells += 1;
        let storage: Arc<dyn Storage> = Arc::new(self.storage.clone());
        let preparation = Preparation::AtRoll;
        let log_options = Options {
            preparation,
            ..log_options(options)
        };
        let (log, recovery) = Writer::open(storage, log_options)?;
        let parts = Parts {
            log,
            recovery,
            sink: Box::new(self.sink.clone()),
            store: EMPTY.1.clone(),
            columns: EMPTY.2.clone(),
            checkpoints: self.folder.path().to_owned(),
            mint: Mint::seeded(self.cells),
        };
        Cell::open_in(parts, options.clone(), Policy::open(), Clock::Manual(now))
    }

    /// The checkpoints that are complete.
    pub(crate) fn checkpoints(&self) -> Vec<PathBuf> {
        list(self.folder.path())
            .into_iter()
            .filter(|file| file.extension().is_some())
            .collect()
    }

    /// The world as the next process finds it if this one is killed now. It stays as it is.
    pub(crate) fn after_kill(&self) -> Self {
        self.copied(|| self.sink.after_kill(), || self.storage.after_kill())
    }

    /// The world as it is found after a power loss: the seed decides what of the unsynced is left.
    pub(crate) fn after_power_loss(&self, seed: u64) -> Self {
        self.copied(
            || self.sink.after_power_loss(seed),
            || self.storage.after_power_loss(seed),
        )
    }

    /// Checkpoints are copied first and the log last, and all of it again if a checkpoint was
    /// completed meanwhile: so the copy is one that an instant could have left.
    fn copied(&self, sink: impl Fn() -> MemorySink, storage: impl Fn() -> MemoryStorage) -> Self {
        loop {
            let before = self.checkpoints();
            let folder = tempfile::tempdir().unwrap();
            let is_copied = list(self.folder.path()).iter().all(|file| {
                let name = file.file_name().unwrap();
                fs::copy(file, folder.path().join(name)).is_ok()
            });
            let sink = sink();
            let storage = storage();
            if is_copied && before == self.checkpoints() {
                return Self {
                    storage,
                    sink,
                    folder,
                    cells: self.cells,
                };
            }
        }
    }
}

fn list(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}
