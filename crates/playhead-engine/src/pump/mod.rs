//! What is done behind the acknowledgement, on a thread of its own: closed sessions become rows,
//! checkpoints become files, old segments of the log go, small parts of the store are put together.
//!
//! Work is done in the order in which it was given, so a checkpoint becomes valid only after every
//! session that closed before it is stored. Until a row is stored its session is found in
//! [`Closing`], which is bounded by the limit of open sessions: closing sessions count as open for
//! it.

mod closing;
mod compactor;
mod worker;

use std::collections::VecDeque;
use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use hashbrown::HashMap;
use playhead_log::{Policy, Reader, Retention};
use playhead_model::catalog::Day;
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::row::day_of;
use playhead_model::time::ReceivedMs;
use playhead_store::RowSink;
use playhead_store::parts;

use compactor::Compacting;
use worker::Worker;

use crate::core::Trailing;

pub use closing::Closing;

/// Rows written to the store at once.
const ROWS_AT_ONCE: usize = 512;
/// Encoded sessions of a checkpoint that may wait for the disk.
pub(crate) const CUT_BYTES_MAX: usize = 8 << 20;
/// Records behind a close that may wait to be stored. Further ones are left out of the table of
/// events; they are in the log.
const TRAILS_MAX: usize = 1_000_000;
/// Sessions that may wait while the log is replayed at the start.
const REPLAY_BACKLOG_MAX: usize = 10_000;

/// A record that came for a session which had closed before.
#[derive(Debug)]
pub(crate) struct Trail {
    pub(crate) trailing: Trailing,
    /// Of the session, if the ledger remembers it.
    pub(crate) suite: Box<str>,
}

/// What makes rows.
enum RowWork {
    Close(Arc<Closing>),
    Trail(Trail),
}

impl RowWork {
    /// The record that it is the effect of.
    fn position(&self) -> LogPosition {
        match self {
            Self::Close(closing) => closing.closed.0,
            Self::Trail(trail) => trail.trailing.position,
        }
    }
}

enum Work {
    Row(RowWork),
    BeginCut(LogPosition),
    Cut(Vec<u8>),
    EndCut {
        oldest: LogPosition,
        now: ReceivedMs,
    },
}

#[derive(Default)]
struct State {
    work: VecDeque<Work>,
    closing: HashMap<SessionId, Arc<Closing>>,
    /// The last record that came for a session behind its close, where it is not stored yet.
    trails: HashMap<SessionId, LogPosition>,
    /// Records behind a close that are not stored yet.
    trails_waiting: usize,
    cut_bytes: usize,
    complete_to: LogPosition,
    is_busy: bool,
    stop: bool,
    /// Why rows cannot be stored, which holds everything up.
    failure: Option<String>,
    /// Why the last checkpoint was not made, or old segments not removed.
    cut_failure: Option<String>,
    /// Why parts could not be put together at the last attempt.
    upkeep_failure: Option<String>,
    upkeep: Upkeep,
    compacting: Compacting,
    /// The day of server time, once it is known.
    today: Option<Day>,
    /// Whether what is old has to be looked for: the day, or how long rows are kept, is new.
    is_new_day: bool,
    /// Whether there is no room on the disk for more than what has to be.
    is_disk_low: bool,
    /// How much of the log is kept.
    retain: Policy,
    /// How long rows are kept.
    ages: parts::Retention,
}

/// What was done about the store beside writing rows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Upkeep {
    /// Parts that were made of smaller ones.
    pub compactions: u64,
    /// Attempts at it that failed.
    pub failed_compactions: u64,
    /// Attempts to write rows that failed.
    pub failed_writes: u64,
}

/// An error with its cause, in words.
fn told(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl State {
    fn trail(&mut self, trail: Trail) {
        if self.trails_waiting >= TRAILS_MAX {
            tracing::warn!("too many events behind a close wait: one is left out of the store");
            return;
        }
        self.trails_waiting += 1;
        let Trailing { sid, position, .. } = trail.trailing;
        self.trails.insert(sid, position);
        self.work.push_back(Work::Row(RowWork::Trail(trail)));
    }

    fn close(&mut self, closing: Closing) {
        let closing = Arc::new(closing);
        self.closing.insert(closing.open.sid, closing.clone());
        self.work.push_back(Work::Row(RowWork::Close(closing)));
    }

    /// The rows of this are in the store.
    fn note_stored(&mut self, row: &RowWork) {
        match row {
            RowWork::Close(closing) => drop(self.closing.remove(&closing.open.sid)),
            RowWork::Trail(trail) => {
                let Trailing { sid, position, .. } = trail.trailing;
                self.trails_waiting -= 1;
                if self.trails.get(&sid) == Some(&position) {
                    self.trails.remove(&sid);
                }
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the pump works.
pub(crate) struct Place {
    pub(crate) log: Reader,
    pub(crate) retention: Retention,
    pub(crate) checkpoints: PathBuf,
    pub(crate) sink: Box<dyn RowSink>,
    /// What the sink has taken.
    pub(crate) store: parts::Reader,
}

/// Gives work to the pump. Its thread ends when this is dropped, after all work.
pub struct Pump {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// Looks into what waits. Clones are cheap.
#[derive(Clone)]
pub struct View {
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Pump {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pump")
    }
}

impl std::fmt::Debug for View {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("View")
    }
}

impl View {
    /// A session that is closed but not stored yet.
    pub fn closing(&self, sid: SessionId) -> Option<Arc<Closing>> {
        self.shared.lock().closing.get(&sid).cloned()
    }

    /// The last record that came for this session behind its close, if it is not stored yet.
    pub fn trail(&self, sid: SessionId) -> Option<LogPosition> {
        self.shared.lock().trails.get(&sid).copied()
    }

    /// All sessions that are closed but not stored yet.
    pub fn all_closing(&self) -> Vec<Arc<Closing>> {
        self.shared.lock().closing.values().cloned().collect()
    }

    /// All sessions that are closed but not stored yet, and the position up to which these and the
    /// store have all that closed.
    pub fn closed(&self) -> (LogPosition, Vec<Arc<Closing>>) {
        let state = self.shared.lock();
        let closing = state.closing.values().cloned().collect();
        (state.complete_to, closing)
    }

    /// How many sessions are closed but not stored yet.
    pub fn waiting(&self) -> usize {
        self.shared.lock().closing.len()
    }

    /// Why closed sessions cannot be stored, if so.
    pub fn failure(&self) -> Option<String> {
        self.shared.lock().failure.clone()
    }

    /// Everything that went wrong last and has not gone right since.
    pub fn failures(&self) -> Vec<String> {
        let state = self.shared.lock();
        let failures = [&state.failure, &state.cut_failure, &state.upkeep_failure];
        failures.into_iter().flatten().cloned().collect()
    }

    /// What was done about the store since the start.
    pub fn upkeep(&self) -> Upkeep {
        self.shared.lock().upkeep
    }
}

impl Pump {
    /// Keeps so much of the log from the next checkpoint on, and rows for so long from now on.
    pub(crate) fn retain(&self, retain: Policy, ages: parts::Retention) {
        let mut state = self.shared.lock();
        state.retain = retain;
        state.is_new_day |= state.ages != ages && state.today.is_some();
        state.ages = ages;
        drop(state);
        self.shared.changed.notify_all();
    }

    pub(crate) fn start(place: Place, retain: Policy, ages: parts::Retention) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let mut state = shared.lock();
        (state.retain, state.ages) = (retain, ages);
        drop(state);
        let mut pump = Self {
            shared: shared.clone(),
            threads: Vec::new(),
        };
        pump.threads.push(Worker::start(shared.clone(), place)?);
        pump.threads.push(compactor::start(shared)?);
        Ok(pump)
    }

    /// A view for other threads.
    pub fn view(&self) -> View {
        View {
            shared: self.shared.clone(),
        }
    }

    /// Hands over closed sessions, and records that came for sessions which had closed before;
    /// `complete_to` is the last record that was applied.
    pub(crate) fn hand_over(
        &self,
        trailing: impl Iterator<Item = Trail>,
        sessions: impl Iterator<Item = Closing>,
        complete_to: LogPosition,
    ) {
        let mut state = self.shared.lock();
        // In the order of the log: a session is closed at the last record.
        trailing.for_each(|trail| state.trail(trail));
        sessions.for_each(|closing| state.close(closing));
        state.complete_to = complete_to;
        drop(state);
        self.shared.changed.notify_all();
    }

    /// Says what time it is, and whether the disk is almost full.
    pub(crate) fn tick(&self, now: ReceivedMs, is_disk_low: bool) {
        let mut state = self.shared.lock();
        state.is_disk_low = is_disk_low;
        let today = Some(day_of(now));
        if state.today == today {
            return;
        }
        state.today = today;
        state.is_new_day = true;
        drop(state);
        self.shared.changed.notify_all();
    }

    pub(crate) fn begin_cut(&self, position: LogPosition) {
        self.give(Work::BeginCut(position));
    }

    pub(crate) fn cut(&self, bytes: Vec<u8>) {
        self.shared.lock().cut_bytes += bytes.len();
        self.give(Work::Cut(bytes));
    }

    pub(crate) fn end_cut(&self, oldest: LogPosition, now: ReceivedMs) {
        self.give(Work::EndCut { oldest, now });
    }

    /// Encoded sessions of a checkpoint that wait for the disk.
    pub(crate) fn cut_bytes(&self) -> usize {
        self.shared.lock().cut_bytes
    }

    /// Waits until fewer than so many encoded bytes wait for the disk; answers whether they do, or
    /// a failure is in their way.
    pub(crate) fn wait_for_cut(&self, bytes: usize) -> bool {
        self.wait_until(|state| state.cut_bytes < bytes || state.failure.is_some());
        self.cut_bytes() < bytes
    }

    /// Waits until only a few sessions are left to store: for replay, which closes many.
    pub(crate) fn wait_for_room(&self) {
        self.wait_until(|state| state.work.len() <= REPLAY_BACKLOG_MAX);
    }

    /// Waits until everything given so far is done, or has failed.
    pub fn wait_until_idle(&self) {
        self.wait_until(|state| {
            let is_idle = state.work.is_empty() && !state.is_busy;
            is_idle || state.failure.is_some()
        });
    }

    /// Waits until no parts are about to be put together, or something has failed.
    pub(crate) fn wait_for_upkeep(&self) {
        self.wait_until(|state| {
            let is_idle = matches!(state.compacting, Compacting::Idle);
            let is_done = is_idle && !state.is_new_day && !state.is_busy;
            is_done || state.failure.is_some() || state.upkeep_failure.is_some()
        });
    }

    fn wait_until(&self, done: impl Fn(&State) -> bool) {
        let mut state = self.shared.lock();
        while !done(&state) {
            state = self
                .shared
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn give(&self, work: Work) {
        self.shared.lock().work.push_back(work);
        self.shared.changed.notify_all();
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        self.shared.lock().stop = true;
        self.shared.changed.notify_all();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("the pump panicked");
            }
        }
    }
}
