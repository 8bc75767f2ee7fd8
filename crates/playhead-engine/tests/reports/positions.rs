//! Which sessions a reading sees, and what a token gives again.

use std::collections::BTreeSet;

use playhead_model::catalog::Day;
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::report::ReportError;
use playhead_model::row::Rows;
use playhead_store::parts::{Ages, Retention};
use playhead_testkit::reports;
use serde_json::{Value, json};

use crate::world::{World, ask, position, typed};

fn sessions() -> Vec<Value> {
    let mut rows = reports::rows(7, 40);
    for (row, number) in rows.iter_mut().zip(1..) {
        row["suite"] = "main".into();
        row["session"]["name"] = "a".into();
        row["position"] = number.into();
    }
    rows
}

fn request(more: &Value) -> Value {
    let mut request = json!({
        "suite": "main",
        "range": {"from": "2020-01-01", "to": "2030-01-01"},
        "metrics": ["sessions", "timePlayed"],
    });
    let request_members = request.as_object_mut().unwrap();
    request_members.extend(more.as_object().unwrap().clone());
    request
}

fn count(world: &World, more: &Value) -> f64 {
    let answer = ask(&world.sessions, &request(more)).unwrap();
    answer.totals[0].number().unwrap()
}

/// The closed and the open sessions that SQL is answered from.
fn at_one_moment(world: &World, with_open: bool) -> (Vec<SessionId>, Vec<SessionId>) {
    let mut open = Vec::new();
    let mut take = |rows: Vec<Rows>| {
        open.extend(rows.iter().map(|rows| rows.session.sid));
        Ok(())
    };
    let moment = world
        .sessions
        .moment(if with_open { Some(&mut take) } else { None });
    let moment = moment.unwrap();
    let reader = world.store.reader();
    let mut closed = reader.closed_behind(None).unwrap();
    if let Some(position) = moment.open_at {
        let position = LogPosition(position as u64);
        let later = reader.closed_behind(Some(position)).unwrap();
        closed.retain(|sid| !later.contains(sid));
    }
    let limit = moment.open_at.unwrap_or(i64::MAX);
    let rows = moment.rows.iter().map(|rows| &rows.session);
    let rows = rows.filter(|session| session.close_position <= limit);
    closed.extend(rows.map(|session| session.sid));
    (closed, open)
}

#[test]
fn a_token_gives_the_same_again_whatever_comes_later() {
    let rows = sessions();
    let mut world = World::new(1 << 20);
    let mut answers = Vec::new();
    for (row, number) in rows.iter().zip(1..) {
        world.close(typed(row, number), number % 3 != 0);
        if number % 10 == 0 {
            world.flush();
        }
        answers.push(ask(&world.sessions, &request(&json!({}))).unwrap());
    }
    for (number, before) in answers.iter().enumerate() {
        let again = ask(&world.sessions, &request(&json!({"asOf": before.as_of}))).unwrap();
        assert_eq!(again.totals, before.totals, "{number}");
        assert_eq!(again.as_of, before.as_of);
    }
}

#[test]
fn a_token_that_cannot_be_kept_says_why() {
    let mut world = World::new(1 << 20);
    world.close(typed(&sessions()[0], 1), true);
    let refused = |more: Value| ask(&world.sessions, &request(&more)).unwrap_err();
    let of_another = refused(json!({"asOf": "g3-p10-c0"}));
    assert!(matches!(&of_another, ReportError::Gone(why) if why.contains("generation 3")));
    let ahead = refused(json!({"asOf": "g0-p1000-c0"}));
    assert!(matches!(&ahead, ReportError::Gone(why) if why.contains("1000")));
    for nonsense in ["", "p-1", "g0-p1", "g0-p-c0", "g-p1-c0", "g0-p1x-c0"] {
        let error = refused(json!({"asOf": nonsense}));
        assert!(
            matches!(&error, ReportError::Invalid { field, .. } if field == "asOf"),
            "{nonsense}: {error}"
        );
    }
    let with_open = refused(json!({"asOf": "g0-p10-c0", "includeOpen": true}));
    assert!(matches!(with_open, ReportError::Invalid { field, .. } if field == "includeOpen"));
}

#[test]
fn a_session_is_counted_once_wherever_it_moves() {
    let rows = sessions();
    let mut world = World::new(1 << 20);
    for (row, number) in rows.iter().zip(1..).take(10) {
        world.close(typed(row, number), true);
    }
    world.flush();
    world.close(typed(&rows[10], 11), true);
    // It waits in the engine still, while the store has been given it, or has put it into a part.
    let again = [typed(&rows[10], 11), typed(&rows[9], 10)];
    world.engine.0.lock().unwrap().waiting.extend(again);
    assert_eq!(count(&world, &json!({})), 11.0);
    let (closed, _) = at_one_moment(&world, false);
    assert_eq!(closed.len(), 11);
}

#[test]
fn sessions_that_close_while_open_ones_are_taken_are_neither_lost_nor_counted_twice() {
    let rows = sessions();
    for is_flushed in [false, true] {
        let mut world = World::new(1 << 20);
        for (row, number) in rows.iter().zip(1..).take(10) {
            world.close(typed(row, number), true);
        }
        // At the position of the tenth close these three were open. The first is found open; the
        // second is found open and closes then; the third closes before it is looked at.
        world.open(typed(&rows[20], 7));
        world.open(typed(&rows[21], 8));
        let mut seen = typed(&rows[21], 8);
        let mut missed = typed(&rows[22], 9);
        // Two that begin behind the position do not belong to it.
        let begun = typed(&rows[23], 14);
        world.open(typed(&rows[24], 15));
        for (closing, number) in [(&mut seen, 12), (&mut missed, 13)] {
            closing.session.close_position = position(number).0 as i64;
        }
        world.engine.0.lock().unwrap().open_at = Some(position(10).0);
        world.close(seen, true);
        world.close(missed, true);
        world.close(begun, true);
        if is_flushed {
            world.flush();
        }
        let more = json!({"includeOpen": true});
        assert_eq!(count(&world, &more), 13.0, "{is_flushed}");
        assert_eq!(count(&world, &json!({})), 13.0, "{is_flushed}");
        let (closed, open) = at_one_moment(&world, true);
        assert_eq!((closed.len(), open.len()), (10, 3), "{is_flushed}");
        let all: BTreeSet<SessionId> = closed.into_iter().chain(open).collect();
        assert_eq!(all.len(), 13, "{is_flushed}");
        assert_eq!(at_one_moment(&world, false).0.len(), 13, "{is_flushed}");
    }
}

#[test]
fn a_token_of_before_retention_holds_for_what_is_left() {
    let rows = sessions();
    let mut world = World::new(1 << 20);
    for (row, number) in rows.iter().zip(1..) {
        world.close(typed(row, number), true);
    }
    let before = ask(&world.sessions, &request(&json!({}))).unwrap();
    world.flush();
    // The rows lie in the two years from 2025 on: some days stay.
    let newest = rows
        .iter()
        .map(|row| row["lastAt"].as_i64().unwrap())
        .max()
        .unwrap();
    let today = Day((newest / 86_400_000) as i32);
    let ages = Ages::new(|_| Some(60));
    let retention = Retention {
        default: ages,
        ..Retention::default()
    };
    world.store.cut(&retention, today).unwrap();
    let as_of = json!({"asOf": before.as_of});
    let error = ask(&world.sessions, &request(&as_of)).unwrap_err();
    assert!(
        matches!(&error, ReportError::Gone(why) if why.contains("age")),
        "{error}"
    );
    // Later ranges, and tokens of today, are answered.
    let mut later = request(&as_of);
    later["range"] = json!({"from": newest + 1, "to": newest + 2});
    assert!(ask(&world.sessions, &later).is_ok());
    let now = ask(&world.sessions, &request(&json!({}))).unwrap();
    let again = ask(&world.sessions, &request(&json!({"asOf": now.as_of}))).unwrap();
    assert_eq!(now.totals, again.totals);
    assert_ne!(now.totals, before.totals);
}
