//! One session from its arrivals to its ordered list of accepted events (R2.2 to R2.7).

use serde_json::Value;

use super::event::{Event, Place};
use super::json::same;
use super::player;
use super::timeline::{Media, unwrapped};

/// R2.3: an event is held this long, in ms of server time.
const HOLD_MS: i128 = 5_000;
/// R2.3: with more than this many held, the next one is released.
const HELD_MAX: usize = 10;
/// R2.2: how many events a retry is compared with.
const REMEMBERED_BODIES: usize = 32;
/// R2.5: both the event test and the server's own idle clock.
pub(crate) const IDLE_MS: i128 = 600_000;
/// R2.5: the playhead test.
pub(crate) const STILL_MS: i128 = 1_800_000;
/// R2.5: 24 h and 10 min after the arrival of `sessionStart`.
const AGE_MS: i128 = 87_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    SessionEnd,
    NoEvents,
    NoPlayheadChange,
    SessionAge,
}

impl Reason {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Reason::SessionEnd => "sessionEnd",
            Reason::NoEvents => "timeout-no-events",
            Reason::NoPlayheadChange => "timeout-no-playhead-change",
            Reason::SessionAge => "timeout-session-age",
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Close {
    pub(crate) reason: Reason,
    /// Server time of the close.
    pub(crate) server_ms: i128,
}

#[derive(Debug, Clone)]
struct Held {
    arrived_ms: i128,
    event: Event,
}

#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) downloaded: bool,
    pub(crate) media: Media,
    /// The ordered list of accepted events, `sessionStart` first.
    pub(crate) accepted: Vec<Event>,
    pub(crate) close: Option<Close>,
    /// Acknowledged events that were not applied.
    pub(crate) duplicates: Vec<Place>,
    pub(crate) after_close: Vec<Place>,
    /// In order of arrival; `min_by_key` and `position` below rely on it.
    held: Vec<Held>,
    /// Bodies of all events that were no duplicates, in order of arrival.
    bodies: Vec<Value>,
    started_ms: i128,
    last_arrival_ms: i128,
}

impl Session {
    /// R2.3: `sessionStart` bypasses the window.
    pub(crate) fn open(start: Event, arrived_ms: i128) -> Self {
        Self {
            downloaded: false,
            media: Media::of(&start),
            bodies: vec![start.body.clone()],
            accepted: vec![start],
            close: None,
            duplicates: Vec::new(),
            after_close: Vec::new(),
            held: Vec::new(),
            started_ms: arrived_ms,
            last_arrival_ms: arrived_ms,
        }
    }

    /// R2.6: a batch is a whole session, with no window, no clock and no timeouts.
    pub(crate) fn downloaded(elements: Vec<Event>, arrived_ms: i128) -> Self {
        let mut elements = elements.into_iter();
        let start = elements
            .next()
            .expect("a valid batch begins with sessionStart");
        let mut session = Self::open(start, arrived_ms);
        session.downloaded = true;

        let mut rest = Vec::new();
        for event in elements {
            if !session.drop_if_duplicate(&event) {
                rest.push(event);
            }
        }
        // A stable sort: array order decides between equals.
        rest.sort_by_key(|event| event.sent_ts);
        for event in rest {
            if session.close.is_some() {
                session.after_close.push(event.place);
                continue;
            }
            let ends = event.is("sessionEnd");
            session.accepted.push(session.raised(event));
            if ends {
                session.close = Some(Close {
                    reason: Reason::SessionEnd,
                    server_ms: arrived_ms,
                });
            }
        }
        if session.close.is_none() {
            session.close = Some(Close {
                reason: Reason::NoEvents,
                server_ms: arrived_ms,
            });
        }
        session
    }

    /// Ends every hold and fires every deadline due by `now_ms`, each at its own instant.
    pub(crate) fn run_until(&mut self, now_ms: i128) {
        while self.close.is_none() {
            let (deadline, reason) = self.deadline();
            let hold_end = self.held.iter().map(|held| held.arrived_ms + HOLD_MS).min();
            match hold_end.filter(|end| *end <= deadline) {
                Some(end) if end <= now_ms => self.end_first_hold(end),
                None if deadline <= now_ms => {
                    // R2.5: what is still held is released before such a close.
                    while self.close.is_none() && !self.held.is_empty() {
                        self.release_next(deadline);
                    }
                    if self.close.is_none() {
                        self.close_at(deadline, reason);
                    }
                }
                _ => return,
            }
        }
    }

    /// R2.5: whichever clock runs out first, the idle one if both do.
    fn deadline(&self) -> (i128, Reason) {
        let idle = self.last_arrival_ms + IDLE_MS;
        let age = self.started_ms + AGE_MS;
        if idle <= age {
            (idle, Reason::NoEvents)
        } else {
            (age, Reason::SessionAge)
        }
    }

    /// R2.7, protocol 3.5: the lowest `ts` of a `sessionEnd` that waits in the window.
    pub(crate) fn held_end(&self) -> Option<i128> {
        let ends = self.held.iter().filter(|held| held.event.is("sessionEnd"));
        ends.map(|held| held.event.sent_ts).min()
    }

    /// R2.2. A body that is no retry joins those the next ones are compared with.
    pub(crate) fn drop_if_duplicate(&mut self, event: &Event) -> bool {
        let recent = self.bodies.iter().rev().take(REMEMBERED_BODIES);
        let duplicate = recent.into_iter().any(|body| same(body, &event.body));
        if duplicate {
            self.duplicates.push(event.place);
        } else {
            self.bodies.push(event.body.clone());
        }
        duplicate
    }

    /// Takes an event into the window; the caller has run the clock up to `arrived_ms`.
    pub(crate) fn join(&mut self, event: Event, arrived_ms: i128) {
        self.last_arrival_ms = arrived_ms;
        self.held.push(Held { arrived_ms, event });
        if self.held.len() > HELD_MAX {
            self.release_next(arrived_ms);
        }
    }

    /// R2.3: when a hold ends, next events go until none with a `ts` up to its own is left.
    fn end_first_hold(&mut self, now_ms: i128) {
        let ended = self.held.iter().min_by_key(|held| held.arrived_ms);
        let upto = ended
            .expect("a hold ended, so something is held")
            .event
            .sent_ts;
        while self.close.is_none() && self.held.iter().any(|held| held.event.sent_ts <= upto) {
            self.release_next(now_ms);
        }
    }

    fn release_next(&mut self, now_ms: i128) {
        let event = self.raised(self.held[self.next()].event.clone());
        self.held.retain(|held| held.event.place != event.place);
        if let Some(reason) = self.timeout_before(event.ts) {
            self.after_close.push(event.place);
            self.close_at(now_ms, reason);
            return;
        }
        let ends = event.is("sessionEnd");
        self.accepted.push(event);
        if ends {
            self.close_at(now_ms, Reason::SessionEnd);
        }
    }

    /// The position in `held` of the next event, by the tie rule of protocol 6.
    fn next(&self) -> usize {
        let events = || self.held.iter().map(|held| &held.event);
        let ts = events()
            .map(|event| event.sent_ts)
            .min()
            .expect("something is held");
        let class = events()
            .filter(|event| event.sent_ts == ts)
            .map(tie_class)
            .min();
        let candidate = |event: &Event| event.sent_ts == ts && Some(tie_class(event)) == class;

        let first = events()
            .position(candidate)
            .expect("a smallest ts has an event");
        if events().filter(|event| candidate(event)).count() == 1 {
            return first; // no tie, so the present state does not matter
        }
        let playheads = unwrapped(&self.accepted, self.media.live);
        let present = player::walk(&self.accepted, &playheads);
        let fitting = events().position(|event| candidate(event) && present.fits(event));
        fitting.unwrap_or(first)
    }

    /// R2.5: the two tests made by an event of time `t`, before it is applied.
    fn timeout_before(&self, t: i128) -> Option<Reason> {
        if t - self.previous_ts() >= IDLE_MS {
            Some(Reason::NoEvents)
        } else if t - self.last_change_ts() >= STILL_MS {
            Some(Reason::NoPlayheadChange)
        } else {
            None
        }
    }

    /// R2.5: the time of the last event at which the playhead changed.
    pub(crate) fn last_change_ts(&self) -> i128 {
        let mut changed = self.accepted[0].ts;
        for pair in self.accepted.windows(2) {
            let moved = pair[1].raw_playhead != pair[0].raw_playhead;
            if moved || pair[1].is("adStart") {
                changed = pair[1].ts;
            }
        }
        changed
    }

    fn previous_ts(&self) -> i128 {
        self.accepted.last().expect("sessionStart is accepted").ts
    }

    /// R2.4: a late event is raised to the time of what was released before it.
    fn raised(&self, mut event: Event) -> Event {
        let previous_ts = self.previous_ts();
        if event.ts < previous_ts {
            event.ts = previous_ts;
            event.late = true;
        }
        event
    }

    /// R2.5, R2.7: everything that was to come after the close is dropped.
    fn close_at(&mut self, server_ms: i128, reason: Reason) {
        self.close = Some(Close { reason, server_ms });
        let dropped = self.held.drain(..).map(|held| held.event.place);
        self.after_close.extend(dropped);
    }
}

/// Protocol 6: (a) all others, (b) playback events and pings, (c) complete, (d) end.
fn tie_class(event: &Event) -> u8 {
    match event.kind.as_str() {
        "sessionEnd" => 3,
        "sessionComplete" => 2,
        "play" | "pauseStart" | "bufferStart" | "ping" => 1,
        _ => 0,
    }
}
