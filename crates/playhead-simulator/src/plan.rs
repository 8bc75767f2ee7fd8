//! The traffic of many sessions, merged in the order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use serde_json::Value;

use crate::catalogue::Catalogue;
use crate::delivery::Network;
use crate::random::Random;
use crate::session::{Request, Requests, Session, World};

/// Which sessions there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mix {
    /// All kinds of sessions: short and long, live and recorded, resumed, stored and sent later,
    /// left in the middle.
    #[default]
    Varied,
    /// One kind: 25 dimensions, 5 custom keys, a pre-roll of two ads, two pauses and two seeks.
    Ordinary,
}

/// What traffic to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub sessions: usize,
    /// Sessions that begin in a minute, evenly but for a jitter.
    pub starts_per_minute: u64,
    pub mean_duration_ms: u64,
    /// Time between pings while content plays.
    pub ping_ms: u64,
    pub mix: Mix,
    pub network: Network,
    /// What the clocks of good devices say when the plan begins, ms since the epoch.
    pub epoch_ms: u64,
    pub titles: usize,
    pub viewers: usize,
    pub suites: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            sessions: 1_000,
            starts_per_minute: 600,
            mean_duration_ms: 900_000,
            ping_ms: 10_000,
            mix: Mix::Varied,
            network: Network::Rough,
            epoch_ms: 1_772_474_400_000,
            titles: 500,
            viewers: 10_000,
            suites: 2,
        }
    }
}

/// Seeded traffic. The same seed and options give the same requests on every machine.
#[derive(Clone, Debug)]
pub struct Plan {
    world: Arc<World>,
}

impl Plan {
    /// Plans the traffic; nothing is made yet.
    ///
    /// # Panics
    /// If there are no titles, viewers, suites or starts in a minute.
    pub fn new(seed: u64, options: Options) -> Self {
        assert!(options.starts_per_minute > 0, "sessions begin");
        assert!(
            options.viewers > 0 && options.suites > 0,
            "somebody watches somewhere"
        );
        let catalogue = Catalogue::new(seed, options.titles);
        Self {
            world: Arc::new(World {
                seed,
                options,
                catalogue,
            }),
        }
    }

    /// The seed it was made with.
    pub fn seed(&self) -> u64 {
        self.world.seed
    }

    /// The options it was made with.
    pub fn options(&self) -> &Options {
        &self.world.options
    }

    /// A session by its number.
    pub fn session(&self, number: usize) -> Session {
        Session::new(Arc::clone(&self.world), number, self.start_ms(number))
    }

    /// The true numbers of a session: see [`Session::truth`].
    pub fn truth(&self, number: usize) -> Value {
        self.session(number).truth()
    }

    /// All requests in the order of their arrival. Only sessions under way are in memory.
    pub fn requests(&self) -> Traffic {
        Traffic {
            plan: self.clone(),
            next: 0,
            under_way: BinaryHeap::new(),
        }
    }

    /// When a session begins: later numbers never begin earlier.
    fn start_ms(&self, number: usize) -> u64 {
        let jitter = Random::new(self.world.seed ^ u64::MAX, number as u64).below(60_000);
        let minutes = u128::from(number as u64) * 60_000 + u128::from(jitter);
        (minutes / u128::from(self.world.options.starts_per_minute)) as u64
    }
}

/// Sessions under way, by the arrival of their next request.
struct UnderWay {
    at_ms: u64,
    session: usize,
    requests: Box<Requests>,
}

/// The merged requests of a plan.
pub struct Traffic {
    plan: Plan,
    /// The next session that has not begun.
    next: usize,
    under_way: BinaryHeap<Reverse<UnderWay>>,
}

impl Traffic {
    /// How many sessions are under way.
    pub fn under_way(&self) -> usize {
        self.under_way.len()
    }

    fn begin_due(&mut self) {
        while self.next < self.plan.options().sessions {
            let at_ms = self.plan.start_ms(self.next);
            let first = self
                .under_way
                .peek()
                .map(|Reverse(first)| (first.at_ms, first.session));
            if first.is_some_and(|first| first < (at_ms, self.next)) {
                return;
            }
            let requests = Box::new(self.plan.session(self.next).requests());
            self.under_way.push(Reverse(UnderWay {
                at_ms,
                session: self.next,
                requests,
            }));
            self.next += 1;
        }
    }
}

impl Iterator for Traffic {
    type Item = Request;

    fn next(&mut self) -> Option<Request> {
        self.begin_due();
        let Reverse(mut first) = self.under_way.pop()?;
        let request = first.requests.next();
        if let Some(at_ms) = first.requests.next_at() {
            first.at_ms = at_ms;
            self.under_way.push(Reverse(first));
        }
        request
    }
}

impl std::fmt::Debug for Traffic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Traffic")
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

impl PartialEq for UnderWay {
    fn eq(&self, other: &Self) -> bool {
        (self.at_ms, self.session) == (other.at_ms, other.session)
    }
}

impl Eq for UnderWay {}

impl PartialOrd for UnderWay {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for UnderWay {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at_ms, self.session).cmp(&(other.at_ms, other.session))
    }
}
