//! Sessions made up from a number, and what a store has to say of them.

use std::sync::Arc;

use playhead_model::catalog::{
    AdRow, Cell, ChapterRow, EventRow, Row, SessionRow, StateRow, Table,
};
use playhead_model::ids::{LogPosition, SessionId, SlotId};
use playhead_model::row::{Rows, Stamp};
use playhead_model::time::ReceivedMs;
use playhead_store::batch;
use playhead_store::parts::storage::MemoryStorage;
use playhead_store::parts::{Effect, Reader, Store};

pub(crate) const SUITES: [&str; 3] = ["films", "é/b c", ""];
pub(crate) const PLAYERS: [&str; 2] = ["web", "tv"];
const HOUR_MS: u64 = 3_600_000;

/// A log that has everything.
pub(crate) const WHOLE_LOG: LogPosition = LogPosition(u64::MAX);

fn empty<R: Row>() -> R {
    R::of(&mut |_| Cell::Null)
}

pub(crate) fn sid(number: u64) -> SessionId {
    let random = std::array::from_fn(|place| (number as u8).wrapping_mul(31) ^ place as u8);
    SessionId::mint(
        1_000 + number * HOUR_MS,
        SlotId::new(number as u16),
        random,
        |_| number,
    )
}

pub(crate) fn position(number: u64) -> LogPosition {
    LogPosition(100 + 10 * number)
}

/// The session with a number, with parts and events that depend on it.
pub(crate) fn session(number: u64) -> Rows {
    let sid = sid(number);
    let place = number as usize;
    let mut session: SessionRow = empty();
    session.sid = sid;
    session.report_suite = SUITES[place % 3].into();
    session.player_name = Some(PLAYERS[place % 2].into());
    session.close_reason = Some("sessionEnd".into());
    session.time_played = number as i64;
    session.custom_metadata = vec![("key".into(), number.to_string().into())];
    session.start_ts = -(number as i64);
    session.end_ts = number as i64;
    let ads = (1..=number as i64 % 3).map(|ad| AdRow {
        sid,
        report_suite: session.report_suite.clone(),
        number: ad,
        id: Some(format!("ad {ad}").into()),
        ..empty()
    });
    let chapters = (1..=number as i64 % 2).map(|chapter| ChapterRow {
        sid,
        report_suite: session.report_suite.clone(),
        number: chapter,
        ..empty()
    });
    let states = (1..=number as i64 % 4).map(|state| StateRow {
        sid,
        report_suite: session.report_suite.clone(),
        number: state,
        name: format!("state {state}").into(),
        ..empty()
    });
    let events = (0..=number as i64 % 5).map(|event| EventRow {
        body: format!("{{\"event\":{event}}}").into(),
        ..late(number, event)
    });
    let mut rows = Rows {
        ads: ads.collect(),
        chapters: chapters.collect(),
        states: states.collect(),
        events: events.collect(),
        session,
    };
    rows.stamp(&Stamp {
        start: LogPosition(number),
        tail: position(number),
        close: position(number),
        closed_at: ReceivedMs(number * HOUR_MS * 5),
        rules: 0,
        is_batch: false,
    });
    rows
}

/// An event of a session at a place of the log near its close.
pub(crate) fn late(number: u64, behind: i64) -> EventRow {
    let position = position(number).0 as i64 + behind;
    EventRow {
        sid: sid(number),
        report_suite: SUITES[number as usize % 3].into(),
        position,
        close_position: position,
        start_position: number as i64,
        day: playhead_model::row::day_of(ReceivedMs(number * HOUR_MS * 5)),
        ..empty()
    }
}

/// Everything that closes with record `number`: a session, and after every fourth an event that
/// came too late.
pub(crate) fn effects(number: u64) -> Vec<Effect> {
    let mut effects = vec![Effect::Session(Box::new(session(number)))];
    if has_late(number) {
        effects.push(Effect::Late(Box::new(late(number, 9))));
    }
    effects
}

fn has_late(number: u64) -> bool {
    number % 4 == 3
}

pub(crate) fn open(storage: &MemoryStorage) -> Store {
    Store::open(Arc::new(storage.clone()), WHOLE_LOG).unwrap()
}

/// Gives the effects of some records, from the first that the store does not know.
pub(crate) fn give(store: &mut Store, numbers: std::ops::Range<u64>) {
    for number in numbers {
        let known = store.was_complete_to();
        let new = effects(number).into_iter().filter(|effect| {
            let position = match effect {
                Effect::Session(rows) => rows.session.close_position,
                Effect::Late(event) => event.close_position,
            };
            Some(LogPosition(position as u64)) > known
        });
        store.write(new.collect());
        store.complete(LogPosition(position(number).0 + 9));
    }
}

/// Holds a store against the sessions below `end`: each is there once and as it was given, by
/// its id, with its events, and in the whole of the tables.
pub(crate) fn check(reader: &Reader, end: u64, what: &str) {
    assert_eq!(reader.count(), end, "{what}");
    for number in 0..end {
        let mut wanted = session(number);
        let mut events = std::mem::take(&mut wanted.events);
        events.extend(has_late(number).then(|| late(number, 9)));
        let mut found = (*reader.get(sid(number)).unwrap().unwrap()).clone();
        found.events.clear();
        assert_eq!(found, wanted, "{what}");
        assert_eq!(reader.events(sid(number)).unwrap(), events, "{what}");
    }
    let snapshot = reader.snapshot();
    let mut sids: Vec<SessionId> = snapshot.recent.iter().map(|it| it.session.sid).collect();
    for part in snapshot
        .parts
        .iter()
        .filter(|part| part.facts.table == Table::Sessions)
    {
        for batch in part.batches().unwrap() {
            let rows: Vec<SessionRow> = batch::rows(&batch.unwrap());
            sids.extend(rows.iter().map(|row| row.sid));
        }
    }
    sids.sort_unstable();
    let wanted: Vec<SessionId> = (0..end).map(sid).collect();
    assert_eq!(sids, wanted, "{what}");
}
