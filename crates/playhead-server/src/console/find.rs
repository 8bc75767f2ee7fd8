//! Finding a session wherever it is: open, closed and about to be stored, or stored.

use std::sync::Arc;

use playhead_engine::bodies::rows_so_far;
use playhead_engine::core::{Open, Origin};
use playhead_engine::pump::Closing;
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::row::Rows;
use playhead_model::rules::Rules;
use playhead_model::time::ReceivedMs;
use serde_json::{Value, json};

use super::Console;
use super::error::{Answer, Failure};

/// A session, and where it is.
#[derive(Debug)]
pub(super) enum Found {
    Open {
        open: Box<Open>,
        rules: Rules,
        now: ReceivedMs,
    },
    Closing(Arc<Closing>),
    Stored(Arc<Rows>),
}

impl Console {
    /// Looks in the order in which sessions move, so that none is missed between two places.
    pub(super) async fn find(&self, sid: SessionId) -> Answer<Found> {
        let open = self
            .cell
            .ask(move |cell| {
                let open = cell.core().session(sid)?;
                let rules = *cell.core().rules(open.rules)?;
                Some(Found::Open {
                    open: Box::new(open.clone()),
                    rules,
                    now: cell.now(),
                })
            })
            .await?;
        if let Some(found) = open {
            return Ok(found);
        }
        if let Some(closing) = self.closing.closing(sid) {
            return Ok(Found::Closing(closing));
        }
        match self.store.get(sid)? {
            Some(stored) => Ok(Found::Stored(stored)),
            None => Err(Failure::not_found("there is no session with this id")),
        }
    }
}

impl Found {
    /// What is answered about the session.
    pub(super) fn answer(&self, console: &Console) -> Value {
        let (sid, is_open, parts) = match self {
            Self::Open { open, rules, .. } => (
                open.sid,
                true,
                rows_so_far(&console.log, open, rules).answer(),
            ),
            Self::Closing(closing) => {
                (closing.open.sid, false, closing.rows(&console.log).answer())
            }
            Self::Stored(rows) => (rows.session.sid, false, rows.answer()),
        };
        let mut answer = json!({
            "sid": sid.to_string(),
            "state": if is_open { "open" } else { "closed" },
            "provisional": is_open,
        });
        if let (Value::Object(answer), Value::Object(parts)) = (&mut answer, parts) {
            answer.extend(parts);
        }
        answer
    }

    /// The rules it is computed under.
    pub(super) async fn rules(&self, console: &Console) -> Answer<Rules> {
        match self {
            Self::Open { rules, .. } => Ok(*rules),
            Self::Closing(closing) => Ok(closing.rules),
            Self::Stored(rows) => {
                let number = u32::try_from(rows.session.rules).unwrap_or(u32::MAX);
                let asked = console
                    .cell
                    .ask(move |cell| cell.core().rules(number).copied());
                asked.await?.ok_or_else(|| {
                    let why = "the log no longer has the rules of this session";
                    Failure::gone(why.to_owned())
                })
            }
        }
    }

    /// Where its last record lies: one may come behind its close too.
    pub(super) fn tail(&self, console: &Console) -> Answer<LogPosition> {
        let (sid, tail) = match self {
            Self::Open { open, .. } => return Ok(open.tail),
            Self::Closing(closing) => (closing.open.sid, closing.open.tail),
            Self::Stored(rows) => {
                let tail = u64::try_from(rows.session.tail_position).unwrap_or(0);
                (rows.session.sid, LogPosition(tail))
            }
        };
        // In the order in which they move.
        let waiting = console.closing.trail(sid);
        let stored = console.store.tail(sid, tail)?;
        Ok(waiting.map_or(stored, |waiting| waiting.max(stored)))
    }

    pub(super) fn is_batch(&self) -> bool {
        match self {
            Self::Open { open, .. } => open.origin == Origin::Batch,
            Self::Closing(closing) => closing.open.origin == Origin::Batch,
            Self::Stored(rows) => rows.session.is_batch,
        }
    }

    /// Server time up to which its deadlines have passed.
    pub(super) fn now(&self) -> ReceivedMs {
        match self {
            Self::Open { now, .. } => *now,
            Self::Closing(_) | Self::Stored(_) => ReceivedMs(u64::MAX),
        }
    }
}
