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
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use hashbrown::HashMap;
use playhead_log::{Policy, Position, Reader, Retention, plan};
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::row::{Rows, Stamp};
use playhead_model::rules::Rules;
use playhead_model::time::ReceivedMs;
use playhead_session::row;
use playhead_store::{ClosedSession, RowSink, StoreError};

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
    /// Where in the log it was found closed, and when.
    closed: (LogPosition, ReceivedMs),
    /// Position of its last record: records come behind the close too.
    tail: AtomicU64,
}

impl Closing {
    pub(crate) fn new(
        open: Box<Open>,
        rules: Rules,
        tag: Tag,
        closed: (LogPosition, ReceivedMs),
    ) -> Self {
        let tail = AtomicU64::new(open.tail.0);
        Self {
            open,
            rules,
            tag,
            closed,
            tail,
        }
    }

    /// Position of its last record.
    pub fn tail(&self) -> LogPosition {
        LogPosition(self.tail.load(Ordering::Relaxed))
    }

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
        rows.stamp(&Stamp {
            start: self.open.start,
            tail: self.open.tail,
            close: self.closed.0,
            closed_at: self.closed.1,
            rules: self.open.rules,
            is_batch: self.open.origin == Origin::Batch,
        });
        rows
    }

    fn stored(&self, rows: &Rows) -> ClosedSession {
        let session = &self.open.session;
        ClosedSession {
            sid: self.open.sid,
            suite: self.tag.suite.clone(),
            player: self.tag.player.clone(),
            started_at: session.started_at(),
            last_at: session.last_at(),
            close_reason: session.closed().and_then(|closed| closed.reason),
            start: self.open.start,
            tail: self.tail(),
            rules: self.rules,
            is_batch: self.open.origin == Origin::Batch,
            answer: rows.answer().to_string(),
        }
    }
}

enum Work {
    Close(Arc<Closing>),
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
    /// Last records of sessions that are stored, where they moved since; no more than the closed
    /// ids that the core remembers.
    trails: HashMap<SessionId, LogPosition>,
    cut_bytes: usize,
    complete_to: LogPosition,
    is_busy: bool,
    stop: bool,
    /// Why rows cannot be stored, which holds everything up.
    failure: Option<String>,
    /// Why the last checkpoint was not made, or old segments not removed.
    cut_failure: Option<String>,
    /// How much of the log is kept.
    retain: Policy,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl State {
    fn move_tail(&mut self, sid: SessionId, tail: LogPosition) {
        let moved = self.trails.entry(sid).or_default();
        *moved = tail.max(*moved);
    }

    /// Some of the tails that moved.
    fn take_trails(&mut self) -> Vec<(SessionId, LogPosition)> {
        let sids: Vec<SessionId> = self.trails.keys().take(ROWS_AT_ONCE).copied().collect();
        let trails = sids.iter().filter_map(|sid| self.trails.remove_entry(sid));
        trails.collect()
    }

    /// A row of this session was stored, with this tail.
    fn note_stored(&mut self, sid: SessionId, tail: LogPosition) {
        if let Some(closing) = self.closing.remove(&sid)
            && closing.tail() > tail
        {
            self.move_tail(sid, closing.tail());
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
        let failures = [&state.failure, &state.cut_failure];
        failures.into_iter().flatten().cloned().collect()
    }
}

impl Pump {
    /// Keeps so much of the log from the next checkpoint on.
    pub(crate) fn retain(&self, retain: Policy) {
        self.shared.lock().retain = retain;
    }

    pub(crate) fn start(place: Place, retain: Policy) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        shared.lock().retain = retain;
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
        if records.is_empty() {
            return;
        }
        let mut state = self.shared.lock();
        for (sid, tail) in records {
            match state.closing.get(&sid) {
                Some(closing) => {
                    closing.tail.fetch_max(tail.0, Ordering::Relaxed);
                }
                None => state.move_tail(sid, tail),
            }
        }
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
            let is_idle = state.work.is_empty() && state.trails.is_empty() && !state.is_busy;
            is_idle || state.failure.is_some()
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
    Trail(Vec<(SessionId, LogPosition)>),
    Other(Work),
}

/// Notes why work failed; the log is told once, not at each new try.
fn note_failure(noted: &mut Option<String>, failure: String) {
    if noted.as_ref() != Some(&failure) {
        tracing::error!(failure, "work behind the acknowledgement failed");
        *noted = Some(failure);
    }
}

impl Worker {
    fn run(mut self) {
        while let Some(batch) = self.next_batch() {
            let is_done = self.persist(&batch);
            let mut state = self.shared.lock();
            match batch {
                Batch::Other(Work::Cut(bytes)) => state.cut_bytes -= bytes.len(),
                Batch::Close(..) | Batch::Trail(_) | Batch::Other(_) => {}
            }
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
            // Before anything else, so that a checkpoint finds them stored.
            if !state.trails.is_empty() {
                state.is_busy = true;
                return Some(Batch::Trail(state.take_trails()));
            }
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

    /// Does a piece of work. What concerns rows is tried until it is done or the process is to end;
    /// it is done after the next start then, from the log. A checkpoint that fails is made anew
    /// later.
    fn persist(&mut self, batch: &Batch) -> bool {
        loop {
            let is_last_piece =
                self.cut.is_some() && matches!(batch, Batch::Other(Work::EndCut { .. }));
            let tried = self.try_to(batch);
            let mut state = self.shared.lock();
            if let Batch::Other(_) = batch {
                match tried {
                    Err(failure) => {
                        self.cut = None;
                        note_failure(&mut state.cut_failure, failure);
                    }
                    Ok(()) if is_last_piece => state.cut_failure = None,
                    Ok(()) => {}
                }
                return true;
            }
            let Err(failure) = tried else {
                state.failure = None;
                return true;
            };
            note_failure(&mut state.failure, failure);
            self.shared.changed.notify_all();
            let changed = &self.shared.changed;
            let waited = changed.wait_timeout_while(state, RETRY_AFTER, |state| !state.stop);
            let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
            if state.stop {
                return false;
            }
        }
    }

    fn try_to(&mut self, batch: &Batch) -> Result<(), String> {
        let checkpoint = |error: io::Error| format!("checkpoint: {error}");
        let store = |error: StoreError| format!("store of closed sessions: {error}");
        match batch {
            Batch::Close(sessions, complete_to) => {
                let log = &self.place.log;
                let columns: Vec<Rows> = sessions.iter().map(|closing| closing.rows(log)).collect();
                let rows = sessions.iter().zip(&columns);
                let rows: Vec<ClosedSession> =
                    rows.map(|(closing, rows)| closing.stored(rows)).collect();
                let sink = &mut self.place.sink;
                sink.write(&rows, *complete_to).map_err(store)?;
                sink.write_columns(columns).map_err(store)?;
                let mut state = self.shared.lock();
                for row in &rows {
                    state.note_stored(row.sid, row.tail);
                }
                Ok(())
            }
            Batch::Trail(moved) => {
                let sink = &mut self.place.sink;
                let mut moved = moved.iter();
                moved.try_for_each(|(sid, tail)| sink.move_tail(*sid, *tail).map_err(store))
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
                self.place.sink.sync().map_err(store)?;
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
        let retain = self.shared.lock().retain;
        let going = plan(&segments, retain, now.0, needed);
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
