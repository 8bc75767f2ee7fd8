//! Worked examples and random sessions: the numbers of the server are those of the examples and
//! of the oracle.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use playhead_testkit::{oracle, random, vector};
use serde_json::Value;

use crate::support::{home, manual};
use crate::vectors::{Replay, without_reports};

pub(crate) fn vectors() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../playhead-testkit/vectors");
    let files = fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 14, "worked examples are missing");
    files
}

#[test]
fn compute_gives_what_every_example_expects() {
    let home = home();
    for file in vectors() {
        let output = home.run(&["compute", file.to_str().unwrap()]);
        let example = vector::load(&file).unwrap();
        assert!(output.status.success(), "{}", example["name"]);
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        let differences = vector::compare(&example, &answer);
        assert!(
            differences.is_empty(),
            "{}: {differences:#?}",
            example["name"]
        );
    }
}

#[test]
fn the_server_gives_what_every_example_expects() {
    for file in vectors() {
        let server = manual();
        let example = vector::load(&file).unwrap();
        let played = Replay::new(&server, 0).play(&example);
        assert!(
            played
                .statuses
                .iter()
                .all(|status| matches!(status, 201 | 204)),
            "{}: {:?}",
            example["name"],
            played.statuses
        );
        let answer = played.answer(&server);
        let differences = vector::compare(&without_reports(example.clone()), &answer);
        assert!(
            differences.is_empty(),
            "{}: {differences:#?}",
            example["name"]
        );
        let total = &server.outcomes()["total"];
        assert_eq!(total["held"], 0, "{}: {total}", example["name"]);
        assert_eq!(total["received"], total["acknowledged"], "{total}");
    }
}

/// Plays random vectors one after the other on one server, and compares statuses, outcomes and
/// numbers with the oracle's.
fn random_vectors(seeds: std::ops::Range<u64>) {
    let server = manual();
    let mut replay = Replay::new(&server, 0);
    let mut counts = BTreeMap::<&str, u64>::new();
    for seed in seeds {
        let vector = random::vector(seed);
        let played = replay.play(&vector);
        let outcomes = oracle::outcomes(&vector);
        let expected = outcomes
            .iter()
            .map(|outcome| outcome["status"].as_u64().unwrap());
        let statuses = played.statuses.iter().map(|status| u64::from(*status));
        assert!(statuses.eq(expected), "seed {seed}: {:?}", played.statuses);

        let truth = without_reports(oracle::compute(&vector));
        let differences = vector::diff(&played.answer(&server), &truth);
        assert!(differences.is_empty(), "seed {seed}: {differences:#?}");
        for (number, sid) in played.sids.iter().enumerate() {
            assert_outcomes(&server.events(sid), &settled(&outcomes, number), seed);
        }
        for names in outcomes
            .iter()
            .filter_map(|outcome| outcome["outcomes"].as_array())
        {
            for name in names {
                *counts.entry(kind(name.as_str().unwrap())).or_default() += 1;
            }
        }
        let total = server.outcomes()["total"]["settled"].clone();
        let mut found = BTreeMap::<&str, u64>::new();
        for (name, count) in total.as_object().unwrap() {
            *found.entry(kind(name)).or_default() += count.as_u64().unwrap();
        }
        found.retain(|_, count| *count > 0);
        assert_eq!(found, counts, "seed {seed}");
    }
}

/// Of a closed session a few events are remembered, so an end that repeats an older one after the
/// close is counted as another end where the oracle, which remembers all, says duplicate.
fn kind(outcome: &str) -> &'static str {
    match outcome {
        "accepted" => "accepted",
        "late" => "late",
        "ignored" => "ignored",
        "duplicate" | "after_close" => "duplicate or after_close",
        other => panic!("{other} is no outcome"),
    }
}

/// What comes after the close is acknowledged and counted at once; the list may lag behind.
#[track_caller]
fn assert_outcomes(events: &[Value], expected: &[Value], seed: u64) {
    let found: Vec<&Value> = events.iter().map(|event| &event["outcome"]).collect();
    let (listed, rest) = expected.split_at(found.len().min(expected.len()));
    for (index, (found, listed)) in found.iter().zip(listed).enumerate() {
        let same = kind(found.as_str().unwrap()) == kind(listed.as_str().unwrap());
        assert!(
            same,
            "seed {seed}, event {index}: {found} is {listed} for the oracle"
        );
    }
    assert!(found.len() <= expected.len(), "seed {seed}: {found:?}");
    let is_past_the_end = |outcome: &Value| outcome == "after_close" || outcome == "duplicate";
    assert!(
        rest.iter().all(is_past_the_end),
        "seed {seed}: {rest:?} are not listed"
    );
}

/// The outcomes of a session's events in order of arrival.
fn settled(outcomes: &[Value], session: usize) -> Vec<Value> {
    let of_session = outcomes
        .iter()
        .filter(|outcome| outcome["session"] == session);
    let entries = of_session.filter_map(|outcome| outcome["outcomes"].as_array());
    entries.flatten().cloned().collect()
}

#[test]
fn random_sessions_have_the_numbers_of_the_oracle() {
    random_vectors(0..60);
}

#[test]
fn more_random_sessions_have_the_numbers_of_the_oracle() {
    random_vectors(1_000..1_060);
}
