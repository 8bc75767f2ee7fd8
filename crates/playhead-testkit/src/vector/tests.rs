use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{compare, diff, from_capture, load, recorded_statuses};
use crate::oracle;

fn vectors() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths.iter().map(|path| load(path).unwrap()).collect()
}

#[test]
fn the_oracle_gives_what_every_vector_expects() {
    let vectors = vectors();
    assert!(vectors.len() >= 14, "the worked examples are missing");
    for vector in vectors {
        let differences = compare(&vector, &oracle::compute(&vector));
        assert!(
            differences.is_empty(),
            "{}: {differences:#?}",
            vector["name"]
        );
    }
}

#[test]
fn an_answer_does_not_differ_from_itself_and_a_changed_one_does() {
    for vector in vectors() {
        let answer = oracle::compute(&vector);
        assert_eq!(diff(&answer, &answer), Vec::<String>::new());
        let mut changed = answer.clone();
        let seconds = answer["sessions"][0]["session"]["totalTimePlayed"]
            .as_i64()
            .unwrap();
        changed["sessions"][0]["session"]["totalTimePlayed"] = json!(seconds + 1);
        assert_eq!(diff(&answer, &changed).len(), 1);
    }
}

#[test]
fn absent_false_and_zero_are_alike_only_where_the_rules_say_so() {
    let answer = |session: Value| json!({ "sessions": [{ "session": session }], "reports": {} });
    let same = |one: Value, other: Value| diff(&answer(one), &answer(other)).is_empty();
    assert!(same(
        json!({ "isPlayed": false, "pauseTime": 0 }),
        json!({})
    ));
    assert!(same(
        json!({ "externalErrors": [], "segment": null }),
        json!({})
    ));
    assert!(!same(json!({ "timeToStart": 0 }), json!({})));
    assert!(!same(json!({ "bitrateAverage": 0 }), json!({})));
    assert!(!same(json!({ "isPlayed": true }), json!({})));
    assert!(same(
        json!({ "averageMinuteAudience": 0.1 }),
        json!({ "averageMinuteAudience": 0.1000001 })
    ));
    assert!(!same(json!({ "averageMinuteAudience": 0 }), json!({})));
}

#[test]
fn a_listed_part_is_compared_by_its_listed_names_and_lists_as_a_whole() {
    let vector = json!({ "expect": { "ads": [{ "id": "a", "customMetadata": {} }] } });
    let answer = |ads: Value| json!({ "sessions": [{ "session": {}, "ads": ads }] });
    assert!(compare(&vector, &answer(json!([{ "id": "a", "timePlayed": 3 }]))).is_empty());
    assert_eq!(compare(&vector, &answer(json!([]))).len(), 1);
    let with_metadata = json!([{ "id": "a", "customMetadata": { "k": "v" } }]);
    assert_eq!(compare(&vector, &answer(with_metadata)).len(), 1);
}

#[test]
fn a_report_is_compared_as_a_whole() {
    let vector = json!({ "expect": { "reports": { "concurrentViewers": { "18:00": 1 } } } });
    let answer =
        |report: Value| json!({ "sessions": [{}], "reports": { "concurrentViewers": report } });
    assert!(compare(&vector, &answer(json!({ "18:00": 1, "18:02": 0 }))).is_empty());
    assert_eq!(
        compare(&vector, &answer(json!({ "18:00": 1, "18:01": 1 }))).len(),
        1
    );
    assert_eq!(compare(&vector, &answer(json!({}))).len(), 1);
}

#[test]
fn recorded_traffic_gets_the_recorded_answers() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures/mediasdk-vod.json");
    let capture = load(&path).unwrap();
    let vector = from_capture(&capture);
    let statuses: Vec<u64> = oracle::outcomes(&vector)
        .iter()
        .map(|answer| answer["status"].as_u64().unwrap())
        .collect();
    assert!(statuses.len() > 30, "the capture holds a whole session");
    assert_eq!(statuses, recorded_statuses(&capture));

    let answer = oracle::compute(&vector);
    let session = &answer["sessions"][0];
    assert_eq!(session["ads"].as_array().unwrap().len(), 2);
    assert_eq!(session["chapters"].as_array().unwrap().len(), 2);
    assert_eq!(session["session"]["isCompleted"], true);
    // 15.028 s and 10.023 s from each adStart to its adComplete.
    assert_eq!(
        (
            &session["ads"][0]["timePlayed"],
            &session["ads"][1]["timePlayed"]
        ),
        (&json!(15), &json!(10))
    );
}
