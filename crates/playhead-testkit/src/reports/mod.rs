//! Reports, once more: random rows, random requests, and a fold that answers them in the slow and
//! obvious way.
//!
//! Rows are JSON as they are answered about sessions, with `watched`, `isLive`, arrivals and
//! position beside them. The fold looks at every row for every number of every cell.

#![expect(
    clippy::unwrap_used,
    reason = "rows and requests are of our own making; what is missing in them fails the test"
)]

mod dimension;
mod fold;
mod metric;
mod panel;
mod random;
mod search;
mod time;

pub use self::fold::{Fold, Key, Numbers};
pub use self::panel::{Watched, concurrency, retention, segments, tenths, time_spent};
pub use self::random::{request, rows};
pub use self::search::{search, search_request};
