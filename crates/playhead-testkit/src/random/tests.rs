use std::collections::BTreeMap;

use super::vector;
use crate::oracle;

#[test]
fn a_seed_always_gives_the_same_vector() {
    for seed in 0..50 {
        assert_eq!(vector(seed), vector(seed));
    }
    assert_ne!(vector(1), vector(2));
}

#[test]
fn requests_come_in_order_of_arrival() {
    for seed in 0..200 {
        let vector = vector(seed);
        let requests = vector["requests"].as_array().unwrap();
        let times: Vec<i64> = requests
            .iter()
            .map(|r| r["at_ms"].as_i64().unwrap())
            .collect();
        assert!(times.is_sorted(), "seed {seed}");
    }
}

/// The vectors are worth their time only if they reach the rules: every outcome, status and reason.
#[test]
fn the_vectors_reach_every_outcome_status_and_close_reason() {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for seed in 0..1_500 {
        let vector = vector(seed);
        for answer in oracle::outcomes(&vector) {
            *seen.entry(answer["status"].to_string()).or_default() += 1;
            for outcome in answer["outcomes"].as_array().into_iter().flatten() {
                *seen
                    .entry(outcome.as_str().unwrap().to_owned())
                    .or_default() += 1;
            }
        }
        for session in oracle::compute(&vector)["sessions"].as_array().unwrap() {
            let session = &session["session"];
            let reason = session["closeReason"].as_str().unwrap();
            *seen.entry(reason.to_owned()).or_default() += 1;
            for flag in [
                "isPlayed",
                "isCompleted",
                "hasStallImpactedStreams",
                "isDownloaded",
                "isStartFailure",
                "isExitBeforeStart",
                "isPlaybackFailure",
            ] {
                *seen.entry(flag.to_owned()).or_default() += u32::from(session[flag] == true);
            }
            let rebuffered = session["rebufferCount"].as_i64() > Some(0);
            *seen.entry("rebuffered".into()).or_default() += u32::from(rebuffered);
            let went_on = session["isPlayed"] == true
                && session["isCompleted"] == false
                && session["errorCount"].as_i64() > Some(0)
                && session["isPlaybackFailure"] == false;
            *seen.entry("watched on after an error".into()).or_default() += u32::from(went_on);
        }
    }
    for wanted in [
        "201",
        "204",
        "400",
        "404",
        "410",
        "accepted",
        "late",
        "duplicate",
        "ignored",
        "after_close",
        "sessionEnd",
        "timeout-no-events",
        "timeout-no-playhead-change",
        "timeout-session-age",
        "isPlayed",
        "isCompleted",
        "hasStallImpactedStreams",
        "isDownloaded",
        "isStartFailure",
        "isExitBeforeStart",
        "isPlaybackFailure",
        "rebuffered",
        "watched on after an error",
    ] {
        let count = seen.get(wanted).copied().unwrap_or(0);
        assert!(
            count >= 5,
            "{wanted} was reached {count} times; all: {seen:?}"
        );
    }
}
