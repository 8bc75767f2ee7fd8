//! How events reach the server: in order, late, in bursts, twice, damaged.

use serde_json::{Value, json};

use super::rng::Rng;

/// A request that is not yet bound to the number of its session.
#[derive(Debug, Clone)]
pub(crate) struct Parcel {
    pub(crate) at_ms: i64,
    pub(crate) target: Target,
    pub(crate) body: Value,
}

#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// The session request that opens this session.
    Start(usize),
    /// A further session request, on this path.
    Restart(&'static str),
    Events(usize),
    Unknown,
}

#[derive(Debug, Clone, Copy)]
enum Mode {
    Prompt,
    Jitter,
    /// Delays about the 5,000 ms of the window.
    Disorder,
    /// Arrivals pile up, so that more than ten are held.
    Bursts,
    /// Arrival has little to do with `ts`, and idles about 600,000 ms.
    Detached,
}

/// Delivers a live session that starts at `start_ms`.
pub(crate) fn deliver(
    rng: &mut Rng,
    session: usize,
    start_ms: i64,
    bodies: &[Value],
) -> Vec<Parcel> {
    let (start, events) = bodies
        .split_first()
        .expect("a client begins with sessionStart");
    let mut parcels = vec![Parcel {
        at_ms: start_ms,
        target: Target::Start(session),
        body: start.clone(),
    }];
    let modes = [
        (30, Mode::Prompt),
        (25, Mode::Jitter),
        (25, Mode::Disorder),
        (12, Mode::Bursts),
        (6, Mode::Detached),
    ];
    let mode = rng.weighted(&modes);
    let first_ts = ts_of(start);
    let mut detached_ms = start_ms;
    for body in events {
        let on_time = start_ms + (ts_of(body) - first_ts).max(0);
        let at_ms = match mode {
            Mode::Prompt => on_time,
            Mode::Jitter => on_time + rng.between(0, 60),
            Mode::Disorder => on_time + disorder(rng),
            Mode::Bursts => start_ms + (on_time - start_ms) / 30_000 * 30_000 + rng.between(0, 3),
            Mode::Detached => {
                let gaps = [
                    (80, 200),
                    (30, 5_000),
                    (2, 599_999),
                    (1, 600_000),
                    (3, 590_000),
                ];
                detached_ms += rng.weighted(&gaps);
                detached_ms
            }
        };
        parcels.push(Parcel {
            at_ms,
            target: Target::Events(session),
            body: body.clone(),
        });
    }
    // Up to three posts at once: what has one arrival time comes in any order.
    if rng.percent(60) {
        rng.shuffle(&mut parcels[1..]);
    }
    parcels.sort_by_key(|parcel| parcel.at_ms);
    add_copies(rng, &mut parcels);
    damage(rng, session, &mut parcels);
    parcels
}

/// Delivers a session for its age: events just inside the idle time, some of them a bit past it.
pub(crate) fn deliver_old(
    rng: &mut Rng,
    session: usize,
    start_ms: i64,
    bodies: &[Value],
) -> Vec<Parcel> {
    let mut at_ms = start_ms;
    let mut parcels = Vec::new();
    for (index, body) in bodies.iter().enumerate() {
        let target = if index == 0 {
            Target::Start(session)
        } else {
            Target::Events(session)
        };
        parcels.push(Parcel {
            at_ms,
            target,
            body: body.clone(),
        });
        at_ms += rng.pick(&[598_000, 599_000, 599_999]);
    }
    // Some more about the last moment, when the window still holds something.
    for (late, ts) in [(-4_000, 1), (-1, 2), (0, 3), (1, 4)] {
        let mut body = bodies[bodies.len() - 1].clone();
        body["playerTime"]["ts"] = json!(ts_of(&body) + ts);
        let at_ms = start_ms + 87_000_000 + late;
        parcels.push(Parcel {
            at_ms,
            target: Target::Events(session),
            body,
        });
    }
    parcels.sort_by_key(|parcel| parcel.at_ms);
    parcels
}

fn disorder(rng: &mut Rng) -> i64 {
    match rng.between(0, 9) {
        0..=4 => rng.between(0, 50),
        5..=6 => rng.between(500, 4_000),
        7..=8 => rng.between(4_980, 5_020),
        _ => rng.between(6_000, 25_000),
    }
}

/// Retries: the same body again at once, soon, or so late that it has been forgotten (R2.2).
fn add_copies(rng: &mut Rng, parcels: &mut Vec<Parcel>) {
    if !rng.percent(40) {
        return;
    }
    for index in 1..parcels.len() {
        if !rng.percent(8) {
            continue;
        }
        let mut copy = parcels[index].clone();
        let further = rng.pick(&[0, 1, 3, 12, 31, 32, 33, 34, 40]);
        let after = parcels
            .get(index + further)
            .map_or(copy.at_ms, |parcel| parcel.at_ms);
        copy.at_ms = after + rng.pick(&[0, 1, 200, 4_999]);
        alter(rng, &mut copy.body);
        parcels.push(copy);
    }
    parcels.sort_by_key(|parcel| parcel.at_ms);
}

/// Leaves a body equal by R2.2 (15 and 15.0), or makes it another one in a detail.
fn alter(rng: &mut Rng, body: &mut Value) {
    match rng.between(0, 9) {
        0..=3 => {}
        4..=6 => {
            if let Some(playhead) = body["playerTime"]["playhead"].as_f64() {
                body["playerTime"]["playhead"] = json!(playhead);
            }
        }
        7 => body["playerTime"]["ts"] = json!(ts_of(body) + 1),
        8 => body["qoeData"]["media.qoe.droppedFrames"] = json!(5),
        _ => {
            let playhead = body["playerTime"]["playhead"].as_f64().unwrap_or(0.0);
            body["playerTime"]["playhead"] = json!(playhead + 0.5);
        }
    }
}

/// Bodies the door refuses, and odd ones it takes.
fn damage(rng: &mut Rng, session: usize, parcels: &mut Vec<Parcel>) {
    if !rng.percent(25) {
        return;
    }
    let mut damaged = Vec::new();
    for _ in 0..rng.between(1, 4) {
        let index = rng.between(0, parcels.len() as i64 - 1) as usize;
        let mut parcel = parcels[index].clone();
        parcel.target = if rng.percent(10) {
            Target::Unknown
        } else {
            Target::Events(session)
        };
        if rng.percent(70) {
            spoil(rng, &mut parcel.body);
        } else if parcel.body["eventType"] != "sessionStart" {
            bend(rng, &mut parcel.body);
        }
        damaged.push(parcel);
    }
    parcels.extend(damaged);
    parcels.sort_by_key(|parcel| parcel.at_ms);
}

fn spoil(rng: &mut Rng, body: &mut Value) {
    match rng.between(0, 10) {
        0 => body["eventType"] = json!("seekStart"),
        1 => body["playerTime"]["ts"] = json!("1772474400000"),
        2 => body["playerTime"]["playhead"] = Value::Null,
        3 => body["params"] = json!([]),
        4 => body["customMetadata"] = json!({ "count": 3 }),
        5 => body["customMetadata"] = json!({ "not allowed": "x" }),
        6 => body["qoeData"] = json!({ "media.qoe.bitrate": "fast" }),
        7 => *body = json!([body.clone()]),
        8 => *body = Value::Null,
        9 => {
            body["eventType"] = json!("stateStart");
            body["params"] = json!({ "media.state.name": "no spaces" });
        }
        _ => {
            body["eventType"] = json!("adStart");
            body["params"] = json!({ "media.ad.id": "a1" });
        }
    }
}

fn bend(rng: &mut Rng, body: &mut Value) {
    match rng.between(0, 4) {
        0 => body["somethingElse"] = json!({ "deep": [1, 2] }),
        1 => body["playerTime"]["playhead"] = json!(-3.5),
        2 => body["playerTime"]["ts"] = json!(ts_of(body) as f64 + 0.5),
        3 => body["qoeData"]["media.qoe.unheardOf"] = json!("kept"),
        _ => body["customMetadata"] = Value::Null,
    }
}

pub(crate) fn ts_of(body: &Value) -> i64 {
    body["playerTime"]["ts"].as_i64().unwrap_or(0)
}
