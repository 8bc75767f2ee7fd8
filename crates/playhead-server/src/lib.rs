//! The edge: HTTP in front of the engine.
//!
//! Two listeners with nothing in common but the cell behind them. The [`door`] is public: it takes
//! what players send, on the thread that owns the cell, so that one write and one sync serve all
//! who wait. The [`console`] is private: it reads, on a thread of its own, and asks the cell
//! through a [`cell::Handle`]. Either may speak [`tls`]. Nothing here knows what a session is.

pub mod cell;
pub mod console;
pub mod door;
mod listener;
pub mod task;
pub mod tls;

pub use listener::Listener;
