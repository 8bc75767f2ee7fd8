//! The list of events: what each said, what became of it and what it did.

use playhead_model::ids::EventRef;
use playhead_model::keys::EventType;
use playhead_model::limits::FINGERPRINTS;
use playhead_model::outcome::{Rule, Settled};
use playhead_model::time::{PlayerMs, Playhead, ReceivedMs};

use super::Closing;
use super::change::Change;
use super::facts::{Facts, context_name};
use super::words::{duration, seconds};
use crate::state::Phase;

/// The registers after an applied event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct After {
    pub phase: Phase,
    /// `main`, `break` or `ad`.
    pub context: &'static str,
    /// Whether a chapter is open.
    pub in_chapter: bool,
    /// Without turns of the day (R3.4).
    pub playhead: Playhead,
}

/// One event of the session.
#[derive(Clone, Debug, PartialEq)]
pub struct ExplainedEvent {
    /// Its place by arrival; 0 is `sessionStart`.
    pub number: usize,
    pub event_ref: EventRef,
    pub event_type: EventType,
    /// Client time as sent.
    pub sent: PlayerMs,
    /// Client time at which it was applied: later than sent if it was late.
    pub applied: Option<PlayerMs>,
    /// Its place in the ordered list, if it was applied.
    pub order: Option<usize>,
    /// Server time.
    pub at: ReceivedMs,
    /// As sent.
    pub playhead: Playhead,
    /// What became of it; if it is held, what would if the session closed now.
    pub settled: Settled,
    pub rule: Rule,
    /// Whether it still waits to be put in order (R2.3), so that its outcome is open.
    pub held: bool,
    /// The rule in words; empty where nothing is to be said.
    pub why: String,
    pub effect: Vec<Change>,
    pub after: Option<After>,
}

impl ExplainedEvent {
    /// The name of its outcome.
    pub fn outcome(&self) -> &'static str {
        if self.held {
            "held"
        } else {
            self.settled.name()
        }
    }
}

/// Explains every event, in the order of arrival.
pub(super) fn explain_all(
    facts: &Facts<'_>,
    held: &[usize],
    closing: Option<&Closing>,
) -> Vec<ExplainedEvent> {
    let mut order_of = vec![None; facts.sources.len()];
    for (order, accepted) in facts.accepted.iter().enumerate() {
        order_of[accepted.number] = Some(order);
    }
    let mut events: Vec<_> = (0..facts.sources.len())
        .map(|number| one(facts, number, order_of[number]))
        .collect();
    for &number in held {
        events[number].held = true;
    }
    if let Some(Closing {
        reason,
        by: Some(by),
        ..
    }) = closing
    {
        events[*by].effect.push(Change::SessionCloses(*reason));
    }
    events
}

fn one(facts: &Facts<'_>, number: usize, order: Option<usize>) -> ExplainedEvent {
    let source = &facts.sources[number];
    let accepted = order.map(|order| &facts.accepted[order]);
    let (settled, rule) = facts.settled[number];
    let mut effect = accepted
        .map(|accepted| accepted.changes.clone())
        .unwrap_or_default();
    if order.is_some() && order == facts.played_by {
        effect.push(Change::ContentStarts);
    }
    ExplainedEvent {
        number,
        event_ref: source.event_ref,
        event_type: source.event_type,
        sent: source.ts,
        applied: accepted.map(|accepted| accepted.ts),
        order,
        at: source.at,
        playhead: source.playhead,
        settled,
        rule,
        held: false,
        why: why(facts, number, accepted.map(|accepted| accepted.ts)),
        effect,
        after: accepted.map(|accepted| After {
            phase: accepted.after.phase,
            context: context_name(accepted),
            in_chapter: accepted.after.chapter.is_some(),
            playhead: accepted.after.place,
        }),
    }
}

/// What the rule that decided means for this event.
fn why(facts: &Facts<'_>, number: usize, applied: Option<PlayerMs>) -> String {
    let sent = facts.sources[number].ts;
    match facts.settled[number].1 {
        Rule::None => String::new(),
        Rule::Repeat => match original(facts, number) {
            Some(original) => format!("same body as #{original}: a retry changes nothing"),
            None => "same body as an earlier event: a retry changes nothing".to_owned(),
        },
        Rule::Raised => {
            let behind = applied.map_or(0, |applied| applied.since(sent));
            format!(
                "came {} s behind an event already applied: it counts from that one's time on",
                seconds(behind)
            )
        }
        Rule::Idle => format!(
            "the event before it is {} or more back: the session had ended",
            duration(facts.rules.idle_ms)
        ),
        Rule::Still => format!(
            "the playhead had not moved for {} or more: the session had ended",
            duration(facts.rules.still_ms)
        ),
        Rule::Ended => "it comes after the end of the session".to_owned(),
        Rule::Completed => "after sessionComplete only a play changes the player".to_owned(),
        Rule::BreakRepeat => "this ad break is open already".to_owned(),
        Rule::NoBreak => "no ad break is open".to_owned(),
        Rule::NoAd => "no ad is open".to_owned(),
        Rule::NoChapter => "no chapter is open".to_owned(),
        Rule::StateUnchanged => {
            "the state is so already, or the session has its ten names".to_owned()
        }
        Rule::RepeatedStart => "answered with the id that the session has".to_owned(),
    }
}

/// The event that a retry repeats: the last equal one that was not a retry itself.
fn original(facts: &Facts<'_>, number: usize) -> Option<usize> {
    let fingerprint = facts.sources[number].fingerprint;
    let earlier = (0..number).rev();
    let kept = earlier.filter(|&earlier| facts.settled[earlier].0 != Settled::Duplicate);
    kept.take(FINGERPRINTS)
        .find(|&kept| facts.sources[kept].fingerprint == fingerprint)
}
