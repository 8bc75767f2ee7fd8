//! The store as its users see it: what was given is read, whatever happens in between.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod crash;
mod listing;
mod model;
mod scan;
mod upkeep;
