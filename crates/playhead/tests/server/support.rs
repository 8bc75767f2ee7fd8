//! What most tests here need: a server, bodies, and a player that sends them.

use playhead_testkit::process::{Answer, Home, Http, Server};
use serde_json::{Value, json};

/// The client's time of most starts here. The server's manual clock is another: it begins at 0.
pub(crate) const TS: i64 = 1_790_000_000_000;

/// A folder for servers of the binary under test.
pub(crate) fn home() -> Home {
    Home::new(env!("CARGO_BIN_EXE_playhead"))
}

/// A server whose clock stands at 0.
#[track_caller]
pub(crate) fn manual() -> Server {
    home().manual_clock().serve()
}

/// The least `sessionStart` there is.
pub(crate) fn start() -> Value {
    json!({
        "eventType": "sessionStart",
        "playerTime": { "playhead": 0, "ts": TS },
        "params": {
            "analytics.trackingServer": "metrics.example",
            "analytics.reportSuite": "suite.one",
            "visitor.marketingCloudOrgId": "0A1B2C3D4E5F60718293A4B5@AdobeOrg",
            "media.id": "film-1",
            "media.length": 600,
            "media.contentType": "vod",
            "media.playerName": "player",
            "media.channel": "channel",
        },
    })
}

/// A `sessionStart` with one more parameter, or another value of one.
pub(crate) fn start_with(key: &str, value: impl Into<Value>) -> Value {
    let mut start = start();
    start["params"][key] = value.into();
    start
}

/// A `sessionStart` of a known visitor: an equal one is a retry.
pub(crate) fn start_of(visitor: &str) -> Value {
    start_with("visitor.marketingCloudUserId", visitor)
}

/// An event without parameters, so many milliseconds after [`TS`].
pub(crate) fn event(name: &str, playhead: impl Into<Value>, after_ms: i64) -> Value {
    let player_time = json!({ "playhead": playhead.into(), "ts": TS + after_ms });
    json!({ "eventType": name, "playerTime": player_time })
}

/// An event with parameters.
pub(crate) fn event_with(name: &str, after_ms: i64, params: Value) -> Value {
    let mut event = event(name, 0, after_ms);
    event["params"] = params;
    event
}

/// The head of an ad break.
pub(crate) fn ad_break(after_ms: i64) -> Value {
    let params = json!({ "media.ad.podIndex": 1, "media.ad.podSecond": 0 });
    event_with("adBreakStart", after_ms, params)
}

/// The first ad of a break.
pub(crate) fn ad(after_ms: i64) -> Value {
    let params = json!({
        "media.ad.id": "ad-1",
        "media.ad.length": 15,
        "media.ad.podPosition": 1,
        "media.ad.playerName": "player",
    });
    event_with("adStart", after_ms, params)
}

/// A player with a session and a connection.
#[derive(Debug)]
pub(crate) struct Player {
    pub(crate) sid: String,
    door: Http,
}

impl Player {
    /// Opens a session.
    #[track_caller]
    pub(crate) fn open(server: &Server, start: &Value) -> Self {
        let mut door = server.door();
        let answer = door.post_json("/api/v1/sessions", start);
        assert_eq!(answer.status, 201, "{}", answer.text());
        let sid = answer.sid();
        Self { sid, door }
    }

    /// The player of a session that is open already, on a new connection.
    pub(crate) fn of(server: &Server, sid: &str) -> Self {
        Self {
            sid: sid.to_owned(),
            door: server.door(),
        }
    }

    /// Sends an event and gives the whole answer.
    #[track_caller]
    pub(crate) fn post(&mut self, event: &Value) -> Answer {
        let path = events_path(&self.sid);
        self.door.post_json(&path, event)
    }

    /// Sends an event and gives the status.
    #[track_caller]
    pub(crate) fn send(&mut self, event: &Value) -> u16 {
        self.post(event).status
    }

    /// Sends events that are all taken.
    #[track_caller]
    pub(crate) fn send_all<'a>(&mut self, events: impl IntoIterator<Item = &'a Value>) {
        for event in events {
            let answer = self.post(event);
            assert_eq!(answer.status, 204, "{event}: {}", answer.text());
        }
    }
}

/// Where the events of a session go.
pub(crate) fn events_path(sid: &str) -> String {
    format!("/api/v1/sessions/{sid}/events")
}

/// Asserts the four headers that a browser needs, on every answer of the door.
#[track_caller]
pub(crate) fn assert_cors(answer: &Answer) {
    for (name, value) in [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "OPTIONS,POST,PUT"),
        ("access-control-allow-headers", "Content-Type"),
        ("access-control-expose-headers", "Location"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name} of {answer:?}");
    }
}

/// Asserts a refusal with a message and the headers, and gives its body.
#[track_caller]
pub(crate) fn refused(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_cors(answer);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let body = answer.json();
    let message = body["message"].as_str().unwrap_or_default();
    assert!(!message.is_empty(), "{body}");
    body
}

/// Asserts a 400 whose faults name a path.
#[track_caller]
pub(crate) fn faulty(answer: &Answer, path: &str) {
    let body = refused(answer, 400);
    let faults = body["errors"].as_array().unwrap();
    assert!(
        faults.iter().any(|fault| fault["path"] == path),
        "no fault at {path} in {body}"
    );
    for fault in faults {
        assert!(!fault["reason"].as_str().unwrap().is_empty(), "{body}");
    }
}
