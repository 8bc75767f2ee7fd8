//! The seam to where rows are kept.

use playhead_model::catalog::Day;
use playhead_model::ids::LogPosition;
use playhead_model::time::ReceivedMs;

use crate::parts::{Compacted, Compaction, Effect, Gone, Retention, Store, StoreError};

/// Takes the rows of closed sessions, and events that came after a close.
pub trait RowSink: Send {
    /// Says that the log is replayed from behind this position, where the time was `now`: effects
    /// of records there may come once more. So may sessions that closed shortly before: how soon a
    /// deadline is looked at differs from run to run.
    ///
    /// # Errors
    /// If it cannot be seen which are there.
    fn replay_behind(
        &mut self,
        position: Option<LogPosition>,
        now: ReceivedMs,
    ) -> Result<(), StoreError>;

    /// Takes effects, in the order of the log. They can be read from now on, and are lost with the
    /// process until a [`RowSink::sync`]. All effects of records below `complete_to` were given.
    ///
    /// # Errors
    /// If nothing of it was taken.
    fn take(&mut self, effects: Vec<Effect>, complete_to: LogPosition) -> Result<(), StoreError>;

    /// Makes everything taken so far survive a power loss.
    ///
    /// # Errors
    /// If it may not.
    fn sync(&mut self) -> Result<(), StoreError>;

    /// Parts that should be put together, on another thread.
    fn next_compaction(&mut self, today: Day) -> Option<Compaction>;

    /// Puts a part in the place of those that it was made of.
    ///
    /// # Errors
    /// If those may still be in force.
    fn install(&mut self, compacted: Compacted) -> Result<(), StoreError>;

    /// Takes out what is older than it may be; says what went.
    ///
    /// # Errors
    /// If it may still be there after a crash.
    fn cut(&mut self, retention: &Retention, today: Day) -> Result<Vec<Gone>, StoreError>;
}

impl RowSink for Store {
    fn replay_behind(
        &mut self,
        position: Option<LogPosition>,
        now: ReceivedMs,
    ) -> Result<(), StoreError> {
        self.know_behind(position, now)
    }

    fn take(&mut self, effects: Vec<Effect>, complete_to: LogPosition) -> Result<(), StoreError> {
        if self.is_full() {
            Self::sync(self)?;
        }
        self.write_new(effects);
        self.complete(complete_to);
        Ok(())
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        Self::sync(self)
    }

    fn next_compaction(&mut self, today: Day) -> Option<Compaction> {
        Self::next_compaction(self, today)
    }

    fn install(&mut self, compacted: Compacted) -> Result<(), StoreError> {
        Self::install(self, compacted)
    }

    fn cut(&mut self, retention: &Retention, today: Day) -> Result<Vec<Gone>, StoreError> {
        Self::cut(self, retention, today)
    }
}
