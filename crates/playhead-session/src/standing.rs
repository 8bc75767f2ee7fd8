//! Where a session stands right now, what waits in its window included: what a live view shows.

use playhead_model::event::Kind;
use playhead_model::rules::Rules;

use crate::observe::Silent;
use crate::state::{Phase, Session};
use crate::totals::FAILURE_CONTENT_MS;

/// What a close right now would find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub phase: Phase,
    /// Whether no ad break is open.
    pub is_main: bool,
    /// Whether content has started (R4.2).
    pub is_started: bool,
    /// A start failure, or a playback failure once content has started (R8.5).
    pub is_failing: bool,
    /// Whether it is over, or will be by an event that waits.
    pub is_ended: bool,
}

impl Session {
    /// Where the session stands. It is asked with every event, so it looks at what waits where that
    /// is enough, and runs a copy ahead where it is not.
    pub fn standing(&self, rules: &Rules) -> Standing {
        self.glance(rules).unwrap_or_else(|| {
            let mut ahead = self.clone();
            ahead.flush(rules, &mut Silent);
            ahead.standing_in_order()
        })
    }

    /// Whether the session stands as it did before the event that arrived last. Nearly every ping is
    /// answered here; it may say no where nothing has changed.
    #[inline]
    pub fn stands_as_before(&self, rules: &Rules) -> bool {
        let Some(held) = self.held.only() else {
            return false;
        };
        let ts = held.event.ts;
        matches!(held.event.kind, Kind::Ping)
            && self.sums.errors == 0
            && (self.considered.is_some() || !self.plays_content())
            && ts.since(self.ts) < rules.idle_ms
            && ts.since(self.moved) < rules.still_ms
    }

    /// Where it stands when nothing waits.
    fn standing_in_order(&self) -> Standing {
        let content_ms = self.content_after_error_ms();
        let is_started = self.considered.is_some() || self.open_content_ms() > 0;
        Standing {
            phase: self.phase,
            is_main: self.brk.is_none(),
            is_started,
            is_failing: match is_started {
                true => !self.completed && content_ms.is_some_and(|ms| ms < FAILURE_CONTENT_MS),
                false => content_ms.is_some(),
            },
            is_ended: self.closed.is_some(),
        }
    }

    /// Content time of a run that a close would make content.
    fn open_content_ms(&self) -> u64 {
        self.run.as_ref().map_or(0, |run| run.content_ms(self.ts))
    }

    /// Where it stands, if that can be told without running ahead: at most one event waits that
    /// does something to the player, it belongs to no ad, and no content time is asked for.
    #[inline]
    fn glance(&self, rules: &Rules) -> Option<Standing> {
        let mut standing = Standing {
            phase: self.phase,
            is_main: self.brk.is_none(),
            is_started: self.considered.is_some(),
            is_failing: false,
            is_ended: self.closed.is_some(),
        };
        let mut is_completed = self.completed;
        let mut has_acted = false;
        for held in self.held.iter() {
            let ts = held.event.ts;
            let may_close =
                ts.since(self.ts) >= rules.idle_ms || ts.since(self.moved) >= rules.still_ms;
            let acts = match &held.event.kind {
                Kind::Ping
                | Kind::BitrateChange
                | Kind::ChapterStart
                | Kind::ChapterComplete
                | Kind::ChapterSkip
                | Kind::StateStart(_)
                | Kind::StateEnd(_)
                | Kind::StatesUpdate(_) => false,
                // What was to come behind it does nothing.
                Kind::SessionEnd => {
                    standing.is_ended = true;
                    true
                }
                Kind::Play if standing.is_main => {
                    standing.phase = Phase::Playing;
                    standing.is_started = true;
                    true
                }
                Kind::PauseStart => {
                    standing.halt(Phase::Paused);
                    true
                }
                Kind::BufferStart => {
                    standing.halt(Phase::Buffering);
                    true
                }
                Kind::SessionComplete if standing.is_main => {
                    standing.phase = Phase::Completed;
                    is_completed = true;
                    true
                }
                _ => return None,
            };
            if may_close || acts && has_acted {
                return None;
            }
            has_acted |= acts;
        }
        if !standing.is_started && self.plays_content() {
            return None;
        }
        if self.sums.errors > 0 {
            standing.is_failing = !standing.is_started;
            if standing.is_started && !is_completed && !self.has_watched_on() {
                return None;
            }
        }
        Some(standing)
    }

    /// Whether content that is no stall any more tells that the last error stopped nobody.
    fn has_watched_on(&self) -> bool {
        self.rare.as_ref().is_some_and(|rare| {
            self.sums.content_ms - rare.last_error.content_ms >= FAILURE_CONTENT_MS
        })
    }
}

impl Standing {
    fn halt(&mut self, phase: Phase) {
        if self.phase != Phase::Completed {
            self.phase = phase;
        }
    }

    /// Buffering in main content after its start (R4.9).
    pub fn is_rebuffering(self) -> bool {
        self.phase == Phase::Buffering && self.is_main && self.is_started
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_small() {
        assert!(size_of::<Option<Standing>>() <= 5);
    }
}
