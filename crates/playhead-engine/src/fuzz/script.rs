//! What a fuzzer's bytes mean: steps of four bytes each, or requests as lines of JSON.

use serde_json::{Value, json};

/// A client's clock at the first start.
const FIRST_TS: i64 = 1_772_474_400_000;
const STEPS_MAX: usize = 300;

const DELAYS_MS: [u64; 16] = [
    0, 0, 1, 10, 250, 1_000, 4_999, 5_000, 5_001, 10_000, 60_000, 180_000, 599_999, 600_000,
    1_800_000, 87_000_000,
];
const TS_STEPS_MS: [i64; 16] = [
    0,
    0,
    1,
    10,
    999,
    1_000,
    10_000,
    60_000,
    600_000,
    1_800_000,
    -1,
    -10,
    -5_000,
    -60_000,
    5_000_000_000_000,
    -5_000_000_000_000,
];
const PLAYHEADS: [f64; 16] = [
    0.0,
    0.0,
    0.25,
    1.0,
    10.0,
    10.0,
    10.0,
    30.0,
    59.5,
    60.0,
    300.0,
    86_399.5,
    -3.5,
    1e308,
    43_200.0,
    0.000_000_4,
];

/// Where a request goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum To {
    Sessions,
    Downloaded,
    /// One of the sessions there are.
    Session(usize),
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    Wait(u64),
    Send {
        to: To,
        body: Vec<u8>,
        events: u64,
    },
    Commit,
    Tick,
    /// Look at so many sessions that are due.
    Look(usize),
    BeginCheckpoint,
    /// Write so many slots of the checkpoint.
    Checkpoint(usize),
}

/// The first byte says how the others are read.
pub(super) fn steps(bytes: &[u8]) -> Vec<Step> {
    match bytes.split_first() {
        None => Vec::new(),
        Some((b'{', _)) => of_lines(bytes),
        Some((b'!', bodies)) => of_bodies(bodies),
        Some((_, packed)) => of_quads(packed),
    }
}

/// Lines of a letter that says where to, and a body as it is.
fn of_bodies(bytes: &[u8]) -> Vec<Step> {
    let lines = bytes.split(|byte| *byte == b'\n').take(STEPS_MAX);
    let steps = lines.filter_map(|line| {
        let (to, body) = line.split_first()?;
        let to = match to {
            b's' => To::Sessions,
            b'd' => To::Downloaded,
            number => To::Session(usize::from(*number)),
        };
        let events = match serde_json::from_slice(body) {
            Ok(Value::Array(events)) => events.len() as u64,
            _ => 1,
        };
        let body = body.to_vec();
        Some([
            Step::Send { to, body, events },
            Step::Wait(1_000),
            Step::Commit,
        ])
    });
    steps.flatten().collect()
}

/// Lines like `{"at_ms":40,"path":"/api/v1/sessions","body":{…}}`; others are passed over.
fn of_lines(bytes: &[u8]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut now = 0;
    for line in bytes.split(|byte| *byte == b'\n').take(STEPS_MAX) {
        let Ok(request) = serde_json::from_slice::<Value>(line) else {
            continue;
        };
        let at = request["at_ms"].as_u64().unwrap_or(now).min(1 << 40);
        let path = request["path"].as_str().unwrap_or_default();
        let to = match path.split('/').nth(4) {
            Some(name) => {
                let digits: String = name.chars().filter(char::is_ascii_digit).collect();
                To::Session(digits.parse().unwrap_or(1))
            }
            None if path.ends_with("/downloaded") => To::Downloaded,
            None => To::Sessions,
        };
        steps.push(Step::Wait(at.saturating_sub(now)));
        now = now.max(at);
        steps.push(send(to, &request["body"]));
        if steps.len() % 5 == 0 {
            steps.push(Step::BeginCheckpoint);
        }
        steps.extend([Step::Commit, Step::Checkpoint(100), Step::Look(1)]);
    }
    steps
}

fn send(to: To, body: &Value) -> Step {
    let events = body.as_array().map_or(1, Vec::len) as u64;
    let body = body.to_string().into_bytes();
    Step::Send { to, body, events }
}

/// What all clients have in common: one clock, one place in the media.
struct Player {
    ts: i64,
    playhead: f64,
    bodies: Vec<Value>,
}

fn of_quads(bytes: &[u8]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut player = Player {
        ts: FIRST_TS,
        playhead: 0.0,
        bodies: Vec::new(),
    };
    let (quads, _) = bytes.as_chunks::<4>();
    for [what, when, ts, place] in quads.iter().take(STEPS_MAX) {
        steps.push(Step::Wait(DELAYS_MS[usize::from(when & 15)]));
        player.ts = player.ts.saturating_add(TS_STEPS_MS[usize::from(ts & 15)]);
        let step = PLAYHEADS[usize::from(place & 15)];
        player.playhead = match place >> 4 {
            0..8 => player.playhead + step,
            8..12 => player.playhead,
            12 => player.playhead - step,
            _ => step,
        };
        steps.push(player.request(what & 15, what >> 4, ts >> 4));
        match when >> 4 {
            0..6 => steps.push(Step::Commit),
            6..9 => {}
            9 | 10 => steps.push(Step::Tick),
            11 => steps.push(Step::Look(1)),
            12 => steps.push(Step::Look(100)),
            13 => steps.push(Step::Checkpoint(500)),
            14 => steps.push(Step::BeginCheckpoint),
            _ => steps.push(Step::Checkpoint(usize::MAX)),
        }
    }
    steps
}

impl Player {
    fn request(&mut self, kind: u8, session: u8, variant: u8) -> Step {
        let to = To::Session(session.into());
        if kind == 14 {
            return match variant {
                0..6 => self.batch(usize::from(variant) * 3),
                // A retry of the last request, as it was.
                _ => match self.bodies.last() {
                    Some(body) if body["eventType"] == "sessionStart" => send(To::Sessions, body),
                    Some(body) => send(to, body),
                    None => Step::Tick,
                },
            };
        }
        let (name, params) = event(kind, variant, self.playhead);
        let mut body = json!({
            "eventType": name,
            "playerTime": { "ts": self.ts, "playhead": self.playhead },
        });
        if !params.is_null() {
            body["params"] = params;
        }
        match (kind, variant) {
            (12, 0..4) => body["qoeData"] = quality(variant),
            (12, 4..8) => {
                body["qoeData"] = json!({ "media.qoe.errorID": format!("e{variant}"), "media.qoe.errorSource": "player" });
            }
            (2, 14) => body["qoeData"] = quality(variant),
            _ => {}
        }
        let to = if name == "sessionStart" {
            To::Sessions
        } else {
            to
        };
        let step = send(to, &body);
        self.bodies.push(body);
        step
    }

    /// The last events once more, as downloaded content.
    fn batch(&self, count: usize) -> Step {
        let (_, mut params) = event(0, 1, 0.0);
        params["media.downloaded"] = true.into();
        let ts = self.bodies.first().map_or(self.ts, |body| {
            body["playerTime"]["ts"].as_i64().unwrap_or(0)
        });
        let mut batch = vec![json!({
            "eventType": "sessionStart",
            "playerTime": { "ts": ts, "playhead": 0 },
            "params": params,
        })];
        let last = self.bodies.iter().rev().take(count).rev();
        batch.extend(
            last.filter(|body| body["eventType"] != "sessionStart")
                .cloned(),
        );
        send(To::Downloaded, &Value::Array(batch))
    }
}

fn quality(variant: u8) -> Value {
    json!({
        "media.qoe.bitrate": u32::from(variant) * 1_000,
        "media.qoe.droppedFrames": variant,
        "media.qoe.timeToStart": u32::from(variant) * 100,
    })
}

/// The name and the parameters of an event.
fn event(kind: u8, variant: u8, playhead: f64) -> (&'static str, Value) {
    match kind {
        0 => ("sessionStart", start(variant)),
        1 => ("play", Value::Null),
        3 => ("pauseStart", Value::Null),
        4 => ("bufferStart", Value::Null),
        5 => (
            "adBreakStart",
            json!({
                "media.ad.podFriendlyName": "pod",
                "media.ad.podIndex": variant % 3,
                "media.ad.podSecond": if variant > 7 { playhead } else { 0.0 },
            }),
        ),
        6 => (
            "adStart",
            json!({
                "media.ad.id": format!("a{variant}"),
                "media.ad.length": 15,
                "media.ad.podPosition": variant % 4,
                "media.ad.playerName": "sample-player",
            }),
        ),
        7 if variant < 10 => ("adComplete", Value::Null),
        7 => ("adSkip", Value::Null),
        8 => ("adBreakComplete", Value::Null),
        9 => (
            "chapterStart",
            json!({
                "media.chapter.index": variant % 3,
                "media.chapter.offset": 0,
                "media.chapter.length": 30,
            }),
        ),
        10 if variant < 10 => ("chapterComplete", Value::Null),
        10 => ("chapterSkip", Value::Null),
        11 if variant < 8 => ("stateStart", json!({ "media.state.name": state(variant) })),
        11 => (
            "stateEnd",
            json!({ "media.state.name": state(variant - 8) }),
        ),
        12 if variant < 4 => ("bitrateChange", Value::Null),
        12 if variant < 8 => ("error", Value::Null),
        12 => (
            "statesUpdate",
            json!({
                "statesStart": [{ "media.state.name": state(variant % 4) }],
                "statesEnd": [{ "media.state.name": state(variant % 3) }],
            }),
        ),
        13 if variant < 9 => ("sessionComplete", Value::Null),
        13 => ("sessionEnd", Value::Null),
        _ => ("ping", Value::Null),
    }
}

fn state(variant: u8) -> String {
    match variant {
        0 => "mute".into(),
        1 => "fullscreen".into(),
        number => format!("state-{number}"),
    }
}

fn start(variant: u8) -> Value {
    let mut params = json!({
        "analytics.trackingServer": "metrics.example.com",
        "analytics.reportSuite": format!("suite-{}", variant % 3),
        "visitor.marketingCloudOrgId": "EXAMPLE@AdobeOrg",
        "media.id": "movie-1",
        "media.length": if variant > 11 { 0.0 } else { 60.5 },
        "media.contentType": if variant % 4 == 3 { "live" } else { "vod" },
        "media.playerName": format!("player-{variant}"),
        "media.channel": "sample-channel",
    });
    if variant % 2 == 1 {
        params["visitor.marketingCloudUserId"] = format!("viewer-{variant}").into();
    }
    if variant % 5 == 4 {
        params["media.resume"] = true.into();
    }
    params
}
