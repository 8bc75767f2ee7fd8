//! The door's question: may this event be taken? (protocol §3.5)

use playhead_model::keys::EventType;
use playhead_model::rules::Rules;
use playhead_model::time::{PlayerMs, ReceivedMs};

use crate::observe::Silent;
use crate::state::Session;

/// What the door answers to a valid event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// 204; the event goes into the log.
    Take,
    /// 410; the session is closed.
    Gone,
}

impl Session {
    /// Decides about an event of `kind` and client time `ts` that arrives at `now`. The answer
    /// depends on what was acknowledged before and on `now` alone, not on how far deadlines have
    /// been worked off.
    pub fn admit(
        &self,
        now: ReceivedMs,
        kind: EventType,
        ts: PlayerMs,
        rules: &Rules,
    ) -> Admission {
        if self.closed.is_none() && self.may_close_by(now, rules) {
            let mut ahead = self.clone();
            ahead.advance(now, rules, &mut Silent);
            return ahead.admit_now(kind, ts);
        }
        self.admit_now(kind, ts)
    }

    fn admit_now(&self, kind: EventType, ts: PlayerMs) -> Admission {
        let over = self.closed.is_some() || self.held_end().is_some_and(|end| ts > end);
        if over && !is_end(kind) {
            Admission::Gone
        } else {
            Admission::Take
        }
    }
}

/// Whether the event only repeats that the session is over: harmless, so it is taken (204).
pub(crate) fn is_end(kind: EventType) -> bool {
    kind.is_end()
}

/// What the door answers for a session that is closed and no longer in memory.
impl Admission {
    /// Decides about an event of `kind` for a closed session.
    pub fn of_closed(kind: EventType) -> Self {
        if is_end(kind) { Self::Take } else { Self::Gone }
    }
}
