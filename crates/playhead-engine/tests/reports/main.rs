//! Reports over parts, rows in memory and open sessions against the same over plain rows, which
//! `playhead-query` checks against a fold.

#![expect(
    clippy::unwrap_used,
    reason = "what is missing in a row, a store or an answer fails the test"
)]

mod answers;
mod positions;
mod world;
