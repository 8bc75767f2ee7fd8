//! One session model: the same views through both APIs have the same numbers.

use playhead_testkit::{edge, random, vector};
use serde_json::Value;

use crate::support::manual;
use crate::vectors::{Api, Replay};

/// The types that both APIs know, `stateStart` and `stateEnd` as `statesUpdate`.
const KINDS: [&str; 20] = [
    "sessionStart",
    "sessionComplete",
    "sessionEnd",
    "play",
    "ping",
    "pauseStart",
    "bufferStart",
    "bitrateChange",
    "error",
    "adBreakStart",
    "adBreakComplete",
    "adStart",
    "adComplete",
    "adSkip",
    "chapterStart",
    "chapterComplete",
    "chapterSkip",
    "stateStart",
    "stateEnd",
    "statesUpdate",
];

/// The requests of a vector that both APIs can take, in a form that both can take.
fn common(mut vector: Value) -> Value {
    let requests = vector["requests"].as_array_mut().unwrap();
    requests.retain(is_mappable);
    for request in requests {
        request["body"] = edge::common(&request["body"]);
    }
    vector
}

/// Whether a request can be put into the terms of the other API.
fn is_mappable(request: &Value) -> bool {
    let is_event = |body: &Value| {
        let kind = body["eventType"].as_str().unwrap_or_default();
        KINDS.contains(&kind) && body["playerTime"]["ts"].is_i64()
    };
    let is_start = |body: &Value| body["eventType"] == "sessionStart";
    match (&request["body"], request["path"].as_str().unwrap()) {
        (Value::Array(bodies), path) => {
            let is_flagged = bodies[0]["params"]["media.downloaded"] == true;
            bodies.iter().all(is_event)
                && is_start(&bodies[0])
                && (is_flagged || path.ends_with("downloaded"))
        }
        (body, "/api/v1/sessions") => {
            is_event(body) && is_start(body) && body["params"]["media.downloaded"] != true
        }
        (body, _) => is_event(body) && !is_start(body),
    }
}

#[test]
fn random_views_have_the_same_numbers_metric_for_metric() {
    let (collection, edge) = (manual(), manual());
    let mut through_collection = Replay::new(&collection, 0);
    let mut through_edge = Replay::new(&edge, 0).through(Api::Edge);
    let mut sessions = 0;
    for seed in 1..=60 {
        let mut vector = random::vector(seed);
        if !vector["requests"]
            .as_array()
            .unwrap()
            .iter()
            .all(is_mappable)
        {
            continue;
        }
        vector = common(vector);
        let one = through_collection.play(&vector);
        let other = through_edge.play(&vector);
        assert_eq!(one.statuses, other.statuses, "seed {seed}");
        assert_eq!(one.sids.len(), other.sids.len(), "seed {seed}");
        let differences = vector::diff(&one.answer(&collection), &other.answer(&edge));
        assert!(differences.is_empty(), "seed {seed}: {differences:#?}");
        sessions += one.sids.len();
    }
    assert!(sessions > 60, "{sessions} sessions");
    let settled =
        |server: &playhead_testkit::process::Server| server.outcomes()["total"]["settled"].clone();
    assert_eq!(settled(&collection), settled(&edge));
}

/// Those without a fraction in a length, which is rounded on Edge.
#[test]
fn the_worked_examples_hold_through_either_api() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../playhead-testkit/vectors");
    for name in [
        "ad-without-break",
        "average-bitrate",
        "downloaded-documented-batch",
        "drop-before-start-in-preroll",
        "equal-timestamps",
        "estimated-streams-31-minutes",
        "player-states-batched",
        "progress-markers-forward-seek",
        "reports-two-viewers",
        "stall-three-events",
        "unique-time-seek-back",
    ] {
        let example = vector::load(&folder.join(format!("{name}.json"))).unwrap();
        let server = manual();
        let played = Replay::new(&server, 0)
            .through(Api::Edge)
            .play(&common(example.clone()));
        let example = crate::vectors::without_reports(example);
        let differences = vector::compare(&example, &played.answer(&server));
        assert!(differences.is_empty(), "{name}: {differences:#?}");
    }
}
