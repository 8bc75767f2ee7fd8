//! Running queries: each on threads of its own, a few at a time, with limits, and for as long as
//! someone waits.

mod bytes;
mod rows;
mod work;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use playhead_engine::columnar::Sessions;
use playhead_model::report::ReportError;
use playhead_server::console::{Asked, Question, Sql, SqlError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

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

/// What became of a query.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    Answered,
    Refused,
    Busy,
    Failed,
    /// Nobody waited for it any more.
    Abandoned,
}

const OUTCOMES: [&str; 5] = ["answered", "refused", "busy", "failed", "abandoned"];

/// Runs queries over the sessions of a server.
pub struct Queries {
    shared: Arc<Shared>,
    running_max: usize,
    waiting_max: usize,
    /// A place each for those that run and those that wait.
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

struct Shared {
    sessions: Arc<Sessions>,
    footers: Arc<Footers>,
    limits: Box<dyn Fn() -> Limits + Send + Sync>,
    counts: [AtomicU64; OUTCOMES.len()],
}

impl std::fmt::Debug for Queries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queries")
            .field("running_max", &self.running_max)
            .finish_non_exhaustive()
    }
}

impl Queries {
    /// Queries over `sessions`; `limits` may change while they are asked.
    pub fn new(
        sessions: Arc<Sessions>,
        running_max: usize,
        waiting_max: usize,
        limits: impl Fn() -> Limits + Send + Sync + 'static,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                sessions,
                footers: Arc::default(),
                limits: Box::new(limits),
                counts: Default::default(),
            }),
            running_max,
            waiting_max,
            places: Arc::new(Semaphore::new(running_max + waiting_max)),
            turns: Arc::new(Semaphore::new(running_max)),
        }
    }

    /// Waits for a turn.
    async fn turn(&self) -> Result<Turn, SqlError> {
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            self.shared.count(Outcome::Busy);
            return Err(SqlError::Busy(format!(
                "{} queries run and {} wait already (limits sql.running_max, sql.waiting_max); ask \
                 again in a moment",
                self.running_max, self.waiting_max
            )));
        };
        let mut waiting = Waiting {
            shared: &self.shared,
            has_turn: false,
        };
        let turn = self.turns.clone().acquire_owned().await;
        let turn = turn.map_err(|error| ReportError::Internal(error.to_string()))?;
        waiting.has_turn = true;
        Ok(Turn {
            shared: self.shared.clone(),
            _places: (place, turn),
        })
    }
}

impl Sql for Queries {
    fn ask(&self, question: Question) -> Asked<'_> {
        Box::pin(self.bytes(question))
    }

    fn counts(&self) -> Vec<(&'static str, u64)> {
        let counts = self.shared.counts.iter();
        let counts = counts.map(|count| count.load(Ordering::Relaxed));
        OUTCOMES.into_iter().zip(counts).collect()
    }
}

impl Shared {
    fn count(&self, outcome: Outcome) {
        self.counts[outcome as usize].fetch_add(1, Ordering::Relaxed);
    }
}

/// Someone who waits for their turn.
struct Waiting<'a> {
    shared: &'a Shared,
    has_turn: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.has_turn {
            self.shared.count(Outcome::Abandoned);
        }
    }
}

/// The right to run. It is kept until the last thread of the query has ended.
struct Turn {
    shared: Arc<Shared>,
    _places: (OwnedSemaphorePermit, OwnedSemaphorePermit),
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
