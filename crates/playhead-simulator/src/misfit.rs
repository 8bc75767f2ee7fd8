//! Players that break the protocol or use it badly: what there is to find on a page about
//! integrations.
//!
//! Each kind is a player of its own name and version, and does its one thing wrong each time. They
//! have no truth: most of what they do is not counted, which is the point.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde_json::{Value, json};

use crate::body;
use crate::origin::Origin;
use crate::random::Random;
use crate::session::{Kind, Request};

/// Numbers of their sessions begin here, beyond those of any plan.
const FIRST_SESSION: usize = 1 << 40;

/// What is wrong with a player.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Misfit {
    /// Members are missing or have another type.
    Malformed,
    /// Ads begin without a break, chapters end that never began.
    NoBreak,
    /// Nothing follows the start.
    Silent,
    /// The playhead is the same in every event.
    Frozen,
    /// It goes on after the end, and with ids it was never given.
    Restless,
    /// Everything is sent twice, and some of it long after it happened.
    Stuttering,
    /// The device believes that it is another day.
    WrongClock,
    /// Nothing is sent between the beginning and the end.
    Pingless,
}

const ALL: [(Misfit, &str, &str); 8] = [
    (Misfit::Malformed, "hobby-player", "0.3"),
    (Misfit::NoBreak, "old-tv", "1.1"),
    (Misfit::Silent, "kiosk", "7.0"),
    (Misfit::Frozen, "set-top-box", "3.2"),
    (Misfit::Restless, "hobby-player", "0.4"),
    (Misfit::Stuttering, "smart-mirror", "1.0"),
    (Misfit::WrongClock, "car-radio", "2.8"),
    (Misfit::Pingless, "web-view", "0.9"),
];

/// The requests of misfits, one more of them each so many ms, without end, in the order of time.
#[derive(Debug)]
pub struct Misfits {
    random: Random,
    /// Server time at the start, ms since the epoch.
    epoch_ms: u64,
    every_ms: u64,
    /// How many have begun.
    begun: usize,
    waiting: BinaryHeap<Reverse<Waiting>>,
}

/// A request that waits for its time.
#[derive(Debug)]
struct Waiting(Request);

impl Misfits {
    /// Prepares misfits, of which one begins every `every_ms`.
    pub fn new(seed: u64, epoch_ms: u64, every_ms: u64) -> Self {
        Self {
            random: Random::new(seed, u64::from_le_bytes(*b"misfits\0")),
            epoch_ms,
            every_ms,
            begun: 0,
            waiting: BinaryHeap::new(),
        }
    }

    fn begin(&mut self, at_ms: u64) {
        let (misfit, player, version) = ALL[self.begun % ALL.len()];
        let day_ms = 86_400_000;
        let mut script = Script {
            epoch_ms: self.epoch_ms
                + if misfit == Misfit::WrongClock {
                    day_ms
                } else {
                    0
                },
            begin_ms: at_ms,
            session: FIRST_SESSION + self.begun,
            requests: Vec::new(),
        };
        let title = self.random.below(40);
        script.start(title, player, version);
        misfit.play(&mut script, &mut self.random);
        let requests = script.requests.into_iter();
        self.waiting
            .extend(requests.map(|request| Reverse(Waiting(request))));
        self.begun += 1;
    }
}

impl Iterator for Misfits {
    type Item = Request;

    fn next(&mut self) -> Option<Request> {
        loop {
            let begins_ms = (self.begun as u64 + 1) * self.every_ms;
            match self.waiting.peek() {
                Some(Reverse(first)) if first.0.at_ms < begins_ms => break,
                _ => self.begin(begins_ms),
            }
        }
        self.waiting.pop().map(|Reverse(first)| first.0)
    }
}

/// What one of them sends.
struct Script {
    epoch_ms: u64,
    begin_ms: u64,
    session: usize,
    requests: Vec<Request>,
}

impl Script {
    fn send(&mut self, after_ms: u64, kind: Kind, body: &Value) {
        self.requests.push(Request {
            at_ms: self.begin_ms + after_ms,
            session: self.session,
            number: self.requests.len() as u32,
            kind,
            body: body.to_string(),
            origin: match kind {
                Kind::Start => Origin::of_any(self.session - FIRST_SESSION),
                _ => Origin::default(),
            },
        });
    }

    fn event(&self, after_ms: u64, name: &str, playhead: u64) -> Value {
        let ts = self.epoch_ms + self.begin_ms + after_ms;
        json!({"eventType": name, "playerTime": {"playhead": playhead, "ts": ts}})
    }

    fn say(&mut self, after_ms: u64, name: &str, playhead: u64) {
        let event = self.event(after_ms, name, playhead);
        self.send(after_ms, Kind::Event, &event);
    }

    fn start(&mut self, title: u64, player: &str, version: &str) {
        let mut start = self.event(0, "sessionStart", 0);
        start["params"] = json!({
            "analytics.trackingServer": "stats.example.com",
            "analytics.reportSuite": body::suite(0),
            "analytics.visitorId": format!("visitor-{}", self.session - FIRST_SESSION),
            "visitor.marketingCloudOrgId": "EXAMPLE@AdobeOrg",
            "media.id": format!("clip-{title:02}"),
            "media.name": format!("Clip {title}"),
            "media.length": 1_800,
            "media.contentType": "vod",
            "media.playerName": player,
            "media.sdkVersion": version,
            "media.channel": "Clips",
        });
        self.send(0, Kind::Start, &start);
    }
}

/// Ten seconds, the time between two pings.
const PING_MS: u64 = 10_000;

impl Misfit {
    fn play(self, script: &mut Script, random: &mut Random) {
        if self == Self::Silent {
            return;
        }
        script.say(1_000, "play", 0);
        let pings = random.between(6, 20);
        for ping in 1..pings {
            self.ping(script, ping);
        }
        let end_ms = pings * PING_MS;
        let playhead = if self == Self::Frozen {
            0
        } else {
            end_ms / 1000
        };
        script.say(end_ms, "sessionEnd", playhead);
        if self == Self::Restless {
            script.say(end_ms + 5_000, "ping", playhead);
            script.say(end_ms + PING_MS, "ping", playhead);
            let stray = script.event(end_ms + PING_MS, "play", 0);
            script.send(end_ms + PING_MS, Kind::Stray, &stray);
        }
    }

    /// What is sent ten seconds after the ping before.
    fn ping(self, script: &mut Script, ping: u64) {
        let (at_ms, playhead) = (ping * PING_MS, ping * PING_MS / 1000);
        match self {
            Self::Malformed if ping.is_multiple_of(3) => {
                let mut event = script.event(at_ms, "ping", playhead);
                event["playerTime"]["playhead"] = playhead.to_string().into();
                script.send(at_ms, Kind::Event, &event);
            }
            Self::Malformed if ping.is_multiple_of(4) => {
                let mut event = script.event(at_ms, "adStart", playhead);
                event["params"] = json!({"media.ad.id": "spot", "media.ad.length": 15});
                script.send(at_ms, Kind::Event, &event);
            }
            Self::NoBreak if ping % 4 == 2 => {
                let mut event = script.event(at_ms, "adStart", playhead);
                event["params"] = json!({
                    "media.ad.id": "spot",
                    "media.ad.length": 10,
                    "media.ad.podPosition": 1,
                    "media.ad.playerName": "old-tv",
                });
                script.send(at_ms, Kind::Event, &event);
            }
            Self::NoBreak if ping % 4 == 3 => script.say(at_ms, "chapterComplete", playhead),
            Self::Pingless => {}
            Self::Frozen => script.say(at_ms, "ping", 0),
            Self::Stuttering => {
                script.say(at_ms, "ping", playhead);
                script.say(at_ms, "ping", playhead);
                if ping.is_multiple_of(5) {
                    // It happened long before: too long for it to be put in order.
                    let mut event = script.event(at_ms - 25_000, "bufferStart", playhead - 25);
                    event["playerTime"]["playhead"] = (playhead - 25).into();
                    script.send(at_ms + 7_000, Kind::Event, &event);
                }
            }
            _ => script.say(at_ms, "ping", playhead),
        }
    }
}

impl Waiting {
    fn place(&self) -> (u64, usize, u32) {
        (self.0.at_ms, self.0.session, self.0.number)
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.place() == other.place()
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.place().cmp(&other.place())
    }
}

/// Merges two streams of requests, each in the order of time, into one.
pub fn merged(
    left: impl Iterator<Item = Request>,
    right: impl Iterator<Item = Request>,
) -> impl Iterator<Item = Request> {
    let (mut left, mut right) = (left.peekable(), right.peekable());
    std::iter::from_fn(move || match (left.peek(), right.peek()) {
        (Some(first), Some(second)) if first.at_ms <= second.at_ms => left.next(),
        (Some(_), None) => left.next(),
        _ => right.next(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_kinds_come_in_the_order_of_time_and_the_same_each_time() {
        let some = || {
            Misfits::new(7, 1_000_000, 60_000)
                .take(500)
                .collect::<Vec<_>>()
        };
        let requests = some();
        assert_eq!(requests, some());
        assert!(requests.is_sorted_by_key(|request| request.at_ms));
        for (_, player, version) in ALL {
            let has_start = requests.iter().any(|request| {
                request.kind == Kind::Start
                    && request
                        .body
                        .contains(&format!("\"media.playerName\":\"{player}\""))
                    && request
                        .body
                        .contains(&format!("\"media.sdkVersion\":\"{version}\""))
            });
            assert!(has_start, "{player} {version}");
        }
    }

    #[test]
    fn a_session_begins_with_its_start_and_numbers_its_requests() {
        let requests: Vec<Request> = Misfits::new(1, 0, 30_000).take(2_000).collect();
        let session = |number: usize| {
            let mine = requests
                .iter()
                .filter(move |request| request.session == FIRST_SESSION + number);
            mine.collect::<Vec<_>>()
        };
        for number in 0..7 {
            let mine = session(number);
            assert_eq!(mine[0].kind, Kind::Start);
            assert!(
                mine.iter()
                    .enumerate()
                    .all(|(place, request)| request.kind != Kind::Start || place == 0)
            );
        }
        assert_eq!(session(2).len(), 1, "the third kind says nothing more");
    }

    #[test]
    fn streams_are_merged_by_time() {
        let every = |ms: u64| Misfits::new(1, 0, ms).take(100);
        let both: Vec<Request> = merged(every(10_000), every(7_000)).collect();
        assert_eq!(both.len(), 200);
        assert!(both.is_sorted_by_key(|request| request.at_ms));
    }
}
