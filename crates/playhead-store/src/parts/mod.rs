//! Closed sessions in columns: Parquet parts that are written once, a manifest that names them,
//! and the rows that are in no part yet.
//!
//! Rows come in through [`Store`], are read at once through [`Reader`], from any thread, and go
//! into parts together with the log position up to which they are complete. Whoever replays the
//! log leaves out what lies at or below that position, so no row is lost and none is there twice.
//! `docs/design/store-format.md` describes what lies on disk.

mod columns;
mod compact;
mod error;
mod fsck;
mod listing;
mod manifest;
mod part;
mod paths;
mod query;
mod reader;
mod recover;
mod retention;
mod rewrite;
pub mod scan;
pub mod storage;
mod store;
mod writing;

pub use columns::Footer;
pub use compact::{Compacted, Compaction};
pub use error::StoreError;
pub use fsck::{Damage, Report, fsck};
pub use manifest::PartFacts;
pub use part::Part;
pub use query::{Page, Query};
pub use reader::{Reader, Size, Snapshot};
pub use retention::{Ages, Cut, Gone, Retention, would_go};
pub use rewrite::Rewrite;
pub use store::Store;

use playhead_model::catalog::EventRow;
use playhead_model::row::Rows;

/// What a store takes.
#[derive(Clone, Debug)]
pub enum Effect {
    /// A session that closed.
    Session(Box<Rows>),
    /// An event that came after the close of its session.
    Late(Box<EventRow>),
}
