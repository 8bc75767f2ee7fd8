//! What the simulator says is true, the engine finds in the events.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use playhead_simulator::{Kind, Mix, Network, Options, Plan};
use serde_json::Value;

/// Everything that is known must be answered so, to the last digit.
fn differences(number: usize, known: &Value, answered: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(&format!("session {number}"), known, answered, &mut found);
    found
}

fn compare(path: &str, known: &Value, answered: &Value, found: &mut Vec<String>) {
    match (known, answered) {
        (Value::Object(known), Value::Object(answered)) => {
            for (name, value) in known {
                let path = format!("{path}.{name}");
                compare(
                    &path,
                    value,
                    answered.get(name).unwrap_or(&Value::Null),
                    found,
                );
            }
            if path.ends_with(".states") || path.ends_with(".customMetadata") {
                let extra = answered.keys().filter(|name| !known.contains_key(*name));
                found.extend(extra.map(|name| format!("{path}.{name} is answered, not true")));
            }
        }
        (Value::Array(known), Value::Array(answered)) if known.len() == answered.len() => {
            for (place, (known, answered)) in known.iter().zip(answered).enumerate() {
                compare(&format!("{path}[{place}]"), known, answered, found);
            }
        }
        (Value::Number(known), Value::Number(answered)) => {
            let distance = known.as_f64().unwrap_or(f64::NAN) - answered.as_f64().unwrap_or(0.0);
            if distance.is_nan() || distance.abs() > 1e-9 {
                found.push(format!("{path}: true {known}, answered {answered}"));
            }
        }
        _ if known == answered => {}
        _ => found.push(format!("{path}: true {known}, answered {answered}")),
    }
}

fn check(seed: u64, options: Options) {
    let sessions = options.sessions;
    let plan = Plan::new(seed, options);
    let mut text = Vec::new();
    plan.write_vectors(&mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let answer = playhead_engine::offline::compute(&text).unwrap();
    let answered = answer["sessions"].as_array().unwrap();
    assert_eq!(answered.len(), sessions);
    let found: Vec<String> = (0..sessions)
        .flat_map(|number| differences(number, &plan.truth(number), &answered[number]))
        .collect();
    assert!(
        found.is_empty(),
        "seed {seed}: {} differ:\n{}",
        found.len(),
        found[..found.len().min(20)].join("\n")
    );
}

/// `PLAYHEAD_SEED` replays a run.
fn seed(fallback: u64) -> u64 {
    let given = std::env::var("PLAYHEAD_SEED").ok();
    let seed = given.map_or(fallback, |text| {
        text.parse().expect("PLAYHEAD_SEED is a number")
    });
    println!("seed {seed}");
    seed
}

#[test]
fn thousands_of_sessions_have_their_true_numbers() {
    let options = Options {
        sessions: 2_000,
        starts_per_minute: 3_000,
        ..Options::default()
    };
    check(seed(1), options);
}

#[test]
fn short_sessions_have_their_true_numbers() {
    let options = Options {
        sessions: 3_000,
        starts_per_minute: 60_000,
        mean_duration_ms: 60_000,
        titles: 40,
        viewers: 7,
        ..Options::default()
    };
    check(seed(2), options);
}

#[test]
fn ordinary_sessions_have_their_true_numbers() {
    let options = Options {
        sessions: 60,
        mean_duration_ms: 3_600_000,
        mix: Mix::Ordinary,
        network: Network::Calm,
        ..Options::default()
    };
    check(seed(3), options);
}

#[test]
fn traffic_is_in_order_and_the_same_each_time() {
    let plan = Plan::new(
        5,
        Options {
            sessions: 200,
            ..Options::default()
        },
    );
    let requests: Vec<_> = plan.requests().collect();
    assert!(requests.is_sorted_by_key(|request| request.at_ms));
    assert!(
        requests
            .iter()
            .eq(plan.requests().collect::<Vec<_>>().iter())
    );
    for number in 0..200 {
        let own: Vec<_> = requests
            .iter()
            .filter(|request| request.session == number)
            .collect();
        assert!(
            own.iter()
                .map(|request| request.number)
                .eq(0..own.len() as u32)
        );
        assert!(
            own.iter()
                .copied()
                .cloned()
                .eq(plan.session(number).requests())
        );
        assert!(own[1..].iter().all(|request| request.kind == Kind::Event));
    }
}

#[test]
fn the_ordinary_start_says_what_it_promises() {
    let plan = Plan::new(
        5,
        Options {
            mix: Mix::Ordinary,
            ..Options::default()
        },
    );
    let start = plan.session(0).requests().next().unwrap();
    let body: Value = serde_json::from_str(&start.body).unwrap();
    assert_eq!(body["customMetadata"].as_object().unwrap().len(), 5);
    let media = body["params"].as_object().unwrap().keys();
    assert_eq!(
        media.filter(|key| key.starts_with("media.")).count(),
        26,
        "and media.resume"
    );
}

/// A truth that never says anything would agree with every engine.
#[test]
fn everything_happens() {
    let plan = Plan::new(
        7,
        Options {
            sessions: 600,
            ..Options::default()
        },
    );
    let truths: Vec<Value> = (0..600).map(|number| plan.truth(number)).collect();
    let some = |what: &str, holds: &dyn Fn(&Value) -> bool| {
        let count = truths
            .iter()
            .filter(|truth| holds(&truth["session"]))
            .count();
        assert!(count >= 5, "{what}: {count} of 600");
    };
    for name in [
        "isPlayed",
        "isDroppedBeforeStart",
        "isCompleted",
        "hasResume",
        "isDownloaded",
        "hasPauseImpactedStreams",
        "hasBufferImpactedStreams",
        "hasStallImpactedStreams",
        "hasErrorImpactedStreams",
        "hasBitrateChangeImpactedStreams",
        "hasDroppedFrameImpactedStreams",
        "hasProgress95",
        "isExitBeforeStart",
        "isPlaybackFailure",
    ] {
        some(name, &|session| session[name] == true);
    }
    for name in ["adCount", "chapterCount", "rebufferCount"] {
        some(name, &|session| session[name].as_u64() > Some(1));
    }
    for reason in ["sessionEnd", "timeout-no-events"] {
        some(reason, &|session| session["closeReason"] == reason);
    }
    some("seen twice", &|session| {
        session["timePlayed"].as_u64() > session["uniqueTimePlayed"].as_u64()
    });
    some("live", &|session| session["length"] == 86_400);
    some("nobody", &|session| session["visitor"].is_null());
    let requests: Vec<_> = plan.requests().collect();
    let ts = |body: &str| {
        let body: Value = serde_json::from_str(body).unwrap();
        body["playerTime"]["ts"].as_i64()
    };
    let (mut twice, mut overtaken) = (0, 0);
    for number in 0..600 {
        let own = requests.iter().filter(|request| request.session == number);
        let bodies: Vec<&str> = own.map(|request| request.body.as_str()).collect();
        let distinct: std::collections::BTreeSet<_> = bodies.iter().collect();
        twice += usize::from(distinct.len() < bodies.len());
        overtaken += usize::from(!bodies.is_sorted_by_key(|body| ts(body)));
    }
    assert!(
        twice > 100 && overtaken > 100,
        "{twice} repeat, {overtaken} overtake"
    );
}
