//! What the door answers to each request, and which session each event belongs to.

use serde_json::Value;

use super::arrival::Session;
use super::event::{Event, Place};
use super::json::{integer, member, same};
use super::reports::VISITOR_KEYS;
use super::validate;

/// Protocol 3.4: an equal start inside this time of the first is a retry.
const RETRY_MS: i128 = 180_000;
/// Protocol 3.5: closed ids are remembered this long.
const MEMORY_MS: i128 = 86_400_000;

#[derive(Debug, Clone)]
struct Start {
    arrived_ms: i128,
    body: Value,
    session: usize,
}

/// The answer to one request.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The session it concerns, if there is one.
    pub(crate) session: Option<usize>,
    /// A start that was answered with an earlier id.
    pub(crate) repeated_start: bool,
    /// The number of events in the request, if it was acknowledged.
    pub(crate) events: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Door {
    pub(crate) sessions: Vec<Session>,
    pub(crate) answers: Vec<Answer>,
    starts: Vec<Start>,
    /// One entry per session request: the session whose id it returned, if it was taken.
    session_requests: Vec<Option<usize>>,
}

impl Door {
    /// Plays all requests of a vector, then lets the clock run on until every session is closed.
    pub(crate) fn play(vector: &Value) -> Self {
        let mut door = Self::default();
        let mut now_ms = i128::MIN;
        let requests = vector["requests"].as_array().cloned().unwrap_or_default();
        for (index, request) in requests.iter().enumerate() {
            // R2.3: server time never goes back; a lower stamp counts as the highest before it.
            now_ms = now_ms.max(integer(&request["at_ms"]).unwrap_or(0));
            let path = request["path"].as_str().unwrap_or_default();
            let answer = door.post(index, now_ms, path, &request["body"]);
            door.answers.push(answer);
        }
        for session in &mut door.sessions {
            session.run_until(i128::MAX);
        }
        door
    }

    fn post(&mut self, request: usize, now_ms: i128, path: &str, body: &Value) -> Answer {
        match path {
            // A trailing slash is tolerated on this one (protocol 1).
            "/api/v1/sessions" | "/api/v1/sessions/" | "/api/v1/downloaded" => {
                let on_sessions = path.starts_with("/api/v1/sessions");
                let answer = self.start(request, now_ms, on_sessions, body);
                self.session_requests.push(answer.session);
                answer
            }
            _ => {
                let rest = path.strip_prefix("/api/v1/sessions/");
                match rest.and_then(|rest| rest.strip_suffix("/events")) {
                    Some(id) => self.event(request, now_ms, id, body),
                    None => refused(404),
                }
            }
        }
    }

    /// Protocol 3.4 and 7.
    fn start(&mut self, request: usize, now_ms: i128, on_sessions: bool, body: &Value) -> Answer {
        let flag = |start: &Value| start["params"]["media.downloaded"] == true;
        let valid = match body {
            // The deprecated form needs the flag in its first element.
            Value::Array(elements) => {
                validate::is_batch(body) && (!on_sessions || flag(&elements[0]))
            }
            _ => on_sessions && validate::is_session_start(body) && !flag(body),
        };
        if !valid {
            return refused(400);
        }
        let events = body.as_array().map_or(1, Vec::len);
        if (body.is_array() || names_visitor(body))
            && let Some(first) = self.first_equal(now_ms, body)
        {
            return Answer {
                status: 201,
                session: Some(first),
                repeated_start: true,
                events,
            };
        }

        let session = match body.as_array() {
            Some(elements) => {
                let place = |element| Place { request, element };
                let events = elements.iter().enumerate();
                let events = events.map(|(element, body)| Event::new(place(element), body));
                Session::downloaded(events.collect(), now_ms)
            }
            None => Session::open(
                Event::new(
                    Place {
                        request,
                        element: 0,
                    },
                    body,
                ),
                now_ms,
            ),
        };
        self.sessions.push(session);
        let session = self.sessions.len() - 1;
        self.starts.push(Start {
            arrived_ms: now_ms,
            body: body.clone(),
            session,
        });
        Answer {
            status: 201,
            session: Some(session),
            repeated_start: false,
            events,
        }
    }

    fn first_equal(&self, now_ms: i128, body: &Value) -> Option<usize> {
        let recent = self
            .starts
            .iter()
            .filter(|start| now_ms - start.arrived_ms < RETRY_MS);
        let mut equal = recent.filter(|start| same(&start.body, body));
        equal.next().map(|start| start.session)
    }

    /// Protocol 3.5. Checks for 400 come before the look-up, 404 before 410 (3.2).
    fn event(&mut self, request: usize, now_ms: i128, id: &str, body: &Value) -> Answer {
        if !validate::is_later_event(body) {
            return refused(400);
        }
        let Some(place) = self.session_of(id) else {
            return refused(404);
        };
        let event = Event::new(
            Place {
                request,
                element: 0,
            },
            body,
        );
        let session = &mut self.sessions[place];
        session.run_until(now_ms);

        let taken = Answer {
            status: 204,
            session: Some(place),
            repeated_start: false,
            events: 1,
        };
        let is_end = event.is("sessionEnd") || event.is("sessionComplete");
        if let Some(close) = session.close
            && now_ms - close.server_ms >= MEMORY_MS
        {
            return refused(404);
        }
        let over = session.close.is_some() || session.held_end().is_some_and(|end| event.ts > end);
        if over && !is_end {
            return refused(410);
        }
        if session.drop_if_duplicate(&event) {
            return taken;
        }
        if over {
            session.after_close.push(event.place);
        } else {
            session.join(event, now_ms);
        }
        taken
    }

    /// Resolves `{sid}` and `{sid1}`, `{sid2}`, ... (section 12); any other id is unknown.
    fn session_of(&self, id: &str) -> Option<usize> {
        let name = id.strip_prefix("{sid")?.strip_suffix('}')?;
        if name.is_empty() {
            return self
                .session_requests
                .iter()
                .rev()
                .find_map(|session| *session);
        }
        let number: usize = name.parse().ok()?;
        *self.session_requests.get(number.checked_sub(1)?)?
    }
}

fn refused(status: u16) -> Answer {
    Answer {
        status,
        session: None,
        repeated_start: false,
        events: 0,
    }
}

/// Whether a start names a visitor by R1.3's keys other than the session id.
fn names_visitor(start: &Value) -> bool {
    let value = |key| member(start, "params").and_then(|params| member(params, key));
    VISITOR_KEYS
        .iter()
        .any(|key| value(key).is_some_and(|value| value != ""))
}
