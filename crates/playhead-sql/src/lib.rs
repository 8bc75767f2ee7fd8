//! SQL over the documented tables, on DataFusion: read only, and with limits.
//!
//! A query sees one moment: closed sessions from their parts, those that are in no part yet from
//! memory, and the open ones if it asks for them. It runs on threads of its own and ends when
//! nobody waits for its answer. `docs/sql.md` says what can be asked.
//!
//! This crate and the binary alone know DataFusion: it takes long to build and to link.

mod bounded;
mod catalog;
mod check;
mod error;
pub mod export;
mod footers;
mod output;
mod pg_catalog;
mod postgres;
mod present;
mod prune;
mod query;
mod read;
mod run;
mod stop;
mod table;
mod views;

pub use postgres::{Postgres, TLS_PROTOCOL};
pub use run::{Limits, Queries};
