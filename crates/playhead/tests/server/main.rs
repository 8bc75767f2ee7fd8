//! The real server, from the outside: over HTTP, by signals, and through the files it leaves.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that panics fails the test that called it"
)]
// `json!` of a start with all its keys.
#![recursion_limit = "256"]

mod bad_input;
mod captures;
mod console;
mod edge;
mod examples;
mod ledger;
mod lists;
mod live;
mod openapi;
mod postgres;
mod protocol;
mod proxies;
mod rates;
mod recovery;
mod reload;
mod replay;
mod reports;
mod search;
mod sessions;
mod shutdown;
mod simulate;
mod sql;
mod store;
mod support;
mod tls;
mod vectors;
