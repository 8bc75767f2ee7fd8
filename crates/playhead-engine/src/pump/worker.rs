//! The thread that does the work of the pump.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use playhead_log::{Position, plan};
use playhead_model::ids::LogPosition;
use playhead_model::time::ReceivedMs;
use playhead_store::StoreError;
use playhead_store::parts::{Compacted, Effect};

use super::compactor::Compacting;
use super::{Place, ROWS_AT_ONCE, RowWork, Shared, State, Work};
use crate::clock::monotonic;
use crate::{checkpoint, events};

/// After a failure the same work is tried again this much later.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Rows wait no longer than this until they are made durable: a session that closes is in a file
/// within a minute, whatever the checkpoints do.
const SYNC_AFTER: Duration = Duration::from_secs(30);

/// Rows are given to the store when about so many bytes of them are in hand: a session can have
/// very many events.
const BYTES_AT_ONCE: usize = 8 << 20;
/// What a row takes beside the text of an event, roughly.
const ROW_BYTES: usize = 512;

pub(super) struct Worker {
    shared: Arc<Shared>,
    place: Place,
    cut: Option<checkpoint::Writer>,
    /// What the checkpoint before needs of the log: it is kept in case the last one is damaged.
    needed_before: LogPosition,
    /// Since when there are rows that are not durable.
    unsynced: Option<Instant>,
    /// Whether there may be rows that are too old.
    is_cut_due: bool,
}

/// A run of work of one kind.
enum Batch {
    /// What is done of them is no longer there.
    Rows(VecDeque<RowWork>),
    /// Rows have waited for long enough.
    Sync,
    /// Parts were put together, or could not be.
    Compacted(Result<Option<Compacted>, String>),
    /// The day is a new one.
    Day,
    Other(Work),
}

impl Batch {
    /// Whether it concerns rows, which have to be stored before anything behind them is done.
    fn is_of_rows(&self) -> bool {
        matches!(self, Self::Rows(_) | Self::Sync)
    }
}

/// Notes why work failed; the log is told once, not at each new try.
fn note_failure(noted: &mut Option<String>, failure: String) {
    if noted.as_ref() != Some(&failure) {
        tracing::error!(failure, "work behind the acknowledgement failed");
        *noted = Some(failure);
    }
}

fn in_store(error: StoreError) -> String {
    format!("store of closed sessions: {}", super::told(&error))
}

impl Worker {
    pub(super) fn start(shared: Arc<Shared>, place: Place) -> io::Result<JoinHandle<()>> {
        let worker = Self {
            shared,
            place,
            cut: None,
            needed_before: LogPosition(0),
            unsynced: None,
            is_cut_due: false,
        };
        let thread = std::thread::Builder::new().name("pump".into());
        thread.spawn(move || worker.run())
    }

    fn run(mut self) {
        while let Some(mut batch) = self.next_batch() {
            let is_done = self.persist(&mut batch);
            let mut state = self.shared.lock();
            if let Batch::Other(Work::Cut(bytes)) = batch {
                state.cut_bytes -= bytes.len();
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
            if let Some(batch) = self.due(&mut state) {
                state.is_busy = true;
                return Some(batch);
            }
            if state.stop {
                return None;
            }
            let changed = &self.shared.changed;
            state = match self.unsynced {
                None => changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(since) => {
                    let left = SYNC_AFTER.saturating_sub(monotonic().duration_since(since));
                    let waited = changed.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// The next to be done.
    fn due(&self, state: &mut State) -> Option<Batch> {
        let is_late = |since| monotonic().duration_since(since) >= SYNC_AFTER;
        if self.unsynced.is_some_and(is_late) {
            return Some(Batch::Sync);
        }
        if let Compacting::Done(_) = state.compacting
            && let Compacting::Done(done) = std::mem::take(&mut state.compacting)
        {
            return Some(Batch::Compacted(done));
        }
        if let Some(work) = state.work.pop_front() {
            let Work::Row(first) = work else {
                return Some(Batch::Other(work));
            };
            let mut rows = VecDeque::from([first]);
            while rows.len() < ROWS_AT_ONCE
                && let Some(Work::Row(next)) =
                    state.work.pop_front_if(|work| matches!(work, Work::Row(_)))
            {
                rows.push_back(next);
            }
            return Some(Batch::Rows(rows));
        }
        std::mem::take(&mut state.is_new_day).then_some(Batch::Day)
    }

    /// Does a piece of work. What concerns rows is tried until it is done or the process is to end;
    /// it is done after the next start then, from the log. A checkpoint that fails is made anew
    /// later, and so is a part of others.
    fn persist(&mut self, batch: &mut Batch) -> bool {
        loop {
            let is_last_piece =
                self.cut.is_some() && matches!(batch, Batch::Other(Work::EndCut { .. }));
            let tried = self.try_to(batch);
            let mut state = self.shared.lock();
            if !batch.is_of_rows() {
                match (tried, &batch) {
                    (Err(failure), Batch::Other(_)) => {
                        self.cut = None;
                        note_failure(&mut state.cut_failure, failure);
                    }
                    (Err(failure), _) => {
                        state.upkeep.failed_compactions += 1;
                        note_failure(&mut state.upkeep_failure, failure);
                    }
                    (Ok(()), Batch::Other(_)) if is_last_piece => state.cut_failure = None,
                    (Ok(()), Batch::Compacted(_)) => state.upkeep_failure = None,
                    (Ok(()), _) => {}
                }
                return true;
            }
            let Err(failure) = tried else {
                state.failure = None;
                return true;
            };
            state.upkeep.failed_writes += 1;
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

    fn try_to(&mut self, batch: &mut Batch) -> Result<(), String> {
        let checkpoint = |error: io::Error| format!("checkpoint: {error}");
        match batch {
            Batch::Rows(rows) => self.write(rows),
            Batch::Sync => self.sync(),
            Batch::Compacted(done) => {
                // It is gone if it cannot be put in its place: a start removes the file.
                let done = std::mem::replace(done, Ok(None));
                let done = done.map_err(|error| format!("putting parts together: {error}"))?;
                if let Some(compacted) = done {
                    self.place.sink.install(compacted).map_err(in_store)?;
                    self.shared.lock().upkeep.compactions += 1;
                }
                self.compact();
                Ok(())
            }
            Batch::Day => {
                self.is_cut_due = true;
                let cut = self.cut_old();
                self.compact();
                cut
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
                self.sync()?;
                cut.finish().map_err(checkpoint)?;
                let needed = std::mem::replace(&mut self.needed_before, *oldest).min(*oldest);
                self.retire(needed, *now)
            }
            Batch::Other(Work::Row(_)) => Ok(()),
        }
    }

    /// Stores rows, some at a time.
    fn write(&mut self, rows: &mut VecDeque<RowWork>) -> Result<(), String> {
        while !rows.is_empty() {
            let (effects, count) = self.effects(rows);
            let complete_to = rows[count - 1].position();
            let taken = self.place.sink.take(effects, complete_to);
            taken.map_err(in_store)?;
            self.unsynced.get_or_insert_with(monotonic);
            let mut state = self.shared.lock();
            rows.drain(..count).for_each(|row| state.note_stored(&row));
        }
        Ok(())
    }

    /// The effects of the first rows, and of how many.
    fn effects(&self, rows: &VecDeque<RowWork>) -> (Vec<Effect>, usize) {
        let log = &self.place.log;
        let (mut effects, mut bytes, mut count) = (Vec::new(), 0, 0);
        for row in rows {
            count += 1;
            match row {
                RowWork::Close(closing) => {
                    let rows = closing.all_rows(log);
                    let events = rows.events.iter().map(|event| ROW_BYTES + event.body.len());
                    bytes += ROW_BYTES + events.sum::<usize>();
                    effects.push(Effect::Session(Box::new(rows)));
                }
                RowWork::Trail(trail) => {
                    let events = events::behind_close(log, &self.place.store, trail);
                    let late = events
                        .into_iter()
                        .map(|event| Effect::Late(Box::new(event)));
                    effects.extend(late);
                    bytes += ROW_BYTES;
                }
            }
            if bytes >= BYTES_AT_ONCE {
                break;
            }
        }
        (effects, count)
    }

    /// Makes all rows durable.
    fn sync(&mut self) -> Result<(), String> {
        self.place.sink.sync().map_err(in_store)?;
        self.unsynced = None;
        if let Err(failure) = self.cut_old() {
            note_failure(&mut self.shared.lock().upkeep_failure, failure);
        }
        self.compact();
        Ok(())
    }

    /// Takes out rows that are too old, if there may be any.
    fn cut_old(&mut self) -> Result<(), String> {
        if !self.is_cut_due {
            return Ok(());
        }
        let state = self.shared.lock();
        let (ages, today) = (state.ages.clone(), state.today);
        drop(state);
        let Some(today) = today else {
            return Ok(());
        };
        let gone = self.place.sink.cut(&ages, today);
        let gone = gone.map_err(|error| format!("retention: {}", super::told(&error)))?;
        self.is_cut_due = false;
        for gone in gone {
            let (table, suite) = (gone.table.name(), gone.suite);
            let (rows, bytes) = (gone.rows, gone.bytes);
            tracing::info!(table, suite, rows, bytes, "rows have reached their age");
        }
        Ok(())
    }

    /// Gives the other thread parts to put together, if it has none and there are any.
    fn compact(&mut self) {
        let state = self.shared.lock();
        let is_free = matches!(state.compacting, Compacting::Idle) && !state.is_disk_low;
        let today = state.today.filter(|_| is_free && !state.stop);
        drop(state);
        let next = today.and_then(|today| self.place.sink.next_compaction(today));
        if let Some(compaction) = next {
            self.shared.lock().compacting = Compacting::Given(compaction);
            self.shared.changed.notify_all();
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
