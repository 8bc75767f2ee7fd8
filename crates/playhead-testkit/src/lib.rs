//! Tools for tests: a reference oracle, the runner of test vectors, random vectors, and the server
//! as a process.
//!
//! Test vectors come in as JSON (requests with arrival times), answers go out as JSON (sessions and
//! reports). The oracle shares no code with the engine and never will: two readings of the rules
//! that agree are worth more than one. Nothing that is shipped depends on this crate.

pub mod edge;
pub mod oracle;
pub mod process;
pub mod random;
pub mod reports;
pub mod vector;
