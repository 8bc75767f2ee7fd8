//! `play`, `pauseStart`, `bufferStart`, `sessionComplete` (R3.3, R4.2, R4.3, R2.7).

use playhead_model::outcome::Rule;
use playhead_model::rules::Rules;
use playhead_model::time::{PlayerMs, Playhead};

use super::Effect;
use crate::state::{Phase, Reopenable, Session};

impl Session {
    pub(super) fn on_play(&mut self, playhead: Playhead) -> Effect {
        if let Some(brk) = self.break_between_ads() {
            // The player forgot `adBreakComplete`; the next ad may show that it did not (R5.6).
            self.close_break();
            self.rare_mut().reopenable = Some(Box::new(Reopenable { brk, playhead }));
        }
        self.remembered = None;
        self.phase = Phase::Playing;
        if self.brk.is_none() {
            self.start_content(playhead);
        }
        Effect::Done
    }

    /// `pauseStart` and `bufferStart`: playback halts until the next change of state.
    pub(super) fn on_halt(&mut self, halt: Phase, ts: PlayerMs, rules: &Rules) -> Effect {
        if self.phase == Phase::Completed {
            return Effect::Voided(Rule::Completed);
        }
        // A library repeats the state it is in right behind `adStart`: no new pause (R5.3).
        let ad_started = self.brk.as_ref().and_then(|brk| brk.ad_started);
        let is_echo = self.remembered == Some(halt)
            && ad_started.is_some_and(|started| ts.since(started) <= rules.ad_echo_ms);
        if self.phase != halt && !is_echo {
            match halt {
                Phase::Buffering => self.sums.buffers += 1,
                _ => self.sums.pauses += 1,
            }
        }
        self.remembered = None;
        self.phase = halt;
        Effect::Done
    }

    pub(super) fn on_complete(&mut self) -> Effect {
        self.close_chapter(false);
        self.close_break();
        self.completed = true;
        self.phase = Phase::Completed;
        Effect::Done
    }
}
