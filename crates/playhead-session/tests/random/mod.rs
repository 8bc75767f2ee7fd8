//! Random sessions from a seed: every type of event, out of order, repeated, at one time, with
//! seeks, turns of the day, parts never closed, and silences around every limit.

use serde_json::{Map, Value, json};

use crate::common::{Recording, Request, ZERO};

/// SplitMix64: the same seed gives the same session on every machine.
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Both ends included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high.abs_diff(low) + 1)) as i64
    }

    pub(crate) fn percent(&mut self, chance: i64) -> bool {
        self.between(0, 99) < chance
    }

    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.between(0, items.len() as i64 - 1) as usize]
    }
}

/// A session with anything in it.
pub(crate) fn session(rng: &mut Rng) -> Recording {
    let live = rng.percent(25);
    let mut playhead = if live {
        86_400_000 - rng.between(0, 120_000)
    } else {
        0
    };
    let mut requests = vec![Request::new(0, &start(rng, live, playhead))];
    let (mut ts, mut at) = (0, 0);
    // A few go on for more than a day.
    let is_long = rng.percent(2);
    let events = if is_long { 170 } else { rng.between(0, 80) };
    for _ in 0..events {
        let step = if is_long {
            rng.between(500_000, 580_000)
        } else {
            step_ms(rng)
        };
        ts += step;
        at += match rng.between(0, 19) {
            _ if is_long => step,
            0 => rng.between(4_990, 5_010),
            1 => rng.between(599_990, 600_010).min(step.max(0) + 1),
            2..=9 => 0,
            _ => step.clamp(0, 2_000_000),
        } as u64;
        playhead = move_playhead(rng, playhead, step, live);
        if !is_long && rng.percent(4) {
            let copied = rng.between(0, requests.len() as i64 - 1) as usize;
            if copied > 0 {
                requests.push(Request {
                    at,
                    ..requests[copied].clone()
                });
                continue;
            }
        }
        // Now and then a straggler, whose time lies before that of others.
        let sent = ts
            - if rng.percent(8) {
                rng.between(0, 15_000)
            } else {
                0
            };
        requests.push(Request::new(at, &event(rng, sent, playhead)));
    }
    Recording::new(requests)
}

/// A session whose events come in order at times of their own, far from every limit and never so
/// dense that more than ten are under way within five seconds.
pub(crate) fn calm_session(rng: &mut Rng) -> Recording {
    let live = rng.percent(25);
    let mut playhead = if live { 86_390_000 } else { 0 };
    let mut requests = vec![Request::new(0, &start(rng, live, playhead))];
    let longest = rng.pick(&[800, 2_000, 12_000]);
    let mut ts = 0;
    for _ in 0..rng.between(1, 60) {
        let step = match rng.between(0, 40) {
            0 => rng.between(610_000, 700_000),
            1 => rng.between(60_000, 580_000),
            _ => rng.between(550, longest),
        };
        ts += step;
        playhead = move_playhead(rng, playhead, step, live);
        requests.push(Request::new(ts as u64, &event(rng, ts, playhead)));
    }
    Recording::new(requests)
}

fn start(rng: &mut Rng, live: bool, playhead: i64) -> Value {
    let length = if live {
        86_400.0
    } else {
        rng.pick(&[0.0, 60.0, 60.333, 600.0, 5400.0])
    };
    json!({
        "eventType": "sessionStart",
        "playerTime": { "ts": ZERO, "playhead": playhead as f64 / 1000.0 },
        "params": {
            "media.id": "movie",
            "media.length": length,
            "media.contentType": if live { "live" } else { "vod" },
            "media.resume": rng.percent(10),
        },
        "qoeData": quality(rng, 30),
    })
}

fn step_ms(rng: &mut Rng) -> i64 {
    match rng.between(0, 59) {
        0..=9 => 0,
        10..=14 => 1,
        15..=19 => rng.between(990, 1_010),
        20 => rng.pick(&[599_999, 600_000, 600_001]),
        21 => rng.between(100_000, 599_000),
        22 => -rng.between(0, 8_000),
        23..=29 => rng.between(1, 999),
        _ => rng.between(1_000, 15_000),
    }
}

fn move_playhead(rng: &mut Rng, playhead: i64, step: i64, live: bool) -> i64 {
    let moved = match rng.between(0, 19) {
        0 => rng.between(0, 700_000),
        1 if rng.percent(20) => rng.pick(&[i64::MAX, 0, 60_000, 1]),
        2..=6 => playhead,
        7 => playhead.saturating_add(rng.between(0, 3_000)),
        _ => playhead.saturating_add(step.max(0)),
    };
    if live {
        moved.rem_euclid(86_400_000)
    } else {
        moved
    }
}

fn event(rng: &mut Rng, ts: i64, playhead: i64) -> Value {
    let (event_type, params) = kind(rng);
    // The largest playhead stands for one beyond all bounds.
    let seconds = if playhead == i64::MAX {
        1e308
    } else {
        playhead as f64 / 1000.0
    };
    let mut body = Map::new();
    body.insert("eventType".into(), event_type.into());
    body.insert(
        "playerTime".into(),
        json!({ "ts": ZERO as i64 + ts, "playhead": seconds }),
    );
    body.insert("params".into(), params);
    body.insert("qoeData".into(), quality(rng, 10));
    body.into()
}

fn kind(rng: &mut Rng) -> (&'static str, Value) {
    let none = || json!({});
    match rng.between(0, 99) {
        0..=34 => ("ping", none()),
        35..=49 => ("play", none()),
        50..=55 => ("pauseStart", none()),
        56..=61 => ("bufferStart", none()),
        62..=66 => {
            let pod = json!({ "media.ad.podIndex": rng.between(0, 1), "media.ad.podSecond": 0 });
            ("adBreakStart", pod)
        }
        67..=70 => ("adBreakComplete", none()),
        71..=76 => (
            "adStart",
            json!({ "media.ad.id": rng.pick(&["", "ad-1", "ad-2"]) }),
        ),
        77..=79 => ("adComplete", none()),
        80 => ("adSkip", none()),
        81..=83 => (
            "chapterStart",
            json!({ "media.chapter.index": rng.between(1, 3) }),
        ),
        84 => ("chapterComplete", none()),
        85 => ("chapterSkip", none()),
        86..=88 => ("stateStart", named_state(rng)),
        89..=90 => ("stateEnd", named_state(rng)),
        91..=93 => {
            let names = |rng: &mut Rng| {
                (0..rng.between(0, 3))
                    .map(|_| named_state(rng))
                    .collect::<Vec<_>>()
            };
            (
                "statesUpdate",
                json!({ "statesStart": names(rng), "statesEnd": names(rng) }),
            )
        }
        94..=95 => ("bitrateChange", none()),
        96..=97 => {
            let source = rng.pick(&["player", "external"]);
            (
                "error",
                json!({ "media.errorId": "E1", "media.errorSource": source }),
            )
        }
        98 if rng.percent(50) => ("sessionComplete", none()),
        99 if rng.percent(50) => ("sessionEnd", none()),
        _ => ("ping", none()),
    }
}

fn named_state(rng: &mut Rng) -> Value {
    let number = rng.between(0, 13);
    let custom = format!("own-{number}");
    let name = rng.pick(&["mute", "fullScreen", "fullscreen", "inFocus", &custom]);
    json!({ "media.state.name": name })
}

fn quality(rng: &mut Rng, chance: i64) -> Value {
    let mut values = Map::new();
    for (name, most) in [
        ("media.qoe.bitrate", 6000),
        ("media.qoe.droppedFrames", 50),
        ("media.qoe.framesPerSecond", 60),
        ("media.qoe.timeToStart", 4000),
    ] {
        if rng.percent(chance) {
            let low = if rng.percent(10) { -1 } else { 0 };
            values.insert(name.into(), rng.between(low, most).into());
        }
    }
    values.into()
}
