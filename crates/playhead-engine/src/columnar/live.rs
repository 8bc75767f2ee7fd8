//! The seam to sessions that the store has not been given.

use playhead_model::ids::LogPosition;
use playhead_model::row::Rows;
use playhead_query::SourceError;

/// Closed sessions that are not in the store yet.
#[derive(Debug, Default)]
pub struct Waiting {
    /// Whatever closed at or below this position is here or in the store.
    pub position: LogPosition,
    /// Those of the suite that was asked for, or of all.
    pub rows: Vec<Rows>,
}

/// Takes the open sessions of a suite, some at a time, until it does not want any more.
pub type OpenSet<'a> = &'a mut dyn FnMut(Vec<Rows>) -> Result<(), SourceError>;

/// What the engine has beside the store.
pub trait Live: Send + Sync {
    /// Every suite there ever was a session of.
    ///
    /// # Errors
    /// If the engine has ended.
    fn suites(&self) -> Result<Vec<String>, SourceError>;

    /// Closed sessions of a suite, or of all, that the store may not have.
    ///
    /// # Errors
    /// If the engine has ended, or they cannot be read.
    fn waiting(&self, suite: Option<&str>) -> Result<Waiting, SourceError>;

    /// Gives the open sessions of a suite, or of all, as a close right now would give them, some at
    /// a time: all that were open at the position that is answered and have not closed meanwhile, each as
    /// it was at some moment since. None that began behind that position is among them.
    ///
    /// # Errors
    /// If the engine has ended, they cannot be read, or are too many.
    fn open(&self, suite: Option<&str>, take: OpenSet<'_>) -> Result<LogPosition, SourceError>;
}
