//! Closed sessions and their events, kept on disk in columns and read again: by id, by time, or as
//! whole tables.
//!
//! What happened comes in through [`RowSink`] with the log position up to which it is complete, and
//! both become durable together. Whoever replays the log gives some of it once more: what is there
//! already is left out, so each row is there once. Rows leave through [`parts::Reader`], from any
//! thread.

pub mod batch;
pub mod parts;
mod sink;

pub use parts::StoreError;
pub use sink::RowSink;
