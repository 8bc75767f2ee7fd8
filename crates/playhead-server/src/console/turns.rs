//! Turns of those who ask for much: a few run at a time, some wait, and each ends in one counted
//! outcome.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use playhead_model::report::ReportError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many may run at once, and how many may wait.
#[derive(Clone, Copy, Debug)]
pub struct TurnLimits {
    pub running_max: usize,
    pub waiting_max: usize,
}

/// What became of a question.
#[derive(Clone, Copy, Debug)]
pub enum Outcome {
    Answered,
    Refused,
    Busy,
    Failed,
    /// Nobody waited for it any more.
    Abandoned,
}

const OUTCOMES: [&str; 5] = ["answered", "refused", "busy", "failed", "abandoned"];

impl Outcome {
    /// That of an answer, or of an error that someone is told.
    pub fn of<T>(result: &Result<T, ReportError>) -> Self {
        match result {
            Ok(_) => Self::Answered,
            Err(ReportError::Internal(_) | ReportError::Unavailable(_)) => Self::Failed,
            Err(_) => Self::Refused,
        }
    }
}

/// As many run and wait as may.
#[derive(Debug, thiserror::Error)]
#[error(
    "{} {what} run and {} wait already (limits {keys}.running_max, {keys}.waiting_max); ask again \
     in a moment", limits.running_max, limits.waiting_max
)]
pub struct Busy {
    what: &'static str,
    keys: &'static str,
    limits: TurnLimits,
}

/// Gives turns.
#[derive(Debug)]
pub struct Turns {
    what: &'static str,
    keys: &'static str,
    limits: TurnLimits,
    /// A place each for those that run and those that wait.
    places: Arc<Semaphore>,
    running: Arc<Semaphore>,
    counts: Arc<Counts>,
}

type Counts = [AtomicU64; OUTCOMES.len()];

/// The right to run. It is kept until the last thread of a question has ended.
#[derive(Debug)]
pub struct Turn {
    _place: OwnedSemaphorePermit,
    _running: OwnedSemaphorePermit,
}

/// A question that has no outcome yet. Dropped, it counts as abandoned.
#[derive(Debug)]
pub struct Asking(Option<Arc<Counts>>);

impl Asking {
    /// Counts what became of it.
    pub fn end(mut self, outcome: Outcome) {
        if let Some(counts) = self.0.take() {
            count(&counts, outcome);
        }
    }

    /// It was none that counts.
    pub fn leave(mut self) {
        self.0 = None;
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        if let Some(counts) = self.0.take() {
            count(&counts, Outcome::Abandoned);
        }
    }
}

fn count(counts: &Counts, outcome: Outcome) {
    counts[outcome as usize].fetch_add(1, Ordering::Relaxed);
}

impl Turns {
    /// Turns for `what` people ask, whose limits stand under `keys` in the settings.
    pub fn new(what: &'static str, keys: &'static str, limits: TurnLimits) -> Self {
        let semaphore = |max: usize| Arc::new(Semaphore::new(max.min(Semaphore::MAX_PERMITS)));
        Self {
            what,
            keys,
            limits,
            places: semaphore(limits.running_max.saturating_add(limits.waiting_max)),
            running: semaphore(limits.running_max),
            counts: Arc::default(),
        }
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// If as many run and wait as may.
    ///
    /// # Cancel safety
    /// Whoever stops waiting counts as gone, and leaves the place to another.
    ///
    /// # Panics
    /// Never: nobody closes the places.
    pub async fn take(&self) -> Result<(Turn, Asking), Busy> {
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            count(&self.counts, Outcome::Busy);
            return Err(Busy {
                what: self.what,
                keys: self.keys,
                limits: self.limits,
            });
        };
        let asking = Asking(Some(self.counts.clone()));
        let running = self.running.clone().acquire_owned().await;
        let turn = Turn {
            _place: place,
            _running: running.expect("nobody closes it"),
        };
        Ok((turn, asking))
    }

    /// How many questions had each outcome.
    pub fn counts(&self) -> Vec<(&'static str, u64)> {
        let counts = self.counts.iter();
        let counts = counts.map(|count| count.load(Ordering::Relaxed));
        OUTCOMES.into_iter().zip(counts).collect()
    }
}
