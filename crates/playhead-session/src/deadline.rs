//! What time alone does: holds that end, and sessions that fall silent or grow too old (R2.5).

use playhead_model::outcome::CloseReason;
use playhead_model::rules::Rules;
use playhead_model::time::ReceivedMs;

use crate::observe::Observer;
use crate::state::Session;

impl Session {
    /// Lets server time pass up to `now`: every deadline due by then fires, earliest first, as if
    /// it had fired at its own instant. Answers that of the close, if this closed the session.
    pub fn advance(
        &mut self,
        now: ReceivedMs,
        rules: &Rules,
        observer: &mut impl Observer,
    ) -> Option<ReceivedMs> {
        if self.closed.is_some() {
            return None;
        }
        let (end, reason) = self.end_and_reason(rules);
        while let Some(first) = self.held.first() {
            let hold_end = first.at.plus(rules.hold_ms);
            if hold_end > now.min(end) {
                break;
            }
            self.release_up_to(first.event.ts, rules, observer);
            if self.closed.is_some() {
                return Some(hold_end);
            }
        }
        if now >= end {
            self.flush(rules, observer);
            let silence = if reason == CloseReason::NoEvents {
                rules.idle_ms
            } else {
                0
            };
            self.close(Some(reason), silence, observer);
            return Some(end);
        }
        None
    }

    /// When something happens if nothing arrives any more; `None` once closed.
    pub fn next_deadline(&self, rules: &Rules) -> Option<ReceivedMs> {
        if self.closed.is_some() {
            return None;
        }
        let end = self.end_by_clock(rules);
        let hold = self.held.first().map(|first| first.at.plus(rules.hold_ms));
        Some(hold.map_or(end, |hold| hold.min(end)))
    }

    /// When a `sessionEnd` that waits closes the session, if nothing else does before.
    pub fn end_by_event(&self, rules: &Rules) -> Option<ReceivedMs> {
        let mut ends = self.held.iter().filter(|held| held.is_end());
        ends.next().map(|end| end.at.plus(rules.hold_ms))
    }

    /// Whether letting time pass up to `now` may close the session. Cheap, and never wrong to say
    /// no: most of the time an event waits whose hold is over, and none that ends anything.
    pub(crate) fn may_close_by(&self, now: ReceivedMs, rules: &Rules) -> bool {
        let in_order = self.held.iter().any(|held| {
            held.is_end()
                || held.event.ts.since(self.ts) >= rules.idle_ms
                || held.event.ts.since(self.moved) >= rules.still_ms
        });
        in_order || now >= self.end_by_clock(rules)
    }

    /// The instant at which the server's clock closes the session.
    pub fn end_by_clock(&self, rules: &Rules) -> ReceivedMs {
        self.end_and_reason(rules).0
    }

    fn end_and_reason(&self, rules: &Rules) -> (ReceivedMs, CloseReason) {
        let idle = self.last_at.plus(rules.idle_ms);
        let age = self.started_at.plus(rules.age_ms);
        if age < idle {
            (age, CloseReason::SessionAge)
        } else {
            (idle, CloseReason::NoEvents)
        }
    }
}
