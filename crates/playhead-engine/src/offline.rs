//! The engine over recorded requests, without a server: what `playhead compute` runs.
//!
//! Requests come in the test-vector format of `docs/metrics.md`: `{at_ms, path, body}`, where
//! `{sid}` in a path stands for the id of the latest session request and `{sid1}`, `{sid2}`, … for
//! that of the first, second, … one.

use std::borrow::Cow;

use crate::core::{Core, Limits, Open};
use crate::mint::Mint;
use playhead_model::ids::{EventRef, LogPosition, SessionId};
use playhead_model::record::{Record, Sender};
use playhead_model::row::Rows;
use playhead_model::time::ReceivedMs;
use playhead_session::row::{self, Bodies};
use serde_json::{Value, json};

use crate::intake::{Intake, Journal, Policy, Refused, Taken, Target};

/// A log in memory: positions are places in a list, from 1.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) records: Vec<Vec<u8>>,
}

impl Journal for Memory {
    fn append(&mut self, record: &Record<'_>) -> Result<LogPosition, String> {
        let mut bytes = Vec::new();
        record.encode(&mut bytes);
        self.records.push(bytes);
        Ok(LogPosition(self.records.len() as u64))
    }
}

impl Memory {
    fn record(&self, position: LogPosition) -> Option<Record<'_>> {
        Record::decode(
            self.records
                .get(usize::try_from(position.0).ok()?.checked_sub(1)?)?,
        )
    }
}

/// The bodies of one session.
pub(crate) struct SessionBodies<'a> {
    memory: &'a Memory,
    batch: Option<Vec<&'a [u8]>>,
}

impl<'a> SessionBodies<'a> {
    pub(crate) fn new(memory: &'a Memory, open: &Open) -> Self {
        let batch = match memory.record(open.start) {
            Some(Record::Batch { bodies, .. }) => Some(bodies),
            _ => None,
        };
        Self { memory, batch }
    }
}

impl Bodies for SessionBodies<'_> {
    fn body(&self, event: EventRef) -> Option<Cow<'_, [u8]>> {
        if let Some(batch) = &self.batch {
            return batch
                .get(usize::try_from(event.0).ok()?)
                .map(|body| Cow::Borrowed(*body));
        }
        match self.memory.record(LogPosition(event.0))? {
            Record::Start { body, .. } => Some(Cow::Borrowed(body)),
            Record::Event { body, .. } => Some(Cow::Borrowed(body.bytes())),
            _ => None,
        }
    }
}

/// Runs requests one after the other and reads the results.
#[derive(Debug)]
pub struct Offline {
    core: Core,
    memory: Memory,
    mint: Mint,
    policy: Policy,
    applied: usize,
    /// The id that each session request was answered with, if it was taken.
    answered: Vec<Option<SessionId>>,
    /// The sessions in the order in which they came into being.
    order: Vec<SessionId>,
    rows: hashbrown::HashMap<SessionId, Rows>,
}

impl Default for Offline {
    fn default() -> Self {
        Self {
            core: Core::new(Limits::default()),
            memory: Memory::default(),
            mint: Mint::seeded(0),
            policy: Policy::open(),
            applied: 0,
            answered: Vec::new(),
            order: Vec::new(),
            rows: hashbrown::HashMap::new(),
        }
    }
}

impl Offline {
    /// Runs one request that arrives at `at_ms`.
    ///
    /// # Errors
    /// The refusal of the door; nothing has changed then.
    pub fn request(&mut self, at_ms: u64, path: &str, body: &[u8]) -> Result<Taken, Refused> {
        let now = self.core.stamp(ReceivedMs(at_ms));
        let Some(target) = self.target(path) else {
            return Err(Refused::unknown_path(path));
        };
        let taken = Intake {
            core: &mut self.core,
            journal: &mut self.memory,
            mint: &self.mint,
            policy: &self.policy,
            rates: None,
            now,
        }
        .take(target, body, Sender::default);
        if !matches!(target, Target::Events(_)) {
            let sid = match taken {
                Ok(Taken::Created(sid)) => Some(sid),
                _ => None,
            };
            self.answered.push(sid);
            self.order
                .extend(sid.filter(|sid| !self.order.contains(sid)));
        }
        self.catch_up();
        taken
    }

    /// Lets the clock run until every session is closed, and answers with all of them.
    pub fn finish(mut self) -> Value {
        let life = playhead_model::rules::Rules::default().age_ms;
        let at = self.core.now().plus(life);
        let record = Record::Tick {
            at,
            refused: Vec::new(),
        };
        self.memory
            .append(&record)
            .expect("memory takes every record");
        self.catch_up();
        self.core.finish_due();
        self.take_closed();
        let rows: Vec<Rows> = self
            .order
            .iter()
            .filter_map(|sid| self.rows.remove(sid))
            .collect();
        json!({
            "sessions": rows.iter().map(Rows::answer).collect::<Vec<_>>(),
            "reports": crate::reports::by_minute(&rows),
        })
    }

    fn catch_up(&mut self) {
        while let Some(record) = self.memory.records.get(self.applied) {
            self.applied += 1;
            let position = LogPosition(self.applied as u64);
            self.core
                .apply(position, record)
                .expect("the intake writes sound records");
        }
        self.core.count_as_tick();
        while !self.core.run_due(usize::MAX) {}
        self.take_closed();
    }

    fn take_closed(&mut self) {
        for open in self.core.take_closed().collect::<Vec<_>>() {
            let rules = self
                .core
                .rules(open.rules)
                .expect("rules were written before");
            let bodies = SessionBodies::new(&self.memory, &open);
            let rows = row::rows(open.identity(), &open.session, rules, &bodies);
            self.rows.insert(open.sid, rows);
        }
    }

    fn target(&self, path: &str) -> Option<Target> {
        match path.trim_end_matches('/') {
            "/api/v1/sessions" => Some(Target::Sessions),
            "/api/v1/downloaded" => Some(Target::Downloaded),
            path => {
                let sid = path
                    .strip_prefix("/api/v1/sessions/")?
                    .strip_suffix("/events")?;
                Some(Target::Events(self.session_id(sid)))
            }
        }
    }

    fn session_id(&self, text: &str) -> Option<SessionId> {
        match text
            .strip_prefix("{sid")
            .and_then(|rest| rest.strip_suffix('}'))
        {
            Some("") => self.answered.last().copied().flatten(),
            Some(number) => {
                let place = number.parse::<usize>().ok()?.checked_sub(1)?;
                self.answered.get(place).copied().flatten()
            }
            None => SessionId::parse(text.as_bytes()),
        }
    }
}

/// Requests that are not in the test-vector format.
#[derive(Debug, thiserror::Error)]
pub enum VectorError {
    #[error("line {line}: {source}")]
    Json {
        line: usize,
        source: serde_json::Error,
    },
    #[error("request {number}: {what}")]
    Request { number: usize, what: &'static str },
}

/// Runs requests in the test-vector format: one JSON object with `requests`, or JSON Lines.
///
/// # Errors
/// If the text has another form. What the door refuses is no error: it has no effect.
pub fn compute(text: &str) -> Result<Value, VectorError> {
    let requests = match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(mut object)) if object.contains_key("requests") => {
            match object.remove("requests") {
                Some(Value::Array(requests)) => requests,
                _ => {
                    return Err(VectorError::Request {
                        number: 0,
                        what: "no list of requests",
                    });
                }
            }
        }
        Ok(Value::Object(object)) => vec![Value::Object(object)],
        _ => json_lines(text)?,
    };
    let mut offline = Offline::default();
    for (index, request) in requests.iter().enumerate() {
        let fail = |what| VectorError::Request {
            number: index + 1,
            what,
        };
        let at_ms = request["at_ms"]
            .as_u64()
            .ok_or(fail("at_ms is not a whole number"))?;
        let path = request["path"]
            .as_str()
            .ok_or(fail("path is not a string"))?;
        let body = request.get("body").ok_or(fail("body is missing"))?;
        // A refused request has no effect; the clients' view of refusals is the door's business.
        let _refused = offline
            .request(at_ms, path, body.to_string().as_bytes())
            .err();
    }
    Ok(offline.finish())
}

fn json_lines(text: &str) -> Result<Vec<Value>, VectorError> {
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| {
            serde_json::from_str(line).map_err(|source| VectorError::Json {
                line: index + 1,
                source,
            })
        })
        .collect()
}
