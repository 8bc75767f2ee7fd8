//! Drives log, sessions and store: what happened goes in as records, what it means comes out as
//! rows.
//!
//! [`core`] is the pure part: all open sessions as a function of the records of the log. Around it
//! stand the log, checkpoints and the sink of closed sessions. There is no HTTP here, and nothing
//! here decodes what a client sent.

pub mod core;
pub mod mint;
pub mod reports;
