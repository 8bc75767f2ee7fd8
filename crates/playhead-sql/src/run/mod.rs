//! Running queries: each on threads of its own, a few at a time, with limits, and for as long as
//! someone waits.

mod bytes;
mod rows;
mod work;

use std::sync::Arc;
use std::time::Duration;

use playhead_engine::columnar::Sessions;
use playhead_model::report::ReportError;
use playhead_server::console::{
    self as turns, Asked, Asking, Question, Sql, SqlError, TurnLimits, Turns,
};

use crate::footers::Footers;

pub(crate) use rows::Rows;
pub(crate) use work::{Described, Job};

/// What a query may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub memory_max: usize,
    pub time_max: Duration,
    pub rows_max: usize,
    pub threads: usize,
}

/// Runs queries over the sessions of a server.
pub struct Queries {
    shared: Arc<Shared>,
    turns: Turns,
}

struct Shared {
    sessions: Arc<Sessions>,
    footers: Arc<Footers>,
    limits: Box<dyn Fn() -> Limits + Send + Sync>,
}

impl std::fmt::Debug for Queries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queries")
            .field("turns", &self.turns)
            .finish_non_exhaustive()
    }
}

impl Queries {
    /// Queries over `sessions`; `limits` may change while they are asked.
    pub fn new(
        sessions: Arc<Sessions>,
        turns: TurnLimits,
        limits: impl Fn() -> Limits + Send + Sync + 'static,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                sessions,
                footers: Arc::default(),
                limits: Box::new(limits),
            }),
            turns: Turns::new("queries", "sql", turns),
        }
    }

    /// Waits for a turn.
    async fn turn(&self) -> Result<Turn, SqlError> {
        let (turn, asking) = self.turns.take().await?;
        Ok(Turn {
            shared: self.shared.clone(),
            asking,
            turn,
        })
    }
}

impl Sql for Queries {
    fn ask(&self, question: Question) -> Asked<'_> {
        Box::pin(self.bytes(question))
    }

    fn counts(&self) -> Vec<(&'static str, u64)> {
        self.turns.counts()
    }
}

/// The right to run. It is kept until the last thread of the query has ended.
struct Turn {
    shared: Arc<Shared>,
    asking: Asking,
    turn: turns::Turn,
}

/// How a query ended that gave no answer.
#[derive(Debug)]
enum Stopped {
    Failed(ReportError),
    /// Nobody waits for it any more.
    Gone,
}

impl From<ReportError> for Stopped {
    fn from(error: ReportError) -> Self {
        Self::Failed(error)
    }
}

fn time_is_up(time_max: Duration) -> ReportError {
    ReportError::TooLarge {
        limit: "time of a query, sql.time_max",
        message: format!(
            "it has run for {} s; take a shorter range, a filter, or LIMIT",
            time_max.as_secs()
        ),
    }
}

fn too_many_rows(rows_max: usize) -> ReportError {
    ReportError::TooLarge {
        limit: "rows of an answer, sql.rows_max",
        message: format!(
            "it answers more than {rows_max} rows; group them, add LIMIT, or use `playhead export`"
        ),
    }
}
