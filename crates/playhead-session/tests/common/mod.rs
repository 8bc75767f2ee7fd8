//! A session as its requests came in, and the ways to run it.
#![allow(dead_code, reason = "each test uses its part")]

pub(crate) mod script;
pub(crate) mod sums;

use playhead_model::body;
use playhead_model::event::{Event, Parsed};
use playhead_model::ids::{EventRef, SessionId};
use playhead_model::rules::Rules;
use playhead_model::time::ReceivedMs;
use playhead_session::explain::{self, ExplainError, Explanation, Received, Way};
use playhead_session::{Arrival, Observer, Session, Silent, run_batch};
use serde_json::Value;

/// An instant of both clocks at which sessions of tests begin, ms.
pub(crate) const ZERO: u64 = 1_772_474_400_000;

/// A body and its arrival, ms from [`ZERO`].
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) at: u64,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(at: u64, body: &Value) -> Self {
        let mut bytes = Vec::new();
        body::encode_json(body, &mut bytes);
        Self { at, body: bytes }
    }

    fn at(&self) -> ReceivedMs {
        ReceivedMs(ZERO + self.at)
    }
}

/// All of one session; the first request is its start.
#[derive(Clone, Debug)]
pub(crate) struct Recording {
    pub(crate) requests: Vec<Request>,
    pub(crate) downloaded: bool,
    /// When one looks at it, ms from [`ZERO`]; `None` is after its end.
    pub(crate) look: Option<u64>,
}

impl Recording {
    pub(crate) fn new(requests: Vec<Request>) -> Self {
        playhead_session::check_invariants();
        Self {
            requests,
            downloaded: false,
            look: None,
        }
    }

    /// Server time at which one looks.
    pub(crate) fn now(&self) -> ReceivedMs {
        ReceivedMs(self.look.map_or(u64::MAX, |look| ZERO + look))
    }

    pub(crate) fn open(&self) -> Session {
        match Parsed::read(&self.requests[0].body) {
            Ok(Parsed::Start(start)) => Session::open(&start, self.requests[0].at()),
            other => panic!("no start: {other:?}"),
        }
    }

    /// The arrivals behind the start.
    pub(crate) fn arrivals(&self) -> Vec<Arrival> {
        let numbered = self.requests.iter().zip(0..).skip(1);
        let arrival = |(request, number): (&Request, u64)| Arrival {
            at: request.at(),
            event_ref: EventRef(number),
            fingerprint: body::fingerprint(&request.body),
            event: event_of(&request.body),
        };
        numbered.map(arrival).collect()
    }

    /// Runs the machine up to the look.
    pub(crate) fn run(&self, observer: &mut impl Observer) -> Session {
        let rules = Rules::default();
        if self.downloaded {
            let Ok(Parsed::Start(start)) = Parsed::read(&self.requests[0].body) else {
                panic!("no start")
            };
            let rest = self.requests[1..].iter();
            let events = rest
                .map(|r| (body::fingerprint(&r.body), event_of(&r.body)))
                .collect();
            return run_batch(&start, events, self.requests[0].at(), &rules, observer);
        }
        let mut session = self.open();
        for arrival in self.arrivals() {
            session.arrive(arrival, &rules, observer);
        }
        session.advance(self.now(), &rules, observer);
        session
    }

    /// The session at the look, closed if need be.
    pub(crate) fn end(&self) -> Session {
        self.run(&mut Silent).so_far(&Rules::default())
    }

    pub(crate) fn explain(&self) -> Explanation {
        self.try_explain().expect("bodies are sound")
    }

    fn way(&self, number: u64, body: &[u8]) -> Way {
        match Parsed::read(body) {
            Ok(Parsed::Start(_)) if number > 0 => Way::Repeated,
            _ if self.downloaded => Way::InBatch,
            _ => Way::Alone,
        }
    }

    pub(crate) fn try_explain(&self) -> Result<Explanation, ExplainError> {
        let received: Vec<_> = self
            .requests
            .iter()
            .zip(0..)
            .map(|(request, number)| Received {
                event_ref: EventRef(number),
                at: request.at(),
                body: &request.body,
                way: self.way(number, &request.body),
            })
            .collect();
        let input = explain::Input {
            sid: SessionId::from_bytes([0x5d; 32]),
            rules: &Rules::default(),
            start: received[0],
            events: &received[1..],
            downloaded: self.downloaded,
            now: self.now(),
        };
        explain::explain(&input)
    }
}

fn event_of(body: &[u8]) -> Event {
    match Parsed::read(body) {
        Ok(Parsed::Event(event)) => event,
        other => panic!("no event: {other:?}"),
    }
}
