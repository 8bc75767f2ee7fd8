//! What an explanation is made of: the events as sent, what the machine said about them, and the
//! numbers in the end.

use playhead_model::body;
use playhead_model::catalog::Row as _;
use playhead_model::event::{Event, Quality, QualityKey, Start};
use playhead_model::ids::EventRef;
use playhead_model::keys::EventType;
use playhead_model::row::Rows;
use playhead_model::rules::Rules;
use playhead_model::time::{PlayerMs, Playhead, ReceivedMs};
use serde_json::{Map, Value};

use super::change::Change;
use super::recorder::{Accepted, Recorder};
use super::{Events, Input, Received, Verdict, Way};
use crate::observe::{Span, Use};
use crate::state::{Phase, Session};
use crate::totals::Totals;

/// An event as it was sent.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) event_ref: EventRef,
    pub(super) at: ReceivedMs,
    pub(super) event_type: EventType,
    pub(super) ts: PlayerMs,
    pub(super) playhead: Playhead,
    pub(super) quality: Quality,
    pub(super) fingerprint: u64,
    pub(super) way: Way,
}

impl Source {
    pub(super) fn of_start(start: &Start, received: &Received<'_>) -> Self {
        Self {
            event_ref: received.event_ref,
            at: received.at,
            event_type: EventType::SessionStart,
            ts: start.ts,
            playhead: start.playhead,
            quality: start.quality.clone(),
            fingerprint: body::fingerprint(received.body),
            way: received.way,
        }
    }

    pub(super) fn of_event(event: &Event, received: &Received<'_>) -> Self {
        Self {
            event_ref: received.event_ref,
            at: received.at,
            event_type: event.kind.event_type(),
            ts: event.ts,
            playhead: event.playhead,
            quality: event.quality.clone(),
            fingerprint: body::fingerprint(received.body),
            way: received.way,
        }
    }
}

/// Everything known, in one place. `accepted` is the ordered list; a number is a place in
/// `sources`, an order a place in `accepted`.
pub(super) struct Facts<'a> {
    pub(super) rules: &'a Rules,
    pub(super) start: &'a Start,
    pub(super) downloaded: bool,
    pub(super) sources: &'a [Source],
    pub(super) settled: &'a [Verdict],
    pub(super) accepted: &'a [Accepted],
    /// The span at a place lies between the accepted event of that order and the next.
    pub(super) spans: &'a [Span],
    pub(super) session: &'a Session,
    pub(super) totals: Totals,
    pub(super) rows: &'a Rows,
    /// The session's part of the answer.
    reported: Map<String, Value>,
    /// The order of the event that made `isPlayed` true (R4.2).
    pub(super) played_by: Option<usize>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(
        input: &Input<'a>,
        events: &'a Events<'_>,
        recorder: &'a Recorder,
        session: &'a Session,
        rows: &'a Rows,
    ) -> Self {
        let mut facts = Self {
            rules: input.rules,
            start: &events.start,
            downloaded: input.downloaded,
            sources: &events.sources,
            settled: &recorder.verdicts.settled,
            accepted: &recorder.accepted,
            spans: &recorder.spans,
            session,
            totals: session.totals(input.rules),
            rows,
            reported: rows.session.json(),
            played_by: None,
        };
        facts.played_by = facts.find_content_start();
        facts
    }

    /// R4.2: the first `play` outside a break, or the event that ends the first content time.
    fn find_content_start(&self) -> Option<usize> {
        let by_play = self.accepted.iter().position(|accepted| {
            self.sources[accepted.number].event_type == EventType::Play
                && accepted.after.brk.is_none()
        });
        let is_content = |span: &Span| span.counts_as == Use::Content && span.to > span.from;
        let by_time = self
            .spans
            .iter()
            .position(is_content)
            .map(|place| place + 1);
        [by_play, by_time].into_iter().flatten().min()
    }

    /// The events considered for markers and the segment (R4.6), by order.
    pub(super) fn considered(&self) -> impl Iterator<Item = &'a Accepted> {
        let from = self.played_by.unwrap_or(self.accepted.len());
        self.accepted[from..].iter()
    }

    /// The playhead of a considered event, as markers count it: live ones from the content start.
    pub(super) fn considered_place(&self, accepted: &Accepted) -> i64 {
        let origin = self
            .played_by
            .map_or(0, |order| self.accepted[order].after.place.0);
        accepted.after.place.0 - if self.start.live { origin } else { 0 }
    }

    /// The numbers of the accepted events that changed something, in order.
    pub(super) fn changed_by(&self, what: impl Fn(&Change) -> bool) -> Vec<usize> {
        let changed = |accepted: &&Accepted| accepted.changes.iter().any(&what);
        self.accepted
            .iter()
            .filter(changed)
            .map(|accepted| accepted.number)
            .collect()
    }

    /// The last accepted event that carried a quality value.
    pub(super) fn last_said(&self, key: QualityKey) -> Option<(usize, i64)> {
        self.accepted.iter().rev().find_map(|accepted| {
            let quality = &self.sources[accepted.number].quality;
            quality.get(key).map(|value| (accepted.number, value))
        })
    }

    /// The accepted events of a type, by number.
    pub(super) fn of_type(&self, event_type: EventType) -> Vec<usize> {
        let numbers = self.accepted.iter().map(|accepted| accepted.number);
        numbers
            .filter(|&number| self.sources[number].event_type == event_type)
            .collect()
    }

    /// The reported value of a session metric.
    pub(super) fn reported(&self, name: &str) -> Value {
        self.reported.get(name).cloned().unwrap_or_default()
    }
}

/// The context of an instant, by its public name (metrics §4).
pub(super) fn context_name(accepted: &Accepted) -> &'static str {
    match (accepted.after.ad, accepted.after.brk) {
        (Some(_), _) => "ad",
        (None, Some(_)) => "break",
        (None, None) => "main",
    }
}

/// What the time after an accepted event counts as while the state holds, by name.
pub(super) fn use_name(counts_as: Use) -> &'static str {
    match counts_as {
        Use::Starting => Phase::Starting.name(),
        Use::Content => "content",
        Use::Stall => "stall",
        Use::Ad(_) => "ad",
        Use::Gap => "gap",
        Use::Paused => Phase::Paused.name(),
        Use::Buffering => Phase::Buffering.name(),
        Use::Completed => Phase::Completed.name(),
    }
}
