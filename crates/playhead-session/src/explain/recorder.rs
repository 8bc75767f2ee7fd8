//! Listens to the machine.

use playhead_model::event::Quality;
use playhead_model::ids::EventRef;
use playhead_model::outcome::{Rule, Settled};
use playhead_model::time::{PlayerMs, Playhead};

use super::change::{Change, changes};
use super::verdicts::Verdicts;
use super::{Events, Input};
use crate::observe::{Observer, Span};
use crate::state::{Listed, Phase, PlayerState, Session, Sums};

/// The registers of a session after an accepted event, as far as an explanation looks at them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Registers {
    pub(super) phase: Phase,
    pub(super) brk: Option<EventRef>,
    pub(super) ad: Option<Listed>,
    pub(super) chapter: Option<Listed>,
    pub(super) states: Vec<PlayerState>,
    pub(super) quality: Quality,
    pub(super) sums: Sums,
    /// Unwrapped (R3.4).
    pub(super) place: Playhead,
    /// When the playhead last moved (R2.5).
    pub(super) moved: PlayerMs,
    pub(super) completed: bool,
}

impl Registers {
    fn of(session: &Session) -> Self {
        Self {
            phase: session.phase,
            brk: session.brk.as_ref().map(|brk| brk.event),
            ad: session.ad,
            chapter: session.chapter,
            states: session.states().to_vec(),
            quality: session.quality.clone(),
            sums: session.sums,
            place: session.playhead(),
            moved: session.moved,
            completed: session.completed,
        }
    }
}

/// One entry of the ordered list.
#[derive(Clone, Debug)]
pub(super) struct Accepted {
    pub(super) number: usize,
    /// Raised if it was late.
    pub(super) ts: PlayerMs,
    pub(super) after: Registers,
    pub(super) changes: Vec<Change>,
}

/// What the machine said. Between two neighbours of `accepted` lies exactly one of `spans`.
pub(super) struct Recorder {
    pub(super) verdicts: Verdicts,
    pub(super) accepted: Vec<Accepted>,
    pub(super) spans: Vec<Span>,
}

impl Recorder {
    pub(super) fn new(events: &Events<'_>, input: &Input<'_>) -> Self {
        let session = Session::open(&events.start, input.start.at);
        let start = Accepted {
            number: 0,
            ts: events.start.ts,
            after: Registers::of(&session),
            changes: vec![Change::SessionOpens],
        };
        Self {
            verdicts: Verdicts::new(events),
            accepted: vec![start],
            spans: Vec::new(),
        }
    }

    pub(super) fn number(&self, event: EventRef) -> usize {
        self.verdicts.number(event)
    }

    /// The event by whose time the session had run out (R2.5).
    pub(super) fn tripped(&self) -> Option<usize> {
        let settled = &self.verdicts.settled;
        settled
            .iter()
            .position(|(_, rule)| matches!(rule, Rule::Idle | Rule::Still))
    }

    /// What was still open after the last accepted event.
    pub(super) fn closed_by_close(&self) -> Vec<Change> {
        let Some(last) = self.accepted.last() else {
            return Vec::new();
        };
        let after = &last.after;
        let mut closes = Vec::new();
        if let Some(ad) = after.ad {
            closes.push(Change::AdCloses {
                number: ad.number(),
                completed: false,
            });
        }
        if after.brk.is_some() {
            closes.push(Change::BreakCloses);
        }
        if let Some(chapter) = after.chapter {
            closes.push(Change::ChapterCloses {
                number: chapter.number(),
                completed: false,
            });
        }
        let on = after.states.iter().filter(|state| state.since.is_some());
        closes.extend(on.map(|state| Change::StateOff(state.name.clone())));
        closes
    }
}

impl Observer for Recorder {
    const SPANS: bool = true;

    fn settled(&mut self, event: EventRef, outcome: Settled, rule: Rule) {
        self.verdicts.settled(event, outcome, rule);
    }

    fn applied(&mut self, event: EventRef, ts: PlayerMs, session: &Session) {
        let number = self.number(event);
        let before = &self.accepted[self.accepted.len() - 1].after;
        let after = Registers::of(session);
        let changes = changes(before, &after, session);
        self.accepted.push(Accepted {
            number,
            ts,
            after,
            changes,
        });
    }

    fn span(&mut self, span: Span) {
        self.spans.push(span);
    }
}
