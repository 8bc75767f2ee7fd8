//! The edge: from HTTP requests to records of the log, and from the engine to answers.
//!
//! [`intake`] decides about a request without knowing HTTP; [`offline`] runs the engine over
//! recorded requests without a server.

pub mod intake;
pub mod offline;
