//! The outcome of each event, as the machine says it.

use playhead_model::ids::EventRef;
use playhead_model::limits::FINGERPRINTS;
use playhead_model::outcome::{Rule, Settled};

use super::facts::Source;
use super::{Events, Verdict, Way};
use crate::observe::Observer;

/// By number, what became of each event.
pub(super) struct Verdicts {
    /// The number of each event that goes through the machine, by its reference.
    numbers: Vec<usize>,
    pub(super) settled: Vec<Verdict>,
}

impl Verdicts {
    pub(super) fn new(events: &Events<'_>) -> Self {
        let mut numbers = vec![0];
        numbers.extend(events.taken.iter().map(|(number, ..)| *number));
        let settled = events.sources.iter().enumerate();
        let settled = settled.map(|(number, _)| without_machine(&events.sources, number));
        Self {
            numbers,
            settled: settled.collect(),
        }
    }

    pub(super) fn number(&self, event: EventRef) -> usize {
        usize::try_from(event.0)
            .ok()
            .and_then(|place| self.numbers.get(place))
            .map_or(0, |&n| n)
    }
}

/// What became of an event, if it is not one that goes through the machine.
fn without_machine(sources: &[Source], number: usize) -> Verdict {
    let source = &sources[number];
    let is_retry = |earlier: &&Source| earlier.fingerprint == source.fingerprint;
    match source.way {
        _ if number == 0 => (Settled::Accepted, Rule::None),
        Way::Repeated => (Settled::Duplicate, Rule::RepeatedStart),
        Way::Alone | Way::InBatch if recent(sources, number).any(|it| is_retry(&it)) => {
            (Settled::Duplicate, Rule::Repeat)
        }
        Way::Alone | Way::InBatch => (Settled::AfterClose, Rule::Ended),
    }
}

/// What an event is compared with (R2.2).
fn recent(sources: &[Source], number: usize) -> impl Iterator<Item = &Source> {
    let earlier = sources[..number].iter().rev();
    let earlier = earlier.filter(|earlier| earlier.way != Way::Repeated);
    earlier.take(FINGERPRINTS)
}

impl Observer for Verdicts {
    fn settled(&mut self, event: EventRef, outcome: Settled, rule: Rule) {
        let number = self.number(event);
        self.settled[number] = (outcome, rule);
    }
}
