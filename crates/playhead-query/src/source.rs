//! Where rows come from: the seam to the store and to open sessions.

use std::sync::Arc;

use playhead_model::catalog::Scope;
use playhead_model::report::{AxisClock, ReportError, Stop};

use crate::column::Column;

/// The tables of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Table {
    Sessions,
    Ads,
    Chapters,
    States,
}

impl Table {
    pub const ALL: [Self; 4] = [Self::Sessions, Self::Ads, Self::Chapters, Self::States];

    pub(crate) fn of(scope: Scope) -> Self {
        match scope {
            Scope::Session => Self::Sessions,
            Scope::Ad => Self::Ads,
            Scope::Chapter => Self::Chapters,
            Scope::State => Self::States,
        }
    }
}

/// The least and the greatest of some times, ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    pub least: i64,
    pub greatest: i64,
}

impl Times {
    /// Whether any of them may lie from `from` up to, not including, `to`.
    pub(crate) fn meet(self, from: i64, to: i64) -> bool {
        self.least < to && self.greatest >= from
    }
}

/// Some sessions of one suite, with their parts.
///
/// Columns are called as in the catalogue; beside them the table of sessions has
/// `startTs` and `endTs` (client), `startedAt` and `lastAt` (server), `position` (of the close),
/// `startPosition` (different for each), `watched` (stretches), `lengthUs`, `isLive` and `isBot`, and the other tables have `parent`: the
/// row of their session in this chunk. Sessions with an empty content id are left out, and so are
/// ads with an empty id.
pub trait Chunk: Send + Sync {
    /// How many rows a table has.
    ///
    /// # Errors
    /// If they cannot be read.
    fn rows(&self, table: Table) -> Result<usize, SourceError>;

    /// A column; [`Column::Absent`] if no row has a value.
    ///
    /// # Errors
    /// If it cannot be read.
    fn column(&self, table: Table, name: &str) -> Result<Arc<Column>, SourceError>;

    /// The custom metadata of a key.
    ///
    /// # Errors
    /// If it cannot be read.
    fn custom(&self, table: Table, key: &str) -> Result<Arc<Column>, SourceError>;

    /// The ids of some sessions.
    ///
    /// # Errors
    /// If they cannot be read.
    fn ids(&self, rows: &[u32]) -> Result<Vec<String>, SourceError>;

    /// Starts by the client's clock.
    fn started(&self) -> Times;

    /// Last events by the client's clock.
    fn ended(&self) -> Times;

    /// First arrivals by the server's clock.
    fn started_at(&self) -> Times;

    /// Last arrivals by the server's clock.
    fn last_at(&self) -> Times;

    /// The greatest position of a close.
    fn position(&self) -> i64;

    /// Whether its sessions are still open.
    fn is_open(&self) -> bool;
}

/// What is read by one report: all of it at one position.
pub struct Read {
    pub chunks: Vec<Arc<dyn Chunk>>,
    /// What gives the same closed sessions again.
    pub as_of: String,
    /// Closes behind this position are not read.
    pub position: i64,
}

impl std::fmt::Debug for Read {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Read")
            .field("as_of", &self.as_of)
            .field("chunks", &self.chunks.len())
            .finish()
    }
}

/// Gives the rows of a suite.
pub trait Source: Send + Sync {
    /// The suites there are rows of.
    ///
    /// # Errors
    /// If they cannot be read.
    fn suites(&self) -> Result<Vec<String>, SourceError>;

    /// Everything of a suite at one position: the present one, or that of an earlier answer.
    ///
    /// # Errors
    /// If it cannot be read, is no longer there, or it is told to stop.
    fn read(&self, wanted: &Wanted<'_>) -> Result<Read, SourceError>;
}

/// What is to be read.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    pub suite: &'a str,
    /// The token of an earlier answer.
    pub as_of: Option<&'a str>,
    /// The earliest time that is looked at, ms, and whose clock it is of.
    pub from: (AxisClock, i64),
    pub include_open: bool,
    /// Says why to stop, if so.
    pub stop: Stop<'a>,
}

impl Wanted<'_> {
    /// # Errors
    /// Why to stop, if so.
    pub fn check(&self) -> Result<(), SourceError> {
        (self.stop)().map_or(Ok(()), |why| Err(SourceError::Stopped(why)))
    }
}

impl std::fmt::Debug for Wanted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wanted")
            .field("suite", &self.suite)
            .field("as_of", &self.as_of)
            .field("include_open", &self.include_open)
            .finish_non_exhaustive()
    }
}

/// Why rows cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// They are no longer there as they were.
    #[error("{0}")]
    Gone(String),
    #[error("the token is not one that an answer gave: {0:?}")]
    NoToken(String),
    /// It would take more than a limit allows.
    #[error("{message}")]
    TooLarge {
        limit: &'static str,
        message: String,
    },
    /// Open sessions cannot be had as they were.
    #[error("{0}")]
    NotOpen(String),
    /// It was told to stop.
    #[error("{0}")]
    Stopped(ReportError),
    /// The server is ending.
    #[error("{0}")]
    Unavailable(String),
    #[error("{0}")]
    Failed(String),
}
