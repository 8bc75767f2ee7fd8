//! What became of each event, and nothing more.

use playhead_model::ids::EventRef;
use playhead_model::keys::EventType;
use playhead_model::outcome::{Rule, Settled};
use playhead_model::time::{PlayerMs, Playhead, ReceivedMs};

use super::facts::Source;
use super::verdicts::Verdicts;
use super::{Events, ExplainError, Input, run};

/// An event and its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettledEvent {
    pub event_ref: EventRef,
    pub event_type: EventType,
    /// Client time as sent.
    pub ts: PlayerMs,
    /// Server time.
    pub at: ReceivedMs,
    /// As sent.
    pub playhead: Playhead,
    /// What became of it; if it is held, what would if the session closed now.
    pub settled: Settled,
    pub rule: Rule,
}

/// Says what became of each event of a session, in the order of arrival.
///
/// # Errors
/// If a body is not what the log's records say it is.
pub fn settle(input: &Input<'_>) -> Result<Vec<SettledEvent>, ExplainError> {
    let events = Events::read(input)?;
    let mut verdicts = Verdicts::new(&events);
    run(input, &events, &mut verdicts);
    let all = events.sources.iter().zip(&verdicts.settled);
    let settled = all.map(|(source, (settled, rule))| of(source, *settled, *rule));
    Ok(settled.collect())
}

fn of(source: &Source, settled: Settled, rule: Rule) -> SettledEvent {
    SettledEvent {
        event_ref: source.event_ref,
        event_type: source.event_type,
        ts: source.ts,
        at: source.at,
        playhead: source.playhead,
        settled,
        rule,
    }
}
