//! Drives log, sessions and store: what happened goes in as records, what it means comes out as
//! rows.
//!
//! [`core`] is the pure part: all open sessions as a function of the records of the log.
//! [`intake`] decides what becomes a record; [`cell`] owns the log and makes records durable before
//! anyone hears of them; [`pump`] turns closed sessions into rows and writes checkpoints, on a
//! thread of its own; [`live`] keeps columns of the open sessions on another; [`offline`] runs the
//! same intake and core over recorded requests, [`replay`] the core over a log. [`columnar`] gives sessions to reports, wherever
//! they are. There is no HTTP here.

pub mod ahead;
pub mod aside;
pub mod bodies;
pub mod cell;
mod checkpoint;
pub mod clock;
pub mod columnar;
pub mod commits;
pub mod core;
mod events;
mod fuzz;
pub mod history;
pub mod intake;
mod keys;
pub mod live;
pub mod mint;
pub mod offline;
pub mod parts;
pub mod pump;
pub mod rates;
pub mod reading;
pub mod refused;
pub mod replay;
pub mod reports;

#[doc(hidden)]
pub use fuzz::fuzz_engine;
