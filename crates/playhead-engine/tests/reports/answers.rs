//! Thousands of random reports over a store in every state of its files.
//!
//! `PLAYHEAD_TEST_REPORTS` sets how many are tried and `PLAYHEAD_TEST_SEED` the first seed.

use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::report::FoundSession;
use playhead_model::row::{Rows, Stamp};
use playhead_model::time::ReceivedMs;
use playhead_query::Source;
use playhead_testkit::reports;
use serde_json::{Value, json};

use crate::world::{World, ask, find, memory, position, session_id, typed};

/// Rows of the largest set.
const ROWS_MAX: i64 = 400;

fn number(variable: &str, default: u64) -> u64 {
    let set = std::env::var(variable).ok();
    set.and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// A world in which these rows lie in several parts, in memory, in the engine and open; the seed
/// says which where.
fn world(rows: &[Value], seed: u64, cache: usize) -> World {
    let mut world = World::new(cache);
    let flushes = seed % 5;
    let every = rows.len() as u64 / (flushes + 1) + 1;
    for (row, number) in rows.iter().zip(1..) {
        let rows = typed(row, number);
        if row["position"].is_null() {
            world.open(rows);
            continue;
        }
        world.close(rows, !(number as u64 + seed).is_multiple_of(7));
        if (number as u64).is_multiple_of(every) {
            world.flush();
        }
    }
    // Requests may have tokens of any row that there could be.
    world.engine.0.lock().unwrap().position = position(ROWS_MAX).0;
    world
}

/// The same request with a token of the store in place of one of plain rows.
fn with_token(request: &Value) -> Value {
    let mut request = request.clone();
    if let Some(token) = request["asOf"].as_str() {
        let number = token.strip_prefix("p-").unwrap().parse().unwrap();
        request["asOf"] = format!("g0-p{}-c0", position(number).0).into();
    }
    request
}

fn check(rows: &[Value], world: &World, request: &Value) -> Result<(), String> {
    let memory = memory(rows);
    let mut request = request.clone();
    if request["asOf"].is_string() {
        // Open sessions cannot be had as of then.
        request["includeOpen"] = false.into();
    }
    let wanted = ask(&memory, &request);
    let request = with_token(&request);
    // The second time columns come from the cache, if they fit.
    for time in ["first", "second"] {
        let found = ask(&world.sessions, &request);
        match (&wanted, found) {
            (Ok(wanted), Ok(mut found)) => {
                found.as_of.clone_from(&wanted.as_of);
                found.request.as_of.clone_from(&wanted.request.as_of);
                if let (Some(found), Some(wanted)) = (&mut found.compared, &wanted.compared) {
                    found.request.as_of.clone_from(&wanted.request.as_of);
                }
                if found != *wanted {
                    return Err(format!("{time}: {found:#?}\ninstead of {wanted:#?}"));
                }
            }
            (Err(wanted), Err(found)) if *wanted == found => {}
            (wanted, found) => return Err(format!("{time}: {found:?} instead of {wanted:?}")),
        }
    }
    Ok(())
}

#[test]
fn reports_over_parts_are_those_over_rows() {
    let first = number("PLAYHEAD_TEST_SEED", 0);
    let count = number("PLAYHEAD_TEST_REPORTS", 1_000);
    let per_set = 25;
    for set in first..first + count.div_ceil(per_set) {
        let rows = reports::rows(set, if set % 10 == 0 { ROWS_MAX as usize } else { 60 });
        let cache = if set % 3 == 0 { 40_000 } else { 100 << 20 };
        let world = world(&rows, set, cache);
        for seed in set * per_set..(set + 1) * per_set {
            let request = reports::request(seed);
            if let Err(difference) = check(&rows, &world, &request) {
                panic!("seed {set}, {seed}: {request}\n{difference}");
            }
        }
        let used = world.sessions.cache().usage();
        assert!(used.bytes <= cache, "{used:?}");
        assert!(
            used.found > 0 || cache < 100_000 || set % 5 == 0,
            "{used:?}"
        );
    }
}

/// Parts of several row groups, whose ads lie across them, against small parts.
#[test]
fn large_parts_are_read_in_pieces_that_fit_together() {
    let base = reports::rows(3, 600);
    let base: Vec<Rows> = base.iter().map(|row| typed(row, 0)).collect();
    let (mut large, mut small) = (World::new(200 << 20), World::new(200 << 20));
    for number in 1..=66_000 {
        let rows = copy_of(&base[number as usize % base.len()], number);
        large.close(rows.clone(), true);
        small.close(rows, true);
        if number % 10_000 == 0 {
            small.flush();
        }
    }
    large.flush();
    let range = json!({"from": "2024-01-01", "to": "2028-01-01"});
    let hour = json!({"from": "2025-03-01T00:00", "to": "2025-03-01T03:00"});
    for request in [
        json!({"suite": "main", "range": range, "metrics": ["visitors", "ad.timePlayed"],
            "dimensions": ["channel", "ad.advertiser"]}),
        json!({"suite": "main", "range": range, "metrics": ["sessions", "p95(timeToStart)"],
            "dimensions": ["chapter.id", "genreList"], "everythingElse": true, "limit": 3}),
        json!({"suite": "main", "range": hour, "clock": "server",
            "metrics": ["sessions", "chapter.timePlayed", "state.mute.time"],
            "filters": [{"dimension": "custom.plan", "value": "paid"}]}),
        json!({"suite": "main", "range": hour, "report": "concurrency", "granularity": "second"}),
        json!({"suite": "main", "range": hour, "report": "retention"}),
    ] {
        let wanted = ask(&small.sessions, &request).unwrap();
        let mut found = ask(&large.sessions, &request).unwrap();
        found.as_of.clone_from(&wanted.as_of);
        assert!(found == wanted, "{request}");
    }
}

/// The same once more, under an id and at places of its own. All close on one day.
fn copy_of(rows: &Rows, number: i64) -> Rows {
    let mut rows = rows.clone();
    let session = &mut rows.session;
    session.report_suite = "main".into();
    session.visitor = format!("{} {}", session.visitor, number % 7).into();
    session.sid = session_id(number, session.started_at as u64);
    let sid = session.sid;
    rows.ads.iter_mut().for_each(|ad| ad.sid = sid);
    rows.chapters
        .iter_mut()
        .for_each(|chapter| chapter.sid = sid);
    rows.states.iter_mut().for_each(|state| state.sid = sid);
    let position = position(number);
    rows.stamp(&Stamp {
        start: LogPosition(position.0 - 1),
        tail: position,
        close: position,
        closed_at: ReceivedMs(1_830_000_000_000),
        rules: 0,
        is_batch: false,
    });
    rows
}

/// All pages of a search.
fn all_pages(source: &dyn Source, mut request: Value) -> Vec<FoundSession> {
    let mut found = Vec::new();
    loop {
        let answer = find(source, &request).unwrap();
        found.extend(answer.sessions);
        match answer.next {
            Some(next) => request["cursor"] = next.into(),
            None => return found,
        }
    }
}

#[test]
fn sessions_in_parts_in_memory_and_open_are_found_as_those_in_rows() {
    let rows = reports::rows(5, ROWS_MAX as usize);
    let memory = memory(&rows);
    for seed in 0..5 {
        let world = world(&rows, seed, 100 << 20);
        for (number, by) in ["start", "timePlayed", "timeToStart"].iter().enumerate() {
            for direction in ["ascending", "descending"] {
                let request = json!({
                    "suite": "main", "range": {"from": "2024-01-01", "to": "2028-01-01"},
                    "order": {"by": by, "direction": direction}, "limit": 17,
                    "dimensions": ["name", "custom.plan", "genreList"],
                    "metrics": ["timePlayed", "ad.timePlayed", "visitors"],
                    "filters": [{"metric": "timePlayed", "op": ">", "value": 100 * number},
                        {"dimension": "name", "op": "in", "value": ["a", "b", "c"]}],
                });
                let mut found = all_pages(&world.sessions, request.clone());
                let mut wanted = all_pages(&memory, request.clone());
                assert!(found.len() > 17, "{request}");
                for session in &mut found {
                    assert!(SessionId::parse(session.sid.as_bytes()).is_some());
                }
                // Rows in memory have no ids.
                for session in found.iter_mut().chain(&mut wanted) {
                    session.sid.clear();
                }
                assert_eq!(found, wanted, "{request}");
            }
        }
    }
}
