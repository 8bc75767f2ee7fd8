//! What the machine tells about its work, for the ledger and for explaining a number.

use playhead_model::ids::EventRef;
use playhead_model::outcome::{Rule, Settled};
use playhead_model::time::{PlayerMs, Playhead};

use crate::state::Session;

/// What a span of time counts as. Every millisecond between the first and the last accepted event
/// counts as exactly one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Before the first playback event.
    Starting,
    /// Playing main content (R4.1).
    Content,
    /// Playing, but the playhead stood still (R4.4).
    Stall,
    /// Playing an ad; its number among the listed ones.
    Ad(Option<u32>),
    /// Playing inside a break with no ad open (R5.7).
    Gap,
    Paused,
    Buffering,
    /// After `sessionComplete` (R2.7).
    Completed,
}

/// A stretch of the client's clock between two neighbouring events, and what it counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: PlayerMs,
    pub to: PlayerMs,
    pub counts_as: Use,
    /// The open chapter's number among the listed ones.
    pub chapter: Option<u32>,
    /// The bitrate in force; 0 when it is not known.
    pub bitrate: i64,
    /// The content watched, for [`Use::Content`].
    pub watched: Option<(Playhead, Playhead)>,
}

/// Hears what the machine decides. All methods default to nothing.
pub trait Observer {
    /// The event's outcome is final.
    fn settled(&mut self, event: EventRef, outcome: Settled, rule: Rule) {
        let _ = (event, outcome, rule);
    }

    /// The event was applied at `ts` (raised if late); `session` is the state after it.
    fn applied(&mut self, event: EventRef, ts: PlayerMs, session: &Session) {
        let _ = (event, ts, session);
    }

    /// A span of time was accounted for. Spans come in order, except that those of a possible
    /// stall come together once it is decided.
    fn span(&mut self, span: Span) {
        let _ = span;
    }

    /// Whether [`Observer::span`] is listened to; the machine keeps no spans of a possible stall
    /// otherwise.
    const SPANS: bool = false;
}

/// An observer that hears nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {}
