//! What is refused, by its field and with a way out; and what comes at the edge of the limits.

use playhead_model::report::{Cell, ReportError};
use playhead_query::Limits;
use playhead_testkit::reports;
use serde_json::{Value, json};

use crate::support::{ask, ask_within, memory};

fn with(changes: Value) -> Value {
    let mut request = json!({
        "suite": "main",
        "range": { "from": "2025-01-01", "to": "2027-01-01" },
        "metrics": ["sessions"],
    });
    let changes = changes.as_object().unwrap().clone();
    request.as_object_mut().unwrap().extend(changes);
    request
}

/// The field that is wrong, or the limit that strikes, and the message.
fn refusal(changes: Value) -> (String, String) {
    let memory = memory(&reports::rows(1, 100));
    match ask(&memory, &with(changes.clone())) {
        Err(ReportError::Invalid { field, message }) => (field, message),
        Err(ReportError::TooLarge { limit, message }) => (limit.to_owned(), message),
        other => panic!("{changes}: {other:?}"),
    }
}

#[test]
fn unknown_names_name_the_nearest() {
    for (changes, field, nearest) in [
        (json!({ "suite": "mian" }), "suite", "main"),
        (
            json!({ "metrics": ["timeplayd"] }),
            "metrics[0]",
            "timePlayed",
        ),
        (
            json!({ "metrics": ["p95(timetostart)"] }),
            "metrics[0]",
            "timeToStart",
        ),
        (
            json!({ "dimensions": ["chanel"] }),
            "dimensions[0]",
            "channel",
        ),
        (json!({ "segment": "audo" }), "segment", "audio"),
        (json!({ "zone": "Europe/Pariss" }), "zone", "Europe/Paris"),
        (
            json!({ "filters": [{ "dimension": "playername", "value": "x" }] }),
            "filters[0].dimension",
            "playerName",
        ),
        (
            json!({ "metrics": [{ "name": "own", "formula": "isplayd / 2" }] }),
            "metrics[0]",
            "isPlayed",
        ),
    ] {
        let (found, message) = refusal(changes);
        assert_eq!(found, field);
        assert!(message.contains(&format!("{nearest:?}")), "{message}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_by_its_field() {
    for (changes, field) in [
        (json!({ "metrics": [] }), "metrics"),
        (json!({ "range": { "from": 5, "to": 5 } }), "range"),
        (json!({ "range": {} }), "range"),
        (json!({ "limit": 0 }), "limit"),
        (json!({ "cursor": "x" }), "cursor"),
        (json!({ "asOf": "x" }), "asOf"),
        (json!({ "dimensions": ["name", "name"] }), "dimensions[1]"),
        (
            json!({ "dimensions": ["ad.id", "chapter.id"] }),
            "dimensions[1]",
        ),
        (
            json!({ "metrics": ["chapter.timePlayed"], "dimensions": ["ad.id"] }),
            "metrics",
        ),
        (json!({ "metrics": ["timePlayed / 2"] }), "metrics[0]"),
        (json!({ "metrics": ["p95(sessions)"] }), "metrics[0]"),
        (json!({ "order": { "by": "channel" } }), "order.by"),
        (
            json!({ "having": [{ "metric": "isPlayed", "op": ">", "value": 1.0 }] }),
            "having[0].metric",
        ),
        (
            json!({ "having": [{ "metric": "sessions", "op": "in", "value": 1.0 }] }),
            "having[0].op",
        ),
        (json!({ "filters": [{ "value": 1 }] }), "filters[0]"),
        (
            json!({ "filters": [{ "metric": "timePlayed", "op": ">", "value": "long" }] }),
            "filters[0].value",
        ),
        (
            json!({ "filters": [{ "metric": "timePlayed", "op": "regex", "value": "1" }] }),
            "filters[0].op",
        ),
        (
            json!({ "filters": [{ "metric": "visitors", "op": ">", "value": 1 }] }),
            "filters[0].metric",
        ),
        (
            json!({ "filters": [{ "dimension": "name", "op": "in", "value": [] }] }),
            "filters[0].value",
        ),
        (
            json!({ "filters": [{ "dimension": "name", "value": {} }] }),
            "filters[0].value",
        ),
        (
            json!({ "filters": [{ "dimension": "name", "op": "regex", "value": "(" }] }),
            "filters[0].value",
        ),
        (
            json!({ "report": "retention", "metrics": [], "granularity": "day" }),
            "granularity",
        ),
        (json!({ "report": "concurrency" }), "metrics"),
        (
            json!({ "report": "histogram", "metrics": ["visitors"] }),
            "metrics[0]",
        ),
        (
            json!({ "report": "histogram", "metrics": ["timePlayed"], "edges": [2, 1] }),
            "edges",
        ),
    ] {
        assert_eq!(refusal(changes.clone()).0, field, "{changes}");
    }
}

#[test]
fn what_is_too_much_names_the_limit_and_the_way_out() {
    let ten_years = json!({ "from": "2015-01-01", "to": "2025-01-01" });
    for (changes, limit, way_out) in [
        (
            json!({ "granularity": "second", "range": ten_years }),
            "units of time",
            "day",
        ),
        (
            json!({ "report": "concurrency", "metrics": [], "granularity": "second", "range": ten_years }),
            "units of time",
            "shorter range",
        ),
        (json!({ "limit": 1_000_000 }), "rows of an answer", "next"),
        (
            json!({ "filters": [{ "dimension": "name", "op": "regex", "value": "(((x{99}){99}){99}){99}" }] }),
            "size of a regular expression",
            "contains",
        ),
        (
            json!({ "metrics": vec!["sessions"; 51] }),
            "metrics of a report",
            "50",
        ),
    ] {
        let (found, message) = refusal(changes);
        assert_eq!(found, limit);
        assert!(message.contains(way_out), "{message}");
    }
}

#[test]
fn limits_on_memory_name_themselves_or_give_estimates_that_say_so() {
    let memory = memory(&reports::rows(1, 400));
    let ask = |changes, limits| ask_within(&memory, &with(changes), limits);
    let groups = Limits {
        groups: 10,
        ..Limits::default()
    };
    let deep =
        json!({ "dimensions": ["visitor", "timeToStart", "droppedFrames", "hourOfDay", "year"] });
    let refused = ask(deep.clone(), groups).unwrap_err();
    assert!(
        refused.to_string().contains("more than 10 combinations"),
        "{refused}"
    );
    let cells = Limits {
        cells: 10,
        ..Limits::default()
    };
    let refused = ask(json!({ "granularity": "day" }), cells).unwrap_err();
    assert!(
        refused.to_string().contains("coarser granularity"),
        "{refused}"
    );

    let few = Limits {
        visitors: 20,
        ..Limits::default()
    };
    let mut by_visitor = deep;
    by_visitor["metrics"] = json!(["visitors"]);
    let answer = ask(by_visitor, few).unwrap();
    assert!(answer.notes[0].contains("sample"), "{:?}", answer.notes);
    let exact = ask(json!({ "metrics": ["visitors"] }), few).unwrap();
    assert!(exact.notes.is_empty());
}

#[test]
fn nothing_to_divide_by_is_an_empty_cell() {
    let memory = memory(&reports::rows(1, 100));
    let metrics = [
        "sessions",
        "pauseDurationRate",
        "averageAudienceOfContent",
        "p50(timePlayed)",
    ];
    let nothing = json!([{ "dimension": "name", "value": "no such content" }]);
    let request = with(json!({ "metrics": metrics, "filters": nothing }));
    let answer = ask(&memory, &request).unwrap();
    assert_eq!(
        answer.totals,
        [Cell::Int(0), Cell::Empty, Cell::Empty, Cell::Empty]
    );
    let text = serde_json::to_string(&answer).unwrap();
    assert!(text.contains("\"totals\":[0,null,null,null]"), "{text}");
}

#[test]
fn an_answer_can_be_asked_again() {
    let memory = memory(&reports::rows(2, 300));
    let request = with(json!({ "dimensions": ["channel", "name", "hourOfDay"], "limit": 7 }));
    let first = ask(&memory, &request).unwrap();
    let mut again = serde_json::to_value(&first.request).unwrap();
    again["asOf"] = first.as_of.clone().into();
    let second = ask(&memory, &again).unwrap();
    assert_eq!(first.rows, second.rows);
    let mut rows = first.rows.clone();
    let mut next = first.next.clone();
    while let Some(cursor) = next {
        again["cursor"] = cursor.into();
        let page = ask(&memory, &again).unwrap();
        rows.extend(page.rows);
        next = page.next;
    }
    let all = ask(
        &memory,
        &with(json!({ "dimensions": ["channel", "name", "hourOfDay"], "limit": 10_000 })),
    );
    assert_eq!(rows, all.unwrap().rows);
}

#[test]
fn a_comparison_gives_the_numbers_of_the_other_request() {
    let memory = memory(&reports::rows(3, 400));
    for compare in [
        json!({ "period": "previous" }),
        json!({ "period": "lastWeek" }),
        json!({ "period": "lastYear" }),
        json!({ "segment": "audio" }),
    ] {
        let request = with(json!({
            "range": { "from": "2025-06-01", "to": "2025-12-01" },
            "zone": "Europe/Berlin",
            "metrics": ["sessions", "visitors", "p90(timePlayed)"],
            "dimensions": ["channel"],
            "granularity": "month",
            "compare": compare,
        }));
        let answer = ask(&memory, &request).unwrap();
        let compared = answer.compared.unwrap();
        let other = serde_json::to_value(&compared.request).unwrap();
        let other = ask(&memory, &other).unwrap();
        assert_eq!(compared.totals, other.totals, "{compare}");
        assert_eq!(compared.total_series, other.total_series, "{compare}");
        for row in &answer.rows {
            let same = other.rows.iter().find(|it| it.key == row.key);
            let wanted = same.map_or(vec![Cell::Int(0), Cell::Int(0), Cell::Empty], |it| {
                it.values.clone()
            });
            assert_eq!(row.compared, wanted, "{compare}: {:?}", row.key);
        }
    }
}

#[test]
fn rows_meet_the_conditions_on_their_numbers() {
    let memory = memory(&reports::rows(4, 300));
    let having = json!([{ "metric": "sessions", "op": ">", "value": 20.0 }]);
    let dimensions = json!({ "dimensions": ["name"], "having": having });
    let some = ask(&memory, &with(dimensions)).unwrap();
    let all = ask(&memory, &with(json!({ "dimensions": ["name"] }))).unwrap();
    let wanted: Vec<_> = all
        .rows
        .into_iter()
        .filter(|row| row.values[0].number() > Some(20.0))
        .collect();
    assert!(!wanted.is_empty());
    assert_eq!(some.rows, wanted);
}

#[test]
fn a_histogram_counts_every_session_once() {
    let rows = reports::rows(5, 300);
    let memory = memory(&rows);
    let request =
        with(json!({ "report": "histogram", "metrics": ["timePlayed"], "edges": [0, 100, 500] }));
    let answer = ask(&memory, &request).unwrap();
    let of_suite = rows.iter().filter(|row| {
        row["suite"] == "main" && row["session"]["name"] != "" && !row["position"].is_null()
    });
    let times: Vec<i64> = of_suite
        .map(|row| row["session"]["timePlayed"].as_i64().unwrap())
        .collect();
    let count = |from: i64, to: i64| {
        times
            .iter()
            .filter(|time| (from..to).contains(*time))
            .count() as i64
    };
    let found: Vec<_> = answer
        .rows
        .iter()
        .map(|row| (row.key[0].as_deref(), row.values[0]))
        .collect();
    let wanted = [
        (Some("<0"), Cell::Int(0)),
        (Some("0-100"), Cell::Int(count(0, 100))),
        (Some("100-500"), Cell::Int(count(100, 500))),
        (Some("500-"), Cell::Int(count(500, i64::MAX))),
        (None, Cell::Int(0)),
    ];
    assert_eq!(found, wanted);
    assert_eq!(answer.totals, [Cell::Int(times.len() as i64)]);
}

#[test]
fn a_report_stops_when_it_is_told_to() {
    let memory = memory(&reports::rows(1, 100));
    let request = serde_json::from_value(with(json!({}))).unwrap();
    let stopped = playhead_query::run(&memory, &request, &Default::default(), &|| {
        Some(ReportError::Unavailable("enough".into()))
    });
    assert_eq!(stopped, Err(ReportError::Unavailable("enough".into())));
}
