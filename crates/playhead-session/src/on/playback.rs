//! `play`, `pauseStart`, `bufferStart`, `sessionComplete` (R3.3, R4.2, R4.3, R4.9, R2.7).

use playhead_model::outcome::Rule;
use playhead_model::rules::Rules;
use playhead_model::time::{PlayerMs, Playhead};

use super::Effect;
use crate::stall::Run;
use crate::state::{AfterStart, Context, Phase, Reopenable, Session};

impl Session {
    pub(super) fn on_play(&mut self, ts: PlayerMs, playhead: Playhead) -> Effect {
        let since_start = AfterStart::new(ts.since(self.started));
        self.sums.first_play.get_or_insert(since_start);
        if let Some(brk) = self.break_between_ads() {
            // The player forgot `adBreakComplete`; the next ad may show that it did not (R5.6).
            self.close_break();
            self.rare_mut().reopenable = Some(Reopenable { brk, playhead });
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
                Phase::Buffering => {
                    self.sums.buffers += 1;
                    let is_main = self.context() == Context::Main;
                    self.sums.rebuffers += u32::from(is_main && self.content_started(ts));
                }
                _ => self.sums.pauses += 1,
            }
        }
        self.remembered = None;
        self.phase = halt;
        Effect::Done
    }

    /// Whether content has started (R4.2) at an event of time `ts`, which ends the run it is in.
    fn content_started(&self, ts: PlayerMs) -> bool {
        let is_content = |run: &Run| run.content_ms(ts) > 0;
        self.considered.is_some() || self.run.as_ref().is_some_and(is_content)
    }

    pub(super) fn on_complete(&mut self) -> Effect {
        self.close_chapter(false);
        self.close_break();
        self.completed = true;
        self.phase = Phase::Completed;
        Effect::Done
    }
}
