//! Closed and open sessions as columns: what reports are computed over.
//!
//! A [`Sessions`] is the [source](playhead_query::Source) over the parts of the store, the rows
//! that are in no part yet, and, through [`Live`], the sessions that the store has not been given.
//! A row group of a part is a chunk; its columns are decoded when a report asks for them and stay
//! in a [`Cache`] of bounded size. Rows in memory are copied into columns block by block.

mod cache;
mod copy;
mod decode;
mod live;
mod moment;
mod names;
mod part;
mod scope;
mod source;

pub use cache::{Cache, CacheUse};
pub use live::{Live, OpenSet, Waiting};
pub use moment::Moment;
pub use source::Sessions;
