//! Everything of a suite at one position: parts, rows in no part, open sessions.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::{HashMap, HashSet};
use playhead_model::catalog;
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::report::AxisClock;
use playhead_model::row::{Rows, of};
use playhead_query::{Chunk, Read, Source, SourceError, Table, Wanted};
use playhead_store::parts::{Part, Reader, Snapshot};

use super::cache::Cache;
use super::copy::{Copy, CopyChunk};
use super::live::Live;
use super::names;
use super::part::{Beside, DAY_MS, PartChunk, failed};
use super::scope::Scope;

/// Sessions copied into one chunk.
const COPY_ROWS: usize = 4_096;

/// The sessions of a server, to be reported on.
pub struct Sessions {
    pub(super) store: Reader,
    pub(super) live: Arc<dyn Live>,
    cache: Arc<Cache>,
    /// Bytes of text that one report may hold.
    words_max: usize,
    /// Copies of what was in no part at the last reading, by suite.
    recent: Mutex<HashMap<String, Vec<Recent>>>,
}

/// Rows that were closed one after the other, with their copy.
#[derive(Clone, Debug)]
struct Recent {
    /// Positions of the first and the last close, and how many there are.
    which: (i64, i64, usize),
    copy: Arc<Copy>,
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sessions")
            .field("cache", &self.cache.usage())
            .finish_non_exhaustive()
    }
}

/// What earlier answers were made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Token {
    generation: u64,
    position: i64,
    /// Of all that retention took out before: the first days that are left, added up. It grows
    /// with everything more that goes.
    cuts: i64,
}

impl Token {
    fn read(token: &str) -> Option<Self> {
        let (generation, rest) = token.strip_prefix("g")?.split_once("-p")?;
        let (position, cuts) = rest.split_once("-c")?;
        Some(Self {
            generation: generation.parse().ok()?,
            position: position.parse().ok()?,
            cuts: cuts.parse().ok()?,
        })
    }
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "g{}-p{}-c{}", self.generation, self.position, self.cuts)
    }
}

impl Sessions {
    /// Reads what `store` and `live` have. Columns stay in `cache`, and one report may hold
    /// `words_max` bytes of different texts.
    pub fn new(store: Reader, live: Arc<dyn Live>, cache: Arc<Cache>, words_max: usize) -> Self {
        Self {
            store,
            live,
            cache,
            words_max,
            recent: Mutex::default(),
        }
    }

    /// What is kept of the parts.
    pub fn cache(&self) -> &Arc<Cache> {
        &self.cache
    }

    /// The rows of closed sessions that are in no part, in the order of their closing, as copies.
    /// Blocks that were there at the last reading are not copied again.
    fn recent(&self, suite: &str, mut rows: Vec<Arc<Rows>>) -> Vec<Arc<Copy>> {
        rows.sort_unstable_by_key(|rows| (rows.session.close_position, rows.session.sid));
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let known = recent.remove(suite).unwrap_or_default();
        let blocks = rows.chunks(COPY_ROWS).map(|block| {
            let place = |rows: Option<&Arc<Rows>>| rows.map_or(0, |it| it.session.close_position);
            let which = (place(block.first()), place(block.last()), block.len());
            let found = known.iter().find(|recent| recent.which == which);
            found.cloned().unwrap_or_else(|| Recent {
                which,
                copy: Arc::new(Copy::of(block)),
            })
        });
        let blocks: Vec<Recent> = blocks.collect();
        let copies = blocks.iter().map(|block| block.copy.clone()).collect();
        if !blocks.is_empty() {
            recent.insert(suite.to_owned(), blocks);
        }
        copies
    }

    /// The open sessions, and the position at which they were open.
    fn open(&self, wanted: &Wanted<'_>) -> Result<Open, SourceError> {
        let mut sids = HashSet::new();
        let mut copies = Vec::new();
        let mut rest: Vec<Rows> = Vec::new();
        let position = self.live.open(Some(wanted.suite), &mut |rows| {
            wanted.check()?;
            sids.extend(rows.iter().map(|rows| rows.session.sid));
            rest.extend(rows);
            if rest.len() >= COPY_ROWS {
                copies.push(Arc::new(Copy::of(&rest)));
                rest.clear();
            }
            Ok(())
        })?;
        if !rest.is_empty() {
            copies.push(Arc::new(Copy::of(&rest)));
        }
        Ok(Open {
            position: of(position),
            sids,
            copies,
        })
    }
}

struct Open {
    position: i64,
    sids: HashSet<SessionId>,
    copies: Vec<Arc<Copy>>,
}

impl Source for Sessions {
    fn suites(&self) -> Result<Vec<String>, SourceError> {
        let mut suites = self.live.suites()?;
        suites.extend(self.store.suites());
        suites.sort_unstable();
        suites.dedup();
        Ok(suites)
    }

    fn read(&self, asked: &Wanted<'_>) -> Result<Read, SourceError> {
        let suite = asked.suite;
        let wanted = asked
            .as_of
            .map(|token| Token::read(token).ok_or_else(|| SourceError::NoToken(token.to_owned())));
        let wanted = wanted.transpose()?;
        if wanted.is_some() && asked.include_open {
            let why = "open sessions have gone on since: only closed ones can be had as of then";
            return Err(SourceError::NotOpen(why.to_owned()));
        }
        // In the order in which sessions move, so that none is missed between two places.
        let open = asked.include_open.then(|| self.open(asked)).transpose()?;
        let waiting = self.live.waiting(Some(suite))?;
        let snapshot = self.store.snapshot();
        let now = match &open {
            Some(open) => open.position,
            None => of(waiting.position),
        };
        let token = Token {
            generation: snapshot.generation,
            position: wanted.map_or(now, |wanted| wanted.position),
            cuts: wanted.map_or_else(|| cuts(&snapshot, suite), |wanted| wanted.cuts),
        };
        if let Some(wanted) = wanted {
            check(wanted, token, now)?;
            check_cuts(wanted, asked, &snapshot)?;
        }
        let scope = Scope::new(suite, self.cache.clone(), self.words_max);
        let mut chunks = part_chunks(&scope, &snapshot.parts);
        let rows = closed(suite, &snapshot, waiting.rows)?;
        let mut copies = Vec::new();
        if let Some(open) = open {
            let late = closed_since(&self.store, suite, &snapshot, &rows, &open)?;
            copies.extend(open.copies.into_iter().map(|copy| (copy, true)));
            if !late.is_empty() {
                copies.push((Arc::new(Copy::of(&late)), true));
            }
        }
        let recent = self.recent(suite, rows).into_iter();
        copies.extend(recent.map(|copy| (copy, false)));
        let filled = copies.into_iter().filter(|(copy, _)| !copy.is_empty());
        chunks.extend(filled.map(|(copy, is_open)| {
            Arc::new(CopyChunk::new(scope.clone(), copy, is_open)) as Arc<dyn Chunk>
        }));
        Ok(Read {
            chunks,
            as_of: token.to_string(),
            position: token.position,
        })
    }
}

/// # Errors
/// If what an earlier answer was made of is no longer there.
fn check(wanted: Token, present: Token, now: i64) -> Result<(), SourceError> {
    if wanted.generation != present.generation {
        return Err(SourceError::Gone(format!(
            "the token is of generation {} of the store, which has been put together anew since \
             (generation {}): its closed sessions are no longer there as they were",
            wanted.generation, present.generation
        )));
    }
    if wanted.position > now {
        return Err(SourceError::Gone(format!(
            "the token is of position {}, and this server has come to {now} only: it is that of \
             another server, or the log has lost its end since",
            wanted.position
        )));
    }
    Ok(())
}

fn cuts(snapshot: &Snapshot, suite: &str) -> i64 {
    let cuts = snapshot.cuts.iter().filter(|cut| cut.suite == suite);
    cuts.map(|cut| i64::from(cut.before.0)).sum()
}

/// # Errors
/// If retention has taken out sessions that the token has, and that may be asked for.
fn check_cuts(token: Token, asked: &Wanted<'_>, snapshot: &Snapshot) -> Result<(), SourceError> {
    if token.cuts == cuts(snapshot, asked.suite) {
        return Ok(());
    }
    let (clock, from) = asked.from;
    let went = snapshot.cuts.iter().find(|cut| {
        let first_left = i64::from(cut.before.0).saturating_mul(DAY_MS);
        let is_asked_for = match clock {
            AxisClock::Client => from <= cut.client_to,
            AxisClock::Server => from < first_left,
        };
        cut.suite == asked.suite && cut.table != catalog::Table::Events && is_asked_for
    });
    went.map_or(Ok(()), |cut| {
        Err(SourceError::Gone(format!(
            "the {} of days before {} have reached their age and are gone (when the server stood at \
             {}): what the token stands for cannot be had again; ask for a later range",
            cut.table.name(),
            cut.before,
            cut.at.unwrap_or_default().0
        )))
    })
}

fn part_chunks(scope: &Arc<Scope>, parts: &[Arc<Part>]) -> Vec<Arc<dyn Chunk>> {
    let mut days: BTreeMap<i32, (Vec<&Arc<Part>>, Beside)> = BTreeMap::new();
    for part in parts
        .iter()
        .filter(|part| *part.facts.suite == *scope.suite)
    {
        let (sessions, beside) = days.entry(part.facts.day.0).or_default();
        let table = Table::ALL
            .into_iter()
            .find(|table| names::stored(*table) == part.facts.table);
        match table {
            Some(Table::Sessions) => sessions.push(part),
            Some(table) => beside.parts[table as usize].push(part.clone()),
            None => {}
        }
    }
    let mut chunks: Vec<Arc<dyn Chunk>> = Vec::new();
    for (sessions, beside) in days.into_values() {
        let beside = Arc::new(beside);
        for part in sessions {
            chunks.extend((0..part.groups()).map(|group| {
                Arc::new(PartChunk {
                    scope: scope.clone(),
                    part: part.clone(),
                    group,
                    beside: beside.clone(),
                }) as Arc<dyn Chunk>
            }));
        }
    }
    chunks
}

/// The closed sessions of a suite that are in no part, each once.
fn closed(
    suite: &str,
    snapshot: &Snapshot,
    waiting: Vec<Rows>,
) -> Result<Vec<Arc<Rows>>, SourceError> {
    let of_suite = |rows: &&Arc<Rows>| *rows.session.report_suite == *suite;
    let mut rows: Vec<Arc<Rows>> = snapshot.recent.iter().filter(of_suite).cloned().collect();
    let mut known: HashSet<SessionId> = rows.iter().map(|rows| rows.session.sid).collect();
    // Those that waited a moment ago may have gone into a part since.
    let positions = waiting.iter().map(|rows| rows.session.close_position);
    if let Some(first) = positions.min().and_then(|first| u64::try_from(first).ok()) {
        let before = LogPosition(first.saturating_sub(1));
        if snapshot.complete_to >= Some(before) {
            known.extend(snapshot.closed_behind(suite, before).map_err(failed)?);
        }
    }
    let is_new = |rows: &Rows| !known.contains(&rows.session.sid);
    rows.extend(waiting.into_iter().filter(is_new).map(Arc::new));
    Ok(rows)
}

/// Sessions that were open at the position at which the open ones were taken and closed before
/// they were looked at: they are open as of then, with what they have now.
fn closed_since(
    store: &Reader,
    suite: &str,
    snapshot: &Snapshot,
    rows: &[Arc<Rows>],
    open: &Open,
) -> Result<Vec<Arc<Rows>>, SourceError> {
    let was_open = |sid: SessionId, start: i64, close: i64| {
        close > open.position && start <= open.position && !open.sids.contains(&sid)
    };
    let of_rows = rows.iter().filter(|rows| {
        let session = &rows.session;
        was_open(session.sid, session.start_position, session.close_position)
    });
    let mut found: Vec<Arc<Rows>> = of_rows.cloned().collect();
    let limit = LogPosition(u64::try_from(open.position).unwrap_or(0));
    for sid in snapshot.closed_behind(suite, limit).map_err(failed)? {
        if let Some(rows) = store.get(sid).map_err(failed)? {
            let session = &rows.session;
            if was_open(sid, session.start_position, session.close_position) {
                found.push(rows);
            }
        }
    }
    Ok(found)
}
