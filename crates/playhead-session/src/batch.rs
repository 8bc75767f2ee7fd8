//! Downloaded content (R2.6): a whole session that comes in one batch.

use playhead_model::event::{Event, Start};
use playhead_model::ids::EventRef;
use playhead_model::outcome::{CloseReason, Rule, Settled};
use playhead_model::rules::Rules;
use playhead_model::time::ReceivedMs;

use crate::observe::Observer;
use crate::state::Session;
use crate::window::Recent;

/// Computes a downloaded session: `events` are those behind the start in array order, each with
/// the fingerprint of its body. Its event references count from the start, which is 0.
pub fn run_batch(
    start: &Start,
    events: Vec<(u64, Event)>,
    at: ReceivedMs,
    rules: &Rules,
    observer: &mut impl Observer,
) -> Session {
    let mut session = Session::open(start, at);
    let mut ordered = Vec::with_capacity(events.len());
    let mut recent = Recent::default();
    for (index, (fingerprint, event)) in events.into_iter().enumerate() {
        let event_ref = EventRef(index as u64 + 1);
        if recent.contains(event.ts, fingerprint) {
            observer.settled(event_ref, Settled::Duplicate, Rule::Repeat);
        } else {
            recent.insert(event.ts, fingerprint);
            ordered.push((event_ref, event));
        }
    }
    // An end that comes after the batch may repeat one that is in it.
    session.recent = recent;
    ordered.sort_by_key(|(_, event)| event.ts);
    for (event_ref, event) in ordered {
        if session.closed.is_some() {
            observer.settled(event_ref, Settled::AfterClose, Rule::Ended);
            continue;
        }
        let ts = event.ts.max(session.ts);
        session.accept(event_ref, event, ts, rules, observer);
    }
    if session.closed.is_none() {
        session.close(Some(CloseReason::NoEvents), 0, observer);
    }
    session
}
