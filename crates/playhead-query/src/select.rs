//! Which rows take part: by time, suite, position, bots, filters of sessions and of visitors.

use std::sync::Arc;

use playhead_model::report::{AxisClock, Bots, ReportError};

use crate::column::Column;
use crate::filter::Condition;
use crate::plan::failed;
use crate::source::{Chunk, Table, Times};
use crate::threads::Threads;

/// Rows of a table.
#[derive(Clone, Debug)]
pub(crate) enum Rows {
    All(usize),
    Some(Vec<u32>),
}

impl Rows {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::All(rows) => *rows,
            Self::Some(rows) => rows.len(),
        }
    }

    pub(crate) fn each(&self, mut work: impl FnMut(usize)) {
        match self {
            Self::All(rows) => (0..*rows).for_each(work),
            Self::Some(rows) => rows.iter().for_each(|row| work(*row as usize)),
        }
    }

    fn keep(self, keep: impl Fn(usize) -> bool) -> Self {
        let kept: Vec<u32> = match &self {
            Self::All(rows) => (0..*rows as u32)
                .filter(|row| keep(*row as usize))
                .collect(),
            Self::Some(rows) => {
                let rows = rows.iter().copied();
                rows.filter(|row| keep(*row as usize)).collect()
            }
        };
        match self {
            Self::All(rows) if kept.len() == rows => Self::All(rows),
            _ => Self::Some(kept),
        }
    }
}

/// The selected rows of a chunk.
pub(crate) struct Selected {
    pub(crate) chunk: Arc<dyn Chunk>,
    pub(crate) sessions: Rows,
    /// By table: the rows that meet the conditions on it. `None` if there are none.
    pub(crate) parts: [Option<Vec<bool>>; 4],
}

/// How time selects sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// The last event lies in the range.
    Closed,
    /// The active span meets the range.
    Active,
}

/// What selects.
pub(crate) struct Selection<'a> {
    pub(crate) range: (i64, i64),
    pub(crate) when: When,
    pub(crate) clock: AxisClock,
    pub(crate) bots: Bots,
    pub(crate) position: i64,
    pub(crate) session: &'a [Condition],
    pub(crate) visitor: &'a [Condition],
}

impl ClockColumns for AxisClock {
    fn columns(self) -> (&'static str, &'static str) {
        match self {
            Self::Client => ("startTs", "endTs"),
            Self::Server => ("startedAt", "lastAt"),
        }
    }
}

/// The columns of a clock.
pub(crate) trait ClockColumns {
    /// Of the first and of the last event.
    fn columns(self) -> (&'static str, &'static str);
}

impl Selection<'_> {
    /// The chunks that may hold rows of the range.
    pub(crate) fn prune(&self, chunks: &[Arc<dyn Chunk>]) -> Vec<Arc<dyn Chunk>> {
        let meets = |chunk: &&Arc<dyn Chunk>| {
            let (started, ended) = match self.clock {
                AxisClock::Client => (chunk.started(), chunk.ended()),
                AxisClock::Server => (chunk.started_at(), chunk.last_at()),
            };
            match self.when {
                When::Closed => ended.meet(self.range.0, self.range.1),
                When::Active => Times {
                    least: started.least,
                    greatest: ended.greatest.max(started.greatest),
                }
                .meet(self.range.0, self.range.1),
            }
        };
        chunks.iter().filter(meets).cloned().collect()
    }

    /// # Errors
    /// If a column cannot be read, or time is up.
    pub(crate) fn run(
        &self,
        chunks: &[Arc<dyn Chunk>],
        threads: &Threads<'_>,
    ) -> Result<Vec<Selected>, ReportError> {
        let selected = threads.map(chunks, |chunk| self.select(chunk, self.session))?;
        let mut selected: Vec<Selected> = selected.into_iter().flatten().collect();
        if !self.visitor.is_empty() {
            self.keep_visitors(chunks, threads, &mut selected)?;
        }
        Ok(selected)
    }

    fn select(
        &self,
        chunk: &Arc<dyn Chunk>,
        conditions: &[Condition],
    ) -> Result<Option<Selected>, ReportError> {
        let mut rows = self.by_time(&**chunk)?;
        if chunk.position() > self.position && !chunk.is_open() {
            let position = chunk.column(Table::Sessions, "position").map_err(failed)?;
            rows = rows.keep(|row| position.number(row).unwrap_or(0) <= self.position);
        }
        if self.bots != Bots::Include {
            let bots = chunk.column(Table::Sessions, "isBot").map_err(failed)?;
            let wanted = self.bots == Bots::Only;
            rows = rows.keep(|row| (bots.number(row) == Some(1)) == wanted);
        }
        let mut parts = [const { None::<Vec<bool>> }; 4];
        for condition in conditions {
            let table = condition.table();
            if table == Table::Sessions {
                if rows.len() > 0 {
                    let mask = condition.mask(&**chunk)?;
                    rows = rows.keep(|row| mask[row]);
                }
                continue;
            }
            let mask = condition.mask(&**chunk)?;
            match &mut parts[table as usize] {
                None => parts[table as usize] = Some(mask),
                Some(known) => known.iter_mut().zip(mask).for_each(|(a, b)| *a &= b),
            }
        }
        for table in Table::ALL {
            if let Some(mask) = &parts[table as usize] {
                let parents = parents(&**chunk, table)?;
                let mut has = vec![false; chunk.rows(Table::Sessions).map_err(failed)?];
                for (part, _) in mask.iter().enumerate().filter(|(_, meets)| **meets) {
                    has[parents.number(part).unwrap_or(0) as usize] = true;
                }
                rows = rows.keep(|row| has[row]);
            }
        }
        Ok((rows.len() > 0).then(|| Selected {
            chunk: chunk.clone(),
            sessions: rows,
            parts,
        }))
    }

    fn by_time(&self, chunk: &dyn Chunk) -> Result<Rows, ReportError> {
        let (from, to) = self.range;
        let rows = Rows::All(chunk.rows(Table::Sessions).map_err(failed)?);
        let (first, last) = self.clock.columns();
        let ended = chunk.column(Table::Sessions, last).map_err(failed)?;
        if self.when == When::Closed {
            let times = match self.clock {
                AxisClock::Client => chunk.ended(),
                AxisClock::Server => chunk.last_at(),
            };
            if times.least >= from && times.greatest < to {
                return Ok(rows);
            }
            return Ok(rows.keep(|row| {
                let at = ended.number(row).unwrap_or(i64::MIN);
                at >= from && at < to
            }));
        }
        let started = chunk.column(Table::Sessions, first).map_err(failed)?;
        Ok(rows.keep(|row| {
            let (first, last) = span(&started, &ended, row);
            first < to && last > from
        }))
    }

    /// Keeps the sessions of visitors who have one that meets the conditions.
    fn keep_visitors(
        &self,
        chunks: &[Arc<dyn Chunk>],
        threads: &Threads<'_>,
        selected: &mut Vec<Selected>,
    ) -> Result<(), ReportError> {
        let wanted = threads.map(chunks, |chunk| {
            let Some(meeting) = self.select(chunk, self.visitor)? else {
                return Ok(Vec::new());
            };
            let visitors = chunk.column(Table::Sessions, "visitor").map_err(failed)?;
            let mut codes = Vec::with_capacity(meeting.sessions.len());
            meeting
                .sessions
                .each(|row| codes.push(code_of(&visitors, row)));
            Ok(codes)
        })?;
        let greatest = wanted.iter().flatten().max().copied().unwrap_or(0);
        let mut is_wanted = vec![false; greatest as usize + 1];
        for code in wanted.into_iter().flatten() {
            is_wanted[code as usize] = true;
        }
        for some in selected.iter_mut() {
            let visitors = some
                .chunk
                .column(Table::Sessions, "visitor")
                .map_err(failed)?;
            let rows = std::mem::replace(&mut some.sessions, Rows::All(0));
            some.sessions = rows.keep(|row| {
                let code = code_of(&visitors, row) as usize;
                is_wanted.get(code).copied().unwrap_or(false)
            });
        }
        selected.retain(|some| some.sessions.len() > 0);
        Ok(())
    }
}

/// The rows of the sessions that the rows of a table belong to.
pub(crate) fn parents(chunk: &dyn Chunk, table: Table) -> Result<Arc<Column>, ReportError> {
    chunk.column(table, "parent").map_err(failed)
}

/// The active span of a session: at least a millisecond.
#[inline]
pub(crate) fn span(started: &Column, ended: &Column, row: usize) -> (i64, i64) {
    let from = started.number(row).unwrap_or(0);
    let to = ended.number(row).unwrap_or(from);
    (from, to.max(from.saturating_add(1)))
}

#[inline]
pub(crate) fn code_of(column: &Column, row: usize) -> u32 {
    match column {
        Column::Text(text) => text.codes[row],
        _ => crate::column::NULL,
    }
}
