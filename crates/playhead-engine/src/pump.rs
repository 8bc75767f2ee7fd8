//! What is done behind the acknowledgement, on a thread of its own: closed sessions become rows,
//! checkpoints become files, old segments of the log go.
//!
//! Work is done in the order in which it was given, so a checkpoint becomes valid only after every
//! session that closed before it is stored. Until a row is stored its session is found in
//! [`Closing`], which is bounded by the limit of open sessions: closing sessions count as open for
//! it.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use hashbrown::HashMap;
use playhead_log::{Policy, Position, Reader, Retention, plan};
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::row::Rows;
use playhead_model::rules::Rules;
use playhead_model::time::ReceivedMs;
use playhead_session::row;
use playhead_store::{ClosedSession, RowSink};

use crate::bodies::{self, LogBodies};
use crate::checkpoint;
use crate::core::{Open, Origin, Tag};

/// Rows written to the store at once.
const ROWS_AT_ONCE: usize = 512;
/// Encoded sessions of a checkpoint that may wait for the disk.
pub(crate) const CUT_BYTES_MAX: usize = 8 << 20;
/// Sessions that may wait while the log is replayed at the start.
const REPLAY_BACKLOG_MAX: usize = 10_000;
/// After a failure the same work is tried again this much later.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A session that is closed but not stored yet.
#[derive(Debug)]
pub struct Closing {
    pub open: Box<Open>,
    pub rules: Rules,
    pub tag: Tag,
}

impl Closing {
    /// The session's rows.
    pub fn rows(&self, log: &Reader) -> Rows {
        let bodies = LogBodies::of(log, &self.open);
        let mut rows = row::rows(
            self.open.identity(),
            &self.open.session,
            &self.rules,
            &bodies,
        );
        if let Some(sender) = bodies::sender(log, self.open.start) {
            rows.add_sender(&sender);
        }
        rows
    }

    fn stored(&self, log: &Reader) -> ClosedSession {
        let rows = self.rows(log);
        let session = &self.open.session;
        ClosedSession {
            sid: self.open.sid,
            suite: self.tag.suite.clone(),
            player: self.tag.player.clone(),
            started_at: session.started_at(),
            last_at: session.last_at(),
            close_reason: session.closed().and_then(|closed| closed.reason),
            start: self.open.start,
            tail: self.open.tail,
            rules: self.rules,
            is_batch: self.open.origin == Origin::Batch,
            answer: rows.answer().to_string(),
        }
    }
}

enum Work {
    Close(Arc<Closing>),
    Trail(SessionId, LogPosition),
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
    cut_bytes: usize,
    complete_to: LogPosition,
    is_busy: bool,
    stop: bool,
    failure: Option<String>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
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
    pub(crate) retain: Policy,
    pub(crate) checkpoints: PathBuf,
    pub(crate) sink: Box<dyn RowSink>,
}

/// Gives work to the pump. Its thread ends when this is dropped, after all work.
pub struct Pump {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
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

    /// All sessions that are closed but not stored yet.
    pub fn all_closing(&self) -> Vec<Arc<Closing>> {
        self.shared.lock().closing.values().cloned().collect()
    }

    /// How many sessions are closed but not stored yet.
    pub fn waiting(&self) -> usize {
        self.shared.lock().closing.len()
    }

    /// What went wrong last, if it has not gone right since.
    pub fn failure(&self) -> Option<String> {
        self.shared.lock().failure.clone()
    }
}

impl Pump {
    pub(crate) fn start(place: Place) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let worker = Worker {
            shared: shared.clone(),
            place,
            cut: None,
            needed_before: LogPosition(0),
        };
        let thread = std::thread::Builder::new()
            .name("pump".into())
            .spawn(move || worker.run())?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// A view for other threads.
    pub fn view(&self) -> View {
        View {
            shared: self.shared.clone(),
        }
    }

    /// Hands over closed sessions; `complete_to` is the last record that was applied.
    pub(crate) fn close(&self, sessions: impl Iterator<Item = Closing>, complete_to: LogPosition) {
        let mut state = self.shared.lock();
        for closing in sessions {
            let closing = Arc::new(closing);
            state.closing.insert(closing.open.sid, closing.clone());
            state.work.push_back(Work::Close(closing));
        }
        state.complete_to = complete_to;
        drop(state);
        self.shared.changed.notify_all();
    }

    /// Notes records that came for sessions which are closed.
    pub(crate) fn trail(&self, records: Vec<(SessionId, LogPosition)>) {
        for (sid, tail) in records {
            self.give(Work::Trail(sid, tail));
        }
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

    /// Waits until only a few sessions are left to store: for replay, which closes many.
    pub(crate) fn wait_for_room(&self) {
        self.wait_until(|state| state.work.len() <= REPLAY_BACKLOG_MAX);
    }

    /// Waits until everything given so far is done, or has failed.
    pub fn wait_until_idle(&self) {
        self.wait_until(|state| {
            (state.work.is_empty() && !state.is_busy) || state.failure.is_some()
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
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the pump panicked");
        }
    }
}

struct Worker {
    shared: Arc<Shared>,
    place: Place,
    cut: Option<checkpoint::Writer>,
    /// What the checkpoint before needs of the log: it is kept in case the last one is damaged.
    needed_before: LogPosition,
}

/// A run of work of one kind.
enum Batch {
    Close(Vec<Arc<Closing>>, LogPosition),
    Other(Work),
}

impl Worker {
    fn run(mut self) {
        while let Some(batch) = self.next_batch() {
            let stored = match &batch {
                Batch::Close(sessions, _) => sessions.iter().map(|it| it.open.sid).collect(),
                Batch::Other(_) => Vec::new(),
            };
            let cut_bytes = match &batch {
                Batch::Other(Work::Cut(bytes)) => bytes.len(),
                _ => 0,
            };
            let is_done = self.persist(batch);
            let mut state = self.shared.lock();
            for sid in stored.iter().filter(|_| is_done) {
                state.closing.remove(sid);
            }
            state.cut_bytes -= cut_bytes;
            state.is_busy = false;
            drop(state);
            self.shared.changed.notify_all();
            if !is_done {
                // A checkpoint behind this would claim rows that are not there.
                break;
            }
        }
        if let Err(error) = self.place.sink.sync() {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "rows are not durable"
            );
        }
    }

    fn next_batch(&self) -> Option<Batch> {
        let mut state = self.shared.lock();
        loop {
            if let Some(work) = state.work.pop_front() {
                state.is_busy = true;
                let Work::Close(first) = work else {
                    return Some(Batch::Other(work));
                };
                let mut sessions = vec![first];
                while sessions.len() < ROWS_AT_ONCE
                    && let Some(Work::Close(next)) = state
                        .work
                        .pop_front_if(|work| matches!(work, Work::Close(_)))
                {
                    sessions.push(next);
                }
                return Some(Batch::Close(sessions, state.complete_to));
            }
            if state.stop {
                return None;
            }
            state = self
                .shared
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Does a piece of work, again and again until it is done or the process is to end. What is
    /// not done then is done after the next start, from the log.
    fn persist(&mut self, batch: Batch) -> bool {
        loop {
            let Err(failure) = self.try_to(&batch) else {
                self.shared.lock().failure = None;
                return true;
            };
            tracing::error!(failure, "work behind the acknowledgement failed");
            let mut state = self.shared.lock();
            state.failure = Some(failure);
            self.shared.changed.notify_all();
            if matches!(batch, Batch::Other(_)) {
                // A checkpoint that fails is made anew later.
                drop(state);
                self.cut = None;
                return true;
            }
            if state.stop {
                return false;
            }
            let waited = self.shared.changed.wait_timeout(state, RETRY_AFTER);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
        }
    }

    fn try_to(&mut self, batch: &Batch) -> Result<(), String> {
        let checkpoint = |error: io::Error| format!("checkpoint: {error}");
        match batch {
            Batch::Close(sessions, complete_to) => {
                let log = &self.place.log;
                let rows: Vec<ClosedSession> =
                    sessions.iter().map(|closing| closing.stored(log)).collect();
                let written = self.place.sink.write(&rows, *complete_to);
                written.map_err(|error| format!("store of closed sessions: {error}"))
            }
            Batch::Other(Work::Trail(sid, tail)) => {
                let moved = self.place.sink.move_tail(*sid, *tail);
                moved.map_err(|error| format!("store of closed sessions: {error}"))
            }
            Batch::Other(Work::BeginCut(position)) => {
                let folder = &self.place.checkpoints;
                self.cut = Some(checkpoint::Writer::create(folder, *position).map_err(checkpoint)?);
                Ok(())
            }
            Batch::Other(Work::Cut(bytes)) => match &mut self.cut {
                Some(cut) => cut.write(bytes).map_err(checkpoint),
                None => Ok(()),
            },
            Batch::Other(Work::EndCut { oldest, now }) => {
                let Some(cut) = self.cut.take() else {
                    return Ok(());
                };
                let synced = self.place.sink.sync();
                synced.map_err(|error| format!("store of closed sessions: {error}"))?;
                cut.finish().map_err(checkpoint)?;
                let needed = std::mem::replace(&mut self.needed_before, *oldest).min(*oldest);
                self.retire(needed, *now)
            }
            Batch::Other(Work::Close(_)) => Ok(()),
        }
    }

    /// Removes segments that are too old and that nothing needs any more.
    fn retire(&self, needed: LogPosition, now: ReceivedMs) -> Result<(), String> {
        let needed = Position::new(needed.0);
        let segments = self.place.retention.segments();
        let going = plan(&segments, self.place.retain, now.0, needed);
        let Some(last) = going.last() else {
            return Ok(());
        };
        let retired = self.place.retention.retire_before(last.end);
        let retired = retired.map_err(|error| format!("retention: {error}"))?;
        tracing::info!(
            segments = retired.segments,
            bytes = retired.bytes,
            "log segments retired"
        );
        Ok(())
    }
}
