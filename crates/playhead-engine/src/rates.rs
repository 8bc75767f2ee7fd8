//! How much may come in a second, by report suite or by address of the client.
//!
//! Session starts and events have limits of their own, so that a flood of events refuses no start:
//! a lost event costs seconds of a session, a refused start all of it. What was not used for a while
//! may be made up for at once, up to a burst.

use hashbrown::HashMap;
use playhead_model::time::ReceivedMs;

/// Keys that are told apart; further ones are not limited until others have been silent.
const KEYS_MAX: usize = 200_000;
const NS_PER_MS: u64 = 1_000_000;
const NS_PER_S: u64 = 1_000 * NS_PER_MS;
/// Time between two looks for keys that have been silent.
const CLEANING_MS: u64 = 1_000;

/// What comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    Start,
    Event,
}

/// How many may come in a second; without a number, as many as want to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    pub starts: Option<u64>,
    pub events: Option<u64>,
    /// What these allow in so many milliseconds may come at once.
    pub burst_ms: u64,
}

impl Rate {
    /// Whether anything is limited.
    pub fn is_limited(&self) -> bool {
        self.starts.is_some() || self.events.is_some()
    }
}

/// What has come lately, by key.
#[derive(Debug, Default)]
pub struct Rates {
    keys: HashMap<Box<str>, Lately>,
    cleaned: ReceivedMs,
}

/// When what has come would have come at the allowed rate, ns. In the past: there is a full burst.
#[derive(Debug, Default)]
struct Lately {
    starts: u64,
    events: u64,
}

impl Rates {
    /// Counts an arrival of `key`, or says that it is one too many.
    pub fn takes(&mut self, key: &str, arrival: Arrival, rate: &Rate, now: ReceivedMs) -> bool {
        let per_second = match arrival {
            Arrival::Start => rate.starts,
            Arrival::Event => rate.events,
        };
        let Some(per_second) = per_second else {
            return true;
        };
        if !self.keys.contains_key(key) {
            if !self.has_room(now) {
                return true;
            }
            self.keys.insert(key.into(), Lately::default());
        }
        let lately = self.keys.get_mut(key).expect("it was put there");
        let due = match arrival {
            Arrival::Start => &mut lately.starts,
            Arrival::Event => &mut lately.events,
        };
        let now = now.0.saturating_mul(NS_PER_MS);
        let next = (*due).max(now) + NS_PER_S / per_second.max(1);
        let takes = next <= now + rate.burst_ms.saturating_mul(NS_PER_MS);
        if takes {
            *due = next;
        }
        takes
    }

    fn has_room(&mut self, now: ReceivedMs) -> bool {
        if self.keys.len() < KEYS_MAX {
            return true;
        }
        if now.0 >= self.cleaned.0 + CLEANING_MS {
            self.cleaned = now;
            let past = now.0.saturating_mul(NS_PER_MS);
            self.keys
                .retain(|_, lately| lately.starts.max(lately.events) > past);
        }
        self.keys.len() < KEYS_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        starts: Some(2),
        events: Some(10),
        burst_ms: 3_000,
    };

    fn taken(rates: &mut Rates, key: &str, arrival: Arrival, at_ms: u64) -> usize {
        let takes = |_: &usize| rates.takes(key, arrival, &RATE, ReceivedMs(at_ms));
        (0..100).filter(takes).count()
    }

    #[test]
    fn a_burst_and_then_as_many_as_a_second_allows() {
        let mut rates = Rates::default();
        assert_eq!(taken(&mut rates, "a", Arrival::Event, 5_000), 30);
        assert_eq!(taken(&mut rates, "a", Arrival::Event, 5_050), 0);
        assert_eq!(taken(&mut rates, "a", Arrival::Event, 5_100), 1);
        assert_eq!(taken(&mut rates, "a", Arrival::Event, 6_100), 10);
        assert_eq!(taken(&mut rates, "a", Arrival::Event, 60_000), 30);
    }

    #[test]
    fn starts_and_other_keys_have_their_own() {
        let mut rates = Rates::default();
        assert_eq!(taken(&mut rates, "a", Arrival::Event, 0), 30);
        assert_eq!(taken(&mut rates, "a", Arrival::Start, 0), 6);
        assert_eq!(taken(&mut rates, "b", Arrival::Event, 0), 30);
        let unlimited = Rate::default();
        assert!(rates.takes("a", Arrival::Event, &unlimited, ReceivedMs(0)));
    }

    #[test]
    fn keys_are_bounded_and_silent_ones_forgotten() {
        let mut rates = Rates::default();
        for key in 0..KEYS_MAX {
            assert!(rates.takes(&key.to_string(), Arrival::Start, &RATE, ReceivedMs(0)));
        }
        assert_eq!(taken(&mut rates, "one more", Arrival::Start, 0), 100);
        assert_eq!(rates.keys.len(), KEYS_MAX);
        assert_eq!(taken(&mut rates, "one more", Arrival::Start, 5_000), 6);
        assert_eq!(rates.keys.len(), 1);
    }
}
