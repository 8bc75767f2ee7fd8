//! The sessions of all suites at one moment: what SQL is answered from.

use std::collections::BTreeSet;
use std::sync::Arc;

use hashbrown::HashSet;
use playhead_model::catalog::{EventRow, Table};
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::row::{Rows, of};
use playhead_query::SourceError;
use playhead_store::parts::{Part, Snapshot};

use super::live::OpenSet;
use super::part::failed;
use super::source::Sessions;

/// All closed sessions at one moment, each in one place. The files of the parts stay as long as
/// this does.
#[derive(Clone, Debug)]
pub struct Moment {
    pub parts: Vec<Arc<Part>>,
    /// Closed sessions that are in no part.
    pub rows: Vec<Arc<Rows>>,
    /// Events that came after the close of their session and are in no part.
    pub late: Vec<Arc<EventRow>>,
    /// Where open sessions were taken: what closed behind this position was among them, and counts
    /// as open.
    pub open_at: Option<i64>,
}

impl Sessions {
    /// Everything as it is now. If `open` is there it is given all sessions that are open, some at
    /// a time.
    ///
    /// # Errors
    /// If the engine has ended, something cannot be read, or `open` fails.
    pub fn moment(&self, mut open: Option<OpenSet<'_>>) -> Result<Moment, SourceError> {
        // In the order in which sessions move, so that none is missed between two places.
        let mut sids = HashSet::new();
        let open_at = match &mut open {
            None => None,
            Some(take) => Some(self.live.open(None, &mut |rows| {
                sids.extend(rows.iter().map(|rows| rows.session.sid));
                take(rows)
            })?),
        };
        let waiting = self.live.waiting(None)?;
        let snapshot = self.store.snapshot();
        let rows = closed(&snapshot, waiting.rows)?;
        if let (Some(position), Some(take)) = (open_at, open) {
            let was_open = |rows: &Rows| {
                let session = &rows.session;
                session.close_position > of(position)
                    && session.start_position <= of(position)
                    && !sids.contains(&session.sid)
            };
            let of_rows = rows.iter().filter(|rows| was_open(rows));
            let mut late: Vec<Rows> = of_rows.map(|rows| (**rows).clone()).collect();
            for sid in closed_behind(&snapshot, position)? {
                if let Some(rows) = self.store.get(sid).map_err(failed)?
                    && was_open(&rows)
                {
                    late.push((*rows).clone());
                }
            }
            if !late.is_empty() {
                take(late)?;
            }
        }
        Ok(Moment {
            parts: snapshot.parts,
            rows,
            late: snapshot.late,
            open_at: open_at.map(of),
        })
    }
}

/// The closed sessions that are in no part, each once.
fn closed(snapshot: &Snapshot, waiting: Vec<Rows>) -> Result<Vec<Arc<Rows>>, SourceError> {
    let mut rows = snapshot.recent.clone();
    let mut known: HashSet<SessionId> = rows.iter().map(|rows| rows.session.sid).collect();
    // Those that waited a moment ago may have gone into a part since.
    let positions = waiting.iter().map(|rows| rows.session.close_position);
    if let Some(first) = positions.min().and_then(|first| u64::try_from(first).ok()) {
        let before = LogPosition(first.saturating_sub(1));
        if snapshot.complete_to >= Some(before) {
            known.extend(closed_behind(snapshot, before)?);
        }
    }
    let new = waiting
        .into_iter()
        .filter(|rows| !known.contains(&rows.session.sid));
    rows.extend(new.map(Arc::new));
    Ok(rows)
}

/// The sessions in parts that closed behind a position.
fn closed_behind(
    snapshot: &Snapshot,
    position: LogPosition,
) -> Result<Vec<SessionId>, SourceError> {
    let parts = snapshot.parts.iter().map(|part| &part.facts);
    let later = parts.filter(|it| it.table == Table::Sessions && it.positions.1 > of(position));
    let suites: BTreeSet<&str> = later.map(|facts| facts.suite.as_str()).collect();
    let mut found = Vec::new();
    for suite in suites {
        found.extend(snapshot.closed_behind(suite, position).map_err(failed)?);
    }
    Ok(found)
}
