//! The session machine: from the events of one session to its numbers.
//!
//! A [`Session`] takes events in the order of their arrival, puts them in the order of their
//! timestamps, and accounts for every millisecond between two of them. It is a pure state machine:
//! no clock, no I/O, no randomness; time reaches it only as an argument. It does not know where
//! events come from, keeps no text that a client sent but names of player states, and refers to
//! bodies by [`EventRef`]; [`row`] brings both together for those who read. Rule numbers are those of `docs/metrics.md`.
//!
//! [`EventRef`]: playhead_model::ids::EventRef

mod accounting;
mod admit;
mod batch;
mod close;
mod deadline;
pub mod explain;
mod invariants;
mod observe;
mod on;
pub mod row;
mod snapshot;
mod stall;
mod standing;
mod state;
mod totals;
mod watched;
mod window;

pub use admit::Admission;
pub use batch::run_batch;
pub use invariants::check_invariants;
pub use observe::{Observer, Silent, Span, Use};
pub use standing::Standing;
pub use state::{Ad, Chapter, Closed, ErrorId, Phase, PlayerState, Session};
pub use totals::Totals;
pub use watched::{Stretch, union_us};
pub use window::{Arrival, kept_bits};
