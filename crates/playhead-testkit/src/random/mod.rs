//! Random test vectors: one to three sessions, realistic and adversarial ones mixed.
//!
//! The same seed always gives the same vector. Readings on which the rules leave doubt are kept
//! out, so that a difference between two programs means a fault in one of them.

mod chaos;
mod client;
mod delivery;
mod rng;
#[cfg(test)]
mod tests;
mod viewer;

use serde_json::{Value, json};

use client::Client;
use delivery::{Parcel, Target, deliver, deliver_old, ts_of};
pub(crate) use rng::Rng;

#[derive(Debug, Clone, Copy)]
enum Kind {
    Realistic,
    Chaotic,
    Mixed,
    Downloaded,
    Old,
}

/// Makes the vector of a seed: `name`, `requests` in order of `at_ms`, and no expectation.
pub fn vector(seed: u64) -> Value {
    let mut rng = Rng::new(seed);
    let mut parcels = Vec::new();
    let count = rng.weighted(&[(60, 1), (25, 2), (15, 3)]);
    for session in 0..count {
        parcels.extend(session_parcels(&mut rng, session));
    }
    parcels.sort_by_key(|parcel| parcel.at_ms);
    if rng.percent(5) {
        parcels.extend(refused_starts(&mut rng, &parcels));
    }
    json!({
        "name": format!("random-{seed}"),
        "source": "random",
        "description": format!("made from the seed {seed}"),
        "requests": requests(&parcels),
    })
}

fn session_parcels(rng: &mut Rng, session: usize) -> Vec<Parcel> {
    let kinds = [
        (45, Kind::Realistic),
        (30, Kind::Chaotic),
        (15, Kind::Mixed),
        (9, Kind::Downloaded),
        (1, Kind::Old),
    ];
    let kind = rng.weighted(&kinds);
    let start_ms = rng.pick(&[40, 40, 41, 5_000, 70_000]);
    let bodies = play(rng, kind, session as i64);
    let mut parcels = match kind {
        Kind::Downloaded => return batch(rng, session, start_ms, bodies),
        Kind::Old => deliver_old(rng, session, start_ms, &bodies),
        _ => deliver(rng, session, start_ms, &bodies),
    };
    if rng.percent(10) {
        parcels.push(repeated_start(rng, start_ms, &bodies[0]));
    }
    if rng.percent(6) {
        parcels.extend(after_the_fact(rng, session, &parcels));
    }
    parcels
}

/// The bodies of one session, in the order the player makes them.
fn play(rng: &mut Rng, kind: Kind, number: i64) -> Vec<Value> {
    let lengths = [(20, (1, 8)), (50, (5, 25)), (25, (20, 60)), (3, (150, 400))];
    let (least, most) = rng.weighted(&lengths);
    let count = rng.between(least, most);
    let mut client = Client::start(rng, number);
    match kind {
        Kind::Realistic => viewer::watch(&mut client, count / 2),
        Kind::Chaotic => chaos::wander(&mut client, count),
        Kind::Old => chaos::grow_old(&mut client),
        Kind::Mixed | Kind::Downloaded => {
            chaos::wander(&mut client, count / 4);
            viewer::watch(&mut client, count / 4);
            chaos::wander(&mut client, count / 8);
        }
    }
    client.bodies
}

/// A whole session as one array, on either path.
fn batch(rng: &mut Rng, session: usize, start_ms: i64, mut bodies: Vec<Value>) -> Vec<Parcel> {
    let deprecated = rng.percent(50);
    if deprecated || rng.percent(20) {
        bodies[0]["params"]["media.downloaded"] = json!(true);
    }
    for _ in 0..rng.between(0, 4) {
        if bodies.len() > 2 {
            let from = rng.between(1, bodies.len() as i64 - 1) as usize;
            let to = rng.between(1, bodies.len() as i64 - 1) as usize;
            match rng.percent(50) {
                true => bodies.swap(from, to),
                false => bodies.push(bodies[from].clone()),
            }
        }
    }
    let path = if deprecated {
        "/api/v1/sessions"
    } else {
        "/api/v1/downloaded"
    };
    let at_ms = start_ms + rng.pick(&[0, 1_000, 259_200_000]);
    let body = Value::Array(bodies);
    let start = Parcel {
        at_ms,
        target: Target::Start(session),
        body: body.clone(),
    };
    let mut parcels = vec![start];
    if rng.percent(20) {
        let at_ms = at_ms + retry_delay(rng);
        parcels.push(Parcel {
            at_ms,
            target: Target::Restart(path),
            body,
        });
    }
    if rng.percent(10) {
        let ping = json!({ "eventType": "ping", "playerTime": { "playhead": 1, "ts": 5 } });
        parcels.push(Parcel {
            at_ms: at_ms + 9,
            target: Target::Events(session),
            body: ping,
        });
    }
    parcels
}

/// Protocol 3.4: inside three minutes, or safely past them.
fn retry_delay(rng: &mut Rng) -> i64 {
    rng.pick(&[1, 2_000, 179_999, 180_001, 400_000])
}

fn repeated_start(rng: &mut Rng, start_ms: i64, start: &Value) -> Parcel {
    let at_ms = start_ms + retry_delay(rng);
    let mut body = start.clone();
    if rng.percent(20) {
        body["playerTime"]["ts"] = json!(ts_of(&body) + 1);
    }
    Parcel {
        at_ms,
        target: Target::Restart("/api/v1/sessions"),
        body,
    }
}

/// Events for a session that has ended long ago: about the idle time, and when it is forgotten.
fn after_the_fact(rng: &mut Rng, session: usize, parcels: &[Parcel]) -> Vec<Parcel> {
    let last = parcels.iter().map(|parcel| parcel.at_ms).max().unwrap_or(0);
    let delays = [599_999, 600_000, 610_000, 90_000_000 + 3_600_000];
    let at_ms = last + rng.pick(&delays);
    let kinds = ["ping", "sessionEnd", "sessionComplete", "play"];
    let mut more = Vec::new();
    for step in 0..rng.between(1, 3) {
        let player_time = json!({ "playhead": 3, "ts": 1_772_474_400_000_i64 + step });
        let body = json!({ "eventType": rng.pick(&kinds), "playerTime": player_time });
        more.push(Parcel {
            at_ms: at_ms + step,
            target: Target::Events(session),
            body,
        });
    }
    more
}

/// Starts that are refused. They come last: which number a refused one has is open to doubt.
fn refused_starts(rng: &mut Rng, parcels: &[Parcel]) -> Vec<Parcel> {
    let last = parcels.iter().map(|parcel| parcel.at_ms).max().unwrap_or(0);
    let starts = parcels
        .iter()
        .filter(|parcel| matches!(parcel.target, Target::Start(_)));
    let bodies = starts
        .filter(|parcel| parcel.body.is_object())
        .map(|parcel| &parcel.body);
    let mut refused = Vec::new();
    for body in bodies {
        let mut body = body.clone();
        match rng.between(0, 4) {
            0 => body["params"]["media.downloaded"] = json!(true),
            1 => body["params"]["media.length"] = json!("600"),
            2 => body["params"]["media.id"] = Value::Null,
            3 => body["eventType"] = json!("play"),
            _ => body = json!([body, { "eventType": "ping" }]),
        }
        let target = Target::Restart("/api/v1/sessions");
        refused.push(Parcel {
            at_ms: last + 10,
            target,
            body,
        });
    }
    refused
}

/// Writes the paths: a session's events name the number of its own session request.
fn requests(parcels: &[Parcel]) -> Vec<Value> {
    let starts = parcels
        .iter()
        .filter(|parcel| matches!(parcel.target, Target::Start(_) | Target::Restart(_)));
    let numbers: Vec<&Target> = starts.map(|parcel| &parcel.target).collect();
    let number_of = |session: usize| {
        let own = |target: &&Target| matches!(target, Target::Start(other) if *other == session);
        1 + numbers
            .iter()
            .position(own)
            .expect("every session has its start")
    };
    let path = |parcel: &Parcel| match parcel.target {
        Target::Start(_) => match parcel.body.as_array() {
            Some(elements) if elements[0]["params"]["media.downloaded"] != true => {
                "/api/v1/downloaded".to_owned()
            }
            _ => "/api/v1/sessions".to_owned(),
        },
        Target::Restart(path) => path.to_owned(),
        Target::Events(_) if numbers.len() == 1 => "/api/v1/sessions/{sid}/events".to_owned(),
        Target::Events(session) => format!("/api/v1/sessions/{{sid{}}}/events", number_of(session)),
        Target::Unknown => format!("/api/v1/sessions/{}/events", "0f".repeat(32)),
    };
    parcels
        .iter()
        .map(|parcel| json!({ "at_ms": parcel.at_ms, "path": path(parcel), "body": parcel.body }))
        .collect()
}
