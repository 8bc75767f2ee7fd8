//! Who sends: random vectors, many at a time, each request at its time. What was acknowledged is
//! kept, for the oracle.

use std::collections::BTreeMap;
use std::sync::Arc;

use playhead_engine::intake::{Refused, Taken, Target};
use playhead_model::ids::SessionId;
use playhead_model::outcome::Refusal;
use playhead_model::row::Rows;
use playhead_model::time::ReceivedMs;
use playhead_testkit::{oracle, random, vector};
use serde_json::{Value, json};

use crate::rng::Rng;

/// A request on its way.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) client: usize,
    pub(crate) at: ReceivedMs,
    /// The number of its session request among all of its vector; none for an id made up.
    session: Option<usize>,
    path: String,
    body: Value,
}

impl Request {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.body.to_string().into_bytes()
    }

    /// How many events it carries.
    pub(crate) fn events(&self) -> u64 {
        self.body.as_array().map_or(1, Vec::len) as u64
    }

    fn is_start(&self) -> bool {
        !self.path.ends_with("/events")
    }
}

/// What a request was answered with.
#[derive(Clone, Debug)]
struct Delivered {
    /// In the form of a test vector.
    request: Value,
    status: u64,
    /// The session, if it was opened or repeated.
    sid: Option<SessionId>,
    /// How many requests of all clients were acknowledged before.
    acknowledged_before: usize,
}

/// One vector's sender.
#[derive(Clone, Debug, Default)]
struct Client {
    delivered: Vec<Delivered>,
    session_requests: usize,
    /// Of each session request of the vector its number among those delivered, and the answer.
    opened: BTreeMap<usize, (usize, Option<SessionId>)>,
}

/// All clients, and what they were told.
#[derive(Clone, Debug)]
pub(crate) struct Traffic {
    clients: Vec<Client>,
    pub(crate) acknowledged: usize,
    pub(crate) acknowledged_events: u64,
    pub(crate) refused: u64,
}

impl Traffic {
    /// The senders of a seed, and what they want to send, in order of time.
    pub(crate) fn new(seed: u64, clients: usize) -> (Self, Vec<Request>) {
        let mut rng = Rng::new(seed);
        let mut requests = Vec::new();
        for client in 0..clients {
            let delay = rng.below(600_000);
            let vector = random::vector(rng.next());
            requests.extend(requests_of(client, delay, &vector));
        }
        requests.sort_by_key(|request| request.at);
        let traffic = Self {
            clients: vec![Client::default(); clients],
            acknowledged: 0,
            acknowledged_events: 0,
            refused: 0,
        };
        (traffic, requests)
    }

    /// Where a request goes; `None` if its sender never got the id that it needs.
    pub(crate) fn target(&self, request: &Request) -> Option<Target> {
        if request.is_start() {
            let is_batch = request.path == "/api/v1/downloaded";
            return Some(if is_batch {
                Target::Downloaded
            } else {
                Target::Sessions
            });
        }
        let Some(number) = request.session else {
            let id = request.path.split('/').nth(4).unwrap_or_default();
            return Some(Target::Events(SessionId::parse(id.as_bytes())));
        };
        let (_, sid) = self.clients[request.client].opened.get(&number)?;
        sid.map(|sid| Target::Events(Some(sid)))
    }

    /// Notes that a request was acknowledged when the clock stood at `at`.
    pub(crate) fn acknowledge(&mut self, request: &Request, at: ReceivedMs, taken: Taken) {
        let (status, sid) = match taken {
            Taken::Created(sid) => (201, Some(sid)),
            Taken::NoContent => (204, None),
        };
        self.deliver(request, at, status, sid);
        self.acknowledged += 1;
        self.acknowledged_events += request.events();
    }

    /// Notes a refusal. Of one that is no answer to the request itself the sender tells nobody.
    pub(crate) fn refuse(&mut self, request: &Request, at: ReceivedMs, refused: &Refused) {
        let status = match refused.reason {
            Refusal::Invalid | Refusal::NotAllowed => 400,
            Refusal::UnknownSession => 404,
            Refusal::AfterClose => 410,
            other => panic!("refused as {other:?}: {}", refused.message),
        };
        self.deliver(request, at, status, None);
        self.refused += 1;
    }

    fn deliver(&mut self, request: &Request, at: ReceivedMs, status: u64, sid: Option<SessionId>) {
        let client = &mut self.clients[request.client];
        let path = if request.is_start() {
            client.session_requests += 1;
            let number = request.session.unwrap_or_default();
            client.opened.insert(number, (client.session_requests, sid));
            request.path.clone()
        } else {
            let opened = request
                .session
                .and_then(|number| client.opened.get(&number));
            opened.map_or(request.path.clone(), |(number, _)| {
                format!("/api/v1/sessions/{{sid{number}}}/events")
            })
        };
        client.delivered.push(Delivered {
            request: json!({ "at_ms": at.0, "path": path, "body": request.body }),
            status,
            sid,
            acknowledged_before: self.acknowledged,
        });
    }

    /// Takes back all but the first `count` acknowledgements, and all refusals.
    pub(crate) fn forget_after(&mut self, count: usize) {
        for client in &mut self.clients {
            client
                .delivered
                .retain(|it| it.status < 400 && it.acknowledged_before < count);
        }
    }

    /// All sessions that were opened.
    pub(crate) fn sessions(&self) -> Vec<SessionId> {
        let sids = self.clients.iter().flat_map(Client::sessions);
        sids.collect()
    }

    /// Compares statuses and sessions with what the oracle makes of the acknowledged requests;
    /// answers how often it says each outcome.
    pub(crate) fn check(
        &self,
        rows: &BTreeMap<SessionId, Arc<Rows>>,
        what: &str,
    ) -> BTreeMap<String, u64> {
        let mut outcomes = BTreeMap::new();
        for client in &self.clients {
            let requests: Vec<_> = client.delivered.iter().map(|it| &it.request).collect();
            let vector = json!({ "requests": requests });
            let wanted = oracle::compute(&vector);
            let answer = |sid| match rows.get(sid) {
                Some(rows) => rows.answer(),
                None => Value::Null,
            };
            let sids = client.sessions();
            let found: Vec<Value> = sids.iter().map(answer).collect();
            let found = json!({ "sessions": found, "reports": wanted["reports"] });
            let differences = vector::diff(&wanted, &found);
            assert!(
                differences.is_empty(),
                "{what}: {differences:#?} in {vector}"
            );
            for (delivered, answer) in client.delivered.iter().zip(oracle::outcomes(&vector)) {
                assert_eq!(answer["status"], delivered.status, "{what}: {delivered:?}");
                for outcome in answer["outcomes"].as_array().into_iter().flatten() {
                    let name = outcome.as_str().unwrap().to_owned();
                    *outcomes.entry(name).or_default() += 1;
                }
            }
        }
        outcomes
    }

    /// What is told about each session, with its id, which differs from run to run, left out.
    pub(crate) fn answers(&self, rows: &BTreeMap<SessionId, Arc<Rows>>) -> Vec<String> {
        let answer = |sid: SessionId| {
            let answer = rows[&sid].answer().to_string();
            answer.replace(&sid.to_string(), "SID")
        };
        self.sessions().into_iter().map(answer).collect()
    }
}

impl Client {
    /// Its sessions in the order in which they came into being.
    fn sessions(&self) -> Vec<SessionId> {
        let mut sids = Vec::new();
        for sid in self.delivered.iter().filter_map(|it| it.sid) {
            if !sids.contains(&sid) {
                sids.push(sid);
            }
        }
        sids
    }
}

fn requests_of(client: usize, delay: u64, vector: &Value) -> Vec<Request> {
    let requests = vector["requests"].as_array().unwrap();
    let mut starts = 0;
    let request = |request: &Value| {
        let path = request["path"].as_str().unwrap().to_owned();
        let mut body = request["body"].clone();
        let session = if path.ends_with("/events") {
            number_of(&path)
        } else {
            starts += 1;
            tell_apart(&mut body, client);
            Some(starts - 1)
        };
        let at = ReceivedMs(request["at_ms"].as_u64().unwrap() + delay);
        Request {
            client,
            at,
            session,
            path,
            body,
        }
    };
    requests.iter().map(request).collect()
}

/// The number, from 0, of the session request that a path means.
fn number_of(path: &str) -> Option<usize> {
    let name = path
        .split('/')
        .nth(4)?
        .strip_prefix("{sid")?
        .strip_suffix('}')?;
    if name.is_empty() {
        return Some(0);
    }
    name.parse::<usize>().ok()?.checked_sub(1)
}

/// Equal starts of two vectors must not be taken for one.
fn tell_apart(body: &mut Value, client: usize) {
    let start = match body {
        Value::Array(elements) => elements.first_mut(),
        start => Some(start),
    };
    if let Some(Value::Object(params)) = start.and_then(|start| start.get_mut("params")) {
        params.insert("media.channel".into(), format!("client-{client}").into());
    }
}
