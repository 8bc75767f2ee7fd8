//! What is done about the store beside storing.

use playhead_engine::cell::{Cell, CellOptions, Work};
use playhead_engine::clock::Clock;
use playhead_engine::intake::{Policy, Taken, Target};
use playhead_model::catalog::Table;
use playhead_model::record::Sender;
use playhead_model::time::ReceivedMs;
use playhead_store::parts::{Ages, Retention};

use crate::pressure::{END, START};
use crate::world::options;

fn open(options: &CellOptions, now: ReceivedMs) -> Cell {
    let opened = Cell::open(options.clone(), Policy::open(), Clock::Manual(now));
    opened.unwrap().0
}

/// A session from its start to its close, and a checkpoint behind it, which makes a part.
fn live_once(cell: &mut Cell) {
    let taken = cell.take(Target::Sessions, START, Sender::default).unwrap();
    let Taken::Created(sid) = taken else {
        panic!("a start gives an id");
    };
    cell.commit().unwrap();
    cell.take(Target::Events(Some(sid)), END, Sender::default)
        .unwrap();
    let after_hold = cell.now().plus(6_000);
    cell.set_clock(after_hold).unwrap();
    cell.begin_checkpoint_if_due();
    while cell.go_on_with_checkpoint(1 << 10) != Work::Done {
        cell.wait_until_stored();
    }
    cell.wait_for_upkeep();
}

#[test]
fn small_parts_are_put_together_and_nothing_is_lost_by_it() {
    const SESSIONS: u64 = 30;
    let folder = tempfile::tempdir().unwrap();
    let options = CellOptions {
        data: folder.path().to_owned(),
        ..options()
    };
    let mut cell = open(&options, ReceivedMs(0));
    for number in 1..=SESSIONS {
        live_once(&mut cell);
        assert_eq!(cell.store().count(), number);
        let (_, sessions) = cell.store().sizes()[Table::Sessions as usize];
        assert_eq!(sessions.rows, number, "each checkpoint makes them durable");
        assert!(sessions.parts < 15, "{} parts", sessions.parts);
    }
    let upkeep = cell.closing().upkeep();
    assert!(upkeep.compactions >= 3, "{upkeep:?}");
    assert_eq!((upkeep.failed_compactions, upkeep.failed_writes), (0, 0));

    // Once the day is over few are left.
    let tomorrow = cell.now().plus(86_400_000);
    cell.set_clock(tomorrow).unwrap();
    cell.wait_for_upkeep();
    let (_, sessions) = cell.store().sizes()[Table::Sessions as usize];
    assert_eq!((sessions.parts, sessions.rows), (1, SESSIONS));
    cell.shut_down().unwrap();
    assert_eq!(open(&options, tomorrow).store().count(), SESSIONS);
}

#[test]
fn rows_go_when_they_have_reached_their_age_and_do_not_come_back() {
    const DAY_MS: u64 = 86_400_000;
    let folder = tempfile::tempdir().unwrap();
    let ages = Ages::new(|table| Some(if table == Table::Events { 1 } else { 3 }));
    let options = CellOptions {
        data: folder.path().to_owned(),
        ages: Retention {
            default: ages,
            ..Retention::default()
        },
        ..options()
    };
    let mut cell = open(&options, ReceivedMs(0));
    live_once(&mut cell);
    let rows = |cell: &Cell, table: Table| cell.store().sizes()[table as usize].1.rows;
    for (day, sessions, events) in [(1, 1, 2), (2, 1, 0), (3, 1, 0), (4, 0, 0)] {
        cell.set_clock(ReceivedMs(day * DAY_MS)).unwrap();
        cell.wait_for_upkeep();
        assert_eq!(rows(&cell, Table::Sessions), sessions, "day {day}");
        assert_eq!(rows(&cell, Table::Events), events, "day {day}");
    }
    let cuts = cell.store().snapshot().cuts;
    assert!(
        cuts.iter()
            .any(|cut| cut.table == Table::Sessions && cut.at.is_some()),
        "{cuts:?}"
    );
    cell.shut_down().unwrap();
    let cell = open(&options, ReceivedMs(4 * DAY_MS));
    cell.wait_for_upkeep();
    assert_eq!(cell.store().count(), 0);
}
