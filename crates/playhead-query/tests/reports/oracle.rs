//! Thousands of random reports, each answered twice.
//!
//! `PLAYHEAD_TEST_REPORTS` sets how many are tried and `PLAYHEAD_TEST_SEED` the first seed; a failure
//! prints its seed and its request.

use std::collections::{BTreeMap, BTreeSet};

use playhead_model::report::{Answer, Cell};
use playhead_query::Memory;
use playhead_testkit::reports::{self, Fold, Key, Numbers};
use serde_json::Value;

use crate::support::{ask, memory};

fn number(variable: &str, default: u64) -> u64 {
    let set = std::env::var(variable).ok();
    set.and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn reports_agree_with_the_fold_over_rows() {
    let first = number("PLAYHEAD_TEST_SEED", 0);
    let count = number("PLAYHEAD_TEST_REPORTS", 3_000);
    let mut failures = Vec::new();
    // A few requests for each set of rows, large sets now and then.
    let per_set = 25;
    for set in first..first + count.div_ceil(per_set) {
        let rows = reports::rows(set, if set % 10 == 0 { 400 } else { 60 });
        let memory = memory(&rows);
        for seed in set * per_set..(set + 1) * per_set {
            let request = reports::request(seed);
            if let Err(difference) = check(&rows, &memory, &request) {
                failures.push(format!("seed {set}, {seed}: {difference}\n{request}"));
            }
        }
    }
    let shown: Vec<_> = failures.iter().take(3).collect();
    assert!(
        failures.is_empty(),
        "{} of {count} differ: {shown:#?}",
        failures.len()
    );
}

fn check(rows: &[Value], memory: &Memory, request: &Value) -> Result<(), String> {
    let answer = ask(memory, request).map_err(|error| error.to_string())?;
    match request["report"].as_str() {
        Some("concurrency") => check_concurrency(rows, request, &answer),
        Some("timeSpent") => {
            let wanted = reports::time_spent(rows, request, &buckets(&answer));
            same("time spent", &ints(&answer.total_series[0]), &wanted)
        }
        Some("retention") => check_retention(rows, request, &answer),
        Some("segments") => {
            let wanted = reports::segments(rows, request);
            let name = |place: i64| format!("[{}-{}]", place * 5, place * 5 + 5);
            check_views(&answer, &wanted, name)
        }
        Some("tenths") => {
            let wanted = reports::tenths(rows, request);
            let name = |place: i64| format!("{}-{}%", place * 10, place * 10 + 10);
            check_views(&answer, &wanted, name)
        }
        _ => check_table(rows, request, &answer),
    }
}

fn check_table(rows: &[Value], request: &Value, answer: &Answer) -> Result<(), String> {
    let fold = Fold::new(rows, request);
    let groups = fold.groups();
    same("number of rows", &answer.row_count, &(groups.len() as u64))?;
    numbers("totals", &answer.totals, &fold.totals())?;
    let mut shown = BTreeSet::new();
    for row in &answer.rows {
        let wanted = groups
            .get(&row.key)
            .ok_or(format!("no row {:?}", row.key))?;
        numbers(&format!("row {:?}", row.key), &row.values, wanted)?;
        if !shown.insert(row.key.clone()) {
            return Err(format!("{:?} comes twice", row.key));
        }
    }
    let limit = request["limit"].as_u64().unwrap() as usize;
    same("rows shown", &answer.rows.len(), &limit.min(groups.len()))?;
    check_order(request, answer, &groups)?;
    if let Some(rest) = &answer.everything_else {
        let wanted = fold.numbers(&|key| !shown.contains(key), None);
        numbers("everything else", rest, &wanted)?;
    }
    for check in &answer.checks {
        if !answer.rows_overlap && !check.equal {
            return Err(format!("rows do not add up: {check:?}"));
        }
    }
    // Every unit of a long series would take for ever: some do.
    let step = (answer.buckets.len() / 5).max(1);
    for (place, start) in answer.buckets.iter().enumerate().step_by(step) {
        let of = |series: &[Vec<Cell>]| -> Vec<Cell> {
            series.iter().map(|series| series[place]).collect()
        };
        let name = format!("unit {start}");
        numbers(&name, &of(&answer.total_series), &fold.totals_in(*start))?;
        for row in answer.rows.iter().take(3) {
            let wanted = fold.numbers(&|key| *key == row.key, Some(*start));
            numbers(
                &format!("{name} of {:?}", row.key),
                &of(&row.series),
                &wanted,
            )?;
        }
    }
    Ok(())
}

/// Rows come in the order that is asked for, and none that is not shown belongs before them.
fn check_order(
    request: &Value,
    answer: &Answer,
    groups: &BTreeMap<Key, Numbers>,
) -> Result<(), String> {
    let dimensions = request["dimensions"].as_array().unwrap().len();
    let by = request["order"]["by"].as_str();
    let headings = &answer.headings[dimensions..];
    let place = match by {
        None => 0,
        Some(by) => match headings.iter().position(|heading| heading.name == by) {
            Some(place) => place,
            // Dimensions are ordered by text or number: names of the answer tell which.
            None => return Ok(()),
        },
    };
    let ascending = request["order"]["direction"] == "ascending";
    let sign = if ascending { 1.0 } else { -1.0 };
    let mut wanted: Vec<Option<f64>> = groups.values().map(|numbers| numbers[place]).collect();
    wanted.sort_by(|one, other| match (one, other) {
        (Some(one), Some(other)) => (sign * one).total_cmp(&(sign * other)),
        (one, other) => one.is_none().cmp(&other.is_none()),
    });
    wanted.truncate(answer.rows.len());
    let found: Vec<Cell> = answer.rows.iter().map(|row| row.values[place]).collect();
    numbers("order", &found, &wanted)
}

fn check_concurrency(rows: &[Value], request: &Value, answer: &Answer) -> Result<(), String> {
    let mut request = request.clone();
    // All minutes of a year by brute force are too many: the first of them are compared.
    let buckets: Vec<(i64, i64)> = buckets(answer);
    let wanted = reports::concurrency(rows, &request, &buckets[..buckets.len().min(3)], 60_000);
    let series = |place: usize| ints(&answer.total_series[place]);
    let (viewers, sessions) = (series(0), series(1));
    for (place, (some_viewers, some_sessions)) in wanted.into_iter().enumerate() {
        let found = (viewers[place], sessions[place]);
        let wanted = (some_viewers as i64, some_sessions as i64);
        same(
            &format!("concurrency at {:?}", buckets[place]),
            &found,
            &wanted,
        )?;
    }
    // A short range around a session, by the minute and by the second.
    let Some(row) = rows.iter().find(|row| row["suite"] == request["suite"]) else {
        return Ok(());
    };
    let at = row["session"]["startTs"].as_i64().unwrap() - 120_000;
    for (step, fine_ms, long) in [
        ("minute", 60_000, 4 * 3_600_000),
        ("second", 1_000, 200_500),
    ] {
        request["range"] = serde_json::json!({ "from": at, "to": at + long });
        request["granularity"] = step.into();
        let memory = memory(rows);
        let answer = ask(&memory, &request).map_err(|error| error.to_string())?;
        let wanted = reports::concurrency(rows, &request, &self::buckets(&answer), fine_ms);
        let wanted: Vec<(i64, i64)> = wanted
            .into_iter()
            .map(|(viewers, sessions)| (viewers as i64, sessions as i64))
            .collect();
        let viewers = ints(&answer.total_series[0]).into_iter();
        let found: Vec<_> = viewers.zip(ints(&answer.total_series[1])).collect();
        same(&format!("concurrency by the {step}"), &found, &wanted)?;
        let most = wanted.iter().map(|(viewers, _)| *viewers).max();
        same(
            "maximum",
            &answer.summary.as_ref().map(|it| it.viewers.maximum),
            &most,
        )?;
    }
    Ok(())
}

fn check_retention(rows: &[Value], request: &Value, answer: &Answer) -> Result<(), String> {
    let wanted = reports::retention(rows, request, 60_000_000);
    let wanted: Vec<Vec<i64>> = wanted
        .into_iter()
        .map(|(place, (time, once, again, sessions))| vec![place, time, once, again, sessions])
        .collect();
    let found: Vec<Vec<i64>> = answer
        .rows
        .iter()
        .map(|row| {
            let place = row.key[0].as_ref().unwrap().parse().unwrap();
            std::iter::once(place).chain(ints(&row.values)).collect()
        })
        .collect();
    same("retention", &found, &wanted)
}

fn check_views(
    answer: &Answer,
    wanted: &BTreeMap<i64, i64>,
    name: impl Fn(i64) -> String,
) -> Result<(), String> {
    let wanted: Vec<(String, i64)> = wanted
        .iter()
        .map(|(place, it)| (name(*place), *it))
        .collect();
    let found: Vec<(String, i64)> = answer
        .rows
        .iter()
        .map(|row| (row.key[0].clone().unwrap(), ints(&row.values)[0]))
        .collect();
    same("views", &found, &wanted)
}

fn buckets(answer: &Answer) -> Vec<(i64, i64)> {
    let ends = answer.buckets.iter().skip(1).copied();
    let ends = ends.chain(std::iter::once(answer.to));
    answer.buckets.iter().copied().zip(ends).collect()
}

fn ints(cells: &[Cell]) -> Vec<i64> {
    let int = |cell: &Cell| match cell {
        Cell::Int(number) => *number,
        other => panic!("{other:?} is no whole number"),
    };
    cells.iter().map(int).collect()
}

fn numbers(what: &str, found: &[Cell], wanted: &[Option<f64>]) -> Result<(), String> {
    let is_close = |(found, wanted): (&Cell, &Option<f64>)| match (found.number(), wanted) {
        (Some(found), Some(wanted)) => (found - wanted).abs() <= 1e-9 * wanted.abs().max(1.0),
        (found, wanted) => found.is_none() && wanted.is_none(),
    };
    if found.len() == wanted.len() && found.iter().zip(wanted).all(is_close) {
        return Ok(());
    }
    Err(format!("{what}: {found:?} instead of {wanted:?}"))
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, wanted: &T) -> Result<(), String> {
    if found == wanted {
        return Ok(());
    }
    Err(format!("{what}: {found:?} instead of {wanted:?}"))
}
