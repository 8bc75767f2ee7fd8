//! Closed sessions, kept on disk and found again by id or by time.
//!
//! Rows come in through [`RowSink`] with the log position up to which they are complete, and both
//! become durable together. Writing a row again changes nothing, so whoever replays the log need
//! not know which rows are there already. Rows leave through [`Reader`], from any thread. What a
//! row says is not looked at here: it is text, with the few facts that are needed to find it.
//!
//! [`parts`] keeps closed sessions in columns: what reports read.

pub mod batch;
mod error;
pub mod parts;
mod redb_store;
mod row;

pub use error::StoreError;
pub use redb_store::{Reader, Store};
pub use row::{ClosedSession, Page, Query};

use playhead_model::catalog::Day;
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::row::Rows;

use parts::{Compacted, Compaction};

/// Takes the rows of closed sessions.
pub trait RowSink: Send {
    /// Stores rows, and that all sessions closed by records up to `complete_to` are stored.
    ///
    /// # Errors
    /// If nothing of it was stored.
    fn write(&mut self, rows: &[ClosedSession], complete_to: LogPosition)
    -> Result<(), StoreError>;

    /// Notes a later record of a stored session. Without such a session it does nothing.
    ///
    /// # Errors
    /// If it is not noted.
    fn move_tail(&mut self, sid: SessionId, tail: LogPosition) -> Result<(), StoreError>;

    /// Says that the log is replayed from behind this position: rows of sessions that closed later
    /// may come once more.
    ///
    /// # Errors
    /// If it cannot be seen which are there.
    fn replay_behind(&mut self, _position: Option<LogPosition>) -> Result<(), StoreError> {
        Ok(())
    }

    /// Takes the columns of rows that were [written](RowSink::write), if it keeps columns.
    ///
    /// # Errors
    /// If nothing of it was taken.
    fn write_columns(&mut self, _rows: Vec<Rows>) -> Result<(), StoreError> {
        Ok(())
    }

    /// Makes everything written so far survive a power loss.
    ///
    /// # Errors
    /// If it does not.
    fn sync(&mut self) -> Result<(), StoreError>;

    /// Parts that should be put together, on another thread.
    fn next_compaction(&mut self, _today: Day) -> Option<Compaction> {
        None
    }

    /// Puts a part in the place of those that it was made of.
    ///
    /// # Errors
    /// If those may still be in force.
    fn install(&mut self, _compacted: Compacted) -> Result<(), StoreError> {
        Ok(())
    }
}
