//! The one close of a session (R1.1), and what a close right now would give.

use playhead_model::outcome::{CloseReason, Rule, Settled};
use playhead_model::rules::Rules;

use crate::observe::{Observer, Silent};
use crate::state::{Closed, Session};

impl Session {
    /// Ends the session at its last accepted event: open parts close as not completed, and what
    /// still waits comes too late.
    pub(crate) fn close(
        &mut self,
        reason: Option<CloseReason>,
        since_last_call_ms: u64,
        observer: &mut impl Observer,
    ) {
        self.finish_run(self.playhead(), observer);
        self.close_chapter(false);
        self.close_break();
        let end = self.ts;
        for state in self.rare.iter_mut().flat_map(|rare| &mut rare.states) {
            if let Some(since) = state.since.take() {
                state.time_ms += end.since(since);
            }
        }
        self.closed = Some(Box::new(Closed {
            reason,
            since_last_call_ms,
        }));
        for held in self.held.take_all() {
            observer.settled(held.event_ref, Settled::AfterClose, Rule::Ended);
        }
        self.check();
    }

    /// What a close right now would give (metrics §10): a copy with its window flushed, closed at
    /// its last event. A closed session gives itself.
    pub fn provisional(&self, rules: &Rules, observer: &mut impl Observer) -> Self {
        let mut copy = self.clone();
        if copy.closed.is_none() {
            copy.flush(rules, observer);
        }
        if copy.closed.is_none() {
            copy.close(None, 0, observer);
        }
        copy
    }

    /// [`Session::provisional`] for those who only want the numbers.
    pub fn so_far(&self, rules: &Rules) -> Self {
        self.provisional(rules, &mut Silent)
    }
}
