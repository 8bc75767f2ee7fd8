//! What outlives a process: the disk of the log, the stored rows, the folder of checkpoints.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use playhead_engine::cell::{Cell, CellOptions, OpenError, Recovered};
use playhead_engine::clock::Clock;
use playhead_engine::core::Limits;
use playhead_engine::intake::Policy;
use playhead_engine::mint::Mint;
use playhead_engine::parts::{Parts, log_options};
use playhead_log::storage::{MemoryStorage, Storage};
use playhead_log::{Options, Preparation, Writer};
use playhead_model::catalog::{Day, Table};
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::row::Rows;
use playhead_model::time::ReceivedMs;
use playhead_store::parts::{
    Compacted, Compaction, Effect, Gone, Query, Reader, Retention, Store, StoreError, storage,
};
use playhead_store::{RowSink, batch};
use tempfile::TempDir;

/// A cell of small segments, whose checkpoints are nearly always in the making.
pub(crate) fn options() -> CellOptions {
    CellOptions {
        data: PathBuf::new(),
        limits: Limits::default(),
        sync: true,
        segment_bytes: 32 << 10,
        log_age_max_ms: None,
        log_bytes_max: None,
        ages: Retention::default(),
        free_min_bytes: 0,
        refused_samples: 4,
        checkpoint_ms: 1,
        live: Default::default(),
    }
}

/// The store, on a disk in memory. It takes nothing when told so.
#[derive(Clone, Default)]
pub(crate) struct MemorySink(Arc<Shared>);

#[derive(Default)]
struct Shared {
    storage: storage::MemoryStorage,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Of the store that is open.
    reader: Option<Reader>,
    fails: bool,
    /// Sessions that were given again and differently.
    changed: Vec<SessionId>,
}

impl State {
    fn reader(&self) -> &Reader {
        self.reader.as_ref().expect("a cell was opened")
    }
}

impl MemorySink {
    fn open(&self, log_end: LogPosition) -> (Box<dyn RowSink>, Reader) {
        let store = Store::open(Arc::new(self.0.storage.clone()), log_end).unwrap();
        let reader = store.reader();
        self.lock().reader = Some(reader.clone());
        let opened = OpenSink {
            store,
            sink: self.clone(),
        };
        (Box::new(opened), reader)
    }

    /// What is stored, without events.
    pub(crate) fn rows(&self) -> BTreeMap<SessionId, Arc<Rows>> {
        let reader = self.lock().reader().clone();
        let all = Query {
            limit: 100_000,
            ..Query::default()
        };
        let rows = reader.list(&all).unwrap().sessions.into_iter();
        let rows: BTreeMap<_, _> = rows.map(|rows| (rows.session.sid, rows)).collect();
        assert_eq!(reader.count(), rows.len() as u64, "each is there once");
        rows
    }

    /// How many events are stored, by outcome.
    pub(crate) fn outcomes(&self) -> BTreeMap<String, u64> {
        let snapshot = self.lock().reader().snapshot();
        let recent = snapshot.recent.iter().flat_map(|rows| &rows.events);
        let late = snapshot.late.iter().map(|event| &**event);
        let mut events: Vec<_> = recent.chain(late).cloned().collect();
        let parts = snapshot.parts.iter();
        for part in parts.filter(|part| part.facts.table == Table::Events) {
            for read in part.batches().unwrap() {
                events.extend(batch::rows(&read.unwrap()));
            }
        }
        let mut outcomes = BTreeMap::new();
        for event in events {
            *outcomes.entry(event.outcome.to_string()).or_default() += 1;
        }
        outcomes
    }

    /// The last record of a stored session, as far as the store knows.
    pub(crate) fn tail(&self, sid: SessionId) -> LogPosition {
        tail(self.lock().reader(), sid)
    }

    /// Lets writes fail, or no longer.
    pub(crate) fn set_failing(&self, fails: bool) {
        self.lock().fails = fails;
    }

    /// Waits until `count` sessions are stored.
    pub(crate) fn wait_for(&self, count: u64) {
        self.wait_until(|reader| reader.count() >= count);
    }

    /// Waits until the last record of a session is known to the store.
    pub(crate) fn wait_for_tail(&self, sid: SessionId, wanted: LogPosition) {
        self.wait_until(|reader| tail(reader, sid) == wanted);
    }

    fn wait_until(&self, done: impl Fn(&Reader) -> bool) {
        let mut state = self.lock();
        while !done(state.reader()) {
            state = self.0.changed.wait(state).unwrap();
        }
    }

    /// A closed session never changes.
    pub(crate) fn check(&self) {
        assert_eq!(self.lock().changed, [], "rows that changed");
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }

    /// A sink that finds this disk.
    fn next(&self, storage: storage::MemoryStorage) -> Self {
        let state = State {
            changed: self.lock().changed.clone(),
            ..State::default()
        };
        Self(Arc::new(Shared {
            storage,
            state: Mutex::new(state),
            changed: Condvar::new(),
        }))
    }

    fn after_kill(&self) -> Self {
        self.next(self.0.storage.after_kill())
    }

    fn after_power_loss(&self, seed: u64) -> Self {
        self.next(self.0.storage.after_power_loss(seed))
    }
}

fn tail(reader: &Reader, sid: SessionId) -> LogPosition {
    let rows = reader.get(sid).unwrap().expect("it is stored");
    let tail = LogPosition(rows.session.tail_position as u64);
    reader.tail(sid, tail).unwrap()
}

struct OpenSink {
    store: Store,
    sink: MemorySink,
}

fn note_changes(state: &mut State, effects: &[Effect]) {
    for effect in effects {
        let Effect::Session(rows) = effect else {
            continue;
        };
        let Some(old) = state.reader().get(rows.session.sid).unwrap() else {
            continue;
        };
        let what = |rows: &Rows| (rows.answer(), rows.session.start_position);
        if what(&old) != what(rows) {
            state.changed.push(rows.session.sid);
        }
    }
}

impl RowSink for OpenSink {
    fn replay_behind(
        &mut self,
        position: Option<LogPosition>,
        now: ReceivedMs,
    ) -> Result<(), StoreError> {
        self.store.replay_behind(position, now)
    }

    fn take(&mut self, effects: Vec<Effect>, complete_to: LogPosition) -> Result<(), StoreError> {
        let mut state = self.sink.lock();
        if state.fails {
            return Err(StoreError::Io {
                path: PathBuf::new(),
                source: io::Error::other("injected"),
            });
        }
        note_changes(&mut state, &effects);
        self.store.take(effects, complete_to)?;
        self.sink.0.changed.notify_all();
        Ok(())
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        RowSink::sync(&mut self.store)
    }

    fn next_compaction(&mut self, today: Day) -> Option<Compaction> {
        RowSink::next_compaction(&mut self.store, today)
    }

    fn install(&mut self, compacted: Compacted) -> Result<(), StoreError> {
        RowSink::install(&mut self.store, compacted)
    }

    fn cut(&mut self, retention: &Retention, today: Day) -> Result<Vec<Gone>, StoreError> {
        RowSink::cut(&mut self.store, retention, today)
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
        let end = LogPosition(log.reader().end().get());
        let (sink, store) = self.sink.open(end);
        let parts = Parts {
            log,
            recovery,
            sink,
            store,
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
