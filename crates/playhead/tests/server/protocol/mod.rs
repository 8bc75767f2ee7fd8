//! The Collection API to the letter: status, headers and bodies.

mod arrays;
mod clients;
mod clocks;
mod events;
mod keys;
mod results;
mod retries;
mod schemas;
mod start;
mod suites;
mod transport;
