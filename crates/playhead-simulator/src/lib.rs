//! Makes realistic traffic from a seed, and knows the true numbers of every session in it.
//!
//! A session is decided first (who watches what, and does what), then carried out: the player
//! tells what it sends, and notes what is true while it does so. The truth is never computed from
//! the events, so that an engine's agreement with it means something. A [`Plan`] merges many
//! sessions in the order of time, lazily; it leaves as requests, as a file for `playhead compute`
//! ([`Plan::write_vectors`]), or with the feature `http` over the wire (`drive`).
//!
//! Late, repeated and overtaking events are part of the traffic as far as the rules can put them
//! right. Clients that break the protocol are apart from it ([`Misfits`]), since they have no truth.
//! Nothing here reads a clock, but the driver.

mod act;
mod body;
pub mod catalogue;
mod delivery;
#[cfg(feature = "http")]
pub mod drive;
mod histogram;
mod misfit;
pub mod mmdb;
mod moment;
mod origin;
mod plan;
mod player;
mod random;
mod session;
mod truth;
mod vector;

pub use delivery::Network;
pub use histogram::Histogram;
pub use misfit::{Misfits, merged};
pub use origin::{Origin, geo_file};
pub use plan::{Mix, Options, Plan, Traffic};
pub use random::Random;
pub use session::{Kind, Request, Requests, Session};
pub use vector::Vectors;
