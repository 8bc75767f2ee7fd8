//! Reports: the typed request, the typed answer, and the seam behind which they are computed.
//!
//! A request names metrics and dimensions of the [catalogue](crate::catalog); whoever answers it is
//! behind [`Backend`], so that the edge knows no engine of reports.

mod answer;
mod error;
mod formula;
mod nearest;
mod request;
mod search;

pub use self::answer::{
    Answer, Cell, Check, Compared, Extreme, Heading, HeadingKind, Row, Series, Summary,
};
pub use self::error::ReportError;
pub use self::formula::{FORMULA_BYTES_MAX, Formula, Operator, Statistic, Term};
pub use self::nearest::{did_you_mean, nearest};
pub use self::request::{
    AxisClock, Bots, Compare, Direction, Filter, FilterScope, Granularity, Having, Instant,
    MetricRequest, Operation, Order, Period, Range, ReportKind, Request,
};
pub use self::search::{FoundSession, FoundValue, Open, SearchAnswer, SearchRequest};

/// Says why to stop, if so; asked now and then.
pub type Stop<'a> = &'a (dyn Fn() -> Option<ReportError> + Sync);

/// Answers reports: over the rows of this machine, or by another engine.
pub trait Backend: Send + Sync {
    /// Computes a report. It may take long: call it where nobody waits.
    ///
    /// # Errors
    /// If the request makes no sense, asks for more than the limits allow, or for what is gone, or
    /// `stop` says so.
    fn report(&self, request: &Request, stop: Stop<'_>) -> Result<Answer, ReportError>;

    /// Finds sessions.
    ///
    /// # Errors
    /// As for reports.
    fn search(&self, request: &SearchRequest, stop: Stop<'_>) -> Result<SearchAnswer, ReportError>;
}
