//! The ordered list: each event in its turn, and who owns the time between two of them (R2.4,
//! R2.5, R3.1, R4.1).

use playhead_model::event::{Event, Kind};
use playhead_model::ids::EventRef;
use playhead_model::outcome::{CloseReason, Rule, Settled};
use playhead_model::rules::Rules;
use playhead_model::time::{PlayerMs, Playhead};

use crate::observe::{Observer, Span, Use};
use crate::on::Effect;
use crate::stall::Run;
use crate::state::{Context, Phase, Session};
use crate::window::Held;

/// A step of the live playhead beyond half a day is a turn of the day (R3.4), µs.
const HALF_DAY: i64 = 43_200_000_000;

impl Session {
    /// An event leaves the window: its time is raised if it is late, and the clocks of R2.5 decide
    /// whether it is still part of the session.
    pub(crate) fn take_in_order(
        &mut self,
        held: Held,
        rules: &Rules,
        observer: &mut impl Observer,
    ) {
        if self.closed.is_some() {
            return observer.settled(held.event_ref, Settled::AfterClose, Rule::Ended);
        }
        let ts = held.event.ts.max(self.ts);
        if ts.since(self.ts) >= rules.idle_ms {
            observer.settled(held.event_ref, Settled::AfterClose, Rule::Idle);
            return self.close(Some(CloseReason::NoEvents), rules.idle_ms, observer);
        }
        if ts.since(self.moved) >= rules.still_ms {
            observer.settled(held.event_ref, Settled::AfterClose, Rule::Still);
            let left = rules.still_ms.saturating_sub(self.ts.since(self.moved));
            return self.close(Some(CloseReason::NoPlayheadChange), left, observer);
        }
        self.accept(held.event_ref, held.event, ts, rules, observer);
    }

    /// Applies an event at `ts`, which is not before the event ahead of it.
    pub(crate) fn accept(
        &mut self,
        event_ref: EventRef,
        event: Event,
        ts: PlayerMs,
        rules: &Rules,
        observer: &mut impl Observer,
    ) {
        let is_late = event.ts < self.ts;
        let since_last_call = ts.since(self.ts);
        self.note_movement(&event, ts);
        let before = self.playhead();
        let playhead = self.unwrap_playhead(event.playhead);
        let is_sample = matches!(event.kind, Kind::Play | Kind::Ping);
        self.pass_time(ts, (before, playhead), is_sample, rules, observer);

        self.ts = ts;
        self.raw_playhead = event.playhead;
        self.quality.update(&event.quality);
        let effect = self.take_effect(event_ref, &event.kind, ts, playhead, rules);

        if let Some(considered) = &mut self.considered {
            considered.lowest = considered.lowest.min(playhead);
            considered.highest = considered.highest.max(playhead);
        }
        if !self.plays_content() {
            self.finish_run(playhead, observer);
        } else if self.run.is_none() {
            self.run = Some(Run::begin(ts, is_sample));
        }
        let (outcome, rule) = match effect {
            _ if is_late => (Settled::Late, Rule::Raised),
            Effect::Voided(rule) => (Settled::Ignored, rule),
            Effect::Done => (Settled::Accepted, Rule::None),
        };
        observer.settled(event_ref, outcome, rule);
        observer.applied(event_ref, ts, self);
        if event.kind == Kind::SessionEnd {
            self.close(Some(CloseReason::SessionEnd), since_last_call, observer);
        }
    }

    /// What the test for a standing playhead looks at: the raw value, and ad starts (R2.5).
    fn note_movement(&mut self, event: &Event, ts: PlayerMs) {
        if event.playhead != self.raw_playhead || event.kind == Kind::AdStart {
            self.moved = ts;
        }
    }

    /// The playhead on a line without turns of the day (R3.4). Moves the offset of the session.
    fn unwrap_playhead(&mut self, raw: Playhead) -> Playhead {
        if self.live {
            let step = raw.0 - self.raw_playhead.0;
            if step < -HALF_DAY {
                self.wrap += 2 * HALF_DAY;
            } else if step > HALF_DAY {
                self.wrap -= 2 * HALF_DAY;
            }
        }
        Playhead(raw.0 + self.wrap)
    }

    /// The time from the last event to `to` goes to the state the player was in (R3.1).
    /// The playheads are those of the event before, which `self.ts` still is, and of that at `to`.
    fn pass_time(
        &mut self,
        to: PlayerMs,
        playheads: (Playhead, Playhead),
        is_sample: bool,
        rules: &Rules,
        observer: &mut impl Observer,
    ) {
        let ms = to.since(self.ts);
        let counts_as = match (self.phase, self.context()) {
            (Phase::Playing, Context::Main) => {
                return self.pass_content(to, playheads, is_sample, rules, observer);
            }
            (Phase::Playing, Context::Break) => {
                self.sums.gap_ms += ms;
                Use::Gap
            }
            (Phase::Playing, Context::Ad(listed)) => {
                self.sums.ad_ms += ms;
                self.bitrate.add(self.bitrate_now(), ms);
                if let Some(number) = listed.number() {
                    self.ads[number as usize].time_ms += ms;
                }
                Use::Ad(listed.number())
            }
            (Phase::Paused, _) => {
                self.sums.pause_ms += ms;
                Use::Paused
            }
            (Phase::Buffering, context) => {
                self.sums.buffer_ms += ms;
                if context == Context::Main && self.considered.is_some() {
                    self.sums.rebuffer_ms += ms;
                }
                Use::Buffering
            }
            (Phase::Starting, _) => Use::Starting,
            (Phase::Completed, _) => Use::Completed,
        };
        observer.span(self.span_to(to, counts_as));
    }

    /// Main content played up to `to`, unless it was a stall (R4.1, R4.4, R4.5).
    fn pass_content<O: Observer>(
        &mut self,
        to: PlayerMs,
        (before, playhead): (Playhead, Playhead),
        is_sample: bool,
        rules: &Rules,
        observer: &mut O,
    ) {
        let mut span = self.span_to(to, Use::Content);
        if let Some(mut run) = self.run.take_if(|_| before == playhead) {
            self.extend_run::<O>(&mut run, to, is_sample, rules, span);
            self.run = Some(run);
            return;
        }
        self.finish_run(before, observer);
        let ms = to.since(self.ts);
        self.sums.content_ms += ms;
        self.bitrate.add(span.bitrate, ms);
        if let Some(number) = span.chapter {
            self.rare_mut().chapters[number as usize].time_ms += ms;
        }
        span.watched = self.watch(to, before, playhead);
        observer.span(span);
        if ms > 0 {
            self.start_content(playhead);
        }
    }

    /// Adds what was watched up to an event at `to` with this playhead (R4.5): the step of the
    /// playhead if the time allows it, else the time.
    fn watch(
        &mut self,
        to: PlayerMs,
        mut from: Playhead,
        playhead: Playhead,
    ) -> Option<(Playhead, Playhead)> {
        let room = i64::try_from(to.since(self.ts)).map_or(i64::MAX, |ms| ms.saturating_mul(1000));
        let step = playhead.0 - from.0;
        let length = if (0..=room).contains(&step) {
            step
        } else {
            room
        };
        let mut until = Playhead(from.0.saturating_add(length).min(2 * Playhead::MAX.0));
        if !self.live && self.length.0 > 0 {
            from = from.min(self.length);
            until = until.min(self.length);
        }
        self.limited |= !self.watched.add(from, until);
        (until > from).then_some((from, until))
    }

    fn span_to(&self, to: PlayerMs, counts_as: Use) -> Span {
        Span {
            from: self.ts,
            to,
            counts_as,
            chapter: self.chapter.and_then(|listed| listed.number()),
            bitrate: self.bitrate_now(),
            watched: None,
        }
    }
}
