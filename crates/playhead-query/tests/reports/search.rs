//! Random searches, each answered twice; and what is refused.

use playhead_model::report::{Cell, FoundSession, FoundValue, ReportError};
use playhead_query::Memory;
use playhead_testkit::reports::{self, Fold};
use serde_json::{Value, json};

use crate::support::{filled, find};

/// Metrics that a session may have no value of.
const MAY_LACK: [&str; 2] = ["timeToStart", "averageMinuteAudience"];

#[test]
fn searches_agree_with_the_fold_over_rows() {
    let mut found = 0;
    for set in 0..60 {
        let mut rows = reports::rows(set, if set % 10 == 0 { 300 } else { 60 });
        for (row, number) in rows.iter_mut().zip(1..) {
            row["session"]["ID"] = format!("session {number}").into();
        }
        let memory = filled(Memory::in_chunks_of(16), &rows);
        for seed in set * 20..(set + 1) * 20 {
            let request = reports::search_request(seed);
            match check(&rows, &memory, &request) {
                Ok(count) => found += count,
                Err(difference) => panic!("seed {set}, {seed}: {request}\n{difference}"),
            }
        }
    }
    assert!(found > 5_000, "{found} sessions were found in all");
}

/// Follows all pages of a search; answers how many sessions they have.
fn check(rows: &[Value], memory: &Memory, request: &Value) -> Result<usize, String> {
    let wanted = reports::search(rows, request);
    let limit = request["limit"].as_u64().unwrap() as usize;
    let mut request = request.clone();
    let mut pages = wanted.chunks(limit);
    loop {
        let page = pages.next().unwrap_or_default();
        let answer = find(memory, &request).map_err(|error| error.to_string())?;
        let sids: Vec<&str> = answer.sessions.iter().map(|it| &*it.sid).collect();
        let own = |row: &&Value| row["session"]["ID"].as_str().unwrap_or("").to_owned();
        let wanted_sids: Vec<String> = page.iter().map(own).collect();
        if sids != wanted_sids {
            return Err(format!("{sids:?} instead of {wanted_sids:?}"));
        }
        for (session, row) in answer.sessions.iter().zip(page) {
            check_session(session, row, &request)?;
        }
        match answer.next {
            Some(next) => request["cursor"] = next.into(),
            None if pages.next().is_some() => return Err("there are more".to_owned()),
            None => return Ok(wanted.len()),
        }
    }
}

/// What is told of a session is what reports over it alone say.
fn check_session(session: &FoundSession, row: &Value, request: &Value) -> Result<(), String> {
    let is_server = request["clock"] == "server";
    let (start, end) = match is_server {
        true => (&row["startedAt"], &row["lastAt"]),
        false => (&row["session"]["startTs"], &row["session"]["endTs"]),
    };
    let times = (session.start, session.end, session.provisional);
    let is_open = row["position"].is_null();
    let wanted = (start.as_i64().unwrap(), end.as_i64().unwrap(), is_open);
    if times != wanted {
        return Err(format!("{times:?} instead of {wanted:?}"));
    }
    let mut alone = request.clone();
    alone["includeOpen"] = true.into();
    alone["asOf"] = Value::Null;
    let filters = alone["filters"].as_array().into_iter().flatten();
    let own = filters.filter(|filter| filter["scope"] != "visitor");
    alone["filters"] = own.cloned().collect();
    alone["dimensions"] = Value::Null;
    let rows = std::slice::from_ref(row);
    let totals = Fold::new(rows, &alone).totals();
    let metrics = request["metrics"].as_array().unwrap();
    for ((found, wanted), name) in session.values.iter().zip(totals).zip(metrics) {
        let own = &row["session"][name.as_str().unwrap()];
        let is_missing = MAY_LACK.contains(&name.as_str().unwrap()) && own.is_null();
        // Sums of nothing are 0, but a session without a value has none.
        let wanted = wanted.filter(|_| !is_missing);
        let is_close = match (found.number(), wanted) {
            (Some(found), Some(wanted)) => (found - wanted).abs() < 1e-9,
            (found, wanted) => found.is_none() && wanted.is_none(),
        };
        if !is_close {
            return Err(format!("{name}: {found:?} instead of {wanted:?}"));
        }
    }
    let dimensions = request["dimensions"].as_array().unwrap();
    for (found, name) in session.key.iter().zip(dimensions) {
        alone["dimensions"] = json!([name]);
        alone["metrics"] = json!(["sessions"]);
        let groups = Fold::new(rows, &alone).groups();
        let mut wanted: Vec<Option<String>> =
            groups.into_keys().map(|key| key[0].clone()).collect();
        let mut found: Vec<Option<String>> = match found {
            FoundValue::Nothing => vec![None],
            FoundValue::Text(text) => vec![Some(text.clone())],
            FoundValue::List(texts) => texts.iter().cloned().map(Some).collect(),
        };
        wanted.sort();
        found.sort();
        if found != wanted {
            return Err(format!("{name}: {found:?} instead of {wanted:?}"));
        }
    }
    Ok(())
}

fn with(changes: Value) -> Value {
    let mut request = json!({
        "suite": "main", "range": { "from": "2024-01-01", "to": "2028-01-01" },
    });
    let changes = changes.as_object().unwrap().clone();
    request.as_object_mut().unwrap().extend(changes);
    request
}

#[test]
fn something_is_told_of_sessions_if_nothing_is_asked_for() {
    let rows = reports::rows(1, 100);
    let answer = find(&filled(Memory::default(), &rows), &with(json!({}))).unwrap();
    assert_eq!(answer.sessions.len(), 50);
    assert!(answer.next.is_some());
    let names: Vec<&str> = answer.headings.iter().map(|it| &*it.name).collect();
    assert!(
        names.contains(&"name") && names.contains(&"timePlayed"),
        "{names:?}"
    );
    let session = &answer.sessions[0];
    assert_eq!(session.key.len() + session.values.len(), names.len());
    assert!(matches!(session.values[0], Cell::Int(_)), "{session:?}");
}

#[test]
fn what_is_wrong_is_named_with_the_nearest() {
    let memory = filled(Memory::default(), &reports::rows(1, 100));
    for (changes, field, part) in [
        (json!({ "suite": "mian" }), "suite", "main"),
        (json!({ "range": {} }), "range", "last"),
        (json!({ "segment": "audo" }), "segment", "audio"),
        (
            json!({ "dimensions": ["chanel"] }),
            "dimensions[0]",
            "channel",
        ),
        (json!({ "dimensions": ["ad.id"] }), "dimensions[0]", "many"),
        (
            json!({ "metrics": ["timeplayd"] }),
            "metrics[0]",
            "timePlayed",
        ),
        (
            json!({ "filters": [{ "metric": "timplayed", "op": ">", "value": 1 }] }),
            "filters[0].metric",
            "timePlayed",
        ),
        (
            json!({ "filters": [{ "dimension": "name", "op": "regex", "value": "(" }] }),
            "filters[0].value",
            "unclosed",
        ),
        (
            json!({ "order": { "by": "timplayed" } }),
            "order.by",
            "timePlayed",
        ),
        (
            json!({ "order": { "by": "sessions" } }),
            "order.by",
            "start",
        ),
        (
            json!({ "order": { "by": "ad.timePlayed" } }),
            "order.by",
            "start",
        ),
        (
            json!({ "order": { "by": "pauseDurationRate" } }),
            "order.by",
            "calculated",
        ),
        (json!({ "limit": 0 }), "limit", "500"),
        (json!({ "limit": 501 }), "limit", "500"),
        (json!({ "cursor": "r-50" }), "cursor", "answer"),
        (json!({ "cursor": "5.5.d.timePlayed" }), "cursor", "order"),
        (json!({ "asOf": "p-3" }), "open", "exclude"),
        (json!({ "asOf": "p3", "open": "exclude" }), "asOf", "token"),
    ] {
        match find(&memory, &with(changes.clone())) {
            Err(ReportError::Invalid {
                field: wrong,
                message,
            }) => {
                assert_eq!(wrong, field, "{changes}: {message}");
                assert!(message.contains(part), "{changes}: {message}");
            }
            other => panic!("{changes}: {other:?}"),
        }
    }
}
