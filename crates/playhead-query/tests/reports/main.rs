//! Reports over columns against the slow fold over rows, and what is refused.

#![expect(
    clippy::unwrap_used,
    reason = "what is missing in a row, a request or an answer fails the test"
)]

mod oracle;
mod refused;
mod search;
mod support;
