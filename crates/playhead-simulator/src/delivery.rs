//! What the network does to the events of a session on their way.
//!
//! Events arrive late, twice or in another order, but never so much that the rules could not put
//! it right (metrics R2.2, R2.3): the truth of a session does not depend on any of it.

use crate::moment::Moment;
use crate::random::Random;

/// How the network behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Network {
    /// Every event arrives once and in order.
    Calm,
    /// Some arrive twice, some are overtaken.
    #[default]
    Rough,
}

/// How many later events may overtake one: fewer than the window holds.
const OVERTAKEN_MAX: u8 = 6;
/// How long one may be late, ms: less than the window holds it.
const LATE_MS: u64 = 1_500;

/// An event on its way.
#[derive(Clone, Copy, Debug)]
struct Sent {
    at: u64,
    moment: Moment,
    /// How many may still overtake it; `None` if it does not matter.
    may_overtake: Option<u8>,
}

/// The way of one session's events.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    random: Random,
    network: Network,
    latency: u64,
    under_way: Vec<Sent>,
}

impl Delivery {
    pub(crate) fn new(mut random: Random, network: Network) -> Self {
        let latency = random.between(15, 250);
        Self {
            random,
            network,
            latency,
            under_way: Vec::new(),
        }
    }

    /// When the event would arrive if nothing happened to it, since the start of the session.
    pub(crate) fn earliest(&self, moment: &Moment) -> u64 {
        moment.ms + self.latency
    }

    /// When the next event under way arrives, if one is under way.
    pub(crate) fn next_at(&self) -> Option<u64> {
        self.under_way.iter().map(|sent| sent.at).min()
    }

    /// Lets the first event arrive.
    pub(crate) fn arrive(&mut self) -> Option<(u64, Moment)> {
        let at = self.next_at()?;
        let place = self.under_way.iter().position(|sent| sent.at == at)?;
        let sent = self.under_way.remove(place);
        Some((at, sent.moment))
    }

    /// Sends an event. Events are sent in order.
    pub(crate) fn send(&mut self, moment: Moment) {
        let at = self.earliest(&moment);
        self.count_overtaking(at);
        let mut sent = Sent {
            at,
            moment,
            may_overtake: None,
        };
        if self.network == Network::Rough {
            let is_one_late = self
                .under_way
                .iter()
                .any(|sent| sent.may_overtake.is_some());
            match self.random.below(100) {
                0..=2 => {
                    let again = at + self.random.between(1, LATE_MS);
                    self.under_way.push(Sent { at: again, ..sent });
                }
                3..=6 if !is_one_late => {
                    sent.at += self.random.between(1, LATE_MS);
                    sent.may_overtake = Some(OVERTAKEN_MAX);
                }
                _ => {}
            }
        }
        self.under_way.push(sent);
    }

    /// An event that has been overtaken often enough arrives before the next.
    fn count_overtaking(&mut self, at: u64) {
        for sent in &mut self.under_way {
            match &mut sent.may_overtake {
                Some(0) => sent.at = sent.at.min(at),
                Some(left) => *left -= 1,
                None => {}
            }
        }
    }
}
