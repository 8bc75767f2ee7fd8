//! Test vectors, sent over HTTP by the clock of their requests.

use playhead_testkit::edge;
use playhead_testkit::process::{Answer, Http, Server, move_clock};
use serde_json::{Value, json};

use crate::support::events_path;

/// After this every session is closed: 24 hours and ten minutes, and time for what is held.
pub(crate) const AFTERWARDS_MS: u64 = 90_000_000;

/// What came of a vector.
#[derive(Debug, Default)]
pub(crate) struct Played {
    /// One status per request.
    pub(crate) statuses: Vec<u16>,
    /// The sessions in the order in which they came into being.
    pub(crate) sids: Vec<String>,
    /// The id that each session request was answered with.
    answered: Vec<Option<String>>,
}

/// Sends requests to a server with the manual clock, from a moment on its clock.
#[derive(Debug)]
pub(crate) struct Replay {
    door: Http,
    console: Http,
    from_ms: u64,
    api: Api,
}

/// The API that requests are sent through.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Api {
    Collection,
    Edge,
}

impl Replay {
    pub(crate) fn new(server: &Server, from_ms: u64) -> Self {
        Self {
            door: server.door(),
            console: server.console(),
            from_ms,
            api: Api::Collection,
        }
    }

    /// Where the clock stands.
    pub(crate) fn now_ms(&self) -> u64 {
        self.from_ms
    }

    /// Sends what follows through an API.
    pub(crate) fn through(mut self, api: Api) -> Self {
        self.api = api;
        self
    }

    /// Sends all requests and lets the clock run on until everything is closed.
    #[track_caller]
    pub(crate) fn play(&mut self, vector: &Value) -> Played {
        let mut played = Played::default();
        let mut now_ms = self.from_ms;
        for request in vector["requests"].as_array().unwrap() {
            now_ms = self.from_ms + request["at_ms"].as_u64().unwrap();
            move_clock(&mut self.console, now_ms);
            let path = played.path(request["path"].as_str().unwrap());
            let (status, sid) = self.send(&path, &request["body"]);
            played.statuses.push(status);
            if !path.ends_with("/events") {
                let known = |sid: &&String| !played.sids.contains(sid);
                let new = sid.iter().find(known).cloned();
                played.sids.extend(new);
                played.answered.push(sid);
            }
        }
        self.from_ms = now_ms + AFTERWARDS_MS;
        move_clock(&mut self.console, self.from_ms);
        played
    }
}

impl Replay {
    /// Sends a request; a session that opens is a 201 in either API, and its faults are a 400.
    fn send(&mut self, path: &str, body: &Value) -> (u16, Option<String>) {
        if let Api::Collection = self.api {
            let answer = self.door.post_json(path, body);
            let sid = (answer.status == 201).then(|| answer.sid());
            return (answer.status, sid);
        }
        let (path, body) = edge::request(path, body);
        let answer = self.door.post_json(&path, &body);
        match answer.status {
            200 => (201, Some(new_session(&answer))),
            207 => (400, None),
            status => (status, None),
        }
    }
}

/// The id in the handle of a new session.
#[track_caller]
pub(crate) fn new_session(answer: &Answer) -> String {
    let body = answer.json();
    let mut handles = body["handle"].as_array().unwrap().iter();
    let opened = handles.find(|handle| handle["type"] == "media-analytics:new-session");
    let opened = opened.unwrap_or_else(|| panic!("no session in {body}"));
    opened["payload"][0]["sessionId"]
        .as_str()
        .unwrap()
        .to_owned()
}

impl Played {
    /// Puts ids in the place of `{sid}`, `{sid1}`, `{sid2}`, ...
    fn path(&self, path: &str) -> String {
        let Some((_, rest)) = path.split_once("{sid") else {
            return path.to_owned();
        };
        let (number, _) = rest.split_once('}').unwrap();
        let sid = match number {
            "" => self.sids.last().cloned(),
            number => self.answered[number.parse::<usize>().unwrap() - 1].clone(),
        };
        events_path(&sid.unwrap())
    }

    /// The sessions as the console shows them, in the form of `compute`.
    #[track_caller]
    pub(crate) fn answer(&self, server: &Server) -> Value {
        let sessions: Vec<Value> = self.sids.iter().map(|sid| closed(server, sid)).collect();
        json!({ "sessions": sessions, "reports": {} })
    }
}

#[track_caller]
fn closed(server: &Server, sid: &str) -> Value {
    let session = server.session(sid);
    assert_eq!(session["sid"], sid);
    assert_eq!(session["state"], "closed", "{session}");
    assert_eq!(session["provisional"], false);
    session
}

/// A copy without the reports, which the console does not give.
pub(crate) fn without_reports(mut vector: Value) -> Value {
    vector["expect"]["reports"] = json!({});
    vector["reports"] = json!({});
    vector
}
