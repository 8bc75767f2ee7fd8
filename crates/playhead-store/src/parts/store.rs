//! The writing side: rows collect in memory and go into parts together, with the position up to
//! which they are complete.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use playhead_model::catalog::{Day, EventRow};
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::row::{DEFINITION_VERSION, Rows, of};
use playhead_model::time::ReceivedMs;

use crate::parts::Effect;
use crate::parts::compact::{self, Compacted, Compaction};
use crate::parts::error::StoreError;
use crate::parts::manifest::{Contents, PartFacts};
use crate::parts::part::Part;
use crate::parts::reader::Reader;
use crate::parts::recover;
use crate::parts::retention::{self, Gone, Retention};
use crate::parts::rewrite::Rewrite;
use crate::parts::storage::Storage;
use crate::parts::writing::{Writing, by_folder};

/// Rows in memory beyond which they are written without waiting for the next checkpoint.
const RECENT_BYTES_MAX: usize = 64 << 20;
/// A session that is due is looked at within this time, with much to spare: it may be open still in
/// a checkpoint though a process before has found it closed.
const LOOKED_AT_WITHIN_MS: u64 = 600_000;
/// What a session takes in memory beside its text, roughly.
const SESSION_BYTES: usize = 4_096;
const EVENT_BYTES: usize = 256;

/// What readers and the writer share.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
}

/// What readers see, under one lock. A flush exchanges rows in memory for parts in one step.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) manifest: Arc<Contents>,
    pub(crate) parts: Vec<Arc<Part>>,
    pub(crate) recent: HashMap<SessionId, Arc<Rows>>,
    /// Events that came after the close of their session.
    pub(crate) late: Vec<Arc<EventRow>>,
}

impl Shared {
    /// What is in files.
    pub(crate) fn new(contents: Contents, storage: &Arc<dyn Storage>) -> Self {
        let parts = contents.parts.iter().cloned();
        let parts = parts.map(|facts| Arc::new(Part::new(facts, storage.clone())));
        let state = State {
            parts: parts.collect(),
            manifest: Arc::new(contents),
            ..State::default()
        };
        let state = Mutex::new(state);
        Self { state }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Rows on their way into parts.
struct Going {
    sessions: Vec<Arc<Rows>>,
    late: Vec<Arc<EventRow>>,
}

/// Writes closed sessions. There is one at a time.
#[derive(Debug)]
pub struct Store {
    shared: Arc<Shared>,
    storage: Arc<dyn Storage>,
    /// What the manifest said when the store was opened.
    was_complete_to: Option<LogPosition>,
    complete_to: Option<LogPosition>,
    /// Never less than what the manifest says. A flush that failed has used numbers up: the
    /// manifest that it could not make certain may name them after a crash.
    next_part: u64,
    recent_bytes: usize,
    known: Known,
}

/// What was in parts when a replay began that may give it once more.
#[derive(Debug, Default)]
struct Known {
    sessions: HashSet<SessionId>,
    /// The records of events that came after a close.
    late: HashSet<i64>,
}

impl Store {
    /// Opens the store: takes the manifest, and removes files that it does not name. What it has
    /// of records at or behind `log_end` is taken out: the log lost them, and others will take
    /// their places.
    ///
    /// # Errors
    /// If the manifest is damaged or a file cannot be read, written or removed.
    pub fn open(storage: Arc<dyn Storage>, log_end: LogPosition) -> Result<Self, StoreError> {
        let contents = recover::recover(&storage, log_end)?;
        let complete_to = contents.complete_to;
        let next_part = contents.next_part;
        Ok(Self {
            shared: Arc::new(Shared::new(contents, &storage)),
            storage,
            was_complete_to: complete_to,
            complete_to,
            next_part,
            recent_bytes: 0,
            known: Known::default(),
        })
    }

    /// A reader of what is stored.
    pub fn reader(&self) -> Reader {
        Reader::new(self.shared.clone())
    }

    /// The position up to which it was complete when it was opened: effects of a replay at or
    /// below it are there already, and must not be given again.
    pub fn was_complete_to(&self) -> Option<LogPosition> {
        self.was_complete_to
    }

    /// Looks up what is stored of records behind a position, or of all, and of sessions that
    /// closed not long before.
    pub(crate) fn know_behind(
        &mut self,
        position: Option<LogPosition>,
        now: ReceivedMs,
    ) -> Result<(), StoreError> {
        let reader = self.reader();
        let since = ReceivedMs(now.0.saturating_sub(LOOKED_AT_WITHIN_MS));
        let late = reader.late_behind(position)?;
        self.known = Known {
            sessions: reader.known_behind(position, since)?.into_iter().collect(),
            late: late.into_iter().collect(),
        };
        Ok(())
    }

    /// Takes rows that are not known yet.
    pub(crate) fn write_new(&mut self, mut effects: Vec<Effect>) {
        effects.retain(|effect| match effect {
            Effect::Session(rows) => !self.known.sessions.contains(&rows.session.sid),
            Effect::Late(event) => !self.known.late.contains(&event.position),
        });
        self.write(effects);
    }

    /// Takes rows. They can be read from now on, and are lost with the process until a
    /// [`Store::sync`].
    pub fn write(&mut self, effects: Vec<Effect>) {
        let mut state = self.shared.lock();
        for effect in effects {
            match effect {
                Effect::Session(rows) => {
                    self.recent_bytes += bytes_of(&rows);
                    let replaced = state.recent.insert(rows.session.sid, Arc::new(*rows));
                    let replaced = replaced.map_or(0, |rows| bytes_of(&rows));
                    self.recent_bytes = self.recent_bytes.saturating_sub(replaced);
                }
                Effect::Late(event) => {
                    self.recent_bytes += bytes_of_event(&event);
                    state.late.push(Arc::new(*event));
                }
            }
        }
    }

    /// Notes that all effects up to a position were given.
    pub fn complete(&mut self, position: LogPosition) {
        self.complete_to = self.complete_to.max(Some(position));
    }

    /// Whether so much waits for the next [`Store::sync`] that it should not wait for longer.
    pub fn is_full(&self) -> bool {
        self.recent_bytes > RECENT_BYTES_MAX
    }

    /// Makes all effects up to the last complete position survive a power loss: writes them into
    /// parts, and then the manifest that names those.
    ///
    /// # Errors
    /// If they may not. They can still be read.
    pub fn sync(&mut self) -> Result<(), StoreError> {
        let Some(complete_to) = self.complete_to else {
            return Ok(());
        };
        let manifest = self.shared.lock().manifest.clone();
        let going = self.rows_up_to(complete_to);
        let is_empty = going.sessions.is_empty() && going.late.is_empty();
        if is_empty && manifest.complete_to >= Some(complete_to) {
            return Ok(());
        }
        let mut written = Vec::new();
        for ((suite, day), rows) in by_folder(&going.sessions, &going.late) {
            let mut writing = Writing {
                storage: &*self.storage,
                suite,
                day,
                definition_version: DEFINITION_VERSION,
                next_part: &mut self.next_part,
                written: &mut written,
            };
            writing.write_all(&rows)?;
        }
        let mut contents = (*manifest).clone();
        contents.next_part = self.next_part;
        contents.complete_to = Some(complete_to);
        contents.parts.extend(written.iter().cloned());
        contents.save(&*self.storage)?;
        self.take_over(contents, written, &going);
        Ok(())
    }

    /// Parts that should be put together, if there are any. It may be done on any thread; the
    /// result goes to [`Store::install`].
    pub fn next_compaction(&mut self, today: Day) -> Option<Compaction> {
        let parts = compact::choose(&self.shared.lock().parts, today)?;
        let number = self.next_part;
        self.next_part += 1;
        Some(Compaction {
            parts,
            number,
            storage: self.storage.clone(),
        })
    }

    /// Puts a part in the place of those that it was made of.
    ///
    /// # Errors
    /// If those may still be in force.
    pub fn install(&mut self, compacted: Compacted) -> Result<(), StoreError> {
        let Compacted { facts, replaced } = compacted;
        let manifest = self.shared.lock().manifest.clone();
        let is_named = |number| manifest.parts.iter().any(|facts| facts.number == number);
        let part = Part::new(facts.clone(), self.storage.clone());
        if !replaced.iter().all(|number| is_named(*number)) {
            // Retention was faster.
            part.replace();
            return Ok(());
        }
        let mut contents = (*manifest).clone();
        contents
            .parts
            .retain(|facts| !replaced.contains(&facts.number));
        contents.parts.push(facts);
        self.exchange(contents, Some(part), &replaced)
    }

    /// Takes out what is older than it may be; says what went.
    ///
    /// # Errors
    /// If it may still be there after a crash.
    pub fn cut(&mut self, retention: &Retention, today: Day) -> Result<Vec<Gone>, StoreError> {
        let mut contents = (*self.shared.lock().manifest).clone();
        let (numbers, gone) = retention::cut(&mut contents, retention, today);
        if !gone.is_empty() {
            self.exchange(contents, None, &numbers)?;
        }
        Ok(gone)
    }

    /// Begins to put other rows in the place of those of the same sessions. Nobody else may write
    /// meanwhile.
    pub fn rewrite(&mut self) -> Rewrite<'_> {
        Rewrite::new(self)
    }

    pub(crate) fn storage(&self) -> &Arc<dyn Storage> {
        &self.storage
    }

    pub(crate) fn next_part(&mut self) -> &mut u64 {
        &mut self.next_part
    }

    /// The parts there are, and what the manifest says.
    pub(crate) fn in_force(&self) -> (Vec<Arc<Part>>, Contents) {
        let state = self.shared.lock();
        (state.parts.clone(), (*state.manifest).clone())
    }

    /// Puts another manifest in force, and some parts in the place of others.
    pub(crate) fn exchange(
        &self,
        mut contents: Contents,
        parts: impl IntoIterator<Item = Part>,
        replaced: &[u64],
    ) -> Result<(), StoreError> {
        contents.next_part = self.next_part;
        contents.save(&*self.storage)?;
        let mut state = self.shared.lock();
        state.manifest = Arc::new(contents);
        let is_replaced = |part: &mut Arc<Part>| replaced.contains(&part.facts.number);
        let old: Vec<Arc<Part>> = state.parts.extract_if(.., is_replaced).collect();
        state.parts.extend(parts.into_iter().map(Arc::new));
        drop(state);
        // What nobody reads any more is removed here, not under the lock.
        old.iter().for_each(|part| part.replace());
        Ok(())
    }

    /// The rows that closed at or below a position.
    fn rows_up_to(&self, position: LogPosition) -> Going {
        let limit = of(position);
        let state = self.shared.lock();
        let sessions = state.recent.values();
        let sessions = sessions.filter(|rows| rows.session.close_position <= limit);
        let late = state.late.iter();
        let late = late.filter(|event| event.close_position <= limit);
        Going {
            sessions: sessions.cloned().collect(),
            late: late.cloned().collect(),
        }
    }

    /// From here on the rows are read from their parts.
    fn take_over(&mut self, contents: Contents, written: Vec<PartFacts>, going: &Going) {
        let limit = contents.complete_to.map_or(i64::MIN, of);
        let parts = written.into_iter();
        let parts = parts.map(|facts| Arc::new(Part::new(facts, self.storage.clone())));
        let mut state = self.shared.lock();
        state.parts.extend(parts);
        state.manifest = Arc::new(contents);
        for rows in &going.sessions {
            state.recent.remove(&rows.session.sid);
        }
        state.late.retain(|event| event.close_position > limit);
        drop(state);
        let sessions = going.sessions.iter().map(|rows| bytes_of(rows));
        let late = going.late.iter().map(|event| bytes_of_event(event));
        let bytes = sessions.sum::<usize>() + late.sum::<usize>();
        self.recent_bytes = self.recent_bytes.saturating_sub(bytes);
    }
}

fn bytes_of(rows: &Rows) -> usize {
    let parts = rows.ads.len() + rows.chapters.len() + rows.states.len();
    let events = rows.events.iter().map(bytes_of_event).sum::<usize>();
    SESSION_BYTES + parts * SESSION_BYTES / 4 + events
}

fn bytes_of_event(event: &EventRow) -> usize {
    EVENT_BYTES + event.body.len()
}
