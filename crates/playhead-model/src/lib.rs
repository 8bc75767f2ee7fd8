//! The nouns of playhead: plain data that every other crate agrees on.
//!
//! Ids, the three kinds of time, the table of wire keys, the compact form of an event body, typed
//! events, log records, rules, outcomes, limits and the catalogue of metrics live here. There is
//! no I/O, no clock and no randomness, and nothing here knows who uses it.

pub mod body;
pub mod catalog;
pub mod codec;
pub mod event;
pub mod ids;
pub mod keys;
pub mod limits;
pub mod outcome;
pub mod record;
pub mod report;
pub mod row;
pub mod rules;
pub mod time;
