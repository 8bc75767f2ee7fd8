//! The reading side: one state of the store, parts and rows in memory together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use playhead_model::catalog::{AdRow, ChapterRow, EventRow, Row, SessionRow, StateRow, Table};
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::row::{Rows, day_of, integer, of};
use playhead_model::time::ReceivedMs;

use crate::parts::error::StoreError;
use crate::parts::manifest::Contents;
use crate::parts::part::Part;
use crate::parts::retention::Cut;
use crate::parts::storage::Storage;
use crate::parts::store::Shared;

/// Reads closed sessions, from any thread. Clones are cheap.
#[derive(Clone, Debug)]
pub struct Reader {
    shared: Arc<Shared>,
}

/// How much the parts of a table are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    pub parts: u64,
    pub rows: u64,
    pub bytes: u64,
}

/// The store at one instant. Its parts can be read for as long as it is held.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub parts: Vec<Arc<Part>>,
    /// Sessions that are in no part yet.
    pub recent: Vec<Arc<Rows>>,
    /// Events that came after the close of their session and are in no part yet.
    pub late: Vec<Arc<EventRow>>,
    pub generation: u64,
    /// All sessions that closed at or below this position are in the parts.
    pub complete_to: Option<LogPosition>,
    /// What retention has taken out.
    pub cuts: Vec<Cut>,
}

impl Snapshot {
    /// The sessions of a suite that are in its parts and closed behind a position.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn closed_behind(
        &self,
        suite: &str,
        position: LogPosition,
    ) -> Result<Vec<SessionId>, StoreError> {
        let parts = of_table(&self.parts, Table::Sessions);
        ids_behind(parts.filter(|it| it.facts.suite == suite), Some(position))
    }
}

fn ids_behind<'a>(
    parts: impl Iterator<Item = &'a Arc<Part>>,
    position: Option<LogPosition>,
) -> Result<Vec<SessionId>, StoreError> {
    let limit = position.map_or(i64::MIN, of);
    let mut found = Vec::new();
    for part in parts.filter(|part| part.facts.positions.1 > limit) {
        for batch in part.columns_from(&[("close_position", limit)], &["sid", "close_position"])? {
            let (Some(sids), Some(positions)) = (
                batch.column_by_name("sid"),
                batch.column_by_name("close_position"),
            ) else {
                continue;
            };
            let positions = positions.as_primitive::<Int64Type>().values();
            let pairs = sids.as_string::<i32>().iter().zip(positions);
            let behind = pairs.filter(|(_, position)| **position > limit);
            found.extend(behind.filter_map(|(sid, _)| sid?.parse::<SessionId>().ok()));
        }
    }
    Ok(found)
}

impl Reader {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Opens the store for reading only, even while another process writes to it, and changes
    /// nothing. It sees what is in files now; those may go when the other process puts some
    /// together, and reading says then that one is not found.
    ///
    /// # Errors
    /// If the manifest is damaged.
    pub fn open(storage: &Arc<dyn Storage>) -> Result<Self, StoreError> {
        let contents = Contents::load(&**storage)?;
        Ok(Self::new(Arc::new(Shared::new(contents, storage))))
    }

    /// All of the store as it is now: each session is in its parts or in memory, never in both.
    pub fn snapshot(&self) -> Snapshot {
        let state = self.shared.lock();
        Snapshot {
            parts: state.parts.clone(),
            recent: state.recent.values().cloned().collect(),
            late: state.late.clone(),
            generation: state.manifest.generation,
            complete_to: state.manifest.complete_to,
            cuts: state.manifest.cuts.clone(),
        }
    }

    /// How many sessions are stored.
    pub fn count(&self) -> u64 {
        let state = self.shared.lock();
        let sessions = state.parts.iter().map(|part| &part.facts);
        let in_parts = sessions
            .filter(|facts| facts.table == Table::Sessions)
            .map(|facts| facts.rows)
            .sum::<u64>();
        in_parts + state.recent.len() as u64
    }

    /// How much is in the parts of each table.
    pub fn sizes(&self) -> [(Table, Size); Table::ALL.len()] {
        let mut sizes = Table::ALL.map(|table| (table, Size::default()));
        let state = self.shared.lock();
        for facts in state.parts.iter().map(|part| &part.facts) {
            let size = &mut sizes[facts.table as usize].1;
            size.parts += 1;
            size.rows += facts.rows;
            size.bytes += facts.bytes;
        }
        sizes
    }

    /// The suites that sessions are stored of.
    pub fn suites(&self) -> Vec<String> {
        let state = self.shared.lock();
        let in_parts = state.parts.iter().map(|part| part.facts.suite.clone());
        let recent = state.recent.values();
        let recent = recent.map(|rows| rows.session.report_suite.to_string());
        let suites: BTreeSet<String> = in_parts.chain(recent).collect();
        suites.into_iter().collect()
    }

    /// The sessions that are in parts and closed behind a position; all of them if there is none.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn closed_behind(
        &self,
        position: Option<LogPosition>,
    ) -> Result<Vec<SessionId>, StoreError> {
        let parts = self.snapshot().parts;
        ids_behind(of_table(&parts, Table::Sessions), position)
    }

    /// The sessions that are in parts and closed at or behind a position, or since an instant of
    /// server time.
    pub(crate) fn known_behind(
        &self,
        position: Option<LogPosition>,
        since: ReceivedMs,
    ) -> Result<Vec<SessionId>, StoreError> {
        // A session may close between two records, after the cut that stands at the first.
        let (limit, since_ms) = (position.map_or(i64::MIN, of), integer(since.0));
        let parts = self.snapshot().parts;
        let may_have =
            |part: &&Arc<Part>| part.facts.positions.1 >= limit || part.facts.day >= day_of(since);
        let mut found = Vec::new();
        for part in of_table(&parts, Table::Sessions).filter(may_have) {
            let from = [("close_position", limit), ("closed_at", since_ms)];
            for batch in part.columns_from(&from, &["sid", "close_position", "closed_at"])? {
                let ints = |name| Some(batch.column_by_name(name)?.as_primitive::<Int64Type>());
                let sids = batch.column_by_name("sid").map(|it| it.as_string::<i32>());
                let (Some(sids), Some(positions), Some(times)) =
                    (sids, ints("close_position"), ints("closed_at"))
                else {
                    continue;
                };
                let pairs = positions.values().iter().zip(times.values());
                let known = pairs.map(|(position, at)| *position >= limit || *at >= since_ms);
                let known = sids.iter().zip(known).filter(|(_, is_known)| *is_known);
                found.extend(known.filter_map(|(sid, _)| sid?.parse::<SessionId>().ok()));
            }
        }
        Ok(found)
    }

    /// The records behind a position whose events came after a close and are in parts. Some others
    /// may be among them.
    pub(crate) fn late_behind(
        &self,
        position: Option<LogPosition>,
    ) -> Result<Vec<i64>, StoreError> {
        let limit = position.map_or(i64::MIN, of);
        let parts = self.snapshot().parts;
        let mut found = Vec::new();
        for part in of_table(&parts, Table::Events).filter(|it| it.facts.positions.1 > limit) {
            for batch in part.columns_from(
                &[("close_position", limit)],
                &["position", "close_position"],
            )? {
                let ints = |name| Some(batch.column_by_name(name)?.as_primitive::<Int64Type>());
                let (Some(positions), Some(closes)) = (ints("position"), ints("close_position"))
                else {
                    continue;
                };
                let pairs = positions.values().iter().zip(closes.values());
                let late = pairs.filter(|(position, close)| position == close && **close > limit);
                found.extend(late.map(|(position, _)| *position));
            }
        }
        Ok(found)
    }

    /// A closed session by its id; its events are left out.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn get(&self, sid: SessionId) -> Result<Option<Arc<Rows>>, StoreError> {
        let About { recent, parts, .. } = self.about(sid);
        if recent.is_some() {
            return Ok(recent);
        }
        let sids = BTreeSet::from([sid]);
        for part in of_table(&parts, Table::Sessions) {
            if let Some(session) = part.rows_of::<SessionRow>(&sids)?.pop() {
                let mut found = with_parts(&parts, vec![session])?;
                return Ok(found.pop());
            }
        }
        Ok(None)
    }

    /// The closed sessions of these ids that are in parts; their events are left out.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn get_all(&self, sids: &BTreeSet<SessionId>) -> Result<Vec<Arc<Rows>>, StoreError> {
        let (Some(first), Some(last)) = (sids.first(), sids.last()) else {
            return Ok(Vec::new());
        };
        let (from, to) = (first.start_ms(), last.start_ms());
        let parts = self.snapshot().parts;
        let mut sessions = Vec::new();
        for part in of_table(&parts, Table::Sessions) {
            let (least, most) = part.facts.started;
            if least <= to && from <= most {
                sessions.extend(part.rows_of::<SessionRow>(sids)?);
            }
        }
        with_parts(&parts, sessions)
    }

    /// The events of a closed session, in the order of the log.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn events(&self, sid: SessionId) -> Result<Vec<EventRow>, StoreError> {
        let About {
            recent,
            late,
            parts,
        } = self.about(sid);
        let mut events: Vec<EventRow> = late.iter().map(|event| (**event).clone()).collect();
        match recent {
            Some(rows) => events.extend(rows.events.iter().cloned()),
            None => {
                let sids = BTreeSet::from([sid]);
                for part in of_table(&parts, Table::Events) {
                    events.extend(part.rows_of::<EventRow>(&sids)?);
                }
            }
        }
        events.sort_by_key(|event| (event.position, event.number));
        Ok(events)
    }

    /// The last record of a session: `tail`, which was the last up to its close, or one that came
    /// after it.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn tail(&self, sid: SessionId, tail: LogPosition) -> Result<LogPosition, StoreError> {
        let About { late, parts, .. } = self.about(sid);
        let mut last = of(tail).max(late.iter().map(|event| event.position).max().unwrap_or(0));
        let sids = BTreeSet::from([sid]);
        for part in of_table(&parts, Table::Events) {
            if part.facts.positions.1 > last {
                let events = part.rows_of::<EventRow>(&sids)?;
                let positions = events.iter().map(|event| event.position);
                last = positions.fold(last, i64::max);
            }
        }
        Ok(LogPosition(u64::try_from(last).unwrap_or(0)))
    }

    /// Under one lock, so that a flush comes before all of it or behind.
    fn about(&self, sid: SessionId) -> About {
        let start_ms = sid.start_ms();
        let state = self.shared.lock();
        let parts = state.parts.iter().filter(|part| {
            let (least, most) = part.facts.started;
            least <= start_ms && start_ms <= most
        });
        let late = state.late.iter().filter(|event| event.sid == sid);
        About {
            recent: state.recent.get(&sid).cloned(),
            late: late.cloned().collect(),
            parts: parts.cloned().collect(),
        }
    }
}

/// Where the rows of one session are.
struct About {
    recent: Option<Arc<Rows>>,
    /// Those of its late events that are in memory.
    late: Vec<Arc<EventRow>>,
    /// Parts that may have rows of it.
    parts: Vec<Arc<Part>>,
}

pub(super) fn of_table(parts: &[Arc<Part>], table: Table) -> impl Iterator<Item = &Arc<Part>> {
    parts.iter().filter(move |part| part.facts.table == table)
}

/// Sessions with their ads, chapters and states. Those lie in parts of the same suite and day
/// that reach over the position of the close.
pub(super) fn with_parts(
    parts: &[Arc<Part>],
    sessions: Vec<SessionRow>,
) -> Result<Vec<Arc<Rows>>, StoreError> {
    let mut found: BTreeMap<SessionId, Rows> = BTreeMap::new();
    for session in sessions {
        let rows = Rows {
            session,
            ads: Vec::new(),
            chapters: Vec::new(),
            states: Vec::new(),
            events: Vec::new(),
        };
        found.insert(rows.session.sid, rows);
    }
    for ad in children::<AdRow>(parts, &found)? {
        push(&mut found, ad.sid, |rows| rows.ads.push(ad));
    }
    for chapter in children::<ChapterRow>(parts, &found)? {
        push(&mut found, chapter.sid, |rows| rows.chapters.push(chapter));
    }
    for state in children::<StateRow>(parts, &found)? {
        push(&mut found, state.sid, |rows| rows.states.push(state));
    }
    let sorted = found.into_values().map(|mut rows| {
        rows.ads.sort_by_key(|ad| ad.number);
        rows.chapters.sort_by_key(|chapter| chapter.number);
        rows.states.sort_by_key(|state| state.number);
        Arc::new(rows)
    });
    Ok(sorted.collect())
}

fn push(found: &mut BTreeMap<SessionId, Rows>, sid: SessionId, push: impl FnOnce(&mut Rows)) {
    if let Some(rows) = found.get_mut(&sid) {
        push(rows);
    }
}

fn children<R: Row>(
    parts: &[Arc<Part>],
    sessions: &BTreeMap<SessionId, Rows>,
) -> Result<Vec<R>, StoreError> {
    let mut found = Vec::new();
    for part in of_table(parts, R::TABLE) {
        let (least, most) = part.facts.positions;
        let inside = sessions.values().filter(|rows| {
            let session = &rows.session;
            let position = session.close_position;
            *session.report_suite == *part.facts.suite
                && session.day == part.facts.day
                && least <= position
                && position <= most
        });
        let sids: BTreeSet<SessionId> = inside.map(|rows| rows.session.sid).collect();
        if !sids.is_empty() {
            found.extend(part.rows_of::<R>(&sids)?);
        }
    }
    Ok(found)
}
