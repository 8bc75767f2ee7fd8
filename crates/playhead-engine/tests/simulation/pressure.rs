//! A disk that is almost full, and a sink that takes nothing for a while.

use playhead_engine::cell::CellOptions;
use playhead_engine::core::Limits;
use playhead_engine::intake::{Taken, Target};
use playhead_model::ids::SessionId;
use playhead_model::outcome::Refusal;
use playhead_model::record::Sender;
use playhead_model::time::ReceivedMs;

use crate::life::Life;
use crate::traffic::Traffic;
use crate::world::options;

pub(crate) const START: &[u8] = br#"{
    "eventType": "sessionStart",
    "playerTime": { "ts": 1772474400000, "playhead": 0 },
    "params": {
        "analytics.trackingServer": "metrics.example.com",
        "analytics.reportSuite": "examplersid",
        "visitor.marketingCloudOrgId": "EXAMPLE@AdobeOrg",
        "media.id": "movie-1",
        "media.length": 60,
        "media.contentType": "vod",
        "media.playerName": "sample-player",
        "media.channel": "sample-channel"
    }
}"#;
pub(crate) const END: &[u8] =
    br#"{ "eventType": "sessionEnd", "playerTime": { "ts": 1772474410000, "playhead": 10 } }"#;

fn life(options: CellOptions) -> Life {
    let (nobody, _) = Traffic::new(0, 0);
    Life::begin(options, nobody, "pressure")
}

/// Opens a session; it is acknowledged.
fn start(life: &mut Life) -> SessionId {
    let taken = life
        .cell
        .take(Target::Sessions, START, Sender::default)
        .unwrap();
    life.cell.commit().unwrap();
    match taken {
        Taken::Created(sid) => sid,
        Taken::NoContent => panic!("a start gives an id"),
    }
}

/// Ends a session, and lets its last event wait as long as it has to.
fn end(life: &mut Life, sid: SessionId) {
    life.cell
        .take(Target::Events(Some(sid)), END, Sender::default)
        .unwrap();
    let after_hold = life.cell.now().plus(6_000);
    life.cell.set_clock(after_hold).unwrap();
}

#[test]
fn below_the_floor_of_free_disk_events_are_refused_and_above_it_taken_again() {
    let mut life = life(CellOptions {
        free_min_bytes: 1_000,
        ..options()
    });
    let sid = start(&mut life);
    life.world.storage.set_free_bytes(999);
    life.cell.tick().unwrap();
    for (target, body) in [(Target::Sessions, START), (Target::Events(Some(sid)), END)] {
        let refused = life.cell.take(target, body, Sender::default).unwrap_err();
        assert_eq!(refused.reason, Refusal::Unavailable);
        assert_eq!(refused.message, "the disk is almost full");
    }
    assert_eq!(
        life.cell.unavailable().as_deref(),
        Some("the disk is almost full")
    );
    assert!(!life.cell.has_uncommitted());

    life.world.storage.set_free_bytes(1_000);
    life.cell.tick().unwrap();
    assert_eq!(life.cell.unavailable(), None);
    end(&mut life, sid);
    life.world.sink.wait_for(1);
    let refused = life.cell.core().ledger().total().refused;
    assert_eq!(refused[Refusal::Unavailable.index()], 2);
}

#[test]
fn what_the_sink_does_not_take_stays_readable_and_is_stored_once_it_does() {
    let mut life = life(options());
    let first = start(&mut life);
    life.world.sink.set_failing(true);
    end(&mut life, first);
    life.cell.wait_until_stored();
    let failure = life.cell.closing().failure();
    assert!(failure.unwrap().starts_with("store of closed sessions: "));
    let closing = life.cell.closing().closing(first).unwrap();
    assert_eq!(closing.rows(life.cell.log()).session.sid, first);

    // The door goes on meanwhile, and so do the checkpoints in memory.
    let second = start(&mut life);
    life.work(10_000);
    end(&mut life, second);
    assert_eq!(life.cell.closing().waiting(), 2);

    life.world.sink.set_failing(false);
    life.world.sink.wait_for(2);
    let third = start(&mut life);
    end(&mut life, third);
    life.world.sink.wait_for(3);
    life.cell.wait_until_stored();
    assert_eq!(life.cell.closing().failure(), None);
    assert_eq!(life.cell.closing().waiting(), 0);
    let rows = life.world.sink.rows();
    assert!(
        [first, second, third]
            .iter()
            .all(|sid| rows.contains_key(sid))
    );
    life.world.sink.check();
}

#[test]
fn a_checkpoint_never_claims_rows_that_were_not_stored() {
    let mut life = life(options());
    life.world.sink.set_failing(true);
    let sid = start(&mut life);
    end(&mut life, sid);
    let position = life.cell.core().position().unwrap();
    // A whole checkpoint waits behind the row, and the process ends.
    life.work(10_000);
    let Life {
        world,
        options,
        cell,
        ..
    } = life;
    drop(cell);
    assert_eq!(
        world.checkpoints().len(),
        0,
        "none lies behind {position:?}"
    );

    world.sink.set_failing(false);
    let mut world = world;
    let (mut cell, recovered) = world.open(&options, ReceivedMs(0)).unwrap();
    assert_eq!(recovered.checkpoint, None);
    world.sink.wait_for(1);
    assert!(world.sink.rows().contains_key(&sid));
    assert_eq!(cell.core().open_sessions(), 0);
    cell.commit().unwrap();
}

#[test]
fn a_record_behind_the_close_is_noted_once_the_sink_takes_it() {
    let mut life = life(options());
    let sid = start(&mut life);
    end(&mut life, sid);
    life.cell.wait_until_stored();
    let stored = life.world.sink.tail(sid);
    life.world.sink.set_failing(true);
    // Another end is taken, and is a record of a session that is stored.
    end(&mut life, sid);
    life.commit();
    life.cell.wait_until_stored();
    let tail = life.cell.core().tail(sid).unwrap();
    assert!(tail > stored);
    assert!(life.cell.closing().failure().is_some());

    life.world.sink.set_failing(false);
    life.world.sink.wait_for_tail(sid, tail);
}

#[test]
fn closed_sessions_that_cannot_be_stored_fill_the_room_and_then_starts_are_refused() {
    let mut life = life(CellOptions {
        limits: Limits {
            open_max: 2,
            ..Limits::default()
        },
        ..options()
    });
    life.world.sink.set_failing(true);
    let (first, second) = (start(&mut life), start(&mut life));
    end(&mut life, first);
    life.cell.wait_until_stored();
    let refused = life.cell.take(Target::Sessions, START, Sender::default);
    let refused = refused.unwrap_err();
    assert_eq!(refused.reason, Refusal::Unavailable);
    let why = "no room for more sessions, since closed ones cannot be stored: ";
    assert!(refused.message.starts_with(why), "{}", refused.message);
    assert_eq!(life.cell.unready(), Some(refused.message));
    // Sessions that are open go on: their events need no room.
    end(&mut life, second);

    life.world.sink.set_failing(false);
    life.world.sink.wait_for(2);
    life.cell.wait_until_stored();
    life.cell.tick().unwrap();
    assert_eq!(life.cell.unready(), None);
    start(&mut life);
}

#[test]
fn many_open_sessions_alone_refuse_starts_and_leave_the_server_ready() {
    let mut life = life(CellOptions {
        limits: Limits {
            open_max: 1,
            ..Limits::default()
        },
        ..options()
    });
    start(&mut life);
    let refused = life.cell.take(Target::Sessions, START, Sender::default);
    assert_eq!(refused.unwrap_err().message, "too many sessions are open");
    assert_eq!(life.cell.unready(), None);
}
