//! Ad breaks and ads (R5).

use playhead_model::ids::EventRef;
use playhead_model::limits;
use playhead_model::outcome::Rule;
use playhead_model::time::{PlayerMs, Playhead};

use super::Effect;
use crate::state::{Ad, Break, Listed, Phase, Session};

impl Session {
    pub(super) fn on_break_start(
        &mut self,
        event: EventRef,
        pod_index: i64,
        pod_second: f64,
    ) -> Effect {
        let pod_second_bits = pod_second.to_bits();
        let is_repeat = self.brk.as_ref().is_some_and(|open| {
            open.pod_index == pod_index && open.pod_second_bits == pod_second_bits
        });
        if is_repeat {
            return Effect::Voided(Rule::BreakRepeat);
        }
        self.forget_reopenable();
        self.close_break();
        let brk = Break {
            event,
            pod_index,
            pod_second_bits,
            ad_started: None,
        };
        self.brk = Some(Box::new(brk));
        Effect::Done
    }

    pub(super) fn on_break_complete(&mut self) -> Effect {
        self.forget_reopenable();
        let was_open = self.brk.is_some();
        self.close_break();
        Effect::done_if(was_open, Rule::NoBreak)
    }

    pub(super) fn on_ad_start(
        &mut self,
        event: EventRef,
        ts: PlayerMs,
        playhead: Playhead,
    ) -> Effect {
        if self.brk.is_none() {
            let Some(brk) = self.take_reopenable(playhead) else {
                return Effect::Voided(Rule::NoBreak);
            };
            self.brk = Some(Box::new(brk));
        }
        self.close_ad(false);
        let Some(brk) = &mut self.brk else {
            return Effect::Voided(Rule::NoBreak);
        };
        brk.ad_started = Some(ts);
        let pod = brk.event;
        if self.phase != Phase::Playing {
            self.remembered.get_or_insert(self.phase);
            self.phase = Phase::Playing;
        }
        self.sums.ads += 1;
        self.ad = Some(self.list_ad(Ad {
            event,
            pod,
            time_ms: 0,
            completed: false,
        }));
        Effect::Done
    }

    pub(super) fn on_ad_close(&mut self, completed: bool) -> Effect {
        let was_open = self.ad.is_some();
        self.close_ad(completed);
        Effect::done_if(
            was_open,
            if self.brk.is_some() {
                Rule::NoAd
            } else {
                Rule::NoBreak
            },
        )
    }

    /// The open break, if an ad of it has been and none is open (R5.6).
    pub(super) fn break_between_ads(&self) -> Option<Break> {
        let brk = self.brk.as_deref().copied();
        brk.filter(|brk| brk.ad_started.is_some() && self.ad.is_none())
    }

    /// Closes the open break and its open ad; a remembered state comes back (R5.5).
    pub(crate) fn close_break(&mut self) {
        self.close_ad(false);
        if self.brk.take().is_some()
            && let Some(phase) = self.remembered.take()
        {
            self.phase = phase;
        }
    }

    pub(crate) fn close_ad(&mut self, completed: bool) {
        if let Some(number) = self.ad.take().and_then(Listed::number) {
            let ad = &mut self.ads[number as usize];
            ad.completed = completed;
        }
    }

    fn list_ad(&mut self, ad: Ad) -> Listed {
        let number = self.ads.len();
        if number == limits::ADS {
            self.limited = true;
            return Listed::BEYOND;
        }
        if number == self.ads.capacity() {
            self.ads.reserve_exact(number.max(2));
        }
        self.ads.push(ad);
        Listed::at(number as u32)
    }

    fn forget_reopenable(&mut self) {
        if let Some(rare) = &mut self.rare {
            rare.reopenable = None;
        }
    }

    /// The break that a `play` with this playhead closed (R5.6).
    fn take_reopenable(&mut self, playhead: Playhead) -> Option<Break> {
        let reopenable = &mut self.rare.as_mut()?.reopenable;
        reopenable
            .take_if(|closed| closed.playhead == playhead)
            .map(|closed| closed.brk)
    }
}
